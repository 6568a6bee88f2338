use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use proptest::prelude::*;

use super::recover::recover;
use super::*;
use crate::clock::{ManualClock, Stamp};
use crate::signoff::arbitrary::small_start;
use crate::signoff::disk::model::{Model, Trouble};
use crate::signoff::event::Blob;
use crate::signoff::{ActId, Actor, Draft, Line, Refused, Via};

fn clock() -> ManualClock {
    ManualClock::new(DateTime::from_timestamp_millis(1_795_242_667_000).unwrap())
}

fn stamp() -> Stamp {
    clock().now()
}

fn draft(session: u64, n: u64, event: Event) -> Draft {
    Draft {
        act: ActId { session, n },
        at: stamp(),
        by: Actor::Person("dana".to_owned()),
        via: Via { host: "bastion".to_owned(), user: "ops".to_owned(), ..Via::default() },
        event,
        blobs: Vec::new(),
    }
}

fn note(n: u64, text: &str) -> Draft {
    draft(1, n, Event::NoteAdded { text: text.to_owned(), item: None })
}

fn start() -> Draft {
    draft(1, 1, small_start())
}

const PATH: &str = "/logs/small.live-2026-11-21-1.signoff.jsonl";

fn sink(model: &Model) -> (FileSink<Model>, Opened) {
    recover(model.clone(), Path::new(PATH), &clock()).unwrap()
}

/// The lines that a disk holds, by an independent reading.
fn lines(bytes: &[u8]) -> Vec<Line> {
    let mut head = Head::default();
    bytes
        .split_inclusive(|&b| b == b'\n')
        .map(|raw| {
            let line = Line::decode(raw.strip_suffix(b"\n").unwrap()).unwrap();
            assert_eq!((line.prev, line.head.seq), (head.hash, head.seq + 1));
            head = line.head;
            line
        })
        .collect()
}

#[test]
fn drafts_become_lines_in_one_write_and_one_sync() {
    let model = Model::new();
    let (mut sink, opened) = sink(&model);
    assert_eq!(opened, Opened { head: Head::default(), session: 1, recovered: None });
    model.trouble(u64::MAX, Trouble::Full);
    let written = sink.append(Head::default(), &[start(), note(2, "a"), note(3, "b")]).unwrap();
    assert_eq!(model.calls(), 2);
    assert_eq!(model.at_risk(), 0);
    assert_eq!(lines(&model.bytes()), written);
}

#[test]
fn the_first_line_is_the_runs_and_no_other_is() {
    let model = Model::new();
    let (mut sink, _) = sink(&model);
    assert!(matches!(sink.append(Head::default(), &[note(1, "a")]), Err(Refused::Invalid { .. })));
    let head = sink.append(Head::default(), &[start()]).unwrap()[0].head;
    assert!(matches!(sink.append(head, &[draft(1, 9, small_start())]), Err(Refused::Invalid { .. })));
    assert_eq!(lines(&model.bytes()).len(), 1);
}

#[test]
fn repeating_an_append_changes_nothing() {
    let model = Model::new();
    let (mut sink, _) = sink(&model);
    let first = sink.append(Head::default(), &[start(), note(2, "a")]).unwrap();
    // Even though the head has moved on.
    let again = sink.append(Head::default(), &[start(), note(2, "a")]).unwrap();
    assert_eq!(again, first);
    let mixed = sink.append(first[1].head, &[note(2, "other words"), note(3, "b"), note(3, "b")]).unwrap();
    assert_eq!((&mixed[0], mixed[1].head.seq), (&first[1], 3));
    assert_eq!(mixed[1], mixed[2]);
    assert_eq!(lines(&model.bytes()).len(), 3);
    // And after a restart.
    let (mut sink, opened) = recover(model.clone(), Path::new(PATH), &clock()).unwrap();
    assert_eq!((opened.head, opened.session), (mixed[1].head, 2));
    assert_eq!(sink.append(opened.head, &[note(2, "a")]).unwrap()[0], first[1]);
}

