//! Approval by more than one person: the first tick says so, each further person names themselves and reads back
//! what they see, the last one's approval and the tick go in one append.

use std::time::Duration;

use super::sheet::{approvers, moment};
use super::{acting, read_back, rules};
use crate::checklist::{ItemId, PhaseKind};
use crate::clock::Stamp;
use crate::config::Asked;
use crate::expr::Type;
use crate::plan::ItemRules;
use crate::record::control::Approval;
use crate::record::{ItemState, same_person};
use crate::signoff::event::{Event, OverrideKind, ReadBack};
use crate::signoff::{Actor, At, Via};
use crate::state::attention::{Notice, NoticeKind};
use crate::state::control::{Aside, Mood, News, Obstacle, Topic};
use crate::state::layer::{Answer, Choice, Kind, Layer, Purpose, Then};
use crate::state::msg::Effect;
use crate::state::{State, Tick, acts, evidence, prompt};
use crate::text;

/// A first approval waits for the others for so long: what was looked at then is not what is the case later.
const LASTS: Duration = Duration::from_mins(15);

/// The person who approves behind others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Second {
    /// As typed, or as the sidecar declares them.
    pub name: String,
    /// What they read out, if that is asked for.
    pub read_back: Option<ReadBack>,
}

/// Approvals that count, in order; of an item that is done, none that anybody waits for.
fn standing(state: &State, id: ItemId) -> Vec<&Approval> {
    let waits = state.record.item(id).is_some_and(|item| item.state != ItemState::Done);
    state.record.control.approvals(id).filter(|_| waits).collect()
}

/// How many approvals count.
fn count(state: &State, id: ItemId) -> u32 {
    u32::try_from(standing(state, id).len()).unwrap_or(u32::MAX)
}

/// How many persons the plan asks for; 0 if nobody but who ticks.
fn needed(state: &State, id: ItemId) -> u32 {
    rules(state, id).map_or(0, |rules| if rules.approve > 1 { rules.approve } else { 0 })
}

/// Why approvals given so far no longer count; `None` while they do.
fn lapsed(state: &State, id: ItemId, now: &Stamp) -> Option<String> {
    let given = standing(state, id);
    let first = given.first()?;
    let since = first.act.seq;
    let item = state.record.item(id)?;
    let deviations = || state.record.deviations.iter().rev().take_while(|it| it.entry.act.seq > since);
    let gates = || state.record.control.gates.iter().rev().take_while(|it| it.act.seq > since);
    let asks = needed(state, id);
    let why = if item.removed {
        "the item is no longer in the plan".to_owned()
    } else if first.of != asks {
        match asks {
            0 => "the plan asks for no second person any more".to_owned(),
            asks => format!("the plan asks for {asks} persons now"),
        }
    } else if item.amended.as_ref().is_some_and(|act| act.seq > since) {
        "the plan was amended: the item was reworded or moved, or asks for other people".to_owned()
    } else if reopened(state, id, since) || deviations().any(|it| it.item == id) {
        "the item was acted on in between".to_owned()
    } else if gates().any(|it| it.item == id && !it.met) {
        "its gate was lost".to_owned()
    } else if elapsed(first.act.at, now) >= LASTS {
        format!("{} have passed since the first", text::short(LASTS))
    } else {
        return None;
    };
    Some(why)
}

/// Whether the item was settled and opened again since that line.
fn reopened(state: &State, id: ItemId, since: u64) -> bool {
    let Some(item) = state.record.item(id) else { return false };
    item.state == ItemState::Open && item.act.as_ref().is_some_and(|act| act.seq > since)
}

/// Time since a moment, by whichever clock says more: neither a step back nor a suspended machine keeps an approval
/// alive.
fn elapsed(at: At, now: &Stamp) -> Duration {
    let wall = (now.wall - at.wall).to_std().unwrap_or_default();
    wall.max(now.boot.saturating_sub(at.up))
}

/// Whether this person would approve behind others.
pub(super) fn is_second(state: &State, id: ItemId, by: &str, now: &Stamp) -> bool {
    let given = standing(state, id);
    !given.is_empty()
        && lapsed(state, id, now).is_none()
        && given.iter().all(|approval| !same_person(&approval.act.by, by))
}

