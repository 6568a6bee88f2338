//! What a prompt's text becomes.

use std::path::PathBuf;

use super::super::layer::Purpose;
use super::super::logs::{self, Ask};
use super::super::msg::Effect;
use super::super::people::{self, Decided};
use super::super::{State, Tick, acts, command, copy, rollback, schedule, signing};
use super::{ask, pop_prompt};
use crate::checklist::ItemId;
use crate::clock::Stamp;
use crate::signoff::event::Event;
use crate::state::acts::tick::Signed;
use crate::text;

/// Writes what a prompt asked for; closes the prompt.
pub(super) fn write(
    state: &mut State,
    purpose: Purpose,
    typed: &str,
    now: &Stamp,
) -> Result<Vec<Effect>, String> {
    state.desk.answering = is_kept(state, &purpose).then(|| (purpose.clone(), typed.to_owned()));
    let written = become_act(state, purpose, typed, now);
    state.desk.answering = None;
    written
}

/// Whether what was typed is kept until it is on disk: words for the record, that belong to this purpose alone. No secret;
/// nothing that was typed so that it would be typed.
fn is_kept(state: &State, purpose: &Purpose) -> bool {
    match purpose {
        Purpose::Field(id, number) => acts::item(state, *id)
            .and_then(|it| it.row.fields.get(*number as usize))
            .is_some_and(|field| !field.secret),
        Purpose::Reason(..)
        | Purpose::Rollback
        | Purpose::StandDown
        | Purpose::Override(..)
        | Purpose::Decision(_)
        | Purpose::Take(..)
        | Purpose::ReopenDecision(_)
        | Purpose::Comment(_)
        | Purpose::Issue(_)
        | Purpose::Resolution(_)
        | Purpose::Step(..)
        | Purpose::Time(_)
        | Purpose::Timer(_)
        | Purpose::Statement(_)
        | Purpose::RunPast(_) => true,
        _ => false,
    }
}

