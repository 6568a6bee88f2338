//! A change of the plan in words: in one clause, and what became of each item.

use crate::checklist::diff::Matched;
use crate::checklist::{Checklist, ItemId};
use crate::record::{ItemRecord, ItemState};
use crate::state::State;
use crate::text;

/// Items named in the clause that goes on record; the others are counted.
const NAMED: usize = 5;

/// A change of the plan, read against what was done.
pub(super) struct Told {
    /// In one clause, with what was done and is open again.
    pub what: String,
    /// What became of each item, what was done on them first.
    pub items: Vec<String>,
    /// What was done and is open again, in one clause each.
    pub reopened: Vec<String>,
}

/// Tells a change; `keep`, reworded items are the same steps, `None` while that is not said.
pub(super) fn told(state: &State, matched: &Matched, new: &Checklist, keep: Option<bool>) -> Told {
    let (mut reopened, mut items) = (Vec::new(), Vec::new());
    let of_old = |id: ItemId| quote(&state.plan.checklist, id);
    let of_new = |id: ItemId| quote(new, id);
    for (old, now) in matched.replaced.iter().copied() {
        if let Some(was) = touched(state, old) {
            reopened.push(format!("{} was {was}, is open again as {}", of_old(old), of_new(now)));
        } else {
            items.push(format!("rewritten: {} is {}", of_old(old), of_new(now)));
        }
    }
    for pair in &matched.reworded {
        let (old, now) = (of_old(pair.old), of_new(pair.new));
        match (keep, touched(state, pair.old)) {
            (Some(false), Some(was)) => reopened.push(format!("{old} was {was}, is open again as {now}")),
            (Some(false), None) => items.push(format!("another step: {now} instead of {old}")),
            (_, Some(was)) => items.push(format!("reworded, was {was}: {old} is {now}")),
            (_, None) => items.push(format!("reworded: {old} is {now}")),
        }
    }
    let replaced: Vec<(ItemId, ItemId)> = matched.replaced.clone();
    for id in matched.removed.iter().filter(|id| replaced.iter().all(|(old, _)| old != *id)) {
        match touched(state, *id) {
            Some(was) => items.insert(0, format!("{} was {was}, is no longer in the plan", of_old(*id))),
            None => items.push(format!("removed: {}", of_old(*id))),
        }
    }
    for (now, old) in &matched.map {
        let (from, to) = (phase(&state.plan.checklist, *old), phase(new, *now));
        if let (Some(from), Some(to)) = (from, to)
            && from != to
        {
            items.push(format!("moved: {} from {from} to {to}", of_new(*now)));
        }
    }
    for (from, to) in &matched.renamed {
        items.push(format!("renamed: {} is {}", text::clean(from), text::clean(to)));
    }
    for id in matched.added.iter().filter(|id| replaced.iter().all(|(_, now)| now != *id)) {
        items.push(format!("added: {}", of_new(*id)));
    }
    items.splice(0..0, reopened.iter().cloned());
    Told { what: clause(matched, &reopened), items, reopened }
}

/// How the item that had this id stands, if anybody acted on it.
pub(super) fn touched(state: &State, id: ItemId) -> Option<ItemState> {
    acted(state, id).filter(|item| item.act.is_some() && item.state != ItemState::Open).map(|item| item.state)
}

/// The item of the record that had this id in the plan before.
pub(super) fn acted(state: &State, id: ItemId) -> Option<&ItemRecord> {
    state.record.index.get(&state.record.handle(id)).and_then(|&at| state.record.items.get(at))
}

fn quote(list: &Checklist, id: ItemId) -> String {
    let item = list.items.iter().find(|item| item.id == id);
    format!(
        "“{}”",
        item.map(|item| text::truncate(&text::clean(&item.text), 60).into_owned()).unwrap_or_default()
    )
}

fn phase(list: &Checklist, id: ItemId) -> Option<String> {
    let item = list.items.iter().find(|item| item.id == id)?;
    let title = &list.phases.get(item.phase)?.title;
    Some(format!("“{}”", text::truncate(&text::clean(title), 40)))
}

fn clause(matched: &Matched, reopened: &[String]) -> String {
    let counts = [
        (matched.added.len(), "added"),
        (matched.removed.len(), "removed"),
        (matched.reworded.len(), "reworded"),
        (matched.map.len(), "moved or renamed"),
    ];
    let mut parts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    parts.extend(reopened.iter().take(NAMED).cloned());
    if reopened.len() > NAMED {
        parts.push(format!("{} more open again", reopened.len() - NAMED));
    }
    if parts.is_empty() { "text beside the items".to_owned() } else { parts.join(", ") }
}
