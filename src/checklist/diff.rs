//! Two readings of a plan compared: which items are the same, and which lines changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use similar::{Algorithm, ChangeTag, DiffOp, TextDiff, capture_diff_slices};

use super::identity::{heading, normal, values};
use super::{Checklist, Item, ItemId};

mod order;
mod place;

#[cfg(test)]
mod tests;

/// Items with one parent are the same, reworded, from this share of common words and letters on.
pub const REWORDED: f32 = 0.8;

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;

/// Pairs of texts compared at most while looking for reworded items, so that a plan that was wholly rewritten is
/// still compared at once; past it, items are removed and added.
const COMPARISONS: usize = 20_000;

/// Headings that may share a text before it no longer helps to tell them apart.
const HOLDERS: usize = 50;

/// A line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// What happened to it.
    pub kind: LineKind,
    /// 1-based line before, if it stood there.
    pub old_line: Option<u32>,
    /// 1-based line after, if it stands there.
    pub new_line: Option<u32>,
    /// The line, without its end; outside text.
    pub text: String,
}

/// What happened to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Nothing: context.
    Same,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

/// Which items of a new reading are which items of the old one.
#[derive(Clone, Debug, Default)]
pub struct Matched {
    /// New id to old id, for items that are the same although their id changed (moved, or under a renamed heading).
    /// An added item whose id was another's before is here with an id that was nobody's.
    pub map: BTreeMap<ItemId, ItemId>,
    /// Items that were not there before.
    pub added: Vec<ItemId>,
    /// Items that are gone.
    pub removed: Vec<ItemId>,
    /// Headings that kept at least half their items: old title, new title.
    pub renamed: Vec<(String, String)>,
    /// Of the items that are gone and those that were not there before: pairs that stand at the same place, so that
    /// one was written for the other. Old id, new id.
    pub replaced: Vec<(ItemId, ItemId)>,
    /// Pairs that look alike; whether they are the same step is for a person to say. In none of the lists above.
    pub reworded: Vec<Reworded>,
    /// Items that are the same although their commands changed: old id, new id.
    pub commands: Vec<(ItemId, ItemId)>,
    /// Items that are the same although their annotations changed: old id, new id.
    pub annotations: Vec<(ItemId, ItemId)>,
    /// Items that stand in another order under their heading or parent, by their new id.
    pub reordered: Vec<ItemId>,
    /// Phases that stand in another order, by their new title.
    pub phases: Vec<String>,
}

/// An item whose text changed.
#[derive(Clone, Debug)]
pub struct Reworded {
    /// Its id before.
    pub old: ItemId,
    /// Its id now.
    pub new: ItemId,
    /// 0 to 1.
    pub similarity: f32,
    /// A number in its words is another: what was done then is not what it asks for now.
    pub value: bool,
}

/// Finds the items of `old` in `new`: by equal keys, by texts that are unique, by headings that share half their
/// items, and last by likeness under one parent.
#[must_use]
pub fn compare(old: &Checklist, new: &Checklist) -> Matched {
    let mut pairs = Pairs::new(old, new);
    pairs.equal_keys();
    pairs.unique_texts();
    let renamed = pairs.renamed_headings();
    pairs.below_the_same();
    let reworded = pairs.reworded();
    let mut matched = Matched { renamed, ..Matched::default() };
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    for (n, o, similarity) in reworded {
        taken.insert(o);
        pairs.seen.insert(n);
        let (was, is) = (&old.items[o], &new.items[n]);
        let value = values(&was.text) != values(&is.text);
        matched.reworded.push(Reworded { old: was.id, new: is.id, similarity, value });
    }
    for (n, item) in new.items.iter().enumerate() {
        match pairs.of_new[n] {
            Some(o) if old.items[o].id != item.id => {
                matched.map.insert(item.id, old.items[o].id);
            }
            Some(_) => {}
            None if pairs.seen.contains(&n) => {}
            None => matched.added.push(item.id),
        }
    }
    // An added item may have the id of an old one that now counts as a later occurrence: it gets the id that is free.
    matched.replaced = pairs.replaced(&matched.reworded);
    for (n, item) in new.items.iter().enumerate() {
        let Some(was) = pairs.of_new[n].map(|o| &old.items[o]) else { continue };
        let code = |item: &Item| item.commands.iter().map(|it| it.text.clone()).collect::<Vec<_>>();
        if code(was) != code(item) {
            matched.commands.push((was.id, item.id));
        }
        if was.annotations != item.annotations {
            matched.annotations.push((was.id, item.id));
        }
    }
    matched.reordered = pairs.reordered();
    matched.phases = order::phases(old, new);
    let known: BTreeSet<ItemId> = old.items.iter().map(|item| item.id).collect();
    let free: Vec<ItemId> = matched.map.keys().copied().filter(|id| !known.contains(id)).collect();
    let taken_over = matched.added.iter().copied().filter(|id| known.contains(id)).collect::<Vec<_>>();
    matched.map.extend(taken_over.into_iter().zip(free));
    let gone = old.items.iter().enumerate().filter(|(o, _)| pairs.of_old[*o].is_none() && !taken.contains(o));
    matched.removed = gone.map(|(_, item)| item.id).collect();
    matched
}

