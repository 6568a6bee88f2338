//! What the log refuses is said until it is answered, and what was typed is not lost.

use super::*;
use crate::readings::{News, Sealed};
use crate::signoff::event::JumpKind;

const FULL: &str = "write move.jsonl: No space left on device.";

fn banner(desk: &Desk) -> &str {
    let found = desk.state.ui.banners.iter().find(|banner| banner.about == About::Log);
    found.map_or("", |banner| banner.text.as_str())
}

fn shown(desk: &Desk) -> Option<&str> {
    desk.state.ui.notice.as_ref().map(|(_, notice)| notice.as_str())
}

fn names(drafts: &[Draft]) -> Vec<&str> {
    let name = |draft: &Draft| match draft.event {
        Event::ReadingsStopped { .. } => "stopped",
        Event::ReadingsSealed { .. } => "sealed",
        Event::RunEnded { .. } => "ended",
        _ => "other",
    };
    drafts.iter().map(name).collect()
}

/// Types into what is asked for, and presses enter.
fn enter(desk: &mut Desk, typed: &str) {
    for c in typed.chars() {
        desk.take(Msg::Edit(InputRequest::InsertChar(c)));
    }
    desk.take(Msg::Confirm);
}

#[test]
fn a_refused_act_is_a_banner_and_nothing_is_lost() {
    let mut desk = Desk::new();
    desk.press(Action::Tick);
    desk.refuse(FULL);
    assert_eq!(desk.is("first"), ItemState::Open);
    assert!(banner(&desk).contains("NOT RECORDED") && banner(&desk).contains("first"), "{}", banner(&desk));
    desk.act(Action::Tick);
    assert_eq!(desk.is("first"), ItemState::Done);
    assert!(desk.state.ui.banners.is_empty(), "the next line on disk takes the banner away");
}

#[test]
fn what_was_typed_is_there_when_the_key_is_pressed_again() {
    let mut desk = Desk::new();
    desk.press(Action::Comment);
    enter(&mut desk, "seen by two");
    desk.refuse(FULL);
    assert!(banner(&desk).starts_with("NOT RECORDED: note on “first”. "), "{}", banner(&desk));
    desk.press(Action::Comment);
    enter(&mut desk, "!");
    desk.sync();
    assert_eq!(desk.state.record.items[0].notes.last().unwrap().text, "seen by two!");
    assert_eq!(banner(&desk), "");
    desk.press(Action::Comment);
    let Some(Kind::Prompt(prompt)) = desk.state.ui.layers.last().map(|layer| &layer.kind) else { panic!() };
    assert_eq!(prompt.input.value(), "", "what is recorded is not suggested again");
}

#[test]
fn a_secret_that_was_refused_is_not_kept() {
    let mut desk = Desk::new();
    desk.press(Action::Down);
    desk.press(Action::Down);
    desk.press(Action::Fill);
    enter(&mut desk, "hunter2");
    assert_eq!(desk.sent.len(), 1);
    desk.refuse(FULL);
    desk.press(Action::Fill);
    let Some(Kind::Prompt(prompt)) = desk.state.ui.layers.last().map(|layer| &layer.kind) else { panic!() };
    assert!(prompt.hidden && prompt.input.value().is_empty());
}

#[test]
fn the_act_before_does_not_answer_for_the_one_refused() {
    let mut desk = Desk::new();
    desk.act(Action::Tick);
    assert!(shown(&desk).unwrap().contains("first” · recorded"));
    desk.press(Action::Tick);
    desk.refuse(FULL);
    assert_eq!(shown(&desk), None);
}

#[test]
fn esc_does_not_hide_a_log_that_cannot_be_written() {
    let mut desk = Desk::new();
    desk.press(Action::Tick);
    desk.refuse(FULL);
    desk.press(Action::Back);
    assert!(banner(&desk).contains("first") && desk.state.desk.refused.stands());
    desk.press(Action::Quit);
    let Some(Kind::Choice(choice)) = desk.state.ui.layers.last().map(|layer| &layer.kind) else { panic!() };
    assert!(choice.lines[0].starts_with("NOT RECORDED: ticked “first”."), "{:?}", choice.lines);
    assert!(choice.lines[1].contains("No space left"), "{:?}", choice.lines);
    assert!(!choice.lines.iter().any(|line| line.contains("keeps everything")), "{:?}", choice.lines);
    desk.press(Action::Back);

    // The machine can write again: nobody's act is recorded by that, and now it may be put aside.
    let clock = desk.state.draft(
        Event::ClockJumped { kind: JumpKind::Step, by_ms: 2500 },
        Actor::Machine,
        &desk.clock.now(),
    );
    desk.sent.push(clock);
    desk.sync();
    assert!(banner(&desk).contains("Press the key again"), "{}", banner(&desk));
    desk.press(Action::Back);
    assert_eq!(banner(&desk), "");
}

#[test]
fn what_the_recorder_said_is_told_when_the_log_takes_it() {
    let mut desk = Desk::new();
    desk.take(Msg::Recorded(Box::new(News::Stopped { bytes: 12, why: "no space".to_owned() })));
    let readings = |desk: &Desk| desk.state.ui.banners.iter().any(|banner| banner.about == About::Readings);
    assert!(readings(&desk));
    desk.refuse(FULL);
    desk.take(Msg::Wake);
    assert_eq!(desk.sent.len(), 0, "not at once again");
    desk.take(Msg::Recorded(Box::new(News::Again)));
    assert!(!readings(&desk));
    desk.take(Msg::Recorded(Box::new(News::Stopped { bytes: 13, why: "no space".to_owned() })));
    let at = desk.clock.now().wall;
    let file = "readings-000001.jsonl".to_owned();
    let sealed = Sealed { file, sha256: "0".repeat(64), lines: 1, from: at, to: at, recovered: false };
    desk.take(Msg::Recorded(Box::new(News::Sealed(sealed))));
    assert!(readings(&desk), "what was recorded before is sealed, and nothing is recorded yet");
    desk.wait(Duration::from_secs(6));
    assert_eq!(names(&desk.sent), ["stopped", "stopped", "sealed"]);
    desk.refuse(FULL);
    let effects = desk.state.leave("asked", &desk.clock.now());
    let Effect::Append(drafts) = &effects[0] else { panic!("{effects:?}") };
    assert_eq!(names(drafts), ["stopped", "stopped", "sealed", "ended"]);
}
