//! Who acts: names, terminals, watchers, starts.

use super::*;

/// The key that follows comes from this terminal.
fn hand(tty: &str) -> Msg {
    Msg::Hand(Some(Client { tty: tty.to_owned(), user: "lee".to_owned(), pid: 7, ambiguous: false }))
}

#[test]
fn nobody_acts_without_a_name() {
    let mut desk = Desk::with(PLAN, "", None);
    assert_eq!(desk.state.mode(), Mode::Prompt);
    desk.take(Msg::Edit(InputRequest::DeleteLine));
    desk.say("cutover");
    assert_eq!(desk.state.mode(), Mode::Prompt, "the reserved name is refused");
    desk.take(Msg::Edit(InputRequest::DeleteLine));
    desk.say("dana");
    assert_eq!(desk.state.desk.operator.as_deref(), Some("dana"));
    desk.act(Action::Tick);
    assert_eq!(desk.is("first"), ItemState::Done);
}

#[test]
fn another_hand_is_asked_for_its_name_once_and_followed_after_that() {
    let mut desk = Desk::new();
    desk.take(hand("/dev/pts/1"));
    desk.act(Action::Tick);
    desk.take(hand("/dev/pts/2"));
    desk.act(Action::Tick);
    desk.say("");
    assert_eq!(desk.state.mode(), Mode::Prompt, "an enter meant for what was there before names nobody");
    desk.wait(Duration::from_millis(400));
    desk.say("");
    assert_eq!(desk.state.desk.operator.as_deref(), Some("lee"), "the login is suggested");
    desk.act(Action::Tick);
    assert_eq!(desk.log.last().unwrap().by.to_string(), "lee");
    desk.take(hand("/dev/pts/1"));
    desk.act(Action::Tick);
    assert_eq!(desk.log.last().unwrap().by.to_string(), "dana");
    assert_eq!(desk.log.last().unwrap().via.client.as_ref().unwrap().tty, "/dev/pts/1");
    assert_eq!(desk.names().iter().filter(|name| **name == "operator.changed").count(), 2);
}

#[test]
fn a_hand_that_gives_up_does_not_lend_its_name() {
    let mut desk = Desk::new();
    desk.take(hand("/dev/pts/1"));
    desk.act(Action::Tick);
    desk.take(hand("/dev/pts/2"));
    desk.act(Action::Tick);
    desk.say("lee");
    desk.take(hand("/dev/pts/1"));
    desk.press(Action::Comment);
    desk.press(Action::Back);
    desk.take(hand("/dev/pts/2"));
    desk.act(Action::Tick);
    assert_eq!(desk.log.last().unwrap().by.to_string(), "lee");
    assert!(desk.state.record.anomalies.is_empty(), "{:?}", desk.state.record.anomalies);
}

#[test]
fn a_resume_without_a_name_is_no_anomaly() {
    let mut desk = Desk::new();
    desk.act(Action::Tick);
    let mut later = desk.again(None, 2);
    later.say("dana");
    later.act(Action::Tick);
    let mut third = later.again(Some("lee"), 3);
    third.act(Action::Tick);
    assert!(third.state.record.anomalies.is_empty(), "{:?}", third.state.record.anomalies);
    assert_eq!(third.state.record.operator.as_deref(), Some("lee"));
    let incidents = third.state.record.incidents.iter().map(|entry| entry.text.as_str());
    let hands: Vec<_> = incidents.filter(|text| text.contains("hands")).collect();
    assert_eq!(hands, ["change of hands, from dana to lee"]);
}

#[test]
fn a_watcher_writes_nothing() {
    let mut desk = Desk::new();
    desk.state.desk.access = Access::Watcher("dana holds it".to_owned());
    desk.press(Action::Tick);
    assert!(desk.sent.is_empty());
    assert!(desk.notice().contains("dana holds it"), "{}", desk.notice());
    desk.press(Action::Quit);
    desk.choose('y');
    assert!(desk.effects.contains(&Effect::Leave) && desk.sent.is_empty());
}

#[test]
fn after_two_hands_at_once_the_first_clear_one_is_not_taken_for_the_operator_s() {
    let mut desk = Desk::new();
    let hand = |tty: &str, ambiguous| {
        Msg::Hand(Some(Client { tty: tty.to_owned(), user: "lee".to_owned(), pid: 7, ambiguous }))
    };
    desk.take(hand("/dev/pts/1", true));
    desk.act(Action::Tick);
    assert_eq!(desk.log.last().unwrap().by.to_string(), "dana", "nobody is asked in the rush");
    let before = desk.log.len();
    desk.take(hand("/dev/pts/2", false));
    desk.act(Action::Tick);
    assert_eq!((desk.state.mode(), desk.log.len()), (Mode::Prompt, before), "whose is it?");
}
