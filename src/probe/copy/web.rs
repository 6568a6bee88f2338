//! Documents that tell: Elasticsearch's tasks, and any JSON by the paths of the sidecar.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Document;

use super::adapter::{Format, json};
use super::feed::{Feed, clean};
use super::{Look, Watch};
use crate::clock::Stamp;
use crate::config::{CopyJob, JsonPaths};
use crate::probe::fetch::Fetch;
use crate::probe::net::Net;
use crate::sample::copy::{Copy, Progress, Source, Stage};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of an answer: a task with its failures.
const ANSWER: usize = 8 * 1024 * 1024;

/// A document that is asked for again and again is stale when three answers and more are missing.
const QUIET: Duration = Duration::from_secs(30);

/// Why there is no document.
struct NoDocument {
    status: Option<u16>,
    why: String,
}

/// Asks for a document; one that comes with an error status is one too.
async fn document(
    net: &Arc<Net>,
    url: &str,
    headers: &[(String, String)],
) -> Result<(u16, Document), NoDocument> {
    let fetch = Fetch { url, method: "GET", headers, body: String::new(), limit: ANSWER, timeout: PATIENCE };
    let fetched = net.fetch(fetch).await.map_err(|error| NoDocument { status: None, why: error.why() })?;
    let status = fetched.status;
    let no = |why: String| NoDocument { status: Some(status), why };
    if fetched.is_cut {
        return Err(no(format!("its answer is longer than {} MiB; ask for less", ANSWER >> 20)));
    }
    match serde_json::from_slice(&fetched.body) {
        Ok(document) => Ok((status, document)),
        Err(_) if matches!(status, 401 | 403) => {
            Err(no(format!("it refused with {status}: give it a user or a header that may read this")))
        }
        Err(_) => Err(no(format!("it answered with {status} and no JSON; look at the URL"))),
    }
}

/// A task of Elasticsearch or `OpenSearch`.
pub(super) struct Elasticsearch {
    net: Arc<Net>,
    url: String,
    feed: Feed,
    heard: bool,
}

impl Elasticsearch {
    pub(super) fn new(net: &Arc<Net>, job: &Arc<CopyJob>, url: &str) -> Elasticsearch {
        let feed = Feed::new(job, &net.redactor(), Format::Elasticsearch);
        Elasticsearch { net: Arc::clone(net), url: url.to_owned(), feed, heard: false }
    }

    fn copy(&mut self, answer: Result<(u16, Document), NoDocument>) -> Copy {
        let unreachable =
            |why: &str, feed: &Feed| feed.copy(Source::Unreachable(clean(why, &self.net.redactor())));
        match answer {
            Ok((200, answer)) => {
                self.heard = true;
                self.feed.bytes(format!("{answer}\n").as_bytes(), self.net.clock.now());
                self.feed.copy(Source::Open)
            }
            Ok((404, answer)) => {
                if matches!(self.feed.copy(Source::Open).progress.stage, Stage::Ended(_)) {
                    // A result is not kept for ever; it was heard.
                    return self.feed.copy(Source::Gone);
                }
                self.feed.bytes(format!("{answer}\n").as_bytes(), self.net.clock.now());
                if self.heard {
                    return self.feed.copy(Source::Gone);
                }
                unreachable(
                    "there is no such task: it ended without keeping its result, or it never was; look at its number",
                    &self.feed,
                )
            }
            Ok((status, answer)) => {
                let reason = answer
                    .pointer("/error/reason")
                    .or_else(|| answer.get("error"))
                    .and_then(Document::as_str);
                let said = reason.map_or_else(String::new, |reason| format!(": {reason}"));
                let next = if matches!(status, 401 | 403) {
                    "; put a user that may see tasks into the URL"
                } else {
                    ""
                };
                unreachable(&format!("it answered with {status}{said}{next}"), &self.feed)
            }
            Err(no) => unreachable(&no.why, &self.feed),
        }
    }
}

impl Watch for Elasticsearch {
    fn look(&mut self) -> Look<'_> {
        Box::pin(async {
            let answer = document(&self.net, &self.url, &[]).await;
            self.copy(answer)
        })
    }
}

/// Any JSON, by paths.
pub(super) struct Json {
    net: Arc<Net>,
    job: Arc<CopyJob>,
    paths: JsonPaths,
    progress: Progress,
    updated: Option<Stamp>,
}

impl Json {
    pub(super) fn new(net: &Arc<Net>, job: &Arc<CopyJob>, paths: &JsonPaths) -> Json {
        Json {
            net: Arc::clone(net),
            job: Arc::clone(job),
            paths: paths.clone(),
            progress: Progress::default(),
            updated: None,
        }
    }

    fn take(&mut self, document: &Document) -> Result<(), String> {
        let mut progress = json::by_path(document, &self.paths, &self.net.redactor());
        if progress.bytes.done.or(progress.objects.done).is_none() && progress.stage == Stage::Unknown {
            let paths = [&self.paths.done, &self.paths.state].into_iter().flatten();
            let paths: Vec<_> = paths.map(|path| format!("`{path}`")).collect();
            return Err(format!(
                "there is nothing at {} in its answer; look at the paths",
                paths.join(" or ")
            ));
        }
        // What the sidecar knows and the document does not say.
        for (count, told) in
            [(&mut progress.bytes, self.job.total_bytes), (&mut progress.objects, self.job.total_objects)]
        {
            if count.total.is_none() && told.is_some() {
                (count.total, progress.total_is_final) = (told, true);
            }
        }
        let fell =
            |before: Option<u64>, now: Option<u64>| before.zip(now).is_some_and(|(before, now)| now < before);
        let anew = fell(self.progress.bytes.done, progress.bytes.done)
            || fell(self.progress.objects.done, progress.objects.done);
        progress.restarts = self.progress.restarts.saturating_add(u32::from(anew));
        if progress.restarts > 0 {
            progress.remarks.push("its counters began anew".to_owned());
        }
        (self.progress, self.updated) = (progress, Some(self.net.clock.now()));
        Ok(())
    }

    fn copy(&self, source: Source) -> Copy {
        Copy {
            progress: self.progress.clone(),
            updated: self.updated,
            source,
            quiet: self.job.stale.unwrap_or_else(|| QUIET.max(3 * self.job.every)),
            ..Copy::default()
        }
    }
}

impl Watch for Json {
    fn look(&mut self) -> Look<'_> {
        Box::pin(async {
            let answer = document(&self.net, &self.paths.url, &self.paths.headers).await;
            let taken = match answer {
                Ok((status, document)) if status < 400 => self.take(&document),
                Ok((status, _)) | Err(NoDocument { status: Some(status), .. }) if status == 404 => {
                    Err("it answered with 404: there is no such document; look at the URL".to_owned())
                }
                Ok((status, _)) => Err(format!("it answered with {status}")),
                Err(no) => Err(no.why),
            };
            let source = match taken {
                Ok(()) => Source::Open,
                Err(why) => Source::Unreachable(clean(&why, &self.net.redactor())),
            };
            self.copy(source)
        })
    }
}
