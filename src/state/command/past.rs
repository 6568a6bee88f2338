//! Running a command before its item's time: past a lock, without the role, out of order.
//!
//! A gate holds up the tick alone: often it is the command that brings about what the gate waits for.

use crate::clock::Stamp;
use crate::signoff::event::Event;
use crate::state::control::{self, Obstacle};
use crate::state::layer::Purpose;
use crate::state::msg::Effect;
use crate::state::{State, people, prompt};

use super::Ready;

impl Ready {
    /// What it would be run in spite of, each in one clause, safe to show.
    #[must_use]
    pub fn in_spite_of(&self, state: &State, now: &Stamp) -> Vec<String> {
        obstacles(state, self, now).into_iter().map(|it| it.verdict).collect()
    }
}

fn obstacles(state: &State, ready: &Ready, now: &Stamp) -> Vec<Obstacle> {
    control::before_run(state, ready.item, people::acting(state).unwrap_or_default(), now)
}

/// What is on record before the command: what it was run in spite of, and why.
pub(super) fn gone_past(state: &State, ready: &Ready, reason: &str, now: &Stamp) -> Vec<Event> {
    let event = |Obstacle { item, kind, verdict }| {
        let reason = reason.to_owned();
        Event::GateOverridden { item, kind, verdict, reason }
    };
    obstacles(state, ready, now).into_iter().map(event).collect()
}

/// Goes on to run what was looked at: asks why it is run all the same, then for its word, as far as either is needed.
pub(in crate::state) fn go(
    state: &mut State,
    ready: Ready,
    reason: Option<String>,
    now: &Stamp,
) -> Vec<Effect> {
    let ready = Box::new(ready);
    if reason.is_none() && !obstacles(state, &ready, now).is_empty() {
        prompt::ask(state, Purpose::RunPast(ready), now);
    } else if ready.word.is_some() {
        prompt::ask(state, Purpose::Destroy(ready, reason), now);
    } else {
        return super::start(state, &ready, reason.as_deref(), now);
    }
    Vec::new()
}
