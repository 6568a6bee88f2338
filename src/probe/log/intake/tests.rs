use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::clock::ManualClock;
use crate::config::{Encoding, LogInput};

fn source() -> LogSource {
    LogSource {
        name: "app".to_owned(),
        input: LogInput::Files(Vec::new()),
        via: None,
        errors: None,
        level: None,
        silent: None,
        noise: Vec::new(),
        include: Vec::new(),
        exclude: Vec::new(),
        lines: 50_000,
        bytes: 16 << 20,
        encoding: Encoding::Auto,
    }
}

/// An intake whose way out has room for so many batches, and what came out of it.
struct Desk {
    intake: Intake,
    clock: Arc<ManualClock>,
    room: Arc<AtomicUsize>,
    sent: Arc<Mutex<Vec<LogBatch>>>,
}

impl Desk {
    fn new(source: &LogSource) -> Desk {
        let wall = DateTime::parse_from_rfc3339("2026-11-21T07:00:00Z").unwrap().with_timezone(&Utc);
        let clock = Arc::new(ManualClock::new(wall));
        let room = Arc::new(AtomicUsize::new(usize::MAX));
        let sent = Arc::new(Mutex::new(Vec::new()));
        let (left, into) = (Arc::clone(&room), Arc::clone(&sent));
        let out: Out = Box::new(move |batch: Box<LogBatch>| {
            if left.load(Ordering::SeqCst) == 0 {
                return Err(Some(batch));
            }
            left.fetch_sub(1, Ordering::SeqCst);
            into.lock().unwrap().push(*batch);
            Ok(())
        });
        let mut intake = Intake::new(source, Arc::clone(&clock) as Arc<dyn Clock>, out);
        intake.redact_by(Arc::new(Redactor::new(["hunter22"])));
        Desk { intake, clock, room, sent }
    }

    fn lines(&mut self, lines: &[&str]) {
        for line in lines {
            self.intake.line(Raw::Bytes(line.as_bytes()), 0, 0);
        }
    }

    fn flush(&mut self) -> Vec<LogBatch> {
        self.intake.flush(true);
        std::mem::take(&mut self.sent.lock().unwrap())
    }
}

fn texts(batches: &[LogBatch]) -> Vec<String> {
    let lines = batches.iter().flat_map(|batch| {
        (0..batch.lines.lines.len()).map(|at| batch.lines.line(at).unwrap().to_owned()).collect::<Vec<_>>()
    });
    lines.collect()
}

fn counted(batches: &[LogBatch]) -> u64 {
    batches.iter().flat_map(|batch| batch.counts).sum()
}

#[test]
fn lines_are_told_together_after_a_moment() {
    let mut desk = Desk::new(&source());
    desk.lines(&["06:42:08 ERROR one", "two"]);
    desk.intake.flush(false);
    assert!(desk.sent.lock().unwrap().is_empty());
    desk.clock.advance(WAIT);
    desk.intake.flush(false);
    let sent = std::mem::take(&mut *desk.sent.lock().unwrap());
    assert_eq!((sent.len(), texts(&sent)), (1, vec!["06:42:08 ERROR one".to_owned(), "two".to_owned()]));
    assert_eq!(sent[0].counts[Level::Error as usize], 1);
    assert!(sent[0].lines.lines[0].stated.is_some());
    desk.clock.advance(PULSE);
    desk.intake.flush(false);
    let pulse = std::mem::take(&mut *desk.sent.lock().unwrap());
    assert_eq!((pulse.len(), counted(&pulse)), (1, 0), "still read, nothing new");
}

#[test]
fn a_batch_has_an_end() {
    let mut desk = Desk::new(&source());
    for _ in 0..=LINES {
        desk.lines(&["x"]);
    }
    desk.lines(&["y".repeat(BYTES - 2).as_str(), "zzz"]);
    let sizes: Vec<_> = desk.flush().iter().map(|batch| batch.lines.lines.len()).collect();
    assert_eq!(sizes, [LINES, 2, 1]);
}

#[test]
fn what_cannot_survive_is_counted() {
    let mut small = source();
    small.lines = 10;
    let mut desk = Desk::new(&small);
    desk.room.store(0, Ordering::SeqCst);
    for number in 0..20_000 {
        desk.lines(&[format!("line {} failed", number + 1).as_str()]);
        if number % 1000 == 0 {
            desk.intake.flush(true);
        }
    }
    assert!(desk.intake.queue.len() <= 3, "bounded while nothing is taken");
    desk.room.store(usize::MAX, Ordering::SeqCst);
    let sent = desk.flush();
    let kept = texts(&sent);
    let dropped: u64 = sent.iter().map(|batch| batch.dropped).sum();
    assert_eq!(kept.last().unwrap(), "line 20000 failed");
    assert!(kept.len() >= 10);
    assert_eq!((dropped + kept.len() as u64, counted(&sent)), (20_000, 20_000));
    assert_eq!(
        sent.iter().map(|batch| batch.shapes.len()).sum::<usize>(),
        1,
        "shapes are not lost with lines"
    );
}

