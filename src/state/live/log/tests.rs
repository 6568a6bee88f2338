use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::*;
use crate::config::{Encoding, LogInput};
use crate::sample::log::{Chunk, Entry, Level, Shape};

fn source() -> LogSource {
    LogSource {
        name: "app".to_owned(),
        input: LogInput::Files(vec![PathBuf::from("/var/log/app.log")]),
        via: None,
        errors: None,
        level: None,
        silent: Some(Duration::from_mins(1)),
        noise: vec!["^tick".to_owned()],
        include: Vec::new(),
        exclude: Vec::new(),
        lines: 1000,
        bytes: 1 << 20,
        encoding: Encoding::Auto,
    }
}

/// So many seconds after 06:00, the cockpit having started then.
fn at(seconds: u64) -> Stamp {
    let start: DateTime<Utc> = "2026-11-21T06:00:00Z".parse().unwrap();
    let boot = Duration::from_secs(1000 + seconds);
    Stamp { wall: start + Duration::from_secs(seconds), offset: 0, mono: boot, boot }
}

fn batch(seconds: u64, lines: &[(Level, &str)]) -> LogBatch {
    let mut chunk = Chunk::default();
    let mut counts = Counts::default();
    let mut shapes = Vec::new();
    for (level, text) in lines {
        let shape = text.bytes().map(u64::from).sum::<u64>() + 1;
        chunk.push(text, Entry { end: 0, level: *level, shape, stated: None, cut: 0, file: 0 });
        counts[*level as usize] += 1;
        let (text, example) = ((*text).to_owned(), (*text).to_owned());
        shapes.push(Shape { id: shape, text, example, level: *level, stated: None });
    }
    LogBatch {
        at: Some(at(seconds)),
        lines: Arc::new(chunk),
        counts,
        shapes,
        source: Source::Files(vec!["/var/log/app.log".to_owned()]),
        ..LogBatch::default()
    }
}

fn log() -> Log {
    let mut log = Log::new(source());
    let mut marks = Marks::default();
    marks.begin(at(0).wall);
    log.settle(&Arc::new(marks), std::iter::empty());
    log
}

#[test]
fn a_log_says_its_errors_and_what_is_new() {
    let mut log = log();
    assert_eq!((log.state(), log.saw()), (ProbeState::Unknown, String::new()));
    log.take(batch(1, &[(Level::Info, "ready"), (Level::Error, "no route")]));
    log.age(&at(5));
    assert_eq!(log.state(), ProbeState::Up);
    assert_eq!(log.saw(), "1 error in 4s, 2 new since 06:00:00Z");
    log.take(batch(59, &[(Level::Error, "no route"), (Level::Fatal, "gone"), (Level::Info, "tick")]));
    log.age(&at(62));
    assert_eq!(log.saw(), "2 errors/min, 3 new since 06:00:00Z", "what is expected is not new");
    log.settle(&log.marks.clone(), ["no r.ute", "gone"].into_iter());
    assert_eq!(log.new, 1);
}

#[test]
fn the_backlog_is_kept_but_counts_in_no_rate() {
    let mut log = log();
    let lines = [(Level::Error, "an old error"); 30];
    log.take(LogBatch { backlog: true, ..batch(1, &lines) });
    log.age(&at(2));
    assert_eq!(log.buffer.len(), 30);
    assert_eq!(log.saw(), "0 errors in 1s, 0 new since 06:00:00Z");
}

#[test]
fn silent_is_not_missing() {
    let mut log = log();
    log.take(batch(0, &[(Level::Info, "ready")]));
    log.age(&at(59));
    assert_eq!((log.state(), log.rings()), (ProbeState::Up, false));
    log.age(&at(60));
    assert_eq!((log.state(), log.rings()), (ProbeState::Silent, true));
    assert!(log.saw().starts_with("no line for 60s, "), "{}", log.saw());
    // An empty batch is a sign of life of the source, not of the log.
    log.take(batch(70, &[]));
    assert_eq!(log.state(), ProbeState::Silent);
    log.take(batch(71, &[(Level::Info, "back")]));
    assert_eq!(log.state(), ProbeState::Up);
    let missing = Source::Missing("/var/log/app.log is missing: create it".to_owned());
    log.take(LogBatch { source: missing, ..batch(72, &[]) });
    assert_eq!((log.state(), log.rings()), (ProbeState::Down, false));
    assert_eq!(log.saw(), "/var/log/app.log is missing: create it");
    log.age(&at(500));
    assert_eq!(log.state(), ProbeState::Down, "what is not there is not silent");
}

#[test]
fn a_log_that_never_had_a_line_falls_silent_too() {
    let mut log = log();
    log.take(batch(3, &[]));
    log.age(&at(62));
    assert_eq!(log.state(), ProbeState::Up);
    log.age(&at(63));
    assert_eq!(log.state(), ProbeState::Silent);
}

#[test]
fn a_mark_by_hand_makes_the_known_old() {
    let mut log = log();
    log.take(batch(1, &[(Level::Info, "first")]));
    assert_eq!(log.new, 1);
    let mut marks = (*log.marks).clone();
    marks.set(Mark { boot: at(10).boot, wall: at(10).wall, text: "mark set by hand".to_owned() });
    log.settle(&Arc::new(marks), std::iter::empty());
    assert_eq!(log.new, 0);
    log.take(batch(11, &[(Level::Info, "first"), (Level::Info, "second")]));
    assert_eq!(log.new, 1);
    assert!(log.saw().ends_with("1 new since 06:00:10Z"));
}

#[test]
fn a_copy_for_freezing_shares_what_is_large() {
    let mut log = log();
    log.take(batch(1, &[(Level::Info, "first")]));
    let frozen = log.clone();
    assert!(Arc::ptr_eq(&frozen.shapes, &log.shapes));
    log.take(batch(2, &[(Level::Info, "second")]));
    assert_eq!((frozen.buffer.len(), log.buffer.len()), (1, 2));
    assert_eq!((frozen.shapes.len(), log.shapes.len()), (1, 2));
}
