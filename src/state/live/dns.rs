//! DNS records: answers by server, flips, the safe time.
//!
//! A server that answers is up, whatever it answers, unless it denies the record or gives one that is on no side. Where
//! an answer stands is shown at once, and a change of sides is an event at once: a flip is a fact, not an opinion that
//! needs a second reading.

mod preflight;
mod row;
mod safe;
mod serial;
mod stance;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use chrono::SecondsFormat;

use self::safe::Past;
use self::stance::{Sides, addresses, of_host};
use super::{Probed, Told};
use crate::clock::Stamp;
use crate::config::{DnsRecord, NameServer};
use crate::sample::dns::{Dns, Reply, Server, Servers};
use crate::sample::{Kind, ProbeId, ProbeState, Reading, Sample, Side};
use crate::signoff::event::Event;

pub use preflight::preflight;
pub use row::{Flip, Row, shown_as};
pub use safe::Safe;
pub use stance::Stance;

/// Intervals without a reply after which a server's answer is stale.
const STALE_AFTER: u32 = 3;

/// Events that wait while the log cannot be written; the oldest give way.
const WAITING: usize = 256;

/// A DNS record and what each server says of it.
#[derive(Clone, Debug)]
pub struct Record {
    /// What the sidecar says of it.
    pub settings: DnsRecord,
    /// Who is asked, authoritative servers first.
    pub rows: Vec<Row>,
    /// The zone that holds it, where it was looked for.
    pub zone: Option<String>,
    /// Why some servers are not asked, one clause each.
    pub missing: Vec<String>,
    /// Why it cannot be asked for at all.
    pub broken: Option<String>,
    /// Who is asked has been told.
    listed: bool,
    id: ProbeId,
    sides: Sides,
    /// The side that it shall end on: new, and old while rolling back.
    aim: Stance,
    past: Past,
    safe: Option<Safe>,
    told_safe: Option<Safe>,
    waiting: VecDeque<Event>,
    base: ProbeState,
    since: Option<Stamp>,
    read: Option<Stamp>,
    told: Told,
}

/// An AAAA record that nobody declared, beside the record that moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Its address.
    pub address: String,
    /// The sidecar has it among the old ones.
    pub old: bool,
    /// Some server is on new already, so that it is left behind.
    pub left: bool,
}

impl Record {
    pub(super) fn new(settings: DnsRecord) -> Record {
        let id = ProbeId { kind: Kind::Dns, name: settings.id(), side: None };
        Record {
            sides: Sides::new(&settings),
            settings,
            rows: Vec::new(),
            zone: None,
            missing: Vec::new(),
            broken: None,
            listed: false,
            id,
            aim: Stance::New,
            past: Past::default(),
            safe: None,
            told_safe: None,
            waiting: VecDeque::new(),
            base: ProbeState::Unknown,
            since: None,
            read: None,
            told: Told::default(),
        }
    }

    pub(super) fn take(&mut self, sample: Sample) {
        let at = sample.at;
        // Who fell silent before this one spoke did so first, whether or not anybody woke in between.
        self.silence(&at);
        match sample.reading {
            Reading::Dns(dns) => {
                self.broken = None;
                match *dns {
                    Dns::Reply(reply) => {
                        self.read = Some(at);
                        self.reply(at, reply);
                    }
                    Dns::Servers(servers) => self.ask(servers),
                }
            }
            Reading::Broken(why) => self.broken = Some(why),
            _ => return,
        }
        self.settle(&at);
    }

    /// The migration goes to that side from now on: what the safe time is made of is learnt anew, beginning with what
    /// every server said last.
    pub(super) fn aim(&mut self, side: Side) {
        let aim = if side == Side::Old { Stance::Old } else { Stance::New };
        if aim == self.aim {
            return;
        }
        self.aim = aim;
        self.past = Past::towards(aim);
        (self.safe, self.told_safe) = (None, None);
        let mut said = Vec::new();
        for row in &mut self.rows {
            row.aim(aim);
            said.extend(row.last.clone().zip(row.stance));
        }
        for ((at, reply), stance) in said {
            self.learn(&at, &reply, stance);
        }
        self.prove();
    }

    /// The side that it shall end on.
    #[must_use]
    pub fn target(&self) -> Stance {
        self.aim
    }

    /// Other servers are asked from now on; those that stay keep what they said.
    fn ask(&mut self, servers: Servers) {
        let mut old = std::mem::take(&mut self.rows);
        self.rows = servers
            .asked
            .into_iter()
            .map(|server| match old.iter().position(|row| row.server == server) {
                Some(at) => old.swap_remove(at),
                None => Row::new(server),
            })
            .collect();
        self.zone = servers.zone;
        self.missing = servers.missing;
        self.listed = true;
        // One more that has to turn, or one less.
        self.prove();
    }

