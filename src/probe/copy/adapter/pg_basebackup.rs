//! `pg_basebackup -P`.
//!
//! Source: the `PostgreSQL` manual, `pg_basebackup.c`; tried with 15. `kB` are 1,024 bytes. The total is an estimate
//! at the start and grows with what is copied past it. Until the server has made its checkpoint nothing is said.
//!
//! | exit | meaning |
//! |---|---|
//! | 0 | finished |
//! | 1 | failed |

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use super::{LIVELY, PATIENT, Said, Tool, pattern};
use crate::probe::copy::units;
use crate::sample::copy::{Count, Progress, Stage};

static PROGRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^\s*(\d+)/(\d+) kB \((\d+)%\), (\d+)/(\d+) tablespaces?(?: \((.+?)\s*\))?\s*$")
});

/// The adapter.
#[derive(Clone, Debug)]
pub(super) struct PgBasebackup;

impl Tool for PgBasebackup {
    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        if let Some(found) = PROGRESS.captures(record) {
            let at = |n: usize| found.get(n).map_or("", |m| m.as_str());
            let kb = |n: usize| units::whole(at(n)).map(|kb| kb.saturating_mul(1024));
            said.unit = "tablespaces";
            let bytes = Count { done: kb(1), total: kb(2) };
            if bytes.done < said.bytes.done {
                said.restart();
            }
            said.bytes = bytes;
            said.objects = Count { done: units::whole(at(4)), total: units::whole(at(5)) };
            said.percent = units::number(at(3));
            said.total_is_final = bytes.total > bytes.done || said.objects.done == said.objects.total;
            said.stage = Stage::Running;
            said.at(at(6));
            said.remark("its total is an estimate");
            return true;
        }
        if record.trim() == "waiting for checkpoint"
            || record.starts_with("pg_basebackup: initiating base backup, waiting for checkpoint")
        {
            said.stage = Stage::Scanning;
            said.at("waiting for checkpoint");
            return true;
        }
        if record == "pg_basebackup: base backup completed" {
            said.finish();
            return true;
        }
        if let Some(words) = record.strip_prefix("pg_basebackup: error: ") {
            said.error(words);
            said.give_up(words);
            return true;
        }
        record.starts_with("pg_basebackup: ")
    }

    fn reads_ahead(&self, tail: &str) -> bool {
        // The line end may not come for long, and the word is whole only with what follows it.
        tail.trim_end().ends_with("tablespace") || tail.trim_end().ends_with("tablespaces")
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        match code {
            0 => said.finish(),
            _ => said.give_up_or(&format!("pg_basebackup ended with {code}")),
        }
    }

    fn quiet(&self, progress: &Progress) -> Duration {
        if progress.stage == Stage::Scanning { 5 * PATIENT } else { LIVELY }
    }
}
