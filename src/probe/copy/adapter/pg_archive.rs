//! `pg_dump -v` and `pg_restore -v`.
//!
//! Source: the `PostgreSQL` sources (`pg_backup_archiver.c`); tried with 15. What takes time are table data, indexes and
//! constraints: those are counted. With `-j` their ends are said (`finished item`), without it only their beginnings, so
//! that one counts as done when the next begins. The total is told by the plan, or by `pg_restore -l`: see [`listed`].
//!
//! | exit | meaning |
//! |---|---|
//! | 0 | finished |
//! | 1 | failed; with `errors ignored on restore`: some statements did |

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use super::{EVENTFUL, Said, Tool, pattern};
use crate::probe::copy::units;
use crate::sample::copy::{End, Progress, Stage};

/// Entries of an archive that take time, as `pg_restore -l` and `finished item` name them.
const SLOW: [&str; 7] =
    ["TABLE DATA", "INDEX", "CONSTRAINT", "FK CONSTRAINT", "MATERIALIZED VIEW DATA", "BLOBS", "BLOB DATA"];

static FINISHED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^pg_(?:restore|dump): finished item \d+ ([A-Z][A-Z ]*[A-Z]) (.+)$"));

static BEGUN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"^pg_(?:restore|dump): (?:(?:processing data for|dumping contents of) table|creating (?:INDEX|CONSTRAINT|FK CONSTRAINT|MATERIALIZED VIEW DATA)) "(.+)"$"#,
    )
});

static ERROR: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^pg_(?:restore|dump): (?:error: |\[[^\]]+\] )(.+)$"));

static IGNORED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^pg_restore: warning: errors ignored on restore: (\d+)$"));

static ENTRY: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\d+; \d+ \d+ ([A-Z][A-Z ]*[A-Z]) "));

/// How many entries that take time `pg_restore -l` lists.
#[must_use]
pub fn listed(list: &str) -> u64 {
    let slow = |line: &&str| {
        ENTRY.captures(line).and_then(|found| found.get(1)).is_some_and(|kind| SLOW.contains(&kind.as_str()))
    };
    list.lines().filter(slow).count() as u64
}

/// The adapter.
#[derive(Clone, Debug)]
pub(super) struct PgArchive {
    restores: bool,
    /// `finished item` was seen: ends are said.
    parallel: bool,
    begun: u64,
    ended: u64,
}

impl PgArchive {
    pub fn restore() -> PgArchive {
        PgArchive { restores: true, parallel: false, begun: 0, ended: 0 }
    }

    pub fn dump() -> PgArchive {
        PgArchive { restores: false, ..PgArchive::restore() }
    }

    fn count(&self, said: &mut Said) {
        let done = if self.parallel { self.ended } else { self.begun.saturating_sub(1) };
        said.unit = if self.restores { "items" } else { "tables" };
        said.objects.done = Some(done);
        said.stage = Stage::Running;
    }
}

impl Tool for PgArchive {
    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        let program = if self.restores { "pg_restore: " } else { "pg_dump: " };
        let Some(words) = record.strip_prefix(program) else { return false };
        if let Some(found) = FINISHED.captures(record) {
            if found.get(1).is_some_and(|kind| SLOW.contains(&kind.as_str())) {
                self.ended += 1;
            }
            self.count(said);
        } else if let Some(what) = BEGUN.captures(record).and_then(|found| found.get(1)) {
            self.begun += 1;
            said.at(what.as_str());
            self.count(said);
        } else if words == "entering main parallel loop" {
            self.parallel = true;
            self.count(said);
        } else if let Some(count) = IGNORED.captures(record).and_then(|found| found.get(1)) {
            said.failed = units::whole(count.as_str());
            said.with_failures("errors were ignored");
        } else if let Some(words) = ERROR.captures(record).and_then(|found| found.get(1)) {
            said.fail(words.as_str());
        } else if matches!(said.stage, Stage::Unknown) {
            said.stage = Stage::Running;
        }
        true
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        match code {
            0 => {
                // Where ends are not said, the last one's is the program's.
                if !self.parallel && self.begun > 0 {
                    said.objects.done = Some(self.begun);
                }
                said.finish();
            }
            _ if matches!(said.stage, Stage::Ended(End::WithErrors(_))) => {}
            _ => {
                let why =
                    format!("{} ended with {code}", if self.restores { "pg_restore" } else { "pg_dump" });
                said.give_up_or(&why);
            }
        }
    }

    fn quiet(&self, _progress: &Progress) -> Duration {
        // A table of any size is one word at its beginning and one at its end.
        4 * EVENTFUL
    }
}
