//! The real program in a real terminal: a pty, an emulator that reads it, and conditions to wait for.
//!
//! A thread drains the pty and hands the emulator whole frames only: what arrives is held back until the end of a
//! synchronized update (`ESC [ ? 2026 l`), so that no test ever looks at half a screen. When the program leaves, the
//! rest is let through, so that the screen it leaves behind can be looked at too.

use std::fmt;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal};

use super::folder::Folder;
use super::program::{CUTOVER, PATIENCE, environment};

/// Ends a synchronized update: what stands on the screen now was meant to be seen.
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// One whole screen.
#[derive(Clone)]
pub struct Frame {
    /// Whole frames so far, from 1; 0 before the first.
    pub number: u64,
    /// Bytes the program has written up to here.
    pub bytes: u64,
    screen: vt100::Screen,
}

impl Frame {
    /// The text of the screen, lines separated by newlines.
    pub fn text(&self) -> String {
        self.screen.contents()
    }

    /// Whether this text stands in one line of the screen.
    pub fn has(&self, text: &str) -> bool {
        self.line(text).is_some()
    }

    /// The first line that holds this text.
    pub fn line(&self, text: &str) -> Option<String> {
        self.lines().find(|line| line.contains(text))
    }

    /// Every line, top to bottom, without trailing blanks.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let (_, columns) = self.screen.size();
        self.screen.rows(0, columns.get())
    }

    /// The emulator's screen, for modes, cells and colours.
    pub fn screen(&self) -> &vt100::Screen {
        &self.screen
    }
}

/// What happens with each whole frame as it arrives, on the reader's thread.
type Watch = Box<dyn FnMut(&Frame) + Send>;

struct Reading {
    parser: vt100::Parser,
    /// Bytes since the end of the last whole frame.
    held: Vec<u8>,
    frame: Frame,
    /// Everything the program wrote, for tests of the bytes themselves.
    raw: Vec<u8>,
    paused: bool,
    hang_up: bool,
    ended: bool,
    watch: Option<Watch>,
}

struct Shared {
    reading: Mutex<Reading>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Reading> {
        // A failed test poisons the lock; the next look still wants the screen.
        self.reading.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// How to start the program.
pub struct Start<'a> {
    folder: &'a Folder,
    args: Vec<String>,
    env: Vec<(String, String)>,
    size: (u16, u16),
    watch: Option<Watch>,
}

impl<'a> Start<'a> {
    /// `cutover run plan.md --operator dana` in this folder, on a screen of 100 columns and 30 rows.
    pub fn run(folder: &'a Folder) -> Start<'a> {
        Start::with_args(folder, &["run", "plan.md", "--operator", "dana"])
    }

    /// The program with these arguments.
    pub fn with_args(folder: &'a Folder, args: &[&str]) -> Start<'a> {
        Start {
            folder,
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            env: environment(folder.path()),
            size: (100, 30),
            watch: None,
        }
    }

    /// One more argument.
    pub fn arg(mut self, arg: &str) -> Start<'a> {
        self.args.push(arg.to_owned());
        self
    }

    /// Sets a variable of its environment.
    pub fn env(mut self, name: &str, value: &str) -> Start<'a> {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Columns and rows.
    pub fn size(mut self, columns: u16, rows: u16) -> Start<'a> {
        self.size = (columns, rows);
        self
    }

    /// Shows every whole frame to `watch` the moment it is read.
    pub fn watch(mut self, watch: impl FnMut(&Frame) + Send + 'static) -> Start<'a> {
        self.watch = Some(Box::new(watch));
        self
    }

    /// Starts it.
    pub fn spawn(self) -> Terminal {
        self.spawn_program(Path::new(CUTOVER))
    }

    /// Starts another program in its place, for what happens around the cockpit.
    pub fn spawn_program(self, program: &Path) -> Terminal {
        let mut command = CommandBuilder::new(program);
        command.args(&self.args);
        command.cwd(self.folder.path());
        command.env_clear();
        for (name, value) in &self.env {
            command.env(name, value);
        }
        let (columns, rows) = self.size;
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let modes = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        // The slave must be ours no longer, or the reader never sees the end.
        drop(pair.slave);

        let parser = vt100::Parser::new(cells(rows), cells(columns), 0);
        let frame = Frame { number: 0, bytes: 0, screen: parser.screen().clone() };
        let shared = Arc::new(Shared {
            reading: Mutex::new(Reading {
                parser,
                held: Vec::new(),
                frame,
                raw: Vec::new(),
                paused: false,
                hang_up: false,
                ended: false,
                watch: self.watch,
            }),
            changed: Condvar::new(),
        });
        let reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let theirs = Arc::clone(&shared);
        let thread = std::thread::spawn(move || read(reader, &theirs));
        Terminal {
            child,
            master: Some(pair.master),
            writer: Some(writer),
            shared,
            reader: Some(thread),
            modes,
            ended: None,
        }
    }
}

/// The program, running in a terminal; killed when dropped.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    shared: Arc<Shared>,
    reader: Option<JoinHandle<()>>,
    modes: String,
    ended: Option<ExitStatus>,
}

impl Terminal {
    /// The newest whole frame.
    pub fn frame(&self) -> Frame {
        self.shared.lock().frame.clone()
    }

