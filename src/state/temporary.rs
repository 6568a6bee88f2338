//! Temporary states: what is left on for a while, and must be off again before the end.

use super::State;
use crate::checklist::ItemId;
use crate::plan::ItemRules;
use crate::signoff::event::Event;

fn rules(state: &State, id: ItemId) -> Option<&ItemRules> {
    state.planned.get(&id).and_then(|&at| state.plan.rules.items.get(at))
}

/// What begins and what ends with an item's tick.
pub(super) fn follows(state: &State, id: ItemId) -> Vec<Event> {
    let Some(rules) = rules(state, id) else { return Vec::new() };
    let on = |name: &String| state.record.control.open_states().any(|state| state.name == *name);
    let ends = rules.closes.iter().filter(|name| on(name));
    let ends = ends.map(|name| Event::StateClosed { name: name.clone(), item: id });
    let begins = rules.opens.iter().filter(|name| !on(name));
    let begins = begins.map(|name| Event::StateOpened { name: name.clone(), item: id });
    ends.chain(begins).collect()
}

/// What ends with the reopening of an item: what its tick had begun, as if it had not been.
pub(super) fn taken_back(state: &State, id: ItemId) -> Vec<Event> {
    let own = state.record.control.open_states().filter(|state| state.item == id);
    own.map(|state| Event::StateClosed { name: state.name.clone(), item: id }).collect()
}

/// The names of those that are on.
pub(super) fn names(state: &State) -> Vec<String> {
    state.record.control.open_states().map(|state| state.name.clone()).collect()
}
