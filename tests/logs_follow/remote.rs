//! Files and programs on another host: a real sshd on loopback.

use std::net::SocketAddr;

use super::*;
use crate::health::peers::{self, Peer};

fn host() -> Option<(Peer, SocketAddr)> {
    peers::program("ssh", "openssh-client")?;
    let program = peers::program("sshd", "openssh-server")?;
    Some(peers::sshd(&program))
}

fn over_ssh(mut source: LogSource, peer: &Peer, address: SocketAddr) -> LogSource {
    let known = format!("UserKnownHostsFile={}", peer.path("known").display());
    let id = peer.path("id").display().to_string();
    let port = address.port().to_string();
    let options =
        ["ssh", "-F", "none", "-i", &id, "-p", &port, "-o", "StrictHostKeyChecking=accept-new", "-o", &known];
    source.via = Some(options.into_iter().chain(["127.0.0.1"]).map(str::to_owned).collect());
    source
}

#[test]
fn a_file_over_there_is_followed_through_a_rotation() {
    let Some((peer, address)) = host() else { return };
    let (_folder, log) = folder();
    append(&log, "2001-01-01T00:00:00Z ERROR old\n");
    let mut follow = Follow::start(&over_ssh(files(&log), &peer, address));
    follow.until_line("2001-01-01T00:00:00Z ERROR old");
    assert_eq!((follow.old, follow.errors), (1, 0));
    append(&log, "ERROR new\n");
    follow.until_line("ERROR new");
    fs::rename(&log, log.with_extension("1")).unwrap();
    append(&log, "of another file\n");
    follow.until_line("of another file");
    follow.until("the turn", |follow| matches!(follow.turns[..], [.., Turn::Rotated(_) | Turn::Appeared(_)]));
    assert_eq!(follow.source, Source::Files(vec![log.display().to_string()]));
}

#[test]
fn patterns_over_there_find_new_files_and_run_nothing() {
    let Some((peer, address)) = host() else { return };
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("a $(touch evil) it's.log");
    append(&odd, "one\n");
    append(&folder.path().join("b.log"), "two\n");
    let pattern = folder.path().join("*.log");
    let mut follow = Follow::start(&over_ssh(files(&pattern), &peer, address));
    follow.until_line("one");
    follow.until_line("two");
    append(&folder.path().join("c.log"), "three\n");
    follow.until_line("three");
    append(&odd, "four\n");
    follow.until_line("four");
    let Source::Files(names) = &follow.source else { panic!("{:?}", follow.source) };
    assert_eq!(names.len(), 3);
    assert!(!follow.lines.iter().any(|line| line.contains("==>")), "{:?}", follow.lines);
    assert!(!folder.path().join("evil").exists());
}

#[test]
fn a_program_over_there_ends_with_the_log() {
    let Some((peer, address)) = host() else { return };
    let list = peer.path("pids");
    let script = format!("echo $$ >> {}; echo $SSH_CONNECTION; exec sleep 1000", list.display());
    let mut follow = Follow::start(&over_ssh(exec(&["sh", "-c", &script]), &peer, address));
    follow.until("a line", |follow| follow.lines.iter().any(|line| line.starts_with("127.0.0.1 ")));
    let pid = fs::read_to_string(&list).unwrap().trim().to_owned();
    follow.supervisor.apply(&Settings::default());
    until("it is gone", || (!Path::new(&format!("/proc/{pid}")).exists()).then_some(()));
}

#[test]
fn a_host_that_does_not_answer_is_named() {
    let Some((peer, _)) = host() else { return };
    let closed = peers::free(&["127.0.0.1"])[0];
    let (_folder, log) = folder();
    let mut follow = Follow::start(&over_ssh(files(&log), &peer, closed));
    follow.until("it says why", |follow| {
        matches!(&follow.source, Source::Missing(why) if why.contains("ssh to 127.0.0.1 failed") && why.contains("refused"))
    });
}
