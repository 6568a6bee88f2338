//! `[[reconcile]]`: comparisons of source and target, run by key.
//!
//! A counter is told by a regular expression with one group, of whose matches the last one counts (or all, added up),
//! or by a path into JSON. Expectations speak of counters by their names; a counter that means no harm is said to.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use regex::Regex;

use super::common::{expressions, name, resolve_via};
use super::target::{argv, url};
use super::toml::{At, Strings, Table};
use super::vars::Vars;
use super::{Findings, file, nearest};
use crate::expr::{Expr, Fact, Path, Scope};
use crate::text;

/// A comparison that takes longer is ended.
const TIMEOUT: Duration = Duration::from_mins(10);

/// What runs longer than a week is no check any more.
const LONGEST_TIMEOUT: Duration = Duration::from_hours(7 * 24);

/// Words of the expressions that no counter can be called by.
const RESERVED: [&str; 5] = ["exit", "state", "not", "any", "pat"];

/// One comparison.
#[derive(Clone, PartialEq)]
pub struct ReconcileJob {
    /// Unique among comparisons.
    pub name: String,
    /// What counts.
    pub asks: ReconcileSource,
    /// The other host: `ssh` and its arguments.
    pub via: Option<Vec<String>>,
    /// What is counted, in the order of the sidecar.
    pub counters: Vec<Counter>,
    /// What must hold; a program's exit code of zero is expected where none of them speaks of it.
    pub expect: Vec<Expr>,
    /// Counters that mean no harm.
    pub harmless: Vec<String>,
    /// How far it is: one group (per cent) or two (of how many).
    pub progress: Option<Pattern>,
    /// Time-out.
    pub timeout: Duration,
}

/// What counts.
#[derive(Clone, PartialEq, Eq)]
pub enum ReconcileSource {
    /// A program.
    Exec(Vec<String>),
    /// A URL.
    Url(String),
}

/// One thing that is counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Counter {
    /// What expectations call it.
    pub name: String,
    /// Where its number stands.
    pub place: Place,
}

/// Where a counter's number stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// In the group of the last match.
    Last(Pattern),
    /// In the groups of all matches, added up.
    Sum(Pattern),
    /// In JSON: a number, or a list whose entries are counted; what a `[*]` leads to is added up.
    Json(Path),
}

/// A regular expression, equal to another that is written alike.
#[derive(Clone, Debug)]
pub struct Pattern(pub Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

/// Its arguments may hold secrets.
impl std::fmt::Debug for ReconcileJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReconcileJob").field("name", &self.name).finish_non_exhaustive()
    }
}

/// One comparison; `None` if it has no name or nothing that counts, which is then a finding.
pub fn resolve(
    table: At<file::Reconcile>,
    names: &mut BTreeSet<String>,
    vars: &mut Vars<'_>,
    findings: &mut Findings,
) -> Option<ReconcileJob> {
    let At { value: table, span, .. } = table;
    let name = name(table.name.as_ref(), "reconcile", &span, names, findings);
    let asks = match (&table.exec, &table.url) {
        (Some(at), None) => argv(at, vars, findings).map(ReconcileSource::Exec),
        (None, Some(at)) => url(at, &["http", "https"], vars, findings).map(ReconcileSource::Url),
        (None, None) if table.gives("exec") || table.gives("url") => None,
        _ => {
            findings.add(span.clone(), "reconcile", "a [[reconcile]] asks one of `exec` and `url`");
            None
        }
    };
    let counters: Vec<Counter> = table
        .counters
        .iter()
        .flat_map(|at| &at.value)
        .filter_map(|(name, at)| {
            let (name, place) = (counter_name(name, findings), place(at, findings));
            Some(Counter { name: name?, place: place? })
        })
        .collect();
    let expect = table
        .expect
        .as_ref()
        .map_or_else(Vec::new, |at| expressions(&at.value, Scope::Reconcile, vars, findings));
    let known: Vec<&str> =
        table.counters.iter().flat_map(|at| &at.value).map(|(name, _)| name.value.as_str()).collect();
    check_expectations(&expect, table.expect.as_ref(), &known, asks.as_ref(), findings);
    let harmless = table.harmless.iter().flat_map(|at| &at.value.0);
    let harmless = harmless.filter(|at| is_known(&at.value, &known, &at.span, &at.key, findings));
    let harmless = harmless.map(|at| at.value.clone()).collect();
    if let (Some(at), Some(ReconcileSource::Url(_))) = (&table.via, &asks) {
        findings.add(
            at.span.clone(),
            &at.key,
            format!("`{}` goes with `exec`; a URL is asked from here", at.key),
        );
    }
    if counters.is_empty() && matches!(asks, Some(ReconcileSource::Url(_))) && !table.gives("counters") {
        let message = "this [[reconcile]] counts nothing; give it counters, such as counters = { missing = \"$.missing\" }";
        findings.add(span, "reconcile.counters", message);
    }
    Some(ReconcileJob {
        name: name?,
        asks: asks?,
        via: table.via.as_ref().and_then(|at| resolve_via(at, vars, findings)),
        counters,
        expect,
        harmless,
        progress: table.progress.as_ref().and_then(|at| pattern(at, 1..3, findings)),
        timeout: timeout(&table, findings),
    })
}