#[expect(clippy::too_many_lines, reason = "one arm a purpose: a table, not a procedure")]
fn become_act(state: &mut State, purpose: Purpose, typed: &str, now: &Stamp) -> Result<Vec<Effect>, String> {
    let typed_owned = typed.to_owned();
    let mut next_field = None;
    let (events, what, advance) = match purpose {
        Purpose::Reason(action, ids) => {
            pop_prompt(state);
            return Ok(acts::with_reason(state, action, &ids, typed, now));
        }
        Purpose::Doer(ids) => {
            pop_prompt(state);
            let tick = Tick { done_by: Some(typed_owned), ..Tick::of(&ids) };
            return Ok(acts::tick::go(state, tick, now));
        }
        Purpose::Rollback => {
            pop_prompt(state);
            return Ok(rollback::invoke(state, typed, now));
        }
        Purpose::StandDown => {
            pop_prompt(state);
            return Ok(rollback::stand_down(state, typed, now));
        }
        Purpose::Override(tick, _) => {
            pop_prompt(state);
            return Ok(acts::tick::go(state, Tick { reason: Some(typed_owned), ..tick }, now));
        }
        Purpose::Approver(tick) => {
            let tick = people::named(state, tick, typed)?;
            pop_prompt(state);
            return Ok(acts::tick::go(state, tick, now));
        }
        Purpose::ReadBack(tick) => {
            let tick = people::read_out(state, tick, typed, now);
            pop_prompt(state);
            return Ok(acts::tick::go(state, tick, now));
        }
        Purpose::Decider(go, tick) => {
            pop_prompt(state);
            let decided = Some(Decided { go, by: typed_owned, reason: String::new() });
            ask(state, Purpose::Decision(Tick { decided, ..tick }), now);
            return Ok(Vec::new());
        }
        Purpose::Decision(tick) => {
            pop_prompt(state);
            let decided = tick.decided.map(|decided| Decided { reason: typed_owned, ..decided });
            return Ok(people::decide(state, Tick { decided, ..tick }, now));
        }
        Purpose::Take(fork, way, tick) => {
            pop_prompt(state);
            return Ok(super::super::decide::take(state, &fork, way, tick, typed, now));
        }
        Purpose::ReopenDecision(decision) => (
            vec![Event::DecisionReopened { decision, reason: typed_owned }],
            "decision reopened".to_owned(),
            false,
        ),
        Purpose::Comment(item) => {
            (vec![Event::NoteAdded { text: typed_owned, item }], on(state, "note", item), false)
        }
        Purpose::Issue(item) => {
            let issue = acts::next_issue(state);
            let what = on(state, &format!("issue {issue}"), item);
            (vec![Event::IssueOpened { issue, text: typed_owned, item }], what, false)
        }
        Purpose::Resolution(issue) => (
            vec![Event::IssueResolved { issue, text: typed_owned }],
            format!("issue {issue} resolved"),
            false,
        ),
        Purpose::Field(item, field) => {
            let found = acts::item(state, item).ok_or("The item is gone")?;
            let row = found.row.fields.get(field as usize).ok_or("The blank is gone")?;
            let value = if row.secret {
                format!("set, {}", text::plural(typed.chars().count(), "character", "characters"))
            } else {
                typed_owned
            };
            let event =
                Event::FieldFilled { item, field, label: row.label.clone(), value, secret: row.secret };
            let label = text::clean(&row.label).into_owned();
            let count = u32::try_from(found.row.fields.len()).unwrap_or(0);
            next_field = (0..count)
                .find(|number| *number > field && !found.fields.contains_key(number))
                .map(|number| Purpose::Field(item, number));
            (vec![event], format!("filled {label}"), false)
        }
        Purpose::Step(after, phase) => {
            let item = added_id(state);
            let event = Event::ItemAdded { item, phase, text: typed_owned, after };
            (vec![event], "step added".to_owned(), false)
        }
        Purpose::Attachment(_) => {
            let path = PathBuf::from(typed);
            return Ok(vec![Effect::ReadFile(path)]);
        }
        Purpose::Time(item) => {
            (vec![Event::TimeClaimed { item, time: typed_owned }], "time stated".to_owned(), false)
        }
        Purpose::Timer(item) => {
            let (span, what) = schedule::read_timer(typed)?;
            (vec![state.timer_set(span, what, item, now)], format!("timer of {}", text::exact(span)), false)
        }
        Purpose::Signature(tick) => {
            let signed = Some(signer(state, typed)?);
            pop_prompt(state);
            return Ok(acts::tick::go(state, Tick { signed, ..tick }, now));
        }
        Purpose::SignOff => {
            let signed = signer(state, typed)?;
            pop_prompt(state);
            ask(state, Purpose::Statement(signed), now);
            return Ok(Vec::new());
        }
        Purpose::Statement(signed) => {
            (vec![signing::given(state, signed, typed_owned)], "sign-off".to_owned(), false)
        }
        Purpose::Stop(copy) => {
            pop_prompt(state);
            return Ok(copy::stop(state, &copy, now));
        }
        Purpose::RunPast(ready) => {
            pop_prompt(state);
            return Ok(command::go(state, *ready, Some(typed_owned), now));
        }
        Purpose::Destroy(ready, reason) => {
            if ready.word.as_deref() != Some(typed) {
                return Err("That is not the word: nothing was run".to_owned());
            }
            pop_prompt(state);
            return Ok(command::start(state, &ready, reason.as_deref(), now));
        }
        Purpose::Log(Ask::Noise(probe)) => {
            (vec![logs::allow(probe, typed)?], "expected lines".to_owned(), false)
        }
        Purpose::Log(Ask::Excerpt) => return logs::keep(state, typed, now),
        Purpose::Operator | Purpose::NewHand | Purpose::Find | Purpose::GoTo | Purpose::Log(_) => {
            return Ok(Vec::new());
        }
    };
    let drafts = acts::drafted(state, events, now)?;
    pop_prompt(state);
    let effects = acts::queue(state, drafts, what, advance, now);
    if let Some(purpose) = next_field {
        ask(state, purpose, now);
    }
    Ok(effects)
}

/// An id for an added step: the act that adds it makes it unique in the log.
fn added_id(state: &State) -> ItemId {
    let session = u32::try_from(state.desk.session).unwrap_or(u32::MAX).to_be_bytes();
    let act = u32::try_from(state.desk.next).unwrap_or(u32::MAX).to_be_bytes();
    ItemId([0xad, session[1], session[2], session[3], act[0], act[1], act[2], act[3]])
}

/// `Lee Chen, technical lead`, or the name alone where the role is known.
fn signer(state: &State, typed: &str) -> Result<Signed, String> {
    let (name, role) = typed.split_once(',').unwrap_or((typed, ""));
    let (name, role) = (name.trim().to_owned(), role.trim().to_owned());
    if name.is_empty() {
        return Err("The name is missing: name, comma, role, as in Lee Chen, technical lead".to_owned());
    }
    let role = Some(role).filter(|role| !role.is_empty()).or_else(|| state.record.role_of(&name));
    let missing = || format!("In what role does {0} sign? {0}, comma, role", text::clean(&name));
    let role = role.ok_or_else(missing)?;
    Ok(Signed { name, role })
}

/// A clause about an item, or the run.
fn on(state: &State, what: &str, item: Option<ItemId>) -> String {
    let about = format!("{what} on");
    item.map_or_else(|| format!("{about} the run"), |item| acts::what(state, &about, &[item]))
}
