//! The vocabulary of readings: what probes measure, as plain data.
//!
//! A probe stamps its own measurement and sends a [`Sample`]; it never sees state or view. Text in a sample has
//! been redacted and cleaned by the probe, response bodies never leave it.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::clock::Stamp;

/// Which probe: `health/api/new`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProbeId {
    /// The kind of probe.
    pub kind: Kind,
    /// Its name in the sidecar.
    pub name: String,
    /// The side it asks, for kinds that have sides.
    pub side: Option<Side>,
}

/// The kinds of probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A health check.
    Health,
}

/// Which side of the migration a check asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Pinned to the old address.
    Old,
    /// Pinned to the new address.
    New,
    /// Whatever this host's name service says.
    Live,
}

/// One measurement by one probe.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// When the measurement began.
    pub began: Stamp,
    /// When it ended: the moment that its age counts from.
    pub at: Stamp,
    /// What was seen.
    pub reading: Reading,
}

/// What a probe saw.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// A health check's answer.
    Health(Health),
}

/// One answer to a health check.
#[derive(Clone, Debug, PartialEq)]
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
}

/// Whether a check passed.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Every expectation held.
    Pass,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// The expectation as written.
    pub expected: String,
    /// The value seen, short and redacted.
    pub saw: String,
}

/// Where a check without an answer failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Old => "old",
            Side::New => "new",
            Side::Live => "live",
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Health => "health",
        })
    }
}

impl fmt::Display for ProbeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)?;
        self.side.map_or(Ok(()), |side| write!(f, "/{side}"))
    }
}

/// Not `kind/name` or `kind/name/side`.
#[derive(Debug, thiserror::Error)]
#[error("a probe is named kind/name or kind/name/side, such as health/api/new")]
pub struct BadProbeId;

impl FromStr for ProbeId {
    type Err = BadProbeId;

    fn from_str(text: &str) -> Result<ProbeId, BadProbeId> {
        let (kind, rest) = text.split_once('/').ok_or(BadProbeId)?;
        let kind = match kind {
            "health" => Kind::Health,
            _ => return Err(BadProbeId),
        };
        let (name, side) = match rest.rsplit_once('/') {
            Some((name, "old")) => (name, Some(Side::Old)),
            Some((name, "new")) => (name, Some(Side::New)),
            Some((name, "live")) => (name, Some(Side::Live)),
            _ => (rest, None),
        };
        if name.is_empty() {
            return Err(BadProbeId);
        }
        Ok(ProbeId { kind, name: name.to_owned(), side })
    }
}

impl Serialize for ProbeId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ProbeId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<ProbeId, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The state of a probe after hysteresis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeState {
    /// No answer yet.
    #[default]
    Unknown,
    /// Passing.
    Up,
    /// Failing, not yet long enough to be down.
    Pending,
    /// Failing.
    Down,
    /// Changing its answer too often to be either.
    Flapping,
    /// No reading for three intervals.
    Stale,
    /// Down, and meant to be.
    ExpectedDown,
}

impl fmt::Display for ProbeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ProbeState::Unknown => "unknown",
            ProbeState::Up => "up",
            ProbeState::Pending => "pending",
            ProbeState::Down => "down",
            ProbeState::Flapping => "flapping",
            ProbeState::Stale => "stale",
            ProbeState::ExpectedDown => "expected-down",
        })
    }
}
