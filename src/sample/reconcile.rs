//! What a comparison of source and target counted.

use std::collections::BTreeMap;
use std::time::Duration;

/// One run of a comparison, under way or ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reconcile {
    /// What is counted so far; a counter that was not seen is absent.
    pub counters: BTreeMap<String, i64>,
    /// How far it is, as it says itself: 0 to 1.
    pub progress: Option<f64>,
    /// Its newest line, clean.
    pub line: String,
    /// How long it has run.
    pub took: Duration,
    /// How it ended; `None` while it runs.
    pub end: Option<End>,
}

/// How a comparison ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It ran to its end: each expectation as written, and `None` if it held, else what was seen.
    Ran(Vec<(String, Option<String>)>),
    /// It cannot be told: it failed, it took too long, it said nothing that counts. Why, as a clause.
    Failed(String),
    /// Somebody stopped it.
    Stopped,
}
