//! The events of schema 1, and the rows and small types they carry.
//!
//! One variant an event; the name on disk is the kebab and dotted form given by `serde(rename)`. Integers and
//! strings only, no floats, so that a line has one spelling.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::checklist::ItemId;
use crate::sample::{ProbeId, ProbeState};

mod held;
mod part;

pub use held::{APPROVER, Held};
use part::is_false;
pub use part::{
    Blob, DecisionKind, Evidence, Expected, FieldRow, JumpKind, OutageKind, OverrideKind, PhaseRow, PlanText,
    ReadBack, Row, RunMode, rows,
};

/// The schema this program writes, and the newest it reads.
pub const SCHEMA: u32 = 1;

/// Why a run's session ended when its operator left in good order.
pub const LEFT: &str = "left by the operator";

/// One thing that happened in a run.
///
/// `line` writes the variant's name as the line's `event` and its fields as the line's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "fields of one meaning are described once, on the type")]
pub enum Event {
    /// The first line: the plan as it was, and the table of its items.
    #[serde(rename = "run.started")]
    RunStarted {
        name: String,
        mode: RunMode,
        tool: String,
        boot_id: String,
        pid: u32,
        plan: PlanText,
        items: Vec<Row>,
    },
    /// A later start on the same log.
    #[serde(rename = "run.resumed")]
    RunResumed { tool: String, boot_id: String, pid: u32 },
    /// The cockpit was left.
    #[serde(rename = "run.ended")]
    RunEnded { reason: String },

    /// Work on an item began.
    #[serde(rename = "item.started")]
    ItemStarted { item: ItemId, phase: String, text: String },
    /// An item was ticked.
    #[serde(rename = "item.done")]
    ItemDone {
        item: ItemId,
        phase: String,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        done_by: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<Evidence>,
    },
    /// An item failed.
    #[serde(rename = "item.failed")]
    ItemFailed {
        item: ItemId,
        phase: String,
        text: String,
        reason: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<Evidence>,
    },
    /// An item was left out on purpose.
    #[serde(rename = "item.skipped")]
    ItemSkipped {
        item: ItemId,
        phase: String,
        text: String,
        reason: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<Evidence>,
    },
    /// An item does not apply: never an exception.
    #[serde(rename = "item.na")]
    ItemNotApplicable { item: ItemId, phase: String, text: String, reason: String },
    /// An item was put off to a later day.
    #[serde(rename = "item.deferred")]
    ItemDeferred { item: ItemId, phase: String, text: String, reason: String },
    /// An item was made open again; `mistick` if its author undid it within 30 s.
    #[serde(rename = "item.reopened")]
    ItemReopened {
        item: ItemId,
        phase: String,
        text: String,
        reason: String,
        #[serde(default, skip_serializing_if = "is_false")]
        mistick: bool,
    },
    /// An unplanned step was added behind `after` (or at the end of the phase).
    #[serde(rename = "item.added")]
    ItemAdded {
        item: ItemId,
        phase: String,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<ItemId>,
    },
    /// A blank was filled; a secret's value is only described.
    #[serde(rename = "field.filled")]
    FieldFilled {
        item: ItemId,
        field: u32,
        label: String,
        value: String,
        #[serde(default, skip_serializing_if = "is_false")]
        secret: bool,
    },
    /// A note on an item, or on the run.
    #[serde(rename = "note.added")]
    NoteAdded {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<ItemId>,
    },
    /// A time stated by a person beside the recorded one.
    #[serde(rename = "time.claimed")]
    TimeClaimed { item: ItemId, time: String },
    /// An issue was opened; `issue` counts from 1.
    #[serde(rename = "issue.opened")]
    IssueOpened {
        issue: u32,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<ItemId>,
    },
    /// An issue was resolved.
    #[serde(rename = "issue.resolved")]
    IssueResolved { issue: u32, text: String },
    /// A file was attached; its bytes lie in the evidence folder.
    #[serde(rename = "attachment.added")]
    AttachmentAdded {
        name: String,
        blob: Blob,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<ItemId>,
    },
    /// A success criterion was confirmed.
    #[serde(rename = "criterion.confirmed")]
    CriterionConfirmed {
        item: ItemId,
        phase: String,
        text: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<Evidence>,
    },
    /// A named approval; `open` names the temporary states that were left on.
    #[serde(rename = "signoff.given")]
    SignoffGiven {
        name: String,
        role: String,
        statement: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<ItemId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        open: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<Evidence>,
    },
    /// Another person acts from now on.
    #[serde(rename = "operator.changed")]
    OperatorChanged { from: String, to: String },

