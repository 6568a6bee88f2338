//! Commands of items: shown exactly as they will run, recorded, run, stopped, looked at.
//!
//! Nothing runs by itself. `!` shows what will run; the line `command.started` is written; when it is on disk the
//! program starts, and goes on whatever becomes of the cockpit.

mod copy;
mod jobs;
mod output;
mod past;
mod values;

use std::path::PathBuf;
use std::time::Duration;

use super::action::Action;
use super::control::{Aside, Mood};
use super::layer::{Answer, Choice, Kind, Layer, Pick, PickPurpose, PickRow, PickValue, Then};
use super::msg::{Effect, Launch};
use super::{State, acts, prompt};
use crate::checklist::{Command, ItemId};
use crate::clock::Stamp;
use crate::command::{self, Piece, Problem, Reference};
use crate::record::CommandRun;
use crate::signoff::event::{Event, RunMode};
use crate::text;

pub use jobs::{Jobs, Output};

pub(super) use copy::{copy, copy_one};
pub(super) use jobs::{adopt, on_line, on_news, on_refused, tell};
pub(super) use output::{in_output, show, suggestion};
pub(super) use past::go;

/// Commands that run at once, at most: more nobody watches.
const AT_ONCE: usize = 8;
/// Longest command, in bytes: all of it is shown before it runs.
const LONGEST: usize = 48 << 10;
/// Longest value of a variable that the log keeps with a command, in bytes.
const KEPT: usize = 1024;

/// A command that is shown before it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Whose it is.
    pub item: ItemId,
    /// Which of the item's logical commands, from 0.
    pub number: usize,
    /// Of how many.
    pub of: usize,
    /// The comment above it.
    pub title: Option<String>,
    /// The command as the plan has it.
    pub text: String,
    /// Program and arguments, values as references.
    pub argv: Vec<String>,
    /// What the references mean.
    pub variables: Vec<Reference>,
    /// Variables that only the cockpit's own environment may set.
    pub foreign: Vec<String>,
    /// Where it runs.
    pub folder: PathBuf,
    /// The word to type first, if it destroys.
    pub word: Option<String>,
    /// This is practice.
    pub rehearsal: bool,
}

/// One of an item's logical commands.
struct Step {
    language: Option<String>,
    piece: Piece,
}

/// Handles `!`.
pub(super) fn run(state: &mut State, ids: &[ItemId], now: &Stamp) -> Vec<Effect> {
    let id = match ids {
        [id] => *id,
        [] => return acts::nothing_here(state, now),
        _ => return acts::one_at_a_time(state, now),
    };
    if let Some(why) = occupied(state, id, now) {
        state.notice(now, why);
        return Vec::new();
    }
    let steps = steps(state, id);
    match steps.len() {
        0 => state.notice(now, "This item has no command"),
        1 => show_ready(state, id, 0, now),
        count => {
            let next = next_step(state, id, &steps);
            let mut pick = Pick::new(PickPurpose::Command(id), "Run which command?", rows(state, id, &steps));
            pick.cursor = next.min(count - 1);
            prompt::pick(state, pick, now);
        }
    }
    Vec::new()
}

/// Why nothing of this item can be run now.
fn occupied(state: &State, id: ItemId, now: &Stamp) -> Option<String> {
    if let Some(run) = state.last_run(id).filter(|run| run.ended.is_none()) {
        let since = text::clock(lasted(run, now));
        return Some(format!("{} runs since {since}: ctrl-o shows its output, X stops it", run.job));
    }
    let running = state.running().count();
    (running >= AT_ONCE).then(|| format!("{running} commands run already: wait for one, or stop one with X"))
}

fn steps(state: &State, id: ItemId) -> Vec<Step> {
    let planned = state.planned.get(&id).and_then(|&at| state.plan.checklist.items.get(at));
    let commands = planned.map_or(&[][..], |item| &item.commands[..]);
    let of = |command: &Command| {
        let language = command.language.clone();
        let pieces = command::pieces(command.language.as_deref(), &command.text).into_iter();
        pieces.map(move |piece| Step { language: language.clone(), piece }).collect::<Vec<_>>()
    };
    commands.iter().flat_map(of).collect()
}

