//! What may happen now: one rule book for keys and for replay.

mod control;

use std::time::Duration;

use super::{ItemRecord, ItemState, Record};
use crate::checklist::{ItemId, PhaseKind};
use crate::signoff::event::Event;
use crate::signoff::{Actor, At, Draft};

/// How long after a tick its author may undo it without a reason.
pub const MISTICK_WITHIN: Duration = Duration::from_secs(30);

/// Why an act is not possible now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// There is no run yet.
    #[error("the run has not started: its first line must be run.started")]
    NotStarted,
    /// There is one already.
    #[error("the run has started already: a log holds one run")]
    AlreadyStarted,
    /// Left twice.
    #[error("this session has ended already")]
    AlreadyEnded,
    /// No such item.
    #[error("the plan has no item {0}: it may have been edited, look at the checklist again")]
    UnknownItem(ItemId),
    /// The item left the plan.
    #[error("“{item}” is no longer in the plan")]
    Removed {
        /// Its text.
        item: String,
    },
    /// The item is where that act cannot lead from.
    #[error("“{item}” is already {state}{}", if *state == ItemState::Open { "" } else { ": reopen it first" })]
    State {
        /// Its text.
        item: String,
        /// Where it stands.
        state: ItemState,
    },
    /// An act that needs a reason came without.
    #[error("“{item}” needs a reason to be {to}")]
    NoReason {
        /// Its text.
        item: String,
        /// What it would become.
        to: &'static str,
    },
    /// Too late, somebody else's, or no tick.
    #[error("“{item}” can be undone without a reason only by who ticked it, within {} s: reopen it with a reason",
        MISTICK_WITHIN.as_secs())]
    NotAMistick {
        /// Its text.
        item: String,
    },
    /// A step under an id that is taken.
    #[error("there is an item {0} already")]
    KnownItem(ItemId),
    /// No such blank.
    #[error("“{item}” has no blank {field}")]
    NoField {
        /// Its text.
        item: String,
        /// The number asked for, from 0.
        field: u32,
    },
    /// A secret's value where only its description may stand.
    #[error("“{label}” looks like a secret: its value is not stored, only its length")]
    Secret {
        /// The blank's label.
        label: String,
    },
    /// A time stated for an item that nobody touched.
    #[error("“{item}” is open: act on it before stating its time")]
    NothingToClaim {
        /// Its text.
        item: String,
    },
    /// Issues are numbered in a row.
    #[error("the next issue is number {next}")]
    IssueNumber {
        /// The number that is free.
        next: u32,
    },
    /// No such issue.
    #[error("there is no issue {0}")]
    UnknownIssue(u32),
    /// Resolved twice.
    #[error("issue {0} is resolved already")]
    Resolved(u32),
    /// Only items of a criteria phase are confirmed.
    #[error("“{item}” is not a success criterion")]
    NotACriterion {
        /// Its text.
        item: String,
    },
    /// Nothing written.
    #[error("{0} needs words")]
    Empty(&'static str),
    /// One program of a name at a time.
    #[error("{job} runs already")]
    Running {
        /// Its name.
        job: String,
    },
    /// The end of a program that was not started.
    #[error("{job} does not run")]
    NotRunning {
        /// Its name.
        job: String,
    },
    /// The second person is the first.
    #[error("{name} has approved “{item}” already: somebody else must")]
    SamePerson {
        /// Who.
        name: String,
        /// The item's text.
        item: String,
    },
    /// Approvals are numbered in a row.
    #[error("the next approval is number {next}")]
    ApprovalNumber {
        /// The number that is free.
        next: u32,
    },
    /// Decided twice.
    #[error("it is decided already, by {by}: {choice}; reopen the decision first")]
    Decided {
        /// What was chosen.
        choice: String,
        /// Who chose.
        by: String,
    },
    /// Nothing to take back.
    #[error("it is not decided")]
    NotDecided,
    /// A step of a rollback that was not invoked.
    #[error("“{item}” is a step of the rollback, which is not invoked: R invokes it")]
    NotInvoked {
        /// Its text.
        item: String,
    },
    /// Invoked twice.
    #[error("rollback is under way already")]
    RollingBack,
    /// Nothing to stand down.
    #[error("rollback is not under way")]
    NotRollingBack,
    /// Only a sign-off is signed.
    #[error("line {line} is no sign-off that could be signed")]
    NotASignoff {
        /// Which line.
        line: u64,
    },
    /// One outage at a time.
    #[error("an outage runs already")]
    OutageRuns,
    /// The end of an outage that did not begin.
    #[error("no outage runs")]
    NoOutage,
    /// Opened twice.
    #[error("“{name}” is on already")]
    StateOpen {
        /// Its name.
        name: String,
    },
    /// The end of a state that did not begin.
    #[error("“{name}” is not on")]
    StateNotOpen {
        /// Its name.
        name: String,
    },
    /// Timers are numbered in a row.
    #[error("the next timer is number {next}")]
    TimerNumber {
        /// The number that is free.
        next: u32,
    },
    /// No such timer, or it has rung.
    #[error("there is no timer {0} that runs")]
    NoTimer(u32),
    /// The hand that gives over is not the one that has it.
    #[error("{operator} operates now, not {from}")]
    NotTheOperator {
        /// Who does.
        operator: String,
        /// Who was said to.
        from: String,
    },
}