/// What must be asked before the tick can go on: who, what they read, whether nobody else is needed. `None` if all is
/// known.
pub(in crate::state) fn ask(
    state: &mut State,
    tick: &Tick,
    open: &[ItemId],
    now: &Stamp,
) -> Option<Vec<Effect>> {
    let [id] = *open else {
        let alone = open.iter().find(|id| needed(state, **id) > 0)?;
        let text = text::truncate(&acts::item_text(state, *alone)?, 40).into_owned();
        state.notice(now, format!("“{text}” asks for {} persons: tick it by itself", needed(state, *alone)));
        return Some(Vec::new());
    };
    if let Some(why) = lapsed(state, id, now) {
        state.notice(now, format!("The approvals given so far lapsed: {why}. Press the key again"));
        return Some(Vec::new());
    }
    if needed(state, id) == 0 || tick.alone || standing(state, id).is_empty() {
        return None;
    }
    let asked = rules(state, id).and_then(|rules| rules.read_back.as_ref());
    let purpose = match &tick.second {
        None if acting(state).is_some_and(|by| !is_second(state, id, by, now)) => {
            offer(state, id, tick, now);
            return Some(Vec::new());
        }
        None => Purpose::Approver(tick.clone()),
        Some(second) if second.read_back.is_none() && asked.is_some() => Purpose::ReadBack(tick.clone()),
        Some(_) => return None,
    };
    prompt::ask(state, purpose, now);
    Some(Vec::new())
}

/// Who ticks has approved already: somebody else must, or it is gone past.
fn offer(state: &mut State, id: ItemId, tick: &Tick, now: &Stamp) {
    let mut lines: Vec<String> = acts::item_text(state, id).into_iter().collect();
    lines.push(told(state, id));
    let who = still_needed(state, id, needed(state, id).saturating_sub(count(state, id)), now);
    lines.push(format!("Still needed: {}.", text::clean(&who)));
    let answers = vec![
        Answer {
            key: 's',
            label: "somebody else approves, here and now".to_owned(),
            then: Then::Approve(tick.clone()),
        },
        Answer {
            key: 'o',
            label: "tick it without: asks why, the report lists it".to_owned(),
            then: Then::Tick(Tick { alone: true, ..tick.clone() }),
        },
        Answer {
            key: 'b',
            label: "back, tick nothing (u takes the approval back)".to_owned(),
            then: Then::Back,
        },
    ];
    let title = "A second person must approve".to_owned();
    state.ui.layers.push(Layer { opened: *now, kind: Kind::Choice(Choice { title, lines, answers }) });
}

/// Approvals so far in a few words: `1 of 2 approved by dana`.
fn told(state: &State, id: ItemId) -> String {
    let given = standing(state, id);
    let of = given.first().map_or(0, |approval| approval.of);
    let names: Vec<&str> = given.iter().map(|approval| approval.act.by.as_str()).collect();
    format!("{} of {of} approved by {}", given.len(), text::clean(&names.join(", ")))
}

/// What the prompt for the next approver's name says: lines above it, and the name that enter alone means.
pub(in crate::state) fn name(state: &State, id: ItemId, now: &Stamp) -> (Vec<String>, Option<String>) {
    let mut lines = vec![told(state, id)];
    let here = here(state);
    for approval in standing(state, id).iter().filter(|it| it.act.via.is_same_terminal(&here)) {
        let name = text::clean(&approval.act.by).into_owned();
        lines.push(format!("This is the terminal that {name} approved on: the report says so."));
    }
    let suggested = acting(state).filter(|by| is_second(state, id, by, now)).map(str::to_owned);
    (lines, suggested)
}

/// The terminal of the present act.
fn here(state: &State) -> Via {
    Via { client: state.desk.hand.clone(), ..state.desk.via.clone() }
}

/// The next approver gave a name.
///
/// # Errors
/// Why it cannot be theirs.
pub(in crate::state) fn named(state: &State, tick: Tick, typed: &str) -> Result<Tick, String> {
    Actor::person(typed).map_err(|error| error.to_string())?;
    let name = super::declared(state, typed).map_or(typed, |(name, _)| name).trim().to_owned();
    for id in &tick.items {
        if let Some(given) = standing(state, *id).iter().find(|it| same_person(&it.act.by, &name)) {
            let name = text::clean(&given.act.by).into_owned();
            return Err(format!("{name} has approved it already: somebody else must; esc ticks nothing"));
        }
    }
    Ok(Tick { second: Some(Second { name, read_back: None }), ..tick })
}

