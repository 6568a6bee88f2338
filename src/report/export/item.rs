//! Items, one entry each.

use schemars::JsonSchema;
use serde::Serialize;

use super::acts::{Act, Attachment, Evidence, ItemRef, Moment, Said};
use crate::checklist::{ItemId, PhaseKind};
use crate::record::{ItemRecord, ItemState};
use crate::report::Report;

/// One item's story.
#[derive(Serialize, JsonSchema)]
#[expect(clippy::struct_excessive_bools, reason = "facts of their own, named on disk")]
pub(super) struct Item<'a> {
    /// Its number in this report, from 1.
    number: usize,
    /// Its identity: the same in every run of a plan, as long as it is not reworded.
    #[schemars(with = "String", regex(pattern = "^[0-9a-f]{16}$"))]
    id: ItemId,
    /// The phase's title.
    phase: &'a str,
    /// The part that the phase plays.
    kind: PhaseKind,
    /// The deeper heading.
    section: Option<&'a str>,
    /// The item it is nested under.
    parent: Option<ItemRef>,
    /// Nesting among items, from 0.
    depth: u8,
    /// Its words, plain.
    text: &'a str,
    /// Its line in the plan; `null` if it never stood in one.
    line: Option<u32>,
    /// Where it stands.
    state: ItemState,
    /// Whether it counts in the totals: an item of a rollback that nobody began does not.
    counts: bool,
    /// Done in the plan's file, not by an act.
    done_in_file: bool,
    /// Added in the run.
    added: bool,
    /// No longer in the plan.
    removed: bool,
    /// The act that put it there.
    act: Option<Act<'a>>,
    /// When work on it began, if that was said.
    started: Option<Moment>,
    /// When the work on it that put it there began: as said, else when the act before it was.
    start: Option<Moment>,
    /// When it was settled.
    end: Option<Moment>,
    /// Planned duration in seconds.
    planned_s: Option<Planned>,
    /// How long it took, all tries together, in seconds.
    took_s: Option<u64>,
    /// A time that was stated beside the recorded one.
    time_stated: Option<&'a str>,
    /// Another doer than who ticked.
    done_by: Option<&'a str>,
    /// Why it failed, was skipped, deferred, or does not apply.
    reason: Option<&'a str>,
    /// The decision that made it not apply, by its id.
    closed_by: Option<&'a str>,
    /// What the plan asks of people.
    asks: Asks<'a>,
    /// Its blanks, those that are no longer in the plan last.
    fields: Vec<Field<'a>>,
    /// What the checks showed at the act.
    evidence: Vec<Evidence<'a>>,
    /// Notes on it.
    notes: Vec<Said<'a>>,
    /// Files attached to it.
    attachments: Vec<Attachment<'a>>,
    /// Issues opened on it, by number.
    issues: &'a [u32],
    /// Every state it was put into.
    turns: Vec<Turn<'a>>,
    /// Every act on it, one clause each.
    history: Vec<Said<'a>>,
}

/// A range of planned time.
#[derive(Serialize, JsonSchema)]
pub(super) struct Planned {
    /// At least so many seconds.
    least: u64,
    /// At most so many seconds.
    most: u64,
}

impl From<(u64, u64)> for Planned {
    fn from((least, most): (u64, u64)) -> Planned {
        Planned { least, most }
    }
}

/// What the plan asks of people at an item.
#[derive(Serialize, JsonSchema)]
struct Asks<'a> {
    /// The roles that who ticks must have.
    roles: &'a [String],
    /// How many persons must approve, who ticks among them; 0 if nobody else.
    approve: u32,
    /// Behind it there is no way back.
    no_return: bool,
    /// Whether it can be undone; `null` if the plan does not say.
    undo: Option<bool>,
}

/// A blank.
#[derive(Serialize, JsonSchema)]
struct Field<'a> {
    /// Its number in the item, from 1.
    number: u32,
    /// The text before it.
    label: &'a str,
    /// What was filled in; of a secret only a description.
    value: Option<&'a str>,
    /// The value is a description.
    secret: bool,
    /// It is still in the plan.
    in_plan: bool,
    /// Who filled it, and when.
    act: Option<Act<'a>>,
}

/// A state that an item was put into.
#[derive(Serialize, JsonSchema)]
struct Turn<'a> {
    state: ItemState,
    act: Act<'a>,
}

impl<'a> Item<'a> {
    pub(super) fn of(report: &'a Report<'a>, at: usize) -> Option<Item<'a>> {
        let item = report.record.items.get(at)?;
        let row = &item.row;
        let (start, end) = report.worked(at).unzip();
        Some(Item {
            number: report.numbers.get(at).copied().unwrap_or_default(),
            id: row.id,
            phase: &row.phase,
            kind: row.kind,
            section: row.section.as_deref(),
            parent: row.parent.map(|id| ItemRef::of(report, id)),
            depth: row.depth,
            text: &row.text,
            line: Some(row.line).filter(|line| *line > 0),
            state: item.state,
            counts: report.record.counts(item),
            done_in_file: item.done_in_file(),
            added: item.added,
            removed: item.removed,
            act: item.act.as_ref().map(|act| Act::of(report, act)),
            started: item.started.map(Moment::from),
            start: start.flatten().map(Moment::from),
            end: end.map(Moment::from),
            planned_s: row.planned_s.map(Planned::from),
            took_s: report.times.item(at).map(|took| took.as_secs()),
            time_stated: item.claimed.as_deref(),
            done_by: item.done_by.as_deref(),
            reason: item.reason.as_deref(),
            closed_by: item.closed_by.as_deref(),
            asks: Asks {
                roles: &row.held.roles,
                approve: row.held.approve,
                no_return: row.held.no_return,
                undo: row.held.undo,
            },
            fields: fields(report, item),
            evidence: Evidence::all(&item.evidence),
            notes: item.notes.iter().map(|it| Said::of(report, it)).collect(),
            attachments: item.attachments.iter().map(|it| Attachment::of(report, it)).collect(),
            issues: &item.issues,
            turns: item
                .turns
                .iter()
                .map(|(state, act)| Turn { state: *state, act: Act::of(report, act) })
                .collect(),
            history: item.history.iter().map(|it| Said::of(report, it)).collect(),
        })
    }
}

fn fields<'a>(report: &Report<'_>, item: &'a ItemRecord) -> Vec<Field<'a>> {
    let in_plan = (0..).zip(&item.row.fields).map(|(at, row)| {
        let filled = item.fields.get(&at);
        Field {
            number: at + 1,
            label: &row.label,
            value: filled.map(|it| it.value.as_str()),
            secret: row.secret || filled.is_some_and(|it| it.secret),
            in_plan: true,
            act: filled.map(|it| Act::of(report, &it.act)),
        }
    });
    let blanks = u32::try_from(item.row.fields.len()).unwrap_or(u32::MAX);
    let gone = item.fields.range(blanks..).map(|(at, filled)| Field {
        number: at.saturating_add(1),
        label: &filled.label,
        value: Some(&filled.value),
        secret: filled.secret,
        in_plan: false,
        act: Some(Act::of(report, &filled.act)),
    });
    in_plan.chain(gone).collect()
}
