use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::clock::{Clock, ManualClock};
use crate::config;
use crate::sample::copy::Lag;

struct Bench {
    copy: Copy,
    clock: ManualClock,
    next: sample::Copy,
}

impl Bench {
    fn new(source: &str) -> Bench {
        let toml = format!("[[copy]]\nname = \"assets\"\nsource = {source}\n");
        let settings = config::load(Path::new("x.toml"), &toml, &|_| None).unwrap();
        let wall = "2026-11-21T06:00:00Z".parse().unwrap();
        let next =
            sample::Copy { source: Source::Open, quiet: Duration::from_secs(20), ..sample::Copy::default() };
        Bench { copy: Copy::new(settings.copies[0].clone()), clock: ManualClock::new(wall), next }
    }

    fn file() -> Bench {
        Bench::new("{ file = \"rclone.log\" }")
    }

    /// The tool says this; so many seconds pass before.
    fn says(&mut self, seconds: u64, change: impl FnOnce(&mut Progress)) {
        self.clock.advance(Duration::from_secs(seconds));
        change(&mut self.next.progress);
        self.next.updated = Some(self.clock.now());
        self.look();
    }

    /// The source is looked at; the tool has said nothing new.
    fn look(&mut self) {
        let now = self.clock.now();
        let reading = Reading::Copy(Box::new(self.next.clone()));
        self.copy.take(Sample { began: now, at: now, reading });
    }

    /// Nothing is said for so long; the source is looked at every two seconds.
    fn silence(&mut self, seconds: u64) {
        for _ in 0..seconds / 2 {
            self.clock.advance(Duration::from_secs(2));
            self.look();
            self.copy.age(&self.clock.now());
        }
    }

    /// Copies so much a second for so long, of 100 GB and 1,000,000 files.
    fn copies(&mut self, seconds: u64, bytes: u64, files: u64) {
        for _ in 0..seconds {
            self.says(1, |progress| {
                progress.stage = Stage::Running;
                progress.total_is_final = true;
                progress.unit = "files";
                progress.bytes.total = Some(100_000_000_000);
                progress.objects.total = Some(1_000_000);
                *progress.bytes.done.get_or_insert(0) += bytes;
                *progress.objects.done.get_or_insert(0) += files;
            });
        }
    }

    fn state(&self) -> ProbeState {
        self.copy.state
    }

    fn saw(&self) -> String {
        self.copy.saw()
    }
}

#[test]
fn from_nothing_to_the_tools_own_word_of_success() {
    let mut it = Bench::file();
    assert_eq!((it.state(), it.saw().as_str()), (ProbeState::Unknown, "no reading yet"));
    it.next.source = Source::Waiting;
    it.look();
    assert_eq!((it.state(), it.saw().as_str()), (ProbeState::Unknown, "it has not begun"));
    it.next.source = Source::Open;
    it.look();
    assert_eq!((it.state(), it.saw().as_str()), (ProbeState::Unknown, "it has said nothing yet"));
    it.says(1, |progress| {
        progress.stage = Stage::Scanning;
        progress.unit = "files";
        progress.objects = Count { done: Some(10), total: Some(40) };
    });
    assert_eq!((it.state(), it.saw().as_str()), (ProbeState::Scanning, "up to 25%, 10 of at least 40 files"));
    it.next.progress.objects.done = None;
    it.copies(30, 1_000_000_000, 10_000);
    assert_eq!(it.state(), ProbeState::Running);
    assert_eq!(it.saw(), "30%, 300,000 of 1,000,000 files, 30.0 GB of 100 GB, 1.00 GB/s");
    // All is there, and it compares: that is not finished.
    it.says(1, |progress| {
        progress.stage = Stage::Verifying;
        progress.bytes.done = progress.bytes.total;
        progress.percent = Some(100.0);
    });
    assert_eq!(it.state(), ProbeState::Running);
    it.says(1, |progress| progress.stage = Stage::Ended(End::Finished));
    assert_eq!((it.state(), it.saw().as_str()), (ProbeState::Finished, "finished: 300,000 files, 100 GB"));
    assert_eq!(it.copy.since(), it.copy.heard());
    it.silence(600);
    assert_eq!(it.state(), ProbeState::Finished, "its word stands however long ago it was");
    assert!(!it.copy.rings());
}

