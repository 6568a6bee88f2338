//! `[[copy]]`: copies whose progress is watched.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::common::{interval, name, pattern, resolve_via};
use super::target::{argv, path, url};
use super::toml::{At, Table};
use super::vars::Vars;
use super::{Findings, file};

/// A copy without progress for so long is stalled.
const STALLED_AFTER: Duration = Duration::from_mins(1);

/// One watched copy.
#[derive(Clone, PartialEq)]
pub struct CopyJob {
    /// Unique among copies.
    pub name: String,
    /// Where its progress is told.
    pub source: CopySource,
    /// The tool whose words a file or a program has; `None` finds it out.
    pub format: Option<String>,
    /// Groups `done total pct rate eta failed`, instead of a tool's format.
    pub regex: Option<String>,
    /// How many objects there are, where the tool does not say.
    pub total_objects: Option<u64>,
    /// How many bytes there are, where the tool does not say.
    pub total_bytes: Option<u64>,
    /// Interval.
    pub every: Duration,
    /// Quiet for so long, it is stale; `None` leaves it to the tool.
    pub stale: Option<Duration>,
    /// Without progress for so long, it is stalled.
    pub stalled_after: Duration,
    /// Where it writes to, for the forecast of the disk.
    pub target: Option<PathBuf>,
    /// The other host: `ssh` and its arguments.
    pub via: Option<Vec<String>>,
}

/// Where a copy's progress is told.
#[derive(Clone, PartialEq)]
pub enum CopySource {
    /// rclone's rc port.
    Rclone(String),
    /// azcopy's job log, or the folder of the logs.
    Azcopy(PathBuf),
    /// PostgreSQL's progress views: what `psql` takes as its connection.
    Postgres(String),
    /// An Elasticsearch task's URL.
    Elasticsearch(String),
    /// A URL whose JSON tells.
    Json(Box<JsonPaths>),
    /// A process by its number.
    Pid(u32),
    /// A process by a pattern of its name and arguments.
    Process(String),
    /// Source and target folders.
    Trees(PathBuf, PathBuf),
    /// A file that the tool writes.
    File(PathBuf),
    /// A program that tells, run while the cockpit does.
    Exec(Vec<String>),
    /// The copy itself, started by key; it outlives the cockpit.
    Start(Vec<String>),
}

/// A URL whose JSON tells, and where in it.
#[derive(Clone, PartialEq)]
pub struct JsonPaths {
    /// The URL.
    pub url: String,
    /// How many so far.
    pub done: Option<String>,
    /// Of how many.
    pub total: Option<String>,
    /// Failed.
    pub failed: Option<String>,
    /// What the numbers are: `bytes`, or the things' name in the plural.
    pub unit: Option<String>,
    /// The word that says how it is.
    pub state: Option<String>,
    /// Words of `state` that mean the end.
    pub finished: Vec<String>,
    /// Words of `state` that mean failure.
    pub failed_states: Vec<String>,
    /// HTTP request headers.
    pub headers: Vec<(String, String)>,
}

/// Its arguments may hold secrets.
impl std::fmt::Debug for CopyJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CopyJob").field("name", &self.name).finish_non_exhaustive()
    }
}

/// One copy; `None` if it has no name or no source that can be used, which is then a finding.
pub fn resolve(
    table: At<file::Copy>,
    names: &mut BTreeSet<String>,
    folder: &Path,
    vars: &mut Vars<'_>,
    findings: &mut Findings,
) -> Option<CopyJob> {
    let At { value: table, span, .. } = table;
    let name = name(table.name.as_ref(), "copy", &span, names, findings);
    let Some(at) = &table.source else {
        if !table.gives("source") {
            let message =
                "a [[copy]] has no `source`; give it one, such as source = { file = \"rclone.log\" }";
            findings.add(span, "copy.source", message);
        }
        return None;
    };
    let source = source(at, folder, vars, findings);
    let (total_objects, total_bytes) = match table.total.as_ref().map(|at| at.value) {
        Some(file::Amount::Objects(count)) => (Some(count), None),
        Some(file::Amount::Bytes(bytes)) => (None, Some(bytes)),
        None => (None, None),
    };
    Some(CopyJob {
        name: name?,
        source: source?,
        format: table.format.as_ref().map(|at| at.value.clone()),
        regex: table.regex.as_ref().and_then(|at| pattern(at, findings)),
        total_objects,
        total_bytes,
        every: interval(table.every.as_ref(), findings).unwrap_or(Duration::from_secs(2)),
        stale: table.stale.as_ref().map(|at| at.value.0),
        stalled_after: table.stalled_after.as_ref().map_or(STALLED_AFTER, |at| at.value.0),
        target: table.target.as_ref().and_then(|at| path(at, folder, vars, findings)),
        via: table.via.as_ref().and_then(|at| resolve_via(at, vars, findings)),
    })
}

