//! What one name server answered, or this host's own name service.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What is known of a record's servers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dns {
    /// What one of them said.
    Reply(Reply),
    /// Who is asked from now on.
    Servers(Servers),
}

/// Who is asked: every server that a reply may come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Servers {
    /// All of them, in the order of their rows.
    pub asked: Vec<Server>,
    /// The zone that holds the record, where it was looked for.
    pub zone: Option<String>,
    /// Why some are not known, one clause each: no authoritative server could be found.
    pub missing: Vec<String>,
}

/// One answer to one question by one server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Who was asked.
    pub server: Server,
    /// What it said.
    pub answer: Answer,
    /// The answer claims authority (AA).
    pub authoritative: bool,
    /// The server says itself that the answer is past its time (RFC 8914, codes 3 and 19).
    pub stale: bool,
    /// The serial of the zone's SOA there; authoritative servers only.
    pub serial: Option<u32>,
    /// The answer for AAAA, where the record is an A or a CNAME: the whole chain, in its order.
    pub aaaa: Vec<Link>,
    /// What else is worth knowing, one clause.
    pub remark: Option<String>,
    /// How long the answer took.
    pub took: Option<Duration>,
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Server {
    /// An authoritative server of the zone: its name and one of its addresses.
    Authoritative {
        /// Its name, or its address as written.
        name: String,
        /// Its address.
        address: SocketAddr,
    },
    /// A resolver, as the sidecar calls it: `1.1.1.1`, `tls://dns.example.net`, `https://…/dns-query`.
    Resolver(String),
    /// What this host's applications see: `getaddrinfo`.
    Host,
}

impl Server {
    /// It has authority over the zone.
    #[must_use]
    pub fn is_authoritative(&self) -> bool {
        matches!(self, Server::Authoritative { .. })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Server::Authoritative { name, address } => {
                // A server given by its address has no other name.
                let ip = address.ip().to_string();
                if name.contains(&ip) { f.write_str(name) } else { write!(f, "{name} {ip}") }
            }
            Server::Resolver(name) => f.write_str(name),
            Server::Host => f.write_str("this host"),
        }
    }
}

/// What a server said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Records: the whole chain, in its order.
    Records(Vec<Link>),
    /// A chain that ends without a record: a loop, too many links, a target that does not exist.
    Astray {
        /// As far as it goes.
        chain: Vec<Link>,
        /// What is wrong with its end, in one clause.
        why: String,
    },
    /// There is no such name; for so long it may be kept.
    NoName(Option<Duration>),
    /// The name has no record of this type; for so long it may be kept.
    NoData(Option<Duration>),
    /// Another response code: SERVFAIL, REFUSED.
    Refused(String),
    /// No answer: why, in one clause.
    NoAnswer(String),
}

impl Answer {
    /// The chain, as far as there is one.
    #[must_use]
    pub fn chain(&self) -> &[Link] {
        match self {
            Answer::Records(chain) | Answer::Astray { chain, .. } => chain,
            _ => &[],
        }
    }

    /// For how long all of it may be kept; `None` where nothing says so.
    #[must_use]
    pub fn ttl(&self) -> Option<Duration> {
        match self {
            Answer::Records(chain) | Answer::Astray { chain, .. } => chain.iter().map(|link| link.ttl).min(),
            Answer::NoName(ttl) | Answer::NoData(ttl) => *ttl,
            Answer::Refused(_) | Answer::NoAnswer(_) => None,
        }
    }
}

/// One record of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Whose record it is: lower case, without the final dot.
    pub owner: String,
    /// Its type.
    pub kind: String,
    /// Its data, in presentation form, clean.
    pub data: String,
    /// For how long it may be kept.
    pub ttl: Duration,
}

/// An address in the one form in which equal ones are equal; `None` if the text is none.
#[must_use]
pub fn address(text: &str) -> Option<String> {
    text.parse::<IpAddr>().ok().map(|address| address.to_string())
}
