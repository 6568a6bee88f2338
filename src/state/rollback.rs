//! Back to the old side: invoked by a decision with a reason, stood down by another.
//!
//! While it is under way its steps are the work and count alone; the steps of the plan that were not reached stay as they
//! are. Old and new change places for what is aimed at ([`State::aim`]); no probe changes its name.

use super::layer::Purpose;
use super::msg::Effect;
use super::{State, acts, evidence, gates, prompt};
use crate::checklist::PhaseKind;
use crate::clock::Stamp;
use crate::record::Cost;
use crate::sample::Side;
use crate::signoff::event::Event;
use crate::text;

/// Asks why, to begin it or to stand it down.
pub(super) fn ask(state: &mut State, now: &Stamp) {
    let back = state.record.rolling_back();
    prompt::ask(state, if back { Purpose::StandDown } else { Purpose::Rollback }, now);
}

/// What stands above the question whether to begin it.
pub(super) fn before(state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    let phases = state.outline.phases.iter().filter(|phase| phase.kind == PhaseKind::Rollback);
    let steps: usize = phases.map(|phase| phase.items.len()).sum();
    lines.push(match steps {
        0 => "The plan has no steps for it: add them by a as you go.".to_owned(),
        1 => "Its one step becomes the work; the others wait.".to_owned(),
        _ => format!("Its {steps} steps become the work; the others wait."),
    });
    let cost = state.record.rollback_cost();
    if cost.done() > 0 {
        lines.push(costs(&cost));
    }
    lines
}

/// What going back costs, in one sentence.
fn costs(cost: &Cost) -> String {
    let mut parts = Vec::new();
    let mut say = |count: usize, words: String| {
        if count > 0 {
            parts.push(words);
        }
    };
    let (undoable, lost, unknown) = (cost.undoable.len(), cost.lost.len(), cost.unknown.len());
    say(undoable, format!("{undoable} can be undone"));
    say(lost, format!("{lost} cannot be undone"));
    say(unknown, format!("of {unknown} the plan does not say"));
    format!("{} done: {}.", text::plural(cost.done(), "item is", "items are"), parts.join(", "))
}

/// Begins it.
pub(super) fn invoke(state: &mut State, reason: &str, now: &Stamp) -> Vec<Effect> {
    let evidence = evidence::of_run(state, now);
    let events = vec![Event::RollbackInvoked { reason: reason.to_owned(), evidence }];
    acts::send(state, events, "ROLLBACK invoked".to_owned(), false, now)
}

/// Ends it before its end.
pub(super) fn stand_down(state: &mut State, reason: &str, now: &Stamp) -> Vec<Effect> {
    let events = vec![Event::RollbackStoodDown { reason: reason.to_owned() }];
    acts::send(state, events, "rollback stood down".to_owned(), false, now)
}

/// The cursor goes where the work is from now on.
pub(super) fn on_turn(state: &mut State) {
    state.ui.folds.clear();
    state.ui.cursor = super::keys::first_open(state);
}

impl State {
    /// The side that the migration goes to: the new one, and the old one while rolling back.
    #[must_use]
    pub fn aim(&self) -> Side {
        gates::target_side(self)
    }
}