    fn reply(&mut self, at: Stamp, reply: Reply) {
        if self.listed && !self.rows.iter().any(|row| row.server == reply.server) {
            // On its way when it was decided that it is asked no more.
            return;
        }
        let stance = match reply.server {
            Server::Host => {
                let (old, new) = (self.addresses_of(Stance::Old), self.addresses_of(Stance::New));
                of_host(&self.sides, &reply, &old, &new)
            }
            _ => self.sides.of(&reply),
        };
        self.learn(&at, &reply, stance);
        let good = self.is_good(stance);
        let decisive = self.past.decisive_ttl(&self.settings.kind, &reply);
        let (past, aim) = (self.is_past(stance), self.aim);
        let index = self.rows.iter().position(|row| row.server == reply.server).unwrap_or_else(|| {
            // One look, without the list.
            self.rows.push(Row::new(reply.server.clone()));
            self.rows.len() - 1
        });
        let row = &mut self.rows[index];
        let cache = matches!(row.server, Server::Resolver(_));
        if let (true, true, Some(ttl)) = (cache, past, decisive) {
            row.old_until = row.old_until.max(Some(at.boot + ttl));
        }
        if let Some(flip) = row.take(at, reply, &self.settings.kind, (stance, good), aim) {
            row.told(flip.to);
            let server = row.server.to_string();
            self.tell(&server, flip);
        }
        self.prove();
    }

    /// Keeps what the safe time is made of.
    fn learn(&mut self, at: &Stamp, reply: &Reply, stance: Stance) {
        let name = self.name().to_ascii_lowercase();
        match &reply.server {
            Server::Authoritative { .. } | Server::Resolver(_) if stance == self.aim => {
                self.past.turn(&name, reply);
            }
            Server::Authoritative { .. } if self.is_past(stance) && reply.authoritative => {
                self.past.give(&name, at, reply);
            }
            // Past that moment a cache that holds to its TTL says nothing new, and another would move the proof.
            Server::Resolver(_)
                if self.is_past(stance) && (self.all_new().is_none() || !self.past.is_known()) =>
            {
                self.past.hold(&name, at, reply);
            }
            Server::Authoritative { .. } | Server::Resolver(_) | Server::Host => {}
        }
    }

    /// Says the safe time anew.
    fn prove(&mut self) {
        self.safe = self.all_new().and_then(|since| {
            let servers: Vec<_> = self
                .authoritative()
                .filter_map(|row| Some((row.server.to_string(), row.new_by_right?)))
                .collect();
            self.past.safe(since, &servers)
        });
        let Some(safe) = &self.safe else { return };
        if self.told_safe.as_ref().is_some_and(|told| told.since == safe.since && told.ttl == safe.ttl) {
            return;
        }
        let event = Event::DnsSafe {
            record: self.id.clone(),
            since: millis(&safe.since),
            ttl_s: safe.ttl.as_secs(),
            safe: safe.at().to_rfc3339_opts(SecondsFormat::Millis, true),
            proof: safe.proof.clone(),
        };
        self.told_safe = Some(safe.clone());
        self.wait(event);
    }

    fn tell(&mut self, server: &str, flip: Flip) {
        self.wait(Event::DnsFlipped {
            record: self.id.clone(),
            server: server.to_owned(),
            from: flip.from.to_string(),
            to: flip.to.to_string(),
            since: millis(&flip.at),
            saw: flip.saw,
        });
    }

    fn wait(&mut self, event: Event) {
        if self.waiting.len() == WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(event);
    }

    /// Marks who has not answered for too long, each from its own moment on.
    fn silence(&mut self, now: &Stamp) {
        let limit = self.settings.every * STALE_AFTER + self.settings.timeout;
        let overdue = |(index, row): (usize, &Row)| Some((row.overdue(now, limit)?, index));
        let mut silent: Vec<(Stamp, usize)> = self.rows.iter().enumerate().filter_map(overdue).collect();
        silent.sort_by_key(|(since, _)| since.boot);
        for (since, index) in silent {
            self.rows[index].silent();
            self.settle(&since);
        }
    }

    pub(super) fn age(&mut self, now: &Stamp) {
        self.silence(now);
        let mut settled = Vec::new();
        for row in &mut self.rows {
            if let Some(flip) = row.rested(now) {
                row.told(flip.to);
                settled.push((row.server.to_string(), flip));
            }
        }
        for (server, flip) in settled {
            self.tell(&server, flip);
        }
        self.settle(now);
    }

