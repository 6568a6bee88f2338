//! How a run stands, in one line: for a chat, tmux or cron.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use super::{ItemRecord, ItemState, Record};
use crate::sample::ProbeState;
use crate::signoff::event::{OutageKind, RunMode};
use crate::text;

/// A cockpit that is open and has checks writes at least every five minutes: twice that, and a little, is too quiet.
const QUIET: Duration = Duration::from_mins(11);

/// Columns of words from the plan.
const WORDS: usize = 48;

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// The plan's title.
    pub title: String,
    /// The change ticket.
    pub ticket: Option<String>,
    /// Live or rehearsal.
    pub mode: RunMode,
    /// Whether a cockpit writes the log.
    pub pulse: Pulse,
    /// Back to the old side.
    pub rolling_back: bool,
    /// No step is open.
    pub settled: bool,
    /// Steps done.
    pub done: usize,
    /// Steps that apply.
    pub all: usize,
    /// Steps that failed.
    pub failed: usize,
    /// Steps left out.
    pub skipped: usize,
    /// Steps put off.
    pub deferred: usize,
    /// The phase that work is in.
    pub phase: Option<Phase>,
    /// The next open step.
    pub next: Option<String>,
    /// How long users were not served so far, all outages together, in seconds; `null` if nothing measured it.
    #[serde(rename = "outage_s", serialize_with = "some_seconds")]
    pub outage: Option<Duration>,
    /// The longest that was allowed, in seconds.
    pub outage_goal_s: Option<u64>,
    /// Users are not served now, by the last that was recorded.
    pub not_served: bool,
    /// Checks that are not well, by the last that was recorded.
    pub down: Vec<String>,
    /// Issues that are not resolved.
    pub open_issues: usize,
    /// Temporary states that are on.
    pub still_on: Vec<String>,
    /// Sign-offs given.
    pub signoffs: usize,
    /// Those of them with the signature of a key, which is not checked here.
    pub signed: usize,
    /// The log's last line, RFC 3339, UTC.
    #[serde(serialize_with = "moment")]
    pub last: Option<DateTime<Utc>>,
    /// How old that is, in seconds.
    #[serde(rename = "age_s", serialize_with = "seconds")]
    pub age: Duration,
    /// When this was said, RFC 3339, UTC.
    #[serde(serialize_with = "moment")]
    pub now: Option<DateTime<Utc>>,
    /// What needs somebody's attention, in words; nothing if all is well.
    pub attention: Vec<String>,
}

/// Whether a cockpit writes the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pulse {
    /// It is open.
    Open,
    /// It is said to be open, and has not written for too long.
    Quiet,
    /// It was left in good order.
    Left,
}

/// Where in the plan the work is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Phase {
    /// From 1.
    pub number: usize,
    /// Of how many.
    pub of: usize,
    /// Its title.
    pub title: String,
}

impl Status {
    /// How the run stands by its log.
    #[must_use]
    pub fn of(record: &Record, now: DateTime<Utc>) -> Status {
        let last = record.told_until();
        let age = last.and_then(|last| (now - last).to_std().ok()).unwrap_or_default();
        let left = record.sessions.last().is_some_and(|session| session.ended.is_some());
        let pulse = match left {
            true => Pulse::Left,
            false if age > QUIET && !record.probe_states.is_empty() => Pulse::Quiet,
            false => Pulse::Open,
        };
        // What nobody looked at any more did not go on.
        let until = if pulse == Pulse::Open { now } else { last.unwrap_or(now) };
        // While rolling back, its steps are all that counts.
        let counts = |item: &&ItemRecord| {
            record.counts(item) && (record.is_work(item.row.kind) || !record.rolling_back())
        };
        let work = || record.items.iter().filter(|item| !item.removed).filter(counts);
        let count = |is: fn(ItemState) -> bool| work().filter(|item| is(item.state)).count();
        let open = count(ItemState::is_open);
        let ongoing =
            record.control.outages.iter().any(|it| it.kind == OutageKind::Outage && it.ended.is_none());
        let (phase, next) = place(record);
        let mut status = Status {
            title: record.plan.title.clone(),
            ticket: record.plan.ticket.clone(),
            mode: record.run.as_ref().map(|run| run.mode).unwrap_or_default(),
            pulse,
            rolling_back: record.rolling_back(),
            settled: open == 0,
            done: count(|state| state == ItemState::Done),
            all: count(|state| state != ItemState::NotApplicable),
            failed: count(|state| state == ItemState::Failed),
            skipped: count(|state| state == ItemState::Skipped),
            deferred: count(|state| state == ItemState::Deferred),
            phase,
            next,
            outage: record.measured_since().map(|_| record.outage(OutageKind::Outage, until).observed),
            outage_goal_s: record.plan.outage_goal_s,
            not_served: ongoing && pulse != Pulse::Left,
            down: Vec::new(),
            open_issues: record.issues.iter().filter(|issue| issue.resolved.is_none()).count(),
            still_on: record.control.open_states().map(|state| state.name.clone()).collect(),
            signoffs: record.signoffs.len(),
            signed: record.signoffs.iter().filter(|signoff| !signoff.signatures.is_empty()).count(),
            last,
            age,
            now: Some(now),
            attention: Vec::new(),
        };
        // What was seen before the cockpit was left says nothing of now.
        let states = record.probe_states.iter().filter(|_| pulse != Pulse::Left);
        status.see(
            states.filter(|(_, state)| is_trouble(**state)).map(|(probe, _)| probe.to_string()).collect(),
        );
        status
    }

