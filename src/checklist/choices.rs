//! Decisions that the plan's words ask for: which sections and items are ways of one choice.

use std::ops::Range;

use super::words::Rules;
use super::words::choice::{Way, is_place};
use super::{Checklist, Choice, Decision, Finding, Severity};

/// Finds the decisions, and what is wrong with them.
pub(super) fn read(list: &mut Checklist, rules: Rules<'_>) {
    let mut found = ways(list, rules);
    found.extend(branches(list, rules));
    skips(list, rules, &mut found);
    found.sort_by_key(|decision| decision.line);
    list.decisions = found;
    judge(list);
    unmarked(list, rules);
}

/// A way without steps is a finding.
pub(crate) fn judge(list: &mut Checklist) {
    list.findings.retain(|finding| finding.code != "empty-option");
    let empty = list.decisions.iter().filter(|it| it.rule != "skip").flat_map(|decision| {
        decision.options.iter().filter(|option| option.items.is_empty()).map(|option| Finding {
            severity: Severity::Warning,
            code: "empty-option",
            line: option.line,
            column: 1,
            message: format!(
                "“{}” of “{}” has no steps: write them, or take it out",
                option.name, decision.title
            ),
        })
    });
    list.findings.extend(empty.collect::<Vec<_>>());
    list.findings.sort_by_key(|finding| (finding.line, finding.column));
}

/// Words that ask for a choice, over ways that nothing marks.
fn unmarked(list: &mut Checklist, rules: Rules<'_>) {
    let mut found = Vec::new();
    for phase in &list.phases {
        let heads = std::iter::once((phase.line, phase.title.as_str()))
            .chain(phase.sections.iter().map(|it| (it.line, it.title.as_str())))
            .chain(phase.notes.iter().map(|it| (it.line, it.text.as_str())));
        let last = phase.items.end.checked_sub(1).and_then(|at| list.items.get(at)).map_or(0, |it| it.line);
        for (line, words) in heads {
            let known =
                list.decisions.iter().any(|it| it.line >= phase.line && it.line <= last.max(phase.line));
            if !known && rules.asks(words).is_some() && phase.sections.len() > 1 {
                found.push(Finding {
                    severity: Severity::Info,
                    code: "unmarked-choice",
                    line,
                    column: 1,
                    message: "this asks for one of several ways, and nothing says which sections they are: name them in a [[choice]] of the sidecar".to_owned(),
                });
                break;
            }
        }
    }
    list.findings.extend(found);
    list.findings.sort_by_key(|finding| (finding.line, finding.column));
}

/// A heading or an item that may be a way.
struct Head {
    way: Way,
    name: String,
    line: u32,
    items: Vec<usize>,
}

/// Ways under headings, then ways that are items.
fn ways(list: &Checklist, rules: Rules<'_>) -> Vec<Decision> {
    let mut found = Vec::new();
    let phases = list.phases.iter().map(|phase| {
        let way = rules.way(&phase.title);
        way.map(|way| Head {
            way,
            name: phase.title.clone(),
            line: phase.line,
            items: phase.items.clone().collect(),
        })
    });
    for run in runs(phases.collect()) {
        let title = lead(list, rules, 0..run[0].line).map(|(_, title)| title);
        found.push(decision(list, rules, title.unwrap_or_else(|| both(&run)), run));
    }
    for phase in &list.phases {
        let sections = &phase.sections;
        let mut levels: Vec<u8> = sections.iter().map(|it| it.level).collect();
        levels.sort_unstable();
        levels.dedup();
        for level in levels {
            let mut heads: Vec<(u32, Option<Head>)> = Vec::new();
            for (at, section) in sections.iter().enumerate().filter(|(_, it)| it.level <= level) {
                let end = sections[at + 1..].iter().position(|it| it.level <= section.level);
                let end = end.map_or(sections.len(), |end| at + 1 + end);
                let inside =
                    |item: &usize| list.items[*item].section.is_some_and(|it| (at..end).contains(&it));
                let way = rules.way(&section.title).filter(|_| section.level == level);
                let head = way.map(|way| Head {
                    way,
                    name: section.title.clone(),
                    line: section.line,
                    items: phase.items.clone().filter(inside).collect(),
                });
                heads.push((section.line, head));
            }
            // A heading without items is text of its phase; it may be a way without steps.
            let bare = phase.notes.iter().filter(|note| !note.text.contains('\n') && note.text.len() < 100);
            heads.extend(bare.filter_map(|note| {
                let way = rules.way(&note.text)?;
                let head = Head { way, name: note.text.clone(), line: note.line, items: Vec::new() };
                Some((note.line, Some(head)))
            }));
            heads.sort_by_key(|(line, _)| *line);
            for run in runs(heads.into_iter().map(|(_, head)| head).collect()) {
                if run.iter().all(|head| head.items.is_empty()) {
                    continue;
                }
                let first = run[0].line;
                let before = sections.iter().map(|it| it.line).filter(|line| *line < first).max();
                let said = lead(list, rules, before.unwrap_or(phase.line)..first);
                let title = said.map_or_else(|| both(&run), |(_, title)| title);
                found.push(decision(list, rules, title, run));
            }
        }
    }
    let parents: Vec<Option<usize>> = std::iter::once(None).chain((0..list.items.len()).map(Some)).collect();
    for parent in parents.into_iter().flatten() {
        let own = &list.items[parent];
        if rules.asks(&own.text).is_none() && rules.decides(&own.text).is_none() {
            continue;
        }
        let children = (0..list.items.len()).filter(|at| list.items[*at].parent == Some(parent));
        let heads = children.map(|at| {
            let item = &list.items[at];
            let way = rules.way(&item.text)?;
            Some(Head { way, name: item.text.clone(), line: item.line, items: family(list, at) })
        });
        for run in runs(heads.collect()) {
            let mut made = decision(list, rules, own.text.clone(), run);
            made.item = Some(parent);
            made.line = own.line;
            found.push(made);
        }
    }
    found
}

