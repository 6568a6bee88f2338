//! A program that tells, run while the cockpit runs: `azcopy jobs show` again and again, or `tail -F` once.
//!
//! A program that ends with 0 within [`FOLLOWED`] was asked, and is asked again after the interval. One that goes on is
//! followed; when it ends with 0 it has come to its end, and is not run again unless somebody asks: it may be the
//! copy itself, whose exit code then counts. Whatever ends with another code is tried again, later each time.
//!
//! `LC_ALL` is `C.UTF-8`, so that numbers have one spelling. Over `ssh` a file is followed by the other host's
//! `tail -F`.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::adapter::Format;
use super::feed::Feed;
use super::stream::{self, Output};
use super::tail::WHOLE;
use super::{Look, Watch};
use crate::clock::Stamp;
use crate::config::CopyJob;
use crate::probe::net::Net;
use crate::sample::Order;
use crate::sample::copy::Source;
use crate::text::{self, Redactor};

/// A program that runs longer is followed, not asked.
const FOLLOWED: Duration = Duration::from_secs(10);

/// Wait before a program that failed is run again; doubled each time.
const REST: Duration = Duration::from_secs(1);

/// What `tail` says of the file travels beside the file's bytes and may come after those it announces, by so much.
const CROSSED: Duration = Duration::from_millis(500);

/// Longest such wait.
const LONGEST_REST: Duration = Duration::from_mins(1);

/// The newest job's log in azcopy's folder, or the file itself; bytes of its past are the second argument.
const NEWEST: &str = r#"f=$1; if [ -d "$f" ]; then n=$(ls -t "$f" | grep -E '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}[.]log$' | head -n 1); [ -n "$n" ] || { echo "no job has a log in $f yet" >&2; exit 1; }; f=$f/$n; fi; exec tail -c "$2" -F "$f""#;

/// A program that tells.
pub(super) struct Exec {
    heard: Arc<Mutex<Heard>>,
    again: Arc<Notify>,
    task: JoinHandle<()>,
}

/// What it said so far.
struct Heard {
    feed: Feed,
    source: Source,
    /// It is `tail`: what stands on standard error is about the file.
    tails: bool,
    /// The last bytes of the file, and when they came.
    last: Option<(Stamp, Vec<u8>)>,
}

impl Exec {
    pub(super) fn new(net: &Arc<Net>, job: &Arc<CopyJob>, argv: &[String], feed: Feed) -> Exec {
        Exec::start(net, job, argv.to_vec(), feed, false)
    }

    /// Follows a file on another host.
    pub(super) fn tail(net: &Arc<Net>, job: &Arc<CopyJob>, path: &Path, feed: Feed) -> Exec {
        let path = path.display().to_string();
        let argv = ["tail", "-c", &WHOLE.to_string(), "-F", "--", &path].map(str::to_owned);
        Exec::start(net, job, argv.to_vec(), feed, true)
    }

    /// Follows a job's log on another host, or the newest in a folder there.
    pub(super) fn azcopy(net: &Arc<Net>, job: &Arc<CopyJob>, path: &Path, redactor: &Arc<Redactor>) -> Exec {
        let path = path.display().to_string();
        let argv = ["sh", "-c", NEWEST, "sh", &path, &WHOLE.to_string()].map(str::to_owned);
        Exec::start(net, job, argv.to_vec(), Feed::new(job, redactor, Format::Azcopy), true)
    }

    fn start(net: &Arc<Net>, job: &Arc<CopyJob>, argv: Vec<String>, feed: Feed, tails: bool) -> Exec {
        let heard = Arc::new(Mutex::new(Heard { feed, source: Source::Open, tails, last: None }));
        let again = Arc::new(Notify::new());
        let attend = attend(Arc::clone(net), Arc::clone(job), argv, Arc::clone(&heard), Arc::clone(&again));
        Exec { heard, again, task: tokio::spawn(attend) }
    }
}

