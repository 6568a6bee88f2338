use chrono::{TimeZone, Utc};

use super::*;
use crate::clock::{Clock, ManualClock};
use crate::sample::dns::{Answer, Link};

const OLD: &str = "old.azurewebsites.net";
const NEW: &str = "new.azurewebsites.net";

/// A record with two authoritative servers and one cache, and a clock that is moved by hand.
struct Desk {
    clock: ManualClock,
    record: Record,
}

fn ns(n: u8) -> Server {
    Server::Authoritative { name: format!("ns{n}.example.com"), address: ([192, 0, 2, n], 53).into() }
}

fn cache() -> Server {
    Server::Resolver("8.8.8.8".to_owned())
}

fn settings(kind: &str, old: &[&str], new: &[&str]) -> DnsRecord {
    let all = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
    DnsRecord {
        name: "api".to_owned(),
        record: "api.example.com".to_owned(),
        kind: kind.to_owned(),
        old: all(old),
        new: all(new),
        resolvers: vec![NameServer::Authoritative],
        authoritative: Vec::new(),
        bootstrap: None,
        ca: None,
        every: Duration::from_secs(10),
        timeout: Duration::from_secs(2),
        ttl_goal: None,
    }
}

fn link(owner: &str, kind: &str, data: &str, ttl: u64) -> Link {
    Link {
        owner: owner.to_owned(),
        kind: kind.to_owned(),
        data: data.to_owned(),
        ttl: Duration::from_secs(ttl),
    }
}

/// The record's CNAME, and what it leads to.
fn alias(target: &str, ttl: u64) -> Answer {
    Answer::Records(vec![link("api.example.com", "CNAME", target, ttl), link(target, "A", "203.0.113.7", 20)])
}

impl Desk {
    fn new(settings: DnsRecord) -> Desk {
        let clock = ManualClock::new(Utc.with_ymd_and_hms(2026, 11, 21, 6, 0, 0).unwrap());
        let mut desk = Desk { clock, record: Record::new(settings) };
        desk.servers(&[ns(1), ns(2), cache()]);
        desk
    }

    fn alias() -> Desk {
        Desk::new(settings("CNAME", &[OLD], &[NEW]))
    }

    fn servers(&mut self, asked: &[Server]) {
        let servers =
            Servers { asked: asked.to_vec(), zone: Some("example.com".to_owned()), missing: Vec::new() };
        self.sample(Dns::Servers(servers));
    }

    fn sample(&mut self, dns: Dns) {
        let at = self.clock.now();
        self.record.take(Sample { began: at, at, reading: Reading::Dns(Box::new(dns)) });
    }

    fn reply(&mut self, server: Server, answer: Answer) {
        let reply = Reply {
            authoritative: server.is_authoritative(),
            server,
            answer,
            stale: false,
            serial: None,
            aaaa: Vec::new(),
            remark: None,
            took: None,
        };
        self.sample(Dns::Reply(reply));
    }

    fn later(&self, seconds: u64) -> &Desk {
        self.clock.advance(Duration::from_secs(seconds));
        self
    }

    fn now(&self) -> Stamp {
        self.clock.now()
    }

    fn row(&self, server: &Server) -> &Row {
        self.record.rows.iter().find(|row| row.server == *server).unwrap()
    }

    fn events(&mut self) -> Vec<Event> {
        let (mut events, now) = (Vec::new(), self.now());
        self.record.events(&now, &mut events);
        events
    }

    /// The flips among the events: server, from, to.
    fn flips(&mut self) -> Vec<(String, String, String)> {
        let flips = self.events().into_iter().filter_map(|event| match event {
            Event::DnsFlipped { server, from, to, .. } => Some((server, from, to)),
            _ => None,
        });
        flips.collect()
    }

    fn all_say(&mut self, answer: &Answer) {
        for server in [ns(1), ns(2), cache()] {
            self.reply(server, answer.clone());
        }
    }
}

