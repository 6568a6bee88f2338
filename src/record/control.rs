//! What stands between an item and its tick, and what became of it: gates, locks, approvals, decisions, rollback,
//! outages, temporary states, timers.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Act, Cost, Entry, ItemState, Outside, Record};
use crate::checklist::ItemId;
use crate::sample::ProbeId;
use crate::signoff::event::{DecisionKind, Event, Evidence, JumpKind, OutageKind, OverrideKind, ReadBack};
use crate::signoff::{At, Line};

/// How the plan's controls stand by the log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Control {
    /// Gates that were met or lost, in order.
    pub gates: Vec<GateChange>,
    /// What acts went past, in order.
    pub overrides: Vec<Override>,
    /// Acts by somebody who has not the role that the item asks for, in order.
    pub outside: Vec<Outside>,
    /// Approvals given, in order, lapsed ones among them.
    pub approvals: Vec<Approval>,
    /// Decisions taken, in order, reopened ones among them.
    pub decisions: Vec<Decision>,
    /// Time locks that opened, in order.
    pub locks: Vec<LockOpening>,
    /// Rollbacks invoked, in order.
    pub rollbacks: Vec<Rollback>,
    /// Time in which users were not served, in order.
    pub outages: Vec<Outage>,
    /// Temporary states, in order of their beginning.
    pub states: Vec<Temporary>,
    /// Timers, in order of their numbers.
    pub timers: Vec<Timer>,
    /// Kinds of notification that are silent.
    pub muted: BTreeSet<String>,
    /// Jumps of the wall clock and sleeps of the machine, in order.
    pub jumps: Vec<Jump>,
    /// Time in which a probe was not asked, or could not be believed, in order.
    pub gaps: Vec<Gap>,
    /// Time in which no cockpit wrote the log, in order.
    pub absences: Vec<Absence>,
    /// When the newest line was written.
    pub last: Option<At>,
}

/// A gate that was met or lost.
#[derive(Clone, Debug, PartialEq)]
pub struct GateChange {
    /// The item it stands before.
    pub item: ItemId,
    /// What it asks.
    pub gate: String,
    /// Met, or lost.
    pub met: bool,
    /// What was seen.
    pub saw: String,
    /// When it was noticed.
    pub act: Act,
}

/// An act that went past something.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// On which item.
    pub item: ItemId,
    /// What it went past.
    pub kind: OverrideKind,
    /// How that stood, in words.
    pub verdict: String,
    /// Who, when and why.
    pub entry: Entry,
}

/// One person's approval of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Approval {
    /// Of which item.
    pub item: ItemId,
    /// Which of them, from 1.
    pub n: u32,
    /// Of how many.
    pub of: u32,
    /// Another doer than the operator, as they said.
    pub done_by: Option<String>,
    /// The value read out, if one was asked for.
    pub read_back: Option<ReadBack>,
    /// What the probes showed.
    pub evidence: Vec<Evidence>,
    /// Who and when.
    pub act: Act,
    /// When and why it no longer counts.
    pub lapsed: Option<Entry>,
}

/// A decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Which: the id that the plan gives it.
    pub id: String,
    /// What kind.
    pub kind: DecisionKind,
    /// What was chosen.
    pub choice: String,
    /// Items that do not apply because of it.
    pub closes: Vec<ItemId>,
    /// Why, if that was said.
    pub reason: Option<String>,
    /// The item it belongs to, if it is one item's.
    pub item: Option<ItemId>,
    /// What the probes showed.
    pub evidence: Vec<Evidence>,
    /// What going back would have cost at that moment; of a go and a no-go alone.
    pub cost: Option<Cost>,
    /// Who and when.
    pub act: Act,
    /// Taken back: who, when, why.
    pub reopened: Option<Entry>,
}

/// A time lock that opened.
#[derive(Clone, Debug, PartialEq)]
pub struct LockOpening {
    /// Before which item.
    pub item: ItemId,
    /// What it waited for, in words.
    pub lock: String,
    /// The moment it counted from, RFC 3339.
    pub since: String,
    /// When it was noticed.
    pub act: Act,
}

/// Back to the old side.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollback {
    /// Who, when, why.
    pub invoked: Entry,
    /// What the probes showed.
    pub evidence: Vec<Evidence>,
    /// Called off: who, when, why.
    pub stood_down: Option<Entry>,
}

