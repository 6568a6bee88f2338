//! The demo's name service: a zone on two servers, the second a little behind, and two resolvers with real caches.

use std::cell::RefCell;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, NS, SOA};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::spawn_local;
use tokio::time::Instant;

use super::pace::Pace;
use super::world::Side;

/// The zone.
const ZONE: &str = "orchard.example.";
/// The record that the demo moves.
pub(super) const NAME: &str = "shop.orchard.example";
/// How long an answer may be kept.
pub(super) const TTL: Duration = Duration::from_secs(20);
/// How far the second server is behind.
const BEHIND: Duration = Duration::from_secs(7);
/// Longest message over UDP without an agreement on more.
const DATAGRAM: usize = 4096;
/// The zone's serial before the demo: a day, as zones have it.
const SERIAL: u32 = 20_261_121;

/// What the zone says.
pub(super) struct Zone {
    pace: Pace,
    /// The name has an IPv6 address too.
    six: bool,
    side: Side,
    serial: u32,
    /// What it said before, and until when the second server says so.
    before: Option<(Side, Instant)>,
    caches: [Cache; 2],
}

#[derive(Clone, Copy, Default)]
struct Cache(Option<(Side, Instant)>);

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Server {
    /// One that has the zone: the first, or the second.
    Zone(usize),
    /// One that asks and keeps answers: the first, or the second.
    Cache(usize),
}

impl Server {
    /// All of them.
    pub(super) const ALL: [Server; 4] =
        [Server::Zone(0), Server::Zone(1), Server::Cache(0), Server::Cache(1)];
}

impl Zone {
    pub(super) fn new(pace: Pace, six: bool) -> Zone {
        Zone { pace, six, side: Side::Old, serial: SERIAL, before: None, caches: [Cache::default(); 2] }
    }

    /// Points the name elsewhere.
    pub(super) fn point(&mut self, side: Side) {
        let now = Instant::now();
        self.before = Some((self.side, now + self.pace.of(BEHIND)));
        // The front's resolver was asked a short while ago: whoever trusts it goes the old way for a known time.
        self.caches[0] = Cache(Some((self.side, now + self.ttl() * 3 / 4)));
        self.side = side;
        self.serial += 1;
    }

    /// What a server of the zone says, and the zone's serial there.
    fn own(&self, server: usize) -> (Side, u32) {
        match self.before {
            Some((before, until)) if server == 1 && Instant::now() < until => (before, self.serial - 1),
            _ => (self.side, self.serial),
        }
    }

    fn ttl(&self) -> Duration {
        self.pace.of(TTL).max(Duration::from_secs(1))
    }

    /// What a resolver says, and for how long yet.
    pub(super) fn resolve(&mut self, resolver: usize) -> (Side, Duration) {
        let now = Instant::now();
        let (own, ttl) = (self.own(resolver).0, self.ttl());
        let Some(cache) = self.caches.get_mut(resolver) else { return (own, ttl) };
        let (side, until) = cache.0.filter(|(_, until)| now < *until).unwrap_or((own, now + ttl));
        cache.0 = Some((side, until));
        (side, until - now)
    }

    /// Answers a message; `None` if it is none.
    fn answer(&mut self, server: Server, bytes: &[u8]) -> Option<Vec<u8>> {
        let query = Message::from_vec(bytes).ok()?;
        let asked = query.queries.first()?.clone();
        let mut reply = Message::response(query.metadata.id, query.metadata.op_code);
        reply.metadata.recursion_desired = query.metadata.recursion_desired;
        reply.metadata.authoritative = matches!(server, Server::Zone(_));
        reply.metadata.recursion_available = matches!(server, Server::Cache(_));
        let (zone, name) = (absolute(ZONE)?, absolute(NAME)?);
        let (side, ttl, serial) = match server {
            Server::Zone(which) => {
                let (side, serial) = self.own(which);
                (side, self.ttl(), serial)
            }
            Server::Cache(which) => {
                let (side, ttl) = self.resolve(which);
                (side, ttl, self.own(which).1)
            }
        };
        // A cache counts down: what is left of a second is none.
        let ttl = u32::try_from(ttl.as_secs()).unwrap_or(0);
        let record = |name: &Name, data| Record::from_rdata(name.clone(), ttl, data);
        match (asked.name(), asked.query_type()) {
            (asked, RecordType::A) if *asked == name => {
                reply.add_answers([record(&name, RData::A(A(side.address())))]);
            }
            (asked, RecordType::AAAA) if self.six && *asked == name => {
                reply.add_answers([record(&name, RData::AAAA(AAAA(side.address6())))]);
            }
            (asked, RecordType::SOA) if *asked == zone => {
                reply.add_answers([record(&zone, soa(serial)?)]);
            }
            (asked, RecordType::NS) if *asked == zone => {
                let servers = ["ns1", "ns2"].map(|host| absolute(&format!("{host}.{ZONE}")));
                let servers = servers.into_iter().flatten();
                reply.add_answers(servers.map(|host| record(&zone, RData::NS(NS(host)))));
            }
            (asked, _) if zone.zone_of(asked) => {
                if *asked != name && *asked != zone {
                    reply.metadata.response_code = ResponseCode::NXDomain;
                }
                reply.add_authorities([record(&zone, soa(serial)?)]);
            }
            _ => reply.metadata.response_code = ResponseCode::Refused,
        }
        reply.add_query(asked);
        reply.to_vec().ok()
    }
}

