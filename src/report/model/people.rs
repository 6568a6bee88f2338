//! What people did that was not plain: past what stood in the way, outside a role, through one terminal, no-go.

use super::{Exception, ExceptionKind, Report};
use crate::record::control::{Approval, Decision, Override, of_kind};
use crate::record::role::declared;
use crate::record::{Outside, same_person};
use crate::signoff::event::{DecisionKind, OverrideKind};

impl Report<'_> {
    pub(super) fn by_people(&self, found: &mut Vec<Exception>) {
        let control = &self.record.control;
        let past = control.overrides.iter().filter(|past| !self.is_told_as_role(past));
        found.extend(past.map(|past| Exception {
            kind: ExceptionKind::Override,
            act: Some(past.entry.act.clone()),
            item: self.item(past.item),
            text: format!("went past {}: {}; why: {}", of_kind(past.kind), past.verdict, past.entry.text),
        }));
        found.extend(control.outside.iter().map(|outside| Exception {
            kind: ExceptionKind::Outside,
            act: Some(outside.act.clone()),
            item: self.item(outside.item),
            text: role(outside),
        }));
        let shared = (0..control.approvals.len()).filter_map(|at| self.through_one_terminal(at));
        found.extend(shared);
        self.signed_twice(found);
        self.signed_by_whom(found);
        let no_gos = control.decisions.iter().filter(|made| made.kind == DecisionKind::NoGo);
        found.extend(no_gos.map(|made| Exception {
            kind: ExceptionKind::NoGo,
            act: Some(made.act.clone()),
            item: made.item.and_then(|id| self.item(id)),
            text: decided(made),
        }));
    }

    /// Whether the same act stands among those outside a role.
    fn is_told_as_role(&self, past: &Override) -> bool {
        let mut outside = self.record.control.outside.iter();
        past.kind == OverrideKind::Role
            && outside.any(|it| it.item == past.item && it.act.at == past.entry.act.at)
    }

    /// The approvals that this one was given behind, of the same round.
    #[must_use]
    pub fn before(&self, at: usize) -> Vec<&Approval> {
        let all = &self.record.control.approvals;
        let Some(given) = all.get(at) else { return Vec::new() };
        let round = all.iter().take(at).filter(|it| it.item == given.item);
        let round: Vec<&Approval> = round.collect();
        let first = round.iter().rposition(|it| it.n == 1).unwrap_or(0);
        round.into_iter().skip(first).filter(|it| it.n < given.n).collect()
    }

    fn through_one_terminal(&self, at: usize) -> Option<Exception> {
        let given = self.record.control.approvals.get(at)?;
        let before = self.before(at);
        let other = before.into_iter().find(|it| it.act.via.is_same_terminal(&given.act.via))?;
        Some(Exception {
            kind: ExceptionKind::OneTerminal,
            act: Some(given.act.clone()),
            item: self.item(given.item),
            text: format!("{} and {} approved through one terminal", other.act.by, given.act.by),
        })
    }

    /// Sign-offs that somebody else typed and no key stands behind, and those of people who are not declared.
    fn signed_by_whom(&self, found: &mut Vec<Exception>) {
        let people = &self.record.plan.people;
        for signed in &self.record.signoffs {
            let mut say = |kind, text| {
                let item = signed.item.and_then(|id| self.item(id));
                found.push(Exception { kind, act: Some(signed.act.clone()), item, text });
            };
            let name = &signed.name;
            let own = self.signatures(signed).any(|it| it.standing.is_good() && same_person(&it.name, name));
            if !own && !same_person(name, &signed.act.by) {
                let text = format!("signed off as {name}, typed by {}, with no key of {name}", signed.act.by);
                say(ExceptionKind::Attribution, text);
            }
            let told = self.record.control.outside.iter().any(|it| it.act.seq == signed.act.seq);
            if !people.is_empty() && declared(people, name).is_none() && !told {
                say(ExceptionKind::Outside, format!("signed off by {name}, who is not declared"));
            }
        }
    }

    /// One name under several sign-offs.
    fn signed_twice(&self, found: &mut Vec<Exception>) {
        let all = &self.record.signoffs;
        for (at, signed) in all.iter().enumerate() {
            let mut before = all.iter().take(at);
            let Some(other) = before.find(|it| same_person(&it.name, &signed.name) && it.role != signed.role)
            else {
                continue;
            };
            found.push(Exception {
                kind: ExceptionKind::OneTerminal,
                act: Some(signed.act.clone()),
                item: signed.item.and_then(|id| self.item(id)),
                text: format!("{} signed off as {} and as {}", signed.name, other.role, signed.role),
            });
        }
    }
}

/// A decision and its reason.
fn decided(made: &Decision) -> String {
    made.reason.as_ref().map_or_else(|| made.choice.clone(), |why| format!("{}: {why}", made.choice))
}

/// Who acted outside which role.
fn role(outside: &Outside) -> String {
    let has = match &outside.held {
        None => "is not declared".to_owned(),
        Some(roles) if roles.is_empty() => "has no role".to_owned(),
        Some(roles) => format!("has {}", roles.join(", ")),
    };
    let why = outside.reason.as_ref().map_or(String::new(), |why| format!("; why: {why}"));
    let (what, by, asked) = (outside.what, &outside.who, outside.asked.join(" or "));
    format!("{what} by {by}, who {has}; it asks for the role {asked}{why}")
}
