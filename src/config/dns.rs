//! `[[dns]]`: records whose answers are watched.

use std::collections::BTreeSet;
use std::time::Duration;

use super::common::{interval, name, timeout};
use super::toml::{At, Strings};
use super::vars::Vars;
use super::{Findings, file};

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
    /// Who is asked, as written.
    pub resolvers: Vec<String>,
    /// The authoritative servers, where they cannot be found by asking.
    pub authoritative: Vec<String>,
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
    vars: &mut Vars<'_>,
    findings: &mut Findings,
) -> Option<DnsRecord> {
    let At { value: table, span, .. } = table;
    let kind = table.kind.as_ref().map_or_else(|| "A".to_owned(), |at| at.value.to_ascii_uppercase());
    // An A and an AAAA record may share a name.
    let mut own = BTreeSet::new();
    let name = name(table.name.as_ref(), "dns", &span, &mut own, findings)?;
    if !names.insert(format!("{name}/{kind}")) {
        let message = format!("there is a [[dns]] `{name}` of type {kind} already; names are unique");
        findings.add(span, "dns.name", message);
        return None;
    }
    let every = interval(table.every.as_ref(), findings).unwrap_or(Duration::from_secs(10));
    let mut strings = |list: Option<&At<Strings>>| -> Vec<String> {
        let all = list.into_iter().flat_map(|at| &at.value.0);
        all.filter_map(|at| vars.shown(at, findings)).collect()
    };
    let (old, new) = (strings(table.old.as_ref()), strings(table.new.as_ref()));
    let authoritative = strings(table.authoritative.as_ref());
    let resolvers = match &table.resolvers {
        Some(at) => strings(Some(at)),
        None => vec!["system".to_owned(), "authoritative".to_owned()],
    };
    let record = table.record.as_ref().and_then(|at| vars.shown(at, findings));
    Some(DnsRecord {
        record: record.unwrap_or_else(|| name.clone()),
        name,
        kind,
        old,
        new,
        resolvers,
        authoritative,
        timeout: timeout(table.timeout.as_ref(), every, Duration::from_secs(2), findings),
        every,
        ttl_goal: table.ttl_goal.as_ref().map(|at| at.value.0),
    })
}
