//! How long things took: between acts, by item, by phase; whatever the wall clock did meanwhile.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Act, ItemRecord, ItemState, Record, SafeTime};
use crate::sample::ProbeId;
use crate::signoff::At;

/// Before the first step of a phase, so long without an act is a pause.
const PAUSE: Duration = Duration::from_hours(1);

/// A moment that the log has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The line.
    pub seq: u64,
    /// The session that made it.
    pub session: u64,
    /// When.
    pub at: At,
}

impl From<&Act> for Mark {
    fn from(act: &Act) -> Mark {
        Mark { seq: act.seq, session: act.id.session, at: act.at }
    }
}

/// A boot of the machine, as far as the log has lines of it.
///
/// Its own clock cannot be set: whatever the wall clock did, also while nobody looked, is nothing to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Boot {
    /// What the machine calls it; empty if that is not known.
    id: String,
    /// Its first session and its newest.
    sessions: (u64, u64),
    first: At,
    last: At,
}

impl Boot {
    /// How long it had been under way.
    fn run_up(&self, at: At) -> Duration {
        at.up.saturating_sub(self.first.up)
    }
}

/// How long nobody wrote between the end of a boot and the next.
fn gap(before: Option<&Boot>, wall: DateTime<Utc>) -> Duration {
    before.and_then(|before| (wall - before.last.wall).to_std().ok()).unwrap_or_default()
}

/// A session begins.
pub(super) fn begin(record: &mut Record, id: &str, act: &Act) {
    let session = act.id.session;
    match record.boots.last_mut().filter(|boot| boot.id == id && !id.is_empty()) {
        Some(boot) => boot.sessions.1 = session,
        None => record.boots.push(Boot {
            id: id.to_owned(),
            sessions: (session, session),
            first: act.at,
            last: act.at,
        }),
    }
    pass(record, act);
}

/// Takes note of a line's time. A line of a session whose first line is not on disk is of no boot that is known.
pub(super) fn pass(record: &mut Record, act: &Act) {
    let Some(boot) = record.boots.last_mut().filter(|boot| boot.sessions.1 == act.id.session) else { return };
    // Set at this very moment, the clock is as it is after that.
    if act.at.up >= boot.last.up {
        boot.last = act.at;
    }
    if act.at.up < boot.first.up {
        boot.first = act.at;
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

    /// How long it was from one line to a later one.
    #[must_use]
    pub fn between(&self, from: Mark, to: Mark) -> Duration {
        match (self.boot_at(from.session), self.boot_at(to.session)) {
            (Some(a), Some(b)) => self.span(from, a, b, to.at),
            _ => (to.at.wall - from.at.wall).to_std().unwrap_or_default(),
        }
    }

    /// How long ago a line was written, on a machine in that boot that has been looking since `began`; nothing as long
    /// as it is not known in which boot the line was written.
    #[must_use]
    pub fn since(&self, from: Mark, boot: &str, began: At, now: At) -> Duration {
        let Some(a) = self.boot_at(from.session) else { return Duration::ZERO };
        if let Some(b) = self.boots.iter().rposition(|it| it.id == boot && !boot.is_empty()) {
            return self.span(from, a, b, now);
        }
        let up = TimeDelta::from_std(now.up.saturating_sub(began.up)).unwrap_or_default();
        self.while_on(from, a, self.boots.len()) + gap(self.boots.last(), began.wall + up)
    }

    /// Whether a line was written in that boot.
    #[must_use]
    pub fn same_boot(&self, from: Mark, boot: &str) -> bool {
        let own = self.boot_at(from.session).and_then(|at| self.boots.get(at));
        own.is_some_and(|own| own.id == boot && !boot.is_empty())
    }

    /// From a line of boot `a` to a moment of boot `b`: what passed while the machine was on is told by its own clock,
    /// and what passed between by the wall clock.
    fn span(&self, from: Mark, a: usize, b: usize, to: At) -> Duration {
        let Some(boot) = self.boots.get(b).filter(|_| a < b) else {
            return to.up.saturating_sub(from.at.up);
        };
        self.while_on(from, a, b) + gap(self.boots.get(b - 1), boot.first.wall) + boot.run_up(to)
    }

    /// From a line of boot `a` to the last one before boot `b`.
    fn while_on(&self, from: Mark, a: usize, b: usize) -> Duration {
        let Some(own) = self.boots.get(a) else { return Duration::ZERO };
        let later = (a + 1..b).filter_map(|at| {
            let boot = self.boots.get(at)?;
            Some(gap(self.boots.get(at - 1), boot.first.wall) + boot.run_up(boot.last))
        });
        own.last.up.saturating_sub(from.at.up) + later.sum::<Duration>()
    }

    /// The boot that a session was in; `None` while its first line is not on disk.
    fn boot_at(&self, session: u64) -> Option<usize> {
        let at = self.boots.partition_point(|boot| boot.sessions.0 <= session).checked_sub(1)?;
        (session <= self.boots.get(at)?.sessions.1).then_some(at)
    }

    /// When no cache holds a record's former answer any more, as the log has it since the migration last changed its
    /// direction: what was proved before is no proof after it.
    #[must_use]
    pub fn safe_time(&self, record: &ProbeId) -> Option<&SafeTime> {
        let turned = self.control.turned();
        let mut since = self.safe_times.iter().rev().take_while(|told| told.act.seq > turned);
        since.find(|told| told.record == *record)
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
