//! Who may act: roles, second persons, points of no return.
//!
//! A name is what somebody typed: it is *declared*. Names are compared without regard to blanks and case.

mod approve;
mod no_return;
mod read_back;
mod sheet;

use super::State;
use super::control::{Aside, Mood, Obstacle};
use crate::checklist::ItemId;
use crate::clock::Stamp;
use crate::plan::ItemRules;
use crate::record::Cost;
use crate::record::role;
use crate::signoff::event::{APPROVER, OverrideKind};
use crate::text;

pub use approve::Second;
pub use no_return::Decided;
pub use sheet::sheet;

pub(super) use approve::{ask, asked, doer, given, gone_past, name, named, news, read_out, take_back};
pub(super) use no_return::{decide, decided, decider, pass, reopened};

/// What the plan holds an item to.
pub(super) fn rules(state: &State, id: ItemId) -> Option<&ItemRules> {
    state.planned.get(&id).and_then(|&at| state.plan.rules.items.get(at))
}

/// The person at the keys.
pub(super) fn acting(state: &State) -> Option<&str> {
    state.desk.hand_to.as_deref().or(state.desk.operator.as_deref())
}

/// The spelling in which the sidecar declares somebody; `None` for who is not declared.
pub(super) fn declared<'a>(state: &'a State, name: &str) -> Option<(&'a str, &'a [String])> {
    role::declared(&state.plan.settings.people, name)
}

/// What stands between this person and the item's tick.
pub(super) fn obstacles(state: &State, id: ItemId, by: &str, now: &Stamp) -> Vec<Obstacle> {
    let mut found = no_return::out_of_order(state, id);
    let Some(rules) = rules(state, id) else { return found };
    let obstacle = |verdict| Obstacle { item: id, kind: OverrideKind::Role, verdict };
    if approve::is_second(state, id, by, now) {
        found.extend(approver(state, rules, by).map(obstacle));
    } else {
        found.extend(rules.roles.iter().filter_map(|role| lacks(state, by, &[role.as_str()])).map(obstacle));
    }
    found
}

/// Why a second person may not approve, if so: where nobody is declared, anybody may.
fn approver(state: &State, rules: &ItemRules, by: &str) -> Option<String> {
    if state.plan.settings.people.is_empty() && rules.roles.is_empty() {
        return None;
    }
    let mut any = vec![APPROVER];
    any.extend(rules.roles.iter().map(String::as_str));
    lacks(state, by, &any)
}

/// Says that somebody has none of these roles, and who has.
fn lacks(state: &State, name: &str, any: &[&str]) -> Option<String> {
    let found = declared(state, name);
    if found.is_some_and(|(_, roles)| role::is_among(roles, any)) {
        return None;
    }
    let shown = text::clean(name.trim()).into_owned();
    let of = match found {
        None => format!("{shown} is not declared in [people]"),
        Some((_, [])) => format!("{shown} has none"),
        Some((_, roles)) => format!("{shown} has {}", text::clean(&roles.join(", "))),
    };
    let holders = has_role(state, any);
    let who = match holders[..] {
        [] => "nobody declared has it".to_owned(),
        [one] => format!("{} has it", text::clean(one)),
        _ => format!("{} have it", text::clean(&holders.join(", "))),
    };
    Some(format!("asks for the role {}; {of}; {who}", text::clean(&any.join(" or "))))
}

/// Those declared who have any of these roles.
fn has_role<'a>(state: &'a State, any: &[&str]) -> Vec<&'a str> {
    let people = state.plan.settings.people.iter();
    people.filter(|(_, roles)| role::is_among(roles, any)).map(|(name, _)| name.as_str()).collect()
}

/// What an open item's row shows of who must act on it.
pub(super) fn asides(state: &State, id: ItemId, now: &Stamp) -> Vec<Aside> {
    let mut asides = Vec::new();
    let Some(rules) = rules(state, id) else { return asides };
    asides.extend(approve::aside(state, id, rules, now));
    if !rules.roles.is_empty() {
        let mine = acting(state).is_some_and(|by| holds_all(state, by, rules));
        let mood = if mine { Mood::Plain } else { Mood::Waiting };
        asides.push(Aside { mood, words: format!("role {}", text::clean(&rules.roles.join(", "))) });
    }
    asides
}

fn holds_all(state: &State, by: &str, rules: &ItemRules) -> bool {
    rules.roles.iter().all(|role| lacks(state, by, &[role.as_str()]).is_none())
}

/// What going back would cost now: which done items can still be undone.
#[must_use]
pub fn rollback_cost(state: &State) -> Cost {
    state.record.rollback_cost()
}
