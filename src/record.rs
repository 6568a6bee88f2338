//! What the log says: the state of every item, issue and probe, by one interpreter.
//!
//! Start, resume, watch, report and the live cockpit all use the same [`apply()`]. A [`Record`] changes only by it.

mod amend;
mod apply;
mod blanks;
mod changes;
pub mod control;
mod cost;
mod duty;
mod machine;
pub mod outage;

pub mod role;
mod rules;
pub mod status;
pub mod times;
mod totals;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::checklist::ItemId;
use crate::config::outline::Outline;
use crate::sample::{ProbeId, ProbeState};
use crate::signoff::event::{Blob, Evidence, PlanText, Row, RunMode};
use crate::signoff::{ActId, At, Client, Head, Via};

pub use crate::signoff::person::same_person;
pub use amend::Amendment;
pub use apply::apply;
pub use changes::{Between, Changes};
pub use control::Control;
pub use cost::Cost;
pub use duty::Duty;
pub use machine::{
    CommandEnd, CommandRun, Excerpt, Flip, Noise, ProbeChange, Readings, ReconcileRun, SafeTime,
};
pub use role::Outside;
pub use rules::{Conflict, MISTICK_WITHIN, check};
pub use times::{Mark, Times};
pub use totals::PhaseSummary;

/// The run as its log tells it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// The last line that was applied.
    pub head: Head,
    /// The first line's facts; `None` before the first line.
    pub run: Option<Run>,
    /// The plan as last embedded.
    pub plan: PlanText,
    /// Its sidecar in outline.
    pub outline: Outline,
    /// Checks that users reach, and since when each was looked at: outages are told by them alone.
    pub public: BTreeMap<ProbeId, At>,
    /// Every item ever seen, planned in document order of the last plan, then removed ones.
    pub items: Vec<ItemRecord>,
    /// Index into `items` by the id of first sight.
    pub index: HashMap<ItemId, usize>,
    /// Ids of an amended plan to the id of first sight, where they differ.
    pub handles: HashMap<ItemId, ItemId>,
    /// Issues, by number from 1.
    pub issues: Vec<Issue>,
    /// Notes on the run.
    pub notes: Vec<Entry>,
    /// Attachments to the run.
    pub attachments: Vec<Attachment>,
    /// Sign-offs.
    pub signoffs: Vec<Signoff>,
    /// State changes of probes.
    pub probes: Changes,
    /// Name servers whose answers changed, in order.
    pub flips: Vec<Flip>,
    /// From when on no cache may hold an old answer.
    pub safe_times: Vec<SafeTime>,
    /// Comparisons of source and target, in order.
    pub reconciles: Vec<ReconcileRun>,
    /// Lines of logs on record, in order.
    pub excerpts: Vec<Excerpt>,
    /// Log lines that are expected, in order.
    pub noise: Vec<Noise>,
    /// Programs that were started, in order.
    pub commands: Vec<CommandRun>,
    /// Starts and resumes, in order.
    pub sessions: Vec<Session>,
    /// Boots of the machine that they were in, in order.
    pub boots: Vec<times::Boot>,
    /// Plan and sidecar amendments, in order.
    pub amendments: Vec<Amendment>,
    /// Everything else an auditor reads first: recovered tails, clock jumps, probe gaps, changes of hands.
    pub incidents: Vec<Entry>,
    /// Acts that were not plain progress, in order: they stay here whatever became of the item later.
    pub deviations: Vec<Deviation>,
    /// The last state of every probe that the log tells of.
    pub probe_states: BTreeMap<ProbeId, ProbeState>,
    /// Head hashes said to be kept elsewhere, in order.
    pub anchors: Vec<Anchor>,
    /// Files of recorded readings, in order.
    pub readings: Vec<Readings>,
    /// Evidence that was taken away, by its salted SHA-256: who and why.
    pub redacted: BTreeMap<String, Entry>,
    /// Everybody who acted, by name.
    pub people: BTreeMap<String, Person>,
    /// Who acted through which client (without tmux: the terminal, as process 0).
    pub hands: BTreeMap<Client, BTreeSet<String>>,
    /// Acts whose typist is not certain: two clients were active.
    pub ambiguous: Vec<Entry>,
    /// Who operates now.
    pub operator: Option<String>,
    /// Gates, approvals, decisions, rollback, outages, temporary states, timers.
    pub control: Control,
    /// Lines that make no sense where they stand (an item unknown, an issue resolved twice).
    pub anomalies: Vec<Entry>,
    /// Events applied.
    pub events: u64,
}

