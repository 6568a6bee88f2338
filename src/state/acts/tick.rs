//! Ticking: what stands in its way, what is asked first, what is drafted.

use super::{item, item_text, nothing_here, send_as, what};
use crate::checklist::{ItemId, PhaseKind};
use crate::clock::Stamp;
use crate::record::{ItemRecord, ItemState};
use crate::signoff::event::Event;
use crate::state::control::{self, Obstacle};
use crate::state::decide::{self, Taken};
use crate::state::layer::{Answer, Choice, Kind, Layer, Purpose, Then};
use crate::state::msg::Effect;
use crate::state::people::{self, Decided, Second};
use crate::state::{State, evidence, keys, milestone, prompt, rollback, story, temporary};
use crate::text;

/// A tick under way: what is asked on the way to it is remembered in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tick {
    /// The items.
    pub items: Vec<ItemId>,
    /// Who did it, if not the operator.
    pub done_by: Option<String>,
    /// Why it goes past what stands in its way.
    pub reason: Option<String>,
    /// Who approves it behind others.
    pub second: Option<Second>,
    /// Nobody else approves it, although somebody must.
    pub alone: bool,
    /// The decision to pass a point of no return.
    pub decided: Option<Decided>,
    /// The way that is taken with it.
    pub taken: Option<Taken>,
    /// The signature that it is.
    pub signed: Option<Signed>,
}

/// Who signs, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The name: not always that of who types.
    pub name: String,
    /// The role.
    pub role: String,
}

impl Tick {
    /// These items, by the operator.
    pub(in crate::state) fn of(items: &[ItemId]) -> Tick {
        Tick { items: items.to_vec(), ..Tick::default() }
    }
}

/// Handles the key.
pub(super) fn tick(state: &mut State, ids: &[ItemId], now: &Stamp) -> Vec<Effect> {
    let [id] = ids else {
        if ids.iter().any(|id| item(state, *id).is_some_and(signs_off)) {
            state.notice(now, "A sign-off is given one at a time, by name");
            return Vec::new();
        }
        if ids.is_empty() {
            return nothing_here(state, now);
        }
        return if decide::before(state, ids, now) { Vec::new() } else { go(state, Tick::of(ids), now) };
    };
    let Some(item) = item(state, *id) else { return Vec::new() };
    if item.state == ItemState::Done {
        let by = item.act.as_ref().map_or_else(
            || "in the file".to_owned(),
            |act| format!("{} by {}", act.at.wall.format("%H:%M:%SZ"), act.by),
        );
        state.notice(now, format!("Ticked already, {by}; u makes it open again"));
        return Vec::new();
    }
    if signs_off(item) {
        return go(state, Tick::of(ids), now);
    }
    if item.row.kind == PhaseKind::Rollback && !state.record.rolling_back() {
        // The first step of it is not the way to decide on it.
        rollback::ask(state, now);
        return Vec::new();
    }
    if decide::before(state, ids, now) {
        return Vec::new();
    }
    let children = open_children(state, *id);
    if children.is_empty() {
        return go(state, Tick::of(ids), now);
    }
    let title = format!("{} open under it", text::plural(children.len(), "step is", "steps are"));
    let lines = children.iter().filter_map(|child| item_text(state, *child)).take(8).collect();
    let all = children.iter().copied().chain([*id]).collect::<Vec<_>>();
    let answers = vec![
        Answer { key: 'a', label: format!("tick all {}", all.len()), then: Then::Tick(Tick::of(&all)) },
        Answer { key: 'o', label: "tick only this one".to_owned(), then: Then::Tick(Tick::of(&[*id])) },
        Answer { key: 'n', label: "back, tick nothing".to_owned(), then: Then::Back },
    ];
    state.ui.layers.push(Layer { opened: *now, kind: Kind::Choice(Choice { title, lines, answers }) });
    Vec::new()
}

/// Whether ticking it is a named approval.
fn signs_off(item: &ItemRecord) -> bool {
    item.row.kind == PhaseKind::SignOff && !item.row.fields.is_empty()
}

