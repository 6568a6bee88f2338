//! The sign-off report, made from the log alone.
//!
//! [`Report::new`] gathers what an auditor asks, exceptions first; each format is a rendering of it. Nothing in it
//! depends on the moment of its making but the stated time of generation.

mod chapters;
mod chart;
mod compare;
mod document;
mod escape;
mod export;
mod filled;
mod first;
mod html;
mod markdown;
mod model;
mod seals;
mod series;
mod sheet;
mod when;

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use crate::clock::Stamp;
use crate::record::{self, Record, status::Status};
use crate::signoff::verify::{Against, Outcome, Verification, verify_each};
use crate::signoff::{At, Hash, Head, LogError, disk, log};

pub use compare::Comparison;
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
    #[error("{} is the log or the plan itself: give the report another name", .0.display())]
    IsTheLog(PathBuf),
    /// A zone's clock stands beside UTC where people read.
    #[error(
        "--tz puts a zone's clock beside UTC, for people: in .html, in .md and with --filled; {} holds moments in UTC \
         alone, as programs and spreadsheets read them: leave --tz out",
        .0.display()
    )]
    Zone(PathBuf),
    /// A plan is Markdown.
    #[error("{} is no Markdown file's name: a filled plan is Markdown, name it something.md", .0.display())]
    NotMarkdown(PathBuf),
    /// The plan that was named cannot be read.
    #[error("read the plan {}: {source}", path.display())]
    Plan {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The plan that was named is another one, or was edited since.
    #[error(
        "{} is not the plan as it was run, whose SHA-256 is {wanted}: leave --plan out to fill the text that the log has",
        path.display()
    )]
    OtherPlan {
        /// Which.
        path: PathBuf,
        /// The hash that the log has.
        wanted: String,
    },
    /// There is nothing to report on.
    #[error("no report can be made of {}: {why}", log.display())]
    Unreadable {
        /// The log.
        log: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
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

    fn is_for_people(self) -> bool {
        matches!(self, Format::Html | Format::Markdown)
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
    write_beside(log, out, generated, None, None)
}

/// The same, with the clock of a zone beside UTC: the one that is given, else that of the sidecar's `tz`, else that of the
/// host as each line has it; and with signatures checked against a file of allowed signers, ssh-keygen(1).
///
/// # Errors
/// The format is unknown or has no place for a zone's clock, the log cannot be read, or the report cannot be written.
pub fn write_beside(
    log: &Path,
    out: &Path,
    generated: &Stamp,
    zone: Option<Tz>,
    signers: Option<&Path>,
) -> Result<Written, ReportError> {
    let format = Format::of(out).ok_or_else(|| ReportError::Format(out.to_owned()))?;
    if zone.is_some() && !format.is_for_people() {
        return Err(ReportError::Zone(out.to_owned()));
    }
    if same_file(log, out) {
        return Err(ReportError::IsTheLog(out.to_owned()));
    }
    let (record, verification) = replay_against(log, signers)?;
    let mut report = Report::new(&record, &verification, At::from(*generated));
    report.zone = zone.or(record.outline.tz);
    let failed = |source| ReportError::Write { path: out.to_owned(), source };
    // To be handed on: as readable as the user's files are.
    disk::write_through(out, 0o666, |file| format.write(&report, file)).map_err(failed)?;
    Ok(Written { path: out.to_owned(), lines: record.head.seq, verification })
}

/// Writes the plan of a run back as Markdown: boxes ticked, blanks filled, who and when beside each step, in UTC and
/// on the clock of a zone if one is given, or the sidecar has one.
///
/// The text is that of `plan`, or of the file of the plan's name beside the log if it is the one that was run; else the
/// log's own, in which secrets are masked; says which.
///
/// # Errors
/// The file is no Markdown file's name or the plan's own, `plan` is not the plan that was run, the log cannot be read, or
/// the file cannot be written.
pub fn write_filled(
    log: &Path,
    plan: Option<&Path>,
    out: &Path,
    generated: &Stamp,
    zone: Option<Tz>,
) -> Result<(Written, Filled), ReportError> {
    if Format::of(out) != Some(Format::Markdown) {
        return Err(ReportError::NotMarkdown(out.to_owned()));
    }
    let (record, verification) = replay(log)?;
    let (bytes, filled) = original(&record, log, plan)?;
    let itself = matches!(&filled, Filled::File(plan) if same_file(plan, out));
    if itself || same_file(log, out) {
        return Err(ReportError::IsTheLog(out.to_owned()));
    }
    let mut report = Report::new(&record, &verification, At::from(*generated));
    report.zone = zone.or(record.outline.tz);
    let failed = |source| ReportError::Write { path: out.to_owned(), source };
    disk::write_whole(out, &filled::fill(&report, &bytes), 0o666).map_err(failed)?;
    Ok((Written { path: out.to_owned(), lines: record.head.seq, verification }, filled))
}

/// Which text was filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filled {
    /// The plan's file, which is the one that was run.
    File(PathBuf),
    /// The text that the log has, which is that of the file.
    Log,
    /// The text that the log has: secrets in it are masked.
    Masked,
}

