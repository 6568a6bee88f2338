//! Which log a run goes to: names, the logs of a plan, and which of them is still open.
//!
//! `NAME.<live|rehearsal>-<date>-<n>.signoff.jsonl` beside the plan, where `NAME` is the plan's file name without its
//! suffix. A run is open until it is signed: leaving the cockpit does not close it, runs last weeks.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use super::event::{Event, Row, RunMode};
use super::log::{FileSource, SUFFIX};
use super::{At, Head, LogError, Source};
use crate::checklist::{ItemId, PhaseKind};

/// What a log's name says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// The plan's file name without its suffix.
    pub plan: String,
    /// The day of the first line, in the host's own time.
    pub date: NaiveDate,
    /// Which of that day, from 1.
    pub n: u32,
    /// Live or rehearsal.
    pub rehearsal: bool,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = if self.rehearsal { "rehearsal" } else { "live" };
        write!(f, "{}.{mode}-{}-{}{SUFFIX}", self.plan, self.date.format("%Y-%m-%d"), self.n)
    }
}

impl Name {
    /// Reads a file's name; `None` if it is not of that form.
    #[must_use]
    pub fn parse(name: &str) -> Option<Name> {
        let rest = name.strip_suffix(SUFFIX)?;
        let (plan, rest) = rest.rsplit_once('.')?;
        let (mode, rest) = rest.split_once('-')?;
        let rehearsal = match mode {
            "live" => false,
            "rehearsal" => true,
            _ => return None,
        };
        let (date, n) = rest.rsplit_once('-')?;
        let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
        let found = Name { plan: plan.to_owned(), date, n: n.parse().ok()?, rehearsal };
        (found.to_string() == name).then_some(found)
    }

    fn mode(&self) -> RunMode {
        if self.rehearsal { RunMode::Rehearsal } else { RunMode::Live }
    }
}

/// What a log says of itself, in short.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Live or rehearsal.
    pub mode: RunMode,
    /// The plan's file name.
    pub file: String,
    /// The plan's title.
    pub title: String,
    /// The items of the plan as last embedded.
    pub items: BTreeSet<ItemId>,
    /// Who began it.
    pub by: String,
    /// When it began.
    pub began: Option<At>,
    /// Its last line.
    pub last: Option<At>,
    /// Lines.
    pub lines: u64,
    /// Signed at its end: every item of a sign-off phase is settled, and there is at least one sign-off.
    pub signed: bool,
}

/// A log beside the plan.
#[derive(Debug)]
pub struct Found {
    /// Where.
    pub path: PathBuf,
    /// What its name says.
    pub name: Name,
    /// What it says itself, or why it cannot be read.
    pub summary: Result<Summary, LogError>,
}

impl Found {
    /// Still open, or not known not to be.
    #[must_use]
    pub fn open(&self) -> bool {
        !self.summary.as_ref().is_ok_and(|summary| summary.signed)
    }
}

/// What `run` does about the log.
#[derive(Debug)]
pub enum Choice {
    /// Begin this one.
    New(PathBuf),
    /// Go on with this one.
    Resume(PathBuf),
    /// Several are open: ask which, or `--new`.
    Ask(Vec<Found>),
}

/// What the command line says about the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// `--log`: this one, whether it exists or not.
    pub log: Option<PathBuf>,
    /// `--new`: a new one even if another is open.
    pub new: bool,
    /// `--rehearsal`.
    pub mode: RunMode,
}

/// A plan, as far as it tells whose log a log is.
#[derive(Clone, Copy, Debug)]
pub struct PlanKey<'a> {
    /// Where it is.
    pub path: &'a Path,
    /// Its title.
    pub title: &'a str,
    /// Its items.
    pub items: &'a BTreeSet<ItemId>,
}

/// Why a log is not used.
#[derive(Debug, thiserror::Error)]
pub enum NotThisLog {
    /// It is of another plan.
    #[error("the log {} is of another plan, “{title}” ({file}): give the log of {}, or --new to begin one",
        log.display(), plan.display())]
    OtherPlan {
        /// The log.
        log: PathBuf,
        /// The plan it is of.
        file: String,
        /// Its title.
        title: String,
        /// The plan that was asked for.
        plan: PathBuf,
    },
    /// A rehearsal is never continued as the real thing, nor the other way round.
    #[error("the log {} is of a {}: {}", log.display(), word(*mode), match mode {
        RunMode::Rehearsal => "add --rehearsal to go on with it, or --new for the real run",
        RunMode::Live => "leave out --rehearsal to go on with it, or add --new to rehearse",
    })]
    OtherMode {
        /// The log.
        log: PathBuf,
        /// What it is of.
        mode: RunMode,
    },
    /// `--new` with a file that is there.
    #[error("the log {} exists already: leave out --new to go on with it", .0.display())]
    Exists(PathBuf),
    /// It cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
}

fn word(mode: RunMode) -> &'static str {
    match mode {
        RunMode::Live => "live run",
        RunMode::Rehearsal => "rehearsal",
    }
}

