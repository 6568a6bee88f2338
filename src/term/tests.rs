//! The guard, the frames and the writer on a real pty.

use std::io::Read;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use portable_pty::{MasterPty, PtySize, SlavePty, native_pty_system};
use ratatui::Frame;
use ratatui::layout::Size;
use ratatui::widgets::Paragraph;

use super::{Drawn, Output, Screen, Session, Tty, TtyScreen};

/// Longer than anything takes on a busy machine; only a broken test waits so long.
const PATIENCE: Duration = Duration::from_mins(1);

/// A pty whose master is read into an emulator, unless the reader is stopped.
struct Pty {
    master: Box<dyn MasterPty + Send>,
    /// Kept open: the reader must not see an end before the test begins.
    _slave: Box<dyn SlavePty + Send>,
    seen: Arc<Seen>,
}

struct Seen {
    state: Mutex<SeenState>,
    changed: Condvar,
}

struct SeenState {
    parser: vt100::Parser,
    bytes: usize,
    stopped: bool,
    closed: bool,
}

impl Pty {
    fn open(columns: u16, rows: u16) -> Pty {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let parser = vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0);
        let state = SeenState { parser, bytes: 0, stopped: false, closed: false };
        let seen = Arc::new(Seen { state: Mutex::new(state), changed: Condvar::new() });
        let mut reader = pair.master.try_clone_reader().unwrap();
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            loop {
                let going = shared.state.lock().unwrap();
                drop(shared.changed.wait_while(going, |state| state.stopped).unwrap());
                let n = reader.read(&mut chunk).unwrap_or(0);
                let mut state = shared.state.lock().unwrap();
                state.parser.process(&chunk[..n]);
                state.bytes += n;
                shared.changed.notify_all();
                if n == 0 || state.closed {
                    return;
                }
            }
        });
        Pty { master: pair.master, _slave: pair.slave, seen }
    }

    fn tty(&self) -> Tty {
        Tty::at(&self.master.tty_name().unwrap()).unwrap()
    }

    /// Stops the reader; it may still take the one chunk that it waits for.
    fn stop(&self, stopped: bool) {
        self.seen.state.lock().unwrap().stopped = stopped;
        self.seen.changed.notify_all();
    }

    fn bytes(&self) -> usize {
        self.seen.state.lock().unwrap().bytes
    }

    fn wait(&self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let state = self.seen.state.lock().unwrap();
        let (state, late) = self
            .seen
            .changed
            .wait_timeout_while(state, PATIENCE, |state| !holds(state.parser.screen()))
            .unwrap();
        assert!(!late.timed_out(), "never {what}:\n{}", state.parser.screen().contents());
    }

    fn shows(&self, text: &str) {
        self.wait(&format!("showed {text:?}"), |screen| screen.contents().contains(text));
    }

    fn resize(&self, columns: u16, rows: u16) {
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
        self.seen
            .state
            .lock()
            .unwrap()
            .parser
            .screen_mut()
            .set_size(rows.try_into().unwrap(), columns.try_into().unwrap());
    }

    fn session(&self) -> (Session, TtyScreen, Receiver<Output>) {
        let (report, outputs) = channel();
        let (session, screen) = Session::enter(self.tty(), move |output| {
            // The test may have seen enough.
            let _ = report.send(output);
        })
        .unwrap();
        (session, screen, outputs)
    }
}

/// Fills the screen so that no cell is like the one before: the largest frame there is.
fn fill(text: &str) -> impl FnMut(&mut Frame<'_>) {
    move |frame: &mut Frame<'_>| {
        let area = frame.area();
        let line: String = text.chars().cycle().take(usize::from(area.width)).collect();
        let lines = vec![ratatui::text::Line::raw(line); usize::from(area.height)];
        frame.render_widget(Paragraph::new(lines), area);
    }
}

fn say(text: &str) -> impl FnMut(&mut Frame<'_>) {
    move |frame: &mut Frame<'_>| frame.render_widget(Paragraph::new(text.to_owned()), frame.area())
}

