//! What is recorded is read back.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;
use crate::clock::{Clock, ManualClock};
use crate::sample::log::{Shape, Turn};
use crate::sample::{Health, Outcome, Reading as Measured, copy};
use crate::signoff::Hash;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-11-21T06:00:00Z".parse().unwrap()))
}

fn id(name: &str) -> ProbeId {
    name.parse().unwrap()
}

fn health(clock: &ManualClock, millis: u64, outcome: Outcome) -> Taken {
    let at = clock.now();
    let back = Duration::from_millis(millis);
    let began = at.earlier(back);
    let state = if outcome == Outcome::Pass { ProbeState::Up } else { ProbeState::Pending };
    let peer = Some("192.0.2.1:443".parse().unwrap());
    let health = Health { outcome, peer, ..Health::passed("200", back) };
    let sample = Sample { began, at, reading: Measured::Health(health) };
    Taken { probe: id("health/api/live"), state, silent: false, seen: Seen::Sample(Box::new(sample)) }
}

fn copied(clock: &ManualClock, bytes: u64) -> Taken {
    let at = clock.now();
    let mut copy = copy::Copy { updated: Some(at), ..copy::Copy::default() };
    copy.progress.bytes.done = Some(bytes);
    copy.progress.unit = "files";
    let sample = Sample { began: at, at, reading: Measured::Copy(Box::new(copy)) };
    Taken {
        probe: id("copy/assets"),
        state: ProbeState::Running,
        silent: false,
        seen: Seen::Sample(Box::new(sample)),
    }
}

fn lines(clock: &ManualClock, errors: u64) -> Taken {
    let mut batch = LogBatch { at: Some(clock.now()), ..LogBatch::default() };
    batch.counts[6] = errors;
    batch.source = crate::sample::log::Source::Running;
    Taken { probe: id("log/app"), state: ProbeState::Up, silent: false, seen: Seen::Lines(Box::new(batch)) }
}

struct Bench {
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
    recorder: Recorder,
    news: Receiver<News>,
}

impl Bench {
    fn new() -> Bench {
        Bench::at(tempfile::tempdir().unwrap(), clock(), &[])
    }

    fn at(folder: tempfile::TempDir, clock: Arc<ManualClock>, sealed: &[String]) -> Bench {
        let (tell, news) = channel();
        let path = folder.path().join("run.evidence");
        let time: Arc<dyn Clock> = clock.clone();
        let recorder =
            Recorder::start(path, sealed.to_vec(), time, move |said| tell.send(said).unwrap()).unwrap();
        Bench { folder, clock, recorder, news }
    }

    fn read(folder: &tempfile::TempDir) -> Vec<Reading> {
        let mut reader = Reader::new(&folder.path().join("run.evidence"));
        let mut found = Vec::new();
        reader.more(&mut |_, reading| found.push(reading)).unwrap();
        assert!(reader.bad.is_none(), "{:?}", reader.bad);
        let places = reader.places().to_vec();
        let again: Vec<Reading> = places.into_iter().map(|place| reader.read(place).unwrap()).collect();
        assert_eq!(found, again);
        found
    }
}

#[test]
fn a_measurement_is_read_back_as_it_was() {
    let bench = Bench::new();
    let mut wanted = Vec::new();
    for millis in [61, 64, 59] {
        let taken = health(&bench.clock, millis, Outcome::Pass);
        wanted.push(taken.seen.clone());
        assert!(bench.recorder.take(taken));
        bench.clock.advance(Duration::from_secs(5));
    }
    let taken = copied(&bench.clock, 4096);
    wanted.push(taken.seen.clone());
    assert!(bench.recorder.take(taken));
    let sealed = bench.recorder.close(Duration::from_secs(30)).unwrap();
    let found = Bench::read(&bench.folder);
    assert_eq!(found.iter().map(|reading| reading.seen.clone()).collect::<Vec<_>>(), wanted);
    assert!((found[1].values["latency_ms"].last - 64.0).abs() < 1e-9);
    let bytes = std::fs::read(bench.folder.path().join("run.evidence").join(&sealed.file)).unwrap();
    assert_eq!(sealed.sha256, Hash::of(&bytes).to_string());
    assert_eq!((sealed.lines, sealed.recovered), (4, false));
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text.matches("\"as\":0").count(), 2, "{text}");
}

