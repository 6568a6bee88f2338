//! How fast the cockpit is: start to first frame, a key to its frame, a tick to the disk and back.
//!
//! `cargo bench --bench cockpit` runs the release program in a pty and prints the median, the 99th percentile and
//! the worst of each beside the goal. Counts are fixed; it ends by itself.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints, and fails by panicking"
)]

#[path = "../common"]
mod common {
    #![allow(dead_code, reason = "the tests use the rest")]
    pub mod desk;
    pub mod folder;
    pub mod program;
    pub mod pty;
}
mod measure;

use std::time::Duration;

use common::desk::Desk;
use common::folder::Folder;
use common::pty::{Press, Start};
use cutover::checklist::{self, Options};
use cutover::config::Settings;
use cutover::signoff::event::RunMode;
use cutover::state::action::Action;
use cutover::theme::{Depth, Glyphs, Styles, Theme};
use cutover::view;
use measure::{now, report};

/// Items of the large plan.
const ITEMS: usize = 10_000;
/// Starts that are measured.
const STARTS: usize = 20;
/// Keys that are measured.
const KEYS: usize = 300;
/// Ticks that are measured.
const TICKS: usize = 200;
/// Frames that are measured.
const FRAMES: usize = 500;
/// Between two keys of a person: longer than the pause the cockpit keeps between frames.
const PAUSE: Duration = Duration::from_millis(50);

fn main() {
    println!("{ITEMS} items, 160x45");
    report("key and frame in memory", &frames(), Duration::from_millis(16));
    report("start to first frame", &starts(), Duration::from_millis(100));
    let (keys, ticks) = keys_and_ticks();
    report("cursor key to frame", &keys, Duration::from_millis(16));
    report("tick to disk and frame", &ticks, Duration::from_millis(16));
}

fn starts() -> Vec<Duration> {
    (0..STARTS)
        .map(|_| {
            let folder = large_plan();
            let begun = now();
            let mut terminal = Start::run(&folder).size(160, 45).spawn();
            terminal.wait_for("the first frame", |frame| frame.has("Step 1"));
            let took = begun.elapsed();
            terminal.kill();
            took
        })
        .collect()
}

fn keys_and_ticks() -> (Vec<Duration>, Vec<Duration>) {
    let folder = large_plan();
    let mut terminal = Start::run(&folder).size(160, 45).spawn();
    terminal.wait_for_text("run started");
    // The start is over when a tick has come back.
    terminal.insist(" ", "the first tick", |frame| frame.has("ticked “Step 1”"));
    let keys = (0..KEYS)
        .map(|key| {
            std::thread::sleep(PAUSE);
            let before = terminal.frame();
            let begun = now();
            // Down and up again: every key moves the cursor.
            terminal.press(if key % 2 == 0 { Press::Down } else { Press::Up });
            terminal.wait_for_newer(&before, "the cursor elsewhere", |_| true);
            begun.elapsed()
        })
        .collect();
    let ticks = (2..TICKS + 2)
        .map(|step| {
            let shown = format!("ticked “Step {step}”");
            std::thread::sleep(PAUSE);
            let begun = now();
            terminal.type_text(" ");
            terminal.wait_for_text(&shown);
            begun.elapsed()
        })
        .collect();
    terminal.kill();
    (keys, ticks)
}

/// A cursor key taken in and the whole screen drawn, without terminal, disk or process.
fn frames() -> Vec<Duration> {
    let checklist = checklist::parse(large_text().as_bytes(), &Options::default());
    let mut desk = Desk::start("2026-11-21T06:00:00Z", RunMode::Live, checklist, Settings::default());
    let mut screen = ratatui::Terminal::new(ratatui::backend::TestBackend::new(160, 45)).unwrap();
    let styles = Styles::new(&Theme::builtin().unwrap(), Depth::True);
    let glyphs = Glyphs::choose(false, &|name| (name == "LANG").then(|| "C.UTF-8".to_owned()));
    (0..FRAMES)
        .map(|_| {
            let begun = now();
            desk.press(Action::Down);
            let at = desk.now();
            screen
                .draw(|frame| {
                    let _ = view::render(frame, &desk.state, &styles, &glyphs, &at);
                })
                .unwrap();
            begun.elapsed()
        })
        .collect()
}

/// The large plan in one phase, so that ticks run on without a key between.
fn large_plan() -> Folder {
    Folder::new(&large_text())
}

fn large_text() -> String {
    let steps: Vec<String> = (1..=ITEMS).map(|step| format!("- [ ] Step {step}\n")).collect();
    format!("# Ten thousand small steps\n\n## Part 1\n\n{}", steps.concat())
}
