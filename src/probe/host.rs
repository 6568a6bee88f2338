//! A machine's load: processors, memory, file systems, network, named processes.
//!
//! ```text
//!  prober ─ look ─┬─ here ──┬─ files of /proc and the control groups
//!                 │         └─ watch: a thread for each file system and for the processes, which may hang
//!                 └─ there ── ssh: one script that prints the same
//!         ─ kernel, group, space, process: what it says ─▶ judge ─▶ Sample (cleaned, redacted)
//! ```
//!
//! This machine and another are read by the same code, from the same texts: the kernel's own in `/proc`. Shares of
//! time are counted from look to look; the first look has none, for its average since the start would pass for now.

use std::sync::Arc;
use std::time::Duration;

use regex::Regex;
use tokio::sync::Mutex;

mod group;
mod here;
mod judge;
mod kernel;
mod look;
mod process;
mod space;
mod there;
mod watch;

pub(super) use here::Threads;

use super::fault::{Fault, plain};
use super::net::Net;
use super::supervisor::Measure;
use crate::config::HostSettings;
use crate::sample::host::{Disk, Host, Net as Interface, Process};
use crate::sample::{Outcome, Reading, Sample};
use crate::text;
use group::{Groups, Quota};
use here::Here;
use kernel::Ticks;
use look::{Files, Found, Question, Told};
use process::{Pattern, Tally};
use space::{Place, Wanted};
use there::There;

const STAT: &str = "/proc/stat";
const MEMORY: &str = "/proc/meminfo";
const LOAD: &str = "/proc/loadavg";
const UPTIME: &str = "/proc/uptime";
const NETS: &str = "/proc/net/dev";
const MOUNTED: &str = "/proc/self/mountinfo";
const GROUPS: &str = "/proc/self/cgroup";
const NAME: &str = "/proc/sys/kernel/hostname";

/// Files that every look reads; processor time and the clock that it is counted by first and next to each other.
const FILES: [&str; 8] = [STAT, UPTIME, NETS, MEMORY, LOAD, MOUNTED, GROUPS, NAME];

/// How long a look at this machine may take. Nothing in `/proc` that it reads waits for a device.
const PATIENCE: Duration = Duration::from_secs(5);

/// Between two looks where only two are taken: shorter ones tell little of the load.
const APART: Duration = Duration::from_secs(1);

/// Interfaces made for one container or guest each: what they carry passes the machine's own too.
const GUESTS: [&str; 6] = ["veth", "vnet", "tap", "cali", "lxc", "fwln"];

/// One machine, ready to be looked at again and again.
pub(super) struct Prober {
    net: Arc<Net>,
    host: Arc<HostSettings>,
    patterns: Vec<Pattern>,
    machine: Machine,
    known: Mutex<Known>,
}

enum Machine {
    Here(Here),
    There(There),
}

/// What one look leaves to the next.
#[derive(Default)]
struct Known {
    groups: Groups,
    places: Vec<Place>,
    missing: Vec<String>,
    ticks: Option<Ticks>,
    /// Processor time that the group had taken, and when.
    taken: Option<(Duration, Duration)>,
    tally: Tally,
}

impl Measure for Prober {
    /// Looks once.
    async fn measure(&self) -> Sample {
        let began = self.net.clock.now();
        let looked = match &self.machine {
            Machine::Here(_) => tokio::time::timeout(PATIENCE, self.look()).await.unwrap_or_else(|_| {
                Err(Fault::Broken(format!("reading /proc took longer than {}", text::short(PATIENCE))))
            }),
            Machine::There(_) => self.look().await,
        };
        let reading = match looked {
            Ok(host) => Reading::Host(Box::new(host)),
            Err(fault) => self.cannot(&words(fault)),
        };
        Sample { began, at: self.net.clock.now(), reading }
    }

    /// The sample for a look that did not come back.
    fn broken(&self, why: &str) -> Sample {
        let now = self.net.clock.now();
        Sample { began: now, at: now, reading: self.cannot(why) }
    }
}

