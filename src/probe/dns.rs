//! DNS: every server of a record asked by itself, with questions of our own.
//!
//! A resolver library answers "what is the address"; the day asks who says what. So each question is one message to
//! one server, over a socket of its own, and nothing is kept: what came is the reading, with its whole chain, every
//! TTL, the claim to authority and the zone's serial.
//!
//! ```text
//!  attend ── servers (who is asked; found again now and then) ── zones (SOA, NS, addresses; chains beyond a zone)
//!     └─ row (one server, its own schedule) ── asker ─┬─ wire: UDP, then TCP
//!           └─ message, data: questions, answers      └─ TLS and HTTPS through the rooms beside
//! ```

mod asker;
mod data;
mod message;
mod row;
mod wire;
mod zones;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::rr::{Name, RecordType};
use tokio::sync::OnceCell;
use tokio::task::{AbortHandle, JoinSet};

use self::asker::Asker;
use self::row::{Row, Subject, Way, absolute};
use self::zones::{REFRESH, Zones};
use super::net::{Net, Outlet};
use super::schedule::{Random, Schedule};
use super::supervisor::guarded;
use crate::clock::Stamp;
use crate::config::{DnsRecord, NameServer};
use crate::sample::dns::{Answer, Dns, Reply, Server, Servers};
use crate::sample::{ProbeId, Reading, Sample};

/// Servers are looked for again so soon while some are missing, or at the record's interval if that is longer.
const SEARCH: Duration = Duration::from_secs(20);

/// One record and everything that is asked about it.
pub(super) struct Watch {
    net: Arc<Net>,
    record: Arc<DnsRecord>,
    zones: Arc<Zones>,
}

/// Who is asked, and how.
struct Found {
    rows: Vec<Row>,
    servers: Servers,
}

impl Watch {
    pub(super) fn new(net: Arc<Net>, record: Arc<DnsRecord>) -> Watch {
        let zones = Zones::new(&net, record.bootstrap.as_ref(), record.ca.as_ref(), record.timeout);
        Watch { zones: Arc::new(zones), net, record }
    }

    /// Asks every server on a schedule of its own, until nobody listens.
    pub(super) async fn attend(self, id: ProbeId, out: Outlet) {
        let mut tasks = JoinSet::new();
        let mut running: BTreeMap<Server, AbortHandle> = BTreeMap::new();
        let mut told = None;
        loop {
            let began = self.net.clock.now();
            let Found { rows, servers } = match self.find().await {
                Ok(found) => found,
                Err(why) => {
                    let reading = Reading::Broken(why);
                    out.deliver(&id, Sample { began, at: self.net.clock.now(), reading }).await;
                    // Only other settings can mend that, and they end this task.
                    return std::future::pending().await;
                }
            };
            running.retain(|server, task| {
                let stays = servers.asked.contains(server);
                if !stays {
                    task.abort();
                }
                stays
            });
            let search = if servers.missing.is_empty() { REFRESH } else { SEARCH.max(self.record.every) };
            if told.as_ref() != Some(&servers) {
                told = Some(servers.clone());
                let reading = Reading::Dns(Box::new(Dns::Servers(servers)));
                if !out.deliver(&id, Sample { began, at: self.net.clock.now(), reading }).await {
                    return;
                }
            }
            for row in rows {
                let every = self.record.every;
                running
                    .entry(row.server.clone())
                    .or_insert_with(|| tasks.spawn(again(Arc::new(row), every, id.clone(), out.clone())));
            }
            tokio::time::sleep(search).await;
            // What was aborted has ended.
            while tasks.try_join_next().is_some() {}
        }
    }

    /// Asks every server once, side by side; first who is asked, then the answers in the order of the rows.
    pub(super) async fn once(self) -> Vec<Sample> {
        let began = self.net.clock.now();
        let sample = |reading| Sample { began, at: self.net.clock.now(), reading };
        let Found { rows, servers } = match self.find().await {
            Ok(found) => found,
            Err(why) => return vec![sample(Reading::Broken(why))],
        };
        let mut samples = vec![sample(Reading::Dns(Box::new(Dns::Servers(servers))))];
        let mut asking = JoinSet::new();
        for (place, row) in rows.into_iter().enumerate() {
            let row = Arc::new(row);
            asking.spawn(async move { (place, one(&row).await) });
        }
        let mut answers = asking.join_all().await;
        answers.sort_by_key(|(place, _)| *place);
        samples.extend(answers.into_iter().filter_map(|(_, sample)| sample));
        samples
    }

