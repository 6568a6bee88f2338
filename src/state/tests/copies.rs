//! Keys of the copy pane: what runs is shown, recorded, and only then ordered.

use super::*;
use crate::sample::copy::{Progress, Source, Stage};
use crate::sample::reconcile::{End, Found, Judged};
use crate::sample::{self, Order};

const COPIES: &str = r#"
[vars]
SAS = { env = "SAS" }

[[copy]]
name = "assets"
source = { file = "rclone.log" }

[[copy]]
name = "orders"
source = { start = ["azcopy", "copy", "a b", "https://h/x?${SAS}"] }

[[reconcile]]
name = "orders"
exec = ["count"]
counters = { missing = 'missing (\d+)' }
expect = ["missing == 0"]
"#;

fn desk() -> Desk {
    let mut desk = Desk::with(PLAN, COPIES, Some("dana"));
    desk.press(Action::Focus(4));
    desk.effects.clear();
    desk
}

fn id(name: &str) -> ProbeId {
    name.parse().unwrap()
}

fn take(desk: &mut Desk, name: &str, reading: Reading) {
    let at = desk.clock.now();
    desk.take(Msg::Sample(id(name), Box::new(Sample { began: at, at, reading })));
}

/// The started copy, in its run of that number.
fn runs(desk: &mut Desk, run: u32, source: Source) {
    let progress = Progress { stage: Stage::Running, ..Progress::default() };
    let updated = Some(desk.clock.now());
    let copy = sample::Copy { progress, updated, source, run, ..sample::Copy::default() };
    take(desk, "copy/orders", Reading::Copy(Box::new(copy)));
}

fn orders(desk: &mut Desk) -> Vec<(String, Order)> {
    let effects = std::mem::take(&mut desk.effects);
    let orders = effects.into_iter().filter_map(|effect| match effect {
        Effect::Order(id, order) => Some((id.to_string(), order)),
        _ => None,
    });
    orders.collect()
}

fn events(desk: &Desk) -> Vec<&Event> {
    let wanted = |event: &&Event| !matches!(event, Event::RunStarted { .. } | Event::ProbeSnapshot { .. });
    desk.log.iter().map(|line| &line.event).filter(wanted).collect()
}

#[test]
fn a_start_is_shown_recorded_and_only_then_ordered() {
    let mut desk = desk();
    desk.press(Action::StartCopy);
    assert!(desk.notice().contains("only watched"), "{}", desk.notice());
    desk.press(Action::Down);
    runs(&mut desk, 0, Source::Waiting);
    desk.press(Action::StartCopy);
    let Some(Kind::Choice(choice)) = desk.state.ui.layers.last().map(|layer| &layer.kind) else {
        panic!("no dialog")
    };
    let shown = choice.lines.join("\n");
    assert!(shown.contains("azcopy") && shown.contains("'a b'") && shown.contains("${SAS}"), "{shown}");
    // A key meant for the pane does not answer the dialog.
    desk.take(Msg::Choose('s'));
    assert_eq!(desk.state.ui.layers.len(), 1);
    desk.wait(Duration::from_secs(1));
    desk.take(Msg::Choose('s'));
    assert_eq!(orders(&mut desk), [], "not before it is on disk");
    desk.sync();
    assert_eq!(orders(&mut desk), [("copy/orders".to_owned(), Order::Run)]);
    let argv = ["azcopy", "copy", "a b", "https://h/x?${SAS}"].map(str::to_owned).to_vec();
    assert_eq!(
        events(&desk),
        [&Event::CommandStarted { job: "orders".to_owned(), argv, item: None, text: None }]
    );
    // Once it runs, it is not started twice.
    runs(&mut desk, 1, Source::Open);
    desk.press(Action::StartCopy);
    assert!(desk.notice().contains("runs already"), "{}", desk.notice());
    // Its end is told once.
    runs(&mut desk, 1, Source::Exited(0));
    desk.sync();
    desk.wait(Duration::from_secs(10));
    desk.sync();
    let ended: Vec<_> = events(&desk)
        .into_iter()
        .filter(|event| matches!(event, Event::CommandEnded { exit: 0, .. }))
        .collect();
    assert_eq!(ended.len(), 1);
    assert!(desk.state.record.anomalies.is_empty(), "{:?}", desk.state.record.anomalies);
}

