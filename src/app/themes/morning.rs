//! A cockpit in the middle of a morning, made of texts alone: what themes are shown with.
//!
//! Nothing is probed and nothing is written: the state is the cockpit's own and takes the same messages, so that whatever
//! a theme colours is on the screen as it would be on the day. Every run of it ends in the same state.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tui_input::InputRequest;

use crate::clock::{Clock, ManualClock, Stamp};
use crate::config;
use crate::plan;
use crate::record::Record;
use crate::sample::copy::{Copy, Count, End, Progress, Source, Stage};
use crate::sample::dns::{Answer, Dns, Link, Reply, Server, Servers};

use crate::sample::host::{Disk, Host, Memory, Net, Process};
use crate::sample::log::{Chunk, Entry, Level, LogBatch, Shape, Source as LogSource};
use crate::sample::{Health, Miss, Outcome, Reading, Sample, Side, Stage as Reached};
use crate::signoff::event::{PlanText, RunMode};
use crate::signoff::{Hash, Head, Line, Via};
use crate::state::action::Action;
use crate::state::{Access, Cursor, Effect, Msg, Start, State, update};

const PLAN: &str = include_str!("morning.md");
const SIDECAR: &str = include_str!("morning.toml");
const RUN: &str = "sample.live-2026-11-21-1";

/// A cockpit that writes to nothing.
struct Stand {
    state: State,
    clock: ManualClock,
    head: Head,
}

/// The state, and the moment that it shows.
///
/// # Errors
/// None that a test would not have found.
pub fn morning(size: (u16, u16)) -> Result<(State, Stamp), String> {
    let mut stand = Stand::open(size)?;
    stand.work();
    stand.watch();
    stand.state.ui.layers.clear();
    stand.state.ui.notice = None;
    stand.go("Register a new test user");
    stand.clock.advance(Duration::from_secs(2));
    stand.send(Msg::Wake);
    let now = stand.clock.now();
    Ok((stand.state, now))
}

impl Stand {
    fn open(size: (u16, u16)) -> Result<Stand, String> {
        let none = |_: &str| None;
        let settings =
            config::load("morning.toml".as_ref(), SIDECAR, &none).map_err(|error| error.to_string())?;
        let plan = plan::bind("morning.md".as_ref(), PLAN.into(), settings, None, &none)
            .map_err(|error| error.to_string())?;
        let begin: DateTime<Utc> = DateTime::from_timestamp(1_795_240_920, 0).unwrap_or_default();
        let clock = ManualClock::new(begin);
        let title = plan.settings.title.clone().unwrap_or_default();
        let start = Start {
            plan: Arc::new(plan),
            text: PlanText { file: "morning.md".to_owned(), title, ..PlanText::default() },
            record: Record::default(),
            name: RUN.to_owned(),
            mode: RunMode::Live,
            access: Access::Writer,
            operator: Some("dana".to_owned()),
            login: "dana".to_owned(),
            via: Via { host: "bastion".to_owned(), user: "dana".to_owned(), tty: None, client: None },
            log: format!("{RUN}.signoff.jsonl"),
            tool: super::super::TOOL.to_owned(),
            boot_id: String::new(),
            pid: 1,
            session: 1,
            entropy: [0; 32],
            recovered: None,
            network: None,
            size,
        };
        let (state, effects) = State::start(start, &clock.now());
        let mut stand = Stand { state, clock, head: Head { seq: 0, hash: Hash::ZERO } };
        stand.perform(effects);
        Ok(stand)
    }

    fn send(&mut self, msg: Msg) {
        let effects = update(&mut self.state, msg, &self.clock.now());
        self.perform(effects);
    }

    /// Takes lines as a log on a disk would; there is nothing else to be done.
    fn perform(&mut self, effects: Vec<Effect>) {
        let drafts = effects.into_iter().filter_map(|effect| match effect {
            Effect::Append(drafts) => Some(drafts),
            _ => None,
        });
        for draft in drafts.flatten().collect::<Vec<_>>() {
            let Ok(line) = Line::encode(self.head, RUN, &draft) else { continue };
            self.head = line.head;
            self.send(Msg::Appended(Arc::new(line)));
        }
    }

    fn wait(&mut self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.send(Msg::Wake);
    }

    fn go(&mut self, text: &str) {
        let found = self.state.record.items.iter().find(|item| item.row.text.contains(text));
        if let Some(item) = found {
            self.state.ui.cursor = Cursor::Item(item.row.id);
        }
    }

