//! Programs: exit codes, outputs, and that nothing survives a time-out or the cockpit's death.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cutover::expr::Scope;
use cutover::hold::{self, Input};
use cutover::sample::{Outcome, Stage};

use super::*;

#[test]
fn a_program_passes_on_exit_zero_and_its_word_is_shown() {
    let health = measure(&exec(&["echo", "active"]));
    passed(&health);
    assert_eq!(health.word, "active");
    assert!(health.latency.is_some());
    let health = measure(&exec(&["sh", "-c", "echo inactive; exit 3"]));
    assert_eq!(failed(&health).saw, "3");
    assert_eq!(health.word, "exit 3");
}

#[test]
fn outputs_are_facts_and_arguments_are_never_a_shells() {
    let mut check = exec(&["printf", "%s", "$(id) `id` ; exit 1 > x"]);
    check.expect = all(&["exit == 0", "stdout == $(id) `id` ; exit 1 > x"], Scope::Exec);
    passed(&measure(&check));
    let mut check = exec(&["sh", "-c", "echo '{\"lag\": 3}'; echo careful >&2"]);
    check.expect = all(&["stdout.lag < 5", "stderr contains careful"], Scope::Exec);
    passed(&measure(&check));
}

#[test]
fn a_missing_program_is_a_broken_probe() {
    let health = measure(&exec(&["/nonexistent/check", "x"]));
    assert!(broken(&health).starts_with("cannot run /nonexistent/check: No such file"), "{health:?}");
    // A shell's own 127 is the program's answer.
    assert_eq!(failed(&measure(&exec(&["sh", "-c", "exit 127"]))).saw, "127");
}

#[test]
fn a_signal_is_an_exit_code_above_128() {
    assert_eq!(failed(&measure(&exec(&["sh", "-c", "kill -TERM $$"]))).saw, "143");
}

#[test]
fn nagios_codes_are_opted_into() {
    let plugin = |code: &str| {
        let mut check = exec(&["sh", "-c", &format!("echo 'LOAD so-so | load=3'; exit {code}")]);
        check.nagios = true;
        measure(&check)
    };
    passed(&plugin("0"));
    let warning = plugin("1");
    passed(&warning);
    assert_eq!(warning.warnings[0].saw, "warning: LOAD so-so");
    assert_eq!(failed(&plugin("2")).saw, "critical: LOAD so-so");
    assert_eq!(broken(&plugin("3")), "the plugin cannot tell (exit 3): LOAD so-so");
    assert!(broken(&plugin("77")).starts_with("the plugin cannot tell (exit 77)"));
}

#[test]
fn output_without_end_is_capped_and_ended() {
    let mut check = exec(&["sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x; echo; exit 0"]);
    check.expect = all(&["exit == 0", "stdout contains x"], Scope::Exec);
    assert_eq!(failed(&measure(&check)).saw, "the output is longer than 64 KiB");
    let mut check = exec(&["yes"]);
    check.timeout = Duration::from_millis(300);
    assert_eq!(unanswered(&measure(&check)), (Stage::TimeOut, "not finished within 300ms, ended"));
}

#[test]
fn a_program_has_no_terminal_and_no_input() {
    let mut check = exec(&["sh", "-c", "cat; (: < /dev/tty) 2>/dev/null && echo terminal || echo none"]);
    check.expect = all(&["stdout == none"], Scope::Exec);
    passed(&measure(&check));
}

/// A program whose grandchildren ignore being asked to end; each writes its number into `pids`.
fn stubborn(pids: &Path) -> Vec<String> {
    let pids = pids.display();
    let script = format!(
        "trap '' TERM HUP INT
         (trap '' TERM HUP INT; sh -c 'echo $$ >> {pids}; exec sleep 1000') &
         setsid sh -c 'trap \"\" TERM; echo $$ >> {pids}; exec sleep 1000' &
         echo $$ >> {pids}
         while :; do sleep 1000; done"
    );
    ["sh", "-c", &script].map(str::to_owned).to_vec()
}

fn pids(path: &Path) -> Vec<i32> {
    std::fs::read_to_string(path).unwrap_or_default().lines().filter_map(|line| line.parse().ok()).collect()
}

fn is_alive(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit_once(')').unwrap().1.trim_start().starts_with('Z'))
}

