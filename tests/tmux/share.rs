//! `cutover tmux PLAN`: the first opens the session, others join it, and all see the same cockpit.

use std::process::Command;

use crate::common::folder::Folder;
use crate::common::program::{CUTOVER, environment, until};
use crate::common::pty::{Start, Terminal};

/// A folder whose tmux servers are its own, gone when dropped.
struct Team(Folder);

impl Team {
    fn tmux(&self, words: &[&str]) -> std::process::Output {
        let mut command = Command::new("tmux");
        command.args(["-L", "team"]).args(words).env_clear().envs(environment(self.0.path()));
        command.env("TMUX_TMPDIR", self.0.path()).output().expect("tmux is installed")
    }

    fn says(&self, words: &[&str]) -> String {
        String::from_utf8(self.tmux(words).stdout).unwrap().trim().to_owned()
    }

    fn join(&self, columns: u16, rows: u16) -> Terminal {
        Start::with_args(&self.0, &["tmux", "plan.md", "-L", "team", "--", "--operator", "dana"])
            .env("TMUX_TMPDIR", self.0.path().to_str().unwrap())
            .size(columns, rows)
            .spawn()
    }

    fn clients(&self) -> usize {
        self.says(&["list-clients"]).lines().count()
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        // Gone already if the cockpit has ended.
        let _ = self.tmux(&["kill-server"]);
    }
}

#[test]
fn a_team_shares_one_cockpit() {
    let team = Team(Folder::with_steps(12));
    let _one = team.join(120, 40);
    until("the first", || (team.clients() == 1).then_some(()));
    let _two = team.join(100, 30);
    until("the second", || (team.clients() == 2).then_some(()));
    assert_eq!(team.says(&["list-sessions", "-F", "#{session_name}"]), "cutover-plan");
    until("the smaller terminal's size", || {
        let size = team.says(&["display", "-p", "-t", "=cutover-plan:", "#{window_width}"]);
        (size == "100").then_some(())
    });
    let screen = || team.says(&["capture-pane", "-p", "-t", "=cutover-plan:"]);
    until("the cockpit", || screen().contains("run started").then_some(()));
    assert_eq!(team.says(&["show-options", "-s", "set-clipboard"]), "set-clipboard on");
    team.tmux(&["send-keys", "-t", "=cutover-plan:", " "]);
    until("a tick", || (team.0.events_named("item.done").len() == 1).then_some(()));
    assert_eq!(team.0.events_named("run.started").len(), 1, "one cockpit");

    team.tmux(&["send-keys", "-t", "=cutover-plan:", "q"]);
    until("the question", || screen().contains("Leave the cockpit?").then_some(()));
    until("what it says at its end", || {
        team.tmux(&["send-keys", "-t", "=cutover-plan:", "y"]);
        screen().contains("enter closes the session").then_some(())
    });
    assert!(screen().contains("verify:"), "{}", screen());
    until("the end of the session", || {
        team.tmux(&["send-keys", "-t", "=cutover-plan:", "Enter"]);
        (!team.tmux(&["has-session"]).status.success()).then_some(())
    });
}

#[test]
fn what_cannot_be_shared_is_said() {
    let folder = Folder::with_steps(2);
    let run = |plan: &str, path: &str| {
        let mut command = Command::new(CUTOVER);
        command.args(["tmux", plan]).current_dir(folder.path()).env_clear();
        let ran = command.envs(environment(folder.path())).env("PATH", path).output().unwrap();
        (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
    };
    let (code, said) = run("gone.md", "/usr/bin:/bin");
    assert_eq!(code, Some(2));
    assert!(said.contains("open the plan gone.md: No such file"), "{said}");
    let (code, said) = run("plan.md", "/nowhere");
    assert_eq!(code, Some(2));
    assert!(said.contains("tmux is not installed"), "{said}");
}
