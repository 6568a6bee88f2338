//! The real program over a real file: what is typed, what goes on record, what survives a restart.

use std::fs::OpenOptions;
use std::io::Write;

use crate::common::folder::Folder;
use crate::common::pty::{Start, Terminal};

const SIDECAR: &str = "[[log]]\nname = \"app\"\nfile = \"app.log\"\n";

fn folder() -> Folder {
    let folder = Folder::with_steps(3);
    folder.sidecar(SIDECAR);
    folder.write("app.log", "INFO stood here before\n");
    folder
}

fn append(folder: &Folder, line: &[u8]) {
    let mut file = OpenOptions::new().append(true).open(folder.path().join("app.log")).unwrap();
    file.write_all(line).unwrap();
    file.write_all(b"\n").unwrap();
}

fn open(folder: &Folder) -> Terminal {
    let mut terminal = Start::run(folder).size(120, 30).spawn();
    terminal.wait_for("the start of the run", |frame| frame.has("run started") || frame.has("run resumed"));
    terminal.type_text("5");
    terminal.wait_for_text("stood here before");
    terminal
}

#[test]
fn lines_are_filtered_put_on_record_and_allowed_for_good() {
    let folder = folder();
    let mut terminal = open(&folder);
    append(&folder, b"ERROR no such host \x1b]52;c;cm0gLXJm\x07=cmd|'/C calc'!A0");
    append(&folder, b"WARN retry 1 of 9");
    terminal.wait_for_text("retry 1 of 9");
    terminal.wait_for_text("2 new since");
    terminal.type_text("i");
    terminal.wait_for_text("Show only lines that match");
    terminal.type_text("HOST|no such\r");
    terminal.wait_for("the filter", |frame| frame.has("2 hidden") && !frame.has("retry 1 of 9"));
    terminal.type_text(" x");
    terminal.wait_for_text("Put 1 line of app on record");
    terminal.type_text("seen at the switch\r");
    terminal.wait_for_text("1 line on record");
    let event = folder.events_named("excerpt.added").pop().unwrap();
    let name = event["blob"]["sha256"].as_str().unwrap().to_owned();
    let evidence = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().ends_with(".evidence"))
        .unwrap();
    let blob = std::fs::read(evidence.join(name)).unwrap();
    let text = String::from_utf8(blob).unwrap();
    assert!(text.contains("no such host") && !text.contains(['\u{1b}', '\u{7}']), "{text:?}");
    // Back to all lines, and on to the newest: it is what is expected.
    terminal.type_text("F");
    terminal.wait_for_text("take away");
    terminal.type_text("take\r");
    terminal.wait_for_text("retry 1 of 9");
    terminal.type_text("G a");
    terminal.wait_for_text("Expected lines of app");
    terminal.type_text("\r");
    terminal.wait_for_text("1 new since");
    terminal.type_text("q");
    terminal.wait_for_text("Leave the cockpit?");
    terminal.insist("y", "the end", |_| false);
    assert_eq!(folder.events_named("noise.allowed").len(), 1);

    let mut terminal = open(&folder);
    append(&folder, b"WARN retry 2 of 9");
    append(&folder, b"ERROR disk full");
    terminal.wait_for_text("disk full");
    terminal.wait_for_text("1 new since");
    let line = terminal.frame().line("retry 2 of 9").unwrap();
    assert!(!line.contains("new"), "{line}");
    terminal.type_text("q");
    terminal.wait_for_text("Leave the cockpit?");
    terminal.insist("y", "the end", |_| false);
}
