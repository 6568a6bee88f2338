//! Odd servers, played by a thread that answers what a test tells it to.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::Path;
use std::sync::Mutex;

use hickory_proto::op::{Edns, Message, ResponseCode};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::rdata::{A, AAAA, CNAME, NS, SOA};
use hickory_proto::rr::{RData, Record};

use super::*;
use crate::clock::SystemClock;

/// One datagram or TCP message that came.
pub(super) struct Asked {
    pub(super) query: Message,
    pub(super) tcp: bool,
    /// How many came before it.
    pub(super) before: usize,
}

impl Asked {
    pub(super) fn reply(&self) -> Message {
        let mut reply = Message::response(self.query.metadata.id, self.query.metadata.op_code);
        reply.metadata.recursion_desired = self.query.metadata.recursion_desired;
        reply.add_query(self.query.queries[0].clone());
        reply
    }

    pub(super) fn with(&self, answers: impl IntoIterator<Item = Record>) -> Message {
        let mut reply = self.reply();
        reply.metadata.authoritative = true;
        reply.add_answers(answers);
        reply
    }

    pub(super) fn code(&self, code: ResponseCode) -> Message {
        let mut reply = self.reply();
        reply.metadata.response_code = code;
        reply
    }

    pub(super) fn asks(&self, name: &str, kind: RecordType) -> bool {
        let query = &self.query.queries[0];
        query.query_type() == kind && *query.name() == named(name)
    }
}

type Play = dyn Fn(&Asked) -> Vec<Vec<u8>> + Send + Sync;

/// A name server on loopback, over UDP and TCP on one port; its threads end with the test's process.
pub(super) struct Responder {
    pub(super) address: SocketAddr,
}

impl Responder {
    /// Sends each of what `play` returns as it is.
    pub(super) fn raw(play: impl Fn(&Asked) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Responder {
        Responder::on(Ipv4Addr::LOCALHOST, 0, play)
    }

    /// Answers with one message.
    pub(super) fn new(play: impl Fn(&Asked) -> Message + Send + Sync + 'static) -> Responder {
        Responder::raw(move |asked| vec![play(asked).to_vec().unwrap()])
    }

    pub(super) fn on(
        ip: Ipv4Addr,
        port: u16,
        play: impl Fn(&Asked) -> Vec<Vec<u8>> + Send + Sync + 'static,
    ) -> Responder {
        let (tcp, udp) = loop {
            let tcp = TcpListener::bind((ip, port)).unwrap();
            // The same port may be taken for datagrams.
            if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()) {
                break (tcp, udp);
            }
        };
        let address = tcp.local_addr().unwrap();
        let play: Arc<Play> = Arc::new(play);
        let count = Arc::new(Mutex::new(0));
        let answer = move |bytes: &[u8], tcp| {
            let mut count = count.lock().unwrap();
            let asked = Asked { query: Message::from_vec(bytes).unwrap(), tcp, before: *count };
            *count += 1;
            drop(count);
            play(&asked)
        };
        let over_tcp = answer.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok((length, from)) = udp.recv_from(&mut buffer) {
                for bytes in answer(&buffer[..length], false) {
                    let _ = udp.send_to(&bytes, from);
                }
            }
        });
        std::thread::spawn(move || {
            for mut stream in tcp.incoming().flatten() {
                let mut length = [0; 2];
                if stream.read_exact(&mut length).is_err() {
                    continue;
                }
                let mut bytes = vec![0; u16::from_be_bytes(length).into()];
                stream.read_exact(&mut bytes).unwrap();
                for bytes in over_tcp(&bytes, true) {
                    let length = u16::try_from(bytes.len()).unwrap();
                    let _ = stream.write_all(&length.to_be_bytes());
                    let _ = stream.write_all(&bytes);
                }
            }
        });
        Responder { address }
    }
}

pub(super) fn named(text: &str) -> Name {
    absolute(text).unwrap()
}

pub(super) fn a(name: &str, ttl: u32, ip: [u8; 4]) -> Record {
    Record::from_rdata(named(name), ttl, RData::A(A(ip.into())))
}

pub(super) fn alias(name: &str, ttl: u32, target: &str) -> Record {
    Record::from_rdata(named(name), ttl, RData::CNAME(CNAME(named(target))))
}

