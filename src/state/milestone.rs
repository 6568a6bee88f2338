//! Sign-offs come in milestones: each sign-off phase ends what stands before it, back to the one before.

use super::{State, schedule, signing, temporary};
use crate::checklist::{ItemId, PhaseKind};
use crate::clock::Stamp;
use crate::record::{ItemRecord, ItemState};
use crate::signoff::event::Event;
use crate::text;

/// What stands above the question for a signature: what it would be given in spite of.
/// Without an item it is the run that is signed.
pub(super) fn before(state: &State, id: Option<ItemId>, now: &Stamp) -> Vec<String> {
    let mut lines = Vec::new();
    if state.rehearsal() {
        lines.push("This is a REHEARSAL: what is signed is the rehearsal.".to_owned());
    }
    let items = ended_by(state, id);
    let count = |wanted: fn(&ItemRecord) -> bool| items.iter().filter(|item| wanted(item)).count();
    let open = count(|item| item.state.is_open() && item.row.kind == PhaseKind::Work);
    let criteria = count(|item| item.state.is_open() && item.row.kind == PhaseKind::Criteria);
    let failed = count(|item| item.state == ItemState::Failed);
    let mut clauses = Vec::new();
    if open > 0 {
        clauses.push(text::plural(open, "item is open", "items are open"));
    }
    if failed > 0 {
        clauses.push(text::plural(failed, "item has failed", "items have failed"));
    }
    if criteria > 0 {
        clauses.push(text::plural(criteria, "criterion is not confirmed", "criteria are not confirmed"));
    }
    lines.push(match clauses.len() {
        0 => "Everything before it is settled.".to_owned(),
        _ => format!("Before it {}.", clauses.join(", ")),
    });
    let (skipped, deferred) =
        (count(|item| item.state == ItemState::Skipped), count(|item| item.state == ItemState::Deferred));
    let apart = [(skipped, "skipped"), (deferred, "put off to a later day")];
    let apart: Vec<String> = apart
        .into_iter()
        .filter(|(items, _)| *items > 0)
        .map(|(items, how)| format!("{} {how}", text::plural(items, "item was", "items were")))
        .collect();
    if !apart.is_empty() {
        lines.push(format!("{}.", apart.join(", ")));
    }
    let issues = state.record.issues.iter().filter(|issue| issue.resolved.is_none()).count();
    if issues > 0 {
        lines.push(format!("{} open.", text::plural(issues, "issue is", "issues are")));
    }
    let on = temporary::names(state);
    if !on.is_empty() {
        let names: Vec<String> = on.iter().map(|name| format!("“{}”", text::clean(name))).collect();
        lines.push(format!("Still on: {}. The sign-off says so.", names.join(", ")));
    }
    let labels: Vec<String> = id
        .map_or_else(Vec::new, |id| blanks(state, id, "", "", now))
        .iter()
        .filter_map(|event| match event {
            Event::FieldFilled { label, .. } => Some(format!("“{}”", text::clean(label))),
            _ => None,
        })
        .collect();
    if !labels.is_empty() {
        lines.push(format!("Filled in with it: {}.", labels.join(", ")));
    }
    lines.extend(signing::before(state));
    lines
}

/// What a signature says of the blanks beside it: who, in which role, when. Others stay as they are.
pub(super) fn blanks(state: &State, id: ItemId, name: &str, role: &str, now: &Stamp) -> Vec<Event> {
    let Some(found) = state.item(id) else { return Vec::new() };
    let mut named = false;
    let mut filled = Vec::new();
    for (field, row) in (0..).zip(&found.row.fields) {
        let label = row.label.to_lowercase();
        let is = |words: &[&str]| words.iter().any(|word| label.contains(word));
        let value = if row.secret || is(&["comment", "note", "ticket", "signature", "reason"]) {
            None
        } else if is(&["date", "time"]) {
            schedule::offer(state, id, field, now).value
        } else if is(&["role", "title", "position"]) {
            Some(role.to_owned())
        } else {
            (!std::mem::replace(&mut named, true)).then(|| name.to_owned())
        };
        if let Some(value) = value.filter(|_| !found.fields.contains_key(&field)) {
            let label = row.label.clone();
            filled.push(Event::FieldFilled { item: id, field, label, value, secret: false });
        }
    }
    filled
}

/// What a sign-off of that item states: its words without their blanks, and how the run stands.
pub(super) fn statement(state: &State, id: ItemId) -> String {
    let words = state.item(id).map(|item| without_blanks(&item.row.text).to_owned()).unwrap_or_default();
    format!("{words}; {}", state.record.standing())
}

/// `Lead: ____ Date: ____` without its blanks: what it asks for first.
pub(super) fn without_blanks(words: &str) -> &str {
    let first = words.split("___").next().unwrap_or(words).trim().trim_end_matches(':');
    if first.is_empty() { words } else { first }
}

/// The items that a sign-off stands behind, without those of the rollback.
fn ended_by(state: &State, id: Option<ItemId>) -> Vec<&ItemRecord> {
    let all = &state.outline.phases;
    let phase = id.and_then(|id| state.outline.phase_of(*state.record.index.get(&id)?));
    let (from, to) = match phase {
        Some(to) => {
            let before = all[..to].iter().rposition(|phase| phase.kind == PhaseKind::SignOff);
            (before.map_or(0, |at| at + 1), to)
        }
        None => (0, all.len()),
    };
    let phases = all[from..to].iter().filter(|phase| phase.kind != PhaseKind::Rollback);
    phases.flat_map(|phase| &phase.items).map(|&index| &state.record.items[index]).collect()
}