/// Headings, parents and text, without the occurrence: what equal items share.
type Key = Vec<String>;

struct Pairs<'a> {
    old: &'a Checklist,
    new: &'a Checklist,
    old_keys: Vec<Key>,
    new_keys: Vec<Key>,
    of_old: Vec<Option<usize>>,
    of_new: Vec<Option<usize>>,
    /// New items that were taken as reworded.
    seen: BTreeSet<usize>,
}

impl<'a> Pairs<'a> {
    fn new(old: &'a Checklist, new: &'a Checklist) -> Pairs<'a> {
        Pairs {
            old,
            new,
            old_keys: keys(old),
            new_keys: keys(new),
            of_old: vec![None; old.items.len()],
            of_new: vec![None; new.items.len()],
            seen: BTreeSet::new(),
        }
    }

    fn pair(&mut self, o: usize, n: usize) {
        if self.of_old[o].is_none() && self.of_new[n].is_none() {
            self.of_old[o] = Some(n);
            self.of_new[n] = Some(o);
        }
    }

    /// Equal keys; where several items share one, those that stayed are found by their neighbours.
    fn equal_keys(&mut self) {
        let mut groups: HashMap<&Key, (Vec<usize>, Vec<usize>)> = HashMap::new();
        for (o, key) in self.old_keys.iter().enumerate() {
            groups.entry(key).or_default().0.push(o);
        }
        for (n, key) in self.new_keys.iter().enumerate() {
            groups.entry(key).or_default().1.push(n);
        }
        let mut found = Vec::new();
        let mut uneven = Vec::new();
        for (olds, news) in groups.into_values() {
            if olds.len() == news.len() {
                found.extend(self.twins(olds, news));
            } else if !olds.is_empty() && !news.is_empty() {
                uneven.push((olds, news));
            }
        }
        if !uneven.is_empty() {
            let mut numbers: HashMap<&Key, u32> = HashMap::new();
            let mut number = |key| {
                let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                *numbers.entry(key).or_insert(next)
            };
            let old: Vec<u32> = self.old_keys.iter().map(&mut number).collect();
            let new: Vec<u32> = self.new_keys.iter().map(&mut number).collect();
            let mut stayed = HashMap::new();
            for op in capture_diff_slices(Algorithm::Patience, &old, &new) {
                if let DiffOp::Equal { old_index, new_index, len } = op {
                    stayed.extend((0..len).map(|k| (old_index + k, new_index + k)));
                }
            }
            for (olds, news) in uneven {
                let news: BTreeSet<usize> = news.into_iter().collect();
                let (kept, moved): (Vec<_>, Vec<_>) =
                    olds.into_iter().partition(|o| stayed.get(o).is_some_and(|n| news.contains(n)));
                let used: BTreeSet<usize> = kept.iter().filter_map(|o| stayed.get(o).copied()).collect();
                let free = news.difference(&used).copied();
                found.extend(moved.into_iter().zip(free));
                found.extend(kept.into_iter().filter_map(|o| stayed.get(&o).map(|n| (o, *n))));
            }
        }
        for (o, n) in found {
            self.pair(o, n);
        }
    }

    /// The same text, once on either side: moved.
    fn unique_texts(&mut self) {
        let once = |items: &[Item], taken: &[Option<usize>]| {
            let mut seen: HashMap<String, Option<usize>> = HashMap::new();
            for (n, item) in items.iter().enumerate() {
                let unique = taken[n].is_none().then_some(n);
                seen.entry(normal(&item.text)).and_modify(|one| *one = None).or_insert(unique);
            }
            seen
        };
        let olds = once(&self.old.items, &self.of_old);
        let news = once(&self.new.items, &self.of_new);
        for (text, o) in olds {
            if let (Some(o), Some(Some(n))) = (o, news.get(&text)) {
                self.pair(o, *n);
            }
        }
    }

    /// Headings that are gone and headings that are new: those that share half their items are the same.
    fn renamed_headings(&mut self) -> Vec<(String, String)> {
        let olds = under(self.old, &self.old_keys);
        let news = under(self.new, &self.new_keys);
        let theirs: HashMap<&Vec<String>, HashMap<String, Vec<usize>>> = news
            .iter()
            .filter(|(path, _)| !olds.contains_key(*path))
            .map(|(path, under)| (path, by_text(&self.new.items, &under.items)))
            .collect();
        let mut holders: HashMap<&str, BTreeSet<&Vec<String>>> = HashMap::new();
        for (path, texts) in &theirs {
            for text in texts.keys() {
                holders.entry(text).or_default().insert(path);
            }
        }
        let mut renamed = Vec::new();
        let mut found = Vec::new();
        let mut used = BTreeSet::new();
        for (path, under) in olds.iter().filter(|(path, _)| !news.contains_key(*path)) {
            let ours = by_text(&self.old.items, &under.items);
            let mut shared: BTreeMap<&Vec<String>, usize> = BTreeMap::new();
            for (text, list) in &ours {
                // A text that stands under very many headings ("Done") tells nothing about which is which.
                let holders = holders.get(text.as_str()).filter(|holders| holders.len() <= HOLDERS);
                for other in holders.into_iter().flatten() {
                    let both = theirs[*other].get(text).map_or(0, Vec::len).min(list.len());
                    *shared.entry(other).or_default() += both;
                }
            }
            let best = shared
                .into_iter()
                .filter(|(other, both)| {
                    !used.contains(*other) && both * 2 >= under.items.len().max(news[*other].items.len())
                })
                .max_by_key(|(_, both)| *both);
            let Some((other, _)) = best else { continue };
            used.insert(other);
            for (text, list) in &ours {
                let same = theirs[other].get(text).into_iter().flatten();
                found.extend(list.iter().copied().zip(same.copied()));
            }
            if path.last() != other.last() {
                renamed.push((under.title.clone(), news[other].title.clone()));
            }
        }
        for (o, n) in found {
            self.pair(o, n);
        }
        renamed
    }

    /// What is left under one parent and looks alike: new, old, likeness; the most alike first served.
    fn reworded(&self) -> Vec<(usize, usize, f32)> {
        let place = place::of;
        let mut free: HashMap<(bool, Key), Vec<usize>> = HashMap::new();
        for n in (0..self.new.items.len()).filter(|n| self.of_new[*n].is_none()) {
            free.entry(place(self.new, &self.new_keys, n)).or_default().push(n);
        }
        let mut likely = Vec::new();
        let mut left = COMPARISONS;
        for o in (0..self.old.items.len()).filter(|o| self.of_old[*o].is_none()) {
            let text = normal(&self.old.items[o].text);
            for n in free.get(&place(self.old, &self.old_keys, o)).into_iter().flatten() {
                let Some(after) = left.checked_sub(1) else { break };
                left = after;
                let similarity = alike(&text, &normal(&self.new.items[*n].text));
                if similarity >= REWORDED {
                    likely.push((*n, o, similarity));
                }
            }
        }
        likely.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.1.cmp(&b.1)).then(a.0.cmp(&b.0)));
        let (mut olds, mut news) = (BTreeSet::new(), BTreeSet::new());
        likely
            .retain(|(n, o, _)| !news.contains(n) && !olds.contains(o) && news.insert(*n) && olds.insert(*o));
        self.below_reworded(&mut likely);
        likely.sort_by_key(|(n, ..)| *n);
        likely
    }
}

