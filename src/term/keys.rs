//! Keys, pastes and resizes, read by a thread that may wait for ever.

use std::io::{self, PipeReader, PipeWriter, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

use crossterm::event::{Event, KeyEventKind};
use rustix::event::{PollFd, PollFlags, poll};

use super::tty::Tty;

/// What the terminal has to say.
#[derive(Debug)]
pub enum Input {
    /// A key pressed or repeated, a paste, or a new size.
    Event(Event),
    /// The terminal is gone; nothing follows.
    HungUp,
    /// The terminal cannot be read; nothing follows.
    Failed(io::Error),
}

/// Reading keys; stops when dropped, and leaves what is typed afterwards to the shell.
///
/// crossterm's blocking reader cannot be stopped, and on a terminal that hung up it reads "nothing" for ever at full
/// speed. So it reads standard input, which is made our own handle of the terminal, and a second thread that waits
/// for the hang-up (or the stop) puts a pipe in its place, with a key in it: the reader wakes, sees the flag, ends.
#[derive(Debug)]
#[must_use = "keys are read until it is dropped"]
pub struct Keys {
    /// Closing it wakes the watch.
    stop: Option<PipeWriter>,
    /// Says when the pipe is in place, or that the watch is gone.
    unplugged: Receiver<()>,
}

/// Ends a paste that was half read, then gives a key.
const LAST_KEY: &[u8] = b"\x1b[201~qq";

impl Keys {
    /// Starts reading; once in a process, as crossterm keeps one reader.
    ///
    /// `deliver` runs on the reading threads and may wait: keys then wait in the terminal.
    ///
    /// # Errors
    /// Standard input cannot be replaced, or no thread started.
    pub fn start(tty: &Tty, deliver: impl Fn(Input) + Send + Sync + 'static) -> io::Result<Keys> {
        let tty = tty.try_clone()?;
        rustix::stdio::dup2_stdin(&tty)?;
        let (stopped, stop) = io::pipe()?;
        let over = Arc::new(AtomicBool::new(false));
        let deliver = Arc::new(deliver);

        let reader = (Arc::clone(&over), Arc::clone(&deliver));
        std::thread::Builder::new().name("keys".to_owned()).spawn(move || read(&reader.0, &*reader.1))?;
        let (done, unplugged) = sync_channel(1);
        std::thread::Builder::new().name("hang-up".to_owned()).spawn(move || {
            let hung_up = wait(&tty, &stopped);
            over.store(true, Ordering::Release);
            let result = unplug();
            // Before delivering, which may wait for a loop that waits in `stop`.
            let _ = done.send(());
            match (hung_up, result) {
                (true, _) => deliver(Input::HungUp),
                (false, Err(error)) => deliver(Input::Failed(error)),
                (false, Ok(())) => {}
            }
        })?;
        Ok(Keys { stop: Some(stop), unplugged })
    }

    /// Stops reading: the next key typed is the shell's.
    pub fn stop(&mut self) {
        drop(self.stop.take());
        // The watch waits for nothing else. An error is that it was here before.
        let _ = self.unplugged.recv();
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.stop();
    }
}

fn read(over: &AtomicBool, deliver: &dyn Fn(Input)) {
    loop {
        let event = crossterm::event::read();
        if over.load(Ordering::Acquire) {
            return;
        }
        match event {
            Ok(Event::Key(key)) if key.kind == KeyEventKind::Release => {}
            Ok(event @ (Event::Key(_) | Event::Paste(_) | Event::Resize(..))) => deliver(Input::Event(event)),
            Ok(Event::FocusGained | Event::FocusLost | Event::Mouse(_)) => {}
            Err(error) => return deliver(Input::Failed(error)),
        }
    }
}

/// Waits until the terminal hangs up (true) or the pipe is closed (false).
fn wait(tty: &Tty, stopped: &PipeReader) -> bool {
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    loop {
        let mut waits = [PollFd::new(tty, PollFlags::empty()), PollFd::new(stopped, PollFlags::empty())];
        match poll(&mut waits, None) {
            Ok(_) if waits[0].revents().intersects(gone) => return true,
            Ok(_) if waits[1].revents().intersects(gone) => return false,
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            // Out of memory: the hang-up signal and the writer still tell.
            Err(_) => return false,
        }
    }
}

/// Puts a pipe in the place of standard input.
fn unplug() -> io::Result<()> {
    let (reader, mut writer) = io::pipe()?;
    writer.write_all(LAST_KEY)?;
    rustix::stdio::dup2_stdin(&reader)?;
    // Kept open: a reader that comes once more waits instead of spinning at an end of file.
    std::mem::forget(writer);
    Ok(())
}
