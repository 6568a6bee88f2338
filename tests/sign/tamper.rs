//! A finished and signed log, tampered with in every way: never intact, and named where it can be.

use std::fs;
use std::path::PathBuf;

use cutover::signoff::verify::FindingKind::{
    BadSignature, Cut, Edited, NotSigned, OtherReport, Removed, Reordered, Repeated, Torn, Unanchored,
    WrongSigner,
};
use cutover::signoff::verify::{Against, FindingKind, Outcome, Verification, verify_against};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::Desk;

/// A log that dana has signed twice, and a report of it as it stands.
struct Signed {
    desk: Desk,
    lines: Vec<Vec<u8>>,
}

impl Signed {
    fn new() -> Signed {
        let desk = Desk::new();
        desk.sign("dana", "dana");
        desk.sign("dana", "dana");
        let made = desk.run(&["report", "run.signoff.jsonl", "-o", "report.md"]);
        assert!(made.status.success());
        let bytes = fs::read(desk.log()).unwrap();
        let lines = bytes.trim_ascii_end().split(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
        let signed = Signed { desk, lines };
        assert_eq!(signed.verify(&signed.lines, false).outcome, Outcome::Intact);
        assert_eq!(signed.verify(&signed.lines, true).report_belongs, Some(true));
        signed
    }

    /// The verdict on other lines, with the allowed signers and a signature required, and perhaps the report.
    fn verify(&self, lines: &[Vec<u8>], report: bool) -> Verification {
        let mut bytes = lines.join(&b'\n');
        bytes.push(b'\n');
        self.verify_bytes(&bytes, report)
    }

    fn verify_bytes(&self, bytes: &[u8], report: bool) -> Verification {
        fs::write(self.desk.log(), bytes).unwrap();
        let file = |name: &str| -> Option<PathBuf> { Some(self.desk.path(name)) };
        let against = Against {
            allowed_signers: file("allowed_signers"),
            report: file("report.md").filter(|_| report),
            require_signature: true,
            ..Against::default()
        };
        verify_against(&self.desk.log(), &against)
    }

    /// Not intact, and for one of these reasons.
    #[track_caller]
    fn found(&self, lines: &[Vec<u8>], kinds: &[FindingKind]) {
        let found = self.verify(lines, false);
        assert_ne!(found.outcome, Outcome::Intact, "{found}");
        assert!(found.findings.iter().any(|finding| kinds.contains(&finding.kind)), "{kinds:?}: {found}");
    }
}

#[test]
fn every_way_on_every_line_is_found_and_named() {
    let log = Signed::new();
    let count = log.lines.len();
    for at in 0..count {
        let mut lines = log.lines.clone();
        // The last digit of the milliseconds: the line stays one, and says another time.
        let digit = lines[at].windows(2).position(|pair| pair == b"Z\"").unwrap() - 1;
        lines[at][digit] = if lines[at][digit] == b'1' { b'2' } else { b'1' };
        // The last line has no successor: that it is not the signature's own line any more leaves it unproven.
        log.found(&lines, if at + 1 == count { &[Unanchored] } else { &[Edited] });

        let mut lines = log.lines.clone();
        lines.remove(at);
        // Without its signature the last sign-off is a line that nothing proves.
        let kind = if at + 1 == count {
            Unanchored
        } else if at == 0 {
            Edited
        } else {
            Removed
        };
        log.found(&lines, &[kind, Removed]);

        let mut lines = log.lines.clone();
        lines.insert(at, lines[at].clone());
        log.found(&lines, &[Repeated, Edited]);

        if at + 1 < count {
            let mut lines = log.lines.clone();
            lines.swap(at, at + 1);
            log.found(&lines, &[Reordered, Edited]);
        }
    }
}

/// A tail that is cut is found by the signatures, or else by the report.
#[test]
fn a_cut_is_found_by_the_report_wherever_it_is() {
    let log = Signed::new();
    let count = log.lines.len();
    for left in 1..count {
        let found = log.verify(&log.lines[..left], true);
        assert_eq!(found.outcome, Outcome::Findings, "{found}");
        assert!(found.findings.iter().any(|finding| finding.kind == Cut), "{found}");
        assert_eq!(found.report_belongs, Some(false));
        // Behind the first signature nothing inside of the log knows of more.
        let alone = log.verify(&log.lines[..left], false);
        if left == count - 2 {
            assert_eq!(alone.outcome, Outcome::Intact, "{alone}");
            assert!(alone.not_proven.contains("only a report or head made later can prove"), "{alone}");
        } else {
            let kind = if left < count - 2 { NotSigned } else { Unanchored };
            assert_eq!(alone.first().map(|finding| finding.kind), Some(kind), "{alone}");
        }
    }
    let mut head = Against { require_signature: true, ..Against::default() };
    head.heads = vec![cutover::signoff::Hash::of(&log.lines[count - 1])];
    log.verify(&log.lines[..count - 2], false);
    let found = verify_against(&log.desk.log(), &head);
    assert_eq!(found.first().map(|finding| finding.kind), Some(Cut), "{found}");
    log.verify(&log.lines, false);
    assert_eq!(verify_against(&log.desk.log(), &head).outcome, Outcome::Intact);
}

#[test]
fn a_report_of_another_log_is_told_from_an_older_one_of_this() {
    let log = Signed::new();
    log.desk.sign("dana", "dana");
    let grown = fs::read(log.desk.log()).unwrap();
    let found = log.verify_bytes(&grown, true);
    assert_eq!((found.outcome, found.report_belongs), (Outcome::Intact, Some(true)), "{found}");
    assert!(found.to_string().contains("2 more came since"), "{found}");
    let other = Signed::new();
    fs::copy(other.desk.path("report.md"), log.desk.path("report.md")).unwrap();
    let found = log.verify_bytes(&grown, true);
    assert_eq!(found.first().map(|finding| finding.kind), Some(OtherReport), "{found}");
    fs::write(log.desk.path("report.md"), "# A page\n").unwrap();
    let found = log.verify_bytes(&grown, true);
    assert_eq!(found.exit_code(), 2, "{found}");
    assert!(found.to_string().contains("does not say which log it is of"), "{found}");
}

/// The whole log written anew by somebody without the key: the chain holds, the signatures do not.
#[test]
fn a_log_that_is_written_anew_has_bad_signatures() {
    use cutover::signoff::{Draft, Event, Head, Line};
    let log = Signed::new();
    let mut head = Head::default();
    let mut lines = Vec::new();
    for raw in &log.lines {
        let line = Line::decode(raw).unwrap();
        let event = match line.event {
            Event::IssueOpened { issue, item, .. } => {
                Event::IssueOpened { issue, item, text: "nothing".to_owned() }
            }
            event => event,
        };
        let at = cutover::clock::Stamp {
            wall: line.at.wall,
            offset: line.at.offset,
            mono: line.at.up,
            boot: line.at.up,
        };
        let draft = Draft { act: line.act, at, by: line.by, via: line.via, event, blobs: Vec::new() };
        let line = Line::encode(head, &line.run, &draft).unwrap();
        head = line.head;
        lines.push(line.raw.to_vec());
    }
    log.found(&lines, &[BadSignature]);
    let found = log.verify(&lines, true);
    assert!(found.findings.iter().any(|finding| finding.kind == Edited), "the report knows: {found}");
    // Signed anew with a key that nobody knows.
    let stranger = Desk::new();
    fs::copy(stranger.path("dana"), log.desk.path("stranger")).unwrap();
    fs::copy(stranger.path("dana.pub"), log.desk.path("stranger.pub")).unwrap();
    log.verify(&log.lines[..log.lines.len() - 4], false);
    log.desk.sign("stranger", "dana");
    let found = log.verify_bytes(&fs::read(log.desk.log()).unwrap(), false);
    assert!(found.findings.iter().any(|finding| finding.kind == WrongSigner), "{found}");
}

#[test]
fn random_bytes_anywhere_are_never_intact() {
    let log = Signed::new();
    let bytes = fs::read(log.desk.log()).unwrap();
    let change = (any::<prop::sample::Index>(), 0..4u8, proptest::collection::vec(any::<u8>(), 1..6));
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let run = TestRunner::new(config).run(&change, |(at, how, new)| {
        let mut changed = bytes.clone();
        let at = at.index(changed.len());
        let end = (at + new.len()).min(changed.len());
        match how {
            0 => drop(changed.splice(at..end, new)),
            1 => drop(changed.splice(at..at, new)),
            2 => drop(changed.drain(at..end)),
            _ => changed.truncate(at),
        }
        // Cut exactly behind a signature it is whole, and only something elsewhere knows.
        let cut = how == 3 || changed == bytes;
        let found = log.verify_bytes(&changed, cut);
        prop_assert!(found.outcome != Outcome::Intact || changed == bytes, "{} {:?}: {}", how, at, found);
        if how == 3 && !changed.is_empty() && !changed.ends_with(b"\n") {
            prop_assert!(found.findings.iter().any(|finding| finding.kind == Torn), "{}", found);
        }
        Ok(())
    });
    run.unwrap();
}
