use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::signoff::arbitrary::{self, small_rows, small_start};
use crate::signoff::event::{Event, JumpKind};
use crate::signoff::{Actor, Draft, Line};

/// A run under way: writes drafts to lines and applies them, as the cockpit does.
struct Play {
    record: Record,
    lines: Vec<Line>,
    /// The moment and the terminal of the next act.
    now: Draft,
}

fn id(n: u8) -> ItemId {
    ItemId([0, 0, 0, 0, 0, 0, 0, n])
}

impl Play {
    fn new() -> Play {
        let mut play = Play { record: Record::default(), lines: Vec::new(), now: arbitrary::small_draft() };
        play.act(small_start());
        play
    }

    fn draft(&self, by: &str, event: Event) -> Draft {
        Draft {
            act: ActId { session: 1, n: self.lines.len() as u64 + 1 },
            by: if by == "cutover" { Actor::Machine } else { Actor::Person(by.to_owned()) },
            event,
            ..self.now.clone()
        }
    }

    fn write(&mut self, draft: &Draft) {
        let line = Line::encode(self.record.head, "run", draft).unwrap();
        apply(&mut self.record, &line);
        self.lines.push(line);
    }

    fn act(&mut self, event: Event) {
        self.act_by("dana", event);
    }

    /// Law: what `check` lets pass is no anomaly, what it refuses is one and changes no totals.
    fn act_by(&mut self, by: &str, event: Event) {
        let draft = self.draft(by, event);
        let may = check(&self.record, &draft);
        let (anomalies, totals) = (self.record.anomalies.len(), self.record.totals());
        self.write(&draft);
        match may {
            // A table that holds an item twice is taken, and said.
            Ok(()) if matches!(draft.event, Event::PlanAmended { .. }) => {}
            Ok(()) => assert_eq!(self.record.anomalies.len(), anomalies),
            Err(conflict) => {
                assert_eq!(self.record.anomalies[anomalies].text, conflict.to_string());
                assert_eq!(self.record.totals(), totals);
            }
        }
        assert!(self.record.totals().add_up());
    }

    fn refused(&self, by: &str, event: Event) -> String {
        check(&self.record, &self.draft(by, event)).unwrap_err().to_string()
    }

    fn state(&self, n: u8) -> ItemState {
        self.record.item(id(n)).unwrap().state
    }
}

fn done(n: u8) -> Event {
    Event::ItemDone {
        item: id(n),
        phase: String::new(),
        text: String::new(),
        done_by: None,
        evidence: Vec::new(),
    }
}

fn skipped(n: u8, reason: &str) -> Event {
    Event::ItemSkipped {
        item: id(n),
        phase: String::new(),
        text: String::new(),
        reason: reason.to_owned(),
        evidence: Vec::new(),
    }
}

fn failed(n: u8, reason: &str) -> Event {
    Event::ItemFailed {
        item: id(n),
        phase: String::new(),
        text: String::new(),
        reason: reason.to_owned(),
        evidence: Vec::new(),
    }
}

fn reopened(n: u8, reason: &str, mistick: bool) -> Event {
    Event::ItemReopened {
        item: id(n),
        phase: String::new(),
        text: String::new(),
        reason: reason.to_owned(),
        mistick,
    }
}

fn amended(rows: Vec<Row>, map: &[(ItemId, ItemId)]) -> Event {
    let plan = PlanText { sha256: "new".to_owned(), ..PlanText::default() };
    Event::PlanAmended { what: "edited".to_owned(), plan, items: rows, map: map.iter().copied().collect() }
}

#[test]
fn a_plan_starts_with_its_ticked_boxes_done() {
    let play = Play::new();
    let totals = play.record.totals();
    assert_eq!((totals.planned, totals.rollback), (12, 3));
    // Items 6 (rollback, not invoked) and 13 are ticked in the file.
    assert_eq!((totals.done, totals.done_in_file, totals.open), (1, 1, 11));
    assert!(play.record.item(id(13)).unwrap().done_in_file());
    assert!(totals.add_up());
}

#[test]
fn nothing_happens_before_the_first_line() {
    let mut record = Record::default();
    let line = Line::encode(Head::default(), "run", &Play::new().draft("dana", done(0))).unwrap();
    apply(&mut record, &line);
    assert_eq!(record.anomalies[0].text, Conflict::NotStarted.to_string());
    assert_eq!(record.totals(), Totals::default());
}

