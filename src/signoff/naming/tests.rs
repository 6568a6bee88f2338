use super::*;
use crate::clock::{Clock, ManualClock};
use crate::signoff::arbitrary::{small_rows, small_start};
use crate::signoff::event::PlanText;
use crate::signoff::log::{Access, create};
use crate::signoff::{ActId, Actor, Draft, Via};

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 21).unwrap()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn plan(&self) -> PathBuf {
        self.0.path().join("small.md")
    }

    /// A log with these events behind its start.
    fn log(&self, name: &str, start: Event, events: &[Event]) -> PathBuf {
        let path = self.0.path().join(name);
        let clock = ManualClock::new(chrono::DateTime::from_timestamp_millis(0).unwrap());
        let Access::Writer(_, mut sink, opened) = create(&path, &clock).unwrap() else { panic!("held") };
        let drafts: Vec<Draft> = [start]
            .into_iter()
            .chain(events.iter().cloned())
            .zip(1..)
            .map(|(event, n)| Draft {
                act: ActId { session: 1, n },
                at: clock.now(),
                by: Actor::Person("dana".to_owned()),
                via: Via::default(),
                event,
                blobs: Vec::new(),
            })
            .collect();
        sink.append(opened.head, &drafts).unwrap();
        path
    }

    fn choose(&self, wanted: &Wanted) -> Result<Choice, NotThisLog> {
        choose(PlanKey { path: &self.plan(), title: "Small", items: &items() }, wanted, today())
    }
}

fn items() -> BTreeSet<ItemId> {
    small_rows().iter().map(|row| row.id).collect()
}

fn sign(n: u8) -> Event {
    Event::SignoffGiven {
        name: "Lee".to_owned(),
        role: "approver".to_owned(),
        statement: "all done".to_owned(),
        item: (n > 0).then_some(ItemId([0, 0, 0, 0, 0, 0, 0, n])),
        open: Vec::new(),
        evidence: Vec::new(),
    }
}

fn ended() -> Event {
    Event::RunEnded { reason: "left".to_owned() }
}

const FIRST: &str = "small.live-2026-11-21-1.signoff.jsonl";
const SECOND: &str = "small.live-2026-11-21-2.signoff.jsonl";

#[test]
fn names_are_read_as_they_are_written() {
    for name in [FIRST, "my.big plan.rehearsal-2026-01-02-12.signoff.jsonl"] {
        assert_eq!(Name::parse(name).unwrap().to_string(), name);
    }
    for not in [
        "small.md",
        "small.signoff.jsonl",
        "small.live-2026-11-21.signoff.jsonl",
        "small.live-2026-13-21-1.signoff.jsonl",
        "small.dead-2026-11-21-1.signoff.jsonl",
        "small.live-2026-11-21-01.signoff.jsonl",
    ] {
        assert_eq!(Name::parse(not), None, "{not}");
    }
}

#[test]
fn the_first_run_gets_a_new_log() {
    let folder = Folder::new();
    let Choice::New(path) = folder.choose(&Wanted::default()).unwrap() else { panic!("not new") };
    assert_eq!(path, folder.0.path().join(FIRST));
    let wanted = Wanted { mode: RunMode::Rehearsal, ..Wanted::default() };
    let Choice::New(path) = folder.choose(&wanted).unwrap() else { panic!("not new") };
    assert_eq!(path.file_name().unwrap(), "small.rehearsal-2026-11-21-1.signoff.jsonl");
}

#[test]
fn the_only_open_log_goes_on() {
    let folder = Folder::new();
    let log = folder.log(FIRST, small_start(), &[ended()]);
    std::fs::write(folder.0.path().join("other.live-2026-11-21-1.signoff.jsonl"), "x\n").unwrap();
    assert!(matches!(folder.choose(&Wanted::default()).unwrap(), Choice::Resume(path) if path == log));
    // A torn end does not matter, and neither does a log in which nothing stands yet.
    let mut bytes = std::fs::read(&log).unwrap();
    bytes.extend_from_slice(b"{\"v\"");
    std::fs::write(&log, bytes).unwrap();
    assert!(matches!(folder.choose(&Wanted::default()).unwrap(), Choice::Resume(path) if path == log));
    std::fs::write(&log, "").unwrap();
    assert!(matches!(folder.choose(&Wanted::default()).unwrap(), Choice::Resume(path) if path == log));
    // A rehearsal is another matter.
    let wanted = Wanted { mode: RunMode::Rehearsal, ..Wanted::default() };
    assert!(matches!(folder.choose(&wanted).unwrap(), Choice::New(_)));
}

