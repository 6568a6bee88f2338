//! A file that another program writes: what is new in it, across rotation, truncation and re-creation.
//!
//! Blocks like any file: it belongs on a thread of its own.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Bytes read of a file at one look; a file that is longer at first, or grows by more, is read from its tail.
pub(super) const WHOLE: u64 = 64 * 1024 * 1024;

/// Bytes of such a tail.
pub(super) const TAIL: u64 = 8 * 1024 * 1024;

/// Bytes at its beginning by which a rewritten file is told from one that only grew.
const PRINT: usize = 1024;

/// Bytes read at once.
const CHUNK: usize = 256 * 1024;

/// A file under way.
pub(super) struct Tail {
    path: PathBuf,
    open: Option<Open>,
}

struct Open {
    file: File,
    /// Device and inode.
    id: (u64, u64),
    offset: u64,
    print: Vec<u8>,
}

/// What reading it found, in order.
#[derive(Debug, PartialEq)]
pub(super) enum Found<'a> {
    /// Bytes, next to those before.
    Bytes(&'a [u8]),
    /// The file is another one than before, or begins anew: why, as a clause.
    Anew(&'static str),
    /// So many bytes were passed over; these are its first.
    Skipped(u64, &'a [u8]),
}

impl Tail {
    pub(super) fn new(path: &Path) -> Tail {
        Tail { path: path.to_owned(), open: None }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads what is new.
    ///
    /// # Errors
    ///
    /// It is not there, may not be read, or is no regular file; what was open is read to its end all the same.
    pub(super) fn read(&mut self, mut visit: impl FnMut(Found<'_>)) -> io::Result<()> {
        let now = regular(&self.path);
        if let Some(open) = &mut self.open {
            let same = now.as_ref().is_ok_and(|now| id(now) == open.id);
            if same {
                if let Some(why) = open.anew()? {
                    visit(Found::Anew(why));
                    open.offset = 0;
                    open.print.clear();
                }
                return open.drain(&mut visit);
            }
            // Renamed, it is the older part of the same log; removed, its place is taken by another.
            let removed = open.file.metadata().is_ok_and(|old| old.nlink() == 0);
            open.drain(&mut visit)?;
            now?;
            self.open = None;
            if removed {
                visit(Found::Anew("its log was removed and begun anew"));
            }
        }
        // Not waiting for a writer, should it have become a pipe by now.
        let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
        regular(&self.path)?;
        let file = fs::OpenOptions::new().read(true).custom_flags(flags).open(&self.path)?;
        let id = id(&file.metadata()?);
        let open = self.open.insert(Open { file, id, offset: 0, print: Vec::new() });
        open.drain(&mut visit)
    }
}

impl Open {
    /// Why it is not the file it was, if it is not.
    fn anew(&self) -> io::Result<Option<&'static str>> {
        if self.file.metadata()?.len() < self.offset {
            return Ok(Some("its log was truncated and begun anew"));
        }
        let mut print = vec![0; self.print.len()];
        let read = read_at(&self.file, &mut print, 0)?;
        Ok((print[..read] != self.print).then_some("its log was written over"))
    }

    fn drain(&mut self, visit: &mut impl FnMut(Found<'_>)) -> io::Result<()> {
        let size = self.file.metadata()?.len();
        if size.saturating_sub(self.offset) > WHOLE {
            let first = self.offset == 0;
            let mut head = vec![0; if first { CHUNK } else { 0 }];
            let read = read_at(&self.file, &mut head, 0)?;
            let from = size - TAIL;
            self.print(&head[..read]);
            visit(Found::Skipped(from - self.offset, &head[..read]));
            self.offset = from;
        }
        let mut buffer = vec![0; CHUNK];
        // What is written meanwhile is for the next look: a writer that is faster than this must not hold it.
        while self.offset < size {
            let room = usize::try_from(size - self.offset).unwrap_or(CHUNK).min(CHUNK);
            let read = read_at(&self.file, &mut buffer[..room], self.offset)?;
            if read == 0 {
                break;
            }
            if self.offset == u64::try_from(self.print.len()).unwrap_or(u64::MAX) {
                self.print(&buffer[..read]);
            }
            self.offset += read as u64;
            visit(Found::Bytes(&buffer[..read]));
        }
        Ok(())
    }

    fn print(&mut self, bytes: &[u8]) {
        let room = PRINT - self.print.len();
        self.print.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

fn id(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// A regular file's metadata; opening something else may block, or never end.
fn regular(path: &Path) -> io::Result<Metadata> {
    let metadata = fs::metadata(path)?;
    if metadata.is_file() {
        return Ok(metadata);
    }
    let what = if metadata.is_dir() { "a folder" } else { "no regular file" };
    Err(io::Error::new(io::ErrorKind::InvalidInput, what))
}

/// Fills as much of the buffer as the file has there.
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match file.read_at(&mut buffer[read..], offset + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::io::Write;

    use super::*;

    /// What the next look finds, in short.
    fn look(tail: &mut Tail) -> String {
        let mut found = String::new();
        let read = tail.read(|one| match one {
            Found::Bytes(bytes) => found.push_str(&String::from_utf8_lossy(bytes)),
            Found::Anew(why) => {
                let _ = write!(found, "[{why}]");
            }
            Found::Skipped(bytes, head) => {
                let _ = write!(found, "[{bytes} skipped of {}…]", char::from(head[0]));
            }
        });
        match read {
            Ok(()) => found,
            Err(error) => format!("{found}!{:?}", error.kind()),
        }
    }

    fn append(path: &Path, text: &str) {
        fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }

    #[test]
    fn a_file_is_followed_through_all_that_happens_to_logs() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let mut tail = Tail::new(&path);
        assert_eq!(look(&mut tail), "!NotFound");
        append(&path, "one");
        assert_eq!(look(&mut tail), "one");
        assert_eq!(look(&mut tail), "");
        append(&path, " two");
        assert_eq!(look(&mut tail), " two");
        // Rotated: what was written last to the old one is not lost.
        append(&path, " three");
        fs::rename(&path, directory.path().join("log.1")).unwrap();
        assert_eq!(look(&mut tail), " three!NotFound");
        append(&directory.path().join("log.1"), " four");
        append(&path, "five");
        assert_eq!(look(&mut tail), " fourfive");
        // Truncated, and truncated with a longer rewrite.
        fs::write(&path, "6").unwrap();
        assert_eq!(look(&mut tail), "[its log was truncated and begun anew]6");
        fs::write(&path, "seven").unwrap();
        assert_eq!(look(&mut tail), "[its log was written over]seven");
        // Removed, and made again.
        append(&path, "!");
        fs::remove_file(&path).unwrap();
        assert_eq!(look(&mut tail), "!!NotFound");
        append(&path, "eight");
        assert_eq!(look(&mut tail), "[its log was removed and begun anew]eight");
    }

    #[test]
    fn a_long_past_is_left_out_but_for_its_head() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        append(&path, "head");
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(WHOLE + 1).unwrap();
        append(&path, "end");
        let mut tail = Tail::new(&path);
        let found = look(&mut tail);
        let skipped = WHOLE + 4 - TAIL;
        assert!(found.starts_with(&format!("[{skipped} skipped of h…]")), "{}", &found[..40]);
        assert!(found.ends_with("end"));
        append(&path, "more");
        assert_eq!(look(&mut tail), "more");
        fs::write(&path, "x".repeat(100)).unwrap();
        assert!(look(&mut tail).starts_with("[its log was truncated"));
    }

    #[test]
    fn what_is_no_regular_file_is_never_opened() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(look(&mut Tail::new(directory.path())), "!InvalidInput");
        assert_eq!(look(&mut Tail::new(Path::new("/dev/zero"))), "!InvalidInput");
    }
}
