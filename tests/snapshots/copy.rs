//! The copy pane at every form it takes.

use cutover::sample::copy::{Copy, Count, End, Progress, Source, Stage};
use cutover::sample::reconcile::{self, Found, Judged};
use cutover::sample::{ProbeId, Reading, Reconcile, Sample};

use super::*;

macro_rules! screen {
    ($name:expr, $desk:expr, $columns:expr, $rows:expr) => {
        insta::assert_snapshot!($name, text(draw($desk, $columns, $rows).0.backend().buffer()))
    };
}

const COPIES: &str = r#"
title = "Shop backend to the new tenant"
window = { start = 2026-11-21T06:00:00Z, end = 2026-11-21T07:00:00Z }

[vars]
SAS = { env = "SAS" }

[[health]]
name = "api"
url = "https://api.shop.example/health"

[[copy]]
name = "assets"
source = { rclone = "http://127.0.0.1:5572" }

[[copy]]
name = "themes"
source = { azcopy = "azcopy.log" }

[[copy]]
name = "orders"
source = { start = ["pg_restore", "-j", "4", "--dbname=shop", "dump dir", "https://h.example/x?sv=1&${SAS}"] }

[[copy]]
name = "search-index"
source = { elasticsearch = "http://127.0.0.1:9200/_tasks/x:1" }

[[copy]]
name = "mail"
source = { file = "rsync.log" }

[[reconcile]]
name = "blobs"
exec = ["check-blobs", "--all"]
counters = { listed = 'listed ([\d,]+)', copied = 'copied ([\d,]+)', missing = 'missing ([\d,]+)', stale = 'stale (\d+)' }
expect = ["missing == 0", "copied == listed"]
harmless = ["stale"]

[[reconcile]]
name = "orders"
exec = ["count-rows"]
counters = { old = 'old (\d+)', new = 'new (\d+)' }
expect = ["new == old"]
"#;

pub fn say(desk: &mut Desk, name: &str, source: Source, progress: &Progress) {
    let at = desk.now();
    let quiet = Duration::from_secs(20);
    let copy = Copy { progress: progress.clone(), updated: Some(at), source, quiet, ..Copy::default() };
    let id: ProbeId = format!("copy/{name}").parse().unwrap();
    desk.send(Msg::Sample(id, Box::new(Sample { began: at, at, reading: Reading::Copy(Box::new(copy)) })));
}

pub fn count(desk: &mut Desk, name: &str, found: Reconcile) {
    let at = desk.now();
    let id: ProbeId = format!("reconcile/{name}").parse().unwrap();
    let reading = Reading::Reconcile(Box::new(found));
    desk.send(Msg::Sample(id, Box::new(Sample { began: at, at, reading })));
}

