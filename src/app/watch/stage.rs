//! A state on its way through a session of the cockpit that wrote the log, and some that it was in before.

use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use crate::clock::Stamp;
use crate::record::Record;
use crate::signoff::At;
use crate::state::msg::Msg;
use crate::state::{State, update};

/// States that are kept at most.
const KEPT: usize = 32;
/// What is told at least between two that are kept.
const EVERY: usize = 1000;
/// A cockpit looks at its clocks behind every full second.
const BEHIND: TimeDelta = TimeDelta::milliseconds(1);
/// After so many seconds of which nothing at all is recorded it is enough to look every minute.
const QUIET: i64 = 120;

/// A state, and how much of the run it was told.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub state: State,
    /// Lines of the log.
    pub lines: usize,
    /// Measurements.
    pub measured: usize,
    /// It was told all of its session.
    pub whole: bool,
    /// When it was told something last.
    pub at: Stamp,
    /// Wall clock, boot clock and offset of what was told last: the time between is counted on.
    anchor: (DateTime<Utc>, Duration, i32),
    /// How much it was told since one was kept.
    since: usize,
}

impl Stage {
    pub(super) fn new(state: State, lines: usize, measured: usize, at: At) -> Stage {
        let stamp = Stamp { wall: at.wall, offset: at.offset, mono: at.up, boot: at.up };
        Stage {
            state,
            lines,
            measured,
            whole: true,
            at: stamp,
            anchor: (at.wall, at.up, at.offset),
            since: 0,
        }
    }

    /// All clocks at a moment.
    pub(super) fn stamp(&self, at: DateTime<Utc>) -> Stamp {
        let (wall, up, offset) = self.anchor;
        let up = up + (at - wall).to_std().unwrap_or_default();
        Stamp { wall: at, offset, mono: up, boot: up }
    }

    /// What is told now says how the machine's clocks stand.
    pub(super) fn set(&mut self, wall: DateTime<Utc>, up: Duration, offset: Option<i32>) {
        self.anchor = (wall, up, offset.unwrap_or(self.anchor.2));
    }

    /// Tells it something; what it asks for was done then, or not.
    pub(super) fn tell(&mut self, msg: Msg, at: Stamp) {
        let _done_then = update(&mut self.state, msg, &at);
        self.at = at;
        self.since += 1;
    }

    /// When a cockpit woke between what it was told last and that moment.
    pub(super) fn wakes(&self, until: DateTime<Utc>) -> impl Iterator<Item = Stamp> + use<> {
        let (anchor, from) = (self.anchor, self.at.wall);
        let first = from.trunc_subsecs(0) + BEHIND;
        let first = if first > from { first } else { first + TimeDelta::seconds(1) };
        let seconds = (0..QUIET).chain((QUIET..).step_by(60)).map(TimeDelta::seconds);
        seconds.map(move |span| first + span).take_while(move |at| *at < until).map(move |at| {
            let (wall, up, offset) = anchor;
            let up = up + (at - wall).to_std().unwrap_or_default();
            Stamp { wall: at, offset, mono: up, boot: up }
        })
    }
}

/// States that a stage was in, in the order of the run; without their records, which are read anew.
#[derive(Debug)]
pub(super) struct Kept {
    stages: Vec<Stage>,
    every: usize,
}

impl Default for Kept {
    fn default() -> Kept {
        Kept { stages: Vec::new(), every: EVERY }
    }
}

impl Kept {
    /// Keeps a stage as it is, if it was told enough since the last; of too many every second one goes.
    pub(super) fn keep(&mut self, stage: &mut Stage) {
        if stage.since < self.every {
            return;
        }
        stage.since = 0;
        let record = std::mem::take(&mut stage.state.record);
        let place = (stage.lines, stage.measured);
        let at = self.stages.partition_point(|it| (it.lines, it.measured) < place);
        self.stages.insert(at, stage.clone());
        stage.state.record = record;
        if self.stages.len() > KEPT {
            let mut stays = false;
            self.stages.retain(|_| {
                stays = !stays;
                stays
            });
            self.every *= 2;
        }
    }

    /// The last one that was told no more than so many lines and nothing after that moment, in a session that began
    /// with line `from`.
    pub(super) fn before(&self, from: usize, lines: usize, at: DateTime<Utc>) -> Option<&Stage> {
        let fits = |it: &&Stage| it.lines >= from && it.lines <= lines && it.at.wall <= at;
        self.stages.iter().rev().find(fits)
    }

    /// Something came late that belongs to that moment: what was shown since is not what it was.
    pub(super) fn forget_since(&mut self, at: DateTime<Utc>) {
        self.stages.retain(|it| it.at.wall < at);
    }

    /// Lines were taken back.
    pub(super) fn forget_behind(&mut self, lines: usize) {
        self.stages.retain(|it| it.lines <= lines);
    }
}

/// A kept stage with the record of its lines.
pub(super) fn restored(kept: &Stage, record: Record) -> Stage {
    let mut stage = kept.clone();
    stage.state.record = record;
    stage
}
