//! All files of a source: found, opened, followed through whatever is done to them.
//!
//! Looked at by polling alone: descriptors for growth, paths for another file under the same name. No notification is
//! needed, so that files on network file systems are followed as well as local ones.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use glob::MatchOptions;

use super::beat::Beat;
use super::intake::Intake;
use super::tail::{FileId, Tail, id, open};
use crate::clock::Clock;
use crate::config::Encoding;
use crate::sample::log::{Source, Turn};
use crate::text;

/// Patterns are looked up so often.
const SCAN: Duration = Duration::from_secs(1);
/// A file that is no longer under its name is read until nothing has come for so long: its writer may not have noticed.
const DRAIN: Duration = Duration::from_secs(6);
/// A name that leads nowhere for so long is gone; between the two steps of a rotation it does so for a moment.
const GONE: Duration = Duration::from_secs(1);
/// Bytes read of one file before the others have their turn.
const BUDGET: u64 = 4 << 20;
/// Files followed at once.
const FILES: usize = 512;
/// Names that a pattern may lead to before it is read no further.
const LISTED: usize = 16_384;
/// So few names are looked at with every poll, more of them whenever patterns are.
const FEW: usize = 64;
/// Files remembered that are read to their end, in case they turn up under another name.
const REMEMBERED: usize = 1024;
/// Bytes read at once: where little is new, and where much is.
const BUFFER: (usize, usize) = (64 * 1024, 1 << 20);

/// What a rotation leaves behind compressed is no log to be read.
const PACKED: [&str; 7] = ["gz", "xz", "bz2", "zst", "lz4", "Z", "zip"];

/// The files of one source.
pub(super) struct Files {
    patterns: Vec<PathBuf>,
    encoding: Encoding,
    /// Lines and bytes of what stands there at the start.
    backlog: (usize, u64),
    beat: Arc<Beat>,
    clock: Arc<dyn Clock>,
    tails: Vec<Tail>,
    /// Files that lost their name, read to their end.
    leaving: Vec<Tail>,
    /// Every file seen so far, in order; lines refer to their place here.
    names: Vec<String>,
    /// Names that lead nowhere, since when, and whether it has been told.
    missing: HashMap<Arc<str>, (Duration, bool)>,
    /// What cannot be read, and why.
    refused: HashMap<String, String>,
    /// How far files were read that are no longer open.
    remembered: HashMap<FileId, (u64, Vec<u8>)>,
    scanned: Option<Duration>,
    found: Vec<PathBuf>,
    started: bool,
    buffer: Vec<u8>,
}

impl Files {
    pub(super) fn new(
        patterns: &[PathBuf],
        encoding: Encoding,
        backlog: (usize, u64),
        beat: Arc<Beat>,
        clock: Arc<dyn Clock>,
    ) -> Files {
        Files {
            patterns: patterns.to_vec(),
            encoding,
            backlog,
            beat,
            clock,
            tails: Vec::new(),
            leaving: Vec::new(),
            names: Vec::new(),
            missing: HashMap::new(),
            refused: HashMap::new(),
            remembered: HashMap::new(),
            scanned: None,
            found: Vec::new(),
            started: false,
            buffer: vec![0; BUFFER.0],
        }
    }

    /// Looks at everything once; `true` if there is more to read at once.
    pub(super) fn poll(&mut self, intake: &mut Intake) -> bool {
        let now = self.clock.now().mono;
        self.scan(intake, now);
        self.started = true;
        let mut more = false;
        // First what lost its name, so that its lines come before those of what took it.
        let mut leaving = std::mem::take(&mut self.leaving);
        for tail in &mut leaving {
            more |= self.read(tail, intake, now) >= BUDGET;
        }
        let busy = |path: &Arc<str>| leaving.iter().any(|old| old.path == *path && old.behind > 0);
        let mut tails = std::mem::take(&mut self.tails);
        for tail in &mut tails {
            if busy(&tail.path) {
                more = true;
                continue;
            }
            more |= self.read(tail, intake, now) >= BUDGET;
        }
        intake.is_behind(leaving.iter().chain(&tails).map(|tail| tail.behind).sum());
        for mut old in leaving {
            if now.saturating_sub(old.grew) >= DRAIN && old.behind == 0 {
                old.finish(intake);
                self.remember(&old);
            } else {
                self.leaving.push(old);
            }
        }
        self.tails = tails;
        intake.source(self.source());
        more
    }

