//! The cockpit in a shared tmux session: clients of different sizes, and who of them typed.

mod share;

use std::process::Command;

use serde_json::Value;

use crate::common::folder::Folder;
use crate::common::program::{CUTOVER, environment, until};
use crate::common::pty::{Start, Terminal};

/// A private tmux server, gone when dropped.
struct Tmux {
    folder: Folder,
    socket: String,
}

impl Tmux {
    /// A session that runs the cockpit on a plan of one long phase.
    fn run() -> Tmux {
        let steps: Vec<String> = (1..=40).map(|step| format!("- [ ] Step {step}\n")).collect();
        Tmux::on(Folder::new(&format!("# Many small steps\n\n## Part 1\n\n{}", steps.concat())))
    }

    /// A session that runs the cockpit on a folder's plan.
    fn on(folder: Folder) -> Tmux {
        let socket = folder.path().join("tmux").to_str().unwrap().to_owned();
        let tmux = Tmux { folder, socket };
        // Its exit code goes to a file: tmux 3.3a does not keep it for a dead pane.
        let command = format!("'{CUTOVER}' run plan.md --operator dana; echo $? >ended");
        tmux.ask(&["-u", "new-session", "-d", "-s", "day", "-x", "120", "-y", "40", &command]);
        tmux.wait_for("run started");
        tmux
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        command
            .args(["-S", &self.socket, "-f", "/dev/null"])
            .current_dir(self.folder.path())
            .env_clear()
            .envs(environment(self.folder.path()));
        command
    }

