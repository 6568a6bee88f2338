//! How long things took: between acts, by item, by phase; whatever the wall clock did meanwhile.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Act, ItemState, Record};
use crate::signoff::At;
use crate::signoff::event::JumpKind;

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
    /// Of each of [`Record::items`], from when to when; `None` for what nobody has done.
    pub items: Vec<Option<(Duration, Duration)>>,
    /// The last act on an item.
    pub last: Option<Mark>,
}

impl Times {
    /// How long an item took.
    #[must_use]
    pub fn item(&self, index: usize) -> Option<Duration> {
        let (from, to) = self.items.get(index).copied().flatten()?;
        Some(to.saturating_sub(from))
    }

    /// How long these items took together: what was worked on at the same time counts once.
    #[must_use]
    pub fn together(&self, items: &[usize]) -> Option<Duration> {
        let mut spans: Vec<(Duration, Duration)> =
            items.iter().filter_map(|&index| self.items.get(index).copied().flatten()).collect();
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

    /// When each item was worked on: from its start, if that was said, else from what came last before its act: another
    /// act, the start of the cockpit, the opening of the window.
    #[must_use]
    pub fn times(&self) -> Times {
        let Some(zero) = self.sessions.first().map(|session| Mark::from(&session.act)) else {
            return Times { items: vec![None; self.items.len()], last: None };
        };
        let acts = self.items.iter().filter_map(|item| item.act.as_ref());
        let mut marks: Vec<Mark> =
            acts.chain(self.sessions.iter().map(|session| &session.act)).map(Mark::from).collect();
        marks.sort_unstable_by_key(|mark| mark.seq);
        let opens = self.window().map(|(start, _)| start);
        let items = self
            .items
            .iter()
            .map(|item| {
                let act = item.act.as_ref().filter(|_| {
                    matches!(item.state, ItemState::Done | ItemState::Failed | ItemState::Skipped)
                })?;
                let to = Mark::from(act);
                let began = item.started.and_then(|at| {
                    let told = item.history.iter().find(|entry| entry.act.at == at)?;
                    Some(Mark::from(&told.act))
                });
                let before = || {
                    let at = marks.partition_point(|mark| mark.seq < to.seq);
                    at.checked_sub(1).and_then(|at| marks.get(at)).copied()
                };
                let from = began.or_else(before).unwrap_or(to);
                let mut took = self.between(from, to);
                if began.is_none()
                    && let Some(opens) = opens
                    && from.at.wall < opens
                    && let Ok(since) = (to.at.wall - opens).to_std()
                {
                    took = took.min(since);
                }
                let end = self.between(zero, to);
                Some((end.saturating_sub(took), end))
            })
            .collect();
        let last = self.items.iter().filter_map(|item| item.act.as_ref()).max_by_key(|act| act.seq);
        Times { items, last: last.map(Mark::from) }
    }
}
