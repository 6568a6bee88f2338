//! What a log's tailer read: lines, packed, and what it counted of all lines, kept or not.
//!
//! Levels, line shapes and redaction are the tailer's; what arrives here is clean text.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::clock::Stamp;

/// What was read in one go: at most 4,096 lines, 256 KiB of text or 100 ms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogBatch {
    /// When it was read; `None` only in a batch that holds nothing.
    pub at: Option<Stamp>,
    /// The lines, oldest first; never written down.
    #[serde(skip)]
    pub lines: Arc<Chunk>,
    /// Of all lines read since the batch before, kept or not, by level; index is [`Level`] as a number.
    pub counts: [u64; Level::ALL.len()],
    /// Lines counted but not kept, because more arrived than the buffer holds.
    pub dropped: u64,
    /// Lines that stood in the source before the cockpit looked: no part of any rate.
    pub backlog: bool,
    /// Line shapes seen for the first time in this batch; those of a backlog are known beforehand.
    pub shapes: Vec<Shape>,
    /// New shapes beyond those listed: more came at once than are worth telling one by one.
    pub more_shapes: u64,
    /// No further shape is told apart: the source has shown as many as are kept.
    pub shapes_full: bool,
    /// What happened to the source since the batch before, oldest first; it came before this batch's lines.
    pub turns: Vec<Turn>,
    /// What the source is now.
    pub source: Source,
    /// Bytes read so far.
    pub read: u64,
    /// Bytes that are there and not read yet.
    pub behind: u64,
}

/// Lines, packed: one text and where each line ends in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk {
    /// All lines one behind the other, without line ends; clean: no control characters, tabs expanded.
    pub text: String,
    /// A line each.
    pub lines: Vec<Entry>,
}

/// One line of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where its text ends; it begins where the one before ends.
    pub end: u32,
    /// Its level.
    pub level: Level,
    /// Its shape; `0` if shapes are not kept.
    pub shape: u64,
    /// The moment it states, in milliseconds since 1970; `None` if it states none.
    pub stated: Option<i64>,
    /// Bytes cut off its end.
    pub cut: u32,
    /// Which file of a glob it is from: index into what [`Source::Files`] lists.
    pub file: u16,
}

/// How grave a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Level {
    /// It states none.
    #[default]
    None,
    /// Trace.
    Trace,
    /// Debug.
    Debug,
    /// Information.
    Info,
    /// Notice.
    Notice,
    /// Warning.
    Warning,
    /// Error.
    Error,
    /// Worse than an error.
    Fatal,
}

impl Level {
    /// All levels, least grave first.
    pub const ALL: [Level; 8] = [
        Level::None,
        Level::Trace,
        Level::Debug,
        Level::Info,
        Level::Notice,
        Level::Warning,
        Level::Error,
        Level::Fatal,
    ];

    /// Its name, in small letters.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::None => "none",
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Notice => "notice",
            Level::Warning => "warning",
            Level::Error => "error",
            Level::Fatal => "fatal",
        }
    }

    /// Whether it counts as an error.
    #[must_use]
    pub fn is_error(self) -> bool {
        self >= Level::Error
    }
}

/// A line shape: a line with its numbers, ids and addresses masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Its hash, never 0.
    pub id: u64,
    /// The masked line: `GET /orders/# failed after # ms`.
    pub text: String,
    /// The first line that had it, clean and cut.
    pub example: String,
    /// Its level.
    pub level: Level,
    /// The moment that line stated.
    pub stated: Option<i64>,
}

/// Something that happened to a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// The file was renamed away and another took its place; the old one is read to its end.
    Rotated(String),
    /// The file was cut back: reading goes on at its start.
    Truncated(String),
    /// The file was written anew; some lines may be missing.
    Replaced(String),
    /// A file appeared.
    Appeared(String),
    /// A file is gone.
    Vanished(String),
    /// A file is there and may not be read: which, why, and the next step.
    Unreadable(String),
    /// The program ended: why, as a clause; it is started again.
    Restarted(String),
}

/// What a source is now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Not looked at yet.
    #[default]
    Unread,
    /// These files are followed, in the order of their first sight.
    Files(Vec<String>),
    /// A program runs.
    Running,
    /// Nothing to read: which file is missing, or may not be read, and the next step.
    Missing(String),
    /// The thread that reads it has not come back for so long: a dead mount. What it is at.
    Hanging(String),
}

impl Chunk {
    /// The text of a line.
    #[must_use]
    pub fn line(&self, index: usize) -> Option<&str> {
        let entry = self.lines.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => self.lines.get(before)?.end,
            None => 0,
        };
        self.text.get(start as usize..entry.end as usize)
    }

    /// Adds all lines of another chunk.
    pub fn append(&mut self, other: &Chunk) {
        let before = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.text.push_str(&other.text);
        let moved = other.lines.iter().map(|entry| Entry { end: entry.end.saturating_add(before), ..*entry });
        self.lines.extend(moved);
    }

    /// Adds a line.
    pub fn push(&mut self, text: &str, entry: Entry) {
        self.text.push_str(text);
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.lines.push(Entry { end, ..entry });
    }
}

impl Entry {
    /// The moment it states.
    #[must_use]
    pub fn moment(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.stated?)
    }
}
