//! A terminal that does not read, changes its size all the time, or is very small.

use std::time::Duration;

use super::{leave, open, tick};
use crate::common::folder::Folder;
use crate::common::http::{Answer, Server};
use crate::common::program::until;
use crate::common::pty::Start;

#[test]
fn a_terminal_that_does_not_read_stops_neither_probes_nor_log_and_takes_no_acts() {
    let server = Server::start(Answer::healthy());
    let folder = Folder::with_steps(6);
    folder.sidecar(&format!(
        "[[health]]\nname = \"api\"\nurl = \"{}\"\nevery = \"100ms\"\ntimeout = \"100ms\"\n",
        server.url("/health")
    ));
    let mut terminal = open(Start::run(&folder).size(200, 50));
    terminal.wait_for_text("api");
    until("up in the log", || {
        folder.events_named("probe.changed").into_iter().find(|event| event["to"] == "up")
    });
    tick(&mut terminal, 1);

    terminal.stop_reading();
    // New sizes make whole frames; a pty holds less than two of these.
    for rows in [49, 50, 48, 50, 47, 50] {
        terminal.resize(200, rows);
        std::thread::sleep(Duration::from_millis(60));
    }
    let asked = server.requests().len();
    server.answer(Answer::json(503, "{}"));
    // The change is measured, counted and written although nobody can see it.
    until("down in the log", || {
        folder.events_named("probe.changed").into_iter().find(|event| event["to"] == "down")
    });
    until("more probes", || (server.requests().len() > asked + 15).then_some(()));
    let before = folder.events_named("item.done").len();
    terminal.type_text(" ");
    let now = server.requests().len();
    until("probes after the key", || (server.requests().len() > now + 3).then_some(()));
    assert_eq!(folder.events_named("item.done").len(), before, "ticked on a screen that nobody could see");

    terminal.resume_reading();
    terminal.wait_for("the newest state", |frame| frame.has("503") && frame.has("Step 2"));
    // Trusted again after a frame has been seen for a moment.
    terminal.insist(" ", "a tick after the stall", |frame| super::ticked(frame).len() == 2);
    leave(&mut terminal);
    terminal.assert_restored();
}

#[test]
fn a_storm_of_sizes_ends_in_a_good_frame() {
    let folder = Folder::with_steps(30);
    let mut terminal = open(Start::run(&folder));
    for step in 0..200_u16 {
        terminal.resize(2 + (step * 37) % 299, 2 + (step * 23) % 99);
    }
    for (columns, rows) in [(40, 10), (80, 24), (300, 100), (100, 30)] {
        terminal.resize(columns, rows);
        let frame = terminal.wait_for(&format!("a good frame at {columns}x{rows}"), |frame| {
            let (height, width) = frame.screen().size();
            (width.get(), height.get()) == (columns, rows) && frame.has("Step 1")
        });
        assert!(frame.lines().all(|line| line.chars().count() <= usize::from(columns)));
    }
    tick(&mut terminal, 1);
    leave(&mut terminal);
    terminal.assert_restored();
}

#[test]
fn too_small_a_terminal_is_told_and_grows_back() {
    let folder = Folder::with_steps(3);
    let mut terminal = open(Start::run(&folder));
    terminal.resize(30, 5);
    terminal.wait_for("a word about the size", |frame| frame.has("40") && !frame.has("Step 1"));
    terminal.resize(80, 24);
    terminal.wait_for_text("Step 1");
    tick(&mut terminal, 1);
    leave(&mut terminal);
}
