//! What comes in: pastes, poor terminals, and files that are no plan or no log of it.

use super::{answer, leave, open, tick, ticked_by_anyone};
use crate::common::folder::{Folder, Ran};
use crate::common::program::until;
use crate::common::pty::Start;

#[test]
fn a_stray_paste_is_ignored_and_a_paste_into_a_prompt_is_text() {
    let folder = Folder::with_steps(5);
    let mut terminal = open(Start::run(&folder));
    terminal.paste("   q y F fail\r- skip\r");
    terminal.wait_for_text("paste was ignored");
    assert!(folder.events().iter().all(|event| !event["event"].as_str().unwrap().starts_with("item.")));

    terminal.type_text("c");
    terminal.wait_for_text("Note on");
    terminal.paste("copied from\nthe chat");
    terminal.wait_for_text("copied from the chat");
    terminal.type_text("\r");
    let note = until("note.added", || folder.events_named("note.added").pop());
    assert_eq!(note["text"], "copied from the chat");
    leave(&mut terminal);
}

#[test]
fn text_with_control_characters_never_reaches_the_terminal() {
    let folder = Folder::new("# Move\n\n## Work\n\n- [ ] Evil \u{1b}]0;title\u{7} \u{9b}31m \u{202e}item\n");
    let mut terminal = open(Start::run(&folder));
    answer(&mut terminal, "c", "Note on", "plain");
    leave(&mut terminal);
    let raw = terminal.raw();
    assert!(!raw.windows(4).any(|seen| seen == b"\x1b]0;"), "the plan set the terminal's title");
    assert!(!raw.windows(2).any(|seen| seen == "\u{9b}".as_bytes()), "a C1 control reached the terminal");
    assert!(!raw.windows(3).any(|seen| seen == "\u{202e}".as_bytes()), "a direction override reached it");
}

#[test]
fn on_a_terminal_without_a_cursor_no_run_begins() {
    let folder = Folder::with_steps(3);
    let mut terminal = Start::run(&folder).env("TERM", "dumb").spawn();
    assert_eq!(terminal.exit_code(), 2);
    assert!(String::from_utf8_lossy(&terminal.raw()).contains("dumb"));
    assert!(folder.logs().is_empty());
}

#[test]
fn without_colour_state_is_still_told() {
    let folder = Folder::with_steps(3);
    let mut terminal = open(Start::run(&folder).env("NO_COLOR", "1"));
    tick(&mut terminal, 1);
    let frame = terminal.frame();
    let (rows, columns) = frame.screen().size();
    for row in 0..rows.get() {
        for column in 0..columns.get() {
            let cell = frame.screen().cell(row, column).unwrap();
            assert_eq!(cell.fgcolor(), vt100::Color::Default, "row {row}, column {column}");
            assert_eq!(cell.bgcolor(), vt100::Color::Default, "row {row}, column {column}");
        }
    }
    leave(&mut terminal);
}

#[test]
fn a_locale_without_utf_8_gets_ascii_only() {
    let folder = Folder::new("# Move\n\n## Work\n\n- [ ] Step 1\n- [ ] Über – “quoted”\n");
    for locale in [[("LANG", "C"), ("LC_ALL", "C")], [("LANG", "POSIX"), ("LC_ALL", "")]] {
        let mut start = Start::run(&folder).arg("--new");
        for (name, value) in locale {
            start = start.env(name, value);
        }
        let mut terminal = open(start);
        terminal.type_text(" ");
        terminal.wait_for("the tick on the event line", |frame| frame.has("dana ticked"));
        leave(&mut terminal);
        terminal.assert_restored();
        let raw = terminal.raw();
        assert!(raw.is_ascii(), "not ASCII: {:?}", String::from_utf8_lossy(&raw));
        assert_eq!(ticked_by_anyone(&terminal.frame()), 0);
    }
}

/// A refusal: this exit code, a clear sentence that names the thing (`check` says it as a finding), no debug print.
#[track_caller]
fn refused(ran: &Ran, code: i32, names: &[&str]) {
    assert_eq!(ran.code, Some(code), "{ran:?}");
    for name in names {
        assert!(ran.stdout.contains(name) || ran.stderr.contains(name), "{name:?} is not named: {ran:?}");
    }
    assert!(!ran.stderr.contains("panicked"), "{ran:?}");
    assert!(!ran.stderr.contains("Error {") && !ran.stderr.contains("Os {"), "a debug print: {ran:?}");
}

