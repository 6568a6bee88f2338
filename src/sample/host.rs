//! What a machine's load is.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Miss;

/// One look at a machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Share of all processors that was busy since the look before, 0 to 1; `None` at the first look.
    pub cpu: Option<f64>,
    /// Processors that may be used, the control group's limit included.
    pub cpus: f64,
    /// Load average over one minute.
    pub load: f64,
    /// Memory.
    pub memory: Memory,
    /// File systems.
    pub disks: Vec<Disk>,
    /// Network interfaces.
    pub nets: Vec<Net>,
    /// Named processes.
    pub processes: Vec<Process>,
    /// Since the machine was started, read together with the counters: rates are counted with it.
    pub up: Option<Duration>,
    /// Expectations that did not hold.
    pub misses: Vec<Miss>,
    /// Expectations that cannot be told, with why: they count neither way.
    pub untold: Vec<Miss>,
    /// What could not be looked at, each a clause.
    pub remarks: Vec<String>,
}

/// Memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// How much there is, or how much the control group may take, whichever is less.
    pub total: u64,
    /// How much of it is taken.
    pub used: u64,
    /// The total is a control group's limit.
    pub limited: bool,
    /// Swap there is.
    pub swap_total: u64,
    /// Swap taken.
    pub swap_used: u64,
}

/// A file system.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Disk {
    /// Where it is mounted.
    pub mount: String,
    /// Its type: `ext4`, `nfs4`.
    pub kind: String,
    /// Bytes that whoever is not root may fill: root's reserve is left out, as `df` does for its percentage.
    pub total: u64,
    /// Bytes that are free to whoever is not root.
    pub free: u64,
    /// Inodes there are; 0 where they are not counted.
    pub inodes: u64,
    /// Inodes free.
    pub inodes_free: u64,
    /// It has not answered for so long; what is above is what it said last.
    pub hanging: Option<Duration>,
}

/// A network interface; counters as the system gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Net {
    /// Its name.
    pub name: String,
    /// Bytes received so far.
    pub received: u64,
    /// Bytes sent so far.
    pub sent: u64,
    /// Errors and drops so far.
    pub errors: u64,
}

/// The processes that a pattern names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Process {
    /// The pattern.
    pub pattern: String,
    /// How many there are.
    pub count: u32,
    /// Share of one processor that they took since the look before, together; `None` at the first look.
    pub cpu: Option<f64>,
    /// Bytes of memory they hold, together.
    pub memory: u64,
    /// The oldest has run for so long.
    pub up: Option<Duration>,
}

impl Memory {
    /// Share taken, 0 to 1; `None` if it is not known how much there is.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        share(self.used, self.total)
    }

    /// Share of the swap taken, 0 to 1; `None` if there is no swap.
    #[must_use]
    pub fn swap_share(&self) -> Option<f64> {
        share(self.swap_used, self.swap_total)
    }
}

impl Disk {
    /// Share free, 0 to 1; `None` where nothing is counted.
    #[must_use]
    pub fn free_share(&self) -> Option<f64> {
        share(self.free, self.total)
    }

    /// Share of the inodes that is free, 0 to 1; `None` where they are not counted.
    #[must_use]
    pub fn free_inodes_share(&self) -> Option<f64> {
        share(self.inodes_free, self.inodes)
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64).clamp(0.0, 1.0))
}

impl Host {
    /// The file system that a path lies on, among those looked at.
    #[must_use]
    pub fn disk_of(&self, path: &str) -> Option<&Disk> {
        self.disks.iter().filter(|disk| lies_on(path, &disk.mount)).max_by_key(|disk| disk.mount.len())
    }
}

/// Whether an absolute path lies at or below a mount point, by its names alone.
#[must_use]
pub fn lies_on(path: &str, mount: &str) -> bool {
    let Some(rest) = path.strip_prefix(mount.trim_end_matches('/')) else { return false };
    rest.is_empty() || rest.starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_lies_on_the_nearest_mount_above_it() {
        let disk = |mount: &str| Disk { mount: mount.to_owned(), ..Disk::default() };
        let host = Host { disks: vec![disk("/"), disk("/data"), disk("/data/blobs")], ..Host::default() };
        let on = |path: &str| host.disk_of(path).map(|disk| disk.mount.as_str());
        for (path, mount) in [
            ("/", "/"),
            ("/srv", "/"),
            ("/data", "/data"),
            ("/data/", "/data"),
            ("/database", "/"),
            ("/data/blobs/a/b", "/data/blobs"),
        ] {
            assert_eq!(on(path), Some(mount), "{path}");
        }
        assert_eq!(on("relative"), None);
    }
}
