//! Edits of the plan in mid-run.

mod table;

use super::*;

#[test]
fn an_edit_of_the_plan_keeps_the_ticks() {
    let mut desk = Desk::new();
    desk.act(Action::Tick);
    let edited = PLAN.replace("- [ ] first\n", "- [ ] brand new\n- [ ] first\n").replace("- [ ] last\n", "");
    desk.take(Msg::Files(Box::new(Ok(plan_of(&edited, "")))));
    desk.sync();
    assert_eq!(
        desk.names().last().unwrap(),
        "plan.amended",
        "{:?} {:?}",
        desk.state.ui.banners,
        desk.notice()
    );
    assert!(matches!(desk.state.ui.layers.last().unwrap().kind, Kind::Diff { .. }), "the diff is shown");
    assert_eq!(desk.is("first"), ItemState::Done);
    assert_eq!(desk.is("brand new"), ItemState::Open);
    assert!(desk.state.record.items.iter().any(|item| item.row.text == "last" && item.removed));
}

#[test]
fn a_second_item_of_the_same_text_takes_no_tick_away() {
    let mut desk = Desk::new();
    desk.act(Action::Tick);
    let edited = PLAN.replace("- [ ] first\n", "- [ ] first\n- [ ] something else\n- [ ] first\n");
    desk.take(Msg::Files(Box::new(Ok(plan_of(&edited, "")))));
    desk.sync();
    let twins: Vec<_> = desk.state.record.items.iter().filter(|it| it.row.text == "first").collect();
    assert_eq!(twins.len(), 2);
    assert_eq!(twins.iter().filter(|twin| twin.state == ItemState::Done).count(), 1);
    assert!(desk.state.record.anomalies.is_empty(), "{:?}", desk.state.record.anomalies);
}

#[test]
fn a_broken_edit_is_a_banner_and_the_old_plan_stays() {
    let mut desk = Desk::new();
    desk.take(Msg::Files(Box::new(Err("move.toml:3:1: unknown key".to_owned()))));
    assert_eq!(desk.state.ui.banners[0].about, About::Files);
    desk.act(Action::Tick);
    assert_eq!(desk.is("first"), ItemState::Done);
    desk.take(Msg::Files(Box::new(Ok(plan_of(PLAN, "")))));
    assert!(desk.state.ui.banners.is_empty());
}

#[test]
fn an_amendment_that_was_refused_is_tried_again() {
    let mut desk = Desk::new();
    let edited = PLAN.replace("- [ ] last\n", "- [ ] last\n- [ ] one more\n");
    desk.take(Msg::Files(Box::new(Ok(plan_of(&edited, "")))));
    desk.refuse("no space");
    assert!(desk.state.record.items.iter().all(|item| item.row.text != "one more"));
    desk.press(Action::Back);
    desk.act(Action::Tick);
    desk.sync();
    assert_eq!(desk.is("one more"), ItemState::Open);
}
