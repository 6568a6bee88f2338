//! Services: units of systemd and supervisor, and programs that say how something is.

use std::sync::LazyLock;

use regex::Regex;

use super::entry::{Draft, Entry, Kind, named};
use super::pattern;
use super::read::{Call, Line};
use super::vars::Open;

static UNIT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:^|[\s`(,'\x22])([A-Za-z0-9@_\\-][A-Za-z0-9@_.\\-]*\.(?:service|timer|socket))\b")
});
/// States that `supervisorctl status` prints behind a program's name.
const STATES: [&str; 6] = ["RUNNING", "STARTING", "STOPPED", "FATAL", "BACKOFF", "EXITED"];

/// Every service that the plan speaks of.
pub(super) fn find(lines: &[Line], calls: &[Call], open: &mut Open, draft: &mut Draft) {
    let user = calls.iter().any(|call| call.program() == "systemctl" && call.words().contains(&"--user"))
        || lines.iter().any(|line| line.text.contains(".config/systemd/user"));
    let mut listing = None;
    for call in calls {
        let words = call.words();
        if words == ["supervisorctl", "status"] {
            listing = Some(call);
        } else if let (Some(listing), [program, state, ..]) = (listing, words.as_slice())
            && STATES.contains(state)
        {
            // What it printed on a day that all was well.
            let printed = Call { line: call.line, ..listing.clone() };
            supervised(&printed, program, open, draft);
        }
        match call.program() {
            "systemctl" => systemctl(call, open, draft),
            "service" | "rc-service" => service(call, open, draft),
            "supervisorctl" => supervisor(call, open, draft),
            "pg_isready" | "mysqladmin" => answers(call, &[], open, draft),
            "redis-cli" if call.words().contains(&"ping") => {
                answers(call, &["stdout contains PONG"], open, draft);
            }
            "kubectl" | "oc" => rollout(call, open, draft),
            program if program.starts_with("check_") && is_nagios(&call.words()) => {
                draft.add(exec(call, &call.words(), program, open).raw("nagios", "true".to_owned()));
            }
            _ => {}
        }
    }
    for line in lines {
        for found in UNIT.captures_iter(&line.text) {
            let unit = &found[1];
            let argv = active(unit, user);
            draft.add(Entry::new(Kind::Health, &named(unit), line.number).list("exec", &argv));
        }
    }
}

/// Whether a check's words are those of a monitoring plug-in.
fn is_nagios(words: &[&str]) -> bool {
    words[0].contains('/') || words.iter().any(|word| matches!(*word, "-H" | "-w" | "-c"))
}

fn active(unit: &str, user: bool) -> Vec<String> {
    let mut argv = vec!["systemctl".to_owned()];
    argv.extend(user.then(|| "--user".to_owned()));
    argv.extend(["is-active".to_owned(), unit.to_owned()]);
    argv
}

fn exec<T: AsRef<str>>(call: &Call, argv: &[T], name: &str, open: &mut Open) -> Entry {
    let (argv, doubt) = open.fill_all(argv, call.line);
    let entry = Entry::new(Kind::Health, &named(name), call.line).list("exec", &argv).doubt(doubt);
    open.via(entry, call)
}

fn systemctl(call: &Call, open: &mut Open, draft: &mut Draft) {
    const VERBS: [&str; 12] = [
        "status",
        "start",
        "restart",
        "reload",
        "try-restart",
        "enable",
        "is-active",
        "is-enabled",
        "stop",
        "disable",
        "reload-or-restart",
        "mask",
    ];
    let words = call.words();
    let user = words.contains(&"--user");
    let Some(at) = words.iter().position(|word| VERBS.contains(word)) else { return };
    let stops = matches!(words[at], "stop" | "disable" | "mask");
    for unit in words[at + 1..].iter().filter(|word| !word.starts_with('-')) {
        let argv = active(unit, user);
        let why = "the plan stops it: from then on it is meant to be down";
        draft.add(exec(call, &argv, unit.trim_end_matches(".service"), open).doubt(stops.then_some(why)));
    }
}

fn service(call: &Call, open: &mut Open, draft: &mut Draft) {
    let words = call.words();
    let [_, name, verb, ..] = words.as_slice() else { return };
    if matches!(*verb, "status" | "start" | "restart" | "reload") {
        draft.add(exec(call, &["service", name, "status"], name, open));
    }
}

fn supervisor(call: &Call, open: &mut Open, draft: &mut Draft) {
    let words = call.words();
    match words.get(1..).unwrap_or_default() {
        ["status"] => draft.add(exec(call, &words, "supervisor", open)),
        ["status" | "start" | "restart", programs @ ..] => {
            for program in programs.iter().filter(|program| **program != "all") {
                supervised(call, program, open, draft);
            }
        }
        _ => {}
    }
}

fn supervised(call: &Call, program: &str, open: &mut Open, draft: &mut Draft) {
    draft.add(exec(call, &["supervisorctl", "status", program], program, open));
}

/// A program whose exit code says that something answers.
fn answers(call: &Call, expect: &[&str], open: &mut Open, draft: &mut Draft) {
    let words = call.words();
    let host = words.iter().position(|word| *word == "-h").and_then(|at| words.get(at + 1));
    let name = host.map_or(call.program(), |host| host.split('.').next().unwrap_or(host));
    let entry = exec(call, &words, &format!("{name}-{}", call.program()), open);
    draft.add(if expect.is_empty() { entry } else { entry.list("expect", expect) });
}

/// `kubectl rollout status`, asked without waiting.
fn rollout(call: &Call, open: &mut Open, draft: &mut Draft) {
    let words = call.words();
    if !words.windows(2).any(|pair| pair == ["rollout", "status"]) {
        return;
    }
    let at = words.iter().position(|word| *word == "status").unwrap_or_default();
    let Some(what) = words[at + 1..].iter().find(|word| !word.starts_with('-')) else { return };
    let mut argv: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !word.starts_with("--timeout") && !word.starts_with("--watch"))
        .collect();
    argv.push("--watch=false");
    let name = what.rsplit('/').next().unwrap_or(what);
    draft.add(
        exec(call, &argv, &format!("{name}-rollout"), open)
            .list("expect", &["stdout contains \"successfully rolled out\""]),
    );
}
