//! A change of the plan in words: in one clause, and what became of each item.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::checklist::diff::{Matched, Reworded};
use crate::checklist::identity::normal;
use crate::checklist::{Checklist, ItemId};
use crate::record::{ItemRecord, ItemState};
use crate::state::State;
use crate::text;

/// Items named in the clause that goes on record; the others are counted.
const NAMED: usize = 5;

/// Items that left or came named there, if nothing is open again.
const SHOWN: usize = 2;

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
    let tale = Tale { state, matched, new, returned: returned(state, matched, new) };
    let (mut reopened, mut items) = (Vec::new(), Vec::new());
    tale.replaced(&mut reopened, &mut items);
    tale.reworded(keep, &mut reopened, &mut items);
    tale.commands(keep, &mut reopened, &mut items);
    tale.gone_and_come(&mut items);
    tale.moved(&mut items);
    items.splice(0..0, reopened.iter().cloned());
    Told { what: tale.clause(&reopened), items, reopened }
}

/// Items of the record that left the plan before and come back, under whatever heading: by their words, where no other
/// item of the plan or of those that left has the same. New id to the id of first sight.
pub(super) fn returned(state: &State, matched: &Matched, new: &Checklist) -> BTreeMap<ItemId, ItemId> {
    let mut gone: HashMap<String, Option<ItemId>> = HashMap::new();
    for item in state.record.items.iter().filter(|item| item.removed && !item.unplanned()) {
        gone.entry(normal(&item.row.text)).and_modify(|one| *one = None).or_insert(Some(item.row.id));
    }
    let mut written: HashMap<String, usize> = HashMap::new();
    for item in &new.items {
        *written.entry(normal(&item.text)).or_default() += 1;
    }
    let added: HashSet<ItemId> = matched.added.iter().copied().collect();
    let back = new.items.iter().filter(|item| added.contains(&item.id)).filter_map(|item| {
        let text = normal(&item.text);
        let only = written.get(&text) == Some(&1);
        Some((item.id, gone.get(&text).copied().flatten().filter(|_| only)?))
    });
    back.collect()
}

/// Whether a reworded item stays what it was: one that is settled does not, if a number in its words is another.
pub(super) fn is_same(state: &State, pair: &Reworded, keep: bool) -> bool {
    if pair.value { touched(state, pair.old).is_none() } else { keep }
}

/// A change that is being told.
struct Tale<'a> {
    state: &'a State,
    matched: &'a Matched,
    new: &'a Checklist,
    returned: BTreeMap<ItemId, ItemId>,
}