#[test]
fn a_finished_run_that_says_nought_per_cent_is_finished_and_a_hundred_per_cent_is_not() {
    let mut it = Bench::file();
    it.says(1, |progress| {
        progress.stage = Stage::Ended(End::Finished);
        progress.percent = Some(0.0);
        progress.skipped = Some(122);
    });
    assert_eq!((it.state(), it.saw().as_str()), (ProbeState::Finished, "finished: 122 skipped"));
    let mut it = Bench::file();
    it.says(1, |progress| {
        progress.stage = Stage::Running;
        progress.percent = Some(100.0);
    });
    assert_eq!(it.state(), ProbeState::Running);
    it.next.source = Source::Gone;
    it.look();
    assert_eq!(it.state(), ProbeState::Died);
    assert_eq!(it.saw(), "its process is gone: how it ended is not known, at up to 100%");
}

#[test]
fn how_it_ended_is_told_by_its_word_and_its_exit_code() {
    use ProbeState::{Died, Finished, FinishedWithErrors};
    let cases = [
        (Some(End::Finished), Source::Exited(0), None, Finished, "finished: 3 files"),
        (Some(End::Finished), Source::Exited(0), Some(0), Finished, "finished: 3 files"),
        (
            Some(End::Finished),
            Source::Exited(0),
            Some(37),
            FinishedWithErrors,
            "finished with errors: 3 files, 37 failed",
        ),
        (
            Some(End::Finished),
            Source::Exited(1),
            None,
            FinishedWithErrors,
            "finished with errors (exit code 1): 3 files",
        ),
        (
            Some(End::WithErrors("some files were not sent".to_owned())),
            Source::Gone,
            Some(2),
            FinishedWithErrors,
            "finished with errors (some files were not sent): 3 files, 2 failed",
        ),
        (
            Some(End::Failed("403 forbidden".to_owned())),
            Source::Open,
            None,
            Died,
            "gave up: 403 forbidden, at 3 files",
        ),
        (Some(End::Cancelled), Source::Exited(143), None, Died, "stopped by somebody, at 3 files"),
        (
            None,
            Source::Exited(0),
            None,
            Died,
            "ended with exit code 0 without saying that it finished, at 3 files",
        ),
        (
            None,
            Source::Exited(23),
            None,
            Died,
            "ended with exit code 23 without saying that it finished, at 3 files",
        ),
        (
            None,
            Source::Exited(137),
            None,
            Died,
            "ended by signal 9 without saying that it finished, at 3 files",
        ),
        (None, Source::Gone, None, Died, "its process is gone: how it ended is not known, at 3 files"),
    ];
    for (end, source, failed, state, saw) in cases {
        let mut it = Bench::file();
        it.next.source = source;
        it.says(1, |progress| {
            progress.stage = end.map_or(Stage::Running, Stage::Ended);
            progress.objects.done = Some(3);
            progress.unit = "files";
            progress.failed = failed;
        });
        assert_eq!((it.state(), it.saw().as_str()), (state, saw));
        assert_eq!(it.copy.rings(), state != Finished);
    }
}

#[test]
fn what_stands_is_stalled_and_what_is_silent_is_stale_until_it_is_both() {
    // It speaks, and does not move.
    let mut it = Bench::file();
    it.copies(20, 1_000_000, 10);
    let moved = it.clock.now();
    for _ in 0..59 {
        it.says(1, |_| {});
    }
    assert_eq!(it.state(), ProbeState::Running);
    it.says(1, |_| {});
    assert_eq!((it.state(), it.copy.since()), (ProbeState::Stalled, Some(moved)));
    assert_eq!(it.saw(), "no progress for 60s, at 0%, 200 of 1,000,000 files, 20.0 MB of 100 GB");
    assert!(it.copy.rings() && it.copy.forecasts().is_empty());
    it.copies(1, 1, 0);
    assert_eq!(it.state(), ProbeState::Running, "one byte is progress");
    // It is stopped: silent first, then it has stood too long.
    it.silence(20);
    assert_eq!(it.state(), ProbeState::Running);
    it.silence(2);
    assert_eq!(it.state(), ProbeState::Stale);
    assert!(it.saw().starts_with("nothing heard for 22s, at 0%"), "{}", it.saw());
    it.silence(40);
    assert_eq!(it.state(), ProbeState::Stalled);
    it.copies(1, 1_000, 1);
    assert_eq!(it.state(), ProbeState::Running);
    // Where it cannot be read, standing still cannot be told.
    it.next.source = Source::Unreachable("rclone.log cannot be opened: permission denied".to_owned());
    it.silence(120);
    assert_eq!(it.state(), ProbeState::Stale);
    assert!(it.saw().contains("nothing heard for 2m: rclone.log cannot be opened"), "{}", it.saw());
}

