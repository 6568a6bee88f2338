//! When the work will have come to its end: from what is planned, scaled by how this run goes.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::State;
use super::super::live::FARTHEST;
use super::super::outline::Phase;
use super::lock::LockState;
use crate::checklist::PhaseKind;
use crate::clock::Stamp;
use crate::record::ItemState;
use crate::sample::Kind;

/// A forecast is made anew so often.
const EVERY: Duration = Duration::from_secs(1);
/// A wait of so long is for another day: the forecast ends before it.
const DAY: Duration = Duration::from_hours(24);
/// From so many steps done on, a phase that nobody has planned is reckoned by how long a step takes in this run.
const STEPS: usize = 5;
/// This run is taken for no faster, and for no slower, than so many times the plan.
const PACE: (f64, f64) = (0.5, 3.0);

/// What can be told of the end.
#[derive(Clone, Debug, PartialEq)]
pub enum Outlook {
    /// It comes in this range.
    Ends {
        /// The earliest.
        least: DateTime<Utc>,
        /// The latest.
        most: DateTime<Utc>,
        /// The wait of a day or more that it ends before.
        until: Option<String>,
    },
    /// Nothing says how long so many phases take.
    Unknown {
        /// How many phases.
        phases: usize,
    },
}

/// A span of time that is not certain.
type Range = (Duration, Duration);

impl State {
    /// When the work will have come to its end; `None` if nothing is open, or before it was reckoned.
    #[must_use]
    pub fn outlook(&self) -> Option<&Outlook> {
        self.schedule.forecast.as_ref().map(|(_, outlook)| outlook)
    }

    /// How long the work on a phase has taken so far, and whether it is the one that work is in.
    #[must_use]
    pub fn spent(&self, phase: usize, now: &Stamp) -> Option<Duration> {
        let of = self.outline.phases.get(phase)?;
        let done = self.schedule.times.together(&of.items);
        if self.current_phase() != Some(phase) {
            return done;
        }
        // What is under way counts from the last act, or from its own start.
        let last = self.schedule.times.last.map(|mark| self.elapsed(mark, now));
        let started = of.items.iter().filter_map(|&index| {
            let item = &self.record.items[index];
            let began = item.started.filter(|_| item.state == ItemState::Started)?;
            let told = item.history.iter().find(|entry| entry.act.at == began)?;
            Some(self.elapsed((&told.act).into(), now))
        });
        let under_way = done.and(last).into_iter().chain(started).max();
        match (done, under_way) {
            (None, None) => None,
            (done, under_way) => Some(done.unwrap_or_default() + under_way.unwrap_or_default()),
        }
    }

    /// By how much this run is behind what was planned for the phases done and under way; negative: ahead. Nothing is
    /// while a rollback runs.
    #[must_use]
    pub fn behind(&self, now: &Stamp) -> Option<TimeDelta> {
        if self.record.rolling_back() {
            return None;
        }
        let current = self.current_phase();
        let (mut actual, mut planned) = (Duration::ZERO, (Duration::ZERO, Duration::ZERO));
        for (at, phase) in self.outline.phases.iter().enumerate() {
            let (Some((least, most)), Some(spent)) = (phase.planned(), self.spent(at, now)) else { continue };
            let over = phase.tally.open == 0;
            if !over && (Some(at) != current || spent <= most) {
                continue;
            }
            actual += spent;
            planned = (planned.0 + if over { least } else { most }, planned.1 + most);
        }
        let delta = |span: Duration| TimeDelta::from_std(span).unwrap_or_default();
        if planned.1.is_zero() {
            None
        } else if actual > planned.1 {
            Some(delta(actual.saturating_sub(planned.1)))
        } else if actual < planned.0 {
            Some(-delta(planned.0.saturating_sub(actual)))
        } else {
            Some(TimeDelta::zero())
        }
    }
}

/// Time passes: a new forecast once a second.
pub(super) fn age(state: &mut State, now: &Stamp) {
    let fresh = |made: &Duration| now.boot.saturating_sub(*made) < EVERY;
    if state.schedule.forecast.as_ref().is_some_and(|(made, _)| fresh(made)) {
        return;
    }
    state.schedule.forecast = make(state, now).map(|outlook| (now.boot, outlook));
}

fn make(state: &State, now: &Stamp) -> Option<Outlook> {
    let pace = pace(state);
    let usual = usual_step(state);
    let (mut end, mut unknown, mut any) = ((Duration::ZERO, Duration::ZERO), 0, false);
    for (at, phase) in state.outline.phases.iter().enumerate() {
        let counts = (phase.kind == PhaseKind::Rollback) == state.record.rolling_back();
        if !counts || phase.tally.open == 0 {
            continue;
        }
        any = true;
        let left = left(state, at, phase, pace, now).or_else(|| {
            let open = u32::try_from(phase.tally.open).unwrap_or(u32::MAX);
            usual.map(|step| (step / 2 * open, step * 2 * open))
        });
        let planned = left.is_some() || matches!(phase.kind, PhaseKind::Criteria | PhaseKind::SignOff);
        let left = copied(state, at, left.unwrap_or_default(), now);
        let walked = walk(state, phase, end, left, now);
        end = walked.end;
        unknown += usize::from(!planned && walked.steps > 0);
        if walked.until.is_some() {
            return Some(told(now, end, walked.until, unknown));
        }
    }
    any.then(|| told(now, end, None, unknown))
}

