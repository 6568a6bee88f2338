//! What a report says, whatever its format.

mod people;

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::Serialize;

use super::when;
use crate::checklist::ItemId;
use crate::record::outage::Sums;
use crate::record::{
    Act, CommandEnd, Deviation, DeviationKind, Entry, ItemState, PhaseSummary, Record, Signoff, Times, Totals,
};
use crate::sample::Kind;
use crate::signoff::event::{OutageKind, RunMode};
use crate::signoff::verify::{Outcome, Place, Signature, Verification};
use crate::signoff::{Actor, At, Via};
use crate::text;

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
            ExceptionKind::Probe => "Checks, copies and comparisons that were not well",
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

    /// From the first to the last act that changed an item's state.
    #[must_use]
    pub fn span(&self) -> Option<(At, At)> {
        let items = || self.record.items.iter();
        let first = items().filter_map(|item| item.first.as_ref()).min_by_key(|act| act.seq)?;
        let last = items().filter_map(|item| item.act.as_ref()).max_by_key(|act| act.seq)?;
        Some((first.at, last.at))
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

    /// The items in the order of their numbers, as indices into [`Record::items`].
    pub fn in_order(&self) -> impl Iterator<Item = usize> {
        self.phases.iter().flat_map(|phase| &phase.items).copied()
    }

    /// What no report of a log can prove, one sentence each.
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
        std::iter::once(tail).chain(rest).collect()
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

    fn gather(&self) -> Vec<Exception> {
        let mut found = self.integrity();
        self.by_people(&mut found);
        self.deviations(&mut found);
        self.entries(&mut found);
        self.outages(&mut found);
        self.probes(&mut found);
        self.attribution(&mut found);
        self.window(&mut found);
        found.sort_by_key(|exception| exception.kind);
        found
    }

    fn integrity(&self) -> Vec<Exception> {
        let mut found = Vec::new();
        if self.verification.outcome == Outcome::Intact {
            return found;
        }
        let mut say =
            |text| found.push(Exception { kind: ExceptionKind::Integrity, act: None, item: None, text });
        for finding in &self.verification.findings {
            say(match finding.line {
                0 => finding.message.clone(),
                line => format!("line {line}: {}", finding.message),
            });
        }
        if self.verification.unlisted > 0 {
            say(format!("and {} more", self.verification.unlisted));
        }
        if self.record.head.seq < self.verification.lines {
            say(format!(
                "this report holds only the {} lines before the first that cannot be trusted; the file has {}",
                self.record.head.seq, self.verification.lines
            ));
        }
        found
    }

    fn item(&self, id: ItemId) -> Option<(usize, String)> {
        let at = *self.record.index.get(&id)?;
        Some((self.numbers.get(at).copied()?, self.record.items.get(at)?.row.text.clone()))
    }

    /// Where the item stands now, if that is elsewhere than where the deviation put it.
    fn since(&self, deviation: &Deviation) -> String {
        let put = match deviation.kind {
            DeviationKind::Failed => ItemState::Failed,
            DeviationKind::Skipped => ItemState::Skipped,
            DeviationKind::Deferred => ItemState::Deferred,
            DeviationKind::Reopened | DeviationKind::Mistick => return String::new(),
        };
        let now = self.record.item(deviation.item).map(|item| item.state).filter(|state| *state != put);
        now.map_or_else(String::new, |state| format!("; now {state}"))
    }

    fn deviations(&self, found: &mut Vec<Exception>) {
        for deviation in &self.record.deviations {
            let kind = match deviation.kind {
                DeviationKind::Failed => ExceptionKind::Failed,
                DeviationKind::Skipped => ExceptionKind::Skipped,
                DeviationKind::Deferred => ExceptionKind::Deferred,
                DeviationKind::Reopened => ExceptionKind::Reopened,
                DeviationKind::Mistick => ExceptionKind::Mistick,
            };
            found.push(Exception {
                kind,
                act: Some(deviation.entry.act.clone()),
                item: self.item(deviation.item),
                text: format!("{}{}", deviation.entry.text, self.since(deviation)),
            });
        }
        for item in &self.record.items {
            let counted = self.record.counts(item);
            let here = self.item(item.row.id);
            if item.state.is_open() && !item.removed && counted {
                let text = item.state.to_string();
                let act = item.act.clone();
                found.push(Exception { kind: ExceptionKind::Open, act, item: here.clone(), text });
            }
            if item.unplanned() {
                let act = item.history.first().map(|entry| entry.act.clone());
                let text = "added in the run".to_owned();
                found.push(Exception { kind: ExceptionKind::Unplanned, act, item: here, text });
            }
        }
    }

    fn entries(&self, found: &mut Vec<Exception>) {
        let plain = |kind, entry: &Entry| Exception {
            kind,
            act: Some(entry.act.clone()),
            item: None,
            text: entry.text.clone(),
        };
        let record = self.record;
        for issue in record.issues.iter().filter(|issue| issue.resolved.is_none()) {
            let mut exception = plain(ExceptionKind::Issue, &issue.opened);
            exception.text = format!("issue {}: {}", issue.number, issue.opened.text);
            exception.item = issue.item.and_then(|item| self.item(item));
            found.push(exception);
        }
        for amendment in &record.amendments {
            found.push(Exception {
                kind: ExceptionKind::Amended,
                act: Some(amendment.act.clone()),
                item: None,
                text: format!("{} (SHA-256 {})", amendment.what, amendment.sha256),
            });
        }
        for rollback in &record.control.rollbacks {
            let mut exception = plain(ExceptionKind::Rollback, &rollback.invoked);
            if let Some(end) = &rollback.stood_down {
                exception.text = format!("{}; stood down by {}: {}", exception.text, end.act.by, end.text);
            }
            found.push(exception);
        }
        for state in record.control.open_states() {
            found.push(Exception {
                kind: ExceptionKind::StillOn,
                act: Some(state.opened.clone()),
                item: self.item(state.item),
                text: state.name.clone(),
            });
        }
        found.extend(record.anomalies.iter().map(|entry| plain(ExceptionKind::Anomaly, entry)));
        found.extend(record.incidents.iter().map(|entry| plain(ExceptionKind::Incident, entry)));
        found.extend(record.ambiguous.iter().map(|entry| plain(ExceptionKind::Attribution, entry)));
    }

    fn outages(&self, found: &mut Vec<Exception>) {
        let Some(until) = self.record.told_until() else { return };
        let mut say =
            |act, text| found.push(Exception { kind: ExceptionKind::Outage, act, item: None, text });
        let sums = self.record.outage(OutageKind::Outage, until);
        let over = |sums: Sums, goal: Option<u64>| {
            let goal = goal.map(Duration::from_secs).filter(|goal| sums.observed > *goal)?;
            Some(format!("for {}, longer than the goal of {}", text::span(sums.observed), text::exact(goal)))
        };
        if let Some(over) = over(sums, self.record.plan.outage_goal_s) {
            say(None, format!("users were not served {over}"));
        }
        let page = self.record.outage(OutageKind::Maintenance, until);
        if let Some(over) = over(page, self.record.plan.maintenance_goal_s) {
            say(None, format!("users saw the maintenance page {over}"));
        }
        let unplanned = self.record.control.outages.iter().filter(|outage| !outage.planned);
        for outage in unplanned.filter(|outage| outage.kind == OutageKind::Outage) {
            let seen = text::span(self.record.seen(outage, until));
            let end = if outage.ended.is_some() { "" } else { ", and its end was not seen" };
            let text = format!("not planned, since {}: {seen} by {}{end}", outage.since, outage.check);
            say(Some(outage.act.clone()), text);
        }
        let unobserved = self.record.unobserved();
        if !unobserved.is_zero() {
            say(None, format!("for {} nobody saw whether users were served", text::span(unobserved)));
        }
    }

    fn probes(&self, found: &mut Vec<Exception>) {
        let mut open: HashMap<_, usize> = HashMap::new();
        for change in self.record.probes.whole() {
            if let Some(at) = open.remove(&change.probe)
                && let Some(Exception { text, .. }) = found.get_mut(at)
            {
                let still = if change.is_trouble() { "still " } else { "" };
                *text = format!("{text}; {still}{} at {}", change.to, change.since);
            }
            // A comparison is told by its runs.
            if change.is_trouble() && change.probe.kind != Kind::Reconcile {
                open.insert(&change.probe, found.len());
                found.push(Exception {
                    kind: ExceptionKind::Probe,
                    act: Some(change.act.clone()),
                    item: None,
                    text: format!("{} {} since {}: {}", change.probe, change.to, change.since, change.saw),
                });
            }
        }
        for (probe, it) in self.record.probes.between().filter(|(_, it)| it.troubles > 0) {
            let (count, more) = (text::grouped(it.troubles), text::grouped(it.changes));
            let (from, to) = (when::utc(it.from), when::utc(it.to));
            let text = format!(
                "{probe} was in trouble {count} more times between {from} and {to}: of its {more} changes then, each is \
                 in the log, none here"
            );
            found.push(Exception { kind: ExceptionKind::Probe, act: None, item: None, text });
        }
        for run in self.record.reconciles.iter().filter(|run| !run.is_good()) {
            let missed =
                run.expected.iter().filter_map(|it| Some(format!("{}, saw {}", it.expect, it.saw.as_ref()?)));
            let why: Vec<String> = run.failed.iter().cloned().chain(missed).collect();
            found.push(Exception {
                kind: ExceptionKind::Probe,
                act: Some(run.act.clone()),
                item: None,
                text: format!("{} is not as expected: {}", run.probe, why.join("; ")),
            });
        }
        for command in &self.record.commands {
            let (act, how) = match &command.ended {
                Some(CommandEnd { exit: Some(0), .. }) => continue,
                Some(CommandEnd { exit: Some(code), act, .. }) => {
                    (act, format!("ended with exit code {code}"))
                }
                Some(CommandEnd { exit: None, act, .. }) => {
                    (act, "was lost: how it ended is not known".to_owned())
                }
                None => (&command.started, "was still running at the end of the log".to_owned()),
            };
            found.push(Exception {
                kind: ExceptionKind::Probe,
                act: Some(act.clone()),
                item: None,
                text: format!("the program {} {how}", command.job),
            });
        }
        for at in open.into_values() {
            if let Some(Exception { text, .. }) = found.get_mut(at) {
                text.push_str("; still so at the end of the log");
            }
        }
    }

    fn attribution(&self, found: &mut Vec<Exception>) {
        for (client, names) in self.record.hands.iter().filter(|(_, names)| names.len() > 1) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let tty = if client.tty.is_empty() { "one terminal" } else { &client.tty };
            let text = format!("{} acted through {tty} (login {})", names.join(", "), client.user);
            found.push(Exception { kind: ExceptionKind::Attribution, act: None, item: None, text });
        }
    }

    fn window(&self, found: &mut Vec<Exception>) {
        let Some((start, end)) = &self.record.plan.window else { return };
        let Some((first, last)) = self.span() else { return };
        let mut say =
            |text| found.push(Exception { kind: ExceptionKind::Window, act: None, item: None, text });
        let parse = |text: &str| DateTime::parse_from_rfc3339(text).ok();
        if let Some(start) = parse(start)
            && first.wall < start
        {
            say(format!("the first act on an item came before the window began, at {}", first.wall));
        }
        if let Some(end) = parse(end)
            && last.wall > end
        {
            say(format!("the last act on an item came after the window ended, at {}", last.wall));
        }
    }
}
