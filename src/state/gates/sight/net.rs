//! Health checks and DNS records as facts.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Blind, Look, Sight, count, known, share, unknown, words};
use crate::clock::Stamp;
use crate::config::{NameServer, Target};
use crate::expr::{Expr, Fact, Value};
use crate::sample::{Health, Outcome, ProbeId, ProbeState, Side, Stage};
use crate::state::State;
use crate::state::live::dns::{Row, Stance, shown_as};
use crate::state::live::{Cell, Check, Live, Probed, Record};
use crate::text;

/// Intervals without a reading that a gate does not look over.
const GAP: u32 = 3;

/// A check's cell and its reading, if that can be believed.
struct Answer<'a> {
    check: &'a Check,
    cell: &'a Cell,
    health: &'a Health,
    read: Stamp,
}

impl<'a> Answer<'a> {
    fn of(live: &'a Live, probe: &ProbeId, now: &Stamp) -> Result<Answer<'a>, Blind> {
        let check = live.checks.iter().find(|check| check.settings.name == probe.name);
        let found = check.and_then(|check| Some((check, check.cells.iter().find(|cell| cell.id == *probe)?)));
        let Some((check, cell)) = found else { return Err(Blind::new("there is no such check")) };
        let (Some(read), Some(health)) = (cell.read(), cell.health()) else {
            return Err(Blind::new("not read yet"));
        };
        let gap = check.settings.every * GAP + check.settings.timeout;
        if cell.state() == ProbeState::Stale || now.since(&read) > gap {
            return Err(Blind::stale(&read, Some(gap), now));
        }
        if let Outcome::Broken(why) = &health.outcome {
            return Err(Blind::new(format!("cannot be asked: {why}")).at(Some(read), Some(gap)));
        }
        Ok(Answer { check, cell, health, read })
    }

    fn gap(&self) -> std::time::Duration {
        self.check.settings.every * GAP + self.check.settings.timeout
    }
}

/// A comparison that the probe itself made.
pub(super) fn watched(live: &Live, expr: &Expr, probe: &ProbeId, now: &Stamp) -> Look {
    let answer = match Answer::of(live, probe, now) {
        Ok(answer) => answer,
        Err(blind) => return Look::unknown(blind),
    };
    let (read, gap) = (Some(answer.read), Some(answer.gap()));
    if let Outcome::NoAnswer { why, .. } = &answer.health.outcome {
        return Look::unknown(Blind::new(why).at(read, gap));
    }
    let Some(watched) = answer.health.watched.iter().find(|watched| watched.expr == expr.source()) else {
        return Look::unknown(Blind::new("the check has not been asked for it yet").at(read, gap));
    };
    let saw = watched.saw.clone().unwrap_or_default();
    Look { verdict: watched.verdict.clone(), short: saw.clone(), saw, read, gap }
}

pub(super) fn health<'a>(live: &'a Live, probe: &ProbeId, now: &'a Stamp) -> Result<Sight<'a>, Blind> {
    let answer = Answer::of(live, probe, now)?;
    let (read, gap, good) = (answer.read, Some(answer.gap()), good(&answer));
    let http = matches!(answer.check.settings.target, Target::Http { .. });
    let value = move |fact: &Fact| -> Value<'a> {
        let (cell, health) = (answer.cell, answer.health);
        let none = match &health.outcome {
            Outcome::NoAnswer { why, .. } => why.as_str(),
            _ => "the answer does not tell",
        };
        let certificate = |to: fn(&crate::sample::Certificate) -> String| {
            known(health.certificate.as_ref(), |it| words(to(it)), "no certificate was shown")
        };
        match fact {
            Fact::Good => Value::Bool(cell.state() == ProbeState::Up),
            Fact::State => words(cell.state().to_string()),
            Fact::Status => known(health.word.parse().ok().filter(|_| http), Value::Count, none),
            Fact::Latency => known(health.latency, Value::from, none),
            Fact::Connected => match &health.outcome {
                Outcome::NoAnswer { stage: Stage::Resolve, why } => unknown(why),
                Outcome::NoAnswer { stage: Stage::Connect, .. } => Value::Bool(false),
                _ => Value::Bool(true),
            },
            Fact::Certificate => {
                let left = health.certificate.as_ref().map(|it| it.not_after - now.wall);
                known(left, Value::Duration, "no certificate was shown")
            }
            Fact::CertificateSha256 => certificate(|it| it.sha256.clone()),
            Fact::CertificateIssuer => certificate(|it| it.issuer.clone()),
            Fact::CertificateNames => certificate(|it| it.names.join(" ")),
            Fact::Ip => known(health.peer, |peer| words(peer.ip().to_canonical().to_string()), none),
            Fact::Peer => known(health.peer, |peer| words(peer.to_string()), none),
            Fact::Side => match cell.id.side {
                Some(side @ (Side::Old | Side::New)) => words(side.to_string()),
                _ => known(
                    health.answered_by,
                    |side| words(side.to_string()),
                    "no one can tell which side answered",
                ),
            },
            _ => unknown("a health check does not know it"),
        }
    };
    Ok(Sight { read, gap, now, value: Box::new(value), good })
}

