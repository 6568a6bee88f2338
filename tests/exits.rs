//! How commands end: every exit code that the help names, and what is left behind in the home of whoever ran them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use cutover::cli::help;

use crate::common::folder::Folder;
use crate::common::program::until;
use crate::common::pty::{Press, Start, Terminal};

const PLAN: &str = "# Move\n\n## Work\n\n- [ ] Alpha\n- [ ] Beta\n";

/// Seen elsewhere: an act that a full disk refuses, tmux's own end, a demo that is played.
const ELSEWHERE: [(&str, u8); 5] = [("run", 1), ("demo", 0), ("demo", 1), ("tmux", 0), ("", 1)];

fn leave(terminal: &mut Terminal) {
    terminal.type_text("q");
    terminal.wait_for_text("Leave the cockpit?");
    terminal.insist("y", "the end", |_| false);
    assert_eq!(terminal.exit_code(), 0);
}

/// A folder with what commands end well and badly on.
fn stage() -> Folder {
    let folder = Folder::new(PLAN);
    folder.write("asks.md", "# Move\n\n## Work\n\n- [ ] Alpha <!-- cutover: role = \"dba\" -->\n");
    folder.write("asks.toml", "[people]\ndana = { roles = [\"operator\"] }\n");
    folder.write("down.md", PLAN);
    folder.write("down.toml", "[[health]]\nname = \"down\"\nexec = [\"false\"]\n");
    folder.write("well.md", PLAN);
    folder.write("well.toml", "[[health]]\nname = \"well\"\nexec = [\"true\"]\n");
    folder.write("empty.md", "");
    for name in ["v1.signoff.jsonl", "v1.key", "v1.allowed_signers"] {
        std::fs::copy(Path::new("tests/logs").join(name), folder.path().join(name)).unwrap();
    }
    std::fs::create_dir(folder.path().join("v1.evidence")).unwrap();
    for entry in std::fs::read_dir("tests/logs/v1.evidence").unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), folder.path().join("v1.evidence").join(entry.file_name())).unwrap();
    }
    let whole = std::fs::read_to_string("tests/logs/v1.signoff.jsonl").unwrap();
    let edited = whole.replacen("\"seq\":20,\"at\":\"2026", "\"seq\":20,\"at\":\"2025", 1);
    assert_ne!(edited, whole);
    folder.write("edited.signoff.jsonl", edited);
    folder.write("scheme.yaml", "no scheme: 1\n");
    let key = folder.path().join("key");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(key).status();
    assert!(made.unwrap().success());
    folder
}

#[test]
fn every_command_exits_as_its_help_says() {
    let folder = stage();
    let mut cockpit =
        Start::with_args(&folder, &["run", "plan.md", "--operator", "dana", "--log", "bad.signoff.jsonl"])
            .spawn();
    cockpit.wait_for_text("run started");
    cockpit.type_text("F");
    cockpit.wait_for_text("What went wrong");
    cockpit.type_text("disk full\r");
    cockpit.wait_for_text("1 failed");
    leave(&mut cockpit);
    let mut watch = Start::with_args(&folder, &["watch", "bad.signoff.jsonl"]).spawn();
    watch.wait_for_text("Alpha");
    watch.insist("q", "the end", |_| false);
    assert_eq!(watch.exit_code(), 0);

    let mut seen = BTreeSet::from([("run", 0), ("watch", 0)]);
    for (line, code) in [
        ("--help", 0),
        ("", 2),
        ("no-such.md", 2),
        ("run no-such.md", 2),
        ("run empty.md", 2),
        ("watch no-such", 2),
        ("demo", 2),
        ("check plan.md", 0),
        ("check asks.md", 1),
        ("check empty.md", 2),
        ("check --probe well.md", 0),
        ("check --probe down.md", 1),
        ("check --probe empty.md", 2),
        ("new", 0),
        ("new blank", 0),
        ("new blank", 2),
        ("new --from no-such.txt", 2),
        ("init plan.md", 0),
        ("init plan.md", 2),
        ("init plan.md --stdout", 0),
        ("verify v1.signoff.jsonl", 0),
        ("verify v1.signoff.jsonl --require-signature --allowed-signers v1.allowed_signers", 1),
        ("verify edited.signoff.jsonl", 1),
        ("verify no-such", 2),
        ("report v1.signoff.jsonl -o a.html", 0),
        ("report edited.signoff.jsonl -o b.md", 1),
        ("report v1.signoff.jsonl -o c.xml", 2),
        ("report no-such -o a.html", 2),
        ("status v1.signoff.jsonl", 0),
        ("status bad.signoff.jsonl", 1),
        ("status no-such", 2),
        ("compare v1.signoff.jsonl v1.signoff.jsonl", 0),
        ("compare v1.signoff.jsonl bad.signoff.jsonl", 1),
        ("compare v1.signoff.jsonl no-such", 2),
        ("sign v1.signoff.jsonl --key key --name Kim --role dba --statement moved", 0),
        ("sign v1.signoff.jsonl --key no-such --name Kim --role dba --statement moved", 2),
        ("redact v1.signoff.jsonl 31c61abb --reason named", 0),
        ("redact v1.signoff.jsonl 31c61abb --reason named", 2),
        ("schema sidecar", 0),
        ("schema no-such", 2),
        ("tmux no-such.md", 2),
        ("completions fish", 0),
        ("completions no-such", 2),
        ("man", 0),
        ("man no-such", 2),
        ("man -o /dev/null", 2),
        ("themes --format text", 0),
        ("themes --format text --theme no-such", 2),
        ("themes import scheme.yaml", 2),
    ] {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ran = folder.cutover(&words);
        assert_eq!(ran.code, Some(i32::from(code)), "cutover {line}: {ran:?}");
        // What is refused is said, and not on standard output.
        assert_eq!(
            code == 2 && ran.stderr.is_empty(),
            code == 2 && line.starts_with("verify"),
            "{line}: {ran:?}"
        );
        let named = |word: &&&str| help::HELP.iter().any(|help| help.command == **word && !word.is_empty());
        seen.insert((words.first().filter(named).copied().unwrap_or_default(), code));
    }
    let themes = folder.path().join(".config/cutover/themes");
    std::fs::create_dir_all(&themes).unwrap();
    std::fs::write(themes.join("odd.toml"), "inherits = \"no-such\"\n").unwrap();
    assert_eq!(folder.cutover(&["themes", "--format", "text"]).code, Some(1));
    seen.insert(("themes", 1));

    let said = help::HELP.iter().flat_map(|help| help.exits.iter().map(|(code, _)| (help.command, *code)));
    let said: BTreeSet<(&str, u8)> = said.collect();
    let shown = seen.union(&BTreeSet::from(ELSEWHERE)).copied().collect::<BTreeSet<_>>();
    assert_eq!(shown, said, "left: what was seen; right: what the help says");
}