pub(super) fn soa(zone: &str, ttl: u32, serial: u32, minimum: u32) -> Record {
    let data =
        SOA::new(named(&format!("ns.{zone}")), named(&format!("root.{zone}")), serial, 1, 1, 1, minimum);
    Record::from_rdata(named(zone), ttl, RData::SOA(data))
}

pub(super) fn net() -> Arc<Net> {
    Arc::new(Net::new(Arc::new(SystemClock), Path::new("/proc/self/exe")))
}

fn record(resolvers: &[String], authoritative: &[String]) -> DnsRecord {
    let servers = |list: &[String]| list.iter().map(|one| NameServer::parse(one).unwrap()).collect();
    DnsRecord {
        name: "app".to_owned(),
        record: "app.example.test".to_owned(),
        kind: "A".to_owned(),
        old: Vec::new(),
        new: Vec::new(),
        resolvers: servers(resolvers),
        authoritative: servers(authoritative),
        bootstrap: None,
        ca: None,
        every: Duration::from_secs(1),
        timeout: Duration::from_millis(600),
        ttl_goal: None,
    }
}

async fn replies(record: DnsRecord) -> Vec<Reply> {
    let samples = Watch::new(net(), Arc::new(record)).once().await;
    samples
        .into_iter()
        .filter_map(|sample| match sample.reading {
            Reading::Dns(dns) => match *dns {
                Dns::Reply(reply) if reply.server != Server::Host => Some(reply),
                _ => None,
            },
            other => panic!("{other:?}"),
        })
        .collect()
}

/// What a resolver at `server` answers for the A record, or for one of another type.
async fn resolved(server: &Responder, kind: &str) -> Reply {
    let record = DnsRecord { kind: kind.to_owned(), ..record(&[server.address.to_string()], &[]) };
    replies(record).await.remove(0)
}

/// What an authoritative server answers.
async fn authority(server: &Responder, kind: &str) -> Reply {
    let mut record = record(&[], &[server.address.to_string()]);
    record.resolvers.push(NameServer::Authoritative);
    replies(DnsRecord { kind: kind.to_owned(), ..record }).await.remove(0)
}

fn data(answer: &Answer) -> Vec<&str> {
    answer.chain().iter().map(|link| link.data.as_str()).collect()
}

#[tokio::test]
async fn an_answer_with_another_id_or_question_is_waited_past() {
    let server = Responder::raw(|asked| {
        let right = asked.with([a("app.example.test", 60, [192, 0, 2, 1])]);
        let mut forged = asked.with([a("app.example.test", 60, [192, 0, 2, 66])]);
        forged.metadata.id = forged.metadata.id.wrapping_add(1);
        let mut other = right.clone();
        other.queries[0].set_name(named("other.example.test"));
        let mut question = right.clone();
        question.metadata.message_type = hickory_proto::op::MessageType::Query;
        let mut sent: Vec<_> = [forged, other, question].iter().map(|m| m.to_vec().unwrap()).collect();
        sent.push(b"noise".to_vec());
        sent.push(right.to_vec().unwrap());
        sent
    });
    let reply = resolved(&server, "A").await;
    assert_eq!(data(&reply.answer), ["192.0.2.1"]);
    assert!(reply.took.is_some());
}

#[tokio::test]
async fn garbage_alone_is_called_so() {
    let server = Responder::raw(|_| vec![b"\xff\xff noise".to_vec()]);
    let reply = resolved(&server, "A").await;
    let why = format!("{} sends what is no answer to the question", server.address);
    assert_eq!(reply.answer, Answer::NoAnswer(why));
}

#[tokio::test]
async fn silence_is_asked_twice_and_then_told() {
    let ports = Arc::new(Mutex::new(Vec::new()));
    let ids = Arc::clone(&ports);
    let server = Responder::raw(move |asked| {
        if asked.asks("app.example.test", RecordType::A) {
            ids.lock().unwrap().push(asked.query.metadata.id);
        }
        Vec::new()
    });
    let reply = resolved(&server, "A").await;
    let why = format!("no answer from {} within 600ms", server.address);
    assert_eq!((reply.answer, reply.took), (Answer::NoAnswer(why), None));
    let ids = ports.lock().unwrap();
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1], "each attempt has an id of its own");
}