/// Facts of the first line.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The run's id, on every line.
    pub id: String,
    /// Its name: the log's file name without `.signoff.jsonl`.
    pub name: String,
    /// Live or rehearsal.
    pub mode: RunMode,
    /// Program and version that began it.
    pub tool: String,
    /// When.
    pub at: At,
    /// Who began it.
    pub by: String,
}

/// One item's story.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemRecord {
    /// The item as the plan has it now.
    pub row: Row,
    /// Where it stands.
    pub state: ItemState,
    /// The act that put it there; `None` while untouched.
    pub act: Option<Act>,
    /// The first act that changed its state, whatever came later.
    pub first: Option<Act>,
    /// When work on it began, if that was said.
    pub started: Option<At>,
    /// Every act that changed its state, in order, and into which.
    pub turns: Vec<(ItemState, Act)>,
    /// Why, for failed, skipped, not applicable, deferred.
    pub reason: Option<String>,
    /// A time stated beside the recorded one.
    pub claimed: Option<String>,
    /// Another doer than the operator.
    pub done_by: Option<String>,
    /// Values of its blanks, by their number.
    pub fields: BTreeMap<u32, FieldValue>,
    /// Notes on it.
    pub notes: Vec<Entry>,
    /// Files attached to it.
    pub attachments: Vec<Attachment>,
    /// What the probes showed at the act.
    pub evidence: Vec<Evidence>,
    /// Issues opened on it, by number.
    pub issues: Vec<u32>,
    /// Every act on it, in order, one clause each.
    pub history: Vec<Entry>,
    /// The decision that made it not apply, by its id.
    pub closed_by: Option<String>,
    /// The change of the plan that last reworded or moved it.
    pub amended: Option<Act>,
    /// When an edit of the plan's file ticked its box, of an item that nobody has touched.
    pub ticked_in_file: Option<Act>,
    /// Added in the run.
    pub added: bool,
    /// No longer in the plan.
    pub removed: bool,
}

impl ItemRecord {
    /// An untouched item of the plan; one that the file has ticked is done.
    #[must_use]
    pub fn new(row: Row) -> ItemRecord {
        let state = if row.checked { ItemState::Done } else { ItemState::Open };
        ItemRecord {
            row,
            state,
            act: None,
            first: None,
            started: None,
            turns: Vec::new(),
            reason: None,
            claimed: None,
            done_by: None,
            fields: BTreeMap::new(),
            notes: Vec::new(),
            attachments: Vec::new(),
            evidence: Vec::new(),
            issues: Vec::new(),
            history: Vec::new(),
            closed_by: None,
            amended: None,
            ticked_in_file: None,
            added: false,
            removed: false,
        }
    }

    /// A step that stands in no plan: it was added by an act.
    #[must_use]
    pub fn unplanned(&self) -> bool {
        self.row.line == 0
    }

    /// Done by the plan's file, not by an act.
    #[must_use]
    pub fn done_in_file(&self) -> bool {
        self.state == ItemState::Done && self.act.is_none()
    }
}

/// Where an item stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ItemState {
    /// To do.
    #[default]
    Open,
    /// Its clock runs.
    Started,
    /// Ticked, in the run or in the file.
    Done,
    /// Failed, with a reason.
    Failed,
    /// Left out on purpose, with a reason.
    Skipped,
    /// Does not apply.
    NotApplicable,
    /// Put off to a later day.
    Deferred,
}

impl ItemState {
    /// All states.
    pub const ALL: [ItemState; 7] = [
        ItemState::Open,
        ItemState::Started,
        ItemState::Done,
        ItemState::Failed,
        ItemState::Skipped,
        ItemState::NotApplicable,
        ItemState::Deferred,
    ];

    /// Still to be dealt with in this run.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, ItemState::Open | ItemState::Started)
    }
}

impl fmt::Display for ItemState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ItemState::Open => "open",
            ItemState::Started => "started",
            ItemState::Done => "done",
            ItemState::Failed => "failed",
            ItemState::Skipped => "skipped",
            ItemState::NotApplicable => "not applicable",
            ItemState::Deferred => "deferred",
        })
    }
}

/// An act on an item that was not plain progress.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation {
    /// What kind.
    pub kind: DeviationKind,
    /// On which item.
    pub item: ItemId,
    /// Who, when, and the reason given.
    pub entry: Entry,
}

