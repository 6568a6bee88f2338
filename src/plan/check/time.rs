//! What was understood of time: durations, waits and what they count from, due times, the goal of the outage.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::{Estimate, Report};
use crate::checklist::{Due, ItemId};
use crate::plan::Plan;
use crate::plan::rules::{Anchor, Lock};
use crate::text;

/// Rows of a list of times at most; the JSON has them all.
const ROWS: usize = 40;

/// A time lock.
#[derive(Serialize)]
pub(super) struct WaitOut<'a> {
    words: &'a str,
    line: u32,
    min_s: u64,
    max_s: Option<u64>,
    after: Option<String>,
    anchor: Option<AnchorOut>,
    items: usize,
    item: Option<ItemId>,
}

/// What a time lock counts from.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum AnchorOut {
    Item { line: u32 },
    Phase { line: u32 },
    Moment { at: String },
    Dns { records: Vec<String> },
}

impl Estimate {
    pub(super) fn of((min, max): (Duration, Duration)) -> Estimate {
        Estimate { min_s: min.as_secs(), max_s: max.as_secs() }
    }

    /// `10m`, `10m to 15m`.
    pub(super) fn words(&self) -> String {
        let of = |seconds| text::short(Duration::from_secs(seconds));
        let (min, max) = (of(self.min_s), of(self.max_s));
        if min == max { min } else { format!("{min} to {max}") }
    }
}

/// `T-60m`, `06:30`, `22:00 UTC`.
pub(super) fn due(due: Due) -> String {
    match due {
        Due::Relative(seconds) => {
            let sign = if seconds < 0 { '-' } else { '+' };
            format!("T{sign}{}", text::exact(Duration::from_secs(seconds.unsigned_abs())))
        }
        Due::Clock { time, utc } => {
            format!("{}{}", time.format("%H:%M"), if utc { " UTC" } else { "" })
        }
    }
}

/// The time locks of a plan.
pub(super) fn waits(plan: &Plan) -> Vec<WaitOut<'_>> {
    let list = &plan.checklist;
    let of = |group: &Vec<usize>| {
        let lock = plan.rules.items.get(*group.first()?)?.lock.as_ref()?;
        let item = list.items.get(lock.first)?;
        let (after, anchor) = anchor(plan, lock).unzip();
        Some(WaitOut {
            words: &lock.words,
            line: item.line,
            min_s: lock.least.as_secs(),
            max_s: lock.most.map(|most| most.as_secs()),
            after,
            anchor,
            items: group.len(),
            item: Some(item.id),
        })
    };
    plan.rules.locks.iter().filter_map(of).collect()
}

fn anchor(plan: &Plan, lock: &Lock) -> Option<(String, AnchorOut)> {
    let list = &plan.checklist;
    Some(match lock.anchor.as_ref()? {
        Anchor::Item(at) => {
            let item = list.items.get(*at)?;
            (
                format!("“{}”", text::truncate(&text::clean(&item.text), 60)),
                AnchorOut::Item { line: item.line },
            )
        }
        Anchor::Phase(at) => {
            let phase = list.phases.get(*at)?;
            let words = format!("all of “{}”", text::truncate(&text::clean(&phase.title), 60));
            (words, AnchorOut::Phase { line: phase.line })
        }
        Anchor::At(at) => (at.to_rfc3339(), AnchorOut::Moment { at: at.to_rfc3339() }),
        Anchor::Ttl { records, changed } => {
            let what = if *changed { "the old answer of" } else { "the old TTL of" };
            (format!("{what} {} is gone", records.join(", ")), AnchorOut::Dns { records: records.clone() })
        }
    })
}

/// Writes what was understood, for people.
pub(super) fn write(report: &Report<'_>, out: &mut String) -> std::fmt::Result {
    if let Some(goal) = report.outage_goal_s {
        writeln!(
            out,
            "\nUsers are to be without the service for {} at most.",
            text::exact(Duration::from_secs(goal))
        )?;
    }
    if !report.waits.is_empty() {
        writeln!(out, "\nWaits, each before all that stands behind it in its phase or in its item alone:")?;
    }
    for wait in report.waits.iter().take(ROWS) {
        let least = Duration::from_secs(wait.min_s);
        let span = if least.is_zero() { "until".to_owned() } else { text::short(least) };
        let after = match (&wait.after, least.is_zero()) {
            (None, _) => "counts from nothing that is clear, and never opens by itself".to_owned(),
            (Some(after), true) => after.clone(),
            (Some(after), false) => format!("after {after}"),
        };
        let items = text::plural(wait.items, "item", "items");
        let words = text::truncate(&text::clean(wait.words), 60).into_owned();
        writeln!(out, "  line {}: {span} {after}, before {items} (“{words}”)", wait.line)?;
    }
    let items = report.phases.iter().flat_map(|phase| &phase.items);
    let timed: Vec<_> = items.filter(|item| item.estimate.is_some() || item.due.is_some()).collect();
    if !timed.is_empty() {
        writeln!(out, "\nDurations and due times of items:")?;
    }
    for item in timed.iter().take(ROWS) {
        let planned = item.estimate.as_ref().map(|estimate| format!("planned {}", estimate.words()));
        let due = item.due.as_ref().map(|due| format!("due {due}"));
        let said: Vec<String> = due.into_iter().chain(planned).collect();
        let words = text::truncate(&text::clean(item.text), 60).into_owned();
        writeln!(out, "  line {}: {} (“{words}”)", item.line, said.join(", "))?;
    }
    for (left, what) in [(report.waits.len(), "waits"), (timed.len(), "items")] {
        if left > ROWS {
            writeln!(out, "  and {} more {what}: --format json has them all", left - ROWS)?;
        }
    }
    Ok(())
}
