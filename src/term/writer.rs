//! The thread that may wait for the terminal, so that nothing else has to.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::termios::{Action, QueueSelector, tcflow, tcflush};

use super::tty::Tty;

/// Ends whatever escape sequence a discarded frame left half said.
const CANCEL: u8 = 0x18;

/// How long a leaving cockpit waits for a terminal that does not read before it discards what was not read.
const PATIENCE: Duration = Duration::from_millis(300);

/// Pause between two attempts to discard: each lets the writer go on by what the kernel holds of a terminal's output.
const RETRY: Duration = Duration::from_millis(10);

/// What the writer has to say.
#[derive(Debug)]
pub enum Output {
    /// The frame of this number was taken whole by the terminal.
    Painted(u64),
    /// The terminal is gone or broken; said once, nothing is written after it.
    Lost(io::Error),
}

/// The writer thread's one slot.
#[derive(Debug)]
pub(super) struct Writer {
    slot: Arc<Slot>,
    tty: Tty,
}

#[derive(Debug, Default)]
struct Slot {
    desk: Mutex<Desk>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Desk {
    /// Waits to be written.
    next: Option<(u64, Vec<u8>)>,
    /// Written after the frame in hand, instead of the next one; then the thread ends.
    last: Option<Vec<u8>>,
    /// Being written.
    busy: bool,
    /// How often output was discarded.
    discards: u32,
    /// The thread has ended, or cannot write any more.
    over: bool,
    /// Nothing can be written.
    lost: bool,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while(&self, at_most: Duration, waiting: impl FnMut(&mut Desk) -> bool) -> MutexGuard<'_, Desk> {
        let waited = self.changed.wait_timeout_while(self.lock(), at_most, waiting);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Settles what was written; says whether the thread goes on.
    fn written(&self, result: &io::Result<()>) -> bool {
        let mut desk = self.lock();
        desk.busy = false;
        if result.is_err() {
            desk.over = true;
            desk.lost = true;
        }
        self.changed.notify_all();
        result.is_ok()
    }
}

impl Writer {
    /// Starts the thread; it reports from there, and must not be kept waiting by `report`.
    pub(super) fn start(tty: &Tty, report: impl Fn(Output) + Send + 'static) -> io::Result<Writer> {
        let slot = Arc::new(Slot::default());
        let (ours, theirs) = (tty.try_clone()?, tty.try_clone()?);
        let desk = Arc::clone(&slot);
        std::thread::Builder::new().name("writer".to_owned()).spawn(move || work(&desk, &theirs, &report))?;
        Ok(Writer { slot, tty: ours })
    }

    /// Hands over a frame; refused while another one is on its way.
    pub(super) fn hand(&self, number: u64, frame: Vec<u8>) -> bool {
        let mut desk = self.slot.lock();
        if desk.busy || desk.next.is_some() || desk.over {
            return false;
        }
        desk.next = Some((number, frame));
        self.slot.changed.notify_all();
        true
    }

    /// Writes `last` after the frame in hand and ends; says whether the terminal took it within `at_most`.
    ///
    /// A terminal that does not read is waited for, then what it has not read is discarded to make room.
    pub(super) fn finish(&self, last: Vec<u8>, at_most: Duration) -> bool {
        let mut desk = self.slot.lock();
        if desk.over {
            return !desk.lost;
        }
        desk.next = None;
        desk.last = Some(last);
        self.slot.changed.notify_all();
        drop(desk);

        let patience = PATIENCE.min(at_most);
        let mut desk = self.slot.wait_while(patience, |desk| !desk.over);
        let mut left = at_most.saturating_sub(patience);
        while !desk.over && !left.is_zero() {
            desk.discards += 1;
            drop(desk);
            discard(&self.tty);
            let pause = RETRY.min(left);
            left -= pause;
            desk = self.slot.wait_while(pause, |desk| !desk.over);
        }
        desk.over && !desk.lost
    }

    /// The terminal is known to be gone.
    pub(super) fn lost(&self) -> bool {
        self.slot.lock().lost
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.slot.lock().last.get_or_insert_default();
        self.slot.changed.notify_all();
    }
}

fn work(slot: &Slot, tty: &Tty, report: &dyn Fn(Output)) {
    loop {
        let mut desk = slot.lock();
        while desk.next.is_none() && desk.last.is_none() {
            desk = slot.changed.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
        desk.busy = true;
        let Some((number, frame)) = desk.next.take() else {
            drop(desk);
            return part(slot, tty);
        };
        drop(desk);
        let result = write(tty, &frame);
        if !slot.written(&result) {
            return report(Output::Lost(result.err().unwrap_or_else(|| io::ErrorKind::Other.into())));
        }
        report(Output::Painted(number));
    }
}

/// Writes the last words, again if a part of them may have been discarded.
fn part(slot: &Slot, tty: &Tty) {
    let last = slot.lock().last.clone().unwrap_or_default();
    let mut discards = 0;
    loop {
        let seen = slot.lock().discards;
        let words = if seen > discards { [&[CANCEL], &last[..]].concat() } else { last.clone() };
        discards = seen;
        let result = write(tty, &words);
        let mut desk = slot.lock();
        if result.is_ok() && desk.discards != discards {
            continue;
        }
        desk.lost |= result.is_err();
        desk.over = true;
        desk.busy = false;
        slot.changed.notify_all();
        return;
    }
}

/// Throws away what the terminal has not read, and wakes a writer that waits for room.
///
/// Linux makes the room but does not wake on a pty; stopping and starting the output does. A refusal leaves the writer
/// where it is, and the caller's patience ends all the same.
fn discard(tty: &Tty) {
    let _ = tcflush(tty, QueueSelector::OFlush);
    let _ = tcflow(tty, Action::OOff);
    let _ = tcflow(tty, Action::OOn);
}

/// One write where the terminal takes it whole.
fn write(tty: &Tty, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match tty.file().write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => bytes = &bytes[n..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Somebody made the opening non-blocking; it may be a shared one where no own could be had.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                match rustix::event::poll(&mut [PollFd::new(tty, PollFlags::OUT)], None) {
                    Ok(_) | Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