/// How alike two steps are; one that blanks were put behind, or taken from, may well be the same.
fn alike(old: &str, new: &str) -> f32 {
    let likeness = likeness(old, new);
    let (short, long) = if old.len() < new.len() { (old, new) } else { (new, old) };
    let blanks = long.strip_prefix(short).is_some_and(|rest| rest.contains('_')) && short.contains('_');
    if blanks { likeness.max(REWORDED) } else { likeness }
}

/// 0 to 1: what share of two texts is common.
#[must_use]
pub fn likeness(old: &str, new: &str) -> f32 {
    /// Past this many bytes letters are not compared any more, only whether the texts are equal.
    const LONGEST: usize = 2000;
    if old.len().max(new.len()) > LONGEST {
        return if old == new { 1.0 } else { 0.0 };
    }
    TextDiff::from_chars(old, new).ratio()
}

/// A heading's items.
struct Under {
    title: String,
    items: Vec<usize>,
}

fn under(list: &Checklist, keys: &[Key]) -> BTreeMap<Vec<String>, Under> {
    let mut found: BTreeMap<Vec<String>, Under> = BTreeMap::new();
    for (n, item) in list.items.iter().enumerate() {
        let path = keys[n][..headings(list, item).len()].to_vec();
        let title = section(list, item).unwrap_or_else(|| phase(list, item)).to_owned();
        found.entry(path).or_insert_with(|| Under { title, items: Vec::new() }).items.push(n);
    }
    found
}

