use std::process::Command;
use std::sync::Arc;

use super::*;
use crate::clock::{Clock, ManualClock};
use crate::signoff::arbitrary::small_start;
use crate::signoff::event::{Blob, Event};
use crate::signoff::{ActId, Actor, Draft, Head, Line, Via};

struct Log {
    folder: tempfile::TempDir,
    lines: Vec<Vec<u8>>,
}

/// A log of ten lines, with hostile text and a piece of evidence.
fn sample() -> Log {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(chrono::DateTime::from_timestamp_millis(1_795_242_667_000).unwrap());
    let blob = Blob::seal(b"screenshot", [9; 16]);
    let kept = folder.path().join("sample.evidence");
    std::fs::create_dir(&kept).unwrap();
    std::fs::write(kept.join(&blob.sha256), b"screenshot").unwrap();
    let mut head = Head::default();
    let mut lines = Vec::new();
    for n in 1..=10 {
        let event = match n {
            1 => small_start(),
            4 => Event::AttachmentAdded { name: "a.png".to_owned(), blob: blob.clone(), item: None },
            n => Event::NoteAdded {
                text: format!("{n}\0\n\u{2028}%s `id` $HOME \\x \",\"prev\":\"  "),
                item: None,
            },
        };
        let draft = Draft {
            act: ActId { session: 1, n },
            at: clock.now(),
            by: Actor::Person("dana".to_owned()),
            via: Via::default(),
            event,
            blobs: vec![Arc::from(&b"screenshot"[..])],
        };
        let line = Line::encode(head, "cafe", &draft).unwrap();
        head = line.head;
        lines.push(line.raw.into());
    }
    Log { folder, lines }
}

impl Log {
    fn path(&self) -> PathBuf {
        self.folder.path().join("sample.signoff.jsonl")
    }

    fn write(&self, lines: &[Vec<u8>]) {
        let mut bytes = lines.join(&b'\n');
        bytes.push(b'\n');
        std::fs::write(self.path(), bytes).unwrap();
    }

    fn verify(&self, lines: &[Vec<u8>]) -> Verification {
        self.write(lines);
        verify(&self.path())
    }

    /// The first finding of a log whose lines were changed like that.
    fn first(&self, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> (u64, FindingKind, String) {
        let mut lines = self.lines.clone();
        change(&mut lines);
        let found = self.verify(&lines);
        assert_eq!(found.exit_code(), 1, "{found}");
        let finding = found.first().unwrap().clone();
        assert_eq!(found.findings.len(), 1, "one change is one finding: {found}");
        (finding.line, finding.kind, finding.message)
    }
}

fn replace(line: &mut Vec<u8>, from: &str, to: &str) {
    let text = String::from_utf8(line.clone()).unwrap();
    let new = text.replacen(from, to, 1);
    assert_ne!(text, new);
    *line = new.into_bytes();
}

#[test]
fn an_intact_log_is_said_to_be() {
    let log = sample();
    let found = log.verify(&log.lines);
    assert_eq!((found.exit_code(), found.lines, found.findings.len()), (0, 10, 0));
    assert_eq!(found.head, Hash::of(&log.lines[9]).to_string());
    assert_eq!(found.run.as_ref().unwrap().title, "Small");
    let text = found.to_string();
    assert!(text.contains("intact, not signed, 10 lines") && text.contains("tail not proven"), "{text}");
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["outcome"], "intact");
    assert_eq!(json["head"], found.head);
}