/// Time in which users were not served.
#[derive(Clone, Debug, PartialEq)]
pub struct Outage {
    /// The check that told first.
    pub check: ProbeId,
    /// Not served, or shown a page that says so.
    pub kind: OutageKind,
    /// The first failed look, RFC 3339; `None` only in a log that holds an end without a beginning.
    pub since: String,
    /// How much later than the truth that may be, in milliseconds.
    pub resolution_ms: u64,
    /// It was meant to be.
    pub planned: bool,
    /// What was seen.
    pub saw: String,
    /// When its beginning was noticed.
    pub act: Act,
    /// How it ended; `None` while it lasts, or if nobody saw its end.
    pub ended: Option<OutageEnd>,
}

/// How an outage ended.
#[derive(Clone, Debug, PartialEq)]
pub struct OutageEnd {
    /// The first good look, RFC 3339.
    pub until: String,
    /// From the first failed look to the first good one, in milliseconds.
    pub lasted_ms: u64,
    /// How much later than the truth `until` may be, in milliseconds.
    pub resolution_ms: u64,
    /// When it was noticed.
    pub act: Act,
}

/// Something that is left on for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Temporary {
    /// What.
    pub name: String,
    /// The item that began it.
    pub item: ItemId,
    /// Who and when.
    pub opened: Act,
    /// Who ended it, and when.
    pub closed: Option<Act>,
}

/// A timer set by hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Timer {
    /// From 1.
    pub number: u32,
    /// What for.
    pub text: String,
    /// When it rings, RFC 3339.
    pub due: String,
    /// The item it belongs to.
    pub item: Option<ItemId>,
    /// Who and when.
    pub act: Act,
    /// When it rang.
    pub rang: Option<Act>,
}

/// A jump of the wall clock, or a sleep of the machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Jump {
    /// Which of the two.
    pub kind: JumpKind,
    /// By how many milliseconds.
    pub by_ms: i64,
    /// When it was noticed.
    pub act: Act,
}

/// Time in which a probe was not asked, or could not be believed.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// Which probe.
    pub probe: ProbeId,
    /// From when on, RFC 3339.
    pub from: String,
    /// Until when, RFC 3339.
    pub to: String,
    /// Why.
    pub why: String,
    /// Outages of the service are told by it.
    pub users: bool,
    /// When it was told.
    pub act: Act,
}

/// Time between the last line of a session and the next start.
#[derive(Clone, Debug, PartialEq)]
pub struct Absence {
    /// The last line before it.
    pub from: DateTime<Utc>,
    /// The start that ended it.
    pub act: Act,
}

impl Control {
    /// Takes note of a line's time; between sessions nobody looked, and behind the last sign-off nobody had to.
    pub(super) fn pass(&mut self, line: &Line, act: &Act, is_signed_off: bool) {
        let before = self.last.replace(line.at);
        if let (Event::RunResumed { .. }, Some(before), false) = (&line.event, before, is_signed_off) {
            self.absences.push(Absence { from: before.wall, act: act.clone() });
        }
    }

    /// The decision of that id as it stands; `None` if it was not taken, or taken back.
    #[must_use]
    pub fn decision(&self, id: &str) -> Option<&Decision> {
        self.decisions.iter().rev().find(|decision| decision.id == id).filter(|it| it.reopened.is_none())
    }

    /// The rollback that is under way.
    #[must_use]
    pub fn rollback(&self) -> Option<&Rollback> {
        self.rollbacks.last().filter(|rollback| rollback.stood_down.is_none())
    }

    /// The line at which the migration last changed its direction: a rollback invoked or stood down; 0 if it never did.
    #[must_use]
    pub fn turned(&self) -> u64 {
        let last = self.rollbacks.last().map(|it| it.stood_down.as_ref().unwrap_or(&it.invoked));
        last.map_or(0, |turn| turn.act.seq)
    }

    /// The outage that lasts.
    #[must_use]
    pub fn outage(&self) -> Option<&Outage> {
        self.outages.last().filter(|outage| outage.ended.is_none())
    }

    /// Temporary states that have not ended.
    pub fn open_states(&self) -> impl Iterator<Item = &Temporary> {
        self.states.iter().filter(|state| state.closed.is_none())
    }

    /// Approvals of an item that count, in order.
    pub fn approvals(&self, item: ItemId) -> impl Iterator<Item = &Approval> {
        self.approvals.iter().filter(move |it| it.item == item && it.lapsed.is_none())
    }

