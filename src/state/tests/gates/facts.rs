//! Every fact that a gate may ask of DNS, copies and logs, by readings as probes send them.

use super::*;
use crate::sample::copy::{Count, End, Lag, Progress, Source, Stage};
use crate::sample::dns::{Answer, Dns, Link, Reply, Server, Servers};
use crate::sample::log::{Chunk, Entry, Level, Shape, Source as LogState};
use crate::sample::{Copy, LogBatch};

/// A desk whose first item needs this.
fn needing(probe: &str, need: &str) -> Desk {
    gated(&sidecar(probe, need))
}

fn sidecar(probe: &str, need: &str) -> String {
    format!("{probe}\n[[gate]]\nitem = \"switch\"\nneeds = ['{need}']\n")
}

/// How the gate stands: `met`, `unmet: saw`, `unknown: why`.
fn stands(desk: &Desk) -> String {
    match desk.standing("switch") {
        Standing::Met { .. } => "met".to_owned(),
        Standing::Holding { .. } => "holding".to_owned(),
        Standing::Unmet { saw, .. } => format!("unmet: {saw}"),
        Standing::Unknown { why, .. } => format!("unknown: {why}"),
    }
}

fn send(desk: &mut Desk, probe: &str, reading: Reading) {
    let now = desk.clock.now();
    desk.take(Msg::Sample(probe.parse().unwrap(), Box::new(Sample { began: now, at: now, reading })));
    desk.sync();
}