impl Tale<'_> {
    fn was(&self, id: ItemId) -> String {
        quote(&self.state.plan.checklist, id)
    }

    fn now(&self, id: ItemId) -> String {
        quote(self.new, id)
    }

    /// Whether something new was written in place of this item, and is not an earlier one that came back.
    fn is_replaced(&self, old: ItemId) -> bool {
        self.matched.replaced.iter().any(|(it, now)| *it == old && !self.returned.contains_key(now))
    }

    fn replaced(&self, reopened: &mut Vec<String>, items: &mut Vec<String>) {
        for (old, now) in self.matched.replaced.iter().filter(|(old, _)| self.is_replaced(*old)) {
            let (was, is) = (self.was(*old), self.now(*now));
            match touched(self.state, *old) {
                Some(state) => reopened.push(format!("{was} was {state}, is open again as {is}")),
                None => items.push(format!("rewritten: {was} is {is}")),
            }
        }
    }

    fn reworded(&self, keep: Option<bool>, reopened: &mut Vec<String>, items: &mut Vec<String>) {
        for pair in &self.matched.reworded {
            let (old, now) = (self.was(pair.old), self.now(pair.new));
            let stays = keep.or(pair.value.then_some(true)).map(|keep| is_same(self.state, pair, keep));
            match (stays, touched(self.state, pair.old)) {
                (Some(false), Some(was)) => {
                    reopened.push(format!("{old} was {was}, is open again as {now}"));
                }
                (Some(false), None) => items.push(format!("another step: {now} instead of {old}")),
                (_, Some(was)) => items.push(format!("reworded, was {was}: {old} is {now}")),
                (_, None) => items.push(format!("reworded: {old} is {now}")),
            }
        }
    }

    fn commands(&self, keep: Option<bool>, reopened: &mut Vec<String>, items: &mut Vec<String>) {
        for (old, now) in &self.matched.commands {
            let now = self.now(*now);
            match touched(self.state, *old) {
                Some(was) if keep == Some(false) => {
                    reopened.push(format!("{now} was {was}, is open again: its command changed"));
                }
                Some(was) => items.push(format!("command changed, was {was}: {now}")),
                None => items.push(format!("command changed: {now}")),
            }
        }
    }

    fn gone_and_come(&self, items: &mut Vec<String>) {
        for id in self.matched.removed.iter().filter(|id| !self.is_replaced(**id)) {
            match touched(self.state, *id) {
                Some(was) => {
                    items.insert(0, format!("{} was {was}, is no longer in the plan", self.was(*id)));
                }
                None => items.push(format!("removed: {}", self.was(*id))),
            }
        }
        for (now, id) in &self.returned {
            let was = self.state.record.item(*id).map_or(ItemState::Open, |item| item.state);
            items.push(format!("back in the plan, still {was}: {}", self.now(*now)));
        }
        let written: HashSet<ItemId> = self.matched.replaced.iter().map(|(_, now)| *now).collect();
        let added = self.matched.added.iter().filter(|id| !self.returned.contains_key(id));
        items.extend(added.filter(|id| !written.contains(id)).map(|id| format!("added: {}", self.now(*id))));
    }

    fn moved(&self, items: &mut Vec<String>) {
        let matched = self.matched;
        for (now, old) in &matched.map {
            let (from, to) = (phase(&self.state.plan.checklist, *old), phase(self.new, *now));
            if let (Some(from), Some(to)) = (from, to)
                && from != to
            {
                items.push(format!("moved: {} from {from} to {to}", self.now(*now)));
            }
        }
        for (from, to) in &matched.renamed {
            items.push(format!("renamed: {} is {}", text::clean(from), text::clean(to)));
        }
        items.extend(matched.phases.iter().map(|it| format!("phase in another place: {}", text::clean(it))));
        items.extend(matched.reordered.iter().map(|id| format!("in another place: {}", self.now(*id))));
        items.extend(
            matched.annotations.iter().map(|(_, id)| format!("annotation changed: {}", self.now(*id))),
        );
    }

    /// The change in one clause: how many of what, and what is open again.
    fn clause(&self, reopened: &[String]) -> String {
        let matched = self.matched;
        let known: HashSet<ItemId> = self.state.plan.checklist.items.iter().map(|item| item.id).collect();
        let moved = matched.map.values().filter(|old| known.contains(old)).count();
        let counts = [
            (matched.added.len() - self.returned.len(), "added"),
            (self.returned.len(), "back"),
            (matched.removed.len(), "removed"),
            (matched.reworded.len(), "reworded"),
            (moved, "moved or renamed"),
            (matched.reordered.len() + matched.phases.len(), "in another order"),
            (matched.commands.len(), "with another command"),
            (matched.annotations.len(), "with another annotation"),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let mut parts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
        let counted = parts.len();
        parts.extend(reopened.iter().take(NAMED).cloned());
        if reopened.len() > NAMED {
            parts.push(format!("{} more open again", reopened.len() - NAMED));
        }
        if counted > 0 && reopened.is_empty() {
            let names: Vec<String> = self.names().take(SHOWN).collect();
            return [vec![parts.join(", ")], names].concat().join("; ");
        }
        if parts.is_empty() { "text beside the items".to_owned() } else { parts.join(", ") }
    }

    /// The items that left the plan, what was done first, and those that came.
    fn names(&self) -> impl Iterator<Item = String> {
        let gone = self.matched.removed.iter().filter(|id| !self.is_replaced(**id));
        let (done, open): (Vec<ItemId>, Vec<ItemId>) =
            gone.partition(|id| touched(self.state, **id).is_some());
        let done = done.into_iter().filter_map(|id| {
            let item = acted(self.state, id)?;
            let by = item.act.as_ref().map(|act| format!(" by {}", text::clean(&act.by))).unwrap_or_default();
            let was = self.was(id);
            Some(format!("removed {was}, {}{by}: it stays in the record and the report", item.state))
        });
        let open = open.into_iter().map(|id| format!("removed {}", self.was(id)));
        let added = self.matched.added.iter().filter(|id| !self.returned.contains_key(id));
        done.chain(open).chain(added.map(|id| format!("added {}", self.now(*id))))
    }
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
