//! A desk with a plan that has something of everything, and what its probes see in four weathers.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use cutover::clock::Clock;
use cutover::plan::{self, Plan};
use cutover::sample::copy::{Copy, Count, End, Progress, Source, Stage};
use cutover::sample::dns::{Answer, Dns, Link, Reply, Server, Servers};
use cutover::sample::host::{Disk, Host, Memory, Net, Process};
use cutover::sample::log::{Chunk, Entry, Level, Shape, Source as LogSource};
use cutover::sample::reconcile::{self, Found, Judged};
use cutover::sample::{LogBatch, Miss, Reading, Reconcile, Sample, Side};
use cutover::signoff::event::RunMode;
use cutover::state::Msg;
use cutover::state::action::Action;

use crate::common::desk::{Desk, by, dead, fail, pass, shows};

pub const PLAN: &str = include_str!("stage.md");
pub const SIDECAR: &str = include_str!("stage.toml");

/// A plan without a sidecar.
const BARE: &str =
    "# Shop backend\n\n## Preparation\n\n- [ ] Agree on the window with support\n- [ ] Lower the TTL\n";

/// What the probes see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Nothing yet.
    Loading,
    /// All is well, and the move is half done.
    Good,
    /// Much is wrong.
    Bad,
    /// All was well, and then nothing more was heard.
    Stale,
}

/// The plan with this sidecar.
pub fn bound(markdown: &str, sidecar: &str) -> Plan {
    let env = |name: &str| (name == "SAS").then(|| "sv=1&sig=s3cret".to_owned());
    let settings = cutover::config::load(Path::new("shop.toml"), sidecar, &env).unwrap();
    plan::bind(Path::new("shop.md"), markdown.into(), settings, None, &env).unwrap()
}

/// A live run of a plan without a sidecar.
pub fn bare() -> Desk {
    Desk::of("2026-11-21T06:00:00Z", RunMode::Live, bound(BARE, ""))
}

/// A live run of a plan that has no item.
pub fn blank() -> Desk {
    Desk::of("2026-11-21T06:00:00Z", RunMode::Live, bound("# Shop backend\n", ""))
}

/// A morning in this weather: some work done, the cursor on the next open item.
pub fn day(weather: Weather) -> Desk {
    static DAYS: [OnceLock<Desk>; 4] = [const { OnceLock::new() }; 4];
    DAYS[weather as usize].get_or_init(|| lived(weather)).clone()
}

fn lived(weather: Weather) -> Desk {
    let mut desk = Desk::of("2026-11-21T06:00:00Z", RunMode::Live, bound(PLAN, SIDECAR));
    PLAN.clone_into(&mut desk.state.record.plan.text);
    if weather == Weather::Loading {
        desk.clock.advance(Duration::from_secs(2));
        return desk;
    }
    work(&mut desk);
    servers(&mut desk);
    known_lines(&mut desk);
    for round in 0..24 {
        desk.wait(5);
        see(&mut desk, round, weather == Weather::Bad && round >= 12);
    }
    if weather == Weather::Stale {
        desk.wait(20 * 60);
    }
    desk.clock.advance(Duration::from_secs(2));
    desk.send(Msg::Wake);
    desk.state.ui.layers.clear();
    desk.state.ui.notice = None;
    desk.go("It answers 200");
    desk
}

fn work(desk: &mut Desk) {
    for item in ["Agree on the window", "Lower the TTL"] {
        desk.wait(60);
        desk.tick(item);
    }
    desk.wait(240);
    desk.tick("Open /health");
    desk.wait(33);
    desk.go("Register a new test user");
    desk.say(Action::Fail, "the form answers 500");
    desk.wait(40);
    desk.go("Send a test push");
    desk.say(Action::Skip, "not used here");
    desk.wait(20);
}

fn see(desk: &mut Desk, round: u64, bad: bool) {
    health(desk, round, bad);
    dns(desk, round, bad);
    copies(desk, round, bad);
    host(desk, round, bad);
    log(desk, round, bad);
}

fn health(desk: &mut Desk, round: u64, bad: bool) {
    let old =
        if round < 14 { pass("200", 80 + round * 30) } else { fail("503", 1200, "status == 200", "503") };
    desk.measure("health/api/old", shows(old, 83));
    let new = if bad {
        fail("200", 61, "body.status == healthy", "starting")
    } else {
        pass("200", 55 + round * 7 % 23)
    };
    desk.measure("health/api/new", shows(new, 83));
    let live = if bad { dead("refused", "connection refused by 203.0.113.7:443") } else { pass("200", 84) };
    desk.measure("health/api/live", by(shows(live, 83), Side::New));
    let queue = if bad && round.is_multiple_of(2) {
        dead("refused", "connection refused by 10.0.0.9:5672")
    } else {
        pass("connected", 3)
    };
    desk.measure("health/queue", queue);
    let worker = if bad { fail("exit 3", 14, "exit == 0", "3") } else { pass("active", 12) };
    desk.measure("health/worker", worker);
}

