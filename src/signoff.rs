//! The sign-off log: its events, its lines, its one door.
//!
//! JSON Lines, one event a line, UTF-8, LF, mode 0600. Every line carries the SHA-256 of the bytes of the line
//! before it (without the newline; 64 zeros on the first) in `prev`, so `sha256sum` alone checks the chain. The
//! log is the truth: what the screen shows is a replay of it.

#[cfg(test)]
pub(crate) mod arbitrary;
pub mod disk;
pub mod event;
pub mod line;
pub mod log;
pub mod naming;
pub mod person;
pub mod signature;
pub mod verify;
pub mod writer;

use std::fmt;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Stamp;

pub use event::{Event, SCHEMA};
pub use line::Fault;

/// Identity of an act: `<session>-<n>`, unique in a log.
///
/// The session counts the times that the log was opened to be written, from 1; `n` counts acts in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActId {
    /// Which opening of this log, by the cockpit or to sign it, from 1.
    pub session: u64,
    /// Which act of that session, from 1.
    pub n: u64,
}

/// SHA-256.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What the first line carries in `prev`.
    pub const ZERO: Hash = Hash([0; 32]);
}

/// The last line: its number and the hash of its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Lines so far; 0 before the first.
    pub seq: u64,
    /// Hash of the last line's bytes; zero before the first.
    pub hash: Hash,
}

/// Who acts: a declared name, or `cutover` itself for what the machine noticed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Actor {
    /// A person, by the name they gave.
    Person(String),
    /// This program; written as the reserved name `cutover`.
    Machine,
}

/// The terminal an act came through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Via {
    /// The host the cockpit runs on.
    pub host: String,
    /// The login name the cockpit runs as.
    pub user: String,
    /// The cockpit's terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tty: Option<String>,
    /// In tmux, the client that typed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Client>,
}

impl Via {
    /// Whether two acts came through one terminal: in tmux the client tells, else the cockpit's own.
    #[must_use]
    pub fn is_same_terminal(&self, other: &Via) -> bool {
        let here = match (&self.client, &other.client) {
            (Some(one), Some(other)) => one.tty == other.tty && one.pid == other.pid,
            (None, None) => self.tty == other.tty,
            _ => false,
        };
        here && self.host == other.host
    }
}

/// A tmux client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Its terminal.
    pub tty: String,
    /// The login name that attached it.
    pub user: String,
    /// Its process.
    pub pid: u32,
    /// Two clients were active within one second: which of them typed is not known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ambiguous: bool,
}

/// A line before it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Makes a repeated append harmless.
    pub act: ActId,
    /// When it was decided, not when it was written.
    pub at: Stamp,
    /// Who acted.
    pub by: Actor,
    /// Through which terminal.
    pub via: Via,
    /// What happened.
    pub event: Event,
    /// Bytes that must be durable in the evidence folder before the line is.
    pub blobs: Vec<Arc<[u8]>>,
}

/// When a line says it happened: what the bytes on disk hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// UTC, to the millisecond.
    pub wall: chrono::DateTime<chrono::Utc>,
    /// The host's offset in seconds east.
    pub offset: i32,
    /// `CLOCK_BOOTTIME`, to the millisecond.
    pub up: Duration,
}

/// A line that is on disk.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its number, and the hash of its bytes.
    pub head: Head,
    /// Hash of the line before.
    pub prev: Hash,
    /// The run's id.
    pub run: String,
    /// Its bytes, without the newline.
    pub raw: Box<[u8]>,
    /// Identity of the act.
    pub act: ActId,
    /// When.
    pub at: At,
    /// Who.
    pub by: Actor,
    /// Through which terminal.
    pub via: Via,
    /// What.
    pub event: Event,
}

/// Reads a log; any number, without a lock.
pub trait Source: Send {
    /// Visits the whole lines after `after`, in order, and says where it stopped.
    ///
    /// # Errors
    /// What is wrong with the log, at the first bad line.
    fn read(&mut self, after: Head, visit: &mut dyn FnMut(Line) -> ControlFlow<()>)
    -> Result<Head, LogError>;

    /// Waits until there is more than `head`, at most so long; says whether there is.
    ///
    /// # Errors
    /// The log cannot be looked at.
    fn wait(&mut self, head: Head, at_most: Duration) -> Result<bool, LogError>;

    /// The bytes of a blob by its hash.
    ///
    /// # Errors
    /// It is missing, unreadable, or its bytes do not match the hash.
    fn blob(&mut self, blob: &event::Blob) -> Result<Vec<u8>, LogError>;
}