fn absolute(name: &str) -> Option<Name> {
    let mut name = Name::from_ascii(name).ok()?;
    name.set_fqdn(true);
    Some(name)
}

fn soa(serial: u32) -> Option<RData> {
    let (server, mail) = (absolute(&format!("ns1.{ZONE}"))?, absolute(&format!("hostmaster.{ZONE}"))?);
    Some(RData::SOA(SOA::new(server, mail, serial, 3600, 600, 86400, 5)))
}

/// The sockets of one server, on one port.
pub(super) struct Sockets {
    udp: UdpSocket,
    tcp: TcpListener,
}

impl Sockets {
    /// Takes a free port of loopback.
    pub(super) async fn bind() -> io::Result<Sockets> {
        let mut last = None;
        for _ in 0..16 {
            let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            // The same port may be taken for datagrams.
            match UdpSocket::bind(tcp.local_addr()?).await {
                Ok(udp) => return Ok(Sockets { udp, tcp }),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| io::ErrorKind::AddrInUse.into()))
    }

    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Answers as that server for as long as the demo lives.
    pub(super) fn serve(self, server: Server, zone: &Rc<RefCell<Zone>>) {
        let Sockets { udp, tcp } = self;
        let here = Rc::clone(zone);
        spawn_local(async move {
            let mut bytes = [0; DATAGRAM];
            loop {
                let Ok((length, from)) = udp.recv_from(&mut bytes).await else { continue };
                let answer = here.borrow_mut().answer(server, &bytes[..length]);
                if let Some(answer) = answer {
                    let _gone = udp.send_to(&answer, from).await;
                }
            }
        });
        let here = Rc::clone(zone);
        spawn_local(async move {
            loop {
                let Ok((mut stream, _)) = tcp.accept().await else { continue };
                let here = Rc::clone(&here);
                spawn_local(async move {
                    let length = stream.read_u16().await?;
                    let mut bytes = vec![0; length.into()];
                    stream.read_exact(&mut bytes).await?;
                    let answer = here.borrow_mut().answer(server, &bytes).unwrap_or_default();
                    stream.write_u16(u16::try_from(answer.len()).unwrap_or(0)).await?;
                    stream.write_all(&answer).await
                });
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use hickory_proto::op::Query;

    use super::*;

    const OLD: Ipv4Addr = Side::Old.address();
    const NEW: Ipv4Addr = Side::New.address();

    fn ask(zone: &mut Zone, server: Server, name: &str, kind: RecordType) -> Message {
        let mut query = Message::query();
        query.add_query(Query::query(absolute(name).unwrap(), kind));
        Message::from_vec(&zone.answer(server, &query.to_vec().unwrap()).unwrap()).unwrap()
    }

    fn address(zone: &mut Zone, server: Server) -> (Ipv4Addr, u32) {
        let reply = ask(zone, server, NAME, RecordType::A);
        assert_eq!(reply.metadata.authoritative, matches!(server, Server::Zone(_)));
        let RData::A(A(address)) = &reply.answers[0].data else { panic!("{reply}") };
        (*address, reply.answers[0].ttl)
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_reaches_servers_and_caches_one_after_the_other() {
        let mut zone = Zone::new(Pace::default(), false);
        let all = |zone: &mut Zone| Server::ALL.map(|server| address(zone, server).0);
        assert_eq!(all(&mut zone), [OLD; 4]);
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(address(&mut zone, Server::Cache(0)), (OLD, 17));
        zone.point(Side::New);
        assert_eq!(all(&mut zone), [NEW, OLD, OLD, OLD]);
        assert_eq!(address(&mut zone, Server::Cache(0)), (OLD, 15), "asked shortly before");
        tokio::time::advance(BEHIND).await;
        assert_eq!(all(&mut zone), [NEW, NEW, OLD, OLD]);
        tokio::time::advance(TTL).await;
        assert_eq!(all(&mut zone), [NEW; 4]);
        assert_eq!(address(&mut zone, Server::Cache(1)), (NEW, 20));
    }

    #[tokio::test(start_paused = true)]
    async fn it_answers_as_a_zone_does() {
        let mut zone = Zone::new(Pace::default(), false);
        let serial = |zone: &mut Zone, server| {
            let reply = ask(zone, server, ZONE, RecordType::SOA);
            let RData::SOA(soa) = &reply.answers[0].data else { panic!("{reply}") };
            soa.serial
        };
        assert_eq!(serial(&mut zone, Server::Zone(1)), SERIAL);
        zone.point(Side::New);
        assert_eq!([0, 1].map(|at| serial(&mut zone, Server::Zone(at))), [SERIAL + 1, SERIAL]);
        let none = ask(&mut zone, Server::Zone(0), NAME, RecordType::AAAA);
        assert_eq!((none.metadata.response_code, none.answers.len()), (ResponseCode::NoError, 0));
        assert_eq!(none.authorities.len(), 1);
        zone.six = true;
        let six = ask(&mut zone, Server::Zone(0), NAME, RecordType::AAAA);
        assert_eq!(six.answers[0].data, RData::AAAA(AAAA(Side::New.address6())));
        let unknown = ask(&mut zone, Server::Zone(0), "till.orchard.example.", RecordType::A);
        assert_eq!(unknown.metadata.response_code, ResponseCode::NXDomain);
        let foreign = ask(&mut zone, Server::Zone(0), "example.org.", RecordType::A);
        assert_eq!(foreign.metadata.response_code, ResponseCode::Refused);
        assert_eq!(zone.answer(Server::Zone(0), b"noise"), None);
    }
}
