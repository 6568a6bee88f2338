//! Which servers have authority over a name: found by asking, kept for a while.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use tokio::sync::Mutex as Turn;

use super::asker::Asker;
use super::data;
use super::message::{Chain, End, Question, refusal};
use crate::config::NameServer;
use crate::probe::fault::plain;
use crate::probe::net::Net;

/// How long a zone's servers are believed: a change of the delegation on the day is seen within minutes.
pub(super) const REFRESH: Duration = Duration::from_mins(5);

/// How long a failure to find them is believed.
const RETRY: Duration = Duration::from_secs(20);

/// Servers of one zone that are asked; the largest zones have thirteen with two addresses each.
const MOST_SERVERS: usize = 32;

/// Servers of another zone that are asked for the rest of a chain, one after the other.
const MOST_ASKED: usize = 4;

/// Names whose zones are remembered: a balancer may lead somewhere else every time.
const MOST_NAMES: usize = 64;

/// Where a zone's own servers listen.
const PORT: u16 = 53;

/// Where this host's resolvers are written down.
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// A zone and its servers.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    pub(super) name: Name,
    /// Name and address, every address of every name.
    pub(super) servers: Vec<(String, SocketAddr)>,
    /// Servers without an address, one clause each.
    pub(super) missing: Vec<String>,
}

/// Finds zones.
pub(super) struct Zones {
    net: Arc<Net>,
    bootstrap: Option<NameServer>,
    ca: Option<PathBuf>,
    within: Duration,
    resolv_conf: PathBuf,
    port: u16,
    found: Mutex<HashMap<Name, Arc<Turn<Option<Found>>>>>,
    /// Where servers were found that are given by their names.
    given: Mutex<HashMap<String, Vec<IpAddr>>>,
}

struct Found {
    /// `CLOCK_BOOTTIME`.
    at: Duration,
    zone: Result<Arc<Zone>, String>,
}

/// Why a chain could not be followed to its end.
pub(super) enum Lost {
    /// It has none: what is wrong with it.
    Astray(String),
    /// Nobody could be asked: the chain may be whole.
    Unknown(String),
}

impl Zones {
    pub(super) fn new(
        net: &Arc<Net>,
        bootstrap: Option<&NameServer>,
        ca: Option<&PathBuf>,
        within: Duration,
    ) -> Zones {
        Zones {
            net: Arc::clone(net),
            bootstrap: bootstrap.cloned(),
            ca: ca.cloned(),
            within,
            resolv_conf: RESOLV_CONF.into(),
            port: PORT,
            found: Mutex::default(),
            given: Mutex::default(),
        }
    }

    /// The same where zones' servers listen elsewhere: in tests.
    #[cfg(test)]
    pub(super) fn at_port(self, port: u16) -> Zones {
        Zones { port, ..self }
    }

    /// The resolvers of `/etc/resolv.conf`.
    pub(super) async fn system(&self) -> Result<Vec<IpAddr>, String> {
        let path = self.resolv_conf.clone();
        tokio::task::spawn_blocking(move || resolvers(&path))
            .await
            .unwrap_or_else(|_| Err("reading the system's resolvers failed".to_owned()))
    }

    /// The zone that holds `name`; found once for all who ask at the same time.
    ///
    /// The search goes on when nobody waits for it any more, so that what takes longer than a time-out is known the
    /// next time; it ends by itself, as every question in it does.
    pub(super) async fn of(self: &Arc<Self>, name: &Name) -> Result<Arc<Zone>, String> {
        let place = {
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            if found.len() >= MOST_NAMES {
                found.clear();
            }
            Arc::clone(found.entry(name.clone()).or_default())
        };
        let mut place = place.lock_owned().await;
        let now = self.net.clock.now().boot;
        if let Some(found) = &*place {
            let lasts = if found.zone.is_ok() { REFRESH } else { RETRY };
            // A little early, so that whoever comes every REFRESH finds it fresh.
            if now.saturating_sub(found.at) < lasts.mul_f32(0.9) {
                return found.zone.clone();
            }
        }
        let (zones, wanted) = (Arc::clone(self), name.clone());
        let search = tokio::spawn(async move {
            let zone = match (zones.find(&wanted).await, place.take().and_then(|found| found.zone.ok())) {
                (Ok(zone), _) => Ok(Arc::new(zone)),
                // Who was asked until now is asked on: a resolver that fails says nothing about the zone.
                (Err(why), Some(before)) => {
                    let missing = vec![format!("the zone's servers could not be looked for again: {why}")];
                    Ok(Arc::new(Zone { missing, ..Zone::clone(&before) }))
                }
                (Err(why), None) => Err(why),
            };
            *place = Some(Found { at: zones.net.clock.now().boot, zone: zone.clone() });
            zone
        });
        search.await.unwrap_or_else(|_| Err(format!("the search for {} was given up", data::name(name))))
    }

    async fn find(&self, name: &Name) -> Result<Zone, String> {
        let askers = self.bootstrap().await?;
        let apex = apex(&askers, name).await?;
        let reply = any(&askers, &Question::new(&apex, RecordType::NS, true)).await?;
        let names: Vec<Name> = reply
            .answers
            .iter()
            .filter_map(|record| match &record.data {
                RData::NS(ns) if record.name == apex => Some(ns.0.clone()),
                _ => None,
            })
            .collect();
        if names.is_empty() {
            return Err(format!("the zone {} names no servers", data::name(&apex)));
        }
        let mut zone = Zone { name: apex, servers: Vec::new(), missing: Vec::new() };
        for name in names {
            match self.addresses(&askers, &name).await {
                Ok(addresses) => zone.servers.extend(
                    addresses.into_iter().map(|ip| (data::name(&name), SocketAddr::new(ip, self.port))),
                ),
                Err(why) => zone.missing.push(why),
            }
        }
        zone.servers.sort();
        zone.servers.dedup();
        zone.servers.truncate(MOST_SERVERS);
        if zone.servers.is_empty() { Err(zone.missing.join("; ")) } else { Ok(zone) }
    }