/// What the next approver is to read out.
pub(in crate::state) fn asked(state: &State, tick: &Tick) -> String {
    let asked = tick.items.first().and_then(|id| rules(state, *id)?.read_back.as_ref());
    asked.map_or_else(String::new, |asked| {
        let answers = match asked {
            Asked::Seen(expr) if expr.facts().any(|fact| fact.kind() == Type::Bool) => ": yes or no",
            _ => "",
        };
        format!("{}{answers}", text::clean(&asked.to_string()))
    })
}

/// The next approver read a value out.
pub(in crate::state) fn read_out(state: &State, tick: Tick, typed: &str, now: &Stamp) -> Tick {
    let Some(id) = tick.items.first().copied() else { return tick };
    let literal = state.record.item(id).is_some_and(|item| item.row.kind == PhaseKind::Rollback);
    let asked = rules(state, id).and_then(|rules| rules.read_back.as_ref());
    let read_back = asked.map(|asked| read_back::taken(state, asked, typed, literal, now));
    Tick { second: tick.second.map(|second| Second { read_back, ..second }), ..tick }
}

/// What of the persons themselves stands in the way: a value that differs, an approval that nobody gave.
pub(in crate::state) fn gone_past(state: &State, tick: &Tick, found: &mut Vec<Obstacle>) {
    let [id] = tick.items[..] else { return };
    if !standing(state, id).is_empty() {
        // What the first person has gone past in this round is not asked again; a role is each one's own.
        let after = round(state, id);
        found.retain(|obstacle| {
            !state.record.control.overrides.iter().any(|past| {
                past.item == obstacle.item
                    && past.kind == obstacle.kind
                    && (past.kind != OverrideKind::Role || past.verdict == obstacle.verdict)
                    && past.entry.act.seq > after
            })
        });
    }
    let obstacle = |verdict| Obstacle { item: id, kind: OverrideKind::Approval, verdict };
    if let Some(second) = &tick.second {
        let differs = second.read_back.as_ref().and_then(|it| read_back::difference(&second.name, it));
        found.extend(differs.map(obstacle));
    }
    if tick.alone && needed(state, id) > 0 {
        found.push(obstacle(format!("{}; nobody else has", told(state, id))));
    }
}

/// The line after which a round of approvals began: the last ones lapsed, or the item was opened again.
fn round(state: &State, id: ItemId) -> u64 {
    let all = state.record.control.approvals.iter().filter(|it| it.item == id);
    let lapsed = all.filter_map(|it| it.lapsed.as_ref()).map(|it| it.act.seq).max().unwrap_or(0);
    let item = state.record.item(id).filter(|item| item.state == ItemState::Open);
    lapsed.max(item.and_then(|item| item.act.as_ref()).map_or(0, |act| act.seq))
}

/// The approval that this tick gives to an item, and whether it is the last; `None` if nobody's is needed.
pub(in crate::state) fn given(state: &State, id: ItemId, tick: &Tick, now: &Stamp) -> Option<(Event, bool)> {
    let of = needed(state, id);
    if of == 0 || tick.alone {
        return None;
    }
    let n = count(state, id).saturating_add(1);
    let read_back = tick.second.as_ref().and_then(|second| second.read_back.clone());
    let (done_by, evidence) = (tick.done_by.clone(), evidence::of(state, id, now));
    Some((Event::ApprovalGiven { item: id, n, of, done_by, read_back, evidence }, n >= of))
}

/// Who did it, as one of those who approved so far has said.
pub(in crate::state) fn doer(state: &State, id: ItemId) -> Option<&str> {
    standing(state, id).into_iter().rev().find_map(|approval| approval.done_by.as_deref())
}

/// Who approved so far.
pub(super) fn names(state: &State, id: ItemId) -> Vec<&str> {
    state.record.control.approvals(id).map(|approval| approval.act.by.as_str()).collect()
}

