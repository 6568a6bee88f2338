//! Whether what lies beside the log is what the log names: evidence, recorded readings, torn ends.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use super::{Finding, FindingKind};
use crate::signoff::disk::digest;
use crate::signoff::event::Event;
use crate::signoff::line::Parsed;
use crate::signoff::log;

/// What lies in the evidence folder but for recorded readings.
const EVIDENCE: &str = "evidence";
const READINGS: &str = "recorded readings";

/// Files that lines name.
#[derive(Default)]
pub(super) struct Kept {
    /// Each once for all that it must be, with the first line that says so: who names a file anew does not undo what
    /// was said of it before.
    files: BTreeMap<Wanted, u64>,
    /// Evidence that was taken away: by whom, in which line, why.
    redacted: BTreeMap<String, (u64, String)>,
    torn: Vec<(u64, String, u64, String)>,
    /// Recorded readings that a cockpit left unsealed and the next one sealed.
    recovered: Vec<(u64, String)>,
    /// The last line that says that the run's last cockpit was left, and that its recording had not stopped before.
    closed: Option<u64>,
    stopped: bool,
}

/// A file, and what it must hold.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    name: String,
    what: &'static str,
    salt: String,
    sha256: String,
    bytes: Option<u64>,
}

#[derive(Default)]
pub(super) struct Told {
    pub(super) findings: Vec<Finding>,
    pub(super) notes: Vec<Finding>,
}

impl Kept {
    /// Takes the next line.
    pub(super) fn line(&mut self, no: u64, parsed: &Parsed) {
        for blob in parsed.event.blobs() {
            let blob = Wanted {
                name: blob.sha256.clone(),
                what: EVIDENCE,
                salt: blob.salt.clone(),
                sha256: blob.sha256.clone(),
                bytes: Some(blob.bytes),
            };
            self.files.entry(blob).or_insert(no);
        }
        match &parsed.event {
            Event::ReadingsSealed { file, sha256, recovered, .. } => {
                if *recovered {
                    self.recovered.push((no, file.clone()));
                }
                let sealed = Wanted {
                    name: file.clone(),
                    what: READINGS,
                    salt: String::new(),
                    sha256: sha256.clone(),
                    bytes: None,
                };
                self.files.entry(sealed).or_insert(no);
            }
            Event::EvidenceRedacted { blob, reason } => {
                let why = format!("by {}: {reason}", parsed.by);
                self.redacted.entry(blob.clone()).or_insert((no, why));
            }
            Event::RunStarted { .. } | Event::RunResumed { .. } => {
                (self.closed, self.stopped) = (None, false);
            }
            Event::ReadingsStopped { .. } => self.stopped = true,
            Event::RunEnded { .. } => self.closed = Some(no).filter(|_| !self.stopped),
            Event::LogRecovered { bytes, sha256, file } => {
                self.torn.push((no, file.clone(), *bytes, sha256.clone()));
            }
            _ => {}
        }
    }

    /// Looks at the files beside the log.
    pub(super) fn end(self, path: &Path) -> Told {
        let folder = log::evidence(path);
        let mut told = Told::default();
        for (file, line) in &self.files {
            let redacted = self.redacted.get(&file.name).filter(|_| file.what == EVIDENCE);
            let why = match look(&folder, file) {
                Ok(true) if redacted.is_some() => "was redacted, and still lies there".to_owned(),
                Ok(true) => continue,
                Ok(false) => "holds other bytes than the log names".to_owned(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => match redacted {
                    Some((at, why)) => format!("was redacted in line {at} {why}"),
                    None => "is missing".to_owned(),
                },
                Err(error) => format!("cannot be read: {error}"),
            };
            let (line, message) = (*line, format!("its {} {} {why}", file.what, file.name));
            if why.starts_with("was redacted") {
                told.notes.push(Finding { line, kind: FindingKind::Redacted, message });
            } else {
                told.findings.push(Finding { line, kind: FindingKind::Evidence, message });
            }
        }
        self.unsealed(&folder, &mut told);
        told.notes.extend(self.recovered.iter().map(|(line, name)| Finding {
            line: *line,
            kind: FindingKind::Recovered,
            message: format!(
                "recorded readings {name} were left by a cockpit that died; the next one sealed them"
            ),
        }));
        for (line, name, bytes, sha256) in self.torn {
            let kept = is_name(&name).then(|| digest(&path.with_file_name(&name), "", Some(bytes)));
            let (how, changed) = match kept {
                Some(Ok(Some(hash))) if hash.to_string() == sha256 => ("which holds it still", false),
                Some(Ok(_)) => ("which holds something else now", true),
                _ => ("which is not there any more", false),
            };
            let message = format!("a torn end of {bytes} bytes was set aside in {name}, {how}");
            let told = if changed { &mut told.findings } else { &mut told.notes };
            told.push(Finding { line, kind: FindingKind::Recovered, message });
        }
        told
    }
}

impl Kept {
    /// Readings that the log never sealed: those of a cockpit that is open or died, or somebody else's.
    fn unsealed(&self, folder: &Path, told: &mut Told) {
        let sealed = self.files.keys().filter(|file| file.what == READINGS);
        let sealed: BTreeSet<&str> = sealed.map(|file| file.name.as_str()).collect();
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let (first, last) = log::READINGS;
        let mut names: Vec<String> = names
            .filter(|name| name.starts_with(first) && name.ends_with(last) && !sealed.contains(name.as_str()))
            .collect();
        names.sort();
        for name in names {
            let (kind, list, why) = match self.closed {
                Some(_) => (FindingKind::Evidence, &mut told.findings, "they are not its own"),
                None => {
                    (FindingKind::Unanchored, &mut told.notes, "a cockpit writes them, died or had to stop")
                }
            };
            let message = format!("recorded readings {name} lie in its folder and are not sealed: {why}");
            list.push(Finding { line: self.closed.unwrap_or(0), kind, message });
        }
    }
}

/// Whether a file holds what the log says.
fn look(folder: &Path, file: &Wanted) -> io::Result<bool> {
    if !is_name(&file.name) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "its name leads out of the folder"));
    }
    let hash = digest(&folder.join(&file.name), &file.salt, file.bytes)?;
    Ok(hash.is_some_and(|hash| hash.to_string() == file.sha256))
}

/// A name that stays in its folder.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\0'])
}
