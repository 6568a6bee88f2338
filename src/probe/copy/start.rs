//! The copy itself, started by key, and going on when the cockpit does not.
//!
//! Each run of it has a folder of its own, `JOBS/copy-NAME/1`, `…/2`, for us alone: [`outlive`] tells what is in it. `JOBS`
//! lies beside the sign-off log and has its name, so that a rehearsal's copies are never taken for the real ones. The
//! newest run is the one that counts; whoever comes later finds it again, and reads its whole output.
//!
//! A run is asked to end by SIGTERM to its process group, and ended by SIGKILL when it has not after [`GRACE`]. Nothing
//! else ends it: not leaving, not a lost terminal, not the death of the cockpit or of the holder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;

use super::Local;
use super::adapter::Format;
use super::feed::{Feed, clean};
use super::file::File;
use super::stream::LOCALE;
use crate::clock::Stamp;
use crate::config::CopyJob;
use crate::hold::outlive::{self, Fate, StartError};
use crate::probe::fault::plain;
use crate::probe::net::Net;
use crate::sample::Order;
use crate::sample::copy::{Copy, Source};
use crate::text::Redactor;

/// Between asking a copy to end and ending it: it may have uploads to abort.
const GRACE: Duration = Duration::from_secs(10);

/// A holder that has not said for so long whom it holds will not say it any more.
const BIRTH: Duration = Duration::from_secs(10);

/// A copy that the cockpit starts.
pub(super) struct Start {
    /// Where its runs are; none where nothing may be started.
    folder: Option<PathBuf>,
    holder: PathBuf,
    argv: Vec<String>,
    job: Arc<CopyJob>,
    redactor: Arc<Redactor>,
    format: Format,
    run: Option<Run>,
    /// Why the last order was not carried out.
    refused: Option<String>,
}

/// One run of it.
struct Run {
    number: u32,
    folder: PathBuf,
    output: File,
    /// Ours to wait for, if we started it.
    child: Option<Child>,
    since: Stamp,
    stopping: Option<Stamp>,
    end: Option<Source>,
}

impl Start {
    pub(super) fn new(
        net: &Net,
        name: &str,
        job: &Arc<CopyJob>,
        argv: &[String],
        format: Format,
    ) -> Result<Start, String> {
        if job.via.is_some() {
            return Err("a copy can be started on this host only: start it there, and follow its log with file and via".to_owned());
        }
        Ok(Start {
            folder: net.jobs().map(|jobs| jobs.join(format!("copy-{name}"))),
            holder: net.holder.clone(),
            argv: argv.to_vec(),
            job: Arc::clone(job),
            redactor: net.redactor(),
            format,
            run: None,
            refused: None,
        })
    }

    /// The newest run on file.
    fn newest(&self) -> io::Result<u32> {
        let Some(folder) = &self.folder else { return Ok(0) };
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        Ok(numbers.max().unwrap_or(0))
    }

    fn adopt(&self, number: u32, now: Stamp, child: Option<Child>) -> Option<Run> {
        let folder = self.folder.as_ref()?.join(number.to_string());
        let output = folder.join(outlive::OUTPUT);
        let output = File::new(&output, &self.job, &self.redactor, self.format.clone());
        Some(Run { number, folder, output, child, since: now, stopping: None, end: None })
    }

    fn start(&mut self, now: Stamp) -> Result<(), String> {
        let Some(folder) = &self.folder else {
            return Err("it can be started only in a run of the plan".to_owned());
        };
        let cannot =
            |what: &Path, error: &io::Error| format!("cannot write {}: {}", what.display(), plain(error));
        let newest = self.newest().map_err(|error| cannot(folder, &error))?;
        if self.run.as_ref().is_some_and(|run| run.end.is_none() || run.number < newest) {
            return Err("it runs already: stop it first, or wait for its end".to_owned());
        }
        let number = newest + 1;
        let own = folder.join(number.to_string());
        let child = outlive::Start {
            holder: &self.holder,
            directory: &own,
            argv: &self.argv,
            ends: false,
            variables: &[(LOCALE.0, LOCALE.1)],
            folder: None,
        }
        .start();
        match child {
            Ok(child) => {
                self.run = self.adopt(number, now, Some(child));
                Ok(())
            }
            Err(StartError::Write { path, error }) => Err(cannot(&path, &error)),
            Err(StartError::Spawn(error)) => {
                Err(format!("cannot start its holder {}: {}", self.holder.display(), plain(&error)))
            }
        }
    }