#[tokio::test]
async fn a_lost_datagram_is_made_good() {
    let server = Responder::raw(|asked| {
        let lost = asked.before < 2;
        if lost {
            Vec::new()
        } else {
            vec![asked.with([a("app.example.test", 9, [192, 0, 2, 1])]).to_vec().unwrap()]
        }
    });
    assert_eq!(data(&resolved(&server, "A").await.answer), ["192.0.2.1"]);
}

#[tokio::test]
async fn a_closed_port_is_said_at_once() {
    let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let reply = replies(record(&[closed.to_string()], &[])).await.remove(0);
    assert_eq!(reply.answer, Answer::NoAnswer(format!("connection refused by {closed}")));
}

#[tokio::test]
async fn what_is_too_long_for_a_datagram_comes_over_tcp() {
    let server = Responder::new(|asked| {
        let mut reply = asked.with((0..90).map(|n| a("app.example.test", 60, [192, 0, 2, n])));
        if !asked.tcp {
            reply.answers.clear();
            reply.metadata.truncation = true;
        }
        reply
    });
    assert_eq!(resolved(&server, "A").await.answer.chain().len(), 90);
    let server = Responder::raw(|asked| {
        let mut reply = asked.reply();
        reply.metadata.truncation = true;
        if asked.tcp { vec![b"x".to_vec()] } else { vec![reply.to_vec().unwrap()] }
    });
    let Answer::NoAnswer(why) = resolved(&server, "A").await.answer else { panic!("answered") };
    assert_eq!(
        why,
        format!(
            "the answer is too long for UDP, and over TCP: {} sends what is no DNS message",
            server.address
        )
    );
}

#[tokio::test]
async fn a_server_without_edns_is_asked_without() {
    let server = Responder::new(|asked| {
        if asked.query.edns.is_some() {
            let mut reply = asked.code(ResponseCode::FormErr);
            reply.queries.clear();
            return reply;
        }
        asked.with([a("app.example.test", 60, [192, 0, 2, 1])])
    });
    assert_eq!(data(&resolved(&server, "A").await.answer), ["192.0.2.1"]);
}

#[tokio::test]
async fn response_codes_have_their_names_and_reasons() {
    for (code, word) in [
        (ResponseCode::ServFail, "SERVFAIL"),
        (ResponseCode::Refused, "REFUSED"),
        (ResponseCode::NotImp, "NOTIMP"),
        (ResponseCode::Unknown(11), "response code 11"),
    ] {
        let server = Responder::new(move |asked| asked.code(code));
        assert_eq!(resolved(&server, "A").await.answer, Answer::Refused(word.to_owned()));
    }
    let server = Responder::new(|asked| {
        let mut reply = asked.code(ResponseCode::ServFail);
        let mut edns = Edns::new();
        edns.options_mut().insert(EdnsOption::Unknown(15, b"\x00\x16no \x1b[2Jway".to_vec()));
        reply.set_edns(edns);
        reply
    });
    let answer = resolved(&server, "A").await.answer;
    assert_eq!(answer, Answer::Refused(r"SERVFAIL (no \027[2Jway, extended error 22)".to_owned()));
}

#[tokio::test]
async fn a_failed_validation_is_told_from_a_dead_zone() {
    let server = Responder::new(|asked| {
        if asked.query.metadata.checking_disabled {
            return asked.with([a("app.example.test", 60, [192, 0, 2, 1])]);
        }
        asked.code(ResponseCode::ServFail)
    });
    let reply = resolved(&server, "A").await;
    assert_eq!(reply.answer, Answer::Refused("SERVFAIL".to_owned()));
    assert_eq!(reply.remark.unwrap(), "DNSSEC validation fails: unchecked, there is an answer");
}

#[tokio::test]
async fn absence_lasts_as_long_as_the_lesser_of_two_numbers() {
    for (ttl, minimum, lasts) in [(60, 30, 30), (20, 60, 20)] {
        let server = Responder::new(move |asked| {
            let mut reply = asked.code(ResponseCode::NXDomain);
            reply.add_authority(soa("example.test", ttl, 7, minimum));
            reply
        });
        let lasts = Some(Duration::from_secs(lasts));
        assert_eq!(resolved(&server, "A").await.answer, Answer::NoName(lasts));
    }
    let server = Responder::new(|asked| {
        let mut reply = asked.reply();
        reply.add_authority(soa("example.test", 60, 7, 30));
        reply
    });
    assert_eq!(resolved(&server, "A").await.answer, Answer::NoData(Some(Duration::from_secs(30))));
    let server = Responder::new(Asked::reply);
    assert_eq!(resolved(&server, "A").await.answer, Answer::NoData(None));
}