/// The step behind the one that was run last.
fn next_step(state: &State, id: ItemId, steps: &[Step]) -> usize {
    let last = state.last_run(id).and_then(|run| run.text.as_ref());
    let redactor = state.plan.settings.redactor();
    let at = last.and_then(|last| steps.iter().position(|step| redactor.redact(&step.piece.text) == *last));
    at.map_or(0, |at| at + 1)
}

/// The number of the logical command to run next, and of how many; none behind the last.
fn next(state: &State, id: ItemId) -> Option<(usize, usize)> {
    let steps = steps(state, id);
    let next = next_step(state, id, &steps);
    (next > 0 && next < steps.len()).then(|| (next + 1, steps.len()))
}

fn rows(state: &State, id: ItemId, steps: &[Step]) -> Vec<PickRow> {
    let redactor = state.plan.settings.redactor();
    let row = |(number, step): (u32, &Step)| {
        let text = redactor.redact(&step.piece.text).into_owned();
        let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let more = if text.trim().lines().count() > 1 { " …" } else { "" };
        let runs = state.record.commands.iter().rev().filter(|run| run.item == Some(id));
        let mut runs = runs.filter(|run| run.text.as_deref() == Some(&text));
        let aside = match (command::program(step.language.as_deref()), runs.next()) {
            (Err(_), _) => "copy only".to_owned(),
            (Ok(_), Some(run)) => ended(run).map_or_else(|| "running".to_owned(), |(words, _)| words),
            (Ok(_), None) => String::new(),
        };
        let text = format!("{}  {}{more}", number + 1, text::clean(first));
        PickRow { text, aside, value: PickValue::Number(number + 1) }
    };
    (0u32..).zip(steps).map(row).collect()
}

/// Shows what will run, or why it cannot.
pub(super) fn show_ready(state: &mut State, id: ItemId, number: usize, now: &Stamp) {
    match ready(state, id, number) {
        Ok(ready) => {
            state.ui.notice = None;
            let kind = Kind::Command { ready: Box::new(ready), scroll: 0, seen: false };
            state.ui.layers.push(Layer { opened: *now, kind });
        }
        Err(problems) => {
            let answers = vec![Answer { key: 'n', label: "back, run nothing".to_owned(), then: Then::Back }];
            let choice =
                Choice { title: "This cannot be run as it stands".to_owned(), lines: problems, answers };
            state.ui.notice = None;
            state.ui.layers.push(Layer { opened: *now, kind: Kind::Choice(choice) });
        }
    }
}

/// A command with everything filled in.
fn ready(state: &State, id: ItemId, number: usize) -> Result<Ready, Vec<String>> {
    let steps = steps(state, id);
    let of = steps.len();
    let step =
        steps.into_iter().nth(number).ok_or_else(|| vec!["The command is gone from the plan".to_owned()])?;
    if step.piece.text.len() > LONGEST {
        return Err(vec![
            "It is too long to be looked at before it runs: make a script of it, and run that".to_owned(),
        ]);
    }
    let program = command::program(step.language.as_deref()).map_err(|why| vec![why])?;
    let lookup = |name: &str| values::lookup(state, id, name);
    let filled = command::rewrite(&program, &step.piece.text, &lookup);
    let filled = filled.map_err(|problems| problems.iter().map(Problem::to_string).collect::<Vec<_>>())?;
    let (plain, _) = command::copied(Some(&program), &step.piece.text, &lookup);
    let settings = &state.plan.settings;
    let item = acts::item_text(state, id).unwrap_or_default();
    let destroys = settings.destroys(&step.piece.text) || settings.destroys(&plain);
    let parent = state.plan.path.parent().filter(|parent| !parent.as_os_str().is_empty());
    Ok(Ready {
        item: id,
        number,
        of,
        title: step.piece.title,
        argv: program.argv(&filled.text),
        variables: filled.variables,
        foreign: filled.foreign,
        folder: settings.cwd.clone().or_else(|| parent.map(PathBuf::from)).unwrap_or_else(|| ".".into()),
        word: destroys.then(|| {
            let target = command::target(&plain, &item, &|part| settings.destroys(part));
            settings.redactor().redact(&target).into_owned()
        }),
        rehearsal: state.record.run.as_ref().is_some_and(|run| run.mode == RunMode::Rehearsal),
        text: step.piece.text,
    })
}

