//! Roles, second persons, points of no return.

use proptest::prelude::*;

use super::*;
use crate::checklist::ItemId;
use crate::signoff::event::{DecisionKind, OverrideKind};

const CHANGE: &str = "# Move\n\n## Prepare\n\n- [ ] warn the users\n- [ ] take a backup\n\n## Change\n\n\
     - [ ] drop the old index <!-- cutover: role = \"dba\" -->\n\
     - [ ] flip the name <!-- cutover: approve = 2, read_back = \"row count on the old side\" -->\n\
     - [ ] read the health <!-- cutover: approve = 2, read_back = \"health/api state\" -->\n";
const PEOPLE: &str = "[people]\ndana = { roles = [\"operator\"] }\n\"Lee Chen\" = { roles = [\"dba\", \"approver\"] }\n\
     kim = {}\n";

fn change() -> Desk {
    Desk::with(CHANGE, &format!("{PEOPLE}\n{CHECK}"), Some("dana"))
}

fn hand(tty: &str, user: &str) -> Msg {
    Msg::Hand(Some(Client { tty: tty.to_owned(), user: user.to_owned(), pid: 7, ambiguous: false }))
}

impl Desk {
    pub(super) fn tick(&mut self, text: &str) {
        self.go(text);
        self.act(Action::Tick);
    }

    /// What the open prompt says above its line.
    fn told(&self) -> String {
        match self.state.ui.layers.last().map(|layer| &layer.kind) {
            Some(Kind::Prompt(prompt)) => prompt.lines.join("\n"),
            Some(Kind::Choice(choice)) => choice.lines.join("\n"),
            _ => String::new(),
        }
    }

    fn complaint(&self) -> String {
        match self.state.ui.layers.last().map(|layer| &layer.kind) {
            Some(Kind::Prompt(prompt)) => prompt.complaint.clone().unwrap_or_default(),
            _ => String::new(),
        }
    }

    fn row(&self, text: &str) -> String {
        let item = self.state.record.items.iter().find(|item| item.row.text.starts_with(text)).unwrap();
        let asides = self.state.asides(item.row.id, &self.clock.now());
        asides.into_iter().map(|aside| aside.words).collect::<Vec<_>>().join(" · ")
    }

    fn overrides(&self) -> Vec<(OverrideKind, String)> {
        let past = self.state.record.control.overrides.iter();
        past.map(|it| (it.kind, format!("{}: {}", it.entry.act.by, it.entry.text))).collect()
    }

    fn last(&self, count: usize) -> Vec<String> {
        let names = self.names();
        names[names.len() - count..].to_vec()
    }

    /// The second person approves where the first did, reading this out.
    fn second(&mut self, name: &str, read: &str) {
        self.choose('s');
        self.say(name);
        self.say(read);
    }
}

#[test]
fn whoever_lacks_a_role_says_why_and_it_is_on_record() {
    let mut desk = change();
    assert_eq!(desk.row("drop"), "role dba");
    desk.tick("drop");
    assert!(
        desk.told().contains("asks for the role dba; dana has operator; Lee Chen has it"),
        "{}",
        desk.told()
    );
    assert_eq!(desk.is("drop"), ItemState::Open);
    desk.say("Lee is on the phone and says so");
    assert_eq!(desk.is("drop"), ItemState::Done);
    assert_eq!(desk.overrides(), [(OverrideKind::Role, "dana: Lee is on the phone and says so".to_owned())]);
}

#[test]
fn who_has_the_role_is_not_asked_whatever_the_case_of_the_name() {
    let mut desk = Desk::with(CHANGE, &format!("{PEOPLE}\n{CHECK}"), Some(" lee  chen"));
    desk.tick("drop");
    assert_eq!(desk.is("drop"), ItemState::Done);
    assert!(desk.overrides().is_empty());
    let mut desk = Desk::with(CHANGE, &format!("{PEOPLE}\n{CHECK}"), Some("visitor"));
    desk.tick("drop");
    assert!(desk.told().contains("visitor is not declared in [people]"), "{}", desk.told());
}

