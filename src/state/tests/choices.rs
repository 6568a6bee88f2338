//! Choices of the plan.

use super::*;

const WAYS: &str = "# Move\n\n## Deploy\n\nChoose one method:\n\n### Method A: actions\n\n- [ ] push\n\n\
     ### Method B: archive\n\n- [ ] zip\n- [ ] upload\n\n### Verify\n\n- [ ] look\n";

#[test]
fn a_way_is_taken_and_taken_back() {
    let mut desk = Desk::with(WAYS, "", Some("dana"));
    assert_eq!(desk.state.forks.len(), 1);
    assert_eq!(desk.state.outline.tally.all(), 4);
    desk.press(Action::Decide);
    desk.choose('a');
    desk.say("simplest");
    assert_eq!((desk.is("zip"), desk.is("upload")), (ItemState::NotApplicable, ItemState::NotApplicable));
    assert_eq!((desk.is("push"), desk.state.outline.tally.all()), (ItemState::Open, 2));
    desk.go("zip");
    desk.press(Action::Reopen);
    desk.say("no runner is free");
    assert_eq!((desk.is("zip"), desk.state.outline.tally.all()), (ItemState::Open, 4));
}

#[test]
fn a_tick_on_a_step_of_a_way_offers_the_way() {
    let mut desk = Desk::with(WAYS, "", Some("dana"));
    desk.go("zip");
    desk.press(Action::Tick);
    desk.choose('c');
    desk.say("no runner");
    assert_eq!((desk.is("zip"), desk.is("push")), (ItemState::Done, ItemState::NotApplicable));
}

#[test]
fn the_line_of_a_decision_takes_the_cursor() {
    let mut desk = Desk::with(WAYS, "", Some("dana"));
    desk.go("push");
    desk.press(Action::Up);
    assert_eq!(desk.state.ui.cursor, Cursor::Decision(0));
    // What is done to items is done to none.
    desk.press(Action::Skip);
    assert!(desk.state.ui.layers.is_empty(), "{:?}", desk.state.ui.layers);
    desk.press(Action::NotApplicable);
    assert!(desk.state.ui.layers.is_empty(), "{:?}", desk.state.ui.layers);
    desk.press(Action::Open);
    desk.choose('b');
    desk.say("no runner");
    assert_eq!((desk.is("push"), desk.state.ui.cursor), (ItemState::NotApplicable, Cursor::Decision(0)));
    desk.press(Action::Reopen);
    desk.say("a runner came");
    assert_eq!(desk.is("push"), ItemState::Open);
    desk.press(Action::Fold);
    assert_eq!(desk.state.ui.cursor, Cursor::Phase(0));
}