    fn act(&mut self, item: &str, action: Action, text: &str) {
        self.wait(40);
        self.go(item);
        self.send(Msg::Action { action, repeat: false });
        self.clock.advance(Duration::from_secs(1));
        text.chars().for_each(|c| self.send(Msg::Edit(InputRequest::InsertChar(c))));
        if !text.is_empty() {
            self.send(Msg::Confirm);
        }
    }

    /// What people did.
    fn work(&mut self) {
        self.act("Agree on the window", Action::Tick, "");
        self.act("Lower the TTL", Action::Tick, "");
        self.act("Open /health", Action::Tick, "");
        self.act("It answers 200", Action::Tick, "");
        self.act("Register a new test user", Action::Fail, "the form answers 500");
        self.act("push notification", Action::Skip, "not used here");
        self.act("Token stored", Action::Comment, "the token belongs to the test user");
    }

    /// What the checks saw.
    fn watch(&mut self) {
        self.servers();
        self.known_lines();
        for round in 0..24u64 {
            self.wait(5);
            self.health(round);
            self.resolvers(round);
            self.copies(round);
            self.host(round);
            self.log(round);
        }
    }

    fn read(&mut self, probe: &str, reading: Reading) {
        let at = self.clock.now();
        if let Ok(id) = probe.parse() {
            self.send(Msg::Sample(id, Box::new(Sample { began: at, at, reading })));
        }
    }

    fn health(&mut self, round: u64) {
        let draining = Miss { expected: "body.status == healthy".to_owned(), saw: "draining".to_owned() };
        let old = if round < 18 {
            answer("200", 80 + round * 30)
        } else {
            Health { outcome: Outcome::Fail(draining), ..answer("503", 1200) }
        };
        self.read("health/api/old", Reading::Health(old));
        self.read("health/api/new", Reading::Health(answer("200", 55 + round * 7 % 23)));
        let live = Health { answered_by: Some(Side::New), ..answer("200", 84 + round * 11 % 31) };
        self.read("health/api/live", Reading::Health(live));
        let refused = "connection refused by 203.0.113.9:5672".to_owned();
        let queue = if round == 23 {
            let outcome = Outcome::NoAnswer { stage: Reached::Connect, why: refused };
            Health { outcome, latency: None, ..answer("refused", 0) }
        } else {
            answer("connected", 3)
        };
        self.read("health/queue", Reading::Health(queue));
        // Silent since: what it said is too old to trust.
        if round < 8 {
            self.read("health/worker", Reading::Health(answer("active", 12)));
        }
    }

    fn servers(&mut self) {
        let asked = vec![name_server(), resolver("1.1.1.1"), resolver("8.8.8.8"), Server::Host];
        let servers = Servers { asked, zone: Some("shop.example".to_owned()), missing: Vec::new() };
        self.read(RECORD, Reading::Dns(Box::new(Dns::Servers(servers))));
    }

    fn resolvers(&mut self, round: u64) {
        let side = |since: u64| if round >= since { "new" } else { "old" };
        let ttl = 60 - round * 5 % 60;
        for (server, side, ttl) in [
            (name_server(), side(6), 60),
            (resolver("1.1.1.1"), side(14), ttl),
            (resolver("8.8.8.8"), side(99), ttl),
            (Server::Host, side(14), ttl),
        ] {
            let reply = Reply {
                authoritative: server.is_authoritative(),
                serial: server.is_authoritative().then_some(2_026_112_101),
                server,
                answer: Answer::Records(vec![link(side, ttl)]),
                stale: false,
                aaaa: Vec::new(),
                remark: None,
                took: Some(Duration::from_millis(12)),
            };
            self.read(RECORD, Reading::Dns(Box::new(Dns::Reply(reply))));
        }
    }

    fn copies(&mut self, round: u64) {
        let now = self.clock.now();
        let done = 300_000 + round * 4_600;
        let assets = Progress {
            stage: Stage::Running,
            objects: Count { done: Some(done), total: Some(580_000) },
            bytes: Count { done: Some(done * 700_000), total: Some(580_000 * 700_000) },
            unit: "files",
            total_is_final: true,
            ..Progress::default()
        };
        let mail = Progress {
            stage: Stage::Ended(End::WithErrors("37 files could not be read".to_owned())),
            objects: Count { done: Some(490_112), total: Some(490_149) },
            unit: "files",
            total_is_final: true,
            failed: Some(37),
            ..Progress::default()
        };
        for (name, progress) in [("copy/assets", assets), ("copy/mail", mail)] {
            let copy = Copy {
                progress,
                updated: Some(now),
                source: Source::Open,
                quiet: Duration::from_secs(30),
                ..Copy::default()
            };
            self.read(name, Reading::Copy(Box::new(copy)));
        }
    }

