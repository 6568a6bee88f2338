//! The vocabulary of readings: what probes measure, as plain data.
//!
//! A probe stamps its own measurement and sends a [`Sample`]; it never sees state or view. Text in a sample has
//! been redacted and cleaned by the probe, response bodies never leave it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Stamp;

pub mod copy;
pub mod dns;
mod health;
pub mod host;
pub mod log;
pub mod reconcile;

pub use copy::Copy;
pub use dns::Dns;
pub use health::{Certificate, Health, Miss, Outcome, Stage, Watched};
pub use host::Host;
pub use log::LogBatch;
pub use reconcile::Reconcile;

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
    /// A DNS record; its name ends with its type: `dns/api.example.com/A`.
    Dns,
    /// A copy.
    Copy,
    /// A comparison of source and target.
    Reconcile,
    /// A log.
    Log,
    /// This machine, or another over `ssh`.
    Host,
}

impl Kind {
    /// All kinds, in the order of the panes.
    pub const ALL: [Kind; 6] = [Kind::Health, Kind::Dns, Kind::Copy, Kind::Reconcile, Kind::Log, Kind::Host];

    /// Its name, as in a probe's.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Health => "health",
            Kind::Dns => "dns",
            Kind::Copy => "copy",
            Kind::Reconcile => "reconcile",
            Kind::Log => "log",
            Kind::Host => "host",
        }
    }
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When the measurement began.
    pub began: Stamp,
    /// When it ended: the moment that its age counts from.
    pub at: Stamp,
    /// What was seen.
    pub reading: Reading,
}

/// What a probe saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::large_enum_variant, reason = "most samples are of health, and a sample travels in a box")]
pub enum Reading {
    /// A health check's answer.
    Health(Health),
    /// What one name server, or this host's name service, answered.
    Dns(Box<Dns>),
    /// What a copy's source says.
    Copy(Box<Copy>),
    /// What a comparison of source and target counted.
    Reconcile(Box<Reconcile>),
    /// A machine's load.
    Host(Box<Host>),
    /// The probe itself failed, in words.
    Broken(String),
}

/// What a probe can be asked to do, by key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Run now what runs only when asked: a comparison, a copy that the cockpit starts.
    Run,
    /// Stop what runs.
    Stop,
    /// Measure at once, whatever the interval.
    Now,
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
        f.write_str(self.name())
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
        let kind = Kind::ALL.into_iter().find(|known| known.name() == kind).ok_or(BadProbeId)?;
        let (name, side) = match rest.rsplit_once('/') {
            // Only health checks have sides.
            _ if kind != Kind::Health => (rest, None),
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
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
    /// Answering with the page that says that it does not serve now.
    Maintenance,
    /// A copy that does not know yet how much there is.
    Scanning,
    /// A copy under way.
    Running,
    /// A copy that has made no progress for too long.
    Stalled,
    /// A copy that is complete.
    Finished,
    /// A copy that ended and left something out.
    FinishedWithErrors,
    /// A copy whose process is gone without having finished.
    Died,
    /// A log without a line for too long.
    Silent,
}

impl ProbeState {
    /// All states.
    pub const ALL: [ProbeState; 15] = [
        ProbeState::Unknown,
        ProbeState::Up,
        ProbeState::Pending,
        ProbeState::Down,
        ProbeState::Flapping,
        ProbeState::Stale,
        ProbeState::ExpectedDown,
        ProbeState::Maintenance,
        ProbeState::Scanning,
        ProbeState::Running,
        ProbeState::Stalled,
        ProbeState::Finished,
        ProbeState::FinishedWithErrors,
        ProbeState::Died,
        ProbeState::Silent,
    ];
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
            ProbeState::Maintenance => "maintenance",
            ProbeState::Scanning => "scanning",
            ProbeState::Running => "running",
            ProbeState::Stalled => "stalled",
            ProbeState::Finished => "finished",
            ProbeState::FinishedWithErrors => "finished-with-errors",
            ProbeState::Died => "died",
            ProbeState::Silent => "silent",
        })
    }
}