#[test]
fn two_persons_and_what_the_second_reads_out() {
    let mut desk = change();
    assert_eq!(desk.row("flip"), "2 persons");
    desk.tick("flip");
    assert_eq!((desk.is("flip"), desk.last(1)), (ItemState::Open, vec!["approval.given".to_owned()]));
    assert_eq!(desk.row("flip"), "1 of 2 approved by dana, 15m left");
    desk.tick("flip");
    desk.choose('s');
    desk.say("Dana");
    assert!(desk.complaint().contains("somebody else must"), "{}", desk.complaint());
    desk.take(Msg::Edit(InputRequest::DeleteLine));
    desk.say("lee chen");
    assert_eq!(desk.told(), "row count on the old side");
    desk.say("412");
    assert_eq!(desk.is("flip"), ItemState::Done);
    assert_eq!(desk.last(2), ["approval.given", "item.done"]);
    let given = &desk.state.record.control.approvals;
    let by: Vec<_> = given.iter().map(|it| (it.n, it.act.by.as_str())).collect();
    assert_eq!(by, [(1, "dana"), (2, "Lee Chen")], "as the sidecar spells the name");
    assert_eq!(given[1].read_back.as_ref().unwrap().said, "412");
    assert_eq!(desk.state.desk.operator.as_deref(), Some("dana"), "who lends an approval takes nothing over");
    assert!(desk.state.record.anomalies.is_empty(), "{:?}", desk.state.record.anomalies);
}

#[test]
fn what_the_probe_saw_stands_beside_and_a_difference_needs_a_reason() {
    let mut desk = change();
    desk.reading(true);
    desk.reading(true);
    desk.tick("read");
    desk.tick("read");
    desk.second("lee chen", "down");
    assert!(
        desk.told().contains("Lee Chen read out “down” for health/api state, the probe saw “up”"),
        "{}",
        desk.told()
    );
    desk.say("the screen was old");
    assert_eq!(desk.is("read"), ItemState::Done);
    assert_eq!(desk.overrides(), [(OverrideKind::Approval, "Lee Chen: the screen was old".to_owned())]);
    assert_eq!(desk.last(3), ["gate.overridden", "approval.given", "item.done"], "in one append");
}

#[test]
fn an_approver_without_the_role_is_said_and_who_is_not_declared_too() {
    for (name, says) in [("kim", "kim has none"), ("guest", "guest is not declared")] {
        let mut desk = change();
        desk.tick("flip");
        desk.tick("flip");
        desk.second(name, "412");
        assert!(
            desk.told().contains("asks for the role approver") && desk.told().contains(says),
            "{}",
            desk.told()
        );
        desk.say("nobody else is awake");
        assert_eq!((desk.is("flip"), desk.overrides().len()), (ItemState::Done, 1));
    }
}

#[test]
fn another_terminal_is_asked_for_its_name_and_enter_means_it() {
    let mut desk = change();
    desk.take(hand("/dev/pts/1", "dana"));
    desk.tick("flip");
    desk.take(hand("/dev/pts/2", "lee"));
    desk.press(Action::Tick);
    desk.say("Lee Chen");
    desk.press(Action::Tick);
    assert!(!desk.told().contains("terminal that"), "{}", desk.told());
    desk.wait(Duration::from_millis(400));
    desk.say("");
    desk.say("412");
    assert_eq!(desk.is("flip"), ItemState::Done);
    let given = &desk.state.record.control.approvals;
    assert_ne!(given[0].act.via.client, given[1].act.via.client);
    assert_eq!(desk.state.desk.operator.as_deref(), Some("Lee Chen"));
}

#[test]
fn one_terminal_for_both_is_said() {
    let mut desk = change();
    desk.take(hand("/dev/pts/1", "dana"));
    desk.tick("flip");
    desk.tick("flip");
    desk.choose('s');
    assert!(desk.told().contains("the terminal that dana approved on"), "{}", desk.told());
}

#[test]
fn nobody_else_there_is_gone_past_with_a_reason() {
    let mut desk = change();
    desk.tick("flip");
    desk.tick("flip");
    desk.choose('o');
    assert!(desk.told().contains("1 of 2 approved by dana; nobody else has"), "{}", desk.told());
    desk.say("alone on the night shift");
    assert_eq!(
        (desk.is("flip"), desk.last(2)),
        (ItemState::Done, vec!["gate.overridden".into(), "item.done".into()])
    );
}

#[test]
fn an_approval_lapses_with_time_even_over_a_sleep() {
    for asleep in [false, true] {
        let mut desk = change();
        desk.tick("flip");
        desk.wait(Duration::from_mins(14));
        desk.sync();
        assert_eq!(desk.row("flip"), "1 of 2 approved by dana, 1m left");
        if asleep {
            desk.clock.suspend(Duration::from_mins(2));
            desk.take(Msg::Wake);
        } else {
            desk.wait(Duration::from_mins(2));
        }
        desk.sync();
        assert_eq!(desk.names().iter().filter(|name| *name == "approval.lapsed").count(), 1);
        assert_eq!(desk.row("flip"), "2 persons");
        desk.tick("flip");
        assert_eq!(desk.row("flip"), "1 of 2 approved by dana, 15m left", "a new round");
    }
}