    fn source(&self) -> Source {
        if !self.tails.is_empty() || !self.leaving.is_empty() {
            return Source::Files(self.names.clone());
        }
        let refused = self.refused.values().min().cloned();
        Source::Missing(refused.unwrap_or_else(|| {
            let all: Vec<_> = self.patterns.iter().map(|path| shown(path)).collect();
            let what = all.join(", ");
            if self.patterns.iter().any(|pattern| has_wildcard(pattern)) {
                format!(
                    "no file matches {what}; it is read as soon as there is one, or correct `file` of the log"
                )
            } else {
                format!("{what} is not there; it is read as soon as it is, or correct `file` of the log")
            }
        }))
    }

    fn read(&mut self, tail: &mut Tail, intake: &mut Intake, now: Duration) -> u64 {
        let path = Arc::clone(&tail.path);
        self.make_room(tail.behind);
        let buffer = &mut self.buffer;
        let read = self
            .beat
            .during(|| format!("reading {path}"), || tail.poll(intake, buffer, BUDGET, now, &self.beat));
        match read {
            Ok(read) => {
                if read > 0 {
                    self.refused.remove(&*path);
                }
                read
            }
            Err(error) => {
                self.refuse(intake, &path, &error);
                0
            }
        }
    }

    /// A buffer for what is there to be read; a large one is given back.
    fn make_room(&mut self, behind: u64) {
        let wanted = if behind >= BUFFER.1 as u64 { BUFFER.1 } else { BUFFER.0 };
        if self.buffer.len() != wanted {
            self.buffer = vec![0; wanted];
        }
    }

    /// Finds what the names lead to now.
    fn scan(&mut self, intake: &mut Intake, now: Duration) {
        if self.scanned.is_none_or(|at| now.saturating_sub(at) >= SCAN) {
            self.scanned = Some(now);
            self.find(intake);
        }
        let mut fresh = Vec::new();
        if self.scanned == Some(now) || self.found.len() <= FEW {
            let found = std::mem::take(&mut self.found);
            for path in &found {
                self.look(path, intake, now, &mut fresh);
            }
            self.found = found;
        }
        if !self.started {
            self.open_backlogs(intake, now, fresh);
        }
        self.part(intake, now);
    }

    fn find(&mut self, intake: &mut Intake) {
        let mut found: Vec<PathBuf> = Vec::new();
        let mut seen = HashSet::new();
        for pattern in self.patterns.clone() {
            let shown = shown(&pattern);
            let listed = self.beat.during(|| format!("looking for {shown}"), || list(&pattern));
            for entry in listed {
                match entry {
                    Ok(path) if seen.insert(path.clone()) => found.push(path),
                    Ok(_) => {}
                    Err(error) => {
                        let place = error.path().display().to_string();
                        self.refuse(intake, &place, error.error());
                    }
                }
            }
        }
        if found.len() > FILES {
            let words = format!(
                "{} files match, and the newest {FILES} are followed; name fewer with `file`",
                found.len()
            );
            self.refuse_because(intake, "too many", words);
            self.beat.during(
                || "looking at many files".to_owned(),
                || found.sort_by_cached_key(|path| std::cmp::Reverse(changed(path))),
            );
            found.truncate(FILES);
        }
        // A file that a pattern no longer finds is looked at until it has been said to be gone.
        for tail in &self.tails {
            if !found.iter().any(|path| path.to_string_lossy() == *tail.path) {
                found.push(PathBuf::from(&*tail.path));
            }
        }
        self.found = found;
    }

