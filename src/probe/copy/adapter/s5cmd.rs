//! s5cmd: `--show-progress`, `--json`, `--stat`, and its plain lines.
//!
//! Source: the s5cmd sources (`progressbar/`, `log/stat/`); tried with 2.3.0 against moto. Where its output is no
//! terminal the bar's records have no end at all: each ends with its `(done/total)`. Bytes are those read, not those
//! stored: 100 % is said long before the end. Its totals grow while it lists. The last record of a bar says how long
//! it took where the others say what is left.
//!
//! | exit | meaning |
//! |---|---|
//! | 0 | finished; nothing to do counts |
//! | 1 | some failed, or nothing could be done |

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;
use serde_json::Value as Json;

use super::{EVENTFUL, LIVELY, Rule, Said, Tool, pattern, value};
use crate::probe::copy::units::{self, Kilo};
use crate::sample::copy::{Count, End, Progress, Stage};

static BAR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"([\d.]+)%\s+\S*\s+([\d.]+ [kKMGTPE]?B) / ([\d.]+ [kKMGTPE]?B) (?:\(([\d.]+ [kKMGTPE]?B/s)\)|\? p/s) (\?|[\w.µ]+)( left)? \((\d+)/(\d+)\)\s*$",
    )
});

/// `cp a s3://b/a`, on success.
static DONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:cp|mv|rm|sync|pipe) (\S.*)$"));

static FAILED: LazyLock<Regex> = LazyLock::new(|| pattern(r#"^ERROR "(.+?)": (.+)$"#));

/// A row of `--stat`: operation, total, error, success.
static STAT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(cp|mv|rm|sync|pipe)\s+(\d+)\s+(\d+)\s+(\d+)\s*$"));

/// A record ends with its `(1/12)`.
fn closes(held: &[u8]) -> bool {
    let Some(inside) = held.strip_suffix(b")") else { return false };
    let digits = |bytes: &[u8]| bytes.iter().rev().take_while(|byte| byte.is_ascii_digit()).take(20).count();
    let total = digits(inside);
    let Some(before) = inside[..inside.len() - total].strip_suffix(b"/") else { return false };
    let done = digits(before);
    total > 0 && done > 0 && before[..before.len() - done].ends_with(b"(")
}

/// Its statistics count commands, of which one may copy many objects: what was counted one by one is better.
fn commands(done: Option<u64>, failed: Option<u64>, said: &mut Said) {
    said.unit = "files";
    said.objects.done = said.objects.done.max(done);
    said.failed = said.failed.max(failed);
    said.finish();
}

/// The adapter.
#[derive(Clone, Debug, Default)]
pub(super) struct S5cmd {
    bar: bool,
}

impl S5cmd {
    fn bar(&mut self, record: &str, said: &mut Said) -> bool {
        let Some(found) = BAR.captures(record) else { return false };
        let at = |n: usize| found.get(n).map_or("", |m| m.as_str());
        self.bar = true;
        let bytes =
            Count { done: units::bytes(at(2), Kilo::Decimal), total: units::bytes(at(3), Kilo::Decimal) };
        let objects = Count { done: units::whole(at(7)), total: units::whole(at(8)) };
        said.unit = "files";
        said.count(bytes, objects);
        said.percent = units::number(at(1));
        said.rate = units::rate(at(4), Kilo::Decimal);
        said.stage = Stage::Running;
        if found.get(6).is_some() || at(5) == "?" {
            said.left = units::span(at(5));
        } else if objects.done == objects.total {
            said.finish();
        }
        true
    }

    fn one(&self, said: &mut Said, size: Option<u64>) {
        if self.bar {
            return;
        }
        said.unit = "files";
        said.objects.done = Some(said.objects.done.unwrap_or(0).saturating_add(1));
        said.bytes.done = value::sum([said.bytes.done, size]);
        said.stage = Stage::Running;
    }

    fn json(&mut self, line: &Json, said: &mut Said) -> bool {
        if value::text(line, "operation").is_empty() {
            return false;
        }
        match (line.get("success"), line.get("error")) {
            (Some(Json::Number(done)), failed) => {
                commands(done.as_u64(), failed.and_then(Json::as_u64), said);
            }
            (_, Some(Json::String(error))) => {
                said.fail(&format!("{}: {error}", value::text(line, "command")));
                if matches!(said.stage, Stage::Unknown) {
                    said.stage = Stage::Running;
                }
            }
            (Some(Json::Bool(true)), _) => {
                self.one(said, line.get("object").and_then(|object| value::count(object, "size")));
                said.at(value::text(line, "source"));
            }
            _ => return false,
        }
        true
    }
}

impl Tool for S5cmd {
    const RULE: Rule = Rule { json: true, closes: Some(closes) };

    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        if let Some(line) = value::object(record) {
            return self.json(&line, said);
        }
        if self.bar(record, said) {
            return true;
        }
        if let Some(found) = FAILED.captures(record) {
            let at = |n: usize| found.get(n).map_or("", |m| m.as_str());
            said.fail(&format!("{}: {}", at(1), at(2)));
            return true;
        }
        if let Some(found) = STAT.captures(record) {
            let at = |n: usize| found.get(n).and_then(|m| units::whole(m.as_str()));
            commands(at(4), at(3), said);
            return true;
        }
        if let Some(what) = DONE.captures(record).and_then(|found| found.get(1)) {
            self.one(said, None);
            said.at(what.as_str());
            return true;
        }
        false
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        match code {
            0 => said.finish(),
            _ if matches!(said.stage, Stage::Ended(End::WithErrors(_))) => {}
            1 if said.objects.done.unwrap_or(0) > 0 => said.with_failures("some failed"),
            _ => said.give_up_or(&format!("s5cmd ended with {code}")),
        }
    }

    fn quiet(&self, _progress: &Progress) -> Duration {
        // Without its bar it speaks when an object is done.
        if self.bar { LIVELY } else { EVENTFUL }
    }
}
