//! Machines: load over time, rates of their counters, whether their disks hold what is to come.
//!
//! A machine is up while it can be looked at and its expectations hold, and down when one does not, when its disk
//! will not hold the copies that fill it, or when it cannot be looked at; either after two looks in a row. What
//! cannot be told counts neither way, and for as long as it lasts nothing is known.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::{Copy, Probed, Told};
use crate::clock::Stamp;
use crate::config::HostSettings;
use crate::sample::host::{Disk, Host as Load};
use crate::sample::{Kind, ProbeId, ProbeState, Reading, Sample};
use crate::text;

mod outlook;
mod trend;

#[cfg(test)]
mod tests;

pub use outlook::Outlook;
use trend::Trend;

/// Looks kept: twenty minutes at the usual two seconds.
const HISTORY: usize = 600;
/// Looks in a row that make a state.
const STEADY: u32 = 2;
/// Intervals without a look that make it stale…
const STALE: u32 = 3;
/// …and what a look may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A machine.
#[derive(Clone, Debug)]
pub struct Host {
    /// What the sidecar says of it.
    pub settings: HostSettings,
    id: ProbeId,
    /// Up, down or unknown: what looks in a row confirmed.
    base: ProbeState,
    /// Looks in a row that contradict it, and what they say.
    streak: (u32, Vote),
    stale: bool,
    since: Option<Stamp>,
    /// First contradicting look.
    turned: Option<Stamp>,
    /// The newest reading.
    pub last: Option<Sample>,
    /// The newest look that told something, and when; older than the newest reading if that failed.
    pub seen: Option<(Stamp, Load)>,
    /// Newest last.
    pub history: VecDeque<Point>,
    /// Bytes a second received and sent, by interface.
    pub rates: BTreeMap<String, (f64, f64)>,
    trends: BTreeMap<String, Trend>,
    /// What is to be expected of its file systems.
    pub outlooks: Vec<Outlook>,
    told: Told,
}

/// One look, small.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// When.
    pub at: Stamp,
    /// Share of the processors that was busy.
    pub cpu: Option<f64>,
    /// Share of the memory that was taken.
    pub memory: Option<f64>,
    /// Bytes a second through all interfaces, both ways.
    pub traffic: Option<f64>,
}

/// What one look says of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Vote {
    Good,
    Bad,
    Untold,
}

impl Vote {
    fn state(self) -> ProbeState {
        match self {
            Vote::Good => ProbeState::Up,
            Vote::Bad => ProbeState::Down,
            Vote::Untold => ProbeState::Unknown,
        }
    }
}

impl Host {
    pub(super) fn new(settings: HostSettings) -> Host {
        let id = ProbeId { kind: Kind::Host, name: settings.name.clone(), side: None };
        Host {
            settings,
            id,
            base: ProbeState::Unknown,
            streak: (0, Vote::Good),
            stale: false,
            since: None,
            turned: None,
            last: None,
            seen: None,
            history: VecDeque::new(),
            rates: BTreeMap::new(),
            trends: BTreeMap::new(),
            outlooks: Vec::new(),
            told: Told::default(),
        }
    }

    pub(super) fn take(&mut self, sample: Sample) {
        let at = sample.at;
        let vote = match &sample.reading {
            Reading::Host(load) => {
                self.rates = self.seen.as_ref().map(|(_, before)| rates(before, load)).unwrap_or_default();
                let traffic = self.rates.values().map(|(received, sent)| received + sent).sum();
                let traffic = (!self.rates.is_empty()).then_some(traffic);
                if self.history.len() == HISTORY {
                    self.history.pop_front();
                }
                let memory = load.memory.share();
                self.history.push_back(Point { at, cpu: load.cpu, memory, traffic });
                self.follow(&at, &load.disks);
                self.seen = Some((at, (**load).clone()));
                if !load.misses.is_empty() || self.outlooks.iter().any(Outlook::is_bad) {
                    Vote::Bad
                } else if load.untold.is_empty() {
                    Vote::Good
                } else {
                    Vote::Untold
                }
            }
            Reading::Broken(_) => Vote::Bad,
            _ => return,
        };
        self.last = Some(sample);
        self.count(vote, at);
    }

    fn count(&mut self, vote: Vote, at: Stamp) {
        let before = self.settled();
        if self.stale {
            // What held before the silence proves nothing now.
            self.stale = false;
            self.base = ProbeState::Unknown;
            self.streak.0 = 0;
        }
        if vote.state() == self.base {
            self.streak.0 = 0;
            self.turned = None;
        } else {
            if self.streak.1 != vote {
                self.streak = (0, vote);
                self.turned = None;
            }
            self.streak.0 += 1;
            let turned = *self.turned.get_or_insert(at);
            // There is nothing to come up from.
            let needed = if self.base == ProbeState::Unknown && vote == Vote::Good { 1 } else { STEADY };
            if self.streak.0 >= needed {
                self.base = vote.state();
                self.streak.0 = 0;
                self.turned = None;
                self.since = Some(turned);
            }
        }
        self.told.flips += u32::from(self.settled() != before);
    }

