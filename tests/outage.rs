//! Outages of a real server, broken and mended on cue, seen by the real program; and how it calls the operator.

use std::process::Command;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cutover::clock::{Clock, SystemClock};

use crate::common::folder::Folder;
use crate::common::http::{Answer, Server};
use crate::common::program::{CUTOVER, environment, until};
use crate::common::pty::Start;

const EVERY: Duration = Duration::from_millis(400);
/// How far the moment at which the server changes and the moments that a look counts by may be apart on a busy machine:
/// within a probing interval is what is promised.
const SLACK: Duration = EVERY;

/// A run with one public check of this server.
fn folder(server: &Server) -> Folder {
    let folder = Folder::new("# Move\n\n## One\n\n- [ ] first\n- [ ] second\n");
    folder.sidecar(&format!(
        "outage_goal = \"15m\"\n[[health]]\nname = \"shop\"\nurl = \"{}\"\npublic = true\nevery = \"400ms\"\n\
         timeout = \"400ms\"\nretry = 0\n",
        server.url("/health")
    ));
    folder
}

fn moment(event: &serde_json::Value, key: &str) -> DateTime<Utc> {
    event[key].as_str().unwrap().parse().unwrap()
}

/// The event's moment is not earlier than the truth, and later by no more than the looks before it allow.
#[track_caller]
fn near(event: &serde_json::Value, key: &str, truth: DateTime<Utc>) {
    let off = moment(event, key) - truth;
    let slack = chrono::TimeDelta::from_std(SLACK).unwrap();
    let resolution = event["resolution_ms"].as_u64().map(Duration::from_millis).unwrap();
    let most = chrono::TimeDelta::from_std(resolution.max(EVERY)).unwrap() + slack;
    assert!(-slack <= off && off <= most, "{key} is off by {off}: {event}");
}

#[test]
fn twenty_outages_of_twenty_are_within_a_probing_interval_of_the_truth() {
    let server = Server::start(Answer::healthy());
    let folder = folder(&server);
    let terminal = Start::run(&folder).size(120, 40).spawn();
    until("the first good reading", || (!folder.events_named("probe.changed").is_empty()).then_some(()));
    for round in 1..=20 {
        let broken = SystemClock.now().wall;
        server.answer(Answer::json(503, "{}"));
        let began = until("an outage", || folder.events_named("outage.began").into_iter().nth(round - 1));
        near(&began, "since", broken);
        let mended = SystemClock.now().wall;
        server.answer(Answer::healthy());
        let ended = until("its end", || folder.events_named("outage.ended").into_iter().nth(round - 1));
        near(&ended, "until", mended);
        let lasted = Duration::from_millis(ended["lasted_ms"].as_u64().unwrap());
        let between = (moment(&ended, "until") - moment(&began, "since")).to_std().unwrap();
        assert!(lasted.abs_diff(between) <= SLACK, "{began}\n{ended}");
    }
    terminal.wait_for("the sum", |frame| frame.lines().any(|line| line.contains("outage 00:")));
    let ran = folder.cutover(&["report", folder.log().to_str().unwrap(), "-o", "report.md"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let page = std::fs::read_to_string(folder.path().join("report.md")).unwrap();
    assert!(page.contains("## Outage"), "{page}");
    assert_eq!(page.matches("| outage |").count(), 20, "{page}");
}

#[test]
fn everybody_in_a_tmux_session_is_called() {
    let server = Server::start(Answer::healthy());
    let folder = folder(&server);
    let socket = folder.path().join("tmux").to_str().unwrap().to_owned();
    let tmux = |args: &[&str]| {
        let mut command = Command::new("tmux");
        command.args(["-S", &socket, "-f", "/dev/null"]).args(args).current_dir(folder.path());
        command.env_clear().envs(environment(folder.path()));
        let output = command.output().expect("tmux is installed");
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let run = format!("'{CUTOVER}' run plan.md --operator dana");
    let (started, _) = tmux(&["-u", "new-session", "-d", "-s", "day", "-x", "100", "-y", "30", &run]);
    assert!(started);
    tmux(&["set-option", "-g", "display-time", "30000"]);
    // Somebody looks at another window of the session.
    tmux(&["new-window", "-t", "day", "cat"]);
    let path = std::env::var_os("PATH").unwrap();
    let program =
        std::env::split_paths(&path).map(|folder| folder.join("tmux")).find(|it| it.is_file()).unwrap();
    let client = Start::with_args(&folder, &["-u", "-S", &socket, "attach", "-t", "day"])
        .size(100, 30)
        .spawn_program(&program);
    until("a client", || (!tmux(&["list-clients"]).1.is_empty()).then_some(()));
    // The first readings call nobody.
    until("some readings", || (server.requests().len() >= 5).then_some(()));
    server.answer(Answer::json(503, "{}"));
    until("the message", || {
        let raw = client.raw();
        let wanted = b"users are not served since";
        raw.windows(wanted.len()).any(|part| part == wanted).then_some(())
    });
    until("the bell", || {
        let (_, flags) = tmux(&["list-windows", "-t", "day", "-F", "#{window_index} #{window_bell_flag}"]);
        flags.lines().any(|line| line == "0 1").then_some(())
    });
    assert_eq!(folder.events_named("outage.began").len(), 1);
    tmux(&["kill-server"]);
}
