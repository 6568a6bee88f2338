//! Resolved settings: what the sidecar says, checked, typed, with variables filled in.
//!
//! The on-disk form is `file`'s; nothing else knows TOML. Every value here is valid: a bad sidecar is an error with
//! file, line, key and what was expected, never a silent default.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use crate::checklist::Mode;
use crate::expr::Expr;

/// Everything the sidecar decides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Overrides the plan's title.
    pub title: Option<String>,
    /// Change ticket.
    pub ticket: Option<String>,
    /// Maintenance window.
    pub window: Option<Window>,
    /// Longest outage allowed.
    pub outage_goal: Option<Duration>,
    /// Overrides how items are recognised; `None` is automatic.
    pub items: Option<Mode>,
    /// In list mode, the headings whose lists are the work.
    pub sections: Vec<String>,
    /// Plain-word rules switched off, by their id.
    pub phrases_off: Vec<String>,
    /// Declared people and their roles.
    pub people: BTreeMap<String, Vec<String>>,
    /// Variables, secret ones included.
    pub vars: BTreeMap<String, Var>,
    /// Health checks, in order.
    pub health: Vec<HealthCheck>,
}

/// A planned span of wall-clock time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// When it opens.
    pub start: DateTime<FixedOffset>,
    /// When it closes.
    pub end: DateTime<FixedOffset>,
}

/// A variable's value.
#[derive(Clone, PartialEq, Eq)]
pub struct Var {
    /// The value.
    pub value: String,
    /// From the environment or a file: never shown, never logged.
    pub secret: bool,
}

/// One health check with its defaults filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthCheck {
    /// Unique among health checks; no slash.
    pub name: String,
    /// What is asked.
    pub target: Target,
    /// Run on another host: `ssh` and its arguments (exec only).
    pub via: Option<Vec<String>>,
    /// Address of the old side.
    pub old: Option<Pin>,
    /// Address of the new side.
    pub new: Option<Pin>,
    /// Holds when the old side answered (beats the address).
    pub identity_old: Option<Expr>,
    /// Holds when the new side answered.
    pub identity_new: Option<Expr>,
    /// Users reach this one.
    pub public: bool,
    /// All must hold for up.
    pub expect: Vec<Expr>,
    /// The same for the old side: an old backend that must refuse is up when it refuses.
    pub old_expect: Vec<Expr>,
    /// Only warn.
    pub warn: Vec<Expr>,
    /// HTTP method.
    pub method: String,
    /// HTTP request headers; values may hold secrets.
    pub headers: Vec<(String, String)>,
    /// HTTP request body.
    pub body: Option<String>,
    /// Redirects followed at most; off the pin they are refused.
    pub follow: u8,
    /// Response bytes read at most.
    pub body_limit: usize,
    /// Immediate retries of transport errors.
    pub retry: u8,
    /// Proxy URL; never taken from the environment.
    pub proxy: Option<String>,
    /// Address family.
    pub ip: Family,
    /// CA bundle trusted instead of the system's, PEM.
    pub ca: Option<PathBuf>,
    /// Client certificate, PEM.
    pub cert: Option<PathBuf>,
    /// Its key, PEM.
    pub key: Option<PathBuf>,
    /// Accept exactly this server certificate (SHA-256 of its DER, lower-case hex).
    pub pin_sha256: Option<String>,
    /// Verify the server's certificate.
    pub verify: bool,
    /// Exec: Nagios exit codes instead of zero or not.
    pub nagios: bool,
    /// Interval.
    pub every: Duration,
    /// Time-out of one measurement, shorter than or equal to 60 s.
    pub timeout: Duration,
    /// Consecutive failures that make it down.
    pub down_after: u32,
    /// Consecutive passes that make it up.
    pub up_after: u32,
    /// Intervals without a reading that make it stale.
    pub stale_after: u32,
}

/// What a health check asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An HTTP or HTTPS URL, optionally over a unix socket.
    Http {
        /// The URL, variables filled in.
        url: String,
        /// The socket to connect to instead of the URL's host.
        unix: Option<PathBuf>,
    },
    /// Connect to `host:port`.
    Tcp(String),
    /// Handshake with `host:port`.
    Tls(String),
    /// Connect to a unix socket.
    Unix(PathBuf),
    /// Run a program; never a shell.
    Exec(Vec<String>),
}

/// An address that replaces name resolution: host (name or IP) and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// IP address or host name.
    pub host: String,
    /// Port; `None` keeps the target's own.
    pub port: Option<u16>,
}

/// Which addresses a check may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// Either.
    #[default]
    Any,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

impl std::fmt::Debug for Var {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.secret { "Var(secret)" } else { "Var(" })?;
        if self.secret { Ok(()) } else { write!(f, "{:?})", self.value) }
    }
}
