//! Which moments of a run are worth going to.

use chrono::{DateTime, Utc};

use crate::signoff::event::{DecisionKind, Event, OutageKind};
use crate::signoff::{Actor, Line};

/// Whether a line is an act of a person.
pub(super) fn is_act(line: &Line) -> bool {
    matches!(line.by, Actor::Person(_))
        && !matches!(line.event, Event::RunStarted { .. } | Event::RunResumed { .. } | Event::RunEnded { .. })
}

/// Whether a line tells of what an auditor reads first.
pub(super) fn is_exception(line: &Line) -> bool {
    match &line.event {
        Event::ItemFailed { .. }
        | Event::ItemSkipped { .. }
        | Event::ItemDeferred { .. }
        | Event::ItemReopened { .. }
        | Event::IssueOpened { .. }
        | Event::GateOverridden { .. }
        | Event::RollbackInvoked { .. }
        | Event::PlanAmended { .. }
        | Event::ConfigAmended { .. }
        | Event::LogRecovered { .. }
        | Event::ClockJumped { .. }
        | Event::CommandLost { .. }
        | Event::ReadingsStopped { .. } => true,
        Event::OutageBegan { kind, .. } => *kind == OutageKind::Outage,
        Event::DecisionMade { kind, .. } => *kind == DecisionKind::NoGo,
        Event::CommandEnded { exit, .. } => *exit != 0,
        _ => false,
    }
}

/// Whether the cockpit that wrote the log showed everything anew from this line on.
pub(super) fn turns(line: &Line) -> bool {
    matches!(
        line.event,
        Event::RunStarted { .. }
            | Event::RunResumed { .. }
            | Event::PlanAmended { .. }
            | Event::ConfigAmended { .. }
    )
}

/// How many of some moments, in order, lie at or before one.
pub(super) fn until(moments: &[DateTime<Utc>], at: DateTime<Utc>) -> usize {
    moments.partition_point(|moment| *moment <= at)
}
