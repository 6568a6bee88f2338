//! `[host]`: machines whose load is watched.

use std::collections::BTreeSet;
use std::time::Duration;

use regex::Regex;

use super::common::{expressions, interval, name, patterns, resolve_via};
use super::toml::{At, Strings};
use super::vars::Vars;
use super::{CopyJob, Findings, file};
use crate::expr::{Expr, Fact, Scope};

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
    /// All must hold for up.
    pub expect: Vec<Expr>,
    /// Paths whose file systems are looked at: those that expectations and copies speak of.
    pub paths: Vec<String>,
    /// Interval.
    pub every: Duration,
    /// The other host: `ssh` and its arguments.
    pub via: Option<Vec<String>>,
}

impl HostSettings {
    /// Looks at the file systems that copies on the same machine fill.
    pub(super) fn watch_targets(&mut self, copies: &[CopyJob]) {
        let here = copies.iter().filter(|copy| copy.via == self.via);
        let targets = here.filter_map(|copy| Some(copy.target.as_ref()?.to_string_lossy().into_owned()));
        self.paths.extend(targets);
        self.paths.sort_unstable();
        self.paths.dedup();
    }
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
    let processes = patterns(table.processes.as_ref(), findings);
    let expect: Vec<Expr> = table
        .expect
        .as_ref()
        .map(|at| expressions(&at.value, Scope::Host, vars, findings))
        .unwrap_or_default();
    Some(HostSettings {
        name: name?,
        local_disks,
        mounts,
        processes: with_asked(processes, &expect, &table, findings),
        nets: if nets.iter().any(|net| net == "all") { Vec::new() } else { nets },
        paths: expect.iter().flat_map(Expr::facts).filter_map(Fact::path).map(str::to_owned).collect(),
        expect,
        every: interval(table.every.as_ref(), findings).unwrap_or(Duration::from_secs(2)),
        via: table.via.as_ref().and_then(|at| resolve_via(at, vars, findings)),
    })
}

/// The patterns asked for, and those that expectations speak of.
fn with_asked(
    mut processes: Vec<String>,
    expect: &[Expr],
    table: &file::Host,
    findings: &mut Findings,
) -> Vec<String> {
    for fact in expect.iter().flat_map(Expr::facts) {
        let Fact::Process(source) = fact else { continue };
        if processes.contains(source) {
            continue;
        }
        match (Regex::new(source), &table.expect) {
            (Err(_), Some(at)) => {
                let message = format!("`{}`: `{source}` is no regular expression", at.key);
                findings.add(at.span.clone(), &at.key, message);
            }
            _ => processes.push(source.clone()),
        }
    }
    processes
}
