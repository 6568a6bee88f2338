//! Rows of `PostgreSQL`'s views: `pg_stat_progress_*`, logical replication, replication slots.
//!
//! Source: <https://www.postgresql.org/docs/current/progress-reporting.html>, the catalogues of 15. Rows are told apart
//! by their columns, so that JSON (`row_to_json`), `psql -x` and polled rows are read alike. `COPY FROM STDIN` knows no
//! total: `bytes_total` is 0. Subscriptions never end: they are copied when every table is `r` or `s`, and the gate is a
//! lag of 0 with writes stopped.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::{LIVELY, OBJECTS, Rule, Said, Tool, value};
use crate::probe::copy::units;
use crate::sample::copy::{Count, Lag, Progress, Stage};
use crate::text::Redactor;

/// A server's block, unless it was built otherwise.
const BLOCK: u64 = 8192;

/// Columns of one record of `psql -x`; the widest view has fewer.
const COLUMNS: usize = 64;

/// The last column of each view: it completes a record of `psql -x`, behind which nothing may come for long.
const LAST: [&str; 6] =
    ["tuples_excluded", "tuples_skipped", "partitions_done", "index_rebuild_count", "replay_lag", "srsublsn"];

/// Asks a server, 14 or later, for all it says of copies: one JSON object a row.
///
/// Slots and replication stand last; a role needs `pg_monitor` to see others' work.
pub const QUERY: &str = "\
select row_to_json(p) from pg_stat_progress_copy p
union all select row_to_json(p) from (select * from pg_stat_progress_create_index) p
union all select row_to_json(p) from (select * from pg_stat_progress_cluster) p
union all select row_to_json(p) from (select * from pg_stat_progress_basebackup) p
union all select row_to_json(p) from (select * from pg_stat_progress_vacuum) p
union all select row_to_json(p) from (select srsubstate, count(*) as tables from pg_subscription_rel group by 1) p
union all select row_to_json(p) from (select application_name, state,
    pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint as lag_bytes,
    extract(epoch from replay_lag) as replay_lag
    from pg_stat_replication where not pg_is_in_recovery()) p
union all select row_to_json(p) from (select slot_name, active, wal_status from pg_replication_slots) p";

/// What the rows of one look say together; nothing to see is [`Stage::Unknown`].
#[must_use]
pub fn progress<'a>(rows: impl IntoIterator<Item = &'a Json>, redactor: &Arc<Redactor>) -> Progress {
    let mut said = Said::new(Arc::clone(redactor));
    let mut look = Look::default();
    for row in rows {
        look.row(row, &mut said);
    }
    look.close(&mut said);
    said.into_progress()
}

/// What rows add up to.
#[derive(Clone, Debug, Default)]
struct Look {
    seen: bool,
    bytes: Count,
    /// Commands that cannot know their total.
    endless: bool,
    objects: Count,
    unit: &'static str,
    phase: String,
    tables: Count,
    subscribed: bool,
    lag: Lag,
}

fn add(sum: &mut Option<u64>, part: Option<u64>) {
    *sum = value::sum([*sum, part]);
}

impl Look {
    fn row(&mut self, row: &Json, said: &mut Said) -> bool {
        let count = |key: &str| value::count(row, key);
        let known = |total: Option<u64>| total.filter(|total| *total > 0);
        let of = |done: &str, total: &str| Count { done: count(done), total: known(count(total)) };
        let command = value::text(row, "command");
        let phase = value::text(row, "phase");
        if row.get("bytes_processed").is_some() {
            let bytes = of("bytes_processed", "bytes_total");
            self.endless |= bytes.total.is_none();
            add(&mut self.bytes.done, bytes.done);
            add(&mut self.bytes.total, bytes.total);
            add(&mut self.objects.done, count("tuples_processed"));
            self.unit = "rows";
            self.phase = if command.is_empty() { "COPY".to_owned() } else { command.to_owned() };
            if let Some(left_out) = count("tuples_skipped").or_else(|| count("tuples_excluded")) {
                said.skipped = value::sum([said.skipped, Some(left_out)]);
            }
        } else if row.get("backup_streamed").is_some() {
            self.add_bytes(of("backup_streamed", "backup_total"));
            self.objects = of("tablespaces_streamed", "tablespaces_total");
            self.unit = "tablespaces";
            phase.clone_into(&mut self.phase);
        } else if row.get("blocks_total").is_some() && row.get("partitions_total").is_some() {
            // Each phase counts anew, in blocks or in tuples.
            let blocks = of("blocks_done", "blocks_total");
            let tuples = of("tuples_done", "tuples_total");
            (self.objects, self.unit) =
                if blocks.total.is_some() { (blocks, "blocks") } else { (tuples, "tuples") };
            self.phase = format!("{command}: {phase}");
            said.remark("each of its phases counts anew");
        } else if row.get("heap_blks_total").is_some() {
            let mut blocks = of("heap_blks_scanned", "heap_blks_total");
            self.unit = "blocks";
            if let Some(vacuumed) = count("heap_blks_vacuumed").filter(|blocks| *blocks > 0) {
                blocks.done = Some(vacuumed);
            }
            self.objects = blocks;
            let command = if command.is_empty() { "VACUUM" } else { command };
            self.phase = format!("{command}: {phase}");
        } else if row.get("srsubstate").is_some() {
            let tables = count("tables").or_else(|| count("count")).unwrap_or(1);
            self.subscribed = true;
            add(&mut self.tables.total, Some(tables));
            let ready = matches!(value::text(row, "srsubstate"), "r" | "s");
            add(&mut self.tables.done, Some(if ready { tables } else { 0 }));
        } else if row.get("lag_bytes").is_some() || row.get("replay_lag").is_some() {
            self.subscribed = true;
            self.lag.bytes = self.lag.bytes.max(count("lag_bytes"));
            let time = row.get("replay_lag").and_then(|lag| match lag {
                Json::String(text) => interval(text),
                other => units::seconds(value::number(other)?),
            });
            self.lag.time = self.lag.time.max(time);
            let state = value::text(row, "state");
            if !state.is_empty() && state != "streaming" {
                self.phase = format!("replication: {state}");
            }
        } else if row.get("wal_status").is_some() {
            let status = value::text(row, "wal_status");
            if matches!(status, "lost" | "unreserved") {
                said.error(&format!(
                    "replication slot {}: its WAL is {status}{}",
                    value::text(row, "slot_name"),
                    if status == "lost" { ", the copy must begin anew" } else { ", and may soon be lost" },
                ));
                if status == "lost" {
                    said.give_up("the WAL that a replication slot needs is lost");
                }
            }
            // A slot alone is no copy.
            return true;
        } else {
            return false;
        }
        self.seen = true;
        true
    }

