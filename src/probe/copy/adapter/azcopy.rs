//! azcopy: output as text or JSON, the job log of a job that somebody else started, and `jobs show`.
//!
//! Source: the azcopy sources (`cmd/`, `common/rpc-models.go`, `common/output.go`); tried with 10.32.2 against Azurite.
//! JSON comes as objects whose `MessageContent` is JSON in a string for some kinds and plain text for others, and whose
//! counters are strings. `EndOfJob` of `jobs show` is no end: `JobStatus` is. The list of what failed stands in
//! `Progress` only, and may be longer than a record may be: the counters before it are read all the same. Skipped
//! objects end a job at 0 %. Up to a million transfers it speaks every 2 seconds, above every 2 minutes.
//!
//! | exit | meaning |
//! |---|---|
//! | 0 | finished; nothing to do, and everything skipped, count |
//! | 1 | failed or left some out: its last status says which |

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use regex::Regex;
use serde_json::Value as Json;

use super::{LIVELY, OBJECTS, PATIENT, Rule, Said, Tool, pattern, value};
use crate::probe::copy::units;
use crate::sample::copy::{Count, Progress, Stage};
use crate::text::Redactor;

/// From so many transfers on, it speaks every 2 minutes.
const MANY: u64 = 1_000_000;

/// Three of those 2 minutes.
const MANY_QUIET: Duration = Duration::from_mins(6);

/// Errors read of one list; the last ones are kept anyway.
const LISTED: usize = 16;

static TIME: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d "));

/// The bits that its end lacks are for records that are still being written.
static PROGRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^([\d.,]+|NaN) %, (\d+) Done, (\d+) Failed, (\d+) Pending, (?:(\d+) Skipped, )?(\d+) Total( \(scanning\.\.\.\))?,? ?(?:\[States: [^\]]*\],? ?)?(?:2-sec Throughput \((Mb|MB)/s\): ([\d.,]+))?(?: \((\w+) may be limiting speed\))?\s*$",
    )
});

static SUMMARY: LazyLock<Regex> = LazyLock::new(|| pattern(r"^([A-Z][A-Za-z ()]+): +([\w.]+)$"));

static FAILED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:ERR: )?\[P#\d+-T#\d+\] (?:UPLOAD|DOWNLOAD|COPY|DELETE|SETPROPERTIES|S2SCOPY)[A-Z]*FAILED: (.+)$",
    )
});

/// The adapter.
#[derive(Clone, Debug, Default)]
pub(super) struct Azcopy {
    time: Option<DateTime<Utc>>,
    /// Inside the summary block: files and folders are told apart in it.
    summary: bool,
    /// It was asked about a job (`jobs show`) that goes on: its exit is not the job's.
    asked: bool,
    /// By the last line of progress.
    pending: Option<u64>,
}

/// What the summary of a job says by itself: the decoded `MessageContent` of `GetJobSummary`, `Progress`, `EndOfJob`.
#[must_use]
pub fn job_summary(summary: &Json, redactor: &Arc<Redactor>) -> Progress {
    let mut said = Said::new(Arc::clone(redactor));
    apply(summary, &mut said);
    said.into_progress()
}

fn apply(summary: &Json, said: &mut Said) -> bool {
    let of = |keys: [&str; 2]| value::sum(keys.map(|key| value::count(summary, key)));
    let scanned = of(["FilesScannedAtSource", "FilesScannedAtDestination"]);
    let status = value::text(summary, "JobStatus");
    if status.is_empty() {
        let Some(scanned) = scanned else { return false };
        (said.stage, said.unit) = (Stage::Scanning, "files");
        said.at(&format!("{scanned} files scanned"));
        return true;
    }
    let bytes = Count {
        done: value::count(summary, "TotalBytesTransferred"),
        total: value::count(summary, "TotalBytesExpected"),
    };
    let objects = Count {
        done: of(["TransfersCompleted", "FoldersCompleted"]),
        total: value::count(summary, "TotalTransfers"),
    };
    said.unit = "files";
    said.count(bytes, objects);
    said.percent = value::float(summary, "PercentComplete");
    said.failed = of(["TransfersFailed", "FoldersFailed"]);
    said.skipped = of(["TransfersSkipped", "FoldersSkipped"]);
    said.total_is_final = summary.get("CompleteJobOrdered").and_then(Json::as_bool).unwrap_or(false);
    said.at("");
    for failed in value::list(summary, "FailedTransfers").iter().rev().take(LISTED).rev() {
        let code = value::text(failed, "ErrorCode");
        said.error(&format!("{}: {code}", bare(value::text(failed, "Src"))));
    }
    let message = value::text(summary, "ErrorMsg");
    if !message.is_empty() {
        said.error(message);
    }
    status_of(status, said);
    true
}

