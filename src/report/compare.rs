//! Two runs of a plan beside each other: a rehearsal and the day, or two days.
//!
//! Steps are the same by their identity, else by their words where no other step has them, else where their words are
//! much alike under one heading.

mod pairs;
mod words;

use std::collections::BTreeMap;
use std::path::Path;

use chrono::SecondsFormat;
use serde::Serialize;

use super::document::Standing;
use super::model::{ExceptionKind, Report};
use crate::checklist::identity::heading;
use crate::record::control::Decision;
use crate::record::{Record, Totals};
use crate::signoff::event::{OutageKind, RunMode};
use crate::signoff::verify::Outcome;

/// Two runs beside each other. Spans are in seconds, whole.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The version of this form: 1.
    pub version: u32,
    /// The runs.
    pub runs: Two<Side>,
    /// The plans are the same byte for byte, as last amended.
    pub same_plan: bool,
    /// Less than half of the smaller plan's steps are in both: these are runs of different plans.
    pub different_plans: bool,
    /// Steps that both have.
    pub shared: usize,
    /// From the first act on an item to the last.
    pub took_s: Two<Option<u64>>,
    /// All steps together, the first from the start of the cockpit; what was worked on at once counts once.
    pub worked_s: Two<Option<u64>>,
    /// How long users were not served, as observed; `null` where nothing measured it.
    pub outage_s: Two<Option<u64>>,
    /// How long they saw the maintenance page; `null` where nothing measured it.
    pub maintenance_s: Two<Option<u64>>,
    /// How the steps add up.
    pub counts: BTreeMap<&'static str, Two<usize>>,
    /// Exceptions by kind, of the kinds that there are.
    pub exceptions: Vec<Exceptions>,
    /// Phases in the order of the second run, then those of the first alone.
    pub phases: Vec<Phase>,
    /// Steps that both have, in the order of the second run.
    pub items: Vec<Item>,
    /// Steps that only one has.
    pub only: Two<Vec<Lone>>,
    /// What was decided.
    pub decisions: Vec<Settled>,
}

/// Something of the first run and of the second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Two<T> {
    /// Of the first.
    pub a: T,
    /// Of the second.
    pub b: T,
}

impl Comparison {
    /// 0 if the runs can be compared, 1 if their plans are different ones or a log is not intact.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        u8::from(self.different_plans || !self.runs.a.intact || !self.runs.b.intact)
    }
}

impl<T: PartialEq> Two<T> {
    fn differ(&self) -> bool {
        self.a != self.b
    }
}

/// One of the runs.
#[derive(Clone, Debug, Serialize)]
pub struct Side {
    /// The log's file.
    pub log: String,
    /// The run's name.
    pub run: String,
    /// Live or rehearsal.
    pub mode: RunMode,
    /// The plan's title.
    pub title: String,
    /// SHA-256 of the plan's file.
    pub plan_sha256: String,
    /// When it began, RFC 3339, UTC.
    pub begun: Option<String>,
    /// No step is open.
    pub settled: bool,
    /// The log is what was written, as far as that can be told.
    pub intact: bool,
}

/// Exceptions of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct Exceptions {
    /// The kind.
    pub kind: ExceptionKind,
    /// In words.
    pub title: &'static str,
    /// How many.
    pub count: Two<usize>,
}

/// A phase.
#[derive(Clone, Debug, Serialize)]
pub struct Phase {
    /// Its title, of the second run if it has it.
    pub title: String,
    /// How long it took; what was worked on at once counts once.
    pub took_s: Two<Option<u64>>,
}

/// A step of both runs.
#[derive(Clone, Debug, Serialize)]
pub struct Item {
    /// Its number in each run's report.
    pub number: Two<usize>,
    /// Its phase in the second run.
    pub phase: String,
    /// Its words in the second run.
    pub text: String,
    /// Its words in the first run, if they were others.
    pub was: Option<String>,
    /// How it ended: its state, `removed`, or `not-called-for` of a rollback's steps that nobody took.
    pub state: Two<Standing>,
    /// Why, where that was said.
    pub reason: Two<Option<String>>,
    /// How long it took.
    pub took_s: Two<Option<u64>>,
}

