//! Rollback, temporary states, milestones.

use super::super::action::Action;
use super::super::layer::Kind;
use super::*;
use crate::sample::{Kind as ProbeKind, Side};
use crate::state::schedule::LockState;

const PLAN: &str = "# Move\n\n## One\n\n- [ ] first\n- [ ] proxy on <!-- cutover: opens = [\"proxy\"] -->\n\
                    - [ ] proxy off <!-- cutover: closes = [\"proxy\"] -->\n\n## Rollback\n\n- [ ] undo\n- [ ] look\n\n\
                    ## Sign-off\n\n- [ ] Lead: ____\n";

fn lines(desk: &Desk) -> String {
    match desk.state.ui.layers.last().map(|layer| &layer.kind) {
        Some(Kind::Prompt(prompt)) => format!("{}\n{}", prompt.title, prompt.lines.join("\n")),
        other => panic!("nothing is asked: {other:?}"),
    }
}

#[test]
fn a_rollback_is_a_decision_with_a_reason() {
    let mut desk = Desk::with(PLAN, "", Some("dana"));
    desk.go("first");
    desk.act(Action::Tick);
    assert_eq!(desk.state.outline.tally.all(), 4, "its steps do not count beforehand");
    desk.go("undo");
    desk.act(Action::Tick);
    assert!(lines(&desk).contains("ROLLBACK"), "{}", lines(&desk));
    desk.press(Action::Back);
    assert_eq!(desk.is("undo"), ItemState::Open);
    desk.press(Action::Rollback);
    desk.say("users cannot log in");
    assert_eq!(desk.names().last().unwrap(), "rollback.invoked");
    assert_eq!((desk.state.aim(), desk.at().as_str()), (Side::Old, "undo"));
    assert_eq!(desk.state.outline.tally.all(), 2, "its steps are the work");
    desk.act(Action::Tick);
    assert_eq!((desk.is("undo"), desk.at().as_str()), (ItemState::Done, "look"));
    desk.press(Action::Rollback);
    desk.say("it was the wrong password");
    assert_eq!(desk.names().last().unwrap(), "rollback.stood_down");
    assert_eq!(desk.state.aim(), Side::New);
    assert_eq!(desk.state.outline.tally.all(), 5, "what was done of it stays in the count");
    assert!(desk.state.record.totals().add_up());
}

#[test]
fn a_rollback_lasts_over_a_restart() {
    let mut desk = Desk::with(PLAN, "", Some("dana"));
    desk.press(Action::Rollback);
    desk.say("users cannot log in");
    let mut start = Desk::first(PLAN, "", Some("lee"));
    start.record = desk.state.record;
    start.session = 2;
    let desk = Desk::start(start, desk.clock);
    assert!(desk.state.record.rolling_back());
    assert_eq!((desk.state.aim(), desk.at().as_str()), (Side::Old, "undo"));
}

#[test]
fn a_safe_time_from_before_a_rollback_turned_opens_no_lock_after_it() {
    let dns =
        "[[dns]]\nname = \"api\"\nrecord = \"api.example.com\"\nold = \"192.0.2.1\"\nnew = \"192.0.2.2\"\n";
    let plan = "# M\n## One\n- [ ] Updated DNS CNAME record\n- [ ] Wait for TTL to expire\n## Rollback\n- [ ] undo\n";
    let mut desk = Desk::with(plan, dns, Some("dana"));
    let lock = |desk: &mut Desk| {
        desk.go("Wait");
        let Cursor::Item(id) = desk.state.ui.cursor else { panic!("no item") };
        desk.state.lock(id, &desk.clock.now()).unwrap().1
    };
    let prove = |desk: &mut Desk| {
        let (now, name) = (desk.clock.now(), desk.state.live.records[0].settings.id());
        let event = Event::DnsSafe {
            record: ProbeId { kind: ProbeKind::Dns, name, side: None },
            since: now.wall.to_rfc3339(),
            ttl_s: 300,
            safe: (now.wall + chrono::TimeDelta::minutes(5)).to_rfc3339(),
            proof: "all answer new".to_owned(),
        };
        let draft = desk.state.draft(event, Actor::Machine, &now);
        desk.sent.push(draft);
        desk.sync();
    };
    prove(&mut desk);
    assert_eq!(lock(&mut desk), LockState::Counting(Duration::from_mins(5)));
    for reason in ["users cannot log in", "they can"] {
        desk.press(Action::Rollback);
        desk.say(reason);
        assert!(matches!(lock(&mut desk), LockState::Shut(_)), "{:?}", lock(&mut desk));
    }
    prove(&mut desk);
    assert_eq!(lock(&mut desk), LockState::Counting(Duration::from_mins(5)), "proved anew");
}

