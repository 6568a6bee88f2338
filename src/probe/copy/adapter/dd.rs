//! `dd status=progress`, and what `SIGUSR1` makes it say.
//!
//! Source: coreutils' `dd.c`; tried with 9.1. Records begin with `\r`. Small sizes have no parentheses, the locale
//! decides the decimal sign. It knows no total: the plan tells it.
//!
//! | exit | meaning |
//! |---|---|
//! | 0 | finished |
//! | 1 | failed |

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use super::{LIVELY, Said, Tool, pattern};
use crate::probe::copy::units::{self, Kilo};
use crate::sample::copy::{Progress, Stage};

static PROGRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(\d+) bytes? (?:\([^)]*\) )?copied, ([\d.,e+-]+) s, ([\d.,]+ [kMGTPE]?B/s|Infinity B/s)\s*$")
});

static RECORDS: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\d+\+\d+ records (?:in|out)$"));

/// The adapter.
#[derive(Clone, Debug)]
pub(super) struct Dd;

impl Tool for Dd {
    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        if let Some(found) = PROGRESS.captures(record) {
            let at = |n: usize| found.get(n).map_or("", |m| m.as_str());
            let mut bytes = said.bytes;
            bytes.done = units::whole(at(1));
            let objects = said.objects;
            said.count(bytes, objects);
            said.rate = units::rate(at(3), Kilo::Decimal);
            said.stage = Stage::Running;
            return true;
        }
        if let Some(words) = record.strip_prefix("dd: ") {
            said.error(words);
            return true;
        }
        RECORDS.is_match(record)
    }

    fn reads_ahead(&self, tail: &str) -> bool {
        PROGRESS.is_match(tail)
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        match code {
            0 => said.finish(),
            _ => said.give_up_or(&format!("dd ended with {code}")),
        }
    }

    fn quiet(&self, _progress: &Progress) -> Duration {
        LIVELY
    }
}