/// The kinds of deviation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeviationKind {
    /// It failed.
    Failed,
    /// It was left out.
    Skipped,
    /// It was put off.
    Deferred,
    /// It was opened again.
    Reopened,
    /// It was ticked by mistake and undone at once by the same person.
    Mistick,
}

/// A head hash that was given to another place.
#[derive(Clone, Debug, PartialEq)]
pub struct Anchor {
    /// The hash.
    pub head: String,
    /// Where it is kept.
    pub place: String,
    /// Who and when.
    pub act: Act,
}

/// What somebody did in the run, in short.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// How many lines are theirs.
    pub acts: u64,
    /// The first.
    pub first: At,
    /// The last.
    pub last: At,
}

/// Who did something, when, through which terminal.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// The line.
    pub seq: u64,
    /// The act's id: acts of one key stroke on several items have consecutive ones.
    pub id: ActId,
    /// When.
    pub at: At,
    /// Who.
    pub by: String,
    /// Through which terminal.
    pub via: Via,
}

/// An act and what it said.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Who and when.
    pub act: Act,
    /// One clause, outside text not yet made safe.
    pub text: String,
}

/// A blank's value.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldValue {
    /// The blank's label when it was filled: the value stays with it wherever it goes in the text.
    pub label: String,
    /// The value; of a secret, only its description.
    pub value: String,
    /// It is a description.
    pub secret: bool,
    /// Who and when.
    pub act: Act,
}

/// An issue and its resolution.
#[derive(Clone, Debug, PartialEq)]
pub struct Issue {
    /// From 1.
    pub number: u32,
    /// What it is.
    pub opened: Entry,
    /// The item it belongs to.
    pub item: Option<ItemId>,
    /// How it ended.
    pub resolved: Option<Entry>,
}

/// A file kept with the record.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Where its bytes are.
    pub blob: Blob,
    /// Who and when.
    pub act: Act,
}

/// A named approval.
#[derive(Clone, Debug, PartialEq)]
pub struct Signoff {
    /// The name given.
    pub name: String,
    /// In what role.
    pub role: String,
    /// What was signed.
    pub statement: String,
    /// The item of the plan that asked for it.
    pub item: Option<ItemId>,
    /// Temporary states that were left on.
    pub open: Vec<String>,
    /// Signatures over its line, in order.
    pub signatures: Vec<Signature>,
    /// Who and when.
    pub act: Act,
}

/// A signature over a sign-off's line.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// Who signed, as they say.
    pub name: String,
    /// The SSH signature, armoured.
    pub signature: String,
    /// When it was put on record, and through which terminal.
    pub act: Act,
}

/// A start or resume of the cockpit.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Program and version.
    pub tool: String,
    /// The machine's boot.
    pub boot_id: String,
    /// The process.
    pub pid: u32,
    /// Who and when.
    pub act: Act,
    /// Left in good order, with its reason; `None` if still open or crashed.
    pub ended: Option<Entry>,
}

/// How the items add up.
///
/// `planned + added = done + failed + skipped + not_applicable + deferred + open + removed`; rollback items that
/// were never invoked are in `rollback` and in nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the count its name says")]
pub struct Totals {
    pub planned: usize,
    pub added: usize,
    pub done: usize,
    /// Of the done, those ticked in the file before the run.
    pub done_in_file: usize,
    pub failed: usize,
    pub skipped: usize,
    pub not_applicable: usize,
    pub deferred: usize,
    /// Open or started.
    pub open: usize,
    /// No longer in the plan, whatever was done on them before.
    pub removed: usize,
    /// Of the removed, those that were done.
    pub removed_done: usize,
    /// Items of rollback phases that do not [count](Record::counts).
    pub rollback: usize,
}

impl Record {
    /// The item of that id: the id of first sight, or one that an amended plan gave it.
    #[must_use]
    pub fn item(&self, id: ItemId) -> Option<&ItemRecord> {
        self.items.get(self.position(id)?)
    }

    fn position(&self, id: ItemId) -> Option<usize> {
        self.index.get(&id).or_else(|| self.index.get(self.handles.get(&id)?)).copied()
    }

    /// The id that events call this item of the present plan by.
    #[must_use]
    pub fn handle(&self, id: ItemId) -> ItemId {
        self.handles.get(&id).copied().unwrap_or(id)
    }

    /// Rollback was invoked and is under way.
    #[must_use]
    pub fn rolling_back(&self) -> bool {
        self.control.rollback().is_some()
    }
}

#[cfg(test)]
mod tests;
