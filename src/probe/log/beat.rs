//! What a tailer's thread is at, so that another can tell when it does not come back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Clock;

/// Shared by a tailer's thread and what watches it.
pub(super) struct Beat {
    clock: Arc<dyn Clock>,
    at: Mutex<Option<(Duration, String)>>,
    stop: AtomicBool,
    started: AtomicBool,
    gone: AtomicBool,
    /// It was told that the thread hangs.
    named: AtomicBool,
    /// The thread of the same source before this one.
    before: Option<Arc<Beat>>,
}

impl Beat {
    pub(super) fn new(clock: Arc<dyn Clock>, before: Option<Arc<Beat>>) -> Beat {
        Beat {
            clock,
            at: Mutex::default(),
            stop: AtomicBool::new(false),
            started: AtomicBool::new(false),
            gone: AtomicBool::new(false),
            named: AtomicBool::new(false),
            // Of those that never started, only what they waited for matters.
            before: before.and_then(Beat::blocker),
        }
    }

    /// The thread that is still there, of this and those before.
    pub(super) fn blocker(self: Arc<Beat>) -> Option<Arc<Beat>> {
        if self.started.load(Ordering::SeqCst) {
            return if self.gone.load(Ordering::SeqCst) { None } else { Some(self) };
        }
        if self.stop.load(Ordering::SeqCst) {
            return self.before.clone().and_then(Beat::blocker);
        }
        Some(self)
    }

    /// The thread before this one, if it has not come back.
    pub(super) fn waits_for(&self) -> Option<Arc<Beat>> {
        self.before.clone().and_then(Beat::blocker)
    }

    /// Does what may never come back; `what` says it as a participle: `reading /var/log/app.log`.
    pub(super) fn during<T>(&self, what: impl FnOnce() -> String, act: impl FnOnce() -> T) -> T {
        *self.at() = Some((self.clock.now().boot, what()));
        let result = act();
        *self.at() = None;
        result
    }

    /// Part of it has come back.
    pub(super) fn goes_on(&self) {
        if let Some((since, _)) = &mut *self.at() {
            *since = self.clock.now().boot;
        }
    }

    /// What it has been at for `long`, and for how long.
    pub(super) fn hangs(&self, long: Duration) -> Option<(Duration, String)> {
        let (since, what) = self.at().clone()?;
        let span = self.clock.now().boot.saturating_sub(since);
        if span < long {
            return None;
        }
        self.named.store(true, Ordering::SeqCst);
        Some((span, what))
    }

    /// Whether it was said to hang since this was last asked.
    pub(super) fn was_named(&self) -> bool {
        self.named.swap(false, Ordering::SeqCst)
    }

    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    pub(super) fn start(&self) {
        self.started.store(true, Ordering::SeqCst);
    }

    pub(super) fn end(&self) {
        self.gone.store(true, Ordering::SeqCst);
    }

    fn at(&self) -> std::sync::MutexGuard<'_, Option<(Duration, String)>> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
