//! rclone: its JSON log, its lines of text, and `core/stats` of its rc port.
//!
//! Source: <https://rclone.org/rc/#core-stats>, <https://rclone.org/docs/#exit-code>; tried with 1.60.1 and 1.75.2.
//! The `stats` object of a log line and the answer of `core/stats` are one. Totals grow while it lists, which it does
//! not say: they count as final once they stood still for `SETTLED` looks with less queued than its backlog holds.
//! The last line is plain text in old versions, even in a JSON log. `--retries` runs the whole again: each attempt
//! clears the count of errors.
//!
//! | exit | meaning |
//! |---|---|
//! | 0, 9 | finished; 9: nothing was transferred and `--error-on-no-transfer` was given |
//! | 1, 2, 5, 6 | some were left out, if anything was copied or compared; else gave up |
//! | 3, 4, 7 | gave up: no such folder, no such file, a fatal error |
//! | 8, 10 | left some out: `--max-transfer`, `--max-duration` |

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use regex::Regex;
use serde_json::Value as Json;

use super::{EVENTFUL, OBJECTS, Rule, Said, Tool, pattern, value};
use crate::probe::copy::units::{self, Kilo};
use crate::sample::copy::{Count, Progress, Stage};
use crate::text::Redactor;

/// Looks at unchanged totals after which they count as final.
const SETTLED: u8 = 3;

/// Transfers that rclone queues before listing waits (`--max-backlog`): with so many, more may be behind them.
const BACKLOG: u64 = 10_000;

/// Interval between its stats unless told otherwise.
const INTERVAL: Duration = Duration::from_mins(1);

static PREFIX: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d+)? )?(?:(DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY) *: ?)?[: ]*",
    )
});

/// Bytes of one line or of a block's first line; `xfr` only on one line.
static BYTES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:Transferred:\s+)?([\d.]+ ?[KMGTPE]?i?B?(?:ytes)?) / ([\d.]+ ?[KMGTPE]?i?B?(?:ytes)?), (\d+|-)%?, ([\d.]+ ?[KMGTPE]?i?B?(?:ytes)?)/s, ETA (\S+)(?: \((?:xfr#(\d+)/(\d+))?(?:, )?(?:chk#\d+/\d+)?\))?\s*$",
    )
});

/// Transfers and errors in a block.
static BLOCK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(Transferred|Checks|Errors|Elapsed time):\s+([\d.]+)(?: / (\d+), (?:\d+|-)%?)?(?:[a-z]+| \([^)]*\))*\s*$",
    )
});

static ATTEMPT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^Attempt (\d+)/(\d+) failed with (\d+) errors?"));

