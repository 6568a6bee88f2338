//! `cutover check --probe`: the real program, asked the day before.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use crate::common::program::{CUTOVER, environment, until};

/// A plan with a sidecar, in a folder of its own.
struct Eve {
    directory: tempfile::TempDir,
}

impl Eve {
    fn new(sidecar: &str) -> Eve {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("shop.md"), "# Shop\n- [ ] Switch\n").unwrap();
        let sidecar = sidecar.replace("DIR", directory.path().to_str().unwrap());
        fs::write(directory.path().join("shop.toml"), sidecar).unwrap();
        Eve { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(CUTOVER);
        command
            .args(["check", "--probe"])
            .args(arguments)
            .arg("shop.md")
            .current_dir(self.directory.path())
            .env_clear()
            .envs(environment(self.directory.path()))
            .env("API_TOKEN", "hunter2hunter2");
        command
    }

    fn ask(&self, arguments: &[&str]) -> (String, String, Option<i32>) {
        let Output { stdout, stderr, status } = self.command(arguments).output().unwrap();
        (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap(), status.code())
    }

    fn start(&self) -> Child {
        self.command(&[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

fn listening() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

#[test]
fn all_good_is_ready() {
    let (_open, address) = listening();
    let eve = Eve::new(&format!(
        "[host]\nexpect = [\"memory < 100%\", \"cpu <= 100%\"]\n\
         [[health]]\nname = \"queue\"\ntcp = \"{address}\"\n\
         [[health]]\nname = \"unit\"\nexec = [\"echo\", \"active\"]\nexpect = [\"stdout == active\"]\n"
    ));
    let (out, err, code) = eve.ask(&[]);
    assert_eq!((err.as_str(), code), ("", Some(0)), "{out}");
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("  health/queue  up  ") && lines[0].contains("  connected in "), "{out}");
    assert!(lines[1].starts_with("  health/unit   up  ") && lines[1].contains("  active in "), "{out}");
    assert!(lines[2].starts_with("  host/here     up  ") && lines[2].contains("  cpu "), "{out}");
    assert!(lines[4].starts_with("shop.md: 3 probes, 3 good, in "), "{out}");
}

#[test]
fn what_is_not_good_is_a_finding_in_words_and_in_json() {
    let closed = listening().1;
    let eve = Eve::new(&format!(
        "[defaults]\ntimeout = \"2s\"\n[vars]\nAPI_TOKEN = {{ env = \"API_TOKEN\" }}\n\
         [[health]]\nname = \"api\"\ntcp = \"{closed}\"\n\
         [[health]]\nname = \"slow\"\nexec = [\"sleep\", \"600\"]\n\
         [[health]]\nname = \"odd\"\nexec = [\"printf\", '\\033]52;c;aGk=\\007%s\\n', \"${{API_TOKEN}}\"]\nexpect = [\"stdout == fine\"]\n\
         [[reconcile]]\nname = \"blobs\"\nexec = [\"touch\", \"DIR/ran\"]\ncounters = {{ missing = 'missing (\\d+)' }}\nexpect = [\"missing == 0\"]\n"
    ));
    let (out, err, code) = eve.ask(&[]);
    assert_eq!((err.as_str(), code), ("", Some(1)), "{out}");
    assert!(out.contains(&format!("connection refused by {closed}")), "{out}");
    assert!(out.contains("not finished within 2.0s, ended"), "{out}");
    assert!(out.contains("? reconcile/blobs  not asked"), "{out}");
    assert!(out.contains("shop.md: 4 probes, 0 good, 3 not good, 1 not begun, in "), "{out}");

    let (json, _, code) = eve.ask(&["--format", "json"]);
    assert_eq!(code, Some(1));
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(read["format"], "cutover-probe/1");
    let row = |name: &str| {
        read["probes"].as_array().unwrap().iter().find(|row| row["probe"] == name).unwrap().clone()
    };
    assert_eq!((&row("health/api")["good"], &row("health/api")["state"]), (&false.into(), &"down".into()));
    assert!(row("health/slow")["took_ms"].as_u64().unwrap() >= 2000);
    for said in [out, json] {
        assert!(!said.contains("hunter2") && !said.contains('\u{1b}') && !said.contains('\u{7}'), "{said:?}");
    }
    assert!(!eve.path("ran").exists(), "a comparison runs only when asked");
}

#[test]
fn a_log_is_good_when_there_is_something_to_follow() {
    let eve = Eve::new(
        "[[log]]\nname = \"app\"\nfile = \"DIR/app*.log\"\n\
         [[log]]\nname = \"gone\"\nfile = \"DIR/none.log\"\n\
         [[log]]\nname = \"unit\"\nexec = [\"sh\", \"-c\", \"echo a line; exec sleep 600\"]\n",
    );
    fs::write(eve.path("app1.log"), "a line\n").unwrap();
    fs::write(eve.path("app2.log"), "").unwrap();
    let (out, _, code) = eve.ask(&[]);
    assert_eq!(code, Some(1), "{out}");
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("  log/app   up ") && lines[0].ends_with("  follows 2 files"), "{out}");
    assert!(lines[1].starts_with("! log/gone  down ") && lines[1].contains("none.log"), "{out}");
    assert!(lines[2].starts_with("  log/unit  up ") && lines[2].ends_with("  runs"), "{out}");
}

#[test]
fn what_cannot_be_read_is_unusable() {
    let eve = Eve::new("[[health]]\nname = \"api\"\nurll = \"http://x/\"\n");
    let (out, err, code) = eve.ask(&[]);
    assert_eq!((out.as_str(), code), ("", Some(2)));
    assert!(err.contains("urll"), "{err}");
    fs::remove_file(eve.path("shop.md")).unwrap();
    assert_eq!(eve.ask(&[]).2, Some(2));
}

#[test]
fn an_interrupt_ends_it_and_all_it_started() {
    let eve = Eve::new(
        "[defaults]\ntimeout = \"60s\"\nevery = \"60s\"\n\
         [[health]]\nname = \"slow\"\nexec = [\"sh\", \"-c\", \"echo $$ > DIR/pid; exec sleep 600\"]\n",
    );
    let child = eve.start();
    let pid: u32 =
        until("the program runs", || fs::read_to_string(eve.path("pid")).ok()?.trim().parse().ok());
    let own = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &own]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(err, "cutover: interrupted before every probe had answered\n");
    until("the program is gone", || (!PathBuf::from(format!("/proc/{pid}")).exists()).then_some(()));
}