/// What is shown of a check as a whole, and the word for its row.
fn good(answer: &Answer<'_>) -> (String, String) {
    let Answer { check, cell, health, .. } = answer;
    let (state, word) = (cell.state(), health.word.clone());
    match &health.outcome {
        Outcome::Fail(miss) => {
            // A good status says nothing of what was missed in the body.
            let short = if word.contains(&miss.saw) { word } else { format!("{word}, {}", miss.saw) };
            (format!("{}, saw {}", miss.expected, miss.saw), short)
        }
        Outcome::NoAnswer { why, .. } => (why.clone(), why.clone()),
        Outcome::Maintenance => (cell.saw(), format!("{word}, maintenance")),
        Outcome::Pass | Outcome::Broken(_) if state == ProbeState::Up => (cell.saw(), word),
        Outcome::Pass | Outcome::Broken(_) => {
            let (_, needed) = cell.toward(&check.settings);
            let streak = match (state, cell.streak) {
                (ProbeState::Pending, 1..) => format!(", {} of {needed} good readings in a row", cell.streak),
                _ => format!(", {state}"),
            };
            (format!("{}{streak}", cell.saw()), format!("{word}, {state}"))
        }
    }
}

/// Where a server stands; one failure to answer does not move it.
fn stands(row: &Row) -> Option<Stance> {
    let (stance, _) = row.held?;
    (row.settled() == ProbeState::Up || row.stance == Some(stance)).then_some(stance)
}

/// A record as a gate asks for it.
struct Asked<'a> {
    state: &'a State,
    record: &'a Record,
    rows: Vec<&'a Row>,
    /// How many servers stand on the target side.
    on: usize,
    target: Side,
    now: &'a Stamp,
}

pub(super) fn dns<'a>(
    state: &'a State,
    probe: &ProbeId,
    target: Side,
    now: &'a Stamp,
) -> Result<Sight<'a>, Blind> {
    let live = state.live.records.iter().find(|record| record.id() == probe);
    let Some(record) = live else { return Err(Blind::new("there is no such record")) };
    let gap = record.settings.every * GAP + record.settings.timeout;
    let blind = |why: String| Blind::new(why).at(record.read(), Some(gap));
    if let Some(why) = &record.broken {
        return Err(blind(format!("cannot be asked: {why}")));
    }
    let rows: Vec<&Row> = record.asked().collect();
    if record.missing.is_empty() && record.rows.iter().all(|row| row.last.is_none()) {
        return Err(blind("not read yet".to_owned()));
    }
    let wants_authority = record.settings.resolvers.contains(&NameServer::Authoritative);
    if wants_authority && record.authoritative().next().is_none() {
        let why = record.missing.first().cloned();
        return Err(blind(why.unwrap_or_else(|| "no authoritative server is known yet".to_owned())));
    }
    let reads: Option<Vec<Stamp>> = rows.iter().map(|row| row.last.as_ref().map(|(at, _)| *at)).collect();
    let oldest = reads.and_then(|reads| reads.into_iter().min_by_key(|read| read.boot));
    let Some(read) = oldest else { return Err(Blind::new("not every server has answered yet")) };
    if rows.iter().any(|row| row.settled() == ProbeState::Stale) || now.since(&read) > gap {
        return Err(Blind::stale(&read, Some(gap), now));
    }
    let stance = if target == Side::Old { Stance::Old } else { Stance::New };
    let on = rows.iter().filter(|row| stands(row) == Some(stance)).count();
    let asked = Asked { state, record, rows, on, target, now };
    let good = asked.good();
    Ok(Sight { read, gap: Some(gap), now, value: Box::new(move |fact| asked.value(fact)), good })
}