const DNS: &str = "
[[dns]]
name = \"api\"
record = \"api.example.com\"
old = \"198.51.100.4\"
new = \"203.0.113.7\"
resolvers = [\"authoritative\", \"192.0.2.53\"]
";

fn authority() -> Server {
    Server::Authoritative { name: "ns1.example.com".to_owned(), address: "192.0.2.1:53".parse().unwrap() }
}

fn resolver() -> Server {
    Server::Resolver("192.0.2.53".to_owned())
}

fn answers(desk: &mut Desk, server: Server, address: &str, ttl: u64) {
    let link = Link {
        owner: "api.example.com".to_owned(),
        kind: "A".to_owned(),
        data: address.to_owned(),
        ttl: Duration::from_secs(ttl),
    };
    let reply = Reply {
        authoritative: server.is_authoritative(),
        server,
        answer: Answer::Records(vec![link]),
        stale: false,
        serial: None,
        aaaa: Vec::new(),
        remark: None,
        took: None,
    };
    send(desk, "dns/api/A", Reading::Dns(Box::new(Dns::Reply(reply))));
}

/// Both servers are known.
fn list(desk: &mut Desk) {
    let servers = Servers { asked: vec![authority(), resolver()], ..Servers::default() };
    send(desk, "dns/api/A", Reading::Dns(Box::new(Dns::Servers(servers))));
}

/// Both servers are known, and have answered old.
fn asked(need: &str) -> Desk {
    let mut desk = needing(DNS, need);
    list(&mut desk);
    assert!(stands(&desk).starts_with("unknown: "), "{}", stands(&desk));
    answers(&mut desk, authority(), "198.51.100.4", 60);
    answers(&mut desk, resolver(), "198.51.100.4", 60);
    desk
}

#[test]
fn a_record_tells_its_share_its_side_and_its_ttl() {
    for (need, old, half, new) in [
        ("dns/api", "unmet: 0 of 2 on new", "unmet: 1 of 2 on new", "met"),
        ("dns/api/A share == 100%", "unmet: 0%", "unmet: 50%", "met"),
        ("dns/api share >= 50%", "unmet: 0%", "met", "met"),
        ("dns/api side == new", "unmet: old", "unmet: mixed", "met"),
        ("not dns/api mixed", "met", "unmet: true", "met"),
        ("dns/api servers == 2", "met", "met", "met"),
        ("dns/api ttl <= 1m", "met", "unmet: 5m", "unmet: 5m"),
        ("dns/api answer == 203.0.113.7", "unmet: 198.51.100.4", "unmet: 198.51.100.4 / 203.0.113.7", "met"),
        ("dns/api state == up", "met", "met", "met"),
    ] {
        let mut desk = asked(need);
        assert!(stands(&desk).starts_with(old), "{need}: {}", stands(&desk));
        answers(&mut desk, authority(), "203.0.113.7", 300);
        assert!(stands(&desk).starts_with(half), "{need}: {}", stands(&desk));
        answers(&mut desk, resolver(), "203.0.113.7", 300);
        assert_eq!(stands(&desk), new, "{need}");
    }
}

#[test]
fn a_record_is_safe_when_no_cache_may_hold_the_old_answer() {
    let mut desk = asked("dns/api safe");
    assert_eq!(stands(&desk), "unmet: 0 of 2 on new");
    turn(&mut desk);
    assert_eq!(stands(&desk), "unmet: 2 of 2 on new, safe in 01:00");
    for _ in 0..6 {
        desk.clock.advance(Duration::from_secs(10));
        turn(&mut desk);
    }
    assert_eq!(stands(&desk), "met");
    desk.wait(Duration::from_mins(2));
    assert_eq!(stands(&desk), "unknown: stale 2m");
}

/// Both servers answer new.
fn turn(desk: &mut Desk) {
    answers(desk, authority(), "203.0.113.7", 60);
    answers(desk, resolver(), "203.0.113.7", 60);
}

#[test]
fn a_safe_time_from_before_a_rollback_turned_is_no_proof_after_it() {
    let mut desk = asked("dns/api safe");
    turn(&mut desk);
    let mut start = Desk::first(GATED, &sidecar(DNS, "dns/api safe"), Some("dana"));
    (start.record, start.session) = (desk.state.record, 2);
    let mut desk = Desk { log: desk.log, ..Desk::start(start, desk.clock) };
    desk.wait(Duration::from_mins(1));
    list(&mut desk);
    turn(&mut desk);
    assert_eq!(stands(&desk), "met", "this session saw nothing old: the log is the proof");
    for (reason, line) in [("users cannot log in", "rollback.invoked"), ("they can", "rollback.stood_down")] {
        desk.act(Action::Rollback);
        desk.say(reason);
        assert!(desk.names().iter().any(|name| name == line), "{:?}", desk.names());
    }
    turn(&mut desk);
    assert_eq!(stands(&desk), "unknown: no old TTL was seen");
}

const COPY: &str = "[[copy]]\nname = \"assets\"\nsource = { file = \"rclone.log\" }\n";

#[test]
fn a_copy_tells_its_end_its_counts_and_its_lag() {
    let running = Progress {
        stage: Stage::Running,
        objects: Count { done: Some(9_999), total: Some(10_000) },
        bytes: Count { done: Some(4_000_000), total: Some(5_000_000) },
        total_is_final: true,
        failed: Some(2),
        percent: Some(99.99),
        lag: Some(Lag { bytes: Some(512), time: Some(Duration::from_secs(3)) }),
        ..Progress::default()
    };
    let finished = Progress {
        stage: Stage::Ended(End::Finished),
        objects: Count { done: Some(10_000), total: Some(10_000) },
        failed: None,
        ..running.clone()
    };
    let partly =
        Progress { stage: Stage::Ended(End::WithErrors("2 files failed".to_owned())), ..running.clone() };
    for (need, while_running, at_end, with_errors) in [
        ("copy/assets", "unmet: ", "met", "unmet: "),
        ("copy/assets finished", "unmet: ", "met", "unmet: "),
        ("copy/assets ended", "unmet: ", "met", "met"),
        ("copy/assets failed == 0", "unmet: 2", "met", "unmet: 2"),
        ("copy/assets skipped == 0", "unknown: the tool does not count them", "met", "unknown: "),
        ("copy/assets done == total", "unmet: 9999", "met", "unmet: 9999"),
        // Only all is all.
        ("copy/assets percent == 100%", "unmet: 99.9%", "unmet: 99.9%", "unmet: 99.9%"),
        ("not copy/assets stalled", "met", "met", "met"),
        ("copy/assets eta == 0s", "unknown: there is no forecast", "met", "unknown: "),
        ("copy/assets lag < 5s", "met", "met", "met"),
        ("copy/assets lag_bytes < 1kB", "met", "met", "met"),
        ("copy/assets bytes >= 4MB", "met", "met", "met"),
        ("copy/assets state == finished", "unmet: running", "met", "unmet: finished-with-errors"),
    ] {
        let mut desk = needing(COPY, need);
        assert_eq!(stands(&desk), "unknown: not read yet", "{need}");
        let mut say = |progress: &Progress, source: Source| {
            let updated = Some(desk.clock.now());
            let copy = Copy { progress: progress.clone(), updated, source, ..Copy::default() };
            send(&mut desk, "copy/assets", Reading::Copy(Box::new(copy)));
            stands(&desk)
        };
        assert_eq!(say(&Progress::default(), Source::Waiting), "unknown: it has not begun", "{need}");
        let said = say(&running, Source::Open);
        assert!(said.starts_with(while_running), "{need}: {said}");
        let said = say(&partly, Source::Exited(1));
        assert!(said.starts_with(with_errors), "{need}: {said}");
        let said = say(&finished, Source::Exited(0));
        assert!(said.starts_with(at_end), "{need}: {said}");
    }
}

const LOG: &str = "[[log]]\nname = \"app\"\nfile = \"/var/log/app.log\"\nsilent = \"2m\"\n";

/// Lines of one level, each of a shape of its own.
fn lines(desk: &mut Desk, level: Level, count: u64, shape: u64) {
    let mut batch = LogBatch {
        at: Some(desk.clock.now()),
        source: LogState::Files(vec!["/var/log/app.log".to_owned()]),
        ..LogBatch::default()
    };
    let mut chunk = Chunk::default();
    for _ in 0..count {
        chunk.push("a line", Entry { end: 0, level, shape, stated: None, cut: 0, file: 0 });
        batch.counts[level as usize] += 1;
    }
    if count > 0 && shape > 0 {
        let (text, example) = ("a line".to_owned(), "a line".to_owned());
        batch.shapes.push(Shape { id: shape, text, example, level, stated: None });
    }
    batch.lines = Arc::new(chunk);
    desk.take(Msg::Lines("log/app".parse().unwrap(), Box::new(batch)));
    desk.sync();
}

#[test]
fn a_log_counts_since_the_last_act_on_an_item() {
    for (need, quiet, loud) in [
        ("log/app", "met", "unmet: 3 errors, 1 new since "),
        ("log/app errors == 0", "met", "unmet: 3"),
        ("log/app new == 0", "met", "unmet: 1"),
        ("log/app lines == 0", "met", "unmet: 3"),
        ("log/app warnings == 0", "met", "met"),
        ("log/app rate < 5", "unknown: counted for 0s only", "unknown: counted for 5s only"),
        ("not log/app silent", "met", "met"),
        ("log/app quiet < 1m", "met", "met"),
    ] {
        let mut desk = needing(LOG, need);
        assert_eq!(stands(&desk), "unknown: not read yet", "{need}");
        lines(&mut desk, Level::None, 0, 0);
        assert!(stands(&desk).starts_with(quiet), "{need}: {}", stands(&desk));
        desk.wait(Duration::from_secs(5));
        lines(&mut desk, Level::Error, 3, 7);
        assert!(stands(&desk).starts_with(loud), "{need}: {}", stands(&desk));
        // Somebody acts: from here on it counts anew, and what was new is known.
        desk.wait(Duration::from_secs(1));
        desk.go("after");
        desk.act(Action::Tick);
        assert!(
            stands(&desk).starts_with(if quiet == "met" { "met" } else { "unknown" }),
            "{need}: {}",
            stands(&desk)
        );
    }
}

#[test]
fn a_gate_shut_by_lines_of_a_log_is_begun_anew_by_starting_its_step() {
    let mut desk = needing(LOG, "log/app errors == 0");
    desk.state.guide(true);
    let hint = |desk: &mut Desk| {
        desk.go("switch");
        desk.state.hint().unwrap_or_default()
    };
    lines(&mut desk, Level::Error, 1, 7);
    assert_eq!(stands(&desk), "unmet: 1");
    assert!(hint(&mut desk).contains("s starts this one, and they count from now"), "{}", hint(&mut desk));
    desk.wait(Duration::from_secs(1));
    desk.act(Action::Start);
    assert!(stands(&desk).starts_with("met"), "{}", stands(&desk));
    // What its own clock has counted is not undone by the same key.
    lines(&mut desk, Level::Error, 1, 8);
    assert!(hint(&mut desk).contains("a gate holds this step"), "{}", hint(&mut desk));
}

#[test]
fn a_log_that_cannot_be_read_proves_nothing() {
    let mut desk = needing(LOG, "log/app errors == 0");
    lines(&mut desk, Level::Info, 1, 0);
    assert_eq!(stands(&desk), "met");
    desk.wait(Duration::from_secs(16));
    assert_eq!(stands(&desk), "unknown: stale 16s");
    let batch = LogBatch {
        at: Some(desk.clock.now()),
        source: LogState::Missing("/var/log/app.log is not there".to_owned()),
        ..LogBatch::default()
    };
    desk.take(Msg::Lines("log/app".parse().unwrap(), Box::new(batch)));
    assert_eq!(stands(&desk), "unknown: /var/log/app.log is not there");
}