#[test]
fn a_zone_flips_server_by_server_and_the_safe_time_follows() {
    let mut desk = Desk::alias();
    desk.all_say(&alias(OLD, 300));
    assert_eq!((desk.record.share(), desk.record.state()), ((0, 3), ProbeState::Up));
    assert!(desk.events().is_empty(), "the first answers flip nothing");

    desk.later(10).now();
    desk.reply(ns(1), alias(NEW, 60));
    assert_eq!(desk.flips(), [("ns1.example.com 192.0.2.1".to_owned(), "old".to_owned(), "new".to_owned())]);
    assert!(desk.record.safe().is_none(), "a secondary still says old");
    desk.later(20).now();
    desk.reply(cache(), alias(OLD, 271));
    desk.reply(ns(2), alias(NEW, 60));
    let events = desk.events();
    let [Event::DnsFlipped { since, saw, .. }, Event::DnsSafe { ttl_s, safe, proof, .. }] = events.as_slice()
    else {
        panic!("{events:?}")
    };
    assert_eq!((since.as_str(), saw.as_str()), ("2026-11-21T06:00:30.000Z", NEW));
    assert_eq!((*ttl_s, safe.as_str()), (300, "2026-11-21T06:05:30.000Z"));
    assert_eq!(
        proof,
        "2 authoritative servers, all of them, answer new with authority by 2026-11-21T06:00:30Z \
         (ns1.example.com 192.0.2.1 since 2026-11-21T06:00:10Z, ns2.example.com 192.0.2.2 since 2026-11-21T06:00:30Z); \
         the longest old TTL was 300s (api.example.com CNAME old.azurewebsites.net, from ns2.example.com 192.0.2.2); \
         so no cache that keeps to its TTL holds the old answer after 2026-11-21T06:05:30Z"
    );
    assert_eq!(desk.record.old_left(&desk.now()), Some(Duration::from_secs(271)));
    assert_eq!(desk.record.ttl(desk.row(&cache()), &desk.now()), Some(Duration::from_secs(271)));
    desk.later(200).now();
    assert_eq!(
        desk.record.ttl(desk.row(&cache()), &desk.now()),
        Some(Duration::from_secs(71)),
        "it counts down"
    );
    assert_eq!(
        desk.record.ttl(desk.row(&ns(1)), &desk.now()),
        Some(Duration::from_mins(1)),
        "there it does not"
    );

    desk.later(72).now();
    desk.reply(cache(), alias(NEW, 60));
    assert_eq!(desk.flips(), [("8.8.8.8".to_owned(), "old".to_owned(), "new".to_owned())]);
    assert_eq!((desk.record.share(), desk.record.old_left(&desk.now())), ((3, 3), None));
    assert_eq!(desk.record.safe().unwrap().left(&desk.now()), Some(Duration::from_secs(28)));
    desk.later(28).now();
    assert_eq!(desk.record.safe().unwrap().left(&desk.now()), None, "by the second");
}

#[test]
fn an_old_answer_past_the_safe_time_is_stale() {
    let mut desk = Desk::alias();
    desk.all_say(&alias(OLD, 300));
    desk.later(10).now();
    desk.reply(ns(1), alias(NEW, 60));
    desk.reply(ns(2), alias(NEW, 60));
    desk.reply(cache(), alias(OLD, 290));
    assert!(!desk.record.is_serving_stale(desk.row(&cache())), "an honest cache");
    desk.later(280).now();
    desk.reply(cache(), alias(OLD, 30));
    assert!(desk.record.is_serving_stale(desk.row(&cache())), "its TTL goes past the end");
    desk.later(21).now();
    desk.reply(cache(), alias(OLD, 1));
    assert!(desk.record.is_serving_stale(desk.row(&cache())), "past the end itself");
    let safe = desk.record.safe().unwrap();
    assert_eq!(safe.ttl, Duration::from_mins(5), "what lies does not move the proof");
    desk.reply(cache(), alias(NEW, 60));
    assert!(!desk.record.is_serving_stale(desk.row(&cache())));
}

#[test]
fn a_server_that_says_that_it_is_stale_is_believed() {
    let mut desk = Desk::alias();
    let reply = Reply {
        server: cache(),
        answer: alias(OLD, 30),
        authoritative: false,
        stale: true,
        serial: None,
        aaaa: Vec::new(),
        remark: None,
        took: None,
    };
    desk.sample(Dns::Reply(reply));
    assert!(desk.record.is_serving_stale(desk.row(&cache())));
}

