//! Where items stand among the others: what tells equal ones apart, and what was written for what.

use std::collections::{BTreeSet, HashMap};

use super::{Key, Pairs, Reworded};
use crate::checklist::identity::normal;
use crate::checklist::{Checklist, ItemId};

/// Under which heading or item something stands.
pub(super) fn of(list: &Checklist, keys: &[Key], n: usize) -> (bool, Key) {
    (list.items[n].parent.is_some(), keys[n][..keys[n].len() - 1].to_vec())
}

impl Pairs<'_> {
    /// As many equal items as before: those between the same neighbours are the same, then those behind the same one,
    /// then those before the same one, the rest in their order.
    pub(super) fn twins(&self, olds: Vec<usize>, news: Vec<usize>) -> Vec<(usize, usize)> {
        if olds.len() < 2 {
            return olds.into_iter().zip(news).collect();
        }
        let around =
            |keys: &[Key], n: usize| (n.checked_sub(1).map(|at| keys[at].clone()), keys.get(n + 1).cloned());
        let of = |list: Vec<usize>, keys: &[Key]| -> Vec<_> {
            list.into_iter().map(|n| (n, around(keys, n))).collect()
        };
        let (mut olds, mut news) = (of(olds, &self.old_keys), of(news, &self.new_keys));
        let mut found = Vec::new();
        for pass in 0..4 {
            olds.retain(|(o, (above, below))| {
                let same = news.iter().position(|(_, (a, b))| match pass {
                    0 => a == above && b == below,
                    1 => a == above && above.is_some(),
                    2 => b == below && below.is_some(),
                    _ => true,
                });
                same.map(|at| found.push((*o, news.remove(at).0))).is_none()
            });
        }
        found
    }

    /// Steps of one text under a parent that is the same, wherever it went.
    pub(super) fn below_the_same(&mut self) {
        let mut children = self.left_children();
        for n in 0..self.new.items.len() {
            let above = self.new.items[n].parent.and_then(|parent| self.of_new[parent]);
            if self.of_new[n].is_none()
                && let Some(parent) = above
                && let Some(o) = self.take_child(&mut children, parent, n)
            {
                self.pair(o, n);
            }
        }
    }

    /// Steps of one text under a parent that was reworded: they are what it is.
    pub(super) fn below_reworded(&self, found: &mut Vec<(usize, usize, f32)>) {
        let mut same: HashMap<usize, usize> = found.iter().map(|(n, o, _)| (*n, *o)).collect();
        let taken: BTreeSet<usize> = same.values().copied().collect();
        let mut children = self.left_children();
        for list in children.values_mut() {
            list.retain(|o| !taken.contains(o));
        }
        for n in 0..self.new.items.len() {
            let above = self.new.items[n].parent.and_then(|parent| same.get(&parent).copied());
            if self.of_new[n].is_none()
                && !same.contains_key(&n)
                && let Some(parent) = above
                && let Some(o) = self.take_child(&mut children, parent, n)
            {
                same.insert(n, o);
                found.push((n, o, 1.0));
            }
        }
    }

    /// Old items that nothing stands for yet, by their parent.
    fn left_children(&self) -> HashMap<usize, Vec<usize>> {
        let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
        for (o, item) in self.old.items.iter().enumerate().filter(|(o, _)| self.of_old[*o].is_none()) {
            if let Some(parent) = item.parent {
                children.entry(parent).or_default().push(o);
            }
        }
        children
    }

    fn take_child(
        &self,
        children: &mut HashMap<usize, Vec<usize>>,
        parent: usize,
        n: usize,
    ) -> Option<usize> {
        let text = normal(&self.new.items[n].text);
        let list = children.get_mut(&parent)?;
        let at = list.iter().position(|o| normal(&self.old.items[*o].text) == text)?;
        Some(list.remove(at))
    }

    /// What is gone and what is new behind the same item of one heading, in order.
    pub(super) fn replaced(&self, reworded: &[Reworded]) -> Vec<(ItemId, ItemId)> {
        let olds: BTreeSet<ItemId> = reworded.iter().map(|pair| pair.old).collect();
        let news: HashMap<ItemId, ItemId> = reworded.iter().map(|pair| (pair.new, pair.old)).collect();
        // An item is known by its old index, whether it stayed as it was or was reworded.
        let mut free: HashMap<_, Vec<usize>> = HashMap::new();
        let mut last: HashMap<(bool, Key), Option<ItemId>> = HashMap::new();
        for (n, item) in self.new.items.iter().enumerate() {
            let place = of(self.new, &self.new_keys, n);
            let same = self.of_new[n].map(|o| self.old.items[o].id).or_else(|| news.get(&item.id).copied());
            if let Some(id) = same {
                last.insert(place, Some(id));
            } else {
                let behind = last.get(&place).copied().flatten();
                free.entry((place, behind)).or_default().push(n);
            }
        }
        last.clear();
        let mut found = Vec::new();
        for (o, item) in self.old.items.iter().enumerate() {
            let place = of(self.old, &self.old_keys, o);
            if self.of_old[o].is_some() || olds.contains(&item.id) {
                last.insert(place, Some(item.id));
                continue;
            }
            let behind = last.get(&place).copied().flatten();
            let written = free.get_mut(&(place, behind)).filter(|list| !list.is_empty());
            found.extend(written.map(|list| (item.id, self.new.items[list.remove(0)].id)));
        }
        found
    }
}
