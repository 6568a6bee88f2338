//! Files on another host, followed by its own `tail -F` over `ssh`.
//!
//! Patterns are looked up there, again and again; files that appear get a `tail` of their own. What `tail` says of
//! them (GNU coreutils' words, in English by `LC_ALL=C`) becomes turns. A connection that is lost is made again: what
//! was written meanwhile is missing, which is said.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use super::child::{Running, Stream};
use super::clean::clean;
use super::intake::Intake;
use super::lines::Raw;
use super::program::{Flow, Rest, Starter, fault_words};
use super::stated;
use crate::clock::Stamp;
use crate::sample::log::{Source, Turn};
use crate::text;

/// Patterns are looked up so often.
const SCAN: Duration = Duration::from_secs(10);
/// Read of one output before another has its turn.
const BUDGET: usize = 1 << 20;
/// A pause of so long ends what stood in the files before.
const PAUSE: Duration = Duration::from_millis(300);
/// So do so many seconds, whatever comes.
const SETTLED: Duration = Duration::from_secs(10);
/// Lines that state a time so long before the start stood there before.
const EARLIER: i64 = 2_000;
/// Files followed at once.
const FILES: usize = 512;
/// Bytes of a list of files that are looked at: far more than those have.
const LISTED: usize = 4 << 20;
/// Compressed files are no logs to be read.
const PACKED: [&str; 7] = [".gz", ".xz", ".bz2", ".zst", ".lz4", ".Z", ".zip"];

/// Files on another host.
pub(super) struct Remote {
    /// Paths as a shell expands them.
    patterns: String,
    /// Every one is a plain path: nothing to look up.
    plain: Option<Vec<String>>,
    shown: String,
    lines: usize,
    starter: Starter,
    tails: Vec<Follow>,
    looking: Option<Looking>,
    looked: Option<Duration>,
    names: Vec<String>,
    known: HashSet<String>,
    rest: Rest,
    begun: bool,
}

/// A look at what patterns lead to.
struct Looking {
    running: Running,
    out: Vec<u8>,
    err: Vec<u8>,
    began: Duration,
}

/// One `tail` over there.
struct Follow {
    files: Vec<String>,
    running: Running,
    out: Flow,
    err: Flow,
    began: Stamp,
    /// The file that lines are of.
    current: u16,
    /// A blank line, which may belong to a header.
    blank: bool,
    old: bool,
    told: Option<Duration>,
    last: String,
}

impl Remote {
    pub(super) fn new(files: &[PathBuf], lines: usize, starter: Starter) -> Remote {
        let paths: Vec<String> = files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
        let plain = !paths.iter().any(|path| path.contains(['*', '?', '[']));
        let host = starter.via.as_ref().and_then(|via| via.last()).cloned().unwrap_or_default();
        Remote {
            patterns: paths.iter().map(|path| pattern(path)).collect::<Vec<_>>().join(" "),
            shown: format!("{} on {}", text::clean(&paths.join(", ")), text::clean(&host)),
            plain: plain.then_some(paths),
            lines,
            starter,
            tails: Vec::new(),
            looking: None,
            looked: None,
            names: Vec::new(),
            known: HashSet::new(),
            rest: Rest::new(),
            begun: false,
        }
    }

    pub(super) fn running(&self) -> Vec<&Running> {
        let looking = self.looking.iter().map(|looking| &looking.running);
        self.tails.iter().map(|tail| &tail.running).chain(looking).collect()
    }

    pub(super) fn poll(&mut self, intake: &mut Intake) -> bool {
        let now = self.starter.now();
        if now.mono >= self.rest.until {
            self.look(intake, &now);
        }
        let mut more = false;
        let mut ended = None;
        let names = &self.names;
        self.tails.retain_mut(|tail| {
            more |= tail.poll(intake, names, &now);
            let Some(why) = tail.running.ended(&tail.last) else { return true };
            tail.finish(intake, names);
            // They are followed again from where they are then.
            ended = Some((why, tail.began.mono));
            for file in &tail.files {
                self.known.remove(file);
            }
            false
        });
        intake.backlog(false);
        if let Some((why, began)) = ended {
            self.stop(intake, &format!("{why}; lines written meanwhile are missing"), began);
        }
        more
    }

    fn stop(&mut self, intake: &mut Intake, why: &str, began: Duration) {
        let why = text::clean(&intake.redacted(why)).into_owned();
        let rest = self.rest.after(began, self.starter.now().mono);
        self.looked = None;
        intake.turn(Turn::Restarted(why.clone()));
        if self.tails.is_empty() {
            intake.source(Source::Missing(format!("{why}; it is tried again in {}", text::short(rest))));
        }
    }

