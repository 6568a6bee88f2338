//! Logs: from files and programs to lines.
//!
//! One thread a source. A file on a mount that does not answer holds up that thread alone; a task beside it says so
//! (`beat`), and no second thread is started for the source until the first has come back.
//!
//! ```text
//!  files ─ tail ───┬─ encoding ─ lines ─▶ judge ─ clean ─ filter ─ level ─ shape ─▶ intake ─▶ LogBatch
//!   find    poll    │   to UTF-8   cut                        stated, redaction: only what is sent
//!  program ┬ child ─┘
//!  remote ─┘  pipes, below crate::hold; over ssh
//! ```

mod beat;
mod child;
mod clean;
mod encoding;
mod files;
mod filter;
mod intake;
mod judge;
mod level;
mod lines;
mod program;
mod remote;
mod shape;
mod stated;
mod tail;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Thread;
use std::time::Duration;

use tokio::task::AbortHandle;

use self::beat::Beat;
use self::child::Running;
use self::files::Files;
use self::intake::Intake;
use self::program::{Program, Starter};
use self::remote::Remote;
use super::net::{Net, Outlet};
use super::supervisor::{Handle, panic_words};
use crate::clock::{Clock, SystemClock};
use crate::config::{LogInput, LogSource};
use crate::sample::log::Source;
use crate::sample::{LogBatch, ProbeId};
use crate::text;

/// Between two looks at a source that has nothing new.
const POLL: Duration = Duration::from_millis(100);
/// Between two looks at a thread.
const GLANCE: Duration = Duration::from_secs(1);
/// A thread that has been at one thing for so long hangs.
const HANGS: Duration = Duration::from_secs(5);

/// The threads of all sources, by probe: those of sources that were stopped may still hang.
#[derive(Default)]
pub(super) struct Tailers(Mutex<HashMap<ProbeId, Arc<Beat>>>);

impl Tailers {
    fn next(&self, id: &ProbeId, clock: &Arc<dyn Clock>) -> Arc<Beat> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let beat = Arc::new(Beat::new(Arc::clone(clock), all.remove(id)));
        all.insert(id.clone(), Arc::clone(&beat));
        beat
    }
}

/// Stops a tailer when it is dropped.
struct Keep {
    beat: Arc<Beat>,
    thread: Arc<Mutex<Option<Thread>>>,
    watch: AbortHandle,
}

impl Drop for Keep {
    fn drop(&mut self) {
        self.watch.abort();
        self.beat.stop();
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            thread.unpark();
        }
    }
}

/// Follows a log until the handle is dropped. Must be called within the runtime.
pub(super) fn start(id: &ProbeId, source: &Arc<LogSource>, net: &Arc<Net>, out: &Outlet) -> Handle {
    let beat = net.tailers.next(id, &net.clock);
    let thread = Arc::new(Mutex::new(None));
    let tailer = Tailer {
        id: id.clone(),
        source: Arc::clone(source),
        net: Arc::clone(net),
        out: out.clone(),
        beat: Arc::clone(&beat),
        runtime: tokio::runtime::Handle::current(),
    };
    let watch = tokio::spawn(tailer.watch(Arc::clone(&thread))).abort_handle();
    Handle::new(Keep { beat, thread, watch })
}

#[derive(Clone)]
struct Tailer {
    id: ProbeId,
    source: Arc<LogSource>,
    net: Arc<Net>,
    out: Outlet,
    beat: Arc<Beat>,
    runtime: tokio::runtime::Handle,
}

impl Tailer {
    /// Starts the thread when the one before has come back, and says when it hangs.
    async fn watch(self, thread: Arc<Mutex<Option<Thread>>>) {
        while let Some(before) = self.beat.waits_for() {
            if let Some((span, what)) = before.hangs(HANGS) {
                self.hangs(span, &what);
            }
            tokio::time::sleep(POLL).await;
        }
        let started = {
            let tailer = self.clone();
            let mut place = thread.lock().unwrap_or_else(PoisonError::into_inner);
            let name = format!("log {}", self.source.name);
            self.beat.start();
            let spawned = std::thread::Builder::new().name(name).spawn(move || tailer.run());
            spawned.map(|handle| *place = Some(handle.thread().clone()))
        };
        if let Err(error) = started {
            self.beat.end();
            let why = super::fault::plain(&error);
            return self.say(Source::Missing(format!("cannot start a thread to read it: {why}")));
        }
        loop {
            tokio::time::sleep(GLANCE).await;
            if let Some((span, what)) = self.beat.hangs(HANGS) {
                self.hangs(span, &what);
            }
        }
    }

