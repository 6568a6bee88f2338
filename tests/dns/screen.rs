//! The pane and the sheet of a record, as the morning goes on.

use cutover::sample::dns::Link;
use cutover::signoff::event::RunMode;
use cutover::state::Msg;
use cutover::state::action::Action;
use cutover::theme::{self, Depth, Styles, Theme};
use cutover::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::common::desk::Desk;
use crate::common::outline::checklist;

const SIDECAR: &str = r#"
window = { start = 2026-11-21T06:00:00Z, end = 2026-11-21T09:00:00Z }

[[dns]]
name = "api.example.com"
type = "CNAME"
old = "old.azurewebsites.net"
new = "new.azurewebsites.net"
ttl_goal = "60s"

[[dns]]
name = "www.example.com"
old = "198.51.100.4"
new = "203.0.113.7"
"#;

const API: &str = "dns/api.example.com/CNAME";
const WWW: &str = "dns/www.example.com/A";

fn ns(n: u8) -> Server {
    Server::Authoritative { name: format!("ns{n}.example.com"), address: ([192, 0, 2, n], 53).into() }
}

fn at(resolver: &str) -> Server {
    Server::Resolver(resolver.to_owned())
}

fn link(owner: &str, kind: &str, data: &str, ttl: u64) -> Link {
    Link {
        owner: owner.to_owned(),
        kind: kind.to_owned(),
        data: data.to_owned(),
        ttl: Duration::from_secs(ttl),
    }
}

fn alias(side: &str, ttl: u64) -> Answer {
    let target = format!("{side}.azurewebsites.net");
    Answer::Records(vec![
        link("api.example.com", "CNAME", &target, ttl),
        link(&target, "A", "203.0.113.7", 20),
    ])
}

fn address(ip: &str) -> Answer {
    Answer::Records(vec![link("www.example.com", "A", ip, 60)])
}

fn reply(server: Server, answer: Answer) -> Reply {
    Reply {
        authoritative: server.is_authoritative(),
        serial: server.is_authoritative().then_some(7),
        server,
        answer,
        stale: false,
        aaaa: Vec::new(),
        remark: None,
        took: Some(Duration::from_millis(12)),
    }
}

/// A desk in front of the two records.
struct Front(Desk);

impl Front {
    fn new() -> Front {
        Front::of(SIDECAR)
    }

    fn of(sidecar: &str) -> Front {
        let settings = cutover::config::load("shop.toml".as_ref(), sidecar, &|_| None).unwrap();
        let mut front = Front(Desk::start(
            "2026-11-21T06:36:00Z",
            RunMode::Live,
            checklist("Shop", "# One\n- Move\n"),
            settings,
        ));
        let asked = vec![ns(1), ns(2), at("1.1.1.1"), at("8.8.8.8"), Server::Host];
        for id in [API, WWW] {
            let servers =
                Servers { asked: asked.clone(), zone: Some("example.com".to_owned()), missing: Vec::new() };
            front.take(id, Dns::Servers(servers));
        }
        front
    }

    fn take(&mut self, id: &str, dns: Dns) {
        let at = self.0.now();
        let sample = Sample { began: at, at, reading: Reading::Dns(Box::new(dns)) };
        self.0.send(Msg::Sample(id.parse().unwrap(), Box::new(sample)));
    }

    fn says(&mut self, id: &str, server: Server, answer: Answer) {
        self.take(id, Dns::Reply(reply(server, answer)));
    }

    fn screen(&self, columns: u16, rows: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        let styles = Styles::new(&Theme::builtin().unwrap(), Depth::True);
        terminal
            .draw(|frame| {
                let _ = view::render(frame, &self.0.state, &styles, &theme::UNICODE, &self.0.now());
            })
            .unwrap();
        let buffer = terminal.backend().buffer();
        let line = |y| (0..columns).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..rows).map(|y| line(y).trim_end().to_owned() + "\n").collect()
    }

    /// 06:40: the zone has moved, one resolver has not; beside the second record an AAAA was forgotten.
    fn morning() -> Front {
        let mut front = Front::new();
        for server in [ns(1), ns(2), at("1.1.1.1"), at("8.8.8.8")] {
            front.says(API, server.clone(), alias("old", 300));
            front.says(WWW, server, address("198.51.100.4"));
        }
        front.0.wait(2);
        front.says(API, ns(1), alias("new", 300));
        front.0.wait(10);
        front.says(API, ns(2), alias("new", 300));
        front.0.wait(120);
        front.says(API, at("1.1.1.1"), alias("new", 41));
        front.says(API, at("8.8.8.8"), alias("old", 168));
        front.says(API, ns(1), alias("new", 300));
        front.says(API, ns(2), alias("new", 300));
        for server in [ns(1), ns(2), at("1.1.1.1"), at("8.8.8.8")] {
            let mut reply = reply(server, address("203.0.113.7"));
            reply.aaaa = vec![link("www.example.com", "AAAA", "2001:db8::4", 60)];
            front.take(WWW, Dns::Reply(reply));
        }
        front.says(WWW, Server::Host, address("198.51.100.4"));
        front
    }
}