    /// Follows how its file systems fill.
    fn follow(&mut self, at: &Stamp, disks: &[Disk]) {
        self.trends.retain(|mount, _| disks.iter().any(|disk| disk.mount == *mount));
        for disk in disks.iter().filter(|disk| disk.hanging.is_none()) {
            self.trends.entry(disk.mount.clone()).or_default().add(at.boot, disk.free, disk.total);
        }
    }

    pub(super) fn age(&mut self, now: &Stamp, copies: &[Copy]) {
        self.outlooks = self.look_ahead(now, copies);
        let limit = self.settings.every * STALE + PATIENCE;
        let due = self.last.as_ref().and_then(|last| now.due(&last.at, limit));
        if let (Some(due), false) = (due, self.stale) {
            self.stale = true;
            self.since = Some(due);
            self.streak.0 = 0;
        }
    }

    fn look_ahead(&self, now: &Stamp, copies: &[Copy]) -> Vec<Outlook> {
        let Some((at, load)) = &self.seen else { return Vec::new() };
        let fresh = load.disks.iter().filter(|disk| disk.hanging.is_none());
        fresh
            .filter_map(|disk| {
                let left = self.trends.get(&disk.mount).and_then(Trend::left);
                let left = left.map(|left| left.saturating_sub(now.since(at)));
                outlook::of(disk, load, &self.settings, left, copies, now)
            })
            .collect()
    }

    /// What is to be expected of a file system.
    #[must_use]
    pub fn outlook(&self, mount: &str) -> Option<&Outlook> {
        self.outlooks.iter().find(|outlook| outlook.mount == mount)
    }

    /// Bytes a second by which a file system fills, if it does.
    #[must_use]
    pub fn pace(&self, mount: &str) -> Option<f64> {
        self.trends.get(mount)?.pace()
    }

    /// Why the newest look told nothing.
    #[must_use]
    pub fn broken(&self) -> Option<&str> {
        match &self.last.as_ref()?.reading {
            Reading::Broken(why) => Some(why),
            _ => None,
        }
    }
}

/// Bytes a second from one look to the next, by the machine's own clock; of what began anew none.
fn rates(before: &Load, now: &Load) -> BTreeMap<String, (f64, f64)> {
    let elapsed = now.up.zip(before.up).and_then(|(now, before)| now.checked_sub(before));
    let Some(elapsed) = elapsed.map(|elapsed| elapsed.as_secs_f64()).filter(|elapsed| *elapsed > 0.0) else {
        return BTreeMap::new();
    };
    let rate = |net: &crate::sample::host::Net| {
        let old = before.nets.iter().find(|old| old.name == net.name)?;
        let received = net.received.checked_sub(old.received)? as f64 / elapsed;
        let sent = net.sent.checked_sub(old.sent)? as f64 / elapsed;
        Some((net.name.clone(), (received, sent)))
    };
    now.nets.iter().filter_map(rate).collect()
}

impl Probed for Host {
    fn id(&self) -> &ProbeId {
        &self.id
    }

    fn state(&self) -> ProbeState {
        if self.stale {
            ProbeState::Stale
        } else if self.streak.0 > 0 {
            ProbeState::Pending
        } else {
            self.base
        }
    }

    fn settled(&self) -> ProbeState {
        if self.stale { ProbeState::Stale } else { self.base }
    }

    fn since(&self) -> Option<Stamp> {
        self.since
    }

    fn read(&self) -> Option<Stamp> {
        self.last.as_ref().map(|last| last.at)
    }

    fn saw(&self) -> String {
        if let Some(why) = self.broken() {
            return format!("cannot be looked at: {why}");
        }
        let Some((_, load)) = &self.seen else { return "no reading yet".to_owned() };
        if let Some(miss) = load.misses.first() {
            return format!("{}, saw {}", miss.expected, miss.saw);
        }
        if let Some(outlook) = self.outlooks.iter().find(|outlook| outlook.is_bad()) {
            return outlook.words();
        }
        if let Some(miss) = load.untold.first() {
            return format!("{} cannot be told: {}", miss.expected, miss.saw);
        }
        figures(load)
    }

    fn rings(&self) -> bool {
        self.settled() == ProbeState::Down && self.outlooks.iter().any(Outlook::is_bad)
    }

    fn told(&self) -> &Told {
        &self.told
    }

    fn told_mut(&mut self) -> &mut Told {
        &mut self.told
    }
}

/// The load in one clause: `cpu 45 %, memory 62 %, /data 12 % free`.
fn figures(load: &Load) -> String {
    let mut parts = Vec::new();
    parts.extend(load.cpu.map(|cpu| format!("cpu {}", text::percent(cpu))));
    parts.extend(load.memory.share().map(|share| format!("memory {}", text::percent(share))));
    let fullest = load
        .disks
        .iter()
        .filter_map(|disk| Some((disk, disk.free_share()?)))
        .min_by(|(_, a), (_, b)| a.total_cmp(b));
    parts.extend(fullest.map(|(disk, free)| format!("{} {} free", disk.mount, text::percent(free))));
    let hanging = load.disks.iter().filter_map(|disk| Some((disk, disk.hanging?)));
    parts.extend(hanging.map(|(disk, span)| format!("{} hangs for {}", disk.mount, text::age(span))));
    parts.join(", ")
}