#[test]
fn a_tool_that_may_be_silent_does_not_stand_while_it_is() {
    let mut it = Bench::file();
    it.next.quiet = Duration::from_mins(6);
    it.copies(10, 1_000_000, 10);
    it.silence(350);
    assert_eq!(it.state(), ProbeState::Running, "azcopy reports every two minutes above a million transfers");
    it.silence(20);
    assert_eq!(it.state(), ProbeState::Stalled);
    // The sidecar's own limit goes first.
    let mut it = Bench::file();
    it.copy.settings.stale = Some(Duration::from_secs(5));
    it.copies(10, 1_000_000, 10);
    it.silence(6);
    assert_eq!(it.state(), ProbeState::Stale);
}

#[test]
fn throttled_time_and_a_level_replica_are_no_standstill() {
    let mut it = Bench::file();
    it.copies(10, 1_000_000, 10);
    for _ in 0..300 {
        it.says(1, |progress| progress.throttled = true);
    }
    assert_eq!(it.state(), ProbeState::Running);
    assert!(it.saw().ends_with(", throttled"), "{}", it.saw());
    for _ in 0..61 {
        it.says(1, |progress| progress.throttled = false);
    }
    assert_eq!(it.state(), ProbeState::Stalled);

    let mut it = Bench::file();
    let lag = |bytes, time| Some(Lag { bytes: Some(bytes), time: Some(Duration::from_secs(time)) });
    for _ in 0..300 {
        it.says(1, |progress| {
            progress.stage = Stage::Running;
            progress.lag = lag(0, 0);
        });
    }
    assert_eq!((it.state(), it.saw().as_str()), (ProbeState::Running, "0 B, 0ms behind"));
    for _ in 0..61 {
        it.says(1, |progress| progress.lag = lag(4096, 3));
    }
    assert_eq!(it.state(), ProbeState::Stalled);
}

#[test]
fn a_forecast_needs_a_final_total_and_takes_the_later_of_two() {
    let mut it = Bench::file();
    it.copies(60, 1_000_000_000, 1_000);
    let [first, second] = it.copy.forecasts()[..] else { panic!("{:?}", it.copy.forecasts()) };
    assert_eq!((first.by, second.by), (By::Objects, By::Bytes));
    // 940,000 files at 1,000 a second.
    let (least, most) = first.left(&it.clock.now());
    assert!(least <= Duration::from_secs(940) && most >= Duration::from_secs(940), "{least:?} {most:?}");
    assert!(most.as_secs().abs_diff(940) <= 1, "{most:?}");
    assert_eq!(second.left(&it.clock.now()).1.as_secs(), 40);
    let end = |minutes| it.clock.now().wall + chrono::TimeDelta::minutes(minutes);
    let Fit::Spare(spare) = first.fits(end(50)) else { panic!("{:?}", first.fits(end(50))) };
    assert_eq!(spare.as_secs() / 60, 34);
    let Fit::Late(late) = first.fits(end(3)) else { panic!("{:?}", first.fits(end(3))) };
    assert_eq!(late.as_secs() / 60, 12);
    // Time passes while nothing is said: the moment stays, what is left shrinks.
    it.clock.advance(Duration::from_secs(10));
    it.copy.age(&it.clock.now());
    let again = it.copy.forecasts()[0];
    assert_eq!(again.most, first.most);
    assert_eq!(again.left(&it.clock.now()).1.as_secs(), most.as_secs() - 10);
    for change in [
        |progress: &mut Progress| progress.total_is_final = false,
        |progress: &mut Progress| {
            progress.total_is_final = true;
            progress.throttled = true;
        },
        |progress: &mut Progress| {
            progress.throttled = false;
            progress.stage = Stage::Scanning;
        },
        |progress: &mut Progress| progress.stage = Stage::Verifying,
        |progress: &mut Progress| progress.stage = Stage::Ended(End::Finished),
    ] {
        it.says(1, change);
        assert_eq!(it.copy.forecasts(), [], "{:?}", it.next.progress);
    }
}

