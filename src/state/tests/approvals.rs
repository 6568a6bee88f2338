//! How approvals and decisions stand: on the item's sheet, for sign-offs, again and again.

use super::*;
use crate::signoff::event::DecisionKind;
use crate::state::people::sheet;

const PEOPLE: &str = "[people]\ndana = { roles = [\"operator\"] }\n\"Lee Chen\" = { roles = [\"dba\", \"approver\"] }\n\
     kim = { roles = [\"approver\"] }\n";
const PLAN: &str = "# Move\n\n## Change (10 min)\n\n- [ ] warn the users <!-- cutover: undo = true -->\n\
     - [ ] flip the name <!-- cutover: approve = 2, read_back = \"row count\" -->\n\
     - [ ] drop the index <!-- cutover: role = \"dba\" -->\n\
     - [ ] write to the new side <!-- cutover: point_of_no_return = true -->\n\n\
     ## Sign-off\n\n- [ ] Migration lead: ____ Date: ____ <!-- cutover: approve = 2 -->\n\
     - [ ] Database lead: ____ <!-- cutover: role = \"dba\" -->\n";

fn desk() -> Desk {
    Desk::with(PLAN, PEOPLE, Some("dana"))
}

/// The same without the point of no return: nothing stands before a signature but people.
fn signing() -> Desk {
    Desk::with(&PLAN.replace("point_of_no_return = true", "undo = false"), PEOPLE, Some("dana"))
}

impl Desk {
    fn sheet(&self, text: &str) -> Vec<String> {
        let item = self.state.record.items.iter().find(|item| item.row.text.starts_with(text)).unwrap();
        let lines = sheet(&self.state, item.row.id, &self.clock.now());
        lines.into_iter().map(|(label, aside)| format!("{label}: {}", aside.words)).collect()
    }

    /// The top layer's title and what it says.
    fn asks(&self) -> String {
        match self.state.ui.layers.last().map(|layer| &layer.kind) {
            Some(Kind::Prompt(prompt)) => format!("{}\n{}", prompt.title, prompt.lines.join("\n")),
            Some(Kind::Choice(choice)) => format!("{}\n{}", choice.title, choice.lines.join("\n")),
            _ => String::new(),
        }
    }
}

#[test]
fn the_sheet_says_who_approved_and_who_is_needed() {
    let mut desk = desk();
    assert_eq!(desk.sheet("flip"), ["needed: 2 persons; reads out row count"]);
    assert_eq!(desk.sheet("drop"), ["role: dba: Lee Chen has it"]);
    assert!(desk.sheet("warn").is_empty());
    desk.tick("flip");
    assert_eq!(
        desk.sheet("flip"),
        ["1 of 2: dana at 06:00:00", "needed: 1 more person: Lee Chen or kim; reads out row count; 15m left"]
    );
    desk.tick("flip");
    assert!(desk.asks().contains("Still needed: 1 more person: Lee Chen or kim"), "{}", desk.asks());
    desk.choose('s');
    desk.say("kim");
    desk.say("412");
    assert_eq!(
        desk.sheet("flip"),
        ["1 of 2: dana at 06:00:00", "2 of 2: kim at 06:00:00, read out “412” for row count"]
    );
}

#[test]
fn who_did_it_is_kept_from_the_first_approval() {
    let mut desk = desk();
    desk.go("flip");
    desk.press(Action::DoneBy);
    desk.say("the vendor");
    desk.tick("flip");
    desk.choose('s');
    desk.say("kim");
    desk.say("412");
    let flip = desk.state.record.items.iter().find(|item| item.row.text.starts_with("flip")).unwrap();
    assert_eq!((flip.state, flip.done_by.as_deref()), (ItemState::Done, Some("the vendor")));
}

#[test]
fn a_sign_off_of_two_is_approved_first_and_signed_with_the_second() {
    let mut desk = signing();
    desk.tick("Migration lead");
    assert_eq!(desk.names().last().unwrap(), "approval.given");
    assert_eq!(desk.is("Migration lead"), ItemState::Open, "one is not two");
    desk.tick("Migration lead");
    desk.choose('s');
    desk.say("Lee Chen");
    assert!(desk.asks().starts_with("Sign off: Migration lead"), "{}", desk.asks());
    desk.say("Lee Chen, migration lead");
    assert_eq!(desk.is("Migration lead"), ItemState::Done);
    let names = desk.names();
    assert_eq!(names[names.len() - 4..], ["approval.given", "field.filled", "field.filled", "signoff.given"]);
    let signed = &desk.state.record.signoffs[0];
    assert_eq!((signed.name.as_str(), signed.role.as_str()), ("Lee Chen", "migration lead"));
    assert!(desk.state.record.anomalies.is_empty(), "{:?}", desk.state.record.anomalies);
}

#[test]
fn a_signature_outside_its_role_asks_as_a_tick_does() {
    let mut desk = signing();
    desk.tick("Database lead");
    desk.say("kim, on call");
    assert!(
        desk.asks().contains("asks for the role dba; kim has approver; Lee Chen has it"),
        "{}",
        desk.asks()
    );
    assert!(desk.state.record.signoffs.is_empty());
    desk.say("Lee is on leave");
    assert_eq!(desk.is("Database lead"), ItemState::Done);
    let outside = &desk.state.record.control.outside;
    assert_eq!(
        (outside.len(), outside[0].what, outside[0].reason.as_deref()),
        (1, "signed off", Some("Lee is on leave"))
    );
    let mut desk = signing();
    desk.tick("Database lead");
    desk.say("lee chen, dba");
    assert_eq!(desk.is("Database lead"), ItemState::Done, "who types does not matter");
    assert!(desk.state.record.control.outside.is_empty() && desk.state.record.control.overrides.is_empty());
}

