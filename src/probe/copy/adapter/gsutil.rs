//! `gsutil cp`, `rsync`, and `gcloud storage`.
//!
//! Source: the gsutil sources (`gslib/ui_controller.py`), transcripts of gcloud; gsutil 5.38 tried on local files.
//! Counts are shortened (`1.8k files`), sizes padded inside their brackets, spinners change. Totals are those of a
//! look ahead: they grow until all is listed, which it does not say.
//!
//! | exit | meaning |
//! |---|---|
//! | 0 | finished |
//! | 1 | some could not be transferred, or nothing could be done |

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use super::{PATIENT, Said, Tool, pattern};
use crate::probe::copy::units::{self, Kilo};
use crate::sample::copy::{Count, Progress, Stage};

static GSUTIL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^[-\\|/] \[([\d.]+[kmMGbt]?)(?:/([\d.]+[kmMGbt]?))? (?:files|objects)\]\[ *([\d.]+ [KMGTPE]?i?B)/ *([\d.]+ [KMGTPE]?i?B)\](?: *(\d+)% Done)?(?: +([\d.]+ [KMGTPE]?i?B/s))?(?: ETA (\d+:\d\d:\d\d))?\s*$",
    )
});

static GCLOUD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\s*\S?\s*(?:Completed|Copied) files ([\d,]+)(?:/([\d,]+))? \| ([\d.]+ ?[kKMGTPE]?i?B)(?:/([\d.]+ ?[kKMGTPE]?i?B))?(?: \| ([\d.]+ ?[kKMGTPE]?i?B/s))?\s*$",
    )
});

static DONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^Operation completed over ([\d.]+[kmMGbt]?) objects?(?:/([\d.]+ [KMGTPE]?i?B))?\. *$")
});

/// `CommandException: 2 files/objects could not be transferred.`
static LEFT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:CommandException: )?(\d+) (?:file|object)s?/?(?:objects?)? could not be (?:transferred|copied)",
    )
});

static FAILED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:ERROR:|\w*Exception:|\w*Error:|Error copying) *(.*)$"));

/// The adapter.
#[derive(Clone, Debug)]
pub(super) struct Gsutil;

impl Tool for Gsutil {
    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        if let Some(found) = GSUTIL.captures(record) {
            let at = |n: usize| found.get(n).map_or("", |m| m.as_str());
            let bytes =
                Count { done: units::bytes(at(3), Kilo::Decimal), total: units::bytes(at(4), Kilo::Decimal) };
            let objects =
                Count { done: units::bytes(at(1), Kilo::Decimal), total: units::bytes(at(2), Kilo::Decimal) };
            said.unit = "files";
            said.count(bytes, objects);
            said.percent = units::number(at(5));
            said.rate = units::rate(at(6), Kilo::Decimal);
            said.left = units::span(at(7));
            said.stage = Stage::Running;
            return true;
        }
        if let Some(found) = GCLOUD.captures(record) {
            let at = |n: usize| found.get(n).map_or("", |m| m.as_str());
            let bytes =
                Count { done: units::bytes(at(3), Kilo::Decimal), total: units::bytes(at(4), Kilo::Decimal) };
            said.unit = "files";
            said.count(bytes, Count { done: units::whole(at(1)), total: units::whole(at(2)) });
            said.rate = units::rate(at(5), Kilo::Decimal);
            said.stage = Stage::Running;
            return true;
        }
        if DONE.is_match(record) || record.starts_with("Average throughput: ") {
            said.finish();
            return true;
        }
        if let Some(count) = LEFT.captures(record).and_then(|found| found.get(1)) {
            said.failed = units::whole(count.as_str());
            said.error(record);
            said.with_failures("some could not be transferred");
            return true;
        }
        if let Some(what) = record.strip_prefix("Copying ") {
            said.at(what.trim_end_matches("..."));
            if said.stage == Stage::Unknown {
                said.stage = Stage::Running;
            }
            return what.contains("://");
        }
        if record.starts_with("Skipping ") {
            said.skip();
            return true;
        }
        if FAILED.is_match(record) {
            said.error(record);
            return true;
        }
        false
    }

    fn reads_ahead(&self, tail: &str) -> bool {
        // Its padding ends the record: what stands before it is whole.
        tail.ends_with(' ') && (GSUTIL.is_match(tail) || GCLOUD.is_match(tail))
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        match code {
            0 => said.finish(),
            1 if said.objects.done.unwrap_or(0) > 0 => said.with_failures("some could not be transferred"),
            _ => said.give_up_or(&format!("it ended with {code}")),
        }
    }

    fn quiet(&self, _progress: &Progress) -> Duration {
        PATIENT
    }
}
