//! Temporary states that items leave on, and sign-offs in milestones.

use super::State;
use crate::checklist::{ItemId, PhaseKind};
use crate::record::control::Temporary;
use crate::signoff::event::Event;
use crate::text;

/// What begins and ends with an item's tick.
pub(super) fn follows(state: &State, id: ItemId) -> Vec<Event> {
    let Some(rules) = state.planned.get(&id).and_then(|&at| state.plan.rules.items.get(at)) else {
        return Vec::new();
    };
    let on = |name: &String| state.record.control.open_states().any(|it| it.name == *name);
    let closes = rules.closes.iter().filter(|name| on(name));
    let closes = closes.map(|name| Event::StateClosed { name: name.clone(), item: id });
    let opens = rules.opens.iter().filter(|name| !on(name));
    let opens = opens.map(|name| Event::StateOpened { name: name.clone(), item: id });
    closes.chain(opens).collect()
}

/// What an item's reopening takes back: what it began ends, what it ended is on again.
pub(super) fn takes_back(state: &State, id: ItemId) -> Vec<Event> {
    let Some(item) = state.item(id) else { return Vec::new() };
    let states = &state.record.control.states;
    let own = states.iter().filter(|it| it.closed.is_none() && it.item == item.row.id);
    let mut events: Vec<Event> =
        own.map(|it| Event::StateClosed { name: it.name.clone(), item: id }).collect();
    let rules = state.planned.get(&id).and_then(|&at| state.plan.rules.items.get(at));
    for name in rules.iter().flat_map(|rules| &rules.closes) {
        let last = states.iter().rev().find(|it| it.name == *name);
        let by_it = |it: &&Temporary| {
            let (Some(closed), Some(act)) = (&it.closed, &item.act) else { return false };
            closed.seq > act.seq && closed.at == act.at && closed.by == act.by
        };
        if let Some(last) = last.filter(by_it) {
            events.push(Event::StateOpened { name: name.clone(), item: last.item });
        }
    }
    events
}

/// The temporary states that are on, by name, safe to show.
pub(super) fn on(state: &State) -> Vec<String> {
    state.record.control.open_states().map(|it| text::clean(&it.name).into_owned()).collect()
}

/// What is said before a sign-off: which milestone, what is open, what was left on, whether the goal was kept.
pub(super) fn lines(state: &State, id: ItemId) -> Vec<String> {
    let mut lines = Vec::new();
    if state.rehearsal() {
        lines.push("REHEARSAL: this signs practice, not the migration.".to_owned());
    }
    let phases = &state.outline.phases;
    let signed: Vec<usize> = (0..phases.len()).filter(|&at| phases[at].kind == PhaseKind::SignOff).collect();
    let here = state.record.index.get(&id).and_then(|&index| state.outline.phase_of(index));
    let number = here.and_then(|here| signed.iter().position(|at| *at == here));
    if let (Some(here), Some(number)) = (here, number) {
        let from = number.checked_sub(1).map_or(0, |before| signed[before] + 1);
        let counted = |at: &usize| phases[*at].kind != PhaseKind::Rollback || state.record.rollback_counts();
        let open: usize = (from..=here).filter(counted).map(|at| phases[at].tally.open).sum();
        // The one that is signed is open itself.
        let open =
            text::plural(open.saturating_sub(1), "other item of it is open", "other items of it are open");
        let title = text::clean(&phases[here].title);
        lines.push(match signed.len() {
            1 => open,
            all => format!("Milestone {} of {all}, {title}: {open}", number + 1),
        });
        if number + 1 < signed.len() {
            lines.push("The run goes on after it.".to_owned());
        }
    }
    let on = on(state);
    if !on.is_empty() {
        let count = text::plural(on.len(), "temporary state is", "temporary states are");
        lines.push(format!("{count} still on: {}. It is recorded with the sign-off.", on.join(", ")));
    }
    if let Some(goal) = state.plan.outage_goal() {
        let longest = state.record.control.outages.iter().filter_map(|it| it.ended.as_ref());
        let all: u64 = longest.map(|end| end.lasted_ms).sum();
        let all = std::time::Duration::from_millis(all);
        let kept = if all <= goal { "kept" } else { "NOT kept" };
        lines.push(format!(
            "Outage {} of {} allowed: the goal was {kept}.",
            text::clock(all),
            text::clock(goal)
        ));
    }
    lines
}
