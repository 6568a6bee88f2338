//! The thread that writes readings down.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use super::bucket::Buckets;
use super::line::{Encoder, decode};
use super::{LENGTHS, LIMIT, NAME, Reading, Taken, files};
use crate::clock::Clock;
use crate::sha256;
use crate::signoff::Hash;
use crate::signoff::event::Event;

/// Measurements that may wait to be written; when the disk hangs, later ones are not recorded.
const WAITING: usize = 1024;
/// A file is sealed at this size,
const FULL: u64 = 1024 * 1024;
/// or when it is so old.
const OLD: Duration = Duration::from_hours(1);
/// After the disk refused, it is tried again so much later.
const RETRY: Duration = Duration::from_secs(10);
/// The files are the operator's alone, as the log is.
const MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// What became of what was recorded.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// A file is complete and on disk.
    Sealed(Sealed),
    /// From now on nothing is recorded: how many bytes there are, and why, as a clause.
    Stopped {
        /// Bytes of the run so far.
        bytes: u64,
        /// Why.
        why: String,
    },
    /// What could not be recorded for a while is recorded again.
    Again,
}

/// A complete file of readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Its name in the evidence folder.
    pub file: String,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// How many lines it has.
    pub lines: u64,
    /// When its first reading was taken.
    pub from: DateTime<Utc>,
    /// When its last reading was taken.
    pub to: DateTime<Utc>,
    /// A session that was cut off left it behind.
    pub recovered: bool,
}

impl News {
    /// What the log is told.
    #[must_use]
    pub fn event(self) -> Option<Event> {
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        match self {
            News::Stopped { bytes, why } => Some(Event::ReadingsStopped { bytes, why }),
            News::Sealed(Sealed { file, sha256, lines, from, to, recovered }) => {
                Some(Event::ReadingsSealed { file, sha256, lines, from: time(from), to: time(to), recovered })
            }
            News::Again => None,
        }
    }
}

enum Order {
    Take(Box<Taken>),
    Seal,
    Close,
}

/// Writes down what the probes showed, on a thread of its own: a disk that hangs holds up nobody.
#[derive(Debug)]
pub struct Recorder {
    orders: SyncSender<Order>,
    closed: Receiver<Option<Sealed>>,
}

impl Recorder {
    /// Starts to record into a run's evidence folder; files that are there and not in `sealed` are sealed first, as
    /// recovered.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(
        folder: PathBuf,
        sealed: Vec<String>,
        clock: Arc<dyn Clock>,
        tell: impl Fn(News) + Send + 'static,
    ) -> io::Result<Recorder> {
        let (orders, inbox) = sync_channel(WAITING);
        let (last, closed) = sync_channel(1);
        std::thread::Builder::new().name("readings".to_owned()).spawn(move || {
            let mut desk = Desk {
                folder,
                clock,
                buckets: Buckets::default(),
                file: None,
                bytes: 0,
                next: 1,
                refused: None,
                tell: Box::new(tell),
            };
            desk.recover(&sealed);
            let sealed = desk.work(&inbox);
            // Nobody may wait for it any more.
            let _gone = last.send(sealed);
        })?;
        Ok(Recorder { orders, closed })
    }

    /// Records a measurement; `false` if too many wait for the disk: it is not recorded.
    #[must_use]
    pub fn take(&self, taken: Taken) -> bool {
        !matches!(self.orders.try_send(Order::Take(Box::new(taken))), Err(TrySendError::Full(_)))
    }

    /// Asks for what is recorded so far to be sealed: the news come when it is.
    pub fn seal(&self) {
        let _full = self.orders.try_send(Order::Seal);
    }

    /// Seals what is recorded and ends; `None` if there is nothing to seal, or it takes longer than `patience`: then
    /// the next session seals it.
    #[must_use]
    pub fn close(self, patience: Duration) -> Option<Sealed> {
        self.orders.try_send(Order::Close).ok()?;
        self.closed.recv_timeout(patience).ok().flatten()
    }
}

struct Desk {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    buckets: Buckets,
    file: Option<Open>,
    /// Of the whole run.
    bytes: u64,
    /// The next file's number.
    next: u32,
    /// When the disk refused last, on the boot clock.
    refused: Option<Duration>,
    tell: Box<dyn Fn(News) + Send>,
}

/// The file that is being written.
struct Open {
    name: String,
    file: File,
    encoder: Encoder,
    digest: sha256::Pieces,
    bytes: u64,
    lines: u64,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    /// When it is sealed at the latest, on the boot clock.
    until: Duration,
}

impl Open {
    /// Takes back a line that was not written whole; whether the file can still be written to.
    fn cut_back(&mut self) -> bool {
        // No later line may stand for one that is not there.
        self.encoder = Encoder::default();
        is_there(&self.file).is_ok() && self.file.set_len(self.bytes).is_ok()
    }
}