    /// Takes what is known better of the checks than the log says.
    pub fn see(&mut self, down: Vec<String>) {
        self.down = down;
        let goal = self.outage_goal_s.map(Duration::from_secs).filter(|goal| self.outage > Some(*goal));
        let all = [
            (self.failed > 0).then(|| format!("{} failed", text::plural(self.failed, "step", "steps"))),
            self.not_served.then(|| "users are not served".to_owned()),
            goal.map(|goal| format!("the outage is longer than its goal of {}", text::exact(goal))),
            (!self.down.is_empty()).then(|| format!("not well: {}", self.down.join(" "))),
            (self.pulse == Pulse::Quiet)
                .then(|| format!("the cockpit has written nothing for {}", text::age(self.age))),
        ];
        self.attention = all.into_iter().flatten().collect();
    }

    /// 0 if all is well, 1 if something needs attention.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        u8::from(!self.attention.is_empty())
    }
}

/// It needs somebody.
fn is_trouble(state: ProbeState) -> bool {
    use ProbeState::{Died, Down, FinishedWithErrors, Flapping, Silent, Stalled};
    matches!(state, Down | Flapping | Stalled | FinishedWithErrors | Died | Silent)
}

/// The phase that work is in, and the next open step: from where the last act was on, else from the beginning.
fn place(record: &Record) -> (Option<Phase>, Option<String>) {
    let phases: Vec<_> = record.phases().into_iter().filter(|phase| record.is_work(phase.kind)).collect();
    let items = |at: &usize| phases[*at].items.iter().filter_map(|&item| record.items.get(item));
    let is_open = |item: &&ItemRecord| !item.removed && item.state.is_open();
    let acted = |at: &usize| items(at).filter_map(|item| item.act.as_ref()).map(|act| act.seq).max();
    let last = (0..phases.len()).filter_map(|at| Some((acted(&at)?, at))).max().map_or(0, |(_, at)| at);
    let mut open = (0..phases.len()).filter(|at| items(at).any(|item| is_open(&item)));
    let first = open.clone().next();
    let Some(at) = open.find(|&at| at >= last).or(first) else { return (None, None) };
    let phase = Phase { number: at + 1, of: phases.len(), title: phases[at].title.clone() };
    (Some(phase), items(&at).find(is_open).map(|item| item.row.text.clone()))
}

fn words(outside: &str) -> String {
    text::truncate(&text::clean(outside), WORDS).into_owned()
}

/// The run in one line, with nothing in it that a terminal obeys.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mode == RunMode::Rehearsal {
            f.write_str("REHEARSAL ")?;
        }
        if self.rolling_back {
            f.write_str("ROLLBACK ")?;
        }
        write!(f, "{}: {} of {} done", text::clean(&self.title), self.done, self.all)?;
        let counts = [(self.failed, "failed"), (self.skipped, "skipped"), (self.deferred, "deferred")];
        for (count, word) in counts.iter().filter(|(count, _)| *count > 0) {
            write!(f, ", {count} {word}")?;
        }
        match &self.phase {
            Some(phase) => write!(f, " · phase {} of {}, {}", phase.number, phase.of, words(&phase.title))?,
            None if self.all > 0 && self.failed == 0 => f.write_str(" · every step is settled")?,
            None => f.write_str(" · no step is open")?,
        }
        if let Some(next) = &self.next {
            write!(f, " · next: {}", words(next))?;
        }
        let outage = self.outage.unwrap_or_default();
        if self.not_served || !outage.is_zero() {
            let now = if self.not_served { "users NOT SERVED, " } else { "" };
            write!(f, " · {now}outage {}", text::span(outage))?;
            if let Some(goal) = self.outage_goal_s {
                write!(f, " of {}", text::exact(Duration::from_secs(goal)))?;
            }
        }
        if !self.down.is_empty() {
            write!(f, " · not well: {}", text::clean(&self.down.join(" ")))?;
        }
        if self.open_issues > 0 {
            write!(f, " · {}", text::plural(self.open_issues, "open issue", "open issues"))?;
        }
        if !self.still_on.is_empty() {
            write!(f, " · still on: {}", words(&self.still_on.join(", ")))?;
        }
        if self.signoffs > 0 {
            write!(f, " · {}, ", text::plural(self.signoffs, "sign-off", "sign-offs"))?;
            match self.signed {
                0 => f.write_str("not signed")?,
                signed if signed == self.signoffs => f.write_str("signers not checked")?,
                signed => write!(f, "{signed} signed, signers not checked")?,
            }
        }
        let age = text::age(self.age);
        match self.pulse {
            Pulse::Open => write!(f, " · last entry {age} ago")?,
            Pulse::Quiet => write!(f, " · QUIET for {age}")?,
            Pulse::Left if self.settled => write!(f, " · finished {age} ago")?,
            Pulse::Left => write!(f, " · cockpit left {age} ago")?,
        }
        let Some(last) = self.last else { return Ok(()) };
        let is_today = self.now.is_some_and(|now| now.date_naive() == last.date_naive());
        write!(f, " ({})", last.format(if is_today { "%H:%M:%SZ" } else { "%Y-%m-%d %H:%M:%SZ" }))
    }
}

