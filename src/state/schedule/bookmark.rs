//! Where the operator was: said at a restart, and when a key comes after a while without any.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::super::action::Action;
use super::super::msg::Msg;
use super::super::outline::Cursor;
use super::super::{Pane, State, keys};
use crate::clock::Stamp;
use crate::record::{Act, ItemRecord};
use crate::signoff::Actor;
use crate::text;

/// So long without a key is an interruption.
const INTERRUPTED: Duration = Duration::from_mins(5);
/// Columns of an item's text.
const TEXT: usize = 40;

/// A key came. After an interruption it is said where the operator was; a key that moves goes there instead, and says
/// so, and is not carried out any more. A key that acts is about what is under the cursor, and nothing moves below it.
pub(in crate::state) fn on_msg(state: &mut State, msg: &Msg, now: &Stamp) -> bool {
    let action = match msg {
        Msg::Action { action, .. } => Some(*action),
        Msg::Edit(_) | Msg::Confirm | Msg::Choose(_) | Msg::Paste(_) => None,
        _ => return false,
    };
    let before = state.schedule.typed.replace(*now);
    let away = before.is_some_and(|before| now.since(&before) >= INTERRUPTED);
    let Some(action) = action.filter(|_| away && state.ui.layers.is_empty()) else { return false };
    let was = state.ui.cursor;
    let Some((place, words)) = place(state, now.wall) else { return false };
    let goes = state.ui.focus == Pane::Checklist && moves(action) && place != was;
    state.ui.cursor = if goes { place } else { was };
    state.notice(now, words);
    goes
}

/// Whether a key is one of looking around in the checklist.
fn moves(action: Action) -> bool {
    use Action::{Down, First, Last, NextOpen, PageDown, PageUp, Up};
    matches!(action, Up | Down | PageUp | PageDown | First | Last | NextOpen)
}

/// The cockpit was started on a run that has begun.
pub(in crate::state) fn at_resume(state: &mut State, now: &Stamp) {
    state.schedule.typed = Some(*now);
    if let Some((place, words)) = place(state, now.wall) {
        state.ui.cursor = place;
        state.notice(now, words);
    }
}

/// Where the last act was, or the next open step behind it; and the words for it.
fn place(state: &mut State, now: DateTime<Utc>) -> Option<(Cursor, String)> {
    // After a rollback that was stood down the work is elsewhere, and so it is while one is under way.
    let here = |item: &&ItemRecord| !item.removed && state.record.is_work(item.row.kind);
    let last = state.record.items.iter().filter(here).filter_map(|item| {
        let act = item.history.iter().map(|entry| &entry.act).filter(|act| act.by != Actor::RESERVED);
        act.max_by_key(|act| act.seq).map(|act| (item, act))
    });
    let (item, act) = last.max_by_key(|(_, act)| act.seq)?;
    let (done, ago) = (told(item, act), text::age((now - act.at.wall).to_std().unwrap_or_default()));
    let was = std::mem::replace(&mut state.ui.cursor, Cursor::Item(item.row.id));
    keys::advance(state);
    let next = state.next_open_item().map(|item| short(&item.row.text));
    let next = next.map_or_else(|| "nothing is open".to_owned(), |next| format!("next: “{next}”"));
    let place = std::mem::replace(&mut state.ui.cursor, was);
    Some((place, format!("You were here, {ago} ago: {done}; {next}")))
}

fn told(item: &ItemRecord, act: &Act) -> String {
    let said = item.history.iter().rev().find(|entry| entry.act.seq == act.seq);
    let what = said.map_or("", |entry| entry.text.as_str());
    let verb =
        if what.starts_with("done") { "ticked".to_owned() } else { text::truncate(what, 24).into_owned() };
    format!("{} “{}”", text::clean(&verb), short(&item.row.text))
}

fn short(words: &str) -> String {
    text::truncate(&text::clean(words), TEXT).into_owned()
}