    pub(super) fn events(&mut self, _now: &Stamp, events: &mut Vec<Event>) {
        events.extend(self.waiting.drain(..));
    }

    pub(super) fn refused(&mut self, event: &Event) {
        // Those that came since stand behind it.
        self.waiting.push_front(event.clone());
    }

    fn settle(&mut self, now: &Stamp) {
        let state = self.judged();
        if state != self.base {
            self.base = state;
            self.since = Some(*now);
            self.told.flips += 1;
        }
    }

    fn judged(&self) -> ProbeState {
        let states: Vec<_> = self.asked().map(Row::settled).collect();
        let any = |state| states.contains(&state);
        let wants_authority = self.settings.resolvers.contains(&NameServer::Authoritative);
        if self.broken.is_some() || states.is_empty() {
            ProbeState::Unknown
        } else if any(ProbeState::Down) {
            ProbeState::Down
        } else if any(ProbeState::Unknown) || (wants_authority && self.authoritative().next().is_none()) {
            ProbeState::Unknown
        } else if any(ProbeState::Stale) {
            ProbeState::Stale
        } else {
            ProbeState::Up
        }
    }

    fn is_good(&self, stance: Stance) -> bool {
        match stance {
            Stance::Old | Stance::New | Stance::Mixed | Stance::Unsided => true,
            Stance::NoName | Stance::NoData => self.sides.may_be_absent(),
            Stance::Other | Stance::Astray | Stance::Refused | Stance::Silent => false,
        }
    }

    /// The record's name as answers have it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.settings.record.strip_suffix('.').unwrap_or(&self.settings.record)
    }

    /// The servers that count: all but this host's own view, which is made of others' answers.
    pub fn asked(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.server != Server::Host)
    }

    /// The servers of the zone.
    pub fn authoritative(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.server.is_authoritative())
    }

    /// Something says what the record should be.
    #[must_use]
    pub fn has_sides(&self) -> bool {
        !self.sides.are_unknown()
    }

    /// How many servers answer as they shall, of how many.
    #[must_use]
    pub fn share(&self) -> (usize, usize) {
        let on = self.asked().filter(|row| row.held.is_some_and(|(stance, _)| stance == self.aim)).count();
        (on, self.asked().count())
    }

    /// The first answer that is not as it shall be, or why a server is not known, in one clause.
    #[must_use]
    pub fn failing(&self) -> Option<String> {
        let failing = self.asked().find(|row| row.stance.is_some_and(|stance| !self.is_good(stance)));
        let told = failing.and_then(|row| Some((row, row.last.as_ref()?)));
        let told =
            told.map(|(row, (_, reply))| format!("{}: {}", row.server, shown_as(&self.settings.kind, reply)));
        told.or_else(|| self.missing.first().cloned())
    }

    /// Since when all authoritative servers answer as they shall, and claim authority.
    #[must_use]
    pub fn all_new(&self) -> Option<Stamp> {
        let mut latest: Option<Stamp> = None;
        for row in self.authoritative() {
            let since = row.new_by_right?;
            latest = Some(latest.filter(|latest| latest.boot >= since.boot).unwrap_or(since));
        }
        latest
    }

    /// From when on no cache may hold the old answer; none while that is not proven.
    #[must_use]
    pub fn safe(&self) -> Option<&Safe> {
        self.safe.as_ref()
    }

    /// How long the last old answer that was seen in a cache may still be kept.
    #[must_use]
    pub fn old_left(&self, now: &Stamp) -> Option<Duration> {
        let until = self.rows.iter().filter_map(|row| row.old_until).max()?;
        until.checked_sub(now.boot).filter(|left| !left.is_zero())
    }

    /// A resolver gives an old answer that no cache may hold any more.
    #[must_use]
    pub fn is_serving_stale(&self, row: &Row) -> bool {
        let (Server::Resolver(_), Some((at, reply)), Some(stance)) = (&row.server, &row.last, row.stance)
        else {
            return false;
        };
        let ttl = self.past.decisive_ttl(&self.settings.kind, reply);
        self.is_past(stance) && (reply.stale || self.safe.as_ref().is_some_and(|safe| safe.belies(at, ttl)))
    }

    /// What is left of the newest answer's TTL there; what an authoritative server gives does not run down.
    #[must_use]
    pub fn ttl(&self, row: &Row, now: &Stamp) -> Option<Duration> {
        let (at, reply) = row.last.as_ref()?;
        let ttl = self.past.decisive_ttl(&self.settings.kind, reply)?;
        match row.server {
            Server::Authoritative { .. } => Some(ttl),
            Server::Resolver(_) => Some(ttl.saturating_sub(now.since(at))),
            Server::Host => None,
        }
    }

    /// The longest TTL that an authoritative server gives now for the link that is to change.
    #[must_use]
    pub fn authoritative_ttl(&self) -> Option<Duration> {
        let replies = self.authoritative().filter_map(|row| row.last.as_ref().map(|(_, reply)| reply));
        replies.filter_map(|reply| self.past.decisive_ttl(&self.settings.kind, reply)).max()
    }

    /// The TTLs of old answers that authoritative servers gave: name, server, TTL, and until when if another followed.
    pub fn old_ttls(&self) -> impl Iterator<Item = (&str, &Server, Duration, Option<&Stamp>)> {
        self.past.leases()
    }

    /// How many versions of the zone a server is behind the newest that was seen.
    #[must_use]
    pub fn lag(&self, row: &Row) -> Option<u32> {
        let of = |row: &Row| row.last.as_ref().and_then(|(_, reply)| reply.serial);
        let newest = serial::newest(self.authoritative().filter_map(of))?;
        Some(serial::ahead(newest, of(row)?)).filter(|lag| *lag > 0)
    }

    /// AAAA records beside the record that nothing declares as new: who has IPv6 goes there first.
    #[must_use]
    pub fn leftovers(&self) -> Vec<Leftover> {
        if self.sides.are_unknown() {
            return Vec::new();
        }
        let left = self.share().0 > 0;
        let mut found: Vec<Leftover> = Vec::new();
        for (_, reply) in self.rows.iter().filter_map(|row| row.last.as_ref()) {
            // Behind a declared name the addresses are that name's own affair.
            let mut way = reply.aaaa.iter().filter(|link| link.kind == "CNAME");
            if way.any(|link| self.sides.names_old(&link.data) || self.sides.names_new(&link.data)) {
                continue;
            }
            for link in reply.aaaa.iter().filter(|link| link.kind == "AAAA") {
                let known = found.iter().any(|known| known.address == link.data);
                if !known && !self.sides.names_new(&link.data) {
                    found.push(Leftover {
                        address: link.data.clone(),
                        old: self.sides.names_old(&link.data),
                        left,
                    });
                }
            }
        }
        found
    }

    /// An answer that is to go: everything definite that is not as it shall be.
    fn is_past(&self, stance: Stance) -> bool {
        stance != self.aim && stance != Stance::Unsided && stance.is_definite()
    }

    fn addresses_of(&self, stance: Stance) -> BTreeSet<String> {
        let rows = self.asked().filter(|row| row.stance == Some(stance));
        let replies = rows.filter_map(|row| row.last.as_ref().map(|(_, reply)| reply));
        replies.flat_map(|reply| addresses(reply.answer.chain()).chain(addresses(&reply.aaaa))).collect()
    }
}

