//! A URL that tells what was counted.

use std::time::Duration;

use tokio::sync::oneshot;

use super::super::fault::Fault;
use super::super::http::Question;
use super::super::seen::Notes;
use super::count::{DOCUMENT, Lines};
use super::{Ended, Run};
use crate::config::{Family, HealthCheck, Target};

/// Redirects followed, on the same host.
const FOLLOW: u8 = 5;

impl Run {
    /// Asks `url` once.
    pub(super) async fn url(&self, url: &str, stopped: oneshot::Receiver<()>) -> Result<Ended, Fault> {
        let notes = Notes::new(&self.net.clock);
        let asked = self.ask(url, &notes);
        tokio::select! {
            biased;
            answer = asked => answer?,
            _ = stopped => return Ok(Ended::Stopped),
            () = tokio::time::sleep(self.job.timeout) => return Ok(Ended::TooLate),
        }
        let seen = notes.take();
        if let Some(status @ 400..) = seen.status {
            return Err(Fault::Broken(format!("the answer was {status}")));
        }
        let mut counts = self.counts();
        counts.document(&seen.body.bytes);
        let mut lines = Lines::default();
        lines.feed(&seen.body.bytes, |line| counts.line(line));
        lines.end(|line| counts.line(line));
        Ok(Ended::ByItself(None))
    }

    async fn ask(&self, url: &str, notes: &Notes) -> Result<(), Fault> {
        let check = as_check(&self.job.name, url, self.job.timeout);
        let question = Question::new(&check, url, None, None)?;
        let identity = if question.is_secure() {
            let net = std::sync::Arc::clone(&self.net);
            // Reads the host's whole CA store the first time.
            let read = tokio::task::spawn_blocking(move || net.tls.identity(&check)).await;
            Some(read.unwrap_or_else(|_| Err(Fault::Broken("reading the CA store failed".to_owned())))?)
        } else {
            None
        };
        question.ask(&self.net.resolver, &self.net.tls, identity.as_ref(), notes).await
    }
}

/// The question as a health check would ask it.
fn as_check(name: &str, url: &str, timeout: Duration) -> HealthCheck {
    HealthCheck {
        name: name.to_owned(),
        target: Target::Http { url: url.to_owned(), unix: None },
        via: None,
        old: None,
        new: None,
        identity_old: None,
        identity_new: None,
        public: false,
        expect: Vec::new(),
        old_expect: Vec::new(),
        warn: Vec::new(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        body: None,
        follow: FOLLOW,
        body_limit: DOCUMENT,
        retry: 0,
        proxy: None,
        ip: Family::Any,
        ca: None,
        cert: None,
        key: None,
        pin_sha256: None,
        verify: true,
        nagios: false,
        every: timeout,
        timeout,
        down_after: 1,
        up_after: 1,
        stale_after: 1,
    }
}
