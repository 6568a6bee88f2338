//! Copies: where tools say how far they are, and what they say, in one form.
//!
//! ```text
//!  watch ─┬─ here ─ aside (a thread that may hang) ─┬─ file ─ tail          a file that a tool writes
//!         │                                         ├─ azcopy ─ file        a job's log, or the newest of a folder
//!         │                                         ├─ start ─ crate::hold  the copy itself, which outlives us
//!         │                                         ├─ pid                  a process that somebody else started
//!         │                                         └─ trees                two folders, counted
//!         ├─ exec ─ stream (here or over ssh)          a program that tells, or tails a file elsewhere
//!         ├─ there                                     the same of another host, by a few lines of shell
//!         ├─ rclone, web ─ crate fetch                 rc port, Elasticsearch, JSON
//!         └─ postgres ─ psql                           progress views
//!             all ─ feed ─ adapter ─▶ sample::Copy
//!
//!  bytes ─ records ─ a tool's file ─▶ Progress
//!          adapter: one file a tool, pure; no time, no IO
//! ```
//!
//! An answer to a question is something said, whether its numbers changed or not: `updated` moves with it. A file or
//! a program that is followed says something only when it writes.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::mpsc;

use super::net::{Net, Outlet};
use super::schedule::{Random, Schedule};
use super::supervisor::{Handle, panic_words};
use crate::clock::Stamp;
use crate::config::{CopyJob, CopySource};
use crate::sample::copy::{Copy, Source};
use crate::sample::{Order, ProbeId, Reading, Sample};
use feed::Feed;
use here::Here;

pub mod adapter;
mod aside;
mod azcopy;
mod exec;
mod feed;
mod file;
mod here;
mod pid;
mod postgres;
mod process;
mod rclone;
mod start;
mod stream;
mod tail;
mod there;
mod trees;
mod units;
mod web;

/// Orders that wait for a source: more than one person presses in a moment.
const ORDERS: usize = 8;

/// Longest wait for the first word of a source that is only looked at once.
const ONCE: Duration = Duration::from_secs(5);

/// Between two such looks.
const GLANCE: Duration = Duration::from_millis(100);

/// One look under way.
type Look<'a> = Pin<Box<dyn Future<Output = Copy> + Send + 'a>>;

/// A source that can be looked at again and again. No look takes longer than half a minute,
/// whatever it looks at.
trait Watch: Send {
    /// Looks once.
    fn look(&mut self) -> Look<'_>;

    /// Does what is asked with the next look; whether it can.
    fn order(&mut self, _order: Order) {}
}

/// A source on this host, whose looks block.
trait Local: Send {
    /// Looks once.
    fn look(&mut self, now: Stamp) -> Copy;

    /// What it looks at, for words about a look that hangs.
    fn subject(&self) -> String;

    /// Does what is asked.
    fn order(&mut self, _order: Order, _now: Stamp) {}
}

/// Watches a copy until the handle is dropped.
pub(super) fn start(net: &Arc<Net>, id: &ProbeId, job: &Arc<CopyJob>, out: &Outlet) -> Handle {
    let (orders, asked) = mpsc::channel(ORDERS);
    let attend = attend(Arc::clone(net), id.clone(), Arc::clone(job), out.clone(), asked);
    Handle::task(tokio::spawn(attend).abort_handle()).with_orders(orders)
}

/// Looks once, and waits a little for a source that has to be heard out; starts no copy.
pub(super) async fn once(net: &Arc<Net>, id: &ProbeId, job: &Arc<CopyJob>) -> Sample {
    let heard = async {
        let began = net.clock.now();
        let until = tokio::time::Instant::now() + ONCE;
        let mut watch = match watch(net, id, job) {
            Ok(watch) => watch,
            Err(why) => return broken(net, &why),
        };
        loop {
            let copy = watch.look().await;
            let silent = copy.source == Source::Open && copy.updated.is_none();
            if !silent || tokio::time::Instant::now() >= until {
                return Sample { began, at: net.clock.now(), reading: Reading::Copy(Box::new(copy)) };
            }
            tokio::time::sleep(GLANCE).await;
        }
    };
    caught(heard).await.unwrap_or_else(|payload| broken(net, &panic_words(payload.as_ref())))
}