#[tokio::test]
async fn a_chain_is_read_in_its_own_order_with_every_ttl() {
    let server = Responder::new(|asked| {
        asked.with([
            a("edge.example.test", 30, [192, 0, 2, 20]),
            a("EDGE.example.test", 30, [192, 0, 2, 21]),
            alias("lb.example.test", 60, "Edge.Example.Test"),
            alias("app.example.test", 120, "lb.example.test"),
            a("unrelated.example.test", 5, [192, 0, 2, 99]),
        ])
    });
    let reply = resolved(&server, "A").await;
    let chain: Vec<_> = reply
        .answer
        .chain()
        .iter()
        .map(|link| (link.owner.as_str(), link.kind.as_str(), link.data.as_str(), link.ttl.as_secs()))
        .collect();
    assert_eq!(
        chain,
        [
            ("app.example.test", "CNAME", "lb.example.test", 120),
            ("lb.example.test", "CNAME", "edge.example.test", 60),
            ("edge.example.test", "A", "192.0.2.20", 30),
            ("edge.example.test", "A", "192.0.2.21", 30),
        ]
    );
    assert_eq!(reply.answer.ttl(), Some(Duration::from_secs(30)));
}

#[tokio::test]
async fn loops_and_endless_chains_are_named() {
    let server = Responder::new(|asked| {
        asked.with([
            alias("app.example.test", 60, "b.example.test"),
            alias("b.example.test", 60, "app.example.test"),
        ])
    });
    let Answer::Astray { why, chain } = resolved(&server, "A").await.answer else { panic!("answered") };
    assert_eq!(why, "the chain is a loop: app.example.test → b.example.test → app.example.test");
    assert_eq!(chain.len(), 2);
    let server = Responder::new(|asked| {
        let name =
            |n: usize| if n == 0 { "app.example.test".to_owned() } else { format!("n{n}.example.test") };
        asked.with((0..40).map(|n| alias(&name(n), 60, &name(n + 1))))
    });
    let Answer::Astray { why, .. } = resolved(&server, "A").await.answer else { panic!("answered") };
    assert!(why.starts_with("the chain has more than 16 links: app.example.test → n1.example.test"), "{why}");
}

#[tokio::test]
async fn a_cname_is_there_whatever_it_leads_to() {
    let target = "gone.example.test";
    let server = Responder::new(move |asked| {
        let mut reply = asked.with([alias("app.example.test", 60, target)]);
        reply.metadata.response_code = ResponseCode::NXDomain;
        reply
    });
    let reply = resolved(&server, "CNAME").await;
    assert_eq!(
        (data(&reply.answer), reply.remark.as_deref()),
        (vec![target], Some("gone.example.test does not exist"))
    );
    let Answer::Astray { why, .. } = resolved(&server, "A").await.answer else { panic!("answered") };
    assert_eq!(why, "gone.example.test does not exist");
    // A resolver that fails on the way still tells the record itself.
    let server = Responder::new(move |asked| match asked.query.queries[0].query_type() {
        RecordType::CNAME => asked.with([alias("app.example.test", 60, target)]),
        _ => asked.code(ResponseCode::ServFail),
    });
    let reply = resolved(&server, "CNAME").await;
    assert_eq!(
        (data(&reply.answer), reply.remark.as_deref()),
        (vec![target], Some("what it leads to: SERVFAIL"))
    );
    // A zone that flattens has no CNAME to show.
    let server = Responder::new(|asked| asked.with([a("app.example.test", 20, [192, 0, 2, 1])]));
    let reply = resolved(&server, "CNAME").await;
    assert_eq!(data(&reply.answer), ["192.0.2.1"]);
    assert_eq!(reply.remark.unwrap(), "no CNAME: the zone answers with addresses of its own");
}

#[tokio::test]
async fn an_aaaa_beside_the_record_is_seen() {
    let server = Responder::new(|asked| match asked.query.queries[0].query_type() {
        RecordType::AAAA => {
            let six = RData::AAAA(AAAA("2001:db8::4".parse().unwrap()));
            asked.with([Record::from_rdata(named("app.example.test"), 60, six)])
        }
        _ => asked.with([a("app.example.test", 60, [192, 0, 2, 1])]),
    });
    let reply = resolved(&server, "A").await;
    assert_eq!((data(&reply.answer), reply.aaaa[0].data.as_str()), (vec!["192.0.2.1"], "2001:db8::4"));
}

