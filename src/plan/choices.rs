//! Binds the sidecar's choices to the sections and items that are their ways.

use std::path::Path;

use super::rules::Finder;
use crate::checklist::{self, Checklist, Decision, choices, identity};
use crate::config::{Choice, ConfigError, ConfigFinding, Settings};

/// Puts the sidecar's choices in the place of those that the plan's words gave.
///
/// # Errors
/// A way that the plan does not have, or has twice: with the place in the sidecar.
pub fn bind(sidecar: &Path, checklist: &mut Checklist, settings: &Settings) -> Result<(), ConfigError> {
    if settings.choices.is_empty() {
        return Ok(());
    }
    let (mut declared, mut findings) = (Vec::new(), Vec::new());
    for choice in &settings.choices {
        match decision(checklist, choice) {
            Ok(decision) => declared.push(decision),
            Err(message) => {
                let (line, column) = choice.place;
                let key = "choice.options".to_owned();
                findings.push(ConfigFinding { line, column, key, message });
            }
        }
    }
    if !findings.is_empty() {
        return Err(ConfigError { file: sidecar.to_owned(), findings });
    }
    let touches = |a: &Decision, b: &Decision| {
        let all = |it: &Decision| it.options.iter().flat_map(|way| way.items.clone()).collect::<Vec<_>>();
        let own = all(a);
        (a.item.is_some() && a.item == b.item) || all(b).iter().any(|item| own.contains(item))
    };
    checklist.decisions.retain(|found| !declared.iter().any(|it| touches(it, found)));
    checklist.decisions.extend(declared);
    checklist.decisions.sort_by_key(|decision| decision.line);
    let lines: Vec<(u32, u32)> = checklist
        .phases
        .iter()
        .map(|phase| {
            let last = phase.items.end.checked_sub(1).and_then(|at| checklist.items.get(at));
            (phase.line, last.map_or(phase.line, |item| item.line))
        })
        .collect();
    let decided = |line: u32| {
        let of = lines.iter().rfind(|(first, _)| *first <= line);
        of.is_some_and(|(first, last)| {
            checklist.decisions.iter().any(|it| (*first..=*last).contains(&it.line))
        })
    };
    let keep: Vec<bool> =
        checklist.findings.iter().map(|it| it.code != "unmarked-choice" || !decided(it.line)).collect();
    let mut keep = keep.into_iter();
    checklist.findings.retain(|_| keep.next().unwrap_or(true));
    choices::judge(checklist);
    Ok(())
}

fn decision(checklist: &Checklist, choice: &Choice) -> Result<Decision, String> {
    let finder = Finder::of(checklist);
    let all = 0..checklist.items.len();
    let item = choice.item.as_ref().map(|words| finder.item(words, all.clone())).transpose()?;
    let mut options = Vec::new();
    for (name, parts) in &choice.options {
        let (mut items, mut line) = (Vec::new(), u32::MAX);
        for part in parts {
            let (own, at) = find(checklist, &finder, part)?;
            items.extend(own);
            line = line.min(at);
        }
        items.sort_unstable();
        items.dedup();
        options.push(checklist::Choice { name: name.clone(), line, items });
    }
    for (n, option) in options.iter().enumerate() {
        if let Some(other) =
            options[n + 1..].iter().find(|it| it.items.iter().any(|at| option.items.contains(at)))
        {
            return Err(format!(
                "“{}” and “{}” have steps in common: a way has its own",
                option.name, other.name
            ));
        }
    }
    let line = options.iter().map(|option| option.line).min().unwrap_or(1);
    let line = item.and_then(|at| checklist.items.get(at)).map_or(line, |item| item.line.min(line));
    Ok(Decision { title: choice.name.clone(), line, item, options, rule: "choice" })
}

/// The items of the one heading or item of those words, and its line; a heading without items has none.
fn find(checklist: &Checklist, finder: &Finder<'_>, words: &str) -> Result<(Vec<usize>, u32), String> {
    let wanted = identity::heading(words);
    let same = |title: &str| identity::heading(title) == wanted;
    let mut found: Vec<(Vec<usize>, u32)> = Vec::new();
    for phase in &checklist.phases {
        if same(&phase.title) {
            found.push((phase.items.clone().collect(), phase.line));
        }
        for (at, section) in phase.sections.iter().enumerate().filter(|(_, it)| same(&it.title)) {
            let end = phase.sections[at + 1..].iter().position(|it| it.level <= section.level);
            let end = end.map_or(phase.sections.len(), |end| at + 1 + end);
            let inside =
                |item: &usize| checklist.items[*item].section.is_some_and(|it| (at..end).contains(&it));
            found.push((phase.items.clone().filter(inside).collect(), section.line));
        }
    }
    if found.is_empty() {
        let notes = checklist.phases.iter().flat_map(|phase| &phase.notes).chain(&checklist.notes);
        found.extend(notes.filter(|note| same(&note.text)).map(|note| (Vec::new(), note.line)));
    }
    match found.len() {
        1 => Ok(found.swap_remove(0)),
        0 => {
            let at = finder.item(words, 0..checklist.items.len()).map_err(|message| {
                message.replacen("no item", "no heading and no item", 1).replace("; name its `phase` too", "")
            })?;
            let depth = checklist.items[at].depth;
            let below = checklist.items[at + 1..].iter().take_while(|item| item.depth > depth).count();
            Ok(((at..=at + below).collect(), checklist.items[at].line))
        }
        n => Err(format!("the plan has {n} headings “{words}”: a way needs words of its own")),
    }
}
