//! The run that durations are planned by: a log of the same plan, read from its beginning.

use std::path::Path;

use crate::plan::{Baseline, Plan};
use crate::record::Record;

/// Reads the log of a run, for its durations.
///
/// # Errors
/// One sentence: it cannot be read, it is of another plan, or nothing in it was done.
pub(super) fn read(path: &Path, plan: &Plan) -> Result<Baseline, String> {
    let place = path.display();
    if !path.exists() {
        return Err(format!("--baseline: there is no log {place}: name the .signoff.jsonl of a rehearsal"));
    }
    let mut source = crate::signoff::log::source(path);
    let record = super::open::replay(&mut *source).map_err(|why| format!("--baseline: {why}"))?;
    of(&record, plan).map_err(|why| format!("--baseline: {place} {why}"))
}

/// The durations of a run, by the items of a plan.
fn of(record: &Record, plan: &Plan) -> Result<Baseline, String> {
    let list = &plan.checklist;
    let known: Vec<Option<usize>> = list
        .items
        .iter()
        .map(|item| record.item(item.id).and_then(|it| record.index.get(&it.row.id)).copied())
        .collect();
    let all = known.len();
    let shared = known.iter().flatten().count();
    if shared * 2 < all {
        return Err(format!(
            "is the log of another plan: of the {all} items of {} it has {shared}; name a rehearsal of this plan",
            plan.path.display()
        ));
    }
    let times = record.times();
    let took = |index: &usize| times.item(*index).map(|took| took.as_secs());
    let items = list.items.iter().zip(&known).filter_map(|(item, at)| Some((item.id, took(&(*at)?)?)));
    let phases = list.phases.iter().filter_map(|phase| {
        let inside: Vec<usize> = known.get(phase.items.clone())?.iter().copied().flatten().collect();
        let took = times.together(&inside)?.as_secs();
        Some(((plan.settings.mask(&phase.title), phase.line), took))
    });
    let name = record.run.as_ref().map(|run| run.name.clone()).unwrap_or_default();
    let baseline = Baseline {
        run: (name, record.head.hash.to_string()),
        items: items.collect(),
        phases: phases.collect(),
    };
    if baseline.items.is_empty() {
        return Err(
            "has no item that was done: name the log of a rehearsal that was played through".to_owned()
        );
    }
    Ok(baseline)
}

/// The baseline that a run began with, as its own log has it.
///
/// # Errors
/// Another one was named now: durations are planned by when a run begins.
pub(super) fn kept(record: &Record, plan: &mut Plan) -> Result<(), String> {
    if record.run.is_none() {
        return Ok(());
    }
    if let Some(named) = &plan.baseline
        && record.plan.baseline.as_ref() != Some(&named.run)
    {
        let began = record.plan.baseline.as_ref();
        let began = began.map_or("without one".to_owned(), |(name, _)| format!("with {name}"));
        return Err(format!(
            "--baseline: this run began {began}, and keeps to it: leave --baseline out, or begin another run by --new"
        ));
    }
    let Some(run) = record.plan.baseline.clone() else { return Ok(()) };
    let rows = record.items.iter().filter(|item| !item.removed);
    let took = |(least, most): (u64, u64)| (least == most).then_some(least);
    let items = plan.checklist.items.iter().filter_map(|item| {
        let row = &rows.clone().find(|it| it.row.id == record.handle(item.id))?.row;
        // What the words plan is planned by the words.
        Some((item.id, row.planned_s.filter(|_| item.estimate.is_none()).and_then(took)?))
    });
    let phases = record.plan.phases.iter();
    let phases = phases.filter_map(|row| Some(((row.title.clone(), row.line), row.rehearsed_s?)));
    plan.baseline = Some(Baseline { run, items: items.collect(), phases: phases.collect() });
    Ok(())
}
