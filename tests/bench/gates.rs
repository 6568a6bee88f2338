//! Many gates and forks at once: 10,000 items, 200 gates on 200 probes, 50 decisions.
//!
//! `cargo bench --bench gates` prints what one reading costs, and what a key and its frame cost, in memory, each beside
//! its goal. Counts are fixed; it ends by itself.

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
}
mod measure;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use common::desk::{Desk, pass};
use cutover::plan;
use cutover::signoff::event::RunMode;
use cutover::state::action::Action;
use cutover::theme::{Depth, Glyphs, Styles, Theme};
use cutover::view;
use measure::{now, report};

const PHASES: usize = 50;
const STEPS: usize = 200;
const GATES: usize = 200;
const READINGS: usize = 2_000;
const KEYS: usize = 500;

fn main() {
    println!("{} items, {GATES} gates on {GATES} probes, {PHASES} decisions, 160x45", PHASES * STEPS);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.md");
    std::fs::write(&file, checklist()).unwrap();
    std::fs::write(folder.path().join("shop.toml"), sidecar()).unwrap();
    let plan = plan::load(Path::new(&file), &|_| None).unwrap_or_else(|error| panic!("{error}"));
    let mut desk = Desk::of("2026-11-21T06:00:00Z", RunMode::Live, plan);
    // Each is good until its gate is met.
    for _ in 0..4 {
        desk.wait(2);
        (0..GATES).for_each(|probe| desk.measure(&format!("health/api-{probe}"), pass("200", 60)));
    }
    report("one reading", &readings(&mut desk), Duration::from_millis(1));
    report("one key and its frame", &keys(&mut desk), Duration::from_millis(16));
}

fn readings(desk: &mut Desk) -> Vec<Duration> {
    let one = |at: usize| {
        desk.clock.advance(Duration::from_millis(5));
        let begun = now();
        desk.measure(&format!("health/api-{}", at % GATES), pass("200", 60));
        begun.elapsed()
    };
    (0..READINGS).map(one).collect()
}

fn keys(desk: &mut Desk) -> Vec<Duration> {
    let mut screen = ratatui::Terminal::new(ratatui::backend::TestBackend::new(160, 45)).unwrap();
    let styles = Styles::new(&Theme::builtin().unwrap(), Depth::True);
    let glyphs = Glyphs::choose(false, &|name| (name == "LANG").then(|| "C.UTF-8".to_owned()));
    (0..KEYS)
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

fn checklist() -> String {
    let mut text = "# A shop of many parts\n".to_owned();
    for phase in 0..PHASES {
        writeln!(text, "\n## Part {phase}\n").unwrap();
        for way in ["this way", "that way"] {
            writeln!(text, "\n### Go {way} at p{phase}\n").unwrap();
            (0..STEPS / 2).for_each(|step| writeln!(text, "- [ ] Step {phase} {step} {way}").unwrap());
        }
    }
    text
}

fn sidecar() -> String {
    let mut text = String::new();
    for gate in 0..GATES {
        writeln!(text, "[[health]]\nname = \"api-{gate}\"\nurl = \"http://127.0.0.1:1/\"").unwrap();
        let (phase, step) = (gate % PHASES, gate / PHASES);
        writeln!(
            text,
            "[[gate]]\nitem = \"Step {phase} {step} this way\"\nneeds = [\"health/api-{gate}\"]\nfor = \"5s\""
        )
        .unwrap();
    }
    for phase in 0..PHASES {
        let ways = format!("[\"Go this way at p{phase}\", \"Go that way at p{phase}\"]");
        writeln!(text, "[[choice]]\nname = \"Way of part {phase}\"\noptions = {ways}").unwrap();
    }
    text
}
