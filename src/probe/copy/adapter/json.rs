//! JSON of any program: `{"done":1,"total":2,"unit":"bytes","rate":3,"state":"running"}`, and any document by paths.
//!
//! Keys, all but one of `done` and `percent` optional: `done`, `total`, `unit` (`bytes`, or what is counted), `rate`
//! (bytes a second), `percent`, `left` (seconds or `1h30m`), `failed`, `skipped`, `state`, `at`, `error`. Numbers may be text
//! with a unit. A `total` that is there is final unless the state is `scanning`.
//!
//! Exit 0 is finished, anything else gave up.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::{OBJECTS, PATIENT, Rule, Said, Tool, value};
use crate::config::JsonPaths;
use crate::probe::copy::units::{self, Kilo};
use crate::sample::copy::{Progress, Stage, UNITS};
use crate::text::Redactor;

/// What is counted, by the word for it.
fn unit(word: &str) -> &'static str {
    let plain = word.trim().to_ascii_lowercase();
    UNITS
        .into_iter()
        .find(|known| *known == plain || known.strip_suffix('s') == Some(&plain))
        .unwrap_or("items")
}

/// An amount: done or total, in bytes or in things.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Amount {
    pub count: Option<u64>,
    pub is_bytes: bool,
}

impl Amount {
    /// Of text with or without a unit.
    pub fn of(text: &str, kilo: Kilo) -> Amount {
        units::quantity(text, kilo).map_or_else(Amount::default, |quantity| Amount {
            count: units::to_whole(quantity.value),
            is_bytes: quantity.is_bytes,
        })
    }

    fn json(json: &Json) -> Amount {
        match json {
            Json::String(text) => Amount::of(text, Kilo::Decimal),
            json => Amount { count: value::number(json).and_then(units::to_whole), is_bytes: false },
        }
    }
}

/// Puts amounts where they belong.
pub(super) fn amounts(done: Amount, total: Amount, counted: &str, said: &mut Said) {
    let is_bytes = done.is_bytes
        || total.is_bytes
        || matches!(counted.trim().to_ascii_lowercase().as_str(), "bytes" | "byte" | "b");
    let (mut bytes, mut objects) = (said.bytes, said.objects);
    let place = if is_bytes { &mut bytes } else { &mut objects };
    (place.done, place.total) = (done.count.or(place.done), total.count.or(place.total));
    if !is_bytes {
        said.unit = unit(counted);
    }
    said.count(bytes, objects);
}

/// The stage that a word means; `None` for words that say nothing of it.
pub(super) fn state(word: &str, said: &mut Said) {
    said.throttled = false;
    match word.trim().to_ascii_lowercase().replace([' ', '_'], "-").as_str() {
        "scanning" | "listing" | "preparing" | "queued" | "pending" | "starting" => {
            said.stage = Stage::Scanning;
        }
        "verifying" | "checking" | "validating" | "finalizing" | "finalising" => {
            said.stage = Stage::Verifying;
        }
        "throttled" | "paused" | "waiting" => (said.stage, said.throttled) = (Stage::Running, true),
        "finished" | "done" | "completed" | "complete" | "succeeded" | "success" | "ok" => said.finish(),
        "finished-with-errors" | "completed-with-errors" | "partial" | "incomplete" => {
            said.with_failures("it says that some failed");
        }
        "failed" | "error" | "errored" | "dead" => said.give_up_or("it says that it failed"),
        "cancelled" | "canceled" | "stopped" | "aborted" => said.cancel(),
        _ => said.stage = Stage::Running,
    }
}

fn apply(line: &Json, said: &mut Said) -> bool {
    let amount = |key: &str| line.get(key).map_or_else(Amount::default, Amount::json);
    let (done, total) = (amount("done"), amount("total"));
    let percent = ["percent", "pct"].into_iter().find_map(|key| {
        let text = line.get(key)?;
        value::number(text).or_else(|| units::number(text.as_str()?.trim_end_matches('%')))
    });
    if done.count.is_none() && percent.is_none() && value::text(line, "state").is_empty() {
        return false;
    }
    amounts(done, total, value::text(line, "unit"), said);
    said.percent = percent;
    said.rate = line.get("rate").and_then(|rate| match rate {
        Json::String(text) => units::rate(text, Kilo::Decimal),
        number => value::number(number),
    });
    said.left = ["left", "eta"].into_iter().find_map(|key| match line.get(key)? {
        Json::String(text) => units::span(text),
        number => units::seconds(value::number(number)?),
    });
    said.failed = value::count(line, "failed").or(said.failed);
    said.skipped = value::count(line, "skipped").or(said.skipped);
    said.at(value::text(line, "at"));
    let error = value::text(line, "error");
    if !error.is_empty() {
        said.error(error);
    }
    let word = value::text(line, "state");
    state(word, said);
    said.total_is_final =
        said.stage != Stage::Scanning && (said.bytes.total.is_some() || said.objects.total.is_some());
    true
}