#[test]
fn a_stale_head_is_told_the_new_one() {
    let model = Model::new();
    let (mut sink, _) = sink(&model);
    let head = sink.append(Head::default(), &[start()]).unwrap()[0].head;
    assert!(matches!(sink.append(Head::default(), &[note(2, "a")]), Err(Refused::Moved(to)) if to == head));
}

#[test]
fn one_bad_draft_refuses_all() {
    let model = Model::new();
    let (mut sink, _) = sink(&model);
    let head = sink.append(Head::default(), &[start()]).unwrap()[0].head;
    let before = model.bytes();
    let big = note(3, &"x".repeat(crate::signoff::line::LINE_MAX));
    assert!(matches!(sink.append(head, &[note(2, "a"), big]), Err(Refused::TooLarge { .. })));
    assert_eq!(model.bytes(), before);
    assert_eq!(sink.append(head, &[note(2, "a")]).unwrap()[0].head.seq, 2);
}

#[test]
fn another_file_at_the_place_is_never_touched() {
    type Meddle = fn(&Model);
    let cases: [(&str, Meddle); 3] = [
        ("is gone", Model::remove),
        ("another file", Model::replace),
        ("bytes where", |model| model.meddle(b"x")),
    ];
    for (word, meddle) in cases {
        let model = Model::new();
        let (mut sink, _) = sink(&model);
        let head = sink.append(Head::default(), &[start()]).unwrap()[0].head;
        meddle(&model);
        let before = model.bytes();
        for _ in 0..2 {
            let refused = sink.append(head, &[note(2, "a")]).unwrap_err();
            assert!(refused.to_string().contains(word), "{refused}");
        }
        assert_eq!(model.bytes(), before);
    }
}

#[test]
fn a_full_disk_refuses_and_recovers() {
    let model = Model::new();
    let (mut sink, _) = sink(&model);
    let head = sink.append(Head::default(), &[start()]).unwrap()[0].head;
    let before = model.bytes();
    model.trouble(0, Trouble::Full);
    let refused = sink.append(head, &[note(2, "a")]).unwrap_err();
    assert!(refused.to_string().starts_with("write to the log"), "{refused}");
    assert_eq!(model.bytes(), before, "the half line was cut off");
    assert_eq!(sink.append(head, &[note(2, "a")]).unwrap()[0].head.seq, 2);
}

#[test]
fn a_failed_sync_is_settled_by_writing_again() {
    let model = Model::new();
    let (mut sink, _) = sink(&model);
    let head = sink.append(Head::default(), &[start()]).unwrap()[0].head;
    model.trouble(1, Trouble::BadSync);
    let line = sink.append(head, &[note(2, "a")]).unwrap().remove(0);
    assert_eq!(lines(&model.lose_power(0, false).bytes())[1], line);
}

#[test]
fn a_read_only_disk_refuses_until_it_is_settled() {
    let model = Model::new();
    let (mut sink, _) = sink(&model);
    let head = sink.append(Head::default(), &[start()]).unwrap()[0].head;
    model.trouble(1, Trouble::ReadOnly);
    assert!(matches!(sink.append(head, &[note(2, "a")]), Err(Refused::Io(_))));
    assert!(matches!(sink.append(head, &[note(2, "a")]), Err(Refused::Unsure)));
    model.mend();
    assert_eq!(sink.append(head, &[note(3, "b")]).unwrap()[0].head.seq, 2);
    assert_eq!(lines(&model.bytes()).len(), 2);
}

#[test]
fn evidence_is_durable_before_its_line() {
    let model = Model::new();
    let (mut sink, _) = sink(&model);
    let head = sink.append(Head::default(), &[start()]).unwrap()[0].head;
    let blob = Blob::seal(b"screenshot", [7; 16]);
    let event = Event::AttachmentAdded { name: "a.png".to_owned(), blob: blob.clone(), item: None };
    let mut attach = draft(1, 2, event);
    let missing = sink.append(head, std::slice::from_ref(&attach)).unwrap_err();
    assert!(matches!(missing, Refused::Invalid { .. }));
    attach.blobs = vec![Arc::from(&b"screenshot"[..])];
    model.trouble(0, Trouble::Full);
    assert!(sink.append(head, std::slice::from_ref(&attach)).is_err());
    assert_eq!(lines(&model.bytes()).len(), 1);
    sink.append(head, &[attach]).unwrap();
    let name = Path::new("small.live-2026-11-21-1.evidence").join(&blob.sha256);
    assert_eq!(model.kept_files()[&name], b"screenshot");
}

