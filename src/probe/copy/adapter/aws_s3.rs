//! `aws s3 cp`, `mv`, `sync` and `rm`.
//!
//! Source: the aws-cli sources (`awscli/customizations/s3/results.py`); tried with 1.46.2 against moto. Records end
//! with `\r` and are padded with blanks; `~` and `(calculating...)` stand until the totals are final. Bytes include those
//! of objects that failed. There is no last line: only the exit code says that it is done, and a run with nothing to do
//! says nothing at all.
//!
//! | exit | meaning |
//! |---|---|
//! | 0 | finished |
//! | 1 | some failed, or nothing could be done |
//! | 2 | some were skipped |
//! | 252 to 255 | gave up: usage, configuration, the service |

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use super::{PATIENT, Said, Tool, pattern};
use crate::probe::copy::units::{self, Kilo};
use crate::sample::copy::{Count, End, Progress, Stage};

static PROGRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^Completed (?:([\d.]+ (?:Bytes?|[KMGTPE]iB))/(~?)([\d.]+ (?:Bytes?|[KMGTPE]iB)) \(([\d.]+ (?:Bytes?|[KMGTPE]iB))/s\)|(\d+) file\(s\)) with (~?)(\d+) file\(s\) remaining( \(calculating\.\.\.\))?\s*$",
    )
});

static DONE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(\(dryrun\) )?(?:upload|download|copy|move|delete): (.+?)\s*$"));

static FAILED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:upload|download|copy|move|delete) failed: (.+?)\s*$"));

/// The adapter.
#[derive(Clone, Debug, Default)]
pub(super) struct AwsS3 {
    /// Objects whose line came.
    done: u64,
}

impl AwsS3 {
    fn progress(&mut self, record: &str, said: &mut Said) -> bool {
        let Some(found) = PROGRESS.captures(record) else { return false };
        let at = |n: usize| found.get(n).map_or("", |m| m.as_str());
        let bytes =
            Count { done: units::bytes(at(1), Kilo::Decimal), total: units::bytes(at(3), Kilo::Decimal) };
        // A run's bytes never fall; its totals do while they are estimates.
        if bytes.done.zip(said.bytes.done).is_some_and(|(now, before)| now < before) {
            said.restart();
            self.done = 0;
            (said.failed, said.skipped) = (None, None);
        }
        let done = units::whole(at(5)).unwrap_or(self.done);
        let remaining = units::whole(at(7)).unwrap_or(0);
        let failed = said.failed.unwrap_or(0);
        let total = done.saturating_add(remaining).saturating_add(failed);
        said.bytes = bytes;
        said.objects = Count { done: Some(done), total: Some(total) };
        said.unit = "files";
        said.rate = units::rate(at(4), Kilo::Decimal);
        said.total_is_final = at(2).is_empty() && at(6).is_empty() && found.get(8).is_none();
        said.stage = if said.total_is_final { Stage::Running } else { Stage::Scanning };
        true
    }
}

impl Tool for AwsS3 {
    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        if self.progress(record, said) {
            return true;
        }
        if let Some(found) = DONE.captures(record) {
            self.done = self.done.saturating_add(1);
            said.objects.done = Some(self.done);
            said.unit = "files";
            said.at(found.get(2).map_or("", |m| m.as_str()));
            if found.get(1).is_some() {
                said.remark("a dry run: nothing is copied");
            }
            if matches!(said.stage, Stage::Unknown | Stage::Ended(_)) {
                said.stage = Stage::Running;
            }
            return true;
        }
        if let Some(words) = FAILED.captures(record).and_then(|found| found.get(1)) {
            said.fail(words.as_str());
            return true;
        }
        if let Some(words) = record.strip_prefix("fatal error: ") {
            said.error(words);
            said.give_up(words);
            return true;
        }
        if let Some(words) = record.strip_prefix("warning: ") {
            if words.starts_with("Skipping file") {
                said.skip();
            }
            said.error(words);
            return true;
        }
        if record.starts_with("cancelled: ctrl-c received") {
            said.cancel();
            return true;
        }
        false
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        match (code, &said.stage) {
            (0, _) => said.finish(),
            (_, Stage::Ended(End::Failed(_) | End::Cancelled)) => {}
            (1, _) if said.objects.done.unwrap_or(0) > 0 => said.with_failures("some failed"),
            (2, _) if said.skipped.is_some() || said.objects.done.is_some() => {
                let skipped = said.skipped.unwrap_or(0);
                said.with_errors(&match skipped {
                    0 => "some were skipped".to_owned(),
                    skipped => format!("{skipped} skipped"),
                });
            }
            _ => said.give_up_or(&format!("aws s3 ended with {code}")),
        }
    }

    fn quiet(&self, progress: &Progress) -> Duration {
        // Listing a large bucket says nothing.
        if progress.total_is_final { PATIENT } else { 5 * PATIENT }
    }
}