/// A path or URL without what authorises it.
fn bare(place: &str) -> &str {
    if place.contains("://") { place.split('?').next().unwrap_or(place) } else { place }
}

fn status_of(status: &str, said: &mut Said) {
    said.throttled = false;
    match status {
        "Completed" => said.finish(),
        "CompletedWithSkipped" => {
            said.remark("it left out what it was told to skip");
            said.finish();
        }
        "CompletedWithErrors" | "CompletedWithErrorsAndSkipped" => said.with_failures("some failed"),
        "Failed" => match said.failed {
            Some(failed) if failed > 0 && said.objects.done.unwrap_or(0) > 0 => {
                said.with_errors(&format!("{failed} failed"));
            }
            Some(failed) if failed > 0 => said.give_up(&format!("all {failed} failed")),
            _ => said.give_up_or("the job failed"),
        },
        "Cancelled" => said.cancel(),
        "Paused" => (said.stage, said.throttled) = (Stage::Running, true),
        _ if said.total_is_final => said.stage = Stage::Running,
        _ => said.stage = Stage::Scanning,
    }
}

/// An object that was longer than a record may be: what stands before its lists.
fn head(record: &str) -> Option<Json> {
    let at = record.find(r#",\"FailedTransfers\":"#)?;
    value::object(&format!("{}}}\"}}", &record[..at]))
}

impl Azcopy {
    fn json(&mut self, message: &Json, said: &mut Said) -> bool {
        let kind = value::text(message, "MessageType");
        let content = value::text(message, "MessageContent");
        if kind.is_empty() || message.get("MessageContent").is_none() {
            return false;
        }
        self.time = value::text(message, "TimeStamp").parse().ok().or(self.time);
        match kind {
            "Progress" | "EndOfJob" | "GetJobSummary" => {
                let known = serde_json::from_str(content).is_ok_and(|summary| apply(&summary, said));
                self.asked = kind != "Progress" && !matches!(said.stage, Stage::Ended(_));
                return known;
            }
            "Init" => said.stage = Stage::Scanning,
            "Error" => {
                said.error(content);
                said.give_up(content);
            }
            _ => {
                if content.contains("Scanning...") {
                    said.stage = Stage::Scanning;
                }
            }
        }
        true
    }

    fn progress(&mut self, line: &str, said: &mut Said) -> bool {
        let Some(found) = PROGRESS.captures(line) else { return false };
        let at = |n: usize| found.get(n).map_or("", |m| m.as_str());
        said.unit = "files";
        said.count(said.bytes, Count { done: units::whole(at(2)), total: units::whole(at(6)) });
        self.pending = units::whole(at(4));
        said.percent = units::number(at(1));
        said.failed = units::whole(at(3));
        said.skipped = units::whole(at(5)).or(said.skipped);
        said.rate =
            units::number(at(9)).map(|rate| rate * if at(8) == "Mb" { 125_000.0 } else { 1_000_000.0 });
        said.total_is_final = found.get(7).is_none();
        said.stage = if said.total_is_final { Stage::Running } else { Stage::Scanning };
        match found.get(10) {
            Some(what) => said.at(&format!("{} may be limiting speed", what.as_str())),
            None => said.at(""),
        }
        true
    }

    /// The block of numbers at the end; its names changed between versions.
    fn summary(&mut self, line: &str, said: &mut Said) -> bool {
        if line.starts_with("Job ") && line.to_ascii_lowercase().ends_with(" summary") {
            self.summary = true;
            (said.failed, said.skipped) = (None, None);
            return true;
        }
        let Some(found) = SUMMARY.captures(line).filter(|_| self.summary) else { return false };
        let at = |n: usize| found.get(n).map_or("", |m| m.as_str());
        let (name, number) = (at(1), units::whole(at(2)));
        match name {
            "Final Job Status" => {
                self.summary = false;
                (said.total_is_final, said.unit) = (true, "files");
                status_of(at(2), said);
                self.asked = !matches!(said.stage, Stage::Ended(_));
            }
            "Total Number of Transfers" | "Total Number of Copy Transfers" => said.objects.total = number,
            "Number of File Transfers Completed"
            | "Number of Transfers Completed"
            | "Number of Copy Transfers Completed" => said.objects.done = number,
            "Total Number of Bytes Transferred" | "TotalBytesTransferred" => said.bytes.done = number,
            "Percent Complete (approx)" => said.percent = units::number(at(2)),
            _ if name.ends_with("Failed") => said.failed = value::sum([said.failed, number]),
            _ if name.ends_with("Transfers Skipped") => said.skipped = value::sum([said.skipped, number]),
            _ => {}
        }
        true
    }

    fn text(&mut self, line: &str, said: &mut Said) -> bool {
        let line = match TIME.find(line) {
            Some(stamp) => {
                let time = NaiveDateTime::parse_from_str(stamp.as_str().trim(), "%Y/%m/%d %H:%M:%S");
                // The log says of itself that its times are UTC.
                self.time = time.ok().map(|time| time.and_utc());
                &line[stamp.end()..]
            }
            None => line,
        };
        if self.progress(line, said) || self.summary(line, said) {
            return true;
        }
        if let Some(failed) = FAILED.captures(line).and_then(|found| found.get(1)) {
            said.error(failed.as_str());
            return true;
        }
        if line.starts_with("AzcopyVersion ") {
            // A job that is resumed writes on in its log.
            if said.objects.done.is_some() {
                said.restart();
                (said.bytes, said.objects) = (Count::default(), Count::default());
            }
            said.stage = Stage::Scanning;
            return true;
        }
        if line == "Closing Log" {
            // The log of a job that was resumed has no summary.
            if self.pending == Some(0) && !matches!(said.stage, Stage::Ended(_)) {
                said.finish();
            }
            return true;
        }
        if line.starts_with("failed to perform ") || line.starts_with("Cannot perform ") {
            said.error(line);
            said.give_up(line);
            return true;
        }
        if line == "INFO: Scanning..." || (line.starts_with("Job ") && line.ends_with(" has started")) {
            said.stage = Stage::Scanning;
            return true;
        }
        false
    }
}

impl Tool for Azcopy {
    const RULE: Rule = OBJECTS;

    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        if !record.starts_with('{') {
            return self.text(record, said);
        }
        value::object(record).or_else(|| head(record)).is_some_and(|message| self.json(&message, said))
    }

    fn reads_ahead(&self, tail: &str) -> bool {
        // With its rate: a total that ends the record might go on.
        PROGRESS.captures(tail.trim()).is_some_and(|found| found.get(9).is_some())
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        match (code, &said.stage) {
            (0, Stage::Ended(_)) => {}
            (0, _) if self.asked => {}
            (0, _) => said.finish(),
            (_, Stage::Ended(end)) if *end != crate::sample::copy::End::Finished => {}
            _ if said.objects.done.unwrap_or(0) > 0 => {
                said.with_failures(&format!("azcopy ended with {code}"));
            }
            _ => said.give_up_or(&format!("azcopy ended with {code}")),
        }
    }

    fn quiet(&self, progress: &Progress) -> Duration {
        match progress.objects.total {
            Some(total) if total >= MANY => MANY_QUIET,
            Some(_) => LIVELY,
            None => 5 * PATIENT,
        }
    }

    fn time(&self) -> Option<DateTime<Utc>> {
        self.time
    }
}
