//! Outages, name servers, comparisons, programs, logs, checks.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::SecondsFormat;
use schemars::JsonSchema;
use serde::Serialize;

use super::acts::{Act, ItemRef, Kept, Moment};
use super::each::Each;
use crate::record::outage::Sums;
use crate::record::{self, Between, CommandEnd, CommandRun, ProbeChange, ReconcileRun, Record, control};
use crate::report::Report;
use crate::sample::{ProbeId, ProbeState};
use crate::signoff::event::{Expected, OutageKind};

/// When users were not served.
#[derive(Serialize, JsonSchema)]
pub(super) struct OutageChapter<'a> {
    /// Up to when the sums are taken: the log's last line; RFC 3339, UTC.
    until: Option<String>,
    /// The first look of a check that users reach; `null` if there was none: then nothing here was measured.
    measured_since: Option<Moment>,
    /// Users got nothing, or something wrong.
    not_served: Sum,
    /// Users saw the page that says so.
    maintenance_page: Sum,
    /// For how long nobody saw whether users were served, in milliseconds.
    not_observed_ms: u64,
    /// Each of them.
    intervals: Each<'a, Interval<'a>>,
    /// Failures that did not last, and are no outage.
    blips: Each<'a, StateChange<'a>>,
}

/// How long it was, all public checks together; no moment counts twice.
#[derive(Serialize, JsonSchema)]
struct Sum {
    /// From each first failed look to the first good one, in milliseconds.
    observed_ms: u64,
    /// With the time between looks, and all that was not observed.
    at_most_ms: u64,
    /// What of the observed was planned.
    planned_ms: u64,
    /// The longest that was allowed, in seconds; `null` if no goal was set.
    goal_s: Option<u64>,
    /// Whether the observed time is within the goal; `null` if there is no goal, or nothing measured it.
    within_goal: Option<bool>,
}

impl Sum {
    fn of(sums: Sums, goal_s: Option<u64>, measured: bool) -> Sum {
        Sum {
            observed_ms: ms(sums.observed),
            at_most_ms: ms(sums.at_most),
            planned_ms: ms(sums.planned),
            goal_s,
            within_goal: goal_s.filter(|_| measured).map(|goal| sums.observed <= Duration::from_secs(goal)),
        }
    }
}

fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl<'a> OutageChapter<'a> {
    pub(super) fn of(report: &'a Report<'a>) -> OutageChapter<'a> {
        let record = report.record;
        let until = record.told_until();
        let sums = |kind| until.map_or_else(Sums::default, |until| record.outage(kind, until));
        let measured = record.measured_since();
        let sum = |kind, goal_s| Sum::of(sums(kind), goal_s, measured.is_some());
        OutageChapter {
            measured_since: measured.map(Moment::from),
            until: until.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true)),
            not_served: sum(OutageKind::Outage, record.plan.outage_goal_s),
            maintenance_page: sum(OutageKind::Maintenance, record.plan.maintenance_goal_s),
            not_observed_ms: ms(record.unobserved()),
            intervals: Each::new(|| record.control.outages.iter().map(|it| Interval::of(report, it))),
            blips: Each::new(|| record.blips().map(|it| StateChange::of(report, it))),
        }
    }
}

/// Time in which users were not served.
#[derive(Serialize, JsonSchema)]
struct Interval<'a> {
    kind: OutageKind,
    /// The check that told first.
    check: String,
    /// The first failed look, RFC 3339.
    since: &'a str,
    /// How much later than the truth that may be, in milliseconds.
    since_resolution_ms: u64,
    /// The first good look, RFC 3339; `null` if nobody saw it.
    until: Option<&'a str>,
    /// How much later than the truth that may be, in milliseconds.
    until_resolution_ms: Option<u64>,
    /// What of it was seen, in milliseconds.
    observed_ms: u64,
    /// It was meant to be.
    planned: bool,
    /// What was seen.
    saw: &'a str,
    /// Items that people acted on meanwhile.
    acted_on: Vec<ItemRef>,
    /// When its beginning was noticed.
    act: Act<'a>,
}

impl<'a> Interval<'a> {
    fn of(report: &Report<'_>, outage: &'a control::Outage) -> Interval<'a> {
        let record = report.record;
        let until = record.told_until();
        Interval {
            kind: outage.kind,
            check: outage.check.to_string(),
            since: &outage.since,
            since_resolution_ms: outage.resolution_ms,
            until: outage.ended.as_ref().map(|end| end.until.as_str()),
            until_resolution_ms: outage.ended.as_ref().map(|end| end.resolution_ms),
            observed_ms: until.map_or(0, |until| ms(record.seen(outage, until))),
            planned: outage.planned,
            saw: &outage.saw,
            acted_on: until
                .map_or_else(Vec::new, |until| ItemRef::all(report, &record.acted_during(outage, until))),
            act: Act::of(report, &outage.act),
        }
    }
}