#[test]
fn an_approval_lapses_before_its_line_is_on_disk() {
    let mut desk = change();
    desk.tick("flip");
    desk.wait(Duration::from_mins(16));
    desk.press(Action::Tick);
    assert!(desk.notice().contains("lapsed"), "{}", desk.notice());
    desk.sync();
    assert_eq!(desk.is("flip"), ItemState::Open);
}

#[test]
fn an_approval_lapses_when_the_item_is_amended_reopened_or_taken_back() {
    let mut desk = change();
    desk.tick("flip");
    let edited = CHANGE.replace("flip the name", "flip the names");
    desk.take(Msg::Files(Box::new(Ok(plan_of(&edited, &format!("{PEOPLE}\n{CHECK}"))))));
    desk.choose('s');
    assert!(desk.last(1)[0].contains("lapsed"), "{:?}", desk.last(3));
    let mut desk = change();
    desk.tick("flip");
    desk.tick("flip");
    desk.second("lee chen", "412");
    desk.wait(Duration::from_mins(1));
    desk.go("flip");
    desk.press(Action::Reopen);
    desk.say("the old side answers again");
    assert_eq!(desk.last(1), ["approval.lapsed"]);
    desk.tick("flip");
    assert_eq!(desk.row("flip"), "1 of 2 approved by dana, 15m left");
    desk.go("flip");
    desk.act(Action::Reopen);
    assert_eq!(
        (desk.last(1), desk.row("flip")),
        (vec!["approval.lapsed".to_owned()], "2 persons".to_owned())
    );
}

#[test]
fn what_the_first_person_went_past_is_not_asked_again() {
    let plan =
        CHANGE.replace("approve = 2, read_back = \"row", "approve = 2, role = \"dba\", read_back = \"row");
    let mut desk = Desk::with(&plan, &format!("{PEOPLE}\n{CHECK}"), Some("dana"));
    desk.tick("flip");
    assert!(desk.told().contains("dana has operator"), "{}", desk.told());
    desk.say("Lee stands beside me");
    desk.tick("flip");
    desk.second("lee chen", "412");
    assert_eq!((desk.is("flip"), desk.overrides().len()), (ItemState::Done, 1));
}

#[test]
fn an_item_for_two_is_ticked_by_itself() {
    let mut desk = change();
    desk.go("drop");
    desk.press(Action::Select);
    desk.press(Action::Down);
    desk.press(Action::Tick);
    assert!(desk.notice().contains("asks for 2 persons: tick it by itself"), "{}", desk.notice());
    assert!(desk.sent.is_empty());
}

#[test]
fn a_read_back_of_a_probe_that_is_not_there_is_an_error_with_its_place() {
    let env = |_: &str| None;
    let sidecar = "[[gate]]\nitem = \"flip\"\napprove = 2\nread_back = \"health/app state\"\n";
    let error = config::load(&PathBuf::from("move.toml"), &format!("{CHECK}\n{sidecar}"), &env).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("did you mean `health/api`?") && text.contains("move.toml:6"), "{text}");
    let sidecar = sidecar.replace("health/app state", "health/api state == up");
    let error = config::load(&PathBuf::from("move.toml"), &format!("{CHECK}\n{sidecar}"), &env).unwrap_err();
    assert!(error.to_string().contains("nothing after the fact"), "{error}");
}

const POINT: &str = "# Move\n\n## Prepare\n\n- [ ] warn the users <!-- cutover: undo = true -->\n- [ ] take a backup\n\n\
     ## Change\n\n- [ ] write to the new side <!-- cutover: point_of_no_return = true -->\n\
     - [ ] delete the old disk <!-- cutover: undo = false -->\n- [ ] tell the users\n\n\
     ## Rollback\n\n- [ ] point back\n";

fn point() -> Desk {
    Desk::with(POINT, CHECK, Some("dana"))
}

#[test]
fn a_point_of_no_return_is_decided_by_name_and_ticked_in_one_append() {
    let mut desk = point();
    desk.tick("warn");
    desk.press(Action::OpenIssue);
    desk.say("the lift is broken");
    desk.reading(false);
    desk.reading(false);
    desk.tick("write");
    let told = desk.told();
    for part in [
        "Open before it: 1, “take a backup”",
        "Open issues: 1 “the lift is broken”",
        "Not well: health/api down",
    ] {
        assert!(told.contains(part), "{part:?} in {told}");
    }
    desk.choose('g');
    desk.say("Lee Chen, lead");
    desk.say("the backup is from tonight");
    assert_eq!(desk.is("write"), ItemState::Done);
    assert_eq!(desk.last(4), ["decision.made", "head.offered", "gate.overridden", "item.done"]);
    let made = &desk.state.record.control.decisions[0];
    assert_eq!((made.kind, made.choice.as_str()), (DecisionKind::Go, "go: Lee Chen, lead"));
    assert_eq!(made.act.by, "dana");
    assert!(made.item.is_some() && !made.evidence.is_empty());
    let head = desk.effects.iter().any(|it| matches!(it, Effect::Clipboard(text) if text.contains("sha256")));
    assert!(head, "the head goes to the clipboard");
}

