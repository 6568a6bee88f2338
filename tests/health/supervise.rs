//! The supervisor: starts, keeps, replaces, stops, never overlaps, never blocks.

use std::io::Write;
use std::time::Duration;

use cutover::config::{HealthCheck, Settings, Target};
use cutover::expr::Scope;
use cutover::probe::{Channels, Supervisor};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{self, Receiver};

use super::*;

struct Run {
    // Before the runtime: it ends its probes.
    supervisor: Supervisor,
    samples: Receiver<(ProbeId, Sample)>,
    _runtime: Runtime,
}

fn run(room: usize) -> Run {
    let runtime = runtime();
    let (sender, samples) = mpsc::channel(room);
    let supervisor = Supervisor::with_holder(
        runtime.handle().clone(),
        Arc::new(SystemClock),
        Channels { samples: sender, lines: mpsc::channel(1).0 },
        holder(),
    );
    Run { supervisor, samples, _runtime: runtime }
}

impl Run {
    fn next(&mut self) -> (String, Sample) {
        let (id, sample) = self.samples.blocking_recv().unwrap();
        (id.to_string(), sample)
    }

    /// The next sample of this probe.
    fn of(&mut self, id: &str) -> Sample {
        loop {
            let (who, sample) = self.next();
            if who == id {
                return sample;
            }
        }
    }
}

fn named(name: &str, server: &Server) -> HealthCheck {
    let mut check = http(&server.url("/"));
    name.clone_into(&mut check.name);
    check.every = Duration::from_millis(20);
    check
}

#[test]
fn a_changed_sidecar_adds_and_removes_without_touching_the_rest() {
    let (one, two) = (Server::saying(ok("")), Server::saying(ok("")));
    let mut run = run(256);
    let first = named("one", &one);
    run.supervisor.apply(&settings([first.clone()]));
    run.of("health/one");
    // The unchanged probe keeps its schedule: with an hour to wait, only its first measurement is ever made.
    let mut slow = named("slow", &two);
    slow.every = Duration::from_hours(1);
    run.supervisor.apply(&settings([first.clone(), slow.clone()]));
    run.of("health/slow");
    for _ in 0..5 {
        run.supervisor.apply(&settings([slow.clone(), first.clone()]));
        run.of("health/one");
    }
    assert_eq!(two.connections(), 1);
    // Changed, it starts anew.
    slow.method = "HEAD".to_owned();
    run.supervisor.apply(&settings([slow.clone(), first]));
    run.of("health/slow");
    assert_eq!(two.connections(), 2);
    // Gone, it stops.
    run.supervisor.apply(&settings([slow]));
    assert_eq!(run.supervisor.running().map(ToString::to_string).collect::<Vec<_>>(), ["health/slow"]);
    let quiet = || {
        let before = one.connections();
        std::thread::sleep(Duration::from_millis(100));
        before == one.connections()
    };
    eventually("the removed probe is silent", quiet);
}

#[test]
fn sides_follow_the_pins() {
    let mut check = http("http://app.test/");
    check.new = Some(pin(closed()));
    let mut none = http("http://app.test/");
    none.name = "plain".to_owned();
    let ids: Vec<_> = probe::ids(&settings([check, none])).iter().map(ToString::to_string).collect();
    assert_eq!(ids, ["health/api/new", "health/api/live", "health/plain"]);
}

#[test]
fn a_time_out_longer_than_the_interval_skips_and_never_overlaps() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (inside, peak) = (Arc::clone(&now), Arc::clone(&most));
    let slow = Server::new(move |mut stream| {
        request(&mut stream);
        peak.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(60));
        inside.fetch_sub(1, Ordering::SeqCst);
        let _ = stream.write_all(ok("").as_bytes());
    });
    let mut run = run(256);
    let mut check = named("slow", &slow);
    check.every = Duration::from_millis(5);
    run.supervisor.apply(&settings([check]));
    for _ in 0..5 {
        run.of("health/slow");
    }
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