#[test]
fn two_paces_make_a_range_and_a_window_between_them_is_a_perhaps() {
    let mut it = Bench::file();
    it.copies(60, 1_000_000_000, 0);
    it.copies(90, 100_000_000, 0);
    let forecasts = it.copy.forecasts();
    let [forecast] = forecasts[..] else { panic!("{forecasts:?}") };
    assert!(forecast.least < forecast.most);
    let between = forecast.least + (forecast.most - forecast.least) / 2;
    assert!(matches!(forecast.fits(between), Fit::Perhaps(_)));
}

#[test]
fn tools_that_say_only_per_cent_or_only_the_time_left_have_a_forecast_too() {
    let mut it = Bench::file();
    for percent in 0..30 {
        it.says(2, |progress| {
            progress.stage = Stage::Running;
            progress.total_is_final = true;
            progress.percent = Some(f64::from(percent));
        });
    }
    let forecasts = it.copy.forecasts();
    assert_eq!((forecasts[0].by, forecasts[0].left(&it.clock.now()).1.as_secs()), (By::Percent, 142));
    let mut it = Bench::file();
    it.says(1, |progress| {
        progress.stage = Stage::Running;
        progress.total_is_final = true;
        progress.left = Some(Duration::from_mins(7));
    });
    let forecasts = it.copy.forecasts();
    assert_eq!((forecasts[0].by, forecasts[0].left(&it.clock.now()).1), (By::Tool, Duration::from_mins(7)));
}

#[test]
fn a_total_that_was_too_low_has_no_end_that_could_be_told() {
    let mut it = Bench::file();
    it.copies(10, 20_000_000_000, 10);
    assert_eq!(it.copy.percent(), Some(200.0));
    assert!(it.saw().starts_with("100%+, "), "{}", it.saw());
    assert!(it.copy.forecasts().iter().all(|forecast| forecast.by == By::Objects));
}

#[test]
fn a_restart_that_resets_counters_is_no_negative_rate_and_no_standstill() {
    let mut it = Bench::file();
    it.copies(60, 1_000_000_000, 1_000);
    it.says(1, |progress| {
        progress.bytes.done = Some(0);
        progress.objects.done = Some(0);
        progress.restarts = 1;
    });
    assert_eq!(it.copy.pace().recent(), None);
    it.copies(20, 1_000_000_000, 1_000);
    let (recent, whole) = (it.copy.pace().recent().unwrap(), it.copy.pace().whole().unwrap());
    assert!((recent - 1e9).abs() < 1.0 && (whole - 1e9).abs() < 1.0, "{recent} {whole}");
    assert!(it.saw().contains("1 restart"), "{}", it.saw());
}

