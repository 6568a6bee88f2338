//! What is said of a log that was changed, of signers that are not who they say, and of what cannot be taken away.

use std::fs;
use std::process::Command;

use super::{CUTOVER, Desk, blob, environment, text};

const SIGNERS: [&str; 2] = ["--allowed-signers", "allowed_signers"];

/// Changes the lines of a log.
fn change(desk: &Desk, change: impl FnOnce(&mut Vec<String>)) {
    let whole = fs::read_to_string(desk.log()).unwrap();
    let mut lines: Vec<String> = whole.lines().map(str::to_owned).collect();
    change(&mut lines);
    fs::write(desk.log(), lines.join("\n") + "\n").unwrap();
}

/// A note that the story holds, and its line.
fn note(desk: &Desk) -> (usize, String) {
    let lines = desk.lines();
    let at = lines.iter().position(|line| line["event"] == "note.added").unwrap();
    (at, lines[at]["text"].as_str().unwrap().to_owned())
}

#[test]
fn signatures_behind_an_edit_stand_for_their_own_line_alone() {
    let desk = Desk::new();
    desk.sign("dana", "dana");
    let report = desk.run(&["report", "run.signoff.jsonl", "-o", "before.html"]);
    assert!(report.status.success(), "{}", text(&report));
    let (at, words) = note(&desk);
    change(&desk, |lines| lines[at] = lines[at].replace(&words, "nothing happened"));
    let (code, said) = desk.verify(&[&SIGNERS[..], &["--report", "before.html"]].concat());
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("NOT INTACT") && said.contains("good, dana@bastion"), "{said}");
    let from = format!("from line {} on the lines do not follow one another", at + 1);
    assert!(said.contains(&from) && said.contains("nothing proves those before it"), "{said}");
    assert!(said.contains("so it is not of the log as it is now"), "{said}");
    for wrong in ["was not checked", "all before", "nobody signed", "as it stands"] {
        assert!(!said.contains(wrong), "{wrong}: {said}");
    }
    // What was put there is no part of a report.
    let report = desk.run(&["report", "run.signoff.jsonl", "-o", "after.json"]);
    assert_eq!(report.status.code(), Some(1), "{}", text(&report));
    let after: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(desk.path("after.json")).unwrap()).unwrap();
    assert_eq!(after["integrity"]["lines_reported"], at, "{}", after["integrity"]);
    assert!(!after.to_string().contains("nothing happened"));
}

#[test]
fn a_signature_before_an_edit_proves_what_it_covers() {
    let desk = Desk::new();
    desk.sign("dana", "dana");
    let signed = desk.lines().len();
    let redacted = desk.run(&["redact", "run.signoff.jsonl", &blob(&desk), "--reason", "a name"]);
    assert!(redacted.status.success(), "{}", text(&redacted));
    desk.sign("dana", "dana");
    change(&desk, |lines| lines[signed] = lines[signed].replace("a name", "a game"));
    let (code, said) = desk.verify(&SIGNERS);
    assert!(code == 1 && said.contains(&format!("prove the lines up to {signed}")), "{said}");
}

#[test]
fn a_signature_behind_a_removed_line_is_still_one() {
    let desk = Desk::new();
    desk.sign("dana", "dana");
    let (at, _) = note(&desk);
    change(&desk, |lines| drop(lines.remove(at)));
    let (code, said) = desk.verify(&SIGNERS);
    assert!(code == 1 && said.contains("it was removed") && said.contains("good, dana@bastion"), "{said}");
    assert!(!said.contains("no sign-off before it") && !said.contains("nobody signed"), "{said}");
}

#[test]
fn a_key_of_somebody_else_is_not_called_damage() {
    let desk = Desk::new();
    desk.key("lee", "");
    desk.sign("lee", "dana");
    let (code, said) = desk.verify(&SIGNERS);
    assert!(code == 1 && said.contains("NOT PROVEN, wrong signer"), "{said}");
    assert!(said.contains("no signature in it is good"), "{said}");
    // Stock tools say it too: whose name stands there, and whose key it is.
    let made = desk.run(&["report", "run.signoff.jsonl", "-o", "report.md"]);
    assert!(made.status.success(), "{}", text(&made));
    let report = fs::read_to_string(desk.path("report.md")).unwrap();
    let script = report.split("```bash\n").nth(1).unwrap().split("```").next().unwrap();
    let ran = Command::new("bash").args(["-c", script]).current_dir(desk.path("")).output().unwrap();
    assert!(text(&ran).contains("signed as dana, with a key of lee@bastion:"), "{}", text(&ran));
    // And they exit with 1 when one of them is bad, whichever it is.
    assert!(ran.status.success());
    let signed = desk.lines().into_iter().find(|line| line["event"] == "signoff.signed").unwrap();
    let given = usize::try_from(signed["line"].as_u64().unwrap()).unwrap() - 1;
    desk.sign("dana", "dana");
    change(&desk, |lines| lines[given] = lines[given].replace("\"name\":\"dana\"", "\"name\":\"dan\""));
    let ran = Command::new("bash").args(["-c", script]).current_dir(desk.path("")).output().unwrap();
    assert_eq!(ran.status.code(), Some(1), "{}", text(&ran));
}