#[test]
fn a_flip_back_is_an_event_and_takes_the_safe_time_away() {
    let mut desk = Desk::alias();
    desk.all_say(&alias(OLD, 300));
    desk.reply(ns(1), alias(NEW, 60));
    desk.reply(ns(2), alias(NEW, 60));
    assert!(desk.record.safe().is_some());
    desk.events();
    desk.later(10).now();
    desk.reply(ns(1), alias(OLD, 300));
    assert_eq!(desk.flips(), [("ns1.example.com 192.0.2.1".to_owned(), "new".to_owned(), "old".to_owned())]);
    assert_eq!((desk.record.safe(), desk.record.all_new()), (None, None));
    desk.later(10).now();
    desk.reply(ns(1), alias(NEW, 60));
    let safe = desk.record.safe().unwrap();
    assert_eq!(safe.at().to_rfc3339(), "2026-11-21T06:05:20+00:00");
    assert_eq!(desk.events().len(), 2, "the flip and the new safe time");
}

#[test]
fn silence_is_no_flip_and_no_proof() {
    let mut desk = Desk::alias();
    desk.all_say(&alias(OLD, 300));
    desk.reply(ns(1), alias(NEW, 60));
    desk.events();
    for _ in 0..3 {
        desk.later(10).now();
        desk.reply(ns(2), Answer::NoAnswer("no answer from 192.0.2.2:53 within 2.0s".to_owned()));
        desk.reply(ns(1), Answer::Refused("SERVFAIL".to_owned()));
    }
    assert!(desk.events().is_empty());
    assert_eq!(desk.record.state(), ProbeState::Down);
    assert_eq!(desk.record.share(), (1, 3), "what it said last still counts");
    assert!(desk.record.safe().is_none());
    assert_eq!(desk.record.saw(), "1 of 3 on new, ns1.example.com 192.0.2.1: SERVFAIL");
}

#[test]
fn a_new_answer_without_authority_proves_nothing() {
    let mut desk = Desk::alias();
    desk.all_say(&alias(OLD, 300));
    desk.reply(ns(2), alias(NEW, 60));
    let reply = Reply {
        server: ns(1),
        answer: alias(NEW, 60),
        authoritative: false,
        stale: false,
        serial: None,
        aaaa: Vec::new(),
        remark: None,
        took: None,
    };
    desk.sample(Dns::Reply(reply));
    assert_eq!((desk.record.share(), desk.record.safe()), ((2, 3), None));
}

#[test]
fn a_server_found_later_must_turn_too() {
    let mut desk = Desk::alias();
    desk.all_say(&alias(OLD, 300));
    desk.reply(ns(1), alias(NEW, 60));
    desk.reply(ns(2), alias(NEW, 60));
    assert!(desk.record.safe().is_some());
    desk.later(60).now();
    desk.servers(&[ns(1), ns(2), ns(3), cache()]);
    desk.reply(ns(3), alias(OLD, 300));
    assert!(desk.record.safe().is_none());
    assert!(desk.row(&ns(1)).flipped().is_some(), "the others keep what they said");
    desk.servers(&[ns(1), ns(2), cache()]);
    desk.reply(ns(1), alias(NEW, 60));
    assert!(desk.record.safe().is_some());
}

#[test]
fn only_links_that_changed_count() {
    let chain = |target: &str, ip: &str| {
        Answer::Records(vec![
            link("api.example.com", "CNAME", "lb.example.com", 86_400),
            link("lb.example.com", "CNAME", target, 120),
            link(target, "A", ip, 3600),
        ])
    };
    let mut desk = Desk::new(settings("A", &[OLD], &[NEW]));
    desk.all_say(&chain(OLD, "192.0.2.1"));
    desk.reply(ns(1), chain(NEW, "203.0.113.7"));
    desk.reply(ns(2), chain(NEW, "203.0.113.7"));
    let safe = desk.record.safe().unwrap();
    assert_eq!(safe.ttl, Duration::from_mins(2), "{}", safe.proof);
    assert_eq!(desk.record.ttl(desk.row(&cache()), &desk.now()), Some(Duration::from_mins(2)));
}

#[test]
fn a_ttl_lowered_before_the_change_counts_as_long_as_it_was_given() {
    let mut desk = Desk::alias();
    desk.all_say(&alias(OLD, 86_400));
    desk.later(3600).now();
    for server in [ns(1), ns(2)] {
        desk.reply(server, alias(OLD, 300));
    }
    desk.later(36_000).now();
    for server in [ns(1), ns(2)] {
        desk.reply(server, alias(NEW, 300));
    }
    // Lowered eleven hours ago: what was fetched at the last moment stays for a day.
    let safe = desk.record.safe().unwrap();
    assert_eq!(safe.at().to_rfc3339(), "2026-11-22T07:00:00+00:00", "{}", safe.proof);
    assert!(safe.proof.contains("the longest old TTL was 86400s"), "{}", safe.proof);
    assert!(safe.proof.contains(", until 2026-11-21T07:00:00Z)"), "{}", safe.proof);
}

