//! What the log says of probes, copies, logs and programs.

use std::collections::BTreeMap;

use super::Act;
use crate::checklist::ItemId;
use crate::sample::{ProbeId, ProbeState};
use crate::signoff::event::{Blob, Expected};

/// A name server's answer that changed its side.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// The record.
    pub record: ProbeId,
    /// The server.
    pub server: String,
    /// From which side.
    pub from: String,
    /// To which side.
    pub to: String,
    /// When the first such answer came, RFC 3339.
    pub since: String,
    /// The answer.
    pub saw: String,
    /// When it was noticed.
    pub act: Act,
}

/// From when on no cache may hold a record's old answer.
#[derive(Clone, Debug, PartialEq)]
pub struct SafeTime {
    /// The record.
    pub record: ProbeId,
    /// The moment, RFC 3339.
    pub safe: String,
    /// Why, in words.
    pub proof: String,
    /// When it was told.
    pub act: Act,
}

/// One comparison of source and target.
#[derive(Clone, Debug, PartialEq)]
pub struct ReconcileRun {
    /// Which.
    pub probe: ProbeId,
    /// Who asked for it.
    pub asked_by: String,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// What it counted.
    pub counters: BTreeMap<String, i64>,
    /// What was expected of the counters.
    pub expected: Vec<Expected>,
    /// Why it cannot be told, if it cannot.
    pub failed: Option<String>,
    /// When it ended.
    pub act: Act,
}

impl ReconcileRun {
    /// Whether all that was expected held.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failed.is_none() && self.expected.iter().all(|expected| expected.saw.is_none())
    }
}

/// Lines of a log on record.
#[derive(Clone, Debug, PartialEq)]
pub struct Excerpt {
    /// Of which log.
    pub probe: ProbeId,
    /// How many lines.
    pub lines: u32,
    /// The lines.
    pub blob: Blob,
    /// The item they belong to.
    pub item: Option<ItemId>,
    /// Who put them there.
    pub act: Act,
}

/// Lines of a log that are expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    /// Of which log.
    pub probe: ProbeId,
    /// Which lines: a regular expression.
    pub pattern: String,
    /// Who said so.
    pub act: Act,
}

/// A program that was started.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandRun {
    /// Its name.
    pub job: String,
    /// Program and arguments, secrets masked.
    pub argv: Vec<String>,
    /// The item whose command it is.
    pub item: Option<ItemId>,
    /// The command as the plan has it.
    pub text: Option<String>,
    /// Who started it.
    pub started: Act,
    /// How it ended.
    pub ended: Option<CommandEnd>,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandEnd {
    /// Its exit code; `None` if that is not known.
    pub exit: Option<i32>,
    /// How long it ran, in milliseconds.
    pub took_ms: Option<u64>,
    /// What it said.
    pub output: Option<Blob>,
    /// Bytes of what it said that are not kept.
    pub cut: u64,
    /// When that was noticed.
    pub act: Act,
}

/// A probe that changed its state.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeChange {
    /// Which.
    pub probe: ProbeId,
    /// From.
    pub from: ProbeState,
    /// To.
    pub to: ProbeState,
    /// First reading of the new state, RFC 3339.
    pub since: String,
    /// What it saw.
    pub saw: String,
    /// Changes this stands for.
    pub flips: u32,
    /// When it was noticed.
    pub act: Act,
}

impl ProbeChange {
    /// It went down, or began to flap.
    #[must_use]
    pub fn is_trouble(&self) -> bool {
        use ProbeState::{Died, Down, FinishedWithErrors, Flapping, Silent, Stalled};
        matches!(self.to, Down | Flapping | Stalled | FinishedWithErrors | Died | Silent)
    }
}

/// A complete file of recorded readings.
#[derive(Clone, Debug, PartialEq)]
pub struct Readings {
    /// Its name in the evidence folder.
    pub file: String,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// How many lines it has.
    pub lines: u64,
    /// When its first reading was taken, RFC 3339.
    pub from: String,
    /// When its last reading was taken, RFC 3339.
    pub to: String,
    /// A session that was cut off left it behind.
    pub recovered: bool,
    /// When it was sealed.
    pub act: Act,
}
