//! What one name server answered, or this host's own name service.

use std::net::IpAddr;
use std::time::Duration;

/// One answer to one question by one server.
#[derive(Clone, Debug, PartialEq)]
pub struct Dns {
    /// Who was asked.
    pub server: Server,
    /// What it said.
    pub answer: Answer,
    /// The answer claims authority (AA).
    pub authoritative: bool,
    /// The serial of the zone's SOA there; authoritative servers only.
    pub serial: Option<u32>,
    /// How long the answer took.
    pub took: Option<Duration>,
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Server {
    /// An authoritative server of the zone, found by asking: its name and one of its addresses.
    Authoritative {
        /// Its name.
        name: String,
        /// Its address.
        address: IpAddr,
    },
    /// A resolver, as the sidecar calls it: `1.1.1.1`, `tls://dns.example.net`, `https://…/dns-query`.
    Resolver(String),
    /// What this host's applications see: `getaddrinfo`.
    Host,
}

/// What a server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Records: the whole chain, in its order.
    Records(Vec<Link>),
    /// There is no such name; for so long it may be kept.
    NoName(Option<Duration>),
    /// The name has no record of this type; for so long it may be kept.
    NoData(Option<Duration>),
    /// Another response code: SERVFAIL, REFUSED.
    Refused(String),
    /// No answer: why, in one clause.
    NoAnswer(String),
}

/// One record of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Whose record it is.
    pub owner: String,
    /// Its type.
    pub kind: String,
    /// Its data, in presentation form, clean.
    pub data: String,
    /// For how long it may be kept.
    pub ttl: Duration,
}
