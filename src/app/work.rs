//! Carries out effects: the log, the probes, files; each on a thread or task of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender};

use super::cockpit::Control;
use super::files;
use super::jobs::Jobs;
use super::open::Opened;
use super::recording::{self, Recording};
use super::watch::Watch;
use crate::clock::{Clock, Stamp};
use crate::plan;
use crate::probe::{Channels, Supervisor};
use crate::signoff::event::Blob;
use crate::signoff::signature::{self, Prompts};
use crate::signoff::writer::{self, NotQueued, Outcome, Writer};
use crate::signoff::{self, Actor, Draft, Head, log};
use crate::state::msg::{Effect, Msg};

/// Between two looks at a log that is being closed.
const BREATH: Duration = Duration::from_millis(2);
/// What the folder of a run's copies has instead of the log's suffix.
const JOBS: &str = ".jobs";
/// What a watcher is told who would write.
const ONLY_LOOKS: &str = "cutover watch never writes: open the plan with cutover run to take part";
/// Bytes of an attachment, at most.
const ATTACHMENT: u64 = 16 * 1024 * 1024;

/// What carries out effects.
pub struct Work {
    path: PathBuf,
    plan: PathBuf,
    writer: Option<Writer>,
    probes: Supervisor,
    jobs: Jobs,
    recording: Recording,
    watch: Option<Watch>,
    log: Sender<Msg>,
    control: Sender<Control>,
    clock: Arc<dyn Clock>,
    runtime: Handle,
}

impl Work {
    /// Starts the sign-off thread.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(
        opened: Opened,
        plan: PathBuf,
        readings: Channels,
        log: Sender<Msg>,
        control: Sender<Control>,
        clock: Arc<dyn Clock>,
        runtime: Handle,
    ) -> std::io::Result<Work> {
        let jobs =
            Jobs::new(jobs(&opened.path), log::evidence(&opened.path), Arc::clone(&clock), control.clone());
        let mut work = Work {
            jobs,
            recording: Recording::default(),
            watch: None,
            path: opened.path,
            plan,
            writer: None,
            probes: Supervisor::new(runtime.clone(), Arc::clone(&clock), readings),
            log,
            control,
            clock,
            runtime,
        };
        work.probes.keep_jobs_in(self::jobs(&work.path));
        let sealed = recording::sealed(&opened.record);
        work.write(opened.sink, opened.found.head, sealed)?;
        Ok(work)
    }

    fn write(
        &mut self,
        sink: Box<dyn signoff::Sink>,
        head: Head,
        sealed: Vec<String>,
    ) -> std::io::Result<()> {
        let control = self.control.clone();
        let recorded = move |news| {
            // A loop that is gone has nobody to tell; the next session seals what is left.
            let _gone = control.blocking_send(Control::Msg(Msg::Recorded(Box::new(news))));
        };
        self.recording.start(&self.path, sealed, &self.clock, recorded)?;
        let tell = self.log.clone();
        let deliver = move |outcome| {
            // A loop that is gone has nobody to tell.
            let _gone = tell.blocking_send(match outcome {
                Outcome::Appended(line) => Msg::Appended(line),
                Outcome::Refused(drafts, why) => Msg::Refused { drafts, why: sentence(&why), full: false },
            });
        };
        self.writer = Some(Writer::spawn(sink, head, Arc::clone(&self.clock), deliver)?);
        Ok(())
    }

    /// Only shows a run, as its player tells; nothing is probed, run or written.
    pub fn watching(
        log: &Path,
        watch: Watch,
        wires: (Channels, Sender<Msg>, Sender<Control>),
        clock: Arc<dyn Clock>,
        runtime: Handle,
    ) -> Work {
        let (readings, tell, control) = wires;
        Work {
            jobs: Jobs::new(jobs(log), log::evidence(log), Arc::clone(&clock), control.clone()),
            recording: Recording::default(),
            watch: Some(watch),
            path: log.to_owned(),
            plan: PathBuf::new(),
            writer: None,
            probes: Supervisor::new(runtime.clone(), Arc::clone(&clock), readings),
            log: tell,
            control,
            clock,
            runtime,
        }
    }

    /// The player shows that moment now.
    pub fn shows(&self, at: Stamp) {
        if let Some(watch) = &self.watch {
            watch.shown.set(at);
        }
    }

    /// Carries an effect out, or begins to; what there is to say at once.
    pub fn carry_out(&mut self, effect: Effect) -> Vec<Msg> {
        if let Some(watch) = &self.watch {
            if let Effect::Replay(order) = effect {
                watch.order(order);
            }
            return Vec::new();
        }
        match effect {
            Effect::Append(drafts) => return self.append(drafts).into_iter().collect(),
            Effect::Probes(settings) => {
                self.jobs.redact(&settings);
                self.probes.apply(&settings);
            }
            Effect::Record(taken) => {
                let _taken = self.recording.take(*taken);
            }
            Effect::Seal => self.recording.seal(),
            Effect::StartJob(launch) => self.jobs.start(&launch),
            Effect::StopJob(job) => self.jobs.stop(&job),
            Effect::FollowJob(job) => self.jobs.follow(&job),
            Effect::ForgetJob(job) => self.jobs.forget(&job),
            Effect::ReadOutput(job, blob) => self.jobs.read(job, blob),
            Effect::Order(probe, order) => {
                if !self.probes.order(&probe, order) {
                    return vec![Msg::NotTaken(probe, order)];
                }
            }
            Effect::ReadFile(path) => {
                let control = self.control.clone();
                self.runtime.spawn_blocking(move || {
                    let read = attachment(&path);
                    let _gone = control.blocking_send(Control::Msg(Msg::File(path, read)));
                });
            }
            Effect::Sign(unsigned) => {
                let (control, key) =
                    (self.control.clone(), plan::key(&self.plan, &unsigned.key, &super::environment));
                self.runtime.spawn_blocking(move || {
                    let signed = signature::sign(&unsigned.bytes, &key, Prompts::Never);
                    let signed = signed.map_err(|error| error.to_string());
                    let _gone = control.blocking_send(Control::Msg(Msg::Signature(unsigned, signed)));
                });
            }
            Effect::ReloadFiles => {
                let (control, plan) = (self.control.clone(), self.plan.clone());
                self.runtime.spawn_blocking(move || {
                    let _gone = control.blocking_send(Control::Msg(files::read(&plan)));
                });
            }
            Effect::Clipboard(_)
            | Effect::Notify(_)
            | Effect::Replay(_)
            | Effect::Hints(_)
            | Effect::Repaint
            | Effect::TakeOver
            | Effect::Leave => {}
        }
        Vec::new()
    }

    fn append(&mut self, mut drafts: Vec<Draft>) -> Option<Msg> {
        self.recording.end(&mut drafts);
        let Some(writer) = &self.writer else {
            let why = "This cockpit only watches.".to_owned();
            return Some(Msg::Refused { drafts: drafts.into(), why, full: false });
        };
        let refused = writer.submit(drafts).err()?;
        let full = matches!(refused, NotQueued::Full(_));
        let why = refused.to_string();
        Some(Msg::Refused { drafts: refused.into_drafts().into(), why, full })
    }

    /// Whether a watcher may leave to become the writer; else why not.
    pub fn may_take_over(&self) -> Result<(), String> {
        if self.watch.as_ref().is_none_or(|watch| !watch.may_take_over) {
            return Err(ONLY_LOOKS.to_owned());
        }
        match log::held(&self.path) {
            Ok(None) => Ok(()),
            Ok(Some(holder)) => Err(format!("{holder} writes this log")),
            Err(error) => Err(error.to_string()),
        }
    }

    /// How many samples were dropped so far because the loop was behind.
    pub fn dropped(&self) -> u64 {
        self.probes.dropped()
    }

    /// How long the disk has been at the present append.
    pub fn writing_for(&self) -> Option<Duration> {
        self.writer.as_ref()?.busy(&self.clock.now())
    }

    /// Writes what waits, within bounds; what could not be written, if anything.
    pub fn finish(&mut self, log: &mut Receiver<Msg>) -> Option<String> {
        let writer = self.writer.take()?;
        let mut lost = Vec::new();
        let closing = std::thread::spawn(move || writer.close(writer::DRAIN));
        loop {
            // The thread may wait for room to say what it wrote; what it could not write must still be told.
            let ended = closing.is_finished();
            while let Ok(msg) = log.try_recv() {
                if let Msg::Refused { drafts, why, .. } = msg
                    && drafts.iter().any(|draft| matches!(draft.by, Actor::Person(_)))
                {
                    lost.push(why);
                }
            }
            if ended {
                break;
            }
            std::thread::sleep(BREATH);
        }
        if let Ok(Err(unfinished)) = closing.join() {
            lost.push(unfinished.to_string());
        }
        (!lost.is_empty()).then(|| format!("NOT RECORDED when leaving: {}", lost.join("; ")))
    }
}

