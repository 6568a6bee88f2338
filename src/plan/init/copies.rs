//! Copies: commands of the tools whose progress can be followed.

use std::sync::LazyLock;

use regex::Regex;

use super::entry::{Draft, Entry, Kind, named};
use super::pattern;
use super::read::{Call, Line, SHOWING};
use super::vars::Open;
use crate::plan::hints::quoted;

static WORK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(re-?index|back-?fill|\bresync|populate|(?:blob|data|object|bulk|asset|media|file)s?[-_]migrat|migrate[-_](?:backend|blobs?|data|assets|objects|files|media)|update_\w*index|copy[-_](?:all|data|objects|files|blobs)|import[-_](?:data|all))\w*",
    )
});
/// Changes of a schema are quick, and no copy.
static QUICK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(db:migrate|manage\.py migrate|alembic|flyway|liquibase|knex|prisma|sequelize|status|--dry-?run|check\w*|verify\w*|compare\w*|ansible\S*|git|install|mkdir|terraform)\b",
    )
});
static SAID: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(azcopy|rclone|rsync)\b.*\b(cop(?:y|ies|ied|ying)|sync\w*|running|transfer\w*|instance|migrat\w*)\b|\b(?:cop(?:y|ied|ying)|sync\w*|run\w*|started|transfer\w*)\b.*\b(azcopy|rclone|rsync)\b",
    )
});

/// A tool, what its words must be to copy, and what makes it tell how far it is.
struct Tool {
    program: &'static str,
    /// One of these is among its words; empty: any call copies.
    verbs: &'static [&'static str],
    /// Put behind the program's name, unless one of them is there.
    tells: &'static [&'static str],
    /// Its words, by the name that `format` has for them; none: it says nothing, and its process is watched.
    format: &'static str,
}

const TOOLS: [Tool; 25] = [
    Tool {
        program: "azcopy",
        verbs: &["copy", "cp", "sync", "c", "s"],
        tells: &["--output-type=json"],
        format: "azcopy",
    },
    Tool {
        program: "rclone",
        verbs: &["copy", "sync", "move", "copyto", "bisync"],
        tells: &["--use-json-log", "--stats=2s", "--stats-log-level=NOTICE"],
        format: "rclone",
    },
    Tool { program: "rsync", verbs: &[], tells: &["--info=progress2"], format: "rsync" },
    Tool { program: "aws", verbs: &["sync", "cp", "mv"], tells: &[], format: "aws-s3" },
    Tool { program: "s5cmd", verbs: &["cp", "sync", "mv"], tells: &["--json"], format: "s5cmd" },
    Tool { program: "gsutil", verbs: &["cp", "rsync", "mv"], tells: &[], format: "gsutil" },
    Tool { program: "gcloud", verbs: &["cp", "rsync", "mv"], tells: &[], format: "gcloud-storage" },
    Tool { program: "mongodump", verbs: &[], tells: &[], format: "mongodump" },
    Tool { program: "mongorestore", verbs: &[], tells: &[], format: "mongorestore" },
    Tool { program: "mongoimport", verbs: &[], tells: &[], format: "mongoimport" },
    Tool { program: "mongoexport", verbs: &[], tells: &[], format: "mongoexport" },
    Tool { program: "pg_dump", verbs: &[], tells: &["-v"], format: "pg_dump" },
    Tool { program: "pg_restore", verbs: &[], tells: &["-v"], format: "pg_restore" },
    Tool { program: "pg_basebackup", verbs: &[], tells: &["-P"], format: "pg_basebackup" },
    Tool { program: "gh-ost", verbs: &[], tells: &[], format: "gh-ost" },
    Tool { program: "restic", verbs: &["backup", "copy", "restore"], tells: &["--json"], format: "restic" },
    Tool { program: "dd", verbs: &[], tells: &["status=progress"], format: "dd" },
    Tool { program: "pg_dumpall", verbs: &[], tells: &[], format: "" },
    Tool { program: "mysqldump", verbs: &[], tells: &[], format: "" },
    Tool { program: "mariadb-dump", verbs: &[], tells: &[], format: "" },
    Tool { program: "mydumper", verbs: &[], tells: &[], format: "" },
    Tool { program: "myloader", verbs: &[], tells: &[], format: "" },
    Tool { program: "pgcopydb", verbs: &["clone", "follow", "copy"], tells: &[], format: "" },
    Tool { program: "pgloader", verbs: &[], tells: &[], format: "" },
    Tool { program: "mc", verbs: &["mirror", "cp"], tells: &[], format: "" },
];