#[test]
fn an_item_is_ticked_once() {
    let mut play = Play::new();
    play.act(done(0));
    assert_eq!(play.state(0), ItemState::Done);
    assert_eq!(play.refused("lee", done(0)), "“Step 0” is already done: reopen it first");
    assert_eq!(play.refused("lee", reopened(1, "why", false)), "“Step 1” is already open");
    assert_eq!(
        play.refused("lee", done(99)),
        "the plan has no item 0000000000000063: it may have been edited, look at the checklist again"
    );
    play.act(done(0));
    assert_eq!(play.record.anomalies.len(), 1);
    assert_eq!(play.record.item(id(0)).unwrap().history.len(), 1);
}

#[test]
fn reasons_are_asked_for() {
    let play = Play::new();
    assert_eq!(play.refused("dana", skipped(0, " ")), "“Step 0” needs a reason to be skipped");
    assert_eq!(play.refused("dana", failed(0, "")), "“Step 0” needs a reason to be failed");
    assert_eq!(play.refused("dana", reopened(13, "", false)), "“Step 13” needs a reason to be reopened");
}

#[test]
fn a_mistick_is_its_authors_and_fresh() {
    let mut play = Play::new();
    play.act(done(0));
    play.now.at.wall += MISTICK_WITHIN;
    assert!(play.refused("lee", reopened(0, "", true)).contains("only by who ticked it"));
    play.act(reopened(0, "", true));
    assert_eq!(play.state(0), ItemState::Open);
    assert_eq!(play.record.deviations[0].kind, DeviationKind::Mistick);
    play.act(done(1));
    play.now.at.wall += MISTICK_WITHIN + Duration::from_millis(1);
    assert!(play.refused("dana", reopened(1, "", true)).contains("within 30 s"));
    play.act(reopened(1, "wrong host", false));
    assert_eq!(play.record.deviations[1].kind, DeviationKind::Reopened);
    // A box ticked in the file is nobody's tick.
    assert!(check(&play.record, &play.draft("dana", reopened(13, "", true))).is_err());
}

#[test]
fn reopening_forgets_the_state_and_keeps_the_story() {
    let mut play = Play::new();
    play.act(failed(0, "disk full"));
    play.act(Event::TimeClaimed { item: id(0), time: "06:10".to_owned() });
    play.act(reopened(0, "disk grown", false));
    play.act(done(0));
    let item = play.record.item(id(0)).unwrap();
    assert_eq!((item.state, &item.reason, &item.claimed), (ItemState::Done, &None, &None));
    let story: Vec<&str> = item.history.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(story, ["failed: disk full", "time stated: 06:10", "reopened: disk grown", "done"]);
    assert_eq!(play.record.deviations.len(), 2);
    assert_eq!((item.first.as_ref().unwrap().seq, item.act.as_ref().unwrap().seq), (2, 5));
}

#[test]
fn fields_are_checked_and_secrets_kept_out() {
    let mut play = Play::new();
    let fill = |field, value: &str, secret| Event::FieldFilled {
        item: id(0),
        field,
        label: "l".to_owned(),
        value: value.to_owned(),
        secret,
    };
    assert_eq!(play.refused("dana", fill(2, "x", false)), "“Step 0” has no blank 2");
    assert!(play.refused("dana", fill(1, "hunter2", false)).contains("looks like a secret"));
    play.act(fill(1, "set, 7 characters", true));
    play.act(fill(0, "a", false));
    play.act(fill(0, "b", false));
    let fields = &play.record.item(id(0)).unwrap().fields;
    assert_eq!((fields[&0].value.as_str(), fields[&0].secret), ("b", false));
    assert_eq!((fields[&1].value.as_str(), fields[&1].secret), ("set, 7 characters", true));
}

#[test]
fn issues_are_numbered_and_resolved_once() {
    let mut play = Play::new();
    let open = |issue| Event::IssueOpened { issue, text: "403".to_owned(), item: Some(id(0)) };
    let resolve = |issue| Event::IssueResolved { issue, text: "role assigned".to_owned() };
    assert_eq!(play.refused("dana", open(2)), "the next issue is number 1");
    assert_eq!(play.refused("dana", resolve(1)), "there is no issue 1");
    play.act(open(1));
    play.act(resolve(1));
    assert_eq!(play.refused("dana", resolve(1)), "issue 1 is resolved already");
    assert_eq!(play.record.issues[0].resolved.as_ref().unwrap().text, "role assigned");
    assert_eq!(play.record.item(id(0)).unwrap().history.len(), 2);
}

