//! One open file, read as it grows.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use memchr::{memchr, memrchr, memrchr_iter};

use super::beat::Beat;
use super::encoding::{Decoder, HEAD};
use super::intake::Intake;
use super::lines::Splitter;
use crate::config::Encoding;
use crate::sample::log::Turn;

/// Bytes before the offset that are read again: if they are others, the file was written anew.
const WINDOW: usize = 1024;
/// From so many bytes on it is worth having several threads at them.
const LARGE: usize = 512 * 1024;
/// The backlog is looked for in blocks of this size, from the end.
const BLOCK: u64 = 64 * 1024;
/// Polls after a change that look at the window all the same: a file system's clock has a coarse tick.
const WARY: u32 = 3;
/// A line that does not end is told after so long without more of it.
const QUIET: Duration = Duration::from_secs(1);
/// And after so long even if more of it comes all the time.
const OPEN: Duration = Duration::from_secs(10);

/// Which file a descriptor is of: device and inode.
pub(super) type FileId = (u64, u64);

pub(super) fn id(meta: &Metadata) -> FileId {
    (meta.dev(), meta.ino())
}

/// An open file and how far it has been read.
pub(super) struct Tail {
    pub(super) path: Arc<str>,
    pub(super) id: FileId,
    file: File,
    encoding: Encoding,
    /// Its place in the list of files.
    index: u16,
    offset: u64,
    /// What stands before the offset.
    window: Vec<u8>,
    decoder: Decoder,
    splitter: Splitter,
    /// Length and time of change when last looked at.
    seen: Option<(u64, i64, i64)>,
    unchanged: u32,
    /// When it last grew.
    pub(super) grew: Duration,
    /// When the line that has not ended was begun.
    begun: Option<Duration>,
    /// Bytes there and not read.
    pub(super) behind: u64,
    /// No name leads to it any more.
    pub(super) unlinked: bool,
}

/// Opens a file to read it; never waits for a writer, as a named pipe would.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NONBLOCK.bits();
    OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)
}

impl Tail {
    /// A file that is read from its start.
    pub(super) fn new(
        path: Arc<str>,
        file: File,
        encoding: Encoding,
        index: u16,
        now: Duration,
    ) -> io::Result<Tail> {
        let id = id(&file.metadata()?);
        Ok(Tail {
            path,
            id,
            file,
            encoding,
            index,
            offset: 0,
            window: Vec::new(),
            decoder: Decoder::new(encoding),
            splitter: Splitter::default(),
            seen: None,
            unchanged: 0,
            grew: now,
            begun: None,
            behind: 0,
            unlinked: false,
        })
    }

    /// Goes on where its last `lines` lines or `bytes` bytes begin, whichever are fewer; returns its length.
    pub(super) fn seek_backlog(&mut self, lines: usize, bytes: u64) -> io::Result<u64> {
        let length = self.file.metadata()?.len();
        let mut head = [0; HEAD];
        let got = self.file.read_at(&mut head, 0)?;
        let within = Decoder::within(self.encoding, &head[..got]);
        let start = backlog(&self.file, length, lines, bytes, within.unit())?;
        if start > 0 {
            self.decoder = within;
            self.resume(start)?;
        }
        Ok(length)
    }

    /// Goes on at an offset.
    pub(super) fn resume(&mut self, offset: u64) -> io::Result<()> {
        let length = offset.min(WINDOW as u64);
        let mut window = vec![0; usize::try_from(length).unwrap_or(WINDOW)];
        self.file.read_exact_at(&mut window, offset - length)?;
        if offset > 0 {
            let mut head = [0; HEAD];
            let got = self.file.read_at(&mut head, 0)?;
            self.decoder = Decoder::within(self.encoding, &head[..got]);
        }
        self.window = window;
        self.offset = offset;
        Ok(())
    }

    /// How far it has been read, and what stands before.
    pub(super) fn place(&self) -> (u64, &[u8]) {
        (self.offset, &self.window)
    }