#[test]
fn a_signed_run_is_over() {
    let folder = Folder::new();
    let signed = folder.log(FIRST, small_start(), &[sign(12), sign(13), sign(14), ended()]);
    assert!(summary(&signed).unwrap().signed);
    let Choice::New(path) = folder.choose(&Wanted::default()).unwrap() else { panic!("not new") };
    assert_eq!(path.file_name().unwrap(), SECOND);
    // Neither does a sign-off that is taken out of the plan, or reworded, keep it open.
    let mut rows = small_rows();
    rows.pop();
    rows[13].id.0[0] = 7;
    let map = [(rows[13].id, small_rows()[13].id)].into();
    let plan = PlanText { file: "small.md".to_owned(), title: "Small".to_owned(), ..PlanText::default() };
    let amended = Event::PlanAmended { what: "w".to_owned(), plan, items: rows, map };
    std::fs::remove_file(&signed).unwrap();
    let signed = folder.log(FIRST, small_start(), &[sign(12), sign(13), amended]);
    assert!(summary(&signed).unwrap().signed);
    // The first milestone does not end a run.
    let open = folder.log(SECOND, small_start(), &[sign(12), ended()]);
    assert!(matches!(folder.choose(&Wanted::default()).unwrap(), Choice::Resume(path) if path == open));
}

#[test]
fn several_open_logs_are_asked_about() {
    let folder = Folder::new();
    folder.log(FIRST, small_start(), &[]);
    folder.log(SECOND, small_start(), &[]);
    let Choice::Ask(open) = folder.choose(&Wanted::default()).unwrap() else { panic!("not asked") };
    assert_eq!(open.iter().map(|found| found.name.n).collect::<Vec<_>>(), [1, 2]);
    let wanted = Wanted { new: true, ..Wanted::default() };
    let Choice::New(path) = folder.choose(&wanted).unwrap() else { panic!("not new") };
    assert_eq!(path.file_name().unwrap(), "small.live-2026-11-21-3.signoff.jsonl");
}

#[test]
fn a_named_log_is_used_if_it_fits() {
    let folder = Folder::new();
    let log = folder.log("tonight.signoff.jsonl", small_start(), &[]);
    let wanted = |new, mode| Wanted { log: Some(log.clone()), new, mode };
    assert!(matches!(folder.choose(&wanted(false, RunMode::Live)).unwrap(), Choice::Resume(_)));
    let refused = folder.choose(&wanted(true, RunMode::Live)).unwrap_err().to_string();
    assert!(refused.contains("exists already: leave out --new"), "{refused}");
    let refused = folder.choose(&wanted(false, RunMode::Rehearsal)).unwrap_err().to_string();
    assert!(refused.contains("is of a live run: leave out --rehearsal"), "{refused}");
    let fresh = Wanted { log: Some(folder.0.path().join("new.jsonl")), ..Wanted::default() };
    assert!(matches!(folder.choose(&fresh).unwrap(), Choice::New(path) if path.ends_with("new.jsonl")));
}

#[test]
fn a_log_of_another_plan_is_refused() {
    let folder = Folder::new();
    let mut start = small_start();
    if let Event::RunStarted { plan, items, .. } = &mut start {
        plan.file = "other.md".to_owned();
        plan.title = "Other".to_owned();
        for row in items {
            row.id.0[0] = 9;
        }
    }
    folder.log(FIRST, start, &[]);
    let refused = folder.choose(&Wanted::default()).unwrap_err().to_string();
    assert!(refused.contains("is of another plan, “Other” (other.md)"), "{refused}");
}

#[test]
fn an_edited_plan_is_still_its_own() {
    let summary = Summary {
        file: "small.md".to_owned(),
        title: "Small".to_owned(),
        items: items(),
        lines: 1,
        ..Summary::default()
    };
    let none = BTreeSet::new();
    let half: BTreeSet<ItemId> = items().into_iter().take(8).collect();
    let case = |path: &str, title: &str, items: &BTreeSet<ItemId>| {
        belongs(PlanKey { path: Path::new(path), title, items }, RunMode::Live, path.as_ref(), &summary)
            .is_ok()
    };
    assert!(case("small.md", "Small", &none), "rewritten whole");
    assert!(case("renamed.md", "Small", &half));
    assert!(case("small.md", "New title", &half));
    assert!(!case("copy-for-staging.md", "Staging", &items()), "a copy of the same template");
    assert!(!case("small.md", "Other", &none));
    assert!(!case("other.md", "Other", &none));
}