    /// A probe changed its state.
    #[serde(rename = "probe.changed")]
    ProbeChanged {
        probe: ProbeId,
        from: ProbeState,
        to: ProbeState,
        /// When the first reading of the new state was taken: RFC 3339, UTC.
        since: String,
        saw: String,
        /// How many changes this line stands for; 1 unless they came faster than lines are written.
        flips: u32,
    },
    /// All probes' states, so that silence is provable.
    #[serde(rename = "probe.snapshot")]
    ProbeSnapshot { states: BTreeMap<ProbeId, ProbeState> },
    /// A name server's answer changed its side. `to` is `old`, `new`, `mixed`, `other`, or the word for no answer.
    #[serde(rename = "dns.flipped")]
    DnsFlipped {
        record: ProbeId,
        server: String,
        from: String,
        to: String,
        /// When the first such answer came: RFC 3339, UTC.
        since: String,
        saw: String,
    },
    /// From `safe` on no cache may hold the old answer: all authoritative servers answered new at `since`, and the
    /// longest old TTL seen was `ttl_s` seconds.
    #[serde(rename = "dns.safe")]
    DnsSafe { record: ProbeId, since: String, ttl_s: u64, safe: String, proof: String },
    /// Source and target were compared.
    #[serde(rename = "reconcile.ran")]
    ReconcileRan {
        probe: ProbeId,
        asked_by: String,
        took_ms: u64,
        counters: BTreeMap<String, i64>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        expected: Vec<Expected>,
        /// Why it cannot be told, if it cannot.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failed: Option<String>,
    },
    /// Lines of a log were put on record; they lie in the evidence folder.
    #[serde(rename = "excerpt.added")]
    ExcerptAdded {
        probe: ProbeId,
        lines: u32,
        blob: Blob,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<ItemId>,
    },
    /// Lines of a log that match are expected from now on.
    #[serde(rename = "noise.allowed")]
    NoiseAllowed { probe: ProbeId, pattern: String },
    /// A program was started that may outlive the cockpit; `text` is an item's command as the plan has it.
    #[serde(rename = "command.started")]
    CommandStarted {
        job: String,
        argv: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<ItemId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// It ended; 128 + n for signal n. Of what it said `output` is kept, and `cut` bytes are not.
    #[serde(rename = "command.ended")]
    CommandEnded {
        job: String,
        exit: i32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        took_ms: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<Blob>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cut: Option<u64>,
    },
    /// It is gone, and how it ended is not known.
    #[serde(rename = "command.lost")]
    CommandLost { job: String },
    /// Time in which a probe was not asked.
    #[serde(rename = "probe.gap")]
    ProbeGap {
        probe: ProbeId,
        from: String,
        to: String,
        why: String,
        /// Outages of the service are told by it, so that this time may hold one.
        #[serde(default, skip_serializing_if = "is_false")]
        users: bool,
    },

    /// A gate was met, for as long as it asks.
    #[serde(rename = "gate.met")]
    GateMet { item: ItemId, gate: String, held_ms: u64, saw: String },
    /// A gate that was met no longer is.
    #[serde(rename = "gate.lost")]
    GateLost { item: ItemId, gate: String, saw: String },
    /// An act went past what stood in its way; in one append with the act.
    #[serde(rename = "gate.overridden")]
    GateOverridden { item: ItemId, kind: OverrideKind, verdict: String, reason: String },
    /// One of the persons whom an item needs has approved.
    #[serde(rename = "approval.given")]
    ApprovalGiven {
        item: ItemId,
        n: u32,
        of: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        done_by: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        read_back: Option<ReadBack>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<Evidence>,
    },
    /// Approvals given so far no longer count.
    #[serde(rename = "approval.lapsed")]
    ApprovalLapsed { item: ItemId, why: String },
    /// A decision was taken; the items in `closes` do not apply from then on.
    #[serde(rename = "decision.made")]
    DecisionMade {
        decision: String,
        kind: DecisionKind,
        choice: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        closes: Vec<ItemId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<ItemId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<Evidence>,
    },
    /// A decision is open again, and so is every item that only it had closed.
    #[serde(rename = "decision.reopened")]
    DecisionReopened { decision: String, reason: String },
    /// A time lock has opened; `since` is the moment that it counted from: RFC 3339, UTC.
    #[serde(rename = "lock.opened")]
    LockOpened { item: ItemId, lock: String, since: String },
    /// Back to the old side.
    #[serde(rename = "rollback.invoked")]
    RollbackInvoked {
        reason: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<Evidence>,
    },
    /// Not back to the old side after all.
    #[serde(rename = "rollback.stood_down")]
    RollbackStoodDown { reason: String },
    /// Users are not served; `since` is the first failed look: RFC 3339, UTC, later than the truth by at most
    /// `resolution_ms`.
    #[serde(rename = "outage.began")]
    OutageBegan {
        check: ProbeId,
        kind: OutageKind,
        since: String,
        resolution_ms: u64,
        planned: bool,
        saw: String,
    },
    /// Users are served again; `until` is the first good look, later than the truth by at most `resolution_ms`.
    #[serde(rename = "outage.ended")]
    OutageEnded { check: ProbeId, kind: OutageKind, until: String, lasted_ms: u64, resolution_ms: u64 },
    /// A temporary state began: something is left on that must be switched off again.
    #[serde(rename = "state.opened")]
    StateOpened { name: String, item: ItemId },
    /// A temporary state ended.
    #[serde(rename = "state.closed")]
    StateClosed { name: String, item: ItemId },
    /// A kind of notification is silent from now on, or no longer.
    #[serde(rename = "notify.muted")]
    NotifyMuted { kind: String, muted: bool },
    /// A timer was set; timers are numbered from 1, `due` is RFC 3339, UTC.
    #[serde(rename = "timer.set")]
    TimerSet {
        timer: u32,
        text: String,
        due: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<ItemId>,
    },
    /// It rang.
    #[serde(rename = "timer.rang")]
    TimerRang { timer: u32 },

    /// The plan's file changed during the run. `map` holds new id to first id for items whose key changed.
    #[serde(rename = "plan.amended")]
    PlanAmended { what: String, plan: PlanText, items: Vec<Row>, map: BTreeMap<ItemId, ItemId> },
    /// The sidecar changed during the run; secrets masked.
    #[serde(rename = "config.amended")]
    ConfigAmended { what: String, sha256: String, text: String },
    /// A torn tail was set aside.
    #[serde(rename = "log.recovered")]
    LogRecovered { bytes: u64, sha256: String, file: String },
    /// The wall clock jumped, or the machine was suspended.
    #[serde(rename = "clock.jumped")]
    ClockJumped { kind: JumpKind, by_ms: i64 },
    /// The head hash was shown to be kept elsewhere.
    #[serde(rename = "head.offered")]
    HeadOffered { head: String, place: String },
    /// A sign-off was signed: `signature` is an armoured SSH signature over the bytes of line `line`, which holds the
    /// `signoff.given`; `name` is who signed, as they say.
    #[serde(rename = "signoff.signed")]
    SignoffSigned { line: u64, name: String, signature: String },
    /// A file of recorded readings is complete: its name in the evidence folder, the SHA-256 of its bytes, how many
    /// lines it has and from when to when they reach, RFC 3339, UTC.
    #[serde(rename = "readings.sealed")]
    ReadingsSealed {
        file: String,
        sha256: String,
        lines: u64,
        from: String,
        to: String,
        /// A session that was cut off left it behind.
        #[serde(default, skip_serializing_if = "is_false")]
        recovered: bool,
    },
    /// From now on no readings are recorded: why.
    #[serde(rename = "readings.stopped")]
    ReadingsStopped { bytes: u64, why: String },
    /// Bytes of the evidence folder were taken away; `blob` is their salted SHA-256, which stays in the chain.
    #[serde(rename = "evidence.redacted")]
    EvidenceRedacted { blob: String, reason: String },
}

impl Event {
    /// The blobs that must be durable before the event's line is.
    #[must_use]
    pub fn blobs(&self) -> Vec<&Blob> {
        let own = match self {
            Event::AttachmentAdded { blob, .. } | Event::ExcerptAdded { blob, .. } => Some(blob),
            Event::CommandEnded { output, .. } => output.as_ref(),
            _ => None,
        };
        own.into_iter().chain(self.evidence().iter().filter_map(|seen| seen.text.as_ref())).collect()
    }

    /// What the probes showed at it.
    #[must_use]
    pub fn evidence(&self) -> &[Evidence] {
        match self {
            Event::ItemDone { evidence, .. }
            | Event::ItemFailed { evidence, .. }
            | Event::ItemSkipped { evidence, .. }
            | Event::CriterionConfirmed { evidence, .. }
            | Event::SignoffGiven { evidence, .. }
            | Event::ApprovalGiven { evidence, .. }
            | Event::DecisionMade { evidence, .. }
            | Event::RollbackInvoked { evidence, .. } => evidence,
            _ => &[],
        }
    }
}
