//! Logs followed for real: files that grow and rotate, programs that end, another host over `ssh`.

mod files;
mod programs;
mod remote;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cutover::clock::SystemClock;
use cutover::config::{Encoding, LogInput, LogSource, Settings};
use cutover::probe::{Channels, Supervisor};
use cutover::sample::log::{Level, Source, Turn};
use cutover::sample::{LogBatch, ProbeId};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{self, Receiver};

use crate::common::program::{CUTOVER, until};

fn source(input: LogInput) -> LogSource {
    LogSource {
        name: "app".to_owned(),
        input,
        via: None,
        errors: None,
        level: None,
        silent: None,
        noise: Vec::new(),
        include: Vec::new(),
        exclude: Vec::new(),
        lines: 50_000,
        bytes: 16 << 20,
        encoding: Encoding::Auto,
    }
}

fn exec(argv: &[&str]) -> LogSource {
    source(LogInput::Exec(argv.iter().map(|word| (*word).to_owned()).collect()))
}

fn files(pattern: &Path) -> LogSource {
    source(LogInput::Files(vec![pattern.to_owned()]))
}

/// A supervisor with one log, and what arrived of it.
struct Follow {
    // Before the runtime: it ends its probes.
    supervisor: Supervisor,
    batches: Receiver<(ProbeId, Box<LogBatch>)>,
    lines: Vec<String>,
    /// Those that were there before.
    old: usize,
    errors: u64,
    dropped: u64,
    turns: Vec<Turn>,
    source: Source,
    _runtime: Runtime,
}

impl Follow {
    fn start(source: &LogSource) -> Follow {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (lines, batches) = mpsc::channel(64);
        let out = Channels { samples: mpsc::channel(1).0, lines };
        let clock = Arc::new(SystemClock);
        let mut supervisor =
            Supervisor::with_holder(runtime.handle().clone(), clock, out, Path::new(CUTOVER));
        supervisor.apply(&Settings { logs: vec![source.clone()], ..Settings::default() });
        Follow {
            supervisor,
            batches,
            lines: Vec::new(),
            old: 0,
            errors: 0,
            dropped: 0,
            turns: Vec::new(),
            source: Source::Unread,
            _runtime: runtime,
        }
    }

    fn take(&mut self) {
        while let Ok((id, batch)) = self.batches.try_recv() {
            assert_eq!(id.to_string(), "log/app");
            let count = batch.lines.lines.len();
            self.lines.extend((0..count).map(|at| batch.lines.line(at).unwrap().to_owned()));
            if batch.backlog {
                self.old += count;
            } else {
                self.errors += batch.counts[Level::Error as usize] + batch.counts[Level::Fatal as usize];
            }
            self.dropped += batch.dropped;
            self.turns.extend(batch.turns);
            self.source = batch.source;
        }
    }

    #[track_caller]
    fn until(&mut self, what: &str, holds: impl Fn(&Follow) -> bool) {
        let mut last = String::new();
        let patient = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            until(what, || {
                self.take();
                let newest = &self.lines[self.lines.len().saturating_sub(20)..];
                last = format!("{newest:?} {:?} {:?}", self.turns, self.source);
                holds(self).then_some(())
            });
        }));
        assert!(patient.is_ok(), "never: {what}; {last}");
    }

    #[track_caller]
    fn until_line(&mut self, line: &str) {
        self.until(line, |follow| follow.lines.iter().any(|seen| seen == line));
    }
}

fn append(path: &Path, text: &str) {
    let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("app.log");
    (folder, log)
}
