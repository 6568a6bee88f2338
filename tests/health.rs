//! Health checks against servers nobody here wrote, and against ones that misbehave on purpose.
#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "helpers of tests are tests")]

mod exec;
mod http;
mod nginx;
pub mod peers;
mod ssh;
mod supervise;
mod tls;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cutover::clock::{Clock, SystemClock};
use cutover::config::{Family, HealthCheck, Pin, Settings, Target};
use cutover::expr::{Expr, Scope};
use cutover::probe;
use cutover::sample::{Health, Miss, Outcome, ProbeId, Reading, Sample, Stage};

/// The program under test holds the programs that probes run.
pub fn holder() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_cutover"))
}

fn check(target: Target) -> HealthCheck {
    HealthCheck {
        name: "api".to_owned(),
        target,
        via: None,
        old: None,
        new: None,
        identity_old: None,
        identity_new: None,
        public: false,
        expect: Vec::new(),
        old_expect: Vec::new(),
        warn: Vec::new(),
        maintenance: Vec::new(),
        expected_after: None,
        watch: Vec::new(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        body: None,
        follow: 0,
        body_limit: 1 << 20,
        retry: 0,
        proxy: None,
        ip: Family::Any,
        ca: None,
        cert: None,
        key: None,
        pin_sha256: None,
        verify: true,
        nagios: false,
        every: Duration::from_secs(5),
        // Long: only tests of time-outs run into it, and those set their own.
        timeout: Duration::from_secs(30),
        down_after: 2,
        up_after: 2,
        stale_after: 3,
    }
}

fn http(url: &str) -> HealthCheck {
    let mut check = check(Target::Http { url: url.to_owned(), unix: None });
    check.expect = all(&["status < 400"], Scope::Http);
    check.old_expect = check.expect.clone();
    check
}

fn exec(argv: &[&str]) -> HealthCheck {
    let mut check = check(Target::Exec(argv.iter().map(|word| (*word).to_owned()).collect()));
    check.expect = all(&["exit == 0"], Scope::Exec);
    check
}

fn all(texts: &[&str], scope: Scope) -> Vec<Expr> {
    texts
        .iter()
        .map(|text| Expr::parse(text, scope).unwrap_or_else(|error| panic!("{text}: {error}")))
        .collect()
}

fn pin(address: SocketAddr) -> Pin {
    Pin { host: address.ip().to_string(), port: Some(address.port()) }
}

fn settings(checks: impl IntoIterator<Item = HealthCheck>) -> Settings {
    Settings { health: checks.into_iter().collect(), ..Settings::default() }
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// All sides of a check, measured once.
fn measure_all(check: &HealthCheck) -> Vec<(ProbeId, Health)> {
    measure_at(check, Arc::new(SystemClock))
}

fn measure_at(check: &HealthCheck, clock: Arc<dyn Clock>) -> Vec<(ProbeId, Health)> {
    let settings = settings([check.clone()]);
    let samples = runtime().block_on(probe::probe_once_with(&settings, clock, holder()));
    samples
        .into_iter()
        .map(|(id, sample)| match sample.reading {
            Reading::Health(health) => (id, health),
            other => panic!("{other:?}"),
        })
        .collect()
}

/// The only side of a check without pins, measured once.
fn measure(check: &HealthCheck) -> Health {
    let mut all = measure_all(check);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0).1
}

#[track_caller]
fn failed(health: &Health) -> &Miss {
    match &health.outcome {
        Outcome::Fail(miss) => miss,
        other => panic!("not failed: {other:?}"),
    }
}

#[track_caller]
fn unanswered(health: &Health) -> (Stage, &str) {
    match &health.outcome {
        Outcome::NoAnswer { stage, why } => (*stage, why),
        other => panic!("not without an answer: {other:?}"),
    }
}

#[track_caller]
fn broken(health: &Health) -> &str {
    match &health.outcome {
        Outcome::Broken(why) => why,
        other => panic!("not broken: {other:?}"),
    }
}

#[track_caller]
fn passed(health: &Health) {
    assert_eq!(health.outcome, Outcome::Pass, "{health:?}");
}

/// A server on loopback that does `talk` with every connection, each in a thread, and counts them.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn new(talk: impl Fn(TcpStream) + Send + Sync + 'static) -> Server {
        Server::at("127.0.0.1:0", talk)
    }

    fn at(address: &str, talk: impl Fn(TcpStream) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let talk = Arc::new(talk);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                stream.set_nodelay(true).unwrap();
                let talk = Arc::clone(&talk);
                std::thread::spawn(move || talk(stream));
            }
        });
        Server { address, connections }
    }

    /// Answers every request on a connection with the same text, and keeps the connection open.
    fn saying(answer: impl Into<String>) -> Server {
        let answer = answer.into();
        Server::new(move |mut stream| {
            while !request(&mut stream).is_empty() {
                if stream.write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
        })
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// An answer of status 200 with `body`.
fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// The head of the next request, empty at the end of the connection.
fn request(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return String::new(),
        }
    }
    String::from_utf8(head).unwrap()
}

/// A port where nothing listens.
pub fn closed() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Looks again and again until `done`; a test's way to wait.
#[track_caller]
pub fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    // Far beyond what anything here takes: it ends a hanging test, it measures nothing.
    for _ in 0..6000 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("never: {what}");
}

/// The environment of a process cannot be changed safely from within: this runs itself again with another.
fn again_with(test: &str, environment: &[(&str, &str)]) -> bool {
    const AGAIN: &str = "CUTOVER_TEST_AGAIN";
    if std::env::var_os(AGAIN).is_some() {
        return false;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .envs(environment.iter().copied())
        .env(AGAIN, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    true
}
