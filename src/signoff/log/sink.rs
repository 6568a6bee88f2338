//! The writer's end.

use std::io;
use std::path::{Path, PathBuf};

use super::recover::Scan;
use super::{acts::Acts, disk, lines, stem};
use crate::signoff::disk::{Disk, Reading};
use crate::signoff::event::{Blob, Event};
use crate::signoff::{ActId, Draft, Head, Line, LogError, Refused, Sink};

/// Appends to a locked file.
pub struct FileSink<D> {
    disk: D,
    path: PathBuf,
    run: String,
    head: Head,
    /// Acknowledged bytes: what is behind them is nobody's.
    len: u64,
    /// Device and inode.
    file: (u64, u64),
    acts: Acts,
    /// A write or sync failed, and the file is not yet back at its acknowledged length.
    unsure: bool,
}

impl<D: Disk> FileSink<D> {
    pub(super) fn new(mut file: D, path: &Path, scan: Scan) -> Result<FileSink<D>, LogError> {
        let held = file.held().map_err(disk("look at the log", path))?;
        let run = match scan.run {
            Some(run) => run,
            None => new_run().map_err(disk("choose a run id for the log", path))?,
        };
        Ok(FileSink {
            disk: file,
            path: path.to_owned(),
            run,
            head: scan.head,
            len: scan.len,
            file: (held.dev, held.ino),
            acts: scan.acts,
            unsure: false,
        })
    }

    fn failed(&self, operation: &'static str) -> impl Fn(io::Error) -> LogError + use<D> {
        let path = self.path.clone();
        move |source| LogError::Disk { operation, path: path.clone(), source }
    }

    /// The file at the path is the one we hold; returns its length.
    fn ours(&mut self) -> Result<u64, LogError> {
        let found = self.disk.at_path().map_err(self.failed("look at the log"))?;
        let found = found.ok_or_else(|| LogError::Gone(self.path.clone()))?;
        if (found.dev, found.ino) != self.file {
            let why = "another file stands at its place".to_owned();
            return Err(LogError::Replaced { path: self.path.clone(), why });
        }
        Ok(found.len)
    }

    fn untouched(&mut self) -> Result<(), LogError> {
        let len = self.ours()?;
        if len == self.len {
            return Ok(());
        }
        let why = format!("it has {len} bytes where {} were written", self.len);
        Err(LogError::Replaced { path: self.path.clone(), why })
    }

    /// Brings the file back to its acknowledged length, through a new handle: the old one may report success for
    /// pages that were lost.
    fn settle(&mut self) -> Result<(), LogError> {
        let found = self.ours()?;
        if found < self.len {
            let why = format!("it has {found} bytes where {} were written", self.len);
            return Err(LogError::Replaced { path: self.path.clone(), why });
        }
        self.disk.reopen().map_err(self.failed("reopen the log"))?;
        self.ours()?;
        self.disk.truncate(self.len).map_err(self.failed("cut back the log"))?;
        self.disk.sync().map_err(self.failed("sync the log"))?;
        self.unsure = false;
        Ok(())
    }

    /// One write, one sync; after a failed sync, once more through a new handle.
    fn write(&mut self, bytes: &[u8]) -> Result<(), LogError> {
        self.unsure = true;
        if let Err(error) = self.disk.append(bytes) {
            // What counts is why it was refused; a failure here leaves us unsure.
            let _ = self.settle();
            return Err(self.failed("write to the log")(error));
        }
        if let Err(error) = self.disk.sync() {
            let again = self.settle().is_ok()
                && {
                    self.unsure = true;
                    self.disk.append(bytes).is_ok()
                }
                && self.disk.sync().is_ok();
            if !again {
                let _ = self.settle();
                return Err(self.failed("sync the log")(error));
            }
        }
        self.unsure = false;
        Ok(())
    }

