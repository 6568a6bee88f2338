//! pv: its bar (`pv -f`), its numbers (`pv -n`, `pv -nbt`), and `pv -d PID`.
//!
//! Source: pv's manual; tried with 1.6.20. It is silent where its output is no terminal unless told `-f`. It shows a
//! percentage or a total, not both: the total is told by the plan. `-d` prints a row for each open file: the first one
//! with a percentage is followed.
//!
//! | exit | meaning |
//! |---|---|
//! | 0 | finished |
//! | 2 | a file could not be opened, the others were copied |
//! | others | gave up: a sum of 4, 8, 16, 32, 64 |

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use super::{LIVELY, Said, Tool, pattern};
use crate::probe::copy::units::{self, Kilo};
use crate::sample::copy::{Count, Progress, Stage};

static BAR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\s*(?:(\S.*?): +)?([\d.,]+ ?[kKMGTPE]?i?B?) +(\d+:\d\d:\d\d(?::\d\d)?) +\[ *([\d.,]+ ?[kKMGTPE]?i?B?)/s\](?: +\[[^\]]*\])?(?: +(\d+)%)?(?: +ETA +([\d:]+))?(?: +\(?E[TF][AI][^)]*\)?)?\s*$",
    )
});

static NUMBERS: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:(\d+\.\d+) )?(\d+)$"));

/// The adapter.
#[derive(Clone, Debug, Default)]
pub(super) struct Pv {
    /// The row that is followed, of several.
    row: Option<String>,
    /// Bare numbers are not its words.
    bars_only: bool,
}

impl Pv {
    /// One that does not take every line with a number for its own.
    pub fn bars_only() -> Pv {
        Pv { row: None, bars_only: true }
    }

    fn count(said: &mut Said, size: Option<u64>, is_bytes: bool) {
        let none = Count::default();
        if is_bytes {
            let bytes = Count { done: size, total: said.bytes.total };
            said.count(bytes, none);
        } else {
            said.unit = "lines";
            let objects = Count { done: size, total: said.objects.total };
            said.count(none, objects);
        }
        said.stage = Stage::Running;
    }
}

impl Tool for Pv {
    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        if let Some(found) = BAR.captures(record) {
            let at = |n: usize| found.get(n).map_or("", |m| m.as_str());
            let row = at(1);
            if !row.is_empty() && self.row.as_deref() != Some(row) {
                if found.get(5).is_none() || self.row.is_some() {
                    return true;
                }
                self.row = Some(row.to_owned());
            }
            let Some(size) = units::quantity(at(2), Kilo::Decimal) else { return false };
            Pv::count(said, units::to_whole(size.value), size.is_bytes);
            said.percent = units::number(at(5));
            said.rate =
                units::quantity(at(4), Kilo::Decimal).filter(|rate| rate.is_bytes).map(|rate| rate.value);
            said.left = units::span(at(6));
            // `-d` puts the file descriptor before the path.
            said.at(row.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(':'));
            return true;
        }
        if let Some(found) = NUMBERS.captures(record.trim()).filter(|_| !self.bars_only) {
            let number = found.get(2).and_then(|m| units::whole(m.as_str()));
            if found.get(1).is_some() || number.is_some_and(|number| number > 100) {
                Pv::count(said, number, true);
            } else {
                said.percent = number.map(|number| number as f64);
                said.stage = Stage::Running;
            }
            return true;
        }
        if let Some(words) = record.strip_prefix("pv: ") {
            said.error(words);
            return true;
        }
        false
    }

    fn reads_ahead(&self, tail: &str) -> bool {
        // The record's last column is cut off where no size is known; blanks stand behind it then.
        tail.ends_with(' ') && BAR.is_match(tail)
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        match code {
            0 => said.finish(),
            2 if said.bytes.done.unwrap_or(0) > 0 => said.with_errors("a file could not be opened"),
            _ => said.give_up_or(&format!("pv ended with {code}")),
        }
    }

    fn quiet(&self, _progress: &Progress) -> Duration {
        LIVELY
    }
}
