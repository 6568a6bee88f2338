//! A sign-off that is given in the cockpit is signed with the key that the sidecar names for that person.
//!
//! First the sign-off is on disk, then its bytes are signed: whatever becomes of the key, what was given stays given.

use super::layer::{Answer, Choice, Kind, Layer, Then};
use super::msg::{Effect, Unsigned};
use super::{Access, Signed, State, acts, temporary};
use crate::clock::Stamp;
use crate::command::quoted;
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

/// A sign-off of the run, whichever item is at hand.
pub(super) fn given(state: &State, signed: Signed, statement: String) -> Event {
    let Signed { name, role } = signed;
    let open = temporary::names(state);
    Event::SignoffGiven { name, role, statement, item: None, open, evidence: Vec::new() }
}

/// Sign-offs that have a key and no signature, in the words of who leaves.
pub(super) fn left_behind(state: &State) -> Vec<String> {
    let given = &state.record.signoffs;
    let is_signed = |at: usize, name: &str| {
        given[at..].iter().any(|later| same_person(&later.name, name) && !later.signatures.is_empty())
    };
    let unsigned = given.iter().enumerate().filter(|(at, signoff)| !is_signed(*at, &signoff.name));
    let keys = unsigned.filter_map(|(_, signoff)| Some((signoff, key(state, &signoff.name)?)));
    keys.map(|(signoff, key)| {
        let (name, line) = (text::clean(&signoff.name), signoff.act.seq);
        format!(
            "{name}'s sign-off in line {line} is not signed with the key: {}",
            by_hand(state, line, &signoff.name, key)
        )
    })
    .collect()
}

/// The command that signs it at a terminal.
fn by_hand(state: &State, line: u64, name: &str, key: &str) -> String {
    // The shell knows what ~ is, unless it is quoted.
    let key = key.strip_prefix("~/").map_or_else(|| quoted(key), |rest| format!("~/{}", quoted(rest)));
    let (log, name) = (quoted(&state.desk.log), quoted(name));
    text::clean(&format!("cutover sign {log} --key {key} --name {name} --cosign {line}")).into_owned()
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
        at: Stamp { wall: line.at.wall, offset: line.at.offset, mono: line.at.up, boot: line.at.up },
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
    let signature = match signed {
        Ok(signature) => signature,
        Err(why) => {
            refused(state, unsigned, &why, now);
            return Vec::new();
        }
    };
    let Unsigned { line, name, by, at, .. } = unsigned;
    // Of the moment that it signs, while nothing else came: then nothing in its line is free but the signature.
    let next = state.record.head.seq == line && state.desk.pending.is_empty();
    let what = format!("signature of {}", text::clean(&name));
    let draft = state.draft(Event::SignoffSigned { line, name, signature }, by, if next { &at } else { now });
    acts::queue(state, vec![draft], what, false, now)
}

/// Says what became of the key, and what can be done.
fn refused(state: &mut State, unsigned: Unsigned, why: &str, now: &Stamp) {
    let Unsigned { line, name, key, .. } = &unsigned;
    let lines = vec![
        format!("{}.", text::clean(why)),
        format!("What {} signed off stands in line {line}, without a key's signature.", text::clean(name)),
        format!("It can be signed later, at a terminal: {}", by_hand(state, *line, name, key)),
    ];
    let answers = vec![
        Answer { key: 'r', label: "try again with the key".to_owned(), then: Then::Sign(Box::new(unsigned)) },
        Answer { key: 'n', label: "go on without".to_owned(), then: Then::Back },
    ];
    let title = "Signed off, but not with the key".to_owned();
    state.notice(now, title.clone());
    // Below what is being typed: nobody's keys are to answer this one.
    let below = Layer { opened: *now, kind: Kind::Choice(Choice { title, lines, answers }) };
    state.ui.layers.insert(0, below);
}
