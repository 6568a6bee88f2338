//! The demo as a newcomer meets it: played by keys from its first frame to the removal of everything.

use crate::common::demo::Demo;
use crate::common::folder::events;
use crate::common::operator::Operator;
use crate::common::pty::Press;

#[test]
fn it_is_played_to_its_report_and_leaves_nothing_behind() {
    let mut demo = Demo::start(&["--seed", "7"]);
    demo.terminal.wait_for_text("The cursor is on this step");
    let log = demo.log("shop");
    let played = Operator::new(&mut demo.terminal, &log, "dana").play();
    assert_eq!(played.overridden, [], "of {:?}", played.ticked);
    assert_eq!(played.signed, [("dana".to_owned(), "operator".to_owned())]);
    let log = events(&log);
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
