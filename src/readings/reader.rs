//! Reads recorded readings: those of any moment of a finished run, and those that a running one adds.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::line::{BadLine, complete, decode};
use super::{Reading, Seen, files};
use crate::sample::dns::Server;
use crate::sample::{self, Dns, ProbeId, Sample};
use crate::signoff::disk::open_beside;

/// Longest line: a log's new shapes, a host's file systems.
const LINE_MAX: u64 = 4 * 1024 * 1024;

/// One stream of measurements: a probe, and of a DNS record each server.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stream {
    /// The probe.
    pub probe: ProbeId,
    /// The server that answered.
    pub server: Option<Server>,
}

impl Stream {
    /// The stream that a measurement belongs to.
    #[must_use]
    pub fn of(probe: &ProbeId, seen: &Seen) -> Stream {
        let server = match seen {
            Seen::Sample(sample) => match &sample.reading {
                sample::Reading::Dns(dns) => match &**dns {
                    Dns::Reply(reply) => Some(reply.server.clone()),
                    Dns::Servers(_) => None,
                },
                _ => None,
            },
            Seen::Lines(_) => None,
        };
        Stream { probe: probe.clone(), server }
    }
}

/// Where a reading stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// When it was taken.
    pub at: DateTime<Utc>,
    /// Index of its stream.
    pub stream: u32,
    file: u32,
    start: u64,
    len: u32,
}

/// What is wrong with recorded readings.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// The file cannot be read.
    #[error("read the recorded readings {}: {source}", path.display())]
    Read {
        /// Which file, or the folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line that is none.
    #[error("the recorded readings {}, byte {start}: {why}", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Where the line begins.
        start: u64,
        /// What is wrong with it.
        why: BadLine,
    },
}

/// A run's recorded readings, by their places.
#[derive(Debug)]
pub struct Reader {
    folder: PathBuf,
    left_out: BTreeSet<String>,
    files: Vec<Known>,
    places: Vec<Place>,
    streams: Vec<Stream>,
    by_stream: HashMap<Stream, u32>,
    again: Option<Again>,
    /// Lines that could not be read, the first of them.
    pub bad: Option<ReaderError>,
}

/// The file that was read from last, and what lines of it are like.
#[derive(Debug)]
struct Again {
    file: u32,
    open: File,
    whole: HashMap<u64, Box<Sample>>,
}

/// A file, as far as it was read.
#[derive(Debug)]
struct Known {
    path: PathBuf,
    read: u64,
    /// What later lines of it may be like, by where its line begins; only of the file that grows.
    whole: BTreeMap<u64, Box<Sample>>,
}

impl Reader {
    /// The readings in a run's evidence folder; [`Reader::more`] reads what is there.
    #[must_use]
    pub fn new(folder: &Path) -> Reader {
        Reader {
            folder: folder.to_owned(),
            left_out: BTreeSet::new(),
            files: Vec::new(),
            places: Vec::new(),
            streams: Vec::new(),
            by_stream: HashMap::new(),
            again: None,
            bad: None,
        }
    }

    /// The same, with some files left out.
    #[must_use]
    pub fn without(self, left_out: BTreeSet<String>) -> Reader {
        Reader { left_out, ..self }
    }

    /// Reads what has been added since the last look: the new readings, in the order of the files. A line that cannot be
    /// read is passed over and kept in [`bad`](Reader::bad).
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn more(&mut self, visit: &mut dyn FnMut(Place, Reading)) -> Result<(), ReaderError> {
        let found =
            files(&self.folder).map_err(|source| ReaderError::Read { path: self.folder.clone(), source })?;
        for (_, name) in found {
            if self.left_out.contains(&name) {
                continue;
            }
            let path = self.folder.join(name);
            let index = self.files.iter().position(|known| known.path == path).unwrap_or_else(|| {
                self.files.push(Known { path, read: 0, whole: BTreeMap::new() });
                self.files.len() - 1
            });
            self.file(index, visit)?;
            if let Some(before) = index.checked_sub(1) {
                self.files[before].whole.clear();
            }
        }
        Ok(())
    }

