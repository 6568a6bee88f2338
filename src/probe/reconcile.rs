//! Comparisons of source and target: a program or a URL that counts, run when asked, never by itself.
//!
//! ```text
//!  order ─ program (held, here or over ssh) ─ lines ─┬─ count ─ verdict ─▶ Sample
//!        └ URL ─ body ───────────────────────────────┘
//! ```
//!
//! A run says how far it is while it goes on, ends with its time-out and all it started, and its output is only ever
//! data: looked at line by line, never kept whole unless it is JSON, and then within bounds.

mod count;
mod number;
mod program;
mod url;
mod verdict;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::fault::Fault;
use super::judge::clause;
use super::net::{Net, Outlet};
use super::supervisor::guarded;
use crate::clock::Stamp;
use crate::config::{ReconcileJob, ReconcileSource};
use crate::sample::reconcile::End;
use crate::sample::{Order, ProbeId, Reading, Reconcile, Sample};
use crate::text;
use count::Counts;
use verdict::Counted;

/// A run under way is told of so often.
const TELL: Duration = Duration::from_millis(500);

/// Runs the comparison whenever it is ordered to, one run at a time, until nobody orders any more.
pub(super) async fn attend(
    id: ProbeId,
    net: Arc<Net>,
    job: Arc<ReconcileJob>,
    out: Outlet,
    mut orders: mpsc::Receiver<Order>,
) {
    while let Some(order) = orders.recv().await {
        if order != Order::Run {
            continue;
        }
        let (stop, stopped) = oneshot::channel();
        let mut stop = Some(stop);
        let run = Run::new(id.clone(), Arc::clone(&net), Arc::clone(&job), out.clone());
        let began = run.began;
        let broken = |why: &str| {
            let failed = Reconcile { end: Some(End::Failed(why.to_owned())), ..Reconcile::default() };
            Sample { began, at: net.clock.now(), reading: Reading::Reconcile(Box::new(failed)) }
        };
        let running = guarded(run.run(stopped), broken);
        tokio::pin!(running);
        let ended = loop {
            tokio::select! {
                ended = &mut running => break ended,
                order = orders.recv() => match (order, stop.take()) {
                    // Whether it hears it or has just ended is the same.
                    (Some(Order::Stop), Some(stop)) => drop(stop.send(())),
                    // Nobody orders any more: it ends with this.
                    (None, _) => return,
                    (Some(_), kept) => stop = kept,
                },
            }
        };
        // Without a sample the runtime is shutting down.
        let Some(sample) = ended else { return };
        if !out.deliver(&id, sample).await {
            return;
        }
    }
}

/// One run.
struct Run {
    id: ProbeId,
    net: Arc<Net>,
    job: Arc<ReconcileJob>,
    out: Outlet,
    began: Stamp,
    counts: Mutex<Counts>,
}

impl Run {
    fn new(id: ProbeId, net: Arc<Net>, job: Arc<ReconcileJob>, out: Outlet) -> Run {
        let (began, counts) = (net.clock.now(), Mutex::new(Counts::new(Arc::clone(&job))));
        Run { id, net, job, out, began, counts }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(self, stopped: oneshot::Receiver<()>) -> Sample {
        self.tell();
        let asked = async {
            match &self.job.asks {
                ReconcileSource::Exec(argv) => self.program(argv, stopped).await,
                ReconcileSource::Url(url) => self.url(url, stopped).await,
            }
        };
        let told = async {
            let mut every = tokio::time::interval(TELL);
            every.tick().await;
            loop {
                every.tick().await;
                self.tell();
            }
        };
        let ended = tokio::select! {
            biased;
            ended = asked => ended,
            () = told => Ok(Ended::Stopped),
        };
        self.judged(ended)
    }

    /// Says how far it is.
    fn tell(&self) {
        // Whoever no longer listens does not order either.
        let _ = self.out.send(&self.id, self.sample(None, None));
    }

    fn sample(&self, exit: Option<i32>, end: Option<End>) -> Sample {
        let (counts, redactor, at) = (self.counts(), self.net.redactor(), self.net.clock.now());
        let reconcile = Reconcile {
            counters: counts.counters.clone(),
            progress: counts.progress,
            line: clause(&counts.line, &redactor),
            took: at.mono.saturating_sub(self.began.mono),
            exit,
            remarks: Vec::new(),
            end,
        };
        Sample { began: self.began, at, reading: Reading::Reconcile(Box::new(reconcile)) }
    }

    fn judged(&self, ended: Result<Ended, Fault>) -> Sample {
        let redactor = self.net.redactor();
        let (exit, end) = match ended {
            Ok(Ended::Stopped) => (None, End::Stopped),
            Ok(Ended::TooLate) => {
                let within = text::exact(self.job.timeout);
                (None, End::Failed(format!("not finished within {within}, ended; `timeout` allows it more")))
            }
            Err(fault) => (None, End::Failed(clause(&words(fault), &redactor))),
            Ok(Ended::ByItself(exit)) => {
                let mut counts = self.counts();
                let unknown = counts.finish();
                let unknown =
                    unknown.iter().map(|(name, why)| (name.clone(), clause(why, &redactor))).collect();
                let now = self.net.clock.now().wall;
                let facts =
                    Counted { counters: &counts.counters, unknown: &unknown, exit, now, redactor: &redactor };
                let judged = verdict::judge(&self.job, &facts);
                drop(counts);
                let mut sample = self.sample(exit, Some(End::Ran(judged)));
                if let Reading::Reconcile(reconcile) = &mut sample.reading {
                    let expected = |name: &str| {
                        self.job.expect.iter().any(|expr| expr.facts().any(|fact| fact.to_string() == name))
                    };
                    // What is expected of says so itself.
                    reconcile.remarks = unknown
                        .into_iter()
                        .filter(|(name, _)| !expected(name))
                        .map(|(name, why)| format!("{name}: {why}"))
                        .collect();
                }
                return sample;
            }
        };
        self.sample(exit, Some(end))
    }
}

/// How a run came to its end.
enum Ended {
    /// By itself; a program with this exit code.
    ByItself(Option<i32>),
    /// It took too long.
    TooLate,
    /// Somebody stopped it.
    Stopped,
}

fn words(fault: Fault) -> String {
    match fault {
        Fault::NoAnswer { why, .. } | Fault::Broken(why) => why,
        Fault::Unacceptable(miss) => format!("expected {}, saw {}", miss.expected, miss.saw),
    }
}