    /// What one name leads to now.
    fn look(&mut self, path: &Path, intake: &mut Intake, now: Duration, fresh: &mut Vec<PathBuf>) {
        let name: Arc<str> = path.to_string_lossy().into();
        let meta = self.beat.during(|| format!("looking at {name}"), || std::fs::metadata(path));
        let meta = match meta {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.refused.remove(&*name);
                self.missing.entry(name).or_insert((now, false));
                return;
            }
            Err(error) => return self.refuse(intake, &name, &error),
        };
        if !meta.is_file() {
            if !self.patterns.iter().any(|pattern| pattern == path) {
                return;
            }
            let next = if meta.is_dir() {
                format!("{} is a folder; name its files: {}/*.log", shown(path), shown(path))
            } else {
                format!(
                    "{} is no file; read it with a program: exec = [\"cat\", \"{}\"]",
                    shown(path),
                    shown(path)
                )
            };
            return self.refuse_because(intake, &name, next);
        }
        let id = id(&meta);
        let followed = self.tails.iter().position(|tail| tail.path == name);
        if let Some(at) = followed {
            if self.tails[at].id == id {
                self.missing.remove(&name);
                return;
            }
        } else if !self.started {
            fresh.push(path.to_owned());
            return;
        }
        // Renamed within a pattern: it is read already, under the name it had, until it has come to its end there.
        if self.tails.iter().chain(&self.leaving).any(|tail| tail.id == id) {
            self.missing.remove(&name);
            return;
        }
        let was_refused = self.refused.contains_key(&*name);
        let Some(tail) = self.open(path, &name, intake, now) else { return };
        let Some((mut tail, resumed)) = self.resume(tail, path, intake, now) else { return };
        let told_gone = self.missing.remove(&name).is_some_and(|(_, told)| told);
        let new = Arc::clone(&name);
        match followed {
            Some(at) if !told_gone => {
                // One that was read under another name only moved up.
                if !resumed {
                    intake.turn(Turn::Rotated(new.to_string()));
                }
                let mut old = std::mem::replace(&mut self.tails[at], tail);
                old.grew = now;
                self.leaving.push(old);
                return;
            }
            Some(at) => {
                let mut old = self.tails.remove(at);
                old.grew = now;
                self.leaving.push(old);
            }
            None => {}
        }
        intake.turn(Turn::Appeared(new.to_string()));
        if was_refused && !resumed {
            // Its lines were there all the time.
            self.read_backlog(&mut tail, intake, now, self.backlog);
        }
        self.tails.push(tail);
    }

    /// Goes on where a file was left that was read before, under whatever name; whether it was.
    fn resume(
        &mut self,
        mut tail: Tail,
        path: &Path,
        intake: &mut Intake,
        now: Duration,
    ) -> Option<(Tail, bool)> {
        let Some((offset, window)) = self.remembered.remove(&tail.id) else { return Some((tail, false)) };
        if tail.resume(offset).is_ok() && tail.place().1 == window {
            return Some((tail, true));
        }
        // Another file, which got its number.
        let name = Arc::clone(&tail.path);
        self.open(path, &name, intake, now).map(|tail| (tail, false))
    }

    /// At the start: the end of what is there, the file changed last at last.
    fn open_backlogs(&mut self, intake: &mut Intake, now: Duration, mut paths: Vec<PathBuf>) {
        self.beat.during(
            || "looking at when files were changed".to_owned(),
            || paths.sort_by_cached_key(|path| changed(path)),
        );
        let share = paths.len().max(1);
        let backlog = (self.backlog.0.div_ceil(share), self.backlog.1.div_ceil(share as u64));
        for path in paths {
            let name: Arc<str> = path.to_string_lossy().into();
            // Two names of one file, a link and what it leads to, are one log.
            if let Some(mut tail) = self.open(&path, &name, intake, now)
                && !self.tails.iter().any(|known| known.id == tail.id)
            {
                self.read_backlog(&mut tail, intake, now, backlog);
                self.tails.push(tail);
            }
        }
    }

    fn read_backlog(&mut self, tail: &mut Tail, intake: &mut Intake, now: Duration, most: (usize, u64)) {
        if most.0 == 0 {
            return;
        }
        let path = Arc::clone(&tail.path);
        let length = self.beat.during(|| format!("reading {path}"), || tail.seek_backlog(most.0, most.1));
        let Ok(length) = length else { return };
        intake.backlog(true);
        self.make_room(length - tail.place().0);
        while tail.place().0 < length {
            let left = length - tail.place().0;
            let part = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
            let buffer = &mut self.buffer[..part];
            let read = self.beat.during(
                || format!("reading {path}"),
                || tail.poll(intake, buffer, part as u64, now, &self.beat),
            );
            if !read.is_ok_and(|read| read > 0) {
                break;
            }
        }
        intake.backlog(false);
    }

    fn open(&mut self, path: &Path, name: &Arc<str>, intake: &mut Intake, now: Duration) -> Option<Tail> {
        let index = self.names.iter().position(|known| *known == **name).unwrap_or_else(|| {
            self.names.push(name.to_string());
            self.names.len() - 1
        });
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        let encoding = self.encoding;
        let opened = self.beat.during(
            || format!("opening {name}"),
            || open(path).and_then(|file| Tail::new(Arc::clone(name), file, encoding, index, now)),
        );
        match opened {
            Ok(tail) => {
                self.refused.remove(&**name);
                Some(tail)
            }
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    self.refuse(intake, name, &error);
                }
                None
            }
        }
    }

    /// Names that lead nowhere: said once, and their files let go when they have none left and are read to their end.
    fn part(&mut self, intake: &mut Intake, now: Duration) {
        for (name, (since, told)) in &mut self.missing {
            let followed = self.tails.iter().any(|tail| tail.path == *name);
            if followed && !*told && now.saturating_sub(*since) >= GONE {
                *told = true;
                intake.turn(Turn::Vanished(name.to_string()));
            }
        }
        let missing = &self.missing;
        // A file that still has another name costs nothing; one that has none holds its room on the disk.
        let ended = |tail: &mut Tail| {
            missing.get(&tail.path).is_some_and(|(_, told)| *told)
                && tail.unlinked
                && tail.behind == 0
                && now.saturating_sub(tail.grew) >= DRAIN
        };
        for mut old in self.tails.extract_if(.., ended) {
            old.finish(intake);
        }
    }

    fn remember(&mut self, old: &Tail) {
        if self.remembered.len() >= REMEMBERED {
            self.remembered.clear();
        }
        let (offset, window) = old.place();
        if !old.unlinked && !window.is_empty() {
            self.remembered.insert(old.id, (offset, window.to_vec()));
        }
    }

    fn refuse(&mut self, intake: &mut Intake, name: &str, error: &io::Error) {
        let shown = text::clean(name);
        let words = if error.kind() == io::ErrorKind::PermissionDenied {
            format!(
                "{shown} may not be read: permission denied; run cutover as a user who may, or join the file's group"
            )
        } else {
            let why = crate::probe::fault::plain(error);
            format!("{shown} cannot be read: {why}; it is tried again all the time")
        };
        self.refuse_because(intake, name, words);
    }

    fn refuse_because(&mut self, intake: &mut Intake, name: &str, words: String) {
        if self.refused.get(name) != Some(&words) {
            intake.turn(Turn::Unreadable(words.clone()));
            self.refused.insert(name.to_owned(), words);
        }
    }
}

fn has_wildcard(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

/// What a pattern leads to; a file that is really called so is taken by its name.
fn list(pattern: &Path) -> Vec<glob::GlobResult> {
    if !has_wildcard(pattern) || pattern.exists() {
        return vec![Ok(pattern.to_owned())];
    }
    let options = MatchOptions { require_literal_leading_dot: true, ..MatchOptions::default() };
    let Ok(paths) = glob::glob_with(&pattern.to_string_lossy(), options) else { return Vec::new() };
    let is_log =
        |path: &PathBuf| !path.extension().is_some_and(|end| PACKED.iter().any(|packed| end == *packed));
    paths.filter(|path| path.as_ref().map_or(true, is_log)).take(LISTED).collect()
}

/// When a file was changed last.
fn changed(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|meta| meta.modified()).ok()
}

fn shown(path: &Path) -> String {
    text::clean(&path.to_string_lossy()).into_owned()
}

#[cfg(test)]
mod tests;
