//! Copies on another host: a real sshd on loopback.

use std::net::SocketAddr;

use super::*;
use crate::health::peers::{self, Peer};

fn host() -> Option<(Peer, SocketAddr)> {
    peers::program("ssh", "openssh-client")?;
    let program = peers::program("sshd", "openssh-server")?;
    Some(peers::sshd(&program))
}

fn over_ssh((peer, address): &(Peer, SocketAddr), source: CopySource) -> CopyJob {
    let known = format!("UserKnownHostsFile={}", peer.path("known").display());
    let (id, port) = (peer.path("id").display().to_string(), address.port().to_string());
    let via = [
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
    ];
    CopyJob { via: Some(argv(&via)), ..job(source) }
}

#[test]
fn a_file_there_is_followed_from_before_it_is_there() {
    let Some(host) = host() else { return };
    let log = host.0.path("it's a log");
    let mut watched = watch(over_ssh(&host, CopySource::File(log.clone())));
    watched.until("not there", |copy| copy.source == Source::Waiting);
    fs::write(&log, "{\"done\": 1, \"total\": 9}\n{\"done\": 5, \"total\": 9}\n").unwrap();
    let copy = watched.until("read", |copy| copy.progress.objects.done == Some(5));
    assert_eq!(copy.source, Source::Open);
    // Begun anew.
    fs::write(&log, "{\"done\": 2, \"total\": 9}\n").unwrap();
    let copy = watched.until("read anew", |copy| copy.progress.objects.done == Some(2));
    assert_eq!(copy.progress.restarts, 1, "{copy:#?}");
}

#[test]
fn the_newest_job_of_azcopy_there_is_followed() {
    let Some(host) = host() else { return };
    let folder = host.0.path("azcopy logs");
    fs::create_dir(&folder).unwrap();
    let line = "2026/11/20 22:34:33 5.6 %, 7 Done, 0 Failed, 1 Pending, 0 Skipped, 8 Total, 2-sec Throughput (Mb/s): 218.4267\n";
    fs::write(folder.join("ea723dbd-6feb-1a4e-6330-2e96e309c3a5.log"), line).unwrap();
    fs::write(folder.join("ea723dbd-6feb-1a4e-6330-2e96e309c3a5-scanning.log"), "x").unwrap();
    let mut watched = watch(over_ssh(&host, CopySource::Azcopy(folder)));
    watched.until("read", |copy| copy.progress.objects.done == Some(7));
}

#[test]
fn a_program_there_is_asked_and_one_that_cannot_be_reached_says_why() {
    let Some(host) = host() else { return };
    let program =
        CopySource::Exec(argv(&["sh", "-c", "echo '{\"done\": 3, \"at\": \"'\"$SSH_CONNECTION\"'\"}'"]));
    let copy = watch(over_ssh(&host, program.clone())).until("told", |copy| copy.updated.is_some());
    assert!(copy.progress.at.starts_with("127.0.0.1"), "{copy:#?}");
    fs::write(host.0.path("authorized"), "").unwrap();
    let copy = watch(over_ssh(&host, program)).until("refused", is_unreachable);
    assert!(unreachable(&copy).starts_with("ssh to 127.0.0.1 failed:"), "{copy:?}");
}

#[test]
fn a_process_and_trees_there_are_watched() {
    let Some(host) = host() else { return };
    let input = host.0.path("input.bin");
    fs::write(&input, vec![b'\n'; 1000]).unwrap();
    let running = Running::start(Command::new("tail").arg("-f").arg(&input).stdout(Stdio::null()));
    let mut watched = watch(over_ssh(&host, CopySource::Pid(running.0.id())));
    let copy = watched.until("a position", |copy| copy.progress.bytes.total == Some(1000));
    assert!(copy.progress.at.ends_with("input.bin"));
    let like = format!("^tail -f {}", regex::escape(&input.display().to_string()));
    watch(over_ssh(&host, CopySource::Process(like)))
        .until("found", |copy| copy.progress.bytes.total == Some(1000));
    drop(running);
    watched.until("gone", |copy| copy.source == Source::Gone);

    tree(&host.0.path("from"), 12, 100);
    tree(&host.0.path("to"), 5, 100);
    let mut watched = watch(over_ssh(&host, CopySource::Trees(host.0.path("from"), host.0.path("to"))));
    let copy = watched.until("counted", |copy| copy.updated.is_some());
    assert_eq!((copy.progress.objects.done, copy.progress.objects.total), (Some(5), Some(12)));
    tree(&host.0.path("to"), 12, 100);
    watched.until("all", finished);
}
