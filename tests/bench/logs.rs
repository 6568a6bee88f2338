//! How fast a log is taken in: levels, filters, error counts, line shapes; beside lnav, which indexes it.
//!
//! `cargo bench --bench logs` makes a mixed log of 10 million lines (about 1 GB; `LINES=…` makes another size) from a
//! fixed seed in the temporary directory, has each reader read it in a process of its own, and prints wall time,
//! their ratio, and the peak of memory. It ends by itself and leaves nothing behind.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench prints, and fails by panicking"
)]

#[allow(dead_code, reason = "percentiles are for others")]
mod measure;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cutover::config::{Encoding, LogInput, LogSource};
use cutover::probe::ingest_log;
use cutover::sample::log::Level;
use measure::now;

/// Lines of the log.
const LINES: u64 = 10_000_000;
/// Runs of each reader; the best counts, as the machine has other work.
const RUNS: usize = 3;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    if let Some(mode) = arguments.next() {
        return read(&mode, Path::new(&arguments.next().unwrap()));
    }
    let lines = std::env::var("LINES").ok().and_then(|lines| lines.parse().ok()).unwrap_or(LINES);
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("mixed.log");
    let bytes = write_log(&log, lines);
    println!("{lines} lines, {:.2} GB", bytes as f64 / 1e9);
    let ours = std::env::current_exe().unwrap();
    let ours = |mode: &str| {
        let mut command = Command::new(&ours);
        command.arg(mode).arg(&log);
        run(&mut command)
    };
    let home = folder.path().join("home");
    std::fs::create_dir(&home).unwrap();
    let is_there = Command::new("lnav").arg("-V").output().is_ok();
    let index = || {
        let mut command = Command::new("lnav");
        // Indexing is what is measured: without a command it would write every line out too.
        command.env("HOME", &home).args(["-n", "-q", "-c", ";SELECT 1"]).arg(&log);
        is_there.then(|| run(&mut command))
    };
    // In turn, so that what else the machine does falls on all of them.
    let (mut indexed, mut plains, mut shaped) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        indexed.extend(index());
        plains.push(ours("plain"));
        shaped.push(ours("shapes"));
    }
    let best = |runs: &[Run]| runs.iter().copied().min_by_key(|run| run.wall);
    let lnav = best(&indexed);
    let (Some(plain), Some(shapes)) = (best(&plains), best(&shaped)) else { return };
    row("levels, filters, counts", &plain, lnav.as_ref(), 4.0);
    row("the same and line shapes", &shapes, lnav.as_ref(), 2.0);
    match &lnav {
        Some(lnav) => row("lnav -n", lnav, None, 1.0),
        None => println!("lnav is not installed: nothing to compare with"),
    }
}

/// Wall time and peak of memory.
#[derive(Clone, Copy)]
struct Run {
    wall: Duration,
    peak: u64,
}

fn row(what: &str, run: &Run, lnav: Option<&Run>, goal: f64) {
    print!("{what:<26} {:>7.2} s   peak {:>6.1} MB", run.wall.as_secs_f64(), run.peak as f64 / 1e6);
    if let Some(lnav) = lnav {
        let times = lnav.wall.as_secs_f64() / run.wall.as_secs_f64();
        let memory = lnav.peak as f64 / run.peak as f64;
        let kept = |kept: bool| if kept { "kept" } else { "MISSED" };
        print!(
            "   {times:.1} times as fast (goal {goal}: {}), 1/{memory:.0} of the memory (goal 1/20: {})",
            kept(times >= goal),
            kept(memory >= 20.0)
        );
    }
    println!();
}

fn run(command: &mut Command) -> Run {
    let begun = now();
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        // The high-water mark is the kernel's, so that looking now and then is enough.
        if let Some(kib) = std::fs::read_to_string(&status).ok().as_deref().and_then(high_water) {
            peak = kib * 1024;
        }
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(ended.success(), "{command:?}: {ended}");
    Run { wall: begun.elapsed(), peak }
}

