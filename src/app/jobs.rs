//! Commands of items: started, followed, stopped, found again.
//!
//! Each has a folder of its own beside the log, `NAME.jobs/run-3`, which [`outlive`] tells of, and a thread that reads
//! what it says. When its end is on record, its output is part of the evidence, and what the folder had of it is removed.

mod reader;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::Signal;
use tokio::sync::mpsc::Sender;

use super::cockpit::Control;
use super::work::seal;
use crate::clock::Clock;
use crate::config::Settings;
use crate::hold::outlive::{self, Fate, Start, StartError, kept};
use crate::signoff::event::Blob;
use crate::state::msg::{JobEnd, JobNews, Launch, Msg};
use crate::text::Redactor;

use reader::{Reader, whole};

/// What holds a command: this program.
const OURSELVES: &str = "/proc/self/exe";
/// Between two looks at a command that says something.
const BUSY: Duration = Duration::from_millis(100);
/// Between two looks at one that is silent.
const SILENT: Duration = Duration::from_millis(400);
/// A holder that has not said for so long whom it holds will not say it any more.
const BIRTH: Duration = Duration::from_secs(10);
/// Bytes read at a time.
const BITE: usize = 64 << 10;
/// Bytes that the screen may be behind: more is passed over, since nobody can read it.
const BEHIND: u64 = 256 << 10;
/// The exit code of what could not be run, as shells have it.
const NOT_RUN: i32 = 127;

/// The commands of a run.
pub(super) struct Jobs {
    folder: PathBuf,
    evidence: PathBuf,
    clock: Arc<dyn Clock>,
    control: Sender<Control>,
    redactor: Arc<Redactor>,
    /// Those that are followed, and whether each was asked to end.
    followed: Arc<Mutex<HashMap<String, Arc<AtomicBool>>>>,
}

/// What a thread knows of the command it follows.
struct Follower {
    job: String,
    folder: PathBuf,
    child: Option<Child>,
    stopping: Arc<AtomicBool>,
    clock: Arc<dyn Clock>,
    control: Sender<Control>,
    redactor: Arc<Redactor>,
}

impl Jobs {
    pub(super) fn new(
        folder: PathBuf,
        evidence: PathBuf,
        clock: Arc<dyn Clock>,
        control: Sender<Control>,
    ) -> Jobs {
        Jobs { folder, evidence, clock, control, redactor: Arc::default(), followed: Arc::default() }
    }

    /// What is taken out of what commands say from now on.
    pub(super) fn redact(&mut self, settings: &Settings) {
        self.redactor = Arc::new(settings.redactor());
    }

    pub(super) fn start(&self, launch: &Launch) {
        let folder = self.folder.join(&launch.job);
        let variables: Vec<(&str, &str)> =
            launch.variables.iter().map(|it| (it.name.as_str(), it.value.as_str())).collect();
        let start = Start {
            holder: Path::new(OURSELVES),
            directory: &folder,
            argv: &launch.argv,
            ends: true,
            variables: &variables,
            folder: Some(&launch.folder),
        };
        let started = if launch.folder.is_dir() {
            start.start().map_err(|error: StartError| error.to_string())
        } else {
            Err(format!("cannot run it in {}: that is no folder", launch.folder.display()))
        };
        match started {
            Ok(child) => self.watch(&launch.job, Some(child)),
            Err(why) => {
                let text = format!("cutover: {why}\n");
                let output = self.redactor.redact(&text).into_owned().into_bytes();
                let end = JobEnd { exit: Some(NOT_RUN), took: None, output: sealed(output), cut: 0 };
                self.say(&launch.job, JobNews::Ended(Box::new(end)));
            }
        }
    }

    /// Looks for a command that was started, and follows it, unless it is followed.
    pub(super) fn follow(&self, job: &str) {
        self.watch(job, None);
    }

    fn watch(&self, job: &str, child: Option<Child>) {
        let stopping = Arc::new(AtomicBool::new(false));
        {
            let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
            if followed.contains_key(job) {
                return;
            }
            followed.insert(job.to_owned(), Arc::clone(&stopping));
        }
        let follower = Follower {
            job: job.to_owned(),
            folder: self.folder.join(job),
            child,
            stopping,
            clock: Arc::clone(&self.clock),
            control: self.control.clone(),
            redactor: Arc::clone(&self.redactor),
        };
        let followed = Arc::clone(&self.followed);
        let thread = std::thread::Builder::new().name("command".to_owned()).spawn(move || {
            let job = follower.job.clone();
            follower.run();
            followed.lock().unwrap_or_else(PoisonError::into_inner).remove(&job);
        });
        if let Err(error) = thread {
            self.followed.lock().unwrap_or_else(PoisonError::into_inner).remove(job);
            self.say(job, JobNews::Trouble(format!("cannot be followed: {error}; it runs all the same")));
        }
    }

