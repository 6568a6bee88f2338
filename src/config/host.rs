//! `[host]`: machines whose load is watched.

use std::collections::BTreeSet;
use std::time::Duration;

use super::common::{interval, name, patterns, resolve_via};
use super::toml::{At, Strings};
use super::vars::Vars;
use super::{Findings, file};

/// One machine.
#[derive(Clone, Debug, PartialEq)]
pub struct HostSettings {
    /// Unique among machines; `here` for the only one.
    pub name: String,
    /// Local file systems are looked at.
    pub local_disks: bool,
    /// Mounts that are looked at, whatever they are.
    pub mounts: Vec<String>,
    /// Processes, by a pattern of their name and arguments.
    pub processes: Vec<String>,
    /// Network interfaces; empty for all.
    pub nets: Vec<String>,
    /// Interval.
    pub every: Duration,
    /// The other host: `ssh` and its arguments.
    pub via: Option<Vec<String>>,
}

/// The name of the only machine that needs none.
const HERE: &str = "here";

/// One machine; `only` is whether it is the only one, which then needs no name.
pub fn resolve(
    table: At<file::Host>,
    only: bool,
    names: &mut BTreeSet<String>,
    vars: &mut Vars<'_>,
    findings: &mut Findings,
) -> Option<HostSettings> {
    let At { value: table, span, .. } = table;
    let name = match &table.name {
        None if only => Some(HERE.to_owned()),
        at => name(at.as_ref(), "host", &span, names, findings),
    };
    let words = |list: Option<&At<Strings>>| -> Vec<String> {
        list.into_iter().flat_map(|at| &at.value.0).map(|at| at.value.clone()).collect()
    };
    let disks = words(table.disks.as_ref());
    let local_disks = disks.is_empty() || disks.iter().any(|disk| disk == "local");
    let mut mounts: Vec<String> = disks.into_iter().filter(|disk| disk != "local").collect();
    mounts.extend(words(table.mounts.as_ref()));
    let nets = words(table.net.as_ref());
    Some(HostSettings {
        name: name?,
        local_disks,
        mounts,
        processes: patterns(table.processes.as_ref(), findings),
        nets: if nets.iter().any(|net| net == "all") { Vec::new() } else { nets },
        every: interval(table.every.as_ref(), findings).unwrap_or(Duration::from_secs(2)),
        via: table.via.as_ref().and_then(|at| resolve_via(at, vars, findings)),
    })
}