#[test]
fn a_time_out_ends_grandchildren_that_ignore_signals_and_left_the_group() {
    let directory = tempfile::tempdir().unwrap();
    let list = directory.path().join("pids");
    let argv = stubborn(&list);
    let mut check = exec(&argv.iter().map(String::as_str).collect::<Vec<_>>());
    check.timeout = Duration::from_secs(2);
    let health = measure(&check);
    assert_eq!(unanswered(&health).0, Stage::TimeOut);
    let started = pids(&list);
    assert_eq!(started.len(), 3);
    eventually("all are gone", || !started.iter().any(|pid| is_alive(*pid)));
}

#[test]
fn what_a_finished_program_leaves_behind_is_ended_and_does_not_hold_up_the_answer() {
    let directory = tempfile::tempdir().unwrap();
    let list = directory.path().join("pids");
    let script = format!(
        "setsid sh -c 'echo $$ > {0}; exec sleep 1000' & while ! [ -s {0} ]; do :; done; echo done",
        list.display()
    );
    let health = measure(&exec(&["sh", "-c", &script]));
    passed(&health);
    assert_eq!(health.word, "done");
    let started = pids(&list);
    eventually("it is gone", || !is_alive(started[0]));
}

fn held(argv: &[String]) -> Child {
    Command::new(holder())
        .args(hold::arguments(Input::Null, argv))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn the_holder_ends_everything_when_its_pipe_closes() {
    let directory = tempfile::tempdir().unwrap();
    let list = directory.path().join("pids");
    let mut child = held(&stubborn(&list));
    eventually("all have begun", || pids(&list).len() == 3);
    assert!(pids(&list).into_iter().all(is_alive));
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(128 + 9));
    assert!(!pids(&list).into_iter().any(is_alive));
}

/// Where the process that stands for a cockpit is told to keep its list.
const COCKPIT: &str = "CUTOVER_TEST_COCKPIT";

#[test]
fn nothing_survives_a_cockpit_that_is_killed() {
    if let Some(list) = std::env::var_os(COCKPIT) {
        return be_a_cockpit(Path::new(&list));
    }
    let directory = tempfile::tempdir().unwrap();
    let list = directory.path().join("pids");
    let mut cockpit = Command::new(std::env::current_exe().unwrap())
        .args(["health::exec::nothing_survives_a_cockpit_that_is_killed", "--exact"])
        .env(COCKPIT, &list)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    eventually("all have begun", || pids(&list).len() == 3);
    cockpit.kill().unwrap();
    cockpit.wait().unwrap();
    let started = pids(&list);
    eventually("all are gone", || !started.iter().any(|pid| is_alive(*pid)));
}

/// Runs a supervisor with a program that never ends, until killed.
fn be_a_cockpit(list: &Path) {
    let runtime = runtime();
    let (samples, mut arrived) = tokio::sync::mpsc::channel(1);
    let clock = Arc::new(SystemClock);
    let mut supervisor = probe::Supervisor::with_holder(
        runtime.handle().clone(),
        clock,
        probe::Channels { samples, lines: tokio::sync::mpsc::channel(1).0 },
        holder(),
    );
    let argv = stubborn(list);
    let mut check = exec(&argv.iter().map(String::as_str).collect::<Vec<_>>());
    check.timeout = Duration::from_mins(1);
    supervisor.apply(&settings([check]));
    arrived.blocking_recv();
}

#[test]
fn the_holder_passes_exit_codes_on() {
    for (script, code) in [("exit 0", 0), ("exit 42", 42), ("kill -KILL $$", 137)] {
        let mut child = held(&["sh", "-c", script].map(str::to_owned));
        let open = child.stdin.take();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{script}");
        drop(open);
    }
    assert_eq!(Command::new(holder()).args(["__hold", "--"]).status().unwrap().code(), Some(127));
}

#[test]
fn a_raised_limit_of_open_files_is_ours_alone() {
    // The limit belongs to the whole process.
    if again_with("health::exec::a_raised_limit_of_open_files_is_ours_alone", &[]) {
        return;
    }
    let soft = || {
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
        let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
        line.split_whitespace().nth(3).unwrap().to_owned()
    };
    // Below the hard limit, whatever the one that runs the tests has.
    let mut limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current = Some(500);
    rustix::process::setrlimit(rustix::process::Resource::Nofile, limit).unwrap();
    hold::raise_open_files().unwrap();
    assert_ne!(soft(), "500");
    let mut check = exec(&["sh", "-c", "ulimit -S -n"]);
    check.expect = all(&["stdout == 500"], Scope::Exec);
    passed(&measure(&check));
}

#[test]
fn an_exec_probe_that_is_broken_is_never_good() {
    let mut check = exec(&["/nonexistent/check"]);
    check.expect = Vec::new();
    assert!(matches!(measure(&check).outcome, Outcome::Broken(_)));
}
