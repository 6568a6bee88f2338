//! Frames drawn into memory.

use std::convert::Infallible;
use std::fmt;

use crossterm::Command;
use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// A ratatui backend that collects the bytes of one frame and asks nothing of any terminal.
#[derive(Debug)]
pub(super) struct FrameBuffer {
    size: Size,
    body: Vec<u8>,
    /// Where the frame wants the cursor; `None` hides it.
    cursor: Option<Position>,
    /// Where the last frame left it.
    shown: Option<Position>,
}

impl FrameBuffer {
    pub(super) fn new(size: Size) -> FrameBuffer {
        FrameBuffer { size, body: Vec::new(), cursor: None, shown: None }
    }

    pub(super) fn set_size(&mut self, size: Size) {
        self.size = size;
    }

    /// The frame drawn since the last call, to be written whole; empty if nothing changed.
    pub(super) fn take(&mut self) -> Vec<u8> {
        if self.body.is_empty() && self.cursor == self.shown {
            return Vec::new();
        }
        let mut frame = Vec::with_capacity(self.body.len() + 32);
        put(&mut frame, BeginSynchronizedUpdate);
        if self.shown.is_some() {
            put(&mut frame, Hide);
        }
        frame.append(&mut self.body);
        if let Some(Position { x, y }) = self.cursor {
            put(&mut frame, MoveTo(x, y));
            put(&mut frame, Show);
        }
        put(&mut frame, EndSynchronizedUpdate);
        self.shown = self.cursor;
        frame
    }
}

/// Appends a command's escape sequence.
pub(super) fn put(bytes: &mut Vec<u8>, command: impl Command) {
    struct Bytes<'a>(&'a mut Vec<u8>);
    impl fmt::Write for Bytes<'_> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.extend_from_slice(text.as_bytes());
            Ok(())
        }
    }
    // Memory refuses nothing.
    let _ = command.write_ansi(&mut Bytes(bytes));
}

impl Backend for FrameBuffer {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        // Without a cell to draw the inner backend would still write 25 bytes of resets.
        let mut content = content.peekable();
        if content.peek().is_some() {
            let _ = CrosstermBackend::new(&mut self.body).draw(content);
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        self.cursor = None;
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        self.cursor.get_or_insert_default();
        Ok(())
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.cursor = self.cursor.map(|_| position.into());
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> Result<(), Infallible> {
        let _ = CrosstermBackend::new(&mut self.body).clear_region(clear_type);
        Ok(())
    }

    fn size(&self) -> Result<Size, Infallible> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::default() })
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
