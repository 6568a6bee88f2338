//! Edits of the plan and the sidecar in mid-run: the diff is shown, the record amended, ticks stay with their items.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::layer::{Answer, Choice, Kind, Layer, Then};
use super::msg::{Access, Effect};
use super::{About, State, Waiting, acts, logs};
use crate::checklist::{self, ItemId, diff};
use crate::clock::Stamp;
use crate::plan::{self, Plan, rules};
use crate::signoff::Actor;
use crate::signoff::event::Event;
use crate::text;

/// The plan's files were read again.
pub(super) fn on_files(state: &mut State, read: Result<Plan, String>, now: &Stamp) -> Vec<Effect> {
    let read = read.map(|plan| Plan { baseline: state.plan.baseline.clone(), ..plan });
    let plan = match read {
        Ok(mut plan) if plan.sidecar.is_none() && state.plan.sidecar.is_some() => {
            let file = state.plan.sidecar.as_ref().map(|(path, _)| path.display().to_string());
            let file = file.unwrap_or_default();
            state.banner(
                About::Files,
                format!("The sidecar {file} is gone. What was read before stays in force: put it back, or an empty one."),
            );
            plan.settings.clone_from(&state.plan.settings);
            plan.sidecar.clone_from(&state.plan.sidecar);
            return amend(state, Arc::new(plan), now);
        }
        Ok(plan) => Arc::new(plan),
        Err(why) => {
            state.banner(About::Files, format!("{why} What was read before stays in force."));
            return Vec::new();
        }
    };
    state.ui.banners.retain(|banner| banner.about != About::Files);
    let mut effects = Vec::new();
    if plan.settings != state.plan.settings {
        state.live = std::mem::take(&mut state.live).with(&plan.settings);
        state.ui.frozen = None;
        logs::renew(state);
        effects.push(Effect::Probes(Arc::new(plan.settings.clone())));
    }
    effects.extend(amend(state, plan, now));
    effects
}

/// The plan was edited while no cockpit ran.
pub(super) fn on_resume(state: &mut State, plan: Arc<Plan>, now: &Stamp) -> Vec<Effect> {
    let source = state.record.plan.text.clone().into_bytes();
    let options = plan.options();
    let checklist = checklist::parse(&source, &options);
    let beside = plan::sidecar(&plan.path);
    // What its items were held to holds until the change is in force.
    let rules = rules::bind(&plan.path, &beside, &checklist, &plan.settings, &|_| None).unwrap_or_default();
    let hints = plan::hints::find(&checklist, &plan.settings);
    let before = Plan {
        path: plan.path.clone(),
        checklist,
        source,
        settings: plan.settings.clone(),
        rules,
        hints,
        sidecar: None,
        baseline: plan.baseline.clone(),
    };
    state.plan = Arc::new(before);
    state.settle_plan();
    state.regroup();
    amend(state, plan, now)
}

fn amend(state: &mut State, plan: Arc<Plan>, now: &Stamp) -> Vec<Effect> {
    let text = plan::text(&plan);
    // An edit undone while its own line is on its way is another edit.
    let same_plan = text.sha256 == state.record.plan.sha256 && state.desk.amending.is_none();
    let same_sidecar = text.sidecar_sha256 == state.record.plan.sidecar_sha256;
    if same_plan {
        // What waited has been undone in the file.
        state.desk.waiting = None;
        state.ui.banners.retain(|banner| banner.about != About::Amendment);
        state.plan = plan;
        state.settle_plan();
        state.regroup();
        if same_sidecar || state.desk.access != Access::Writer {
            return Vec::new();
        }
        let (Some(sha256), sidecar) = (text.sidecar_sha256, text.sidecar.unwrap_or_default()) else {
            return Vec::new();
        };
        let what = format!("{} in force", text::plural(state.live.probes().count(), "probe", "probes"));
        state.notice(now, format!("Sidecar read again: {what}"));
        let event = Event::ConfigAmended { what, sha256, text: sidecar };
        let draft = state.draft(event, Actor::Machine, now);
        return vec![Effect::Append(vec![draft])];
    }
    if state.desk.access != Access::Writer {
        return Vec::new();
    }
    let matched = diff::compare(&state.plan.checklist, &plan.checklist);
    // Both with their secrets masked.
    let lines = diff::lines(&state.record.plan.text, &text.text);
    let what = clause(&matched);
    let reworded: BTreeMap<ItemId, ItemId> =
        matched.reworded.iter().map(|pair| (pair.new, pair.old)).collect();
    let touched = reworded.values().any(|id| {
        let handle = state.record.handles.get(id).copied().unwrap_or(*id);
        acts::item(state, handle).is_some_and(|item| item.act.is_some() || !item.history.is_empty())
    });
    state.ui.last_diff = Some((what.clone(), lines.clone()));
    state.desk.waiting = Some(Box::new(Waiting { plan, what, lines, map: matched.map, reworded }));
    if touched {
        state.banner(
            About::Amendment,
            "The plan was reworded where work was done: press p and say whether it is the same step"
                .to_owned(),
        );
        if state.ui.layers.is_empty() {
            ask(state, now);
        }
        return Vec::new();
    }
    let effects = decide(state, true, now);
    if state.ui.layers.is_empty()
        && let Some((what, lines)) = state.ui.last_diff.clone()
    {
        state.ui.layers.push(Layer { opened: *now, kind: Kind::Diff { what, lines, scroll: 0 } });
    }
    effects
}

