//! The run that durations are planned by: a log of the same plan, read from its beginning.

use std::path::Path;

use crate::plan::{Baseline, Plan};
use crate::record::Record;

/// Reads the log of a run, for its durations.
///
/// # Errors
/// One sentence: it cannot be read, it is of another plan, or nothing in it was done.
pub fn read(path: &Path, plan: &Plan) -> Result<Baseline, String> {
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
    let ended = |index: &usize| record.items.get(*index).is_some_and(|item| !item.state.is_open());
    let took = |index: &usize| times.item(*index).filter(|_| ended(index)).map(|took| took.as_secs());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::clock::ManualClock;
    use crate::plan;
    use crate::signoff::event::Event;
    use crate::signoff::log::{self, Access};
    use crate::signoff::{ActId, Actor, Draft, Head, Via};
    use std::time::Duration;

    const PLAN: &str = "# Move\n## One\n- [ ] first (10 min)\n- [ ] second\n## Two\n- [ ] third\n";

    fn load(folder: &Path, name: &str, text: &str) -> Plan {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        plan::load(&path, &|_| None).unwrap()
    }

    /// A log in which the first two items took so many seconds.
    fn rehearse(folder: &Path, plan: &Plan, took: &[u64]) -> std::path::PathBuf {
        let path = folder.join("move.rehearsal-2026-11-20-1.signoff.jsonl");
        let clock = ManualClock::new("2026-11-20T06:00:00Z".parse().unwrap());
        let Access::Writer(_, mut sink, _) = log::create(&path, &clock).unwrap() else { panic!() };
        let mut head = Head::default();
        let mut n = 0;
        let mut write = |event: Event, head: &mut Head| {
            n += 1;
            let act = ActId { session: 1, n };
            let by = Actor::Person("dana".to_owned());
            let draft = Draft { act, at: clock.now(), by, via: Via::default(), event, blobs: Vec::new() };
            *head = sink.append(*head, &[draft]).unwrap().last().unwrap().head;
        };
        let begun = Event::RunStarted {
            name: "move.rehearsal-2026-11-20-1".to_owned(),
            mode: crate::signoff::event::RunMode::Rehearsal,
            tool: "cutover".to_owned(),
            boot_id: "b".to_owned(),
            pid: 1,
            plan: plan::text(plan),
            items: plan::rows(plan),
        };
        write(begun, &mut head);
        for (item, took) in plan.checklist.items.iter().zip(took) {
            clock.advance(Duration::from_secs(*took));
            let (phase, text) = (String::new(), item.text.clone());
            let event = Event::ItemDone { item: item.id, phase, text, done_by: None, evidence: Vec::new() };
            write(event, &mut head);
        }
        path
    }

    #[test]
    fn a_run_is_planned_by_its_rehearsal() {
        let folder = tempfile::tempdir().unwrap();
        let mut plan = load(folder.path(), "move.md", PLAN);
        let log = rehearse(folder.path(), &plan, &[300, 420, 60]);
        plan.baseline = Some(read(&log, &plan).unwrap());
        let text = plan::text(&plan);
        assert_eq!(text.baseline.as_ref().unwrap().0, "move.rehearsal-2026-11-20-1");
        let phases: Vec<_> = text.phases.iter().map(|row| (row.planned_s, row.rehearsed_s)).collect();
        assert_eq!(phases, [(Some((600, 600)), Some(720)), (None, Some(60))]);
        let planned: Vec<_> = plan::rows(&plan).iter().map(|row| row.planned_s).collect();
        assert_eq!(planned, [Some((600, 600)), Some((420, 420)), Some((60, 60))], "words first");

        // What the run's own log holds is enough to go on with.
        let mut record = Record::default();
        record.run = Some(crate::record::Run {
            id: "r".to_owned(),
            name: "move.live".to_owned(),
            mode: crate::signoff::event::RunMode::Live,
            tool: String::new(),
            at: ManualClock::new("2026-11-21T06:00:00Z".parse().unwrap()).now().into(),
            by: "dana".to_owned(),
        });
        record.plan = text;
        record.items = plan::rows(&plan).into_iter().map(crate::record::ItemRecord::new).collect();
        let mut later = load(folder.path(), "move.md", PLAN);
        kept(&record, &mut later).unwrap();
        let (kept_items, whole) = (later.baseline.unwrap(), plan.baseline.clone().unwrap());
        assert_eq!((&kept_items.phases, kept_items.items.len()), (&whole.phases, 2));

        record.plan.baseline = None;
        let why = kept(&record, &mut plan).unwrap_err();
        assert!(why.contains("began without one") && why.contains("--new"), "{why}");
    }

    #[test]
    fn what_is_no_rehearsal_of_this_plan_is_refused_in_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let plan = load(folder.path(), "move.md", PLAN);
        let why = read(&folder.path().join("none.jsonl"), &plan).unwrap_err();
        assert!(why.starts_with("--baseline: there is no log"), "{why}");
        std::fs::write(folder.path().join("notes.txt"), "hello\n").unwrap();
        assert!(read(&folder.path().join("notes.txt"), &plan).is_err());
        let other = load(folder.path(), "other.md", "# Other\n## X\n- [ ] a\n- [ ] b\n- [ ] c\n");
        let log = rehearse(folder.path(), &plan, &[1]);
        let why = read(&log, &other).unwrap_err();
        assert!(why.contains("of the 3 items of") && why.contains("it has 0"), "{why}");
        std::fs::remove_file(&log).unwrap();
        let log = rehearse(folder.path(), &plan, &[]);
        let why = read(&log, &plan).unwrap_err();
        assert!(why.contains("no item that was done"), "{why}");
    }
}
