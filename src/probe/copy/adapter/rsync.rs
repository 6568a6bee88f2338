//! `rsync --info=progress2`.
//!
//! Source: rsync's `progress.c`, `log.c` and `errcode.h`; tried with 3.5.0. Inside a file the last column is the time
//! left, at a file's end the time elapsed. While it still scans (`ir-chk`) the percentage is of what it knows and falls;
//! a run with nothing to do ends at 0 %. So `to-chk=0/N` is the end, not 100 %. Rates are in units of 1,024.
//!
//! | exit | meaning |
//! |---|---|
//! | 0 | finished |
//! | 23, 24, 25 | left some out: not transferred, vanished meanwhile, more to delete than `--max-delete` |
//! | 20 | interrupted |
//! | others | gave up |

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use super::{PATIENT, Said, Tool, pattern};
use crate::probe::copy::units::{self, Kilo};
use crate::sample::copy::{Count, Progress, Stage};

static PROGRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\s*([\d.,'\u{a0}\u{202f}]+[KMGTP]?)\s+(\d{1,5})%\s+([\d.,]+[kMGT]?B/s)\s+(\d+:\d\d:\d\d|\?\?:\?\?:\?\?)(?:\s+\(xfr#(\d+), (ir|to)-chk=(\d+)/(\d+)\))?\s*$",
    )
});

/// Its last words when something went wrong.
static ENDED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^rsync (?:error|warning): (.+) \(code (\d+)\) at "));

/// Of one file that could not be copied.
static FAILED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^rsync: (?:\[\w+\] )?(?:.*failed.*|.*error.*|read errors mapping .*|.*: [A-Z][a-z ]+ \(\d+\))$")
});

static SENT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^sent [\d.,KMGTP ]+ bytes  received [\d.,KMGTP ]+ bytes  "));

/// The adapter.
#[derive(Clone, Debug, Default)]
pub(super) struct Rsync {
    transferred: Option<u64>,
}

impl Tool for Rsync {
    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        if let Some(found) = PROGRESS.captures(record) {
            let at = |n: usize| found.get(n).map_or("", |m| m.as_str());
            let bytes = match at(1) {
                plain if plain.ends_with(|c: char| c.is_ascii_digit()) => units::whole(plain),
                scaled => units::bytes(scaled, Kilo::Decimal),
            };
            said.unit = "files";
            said.bytes.done = bytes;
            said.percent = units::number(at(2));
            said.rate = units::rate(at(3), Kilo::Binary);
            said.left = None;
            if found.get(5).is_none() {
                said.left = units::span(at(4));
                // Before the first file is done it has said nothing of how many there are.
                said.stage = if said.total_is_final { Stage::Running } else { Stage::Scanning };
                return true;
            }
            let (checked, total) = (units::whole(at(7)), units::whole(at(8)));
            let transferred = units::whole(at(5));
            if transferred < self.transferred {
                said.restart();
            }
            self.transferred = transferred;
            said.objects = Count { done: total.zip(checked).map(|(n, left)| n.saturating_sub(left)), total };
            said.total_is_final = at(6) == "to";
            match (said.total_is_final, checked) {
                (true, Some(0)) => said.finish(),
                (true, _) => said.stage = Stage::Running,
                (false, _) => said.stage = Stage::Scanning,
            }
            return true;
        }
        if let Some(found) = ENDED.captures(record) {
            let code = found.get(2).and_then(|code| code.as_str().parse().ok()).unwrap_or(0);
            if let Some(words) = found.get(1) {
                said.error(words.as_str());
            }
            ended(code, said);
            return true;
        }
        if FAILED.is_match(record) {
            said.fail(record.trim_start_matches("rsync: "));
            return true;
        }
        if record.starts_with("file has vanished: ") {
            said.skip();
            said.error(record);
            return true;
        }
        if SENT.is_match(record) {
            said.finish();
            return true;
        }
        false
    }

    fn reads_ahead(&self, tail: &str) -> bool {
        PROGRESS.is_match(tail)
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        ended(code, said);
    }

    fn quiet(&self, _progress: &Progress) -> Duration {
        // It says nothing while it builds its list, or reads what both sides have.
        PATIENT
    }
}

fn ended(code: i32, said: &mut Said) {
    let words = match code {
        0 => {
            said.finish();
            return;
        }
        20 => {
            said.cancel();
            return;
        }
        23 => return said.with_failures("some files or attributes were not transferred"),
        24 => return said.with_errors("some files vanished before they could be copied"),
        25 => return said.with_errors("deletions stopped at --max-delete"),
        10 => "an error in the connection",
        11 => "an error in reading or writing files",
        12 => "an error in the protocol's data",
        30 | 35 => "a time-out",
        _ => "",
    };
    if words.is_empty() {
        said.give_up_or(&format!("rsync ended with {code}"));
    } else {
        said.give_up_or(words);
    }
}
