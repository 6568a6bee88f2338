//! Charts of recorded readings: what was sealed is drawn, what was changed is not, and either is said.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::readings::{News, Recorder, Sealed, Seen, Taken};
use crate::sample::{Health, ProbeId, ProbeState, Reading, Sample};
use crate::signoff::log;

const PATIENCE: Duration = Duration::from_secs(30);

/// Ten readings of the public check, all of one latency, in a file of their own.
fn recorded(run: &Run, millis: u64) -> Sealed {
    let clock = Arc::new(ManualClock::new(run.clock.now().wall));
    let sealed = run.record.readings.iter().map(|it| it.file.clone()).collect();
    let time: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
    let recorder = Recorder::start(log::evidence(&run.log()), sealed, time, drop).unwrap();
    for _ in 0..10 {
        let health = Health::passed("200", Duration::from_millis(millis));
        let at = clock.now();
        let sample = Sample { began: at, at, reading: Reading::Health(health) };
        let probe = "health/api/live".parse().unwrap();
        let taken =
            Taken { probe, state: ProbeState::Up, silent: false, seen: Seen::Sample(Box::new(sample)) };
        assert!(recorder.take(taken));
        clock.advance(Duration::from_secs(5));
    }
    recorder.close(PATIENCE).unwrap()
}

/// A run whose public check was looked at.
fn start() -> Run {
    let mut start = small_start();
    if let Event::RunStarted { plan, .. } = &mut start {
        let sidecar =
            "[[health]]\nname = \"api\"\nurl = \"http://a.example/\"\nnew = \"127.0.0.1:1\"\npublic = true\n";
        plan.sidecar = Some(sidecar.to_owned());
    }
    Run::new(start)
}

fn up(since: &str) -> Event {
    Event::ProbeChanged {
        probe: "health/api/live".parse().unwrap(),
        from: ProbeState::Unknown,
        to: ProbeState::Up,
        since: since.to_owned(),
        saw: "200".to_owned(),
        flips: 1,
    }
}

/// A run with two sealed files of readings and one that the log has not sealed.
fn three_files() -> Run {
    let mut run = start();
    run.act(up("2026-11-21T06:32:07Z"));
    run.act(done(0));
    for millis in [20, 900] {
        let sealed = recorded(&run, millis);
        run.act(News::Sealed(sealed).event().unwrap());
    }
    run.act(done(1));
    let _unsealed = recorded(&run, 40);
    run
}

fn page(run: &Run) -> String {
    run.write("out.html").unwrap().1
}

#[test]
fn what_is_sealed_is_drawn_and_what_is_not_yet_is_said() {
    let run = three_files();
    let (written, page) = run.write("out.html").unwrap();
    assert_eq!(written.verification.exit_code(), 0);
    assert!(page.contains(": 320 ms on average, 900 ms at most, of 30 readings."), "{page}");
    let said = "readings-000003.jsonl: not sealed by the log: the charts draw it, and nothing proves it.";
    assert_eq!(page.matches(said).count(), 2, "beside the charts and among what is not proven");
    assert!(!page.contains("readings-000001.jsonl"));
    assert!(part(&run.text(), "Integrity").contains(said));
}

#[test]
fn what_was_changed_is_not_drawn() {
    let run = three_files();
    let file = log::evidence(&run.log()).join("readings-000002.jsonl");
    let better = std::fs::read_to_string(&file).unwrap().replace("[900.0,", "[20.0,");
    std::fs::write(&file, better).unwrap();
    let (written, page) = run.write("out.html").unwrap();
    assert_eq!(written.verification.exit_code(), 1, "and the log is not intact");
    assert!(page.contains(": 30 ms on average, 40 ms at most, of 20 readings."), "{page}");
    let said = "readings-000002.jsonl: not what was sealed, and left out of the charts.";
    assert_eq!(page.matches(said).count(), 2);
    assert!(part(&run.text(), "Integrity").contains(said));
    let json = run.write("out.json").unwrap().1;
    assert!(json.contains(&format!("Recorded readings {said}")), "{json}");
}

#[test]
fn what_is_missing_is_said_to_be() {
    let run = three_files();
    std::fs::remove_file(log::evidence(&run.log()).join("readings-000001.jsonl")).unwrap();
    let (written, page) = run.write("out.html").unwrap();
    assert_eq!(written.verification.exit_code(), 1);
    assert!(page.contains(": 470 ms on average, 900 ms at most, of 20 readings."), "{page}");
    let said = "readings-000001.jsonl: missing in the evidence folder, and not in the charts.";
    assert_eq!(page.matches(said).count(), 2);

    std::fs::remove_dir_all(log::evidence(&run.log())).unwrap();
    let without = self::page(&run);
    let said = "readings-000001.jsonl, readings-000002.jsonl: missing in the evidence folder";
    assert_eq!(without.matches(said).count(), 2);
    assert!(without.contains("not drawn: recorded readings are missing, or are not what was sealed."));
}

#[test]
fn a_pipe_in_the_place_of_readings_is_waited_for_by_nobody() {
    let run = three_files();
    for name in ["readings-000002.jsonl", "readings-000003.jsonl"] {
        let file = log::evidence(&run.log()).join(name);
        std::fs::remove_file(&file).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &file, rustix::fs::Mode::RWXU).unwrap();
    }
    assert!(page(&run).contains("readings-000002.jsonl: cannot be read, and is not in the charts."));
}

#[test]
fn a_name_that_leads_out_of_the_folder_is_no_file_of_readings() {
    let mut run = Run::new(small_start());
    run.act(done(0));
    std::fs::write(run.folder.path().join("readings-000001.jsonl"), "").unwrap();
    run.act(Event::ReadingsSealed {
        file: "../readings-000001.jsonl".to_owned(),
        sha256: Hash::of(b"").to_string(),
        lines: 0,
        from: "2026-11-21T06:31:07Z".to_owned(),
        to: "2026-11-21T06:31:07Z".to_owned(),
        recovered: false,
    });
    assert!(page(&run).contains("../readings-000001.jsonl: cannot be read, and is not in the charts."));
}

#[test]
fn a_check_is_up_only_while_somebody_watches() {
    let mut run = start();
    run.act(done(0));
    let probe: ProbeId = "health/api/live".parse().unwrap();
    let began = run.clock.now().wall;
    let at = |minutes| (began + chrono::TimeDelta::minutes(minutes)).to_rfc3339();
    run.act(up(&at(0)));
    run.clock.advance(Duration::from_mins(30));
    run.act(done(1));
    let strips = |run: &Run| page(run).matches("class=\"state up\"").count();
    assert_eq!(strips(&run), 1);
    let why = "the cockpit was not running".to_owned();
    run.act(Event::ProbeGap { probe, from: at(10), to: at(20), why, users: true });
    assert_eq!(strips(&run), 2);
    assert!(page(&run).contains("in the log; not observed for 1 stretch."));
}
