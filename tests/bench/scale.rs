//! Many probes at once: 200 endpoints, 50 records at 8 resolvers each, 50 logs, 20 copies.
//!
//! `cargo bench --bench scale` runs them against servers of its own on loopback for 40 s, and prints for each kind how
//! far apart two readings of one probe were at most, against its interval and a tenth, and what processor time and
//! memory the probes and the servers took together. It ends by itself.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints, and fails by panicking"
)]

#[path = "../common"]
mod common {
    #![allow(dead_code, reason = "the tests use the rest")]
    pub mod http;
}
#[allow(dead_code, reason = "the other benches use the rest")]
mod measure;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::UdpSocket;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::http::{Answer, Server};
use cutover::clock::SystemClock;
use cutover::probe::{Channels, Supervisor};
use cutover::sample::{Dns, Kind, ProbeId, Reading};
use measure::now;
use tokio::sync::mpsc;

const ENDPOINTS: usize = 200;
const RECORDS: usize = 50;
const RESOLVERS: usize = 8;
const LOGS: usize = 50;
const COPIES: usize = 20;
/// What is watched, after everything has been asked twice.
const WATCHED: Duration = Duration::from_secs(40);
/// A log gets a line so often.
const LINE_EVERY: Duration = Duration::from_millis(500);

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Answer::healthy());
    let resolvers: Vec<u16> = (0..RESOLVERS).map(|_| resolver()).collect();
    let settings = cutover::config::load(
        &folder.path().join("many.toml"),
        &sidecar(&server.url("/health"), &resolvers),
        &|_| None,
    )
    .unwrap_or_else(|error| panic!("{error}"));
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (folder, stop) = (folder.path().to_owned(), Arc::clone(&stop));
        std::thread::spawn(move || write_on(&folder, &stop))
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (samples, mut readings) = mpsc::channel(4096);
    let (lines, mut batches) = mpsc::channel(4096);
    let holder = Path::new(env!("CARGO_BIN_EXE_cutover"));
    let mut supervisor = Supervisor::with_holder(
        runtime.handle().clone(),
        Arc::new(SystemClock),
        Channels { samples, lines },
        holder,
    );
    supervisor.apply(&settings);

    // Until the first time-outs and the first look-ups are over.
    let warm = now() + Duration::from_secs(12);
    let mut seen: BTreeMap<(Kind, String), Vec<Instant>> = BTreeMap::new();
    let (mut began, mut before) = (now(), usage());
    let mut warmed = false;
    let end = warm + WATCHED;
    runtime.block_on(async {
        loop {
            let left = end.saturating_duration_since(now());
            if left.is_zero() {
                break;
            }
            let key = tokio::select! {
                Some((id, sample)) = readings.recv() => key(&id, &sample.reading),
                Some((id, _batch)) = batches.recv() => Some((id.kind, id.name)),
                () = tokio::time::sleep(left) => None,
            };
            if !warmed && now() >= warm {
                warmed = true;
                seen.clear();
                (began, before) = (now(), usage());
            }
            if let Some(key) = key {
                seen.entry(key).or_default().push(now());
            }
        }
    });
    let after = usage();
    let watched = began.elapsed();
    stop.store(true, Ordering::Release);
    writer.join().unwrap();
    let dropped = supervisor.dropped();
    drop(supervisor);

    for (kind, wanted, every) in [
        (Kind::Health, ENDPOINTS, Duration::from_secs(5)),
        (Kind::Dns, RECORDS * RESOLVERS, Duration::from_secs(10)),
        (Kind::Copy, COPIES, Duration::from_secs(2)),
        (Kind::Log, LOGS, LINE_EVERY),
    ] {
        let of: Vec<_> = seen.iter().filter(|((of, _), _)| *of == kind).map(|(_, at)| at).collect();
        let gaps = of.iter().flat_map(|at| at.windows(2).map(|pair| pair[1] - pair[0]));
        let worst = gaps.max().unwrap_or_default();
        let limit = every + every / 10;
        println!(
            "{:<10} {:>4} of {wanted} seen   longest between two readings {worst:>9.3?}   interval {every:?} and a tenth: {}",
            kind.name(),
            of.len(),
            if worst <= limit && of.len() >= wanted { "kept" } else { "MISSED" },
        );
    }
    let share = 100.0 * (after.0 - before.0) / watched.as_secs_f64();
    println!(
        "processor {share:.1} % of one core, servers included · resident {:.1} MiB · {dropped} readings dropped",
        after.1
    );
}

