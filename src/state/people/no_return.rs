//! The point of no return: a go/no-go decision before it, the order of the plan behind it.

use std::collections::HashSet;

use super::rules;
use super::sheet::moment;
use crate::checklist::{ItemId, PhaseKind};
use crate::clock::Stamp;
use crate::record::{ItemRecord, ItemState};
use crate::sample::ProbeState;
use crate::signoff::event::{DecisionKind, Event, OverrideKind};
use crate::state::control::{self, Obstacle};
use crate::state::layer::{Answer, Choice, Kind, Layer, Purpose, Then};
use crate::state::msg::Effect;
use crate::state::schedule::Outlook;
use crate::state::{State, Tick, acts, evidence, prompt};
use crate::text;

/// Names of items in one line.
const NAMED: usize = 3;

/// A decision to go on past a point of no return, or not to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Go, or no-go.
    pub go: bool,
    /// Who decides: not always who types.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// The decision's id.
fn decision(id: ItemId) -> String {
    format!("point of no return {id}")
}

/// Whether ticking the item passes a point of no return.
fn is_point(state: &State, id: ItemId) -> bool {
    rules(state, id).is_some_and(|rules| rules.point_of_no_return)
}

/// Whether it was decided to pass this point, and the decision stands.
fn goes(state: &State, id: ItemId) -> bool {
    let made = state.record.control.decision(&decision(id));
    made.is_some_and(|made| made.kind == DecisionKind::Go)
}

/// What must be decided before the tick can go on; `None` if nothing must.
pub(in crate::state) fn pass(
    state: &mut State,
    tick: &Tick,
    open: &[ItemId],
    now: &Stamp,
) -> Option<Vec<Effect>> {
    let point = open.iter().copied().find(|id| is_point(state, *id) && !goes(state, *id))?;
    if open.len() > 1 {
        let text = text::truncate(&acts::item_text(state, point)?, 40).into_owned();
        state.notice(now, format!("“{text}” is the point of no return: tick it by itself"));
        return Some(Vec::new());
    }
    if tick.decided.as_ref().is_some_and(|decided| decided.go) {
        return None;
    }
    let lines = standing(state, point, now);
    let answer = |key, label: &str, go| Answer {
        key,
        label: label.to_owned(),
        then: Then::Decide { go, tick: tick.clone() },
    };
    let answers = vec![
        answer('g', "go: asks who decides, and why; then ticks", true),
        answer('n', "no-go: asks who decides, and why; it stays open", false),
    ];
    let title = "Point of no return: go or no-go?".to_owned();
    state.ui.layers.push(Layer { opened: *now, kind: Kind::Choice(Choice { title, lines, answers }) });
    Some(Vec::new())
}

/// Asks who decides.
pub(in crate::state) fn decider(state: &mut State, go: bool, tick: Tick, now: &Stamp) {
    prompt::ask(state, Purpose::Decider(go, tick), now);
}

/// All that a decision needs is known: a go ticks on, a no-go is written by itself.
pub(in crate::state) fn decide(state: &mut State, tick: Tick, now: &Stamp) -> Vec<Effect> {
    let [id] = tick.items[..] else { return Vec::new() };
    if tick.decided.as_ref().is_some_and(|decided| decided.go) {
        return acts::tick::go(state, tick, now);
    }
    let events = decided(state, &tick, now);
    let what = acts::what(state, "no-go on", &[id]);
    let line = acts::head_line(state);
    let mut effects = acts::send(state, events, what, false, now);
    if !effects.is_empty() {
        effects.push(Effect::Clipboard(line));
    }
    effects
}

/// The events of a decision, in one append with what follows from it: the head of the log goes to the clipboard.
pub(in crate::state) fn decided(state: &State, tick: &Tick, now: &Stamp) -> Vec<Event> {
    let (Some(made), [id]) = (&tick.decided, &tick.items[..]) else { return Vec::new() };
    let (kind, word) = if made.go { (DecisionKind::Go, "go") } else { (DecisionKind::NoGo, "no-go") };
    let head = state.record.head.hash.to_string();
    vec![
        Event::DecisionMade {
            decision: decision(*id),
            kind,
            choice: format!("{word}: {}", made.by),
            closes: Vec::new(),
            reason: Some(made.reason.clone()),
            item: Some(*id),
            evidence: evidence::of(state, *id, now),
        },
        Event::HeadOffered { head, place: "clipboard".to_owned() },
    ]
}

