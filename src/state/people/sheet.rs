//! Who must act on an item, who has, and who may: for its sheet.

use super::{Aside, Mood, approve, has_role, rules};
use crate::checklist::ItemId;
use crate::clock::{self, Stamp};
use crate::signoff::event::{APPROVER, DecisionKind};
use crate::state::State;
use crate::text;

/// The lines of the sheet, each with its label; none if the item asks for nobody.
#[must_use]
pub fn sheet(state: &State, id: ItemId, now: &Stamp) -> Vec<(String, Aside)> {
    let mut lines = roles(state, id);
    lines.extend(approve::sheet(state, id, now));
    lines.extend(decision(state, id));
    lines
}

fn roles(state: &State, id: ItemId) -> Vec<(String, Aside)> {
    let Some(rules) = rules(state, id) else { return Vec::new() };
    let line = |role: &String| {
        let holders = has_role(state, &[role.as_str()]);
        let who = match holders[..] {
            [] => "nobody declared has it".to_owned(),
            [one] => format!("{} has it", text::clean(one)),
            _ => format!("{} have it", text::clean(&holders.join(", "))),
        };
        let mood = if holders.is_empty() { Mood::Bad } else { Mood::Plain };
        ("role".to_owned(), Aside { mood, words: format!("{}: {who}", text::clean(role)) })
    };
    rules.roles.iter().map(line).collect()
}

fn decision(state: &State, id: ItemId) -> Option<(String, Aside)> {
    rules(state, id).filter(|rules| rules.point_of_no_return)?;
    let made = state.record.control.decisions.iter().rev();
    let mut made = made.filter(|it| it.item == Some(id) && it.reopened.is_none());
    let at_the_point = |kind| matches!(kind, DecisionKind::Go | DecisionKind::NoGo);
    let aside = if let Some(made) = made.find(|it| at_the_point(it.kind)) {
        let why = made.reason.as_deref().unwrap_or_default();
        let mood = if made.kind == DecisionKind::Go { Mood::Good } else { Mood::Bad };
        Aside { mood, words: text::clean(&format!("{}: {why}", made.choice)).into_owned() }
    } else {
        let words = "point of no return: nobody has decided; space asks go or no-go".to_owned();
        Aside { mood: Mood::Waiting, words }
    };
    Some(("decision".to_owned(), aside))
}

/// Who of those declared may approve behind the others: as the sidecar spells their names.
pub(super) fn approvers(state: &State, id: ItemId) -> Vec<&str> {
    let mut any = vec![APPROVER];
    any.extend(rules(state, id).into_iter().flat_map(|rules| &rules.roles).map(String::as_str));
    let given: Vec<&str> = approve::names(state, id);
    let mut may = has_role(state, &any);
    may.retain(|name| given.iter().all(|by| !crate::record::same_person(by, name)));
    may
}

/// A moment of today, or of another day.
pub(super) fn moment(at: chrono::DateTime<chrono::Utc>, now: &Stamp) -> String {
    let at = clock::local(at, now.offset);
    let form = if at.date_naive() == now.local().date_naive() { "%H:%M:%S" } else { "%-d %b %H:%M" };
    at.format(form).to_string()
}