#[test]
fn filters_of_the_sidecar_leave_lines_out() {
    let mut filtered = source();
    filtered.include = vec!["api".to_owned(), "db".to_owned()];
    filtered.exclude = vec!["health".to_owned()];
    let mut desk = Desk::new(&filtered);
    desk.lines(&["api GET /x", "web GET /x", "api GET /health", "db up"]);
    let sent = desk.flush();
    assert_eq!((texts(&sent), counted(&sent)), (vec!["api GET /x".to_owned(), "db up".to_owned()], 2));
}

#[test]
fn secrets_go_from_lines_shapes_and_examples() {
    let mut desk = Desk::new(&source());
    desk.lines(&["login with hunter22 ok", "x token=abcDEF123 y", "plain", "x token=zyxWVU987 y"]);
    let sent = desk.flush();
    assert_eq!(texts(&sent), ["login with ••• ok", "x token=••• y", "plain", "x token=••• y"]);
    let shapes: Vec<_> = sent[0].shapes.iter().map(|shape| shape.example.as_str()).collect();
    assert_eq!(shapes, ["login with ••• ok", "x token=••• y", "plain"]);
    assert_eq!(sent[0].shapes[1].id, sent[0].lines.lines[3].shape);
    assert!(!format!("{sent:?}").contains("hunter22"));
}

#[test]
fn no_line_of_a_private_key_is_told() {
    let mut desk = Desk::new(&source());
    let key =
        ["-----BEGIN RSA PRIVATE KEY-----", "MIIEowIBAAKCAQEA", "q7Zs", "-----END RSA PRIVATE KEY-----"];
    desk.lines(&["loaded:"]);
    desk.lines(&key);
    desk.lines(&["after"]);
    let sent = texts(&desk.flush());
    assert_eq!(sent, ["loaded:", "•••", "•••", "•••", "•••", "after"]);
}

#[test]
fn shapes_are_told_once_and_those_of_the_backlog_never() {
    let mut noisy = source();
    noisy.noise = vec!["heartbeat".to_owned()];
    let mut desk = Desk::new(&noisy);
    desk.intake.backlog(true);
    desk.lines(&["job 1 done"]);
    desk.intake.backlog(false);
    desk.lines(&["job 2 done", "job 3 failed", "job 4 failed", "heartbeat 5"]);
    let sent = desk.flush();
    assert_eq!((sent[0].backlog, sent[1].backlog), (true, false));
    assert!(sent[0].shapes.is_empty());
    let told: Vec<_> = sent[1].shapes.iter().map(|shape| shape.text.as_str()).collect();
    assert_eq!(told, ["job # failed"]);
    assert_eq!(counted(&sent[1..]), 4, "noise is counted");
}

#[test]
fn more_shapes_than_are_told_are_counted() {
    let mut desk = Desk::new(&source());
    let word = |number: usize| -> String {
        number.to_string().bytes().map(|digit| char::from(b'g' + digit - b'0')).collect()
    };
    for number in 0..super::super::shape::MOST + 100 {
        desk.lines(&[&word(number)]);
    }
    let sent = desk.flush();
    let told: u64 = sent.iter().map(|batch| batch.shapes.len() as u64 + batch.more_shapes).sum();
    assert_eq!(told, super::super::shape::MOST as u64);
    assert!(sent.iter().all(|batch| batch.shapes.len() <= SHAPES));
    assert!(sent.last().unwrap().shapes_full);
}

#[test]
fn a_turn_stands_before_the_lines_that_follow() {
    let mut desk = Desk::new(&source());
    desk.lines(&["old"]);
    desk.intake.turn(Turn::Rotated("app.log".to_owned()));
    desk.intake.turn(Turn::Vanished("x.log".to_owned()));
    desk.lines(&["new"]);
    let sent = desk.flush();
    assert_eq!(texts(&sent[..1]), ["old"]);
    assert_eq!((sent[1].turns.len(), texts(&sent[1..])), (2, vec!["new".to_owned()]));
}