/// Ways in a row, each behind the one before.
fn runs(heads: Vec<Option<Head>>) -> Vec<Vec<Head>> {
    let mut all: Vec<Vec<Head>> = Vec::new();
    let mut run: Vec<Head> = Vec::new();
    for head in heads.into_iter().chain([None]) {
        let goes_on = match (&head, run.last()) {
            (Some(head), Some(last)) => head.way.follows(last.way),
            _ => false,
        };
        if !goes_on {
            if run.len() > 1 {
                all.push(std::mem::take(&mut run));
            }
            run.clear();
        }
        run.extend(head.filter(|head| goes_on || head.way.number == 1));
    }
    all
}

fn both(run: &[Head]) -> String {
    let names: Vec<&str> = run.iter().map(|head| short(&head.name)).collect();
    names.join(" or ")
}

/// The part of a way's name that tells it from the others: `Method A`.
pub(crate) fn short(name: &str) -> &str {
    let end = name.find([':', '(', '–', '—']).or_else(|| name.find(" - "));
    end.map_or(name, |end| &name[..end]).trim()
}

/// The words between two lines that ask for a choice.
fn lead(list: &Checklist, rules: Rules<'_>, lines: Range<u32>) -> Option<(u32, String)> {
    let inside = |line: u32| line >= lines.start && line < lines.end;
    let notes = list.phases.iter().flat_map(|phase| &phase.notes).map(|note| (note.line, note.text.as_str()));
    let heads = list.phases.iter().flat_map(|phase| &phase.sections).map(|it| (it.line, it.title.as_str()));
    let all = notes.chain(heads).filter(|(line, words)| inside(*line) && rules.asks(words).is_some());
    let (line, words) = all.max_by_key(|(line, _)| *line)?;
    let words = words.lines().next().unwrap_or_default().trim_end_matches([':', ' ']);
    Some((line, words.to_owned()))
}

/// A decision between ways, and the item above that says which was taken.
fn decision(list: &Checklist, rules: Rules<'_>, title: String, run: Vec<Head>) -> Decision {
    let (line, word) = (run[0].line, run[0].way.word);
    let mut options: Vec<Choice> =
        run.into_iter().map(|head| Choice { name: head.name, line: head.line, items: head.items }).collect();
    let says = |at: &usize| list.items[*at].line < line && rules.decides(&list.items[*at].text) == Some(word);
    let mut saying = (0..list.items.len()).filter(says);
    let item = saying.next().filter(|_| saying.next().is_none());
    // Where the item that asks lists the ways, each stands for the section of its place.
    let children: Vec<usize> =
        (0..list.items.len()).filter(|at| item.is_some() && list.items[*at].parent == item).collect();
    if children.len() == options.len()
        && !options.iter().any(|it| it.items.iter().any(|at| children.contains(at)))
    {
        for (option, child) in options.iter_mut().zip(children) {
            option.items.splice(0..0, family(list, child));
        }
    }
    Decision { title, line, item, options, rule: "choice" }
}

/// An item and all under it.
fn family(list: &Checklist, top: usize) -> Vec<usize> {
    let depth = list.items[top].depth;
    let below = list.items[top + 1..].iter().take_while(|item| item.depth > depth).count();
    (top..=top + below).collect()
}