    fn file(&mut self, index: usize, visit: &mut dyn FnMut(Place, Reading)) -> Result<(), ReaderError> {
        let path = self.files[index].path.clone();
        let failed = |source| ReaderError::Read { path: path.clone(), source };
        let mut file = open_beside(&path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let mut start = self.files[index].read;
        if length <= start {
            return Ok(());
        }
        file.seek(SeekFrom::Start(start)).map_err(failed)?;
        let mut lines = BufReader::new(file);
        let mut raw = Vec::new();
        loop {
            raw.clear();
            let count = lines.read_until(b'\n', &mut raw).map_err(failed)?;
            // A line without its end is still being written.
            if count == 0 || raw.last() != Some(&b'\n') {
                break;
            }
            match self.line(index, start, &raw[..count - 1]) {
                Ok((place, reading)) => {
                    self.places.push(place);
                    visit(place, reading);
                }
                Err(why) => {
                    let path = path.clone();
                    self.bad.get_or_insert(ReaderError::Line { path, start, why });
                }
            }
            start += count as u64;
            self.files[index].read = start;
        }
        Ok(())
    }

    fn line(&mut self, index: usize, start: u64, raw: &[u8]) -> Result<(Place, Reading), BadLine> {
        let decoded = decode(raw)?;
        let (reading, stream) = match decoded.like {
            None => {
                let stream = self.stream(Stream::of(&decoded.reading.probe, &decoded.reading.seen));
                if let Seen::Sample(sample) = &decoded.reading.seen {
                    self.files[index].whole.insert(start, sample.clone());
                }
                (decoded.reading, stream)
            }
            Some(like) => {
                let whole = self.files[index].whole.get(&like).ok_or_else(|| nothing_at(like))?;
                let reading = complete(decoded.reading, whole);
                let stream = self.stream(Stream::of(&reading.probe, &reading.seen));
                (reading, stream)
            }
        };
        let file = u32::try_from(index).unwrap_or(u32::MAX);
        let len = u32::try_from(raw.len()).unwrap_or(u32::MAX);
        Ok((Place { at: reading.at, stream, file, start, len }, reading))
    }

    fn stream(&mut self, stream: Stream) -> u32 {
        let next = u32::try_from(self.streams.len()).unwrap_or(u32::MAX);
        *self.by_stream.entry(stream).or_insert_with_key(|stream| {
            self.streams.push(stream.clone());
            next
        })
    }

    /// Where the readings stand, in the order of the files.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The streams, by their index.
    #[must_use]
    pub fn streams(&self) -> &[Stream] {
        &self.streams
    }

    /// Reads one again; quickly if the one before was of the same file.
    ///
    /// # Errors
    /// The file has gone or changed.
    pub fn read(&mut self, place: Place) -> Result<Reading, ReaderError> {
        let path = &self.files[place.file as usize].path;
        let failed = |source| ReaderError::Read { path: path.clone(), source };
        let bad = |why| ReaderError::Line { path: path.clone(), start: place.start, why };
        let again = match &mut self.again {
            Some(again) if again.file == place.file => again,
            other => {
                let open = open_beside(path).map_err(failed)?;
                other.insert(Again { file: place.file, open, whole: HashMap::new() })
            }
        };
        let mut raw = vec![0; place.len as usize];
        again.open.read_exact_at(&mut raw, place.start).map_err(failed)?;
        let decoded = decode(&raw).map_err(bad)?;
        let Some(like) = decoded.like else { return Ok(decoded.reading) };
        let whole = match again.whole.entry(like) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                again.open.seek(SeekFrom::Start(like)).map_err(failed)?;
                raw.clear();
                let line = io::Read::take(&again.open, LINE_MAX);
                BufReader::new(line).read_until(b'\n', &mut raw).map_err(failed)?;
                match decode(raw.strip_suffix(b"\n").unwrap_or(&raw)).map_err(bad)?.reading.seen {
                    Seen::Sample(whole) => new.insert(whole),
                    Seen::Lines(_) => return Err(bad(nothing_at(like))),
                }
            }
        };
        Ok(complete(decoded.reading, whole))
    }
}

fn nothing_at(start: u64) -> BadLine {
    BadLine::of(format!("`as` names byte {start}, where no line begins that could stand for it"))
}
