//! The small types that events carry: rows of the plan's table, evidence, names of kept bytes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Held;
use crate::checklist::{Checklist, ItemId, PhaseKind};
use crate::sample::{ProbeId, ProbeState};
use crate::sha256;
use crate::signoff::Hash;

/// Live, or a rehearsal that can never be taken for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// The longest outage allowed, in seconds, from the sidecar or the plan's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outage_goal_s: Option<u64>,
    /// The longest time allowed that the maintenance page is shown, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance_goal_s: Option<u64>,
    /// The phases that have a planned duration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<PhaseRow>,
    /// The run whose durations are planned by: its name and its head hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<(String, String)>,
    /// Declared people and their roles.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub people: BTreeMap<String, Vec<String>>,
}

/// A phase and its planned duration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseRow {
    /// Its title.
    pub title: String,
    /// 1-based line of its heading.
    pub line: u32,
    /// In seconds, shortest and longest, from the plan's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_s: Option<(u64, u64)>,
    /// In seconds, as the baseline took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsed_s: Option<u64>,
}

/// What an act went past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OverrideKind {
    /// A gate that is not met, or cannot be told.
    Gate,
    /// A time lock that is not open.
    Lock,
    /// Open items before it, past a point of no return.
    Order,
    /// Somebody without the role that it asks for.
    Role,
    /// A second person who has not approved.
    Approval,
    /// A decision that has not been taken.
    Decision,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DecisionKind {
    /// One of several ways.
    Choice,
    /// Whether something is the case.
    Branch,
    /// To go on past a point of no return.
    Go,
    /// Not to.
    NoGo,
}

/// Why users were not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutageKind {
    /// They got nothing, or something wrong.
    Outage,
    /// They got the page that says so.
    Maintenance,
}

/// A value that a second person read out, beside the one that the probe saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadBack {
    /// What was asked for.
    pub fact: String,
    /// What the person typed.
    pub said: String,
    /// What the probe saw; `None` if that cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saw: Option<String>,
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
    /// Planned duration in seconds, shortest and longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_s: Option<(u64, u64)>,
    /// Who must act on it, and whether it can be undone.
    #[serde(default, skip_serializing_if = "Held::is_empty")]
    pub held: Held,
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
    /// The last error, where the state is not good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The whole reading, where one clause does not hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Blob>,
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

    /// Names bytes by a salt that is made of them and of what only this session knows: a pure function, and nobody who
    /// has not the bytes can guess them by their name.
    #[must_use]
    pub fn keep(bytes: &[u8], entropy: &[u8; 32]) -> Blob {
        let mut salt = [0; 16];
        salt.copy_from_slice(&both(entropy, bytes)[..16]);
        Blob::seal(bytes, salt)
    }

    /// Whether these are its bytes.
    #[must_use]
    pub fn fits(&self, bytes: &[u8]) -> bool {
        self.bytes == bytes.len() as u64 && self.sha256 == Blob::hash(&self.salt, bytes)
    }

    fn hash(salt: &str, bytes: &[u8]) -> String {
        Hash(both(salt.as_bytes(), bytes)).to_string()
    }
}

/// The hash of some bytes and those behind them.
fn both(first: &[u8], then: &[u8]) -> [u8; 32] {
    let mut hash = sha256::Pieces::default();
    hash.take(first);
    hash.take(then);
    hash.end()
}

/// The table of a checklist's items, as the first line carries it; what holds them is for who knows the sidecar to say.
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
                planned_s: item.estimate.map(|(least, most)| (least.as_secs(), most.as_secs())),
                held: Held::default(),
            }
        })
        .collect()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
pub(super) fn is_false(value: &bool) -> bool {
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