/// `If yes` and `If no`: items side by side, or labels over items.
fn branches(list: &Checklist, rules: Rules<'_>) -> Vec<Decision> {
    let mut found = Vec::new();
    for (at, item) in list.items.iter().enumerate() {
        let all = family(list, at);
        let next = all.last().map_or(at + 1, |last| last + 1);
        let Some(other) = list.items.get(next) else { continue };
        let together =
            other.parent == item.parent && other.section == item.section && other.phase == item.phase;
        if rules.branch(&item.text) != Some(true) || rules.branch(&other.text) != Some(false) || !together {
            continue;
        }
        let asked = at.checked_sub(1).filter(|before| list.items[*before].text.trim_end().ends_with('?'));
        let asked = asked.or(item.parent);
        let title =
            asked.map_or_else(|| list.phases[item.phase].title.clone(), |it| list.items[it].text.clone());
        let options = vec![
            Choice { name: "Yes".to_owned(), line: item.line, items: all },
            Choice { name: "No".to_owned(), line: other.line, items: family(list, next) },
        ];
        found.push(Decision { title, line: item.line, item: asked, options, rule: "branch" });
    }
    for phase in &list.phases {
        let labels: Vec<_> = phase.notes.iter().filter(|note| note.text.len() < 12).collect();
        for pair in labels.windows(2) {
            let [yes, no] = pair else { continue };
            if rules.branch(&yes.text) != Some(true) || rules.branch(&no.text) != Some(false) {
                continue;
            }
            let next = phase.notes.iter().map(|note| note.line).filter(|line| *line > no.line).min();
            let next = next.unwrap_or(u32::MAX);
            let section = phase.items.clone().find(|at| list.items[*at].line > yes.line);
            let section = section.and_then(|at| list.items[at].section);
            let between = |from: u32, to: u32| -> Vec<usize> {
                let inside = |at: &usize| {
                    let item = &list.items[*at];
                    item.line > from && item.line < to && item.section == section
                };
                phase.items.clone().filter(inside).collect()
            };
            let options = vec![
                Choice { name: "Yes".to_owned(), line: yes.line, items: between(yes.line, no.line) },
                Choice { name: "No".to_owned(), line: no.line, items: between(no.line, next) },
            ];
            let asked = phase.items.clone().rfind(|at| list.items[*at].line < yes.line);
            let asked = asked.filter(|at| list.items[*at].text.trim_end().ends_with('?'));
            let title = asked.map_or_else(|| phase.title.clone(), |at| list.items[at].text.clone());
            if options.iter().any(|option| !option.items.is_empty()) {
                found.push(Decision { title, line: yes.line, item: asked, options, rule: "branch" });
            }
        }
    }
    found
}

/// `SKIP to Phase 4`: of a way, what it leaves out belongs to the others; alone, a decision of its own.
fn skips(list: &Checklist, rules: Rules<'_>, found: &mut Vec<Decision>) {
    for (at, item) in list.items.iter().enumerate() {
        let Some(place) = rules.skips_to(&item.text) else { continue };
        let phases = list.phases.iter().filter(|it| it.items.start > at && is_place(&it.title, &place));
        let sections = list.phases.iter().flat_map(|phase| &phase.sections);
        let sections =
            sections.filter(|it| it.items.start > at && !it.items.is_empty() && is_place(&it.title, &place));
        let items = (at + 1..list.items.len()).filter(|to| {
            is_place(
                list.items[*to].text.split([':', '.', ' ']).take(2).collect::<Vec<_>>().join(" ").as_str(),
                &place,
            )
        });
        let to = phases.map(|it| it.items.start).chain(sections.map(|it| it.items.start)).chain(items).min();
        let Some(to) = to.filter(|to| *to > at + 1) else { continue };
        let left_out: Vec<usize> = (at + 1..to).collect();
        let within = found.iter_mut().find_map(|decision| {
            let way = decision.options.iter().position(|option| option.items.contains(&at))?;
            Some((way, decision))
        });
        if let Some((way, decision)) = within {
            let own = decision.options[way].items.clone();
            let known: Vec<usize> = decision.options.iter().flat_map(|it| it.items.iter().copied()).collect();
            let rest: Vec<usize> =
                left_out.into_iter().filter(|it| !known.contains(it) && !own.contains(it)).collect();
            for (n, option) in decision.options.iter_mut().enumerate() {
                if n != way {
                    option.items.extend(&rest);
                }
            }
            continue;
        }
        found.push(Decision {
            title: item.text.clone(),
            line: item.line,
            item: Some(at),
            options: vec![
                Choice { name: format!("Skip to {place}"), line: item.line, items: Vec::new() },
                Choice { name: "Go on here".to_owned(), line: item.line, items: left_out },
            ],
            rule: "skip",
        });
    }
}