    pub(super) fn stop(&self, job: &str) {
        let folder = self.folder.join(job);
        let asked = match outlive::Job::read(&folder) {
            Ok(Some(running)) => running.stop(&folder),
            Ok(None) => Ok(false),
            Err(error) => Err(error),
        };
        match asked {
            Ok(true) => {
                self.follow(job);
                if let Some(stopping) = self.followed.lock().unwrap_or_else(PoisonError::into_inner).get(job)
                {
                    stopping.store(true, Ordering::Release);
                }
                self.say(job, JobNews::Stopping);
            }
            Ok(false) => self.say(job, JobNews::Trouble("its process is not there any more".to_owned())),
            Err(error) => self.say(job, JobNews::Trouble(format!("cannot be stopped: {error}"))),
        }
    }

    pub(super) fn forget(&self, job: &str) {
        kept::remove(&self.folder.join(job));
    }

    /// Reads the output of a command that has ended, from the evidence.
    pub(super) fn read(&self, job: String, blob: Blob) {
        let path = self.evidence.join(&blob.sha256);
        let control = self.control.clone();
        let read = move || {
            let bytes =
                std::fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            if !blob.fits(&bytes) {
                return Err(format!("{} is not what was recorded", path.display()));
            }
            Ok(String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect())
        };
        tokio::task::spawn_blocking(move || {
            let _gone = control.blocking_send(Control::Msg(Msg::Job(job, JobNews::Kept(read()))));
        });
    }

    /// Tells the loop, which may be the caller and must not wait for itself.
    fn say(&self, job: &str, news: JobNews) {
        let (control, msg) = (self.control.clone(), Control::Msg(Msg::Job(job.to_owned(), news)));
        tokio::task::spawn_blocking(move || {
            let _gone = control.blocking_send(msg);
        });
    }
}

fn sealed(bytes: Vec<u8>) -> Option<(Blob, Arc<[u8]>)> {
    // Without randomness there is no evidence, and the end is recorded all the same.
    let blob = seal(&bytes).ok()?;
    Some((blob, bytes.into()))
}

impl Follower {
    /// Says what the command says until it has ended or nobody listens.
    fn run(mut self) {
        let began = self.clock.now();
        let mut reader = Reader::new(Arc::clone(&self.redactor));
        let (mut at, mut cut) = (0, 0);
        let mut asked = None;
        loop {
            if let Some(child) = &mut self.child {
                // So that it does not stay in the table of processes; its exit is on file.
                let _ = child.try_wait();
            }
            // Before its output is read: all that it wrote by its end is read then.
            let fate = if self.folder.is_dir() { outlive::Job::fate(&self.folder) } else { Ok(Fate::Lost) };
            let lines = self.lines(&mut reader, &mut at, &mut cut);
            let busy = !lines.is_empty();
            if busy && !self.say(JobNews::Lines { lines, cut }) {
                return;
            }
            let now = self.clock.now();
            match fate {
                Ok(Fate::Ended(code, words)) => return self.ended(Some(code), words, reader),
                Ok(Fate::Lost) => return self.ended(None, None, reader),
                Ok(Fate::Starting) if now.since(&began) > BIRTH => return self.ended(None, None, reader),
                _ => {}
            }
            if self.stopping.load(Ordering::Acquire) {
                let since = *asked.get_or_insert(now);
                if now.since(&since) > outlive::GRACE
                    && let Ok(Some(job)) = outlive::Job::read(&self.folder)
                {
                    // Gone meanwhile, it needs none.
                    let _ = job.signal(Signal::KILL);
                }
            }
            std::thread::sleep(if busy || asked.is_some() { BUSY } else { SILENT });
            if self.control.is_closed() {
                return;
            }
        }
    }

    /// The lines since the last look, at most what a screen can show.
    fn lines(&self, reader: &mut Reader, at: &mut u64, cut: &mut u64) -> Vec<String> {
        let mut lines = Vec::new();
        let length = kept::length(&self.folder);
        if length.saturating_sub(*at) > BEHIND {
            let to = length - BEHIND;
            lines.extend(reader.pass_over(to - *at));
            *at = to;
        }
        while let Ok((from, bytes)) = kept::read(&self.folder, *at, BITE) {
            if from > *at {
                *cut += from - *at;
                lines.extend(reader.pass_over(from - *at));
            }
            *at = from + bytes.len() as u64;
            if bytes.is_empty() {
                break;
            }
            reader.feed(&bytes, &mut lines);
        }
        lines
    }

    fn ended(&self, exit: Option<i32>, words: Option<String>, reader: Reader) {
        let mut last = reader.finish();
        let words =
            words.map(|words| self.redactor.redact(&format!("cutover: cannot run {words}")).into_owned());
        last.extend(words.clone());
        let (took, bytes) = outlive::account(&self.folder);
        let (text, kept) = whole(&self.folder, &self.redactor, words.as_deref());
        let total = bytes.unwrap_or_else(|| kept::length(&self.folder));
        let cut = total.saturating_sub(kept);
        if !last.is_empty() && !self.say(JobNews::Lines { lines: last, cut }) {
            return;
        }
        let output = exit.and_then(|_| sealed(text.into_bytes()));
        self.say(JobNews::Ended(Box::new(JobEnd { exit, took, output, cut })));
    }

    fn say(&self, news: JobNews) -> bool {
        self.control.blocking_send(Control::Msg(Msg::Job(self.job.clone(), news))).is_ok()
    }
}