/// Ticks, after what stands in the way has been gone past with a reason.
pub(in crate::state) fn go(state: &mut State, tick: Tick, now: &Stamp) -> Vec<Effect> {
    let open: Vec<ItemId> = tick.items.iter().copied().filter(|id| is_open(state, *id)).collect();
    if open.is_empty() {
        state.notice(now, "Ticked already; u makes it open again");
        return Vec::new();
    }
    let asked = people::pass(state, &tick, &open, now).or_else(|| people::ask(state, &tick, &open, now));
    if let Some(effects) = asked {
        return effects;
    }
    let second = tick.second.as_ref().map(|second| second.name.clone());
    if asks_signature(state, &tick, &open, now) {
        prompt::ask(state, Purpose::Signature(tick), now);
        return vec![Effect::Seal];
    }
    let signer = tick.signed.as_ref().map(|signed| signed.name.clone());
    let by = signer
        .or_else(|| second.clone())
        .or_else(|| people::acting(state).map(str::to_owned))
        .unwrap_or_default();
    let mut obstacles: Vec<Obstacle> =
        open.iter().flat_map(|id| control::obstacles(state, *id, &by, now)).collect();
    people::gone_past(state, &tick, &mut obstacles);
    // A go says why: what stood in the way was part of what it was decided on.
    let why = tick.reason.clone().or_else(|| tick.decided.as_ref().map(|decided| decided.reason.clone()));
    let Some(reason) = why.or_else(|| obstacles.is_empty().then(String::new)) else {
        prompt::ask(state, Purpose::Override(tick, obstacles), now);
        return Vec::new();
    };
    let mut events = people::decided(state, &tick, now);
    events.extend(tick.taken.as_ref().and_then(|taken| decide::made(state, taken, now)));
    events.extend(obstacles.into_iter().map(|Obstacle { item, kind, verdict }| Event::GateOverridden {
        item,
        kind,
        verdict,
        reason: reason.clone(),
    }));
    let mut what = what(state, "ticked", &open);
    for id in &open {
        if let Some((approval, last)) = people::given(state, *id, &tick, now) {
            events.push(approval);
            if !last {
                what = super::what(state, "approved, not ticked yet:", &open);
                continue;
            }
        }
        events.extend(done(state, *id, &tick, now));
        events.extend(control::follows(state, *id));
    }
    if tick.signed.is_some() {
        "sign-off".clone_into(&mut what);
    }
    if tick.signed.is_none() {
        what = left_empty(state, &events).unwrap_or(what);
    }
    let head = tick.decided.is_some().then(|| super::head_line(state));
    let mut effects = send_as(state, second.as_deref(), events, what, open.len() == 1, now);
    if !effects.is_empty() {
        effects.extend(head.map(Effect::Clipboard));
    }
    effects
}

/// What ticking does, if blanks of what is ticked are empty.
fn left_empty(state: &State, events: &[Event]) -> Option<String> {
    let ticked = events.iter().filter_map(|event| match event {
        Event::ItemDone { item, .. } | Event::CriterionConfirmed { item, .. } => state.item(*item),
        _ => None,
    });
    let empty: Vec<&str> = ticked.flat_map(ItemRecord::unfilled).collect();
    let [first, rest @ ..] = empty.as_slice() else { return None };
    let label = text::clean(first.trim().trim_end_matches(':'));
    let blank = if label.is_empty() { "a blank".into() } else { story::quote(&label) };
    let are = match rest.len() {
        0 => "is".to_owned(),
        more => format!("and {more} more are"),
    };
    Some(format!("ticked, but {blank} {are} empty: e on the item fills it"))
}

fn is_open(state: &State, id: ItemId) -> bool {
    item(state, id).is_some_and(|item| item.state != ItemState::Done)
}

/// Whether this tick would be a signature, and nobody has signed yet; a first approval of several is none.
fn asks_signature(state: &State, tick: &Tick, open: &[ItemId], now: &Stamp) -> bool {
    let [id] = *open else { return false };
    let last = people::given(state, id, tick, now).is_none_or(|(_, last)| last);
    last && tick.signed.is_none() && item(state, id).is_some_and(signs_off)
}

/// The events of a tick.
fn done(state: &State, id: ItemId, tick: &Tick, now: &Stamp) -> Vec<Event> {
    match &tick.signed {
        Some(signed) => signature(state, id, signed, now),
        None => settled(state, id, tick, now).into_iter().collect(),
    }
}

/// A named approval, and the blanks beside it that it fills.
fn signature(state: &State, id: ItemId, Signed { name, role }: &Signed, now: &Stamp) -> Vec<Event> {
    let mut events = milestone::blanks(state, id, name, role, now);
    events.push(Event::SignoffGiven {
        name: name.clone(),
        role: role.clone(),
        statement: milestone::statement(state, id),
        item: Some(id),
        open: temporary::names(state),
        evidence: evidence::of(state, id, now),
    });
    events
}

fn settled(state: &State, id: ItemId, tick: &Tick, now: &Stamp) -> Option<Event> {
    let found = item(state, id)?;
    let evidence = evidence::of(state, id, now);
    let done_by = tick.done_by.as_deref().or_else(|| people::doer(state, id));
    let (item, phase, text) = (id, found.row.phase.clone(), found.row.text.clone());
    Some(if found.row.kind == PhaseKind::Criteria {
        Event::CriterionConfirmed { item, phase, text, evidence }
    } else {
        Event::ItemDone { item, phase, text, done_by: done_by.map(str::to_owned), evidence }
    })
}

fn open_children(state: &State, id: ItemId) -> Vec<ItemId> {
    let mut family = std::collections::HashSet::from([id]);
    let mut children = Vec::new();
    for item in &state.record.items {
        if !item.removed && item.row.parent.is_some_and(|parent| family.contains(&parent)) {
            family.insert(item.row.id);
            if keys::is_open(item.state) {
                children.push(item.row.id);
            }
        }
    }
    children
}