#[test]
fn a_no_go_leaves_it_open_and_is_not_for_ever() {
    let mut desk = point();
    desk.tick("warn");
    desk.tick("take");
    desk.tick("write");
    assert!(desk.told().contains("nothing stands in the way"), "{}", desk.told());
    desk.choose('n');
    desk.say("Lee Chen, lead");
    desk.say("the window is too short");
    assert_eq!(
        (desk.is("write"), desk.last(2)),
        (ItemState::Open, vec!["decision.made".into(), "head.offered".into()])
    );
    desk.tick("write");
    desk.choose('g');
    desk.say("Lee Chen, lead");
    desk.say("the window was extended");
    assert_eq!(desk.is("write"), ItemState::Done);
    assert!(desk.overrides().is_empty(), "{:?}", desk.overrides());
    assert!(desk.state.record.anomalies.is_empty(), "{:?}", desk.state.record.anomalies);
}

#[test]
fn behind_a_point_without_a_go_is_out_of_order_and_said_once() {
    let mut desk = point();
    desk.tick("delete");
    assert!(desk.told().contains("behind the point of no return “write to the new side”"), "{}", desk.told());
    desk.say("done by hand yesterday");
    assert_eq!(desk.overrides()[0].0, OverrideKind::Order);
    desk.tick("tell");
    assert_eq!(desk.is("tell"), ItemState::Done);
    assert_eq!(desk.overrides().len(), 1);
}

#[test]
fn a_step_opened_behind_a_passed_point_is_out_of_order() {
    let mut desk = point();
    for text in ["warn", "take", "write"] {
        desk.tick(text);
    }
    desk.choose('g');
    desk.say("dana");
    desk.say("all is well");
    desk.go("take");
    desk.act(Action::Reopen);
    desk.tick("delete");
    assert!(desk.told().contains("1 step is open before the point of no return"), "{}", desk.told());
    desk.say("the backup runs again beside it");
    assert_eq!(desk.is("delete"), ItemState::Done);
    desk.tick("tell");
    assert_eq!(desk.is("tell"), ItemState::Done, "asked once");
    desk.tick("take");
    assert_eq!(desk.is("take"), ItemState::Done, "what comes before is in its order");
}

#[test]
fn a_point_that_is_opened_again_needs_another_decision() {
    let mut desk = point();
    for text in ["warn", "take", "write"] {
        desk.tick(text);
    }
    desk.choose('g');
    desk.say("dana");
    desk.say("all is well");
    desk.go("write");
    desk.act(Action::Reopen);
    assert_eq!(desk.last(2), ["item.reopened", "decision.reopened"]);
    desk.tick("write");
    assert_eq!((desk.state.mode(), desk.is("write")), (Mode::Choice, ItemState::Open));
}

#[test]
fn going_back_has_its_cost() {
    let mut desk = point();
    for text in ["warn", "take", "write"] {
        desk.tick(text);
    }
    desk.choose('g');
    desk.say("dana");
    desk.say("all is well");
    desk.tick("delete");
    let cost = crate::state::people::rollback_cost(&desk.state);
    let texts = |ids: &[ItemId]| -> Vec<String> {
        ids.iter().map(|id| desk.state.item(*id).unwrap().row.text.clone()).collect()
    };
    assert_eq!(texts(&cost.undoable), ["warn the users"]);
    assert_eq!(texts(&cost.lost), ["write to the new side", "delete the old disk"]);
    assert_eq!(texts(&cost.unknown), ["take a backup"]);
    assert_eq!(cost.behind, cost.lost);
}

/// What may happen to an item that two must approve.
#[derive(Clone, Debug)]
enum Step {
    /// Somebody at some terminal presses the key, gives a name, reads out, gives a reason.
    Tick {
        hand: u8,
        key: char,
        name: usize,
    },
    Reopen,
    Wait(u64),
    Sleep(u64),
    Amend,
    Lose,
    Restart,
}