async fn attend(
    net: Arc<Net>,
    id: ProbeId,
    job: Arc<CopyJob>,
    out: Outlet,
    mut orders: mpsc::Receiver<Order>,
) {
    let mut schedule = Schedule::new(job.every, Random::new());
    let mut source: Option<Box<dyn Watch>> = None;
    loop {
        let order = tokio::select! {
            biased;
            Some(order) = orders.recv() => Some(order),
            () = schedule.tick() => None,
        };
        let sample = match &mut source {
            Some(watch) => look(&net, watch.as_mut(), order).await,
            none => match watch(&net, &id, &job) {
                Ok(watch) => look(&net, none.insert(watch).as_mut(), order).await,
                Err(why) => Ok(broken(&net, &why)),
            },
        };
        let sample = sample.unwrap_or_else(|why| {
            // What it knew may be half of something: it begins anew.
            source = None;
            broken(&net, &why)
        });
        if !out.send(&id, sample) {
            return;
        }
    }
}

async fn look(net: &Net, watch: &mut dyn Watch, order: Option<Order>) -> Result<Sample, String> {
    let began = net.clock.now();
    if let Some(order) = order {
        watch.order(order);
    }
    match caught(watch.look()).await {
        Ok(copy) => Ok(Sample { began, at: net.clock.now(), reading: Reading::Copy(Box::new(copy)) }),
        Err(payload) => Err(panic_words(payload.as_ref())),
    }
}

fn broken(net: &Net, why: &str) -> Sample {
    let now = net.clock.now();
    Sample { began: now, at: now, reading: Reading::Broken(feed::clean(why, &net.redactor())) }
}

/// What comes of `future`, or its panic.
async fn caught<T>(future: impl Future<Output = T>) -> Result<T, Box<dyn Any + Send>> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Ok),
        Err(payload) => Poll::Ready(Err(payload)),
    })
    .await
}

/// The source that the settings ask for; words if it cannot be.
fn watch(net: &Arc<Net>, id: &ProbeId, job: &Arc<CopyJob>) -> Result<Box<dyn Watch>, String> {
    let redactor = net.redactor();
    let feed = |format| Feed::new(job, &redactor, format);
    let here = |local: Box<dyn Local>| -> Box<dyn Watch> { Box::new(Here::new(net, local)) };
    let file = |path: &Path, format| file::File::new(path, job, &redactor, format);
    Ok(match (&job.source, &job.via) {
        (CopySource::File(path), None) => here(Box::new(file(path, Feed::format(job)?))),
        (CopySource::File(path), Some(_)) => {
            Box::new(exec::Exec::tail(net, job, path, feed(Feed::format(job)?)))
        }
        (CopySource::Azcopy(path), None) => here(Box::new(azcopy::Azcopy::new(path, job, &redactor))),
        (CopySource::Azcopy(path), Some(_)) => Box::new(exec::Exec::azcopy(net, job, path, &redactor)),
        (CopySource::Exec(argv), _) => Box::new(exec::Exec::new(net, job, argv, feed(Feed::format(job)?))),
        (CopySource::Start(argv), _) => {
            here(Box::new(start::Start::new(net, &id.name, job, argv, Feed::format(job)?)?))
        }
        (CopySource::Pid(_) | CopySource::Process(_), None) => here(Box::new(pid::Pid::new(job, &redactor)?)),
        (CopySource::Pid(_) | CopySource::Process(_), Some(_)) => Box::new(there::Process::new(net, job)?),
        (CopySource::Trees(from, to), None) => here(Box::new(trees::Trees::new(job, from, to, &redactor))),
        (CopySource::Trees(from, to), Some(_)) => Box::new(there::Trees::new(net, job, from, to)),
        (CopySource::Rclone(url), _) => Box::new(rclone::Rclone::new(net, job, url)),
        (CopySource::Postgres(connection), _) => Box::new(postgres::Postgres::new(net, job, connection)),
        (CopySource::Elasticsearch(url), _) => Box::new(web::Elasticsearch::new(net, job, url)),
        (CopySource::Json(paths), _) => Box::new(web::Json::new(net, job, paths)),
    })
}

#[cfg(test)]
mod tests {
    use super::adapter::Format;
    use crate::config::FORMATS;

    #[test]
    fn the_sidecar_takes_the_formats_that_the_adapters_know() {
        for name in FORMATS {
            assert!(name.parse::<Format>().is_ok(), "{name}");
        }
        for name in Format::names() {
            assert!(FORMATS.contains(&name), "{name}");
        }
    }
}
