//! Our own line: when every remote host falls silent at once, it is not they who are down.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use super::track::Look;
use crate::clock::Stamp;
use crate::config::{HealthCheck, Settings, Target};
use crate::sample::{ProbeId, Side};

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

/// The remote host that a side of a check asks over the network; `None` if it is this one, or a program.
pub(super) fn host(check: &HealthCheck, side: Option<Side>) -> Option<String> {
    let pin = match side {
        Some(Side::Old) => check.old.as_ref(),
        Some(Side::New) => check.new.as_ref(),
        _ => None,
    };
    let asked = match (&check.target, &check.proxy) {
        (Target::Exec(_) | Target::Unix(_) | Target::Http { unix: Some(_), .. }, _) => return None,
        (Target::Http { .. }, Some(proxy)) => authority(proxy),
        (Target::Http { url, .. }, None) => pin.map_or_else(|| authority(url), |pin| pin.host.clone()),
        (Target::Tcp(to) | Target::Tls(to), _) => pin.map_or_else(|| authority(to), |pin| pin.host.clone()),
    };
    is_remote(&asked).then_some(asked)
}

/// Whether a host, or an address with its port, is another than this one.
pub(super) fn is_remote(host: &str) -> bool {
    let host = authority(host);
    let local = host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback() || ip.is_unspecified());
    !host.is_empty() && !local && host != "localhost"
}

/// The host of a URL, or of `host:port`.
fn authority(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    if let Some((host, _)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return host.to_lowercase();
    }
    if rest.parse::<IpAddr>().is_ok() {
        return rest.to_owned();
    }
    rest.rsplit_once(':').map_or(rest, |(host, _)| host).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_in_what_is_asked() {
        for (text, host) in [
            ("https://user:pw@API.example.com:8443/x?y", "api.example.com"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("https://[::1]/", "::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("db.example.com:5432", "db.example.com"),
        ] {
            assert_eq!(authority(text), host);
        }
        for local in ["localhost:80", "127.0.0.1", "[::1]:53", "http://127.1.2.3:9/", ""] {
            assert!(!is_remote(local), "{local}");
        }
        assert!(is_remote("1.1.1.1"));
    }
}
