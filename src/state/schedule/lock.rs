//! Time locks: whether they are open, by the record alone.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::super::State;
use super::super::attention::{Notice, NoticeKind};
use super::super::control::{Aside, Mood, News, Obstacle, Topic};
use super::super::live::{self, Probed};
use crate::checklist::ItemId;
use crate::clock::Stamp;
use crate::plan::rules::{Anchor, Lock};
use crate::record::{ItemRecord, ItemState, Mark};
use crate::signoff::event::{Event, OverrideKind};
use crate::text;

/// Columns of an item's text in a lock's words.
const TEXT: usize = 40;

/// How a time lock stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockState {
    /// It is open; what it counted from.
    Open(Option<DateTime<Utc>>),
    /// It opens by itself.
    Counting(Duration),
    /// What it counts from has not come yet, or cannot be told: in one clause.
    Shut(String),
}

impl State {
    /// The time lock before an item, and how it stands.
    #[must_use]
    pub fn lock(&self, id: ItemId, now: &Stamp) -> Option<(&Lock, LockState)> {
        let lock = self.plan.rules.items.get(*self.planned.get(&id)?)?.lock.as_ref()?;
        Some((lock, self.lock_state(lock, now)))
    }

    /// How a time lock stands.
    #[must_use]
    pub fn lock_state(&self, lock: &Lock, now: &Stamp) -> LockState {
        let since = match &lock.anchor {
            None => return LockState::Shut("it is not clear what it counts from".to_owned()),
            Some(Anchor::At(at)) => return self.until(at.to_utc(), lock.least, now),
            Some(Anchor::Ttl { records, changed }) => return self.ttl(records, *changed, now),
            Some(Anchor::Item(at)) => self.settled(*at, false),
            Some(Anchor::Phase(at)) => self.phase_settled(*at),
        };
        let mark = match since {
            Ok(mark) => mark,
            Err(why) => return LockState::Shut(why),
        };
        let left = lock.least.saturating_sub(self.elapsed(mark, now));
        if left.is_zero() { LockState::Open(Some(mark.at.wall)) } else { LockState::Counting(left) }
    }

    /// A moment has come, by the wall clock and by the one that nobody can set.
    fn until(&self, at: DateTime<Utc>, least: Duration, now: &Stamp) -> LockState {
        let schedule = &self.schedule;
        let up = TimeDelta::from_std(now.boot.saturating_sub(schedule.began.boot)).unwrap_or_default();
        let present = now.wall.min(schedule.began.wall + up);
        let opens = at + TimeDelta::from_std(least).unwrap_or_default();
        match (opens - present).to_std() {
            Ok(left) if !left.is_zero() => LockState::Counting(left),
            _ => LockState::Open(Some(at)),
        }
    }

    /// When an item of the plan was settled; why not, if it is not.
    fn settled(&self, index: usize, whole_phase: bool) -> Result<Mark, String> {
        let item = self.plan.checklist.items.get(index);
        let item = item.and_then(|item| self.record.item(item.id));
        let Some(item) = item else { return Err("what it counts from is no longer in the plan".to_owned()) };
        self.item_settled(item, whole_phase)
    }

    fn item_settled(&self, item: &ItemRecord, whole_phase: bool) -> Result<Mark, String> {
        let counts = match item.state {
            ItemState::Done | ItemState::Skipped | ItemState::NotApplicable => true,
            ItemState::Deferred => whole_phase,
            ItemState::Open | ItemState::Started | ItemState::Failed => false,
        };
        let begun = || self.record.sessions.first().map(|session| Mark::from(&session.act));
        // What the file had ticked was done before the run: nobody knows when, so that it counts from its beginning.
        let mark = counts.then(|| settled_at(self, item).or_else(begun)).flatten();
        mark.ok_or_else(|| {
            format!("“{}” is {}", text::truncate(&text::clean(&item.row.text), TEXT), item.state)
        })
    }

    fn phase_settled(&self, phase: usize) -> Result<Mark, String> {
        let Some(phase) = self.plan.checklist.phases.get(phase) else {
            return Err("what it counts from is no longer in the plan".to_owned());
        };
        let planned = phase.items.clone().map(|index| self.settled(index, true));
        // Steps that came in the run belong to it as well.
        let shown = self.outline.phases.iter().filter(|it| it.title == phase.title).flat_map(|it| &it.items);
        let added = shown.map(|&at| &self.record.items[at]).filter(|item| item.unplanned());
        let added = added.map(|item| self.item_settled(item, true));
        let mut last: Option<Mark> = None;
        for mark in planned.chain(added) {
            let mark = mark?;
            last = last.filter(|last| last.seq >= mark.seq).or(Some(mark));
        }
        last.ok_or_else(|| format!("{} has no steps", phase_name(&phase.title)))
    }

