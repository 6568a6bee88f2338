//! Items that come and go: an amended plan, an unplanned step.

mod blanks;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Act, Entry, ItemRecord, ItemState, Record};
use crate::checklist::diff::DiffLine;
use crate::checklist::identity::normal;
use crate::checklist::{ItemId, PhaseKind};
use crate::signoff::event::{Held, Row};

/// A change of the plan or the sidecar in mid-run.
#[derive(Clone, Debug, PartialEq)]
pub struct Amendment {
    /// What changed, in one clause.
    pub what: String,
    /// SHA-256 of the new file's bytes.
    pub sha256: String,
    /// Lines of the file that changed, with a few around them.
    pub lines: Vec<DiffLine>,
    /// Who and when.
    pub act: Act,
}

/// Replaces the plan's items: ticks stay with their items, items that are gone stay in the record.
///
/// An id of the new plan stands for the item that `map` names, else for the one that it stood for in the plan
/// before, else for the item of that id; else it is new.
pub(super) fn amend(record: &mut Record, rows: &[Row], map: &BTreeMap<ItemId, ItemId>, act: &Act) {
    let (handles, twice) = resolve(record, rows, map);
    let renamed = renamed(record, rows, &handles);
    for id in twice {
        let text = format!("the amended plan's table has the item {id} twice");
        record.anomalies.push(Entry { act: act.clone(), text });
    }
    let order: Vec<ItemId> = record.items.iter().map(|item| item.row.id).collect();
    let mut old: Vec<Option<ItemRecord>> = std::mem::take(&mut record.items).into_iter().map(Some).collect();
    let mut items = Vec::with_capacity(rows.len().max(old.len()));
    let mut done = HashSet::new();
    for row in rows {
        let handle = handles.get(&row.id).copied().unwrap_or(row.id);
        if !done.insert(handle) {
            continue;
        }
        let mut row = row.clone();
        row.id = handle;
        row.parent = row.parent.map(|parent| handles.get(&parent).copied().unwrap_or(parent));
        let known = record.index.get(&handle).and_then(|&at| old.get_mut(at)).and_then(Option::take);
        items.push(match known {
            Some(item) => renew(item, row, &renamed, act),
            None => introduce(row, act),
        });
    }
    place_the_rest(&mut items, &order, old, act);
    record.index = items.iter().enumerate().map(|(at, item)| (item.row.id, at)).collect();
    record.items = items;
    record.handles = handles.into_iter().filter(|(id, handle)| id != handle).collect();
}

/// Which item each id of the new plan stands for, and ids that stand there twice.
fn resolve(
    record: &Record,
    rows: &[Row],
    map: &BTreeMap<ItemId, ItemId>,
) -> (HashMap<ItemId, ItemId>, Vec<ItemId>) {
    let mut handles = HashMap::with_capacity(rows.len());
    let mut twice = Vec::new();
    let mut taken = HashSet::new();
    let known = |id: ItemId| if record.index.contains_key(&id) { id } else { record.handle(id) };
    // What the amendment says itself comes before what only looks the same.
    for row in rows {
        if let Some(&first) = map.get(&row.id)
            && record.index.contains_key(&known(first))
            && taken.insert(known(first))
        {
            handles.insert(row.id, known(first));
        }
    }
    let mut seen = HashSet::new();
    for row in rows {
        if !seen.insert(row.id) {
            twice.push(row.id);
            continue;
        }
        if handles.contains_key(&row.id) {
            continue;
        }
        let mut handle = record.handle(row.id);
        if !taken.insert(handle) {
            // A new item under an id that another one went by: it gets the next free id.
            handle = row.id;
            while record.index.contains_key(&handle) || !taken.insert(handle) {
                handle = next(handle);
            }
        }
        handles.insert(row.id, handle);
    }
    (handles, twice)
}

fn next(id: ItemId) -> ItemId {
    ItemId(u64::from_be_bytes(id.0).wrapping_add(1).to_be_bytes())
}

/// A difference between an item's old row and its new one.
struct Change {
    words: String,
    /// It is not quite the same step any more: who approved it must look again.
    of_the_step: bool,
}

fn changes(item: &ItemRecord, row: &Row, renamed: &HashMap<String, String>) -> Vec<Change> {
    let old = &item.row;
    let mut found = Vec::new();
    let mut say = |of_the_step, words| found.push(Change { words, of_the_step });
    if old.text != row.text {
        let same = normal(&old.text) == normal(&row.text);
        let word = if same { "spelled otherwise" } else { "reworded" };
        say(!same, format!("{word}, was: {}", old.text));
    }
    if old.phase != row.phase {
        if renamed.get(&old.phase) == Some(&row.phase) {
            say(false, format!("its phase was renamed, was: {}", old.phase));
        } else {
            say(true, format!("moved, was in: {}", old.phase));
        }
    } else if old.parent != row.parent {
        say(true, "moved, stood under another step".to_owned());
    } else if old.section != row.section {
        let was = old.section.as_deref().unwrap_or(&old.phase);
        say(false, format!("its section is another, was: {was}"));
    }
    if old.held != row.held {
        let others = (&old.held.roles, old.held.approve) != (&row.held.roles, row.held.approve);
        say(others, format!("what it asks of people was: {}", old.held));
    }
    found
}

