//! Processes by a pattern over their names and arguments.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::Read;
use std::time::Duration;

use regex::Regex;

use crate::hold;
use crate::sample::host::Process;

/// Bytes of a process's arguments that a pattern sees.
const ARGUMENTS: u64 = 4096;

/// One process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Running {
    pid: u32,
    parent: u32,
    /// Its short name.
    name: String,
    /// Its arguments, blanks between them; empty for the kernel's own.
    arguments: String,
    /// Processor time taken, in ticks.
    ticks: u64,
    /// When it was started, in ticks since the machine was.
    started: u64,
    /// Memory, in pages.
    pages: u64,
}

/// What the kernel counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Units {
    /// Ticks in a second.
    pub(super) ticks: u64,
    /// Bytes in a page.
    pub(super) page: u64,
}

/// A pattern as it was written, and compiled.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pub(super) source: String,
    pub(super) regex: Regex,
}

impl Running {
    /// From `/proc/PID/stat`, without arguments.
    pub(super) fn parse(line: &str) -> Option<Running> {
        // The name may hold blanks and brackets: the last one closes it.
        let (head, tail) = line.rsplit_once(')')?;
        let (pid, name) = head.split_once('(')?;
        let fields: Vec<&str> = tail.split_whitespace().collect();
        // proc_pid_stat(5), counted from the state, which is the third field.
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        Some(Running {
            pid: pid.trim().parse().ok()?,
            parent: u32::try_from(field(4)?).ok()?,
            name: name.to_owned(),
            arguments: String::new(),
            ticks: field(14)?.saturating_add(field(15)?),
            started: field(22)?,
            // Not a number in some sandboxes.
            pages: field(24).unwrap_or(0),
        })
    }

    fn is_named_by(&self, pattern: &Regex) -> bool {
        pattern.is_match(&self.name) || !self.arguments.is_empty() && pattern.is_match(&self.arguments)
    }

    /// A holder of a program that a probe runs.
    fn is_holder(&self) -> bool {
        self.arguments.split(' ').nth(1) == Some(hold::SUBCOMMAND)
    }
}

/// All processes of this machine; may never come back.
pub(super) fn all() -> Result<Vec<Running>, String> {
    let entries = fs::read_dir("/proc").map_err(|error| super::plain(&error))?;
    let running = entries.flatten().filter_map(|entry| {
        entry.file_name().to_str()?.parse::<u32>().ok()?;
        // Processes end while they are looked at.
        let mut running = Running::parse(&fs::read_to_string(entry.path().join("stat")).ok()?)?;
        let mut bytes = Vec::new();
        File::open(entry.path().join("cmdline")).ok()?.take(ARGUMENTS).read_to_end(&mut bytes).ok()?;
        running.arguments = arguments(&bytes);
        Some(running)
    });
    Ok(running.collect())
}

/// Arguments as the kernel has them, a zero byte after each.
fn arguments(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace('\0', " ");
    text.trim_end().to_owned()
}

/// Processes from all `/proc/PID/stat` in one text and `pid arguments` lines, as `ps` prints them.
pub(super) fn parse(stats: &str, arguments: &str) -> Vec<Running> {
    let lines = arguments.lines().filter_map(|line| {
        let (pid, arguments) = line.trim_start().split_once(' ')?;
        Some((pid.parse::<u32>().ok()?, arguments.trim()))
    });
    let arguments: HashMap<u32, &str> = lines.collect();
    let mut all: Vec<Running> = stats.lines().filter_map(Running::parse).collect();
    for running in &mut all {
        if let Some(arguments) = arguments.get(&running.pid) {
            (*arguments).clone_into(&mut running.arguments);
        }
    }
    all
}

/// Counts processes from look to look.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Ticks of each process, by its number and start.
    before: HashMap<(u32, u64), u64>,
    /// When that was, since the machine's start.
    at: Option<Duration>,
}

impl Tally {
    /// What each pattern names; our own process and what our probes run is nobody's work.
    pub(super) fn count(
        &mut self,
        mut all: Vec<Running>,
        patterns: &[Pattern],
        own: Option<u32>,
        up: Option<Duration>,
        units: Units,
    ) -> Vec<Process> {
        let ours = ours(&all, own);
        all.retain(|running| !ours.contains(&running.pid));
        let elapsed = self.at.zip(up).and_then(|(before, now)| now.checked_sub(before));
        let elapsed = elapsed.filter(|elapsed| !elapsed.is_zero());
        let counted = patterns.iter().map(|pattern| {
            let named: Vec<&Running> =
                all.iter().filter(|running| running.is_named_by(&pattern.regex)).collect();
            let taken: u64 = named.iter().map(|running| self.taken(running, units)).sum();
            let cpu = elapsed.map(|elapsed| taken as f64 / units.ticks as f64 / elapsed.as_secs_f64());
            let oldest = named.iter().map(|running| span(running.started, units)).min();
            Process {
                pattern: pattern.source.clone(),
                count: u32::try_from(named.len()).unwrap_or(u32::MAX),
                cpu,
                memory: named.iter().fold(0, |sum: u64, running| {
                    sum.saturating_add(running.pages.saturating_mul(units.page))
                }),
                up: up.zip(oldest).map(|(up, started)| up.saturating_sub(started)),
            }
        });
        let counted = counted.collect();
        self.before = all.iter().map(|running| ((running.pid, running.started), running.ticks)).collect();
        self.at = up;
        counted
    }