#[test]
fn rollback_counts_once_it_is_invoked() {
    let mut play = Play::new();
    assert!(play.refused("dana", done(7)).contains("which is not invoked"));
    play.act(Event::RollbackInvoked { reason: "users cannot log in".to_owned(), evidence: Vec::new() });
    play.act(done(7));
    let totals = play.record.totals();
    assert_eq!((totals.planned, totals.rollback, totals.done), (15, 0, 3));
    assert!(totals.add_up());
}

#[test]
fn criteria_are_confirmed_and_signoffs_given() {
    let mut play = Play::new();
    let confirm = |n| Event::CriterionConfirmed {
        item: id(n),
        phase: String::new(),
        text: String::new(),
        evidence: Vec::new(),
    };
    assert_eq!(play.refused("dana", confirm(0)), "“Step 0” is not a success criterion");
    play.act(confirm(9));
    let sign = |n| Event::SignoffGiven {
        name: "Lee".to_owned(),
        role: "approver".to_owned(),
        statement: "done".to_owned(),
        item: Some(id(n)),
        open: Vec::new(),
        evidence: Vec::new(),
    };
    play.act(sign(12));
    assert_eq!((play.state(9), play.state(12)), (ItemState::Done, ItemState::Done));
    assert!(play.refused("dana", sign(12)).contains("already done"));
    assert_eq!(play.record.signoffs.len(), 1);
}

#[test]
fn a_signed_run_with_open_steps_is_not_over() {
    let mut play = Play::new();
    let resumed = || Event::RunResumed { tool: "cutover".to_owned(), boot_id: "b".to_owned(), pid: 2 };
    play.act_by("cutover", resumed());
    assert_eq!(play.record.control.absences.len(), 1);
    play.record.items.iter_mut().for_each(|item| item.row.kind = crate::checklist::PhaseKind::Work);
    play.act(Event::SignoffGiven {
        name: "Lee".to_owned(),
        role: "approver".to_owned(),
        statement: "handed over".to_owned(),
        item: None,
        open: Vec::new(),
        evidence: Vec::new(),
    });
    assert!(play.record.is_signed_off() && !play.record.is_over());
    play.act_by("cutover", resumed());
    assert_eq!(play.record.control.absences.len(), 2, "nobody watched, and steps are open");
}

#[test]
fn steps_are_added_where_they_belong() {
    let mut play = Play::new();
    let add = |n, after| Event::ItemAdded {
        item: id(n),
        phase: "Cut over".to_owned(),
        text: "Extra".to_owned(),
        after,
    };
    play.act(add(100, None));
    play.act(add(101, Some(id(3))));
    // 4 has a child, 5: behind it.
    play.act(add(102, Some(id(4))));
    assert!(play.refused("dana", add(102, None)).contains("already"));
    let order: Vec<u8> = play.record.items.iter().map(|item| item.row.id.0[7]).collect();
    assert_eq!(order[3..9], [3, 101, 4, 5, 102, 100]);
    for (at, item) in play.record.items.iter().enumerate() {
        assert_eq!(play.record.index[&item.row.id], at);
    }
    assert_eq!(play.record.totals().added, 3);
    assert_eq!(play.record.phases()[1].items.len(), 6);
    // An amendment leaves them where they are.
    play.act(amended(small_rows(), &[]));
    let order: Vec<u8> = play.record.items.iter().map(|item| item.row.id.0[7]).collect();
    assert_eq!(order[3..9], [3, 101, 4, 5, 102, 100]);
}

