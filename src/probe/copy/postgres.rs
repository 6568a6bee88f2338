//! Progress views and replication of `PostgreSQL`, asked by `psql`.
//!
//! `psql` knows what a library would have to learn: service files, `.pgpass`, Kerberos, sockets. It is given no
//! settings of the user's (`-X`), asks for no password (`-w`), and gets one, if the connection string has it, in its
//! environment: arguments can be read by everybody. Each view is asked for by itself, as JSON, so that a server
//! without it, or with other columns, still tells of the others.
//!
//! A command that is no longer in the views has ended; whether it was committed, rolled back or ended by an error, its
//! client knows. So its last numbers stay, and the source says that it is gone, until another one begins.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::adapter::postgres;
use super::feed::clean;
use super::stream::{self, Output};
use super::{Look, Watch};
use crate::clock::Stamp;
use crate::config::{Connection, CopyJob};
use crate::probe::net::Net;
use crate::sample::copy::{Copy, Progress, Source, Stage};
use crate::text;

/// Longest wait for the answers: `psql` connects anew each time.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of the answers that are read.
const ANSWER: usize = 4 * 1024 * 1024;

/// Three answers are missing.
const QUIET: Duration = Duration::from_secs(30);

/// One question a view; those that a server does not have fail by themselves. The last row says that it answered, and
/// for which database. A server's own vacuuming is no copy.
const QUESTIONS: [&str; 10] = [
    "select to_jsonb(p) from pg_stat_progress_copy p",
    "select to_jsonb(p) from pg_stat_progress_create_index p",
    "select to_jsonb(p) from pg_stat_progress_cluster p",
    "select to_jsonb(p) from pg_stat_progress_basebackup p",
    "select to_jsonb(p) from pg_stat_progress_vacuum p join pg_stat_activity a using (pid) \
     where a.backend_type <> 'autovacuum worker'",
    "select jsonb_build_object('datname', p.datname, 'command', 'ANALYZE', 'phase', p.phase, 'heap_blks_total', \
     p.sample_blks_total, 'heap_blks_scanned', p.sample_blks_scanned) from pg_stat_progress_analyze p \
     join pg_stat_activity a using (pid) where a.backend_type <> 'autovacuum worker'",
    "select to_jsonb(p) from (select srsubstate, count(*) as tables from pg_subscription_rel group by 1) p",
    "select to_jsonb(p) from (select application_name, state, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint \
     as lag_bytes, extract(epoch from replay_lag) as replay_lag from pg_stat_replication where not pg_is_in_recovery()) p",
    "select to_jsonb(p) from (select slot_name, active, wal_status from pg_replication_slots) p",
    "select jsonb_build_object('answered', current_database())",
];

/// Why there is no answer, by `psql`'s own words: what it says of a connection, else its last complaint.
fn failure(words: &str) -> Option<String> {
    const OWN: &str = "psql: error: ";
    let own = words.lines().find_map(|line| line.strip_prefix(OWN));
    let said = own.or_else(|| words.lines().rfind(|line| !line.trim().is_empty()))?;
    Some(said.trim().to_owned())
}

/// A server's progress views.
pub(super) struct Postgres {
    net: Arc<Net>,
    job: Arc<CopyJob>,
    connection: Connection,
    progress: Progress,
    updated: Option<Stamp>,
    /// Nothing is in the views any more.
    is_over: bool,
}

impl Postgres {
    pub(super) fn new(net: &Arc<Net>, job: &Arc<CopyJob>, connection: &Connection) -> Postgres {
        Postgres {
            net: Arc::clone(net),
            job: Arc::clone(job),
            connection: connection.clone(),
            progress: Progress::default(),
            updated: None,
            is_over: false,
        }
    }

