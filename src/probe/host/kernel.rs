//! What the kernel tells in `/proc`, read leniently: a line that is odd is left out, never the whole file.
//!
//! Formats: `proc(5)`, `proc_stat(5)`, `proc_meminfo(5)`, `proc_pid_mountinfo(5)`.

use std::collections::HashSet;
use std::time::Duration;

use crate::sample::host::{Memory, Net};

/// Processor time since the start, in ticks, and how many processors there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ticks {
    busy: u64,
    idle: u64,
    pub(super) processors: u32,
}

impl Ticks {
    /// From `/proc/stat`.
    pub(super) fn parse(text: &str) -> Option<Ticks> {
        let mut ticks = None;
        let mut processors = 0;
        for line in text.lines() {
            let Some(rest) = line.strip_prefix("cpu") else { continue };
            let Some(fields) = rest.strip_prefix(' ') else {
                processors += 1;
                continue;
            };
            let fields: Vec<u64> = fields.split_whitespace().filter_map(|field| field.parse().ok()).collect();
            // user nice system idle iowait irq softirq steal; guest time is part of user time.
            let idle = fields.get(3)? + fields.get(4).unwrap_or(&0);
            let all: u64 = fields.iter().take(8).sum();
            ticks = Some((all - idle, idle));
        }
        let (busy, idle) = ticks?;
        Some(Ticks { busy, idle, processors: processors.max(1) })
    }

    /// Share that was busy since `before`; `None` if no time has passed or the counters began anew.
    pub(super) fn share_since(&self, before: &Ticks) -> Option<f64> {
        let busy = self.busy.checked_sub(before.busy)?;
        // Waiting for disks is counted per processor and may fall a little.
        let idle = self.idle.saturating_sub(before.idle);
        (busy + idle > 0).then(|| busy as f64 / (busy + idle) as f64)
    }
}

/// Memory as `/proc/meminfo` has it.
pub(super) fn memory(text: &str) -> Option<Memory> {
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.saturating_mul(1024))
    };
    let total = field("MemTotal")?;
    let available = field("MemAvailable").unwrap_or_else(|| {
        // Kernels before 3.14.
        ["MemFree", "Buffers", "Cached"].into_iter().filter_map(field).fold(0, u64::saturating_add)
    });
    let swap_total = field("SwapTotal").unwrap_or(0);
    Some(Memory {
        total,
        used: total.saturating_sub(available),
        limited: false,
        swap_total,
        swap_used: swap_total.saturating_sub(field("SwapFree").unwrap_or(0)),
    })
}

/// The load average over one minute, from `/proc/loadavg`.
pub(super) fn load(text: &str) -> Option<f64> {
    text.split_whitespace().next()?.parse().ok().filter(|load: &f64| load.is_finite())
}

/// The time since the start, from `/proc/uptime`.
pub(super) fn uptime(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.split_whitespace().next()?.parse().ok()?).ok()
}

/// Interfaces and their counters, from `/proc/net/dev`.
pub(super) fn nets(text: &str) -> Vec<Net> {
    // Two lines of headings; then `name: ` and 16 numbers, where a long first number may touch the colon.
    let lines = text.lines().filter_map(|line| line.rsplit_once(':'));
    lines
        .filter_map(|(name, counters)| {
            let counters: Vec<u64> =
                counters.split_whitespace().filter_map(|counter| counter.parse().ok()).collect();
            let [received, _, errors_in, drops_in, .., sent, _, errors_out, drops_out, _, _, _, _] =
                counters[..]
            else {
                return None;
            };
            let errors =
                [errors_in, drops_in, errors_out, drops_out].into_iter().fold(0, u64::saturating_add);
            Some(Net { name: name.trim().to_owned(), received, sent, errors })
        })
        .collect()
}

/// One line of `/proc/self/mountinfo`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mount {
    /// Its number, which no other mount has while it lives.
    pub(super) id: u32,
    /// `major:minor` of what is mounted.
    pub(super) device: String,
    /// Which directory of it is mounted.
    pub(super) root: String,
    /// Where.
    pub(super) point: String,
    /// Type.
    pub(super) kind: String,
    /// What is mounted, as it calls itself.
    pub(super) source: String,
    /// Options of the file system.
    pub(super) options: String,
}

/// What is mounted; what a later mount covers is left out.
pub(super) fn mounts(text: &str) -> Vec<Mount> {
    let mut seen = HashSet::new();
    let newest_first = text.lines().rev().filter_map(mount);
    let mut mounts: Vec<Mount> = newest_first.filter(|mount| seen.insert(mount.point.clone())).collect();
    mounts.reverse();
    mounts
}