#[test]
fn allowed_signers_may_come_through_a_pipe() {
    let desk = Desk::new();
    desk.sign("dana", "dana");
    let script = format!("{CUTOVER} verify run.signoff.jsonl --allowed-signers <(cat allowed_signers)");
    let ran = Command::new("bash")
        .args(["-c", &script])
        .current_dir(desk.path(""))
        .env_clear()
        .envs(environment(&desk.path("")))
        .output()
        .unwrap();
    assert!(ran.status.success() && text(&ran).contains("good, dana@bastion"), "{}", text(&ran));
    let (code, said) = desk.verify(&["--allowed-signers", "dana.pub"]);
    assert!(code == 2 && said.contains("it begins with a key"), "{said}");
}

#[test]
fn who_signs_is_never_guessed() {
    let desk = Desk::new();
    let before = desk.lines().len();
    let signed = desk.run(&["sign", "run.signoff.jsonl", "--key", "dana"]);
    assert_eq!(signed.status.code(), Some(2));
    assert!(text(&signed).contains("give --name"), "{}", text(&signed));
    assert_eq!(desk.lines().len(), before);
}

#[test]
fn only_evidence_that_is_named_well_is_taken_away_and_once() {
    let desk = Desk::new();
    let blob = blob(&desk);
    let before = desk.lines().len();
    let redact = |name: &str| {
        let ran = desk.run(&["redact", "run.signoff.jsonl", name, "--reason", "a name", "--name", "lee"]);
        (ran.status.code().unwrap(), text(&ran))
    };
    for short in ["4", &blob[..7], "a note"] {
        let (code, said) = redact(short);
        assert!(code == 2 && said.contains("8 digits") && said.contains("a note or a command"), "{said}");
    }
    assert!(desk.path("run.evidence").join(&blob).exists());
    assert_eq!(redact(&blob[..8]).0, 0);
    let (code, said) = redact(&blob);
    let line = before + 1;
    assert!(
        code == 2 && said.contains(&format!("taken away before, in line {line} by lee: a name")),
        "{said}"
    );
    assert_eq!(desk.lines().len(), line);
}

/// The log with other words in a note, and every link made anew, by somebody who has no key.
fn forged(desk: &Desk) -> Vec<String> {
    let (at, words) = note(desk);
    let whole = fs::read_to_string(desk.log()).unwrap();
    let mut prev = "0".repeat(64);
    let forge = |(n, line): (usize, &str)| {
        let line = if n == at { line.replace(&words, "nothing happened") } else { line.to_owned() };
        let (body, _) = line.rsplit_once("\"prev\":\"").unwrap();
        let line = format!("{body}\"prev\":\"{prev}\"}}");
        prev = cutover::signoff::Hash::of(line.as_bytes()).to_string();
        line
    };
    whole.lines().enumerate().map(forge).collect()
}

/// What signatures prove is asked of lines that follow one another alone.
#[track_caller]
fn proves_nothing(desk: &Desk) {
    let (code, said) = desk.verify(&[&SIGNERS[..], &["--format", "json"]].concat());
    let found: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &found["proven"], &found["signed"]), (1, &0.into(), &0.into()), "{said}");
    assert!(!desk.verify(&SIGNERS).1.contains("prove the lines up to"));
}

#[test]
fn a_genuine_signature_behind_a_forged_log_proves_nothing_of_it() {
    let desk = Desk::new();
    desk.sign("dana", "dana");
    let genuine = desk.lines().len() - 2;
    let whole = fs::read_to_string(desk.log()).unwrap();
    let pair: Vec<String> = whole.lines().skip(genuine).map(str::to_owned).collect();
    for without in [0, 2] {
        let mut lines = forged(&desk);
        lines.truncate(lines.len() - without);
        change(&desk, |log| *log = [lines, pair.clone()].concat());
        proves_nothing(&desk);
        fs::write(desk.log(), &whole).unwrap();
    }
}

#[test]
fn junk_hides_no_line_that_was_moved() {
    let desk = Desk::new();
    desk.sign("dana", "dana");
    change(&desk, |lines| {
        let moved = lines.remove(4);
        lines.extend(vec!["junk".to_owned(); 120]);
        lines.push(lines[2].clone());
        lines.push(moved);
    });
    proves_nothing(&desk);
}

#[test]
fn what_was_not_deleted_is_redacted_again_without_another_line() {
    let desk = Desk::new();
    let blob = blob(&desk);
    let file = desk.path("run.evidence").join(&blob);
    let bytes = fs::read(&file).unwrap();
    let redact = || desk.run(&["redact", "run.signoff.jsonl", &blob, "--reason", "a name"]);
    assert!(redact().status.success() && !file.exists());
    let lines = desk.lines().len();
    fs::write(&file, bytes).unwrap();
    let again = redact();
    assert!(again.status.success() && !file.exists(), "{}", text(&again));
    assert!(
        text(&again).contains(&format!("is taken away; line {lines} of the log says so")),
        "{}",
        text(&again)
    );
    assert_eq!(desk.lines().len(), lines);
}
