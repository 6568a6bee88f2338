//! rclone's rc port: `core/stats`, and the state of a job where one was started over it.
//!
//! Source: <https://rclone.org/rc/>; tried with 1.60.1 and 1.75.2. All is POST. Without a group, old versions leave out
//! what is queued, and with `global_stats` what other groups did: both are asked, and the one that knows more is told.
//! A job that was started over the port is a group of its own, `job/N`, and says by itself how it ended. Any other
//! rclone takes its port with it: of its end nothing is known but the last numbers.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::adapter::Format;
use super::feed::{Feed, clean};
use super::{Look, Watch};
use crate::config::CopyJob;
use crate::probe::fetch::{Fetch, Unanswered};
use crate::probe::net::Net;
use crate::sample::copy::{Copy, Progress, Source};

/// Longest wait for one answer of a port that is nearly always on this host.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of an answer: each transfer under way is an entry.
const ANSWER: usize = 4 * 1024 * 1024;

/// rclone's rc port.
pub(super) struct Rclone {
    port: Port,
    feed: Feed,
    heard: bool,
    /// The job that is followed, and whether it has ended.
    job: Option<(u64, bool)>,
    /// Once it is gone it stays so until it answers again.
    gone: Option<Source>,
}

/// Where it is asked.
struct Port {
    net: Arc<Net>,
    url: String,
}

/// What a question came to.
enum Answer {
    Json(Json),
    /// It answered, but not that: the words of the port.
    Refused(String),
    Lost(Unanswered),
}

impl Port {
    async fn ask(&self, call: &str, parameters: &Json) -> Answer {
        let url = format!("{}/{call}", self.url.trim_end_matches('/'));
        let headers = [("Content-Type".to_owned(), "application/json".to_owned())];
        let fetch = Fetch {
            url: &url,
            method: "POST",
            headers: &headers,
            body: parameters.to_string(),
            limit: ANSWER,
            timeout: PATIENCE,
        };
        let fetched = match self.net.fetch(fetch).await {
            Ok(fetched) => fetched,
            Err(unanswered) => return Answer::Lost(unanswered),
        };
        let json = serde_json::from_slice::<Json>(&fetched.body).ok();
        match (fetched.status, json) {
            (200, Some(json)) => Answer::Json(json),
            (401 | 403, _) => Answer::Refused(format!(
                "the rc port refused with {}: put its user and password into the URL, as variables",
                fetched.status
            )),
            (status, json) => {
                let said = json.as_ref().and_then(|json| json.get("error")?.as_str());
                let said = said.unwrap_or("that is not what rclone's rc port says; look at the URL");
                Answer::Refused(format!("{call} was answered with {status}: {said}"))
            }
        }
    }

    /// The group of the newest job that was started over the port.
    async fn newest_job(&self) -> Option<u64> {
        let Answer::Json(groups) = self.ask("core/group-list", &json!({})).await else { return None };
        let groups = groups.get("groups")?.as_array()?.iter().filter_map(Json::as_str);
        groups.filter_map(|group| group.strip_prefix("job/")?.parse().ok()).max()
    }

    async fn stats(&self, parameters: &Json) -> Result<Json, Answer> {
        match self.ask("core/stats", parameters).await {
            Answer::Json(stats) => Ok(stats),
            other => Err(other),
        }
    }
}

impl Rclone {
    pub(super) fn new(net: &Arc<Net>, job: &Arc<CopyJob>, url: &str) -> Rclone {
        let feed = Feed::new(job, &net.redactor(), Format::Rclone);
        let port = Port { net: Arc::clone(net), url: url.to_owned() };
        Rclone { port, feed, heard: false, job: None, gone: None }
    }

