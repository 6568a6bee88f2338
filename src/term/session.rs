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
    found: Termios,
    writer: Arc<Writer>,
    left: bool,
}

impl Session {
    /// Takes a terminal over: raw mode now, alternate screen with the first frame.
    ///
    /// `report` runs on the writer thread and must not wait for the loop to draw.
    ///
    /// # Errors
    /// The terminal cannot move its cursor, or refuses its mode.
    pub fn enter(
        tty: Tty,
        report: impl Fn(Output) + Send + 'static,
    ) -> Result<(Session, TtyScreen), TermError> {
        match std::env::var("TERM") {
            Ok(kind) if kind == "dumb" => return Err(TermError::Dumb(kind)),
            _ => {}
        }
        let found = tty.mode().map_err(TermError::at("read the mode of"))?;
        let writer = Arc::new(Writer::start(&tty, report).map_err(TermError::at("write to"))?);
        let screen_tty = tty.try_clone().map_err(TermError::at("open"))?;
        let session = Session { tty, found, writer: Arc::clone(&writer), left: false };
        session.resume()?;
        Ok((session, TtyScreen::new(screen_tty, writer)))
    }

    /// Sets raw mode again, after the process was stopped; [`Screen::repaint`](super::Screen::repaint) does the rest.
    ///
    /// # Errors
    /// The terminal refuses its mode.
    pub fn resume(&self) -> Result<(), TermError> {
        let mut raw = self.found.clone();
        raw.make_raw();
        self.tty.set_mode(&raw).map_err(TermError::at("set the mode of"))
    }

    /// The terminal that was taken over.
    #[must_use]
    pub fn tty(&self) -> &Tty {
        &self.tty
    }

    /// Gives the terminal back within [`LEAVE`]; says whether it took the last words.
    ///
    /// Safe to call again, and on a terminal that is gone: then nothing is written.
    pub fn leave(&mut self) -> bool {
        if std::mem::replace(&mut self.left, true) {
            return !self.writer.lost();
        }
        let taken = self.writer.finish(leave(), LEAVE);
        // A terminal that is gone has no mode to restore.
        self.tty.set_mode(&self.found).is_ok() && taken
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.leave();
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

/// What is written after the last one.
fn leave() -> Vec<u8> {
    let mut bytes = Vec::new();
    put(&mut bytes, EndSynchronizedUpdate);
    put(&mut bytes, SetAttribute(Attribute::Reset));
    put(&mut bytes, Show);
    put(&mut bytes, DisableBracketedPaste);
    put(&mut bytes, LeaveAlternateScreen);
    bytes
}