#[test]
fn the_end_of_a_started_copy_is_told_once_and_never_that_of_the_run_before() {
    let mut it = Bench::new("{ start = [\"cp\", \"-r\", \"a\", \"b\"] }");
    let told = |it: &mut Bench| {
        let mut events = Vec::new();
        it.copy.events(&it.clock.now(), &mut events);
        events
    };
    it.next.run = 1;
    it.next.source = Source::Exited(0);
    it.look();
    assert_eq!(told(&mut it), [], "the log knows nothing of it");
    it.copy.command_is(true);
    it.copy.ordered();
    it.look();
    assert_eq!(told(&mut it), [], "that was the run before");
    (it.next.run, it.next.source) = (2, Source::Open);
    it.look();
    assert_eq!(told(&mut it), []);
    it.next.source = Source::Exited(3);
    it.look();
    let ended =
        Event::CommandEnded { job: "assets".to_owned(), exit: 3, took_ms: None, output: None, cut: None };
    assert_eq!(told(&mut it), std::slice::from_ref(&ended));
    assert_eq!(told(&mut it), []);
    it.copy.refused(&ended);
    assert_eq!(told(&mut it), [ended], "what could not be written is told again");
    it.copy.command_is(false);
    assert_eq!(told(&mut it), []);

    // Found again after a restart of the cockpit: gone, or nothing left of it.
    for source in [Source::Gone, Source::Waiting] {
        let mut it = Bench::new("{ start = [\"cp\"] }");
        it.copy.command_is(true);
        it.next.source = source;
        it.look();
        assert_eq!(told(&mut it), [Event::CommandLost { job: "assets".to_owned() }]);
    }
    // Ordered, and nobody could take the order.
    let mut it = Bench::new("{ start = [\"cp\"] }");
    it.next.source = Source::Waiting;
    it.look();
    it.copy.command_is(true);
    it.copy.ordered();
    assert_eq!(told(&mut it), []);
    it.copy.not_started();
    assert_eq!(told(&mut it), [Event::CommandLost { job: "assets".to_owned() }]);
}

#[test]
fn another_run_begins_with_nothing_of_the_last_one() {
    let mut it = Bench::new("{ start = [\"cp\"] }");
    it.next.run = 1;
    it.copies(60, 1_000_000_000, 1_000);
    it.next.run = 2;
    it.says(60, |progress| {
        *progress = Progress {
            stage: Stage::Running,
            bytes: Count { done: Some(5), total: None },
            ..Progress::default()
        };
    });
    assert_eq!((it.copy.pace().recent(), it.copy.pace().whole(), it.copy.rates.len()), (None, None, 0));
}

prop_compose! {
    fn progress()(
        stage in 0u8..7, bytes in any::<(Option<u64>, Option<u64>)>(), objects in any::<(Option<u64>, Option<u64>)>(),
        flags in any::<(bool, bool)>(), percent in any::<Option<f64>>(), rate in any::<Option<f64>>(), left in any::<Option<u64>>(),
        counts in any::<(Option<u64>, Option<u64>, u32)>(), lag in any::<Option<(Option<u64>, Option<u32>)>>(),
    ) -> Progress {
        let stage = match stage {
            0 => Stage::Unknown,
            1 => Stage::Scanning,
            2 => Stage::Verifying,
            3 => Stage::Ended(End::Finished),
            4 => Stage::Ended(End::Failed("x".to_owned())),
            _ => Stage::Running,
        };
        Progress {
            stage,
            bytes: Count { done: bytes.0, total: bytes.1 },
            objects: Count { done: objects.0, total: objects.1 },
            total_is_final: flags.0,
            throttled: flags.1,
            percent,
            rate,
            left: left.map(Duration::from_secs),
            failed: counts.0,
            skipped: counts.1,
            restarts: counts.2,
            lag: lag.map(|(bytes, time)| Lag { bytes, time: time.map(|time| Duration::from_secs(time.into())) }),
            ..Progress::default()
        }
    }
}

proptest! {
    #[test]
    fn any_progress_at_any_time_is_survived(
        steps in prop::collection::vec((progress(), 0u8..5, 0u64..200, any::<bool>()), 1..20),
    ) {
        let mut it = Bench::file();
        for (said, source, seconds, heard) in steps {
            it.next.source = match source {
                0 => Source::Waiting,
                1 => Source::Gone,
                2 => Source::Exited(i32::from(heard)),
                3 => Source::Unreachable("x".to_owned()),
                _ => Source::Open,
            };
            if heard {
                it.says(seconds, |progress| *progress = said);
            } else {
                it.silence(seconds);
            }
            let _ = it.saw();
            let end = it.clock.now().wall;
            for forecast in it.copy.forecasts() {
                prop_assert_eq!(it.state(), ProbeState::Running);
                let (least, most) = forecast.left(&it.clock.now());
                prop_assert!(least <= most && most <= FARTHEST);
                let _ = forecast.fits(end);
            }
        }
    }
}
