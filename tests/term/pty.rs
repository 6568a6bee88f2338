//! A program in a real pty, seen through an emulator.

use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// Longer than anything takes on a busy machine; only a broken test waits so long.
pub const PATIENCE: Duration = Duration::from_mins(1);

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// A program in a pty; its output is always read, and killed with it when dropped.
pub struct Pty {
    /// `None` once the terminal has hung up.
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    /// The program.
    pub child: Box<dyn Child + Send + Sync>,
    seen: Arc<Seen>,
}

struct Seen {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parser: vt100::Parser,
    /// A frame that has begun and not ended: only whole frames are looked at.
    held: Vec<u8>,
    bytes: usize,
    stopped: bool,
    closed: bool,
    ended: bool,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

impl Pty {
    /// Starts a program; `TERM` is xterm's, and no multiplexer is to be seen.
    pub fn spawn(mut command: CommandBuilder, columns: u16, rows: u16) -> Pty {
        if command.get_env("TERM").is_none_or(|term| Some(term) == std::env::var_os("TERM").as_deref()) {
            command.env("TERM", "xterm-256color");
        }
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let parser = vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0);
        let state = State { parser, held: Vec::new(), bytes: 0, stopped: false, closed: false, ended: false };
        let seen = Arc::new(Seen { state: Mutex::new(state), changed: Condvar::new() });
        let reader = pair.master.try_clone_reader().unwrap();
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || drain(reader, &shared));
        let writer = Some(pair.master.take_writer().unwrap());
        Pty { master: Some(pair.master), writer, child, seen }
    }

    /// Types.
    pub fn send(&mut self, keys: &str) {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Waits until the screen satisfies a condition; shows the last screen if it never does.
    #[track_caller]
    pub fn wait(&self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let state = self.seen.state.lock().unwrap();
        let (state, late) = self
            .seen
            .changed
            .wait_timeout_while(state, PATIENCE, |state| !holds(state.parser.screen()) && !state.ended)
            .unwrap();
        let held = holds(state.parser.screen());
        let why = if late.timed_out() { "in time" } else { "before the program ended" };
        assert!(held, "never {what} {why}:\n{}", state.parser.screen().contents());
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    pub fn shows(&self, text: &str) {
        self.wait(&format!("showed {text:?}"), |screen| screen.contents().contains(text));
    }

    /// What the screen shows now.
    pub fn text(&self) -> String {
        self.seen.state.lock().unwrap().parser.screen().contents()
    }

    /// Bytes the program has written so far.
    pub fn bytes(&self) -> usize {
        self.seen.state.lock().unwrap().bytes
    }

    /// Gives the terminal another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        let mut state = self.seen.state.lock().unwrap();
        state.parser.screen_mut().set_size(rows.try_into().unwrap(), columns.try_into().unwrap());
        self.master.as_ref().unwrap().resize(size(columns, rows)).unwrap();
    }

    /// Stops or starts reading; one chunk may still be taken after the stop.
    pub fn stop(&self, stopped: bool) {
        self.seen.state.lock().unwrap().stopped = stopped;
        self.seen.changed.notify_all();
    }

    /// Hangs up: the last handle of the master is closed with the next thing that is read.
    ///
    /// Closing the writer types an end of line and of file, which has a program write something.
    pub fn hang_up(&mut self) {
        self.seen.state.lock().unwrap().closed = true;
        self.seen.changed.notify_all();
        self.writer = None;
        self.master = None;
    }

    /// Waits until all output is read and the program has ended.
    pub fn end(mut self) -> (ExitStatus, String) {
        let state = self.seen.state.lock().unwrap();
        let waited = self.seen.changed.wait_timeout_while(state, PATIENCE, |state| !state.ended).unwrap();
        let (state, late) = waited;
        let text = state.parser.screen().contents();
        assert!(!late.timed_out(), "never ended:\n{text}");
        drop(state);
        (self.child.wait().unwrap(), text)
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn drain(mut reader: Box<dyn Read + Send>, seen: &Seen) {
    let mut chunk = [0; 16 * 1024];
    loop {
        let state = seen.state.lock().unwrap();
        drop(seen.changed.wait_while(state, |state| state.stopped).unwrap());
        let n = reader.read(&mut chunk).unwrap_or(0);
        let mut state = seen.state.lock().unwrap();
        state.bytes += n;
        state.held.extend_from_slice(&chunk[..n]);
        let whole = if n == 0 { state.held.len() } else { whole(&state.held) };
        let rest = state.held.split_off(whole);
        let shown = std::mem::replace(&mut state.held, rest);
        state.parser.process(&shown);
        state.ended = n == 0 || state.closed;
        seen.changed.notify_all();
        if state.ended {
            return;
        }
    }
}

/// How much of the stream is outside of a frame that has not ended.
fn whole(bytes: &[u8]) -> usize {
    let last = |needle: &[u8]| bytes.windows(needle.len()).rposition(|window| window == needle);
    match (last(BEGIN), last(END)) {
        (Some(begin), end) if end.is_none_or(|end| end < begin) => begin,
        _ => {
            let cut = (1..BEGIN.len()).rev().find(|n| bytes.ends_with(&BEGIN[..*n]));
            bytes.len() - cut.unwrap_or(0)
        }
    }
}
