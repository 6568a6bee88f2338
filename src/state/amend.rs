//! Edits of the plan and the sidecar in mid-run: the diff is shown, the record amended, ticks stay with their items.

mod told;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::layer::{Answer, Choice, Kind, Layer, Then};
use super::msg::{Access, Effect};
use super::{About, PlanChange, State, Waiting, acts, logs, people};
use crate::checklist::{self, ItemId, diff};
use crate::clock::Stamp;
use crate::plan::{self, Plan, rules};
use crate::signoff::Actor;
use crate::signoff::event::{Event, Row};
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
            // Its gates too: what guards must not fall open because a file is gone.
            let beside = plan::sidecar(&plan.path);
            plan.rules = match rules::bind(&plan.path, &beside, &plan.checklist, &plan.settings, &|_| None) {
                Ok(rules) => rules,
                Err(why) => {
                    let why = format!(
                        "The sidecar {file} is gone, and what it said does not fit the edited plan: {} What was read before stays in force.",
                        text::sentence(&why.to_string())
                    );
                    state.banner(About::Files, why);
                    return Vec::new();
                }
            };
            return amend(state, Arc::new(plan), now);
        }
        Ok(plan) => Arc::new(plan),
        Err(why) => {
            let why = text::sentence(&why);
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
    let rules = rules::bind(&plan.path, &beside, &checklist, &plan.settings, &|_| None)
        .unwrap_or_else(|_| plan.rules.carried(&checklist, &plan.checklist));
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
    if state.desk.amending.is_some() {
        // What is which can be told only against what is on disk: the edit before comes first.
        state.desk.unrecorded = Some(plan);
        return Vec::new();
    }
    let text = plan::text(&plan);
    let same_plan = text.sha256 == state.record.plan.sha256;
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
        let mut drafts = vec![state.draft(event, Actor::Machine, now)];
        drafts.extend(held(state).map(|event| state.draft(event, Actor::Machine, now)));
        return vec![Effect::Append(drafts)];
    }
    if state.desk.access != Access::Writer {
        return Vec::new();
    }
    let matched = diff::compare(&state.plan.checklist, &plan.checklist);
    // Both with their secrets masked.
    let lines = diff::lines(&state.record.plan.text, &text.text);
    let touched = asked(state, &matched).next().is_some();
    let told = told::told(state, &matched, &plan.checklist, None);
    state.ui.last_diff = Some(PlanChange { what: told.what.clone(), items: told.items, lines });
    state.desk.waiting = Some(Box::new(Waiting { plan, what: told.what, matched }));
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
        && let Some(change) = state.ui.last_diff.clone()
    {
        state.ui.layers.push(Layer { opened: *now, kind: Kind::Diff { change, scroll: 0 } });
    }
    effects
}

/// The items of which only a person knows whether they are the same steps: old id, new id. Those have something to
/// lose; of the others none is asked about.
fn asked<'a>(state: &'a State, matched: &'a diff::Matched) -> impl Iterator<Item = (ItemId, ItemId)> + 'a {
    let reworded = matched.reworded.iter().filter(|pair| !pair.value && was_worked_on(state, pair.old));
    let commands = matched.commands.iter().filter(|(old, _)| told::touched(state, *old).is_some());
    reworded.map(|pair| (pair.old, pair.new)).chain(commands.copied())
}

/// Whether something was done or said on the item that had this id.
fn was_worked_on(state: &State, id: ItemId) -> bool {
    told::acted(state, id).is_some_and(|item| item.act.is_some() || !item.history.is_empty())
}

/// The change of the plan's table that a changed sidecar makes: who must act on what; `None` if it makes none.
fn held(state: &mut State) -> Option<Event> {
    let record = &state.record;
    let items = plan::rows(&state.plan);
    let same = |row: &Row| record.item(record.handle(row.id)).is_none_or(|item| item.row.held == row.held);
    let changed = items.iter().filter(|row| !same(row)).count();
    if changed == 0 && record.plan.people == state.plan.settings.people {
        return None;
    }
    let plan = plan::text(&state.plan);
    let of = text::plural(changed, "item", "items");
    let what = format!("who acts, on {of}, by the sidecar");
    state.desk.amending = Some(Arc::clone(&state.plan));
    Some(Event::PlanAmended { what, plan, items, map: BTreeMap::new() })
}

