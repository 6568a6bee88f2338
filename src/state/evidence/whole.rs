//! A probe's reading as text, whole: what stands beside the log where one clause does not hold it.

use std::fmt::Write;

use chrono::SecondsFormat;

use crate::clock::Stamp;
use crate::sample::{Kind, Outcome, ProbeId};
use crate::state::State;
use crate::state::live::dns::shown_as;
use crate::state::live::{Copy, Live, Log, Probed, Reconcile, Record};
use crate::state::logs;
use crate::text;

/// Lines of a log kept with an act at most, the newest.
const LINES: usize = 200;
/// Bytes of a text at most; it ends with a whole line.
const BYTES: usize = 64 << 10;

/// What went wrong last, by the probe's own word.
pub(super) fn error(live: &Live, probe: &ProbeId) -> Option<String> {
    match probe.kind {
        Kind::Health => {
            let cells = live.checks.iter().flat_map(|check| &check.cells);
            let cell = cells.into_iter().find(|cell| cell.id == *probe)?;
            match &cell.health()?.outcome {
                Outcome::Pass => None,
                Outcome::Maintenance => Some("the maintenance page".to_owned()),
                Outcome::Fail(miss) => Some(format!("{}, saw {}", miss.expected, miss.saw)),
                Outcome::NoAnswer { why, .. } | Outcome::Broken(why) => Some(why.clone()),
            }
        }
        Kind::Dns => {
            let record = live.records.iter().find(|record| record.id() == probe)?;
            record.broken.clone().or_else(|| record.missing.first().cloned()).or_else(|| Some(record.saw()))
        }
        Kind::Copy => {
            let copy = live.copies.iter().find(|copy| copy.id() == probe)?;
            let told = copy.copy().and_then(|copy| copy.progress.errors.last().cloned());
            copy.broken().map(str::to_owned).or(told)
        }
        Kind::Reconcile => {
            let job = live.reconciles.iter().find(|job| job.id() == probe)?;
            let misses = job.runs.back()?.misses();
            (!misses.is_empty()).then(|| misses.join("; "))
        }
        Kind::Log => {
            let log = live.logs.iter().find(|log| log.id() == probe)?;
            let worst = log.shapes.new_since(log.marks.since()).into_iter().next()?;
            worst.shape.level.is_error().then(|| worst.shape.example.clone())
        }
        Kind::Host => {
            let host = live.hosts.iter().find(|host| host.id() == probe)?;
            host.broken().map(str::to_owned).or_else(|| Some(host.saw()))
        }
    }
}

/// The whole reading; none where one clause says all there is.
pub(super) fn text(state: &State, probe: &ProbeId, now: &Stamp) -> Option<String> {
    let live = &state.live;
    let mut out = match probe.kind {
        Kind::Health | Kind::Host => None,
        Kind::Dns => live.records.iter().find(|it| it.id() == probe).map(|record| servers(record, now)),
        Kind::Copy => live.copies.iter().find(|it| it.id() == probe).and_then(errors),
        Kind::Reconcile => live.reconciles.iter().find(|it| it.id() == probe).and_then(run),
        Kind::Log => live.logs.iter().find(|it| it.id() == probe).and_then(|log| lines(state, log)),
    }?;
    let redactor = state.plan.settings.redactor();
    if !redactor.find(&out).is_empty() {
        out = redactor.redact(&out).into_owned();
    }
    if out.len() > BYTES {
        let end = out[..out.floor_char_boundary(BYTES)].rfind('\n').map_or(0, |end| end + 1);
        out.truncate(end);
        out.push_str("… cut here\n");
    }
    Some(out)
}

/// A table of a record's servers and what each answers.
fn servers(record: &Record, now: &Stamp) -> String {
    let mut out = format!("{}: {}\n", record.id(), record.saw());
    for row in &record.rows {
        let (answer, age) = match &row.last {
            Some((at, reply)) => (shown_as(&record.settings.kind, reply), text::age(now.since(at))),
            None => ("no reply yet".to_owned(), "-".to_owned()),
        };
        let stance = row.stance.map_or("-", |stance| stance.word());
        let ttl = record.ttl(row, now).map_or_else(|| "-".to_owned(), text::short);
        let (server, state) = (row.server.to_string(), row.state().to_string());
        let _infallible = writeln!(out, "{server}  {stance}  {state}  {answer}  ttl {ttl}  read {age} ago");
    }
    for missing in &record.missing {
        let _infallible = writeln!(out, "{missing}");
    }
    out
}

/// What went wrong in a copy.
fn errors(copy: &Copy) -> Option<String> {
    let progress = &copy.copy()?.progress;
    if progress.errors.is_empty() {
        return None;
    }
    let lines = progress.errors.iter().chain(&progress.remarks).map(|line| text::clean(line));
    Some(lines.fold(format!("{}: {}\n", copy.id(), copy.saw()), |out, line| out + &line + "\n"))
}

/// What a comparison counted, expected and said.
fn run(job: &Reconcile) -> Option<String> {
    let run = job.runs.back()?;
    let mut out = format!("{}, asked for by {}, took {}\n", job.id(), run.by, text::short(run.found.took));
    for (name, count) in &run.found.counters {
        let _infallible = writeln!(out, "{name} {}", text::grouped(*count));
    }
    for expr in &job.settings.expect {
        let _infallible = writeln!(out, "expected {}", expr.source());
    }
    for miss in run.misses().iter().chain(&run.found.remarks) {
        let _infallible = writeln!(out, "{miss}");
    }
    if !run.found.line.is_empty() {
        let _infallible = writeln!(out, "last line: {}", run.found.line);
    }
    Some(out)
}

/// The lines of a log that are errors or new since the mark, the newest of them.
fn lines(state: &State, log: &Log) -> Option<String> {
    let since = log.marks.since();
    let redactor = state.plan.settings.redactor();
    let mut found = Vec::new();
    let (mut at, first) = (log.buffer.next(), log.buffer.first());
    while at > first && found.len() < LINES {
        at -= 1;
        let Some(line) = log.buffer.line(at) else { break };
        if line.read < since.timestamp_millis() {
            break;
        }
        if line.entry.level.is_error() || log.shapes.is_new(line.entry.shape, since) {
            found.push(logs::written(&line, &redactor));
        }
    }
    if found.is_empty() {
        return None;
    }
    let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
    let count = text::plural(found.len(), "line", "lines");
    let head = format!(
        "{count} of {}, errors or new since {since}; times are the lines' own, with ~ when they were read\n",
        text::clean(&log.id().to_string())
    );
    Some(found.into_iter().rev().fold(head, |out, line| out + &line))
}
