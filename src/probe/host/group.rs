//! Limits that a control group sets: in a container they, and not the machine's size, are what there is.
//!
//! Both hierarchies, and hybrids of them (cgroups(7)). A limit binds all groups below, so every group from our own up
//! to what can be seen is asked, and the tightest counts.

use std::time::Duration;

use super::kernel::Mount;
use super::look::Files;
use crate::sample::host::Memory;

/// Groups above each other that are looked at: far deeper than containers in containers go.
const DEPTH: usize = 16;

/// From here on a limit of the first hierarchy means none: the largest number of pages, in bytes.
const NO_LIMIT: u64 = 1 << 60;

/// A group's directory in one of the hierarchies.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    directory: String,
    unified: bool,
}

/// The groups that this process is in, innermost first, for each resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Groups {
    memory: Vec<Group>,
    cpu: Vec<Group>,
    /// Where the time that is taken is counted, for each of `cpu`.
    usage: Vec<Group>,
    sets: Vec<Group>,
}

/// What processors may be used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Quota {
    /// How many, as a fraction.
    pub(super) cpus: f64,
    /// Processor time that the group has taken; `None` if that is not counted.
    pub(super) taken: Option<Duration>,
}

impl Groups {
    /// From `/proc/self/cgroup` and what is mounted.
    pub(super) fn find(own: &str, mounts: &[Mount]) -> Groups {
        let find = |controller| directories(controller, own, mounts);
        Groups { memory: find("memory"), cpu: find("cpu"), usage: find("cpuacct"), sets: find("cpuset") }
    }

    /// The files to read.
    pub(super) fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut add = |groups: &[Group], unified: &[&str], first: &[&str]| {
            for group in groups {
                let names = if group.unified { unified } else { first };
                files.extend(names.iter().map(|name| group.file(name)));
            }
        };
        add(
            &self.memory,
            &["memory.max", "memory.current", "memory.stat", "memory.swap.max", "memory.swap.current"],
            &["memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat"],
        );
        add(&self.cpu, &["cpu.max"], &["cpu.cfs_quota_us", "cpu.cfs_period_us"]);
        add(&self.usage, &["cpu.stat"], &["cpuacct.usage"]);
        add(self.sets.get(..1).unwrap_or_default(), &["cpuset.cpus.effective"], &["cpuset.effective_cpus"]);
        files
    }

    /// Memory as the tightest group limits it; `None` if none limits it below `machine`.
    pub(super) fn memory(&self, files: &Files, machine: &Memory) -> Option<Memory> {
        let limits = self.memory.iter().filter_map(|group| Some((group, group.memory_limit(files)?)));
        let (group, total) =
            limits.filter(|(_, limit)| *limit < machine.total).min_by_key(|(_, limit)| *limit)?;
        let used =
            group.number(files, if group.unified { "memory.current" } else { "memory.usage_in_bytes" })?;
        // Cached files that nothing has used lately go before anything is refused.
        let name = if group.unified { "inactive_file " } else { "total_inactive_file " };
        let stat = files.get(&group.file("memory.stat")).map_or("", String::as_str);
        let cache = stat.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap_or(0);
        let swap = |name| if group.unified { group.number(files, name) } else { None };
        let swap_total = swap("memory.swap.max").unwrap_or(0).min(machine.swap_total);
        Some(Memory {
            total,
            used: used.saturating_sub(cache).min(total),
            limited: true,
            swap_total,
            swap_used: swap("memory.swap.current").unwrap_or(0).min(swap_total),
        })
    }

    /// Processors as the tightest group limits them; `None` if none limits them below `processors`.
    pub(super) fn cpu(&self, files: &Files, processors: u32) -> Option<Quota> {
        let quotas = self.cpu.iter().enumerate();
        let quotas = quotas.filter_map(|(at, group)| {
            // Counted elsewhere if the two hierarchies are cut differently.
            let counted = self.usage.get(at).filter(|_| self.usage.len() == self.cpu.len());
            let taken = counted.and_then(|group| group.taken(files));
            Some(Quota { cpus: group.quota(files)?, taken })
        });
        let tightest = quotas.min_by(|a, b| a.cpus.total_cmp(&b.cpus));
        let set = self.sets.first().and_then(|group| group.set(files)).filter(|count| *count < processors);
        let most = f64::from(set.unwrap_or(processors));
        match tightest.filter(|quota| quota.cpus < most) {
            Some(quota) => Some(quota),
            None => set.map(|count| Quota {
                cpus: f64::from(count),
                taken: self.usage.first().and_then(|group| group.taken(files)),
            }),
        }
    }
}

