//! One HTTP question whose answer is read, not judged: rc ports, task documents, counters.

use std::sync::Arc;
use std::time::Duration;

use super::fault::Fault;
use super::http::Question;
use super::net::Net;
use super::seen::Notes;
use super::tls::Identity;
use crate::sample::Outcome;
use crate::text;

/// What is asked.
pub(super) struct Fetch<'a> {
    /// `http` or `https`; user and password in it become a header.
    pub(super) url: &'a str,
    /// HTTP method.
    pub(super) method: &'a str,
    /// Request headers; values may hold secrets.
    pub(super) headers: &'a [(String, String)],
    /// Request body; empty for none.
    pub(super) body: String,
    /// Bytes of the answer read at most.
    pub(super) limit: usize,
    /// Time-out on the whole.
    pub(super) timeout: Duration,
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Fetched {
    /// HTTP status.
    pub(super) status: u16,
    /// The body, within the limit.
    pub(super) body: Vec<u8>,
    /// There was more of it.
    pub(super) is_cut: bool,
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// Nobody listens there.
    Refused(String),
    /// Anything else, as a clause.
    Failed(String),
}

impl Unanswered {
    /// As a clause.
    pub(super) fn why(self) -> String {
        match self {
            Unanswered::Refused(why) | Unanswered::Failed(why) => why,
        }
    }
}

impl Net {
    /// Asks over a connection of its own; no redirect is followed, and no proxy taken from the environment.
    pub(super) async fn fetch(self: &Arc<Self>, fetch: Fetch<'_>) -> Result<Fetched, Unanswered> {
        let notes = Notes::new(&self.clock);
        let within = fetch.timeout;
        let asked = async {
            let question = Question::plain(&fetch)?;
            let identity = if question.is_secure() { Some(self.usual().await?) } else { None };
            question.ask(&self.resolver, &self.tls, identity.as_ref(), &notes).await
        };
        let result = tokio::time::timeout(within, asked).await;
        let seen = notes.take();
        match result {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => return Err(unanswered(fault)),
            Err(_) => {
                let from = seen.tried.map(|tried| format!(" from {tried}")).unwrap_or_default();
                return Err(Unanswered::Failed(format!("no answer{from} within {}", text::short(within))));
            }
        }
        let status = seen.status.unwrap_or_default();
        Ok(Fetched { status, body: seen.body.bytes, is_cut: seen.body.cut })
    }

    async fn usual(self: &Arc<Self>) -> Result<Identity, Fault> {
        let net = Arc::clone(self);
        // The first time it reads the host's whole CA store.
        let read = tokio::task::spawn_blocking(move || net.tls.trusting(None)).await;
        read.unwrap_or_else(|_| Err(Fault::Broken("reading the CA certificates failed".to_owned())))
    }
}

fn unanswered(fault: Fault) -> Unanswered {
    let refused = matches!(&fault, Fault::NoAnswer { word: "refused" | "absent", .. });
    let why = match fault.outcome().1 {
        Outcome::NoAnswer { why, .. } | Outcome::Broken(why) => why,
        Outcome::Fail(miss) => miss.saw,
        Outcome::Pass | Outcome::Maintenance => String::new(),
    };
    if refused { Unanswered::Refused(why) } else { Unanswered::Failed(why) }
}
