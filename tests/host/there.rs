//! A machine behind ssh: a real sshd on loopback.

use std::fs;
use std::net::SocketAddr;

use super::mount::Mount;
use super::*;
use crate::health::peers::{self, Peer};
use crate::health::{closed, eventually};

fn sshd() -> Option<(Peer, SocketAddr)> {
    peers::program("ssh", "openssh-client")?;
    Some(peers::sshd(&peers::program("sshd", "openssh-server")?))
}

fn behind(peer: &Peer, address: SocketAddr) -> HostSettings {
    let known = format!("UserKnownHostsFile={}", peer.path("known").display());
    let (id, port) = (peer.path("id").display().to_string(), address.port().to_string());
    let via = ["ssh", "-F", "none", "-i", &id, "-p", &port, "-o", "StrictHostKeyChecking=no", "-o", &known];
    let mut via = via.map(str::to_owned).to_vec();
    via.push("127.0.0.1".to_owned());
    HostSettings { via: Some(via), ..machine() }
}

#[test]
fn another_machine_is_read_as_this_one_is() {
    let Some((peer, address)) = sshd() else { return };
    let mut there = behind(&peer, address);
    there.processes = vec!["sshd".to_owned(), "no such process anywhere".to_owned()];
    there.expect = expect(&["process(\"sshd\") >= 1", "free(\"/\") > 1B", "memory < 100%"]);
    let mut here = there.clone();
    here.via = None;
    let mut looks = Looks::at(&there);
    let (first, here) = (looks.next().unwrap(), look(&here).unwrap());
    assert_eq!((first.cpu, &first.misses, &first.untold, &first.remarks), (None, &vec![], &vec![], &vec![]));
    assert_eq!((&first.name, first.cpus), (&here.name, here.cpus));
    let (root, own) = (disk(&first, "/"), disk(&here, "/"));
    assert_eq!(
        (root.total / 1_000_000, root.inodes, &root.kind),
        (own.total / 1_000_000, own.inodes, &own.kind)
    );
    assert_eq!((first.memory.total, first.memory.limited), (here.memory.total, here.memory.limited));
    assert_eq!(first.nets.len(), here.nets.len());
    assert!(first.processes[0].count >= 1 && first.processes[0].memory > 0, "{first:?}");
    assert_eq!(first.processes[1].count, 0);
    let second = looks.next().unwrap();
    assert!(second.cpu.is_some() && second.processes[0].cpu.is_some(), "{second:?}");
}

#[test]
fn a_machine_that_cannot_be_reached_says_why() {
    let Some((peer, _)) = sshd() else { return };
    let why = look(&behind(&peer, closed())).unwrap_err();
    assert!(why.starts_with("ssh to 127.0.0.1 failed: connect to host 127.0.0.1 port"), "{why}");
}

#[test]
fn a_mount_that_hangs_there_is_left_out_until_it_answers() {
    let Some((peer, address)) = sshd() else { return };
    let Some(mount) = Mount::new() else { return };
    let mut there = behind(&peer, address);
    there.mounts = vec![mount.name()];
    let mut looks = Looks::at(&there);
    let well = looks.until("answers", |host| disk(host, &mount.name()).total > 0);
    mount.hang();
    let hanging = looks.until("hangs", |host| disk(host, &mount.name()).hanging.is_some());
    assert_eq!(disk(&hanging, &mount.name()).total, disk(&well, &mount.name()).total);
    for _ in 0..10 {
        let host = looks.next().unwrap();
        assert!(disk(&host, &mount.name()).hanging.is_some() && host.cpu.is_some(), "{host:?}");
        assert_eq!(disk(&host, "/").hanging, None);
    }
    // One of the look in which it began to hang, one that waits for it.
    let asking = asking(&mount.name());
    assert!((1..=2).contains(&asking), "{asking}");
    mount.go_on();
    looks.until("answers again", |host| disk(host, &mount.name()).hanging.is_none());
    drop(looks);
    eventually("nothing asks any more", || self::asking(&mount.name()) == 0);
}

/// How many `df` ask for `mount`.
fn asking(mount: &str) -> usize {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|entry| fs::read_to_string(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.starts_with("df\0") && line.contains(mount)).count()
}
