//! The outage: what the log is told of it, and how it stands against its goal.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use super::State;
use super::attention::{Notice, NoticeKind};
use super::control::{News, Topic};
use super::live::outage::{Spell, Unseen};
use crate::checklist::ItemId;
use crate::clock::Stamp;
use crate::config::Edge;
use crate::record::control::Outage;
use crate::record::outage::Sums;
use crate::sample::ProbeState;
use crate::signoff::event::{Event, JumpKind, OutageKind};
use crate::text;

/// Why a gap is one, where the cockpit was not there.
const ABSENT: &str = "the cockpit was not running";
/// Why a gap is one, where the machine was not.
const SLEPT: &str = "the machine slept";
/// Why a gap is one, where nothing else is known.
const SILENT: &str = "no reading came for more than its intervals allow";

/// How long users were not served, so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Not served, or shown the maintenance page.
    pub kind: OutageKind,
    /// The sums, up to now.
    pub sums: Sums,
    /// It lasts.
    pub runs: bool,
    /// The longest allowed.
    pub goal: Option<Duration>,
}

impl Standing {
    /// Four fifths of what is allowed are used up.
    #[must_use]
    pub fn is_close(&self) -> bool {
        self.goal.is_some_and(|goal| self.sums.observed * 5 >= goal * 4)
    }

    /// More than what is allowed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.goal.is_some_and(|goal| self.sums.observed > goal)
    }
}

impl State {
    /// How long users were not served, or saw the maintenance page; `None` if they never did.
    #[must_use]
    pub fn outage(&self, kind: OutageKind, now: &Stamp) -> Option<Standing> {
        let mut sums = self.record.outage(kind, now.wall);
        let told = self.record.control.outage();
        let mut runs = told.is_some_and(|outage| outage.kind == kind);
        // What the log has not been told yet.
        for spell in self.live.outage.spells.iter().filter(|spell| !spell.told && spell.kind == kind) {
            runs |= spell.end.is_none();
            let end = spell.end.map_or(*now, |(end, _)| end);
            let long = spell.began.map_or(Duration::ZERO, |began| end.since(&began));
            sums.observed += long;
            sums.at_most += long + spell.resolution.unwrap_or_default();
        }
        let goal = match kind {
            OutageKind::Outage => self.plan.outage_goal(),
            OutageKind::Maintenance => self.plan.settings.maintenance_goal,
        };
        (runs || !sums.observed.is_zero()).then_some(Standing { kind, sums, runs, goal })
    }

    /// For how long our own line has been suspect.
    #[must_use]
    pub fn line_down(&self, now: &Stamp) -> Option<Duration> {
        self.live.outage.line_down().map(|since| now.since(&since))
    }

    /// Outages that a public check told of, newest first.
    pub fn outages_of<'a>(&'a self, check: &'a str) -> impl Iterator<Item = &'a Outage> {
        self.record.control.outages.iter().rev().filter(move |outage| outage.check.name == check)
    }

    /// Whether an outage that began then was meant to be: the last edge that was ticked before it is a beginning.
    fn is_planned(&self, since: DateTime<Utc>) -> bool {
        let edges = self.record.items.iter().filter_map(|item| {
            let rules = self.plan.rules.items.get(*self.planned.get(&item.row.id)?)?;
            let edge = rules.outage?;
            let act = item.act.as_ref().filter(|_| !item.state.is_open()).map(|act| act.at.wall);
            // Work that takes the service away begins before its tick.
            let at = match edge {
                Edge::Start => item.started.map(|at| at.wall).or(act),
                Edge::End => act,
            };
            Some((at?, edge))
        });
        let before = edges.filter(|(at, _)| *at <= since);
        before.max_by_key(|(at, _)| *at).is_some_and(|(_, edge)| edge == Edge::Start)
    }

