//! The two ends of what a program writes: its first [`HEAD`] bytes, and at most [`TAIL`] of its last.
//!
//! The head stands in `output`. What follows is cut into segments of one length, `output.0`, `output.1`…, of which only
//! the newest stay. So every byte has a place that follows from its number, and a reader can go on where it was, whoever
//! wrote in the meantime.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;

use super::OUTPUT;

/// Bytes kept of the beginning: what a person reads first.
pub const HEAD: u64 = 4 << 20;
/// Bytes kept of the end, at most.
pub const TAIL: u64 = SEGMENT * SEGMENTS;

const SEGMENT: u64 = 1 << 20;
const SEGMENTS: u64 = 4;
/// Bytes read from the program at a time: what a pipe holds.
const BITE: usize = 64 << 10;

fn segment(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{OUTPUT}.{number}"))
}

/// Where the byte of that number stands: its segment (none: the head), its place in it, and the bytes that follow there.
fn place(at: u64) -> (Option<u64>, u64, u64) {
    match at.checked_sub(HEAD) {
        None => (None, at, HEAD - at),
        Some(past) => (Some(past / SEGMENT), past % SEGMENT, SEGMENT - past % SEGMENT),
    }
}

/// Reads to the end and keeps the two ends; tells when the end was reached. A disk that takes no more does not stop the
/// program: what follows is lost.
pub(super) fn pump(mut from: impl Read, head: File, directory: &Path, ended: &Sender<()>) {
    let mut to = Some(head);
    let (mut at, mut buffer) = (0, vec![0; BITE]);
    loop {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                let mut bytes = &buffer[..count];
                while !bytes.is_empty() {
                    let (number, offset, room) = place(at);
                    if let Some(number) = number.filter(|_| offset == 0 && to.is_some()) {
                        to = next(directory, number).ok();
                    }
                    let part = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
                    if to.as_mut().is_some_and(|file| file.write_all(&bytes[..part]).is_err()) {
                        to = None;
                    }
                    at += part as u64;
                    bytes = &bytes[part..];
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    // Whoever waits for it may have gone on.
    let _ = ended.send(());
}

fn next(directory: &Path, number: u64) -> io::Result<File> {
    if let Some(old) = number.checked_sub(SEGMENTS) {
        fs::remove_file(segment(directory, old))?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(segment(directory, number))
}

/// The numbers of the segments that are there, lowest and highest.
fn segments(directory: &Path) -> Option<(u64, u64)> {
    let entries = fs::read_dir(directory).ok()?;
    let numbers = entries.filter_map(|entry| {
        let name = entry.ok()?.file_name();
        name.to_str()?.strip_prefix(OUTPUT)?.strip_prefix('.')?.parse::<u64>().ok()
    });
    numbers.fold(None, |ends, number| {
        let (low, high) = ends.unwrap_or((number, number));
        Some((low.min(number), high.max(number)))
    })
}

/// Bytes written so far, those that are not kept included.
#[must_use]
pub fn length(directory: &Path) -> u64 {
    let size = |path: PathBuf| fs::metadata(path).map_or(0, |about| about.len());
    match segments(directory) {
        Some((_, last)) => HEAD + last * SEGMENT + size(segment(directory, last)),
        None => size(directory.join(OUTPUT)),
    }
}

/// Reads on from byte `at`: at most `most` bytes, and the number of the first of them, which is later than `at` where
/// bytes are no longer kept.
///
/// # Errors
///
/// The files cannot be read; that nothing is there yet is no error.
pub fn read(directory: &Path, at: u64, most: usize) -> io::Result<(u64, Vec<u8>)> {
    let mut at = at;
    let mut bytes = Vec::new();
    while bytes.len() < most {
        let (number, offset, room) = place(at + bytes.len() as u64);
        let path = number.map_or_else(|| directory.join(OUTPUT), |number| segment(directory, number));
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let lowest = segments(directory).map(|(lowest, _)| lowest);
                match (number, lowest) {
                    // Thrown away meanwhile: on with the oldest that is left.
                    (Some(number), Some(lowest)) if lowest > number && bytes.is_empty() => {
                        at = HEAD + lowest * SEGMENT;
                        continue;
                    }
                    _ => break,
                }
            }
            Err(error) => return Err(error),
        };
        file.seek(SeekFrom::Start(offset))?;
        let want = room.min((most - bytes.len()) as u64);
        let got = file.take(want).read_to_end(&mut bytes)? as u64;
        if got < room {
            break;
        }
    }
    Ok((at, bytes))
}

/// Takes away what was kept, when it is kept elsewhere.
pub fn remove(directory: &Path) {
    // What cannot be removed now is only there twice.
    let _ = fs::remove_file(directory.join(OUTPUT));
    if let Some((low, high)) = segments(directory) {
        for number in low..=high {
            let _ = fs::remove_file(segment(directory, number));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn kept(bytes: &[u8]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let head = File::create(directory.path().join(OUTPUT)).unwrap();
        let (tell, told) = mpsc::channel();
        pump(bytes, head, directory.path(), &tell);
        told.recv().unwrap();
        directory
    }

    fn numbered(count: u64) -> Vec<u8> {
        (0..count / 8).flat_map(u64::to_be_bytes).collect()
    }

    #[test]
    fn little_is_kept_whole() {
        for count in [0, 8, HEAD, HEAD + 8, HEAD + SEGMENT, HEAD + TAIL] {
            let bytes = numbered(count);
            let directory = kept(&bytes);
            assert_eq!(length(directory.path()), count);
            let (at, read) = read(directory.path(), 0, usize::MAX).unwrap();
            assert!(at == 0 && read == bytes, "{count}");
        }
    }

    #[test]
    fn of_much_the_two_ends_are_kept_and_a_reader_goes_on_where_something_is_left() {
        let count = 20 << 20;
        let bytes = numbered(count);
        let directory = kept(&bytes);
        let path = directory.path();
        assert_eq!(length(path), count);
        let on_disk: u64 = fs::read_dir(path).unwrap().map(|it| it.unwrap().metadata().unwrap().len()).sum();
        assert!(on_disk <= HEAD + TAIL, "{on_disk}");
        let (at, head) = read(path, 0, usize::MAX).unwrap();
        assert!(at == 0 && head.len() as u64 == HEAD && head == bytes[..head.len()]);
        let (at, tail) = read(path, HEAD, usize::MAX).unwrap();
        let from = usize::try_from(at).unwrap();
        assert!(at > HEAD && tail == bytes[from..] && tail.len() as u64 > TAIL - SEGMENT);
        assert_eq!(read(path, count, 100).unwrap(), (count, Vec::new()));
        remove(path);
        assert_eq!(fs::read_dir(path).unwrap().count(), 0);
    }

    #[test]
    fn nothing_yet_is_no_error() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(read(directory.path(), 0, 10).unwrap(), (0, Vec::new()));
        assert_eq!(length(directory.path()), 0);
    }
}