    /// Finds files that are not followed yet.
    fn look(&mut self, intake: &mut Intake, now: &Stamp) {
        if let Some(plain) = self.plain.clone() {
            let new: Vec<String> = plain.into_iter().filter(|path| !self.known.contains(path)).collect();
            return self.follow(intake, new, now);
        }
        if let Some(looking) = &mut self.looking {
            looking.running.read(BUDGET, |stream, bytes| {
                let said = if stream == Stream::Out { &mut looking.out } else { &mut looking.err };
                said.extend_from_slice(&bytes[..bytes.len().min(LISTED.saturating_sub(said.len()))]);
            });
            let said = String::from_utf8_lossy(&looking.err).into_owned();
            let last = said.lines().last().unwrap_or_default().to_owned();
            let Some(how) = looking.running.ended(&last) else { return };
            let found = String::from_utf8_lossy(&looking.out).into_owned();
            // Where the list was cut, a part of a name is none.
            let found = found.rsplit_once('\n').map_or("", |(whole, _)| whole);
            let began = looking.began;
            self.looking = None;
            self.looked = Some(now.mono);
            // The loop itself always ends well.
            if how != "sh ended" {
                return self.stop(intake, &how, began);
            }
            let new: Vec<String> = found
                .lines()
                .filter(|path| {
                    !self.known.contains(*path) && !PACKED.iter().any(|packed| path.ends_with(packed))
                })
                .take(FILES.saturating_sub(self.known.len()))
                .map(str::to_owned)
                .collect();
            if new.is_empty() && self.tails.is_empty() {
                let shown = &self.shown;
                let why = format!(
                    "no file matches {shown}; it is read as soon as there is one, or correct `file` of the log"
                );
                intake.source(Source::Missing(why));
            }
            return self.follow(intake, new, now);
        }
        if self.looked.is_some_and(|at| now.mono.saturating_sub(at) < SCAN) {
            return;
        }
        let script =
            format!("for f in {}; do [ -f \"$f\" ] && printf '%s\\n' \"$f\"; done; :", self.patterns);
        match self.starter.start(&["sh".to_owned(), "-c".to_owned(), script]) {
            Ok(running) => {
                self.looking = Some(Looking { running, out: Vec::new(), err: Vec::new(), began: now.mono });
            }
            Err(fault) => self.stop(intake, &fault_words(fault), now.mono),
        }
    }

    /// Follows files: the first with what stands in them, those that appeared later from their start.
    fn follow(&mut self, intake: &mut Intake, files: Vec<String>, now: &Stamp) {
        if files.is_empty() {
            return;
        }
        let seen_before = files.iter().any(|file| self.names.contains(file));
        let from = match (self.begun, seen_before) {
            (false, _) => format!("-n{}", self.lines.div_ceil(files.len())),
            // The connection was lost: what stood there has been told.
            (true, true) => "-n0".to_owned(),
            (true, false) => "-n+1".to_owned(),
        };
        let mut argv = ["env", "LC_ALL=C", "tail", "-F", "-v"].map(str::to_owned).to_vec();
        argv.extend([from, "--".to_owned()]);
        argv.extend(files.iter().cloned());
        match self.starter.start(&argv) {
            Ok(running) => {
                for file in &files {
                    if !self.names.contains(file) {
                        self.names.push(file.clone());
                        if self.begun {
                            intake.turn(Turn::Appeared(file.clone()));
                        }
                    }
                    self.known.insert(file.clone());
                }
                let flow = || Flow::new(self.starter.encoding);
                self.tails.push(Follow {
                    files,
                    running,
                    out: flow(),
                    err: flow(),
                    began: self.starter.now(),
                    current: 0,
                    blank: false,
                    old: !self.begun,
                    told: None,
                    last: String::new(),
                });
                self.begun = true;
                intake.source(Source::Files(self.names.clone()));
            }
            Err(fault) => self.stop(intake, &fault_words(fault), now.mono),
        }
    }
}

impl Follow {
    fn poll(&mut self, intake: &mut Intake, names: &[String], now: &Stamp) -> bool {
        let mut said = Vec::new();
        let mut lines = Lines {
            intake,
            names,
            began: &self.began,
            current: &mut self.current,
            blank: &mut self.blank,
            old: &mut self.old,
            any: false,
        };
        let more = self.running.read(BUDGET, |stream, bytes| match stream {
            Stream::Out => {
                lines.intake.has_read(bytes.len() as u64);
                self.out.feed(bytes, now.mono, &mut |line, cut| lines.line(line, cut));
            }
            Stream::Err => self.err.feed(bytes, now.mono, &mut |line, _| said.push(line.bytes().to_vec())),
        });
        self.out.rest(now.mono, &mut |line, cut| lines.line(line, cut));
        if lines.any {
            self.told = Some(now.mono);
        }
        let paused = self.told.is_some_and(|told| now.mono.saturating_sub(told) >= PAUSE);
        if paused || now.mono.saturating_sub(self.began.mono) >= SETTLED {
            self.old = false;
        }
        for line in said {
            self.said(intake, &line);
        }
        more
    }