    async fn seek(&mut self) -> Result<(), Answer> {
        if let Some(newest) = self.port.newest_job().await
            && self.job.is_none_or(|(job, _)| job != newest)
        {
            if self.job.is_some() {
                self.feed.begin_anew("another job than before: its counters began anew");
            }
            self.job = Some((newest, false));
        }
        // Before the numbers: those of a job that has ended are then its last.
        let mut answer = None;
        if let Some((job, false)) = self.job {
            answer = Some((job, self.port.ask("job/status", &json!({ "jobid": job })).await));
        }
        let stats = if let Some((job, _)) = self.job {
            self.port.stats(&json!({ "group": format!("job/{job}") })).await?
        } else {
            let all = self.port.stats(&json!({})).await?;
            let global = self.port.stats(&json!({ "group": "global_stats" })).await?;
            let transfers = |stats: &Json| stats.get("totalTransfers").and_then(Json::as_u64);
            if transfers(&global) > transfers(&all) { global } else { all }
        };
        let now = self.port.net.clock.now();
        if self.job.is_none_or(|(_, ended)| !ended) {
            // A line of its own, as the adapter knows it.
            self.feed.bytes(format!("{stats}\n").as_bytes(), now);
        }
        if let Some((job, Answer::Json(status))) = answer {
            self.status(job, &status);
        }
        Ok(())
    }

    /// How a job is that was started over the port.
    fn status(&mut self, job: u64, status: &Json) {
        if status.get("finished").and_then(Json::as_bool) != Some(true) {
            return;
        }
        self.job = Some((job, true));
        let error = status.get("error").and_then(Json::as_str).unwrap_or("");
        if status.get("success").and_then(Json::as_bool) == Some(true) {
            self.feed.end(Some(0));
            return;
        }
        let line = json!({ "level": "error", "msg": error, "source": "rc" });
        self.feed.bytes(format!("{line}\n").as_bytes(), self.port.net.clock.now());
        // The codes with which rclone itself says so: some were left out, or nothing was done.
        let progress = self.feed.copy(Source::Open).progress;
        let some = progress.objects.done.unwrap_or(0) > 0 || progress.failed.unwrap_or(0) > 0;
        self.feed.end(Some(if some { 2 } else { 1 }));
    }

    /// The port is not there, any more or yet.
    fn absent(&mut self, why: &str) -> Copy {
        if !self.heard {
            let mut copy = self.feed.copy(Source::Waiting);
            let words =
                format!("no rc port yet ({why}): start rclone with --rc, and --rc-addr for another address");
            copy.progress.remarks.push(clean(&words, &self.port.net.redactor()));
            return copy;
        }
        if self.gone.is_none() {
            let progress = self.feed.copy(Source::Open).progress;
            if self.job.is_none() && is_complete(&progress) {
                self.feed.end(Some(0));
                self.feed.remark("its rc port is gone with its process: by its numbers all is copied, its exit code is not known");
            } else {
                self.feed.end(None);
                self.feed.remark("its rc port is gone with its process: how it ended is not known; its exit code or its log tells");
            }
            self.gone = Some(Source::Gone);
        }
        self.feed.copy(Source::Gone)
    }
}

/// Whether the last numbers say that nothing was left to do, and nothing failed.
fn is_complete(progress: &Progress) -> bool {
    let all = |count: crate::sample::copy::Count| {
        count.total.is_some_and(|total| total > 0) && count.done == count.total
    };
    progress.total_is_final
        && all(progress.objects)
        && progress.bytes.done == progress.bytes.total
        && progress.failed.unwrap_or(0) == 0
}

impl Watch for Rclone {
    fn look(&mut self) -> Look<'_> {
        Box::pin(async {
            match self.seek().await {
                Ok(()) => {
                    if self.gone.take().is_some() {
                        self.feed.begin_anew("another rclone than before: its counters began anew");
                    }
                    self.heard = true;
                    self.feed.copy(Source::Open)
                }
                Err(Answer::Lost(Unanswered::Refused(why))) => self.absent(&why),
                Err(Answer::Lost(Unanswered::Failed(why)) | Answer::Refused(why)) => {
                    self.feed.copy(Source::Unreachable(clean(&why, &self.port.net.redactor())))
                }
                Err(Answer::Json(_)) => self.feed.copy(Source::Open),
            }
        })
    }
}