#[test]
fn a_block_is_taken_in_as_its_lines_are() {
    let mut text = String::new();
    for number in 0..30_000_u64 {
        let line = match number % 7 {
            0 => format!("06:42:08 ERROR order {number} failed\n"),
            1 => format!("login password=hunter22 of {number}\r\n"),
            2 => "\u{1b}[31mWARN\u{1b}[0m café\n".to_owned(),
            3 => "GET /health 200\n".to_owned(),
            _ => format!(
                "job {number} {} is done\n",
                "of the queue ".repeat(usize::try_from(number % 5).unwrap())
            ),
        };
        text.push_str(&line);
    }
    let mut filtered = source();
    filtered.exclude = vec!["GET /health".to_owned()];
    let (mut one, mut many) = (Desk::new(&filtered), Desk::new(&filtered));
    super::super::lines::Splitter::default()
        .feed(text.as_bytes(), &mut |line, cut| one.intake.line(line, cut, 0));
    assert!(many.intake.block(text.as_bytes(), 0, 0));
    let (one, many) = (one.flush(), many.flush());
    assert_eq!(texts(&one), texts(&many));
    let entries = |batches: &[LogBatch]| {
        batches
            .iter()
            .flat_map(|batch| batch.lines.lines.clone())
            .map(|entry| (entry.level, entry.shape, entry.stated))
            .collect::<Vec<_>>()
    };
    assert_eq!(entries(&one), entries(&many));
    let shapes =
        |batches: &[LogBatch]| batches.iter().flat_map(|batch| batch.shapes.clone()).collect::<Vec<_>>();
    assert_eq!(shapes(&one), shapes(&many));
    let counts = |batches: &[LogBatch]| {
        batches.iter().fold([0; 8], |mut sum: [u64; 8], batch| {
            sum.iter_mut().zip(batch.counts).for_each(|(sum, more)| *sum += more);
            sum
        })
    };
    assert_eq!(counts(&one), counts(&many));
    assert!(many.iter().all(|batch| batch.lines.lines.len() <= LINES && batch.lines.text.len() <= BYTES));
}

#[test]
fn a_block_that_cannot_survive_is_counted_and_its_shapes_are_told() {
    let text = "job 1 failed\njob 2 failed\njob 3 is done\n".repeat(1000);
    let mut desk = Desk::new(&source());
    // The first teaches what shapes there are.
    for _ in 0..2 {
        assert!(desk.intake.block(text.as_bytes(), 0, 1 << 30));
    }
    let sent = desk.flush();
    let dropped: u64 = sent.iter().map(|batch| batch.dropped).sum();
    assert_eq!((counted(&sent), dropped + texts(&sent).len() as u64), (6000, 6000));
    assert!(dropped >= 3000);
    let told: std::collections::BTreeSet<_> =
        sent.iter().flat_map(|batch| &batch.shapes).map(|shape| shape.text.as_str()).collect();
    assert_eq!(told.into_iter().collect::<Vec<_>>(), ["job # failed", "job # is done"]);
    assert_eq!(sent.iter().map(|batch| batch.shapes.len()).sum::<usize>(), 2);
    let mut picky = source();
    picky.include = vec!["done".to_owned()];
    let mut desk = Desk::new(&picky);
    assert!(desk.intake.block(text.as_bytes(), 0, 1 << 30));
    assert_eq!(texts(&desk.flush()).len(), 1000);
}

#[test]
fn a_block_with_a_private_key_is_taken_line_by_line() {
    let mut desk = Desk::new(&source());
    assert!(!desk.intake.block(b"x\n-----BEGIN PRIVATE KEY-----\nMIIE\n", 0, 0));
    assert_eq!(counted(&desk.flush()), 0);
}

#[derive(Clone, Debug)]
enum Step {
    Line(usize),
    Turn,
    Backlog(bool),
    Room(usize),
    Flush,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..400_usize).prop_map(Step::Line),
        1 => Just(Step::Turn),
        1 => any::<bool>().prop_map(Step::Backlog),
        1 => (0..3_usize).prop_map(Step::Room),
        2 => Just(Step::Flush),
    ]
}

proptest! {
    /// Whatever is full and whenever: each line is counted once, kept or said to be dropped, and in order.
    #[test]
    fn every_line_is_accounted_for(steps in proptest::collection::vec(step(), 0..200), lines in 1..50_usize, bytes in 1..5000_usize) {
        let mut small = source();
        (small.lines, small.bytes) = (lines, bytes);
        let mut desk = Desk::new(&small);
        let mut sent = Vec::new();
        let mut written = 0_u64;
        for step in steps {
            match step {
                Step::Line(length) => {
                    desk.lines(&[&format!("{written:06}{}", "x".repeat(length))]);
                    written += 1;
                }
                Step::Turn => desk.intake.turn(Turn::Truncated("x".to_owned())),
                Step::Backlog(backlog) => desk.intake.backlog(backlog),
                Step::Room(room) => desk.room.store(room, Ordering::SeqCst),
                Step::Flush => sent.extend(desk.flush()),
            }
        }
        desk.room.store(usize::MAX, Ordering::SeqCst);
        sent.extend(desk.flush());
        let kept = texts(&sent);
        let dropped: u64 = sent.iter().map(|batch| batch.dropped).sum();
        prop_assert_eq!(counted(&sent), written);
        prop_assert_eq!(kept.len() as u64 + dropped, written);
        prop_assert!(kept.is_sorted());
        prop_assert_eq!(desk.intake.held, (0, 0));
        if written > 0 {
            prop_assert!(kept.last().unwrap().starts_with(&format!("{:06}", written - 1)), "the newest survives");
        }
    }
}
