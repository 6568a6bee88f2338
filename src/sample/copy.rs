//! What a copy says, in one form for every tool.
//!
//! Counters travel as the tool gives them: they may fall (a restart, a scan that goes on) and pass their totals (an
//! estimate that was too low). Rates over time, states and forecasts are made of them by the state, with the sampler's
//! own time.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};

use crate::clock::Stamp;

/// One look at a copy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Copy {
    /// What the tool said last.
    pub progress: Progress,
    /// When it said something new; `None` while it has said nothing. Replayed history keeps its own time.
    pub updated: Option<Stamp>,
    /// What became of where it says it.
    pub source: Source,
    /// How long this tool may be quiet in its present state before it is stale: azcopy reports every 2 minutes above
    /// a million transfers.
    pub quiet: Duration,
    /// Which run this is of a copy that the cockpit starts, from 1; 0 before the first, and for all others.
    pub run: u32,
    /// Where that run's whole output is kept, clean; of all others nothing.
    pub output: String,
}

/// What became of where a copy's words come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Not begun: no file, no process, nothing was asked to start yet. What to do stands in the remarks.
    #[default]
    Waiting,
    /// It can be read, and may say more.
    Open,
    /// It cannot be read at the moment: why, as a clause, with the next step.
    Unreachable(String),
    /// The process ended with this code; 128 + n for signal n.
    Exited(i32),
    /// The process is gone and how it ended cannot be known.
    Gone,
}

/// What objects are called, in the plural; a tool that counts something else counts `items`.
pub const UNITS: [&str; 14] = [
    "files",
    "objects",
    "rows",
    "docs",
    "documents",
    "blobs",
    "blocks",
    "tables",
    "tablespaces",
    "records",
    "messages",
    "keys",
    "lines",
    "items",
];

/// One of [`UNITS`], or nothing.
pub type Unit = &'static str;

/// A unit that was written down.
fn unit<'de, D: Deserializer<'de>>(from: D) -> Result<Unit, D::Error> {
    let word = Cow::<str>::deserialize(from)?;
    Ok(UNITS.into_iter().find(|known| *known == word).unwrap_or_default())
}

/// What a tool says of a copy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Where the tool says it is.
    pub stage: Stage,
    /// Bytes.
    pub bytes: Count,
    /// Objects: files, rows, documents, blocks; what they are called is `unit`.
    pub objects: Count,
    /// What objects are, in the plural: `files`, `rows`, `docs`.
    #[serde(deserialize_with = "unit")]
    pub unit: Unit,
    /// Totals will not grow any more.
    pub total_is_final: bool,
    /// Per cent, as the tool says it: may fall, and pass 100.
    pub percent: Option<f64>,
    /// Bytes per second, as the tool says it.
    pub rate: Option<f64>,
    /// Time left, as the tool says it.
    pub left: Option<Duration>,
    /// Objects that failed.
    pub failed: Option<u64>,
    /// Objects left out.
    pub skipped: Option<u64>,
    /// How far the target is behind, for what never ends: replication.
    pub lag: Option<Lag>,
    /// The tool holds itself back; such time counts for no rate.
    pub throttled: bool,
    /// What it is at, in a few words: a file, a phase.
    pub at: String,
    /// What went wrong last, newest last, bounded, redacted and clean.
    pub errors: Vec<String>,
    /// What an operator should know of the numbers: "counters began anew", "total is an estimate".
    pub remarks: Vec<String>,
    /// How often its counters began anew.
    pub restarts: u32,
}

/// A number of things, of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Count {
    /// How many so far.
    pub done: Option<u64>,
    /// Of how many.
    pub total: Option<u64>,
}

/// How far a replica is behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lag {
    /// In bytes.
    pub bytes: Option<u64>,
    /// In time.
    pub time: Option<Duration>,
}

/// Where a tool says a copy is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// It has said nothing yet.
    #[default]
    Unknown,
    /// It still finds out how much there is, and may copy meanwhile.
    Scanning,
    /// It copies.
    Running,
    /// All is copied, and it compares: not finished.
    Verifying,
    /// It says that it ended.
    Ended(End),
}

/// How a copy ended, by the tool's own word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// All there was to copy is copied; nothing to do counts.
    Finished,
    /// It came to its end and left something out: what, as a clause.
    WithErrors(String),
    /// It gave up: why, as a clause.
    Failed(String),
    /// Somebody stopped it.
    Cancelled,
}