impl Item {
    /// By how many seconds the second run took longer.
    fn longer(&self) -> Option<i64> {
        longer(self.took_s)
    }
}

fn longer(took: Two<Option<u64>>) -> Option<i64> {
    Some(i64::try_from(took.b?).ok()? - i64::try_from(took.a?).ok()?)
}

/// A step of one run.
#[derive(Clone, Debug, Serialize)]
pub struct Lone {
    /// Its number in the run's report.
    pub number: usize,
    /// Its phase.
    pub phase: String,
    /// Its words.
    pub text: String,
    /// How it ended, as of a step of both.
    pub state: Standing,
}

/// A decision, as it stood at the end.
#[derive(Clone, Debug, Serialize)]
pub struct Settled {
    /// Its id in the plan.
    pub id: String,
    /// The words of the item that it belongs to, if it is one item's.
    pub text: Option<String>,
    /// What was chosen; `null` if it was not taken.
    pub choice: Two<Option<String>>,
}

/// Puts two runs beside each other.
#[must_use]
pub(super) fn compare(a: &Report<'_>, b: &Report<'_>) -> Comparison {
    let pairs = pairs::find(a, b);
    let of_b: BTreeMap<usize, usize> = pairs.iter().map(|&(of_a, of_b)| (of_b, of_a)).collect();
    let of_a: BTreeMap<usize, usize> = pairs.iter().copied().collect();
    let least = a.record.items.len().min(b.record.items.len());
    let items = b.in_order().filter_map(|at| item(a, b, *of_b.get(&at)?, at)).collect();
    Comparison {
        version: 1,
        runs: Two { a: side(a), b: side(b) },
        same_plan: a.record.plan.sha256 == b.record.plan.sha256,
        different_plans: pairs.len() * 2 < least,
        shared: pairs.len(),
        took_s: Two { a: whole(a), b: whole(b) },
        worked_s: Two { a: a.together().map(|it| it.as_secs()), b: b.together().map(|it| it.as_secs()) },
        outage_s: Two { a: outage(a.record, OutageKind::Outage), b: outage(b.record, OutageKind::Outage) },
        maintenance_s: Two {
            a: outage(a.record, OutageKind::Maintenance),
            b: outage(b.record, OutageKind::Maintenance),
        },
        counts: counts(&a.totals, &b.totals),
        exceptions: exceptions(a, b),
        phases: phases(a, b),
        items,
        only: Two {
            a: a.in_order().filter(|at| !of_a.contains_key(at)).filter_map(|at| lone(a, at)).collect(),
            b: b.in_order().filter(|at| !of_b.contains_key(at)).filter_map(|at| lone(b, at)).collect(),
        },
        decisions: decisions(a.record, b.record),
    }
}

fn side(report: &Report<'_>) -> Side {
    let record = report.record;
    let log = Path::new(&report.verification.log).file_name().unwrap_or_default();
    let run = record.run.as_ref();
    Side {
        log: log.to_string_lossy().into_owned(),
        run: run.map(|run| run.name.clone()).unwrap_or_default(),
        mode: report.mode(),
        title: record.plan.title.clone(),
        plan_sha256: record.plan.sha256.clone(),
        begun: run.map(|run| run.at.wall.to_rfc3339_opts(SecondsFormat::Secs, true)),
        settled: report.totals.open == 0,
        intact: report.verification.outcome == Outcome::Intact,
    }
}

fn whole(report: &Report<'_>) -> Option<u64> {
    let (first, last) = report.span()?;
    Some((last.wall - first.wall).to_std().unwrap_or_default().as_secs())
}

fn outage(record: &Record, kind: OutageKind) -> Option<u64> {
    record.measured_since()?;
    Some(record.outage(kind, record.told_until()?).observed.as_secs())
}