/// A point that is opened again needs another decision.
pub(in crate::state) fn reopened(state: &State, id: ItemId, reason: &str) -> Option<Event> {
    let decision = decision(id);
    state.record.control.decision(&decision)?;
    Some(Event::DecisionReopened { decision, reason: reason.to_owned() })
}

/// The items that must come before this one: of the plan's own order, without those that it is nested under.
fn before<'a>(state: &'a State, item: &'a ItemRecord) -> impl Iterator<Item = &'a ItemRecord> {
    let mut above = HashSet::new();
    let mut at = item.row.parent;
    while let Some(id) = at.filter(|id| above.insert(*id)) {
        at = state.record.item(id).and_then(|item| item.row.parent);
    }
    let end = state.record.index.get(&item.row.id).copied().unwrap_or(0);
    let rollback = item.row.kind == PhaseKind::Rollback;
    let all = state.record.items.iter().take(end);
    all.filter(move |it| {
        !it.removed && (it.row.kind == PhaseKind::Rollback) == rollback && !above.contains(&it.row.id)
    })
}

/// Whether a tick of this item is out of order: a point of no return before it has no go, or steps before a point that
/// was passed are open.
///
/// What was gone past once is asked again only when another step was opened since.
pub(super) fn out_of_order(state: &State, id: ItemId) -> Vec<Obstacle> {
    let Some(item) = state.record.item(id) else { return Vec::new() };
    let here = is_point(state, id).then_some(item);
    let points: Vec<&ItemRecord> =
        before(state, item).chain(here).filter(|it| is_point(state, it.row.id)).collect();
    let obstacle = |verdict| Obstacle { item: id, kind: OverrideKind::Order, verdict };
    let mut found = Vec::new();
    for point in points {
        let text = text::truncate(&text::clean(&point.row.text), 40).into_owned();
        if point.state.is_open() && point.row.id != id {
            if !goes(state, point.row.id) && accepted(state, point) == 0 {
                found.push(obstacle(format!(
                    "stands behind the point of no return “{text}”, which has no go"
                )));
            }
            continue;
        }
        if point.state != ItemState::Done && point.row.id != id {
            continue;
        }
        let since = accepted(state, point);
        let open: Vec<&ItemRecord> = before(state, point)
            .filter(|it| it.state.is_open() && it.row.id != id)
            .filter(|it| since == 0 || it.act.as_ref().is_some_and(|act| act.seq > since))
            .collect();
        if !open.is_empty() {
            let names = names(&open);
            let count = text::plural(open.len(), "step is", "steps are");
            found.push(obstacle(format!("{count} open before the point of no return “{text}”: {names}")));
        }
    }
    found
}

/// The line at which the order was last gone past, at this point or behind it; 0 if it never was.
fn accepted(state: &State, point: &ItemRecord) -> u64 {
    let at = |id| state.record.index.get(&id).copied().unwrap_or(0);
    let from = at(point.row.id);
    let overrides = state.record.control.overrides.iter().rev();
    let order = overrides.filter(|it| it.kind == OverrideKind::Order);
    order.filter(|it| at(it.item) >= from).map(|it| it.entry.act.seq).next().unwrap_or(0)
}

fn names(items: &[&ItemRecord]) -> String {
    let name = |item: &&ItemRecord| format!("“{}”", text::truncate(&text::clean(&item.row.text), 32));
    let mut names: Vec<String> = items.iter().take(NAMED).map(name).collect();
    if items.len() > NAMED {
        names.push(format!("{} more", items.len() - NAMED));
    }
    names.join(", ")
}

