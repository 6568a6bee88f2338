//! What several tables of the sidecar share: names, intervals, time-outs, expressions, other hosts.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use regex::Regex;

use super::Findings;
use super::toml::{self, At, Strings};
use super::vars::Vars;
use crate::expr::{Expr, Scope};
use crate::text;

/// A measurement that takes longer than a minute says nothing about now.
const LONGEST_TIMEOUT: Duration = Duration::from_mins(1);

/// Faster than this a check is a load test.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

/// Slower than this a check is not live.
const LONGEST_INTERVAL: Duration = Duration::from_hours(1);

/// Readings in a row that a state may wait for.
pub const MOST_READINGS: u64 = 1000;

pub fn interval(at: Option<&At<toml::Span>>, findings: &mut Findings) -> Option<Duration> {
    let at = at?;
    let every = at.value.0;
    if (SHORTEST_INTERVAL..=LONGEST_INTERVAL).contains(&every) {
        return Some(every);
    }
    let (least, most) = (text::exact(SHORTEST_INTERVAL), text::exact(LONGEST_INTERVAL));
    let message = format!("`{}` is {}; expected {least} to {most}", at.key, text::exact(every));
    findings.add(at.span.clone(), &at.key, message);
    None
}

/// The time-out; one that is not given fits into the interval.
pub fn timeout(
    at: Option<&At<toml::Span>>,
    every: Duration,
    default: Duration,
    findings: &mut Findings,
) -> Duration {
    let Some(at) = at else { return default.min(every) };
    let timeout = at.value.0;
    let message = if timeout.is_zero() {
        format!("`{}` is zero; expected a time-out such as \"3s\"", at.key)
    } else if timeout > every {
        let (timeout, every) = (text::exact(timeout), text::exact(every));
        format!("`{}` is {timeout}, longer than the interval `every` of {every}; shorten it", at.key)
    } else if timeout > LONGEST_TIMEOUT {
        format!("`{}` is {}; expected at most {}", at.key, text::exact(timeout), text::exact(LONGEST_TIMEOUT))
    } else {
        return timeout;
    };
    findings.add(at.span.clone(), &at.key, message);
    default.min(every)
}

pub fn whole(at: &At<toml::Whole>, least: u64, most: u64, findings: &mut Findings) -> Option<u32> {
    let number = at.value.0;
    if (least..=most).contains(&number) {
        return u32::try_from(number).ok();
    }
    findings.add(at.span.clone(), &at.key, format!("`{}` is {number}; expected {least} to {most}", at.key));
    None
}

/// Columns of a name that still fits beside three cells.
const LONGEST_NAME: usize = 64;

/// The unique name of a `[[kind]]` table.
pub fn name(
    name: Option<&At<String>>,
    kind: &str,
    span: &Range<usize>,
    names: &mut BTreeSet<String>,
    findings: &mut Findings,
) -> Option<String> {
    let Some(name) = name else {
        let message = format!("a [[{kind}]] table has no `name`; give it one, such as name = \"api\"");
        findings.add(span.clone(), &format!("{kind}.name"), message);
        return None;
    };
    let text = &name.value;
    let bad = |c: char| c == '/' || c.is_whitespace() || c.is_control();
    let problem = if text.is_empty() || text.contains(bad) || text::width(text) > LONGEST_NAME {
        format!(
            "`{}` cannot be a name: no blanks, no slashes, 1 to {LONGEST_NAME} characters",
            text.escape_debug()
        )
    } else if !names.insert(text.clone()) {
        format!("there is a [[{kind}]] `{text}` already; names are unique")
    } else {
        return Some(text.clone());
    };
    findings.add(name.span.clone(), &name.key, problem);
    None
}

pub fn expressions(list: &Strings, scope: Scope, vars: &mut Vars<'_>, findings: &mut Findings) -> Vec<Expr> {
    list.0.iter().filter_map(|at| expression(at, scope, vars, findings)).collect()
}

pub fn expression(
    at: &At<String>,
    scope: Scope,
    vars: &mut Vars<'_>,
    findings: &mut Findings,
) -> Option<Expr> {
    // `$` ends a line in a regular expression; only what looks like a variable is one.
    let text = if at.value.contains("${") { vars.shown(at, findings)? } else { at.value.clone() };
    match Expr::parse(&text, scope) {
        Ok(expr) => Some(expr),
        Err(error) => {
            // Places inside are known as long as the file spells the text as it is.
            let source = findings.source(&at.span);
            let inside = source.find(&text).filter(|_| text == at.value).unwrap_or(0);
            let start = at.span.start + inside;
            let span =
                if inside == 0 { at.span.clone() } else { start + error.span.start..start + error.span.end };
            findings.add(span, &at.key, format!("`{}`: {error}", at.key));
            None
        }
    }
}

pub fn resolve_via(via: &At<Strings>, vars: &mut Vars<'_>, findings: &mut Findings) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for part in &via.value.0 {
        let filled = vars.fill(part, findings)?.text;
        match via.value.0.len() {
            1 => words.extend(filled.split_whitespace().map(str::to_owned)),
            _ => words.push(filled),
        }
    }
    if words.len() >= 2 && words.first().is_some_and(|first| first == "ssh") {
        return Some(words);
    }
    let message = format!(
        "`{}` is not a way to another host; expected one such as \"ssh app-old.example.com\"",
        via.key
    );
    findings.add(via.span.clone(), &via.key, message);
    None
}

/// Regular expressions, each checked.
pub fn patterns(list: Option<&At<Strings>>, findings: &mut Findings) -> Vec<String> {
    let all = list.into_iter().flat_map(|at| &at.value.0);
    all.filter_map(|at| pattern(at, findings)).collect()
}

/// One regular expression, checked.
pub fn pattern(at: &At<String>, findings: &mut Findings) -> Option<String> {
    match Regex::new(&at.value) {
        Ok(_) => Some(at.value.clone()),
        Err(error) => {
            let why = error.to_string();
            let why = why.lines().next_back().unwrap_or_default().trim_start_matches("error: ").to_owned();
            findings.add(at.span.clone(), &at.key, format!("`{}` is no regular expression: {why}", at.key));
            None
        }
    }
}