const NAMES: [&str; 4] = ["dana", "Lee Chen", "LEE  chen", "kim"];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..3u8, prop_oneof![3 => Just('s'), 1 => Just('o'), 1 => Just('b')], 0..NAMES.len())
            .prop_map(|(hand, key, name)| Step::Tick { hand, key, name }),
        1 => Just(Step::Reopen),
        1 => (1..20u64).prop_map(Step::Wait),
        1 => (1..20u64).prop_map(Step::Sleep),
        1 => Just(Step::Amend),
        1 => Just(Step::Lose),
        1 => Just(Step::Restart),
    ]
}

/// Answers whatever asks until nothing does.
fn answer(desk: &mut Desk, key: char, name: &str) {
    for _ in 0..8 {
        match desk.state.ui.layers.last().map(|layer| &layer.kind) {
            None => return,
            Some(Kind::Choice(_)) => desk.choose(key),
            Some(Kind::Prompt(prompt)) => {
                let asks_name = matches!(
                    prompt.purpose,
                    super::super::layer::Purpose::Approver(_)
                        | super::super::layer::Purpose::NewHand
                        | super::super::layer::Purpose::Operator
                );
                desk.take(Msg::Edit(InputRequest::DeleteLine));
                desk.say(if asks_name { name } else { "because" });
                if !desk.complaint().is_empty() {
                    desk.press(Action::Back);
                }
            }
            Some(_) => desk.press(Action::Back),
        }
    }
    desk.state.ui.layers.clear();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_approves_twice_and_one_is_not_two(steps in proptest::collection::vec(step(), 1..24)) {
        let sidecar = format!("{PEOPLE}\n{CHECK}");
        let mut desk = change();
        let mut wording = 0;
        for step in steps {
            match step {
                Step::Tick { hand: of, key, name } => {
                    desk.take(hand(&format!("/dev/pts/{of}"), "user"));
                    desk.go("flip");
                    desk.act(Action::Tick);
                    answer(&mut desk, key, NAMES[name]);
                }
                Step::Reopen => {
                    desk.go("flip");
                    desk.act(Action::Reopen);
                    answer(&mut desk, 'b', "dana");
                }
                Step::Wait(minutes) => desk.wait(Duration::from_mins(minutes)),
                Step::Sleep(minutes) => {
                    desk.clock.suspend(Duration::from_mins(minutes));
                    desk.take(Msg::Wake);
                }
                Step::Amend => {
                    wording += 1;
                    let edited = CHANGE.replace("flip the name", &format!("flip the name {wording}"));
                    desk.take(Msg::Files(Box::new(Ok(plan_of(&edited, &sidecar)))));
                    answer(&mut desk, 's', "dana");
                }
                Step::Lose => {
                    let item = desk.state.record.items.iter().find(|it| it.row.text.starts_with("flip"));
                    let event = Event::GateLost {
                        item: item.unwrap().row.id,
                        gate: "health/api".to_owned(),
                        saw: "down".to_owned(),
                    };
                    let now = desk.clock.now();
                    let draft = desk.state.draft(event, Actor::Machine, &now);
                    desk.sent.push(draft);
                }
                Step::Restart => {
                    desk.sync();
                    let session = desk.state.desk.session + 1;
                    let plan = Arc::clone(&desk.state.plan);
                    let mut start = Desk::first(CHANGE, &sidecar, Some("dana"));
                    start.text = plan::text(&plan);
                    start.plan = plan;
                    start.record = std::mem::take(&mut desk.state.record);
                    start.session = session;
                    let log = std::mem::take(&mut desk.log);
                    desk = Desk::start(start, desk.clock);
                    desk.log = log;
                }
            }
            desk.sync();
        }
        // The log is read by itself: it must hold whatever the state thought.
        let flip = desk.state.record.items.iter().find(|it| it.row.text.starts_with("flip")).unwrap().row.id;
        let (mut round, mut alone): (Vec<String>, bool) = (Vec::new(), false);
        for line in &desk.log {
            match &line.event {
                Event::ApprovalGiven { item, .. } if *item == flip => {
                    let by = line.by.to_string();
                    prop_assert!(!round.iter().any(|it| crate::record::same_person(it, &by)), "{by} twice");
                    round.push(by);
                }
                Event::ApprovalLapsed { item, .. } if *item == flip => round.clear(),
                Event::GateOverridden { item, kind: OverrideKind::Approval, .. } if *item == flip => alone = true,
                Event::ItemDone { item, .. } if *item == flip => {
                    prop_assert!(alone || round.len() == 2, "done with {round:?}");
                    alone = false;
                }
                _ => {}
            }
        }
        prop_assert!(desk.state.record.anomalies.is_empty(), "{:?}", desk.state.record.anomalies);
    }
}