fn timeout(table: &file::Reconcile, findings: &mut Findings) -> Duration {
    let Some(at) = &table.timeout else { return TIMEOUT };
    let timeout = at.value.0;
    if timeout.is_zero() || timeout > LONGEST_TIMEOUT {
        let (is, most) = (text::exact(timeout), text::exact(LONGEST_TIMEOUT));
        findings.add(
            at.span.clone(),
            &at.key,
            format!("`{}` is {is}; expected more than zero, at most {most}", at.key),
        );
    }
    timeout
}

/// A name that expectations can speak of.
fn counter_name(at: &At<String>, findings: &mut Findings) -> Option<String> {
    let name = &at.value;
    let mut letters = name.chars();
    let plain = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let message = if !plain {
        format!(
            "`{}` cannot be a counter's name: a letter, then letters, digits, - and _",
            name.escape_debug()
        )
    } else if RESERVED.contains(&name.as_str()) {
        format!("`{name}` means something else in expectations; call the counter otherwise")
    } else {
        return Some(name.clone());
    };
    findings.add(at.span.clone(), &at.key, message);
    None
}

/// Where a counter stands: what begins with `$` or has no group is a path, all else a regular expression.
fn place(at: &At<file::Counter>, findings: &mut Findings) -> Option<Place> {
    let written = match &at.value {
        file::Counter::Last(text) => At { value: text.clone(), span: at.span.clone(), key: at.key.clone() },
        file::Counter::Sum(table) => {
            let Some(sum) = &table.sum else {
                if !table.gives("sum") {
                    let message =
                        format!("`{}` adds up nothing; expected {{ sum = 'missing: (\\d+)' }}", at.key);
                    findings.add(at.span.clone(), &at.key, message);
                }
                return None;
            };
            return pattern(sum, 1..2, findings).map(Place::Sum);
        }
    };
    let groups = Regex::new(&written.value).ok().map(|regex| regex.captures_len() - 1);
    if written.value.starts_with('$') || groups == Some(0) {
        let path = Path::parse(&written.value).ok();
        if path.is_none() {
            let message = format!(
                "`{}` is neither a regular expression with one group around the number, such as 'missing: ([\\d,]+)', \
                 nor a path into JSON, such as '$.summary.missing'",
                at.key
            );
            findings.add(at.span.clone(), &at.key, message);
        }
        return path.map(Place::Json);
    }
    pattern(&written, 1..2, findings).map(Place::Last)
}

/// A regular expression with so many groups.
fn pattern(at: &At<String>, groups: Range<usize>, findings: &mut Findings) -> Option<Pattern> {
    let source = super::common::pattern(at, findings)?;
    let regex = Regex::new(&source).ok()?;
    let has = regex.captures_len() - 1;
    if groups.contains(&has) {
        return Some(Pattern(regex));
    }
    let wants =
        if groups.len() == 1 { "one around the number" } else { "one (per cent) or two (of how many)" };
    let has = text::plural(has, "group", "groups");
    let message =
        format!("`{}` has {has}; expected {wants}, and (?:…) for those that only hold together", at.key);
    findings.add(at.span.clone(), &at.key, message);
    None
}

/// Every counter that is spoken of must be counted, and a URL has no exit code.
fn check_expectations(
    expect: &[Expr],
    list: Option<&At<Strings>>,
    known: &[&str],
    asks: Option<&ReconcileSource>,
    findings: &mut Findings,
) {
    for expr in expect {
        let written = list.into_iter().flat_map(|at| &at.value.0).find(|at| at.value.trim() == expr.source());
        let (span, key) = match (written, list) {
            (Some(at), _) => (at.span.clone(), at.key.as_str()),
            (None, Some(list)) => (list.span.clone(), list.key.as_str()),
            (None, None) => continue,
        };
        for fact in expr.facts() {
            match fact {
                Fact::Counter(name) => {
                    is_known(name, known, &span, key, findings);
                }
                Fact::Exit if matches!(asks, Some(ReconcileSource::Url(_))) => {
                    findings.add(span.clone(), key, format!("`{key}`: a URL has no exit code"));
                }
                _ => {}
            }
        }
    }
}

fn is_known(name: &str, known: &[&str], span: &Range<usize>, key: &str, findings: &mut Findings) -> bool {
    if known.contains(&name) {
        return true;
    }
    let hint = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "`counters` has none".to_owned(),
        None => format!("counted are {}", known.join(", ")),
    };
    findings.add(span.clone(), key, format!("`{key}`: nothing counts `{name}`; {hint}"));
    false
}

#[cfg(test)]
mod tests;