/// The plan's bytes, as last amended.
fn original(record: &Record, log: &Path, plan: Option<&Path>) -> Result<(Vec<u8>, Filled), ReportError> {
    let wanted = &record.plan.sha256;
    if let Some(plan) = plan {
        let read = |source| ReportError::Plan { path: plan.to_owned(), source };
        let bytes = std::fs::read(plan).map_err(read)?;
        if Hash::of(&bytes).to_string() != *wanted {
            return Err(ReportError::OtherPlan { path: plan.to_owned(), wanted: wanted.clone() });
        }
        return Ok((bytes, Filled::File(plan.to_owned())));
    }
    // The name is the log's word: it names a file beside the log, and none elsewhere.
    let name = Path::new(&record.plan.file).file_name();
    let beside = name.map(|name| log.with_file_name(name));
    if let Some(beside) = beside.filter(|beside| beside.is_file())
        && let Ok(bytes) = std::fs::read(&beside)
        && Hash::of(&bytes).to_string() == *wanted
    {
        return Ok((bytes, Filled::File(beside)));
    }
    let bytes = record.plan.text.clone().into_bytes();
    let whole = Hash::of(&bytes).to_string() == *wanted;
    Ok((bytes, if whole { Filled::Log } else { Filled::Masked }))
}

/// How the run of a log stands now; a log that is being written is read as far as its last whole line.
///
/// # Errors
/// The log cannot be read, or a line of it is not what was written.
pub fn status(log: &Path, now: &Stamp) -> Result<Status, ReportError> {
    Ok(Status::of(&read(log)?, now.wall))
}

/// Puts the runs of two logs beside each other.
///
/// # Errors
/// One of the logs cannot be read.
pub fn compare(a: &Path, b: &Path, now: &Stamp) -> Result<Comparison, ReportError> {
    let ((one, first), (other, second)) = (replay(a)?, replay(b)?);
    let now = At::from(*now);
    Ok(compare::compare(&Report::new(&one, &first, now), &Report::new(&other, &second, now)))
}

/// What a log says, which may be that of a run under way.
fn read(log: &Path) -> Result<Record, ReportError> {
    let mut record = Record::default();
    let read = log::source(log).read(Head::default(), &mut |line| {
        record::apply(&mut record, &line);
        ControlFlow::Continue(())
    });
    match read {
        // The writer will set aside what a crash left.
        Ok(_) | Err(LogError::Torn { .. }) if record.head.seq > 0 => Ok(record),
        Ok(_) | Err(LogError::Torn { .. }) => {
            let why = "it has no whole line yet: nothing was recorded in it".to_owned();
            Err(ReportError::Unreadable { log: log.to_owned(), why })
        }
        Err(error) => Err(error.into()),
    }
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
    replay_against(log, None)
}

fn replay_against(log: &Path, signers: Option<&Path>) -> Result<(Record, Verification), ReportError> {
    let against = Against { allowed_signers: signers.map(Path::to_owned), ..Against::default() };
    let mut record = Record::default();
    let verification = verify_each(log, &against, &mut |line| record::apply(&mut record, line));
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