    /// Every address of a server that is known by its name; where it was, if that cannot be looked up any more.
    pub(super) async fn addresses_of(&self, host: &str) -> Result<Vec<IpAddr>, String> {
        let mut name = Name::from_utf8(host).map_err(|_| format!("{host} is not a name"))?;
        name.set_fqdn(true);
        let found = match self.bootstrap().await {
            Ok(askers) => self.addresses(&askers, &name).await,
            Err(why) => Err(why),
        };
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        match found {
            Ok(found) => {
                given.insert(host.to_owned(), found.clone());
                Ok(found)
            }
            // A resolver that fails says nothing about the server.
            Err(why) => given.get(host).cloned().ok_or(why),
        }
    }

    async fn addresses(&self, askers: &[Asker], name: &Name) -> Result<Vec<IpAddr>, String> {
        let question = |kind| Question::new(name, kind, true);
        let (v4, v6) = (question(RecordType::A), question(RecordType::AAAA));
        let (v4, v6) = tokio::join!(any(askers, &v4), any(askers, &v6));
        let mut addresses = Vec::new();
        for reply in [&v4, &v6].into_iter().flatten() {
            addresses.extend(reply.answers.iter().filter_map(|record| record.data.ip_addr()));
        }
        match (addresses.is_empty(), v4) {
            (false, _) => Ok(addresses),
            (true, Ok(_)) => Err(format!("{} has no address", data::name(name))),
            (true, Err(why)) => Err(format!("{} cannot be looked up: {why}", data::name(name))),
        }
    }

    async fn bootstrap(&self) -> Result<Vec<Asker>, String> {
        if let Some(server) = &self.bootstrap
            && let Some(asker) = Asker::new(&self.net, server, self.ca.as_ref(), self.within)
        {
            return Ok(vec![asker]);
        }
        let system = self.system().await?;
        Ok(system.into_iter().map(|ip| Asker::at(&self.net, (ip, PORT).into(), self.within)).collect())
    }

    /// Goes on with a chain that left the zone, asking the next zone's own servers.
    pub(super) async fn follow(
        self: &Arc<Self>,
        chain: &mut Chain,
        mut target: Name,
        kind: RecordType,
    ) -> Result<(), Lost> {
        loop {
            let shown = data::name(&target);
            let unknown = |why: String| Lost::Unknown(format!("beyond {shown}: {why}"));
            let zone = self.of(&target).await.map_err(unknown)?;
            let askers: Vec<_> = zone
                .servers
                .iter()
                .take(MOST_ASKED)
                .map(|(_, at)| Asker::at(&self.net, *at, self.within))
                .collect();
            let reply = any(&askers, &Question::new(&target, kind, false)).await.map_err(unknown)?;
            match chain.extend(&reply.answers, kind) {
                End::Found => return Ok(()),
                End::Never(why) => return Err(Lost::Astray(why)),
                End::Open(next) if next != target => target = next,
                End::Open(_) if reply.metadata.response_code == ResponseCode::NXDomain => {
                    return Err(Lost::Astray(format!("{shown} does not exist")));
                }
                End::Open(_) => return Err(Lost::Astray(format!("{shown} has no {kind} record"))),
            }
        }
    }
}

/// The first answer of any use.
async fn any(askers: &[Asker], question: &Question) -> Result<Message, String> {
    let mut whys = Vec::new();
    for asker in askers {
        match asker.ask(question).await {
            Ok(reply)
                if matches!(reply.metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain) =>
            {
                return Ok(reply);
            }
            Ok(reply) => whys.push(format!("{} for {}", refusal(&reply), data::name(&question.name))),
            Err(why) => whys.push(why),
        }
    }
    Err(whys.join("; "))
}

/// The top of the zone that holds `name`: where the nearest SOA is.
async fn apex(askers: &[Asker], name: &Name) -> Result<Name, String> {
    let mut candidate = name.clone();
    while !candidate.is_root() {
        let reply = any(askers, &Question::new(&candidate, RecordType::SOA, true)).await?;
        let is_soa = |data: &RData| matches!(data, RData::SOA(_));
        if reply.answers.iter().any(|record| record.name == candidate && is_soa(&record.data)) {
            return Ok(candidate);
        }
        // A negative answer carries the zone's own SOA; one behind a CNAME would be another zone's.
        let authority = reply.authorities.iter().find(|record| is_soa(&record.data));
        if let (true, Some(record)) = (reply.answers.is_empty(), authority)
            && record.name.zone_of(&candidate)
            && !record.name.is_root()
        {
            return Ok(record.name.clone());
        }
        candidate = candidate.base_name();
    }
    Err(format!("no zone was found that holds {}", data::name(name)))
}

/// The resolvers that a `resolv.conf` names, in its order.
fn resolvers(path: &Path) -> Result<Vec<IpAddr>, String> {
    let shown = path.display();
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("cannot read {shown}: {}", plain(&error)))?;
    let mut found: Vec<IpAddr> = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if let (Some("nameserver"), Some(address)) = (words.next(), words.next())
            && let Ok(address) = address.parse()
            && !found.contains(&address)
        {
            found.push(address);
        }
    }
    if found.is_empty() { Err(format!("{shown} names no resolver")) } else { Ok(found) }
}

#[cfg(test)]
mod tests;