/// What to do: what the command line wants, else the only open log of the plan, else a new one.
///
/// # Errors
/// The log that was named is not of this plan or mode, or the folder cannot be read.
pub fn choose(plan: PlanKey<'_>, wanted: &Wanted, today: NaiveDate) -> Result<Choice, NotThisLog> {
    if let Some(path) = &wanted.log {
        return named(plan, wanted, path);
    }
    let failed = |source| LogError::Disk {
        operation: "look for logs in",
        path: super::disk::folder(plan.path).to_owned(),
        source,
    };
    let found = logs(plan.path).map_err(failed)?;
    let next = next_name(plan.path, &found, wanted.mode, today);
    let path = plan.path.with_file_name(next.to_string());
    if wanted.new {
        return Ok(Choice::New(path));
    }
    let mut open: Vec<Found> =
        found.into_iter().filter(|found| found.name.mode() == wanted.mode && found.open()).collect();
    match open.len() {
        0 => Ok(Choice::New(path)),
        1 => {
            let Some(Found { path, summary, .. }) = open.pop() else { return Ok(Choice::New(path)) };
            belongs(plan, wanted.mode, &path, &summary?)?;
            Ok(Choice::Resume(path))
        }
        _ => Ok(Choice::Ask(open)),
    }
}

fn named(plan: PlanKey<'_>, wanted: &Wanted, path: &Path) -> Result<Choice, NotThisLog> {
    let there = path.try_exists().map_err(|source| LogError::Disk {
        operation: "look for the log",
        path: path.to_owned(),
        source,
    })?;
    if !there {
        return Ok(Choice::New(path.to_owned()));
    }
    if wanted.new {
        return Err(NotThisLog::Exists(path.to_owned()));
    }
    belongs(plan, wanted.mode, path, &summary(path)?)?;
    Ok(Choice::Resume(path.to_owned()))
}

/// Whether a log may go on with this plan in this mode.
///
/// A plan may be edited, renamed or retitled between two sessions, but hardly all at once: two of file name, title
/// and half the items must agree.
///
/// # Errors
/// Why not, and what to do.
pub fn belongs(plan: PlanKey<'_>, mode: RunMode, log: &Path, summary: &Summary) -> Result<(), NotThisLog> {
    if summary.lines == 0 {
        return Ok(());
    }
    let file = plan.path.file_name() == Some(OsStr::new(&summary.file));
    let title = plan.title == summary.title;
    let shared = plan.items.intersection(&summary.items).count();
    let most = shared > 0 && 2 * shared >= plan.items.len().min(summary.items.len());
    if [file, title, most].into_iter().filter(|&same| same).count() < 2 {
        return Err(NotThisLog::OtherPlan {
            log: log.to_owned(),
            file: summary.file.clone(),
            title: summary.title.clone(),
            plan: plan.path.to_owned(),
        });
    }
    if summary.mode != mode {
        return Err(NotThisLog::OtherMode { log: log.to_owned(), mode: summary.mode });
    }
    Ok(())
}

/// The logs beside a plan that carry its name, oldest first.
///
/// # Errors
/// The folder cannot be read.
pub fn logs(plan: &Path) -> io::Result<Vec<Found>> {
    let stem = stem(plan);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(super::disk::folder(plan))? {
        let path = entry?.path();
        let name = path.file_name().and_then(OsStr::to_str).and_then(Name::parse);
        if let Some(name) = name
            && name.plan == stem
        {
            found.push(Found { summary: summary(&path), path, name });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// The name of the next log of a plan.
#[must_use]
pub fn next_name(plan: &Path, found: &[Found], mode: RunMode, today: NaiveDate) -> Name {
    let rehearsal = mode == RunMode::Rehearsal;
    let of_today = found.iter().map(|found| &found.name);
    let of_today = of_today.filter(|name| name.date == today && name.rehearsal == rehearsal);
    let n = of_today.map(|name| name.n).max().unwrap_or(0).saturating_add(1);
    Name { plan: stem(plan), date: today, n, rehearsal }
}

fn stem(plan: &Path) -> String {
    plan.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// What a log says of itself; a torn end is no matter.
///
/// # Errors
/// It cannot be read, or has a bad line.
pub fn summary(path: &Path) -> Result<Summary, LogError> {
    let mut summary = Summary::default();
    let mut to_sign = Vec::new();
    let mut settled = BTreeSet::new();
    let mut handles = BTreeMap::new();
    let mut signoffs = 0;
    let read = FileSource::new(path).read(Head::default(), &mut |line| {
        summary.lines = line.head.seq;
        summary.last = Some(line.at);
        match line.event {
            Event::RunStarted { mode, plan, items, .. } => {
                summary.mode = mode;
                summary.began = Some(line.at);
                summary.by = line.by.to_string();
                (summary.file, summary.title) = (plan.file, plan.title);
                summary.items = items.iter().map(|row| row.id).collect();
                to_sign = signed_by_name(&items);
            }
            Event::PlanAmended { plan, items, map, .. } => {
                (summary.file, summary.title) = (plan.file, plan.title);
                summary.items = items.iter().map(|row| row.id).collect();
                to_sign = signed_by_name(&items);
                handles.extend(map);
            }
            Event::SignoffGiven { item, .. } => {
                signoffs += 1;
                settled.extend(item);
            }
            Event::ItemDone { item, .. }
            | Event::ItemSkipped { item, .. }
            | Event::ItemNotApplicable { item, .. } => settled.extend([item]),
            Event::ItemReopened { item, .. } => drop(settled.remove(&item)),
            _ => {}
        }
        ControlFlow::Continue(())
    });
    match read {
        Ok(_) | Err(LogError::Torn { .. }) => {}
        Err(error) => return Err(error),
    }
    let settled = |id| settled.contains(&id) || handles.get(&id).is_some_and(|first| settled.contains(first));
    summary.signed = signoffs > 0 && to_sign.into_iter().all(settled);
    Ok(summary)
}

fn signed_by_name(rows: &[Row]) -> Vec<ItemId> {
    rows.iter().filter(|row| row.kind == PhaseKind::SignOff && !row.checked).map(|row| row.id).collect()
}

#[cfg(test)]
mod tests;
