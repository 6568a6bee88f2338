//! A URL that tells what was counted.

use tokio::sync::oneshot;

use super::super::fault::Fault;
use super::super::fetch::Fetch;
use super::count::{DOCUMENT, Lines};
use super::{Ended, Run};

impl Run {
    /// Asks `url` once.
    pub(super) async fn url(&self, url: &str, stopped: oneshot::Receiver<()>) -> Result<Ended, Fault> {
        let timeout = self.job.timeout;
        let fetch = Fetch { url, method: "GET", headers: &[], body: String::new(), limit: DOCUMENT, timeout };
        let answer = tokio::select! {
            biased;
            answer = self.net.fetch(fetch) => answer.map_err(|unanswered| Fault::Broken(unanswered.why()))?,
            _ = stopped => return Ok(Ended::Stopped),
        };
        if !(200..300).contains(&answer.status) {
            return Err(Fault::Broken(format!("the answer was {}", answer.status)));
        }
        let mut counts = self.counts();
        counts.document(&answer.body);
        let mut lines = Lines::default();
        lines.feed(&answer.body, |line| counts.line(line));
        lines.end(|line| counts.line(line));
        if answer.is_cut {
            return Err(Fault::Broken(format!(
                "the answer is longer than {}",
                crate::text::size(DOCUMENT as u64)
            )));
        }
        Ok(Ended::ByItself(None))
    }
}