impl Group {
    fn file(&self, name: &str) -> String {
        format!("{}/{name}", self.directory)
    }

    fn number(&self, files: &Files, name: &str) -> Option<u64> {
        files.get(&self.file(name))?.trim().parse().ok()
    }

    /// `max`, the unified way to say that there is none, is no number.
    fn memory_limit(&self, files: &Files) -> Option<u64> {
        let name = if self.unified { "memory.max" } else { "memory.limit_in_bytes" };
        self.number(files, name).filter(|limit| *limit < NO_LIMIT)
    }

    /// Processors by time: so much of it in each period.
    fn quota(&self, files: &Files) -> Option<f64> {
        let (quota, period) = if self.unified {
            let text = files.get(&self.file("cpu.max"))?;
            let mut words = text.split_whitespace();
            (words.next()?.parse().ok()?, words.next()?.parse().ok()?)
        } else {
            // -1 for none.
            (self.number(files, "cpu.cfs_quota_us")?, self.number(files, "cpu.cfs_period_us")?)
        };
        (period > 0 && quota > 0).then(|| quota as f64 / period as f64)
    }

    fn taken(&self, files: &Files) -> Option<Duration> {
        if self.unified {
            let text = files.get(&self.file("cpu.stat"))?;
            let micros =
                text.lines().find_map(|line| line.strip_prefix("usage_usec ")?.trim().parse().ok())?;
            Some(Duration::from_micros(micros))
        } else {
            Some(Duration::from_nanos(self.number(files, "cpuacct.usage")?))
        }
    }

    /// How many processors a list such as `0-3,8` names.
    fn set(&self, files: &Files) -> Option<u32> {
        let name = if self.unified { "cpuset.cpus.effective" } else { "cpuset.effective_cpus" };
        let list = files.get(&self.file(name))?.trim();
        let sizes = list.split(',').map(|part| {
            let (low, high) = part.split_once('-').unwrap_or((part, part));
            let (low, high): (u32, u32) = (low.parse().ok()?, high.parse().ok()?);
            high.checked_sub(low)?.checked_add(1)
        });
        sizes.sum::<Option<u32>>().filter(|count| *count > 0)
    }
}

/// The directories of the groups that limit `controller`, innermost first.
fn directories(controller: &str, own: &str, mounts: &[Mount]) -> Vec<Group> {
    let lines = own.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':');
        let _hierarchy = parts.next()?;
        Some((parts.next()?, parts.next()?))
    });
    let mut unified = None;
    for (controllers, path) in lines {
        if controllers.is_empty() {
            unified = Some(path);
        } else if controllers.split(',').any(|one| one == controller) {
            let mount = mounts.iter().find(|mount| {
                mount.kind == "cgroup" && mount.options.split(',').any(|option| option == controller)
            });
            return mount.map(|mount| above(path, mount, false)).unwrap_or_default();
        }
    }
    let mount = mounts.iter().find(|mount| mount.kind == "cgroup2");
    unified.zip(mount).map(|(path, mount)| above(path, mount, true)).unwrap_or_default()
}