    fn stop(&mut self, now: Stamp) -> Result<(), String> {
        let Some(run) = self.run.as_mut().filter(|run| run.end.is_none()) else {
            return Err("it does not run".to_owned());
        };
        let cannot = |error: io::Error| format!("cannot read {}: {}", run.folder.display(), plain(&error));
        let job = outlive::Job::read(&run.folder).map_err(cannot)?;
        let Some(job) = job.filter(|job| job.signal(Signal::TERM)) else {
            return Err("its process is not there any more".to_owned());
        };
        // A stopped one has to go on to hear it; one that is gone already has heard it.
        let _ = job.signal(Signal::CONT);
        run.stopping.get_or_insert(now);
        Ok(())
    }
}

impl Local for Start {
    fn look(&mut self, now: Stamp) -> Copy {
        if self.run.is_none() {
            match self.newest() {
                Ok(0) => {
                    let mut copy =
                        Feed::new(&self.job, &self.redactor, self.format.clone()).copy(Source::Waiting);
                    copy.progress.remarks.push("not started: it is started by key".to_owned());
                    copy.progress.remarks.extend(self.refused.clone());
                    return copy;
                }
                Ok(number) => self.run = self.adopt(number, now, None),
                Err(error) => {
                    let why = format!("cannot look for its runs in {}: {}", self.subject(), plain(&error));
                    let source = Source::Unreachable(clean(&why, &self.redactor));
                    return Feed::new(&self.job, &self.redactor, self.format.clone()).copy(source);
                }
            }
        }
        let Some(run) = &mut self.run else { return Copy::default() };
        let mut copy = run.look(now);
        copy.run = run.number;
        let output = run.folder.join(outlive::OUTPUT);
        copy.output = clean(&output.display().to_string(), &self.redactor);
        copy.progress.remarks.extend(self.refused.clone());
        copy
    }

    fn subject(&self) -> String {
        self.folder.as_ref().map(|folder| folder.display().to_string()).unwrap_or_default()
    }

    fn order(&mut self, order: Order, now: Stamp) {
        let done = match order {
            // What is on file is known before something is done about it.
            Order::Run => {
                self.look(now);
                self.start(now)
            }
            Order::Stop => {
                self.look(now);
                self.stop(now)
            }
            Order::Now => return,
        };
        let what = if order == Order::Run { "start" } else { "stop" };
        self.refused = done.err().map(|why| clean(&format!("refused to {what} it: {why}"), &self.redactor));
    }
}

impl Run {
    fn look(&mut self, now: Stamp) -> Copy {
        if let Some(child) = &mut self.child {
            // So that it does not stay in the table of processes; its exit is on file.
            let _ = child.try_wait();
        }
        if let Some(end) = &self.end {
            return self.output.feed().copy(end.clone());
        }
        // Before its output is read: all that it wrote by its end is read then.
        let fate = outlive::Job::fate(&self.folder);
        let read = self.output.read(now);
        let read = match read {
            // The holder makes the file.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            read => read,
        };
        let feed = self.output.feed();
        let end = match fate {
            Ok(Fate::Starting) if now.since(&self.since) < BIRTH => None,
            Ok(Fate::Running) => None,
            Ok(Fate::Ended(code, words)) => {
                if let Some(words) = words {
                    feed.remark(&format!("cannot run {words}"));
                }
                feed.end(Some(code));
                Some(Source::Exited(code))
            }
            Ok(Fate::Starting | Fate::Lost) => {
                feed.end(None);
                feed.remark(
                    "it is gone with its holder, or the machine was restarted: how it ended is not known",
                );
                Some(Source::Gone)
            }
            Err(error) => {
                let why = format!("cannot read {}: {}", self.folder.display(), plain(&error));
                let source = Source::Unreachable(feed.clean(&why));
                return feed.copy(source);
            }
        };
        self.end.clone_from(&end);
        if let Some(end) = end {
            return feed.copy(end);
        }
        let stopping = self.stopping;
        let mut copy = self.output.copy(read);
        if let Some(since) = stopping {
            "stopping".clone_into(&mut copy.progress.at);
            if now.since(&since) > GRACE
                && let Ok(Some(job)) = outlive::Job::read(&self.folder)
            {
                // Gone meanwhile, it needs none.
                let _ = job.signal(Signal::KILL);
            }
        }
        copy
    }
}
