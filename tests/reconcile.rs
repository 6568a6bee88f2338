//! Comparisons of source and target: real programs on real trees, run when ordered, judged by what they count.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod there;
mod trees;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cutover::clock::SystemClock;
use cutover::config::{self, Settings};
use cutover::probe::{Channels, Supervisor};
use cutover::sample::reconcile::{End, Found, Verdict};
use cutover::sample::{Order, ProbeId, Reading, Reconcile, Sample};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{self, Receiver};

use crate::common::http::{Answer, Server};
use crate::health::holder;

/// A comparison that can be ordered.
struct Bench {
    // Before the runtime: it ends its probes.
    supervisor: Supervisor,
    samples: Receiver<(ProbeId, Sample)>,
    _runtime: Runtime,
}

fn settings(toml: &str) -> Settings {
    let env = |name: &str| (name == "TOKEN").then(|| "s3cr3t-of-the-day".to_owned());
    let text = format!("[[reconcile]]\nname = \"blobs\"\n{toml}");
    config::load("x.toml".as_ref(), &text, &env).unwrap_or_else(|error| panic!("{error}"))
}

fn bench(settings: &Settings) -> Bench {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (sender, samples) = mpsc::channel(256);
    let channels = Channels { samples: sender, lines: mpsc::channel(1).0 };
    let mut supervisor =
        Supervisor::with_holder(runtime.handle().clone(), Arc::new(SystemClock), channels, holder());
    supervisor.apply(settings);
    Bench { supervisor, samples, _runtime: runtime }
}

impl Bench {
    fn order(&self, order: Order) {
        assert!(self.supervisor.order(&"reconcile/blobs".parse().unwrap(), order));
    }

    /// The next sample.
    fn next(&mut self) -> Reconcile {
        let (id, sample) = self.samples.blocking_recv().unwrap();
        assert_eq!(id.to_string(), "reconcile/blobs");
        match sample.reading {
            Reading::Reconcile(found) => *found,
            other => panic!("{other:?}"),
        }
    }

    /// The end of the run under way.
    fn end(&mut self) -> Reconcile {
        loop {
            let found = self.next();
            if found.end.is_some() {
                return found;
            }
        }
    }

    fn run(&mut self) -> Reconcile {
        self.order(Order::Run);
        self.end()
    }
}

fn run(toml: &str) -> Reconcile {
    bench(&settings(toml)).run()
}

fn shell(script: &str, rest: &str) -> String {
    format!("exec = [\"sh\", \"-c\", '''{script}''']\n{rest}")
}