#[test]
fn what_comes_within_a_bucket_becomes_one_line_and_a_turn_ends_it() {
    let bench = Bench::new();
    let fail = || Outcome::Fail(crate::sample::Miss { expected: "status == 200".into(), saw: "503".into() });
    for (step, outcome) in
        [(0, Outcome::Pass), (100, Outcome::Pass), (100, Outcome::Pass), (100, fail()), (100, fail())]
    {
        bench.clock.advance(Duration::from_millis(step));
        assert!(bench.recorder.take(health(&bench.clock, 10 + step, outcome)));
    }
    let _sealed = bench.recorder.close(Duration::from_secs(30)).unwrap();
    let found = Bench::read(&bench.folder);
    let told: Vec<(ProbeState, u32)> = found.iter().map(|reading| (reading.state, reading.n)).collect();
    assert_eq!(
        told,
        [(ProbeState::Up, 1), (ProbeState::Up, 2), (ProbeState::Pending, 1), (ProbeState::Pending, 1)]
    );
    let latency = found[1].values["latency_ms"];
    assert!(
        [latency.min, latency.mean, latency.max, latency.last].iter().all(|ms| (ms - 110.0).abs() < 1e-9)
    );
}

#[test]
fn a_silence_ends_a_bucket_however_even_the_measurements() {
    let bench = Bench::new();
    for silent in [false, false, true, false] {
        bench.clock.advance(Duration::from_millis(100));
        assert!(bench.recorder.take(Taken { silent, ..health(&bench.clock, 10, Outcome::Pass) }));
    }
    let _sealed = bench.recorder.close(Duration::from_secs(30)).unwrap();
    let found: Vec<u32> = Bench::read(&bench.folder).iter().map(|reading| reading.n).collect();
    assert_eq!(found, [1, 1, 1, 1]);
}

#[test]
fn a_log_is_counted_on_and_its_idle_looks_are_left_out() {
    let bench = Bench::new();
    for errors in [2, 0, 0, 3] {
        assert!(bench.recorder.take(lines(&bench.clock, errors)));
        bench.clock.advance(Duration::from_secs(2));
    }
    let mut more = lines(&bench.clock, 1);
    if let Seen::Lines(batch) = &mut more.seen {
        batch.turns.push(Turn::Vanished("app.log".to_owned()));
        let shape = Shape {
            id: 7,
            text: "lost #".into(),
            example: "lost 4".into(),
            level: crate::sample::log::Level::Error,
            stated: None,
        };
        batch.shapes.push(shape);
    }
    assert!(bench.recorder.take(more));
    let _sealed = bench.recorder.close(Duration::from_secs(30)).unwrap();
    let found = Bench::read(&bench.folder);
    let errors: Vec<String> = found.iter().map(|reading| reading.values["errors"].last.to_string()).collect();
    assert_eq!(errors, ["2", "5", "6"]);
    let Seen::Lines(batch) = &found[2].seen else { panic!("not lines") };
    assert_eq!((batch.shapes.len(), batch.turns.len()), (1, 1));
}

#[test]
fn lines_of_a_bucket_are_spread_over_the_looks_that_brought_them() {
    let bench = Bench::new();
    let take = |errors, backlog| {
        let mut taken = lines(&bench.clock, errors);
        let Seen::Lines(batch) = &mut taken.seen else { panic!() };
        batch.backlog = backlog;
        batch.counts[3] = 1;
        assert!(bench.recorder.take(taken));
        bench.clock.advance(Duration::from_millis(200));
    };
    take(50, true);
    for errors in [7, 0, 4, 1] {
        take(errors, false);
    }
    let Bench { folder, recorder, .. } = bench;
    let _sealed = recorder.close(Duration::from_secs(30)).unwrap();
    let found = Bench::read(&folder);
    assert_eq!(
        found.iter().map(|reading| reading.n).collect::<Vec<_>>(),
        [1, 1, 3],
        "a backlog stands alone"
    );
    let parts = found[2].parts(Some(found[1].at));
    let at: Vec<i64> = parts.iter().map(|part| part.at.timestamp_millis() % 60_000).collect();
    assert_eq!(at, [400, 600, 800]);
    let batches = parts.iter().map(|part| match found[2].clone().measured(*part).seen {
        Seen::Lines(batch) => (batch.at.unwrap().wall, batch.counts),
        Seen::Sample(_) => panic!(),
    });
    let batches: Vec<_> = batches.collect();
    assert!(batches.iter().zip(&parts).all(|(batch, part)| batch.0 == part.at));
    assert!(batches.iter().all(|(_, counts)| counts.iter().sum::<u64>() >= 2), "{batches:?}");
    let sum = |level: usize| batches.iter().map(|(_, counts)| counts[level]).sum::<u64>();
    assert_eq!((sum(3), sum(6)), (3, 5));
}

