//! Decisions, approvals, what was gone past, gates, locks, timers, rollbacks, what was left on.

use schemars::JsonSchema;
use serde::Serialize;

use super::acts::{Act, Evidence, ItemRef, Said};
use crate::record::{self, control};
use crate::report::Report;
use crate::signoff::event::{DecisionKind, OverrideKind};

/// A decision.
#[derive(Serialize, JsonSchema)]
pub(super) struct Decision<'a> {
    /// Its id in the plan.
    id: &'a str,
    /// What kind.
    kind: DecisionKind,
    /// What was chosen.
    choice: &'a str,
    /// Why, if that was said.
    reason: Option<&'a str>,
    /// The item it belongs to.
    item: Option<ItemRef>,
    /// Items that do not apply because of it.
    closes: Vec<ItemRef>,
    /// What the checks showed.
    evidence: Vec<Evidence<'a>>,
    /// What going back would have cost at that moment; of a go and a no-go alone.
    cost: Option<Cost>,
    /// Who and when.
    act: Act<'a>,
    /// Taken back: who, when, why.
    taken_back: Option<Said<'a>>,
}

impl<'a> Decision<'a> {
    pub(super) fn of(report: &Report<'_>, made: &'a control::Decision) -> Decision<'a> {
        Decision {
            id: &made.id,
            kind: made.kind,
            choice: &made.choice,
            reason: made.reason.as_deref(),
            item: made.item.map(|id| ItemRef::of(report, id)),
            closes: ItemRef::all(report, &made.closes),
            evidence: Evidence::all(&made.evidence),
            cost: made.cost.as_ref().map(|cost| Cost::of(report, cost)),
            act: Act::of(report, &made.act),
            taken_back: made.reopened.as_ref().map(|it| Said::of(report, it)),
        }
    }
}

/// What going back costs: the steps that are done.
#[derive(Serialize, JsonSchema)]
struct Cost {
    /// They can be undone.
    can_be_undone: Vec<ItemRef>,
    /// They cannot.
    lost: Vec<ItemRef>,
    /// The plan does not say.
    not_said: Vec<ItemRef>,
}

impl Cost {
    fn of(report: &Report<'_>, cost: &record::Cost) -> Cost {
        Cost {
            can_be_undone: ItemRef::all(report, &cost.undoable),
            lost: ItemRef::all(report, &cost.lost),
            not_said: ItemRef::all(report, &cost.unknown),
        }
    }
}

/// Points of no return at the end of the log.
#[derive(Serialize, JsonSchema)]
pub(super) struct PointOfNoReturn {
    /// Those that were passed.
    passed: Vec<ItemRef>,
    /// What was done from the first of them on.
    behind: Vec<ItemRef>,
    /// What going back would cost.
    cost: Cost,
}

impl PointOfNoReturn {
    pub(super) fn of(report: &Report<'_>) -> PointOfNoReturn {
        let cost = report.record.rollback_cost();
        PointOfNoReturn {
            passed: ItemRef::all(report, &cost.passed),
            behind: ItemRef::all(report, &cost.behind),
            cost: Cost::of(report, &cost),
        }
    }
}

/// One person's approval of an item.
#[derive(Serialize, JsonSchema)]
pub(super) struct Approval<'a> {
    item: ItemRef,
    /// Which of them, from 1.
    n: u32,
    /// Of how many.
    of: u32,
    /// Another doer than the operator.
    done_by: Option<&'a str>,
    /// The value read out.
    read_back: Option<ReadBack<'a>>,
    /// What the checks showed.
    evidence: Vec<Evidence<'a>>,
    /// Who and when.
    act: Act<'a>,
    /// When and why it no longer counted.
    lapsed: Option<Said<'a>>,
}

/// A value that a second person read out.
#[derive(Serialize, JsonSchema)]
struct ReadBack<'a> {
    /// What was asked for.
    fact: &'a str,
    /// What the person typed.
    said: &'a str,
    /// What the check saw; `null` if that could not be told.
    saw: Option<&'a str>,
}

impl<'a> Approval<'a> {
    pub(super) fn of(report: &Report<'_>, given: &'a control::Approval) -> Approval<'a> {
        Approval {
            item: ItemRef::of(report, given.item),
            n: given.n,
            of: given.of,
            done_by: given.done_by.as_deref(),
            read_back: given.read_back.as_ref().map(|read| ReadBack {
                fact: &read.fact,
                said: &read.said,
                saw: read.saw.as_deref(),
            }),
            evidence: Evidence::all(&given.evidence),
            act: Act::of(report, &given.act),
            lapsed: given.lapsed.as_ref().map(|it| Said::of(report, it)),
        }
    }
}

/// An act that went past something.
#[derive(Serialize, JsonSchema)]
pub(super) struct Override<'a> {
    item: ItemRef,
    /// What it went past.
    past: OverrideKind,
    /// How that stood.
    verdict: &'a str,
    /// Why it was gone past.
    reason: &'a str,
    /// Who and when.
    act: Act<'a>,
}

