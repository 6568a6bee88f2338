use std::net::Ipv4Addr;

use hickory_proto::rr::Record;
use hickory_proto::rr::rdata::NS;

use super::*;
use crate::probe::dns::tests::{Responder, a, alias, named, net, soa};

const WITHIN: Duration = Duration::from_millis(500);

fn ns(zone: &str, server: &str) -> Record {
    Record::from_rdata(named(zone), 60, RData::NS(NS(named(server))))
}

/// A resolver that knows two zones, `example.test` with two servers and `cloud.test` with one.
fn resolver() -> Responder {
    Responder::new(|asked| {
        let query = &asked.query.queries[0];
        let (name, kind) = (data::name(query.name()), query.query_type());
        assert!(asked.query.metadata.recursion_desired);
        match (name.as_str(), kind) {
            // A question for what is an alias leads into another zone.
            ("app.example.test", RecordType::SOA) => {
                asked.with([alias("app.example.test", 60, "cloud.test"), soa("cloud.test", 60, 1, 60)])
            }
            ("app.cloud.test", RecordType::SOA) => {
                let mut reply = asked.reply();
                reply.add_authority(soa("cloud.test", 60, 1, 60));
                reply
            }
            ("cloud.test", RecordType::SOA) => asked.with([soa("cloud.test", 60, 1, 60)]),
            ("example.test", RecordType::SOA) => asked.with([soa("example.test", 60, 1, 60)]),
            ("example.test", RecordType::NS) => asked.with([
                ns("example.test", "NS2.example.test"),
                ns("example.test", "ns1.example.test"),
                ns("example.test", "ns3.example.test"),
            ]),
            ("cloud.test", RecordType::NS) => asked.with([ns("cloud.test", "ns.cloud.test")]),
            ("ns1.example.test", RecordType::A) => asked.with([
                a("ns1.example.test", 60, [127, 0, 0, 11]),
                a("ns1.example.test", 60, [127, 0, 0, 12]),
            ]),
            ("ns2.example.test", RecordType::A) => asked.with([a("ns2.example.test", 60, [127, 0, 0, 13])]),
            ("ns.cloud.test", RecordType::A) => asked.with([a("ns.cloud.test", 60, [127, 0, 0, 1])]),
            _ => asked.with([]),
        }
    })
}

fn zones(resolver: &Responder) -> Zones {
    let bootstrap = NameServer::parse(&resolver.address.to_string()).unwrap();
    Zones::new(&net(), Some(&bootstrap), None, WITHIN)
}

#[tokio::test]
async fn every_address_of_every_server_is_found() {
    let resolver = resolver();
    let zone = Arc::new(zones(&resolver).at_port(5300)).of(&named("app.example.test")).await.unwrap();
    assert_eq!(data::name(&zone.name), "example.test");
    let servers: Vec<_> = zone.servers.iter().map(|(name, at)| format!("{name} {at}")).collect();
    assert_eq!(
        servers,
        [
            "ns1.example.test 127.0.0.11:5300",
            "ns1.example.test 127.0.0.12:5300",
            "ns2.example.test 127.0.0.13:5300"
        ]
    );
    assert_eq!(zone.missing, ["ns3.example.test has no address"]);
}

#[tokio::test]
async fn a_chain_is_followed_into_the_next_zone() {
    let resolver = resolver();
    let next = Responder::on(Ipv4Addr::LOCALHOST, 0, |asked| {
        assert!(!asked.query.metadata.recursion_desired);
        let name = data::name(asked.query.queries[0].name());
        let reply = match name.as_str() {
            "app.cloud.test" => asked.with([a("app.cloud.test", 30, [192, 0, 2, 7])]),
            "back.cloud.test" => asked.with([alias("back.cloud.test", 30, "app.example.test")]),
            _ => asked.code(ResponseCode::NXDomain),
        };
        vec![reply.to_vec().unwrap()]
    });
    let zones = Arc::new(zones(&resolver).at_port(next.address.port()));
    let follow = async |target: &str| {
        let mut chain = Chain::new(&named("app.example.test"));
        let End::Open(open) = chain.extend(&[alias("app.example.test", 60, target)], RecordType::A) else {
            panic!()
        };
        let end = zones.follow(&mut chain, open, RecordType::A).await;
        (chain.records.len(), end)
    };
    assert!(matches!(follow("app.cloud.test").await, (2, Ok(()))));
    let (_, Err(Lost::Astray(why))) = follow("back.cloud.test").await else { panic!("no loop") };
    assert_eq!(why, "the chain is a loop: app.example.test → back.cloud.test → app.example.test");
    let (_, Err(Lost::Astray(why))) = follow("gone.cloud.test").await else { panic!("found") };
    assert_eq!(why, "gone.cloud.test does not exist");
}

#[tokio::test]
async fn a_resolver_that_fails_is_named_with_the_zone_unknown() {
    let broken = Responder::new(|asked| asked.code(ResponseCode::Refused));
    let why = Arc::new(zones(&broken)).of(&named("app.example.test")).await.unwrap_err();
    assert_eq!(why, "REFUSED for app.example.test");
}

#[test]
fn the_systems_resolvers_are_read_as_they_stand() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = "# comment\nsearch example.test\nnameserver 192.0.2.53\nnameserver  2001:db8::53\nnameserver 192.0.2.53\noptions ndots:2\nnameserver bad\n";
    std::fs::write(file.path(), text).unwrap();
    let found = resolvers(file.path()).unwrap();
    assert_eq!(found, ["192.0.2.53".parse::<IpAddr>().unwrap(), "2001:db8::53".parse().unwrap()]);
    std::fs::write(file.path(), "search example.test\n").unwrap();
    assert!(resolvers(file.path()).unwrap_err().ends_with("names no resolver"));
    assert!(
        resolvers(Path::new("/nowhere/resolv.conf"))
            .unwrap_err()
            .starts_with("cannot read /nowhere/resolv.conf: no such")
    );
}

#[tokio::test]
async fn a_server_given_by_its_name_is_asked_on_when_the_look_up_fails() {
    let up = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let is_up = Arc::clone(&up);
    let resolver = Responder::new(move |asked| {
        if is_up.load(std::sync::atomic::Ordering::SeqCst) {
            return asked.with([a("ns1.example.test", 60, [127, 0, 0, 11])]);
        }
        let mut reply = asked.reply();
        reply.metadata.response_code = ResponseCode::ServFail;
        reply
    });
    let zones = zones(&resolver);
    let there = vec![IpAddr::from(Ipv4Addr::new(127, 0, 0, 11))];
    assert!(zones.addresses_of("ns1.example.test").await.unwrap().starts_with(&there));
    up.store(false, std::sync::atomic::Ordering::SeqCst);
    assert!(zones.addresses_of("ns1.example.test").await.unwrap().starts_with(&there));
    assert!(zones.addresses_of("ns2.example.test").await.is_err(), "never known");
}