/// Phases that are gone, all of whose items that are left stand in one new phase: old title, new title.
fn renamed(record: &Record, rows: &[Row], handles: &HashMap<ItemId, ItemId>) -> HashMap<String, String> {
    let old: HashSet<&str> =
        record.items.iter().filter(|it| !it.removed).map(|it| it.row.phase.as_str()).collect();
    let new: HashSet<&str> = rows.iter().map(|row| row.phase.as_str()).collect();
    let mut went: HashMap<&str, HashSet<&str>> = HashMap::new();
    for row in rows {
        let handle = handles.get(&row.id).copied().unwrap_or(row.id);
        let before = record.index.get(&handle).and_then(|&at| record.items.get(at)).filter(|it| !it.removed);
        if let Some(before) = before {
            went.entry(before.row.phase.as_str()).or_default().insert(row.phase.as_str());
        }
    }
    let renamed = went.into_iter().filter(|(from, _)| !new.contains(from));
    let renamed = renamed.filter_map(|(from, to)| match to.into_iter().collect::<Vec<_>>()[..] {
        [to] if !old.contains(to) => Some((from.to_owned(), to.to_owned())),
        _ => None,
    });
    renamed.collect()
}

fn renew(mut item: ItemRecord, row: Row, renamed: &HashMap<String, String>, act: &Act) -> ItemRecord {
    let changed = changes(&item, &row, renamed);
    let stays = if item.act.is_some() && !item.state.is_open() {
        format!("; stays {}", item.state)
    } else {
        String::new()
    };
    let mut say = |text| item.history.push(Entry { act: act.clone(), text });
    if item.removed {
        say(format!("back in the plan{stays}"));
    }
    for change in &changed {
        say(format!("{}{stays}", change.words));
    }
    if changed.iter().any(|change| change.of_the_step) {
        item.amended = Some(act.clone());
    }
    item.fields = blanks::keep(std::mem::take(&mut item.fields), &item.row.fields, &row.fields);
    // A box ticked in the file counts for an item that nobody has touched, and so does one unticked.
    if item.act.is_none() && item.closed_by.is_none() {
        let state = if row.checked { ItemState::Done } else { ItemState::Open };
        if state != item.state {
            let word = if row.checked { "ticked" } else { "not ticked any more" };
            item.history.push(Entry { act: act.clone(), text: format!("{word} in the plan's file") });
            item.ticked_in_file = Some(act.clone()).filter(|_| row.checked);
        }
        item.state = state;
    }
    item.removed = false;
    item.row = row;
    item
}

fn introduce(row: Row, act: &Act) -> ItemRecord {
    let mut item = ItemRecord::new(row);
    item.added = true;
    item.ticked_in_file = Some(act.clone()).filter(|_| item.row.checked);
    item.history.push(Entry { act: act.clone(), text: "added to the plan in the run".to_owned() });
    item
}

/// Unplanned steps stay behind what they stood behind; items that left the plan go to the end.
fn place_the_rest(items: &mut Vec<ItemRecord>, order: &[ItemId], old: Vec<Option<ItemRecord>>, act: &Act) {
    let mut places: HashSet<ItemId> = items.iter().map(|item| item.row.id).collect();
    let mut removed = Vec::new();
    let mut behind = None;
    for (&id, item) in order.iter().zip(old) {
        match item {
            Some(item) if item.unplanned() && !item.removed => {
                let at = behind
                    .and_then(|id| items.iter().position(|other| other.row.id == id))
                    .filter(|&at| items.get(at).is_some_and(|other| other.row.phase == item.row.phase))
                    .map_or_else(|| end_of(items, &item.row.phase), |at| at + 1);
                items.insert(at, item);
                places.insert(id);
            }
            Some(mut item) => {
                if !item.removed {
                    item.removed = true;
                    let text = match item.state {
                        ItemState::Open => "removed from the plan".to_owned(),
                        state => format!("removed from the plan, was {state}"),
                    };
                    item.history.push(Entry { act: act.clone(), text });
                }
                removed.push(item);
            }
            None => {}
        }
        if places.contains(&id) {
            behind = Some(id);
        }
    }
    items.append(&mut removed);
}

/// Where an item at the end of a phase goes: behind its last item, else at the end.
fn end_of(items: &[ItemRecord], phase: &str) -> usize {
    items
        .iter()
        .rposition(|item| item.row.phase == phase && !item.removed)
        .map_or_else(|| items.iter().take_while(|item| !item.removed).count(), |at| at + 1)
}

fn behind_children(items: &[ItemRecord], at: usize) -> usize {
    let depth = items.get(at).map_or(0, |item| item.row.depth);
    let children =
        items.iter().skip(at + 1).take_while(|item| item.row.depth > depth && !item.removed).count();
    at + 1 + children
}

/// Adds an unplanned step behind `after`, or at the end of its phase.
pub(super) fn insert(record: &mut Record, id: ItemId, phase: &str, text: &str, after: Option<ItemId>) {
    let behind = after
        .and_then(|after| record.position(after))
        .filter(|&at| record.items.get(at).is_some_and(|item| !item.removed && item.row.phase == phase));
    let at = behind.map_or_else(|| end_of(&record.items, phase), |at| behind_children(&record.items, at));
    let neighbour = behind.or_else(|| record.items.iter().rposition(|item| item.row.phase == phase));
    let neighbour = neighbour.and_then(|at| record.items.get(at)).map(|item| &item.row);
    let row = Row {
        id,
        phase: phase.to_owned(),
        kind: neighbour.filter(|row| row.phase == phase).map_or(PhaseKind::Work, |row| row.kind),
        section: neighbour.filter(|_| behind.is_some()).and_then(|row| row.section.clone()),
        parent: neighbour.filter(|_| behind.is_some()).and_then(|row| row.parent),
        depth: neighbour.filter(|_| behind.is_some()).map_or(0, |row| row.depth),
        text: text.to_owned(),
        line: 0,
        box_span: None,
        checked: false,
        fields: Vec::new(),
        planned_s: None,
        held: Held::default(),
    };
    record.items.insert(at, ItemRecord::new(row));
    for (place, item) in record.items.iter().enumerate().skip(at) {
        record.index.insert(item.row.id, place);
    }
}
