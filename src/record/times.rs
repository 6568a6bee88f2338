//! How long things took: between acts, by item, by phase; whatever the wall clock did meanwhile.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Act, ItemRecord, ItemState, Record};
use crate::signoff::At;
use crate::signoff::event::JumpKind;

/// Before the first step of a phase, so long without an act is a pause.
const PAUSE: Duration = Duration::from_hours(1);

/// A moment that the log has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The line.
    pub seq: u64,
    /// When.
    pub at: At,
}

impl From<&Act> for Mark {
    fn from(act: &Act) -> Mark {
        Mark { seq: act.seq, at: act.at }
    }
}

/// When each item was worked on, counted from the beginning of the run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Times {
    /// Of each of [`Record::items`], from when to when; an item that was reopened has several spans, what nobody has done
    /// none.
    pub items: Vec<Vec<(Duration, Duration)>>,
    /// The last act on an item.
    pub last: Option<Mark>,
}

impl Times {
    /// How long an item took.
    #[must_use]
    pub fn item(&self, index: usize) -> Option<Duration> {
        let spans = self.items.get(index).filter(|spans| !spans.is_empty())?;
        Some(spans.iter().map(|(from, to)| to.saturating_sub(*from)).sum())
    }

    /// How long these items took together: what was worked on at the same time counts once.
    #[must_use]
    pub fn together(&self, items: &[usize]) -> Option<Duration> {
        let mut spans: Vec<(Duration, Duration)> =
            items.iter().filter_map(|&index| self.items.get(index)).flatten().copied().collect();
        spans.sort_unstable();
        let (mut all, mut end) = (Duration::ZERO, Duration::ZERO);
        for &(from, to) in &spans {
            all += to.saturating_sub(from.max(end));
            end = end.max(to);
        }
        (!spans.is_empty()).then_some(all)
    }
}

impl Record {
    /// The session that wrote a line: its place in [`Record::sessions`].
    #[must_use]
    pub fn session_of(&self, seq: u64) -> Option<usize> {
        self.sessions.partition_point(|session| session.act.seq <= seq).checked_sub(1)
    }

    /// The boot of the machine in which a line was written.
    #[must_use]
    pub fn boot_of(&self, seq: u64) -> Option<&str> {
        let session = self.sessions.get(self.session_of(seq)?)?;
        Some(&session.boot_id).filter(|id| !id.is_empty()).map(String::as_str)
    }

    /// By how much the wall clock was set in all, by lines behind `from` up to `to`.
    #[must_use]
    pub fn stepped(&self, from: u64, to: u64) -> TimeDelta {
        let steps = self.control.jumps.iter().filter(|jump| jump.kind == JumpKind::Step);
        let between = steps.filter(|jump| jump.act.seq > from && jump.act.seq <= to);
        TimeDelta::milliseconds(between.map(|jump| jump.by_ms).fold(0, i64::saturating_add))
    }

    /// How long it was from one line to a later one.
    #[must_use]
    pub fn between(&self, from: Mark, to: Mark) -> Duration {
        if let (Some(a), Some(b)) = (self.boot_of(from.seq), self.boot_of(to.seq))
            && a == b
        {
            return to.at.up.saturating_sub(from.at.up);
        }
        let wall = to.at.wall - from.at.wall - self.stepped(from.seq, to.seq);
        wall.to_std().unwrap_or_default()
    }

    /// How long a phase took in the run that durations are planned by; `line` tells headings of one title apart.
    #[must_use]
    pub fn rehearsed(&self, title: &str, line: Option<u32>) -> Option<Duration> {
        let rows = || self.plan.phases.iter().filter(|row| row.title == title);
        let exact = rows().find(|row| Some(row.line) == line);
        exact.or_else(|| rows().next())?.rehearsed_s.map(Duration::from_secs)
    }

    /// The planned window: its beginning and its end.
    #[must_use]
    pub fn window(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let (start, end) = self.plan.window.as_ref()?;
        let read = |text: &str| DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
        Some((read(start)?, read(end)?))
    }

    /// When each item was worked on, every try of it: from its start, if that was said, else from what came last before
    /// its act: another act, the start of the cockpit, the opening of the window. Of the first step of a phase after a
    /// long pause it is not known.
    #[must_use]
    pub fn times(&self) -> Times {
        let Some(zero) = self.sessions.first().map(|session| Mark::from(&session.act)) else {
            return Times { items: vec![Vec::new(); self.items.len()], last: None };
        };
        // Whoever reopens something has often worked on it already.
        let turns = self.items.iter().flat_map(|item| {
            let turns = item.turns.iter().filter(|(state, _)| *state != ItemState::Open);
            turns.map(|(_, act)| (Mark::from(act), Some(&item.row.phase)))
        });
        let sessions = self.sessions.iter().map(|session| (Mark::from(&session.act), None));
        let mut marks: Vec<(Mark, Option<&String>)> = turns.chain(sessions).collect();
        marks.sort_unstable_by_key(|(mark, _)| mark.seq);
        let opens = self.window().map(|(start, _)| start);
        let took = |item: &ItemRecord, to: Mark| {
            let before = marks.partition_point(|(mark, _)| mark.seq < to.seq).checked_sub(1);
            let Some(&(from, phase)) = before.and_then(|at| marks.get(at)) else {
                return Some(Duration::ZERO);
            };
            let took = self.between(from, to);
            let opened = opens.filter(|opens| from.at.wall < *opens);
            let since = opened.and_then(|opens| (to.at.wall - opens).to_std().ok());
            let took = since.map_or(took, |since| took.min(since));
            // Nobody knows when the work on a phase began that was left alone for so long.
            (took < PAUSE || phase == Some(&item.row.phase)).then_some(took)
        };
        let items = self.items.iter().map(|item| {
            let worked = |state| matches!(state, ItemState::Done | ItemState::Failed | ItemState::Skipped);
            let spans = item.turns.iter().enumerate().filter(|(_, (state, _))| worked(*state));
            let spans = spans.filter_map(|(at, (_, act))| {
                let to = Mark::from(act);
                let said = at.checked_sub(1).and_then(|before| item.turns.get(before));
                let said = said.filter(|(state, _)| *state == ItemState::Started);
                let took = match said {
                    Some((_, began)) => self.between(Mark::from(began), to),
                    None => took(item, to)?,
                };
                let end = self.between(zero, to);
                Some((end.saturating_sub(took), end))
            });
            spans.collect()
        });
        let items = items.collect();
        let last = self.items.iter().filter_map(|item| item.act.as_ref()).max_by_key(|act| act.seq);
        Times { items, last: last.map(Mark::from) }
    }
}