fn source(
    at: &At<file::CopySource>,
    folder: &Path,
    vars: &mut Vars<'_>,
    findings: &mut Findings,
) -> Option<CopySource> {
    let table = &at.value;
    let given: Vec<&str> = file::CopySource::KEYS.iter().copied().filter(|key| table.gives(key)).collect();
    if given.len() != 1 {
        let known = file::CopySource::KEYS.join(", ");
        let message = match given.as_slice() {
            [] => format!("`{}` names no source; expected one of {known}", at.key),
            several => format!("`{}` has {}; a copy has one source", at.key, several.join(" and ")),
        };
        findings.add(at.span.clone(), &at.key, message);
        return None;
    }
    let http = &["http", "https"];
    if let Some(at) = &table.rclone {
        return url(at, http, vars, findings).map(CopySource::Rclone);
    }
    if let Some(at) = &table.azcopy {
        return path(at, folder, vars, findings).map(CopySource::Azcopy);
    }
    if let Some(at) = &table.postgres {
        return vars.fill(at, findings).map(|filled| CopySource::Postgres(filled.text));
    }
    if let Some(at) = &table.elasticsearch {
        return url(at, http, vars, findings).map(CopySource::Elasticsearch);
    }
    if let Some(at) = &table.json {
        return json(at, vars, findings).map(|paths| CopySource::Json(Box::new(paths)));
    }
    if let Some(at) = &table.pid {
        return match &at.value {
            file::Pid::Number(pid) => u32::try_from(*pid).ok().map(CopySource::Pid),
            file::Pid::Name(name) => Some(CopySource::Process(name.clone())),
        };
    }
    if let Some(at) = &table.trees {
        let [from, to] = at.value.as_slice() else {
            let message =
                format!("`{}` names {} folders; expected source and target", at.key, at.value.len());
            findings.add(at.span.clone(), &at.key, message);
            return None;
        };
        let (from, to) = (path(from, folder, vars, findings), path(to, folder, vars, findings));
        return Some(CopySource::Trees(from?, to?));
    }
    if let Some(at) = &table.file {
        return path(at, folder, vars, findings).map(CopySource::File);
    }
    if let Some(at) = &table.exec {
        return argv(at, vars, findings).map(CopySource::Exec);
    }
    table.start.as_ref().and_then(|at| argv(at, vars, findings)).map(CopySource::Start)
}

fn json(at: &At<file::JsonSource>, vars: &mut Vars<'_>, findings: &mut Findings) -> Option<JsonPaths> {
    let table = &at.value;
    let Some(at) = &table.url else {
        findings.add(at.span.clone(), &at.key, format!("`{}` has no `url`", at.key));
        return None;
    };
    let text = |at: &Option<At<String>>| at.as_ref().map(|at| at.value.clone());
    let words = |at: &Option<At<super::toml::Strings>>| {
        at.iter().flat_map(|at| &at.value.0).map(|at| at.value.clone()).collect()
    };
    Some(JsonPaths {
        url: url(at, &["http", "https"], vars, findings)?,
        done: text(&table.done),
        total: text(&table.total),
        failed: text(&table.failed),
        unit: text(&table.unit),
        state: text(&table.state),
        finished: words(&table.finished),
        failed_states: words(&table.failed_states),
        headers: table
            .headers
            .as_ref()
            .map_or_else(Vec::new, |at| super::health::headers(&at.value, vars, findings)),
    })
}