    /// What tmux answers.
    fn ask(&self, args: &[&str]) -> String {
        let output = self.command().args(args).output().expect("tmux is installed");
        assert!(output.status.success(), "tmux {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What the session shows.
    fn screen(&self) -> String {
        self.ask(&["capture-pane", "-p", "-t", "day"])
    }

    #[track_caller]
    fn wait_for(&self, text: &str) -> String {
        until(&format!("{text:?} on the screen"), || {
            let output = self.command().args(["capture-pane", "-p", "-t", "day"]).output().unwrap();
            let screen = String::from_utf8(output.stdout).unwrap();
            screen.contains(text).then_some(screen)
        })
    }

    /// Attaches a terminal of this size and gives it with its tty's name, as tmux knows it.
    fn attach(&self, columns: u16, rows: u16) -> (Terminal, String) {
        let known = self.clients();
        let terminal = Start::with_args(&self.folder, &["-u", "-S", &self.socket, "attach", "-t", "day"])
            .size(columns, rows)
            .spawn_program(&which("tmux"));
        let tty = until("a new client", || self.clients().into_iter().find(|tty| !known.contains(tty)));
        (terminal, tty)
    }

    fn clients(&self) -> Vec<String> {
        let answer = self.ask(&["list-clients", "-F", "#{client_tty}"]);
        answer.lines().map(str::to_owned).collect()
    }

    /// Waits until a key cannot be taken for that of another client: tmux counts their activity in whole seconds.
    fn wait_for_quiet(&self) {
        until("a second in which nobody typed", || {
            let latest = self.ask(&["list-clients", "-F", "#{client_activity}"]);
            let latest = latest.lines().filter_map(|line| line.trim().parse::<u64>().ok()).max()?;
            let now: u64 = self.ask(&["display", "-p", "%s"]).trim().parse().ok()?;
            (now > latest + 2).then_some(())
        });
    }

    /// The last of these events, once there are so many.
    #[track_caller]
    fn event(&self, name: &str, count: usize) -> Value {
        until(&format!("{count} times {name}"), || {
            let events = self.folder.events_named(name);
            (events.len() >= count).then(|| events.into_iter().next_back()).flatten()
        })
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // Gone already if the cockpit has ended.
        let _ = self.command().arg("kill-server").output();
    }
}

fn which(program: &str) -> std::path::PathBuf {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("{program} is not installed"))
}

#[test]
fn each_act_names_the_client_that_typed_it() {
    let tmux = Tmux::run();
    let (mut large, large_tty) = tmux.attach(120, 40);
    large.type_text(" ");
    let first = tmux.event("item.done", 1);
    assert_eq!(first["via"]["client"]["tty"], large_tty.as_str(), "{first}");
    assert_eq!(first["by"], "dana");
    let (mut small, small_tty) = tmux.attach(80, 24);

    // tmux counts activity in whole seconds: within one, nobody can say whose key it was, and nobody is asked.
    let mut done = 1;
    let newcomer = until("the other client noticed", || {
        small.type_text(" ");
        std::thread::sleep(std::time::Duration::from_millis(200));
        let screen = tmux.screen();
        done = tmux.folder.events_named("item.done").len();
        screen.contains("Whose hands").then_some(screen)
    });
    assert!(newcomer.contains(&small_tty), "the question does not name {small_tty}:\n{newcomer}");
    for event in &tmux.folder.events_named("item.done")[1..] {
        assert_eq!(event["via"]["client"]["ambiguous"], true, "a second hand acted unasked: {event}");
    }
    // The keys that were typed while the question came up are text in it.
    small.type_text("\u{15}lee\r");
    let _ = tmux.wait_for("lee acts from now on");
    small.type_text(" ");
    let second = tmux.event("item.done", done + 1);
    assert_eq!(second["via"]["client"]["tty"], small_tty.as_str(), "{second}");
    assert_eq!(second["by"], "lee");
    assert_eq!(tmux.event("operator.changed", 1)["to"], "lee");
}

#[test]
fn copy_mode_and_clients_that_come_and_go_do_not_disturb_it() {
    let tmux = Tmux::run();
    let (large, _) = tmux.attach(160, 45);
    let (mut small, _) = tmux.attach(80, 24);
    tmux.ask(&["copy-mode", "-t", "day"]);
    drop(large);
    tmux.ask(&["send-keys", "-t", "day", "-X", "cancel"]);
    until("the small client alone", || (tmux.clients().len() == 1).then_some(()));
    small.resize(90, 28);
    until("the session in the client's size", || {
        (tmux.ask(&["display", "-p", "-t", "day", "#{window_width}x#{window_height}"]).trim() == "90x27")
            .then_some(())
    });
    tmux.wait_for("Step 1");
    small.type_text(" ");
    tmux.event("item.done", 1);
    small.type_text("q");
    tmux.wait_for("Leave the cockpit?");
    let code = until("the end", || {
        small.type_text("y");
        std::thread::sleep(std::time::Duration::from_millis(50));
        std::fs::read_to_string(tmux.folder.path().join("ended")).ok().filter(|code| !code.is_empty())
    });
    assert_eq!(code.trim(), "0");
}

const FOR_TWO: &str = "# Move\n\n## Change\n\n- [ ] flip the name <!-- cutover: approve = 2 -->\n\
    - [ ] drop the index <!-- cutover: approve = 2 -->\n";
const PEOPLE: &str =
    "[people]\ndana = { roles = [\"operator\", \"approver\"] }\nlee = { roles = [\"approver\"] }\n";

#[test]
fn two_clients_approve_together_and_one_client_for_both_is_on_record() {
    let folder = Folder::new(FOR_TWO);
    folder.sidecar(PEOPLE);
    let tmux = Tmux::on(folder);
    let (mut large, large_tty) = tmux.attach(120, 40);
    large.type_text(" ");
    let first = tmux.event("approval.given", 1);
    assert_eq!((first["by"].as_str(), &first["n"]), (Some("dana"), &1.into()), "{first}");
    assert_eq!(first["via"]["client"]["tty"], large_tty.as_str(), "{first}");
    tmux.wait_for("1 of 2 approved by dana");

    // The second person comes from a terminal of their own, is asked for their name once, and approves.
    let (mut small, small_tty) = tmux.attach(100, 30);
    tmux.wait_for_quiet();
    small.type_text(" ");
    tmux.wait_for("Whose hands");
    small.type_text("\u{15}lee\r");
    tmux.wait_for("lee acts from now on");
    small.type_text(" ");
    let asked = tmux.wait_for("Second person: flip the name");
    assert!(!asked.contains("This is the terminal"), "{asked}");
    small.type_text("lee\r");
    let second = tmux.event("approval.given", 2);
    assert_eq!((second["by"].as_str(), &second["n"]), (Some("lee"), &2.into()), "{second}");
    assert_eq!(second["via"]["client"]["tty"], small_tty.as_str(), "{second}");
    assert_eq!(tmux.event("item.done", 1)["by"], "lee");

    // The same client twice: said before it is done, and in the report.
    tmux.wait_for("drop the index");
    small.type_text(" ");
    assert_eq!(tmux.event("approval.given", 3)["by"], "lee");
    tmux.wait_for("1 of 2 approved by lee");
    small.type_text(" ");
    tmux.wait_for("A second person must approve");
    let asked = until("the next person's name", || {
        // A dialog is deaf for its first moments.
        small.type_text("s");
        std::thread::sleep(std::time::Duration::from_millis(100));
        let screen = tmux.screen();
        screen.contains("Second person: drop the index").then_some(screen)
    });
    assert!(asked.contains("This is the terminal that lee approved on"), "{asked}");
    small.type_text("\u{15}dana\r");
    let fourth = tmux.event("approval.given", 4);
    assert_eq!(fourth["by"], "dana");
    assert_eq!(fourth["via"]["client"]["tty"], small_tty.as_str(), "{fourth}");
    tmux.event("item.done", 2);
    let log = tmux.folder.log();
    let ran = tmux.folder.cutover(&["report", log.to_str().unwrap(), "-o", "out.md"]);
    let report =
        std::fs::read_to_string(tmux.folder.path().join("out.md")).unwrap_or_else(|_| panic!("{ran:?}"));
    assert!(report.contains("lee and dana approved through one terminal"), "{report}");
    assert!(!report.contains("dana and lee approved through one terminal"), "two clients: {report}");
}
