//! Going back to the old side: who decides it and why, and what is the work while it lasts.

use super::layer::Purpose;
use super::msg::Effect;
use super::{State, Tick, acts, evidence, gates, prompt};
use crate::checklist::PhaseKind;
use crate::clock::Stamp;
use crate::record::ItemState;
use crate::sample::Side;
use crate::signoff::event::{Event, Evidence};
use crate::text;

impl State {
    /// The side that the work leads to: the new one; during a rollback the old.
    #[must_use]
    pub fn aim(&self) -> Side {
        gates::target_side(self)
    }

    /// Whether phases of that kind are the work ahead.
    #[must_use]
    pub fn is_work(&self, kind: PhaseKind) -> bool {
        (kind == PhaseKind::Rollback) == self.record.rolling_back()
    }
}

/// The key: invokes the rollback, or stands it down.
pub(super) fn key(state: &mut State, now: &Stamp) -> Vec<Effect> {
    let purpose =
        if state.record.rolling_back() { Purpose::StandDown } else { Purpose::Rollback(Tick::default()) };
    prompt::ask(state, purpose, now);
    Vec::new()
}

/// What is said before the reason is typed.
pub(super) fn lines(state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    if state.rehearsal() {
        lines.push("REHEARSAL: practice, and recorded as such.".to_owned());
    }
    let count = |rollback: bool| {
        let items = state.record.items.iter().filter(|it| !it.removed && it.state.is_open());
        items.filter(|it| (it.row.kind == PhaseKind::Rollback) == rollback).count()
    };
    if state.record.rolling_back() {
        let open = text::plural(count(true), "step of it is", "steps of it are");
        lines.push(format!("{open} open; the plan's own steps are the work again, towards the new side."));
        return lines;
    }
    let all =
        state.record.items.iter().filter(|it| !it.removed && it.row.kind == PhaseKind::Rollback).count();
    lines.push(match all {
        0 => "The plan has no rollback section: a adds the steps that you take.".to_owned(),
        _ => {
            format!("{} become the work.", text::plural(all, "step of the rollback", "steps of the rollback"))
        }
    });
    let ahead = text::plural(count(false), "open step", "open steps");
    lines.push(format!("{ahead} of the plan will not be reached; they stay in the record."));
    lines.push("Old and new change places: the old side is what must be up.".to_owned());
    let cannot = state.record.items.iter().zip(0..).filter(|(it, _): &(_, usize)| {
        let rules = state.planned.get(&it.row.id).and_then(|&at| state.plan.rules.items.get(at));
        it.state == ItemState::Done && rules.is_some_and(|rules| rules.undo == Some(false))
    });
    let cannot = cannot.count();
    if cannot > 0 {
        let word = text::plural(cannot, "done step cannot", "done steps cannot");
        lines.push(format!("{word} be undone: “rollback cost” lists them (:)."));
    }
    lines
}

/// The line of the log that invokes it.
pub(super) fn invoked(state: &State, reason: &str, now: &Stamp) -> Event {
    let mut seen: Vec<Evidence> = Vec::new();
    for item in state.record.items.iter().filter(|it| it.row.kind == PhaseKind::Rollback) {
        for reading in evidence::of(state, item.row.id, now) {
            if !seen.iter().any(|it| it.probe == reading.probe) {
                seen.push(reading);
            }
        }
    }
    Event::RollbackInvoked { reason: reason.to_owned(), evidence: seen }
}

/// Begins it, with the step that was to be ticked, if one was.
pub(super) fn invoke(state: &mut State, tick: Tick, reason: &str, now: &Stamp) -> Vec<Effect> {
    if tick.items.is_empty() {
        let event = invoked(state, reason, now);
        return acts::send(state, vec![event], "ROLLBACK invoked".to_owned(), false, now);
    }
    acts::tick::go(state, Tick { rollback: Some(reason.to_owned()), ..tick }, now)
}
