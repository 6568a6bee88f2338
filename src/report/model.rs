//! What a report says, whatever its format.

mod exceptions;
mod people;

use std::cell::OnceCell;
use std::time::Duration;

use chrono::TimeDelta;
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::Serialize;

use super::document::{Rich, Standing, outside, rich};
use super::seals::Seals;
use crate::checklist::ItemId;
use crate::record::{Act, ItemRecord, ItemState, PhaseSummary, Record, Signoff, Times, Totals};
use crate::signoff::event::{Blob, RunMode};
use crate::signoff::verify::{Place, Signature, Verification};
use crate::signoff::{Actor, At, Via};

/// A report before it has a form.
#[derive(Debug)]
pub struct Report<'a> {
    /// What the log says.
    pub record: &'a Record,
    /// Whether it can be believed.
    pub verification: &'a Verification,
    /// When the report was made.
    pub generated: At,
    /// The zone whose clock stands beside UTC; without one, that of the host as each line has it.
    pub zone: Option<Tz>,
    /// How the items add up.
    pub totals: Totals,
    /// The phases in order.
    pub phases: Vec<PhaseSummary>,
    /// The item's number in this report, from 1, by its index in the record.
    pub numbers: Vec<usize>,
    /// When each item was worked on.
    pub times: Times,
    /// What an auditor reads first, by kind, in the order of the log.
    pub exceptions: Vec<Exception>,
    /// The terminals that people acted through, in the order of the log.
    pub terminals: Vec<Via>,
    /// Looked at once.
    seals: OnceCell<Seals>,
}

/// Something that was not plain progress.
#[derive(Clone, Debug, PartialEq)]
pub struct Exception {
    /// What kind.
    pub kind: ExceptionKind,
    /// Who and when, if it is an act.
    pub act: Option<Act>,
    /// The item it is about: its number in the report and its text.
    pub item: Option<(usize, String)>,
    /// What happened, outside text.
    pub text: String,
}

/// The kinds of exception, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExceptionKind {
    /// The log is not what was written.
    Integrity,
    /// An act went past what stood in its way.
    Override,
    /// Somebody acted who has not the role that the item asks for.
    Outside,
    /// What asks for two has one person, or one terminal.
    OneTerminal,
    /// It was decided not to go on.
    NoGo,
    /// An item failed.
    Failed,
    /// An item was left out.
    Skipped,
    /// An item was put off.
    Deferred,
    /// An item was opened again.
    Reopened,
    /// A tick was undone at once by who made it.
    Mistick,
    /// An item is open at the end.
    Open,
    /// An issue is not resolved.
    Issue,
    /// Back to the old side.
    Rollback,
    /// A temporary state that nobody ended.
    StillOn,
    /// The plan or the sidecar was changed in the run.
    Amended,
    /// A step was not in the plan.
    Unplanned,
    /// A line of the log makes no sense where it stands.
    Anomaly,
    /// Torn tails, clock jumps, probe gaps, changes of hands, sessions that were cut off.
    Incident,
    /// Users were not served: longer than the goal, unplanned, or for a time that nobody saw.
    Outage,
    /// A check was down.
    Probe,
    /// Evidence was taken away.
    Redacted,
    /// It is not certain who acted.
    Attribution,
    /// Work went on past the window.
    Window,
}

/// What a log cannot prove, whatever is done to check it.
const NOT_PROVEN: [&str; 2] = [
    "Times are those of the local clock of the host; steps of it that were noticed are listed.",
    "That an item was done, beyond what the checks showed at that moment, rests on the word of who ticked it.",
];

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

impl ExceptionKind {
    /// The heading over exceptions of that kind.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            ExceptionKind::Integrity => "The log is not intact",
            ExceptionKind::Override => "Acts that went past what stood in their way",
            ExceptionKind::Outside => "Acts outside a role",
            ExceptionKind::OneTerminal => "One terminal or one person for two",
            ExceptionKind::NoGo => "No-go decisions",
            ExceptionKind::Failed => "Failures",
            ExceptionKind::Skipped => "Skipped items",
            ExceptionKind::Deferred => "Deferred items",
            ExceptionKind::Reopened => "Reopened items",
            ExceptionKind::Mistick => "Mis-ticks, undone within 30 seconds by who made them",
            ExceptionKind::Open => "Items open at the end",
            ExceptionKind::Issue => "Unresolved issues",
            ExceptionKind::Rollback => "Rollback",
            ExceptionKind::StillOn => "Temporary states that are still on",
            ExceptionKind::Amended => "Changes of the plan during the run",
            ExceptionKind::Unplanned => "Unplanned steps",
            ExceptionKind::Anomaly => "Anomalies in the log",
            ExceptionKind::Incident => "Incidents of the record",
            ExceptionKind::Outage => "Outage",
            ExceptionKind::Probe => "Trouble with checks, copies and comparisons",
            ExceptionKind::Redacted => "Evidence that was taken away",
            ExceptionKind::Attribution => "Uncertain attribution",
            ExceptionKind::Window => "Outside the window",
        }
    }
}