#[test]
fn what_was_done_is_named() {
    use FindingKind::{Edited, Removed, Reordered, Repeated};
    let log = sample();
    let (line, kind, why) = log.first(|lines| replace(&mut lines[4], "5", "6"));
    assert_eq!((line, kind), (5, Edited), "{why}");
    let (line, kind, why) = log.first(|lines| replace(&mut lines[4], "%s", "%d"));
    assert_eq!((line, kind, why.as_str()), (5, Edited, "it was edited: line 6 holds another hash for it"));
    // `prev` itself.
    let (line, kind, _) = log.first(|lines| {
        lines[4].remove(16);
    });
    assert_eq!((line, kind), (5, Edited));
    let prev = Hash::of(&log.lines[3]).to_string();
    let (line, kind, why) = log.first(|lines| replace(&mut lines[4], &prev, &"0".repeat(64)));
    assert_eq!((line, kind), (5, Edited), "{why}");
    let (line, kind, why) = log.first(|lines| replace(&mut lines[0], &"0".repeat(64), &"1".repeat(64)));
    assert_eq!((line, kind), (1, Edited), "{why}");
    let (line, kind, why) = log.first(|lines| drop(lines.remove(4)));
    assert_eq!((line, kind, why.as_str()), (5, Removed, "line 5 is missing before it: it was removed"));
    let (line, kind, why) = log.first(|lines| drop(lines.drain(4..7)));
    assert_eq!(
        (line, kind, why.as_str()),
        (5, Removed, "lines 5 to 7 are missing before it: they were removed")
    );
    let (line, kind, why) = log.first(|lines| lines.swap(4, 5));
    assert_eq!((line, kind), (5, Reordered), "{why}");
    let (line, kind, why) = log.first(|lines| lines.insert(5, lines[4].clone()));
    assert_eq!((line, kind), (6, Repeated), "{why}");
}

#[test]
fn every_change_of_every_line_is_found() {
    let log = sample();
    for at in 0..9 {
        for bit in 0..8 {
            let mut lines = log.lines.clone();
            let byte = (at * 131 + bit * 17) % lines[at].len();
            lines[at][byte] ^= 1u8 << bit;
            let found = log.verify(&lines);
            assert_ne!(found.outcome, Outcome::Intact, "bit {bit} of byte {byte} of line {}", at + 1);
            assert_eq!(found.first().unwrap().line, at as u64 + 1, "{found}");
        }
        let mut lines = log.lines.clone();
        lines.remove(at);
        assert_eq!(log.verify(&lines).first().unwrap().line, at as u64 + 1);
        for other in at + 1..10 {
            let mut lines = log.lines.clone();
            lines.swap(at, other);
            let found = log.verify(&lines);
            assert_eq!(found.first().unwrap().line, at as u64 + 1, "{at} {other} {found}");
            assert_eq!(found.first().unwrap().kind, FindingKind::Reordered, "{at} {other} {found}");
        }
    }
    // The line end of one line: two become one.
    for at in 0..9 {
        let mut lines = log.lines.clone();
        let next = lines.remove(at + 1);
        lines[at].push(b'\x0b');
        lines[at].extend(next);
        assert_eq!(log.verify(&lines).first().unwrap().line, at as u64 + 1);
    }
}

#[test]
fn the_last_line_is_the_one_that_is_not_proven() {
    let log = sample();
    let mut lines = log.lines.clone();
    replace(&mut lines[9], "%s", "%d");
    let found = log.verify(&lines);
    assert_eq!(found.exit_code(), 0);
    assert!(found.not_proven.contains("tail not proven"));
    assert_ne!(found.head, Hash::of(&log.lines[9]).to_string(), "a kept head shows it");
    assert_eq!(log.verify(&log.lines[..9]).exit_code(), 0);
    // Where it does not fit, it is said that either may be it.
    replace(&mut lines[9], &Hash::of(&log.lines[8]).to_string(), &"0".repeat(64));
    let found = log.verify(&lines);
    assert_eq!(found.exit_code(), 1);
    assert!(found.first().unwrap().message.contains("it or line 10, the last"), "{found}");
}

#[test]
fn torn_newer_and_foreign_files_are_told_apart() {
    let log = sample();
    log.write(&log.lines);
    let mut bytes = std::fs::read(log.path()).unwrap();
    bytes.extend_from_slice(b"{\"v\":1,");
    std::fs::write(log.path(), &bytes).unwrap();
    let found = verify(&log.path());
    assert_eq!((found.exit_code(), found.first().unwrap().kind), (1, FindingKind::Torn));
    assert_eq!(found.first().unwrap().line, 11);
    std::fs::write(log.path(), [&bytes[..bytes.len() - 7], &[0; 4096]].concat()).unwrap();
    assert_eq!(verify(&log.path()).first().unwrap().kind, FindingKind::Torn);
    let newer = [log.lines.clone(), vec![b"{\"v\":2,\"new\":true}".to_vec()]].concat();
    let found = log.verify(&newer);
    assert_eq!((found.exit_code(), found.first().unwrap().kind), (2, FindingKind::Newer));
    assert!(found.to_string().contains("use a newer cutover"));
    let found = log.verify(&[b"# Migration".to_vec(), b"- [ ] a".to_vec()]);
    assert_eq!((found.exit_code(), found.first().unwrap().kind), (2, FindingKind::NotALog));
    for bytes in [&b""[..], b"no line end"] {
        std::fs::write(log.path(), bytes).unwrap();
        assert_eq!(verify(&log.path()).exit_code(), 2);
    }
    assert_eq!(verify(log.folder.path()).exit_code(), 2);
    assert!(verify(Path::new("/nonexistent")).to_string().contains("cannot be opened"));
}