/// The adapter: an object at a time.
#[derive(Clone, Debug)]
pub(super) struct Objects;

impl Tool for Objects {
    const RULE: Rule = OBJECTS;

    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        value::object(record).is_some_and(|line| apply(&line, said))
    }

    fn reads_ahead(&self, tail: &str) -> bool {
        tail.ends_with('}')
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        match (code, &said.stage) {
            (0, Stage::Ended(_)) => {}
            (0, _) => said.finish(),
            (_, Stage::Ended(end)) if *end != crate::sample::copy::End::Finished => {}
            _ => said.give_up_or(&format!("it ended with {code}")),
        }
    }

    fn quiet(&self, _progress: &Progress) -> Duration {
        PATIENT
    }
}

/// What a document says, by the paths of the plan.
///
/// A path that leads to several values (`slices[*].done`) is their sum. What a path does not find is not said.
#[must_use]
pub fn by_path(document: &Json, paths: &JsonPaths, redactor: &Arc<Redactor>) -> Progress {
    let mut said = Said::new(Arc::clone(redactor));
    let amount = |path: &Option<String>| {
        let found = path.as_ref().map_or_else(Vec::new, |path| find(document, path));
        found.into_iter().map(Amount::json).fold(Amount::default(), |sum, one| Amount {
            count: value::sum([sum.count, one.count]),
            is_bytes: sum.is_bytes || one.is_bytes,
        })
    };
    let (done, total) = (amount(&paths.done), amount(&paths.total));
    amounts(done, total, paths.unit.as_deref().unwrap_or(""), &mut said);
    said.failed = amount(&paths.failed).count;
    let words = paths.state.as_ref().map_or_else(Vec::new, |path| find(document, path));
    let word = words.first().map(|word| match word {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    });
    let among = |list: &[String]| {
        word.as_ref().is_some_and(|word| list.iter().any(|known| known.eq_ignore_ascii_case(word)))
    };
    if among(&paths.finished) {
        said.finish();
    } else if among(&paths.failed_states) {
        said.give_up(&format!("its state is {}", word.as_deref().unwrap_or("")));
    } else if let Some(word) = &word {
        // Words that the plan lists are all that end it; the usual ones do where it lists none.
        let listed = !paths.finished.is_empty() || !paths.failed_states.is_empty();
        if listed {
            said.stage = Stage::Running;
        } else {
            state(word, &mut said);
        }
        said.at(word);
    } else if done.count.is_some() {
        said.stage = Stage::Running;
    }
    said.total_is_final |= total.count.is_some() && said.stage != Stage::Scanning;
    said.into_progress()
}

/// All values that a path leads to: `status.total`, `slices[*].done`, `tasks[0]["a.b"]`; a leading `$` may stand.
fn find<'a>(document: &'a Json, path: &str) -> Vec<&'a Json> {
    let mut found = vec![document];
    let mut rest = path.trim().trim_start_matches('$');
    while !rest.is_empty() {
        rest = rest.trim_start_matches('.');
        let step;
        if let Some(inside) = rest.strip_prefix('[') {
            let Some((inner, after)) = inside.split_once(']') else { return Vec::new() };
            (step, rest) = (inner.trim(), after);
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            (step, rest) = rest.split_at(end);
        }
        let quoted = step.trim_matches(['"', '\'']);
        found = found
            .into_iter()
            .flat_map(|value| match (value, step) {
                (Json::Array(all), "*") => all.iter().collect::<Vec<_>>(),
                (Json::Object(all), "*") => all.values().collect(),
                (Json::Array(all), index) => {
                    index.parse::<usize>().ok().and_then(|index| all.get(index)).into_iter().collect()
                }
                (value, _) => value.get(quoted).into_iter().collect(),
            })
            .collect();
    }
    found
}
