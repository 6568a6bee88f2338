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
fn what_left_the_plan_and_came_to_it_is_named() {
    let what = |desk: &Desk| match &desk.log.last().unwrap().event {
        Event::PlanAmended { what, .. } => what.clone(),
        other => panic!("{other:?}"),
    };
    let mut desk = Desk::new();
    desk.act(Action::Tick);
    let edited = PLAN.replace("- [ ] first\n", "").replace("- [ ] last\n", "- [ ] last\n- [ ] brand new\n");
    desk.take(Msg::Files(Box::new(Ok(plan_of(&edited, "")))));
    desk.sync();
    let wanted = "1 added, 1 removed; removed “first”, done by dana: it stays in the record and the report; added “brand new”";
    assert_eq!(what(&desk), wanted);
    assert_eq!(desk.state.ui.recent[0].1, format!("plan amended: {wanted}"));
    desk.state.ui.layers.clear();
    let edited = edited.replace("- [ ] last\n", "").replace("- [ ] brand new\n", "");
    desk.take(Msg::Files(Box::new(Ok(plan_of(&edited, "")))));
    desk.sync();
    assert_eq!(what(&desk), "2 removed; removed “last”; removed “brand new”");
}

#[test]
fn what_is_wrong_in_a_file_and_what_holds_are_two_sentences() {
    let mut desk = Desk::new();
    desk.take(Msg::Files(Box::new(Err("move.toml:3: expected `]`".to_owned()))));
    let said = &desk.state.ui.banners[0].text;
    assert_eq!(said, "move.toml:3: expected `]`. What was read before stays in force.");
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
