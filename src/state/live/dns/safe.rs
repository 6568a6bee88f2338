//! From when on no cache may hold the old answer, and why.
//!
//! A cache may keep what it fetched for the TTL it was given. The last moment at which it could fetch the old answer
//! is the one at which the last authoritative server turned to new; so everything old is gone one old TTL later. Only
//! the links that changed count: `api CNAME lb` may be kept for a day if it is `lb` that moved.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::stance::Stance;
use crate::clock::Stamp;
use crate::sample::dns::{Answer, Link, Reply, Server};
use crate::text;

/// TTLs kept for each server and name: it is lowered once or twice before the day.
const LEASES: usize = 16;

/// A TTL is whole seconds, rounded by whoever counts it down.
const ROUNDING: Duration = Duration::from_secs(2);

/// What one name says: its records, each with its type.
type Data = BTreeSet<String>;

/// Everything old that was seen, with how long it may be kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    /// What authoritative servers gave out.
    given: BTreeMap<(Server, String), Vec<Lease>>,
    /// What caches held, by name: the longest.
    cached: BTreeMap<String, Cached>,
    /// What the new answer says, by name.
    new: BTreeMap<String, Data>,
    /// The new answer came from an authoritative server, which knows it best.
    new_by_right: bool,
    /// Old and new have changed places.
    back: bool,
}

/// A TTL that a server gave, and for how long it did.
#[derive(Clone, Debug)]
struct Lease {
    data: Data,
    ttl: Duration,
    /// When another was seen in its place.
    ended: Option<Stamp>,
}

/// An old answer in a cache.
#[derive(Clone, Debug)]
struct Cached {
    data: Data,
    server: Server,
    seen: Stamp,
    ttl: Duration,
}

impl Cached {
    fn until(&self) -> Duration {
        self.seen.boot + self.ttl
    }
}

/// The safe time.
#[derive(Clone, Debug, PartialEq)]
pub struct Safe {
    /// All authoritative servers answer new since then.
    pub since: Stamp,
    /// For so long after that an old answer may be kept.
    pub ttl: Duration,
    /// Why, in words.
    pub proof: String,
}

impl Safe {
    /// The moment, by the wall clock.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.since.wall + TimeDelta::from_std(self.ttl).unwrap_or_default()
    }

    /// The moment, by `CLOCK_BOOTTIME`.
    #[must_use]
    pub fn boot(&self) -> Duration {
        self.since.boot + self.ttl
    }

    /// How long it still takes; `None` once it has come.
    #[must_use]
    pub fn left(&self, now: &Stamp) -> Option<Duration> {
        self.boot().checked_sub(now.boot).filter(|left| !left.is_zero())
    }

    /// An old answer that came then and may be kept so long cannot come from an honest cache.
    pub(super) fn belies(&self, at: &Stamp, ttl: Option<Duration>) -> bool {
        at.boot >= self.boot() || ttl.is_some_and(|ttl| at.boot + ttl > self.boot() + ROUNDING)
    }
}

/// The names of a reply with what they say and for how long.
fn said(name: &str, reply: &Reply) -> BTreeMap<String, (Data, Duration)> {
    let mut names: BTreeMap<String, (Data, Duration)> = BTreeMap::new();
    match &reply.answer {
        Answer::Records(chain) | Answer::Astray { chain, .. } => {
            for Link { owner, kind, data, ttl } in chain {
                let (all, longest) = names.entry(owner.clone()).or_default();
                all.insert(format!("{kind} {data}"));
                *longest = (*longest).max(*ttl);
            }
        }
        // What is not there may be kept, too.
        Answer::NoName(ttl) | Answer::NoData(ttl) => {
            names.insert(name.to_owned(), (Data::new(), ttl.unwrap_or_default()));
        }
        Answer::Refused(_) | Answer::NoAnswer(_) => {}
    }
    names
}

impl Past {
    /// Nothing seen yet, of a record that shall end on that side.
    pub(super) fn towards(aim: Stance) -> Past {
        Past { back: aim == Stance::Old, ..Past::default() }
    }

    /// An authoritative server gave an answer that is not new.
    pub(super) fn give(&mut self, name: &str, at: &Stamp, reply: &Reply) {
        for (owner, (data, ttl)) in said(name, reply) {
            let leases = self.given.entry((reply.server.clone(), owner)).or_default();
            match leases.last_mut() {
                Some(lease) if lease.ttl == ttl => {
                    lease.data.extend(data);
                    lease.ended = None;
                    continue;
                }
                Some(lease) => lease.ended = Some(*at),
                None => {}
            }
            if leases.len() == LEASES {
                leases.remove(0);
            }
            leases.push(Lease { data, ttl, ended: None });
        }
    }

    /// A cache gave an answer that is not new.
    pub(super) fn hold(&mut self, name: &str, at: &Stamp, reply: &Reply) {
        for (owner, (data, ttl)) in said(name, reply) {
            let seen = Cached { data, server: reply.server.clone(), seen: *at, ttl };
            match self.cached.get_mut(&owner) {
                Some(known) if known.until() >= seen.until() => known.data.extend(seen.data),
                _ => drop(self.cached.insert(owner, seen)),
            }
        }
    }

