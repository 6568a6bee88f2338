//! azcopy's job logs: the log of one job, which may be somebody else's, or the newest in the folder of the logs.
//!
//! The folder is `~/.azcopy`, or what `AZCOPY_LOG_LOCATION` says; `azcopy env` prints it. A job's log is
//! `JOBID.log`; above 500 MiB it is renamed to `JOBID.N.log` and goes on in a new `JOBID.log`. Other logs there
//! (`JOBID-scanning.log`, `JOBID-chunks.log`) tell of no progress.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::Local;
use super::adapter::Format;
use super::feed::{Feed, clean};
use super::file::File;
use crate::clock::Stamp;
use crate::config::CopyJob;
use crate::probe::fault::plain;
use crate::sample::copy::{Copy, Source, Stage};
use crate::text::Redactor;

/// A job that has not written for so long gives way to one that has: twice azcopy's longest silence and more.
const IDLE: Duration = Duration::from_mins(5);

/// The job log of azcopy, or the folder with the logs.
pub(super) struct Azcopy {
    path: PathBuf,
    job: Arc<CopyJob>,
    redactor: Arc<Redactor>,
    current: Option<File>,
    ended: bool,
}

/// A job's log as the folder has it.
struct Log {
    path: PathBuf,
    written: SystemTime,
}

impl Azcopy {
    pub(super) fn new(path: &Path, job: &Arc<CopyJob>, redactor: &Arc<Redactor>) -> Azcopy {
        Azcopy {
            path: path.to_owned(),
            job: Arc::clone(job),
            redactor: Arc::clone(redactor),
            current: None,
            ended: false,
        }
    }

    fn open(&self, path: &Path) -> File {
        File::new(path, &self.job, &self.redactor, Format::Azcopy)
    }

    /// The log to follow, with what is to be known of the choice.
    fn choose(&mut self, now: Stamp) -> io::Result<Option<String>> {
        if !fs::metadata(&self.path)?.is_dir() {
            if self.current.is_none() {
                self.current = Some(self.open(&self.path));
            }
            return Ok(None);
        }
        let mut logs = logs(&self.path)?;
        logs.sort_by_key(|log| std::cmp::Reverse(log.written));
        let idle = |log: &Log| {
            let age = SystemTime::from(now.wall).duration_since(log.written).unwrap_or_default();
            age > IDLE
        };
        let followed = self.current.as_ref().map(|file| file.path().to_owned());
        let keeps = followed.as_ref().is_some_and(|path| {
            let own = logs.iter().find(|log| log.path == *path);
            !self.ended && own.is_some_and(|log| !idle(log))
        });
        if let (false, Some(newest)) = (keeps, logs.first())
            && followed.as_ref() != Some(&newest.path)
        {
            self.current = Some(self.open(&newest.path));
            self.ended = false;
        }
        let followed = self.current.as_ref().map(File::path);
        let others = logs.iter().filter(|log| Some(log.path.as_path()) != followed && !idle(log));
        let others: Vec<_> =
            others.filter_map(|log| Some(log.path.file_stem()?.to_string_lossy().into_owned())).collect();
        Ok((!others.is_empty()).then(|| {
            format!(
                "other jobs wrote logs there in the last minutes: {}; name one's log to follow that",
                others.join(", ")
            )
        }))
    }
}

impl Azcopy {
    fn waiting(&self, words: &str) -> Copy {
        let mut copy = Feed::new(&self.job, &self.redactor, Format::Azcopy).copy(Source::Waiting);
        copy.progress.remarks.push(clean(words, &self.redactor));
        copy
    }
}

impl Local for Azcopy {
    fn look(&mut self, now: Stamp) -> Copy {
        let shown = self.path.display().to_string();
        let remark = match self.choose(now) {
            Ok(remark) => remark,
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.current.is_none() => {
                return self
                    .waiting(&format!("{shown} is not there yet: `azcopy env` tells where the logs are"));
            }
            Err(error) => {
                let why = clean(&format!("cannot look into {shown}: {}", plain(&error)), &self.redactor);
                let known = self.current.as_mut().map(|file| file.feed().copy(Source::Open));
                return Copy { source: Source::Unreachable(why), ..known.unwrap_or_default() };
            }
        };
        let Some(file) = &mut self.current else {
            return self
                .waiting(&format!("no job has a log in {shown} yet: `azcopy env` tells where the logs are"));
        };
        let read = file.read(now);
        let mut copy = file.copy(read);
        self.ended = matches!(copy.progress.stage, Stage::Ended(_));
        copy.progress.remarks.extend(remark);
        copy
    }

    fn subject(&self) -> String {
        self.path.display().to_string()
    }
}

/// The logs of jobs in a folder.
fn logs(folder: &Path) -> io::Result<Vec<Log>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().and_then(|name| name.strip_suffix(".log")).is_some_and(is_job) {
            // One that goes away meanwhile is none.
            let written = fs::metadata(entry.path()).and_then(|log| log.modified());
            found.extend(written.ok().map(|written| Log { path: entry.path(), written }));
        }
    }
    Ok(found)
}

/// Whether a name is a job's: five groups of hexadecimal digits.
fn is_job(name: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let groups: Vec<_> = name.split('-').collect();
    groups.len() == lengths.len()
        && groups.iter().zip(lengths).all(|(group, length)| {
            group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_logs_of_jobs_are_taken() {
        assert!(is_job("ea723dbd-6feb-1a4e-6330-2e96e309c3a5"));
        for name in [
            "ea723dbd-6feb-1a4e-6330-2e96e309c3a5-scanning",
            "ea723dbd-6feb-1a4e-6330-2e96e309c3a5.1",
            "ea723dbd-6feb-1a4e-6330",
            "azcopy",
            "",
        ] {
            assert!(!is_job(name), "{name}");
        }
    }
}
