//! What a name in a command means: a variable of the sidecar, else a filled blank of that name.

use crate::checklist::ItemId;
use crate::command::{Lookup, key};
use crate::record::ItemRecord;
use crate::state::State;
use crate::text;

/// The value of a name in a command of this item.
pub(super) fn lookup(state: &State, item: ItemId, name: &str) -> Lookup {
    let settings = &state.plan.settings;
    let wanted = key(name);
    let var = settings.vars.get(name).or_else(|| {
        let mut alike = settings.vars.iter().filter(|(known, _)| key(known) == wanted);
        alike.next().map(|(_, var)| var)
    });
    if let Some(var) = var {
        return Lookup::Value { value: var.value.clone(), secret: var.secret };
    }
    let mut blanks = state.plan.rules.blanks.iter();
    if let Some((_, (index, field))) = blanks.find(|(known, _)| *known == name || key(known) == wanted) {
        let planned = state.plan.checklist.items.get(*index);
        let record = planned.and_then(|planned| state.record.item(planned.id));
        return record.map_or(Lookup::Unknown, |record| blank(record, *field));
    }
    if wanted.is_empty() {
        return Lookup::Unknown;
    }
    let own = state.record.item(item).map_or(Lookup::Unknown, |own| labelled(&[own], &wanted));
    if matches!(own, Lookup::Value { .. }) {
        return own;
    }
    let others: Vec<&ItemRecord> = state.record.items.iter().filter(|other| !other.removed).collect();
    match labelled(&others, &wanted) {
        Lookup::Unknown => own,
        found => found,
    }
}

/// The value of the blanks of that name: one, or several that say the same.
fn labelled(items: &[&ItemRecord], wanted: &str) -> Lookup {
    let (mut values, mut empty) = (Vec::<Lookup>::new(), None);
    for item in items {
        for (number, field) in (0u32..).zip(&item.row.fields) {
            if key(&field.label) != wanted {
                continue;
            }
            match blank(item, number) {
                Lookup::Without(why) => empty = Some(why),
                value => {
                    if !values.contains(&value) {
                        values.push(value);
                    }
                }
            }
        }
    }
    match (values.len(), empty) {
        (0, None) => Lookup::Unknown,
        (0, Some(why)) => Lookup::Without(why),
        (1, _) => values.remove(0),
        _ => Lookup::Without(
            "several blanks of that name have different values: give it under [vars] in the sidecar"
                .to_owned(),
        ),
    }
}

fn blank(item: &ItemRecord, number: u32) -> Lookup {
    let of = text::clean(&item.row.text);
    let of = text::truncate(&of, 40);
    match item.fields.get(&number) {
        Some(value) if value.secret => Lookup::Without(format!(
            "the blank of “{of}” is a secret, whose value is not kept: give it under [vars], by env or file"
        )),
        Some(value) => Lookup::Value { value: value.value.clone(), secret: false },
        None => Lookup::Without(format!("the blank of “{of}” is not filled yet: e fills it")),
    }
}
