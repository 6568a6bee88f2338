//! What an idle cockpit costs: bytes to the terminal and processor time, with twenty healthy checks at 5 s.
//!
//! `cargo bench --bench idle` watches for 30 s after everything is up and prints both for 10 s. The figures that
//! change (clocks, ages, latencies) are part of the bytes; the same seconds are measured without any check, where
//! only the clocks change, for comparison. It ends by itself.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints, and fails by panicking"
)]

#[path = "../common"]
mod common {
    #![allow(dead_code, reason = "the tests use the rest")]
    pub mod folder;
    pub mod http;
    pub mod program;
    pub mod pty;
}

use std::fmt::Write as _;
use std::time::Duration;

use common::folder::Folder;
use common::http::{Answer, Server};
use common::program::until;
use common::pty::{Start, Terminal};

/// Checks that are asked.
const CHECKS: usize = 20;
/// What is watched.
const WATCHED: Duration = Duration::from_secs(30);

fn main() {
    let server = Server::start(Answer::healthy());
    let mut sidecar = String::new();
    for check in 1..=CHECKS {
        let url = server.url("/health");
        writeln!(sidecar, "[[health]]\nname = \"api-{check}\"\nurl = \"{url}\"\nevery = \"5s\"\n").unwrap();
    }
    measure("no checks", "");
    measure(&format!("{CHECKS} healthy checks at 5 s"), &sidecar);
}

fn measure(what: &str, sidecar: &str) {
    let folder = Folder::with_steps(50);
    if !sidecar.is_empty() {
        folder.sidecar(sidecar);
    }
    let checks = sidecar.matches("[[health]]").count();
    let mut terminal = Start::run(&folder).size(160, 45).spawn();
    terminal.wait_for_text("run started");
    until("every check up", || {
        let up = folder.events_named("probe.changed").iter().filter(|event| event["to"] == "up").count();
        (up >= checks).then_some(())
    });
    // Notices of the start are gone by then, and every check has been asked twice.
    std::thread::sleep(Duration::from_secs(12));
    let (bytes, ticks, frames) = sample(&terminal);
    std::thread::sleep(WATCHED);
    let (bytes_after, ticks_after, frames_after) = sample(&terminal);
    terminal.kill();

    let tenths = WATCHED.as_secs_f64() / 10.0;
    // Linux counts processor time in hundredths of a second on every platform it has.
    let share = (ticks_after - ticks) as f64 / WATCHED.as_secs_f64();
    println!(
        "{what:<28} {:>6.0} bytes and {:>4.0} frames in 10 s, {share:.2} % of one core",
        (bytes_after - bytes) as f64 / tenths,
        (frames_after - frames) as f64 / tenths,
    );
}

/// Bytes written, processor time in hundredths of a second, and whole frames so far.
fn sample(terminal: &Terminal) -> (usize, u64, u64) {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", terminal.pid())).unwrap();
    // The name may hold blanks and ends at the last parenthesis; utime and stime are fields 14 and 15.
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 1..].split_whitespace().collect();
    let ticks = |field: usize| fields[field - 3].parse::<u64>().unwrap();
    (terminal.raw().len(), ticks(14) + ticks(15), terminal.frame().number)
}