    fn finish(&mut self, intake: &mut Intake, names: &[String]) {
        let mut lines = Lines {
            intake,
            names,
            began: &self.began,
            current: &mut self.current,
            blank: &mut self.blank,
            old: &mut self.old,
            any: false,
        };
        self.out.finish(&mut |line, cut| lines.line(line, cut));
    }

    /// What `tail` says of its files.
    fn said(&mut self, intake: &mut Intake, line: &[u8]) {
        let mut room = String::new();
        let line = clean(Raw::Bytes(line), &mut room);
        line[..line.floor_char_boundary(300)].clone_into(&mut self.last);
        let Some(rest) = line.strip_prefix("tail: ") else { return };
        let named = self.files.iter().find(|file| rest.contains(file.as_str())).cloned().unwrap_or_default();
        let turn = if rest.contains("has been replaced") || rest.contains("has become accessible") {
            Turn::Rotated(named)
        } else if rest.contains("file truncated") {
            Turn::Truncated(named)
        } else if rest.contains("has appeared") {
            Turn::Appeared(named)
        } else if rest.contains("has become inaccessible") {
            Turn::Vanished(named)
        } else if rest.contains("cannot open") {
            Turn::Unreadable(format!("{rest}; it is tried again all the time, or correct `file` of the log"))
        } else {
            return;
        };
        intake.turn(turn);
    }
}

struct Lines<'a> {
    intake: &'a mut Intake,
    names: &'a [String],
    began: &'a Stamp,
    current: &'a mut u16,
    blank: &'a mut bool,
    old: &'a mut bool,
    any: bool,
}

impl Lines<'_> {
    /// A line, or one of the headers that `tail` puts before those of another file, with a blank line before it.
    fn line(&mut self, line: Raw<'_>, cut: u64) {
        self.any = true;
        if let Some(name) = line.bytes().strip_prefix(b"==> ").and_then(|line| line.strip_suffix(b" <=="))
            && let Some(at) = self.names.iter().position(|known| known.as_bytes() == name)
        {
            *self.blank = false;
            *self.current = u16::try_from(at).unwrap_or(u16::MAX);
            return;
        }
        if std::mem::take(self.blank) {
            self.tell(Raw::Bytes(b""), 0);
        }
        if line.bytes().is_empty() {
            *self.blank = true;
            return;
        }
        self.tell(line, cut);
    }

    fn tell(&mut self, line: Raw<'_>, cut: u64) {
        if *self.old {
            let mut room = String::new();
            let stated = stated::of(clean(line, &mut room), self.began);
            let start = self.began.wall.timestamp_millis() - EARLIER;
            // The first that states a later time is new, and so is all behind it.
            *self.old = stated.is_none_or(|stated| stated < start);
        }
        self.intake.backlog(*self.old);
        self.intake.line(line, cut, *self.current);
    }
}

/// A path for a shell to expand: `*`, `?` and `[…]` mean what they mean, everything else stands for itself.
fn pattern(path: &str) -> String {
    let mut word = String::new();
    let mut before = ' ';
    for c in path.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '/' | '.' | '_' | '-' | '*' | '?' | '[' | ']' => word.push(c),
            '!' | '^' if before == '[' => word.push('!'),
            '\n' => word.push_str("'\n'"),
            c => word.extend(['\\', c]),
        }
        before = c;
    }
    // Never an option.
    if word.starts_with('-') { format!("./{word}") } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_shell_expands_patterns_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a b.log", "c$(id).log", "it's.log", "d;e.log", "x1.log", "x2.log", "x3.log"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        for (path, expected) in [
            ("a *.log", "a b.log|"),
            ("c$(id).log", "c$(id).log|"),
            ("it's.*", "it's.log|"),
            ("d;e.log", "d;e.log|"),
            ("x[!1].log", "x2.log|x3.log|"),
            ("x?.log", "x1.log|x2.log|x3.log|"),
            ("`id`", "`id`|"),
            ("-n", "./-n|"),
        ] {
            let line = format!("printf '%s|' {}", pattern(path));
            let out = std::process::Command::new("sh")
                .args(["-c", &line])
                .current_dir(folder.path())
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(out.stdout).unwrap(), expected, "{path}");
        }
    }
}
