//! Logs: commands that follow one, and files that the plan looks into.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::entry::{Draft, Entry, Kind, named};
use super::pattern;
use super::read::{Call, Line, SHOWING};
use super::vars::Open;

static FILE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:^|[\s`(:,=])((?:/[\w.@*$<>{}-]+)+\.(?:log|err|out)|/var/log/[\w./*-]+[\w*])")
});
static LOOKS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(watch\w*|tail\w*|follow\w*|monitor\w*|check\w*|look\w*|logs?|errors?|inspect\w*|review\w*|no new)\b",
    )
});

/// A program that follows a log: its first words, what makes it follow, and where its subject stands.
struct Follower {
    program: &'static str,
    /// Words that must be there.
    with: &'static [&'static str],
    /// Words of which one makes it go on; the first is added where none is there.
    follows: &'static [&'static str],
    /// Options behind which the subject's name stands.
    subject: &'static [&'static str],
}

const FOLLOWERS: [Follower; 22] = [
    Follower {
        program: "journalctl",
        with: &[],
        follows: &["-f", "--follow"],
        subject: &["-u", "--unit", "--user-unit", "-t"],
    },
    Follower {
        program: "kubectl",
        with: &["logs"],
        follows: &["-f", "--follow", "--follow=true"],
        subject: &["-l", "--selector"],
    },
    Follower { program: "oc", with: &["logs"], follows: &["-f", "--follow"], subject: &["-l"] },
    Follower { program: "stern", with: &[], follows: &[], subject: &[] },
    Follower { program: "docker", with: &["logs"], follows: &["-f", "--follow"], subject: &[] },
    Follower { program: "docker-compose", with: &["logs"], follows: &["-f", "--follow"], subject: &[] },
    Follower { program: "podman", with: &["logs"], follows: &["-f", "--follow"], subject: &[] },
    Follower { program: "az", with: &["log", "tail"], follows: &[], subject: &["--name", "-n"] },
    Follower {
        program: "az",
        with: &["containerapp", "logs", "show"],
        follows: &["--follow"],
        subject: &["--name", "-n"],
    },
    Follower { program: "heroku", with: &["logs"], follows: &["--tail", "-t"], subject: &["-a", "--app"] },
    Follower { program: "gcloud", with: &["logs", "tail"], follows: &[], subject: &["--service"] },
    Follower { program: "gcloud", with: &["logging", "tail"], follows: &[], subject: &[] },
    Follower { program: "aws", with: &["logs", "tail"], follows: &["--follow"], subject: &[] },
    Follower { program: "fly", with: &["logs"], follows: &[], subject: &["-a", "--app"] },
    Follower { program: "flyctl", with: &["logs"], follows: &[], subject: &["-a", "--app"] },
    Follower { program: "cf", with: &["logs"], follows: &[], subject: &[] },
    Follower { program: "dokku", with: &["logs"], follows: &["-t", "--tail"], subject: &[] },
    Follower { program: "pm2", with: &["logs"], follows: &[], subject: &[] },
    Follower { program: "vercel", with: &["logs"], follows: &["--follow", "-f"], subject: &[] },
    Follower { program: "wrangler", with: &["tail"], follows: &[], subject: &[] },
    Follower { program: "railway", with: &["logs"], follows: &[], subject: &[] },
    Follower { program: "supervisorctl", with: &["tail"], follows: &["-f"], subject: &[] },
];

/// Every log that the plan follows or looks into.
pub(super) fn find(lines: &[Line], calls: &[Call], open: &mut Open, draft: &mut Draft) {
    for call in calls {
        follow(call, open, draft);
        files(call, open, draft);
        folder(call, open, draft);
    }
    for line in lines {
        for found in FILE.captures_iter(&line.text) {
            let path = found[1].trim_end_matches(['.', ',']);
            let told = draft.of(Kind::Log).any(|entry| entry.told().contains(path));
            if !told && !calls.iter().any(|call| call.line == line.number && call.whole.contains(path)) {
                let why = (!LOOKS.is_match(&line.text))
                    .then_some("the plan names the file: is it a log to follow?");
                draft.add(file(path, line.number, open).doubt(why));
            }
        }
    }
}

fn file(path: &str, line: u32, open: &mut Open) -> Entry {
    let filled = open.fill(path, line);
    let mut parts =
        path.trim_end_matches(".log").rsplit('/').filter(|part| !part.contains('*') && !part.is_empty());
    let stem = parts.next().unwrap_or("log");
    // `error.log` and the like say little without their folder.
    let folder = parts.next().filter(|folder| !matches!(*folder, "log" | "logs" | "var"));
    let name = match folder {
        Some(folder)
            if matches!(stem, "error" | "access" | "current" | "app" | "production" | "main" | "output") =>
        {
            format!("{folder}-{stem}")
        }
        _ => stem.to_owned(),
    };
    let relative = (!path.starts_with(['/', '$', '<'])).then_some("from which folder?");
    let entry = Entry::new(Kind::Log, &named(&name), line).text("file", &filled.text);
    entry.doubt(filled.doubt).doubt(relative)
}

/// `tail -f FILE`, `less FILE`.
fn files(call: &Call, open: &mut Open, draft: &mut Draft) {
    if !SHOWING.contains(&call.program()) {
        return;
    }
    let words = call.words();
    let follows = call.program() == "tail"
        && words.iter().any(|word| matches!(*word, "-f" | "-F" | "--follow") || is_follow(word));
    let logs = words.iter().skip(1).filter(|word| {
        let path = word.contains('/') || word.contains('.');
        let log = FILE.is_match(word) || follows && path || is_log(word);
        log && !word.starts_with('-') && !word.starts_with('|')
    });
    for path in logs {
        let entry = file(path, call.line, open);
        draft.add(open.via(entry, call));
    }
}

/// Whether a file is a log, by its name.
pub(super) fn is_log(file: &str) -> bool {
    let end = Path::new(file).extension();
    end.is_some_and(|end| end.eq_ignore_ascii_case("log") || end.eq_ignore_ascii_case("out"))
}

/// A folder that a program writes its logs into.
fn folder(call: &Call, open: &mut Open, draft: &mut Draft) {
    let words = call.words();
    let Some(folder) = words.iter().find_map(|word| word.strip_prefix("--log-dir=")) else { return };
    let why = "a folder for logs: which files does it get?";
    let entry = file(&format!("{}/*", folder.trim_end_matches('/')), call.line, open);
    draft.add(open.via(entry, call).doubt(Some(why)));
}

/// `-fn100`, `-100f`.
fn is_follow(word: &str) -> bool {
    let letters = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
    letters.is_some_and(|rest| rest.contains(['f', 'F']) && rest.chars().all(|c| "fFn0123456789".contains(c)))
}

fn follow(call: &Call, open: &mut Open, draft: &mut Draft) {
    let program = call.program();
    let words = call.words();
    let fits = |it: &&Follower| it.program == program && it.with.iter().all(|word| words.contains(word));
    let Some(follower) = FOLLOWERS.iter().find(fits) else { return };
    let Some(name) = subject(follower, &words) else { return };
    let mut argv: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let on = |argv: &[String]| {
        argv.iter().any(|word| follower.follows.contains(&word.as_str()) || is_follow(word))
    };
    if let (Some(option), false) = (follower.follows.first(), on(&argv)) {
        let last = follower.with.last().and_then(|word| argv.iter().position(|it| it == word));
        argv.insert(last.unwrap_or(0) + 1, (*option).to_owned());
    }
    // `tail -10000 sm-graphql` prints and ends; `-f` takes its place.
    if program == "supervisorctl" {
        argv.retain(|word| {
            !word.strip_prefix('-').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
        });
    }
    argv.retain(|word| word != "--no-pager");
    let (argv, doubt) = open.fill_all(&argv, call.line);
    let label = name.to_lowercase();
    let entry = Entry::new(Kind::Log, &named(&label), call.line).list("exec", &argv).doubt(doubt);
    draft.add(open.via(entry, call));
}

/// What the log is of: behind an option, else the last plain word; none if the words name no log.
fn subject(follower: &Follower, words: &[&str]) -> Option<String> {
    let behind = follower.subject.iter().find_map(|option| {
        let at = words.iter().position(|word| word == option);
        let glued = words.iter().find_map(|word| word.strip_prefix(option)?.strip_prefix('='));
        at.and_then(|at| words.get(at + 1)).copied().or(glued)
    });
    let plain = || {
        let mut plain = Vec::new();
        let mut skip = false;
        for word in &words[1..] {
            let option = word.starts_with('-');
            if !option && !skip && !follower.with.contains(word) && *word != "compose" && *word != "beta" {
                plain.push(*word);
            }
            skip = option && takes(word);
        }
        plain.last().copied()
    };
    let alone = matches!(
        follower.program,
        "heroku"
            | "docker-compose"
            | "docker"
            | "fly"
            | "pm2"
            | "railway"
            | "wrangler"
            | "gcloud"
            | "aws"
            | "journalctl"
            | "kubectl"
    );
    let name = behind.or_else(plain);
    match name {
        Some(name) => {
            let name = name.rsplit('=').next().unwrap_or(name);
            let name = name.rsplit('/').find(|part| !part.is_empty()).unwrap_or(name);
            Some(name.trim_end_matches(".service").to_owned())
        }
        None if alone && words.len() > 2 && words.iter().any(|word| follower.follows.contains(word)) => {
            Some(follower.program.to_owned())
        }
        None => None,
    }
}

/// Options that take a word.
fn takes(word: &str) -> bool {
    matches!(
        word,
        "-n" | "--namespace"
            | "-c"
            | "--container"
            | "--since"
            | "--tail"
            | "--context"
            | "-g"
            | "--resource-group"
            | "--name"
            | "-a"
            | "--app"
            | "-p"
            | "--region"
            | "--project"
            | "--lines"
            | "--format"
            | "-u"
            | "-o"
            | "-l"
            | "--ps"
            | "-d"
            | "--dyno"
            | "--source"
            | "--num"
            | "--limit"
            | "--profile"
            | "--kubeconfig"
            | "--file"
    )
}
