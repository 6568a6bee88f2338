//! Starts, keeps, replaces and stops probes as the settings say.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle as Runtime;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use super::copy;
use super::dns::Watch;
use super::health::Prober;
use super::host;
use super::log;
use super::net::{Net, Outlet};
use super::reconcile;
use super::schedule::{Random, Schedule};
use crate::clock::Clock;
use crate::config::{CopyJob, DnsRecord, HealthCheck, HostSettings, LogSource, ReconcileJob, Settings};
use crate::sample::{Kind, LogBatch, Order, ProbeId, Reading, Sample, Side};
use crate::text;

/// The running program, even after its file was replaced.
pub(super) const OURSELVES: &str = "/proc/self/exe";

/// How long one look may take at most: longer than any time-out of a probe's own.
const LONGEST: Duration = Duration::from_secs(75);
/// Orders that may wait for one probe: somebody who presses a key more often than that means the same.
const ORDERS: usize = 4;

/// Where what probes measure goes.
#[derive(Clone)]
pub struct Channels {
    /// Readings.
    pub samples: mpsc::Sender<(ProbeId, Sample)>,
    /// Lines of logs, apart, so that a flood of them drops no reading.
    pub lines: mpsc::Sender<(ProbeId, Box<LogBatch>)>,
}

/// Keeps one task for each probe; all end when it is dropped.
///
/// Samples are sent without waiting: a full channel drops them and counts. The number of measurements under way
/// needs no bound of its own: a probe never overlaps itself, and one that had to wait for another would be blocked
/// by it.
#[must_use = "probes end when it is dropped"]
pub struct Supervisor {
    runtime: Runtime,
    net: Arc<Net>,
    out: Outlet,
    running: BTreeMap<ProbeId, Running>,
}

struct Running {
    wanted: Wanted,
    handle: Handle,
}

/// What a running probe is held by: it ends when this is dropped.
#[must_use = "the probe ends when it is dropped"]
pub(super) struct Handle {
    /// A task, a thread's end of a channel: whatever ends the probe when it is dropped.
    _keep: Box<dyn Any + Send>,
    orders: Option<mpsc::Sender<Order>>,
}

/// A task that ends with what holds it.
pub(super) struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Handle {
    /// Holds a probe that takes no orders.
    pub(super) fn new(keep: impl Any + Send) -> Handle {
        Handle { _keep: Box::new(keep), orders: None }
    }

    /// Holds a task.
    pub(super) fn task(task: AbortHandle) -> Handle {
        Handle::new(Task(task))
    }

    /// The probe takes orders there.
    pub(super) fn with_orders(self, orders: mpsc::Sender<Order>) -> Handle {
        Handle { orders: Some(orders), ..self }
    }
}

/// What is measured on a schedule, a sample each time.
pub(super) trait Measure: Send + Sync + 'static {
    /// Measures once.
    fn measure(&self) -> impl Future<Output = Sample> + Send;
    /// The sample for a measurement that did not come back.
    fn broken(&self, why: &str) -> Sample;
}

/// A probe as the settings have it: one that is equal to what runs goes on.
#[derive(Clone, PartialEq)]
enum Wanted {
    Health(Arc<HealthCheck>, Option<Side>),
    Dns(Arc<DnsRecord>),
    Copy(Arc<CopyJob>),
    Reconcile(Arc<ReconcileJob>),
    Log(Arc<LogSource>),
    Host(Arc<HostSettings>),
}

/// Which probes the settings ask for, in their order: `health/api/old`, `…/new` and `…/live` for a check with pins,
/// else `health/api`.
#[must_use]
pub fn ids(settings: &Settings) -> Vec<ProbeId> {
    wanted(settings).into_iter().map(|(id, _)| id).collect()
}

