//! What the program says of itself: version, completions, man pages, schemas.

use std::process::Command;

use clap::Parser;
use clap::error::ErrorKind;
use cutover::cli::{Cli, help};

use crate::common::program::CUTOVER;

fn said(arguments: &[&str]) -> String {
    let ran = Command::new(CUTOVER).args(arguments).output().unwrap();
    assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn the_version_is_the_packages() {
    assert!(said(&["--version"]).starts_with(concat!("cutover ", env!("CARGO_PKG_VERSION"))));
}

/// The commands that `--help` lists.
fn commands() -> Vec<String> {
    let help = said(&["--help"]);
    let list = help.split_once("Commands:\n").unwrap().1.split_once("\n\n").unwrap().0;
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

#[test]
fn bash_takes_its_completions_and_offers_every_command() {
    let script = said(&["completions", "bash"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cutover.bash");
    std::fs::write(&file, script).unwrap();
    let ask = r#"source "$1"; COMP_WORDS=(cutover ""); COMP_CWORD=1; _cutover cutover "" cutover; echo "${COMPREPLY[@]}""#;
    let ran = Command::new("bash").args(["-c", ask, "bash"]).arg(file).output().unwrap();
    let offered = String::from_utf8(ran.stdout).unwrap();
    for command in commands() {
        assert!(offered.split_whitespace().any(|word| word == command), "{command}: {offered}");
    }
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        assert!(said(&["completions", shell]).contains("cutover"), "{shell}");
    }
}

#[test]
fn every_command_and_every_chapter_has_a_page() {
    assert!(said(&["man"]).contains(".TH cutover 1"));
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("man");
    said(&["man", "-o", folder.to_str().unwrap()]);
    for command in commands().iter().filter(|command| *command != "help") {
        let page = std::fs::read_to_string(folder.join(format!("man1/cutover-{command}.1"))).unwrap();
        assert_eq!(page, said(&["man", command]));
        for section in ["NAME", "OPTIONS", "EXAMPLES", "EXIT STATUS", "SEE ALSO"] {
            assert!(page.contains(&format!(".SH {section}\n")), "{section}: {page}");
        }
        let short = page.lines().find(|line| line.starts_with(&format!("cutover\\-{command}")));
        assert!(short.is_some_and(|line| line.len() > command.len() + 15), "{page}");
    }
    for section in ["FILES", "ENVIRONMENT"] {
        assert!(said(&["man"]).contains(&format!(".SH {section}\n")), "{section}");
    }
    for (chapter, says) in [
        ("cockpit", ".TP\nT\nstate when it was really done"),
        ("log", "while IFS= read -r line; do"),
        ("plan", "point_of_no_return = true             # go or no-go"),
    ] {
        let page = std::fs::read_to_string(folder.join(format!("man7/cutover-{chapter}.7"))).unwrap();
        assert_eq!(page, said(&["man", chapter]));
        let text = page.replace("\\-", "-").replace("\\(aq", "'").replace("\\fB", "").replace("\\fR", "");
        assert!(text.contains(says), "{says}: {text}");
    }
    let groff = Command::new("sh")
        .arg("-c")
        .arg("groff -k -man -ww -Tutf8 -z man*/*")
        .current_dir(&folder)
        .output()
        .unwrap();
    assert_eq!((groff.status.code(), String::from_utf8(groff.stderr).unwrap().as_str()), (Some(0), ""));
    let unknown = Command::new(CUTOVER).args(["man", "lgo"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn schemas_are_json() {
    for of in ["report", "sidecar"] {
        let schema: serde_json::Value = serde_json::from_str(&said(&["schema", of])).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(schema["properties"].as_object().unwrap().len() > 10);
    }
}

/// The words of a command line as far as it is ours: no comment, no pipe, no redirection.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for sign in line.chars() {
        match sign {
            '"' => quoted = !quoted,
            '#' | '|' | '>' if !quoted => break,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn every_command_line_that_is_printed_is_one() {
    let pages = ["README.md", "src/cli/manual/cockpit.md", "src/cli/manual/log.md", "src/cli/manual/plan.md"];
    let pages: String = pages.map(|page| std::fs::read_to_string(page).unwrap()).concat();
    let blocks =
        pages.split("\n```").filter(|block| block.starts_with("sh\n") || block.starts_with("console\n"));
    let printed = blocks.flat_map(str::lines).map(|line| line.strip_prefix("$ ").unwrap_or(line));
    let examples = help::HELP.iter().flat_map(|help| help.examples).map(|(line, _)| *line);
    let lines: Vec<&str> = printed.chain(examples).filter(|line| line.starts_with("cutover ")).collect();
    assert!(lines.len() > 60, "{lines:?}");
    for line in lines {
        if let Err(error) = Cli::try_parse_from(words(line)) {
            // A word in capitals stands for a value of the reader's own, such as a hash.
            assert_eq!(error.kind(), ErrorKind::ValueValidation, "{line}: {error}");
        }
    }
}