fn name_server(n: u8) -> Server {
    Server::Authoritative { name: format!("ns{n}.shop.example"), address: ([192, 0, 2, n], 53).into() }
}

fn resolver(address: &str) -> Server {
    Server::Resolver(address.to_owned())
}

const RECORD: &str = "dns/api.shop.example/CNAME";

/// Reads a probe.
pub fn read(desk: &mut Desk, probe: &str, reading: Reading) {
    let at = desk.clock.now();
    desk.send(Msg::Sample(probe.parse().unwrap(), Box::new(Sample { began: at, at, reading })));
}

fn servers(desk: &mut Desk) {
    let asked = vec![name_server(1), name_server(2), resolver("1.1.1.1"), resolver("8.8.8.8"), Server::Host];
    let servers = Servers { asked, zone: Some("shop.example".to_owned()), missing: Vec::new() };
    read(desk, RECORD, Reading::Dns(Box::new(Dns::Servers(servers))));
}

fn dns(desk: &mut Desk, round: u64, bad: bool) {
    let side = |since: u64| if round >= since { "new" } else { "old" };
    let ttl = 60 - round * 5 % 60;
    for (server, side, ttl) in [
        (name_server(1), side(6), 60),
        (name_server(2), side(6), 60),
        (resolver("1.1.1.1"), side(14), ttl),
        (resolver("8.8.8.8"), side(if bad { 99 } else { 16 }), ttl),
        (Server::Host, side(14), ttl),
    ] {
        let link = Link {
            owner: "api.shop.example".to_owned(),
            kind: "CNAME".to_owned(),
            data: format!("{side}.shop.example"),
            ttl: Duration::from_secs(ttl),
        };
        let silent = bad && server == name_server(2);
        let reply = Reply {
            authoritative: server.is_authoritative(),
            serial: (server.is_authoritative() && !silent).then_some(2_026_112_101),
            answer: if silent {
                Answer::NoAnswer("no answer from 192.0.2.2 within 2s".to_owned())
            } else if bad && server == resolver("1.1.1.1") {
                Answer::Refused("SERVFAIL".to_owned())
            } else {
                Answer::Records(vec![link])
            },
            server,
            stale: false,
            aaaa: Vec::new(),
            remark: None,
            took: Some(Duration::from_millis(12)),
        };
        read(desk, RECORD, Reading::Dns(Box::new(Dns::Reply(reply))));
    }
}

fn running(done: u64) -> Progress {
    Progress {
        stage: Stage::Running,
        objects: Count { done: Some(done), total: Some(580_000) },
        bytes: Count { done: Some(done * 700_000), total: Some(580_000 * 700_000) },
        unit: "files",
        total_is_final: true,
        ..Progress::default()
    }
}

fn copies(desk: &mut Desk, round: u64, bad: bool) {
    let now = desk.clock.now();
    let assets = if bad { running(355_200) } else { running(300_000 + round * 4_600) };
    let mail = if bad {
        Progress {
            stage: Stage::Ended(End::WithErrors("37 files could not be read".to_owned())),
            objects: Count { done: Some(490_112), total: Some(490_149) },
            bytes: Count { done: Some(60_990_000_000), total: Some(61_000_000_000) },
            failed: Some(37),
            errors: vec!["/mail/0042/cur/17: permission denied".to_owned()],
            ..running(0)
        }
    } else {
        Progress {
            stage: Stage::Ended(End::Finished),
            objects: Count { done: Some(490_149), total: Some(490_149) },
            bytes: Count { done: Some(61_000_000_000), total: Some(61_000_000_000) },
            ..running(0)
        }
    };
    let quiet = Duration::from_secs(30);
    let open =
        |progress| Copy { progress, updated: Some(now), source: Source::Open, quiet, ..Copy::default() };
    let mut assets = open(assets);
    if bad {
        assets.updated = Some(now.earlier(Duration::from_secs((round - 11) * 5)));
    }
    read(desk, "copy/assets", Reading::Copy(Box::new(assets)));
    read(desk, "copy/mail", Reading::Copy(Box::new(open(mail))));
    let orders = Copy { source: Source::Waiting, quiet, ..Copy::default() };
    read(desk, "copy/orders", Reading::Copy(Box::new(orders)));
    if round == 20 {
        let held = |expect: &str| Judged { expect: expect.to_owned(), found: Found::Held };
        let missing = if bad {
            Judged { expect: "missing == 0".to_owned(), found: Found::Off("37".to_owned()) }
        } else {
            held("missing == 0")
        };
        count(desk, vec![missing], if bad { 37 } else { 0 });
    }
}