#[test]
fn what_could_not_be_recorded_is_not_ordered_and_what_could_not_be_ordered_is_recorded_as_lost() {
    let mut desk = desk();
    desk.press(Action::Down);
    runs(&mut desk, 0, Source::Waiting);
    let start = |desk: &mut Desk| {
        desk.press(Action::StartCopy);
        desk.wait(Duration::from_secs(1));
        desk.take(Msg::Choose('s'));
    };
    start(&mut desk);
    desk.refuse("No space left on device");
    desk.sync();
    assert_eq!(orders(&mut desk), []);
    start(&mut desk);
    desk.sync();
    assert_eq!(orders(&mut desk).len(), 1);
    desk.take(Msg::NotTaken(id("copy/orders"), Order::Run));
    assert!(desk.notice().contains("cannot be run now"), "{}", desk.notice());
    desk.sync();
    assert!(matches!(events(&desk)[..], [Event::CommandStarted { .. }, Event::CommandLost { .. }]));
}

#[test]
fn a_stop_is_typed_by_name_and_recorded_first() {
    let mut desk = desk();
    desk.press(Action::StopJob);
    assert!(desk.notice().contains("not started here"), "{}", desk.notice());
    desk.press(Action::Down);
    desk.press(Action::StopJob);
    assert!(desk.notice().contains("does not run"), "{}", desk.notice());
    runs(&mut desk, 1, Source::Open);
    desk.sync();
    desk.press(Action::StopJob);
    desk.say("order");
    assert_eq!(desk.state.ui.layers.len(), 1, "that is not its name");
    desk.take(Msg::Edit(InputRequest::InsertChar('s')));
    desk.take(Msg::Confirm);
    assert!(desk.state.ui.layers.is_empty());
    assert_eq!(orders(&mut desk), []);
    desk.sync();
    assert_eq!(orders(&mut desk), [("copy/orders".to_owned(), Order::Stop)]);
    assert!(
        matches!(events(&desk).last(), Some(Event::NoteAdded { text, .. }) if text == "stops the copy orders")
    );
}

#[test]
fn a_comparison_runs_by_key_once_at_a_time_and_says_who_asked() {
    let mut desk = desk();
    desk.press(Action::RunReconcile);
    assert!(desk.notice().contains("No [[reconcile]] is called assets"), "{}", desk.notice());
    // On a copy's row it is the comparison of that name.
    desk.press(Action::Down);
    desk.press(Action::RunReconcile);
    assert_eq!(orders(&mut desk), [("reconcile/orders".to_owned(), Order::Run)]);
    desk.press(Action::Down);
    desk.press(Action::RunReconcile);
    assert!(desk.notice().contains("runs already, asked by dana"), "{}", desk.notice());
    desk.press(Action::StopJob);
    assert_eq!(orders(&mut desk), [("reconcile/orders".to_owned(), Order::Stop)]);
    let judged = Judged { expect: "missing == 0".to_owned(), found: Found::Off("3".to_owned()) };
    let found = sample::Reconcile { end: Some(End::Ran(vec![judged])), ..sample::Reconcile::default() };
    take(&mut desk, "reconcile/orders", Reading::Reconcile(Box::new(found)));
    desk.sync();
    let ran = &desk.state.record.reconciles;
    assert_eq!((ran.len(), ran[0].asked_by.as_str(), ran[0].is_good()), (1, "dana", false));
    assert!(desk.effects.iter().any(|effect| matches!(effect, Effect::Notify(_))));
}

#[test]
fn a_watcher_starts_nothing() {
    let mut desk = desk();
    desk.press(Action::Down);
    desk.state.desk.access = Access::Watcher("lee writes this log".to_owned());
    for action in [Action::StartCopy, Action::RunReconcile, Action::StopJob] {
        desk.press(action);
        assert!(desk.notice().starts_with("Read-only"), "{}", desk.notice());
    }
    assert!(desk.state.ui.layers.is_empty());
    assert_eq!(orders(&mut desk), []);
}

#[test]
fn keys_of_the_pane_work_only_there() {
    let mut desk = desk();
    desk.press(Action::Focus(1));
    desk.press(Action::StartCopy);
    assert_eq!(desk.notice(), "“start copy” works in the copy pane: press 4 first");
}
