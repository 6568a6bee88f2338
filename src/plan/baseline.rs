//! Durations of a run before, by which this one is planned.

use std::collections::BTreeMap;

use super::Plan;
use crate::checklist::ItemId;
use crate::signoff::event::{PhaseRow, Row};

/// A run that durations are planned by: what it took, in seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Its name and its head hash.
    pub run: (String, String),
    /// By the plan's own ids.
    pub items: BTreeMap<ItemId, u64>,
    /// By title and line of the heading.
    pub phases: BTreeMap<(String, u32), u64>,
}

/// What the baseline took stands where the words plan nothing.
pub(super) fn plan(plan: &Plan, rows: &mut [Row]) {
    let Some(baseline) = &plan.baseline else { return };
    for row in rows {
        let took = baseline.items.get(&row.id);
        row.planned_s = row.planned_s.or_else(|| took.map(|&took| (took, took)));
    }
}

/// The phases of which it is known how long they are to take, or took.
pub(super) fn phases(plan: &Plan) -> Vec<PhaseRow> {
    let all = plan.checklist.phases.iter().enumerate().map(|(at, phase)| {
        let title = plan.settings.mask(&phase.title);
        let planned = plan.checklist.planned(at).map(|(least, most)| (least.as_secs(), most.as_secs()));
        let key = (title.clone(), phase.line);
        let rehearsed_s = plan.baseline.as_ref().and_then(|it| it.phases.get(&key)).copied();
        PhaseRow { title, line: phase.line, planned_s: planned, rehearsed_s }
    });
    all.filter(|row| row.planned_s.is_some() || row.rehearsed_s.is_some()).collect()
}
