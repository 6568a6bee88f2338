//! The commands over logs, from outside.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cutover::clock::Clock;
use cutover::report;
use serde_json::Value;

use super::clock;
use crate::common::program::CUTOVER;
use crate::signoff::GOLDEN;

fn cutover(arguments: &[&str]) -> Output {
    Command::new(CUTOVER).args(arguments).output().unwrap()
}

fn out(ran: &Output) -> String {
    String::from_utf8(ran.stdout.clone()).unwrap()
}

fn err(ran: &Output) -> String {
    String::from_utf8(ran.stderr.clone()).unwrap()
}

/// The golden log and its evidence, in a folder of its own.
fn golden(folder: &Path) -> PathBuf {
    let log = folder.join("v1.signoff.jsonl");
    std::fs::copy(GOLDEN, &log).unwrap();
    let from = Path::new(GOLDEN).with_file_name("v1.evidence");
    std::fs::create_dir(folder.join("v1.evidence")).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), folder.join("v1.evidence").join(entry.file_name())).unwrap();
    }
    log
}

#[test]
fn status_tells_a_log_of_one_that_cannot_be_read() {
    let ran = cutover(&["status", GOLDEN, "--format", "json"]);
    let status: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let attention = status["attention"].as_array().unwrap();
    assert_eq!(ran.status.code(), Some(i32::from(!attention.is_empty())));
    let line = out(&cutover(&["status", GOLDEN]));
    assert_eq!(line.lines().count(), 1);
    assert!(line.contains(&format!("{} of {} done", status["done"], status["all"])), "{line}");

    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("a.jsonl");
    for (bytes, why) in
        [(&b""[..], "nothing was recorded"), (b"hello\n", "line 1"), (b"half", "nothing was recorded")]
    {
        std::fs::write(&log, bytes).unwrap();
        let ran = cutover(&["status", log.to_str().unwrap()]);
        assert_eq!((ran.status.code(), out(&ran).as_str()), (Some(2), ""), "{}", err(&ran));
        assert!(err(&ran).contains(why), "{}", err(&ran));
    }
    let ran = cutover(&["status", "/nowhere/log.jsonl"]);
    assert_eq!(ran.status.code(), Some(2));
    assert!(err(&ran).contains("/nowhere/log.jsonl"), "{}", err(&ran));
}

#[test]
fn status_reads_a_line_that_is_being_written_as_not_yet_there() {
    let folder = tempfile::tempdir().unwrap();
    let log = golden(folder.path());
    let whole = report::status(&log, &clock().now()).unwrap();
    let mut bytes = std::fs::read(&log).unwrap();
    bytes.extend_from_slice(b"{\"v\":1,\"seq\":");
    std::fs::write(&log, bytes).unwrap();
    assert_eq!(report::status(&log, &clock().now()).unwrap(), whole);
}

#[test]
fn a_run_beside_itself_differs_in_nothing() {
    let ran = cutover(&["compare", GOLDEN, GOLDEN, "--format", "json"]);
    let compared: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!((ran.status.code(), &compared["same_plan"]), (Some(0), &Value::Bool(true)));
    for item in compared["items"].as_array().unwrap() {
        assert_eq!(item["number"]["a"], item["number"]["b"]);
        assert_eq!(item["state"]["a"], item["state"]["b"]);
    }
    assert_eq!(compared["only"], serde_json::json!({"a": [], "b": []}));
    let ran = cutover(&["compare", GOLDEN, "/nowhere/log.jsonl"]);
    assert_eq!(ran.status.code(), Some(2));
    assert!(err(&ran).contains("/nowhere/log.jsonl"), "{}", err(&ran));
}

#[test]
fn the_plan_of_the_golden_log_filled() {
    let folder = tempfile::tempdir().unwrap();
    let log = golden(folder.path());
    let done = folder.path().join("done.md");
    let fill = |more: &[&str]| {
        let own = ["report", log.to_str().unwrap(), "--filled", "-o", done.to_str().unwrap()];
        cutover(&[&own[..], more].concat())
    };
    let ran = fill(&[]);
    assert_eq!(ran.status.code(), Some(0), "{}", err(&ran));
    insta::assert_snapshot!(std::fs::read_to_string(&done).unwrap());

    let other = folder.path().join("other.md");
    std::fs::write(&other, "- [ ] another plan\n").unwrap();
    let ran = fill(&["--plan", other.to_str().unwrap()]);
    assert_eq!(ran.status.code(), Some(2));
    assert!(err(&ran).contains("is not the plan as it was run"), "{}", err(&ran));
    let ran = cutover(&["report", log.to_str().unwrap(), "--filled", "-o", "done.json"]);
    assert!(ran.status.code() == Some(2) && err(&ran).contains("name it something.md"), "{}", err(&ran));
}

#[test]
fn a_zone_is_for_what_people_read_and_refused_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let log = golden(folder.path());
    let out = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let make = |name: &str, more: &[&str]| {
        let own = ["report", log.to_str().unwrap(), "--tz", "Asia/Tokyo", "-o"];
        cutover(&[&own[..], &[&out(name)], more].concat())
    };
    for name in ["a.json", "a.csv"] {
        let ran = make(name, &[]);
        assert_eq!(ran.status.code(), Some(2), "{}", err(&ran));
        let why = err(&ran);
        assert!(why.contains(name) && why.contains("leave --tz out"), "{why}");
        assert!(!Path::new(&out(name)).exists());
    }
    for (name, more, told) in
        [("a.md", &[][..], "Z ("), ("a.html", &[], "Z<"), ("done.md", &["--filled"], " UTC (")]
    {
        let ran = make(name, more);
        assert_eq!(ran.status.code(), Some(0), "{}", err(&ran));
        let page = std::fs::read_to_string(out(name)).unwrap();
        assert!(page.contains(told) && page.contains(" JST)"), "{page}");
    }
    let ran = make("a.md", &["--tz", "Asia/Tokio"]);
    assert_eq!(ran.status.code(), Some(2));
}