/// The group at `path` and all above it, as far as `mount` shows them.
fn above(path: &str, mount: &Mount, unified: bool) -> Vec<Group> {
    // A group outside of what is mounted, as `/../x`, cannot be seen: the mount's own is the nearest.
    let below = path.strip_prefix(mount.root.trim_end_matches('/')).unwrap_or_default();
    let below = if path.split('/').any(|part| part == "..") { "" } else { below.trim_matches('/') };
    let top = mount.point.trim_end_matches('/').to_owned();
    let mut directories = vec![top.clone()];
    for part in below.split('/').filter(|part| !part.is_empty()) {
        let parent = directories.last().map_or("", String::as_str);
        directories.push(format!("{parent}/{part}"));
    }
    let groups = directories.into_iter().rev().take(DEPTH);
    groups.map(|directory| Group { directory, unified }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::kernel::mounts;
    use super::*;

    const GIB: u64 = 1 << 30;

    fn files(all: &[(&str, &str)]) -> Files {
        all.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    fn machine() -> Memory {
        Memory { total: 8 * GIB, used: 4 * GIB, limited: false, swap_total: GIB, swap_used: 0 }
    }

    #[test]
    fn the_tightest_group_above_counts() {
        let mounts = mounts("1 0 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        let groups = Groups::find("0::/system.slice/app.service\n", &mounts);
        let read = groups.files();
        for file in [
            "/sys/fs/cgroup/system.slice/app.service/memory.max",
            "/sys/fs/cgroup/system.slice/cpu.max",
            "/sys/fs/cgroup/system.slice/app.service/cpuset.cpus.effective",
        ] {
            assert!(read.contains(&file.to_owned()), "{file}: {read:?}");
        }
        let files = files(&[
            ("/sys/fs/cgroup/system.slice/app.service/memory.max", "max\n"),
            ("/sys/fs/cgroup/system.slice/app.service/memory.current", "5\n"),
            ("/sys/fs/cgroup/system.slice/memory.max", "2147483648\n"),
            ("/sys/fs/cgroup/system.slice/memory.current", "1610612736\n"),
            ("/sys/fs/cgroup/system.slice/memory.stat", "anon 5\ninactive_file 536870912\n"),
            ("/sys/fs/cgroup/system.slice/memory.swap.max", "0\n"),
            ("/sys/fs/cgroup/system.slice/app.service/cpu.max", "150000 100000\n"),
            ("/sys/fs/cgroup/system.slice/app.service/cpu.stat", "usage_usec 2500000\nuser_usec 1\n"),
            ("/sys/fs/cgroup/system.slice/cpu.max", "max 100000\n"),
        ]);
        let memory = groups.memory(&files, &machine()).unwrap();
        assert_eq!((memory.total, memory.used, memory.limited), (2 * GIB, GIB, true));
        assert_eq!(memory.swap_total, 0);
        let quota = Quota { cpus: 1.5, taken: Some(Duration::from_millis(2500)) };
        assert_eq!(groups.cpu(&files, 4), Some(quota));
        assert_eq!(groups.cpu(&files, 1), None, "more than there is limits nothing");
    }

    #[test]
    fn the_first_hierarchy_in_a_container_without_a_name_space() {
        let mounts = mounts(
            "1 0 0:1 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n\
             2 0 0:2 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n\
             3 0 0:3 / /sys/fs/cgroup/unified ro - cgroup2 cgroup2 rw\n",
        );
        let own = "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/\n";
        let groups = Groups::find(own, &mounts);
        assert_eq!(groups.memory.len(), 1);
        let files = files(&[
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n"),
            ("/sys/fs/cgroup/memory/memory.usage_in_bytes", "1073741824\n"),
            ("/sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 73741824\n"),
            ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n"),
            ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
            ("/sys/fs/cgroup/cpu,cpuacct/cpuacct.usage", "1500000000\n"),
        ]);
        let memory = groups.memory(&files, &machine()).unwrap();
        assert_eq!((memory.total, memory.used), (GIB, 1_000_000_000));
        let quota = Quota { cpus: 0.5, taken: Some(Duration::from_millis(1500)) };
        assert_eq!(groups.cpu(&files, 2), Some(quota));
    }

    #[test]
    fn no_limit_in_either_way_of_saying_so() {
        let mounts = mounts("1 0 0:1 / /cg rw - cgroup cgroup rw,memory,cpu,cpuset\n");
        let groups = Groups::find("4:memory,cpu,cpuset:/a\n", &mounts);
        let files = files(&[
            ("/cg/a/memory.limit_in_bytes", "9223372036854771712\n"),
            ("/cg/a/memory.usage_in_bytes", "1\n"),
            ("/cg/a/cpu.cfs_quota_us", "-1\n"),
            ("/cg/a/cpu.cfs_period_us", "100000\n"),
            ("/cg/a/cpuset.effective_cpus", "0-3,8\n"),
        ]);
        assert_eq!(groups.memory(&files, &machine()), None);
        assert_eq!(groups.cpu(&files, 5), None);
        assert_eq!(groups.cpu(&files, 16).map(|quota| quota.cpus), Some(5.0), "pinned to five of sixteen");
    }

    #[test]
    fn what_lies_outside_of_the_mount_is_not_guessed() {
        let mounts = mounts("1 0 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        let groups = Groups::find("0::/../other\n", &mounts);
        assert!(groups.files().iter().all(|file| !file.contains("..")), "{:?}", groups.files());
        assert_eq!(Groups::find("", &mounts), Groups::default());
    }
}
