//! Starts, keeps, replaces and stops probes as the settings say.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use super::health::{Net, Prober};
use super::schedule::{Random, Schedule};
use crate::clock::Clock;
use crate::config::{HealthCheck, Settings};
use crate::sample::{Kind, ProbeId, Sample, Side};

/// The running program, even after its file was replaced.
const OURSELVES: &str = "/proc/self/exe";

/// Keeps one task for each probe; all end when it is dropped.
///
/// Samples are sent without waiting: a full channel drops them and counts. The number of measurements under way
/// needs no bound of its own: a probe never overlaps itself, and one that had to wait for another would be blocked
/// by it.
#[must_use = "probes end when it is dropped"]
pub struct Supervisor {
    runtime: Handle,
    net: Arc<Net>,
    out: Outlet,
    running: BTreeMap<ProbeId, Running>,
}

struct Running {
    check: Arc<HealthCheck>,
    task: AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Outlet {
    samples: mpsc::Sender<(ProbeId, Sample)>,
    dropped: Arc<AtomicU64>,
}

impl Outlet {
    /// Never waits; `false` when nobody listens any more.
    fn send(&self, id: &ProbeId, sample: Sample) -> bool {
        match self.samples.try_send((id.clone(), sample)) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
                true
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }
}

/// Which probes the settings ask for, in their order: `health/api/old`, `…/new` and `…/live` for a check with pins,
/// else `health/api`.
pub fn ids(settings: &Settings) -> Vec<ProbeId> {
    wanted(settings).map(|(id, _)| id).collect()
}

fn wanted(settings: &Settings) -> impl Iterator<Item = (ProbeId, &HealthCheck)> {
    settings.health.iter().flat_map(|check| {
        sides(check)
            .into_iter()
            .map(move |side| (ProbeId { kind: Kind::Health, name: check.name.clone(), side }, check))
    })
}

fn sides(check: &HealthCheck) -> Vec<Option<Side>> {
    if check.old.is_none() && check.new.is_none() {
        return vec![None];
    }
    let pinned = [(Side::Old, &check.old), (Side::New, &check.new)];
    let pinned = pinned.into_iter().filter(|(_, pin)| pin.is_some()).map(|(side, _)| Some(side));
    pinned.chain([Some(Side::Live)]).collect()
}

impl Supervisor {
    /// A supervisor without probes; [`apply`](Supervisor::apply) starts them.
    pub fn new(
        runtime: Handle,
        clock: Arc<dyn Clock>,
        samples: mpsc::Sender<(ProbeId, Sample)>,
    ) -> Supervisor {
        Supervisor::with_holder(runtime, clock, samples, Path::new(OURSELVES))
    }

    /// The same, where another program than the running one is `cutover`: in tests.
    pub fn with_holder(
        runtime: Handle,
        clock: Arc<dyn Clock>,
        samples: mpsc::Sender<(ProbeId, Sample)>,
        holder: &Path,
    ) -> Supervisor {
        let net = Arc::new(Net::new(clock, holder));
        let warm = Arc::clone(&net);
        drop(runtime.spawn_blocking(move || warm.tls.warm_up()));
        let out = Outlet { samples, dropped: Arc::default() };
        Supervisor { runtime, net, out, running: BTreeMap::new() }
    }

    /// Makes what runs agree with `settings`: a probe whose check is unchanged keeps its task and its schedule.
    pub fn apply(&mut self, settings: &Settings) {
        *self.net.redactor.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings.redactor());
        let mut kept = BTreeMap::new();
        for (id, check) in wanted(settings) {
            let running = match self.running.remove(&id) {
                Some(running) if *running.check == *check => running,
                _ => self.start(&id, check),
            };
            kept.insert(id, running);
        }
        self.running = kept;
    }

    /// The probes that run.
    pub fn running(&self) -> impl Iterator<Item = &ProbeId> {
        self.running.keys()
    }

    /// Samples dropped so far because the channel was full.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.out.dropped.load(Ordering::Relaxed)
    }

    /// The same count, for a reader elsewhere.
    #[must_use]
    pub fn dropped_counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.out.dropped)
    }

    fn start(&self, id: &ProbeId, check: &HealthCheck) -> Running {
        let check = Arc::new(check.clone());
        let prober = Arc::new(Prober::new(Arc::clone(&self.net), Arc::clone(&check), id.side));
        let measure = {
            let prober = Arc::clone(&prober);
            move || {
                let prober = Arc::clone(&prober);
                async move { prober.measure().await }
            }
        };
        let schedule = Schedule::new(check.every, Random::new());
        let broken = move |why: &str| prober.broken(why);
        let task = self.runtime.spawn(attend(id.clone(), schedule, measure, broken, self.out.clone()));
        Running { check, task: task.abort_handle() }
    }
}

/// Measures at every tick, one measurement at a time, until nobody listens.
async fn attend<M, F>(
    id: ProbeId,
    mut schedule: Schedule,
    measure: M,
    broken: impl Fn(&str) -> Sample,
    out: Outlet,
) where
    M: Fn() -> F,
    F: Future<Output = Sample> + Send + 'static,
{
    loop {
        schedule.tick().await;
        // A task of its own: a panic is a broken pane. In a set, so that it ends with this one.
        let mut measuring = JoinSet::new();
        measuring.spawn(measure());
        let sample = match measuring.join_next().await {
            Some(Ok(sample)) => sample,
            Some(Err(error)) if error.is_panic() => broken(&panic_words(error.into_panic().as_ref())),
            // Cancelled: the runtime is shutting down.
            _ => return,
        };
        if !out.send(&id, sample) {
            return;
        }
    }
}

fn panic_words(payload: &(dyn Any + Send)) -> String {
    let words = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no words");
    format!("the probe itself failed (a bug in cutover): {words}")
}

/// Measures every probe of `settings` once, side by side; the results are in the settings' order.
pub async fn probe_once(settings: &Settings, clock: Arc<dyn Clock>) -> Vec<(ProbeId, Sample)> {
    probe_once_with(settings, clock, Path::new(OURSELVES)).await
}

/// The same, where another program than the running one is `cutover`: in tests.
pub async fn probe_once_with(
    settings: &Settings,
    clock: Arc<dyn Clock>,
    holder: &Path,
) -> Vec<(ProbeId, Sample)> {
    let net = Arc::new(Net::new(clock, &PathBuf::from(holder)));
    *net.redactor.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings.redactor());
    let warm = Arc::clone(&net);
    // Before the first measurement, or it would be measured too.
    let _ = tokio::task::spawn_blocking(move || warm.tls.warm_up()).await;
    let mut measuring = JoinSet::new();
    for (place, (id, check)) in wanted(settings).enumerate() {
        let prober = Arc::new(Prober::new(Arc::clone(&net), Arc::new(check.clone()), id.side));
        measuring.spawn(async move {
            let measured = Arc::clone(&prober);
            let sample = tokio::spawn(async move { measured.measure().await }).await;
            let sample =
                sample.unwrap_or_else(|_| prober.broken("the probe itself failed (a bug in cutover)"));
            (place, id, sample)
        });
    }
    let mut samples: Vec<_> = measuring.join_all().await;
    samples.sort_by_key(|(place, ..)| *place);
    samples.into_iter().map(|(_, id, sample)| (id, sample)).collect()
}
