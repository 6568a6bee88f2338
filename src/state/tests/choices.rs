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

#[test]
fn a_decision_outlives_an_edit_of_its_ways() {
    let mut desk = Desk::with(WAYS, "", Some("dana"));
    desk.press(Action::Decide);
    desk.choose('a');
    desk.say("simplest");
    let edit = |desk: &mut Desk, plan: &str| {
        desk.take(Msg::Files(Box::new(Ok(plan_of(plan, "")))));
        desk.sync();
        desk.wait(Duration::from_secs(1));
        desk.sync();
        desk.state.ui.layers.clear();
    };
    // A step comes into the way not taken: it does not apply. The way is called otherwise: it is the same.
    let more =
        WAYS.replace("- [ ] upload\n", "- [ ] upload\n- [ ] restart\n").replace("B: archive", "B: a zip");
    edit(&mut desk, &more);
    assert_eq!((desk.is("restart"), desk.is("upload")), (ItemState::NotApplicable, ItemState::NotApplicable));
    // A step leaves it for the common part: it is open again, and on record why.
    let out = more.replace("- [ ] upload\n", "").replace("- [ ] look\n", "- [ ] look\n- [ ] upload\n");
    edit(&mut desk, &out);
    assert_eq!((desk.is("upload"), desk.is("zip")), (ItemState::Open, ItemState::NotApplicable));
    let upload = desk.state.record.items.iter().find(|it| it.row.text == "upload").unwrap();
    assert!(upload.history.iter().any(|entry| entry.text.contains("no longer a step")), "{upload:?}");
    // The way not taken is gone from the plan: the decision stands.
    let gone = out.replace("### Method B: a zip\n\n- [ ] zip\n- [ ] restart\n\n", "");
    assert_ne!(gone, out);
    edit(&mut desk, &gone);
    assert_eq!(desk.is("push"), ItemState::Open);
    assert!(desk.state.record.totals().add_up() && desk.state.record.anomalies.is_empty());
}