    fn hangs(&self, span: Duration, what: &str) {
        self.say(Source::Hanging(format!("{} for {}", text::clean(what), text::age(span))));
    }

    fn say(&self, source: Source) {
        let batch = LogBatch { at: Some(self.net.clock.now()), source, ..LogBatch::default() };
        // With the channel full, the next look says it.
        let _ = self.out.lines(&self.id, Box::new(batch));
    }

    /// The thread's whole life.
    fn run(self) {
        let failed = catch_unwind(AssertUnwindSafe(|| self.follow())).err();
        self.beat.end();
        if let Some(payload) = failed {
            self.say(Source::Missing(panic_words(payload.as_ref())));
        }
    }

    fn follow(&self) {
        let out = {
            let (id, out) = (self.id.clone(), self.out.clone());
            Box::new(move |batch| out.lines(&id, batch))
        };
        let mut intake = Intake::new(&self.source, Arc::clone(&self.net.clock), out);
        let mut reader = self.reader();
        while !self.beat.is_stopped() && !intake.is_deaf() {
            intake.redact_by(self.net.redactor());
            let more = reader.poll(&mut intake);
            if self.beat.was_named() {
                intake.tell_again();
            }
            intake.flush(false);
            if !more {
                reader.wait();
            }
        }
    }

    fn reader(&self) -> Reader {
        let source = &self.source;
        let starter = || Starter {
            net: Arc::clone(&self.net),
            runtime: self.runtime.clone(),
            via: source.via.clone(),
            beat: Arc::clone(&self.beat),
            encoding: source.encoding,
        };
        match &source.input {
            LogInput::Exec(argv) => Reader::Program(Box::new(Program::new(argv, starter()))),
            LogInput::Files(files) if source.via.is_some() => {
                Reader::Remote(Box::new(Remote::new(files, source.lines, starter())))
            }
            LogInput::Files(files) => {
                let backlog = (source.lines, source.bytes as u64);
                let clock = Arc::clone(&self.net.clock);
                let beat = Arc::clone(&self.beat);
                Reader::Files(Box::new(Files::new(files, source.encoding, backlog, beat, clock)))
            }
        }
    }
}

/// What a source is read by.
enum Reader {
    Files(Box<Files>),
    Program(Box<Program>),
    Remote(Box<Remote>),
}

impl Reader {
    /// Reads what is there; `true` if there is more at once.
    fn poll(&mut self, intake: &mut Intake) -> bool {
        match self {
            Reader::Files(files) => files.poll(intake),
            Reader::Program(program) => program.poll(intake),
            Reader::Remote(remote) => remote.poll(intake),
        }
    }

    /// Waits until the next look.
    fn wait(&self) {
        match self {
            Reader::Files(_) => std::thread::park_timeout(POLL),
            Reader::Program(program) => {
                Running::wait(&program.running().into_iter().collect::<Vec<_>>(), POLL);
            }
            Reader::Remote(remote) => Running::wait(&remote.running(), POLL),
        }
    }
}

/// Reads a whole file, from its start to its present end, as a tailer would: for measuring.
///
/// # Errors
///
/// When the file cannot be read.
pub fn ingest(
    path: &Path,
    source: &LogSource,
    shapes: bool,
    mut take: impl FnMut(Box<LogBatch>) + Send + 'static,
) -> std::io::Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let out = Box::new(move |batch| {
        take(batch);
        Ok(())
    });
    let mut intake = Intake::new(source, Arc::clone(&clock), out);
    if !shapes {
        intake = intake.without_shapes();
    }
    let file = tail::open(path)?;
    let length = file.metadata()?.len();
    let name: Arc<str> = path.to_string_lossy().into();
    let mut tail = tail::Tail::new(name, file, source.encoding, 0, clock.now().mono)?;
    let beat = Beat::new(Arc::clone(&clock), None);
    let mut buffer = vec![0; 1 << 20];
    while tail.place().0 < length {
        if tail.poll(&mut intake, &mut buffer, 4 << 20, clock.now().mono, &beat)? == 0 {
            break;
        }
        intake.is_behind(tail.behind);
        intake.flush(false);
    }
    tail.finish(&mut intake);
    intake.is_behind(0);
    intake.flush(true);
    Ok(())
}

#[cfg(test)]
mod tests;
