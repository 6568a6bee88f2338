//! The terminal: taken over, drawn on, read from, and given back.
//!
//! Three things here can wait for ever and none of them runs on the loop: reading keys ([`Keys`]), writing frames
//! (the writer thread behind [`TtyScreen`]) and noticing that the terminal is gone. Frames are drawn into memory
//! and handed over whole; while the terminal does not read, drawing is skipped, and the first frame after it reads
//! again shows the newest state. Giving the terminal back ([`Session::leave`]) takes at most [`LEAVE`].
//!
//! Nothing is ever asked of the terminal (cursor, colours, capabilities): an answer would arrive among the keys.

mod frame;
mod keys;
mod panic;
mod screen;
mod session;
mod stall;
mod tty;
mod writer;

#[cfg(test)]
mod tests;

use std::io;

pub use keys::{Input, Keys};
pub use panic::{hold_panics, panic_text};
pub use screen::{Drawn, MemoryScreen, Screen, TtyScreen};
pub use session::{LEAVE, Session};
pub use stall::{FRESH, STALLED, Stall};
pub use tty::Tty;
pub use writer::Output;

/// Why there is no terminal to draw on.
#[derive(Debug, thiserror::Error)]
pub enum TermError {
    /// Neither a controlling terminal nor one on standard output or error.
    #[error("the cockpit needs a terminal and there is none here: start it from one, or under tmux")]
    NoTerminal,
    /// `TERM` names a terminal that cannot move its cursor.
    #[error(
        "the cockpit cannot draw on a terminal of type {0:?}: set TERM to what yours is, such as xterm-256color"
    )]
    Dumb(String),
    /// The system refused.
    #[error("{operation} the terminal: {source}")]
    System {
        /// What was tried, as a verb: "open", "set the mode of".
        operation: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl TermError {
    /// Names the operation that an error came from.
    fn at(operation: &'static str) -> impl FnOnce(io::Error) -> TermError {
        move |source| TermError::System { operation, source }
    }
}
