//! The output of a command over the panes: shown, hidden, held still, taken into a blank.

use super::ask_stop_job;
use crate::checklist::ItemId;
use crate::clock::Stamp;
use crate::record::CommandRun;
use crate::state::action::Action;
use crate::state::layer::{Kind, Layer};
use crate::state::msg::Effect;
use crate::state::{Cursor, State, acts};

/// Longest line that is offered for a blank, in characters.
const LONGEST: usize = 400;

/// The command whose output is shown.
pub(super) fn shown(state: &State) -> Option<String> {
    state.ui.layers.iter().rev().find_map(|layer| match &layer.kind {
        Kind::Output { job, .. } => Some(job.clone()),
        _ => None,
    })
}

/// Shows the output of the item's newest command, else of the newest of all; or hides it.
pub(in crate::state) fn show(state: &mut State, now: &Stamp) -> Vec<Effect> {
    if matches!(state.ui.layers.last().map(|layer| &layer.kind), Some(Kind::Output { .. })) {
        state.ui.layers.pop();
        return Vec::new();
    }
    let sheet = state.ui.layers.last().and_then(|layer| match layer.kind {
        Kind::Item { item, .. } => Some(item),
        _ => None,
    });
    let item = sheet.or(match state.ui.cursor {
        Cursor::Item(id) => Some(id),
        Cursor::Phase(_) | Cursor::Decision(_) => None,
    });
    let newest = || state.record.commands.iter().rev().find(|run| run.item.is_some());
    let Some(run) = item.and_then(|id| state.last_run(id)).or_else(newest) else {
        state.notice(now, "No command has been run: ! runs the item's");
        return Vec::new();
    };
    let job = run.job.clone();
    let effects = ask(state, &run.clone());
    state.ui.notice = None;
    state.ui.layers.push(Layer { opened: *now, kind: Kind::Output { job, scroll: 0, held: None } });
    effects
}

/// Asks for the lines, unless they are here or on their way.
fn ask(state: &mut State, run: &CommandRun) -> Vec<Effect> {
    let job = run.job.clone();
    let kept = run.ended.as_ref().map(|end| end.output.clone());
    if state.jobs.get(&job).is_some_and(|output| !output.lines.is_empty() || output.asked) {
        return Vec::new();
    }
    match kept {
        Some(Some(blob)) => {
            state.jobs.entry(job.clone()).or_default().asked = true;
            vec![Effect::ReadOutput(job, blob)]
        }
        Some(None) => Vec::new(),
        None => vec![Effect::FollowJob(job)],
    }
}

/// Handles an act key over the output.
pub(in crate::state) fn in_output(state: &mut State, action: Action, now: &Stamp) -> Vec<Effect> {
    let Some(job) = shown(state) else { return Vec::new() };
    match action {
        Action::StopCommand => ask_stop_job(state, &job, now),
        Action::Fill => {
            let run = state.record.commands.iter().rev().find(|run| run.job == job);
            let Some((id, end)) = run.and_then(|run| Some((run.item?, run.ended.clone()))) else {
                return Vec::new();
            };
            match end.map(|end| end.exit) {
                None => {
                    state
                        .notice(now, "It still runs: its output can be taken into a blank when it has ended");
                }
                Some(Some(0)) => return acts::fill(state, &[id], now),
                Some(_) => {
                    state.notice(now, "It did not end well: esc, then e fills the blank by hand");
                }
            }
        }
        _ => {}
    }
    Vec::new()
}

/// What the shown output suggests for a blank of the item: its last line.
pub(in crate::state) fn suggestion(state: &State, id: ItemId) -> Option<String> {
    let job = shown(state)?;
    let run = state.record.commands.iter().rev().find(|run| run.job == job && run.item == Some(id))?;
    run.ended.as_ref().filter(|end| end.exit == Some(0))?;
    let lines = &state.jobs.get(&job)?.lines;
    let last = lines.iter().rev().map(|line| line.trim()).find(|line| !line.is_empty())?;
    (last.chars().count() <= LONGEST).then(|| last.to_owned())
}
