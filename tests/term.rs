//! The terminal as a program has it: keys, pastes, sizes, a panic, a hang-up, a stop.
//!
//! The test binary runs itself in a pty: reading keys is once in a process.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what went wrong by panicking, and a part speaks to its terminal"
)]

mod pty;

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use crossterm::event::{Event, KeyCode};
use cutover::term::{self, Drawn, Input, Keys, Output, Screen, Session, Tty, TtyScreen};
use portable_pty::CommandBuilder;
use ratatui::Frame;
use ratatui::layout::Size;
use ratatui::widgets::Paragraph;
use rustix::process::{Pid, Signal, kill_process};

use pty::{PATIENCE, Pty};

const PART: &str = "CUTOVER_TEST_PART";

fn play(part: &str, argument: &Path) -> Pty {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--exact", "term::a_part", "--ignored", "--nocapture"]);
    command.env(PART, part);
    command.env("CUTOVER_TEST_FILE", argument);
    Pty::spawn(command, 80, 24)
}

/// Waits until the program has written this to its file.
fn said(file: &Path, what: &str, pty: &mut Pty) {
    let pause = Duration::from_millis(10);
    for _ in 0..PATIENCE.as_millis() / pause.as_millis() {
        if std::fs::read_to_string(file).is_ok_and(|said| said == what) {
            return;
        }
        std::thread::park_timeout(pause);
    }
    let (ended, said) = (pty.child.try_wait(), std::fs::read_to_string(file));
    panic!("never said {what:?} but {said:?}, ended: {ended:?}:\n{}", pty.text());
}

fn pid(pty: &Pty) -> Pid {
    Pid::from_raw(i32::try_from(pty.child.process_id().unwrap()).unwrap()).unwrap()
}

#[test]
fn keys_pastes_and_sizes_arrive() {
    let mut pty = play("echo", Path::new(""));
    pty.shows("ready");
    pty.send("a");
    pty.shows("Char('a')");
    pty.send("\x1b[A");
    pty.shows("Up");
    pty.send("\x1b[200~pasted  text\nof lines\x1b[201~");
    pty.shows("pasted  text");
    pty.shows("of lines");
    pty.send("\x1b[I\x1b[<0;3;3M");
    pty.send("ü");
    pty.shows("Char('ü')");
    pty.send("\x1a");
    pty.shows("Char('z')");
    assert!(!pty.text().contains("Focus") && !pty.text().contains("Mouse"));
    pty.resize(100, 30);
    pty.shows("Resize(100, 30)");
    pty.wait("filled the new size", |screen| {
        screen.rows(0, 100).nth(29).is_some_and(|row| row.ends_with('#'))
    });
    pty.send("q");
    let (status, text) = pty.end();
    assert!(status.success(), "{text}");
    assert!(text.contains("left by q\nsee you"), "{text}");
}

#[test]
fn keys_typed_after_the_end_are_left_to_the_shell() {
    let mut pty = play("type-ahead", Path::new(""));
    pty.shows("ready");
    pty.send("q");
    pty.shows("stopped");
    pty.send("ls");
    pty.shows("for the shell: ls");
    assert!(pty.end().0.success());
}

#[test]
fn a_panic_is_shown_after_the_terminal_is_back() {
    let pty = play("panic", Path::new(""));
    let (status, text) = pty.end();
    assert!(status.success(), "{text}");
    assert!(text.contains("the loop panicked: no such row at tests/term.rs:"), "{text}");
    assert!(!text.contains("a probe's own"), "{text}");
}

#[test]
fn a_hang_up_ends_the_reading_thread() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("said");
    let mut pty = play("hang-up", &file);
    pty.shows("ready");
    pty.hang_up();
    said(&file, "hung up, reader ended, left: false", &mut pty);
}

#[test]
fn stopping_does_not_wait_for_a_hang_up_that_nobody_takes() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("said");
    let mut pty = play("untaken", &file);
    pty.shows("ready");
    pty.hang_up();
    said(&file, "stopped", &mut pty);
}