#[test]
fn ticks_stay_with_their_items_when_the_plan_is_edited() {
    let mut play = Play::new();
    play.act(done(0));
    play.act(done(1));
    // 0 is reworded under a new key, 1 is taken out, 50 comes in.
    let mut rows = small_rows();
    rows.remove(1);
    rows[0].id = id(40);
    rows[0].text = "Step 0, better".to_owned();
    rows.insert(2, Row { id: id(50), text: "New".to_owned(), ..rows[1].clone() });
    play.act(amended(rows.clone(), &[(id(40), id(0))]));
    let item = play.record.item(id(40)).unwrap();
    assert_eq!((item.row.id, item.state, item.row.text.as_str()), (id(0), ItemState::Done, "Step 0, better"));
    assert_eq!(item.history[1].text, "reworded, was: Step 0; stays done");
    assert!(play.record.item(id(1)).unwrap().removed);
    assert_eq!(play.refused("dana", done(1)), "“Step 1” is no longer in the plan");
    assert!(play.record.item(id(50)).unwrap().added);
    let totals = play.record.totals();
    assert_eq!((totals.planned, totals.added, totals.removed, totals.removed_done), (12, 1, 1, 1));
    // The next edit need not repeat what the first one said, and may bring an item back.
    rows.insert(1, small_rows()[1].clone());
    play.act(amended(rows.clone(), &[]));
    assert_eq!(play.record.handle(id(40)), id(0));
    assert_eq!(play.state(40), ItemState::Done);
    assert!(!play.record.item(id(1)).unwrap().removed);
    assert_eq!(play.state(1), ItemState::Done);
    // The old words come back as another item: it is not the one they were on.
    rows.push(Row { id: id(0), text: "Step 0".to_owned(), ..rows[0].clone() });
    play.act(amended(rows, &[(id(40), id(0))]));
    assert_eq!(play.record.item(id(40)).unwrap().row.id, id(0));
    let other = play.record.handle(id(0));
    assert_ne!(other, id(0));
    assert_eq!(play.record.item(other).unwrap().state, ItemState::Open);
    assert!(play.record.anomalies.is_empty());
}

#[test]
fn what_an_auditor_reads_first_is_kept() {
    let mut play = Play::new();
    play.now.via.tty = Some("/dev/pts/9".to_owned());
    play.act_by("cutover", Event::ClockJumped { kind: JumpKind::Step, by_ms: -1500 });
    play.act_by("cutover", Event::LogRecovered { bytes: 12, sha256: "s".to_owned(), file: "f".to_owned() });
    play.act(Event::OperatorChanged { from: "dana".to_owned(), to: "lee".to_owned() });
    assert!(
        play.refused("x", Event::OperatorChanged { from: "dana".into(), to: "x".into() })
            .contains("lee operates")
    );
    play.act_by("lee", Event::RunResumed { tool: "t".to_owned(), boot_id: "b".to_owned(), pid: 1 });
    play.act_by("lee", Event::RunEnded { reason: "left".to_owned() });
    assert_eq!(
        play.refused("lee", Event::RunEnded { reason: "left".to_owned() }),
        "this session has ended already"
    );
    play.act_by("lee", Event::RunResumed { tool: "t".to_owned(), boot_id: "b".to_owned(), pid: 2 });
    let texts: Vec<&str> = play.record.incidents.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "the wall clock was set by -1.500 s",
            "a torn end of 12 bytes was set aside in f",
            "change of hands, from dana to lee",
            "the session before was cut off: killed, crashed or lost power",
        ]
    );
    assert_eq!(play.record.operator.as_deref(), Some("lee"));
    assert_eq!(play.record.sessions.len(), 3);
    assert_eq!(play.record.hands.values().next().unwrap().len(), 2);
    assert_eq!(play.record.people["dana"].acts, 2);
}

#[test]
fn phases_are_summed_up() {
    let mut play = Play::new();
    play.act(done(3));
    play.now.at.wall += Duration::from_mins(1);
    play.act(Event::NoteAdded { text: "n".to_owned(), item: Some(id(4)) });
    play.act(skipped(4, "not used"));
    let phases = play.record.phases();
    assert_eq!(phases.len(), 5);
    let phase = &phases[1];
    assert_eq!((phase.totals.done, phase.totals.skipped, phase.totals.open), (1, 1, 1));
    assert_eq!((phase.ended.unwrap().wall - phase.began.unwrap().wall).num_seconds(), 60);
    assert_eq!(phases[0].began, None);
}