    /// Everybody who is to be asked now; an error if the record cannot be asked for at all.
    async fn find(&self) -> Result<Found, String> {
        let record = &self.record;
        let name = absolute(&record.record)?;
        let kind: RecordType =
            record.kind.parse().map_err(|_| format!("{} is not a type of record", record.kind))?;
        let mut found = Found { rows: Vec::new(), servers: Servers::default() };
        if record.resolvers.contains(&NameServer::Authoritative) {
            let (apex, servers) = self.authoritative(&name, &mut found.servers).await;
            for (host, address) in servers {
                let asker = Asker::at(&self.net, address, record.timeout);
                let (zones, apex) = (Arc::clone(&self.zones), OnceCell::new_with(apex.clone()));
                let way = Way::Authoritative { asker, zones, apex };
                let server = Server::Authoritative { name: host, address };
                found.rows.push(self.row(&name, kind, server, way));
            }
        }
        let ca: Option<&PathBuf> = record.ca.as_ref();
        for server in &record.resolvers {
            if *server == NameServer::System {
                match self.zones.system().await {
                    Ok(addresses) => found.rows.extend(addresses.into_iter().map(|ip| {
                        let asker = Asker::at(&self.net, (ip, 53).into(), record.timeout);
                        let label = Server::Resolver(format!("system {ip}"));
                        self.row(&name, kind, label, Way::Resolver(asker))
                    })),
                    Err(why) => found.servers.missing.push(why),
                }
            } else if let Some(asker) = Asker::new(&self.net, server, ca, record.timeout) {
                let label = Server::Resolver(server.to_string());
                found.rows.push(self.row(&name, kind, label, Way::Resolver(asker)));
            }
        }
        if matches!(kind, RecordType::A | RecordType::AAAA | RecordType::CNAME) {
            found.rows.push(self.row(&name, kind, Server::Host, Way::Host));
        }
        found.servers.asked = found.rows.iter().map(|row| row.server.clone()).collect();
        Ok(found)
    }

    fn row(&self, name: &Name, kind: RecordType, server: Server, way: Way) -> Row {
        Row {
            net: Arc::clone(&self.net),
            subject: Subject { name: name.clone(), kind },
            server,
            way,
            within: self.record.timeout,
        }
    }

    /// The zone's servers as given, or as found; and the zone's name where it was found.
    async fn authoritative(
        &self,
        name: &Name,
        servers: &mut Servers,
    ) -> (Option<Name>, Vec<(String, SocketAddr)>) {
        if self.record.authoritative.is_empty() {
            return match self.zones.of(name).await {
                Ok(zone) => {
                    servers.zone = Some(data::name(&zone.name));
                    servers.missing.extend(zone.missing.iter().cloned());
                    (Some(zone.name.clone()), zone.servers.clone())
                }
                Err(why) => {
                    servers.missing.push(format!("the zone's servers are not known: {why}"));
                    (None, Vec::new())
                }
            };
        }
        let mut given = Vec::new();
        for server in &self.record.authoritative {
            let NameServer::Plain { written, host, port } = server else { continue };
            if let Ok(ip) = host.parse() {
                given.push((written.clone(), SocketAddr::new(ip, *port)));
                continue;
            }
            match self.zones.addresses_of(host).await {
                Ok(found) => {
                    given.extend(found.into_iter().map(|ip| (written.clone(), SocketAddr::new(ip, *port))));
                }
                Err(why) => servers.missing.push(why),
            }
        }
        (None, given)
    }
}

/// Asks one server at every tick, one question at a time, until nobody listens.
async fn again(row: Arc<Row>, every: Duration, id: ProbeId, out: Outlet) {
    let mut schedule = Schedule::new(every, Random::new());
    loop {
        schedule.tick().await;
        // Without a sample the runtime is shutting down.
        let Some(sample) = one(&row).await else { return };
        if !out.send(&id, sample) {
            return;
        }
    }
}

/// One measurement; a panic in it is an answer that did not come.
async fn one(row: &Arc<Row>) -> Option<Sample> {
    let began = row.net.clock.now();
    let sample = move |at: Stamp, reply: Reply| Sample {
        began,
        at,
        reading: Reading::Dns(Box::new(Dns::Reply(reply))),
    };
    let asked = Arc::clone(row);
    let broken = |why: &str| {
        let reply = Reply {
            server: row.server.clone(),
            answer: Answer::NoAnswer(why.to_owned()),
            authoritative: false,
            stale: false,
            serial: None,
            aaaa: Vec::new(),
            remark: None,
            took: None,
        };
        sample(row.net.clock.now(), reply)
    };
    let measure = async move {
        let (at, reply) = Box::pin(asked.ask()).await;
        sample(at, reply)
    };
    guarded(measure, broken).await
}

#[cfg(test)]
mod tests;
