//! What a comparison of source and target counted.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One run of a comparison, under way or ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reconcile {
    /// What is counted so far; a counter that was not seen is absent.
    pub counters: BTreeMap<String, i64>,
    /// How far it is, as it says itself: 0 to 1.
    pub progress: Option<f64>,
    /// Its newest line, clean.
    pub line: String,
    /// How long it has run.
    pub took: Duration,
    /// The program's exit code, once it ended; 128 + n for signal n.
    pub exit: Option<i32>,
    /// What an operator should know of the numbers: "`missing` reads 490 of 490,112".
    pub remarks: Vec<String>,
    /// How it ended; `None` while it runs.
    pub end: Option<End>,
}

/// How a comparison ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It ran to its end: what became of each expectation.
    Ran(Vec<Judged>),
    /// It cannot be told: it failed, it took too long, it said nothing that counts. Why, as a clause.
    Failed(String),
    /// Somebody stopped it.
    Stopped,
}

/// An expectation and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// As written: `missing == 0`.
    pub expect: String,
    /// What was found.
    pub found: Found,
}

/// What was found where something was expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// It holds.
    Held,
    /// It does not: what was seen instead.
    Off(String),
    /// It cannot be told: why, as a clause.
    Unknown(String),
}

/// What a comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// All that was expected holds.
    Ok,
    /// It cannot be told whether it does.
    Unknown,
    /// Something does not.
    Off,
}

impl End {
    /// What it comes to: one expectation that is off outweighs all others, one that cannot be told all that hold.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            End::Ran(judged) => judged.iter().map(Judged::verdict).max().unwrap_or(Verdict::Unknown),
            End::Failed(_) | End::Stopped => Verdict::Unknown,
        }
    }
}

impl Judged {
    /// What it comes to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.found {
            Found::Held => Verdict::Ok,
            Found::Unknown(_) => Verdict::Unknown,
            Found::Off(_) => Verdict::Off,
        }
    }
}
