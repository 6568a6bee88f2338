//! Programs on another host: a real sshd on loopback.

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use cutover::config::HealthCheck;
use cutover::expr::Scope;
use cutover::sample::Stage;
use tokio::sync::mpsc;

use super::peers::{self, Peer};
use super::*;

fn host() -> Option<(Peer, SocketAddr)> {
    peers::program("ssh", "openssh-client")?;
    let program = peers::program("sshd", "openssh-server")?;
    Some(peers::sshd(&program))
}

fn over_ssh(peer: &Peer, address: SocketAddr, argv: &[&str]) -> HealthCheck {
    let mut check = exec(argv);
    let known = format!("UserKnownHostsFile={}", peer.path("known").display());
    let id = peer.path("id").display().to_string();
    let port = address.port().to_string();
    check.via = Some(
        [
            "ssh",
            "-F",
            "none",
            "-i",
            &id,
            "-p",
            &port,
            "-o",
            "StrictHostKeyChecking=accept-new",
            "-o",
            &known,
            "127.0.0.1",
        ]
        .map(str::to_owned)
        .to_vec(),
    );
    check
}

#[test]
fn arguments_arrive_as_they_are_and_the_answer_comes_back() {
    let Some((peer, address)) = host() else { return };
    let mut check =
        over_ssh(&peer, address, &["printf", "%s|", "two words", "it's", "$HOME", "`id`", "*", "a\\b"]);
    check.expect = all(&["exit == 0", "stdout == \"two words|it's|$HOME|`id`|*|a\\\\b|\""], Scope::Exec);
    passed(&measure(&check));
    let check = over_ssh(&peer, address, &["sh", "-c", "echo inactive; echo why >&2; exit 3"]);
    let health = measure(&check);
    assert_eq!(failed(&health).saw, "3");
    let mut check = over_ssh(&peer, address, &["sh", "-c", "cat; echo $SSH_CONNECTION"]);
    check.expect = all(&["stdout matches ^127.0.0.1"], Scope::Exec);
    passed(&measure(&check));
}

#[test]
fn a_program_that_ends_with_255_is_not_a_failed_ssh() {
    let Some((peer, address)) = host() else { return };
    let health = measure(&over_ssh(&peer, address, &["sh", "-c", "echo mine >&2; exit 255"]));
    assert_eq!(failed(&health).saw, "255");
    let mut check = over_ssh(&peer, address, &["sh", "-c", "echo mine >&2; exit 255"]);
    check.expect = all(&["exit == 255", "stderr == mine"], Scope::Exec);
    passed(&measure(&check));
}

#[test]
fn a_failed_ssh_says_why() {
    let Some((peer, address)) = host() else { return };
    let health = measure(&over_ssh(&peer, closed(), &["true"]));
    let (stage, why) = unanswered(&health);
    assert_eq!(stage, Stage::Connect);
    assert!(why.starts_with("ssh to 127.0.0.1 failed: connect to host 127.0.0.1 port"), "{why}");
    assert_eq!((health.word.as_str(), health.latency), ("ssh", None));

    fs::write(peer.path("authorized"), "").unwrap();
    let health = measure(&over_ssh(&peer, address, &["true"]));
    assert!(unanswered(&health).1.contains("Permission denied (publickey)"), "{health:?}");

    peers::ssh_key(&peer.path("other"));
    let key = fs::read_to_string(peer.path("other.pub")).unwrap();
    fs::write(peer.path("known"), format!("[127.0.0.1]:{} {key}", address.port())).unwrap();
    let health = measure(&over_ssh(&peer, address, &["true"]));
    assert!(unanswered(&health).1.ends_with("Host key verification failed."), "{health:?}");
}

#[test]
fn a_missing_remote_program_is_an_exit_code() {
    let Some((peer, address)) = host() else { return };
    assert_eq!(failed(&measure(&over_ssh(&peer, address, &["/nonexistent/check"]))).saw, "127");
}

#[test]
fn a_time_out_ends_the_remote_program() {
    let Some((peer, address)) = host() else { return };
    let list = peer.path("pids");
    let script =
        format!("trap '' TERM HUP; echo $$ >> {0}; sh -c 'echo $$ >> {0}; exec sleep 1000'", list.display());
    let mut check = over_ssh(&peer, address, &["sh", "-c", &script]);
    check.timeout = Duration::from_secs(5);
    assert_eq!(unanswered(&measure(&check)).0, Stage::TimeOut);
    let started: Vec<String> = fs::read_to_string(&list).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(started.len(), 2);
    eventually("both are gone", || !started.iter().any(|pid| Path::new(&format!("/proc/{pid}")).exists()));
}

#[test]
fn later_checks_share_one_connection_and_it_ends_with_the_supervisor() {
    let Some((peer, address)) = host() else { return };
    let runtime = runtime();
    let (samples, mut arrived) = mpsc::channel(64);
    let mut supervisor = probe::Supervisor::with_holder(
        runtime.handle().clone(),
        Arc::new(SystemClock),
        probe::Channels { samples, lines: mpsc::channel(1).0 },
        holder(),
    );
    let mut check = over_ssh(&peer, address, &["sh", "-c", "echo $SSH_CONNECTION"]);
    check.every = Duration::from_millis(50);
    check.expect = all(&["stdout == none"], Scope::Exec);
    supervisor.apply(&settings([check]));
    // The remote end of the connection names its port: once the shared one stands, it no longer changes.
    let mut last = String::new();
    let mut alike = 0;
    while alike < 5 {
        let (_, Sample { reading: Reading::Health(health), .. }) = arrived.blocking_recv().unwrap() else {
            panic!("not a health reading")
        };
        let saw = failed(&health).saw.clone();
        alike = if saw == last { alike + 1 } else { 0 };
        last = saw;
    }
    let port: u16 =
        last.split(' ').nth(1).and_then(|port| port.parse().ok()).unwrap_or_else(|| panic!("{last}"));
    let is_open = || {
        let local = format!("0100007F:{port:04X}");
        fs::read_to_string("/proc/net/tcp").unwrap().lines().any(|line| {
            let mut words = line.split_whitespace().skip(1);
            words.next() == Some(&local) && words.nth(1) == Some("01")
        })
    };
    assert!(is_open());
    drop(supervisor);
    drop(runtime);
    eventually("the shared connection is closed", || !is_open());
}

#[test]
fn more_checks_than_sessions_of_one_connection_all_answer() {
    let Some((peer, address)) = host() else { return };
    let runtime = runtime();
    let (samples, mut arrived) = mpsc::channel(256);
    let mut supervisor = probe::Supervisor::with_holder(
        runtime.handle().clone(),
        Arc::new(SystemClock),
        probe::Channels { samples, lines: mpsc::channel(1).0 },
        holder(),
    );
    // sshd allows ten sessions a connection unless told otherwise.
    let checks = (0..14).map(|number| {
        let mut check = over_ssh(&peer, address, &["sleep", "0.5"]);
        check.name = format!("sleeper{number}");
        check.every = Duration::from_millis(100);
        check
    });
    supervisor.apply(&settings(checks));
    for _ in 0..14 * 4 {
        let (id, Sample { reading: Reading::Health(health), .. }) = arrived.blocking_recv().unwrap() else {
            panic!("not a health reading")
        };
        assert_eq!(health.outcome, Outcome::Pass, "{id}: {health:?}");
    }
}