/// The comparison ran.
fn count(desk: &mut Desk, judged: Vec<Judged>, missing: i64) {
    let counters = [("listed", 490_149), ("missing", missing)];
    let found = Reconcile {
        counters: counters.into_iter().map(|(name, count)| (name.to_owned(), count)).collect(),
        took: Duration::from_secs(12),
        exit: Some(0),
        end: Some(reconcile::End::Ran(judged)),
        line: "done".to_owned(),
        ..Reconcile::default()
    };
    read(desk, "reconcile/mail", Reading::Reconcile(Box::new(found)));
}

fn host(desk: &mut Desk, round: u64, bad: bool) {
    const GB: u64 = 1_000_000_000;
    let disk = |mount: &str, free: u64| Disk {
        mount: mount.to_owned(),
        kind: "ext4".to_owned(),
        total: 100 * GB,
        free,
        ..Disk::default()
    };
    let misses = vec![Miss { expected: "cpu < 90%".to_owned(), saw: "97%".to_owned() }];
    let host = Host {
        name: "bastion".to_owned(),
        cpu: Some(if bad { 0.97 } else { 0.31 + (round % 5) as f64 * 0.04 }),
        cpus: 4.0,
        load: if bad { 9.2 } else { 1.4 },
        memory: Memory { total: 16 * GB, used: 9 * GB, ..Memory::default() },
        disks: vec![disk("/", 62 * GB), disk("/data", if bad { GB / 2 } else { 24 * GB })],
        nets: vec![Net {
            name: "eth0".to_owned(),
            received: round * 40_000_000,
            sent: round * 9_000_000,
            errors: 0,
        }],
        processes: vec![Process {
            pattern: "nginx".to_owned(),
            count: if bad { 0 } else { 5 },
            cpu: Some(0.08),
            memory: GB / 8,
            up: None,
        }],
        up: Some(Duration::from_secs(86_400 + round * 5)),
        misses: if bad { misses } else { Vec::new() },
        ..Host::default()
    };
    read(desk, "host/here", Reading::Host(Box::new(host)));
}

/// In every how manieth round a line comes, how grave it is, and what it says.
const LINES: [(u64, Level, &str); 4] = [
    (1, Level::Info, "INFO connected to database in # ms"),
    (2, Level::Info, "INFO GET /orders 200 in # ms"),
    (5, Level::Warning, "WARN slow query: # ms"),
    (7, Level::Debug, "DEBUG cache holds # entries"),
];
/// What is said when much is wrong.
const ERROR: &str =
    "ERROR identity: environment variables missing: AZURE_CLIENT_ID, AZURE_TENANT_ID, request #";

fn known(id: u64, level: Level, words: &str) -> Shape {
    Shape { id, text: words.to_owned(), example: words.to_owned(), level, stated: None }
}

/// What the log held before: none of it is new.
fn known_lines(desk: &mut Desk) {
    let shapes = (1..).zip(LINES).map(|(id, (_, level, words))| known(id, level, words));
    lines(desk, LogBatch { backlog: true, shapes: shapes.collect(), ..LogBatch::default() });
}

fn log(desk: &mut Desk, round: u64, bad: bool) {
    let mut batch = LogBatch::default();
    let mut chunk = Chunk::default();
    let number = (40 + round * 3 % 17).to_string();
    let stated = Some(desk.clock.now().wall.timestamp_millis());
    let error = (bad && round.is_multiple_of(3)).then_some((9, Level::Error, ERROR));
    let due = (1..).zip(LINES).filter(|(_, (every, ..))| round % every == every - 1);
    let due = due.map(|(id, (_, level, words))| (id, level, words));
    for (shape, level, words) in due.chain(error) {
        chunk.push(&words.replace('#', &number), Entry { end: 0, level, shape, stated, cut: 0, file: 0 });
        batch.counts[level as usize] += 1;
        if level == Level::Error {
            batch.shapes.push(known(shape, level, words));
        }
    }
    batch.lines = Arc::new(chunk);
    lines(desk, batch);
    if bad {
        let source = LogSource::Missing("no file matches /var/log/nginx/*.log".to_owned());
        let batch = LogBatch { at: Some(desk.clock.now()), source, ..LogBatch::default() };
        desk.send(Msg::Lines("log/nginx".parse().unwrap(), Box::new(batch)));
    } else {
        let source = LogSource::Files(vec!["/var/log/nginx/access.log".to_owned()]);
        let batch = LogBatch { at: Some(desk.clock.now()), source, ..LogBatch::default() };
        desk.send(Msg::Lines("log/nginx".parse().unwrap(), Box::new(batch)));
    }
}

fn lines(desk: &mut Desk, batch: LogBatch) {
    let source = LogSource::Files(vec!["/var/log/app/app.log".to_owned()]);
    let batch = LogBatch { at: Some(desk.clock.now()), source, ..batch };
    desk.send(Msg::Lines("log/app".parse().unwrap(), Box::new(batch)));
}
