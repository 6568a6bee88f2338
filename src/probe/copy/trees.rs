//! Two folders, counted again and again: for copies that say nothing, whatever makes them.
//!
//! A thread of its own walks source and target in turn and rests between: counting must not slow down what it counts.
//! Equal counts are no proof of equal content; that is for a comparison.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::Local;
use super::feed::clean;
use crate::clock::Stamp;
use crate::config::CopyJob;
use crate::probe::fault::plain;
use crate::sample::copy::{Copy, Count, End, Progress, Source, Stage};
use crate::text::{self, Redactor};

/// Entries between two breaths.
const STRIDE: u64 = 512;

/// Such a breath.
const BREATH: Duration = Duration::from_millis(2);

/// A rest is so many times as long as the walk before it, so that counting takes a tenth of the time at most.
const REST: u32 = 9;

/// Longest rest: a tree of millions is still looked at now and then.
const LONGEST_REST: Duration = Duration::from_mins(5);

/// A step in a walk that takes longer is one into a mount that does not answer.
const STEP: Duration = Duration::from_secs(10);

/// Two folders of this host.
pub(super) struct Trees {
    job: Arc<CopyJob>,
    from: PathBuf,
    to: PathBuf,
    redactor: Arc<Redactor>,
    counted: Arc<Mutex<Counted>>,
    stop: Arc<AtomicBool>,
    started: bool,
    /// The last state of the walk, and when it was first seen.
    step: Option<(u64, Stamp)>,
    seen: u64,
    updated: Option<Stamp>,
}

/// What a tree holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) files: u64,
    pub(super) bytes: u64,
}

/// What the walks have found so far.
#[derive(Debug, Default)]
struct Counted {
    /// Whole counts of the source: the last, and whether it was the same before.
    source: Option<Sum>,
    is_settled: bool,
    /// The last whole count of the target.
    target: Option<Sum>,
    /// The walk under way.
    partial: Sum,
    at: PathBuf,
    /// Entries walked, ever: stands still when a walk hangs, or rests.
    steps: u64,
    rests: bool,
    /// Whole counts, ever.
    rounds: u64,
    failed: Option<String>,
    /// Folders that could not be looked into in the last round.
    closed: u64,
}

impl Drop for Trees {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn lock(counted: &Mutex<Counted>) -> MutexGuard<'_, Counted> {
    counted.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Trees {
    pub(super) fn new(job: &Arc<CopyJob>, from: &Path, to: &Path, redactor: &Arc<Redactor>) -> Trees {
        Trees {
            job: Arc::clone(job),
            from: from.to_owned(),
            to: to.to_owned(),
            redactor: Arc::clone(redactor),
            counted: Arc::default(),
            stop: Arc::default(),
            started: false,
            step: None,
            seen: 0,
            updated: None,
        }
    }

    fn start(&mut self) -> io::Result<()> {
        let (from, to, every) = (self.from.clone(), self.to.clone(), self.job.every);
        let (counted, stop) = (Arc::clone(&self.counted), Arc::clone(&self.stop));
        thread::Builder::new()
            .name("trees".to_owned())
            .spawn(move || walk_on(&from, &to, every, &counted, &stop))?;
        self.started = true;
        Ok(())
    }

    fn source(&mut self, counted: &Counted, now: Stamp) -> Source {
        if let Some(why) = &counted.failed {
            return Source::Unreachable(clean(why, &self.redactor));
        }
        if counted.rests {
            self.step = None;
            return Source::Open;
        }
        match self.step {
            Some((step, since)) if step == counted.steps => {
                let still = now.since(&since);
                if still > STEP {
                    let why = format!(
                        "{} has not answered for {}: look whether its mount does",
                        counted.at.display(),
                        text::short(still)
                    );
                    return Source::Unreachable(clean(&why, &self.redactor));
                }
            }
            _ => self.step = Some((counted.steps, now)),
        }
        Source::Open
    }
}

impl Local for Trees {
    fn look(&mut self, now: Stamp) -> Copy {
        if !self.started
            && let Err(error) = self.start()
        {
            let why = format!("cannot start a thread to count with: {}", plain(&error));
            return Copy { source: Source::Unreachable(why), ..Copy::default() };
        }
        let counted = Arc::clone(&self.counted);
        let counted = lock(&counted);
        let source = self.source(&counted, now);
        if counted.rounds > self.seen {
            (self.seen, self.updated) = (counted.rounds, Some(now));
        }
        let progress = counted.progress();
        Copy {
            progress,
            updated: self.updated,
            source,
            quiet: self.job.stale.unwrap_or(2 * LONGEST_REST),
            ..Copy::default()
        }
    }

