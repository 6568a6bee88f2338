//! Items with blanks, where they are told in one line.

use super::*;

#[test]
fn what_was_filled_in_is_told_in_the_place_of_its_blank() {
    let mut desk = Desk::new();
    desk.go("second");
    desk.press(Action::Fill);
    desk.say("s-77");
    desk.act(Action::Tick);
    assert_eq!(desk.state.ui.recent[0].1, "dana ticked “second: s-77”");
    assert!(!desk.notice().contains("empty"), "{}", desk.notice());
    desk.go("second");
    desk.act(Action::Reopen);
    assert_eq!(desk.state.ui.recent[0].1, "dana took back “second: s-77”");
}

#[test]
fn a_tick_beside_an_empty_blank_is_taken_and_says_so() {
    let mut desk = Desk::new();
    desk.go("second");
    desk.act(Action::Tick);
    assert_eq!(desk.is("second"), ItemState::Done);
    assert_eq!(desk.notice(), "ticked, but “second” is empty: e on the item fills it · recorded");
    assert_eq!(desk.state.ui.recent[0].1, "dana ticked “second: ____”");
    desk.go("first");
    desk.act(Action::Tick);
    assert!(!desk.notice().contains("empty"), "{}", desk.notice());
}
