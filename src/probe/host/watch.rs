//! A thread for what may never come back: it is asked again only when it has answered.
//!
//! `statvfs` on a dead network mount hangs for ever, and so does reading the arguments of a process that waits for
//! one; no signal ends either. Such a call has a thread of its own, which is never replaced: a second one would hang
//! beside the first.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;

/// One call, again and again, in a thread of its own that ends when this is dropped and the call has come back.
pub(super) struct Watch<T> {
    ask: mpsc::Sender<()>,
    answers: watch::Receiver<Answers<T>>,
    /// How often it was asked, and when last.
    asked: Mutex<(u64, Duration)>,
    clock: Arc<dyn Clock>,
}

struct Answers<T> {
    count: u64,
    last: Option<T>,
}

/// What is known of a call now.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Heard<T> {
    /// The newest answer.
    pub(super) last: Option<T>,
    /// It was asked so long ago and has not answered.
    pub(super) hanging: Option<Duration>,
}

impl<T: Clone + Send + Sync + 'static> Watch<T> {
    /// Starts the thread; the system may have none to give.
    pub(super) fn new(
        name: &str,
        clock: &Arc<dyn Clock>,
        mut call: impl FnMut() -> T + Send + 'static,
    ) -> io::Result<Watch<T>> {
        let (ask, asked) = mpsc::channel();
        let (told, answers) = watch::channel(Answers { count: 0, last: None });
        let run = move || {
            while asked.recv().is_ok() {
                let answer = call();
                told.send_modify(|answers| {
                    answers.count += 1;
                    answers.last = Some(answer);
                });
            }
        };
        std::thread::Builder::new().name(name.to_owned()).spawn(run)?;
        Ok(Watch { ask, answers, asked: Mutex::default(), clock: Arc::clone(clock) })
    }

    /// Asks, unless an answer is still owed, and waits until it has been owed for as long as `patience`.
    pub(super) async fn ask(&self, patience: Duration) -> Heard<T> {
        let mut answers = self.answers.clone();
        let (count, since, patience) = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            let owed = asked.0 > answers.borrow_and_update().count;
            if !owed {
                *asked = (asked.0 + 1, self.clock.now().boot);
                // The thread is gone only if the call panicked: then the answer stays owed.
                let _ = self.ask.send(());
            }
            let waited = self.clock.now().boot.saturating_sub(asked.1);
            (asked.0, asked.1, patience.saturating_sub(waited))
        };
        let answered = tokio::time::timeout(patience, answers.wait_for(|answers| answers.count >= count));
        let hanging = match answered.await {
            Ok(Ok(_)) => None,
            Ok(Err(_)) | Err(_) => Some(self.clock.now().boot.saturating_sub(since)),
        };
        Heard { last: self.answers.borrow().last.clone(), hanging }
    }

    /// Whether an answer is owed.
    pub(super) fn is_owed(&self) -> bool {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner).0;
        asked > self.answers.borrow().count
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::clock::ManualClock;

    #[tokio::test]
    async fn what_hangs_is_asked_once_and_tells_for_how_long() {
        let clock = Arc::new(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
        let (release, gate) = mpsc::channel::<()>();
        let calls = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&calls);
        let call = move || {
            let call = counted.fetch_add(1, Ordering::SeqCst);
            if call == 1 {
                let _ = gate.recv();
            }
            call
        };
        let shared: Arc<dyn Clock> = clock.clone();
        let watch = Watch::new("hangs", &shared, call).unwrap();
        let long = Duration::from_mins(1);
        assert_eq!(watch.ask(long).await, Heard { last: Some(0), hanging: None });

        for seconds in [0, 8, 8] {
            clock.advance(Duration::from_secs(seconds));
            watch.ask(Duration::from_millis(1)).await;
        }
        let heard = watch.ask(Duration::from_millis(1)).await;
        assert_eq!(heard, Heard { last: Some(0), hanging: Some(Duration::from_secs(16)) });
        assert_eq!(calls.load(Ordering::SeqCst), 2, "one call hangs, and no other was made");
        assert!(watch.is_owed());

        release.send(()).unwrap();
        while watch.is_owed() {
            tokio::task::yield_now().await;
        }
        assert_eq!(watch.ask(long).await, Heard { last: Some(2), hanging: None });
    }

    #[tokio::test]
    async fn the_thread_ends_with_its_handle() {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
        let (alive, ended) = mpsc::channel::<()>();
        let watch = Watch::new("ends", &clock, move || drop(alive.clone())).unwrap();
        watch.ask(Duration::from_mins(1)).await;
        drop(watch);
        assert!(ended.recv().is_err(), "the call and what it holds are gone");
    }
}