#[test]
fn a_stop_and_a_continue_bring_the_screen_back() {
    let mut pty = play("echo", Path::new(""));
    pty.shows("ready");
    kill_process(pid(&pty), Signal::STOP).unwrap();
    kill_process(pid(&pty), Signal::CONT).unwrap();
    pty.shows("continued");
    pty.send("b");
    pty.shows("Char('b')");
    pty.send("q");
    assert!(pty.end().0.success());
}

#[test]
fn a_program_leaves_a_terminal_that_does_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("said");
    let mut pty = play("flood", &file);
    pty.wait("flooded", |screen| screen.contents().contains('#'));
    pty.stop(true);
    let before = pty.bytes();
    pty.send("q");
    said(&file, "left: true", &mut pty);
    assert!(pty.bytes() < before + 64 * 1024, "nobody read meanwhile");
    pty.stop(false);
    pty.wait("gave the terminal back", |screen| {
        !screen.alternate_screen() && !screen.bracketed_paste() && !screen.hide_cursor()
    });
}

/// The program in the pty.
#[test]
#[ignore = "played in a pty by the others"]
fn a_part() {
    let Ok(part) = std::env::var(PART) else { return };
    match part.as_str() {
        "echo" => echo(),
        "type-ahead" => type_ahead(),
        "panic" => panics(),
        "flood" => flood(),
        "untaken" => untaken(),
        "hang-up" => hang_up(),
        part => panic!("no such part: {part}"),
    }
}

enum Told {
    Input(Input),
    Output(Output),
    Continued,
}

fn enter() -> (Session, TtyScreen, Keys, Receiver<Told>) {
    let (tell, told) = channel();
    let (output, input) = (tell.clone(), tell.clone());
    let (session, screen) = Session::enter(Tty::open().unwrap(), move |said| {
        let _ = output.send(Told::Output(said));
    })
    .unwrap();
    let keys = Keys::start(session.tty(), move |said| {
        let _ = input.send(Told::Input(said));
    })
    .unwrap();
    let (handled, handling) = channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            // Handled, so that a hang-up does not kill.
            let _hang_up = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).unwrap();
            let number = tokio::signal::unix::SignalKind::from_raw(Signal::CONT.as_raw());
            let mut signal = tokio::signal::unix::signal(number).unwrap();
            handled.send(()).unwrap();
            while signal.recv().await.is_some() {
                let _ = tell.send(Told::Continued);
            }
        });
    });
    handling.recv().unwrap();
    (session, screen, keys, told)
}

/// Shows every event on a line, newest first, until `q`; returns at a hang-up too.
fn run(screen: &mut TtyScreen, told: &Receiver<Told>) {
    let mut lines = vec!["ready".to_owned()];
    let mut dirty = true;
    loop {
        if dirty && screen.ready() {
            let text = lines.join("\n");
            let drawn = screen.draw(Duration::ZERO, &mut |frame: &mut Frame<'_>| {
                let area = frame.area();
                frame.render_widget(Paragraph::new(text.as_str()), area);
                let corner = &mut frame.buffer_mut()[(area.right() - 1, area.bottom() - 1)];
                corner.set_symbol("#");
            });
            assert_ne!(drawn, Drawn::Busy);
            dirty = false;
        }
        match told.recv_timeout(PATIENCE) {
            Ok(Told::Output(Output::Painted(n))) => screen.painted(n, Duration::ZERO),
            Ok(Told::Input(Input::Event(event))) => {
                match &event {
                    Event::Key(key) if key.code == KeyCode::Char('q') => return,
                    Event::Resize(width, height) => screen.resize(Size::new(*width, *height)),
                    _ => {}
                }
                let line = match event {
                    Event::Paste(text) => text,
                    Event::Key(key) => format!("{:?}", key.code),
                    event => format!("{event:?}"),
                };
                lines.insert(0, line);
                dirty = true;
            }
            Ok(Told::Continued) => {
                screen.repaint();
                lines.insert(0, "continued".to_owned());
                dirty = true;
            }
            Ok(Told::Output(Output::Lost(_)) | Told::Input(Input::HungUp)) => return,
            Ok(Told::Input(Input::Failed(error))) => panic!("{error}"),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => panic!("nobody types"),
        }
    }
}

