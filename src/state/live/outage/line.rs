//! Our own line: when every remote host falls silent at once, it is not they who are down.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::track::Look;
use crate::clock::Stamp;
use crate::config::Settings;
use crate::sample::ProbeId;

/// Failed looks are held back for so long at most, until it is known whether others fail too.
const HELD: Duration = Duration::from_secs(15);
/// What was not asked for so long says nothing of now.
const FRESH: Duration = Duration::from_mins(2);

/// Our own line.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    /// Remote things that are asked: their host, the newest look, and whether nothing came back.
    asked: BTreeMap<String, (String, Stamp, bool)>,
    /// The first failed look since anything remote answered.
    failed: Option<Stamp>,
    suspect: bool,
    /// Looks of public checks that are not believed yet.
    pub held: Vec<(ProbeId, Look)>,
}

/// What a look says of the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Told {
    /// It is well; and the time in which it was not, if that has just ended.
    Clear(Option<(Stamp, Stamp)>),
    /// That cannot be said before others have looked.
    Undecided,
    /// It is down.
    Suspect,
}

impl Line {
    /// Since when it is suspect.
    pub fn down(&self) -> Option<Stamp> {
        self.failed.filter(|_| self.suspect)
    }

    /// Forgets what is no longer asked.
    pub fn renew(&mut self, settings: &Settings) {
        let names: BTreeSet<&str> = settings.health.iter().map(|check| check.name.as_str()).collect();
        self.asked.retain(|key, _| {
            let name = key.strip_prefix("health/").map(|rest| rest.split('/').next().unwrap_or(rest));
            name.is_none_or(|name| names.contains(name))
        });
    }

    /// Takes in a look at something remote.
    pub fn take(&mut self, key: &str, host: String, at: Stamp, failed: bool) -> Told {
        self.asked.insert(key.to_owned(), (host, at, failed));
        if !failed {
            let gap = self.down().map(|from| (from, at));
            self.failed = None;
            self.suspect = false;
            return Told::Clear(gap);
        }
        let since = *self.failed.get_or_insert(at);
        if self.suspect {
            return Told::Suspect;
        }
        let fresh = || self.asked.values().filter(|(_, looked, _)| at.since(looked) <= FRESH);
        let hosts: BTreeSet<&str> = fresh().map(|(host, ..)| host.as_str()).collect();
        if hosts.len() < 2 {
            return Told::Clear(None);
        }
        if fresh().all(|(_, looked, failed)| *failed && looked.boot >= since.boot) {
            self.suspect = true;
            return Told::Suspect;
        }
        if at.since(&since) < HELD { Told::Undecided } else { Told::Clear(None) }
    }

    /// Something has been held back for too long.
    pub fn is_late(&self, now: &Stamp) -> bool {
        !self.held.is_empty() && self.failed.is_none_or(|failed| now.since(&failed) >= HELD)
    }
}
