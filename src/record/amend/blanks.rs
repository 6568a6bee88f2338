//! Values of blanks in an amended plan: each stays with its label, wherever that goes in the text.

use std::collections::{BTreeMap, BTreeSet};

use crate::checklist::diff::{REWORDED, likeness};
use crate::record::FieldValue;
use crate::signoff::event::FieldRow;

/// Gives the values their new numbers; a value whose label is gone goes behind the blanks that are there.
pub(super) fn keep(
    values: BTreeMap<u32, FieldValue>,
    old: &[FieldRow],
    new: &[FieldRow],
) -> BTreeMap<u32, FieldValue> {
    let labels = |fields: &[FieldRow]| fields.iter().map(|it| normal(&it.label)).collect::<Vec<_>>();
    if values.is_empty() || labels(old) == labels(new) {
        return values;
    }
    let mut found = BTreeMap::new();
    let (mut rest, mut free): (Vec<FieldValue>, BTreeSet<usize>) = (Vec::new(), (0..new.len()).collect());
    for (number, value) in values {
        // Of equal labels the first stays the first, filled or not.
        let label = normal(&value.label);
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        let nth = old.iter().take(number).filter(|it| normal(&it.label) == label).count();
        let same = new.iter().enumerate().filter(|(_, it)| normal(&it.label) == label).nth(nth);
        match same.filter(|(at, _)| free.contains(at)) {
            Some((at, _)) => {
                free.remove(&at);
                found.insert(at, value);
            }
            None => rest.push(value),
        }
    }
    for label in labels(old) {
        // A blank that was there before and is empty keeps its emptiness.
        let filled = found.values().chain(&rest).any(|value| normal(&value.label) == label);
        if !filled {
            free.retain(|at| new.get(*at).is_none_or(|it| normal(&it.label) != label));
        }
    }
    let mut behind = new.len();
    for value in rest {
        let near = free.iter().copied().find(|&at| {
            let likely = likeness(&normal(&value.label), &normal(&new[at].label));
            likely >= REWORDED
        });
        let at = near.unwrap_or(behind);
        behind += usize::from(!free.remove(&at));
        found.insert(at, value);
    }
    found.into_iter().map(|(at, value)| (u32::try_from(at).unwrap_or(u32::MAX), value)).collect()
}

fn normal(label: &str) -> String {
    let label = label.trim().trim_end_matches([':', '.', '-', '–']);
    label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::act;

    fn fields(labels: &[&str]) -> Vec<FieldRow> {
        let row = |label: &&str| FieldRow { label: (*label).to_owned(), span: 0..3, secret: false };
        labels.iter().map(row).collect()
    }

    /// Fills the blanks that have a value, amends, and gives what stands where.
    fn amended(old: &[(&str, &str)], new: &[&str]) -> Vec<(u32, String)> {
        let labels: Vec<&str> = old.iter().map(|(label, _)| *label).collect();
        let values =
            (0..).zip(old).filter(|(_, (_, value))| !value.is_empty()).map(|(at, (label, value))| {
                let (label, value) = ((*label).to_owned(), (*value).to_owned());
                (at, FieldValue { label, value, secret: false, act: act() })
            });
        let kept = keep(values.collect(), &fields(&labels), &fields(new));
        kept.into_iter().map(|(at, value)| (at, value.value)).collect()
    }

    fn told(all: &[(u32, &str)]) -> Vec<(u32, String)> {
        all.iter().map(|(at, value)| (*at, (*value).to_owned())).collect()
    }

    #[test]
    fn a_value_stays_with_its_label() {
        let two = [("Start", "06:10"), ("End", "06:40")];
        assert_eq!(amended(&two, &["Start", "End"]), told(&[(0, "06:10"), (1, "06:40")]));
        assert_eq!(amended(&two, &["By", "Start", "End"]), told(&[(1, "06:10"), (2, "06:40")]));
        assert_eq!(amended(&two, &["End:", "start"]), told(&[(0, "06:40"), (1, "06:10")]));
    }

    #[test]
    fn a_label_that_is_gone_gives_its_value_to_no_other() {
        let two = [("Start", "06:10"), ("End", "06:40")];
        assert_eq!(amended(&two, &["Person", "End"]), told(&[(1, "06:40"), (2, "06:10")]));
        assert_eq!(amended(&two, &[]), told(&[(0, "06:10"), (1, "06:40")]));
        assert_eq!(amended(&[("Start time", "06:10")], &["Start times"]), told(&[(0, "06:10")]));
    }

    #[test]
    fn of_equal_labels_the_second_stays_the_second() {
        let twins = [("Issue", ""), ("Issue", "no space")];
        assert_eq!(amended(&twins, &["Date", "Issue", "Issue"]), told(&[(2, "no space")]));
    }

    #[test]
    fn a_value_comes_back_with_its_label() {
        let values = keep(
            [(0, FieldValue { label: "Start".into(), value: "06:10".into(), secret: false, act: act() })]
                .into(),
            &fields(&["Start"]),
            &fields(&["Person"]),
        );
        let back = keep(values, &fields(&["Person"]), &fields(&["Person", "Start"]));
        assert_eq!(back.keys().copied().collect::<Vec<_>>(), [1]);
    }
}
