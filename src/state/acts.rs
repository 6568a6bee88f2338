//! Keys that change the record: who may, what it asks for first, what is drafted.

pub(super) mod tick;

use super::action::Action;
use super::layer::{Kind, Pick, PickPurpose, PickRow, PickValue, Purpose};
use super::msg::{Access, Effect};
use super::outline::Cursor;
use super::{
    Pending, State, ask, attention, command, copy, decide, evidence, keys, logs, people, prompt, rollback,
    temporary,
};
use crate::checklist::ItemId;
use crate::clock::Stamp;
use crate::record::{self, ItemRecord, ItemState};
use crate::signoff::event::{Event, Evidence};
use crate::signoff::{ActId, Actor, Draft};
use crate::text;

/// An own tick taken back within so long needs no reason.
const MISTICK_MS: i64 = 30_000;

/// What an act is about.
#[derive(Clone, Copy)]
enum Target {
    Item(ItemId),
    Phase(usize),
    Decision,
}

/// Handles an act key.
pub(super) fn act(state: &mut State, action: Action, repeat: bool, now: &Stamp) -> Vec<Effect> {
    if !may_act(state, now) {
        return Vec::new();
    }
    if repeat {
        // A held key must not run down the list.
        return Vec::new();
    }
    if action == Action::Tick && !state.desk.pending.is_empty() {
        // Nor may a second stroke answer for what is not on the screen yet.
        state.notice(now, "The last act is still on its way to the disk");
        return Vec::new();
    }
    if action == Action::Rollback {
        rollback::ask(state, now);
        return Vec::new();
    }
    if action == Action::Mute {
        attention::ask(state, now);
        return Vec::new();
    }
    if action == Action::Decide {
        return decide::key(state, now);
    }
    if action == Action::OfferHead {
        return offer_head(state, now);
    }
    if action == Action::SignOff {
        prompt::ask(state, Purpose::SignOff, now);
        return vec![Effect::Seal];
    }
    if matches!(action, Action::RunReconcile | Action::StartCopy | Action::StopJob) {
        return copy::act(state, action, now);
    }
    if let Some(effects) = logs::act(state, action, now) {
        return effects;
    }
    if matches!(state.ui.layers.last().map(|layer| &layer.kind), Some(Kind::Output { .. })) {
        return command::in_output(state, action, now);
    }
    let sheet = match state.ui.layers.last().map(|layer| &layer.kind) {
        // An open sheet is what the operator looks at: the act is about it, wherever the cursor is.
        Some(Kind::Item { item, .. }) => Some(*item),
        _ => None,
    };
    let target = match (sheet, state.ui.cursor) {
        (Some(id), _) | (None, Cursor::Item(id)) => Target::Item(id),
        (None, Cursor::Phase(phase)) => Target::Phase(phase),
        (None, Cursor::Decision(_)) if matches!(action, Action::Tick | Action::Reopen) => {
            return decide::key(state, now);
        }
        (None, Cursor::Decision(_)) => Target::Decision,
    };
    let chosen: Vec<ItemId> = if state.ui.selected.is_empty() || sheet.is_some() {
        match target {
            Target::Item(id) => vec![id],
            Target::Phase(_) | Target::Decision => Vec::new(),
        }
    } else {
        in_order(state)
    };
    match action {
        Action::Tick => tick::tick(state, &chosen, now),
        Action::Start => start(state, &chosen, now),
        Action::Fail | Action::Skip | Action::Defer => reason(state, action, chosen, now),
        Action::NotApplicable => {
            let ids = match target {
                Target::Phase(phase) if chosen.is_empty() => open_items(state, phase),
                _ => chosen,
            };
            reason(state, action, ids, now)
        }
        Action::Reopen => reopen(state, chosen, now),
        Action::Comment | Action::OpenIssue | Action::Attach if chosen.len() > 1 => one_at_a_time(state, now),
        Action::Comment => {
            prompt::ask(state, Purpose::Comment(single(&chosen)), now);
            Vec::new()
        }
        Action::OpenIssue => {
            prompt::ask(state, Purpose::Issue(single(&chosen)), now);
            Vec::new()
        }
        Action::ResolveIssue => resolve_issue(state, now),
        Action::Fill => fill(state, &chosen, now),
        Action::AddStep => add_step(state, target, now),
        Action::Attach => {
            prompt::ask(state, Purpose::Attachment(single(&chosen)), now);
            Vec::new()
        }
        Action::RunCommand | Action::StopCommand => command::act(state, action, &chosen, now),
        Action::SetTimer => {
            prompt::ask(state, Purpose::Timer(single(&chosen)), now);
            Vec::new()
        }
        Action::StateTime => one(state, &chosen, now, Purpose::Time),
        Action::DoneBy => {
            if chosen.is_empty() {
                return nothing_here(state, now);
            }
            prompt::ask(state, Purpose::Doer(chosen), now);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// Whether acts are taken now; says why if not.
pub(super) fn may_act(state: &mut State, now: &Stamp) -> bool {
    if let Access::Watcher(holder) = &state.desk.access {
        let text = format!("Read-only: {holder}");
        state.notice(now, text);
        return false;
    }
    if state.desk.stuck {
        state.notice(now, "The screen was stuck: look again, then press the key again");
        return false;
    }
    if state.record.run.is_none() {
        state.notice(now, "The run is not on disk yet: nothing can be recorded before its first line");
        return false;
    }
    if state.desk.operator.is_none() {
        prompt::ask_operator(state, now);
        return false;
    }
    known_hand(state, now)
}

/// Whether the terminal that types has a name; asks for it once, and follows it when it comes back.
fn known_hand(state: &mut State, now: &Stamp) -> bool {
    state.desk.hand_to = None;
    let Some(client) = state.desk.hand.clone() else { return true };
    let key = (client.tty.clone(), client.pid);
    let operator = state.desk.operator.clone().unwrap_or_default();
    if client.ambiguous {
        // Two hands at once: recorded as such, and nobody is asked in the rush.
        state.desk.hands_in_doubt |= state.desk.hands.is_empty();
        return true;
    }
    match state.desk.hands.get(&key) {
        Some(name) if *name == operator => true,
        Some(name) => {
            let name = name.clone();
            state.desk.hand_to = Some(name);
            true
        }
        None if state.desk.hands.is_empty() && !state.desk.hands_in_doubt => {
            state.desk.hands.insert(key, operator);
            true
        }
        None => {
            prompt::ask(state, Purpose::NewHand, now);
            false
        }
    }
}

/// Drafts acts of the operator and sends them off as one.
pub(super) fn send(
    state: &mut State,
    events: Vec<Event>,
    what: String,
    advance: bool,
    now: &Stamp,
) -> Vec<Effect> {
    send_as(state, None, events, what, advance, now)
}

/// The same by somebody whose name was given for this act alone; `None` is who is at the keys.
pub(super) fn send_as(
    state: &mut State,
    who: Option<&str>,
    events: Vec<Event>,
    what: String,
    advance: bool,
    now: &Stamp,
) -> Vec<Effect> {
    let drafts = match drafted_as(state, who, events, now) {
        Ok(drafts) => drafts,
        Err(conflict) => {
            state.notice(now, conflict);
            return Vec::new();
        }
    };
    queue(state, drafts, what, advance, now)
}

/// Drafts by the operator, each allowed by the record as it is.
pub(super) fn drafted(state: &mut State, events: Vec<Event>, now: &Stamp) -> Result<Vec<Draft>, String> {
    drafted_as(state, None, events, now)
}

fn drafted_as(
    state: &mut State,
    who: Option<&str>,
    events: Vec<Event>,
    now: &Stamp,
) -> Result<Vec<Draft>, String> {
    let Some(acting) = people::acting(state).map(str::to_owned) else {
        return Err("Nobody operates: press @ and give a name".to_owned());
    };
    // Somebody who only lends an approval does not take over.
    let lent = who.filter(|who| !record::same_person(who, &acting)).map(str::to_owned);
    let to = state.desk.hand_to.clone().filter(|_| lent.is_none());
    let by = lent.unwrap_or(acting);
    if state.desk.amending.is_some() {
        return Err("The change of the plan is still on its way to the disk".to_owned());
    }
    if state.desk.pending.iter().any(|pending| pending.turns) {
        return Err("The last act is still on its way to the disk: what may follow depends on it".to_owned());
    }
    let busy = |id: &ItemId| state.desk.pending.iter().any(|pending| pending.items.contains(id));
    if events.iter().filter_map(ask::item_of).any(|id| busy(&id)) {
        return Err("The last act on it is still on its way to the disk".to_owned());
    }
    let mut drafts = Vec::with_capacity(events.len() + 1);
    if let Some(to) = &to {
        let from = state.record.operator.clone().unwrap_or_default();
        let event = Event::OperatorChanged { from, to: to.clone() };
        drafts.push(state.draft(event, Actor::Person(to.clone()), now));
    }
    for event in events {
        // Issues and timers of one act, and of acts on their way, are numbered here; the record knows only its own next.
        let numbered = matches!(event, Event::IssueOpened { .. } | Event::TimerSet { .. });
        let draft = state.draft(event, Actor::Person(by.clone()), now);
        if !numbered {
            record::check(&state.record, &draft)
                .map_err(|conflict| text::clean(&conflict.to_string()).into_owned())?;
        }
        drafts.push(draft);
    }
    if to.is_some() {
        state.desk.operator = to;
        state.desk.hand_to = None;
    }
    Ok(drafts)
}

/// Sends drafts to the log, and remembers that they are on their way.
pub(super) fn queue(
    state: &mut State,
    drafts: Vec<Draft>,
    what: String,
    advance: bool,
    now: &Stamp,
) -> Vec<Effect> {
    let acts: Vec<ActId> = drafts.iter().map(|draft| draft.act).collect();
    let items = drafts.iter().filter_map(|draft| ask::item_of(&draft.event)).collect();
    let count = |wanted: fn(&Event) -> bool| drafts.iter().filter(|draft| wanted(&draft.event)).count();
    let issues = count(|event| matches!(event, Event::IssueOpened { .. }));
    let timers = count(|event| matches!(event, Event::TimerSet { .. }));
    let turns = drafts.iter().any(|draft| ask::turns(&draft.event));
    let (of, since, asked) = (acts.len(), *now, state.desk.answering.take());
    state.desk.pending.push(Pending { acts, of, items, issues, timers, turns, what, since, advance, asked });
    state.ui.selected.clear();
    state.ui.selecting = false;
    vec![Effect::Append(drafts)]
}

/// The number of the next issue, those on their way included.
pub(super) fn next_issue(state: &State) -> u32 {
    let pending: usize = state.desk.pending.iter().map(|pending| pending.issues).sum();
    u32::try_from(state.record.issues.len() + pending).unwrap_or(u32::MAX).saturating_add(1)
}

fn start(state: &mut State, ids: &[ItemId], now: &Stamp) -> Vec<Effect> {
    let events = ids
        .iter()
        .filter_map(|id| item(state, *id))
        .map(|item| Event::ItemStarted {
            item: item.row.id,
            phase: item.row.phase.clone(),
            text: item.row.text.clone(),
        })
        .collect::<Vec<_>>();
    if events.is_empty() {
        return nothing_here(state, now);
    }
    let what = what(state, "started", ids);
    send(state, events, what, false, now)
}

fn reason(state: &mut State, action: Action, ids: Vec<ItemId>, now: &Stamp) -> Vec<Effect> {
    if ids.is_empty() {
        return nothing_here(state, now);
    }
    // What cannot be is said before anybody types why.
    let refused = ids.iter().find_map(|id| {
        let event = reasoned(item(state, *id)?, action, "-".to_owned(), &[]);
        let by = Actor::Person(state.desk.operator.clone()?);
        let act = ActId { session: state.desk.session, n: state.desk.next };
        let draft = Draft { act, at: *now, by, via: state.desk.via.clone(), event, blobs: Vec::new() };
        record::check(&state.record, &draft).err()
    });
    match refused {
        Some(conflict) => state.notice(now, text::clean(&conflict.to_string()).into_owned()),
        None => prompt::ask(state, Purpose::Reason(action, ids), now),
    }
    Vec::new()
}

/// The event of an act that has its reason.
fn reasoned(found: &ItemRecord, action: Action, reason: String, evidence: &[Evidence]) -> Event {
    let (item, phase, text) = (found.row.id, found.row.phase.clone(), found.row.text.clone());
    match action {
        Action::Fail => Event::ItemFailed { item, phase, text, reason, evidence: evidence.to_vec() },
        Action::Skip => Event::ItemSkipped { item, phase, text, reason, evidence: evidence.to_vec() },
        Action::NotApplicable => Event::ItemNotApplicable { item, phase, text, reason },
        Action::Defer => Event::ItemDeferred { item, phase, text, reason },
        _ => Event::ItemReopened { item, phase, text, reason, mistick: false },
    }
}

/// Writes an act that has its reason.
pub(super) fn with_reason(
    state: &mut State,
    action: Action,
    ids: &[ItemId],
    reason: &str,
    now: &Stamp,
) -> Vec<Effect> {
    let (mut events, mut issues) = (Vec::new(), Vec::new());
    let mut issue = next_issue(state);
    for found in ids.iter().filter_map(|id| item(state, *id)) {
        if action == Action::Fail {
            issues.push(Event::IssueOpened { issue, text: reason.to_owned(), item: Some(found.row.id) });
            issue += 1;
        }
        let evidence = evidence::of(state, found.row.id, now);
        events.push(reasoned(found, action, reason.to_owned(), &evidence));
        if action == Action::Reopen {
            events.extend(people::reopened(state, found.row.id, reason));
            events.extend(temporary::taken_back(state, found.row.id));
        }
    }
    events.extend(issues);
    let verb = match action {
        Action::Fail => "failed",
        Action::Skip => "skipped",
        Action::NotApplicable => "not applicable:",
        Action::Defer => "deferred",
        _ => "reopened",
    };
    let what = what(state, verb, ids);
    let advance = ids.len() == 1 && action != Action::Reopen && action != Action::Fail;
    send(state, events, what, advance, now)
}

fn reopen(state: &mut State, ids: Vec<ItemId>, now: &Stamp) -> Vec<Effect> {
    if let [id] = ids[..]
        && let Some(found) = item(state, id)
    {
        let mine = found.act.as_ref().is_some_and(|act| {
            state.desk.operator.as_deref() == Some(&act.by)
                && act.id.session == state.desk.session
                && (now.wall - act.at.wall).num_milliseconds().abs() < MISTICK_MS
        });
        if mine && found.state == ItemState::Done {
            let event = Event::ItemReopened {
                item: id,
                phase: found.row.phase.clone(),
                text: found.row.text.clone(),
                reason: "ticked by mistake".to_owned(),
                mistick: true,
            };
            let what = what(state, "took back", &[id]);
            let mut events = vec![event];
            events.extend(people::reopened(state, id, "ticked by mistake"));
            events.extend(temporary::taken_back(state, id));
            return send(state, events, what, false, now);
        }
        if let Some(event) = people::take_back(state, id) {
            let what = what(state, "took back the approval of", &[id]);
            return send(state, vec![event], what, false, now);
        }
        if let Some(decision) = decide::closed(state, id) {
            prompt::ask(state, Purpose::ReopenDecision(decision), now);
            return Vec::new();
        }
        if matches!(found.state, ItemState::Open | ItemState::Started) {
            state.notice(now, "It is open");
            return Vec::new();
        }
    }
    reason(state, Action::Reopen, ids, now)
}

fn resolve_issue(state: &mut State, now: &Stamp) -> Vec<Effect> {
    let open: Vec<_> = state.record.issues.iter().filter(|issue| issue.resolved.is_none()).collect();
    let rows: Vec<PickRow> = open
        .iter()
        .map(|issue| PickRow {
            text: text::clean(&issue.opened.text).into_owned(),
            aside: format!("issue {}", issue.number),
            value: PickValue::Number(issue.number),
        })
        .collect();
    match rows.len() {
        0 => state.notice(now, "No issue is open"),
        1 => {
            let number = open[0].number;
            prompt::ask(state, Purpose::Resolution(number), now);
        }
        _ => prompt::pick(state, Pick::new(PickPurpose::Issue, "Resolve which issue?", rows), now),
    }
    Vec::new()
}

pub(super) fn fill(state: &mut State, ids: &[ItemId], now: &Stamp) -> Vec<Effect> {
    let [id] = ids else { return one_at_a_time(state, now) };
    let Some(found) = item(state, *id) else { return Vec::new() };
    let count = u32::try_from(found.row.fields.len()).unwrap_or(u32::MAX);
    let empty = (0..count).find(|number| !found.fields.contains_key(number));
    match (count, empty) {
        (0, _) => state.notice(now, "This item has no blanks"),
        (_, Some(number)) => prompt::ask(state, Purpose::Field(*id, number), now),
        (1, None) => prompt::ask(state, Purpose::Field(*id, 0), now),
        (_, None) => {
            let rows = found
                .row
                .fields
                .iter()
                .zip(0u32..)
                .map(|(field, number)| PickRow {
                    text: text::clean(&field.label).into_owned(),
                    aside: found.fields.get(&number).map(|value| value.value.clone()).unwrap_or_default(),
                    value: PickValue::Number(number),
                })
                .collect();
            prompt::pick(state, Pick::new(PickPurpose::Field(*id), "Change which blank?", rows), now);
        }
    }
    Vec::new()
}

fn add_step(state: &mut State, target: Target, now: &Stamp) -> Vec<Effect> {
    let (after, phase) = match target {
        Target::Item(id) => (Some(id), item(state, id).map(|item| item.row.phase.clone())),
        Target::Decision => return nothing_here(state, now),
        Target::Phase(phase) => {
            let phase = state.outline.phases.get(phase);
            let last = phase.and_then(|phase| phase.items.last());
            (last.map(|&index| state.record.items[index].row.id), phase.map(|phase| phase.title.clone()))
        }
    };
    if let Some(phase) = phase {
        prompt::ask(state, Purpose::Step(after, phase), now);
    }
    Vec::new()
}

fn offer_head(state: &mut State, now: &Stamp) -> Vec<Effect> {
    let head = state.record.head.hash.to_string();
    let event = Event::HeadOffered { head, place: "clipboard".to_owned() };
    let line = head_line(state);
    let mut effects = send(state, vec![event], "copied the head hash".to_owned(), false, now);
    effects.push(Effect::Clipboard(line));
    effects
}

/// The head of the log, to be kept elsewhere.
pub(super) fn head_line(state: &State) -> String {
    let head = &state.record.head;
    format!("{} line {} sha256 {}", state.desk.log, head.seq, head.hash)
}

fn one(
    state: &mut State,
    ids: &[ItemId],
    now: &Stamp,
    purpose: impl FnOnce(ItemId) -> Purpose,
) -> Vec<Effect> {
    match ids {
        [id] => prompt::ask(state, purpose(*id), now),
        [] => return nothing_here(state, now),
        _ => return one_at_a_time(state, now),
    }
    Vec::new()
}

pub(super) fn one_at_a_time(state: &mut State, now: &Stamp) -> Vec<Effect> {
    state.notice(now, "One item at a time: esc ends the selection");
    Vec::new()
}

pub(super) fn nothing_here(state: &mut State, now: &Stamp) -> Vec<Effect> {
    state.notice(now, "The cursor is on a heading: go to an item first");
    Vec::new()
}

fn single(ids: &[ItemId]) -> Option<ItemId> {
    if let [id] = ids { Some(*id) } else { None }
}

/// An item of the record by its first id.
pub(super) fn item(state: &State, id: ItemId) -> Option<&ItemRecord> {
    state.record.index.get(&id).map(|&index| &state.record.items[index])
}

/// An item's text, safe to show.
pub(super) fn item_text(state: &State, id: ItemId) -> Option<String> {
    item(state, id).map(|item| text::clean(&item.in_words()).into_owned())
}

fn in_order(state: &State) -> Vec<ItemId> {
    let items = state.record.items.iter().map(|item| item.row.id);
    items.filter(|id| state.ui.selected.contains(id)).collect()
}

fn open_items(state: &State, phase: usize) -> Vec<ItemId> {
    let Some(phase) = state.outline.phases.get(phase) else { return Vec::new() };
    let items = phase.items.iter().map(|&index| &state.record.items[index]);
    items.filter(|item| keys::is_open(item.state)).map(|item| item.row.id).collect()
}

pub(super) fn what(state: &State, verb: &str, ids: &[ItemId]) -> String {
    match ids {
        [id] => format!("{verb} “{}”", text::truncate(&item_text(state, *id).unwrap_or_default(), 48)),
        _ => format!("{verb} {} items", ids.len()),
    }
}
