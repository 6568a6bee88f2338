//! The outage on record: over restarts, planned or not, against its goal; and what calls the operator.

use super::*;
use crate::config::NoticeKind;
use crate::signoff::event::OutageKind;
use crate::state::attention::Notice;

const GOAL: &str = "outage_goal = \"1m\"\n";

fn sidecar(more: &str) -> String {
    format!("{GOAL}{CHECK}{more}")
}

fn desk(more: &str) -> Desk {
    Desk::with(PLAN, &sidecar(more), Some("dana"))
}

/// The next start on the same log, after nobody was there for so long.
fn restarted(mut desk: Desk, away: Duration) -> Desk {
    desk.sync();
    desk.clock.advance(away);
    let mut start = Desk::first(PLAN, &sidecar(""), Some("dana"));
    start.record = desk.state.record;
    start.session = 2;
    let mut next = Desk::start(start, desk.clock);
    next.log = desk.log;
    next.sync();
    next
}

fn events(desk: &Desk, name: &str) -> Vec<serde_json::Value> {
    let lines = desk.log.iter().map(|line| serde_json::from_slice::<serde_json::Value>(&line.raw).unwrap());
    lines.filter(|line| line["event"] == name).collect()
}

fn calls(desk: &mut Desk) -> Vec<Notice> {
    let calls = desk.effects.iter().filter_map(|effect| match effect {
        Effect::Notify(notice) => Some(notice.clone()),
        _ => None,
    });
    let calls = calls.collect();
    desk.effects.clear();
    calls
}

#[test]
fn it_runs_from_the_first_failed_look_to_the_first_good_one() {
    let mut desk = desk("");
    desk.reading(true);
    for ok in [false, false, false, true, true] {
        desk.reading(ok);
    }
    let [began] = &events(&desk, "outage.began")[..] else { panic!("{:?}", desk.names()) };
    assert_eq!(
        (began["since"].as_str().unwrap(), began["resolution_ms"].as_u64(), began["planned"].as_bool()),
        ("2026-11-21T06:00:10.000Z", Some(5000), Some(false))
    );
    let [ended] = &events(&desk, "outage.ended")[..] else { panic!("{:?}", desk.names()) };
    assert_eq!(
        (ended["until"].as_str().unwrap(), ended["lasted_ms"].as_u64(), ended["resolution_ms"].as_u64()),
        ("2026-11-21T06:00:25.000Z", Some(15000), Some(5000))
    );
    let sums = desk.state.outage(OutageKind::Outage, &desk.clock.now()).unwrap().sums;
    assert_eq!((sums.observed, sums.at_most), (Duration::from_secs(15), Duration::from_secs(20)));
}

#[test]
fn it_goes_on_over_a_restart_and_what_nobody_saw_is_not_counted() {
    let mut desk = desk("");
    for ok in [true, false, false, false] {
        desk.reading(ok);
    }
    let mut desk = restarted(desk, Duration::from_mins(10));
    desk.reading(false);
    desk.reading(false);
    desk.reading(true);
    desk.reading(true);
    desk.wait(Duration::from_secs(1));
    desk.sync();
    assert_eq!(events(&desk, "outage.began").len(), 1);
    assert_eq!(events(&desk, "outage.ended").len(), 1);
    let gaps = events(&desk, "probe.gap");
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(gaps[0]["why"], "the cockpit was not running");
    assert_eq!(gaps[0]["users"], true);
    let sums = desk.state.outage(OutageKind::Outage, &desk.clock.now()).unwrap().sums;
    assert!(sums.observed < Duration::from_secs(40), "{sums:?}");
    assert!(sums.at_most > Duration::from_mins(10), "{sums:?}");
    assert!(desk.state.record.anomalies.is_empty(), "{:?}", desk.state.record.anomalies);
}

