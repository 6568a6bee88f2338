//! The sign-off thread: owns the sink, drains its queue into one append.
//!
//! A plain thread, so that a disk that hangs holds up nothing else. The queue is short on purpose: when it is full
//! the operator is told, and no act is lost in silence.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Actor, Draft, Head, Line, Refused, Sink};
use crate::clock::{Clock, Stamp};

/// Submissions that may wait: far more than people type during the slowest sync, few enough to write in one go.
pub const SLOTS: usize = 64;

/// Of these, how many the machine leaves to people: probes that flap must not keep a tick out.
pub const RESERVED: usize = 32;

/// How long leaving waits for the queue: longer than any healthy disk needs, short enough for a person.
pub const DRAIN: Duration = Duration::from_secs(2);

/// What became of a draft.
#[derive(Debug)]
pub enum Outcome {
    /// It is on disk.
    Appended(Arc<Line>),
    /// None of these is acknowledged.
    Refused(Arc<[Draft]>, Refused),
}

/// Why drafts were not taken; they are handed back.
#[derive(Debug, thiserror::Error)]
pub enum NotQueued {
    /// No slot is free for them.
    #[error("the sign-off log is behind, its disk is slow: nothing was recorded, try again")]
    Full(Vec<Draft>),
    /// The thread has ended.
    #[error("the sign-off log is closed: nothing was recorded")]
    Closed(Vec<Draft>),
}

impl NotQueued {
    /// The drafts, to be kept for later.
    #[must_use]
    pub fn into_drafts(self) -> Vec<Draft> {
        match self {
            NotQueued::Full(drafts) | NotQueued::Closed(drafts) => drafts,
        }
    }
}

/// Leaving took longer than was allowed.
#[derive(Debug, thiserror::Error)]
#[error("the disk of the sign-off log did not answer in time; entries not written: {}", drafts.len())]
pub struct Unfinished {
    /// What was still waiting, and is now given up. What was being written may or may not be on disk.
    pub drafts: Vec<Draft>,
}

/// A handle of the thread; when it is dropped the thread writes what waits and ends.
#[must_use]
pub struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    queue: Mutex<Queue>,
    /// Something to write, or closing.
    work: Condvar,
    /// The thread has ended.
    done: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Vec<Draft>>,
    closing: bool,
    ended: bool,
    /// When the present append began.
    busy: Option<Stamp>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // The queue is whole between any two statements that hold the lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    /// Starts the thread on a log whose last line is `head`; `deliver` is called on it, once for each line or refusal.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn spawn(
        sink: Box<dyn Sink>,
        head: Head,
        clock: Arc<dyn Clock>,
        deliver: impl FnMut(Outcome) + Send + 'static,
    ) -> io::Result<Writer> {
        let shared = Arc::new(Shared {
            queue: Mutex::new(Queue::default()),
            work: Condvar::new(),
            done: Condvar::new(),
        });
        let worker = Worker { shared: Arc::clone(&shared), sink, head, clock, deliver };
        let thread = std::thread::Builder::new().name("sign-off".to_owned()).spawn(move || worker.run())?;
        Ok(Writer { shared, thread: Some(thread) })
    }

    /// Hands over drafts that belong together: all of them are written, or none.
    ///
    /// # Errors
    /// They were not taken; none of them will be written.
    pub fn submit(&self, drafts: Vec<Draft>) -> Result<(), NotQueued> {
        let people = drafts.iter().any(|draft| matches!(draft.by, Actor::Person(_)));
        let slots = if people { SLOTS } else { SLOTS - RESERVED };
        let mut queue = self.shared.lock();
        if queue.closing || queue.ended {
            return Err(NotQueued::Closed(drafts));
        }
        if queue.waiting.len() >= slots {
            return Err(NotQueued::Full(drafts));
        }
        if !drafts.is_empty() {
            queue.waiting.push_back(drafts);
            self.shared.work.notify_one();
        }
        Ok(())
    }

    /// How long the present append has taken so far; `None` while there is nothing to write.
    #[must_use]
    pub fn busy(&self, now: &Stamp) -> Option<Duration> {
        self.shared.lock().busy.map(|since| now.mono.saturating_sub(since.mono))
    }

    /// Submissions that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.lock().waiting.len()
    }

    /// Writes what waits, for at most so long, and ends the thread.
    ///
    /// # Errors
    /// The disk did not answer in time; what still waited is given back.
    pub fn close(mut self, at_most: Duration) -> Result<(), Unfinished> {
        let mut queue = self.shared.lock();
        queue.closing = true;
        self.shared.work.notify_one();
        let waited = self.shared.done.wait_timeout_while(queue, at_most, |queue| !queue.ended);
        let (mut queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let drafts: Vec<Draft> = queue.waiting.drain(..).flatten().collect();
        let ended = queue.ended;
        drop(queue);
        if !ended {
            return Err(Unfinished { drafts });
        }
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by its hook.
            let _ = thread.join();
        }
        if drafts.is_empty() { Ok(()) } else { Err(Unfinished { drafts }) }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.work.notify_one();
    }
}

struct Worker<F> {
    shared: Arc<Shared>,
    sink: Box<dyn Sink>,
    head: Head,
    clock: Arc<dyn Clock>,
    deliver: F,
}

/// Says that the thread has ended, however it did.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        let mut queue = self.0.lock();
        queue.ended = true;
        queue.busy = None;
        self.0.done.notify_all();
    }
}

impl<F: FnMut(Outcome)> Worker<F> {
    fn run(mut self) {
        let _ending = Ending(Arc::clone(&self.shared));
        while let Some(batch) = self.next() {
            self.write(batch);
            self.shared.lock().busy = None;
        }
    }

    fn next(&self) -> Option<Vec<Vec<Draft>>> {
        let queue = self.shared.lock();
        let waited = self.shared.work.wait_while(queue, |queue| queue.waiting.is_empty() && !queue.closing);
        let mut queue = waited.unwrap_or_else(PoisonError::into_inner);
        let batch: Vec<Vec<Draft>> = queue.waiting.drain(..).collect();
        if batch.is_empty() {
            return None;
        }
        queue.busy = Some(self.clock.now());
        Some(batch)
    }

    fn write(&mut self, batch: Vec<Vec<Draft>>) {
        let sizes: Vec<usize> = batch.iter().map(Vec::len).collect();
        let drafts: Vec<Draft> = batch.into_iter().flatten().collect();
        match self.append(&drafts) {
            // One submission that can never be written must not take the others with it.
            Err(Refused::TooLarge { .. } | Refused::Invalid { .. }) if sizes.len() > 1 => {
                let mut rest = drafts.into_iter();
                for size in sizes {
                    let drafts: Vec<Draft> = rest.by_ref().take(size).collect();
                    if let Err(refused) = self.append(&drafts) {
                        (self.deliver)(Outcome::Refused(drafts.into(), refused));
                    }
                }
            }
            Err(refused) => (self.deliver)(Outcome::Refused(drafts.into(), refused)),
            Ok(()) => {}
        }
    }

    fn append(&mut self, drafts: &[Draft]) -> Result<(), Refused> {
        match self.sink.append(self.head, drafts) {
            Ok(lines) => {
                for line in lines {
                    // A repeated append gives back old lines.
                    if line.head.seq > self.head.seq {
                        self.head = line.head;
                    }
                    (self.deliver)(Outcome::Appended(Arc::new(line)));
                }
                Ok(())
            }
            Err(refused) => {
                if let Refused::Moved(to) = refused {
                    self.head = to;
                }
                Err(refused)
            }
        }
    }
}

#[cfg(test)]
mod tests;