/// A line of an object that is done, in a log of plain lines.
static COPIED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^.+: (?:Copied|Moved) \("));

/// What it says at its very end, and of no object.
static FAILED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^Failed to [a-z0-9]+(?: with \d+ errors?: last error was)?:? "));

/// The adapter.
#[derive(Clone, Debug, Default)]
pub(super) struct Rclone {
    totals: (Option<u64>, Option<u64>),
    unchanged: u8,
    elapsed: Option<f64>,
    interval: Option<Duration>,
    time: Option<DateTime<Utc>>,
    /// Objects that were compared.
    checked: u64,
    /// Objects that plain lines named as copied.
    copied: u64,
}

/// What an answer of `core/stats`, or `stats` in a log line, says by itself.
#[must_use]
pub fn stats(stats: &Json, redactor: &Arc<Redactor>) -> Progress {
    let mut said = Said::new(Arc::clone(redactor));
    apply(stats, &mut said);
    said.into_progress()
}

fn apply(stats: &Json, said: &mut Said) {
    let bytes = Count { done: value::count(stats, "bytes"), total: value::count(stats, "totalBytes") };
    let objects =
        Count { done: value::count(stats, "transfers"), total: value::count(stats, "totalTransfers") };
    said.unit = "files";
    said.count(bytes, objects);
    said.percent = None;
    said.rate = value::float(stats, "speed");
    said.left = value::float(stats, "eta").and_then(units::seconds);
    said.failed = value::count(stats, "errors");
    said.stage = Stage::Running;
    let transferring = value::list(stats, "transferring");
    let checking = value::list(stats, "checking");
    let at = transferring.first().map_or("", |file| value::text(file, "name"));
    said.at(if at.is_empty() { checking.first().and_then(Json::as_str).unwrap_or("") } else { at });
    let error = value::text(stats, "lastError");
    if !error.is_empty() {
        said.error(error);
    }
    if objects.total == Some(0) && transferring.is_empty() {
        // Nothing to transfer yet: it lists and compares.
        said.stage = Stage::Scanning;
    }
}

impl Rclone {
    fn stats(&mut self, stats: &Json, said: &mut Said) {
        apply(stats, said);
        self.checked = value::count(stats, "checks").unwrap_or(0);
        self.elapsed(value::float(stats, "elapsedTime"));
        self.settle(said);
    }

    fn settle(&mut self, said: &mut Said) {
        let totals = (said.bytes.total, said.objects.total);
        let same = totals == self.totals && said.objects.total.is_some_and(|total| total > 0);
        self.unchanged = if same { self.unchanged.saturating_add(1) } else { 0 };
        self.totals = totals;
        let queued = said.objects.total.unwrap_or(0).saturating_sub(said.objects.done.unwrap_or(0));
        said.total_is_final = self.unchanged >= SETTLED && queued < BACKLOG;
        if !said.total_is_final && said.stage == Stage::Running && said.objects.total != said.objects.done {
            said.stage = Stage::Scanning;
        }
    }

    /// Whether anything was copied or compared: what failed then is a part of it.
    fn did_something(&self, said: &Said) -> bool {
        said.objects.done.unwrap_or(0) > 0 || self.checked > 0
    }

    /// Words of a log line, of the object they are about if any.
    fn words(&self, level: &str, object: &str, words: &str, said: &mut Said) -> bool {
        let words = words.trim();
        if let Some(attempt) = ATTEMPT.captures(words) {
            if attempt.get(1).map(|n| n.as_str()) != attempt.get(2).map(|n| n.as_str()) {
                said.restarts = said.restarts.saturating_add(1);
                said.remark("an attempt failed and it tries again: errors count from there");
            }
            return true;
        }
        if object.is_empty() && FAILED.is_match(words) {
            said.error(words);
            // One word for "nothing was done" and "some were left out": what was done tells.
            if self.did_something(said) {
                said.with_failures(words);
            } else {
                said.give_up(words);
            }
            return true;
        }
        if matches!(level, "error" | "critical" | "alert" | "emergency" | "fatal") {
            said.error(&if object.is_empty() { words.to_owned() } else { format!("{object}: {words}") });
            return true;
        }
        false
    }

    fn json(&mut self, line: &Json, said: &mut Said) -> bool {
        if line.get("totalBytes").is_some() && line.get("transfers").is_some() {
            self.stats(line, said);
            return true;
        }
        let level = value::text(line, "level").to_ascii_lowercase();
        if level.is_empty() || line.get("msg").is_none() {
            return false;
        }
        self.time = value::text(line, "time").parse::<DateTime<Utc>>().ok();
        if let Some(stats) = line.get("stats") {
            self.stats(stats, said);
        } else {
            self.words(&level, value::text(line, "object"), value::text(line, "msg"), said);
        }
        // Loggers of its kind are common: only its own fields make it known.
        line.get("stats").is_some() || line.get("source").is_some()
    }

    fn text(&mut self, line: &str, said: &mut Said) -> bool {
        let Some(prefix) = PREFIX.captures(line) else { return false };
        let rest = prefix.get(0).map_or(line, |whole| &line[whole.end()..]);
        if let Some(found) = BYTES.captures(rest) {
            let at = |n: usize| found.get(n).map_or("", |m| m.as_str());
            let bytes =
                Count { done: units::bytes(at(1), Kilo::Decimal), total: units::bytes(at(2), Kilo::Decimal) };
            let objects = match found.get(6) {
                Some(_) => Count { done: units::whole(at(6)), total: units::whole(at(7)) },
                // Nothing waits any more: what is under way is not counted.
                None => Count { done: said.objects.done.max(Some(self.copied)), ..said.objects },
            };
            said.unit = "files";
            said.count(bytes, objects);
            said.percent = units::number(at(3));
            said.rate = units::rate(at(4), Kilo::Decimal);
            said.left = units::span(at(5));
            said.stage = Stage::Running;
            if found.get(6).is_some() {
                self.settle(said);
            }
            return true;
        }
        if let Some(found) = BLOCK.captures(rest) {
            let at = |n: usize| found.get(n).map_or("", |m| m.as_str());
            match at(1) {
                "Transferred" if found.get(3).is_some() => {
                    let objects = Count { done: units::whole(at(2)), total: units::whole(at(3)) };
                    (said.unit, said.stage) = ("files", Stage::Running);
                    said.count(said.bytes, objects);
                    self.settle(said);
                }
                "Errors" => said.failed = units::whole(at(2)),
                "Elapsed time" => self.elapsed(units::number(at(2))),
                "Checks" => self.checked = units::whole(at(2)).unwrap_or(0),
                _ => return false,
            }
            return true;
        }
        let level = prefix.get(1).map_or("", |m| m.as_str()).to_ascii_lowercase();
        if level == "info" && COPIED.is_match(rest) {
            self.copied += 1;
            return true;
        }
        // `ERROR : path: what happened` does not mark where the path ends: it stays in the words.
        let known = level == "error" || level == "critical" || FAILED.is_match(rest);
        known && self.words(&level, "", rest, said)
    }

    /// Learns its interval.
    fn elapsed(&mut self, elapsed: Option<f64>) {
        if let Some((before, now)) = self.elapsed.zip(elapsed)
            && now > before
        {
            self.interval = units::seconds(now - before);
        }
        self.elapsed = elapsed;
    }
}

impl Tool for Rclone {
    const RULE: Rule = OBJECTS;

    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        match value::object(record) {
            Some(line) => self.json(&line, said),
            None => self.text(record, said),
        }
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        match code {
            0 | 9 => {
                // Errors of an attempt that was repeated with success are no failures.
                said.failed = said.failed.map(|_| 0);
                if said.bytes.done == said.bytes.total && said.bytes.done.is_some() {
                    said.objects.done = said.objects.total.or(said.objects.done);
                }
                said.finish();
            }
            1 | 2 | 5 | 6 if self.did_something(said) => said.with_failures("some were left out"),
            8 => said.with_errors("it reached --max-transfer"),
            10 => said.with_errors("it reached --max-duration"),
            3 => said.give_up_or("a folder was not found"),
            4 => said.give_up_or("a file was not found"),
            _ => said.give_up_or(&format!("rclone ended with {code}")),
        }
    }

    fn quiet(&self, _progress: &Progress) -> Duration {
        // Unchanging stats are said all the same.
        3 * self.interval.unwrap_or(INTERVAL).clamp(Duration::from_secs(4), EVENTFUL)
    }

    fn time(&self) -> Option<DateTime<Utc>> {
        self.time
    }
}
