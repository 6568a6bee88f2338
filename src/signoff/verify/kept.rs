//! Whether what lies beside the log is what the log names: evidence, recorded readings, torn ends.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Finding, FindingKind};
use crate::signoff::event::Event;
use crate::signoff::line::Parsed;
use crate::signoff::{Hash, log};

/// Files that lines name.
#[derive(Default)]
pub(super) struct Kept {
    /// By name, with the first line that names it.
    files: BTreeMap<String, Wanted>,
    /// Evidence that was taken away: by whom, in which line, why.
    redacted: BTreeMap<String, (u64, String)>,
    torn: Vec<(u64, String, u64, String)>,
}

/// A file, and what it must hold.
#[derive(Clone)]
struct Wanted {
    line: u64,
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
            self.files.entry(blob.sha256.clone()).or_insert_with(|| Wanted {
                line: no,
                what: "evidence",
                salt: blob.salt.clone(),
                sha256: blob.sha256.clone(),
                bytes: Some(blob.bytes),
            });
        }
        match &parsed.event {
            Event::ReadingsSealed { file, sha256, .. } => {
                let sealed = Wanted {
                    line: no,
                    what: "recorded readings",
                    salt: String::new(),
                    sha256: sha256.clone(),
                    bytes: None,
                };
                self.files.insert(file.clone(), sealed);
            }
            Event::EvidenceRedacted { blob, reason } => {
                let why = format!("by {}: {reason}", parsed.by);
                self.redacted.entry(blob.clone()).or_insert((no, why));
            }
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
        for (name, file) in &self.files {
            let redacted = self.redacted.get(name);
            let why = match look(&folder, name, file) {
                Ok(true) if redacted.is_some() => "was redacted, and still lies there".to_owned(),
                Ok(true) => continue,
                Ok(false) => "holds other bytes than the log names".to_owned(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => match redacted {
                    Some((at, why)) => format!("was redacted in line {at} {why}"),
                    None => "is missing".to_owned(),
                },
                Err(error) => format!("cannot be read: {error}"),
            };
            let message = format!("its {} {name} {why}", file.what);
            if why.starts_with("was redacted") {
                told.notes.push(Finding { line: file.line, kind: FindingKind::Redacted, message });
            } else {
                told.findings.push(Finding { line: file.line, kind: FindingKind::Evidence, message });
            }
        }
        for (line, name, bytes, sha256) in self.torn {
            let kept = is_name(&name).then(|| digest(&path.with_file_name(&name), ""));
            let how = match kept {
                Some(Ok((_, hash))) if hash.to_string() == sha256 => "which holds it still",
                Some(Ok(_)) => "which holds something else now",
                _ => "which is not there any more",
            };
            let message = format!("a torn end of {bytes} bytes was set aside in {name}, {how}");
            told.notes.push(Finding { line, kind: FindingKind::Recovered, message });
        }
        told
    }
}

/// Whether a file holds what the log says.
fn look(folder: &Path, name: &str, file: &Wanted) -> io::Result<bool> {
    if !is_name(name) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "its name leads out of the folder"));
    }
    let (bytes, hash) = digest(&folder.join(name), &file.salt)?;
    Ok(file.bytes.is_none_or(|known| known == bytes) && hash.to_string() == file.sha256)
}

/// A name that stays in its folder.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\0'])
}

/// A file's length and hash behind a salt, read in pieces.
fn digest(path: &Path, salt: &str) -> io::Result<(u64, Hash)> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new().chain_update(salt);
    let mut piece = vec![0; 64 * 1024];
    let mut bytes = 0;
    loop {
        match file.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => {
                bytes += count as u64;
                digest.update(&piece[..count]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((bytes, Hash(digest.finalize().into())))
}