    fn host(&mut self, round: u64) {
        const GB: u64 = 1_000_000_000;
        let disk = |mount: &str, free: u64| Disk {
            mount: mount.to_owned(),
            kind: "ext4".to_owned(),
            total: 100 * GB,
            free,
            ..Disk::default()
        };
        let host = Host {
            name: "bastion".to_owned(),
            cpu: Some(0.31 + (round % 5) as f64 * 0.04),
            cpus: 4.0,
            load: 1.4,
            memory: Memory { total: 16 * GB, used: 9 * GB, ..Memory::default() },
            disks: vec![disk("/", 62 * GB), disk("/data", (12 * GB).saturating_sub(round * GB / 4))],
            nets: vec![Net {
                name: "eth0".to_owned(),
                received: round * 40_000_000,
                sent: round * 9_000_000,
                errors: 0,
            }],
            processes: vec![Process {
                pattern: "nginx".to_owned(),
                count: 5,
                cpu: Some(0.08),
                memory: GB / 8,
                up: None,
            }],
            up: Some(Duration::from_secs(86_400 + round * 5)),
            ..Host::default()
        };
        self.read("host/here", Reading::Host(Box::new(host)));
    }

    fn log(&mut self, round: u64) {
        let at = self.clock.now();
        let number = (40 + round * 3 % 17).to_string();
        let mut chunk = Chunk::default();
        let mut batch = LogBatch::default();
        for (shape, (every, level, words)) in (1..).zip(LINES) {
            if round % every != every - 1 {
                continue;
            }
            let stated = Some(at.wall.timestamp_millis());
            chunk.push(&words.replace('#', &number), Entry { end: 0, level, shape, stated, cut: 0, file: 0 });
            batch.counts[level as usize] += 1;
            if level == Level::Error && round + 1 == every {
                batch.shapes.push(known(shape, level, words));
            }
        }
        batch.lines = Arc::new(chunk);
        self.lines(batch);
    }

    /// What the log held before: of all its lines only the error is new.
    fn known_lines(&mut self) {
        let shapes = (1..).zip(LINES).filter(|(_, (_, level, _))| *level != Level::Error);
        let shapes = shapes.map(|(shape, (_, level, words))| known(shape, level, words));
        self.lines(LogBatch { backlog: true, shapes: shapes.collect(), ..LogBatch::default() });
    }

    fn lines(&mut self, batch: LogBatch) {
        let source = LogSource::Files(vec!["/var/log/app/app.log".to_owned()]);
        let batch = LogBatch { at: Some(self.clock.now()), source, ..batch };
        if let Ok(id) = "log/app".parse() {
            self.send(Msg::Lines(id, Box::new(batch)));
        }
    }
}

fn known(id: u64, level: Level, words: &str) -> Shape {
    Shape { id, text: words.to_owned(), example: words.to_owned(), level, stated: None }
}

const RECORD: &str = "dns/api.shop.example/CNAME";

/// In every how manieth round a line comes, how grave it is, and what it says.
const LINES: [(u64, Level, &str); 5] = [
    (1, Level::Info, "INFO connected to database in # ms"),
    (2, Level::Info, "INFO GET /orders 200 in # ms"),
    (5, Level::Warning, "WARN slow query: # ms"),
    (7, Level::Debug, "DEBUG cache holds # entries"),
    (11, Level::Error, "ERROR identity: environment variables missing, request #"),
];

fn answer(word: &str, ms: u64) -> Health {
    Health::passed(word, Duration::from_millis(ms))
}

fn name_server() -> Server {
    Server::Authoritative { name: "ns1.shop.example".to_owned(), address: ([192, 0, 2, 1], 53).into() }
}

fn resolver(address: &str) -> Server {
    Server::Resolver(address.to_owned())
}

fn link(side: &str, ttl: u64) -> Link {
    Link {
        owner: "api.shop.example".to_owned(),
        kind: "CNAME".to_owned(),
        data: format!("{side}.shop.example"),
        ttl: Duration::from_secs(ttl),
    }
}
