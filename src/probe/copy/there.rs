//! Processes and trees of another host, asked over `ssh` by a few lines of POSIX shell.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::feed::clean;
use super::pid::{Account, Wanted};
use super::process::{self, Facts};
use super::stream::{self, Output};
use super::trees::{self, Sum};
use super::{Look, Watch};
use crate::config::CopyJob;
use crate::probe::net::Net;
use crate::sample::copy::{Copy, Source};
use crate::text;

/// Longest wait for an answer: a handshake and a little work.
const PATIENCE: Duration = Duration::from_secs(15);

/// Longest count of two trees.
const COUNT: Duration = Duration::from_mins(10);

/// Bytes of an answer that are read: a long list of processes.
const ANSWER: usize = 4 * 1024 * 1024;

/// A rest is so many times as long as the count before it.
const REST: u32 = 9;

/// Longest rest.
const LONGEST_REST: Duration = Duration::from_mins(5);

/// Counts files and bytes below each argument: a line each, `-` for one that is not there.
const COUNTS: &str = r#"for d; do if [ -d "$d" ]; then find "$d" -type f -exec stat -c %s {} + | awk '{ n++; s += $1 } END { printf "%.0f %.0f\n", n, s }'; else echo -; fi; done"#;

/// Asks a shell on the other host; what it wrote to standard output.
async fn ask(
    net: &Net,
    job: &CopyJob,
    script: &str,
    arguments: &[&str],
    within: Duration,
) -> Result<String, String> {
    let mut argv = vec!["sh", "-c", script, "sh"];
    argv.extend(arguments);
    let argv: Vec<String> = argv.into_iter().map(str::to_owned).collect();
    let mut answer = Vec::new();
    let mut hear = |which: Output, bytes: &[u8]| {
        if which == Output::Standard && answer.len() + bytes.len() <= ANSWER {
            answer.extend_from_slice(bytes);
        }
    };
    let asked = stream::run(net, job.via.as_deref(), &argv, &[], &mut hear);
    let host = job.via.as_ref().and_then(|via| via.last()).map_or("the host", String::as_str);
    let late = || format!("no answer from {host} within {}", text::short(within));
    let ended = tokio::time::timeout(within, asked).await.map_err(|_| late())??;
    match ended.code {
        0 => Ok(String::from_utf8_lossy(&answer).into_owned()),
        code => Err(format!("the shell on {host} ended with {code}: {}", ended.words.trim())),
    }
}

/// A process of another host.
pub(super) struct Process {
    net: Arc<Net>,
    job: Arc<CopyJob>,
    wanted: Wanted,
    /// Number and start of the one that is watched.
    who: Option<(u32, u64)>,
    account: Account,
}

impl Process {
    pub(super) fn new(net: &Arc<Net>, job: &Arc<CopyJob>) -> Result<Process, String> {
        Ok(Process {
            net: Arc::clone(net),
            job: Arc::clone(job),
            wanted: Wanted::new(&job.source)?,
            who: None,
            account: Account::new(job, &net.redactor()),
        })
    }

    /// What there is to say of a number; `None` if there is no such process.
    async fn facts(&self, pid: u32) -> Result<Option<Facts>, String> {
        let text = ask(&self.net, &self.job, process::SCRIPT, &[&pid.to_string()], PATIENCE).await?;
        Ok(Facts::parse(&text).filter(|facts| !matches!(facts.state, 'Z' | 'X')))
    }

    async fn find(&mut self) -> Result<Option<(u32, Facts)>, String> {
        let pid = match &self.wanted {
            Wanted::Number(pid) => Some(*pid),
            Wanted::Like(pattern) => {
                let list = ask(&self.net, &self.job, process::LIST, &[], PATIENCE).await?;
                let all = process::find_in(&list, pattern);
                self.account.several(all.len());
                all.first().copied()
            }
        };
        let Some(pid) = pid else { return Ok(None) };
        Ok(self.facts(pid).await?.map(|facts| (pid, facts)))
    }

