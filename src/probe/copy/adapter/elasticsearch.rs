//! Elasticsearch and `OpenSearch`: `GET _tasks/ID`, `GET _tasks?detailed`, `GET _reindex/ID`.
//!
//! Source: the reference of the task management and reindex APIs, transcripts; no package to try. Done are documents
//! created, updated, deleted, not changed and in conflict. `completed` is not success: failures and conflicts stand in
//! `response`. A task in slices counts in its parent only the slices that are complete, the others are tasks of their
//! own. The task dies with its node.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::{OBJECTS, PATIENT, Rule, Said, Tool, value};
use crate::sample::copy::{Count, Progress, Stage};
use crate::text::Redactor;

/// Failures read of one list.
const LISTED: usize = 8;

/// What an answer says: of one task, of a list of tasks, or that there is none.
#[must_use]
pub fn task(answer: &Json, redactor: &Arc<Redactor>) -> Progress {
    let mut said = Said::new(Arc::clone(redactor));
    apply(answer, &mut said);
    said.into_progress()
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    done: u64,
    total: u64,
    conflicts: u64,
    /// Statuses added up, of how many there will be.
    parts: usize,
    slices: usize,
    throttled: bool,
}

impl Sums {
    fn add(&mut self, status: &Json) {
        let slices = value::list(status, "slices");
        if !slices.is_empty() {
            self.slices += slices.len();
            slices.iter().filter(|slice| slice.get("total").is_some()).for_each(|slice| self.add(slice));
            return;
        }
        let count = |key| value::count(status, key).unwrap_or(0);
        let done = ["created", "updated", "deleted", "noops", "version_conflicts"].map(count);
        self.done = done.into_iter().fold(self.done, u64::saturating_add);
        self.total = self.total.saturating_add(count("total"));
        self.conflicts = self.conflicts.saturating_add(count("version_conflicts"));
        self.throttled |= count("throttled_until_millis") > 0;
        self.parts += 1;
    }

    fn says(self, said: &mut Said) {
        said.unit = "docs";
        let total = (self.total > 0).then_some(self.total);
        said.count(Count::default(), Count { done: Some(self.done), total });
        said.throttled = self.throttled;
        // The first answer of the source's search brings the total.
        said.total_is_final = total.is_some() && self.parts >= self.slices;
        said.stage = if said.total_is_final { Stage::Running } else { Stage::Scanning };
        if self.conflicts > 0 {
            said.skipped = Some(self.conflicts);
            said.remark(&format!("{} version conflicts", self.conflicts));
        }
    }
}

fn apply(answer: &Json, said: &mut Said) -> bool {
    if let Some(nodes) = answer.get("nodes").and_then(Json::as_object) {
        let mut sums = Sums::default();
        let tasks = nodes.values().filter_map(|node| node.get("tasks").and_then(Json::as_object));
        let mut at = "";
        for task in tasks.flat_map(|tasks| tasks.values()) {
            if let Some(status) = task.get("status").filter(|status| counts(status)) {
                at = value::text(task, "description");
                sums.add(status);
            }
        }
        if sums.parts + sums.slices > 0 {
            sums.says(said);
            said.at(at);
        } else {
            said.remark("no such task runs: it ended, or it died with its node");
        }
        return true;
    }
    if let Some(task) = answer.get("task") {
        let mut sums = Sums::default();
        if let Some(status) = task.get("status").filter(|status| status.is_object()) {
            sums.add(status);
        }
        said.remarks.clear();
        sums.says(said);
        said.at(value::text(task, "description"));
        if answer.get("completed").and_then(Json::as_bool) == Some(true) {
            completed(answer, sums, said);
        } else if task.get("cancelled").and_then(Json::as_bool) == Some(true) {
            said.remark("it is being cancelled");
        }
        return true;
    }
    let Some(error) = answer.get("error") else { return false };
    let reason = error.as_str().unwrap_or_else(|| value::text(error, "reason"));
    said.error(reason);
    if value::text(error, "type") == "resource_not_found_exception" {
        said.remark("no such task: it ended without keeping its result, or it died with its node");
    }
    true
}

fn counts(status: &Json) -> bool {
    status.get("total").is_some() || status.get("slices").is_some()
}

fn completed(answer: &Json, sums: Sums, said: &mut Said) {
    if let Some(error) = answer.get("error") {
        let reason = format!("{}: {}", value::text(error, "type"), value::text(error, "reason"));
        said.error(&reason);
        said.give_up(&reason);
        return;
    }
    let response = answer.get("response").unwrap_or(&Json::Null);
    let failures = value::list(response, "failures");
    for failure in failures.iter().take(LISTED) {
        let cause = failure.get("cause").or_else(|| failure.get("reason")).unwrap_or(failure);
        said.error(&format!("{}: {}", value::text(failure, "id"), value::text(cause, "reason")));
    }
    said.failed = Some(failures.len() as u64);
    let left = sums.total.saturating_sub(sums.done);
    if !value::text(response, "canceled").is_empty() {
        said.cancel();
    } else if !failures.is_empty() {
        said.with_errors(&format!(
            "{} failed and {} conflicted, {left} left",
            failures.len(),
            sums.conflicts
        ));
    } else if sums.conflicts > 0 {
        said.with_errors(&format!("{} version conflicts, {left} left", sums.conflicts));
    } else if left > 0 {
        said.with_errors(&format!("{left} of {} left", sums.total));
    } else if response.get("timed_out").and_then(Json::as_bool) == Some(true) {
        said.with_errors("it timed out");
    } else {
        said.finish();
    }
}

/// The adapter: answers one after another.
#[derive(Clone, Debug)]
pub(super) struct Elasticsearch;

impl Tool for Elasticsearch {
    const RULE: Rule = OBJECTS;

    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        value::object(record).is_some_and(|answer| apply(&answer, said))
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        // The program that asked: its end is not the task's.
        if code != 0 {
            said.error(&format!("the program that asks for the task ended with {code}"));
        }
    }

    fn quiet(&self, _progress: &Progress) -> Duration {
        PATIENT
    }
}
