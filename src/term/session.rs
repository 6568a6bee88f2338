//! The terminal taken over, and given back however the cockpit ends.

use std::sync::Arc;
use std::time::Duration;

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::{Attribute, SetAttribute};
use crossterm::terminal::{EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen};
use rustix::termios::Termios;

use super::TermError;
use super::frame::put;
use super::screen::TtyScreen;
use super::tty::Tty;
use super::writer::{Output, Writer};

/// How long giving the terminal back may take: a terminal that does not read must not keep the process.
pub const LEAVE: Duration = Duration::from_millis(500);

/// The terminal, taken over; given back when dropped.
#[derive(Debug)]
#[must_use = "dropping it gives the terminal back"]
pub struct Session {
    tty: Tty,
    /// The mode it was found in.
    pub(super) found: Termios,
    writer: Arc<Writer>,
    left: bool,
}

impl Session {
    /// Takes a terminal over: raw mode now, alternate screen with the first frame.
    ///
    /// `report` runs on the writer thread and must not wait for the loop to draw.
    ///
    /// # Errors
    /// The terminal refuses its mode.
    pub fn enter(
        tty: Tty,
        report: impl Fn(Output) + Send + 'static,
    ) -> Result<(Session, TtyScreen), TermError> {
        let found = tty.mode().map_err(TermError::at("read the mode of"))?;
        let writer = Arc::new(Writer::start(&tty, report).map_err(TermError::at("write to"))?);
        let screen_tty = tty.try_clone().map_err(TermError::at("open"))?;
        let session = Session { tty, found, writer: Arc::clone(&writer), left: false };
        let mut raw = session.found.clone();
        raw.make_raw();
        session.tty.set_mode(&raw).map_err(TermError::at("set the mode of"))?;
        Ok((session, TtyScreen::new(screen_tty, raw, writer)))
    }

    /// The terminal that was taken over.
    #[must_use]
    pub fn tty(&self) -> &Tty {
        &self.tty
    }

    /// Gives the terminal back within [`LEAVE`], with a text left on it; says whether it took all.
    ///
    /// What is to be said at the end is said here: printing to a terminal that does not read would wait for ever.
    /// Safe to call again, and on a terminal that is gone or has another process in front: then nothing is written.
    pub fn leave(&mut self, text: &str) -> bool {
        if std::mem::replace(&mut self.left, true) {
            return !self.writer.lost();
        }
        if !self.tty.is_ours() {
            return false;
        }
        let taken = self.writer.finish(leave(text), LEAVE);
        // A terminal that is gone has no mode to restore.
        self.tty.set_mode(&self.found).is_ok() && taken
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.leave("");
    }
}

/// What is written before the first frame. No mouse: selecting text must go on working. The title stays.
pub(super) fn enter() -> Vec<u8> {
    let mut bytes = Vec::new();
    put(&mut bytes, EnterAlternateScreen);
    put(&mut bytes, EnableBracketedPaste);
    put(&mut bytes, SetAttribute(Attribute::Reset));
    put(&mut bytes, Hide);
    bytes
}

/// What is written after the last one, and what stays to be read.
fn leave(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    put(&mut bytes, EndSynchronizedUpdate);
    put(&mut bytes, SetAttribute(Attribute::Reset));
    put(&mut bytes, Show);
    put(&mut bytes, DisableBracketedPaste);
    put(&mut bytes, LeaveAlternateScreen);
    // The terminal is still raw: a newline alone would only go down.
    bytes.extend(text.lines().flat_map(|line| [line, "\r\n"]).flat_map(str::bytes));
    bytes
}