/// A letter at what is shown.
pub(super) fn choose(state: &mut State, key: char, now: &Stamp) -> Vec<Effect> {
    let Some(Kind::Command { ready, seen, .. }) = state.ui.layers.last().map(|layer| &layer.kind) else {
        return Vec::new();
    };
    let (ready, seen) = (ready.as_ref().clone(), *seen);
    match key {
        'n' => {
            state.ui.layers.pop();
        }
        'r' if !seen => state.notice(now, "Look at all of it first: the arrows and page down scroll"),
        'r' => {
            state.ui.layers.pop();
            if !acts::may_act(state, now) {
                return Vec::new();
            }
            return go(state, ready, None, now);
        }
        _ => {}
    }
    Vec::new()
}

/// Writes that it is started, and past what for that reason; it starts when that is on disk.
pub(super) fn start(state: &mut State, shown: &Ready, past: Option<&str>, now: &Stamp) -> Vec<Effect> {
    let id = shown.item;
    if let Some(why) = occupied(state, id, now) {
        state.notice(now, why);
        return Vec::new();
    }
    // The plan, the sidecar or a blank may have changed under the dialog.
    if ready(state, id, shown.number).as_ref() != Ok(shown) {
        state.notice(now, "The command has changed meanwhile: press ! and look at it again");
        return Vec::new();
    }
    let job = next_job(state);
    let redactor = state.plan.settings.redactor();
    let masked = |text: &str| redactor.redact(text).into_owned();
    let event = Event::CommandStarted {
        job: job.clone(),
        argv: shown
            .variables
            .iter()
            .map(recorded)
            .chain(shown.argv.iter().map(String::as_str).map(str::to_owned))
            .map(|word| masked(&word))
            .collect(),
        item: Some(id),
        text: Some(masked(&shown.text)),
    };
    let launch = Launch {
        job: job.clone(),
        argv: shown.argv.clone(),
        variables: shown.variables.clone(),
        folder: shown.folder.clone(),
    };
    let mut events = past.map_or_else(Vec::new, |reason| past::gone_past(state, shown, reason, now));
    events.push(event);
    let drafts = match acts::drafted(state, events, now) {
        Ok(drafts) => drafts,
        Err(conflict) => {
            state.notice(now, conflict);
            return Vec::new();
        }
    };
    if let Some(last) = drafts.last() {
        state.desk.after.push((last.act, Effect::StartJob(Box::new(launch))));
    }
    acts::queue(state, drafts, format!("{job} started; ctrl-o shows its output"), false, now)
}

/// A variable as the log keeps it: a secret as its reference.
fn recorded(variable: &Reference) -> String {
    let (name, value) = (&variable.name, &variable.value);
    if variable.secret {
        format!("{name}=${{{name}}}")
    } else if value.len() > KEPT {
        format!("{name}=({} bytes)", value.len())
    } else {
        format!("{name}={value}")
    }
}

/// A name that no program of this run has had.
fn next_job(state: &State) -> String {
    let (copies, after) = (&state.plan.settings.copies, &state.desk.after);
    let taken = |job: &String| {
        state.record.commands.iter().any(|run| run.job == *job)
            || copies.iter().any(|copy| copy.name == *job)
            || after
                .iter()
                .any(|(_, effect)| matches!(effect, Effect::StartJob(launch) if launch.job == *job))
    };
    let first = state.record.commands.iter().filter(|run| run.item.is_some()).count() + 1;
    let names = first..=first + state.record.commands.len() + copies.len() + after.len();
    names.map(|number| format!("run-{number}")).find(|job| !taken(job)).unwrap_or_default()
}

/// Handles `X` in the checklist.
pub(super) fn ask_stop(state: &mut State, ids: &[ItemId], now: &Stamp) -> Vec<Effect> {
    let running = match ids {
        [id] => state.last_run(*id).filter(|run| run.ended.is_none()).map(|run| run.job.clone()),
        _ => None,
    };
    match running {
        Some(job) => ask_stop_job(state, &job, now),
        None => state.notice(now, "No command of this item runs"),
    }
    Vec::new()
}

