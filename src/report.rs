//! The sign-off report, made from the log alone.
//!
//! [`Report::new`] gathers what an auditor asks, exceptions first; each format is a rendering of it. Nothing in it
//! depends on the moment of its making but the stated time of generation.

mod chapters;
mod chart;
mod document;
mod escape;
mod export;
mod html;
mod markdown;
mod model;
mod series;
mod sheet;
mod when;

use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use crate::clock::Stamp;
use crate::record::{self, Record};
use crate::signoff::verify::{Against, Outcome, Verification, verify_each};
use crate::signoff::{At, disk};

pub use export::{Export, schema};
pub use html::html;
pub use markdown::markdown;
pub use model::{Exception, ExceptionKind, Report};

/// What was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// Where.
    pub path: PathBuf,
    /// Lines of the log that are in it.
    pub lines: u64,
    /// Whether the log is intact; if it is not, the report says so at its top.
    pub verification: Verification,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A suffix that names no format.
    #[error("no report format is called {}: name the file something.html, .md, .json or .csv", suffix(.0))]
    Format(PathBuf),
    /// The report would take the log's place.
    #[error("{} is the log itself: give the report another name", .0.display())]
    IsTheLog(PathBuf),
    /// There is nothing to report on.
    #[error("no report can be made of {}: {why}", log.display())]
    Unreadable {
        /// The log.
        log: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The report cannot be written.
    #[error("write the report {}: {source}", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The forms that a report has, told by the suffix of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Html,
    Markdown,
    Json,
    Csv,
}

impl Format {
    fn of(path: &Path) -> Option<Format> {
        Some(match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "html" | "htm" => Format::Html,
            "md" | "markdown" => Format::Markdown,
            "json" => Format::Json,
            "csv" => Format::Csv,
            _ => return None,
        })
    }

    fn write(self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Format::Html => out.write_all(html(report).as_bytes()),
            Format::Markdown => out.write_all(markdown(report).as_bytes()),
            Format::Json => export::write(report, out),
            Format::Csv => sheet::write(report, out),
        }
    }
}

fn suffix(path: &Path) -> String {
    path.extension().map_or("that".to_owned(), |suffix| format!(".{}", suffix.to_string_lossy()))
}

/// Writes the report of a log, in the format that the file's suffix names; the old report stays until the new one is
/// whole.
///
/// # Errors
/// The format is unknown, the log cannot be read, or the report cannot be written.
pub fn write(log: &Path, out: &Path, generated: &Stamp) -> Result<Written, ReportError> {
    write_beside(log, out, generated, None)
}

/// The same, with the clock of a zone beside UTC; without one, that of the host as each line has it.
///
/// # Errors
/// The format is unknown, the log cannot be read, or the report cannot be written.
pub fn write_beside(
    log: &Path,
    out: &Path,
    generated: &Stamp,
    zone: Option<Tz>,
) -> Result<Written, ReportError> {
    let format = Format::of(out).ok_or_else(|| ReportError::Format(out.to_owned()))?;
    if same_file(log, out) {
        return Err(ReportError::IsTheLog(out.to_owned()));
    }
    let (record, verification) = replay(log)?;
    let mut report = Report::new(&record, &verification, At::from(*generated));
    report.zone = zone;
    let failed = |source| ReportError::Write { path: out.to_owned(), source };
    // To be handed on: as readable as the user's files are.
    disk::write_through(out, 0o666, |file| format.write(&report, file)).map_err(failed)?;
    Ok(Written { path: out.to_owned(), lines: record.head.seq, verification })
}

fn same_file(a: &Path, b: &Path) -> bool {
    let id = |path: &Path| std::fs::metadata(path).map(|found| (found.dev(), found.ino())).ok();
    a == b || id(a).is_some_and(|a| Some(a) == id(b))
}

/// What the log says, up to the first line that cannot be trusted, and whether that is all; read once.
///
/// # Errors
/// There is no line that can be read.
pub fn replay(log: &Path) -> Result<(Record, Verification), ReportError> {
    let mut record = Record::default();
    let verification = verify_each(log, &Against::default(), &mut |line| record::apply(&mut record, line));
    if verification.outcome == Outcome::Unreadable || record.head.seq == 0 {
        let why = verification.first().map_or_else(String::new, |finding| match finding.line {
            0 => finding.message.clone(),
            line => format!("line {line}: {}", finding.message),
        });
        return Err(ReportError::Unreadable { log: log.to_owned(), why });
    }
    Ok((record, verification))
}

#[cfg(test)]
mod tests;
