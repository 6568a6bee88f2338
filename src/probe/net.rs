//! What all probes share: the clock, name look-ups, TLS, connections to other hosts, the holder of programs, secrets;
//! and the way out for what they measure.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::host::Threads;
use super::log::Tailers;
use super::resolve::Resolver;
use super::ssh::Masters;
use super::tls::Tls;
use crate::clock::Clock;
use crate::sample::{LogBatch, ProbeId, Sample};
use crate::text::Redactor;

/// What all probes share.
pub(super) struct Net {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) resolver: Resolver,
    pub(super) tls: Tls,
    pub(super) masters: Masters,
    /// Of this machine's look at itself: threads that may hang.
    pub(super) threads: Arc<Threads>,
    pub(super) tailers: Tailers,
    /// The program that holds others: `cutover` itself.
    pub(super) holder: PathBuf,
    pub(super) redactor: RwLock<Arc<Redactor>>,
    /// Where programs that outlive the cockpit keep what they say; none where nothing may be started.
    pub(super) jobs: RwLock<Option<PathBuf>>,
}

impl Net {
    pub(super) fn new(clock: Arc<dyn Clock>, holder: &Path) -> Net {
        Net {
            threads: Arc::new(Threads::new(&clock)),
            clock,
            resolver: Resolver::system(),
            tls: Tls::new(),
            masters: Masters::default(),
            tailers: Tailers::default(),
            holder: holder.to_owned(),
            redactor: RwLock::default(),
            jobs: RwLock::default(),
        }
    }

    pub(super) fn jobs(&self) -> Option<PathBuf> {
        self.jobs.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.redactor.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Where samples go.
#[derive(Clone)]
pub(super) struct Outlet {
    samples: mpsc::Sender<(ProbeId, Sample)>,
    lines: mpsc::Sender<(ProbeId, Box<LogBatch>)>,
    dropped: Arc<AtomicU64>,
}

impl Outlet {
    pub(super) fn new(
        samples: mpsc::Sender<(ProbeId, Sample)>,
        lines: mpsc::Sender<(ProbeId, Box<LogBatch>)>,
    ) -> Outlet {
        Outlet { samples, lines, dropped: Arc::default() }
    }

    /// Sends a sample that the next one replaces; never waits: a full channel drops it and counts. `false` when nobody
    /// listens any more.
    pub(super) fn send(&self, id: &ProbeId, sample: Sample) -> bool {
        match self.samples.try_send((id.clone(), sample)) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
                true
            }
            Err(TrySendError::Closed(_)) => false,
        }
    }

    /// Sends a sample that nothing replaces; waits for room. `false` when nobody listens any more.
    pub(super) async fn deliver(&self, id: &ProbeId, sample: Sample) -> bool {
        self.samples.send((id.clone(), sample)).await.is_ok()
    }

    /// Sends lines of a log; a full channel gives them back, for the tailer to merge with what it reads next.
    ///
    /// # Errors
    ///
    /// The batch, when there was no room; `None` in it when nobody listens any more.
    pub(super) fn lines(&self, id: &ProbeId, batch: Box<LogBatch>) -> Result<(), Option<Box<LogBatch>>> {
        match self.lines.try_send((id.clone(), batch)) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full((_, batch))) => Err(Some(batch)),
            Err(TrySendError::Closed(_)) => Err(None),
        }
    }

    /// Samples dropped so far because the channel was full.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}