impl Drop for Exec {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Watch for Exec {
    fn look(&mut self) -> Look<'_> {
        Box::pin(async {
            if self.task.is_finished()
                && let Err(error) = (&mut self.task).await
                && let Ok(payload) = error.try_into_panic()
            {
                std::panic::resume_unwind(payload);
            }
            let heard = lock(&self.heard);
            heard.feed.copy(heard.source.clone())
        })
    }

    fn order(&mut self, order: Order) {
        if matches!(order, Order::Now | Order::Run) {
            self.again.notify_one();
        }
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the program as often as it takes.
async fn attend(
    net: Arc<Net>,
    job: Arc<CopyJob>,
    argv: Vec<String>,
    heard: Arc<Mutex<Heard>>,
    again: Arc<Notify>,
) {
    let name = argv.first().cloned().unwrap_or_default();
    let mut rest = REST;
    loop {
        let began = Instant::now();
        let result = {
            let mut hear = |which: Output, bytes: &[u8]| lock(&heard).hear(which, bytes, net.clock.now());
            stream::run(&net, job.via.as_deref(), &argv, &[], &mut hear).await
        };
        let took = began.elapsed();
        if took > LONGEST_REST {
            rest = REST;
        }
        let why = match result {
            Ok(ended) if ended.code == 0 && took < FOLLOWED => {
                lock(&heard).answered();
                rest = REST;
                pause(job.every.saturating_sub(took), &again).await;
                continue;
            }
            Ok(ended) if ended.code == 0 => {
                lock(&heard).ended(0);
                again.notified().await;
                continue;
            }
            Ok(ended) => {
                let said = ended.words.lines().map(str::trim).rfind(|line| !line.is_empty());
                let said = said.map_or_else(String::new, |said| format!(": {said}"));
                format!("{name} ended with {}{said}", ended.code)
            }
            Err(why) => why,
        };
        lock(&heard).failed(&why, rest);
        pause(rest, &again).await;
        rest = (rest * 2).min(LONGEST_REST);
    }
}

/// Waits, unless somebody asks for it sooner.
async fn pause(wait: Duration, again: &Notify) {
    tokio::select! {
        () = tokio::time::sleep(wait) => {}
        () = again.notified() => {}
    }
}

impl Heard {
    fn hear(&mut self, which: Output, bytes: &[u8], now: Stamp) {
        if self.tails && which == Output::Error {
            self.about_the_file(&String::from_utf8_lossy(bytes), now);
            return;
        }
        self.source = Source::Open;
        self.last = self.tails.then(|| (now, bytes.to_vec()));
        self.feed.bytes(bytes, now);
    }

    /// What `tail` says of the file itself.
    fn about_the_file(&mut self, words: &str, now: Stamp) {
        for line in words.lines() {
            if line.ends_with("file truncated") {
                self.feed.begin_anew("its log was truncated and begun anew");
                let last = self.last.take().filter(|(came, _)| now.since(came) < CROSSED);
                if let Some((came, bytes)) = last {
                    self.feed.bytes(&bytes, came);
                }
            } else if line.contains("No such file") {
                self.source = Source::Waiting;
            } else if line.contains("cannot open") {
                let said = line.trim_start_matches("tail: ");
                let why = format!("{said}; let whoever writes it make it readable");
                self.source = Source::Unreachable(self.feed.clean(&why));
            }
        }
    }

    /// The program that was asked has answered.
    fn answered(&mut self) {
        // Ends its last record; how the copy goes it said itself.
        self.feed.end(None);
        self.source = Source::Open;
    }

    /// The program that was followed has come to its end.
    fn ended(&mut self, code: i32) {
        self.feed.end(Some(code));
        self.source = Source::Exited(code);
    }

    fn failed(&mut self, why: &str, rest: Duration) {
        self.feed.end(None);
        let why = format!("{why}; it is run again after {}", text::exact(rest));
        self.source = Source::Unreachable(self.feed.clean(&why));
    }
}