#[test]
fn a_demo_ends_without_commands_on_files_that_it_removes() {
    let folder = Folder::new(PLAN);
    let mut demo =
        Start::with_args(&folder, &["demo", "--fast"]).env("TMPDIR", folder.path().to_str().unwrap()).spawn();
    demo.wait_for_text("(ctrl-g hides hints)");
    demo.type_text("q");
    demo.wait_for_text("Leave the cockpit?");
    // What is said behind the cockpit is no frame of it.
    let said = until("the question about the report", || {
        demo.type_text("y");
        let raw = String::from_utf8_lossy(&demo.raw()).into_owned();
        raw.contains("enter removes it").then_some(raw)
    });
    assert!(!said.contains("go on:") && !said.contains("cutover verify"), "{said}");
    demo.insist("\r", "the end", |_| false);
    assert_eq!(demo.exit_code(), 0);
}

#[test]
fn what_cannot_be_printed_is_no_success() {
    let ran = Command::new("sh")
        .args(["-c", "exec \"$0\" schema sidecar > /dev/full"])
        .arg(crate::common::program::CUTOVER)
        .output();
    let ran = ran.unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert!(said.starts_with("cutover: cannot write to standard output: "), "{said}");
    // A reader that has seen enough is another matter.
    let head = "\"$0\" schema sidecar | head -c 1 > /dev/null; exit ${PIPESTATUS[0]}";
    let ran = Command::new("bash").args(["-c", head]).arg(crate::common::program::CUTOVER).output().unwrap();
    assert_eq!((ran.status.code(), ran.stderr.len()), (Some(0), 0));
}

/// Every file below a folder, by its path from there.
fn below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                files.insert(entry.path().strip_prefix(folder).unwrap().to_owned());
            }
        }
    }
    files
}

#[test]
fn of_a_home_nothing_is_touched_but_the_word_that_hints_are_not_wanted() {
    for (state, file) in
        [(None, ".local/state/cutover/hints-dismissed"), (Some("st"), "st/cutover/hints-dismissed")]
    {
        let folder = stage();
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
        let mut homes = vec![("HOME", at(""))];
        homes.extend(state.map(|state| ("XDG_STATE_HOME", at(state))));
        let env: Vec<(&str, &str)> = homes.iter().map(|(name, value)| (*name, value.as_str())).collect();
        for line in [
            "new blank",
            "init plan.md",
            "check --probe well.md",
            "verify v1.signoff.jsonl",
            "sign v1.signoff.jsonl --key key --name Kim --role dba --statement moved",
            "report v1.signoff.jsonl -o a.html",
            "status v1.signoff.jsonl",
            "compare v1.signoff.jsonl v1.signoff.jsonl",
            "themes --format text",
            "schema sidecar",
            "completions bash",
            "man",
        ] {
            let ran = folder.cutover_with(&line.split_whitespace().collect::<Vec<_>>(), &env);
            assert_eq!(ran.code, Some(0), "{line}: {ran:?}");
        }
        assert_eq!(below(home.path()), BTreeSet::new());

        let start = homes.iter().fold(Start::run(&folder), |start, (name, value)| start.env(name, value));
        let mut cockpit = start.spawn();
        cockpit.wait_for_text("(ctrl-g hides hints)");
        cockpit.type_text(" ");
        cockpit.wait_for_text("1 of 2");
        assert_eq!(below(home.path()), BTreeSet::new());
        cockpit.press(Press::Control('g'));
        until("the hints are dismissed", || (!below(home.path()).is_empty()).then_some(()));
        leave(&mut cockpit);
        assert_eq!(below(home.path()), BTreeSet::from([PathBuf::from(file)]));
    }
}