    /// A server gave the new answer.
    pub(super) fn turn(&mut self, name: &str, reply: &Reply) {
        let by_right = reply.server.is_authoritative();
        if by_right || !self.new_by_right {
            self.new = said(name, reply).into_iter().map(|(owner, (data, _))| (owner, data)).collect();
            self.new_by_right = by_right;
        }
    }

    /// An authoritative server has been seen to give the old answer.
    pub(super) fn is_known(&self) -> bool {
        !self.given.is_empty()
    }

    /// Whether the name's own link changed, as far as old and new answers are known; all may have, while none is.
    fn changed(&self, owner: &str, data: &Data) -> bool {
        self.new.get(owner).is_some_and(|new| new != data)
    }

    fn some_changed(&self) -> bool {
        self.given
            .iter()
            .any(|((_, owner), leases)| leases.iter().any(|lease| self.changed(owner, &lease.data)))
            || self.cached.iter().any(|(owner, cached)| self.changed(owner, &cached.data))
    }

    /// For how long a chain decides the side: the TTL of its link that changed, else of the record's own link.
    pub(super) fn decisive_ttl(&self, kind: &str, reply: &Reply) -> Option<Duration> {
        let chain = match &reply.answer {
            Answer::Records(chain) | Answer::Astray { chain, .. } => chain,
            Answer::NoName(ttl) | Answer::NoData(ttl) => return *ttl,
            Answer::Refused(_) | Answer::NoAnswer(_) => return None,
        };
        let moved = |link: &&Link| {
            let old = |owner: &String, data: &Data| *owner == link.owner && self.changed(owner, data);
            self.given.iter().any(|((_, owner), leases)| leases.iter().any(|lease| old(owner, &lease.data)))
                || self.cached.iter().any(|(owner, cached)| old(owner, &cached.data))
        };
        let own = if kind == "CNAME" { chain.first() } else { chain.last() };
        chain.iter().find(moved).or(own).map(|link| link.ttl)
    }

    /// The safe time, if all authoritative servers answer new `since` then and the old TTL is known.
    pub(super) fn safe(&self, since: Stamp, servers: &[(String, Stamp)]) -> Option<Safe> {
        let some = self.some_changed();
        let (from, to) = if self.back { ("new", "old") } else { ("old", "new") };
        let counts = |owner: &String, data: &Data| !some || self.changed(owner, data);
        let given = self.given.iter().flat_map(|((server, owner), leases)| {
            leases.iter().filter(|lease| counts(owner, &lease.data)).map(move |lease| {
                // A cache may have fetched it as long as it was given.
                let last = lease.ended.map_or(since.boot, |ended| ended.boot.min(since.boot));
                let words = format!(
                    "the longest {from} TTL was {} ({owner}{}, from {server}{})",
                    seconds(lease.ttl),
                    first(&lease.data),
                    lease.ended.map(|ended| format!(", until {}", utc(ended.wall))).unwrap_or_default(),
                );
                (last + lease.ttl, words)
            })
        });
        let cached = self.cached.iter().filter(|(owner, cached)| counts(owner, &cached.data)).map(
            |(owner, cached)| {
                let words = format!(
                    "{} held the {from} answer for another {} at {} ({owner}{})",
                    cached.server,
                    seconds(cached.ttl),
                    utc(cached.seen.wall),
                    first(&cached.data),
                );
                (cached.until(), words)
            },
        );
        let given = given.max_by_key(|(until, _)| *until)?;
        let (until, why) = match cached.max_by_key(|(until, _)| *until) {
            Some(cached) if cached.0 > given.0 + ROUNDING => cached,
            _ => given,
        };
        let ttl = until.saturating_sub(since.boot);
        let all: Vec<String> =
            servers.iter().map(|(name, at)| format!("{name} since {}", utc(at.wall))).collect();
        let mut safe = Safe { since, ttl, proof: String::new() };
        safe.proof = format!(
            "{} with authority by {} ({}); {why}; so no cache that keeps to its TTL holds the {from} answer after {}",
            text::plural(
                servers.len(),
                &format!("authoritative server, the only one, answers {to}"),
                &format!("authoritative servers, all of them, answer {to}"),
            ),
            utc(since.wall),
            all.join(", "),
            utc(safe.at()),
        );
        Some(safe)
    }

    /// The TTLs that authoritative servers gave for what is old, newest last: name, TTL, until when.
    pub(super) fn leases(&self) -> impl Iterator<Item = (&str, &Server, Duration, Option<&Stamp>)> {
        self.given.iter().flat_map(|((server, owner), leases)| {
            leases.iter().map(move |lease| (owner.as_str(), server, lease.ttl, lease.ended.as_ref()))
        })
    }
}

/// The first record of a name, for the proof.
fn first(data: &Data) -> String {
    data.first().map_or_else(|| ", which did not exist".to_owned(), |data| format!(" {data}"))
}

fn seconds(ttl: Duration) -> String {
    format!("{}s", ttl.as_secs())
}

pub(super) fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