impl<'a> Report<'a> {
    /// Gathers a report.
    #[must_use]
    pub fn new(record: &'a Record, verification: &'a Verification, generated: At) -> Report<'a> {
        let phases = record.phases();
        let mut numbers = vec![0; record.items.len()];
        for (number, &at) in phases.iter().flat_map(|phase| &phase.items).enumerate() {
            numbers[at] = number + 1;
        }
        let mut report = Report {
            record,
            verification,
            generated,
            zone: None,
            totals: record.totals(),
            phases,
            numbers,
            times: record.times(),
            exceptions: Vec::new(),
            terminals: Vec::new(),
            seals: OnceCell::new(),
        };
        report.exceptions = report.gather();
        report.terminals = report.terminals();
        report
    }

    /// Live or rehearsal.
    #[must_use]
    pub fn mode(&self) -> RunMode {
        self.record.run.as_ref().map(|run| run.mode).unwrap_or_default()
    }

    /// Which log the report is of, and how far: every format ends with it, on a line or in a field of its own, for
    /// `cutover verify --report`.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            run: self.record.run.as_ref().map(|run| run.id.clone()).unwrap_or_default(),
            lines: self.record.head.seq,
            head: self.record.head.hash.to_string(),
        }
    }

    /// The signatures under a sign-off, as they were checked.
    pub fn signatures(&self, signoff: &Signoff) -> impl Iterator<Item = &Signature> {
        self.verification.signatures.iter().filter(|found| found.signs == signoff.act.seq)
    }

    /// Whether a key signed a sign-off or only a name was typed, in words that stand behind `signed off by`.
    #[must_use]
    pub fn hand(&self, signoff: &Signoff) -> String {
        let keys: Vec<String> =
            self.signatures(signoff).map(|it| format!("key signature {}", it.standing)).collect();
        if keys.is_empty() { "by name alone, no key signed".to_owned() } else { keys.join("; ") }
    }

    /// That bytes were taken away on purpose: by whom, when, why.
    pub(super) fn taken_away(&self, blob: &Blob) -> Option<Rich<'_>> {
        let entry = self.record.redacted.get(&blob.sha256)?;
        Some(rich![" (taken away: ", outside(&entry.text), " – ", self.who(&entry.act), ")"])
    }

    /// From the first to the last act that changed an item's state.
    #[must_use]
    pub fn span(&self) -> Option<(At, At)> {
        let items = || self.record.items.iter();
        let first = items().filter_map(|item| item.first.as_ref()).min_by_key(|act| act.seq)?;
        let last = items().filter_map(|item| item.act.as_ref()).max_by_key(|act| act.seq)?;
        Some((first.at, last.at))
    }

    /// How long was worked on all steps; what was worked on at once counts once.
    #[must_use]
    pub fn together(&self) -> Option<Duration> {
        self.times.together(&self.in_order().collect::<Vec<_>>())
    }

    /// Whether it is made of all lines, and not only of those before the first that cannot be trusted.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.record.head.seq >= self.verification.lines
    }

    /// How it ended, in one sentence.
    #[must_use]
    pub fn verdict(&self) -> String {
        let totals = self.totals;
        match (totals.open, totals.failed) {
            (0, 0) if totals.deferred > 0 => {
                format!("Every item is settled; {} put off to a later day.", totals.deferred)
            }
            (0, 0) => format!("Every one of the {} items is settled.", totals.present()),
            (0, failed) => format!("Every item is settled; {failed} failed."),
            (open, 0) => format!("{open} of {} items are open.", totals.present()),
            (open, failed) => format!("{open} of {} items are open, {failed} failed.", totals.present()),
        }
    }

    /// How many have signed, in one sentence.
    #[must_use]
    pub fn signed(&self) -> String {
        match self.record.signoffs.len() {
            0 => "No sign-off was given.".to_owned(),
            1 => "One sign-off was given.".to_owned(),
            n => format!("{n} sign-offs were given."),
        }
    }

    /// The number of the terminal that a person acted through, from 1.
    #[must_use]
    pub fn terminal(&self, act: &Act) -> Option<usize> {
        self.terminals.iter().position(|via| *via == act.via).map(|at| at + 1)
    }

    /// The item's number in this report, from 1.
    #[must_use]
    pub fn number(&self, id: ItemId) -> Option<usize> {
        self.numbers.get(*self.record.index.get(&id)?).copied()
    }

    /// When the work that settled an item began, as far as that is known, and when it ended.
    #[must_use]
    pub fn worked(&self, at: usize) -> Option<(Option<At>, At)> {
        let item = self.record.items.get(at)?;
        let end = item.act.as_ref().filter(|_| !item.state.is_open())?.at;
        let worked = matches!(item.state, ItemState::Done | ItemState::Failed | ItemState::Skipped);
        let span = self.times.items.get(at).and_then(|spans| spans.last()).filter(|_| worked);
        let start = span.map(|(from, to)| {
            let took = TimeDelta::from_std(to.saturating_sub(*from)).unwrap_or_default();
            At { wall: end.wall - took, ..end }
        });
        Some((start, end))
    }

    /// Where an item stands, as the totals count it.
    #[must_use]
    pub fn standing(&self, item: &ItemRecord) -> Standing {
        match item.state {
            _ if item.removed => Standing::Removed,
            _ if !self.record.counts(item) => Standing::NotCalledFor,
            state => Standing::Counts(state),
        }
    }

    /// The items in the order of their numbers, as indices into [`Record::items`].
    pub fn in_order(&self) -> impl Iterator<Item = usize> {
        self.phases.iter().flat_map(|phase| &phase.items).copied()
    }

    /// Whether the recorded readings beside the log are what it sealed.
    pub(super) fn seals(&self) -> &Seals {
        self.seals.get_or_init(|| Seals::of(self.record, &self.verification.log))
    }

    /// What no report of a log can prove, and what this one cannot, one sentence each.
    #[must_use]
    pub fn not_proven(&self) -> Vec<String> {
        let tail = format!("{}.", capitalised(&self.verification.not_proven));
        let names = if self.verification.signatures.is_empty() {
            "Names are declared, not proven: who typed a name is known only by login and terminal."
        } else {
            "Names are declared, not proven, but for signers whose keys you know: who typed another name is known only \
             by login and terminal."
        };
        let rest = std::iter::once(names).chain(NOT_PROVEN).map(str::to_owned);
        let readings = self.seals().said().into_iter().map(|said| format!("Recorded readings {said}"));
        std::iter::once(tail).chain(rest).chain(readings).collect()
    }

    fn terminals(&self) -> Vec<Via> {
        let record = self.record;
        let items = record.items.iter().flat_map(|item| &item.history).map(|entry| &entry.act);
        let entries = record.notes.iter().chain(&record.incidents).chain(&record.anomalies);
        let issues = record.issues.iter().map(|issue| &issue.opened);
        let ends = record.issues.iter().filter_map(|issue| issue.resolved.as_ref());
        let mut acts: Vec<&Act> = record.sessions.iter().map(|session| &session.act).collect();
        acts.extend(items);
        acts.extend(entries.chain(issues).chain(ends).map(|entry| &entry.act));
        acts.extend(record.signoffs.iter().map(|signoff| &signoff.act));
        acts.extend(record.attachments.iter().map(|attachment| &attachment.act));
        acts.extend(record.amendments.iter().map(|amendment| &amendment.act));
        acts.extend(record.redacted.values().map(|entry| &entry.act));
        acts.extend(record.anchors.iter().map(|anchor| &anchor.act));
        acts.extend(record.control.approvals.iter().map(|approval| &approval.act));
        acts.extend(record.control.overrides.iter().map(|past| &past.entry.act));
        acts.extend(record.control.decisions.iter().map(|made| &made.act));
        acts.extend(record.control.rollbacks.iter().map(|rollback| &rollback.invoked.act));
        acts.retain(|act| act.by != Actor::RESERVED);
        acts.sort_by_key(|act| act.seq);
        let mut terminals: Vec<Via> = Vec::new();
        for act in acts {
            if !terminals.contains(&act.via) {
                terminals.push(act.via.clone());
            }
        }
        terminals
    }
}
