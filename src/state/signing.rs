//! A sign-off that is given in the cockpit is signed with the key that the sidecar names for that person.
//!
//! First the sign-off is on disk, then its bytes are signed: whatever becomes of the key, what was given stays given.

use super::msg::{Effect, Unsigned};
use super::{Access, State, acts};
use crate::clock::Stamp;
use crate::record::same_person;
use crate::signoff::Line;
use crate::signoff::event::Event;
use crate::text;

/// The key that the sidecar names for a person.
pub(super) fn key<'a>(state: &'a State, name: &str) -> Option<&'a str> {
    let mut keys = state.plan.settings.keys.iter();
    keys.find(|(known, _)| same_person(known, name)).map(|(_, key)| key.as_str())
}

/// What stands in the dialog: who acted so far, whose key signs, and where the log stands.
pub(super) fn before(state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    let told = state.record.people.keys().filter_map(|name| {
        let duty = state.record.duty(name).told()?;
        Some(format!("{} {duty}", text::clean(name)))
    });
    let told: Vec<String> = told.collect();
    if !told.is_empty() {
        lines.push(format!("So far {}.", told.join("; ")));
    }
    let keys: Vec<_> = state.plan.settings.keys.keys().map(|name| text::clean(name)).collect();
    if !keys.is_empty() {
        lines.push(format!("Signed with an SSH key if it is given by {}.", keys.join(" or ")));
    }
    lines.push(format!("Behind line {} of the log, head {}.", state.record.head.seq, state.record.head.hash));
    lines
}

/// A sign-off of this cockpit is on disk.
pub(super) fn on_line(state: &State, line: &Line) -> Option<Effect> {
    let Event::SignoffGiven { name, .. } = &line.event else { return None };
    let ours = state.desk.access == Access::Writer && line.act.session == state.desk.session;
    let key = key(state, name).filter(|_| ours)?.to_owned();
    Some(Effect::Sign(Box::new(Unsigned {
        line: line.head.seq,
        name: name.clone(),
        by: line.by.clone(),
        key,
        bytes: line.raw.clone(),
    })))
}

/// It was signed, or not: why, in one sentence.
pub(super) fn on_signature(
    state: &mut State,
    unsigned: Unsigned,
    signed: Result<String, String>,
    now: &Stamp,
) -> Vec<Effect> {
    let Unsigned { line, name, by, key, .. } = unsigned;
    match signed {
        Ok(signature) => {
            let what = format!("signature of {}", text::clean(&name));
            let draft = state.draft(Event::SignoffSigned { line, name, signature }, by, now);
            acts::queue(state, vec![draft], what, false, now)
        }
        Err(why) => {
            let (why, key, log) = (text::clean(&why), text::clean(&key), text::clean(&state.desk.log));
            let notice =
                format!("Signed off, but not with the key: {why}. Later: cutover sign {log} --key {key}");
            state.notice(now, notice);
            Vec::new()
        }
    }
}