/// Every copy that the plan has made.
pub(super) fn find(lines: &[Line], calls: &[Call], open: &mut Open, draft: &mut Draft) {
    let mut last: Option<&Call> = None;
    for call in calls {
        let words = call.words();
        let fits = |tool: &&Tool| tool.program == call.program() && copies(tool, &words);
        // Both ends of a pipe are one copy.
        let piped = last.is_some_and(|last| {
            last.simple.needs_shell
                && call.simple.needs_shell
                && (last.line, &last.whole) == (call.line, &call.whole)
        });
        match TOOLS.iter().find(fits) {
            Some(_) if piped => {}
            Some(tool) => {
                draft.add(entry(tool, call, open));
                last = Some(call);
            }
            None => add_own(call, open, draft),
        }
    }
    // One that is only spoken of.
    for line in lines {
        let Some(found) = SAID.captures(&line.text) else { continue };
        let Some(tool) = found.get(1).or(found.get(3)).map(|tool| tool.as_str().to_lowercase()) else {
            continue;
        };
        if draft.of(Kind::Copy).any(|known| known.told().contains(&tool)) {
            continue;
        }
        let source = if tool == "azcopy" {
            "{ azcopy = \".azcopy\" }".to_owned()
        } else {
            format!("{{ pid = '\\b{tool}\\b' }}")
        };
        let why = if tool == "azcopy" {
            "spoken of, without its command; `azcopy env` prints the folder of its logs"
        } else {
            "spoken of, without its command"
        };
        draft.add(Entry::new(Kind::Copy, &tool, line.number).raw("source", source).doubt(Some(why)));
    }
}

/// Whether the words of a tool's call copy something.
fn copies(tool: &Tool, words: &[&str]) -> bool {
    let dry = words
        .iter()
        .any(|word| matches!(*word, "--dry-run" | "-n" | "--dryrun" | "--version" | "--help" | "--list"));
    let verb = tool.verbs.is_empty() || words.iter().any(|word| tool.verbs.contains(word));
    let plain = words.iter().skip(1).filter(|word| !word.starts_with('-')).count();
    let (own, least) = match tool.program {
        "aws" => (words.contains(&"s3"), 4),
        "gcloud" => (words.contains(&"storage"), 4),
        "azcopy" | "rclone" | "s5cmd" | "gsutil" | "mc" => (true, 3),
        "rsync" => (!words.contains(&"--list-only"), 2),
        "dd" => (words.iter().any(|word| word.starts_with("of=")), 0),
        "pg_dump" => (!words.contains(&"-s") && !words.contains(&"--schema-only"), 0),
        "mydumper" | "myloader" | "gh-ost" => (true, 0),
        _ => (words.len() > 1, 0),
    };
    let ignored = dry && !matches!(tool.program, "restic" | "pg_restore" | "mongorestore")
        || words.contains(&"--dryrun");
    verb && own && plain >= least && !ignored
}

fn entry(tool: &Tool, call: &Call, open: &mut Open) -> Entry {
    let words = call.words();
    let entry = Entry::new(Kind::Copy, &name(tool, &words), call.line);
    let rollback = call.is_rollback.then_some("part of a rollback");
    if tool.program == "rclone" && words.iter().any(|word| *word == "--rc" || word.starts_with("--rc-addr")) {
        let glued = words.iter().find_map(|word| word.strip_prefix("--rc-addr="));
        let beside =
            words.iter().position(|word| *word == "--rc-addr").and_then(|at| words.get(at + 1)).copied();
        let address = glued.or(beside).unwrap_or("127.0.0.1:5572");
        return entry.raw("source", format!("{{ rclone = \"http://{address}\" }}")).doubt(rollback);
    }
    if let Some(file) = log_file(call, &words) {
        let filled = open.fill(&file, call.line);
        let entry = entry.raw("source", format!("{{ file = {} }}", quoted(&filled.text)));
        let entry = open.via(entry, call);
        let entry = if tool.format.is_empty() { entry } else { entry.text("format", tool.format) };
        return entry.doubt(filled.doubt).doubt(rollback);
    }
    if tool.format.is_empty() || call.via.is_some() {
        // Its own words cannot be read from here, its process can.
        let entry = entry.raw("source", format!("{{ pid = '\\b{}\\b' }}", tool.program));
        return open.via(entry, call).doubt(rollback);
    }
    let (argv, doubt) = started(tool, call, open);
    let entry = entry
        .raw("source", format!("{{ start = {} }}", super::entry::list(&argv)))
        .text("format", tool.format);
    let remote = words.contains(&"sudo").then_some("asks for a password");
    entry.doubt(doubt).doubt(rollback).doubt(remote)
}