#[test]
fn behind_the_sign_off_nobody_has_to_watch() {
    let mut desk = desk("");
    desk.reading(true);
    let given = |desk: &mut Desk| {
        let event = Event::SignoffGiven {
            name: "lee".to_owned(),
            role: "lead".to_owned(),
            statement: "moved".to_owned(),
            item: None,
            open: Vec::new(),
            evidence: Vec::new(),
        };
        let draft = desk.state.draft(event, Actor::Person("lee".to_owned()), &desk.clock.now());
        desk.sent.push(draft);
        desk.sync();
    };
    let leaves = |desk: &mut Desk| {
        desk.press(Action::Quit);
        let Some(Kind::Choice(choice)) = desk.state.ui.layers.last().map(|layer| &layer.kind) else {
            panic!()
        };
        let lines = choice.lines.clone();
        desk.press(Action::Back);
        lines.join(" ")
    };
    assert!(leaves(&mut desk).contains("Open the same plan again"));
    given(&mut desk);
    assert!(desk.state.record.is_signed_off());
    assert!(
        leaves(&mut desk)
            .contains("begins another; --log move.live-2026-11-21-1.signoff.jsonl adds to this one")
    );
    let rows: Vec<_> = desk.state.record.items.iter().map(|item| item.row.clone()).collect();
    for row in rows {
        let (item, phase, text) = (row.id, row.phase, row.text);
        let event = Event::ItemNotApplicable { item, phase, text, reason: "not here".to_owned() };
        let draft = desk.state.draft(event, Actor::Person("dana".to_owned()), &desk.clock.now());
        desk.sent.push(draft);
    }
    desk.sync();
    assert!(desk.state.record.is_over());
    let mut desk = restarted(desk, Duration::from_mins(10));
    desk.reading(true);
    desk.wait(Duration::from_secs(1));
    desk.sync();
    assert!(events(&desk, "probe.gap").is_empty());
    assert!(desk.state.record.control.absences.is_empty());
}

#[test]
fn one_that_ended_while_nobody_was_there_ends_at_the_first_good_look() {
    let mut desk = desk("");
    for ok in [true, false, false] {
        desk.reading(ok);
    }
    let mut desk = restarted(desk, Duration::from_mins(10));
    desk.reading(true);
    desk.sync();
    let [ended] = &events(&desk, "outage.ended")[..] else { panic!("{:?}", desk.names()) };
    // Any time since the last line may have been its end.
    assert!(ended["resolution_ms"].as_u64().unwrap() >= 600_000, "{ended}");
    let sums = desk.state.outage(OutageKind::Outage, &desk.clock.now()).unwrap().sums;
    assert!(sums.observed <= Duration::from_secs(10), "{sums:?}");
}

#[test]
fn between_the_ticks_of_its_edges_it_is_planned() {
    let mut desk =
        desk("[[gate]]\nitem = \"first\"\noutage = \"start\"\n[[gate]]\nitem = \"last\"\noutage = \"end\"\n");
    desk.reading(true);
    desk.go("first");
    desk.act(Action::Tick);
    for ok in [false, false, true, true] {
        desk.reading(ok);
    }
    desk.go("last");
    desk.act(Action::Tick);
    for ok in [false, false, true, true] {
        desk.reading(ok);
    }
    let planned: Vec<bool> =
        events(&desk, "outage.began").iter().map(|it| it["planned"].as_bool().unwrap()).collect();
    assert_eq!(planned, [true, false]);
}

#[test]
fn an_old_check_is_meant_to_be_down_from_the_act_on() {
    let old = "[[health]]\nname = \"old\"\nurl = \"http://127.0.0.1:9/\"\ndown_after = \"first\"\n";
    let mut desk = desk(old);
    desk.go("first");
    desk.act(Action::Tick);
    let check = desk.state.live.checks.iter().find(|check| check.settings.name == "old").unwrap();
    assert!(check.cells[0].expected);
    assert!(!desk.state.live.checks[0].cells[0].expected);
    desk.go("first");
    desk.act(Action::Reopen);
    let check = desk.state.live.checks.iter().find(|check| check.settings.name == "old").unwrap();
    assert!(!check.cells[0].expected, "an act that is taken back says nothing");
}

#[test]
fn after_a_rollback_the_new_side_is_the_one_meant_to_be_down() {
    let both = "[[health]]\nname = \"both\"\nurl = \"http://a.example/\"\nold = \"192.0.2.1:80\"\n\
                new = \"192.0.2.2:80\"\ndown_after = \"first\"\n\
                [[health]]\nname = \"old\"\nurl = \"http://127.0.0.1:9/\"\ndown_after = \"first\"\n";
    let mut desk = desk(both);
    let meant = |desk: &Desk| {
        let cells = desk.state.live.checks.iter().flat_map(|check| &check.cells);
        cells.filter(|cell| cell.expected).map(|cell| cell.id.to_string()).collect::<Vec<_>>()
    };
    desk.go("first");
    desk.act(Action::Tick);
    assert_eq!(meant(&desk), ["health/both/old", "health/old"]);
    desk.press(Action::Rollback);
    desk.say("users cannot log in");
    assert_eq!(meant(&desk), ["health/both/new"], "the old place is to come up again");
    desk.press(Action::Rollback);
    desk.say("it was the wrong password");
    assert_eq!(meant(&desk), ["health/both/old", "health/old"]);
}

