//! A line at the terminal while something takes longer than a moment; it goes when that is done.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::text;

/// What takes no longer needs no word.
const PATIENCE: Duration = Duration::from_millis(300);
/// How often the time that it takes is told anew.
const EVERY: Duration = Duration::from_millis(500);
/// Columns of the line: it must not wrap, or it could not be taken away.
const COLUMNS: usize = 79;

/// Says on standard error what is waited for, if that is a terminal; nothing of it stays.
#[must_use = "the line goes when this is dropped"]
#[derive(Debug)]
pub struct Waiting(Option<(Sender<()>, JoinHandle<()>)>);

impl Waiting {
    /// Waits for what this clause says: `reading shop.signoff.jsonl`.
    pub fn on(what: impl Into<String>) -> Waiting {
        if io::stderr().is_terminal() {
            Waiting::told(what.into(), io::stderr(), PATIENCE)
        } else {
            Waiting(None)
        }
    }

    fn told(what: String, to: impl Write + Send + 'static, patience: Duration) -> Waiting {
        let (done, wait) = mpsc::channel();
        let spawned = thread::Builder::new().name("waiting".to_owned()).spawn(move || {
            // Who cannot be told waits all the same.
            let _untold = tell(&what, to, patience, &wait);
        });
        Waiting(spawned.ok().map(|thread| (done, thread)))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.0.take() {
            drop(done);
            let _ended = thread.join();
        }
    }
}

/// Tells it until the other end is dropped, and takes it away again.
fn tell(what: &str, mut to: impl Write, patience: Duration, wait: &Receiver<()>) -> io::Result<()> {
    let began = SystemClock.now();
    let (mut shown, mut next) = (0, patience);
    while let Err(RecvTimeoutError::Timeout) = wait.recv_timeout(next) {
        let span = SystemClock.now().since(&began);
        let took =
            if span < Duration::from_secs(1) { String::new() } else { format!(" {}", text::age(span)) };
        let what = format!("{}…", text::clean(what));
        let line = format!("{}{took}", text::truncate(&what, COLUMNS.saturating_sub(took.len())));
        let width = text::width(&line);
        write!(to, "\r{line}{}", " ".repeat(shown.max(width) - width))?;
        to.flush()?;
        (shown, next) = (width, EVERY);
    }
    if shown > 0 {
        write!(to, "\r{}\r", " ".repeat(shown))?;
        to.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands on what is written.
    struct Wire(Sender<String>);

    impl Write for Wire {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _read = self.0.send(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            let _read = self.0.send("\n".to_owned());
            Ok(())
        }
    }

    /// What is written until the next flush.
    fn line(wire: &Receiver<String>) -> String {
        wire.iter().take_while(|part| part != "\n").collect()
    }

    #[test]
    fn what_takes_long_is_told_and_taken_away() {
        let (to, wire) = mpsc::channel();
        let what = format!("reading {}.jsonl", "long-".repeat(40));
        let waiting = Waiting::told(what, Wire(to), Duration::ZERO);
        let told = line(&wire);
        assert!(told.starts_with("\rreading long-") && told.ends_with('…'), "{told:?}");
        assert!(text::width(told.trim_start_matches('\r')) <= COLUMNS, "{told:?}");
        drop(waiting);
        let rest: String = wire.iter().collect();
        let last = rest.trim_end_matches('\n').rsplit('\n').next().unwrap_or_default();
        assert!(last.starts_with('\r') && last.ends_with('\r') && last.trim().is_empty(), "{rest:?}");
        assert!(last.len() >= text::width(told.trim_start_matches('\r')), "all of it");
    }

    #[test]
    fn what_takes_a_moment_needs_no_word() {
        let (to, wire) = mpsc::channel();
        drop(Waiting::told("reading".to_owned(), Wire(to), Duration::from_hours(1)));
        assert_eq!(wire.iter().count(), 0);
    }
}
