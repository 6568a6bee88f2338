//! Which step of one run is which of the other.

use std::collections::HashMap;

use similar::TextDiff;

use crate::checklist::identity::{heading, normal};
use crate::record::ItemRecord;
use crate::report::Report;

/// Below this likeness two texts are two steps.
const ALIKE: f32 = 0.8;

/// Texts that are compared by likeness, at most: past it they are two plans.
const COMPARED: usize = 300;

/// Pairs of indices into the items of both records.
pub(super) fn find(a: &Report<'_>, b: &Report<'_>) -> Vec<(usize, usize)> {
    let mut pairs = Pairs {
        a: &a.record.items,
        b: &b.record.items,
        of_a: vec![None; a.record.items.len()],
        of_b: vec![None; b.record.items.len()],
    };
    pairs.same_identity(a);
    pairs.same_words(|item| (heading(&item.row.phase), normal(&item.row.text)));
    pairs.same_words(|item| (String::new(), normal(&item.row.text)));
    pairs.alike();
    let found = pairs.of_a.iter().enumerate();
    found.filter_map(|(of_a, of_b)| Some((of_a, (*of_b)?))).collect()
}

struct Pairs<'a> {
    a: &'a [ItemRecord],
    b: &'a [ItemRecord],
    of_a: Vec<Option<usize>>,
    of_b: Vec<Option<usize>>,
}

impl Pairs<'_> {
    fn pair(&mut self, of_a: usize, of_b: usize) {
        if self.of_a[of_a].is_none() && self.of_b[of_b].is_none() {
            self.of_a[of_a] = Some(of_b);
            self.of_b[of_b] = Some(of_a);
        }
    }

    fn same_identity(&mut self, a: &Report<'_>) {
        for (of_b, item) in self.b.iter().enumerate() {
            if let Some(&of_a) = a.record.index.get(&a.record.handle(item.row.id)) {
                self.pair(of_a, of_b);
            }
        }
    }

    /// Steps that share a key with one step of the other run alone.
    fn same_words(&mut self, key: impl Fn(&ItemRecord) -> (String, String)) {
        let mut groups: HashMap<(String, String), (Vec<usize>, Vec<usize>)> = HashMap::new();
        for of_a in (0..self.a.len()).filter(|&at| self.of_a[at].is_none()) {
            groups.entry(key(&self.a[of_a])).or_default().0.push(of_a);
        }
        for of_b in (0..self.b.len()).filter(|&at| self.of_b[at].is_none()) {
            groups.entry(key(&self.b[of_b])).or_default().1.push(of_b);
        }
        for group in groups.into_values() {
            if let ([of_a], [of_b]) = (group.0.as_slice(), group.1.as_slice()) {
                self.pair(*of_a, *of_b);
            }
        }
    }

    /// The likest first, under one heading.
    fn alike(&mut self) {
        let left =
            |taken: &[Option<usize>]| (0..taken.len()).filter(|&at| taken[at].is_none()).collect::<Vec<_>>();
        let (of_a, of_b) = (left(&self.of_a), left(&self.of_b));
        if of_a.len() > COMPARED || of_b.len() > COMPARED {
            return;
        }
        let mut found: Vec<(f32, usize, usize)> = Vec::new();
        for &one in &of_a {
            for &other in &of_b {
                let (was, is) = (&self.a[one].row, &self.b[other].row);
                if heading(&was.phase) == heading(&is.phase) {
                    let (was, is) = (normal(&was.text), normal(&is.text));
                    let ratio = TextDiff::from_chars(was.as_str(), is.as_str()).ratio();
                    found.extend((ratio >= ALIKE).then_some((ratio, one, other)));
                }
            }
        }
        found.sort_by(|x, y| y.0.total_cmp(&x.0));
        for (_, one, other) in found {
            self.pair(one, other);
        }
    }
}