    fn subject(&self) -> String {
        format!("{} and {}", self.from.display(), self.to.display())
    }
}

impl Counted {
    fn progress(&self) -> Progress {
        let mut progress = progress(self.source, self.target, self.is_settled);
        if self.source.is_none() {
            progress.at = format!("counting the source: {} files so far", self.partial.files);
        } else if self.target.is_none() {
            // What is there already, however much it will be.
            progress.bytes.done = Some(self.partial.bytes);
            progress.objects.done = Some(self.partial.files);
            "counting the target".clone_into(&mut progress.at);
        }
        if self.closed > 0 {
            progress.remarks.push(format!(
                "{} could not be looked into",
                text::plural(usize::try_from(self.closed).unwrap_or(usize::MAX), "folder", "folders")
            ));
        }
        progress
    }
}

/// How far a target is that has been counted.
pub(super) fn progress(source: Option<Sum>, target: Option<Sum>, is_settled: bool) -> Progress {
    let count = |of: fn(Sum) -> u64| Count { done: target.map(of), total: source.map(of) };
    let mut progress = Progress {
        stage: if source.is_some() { Stage::Running } else { Stage::Scanning },
        bytes: count(|sum| sum.bytes),
        objects: count(|sum| sum.files),
        unit: "files",
        total_is_final: source.is_some() && is_settled,
        ..Progress::default()
    };
    if source.is_some() && source == target && is_settled {
        progress.stage = Stage::Ended(End::Finished);
        progress
            .remarks
            .push("as many files and bytes as in the source; what is in them was not compared".to_owned());
    } else if source.is_some() && !is_settled {
        progress.remarks.push("the source was counted once, or still changes".to_owned());
    }
    progress
}

/// Counts source and target in turn until told to stop.
fn walk_on(from: &Path, to: &Path, every: Duration, counted: &Mutex<Counted>, stop: &AtomicBool) {
    let mut of_source = true;
    while !stop.load(Ordering::Relaxed) {
        let tree = if of_source { from } else { to };
        {
            let mut counted = lock(counted);
            (counted.partial, counted.rests) = (Sum::default(), false);
            if of_source {
                counted.closed = 0;
            }
        }
        let began = tokio::time::Instant::now();
        let walked = walk(tree, counted, stop);
        let took = began.elapsed();
        {
            let mut counted = lock(counted);
            counted.rests = true;
            match walked {
                Ok(sum) => {
                    counted.failed = None;
                    counted.rounds += 1;
                    if of_source {
                        counted.is_settled = counted.source == Some(sum);
                        counted.source = Some(sum);
                    } else {
                        counted.target = Some(sum);
                    }
                }
                // A target that is not there yet holds nothing.
                Err(error) if error.kind() == io::ErrorKind::NotFound && !of_source => {
                    counted.failed = None;
                    counted.rounds += 1;
                    counted.target = Some(Sum::default());
                }
                Err(error) => {
                    counted.failed = Some(format!("cannot look into {}: {}", tree.display(), plain(&error)));
                }
            }
        }
        let rest = if of_source { BREATH } else { (took * REST).clamp(every, LONGEST_REST) };
        let until = tokio::time::Instant::now() + rest;
        while tokio::time::Instant::now() < until && !stop.load(Ordering::Relaxed) {
            thread::sleep(rest.min(Duration::from_millis(50)));
        }
        of_source = !of_source;
    }
}

/// Counts the regular files of a tree, links not followed.
fn walk(tree: &Path, counted: &Mutex<Counted>, stop: &AtomicBool) -> io::Result<Sum> {
    let mut sum = Sum::default();
    let mut folders = vec![tree.to_owned()];
    while let Some(folder) = folders.pop() {
        lock(counted).at.clone_from(&folder);
        let entries = match fs::read_dir(&folder) {
            Err(error) if folder == tree => return Err(error),
            Err(error) => {
                // One that went away meanwhile is none.
                lock(counted).closed += u64::from(error.kind() != io::ErrorKind::NotFound);
                continue;
            }
            Ok(entries) => entries,
        };
        for entry in entries {
            if stop.load(Ordering::Relaxed) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let Ok(entry) = entry else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file()
                && let Ok(file) = entry.metadata()
            {
                sum.files += 1;
                sum.bytes = sum.bytes.saturating_add(file.len());
            }
            let mut counted = lock(counted);
            counted.steps += 1;
            counted.partial = sum;
            let breathes = counted.steps.is_multiple_of(STRIDE);
            drop(counted);
            if breathes {
                thread::sleep(BREATH);
            }
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_counts_are_the_end_only_once_the_source_stands_still() {
        let sum = |files, bytes| Some(Sum { files, bytes });
        assert_eq!(progress(None, None, false).stage, Stage::Scanning);
        assert_eq!(progress(sum(3, 9), sum(1, 2), true).stage, Stage::Running);
        assert!(!progress(sum(3, 9), sum(3, 9), false).total_is_final);
        assert_eq!(progress(sum(3, 9), sum(3, 9), false).stage, Stage::Running);
        assert_eq!(progress(sum(3, 9), sum(3, 9), true).stage, Stage::Ended(End::Finished));
        assert_eq!(progress(sum(3, 9), sum(3, 8), true).stage, Stage::Running);
    }

    #[test]
    fn a_tree_is_counted_without_its_links() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::create_dir_all(at("a/b/c")).unwrap();
        fs::write(at("a/one"), "1").unwrap();
        fs::write(at("a/b/c/two"), "22").unwrap();
        std::os::unix::fs::symlink(directory.path(), at("a/loop")).unwrap();
        let sum = walk(directory.path(), &Mutex::default(), &AtomicBool::new(false)).unwrap();
        assert_eq!(sum, Sum { files: 2, bytes: 3 });
        let missing = walk(&at("none"), &Mutex::default(), &AtomicBool::new(false));
        assert_eq!(missing.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