/// A name server's answer that changed its side.
#[derive(Serialize, JsonSchema)]
pub(super) struct Flip<'a> {
    /// Of which record.
    record: String,
    server: &'a str,
    from: &'a str,
    to: &'a str,
    /// When the first such answer came, RFC 3339.
    since: &'a str,
    /// The answer.
    saw: &'a str,
    /// When it was noticed.
    act: Act<'a>,
}

impl<'a> Flip<'a> {
    pub(super) fn of(report: &Report<'_>, flip: &'a record::Flip) -> Flip<'a> {
        let record::Flip { record, server, from, to, since, saw, act } = flip;
        Flip { record: record.to_string(), server, from, to, since, saw, act: Act::of(report, act) }
    }
}

/// From when on no cache may hold a record's old answer.
#[derive(Serialize, JsonSchema)]
pub(super) struct SafeTime<'a> {
    /// Of which record.
    record: String,
    /// The moment, RFC 3339.
    safe: &'a str,
    /// Why, in words.
    proof: &'a str,
    /// When it was told.
    act: Act<'a>,
}

impl<'a> SafeTime<'a> {
    pub(super) fn of(report: &Report<'_>, told: &'a record::SafeTime) -> SafeTime<'a> {
        let record::SafeTime { record, safe, proof, act } = told;
        SafeTime { record: record.to_string(), safe, proof, act: Act::of(report, act) }
    }
}

/// A comparison of source and target.
#[derive(Serialize, JsonSchema)]
pub(super) struct Comparison<'a> {
    /// Which.
    probe: String,
    /// Who asked for it.
    asked_by: &'a str,
    /// How long it took, in milliseconds.
    took_ms: u64,
    /// Whether all that was expected held.
    good: bool,
    /// Why it cannot be told, if it cannot.
    failed: Option<&'a str>,
    /// What it counted.
    counters: &'a BTreeMap<String, i64>,
    /// What was expected of the counters; with `saw`, what was seen instead.
    expected: Vec<Expectation<'a>>,
    /// When it ended.
    act: Act<'a>,
}

/// One expectation of a comparison.
#[derive(Serialize, JsonSchema)]
struct Expectation<'a> {
    /// As written: `missing == 0`.
    expect: &'a str,
    /// What was seen instead; `null` if it held.
    saw: Option<&'a str>,
}

impl<'a> Comparison<'a> {
    pub(super) fn of(report: &Report<'_>, run: &'a ReconcileRun) -> Comparison<'a> {
        let expected = |it: &'a Expected| Expectation { expect: &it.expect, saw: it.saw.as_deref() };
        Comparison {
            probe: run.probe.to_string(),
            asked_by: &run.asked_by,
            took_ms: run.took_ms,
            good: run.is_good(),
            failed: run.failed.as_deref(),
            counters: &run.counters,
            expected: run.expected.iter().map(expected).collect(),
            act: Act::of(report, &run.act),
        }
    }
}

/// A program that was started from the cockpit.
#[derive(Serialize, JsonSchema)]
pub(super) struct Command<'a> {
    /// Its name.
    job: &'a str,
    /// Program and arguments, secrets masked.
    argv: &'a [String],
    /// The item whose command it is.
    item: Option<ItemRef>,
    /// The command as the plan has it.
    text: Option<&'a str>,
    /// Who started it, and when.
    started: Act<'a>,
    /// How it ended; `null` if it still ran at the end of the log.
    ended: Option<Ended<'a>>,
}

/// How a program ended.
#[derive(Serialize, JsonSchema)]
struct Ended<'a> {
    /// Its exit code; `null` if that is not known.
    exit: Option<i32>,
    /// How long it ran, in milliseconds.
    took_ms: Option<u64>,
    /// What it said.
    output: Option<Kept<'a>>,
    /// Bytes of what it said that are not kept.
    cut: u64,
    /// When that was noticed.
    act: Act<'a>,
}