/// The file that its words go into.
fn log_file(call: &Call, words: &[&str]) -> Option<String> {
    let named = words.iter().find_map(|word| word.strip_prefix("--log-file=")).map(str::to_owned);
    let beside = || {
        let at = words.iter().position(|word| *word == "--log-file")?;
        words.get(at + 1).map(|word| (*word).to_owned())
    };
    // What a dump writes is the dump.
    let output = || call.simple.output.clone().filter(|file| super::logs::is_log(file));
    named.or_else(beside).or_else(output)
}

/// The command as it is started, with what makes it tell how far it is.
fn started(tool: &Tool, call: &Call, open: &mut Open) -> (Vec<String>, Option<String>) {
    let words = call.words();
    let given = |option: &str| {
        let name = option.split('=').next().unwrap_or(option);
        words.iter().any(|word| word.split('=').next() == Some(name))
            || (option == "-v" && words.contains(&"--verbose"))
    };
    let more: Vec<&str> = tool.tells.iter().copied().filter(|option| !given(option)).collect();
    if call.simple.needs_shell || call.simple.output.is_some() {
        let told = format!("{} {}", tool.program, more.join(" "));
        let text = call.whole.replacen(tool.program, told.trim_end(), 1).replace("\\\n", " ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let filled = open.fill(&text, call.line);
        return (vec!["sh".to_owned(), "-c".to_owned(), filled.text], filled.doubt);
    }
    let mut argv = words.clone();
    argv.splice(1..1, more);
    open.fill_all(&argv, call.line)
}

/// A copy's name: what it copies, as far as the words tell.
fn name(tool: &Tool, words: &[&str]) -> String {
    let mut places = words
        .iter()
        .skip(1)
        .filter(|word| !word.starts_with('-') && (word.contains('/') || word.contains(':')));
    let source = places.next().copied().unwrap_or_default();
    let path = source.split(['?', '$', '<']).next().unwrap_or_default();
    let part = path.rsplit(['/', ':']).find(|part| !part.is_empty() && part.chars().any(char::is_alphabetic));
    let part =
        part.filter(|_| !path.contains('@') || path.contains(":/")).map(|part| part.trim_matches(['*', '.']));
    match part.filter(|part| part.len() > 1 && part.len() < 32 && !part.contains('=') && !part.contains('.'))
    {
        Some(part) => named(part),
        None => named(tool.program),
    }
}

/// A program of the team's own that copies, by its name: how it tells its progress is not known.
fn add_own(call: &Call, open: &mut Open, draft: &mut Draft) {
    let Some(name) = own(call) else { return };
    let known = draft.entries.iter_mut().find(|known| known.kind == Kind::Copy && known.name == name);
    if let Some(known) = known {
        // The same program, for another part.
        known.lines.insert(call.line);
        return;
    }
    let (argv, _) = open.fill_all(&call.words(), call.line);
    let why = "a program of your own: say by `regex` how it tells its progress, or watch it by `pid`";
    let entry = Entry::new(Kind::Copy, &name, call.line)
        .raw("source", format!("{{ start = {} }}", super::entry::list(&argv)))
        .text("regex", r"(?<done>\d+)\s*(?:/|of)\s*(?<total>\d+)");
    draft.add(entry.doubt(Some(why)));
}

/// The word that says so, if the call is of such a program.
fn own(call: &Call) -> Option<String> {
    let words = call.words();
    if words.len() < 2 || QUICK.is_match(&call.whole) || SHOWING.contains(&call.program()) {
        return None;
    }
    // Neither options nor the folders and texts that a program is given.
    let verbs = words
        .iter()
        .enumerate()
        .filter(|(n, word)| !word.starts_with('-') && (*n == 0 || !word.starts_with('/')));
    let mut verbs =
        verbs.map(|(_, word)| word.rsplit('/').next().unwrap_or(word)).filter(|word| !word.contains(' '));
    verbs.find_map(|word| WORK.find(word)).map(|found| named(found.as_str()))
}
