//! What is known of a log from outside of it: a report, a head given to a ticket.
//!
//! A chain does not show that its end was cut off. What was told elsewhere of a log when it was longer does.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Serialize;

use super::{Finding, FindingKind};
use crate::signoff::Hash;

/// A place in a log: what every report carries on one line, so that it can be told whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Place {
    /// The run's id.
    pub run: String,
    /// How many lines there were.
    pub lines: u64,
    /// The hash of the last of them.
    pub head: String,
}

/// Where a report's line begins.
const MARK: &str = "cutover-report run=";

/// Largest report that is searched for its line: a report is a few megabytes.
const REPORT_MAX: u64 = 256 * 1024 * 1024;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK}{} lines={} head={}", self.run, self.lines, self.head)
    }
}

impl FromStr for Place {
    type Err = ();

    /// Reads the line at the beginning of a text; what follows it is left.
    fn from_str(text: &str) -> Result<Place, ()> {
        let place = || {
            let rest = text.strip_prefix(MARK)?;
            let (run, rest) = rest.split_once(" lines=")?;
            let (lines, rest) = rest.split_once(" head=")?;
            let head = rest.get(..64).filter(|head| head.parse::<Hash>().is_ok())?;
            let is_id = run.len() <= 64 && run.bytes().all(|b| b.is_ascii_alphanumeric());
            is_id.then_some(())?;
            Some(Place { run: run.to_owned(), lines: lines.parse().ok()?, head: head.to_owned() })
        };
        place().ok_or(())
    }
}

impl Place {
    /// The place that a report carries; of several lines like that the last, since reports end with theirs.
    ///
    /// # Errors
    /// One sentence: the file cannot be read, or has no such line.
    pub fn of_report(path: &Path) -> Result<Place, String> {
        let failed = |error| format!("the report {} cannot be read: {error}", path.display());
        let size = std::fs::metadata(path).map_err(failed)?.len();
        if size > REPORT_MAX {
            return Err(format!("{} is too large to be a report", path.display()));
        }
        let text = String::from_utf8_lossy(&std::fs::read(path).map_err(failed)?).into_owned();
        let mut marks = text.rmatch_indices(MARK);
        let found = marks.find_map(|(at, _)| text.get(at..)?.parse().ok());
        found.ok_or_else(|| {
            format!(
                "{} does not say which log it is of: .html, .md and .json reports do; tables, filled plans and what \
                 an older cutover wrote do not",
                path.display()
            )
        })
    }
}

/// What is compared with the log while it is read.
#[derive(Debug, Default)]
pub(super) struct Outside {
    report: Option<(PathBuf, Place)>,
    heads: Vec<Hash>,
    /// The hash of the line that the report ends with, once it was read.
    met: Option<Hash>,
    /// Lines whose hash is one of the heads, with that head.
    seen: Vec<(u64, Hash)>,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Told {
    pub(super) findings: Vec<Finding>,
    pub(super) notes: Vec<String>,
    /// The last line that something outside proves.
    pub(super) proven: u64,
    /// Whether the report is one of this log.
    pub(super) belongs: Option<bool>,
}

impl Outside {
    pub(super) fn new(report: Option<(PathBuf, Place)>, heads: &[Hash]) -> Outside {
        Outside { report, heads: heads.to_vec(), met: None, seen: Vec::new() }
    }

    /// Takes the next line.
    pub(super) fn line(&mut self, no: u64, hash: Hash) {
        if self.report.as_ref().is_some_and(|(_, place)| place.lines == no) {
            self.met = Some(hash);
        }
        if self.heads.contains(&hash) {
            self.seen.push((no, hash));
        }
    }

    /// Judges a log of that run and so many lines; only up to line `whole` one leads to the next.
    pub(super) fn end(self, run: Option<&str>, lines: u64, whole: u64) -> Told {
        let mut told = Told::default();
        if let Some((path, place)) = &self.report {
            self.report(path, place, run, (lines, whole), &mut told);
        }
        for head in &self.heads {
            match self.seen.iter().find(|(_, seen)| seen == head) {
                Some((line, _)) => {
                    if *line <= whole {
                        told.proven = told.proven.max(*line);
                    }
                    told.notes.push(format!("the head {head} is that of line {line}"));
                }
                None => told.findings.push(Finding {
                    line: 0,
                    kind: FindingKind::Cut,
                    message: format!(
                        "no line has the head {head}: lines were cut off behind or changed since it was given, or \
                         it is the head of another log"
                    ),
                }),
            }
        }
        told
    }

    fn report(
        &self,
        path: &Path,
        place: &Place,
        run: Option<&str>,
        (lines, whole): (u64, u64),
        told: &mut Told,
    ) {
        let name = path.display();
        let of = place.lines;
        let mut find = |line, kind, message| told.findings.push(Finding { line, kind, message });
        if run != Some(&place.run) {
            find(0, FindingKind::OtherReport, format!("the report {name} is of another run, {}", place.run));
        } else if lines < of {
            let message = format!(
                "the report {name} was made of {of} lines, the log has {lines}: its end was cut off, from line {} on",
                lines + 1
            );
            find(lines, FindingKind::Cut, message);
        } else if self.met.map(|hash| hash.to_string()).as_ref() != Some(&place.head) {
            let message = format!(
                "it is not the line that the report {name} ends with: it, or lines before it, were edited since"
            );
            find(of, FindingKind::Edited, message);
        } else if of > whole {
            told.notes.push(format!(
                "the report {name} was made when line {of} stood as it does; lines before it have been changed, so it \
                 is not of the log as it is now"
            ));
        } else {
            told.proven = told.proven.max(of);
            let of = match lines - of {
                0 => "of this log as it stands".to_owned(),
                more => format!("of this log when it had {of} lines; {more} more came since"),
            };
            told.notes.push(format!(
                "the report {name} is {of}, by the line that it names; what else it says was not compared: \
                 `cutover report` makes it anew"
            ));
        }
        told.belongs = Some(told.findings.is_empty());
    }
}