#[test]
fn a_cache_that_was_seen_to_hold_it_longer_counts_too() {
    let mut desk = Desk::alias();
    // The TTL was lowered before the cockpit was started; a cache still has it from before.
    desk.all_say(&alias(OLD, 300));
    desk.reply(cache(), alias(OLD, 50_000));
    desk.reply(ns(1), alias(NEW, 300));
    desk.reply(ns(2), alias(NEW, 300));
    let safe = desk.record.safe().unwrap();
    assert_eq!(safe.ttl, Duration::from_secs(50_000));
    assert!(safe.proof.contains("8.8.8.8 held the old answer for another 50000s"), "{}", safe.proof);
}

#[test]
fn a_name_that_did_not_exist_is_kept_as_absent_for_its_own_time() {
    let mut desk = Desk::new(settings("A", &[], &["203.0.113.7"]));
    desk.all_say(&Answer::NoName(Some(Duration::from_mins(15))));
    assert_eq!(desk.record.state(), ProbeState::Up, "it need not exist yet");
    let new = Answer::Records(vec![link("api.example.com", "A", "203.0.113.7", 60)]);
    desk.reply(ns(1), new.clone());
    desk.reply(ns(2), new);
    let safe = desk.record.safe().unwrap();
    assert_eq!(safe.ttl, Duration::from_mins(15));
    assert!(safe.proof.contains("which did not exist"), "{}", safe.proof);
    assert_eq!(desk.flips()[0].1, "NXDOMAIN");
    assert_eq!(desk.record.old_left(&desk.now()), Some(Duration::from_mins(15)), "caches keep absence, too");
}

#[test]
fn without_an_old_ttl_there_is_no_safe_time() {
    let mut desk = Desk::alias();
    desk.reply(ns(1), alias(NEW, 60));
    desk.reply(ns(2), alias(NEW, 60));
    desk.reply(cache(), alias(OLD, 250));
    assert!(desk.record.all_new().is_some() && desk.record.safe().is_none());
    assert!(desk.events().is_empty());
    assert_eq!(desk.record.old_left(&desk.now()), Some(Duration::from_secs(250)));
}

#[test]
fn a_denied_or_foreign_answer_is_down_after_two() {
    for answer in [
        Answer::NoName(None),
        Answer::NoData(None),
        Answer::Records(vec![link("api.example.com", "CNAME", "parked.example.net", 60)]),
        Answer::Astray { chain: Vec::new(), why: "the chain is a loop: a → a".to_owned() },
    ] {
        let mut desk = Desk::alias();
        desk.all_say(&alias(OLD, 60));
        desk.reply(cache(), answer.clone());
        assert_eq!((desk.record.state(), desk.record.settled()), (ProbeState::Pending, ProbeState::Up));
        desk.reply(cache(), answer);
        assert_eq!(desk.record.state(), ProbeState::Down);
        desk.reply(cache(), alias(OLD, 60));
        desk.reply(cache(), alias(OLD, 60));
        assert_eq!(desk.record.state(), ProbeState::Up);
    }
}

#[test]
fn a_server_that_is_not_heard_of_is_stale() {
    let mut desk = Desk::alias();
    desk.all_say(&alias(OLD, 60));
    desk.later(33).now();
    let now = desk.now();
    desk.record.age(&now);
    assert_eq!(desk.record.state(), ProbeState::Stale);
    desk.all_say(&alias(OLD, 60));
    assert_eq!(desk.record.state(), ProbeState::Up);
}

#[test]
fn who_is_not_known_yet_is_unknown() {
    let mut desk = Desk::alias();
    assert_eq!((desk.record.state(), desk.record.saw().as_str()), (ProbeState::Unknown, "0 of 3 on new"));
    let missing = vec!["the zone's servers are not known: no answer".to_owned()];
    desk.sample(Dns::Servers(Servers { asked: vec![cache()], zone: None, missing }));
    desk.reply(cache(), alias(OLD, 60));
    assert_eq!(desk.record.state(), ProbeState::Unknown, "authority was asked for");
    assert!(desk.record.saw().ends_with("the zone's servers are not known: no answer"));
}