fn ask_stop_job(state: &mut State, job: &str, now: &Stamp) {
    let Some(run) = state.running().find(|run| run.job == job) else {
        state.notice(now, format!("{job} does not run any more"));
        return;
    };
    let text = run.text.clone().unwrap_or_default();
    let lines = vec![
        text.lines().next().unwrap_or_default().to_owned(),
        "It and all that it started are asked to end, and ended after 5 seconds.".to_owned(),
    ];
    let answers = vec![
        Answer { key: 's', label: "stop it".to_owned(), then: Then::StopJob(job.to_owned()) },
        Answer { key: 'n', label: "back, let it run".to_owned(), then: Then::Back },
    ];
    state.ui.notice = None;
    let kind = Kind::Choice(Choice { title: format!("Stop {job}?"), lines, answers });
    state.ui.layers.push(Layer { opened: *now, kind });
}

/// Writes that it is stopped; it is asked to end when that is on disk.
pub(super) fn stop(state: &mut State, job: &str, now: &Stamp) -> Vec<Effect> {
    let Some(item) = state.running().find(|run| run.job == job).map(|run| run.item) else {
        state.notice(now, format!("{job} does not run any more"));
        return Vec::new();
    };
    let event = Event::NoteAdded { text: format!("stops {job}"), item };
    let drafts = match acts::drafted(state, vec![event], now) {
        Ok(drafts) => drafts,
        Err(conflict) => {
            state.notice(now, conflict);
            return Vec::new();
        }
    };
    if let Some(last) = drafts.last() {
        state.desk.after.push((last.act, Effect::StopJob(job.to_owned())));
    }
    acts::queue(state, drafts, format!("{job} is asked to end"), false, now)
}

/// What the row shows of its commands.
pub(super) fn aside(state: &State, id: ItemId, now: &Stamp) -> Option<Aside> {
    let run = state.last_run(id)?;
    let Some((words, mood)) = ended(run) else {
        let stopping = state.jobs.get(&run.job).is_some_and(|output| output.stopping);
        let word = if stopping { "stopping" } else { "running" };
        return Some(Aside {
            mood: Mood::Waiting,
            words: format!("! {word} {}", text::clock(lasted(run, now))),
        });
    };
    Some(Aside { mood, words: format!("! {words}") })
}

/// How a command ended, in a few words; `None` while it runs.
fn ended(run: &CommandRun) -> Option<(String, Mood)> {
    let end = run.ended.as_ref()?;
    let took =
        end.took_ms.map(|ms| format!(" in {}", text::short(Duration::from_millis(ms)))).unwrap_or_default();
    Some(match end.exit {
        Some(0) => (format!("exit 0{took}"), Mood::Good),
        Some(code) => (format!("exit {code}{took}"), Mood::Bad),
        None => ("lost".to_owned(), Mood::Unknown),
    })
}

/// For how long it has run.
fn lasted(run: &CommandRun, now: &Stamp) -> Duration {
    (now.wall - run.started.at.wall).to_std().unwrap_or_default()
}

impl State {
    /// The newest run of an item's commands.
    #[must_use]
    pub fn last_run(&self, id: ItemId) -> Option<&CommandRun> {
        self.record.commands.iter().rev().find(|run| run.item == Some(id))
    }

    /// Items' commands that run.
    pub fn running(&self) -> impl Iterator<Item = &CommandRun> {
        self.record.commands.iter().filter(|run| run.item.is_some() && run.ended.is_none())
    }

    /// How a run stands, in a few words.
    #[must_use]
    pub fn run_stands(&self, run: &CommandRun, now: &Stamp) -> (String, Mood) {
        ended(run).unwrap_or_else(|| (format!("running {}", text::clock(lasted(run, now))), Mood::Waiting))
    }
}

/// What stays behind when the cockpit is left, a line each.
pub(super) fn left_behind(state: &State) -> Vec<String> {
    let line = |run: &CommandRun| {
        let of = run.item.and_then(|id| acts::item_text(state, id)).unwrap_or_default();
        let of = if of.is_empty() { String::new() } else { format!(" of “{}”", text::truncate(&of, 40)) };
        format!("{}{of} goes on, and is found again.", text::clean(&run.job))
    };
    state.record.commands.iter().filter(|run| run.ended.is_none()).map(line).collect()
}

/// Handles the keys of commands in the checklist.
pub(super) fn act(state: &mut State, action: Action, ids: &[ItemId], now: &Stamp) -> Vec<Effect> {
    match action {
        Action::RunCommand => run(state, ids, now),
        _ => ask_stop(state, ids, now),
    }
}
