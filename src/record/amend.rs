//! Items that come and go: an amended plan, an unplanned step.

mod blanks;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Act, Entry, ItemRecord, Record};
use crate::checklist::{ItemId, PhaseKind};
use crate::signoff::event::{Held, Row};

/// Replaces the plan's items: ticks stay with their items, items that are gone stay in the record.
///
/// An id of the new plan stands for the item that `map` names, else for the one that it stood for in the plan
/// before, else for the item of that id; else it is new.
pub(super) fn amend(record: &mut Record, rows: &[Row], map: &BTreeMap<ItemId, ItemId>, act: &Act) {
    let (handles, twice) = resolve(record, rows, map);
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
            Some(item) => renew(item, row, act),
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

fn renew(mut item: ItemRecord, row: Row, act: &Act) -> ItemRecord {
    let mut say = |text| item.history.push(Entry { act: act.clone(), text });
    if item.removed {
        say("back in the plan".to_owned());
    }
    let (reworded, moved) = (item.row.text != row.text, item.row.phase != row.phase);
    if reworded {
        say(format!("reworded, was: {}", item.row.text));
    }
    if moved {
        say(format!("moved, was in: {}", item.row.phase));
    }
    if reworded || moved {
        item.amended = Some(act.clone());
    }
    item.fields = blanks::keep(std::mem::take(&mut item.fields), &item.row.fields, &row.fields);
    // A box ticked in the file counts for an item that nobody has touched, and so does one unticked.
    if item.act.is_none() && item.closed_by.is_none() {
        item.state = if row.checked { super::ItemState::Done } else { super::ItemState::Open };
    }
    item.removed = false;
    item.row = row;
    item
}

fn introduce(row: Row, act: &Act) -> ItemRecord {
    let mut item = ItemRecord::new(row);
    item.added = true;
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
                        super::ItemState::Open => "removed from the plan".to_owned(),
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