/// Appends to a log; one at a time, under an exclusive lock.
pub trait Sink: Send {
    /// Appends all drafts or none; durable on return; idempotent by [`ActId`].
    ///
    /// # Errors
    /// Why nothing was acknowledged.
    fn append(&mut self, after: Head, drafts: &[Draft]) -> Result<Vec<Line>, Refused>;
}

/// Why an append was refused; nothing of it is acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The log's head is not where the writer thought.
    #[error("the log has moved on to line {}", .0.seq)]
    Moved(Head),
    /// An earlier write may be half on disk; the log must be brought back to its acknowledged length first.
    #[error("an earlier write is not settled yet")]
    Unsure,
    /// The disk or the file refused.
    #[error(transparent)]
    Io(#[from] LogError),
    /// A line that must never be written, such as a person by the reserved name.
    #[error("{why}")]
    Invalid {
        /// One clause: what is wrong with it.
        why: String,
    },
    /// The line would be longer than a line may be.
    #[error("the entry is larger than the {limit} bytes that a line of the log may have: shorten it")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
}

/// What is wrong with a log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The disk, or the operating system.
    #[error("{operation} {}: {source}", path.display())]
    Disk {
        /// What was tried, as a verb: "open", "write".
        operation: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no longer at its path.
    #[error("the log {} is gone from its place", .0.display())]
    Gone(PathBuf),
    /// Another file is at its path, or it has another length than we wrote.
    #[error("the log {} is not the file it was: {}", path.display(), why)]
    Replaced {
        /// Which file.
        path: PathBuf,
        /// What differs.
        why: String,
    },
    /// The last line has no end, or is filled with NUL bytes.
    #[error("the log {} ends in a torn line at byte {at}", path.display())]
    Torn {
        /// Which file.
        path: PathBuf,
        /// Where the whole lines end.
        at: u64,
    },
    /// A whole line that is not a line of this schema, or not of this run.
    #[error("line {seq} of {}: {why}; `cutover verify` tells more", path.display())]
    Bad {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        seq: u64,
        /// What is wrong with it.
        why: String,
    },
    /// `prev` is not the hash of the line before.
    #[error("line {seq} of {} does not follow the line before it: one of them was edited, or lines were \
             removed or moved; `cutover verify` tells more", path.display())]
    Chain {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        seq: u64,
    },
    /// A piece of evidence that is missing, or not what the log names.
    #[error("the evidence {}: {why}", path.display())]
    Blob {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The writer took back lines that it had not acknowledged: what was read of them does not count.
    #[error("the log {} was cut back to line {}: read it again from there", path.display(), to.seq)]
    CutBack {
        /// Which file.
        path: PathBuf,
        /// The last line that still stands.
        to: Head,
    },
    /// Written by a newer program.
    #[error("line {seq} of {} has schema {v}, this cutover reads up to {SCHEMA}: use a newer cutover",
        path.display())]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        seq: u64,
        /// Its schema.
        v: u32,
    },
}

impl fmt::Display for ActId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.session, self.n)
    }
}

/// Not `<session>-<n>`.
#[derive(Debug, thiserror::Error)]
#[error("an act is numbered <session>-<n>, such as 1-14")]
pub struct BadActId;

impl FromStr for ActId {
    type Err = BadActId;

    fn from_str(text: &str) -> Result<ActId, BadActId> {
        let (session, n) = text.split_once('-').ok_or(BadActId)?;
        let number = |part: &str| part.parse().map_err(|_| BadActId);
        Ok(ActId { session: number(session)?, n: number(n)? })
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.hex()).unwrap_or_default())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A name that no person may act under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// No name at all.
    #[error("a name is needed: who is acting?")]
    Empty,
    /// The program's own.
    #[error("the name cutover is kept for what the program itself notes: give a person's name")]
    Reserved,
    /// Control characters, or longer than [`Actor::NAME_MAX`].
    #[error("a name is one line of at most {} characters", Actor::NAME_MAX)]
    NotALine,
}

impl Actor {
    /// The name that stands for the program itself on disk.
    pub const RESERVED: &str = "cutover";
    /// Longest name of a person, in characters: it stands in the header and in every line.
    pub const NAME_MAX: usize = 64;

    /// A person, by the name they gave.
    ///
    /// # Errors
    /// The name is empty, reserved (in any case of letters) or not one short line.
    pub fn person(name: &str) -> Result<Actor, BadName> {
        let name = name.trim();
        if name.is_empty() {
            return Err(BadName::Empty);
        }
        if name.eq_ignore_ascii_case(Actor::RESERVED) {
            return Err(BadName::Reserved);
        }
        if name.chars().count() > Actor::NAME_MAX || name.chars().any(char::is_control) {
            return Err(BadName::NotALine);
        }
        Ok(Actor::Person(name.to_owned()))
    }

    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Actor::Person(name) => name,
            Actor::Machine => Actor::RESERVED,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