fn echo() {
    let (mut session, mut screen, mut keys, told) = enter();
    run(&mut screen, &told);
    keys.stop();
    assert!(session.leave("left by q\nsee you"));
}

fn type_ahead() {
    let (mut session, mut screen, mut keys, told) = enter();
    run(&mut screen, &told);
    keys.stop();
    session.leave("");
    println!("stopped");
    // As the shell would: it has its own opening of the terminal, with keys one by one.
    screen.repaint();
    let mut typed = [0; 2];
    std::io::Read::read_exact(&mut std::fs::File::open("/dev/tty").unwrap(), &mut typed).unwrap();
    println!("for the shell: {}", String::from_utf8_lossy(&typed));
}

/// Another whole frame as soon as the last one is painted, until `q`.
fn flood() {
    let (mut session, mut screen, mut keys, told) = enter();
    let mut n = 0u64;
    loop {
        n += 1;
        screen.draw(Duration::ZERO, &mut |frame: &mut Frame<'_>| {
            let area = frame.area();
            for (x, y) in area.positions().map(|at| (at.x, at.y)) {
                let style = ratatui::style::Color::Indexed((n + u64::from(x)).to_le_bytes()[0]);
                frame.buffer_mut()[(x, y)].set_symbol("#").set_fg(style);
            }
        });
        match told.recv_timeout(PATIENCE).unwrap() {
            Told::Output(Output::Painted(n)) => screen.painted(n, Duration::ZERO),
            Told::Input(Input::Event(Event::Key(key))) if key.code == KeyCode::Char('q') => break,
            Told::Output(Output::Lost(error)) => panic!("{error}"),
            _ => {}
        }
    }
    keys.stop();
    std::fs::write(file(), format!("left: {}", session.leave(""))).unwrap();
}

fn panics() {
    term::hold_panics();
    let (mut session, mut screen, _keys, _told) = enter();
    let probe = std::thread::spawn(|| panic!("a probe's own"));
    assert!(probe.join().is_err());
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        screen.draw(Duration::ZERO, &mut |_| panic!("no such row"));
    }));
    assert!(caught.is_err());
    session.leave(&format!("the loop panicked: {}", term::panic_text().unwrap_or_default()));
}

fn hang_up() {
    let (mut session, mut screen, keys, told) = enter();
    run(&mut screen, &told);
    // Nobody stops the keys here: the reader must end by itself.
    while thread_runs("keys") {
        std::thread::park_timeout(Duration::from_millis(10));
    }
    std::fs::write(file(), format!("hung up, reader ended, left: {}", session.leave(""))).unwrap();
    drop(keys);
}

/// The loop is gone, and with it whoever would take the hang-up.
fn untaken() {
    let tty = Tty::open().unwrap();
    let mut keys = Keys::start(&tty, |said| {
        if matches!(said, Input::HungUp) {
            loop {
                std::thread::park();
            }
        }
    })
    .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _hang_up = runtime
        .block_on(async { tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).unwrap() });
    println!("ready");
    while thread_runs("keys") {
        std::thread::park_timeout(Duration::from_millis(10));
    }
    keys.stop();
    std::fs::write(file(), "stopped").unwrap();
    // Without a terminal the harness has nowhere to print to.
    std::thread::park();
}

fn file() -> std::path::PathBuf {
    std::env::var_os("CUTOVER_TEST_FILE").unwrap().into()
}

fn thread_runs(name: &str) -> bool {
    std::fs::read_dir("/proc/self/task").unwrap().any(|task| {
        let comm = task.unwrap().path().join("comm");
        std::fs::read_to_string(comm).is_ok_and(|comm| comm.trim_end() == name)
    })
}