    /// Asks; the rows, or why there are none.
    async fn rows(&self) -> Result<Vec<Json>, String> {
        let mut argv = vec!["psql", "-X", "-w", "-q", "-A", "-t", "-d", &self.connection.text];
        for question in &QUESTIONS {
            argv.extend(["-c", question]);
        }
        let argv: Vec<String> = argv.into_iter().map(str::to_owned).collect();
        let mut environment = vec![("PGCONNECT_TIMEOUT", "5"), ("PGAPPNAME", "cutover")];
        match (&self.connection.password, &self.job.via) {
            (Some(password), None) => environment.push(("PGPASSWORD", &password.0)),
            (Some(_), Some(_)) => {
                return Err("a password cannot go over ssh without being seen there: put it into ~/.pgpass on that host"
                    .to_owned());
            }
            (None, _) => {}
        }
        let mut answer = Vec::new();
        let mut hear = |which: Output, bytes: &[u8]| {
            if which == Output::Standard && answer.len() + bytes.len() <= ANSWER {
                answer.extend_from_slice(bytes);
            }
        };
        let asked = stream::run(&self.net, self.job.via.as_deref(), &argv, &environment, &mut hear);
        let late = || format!("no answer from the server within {}", text::short(PATIENCE));
        let ended = tokio::time::timeout(PATIENCE, asked).await.map_err(|_| late())??;
        let answer = String::from_utf8_lossy(&answer);
        let mut rows: Vec<Json> = answer.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if let Some(Json::String(database)) = rows.pop().as_mut().and_then(|last| last.get_mut("answered")) {
            let of = |row: &Json, own: bool| {
                row.get("datname").and_then(Json::as_str).is_some_and(|name| (name == *database) == own)
            };
            // What other databases do counts only where this one does nothing.
            if rows.iter().any(|row| of(row, true)) {
                rows.retain(|row| !of(row, false));
            }
            return Ok(rows);
        }
        Err(failure(&ended.words)
            .unwrap_or_else(|| format!("psql ended with {} and does not say why", ended.code)))
    }

    fn take(&mut self, rows: &[Json], now: Stamp) {
        let mut progress = postgres::progress(rows, &self.net.redactor());
        self.updated = Some(now);
        if progress.stage == Stage::Unknown {
            // Nothing there; what was there last is all that is known.
            self.is_over = self.progress.stage != Stage::Unknown;
            return;
        }
        if progress.bytes.total.is_none()
            && let Some(total) = self.job.total_bytes
        {
            (progress.bytes.total, progress.total_is_final) = (Some(total), true);
        }
        if progress.objects.total.is_none()
            && let Some(total) = self.job.total_objects
        {
            (progress.objects.total, progress.total_is_final) = (Some(total), true);
        }
        // Of two readings alike in what they count, the later has less: another command, or another phase.
        let fell =
            |before: Option<u64>, now: Option<u64>| before.zip(now).is_some_and(|(before, now)| now < before);
        let anew = self.is_over
            || (self.progress.at == progress.at
                && (fell(self.progress.bytes.done, progress.bytes.done)
                    || fell(self.progress.objects.done, progress.objects.done)));
        progress.restarts = self.progress.restarts.saturating_add(u32::from(anew));
        if progress.restarts > 0 {
            progress.remarks.push("one command after another: each counts anew".to_owned());
        }
        (self.progress, self.is_over) = (progress, false);
    }

    fn copy(&self, source: Source) -> Copy {
        let mut progress = self.progress.clone();
        if self.is_over {
            progress
                .remarks
                .push("it is no longer under way: whether it was committed its client knows".to_owned());
        }
        Copy {
            progress,
            updated: self.updated,
            source,
            quiet: self.job.stale.unwrap_or_else(|| QUIET.max(3 * self.job.every)),
            ..Copy::default()
        }
    }
}

impl Watch for Postgres {
    fn look(&mut self) -> Look<'_> {
        Box::pin(async {
            let rows = self.rows().await;
            let now = self.net.clock.now();
            match rows {
                Ok(rows) => self.take(&rows, now),
                Err(why) => {
                    return self.copy(Source::Unreachable(clean(&why, &self.net.redactor())));
                }
            }
            if self.is_over {
                return self.copy(Source::Gone);
            }
            if self.progress.stage == Stage::Unknown {
                let mut copy = self.copy(Source::Waiting);
                copy.progress.remarks.push(
                    "the server has no COPY, index build or replication under way; others' are seen with pg_monitor".to_owned(),
                );
                return copy;
            }
            self.copy(Source::Open)
        })
    }
}