fn told(now: &Stamp, (least, most): Range, until: Option<String>, unknown: usize) -> Outlook {
    if unknown > 0 {
        return Outlook::Unknown { phases: unknown };
    }
    let then = |span: Duration| now.wall + TimeDelta::from_std(span.min(FARTHEST)).unwrap_or_default();
    Outlook::Ends { least: then(least), most: then(most.max(least)), until }
}

/// How far the way through a phase goes.
struct Walked {
    end: Range,
    /// Steps that were passed.
    steps: usize,
    /// The wait of a day or more that stopped it.
    until: Option<String>,
}

/// Through the open steps of a phase: the locks on the way hold up what stands behind them.
fn walk(state: &State, phase: &Phase, from: Range, left: Range, now: &Stamp) -> Walked {
    let open = u32::try_from(phase.tally.open.max(1)).unwrap_or(u32::MAX);
    let step = (left.0 / open, left.1 / open);
    let mut walked = Walked { end: from, steps: 0, until: None };
    let mut seen = None;
    let items = phase.items.iter().map(|&index| &state.record.items[index]);
    for item in items.filter(|item| item.state.is_open()) {
        let rules = state.planned.get(&item.row.id).and_then(|&at| state.plan.rules.items.get(at));
        // One that stands before several steps is waited for once.
        let lock = rules.and_then(|it| it.lock.as_ref()).filter(|it| seen != Some(it.first));
        let end = &mut walked.end;
        if let Some(lock) = lock {
            seen = Some(lock.first);
            match state.lock_state(lock, now) {
                LockState::Open(_) => {}
                LockState::Counting(left) if left < DAY && lock.least < DAY => {
                    *end = (end.0.max(left), end.1.max(left));
                }
                LockState::Shut(_) if lock.least < DAY => {
                    *end = (end.0 + lock.least, end.1 + lock.most.unwrap_or(lock.least).max(lock.least));
                }
                LockState::Counting(_) | LockState::Shut(_) => {
                    walked.until = Some(state.lock_words(lock));
                    return walked;
                }
            }
        }
        *end = (end.0 + step.0, end.1 + step.1);
        walked.steps += 1;
    }
    walked
}

/// How much of a phase's planned time is left, by its steps and by the clock.
fn left(state: &State, at: usize, phase: &Phase, pace: (f64, f64), now: &Stamp) -> Option<Range> {
    let (least, most) = phase.planned()?;
    let all = phase.tally.all().max(1);
    let open = u32::try_from(phase.tally.open).unwrap_or(u32::MAX);
    let share = |span: Duration| span / u32::try_from(all).unwrap_or(u32::MAX) * open;
    let spent = state.spent(at, now).unwrap_or_default();
    let soonest = share(least).min(least.saturating_sub(spent));
    let latest = share(most).max(most.saturating_sub(spent));
    Some((scale(soonest, pace.0), scale(latest, pace.1)))
}

fn scale(span: Duration, by: f64) -> Duration {
    Duration::try_from_secs_f64(span.as_secs_f64() * by).unwrap_or(FARTHEST).min(FARTHEST)
}

/// How this run goes against the plan: by the phases that are over. Never faster than the fastest, never slower than the
/// slowest that was planned, unless it was.
fn pace(state: &State) -> (f64, f64) {
    let over = state.outline.phases.iter().filter(|phase| phase.tally.open == 0);
    let (mut actual, mut least, mut most) = (0.0, 0.0, 0.0);
    for phase in over {
        if let (Some(planned), Some(spent)) = (phase.planned(), state.schedule.times.together(&phase.items)) {
            actual += spent.as_secs_f64();
            least += planned.0.as_secs_f64();
            most += planned.1.as_secs_f64();
        }
    }
    let fast = if least > 0.0 && actual < least { actual / least } else { 1.0 };
    let slow = if most > 0.0 && actual > most { actual / most } else { 1.0 };
    (fast.max(PACE.0), slow.min(PACE.1))
}

/// How long a step takes in this run: the middle one; `None` before there are enough.
fn usual_step(state: &State) -> Option<Duration> {
    let times = &state.schedule.times;
    let mut all: Vec<Duration> =
        (0..times.items.len()).filter_map(|at| times.item(at)).filter(|took| !took.is_zero()).collect();
    all.sort_unstable();
    (all.len() >= STEPS).then(|| all[all.len() / 2].min(DAY))
}

/// A copy that runs holds up the phase whose gate speaks of it, else the one that work is in.
fn copied(state: &State, at: usize, left: Range, now: &Stamp) -> Range {
    let mut left = left;
    for copy in &state.live.copies {
        let needs = |index: &usize| {
            let item = state.planned.get(&state.record.items[*index].row.id);
            let rules = item.and_then(|&item| state.plan.rules.items.get(item));
            rules.is_some_and(|rules| {
                let subjects = rules.needs.iter().filter_map(|need| need.subject());
                let mut of =
                    subjects.filter(|it| it.kind == Kind::Copy.name() && it.name == copy.settings.name);
                of.next().is_some()
            })
        };
        let phases = &state.outline.phases;
        let phase = phases.iter().position(|phase| phase.items.iter().any(needs)).or(state.current_phase());
        let forecast = copy.forecasts().into_iter().next().filter(|_| phase == Some(at));
        if let Some((least, most)) = forecast.map(|forecast| forecast.left(now)) {
            left = (left.0.max(least), left.1.max(most));
        }
    }
    left
}
