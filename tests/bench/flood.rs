//! A key to its frame while a log grows by 200,000 lines a second.
//!
//! `cargo bench --bench flood` runs the release program in a pty with one log in its sidecar, appends to the log for as
//! long as keys are measured, and prints how long keys took, how many lines were written, and what the cockpit holds in
//! memory before and after. The log is cut back before it is large; it ends by itself.

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
    pub mod program;
    pub mod pty;
}
mod measure;

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use common::folder::Folder;
use common::pty::{Press, Start, Terminal};
use measure::{now, report};

/// Lines written each second.
const RATE: u64 = 200_000;
/// Written at once, so often.
const STEP: Duration = Duration::from_millis(20);
/// The log is cut back when it is so long.
const LONGEST: u64 = 512 << 20;
/// Keys that are measured.
const KEYS: usize = 200;
/// Between two keys of a person.
const PAUSE: Duration = Duration::from_millis(50);

fn main() {
    let folder = Folder::with_steps(40);
    folder.sidecar("[[log]]\nname = \"app\"\nfile = \"app.log\"\n");
    let path = folder.path().join("app.log");
    File::create(&path).unwrap();
    let mut terminal = Start::run(&folder).size(160, 45).spawn();
    terminal.wait_for_text("run started");
    let before = resident(&terminal);
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writer = {
        let (stop, written) = (Arc::clone(&stop), Arc::clone(&written));
        std::thread::spawn(move || flood(&path, &stop, &written))
    };
    terminal.wait_for_text("took");
    let begun = now();
    let lines = written.load(Ordering::Acquire);
    let keys: Vec<Duration> = (0..KEYS)
        .map(|key| {
            std::thread::sleep(PAUSE);
            let down = key % 2 == 0;
            let wanted = if down { "▌  ○ Step 2 " } else { "▌  ○ Step 1 " };
            let begun = now();
            terminal.press(if down { Press::Down } else { Press::Up });
            terminal.wait_for("the cursor elsewhere", |frame| frame.has(wanted));
            begun.elapsed()
        })
        .collect();
    let rate = (written.load(Ordering::Acquire) - lines) as f64 / begun.elapsed().as_secs_f64();
    let after = resident(&terminal);
    stop.store(true, Ordering::Release);
    writer.join().unwrap();
    terminal.kill();
    report("key to frame in a flood", &keys, Duration::from_millis(16));
    println!(
        "{rate:.0} lines a second were written; resident {before:.1} MiB before, {after:.1} MiB in the flood"
    );
}

/// Appends lines at the rate until told to stop.
fn flood(path: &PathBuf, stop: &AtomicBool, written: &AtomicU64) {
    let mut log = File::options().append(true).open(path).unwrap();
    let each = RATE * u64::try_from(STEP.as_millis()).unwrap() / 1000;
    let (begun, mut turn, mut length) = (now(), 0, 0);
    while !stop.load(Ordering::Acquire) {
        let mut text = String::new();
        for line in 0..each {
            let n = turn * each + line;
            writeln!(text, "2026-11-21T06:00:00.{:03}Z INFO request {n} took {} ms", n % 1000, n % 97)
                .unwrap();
        }
        log.write_all(text.as_bytes()).unwrap();
        written.fetch_add(each, Ordering::AcqRel);
        length += text.len() as u64;
        if length > LONGEST {
            log.set_len(0).unwrap();
            length = 0;
        }
        turn += 1;
        let due = STEP * u32::try_from(turn).unwrap();
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
    }
}

/// Resident MiB of the cockpit.
fn resident(terminal: &Terminal) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", terminal.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap() / 1024.0
}
