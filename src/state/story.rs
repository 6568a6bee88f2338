//! A log line in one clause, for the event line and an item's history.

mod control;

use crate::checklist::ItemId;
use crate::record::Record;
use crate::sample::Kind;
use crate::signoff::event::{Event, JumpKind};
use crate::signoff::{Actor, Line};
use crate::text;

/// Columns an item's text may take in a clause.
const TEXT: usize = 48;

/// Columns that a change of the plan may take: it names items.
const CHANGE: usize = 200;

/// The line in one clause, as the record stands behind it; `None` for lines that tell a person nothing.
#[must_use]
pub fn clause(line: &Line, record: &Record) -> Option<String> {
    let by = match &line.by {
        Actor::Person(name) => text::clean(name).into_owned(),
        Actor::Machine => String::new(),
    };
    let clean = |of: &str| text::truncate(&text::clean(of), TEXT).into_owned();
    // What was filled in is shown in its place.
    let named = |id: &ItemId, text: &String| {
        let item = record.item(*id).filter(|item| item.row.text == *text);
        item.map_or_else(|| quote(text), |item| quote(&item.in_words()))
    };
    Some(match &line.event {
        Event::RunStarted { .. } => "run started".to_owned(),
        Event::RunResumed { .. } => "run resumed".to_owned(),
        Event::RunEnded { .. } => "cockpit left".to_owned(),
        Event::ItemStarted { item, text, .. } => format!("{by} started {}", named(item, text)),
        Event::ItemDone { item, text, done_by: Some(doer), .. } => {
            format!("{by} ticked {}, done by {}", named(item, text), clean(doer))
        }
        Event::ItemDone { item, text, .. } => format!("{by} ticked {}", named(item, text)),
        Event::ItemFailed { item, text, .. } => format!("{by} failed {}", named(item, text)),
        Event::ItemSkipped { item, text, .. } => format!("{by} skipped {}", named(item, text)),
        Event::ItemNotApplicable { item, text, .. } => format!("{by}: {} does not apply", named(item, text)),
        Event::ItemDeferred { item, text, .. } => format!("{by} deferred {}", named(item, text)),
        Event::ItemReopened { item, text, mistick: true, .. } => {
            format!("{by} took back {}", named(item, text))
        }
        Event::ItemReopened { item, text, .. } => format!("{by} reopened {}", named(item, text)),
        Event::ItemAdded { text, .. } => format!("{by} added {}", quote(text)),
        Event::FieldFilled { label, .. } => format!("{by} filled {}", quote(label)),
        Event::NoteAdded { text, .. } => format!("{by} noted {}", quote(text)),
        Event::TimeClaimed { time, .. } => format!("{by} stated {}", clean(time)),
        Event::IssueOpened { issue, text, .. } => format!("{by} opened issue {issue} {}", quote(text)),
        Event::IssueResolved { issue, .. } => format!("{by} resolved issue {issue}"),
        Event::AttachmentAdded { name, .. } => format!("{by} attached {}", quote(name)),
        Event::CriterionConfirmed { item, text, .. } => format!("{by} confirmed {}", named(item, text)),
        Event::SignoffGiven { name, role, .. } => format!("{} signed off as {}", clean(name), clean(role)),
        Event::OperatorChanged { to, .. } => format!("{} operates", clean(to)),
        // What a comparison found is told by its own line.
        Event::ProbeChanged { probe, .. } if probe.kind == Kind::Reconcile => return None,
        Event::ProbeChanged { probe, to, .. } => format!("{probe} {to}"),
        Event::PlanAmended { what, .. } => {
            format!("plan amended: {}", text::truncate(&text::clean(what), CHANGE))
        }
        Event::ConfigAmended { what, .. } => format!("sidecar amended: {}", clean(what)),
        Event::LogRecovered { bytes, .. } => format!("torn tail of {bytes} bytes set aside"),
        Event::ClockJumped { kind: JumpKind::Step, by_ms } => format!("clock set by {} s", by_ms / 1000),
        Event::ClockJumped { kind: JumpKind::Suspend, by_ms } => {
            format!("machine slept for {} s", by_ms / 1000)
        }
        Event::HeadOffered { .. } => format!("{by} copied the head hash"),
        Event::SignoffSigned { name, .. } => format!("{} signed the sign-off", clean(name)),
        Event::EvidenceRedacted { .. } => format!("{by} took a piece of evidence away"),
        Event::ReadingsStopped { why, .. } => format!("readings are not recorded any more: {}", clean(why)),
        Event::DnsFlipped { record, server, to, .. } => {
            format!("{} {} flipped to {to}", clean(&record.name), clean(server))
        }
        Event::DnsSafe { record, safe, .. } => format!("{} is safe at {}", clean(&record.name), clean(safe)),
        Event::ReconcileRan { probe, expected, failed, .. } => {
            let missed = expected.iter().filter(|expected| expected.saw.is_some()).count();
            match (failed, missed) {
                (Some(_), _) => format!("{probe} failed"),
                (None, 0) => format!("{probe} ok"),
                (None, missed) => format!("{probe}: {}", text::plural(missed, "counter off", "counters off")),
            }
        }
        Event::ExcerptAdded { probe, lines, .. } => format!("{by} put {lines} lines of {probe} on record"),
        Event::NoiseAllowed { probe, pattern } => format!("{by} expects {} in {probe}", quote(pattern)),
        Event::CommandStarted { job, .. } => format!("{by} started {}{}", clean(job), of(record, job)),
        Event::CommandEnded { job, exit: 0, .. } => format!("{} ended", clean(job)),
        Event::CommandEnded { job, exit, .. } => {
            format!("{}{} ended with exit code {exit}", clean(job), of(record, job))
        }
        Event::CommandLost { job } => format!("{}{} is lost", clean(job), of(record, job)),
        Event::ProbeSnapshot { .. } | Event::ProbeGap { .. } | Event::ReadingsSealed { .. } => return None,
        other => return control::clause(other, &by, record),
    })
}

/// An item's text in a clause: `“Stop the workers”`.
pub(super) fn quote(of: &str) -> String {
    format!("“{}”", text::truncate(&text::clean(of), TEXT))
}

/// The item whose command a program is: ` of “Stop the workers”`.
fn of(record: &Record, job: &str) -> String {
    let run = record.commands.iter().rev().find(|run| run.job == job);
    let item = run.and_then(|run| record.item(run.item?));
    item.map_or_else(String::new, |item| {
        format!(" of “{}”", text::truncate(&text::clean(&item.row.text), TEXT))
    })
}
