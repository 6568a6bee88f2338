//! Gates through the real program: a real server goes bad and good, a tick is refused, gone past, and let through.

use std::fmt::Write as _;

use crate::common::folder::Folder;
use crate::common::http::{Answer, Server};
use crate::common::program::until;
use crate::common::pty::{Frame, Press, Start, Terminal};

const PLAN: &str = "\
# Shop backend to the new tenant

## 1 Switch

- [ ] Change the CNAME <!-- cutover: gate = \"health/api\", for = \"2s\" -->
- [ ] Answer has `\"database\": \"healthy\"`
- [ ] Response status: 200 OK
- [ ] Tell the team
";

/// A plan whose server answers as it should, watched four times a second.
fn folder(server: &Server, more: &str) -> Folder {
    let folder = Folder::new(PLAN);
    let url = server.url("/health");
    folder.sidecar(&format!(
        "[[health]]\nname = \"api\"\nurl = \"{url}\"\nevery = \"250ms\"\ntimeout = \"250ms\"\nretry = 0\npublic = true\nexpect = [\"status == 200\"]\n{more}"
    ));
    folder
}

fn open(folder: &Folder) -> Terminal {
    let terminal = Start::run(folder).size(160, 45).spawn();
    terminal.wait_for("the start of the run", |frame| frame.has("run started") || frame.has("run resumed"));
    terminal
}

/// The row of an item, as far as the checklist's pane goes.
fn row(frame: &Frame, item: &str) -> String {
    let line = frame.lines().find(|line| line.contains(item)).unwrap_or_default();
    line.split('│').nth(1).unwrap_or_default().to_owned()
}

fn wait_for_row(terminal: &Terminal, item: &str, words: &str) -> Frame {
    terminal.wait_for(&format!("{words:?} beside {item:?}"), |frame| row(frame, item).contains(words))
}

