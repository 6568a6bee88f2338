//! `aws dms describe-replication-tasks` and `describe-table-statistics`.
//!
//! Source: the service's model; no package to try. 100 % of the full load goes together with tables that failed. A task
//! that replicates goes on after it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::{OBJECTS, PATIENT, Rule, Said, Tool, value};
use crate::sample::copy::{Count, Progress, Stage};
use crate::text::Redactor;

/// Tables named among the errors.
const LISTED: usize = 8;

/// What an answer says: of the first task in it, or of all tables.
#[must_use]
pub fn task(answer: &Json, redactor: &Arc<Redactor>) -> Progress {
    let mut said = Said::new(Arc::clone(redactor));
    apply(answer, &mut said);
    said.into_progress()
}

fn apply(answer: &Json, said: &mut Said) -> bool {
    if let Some(task) = value::list(answer, "ReplicationTasks").first() {
        of_task(task, said);
        return true;
    }
    let tables = value::list(answer, "TableStatistics");
    if tables.is_empty() {
        return false;
    }
    of_tables(tables, said);
    true
}

fn of_task(task: &Json, said: &mut Said) {
    let counters = task.get("ReplicationTaskStats").unwrap_or(&Json::Null);
    let count = |key| value::count(counters, key);
    let parts = ["TablesLoaded", "TablesLoading", "TablesQueued", "TablesErrored"].map(count);
    said.unit = "tables";
    said.count(Count::default(), Count { done: parts[0], total: value::sum(parts) });
    said.percent = value::float(counters, "FullLoadProgressPercent");
    said.failed = count("TablesErrored");
    said.total_is_final = true;
    let status = value::text(task, "Status");
    let reason = value::text(task, "StopReason");
    said.at(if reason.is_empty() { status } else { reason.trim_start_matches("Stop Reason ") });
    let message = value::text(task, "LastFailureMessage");
    if !message.is_empty() {
        said.error(message);
    }
    match status {
        "creating" | "ready" | "starting" | "testing" => {
            (said.stage, said.total_is_final) = (Stage::Scanning, false);
        }
        "stopped" if reason.contains("FULL_LOAD") || reason.contains("NORMAL") => said.finish(),
        "stopped" if reason.contains("ERROR") => said.give_up_or(reason),
        "stopped" | "stopping" => said.cancel(),
        "failed" | "failed-move" => said.give_up_or("the task failed"),
        _ if said.percent.is_some_and(|percent| percent >= 100.0) => {
            said.remark("the full load is done, changes are replicated");
            said.stage = Stage::Running;
        }
        _ => said.stage = Stage::Running,
    }
}

fn of_tables(tables: &[Json], said: &mut Said) {
    let sum = |key| value::sum(tables.iter().map(|table| value::count(table, key)));
    said.unit = "rows";
    said.count(Count::default(), Count { done: sum("FullLoadRows"), total: None });
    let failed = value::sum([sum("FullLoadErrorRows"), sum("ValidationFailedRecords")]);
    said.failed = failed;
    let state = |table: &Json, word: &str| value::text(table, "TableState").eq_ignore_ascii_case(word);
    for table in tables.iter().filter(|table| state(table, "Table error")).take(LISTED) {
        let name = format!("{}.{}", value::text(table, "SchemaName"), value::text(table, "TableName"));
        said.error(&format!("{name}: table error"));
    }
    let complete = tables.iter().filter(|table| state(table, "Table completed")).count();
    let pending = sum("ValidationPendingRecords").unwrap_or(0);
    said.at(&format!("{complete} of {} tables", tables.len()));
    if complete < tables.len() {
        said.stage = Stage::Running;
    } else if pending > 0 {
        said.stage = Stage::Verifying;
    } else {
        said.finish();
    }
}

/// The adapter: answers one after another.
#[derive(Clone, Debug)]
pub(super) struct Dms;

impl Tool for Dms {
    const RULE: Rule = OBJECTS;

    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        value::object(record).is_some_and(|answer| apply(&answer, said))
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        // The program that asked: its end is not the task's.
        if code != 0 {
            said.error(&format!("aws dms ended with {code}"));
        }
    }

    fn quiet(&self, _progress: &Progress) -> Duration {
        PATIENT
    }
}
