//! What the evidence folder holds: short texts are shown, what is missing is said to be missing.

use std::fs;
use std::path::Path;

use crate::record::Record;
use crate::signoff::event::Blob;
use crate::text;

/// Longest text that is shown.
const BYTES: u64 = 4096;

/// Most lines of it.
const LINES: usize = 40;

/// What became of bytes that were kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kept {
    /// Short enough to be read here.
    Text(Vec<String>),
    /// There, and not shown.
    There,
    /// Something else than what was kept.
    Altered,
    /// Not there.
    Missing,
    /// Taken away on purpose.
    Redacted,
}

impl Kept {
    pub(super) fn read(folder: &Path, record: &Record, blob: &Blob) -> Kept {
        if record.redacted.contains_key(&blob.sha256) {
            return Kept::Redacted;
        }
        // A name from outside must not lead out of the folder.
        if blob.sha256.len() != 64 || !blob.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Kept::Missing;
        }
        let path = folder.join(&blob.sha256);
        let found = fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file);
        let Some(length) = found.map(|found| found.len()) else { return Kept::Missing };
        if length != blob.bytes {
            return Kept::Altered;
        }
        if length > BYTES {
            return Kept::There;
        }
        let Ok(bytes) = fs::read(&path) else { return Kept::Missing };
        if !blob.fits(&bytes) {
            return Kept::Altered;
        }
        match String::from_utf8(bytes) {
            Ok(text) if !text.trim().is_empty() && text.lines().count() <= LINES => {
                Kept::Text(text::clean_lines(&text, LINES))
            }
            _ => Kept::There,
        }
    }

    /// What must be said beside its name.
    pub(super) fn remark(&self) -> String {
        match self {
            Kept::Text(_) | Kept::There | Kept::Redacted => String::new(),
            Kept::Altered => " (NOT the bytes that were kept)".to_owned(),
            Kept::Missing => " (missing in the evidence folder)".to_owned(),
        }
    }
}
