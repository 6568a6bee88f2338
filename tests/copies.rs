//! Where copies tell how far they are: real tools, files, ports and servers, watched from outside.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod exec;
mod file;
mod pid;
mod postgres;
mod rclone;
mod start;
mod there;
mod trees;
mod web;

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use cutover::clock::SystemClock;
use cutover::config::{CopyJob, CopySource, Settings};
use cutover::probe::{self, Channels, Supervisor};
use cutover::sample::copy::{End, Source, Stage};
use cutover::sample::{Copy, Order, ProbeId, Reading, Sample};
use rustix::process::{Pid, Signal};
use tokio::sync::mpsc;

use crate::common::tools;
use crate::health::{eventually, holder, runtime};

/// Far beyond what anything here takes: it ends a hanging test, it measures nothing.
const LIMIT: Duration = Duration::from_mins(2);

fn job(source: CopySource) -> CopyJob {
    CopyJob {
        name: "assets".to_owned(),
        source,
        format: None,
        regex: None,
        total_objects: None,
        total_bytes: None,
        every: Duration::from_millis(100),
        stale: None,
        stalled_after: Duration::from_mins(1),
        target: None,
        via: None,
    }
}

fn settings(job: CopyJob) -> Settings {
    Settings { copies: vec![job], ..Settings::default() }
}

fn argv(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A cockpit's probes, watching one copy.
struct Watched {
    // Before the runtime: it ends its probes.
    supervisor: Supervisor,
    samples: mpsc::Receiver<(ProbeId, Sample)>,
    runtime: tokio::runtime::Runtime,
}

fn watch(job: CopyJob) -> Watched {
    watch_in(job, None, &[])
}

/// The same, with a place for what it starts, and with secrets.
fn watch_in(job: CopyJob, jobs: Option<&Path>, secrets: &[&str]) -> Watched {
    let runtime = runtime();
    let (sender, samples) = mpsc::channel(4096);
    let mut supervisor = Supervisor::with_holder(
        runtime.handle().clone(),
        Arc::new(SystemClock),
        Channels { samples: sender, lines: mpsc::channel(1).0 },
        holder(),
    );
    if let Some(jobs) = jobs {
        supervisor.keep_jobs_in(jobs.to_owned());
    }
    let mut settings = settings(job);
    settings.secrets = secrets.iter().map(|secret| cutover::config::Secret((*secret).to_owned())).collect();
    supervisor.apply(&settings);
    Watched { supervisor, samples, runtime }
}

impl Watched {
    fn order(&self, order: Order) {
        assert!(self.supervisor.order(&"copy/assets".parse().unwrap(), order));
    }

    fn reading(&mut self) -> Reading {
        let next = self.runtime.block_on(async { tokio::time::timeout(LIMIT, self.samples.recv()).await });
        next.expect("a sample in time").expect("a probe").1.reading
    }

    fn next(&mut self) -> Copy {
        match self.reading() {
            Reading::Copy(copy) => *copy,
            other => panic!("no copy's reading: {other:?}"),
        }
    }

    /// The first look of which this is true; nothing that came before is looked at again.
    #[track_caller]
    fn until(&mut self, what: &str, mut is: impl FnMut(&Copy) -> bool) -> Copy {
        // Enough for two minutes of looks.
        let mut last = None;
        for _ in 0..1200 {
            let copy = self.next();
            if is(&copy) {
                return copy;
            }
            last = Some(copy);
        }
        panic!("never {what}: {last:#?}");
    }
}

/// One look, as the preflight makes it.
fn once(job: CopyJob) -> Reading {
    let mut samples =
        runtime().block_on(probe::probe_once_with(&settings(job), Arc::new(SystemClock), holder()));
    assert_eq!(samples.len(), 1);
    samples.remove(0).1.reading
}

#[track_caller]
fn unreachable(copy: &Copy) -> &str {
    match &copy.source {
        Source::Unreachable(why) => why,
        other => panic!("not unreachable: {other:?}"),
    }
}

fn is_unreachable(copy: &Copy) -> bool {
    matches!(copy.source, Source::Unreachable(_))
}

#[track_caller]
fn remarks(copy: &Copy, words: &str) {
    assert!(copy.progress.remarks.iter().any(|remark| remark.contains(words)), "{words}: {copy:#?}");
}

fn finished(copy: &Copy) -> bool {
    copy.progress.stage == Stage::Ended(End::Finished)
}

fn bytes(copy: &Copy) -> u64 {
    copy.progress.bytes.done.unwrap_or(0)
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn start(command: &mut Command) -> Running {
        Running(command.stdin(Stdio::null()).spawn().unwrap())
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.0.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    fn code(&mut self) -> i32 {
        let status = self.0.wait().unwrap();
        status.code().unwrap_or_else(|| 128 + status.signal().unwrap())
    }
}

/// A folder with `files` files of `size` bytes each.
fn tree(folder: &Path, files: usize, size: usize) {
    fs::create_dir_all(folder.join("deep")).unwrap();
    for n in 0..files {
        let place = if n % 2 == 0 { folder.to_owned() } else { folder.join("deep") };
        fs::write(place.join(format!("f{n}.bin")), vec![u8::try_from(n % 251).unwrap(); size]).unwrap();
    }
}
