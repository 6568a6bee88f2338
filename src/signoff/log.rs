//! The log as a file: opened by one writer under a lock, read by anybody.
//!
//! The lock is an exclusive `flock` on the log itself. A line is acknowledged when it and all before it are on disk;
//! the disk may hold an act that no screen has shown, never the reverse.

pub(in crate::signoff) mod acts;
pub(in crate::signoff) mod lines;
mod recover;
mod sink;
mod source;

use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use chrono::SecondsFormat;

use super::disk::{FileDisk, Locked, is_locked};
use super::event::Event;
use super::{Actor, At, Head, LogError, Sink, Source};
use crate::clock::Clock;

pub use sink::FileSink;
pub use source::FileSource;

/// The end of every log's name.
pub const SUFFIX: &str = ".signoff.jsonl";

/// What came of opening a log.
#[expect(clippy::large_enum_variant, reason = "there is one of it in a run")]
pub enum Access {
    /// It is ours to write.
    Writer(Box<dyn Source>, Box<dyn Sink>, Opened),
    /// Somebody else writes it.
    Watcher(Box<dyn Source>, Holder),
}

/// A log as its writer finds it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opened {
    /// Its last line.
    pub head: Head,
    /// The number of the session that begins now, for its [`ActId`](super::ActId)s.
    pub session: u64,
    /// A torn end was set aside: to be appended behind the session's first line.
    pub recovered: Option<Event>,
}

/// Who holds a log: what the last start or resume in it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// The person who started the cockpit; `None` if it has not written a line yet.
    pub who: Option<String>,
    /// The login name it runs as.
    pub user: String,
    /// Its host.
    pub host: String,
    /// Its process there.
    pub pid: u32,
    /// Since when.
    pub since: Option<At>,
}

impl Holder {
    /// Another line of the log.
    pub fn note(&mut self, line: &super::Line) {
        match &line.event {
            Event::RunStarted { pid, .. } | Event::RunResumed { pid, .. } => {
                *self = Holder {
                    who: matches!(line.by, Actor::Person(_)).then(|| line.by.to_string()),
                    user: line.via.user.clone(),
                    host: line.via.host.clone(),
                    pid: *pid,
                    since: Some(line.at),
                };
            }
            Event::OperatorChanged { to, .. } => self.who = Some(to.clone()),
            _ => {}
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(since) = &self.since else {
            return f.write_str("another cockpit that has just started");
        };
        let who = self.who.as_deref().unwrap_or("somebody who has not said a name");
        let (user, host, pid) = (&self.user, &self.host, self.pid);
        let since = since.wall.to_rfc3339_opts(SecondsFormat::Secs, true);
        write!(f, "{who} ({user}@{host}, process {pid}, since {since})")
    }
}

/// Makes a new log and opens it for writing; its first line must be `run.started`.
///
/// # Errors
/// There is a file already, or the system refuses.
pub fn create(path: &Path, clock: &dyn Clock) -> Result<Access, LogError> {
    FileDisk::create(path).map_err(disk("create the log", path))?;
    open(path, clock)
}

/// Opens a log: as its writer if nobody else is, else as a watcher.
///
/// A writer's log is read whole and checked, its torn end set aside, and what a killed process wrote is made durable
/// before anybody sees it.
///
/// # Errors
/// It is missing, unreadable, unwritable, or no log that may be continued.
pub fn open(path: &Path, clock: &dyn Clock) -> Result<Access, LogError> {
    match FileDisk::open(path).map_err(disk("open the log", path))? {
        Locked::Ours(file) => {
            let (sink, opened) = recover::recover(file, path, clock)?;
            Ok(Access::Writer(source(path), Box::new(sink), opened))
        }
        Locked::Held => Ok(Access::Watcher(source(path), holder(path))),
    }
}

/// Who holds a log, if anybody does; it is not changed.
///
/// # Errors
/// It is missing, or the system refuses.
pub fn held(path: &Path) -> Result<Option<Holder>, LogError> {
    match FileDisk::open(path).map_err(disk("open the log", path))? {
        Locked::Ours(_) => Ok(None),
        Locked::Held => Ok(Some(holder(path))),
    }
}

/// Whether nobody writes a log, as far as can be seen from here; the lock is only looked at.
///
/// `None` where a writer on another host may hold it unseen.
///
/// # Errors
/// It is missing, or the system refuses.
pub fn is_free(path: &Path) -> Result<Option<bool>, LogError> {
    if network(path).is_some() {
        return Ok(None);
    }
    is_locked(path).map(|locked| Some(!locked)).map_err(disk("look at the log's lock", path))
}

/// A reader without a lock.
#[must_use]
pub fn source(path: &Path) -> Box<dyn Source> {
    Box::new(FileSource::new(path))
}

/// Who holds the log, as far as it can be read.
#[must_use]
pub fn holder(path: &Path) -> Holder {
    let mut holder = Holder::default();
    let mut visit = |line: super::Line| {
        holder.note(&line);
        ControlFlow::Continue(())
    };
    // What can be read tells enough; the writer answers for the rest.
    let _ = FileSource::new(path).read(Head::default(), &mut visit);
    holder
}

/// The kind of network file system that a path is on, if it is on one: locks may not reach other hosts there.
#[must_use]
pub fn network(path: &Path) -> Option<&'static str> {
    let statfs = rustix::fs::statfs(path).or_else(|_| rustix::fs::statfs(super::disk::folder(path))).ok()?;
    // From statfs(2). The type's width and sign differ between platforms; the numbers fit in 32 bits.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "32-bit magic numbers")]
    match statfs.f_type as u32 {
        0x6969 => Some("NFS"),
        0xfe53_4d42 | 0xff53_4d42 | 0x517b => Some("SMB"),
        0x0102_1997 => Some("9P"),
        0x00c3_6400 => Some("Ceph"),
        0x5346_414f => Some("AFS"),
        0x6573_5546 => Some("FUSE"),
        _ => None,
    }
}

/// The log's name without its suffix: `NAME` of `NAME.evidence` and `NAME.torn-…`.
#[must_use]
pub fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.strip_suffix(SUFFIX).unwrap_or(&name).to_owned()
}

/// How names of recorded readings begin and end, in the folder of the log's evidence.
pub const READINGS: (&str, &str) = ("readings-", ".jsonl");

/// Where the log's evidence lies.
#[must_use]
pub fn evidence(path: &Path) -> PathBuf {
    path.with_file_name(format!("{}.evidence", stem(path)))
}

fn disk(operation: &'static str, path: &Path) -> impl Fn(io::Error) -> LogError {
    move |source| LogError::Disk { operation, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