impl Desk {
    fn work(&mut self, inbox: &Receiver<Order>) -> Option<Sealed> {
        loop {
            let now = self.clock.now();
            let next = match (self.length(), self.refused) {
                (Some(_), _) => self.buckets.next(),
                (None, refused) => refused.map(|at| at + RETRY),
            };
            let due = next.into_iter().chain(self.file.as_ref().map(|file| file.until)).min();
            let wait = due.map_or(OLD, |due| due.saturating_sub(now.boot));
            match inbox.recv_timeout(wait) {
                Ok(Order::Take(taken)) => {
                    if let Some(length) = self.length() {
                        let readings = self.buckets.take(*taken, length);
                        self.write(&readings);
                    }
                }
                Ok(Order::Seal) => self.seal_and_tell(),
                Ok(Order::Close) | Err(RecvTimeoutError::Disconnected) => {
                    let rest = self.buckets.all();
                    self.write(&rest);
                    return self.seal();
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = self.clock.now();
            if let Some(length) = self.length() {
                let readings = self.buckets.due(&now, length);
                self.write(&readings);
            }
            let full = |file: &Open| file.bytes >= FULL || file.until <= now.boot;
            if self.file.as_ref().is_some_and(full) {
                self.seal_and_tell();
            }
        }
    }

    /// How long a bucket is now; `None` when nothing is recorded any more.
    fn length(&self) -> Option<Duration> {
        let now = self.clock.now().boot;
        if self.refused.is_some_and(|at| now.saturating_sub(at) < RETRY) {
            return None;
        }
        LENGTHS.iter().find(|(below, _)| self.bytes < *below).map(|(_, length)| *length)
    }

    fn write(&mut self, readings: &[Reading]) {
        for reading in readings {
            if let Err(error) = self.line(reading) {
                let first = self.refused.is_none();
                self.refused = Some(self.clock.now().boot);
                // A file that cannot be cut back to whole lines is left to the next session, which can.
                self.file.take_if(|file| !file.cut_back());
                if first {
                    let why = format!("{error}; it is tried again every {} s", RETRY.as_secs());
                    (self.tell)(News::Stopped { bytes: self.bytes, why });
                }
                return;
            }
        }
        if !readings.is_empty() && self.refused.take().is_some() {
            (self.tell)(News::Again);
        }
        if self.bytes >= LIMIT {
            self.seal_and_tell();
            let why = "that is as much as is recorded of a run".to_owned();
            (self.tell)(News::Stopped { bytes: self.bytes, why });
        }
    }

    fn line(&mut self, reading: &Reading) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let opened = open(&self.folder, self.next, reading, self.clock.now().boot + OLD)?;
                self.next += 1;
                none.insert(opened)
            }
        };
        is_there(&file.file)?;
        let line = file.encoder.line(reading, file.bytes).map_err(io::Error::other)?;
        file.file.write_all(&line)?;
        file.digest.take(&line);
        file.bytes += line.len() as u64;
        file.lines += 1;
        file.from = file.from.min(reading.at);
        file.to = file.to.max(reading.at);
        self.bytes += line.len() as u64;
        Ok(())
    }

    fn seal_and_tell(&mut self) {
        if let Some(sealed) = self.seal() {
            (self.tell)(News::Sealed(sealed));
        }
    }

    /// Ends the file; one that cannot be brought to the disk is left to the next session.
    fn seal(&mut self) -> Option<Sealed> {
        let file = self.file.take()?;
        is_there(&file.file).and_then(|()| file.file.sync_all()).ok()?;
        File::open(&self.folder).and_then(|folder| folder.sync_all()).ok()?;
        let sha256 = Hash(file.digest.end()).to_string();
        let Open { name, lines, from, to, .. } = file;
        Some(Sealed { file: name, sha256, lines, from, to, recovered: false })
    }

    /// Seals what earlier sessions left behind.
    fn recover(&mut self, sealed: &[String]) {
        let Ok(found) = files(&self.folder) else { return };
        for (number, name) in found {
            self.next = self.next.max(number + 1);
            let path = self.folder.join(&name);
            self.bytes += std::fs::metadata(&path).map_or(0, |found| found.len());
            if sealed.contains(&name) {
                continue;
            }
            if let Ok(Some(sealed)) = recovered(&path, name) {
                (self.tell)(News::Sealed(sealed));
            }
        }
    }
}

/// A file that somebody removed takes what is written, and keeps nothing.
fn is_there(file: &File) -> io::Result<()> {
    match file.metadata()?.nlink() {
        0 => Err(io::Error::new(io::ErrorKind::NotFound, "the file of readings was removed")),
        _ => Ok(()),
    }
}

fn open(folder: &Path, number: u32, first: &Reading, until: Duration) -> io::Result<Open> {
    match std::fs::DirBuilder::new().mode(FOLDER_MODE).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let name = format!("{}{number:06}{}", NAME.0, NAME.1);
    let file = OpenOptions::new().append(true).create_new(true).mode(MODE).open(folder.join(&name))?;
    Ok(Open {
        name,
        file,
        encoder: Encoder::default(),
        digest: sha256::Pieces::default(),
        bytes: 0,
        lines: 0,
        from: first.at,
        to: first.at,
        until,
    })
}

/// Cuts a torn end off a file that was left behind, and seals it; one without a whole line goes.
fn recovered(path: &Path, file: String) -> io::Result<Option<Sealed>> {
    let mut bytes = std::fs::read(path)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    if whole < bytes.len() {
        OpenOptions::new().write(true).open(path)?.set_len(whole as u64)?;
        bytes.truncate(whole);
    }
    if whole == 0 {
        std::fs::remove_file(path)?;
        return Ok(None);
    }
    let times: Vec<DateTime<Utc>> = bytes
        .split(|byte| *byte == b'\n')
        .filter_map(|line| decode(line).ok())
        .map(|decoded| decoded.reading.at)
        .collect();
    // What holds no reading was not written by a cockpit: it is left as it is.
    let (Some(from), Some(to)) = (times.iter().min(), times.iter().max()) else { return Ok(None) };
    File::open(path)?.sync_all()?;
    let lines = memchr::memchr_iter(b'\n', &bytes).count() as u64;
    let sha256 = Hash::of(&bytes).to_string();
    Ok(Some(Sealed { file, sha256, lines, from: *from, to: *to, recovered: true }))
}