/// Events that mostly fit the small plan.
fn likely() -> BoxedStrategy<Event> {
    let item = || (0..18u8).prop_map(id);
    let words = || proptest::sample::select(vec!["", "because", "x"]).prop_map(str::to_owned);
    let none = String::new;
    let acts = prop_oneof![
        4 => item().prop_map(move |item| Event::ItemDone { item, phase: none(), text: none(), done_by: None, evidence: Vec::new() }),
        1 => (item(), words()).prop_map(move |(item, reason)| Event::ItemFailed { item, phase: none(), text: none(), reason, evidence: Vec::new() }),
        1 => (item(), words()).prop_map(move |(item, reason)| Event::ItemSkipped { item, phase: none(), text: none(), reason, evidence: Vec::new() }),
        1 => (item(), words()).prop_map(move |(item, reason)| Event::ItemNotApplicable { item, phase: none(), text: none(), reason }),
        1 => (item(), words()).prop_map(move |(item, reason)| Event::ItemDeferred { item, phase: none(), text: none(), reason }),
        2 => (item(), words(), any::<bool>()).prop_map(move |(item, reason, mistick)| Event::ItemReopened { item, phase: none(), text: none(), reason, mistick }),
        1 => item().prop_map(move |item| Event::ItemStarted { item, phase: none(), text: none() }),
    ];
    let rest = prop_oneof![
        (item(), words(), proptest::option::of(item())).prop_map(|(item, text, after)| Event::ItemAdded {
            item,
            phase: "Cut over".to_owned(),
            text,
            after
        }),
        (item(), 0..3u32, words(), any::<bool>()).prop_map(|(item, field, value, secret)| {
            Event::FieldFilled { item, field, label: "l".to_owned(), value, secret }
        }),
        (item(), words()).prop_map(move |(item, _)| Event::CriterionConfirmed {
            item,
            phase: none(),
            text: none(),
            evidence: Vec::new()
        }),
        (proptest::collection::vec(0..20usize, 0..16), proptest::collection::btree_map(item(), item(), 0..4))
            .prop_map(|(picks, map)| {
                let rows = small_rows();
                let mut rows: Vec<Row> = picks.iter().map(|&pick| rows[pick % rows.len()].clone()).collect();
                for (at, row) in rows.iter_mut().enumerate() {
                    if at % 3 == 0 {
                        row.id.0[7] += 9;
                        row.text.push('!');
                    }
                }
                Event::PlanAmended { what: "w".to_owned(), plan: PlanText::default(), items: rows, map }
            }),
    ];
    prop_oneof![5 => acts.boxed(), 2 => rest.boxed(), 1 => arbitrary::event()].boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_acts_adds_up_and_replays(events in proptest::collection::vec((likely(), 0..3u8), 0..60)) {
        let mut play = Play::new();
        for (event, by) in events {
            play.now.at.wall += Duration::from_secs(7);
            play.act_by(["dana", "lee", "cutover"][usize::from(by)], event);
            let totals = play.record.totals();
            prop_assert!(totals.add_up(), "{:?}", totals);
            let phases = play.record.phases();
            let mut seen: Vec<usize> = phases.iter().flat_map(|phase| phase.items.clone()).collect();
            seen.sort_unstable();
            prop_assert!(seen.iter().copied().eq(0..play.record.items.len()));
            prop_assert!(phases.iter().all(|phase| phase.totals.add_up()));
            let sum: usize = phases.iter().map(|phase| phase.totals.present()).sum();
            prop_assert_eq!(sum, totals.present());
            prop_assert_eq!(play.record.index.len(), play.record.items.len());
            for (at, item) in play.record.items.iter().enumerate() {
                prop_assert_eq!(play.record.index[&item.row.id], at);
            }
        }
        let mut replayed = Record::default();
        for line in &play.lines {
            apply(&mut replayed, &Line::decode(&line.raw).unwrap());
        }
        prop_assert_eq!(&replayed, &play.record);
        prop_assert_eq!(replayed.events, play.lines.len() as u64);
    }

    #[test]
    fn any_lines_at_all_are_survived(drafts in proptest::collection::vec(arbitrary::draft(), 0..12)) {
        let mut record = Record::default();
        let mut states = BTreeMap::new();
        for draft in drafts {
            if let Ok(line) = Line::encode(record.head, "run", &draft) {
                apply(&mut record, &line);
                prop_assert!(record.totals().add_up());
                if let Event::ProbeChanged { probe, to, .. } = &draft.event && record.run.is_some() {
                    states.insert(probe.clone(), *to);
                    prop_assert_eq!(record.probe_states[probe], *to);
                }
            }
        }
    }
}

/// Some act of dana's.
pub(super) fn act() -> Act {
    let at = At { wall: chrono::DateTime::UNIX_EPOCH, offset: 0, up: Duration::ZERO };
    Act { seq: 1, id: ActId { session: 1, n: 1 }, at, by: "dana".to_owned(), via: Via::default() }
}
