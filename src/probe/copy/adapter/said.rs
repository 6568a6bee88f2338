//! What a tool has said so far: the one place where its words are bounded, cleaned and freed of secrets.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use crate::sample::copy::{Count, End, Progress, Stage};
use crate::text::{self, Redactor};

/// Errors kept, newest last: enough to see what they have in common, few enough for one pane.
const ERRORS: usize = 8;

/// Columns of one error or of what a tool is at; longer ones are cut.
const COLUMNS: usize = 400;

/// Remarks kept; each is said once.
const REMARKS: usize = 8;

/// A tool's progress under construction.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    progress: Progress,
    redactor: Arc<Redactor>,
}

impl Deref for Said {
    type Target = Progress;

    fn deref(&self) -> &Progress {
        &self.progress
    }
}

impl DerefMut for Said {
    fn deref_mut(&mut self) -> &mut Progress {
        &mut self.progress
    }
}

impl Said {
    pub fn new(redactor: Arc<Redactor>) -> Said {
        Said { progress: Progress::default(), redactor }
    }

    pub fn into_progress(self) -> Progress {
        self.progress
    }

    /// Something went wrong; each different text is kept once, the newest last.
    pub fn error(&mut self, words: &str) {
        let words = self.words(words);
        if words.is_empty() {
            return;
        }
        self.progress.errors.retain(|kept| *kept != words);
        self.progress.errors.push(words);
        if self.progress.errors.len() > ERRORS {
            self.progress.errors.remove(0);
        }
    }

    /// What an operator should know of the numbers.
    pub fn remark(&mut self, words: &str) {
        let words = self.words(words);
        if self.progress.remarks.len() < REMARKS && !self.progress.remarks.contains(&words) {
            self.progress.remarks.push(words);
        }
    }

    /// What it is at.
    pub fn at(&mut self, words: &str) {
        self.progress.at = self.words(words);
    }

    /// Its counters, and whether they began anew: objects decide where they are counted, else bytes.
    pub fn count(&mut self, bytes: Count, objects: Count) {
        let fell = |before: Option<u64>, now: Option<u64>| before.zip(now).map(|(before, now)| now < before);
        let anew = fell(self.progress.objects.done, objects.done)
            .or_else(|| fell(self.progress.bytes.done, bytes.done))
            .unwrap_or(false);
        (self.progress.bytes, self.progress.objects) = (bytes, objects);
        if anew {
            self.restart();
        }
    }

    /// Its counters begin anew.
    pub fn restart(&mut self) {
        self.progress.restarts = self.progress.restarts.saturating_add(1);
        self.remark("its counters began anew");
    }

    /// One more object failed.
    pub fn fail(&mut self, words: &str) {
        self.progress.failed = Some(self.progress.failed.unwrap_or(0).saturating_add(1));
        self.error(words);
    }

    /// One more object was left out.
    pub fn skip(&mut self) {
        self.progress.skipped = Some(self.progress.skipped.unwrap_or(0).saturating_add(1));
    }

    /// It came to its end; failures that it spoke of before count.
    pub fn finish(&mut self) {
        match self.progress.failed {
            None | Some(0) => self.end(End::Finished),
            Some(failed) => self.with_errors(&format!("{failed} failed")),
        }
    }

    /// It came to its end and left something out.
    pub fn with_errors(&mut self, why: &str) {
        let why = self.words(why);
        self.end(End::WithErrors(why));
    }

    /// It came to its end: failures that were counted say more of it than `otherwise`.
    pub fn with_failures(&mut self, otherwise: &str) {
        match self.progress.failed {
            None | Some(0) => self.with_errors(otherwise),
            Some(failed) => self.with_errors(&format!("{failed} failed")),
        }
    }

    /// It gave up.
    pub fn give_up(&mut self, why: &str) {
        let why = self.words(why);
        self.end(End::Failed(why));
    }

    /// It gave up: the last error says more of it than `otherwise`.
    pub fn give_up_or(&mut self, otherwise: &str) {
        let why = self.progress.errors.last().cloned().unwrap_or_else(|| otherwise.to_owned());
        self.end(End::Failed(why));
    }

    /// Somebody stopped it.
    pub fn cancel(&mut self) {
        self.end(End::Cancelled);
    }

    fn end(&mut self, end: End) {
        // What came to its end has counted everything there was.
        self.progress.total_is_final |= matches!(end, End::Finished | End::WithErrors(_));
        self.progress.stage = Stage::Ended(end);
        (self.progress.rate, self.progress.left, self.progress.throttled) = (None, None, false);
    }

    /// Outside text made safe, without the query of any URL: that is where access signatures stand.
    fn words(&self, words: &str) -> String {
        let plain = without_queries(words);
        let clean = text::clean(plain.trim());
        text::truncate(self.redactor.redact(&clean).trim(), COLUMNS).into_owned()
    }
}

/// The text with the queries of its URLs left out.
fn without_queries(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let end = rest[at..].find(|c: char| c.is_whitespace() || "\"'<>`".contains(c));
        let (before, url) = rest.split_at(at);
        let (url, after) = url.split_at(end.unwrap_or(url.len()));
        out.push_str(before);
        out.push_str(url.split_once('?').map_or(url, |(address, _)| address));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_bounded_clean_and_without_secrets() {
        let mut said = Said::new(Arc::new(Redactor::new(["hunter2"])));
        for n in 0..20 {
            said.error(&format!("\x1b[31mfile {n}\x1b[0m: hunter2 https://h/c/a.txt?sv=2&sig=abc%3D: 403"));
        }
        assert_eq!(said.errors.len(), ERRORS);
        assert_eq!(said.errors[ERRORS - 1], "file 19: ••• https://h/c/a.txt 403");
        said.error("there? https://h/a?sig=abc failed");
        assert_eq!(said.errors[ERRORS - 1], "there? https://h/a failed");
        said.error(&"x".repeat(10_000));
        assert_eq!(text::width(&said.errors[ERRORS - 1]), COLUMNS);
        said.at("a\u{202e}b");
        assert_eq!(said.at, "a\u{fffd}b");
    }

    #[test]
    fn the_same_error_is_kept_once() {
        let mut said = Said::default();
        for words in ["a", "b", "a", " "] {
            said.error(words);
        }
        assert_eq!(said.errors, ["b", "a"]);
    }

    #[test]
    fn counters_that_fall_are_a_restart_and_objects_decide() {
        let count = |done| Count { done: Some(done), total: None };
        let none = Count::default();
        for (before, now, restarts) in [
            ((count(5), none), (count(4), none), 1),
            ((count(5), none), (count(5), none), 0),
            ((count(5), count(1)), (count(4), count(1)), 0),
            ((count(5), count(2)), (count(6), count(1)), 1),
            ((none, none), (count(1), none), 0),
        ] {
            let mut said = Said::default();
            said.count(before.0, before.1);
            said.count(now.0, now.1);
            assert_eq!(said.restarts, restarts, "{before:?} {now:?}");
        }
    }
}