    /// Whether what stands before the offset is what was read there.
    pub(super) fn is_same(&self) -> io::Result<bool> {
        let mut there = [0; WINDOW];
        let there = &mut there[..self.window.len()];
        match self.file.read_exact_at(there, self.offset - self.window.len() as u64) {
            Ok(()) => Ok(there == self.window),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads what is new, at most `budget` bytes; returns how many.
    pub(super) fn poll(
        &mut self,
        intake: &mut Intake,
        buffer: &mut [u8],
        budget: u64,
        now: Duration,
        beat: &Beat,
    ) -> io::Result<u64> {
        let meta = self.file.metadata()?;
        self.unlinked = meta.nlink() == 0;
        let length = meta.len();
        let seen = Some((length, meta.mtime(), meta.mtime_nsec()));
        if seen == self.seen {
            self.unchanged = self.unchanged.saturating_add(1);
        } else {
            self.seen = seen;
            self.unchanged = 0;
        }
        if length < self.offset {
            self.restart(intake, Turn::Truncated(self.path.to_string()), now);
        } else if length == self.offset {
            if self.unchanged <= WARY && !self.is_same()? {
                self.restart(intake, Turn::Replaced(self.path.to_string()), now);
            } else {
                self.behind = 0;
                self.rest(intake, now);
                return Ok(0);
            }
        }
        let mut read = 0;
        while read < budget {
            let got = self.file.read_at(buffer, self.offset)?;
            if got == 0 {
                break;
            }
            // Only after reading: whoever writes the file anew does it at any moment.
            if !self.is_same()? {
                self.restart(intake, Turn::Replaced(self.path.to_string()), now);
                continue;
            }
            self.take(intake, &buffer[..got], now);
            beat.goes_on();
            read += got as u64;
        }
        self.behind = length.saturating_sub(self.offset);
        if read > 0 {
            self.grew = now;
        }
        Ok(read)
    }

    /// Tells the line it ends with, ended or not.
    pub(super) fn finish(&mut self, intake: &mut Intake) {
        let index = self.index;
        self.splitter.finish(&mut |line, cut| intake.line(line, cut, index));
        self.begun = None;
    }

    fn take(&mut self, intake: &mut Intake, bytes: &[u8], now: Duration) {
        let index = self.index;
        let mut text = self.decoder.decode(bytes);
        if text.len() >= LARGE
            && let (Some(first), Some(last)) = (memchr(b'\n', text), memrchr(b'\n', text))
        {
            let (head, rest) = text.split_at(first + 1);
            self.splitter.feed(head, &mut |line, cut| intake.line(line, cut, index));
            let (lines, end) = rest.split_at(last - first);
            text = if intake.block(lines, index) { end } else { rest };
        }
        self.splitter.feed(text, &mut |line, cut| intake.line(line, cut, index));
        self.offset += bytes.len() as u64;
        intake.has_read(bytes.len() as u64);
        let kept = WINDOW.saturating_sub(bytes.len()).min(self.window.len());
        self.window.drain(..self.window.len() - kept);
        self.window.extend_from_slice(&bytes[bytes.len().saturating_sub(WINDOW)..]);
        self.begun = if self.splitter.is_waiting() { self.begun.or(Some(now)) } else { None };
        self.flush_if(intake, now, OPEN);
    }

    /// Nothing new: what waits for its end has waited long enough.
    fn rest(&mut self, intake: &mut Intake, now: Duration) {
        if now.saturating_sub(self.grew) >= QUIET {
            self.flush_if(intake, now, QUIET);
        }
    }

    fn flush_if(&mut self, intake: &mut Intake, now: Duration, wait: Duration) {
        if self.begun.is_some_and(|begun| now.saturating_sub(begun) >= wait) {
            let index = self.index;
            self.splitter.flush(&mut |line, cut| intake.line(line, cut, index));
            self.begun = None;
        }
    }

    fn restart(&mut self, intake: &mut Intake, turn: Turn, now: Duration) {
        self.finish(intake);
        intake.turn(turn);
        self.offset = 0;
        self.window.clear();
        self.decoder = Decoder::new(self.encoding);
        self.grew = now;
    }
}

/// Where the last lines of a file begin, looked for from its end.
fn backlog(file: &File, length: u64, lines: usize, bytes: u64, unit: u64) -> io::Result<u64> {
    let least = length.saturating_sub(bytes);
    let mut left = lines;
    let mut end = length;
    // How far back a line may begin if `least` is within one.
    let mut start = length;
    let mut block = vec![0; usize::try_from(BLOCK).unwrap_or(0)];
    // The newline at the very end ends the last line; it begins none.
    let mut last = true;
    while end > least {
        let from = end.saturating_sub(BLOCK).max(least);
        let part = &mut block[..usize::try_from(end - from).unwrap_or(0)];
        file.read_exact_at(part, from)?;
        for at in memrchr_iter(b'\n', part) {
            let at = from + at as u64;
            // In UTF-16 the newline's byte is one half, and may be a half of something else.
            let begins = if unit == 1 { at + 1 } else { (at / 2 + 1) * 2 };
            if unit == 2 && !is_newline(file, at)? {
                continue;
            }
            if last && begins >= length {
                last = false;
                continue;
            }
            last = false;
            start = begins;
            left = left.saturating_sub(1);
            if left == 0 {
                return Ok(start);
            }
        }
        end = from;
    }
    // A file shorter than both limits is read whole, one without a newline in reach from where they end.
    Ok(if least == 0 {
        0
    } else if start < length {
        start
    } else {
        least - least % unit
    })
}

/// Whether the byte at `at`, a newline's, is one in UTF-16, whichever half comes first.
fn is_newline(file: &File, at: u64) -> io::Result<bool> {
    let mut pair = [0; 2];
    if file.read_at(&mut pair, at - at % 2)? < 2 {
        return Ok(false);
    }
    Ok(pair == [b'\n', 0] && at.is_multiple_of(2) || pair == [0, b'\n'] && at % 2 == 1)
}