impl<'a> Command<'a> {
    pub(super) fn of(report: &Report<'_>, run: &'a CommandRun) -> Command<'a> {
        let ended = |end: &'a CommandEnd| Ended {
            exit: end.exit,
            took_ms: end.took_ms,
            output: end.output.as_ref().map(Kept::from),
            cut: end.cut,
            act: Act::of(report, &end.act),
        };
        Command {
            job: &run.job,
            argv: &run.argv,
            item: run.item.map(|id| ItemRef::of(report, id)),
            text: run.text.as_deref(),
            started: Act::of(report, &run.started),
            ended: run.ended.as_ref().map(ended),
        }
    }
}

/// Lines of a log on record.
#[derive(Serialize, JsonSchema)]
pub(super) struct Excerpt<'a> {
    /// Of which log.
    probe: String,
    /// How many lines.
    lines: u32,
    /// The lines.
    file: Kept<'a>,
    item: Option<ItemRef>,
    /// Who put them there, and when.
    act: Act<'a>,
}

impl<'a> Excerpt<'a> {
    pub(super) fn of(report: &Report<'_>, excerpt: &'a record::Excerpt) -> Excerpt<'a> {
        Excerpt {
            probe: excerpt.probe.to_string(),
            lines: excerpt.lines,
            file: Kept::from(&excerpt.blob),
            item: excerpt.item.map(|id| ItemRef::of(report, id)),
            act: Act::of(report, &excerpt.act),
        }
    }
}

/// Lines of a log that were declared as expected.
#[derive(Serialize, JsonSchema)]
pub(super) struct Noise<'a> {
    /// Of which log.
    probe: String,
    /// Which lines: a regular expression.
    pattern: &'a str,
    /// Who said so, and when.
    act: Act<'a>,
}

impl<'a> Noise<'a> {
    pub(super) fn of(report: &Report<'_>, noise: &'a record::Noise) -> Noise<'a> {
        let record::Noise { probe, pattern, act } = noise;
        Noise { probe: probe.to_string(), pattern, act: Act::of(report, act) }
    }
}

/// Changes of state that are only counted.
#[derive(Serialize, JsonSchema)]
pub(super) struct ChangesBetween {
    /// Which.
    probe: String,
    /// When the first of them was recorded.
    from: Moment,
    /// When the last of them was recorded.
    to: Moment,
    /// How many.
    changes: u64,
    /// Of them, those to trouble.
    troubles: u64,
}

impl ChangesBetween {
    pub(super) fn of(probe: &ProbeId, between: &Between) -> ChangesBetween {
        let Between { from, to, seq: _, changes, troubles } = *between;
        ChangesBetween { probe: probe.to_string(), from: from.into(), to: to.into(), changes, troubles }
    }
}

/// A check that changed its state.
#[derive(Serialize, JsonSchema)]
pub(super) struct StateChange<'a> {
    /// Which.
    probe: String,
    from: ProbeState,
    to: ProbeState,
    /// The first reading of the new state, RFC 3339.
    since: &'a str,
    /// What it saw.
    saw: &'a str,
    /// How many changes this stands for.
    changes: u32,
    /// When it was noticed.
    act: Act<'a>,
}

impl<'a> StateChange<'a> {
    pub(super) fn of(report: &Report<'_>, change: &'a ProbeChange) -> StateChange<'a> {
        let ProbeChange { probe, from, to, since, saw, flips, act } = change;
        let (from, to, changes) = (*from, *to, *flips);
        StateChange { probe: probe.to_string(), from, to, since, saw, changes, act: Act::of(report, act) }
    }
}

/// Time in which a check was not asked, or could not be believed.
#[derive(Serialize, JsonSchema)]
pub(super) struct NotAsked<'a> {
    /// Which.
    probe: String,
    /// RFC 3339.
    from: &'a str,
    /// RFC 3339.
    to: &'a str,
    why: &'a str,
    /// Outages of the service are told by it.
    public: bool,
    /// When it was told.
    act: Act<'a>,
}

impl<'a> NotAsked<'a> {
    pub(super) fn of(report: &Report<'_>, gap: &'a control::Gap) -> NotAsked<'a> {
        let control::Gap { probe, from, to, why, users, act } = gap;
        NotAsked { probe: probe.to_string(), from, to, why, public: *users, act: Act::of(report, act) }
    }
}

/// A check's last state.
#[derive(Serialize, JsonSchema)]
pub(super) struct ProbeNow {
    /// Which.
    probe: String,
    state: ProbeState,
}

pub(super) fn states(record: &Record) -> Vec<ProbeNow> {
    let states = record.probe_states.iter();
    states.map(|(probe, state)| ProbeNow { probe: probe.to_string(), state: *state }).collect()
}