impl Prober {
    pub(super) fn new(net: Arc<Net>, host: Arc<HostSettings>) -> Prober {
        let machine = match &host.via {
            Some(via) => Machine::There(There::new(Arc::clone(&net), via.clone())),
            None => Machine::Here(Here::new(Arc::clone(&net.threads))),
        };
        let compiled = host.processes.iter().filter_map(|source| {
            // They were compiled before, when the settings were read.
            Some(Pattern { source: source.clone(), regex: Regex::new(source).ok()? })
        });
        let patterns = compiled.collect();
        Prober { net, host, patterns, machine, known: Mutex::default() }
    }

    /// Looks twice, so that shares of time can be told.
    pub(super) async fn twice(&self) -> Sample {
        let first = self.measure().await;
        if matches!(first.reading, Reading::Broken(_)) {
            return first;
        }
        tokio::time::sleep(APART).await;
        Sample { began: first.began, ..self.measure().await }
    }

    fn cannot(&self, why: &str) -> Reading {
        Reading::Broken(super::judge::clause(why, &self.net.redactor()))
    }

    async fn ask(&self, question: Question<'_>) -> Result<Found, Fault> {
        match &self.machine {
            Machine::Here(here) => Ok(here.look(question).await),
            Machine::There(there) => there.look(question).await,
        }
    }

    async fn look(&self) -> Result<Host, Fault> {
        let mut known = self.known.lock().await;
        let base: Vec<String> = FILES.map(str::to_owned).to_vec();
        let mut files = base.clone();
        files.extend(known.groups.files());
        let processes = !self.patterns.is_empty();
        let mut found = self.ask(Question { files: &files, places: &known.places, processes }).await?;

        let mounts = kernel::mounts(text_of(&found.files, MOUNTED));
        let groups = Groups::find(text_of(&found.files, GROUPS), &mounts);
        let HostSettings { local_disks, mounts: named, paths, .. } = &*self.host;
        let wanted = Wanted { local: *local_disks, mounts: named, paths };
        let (places, missing) = space::choose(&mounts, wanted);
        if groups != known.groups || places != known.places {
            let files = if groups == known.groups { Vec::new() } else { groups.files() };
            let more = self.ask(Question { files: &files, places: &places, processes: false }).await?;
            found.files.extend(more.files);
            found.spaces = more.spaces;
            *known = Known { groups, places, ..std::mem::take(&mut *known) };
        }
        known.missing = missing;
        let mut host = self.compose(&mut known, found)?;
        judge::judge(&mut host, &self.host, self.net.clock.now().wall, &self.net.redactor());
        Ok(host)
    }

    /// What the texts say.
    fn compose(&self, known: &mut Known, found: Found) -> Result<Host, Fault> {
        let Found { files, spaces, processes } = found;
        let unreadable = |file: &str| {
            let host = self.host.via.as_ref().and_then(|via| via.last());
            let place = host.map(|host| format!(" on {host}")).unwrap_or_default();
            Fault::Broken(format!("{file} cannot be read{place}; only Linux has it"))
        };
        let ticks = Ticks::parse(text_of(&files, STAT)).ok_or_else(|| unreadable(STAT))?;
        let memory = kernel::memory(text_of(&files, MEMORY)).ok_or_else(|| unreadable(MEMORY))?;
        let up = kernel::uptime(text_of(&files, UPTIME));
        let quota = known.groups.cpu(&files, ticks.processors);
        let cpu = known.cpu(ticks, quota, up);
        let mut remarks = std::mem::take(&mut known.missing);
        let disks = disks(&known.places, spaces, &mut remarks);
        let nets = self.nets(kernel::nets(text_of(&files, NETS)), &mut remarks);
        let processes = self.processes(known, processes, up, &mut remarks);
        Ok(Host {
            name: text_of(&files, NAME).trim().to_owned(),
            cpu,
            cpus: quota.map_or_else(|| f64::from(ticks.processors), |quota| quota.cpus),
            load: kernel::load(text_of(&files, LOAD)).unwrap_or(0.0),
            memory: known.groups.memory(&files, &memory).unwrap_or(memory),
            disks,
            nets,
            processes,
            up,
            misses: Vec::new(),
            untold: Vec::new(),
            remarks,
        })
    }