    /// Whether caches may still hold what the records said before.
    fn ttl(&self, records: &[String], changed: bool, now: &Stamp) -> LockState {
        let mut worst = LockState::Open(None);
        for name in records {
            let record = self.live.records.iter().find(|it| it.settings.id() == *name);
            let state = match record {
                None => LockState::Shut(format!("{} is not watched", text::clean(name))),
                Some(record) if changed || record.all_new().is_some() => self.old_answer(record, now),
                Some(record) => old_ttl(record, now),
            };
            worst = match (worst, state) {
                (LockState::Shut(why), _) | (_, LockState::Shut(why)) => LockState::Shut(why),
                (LockState::Counting(a), LockState::Counting(b)) => LockState::Counting(a.max(b)),
                (LockState::Counting(left), _) | (_, LockState::Counting(left)) => LockState::Counting(left),
                (open, _) => open,
            };
        }
        worst
    }

    /// After the change: the safe time, as it is seen now, else as the log has it.
    fn old_answer(&self, record: &live::Record, now: &Stamp) -> LockState {
        if let Some(safe) = record.safe() {
            return safe.left(now).map_or(LockState::Open(Some(safe.since.wall)), LockState::Counting);
        }
        let name = text::clean(record.name()).into_owned();
        let told = self.record.safe_time(record.id());
        let told = told.and_then(|it| Some((it, DateTime::parse_from_rfc3339(&it.safe).ok()?)));
        match told {
            Some((told, safe)) => {
                let least = (safe.to_utc() - told.act.at.wall).to_std().unwrap_or_default();
                let left = least.saturating_sub(self.elapsed(Mark::from(&told.act), now));
                if left.is_zero() {
                    LockState::Open(Some(told.act.at.wall))
                } else {
                    LockState::Counting(left)
                }
            }
            None => LockState::Shut(format!("not all name servers of {name} answer {} yet", self.aim())),
        }
    }
}

/// Before the change: no cache holds an answer for longer than is given out now.
fn old_ttl(record: &live::Record, now: &Stamp) -> LockState {
    let name = text::clean(record.name()).into_owned();
    let Some(given) = record.authoritative_ttl() else {
        return LockState::Shut(format!("no name server of {name} has said its TTL yet"));
    };
    if let Some(goal) = record.settings.ttl_goal
        && given > goal
    {
        return LockState::Shut(format!("the TTL of {name} is still {}", text::short(given)));
    }
    let leases = record.old_ttls().filter_map(|(_, _, ttl, ended)| {
        let ended = ended.filter(|_| ttl > given)?;
        Some((ended.boot + ttl).saturating_sub(now.boot))
    });
    let held = record.asked().filter(|row| !row.server.is_authoritative());
    let held = held.filter_map(|row| record.ttl(row, now)).filter(|left| *left > given);
    let left = leases.chain(held).max().unwrap_or_default();
    if left.is_zero() { LockState::Open(None) } else { LockState::Counting(left) }
}

/// When an item was settled: by its own act, by the decision that closed it, or by the plan's file.
fn settled_at(state: &State, item: &ItemRecord) -> Option<Mark> {
    let closed = item.closed_by.as_deref().and_then(|id| state.record.control.decision(id));
    let act = item.act.as_ref().or(item.ticked_in_file.as_ref());
    closed.map(|decision| Mark::from(&decision.act)).or_else(|| act.map(Mark::from))
}

/// A phase in a lock's words: by the number that it bears, else by its title.
fn phase_name(title: &str) -> String {
    let lower = title.to_lowercase();
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let named = lower.find("phase ").map(|at| digits(&lower[at + "phase ".len()..]));
    let bare = digits(&lower);
    let leads = lower[bare.len()..].starts_with([' ', '.', ')', ':']);
    match named.filter(|number| !number.is_empty()) {
        Some(number) => format!("phase {number}"),
        None if !bare.is_empty() && leads => format!("phase {bare}"),
        None => format!("“{}”", text::truncate(&text::clean(title), TEXT)),
    }
}