/// Where a run's copies keep what they say: beside its log, with its name, so that no other run takes them for its own.
fn jobs(path: &Path) -> PathBuf {
    path.with_file_name(format!("{}{JOBS}", log::stem(path)))
}

/// Why nothing was recorded, and what to do.
fn sentence(why: &signoff::Refused) -> String {
    let next = match why {
        signoff::Refused::Io(_) | signoff::Refused::Unsure => {
            " Mend that (free space, mount it writable, put the file back), then press the key again."
        }
        signoff::Refused::Moved(_) => " Look again, then press the key again.",
        _ => "",
    };
    format!("{why}.{next}")
}

fn attachment(path: &Path) -> Result<(Blob, Arc<[u8]>), String> {
    let say = |what: &str| format!("{}: {what}", path.display());
    let meta = std::fs::metadata(path).map_err(|error| say(&error.to_string()))?;
    if !meta.is_file() {
        return Err(say("not a file"));
    }
    if meta.len() > ATTACHMENT {
        return Err(say("larger than 16 MiB: attach an excerpt, or note where it is kept"));
    }
    let bytes = std::fs::read(path).map_err(|error| say(&error.to_string()))?;
    let blob = seal(&bytes).map_err(|why| say(&why))?;
    Ok((blob, bytes.into()))
}

/// Names bytes by their hash with a salt, so that they can be taken away later without breaking the chain.
pub(super) fn seal(bytes: &[u8]) -> Result<Blob, String> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| format!("no random salt: {error}"))?;
    Ok(Blob::seal(bytes, salt))
}