    /// The interfaces asked for; all but the loopback and those of guests that carry nothing of their own.
    fn nets(&self, all: Vec<Interface>, remarks: &mut Vec<String>) -> Vec<Interface> {
        let named = &self.host.nets;
        let absent = named.iter().filter(|name| all.iter().all(|net| net.name != **name));
        remarks.extend(absent.map(|name| format!("there is no interface {name}")));
        let is_guest = |net: &Interface| GUESTS.iter().any(|prefix| net.name.starts_with(prefix));
        let is_wanted = |net: &Interface| {
            if named.is_empty() {
                net.name != "lo" && !is_guest(net) && (net.received > 0 || net.sent > 0)
            } else {
                named.contains(&net.name)
            }
        };
        all.into_iter().filter(is_wanted).collect()
    }

    fn processes(
        &self,
        known: &mut Known,
        found: Option<Result<(Vec<process::Running>, process::Units), String>>,
        up: Option<Duration>,
        remarks: &mut Vec<String>,
    ) -> Vec<Process> {
        // Over there nothing is our own.
        let own = self.host.via.is_none().then(std::process::id);
        match found {
            Some(Ok((all, units))) => known.tally.count(all, &self.patterns, own, up, units),
            Some(Err(why)) => {
                remarks.push(format!("processes cannot be told: {why}"));
                Vec::new()
            }
            None => Vec::new(),
        }
    }
}

impl Known {
    /// The share that was busy since the look before: of a group's quota where there is one, else of the machine.
    fn cpu(&mut self, ticks: Ticks, quota: Option<Quota>, up: Option<Duration>) -> Option<f64> {
        let before = self.ticks.replace(ticks);
        let Some((quota, taken)) = quota.and_then(|quota| Some((quota, quota.taken?))) else {
            return ticks.share_since(&before?);
        };
        let before = std::mem::replace(&mut self.taken, up.map(|up| (taken, up)));
        let (taken_before, up_before) = before?;
        let elapsed = up?.checked_sub(up_before)?.as_secs_f64() * quota.cpus;
        let taken = taken.checked_sub(taken_before)?.as_secs_f64();
        (elapsed > 0.0).then(|| (taken / elapsed).clamp(0.0, 1.0))
    }
}

fn disks(places: &[Place], told: Vec<Told>, remarks: &mut Vec<String>) -> Vec<Disk> {
    let mut disks = Vec::with_capacity(places.len());
    for (place, Told { space, hanging }) in places.iter().zip(told) {
        let space = match space {
            Some(Ok(space)) => space,
            Some(Err(why)) => {
                remarks.push(format!("{} cannot be told: {why}", place.point));
                continue;
            }
            // Nothing is known yet; whether it hangs is.
            None if hanging.is_some() => space::Space::default(),
            None => continue,
        };
        // Virtual file systems that a path brought along count nothing.
        if space.total == 0 && hanging.is_none() {
            continue;
        }
        disks.push(Disk {
            mount: place.point.clone(),
            kind: place.kind.clone(),
            total: space.total,
            free: space.free,
            inodes: space.inodes,
            inodes_free: space.inodes_free,
            hanging,
        });
    }
    disks
}

fn text_of<'f>(files: &'f Files, file: &str) -> &'f str {
    files.get(file).map_or("", String::as_str)
}

fn words(fault: Fault) -> String {
    match fault.outcome().1 {
        Outcome::NoAnswer { why, .. } | Outcome::Broken(why) => why,
        Outcome::Fail(miss) => miss.saw,
        Outcome::Pass | Outcome::Maintenance => String::new(),
    }
}
