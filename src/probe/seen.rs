//! What one attempt saw, noted as it was seen.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::HeaderMap;

use crate::clock::{Clock, Stamp};
use crate::sample::Certificate;

/// Bytes kept of each output of a program; the rest is read and dropped, so that the program is not held up.
const OUTPUT: usize = 64 * 1024;

/// Everything that an attempt learnt so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// What it waits for before anything can be connected to or run.
    pub(super) waiting: String,
    /// When the first connection was begun: latency counts from here.
    pub(super) started: Option<Stamp>,
    /// From there to the end.
    pub(super) latency: Option<Duration>,
    /// Where a connection was tried last, as written or pinned.
    pub(super) tried: Option<String>,
    /// Whether a connection came about; unknown until one was tried.
    pub(super) connected: Option<bool>,
    /// Who answered.
    pub(super) peer: Option<SocketAddr>,
    /// What it showed, accepted or not.
    pub(super) certificate: Option<Certificate>,
    /// HTTP: the last status.
    pub(super) status: Option<u16>,
    /// HTTP: the last headers.
    pub(super) headers: HeaderMap,
    /// HTTP: the last body.
    pub(super) body: Content,
    /// Exec: exit code, 128 + n for a signal.
    pub(super) exit: Option<i32>,
    /// Exec: standard output.
    pub(super) stdout: Content,
    /// Exec: standard error.
    pub(super) stderr: Content,
}

/// Bytes read, within a limit.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    /// What was read.
    pub(super) bytes: Vec<u8>,
    /// There was more.
    pub(super) cut: bool,
}

impl Content {
    /// Takes as much of `more` as `limit` leaves room for; says whether there is room for more.
    pub(super) fn take(&mut self, more: &[u8], limit: usize) -> bool {
        let room = limit.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&more[..more.len().min(room)]);
        self.cut |= more.len() > room;
        !self.cut
    }
}

/// A notebook that outlives the attempt: a time-out still tells how far it came.
#[derive(Clone)]
pub(super) struct Notes {
    seen: Arc<Mutex<Seen>>,
    clock: Arc<dyn Clock>,
    output: usize,
}

impl Notes {
    pub(super) fn new(clock: &Arc<dyn Clock>) -> Notes {
        Notes { seen: Arc::default(), clock: Arc::clone(clock), output: OUTPUT }
    }

    /// With room for another amount of output.
    pub(super) fn with_output(self, output: usize) -> Notes {
        Notes { output, ..self }
    }

    /// Bytes kept of each output of a program.
    pub(super) fn output(&self) -> usize {
        self.output
    }

    /// The clock that everything is judged by.
    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Writes something down.
    pub(super) fn note(&self, write: impl FnOnce(&mut Seen)) {
        write(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The connection is begun now, if it was not before.
    pub(super) fn start(&self) {
        let now = self.clock.now();
        self.note(|seen| {
            seen.started.get_or_insert(now);
        });
    }

    /// The answer is complete now.
    pub(super) fn finish(&self) {
        let now = self.clock.now();
        self.note(|seen| {
            seen.latency = seen.started.map(|started| now.mono.saturating_sub(started.mono));
        });
    }

    /// Everything noted.
    pub(super) fn take(&self) -> Seen {
        std::mem::take(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_cut_at_the_limit_and_says_so() {
        let mut content = Content::default();
        assert!(content.take(b"0123", 6));
        assert!(content.take(b"45", 6));
        assert!(!content.cut);
        assert!(!content.take(b"6", 6));
        assert!(content.cut);
        assert_eq!(content.bytes, b"012345");
    }
}