pub fn counters(all: &[(&str, i64)]) -> std::collections::BTreeMap<String, i64> {
    all.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn running(bytes: u64, files: u64) -> Progress {
    Progress {
        stage: Stage::Running,
        bytes: Count { done: Some(bytes), total: Some(1_710_000_000_000) },
        objects: Count { done: Some(files), total: Some(580_000) },
        unit: "files",
        total_is_final: true,
        ..Progress::default()
    }
}

/// 06:42: one copy runs, one has finished with errors, one waits, one still finds out how much there is, one is gone.
fn copies() -> Desk {
    let env = |name: &str| (name == "SAS").then(|| "sig=s3cret-of-the-day".to_owned());
    let settings = config::load("shop.toml".as_ref(), COPIES, &env).unwrap();
    let mut desk = Desk::start("2026-11-21T06:40:00Z", RunMode::Live, checklist("Shop", PLAN), settings);
    let ended = Progress {
        stage: Stage::Ended(End::WithErrors("37 of 490,149 failed".to_owned())),
        objects: Count { done: Some(490_112), total: Some(490_149) },
        bytes: Count { done: Some(1_200_000_000_000), total: None },
        unit: "files",
        failed: Some(37),
        skipped: Some(1204),
        errors: vec!["/themes/dark/\u{1b}[31mlogo.svg: 403 this request is not authorized".to_owned()],
        ..Progress::default()
    };
    say(&mut desk, "themes", Source::Open, &ended);
    say(&mut desk, "orders", Source::Waiting, &Progress::default());
    let gone = Progress {
        percent: Some(64.0),
        bytes: Count { done: Some(41_000_000), total: None },
        ..running(0, 0)
    };
    say(&mut desk, "mail", Source::Open, &Progress { objects: Count::default(), ..gone.clone() });
    for second in 0..130u64 {
        let scanned = Progress {
            stage: Stage::Scanning,
            objects: Count { done: Some(second * 80), total: Some(12_000 + second * 3000) },
            unit: "docs",
            ..Progress::default()
        };
        say(&mut desk, "search-index", Source::Open, &scanned);
        let rate = if second < 90 { 1_310_000_000 } else { 900_000_000 };
        let mut assets = running(1_000_000_000_000 + second * rate, 400_000 + second * 180);
        "objects/7c/7c01.bin".clone_into(&mut assets.at);
        say(&mut desk, "assets", Source::Open, &assets);
        desk.wait(1);
    }
    say(&mut desk, "mail", Source::Gone, &Progress { objects: Count::default(), ..gone });
    desk
}

#[test]
fn copies_and_comparisons_at_every_size() {
    let mut desk = copies();
    desk.press(Action::Focus(4));
    desk.press(Action::Last);
    desk.press(Action::Up);
    desk.press(Action::RunReconcile);
    desk.wait(12);
    let missing = Judged { expect: "missing == 0".to_owned(), found: Found::Off("37".to_owned()) };
    let copied = Judged {
        expect: "copied == listed".to_owned(),
        found: Found::Off("490,112, listed 490,149".to_owned()),
    };
    let found = Reconcile {
        counters: counters(&[("listed", 490_149), ("copied", 490_112), ("missing", 37), ("stale", 5)]),
        took: Duration::from_secs(12),
        exit: Some(0),
        end: Some(reconcile::End::Ran(vec![missing, copied])),
        line: "done".to_owned(),
        ..Reconcile::default()
    };
    count(&mut desk, "blobs", found);
    desk.press(Action::Last);
    desk.press(Action::RunReconcile);
    let found = Reconcile {
        counters: counters(&[("old", 12_001)]),
        progress: Some(0.41),
        line: "comparing orders_2026_10".to_owned(),
        ..Reconcile::default()
    };
    count(&mut desk, "orders", found);
    desk.wait(3);
    say(&mut desk, "assets", Source::Open, &running(1_160_000_000_000, 425_000));
    screen!("copy_160x45", &mut desk, 160, 45);
    // Elsewhere `S` signs.
    desk.press(Action::Focus(1));
    let shown = text(draw(&mut desk, 160, 45).0.backend().buffer());
    assert!(shown.contains("not started: 4 then S "), "{shown}");
    desk.press(Action::Focus(4));
    screen!("copy_100x30", &mut desk, 100, 30);
    screen!("copy_80x24", &mut desk, 80, 24);
    screen!("copy_50x20", &mut desk, 50, 20);
    desk.press(Action::Open);
    screen!("copy_sheet_running_comparison", &mut desk, 100, 30);
    desk.press(Action::Back);
    desk.press(Action::Up);
    desk.press(Action::Open);
    screen!("copy_sheet_comparison", &mut desk, 120, 40);
    desk.press(Action::Back);
    desk.press(Action::First);
    desk.press(Action::Open);
    screen!("copy_sheet", &mut desk, 120, 45);
    desk.press(Action::Back);
    desk.press(Action::Down);
    desk.press(Action::Open);
    screen!("copy_sheet_ended", &mut desk, 100, 40);
    desk.press(Action::Back);
    desk.press(Action::Focus(2));
    desk.press(Action::Focus(1));
    screen!("copy_folded_100x30", &mut desk, 100, 30);
    screen!("copy_status_80x24", &mut desk, 80, 24);
    // A pane's name is whole or its number alone.
    for columns in 71..80 {
        let shown = text(draw(&mut desk, columns, 24).0.backend().buffer());
        let row = shown.lines().find(|line| line.starts_with(" 4 Copy")).unwrap().trim_end();
        assert!(row.ends_with("  2 Health") || row.ends_with("  2"), "{row}");
    }
}

#[test]
fn copies_that_stand_are_stale_or_come_too_late() {
    let mut desk = copies();
    desk.press(Action::Focus(4));
    // A tenth of the pace: it will not fit the window.
    for second in 0..200u64 {
        let bytes = 1_160_000_000_000 + second * 100_000_000;
        say(&mut desk, "assets", Source::Open, &running(bytes, 424_000 + second * 10));
        desk.wait(1);
    }
    screen!("copy_late", &mut desk, 160, 45);
    for _ in 0..40 {
        say(&mut desk, "assets", Source::Open, &running(1_180_000_000_000, 426_000));
        desk.wait(2);
    }
    let unreachable = Source::Unreachable("http://127.0.0.1:9200 refuses connections: is it up?".to_owned());
    let id: ProbeId = "copy/search-index".parse().unwrap();
    let last = desk.state.live.copies[3].copy().unwrap().clone();
    let at = desk.now();
    let reading = Reading::Copy(Box::new(Copy { source: unreachable, ..last }));
    desk.send(Msg::Sample(id, Box::new(Sample { began: at, at, reading })));
    screen!("copy_stalled", &mut desk, 160, 45);
    let (terminal, _) = draw_with(&mut desk, 100, 30, &theme::ASCII);
    let screen = text(terminal.backend().buffer());
    assert!(screen.is_ascii(), "{screen}");
}

#[test]
fn a_copy_is_started_only_after_all_that_runs_was_shown() {
    let mut desk = copies();
    desk.press(Action::Focus(4));
    desk.press(Action::First);
    desk.press(Action::Down);
    desk.press(Action::Down);
    desk.press(Action::StartCopy);
    desk.clock.advance(Duration::from_secs(1));
    screen!("copy_start", &mut desk, 100, 30);
}
