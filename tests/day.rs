//! A whole migration day: the real program in a terminal, real servers on loopback broken and mended on cue.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cutover::clock::{Clock, SystemClock};
use serde_json::Value;

use crate::common::folder::Folder;
use crate::common::http::{Answer, Server};
use crate::common::pty::{Press, Start, Terminal};
use crate::dns::servers::{Knot, Role, zone};

const EVERY: Duration = Duration::from_millis(250);
/// What an answer on loopback may take on a busy machine.
const SLACK: TimeDelta = TimeDelta::milliseconds(80);

/// The two sides, the public face of whichever serves, and the zone that says which.
struct World {
    old: Server,
    new: Server,
    live: Server,
    knot: Knot,
}

fn side(side: &str) -> Answer {
    Answer::json(200, &format!(r#"{{"status":"healthy","side":"{side}"}}"#))
}

fn broken() -> Answer {
    Answer::json(503, "{}")
}

fn pointing(serial: u32, side: &str) -> String {
    zone(serial, &format!("api 5 CNAME {side}.cloud.test."))
}

impl World {
    /// `None` if peers are to be skipped.
    fn start() -> Option<World> {
        let knot = Knot::start(&Role::Primary(&pointing(1, "old")))?;
        let server = |name| Server::start(side(name));
        Some(World { old: server("old"), new: Server::start(broken()), live: server("old"), knot })
    }

    fn sidecar(&self) -> String {
        format!(
            r#"
title = "Orchard API"
ticket = "CHG-1042"
outage_goal = "15m"

[people]
dana = {{ roles = ["operator"] }}
lee = {{ roles = ["technical lead", "approver"] }}

[vars]
OLD_APP = "orchard-api-old"
OLD_GROUP = "orchard-legacy"
NEW_APP = "orchard-api"
NEW_GROUP = "rg-orchard-prod"

[[health]]
name = "api"
url = "{live}"
public = true
old = "{old}"
new = "{new}"
identity = {{ old = "body.side == old", new = "body.side == new" }}
every = "250ms"
timeout = "200ms"
retry = 0

[[dns]]
name = "api.example.test"
type = "CNAME"
old = "old.cloud.test"
new = "new.cloud.test"
authoritative = ["{dns}"]
resolvers = ["authoritative"]
every = "500ms"

[[log]]
name = "app"
file = "app.log"

[[gate]]
item = "`/health` of the new side answers 200 OK"
needs = ["health/api/new"]
for = "1s"

[[gate]]
item = "Technical lead says go"
point_of_no_return = true
role = "technical lead"

[[gate]]
item = "Old app stopped"
phase = "Phase 3: Database"
outage = "start"

[[gate]]
item = "CNAME changed"
approve = 2
read_back = "dns/api.example.test ttl"

[[gate]]
item = "Name resolves to the new side, from here and from a second network"
needs = ["dns/api.example.test share == 100%"]

[[gate]]
item = "Health through the public name answers from the new side"
outage = "end"
needs = ["health/api/live side == new"]

[[gate]]
item = "Live metrics show requests, and no exceptions"
needs = ["log/app errors == 0"]

[[gate]]
item = "New side stable for a whole day"
wait = "3s"
after = "Health through the public name answers from the new side"
"#,
            live = self.live.url("/health"),
            old = self.old.address(),
            new = self.new.address(),
            dns = self.knot.address,
        )
    }
}

/// Somebody at the keys.
struct Hands<'a> {
    folder: &'a Folder,
    terminal: Terminal,
}

impl<'a> Hands<'a> {
    fn open(folder: &'a Folder) -> Hands<'a> {
        let terminal = Start::run(folder).size(160, 45).spawn();
        terminal.wait_for("the run", |frame| frame.has("run started") || frame.has("run resumed"));
        Hands { folder, terminal }
    }

    /// So many such lines are in the log; the last of them.
    #[track_caller]
    fn log(&self, name: &str, count: usize) -> Value {
        let found = || self.folder.events_named(name);
        self.terminal.wait_for(&format!("{count} of {name}"), |_| found().len() >= count);
        let found = found();
        assert_eq!(found.len(), count, "{name} too often: {found:#?}");
        found.last().cloned().unwrap_or_default()
    }

    /// The log says so of a gate.
    #[track_caller]
    fn gate(&self, name: &str, gate: &str) {
        let said = |events: &[Value]| events.iter().any(|event| event["gate"] == gate);
        self.terminal.wait_for(&format!("{name} of {gate}"), |_| said(&self.folder.events_named(name)));
    }

    /// Puts the cursor on an item by finding its words.
    fn go(&mut self, text: &str) {
        self.terminal.type_text(&format!("/{text}\r"));
        self.terminal.wait_for(&format!("the cursor on {text:?}"), |frame| {
            frame.has("· find “") && frame.lines().any(|line| line.contains('▌') && line.contains(text))
        });
        self.terminal.press(Press::Escape);
        self.terminal.wait_for("the search over", |frame| !frame.has("· find"));
    }

    /// Presses a key, and types what the prompt that opens asks for.
    fn say(&mut self, key: &str, title: &str, words: &str) {
        self.terminal.type_text(key);
        self.terminal.wait_for_text(title);
        self.terminal.type_text(&format!("{words}\r"));
    }

    /// Ticks what nothing stands in the way of.
    fn tick(&mut self, text: &str) {
        let before = self.folder.events_named("item.done").len();
        self.go(text);
        self.terminal.type_text(" ");
        let done = self.log("item.done", before + 1);
        assert!(done["text"].as_str().unwrap().starts_with(text), "{done}");
    }

    /// Chooses in a dialog, and types what is asked next.
    fn choose(&mut self, title: &str, key: &str, next: &str, words: &str) {
        self.terminal.wait_for_text(title);
        self.terminal.insist(key, "an answer", |frame| frame.has(next));
        // The key may have been taken for the first letter.
        self.terminal.press(Press::Control('u'));
        self.terminal.type_text(&format!("{words}\r"));
    }
}

/// The event's moment is the truth, later by an interval at most.
#[track_caller]
fn near(event: &Value, key: &str, truth: DateTime<Utc>) {
    let off = event[key].as_str().unwrap().parse::<DateTime<Utc>>().unwrap() - truth;
    let resolution = Duration::from_millis(event["resolution_ms"].as_u64().unwrap());
    let most = TimeDelta::from_std(resolution.max(EVERY)).unwrap() + SLACK;
    assert!(-SLACK <= off && off <= most, "{key} is off by {off}: {event}");
}

/// The day before: a blank, a step that fails and is mended.
fn prepare(hands: &mut Hands) {
    hands.go("Tenant id of the new side");
    hands.say("e", "What belongs in the blank?", "5b2f");
    hands.log("field.filled", 1);
    hands.tick("Tenant id of the new side");
    hands.go("Backup restored into a scratch");
    hands.say("F", "What went wrong", "counts differ by 12");
    hands.log("issue.opened", 1);
    hands.say("u", "Why is it open again?", "restored from the second archive");
    hands.log("item.reopened", 1);
    hands.tick("Backup restored into a scratch");
    hands.say("I", "How was it resolved?", "the first archive was cut short");
    hands.log("issue.resolved", 1);
}

/// A strategy, and the outage that it means; when it began in truth.
fn stop_the_old_side(world: &World, hands: &mut Hands) -> DateTime<Utc> {
    hands.go("Sync set up");
    hands.terminal.type_text("D");
    hands.choose("Strategy B: back", "b", "Why?", "own cluster");
    let made = hands.log("decision.made", 1);
    assert_eq!(made["choice"], "Strategy B: back up and restore");
    hands.tick("Old app stopped");
    let stopped = SystemClock.now().wall;
    world.live.answer(broken());
    world.old.answer(broken());
    let began = hands.log("outage.began", 1);
    near(&began, "since", stopped);
    assert_eq!(began["planned"], true);
    hands.terminal.wait_for_text("outage now");
    stopped
}

/// A gate that is not met, is met, is lost, and is gone past.
fn pass_a_gate(world: &World, hands: &mut Hands) {
    hands.go("/health of the new side");
    hands.terminal.type_text(" ");
    hands.terminal.wait_for_text("saw 503");
    hands.terminal.press(Press::Escape);
    world.new.answer(side("new"));
    hands.gate("gate.met", "health/api/new for 1s");
    world.new.answer(broken());
    hands.gate("gate.lost", "health/api/new for 1s");
    hands.terminal.type_text(" ");
    hands.terminal.wait_for_text("Tick all the same");
    hands.terminal.type_text("seen with curl a moment ago\r");
    hands.log("gate.overridden", 1);
    world.new.answer(side("new"));
}

/// The go, with what is open before it.
fn decide(hands: &mut Hands) {
    hands.go("Technical lead says go");
    hands.terminal.type_text(" ");
    hands.choose("go or no-go?", "g", "Who decides?", "Lee Chen");
    hands.say("", "decides Lee Chen", "all green");
    let made = hands.log("decision.made", 2);
    assert_eq!((&made["kind"], &made["choice"]), (&"go".into(), &"go: Lee Chen".into()));
}

/// Two persons change the name; the zone flips, and users are served again.
fn flip(world: &World, hands: &mut Hands, stopped: DateTime<Utc>) {
    hands.go("CNAME changed");
    hands.terminal.type_text(" ");
    hands.log("approval.given", 1);
    hands.terminal.type_text(" ");
    hands.choose("A second person must approve", "s", "Your own name", "lee");
    hands.say("", "What do you read on your own screen?", "5");
    hands.log("approval.given", 2);
    world.knot.serve(&pointing(2, "new"));
    let mended = SystemClock.now().wall;
    world.live.answer(side("new"));
    let ended = hands.log("outage.ended", 1);
    near(&ended, "until", mended);
    let truth = (mended - stopped).num_milliseconds();
    let lasted = i64::try_from(ended["lasted_ms"].as_u64().unwrap()).unwrap();
    let most = i64::try_from(EVERY.as_millis()).unwrap() + SLACK.num_milliseconds() * 2;
    assert!((lasted - truth).abs() <= most, "lasted {lasted} ms, in truth {truth}");
    hands.log("dns.flipped", 1);
    hands.tick("Name resolves to the new side");
    hands.tick("Health through the public name");
}

/// It fails; the rollback is invoked, and stood down when the cause is found.
fn turn_back_and_go_on(world: &World, hands: &mut Hands) {
    hands.terminal.wait_for("a reading", |frame| frame.has("live ▲"));
    let failed = SystemClock.now().wall;
    world.live.answer(broken());
    let began = hands.log("outage.began", 2);
    near(&began, "since", failed);
    assert_eq!(began["planned"], false);
    hands.say("R", "Who decided it, and why?", "every login fails");
    hands.log("rollback.invoked", 1);
    hands.terminal.wait_for_text("0 of 1 on old");
    let healed = SystemClock.now().wall;
    world.live.answer(side("new"));
    near(&hands.log("outage.ended", 2), "until", healed);
    hands.say("R", "Why go on as planned?", "a setting was missing");
    hands.log("rollback.stood_down", 1);
}

/// The wait is over at its time, and the lead signs.
fn sign(hands: &mut Hands) {
    hands.log("lock.opened", 1);
    hands.tick("New side stable for a whole day");
    hands.go("Technical lead: ");
    hands.say(" ", "Name, comma, role", "Lee Chen, technical lead");
    let signed = hands.log("signoff.given", 1);
    assert_eq!(signed["name"], "Lee Chen");
    hands.terminal.type_text("q");
    hands.terminal.wait_for_text("Leave the cockpit?");
    hands.terminal.insist("y", "the end", |_| false);
}

/// The log is intact, and the report tells the day.
fn told(folder: &Folder) {
    let log = folder.log();
    let verified = folder.cutover(&["verify", log.to_str().unwrap()]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    let ran = folder.cutover(&["report", log.to_str().unwrap(), "-o", "report.md"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = std::fs::read_to_string(folder.path().join("report.md")).unwrap();
    for words in [
        "counts differ by 12",
        "seen with curl a moment ago",
        "Strategy B: back up and restore",
        "go: Lee Chen",
        "every login fails; stood down by dana: a setting was missing",
        "Within the goal of 15 min",
        "**Lee Chen**, technical lead",
    ] {
        assert!(report.contains(words), "{words}\n{report}");
    }
    assert_eq!(report.matches("| outage |").count(), 2, "{report}");
}

#[test]
fn a_migration_day_from_information_to_sign_off() {
    let Some(world) = World::start() else { return };
    let plan = std::fs::read_to_string("checklists/backend-migration.md").unwrap();
    let folder = Folder::new(&plan);
    folder.sidecar(&world.sidecar());
    folder.write("app.log", "INFO started\n");
    let mut hands = Hands::open(&folder);
    hands.terminal.wait_for("all readings", |frame| frame.has("live ▲") && frame.has("0 of "));

    prepare(&mut hands);
    let stopped = stop_the_old_side(&world, &mut hands);
    pass_a_gate(&world, &mut hands);
    decide(&mut hands);
    flip(&world, &mut hands, stopped);

    // The cockpit is killed; nothing is lost.
    let done = folder.events_named("item.done").len();
    hands.terminal.kill();
    let mut hands = Hands::open(&folder);
    hands.log("run.resumed", 1);
    hands.terminal.wait_for_text("1 of 1 on new");
    assert_eq!(folder.events_named("item.done").len(), done);

    turn_back_and_go_on(&world, &mut hands);
    sign(&mut hands);
    told(&folder);
}
