//! Counts after a copy: what a check prints, and what its legend says of each number.

use std::sync::LazyLock;

use regex::Regex;

use super::entry::{Draft, Entry, Kind, named};
use super::pattern;
use super::read::Line;
use super::shell;
use super::vars::Open;
use crate::checklist::Item;
use crate::plan::hints::quoted;

static COUNT: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*([A-Za-z][A-Za-z ]{2,30}):\s+(\d+)\s*$"));
static HARMLESS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(is ok|are ok|okay|harmless|fine|expected|ignore\w*|no harm|benign)\b"));
static BAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(not found|missing|lost|failed|errors?|must be (?:0|zero)|corrupt\w*|mismatch\w*|differ\w*)\b",
    )
});

/// Most counters of one comparison.
const MOST: usize = 12;

/// Commands whose printed numbers the plan shows.
pub(super) fn find(items: &[Item], lines: &[Line], open: &mut Open, draft: &mut Draft) {
    for item in items {
        let Some(block) = item.commands.last() else { continue };
        let printed =
            item.detail.iter().find(|note| note.text.lines().filter(|line| COUNT.is_match(line)).count() > 1);
        let Some(printed) = printed else { continue };
        let Some(simple) = shell::split(&block.text).into_iter().next() else { continue };
        let (argv, doubt) = open.fill_all(&simple.words, block.line);
        let entry = Entry::new(Kind::Reconcile, &name(&simple.words), block.line);
        let entry = counters(entry.list("exec", &argv), &printed.text, lines);
        let why = "the numbers are those of the plan's sample: which of them must be zero?";
        draft.add(entry.doubt(doubt).doubt(Some(why)));
    }
}

fn name(words: &[String]) -> String {
    let told = words
        .iter()
        .find(|word| ["check", "verify", "count", "compare", "reconcile"].iter().any(|it| word.contains(it)));
    named(told.or(words.first()).map_or("counts", |word| word.rsplit('/').next().unwrap_or(word)))
}

fn counters(entry: Entry, printed: &str, lines: &[Line]) -> Entry {
    let mut labels: Vec<&str> = Vec::new();
    let mut times = 0;
    for found in printed.lines().filter_map(|line| COUNT.captures(line)) {
        let label = found.get(1).map_or("", |label| label.as_str());
        if labels.contains(&label) {
            times += 1;
        } else if labels.len() < MOST {
            labels.push(label);
        }
    }
    let key = |label: &str| label.to_lowercase().replace(' ', "_");
    let place = |label: &&str| {
        let pattern = format!(r"{}:\s*(\d+)", regex::escape(label));
        // Printed for each table, they are added up.
        let place = if times > 0 { format!("{{ sum = {} }}", quoted(&pattern)) } else { quoted(&pattern) };
        format!("{} = {place}", key(label))
    };
    let all: Vec<String> = labels.iter().map(place).collect();
    let mut harmless = Vec::new();
    let mut zero = Vec::new();
    for label in &labels {
        let lower = label.to_lowercase();
        let says = |line: &&Line| {
            let words = line.text.trim_start_matches(['-', ' ', '•']).to_lowercase();
            words.starts_with(&lower) && !COUNT.is_match(&line.text)
        };
        let legend = lines.iter().find(says);
        match legend {
            Some(legend) if HARMLESS.is_match(&legend.text) => harmless.push(key(label)),
            _ if BAD.is_match(label) => zero.push(format!("{} == 0", key(label))),
            _ => {}
        }
    }
    let entry = entry.raw("counters", format!("{{ {} }}", all.join(", ")));
    let entry = if zero.is_empty() { entry } else { entry.list("expect", &zero) };
    if harmless.is_empty() { entry } else { entry.list("harmless", &harmless) }
}