#[test]
fn what_is_no_plan_is_refused_with_a_sentence() {
    let folder = Folder::with_steps(1);
    std::fs::create_dir(folder.path().join("folder.md")).unwrap();
    folder.write("empty.md", "");
    folder.write("prose.md", "# Only words\n\nNothing to do here.\n");
    folder.write("binary.md", [0, 159, 146, 150, 0, 1, 2, 3, 0, 0, 255, 254]);
    for name in ["missing.md", "folder.md", "empty.md", "prose.md", "binary.md"] {
        for args in [&["run", name, "--operator", "dana"][..], &["check", name], &[name]] {
            refused(&folder.cutover(args), 2, &[name]);
        }
    }
    assert!(folder.logs().is_empty(), "a refused plan left a log: {:?}", folder.logs());
}

#[test]
fn a_cockpit_needs_a_terminal() {
    let folder = Folder::with_steps(1);
    refused(&folder.cutover(&["run", "plan.md", "--operator", "dana"]), 2, &["terminal"]);
    assert!(folder.logs().is_empty(), "{:?}", folder.logs());
}

#[test]
fn a_bad_sidecar_is_refused_with_file_line_and_key() {
    let folder = Folder::with_steps(1);
    for (sidecar, names) in [
        ("title = \"unclosed\nticket = 3\n", &["plan.toml", "1"][..]),
        ("outage_gaol = \"15m\"\n", &["plan.toml", "1", "outage_gaol", "outage_goal"]),
        (
            "\n[[health]]\nname = \"api\"\nurl = \"http://localhost/\"\nexpekt = []\n",
            &["plan.toml", "5", "expekt", "expect"],
        ),
        (
            "[[health]]\nname = \"api\"\nurl = \"http://localhost/\"\nexpect = [\"stattus == 200\"]\n",
            &["plan.toml", "4", "stattus"],
        ),
        ("[[health]]\nname = \"api\"\n", &["plan.toml", "url"]),
    ] {
        folder.sidecar(sidecar);
        for args in [&["run", "plan.md", "--operator", "dana"][..], &["check", "plan.md"]] {
            refused(&folder.cutover(args), 2, names);
        }
    }
    assert!(folder.logs().is_empty());
}

#[test]
fn a_log_of_another_plan_or_a_newer_schema_is_refused_and_untouched() {
    let folder = Folder::with_steps(2);
    let mut terminal = open(Start::run(&folder));
    tick(&mut terminal, 1);
    leave(&mut terminal);
    let log = folder.log();
    let bytes = std::fs::read(&log).unwrap();
    let name = log.file_name().unwrap().to_str().unwrap().to_owned();

    folder.write("other.md", "# Another move\n\n## Work\n\n- [ ] Elsewhere\n");
    let mut other =
        Start::with_args(&folder, &["run", "other.md", "--log", &name, "--operator", "dana"]).spawn();
    assert_eq!(other.exit_code(), 2);
    let text = String::from_utf8_lossy(&other.raw()).into_owned();
    assert!(text.contains(&name) && text.contains("other.md"), "{text}");
    assert_eq!(std::fs::read(&log).unwrap(), bytes, "the log was touched");

    let newer = String::from_utf8(bytes.clone()).unwrap().replacen("{\"v\":1,", "{\"v\":2,", 1);
    assert_ne!(newer.as_bytes(), bytes);
    let newer_log = folder.write("newer.signoff.jsonl", &newer);
    let mut newer_run =
        Start::with_args(&folder, &["run", "plan.md", "--log", "newer.signoff.jsonl", "--operator", "dana"])
            .spawn();
    assert_eq!(newer_run.exit_code(), 2);
    let text = String::from_utf8_lossy(&newer_run.raw()).into_owned();
    assert!(text.contains("newer cutover"), "{text}");
    assert_eq!(std::fs::read(&newer_log).unwrap(), newer.as_bytes(), "the log was touched");
    let verified = folder.cutover(&["verify", "newer.signoff.jsonl"]);
    assert_eq!(verified.code, Some(2), "{verified:?}");
    assert!(verified.stdout.contains("newer cutover"), "{verified:?}");
    refused(&folder.cutover(&["report", "newer.signoff.jsonl", "-o", "out.md"]), 2, &["newer"]);
    assert!(!folder.path().join("out.md").exists());
}