#[test]
fn what_fits_the_chain_may_still_be_wrong() {
    let log = sample();
    let last = Line::decode(&log.lines[9]).unwrap();
    let add = |act, run, event| {
        let stamp = ManualClock::new(chrono::DateTime::from_timestamp_millis(0).unwrap()).now();
        let by = Actor::Machine;
        let draft = Draft { act, at: stamp, by, via: Via::default(), event, blobs: Vec::new() };
        let line = Line::encode(last.head, run, &draft).unwrap();
        log.verify(&[log.lines.clone(), vec![line.raw.into()]].concat())
    };
    let note = || Event::NoteAdded { text: "x".to_owned(), item: None };
    let act = ActId { session: 1, n: 11 };
    assert!(add(act, "other", note()).to_string().contains("another run, other"));
    assert!(
        add(ActId { session: 1, n: 3 }, "cafe", note()).to_string().contains("act 1-3 stands in an earlier")
    );
    assert!(add(act, "cafe", small_start()).to_string().contains("one run.started"));
    let clock = add(act, "cafe", note());
    assert_eq!((clock.exit_code(), clock.notes[0].kind), (0, FindingKind::Clock));
    assert!(clock.to_string().contains("line 11: its wall clock is"));
}

#[test]
fn evidence_is_checked_too() {
    let log = sample();
    log.write(&log.lines);
    let folder = log.folder.path().join("sample.evidence");
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&file, b"screenshoT").unwrap();
    let found = verify(&log.path());
    assert_eq!((found.exit_code(), found.first().unwrap().line), (1, 4));
    assert!(found.to_string().contains("holds other bytes"));
    std::fs::remove_file(&file).unwrap();
    assert!(verify(&log.path()).to_string().contains("is missing"));
}

#[test]
fn a_shell_and_sha256sum_are_enough() {
    let log = sample();
    let folder = log.folder.path().join("it's -a 'log'");
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("x.signoff.jsonl");
    let mut checked = 0;
    for shell in ["bash", "dash"] {
        let run = |lines: &[Vec<u8>]| {
            let mut bytes = lines.join(&b'\n');
            bytes.push(b'\n');
            std::fs::write(&path, bytes).unwrap();
            let output = Command::new(shell).arg("-c").arg(shell_check(&path)).output();
            output.ok().map(|output| String::from_utf8(output.stdout).unwrap())
        };
        let Some(intact) = run(&log.lines) else {
            println!("{shell} is not installed: skipped");
            continue;
        };
        assert_eq!(intact, format!("10 lines, head {}\n", Hash::of(&log.lines[9])));
        let mut lines = log.lines.clone();
        replace(&mut lines[4], "%s", "%d");
        assert_eq!(run(&lines).unwrap(), "line 6 does not follow the line before it\n");
        let mut lines = log.lines.clone();
        lines.swap(2, 3);
        assert_eq!(run(&lines).unwrap(), "line 3 does not follow the line before it\n");
        assert_eq!(run(&log.lines[1..]).unwrap(), "line 1 does not follow the line before it\n");
        checked += 1;
    }
    assert!(checked > 0, "no shell to try it with");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_file_gets_a_verdict(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400), keep in 0..10usize) {
        let log = sample();
        let mut file = log.lines[..keep].join(&b'\n');
        file.extend(&bytes);
        std::fs::write(log.path(), &file).unwrap();
        let found = verify(&log.path());
        let intact = keep > 0 && bytes == b"\n";
        proptest::prop_assert_eq!(found.exit_code() == 0, intact);
    }
}