/// Asks what a reworded item is.
pub(super) fn ask(state: &mut State, now: &Stamp) {
    let Some(waiting) = &state.desk.waiting else { return };
    let mut lines = vec![waiting.what.clone()];
    for (new, old) in waiting.reworded.iter().take(6) {
        let of = |id: &ItemId, items: &[checklist::Item]| {
            let item = items.iter().find(|item| item.id == *id);
            item.map(|item| text::truncate(&text::clean(&item.text), 60).into_owned()).unwrap_or_default()
        };
        lines.push(format!("− {}", of(old, &state.plan.checklist.items)));
        lines.push(format!("+ {}", of(new, &waiting.plan.checklist.items)));
    }
    let answers = vec![
        Answer { key: 's', label: "the same steps: ticks stay".to_owned(), then: Then::Amend { keep: true } },
        Answer {
            key: 'o',
            label: "other steps: the new ones are open".to_owned(),
            then: Then::Amend { keep: false },
        },
        Answer { key: 'l', label: "later (p)".to_owned(), then: Then::Back },
    ];
    let title = "The plan was edited".to_owned();
    state.ui.layers.push(Layer { opened: *now, kind: Kind::Choice(Choice { title, lines, answers }) });
}

/// Takes over the waiting change.
pub(super) fn decide(state: &mut State, keep: bool, now: &Stamp) -> Vec<Effect> {
    let Some(waiting) = state.desk.waiting.take() else { return Vec::new() };
    state.ui.banners.retain(|banner| banner.about != About::Amendment);
    let mut pairs = waiting.map.clone();
    if keep {
        pairs.extend(waiting.reworded.clone());
    }
    let mut map = BTreeMap::new();
    for item in &waiting.plan.checklist.items {
        let before = pairs.get(&item.id).copied().unwrap_or(item.id);
        let handle = state.record.handles.get(&before).copied().unwrap_or(before);
        if handle != item.id {
            map.insert(item.id, handle);
        }
    }
    let event = Event::PlanAmended {
        what: waiting.what.clone(),
        plan: plan::text(&waiting.plan),
        items: plan::rows(&waiting.plan),
        map,
    };
    let asked = !waiting.reworded.is_empty();
    let what = format!("plan amended: {}", waiting.what);
    state.desk.amending = Some(waiting.plan);
    let by = state.desk.operator.clone().filter(|_| asked).map_or(Actor::Machine, Actor::Person);
    let draft = state.draft(event, by, now);
    if asked { acts::queue(state, vec![draft], what, false, now) } else { vec![Effect::Append(vec![draft])] }
}

/// The amendment is on disk; a watcher reads the files to see it.
pub(super) fn on_amended(state: &mut State) -> Option<Effect> {
    match state.desk.amending.take() {
        Some(plan) => {
            state.plan = plan;
            state.settle_plan();
            None
        }
        None => Some(Effect::ReloadFiles),
    }
}

/// The amendment could not be written: the plan before stays in force until it can.
pub(super) fn on_refused(state: &mut State) {
    let plan = state.desk.amending.take().unwrap_or_else(|| Arc::clone(&state.plan));
    state.desk.unrecorded = Some(plan);
}

/// Tries a change again that could not be written.
pub(super) fn again(state: &mut State, plan: Arc<Plan>, now: &Stamp) -> Vec<Effect> {
    amend(state, plan, now)
}

fn clause(matched: &diff::Matched) -> String {
    let counts = [
        (matched.added.len(), "added"),
        (matched.removed.len(), "removed"),
        (matched.reworded.len(), "reworded"),
        (matched.map.len(), "moved or renamed"),
    ];
    let parts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if parts.is_empty() { "text beside the items".to_owned() } else { parts.join(", ") }
}
