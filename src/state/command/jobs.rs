//! What is known of commands that run: their newest lines, and ends that are to be recorded.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::lasted;
use crate::clock::Stamp;
use crate::signoff::event::{Blob, Event};
use crate::signoff::{Actor, Draft, Line};
use crate::state::attention::{self, Notice, NoticeKind};
use crate::state::msg::{Access, Effect, JobEnd, JobNews};
use crate::state::{State, acts};
use crate::text;

/// Lines of a command's output that are kept for the screen.
const LINES: usize = 2000;
/// Bytes of them, at most.
const BYTES: usize = 1 << 20;
/// Commands whose lines are kept; those of others are read again from the evidence.
const OUTPUTS: usize = 16;
/// An end that could not be recorded is tried again so often.
const RETRY: Duration = Duration::from_secs(5);
/// Who waited for so long for a command may be elsewhere when it ends.
const LONG: Duration = Duration::from_secs(30);

/// What is known of commands that run, or were looked at, by their names.
pub type Jobs = BTreeMap<String, Output>;

/// What a command says.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// The newest lines, clean and without secrets, oldest first.
    pub lines: VecDeque<String>,
    bytes: usize,
    /// Lines before them that are not kept here.
    pub dropped: u64,
    /// Bytes that were not kept at all.
    pub cut: u64,
    /// It was asked to end.
    pub stopping: bool,
    /// Why there is nothing to show.
    pub fault: Option<String>,
    /// How it ended, until that is on disk.
    end: Option<JobEnd>,
    /// The line about its end is on its way, or was tried last.
    tried: Option<Stamp>,
    writing: bool,
    /// Its output was asked for.
    pub(super) asked: bool,
}

impl Output {
    fn add(&mut self, lines: Vec<String>) {
        for line in lines {
            self.bytes += line.len();
            self.lines.push_back(line);
        }
        while self.lines.len() > LINES || (self.bytes > BYTES && self.lines.len() > 1) {
            if let Some(line) = self.lines.pop_front() {
                self.bytes -= line.len();
                self.dropped += 1;
            }
        }
    }
}

/// Asks what became of commands that no one has seen end.
pub(in crate::state) fn adopt(state: &State) -> Vec<Effect> {
    state.running().map(|run| Effect::FollowJob(run.job.clone())).collect()
}

/// Something is known of a command.
pub(in crate::state) fn on_news(state: &mut State, job: &str, news: JobNews, now: &Stamp) {
    if state.jobs.len() >= OUTPUTS && !state.jobs.contains_key(job) {
        let shown = super::output::shown(state);
        let old = state.jobs.iter().find(|(name, it)| {
            it.end.is_none() && shown.as_ref() != Some(*name) && state.running().all(|run| run.job != **name)
        });
        if let Some(old) = old.map(|(name, _)| name.clone()) {
            state.jobs.remove(&old);
        }
    }
    let output = state.jobs.entry(job.to_owned()).or_default();
    match news {
        JobNews::Lines { lines, cut } => {
            output.cut = cut;
            output.add(lines);
        }
        JobNews::Stopping => output.stopping = true,
        JobNews::Ended(end) => output.end = Some(*end),
        JobNews::Kept(Ok(lines)) => {
            *output = Output { asked: true, ..Output::default() };
            output.add(lines);
        }
        JobNews::Kept(Err(why)) => output.fault = Some(why),
        JobNews::Trouble(why) => {
            let why = format!("{}: {}", text::clean(job), text::clean(&why));
            state.notice(now, why);
        }
    }
}

/// Writes ends that are not on record yet.
pub(in crate::state) fn tell(state: &mut State, now: &Stamp) -> Vec<Effect> {
    if state.desk.access != Access::Writer || state.jobs.values().all(|output| output.end.is_none()) {
        return Vec::new();
    }
    let open: Vec<String> = state.running().map(|run| run.job.clone()).collect();
    let due = |output: &Output| {
        let waited = output.tried.is_none_or(|tried| now.since(&tried) >= RETRY);
        output.end.is_some() && !output.writing && waited
    };
    let ready: Vec<String> = open.into_iter().filter(|job| state.jobs.get(job).is_some_and(due)).collect();
    let mut drafts: Vec<Draft> = Vec::new();
    for job in ready {
        let Some(output) = state.jobs.get_mut(&job) else { continue };
        output.writing = true;
        output.tried = Some(*now);
        let Some(end) = output.end.clone() else { continue };
        drafts.push(ended(state, job, end, now));
    }
    if drafts.is_empty() { Vec::new() } else { vec![Effect::Append(drafts)] }
}

fn ended(state: &mut State, job: String, end: JobEnd, now: &Stamp) -> Draft {
    let Some(exit) = end.exit else {
        return state.draft(Event::CommandLost { job }, Actor::Machine, now);
    };
    let took_ms = end.took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
    let (output, bytes): (Option<Blob>, Option<Arc<[u8]>>) = end.output.unzip();
    let cut = (end.cut > 0).then_some(end.cut);
    let mut draft = state.draft(Event::CommandEnded { job, exit, took_ms, output, cut }, Actor::Machine, now);
    draft.blobs.extend(bytes);
    draft
}

/// The line about an end could not be written: it is tried again.
pub(in crate::state) fn on_refused(state: &mut State, event: &Event) {
    if let Event::CommandEnded { job, .. } | Event::CommandLost { job } = event
        && let Some(output) = state.jobs.get_mut(job)
    {
        output.writing = false;
    }
}

/// A line about a command is on disk.
pub(in crate::state) fn on_line(state: &mut State, line: &Line, now: &Stamp) -> Vec<Effect> {
    let (Event::CommandEnded { job, .. } | Event::CommandLost { job }) = &line.event else {
        return Vec::new();
    };
    let Some(run) = state.record.commands.iter().rev().find(|run| run.job == *job && run.item.is_some())
    else {
        return Vec::new();
    };
    let (stood, _) = state.run_stands(run, now);
    let lasted = lasted(run, now);
    let of = run.item.and_then(|id| acts::item_text(state, id)).unwrap_or_default();
    let next = run.item.filter(|_| run.ended.as_ref().is_some_and(|end| end.exit == Some(0)));
    let next = next.and_then(|id| super::next(state, id));
    let next = next.map(|(number, all)| format!(" · ! runs the next, {number} of {all}")).unwrap_or_default();
    let words = format!("{}: {stood} · “{}”{next}", text::clean(job), text::truncate(&of, 40));
    let ours = state.jobs.get_mut(job).is_some_and(|output| {
        output.stopping = false;
        output.end.take().is_some()
    });
    state.notice(now, words.clone());
    let mut effects = Vec::new();
    if ours {
        effects.push(Effect::ForgetJob(job.clone()));
    }
    if lasted >= LONG && state.desk.access == Access::Writer {
        effects.extend(attention::call(state, Notice { kind: NoticeKind::Finished, text: words }, now));
    }
    effects
}