#[test]
fn a_server_that_joins_has_to_turn_too_and_one_that_left_says_nothing_more() {
    let mut desk = Desk::alias();
    desk.all_say(&alias(OLD, 60));
    desk.all_say(&alias(NEW, 60));
    assert!(desk.record.safe().is_some());
    desk.servers(&[ns(1), ns(2), ns(3), cache()]);
    assert_eq!(desk.record.safe(), None, "nobody knows what the third one says");
    desk.servers(&[ns(1), ns(2), cache()]);
    assert!(desk.record.safe().is_some());
    // Its last answer was on its way.
    desk.reply(ns(3), alias(OLD, 60));
    assert!(desk.record.safe().is_some() && desk.record.rows.len() == 3);
}

#[test]
fn flips_wait_for_the_log_and_come_back_when_they_are_refused() {
    let mut desk = Desk::alias();
    desk.all_say(&alias(OLD, 60));
    desk.all_say(&alias(NEW, 60));
    let events = desk.events();
    assert_eq!(events.len(), 4);
    assert!(desk.events().is_empty(), "each is given once");
    for event in events.iter().rev() {
        desk.record.refused(event);
    }
    assert_eq!(desk.events(), events);
}

#[test]
fn many_caches_behind_one_address_do_not_flood_the_log() {
    let mut desk = Desk::alias();
    desk.all_say(&alias(OLD, 60));
    for turn in 0..40 {
        desk.later(10).now();
        desk.reply(cache(), alias(if turn % 2 == 0 { NEW } else { OLD }, 60));
        let now = desk.now();
        desk.record.age(&now);
    }
    assert_eq!(desk.flips().len(), 6);
    assert!(desk.row(&cache()).is_restless(&desk.now()));
    desk.reply(cache(), alias(NEW, 60));
    desk.later(601).now();
    let now = desk.now();
    desk.record.age(&now);
    assert_eq!(
        desk.flips(),
        [("8.8.8.8".to_owned(), "old".to_owned(), "new".to_owned())],
        "what it settled with"
    );
    desk.record.age(&now);
    assert!(desk.flips().is_empty());
}

#[test]
fn an_aaaa_that_nobody_declared_is_left_over() {
    let mut desk = Desk::new(settings("A", &["192.0.2.1", "2001:db8::1"], &["203.0.113.7", "2001:db8::7"]));
    let mut say = |ip: &str, six: &[Link]| {
        let reply = Reply {
            server: cache(),
            answer: Answer::Records(vec![link("api.example.com", "A", ip, 60)]),
            authoritative: false,
            stale: false,
            serial: None,
            aaaa: six.to_vec(),
            remark: None,
            took: None,
        };
        desk.sample(Dns::Reply(reply));
        desk.record.leftovers()
    };
    let six = |ip: &str| link("api.example.com", "AAAA", ip, 60);
    let found = say("192.0.2.1", &[six("2001:db8::1")]);
    assert_eq!(found, [Leftover { address: "2001:db8::1".to_owned(), old: true, left: false }]);
    let found = say("203.0.113.7", &[six("2001:db8::1"), six("2001:db8::9")]);
    assert_eq!(found.len(), 2);
    assert!(found[0].left && found[0].old && found[1].left && !found[1].old);
    assert_eq!(say("203.0.113.7", &[six("2001:DB8:0::7")]), [], "declared as new");
}

#[test]
fn addresses_behind_a_declared_name_are_its_own_affair() {
    let mut desk = Desk::alias();
    let reply = Reply {
        server: cache(),
        answer: alias(NEW, 60),
        authoritative: false,
        stale: false,
        serial: None,
        aaaa: vec![link("api.example.com", "CNAME", NEW, 60), link(NEW, "AAAA", "2001:db8::7", 60)],
        remark: None,
        took: None,
    };
    desk.sample(Dns::Reply(reply.clone()));
    assert_eq!(desk.record.leftovers(), []);
    let aaaa = vec![link("api.example.com", "AAAA", "2001:db8::1", 60)];
    desk.sample(Dns::Reply(Reply { aaaa, ..reply }));
    assert_eq!(desk.record.leftovers().len(), 1);
}