fn millis(at: &Stamp) -> String {
    at.wall.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl Probed for Record {
    fn id(&self) -> &ProbeId {
        &self.id
    }

    fn state(&self) -> ProbeState {
        let pending = self.asked().any(|row| row.state() == ProbeState::Pending);
        if self.base == ProbeState::Up && pending { ProbeState::Pending } else { self.base }
    }

    fn settled(&self) -> ProbeState {
        self.base
    }

    fn since(&self) -> Option<Stamp> {
        self.since
    }

    fn read(&self) -> Option<Stamp> {
        self.read
    }

    fn saw(&self) -> String {
        if let Some(why) = &self.broken {
            return why.clone();
        }
        let failing = self.asked().find(|row| row.stance.is_some_and(|stance| !self.is_good(stance)));
        let mut clauses = Vec::new();
        let (new, all) = self.share();
        if self.has_sides() && all > 0 {
            clauses.push(format!("{new} of {all} on new"));
        }
        if let Some((row, (_, reply))) = failing.and_then(|row| Some((row, row.last.as_ref()?))) {
            clauses.push(format!("{}: {}", row.server, shown_as(&self.settings.kind, reply)));
        } else if let (false, Some((_, reply))) =
            (self.has_sides(), self.asked().find_map(|row| row.last.as_ref()))
        {
            clauses.push(shown_as(&self.settings.kind, reply));
        }
        clauses.extend(self.missing.first().cloned());
        if clauses.is_empty() { "no reading yet".to_owned() } else { clauses.join(", ") }
    }

    fn rings(&self) -> bool {
        false
    }

    fn told(&self) -> &Told {
        &self.told
    }

    fn told_mut(&mut self) -> &mut Told {
        &mut self.told
    }
}
