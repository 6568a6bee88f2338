//! `[[copy]]`: copies whose progress is watched.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use regex::Regex;

use super::common::{interval, name, pattern, resolve_via};
use super::target::{argv, path, url};
use super::toml::{At, Table};
use super::vars::Vars;
use super::{Connection, Findings, file, nearest};

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
    /// The progress views of `PostgreSQL`.
    Postgres(Connection),
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
    if let Some(source) = &source {
        fits(source, &table, findings);
    }
    let (total_objects, total_bytes) = match table.total.as_ref().map(|at| at.value) {
        Some(file::Amount::Objects(count)) => (Some(count), None),
        Some(file::Amount::Bytes(bytes)) => (None, Some(bytes)),
        None => (None, None),
    };
    Some(CopyJob {
        name: name?,
        source: source?,
        format: table.format.as_ref().and_then(|at| format(at, findings)),
        regex: table.regex.as_ref().and_then(|at| groups(at, findings)),
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
        return vars.fill(at, findings).map(|filled| {
            let connection = Connection::parse(&filled.text);
            if let Some(password) = &connection.password {
                vars.keep(&password.0);
            }
            CopySource::Postgres(connection)
        });
    }
    if let Some(at) = &table.elasticsearch {
        return url(at, http, vars, findings).map(CopySource::Elasticsearch);
    }
    if let Some(at) = &table.json {
        return json(at, vars, findings).map(|paths| CopySource::Json(Box::new(paths)));
    }
    if let Some(at) = &table.pid {
        return match &at.value {
            file::Pid::Number(pid) => {
                // As large as proc(5) lets them be.
                let pid = u32::try_from(*pid).ok().filter(|pid| (1..=4_194_304).contains(pid));
                if pid.is_none() {
                    findings.add(at.span.clone(), &at.key, format!("`{}` is no process's number", at.key));
                }
                pid.map(CopySource::Pid)
            }
            file::Pid::Name(name) => {
                let at = At { value: name.clone(), span: at.span.clone(), key: at.key.clone() };
                pattern(&at, findings).map(CopySource::Process)
            }
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

/// Whether the keys beside a source go with it.
fn fits(source: &CopySource, table: &file::Copy, findings: &mut Findings) {
    let says_words = matches!(source, CopySource::File(_) | CopySource::Exec(_) | CopySource::Start(_));
    for (given, key) in [
        (table.format.as_ref().map(|at| &at.span), "format"),
        (table.regex.as_ref().map(|at| &at.span), "regex"),
    ] {
        if let (Some(span), false) = (given, says_words) {
            let message = format!("`copy.{key}` goes with `file`, `exec` and `start` only; leave it out");
            findings.add(span.clone(), &format!("copy.{key}"), message);
        }
    }
    let instead = match source {
        CopySource::Start(_) => {
            "a copy can be started on this host only; start it there, and give the `file` that it writes"
        }
        CopySource::Rclone(_) | CopySource::Elasticsearch(_) | CopySource::Json(_) => {
            "a URL is asked from this host; forward its port (ssh -L 5572:127.0.0.1:5572 HOST) and give that"
        }
        _ => return,
    };
    if let Some(via) = &table.via {
        findings.add(
            via.span.clone(),
            &via.key,
            format!("`{}` does not go with this source: {instead}", via.key),
        );
    }
}

/// Formats by their names: what the adapters know, with the programs' own names.
pub const FORMATS: [&str; 31] = [
    "auto",
    "rclone",
    "azcopy",
    "rsync",
    "aws-s3",
    "aws",
    "s5cmd",
    "gsutil",
    "gcloud-storage",
    "gcloud",
    "mongo",
    "mongodump",
    "mongorestore",
    "mongoimport",
    "mongoexport",
    "pg_basebackup",
    "pg_restore",
    "pg_dump",
    "postgres",
    "postgresql",
    "elasticsearch",
    "opensearch",
    "gh-ost",
    "restic",
    "ndjson",
    "dd",
    "pv",
    "progress",
    "json",
    "datasync",
    "dms",
];

fn format(at: &At<String>, findings: &mut Findings) -> Option<String> {
    // One spelling, whichever is written.
    let plain = |name: &str| name.trim().to_ascii_lowercase().replace([' ', '_'], "-");
    if FORMATS.iter().any(|known| plain(known) == plain(&at.value)) {
        return Some(at.value.clone());
    }
    let expected = match nearest(&at.value, &FORMATS) {
        Some(known) => format!("did you mean \"{known}\"?"),
        None => format!("expected one of {}, or a `regex` instead", FORMATS.join(", ")),
    };
    findings.add(at.span.clone(), &at.key, format!("`{}` is \"{}\"; {expected}", at.key, at.value));
    None
}

/// Groups of which an expression must have one.
const TELLING: [&str; 3] = ["done", "pct", "state"];

/// An expression whose groups say something.
fn groups(at: &At<String>, findings: &mut Findings) -> Option<String> {
    let text = pattern(at, findings)?;
    let names = Regex::new(&text).ok()?;
    if names.capture_names().flatten().any(|name| TELLING.contains(&name)) {
        return Some(text);
    }
    let message = format!(
        "`{}` has no group that tells how far it is; name one, such as (?<done>\\d+)/(?<total>\\d+) or (?<pct>[\\d.]+)%",
        at.key
    );
    findings.add(at.span.clone(), &at.key, message);
    None
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

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(sidecar: &str) -> Vec<String> {
        match crate::config::load(Path::new("plan.toml"), sidecar, &|_| None) {
            Ok(_) => Vec::new(),
            Err(error) => error.findings.into_iter().map(|finding| finding.message).collect(),
        }
    }

    #[test]
    fn what_does_not_go_together_is_a_finding() {
        let with = |rest: &str| findings(&format!("[[copy]]\nname = \"a\"\n{rest}\n"));
        let file = "source = { file = \"x.log\" }\n";
        for good in [
            format!("{file}format = \"aws_s3\""),
            format!("{file}via = \"ssh app\""),
            format!("{file}regex = '(?<done>\\d+)'"),
            "source = { pid = 7 }".to_owned(),
        ] {
            assert_eq!(with(&good), [""; 0], "{good}");
        }
        for (bad, words) in [
            (format!("{file}format = \"rsinc\""), "did you mean \"rsync\"?"),
            (format!("{file}format = \"excel\""), "expected one of auto, rclone"),
            (format!("{file}regex = 'x'"), "has no group that tells"),
            (
                "source = { pid = 7 }\nformat = \"rsync\"".to_owned(),
                "goes with `file`, `exec` and `start` only",
            ),
            ("source = { pid = 0 }".to_owned(), "is no process's number"),
            ("source = { pid = \"(\" }".to_owned(), "is no regular expression"),
            ("source = { start = [\"x\"] }\nvia = \"ssh app\"".to_owned(), "on this host only"),
            ("source = { rclone = \"http://x:1\" }\nvia = \"ssh app\"".to_owned(), "ssh -L"),
        ] {
            let found = with(&bad);
            assert!(found.iter().any(|finding| finding.contains(words)), "{bad}: {found:?}");
        }
    }

    #[test]
    fn a_connections_password_is_a_secret() {
        let sidecar = "[[copy]]\nname = \"a\"\nsource = { postgres = \"postgres://dana:hunter2@db/shop\" }\n";
        let settings = crate::config::load(Path::new("plan.toml"), sidecar, &|_| None).unwrap();
        assert!(settings.secrets.contains(&crate::config::Secret("hunter2".to_owned())));
    }
}
