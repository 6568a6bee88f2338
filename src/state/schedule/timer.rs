//! Timers set by hand: they count down across restarts, and ring once.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta};

use super::super::State;
use super::super::attention::{Notice, NoticeKind};
use super::super::control::{Aside, Mood, News, Topic};
use super::lock::whole;
use crate::checklist::ItemId;
use crate::clock::Stamp;
use crate::record::{Mark, control::Timer};
use crate::signoff::event::Event;
use crate::text;

/// No timer is longer.
const LONGEST: Duration = Duration::from_hours(31 * 24);
/// Columns of a timer's text beside an item.
const TEXT: usize = 32;

/// Reads `5m role assignments propagate`: how long, and what for.
pub(in crate::state) fn read(typed: &str) -> Result<(Duration, String), String> {
    let words: Vec<&str> = typed.split_whitespace().collect();
    let span = |count: usize| text::parse_duration(&words[..count].join(" ")).ok().map(|span| (span, count));
    // The longest beginning that is a duration: `1 h 30 min backups`.
    let Some((span, count)) = (1..=words.len().min(4)).rev().find_map(span) else {
        return Err("How long, then what for: 5m role assignments propagate".to_owned());
    };
    if span < Duration::from_secs(1) || span > LONGEST {
        return Err("A timer runs for a second at least, and for 31 days at most".to_owned());
    }
    let what = words[count..].join(" ");
    if what.is_empty() {
        return Err(format!("And what for? {} role assignments propagate", text::exact(span)));
    }
    Ok((span, what))
}

impl State {
    /// What sets a timer from now on.
    pub(in crate::state) fn timer_set(
        &self,
        span: Duration,
        text: String,
        item: Option<ItemId>,
        now: &Stamp,
    ) -> Event {
        let pending: usize = self.desk.pending.iter().map(|pending| pending.timers).sum();
        let known = self.record.control.timers.len() + pending;
        let timer = u32::try_from(known).unwrap_or(u32::MAX).saturating_add(1);
        let due = now.wall + TimeDelta::from_std(span).unwrap_or_default();
        Event::TimerSet { timer, text, due: due.to_rfc3339_opts(SecondsFormat::Millis, true), item }
    }

    /// What is left of a timer.
    #[must_use]
    pub fn timer_left(&self, timer: &Timer, now: &Stamp) -> Duration {
        let due = DateTime::parse_from_rfc3339(&timer.due).map_or(timer.act.at.wall, |at| at.to_utc());
        let span = (due - timer.act.at.wall).to_std().unwrap_or_default();
        span.saturating_sub(self.elapsed(Mark::from(&timer.act), now))
    }

    /// The timers that run, the next to ring first.
    #[must_use]
    pub fn timers(&self, now: &Stamp) -> Vec<(&Timer, Duration)> {
        let running = self.record.control.timers.iter().filter(|timer| timer.rang.is_none());
        let mut all: Vec<_> = running.map(|timer| (timer, self.timer_left(timer, now))).collect();
        all.sort_by_key(|(timer, left)| (*left, timer.number));
        all
    }
}

pub(super) fn asides(state: &State, id: ItemId, now: &Stamp) -> Vec<Aside> {
    let own = state.timers(now).into_iter().filter(|(timer, _)| timer.item == Some(id));
    own.map(|(timer, left)| Aside { mood: Mood::Waiting, words: words(timer, left) }).collect()
}

/// `timer 04:10 role assignments propagate`.
pub(super) fn words(timer: &Timer, left: Duration) -> String {
    let what = text::clean(&timer.text);
    format!("timer {} {}", text::clock(whole(left)), text::truncate(&what, TEXT))
}

pub(super) fn news(state: &State, now: &Stamp) -> Vec<News> {
    let rings = state.timers(now).into_iter().take_while(|(_, left)| left.is_zero());
    rings
        .map(|(timer, _)| News {
            topic: Topic::Timer(timer.number),
            event: Event::TimerRang { timer: timer.number },
            notice: Some(Notice {
                kind: NoticeKind::Lock,
                text: format!("timer: {}", text::truncate(&text::clean(&timer.text), 60)),
            }),
        })
        .collect()
}