fn by_text(items: &[Item], among: &[usize]) -> HashMap<String, Vec<usize>> {
    let mut found: HashMap<String, Vec<usize>> = HashMap::new();
    for n in among {
        found.entry(normal(&items[*n].text)).or_default().push(*n);
    }
    found
}

fn keys(list: &Checklist) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::with_capacity(list.items.len());
    for item in &list.items {
        let mut key = match item.parent.and_then(|parent| keys.get(parent)) {
            Some(parent) => parent.clone(),
            None => headings(list, item),
        };
        key.push(normal(&item.text));
        keys.push(key);
    }
    keys
}

/// Phase, and the sections down to the item's.
fn headings(list: &Checklist, item: &Item) -> Vec<String> {
    let mut path = vec![heading(phase(list, item))];
    let Some(found) = list.phases.get(item.phase) else { return path };
    if let Some(last) = item.section {
        let mut above: Vec<&super::Section> = Vec::new();
        for section in found.sections.iter().take(last + 1) {
            above.retain(|other| other.level < section.level);
            above.push(section);
        }
        path.extend(above.iter().map(|section| heading(&section.title)));
    }
    path
}

fn phase<'a>(list: &'a Checklist, item: &Item) -> &'a str {
    list.phases.get(item.phase).map_or("", |phase| phase.title.as_str())
}

fn section<'a>(list: &'a Checklist, item: &Item) -> Option<&'a str> {
    let sections = &list.phases.get(item.phase)?.sections;
    Some(sections.get(item.section?)?.title.as_str())
}

/// The lines that differ but for how they end, each change with three unchanged lines around it. A gap between changes shows in the line
/// numbers.
#[must_use]
pub fn lines(old: &str, new: &str) -> Vec<DiffLine> {
    let plain = |text: &str| text.replace("\r\n", "\n");
    let (old, new) = (plain(old), plain(new));
    let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_lines(old.as_str(), new.as_str());
    let number = |index: Option<usize>| index.map(|index| super::source::narrow(index + 1));
    let groups = diff.grouped_ops(CONTEXT);
    let changes = groups.iter().flatten().flat_map(|op| diff.iter_changes(op));
    changes
        .map(|change| DiffLine {
            kind: match change.tag() {
                ChangeTag::Equal => LineKind::Same,
                ChangeTag::Insert => LineKind::Added,
                ChangeTag::Delete => LineKind::Removed,
            },
            old_line: number(change.old_index()),
            new_line: number(change.new_index()),
            text: change.value().trim_end_matches(['\n', '\r']).to_owned(),
        })
        .collect()
}