fn wanted(settings: &Settings) -> Vec<(ProbeId, Wanted)> {
    let id = |kind, name: &str| ProbeId { kind, name: name.to_owned(), side: None };
    let mut all = Vec::new();
    for check in &settings.health {
        let check = Arc::new(check.clone());
        for side in sides(&check) {
            all.push((
                ProbeId { side, ..id(Kind::Health, &check.name) },
                Wanted::Health(Arc::clone(&check), side),
            ));
        }
    }
    for record in &settings.dns {
        all.push((id(Kind::Dns, &record.id()), Wanted::Dns(Arc::new(record.clone()))));
    }
    for job in &settings.copies {
        all.push((id(Kind::Copy, &job.name), Wanted::Copy(Arc::new(job.clone()))));
    }
    for job in &settings.reconciles {
        all.push((id(Kind::Reconcile, &job.name), Wanted::Reconcile(Arc::new(job.clone()))));
    }
    for source in &settings.logs {
        all.push((id(Kind::Log, &source.name), Wanted::Log(Arc::new(source.clone()))));
    }
    for host in &settings.hosts {
        all.push((id(Kind::Host, &host.name), Wanted::Host(Arc::new(host.clone()))));
    }
    all
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
    pub fn new(runtime: Runtime, clock: Arc<dyn Clock>, out: Channels) -> Supervisor {
        Supervisor::with_holder(runtime, clock, out, Path::new(OURSELVES))
    }

    /// The same, where another program than the running one is `cutover`: in tests.
    pub fn with_holder(runtime: Runtime, clock: Arc<dyn Clock>, out: Channels, holder: &Path) -> Supervisor {
        let net = Arc::new(Net::new(clock, holder));
        let out = Outlet::new(out.samples, out.lines);
        Supervisor { runtime, net, out, running: BTreeMap::new() }
    }

    /// Keeps what programs that outlive the cockpit say in this folder, which belongs to one run of the plan; without
    /// it none is started.
    pub fn keep_jobs_in(&mut self, folder: PathBuf) {
        *self.net.jobs.write().unwrap_or_else(PoisonError::into_inner) = Some(folder);
    }

    /// Makes what runs agree with `settings`: a probe whose settings are unchanged keeps its task and its schedule.
    pub fn apply(&mut self, settings: &Settings) {
        *self.net.redactor.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings.redactor());
        let mut kept = BTreeMap::new();
        for (id, wanted) in wanted(settings) {
            let running = match self.running.remove(&id) {
                Some(running) if running.wanted == wanted => running,
                _ => {
                    let handle = self.start(&id, &wanted);
                    Running { wanted, handle }
                }
            };
            kept.insert(id, running);
        }
        self.running = kept;
    }

    /// The probes that run.
    pub fn running(&self) -> impl Iterator<Item = &ProbeId> {
        self.running.keys()
    }

    /// Asks a probe to do something; whether it can.
    #[must_use]
    pub fn order(&self, id: &ProbeId, order: Order) -> bool {
        let orders = self.running.get(id).and_then(|running| running.handle.orders.as_ref());
        orders.is_some_and(|orders| orders.try_send(order).is_ok())
    }

    /// Samples dropped so far because the channel was full.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.out.dropped()
    }

    fn start(&self, id: &ProbeId, wanted: &Wanted) -> Handle {
        let _within = self.runtime.enter();
        match wanted {
            Wanted::Health(check, side) => {
                let prober = Prober::new(Arc::clone(&self.net), Arc::clone(check), *side);
                self.start_measuring(id, check.every, prober)
            }
            Wanted::Dns(record) => {
                let watch = Watch::new(Arc::clone(&self.net), Arc::clone(record));
                let task = self.runtime.spawn(watch.attend(id.clone(), self.out.clone()));
                Handle::task(task.abort_handle())
            }
            Wanted::Copy(job) => copy::start(&self.net, id, job, &self.out),
            Wanted::Reconcile(job) => self.start_reconcile(id, job),
            Wanted::Host(host) => {
                let prober = host::Prober::new(Arc::clone(&self.net), Arc::clone(host));
                self.start_measuring(id, host.every, prober)
            }
            Wanted::Log(source) => log::start(id, source, &self.net, &self.out),
        }
    }

    fn start_reconcile(&self, id: &ProbeId, job: &Arc<ReconcileJob>) -> Handle {
        let (orders, taken) = mpsc::channel(ORDERS);
        let (net, job) = (Arc::clone(&self.net), Arc::clone(job));
        let task = self.runtime.spawn(reconcile::attend(id.clone(), net, job, self.out.clone(), taken));
        Handle::task(task.abort_handle()).with_orders(orders)
    }

    fn start_measuring(&self, id: &ProbeId, every: Duration, prober: impl Measure) -> Handle {
        let prober = Arc::new(prober);
        let measure = {
            let prober = Arc::clone(&prober);
            move || {
                let prober = Arc::clone(&prober);
                async move { prober.measure().await }
            }
        };
        let schedule = Schedule::new(every, Random::new());
        let broken = move |why: &str| prober.broken(why);
        let task = self.runtime.spawn(attend(id.clone(), schedule, measure, broken, self.out.clone()));
        Handle::task(task.abort_handle())
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

pub(super) fn panic_words(payload: &(dyn Any + Send)) -> String {
    let words = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no words");
    format!("the probe itself failed (a bug in cutover): {words}")
}

/// Measures every probe of `settings` once, side by side; the results are in the settings' order. Nothing is started
/// that changes anything.
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
    for (place, (id, wanted)) in wanted(settings).into_iter().enumerate() {
        let net = Arc::clone(&net);
        measuring.spawn(async move {
            let began = net.clock.now();
            let samples = tokio::time::timeout(LONGEST, once(&net, &id, wanted)).await.unwrap_or_else(|_| {
                let why = format!("no answer within {}; it was given up", text::short(LONGEST));
                vec![Sample { began, at: net.clock.now(), reading: Reading::Broken(why) }]
            });
            (place, id, samples)
        });
    }
    let mut samples: Vec<_> = measuring.join_all().await;
    samples.sort_by_key(|(place, ..)| *place);
    samples
        .into_iter()
        .flat_map(|(_, id, samples)| samples.into_iter().map(move |sample| (id.clone(), sample)))
        .collect()
}