fn high_water(status: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

/// Reads the log as a tailer does, keeping what the pane would keep.
fn read(mode: &str, log: &Path) {
    let source = LogSource {
        name: "mixed".to_owned(),
        input: LogInput::Files(vec![log.to_owned()]),
        via: None,
        errors: None,
        level: None,
        silent: None,
        noise: Vec::new(),
        include: Vec::new(),
        exclude: vec!["GET /health".to_owned()],
        lines: 50_000,
        bytes: 16 << 20,
        encoding: Encoding::Auto,
    };
    let kept = Arc::new(Mutex::new((VecDeque::new(), 0_usize, [0_u64; 8], 0_usize)));
    let buffer = Arc::clone(&kept);
    ingest_log(log, &source, mode == "shapes", move |batch| {
        let mut buffer = buffer.lock().unwrap();
        let (chunks, lines, counts, shapes) = &mut *buffer;
        *lines += batch.lines.lines.len();
        *shapes += batch.shapes.len();
        counts.iter_mut().zip(batch.counts).for_each(|(sum, more)| *sum += more);
        chunks.push_back(batch.lines);
        while *lines - chunks[0].lines.len() >= source_lines() {
            *lines -= chunks.pop_front().unwrap().lines.len();
        }
    })
    .unwrap();
    let kept = kept.lock().unwrap();
    let errors = kept.2[Level::Error as usize] + kept.2[Level::Fatal as usize];
    assert!(errors > 0 && kept.1 > 0 && (kept.3 > 0) == (mode == "shapes"));
    let resident = std::fs::read_to_string("/proc/self/status").unwrap();
    let resident = resident.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    eprintln!("  {mode}: {errors} errors, {} shapes, afterwards {resident}", kept.3);
}

fn source_lines() -> usize {
    50_000
}

/// A log as a busy host has it: access lines, Java, syslog, JSON, logfmt, colours, accents.
#[expect(clippy::many_single_char_names, reason = "clock faces and dice")]
fn write_log(path: &Path, lines: u64) -> u64 {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
    let mut seed = 0x5eed_u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut bytes = 0;
    let mut line = String::new();
    for number in 0..lines {
        use std::fmt::Write as _;
        line.clear();
        let (h, m, s, ms) =
            (number / 3_600_000 % 24, number / 60_000 % 60, number / 1000 % 60, number % 1000);
        let (a, b, c) = (random(250), random(100_000), random(1000));
        let bad = random(100) < 2;
        match random(7) {
            0 | 1 => {
                let status = if bad { 502 } else { [200, 200, 304, 404][usize::try_from(a % 4).unwrap()] };
                let path = ["/orders", "/games/feed", "/health", "/users"][usize::try_from(c % 4).unwrap()];
                write!(line, "10.0.{a}.{} - - [21/Nov/2026:{h:02}:{m:02}:{s:02} +0000] \"GET {path}/{b}?page={c} HTTP/1.1\" {status} {b} \"-\" \"Mozilla/5.0\"", c % 250)
            }
            2 => {
                let (level, what) = if bad { ("ERROR", "failed with AzureIdentity: environment variables missing") } else { ("INFO ", "is placed and paid") };
                write!(line, "2026-11-21 {h:02}:{m:02}:{s:02},{ms:03} {level} [pool-3-thread-{}] com.example.shop.OrderService - order {b} {what}", c % 32)
            }
            3 => {
                let what = if bad { "error: connection to 10.1.2.3 lost" } else { "Accepted publickey for deploy" };
                write!(line, "Nov 21 {h:02}:{m:02}:{s:02} web{} sshd[{b}]: {what} from 10.0.{a}.7 port {b}", a % 8)
            }
            4 => {
                let level = if bad { "error" } else { "info" };
                write!(line, "{{\"level\":\"{level}\",\"ts\":1795243{c:03}.{ms:03},\"caller\":\"feed/handler.go:{a}\",\"msg\":\"feed served\",\"user\":{b},\"items\":{c}}}")
            }
            5 => {
                let level = if bad { "warning" } else { "debug" };
                write!(line, "time=2026-11-21T{h:02}:{m:02}:{s:02}.{ms:03}Z level={level} msg=\"cache miss for key café:{b}\" took={c}ms")
            }
            _ => write!(line, "\u{1b}[32m{h:02}:{m:02}:{s:02}.{ms:03}\u{1b}[0m \u{1b}[1mINFO\u{1b}[0m worker {a}: job {b} done in {c} ms"),
        }
        .unwrap();
        line.push('\n');
        bytes += line.len() as u64;
        out.write_all(line.as_bytes()).unwrap();
    }
    out.flush().unwrap();
    bytes
}