fn mount(line: &str) -> Option<Mount> {
    let (place, what) = line.split_once(" - ")?;
    let mut place = place.split(' ');
    let mut what = what.split(' ');
    let id = place.next()?.parse().ok()?;
    let device = place.nth(1)?.to_owned();
    let (root, point) = (unescape(place.next()?), unescape(place.next()?));
    let (kind, source) = (unescape(what.next()?), unescape(what.next().unwrap_or_default()));
    let options = what.next().unwrap_or_default().to_owned();
    Some(Mount { id, device, root, point, kind, source, options })
}

/// Blanks, line ends and backslashes stand there as `\040`.
fn unescape(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let [first, rest @ ..] = bytes {
        let code = match (first, rest) {
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..]) => {
                Some((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'))
            }
            _ => None,
        };
        out.push(code.unwrap_or(*first));
        bytes = if code.is_some() { &rest[3..] } else { rest };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "cpu  100 0 50 800 50 0 0 0 30 0\ncpu0 50 0 25 400 25 0 0 0 15 0\ncpu1 50 0 25 400 25 0 0 0 15 0\nintr 5\n";

    #[test]
    fn busy_is_all_but_idle_and_waiting() {
        let before = Ticks::parse(STAT).unwrap();
        assert_eq!(before.processors, 2);
        let after = Ticks::parse("cpu  160 0 60 815 65 0 0 0 30 0\ncpu0 1\n").unwrap();
        assert_eq!(after.share_since(&before), Some(0.7));
        assert_eq!(before.share_since(&before), None, "no time has passed");
        assert_eq!(before.share_since(&after), None, "began anew");
        // Waiting time may fall.
        let odd = Ticks::parse("cpu  200 0 50 800 49 0 0 0\ncpu0 1\n").unwrap();
        assert_eq!(odd.share_since(&before), Some(1.0));
        assert_eq!(Ticks::parse(""), None);
        assert_eq!(Ticks::parse("cpu  1 2\n"), None);
    }

    #[test]
    fn memory_counts_what_can_be_freed_as_free() {
        let text = "MemTotal:       1000 kB\nMemFree:  100 kB\nMemAvailable:  600 kB\nBuffers: 10 kB\nCached: 20 kB\nSwapTotal: 50 kB\nSwapFree: 20 kB\n";
        let seen = memory(text).unwrap();
        assert_eq!((seen.total, seen.used), (1_024_000, 409_600));
        assert_eq!((seen.swap_total, seen.swap_used), (51_200, 30_720));
        let old = memory("MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 10 kB\nCached: 20 kB\n").unwrap();
        assert_eq!(old.used, 870 * 1024);
        assert_eq!(memory("nothing"), None);
    }

    #[test]
    fn interfaces_with_a_number_at_the_colon_and_aliases() {
        let text = "Inter-|   Receive    |  Transmit\n face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed\n\
            lo: 10 1 0 0 0 0 0 0 10 1 0 0 0 0 0 0\n  eth0:18446744073709551615 2 1 2 0 0 0 0 7 3 4 5 0 0 0 0\neth0:1: 1 0 0 0 0 0 0 0 2 0 0 0 0 0 0 0\nbad: 1 2\n";
        let nets = nets(text);
        let names: Vec<_> = nets.iter().map(|net| net.name.as_str()).collect();
        assert_eq!(names, ["lo", "eth0", "eth0:1"]);
        assert_eq!((nets[1].received, nets[1].sent, nets[1].errors), (u64::MAX, 7, 12));
    }

    #[test]
    fn mounts_with_odd_names_optional_fields_and_covers() {
        let text = "22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n\
            30 22 0:50 /exports /mnt/two\\040words\\134x rw master:1 propagate_from:2 - nfs4 nas:/a\\040b rw,vers=4\n\
            31 22 0:51 / /data rw - tmpfs tmpfs rw\n32 31 8:2 / /data rw - xfs /dev/sdb rw\nodd\n";
        let mounts = mounts(text);
        let points: Vec<_> = mounts.iter().map(|mount| mount.point.as_str()).collect();
        assert_eq!(points, ["/", "/mnt/two words\\x", "/data"]);
        assert_eq!((mounts[1].source.as_str(), mounts[1].root.as_str()), ("nas:/a b", "/exports"));
        assert_eq!((mounts[2].kind.as_str(), mounts[2].device.as_str()), ("xfs", "8:2"), "the upper one");
    }

    #[test]
    fn load_and_uptime() {
        assert_eq!(load("0.52 0.58 0.59 1/389 1234\n"), Some(0.52));
        assert_eq!(load("nan"), None);
        assert_eq!(uptime("350735.47 234388.90\n"), Some(Duration::from_millis(350_735_470)));
        assert_eq!(uptime("-1 2"), None);
    }
}
