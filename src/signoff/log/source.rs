//! The readers' end: whole lines only, without a lock.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::disk;
use super::lines::{Lines, Next};
use super::recover::follow;
use super::sink::blob_name;
use crate::signoff::disk::{at_path, folder};
use crate::signoff::event::Blob;
use crate::signoff::line::Scratch;
use crate::signoff::{Hash, Head, Line, LogError, Source};

/// How often a watcher looks: soon enough for a person, cheap enough for a network file system.
const POLL: Duration = Duration::from_millis(250);

/// Lines whose places are remembered: more than a writer can take back, which is one append.
const MARKS: usize = 1024;

/// Where a line stands.
#[derive(Clone, Copy)]
struct Mark {
    head: Head,
    start: u64,
    /// Behind its newline.
    end: u64,
}

/// Reads a file that may be growing.
pub struct FileSource {
    path: PathBuf,
    run: Option<String>,
    marks: VecDeque<Mark>,
}

impl FileSource {
    /// A reader of the log at that path; nothing is opened yet.
    #[must_use]
    pub fn new(path: &Path) -> FileSource {
        FileSource { path: path.to_owned(), run: None, marks: VecDeque::new() }
    }

    fn open(&self) -> Result<File, LogError> {
        File::open(&self.path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound if self.run.is_some() => LogError::Gone(self.path.clone()),
            _ => disk("open the log", &self.path)(error),
        })
    }

    /// Whether the line at a mark is still the one that was read there.
    fn stands(&self, file: &File, mark: &Mark) -> Result<bool, LogError> {
        let failed = disk("read the log", &self.path);
        if file.metadata().map_err(&failed)?.len() < mark.end {
            return Ok(false);
        }
        let length = usize::try_from(mark.end - mark.start - 1).unwrap_or(usize::MAX);
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, mark.start).map_err(&failed)?;
        Ok(Hash::of(&bytes) == mark.head.hash)
    }

    /// Where to go on behind `after`; `None`: from the start, looking for it.
    fn place(&mut self, file: &File, after: Head) -> Result<Option<u64>, LogError> {
        let Some(at) = self.marks.iter().rposition(|mark| mark.head == after) else { return Ok(None) };
        self.marks.truncate(at + 1);
        while let Some(mark) = self.marks.back().copied() {
            if self.stands(file, &mark)? {
                if mark.head == after {
                    return Ok(Some(mark.end));
                }
                return Err(LogError::CutBack { path: self.path.clone(), to: mark.head });
            }
            self.marks.pop_back();
        }
        self.run = None;
        Err(LogError::CutBack { path: self.path.clone(), to: Head::default() })
    }

    fn remember(&mut self, mark: Mark) {
        if self.marks.len() == MARKS {
            self.marks.pop_front();
        }
        self.marks.push_back(mark);
    }
}

impl Source for FileSource {
    fn read(
        &mut self,
        after: Head,
        visit: &mut dyn FnMut(Line) -> ControlFlow<()>,
    ) -> Result<Head, LogError> {
        let mut file = self.open()?;
        let place = if after.seq == 0 { None } else { self.place(&file, after)? };
        let (mut head, start) = place.map_or((Head::default(), 0), |end| (after, end));
        if start == 0 {
            self.run = None;
            self.marks.clear();
        }
        file.seek(SeekFrom::Start(start)).map_err(disk("read the log", &self.path))?;
        let mut lines = Lines::new(file, start);
        let mut scratch = Scratch::default();
        loop {
            let begun = lines.at;
            let line = match lines.next().map_err(disk("read the log", &self.path))? {
                // What has no end yet is still being written, or torn: the writer will say.
                Next::End | Next::Tail(_) => break,
                Next::Line(raw) => match follow(head, self.run.as_deref(), raw, &self.path, &mut scratch) {
                    Ok(parsed) => parsed.into_line(raw.into(), Hash::of(raw)),
                    Err(_) if raw.contains(&0) => {
                        return Err(LogError::Torn { path: self.path.clone(), at: begun });
                    }
                    Err(error) => return Err(error),
                },
            };
            head = line.head;
            if self.run.is_none() {
                self.run = Some(line.run.clone());
            }
            self.remember(Mark { head, start: begun, end: lines.at });
            if head.seq == after.seq && head != after {
                // The line that was read there before is no longer the one that stands there.
                let to = self.marks.iter().rev().nth(1).map_or(Head::default(), |mark| mark.head);
                return Err(LogError::CutBack { path: self.path.clone(), to });
            }
            if head.seq > after.seq && visit(line).is_break() {
                break;
            }
        }
        if head.seq < after.seq {
            return Err(LogError::CutBack { path: self.path.clone(), to: head });
        }
        Ok(head)
    }

    fn wait(&mut self, head: Head, at_most: Duration) -> Result<bool, LogError> {
        let mut left = at_most;
        loop {
            let found = at_path(&self.path).map_err(disk("look at the log", &self.path))?;
            let found = found.ok_or_else(|| LogError::Gone(self.path.clone()))?;
            let end = self.marks.iter().rev().find(|mark| mark.head == head).map(|mark| mark.end);
            let more = match end {
                // Cut back: to be read at once.
                Some(end) if found.len < end => true,
                Some(end) => found.len > end && self.whole_line_at(end)?,
                None => found.len > 0 && self.whole_line_at(0)?,
            };
            if more || left.is_zero() {
                return Ok(more);
            }
            let nap = left.min(POLL);
            std::thread::sleep(nap);
            left -= nap;
        }
    }

    fn blob(&mut self, blob: &Blob) -> Result<Vec<u8>, LogError> {
        let bad = |why: &str| LogError::Blob {
            path: super::evidence(&self.path).join(&blob.sha256),
            why: why.to_owned(),
        };
        let name = blob_name(&self.path, blob).ok_or_else(|| bad("its name is no SHA-256"))?;
        let path = folder(&self.path).join(name);
        let bytes = std::fs::read(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => bad("it is missing"),
            _ => disk("read the evidence", &path)(error),
        })?;
        if blob.fits(&bytes) { Ok(bytes) } else { Err(bad("its bytes are not those that the log names")) }
    }
}

impl FileSource {
    fn whole_line_at(&self, start: u64) -> Result<bool, LogError> {
        let failed = disk("read the log", &self.path);
        let mut file = self.open()?;
        file.seek(SeekFrom::Start(start)).map_err(&failed)?;
        Ok(matches!(Lines::new(file, start).next().map_err(&failed)?, Next::Line(_)))
    }
}