/// What an item's sheet says: who approved, what they read out, who is still needed.
pub(super) fn sheet(state: &State, id: ItemId, now: &Stamp) -> Vec<(String, Aside)> {
    let line =
        |label: String, mood, words: String| (label, Aside { mood, words: text::clean(&words).into_owned() });
    let given: Vec<&Approval> = state.record.control.approvals(id).collect();
    let mut lines: Vec<(String, Aside)> = given
        .iter()
        .map(|it| {
            let read =
                it.read_back.as_ref().map(|read| format!(", read out “{}” for {}", read.said, read.fact));
            let when = moment(it.act.at.wall, now);
            let words = format!("{} at {when}{}", it.act.by, read.unwrap_or_default());
            line(format!("{} of {}", it.n, it.of), Mood::Good, words)
        })
        .collect();
    let (asks, count) = (needed(state, id), u32::try_from(given.len()).unwrap_or(u32::MAX));
    let open = state.record.item(id).is_some_and(|item| item.state != ItemState::Done);
    if !open || asks <= count {
        return lines;
    }
    if let Some(why) = lapsed(state, id, now) {
        lines.push(line("lapsed".to_owned(), Mood::Bad, why));
        return lines;
    }
    lines.push(line("needed".to_owned(), Mood::Waiting, still_needed(state, id, asks - count, now)));
    lines
}

/// How many are still needed, who may, what they read out, and how long the first approval lasts.
fn still_needed(state: &State, id: ItemId, count: u32, now: &Stamp) -> String {
    let given = standing(state, id);
    let mut parts = vec![match (given.is_empty(), count) {
        (true, count) => format!("{count} persons"),
        (false, 1) => format!("1 more person{}", may(state, id)),
        (false, count) => format!("{count} more persons{}", may(state, id)),
    }];
    let asked = rules(state, id).and_then(|rules| rules.read_back.as_ref());
    parts.extend(asked.map(|asked| format!("reads out {asked}")));
    parts.extend(given.first().map(|first| {
        let left = LASTS.saturating_sub(elapsed(first.act.at, now));
        format!("{}m left", left.as_secs().div_ceil(60))
    }));
    parts.join("; ")
}

/// Who of those declared may approve next: `, Lee Chen or kim`.
fn may(state: &State, id: ItemId) -> String {
    match approvers(state, id)[..] {
        [] => String::new(),
        [one] => format!(": {one}"),
        [ref rest @ .., last] => format!(": {} or {last}", rest.join(", ")),
    }
}

/// Takes back the approvals of an open item, by key; `None` if there is none.
pub(in crate::state) fn take_back(state: &State, id: ItemId) -> Option<Event> {
    let by = acting(state)?;
    (!standing(state, id).is_empty())
        .then(|| Event::ApprovalLapsed { item: id, why: format!("taken back by {by}") })
}

/// Approvals that no longer count.
pub(in crate::state) fn news(state: &State, now: &Stamp) -> Vec<News> {
    let mut items: Vec<ItemId> =
        state.record.control.approvals.iter().filter(|it| it.lapsed.is_none()).map(|it| it.item).collect();
    items.sort_unstable();
    items.dedup();
    let due = items.into_iter().filter_map(|id| Some((id, lapsed(state, id, now)?)));
    due.map(|(item, why)| {
        let what = text::truncate(&acts::item_text(state, item).unwrap_or_default(), 40).into_owned();
        let text = format!("approvals of “{what}” lapsed: {why}");
        News {
            topic: Topic::Approval(item),
            event: Event::ApprovalLapsed { item, why },
            notice: Some(Notice { kind: NoticeKind::Gate, text }),
        }
    })
    .collect()
}

/// What an open item's row shows: `1 of 2 approved by dana, 14m left`.
pub(super) fn aside(state: &State, id: ItemId, rules: &ItemRules, now: &Stamp) -> Option<Aside> {
    let given = standing(state, id);
    let Some(first) = given.first() else {
        return (rules.approve > 1)
            .then(|| Aside { mood: Mood::Plain, words: format!("{} persons", rules.approve) });
    };
    let left = LASTS.saturating_sub(elapsed(first.act.at, now));
    let words = format!("{}, {}m left", told(state, id), left.as_secs().div_ceil(60));
    Some(Aside { mood: Mood::Waiting, words })
}