/// A probe, or one resolver's answers for a record.
fn key(id: &ProbeId, reading: &Reading) -> Option<(Kind, String)> {
    let name = match reading {
        Reading::Dns(dns) => match &**dns {
            Dns::Reply(reply) => format!("{} {:?}", id.name, reply.server),
            // Who is asked, and no answer.
            Dns::Servers(_) => return None,
        },
        _ => id.to_string(),
    };
    Some((id.kind, name))
}

fn sidecar(url: &str, resolvers: &[u16]) -> String {
    let mut text = String::new();
    for n in 0..ENDPOINTS {
        writeln!(text, "[[health]]\nname = \"api-{n}\"\nurl = \"{url}\"\nevery = \"5s\"").unwrap();
    }
    let resolvers: Vec<String> = resolvers.iter().map(|port| format!("\"127.0.0.1:{port}\"")).collect();
    for n in 0..RECORDS {
        writeln!(
            text,
            "[[dns]]\nname = \"host-{n}.example.test\"\nold = \"192.0.2.1\"\nnew = \"192.0.2.2\"\nresolvers = [{}]\nevery = \"10s\"",
            resolvers.join(", ")
        )
        .unwrap();
    }
    for n in 0..LOGS {
        writeln!(text, "[[log]]\nname = \"log-{n}\"\nfile = \"log-{n}.log\"").unwrap();
    }
    for n in 0..COPIES {
        writeln!(
            text,
            "[[copy]]\nname = \"copy-{n}\"\nsource = {{ file = \"copy-{n}.log\" }}\nformat = \"rsync\"\nevery = \"2s\""
        )
        .unwrap();
    }
    text
}

/// Appends to logs and copies' outputs until told to stop.
fn write_on(folder: &Path, stop: &AtomicBool) {
    let open = |name: String| OpenOptions::new().create(true).append(true).open(folder.join(name)).unwrap();
    let mut logs: Vec<_> = (0..LOGS).map(|n| open(format!("log-{n}.log"))).collect();
    let mut copies: Vec<_> = (0..COPIES).map(|n| open(format!("copy-{n}.log"))).collect();
    let mut turn = 0_u64;
    while !stop.load(Ordering::Acquire) {
        turn += 1;
        for log in &mut logs {
            writeln!(log, "2026-11-21T06:00:00Z INFO request {turn} took {} ms", turn % 97).unwrap();
        }
        for copy in &mut copies {
            let (bytes, of) = (turn * 1_000_000, 100_000_000_u64);
            let percent = (bytes * 100 / of).min(100);
            write!(copy, "\r{bytes:>15} {percent:>3}%   12.00MB/s    0:00:01").unwrap();
        }
        std::thread::sleep(LINE_EVERY);
    }
}

/// A resolver that answers every question with one address, until the process ends.
fn resolver() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut packet = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut packet) {
            let Some(answer) = answer(&packet[..length]) else { continue };
            let _gone = socket.send_to(&answer, from);
        }
    });
    port
}

/// The answer to an address question; to others that there is none (RFC 1035, 4.1).
fn answer(query: &[u8]) -> Option<Vec<u8>> {
    let mut end = 12;
    while *query.get(end)? != 0 {
        end += usize::from(query[end]) + 1;
    }
    let question = query.get(12..end + 5)?;
    let is_address = question[question.len() - 4..] == [0, 1, 0, 1];
    let mut out = query.get(..2)?.to_vec();
    out.extend([0x81, 0x80, 0, 1, 0, u8::from(is_address), 0, 0, 0, 0]);
    out.extend(question);
    if is_address {
        out.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 2]);
    }
    Some(out)
}

/// Processor seconds so far, and resident MiB.
fn usage() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 1..].split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let resident: f64 = resident.trim().trim_end_matches(" kB").trim().parse().unwrap();
    (ticks / 100.0, resident / 1024.0)
}