impl State {
    /// What a lock asks, in a few words: `24h after phase 6`.
    #[must_use]
    pub fn lock_words(&self, lock: &Lock) -> String {
        let list = &self.plan.checklist;
        let anchor = match &lock.anchor {
            Some(Anchor::Item(at)) => list
                .items
                .get(*at)
                .map(|item| format!("“{}”", text::truncate(&text::clean(&item.text), TEXT))),
            Some(Anchor::Phase(at)) => list.phases.get(*at).map(|phase| phase_name(&phase.title)),
            Some(Anchor::At(at)) => Some(at.format("%-d %b %H:%M %:z").to_string()),
            Some(Anchor::Ttl { changed, .. }) => {
                let what = if *changed { "the old answer is gone" } else { "the old TTL has run out" };
                return format!("until {what}");
            }
            None => None,
        };
        match (anchor, lock.least.is_zero()) {
            (Some(anchor), true) => format!("after {anchor}"),
            (Some(anchor), false) => format!("{} after {anchor}", text::short(lock.least)),
            (None, _) => text::clean(&lock.words).into_owned(),
        }
    }

    /// The lock before a phase's first open item, while it is not open.
    #[must_use]
    pub fn phase_lock(&self, phase: usize, now: &Stamp) -> Option<Aside> {
        let phase = self.outline.phases.get(phase)?;
        let first =
            phase.items.iter().map(|&index| &self.record.items[index]).find(|item| item.state.is_open())?;
        aside(self, first.row.id, now).filter(|aside| aside.mood == Mood::Waiting)
    }
}

/// What an item's row shows of its lock.
pub(super) fn aside(state: &State, id: ItemId, now: &Stamp) -> Option<Aside> {
    let (lock, stands) = state.lock(id, now)?;
    Some(match stands {
        LockState::Open(_) => Aside { mood: Mood::Good, words: "lock open".to_owned() },
        LockState::Counting(left) => {
            Aside { mood: Mood::Waiting, words: format!("opens in {}", text::clock(whole(left))) }
        }
        LockState::Shut(_) => {
            Aside { mood: Mood::Waiting, words: format!("locked: {}", state.lock_words(lock)) }
        }
    })
}

/// A countdown ends with its last second, not before it.
pub(super) fn whole(left: Duration) -> Duration {
    Duration::from_secs(left.as_secs() + u64::from(left.subsec_nanos() > 0))
}

pub(super) fn obstacle(state: &State, item: ItemId, now: &Stamp) -> Option<Obstacle> {
    let (lock, stands) = state.lock(item, now)?;
    let words = state.lock_words(lock);
    let verdict = match stands {
        LockState::Open(_) => return None,
        LockState::Counting(left) => format!("locked: {words}, opens in {}", text::clock(whole(left))),
        LockState::Shut(why) => format!("locked: {words}; {why}"),
    };
    Some(Obstacle { item, kind: OverrideKind::Lock, verdict })
}

/// Locks that have opened and of which the log does not know; one line for all items of a lock.
pub(super) fn news(state: &State, now: &Stamp) -> Vec<News> {
    let list = &state.plan.checklist;
    let of = |index: &usize| list.items.get(*index).and_then(|item| state.record.item(item.id));
    let mut news = Vec::new();
    for group in &state.plan.rules.locks {
        let Some(first) = group.first().and_then(of) else { continue };
        let waits = |item: &ItemRecord| item.state.is_open() && state.record.counts(item);
        let Some(open) = group.iter().filter_map(of).find(|item| waits(item)) else { continue };
        let Some((lock, LockState::Open(since))) = state.lock(open.row.id, now) else { continue };
        let item = first.row.id;
        let known = state.record.control.locks.iter().rev().find(|it| it.item == item);
        let since = since.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true));
        // One that counts from what a probe sees opens once.
        if known.is_some_and(|known| since.as_ref().is_none_or(|since| known.since == *since)) {
            continue;
        }
        let since = since.unwrap_or_else(|| now.wall.to_rfc3339_opts(SecondsFormat::Millis, true));
        let what = text::truncate(&text::clean(&open.row.text), TEXT).into_owned();
        news.push(News {
            topic: Topic::Lock(item),
            event: Event::LockOpened { item, lock: state.lock_words(lock), since },
            notice: Some(Notice { kind: NoticeKind::Lock, text: format!("lock open: {what}") }),
        });
    }
    news
}