    fn encode(&self, drafts: &[&Draft]) -> Result<Vec<Line>, Refused> {
        let mut head = self.head;
        let mut lines = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let first = head.seq == 0;
            if first != matches!(draft.event, Event::RunStarted { .. }) {
                let why = if first { "a log begins with run.started" } else { "a log holds one run" };
                return Err(Refused::Invalid { why: why.to_owned() });
            }
            let line = Line::encode(head, &self.run, draft)?;
            head = line.head;
            lines.push(line);
        }
        Ok(lines)
    }

    /// Evidence is durable before the line that names it.
    fn keep(&mut self, drafts: &[&Draft]) -> Result<(), Refused> {
        for draft in drafts {
            for blob in draft.event.blobs() {
                let name = blob_name(&self.path, blob)
                    .ok_or_else(|| Refused::Invalid { why: "a blob is named by its SHA-256".to_owned() })?;
                if self.disk.kept(&name).map_err(self.failed("look for evidence of the log"))? {
                    continue;
                }
                let Some(bytes) = draft.blobs.iter().find(|bytes| blob.fits(bytes)) else {
                    let why = "the attached bytes are not those that the entry names".to_owned();
                    return Err(Refused::Invalid { why });
                };
                self.disk.keep(&name, bytes).map_err(self.failed("write evidence for the log"))?;
            }
        }
        Ok(())
    }

    /// A line that was acknowledged before.
    fn find(&mut self, act: ActId) -> Result<Line, Refused> {
        let path = self.path.clone();
        let mut lines = lines::Lines::new(Reading::new(&mut self.disk), 0);
        loop {
            match lines.next().map_err(disk("read the log", &path))? {
                lines::Next::Line(raw) => match Line::decode(raw) {
                    Ok(line) if line.act == act => return Ok(line),
                    _ => {}
                },
                _ => return Err(Refused::Invalid { why: format!("the act {act} cannot be found again") }),
            }
        }
    }
}

/// Where a blob lies, from the log's folder; `None` if its name is none.
pub(super) fn blob_name(log: &Path, blob: &Blob) -> Option<PathBuf> {
    let _: crate::signoff::Hash = blob.sha256.parse().ok()?;
    Some(Path::new(&format!("{}.evidence", stem(log))).join(&blob.sha256))
}

fn new_run() -> io::Result<String> {
    let mut id = [0; 8];
    getrandom::fill(&mut id).map_err(io::Error::other)?;
    Ok(crate::checklist::ItemId(id).to_string())
}

impl<D: Disk> Sink for FileSink<D> {
    fn append(&mut self, after: Head, drafts: &[Draft]) -> Result<Vec<Line>, Refused> {
        if self.unsure {
            self.settle().map_err(|error| match error {
                LogError::Gone(_) | LogError::Replaced { .. } => Refused::Io(error),
                _ => Refused::Unsure,
            })?;
        }
        self.untouched()?;
        let mut acts = std::collections::HashSet::new();
        let fresh: Vec<&Draft> =
            drafts.iter().filter(|draft| !self.acts.contains(draft.act) && acts.insert(draft.act)).collect();
        let mut lines = Vec::new();
        if !fresh.is_empty() {
            if after != self.head {
                return Err(Refused::Moved(self.head));
            }
            lines = self.encode(&fresh)?;
            self.keep(&fresh)?;
            let mut bytes = Vec::with_capacity(lines.iter().map(|line| line.raw.len() + 1).sum());
            for line in &lines {
                bytes.extend_from_slice(&line.raw);
                bytes.push(b'\n');
            }
            self.write(&bytes)?;
            self.len += bytes.len() as u64;
            for line in &lines {
                self.acts.insert(line.act);
                self.head = line.head;
            }
        }
        if fresh.len() == drafts.len() {
            return Ok(lines);
        }
        // A repeated append: each draft's own line, new or old.
        let mut all = Vec::with_capacity(drafts.len());
        for draft in drafts {
            all.push(match lines.iter().find(|line| line.act == draft.act) {
                Some(line) => line.clone(),
                None => self.find(draft.act)?,
            });
        }
        Ok(all)
    }
}