#[test]
fn the_point_shows_forecast_and_cost_and_a_no_go_may_be_said_again() {
    let mut desk = desk();
    desk.tick("warn");
    desk.wait(Duration::from_secs(2));
    for why in ["the window is short", "it still is"] {
        desk.tick("write");
        let asks = desk.asks();
        assert!(asks.contains("Forecast of the end: ") || asks.contains("No forecast: "), "{asks}");
        assert!(asks.contains("Until now 1 step is done: 1 can be undone, 0 cannot"), "{asks}");
        desk.choose('n');
        desk.say("Lee Chen, lead");
        desk.say(why);
        assert_eq!(desk.is("write"), ItemState::Open);
        assert_eq!(desk.sheet("write"), [format!("decision: no-go: Lee Chen, lead: {why}")]);
        desk.wait(Duration::from_mins(10));
    }
    desk.tick("write");
    desk.choose('g');
    desk.say("Lee Chen, lead");
    desk.say("the window was extended");
    assert_eq!(desk.is("write"), ItemState::Done);
    let kinds: Vec<_> = desk.state.record.control.decisions.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [DecisionKind::NoGo, DecisionKind::NoGo, DecisionKind::Go]);
    assert!(desk.state.record.anomalies.is_empty(), "{:?}", desk.state.record.anomalies);
}

#[test]
fn a_sign_off_is_signed_with_the_key_that_the_sidecar_names() {
    let people =
        "[people]\ndana = { roles = [\"operator\"], key = \"~/.ssh/id\" }\nkim = { roles = [\"lead\"] }\n";
    let plan =
        "# Move\n\n## Change\n\n- [ ] warn the users\n\n## Sign-off\n\n- [ ] Lead: ____\n- [ ] Owner: ____\n";
    let mut desk = Desk::with(plan, people, Some("dana"));
    desk.tick("warn");
    desk.tick("Lead");
    let head = desk.state.record.head;
    let asks = desk.asks();
    assert!(
        asks.contains("So far dana ticked 1 item.\nSigned with an SSH key if it is given by dana."),
        "{asks}"
    );
    assert!(asks.contains(&format!("Behind line {} of the log, head {}.", head.seq, head.hash)), "{asks}");
    desk.say("Dana, lead");
    let signing = |effect: &Effect| match effect {
        Effect::Sign(unsigned) => Some(unsigned.clone()),
        _ => None,
    };
    let unsigned = desk.effects.iter().find_map(signing).unwrap();
    let given = desk.log.iter().find(|line| line.head.seq == unsigned.line).unwrap();
    assert_eq!((&unsigned.bytes, unsigned.key.as_str()), (&given.raw, "~/.ssh/id"));

    desk.take(Msg::Signature(unsigned.clone(), Err("ssh-keygen did not sign".to_owned())));
    let line = unsigned.line;
    let asks = desk.asks();
    assert!(asks.contains("ssh-keygen did not sign."), "{asks}");
    let later = format!(
        "cutover sign move.live-2026-11-21-1.signoff.jsonl --key ~/.ssh/id --name Dana --cosign {line}"
    );
    assert!(asks.contains(&later), "{asks}");
    desk.effects.clear();
    desk.choose('r');
    assert!(desk.effects.iter().any(|effect| signing(effect).is_some()), "tried again");
    assert!(desk.state.record.signoffs[0].signatures.is_empty(), "given, not signed");
    desk.take(Msg::Signature(unsigned, Ok("armoured".to_owned())));
    desk.sync();
    assert_eq!(desk.names().last().unwrap(), "signoff.signed");
    assert_eq!(desk.state.record.signoffs[0].signatures[0].name, "Dana");

    // Who has no key signs off by name alone.
    desk.effects.clear();
    desk.tick("Owner");
    desk.say("kim, lead");
    assert_eq!(desk.state.record.signoffs.len(), 2);
    assert_eq!(desk.effects.iter().find_map(signing), None);
}

#[test]
fn who_signs_may_be_named_alone_where_the_role_is_known() {
    let people = "[people]\ndana = { roles = [\"operator\"] }\nkim = { roles = [\"lead\"] }\n";
    let plan = "# Move\n\n## Sign-off\n\n- [ ] Lead: ____\n- [ ] Owner: ____\n- [ ] Third: ____\n";
    let mut desk = Desk::with(plan, people, Some("dana"));
    let signed = |desk: &Desk| {
        let given = desk.state.record.signoffs.last();
        given.map(|it| (it.name.clone(), it.role.clone())).unwrap_or_default()
    };
    desk.tick("Lead");
    desk.say("kim");
    assert_eq!(signed(&desk), ("kim".to_owned(), "lead".to_owned()));
    desk.tick("Owner");
    desk.wait(Duration::from_secs(1));
    desk.say("");
    assert_eq!(signed(&desk), ("dana".to_owned(), "operator".to_owned()), "enter alone");
    desk.tick("Third");
    desk.say("pat");
    assert_eq!(desk.state.record.signoffs.len(), 2);
    let Some(Kind::Prompt(prompt)) = desk.state.ui.layers.last().map(|layer| &layer.kind) else { panic!() };
    assert_eq!(prompt.complaint.as_deref(), Some("In what role does pat sign? pat, comma, role"));
}
