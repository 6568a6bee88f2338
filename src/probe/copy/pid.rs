//! A process that somebody else started and that says nothing: how far it is in the file that it reads.
//!
//! One file is known whole: its size is the total. From the second on, what is known is what went by since the
//! watching began. Where positions do not move but bytes do, bytes are counted. How such a process ended only its
//! parent knows.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use regex::Regex;

use super::Local;
use super::feed::clean;
use super::process::{self, Facts, Input, Moved};
use crate::clock::Stamp;
use crate::config::{CopyJob, CopySource};
use crate::hold::outlive::Identity;
use crate::probe::fault::plain;
use crate::sample::copy::{Copy, Count, Progress, Source, Stage};
use crate::text::Redactor;

/// Looks at a position that stands still while bytes move, after which the bytes are counted.
const STILL: u8 = 3;

/// Looks are answered at once: one that is older is of something that hangs.
const QUIET: Duration = Duration::from_secs(10);

/// A process of this host, by its number or by its arguments.
pub(super) struct Pid {
    wanted: Wanted,
    who: Option<Identity>,
    account: Account,
}

/// Which process.
pub(super) enum Wanted {
    Number(u32),
    Like(Regex),
}

impl Wanted {
    pub(super) fn new(source: &CopySource) -> Result<Wanted, String> {
        match source {
            CopySource::Pid(pid) => Ok(Wanted::Number(*pid)),
            CopySource::Process(pattern) => {
                let pattern = Regex::new(pattern);
                pattern.map(Wanted::Like).map_err(|error| format!("`pid` is no regular expression: {error}"))
            }
            _ => Err("it is no process that is watched".to_owned()),
        }
    }

    /// The process, for words.
    pub(super) fn named(&self) -> String {
        match self {
            Wanted::Number(pid) => format!("process {pid}"),
            Wanted::Like(pattern) => format!("process like {pattern}"),
        }
    }
}

impl Pid {
    pub(super) fn new(job: &Arc<CopyJob>, redactor: &Arc<Redactor>) -> Result<Pid, String> {
        Ok(Pid { wanted: Wanted::new(&job.source)?, who: None, account: Account::new(job, redactor) })
    }

    fn find(&mut self) -> io::Result<Option<Identity>> {
        match &self.wanted {
            Wanted::Number(pid) => Ok(Identity::of(*pid).filter(|who| who.is_alive())),
            Wanted::Like(pattern) => {
                let all = process::find(pattern)?;
                self.account.several(all.len());
                Ok(all.first().copied())
            }
        }
    }
}

impl Local for Pid {
    fn look(&mut self, now: Stamp) -> Copy {
        let alive = self.who.filter(|who| who.is_alive());
        // A number that is given again is another process; a pattern may find the next one.
        let again = self.who.is_none() || matches!(self.wanted, Wanted::Like(_));
        let found = match alive {
            Some(who) => Ok(Some(who)),
            None if again => self.find(),
            None => Ok(None),
        };
        let facts = found.and_then(|found| match found {
            Some(who) => Ok(Facts::of(who.pid)?.map(|facts| (who, facts))),
            None => Ok(None),
        });
        match facts {
            Ok(Some((who, facts))) => {
                if self.who.is_some_and(|before| before != who) {
                    self.account.next();
                }
                self.who = Some(who);
                self.account.take(&facts, &format!("process {}", who.pid), now)
            }
            Ok(None) => self.account.gone(&self.wanted.named()),
            Err(error) => self.account.unreachable(&format!(
                "cannot look at the {}: {}",
                self.wanted.named(),
                plain(&error)
            )),
        }
    }

    fn subject(&self) -> String {
        format!("/proc of {}", self.wanted.named())
    }
}

/// What looks at a process add up to.
pub(super) struct Account {
    job: Arc<CopyJob>,
    redactor: Arc<Redactor>,
    progress: Progress,
    updated: Option<Stamp>,
    /// What it read at the last look, by path.
    open: BTreeMap<String, Input>,
    /// Bytes of the inputs that it has closed.
    before: u64,
    closed: u64,
    /// What had moved when it began to be counted, and at the last look.
    first: Option<Moved>,
    moved: Option<Moved>,
    still: u8,
}

impl Account {
    pub(super) fn new(job: &Arc<CopyJob>, redactor: &Arc<Redactor>) -> Account {
        Account {
            job: Arc::clone(job),
            redactor: Arc::clone(redactor),
            progress: Progress::default(),
            updated: None,
            open: BTreeMap::new(),
            before: 0,
            closed: 0,
            first: None,
            moved: None,
            still: 0,
        }
    }

