//! DNS against real name servers: what they answer, how a zone flips, what a cache keeps.

mod answers;
mod cache;
mod flip;
mod hostile;
mod screen;
pub mod servers;

use std::sync::Arc;
use std::time::Duration;

use cutover::clock::{Clock, SystemClock};
use cutover::config::{DnsRecord, NameServer, Settings};
use cutover::probe::{Channels, Supervisor, probe_once};
use cutover::sample::dns::{Answer, Dns, Reply, Server, Servers};
use cutover::sample::{ProbeId, Reading, Sample};
use cutover::signoff::event::Event;
use cutover::state::Live;
use cutover::state::live::Record;
use cutover::state::live::dns::{Row, Stance};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{self, Receiver};

use servers::{Knot, Role, Unbound, ZONE, zone};

/// A record of the zone, asked at nobody yet.
pub fn record(name: &str, kind: &str) -> DnsRecord {
    DnsRecord {
        name: name.to_owned(),
        record: format!("{name}.{ZONE}"),
        kind: kind.to_owned(),
        old: Vec::new(),
        new: Vec::new(),
        resolvers: Vec::new(),
        authoritative: Vec::new(),
        bootstrap: None,
        ca: None,
        every: Duration::from_millis(200),
        timeout: Duration::from_secs(2),
        ttl_goal: None,
    }
}

/// A server by its address.
#[expect(clippy::needless_pass_by_value, reason = "ports and texts alike are given as they are")]
pub fn server(written: impl ToString) -> NameServer {
    NameServer::parse(&written.to_string()).unwrap()
}

/// Asks for a record once; what its servers said, and who was asked.
pub fn ask(record: DnsRecord) -> (Vec<Reply>, Servers) {
    let settings = Settings { dns: vec![record], ..Settings::default() };
    let runtime = Runtime::new().unwrap();
    let (mut replies, mut asked) = (Vec::new(), Servers::default());
    for (_, sample) in runtime.block_on(probe_once(&settings, Arc::new(SystemClock))) {
        match sample.reading {
            Reading::Dns(dns) => match *dns {
                Dns::Reply(reply) if reply.server == Server::Host => {}
                Dns::Reply(reply) => replies.push(reply),
                Dns::Servers(servers) => asked = servers,
            },
            other => panic!("{other:?}"),
        }
    }
    (replies, asked)
}

/// What one authoritative server says.
pub fn authority(name: &str, kind: &str, knot: &Knot) -> Reply {
    let resolvers = vec![NameServer::Authoritative];
    ask(DnsRecord { resolvers, authoritative: vec![server(knot.address)], ..record(name, kind) }).0.remove(0)
}

/// The data of an answer.
pub fn data(answer: &Answer) -> Vec<&str> {
    answer.chain().iter().map(|link| link.data.as_str()).collect()
}

/// A record under the supervisor, and what the cockpit makes of it.
pub struct Watch {
    // Before the runtime: it ends its probes.
    _supervisor: Supervisor,
    samples: Receiver<(ProbeId, Sample)>,
    _runtime: Runtime,
    live: Live,
    /// Everything the log is told, in order.
    pub events: Vec<Event>,
}

impl Watch {
    pub fn new(record: DnsRecord) -> Watch {
        let settings = Settings { dns: vec![record], ..Settings::default() };
        let runtime = Runtime::new().unwrap();
        let (sender, samples) = mpsc::channel(256);
        let channels = Channels { samples: sender, lines: mpsc::channel(1).0 };
        let mut supervisor = Supervisor::new(runtime.handle().clone(), Arc::new(SystemClock), channels);
        supervisor.apply(&settings);
        let live = Live::default().with(&settings);
        Watch { _supervisor: supervisor, samples, _runtime: runtime, live, events: Vec::new() }
    }

    pub fn record(&self) -> &Record {
        &self.live.records[0]
    }

    /// The row of the server that is shown so.
    #[expect(clippy::needless_pass_by_value, reason = "addresses and texts alike are given as they are")]
    pub fn row(&self, server: impl ToString) -> Option<&Row> {
        let server = server.to_string();
        self.record().rows.iter().find(|row| row.server.to_string() == server)
    }

    /// Where a server's newest definite answer stands.
    pub fn stance(&self, server: impl ToString) -> Option<Stance> {
        self.row(server)?.held.map(|(stance, _)| stance)
    }

    /// Takes in samples until `done`; each goes to `see`, too.
    #[track_caller]
    pub fn until(&mut self, what: &str, mut done: impl FnMut(&Watch, &Sample) -> bool) {
        // Far beyond what anything here takes: it ends a hanging test, it measures nothing.
        for _ in 0..20_000 {
            let (id, sample) = self.samples.blocking_recv().unwrap();
            self.live.take(&id, sample.clone()).unwrap();
            let now = SystemClock.now();
            self.live.age(&now);
            self.events.extend(self.live.events(&now));
            if done(self, &sample) {
                return;
            }
        }
        panic!("never: {what}: {:#?}", self.record().rows);
    }

    /// The flips so far: server and new side.
    pub fn flips(&self) -> Vec<(String, String)> {
        let flips = self.events.iter().filter_map(|event| match event {
            Event::DnsFlipped { server, to, .. } => Some((server.clone(), to.clone())),
            _ => None,
        });
        flips.collect()
    }
}