fn report(folder: &Folder) -> String {
    let log = folder.log();
    let ran = folder.cutover(&["report", log.to_str().unwrap(), "-o", "report.md"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    std::fs::read_to_string(folder.path().join("report.md")).unwrap()
}

#[test]
fn a_tick_waits_for_its_gate_or_goes_past_it_with_a_reason() {
    let server = Server::start(Answer::json(503, "{}"));
    let folder = folder(&server, "");
    let mut terminal = open(&folder);
    wait_for_row(&terminal, "Change the CNAME", "gate: saw 503");
    // Refused: the dialog names what it saw, and esc ticks nothing.
    terminal.type_text(" ");
    terminal.wait_for_text("health/api: status == 200, saw 503; held 0:00 of 2s");
    terminal.press(Press::Escape);
    terminal.wait_for("the dialog gone", |frame| !frame.has("Tick all the same"));
    assert_eq!(folder.events_named("item.done").len(), 0);

    // Mended: it counts, and is met.
    server.answer(Answer::healthy());
    wait_for_row(&terminal, "Change the CNAME", "of 2s");
    let frame = wait_for_row(&terminal, "Change the CNAME", "gate met");
    assert!(row(&frame, "database").contains("● database \"healthy\""), "{frame:?}");
    assert!(row(&frame, "Response status").contains("● 200 in "), "{frame:?}");
    let met = until("the line of the gate", || folder.events_named("gate.met").pop());
    assert!(met["held_ms"].as_u64().unwrap() >= 2000, "{met}");

    // Broken again: lost, and gone past with a reason.
    server.answer(Answer::json(500, "{}"));
    wait_for_row(&terminal, "Change the CNAME", "gate: saw 500");
    until("the line of the loss", || folder.events_named("gate.lost").pop());
    terminal.type_text(" ");
    terminal.wait_for_text("Tick all the same");
    terminal.type_text("the vendor says so\r");
    let overridden = until("the override", || folder.events_named("gate.overridden").pop());
    assert_eq!(overridden["verdict"], "health/api: status == 200, saw 500; held 0:00 of 2s");
    assert_eq!(overridden["reason"], "the vendor says so");
    let done = until("the tick", || folder.events_named("item.done").pop());
    let seen = &done["evidence"][0];
    assert_eq!((&seen["probe"], &seen["error"]), (&"health/api".into(), &"status == 200, saw 500".into()));

    terminal.type_text("q");
    terminal.wait_for_text("Leave the cockpit?");
    terminal.insist("y", "the end", |_| false);
    let log = folder.log();
    let verified = folder.cutover(&["verify", log.to_str().unwrap()]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    let report = report(&folder);
    assert!(report.contains("the vendor says so") && report.contains("status == 200, saw 500"), "{report}");
}

#[test]
fn large_evidence_lies_beside_the_log_and_is_verified() {
    let server = Server::start(Answer::healthy());
    let mut script = String::from("#!/bin/sh\n");
    for n in 0..40 {
        writeln!(script, "echo 'container number {n}: nothing is missing'").unwrap();
    }
    script.push_str("echo missing 37\n");
    let more = "[[reconcile]]\nname = \"blobs\"\nexec = [\"sh\", \"count.sh\"]\ncounters = { missing = 'missing (\\d+)', seen = 'number (\\d+)' }\nexpect = [\"missing == 0\", \"seen == 39\", \"missing <= 10\", \"missing <= 20\", \"missing <= 30\", \"missing < 35\", \"missing < 36\", \"missing < 37\", \"missing == 1\", \"missing == 2\", \"missing == 3\", \"missing == 4\"]\n\n[[gate]]\nitem = \"Tell the team\"\nneeds = [\"reconcile/blobs ok\"]\n";
    let folder = folder(&server, more);
    folder.write("count.sh", script);
    let mut terminal = open(&folder);
    wait_for_row(&terminal, "Tell the team", "gate ?: not run yet");
    terminal.type_text("4r");
    wait_for_row(&terminal, "Tell the team", "gate: saw not as expected");
    terminal.type_text("1jjj ");
    terminal.wait_for_text("Tick all the same");
    terminal.type_text("known\r");
    let done = until("the tick", || folder.events_named("item.done").pop());
    let blob = &done["evidence"][0]["text"];
    let name = blob["sha256"].as_str().unwrap_or_else(|| panic!("no text is kept: {done}")).to_owned();
    terminal.type_text("q");
    terminal.wait_for_text("Leave the cockpit?");
    terminal.insist("y", "the end", |_| false);

    let log = folder.log();
    let beside = log.to_str().unwrap().replace(".signoff.jsonl", ".evidence");
    let kept = std::path::Path::new(&beside).join(&name);
    let text = std::fs::read_to_string(&kept).unwrap();
    assert!(text.contains("missing 37") && text.contains("expected missing == 0"), "{text}");
    assert_eq!(folder.cutover(&["verify", log.to_str().unwrap()]).code, Some(0));
    let report = report(&folder);
    assert!(report.contains(&format!("whole in `{name}`, {} bytes", text.len())), "{report}");
    // A changed byte is a finding.
    std::fs::write(&kept, text.replace("37", "00")).unwrap();
    let verified = folder.cutover(&["verify", log.to_str().unwrap()]);
    assert_eq!(verified.code, Some(1), "{verified:?}");
}

#[test]
fn check_proposes_the_gates_that_a_plans_words_ask_for() {
    let server = Server::start(Answer::healthy());
    let folder = folder(&server, "");
    let said = folder.cutover(&["check", "plan.md"]);
    let proposal =
        "put <!-- cutover: needs = [\"health/api status == 200\"] --> at the end of the item's line";
    assert!(said.stdout.contains(proposal), "{}", said.stdout);
    assert_eq!(said.code, Some(0), "a proposal is no fault");
    let said = folder.cutover(&["check", "--format", "json", "plan.md"]);
    let json: serde_json::Value = serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{said:?}"));
    let codes: Vec<&str> =
        json["findings"].as_array().unwrap().iter().filter_map(|it| it["code"].as_str()).collect();
    assert_eq!(codes, ["gate-proposal", "gate-proposal"]);
}
