use super::LineKind::{Added, Removed, Same};
use super::*;
use crate::checklist::{Options, parse};

fn read(text: &str) -> Checklist {
    parse(text.as_bytes(), &Options::default())
}

fn many(range: std::ops::Range<usize>, line: impl Fn(usize) -> String) -> String {
    range.map(line).collect::<Vec<_>>().concat()
}

fn text(list: &Checklist, id: ItemId) -> &str {
    list.items.iter().find(|item| item.id == id).map_or("(nobody)", |item| item.text.as_str())
}

/// Old and new text of everything that matched although its id changed.
fn moved<'a>(old: &'a Checklist, new: &'a Checklist, matched: &Matched) -> Vec<(&'a str, &'a str)> {
    matched.map.iter().map(|(n, o)| (text(old, *o), text(new, *n))).collect()
}

fn texts(list: &Checklist, ids: &[ItemId]) -> Vec<String> {
    ids.iter().map(|id| text(list, *id).to_owned()).collect()
}

#[test]
fn nothing_changed() {
    let list = read("## A\n- [ ] one\n- [ ] one\n  - [ ] child\n");
    let matched = compare(&list, &list);
    assert!(matched.map.is_empty() && matched.added.is_empty() && matched.removed.is_empty());
    assert!(matched.renamed.is_empty() && matched.reworded.is_empty());
}

#[test]
fn moved_to_another_heading() {
    let old = read("## A\n- [ ] one\n- [ ] two\n## B\n- [ ] three\n");
    let new = read("## A\n- [ ] one\n## B\n- [ ] three\n- [ ] two\n");
    let matched = compare(&old, &new);
    assert_eq!(moved(&old, &new, &matched), [("two", "two")]);
    assert!(matched.added.is_empty() && matched.removed.is_empty());
}

#[test]
fn renamed_heading_keeps_its_items_even_repeated_ones() {
    let old = read("## Prepare\n- [ ] done\n- [ ] backup\n- [ ] done\n## Move\n- [ ] done\n");
    let new = read("## Get ready\n- [ ] done\n- [ ] backup\n- [ ] done\n- [ ] extra\n## Move\n- [ ] done\n");
    let matched = compare(&old, &new);
    assert_eq!(matched.renamed, [("Prepare".to_owned(), "Get ready".to_owned())]);
    assert_eq!(matched.map.len(), 3);
    assert_eq!(texts(&new, &matched.added), ["extra"]);
    assert!(matched.removed.is_empty());
}

#[test]
fn renumbered_phase_changes_nothing() {
    let old = read("# T\n## Phase 1: Copy\n- [ ] one\n## Phase 2: Flip\n- [ ] two\n");
    let new =
        read("# T\n## Phase 1: Wait\n- [ ] zero\n## Phase 2: Copy\n- [ ] one\n## Phase 3: Flip\n- [ ] two\n");
    let matched = compare(&old, &new);
    assert!(matched.map.is_empty() && matched.removed.is_empty());
    assert_eq!(texts(&new, &matched.added), ["zero"]);
}

#[test]
fn reworded_is_asked_about_and_rewritten_is_not() {
    let old = read("## A\n- [ ] Restart the api service\n- [ ] Call Lee\n- [ ] other\n");
    let new =
        read("## A\n- [ ] Restart the api services\n- [ ] Write to everybody on the list\n- [ ] other\n");
    let matched = compare(&old, &new);
    let [reworded] = &matched.reworded[..] else { panic!("{matched:?}") };
    assert_eq!(text(&old, reworded.old), "Restart the api service");
    assert_eq!(text(&new, reworded.new), "Restart the api services");
    assert!(reworded.similarity >= REWORDED && reworded.similarity < 1.0);
    assert_eq!(texts(&old, &matched.removed), ["Call Lee"]);
    assert_eq!(texts(&new, &matched.added), ["Write to everybody on the list"]);
}

#[test]
fn of_equal_items_the_one_that_stayed_keeps_its_place() {
    let old = read("## A\n- [ ] check\n- [ ] stop\n- [ ] check\n- [ ] start\n");
    let new = read("## A\n- [ ] stop\n- [ ] check\n- [ ] start\n");
    let matched = compare(&old, &new);
    // The second "check" is the first now.
    assert_eq!(matched.map.get(&new.items[1].id), Some(&old.items[2].id));
    assert_eq!(matched.removed, [old.items[0].id]);
}

#[test]
fn an_equal_item_added_above_takes_no_other_items_id() {
    let old = read("## A\n- [ ] stop\n- [ ] check\n- [ ] start\n");
    let new = read("## A\n- [ ] check\n- [ ] stop\n- [ ] check\n- [ ] start\n");
    let matched = compare(&old, &new);
    assert_eq!(matched.map.get(&new.items[2].id), Some(&old.items[1].id));
    let handle = matched.map[&new.items[0].id];
    assert!(old.items.iter().all(|item| item.id != handle), "the new item is nobody");
    assert_eq!(matched.added, [new.items[0].id]);
}

#[test]
fn lines_with_three_around() {
    let old: String = many(1..21, |n| format!("line {n}\n"));
    let new = old.replace("line 10\n", "line ten\nand more\n");
    let lines = lines(&old, &new);
    let kinds: Vec<LineKind> = lines.iter().map(|line| line.kind).collect();
    assert_eq!(kinds, [Same, Same, Same, Removed, Added, Added, Same, Same, Same]);
    assert_eq!((lines[0].old_line, lines[0].new_line, &*lines[0].text), (Some(7), Some(7), "line 7"));
    assert_eq!((lines[5].old_line, lines[5].new_line, &*lines[5].text), (None, Some(11), "and more"));
    assert_eq!((lines[8].old_line, lines[8].new_line), (Some(13), Some(14)));
    assert!(super::lines(&old, &old).is_empty());
}

#[test]
fn a_wholly_rewritten_plan_is_compared_at_once() {
    let old: String = many(0..3000, |n| format!("## H{n}x\n- [ ] old step {n}\n"));
    let new: String = many(0..3000, |n| format!("## K{n}y\n- [ ] new text {n}\n"));
    let matched = compare(&read(&old), &read(&new));
    assert_eq!(matched.added.len() + matched.reworded.len(), 3000);
}
