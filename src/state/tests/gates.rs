//! Gates: held, lost, stale, slept through, restarted, amended, gone past; and what acts keep as evidence.

mod facts;
mod law;

use super::*;
use crate::checklist::ItemId;
use crate::config::NoticeKind;
use crate::expr::Verdict;
use crate::sample::Watched;
use crate::sample::host::{Disk, Host};
use crate::sample::reconcile::{End, Found, Judged, Reconcile};
use crate::state::control::Mood;
use crate::state::gates::Standing;
use crate::state::layer::Purpose;

const GATED: &str = "# Move\n\n## One\n\n- [ ] switch\n- [ ] after\n\n## Rollback\n\n- [ ] go back\n";
const HELD: &str = "
[[health]]
name = \"api\"
url = \"http://127.0.0.1:1/health\"

[[gate]]
item = \"switch\"
needs = [\"health/api\"]
for = \"30s\"
";

fn gated(sidecar: &str) -> Desk {
    Desk::with(GATED, sidecar, Some("dana"))
}

impl Desk {
    fn id(&self, text: &str) -> ItemId {
        self.state.record.items.iter().find(|item| item.row.text.starts_with(text)).unwrap().row.id
    }

    fn standing(&self, text: &str) -> &Standing {
        self.state.gates.standing(self.id(text)).unwrap()
    }

    fn met(&self) -> bool {
        matches!(self.standing("switch"), Standing::Met { .. })
    }

    fn beside(&self, text: &str) -> Vec<(Mood, String)> {
        let asides = self.state.asides(self.id(text), &self.clock.now());
        asides.into_iter().map(|aside| (aside.mood, aside.words)).collect()
    }

    fn obstacle(&self, text: &str) -> String {
        let found = crate::state::control::obstacles(&self.state, self.id(text), "dana", &self.clock.now());
        found.first().map(|obstacle| obstacle.verdict.clone()).unwrap_or_default()
    }

    fn gate_events(&self) -> Vec<String> {
        let told = self.log.iter().filter_map(|line| match &line.event {
            Event::GateMet { held_ms, .. } => Some(format!("met {}s", held_ms / 1000)),
            Event::GateLost { saw, .. } => Some(format!("lost {saw}")),
            _ => None,
        });
        told.collect()
    }

    /// Good readings, one every five seconds.
    fn good(&mut self, count: usize) {
        (0..count).for_each(|_| self.reading(true));
    }
}

#[test]
fn a_gate_of_a_later_phase_is_told_of_without_a_call() {
    let plan = "# Move\n\n## One\n\n- [ ] first\n\n## Two\n\n- [ ] switch\n";
    let mut desk = Desk::with(plan, HELD, Some("dana"));
    let calls = |desk: &Desk| {
        let of = |effect: &&Effect| matches!(effect, Effect::Notify(it) if it.kind == NoticeKind::Gate);
        desk.effects.iter().filter(of).count()
    };
    let good = |desk: &mut Desk| (0..9).for_each(|_| desk.reading(true));
    good(&mut desk);
    assert_eq!((desk.gate_events().len(), calls(&desk)), (1, 0), "on record, and nobody is called");
    desk.go("first");
    desk.act(Action::Tick);
    desk.reading(false);
    good(&mut desk);
    desk.wait(Duration::from_secs(31));
    assert_eq!((desk.gate_events().len(), calls(&desk) > 0), (3, true), "it is the phase at work now");
}

#[test]
fn a_gate_is_met_when_it_has_held_between_good_readings_for_long_enough() {
    let mut desk = gated(HELD);
    assert_eq!(desk.beside("switch"), [(Mood::Unknown, "gate ?: not read yet".to_owned())]);
    assert_eq!(desk.obstacle("switch"), "health/api: cannot be told: not read yet; held 0:00 of 30s");
    desk.good(1);
    assert_eq!(desk.beside("switch"), [(Mood::Waiting, "gate 0:00 of 30s".to_owned())]);
    desk.good(5);
    assert_eq!(desk.beside("switch"), [(Mood::Waiting, "gate 0:25 of 30s".to_owned())]);
    assert_eq!(desk.obstacle("switch"), "health/api for 30s: held 0:25 of 30s");
    // Time that no reading vouches for does not count.
    desk.wait(Duration::from_secs(10));
    assert!(!desk.met());
    desk.reading(true);
    assert!(desk.met());
    assert_eq!(desk.beside("switch"), [(Mood::Good, "gate met".to_owned())]);
    assert_eq!(desk.obstacle("switch"), "");
    assert_eq!(desk.gate_events(), ["met 40s"]);
    let rung = desk.effects.iter().any(|effect| matches!(effect, Effect::Notify(notice) if notice.text == "gate met: health/api for 30s (“switch”)"));
    assert!(rung, "{:?}", desk.effects);
    assert_eq!(desk.beside("after"), [], "nothing stands before it");
}

#[test]
fn it_is_lost_with_the_first_bad_reading_and_begins_anew() {
    let mut desk = gated(HELD);
    desk.good(7);
    assert!(desk.met());
    desk.reading(false);
    assert_eq!(desk.beside("switch"), [(Mood::Bad, "gate: saw 503".to_owned())]);
    assert_eq!(desk.obstacle("switch"), "health/api: status == 200, saw 503; held 0:00 of 30s");
    assert_eq!(desk.gate_events()[1], "lost health/api: status == 200, saw 503; held 0:00 of 30s");
    desk.good(6);
    assert_eq!(desk.beside("switch"), [(Mood::Waiting, "gate 0:25 of 30s".to_owned())]);
    desk.good(1);
    assert_eq!(desk.gate_events()[2], "met 30s");
}

#[test]
fn what_is_stale_is_unknown_and_the_time_is_not_counted() {
    let mut desk = gated(HELD);
    desk.good(7);
    assert!(desk.met());
    desk.wait(Duration::from_secs(40));
    assert_eq!(desk.beside("switch"), [(Mood::Unknown, "gate ?: stale 40s".to_owned())]);
    desk.sync();
    assert_eq!(desk.gate_events()[1], "lost health/api: cannot be told: stale 40s; held 0:00 of 30s");
    desk.good(1);
    assert_eq!(desk.beside("switch"), [(Mood::Waiting, "gate 0:00 of 30s".to_owned())]);
}

#[test]
fn a_machine_that_slept_begins_anew() {
    let mut desk = gated(HELD);
    desk.good(6);
    desk.clock.suspend(Duration::from_secs(3));
    desk.take(Msg::Wake);
    assert_eq!(desk.beside("switch"), [(Mood::Waiting, "gate 0:00 of 30s".to_owned())]);
    desk.good(6);
    assert!(!desk.met());
    desk.good(1);
    assert!(desk.met());
    // Slept through the end of a held gate: lost, whatever the wall says.
    desk.clock.suspend(Duration::from_secs(4));
    desk.press(Action::Down);
    desk.sync();
    assert!(!desk.met());
    assert_eq!(desk.gate_events()[1], "lost health/api for 30s: held 0:00 of 30s");
}

#[test]
fn a_restart_and_an_amended_plan_begin_anew_and_lose_nothing_that_is_on_record() {
    let mut desk = gated(HELD);
    desk.good(7);
    assert!(desk.met());
    let mut start = Desk::first(GATED, HELD, Some("dana"));
    (start.record, start.session) = (desk.state.record, 2);
    let mut desk = Desk { log: desk.log, ..Desk::start(start, desk.clock) };
    desk.sync();
    desk.good(6);
    assert!(!desk.met(), "nobody saw the time between");
    desk.good(1);
    assert!(desk.met());
    assert_eq!(desk.gate_events(), ["met 30s"], "on record it was never lost");
    let again = Arc::new(plan_of(&GATED.replace("after", "after\n- [ ] and then"), HELD));
    let read = Ok((*again).clone());
    desk.take(Msg::Files(Box::new(read)));
    desk.sync();
    assert!(!desk.met());
    assert_eq!(desk.beside("switch"), [(Mood::Waiting, "gate 0:00 of 30s".to_owned())]);
    desk.good(7);
    assert!(desk.met());
}

#[test]
fn a_tick_goes_past_it_with_a_reason_and_the_verdict_of_that_moment() {
    let mut desk = gated(HELD);
    desk.good(7);
    desk.reading(false);
    desk.go("switch");
    desk.press(Action::Tick);
    let Some(Kind::Prompt(prompt)) = desk.state.ui.layers.last().map(|layer| &layer.kind) else {
        panic!("nothing is asked: {:?}", desk.notice())
    };
    assert!(matches!(prompt.purpose, Purpose::Override(..)));
    assert_eq!(prompt.lines, ["health/api: status == 200, saw 503; held 0:00 of 30s"]);
    desk.wait(Duration::from_secs(1));
    desk.say("the vendor says it is up");
    assert_eq!(desk.is("switch"), ItemState::Done);
    let control = &desk.state.record.control;
    assert_eq!(control.overrides[0].verdict, "health/api: status == 200, saw 503; held 0:00 of 30s");
    assert_eq!(control.overrides[0].entry.text, "the vendor says it is up");
    // Of a done item nothing more is announced.
    desk.good(8);
    assert_eq!(desk.gate_events().len(), 2);
    // A met gate asks nothing.
    desk.act(Action::Reopen);
    desk.say("again");
    desk.go("switch");
    desk.act(Action::Tick);
    assert_eq!(desk.is("switch"), ItemState::Done);
    assert_eq!(desk.state.record.control.overrides.len(), 1);
}

#[test]
fn a_rollbacks_gate_is_told_of_only_while_it_applies_and_sides_change_places() {
    let sidecar = "
        [[health]]
        name = \"api\"
        url = \"http://127.0.0.1:1/health\"
        old = \"127.0.0.1:1\"
        new = \"127.0.0.1:2\"

        [[gate]]
        item = \"switch\"
        needs = [\"health/api/new\"]

        [[gate]]
        item = \"go back\"
        needs = [\"health/api/old\"]
    ";
    let mut desk = gated(sidecar);
    let read = |desk: &mut Desk, side: &str, ok: bool| {
        let probe: ProbeId = format!("health/api/{side}").parse().unwrap();
        desk.measure(&probe, health(ok));
    };
    read(&mut desk, "new", true);
    read(&mut desk, "old", true);
    assert_eq!(desk.gate_events(), ["met 0s"], "the rollback is not invoked");
    read(&mut desk, "old", false);
    assert!(desk.met());
    let by = Actor::Person("dana".to_owned());
    let event = Event::RollbackInvoked { reason: "no way on".to_owned(), evidence: Vec::new() };
    let now = desk.clock.now();
    let draft = desk.state.draft(event, by, &now);
    desk.sent.push(draft);
    desk.sync();
    assert!(!desk.met(), "new means the side that the migration goes to, and that is old now");
    assert!(
        desk.obstacle("switch").starts_with("health/api/old: status == 200, saw 503"),
        "{}",
        desk.obstacle("switch")
    );
    assert!(
        desk.obstacle("go back").starts_with("health/api/old: "),
        "a rollback's own steps mean what they say"
    );
    read(&mut desk, "old", true);
    read(&mut desk, "old", true);
    read(&mut desk, "old", true);
    assert!(desk.met());
}

#[test]
fn items_of_a_phase_share_one_gate_and_one_line() {
    let plan = "# Move\n\n## One <!-- cutover: needs = [\"health/api\"] -->\n\n- [ ] a\n- [ ] b\n- [ ] c\n";
    let check = "[[health]]\nname = \"api\"\nurl = \"http://127.0.0.1:1/\"\n";
    let mut desk = Desk::with(plan, check, Some("dana"));
    desk.good(1);
    assert_eq!(desk.gate_events(), ["met 0s"]);
    assert_eq!(desk.beside("c"), [(Mood::Good, "gate met".to_owned())]);
    desk.go("a");
    desk.act(Action::Tick);
    desk.reading(false);
    assert_eq!(desk.gate_events().len(), 2, "{:?}", desk.gate_events());
    assert_eq!(desk.beside("b"), [(Mood::Bad, "gate: saw 503".to_owned())]);
    assert_eq!(desk.beside("a"), [(Mood::Bad, "gate: saw 503".to_owned())]);
}

#[test]
fn what_never_leaves_the_probe_is_judged_there() {
    let sidecar = "
        [[health]]
        name = \"api\"
        url = \"http://127.0.0.1:1/health\"

        [[gate]]
        item = \"switch\"
        needs = [\"health/api body.database == healthy\"]
    ";
    let mut desk = gated(sidecar);
    let watch = &desk.state.plan.settings.health[0].watch;
    assert_eq!(watch[0].source(), "health/api body.database == healthy");
    desk.good(1);
    assert_eq!(desk.beside("switch")[0].1, "gate ?: the check has not been asked for it yet");
    let mut watched = |verdict: Verdict, saw: &str| {
        let mut answer = health(true);
        answer.watched = vec![Watched {
            expr: "health/api body.database == healthy".to_owned(),
            verdict,
            saw: Some(saw.to_owned()),
        }];
        desk.measure(&"health/api".parse().unwrap(), answer);
        desk.beside("switch")
    };
    let unmet = Verdict::Unmet { saw: "\"starting\"".to_owned() };
    assert_eq!(watched(unmet, "\"starting\"")[0], (Mood::Bad, "gate: saw \"starting\"".to_owned()));
    assert_eq!(watched(Verdict::Met, "\"healthy\"")[0], (Mood::Good, "gate met".to_owned()));
}

#[test]
fn a_machines_disk_is_a_fact() {
    let sidecar = "
        [host]

        [[gate]]
        item = \"switch\"
        needs = [\"host disk /data > 20%\"]
    ";
    let mut desk = gated(sidecar);
    assert_eq!(desk.state.plan.settings.hosts[0].paths, ["/data"]);
    let mut free = |share: u64| {
        desk.clock.advance(Duration::from_secs(2));
        let disk = Disk { mount: "/data".to_owned(), total: 1000, free: share, ..Disk::default() };
        let now = desk.clock.now();
        let load = Box::new(Host { disks: vec![disk], ..Host::default() });
        let sample = Sample { began: now, at: now, reading: Reading::Host(load) };
        desk.take(Msg::Sample("host/here".parse().unwrap(), Box::new(sample)));
        desk.obstacle("switch")
    };
    assert_eq!(free(500), "");
    assert_eq!(free(150), "host/here: disk /data > 20%, saw 15%");
}

#[test]
fn an_act_keeps_the_readings_that_its_gate_names_else_those_of_its_phase() {
    let two = "
        [[health]]
        name = \"api\"
        url = \"http://127.0.0.1:1/\"

        [[health]]
        name = \"shop\"
        url = \"http://127.0.0.1:2/\"
        public = true

        [[gate]]
        item = \"switch\"
        needs = [\"health/api\"]
    ";
    let plan = GATED.replace("## Rollback\n\n- [ ] go back", "## Two\n\n- [ ] elsewhere");
    let mut desk = Desk::with(&plan, two, Some("dana"));
    desk.good(1);
    for text in ["switch", "after", "elsewhere"] {
        desk.go(text);
        desk.act(Action::Tick);
        let item = desk.state.item(desk.id(text)).unwrap();
        let kept: Vec<String> = item.evidence.iter().map(|seen| seen.probe.to_string()).collect();
        let wanted = if text == "elsewhere" { "health/shop" } else { "health/api" };
        assert_eq!(kept, [wanted], "{text}");
    }
    assert_eq!(desk.state.item(desk.id("switch")).unwrap().evidence[0].error, None);
}

#[test]
fn an_error_is_kept_where_the_state_is_not_good() {
    let mut desk = gated(HELD);
    desk.reading(false);
    desk.reading(false);
    desk.go("switch");
    desk.press(Action::Skip);
    desk.wait(Duration::from_millis(400));
    desk.say("not today");
    let seen = &desk.state.item(desk.id("switch")).unwrap().evidence[0];
    assert_eq!((seen.state, seen.error.as_deref()), (ProbeState::Down, Some("status == 200, saw 503")));
}

#[test]
fn a_large_reading_is_kept_whole_with_its_bytes() {
    let sidecar = "
        [[reconcile]]
        name = \"blobs\"
        exec = [\"check\"]
        counters = { missing = 'missing (\\d+)' }
        expect = [\"missing == 0\"]

        [[gate]]
        item = \"switch\"
        needs = [\"reconcile/blobs ok\"]
    ";
    let mut desk = gated(sidecar);
    assert_eq!(desk.obstacle("switch"), "reconcile/blobs: ok, cannot be told: not run yet");
    let judged = Judged { expect: "missing == 0".to_owned(), found: Found::Held };
    let remarks = (0..20).map(|n| format!("container {n} was counted by its listing")).collect();
    let found = Reconcile {
        counters: [("missing".to_owned(), 0)].into(),
        end: Some(End::Ran(vec![judged])),
        remarks,
        ..Reconcile::default()
    };
    let now = desk.clock.now();
    let sample = Sample { began: now, at: now, reading: Reading::Reconcile(Box::new(found)) };
    desk.take(Msg::Sample("reconcile/blobs".parse().unwrap(), Box::new(sample)));
    desk.sync();
    assert!(desk.met());
    desk.go("switch");
    desk.press(Action::Tick);
    let draft = desk.sent.iter().find(|draft| matches!(draft.event, Event::ItemDone { .. })).unwrap();
    let blob = draft.event.blobs()[0].clone();
    assert!(blob.fits(&draft.blobs[0]));
    let text = String::from_utf8(draft.blobs[0].to_vec()).unwrap();
    assert!(text.contains("missing 0\n") && text.contains("container 19"), "{text}");
    desk.sync();
    let kept = &desk.state.item(desk.id("switch")).unwrap().evidence[0];
    assert_eq!(kept.text.as_ref().map(|blob| blob.bytes), Some(text.len() as u64));
}

#[test]
fn words_that_name_a_probe_show_its_value_and_hold_nothing_up() {
    let plan = "# Move\n\n## One\n\n- [ ] Check the API. Response status: 200 OK\n- [ ] Other\n";
    let check = "[[health]]\nname = \"api\"\nurl = \"http://127.0.0.1:1/health\"\n";
    let mut desk = Desk::with(plan, check, Some("dana"));
    assert_eq!(desk.beside("Check"), [(Mood::Unknown, "? not read yet".to_owned())]);
    desk.good(1);
    assert_eq!(desk.beside("Check"), [(Mood::Good, "● 200 in 61ms".to_owned())]);
    desk.reading(false);
    assert_eq!(desk.beside("Check")[0].0, Mood::Bad);
    assert_eq!(desk.beside("Other"), []);
    desk.go("Check");
    desk.act(Action::Tick);
    assert_eq!(desk.is("Check"), ItemState::Done);
    assert_eq!(desk.state.item(desk.id("Check")).unwrap().evidence[0].probe.to_string(), "health/api");
}