/// One look by one probe: a sample, one for each server where several are asked.
async fn once(net: &Arc<Net>, id: &ProbeId, wanted: Wanted) -> Vec<Sample> {
    match wanted {
        Wanted::Health(check, side) => measured(Prober::new(Arc::clone(net), check, side)).await,
        Wanted::Dns(record) => Box::pin(Watch::new(Arc::clone(net), record).once()).await,
        Wanted::Copy(job) => vec![copy::once(net, id, &job).await],
        // It runs only when asked.
        Wanted::Reconcile(_job) => Vec::new(),
        // It has lines, not readings: a glance at it is taken apart.
        Wanted::Log(_source) => Vec::new(),
        Wanted::Host(host) => {
            let prober = Arc::new(host::Prober::new(Arc::clone(net), host));
            let looks = Arc::clone(&prober);
            let sample = guarded(async move { looks.twice().await }, |why| prober.broken(why)).await;
            sample.into_iter().collect()
        }
    }
}

async fn measured(prober: impl Measure) -> Vec<Sample> {
    let prober = Arc::new(prober);
    let measured = Arc::clone(&prober);
    let sample = guarded(async move { measured.measure().await }, |why| prober.broken(why)).await;
    sample.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::clock::SystemClock;
    use crate::sample::{Health, Outcome};

    fn sample(outcome: Outcome) -> Sample {
        let now = SystemClock.now();
        let health = Health {
            outcome,
            warnings: Vec::new(),
            latency: None,
            word: String::new(),
            peer: None,
            answered_by: None,
            watched: Vec::new(),
            certificate: None,
        };
        Sample { began: now, at: now, reading: Reading::Health(health) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_a_broken_sample_and_the_probe_goes_on() {
        let (samples, mut arrived) = mpsc::channel(8);
        let (lines, _unused) = mpsc::channel(1);
        let out = Outlet::new(samples, lines);
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