    fn copy(&self, source: Source) -> Copy {
        Copy {
            progress: self.progress.clone(),
            updated: self.updated,
            source,
            quiet: self.job.stale.unwrap_or(QUIET),
            ..Copy::default()
        }
    }

    fn remark(&mut self, words: &str) {
        let words = clean(words, &self.redactor);
        if !self.progress.remarks.contains(&words) {
            self.progress.remarks.push(words);
        }
    }

    /// So many processes are meant.
    pub(super) fn several(&mut self, count: usize) {
        if count > 1 {
            self.remark(&format!("{count} processes are like that: the oldest is watched"));
        }
    }

    /// Another process is watched from now on.
    pub(super) fn next(&mut self) {
        let restarts = self.progress.restarts.saturating_add(1);
        *self = Account::new(&self.job, &self.redactor);
        self.progress.restarts = restarts;
        self.remark("another process than before: its counters began anew");
    }

    pub(super) fn unreachable(&self, why: &str) -> Copy {
        self.copy(Source::Unreachable(clean(why, &self.redactor)))
    }

    /// There is no such process, any more or yet.
    pub(super) fn gone(&mut self, named: &str) -> Copy {
        if self.updated.is_some() {
            self.remark("the process is gone: how it ended only its parent knows");
            return self.copy(Source::Gone);
        }
        let mut copy = self.copy(Source::Waiting);
        copy.progress.remarks.push(clean(&format!("there is no {named}"), &self.redactor));
        copy
    }

    /// Takes in one look.
    pub(super) fn take(&mut self, facts: &Facts, who: &str, now: Stamp) -> Copy {
        self.updated = Some(now);
        self.progress.stage = Stage::Running;
        let stopped = "it is stopped (SIGSTOP, or Ctrl-Z in its terminal): fg or SIGCONT lets it go on";
        self.progress.remarks.retain(|remark| remark != stopped);
        if facts.state == 'T' {
            self.progress.remarks.push(stopped.to_owned());
        }
        let advanced = self.positions(&facts.inputs);
        let moves = self.moved.zip(facts.moved).is_some_and(|(before, now)| before != now);
        self.moved = facts.moved;
        self.still = match (advanced, moves) {
            (true, _) => 0,
            (false, true) => self.still.saturating_add(1),
            (false, false) => self.still,
        };
        if let Some(moved) = facts.moved {
            let first = *self.first.get_or_insert(moved);
            if !self.has_inputs() || self.still >= STILL {
                self.bytes_moved(first, moved);
            }
        } else if facts.is_hidden {
            return self.unreachable(&format!(
                "the files of {who} may not be seen: it is another user's; run cutover as that user or as root, or follow what the tool writes"
            ));
        }
        self.copy(Source::Open)
    }

    fn has_inputs(&self) -> bool {
        !self.open.is_empty() || self.closed > 0
    }

    /// Takes in where it stands in its inputs; whether it moved.
    fn positions(&mut self, inputs: &[Input]) -> bool {
        let now: BTreeMap<_, _> = inputs.iter().map(|input| (input.path.clone(), input.clone())).collect();
        let last = std::mem::replace(&mut self.open, now);
        for (path, input) in &last {
            if !self.open.contains_key(path) {
                self.before = self.before.saturating_add(input.size);
                self.closed += 1;
            }
        }
        if !self.has_inputs() {
            return false;
        }
        if self.closed > 0 && !self.open.is_empty() {
            self.remark("it reads file after file: they are counted from when it began to be watched");
        }
        let sum = |of: fn(&Input) -> u64| inputs.iter().map(of).fold(self.before, u64::saturating_add);
        let (done, size) = (sum(|input| input.position), sum(|input| input.size));
        // Of several, nobody knows how many there will be.
        let total = self.job.total_bytes.or((self.closed == 0 || self.open.is_empty()).then_some(size));
        self.progress.bytes = Count { done: Some(done), total };
        self.progress.total_is_final = total.is_some();
        self.progress.objects = Count { done: Some(self.closed), total: self.job.total_objects };
        self.progress.unit = "files";
        self.progress.at =
            inputs.first().map_or_else(String::new, |input| clean(&input.path, &self.redactor));
        last != self.open
    }

    /// Counts what moves instead, from when it was first seen to.
    fn bytes_moved(&mut self, first: Moved, now: Moved) {
        self.remark("its position in a file does not tell: what it reads or writes, of whatever, is counted");
        let (read, written) =
            (now.read.saturating_sub(first.read), now.written.saturating_sub(first.written));
        self.progress.bytes = Count { done: Some(read.max(written)), total: self.job.total_bytes };
        self.progress.total_is_final = self.job.total_bytes.is_some();
    }
}