/// Whether a draft may be written now; asked at the key, and again when the log has moved on.
///
/// # Errors
/// Why not, as a sentence for the operator; names and texts in it are outside text, not yet made safe.
pub fn check(record: &Record, draft: &Draft) -> Result<(), Conflict> {
    allowed(record, &draft.event, &draft.by, At::from(draft.at))
}

#[expect(clippy::too_many_lines, reason = "one arm an event: a table, not a procedure")]
pub(super) fn allowed(record: &Record, event: &Event, by: &Actor, at: At) -> Result<(), Conflict> {
    match (event, &record.run) {
        (Event::RunStarted { .. }, Some(_)) => return Err(Conflict::AlreadyStarted),
        (Event::RunStarted { .. }, None) => return Ok(()),
        (_, None) => return Err(Conflict::NotStarted),
        (_, Some(_)) => {}
    }
    match event {
        Event::ItemStarted { item, .. } => {
            let item = in_plan(record, *item)?;
            if item.state == ItemState::Open { Ok(()) } else { Err(state(item)) }
        }
        Event::ItemDone { item, .. } | Event::ItemNotApplicable { item, .. } => {
            settleable(record, in_plan(record, *item)?)
        }
        Event::ItemFailed { item, reason, .. } => with_reason(record, *item, reason, "failed"),
        Event::ItemSkipped { item, reason, .. } => with_reason(record, *item, reason, "skipped"),
        Event::ItemDeferred { item, reason, .. } => {
            with_reason(record, *item, reason, "deferred")?;
            let item = in_plan(record, *item)?;
            if item.state == ItemState::Deferred { Err(state(item)) } else { Ok(()) }
        }
        Event::ItemReopened { item, reason, mistick, .. } => {
            reopenable(in_plan(record, *item)?, reason, *mistick, by, at)
        }
        Event::ItemAdded { item, text, .. } => match record.position(*item) {
            Some(_) => Err(Conflict::KnownItem(*item)),
            None => words(text, "a step"),
        },
        Event::FieldFilled { item, field, secret, .. } => fillable(in_plan(record, *item)?, *field, *secret),
        Event::NoteAdded { text, item } => {
            words(text, "a note")?;
            known_if_any(record, *item)
        }
        Event::TimeClaimed { item, time } => {
            words(time, "a stated time")?;
            let item = known(record, *item)?;
            if item.state == ItemState::Open {
                return Err(Conflict::NothingToClaim { item: item.row.text.clone() });
            }
            Ok(())
        }
        Event::IssueOpened { issue, text, item } => {
            let next = u32::try_from(record.issues.len()).unwrap_or(u32::MAX).saturating_add(1);
            if *issue != next {
                return Err(Conflict::IssueNumber { next });
            }
            words(text, "an issue")?;
            known_if_any(record, *item)
        }
        Event::IssueResolved { issue, text } => {
            let open = record.issues.iter().find(|open| open.number == *issue);
            match open.ok_or(Conflict::UnknownIssue(*issue))?.resolved {
                Some(_) => Err(Conflict::Resolved(*issue)),
                None => words(text, "a resolution"),
            }
        }
        Event::AttachmentAdded { item, .. } | Event::ExcerptAdded { item, .. } => known_if_any(record, *item),
        Event::CommandStarted { job, item, .. } => {
            known_if_any(record, *item)?;
            starts(record, job)
        }
        Event::CommandEnded { job, .. } | Event::CommandLost { job } => ends(record, job),
        Event::NoiseAllowed { pattern, .. } => words(pattern, "a pattern of expected lines"),
        Event::CriterionConfirmed { item, .. } => {
            let item = in_plan(record, *item)?;
            if item.row.kind != PhaseKind::Criteria {
                return Err(Conflict::NotACriterion { item: item.row.text.clone() });
            }
            settleable(record, item)
        }
        Event::SignoffGiven { name, item, .. } => {
            words(name, "a sign-off")?;
            item.map_or(Ok(()), |item| settleable(record, in_plan(record, item)?))
        }
        Event::OperatorChanged { from, to } => {
            words(to, "an operator's name")?;
            match &record.operator {
                Some(operator) if operator != from => {
                    Err(Conflict::NotTheOperator { operator: operator.clone(), from: from.clone() })
                }
                _ => Ok(()),
            }
        }
        Event::RunEnded { .. } => match record.sessions.last() {
            Some(session) if session.ended.is_some() => Err(Conflict::AlreadyEnded),
            _ => Ok(()),
        },
        Event::GateMet { .. }
        | Event::GateLost { .. }
        | Event::GateOverridden { .. }
        | Event::ApprovalGiven { .. }
        | Event::ApprovalLapsed { .. }
        | Event::DecisionMade { .. }
        | Event::DecisionReopened { .. }
        | Event::LockOpened { .. }
        | Event::RollbackInvoked { .. }
        | Event::RollbackStoodDown { .. }
        | Event::OutageBegan { .. }
        | Event::OutageEnded { .. }
        | Event::StateOpened { .. }
        | Event::StateClosed { .. }
        | Event::NotifyMuted { .. }
        | Event::TimerSet { .. }
        | Event::TimerRang { .. } => control::allowed(record, event, by),
        Event::RunStarted { .. }
        | Event::RunResumed { .. }
        | Event::ProbeChanged { .. }
        | Event::ProbeSnapshot { .. }
        | Event::ProbeGap { .. }
        | Event::DnsFlipped { .. }
        | Event::DnsSafe { .. }
        | Event::ReconcileRan { .. }
        | Event::PlanAmended { .. }
        | Event::ConfigAmended { .. }
        | Event::LogRecovered { .. }
        | Event::ClockJumped { .. }
        | Event::HeadOffered { .. }
        | Event::ReadingsSealed { .. }
        | Event::ReadingsStopped { .. } => Ok(()),
        Event::SignoffSigned { line, name, .. } => {
            words(name, "a signature")?;
            let given = record.signoffs.iter().any(|signoff| signoff.act.seq == *line);
            given.then_some(()).ok_or(Conflict::NotASignoff { line: *line })
        }
        Event::EvidenceRedacted { reason, .. } => words(reason, "a redaction"),
    }
}