    /// Old sides that are meant to be down from an act on, by what has been done so far.
    pub(super) fn settle_expected(&mut self) {
        let done = |item: &usize| {
            let id = self.planned.iter().find(|(_, at)| *at == item).map(|(id, _)| *id);
            let id: Option<ItemId> = id;
            id.and_then(|id| self.record.item(id)).is_some_and(|item| !item.state.is_open())
        };
        let expected: Vec<&str> = self
            .plan
            .rules
            .expected_down
            .iter()
            .filter(|(_, item)| done(item))
            .map(|(check, _)| check.as_str())
            .collect();
        let aim = self.aim();
        for check in &mut self.live.checks {
            check.expect_down(expected.contains(&check.settings.name.as_str()), aim);
        }
    }

    /// From when on nobody looked, before this session.
    fn absent_since(&self) -> Option<DateTime<Utc>> {
        let absence = self.record.control.absences.last()?;
        (absence.act.id.session == self.desk.session).then_some(absence.from)
    }
}

fn told(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// `14 s ± 2 s`: a measured span and how exactly it is known.
#[must_use]
pub fn measured(span: Duration, resolution: Duration) -> String {
    format!("{} ± {}", text::span(span), text::short(resolution))
}

/// What the log is to be told of the outage and of what was not observed.
pub(super) fn news(state: &mut State, now: &Stamp) -> Vec<News> {
    let mut news = Vec::new();
    gaps(state, now, &mut news);
    news.extend(outage(state, now));
    news
}

/// Takes note of what another cockpit has told the log of the outage that is seen here too.
pub(super) fn heed(state: &mut State, now: &Stamp) {
    let _told_by_the_other = outage(state, now);
}

/// Its beginning, or its end.
fn outage(state: &mut State, now: &Stamp) -> Option<News> {
    let running = state.record.control.outage().cloned();
    let Some(running) = running else {
        while state.live.outage.spells.front().is_some_and(|spell| spell.told) {
            // Its end is on record.
            state.live.outage.spells.pop_front();
        }
        let spell = state.live.outage.spells.front()?;
        // While it lasts, its beginning may still turn out to be earlier.
        if spell.end.is_none() && state.live.outage.may_be_earlier(spell) {
            return None;
        }
        return Some(began(state, spell));
    };
    if state.live.outage.spells.is_empty() {
        let spell = Spell {
            check: running.check.clone(),
            kind: running.kind,
            since: DateTime::parse_from_rfc3339(&running.since).map_or(now.wall, |at| at.to_utc()),
            began: None,
            resolution: None,
            saw: running.saw.clone(),
            told: true,
            end: None,
        };
        state.live.outage.inherit(spell);
    }
    let spell = state.live.outage.spells.front_mut()?;
    if spell.kind != running.kind && !spell.told {
        // It went on as another: the log's ends where the other began.
        let (until, resolution) = (spell.since, spell.resolution);
        let lasted = lasted(&running, None, until);
        return Some(ended(state, &running, until, lasted, resolution));
    }
    spell.told = true;
    let (end, resolution) = spell.end?;
    let began = spell.began.map(|began| end.since(&began));
    let lasted = lasted(&running, began, end.wall);
    Some(ended(state, &running, end.wall, lasted, resolution))
}

/// How long it lasted: by the machine's clock within a session, else by the wall's.
fn lasted(running: &Outage, within: Option<Duration>, until: DateTime<Utc>) -> Duration {
    let since = DateTime::parse_from_rfc3339(&running.since).map_or(until, |at| at.to_utc());
    within.unwrap_or_else(|| (until - since).to_std().unwrap_or_default())
}

/// How much later than the truth a moment may be, if no look of this session came before it.
fn blind(state: &State, at: DateTime<Utc>) -> Option<Duration> {
    state.absent_since().and_then(|from| (at - from).to_std().ok())
}

fn began(state: &State, spell: &Spell) -> News {
    let every = || state.live.outage.every(&spell.check).unwrap_or_default();
    let first = spell.resolution.is_none() && blind(state, spell.since).is_none();
    let resolution = spell.resolution.or_else(|| blind(state, spell.since)).unwrap_or_else(every);
    let saw = if first { format!("{}, at the first look", spell.saw) } else { spell.saw.clone() };
    let what = match spell.kind {
        OutageKind::Outage => "users are not served",
        OutageKind::Maintenance => "users see the maintenance page",
    };
    let at = spell.since.format("%H:%M:%SZ");
    let text = format!("{what} since {at}: {} {}", text::clean(&spell.check.name), text::clean(&spell.saw));
    News {
        topic: Topic::Outage,
        event: Event::OutageBegan {
            check: spell.check.clone(),
            kind: spell.kind,
            since: told(spell.since),
            resolution_ms: millis(resolution),
            planned: state.is_planned(spell.since),
            saw,
        },
        notice: Some(Notice { kind: NoticeKind::Down, text }),
    }
}

fn ended(
    state: &State,
    running: &Outage,
    until: DateTime<Utc>,
    lasted: Duration,
    resolution: Option<Duration>,
) -> News {
    let every = || state.live.outage.every(&running.check).unwrap_or_default();
    let resolution = resolution.or_else(|| blind(state, until)).unwrap_or_else(every);
    let exact = resolution + Duration::from_millis(running.resolution_ms);
    let text = match running.kind {
        OutageKind::Outage => format!("users are served again, after {}", measured(lasted, exact)),
        OutageKind::Maintenance => format!("the maintenance page is gone, after {}", measured(lasted, exact)),
    };
    News {
        topic: Topic::Outage,
        event: Event::OutageEnded {
            check: running.check.clone(),
            kind: running.kind,
            until: told(until),
            lasted_ms: millis(lasted),
            resolution_ms: millis(resolution),
        },
        notice: Some(Notice { kind: NoticeKind::Up, text }),
    }
}

/// Time in which probes did not see: each gap once, when it has ended.
fn gaps(state: &mut State, now: &Stamp, news: &mut Vec<News>) {
    absences(state);
    silences(state);
    let known = &state.record.control.gaps;
    let is_known =
        |gap: &Unseen| known.iter().rev().any(|it| it.probe == gap.probe && it.from == told(gap.from));
    let waiting: VecDeque<Unseen> =
        std::mem::take(&mut state.live.outage.gaps).into_iter().filter(|gap| !is_known(gap)).collect();
    for gap in &waiting {
        let users = state.live.outage.is_public(&gap.probe);
        let why = if slept(state, gap, now) { SLEPT } else { &gap.why };
        let (from, to) = (told(gap.from), told(gap.to));
        news.push(News {
            topic: Topic::Gap(format!("{} {from}", gap.probe)),
            event: Event::ProbeGap { probe: gap.probe.clone(), from, to, why: why.to_owned(), users },
            notice: None,
        });
    }
    state.live.outage.gaps = waiting;
}

/// Whether the machine slept in a gap that nothing else explains.
fn slept(state: &State, gap: &Unseen, now: &Stamp) -> bool {
    let until = gap.to.max(now.wall);
    let jumps = state.record.control.jumps.iter().rev();
    gap.why == SILENT
        && jumps
            .filter(|jump| jump.kind == JumpKind::Suspend)
            .any(|jump| gap.from <= jump.act.at.wall && jump.act.at.wall <= until)
}

/// The time before this session, for each public check that has looked now.
fn absences(state: &mut State) {
    let Some(from) = state.absent_since() else { return };
    for (probe, first) in state.live.outage.first_looks() {
        let to = first.wall;
        if from < to {
            state.live.outage.gaps.push_back(Unseen { probe, from, to, why: ABSENT.to_owned() });
        }
    }
}

/// Probes that were stale and are read again.
fn silences(state: &mut State) {
    let mut ended = Vec::new();
    let mut quiet = std::mem::take(&mut state.live.outage.quiet);
    for probe in state.live.probes() {
        let Some(read) = probe.read() else { continue };
        if probe.state() == ProbeState::Stale {
            quiet.entry(probe.id().clone()).or_insert(read);
        } else if let Some(last) = quiet.remove(probe.id()) {
            let (probe, why) = (probe.id().clone(), SILENT.to_owned());
            ended.push(Unseen { probe, from: last.wall, to: read.wall, why });
        }
    }
    state.live.outage.quiet = quiet;
    state.live.outage.gaps.extend(ended);
}
