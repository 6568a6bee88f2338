//! What stands in another order than before.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Key, Pairs, place};
use crate::checklist::identity::heading;
use crate::checklist::{Checklist, ItemId};

impl Pairs<'_> {
    /// Items that stayed under their heading or parent and stand in another order there; as few as explain it.
    pub(super) fn reordered(&self) -> Vec<ItemId> {
        let mut groups: BTreeMap<(bool, Key), Vec<(usize, usize)>> = BTreeMap::new();
        for (n, o) in self.of_new.iter().enumerate().filter_map(|(n, o)| Some((n, (*o)?))) {
            let here = place::of(self.new, &self.new_keys, n);
            if place::of(self.old, &self.old_keys, o) == here {
                groups.entry(here).or_default().push((n, o));
            }
        }
        let mut found: Vec<usize> = Vec::new();
        for group in groups.values() {
            let olds: Vec<usize> = group.iter().map(|(_, o)| *o).collect();
            found.extend(out_of_order(&olds).into_iter().map(|at| group[at].0));
        }
        found.sort_unstable();
        found.into_iter().map(|n| self.new.items[n].id).collect()
    }
}

/// Titles of phases that stand in another order; as few as explain it.
pub(super) fn phases(old: &Checklist, new: &Checklist) -> Vec<String> {
    let mut before: HashMap<String, usize> = HashMap::new();
    for (at, phase) in old.phases.iter().enumerate() {
        before.entry(heading(&phase.title)).or_insert(at);
    }
    let mut seen = BTreeSet::new();
    let both: Vec<(usize, &str)> = new
        .phases
        .iter()
        .filter_map(|phase| Some((*before.get(&heading(&phase.title))?, phase.title.as_str())))
        .filter(|(at, _)| seen.insert(*at))
        .collect();
    let olds: Vec<usize> = both.iter().map(|(at, _)| *at).collect();
    out_of_order(&olds).into_iter().map(|at| both[at].1.to_owned()).collect()
}

/// The places of those numbers that are in no longest rising sequence: what was moved if as few as possible were.
fn out_of_order(numbers: &[usize]) -> Vec<usize> {
    // The place of the smallest end of a rising sequence of each length, and for each place the one before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(numbers.len());
    for (at, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| numbers[*end] < *number);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let mut stays = BTreeSet::new();
    let mut last = ends.last().copied();
    while let Some(at) = last {
        stays.insert(at);
        last = before[at];
    }
    (0..numbers.len()).filter(|at| !stays.contains(at)).collect()
}

#[cfg(test)]
mod tests {
    use super::out_of_order;

    #[test]
    fn as_few_as_possible_were_moved() {
        assert!(out_of_order(&[]).is_empty());
        assert!(out_of_order(&[1, 4, 9]).is_empty());
        assert_eq!(out_of_order(&[2, 0, 1]), [0]);
        assert_eq!(out_of_order(&[1, 2, 0]), [2]);
        assert_eq!(out_of_order(&[0, 3, 1, 2, 4]), [1]);
        assert_eq!(out_of_order(&[3, 2, 1]).len(), 2);
    }
}
