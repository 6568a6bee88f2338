//! Somebody only looks: at a run that goes on, and at one that has ended.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{leave, open, tick, ticked};
use crate::common::folder::Folder;
use crate::common::http::{Answer, Server};
use crate::common::pty::Start;

/// Every file below a folder, with its bytes.
fn bytes(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(bytes(&path));
        } else {
            found.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn a_watcher_sees_acts_and_readings_as_they_come_and_writes_nothing() {
    let folder = Folder::with_steps(4);
    let server = Server::start(Answer::healthy());
    folder.sidecar(&format!(
        "[defaults]\nevery = \"1s\"\n[[health]]\nname = \"shop\"\nurl = \"{}\"\n",
        server.url("/health")
    ));
    let mut first = open(Start::run(&folder).size(120, 36));
    first.wait_for_text("200");
    tick(&mut first, 1);
    let log = folder.log();
    let elsewhere = Folder::new("# Nothing\n");
    let mut watcher = Start::with_args(&elsewhere, &["watch", log.to_str().unwrap()]).size(120, 36).spawn();
    watcher.wait_for_text("WATCHING following");
    watcher.wait_for("the first tick", |frame| ticked(frame).contains(&1));
    watcher.wait_for_text("shop");
    watcher
        .wait_for("the check's answer", |frame| frame.line("shop").is_some_and(|line| line.contains("200")));
    tick(&mut first, 2);
    watcher.wait_for("a tick made meanwhile", |frame| ticked(frame).contains(&2));

    watcher.type_text("F");
    watcher.wait_for_text("Read-only");
    watcher.type_text("[");
    watcher.wait_for("the moment of the last act", |frame| {
        frame.has("standing still") && ticked(frame) == [1, 2].into() && frame.has("act 2 of 2")
    });
    watcher.wait_for_text("ticked “Step 2”");
    watcher.type_text("[");
    watcher.wait_for("the moment of the act before", |frame| {
        frame.has("standing still") && ticked(frame) == [1].into() && frame.has("act 1 of 2")
    });
    watcher.type_text("L");
    watcher.wait_for_text("WATCHING following");
    leave(&mut first);
    watcher.wait_for_text("WATCHING the end");

    let before = bytes(folder.path());
    watcher.type_text("W");
    watcher.wait_for_text("never writes");
    watcher.type_text("q");
    assert_eq!(watcher.exit_code(), 0);
    watcher.assert_restored();
    assert_eq!(bytes(folder.path()), before);
    // A plan, and that its hints were dismissed: both were there before.
    assert_eq!(bytes(elsewhere.path()).len(), 2, "{:?}", bytes(elsewhere.path()).keys());
    assert_eq!(folder.events_named("readings.sealed").len(), 1);
}

#[test]
fn a_watcher_says_that_the_writer_was_killed() {
    let folder = Folder::with_steps(2);
    let mut first = open(Start::run(&folder));
    tick(&mut first, 1);
    let log = folder.log();
    let watcher = Start::with_args(&folder, &["watch", log.to_str().unwrap()]).size(100, 30).spawn();
    watcher.wait_for_text("WATCHING following");
    let mut second = Start::run(&folder).size(100, 30).spawn();
    second.wait_for_text("WATCHING following");
    first.kill();
    watcher.wait_for_text("nobody writes this log now; it was cut off in the session of");
    watcher.wait_for_text("WATCHING the end, cut off");
    second.wait_for_text("W takes over");
    second.type_text("W");
    second.wait_for("the log as its writer", |frame| frame.has("synced"));
    watcher.wait_for_text("WATCHING following");
    watcher.wait_for("no word of it", |frame| !frame.has("nobody writes"));
    leave(&mut second);
}

#[test]
fn a_log_that_cannot_be_watched_is_named() {
    let folder = Folder::with_steps(1);
    let empty = folder.write("empty.signoff.jsonl", "");
    let refused = Start::with_args(&folder, &["watch", empty.to_str().unwrap()]).spawn().exit_code();
    assert_eq!(refused, 2);
}
