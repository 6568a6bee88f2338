//! A file that the tool writes: its log, or its output through `tee`, `script` or `tmux pipe-pane`.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, Utc};

use super::Local;
use super::adapter::Format;
use super::feed::Feed;
use super::tail::{Found, TAIL, Tail, WHOLE};
use crate::clock::Stamp;
use crate::config::CopyJob;
use crate::probe::fault::plain;
use crate::sample::copy::{Copy, Source};
use crate::text::Redactor;

/// A followed file.
pub(super) struct File {
    tail: Tail,
    feed: Feed,
    /// Its past is read.
    caught_up: bool,
}

impl File {
    pub(super) fn new(path: &Path, job: &Arc<CopyJob>, redactor: &Arc<Redactor>, format: Format) -> File {
        File { tail: Tail::new(path), feed: Feed::new(job, redactor, format), caught_up: false }
    }

    pub(super) fn feed(&mut self) -> &mut Feed {
        &mut self.feed
    }

    pub(super) fn path(&self) -> &Path {
        self.tail.path()
    }

    /// Reads what is new in it; what is past is dated by the file.
    pub(super) fn read(&mut self, now: Stamp) -> io::Result<()> {
        let past = if self.caught_up { None } else { written(self.tail.path()) };
        let then = past.map_or(now, |past| earlier(now, past));
        let feed = &mut self.feed;
        // After a gap the first record is half of one.
        let mut torn = false;
        self.tail.read(|found| match found {
            Found::Bytes(bytes) => {
                let whole = if torn { after_record(bytes) } else { bytes };
                torn &= whole.is_empty();
                feed.bytes(whole, then);
            }
            Found::Anew(why) => feed.begin_anew(why),
            Found::Skipped(bytes, head) => {
                if let (true, Some(format)) = (feed.guesses(), Format::guess(head)) {
                    feed.with_format(format);
                }
                torn = true;
                feed.remark(&format!(
                    "of a log longer than {} MiB only the last {} MiB are read: what it counted in the {} MiB before is not known",
                    WHOLE >> 20,
                    TAIL >> 20,
                    bytes >> 20
                ));
            }
        })?;
        self.caught_up = true;
        Ok(())
    }

    /// What is known of it, for the result of reading it.
    pub(super) fn copy(&mut self, read: io::Result<()>) -> Copy {
        let path = self.tail.path().display().to_string();
        let error = match read {
            Ok(()) => return self.feed.copy(Source::Open),
            Err(error) => error,
        };
        let path = self.feed.clean(&path);
        let why = match error.kind() {
            io::ErrorKind::NotFound => {
                let mut copy = self.feed.copy(Source::Waiting);
                copy.progress.remarks.push(format!("{path} is not there yet: {RECIPE}"));
                return copy;
            }
            io::ErrorKind::PermissionDenied => {
                format!("no permission to read {path}: let whoever writes it make it readable")
            }
            io::ErrorKind::InvalidInput => {
                format!("{path} is {}; name the file that the tool writes", plain(&error))
            }
            _ => format!("cannot read {path}: {}", plain(&error)),
        };
        self.feed.copy(Source::Unreachable(why))
    }
}

/// How to make a tool write one.
const RECIPE: &str = "let the tool write it, with its own option (rclone --log-file=FILE --use-json-log --stats 2s -v) \
    or by TOOL 2>&1 | tee FILE";

impl Local for File {
    fn look(&mut self, now: Stamp) -> Copy {
        let read = self.read(now);
        self.copy(read)
    }

    fn subject(&self) -> String {
        self.path().display().to_string()
    }
}

fn written(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}

/// The moment at which the wall clock said `then`; now, if it lies ahead.
pub(super) fn earlier(now: Stamp, then: SystemTime) -> Stamp {
    (now.wall - DateTime::<Utc>::from(then)).to_std().map_or(now, |ago| now.earlier(ago))
}

/// What follows the first end of a record.
fn after_record(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    end.map_or(&[], |end| &bytes[end + 1..])
}