    /// How the log has an item's gate: the last change.
    #[must_use]
    pub fn gate(&self, item: ItemId) -> Option<&GateChange> {
        self.gates.iter().rev().find(|change| change.item == item)
    }
}

/// Applies an event of this page; says whether that was all there is to it.
#[expect(clippy::too_many_lines, reason = "one arm an event: a table, not a procedure")]
pub(super) fn happen(record: &mut Record, line: &Line, act: &Act) -> bool {
    let told = |text: &str| Entry { act: act.clone(), text: text.to_owned() };
    let handle = |record: &Record, id: ItemId| record.item(id).map_or(id, |item| item.row.id);
    match &line.event {
        Event::GateMet { item, gate, saw, .. } | Event::GateLost { item, gate, saw } => {
            let met = matches!(line.event, Event::GateMet { .. });
            let item = handle(record, *item);
            say(record, item, act, format!("gate {}: {gate}", if met { "met" } else { "lost" }));
            let (gate, saw) = (gate.clone(), saw.clone());
            record.control.gates.push(GateChange { item, gate, met, saw, act: act.clone() });
        }
        Event::GateOverridden { item, kind, verdict, reason } => {
            let item = handle(record, *item);
            say(record, item, act, format!("went past {}: {reason}", of_kind(*kind)));
            let (verdict, entry) = (verdict.clone(), told(reason));
            record.control.overrides.push(Override { item, kind: *kind, verdict, entry });
        }
        Event::ApprovalGiven { item, n, of, done_by, read_back, evidence } => {
            let item = handle(record, *item);
            say(record, item, act, format!("approved by {}, {n} of {of}", act.by));
            record.control.approvals.push(Approval {
                item,
                n: *n,
                of: *of,
                done_by: done_by.clone(),
                read_back: read_back.clone(),
                evidence: evidence.clone(),
                act: act.clone(),
                lapsed: None,
            });
        }
        Event::ApprovalLapsed { item, why } => {
            let item = handle(record, *item);
            say(record, item, act, format!("approvals lapsed: {why}"));
            let (open, entry) = (&mut record.control.approvals, told(why));
            for approval in open.iter_mut().filter(|it| it.item == item && it.lapsed.is_none()) {
                approval.lapsed = Some(entry.clone());
            }
        }
        Event::DecisionMade { decision, kind, choice, closes, reason, item, evidence } => {
            let item = item.map(|item| handle(record, item));
            let closes: Vec<ItemId> = closes.iter().map(|id| handle(record, *id)).collect();
            if let Some(item) = item {
                say(record, item, act, format!("decided by {}: {choice}", act.by));
            }
            for id in &closes {
                close(record, *id, decision, choice, act);
            }
            let made = record.control.decisions.iter_mut().rev();
            let mut made = made.filter(|it| it.id == *decision && it.reopened.is_none());
            let same = |it: &&mut Decision| {
                let of_ways = matches!(it.kind, DecisionKind::Choice | DecisionKind::Branch);
                of_ways && it.kind == *kind && it.choice == *choice
            };
            if let Some(it) = made.next().filter(same) {
                // The same decision, for steps that an edit of the plan brought.
                it.closes.extend(closes);
                return true;
            }
            drop(made);
            let at_the_point = matches!(kind, DecisionKind::Go | DecisionKind::NoGo);
            let cost = at_the_point.then(|| record.rollback_cost());
            record.control.decisions.push(Decision {
                id: decision.clone(),
                kind: *kind,
                choice: choice.clone(),
                closes,
                reason: reason.clone(),
                item,
                evidence: evidence.clone(),
                cost,
                act: act.clone(),
                reopened: None,
            });
        }
        Event::DecisionReopened { decision, reason } => {
            let entry = told(reason);
            let mut known = record.control.decisions.iter_mut().rev();
            if let Some(it) = known.find(|it| it.id == *decision && it.reopened.is_none()) {
                it.reopened = Some(entry);
            }
            for item in &mut record.items {
                if item.closed_by.as_deref() == Some(decision.as_str()) {
                    item.closed_by = None;
                    item.reason = None;
                    item.state = ItemState::Open;
                    let text = format!("open again: {reason}");
                    item.history.push(Entry { act: act.clone(), text });
                }
            }
        }
        Event::LockOpened { item, lock, since } => {
            let item = handle(record, *item);
            say(record, item, act, format!("lock open: {lock}"));
            let (lock, since) = (lock.clone(), since.clone());
            record.control.locks.push(LockOpening { item, lock, since, act: act.clone() });
        }
        Event::RollbackInvoked { reason, evidence } => {
            let (invoked, evidence) = (told(reason), evidence.clone());
            record.control.rollbacks.push(Rollback { invoked, evidence, stood_down: None });
        }
        Event::RollbackStoodDown { reason } => {
            let entry = told(reason);
            if let Some(rollback) = record.control.rollbacks.last_mut() {
                rollback.stood_down = Some(entry);
            }
        }
        Event::OutageBegan { check, kind, since, resolution_ms, planned, saw } => {
            record.told_by(check, line.at);
            record.control.outages.push(Outage {
                check: check.clone(),
                kind: *kind,
                since: since.clone(),
                resolution_ms: *resolution_ms,
                planned: *planned,
                saw: saw.clone(),
                act: act.clone(),
                ended: None,
            });
        }
        Event::OutageEnded { until, lasted_ms, resolution_ms, .. } => {
            if let Some(outage) = record.control.outages.last_mut() {
                outage.ended = Some(OutageEnd {
                    until: until.clone(),
                    lasted_ms: *lasted_ms,
                    resolution_ms: *resolution_ms,
                    act: act.clone(),
                });
            }
        }
        Event::StateOpened { name, item } => {
            let (name, item) = (name.clone(), handle(record, *item));
            record.control.states.push(Temporary { name, item, opened: act.clone(), closed: None });
        }
        Event::StateClosed { name, .. } => {
            let mut states = record.control.states.iter_mut();
            if let Some(state) = states.find(|it| it.name == *name && it.closed.is_none()) {
                state.closed = Some(act.clone());
            }
        }
        Event::NotifyMuted { kind, muted: true } => {
            record.control.muted.insert(kind.clone());
        }
        Event::NotifyMuted { kind, muted: false } => {
            record.control.muted.remove(kind);
        }
        Event::TimerSet { timer, text, due, item } => {
            let item = item.map(|item| handle(record, item));
            let (text, due) = (text.clone(), due.clone());
            record.control.timers.push(Timer {
                number: *timer,
                text,
                due,
                item,
                act: act.clone(),
                rang: None,
            });
        }
        Event::TimerRang { timer } => {
            if let Some(timer) = record.control.timers.iter_mut().find(|it| it.number == *timer) {
                timer.rang = Some(act.clone());
            }
        }
        Event::ClockJumped { kind, by_ms } => {
            record.control.jumps.push(Jump { kind: *kind, by_ms: *by_ms, act: act.clone() });
            return false;
        }
        Event::ProbeGap { probe, from, to, why, users } => {
            if *users {
                record.told_by(probe, line.at);
            }
            let (probe, from, to, why) = (probe.clone(), from.clone(), to.clone(), why.clone());
            record.control.gaps.push(Gap { probe, from, to, why, users: *users, act: act.clone() });
            return false;
        }
        _ => return false,
    }
    true
}

/// An item does not apply because of a decision; what was done on it stays.
fn close(record: &mut Record, id: ItemId, decision: &str, choice: &str, act: &Act) {
    let Some(item) = record.position(id).and_then(|at| record.items.get_mut(at)) else { return };
    if !item.state.is_open() && item.state != ItemState::Deferred {
        return;
    }
    item.state = ItemState::NotApplicable;
    item.closed_by = Some(decision.to_owned());
    let text = format!("does not apply: {choice} was chosen");
    item.reason = Some(format!("{choice} was chosen"));
    item.history.push(Entry { act: act.clone(), text });
}

fn say(record: &mut Record, id: ItemId, act: &Act, text: String) {
    if let Some(item) = record.position(id).and_then(|at| record.items.get_mut(at)) {
        item.history.push(Entry { act: act.clone(), text });
    }
}

/// What an act went past, in a word.
#[must_use]
pub fn of_kind(kind: OverrideKind) -> &'static str {
    match kind {
        OverrideKind::Gate => "a gate",
        OverrideKind::Lock => "a time lock",
        OverrideKind::Order => "the order of the plan",
        OverrideKind::Role => "a role",
        OverrideKind::Approval => "a missing approval",
        OverrideKind::Decision => "an open decision",
    }
}
