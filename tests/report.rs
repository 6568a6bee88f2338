//! The report from outside: of the golden log, whole.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

pub mod commands;
pub mod export;
pub mod page;
mod sheet;

use std::path::Path;
use std::time::Duration;

use cutover::clock::{Clock, ManualClock};
use cutover::report;

use crate::signoff::GOLDEN;

fn clock() -> ManualClock {
    ManualClock::new(chrono::DateTime::from_timestamp(1_795_262_400, 0).unwrap())
}

#[test]
fn the_golden_logs_report() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("signoff.md");
    let written = report::write(Path::new(GOLDEN), &out, &clock().now()).unwrap();
    assert_eq!(written.verification.exit_code(), 0);
    insta::assert_snapshot!(std::fs::read_to_string(out).unwrap());
}

#[test]
fn only_the_stated_time_of_making_differs() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let make = |name: &str| {
        let out = folder.path().join(name);
        report::write(Path::new(GOLDEN), &out, &clock.now()).unwrap();
        std::fs::read_to_string(out).unwrap()
    };
    let first = make("a.md");
    clock.advance(Duration::from_hours(1));
    let second = make("b.md");
    let differ: Vec<(&str, &str)> = first.lines().zip(second.lines()).filter(|(a, b)| a != b).collect();
    assert_eq!(differ.len(), 1);
    assert!(differ[0].0.starts_with("| Report made | "));
}
