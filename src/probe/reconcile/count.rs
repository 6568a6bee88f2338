//! From output to counters, in bounded memory: lines are looked at as they come, JSON when all of it is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::number;
use crate::config::{Pattern, Place, ReconcileJob};
use crate::text;

/// Bytes of one line that are looked at; a longer line is cut, not waited for.
const LINE: usize = 64 * 1024;

/// Bytes of JSON that are kept.
pub(super) const DOCUMENT: usize = 16 * 1024 * 1024;

/// Columns of an excerpt in a remark.
const EXCERPT: usize = 60;

/// What was counted so far.
pub(super) struct Counts {
    job: Arc<ReconcileJob>,
    /// What was counted.
    pub(super) counters: BTreeMap<String, i64>,
    /// How far it is, 0 to 1.
    pub(super) progress: Option<f64>,
    /// The newest line that is not blank, as it came.
    pub(super) line: String,
    /// Counters whose text was no number, and why.
    odd: BTreeMap<String, String>,
    document: Vec<u8>,
    /// The document is longer than is kept.
    cut: bool,
}

/// Cuts one stream into lines at `\n` and `\r`.
#[derive(Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    /// The rest of this line is left out.
    full: bool,
}

impl Lines {
    /// Gives every line that ends in `bytes`.
    pub(super) fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(&str)) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.keep(&rest[..end]);
            self.end(&mut each);
            rest = &rest[end + 1..];
        }
        self.keep(rest);
    }

    /// The stream is at its end: what is left is a line too.
    pub(super) fn end(&mut self, mut each: impl FnMut(&str)) {
        if !self.line.is_empty() {
            each(&String::from_utf8_lossy(&self.line));
        }
        self.line.clear();
        self.full = false;
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LINE - self.line.len();
        self.full |= bytes.len() > room;
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

impl Counts {
    pub(super) fn new(job: Arc<ReconcileJob>) -> Counts {
        Counts {
            job,
            counters: BTreeMap::new(),
            progress: None,
            line: String::new(),
            odd: BTreeMap::new(),
            document: Vec::new(),
            cut: false,
        }
    }

    /// Takes in a line of either output.
    pub(super) fn line(&mut self, line: &str) {
        if line.trim().is_empty() {
            return;
        }
        line.clone_into(&mut self.line);
        if let Some(pattern) = &self.job.progress {
            self.progress = far(pattern, line).or(self.progress);
        }
        let job = Arc::clone(&self.job);
        for counter in &job.counters {
            match &counter.place {
                Place::Last(pattern) => {
                    // The last match of the line is the last one so far.
                    if let Some(read) = reads(pattern, line).last() {
                        self.counters.remove(&counter.name);
                        self.set(&counter.name, read, |_, number| Some(number));
                    }
                }
                Place::Sum(pattern) => {
                    for read in reads(pattern, line) {
                        self.set(&counter.name, read, i64::checked_add);
                    }
                }
                Place::Json(_) => {}
            }
        }
    }

    /// Takes in bytes of the output that may be JSON.
    pub(super) fn document(&mut self, bytes: &[u8]) {
        if self.job.counters.iter().any(|counter| matches!(counter.place, Place::Json(_))) {
            let room = DOCUMENT - self.document.len();
            self.cut |= bytes.len() > room;
            self.document.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    /// All has come: reads the JSON. What keeps a counter unknown, by its name.
    pub(super) fn finish(&mut self) -> BTreeMap<String, String> {
        let job = Arc::clone(&self.job);
        let wanted = || {
            job.counters.iter().filter_map(|counter| match &counter.place {
                Place::Json(path) => Some((&counter.name, path)),
                _ => None,
            })
        };
        if wanted().next().is_some() {
            let documents = documents(&String::from_utf8_lossy(&self.document));
            for (name, path) in wanted() {
                // The last document that knows it counts, as the last line does.
                let values = documents.iter().rev().map(|document| path.values(document));
                let values = values.into_iter().find(|values| values.iter().any(Option::is_some));
                let read = match values {
                    None if self.cut => {
                        Err(format!("the output is longer than {}", text::size(DOCUMENT as u64)))
                    }
                    None if documents.is_empty() => Err("the output is not JSON".to_owned()),
                    None => Err(format!("the output has no `{path}`")),
                    Some(values) => added(&values),
                };
                match read {
                    Ok(number) => {
                        self.counters.insert(name.clone(), number);
                    }
                    Err(why) => {
                        self.odd.insert(name.clone(), why);
                    }
                }
            }
        }
        let known: BTreeSet<&String> = self.counters.keys().collect();
        let silent = job.counters.iter().filter(|counter| !known.contains(&counter.name));
        silent
            .map(|counter| {
                let why = self.odd.get(&counter.name).cloned();
                (
                    counter.name.clone(),
                    why.unwrap_or_else(|| format!("the output does not say `{}`", counter.name)),
                )
            })
            .collect()
    }

    /// A counter's next number; what is none makes it unknown until the next one.
    fn set(&mut self, name: &str, read: Result<i64, String>, join: impl FnOnce(i64, i64) -> Option<i64>) {
        let before = self.counters.get(name).copied().unwrap_or(0);
        if self.odd.contains_key(name)
            && self.job.counters.iter().any(|it| it.name == name && is_sum(&it.place))
        {
            // A sum that lacks a part stays unknown.
            return;
        }
        let joined = read.and_then(|number| {
            join(before, number).ok_or_else(|| "it is more than can be counted".to_owned())
        });
        match joined {
            Ok(number) => {
                self.odd.remove(name);
                self.counters.insert(name.to_owned(), number);
            }
            Err(why) => {
                self.counters.remove(name);
                self.odd.insert(name.to_owned(), why);
            }
        }
    }
}

fn is_sum(place: &Place) -> bool {
    matches!(place, Place::Sum(_))
}

/// The numbers that a pattern finds in a line, or why what it finds is none.
fn reads<'a>(pattern: &'a Pattern, line: &'a str) -> impl Iterator<Item = Result<i64, String>> + 'a {
    pattern.0.captures_iter(line).filter_map(move |found| {
        let (whole, group) = (found.get(0)?, found.get(1)?);
        let excerpt = |text: &str| text::truncate(&text::clean(text), EXCERPT).into_owned();
        // A pattern that goes on behind its group knows where the number ends.
        if whole.end() == group.end()
            && let Some(rest) = number::cut_off(group.as_str(), &line[group.end()..])
        {
            let why = format!(
                "its pattern reads {} of {}{rest}: write the group as ([\\d,.]+)",
                excerpt(group.as_str()),
                excerpt(group.as_str())
            );
            return Some(Err(why));
        }
        let number = number::parse(group.as_str());
        Some(number.ok_or_else(|| format!("{:?} is not a whole number", excerpt(group.as_str()))))
    })
}

/// How far it is, by a pattern with one group (per cent) or two (of how many).
fn far(pattern: &Pattern, line: &str) -> Option<f64> {
    let found = pattern.0.captures_iter(line).last()?;
    let group = |number: usize| found.get(number).map(|group| group.as_str().trim().trim_end_matches('%'));
    #[expect(clippy::cast_precision_loss, reason = "a bar has a hundred columns at most")]
    let count = |text: &str| number::parse(text).map(|number| number as f64);
    let part = if pattern.0.captures_len() > 2 {
        count(group(1)?)? / count(group(2)?)?
    } else {
        group(1)?.replace(',', ".").parse::<f64>().ok()? / 100.0
    };
    part.is_finite().then(|| part.clamp(0.0, 1.0))
}

/// The JSON in an output: all of it; else every line that is; else what begins at the first brace of a line.
fn documents(output: &str) -> Vec<Json> {
    if let Ok(whole) = serde_json::from_str::<Json>(output.trim()) {
        return vec![whole];
    }
    let is_tree = |json: &Json| json.is_object() || json.is_array();
    let lines = output.lines().map(str::trim).filter(|line| line.starts_with(['{', '[']));
    let lines: Vec<Json> = lines.filter_map(|line| serde_json::from_str(line).ok()).filter(is_tree).collect();
    if !lines.is_empty() {
        return lines;
    }
    // A notice before a document over several lines, and perhaps one behind it.
    let start = output.match_indices(['{', '[']).find(|(at, _)| *at == 0 || output[..*at].ends_with('\n'));
    let first =
        start.and_then(|(at, _)| serde_json::Deserializer::from_str(&output[at..]).into_iter().next());
    first.and_then(Result::ok).filter(is_tree).into_iter().collect()
}

/// The values a path leads to as one number: a list counts its entries.
fn added(values: &[Option<&Json>]) -> Result<i64, String> {
    let mut sum = 0_i64;
    for value in values {
        let number = match value {
            Some(Json::Array(all)) => i64::try_from(all.len()).ok(),
            Some(Json::Number(number)) => {
                number.as_i64().or_else(|| number.to_string().strip_suffix(".0")?.parse().ok())
            }
            Some(Json::String(text)) => number::parse(text),
            _ => None,
        };
        let number = number.ok_or_else(|| match value {
            None => "an entry lacks it".to_owned(),
            Some(value) => {
                let shown = value.to_string();
                format!("{} is not a whole number", text::truncate(&text::clean(&shown), EXCERPT))
            }
        })?;
        sum = sum.checked_add(number).ok_or("it is more than can be counted")?;
    }
    Ok(sum)
}

#[cfg(test)]
mod tests;
