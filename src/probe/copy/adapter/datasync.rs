//! `aws datasync describe-task-execution`.
//!
//! Source: the service's model (`DescribeTaskExecution`); no package to try. What there is to copy is an estimate until
//! it has prepared. Verifying may take longer than transferring: 100 % is not the end.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::{OBJECTS, PATIENT, Rule, Said, Tool, value};
use crate::sample::copy::{Count, Progress, Stage};
use crate::text::Redactor;

/// What an answer says.
#[must_use]
pub fn execution(answer: &Json, redactor: &Arc<Redactor>) -> Progress {
    let mut said = Said::new(Arc::clone(redactor));
    apply(answer, &mut said);
    said.into_progress()
}

fn apply(answer: &Json, said: &mut Said) -> bool {
    let status = value::text(answer, "Status");
    if !value::text(answer, "TaskExecutionArn").contains("datasync")
        && answer.get("EstimatedBytesToTransfer").is_none()
    {
        return false;
    }
    let count = |key| value::count(answer, key);
    said.unit = "files";
    let bytes = Count {
        done: count("BytesWritten").or_else(|| count("BytesTransferred")),
        total: count("EstimatedBytesToTransfer"),
    };
    said.count(bytes, Count { done: count("FilesTransferred"), total: count("EstimatedFilesToTransfer") });
    said.skipped = count("FilesSkipped");
    let failed = answer.get("FilesFailed");
    said.failed = failed.and_then(|failed| {
        value::sum(["Prepare", "Transfer", "Verify", "Delete"].map(|stage| value::count(failed, stage)))
    });
    said.at(&status.to_ascii_lowercase());
    said.total_is_final = !matches!(status, "QUEUED" | "LAUNCHING" | "PREPARING");
    match status {
        "QUEUED" | "LAUNCHING" | "PREPARING" => said.stage = Stage::Scanning,
        "VERIFYING" => said.stage = Stage::Verifying,
        "SUCCESS" => said.finish(),
        "ERROR" => {
            let result = answer.get("Result").unwrap_or(&Json::Null);
            let why = format!("{}: {}", value::text(result, "ErrorCode"), value::text(result, "ErrorDetail"));
            said.error(&why);
            if value::text(result, "ErrorDetail").contains("cancel") {
                said.cancel();
            } else {
                said.give_up(&why);
            }
        }
        _ => said.stage = Stage::Running,
    }
    true
}

/// The adapter: answers one after another.
#[derive(Clone, Debug)]
pub(super) struct Datasync;

impl Tool for Datasync {
    const RULE: Rule = OBJECTS;

    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        value::object(record).is_some_and(|answer| apply(&answer, said))
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        // The program that asked: its end is not the execution's.
        if code != 0 {
            said.error(&format!("aws datasync ended with {code}"));
        }
    }

    fn quiet(&self, _progress: &Progress) -> Duration {
        PATIENT
    }
}
