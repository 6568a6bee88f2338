//! restic with `--json`, and other tools that print a status as one JSON object a line.
//!
//! Source: restic's manual, "Scripting"; not tried with a restic of our own. `percent_done` is a share of 1 and falls while it scans; a
//! `summary` is the end. Where its output is no terminal it speaks once a minute unless `RESTIC_PROGRESS_FPS` says otherwise.
//!
//! | exit | meaning |
//! |---|---|
//! | 0 | finished |
//! | 3 | some of the source could not be read |
//! | 130 | interrupted |
//! | others | gave up |

use std::time::Duration;

use super::{OBJECTS, PATIENT, Rule, Said, Tool, value};
use crate::probe::copy::units;
use crate::sample::copy::{Count, Progress, Stage};

/// The adapter.
#[derive(Clone, Debug)]
pub(super) struct Restic;

impl Tool for Restic {
    const RULE: Rule = OBJECTS;

    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        let Some(line) = value::object(record) else {
            if let Some(words) = record.strip_prefix("Fatal: ") {
                said.error(words);
                return true;
            }
            return false;
        };
        let count = |key| value::count(&line, key);
        match value::text(&line, "message_type") {
            "status" => {
                let bytes = Count {
                    done: count("bytes_done").or_else(|| count("bytes_restored")),
                    total: count("total_bytes"),
                };
                let objects = Count {
                    done: count("files_done").or_else(|| count("files_restored")),
                    total: count("total_files"),
                };
                said.unit = "files";
                said.bytes = bytes;
                said.objects = objects;
                said.percent = value::float(&line, "percent_done").map(|share| share * 100.0);
                said.left = value::float(&line, "seconds_remaining").and_then(units::seconds);
                said.failed = count("error_count").or(said.failed);
                said.skipped = count("files_skipped").or(said.skipped);
                // It estimates the time left only once it has scanned all.
                said.total_is_final = line.get("seconds_remaining").is_some();
                said.stage = if said.total_is_final { Stage::Running } else { Stage::Scanning };
                let file = value::list(&line, "current_files").first().and_then(serde_json::Value::as_str);
                said.at(file.unwrap_or(""));
            }
            "summary" => {
                let bytes = count("total_bytes_processed").or_else(|| count("total_bytes"));
                let files = count("total_files_processed").or_else(|| count("total_files"));
                said.unit = "files";
                said.bytes = Count { done: bytes, total: bytes };
                said.objects = Count { done: files, total: files };
                said.at("");
                said.finish();
            }
            "error" => {
                let message = line.get("error").map_or("", |error| value::text(error, "message"));
                said.fail(&format!("{}: {message}", value::text(&line, "item")));
            }
            "exit_error" => {
                said.error(value::text(&line, "message"));
                said.give_up_or("restic gave up");
            }
            "verbose_status" => {}
            _ => return false,
        }
        true
    }

    fn reads_ahead(&self, tail: &str) -> bool {
        tail.ends_with('}')
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        match code {
            0 => said.finish(),
            3 => said.with_failures("some of the source could not be read"),
            _ => said.give_up_or(&format!("restic ended with {code}")),
        }
    }

    fn quiet(&self, _progress: &Progress) -> Duration {
        PATIENT + Duration::from_mins(1)
    }
}