    async fn seek(&mut self) -> Result<Option<(u32, Facts)>, String> {
        if let Some((pid, start)) = self.who {
            let facts = self.facts(pid).await?.filter(|facts| facts.start == start);
            if facts.is_some() || matches!(self.wanted, Wanted::Number(_)) {
                return Ok(facts.map(|facts| (pid, facts)));
            }
        }
        self.find().await
    }
}

impl Watch for Process {
    fn look(&mut self) -> Look<'_> {
        Box::pin(async {
            match self.seek().await {
                Ok(Some((pid, facts))) => {
                    let now = self.net.clock.now();
                    let who = (pid, facts.start);
                    if self.who.is_some_and(|before| before != who) {
                        self.account.next();
                    }
                    self.who = Some(who);
                    self.account.take(&facts, &format!("process {pid}"), now)
                }
                Ok(None) => self.account.gone(&self.wanted.named()),
                Err(why) => self.account.unreachable(&why),
            }
        })
    }
}

/// What source and target hold, or why that is not known.
type Sums = Result<(Sum, Sum), String>;

/// Two trees of another host.
pub(super) struct Trees {
    net: Arc<Net>,
    job: Arc<CopyJob>,
    folders: [String; 2],
    source: Option<Sum>,
    is_settled: bool,
    last: Copy,
    /// A count under way, which may take long; and since when.
    counting: Option<(Instant, JoinHandle<Sums>)>,
    /// Not counted again before.
    next: Option<Instant>,
}

impl Drop for Trees {
    fn drop(&mut self) {
        if let Some((_, counting)) = &self.counting {
            counting.abort();
        }
    }
}

impl Trees {
    pub(super) fn new(net: &Arc<Net>, job: &Arc<CopyJob>, from: &Path, to: &Path) -> Trees {
        let quiet = job.stale.unwrap_or(2 * LONGEST_REST);
        Trees {
            net: Arc::clone(net),
            job: Arc::clone(job),
            folders: [from, to].map(|folder| folder.display().to_string()),
            source: None,
            is_settled: false,
            last: Copy { quiet, source: Source::Open, ..Copy::default() },
            counting: None,
            next: None,
        }
    }

    fn take(&mut self, counted: Sums) {
        match counted {
            Ok((source, target)) => {
                self.is_settled = self.source == Some(source);
                self.source = Some(source);
                self.last.progress = trees::progress(Some(source), Some(target), self.is_settled);
                self.last.updated = Some(self.net.clock.now());
                self.last.source = Source::Open;
            }
            Err(why) => self.last.source = Source::Unreachable(clean(&why, &self.net.redactor())),
        }
    }
}

async fn count(net: Arc<Net>, job: Arc<CopyJob>, folders: [String; 2]) -> Sums {
    let text = ask(&net, &job, COUNTS, &folders.each_ref().map(String::as_str), COUNT).await?;
    let mut sums = text.lines().map(|line| {
        let (files, bytes) = line.split_once(' ')?;
        Some(Sum { files: files.parse().ok()?, bytes: bytes.parse().ok()? })
    });
    let source = sums.next().flatten();
    let source = source.ok_or_else(|| format!("there is no folder {} on that host", folders[0]))?;
    // A target that is not there yet holds nothing.
    Ok((source, sums.next().flatten().unwrap_or_default()))
}

impl Watch for Trees {
    fn look(&mut self) -> Look<'_> {
        Box::pin(async {
            if self.counting.is_none() && self.next.is_none_or(|next| next <= Instant::now()) {
                let count = count(Arc::clone(&self.net), Arc::clone(&self.job), self.folders.clone());
                self.counting = Some((Instant::now(), tokio::spawn(count)));
            }
            if let Some((began, counting)) = self.counting.take_if(|(_, counting)| counting.is_finished()) {
                match counting.await {
                    Ok(counted) => self.take(counted),
                    Err(error) => {
                        if let Ok(payload) = error.try_into_panic() {
                            std::panic::resume_unwind(payload);
                        }
                    }
                }
                self.next = Some(Instant::now() + (began.elapsed() * REST).min(LONGEST_REST));
            }
            self.last.clone()
        })
    }
}
