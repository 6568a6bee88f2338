//! What a source brings to its adapter, and what comes of it: one look at the copy.

use std::sync::Arc;

use super::adapter::{self, Adapter, Format, Told};
use crate::clock::Stamp;
use crate::config::CopyJob;
use crate::sample::copy::{Copy, Source};
use crate::text::Redactor;

/// The words of one tool in one run of it.
pub(super) struct Feed {
    job: Arc<CopyJob>,
    redactor: Arc<Redactor>,
    format: Format,
    adapter: Box<dyn Adapter>,
    /// How often what it reads was begun anew.
    restarts: u32,
    /// What the source itself has to say of the numbers.
    remarks: Vec<String>,
}

impl Feed {
    pub(super) fn new(job: &Arc<CopyJob>, redactor: &Arc<Redactor>, format: Format) -> Feed {
        let told = Told { objects: job.total_objects, bytes: job.total_bytes };
        let adapter = adapter::adapter(&format, told, Arc::clone(redactor));
        Feed {
            job: Arc::clone(job),
            redactor: Arc::clone(redactor),
            format,
            adapter,
            restarts: 0,
            remarks: Vec::new(),
        }
    }

    /// The format that the sidecar names, or its expression, or whichever tool's words come.
    pub(super) fn format(job: &CopyJob) -> Result<Format, String> {
        match (&job.regex, &job.format) {
            (Some(regex), _) => {
                let regex = regex::Regex::new(regex).map_err(|error| error.to_string())?;
                Format::regex(regex).map_err(|error| error.to_string())
            }
            (None, Some(name)) => name.parse::<Format>().map_err(|error| error.to_string()),
            (None, None) => Ok(Format::Auto),
        }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8], now: Stamp) {
        self.adapter.feed(bytes, now);
    }

    /// The tool itself ended, with this code if it is known.
    pub(super) fn end(&mut self, code: Option<i32>) {
        self.adapter.end(code);
    }

    /// What is read is not what was read before: another run of the tool.
    pub(super) fn begin_anew(&mut self, why: &str) {
        let begun = self.adapter.knows();
        let remarks = std::mem::take(&mut self.remarks);
        let restarts = self.restarts + u32::from(begun);
        *self = Feed { restarts, remarks, ..Feed::new(&self.job, &self.redactor, self.format.clone()) };
        if begun {
            self.remark(why);
        }
    }

    /// Another format than the one it began with, before anything was fed.
    pub(super) fn with_format(&mut self, format: Format) {
        *self = Feed {
            restarts: self.restarts,
            remarks: std::mem::take(&mut self.remarks),
            ..Feed::new(&self.job, &self.redactor, format)
        };
    }

    /// Something to know of the numbers; each text once.
    pub(super) fn remark(&mut self, words: &str) {
        let words = self.clean(words);
        if !self.remarks.contains(&words) {
            self.remarks.push(words);
        }
    }

    /// Whether the sidecar leaves the format open.
    pub(super) fn guesses(&self) -> bool {
        matches!(self.format, Format::Auto)
    }

    /// What is known now.
    pub(super) fn copy(&self, source: Source) -> Copy {
        let mut progress = self.adapter.progress().clone();
        progress.restarts = progress.restarts.saturating_add(self.restarts);
        progress.remarks.extend(self.remarks.iter().cloned());
        Copy {
            progress,
            updated: self.adapter.updated(),
            source,
            quiet: self.job.stale.unwrap_or_else(|| self.adapter.quiet()),
            ..Copy::default()
        }
    }

    /// Words for people, without control characters and secrets.
    pub(super) fn clean(&self, words: &str) -> String {
        clean(words, &self.redactor)
    }
}

/// Outside words made fit to be shown.
pub(super) fn clean(words: &str, redactor: &Redactor) -> String {
    redactor.redact(&crate::text::clean(words)).into_owned()
}
