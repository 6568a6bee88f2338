//! `[[reconcile]]`: comparisons of source and target, run by key.

use std::collections::BTreeSet;
use std::time::Duration;

use super::common::{name, pattern, resolve_via};
use super::target::{argv, url};
use super::toml::{At, Strings, Table};
use super::vars::Vars;
use super::{Findings, file};

/// A comparison that takes longer is ended.
const TIMEOUT: Duration = Duration::from_mins(10);

/// One comparison.
#[derive(Clone, PartialEq)]
pub struct ReconcileJob {
    /// Unique among comparisons.
    pub name: String,
    /// What counts.
    pub asks: ReconcileSource,
    /// The other host: `ssh` and its arguments.
    pub via: Option<Vec<String>>,
    /// Counters by name, and where each stands: a regular expression with one group, or a path into JSON.
    pub counters: Vec<(String, String)>,
    /// What must hold, as written.
    pub expect: Vec<String>,
    /// Counters that mean no harm.
    pub harmless: Vec<String>,
    /// How far it is: a regular expression.
    pub progress: Option<String>,
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
    let words = |list: Option<&At<Strings>>| -> Vec<String> {
        list.into_iter().flat_map(|at| &at.value.0).map(|at| at.value.clone()).collect()
    };
    let counters: Vec<(String, String)> = table
        .counters
        .iter()
        .flat_map(|at| &at.value)
        .map(|(name, at)| (name.value.clone(), at.value.clone()))
        .collect();
    Some(ReconcileJob {
        name: name?,
        asks: asks?,
        via: table.via.as_ref().and_then(|at| resolve_via(at, vars, findings)),
        counters,
        expect: words(table.expect.as_ref()),
        harmless: words(table.harmless.as_ref()),
        progress: table.progress.as_ref().and_then(|at| pattern(at, findings)),
        timeout: table.timeout.as_ref().map_or(TIMEOUT, |at| at.value.0),
    })
}
