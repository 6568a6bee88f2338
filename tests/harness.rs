//! The pty harness itself, with a shell in the program's place: what it promises to every other test.

use std::path::Path;
use std::sync::{Arc, Mutex};

use rustix::process::Signal;

use crate::common::folder::Folder;
use crate::common::pty::{Press, Start, Terminal};

const BEGIN: &str = r"\033[?2026h";
const END: &str = r"\033[?2026l";

fn shell(folder: &Folder, script: &str) -> Terminal {
    start(folder, script).spawn_program(Path::new("/bin/sh"))
}

fn start<'a>(folder: &'a Folder, script: &str) -> Start<'a> {
    Start::with_args(folder, &["-c", script])
}

#[test]
fn only_whole_frames_are_seen() {
    let folder = Folder::new("");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watched = Arc::clone(&seen);
    let script = format!("printf '{BEGIN}one'; read x; printf ' two{END}'; read x; printf 'half'; read x");
    let mut terminal = start(&folder, &script)
        .watch(move |frame| {
            let whole = frame.has("one") && frame.has("two");
            watched.lock().unwrap().push((frame.number, whole));
        })
        .spawn_program(Path::new("/bin/sh"));
    terminal.press(Press::Enter);
    let frame = terminal.wait_for_text("two");
    assert_eq!(frame.number, 1);
    terminal.press(Press::Enter);
    terminal.press(Press::Enter);
    assert_eq!(terminal.exit_code(), 0);
    // The half frame came through with the end, and was never a frame.
    assert!(terminal.frame().has("half"));
    assert_eq!(*seen.lock().unwrap(), [(1, true)]);
}

#[test]
fn an_end_mark_split_between_writes_is_found() {
    let folder = Folder::new("");
    let mut terminal =
        shell(&folder, r"printf '\033[?20'; read x; printf '26lword'; printf '\033[?2026l'; read x");
    terminal.press(Press::Enter);
    terminal.wait_for_text("word");
    terminal.press(Press::Enter);
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn a_terminal_left_behind_is_noticed() {
    let folder = Folder::new("");
    let mut tidy = shell(&folder, "exit 3");
    assert_eq!(tidy.exit_code(), 3);
    tidy.assert_restored();
    for leaves in
        [r"printf '\033[?1049h'", r"printf '\033[?25l'", r"printf '\033[?2004h'", "stty raw", "stty -echo"]
    {
        let untidy = std::thread::spawn(move || {
            let folder = Folder::new("");
            let mut terminal = shell(&folder, leaves);
            terminal.wait_for_end();
            terminal.assert_restored();
        });
        assert!(untidy.join().is_err(), "{leaves} went unnoticed");
    }
}

#[test]
fn a_stopped_reader_loses_nothing() {
    let folder = Folder::new("");
    // 2,000 frames are more than a pty holds.
    let script = format!(
        "read x; i=0; while [ $i -lt 2000 ]; do i=$((i+1)); printf '{BEGIN}\\033[H%s of many{END}' $i; done; read x"
    );
    let mut terminal = shell(&folder, &script);
    terminal.stop_reading();
    terminal.press(Press::Enter);
    terminal.resume_reading();
    terminal.wait_for_text("2000 of many");
    terminal.press(Press::Enter);
    assert_eq!(terminal.exit_code(), 0);
    assert_eq!(terminal.frame().number, 2000);
}

#[test]
fn sizes_signals_and_hang_ups_reach_the_program() {
    let folder = Folder::new("");
    let script = format!(
        "trap 'printf \"{BEGIN}\\033[Hsize %s\\n{END}\" \"$(stty size)\"' WINCH; trap 'exit 4' TERM; trap 'touch hung-up; exit 5' HUP;
         printf '{BEGIN}ready{END}'; while :; do sleep 0.01; done"
    );
    let mut terminal = shell(&folder, &script);
    terminal.wait_for_text("ready");
    terminal.resize(120, 40);
    terminal.wait_for_text("size 40 120");
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.exit_code(), 4);

    let mut terminal = shell(&folder, &script);
    terminal.wait_for_text("ready");
    terminal.hang_up();
    assert_eq!(terminal.exit_code(), 5);
    assert!(folder.path().join("hung-up").exists());
}
