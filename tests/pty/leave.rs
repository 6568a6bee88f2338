//! Ways out: by the key, by a signal, by a lost terminal. The shell gets its terminal back each time.

use rustix::process::Signal;

use super::{leave, open, tick};
use crate::common::folder::Folder;
use crate::common::pty::{Press, Start};

#[test]
fn leaving_asks_first_and_no_means_no() {
    let folder = Folder::with_steps(3);
    let mut terminal = open(Start::run(&folder));
    terminal.press(Press::Control('c'));
    terminal.wait_for_text("Leave the cockpit?");
    terminal.insist("n", "the question gone", |frame| !frame.has("Leave the cockpit?"));
    tick(&mut terminal, 1);
    leave(&mut terminal);
}

#[test]
fn the_first_moments_of_a_question_are_deaf() {
    let folder = Folder::with_steps(3);
    let mut terminal = open(Start::run(&folder));
    // One write: both keys arrive together, as when somebody types ahead.
    terminal.type_text("qy");
    terminal.wait_for_text("Leave the cockpit?");
    assert!(folder.events_named("run.ended").is_empty());
    terminal.insist("y", "the end", |_| false);
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn signals_leave_in_good_order() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let folder = Folder::with_steps(3);
        let mut terminal = open(Start::run(&folder));
        tick(&mut terminal, 1);
        terminal.signal(signal);
        assert_eq!(terminal.exit_code(), code, "{signal:?}");
        terminal.assert_restored();
        let last = folder.events().pop().unwrap();
        assert_eq!(last["event"], "run.ended", "{signal:?}: {last}");
    }
}

#[test]
fn a_lost_terminal_ends_the_cockpit_and_keeps_the_log() {
    let folder = Folder::with_steps(3);
    let mut terminal = open(Start::run(&folder));
    tick(&mut terminal, 1);
    terminal.hang_up();
    terminal.wait_for_end();
    let verified = folder.cutover(&["verify", folder.log().to_str().unwrap()]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert_eq!(folder.events_named("item.done").len(), 1);
    assert_eq!(folder.events_named("run.ended").len(), 1);
}

#[test]
fn the_stop_key_does_not_stop_it() {
    let folder = Folder::with_steps(3);
    let mut terminal = open(Start::run(&folder));
    terminal.press(Press::Control('z'));
    tick(&mut terminal, 1);
    leave(&mut terminal);
    terminal.assert_restored();
}
