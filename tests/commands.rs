//! Commands of items through the real program: run, streamed, stopped, found again after a kill, without their secrets.

mod screen;

use std::fs;
use std::path::PathBuf;

use crate::common::folder::Folder;
use crate::common::program::until;
use crate::common::pty::{Press, Start, Terminal};

/// A plan whose only item has this command.
fn folder(command: &str) -> Folder {
    let indented: String = command.lines().map(|line| format!("  {line}\n")).collect();
    Folder::new(&format!(
        "# Move\n\n## One\n\n- [ ] Do it: ____\n\n  ```sh\n{indented}  ```\n\n- [ ] Then this\n"
    ))
}

fn open(folder: &Folder) -> Terminal {
    open_with(Start::run(folder).size(120, 40))
}

fn open_with(start: Start) -> Terminal {
    let terminal = start.spawn();
    terminal.wait_for("the start of the run", |frame| frame.has("run started") || frame.has("run resumed"));
    terminal
}

/// Runs the item's command.
fn run(terminal: &mut Terminal) {
    terminal.type_text("!");
    terminal.wait_for_text("Run this?");
    terminal.insist("r", "the start on the screen", |frame| {
        frame.has("! running") || frame.has("! exit") || frame.has("Type ")
    });
}

fn ended(folder: &Folder) -> serde_json::Value {
    until("the end of the command in the log", || folder.events_named("command.ended").pop())
}

/// The evidence of the command's output.
fn said(folder: &Folder, ended: &serde_json::Value) -> String {
    let log = folder.log();
    let stem = log.file_name().unwrap().to_str().unwrap().strip_suffix(".signoff.jsonl").unwrap();
    let path =
        log.with_file_name(format!("{stem}.evidence")).join(ended["output"]["sha256"].as_str().unwrap());
    fs::read_to_string(path).unwrap()
}

fn jobs(folder: &Folder) -> PathBuf {
    let log = folder.log();
    let stem = log.file_name().unwrap().to_str().unwrap().strip_suffix(".signoff.jsonl").unwrap().to_owned();
    log.with_file_name(format!("{stem}.jobs"))
}

/// Whether a process has this word among its arguments.
fn lives(word: &str) -> bool {
    fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let words = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        words.split(|&byte| byte == 0).any(|it| it == word.as_bytes())
    })
}