    /// Ticks since the look before; of a process started since then all.
    fn taken(&self, running: &Running, units: Units) -> u64 {
        match self.before.get(&(running.pid, running.started)) {
            Some(before) => running.ticks.saturating_sub(*before),
            None if self.at.is_some_and(|at| span(running.started, units) >= at) => running.ticks,
            None => 0,
        }
    }
}

fn span(ticks: u64, units: Units) -> Duration {
    Duration::from_secs_f64(ticks as f64 / units.ticks.max(1) as f64)
}

/// Our own process, holders, and all below a holder.
fn ours(all: &[Running], own: Option<u32>) -> HashSet<u32> {
    let mut ours: HashSet<u32> =
        all.iter().filter(|running| running.is_holder()).map(|running| running.pid).collect();
    loop {
        let below: Vec<u32> = all
            .iter()
            .filter(|running| ours.contains(&running.parent) && !ours.contains(&running.pid))
            .map(|running| running.pid)
            .collect();
        if below.is_empty() {
            break;
        }
        ours.extend(below);
    }
    ours.extend(own);
    ours
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNITS: Units = Units { ticks: 100, page: 4096 };

    fn stat(pid: u32, name: &str, parent: u32, ticks: u64, started: u64) -> String {
        format!(
            "{pid} ({name}) S {parent} 1 1 0 -1 4194560 1 0 0 0 {ticks} 0 0 0 20 0 1 0 {started} 1000 10 18446744073709551615 1\n"
        )
    }

    fn pattern(source: &str) -> Pattern {
        Pattern { source: source.to_owned(), regex: Regex::new(source).unwrap() }
    }

    #[test]
    fn names_with_brackets_and_blanks() {
        let running = Running::parse(&stat(7, "a) R 1 (b", 3, 5, 90)).unwrap();
        assert_eq!((running.pid, running.name.as_str(), running.parent), (7, "a) R 1 (b", 3));
        assert_eq!((running.ticks, running.started, running.pages), (5, 90, 10));
        assert_eq!(Running::parse("7 (half) S 3"), None);
    }

    #[test]
    fn a_pattern_sees_names_and_arguments_and_counts_what_it_names() {
        let stats = [
            stat(10, "nginx", 1, 1000, 5_000),
            stat(11, "nginx", 10, 200, 9_000),
            stat(12, "java", 1, 7, 9_000),
            stat(13, "kworker/0:1", 2, 7, 1),
        ]
        .concat();
        let arguments =
            "   10 nginx: master process\n   11 nginx: worker\n   12 java -jar solr.jar\n   13 [kworker]\n";
        let patterns = [pattern("^nginx$"), pattern("solr"), pattern("gone")];
        let mut tally = Tally::default();
        let up = Some(Duration::from_secs(100));
        let first = tally.count(parse(&stats, arguments), &patterns, None, up, UNITS);
        let counts: Vec<u32> = first.iter().map(|process| process.count).collect();
        assert_eq!(counts, [2, 1, 0]);
        assert_eq!(first[0].cpu, None, "nothing to compare with");
        assert_eq!((first[0].memory, first[0].up), (2 * 10 * 4096, Some(Duration::from_secs(50))));
        assert_eq!(first[2].up, None);

        // Two seconds later: one worked for one, another was started since and worked for half of one.
        let stats = [
            stat(10, "nginx", 1, 1100, 5_000),
            stat(11, "nginx", 10, 50, 10_100),
            stat(12, "java", 1, 3, 9_000),
        ]
        .concat();
        let second =
            tally.count(parse(&stats, arguments), &patterns, None, Some(Duration::from_secs(102)), UNITS);
        assert_eq!(second[0].cpu, Some(0.75));
        assert_eq!(second[1].cpu, Some(0.0), "counters that fall are no work");
        let at_once = tally.count(Vec::new(), &patterns, None, Some(Duration::from_secs(102)), UNITS);
        assert_eq!(at_once[0].cpu, None, "no time has passed");
    }

    #[test]
    fn our_own_and_what_our_probes_run_is_not_counted() {
        let stats = [
            stat(20, "cutover", 1, 0, 1),
            stat(21, "cutover", 20, 0, 1),
            stat(22, "sh", 21, 0, 1),
            stat(23, "nginx", 22, 0, 1),
            stat(24, "nginx", 1, 0, 1),
        ]
        .concat();
        let arguments = "20 cutover run nginx.md\n21 cutover __hold -- sh -c nginx\n22 sh -c nginx\n23 nginx -t\n24 nginx\n";
        let counted =
            Tally::default().count(parse(&stats, arguments), &[pattern("nginx")], Some(20), None, UNITS);
        assert_eq!(counted[0].count, 1);
    }

    #[test]
    fn this_machine_has_this_process() {
        let own = std::process::id();
        let all = all().unwrap();
        let this = all.iter().find(|running| running.pid == own).unwrap();
        assert!(!this.arguments.is_empty() && this.pages > 0, "{this:?}");
    }
}
