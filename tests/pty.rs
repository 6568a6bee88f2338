//! The cockpit as a person meets it: the real program in a real terminal, from the first frame to the shell prompt.

mod inputs;
mod kills;
mod leave;
mod sign;
mod stall;
mod two;
mod watch;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::common::folder::{Folder, events};
use crate::common::program::until;
use crate::common::pty::{Frame, Press, Start, Terminal};

/// Starts the cockpit and waits until it takes acts.
fn open(start: Start) -> Terminal {
    let terminal = start.spawn();
    ready(&terminal);
    terminal
}

/// Waits until the start is on disk and on the screen.
fn ready(terminal: &Terminal) -> Frame {
    terminal.wait_for("the start of the run on the event line", |frame| {
        frame.has("run started") || frame.has("run resumed")
    })
}

/// Leaves by the key, answering the question.
fn leave(terminal: &mut Terminal) {
    terminal.type_text("q");
    terminal.wait_for_text("Leave the cockpit?");
    terminal.insist("y", "the end", |_| false);
    assert_eq!(terminal.exit_code(), 0);
}

/// The steps of a [`Folder::with_steps`] plan that this frame shows as done.
fn ticked(frame: &Frame) -> BTreeSet<u32> {
    frame
        .lines()
        .filter_map(|line| {
            let shown = line.split_once('✓').or_else(|| line.split_once("dana ticked"))?.1;
            let number = shown.split_once("Step ")?.1;
            let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
            number[..digits].parse().ok()
        })
        .collect()
}

/// The steps that the log says are done.
fn logged(folder: &Folder) -> BTreeSet<u32> {
    let Some(log) = folder.logs().pop() else { return BTreeSet::new() };
    events(&log)
        .iter()
        .filter(|event| event["event"] == "item.done")
        .filter_map(|event| event["text"].as_str()?.strip_prefix("Step ")?.parse().ok())
        .collect()
}

/// Ticks the item at the cursor and waits until this step shows as done.
fn tick(terminal: &mut Terminal, step: u32) {
    terminal.type_text(" ");
    terminal.wait_for(&format!("step {step} ticked"), |frame| ticked(frame).contains(&step));
}

#[test]
fn the_first_frame_shows_the_plan_and_leaving_restores_the_terminal() {
    let folder = Folder::with_steps(12);
    let mut terminal = open(Start::run(&folder));
    let frame = terminal.frame();
    for text in ["Many small steps", "Part 1", "Step 1", "Part 2", "dana"] {
        assert!(frame.has(text), "{text} is missing:\n{frame:?}");
    }
    assert!(frame.screen().alternate_screen());
    assert!(frame.screen().bracketed_paste());
    leave(&mut terminal);
    terminal.assert_restored();
    assert_eq!(folder.events().last().unwrap()["event"], "run.ended");
}

#[test]
fn a_tick_is_on_disk_before_its_box_changes() {
    let folder = Folder::with_steps(10);
    let log_folder = Arc::new(folder);
    let early = Arc::new(Mutex::new(Vec::new()));
    let (watched, found) = (Arc::clone(&log_folder), Arc::clone(&early));
    let mut terminal = open(Start::run(&log_folder).watch(move |frame| {
        let shown = ticked(frame);
        if !shown.is_empty() {
            let ahead: Vec<u32> = shown.difference(&logged(&watched)).copied().collect();
            if !ahead.is_empty() {
                found.lock().unwrap().push((ahead, frame.clone()));
            }
        }
    }));
    for step in 1..=10 {
        tick(&mut terminal, step);
    }
    assert_eq!(ticked(&terminal.frame()).len(), 10, "{:?}", terminal.frame());
    leave(&mut terminal);
    let early = early.lock().unwrap();
    assert!(early.is_empty(), "shown before it was on disk: {early:?}");
}