fn known(record: &Record, id: ItemId) -> Result<&ItemRecord, Conflict> {
    record.item(id).ok_or(Conflict::UnknownItem(id))
}

fn known_if_any(record: &Record, id: Option<ItemId>) -> Result<(), Conflict> {
    id.map_or(Ok(()), |id| known(record, id).map(drop))
}

fn in_plan(record: &Record, id: ItemId) -> Result<&ItemRecord, Conflict> {
    let item = known(record, id)?;
    if item.removed { Err(Conflict::Removed { item: item.row.text.clone() }) } else { Ok(item) }
}

fn state(item: &ItemRecord) -> Conflict {
    Conflict::State { item: item.row.text.clone(), state: item.state }
}

fn settleable(record: &Record, item: &ItemRecord) -> Result<(), Conflict> {
    if item.row.kind == PhaseKind::Rollback && !record.rolling_back() {
        return Err(Conflict::NotInvoked { item: item.row.text.clone() });
    }
    match item.state {
        ItemState::Open | ItemState::Started | ItemState::Deferred => Ok(()),
        _ => Err(state(item)),
    }
}

fn with_reason(record: &Record, id: ItemId, reason: &str, to: &'static str) -> Result<(), Conflict> {
    let item = in_plan(record, id)?;
    settleable(record, item)?;
    if reason.trim().is_empty() {
        return Err(Conflict::NoReason { item: item.row.text.clone(), to });
    }
    Ok(())
}

fn reopenable(item: &ItemRecord, reason: &str, mistick: bool, by: &Actor, at: At) -> Result<(), Conflict> {
    if item.state == ItemState::Open {
        return Err(state(item));
    }
    if mistick {
        let own = item.act.as_ref().is_some_and(|act| {
            let gone = (at.wall - act.at.wall).to_std();
            act.by == by.as_str() && gone.is_ok_and(|gone| gone <= MISTICK_WITHIN)
        });
        if !own {
            return Err(Conflict::NotAMistick { item: item.row.text.clone() });
        }
    } else if reason.trim().is_empty() {
        return Err(Conflict::NoReason { item: item.row.text.clone(), to: "reopened" });
    }
    Ok(())
}

fn fillable(item: &ItemRecord, field: u32, secret: bool) -> Result<(), Conflict> {
    let blank = usize::try_from(field).ok().and_then(|field| item.row.fields.get(field));
    let blank = blank.ok_or_else(|| Conflict::NoField { item: item.row.text.clone(), field })?;
    if blank.secret && !secret {
        return Err(Conflict::Secret { label: blank.label.clone() });
    }
    Ok(())
}

fn words(text: &str, what: &'static str) -> Result<(), Conflict> {
    if text.trim().is_empty() { Err(Conflict::Empty(what)) } else { Ok(()) }
}

/// One program of a name at a time.
fn starts(record: &Record, job: &str) -> Result<(), Conflict> {
    if runs(record, job) {
        Err(Conflict::Running { job: job.to_owned() })
    } else {
        words(job, "a program's name")
    }
}

/// Only what was started ends.
fn ends(record: &Record, job: &str) -> Result<(), Conflict> {
    if runs(record, job) { Ok(()) } else { Err(Conflict::NotRunning { job: job.to_owned() }) }
}

/// Whether a program of that name was started and has not ended.
fn runs(record: &Record, job: &str) -> bool {
    record.commands.iter().any(|command| command.job == job && command.ended.is_none())
}