/// What a decision is taken on: how everything stands at this moment.
fn standing(state: &State, id: ItemId, now: &Stamp) -> Vec<String> {
    let Some(item) = state.record.item(id) else { return Vec::new() };
    let mut lines = vec![text::clean(&item.row.text).into_owned()];
    let mut say = |count: usize, what: String| {
        if count > 0 {
            lines.push(what);
        }
    };
    let open: Vec<&ItemRecord> = before(state, item).filter(|it| it.state.is_open()).collect();
    say(open.len(), format!("Open before it: {}, {}", open.len(), names(&open)));
    let failed: Vec<&ItemRecord> = before(state, item).filter(|it| it.state == ItemState::Failed).collect();
    say(failed.len(), format!("Failed before it: {}, {}", failed.len(), names(&failed)));
    let by = super::acting(state).unwrap_or_default();
    for obstacle in control::obstacles(state, id, by, now) {
        say(usize::from(obstacle.kind != OverrideKind::Order), format!("In the way: {}", obstacle.verdict));
    }
    let issues: Vec<String> = state
        .record
        .issues
        .iter()
        .filter(|issue| issue.resolved.is_none())
        .map(|issue| format!("{} “{}”", issue.number, text::truncate(&text::clean(&issue.opened.text), 40)))
        .collect();
    say(issues.len(), format!("Open issues: {}", issues.join(" · ")));
    let left: Vec<String> =
        state.record.control.open_states().map(|it| text::clean(&it.name).into_owned()).collect();
    say(left.len(), format!("Left on for a while: {}", left.join(", ")));
    let down: Vec<String> = state
        .live
        .probes()
        .filter(|probe| !good(probe.state()))
        .map(|probe| {
            let state = probe.state().to_string().replace('-', " ");
            format!("{} {state}", text::clean(&probe.id().to_string()))
        })
        .collect();
    say(down.len(), format!("Not well: {}", down.join(", ")));
    if lines.len() == 1 {
        lines.push("Every step before it is settled; nothing stands in the way, nothing is down.".to_owned());
    }
    lines.extend(window(state, now));
    lines.extend(forecast(state, now));
    let cost = state.record.rollback_cost();
    lines.push(format!(
        "Until now {} done: {} can be undone, {} cannot, of {} the plan does not say.",
        text::plural(cost.done(), "step is", "steps are"),
        cost.undoable.len(),
        cost.lost.len(),
        cost.unknown.len()
    ));
    lines
}

/// When the work would come to its end.
fn forecast(state: &State, now: &Stamp) -> Option<String> {
    let (least, most, until) = match state.outlook()? {
        Outlook::Ends { least, most, until } => (*least, *most, until),
        Outlook::Unknown { phases } => {
            let of = text::plural(*phases, "phase has", "phases have");
            return Some(format!("No forecast: {of} no planned time."));
        }
    };
    let to = until.as_ref().map_or("the end", |_| "the next long wait");
    let past = match state.overshoot() {
        Some((_, true)) => ", past the window",
        Some((_, false)) => ", it may pass the window",
        None => "",
    };
    let (least, most) = (moment(least, now), moment(most, now));
    let when = if least == most { most } else { format!("between {least} and {most}") };
    Some(format!("Forecast of {to}: {when}{past}."))
}

fn good(state: ProbeState) -> bool {
    use ProbeState::{ExpectedDown, Finished, Running, Scanning, Unknown, Up};
    matches!(state, Up | ExpectedDown | Scanning | Running | Finished | Unknown)
}

fn window(state: &State, now: &Stamp) -> Option<String> {
    let window = state.plan.settings.window?;
    let left = window.end.to_utc() - now.wall;
    Some(match left.to_std() {
        Ok(left) => format!("The window ends in {}.", text::clock(left)),
        Err(_) => format!("The window is over by {}.", text::clock((-left).to_std().unwrap_or_default())),
    })
}

impl State {
    /// The next open item is a point of no return.
    #[must_use]
    pub fn point_is_next(&self) -> bool {
        self.next_open_item().is_some_and(|item| item.row.held.no_return)
    }
}
