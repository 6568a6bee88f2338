//! Files, and logrotate as it is.

use std::process::Command;

use super::*;
use crate::health::peers;

#[test]
fn a_file_that_is_missing_appears_and_grows() {
    let (_folder, log) = folder();
    let mut follow = Follow::start(&files(&log));
    follow.until(
        "it says what is missing",
        |follow| matches!(&follow.source, Source::Missing(why) if why.contains("is not there")),
    );
    append(&log, "06:42:08 ERROR first\n");
    follow.until_line("06:42:08 ERROR first");
    assert_eq!((follow.errors, follow.old), (1, 0));
    assert!(matches!(follow.turns[..], [Turn::Appeared(_)]), "{:?}", follow.turns);
}

#[test]
fn what_stood_there_is_no_part_of_any_rate() {
    let (_folder, log) = folder();
    append(&log, "06:42:08 ERROR old\n");
    let mut follow = Follow::start(&files(&log));
    follow.until_line("06:42:08 ERROR old");
    append(&log, "06:42:09 ERROR new\n");
    follow.until_line("06:42:09 ERROR new");
    assert_eq!((follow.old, follow.errors), (1, 1));
}

#[test]
fn secrets_and_escapes_never_arrive() {
    let (_folder, log) = folder();
    let mut follow = Follow::start(&files(&log));
    append(&log, "\u{1b}]52;c;ZXZpbA==\u{7}\u{1b}[31mlogin password=hunter22 \u{202e}x\n");
    follow.until_line("login password=••• \u{fffd}x");
}

/// Rotates `log` with logrotate itself, by these directives.
fn rotate(logrotate: &Path, log: &Path, directives: &str) {
    let folder = log.parent().unwrap();
    let config = folder.join("rotate.conf");
    fs::write(&config, format!("{} {{\n rotate 3\n {directives}\n}}\n", log.display())).unwrap();
    let status = Command::new(logrotate)
        .args(["--force", "--state"])
        .arg(folder.join("state"))
        .arg(&config)
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn logrotate_that_renames_loses_no_line() {
    let Some(logrotate) = peers::program("logrotate", "logrotate") else { return };
    let (_folder, log) = folder();
    append(&log, "begin\n");
    let mut follow = Follow::start(&files(&log));
    follow.until_line("begin");
    let mut expected = vec!["begin".to_owned()];
    for round in 0..3 {
        let mut writer = fs::OpenOptions::new().append(true).open(&log).unwrap();
        writeln!(writer, "before {round}").unwrap();
        rotate(&logrotate, &log, "create");
        // The writer has not noticed yet.
        writeln!(writer, "late {round}").unwrap();
        append(&log, &format!("after {round}\n"));
        follow.until_line(&format!("late {round}"));
        follow.until_line(&format!("after {round}"));
        expected.extend(["before", "late", "after"].map(|what| format!("{what} {round}")));
    }
    follow.take();
    let (mut lines, mut expected) = (follow.lines.clone(), expected);
    lines.sort();
    expected.sort();
    assert_eq!(lines, expected);
    assert_eq!(follow.turns.len(), 3);
    assert!(follow.turns.iter().all(|turn| matches!(turn, Turn::Rotated(_))), "{:?}", follow.turns);
}

#[test]
fn logrotate_that_copies_and_cuts_is_said() {
    let Some(logrotate) = peers::program("logrotate", "logrotate") else { return };
    let (_folder, log) = folder();
    append(&log, "begin\n");
    let mut follow = Follow::start(&files(&log));
    follow.until_line("begin");
    for round in 0..3 {
        append(&log, &format!("before {round}\n"));
        follow.until_line(&format!("before {round}"));
        rotate(&logrotate, &log, "copytruncate");
        append(&log, &format!("after {round}, and longer than all that stood there before {round}\n"));
        follow.until_line(&format!("after {round}, and longer than all that stood there before {round}"));
        assert_eq!(follow.turns.len(), round + 1, "{:?}", follow.turns);
        assert!(matches!(follow.turns[round], Turn::Truncated(_) | Turn::Replaced(_)));
    }
    assert_eq!(follow.lines.len(), 7, "{:?}", follow.lines);
}

#[test]
fn a_flood_into_a_reader_that_does_not_read_is_bounded_and_counted() {
    let (_folder, log) = folder();
    append(&log, "");
    let mut small = files(&log);
    small.lines = 5000;
    let mut follow = Follow::start(&small);
    follow.until("it is followed", |follow| matches!(follow.source, Source::Files(_)));
    let lines: String = (0..100_000).map(|number| format!("line {number} of the flood\n")).collect();
    append(&log, &lines);
    // Nobody reads until all of it has been taken in.
    follow.until("the last line", |follow| {
        follow.lines.iter().rev().take(1).any(|line| line.contains("99999"))
    });
    let kept = follow.lines.iter().filter(|line| line.starts_with("line ")).count() as u64;
    assert_eq!(kept + follow.dropped, 100_000);
}

#[test]
fn a_log_that_is_no_longer_wanted_is_let_go() {
    let (_folder, log) = folder();
    append(&log, "x\n");
    let mut follow = Follow::start(&files(&log));
    follow.until_line("x");
    let is_open = || {
        fs::read_dir("/proc/self/fd")
            .unwrap()
            .flatten()
            .any(|fd| fs::read_link(fd.path()).is_ok_and(|path| path == log))
    };
    assert!(is_open());
    follow.supervisor.apply(&Settings::default());
    until("its file is closed", || (!is_open()).then_some(()));
}
