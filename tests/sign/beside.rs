//! What lies beside a signed log, tampered with: evidence, recorded readings, torn ends.

use std::fs;
use std::os::unix::fs::symlink;

use cutover::signoff::event::{Event, LEFT};
use cutover::signoff::{Actor, Hash};

use super::{Desk, STRICT, append, blob};

const READINGS: &str = "run.evidence/readings-000001.jsonl";

/// Signed by dana to its end, and left.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.sign("dana", "dana");
    assert_eq!(desk.verify(&STRICT).0, 0);
    desk
}

fn sealed(bytes: &[u8]) -> Event {
    let at = "2026-11-21T06:00:09Z".to_owned();
    let (file, sha256) = ("readings-000001.jsonl".to_owned(), Hash::of(bytes).to_string());
    Event::ReadingsSealed { file, sha256, lines: 1, from: at.clone(), to: at, recovered: false }
}

/// A seal behind the signature is not covered by it, and must not undo the one that is.
#[test]
fn readings_that_are_sealed_anew_are_still_held_to_their_first_seal() {
    let desk = desk();
    append(&desk, Actor::Machine, sealed(b"other\n"));
    append(&desk, Actor::Machine, Event::RunEnded { reason: LEFT.to_owned() });
    fs::write(desk.path(READINGS), "other\n").unwrap();
    let (code, said) = desk.verify(&STRICT);
    assert!(code == 1 && said.contains("readings-000001.jsonl holds other bytes"), "{said}");
}

/// Charts and the player read every file of readings in the folder.
#[test]
fn readings_that_nobody_sealed_are_named() {
    let desk = desk();
    let resumed = Event::RunResumed { tool: "cutover 1".to_owned(), boot_id: "b".to_owned(), pid: 7 };
    append(&desk, Actor::Machine, resumed);
    fs::copy(desk.path(READINGS), desk.path("run.evidence/readings-000002.jsonl")).unwrap();
    // While a cockpit may be writing them it is no fault, and said all the same.
    let (code, said) = desk.verify(&[]);
    assert!(
        code == 0 && said.contains("are not sealed: a cockpit writes them, died or had to stop"),
        "{said}"
    );
    append(&desk, Actor::Machine, Event::RunEnded { reason: LEFT.to_owned() });
    let (code, said) = desk.verify(&[]);
    let words = "readings-000002.jsonl lie in its folder and are not sealed: they are not its own";
    assert!(code == 1 && said.contains(words), "{said}");
}

#[test]
fn redaction_takes_away_evidence_alone() {
    let desk = desk();
    let (blob, reason) = ("readings-000001.jsonl".to_owned(), "none of your business".to_owned());
    append(&desk, Actor::person("dana").unwrap(), Event::EvidenceRedacted { blob, reason });
    fs::remove_file(desk.path(READINGS)).unwrap();
    let (code, said) = desk.verify(&[]);
    assert!(code == 1 && said.contains("readings-000001.jsonl is missing"), "{said}");
}

/// A pipe, a device, a link or a folder under the evidence's name: neither taken for it nor waited for.
#[test]
fn what_is_no_file_is_no_evidence() {
    let desk = desk();
    let file = desk.path("run.evidence").join(blob(&desk));
    let kept = desk.path("kept");
    fs::rename(&file, &kept).unwrap();
    let is_found = || {
        let (code, said) = desk.verify(&[]);
        assert!(code == 1 && said.contains("cannot be read: it is no file of its own"), "{said}");
        let made = desk.run(&["report", "run.signoff.jsonl", "-o", "report.html"]);
        assert_eq!(made.status.code(), Some(1), "written, and says so");
    };
    for to in ["/dev/zero", kept.to_str().unwrap()] {
        symlink(to, &file).unwrap();
        is_found();
        fs::remove_file(&file).unwrap();
    }
    rustix::fs::mkfifoat(rustix::fs::CWD, &file, rustix::fs::Mode::RWXU).unwrap();
    is_found();
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    is_found();
    fs::remove_dir(&file).unwrap();
    fs::rename(&kept, &file).unwrap();
    assert_eq!(desk.verify(&STRICT).0, 0);
}

#[test]
fn a_torn_end_that_was_changed_is_found() {
    let desk = Desk::new();
    let mut log = fs::read(desk.log()).unwrap();
    log.extend_from_slice(b"{\"v\":1,\"seq\":");
    fs::write(desk.log(), &log).unwrap();
    desk.sign("dana", "dana");
    let (code, said) = desk.verify(&STRICT);
    assert!(code == 0 && said.contains("which holds it still"), "{said}");
    let torn = desk.lines().into_iter().rfind(|line| line["event"] == "log.recovered").unwrap();
    fs::write(desk.path(torn["file"].as_str().unwrap()), "{\"v\":1,\"seq\"!").unwrap();
    let (code, said) = desk.verify(&STRICT);
    assert!(code == 1 && said.contains("which holds something else now"), "{said}");
}