/// Draws and waits until it is painted.
fn paint(screen: &mut TtyScreen, outputs: &Receiver<Output>, render: &mut dyn FnMut(&mut Frame<'_>)) {
    let drawn = screen.draw(Duration::ZERO, render);
    let Drawn::Frame(number) = drawn else { panic!("not drawn: {drawn:?}") };
    settle(screen, outputs, number);
}

fn settle(screen: &mut TtyScreen, outputs: &Receiver<Output>, number: u64) {
    match outputs.recv_timeout(PATIENCE).unwrap() {
        Output::Painted(painted) => assert_eq!(painted, number),
        Output::Lost(error) => panic!("lost: {error}"),
    }
    screen.painted(number, Duration::ZERO);
}

#[test]
fn what_is_taken_over_is_given_back() {
    let pty = Pty::open(80, 24);
    let found = format!("{:?}", pty.tty().mode().unwrap());
    let (mut session, mut screen, outputs) = pty.session();
    paint(&mut screen, &outputs, &mut say("good morning"));
    pty.shows("good morning");
    pty.wait("took the terminal over", |screen| {
        screen.alternate_screen() && screen.bracketed_paste() && screen.hide_cursor()
    });
    assert_ne!(format!("{:?}", session.tty().mode().unwrap()), found, "raw mode");

    assert!(session.leave("The log is plan.jsonl.\nHead 12 ab34."));
    pty.shows("The log is plan.jsonl.\nHead 12 ab34.");
    pty.wait("gave the terminal back", |screen| {
        !screen.alternate_screen() && !screen.bracketed_paste() && !screen.hide_cursor()
    });
    assert_eq!(format!("{:?}", session.tty().mode().unwrap()), found);
    let bytes = pty.bytes();
    assert!(session.leave(""), "again, without effect");
    drop((session, screen));
    assert_eq!(pty.bytes(), bytes);
}

#[test]
fn an_idle_draw_writes_nothing() {
    let pty = Pty::open(80, 24);
    let (_session, mut screen, outputs) = pty.session();
    paint(&mut screen, &outputs, &mut say("steady"));
    assert_eq!(screen.draw(Duration::ZERO, &mut say("steady")), Drawn::Unchanged);
    assert!(screen.ready());
    paint(&mut screen, &outputs, &mut say("steadY"));
    pty.shows("steadY");
}

#[test]
fn a_frame_is_one_synchronized_update() {
    let mut buffer = ratatui::Terminal::new(super::frame::FrameBuffer::new(Size::new(20, 3))).unwrap();
    buffer.draw(|frame| frame.render_widget("one", frame.area())).unwrap();
    let bytes = String::from_utf8(buffer.backend_mut().take()).unwrap();
    assert!(bytes.starts_with("\x1b[?2026h") && bytes.ends_with("\x1b[?2026l"), "{bytes:?}");
    assert!(!bytes.contains("\x1b[6n"), "asks for the cursor: {bytes:?}");
    assert_eq!(buffer.backend_mut().take(), b"");
}

#[test]
fn the_cursor_shows_only_where_a_frame_puts_it() {
    let pty = Pty::open(80, 24);
    let (_session, mut screen, outputs) = pty.session();
    paint(&mut screen, &outputs, &mut |frame| frame.set_cursor_position((7, 3)));
    pty.wait("showed the cursor", |screen| !screen.hide_cursor() && screen.cursor_position() == (3, 7));
    let stays = screen.draw(Duration::ZERO, &mut |frame| frame.set_cursor_position((7, 3)));
    assert_eq!(stays, Drawn::Unchanged);
    paint(&mut screen, &outputs, &mut |frame| frame.set_cursor_position((8, 3)));
    pty.wait("moved the cursor", |screen| screen.cursor_position() == (3, 8));
    paint(&mut screen, &outputs, &mut |_| {});
    pty.wait("hid the cursor", vt100::Screen::hide_cursor);
}

#[test]
fn a_terminal_that_does_not_read_gets_the_newest_state_when_it_reads_again() {
    let pty = Pty::open(200, 60);
    let (_session, mut screen, outputs) = pty.session();
    paint(&mut screen, &outputs, &mut say("before"));
    pty.shows("before");

    pty.stop(true);
    // Two whole frames are more than the reader's last chunk and the kernel's buffer.
    let mut number = 0;
    for text in ["ab", "cd", "ef", "gh"] {
        if let Drawn::Frame(n) = screen.draw(Duration::ZERO, &mut fill(text)) {
            number = n;
        }
        match outputs.recv_timeout(Duration::from_millis(200)) {
            Ok(Output::Painted(n)) => screen.painted(n, Duration::ZERO),
            Ok(Output::Lost(error)) => panic!("lost: {error}"),
            Err(_) => break,
        }
    }
    assert!(!screen.ready());
    assert_eq!(screen.draw(Duration::ZERO, &mut |_| panic!("rendered while busy")), Drawn::Busy);
    assert_eq!(screen.busy_for(Duration::from_secs(3)), Some(Duration::from_secs(3)));
    assert!(screen.stall().refuses(Duration::from_secs(3)));

    pty.stop(false);
    settle(&mut screen, &outputs, number);
    assert!(screen.ready());
    paint(&mut screen, &outputs, &mut say("after"));
    pty.wait("showed the newest state alone", |screen| screen.contents().trim() == "after");
}

#[test]
fn leaving_does_not_wait_for_a_terminal_that_does_not_read() {
    let pty = Pty::open(200, 60);
    let (mut session, mut screen, outputs) = pty.session();
    let found = format!("{:?}", session.found);
    pty.stop(true);
    for text in ["ab", "cd", "ef", "gh"] {
        screen.draw(Duration::ZERO, &mut fill(text));
        match outputs.recv_timeout(Duration::from_millis(200)) {
            Ok(Output::Painted(n)) => screen.painted(n, Duration::ZERO),
            Ok(Output::Lost(error)) => panic!("lost: {error}"),
            Err(_) => break,
        }
    }
    assert!(!screen.ready());

    // Returns at all: without a bound it would wait for the reader that this thread stopped.
    let taken = session.leave("");
    assert_eq!(format!("{:?}", session.tty().mode().unwrap()), found);
    assert!(taken, "what was not read made room for the last words");
    pty.stop(false);
    pty.wait("gave the terminal back", |screen| {
        !screen.alternate_screen() && !screen.bracketed_paste() && !screen.hide_cursor()
    });
}

#[test]
fn a_terminal_that_hangs_up_is_reported_once_and_left_without_a_word() {
    let pty = Pty::open(80, 24);
    let (mut session, mut screen, outputs) = pty.session();
    paint(&mut screen, &outputs, &mut say("before"));
    pty.shows("before");
    // The reader holds the last handle of the master, and lets it go after the next thing it reads.
    pty.seen.state.lock().unwrap().closed = true;
    drop(pty);
    let mut n = 0;
    let lost = loop {
        n += 1;
        let text = format!("frame {n}");
        screen.draw(Duration::ZERO, &mut say(&text));
        match outputs.recv_timeout(PATIENCE).unwrap() {
            Output::Painted(n) => screen.painted(n, Duration::ZERO),
            Output::Lost(error) => break error,
        }
        assert!(n < 1000, "never lost");
    };
    assert_eq!(lost.raw_os_error(), Some(rustix::io::Errno::IO.raw_os_error()));
    assert!(!session.leave(""));
    assert!(!session.leave(""));
    assert!(outputs.try_recv().is_err(), "said once");
}

#[test]
fn another_size_repaints_everything() {
    let pty = Pty::open(80, 24);
    let (_session, mut screen, outputs) = pty.session();
    paint(&mut screen, &outputs, &mut fill("x"));
    pty.shows("xxxx");
    pty.resize(40, 10);
    screen.resize(Size::new(40, 10));
    paint(&mut screen, &outputs, &mut say("small"));
    pty.wait("showed the small screen alone", |screen| screen.contents().trim() == "small");
    pty.resize(120, 40);
    screen.resize(Size::new(120, 40));
    paint(&mut screen, &outputs, &mut |frame| {
        assert_eq!(frame.area().as_size(), Size::new(120, 40));
        let area = frame.area();
        frame.render_widget("corner", ratatui::layout::Rect::new(area.right() - 6, area.bottom() - 1, 6, 1));
    });
    pty.wait("showed the corner", |screen| screen.contents().lines().last().is_some_and(|l| l.len() == 120));
    screen.resize(Size::new(0, 0));
    assert_eq!(screen.draw(Duration::ZERO, &mut |frame| assert_eq!(frame.area().width, 120)), {
        // An empty frame takes the corner away.
        Drawn::Frame(4)
    });
}

#[test]
fn a_repaint_takes_the_terminal_over_again() {
    let pty = Pty::open(80, 24);
    let (session, mut screen, outputs) = pty.session();
    paint(&mut screen, &outputs, &mut say("before"));
    pty.shows("before");
    // What a shell does between a stop and `fg`.
    session.tty().set_mode(&session.found).unwrap();
    std::io::Write::write_all(&mut session.tty().file(), b"\x1b[?1049l\x1b[?2004l\x1b[?25h$ fg\r\n").unwrap();
    pty.shows("$ fg");
    screen.repaint();
    paint(&mut screen, &outputs, &mut say("before"));
    pty.wait("came back", |screen| {
        screen.alternate_screen()
            && screen.bracketed_paste()
            && screen.hide_cursor()
            && screen.contents().trim() == "before"
    });
    assert_ne!(format!("{:?}", session.tty().mode().unwrap()), format!("{:?}", session.found));
}

#[test]
fn a_copy_and_a_bell_go_out_with_the_next_frame() {
    #[derive(Default)]
    struct Heard(Vec<(Vec<u8>, Vec<u8>)>, usize);
    impl vt100::Callbacks for Heard {
        fn copy_to_clipboard(&mut self, _: &mut vt100::Screen, kind: &[u8], data: &[u8]) {
            self.0.push((kind.to_vec(), data.to_vec()));
        }
        fn audible_bell(&mut self, _: &mut vt100::Screen) {
            self.1 += 1;
        }
    }

    let pty = Pty::open(80, 24);
    let (_session, mut screen, outputs) = pty.session();
    paint(&mut screen, &outputs, &mut say("steady"));
    assert!(screen.copy("first"));
    assert!(screen.copy("dig +short api.example.com"));
    assert!(!screen.copy(&"x".repeat(100_000)), "longer than terminals take");
    screen.bell();
    screen.bell();
    let bytes = screen.render(&mut say("steady"));
    let mut parser = vt100::Parser::new_with_callbacks(
        24.try_into().unwrap(),
        80.try_into().unwrap(),
        0,
        Heard::default(),
    );
    parser.process(&bytes);
    let Heard(copied, bells) = parser.callbacks();
    assert_eq!(copied, &[(b"c".to_vec(), b"ZGlnICtzaG9ydCBhcGkuZXhhbXBsZS5jb20=".to_vec())]);
    assert_eq!(*bells, 1);
}