#[tokio::test]
async fn an_authority_is_asked_without_recursion_and_for_its_serial() {
    let server = Responder::new(|asked| {
        assert!(!asked.query.metadata.recursion_desired);
        match asked.query.queries[0].query_type() {
            RecordType::SOA if asked.asks("example.test", RecordType::SOA) => {
                asked.with([soa("example.test", 60, 2024, 30)])
            }
            RecordType::A => asked.with([a("app.example.test", 60, [192, 0, 2, 1])]),
            // Below the zone's top there is no SOA.
            _ => asked.with([]),
        }
    });
    let reply = authority(&server, "A").await;
    assert_eq!((reply.authoritative, reply.serial), (true, Some(2024)));
    assert_eq!(reply.server.to_string(), server.address.to_string());
}

#[tokio::test]
async fn a_referral_is_no_authority() {
    let server = Responder::new(|asked| {
        let mut reply = asked.reply();
        reply.add_authority(Record::from_rdata(named("test"), 60, RData::NS(NS(named("ns.test")))));
        reply
    });
    let reply = authority(&server, "A").await;
    assert_eq!(reply.answer, Answer::Refused("not authoritative: it points elsewhere".to_owned()));
}

#[tokio::test]
async fn a_dead_server_delays_no_other() {
    let dead = Responder::raw(|_| Vec::new());
    let live = Responder::new(|asked| asked.with([a("app.example.test", 60, [192, 0, 2, 1])]));
    let mut record = record(&[dead.address.to_string(), live.address.to_string()], &[]);
    record.every = Duration::from_millis(100);
    record.timeout = Duration::from_secs(30);
    let (tell, mut told) = tokio::sync::mpsc::channel(64);
    let (lines, _unused) = tokio::sync::mpsc::channel(1);
    let watch = Watch::new(net(), Arc::new(record));
    let task = tokio::spawn(watch.attend("dns/app/A".parse().unwrap(), Outlet::new(tell, lines)));
    let mut answers = 0;
    while answers < 5 {
        let Reading::Dns(dns) = told.recv().await.unwrap().1.reading else { panic!("not DNS") };
        match *dns {
            Dns::Servers(servers) => assert_eq!(servers.asked.len(), 3),
            Dns::Reply(reply) if reply.server == Server::Resolver(live.address.to_string()) => answers += 1,
            Dns::Reply(reply) => assert_eq!(reply.server, Server::Host, "the dead one has not answered yet"),
        }
    }
    task.abort();
}

#[tokio::test]
async fn who_is_asked_waits_for_room_where_an_answer_would_be_dropped() {
    let (tell, mut told) = tokio::sync::mpsc::channel(1);
    let (lines, _unused) = tokio::sync::mpsc::channel(1);
    let id: ProbeId = "dns/app/A".parse().unwrap();
    let now = net().clock.now();
    let full = Sample { began: now, at: now, reading: Reading::Broken("the channel is full".to_owned()) };
    tell.try_send((id.clone(), full)).unwrap();
    let live = Responder::new(|asked| asked.with([a("app.example.test", 60, [192, 0, 2, 1])]));
    let watch = Watch::new(net(), Arc::new(record(&[], &[live.address.to_string()])));
    let task = tokio::spawn(watch.attend(id, Outlet::new(tell, lines)));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(matches!(told.recv().await.unwrap().1.reading, Reading::Broken(_)));
    let Reading::Dns(dns) = told.recv().await.unwrap().1.reading else { panic!("not DNS") };
    assert!(matches!(*dns, Dns::Servers(_)), "{dns:?}");
    task.abort();
}

#[tokio::test]
async fn a_name_that_cannot_be_asked_for_is_a_broken_probe() {
    let mut wrong = record(&[], &[]);
    wrong.record = "192.0.2.1".to_owned();
    let samples = Watch::new(net(), Arc::new(wrong)).once().await;
    assert_eq!(
        samples[0].reading,
        Reading::Broken("192.0.2.1 is not a name that can be asked for".to_owned())
    );
}
