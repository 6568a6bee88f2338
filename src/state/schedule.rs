//! Time as the plan has it and as it went: locks, due times, timers, durations, the forecast, the window, and where
//! the operator was.
//!
//! Whatever lasts comes from the record alone, so that it survives restarts and days; what is counted here is counted by
//! clocks that nobody can set.

mod bookmark;
mod due;
mod forecast;
mod lock;
mod offer;
mod timer;
mod window;

use std::collections::BTreeSet;
use std::time::Duration;

use super::State;
use super::control::{Aside, News, Obstacle};
use super::msg::Effect;
use crate::checklist::ItemId;
use crate::clock::Stamp;
use crate::record::{Mark, Times};
use crate::signoff::At;

pub use forecast::Outlook;
pub use lock::LockState;

pub(super) use bookmark::{at_resume, on_msg};
pub(super) use offer::offer;
pub(super) use timer::read as read_timer;

/// What is known of time beside the record.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// When this cockpit began.
    began: Stamp,
    /// The boot of this machine.
    boot_id: String,
    /// How long things took so far.
    pub times: Times,
    /// The forecast, and when it was made.
    forecast: Option<(Duration, Outlook)>,
    /// When a key came last.
    typed: Option<Stamp>,
    /// What was said of the window.
    said: BTreeSet<window::Alarm>,
}

impl Schedule {
    pub(super) fn new(now: &Stamp, boot_id: &str) -> Schedule {
        Schedule {
            began: *now,
            boot_id: boot_id.to_owned(),
            times: Times::default(),
            forecast: None,
            typed: None,
            said: BTreeSet::new(),
        }
    }
}

/// The record or the plan has changed.
pub(super) fn renew(state: &mut State) {
    state.schedule.times = state.record.times();
    state.schedule.forecast = None;
}

/// Time passes; what has become true of the window calls the operator.
pub(super) fn age(state: &mut State, now: &Stamp) -> Vec<Effect> {
    forecast::age(state, now);
    window::alarms(state, now)
}

/// Locks in the way of a tick.
pub(super) fn obstacles(state: &State, id: ItemId, now: &Stamp) -> Vec<Obstacle> {
    lock::obstacle(state, id, now).into_iter().collect()
}

/// Locks that open, timers that ring.
pub(super) fn news(state: &State, now: &Stamp) -> Vec<News> {
    let mut news = lock::news(state, now);
    news.extend(timer::news(state, now));
    news
}

/// What stands before an item in time, and when it is due.
pub(super) fn asides(state: &State, id: ItemId, now: &Stamp) -> Vec<Aside> {
    let lock = lock::aside(state, id, now);
    let timers = timer::asides(state, id, now);
    lock.into_iter().chain(due::aside(state, id, now)).chain(timers).collect()
}

impl State {
    /// How long ago a line was written, never more than it can have been.
    ///
    /// Within a boot of the machine its own clock tells, which nobody can set; between boots it is the wall clock.
    #[must_use]
    pub fn elapsed(&self, from: Mark, now: &Stamp) -> Duration {
        let Schedule { began, boot_id, .. } = &self.schedule;
        let all = self.record.since(from, boot_id, At::from(*began), At::from(*now));
        if self.record.same_boot(from, boot_id) {
            return all;
        }
        // A clock that was wrong after a boot and has been set right since was wrong when that began.
        all.min((now.wall - from.at.wall).to_std().unwrap_or_default())
    }

    /// The moment that T+ counts from: the window opens, else users were first not served, else the first act.
    #[must_use]
    pub fn zero(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        let window = || self.plan.settings.window.map(|window| window.start.to_utc());
        let outage = || {
            let first = self.record.control.outages.first()?;
            chrono::DateTime::parse_from_rfc3339(&first.since).ok().map(|at| at.to_utc())
        };
        window().or_else(outage).or_else(|| self.first_act().map(|at| at.wall))
    }

    /// The moment with the offset of the plan's own time zone, if it has one: what the screen shows as local time.
    #[must_use]
    pub fn zoned(&self, now: &Stamp) -> Stamp {
        let offset = self.plan.settings.offset(now.wall).unwrap_or(now.offset);
        Stamp { offset, ..*now }
    }
}
