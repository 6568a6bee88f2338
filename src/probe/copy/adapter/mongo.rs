//! mongodump, mongorestore, mongoimport and mongoexport.
//!
//! Source: the mongo-tools sources (`common/progress`), transcripts; no package to try. A bar a collection every 3
//! seconds: several at once, their sum is shown. Units are documents for a dump and bytes for a restore; `MB` is 1,024
//! squared. A collection of unknown size has no bar. Bars come as collections begin, so totals grow to the end.
//!
//! | exit | meaning |
//! |---|---|
//! | 0 | finished |
//! | 1 | failed, or some documents did |

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use chrono::{DateTime, Utc};
use regex::Regex;

use super::{EVENTFUL, LIVELY, Said, Tool, pattern, value};
use crate::probe::copy::units::{self, Kilo};
use crate::sample::copy::{Count, Progress, Stage};

/// Collections that are told apart.
const COLLECTIONS: usize = 4096;

static STAMP: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:?\d\d)\s+"));

static BAR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^\[([#.]+)\]\s+(\S+)\s+([\d.]+)([KMGTP]?B)?/([\d.]+)([KMGTP]?B)?\s+\(([\d.]+)%\)$")
});

static DONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:finished restoring|done dumping) (\S+) \((\d+) documents?(?:, (\d+) failures?)?\)|^(?:exported|imported) (\d+) (?:records?|documents?)",
    )
});

static RESULT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(\d+) document\(s\) (?:restored|imported) successfully\. (\d+) document\(s\) failed to (?:restore|import)\.",
    )
});

#[derive(Clone, Copy, Debug, Default)]
struct Collection {
    bytes: Count,
    documents: Count,
}

/// The adapter.
#[derive(Clone, Debug, Default)]
pub(super) struct Mongo {
    collections: BTreeMap<String, Collection>,
    time: Option<DateTime<Utc>>,
}

impl Mongo {
    fn collection(&mut self, name: &str) -> Option<&mut Collection> {
        if self.collections.len() >= COLLECTIONS && !self.collections.contains_key(name) {
            return None;
        }
        Some(self.collections.entry(name.to_owned()).or_default())
    }

    fn sum(&self, said: &mut Said) {
        let all = || self.collections.values();
        said.unit = "docs";
        said.bytes = Count {
            done: value::sum(all().map(|one| one.bytes.done)),
            total: value::sum(all().map(|one| one.bytes.total)),
        };
        said.objects = Count {
            done: value::sum(all().map(|one| one.documents.done)),
            total: value::sum(all().map(|one| one.documents.total)),
        };
        said.stage = Stage::Running;
    }
}

impl Tool for Mongo {
    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        let Some(stamp) = STAMP.captures(record) else { return false };
        let at = |n: usize| stamp.get(n).map_or("", |m| m.as_str());
        let zone = match at(2) {
            zone if zone.len() == 5 => format!("{}:{}", &zone[..3], &zone[3..]),
            zone => zone.to_owned(),
        };
        let line = stamp.get(0).map_or(record, |m| &record[m.end()..]);
        let time = format!("{}{zone}", at(1)).parse().ok();
        if let Some(found) = BAR.captures(line) {
            let at = |n: usize| found.get(n).map_or("", |m| m.as_str());
            let is_bytes = found.get(4).is_some() || found.get(6).is_some();
            let read = |digits: &str, unit: &str| units::bytes(&format!("{digits}{unit}"), Kilo::Binary);
            let count = Count { done: read(at(3), at(4)), total: read(at(5), at(6)) };
            said.at(at(2));
            if let Some(collection) = self.collection(at(2)) {
                let kind = if is_bytes { &mut collection.bytes } else { &mut collection.documents };
                let fell = kind.done.zip(count.done).is_some_and(|(before, now)| now < before);
                *kind = count;
                if fell {
                    said.restart();
                }
            }
            self.sum(said);
            // One bar is the whole only while there is one.
            said.percent = units::number(at(7)).filter(|_| self.collections.len() == 1);
        } else if let Some(found) = DONE.captures(line) {
            let at = |n: usize| found.get(n).map_or("", |m| m.as_str());
            if let Some(collection) = self.collection(at(1)) {
                let documents = units::whole(at(2)).or_else(|| units::whole(at(4)));
                collection.documents = Count { done: documents, total: documents };
                collection.bytes.done = collection.bytes.total;
            }
            if let Some(failures) = units::whole(at(3)) {
                said.failed = value::sum([said.failed, Some(failures)]);
            }
            self.sum(said);
        } else if let Some(found) = RESULT.captures(line) {
            let at = |n: usize| found.get(n).and_then(|m| units::whole(m.as_str()));
            (said.objects.done, said.failed, said.unit) = (at(1), at(2), "docs");
            said.finish();
        } else if let Some(words) = line.strip_prefix("Failed: ") {
            said.error(words);
            said.give_up(words);
        } else if line.starts_with("error ") || line.starts_with("continuing through error: ") {
            said.error(line);
        } else if ["writing ", "reading metadata ", "restoring ", "preparing collections ", "connected to: "]
            .iter()
            .any(|begin| line.starts_with(begin))
        {
            said.stage = if said.stage == Stage::Unknown { Stage::Running } else { said.stage.clone() };
        } else {
            return false;
        }
        self.time = time;
        true
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        match code {
            0 => said.finish(),
            1 if said.objects.done.unwrap_or(0) > 0 && said.failed.unwrap_or(0) > 0 => said.with_failures(""),
            _ => said.give_up_or(&format!("it ended with {code}")),
        }
    }

    fn quiet(&self, progress: &Progress) -> Duration {
        // Every 3 seconds while there is a bar; indexes are built without one.
        if progress.bytes.total.is_some() || progress.objects.total.is_some() { LIVELY } else { EVENTFUL }
    }

    fn time(&self) -> Option<DateTime<Utc>> {
        self.time
    }
}
