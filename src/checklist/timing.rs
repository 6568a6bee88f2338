//! What items and headings say of time: planned durations, waits, when they are due, the longest outage allowed.

use super::words::Rules;
use super::{Checklist, Item, Wait};

/// Reads the words of every heading and item; only their own, never notes: a note tells of time, it does not ask for it.
pub(super) fn read(list: &mut Checklist, rules: Rules<'_>) {
    for phase in &mut list.phases {
        phase.wait = wait(rules, &phase.title, phase.line, true);
        phase.due = rules.due(&phase.title, true).map(|(due, _)| due);
        for section in &mut phase.sections {
            section.wait = wait(rules, &section.title, section.line, true);
            section.due = rules.due(&section.title, true).map(|(due, _)| due);
        }
    }
    for item in &mut list.items {
        item.wait = wait(rules, &item.text, item.line, false);
        let due = rules.due(&item.text, false);
        item.due = due.map(|(due, _)| due);
        item.estimate = estimate(rules, item).or(due.and_then(|(_, span)| Some((span?, span?))));
    }
    list.outage_goal = goal(list, rules);
}

fn wait(rules: Rules<'_>, words: &str, line: u32, heading: bool) -> Option<Wait> {
    let said = rules.wait(words, heading)?;
    Some(Wait {
        least: said.least,
        most: said.most.filter(|most| *most > said.least),
        after: said.after,
        words: words.to_owned(),
        line,
    })
}

/// In the item's own words, else in a line below it: `Estimated time: 5 minutes`.
fn estimate(rules: Rules<'_>, item: &Item) -> Option<(std::time::Duration, std::time::Duration)> {
    let below = || {
        item.detail.iter().find_map(|note| rules.estimate(note.text.trim_start_matches([' ', '-']), false))
    };
    rules.estimate(&item.text, false).or_else(|| rules.takes(&item.text)).or_else(below)
}

/// Wherever the plan says it: `Total downtime: ____ minutes (goal: < 15 minutes)`.
fn goal(list: &Checklist, rules: Rules<'_>) -> Option<std::time::Duration> {
    let of_items = list.items.iter().flat_map(|item| {
        std::iter::once(item.text.as_str()).chain(item.detail.iter().map(|note| note.text.as_str()))
    });
    let of_phases = list.phases.iter().flat_map(|phase| &phase.notes).map(|note| note.text.as_str());
    let of_file = list.notes.iter().map(|note| note.text.as_str());
    of_items.chain(of_phases).chain(of_file).flat_map(str::lines).find_map(|line| rules.outage_goal(line))
}