#[test]
fn a_command_runs_streams_and_is_on_record_with_its_output() {
    let folder = folder(
        "echo begins in $(pwd); while ! [ -e go ]; do sleep 0.05; done; echo \"the <who> ends\"; exit 3",
    );
    folder.sidecar("[vars]\nWHO = \"$(touch harm) 'x'\"\n");
    let mut terminal = open(&folder);
    run(&mut terminal);
    let started = folder.events_named("command.started").pop().unwrap();
    assert_eq!(started["job"], "run-1");
    terminal.type_text("\x0f");
    terminal.wait_for_text("begins in");
    folder.write("go", "");
    terminal.wait_for_text("the $(touch harm) 'x' ends");
    let end = ended(&folder);
    assert_eq!(end["exit"], 3);
    assert!(end["took_ms"].as_u64().is_some());
    assert!(said(&folder, &end).ends_with("the $(touch harm) 'x' ends\n"));
    assert!(!folder.path().join("harm").exists(), "the value was obeyed");
    terminal.wait_for_text("exit 3");
    terminal.type_text("\x0f");
    terminal.wait_for_text("! exit 3");
    // What was kept for the screen is in the evidence now.
    until("the folder to be emptied", || (!jobs(&folder).join("run-1/output").exists()).then_some(()));
    let verified = folder.cutover(&["verify", folder.log().to_str().unwrap()]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

#[test]
fn a_secret_is_nowhere_but_in_the_command() {
    let folder = folder(
        "echo \"$TOKEN \"; printf 'Authorization: Bearer %s%s\\n' abcdef 0123456789abcdef; echo $TOKEN | rev",
    );
    folder.sidecar("[vars]\nTOKEN = { env = \"MY_TOKEN\" }\n");
    let start = Start::run(&folder).size(120, 40).env("MY_TOKEN", "hunter2hunter2");
    let mut terminal = open_with(start);
    terminal.type_text("!");
    let frame = terminal.wait_for_text("Run this?");
    assert!(frame.has("set, from the environment") && !frame.has("hunter2"), "{frame:?}");
    terminal.insist("r", "its end", |frame| frame.has("! exit 0"));
    terminal.type_text("\x0f");
    // It was given to the command.
    terminal.wait_for_text("2retnuh2retnuh");
    let end = ended(&folder);
    assert!(said(&folder, &end).contains("••• "), "{}", said(&folder, &end));
    let everything = format!(
        "{}{}{}",
        String::from_utf8_lossy(&terminal.raw()),
        fs::read_to_string(folder.log()).unwrap(),
        said(&folder, &end)
    );
    assert!(!everything.contains("hunter2") && !everything.contains("abcdef0123456789"));
}

#[test]
fn a_killed_cockpit_leaves_it_running_and_the_next_one_knows_its_end() {
    let folder = folder("echo begun; while ! [ -e go ]; do sleep 0.05; done; echo over; exit 7");
    let mut terminal = open(&folder);
    run(&mut terminal);
    until("it to run", || jobs(&folder).join("run-1/process").exists().then_some(()));
    terminal.kill();
    let mut terminal = open(&folder);
    terminal.wait_for_text("! running");
    terminal.type_text("\x0f");
    terminal.wait_for_text("begun");
    terminal.kill();
    // It ends while nobody looks.
    folder.write("go", "");
    until("its end", || jobs(&folder).join("run-1/exit").exists().then_some(()));
    let mut terminal = open(&folder);
    terminal.wait_for_text("! exit 7");
    let end = ended(&folder);
    assert_eq!((end["exit"].as_i64(), said(&folder, &end).as_str()), (Some(7), "begun\nover\n"));
    terminal.type_text("\x0f");
    terminal.wait_for_text("over");
    terminal.kill();
    // And from the evidence, when nothing else is left.
    let mut terminal = open(&folder);
    terminal.type_text("\x0f");
    terminal.wait_for_text("over");
}

#[test]
fn a_stop_ends_all_that_it_started() {
    // One that ends when asked, and one that does not listen.
    let folder =
        folder("sh -c 'trap \"\" TERM; while :; do sleep 0.1; done' deaf-4711 & echo up; sleep 4712");
    let mut terminal = open(&folder);
    run(&mut terminal);
    until("both to run", || (lives("deaf-4711") && lives("4712")).then_some(()));
    terminal.type_text("X");
    terminal.wait_for_text("Stop run-1?");
    terminal.insist("s", "its end", |frame| frame.has("! exit 143"));
    assert!(!lives("deaf-4711") && !lives("4712"));
    let note = folder.events_named("note.added").pop().unwrap();
    assert_eq!(note["text"], "stops run-1");
}

#[test]
fn much_output_is_kept_by_its_ends_and_counted() {
    let folder = folder("echo first; yes | head -c 20M; echo last");
    let mut terminal = open(&folder);
    run(&mut terminal);
    terminal.wait_for_text("! exit 0");
    let end = ended(&folder);
    let text = said(&folder, &end);
    assert!(text.len() <= 8 << 20 && text.starts_with("first\ny\n") && text.ends_with("y\nlast\n"));
    let cut = end["cut"].as_u64().unwrap();
    assert!((11 << 20..20 << 20).contains(&cut), "{cut}");
    terminal.type_text("\x0f");
    terminal.wait_for_text("last");
}

#[test]
fn a_program_that_is_not_there_and_a_folder_that_is_not_there_are_said() {
    let folder = Folder::new("# Move\n\n## One\n\n- [ ] Ruby\n\n  ```ruby\n  puts 1\n  ```\n");
    let start = Start::run(&folder).size(120, 40).env("PATH", "/nowhere");
    let mut terminal = open_with(start);
    run(&mut terminal);
    terminal.wait_for_text("! exit 127");
    let end = ended(&folder);
    assert!(said(&folder, &end).contains("cannot run ruby"), "{}", said(&folder, &end));
    let folder = self::folder("echo x");
    folder.sidecar("cwd = \"gone\"\n");
    let mut terminal = open(&folder);
    run(&mut terminal);
    terminal.wait_for_text("! exit 127");
    assert!(said(&folder, &ended(&folder)).contains("is no folder"));
}

#[test]
fn a_command_that_destroys_waits_for_its_word() {
    let folder = folder("rm -rf old-data");
    folder.write("old-data", "x");
    let mut terminal = open(&folder);
    run(&mut terminal);
    terminal.wait_for_text("Type old-data to run it");
    terminal.type_text("old");
    terminal.press(Press::Enter);
    terminal.wait_for_text("not the word");
    assert!(folder.path().join("old-data").exists());
    terminal.type_text("-data");
    terminal.press(Press::Enter);
    terminal.wait_for_text("! exit 0");
    assert!(!folder.path().join("old-data").exists());
}
