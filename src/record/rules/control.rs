//! What may happen to gates, approvals, decisions, rollback, outages, temporary states and timers.

use super::{Conflict, in_plan, known, known_if_any, settleable, words};
use crate::checklist::ItemId;
use crate::record::control::Decision;
use crate::record::{Record, same_person};
use crate::signoff::Actor;
use crate::signoff::event::{DecisionKind, Event};

/// Whether such an event may be; other events are not judged here.
pub(super) fn allowed(record: &Record, event: &Event, by: &Actor) -> Result<(), Conflict> {
    let control = &record.control;
    match event {
        Event::GateMet { item, .. }
        | Event::GateLost { item, .. }
        | Event::LockOpened { item, .. }
        | Event::ApprovalLapsed { item, .. } => known(record, *item).map(drop),
        Event::GateOverridden { item, reason, .. } => {
            in_plan(record, *item)?;
            words(reason, "an override")
        }
        Event::ApprovalGiven { item, n, of, .. } => {
            let found = in_plan(record, *item)?;
            settleable(record, found)?;
            let given = || control.approvals(found.row.id);
            if given().any(|approval| same_person(&approval.act.by, by.as_str())) {
                return Err(Conflict::SamePerson {
                    name: by.as_str().to_owned(),
                    item: found.row.text.clone(),
                });
            }
            let next = u32::try_from(given().count()).unwrap_or(u32::MAX).saturating_add(1);
            if *n != next || n > of {
                return Err(Conflict::ApprovalNumber { next });
            }
            Ok(())
        }
        Event::DecisionMade { decision, kind, choice, closes, item, .. } => {
            words(decision, "a decision")?;
            words(choice, "a choice")?;
            known_if_any(record, *item)?;
            closes.iter().try_for_each(|id| known(record, *id).map(drop))?;
            match control.decision(decision) {
                // An edit of the plan brought in more steps of the ways not taken.
                Some(made) if grows(record, made, *kind, choice, closes) => Ok(()),
                // A no-go is not for ever, and may be said again at another moment.
                Some(made) if made.kind != DecisionKind::NoGo => {
                    Err(Conflict::Decided { choice: made.choice.clone(), by: made.act.by.clone() })
                }
                _ => Ok(()),
            }
        }
        Event::DecisionReopened { decision, reason } => {
            if control.decision(decision).is_none() {
                return Err(Conflict::NotDecided);
            }
            words(reason, "reopening a decision")
        }
        Event::RollbackInvoked { reason, .. } if control.rollback().is_none() => words(reason, "a rollback"),
        Event::RollbackInvoked { .. } => Err(Conflict::RollingBack),
        Event::RollbackStoodDown { reason } if control.rollback().is_some() => {
            words(reason, "standing a rollback down")
        }
        Event::RollbackStoodDown { .. } => Err(Conflict::NotRollingBack),
        Event::OutageBegan { .. } if control.outage().is_some() => Err(Conflict::OutageRuns),
        Event::OutageEnded { .. } if control.outage().is_none() => Err(Conflict::NoOutage),
        Event::StateOpened { name, item } => {
            known(record, *item)?;
            let open = control.open_states().any(|state| state.name == *name);
            if open {
                Err(Conflict::StateOpen { name: name.clone() })
            } else {
                words(name, "a temporary state")
            }
        }
        Event::StateClosed { name, item } => {
            known(record, *item)?;
            let open = control.open_states().any(|state| state.name == *name);
            if open { Ok(()) } else { Err(Conflict::StateNotOpen { name: name.clone() }) }
        }
        Event::TimerSet { timer, text, item, .. } => {
            known_if_any(record, *item)?;
            let next = u32::try_from(control.timers.len()).unwrap_or(u32::MAX).saturating_add(1);
            if *timer == next { words(text, "a timer") } else { Err(Conflict::TimerNumber { next }) }
        }
        Event::TimerRang { timer } => {
            let found = control.timers.iter().find(|it| it.number == *timer);
            match found.filter(|it| it.rang.is_none()) {
                Some(_) => Ok(()),
                None => Err(Conflict::NoTimer(*timer)),
            }
        }
        _ => Ok(()),
    }
}

/// Whether a line says the decision again, for steps that it did not know of.
fn grows(record: &Record, made: &Decision, kind: DecisionKind, choice: &str, closes: &[ItemId]) -> bool {
    let more = !closes.is_empty() && closes.iter().all(|id| !made.closes.contains(&record.handle(*id)));
    let of_ways = matches!(kind, DecisionKind::Choice | DecisionKind::Branch);
    of_ways && kind == made.kind && choice == made.choice && more
}