#[test]
fn a_probe_that_hangs_holds_up_no_other() {
    let good = Server::saying(ok(""));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut run = run(1024);
    let hanging = (0..40).map(|number| {
        let mut check = http(&format!("http://{}/", silent.local_addr().unwrap()));
        check.name = format!("hangs{number}");
        check.timeout = Duration::from_mins(1);
        check
    });
    let all: Vec<_> = hanging.chain([named("good", &good)]).collect();
    run.supervisor.apply(&settings(all));
    for _ in 0..5 {
        assert_eq!(run.next().0, "health/good");
    }
}

#[test]
fn a_full_channel_drops_and_counts() {
    let server = Server::saying(ok(""));
    let mut run = run(1);
    run.supervisor.apply(&settings([named("one", &server)]));
    eventually("samples are dropped", || run.supervisor.dropped() > 2);
}

#[test]
fn all_ends_with_the_supervisor() {
    let server = Server::saying(ok(""));
    let mut run = run(256);
    run.supervisor.apply(&settings([named("one", &server)]));
    run.of("health/one");
    drop(run.supervisor);
    // The channel closes when the last probe has let go of it.
    while run.samples.blocking_recv().is_some() {}
}

#[test]
fn samples_carry_their_own_times() {
    let server = Server::saying(ok(""));
    let mut run = run(256);
    let before = SystemClock.now();
    run.supervisor.apply(&settings([named("one", &server)]));
    let sample = run.of("health/one");
    assert!(before.mono <= sample.began.mono && sample.began.mono <= sample.at.mono);
    assert!(sample.at.mono <= SystemClock.now().mono);
}

#[test]
fn nothing_secret_or_unsafe_leaves_a_probe() {
    // The second secret has characters that are escaped where a value is quoted, and stands where it is cut.
    let body = format!("bad \x1b[31mred s3cr3t-value\ttabs {} p\"ss\\word", "x".repeat(25));
    let server = Server::saying(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
    let mut check = http(&format!("http://dana:s3cr3t-value@{}/?token=abcdef", server.address));
    check.expect = all(&["body == good"], Scope::Http);
    let mut settings: Settings = settings([check]);
    for secret in ["s3cr3t-value", "p\"ss\\word"] {
        settings.secrets.insert(cutover::config::Secret(secret.to_owned()));
    }
    let mut samples = runtime().block_on(probe::probe_once_with(&settings, Arc::new(SystemClock), holder()));
    let Reading::Health(health) = samples.remove(0).1.reading else { panic!("not a health reading") };
    let saw = &failed(&health).saw;
    assert!(saw.contains("red") && !saw.contains('\u{1b}'), "{saw:?}");
    assert!(!saw.contains("s3cr") && !saw.contains("ss"), "{saw:?}");
}

#[test]
fn a_target_that_cannot_be_read_is_broken_in_words() {
    for (target, words) in [
        (Target::Tcp("nowhere".to_owned()), "nowhere is not a host and a port"),
        (
            Target::Http { url: "ftp://app.test/".to_owned(), unix: None },
            "the URL must begin with http:// or https://",
        ),
    ] {
        assert!(broken(&measure(&check(target))).starts_with(words));
    }
}

#[test]
fn a_program_that_is_slow_to_die_is_gone_before_it_runs_again() {
    let directory = tempfile::tempdir().unwrap();
    let (last, runs) = (directory.path().join("last"), directory.path().join("runs"));
    // It ignores being asked, so that it lives on for a while after the time-out.
    let script = format!(
        "trap '' TERM; [ -s {0} ] && kill -0 $(cat {0}) 2>/dev/null && echo overlap >> {1}
         echo $$ > {0}; echo run >> {1}; while :; do sleep 1; done",
        last.display(),
        runs.display()
    );
    let mut run = run(256);
    let mut check = exec(&["sh", "-c", &script]);
    check.every = Duration::from_millis(50);
    check.timeout = Duration::from_secs(1);
    run.supervisor.apply(&settings([check]));
    for _ in 0..4 {
        run.of("health/api");
    }
    let runs = std::fs::read_to_string(&runs).unwrap();
    assert!(runs.lines().count() >= 3 && !runs.contains("overlap"), "{runs}");
}