#[test]
fn the_pane_tells_each_server_and_what_comes_next() {
    let mut front = Front::morning();
    front.0.press(Action::Focus(3));
    insta::assert_snapshot!("dns_pane", front.screen(160, 30));
    insta::assert_snapshot!("dns_pane_narrow", front.screen(80, 24));
}

#[test]
fn a_record_whole() {
    let mut front = Front::morning();
    front.0.press(Action::Focus(3));
    front.0.press(Action::Open);
    insta::assert_snapshot!("dns_sheet", front.screen(120, 70));
}

#[test]
fn ttls_run_down_until_it_is_safe() {
    let mut front = Front::morning();
    let screen = front.screen(160, 45);
    assert!(screen.contains("3 of 4 on new") && screen.contains("last old answer gone in 02:48"), "{screen}");
    front.0.wait(8);
    assert!(front.screen(160, 45).contains("last old answer gone in 02:40"));
    front.says(API, at("8.8.8.8"), alias("new", 300));
    let screen = front.screen(160, 45);
    assert!(screen.contains("4 of 4 on new") && screen.contains("safe in 02:52 (at 06:41:12)"), "{screen}");
    front.0.wait(172);
    assert!(front.screen(160, 45).contains("safe since 06:41:12"));
    front.says(API, at("8.8.8.8"), alias("old", 30));
    let screen = front.screen(160, 45);
    assert!(screen.contains("8.8.8.8 serves a stale answer") && screen.contains("serve-stale"), "{screen}");
}

#[test]
fn an_aaaa_that_is_declared_is_not_called_forgotten() {
    let told = |sidecar: &str| {
        let mut front = Front::of(sidecar);
        let mut reply = reply(ns(1), address("198.51.100.4"));
        reply.aaaa = vec![link("www.example.com", "AAAA", "2001:db8::4", 60)];
        front.take(WWW, Dns::Reply(reply));
        front.screen(160, 45).contains("is not declared: does it move too?")
    };
    assert!(told(SIDECAR));
    let both = "[[dns]]\nname = \"www.example.com\"\ntype = \"AAAA\"\nold = \"2001:db8::4\"\nnew = \"2001:db8::7\"\n";
    assert!(!told(&format!("{SIDECAR}{both}")));
}

#[test]
fn flips_and_the_safe_time_are_on_record() {
    let front = Front::morning();
    let record = &front.0.state.record;
    let flips: Vec<_> = record
        .flips
        .iter()
        .filter(|flip| flip.record.to_string() == API)
        .map(|flip| flip.server.as_str())
        .collect();
    assert_eq!(flips, ["ns1.example.com 192.0.2.1", "ns2.example.com 192.0.2.2", "1.1.1.1"]);
    let safe = record.safe_times.iter().find(|safe| safe.record.to_string() == API).unwrap();
    assert_eq!(safe.safe, "2026-11-21T06:41:12.000Z");
    assert!(safe.proof.contains("the longest old TTL was 300s"), "{}", safe.proof);
}

#[test]
fn a_flip_while_the_log_hangs_waits_for_it() {
    let mut front = Front::new();
    front.says(API, at("8.8.8.8"), alias("old", 300));
    front.0.disk_hangs = true;
    front.says(API, at("8.8.8.8"), alias("new", 300));
    let kept = std::mem::take(&mut front.0.kept);
    assert!(kept.iter().any(|draft| matches!(draft.event, Event::DnsFlipped { .. })));
    front.0.disk_hangs = false;
    front.0.send(Msg::Refused {
        drafts: kept.into(),
        why: "no space left on device".to_owned(),
        full: false,
    });
    front.0.wait(120);
    assert_eq!(front.0.state.record.flips.len(), 1);
    assert_eq!(
        front.0.state.record.flips[0].since, "2026-11-21T06:36:00.000Z",
        "when it was, not when it was written"
    );
}

#[test]
fn no_size_is_too_small() {
    let mut front = Front::morning();
    front.0.press(Action::Focus(3));
    for (columns, rows) in [(1, 1), (10, 4), (40, 10), (60, 12), (200, 60)] {
        front.screen(columns, rows);
    }
    front.0.press(Action::Open);
    for (columns, rows) in [(1, 1), (12, 5), (40, 10), (200, 60)] {
        front.screen(columns, rows);
    }
}
