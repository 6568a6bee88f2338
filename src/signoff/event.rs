//! The events of schema 1, and the rows and small types they carry.
//!
//! One variant an event; the name on disk is the kebab and dotted form given by `serde(rename)`. Integers and
//! strings only, no floats, so that a line has one spelling.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::checklist::{Checklist, ItemId, PhaseKind};
use crate::sample::{ProbeId, ProbeState};

/// The schema this program writes, and the newest it reads.
pub const SCHEMA: u32 = 1;

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
    ItemSkipped { item: ItemId, phase: String, text: String, reason: String },
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
    CriterionConfirmed { item: ItemId, phase: String, text: String },
    /// A named approval.
    #[serde(rename = "signoff.given")]
    SignoffGiven {
        name: String,
        role: String,
        statement: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<ItemId>,
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
    /// A program was started that may outlive the cockpit.
    #[serde(rename = "command.started")]
    CommandStarted { job: String, argv: Vec<String> },
    /// It ended; 128 + n for signal n.
    #[serde(rename = "command.ended")]
    CommandEnded { job: String, exit: i32 },
    /// It is gone, and how it ended is not known.
    #[serde(rename = "command.lost")]
    CommandLost { job: String },
    /// Time in which a probe was not asked.
    #[serde(rename = "probe.gap")]
    ProbeGap { probe: ProbeId, from: String, to: String, why: String },

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
}

/// Live, or a rehearsal that can never be taken for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunMode {
    /// The real thing.
    #[default]
    Live,
    /// Practice.
    Rehearsal,
}

/// What made the wall clock and the boot clock disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JumpKind {
    /// Somebody or something set the clock.
    Step,
    /// The machine slept.
    Suspend,
}

/// Plan and sidecar as they were, secrets masked at equal byte length.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanText {
    /// File name, without folders.
    pub file: String,
    /// The title shown.
    pub title: String,
    /// The change ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Planned window, RFC 3339: start and end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<(String, String)>,
    /// SHA-256 of the file's bytes as they are on disk.
    pub sha256: String,
    /// The file's text.
    pub text: String,
    /// SHA-256 of the sidecar's bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sidecar_sha256: Option<String>,
    /// The sidecar's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sidecar: Option<String>,
}

/// One item as the plan had it: all that a report needs, so that it never parses the plan again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The item's identity when first seen.
    pub id: ItemId,
    /// The phase's title.
    pub phase: String,
    /// The part that the phase plays.
    #[serde(default, skip_serializing_if = "is_work")]
    pub kind: PhaseKind,
    /// The deeper heading, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// The item it is nested under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ItemId>,
    /// Nesting among items.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub depth: u8,
    /// Plain text.
    pub text: String,
    /// 1-based line.
    pub line: u32,
    /// Byte offsets of the box in the plan's text.
    #[serde(rename = "box", default, skip_serializing_if = "Option::is_none")]
    pub box_span: Option<Range<usize>>,
    /// Ticked in the file.
    #[serde(default, skip_serializing_if = "is_false")]
    pub checked: bool,
    /// Blanks to fill.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldRow>,
}

/// One blank of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldRow {
    /// The text before it.
    pub label: String,
    /// Byte offsets of the underscores in the plan's text.
    pub span: Range<usize>,
    /// Its value is never stored.
    #[serde(default, skip_serializing_if = "is_false")]
    pub secret: bool,
}

/// What a probe showed at the moment of an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Which probe.
    pub probe: ProbeId,
    /// Its state.
    pub state: ProbeState,
    /// What it saw, in one clause.
    pub saw: String,
    /// Age of the reading, in milliseconds.
    pub age_ms: u64,
}

/// One expectation of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// As written: `missing == 0`.
    pub expect: String,
    /// What was seen instead, if it did not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saw: Option<String>,
}

/// Bytes kept in the evidence folder, under their salted hash, so that one can be redacted later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blob {
    /// SHA-256 over the salt as it is written here and the bytes, lower-case hex; also the file's name.
    /// `(printf %s SALT; cat FILE) | sha256sum` checks it.
    pub sha256: String,
    /// 16 random bytes, lower-case hex.
    pub salt: String,
    /// Length in bytes.
    pub bytes: u64,
}

impl Blob {
    /// Names bytes by their salted hash.
    #[must_use]
    pub fn seal(bytes: &[u8], salt: [u8; 16]) -> Blob {
        let salt = salt.iter().fold(String::with_capacity(32), |mut hex, byte| {
            // Writing to a string does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Blob { sha256: Blob::hash(&salt, bytes), salt, bytes: bytes.len() as u64 }
    }

    /// Whether these are its bytes.
    #[must_use]
    pub fn fits(&self, bytes: &[u8]) -> bool {
        self.bytes == bytes.len() as u64 && self.sha256 == Blob::hash(&self.salt, bytes)
    }

    fn hash(salt: &str, bytes: &[u8]) -> String {
        let digest = Sha256::new().chain_update(salt).chain_update(bytes).finalize();
        super::Hash(digest.into()).to_string()
    }
}

impl Event {
    /// The blob that must be durable before the event's line is.
    #[must_use]
    pub fn blob(&self) -> Option<&Blob> {
        match self {
            Event::AttachmentAdded { blob, .. } | Event::ExcerptAdded { blob, .. } => Some(blob),
            _ => None,
        }
    }
}

/// The table of a checklist's items, as the first line carries it.
#[must_use]
pub fn rows(checklist: &Checklist) -> Vec<Row> {
    checklist
        .items
        .iter()
        .map(|item| {
            let phase = &checklist.phases[item.phase];
            Row {
                id: item.id,
                phase: phase.title.clone(),
                kind: phase.kind,
                section: item.section.map(|section| phase.sections[section].title.clone()),
                parent: item.parent.map(|parent| checklist.items[parent].id),
                depth: item.depth,
                text: item.text.clone(),
                line: item.line,
                box_span: item.box_span.clone(),
                checked: item.checked,
                fields: item
                    .fields
                    .iter()
                    .map(|field| FieldRow {
                        label: field.label.clone(),
                        span: field.span.clone(),
                        secret: field.secret,
                    })
                    .collect(),
            }
        })
        .collect()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(value: &u8) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_work(value: &PhaseKind) -> bool {
    *value == PhaseKind::Work
}