#[test]
fn a_lagging_secondary_is_counted_in_versions() {
    let mut desk = Desk::alias();
    for (server, serial) in [(ns(1), 3), (ns(2), u32::MAX)] {
        let reply = Reply {
            server,
            answer: alias(OLD, 60),
            authoritative: true,
            stale: false,
            serial: Some(serial),
            aaaa: Vec::new(),
            remark: None,
            took: None,
        };
        desk.sample(Dns::Reply(reply));
    }
    assert_eq!((desk.record.lag(desk.row(&ns(1))), desk.record.lag(desk.row(&ns(2)))), (None, Some(4)));
}

#[test]
fn this_host_is_told_by_the_addresses_that_others_lead_to() {
    let mut desk = Desk::alias();
    desk.servers(&[ns(1), cache(), Server::Host]);
    let old =
        Answer::Records(vec![link("api.example.com", "CNAME", OLD, 60), link(OLD, "A", "192.0.2.1", 20)]);
    desk.reply(cache(), old);
    desk.reply(ns(1), alias(NEW, 60));
    let host = |ip: &str| Answer::Records(vec![link("api.example.com", "A", ip, 0)]);
    for (ip, stance) in
        [("192.0.2.1", Stance::Old), ("203.0.113.7", Stance::New), ("198.51.100.1", Stance::Unsided)]
    {
        desk.reply(Server::Host, host(ip));
        assert_eq!(desk.row(&Server::Host).stance, Some(stance), "{ip}");
    }
    assert_eq!(desk.record.share(), (1, 2), "it is no server");
    assert!(!desk.record.is_serving_stale(desk.row(&Server::Host)));
}

#[test]
fn a_long_ttl_is_announced_before_the_day() {
    let mut desk = Desk::alias();
    desk.all_say(&alias(OLD, 86_400));
    let window = |hours| Some(desk.now().wall + chrono::TimeDelta::hours(hours));
    assert_eq!(
        preflight(&desk.record, window(48), &desk.now()).unwrap(),
        "TTL is still 86400s; lower it to 1h or less at least 1d before the change"
    );
    assert!(
        preflight(&desk.record, window(3), &desk.now()).unwrap().contains("too late for the window's start")
    );
    let (before, lowered) = (desk.now(), window(3));
    desk.later(60).now();
    for server in [ns(1), ns(2)] {
        desk.reply(server, alias(OLD, 300));
    }
    assert_eq!(
        preflight(&desk.record, lowered, &desk.now()).unwrap(),
        "TTL was lowered from 1d at 2026-11-21T06:01:00Z; caches may keep the longer one until 2026-11-22T06:01:00Z"
    );
    desk.later(86_400).now();
    assert_eq!(preflight(&desk.record, None, &desk.now()), None);
    desk.reply(ns(1), alias(NEW, 86_400));
    assert_eq!(preflight(&desk.record, None, &before), None, "the change has begun");
}

#[test]
fn a_goal_of_ones_own_is_kept_to() {
    let mut desk =
        Desk::new(DnsRecord { ttl_goal: Some(Duration::from_mins(1)), ..settings("CNAME", &[OLD], &[NEW]) });
    desk.all_say(&alias(OLD, 300));
    assert_eq!(
        preflight(&desk.record, None, &desk.now()).unwrap(),
        "TTL is still 300s; lower it to 1m or less at least 5m before the change"
    );
}

#[test]
fn a_record_without_sides_shows_what_it_says() {
    let mut desk = Desk::new(settings("A", &[], &[]));
    desk.all_say(&Answer::Records(vec![link("api.example.com", "A", "192.0.2.1", 60)]));
    desk.all_say(&Answer::Records(vec![link("api.example.com", "A", "192.0.2.2", 60)]));
    assert_eq!((desk.record.saw().as_str(), desk.record.state()), ("192.0.2.2", ProbeState::Up));
    assert!(desk.events().is_empty() && !desk.record.has_sides());
}

#[test]
fn a_record_that_cannot_be_asked_for_says_why() {
    let mut desk = Desk::alias();
    let at = desk.now();
    desk.record.take(Sample { began: at, at, reading: Reading::Broken("no such type".to_owned()) });
    assert_eq!((desk.record.state(), desk.record.saw().as_str()), (ProbeState::Unknown, "no such type"));
}