fn seconds<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(span.as_secs())
}

#[expect(clippy::ref_option, reason = "serde's signature")]
fn some_seconds<S: Serializer>(span: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    span.map(|span| span.as_secs()).serialize(serializer)
}

#[expect(clippy::ref_option, reason = "serde's signature")]
fn moment<S: Serializer>(at: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checklist::{Options, parse};
    use crate::record::Session;
    use crate::signoff::event::rows;

    /// A run of three steps, whose last line is so many minutes old.
    fn run(states: [ItemState; 3], left: bool, minutes: i64, change: impl Fn(&mut Record)) -> Status {
        let now: DateTime<Utc> = "2026-11-21T06:42:10Z".parse().unwrap();
        let last = crate::signoff::At {
            wall: now - chrono::TimeDelta::minutes(minutes),
            offset: 0,
            up: Duration::from_secs(9),
        };
        let list = parse(b"## One\n- [ ] a\n- [ ] b\n## Two\n- [ ] \x1b[31mc\n", &Options::default());
        let mut record = Record::default();
        record.plan.title = "Move".to_owned();
        record.items = rows(&list).into_iter().map(ItemRecord::new).collect();
        for (item, state) in record.items.iter_mut().zip(states) {
            item.state = state;
        }
        let act = crate::record::Act {
            seq: 1,
            id: crate::signoff::ActId { session: 1, n: 1 },
            at: last,
            by: "dana".to_owned(),
            via: crate::signoff::Via::default(),
        };
        let ended = left.then(|| crate::record::Entry { act: act.clone(), text: "left".to_owned() });
        let tool = "cutover".to_owned();
        record.sessions.push(Session { tool, boot_id: String::new(), pid: 1, act, ended });
        record.control.last = Some(last);
        record.probe_states.insert("health/api/new".parse().unwrap(), ProbeState::Up);
        change(&mut record);
        Status::of(&record, now)
    }

    #[test]
    fn a_line_for_each_way_a_run_can_stand() {
        use ItemState::{Done, Failed, NotApplicable, Open, Skipped};
        let plain = |_: &mut Record| ();
        let down = |record: &mut Record| {
            record.probe_states.insert("health/api/new".parse().unwrap(), ProbeState::Down);
        };
        for (status, line, code) in [
            (
                run([Done, Open, Open], false, 1, plain),
                "Move: 1 of 3 done · phase 1 of 2, One · next: b · last entry 60s ago (06:41:10Z)",
                0,
            ),
            (
                run([Done, NotApplicable, Open], false, 12, plain),
                "Move: 1 of 2 done · phase 2 of 2, Two · next: c · QUIET for 12m (06:30:10Z)",
                1,
            ),
            (
                run([Done, Skipped, Done], true, 600, down),
                "Move: 2 of 3 done, 1 skipped · every step is settled · finished 10h ago (2026-11-20 20:42:10Z)",
                0,
            ),
            (
                run([Done, Failed, Done], true, 600, plain),
                "Move: 2 of 3 done, 1 failed · no step is open · finished 10h ago (2026-11-20 20:42:10Z)",
                1,
            ),
            (
                run([Done, Open, Open], false, 1, down),
                "Move: 1 of 3 done · phase 1 of 2, One · next: b · not well: health/api/new · last entry 60s ago (06:41:10Z)",
                1,
            ),
            (
                run([Open, Open, Open], true, 60, |record| record.plan.title = "A\u{1b}[2J".to_owned()),
                "A: 0 of 3 done · phase 1 of 2, One · next: a · cockpit left 60m ago (05:42:10Z)",
                0,
            ),
        ] {
            assert_eq!((status.to_string().as_str(), status.exit_code()), (line, code));
        }
    }
}
