//! Any program's words by an expression of the plan's.
//!
//! Named groups: `done` and `total` (bytes if either has a unit of bytes, else things), `pct`, `rate` (of bytes), `eta`,
//! `failed`, `skipped`, `state`, `at`. Of several matches in a record the last counts. Numbers may be grouped and have units
//! as the locale has them; a program that the cockpit starts runs in `C.UTF-8`.
//!
//! Exit 0 is finished, anything else gave up.

use std::time::Duration;

use regex::{Captures, Regex};

use super::json::{self, Amount};
use super::{PATIENT, Said, Tool};
use crate::probe::copy::units::{self, Kilo};
use crate::sample::copy::{Progress, Stage};

/// Groups that are read.
const GROUPS: [&str; 9] = ["done", "total", "pct", "rate", "eta", "failed", "skipped", "state", "at"];

/// Groups of which one must be there.
const NEEDED: [&str; 3] = ["done", "pct", "state"];

/// An expression that says nothing of progress.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    /// No group tells how far it is.
    #[error(
        "the expression has no group that tells how far it is; name one `(?P<done>…)`, `(?P<pct>…)` or `(?P<state>…)`"
    )]
    NoGroup,
    /// A group that is not read.
    #[error("`{0}` is no group that is read; the groups are {groups}", groups = GROUPS.join(", "))]
    Unknown(String),
}

/// Whether an expression can say something.
pub(super) fn check(pattern: &Regex) -> Result<(), BadPattern> {
    let names: Vec<&str> = pattern.capture_names().flatten().collect();
    if let Some(unknown) = names.iter().find(|name| !GROUPS.contains(name)) {
        return Err(BadPattern::Unknown((*unknown).to_owned()));
    }
    if names.iter().any(|name| NEEDED.contains(name)) { Ok(()) } else { Err(BadPattern::NoGroup) }
}

/// The adapter.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pattern: Regex,
}

impl Pattern {
    pub fn new(pattern: Regex) -> Pattern {
        Pattern { pattern }
    }

    fn apply(found: &Captures<'_>, said: &mut Said) {
        let group = |name: &str| found.name(name).map(|m| m.as_str().trim());
        let amount = |name| group(name).map_or_else(Amount::default, |text| Amount::of(text, Kilo::Decimal));
        let (done, total) = (amount("done"), amount("total"));
        if done.count.is_some() || total.count.is_some() {
            json::amounts(done, total, "", said);
        }
        if let Some(percent) = group("pct") {
            said.percent = units::number(percent.trim_end_matches('%'));
        }
        if let Some(rate) = group("rate") {
            said.rate = units::rate(rate, Kilo::Decimal);
        }
        if let Some(eta) = group("eta") {
            // A bare number is of seconds.
            said.left = units::span(eta).or_else(|| units::number(eta).and_then(units::seconds));
        }
        said.failed = group("failed").map_or(said.failed, units::whole);
        said.skipped = group("skipped").map_or(said.skipped, units::whole);
        if let Some(at) = group("at") {
            said.at(at);
        }
        match group("state") {
            Some(word) => json::state(word, said),
            None => said.stage = Stage::Running,
        }
        if said.stage != Stage::Scanning {
            said.total_is_final |= said.bytes.total.is_some() || said.objects.total.is_some();
        }
    }
}

impl Tool for Pattern {
    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        let Some(found) = self.pattern.captures_iter(record).last() else { return false };
        Pattern::apply(&found, said);
        true
    }

    fn reads_ahead(&self, _tail: &str) -> bool {
        // Whether it is whole is known to the expression alone; what more brings is read again.
        true
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        match code {
            0 => said.finish(),
            _ => said.give_up_or(&format!("it ended with {code}")),
        }
    }

    fn quiet(&self, _progress: &Progress) -> Duration {
        PATIENT
    }
}
