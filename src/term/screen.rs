//! Where the loop draws.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use crossterm::clipboard::CopyToClipboard;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::{Frame, Terminal};

use rustix::termios::Termios;

use super::frame::{FrameBuffer, put};
use super::session::enter;
use super::stall::Stall;
use super::tty::Tty;
use super::writer::Writer;

/// Bytes that terminals still take in one clipboard sequence: 100,000 of base64, as hterm and others have it.
const COPY_LIMIT: usize = 74_994;

/// What came of a wish to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn {
    /// Nothing was rendered: the last frame is still on its way.
    Busy,
    /// The screen shows it already; nothing was written.
    Unchanged,
    /// A frame of this number is on its way.
    Frame(u64),
}

/// Where the loop draws: the terminal, or memory in tests.
pub trait Screen {
    /// A frame would be taken now.
    fn ready(&self) -> bool;

    /// Renders and hands the frame over, with what was to be copied and rung; does nothing while busy.
    fn draw(&mut self, now: Duration, render: &mut dyn FnMut(&mut Frame<'_>)) -> Drawn;

    /// Takes note of [`Output::Painted`](super::Output::Painted).
    fn painted(&mut self, number: u64, now: Duration);

    /// Takes another size; the next frame is a whole one.
    fn resize(&mut self, size: Size);

    /// Takes the terminal over again, as after a stop and a continue; the next frame is a whole one.
    fn repaint(&mut self);

    /// Copies a text to the clipboard of whoever looks on (OSC 52), with the next frame.
    ///
    /// Returns false if the text is longer than terminals take. The last text before a frame wins.
    fn copy(&mut self, text: &str) -> bool;

    /// Rings once, with the next frame.
    fn bell(&mut self);

    /// Asks the terminal to show a text by its own means (OSC 9), with the next frame; `through` a tmux that passes it on.
    ///
    /// The last text before a frame wins, so that a terminal that does not read has one to show and no backlog.
    fn notify(&mut self, text: &str, through: bool);

    /// Whether the screen shows what it should.
    fn stall(&self) -> &Stall;

    /// How long the frame under way has been; `None` if there is none.
    fn busy_for(&self, now: Duration) -> Option<Duration> {
        self.stall().busy_for(now)
    }
}

/// The terminal, behind its writer thread.
#[derive(Debug)]
pub struct TtyScreen {
    terminal: Terminal<FrameBuffer>,
    tty: Tty,
    raw: Termios,
    writer: Arc<Writer>,
    stall: Stall,
    frames: u64,
    /// Written before the next frame.
    before: Vec<u8>,
    /// Written after the next frame: a clipboard sequence.
    copy: Vec<u8>,
    bell: bool,
    /// Written after the next frame: a notification.
    notice: Vec<u8>,
}

impl TtyScreen {
    /// A screen of the terminal's present size; its first frame takes the terminal over.
    pub(super) fn new(tty: Tty, raw: Termios, writer: Arc<Writer>) -> TtyScreen {
        let buffer = FrameBuffer::new(tty.size());
        let Ok(terminal) = Terminal::new(buffer);
        let mut screen = TtyScreen {
            terminal,
            tty,
            raw,
            writer,
            stall: Stall::default(),
            frames: 0,
            before: Vec::new(),
            copy: Vec::new(),
            bell: false,
            notice: Vec::new(),
        };
        screen.repaint();
        screen
    }

    /// Everything that the terminal is to be told next.
    pub(super) fn render(&mut self, render: &mut dyn FnMut(&mut Frame<'_>)) -> Vec<u8> {
        let Ok(_) = self.terminal.draw(|frame| render(frame));
        let mut bytes = std::mem::take(&mut self.before);
        bytes.append(&mut self.terminal.backend_mut().take());
        bytes.append(&mut self.copy);
        bytes.append(&mut self.notice);
        if std::mem::take(&mut self.bell) {
            bytes.push(0x07);
        }
        bytes
    }
}

impl Screen for TtyScreen {
    fn ready(&self) -> bool {
        self.stall.is_idle()
    }

    fn draw(&mut self, now: Duration, render: &mut dyn FnMut(&mut Frame<'_>)) -> Drawn {
        if !self.ready() {
            return Drawn::Busy;
        }
        let bytes = self.render(render);
        if bytes.is_empty() {
            self.stall.current(now);
            return Drawn::Unchanged;
        }
        self.frames += 1;
        if !self.writer.hand(self.frames, bytes) {
            // The terminal is lost, and the loop has been told so.
            return Drawn::Busy;
        }
        self.stall.handed(self.frames, now);
        Drawn::Frame(self.frames)
    }

    fn painted(&mut self, number: u64, now: Duration) {
        self.stall.painted(number, now);
    }

    fn resize(&mut self, size: Size) {
        if size.width == 0 || size.height == 0 {
            return;
        }
        self.terminal.backend_mut().set_size(size);
        let Ok(()) = self.terminal.resize(Rect::from((Position::ORIGIN, size)));
    }

    fn repaint(&mut self) {
        // Not in the background (`bg` instead of `fg`). A refusal is a hang-up, which continues a process too, and the
        // writer says so.
        if self.tty.is_ours() {
            let _ = self.tty.set_mode(&self.raw);
        }
        self.before = enter();
        self.resize(self.tty.size());
    }

    fn copy(&mut self, text: &str) -> bool {
        if text.len() > COPY_LIMIT {
            return false;
        }
        self.copy.clear();
        put(&mut self.copy, CopyToClipboard::to_clipboard_from(text));
        true
    }

    fn bell(&mut self) {
        self.bell = true;
    }

    fn notify(&mut self, text: &str, through: bool) {
        self.notice = notification(text, through);
    }

    fn stall(&self) -> &Stall {
        &self.stall
    }
}

/// The sequence that shows a text by the terminal's own means; control characters of the text are left out.
fn notification(text: &str, through: bool) -> Vec<u8> {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let plain = format!("\x1b]9;{text}\x07");
    if through {
        // tmux hands on what is wrapped so, every escape doubled.
        return format!("\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b")).into_bytes();
    }
    plain.into_bytes()
}

/// A screen in memory: every frame is painted at once. For tests of the loop, and to capture screens.
#[derive(Debug)]
pub struct MemoryScreen {
    terminal: Terminal<TestBackend>,
    stall: Stall,
    frames: u64,
    /// Texts copied so far.
    pub copied: Vec<String>,
    /// Bells rung so far.
    pub bells: u32,
    /// Notifications so far.
    pub notified: Vec<String>,
}

impl MemoryScreen {
    /// An empty screen of a size.
    #[must_use]
    pub fn new(width: u16, height: u16) -> MemoryScreen {
        let Ok::<_, Infallible>(terminal) = Terminal::new(TestBackend::new(width, height));
        MemoryScreen {
            terminal,
            stall: Stall::default(),
            frames: 0,
            copied: Vec::new(),
            bells: 0,
            notified: Vec::new(),
        }
    }

    /// What the screen shows.
    #[must_use]
    pub fn buffer(&self) -> &Buffer {
        self.terminal.backend().buffer()
    }

    /// What the screen shows, as text, one line a row, spaces at the ends taken off.
    #[must_use]
    pub fn text(&self) -> String {
        let buffer = self.buffer();
        let rows = (buffer.area.top()..buffer.area.bottom()).map(|y| {
            let row: String = row(buffer, y).collect();
            row.trim_end().to_owned()
        });
        rows.collect::<Vec<_>>().join("\n")
    }
}

/// The symbols of a row; the cell behind a wide symbol holds nothing to show.
fn row(buffer: &Buffer, y: u16) -> impl Iterator<Item = &str> {
    let mut hidden = 0;
    (buffer.area.left()..buffer.area.right()).filter_map(move |x| {
        if hidden > 0 {
            hidden -= 1;
            return None;
        }
        let symbol = buffer[(x, y)].symbol();
        hidden = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
        Some(symbol)
    })
}

impl Screen for MemoryScreen {
    fn ready(&self) -> bool {
        true
    }

    fn draw(&mut self, now: Duration, render: &mut dyn FnMut(&mut Frame<'_>)) -> Drawn {
        let before = self.buffer().clone();
        let Ok(_) = self.terminal.draw(|frame| render(frame));
        self.stall.current(now);
        if *self.buffer() == before {
            return Drawn::Unchanged;
        }
        self.frames += 1;
        Drawn::Frame(self.frames)
    }

    fn painted(&mut self, number: u64, now: Duration) {
        self.stall.painted(number, now);
    }

    fn resize(&mut self, size: Size) {
        if size.width == 0 || size.height == 0 {
            return;
        }
        self.terminal.backend_mut().resize(size.width, size.height);
        self.repaint();
    }

    fn repaint(&mut self) {
        let area = self.buffer().area;
        let Ok(()) = self.terminal.resize(area);
    }

    fn copy(&mut self, text: &str) -> bool {
        self.copied.push(text.to_owned());
        true
    }

    fn bell(&mut self) {
        self.bells += 1;
    }

    fn notify(&mut self, text: &str, _through: bool) {
        self.notified.push(text.to_owned());
    }

    fn stall(&self) -> &Stall {
        &self.stall
    }
}

#[cfg(test)]
mod notifications {
    use super::notification;

    #[test]
    fn a_notification_holds_no_sequence_of_its_text() {
        assert_eq!(notification("down\x07\x1b]0;x", false), b"\x1b]9;down]0;x\x07");
        assert_eq!(notification("up", true), b"\x1bPtmux;\x1b\x1b]9;up\x07\x1b\\");
    }
}
