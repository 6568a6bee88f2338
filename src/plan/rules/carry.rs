//! Rules of one reading of a plan for another one: each item keeps what it was held to.

use std::collections::HashMap;

use super::{Lock, Rules};
use crate::checklist::{Checklist, ItemId, diff};

impl Rules {
    /// What the items of `old` were held to, by the rules of `new`, for as long as `old` stays in force.
    ///
    /// A lock whose anchor cannot be carried over never opens by itself: what guards must not fall open.
    #[must_use]
    pub fn carried(&self, old: &Checklist, new: &Checklist) -> Rules {
        let matched = diff::compare(old, new);
        let reworded = matched.reworded.iter().map(|pair| (pair.new, pair.old));
        let was: HashMap<ItemId, ItemId> =
            matched.map.iter().map(|(n, o)| (*n, *o)).chain(reworded).collect();
        let index: HashMap<ItemId, usize> =
            old.items.iter().enumerate().map(|(at, it)| (it.id, at)).collect();
        let mut rules = Rules::default();
        rules.items.resize(old.items.len(), super::ItemRules::default());
        for (item, held) in new.items.iter().zip(&self.items) {
            let before = was.get(&item.id).copied().unwrap_or(item.id);
            let Some(&at) = index.get(&before) else { continue };
            let lock = held.lock.clone().map(|lock| Lock { anchor: None, first: at, ..lock });
            if lock.is_some() {
                rules.locks.push(vec![at]);
            }
            rules.items[at] = super::ItemRules { lock, ..held.clone() };
        }
        rules
    }
}
