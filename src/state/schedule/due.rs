//! When steps and phases are due, by the plan's words.

use chrono::{DateTime, Days, FixedOffset, NaiveDateTime, TimeDelta, TimeZone, Utc};

use super::super::State;
use super::super::control::{Aside, Mood};
use crate::checklist::{Due, ItemId};
use crate::clock::{self, Stamp};
use crate::text;

/// A clock time is looked for so near behind the beginning of the window or the run.
const NEAR: TimeDelta = TimeDelta::hours(6);
/// From so long before on, what is due soon stands out.
const SOON: TimeDelta = TimeDelta::minutes(5);

impl State {
    /// The moment that words mean; `None` for `T-60` where nothing says when the window opens.
    #[must_use]
    pub fn due_at(&self, due: Due, now: &Stamp) -> Option<DateTime<Utc>> {
        let window = self.plan.settings.window;
        let (time, utc) = match due {
            Due::Relative(seconds) => return Some(window?.start.to_utc() + TimeDelta::seconds(seconds)),
            Due::Clock { time, utc } => (time, utc),
        };
        let begun = || self.record.run.as_ref().map_or(now.wall, |run| run.at.wall);
        let near = window.map_or_else(
            || begun() + NEAR,
            |window| window.start.to_utc() + ((window.end - window.start) / 2).min(NEAR),
        );
        let moment = |there: NaiveDateTime| match (utc, self.plan.settings.tz) {
            (true, _) => Some(there.and_utc()),
            (false, Some(tz)) => tz.from_local_datetime(&there).earliest().map(|at| at.to_utc()),
            (false, None) => {
                let zone = FixedOffset::east_opt(now.offset)?;
                zone.from_local_datetime(&there).single().map(|at| at.to_utc())
            }
        };
        let offset = if utc { 0 } else { self.plan.settings.offset(near).unwrap_or(now.offset) };
        let day = clock::local(near, offset).date_naive();
        let days = [day.checked_sub_days(Days::new(1)), Some(day), day.checked_add_days(Days::new(1))];
        let moments = days.into_iter().flatten().filter_map(|day| moment(day.and_time(time)));
        moments.min_by_key(|at| (*at - near).abs())
    }

    /// When an item is due: by its own words, else as the first one under its heading.
    #[must_use]
    pub fn item_due(&self, id: ItemId, now: &Stamp) -> Option<DateTime<Utc>> {
        let list = &self.plan.checklist;
        let index = *self.planned.get(&id)?;
        let item = list.items.get(index)?;
        let heading = || {
            let section = list.phases.get(item.phase)?.sections.get(item.section?)?;
            section.due.filter(|_| section.items.start == index)
        };
        self.due_at(item.due.or_else(heading)?, now)
    }

    /// When a phase is due to begin, while it has not; `late` of it.
    #[must_use]
    pub fn phase_due(&self, phase: usize, now: &Stamp) -> Option<Aside> {
        let phase = self.outline.phases.get(phase)?;
        let first = self.record.items.get(*phase.items.first()?)?;
        if phase.acted.is_some() || phase.tally.open == 0 {
            return None;
        }
        let planned = self.plan.checklist.items.get(*self.planned.get(&first.row.id)?)?;
        let due = self.plan.checklist.phases.get(planned.phase)?.due?;
        Some(words(self.due_at(due, now)?, now))
    }
}

pub(super) fn aside(state: &State, id: ItemId, now: &Stamp) -> Option<Aside> {
    Some(words(state.item_due(id, now)?, &state.zoned(now)))
}

/// `due 06:30, in 12m`, `8m late`.
fn words(at: DateTime<Utc>, now: &Stamp) -> Aside {
    let left = at - now.wall;
    let span = text::age(left.abs().to_std().unwrap_or_default());
    if left <= TimeDelta::zero() {
        return Aside { mood: Mood::Bad, words: format!("{span} late") };
    }
    let (there, today) = (clock::local(at, now.offset), now.local());
    let day = if there.date_naive() == today.date_naive() { "%H:%M" } else { "%-d %b %H:%M" };
    let mood = if left <= SOON { Mood::Waiting } else { Mood::Plain };
    Aside { mood, words: format!("due {}, in {span}", there.format(day)) }
}
