//! Two cockpits on one log, and what a log that is taken away does to acts.

use super::{leave, logged, open, tick, ticked};
use crate::common::folder::Folder;
use crate::common::program::until;
use crate::common::pty::Start;

#[test]
fn a_second_cockpit_follows_read_only_and_names_the_holder() {
    let folder = Folder::with_steps(5);
    let mut first = open(Start::run(&folder));
    tick(&mut first, 1);
    let mut second = Start::with_args(&folder, &["run", "plan.md", "--operator", "lee"]).spawn();
    let frame = second.wait_for_text("Read-only");
    let said = frame.line("Read-only").unwrap();
    assert!(said.contains("dana"), "it is not said who holds the log: {said}");
    second.wait_for("the first tick", |frame| ticked(frame).contains(&1));

    second.type_text("F");
    second.wait_for_text("Read-only");
    tick(&mut first, 2);
    second.wait_for("a tick made in the first", |frame| ticked(frame).contains(&2));
    assert_eq!(logged(&folder).len(), 2);

    second.type_text("W");
    second.wait_for_text("dana (");
    second.type_text("q");
    assert_eq!(second.exit_code(), 0);
    second.assert_restored();
    tick(&mut first, 3);
    leave(&mut first);
    let verified = folder.cutover(&["verify", folder.log().to_str().unwrap()]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert!(folder.events().iter().all(|event| event["by"] != "lee"), "the follower wrote");
}

#[test]
fn a_follower_takes_over_by_key_when_the_writer_is_gone() {
    let folder = Folder::with_steps(5);
    let mut first = open(Start::run(&folder));
    tick(&mut first, 1);
    let mut second = Start::with_args(&folder, &["run", "plan.md", "--operator", "lee"]).spawn();
    second.wait_for_text("WATCHING following");
    first.kill();
    second.insist("W", "the log taken over", |frame| !frame.has("WATCHING"));
    second.wait_for("the first tick", |frame| ticked(frame).contains(&1));
    second.insist(" ", "a tick of the new writer", |_| logged(&folder).len() == 2);
    leave(&mut second);
    let done = folder.events_named("item.done").pop().unwrap();
    assert_eq!(done["by"], "lee");
}

#[test]
fn an_act_on_a_log_that_is_gone_is_refused_and_said_so() {
    let folder = Folder::with_steps(5);
    let mut terminal = open(Start::run(&folder));
    tick(&mut terminal, 1);
    let log = folder.log();
    let aside = folder.path().join("aside");
    std::fs::rename(&log, &aside).unwrap();
    terminal.type_text(" ");
    let frame = terminal.wait_for_text("NOT RECORDED");
    assert!(!ticked(&frame).contains(&2), "shown as done although it is not: {frame:?}");
    std::fs::rename(&aside, &log).unwrap();
    terminal.insist(" ", "a tick when the log is back", |frame| ticked(frame).contains(&2));
    until("the tick in the log", || logged(&folder).contains(&2).then_some(()));
    leave(&mut terminal);
    let verified = folder.cutover(&["verify", log.to_str().unwrap()]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}
