//! Starts, keeps, replaces and stops probes as the settings say.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::Path;
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
#[must_use]
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
        // Without a sample the runtime is shutting down.
        let Some(sample) = guarded(measure(), &broken).await else { return };
        if !out.send(&id, sample) {
            return;
        }
    }
}

/// Measures in a task of its own, so that a panic is a broken pane; in a set, so that it ends with this one.
pub(super) async fn guarded(
    measure: impl Future<Output = Sample> + Send + 'static,
    broken: impl Fn(&str) -> Sample,
) -> Option<Sample> {
    let mut measuring = JoinSet::new();
    measuring.spawn(measure);
    match measuring.join_next().await? {
        Ok(sample) => Some(sample),
        Err(error) => error.try_into_panic().ok().map(|payload| broken(&panic_words(payload.as_ref()))),
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
    let net = Arc::new(Net::new(clock, holder));
    *net.redactor.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings.redactor());
    let mut measuring = JoinSet::new();
    for (place, (id, check)) in wanted(settings).enumerate() {
        let prober = Arc::new(Prober::new(Arc::clone(&net), Arc::new(check.clone()), id.side));
        measuring.spawn(async move {
            let measured = Arc::clone(&prober);
            let sample = guarded(async move { measured.measure().await }, |why| prober.broken(why)).await;
            (place, id, sample)
        });
    }
    let mut samples: Vec<_> = measuring.join_all().await;
    samples.sort_by_key(|(place, ..)| *place);
    samples.into_iter().filter_map(|(_, id, sample)| Some((id, sample?))).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::SystemClock;
    use crate::sample::{Health, Outcome, Reading};

    fn sample(outcome: Outcome) -> Sample {
        let now = SystemClock.now();
        let health = Health {
            outcome,
            warnings: Vec::new(),
            latency: None,
            word: String::new(),
            peer: None,
            answered_by: None,
            certificate: None,
        };
        Sample { began: now, at: now, reading: Reading::Health(health) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_a_broken_sample_and_the_probe_goes_on() {
        let (samples, mut arrived) = mpsc::channel(8);
        let out = Outlet { samples, dropped: Arc::default() };
        let id: ProbeId = "health/api".parse().unwrap();
        let turn = Arc::new(AtomicU64::new(0));
        let measure = move || {
            let turn = Arc::clone(&turn);
            async move {
                assert_ne!(turn.fetch_add(1, Ordering::SeqCst), 1, "the second one fails");
                sample(Outcome::Pass)
            }
        };
        let schedule = Schedule::new(Duration::from_secs(5), Random::new());
        let broken = |why: &str| sample(Outcome::Broken(why.to_owned()));
        let task = tokio::spawn(attend(id, schedule, measure, broken, out));
        let mut outcomes = Vec::new();
        for _ in 0..3 {
            let (_, Sample { reading: Reading::Health(health), .. }) = arrived.recv().await.unwrap() else {
                panic!("not a health reading")
            };
            outcomes.push(health.outcome);
        }
        assert_eq!((&outcomes[0], &outcomes[2]), (&Outcome::Pass, &Outcome::Pass));
        let Outcome::Broken(why) = &outcomes[1] else { panic!("{outcomes:?}") };
        assert!(why.contains("the second one fails"), "{why}");
        // Nobody listens any more: it ends by itself.
        drop(arrived);
        task.await.unwrap();
    }
}