#[test]
fn a_check_of_users_is_never_meant_to_be_down() {
    let public =
        "[[health]]\nname = \"shop\"\nurl = \"http://a.example/\"\npublic = true\ndown_after = \"first\"\n";
    let settings = config::load(Path::new("move.toml"), public, &|_| None).unwrap();
    let error =
        plan::bind(Path::new("move.md"), PLAN.as_bytes().to_vec(), settings, None, &|_| None).unwrap_err();
    assert!(error.to_string().contains("without `old`"), "{error}");
}

#[test]
fn a_blip_is_on_record_with_its_time() {
    let mut desk = desk("");
    for ok in [true, true, false, true, true] {
        desk.reading(ok);
    }
    desk.wait(Duration::from_secs(6));
    desk.sync();
    let blips: Vec<_> = desk.state.record.blips().collect();
    assert_eq!(blips.len(), 1);
    assert_eq!((blips[0].since.as_str(), blips[0].flips), ("2026-11-21T06:00:15.000Z", 2));
    assert!(events(&desk, "outage.began").is_empty());
}

#[test]
fn a_probe_that_was_silent_leaves_a_gap() {
    let mut desk = desk("");
    desk.reading(true);
    desk.wait(Duration::from_mins(5));
    desk.sync();
    assert!(events(&desk, "probe.gap").is_empty(), "it has not ended");
    desk.reading(true);
    desk.wait(Duration::from_secs(1));
    desk.sync();
    let gaps = events(&desk, "probe.gap");
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(gaps[0]["from"], "2026-11-21T06:00:05.000Z");
    assert_eq!(desk.state.record.unobserved(), Duration::from_secs(305));
}

#[test]
fn the_operator_is_called_once_and_the_rest_is_folded() {
    let mut desk = desk("");
    desk.reading(true);
    desk.reading(true);
    let _warming = calls(&mut desk);
    desk.reading(false);
    desk.reading(false);
    let first = calls(&mut desk);
    assert_eq!(first.len(), 1, "{first:?}");
    assert!(
        first[0].kind == NoticeKind::Down && first[0].text.starts_with("users are not served"),
        "{first:?}"
    );
    desk.reading(true);
    desk.reading(true);
    assert!(calls(&mut desk).is_empty(), "half a minute has not passed");
    desk.wait(Duration::from_secs(30));
    let later = calls(&mut desk);
    assert_eq!(later.len(), 1, "{later:?}");
    assert!(later[0].text.contains("served again"), "{later:?}");
}

#[test]
fn a_muted_kind_does_not_call() {
    let mut desk = desk("");
    desk.reading(true);
    desk.reading(true);
    desk.press(Action::Mute);
    desk.wait(Duration::from_millis(400));
    // The first row is the most urgent kind.
    desk.take(Msg::Confirm);
    desk.sync();
    assert!(desk.state.is_muted(NoticeKind::Down));
    assert_eq!(events(&desk, "notify.muted").len(), 1);
    desk.effects.clear();
    for ok in [false, false, false] {
        desk.reading(ok);
    }
    assert!(calls(&mut desk).iter().all(|notice| notice.kind != NoticeKind::Down));
    assert_eq!(events(&desk, "outage.began").len(), 1, "it is silent, not blind");
}

#[test]
fn nothing_calls_while_the_first_readings_come_in() {
    let mut desk = desk("");
    desk.reading(false);
    assert!(calls(&mut desk).is_empty());
}

#[test]
fn the_goal_calls_when_it_is_close_and_when_it_is_passed() {
    let mut desk = desk("");
    desk.reading(true);
    desk.reading(true);
    for _ in 0..20 {
        desk.reading(false);
    }
    let standing = desk.state.outage(OutageKind::Outage, &desk.clock.now()).unwrap();
    assert!(standing.is_close() && standing.is_over(), "{standing:?}");
    let windows = calls(&mut desk).into_iter().filter(|notice| notice.kind == NoticeKind::Window).count();
    assert_eq!(windows, 2);
}