#[test]
fn temporary_states_begin_and_end_with_their_items() {
    let mut desk = Desk::with(PLAN, "", Some("dana"));
    let on = |desk: &Desk| desk.state.record.control.open_states().count();
    desk.go("proxy on");
    desk.act(Action::Tick);
    assert_eq!((on(&desk), desk.names().last().unwrap().as_str()), (1, "state.opened"));
    desk.go("proxy on");
    desk.act(Action::Reopen);
    assert_eq!(on(&desk), 0, "a tick taken back begins nothing");
    desk.act(Action::Tick);
    desk.go("Lead");
    desk.press(Action::Tick);
    assert!(lines(&desk).contains("Still on: “proxy”"), "{}", lines(&desk));
    assert!(lines(&desk).contains("2 items are open"), "{}", lines(&desk));
    desk.press(Action::Back);
    desk.go("proxy off");
    desk.act(Action::Tick);
    assert_eq!(on(&desk), 0);
    desk.go("Lead");
    desk.press(Action::Tick);
    assert!(!lines(&desk).contains("Still on"), "{}", lines(&desk));
    desk.say("Lee Chen, lead");
    assert_eq!(desk.is("Lead"), ItemState::Done);
}

#[test]
fn a_sign_off_names_what_is_still_on() {
    let mut desk = Desk::with(PLAN, "", Some("dana"));
    desk.go("proxy on");
    desk.act(Action::Tick);
    desk.go("Lead");
    desk.press(Action::Tick);
    desk.say("Lee Chen, lead");
    assert_eq!(desk.state.record.signoffs[0].open, ["proxy"]);
    let lead = desk.state.record.items.iter().find(|item| item.row.text.starts_with("Lead")).unwrap();
    assert_eq!(lead.fields[&0].value, "Lee Chen", "who signs fills the blank for the name");
}

#[test]
fn after_a_rollback_that_was_stood_down_the_work_is_where_it_was_before() {
    let mut desk = Desk::with("# M\n## One\n- [ ] a\n- [ ] b\n## Rollback\n- [ ] back\n", "", Some("dana"));
    desk.go("a");
    desk.act(Action::Tick);
    desk.act(Action::Rollback);
    desk.say("it does not answer");
    desk.go("back");
    desk.act(Action::Tick);
    desk.act(Action::Rollback);
    desk.say("second try");
    desk.go("back");
    desk.wait(Duration::from_mins(7));
    desk.press(Action::Down);
    assert!(desk.at().starts_with('b'), "{}", desk.at());
    assert!(desk.notice().contains("ticked “a”; next: “b”"), "{}", desk.notice());
}

#[test]
fn a_signature_fills_the_blanks_beside_it() {
    let plan =
        "# M\n\n## One\n\n- [ ] a\n\n## Sign-off\n\n- [ ] Lead: ____ Role: ____ Date: ____ Comments: ____\n";
    let mut desk = Desk::with(plan, "", Some("dana"));
    desk.go("a");
    desk.act(Action::Defer);
    desk.say("lee, next week");
    desk.go("Lead");
    desk.act(Action::Tick);
    let asked = lines(&desk);
    assert!(asked.starts_with("Sign off: Lead\n"), "{asked}");
    assert!(asked.contains("1 item was put off to a later day."), "{asked}");
    assert!(asked.contains("Filled in with it: “Lead”, “Role”, “Date”."), "{asked}");
    desk.say("lee, technical lead");
    let item = desk.state.record.items.iter().find(|item| item.row.text.starts_with("Lead")).unwrap();
    let filled: Vec<(u32, &str)> = item.fields.iter().map(|(at, it)| (*at, it.value.as_str())).collect();
    assert_eq!(filled, [(0, "lee"), (1, "technical lead"), (2, "2026-11-21")]);
    assert_eq!(desk.state.record.signoffs.len(), 1);
}
