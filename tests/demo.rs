//! The demo as a newcomer meets it: played by keys from its first frame to the removal of everything.

use std::path::PathBuf;

use serde_json::Value;

use crate::common::folder::{Folder, events};
use crate::common::program::until;
use crate::common::pty::{Frame, Press, Start, Terminal};

/// Steps that a gate holds until what the demo does has come true.
const GATED: [&str; 6] = [
    "The new host answers that it is healthy",
    "The copy has ended",
    "Nothing is missing on the new side",
    "Every resolver gives the new address",
    "Customers are served by the new host",
    "The log has no more errors",
];

struct Demo {
    terminal: Terminal,
    place: Folder,
}

impl Demo {
    fn start(arguments: &[&str]) -> Demo {
        let place = Folder::new("- [ ] of no matter\n");
        let temp = place.path().to_str().unwrap().to_owned();
        let arguments = [&["demo", "--fast", "--operator", "dana"], arguments].concat();
        let terminal = Start::with_args(&place, &arguments).env("TMPDIR", &temp).size(160, 45).spawn();
        terminal.wait_for("the start of the run", |frame| frame.has("health/shop/old up"));
        Demo { terminal, place }
    }

    /// What the demo made, while it is there.
    fn folder(&self) -> Option<PathBuf> {
        let entries = std::fs::read_dir(self.place.path()).unwrap().flatten();
        let mut paths = entries.map(|entry| entry.path());
        paths.find(|path| path.file_name().unwrap().to_str().unwrap().starts_with("cutover-demo-"))
    }

    fn log(&self) -> Vec<Value> {
        self.folder().map(|folder| events(&folder.join("shop.live.signoff.jsonl"))).unwrap_or_default()
    }

    fn is_done(&self, text: &str) -> bool {
        let done = |event: &Value| event["event"] == "item.done" || event["event"] == "criterion.confirmed";
        self.log().iter().any(|event| done(event) && event["text"] == text)
    }

    /// Puts the cursor on the next open step, waits for its gate, and ticks it.
    fn tick(&mut self, text: &str) {
        let here = |frame: &Frame| {
            let line = frame.lines().find(|line| line.contains("│▌"));
            let begins: String = text.chars().take(30).collect();
            line.filter(|line| line.contains(&begins))
        };
        // Behind the last step of a phase the cursor stays.
        let cursor = |frame: &Frame| frame.lines().position(|line| line.contains("│▌"));
        let mut frame = self.terminal.frame();
        while here(&frame).is_none() {
            let before = cursor(&frame);
            self.terminal.type_text(".");
            frame = self.terminal.wait_for(text, |frame| cursor(frame).is_some() && cursor(frame) != before);
        }
        if GATED.contains(&text) && !here(&frame).is_some_and(|line| line.contains("gate met")) {
            self.terminal
                .wait_for("its gate", |frame| here(frame).is_some_and(|line| line.contains("gate met")));
        }
        self.terminal.type_text(" ");
    }

    /// Leaves the cockpit; what it then says is no frame of the cockpit's any more.
    fn leave(&mut self) {
        self.terminal.type_text("q");
        self.terminal.wait_for_text("Leave the cockpit?");
        until("the question behind it", || {
            self.terminal.type_text("y");
            self.said("o opens the report").then_some(())
        });
    }

    fn said(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.terminal.raw()).contains(text)
    }
}

/// The steps of the demo's plan in order, up to the rollback that is not invoked.
fn steps() -> Vec<String> {
    let plan = std::fs::read_to_string("src/demo/plan.md").unwrap();
    let (day, _) = plan.split_once("## Rollback").unwrap();
    day.lines().filter_map(|line| line.strip_prefix("- [ ] ")).map(ToOwned::to_owned).collect()
}

#[test]
#[ignore = "a day at ten times its pace wants the machine for itself: cargo test --test it demo -- --ignored"]
fn it_is_played_to_its_report_and_leaves_nothing_behind() {
    let mut demo = Demo::start(&["--seed", "7"]);
    demo.terminal.wait_for_text("The cursor is on this step");
    for step in steps() {
        if step == "Nothing is missing on the new side" {
            until("the end of the copy", || {
                let folder = demo.folder()?;
                let log = std::fs::read_to_string(folder.join("copy.log")).ok()?;
                (log.matches("finished").count() == 2).then_some(())
            });
            demo.terminal.type_text("4");
            demo.terminal.insist("jr", "the comparison", |frame| frame.has("missing 0"));
            demo.terminal.type_text("1");
        }
        demo.tick(&step);
        if step == "Go or no-go" {
            demo.terminal.insist("g", "who decides", |frame| frame.has("Who decides?"));
            demo.terminal.insist("\r", "why", |frame| frame.has("The reason stands in the report"));
            demo.terminal.type_text("all is ready");
            demo.terminal.press(Press::Enter);
        }
        let words = step.trim_end_matches(" ____").to_owned();
        let begins: String = words.chars().take(15).collect();
        demo.terminal.wait_for(&step, |frame| {
            let shown = frame.lines().any(|line| line.contains('✓') && line.contains(&begins));
            // The cursor goes on when all of the act is on disk.
            shown && frame.has("✓ synced") && (demo.is_done(&words) || demo.is_done(&step))
        });
    }
    let log = demo.log();
    let has = |event: &str| log.iter().any(|line| line["event"] == event);
    for event in ["gate.met", "decision.made", "outage.began", "outage.ended", "dns.flipped", "reconcile.ran"]
    {
        assert!(has(event), "no {event} in {log:#?}");
    }
    let states = |probe: &str| -> Vec<&str> {
        let changes = log.iter().filter(|line| line["event"] == "probe.changed" && line["probe"] == probe);
        changes.filter_map(|line| line["to"].as_str()).collect()
    };
    assert!(states("copy/uploads").contains(&"stalled"), "{:?}", states("copy/uploads"));
    assert!(states("copy/uploads").ends_with(&["finished"]), "{:?}", states("copy/uploads"));
    demo.leave();
    assert!(demo.said("lines is intact."));
    let report = demo.folder().unwrap().join("report.html");
    assert!(std::fs::read_to_string(report).unwrap().contains("The orchard shop moves to a new host"));
    demo.terminal.press(Press::Enter);
    assert_eq!(demo.terminal.exit_code(), 0);
    assert_eq!(demo.folder(), None);
}

#[test]
fn hints_are_dismissed_by_a_key_and_the_demo_shows_them_again() {
    let mut demo = Demo::start(&[]);
    demo.terminal.wait_for_text("(ctrl-g hides hints)");
    demo.terminal.press(Press::Control('g'));
    demo.terminal
        .wait_for("no hint", |frame| !frame.has("(ctrl-g hides hints)") && frame.has("Hints are hidden"));
    demo.leave();
    demo.terminal.type_text("k");
    assert_eq!(demo.terminal.exit_code(), 0);
    assert!(demo.folder().unwrap().join("report.html").exists());
}