fn counts(a: &Totals, b: &Totals) -> BTreeMap<&'static str, Two<usize>> {
    let of = |count: fn(&Totals) -> usize| Two { a: count(a), b: count(b) };
    BTreeMap::from([
        ("planned", of(|it| it.planned)),
        ("added", of(|it| it.added)),
        ("done", of(|it| it.done)),
        ("failed", of(|it| it.failed)),
        ("skipped", of(|it| it.skipped)),
        ("not_applicable", of(|it| it.not_applicable)),
        ("deferred", of(|it| it.deferred)),
        ("open", of(|it| it.open)),
        ("removed", of(|it| it.removed)),
    ])
}

fn exceptions(a: &Report<'_>, b: &Report<'_>) -> Vec<Exceptions> {
    let mut kinds: BTreeMap<ExceptionKind, Two<usize>> = BTreeMap::new();
    for exception in &a.exceptions {
        kinds.entry(exception.kind).or_default().a += 1;
    }
    for exception in &b.exceptions {
        kinds.entry(exception.kind).or_default().b += 1;
    }
    kinds.into_iter().map(|(kind, count)| Exceptions { kind, title: kind.title(), count }).collect()
}

/// Phases of one heading are the same, the first with the first.
fn phases(a: &Report<'_>, b: &Report<'_>) -> Vec<Phase> {
    let took = |report: &Report<'_>, items: &[usize]| report.times.together(items).map(|it| it.as_secs());
    let mut left: Vec<_> = a.phases.iter().collect();
    let mut all: Vec<Phase> = Vec::new();
    for phase in &b.phases {
        let same = left.iter().position(|it| heading(&it.title) == heading(&phase.title));
        let before = same.map(|at| left.remove(at)).and_then(|it| took(a, &it.items));
        let took_s = Two { a: before, b: took(b, &phase.items) };
        all.push(Phase { title: phase.title.clone(), took_s });
    }
    all.extend(left.into_iter().map(|phase| {
        let took_s = Two { a: took(a, &phase.items), b: None };
        Phase { title: phase.title.clone(), took_s }
    }));
    all
}

fn item(a: &Report<'_>, b: &Report<'_>, of_a: usize, of_b: usize) -> Option<Item> {
    let (one, other) = (a.record.items.get(of_a)?, b.record.items.get(of_b)?);
    let took = |report: &Report<'_>, at| report.times.item(at).map(|took| took.as_secs());
    Some(Item {
        number: Two { a: *a.numbers.get(of_a)?, b: *b.numbers.get(of_b)? },
        phase: other.row.phase.clone(),
        text: other.row.text.clone(),
        was: Some(one.row.text.clone()).filter(|was| *was != other.row.text),
        state: Two { a: a.standing(one), b: b.standing(other) },
        reason: Two { a: one.reason.clone(), b: other.reason.clone() },
        took_s: Two { a: took(a, of_a), b: took(b, of_b) },
    })
}

fn lone(report: &Report<'_>, at: usize) -> Option<Lone> {
    let item = report.record.items.get(at)?;
    Some(Lone {
        number: *report.numbers.get(at)?,
        phase: item.row.phase.clone(),
        text: item.row.text.clone(),
        state: report.standing(item),
    })
}

/// What was decided at the end, those taken back as not taken.
fn decisions(a: &Record, b: &Record) -> Vec<Settled> {
    let mut all: BTreeMap<&str, (Option<String>, Two<Option<String>>)> = BTreeMap::new();
    let standing = |record: &Record, made: &Decision| {
        record.control.decision(&made.id).map(|standing| standing.choice.clone())
    };
    let text = |record: &Record, made: &Decision| {
        let item = record.items.get(*record.index.get(&record.handle(made.item?))?)?;
        Some(item.row.text.clone())
    };
    for made in &a.control.decisions {
        let (words, choice) = all.entry(&made.id).or_default();
        (*words, choice.a) = (text(a, made), standing(a, made));
    }
    for made in &b.control.decisions {
        let (words, choice) = all.entry(&made.id).or_default();
        (*words, choice.b) = (text(b, made), standing(b, made));
    }
    all.into_iter().map(|(id, (text, choice))| Settled { id: id.to_owned(), text, choice }).collect()
}
