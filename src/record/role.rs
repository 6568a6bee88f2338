//! Roles: who is declared to have which, and acts by somebody who has not the one that the item asks for.

use std::collections::BTreeMap;

use super::{Act, ItemRecord, Record, same_person};
use crate::checklist::ItemId;
use crate::signoff::event::{APPROVER, Event, OverrideKind};
use crate::signoff::{Actor, Line};

/// An act by somebody who has not the role that the item asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Outside {
    /// On which item.
    pub item: ItemId,
    /// What was done.
    pub what: &'static str,
    /// Whose word it is: who acted, or who signed off, whoever typed it.
    pub who: String,
    /// The roles of which any one would have done.
    pub asked: Vec<String>,
    /// The roles that the person has; `None` for who is not declared.
    pub held: Option<Vec<String>>,
    /// Why, if that was said.
    pub reason: Option<String>,
    /// Who and when.
    pub act: Act,
}

/// The spelling in which somebody is declared, and their roles; `None` for who is not.
#[must_use]
pub fn declared<'a>(
    people: &'a BTreeMap<String, Vec<String>>,
    name: &str,
) -> Option<(&'a str, &'a [String])> {
    let mut people = people.iter().map(|(known, roles)| (known.as_str(), roles.as_slice()));
    people.find(|(known, _)| same_person(known, name))
}

impl Record {
    /// In what role somebody signs: as declared, else as they signed off before.
    #[must_use]
    pub fn role_of(&self, name: &str) -> Option<String> {
        let declared = declared(&self.plan.people, name).map(|(_, roles)| roles.join(", "));
        let before = || {
            let signed = self.signoffs.iter().rev().find(|signoff| same_person(&signoff.name, name));
            signed.map(|signoff| signoff.role.clone())
        };
        declared.filter(|roles| !roles.is_empty()).or_else(before)
    }
}

/// Whether somebody has any of these roles.
#[must_use]
pub fn has_any(people: &BTreeMap<String, Vec<String>>, name: &str, any: &[&str]) -> bool {
    declared(people, name).is_some_and(|(_, roles)| is_among(roles, any))
}

/// Whether one of somebody's roles is any of these.
#[must_use]
pub fn is_among(roles: &[String], any: &[&str]) -> bool {
    roles.iter().any(|role| any.iter().any(|wanted| wanted.trim() == role.trim()))
}

/// Takes note of an act outside a role, as the plan asks and as people are declared at that moment.
pub(super) fn judge(record: &mut Record, line: &Line, act: &Act) {
    let Actor::Person(name) = &line.by else { return };
    // A signature is its signer's, whoever types it.
    let name = if let Event::SignoffGiven { name, .. } = &line.event { name } else { name };
    let Some((id, what, reason)) = act_on(&line.event) else { return };
    let Some(item) = record.item(id) else { return };
    let roles = item.row.held.roles.as_slice();
    let people = &record.plan.people;
    let mut missing: Vec<Vec<&str>> = roles.iter().map(|role| vec![role.as_str()]).collect();
    match &line.event {
        // Nobody need have a role to approve where no role is asked for and nobody is declared.
        Event::ApprovalGiven { n, .. } if *n > 1 => {
            missing = if people.is_empty() && roles.is_empty() {
                Vec::new()
            } else {
                vec![std::iter::once(APPROVER).chain(roles.iter().map(String::as_str)).collect()]
            };
        }
        Event::ItemDone { .. } | Event::CriterionConfirmed { .. } | Event::SignoffGiven { .. }
            if approved(record, item, name) =>
        {
            return;
        }
        _ => {}
    }
    missing.retain(|any| !has_any(people, name, any));
    let held = declared(people, name).map(|(_, roles)| roles.to_vec());
    let reason = reason.map(str::to_owned).or_else(|| gone_past(record, item.row.id, act));
    let item = item.row.id;
    let told = missing.into_iter().map(|any| any.into_iter().map(str::to_owned).collect());
    let told: Vec<Outside> = told
        .map(|asked| Outside {
            item,
            what,
            who: name.clone(),
            asked,
            held: held.clone(),
            reason: reason.clone(),
            act: act.clone(),
        })
        .collect();
    record.control.outside.extend(told);
}

/// The item that an event acts on, what it does, and the reason that it holds itself.
fn act_on(event: &Event) -> Option<(ItemId, &'static str, Option<&str>)> {
    Some(match event {
        Event::ItemDone { item, .. } => (*item, "ticked", None),
        Event::CriterionConfirmed { item, .. } => (*item, "confirmed", None),
        Event::SignoffGiven { item: Some(item), .. } => (*item, "signed off", None),
        Event::ApprovalGiven { item, .. } => (*item, "approved", None),
        Event::CommandStarted { item: Some(item), .. } => (*item, "ran its command", None),
        Event::ItemFailed { item, reason, .. } => (*item, "failed", Some(reason)),
        Event::ItemSkipped { item, reason, .. } => (*item, "skipped", Some(reason)),
        Event::ItemNotApplicable { item, reason, .. } => (*item, "set aside as not applicable", Some(reason)),
        Event::ItemDeferred { item, reason, .. } => (*item, "deferred", Some(reason)),
        Event::ItemReopened { item, reason, mistick: false, .. } => (*item, "reopened", Some(reason)),
        _ => return None,
    })
}

/// Whether that person's approval of the item stands: it was judged when it was given.
fn approved(record: &Record, item: &ItemRecord, name: &str) -> bool {
    record.control.approvals(item.row.id).any(|it| same_person(&it.act.by, name))
}

/// The reason with which the role was gone past, in the same moment.
fn gone_past(record: &Record, id: ItemId, act: &Act) -> Option<String> {
    let past = record.control.overrides.iter().rev().take_while(|it| it.entry.act.at == act.at);
    let mut past = past.filter(|it| it.item == id && it.kind == OverrideKind::Role);
    past.next().map(|it| it.entry.text.clone())
}