    /// Everything the program wrote so far.
    pub fn raw(&self) -> Vec<u8> {
        self.shared.lock().raw.clone()
    }

    /// Waits until a whole frame satisfies the condition, and gives that frame.
    ///
    /// On time-out, or when the program ends first, panics with the last screen.
    #[track_caller]
    pub fn wait_for(&self, what: &str, mut holds: impl FnMut(&Frame) -> bool) -> Frame {
        self.wait(what, |reading| holds(&reading.frame).then(|| reading.frame.clone()))
    }

    /// Waits until this text stands in one line of the screen.
    #[track_caller]
    pub fn wait_for_text(&self, text: &str) -> Frame {
        self.wait_for(&format!("the text {text:?}"), |frame| frame.has(text))
    }

    /// Waits for a frame newer than `than` that satisfies the condition.
    #[track_caller]
    pub fn wait_for_newer(&self, than: &Frame, what: &str, mut holds: impl FnMut(&Frame) -> bool) -> Frame {
        self.wait_for(what, |frame| frame.number > than.number && holds(frame))
    }

    /// The first whole frame within this span that satisfies the condition; `None` if none does.
    pub fn within(&self, span: Duration, mut holds: impl FnMut(&Frame) -> bool) -> Option<Frame> {
        self.look(span, |reading| holds(&reading.frame).then(|| reading.frame.clone()))
    }

    #[track_caller]
    fn wait<T>(&self, what: &str, found: impl FnMut(&Reading) -> Option<T>) -> T {
        self.look(PATIENCE, found).unwrap_or_else(|| {
            let reading = self.shared.lock();
            let why = if reading.ended { "the program ended" } else { "patience ended" };
            panic!("{why} before {what}; the last screen:\n{:?}", reading.frame)
        })
    }

    /// What `found` finds in the newest frame or one that comes within this span.
    fn look<T>(&self, span: Duration, mut found: impl FnMut(&Reading) -> Option<T>) -> Option<T> {
        let mut value = None;
        let reading = self.shared.lock();
        let _reading = self.shared.changed.wait_timeout_while(reading, span, |reading| {
            value = found(reading);
            value.is_none() && !reading.ended
        });
        value
    }

    /// Types this again and again until a whole frame satisfies the condition or the program has ended.
    ///
    /// Dialogs ignore keys for their first moments, so that a person cannot answer what he has not read.
    #[track_caller]
    pub fn insist(&mut self, text: &str, what: &str, mut holds: impl FnMut(&Frame) -> bool) {
        const AGAIN: Duration = Duration::from_millis(50);
        for _ in 0..PATIENCE.as_millis() / AGAIN.as_millis() {
            self.type_text(text);
            if self.look(AGAIN, |reading| (reading.ended || holds(&reading.frame)).then_some(())).is_some() {
                return;
            }
        }
        panic!("patience ended before {what}; the last screen:\n{:?}", self.frame());
    }

    /// Types text, as one write.
    pub fn type_text(&mut self, text: &str) {
        let writer = self.writer.as_mut().expect("the terminal is still connected");
        // A program that has just ended reads no more; whoever waits for something then says so.
        let _ = writer.write_all(text.as_bytes()).and_then(|()| writer.flush());
    }

    /// Presses a named key.
    pub fn press(&mut self, key: Press) {
        self.type_text(key.bytes());
    }