#[track_caller]
fn judged(found: &Reconcile) -> Vec<(&str, &Found)> {
    match &found.end {
        Some(End::Ran(judged)) => judged.iter().map(|one| (one.expect.as_str(), &one.found)).collect(),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn failed(found: &Reconcile) -> &str {
    match &found.end {
        Some(End::Failed(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn verdict(found: &Reconcile) -> Verdict {
    found.end.as_ref().unwrap().verdict()
}

fn off(saw: &str) -> Found {
    Found::Off(saw.to_owned())
}

fn counters(all: &[(&str, i64)]) -> BTreeMap<String, i64> {
    all.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[test]
fn nothing_runs_before_it_is_ordered_and_every_order_is_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("runs");
    let script = format!("echo x >> {0}; echo runs $(wc -l < {0})", file.display());
    let mut bench = bench(&settings(&shell(&script, "counters = { runs = 'runs (\\d+)' }")));
    bench.order(Order::Stop);
    bench.order(Order::Now);
    for turn in 1..=3 {
        let found = bench.run();
        assert_eq!(found.counters, counters(&[("runs", turn)]));
        assert_eq!((verdict(&found), found.exit), (Verdict::Ok, Some(0)));
    }
    assert!(!bench.supervisor.order(&"reconcile/other".parse().unwrap(), Order::Run));
}

#[test]
fn what_must_hold_is_held_against_what_was_counted() {
    let rest = r"counters = { listed = 'listed ([\d,]+)', copied = 'copied ([\d,]+)', missing = 'missing ([\d,]+)', extra = 'extra (\d+)' }
                 expect = ['missing == 0', 'copied == listed', 'missing <= 40']";
    let found = run(&shell("echo listed 490,149; echo copied 490,112 >&2; echo missing 37", rest));
    let expected = [
        ("missing == 0", &off("37")),
        ("copied == listed", &off("490,112, listed 490,149")),
        ("missing <= 40", &Found::Held),
        ("exit == 0", &Found::Held),
    ];
    assert_eq!(judged(&found), expected);
    assert_eq!(verdict(&found), Verdict::Off);
    assert_eq!(found.remarks, ["extra: the output does not say `extra`"], "nothing is expected of it");
    // What is absent is unknown, and unknown is never good.
    let found = run(&shell("echo listed 3; echo copied 3", rest));
    assert_eq!(judged(&found)[0].1, &Found::Unknown("the output does not say `missing`".to_owned()));
    assert_eq!(verdict(&found), Verdict::Unknown);
    let found = run(&shell("echo listed 3; echo copied 3; echo missing 0", rest));
    assert_eq!(verdict(&found), Verdict::Ok);
}

#[test]
fn a_program_that_fails_proves_nothing_unless_its_exit_code_is_expected() {
    let counted = "counters = { missing = 'missing (\\d+)' }\n";
    let found = run(&shell("echo missing 0; exit 3", &format!("{counted}expect = ['missing == 0']")));
    assert_eq!(judged(&found), [("missing == 0", &Found::Held), ("exit == 0", &off("3"))]);
    assert_eq!(verdict(&found), Verdict::Off);
    let expect = "expect = ['missing == 0', 'exit == any(0, 3)']";
    let found = run(&shell("echo missing 0; exit 3", &format!("{counted}{expect}")));
    assert_eq!(verdict(&found), Verdict::Ok);
    let found = run("exec = [\"/nonexistent/check\"]");
    assert!(failed(&found).starts_with("cannot run /nonexistent/check: No such file"), "{found:?}");
    // Words that only look like the holder's are the program's.
    let found = run(&shell("echo cutover: cannot run x; exit 127", ""));
    assert_eq!(judged(&found), [("exit == 0", &off("127"))]);
}

#[test]
fn a_run_tells_how_far_it_is_and_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let script = format!(
        "trap '' TERM; (trap '' TERM; echo $$ > {}; exec sleep 1000) & printf 'checked 1,000 of 4,000\\r'; while :; do sleep 1000; done",
        pids.display()
    );
    let rest = r"progress = 'checked ([\d,]+) of ([\d,]+)'
                 counters = { checked = 'checked ([\d,]+)' }";
    let mut bench = bench(&settings(&shell(&script, rest)));
    bench.order(Order::Run);
    let under_way = loop {
        let found = bench.next();
        if found.progress.is_some() {
            break found;
        }
    };
    assert_eq!((under_way.progress, under_way.end.as_ref()), (Some(0.25), None));
    assert_eq!(under_way.counters, counters(&[("checked", 1000)]));
    bench.order(Order::Stop);
    let found = bench.end();
    assert_eq!((&found.end, verdict(&found)), (&Some(End::Stopped), Verdict::Unknown));
    assert_eq!(alive(&pids), 0, "a stopped run leaves nothing behind");
    // And it can run again.
    bench.order(Order::Run);
    while bench.next().progress.is_none() {}
    bench.order(Order::Stop);
    assert_eq!(bench.end().end, Some(End::Stopped));
}

/// How many of the processes listed there are still alive.
fn alive(list: &Path) -> usize {
    let pids = std::fs::read_to_string(list).unwrap();
    assert!(!pids.trim().is_empty());
    let living = |pid: &&str| {
        std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .is_ok_and(|stat| !stat.rsplit_once(')').unwrap().1.trim_start().starts_with('Z'))
    };
    pids.lines().filter(living).count()
}

#[test]
fn a_time_out_ends_the_whole_process_group() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let script = format!(
        "trap '' TERM HUP; (sh -c 'trap \"\" TERM; echo $$ >> {0}; exec sleep 1000') & \
         setsid sh -c 'echo $$ >> {0}; exec sleep 1000' & echo $$ >> {0}; while :; do sleep 1000; done",
        pids.display()
    );
    let mut bench = bench(&settings(&shell(&script, "timeout = \"2s\"")));
    let found = bench.run();
    assert_eq!(failed(&found), "not finished within 2s, ended; `timeout` allows it more");
    assert_eq!(alive(&pids), 0);
    assert!(found.took >= Duration::from_secs(2));
}

#[test]
fn output_is_only_data_and_without_end_no_harm() {
    let script = r"printf '\033]0;owned\007\033[2Jmissing \033[31m3\033[0m\n'; printf 'a\000b \342\200\256 token s3cr3t-of-the-day\n'; printf 'missing \377\n'";
    let rest = "counters = { missing = 'missing \\D*?(\\d+)\\b', token = 'token (\\S+)' }
                expect = ['token == 0']\n[vars]\nTOKEN = { env = \"TOKEN\" }";
    let found = run(&shell(script, rest));
    let all = format!("{found:?}");
    assert!(!all.contains("s3cr3t") && !all.contains('\u{1b}') && !all.contains('\u{202e}'), "{all}");
    assert!(!all.contains("owned") && all.contains("•••"), "{all}");
    // More than any buffer holds, then the word that counts.
    let script =
        "head -c 30000000 /dev/zero | tr '\\0' x; echo; yes 'missing 9' | head -n 200000; echo missing 4";
    let found = run(&shell(script, "counters = { missing = 'missing (\\d+)' }"));
    assert_eq!(found.counters, counters(&[("missing", 4)]));
}

#[test]
fn a_url_tells_in_json_or_in_lines() {
    let server = Server::start(Answer::json(200, r#"{"sum": {"missing": 2, "listed": "490,149"}}"#));
    let toml = format!(
        "url = \"{}\"\ncounters = {{ missing = 'sum.missing', listed = '$.sum.listed' }}\nexpect = ['missing == 0']",
        server.url("/check")
    );
    let mut bench = bench(&settings(&toml));
    let found = bench.run();
    assert_eq!(found.counters, counters(&[("listed", 490_149), ("missing", 2)]));
    assert_eq!((judged(&found), found.exit), (vec![("missing == 0", &off("2"))], None));
    server.answer(Answer::json(200, r#"{"sum": {"missing": 0}}"#));
    assert_eq!(verdict(&bench.run()), Verdict::Ok);
    server.answer(Answer::json(503, "busy"));
    assert_eq!(failed(&bench.run()), "the answer was 503");
    let port = server.address();
    drop(server);
    assert_eq!(failed(&bench.run()), format!("connection refused by {port}"));
    let server = Server::start(Answer::json(200, "# HELP x\nblobs_missing 7\nblobs_listed 12\n"));
    let toml =
        format!("url = \"{}\"\ncounters = {{ missing = '^blobs_missing (\\d+)' }}", server.url("/metrics"));
    assert_eq!(run(&toml).counters, counters(&[("missing", 7)]));
}

#[test]
fn a_url_that_never_answers_is_given_up() {
    let server = Server::start(Answer { delay: Duration::from_secs(3), ..Answer::json(200, "{}") });
    let toml = format!("url = \"{}\"\ntimeout = \"200ms\"\ncounters = {{ a = '$.a' }}", server.url("/"));
    let why = format!("no answer from {} within 200ms", server.address());
    assert_eq!(failed(&run(&toml)), why);
}
