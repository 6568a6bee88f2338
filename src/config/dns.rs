//! `[[dns]]`: records whose answers are watched.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::common::{interval, name, timeout};
use super::toml::{At, Strings};
use super::vars::Vars;
use super::{Findings, file, target};

mod server;

pub use server::NameServer;

/// Types that are watched: those whose data can be told apart and compared as text.
const KINDS: [&str; 13] =
    ["A", "AAAA", "CNAME", "MX", "NS", "TXT", "SRV", "CAA", "SOA", "PTR", "HTTPS", "SVCB", "TLSA"];

/// One watched record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsRecord {
    /// Unique among records of one type.
    pub name: String,
    /// The record's name, absolute.
    pub record: String,
    /// The record's type, upper case.
    pub kind: String,
    /// What it says before; empty if it did not exist.
    pub old: Vec<String>,
    /// What it shall say.
    pub new: Vec<String>,
    /// Who is asked.
    pub resolvers: Vec<NameServer>,
    /// The authoritative servers, where they are not to be found by asking.
    pub authoritative: Vec<NameServer>,
    /// Who is asked for the zone's servers; the system's resolvers if it is not given.
    pub bootstrap: Option<NameServer>,
    /// The certificates that servers over TLS and HTTPS are verified with; the host's own if it is not given.
    pub ca: Option<PathBuf>,
    /// Interval.
    pub every: Duration,
    /// Time-out of one question.
    pub timeout: Duration,
    /// The TTL that it shall have before the change.
    pub ttl_goal: Option<Duration>,
}

impl DnsRecord {
    /// Its name among probes: `api.example.com/A`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.name, self.kind)
    }
}

/// One record; `None` if it has no name, which is then a finding.
pub fn resolve(
    table: At<file::Dns>,
    names: &mut BTreeSet<String>,
    folder: &Path,
    vars: &mut Vars<'_>,
    findings: &mut Findings,
) -> Option<DnsRecord> {
    let At { value: table, span, .. } = table;
    let kind = table.kind.as_ref().map_or_else(|| "A".to_owned(), |at| kind(at, findings));
    // An A and an AAAA record may share a name.
    let mut own = BTreeSet::new();
    let name = name(table.name.as_ref(), "dns", &span, &mut own, findings)?;
    if !names.insert(format!("{name}/{kind}")) {
        let message = format!("there is a [[dns]] `{name}` of type {kind} already; names are unique");
        findings.add(span, "dns.name", message);
        return None;
    }
    let every = interval(table.every.as_ref(), findings).unwrap_or(Duration::from_secs(10));
    let mut values = |list: Option<&At<Strings>>, findings: &mut Findings| -> Vec<String> {
        let all = list.into_iter().flat_map(|at| &at.value.0);
        all.filter_map(|at| value(at, &kind, vars, findings)).collect()
    };
    let (old, new) = (values(table.old.as_ref(), findings), values(table.new.as_ref(), findings));
    if let (Some(at), true) = (&table.new, !new.is_empty() && old == new) {
        findings.add(at.span.clone(), &at.key, "`old` and `new` are the same; nothing would ever flip");
    }
    let mut servers = |list: Option<&At<Strings>>, findings: &mut Findings| -> Vec<NameServer> {
        let all = list.into_iter().flat_map(|at| &at.value.0);
        all.filter_map(|at| server(at, vars, findings)).collect()
    };
    let authoritative = servers(table.authoritative.as_ref(), findings);
    for (at, one) in table.authoritative.iter().flat_map(|at| &at.value.0).zip(&authoritative) {
        if !matches!(one, NameServer::Plain { .. }) {
            let message = format!("`{}`: a zone's own server is an address or a name, not {one}", at.key);
            findings.add(at.span.clone(), &at.key, message);
        }
    }
    let mut resolvers = match &table.resolvers {
        Some(at) => servers(Some(at), findings),
        None => vec![NameServer::System, NameServer::Authoritative],
    };
    if !authoritative.is_empty() && !resolvers.contains(&NameServer::Authoritative) {
        resolvers.push(NameServer::Authoritative);
    }
    let bootstrap = table.bootstrap.as_ref().and_then(|at| match server(at, vars, findings)? {
        NameServer::Authoritative => {
            let message = format!("`{}` is a resolver that finds the zone's servers; name one", at.key);
            findings.add(at.span.clone(), &at.key, message);
            None
        }
        one => Some(one),
    });
    let record = table.record.as_ref().and_then(|at| vars.shown(at, findings));
    Some(DnsRecord {
        record: record.unwrap_or_else(|| name.clone()),
        name,
        old,
        new,
        resolvers,
        authoritative,
        bootstrap,
        ca: table.ca.as_ref().and_then(|at| target::path(at, folder, vars, findings)),
        timeout: timeout(table.timeout.as_ref(), every, Duration::from_secs(2), findings),
        every,
        ttl_goal: table.ttl_goal.as_ref().map(|at| at.value.0),
        kind,
    })
}

fn kind(at: &At<String>, findings: &mut Findings) -> String {
    let kind = at.value.to_ascii_uppercase();
    if !KINDS.contains(&kind.as_str()) {
        let message = format!(
            "`{}` is {}, which is not watched; expected one of {}",
            at.key,
            kind.escape_debug(),
            KINDS.join(", ")
        );
        findings.add(at.span.clone(), &at.key, message);
    }
    kind
}

/// One value of the record before or after.
fn value(at: &At<String>, kind: &str, vars: &mut Vars<'_>, findings: &mut Findings) -> Option<String> {
    let value = vars.shown(at, findings)?.trim().to_owned();
    let problem = if value.is_empty() {
        "is empty; leave it out if there is no such record".to_owned()
    } else if matches!(kind, "CNAME" | "NS" | "PTR") && value.parse::<IpAddr>().is_ok() {
        format!("is an address; a {kind} record leads to a name")
    } else {
        return Some(encoded(value, kind));
    };
    findings.add(at.span.clone(), &at.key, format!("`{}` {problem}", at.key));
    None
}

/// An international name as name servers have it; everything else as it is.
fn encoded(value: String, kind: &str) -> String {
    match url::Host::parse(&value) {
        Ok(url::Host::Domain(name)) if kind != "TXT" && !value.is_ascii() => name,
        _ => value,
    }
}

fn server(at: &At<String>, vars: &mut Vars<'_>, findings: &mut Findings) -> Option<NameServer> {
    let text = vars.shown(at, findings)?;
    NameServer::parse(&text)
        .map_err(|error| {
            let message = format!("`{}`: {} {error}", at.key, text.escape_debug());
            findings.add(at.span.clone(), &at.key, message);
        })
        .ok()
}
