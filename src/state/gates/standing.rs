//! How a gate stands, and how that is said.

use std::time::Duration;

use super::Need;
use crate::expr::Verdict;
use crate::text;

/// How a gate stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// All that it needs holds, for as long as it asks.
    Met {
        /// For so long.
        held: Duration,
    },
    /// All holds, not yet for long enough.
    Holding {
        /// For so long.
        held: Duration,
    },
    /// Something does not hold.
    Unmet {
        /// The first need that does not: its number.
        need: usize,
        /// The value seen.
        saw: String,
        /// The same in a word or two.
        short: String,
    },
    /// It cannot be told of something.
    Unknown {
        /// The first need of which it cannot: its number.
        need: usize,
        /// Why.
        why: String,
    },
}

/// How a gate stands that needs these.
pub(super) fn of(wanted: &[usize], needs: &[Need], hold: Duration) -> Standing {
    for &at in wanted {
        let look = &needs[at].look;
        match &look.verdict {
            Verdict::Met => {}
            Verdict::Unmet { saw } => {
                return Standing::Unmet { need: at, saw: saw.clone(), short: look.short.clone() };
            }
            Verdict::Unknown { why } => return Standing::Unknown { need: at, why: why.clone() },
        }
    }
    let held = together(wanted, needs);
    if held >= hold { Standing::Met { held } } else { Standing::Holding { held } }
}

/// For how long all of them were seen to hold together.
fn together(wanted: &[usize], needs: &[Need]) -> Duration {
    let runs: Option<Vec<_>> = wanted.iter().map(|&at| needs[at].run).collect();
    let Some(runs) = runs else { return Duration::ZERO };
    let since = runs.iter().map(|run| run.since.mono).max().unwrap_or_default();
    let seen = runs.iter().map(|run| run.seen.mono).min().unwrap_or_default();
    seen.saturating_sub(since)
}

/// What a gate that is not met lacks, in one clause: `health/api/new: status == 200, saw 503; held 0:00 of 5m`.
pub(super) fn verdict(standing: &Standing, needs: &[Need], hold: Duration, words: &str) -> Option<String> {
    let clause = match standing {
        Standing::Met { .. } => return None,
        Standing::Holding { held: span } => {
            return Some(format!("{words}: held {} of {}", held(*span), text::exact(hold)));
        }
        Standing::Unmet { need, saw, .. } => {
            let (subject, asked) = named(&needs[*need]);
            // What is seen of a check as a whole names what it expected.
            if asked.is_empty() {
                format!("{subject}: {saw}")
            } else {
                format!("{subject}: {asked}, saw {saw}")
            }
        }
        Standing::Unknown { need, why } => {
            let (subject, asked) = named(&needs[*need]);
            let asked = if asked.is_empty() { String::new() } else { format!(" {asked},") };
            format!("{subject}:{asked} cannot be told: {why}")
        }
    };
    let hold = if hold.is_zero() { String::new() } else { format!("; held 0:00 of {}", text::exact(hold)) };
    Some(format!("{clause}{hold}"))
}

/// The probe that a need speaks of, and what it asks of it.
fn named(need: &Need) -> (String, String) {
    let subject = match (&need.probe, need.expr.subject()) {
        // Where old and new have changed places, the probe that is meant says so.
        (Some(probe), _) => probe.to_string(),
        (None, Some(subject)) => subject.to_string(),
        (None, None) => String::new(),
    };
    (subject, need.expr.asked())
}

/// A span that is counted: `4:10`, `1:02:10`.
#[must_use]
pub fn held(span: Duration) -> String {
    let clock = text::clock(span);
    match clock.strip_prefix('0') {
        Some(rest) => rest.to_owned(),
        None => clock,
    }
}