    /// Pastes text as terminals do, in brackets.
    pub fn paste(&mut self, text: &str) {
        self.type_text(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Changes the size of the terminal, of the emulator first, so that no frame is read at the wrong one.
    pub fn resize(&self, columns: u16, rows: u16) {
        let mut reading = self.shared.lock();
        reading.parser.set_size(cells(rows), cells(columns));
        self.master.as_ref().expect("the terminal is still connected").resize(size(columns, rows)).unwrap();
    }

    /// Stops reading what the program writes, as a dead connection does.
    ///
    /// What is already on its way to a read may still come in.
    pub fn stop_reading(&self) {
        self.shared.lock().paused = true;
    }

    /// Reads again.
    pub fn resume_reading(&self) {
        self.shared.lock().paused = false;
        self.shared.changed.notify_all();
    }

    /// Closes the terminal under the program's feet.
    pub fn hang_up(&mut self) {
        {
            let mut reading = self.shared.lock();
            reading.hang_up = true;
            reading.paused = false;
        }
        self.shared.changed.notify_all();
        // A reader that waits in its read comes out of it with the next frame, which a new size brings.
        self.resize(91, 27);
        self.reader.take().unwrap().join().unwrap();
        self.writer = None;
        self.master = None;
    }

    /// The program's process.
    pub fn pid(&self) -> Pid {
        let id = self.child.process_id().expect("the process has an id");
        Pid::from_raw(i32::try_from(id).unwrap()).unwrap()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        rustix::process::kill_process(self.pid(), signal).unwrap();
    }

    /// Ends it at once, as a power cut ends it, and waits until it is gone.
    pub fn kill(&mut self) {
        if self.ended.is_none() {
            self.signal(Signal::KILL);
            self.resume_reading();
            self.wait_for_end();
        }
    }

    /// Waits until the program has ended and all it wrote has been read.
    #[track_caller]
    pub fn wait_for_end(&mut self) -> ExitStatus {
        if let Some(status) = &self.ended {
            return status.clone();
        }
        if self.reader.is_some() {
            self.wait("the program's end", |reading| reading.ended.then_some(()));
        }
        let status = self.child.wait().unwrap();
        self.ended = Some(status.clone());
        status
    }

    /// The exit code of a program that ended by itself.
    #[track_caller]
    pub fn exit_code(&mut self) -> u32 {
        let status = self.wait_for_end();
        assert!(status.signal().is_none(), "ended by a signal: {status:?}");
        status.exit_code()
    }

    /// Panics unless the terminal is as it was before the program started.
    #[track_caller]
    pub fn assert_restored(&mut self) {
        self.wait_for_end();
        let frame = self.frame();
        let screen = frame.screen();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is still on");
        assert_eq!(
            screen.mouse_protocol_mode(),
            vt100::MouseProtocolMode::None,
            "the mouse is still captured"
        );
        let now = modes(&**self.master.as_ref().expect("the terminal is still connected"));
        assert_eq!(now, self.modes, "the line discipline is not what it was");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.ended.is_none() {
            // It may have ended by itself; either way nothing is left behind.
            let _ = rustix::process::kill_process(self.pid(), Signal::KILL);
            let _ = self.child.wait();
        }
        self.resume_reading();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// A key with a name.
#[derive(Clone, Copy, Debug)]
pub enum Press {
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Tab.
    Tab,
    /// Backspace.
    Backspace,
    /// The control key and a letter.
    Control(char),
    /// Cursor down.
    Down,
    /// Cursor up.
    Up,
}

impl Press {
    fn bytes(self) -> &'static str {
        match self {
            Press::Enter => "\r",
            Press::Escape => "\x1b",
            Press::Tab => "\t",
            Press::Backspace => "\x7f",
            Press::Control('c') => "\x03",
            Press::Control('g') => "\x07",
            Press::Control('z') => "\x1a",
            Press::Control('u') => "\x15",
            Press::Control(other) => panic!("give control-{other} its byte here"),
            Press::Down => "\x1b[B",
            Press::Up => "\x1b[A",
        }
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "frame {} after {} bytes:", self.number, self.bytes)?;
        self.lines().try_for_each(|line| writeln!(f, "|{line}"))
    }
}

fn read(mut reader: Box<dyn Read + Send>, shared: &Shared) {
    let mut buffer = [0; 4096];
    loop {
        let reading = shared.lock();
        let reading = shared
            .changed
            .wait_while(reading, |reading| reading.paused)
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if reading.hang_up {
            return;
        }
        drop(reading);
        // A pty whose other side is closed gives an error, not an end.
        let count = reader.read(&mut buffer).unwrap_or(0);
        let mut reading = shared.lock();
        if count == 0 {
            reading.let_through();
            reading.ended = true;
        } else {
            reading.take_in(&buffer[..count]);
        }
        let ended = reading.ended;
        drop(reading);
        shared.changed.notify_all();
        if ended {
            return;
        }
    }
}

impl Reading {
    fn take_in(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
        // An end mark may be split between two reads.
        let mut from = self.held.len().saturating_sub(FRAME_END.len() - 1);
        self.held.extend_from_slice(bytes);
        while let Some(at) = self.held[from..].windows(FRAME_END.len()).position(|seen| seen == FRAME_END) {
            let end = from + at + FRAME_END.len();
            let frame: Vec<u8> = self.held.drain(..end).collect();
            self.parser.process(&frame);
            self.publish();
            from = 0;
        }
    }

    fn let_through(&mut self) {
        let rest = std::mem::take(&mut self.held);
        self.parser.process(&rest);
        self.frame.screen = self.parser.screen().clone();
    }

    fn publish(&mut self) {
        self.frame = Frame {
            number: self.frame.number + 1,
            bytes: (self.raw.len() - self.held.len()) as u64,
            screen: self.parser.screen().clone(),
        };
        if let Some(watch) = &mut self.watch {
            watch(&self.frame);
        }
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal has at least one row and column")
}

/// The line discipline's flags, as text to compare.
fn modes(master: &dyn MasterPty) -> String {
    let termios = master.get_termios().expect("a pty has a line discipline");
    format!("{:?} {:?} {:?}", termios.input_flags, termios.output_flags, termios.local_flags)
}