#[test]
fn the_chain_is_checked_by_sha256sum_alone() {
    let folder = Folder::with_steps(3);
    let mut terminal = open(Start::run(&folder));
    for step in 1..=3 {
        tick(&mut terminal, step);
    }
    leave(&mut terminal);
    let log = folder.log();
    let head = chain_by_hand(&log);
    assert_eq!(head.len(), 64, "the manual's commands find the chain broken: {head}");
    let verified = folder.cutover(&["verify", log.to_str().unwrap()]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert!(verified.stdout.contains(&head), "verify does not name the head {head}: {verified:?}");

    let edited = std::fs::read_to_string(&log).unwrap().replacen("Step 1", "Step 7", 1);
    let copy = folder.write("edited", &edited);
    assert!(chain_by_hand(&copy).starts_with("broken"), "an edited line went unnoticed");
}

/// Runs the commands of the manual that check a log's chain; gives the head, or what is broken.
fn chain_by_hand(log: &Path) -> String {
    let manual = include_str!("../src/cli/manual/log.md");
    let commands = manual
        .split("```")
        .find_map(|block| block.strip_prefix("sh\n").filter(|block| block.contains("sha256sum")))
        .expect("the manual shows how to check the chain")
        .replace("LOG", log.to_str().unwrap());
    let output = std::process::Command::new("bash").args(["-euc", &commands]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    match text.lines().find(|line| line.starts_with("broken")) {
        Some(broken) => broken.to_owned(),
        None => text.trim().trim_start_matches("head ").to_owned(),
    }
}

#[test]
fn an_edit_of_the_plan_is_logged_and_ticks_stay_with_their_items() {
    let folder = Folder::new("# Move\n\n## Work\n\n- [ ] Step 1\n- [ ] Step 2\n- [ ] Step 3\n");
    let mut terminal = open(Start::run(&folder));
    tick(&mut terminal, 1);
    tick(&mut terminal, 2);
    folder.write("plan.md", "# Move\n\n## Work\n\n- [ ] Step 9\n- [ ] Step 2\n- [ ] Step 3\n- [ ] Step 1\n");
    let amended = until("plan.amended", || folder.events_named("plan.amended").pop());
    assert!(amended["plan"]["text"].as_str().unwrap().contains("Step 9"));
    // What changed lies over the checklist until it is closed.
    terminal.wait_for_text("Plan changed");
    let in_order = |frame: &Frame| {
        frame.line("Step 1").is_some_and(|line| line.contains('✓'))
            && frame.line("Step 2").is_some_and(|line| line.contains('✓'))
    };
    terminal.insist("\u{1b}", "both ticks in the new order", in_order);
    let frame = terminal.frame();
    assert!(!frame.line("Step 9").unwrap().contains('✓'), "{frame:?}");
}

#[test]
fn the_operator_is_asked_for_and_signs_every_act() {
    let folder = Folder::with_steps(3);
    let mut terminal = Start::with_args(&folder, &["run", "plan.md"]).spawn();
    terminal.wait_for_text("Who operates?");
    terminal.press(Press::Control('u'));
    terminal.type_text("noor");
    terminal.wait_for_text("noor");
    terminal.insist("\r", "the question answered", |frame| !frame.has("Who operates?"));
    terminal.insist(" ", "a tick", |frame| ticked_by_anyone(frame) > 0);
    let done = until("item.done", || folder.events_named("item.done").pop());
    assert_eq!(done["by"], "noor");
}

fn ticked_by_anyone(frame: &Frame) -> usize {
    frame.lines().filter(|line| line.contains('✓') && line.contains("Step ")).count()
}

#[test]
fn acts_with_reasons_fields_and_secrets_reach_the_log_as_they_should() {
    let folder = Folder::new(
        "# Move\n\n## Work\n\n- [ ] Alpha\n- [ ] Beta\n- [ ] Ticket number: ______\n- [ ] API token: ______\n",
    );
    let mut terminal = open(Start::run(&folder));
    answer(&mut terminal, "F", "Failed", "disk was full");
    until("item.failed", || folder.events_named("item.failed").pop());
    let issue = until("issue.opened", || folder.events_named("issue.opened").pop());
    assert_eq!(issue["text"], "disk was full");

    find(&mut terminal, "Beta");
    answer(&mut terminal, "-", "Skip", "not used here");
    let skipped = until("item.skipped", || folder.events_named("item.skipped").pop());
    assert_eq!((skipped["text"].as_str(), skipped["reason"].as_str()), (Some("Beta"), Some("not used here")));

    find(&mut terminal, "Ticket");
    answer(&mut terminal, "e", "What belongs in the blank?", "CHG-77");
    let filled = until("field.filled", || folder.events_named("field.filled").pop());
    assert_eq!(filled["value"], "CHG-77");
    terminal.wait_for_text("CHG-77");

    find(&mut terminal, "token");
    answer(&mut terminal, "e", "A secret", "s3cr3t-and-long");
    until("the secret's description", || (folder.events_named("field.filled").len() == 2).then_some(()));
    let bytes = std::fs::read_to_string(folder.log()).unwrap();
    assert!(!bytes.contains("s3cr3t"), "the secret is in the log");
    assert!(bytes.contains("15 characters"), "its length is not");
    leave(&mut terminal);
    assert!(!String::from_utf8_lossy(&terminal.raw()).contains("s3cr3t"), "the secret was on the screen");
}

/// Presses a key that asks for a line, waits for the question, and answers it.
fn answer(terminal: &mut Terminal, key: &str, question: &str, text: &str) {
    terminal.type_text(key);
    terminal.wait_for_text(question);
    terminal.type_text(text);
    terminal.press(Press::Enter);
    terminal.wait_for("the question answered", |frame| !frame.has(question));
}

/// Moves the cursor to the item with this text.
fn find(terminal: &mut Terminal, text: &str) {
    answer(terminal, "/", "Find in the checklist", text);
}