#[test]
fn what_a_cut_off_session_left_is_sealed_as_recovered() {
    let bench = Bench::new();
    assert!(bench.recorder.take(health(&bench.clock, 10, Outcome::Pass)));
    let sealed = bench.recorder.close(Duration::from_secs(30)).unwrap();
    // As if the process had been killed in the middle of its second line, before it was sealed.
    let path = bench.folder.path().join("run.evidence").join(&sealed.file);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"at\":\"2026-");
    std::fs::write(&path, bytes).unwrap();
    let again = Bench::at(bench.folder, bench.clock, &[]);
    let News::Sealed(recovered) = again.news.recv().unwrap() else { panic!("not sealed") };
    assert_eq!(recovered, Sealed { recovered: true, ..sealed });
    assert!(again.recorder.take(health(&again.clock, 12, Outcome::Pass)));
    let next = again.recorder.close(Duration::from_secs(30)).unwrap();
    assert_eq!(next.file, "readings-000002.jsonl");
    assert_eq!(Bench::read(&again.folder).len(), 2);
    // What is sealed is left alone.
    let third = Bench::at(again.folder, again.clock, &[recovered.file, next.file]);
    assert_eq!(third.recorder.close(Duration::from_secs(30)), None);
    assert!(third.news.try_recv().is_err());
}

#[test]
fn a_disk_that_refuses_is_said_once_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    // A file stands where the folder should.
    std::fs::write(folder.path().join("run.evidence"), "").unwrap();
    let bench = Bench::at(folder, clock(), &[]);
    assert!(bench.recorder.take(health(&bench.clock, 10, Outcome::Pass)));
    let News::Stopped { bytes: 0, why } = bench.news.recv().unwrap() else { panic!("not stopped") };
    assert!(why.ends_with("it is tried again every 10 s"), "{why}");
    std::fs::remove_file(bench.folder.path().join("run.evidence")).unwrap();
    bench.clock.advance(Duration::from_secs(61));
    assert!(bench.recorder.take(health(&bench.clock, 11, Outcome::Pass)));
    assert!(bench.recorder.close(Duration::from_secs(30)).is_some());
}

#[test]
fn a_folder_that_is_removed_is_said_and_made_again() {
    let bench = Bench::new();
    let folder = bench.folder.path().join("run.evidence");
    assert!(bench.recorder.take(health(&bench.clock, 10, Outcome::Pass)));
    while !folder.join("readings-000001.jsonl").exists() {
        std::thread::yield_now();
    }
    std::fs::remove_dir_all(&folder).unwrap();
    bench.clock.advance(Duration::from_secs(20));
    assert!(bench.recorder.take(health(&bench.clock, 11, Outcome::Pass)));
    let News::Stopped { why, .. } = bench.news.recv().unwrap() else { panic!("not stopped") };
    assert!(why.starts_with("the file of readings was removed"), "{why}");
    bench.clock.advance(Duration::from_secs(61));
    assert!(bench.recorder.take(health(&bench.clock, 12, Outcome::Pass)));
    let sealed = bench.recorder.close(Duration::from_secs(30)).unwrap();
    assert!(folder.join(sealed.file).exists());
}

#[test]
fn a_reader_follows_what_is_added_and_passes_over_what_is_no_reading() {
    let bench = Bench::new();
    let path = bench.folder.path().join("run.evidence");
    assert!(bench.recorder.take(health(&bench.clock, 10, Outcome::Pass)));
    let sealed = bench.recorder.close(Duration::from_secs(30)).unwrap();
    let mut reader = Reader::new(&path);
    let mut count = 0;
    reader.more(&mut |_, _| count += 1).unwrap();
    assert_eq!(count, 1);
    let file = path.join(sealed.file);
    let line = std::fs::read(&file).unwrap();
    std::fs::write(&file, [&line[..], b"nonsense\n", &line[..], b"{\"at\""].concat()).unwrap();
    reader.more(&mut |_, _| count += 1).unwrap();
    assert_eq!(count, 2);
    let bad = reader.bad.unwrap().to_string();
    assert!(bad.contains(&format!("byte {}", line.len())), "{bad}");
}

#[test]
fn a_folder_that_is_not_there_has_no_readings() {
    let folder = tempfile::tempdir().unwrap();
    let mut reader = Reader::new(&folder.path().join("nothing"));
    reader.more(&mut |_, _| panic!("a reading of nothing")).unwrap();
}
