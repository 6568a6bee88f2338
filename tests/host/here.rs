//! This machine.

use std::fs;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::mount::Mount;
use super::*;

#[test]
fn one_look_tells_all_but_shares_of_time() {
    let mut machine = machine();
    machine.expect = expect(&[
        "memory < 100%",
        "free(\"/\") > 1B",
        "free_share(\"/tmp/x\") <= 100%",
        "free(\"/\") < 1B",
        "cpu < 100%",
    ]);
    machine.paths = vec!["/".to_owned(), "/tmp/x".to_owned()];
    let host = Looks::at(&machine).next().unwrap();
    assert_eq!(host.cpu, None, "an average since the start would pass for now");
    assert!(host.cpus > 0.0 && host.memory.total > 0 && host.memory.used > 0, "{host:?}");
    assert!(host.memory.used <= host.memory.total && host.up.is_some());
    let own = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(host.name, own.trim());
    let root = disk(&host, "/");
    assert!(root.total > 0 && root.free <= root.total && root.hanging.is_none() && !root.kind.is_empty());
    assert!(host.disks.iter().all(|disk| disk.kind != "proc" && disk.kind != "tmpfs"), "{host:?}");
    let missed: Vec<_> = host.misses.iter().map(|miss| miss.expected.as_str()).collect();
    assert_eq!(missed, ["free(\"/\") < 1B"]);
    let untold: Vec<_> = host.untold.iter().map(|miss| miss.expected.as_str()).collect();
    assert_eq!(untold, ["cpu < 100%"]);
}

#[test]
fn the_second_look_tells_shares_of_time() {
    let mut looks = Looks::at(&machine());
    assert_eq!(looks.next().unwrap().cpu, None);
    let host = looks.next().unwrap();
    assert!(host.cpu.is_some_and(|cpu| (0.0..=1.0).contains(&cpu)), "{host:?}");
}

#[test]
fn a_named_process_is_there_until_it_is_gone() {
    // No other process has this argument.
    let argument = format!("8{}.25", std::process::id());
    let mut child = Command::new("sleep").arg(&argument).spawn().unwrap();
    let mut machine = machine();
    machine.processes = vec![format!("^sleep {argument}$")];
    machine.expect = expect(&[&format!("process(\"{}\") == 1", machine.processes[0].replace('"', "\\\""))]);
    let mut looks = Looks::at(&machine);
    let there = looks.until("there", |host| host.processes[0].count == 1);
    assert!(there.misses.is_empty() && there.processes[0].up.is_some() && there.processes[0].memory > 0);
    child.kill().unwrap();
    child.wait().unwrap();
    let gone = looks.until("gone", |host| host.processes[0].count == 0);
    assert_eq!((gone.misses.len(), gone.processes[0].up), (1, None));
}

#[test]
fn what_is_named_and_not_there_is_said() {
    let mut machine = machine();
    machine.local_disks = false;
    machine.mounts = vec!["/nonexistent/mount".to_owned()];
    machine.nets = vec!["nope0".to_owned(), "lo".to_owned()];
    let host = look(&machine).unwrap();
    assert_eq!(host.disks, []);
    assert_eq!(host.remarks, ["nothing is mounted at /nonexistent/mount", "there is no interface nope0"]);
    assert_eq!(host.nets.iter().map(|net| net.name.as_str()).collect::<Vec<_>>(), ["lo"]);
}

#[test]
fn a_mount_that_hangs_holds_nothing_up_and_has_one_thread() {
    let _alone = alone();
    let Some(mount) = Mount::new() else { return };
    let mut machine = machine();
    machine.mounts = vec![mount.name()];
    machine.paths = vec![mount.path().join("assets").display().to_string()];
    machine.expect = expect(&[&format!("free(\"{}\") > 1B", machine.paths[0])]);
    let mut looks = Looks::at(&machine);
    let well = looks.until("answers", |host| disk(host, &mount.name()).total > 0);
    assert_eq!(disk(&well, &mount.name()).kind, "fuse.sshfs");
    assert_eq!((well.misses.len(), well.untold.len()), (0, 0), "{well:?}");

    mount.hang();
    looks.until("hangs", |host| disk(host, &mount.name()).hanging.is_some());
    let before = threads();
    assert!(before >= 1, "that which hangs");
    // A changed sidecar starts another probe: it finds the thread that hangs.
    machine.expect.extend(expect(&["memory < 100%"]));
    looks.supervisor.apply(&settings(&machine));
    let long = Duration::from_secs(2);
    let hanging = looks.until("hangs on", |host| disk(host, &mount.name()).hanging > Some(long));
    let seen = disk(&hanging, &mount.name());
    assert_eq!(seen.total, disk(&well, &mount.name()).total, "its last figures stay");
    assert_eq!(disk(&hanging, "/").hanging, None);
    assert!(hanging.cpu.is_some(), "the rest goes on");
    assert!(hanging.untold[0].saw.contains("has not answered for"), "{hanging:?}");
    assert!(threads() <= before, "no second thread");

    mount.go_on();
    let back = looks.until("answers again", |host| disk(host, &mount.name()).hanging.is_none());
    assert_eq!(back.untold, []);
}

#[test]
fn leaving_does_not_wait_for_a_mount_that_hangs() {
    let _alone = alone();
    let Some(mount) = Mount::new() else { return };
    let mut machine = machine();
    machine.mounts = vec![mount.name()];
    let mut looks = Looks::at(&machine);
    looks.until("answers", |host| disk(host, &mount.name()).total > 0);
    mount.hang();
    looks.until("hangs", |host| disk(host, &mount.name()).hanging.is_some());
    // Would never end if a thread of the runtime, or this one, waited for the mount.
    drop(looks);
}

/// Threads are counted by process: only one test at a time lets them hang.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How the call is numbered, on the machines that Linux runs on most.
const STATFS: [&str; 2] = ["137 ", "43 "];

/// Threads of this process that hang asking for a file system.
fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let hanging = tasks.filter(|task| {
        let is = |file: &str, what: &str| {
            fs::read_to_string(task.path().join(file)).is_ok_and(|text| text.starts_with(what))
        };
        is("comm", "statvfs") && STATFS.iter().any(|number| is("syscall", number))
    });
    hanging.count()
}
