//! `cutover redact`: a piece of evidence is taken away, and the log says so.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::host;
use super::sign::Held;
use crate::clock::Clock;
use crate::record::{self, Entry};
use crate::signoff::event::Event;
use crate::signoff::{Actor, Head, log};
use crate::text;

/// Digits of a hash that say which is meant.
const LEAST: usize = 8;

/// What was taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    file: PathBuf,
    line: u64,
    /// It was not there any more.
    was_missing: bool,
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.was_missing { "was not there any more" } else { "is taken away" };
        writeln!(f, "{} {how}; line {} of the log says so", self.file.display(), self.line)
    }
}

/// Takes a piece of evidence away: first the log says so, then its bytes go.
///
/// # Errors
/// Why not, as a sentence.
pub fn redact(
    path: &Path,
    blob: &str,
    reason: &str,
    name: Option<&str>,
    clock: &dyn Clock,
) -> Result<Redacted, String> {
    let mut held = Held::take(path, "redact", clock)?;
    let blob = named(path, blob)?;
    let file = log::evidence(path).join(&blob);
    if let Some(entry) = held.record.redacted.get(&blob) {
        let Entry { act, text } = entry;
        // It was not deleted then, or put back since.
        if file.exists() {
            delete(&file, act.seq)?;
            return Ok(Redacted { file, line: act.seq, was_missing: false });
        }
        return Err(format!(
            "{blob} was taken away before, in line {} by {}: {}; nothing was written",
            act.seq,
            text::clean(&act.by),
            text::clean(text)
        ));
    }
    let by = Actor::person(name.unwrap_or(&host::login())).map_err(|error| error.to_string())?;
    let event = Event::EvidenceRedacted { blob: blob.clone(), reason: reason.trim().to_owned() };
    let drafts = held.drafts(&by, vec![event], clock);
    if let Some(draft) = drafts.last() {
        record::check(&held.record, draft).map_err(|conflict| conflict.to_string())?;
    }
    let lines = held.append(&drafts)?;
    let line = lines.last().map(|line| line.head.seq).unwrap_or_default();
    let was_missing = !delete(&file, line)?;
    Ok(Redacted { file, line, was_missing })
}

/// Deletes what that line of the log says is taken away; whether it was there.
fn delete(file: &Path, line: u64) -> Result<bool, String> {
    match std::fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(format!(
            "line {line} says that {} is redacted, but it cannot be deleted: {error}; mend that, then redact again",
            file.display()
        )),
    }
}

/// The one piece of evidence that the log names by that beginning.
fn named(path: &Path, start: &str) -> Result<String, String> {
    let start = start.to_lowercase();
    if start.len() < LEAST || !start.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(format!(
            "“{start}” names no evidence: give {LEAST} digits or more of the SHA-256 that the report gives it. What a \
             line says, such as a note or a command, cannot be taken away: every line behind it holds its hash"
        ));
    }
    let mut known = BTreeSet::new();
    let mut visit = |line: crate::signoff::Line| {
        known.extend(line.event.blobs().into_iter().map(|blob| blob.sha256.clone()));
        ControlFlow::Continue(())
    };
    log::source(path).read(Head::default(), &mut visit).map_err(|error| error.to_string())?;
    let mut found = known.iter().filter(|blob| blob.starts_with(&start));
    match (found.next(), found.count()) {
        (Some(blob), 0) => Ok(blob.clone()),
        (Some(_), more) => {
            Err(format!("{} pieces of evidence begin with {start}: give more of its name", more + 1))
        }
        (None, _) => {
            Err(format!("the log names no evidence {start}: the report lists what there is, by its SHA-256"))
        }
    }
}