/// Whatever call fails, and whenever power goes then: no acknowledged line is missing, no half line is read.
#[test]
fn acknowledged_lines_survive_every_failure_and_power_loss() {
    for trouble in [Trouble::Full, Trouble::BadSync, Trouble::ReadOnly] {
        for call in 0..24 {
            for mend in [false, true] {
                let model = Model::new();
                let (mut sink, opened) = sink(&model);
                let mut head = opened.head;
                let mut acknowledged = Vec::new();
                model.trouble(call, trouble);
                let mut n = 0;
                for size in [1, 2, 1, 3, 1, 1, 2, 1] {
                    let drafts: Vec<Draft> = (0..size)
                        .map(|_| {
                            n += 1;
                            if n == 1 { start() } else { note(n, &"x".repeat(300)) }
                        })
                        .collect();
                    match sink.append(head, &drafts) {
                        Ok(lines) => {
                            head = lines.last().unwrap().head;
                            acknowledged.extend(lines);
                        }
                        Err(_) if mend => model.mend(),
                        // Nothing was acknowledged: the same numbers are tried again.
                        Err(_) => {}
                    }
                    if n == 1 && acknowledged.is_empty() {
                        n = 0;
                    }
                    survives(&model, &acknowledged);
                }
                assert!(!mend || acknowledged.len() >= 7, "{trouble:?} at call {call} left the log useless");
            }
        }
    }
}

fn survives(model: &Model, acknowledged: &[Line]) {
    let risk = model.at_risk();
    let mut parts = vec![0, 1, risk / 2, risk.saturating_sub(1), risk];
    parts.sort_unstable();
    parts.dedup();
    for survive in parts.into_iter().filter(|&part| part <= risk) {
        for nul in [false, true].into_iter().take(1 + survive.min(1)) {
            let after = model.lose_power(survive, nul);
            let (_, opened) = recover(after.clone(), Path::new(PATH), &clock()).unwrap();
            let found = lines(&after.bytes());
            assert_eq!(&found[..acknowledged.len()], acknowledged);
            assert_eq!(opened.head.seq, found.len() as u64);
            assert_eq!(after.at_risk(), 0, "what a reader sees after recovery is durable");
        }
    }
}

#[test]
fn what_a_killed_process_left_unsynced_is_made_durable_before_it_is_shown() {
    let model = Model::new();
    let (mut sink, _) = sink(&model);
    let head = sink.append(Head::default(), &[start()]).unwrap()[0].head;
    // Killed between write and sync.
    let line = Line::encode(head, &lines(&model.bytes())[0].run, &note(2, "a")).unwrap();
    model.meddle(&[&line.raw[..], b"\n"].concat());
    assert!(model.at_risk() > 0);
    let (_, opened) = recover(model.clone(), Path::new(PATH), &clock()).unwrap();
    assert_eq!(opened.head, line.head);
    assert_eq!(lines(&model.lose_power(0, false).bytes()).len(), 2);
}

/// A log of a few lines with odd text in it, as bytes, and where its lines end.
fn sample() -> (Vec<u8>, Vec<usize>) {
    let model = Model::new();
    let (mut sink, _) = sink(&model);
    let texts = ["plain", "a\nb\0c\u{2028}\u{202e}", "", "😀"];
    let mut drafts = vec![start()];
    drafts.extend(texts.iter().zip(2..).map(|(text, n)| note(n, text)));
    sink.append(Head::default(), &drafts).unwrap();
    let bytes = model.bytes();
    let ends = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1).collect();
    (bytes, ends)
}