impl Asked<'_> {
    fn value(&self, fact: &Fact) -> Value<'static> {
        let Asked { record, rows, on, .. } = self;
        let all = *on == rows.len();
        match fact {
            Fact::Good => self.sided(|| Value::Bool(all && record.state() == ProbeState::Up)),
            Fact::Share => self.sided(|| share(*on as f64 / rows.len().max(1) as f64)),
            Fact::Safe => self.sided(|| self.safe(all)),
            Fact::Ttl => known(record.authoritative_ttl(), Value::from, "no authoritative server gives one"),
            Fact::Servers => count(rows.len() as u64),
            Fact::State => words(record.state().to_string()),
            Fact::Answer => {
                let kind = &record.settings.kind;
                let replies = rows.iter().filter_map(|row| row.last.as_ref());
                let answers: BTreeSet<String> = replies.map(|(_, reply)| shown_as(kind, reply)).collect();
                words(answers.into_iter().collect::<Vec<_>>().join(" / "))
            }
            Fact::Mixed => self.sided(|| Value::Bool(self.side().is_none())),
            Fact::Side => self.sided(|| words(self.side().map_or("mixed", Stance::word))),
            _ => unknown("a DNS record does not know it"),
        }
    }

    /// A fact that needs to know which answer belongs to which side.
    fn sided(&self, value: impl FnOnce() -> Value<'static>) -> Value<'static> {
        if self.record.has_sides() {
            return value();
        }
        unknown("nothing says what the record should be: give it its `new`")
    }

    /// The one side that all servers stand on.
    fn side(&self) -> Option<Stance> {
        let first = stands(self.rows.first()?)?;
        let same = self.rows.iter().all(|row| stands(row) == Some(first));
        (same && first != Stance::Mixed).then_some(first)
    }

    /// Whether no cache may hold the old answer any more.
    fn safe(&self, all: bool) -> Value<'static> {
        match self.record.safe() {
            Some(safe) => Value::Bool(all && safe.left(self.now).is_none()),
            None if self.record.all_new().is_none() => Value::Bool(false),
            None if self.target == Side::Old => unknown("no TTL of the new answer was seen"),
            // What an earlier session proved holds as long as the servers stay where they are.
            None => known(self.before(), |at| Value::Bool(all && at <= self.now.wall), "no old TTL was seen"),
        }
    }

    /// The safe time that the log has of it.
    fn before(&self) -> Option<DateTime<Utc>> {
        let safe = &self.state.record.safe_time(self.record.id())?.safe;
        DateTime::parse_from_rfc3339(safe).ok().map(|at| at.to_utc())
    }

    /// What is shown of it as a whole, and the word for its row.
    fn good(&self) -> (String, String) {
        let share = format!("{} of {} on {}", self.on, self.rows.len(), self.target);
        let left = self.record.safe().and_then(|safe| safe.left(self.now));
        let left = left.map(|left| format!("safe in {}", text::clock(left)));
        let short = left.clone().filter(|_| self.on == self.rows.len()).unwrap_or_else(|| share.clone());
        let failing = self.record.failing().filter(|_| self.record.state() != ProbeState::Up);
        let clauses: Vec<String> = [Some(share), left, failing].into_iter().flatten().collect();
        (clauses.join(", "), short)
    }
}
