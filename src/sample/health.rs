//! What a health check saw.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Side;
use crate::expr::Verdict;

/// One answer to a health check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// Whether the expectations held.
    pub outcome: Outcome,
    /// `warn` expectations that did not hold.
    pub warnings: Vec<Miss>,
    /// From the start of the connection to the end of the body (HTTP), of the handshake (TCP, TLS, unix) or of the
    /// process (exec); `None` if there was no answer.
    pub latency: Option<Duration>,
    /// A short word for the cell: an HTTP status, `connected`, an exit code.
    pub word: String,
    /// The address that answered.
    pub peer: Option<SocketAddr>,
    /// Which side answered a `live` check, by identity or address; `None` if neither tells.
    pub answered_by: Option<Side>,
    /// The certificate that was shown, whether or not it was accepted.
    pub certificate: Option<Certificate>,
    /// What became of the comparisons that gates and the plan's words ask for.
    pub watched: Vec<Watched>,
}

impl Health {
    /// An answer that is as expected, with nothing more to say of it.
    #[must_use]
    pub fn passed(word: &str, latency: Duration) -> Health {
        Health {
            outcome: Outcome::Pass,
            warnings: Vec::new(),
            latency: Some(latency),
            word: word.to_owned(),
            peer: None,
            answered_by: None,
            certificate: None,
            watched: Vec::new(),
        }
    }
}

/// A comparison that decides nothing of the check itself; what it compares never leaves the probe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// As written: `health/api/new body.database == healthy`.
    pub expr: String,
    /// Whether it holds.
    pub verdict: Verdict,
    /// The value that decided it, short and redacted; none where it cannot be told.
    pub saw: Option<String>,
}

/// Whether a check passed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every expectation held.
    Pass,
    /// It answered with the page that says that it does not serve now.
    Maintenance,
    /// It answered, and an expectation did not hold: shown at once, never retried.
    Fail(Miss),
    /// No answer: refused, timed out, handshake failed. Retried at once if so configured.
    NoAnswer {
        /// Where it failed.
        stage: Stage,
        /// One plain clause, redacted: "connection refused by 127.0.0.1:8443".
        why: String,
    },
    /// The probe itself cannot run: no such command, an unreadable certificate file.
    Broken(String),
}

/// An expectation that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Miss {
    /// The expectation as written.
    pub expected: String,
    /// The value seen, short and redacted.
    pub saw: String,
}

/// Where a check without an answer failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Name resolution.
    Resolve,
    /// TCP or unix connection.
    Connect,
    /// TLS handshake, certificate refusal included.
    Tls,
    /// Request, response or process.
    Exchange,
    /// The whole took longer than the time-out.
    TimeOut,
}

/// What a server's certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// First valid moment.
    pub not_before: DateTime<Utc>,
    /// Last valid moment.
    pub not_after: DateTime<Utc>,
    /// Subject names, first the alternative names.
    pub names: Vec<String>,
    /// The issuer's common name, or its whole name.
    pub issuer: String,
    /// SHA-256 of the DER bytes, lower-case hex.
    pub sha256: String,
    /// Issuer and subject are the same.
    pub self_signed: bool,
}