#[test]
fn cut_at_every_byte_no_whole_event_is_lost() {
    let (bytes, ends) = sample();
    for cut in 0..=bytes.len() {
        for nuls in [0, 1, 700] {
            let model = Model::new();
            model.meddle(&bytes[..cut]);
            model.meddle(&vec![0; nuls]);
            let (_, opened) = recover(model.clone(), Path::new(PATH), &clock()).unwrap();
            let whole = ends.iter().filter(|&&end| end <= cut).count();
            assert_eq!(opened.head.seq, whole as u64, "cut at {cut}");
            let len = ends.get(whole.wrapping_sub(1)).copied().unwrap_or(0);
            assert_eq!(model.bytes(), &bytes[..len]);
            let torn = [&bytes[len..cut], &vec![0; nuls]].concat();
            match opened.recovered {
                None => assert!(torn.is_empty()),
                Some(Event::LogRecovered { bytes, sha256, file }) => {
                    assert_eq!(bytes, torn.len() as u64);
                    assert_eq!(sha256, crate::signoff::Hash::of(&torn).to_string());
                    assert_eq!(file, "small.live-2026-11-21-1.torn-20261121T063107Z");
                    assert_eq!(model.kept_files()[Path::new(&file)], torn);
                }
                Some(other) => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn torn_ends_of_one_second_go_to_files_of_their_own() {
    let model = Model::new();
    for torn in [&b"one"[..], b"two", b"three"] {
        model.meddle(torn);
        recover(model.clone(), Path::new(PATH), &clock()).unwrap();
    }
    let kept: Vec<Vec<u8>> = model.kept_files().into_values().collect();
    assert_eq!(kept, [&b"one"[..], b"two", b"three"]);
}

#[test]
fn a_bad_line_with_successors_is_not_opened() {
    let (bytes, ends) = sample();
    let refused = |bytes: &[u8]| {
        let model = Model::new();
        model.meddle(bytes);
        let error = recover(model.clone(), Path::new(PATH), &clock()).map(drop).unwrap_err();
        assert_eq!(model.bytes(), bytes, "nothing is changed");
        assert!(model.kept_files().is_empty());
        error.to_string()
    };
    let mut edited = bytes.clone();
    edited[ends[0] + 200] ^= 1;
    assert!(refused(&edited).contains("line "), "{}", refused(&edited));
    let mut zeroed = bytes.clone();
    zeroed[ends[1] + 10] = 0;
    assert!(refused(&zeroed).contains("NUL bytes and whole lines follow"));
    let gap = [&bytes[..ends[1]], &bytes[ends[2]..]].concat();
    assert!(refused(&gap).contains("line 3 of /logs/small.live-2026-11-21-1.signoff.jsonl does not follow"));
    let newer = [&bytes[..], b"{\"v\":2,\"seq\":6}\n"].concat();
    assert!(refused(&newer).contains("use a newer cutover"));
    assert!(refused(b"# A plan\n\nnot a log\n").contains("not a line of a sign-off log"));
    let other = Line::encode(lines(&bytes)[4].head, "another", &note(9, "x")).unwrap();
    assert!(refused(&[&bytes[..], &other.raw, b"\n"].concat()).contains("another run"));
    let run = lines(&bytes)[0].run.clone();
    let twice = Line::encode(lines(&bytes)[4].head, &run, &note(2, "x")).unwrap();
    assert!(refused(&[&bytes[..], &twice.raw, b"\n"].concat()).contains("act 1-2 is in the log already"));
    let first = Line::encode(Head::default(), &run, &note(2, "x")).unwrap();
    assert!(refused(&[&first.raw[..], b"\n"].concat()).contains("begins with run.started"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_opened_or_refused(bytes in proptest::collection::vec(prop_oneof![Just(0u8), Just(b'\n'), any::<u8>()], 0..300), at in 0..6usize) {
        let (good, ends) = sample();
        let model = Model::new();
        let start = at.checked_sub(1).map_or(0, |at| ends[at]);
        model.meddle(&good[..start]);
        model.meddle(&bytes);
        if let Ok((_, opened)) = recover(model.clone(), Path::new(PATH), &clock()) {
            prop_assert_eq!(opened.head.seq, at as u64);
            let kept: Vec<u8> = model.kept_files().into_values().flatten().collect();
            prop_assert_eq!(&kept[..], &bytes[..], "nothing is thrown away");
        } else {
            prop_assert_eq!(model.bytes().len(), start + bytes.len());
        }
    }
}

mod files;