impl<'a> Override<'a> {
    pub(super) fn of(report: &Report<'_>, past: &'a control::Override) -> Override<'a> {
        Override {
            item: ItemRef::of(report, past.item),
            past: past.kind,
            verdict: &past.verdict,
            reason: &past.entry.text,
            act: Act::of(report, &past.entry.act),
        }
    }
}

/// An act by somebody without the role that the item asks for.
#[derive(Serialize, JsonSchema)]
pub(super) struct Outside<'a> {
    item: ItemRef,
    /// What was done.
    what: &'a str,
    /// Whose word it is: who acted, or who signed off, whoever typed it.
    who: &'a str,
    /// The roles of which any one would have done.
    asked: &'a [String],
    /// The roles that the person has; `null` for who is not declared.
    held: Option<&'a [String]>,
    /// Why, if that was said.
    reason: Option<&'a str>,
    /// Who and when.
    act: Act<'a>,
}

impl<'a> Outside<'a> {
    pub(super) fn of(report: &Report<'_>, outside: &'a record::Outside) -> Outside<'a> {
        Outside {
            item: ItemRef::of(report, outside.item),
            what: outside.what,
            who: &outside.who,
            asked: &outside.asked,
            held: outside.held.as_deref(),
            reason: outside.reason.as_deref(),
            act: Act::of(report, &outside.act),
        }
    }
}

/// A gate that was met or lost.
#[derive(Serialize, JsonSchema)]
pub(super) struct Gate<'a> {
    item: ItemRef,
    /// What it asks.
    needs: &'a str,
    /// Met, or lost.
    met: bool,
    /// What was seen.
    saw: &'a str,
    /// When it was noticed.
    act: Act<'a>,
}

impl<'a> Gate<'a> {
    pub(super) fn of(report: &Report<'_>, change: &'a control::GateChange) -> Gate<'a> {
        let control::GateChange { item, gate, met, saw, act } = change;
        Gate { item: ItemRef::of(report, *item), needs: gate, met: *met, saw, act: Act::of(report, act) }
    }
}

/// A time lock that opened.
#[derive(Serialize, JsonSchema)]
pub(super) struct Lock<'a> {
    /// The item that it stands before.
    item: ItemRef,
    /// What it waited for.
    wait: &'a str,
    /// The moment it counted from, RFC 3339.
    since: &'a str,
    /// When it was noticed.
    act: Act<'a>,
}

impl<'a> Lock<'a> {
    pub(super) fn of(report: &Report<'_>, opened: &'a control::LockOpening) -> Lock<'a> {
        let control::LockOpening { item, lock, since, act } = opened;
        Lock { item: ItemRef::of(report, *item), wait: lock, since, act: Act::of(report, act) }
    }
}

/// A timer set by hand.
#[derive(Serialize, JsonSchema)]
pub(super) struct Timer<'a> {
    /// From 1.
    number: u32,
    /// What for.
    text: &'a str,
    /// When it was to ring, RFC 3339.
    due: &'a str,
    item: Option<ItemRef>,
    /// Who and when.
    act: Act<'a>,
    /// When it rang.
    rang: Option<Act<'a>>,
}

impl<'a> Timer<'a> {
    pub(super) fn of(report: &Report<'_>, timer: &'a control::Timer) -> Timer<'a> {
        Timer {
            number: timer.number,
            text: &timer.text,
            due: &timer.due,
            item: timer.item.map(|id| ItemRef::of(report, id)),
            act: Act::of(report, &timer.act),
            rang: timer.rang.as_ref().map(|act| Act::of(report, act)),
        }
    }
}

/// Back to the old side.
#[derive(Serialize, JsonSchema)]
pub(super) struct Rollback<'a> {
    /// Who, when, why.
    invoked: Said<'a>,
    /// What the checks showed.
    evidence: Vec<Evidence<'a>>,
    /// Called off: who, when, why.
    stood_down: Option<Said<'a>>,
}

impl<'a> Rollback<'a> {
    pub(super) fn of(report: &Report<'_>, rollback: &'a control::Rollback) -> Rollback<'a> {
        Rollback {
            invoked: Said::of(report, &rollback.invoked),
            evidence: Evidence::all(&rollback.evidence),
            stood_down: rollback.stood_down.as_ref().map(|it| Said::of(report, it)),
        }
    }
}

/// Something that was left on for a while.
#[derive(Serialize, JsonSchema)]
pub(super) struct State<'a> {
    /// What.
    name: &'a str,
    /// The item that began it.
    item: ItemRef,
    /// Who switched it on, and when.
    opened: Act<'a>,
    /// Who switched it off, and when; `null` if it is still on.
    closed: Option<Act<'a>>,
}

impl<'a> State<'a> {
    pub(super) fn of(report: &Report<'_>, state: &'a control::Temporary) -> State<'a> {
        State {
            name: &state.name,
            item: ItemRef::of(report, state.item),
            opened: Act::of(report, &state.opened),
            closed: state.closed.as_ref().map(|act| Act::of(report, act)),
        }
    }
}