    fn add_bytes(&mut self, bytes: Count) {
        add(&mut self.bytes.done, bytes.done);
        add(&mut self.bytes.total, bytes.total);
    }

    fn close(&self, said: &mut Said) {
        if !self.seen {
            return;
        }
        // Replication alone counts neither bytes nor rows.
        if !self.unit.is_empty() {
            (said.bytes, said.objects, said.unit) = (self.bytes, self.objects, self.unit);
            if self.endless {
                said.bytes.total = None;
            }
            if self.unit == "blocks" {
                let bytes = |blocks: Option<u64>| blocks.map(|blocks| blocks.saturating_mul(BLOCK));
                said.bytes = Count { done: bytes(self.objects.done), total: bytes(self.objects.total) };
            }
            said.total_is_final = said.bytes.total.is_some();
        }
        said.at(&self.phase);
        if self.subscribed {
            if self.lag != Lag::default() || said.lag.is_none() {
                said.lag = Some(self.lag);
            }
            if self.tables.total.is_some() && self.unit.is_empty() {
                (said.objects, said.unit, said.total_is_final) = (self.tables, "tables", true);
            }
        }
        if !matches!(said.stage, Stage::Ended(_)) {
            said.stage = Stage::Running;
        }
    }
}

/// `00:00:00.00904`, `1 day 02:03:04.5`.
fn interval(text: &str) -> Option<Duration> {
    let (days, clock) = match text.split_once(" day") {
        Some((days, rest)) => (days.trim().parse::<u64>().ok()?, rest.trim_start_matches(['s', ' '])),
        None => (0, text),
    };
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let span = units::span(whole)?.checked_add(Duration::from_secs(days.checked_mul(86_400)?))?;
    span.checked_add(units::seconds(format!("0.{fraction}").parse().ok()?)?)
}

/// The adapter: a JSON row is a look of its own, the records of one answer of `psql -x` are one together.
#[derive(Clone, Debug, Default)]
pub(super) struct Postgres {
    /// A record of `psql -x` under way.
    record: Map<String, Json>,
    look: Look,
}

impl Postgres {
    fn row(&mut self, row: &Json, said: &mut Said) -> bool {
        let before = (said.bytes.done, said.objects.done, said.unit);
        if row.get("bytes_processed").is_some() {
            said.skipped = None;
        }
        if !self.look.row(row, said) {
            return false;
        }
        self.look.close(said);
        let fell = |before: Option<u64>, now: Option<u64>| before.zip(now).is_some_and(|(b, n)| n < b);
        if before.2 == said.unit && fell(before.0, said.bytes.done) && fell(before.1, said.objects.done) {
            said.restart();
        }
        true
    }

    fn complete(&mut self, said: &mut Said) -> bool {
        let record = std::mem::take(&mut self.record);
        !record.is_empty() && self.row(&Json::Object(record), said)
    }
}

impl Tool for Postgres {
    const RULE: Rule = OBJECTS;

    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        if let Some(row) = value::object(record) {
            self.look = Look::default();
            return self.row(&row, said);
        }
        if record.starts_with("-[ RECORD ") {
            let known = self.complete(said);
            if record.starts_with("-[ RECORD 1 ]") {
                self.look = Look::default();
            }
            return known;
        }
        if let Some((key, value)) = record.split_once('|')
            && self.record.len() < COLUMNS
        {
            self.record.insert(key.trim().to_owned(), value.trim().into());
            return LAST.contains(&key.trim()) && self.complete(said);
        }
        false
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        self.complete(said);
        if code != 0 {
            said.error(&format!("psql ended with {code}"));
        }
    }

    fn quiet(&self, _progress: &Progress) -> Duration {
        LIVELY
    }
}
