//! The maintenance window: what is left of it, whether the forecast fits, and who is told.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::State;
use super::super::attention::{self, Notice, NoticeKind};
use super::super::msg::{Access, Effect};
use super::Outlook;
use crate::clock::Stamp;
use crate::text;

/// What is said of the window, each once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Alarm {
    /// So many minutes are left.
    Left(i64),
    /// The forecast is behind its end.
    Tight,
}

/// Minutes before the end at which it is said.
const LEFT: [i64; 2] = [30, 10];

impl State {
    /// By how much even the latest forecast, then the earliest, passes the window's end.
    #[must_use]
    pub fn overshoot(&self) -> Option<(Duration, bool)> {
        let end = self.plan.settings.window?.end.to_utc();
        let Some(Outlook::Ends { least, most, .. }) = self.outlook() else { return None };
        let past = |at: DateTime<Utc>| (at - end).to_std().ok().filter(|past| past.as_secs() >= 60);
        past(*least).map(|past| (past, true)).or_else(|| past(*most).map(|past| (past, false)))
    }
}

/// Calls for what has become true of the window.
pub(in crate::state) fn alarms(state: &mut State, now: &Stamp) -> Vec<Effect> {
    let Some(window) = state.plan.settings.window else { return Vec::new() };
    if state.desk.access != Access::Writer || state.outline.tally.open == 0 {
        return Vec::new();
    }
    let left = window.end.to_utc() - now.wall;
    if now.wall < window.start.to_utc() || left <= TimeDelta::zero() {
        return Vec::new();
    }
    let mut due: Vec<(Alarm, String)> = Vec::new();
    let reached: Vec<i64> = LEFT.into_iter().filter(|minutes| left <= TimeDelta::minutes(*minutes)).collect();
    if let Some(&least) = reached.last()
        && !state.schedule.said.contains(&Alarm::Left(least))
    {
        let left = text::clock(left.to_std().unwrap_or_default());
        due.push((Alarm::Left(least), format!("the window ends in {left}")));
    }
    // What is behind already is not said again later.
    state.schedule.said.extend(reached.into_iter().map(Alarm::Left));
    if let Some((past, true)) = state.overshoot() {
        if state.schedule.said.insert(Alarm::Tight) {
            due.push((Alarm::Tight, format!("forecast is {} past the window", text::age(past))));
        }
    }
    let notices = due.into_iter().map(|(_, text)| Notice { kind: NoticeKind::Window, text });
    notices.filter_map(|notice| attention::call(state, notice, now)).collect()
}
