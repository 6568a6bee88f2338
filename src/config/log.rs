//! `[[log]]`: logs that are followed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::common::{name, pattern, patterns, resolve_via};
use super::target::{argv, path};
use super::toml::{At, Table};
use super::vars::Vars;
use super::{Findings, file};

/// Lines kept of a log.
const LINES: u64 = 50_000;
/// Bytes kept of a log.
const BYTES: u64 = 16 << 20;
/// What one log may take at most.
const MOST: (u64, u64) = (10_000_000, 4 << 30);

/// One log.
#[derive(Clone, PartialEq)]
pub struct LogSource {
    /// Unique among logs.
    pub name: String,
    /// What is read.
    pub input: LogInput,
    /// The other host: `ssh` and its arguments.
    pub via: Option<Vec<String>>,
    /// What makes a line an error, whatever its level.
    pub errors: Option<String>,
    /// Where a JSON line has its level.
    pub level: Option<String>,
    /// Quiet for so long, it is silent.
    pub silent: Option<Duration>,
    /// Lines that are expected.
    pub noise: Vec<String>,
    /// Only these lines.
    pub include: Vec<String>,
    /// Not these lines.
    pub exclude: Vec<String>,
    /// Lines kept at most.
    pub lines: usize,
    /// Bytes kept at most.
    pub bytes: usize,
    /// How its bytes are text.
    pub encoding: Encoding,
}

/// What a log is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogInput {
    /// Files, with `*`, `?` and `[…]`.
    Files(Vec<PathBuf>),
    /// A program's output.
    Exec(Vec<String>),
}

/// How a log's bytes are text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// By its byte order mark, else UTF-8.
    #[default]
    Auto,
    /// UTF-8; what is not is replaced.
    Utf8,
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
    /// ISO 8859-1.
    Latin1,
}

/// Its arguments may hold secrets.
impl std::fmt::Debug for LogSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogSource").field("name", &self.name).finish_non_exhaustive()
    }
}

/// One log; `None` if it has no name or nothing to read, which is then a finding.
pub fn resolve(
    table: At<file::Log>,
    names: &mut BTreeSet<String>,
    folder: &Path,
    vars: &mut Vars<'_>,
    findings: &mut Findings,
) -> Option<LogSource> {
    let At { value: table, span, .. } = table;
    let name = name(table.name.as_ref(), "log", &span, names, findings);
    let via = table.via.as_ref().and_then(|at| resolve_via(at, vars, findings));
    let input = match (&table.file, &table.exec) {
        (Some(at), None) => {
            // On another host a path is that host's.
            let folder = if via.is_some() { Path::new("") } else { folder };
            let files = at.value.0.iter().filter_map(|at| path(at, folder, vars, findings)).collect();
            Some(LogInput::Files(files))
        }
        (None, Some(at)) => argv(at, vars, findings).map(LogInput::Exec),
        (None, None) if table.gives("file") || table.gives("exec") => None,
        _ => {
            let message = "a [[log]] reads one of `file` and `exec`";
            findings.add(span, "log", message);
            None
        }
    };
    let mut limit = |value: Option<u64>, most: u64, default: u64, key: &str, span: std::ops::Range<usize>| {
        let value = value.unwrap_or(default);
        if !(1..=most).contains(&value) {
            findings.add(span, key, format!("`{key}` is {value}; expected 1 to {most}"));
        }
        usize::try_from(value.clamp(1, most)).unwrap_or(usize::MAX)
    };
    let place = |span: Option<&std::ops::Range<usize>>| span.cloned().unwrap_or(0..0);
    let lines = limit(
        table.lines.as_ref().map(|at| at.value.0),
        MOST.0,
        LINES,
        "log.lines",
        place(table.lines.as_ref().map(|at| &at.span)),
    );
    let bytes = limit(
        table.bytes.as_ref().map(|at| at.value.0),
        MOST.1,
        BYTES,
        "log.bytes",
        place(table.bytes.as_ref().map(|at| &at.span)),
    );
    let encoding = table.encoding.as_ref().and_then(|at| encoding(at, findings)).unwrap_or_default();
    Some(LogSource {
        name: name?,
        input: input?,
        via,
        errors: table.errors.as_ref().and_then(|at| pattern(at, findings)),
        level: table.level.as_ref().map(|at| at.value.clone()),
        silent: table.silent.as_ref().map(|at| at.value.0),
        noise: patterns(table.noise.as_ref(), findings),
        include: patterns(table.include.as_ref(), findings),
        exclude: patterns(table.exclude.as_ref(), findings),
        lines,
        bytes,
        encoding,
    })
}

fn encoding(at: &At<String>, findings: &mut Findings) -> Option<Encoding> {
    Some(match at.value.to_ascii_lowercase().as_str() {
        "auto" => Encoding::Auto,
        "utf-8" | "utf8" => Encoding::Utf8,
        "utf-16le" | "utf16le" | "utf-16" => Encoding::Utf16Le,
        "utf-16be" | "utf16be" => Encoding::Utf16Be,
        "latin-1" | "latin1" | "iso-8859-1" => Encoding::Latin1,
        other => {
            let known = "auto, utf-8, utf-16le, utf-16be or latin-1";
            findings.add(at.span.clone(), &at.key, format!("`{}` is \"{other}\"; expected {known}", at.key));
            return None;
        }
    })
}
