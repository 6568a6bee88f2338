//! What was counted, held against what was expected.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::config::{ReconcileJob, ReconcileSource};
use crate::expr::{Fact, Facts, Subject, Value, Verdict};
use crate::sample::reconcile::{Found, Judged};
use crate::text::Redactor;

/// What is expected of a program where nothing is said of its exit code.
const ENDS_WELL: &str = "exit == 0";

/// What a comparison found out.
pub(super) struct Counted<'a> {
    pub(super) counters: &'a BTreeMap<String, i64>,
    /// Why a counter is not known.
    pub(super) unknown: &'a BTreeMap<String, String>,
    pub(super) exit: Option<i32>,
    pub(super) now: DateTime<Utc>,
    pub(super) redactor: &'a Redactor,
}

impl Facts for Counted<'_> {
    fn value(&self, _subject: Option<&Subject>, fact: &Fact) -> Value<'_> {
        match fact {
            Fact::Counter(name) => match self.counters.get(name) {
                Some(count) => Value::Count(*count),
                None => Value::Unknown(self.unknown.get(name).cloned().unwrap_or_default()),
            },
            Fact::Exit => self.exit.map_or_else(
                || Value::Unknown("it did not end".to_owned()),
                |code| Value::Count(code.into()),
            ),
            _ => Value::Unknown("a comparison does not know it".to_owned()),
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.now
    }

    fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.redactor.redact(text)
    }
}

/// What became of each expectation.
pub(super) fn judge(job: &ReconcileJob, facts: &Counted<'_>) -> Vec<Judged> {
    let mut judged: Vec<Judged> = job
        .expect
        .iter()
        .map(|expr| {
            let found = match expr.evaluate(facts) {
                Verdict::Met => Found::Held,
                Verdict::Unmet { saw } => Found::Off(saw),
                Verdict::Unknown { why } => Found::Unknown(why),
            };
            Judged { expect: facts.redactor.redact(expr.source()).into_owned(), found }
        })
        .collect();
    // A program that failed may have counted only half.
    let spoken_of = job.expect.iter().any(|expr| expr.asks(&Fact::Exit));
    if let (false, ReconcileSource::Exec(_), Some(code)) = (spoken_of, &job.asks, facts.exit) {
        let found = if code == 0 { Found::Held } else { Found::Off(code.to_string()) };
        judged.push(Judged { expect: ENDS_WELL.to_owned(), found });
    }
    judged
}
