//! Gates, approvals, decisions, rollback, outages, temporary states and timers in one clause.

use super::TEXT;
use crate::checklist::ItemId;
use crate::record::{Record, control};
use crate::signoff::Actor;
use crate::signoff::event::{DecisionKind, Event, OutageKind};
use crate::text;

/// The event in one clause, by `by`; `None` for what is told elsewhere.
pub(super) fn clause(event: &Event, by: &str, record: &Record) -> Option<String> {
    let clean = |of: &str| text::truncate(&text::clean(of), TEXT).into_owned();
    let quote = |of: &str| format!("“{}”", clean(of));
    let item = |id: &ItemId| record.item(*id).map_or_else(|| id.to_string(), |item| quote(&item.row.text));
    Some(match event {
        Event::GateMet { item: id, .. } => format!("gate met: {}", item(id)),
        Event::GateLost { item: id, saw, .. } => format!("gate lost: {}, saw {}", item(id), clean(saw)),
        Event::GateOverridden { item: id, kind, .. } => {
            format!("{by} went past {} on {}", control::of_kind(*kind), item(id))
        }
        Event::ApprovalGiven { item: id, n, of, .. } => format!("{by} approved {} ({n} of {of})", item(id)),
        Event::ApprovalLapsed { item: id, why } => {
            format!("approvals of {} lapsed: {}", item(id), clean(why))
        }
        Event::DecisionMade { kind: DecisionKind::Go | DecisionKind::NoGo, choice, .. } => {
            format!("{by} recorded {}", clean(choice))
        }
        Event::DecisionMade { choice, closes, .. } if by == Actor::RESERVED => {
            let steps = text::plural(closes.len(), "step does", "steps do");
            format!("{steps} not apply: {} was chosen", quote(choice))
        }
        Event::DecisionMade { choice, .. } => format!("{by} chose {}", quote(choice)),
        Event::DecisionReopened { decision, .. } => format!("{by} reopened the decision {}", quote(decision)),
        Event::LockOpened { item: id, .. } => format!("lock open: {}", item(id)),
        Event::RollbackInvoked { .. } => format!("{by} invoked the ROLLBACK"),
        Event::RollbackStoodDown { .. } => format!("{by} stood the rollback down"),
        Event::OutageBegan { kind: OutageKind::Outage, check, .. } => format!("outage began: {check}"),
        Event::OutageBegan { kind: OutageKind::Maintenance, .. } => "maintenance began".to_owned(),
        Event::OutageEnded { kind, lasted_ms, .. } => {
            let what = if *kind == OutageKind::Outage { "outage" } else { "maintenance" };
            let span = text::clock(std::time::Duration::from_millis(*lasted_ms));
            format!("{what} over after {span}")
        }
        Event::StateOpened { name, .. } => format!("{} is on", quote(name)),
        Event::StateClosed { name, .. } => format!("{} is off again", quote(name)),
        Event::NotifyMuted { kind, muted: true } => format!("{by} muted {}", clean(kind)),
        Event::NotifyMuted { kind, muted: false } => format!("{by} unmuted {}", clean(kind)),
        Event::TimerSet { text, .. } => format!("{by} set a timer: {}", quote(text)),
        Event::TimerRang { timer } => {
            let found = record.control.timers.iter().find(|it| it.number == *timer);
            format!("timer rings: {}", found.map_or_else(String::new, |it| quote(&it.text)))
        }
        _ => return None,
    })
}