/// Asks what a reworded item is.
pub(super) fn ask(state: &mut State, now: &Stamp) {
    let Some(waiting) = &state.desk.waiting else { return };
    let mut lines = vec![waiting.what.clone()];
    for (old, new) in asked(state, &waiting.matched) {
        let of = |id: ItemId, items: &[checklist::Item]| {
            let item = items.iter().find(|item| item.id == id);
            item.map(|item| text::truncate(&text::clean(&item.text), 60).into_owned()).unwrap_or_default()
        };
        let was = told::touched(state, old).map(|was| format!("  ({was})")).unwrap_or_default();
        lines.push(format!("− {}{was}", of(old, &state.plan.checklist.items)));
        let command = waiting.matched.commands.contains(&(old, new));
        let how = if command { "  (its command is another)" } else { "" };
        lines.push(format!("+ {}{how}", of(new, &waiting.plan.checklist.items)));
    }
    let answers = vec![
        Answer { key: 's', label: "the same steps: ticks stay".to_owned(), then: Then::Amend { keep: true } },
        Answer {
            key: 'o',
            label: "other steps: they are open".to_owned(),
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
    let matched = &waiting.matched;
    let mut pairs = matched.map.clone();
    let same = matched.reworded.iter().filter(|pair| told::is_same(state, pair, keep));
    pairs.extend(same.map(|pair| (pair.new, pair.old)));
    pairs.extend(told::returned(state, matched, &waiting.plan.checklist));
    let mut map = BTreeMap::new();
    for item in &waiting.plan.checklist.items {
        let before = pairs.get(&item.id).copied().unwrap_or(item.id);
        let handle = state.record.handle(before);
        if handle != item.id {
            map.insert(item.id, handle);
        }
    }
    let told = told::told(state, matched, &waiting.plan.checklist, Some(keep));
    if let [first, rest @ ..] = told.reopened.as_slice() {
        let more = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
        let text =
            format!("The plan was edited: {first}{more}. Look whether it still holds; p shows the change.");
        state.banner(About::Reopened, text);
    }
    if let Some(change) = &mut state.ui.last_diff {
        (change.what, change.items) = (told.what.clone(), told.items);
    }
    let what = format!("plan amended: {}", told.what);
    let by_hand = asked(state, matched).next().is_some();
    let again: Vec<ItemId> = matched.commands.iter().filter(|_| !keep).map(|(old, _)| *old).collect();
    let event = Event::PlanAmended {
        what: told.what,
        plan: plan::text(&waiting.plan),
        items: plan::rows(&waiting.plan),
        map,
    };
    state.desk.amending = Some(waiting.plan);
    let by = state.desk.operator.clone().filter(|_| by_hand).map_or(Actor::Machine, Actor::Person);
    let events = std::iter::once(event).chain(opened_again(state, &again));
    let events: Vec<Event> = events.collect();
    let drafts = events.into_iter().map(|event| state.draft(event, by.clone(), now)).collect();
    if by_hand { acts::queue(state, drafts, what, false, now) } else { vec![Effect::Append(drafts)] }
}

/// Opens settled items again whose command is another now: what was done is not what the plan asks for.
fn opened_again(state: &State, ids: &[ItemId]) -> Vec<Event> {
    let reason = "the plan was edited: its command is another".to_owned();
    let settled = ids.iter().filter(|id| told::touched(state, **id).is_some());
    let items = settled.filter_map(|id| told::acted(state, *id)).filter(|item| !item.state.is_open());
    let events = items.flat_map(|item| {
        let id = item.row.id;
        let (phase, text) = (item.row.phase.clone(), item.row.text.clone());
        let opened = Event::ItemReopened { item: id, phase, text, reason: reason.clone(), mistick: false };
        std::iter::once(opened).chain(people::reopened(state, id, &reason))
    });
    events.collect()
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
    // One that came after it is what the file says now.
    state.desk.unrecorded.get_or_insert(plan);
}

/// Tries a change again that could not be written.
pub(super) fn again(state: &mut State, plan: Arc<Plan>, now: &Stamp) -> Vec<Effect> {
    amend(state, plan, now)
}
