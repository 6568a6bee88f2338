//! A folder with a plan, as an operator has it: the program run in it, and its log read back.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::program::{CUTOVER, environment};

/// A temporary folder that holds `plan.md`.
pub struct Folder {
    dir: TempDir,
}

impl Folder {
    /// A folder with this plan.
    pub fn new(plan: &str) -> Folder {
        let folder = Folder { dir: tempfile::tempdir().unwrap() };
        folder.write("plan.md", plan);
        // Whoever tests has seen the hints for newcomers.
        let state = folder.path().join(".local/state/cutover");
        std::fs::create_dir_all(&state).unwrap();
        std::fs::write(state.join("hints-dismissed"), "").unwrap();
        folder
    }

    /// A plan of so many open items, ten a phase: "Step 1", "Step 2", …
    pub fn with_steps(count: usize) -> Folder {
        Folder::new(&steps(count))
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The plan.
    pub fn plan(&self) -> PathBuf {
        self.path().join("plan.md")
    }

    /// Writes a file, replacing it in one step as editors do.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        let draft = self.path().join(format!(".{name}.draft"));
        std::fs::write(&draft, contents).unwrap();
        std::fs::rename(&draft, &path).unwrap();
        path
    }

    /// Writes the plan's sidecar.
    pub fn sidecar(&self, text: &str) -> PathBuf {
        self.write("plan.toml", text)
    }

    /// Every sign-off log in the folder, by name.
    pub fn logs(&self) -> Vec<PathBuf> {
        let mut logs: Vec<PathBuf> = std::fs::read_dir(self.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().ends_with(".signoff.jsonl"))
            .collect();
        logs.sort();
        logs
    }

    /// The only sign-off log.
    pub fn log(&self) -> PathBuf {
        let logs = self.logs();
        assert_eq!(logs.len(), 1, "one log expected, found {logs:?}");
        logs.into_iter().next().unwrap()
    }

    /// The whole lines of the only log; empty before there is one.
    pub fn events(&self) -> Vec<Value> {
        match self.logs().as_slice() {
            [] => Vec::new(),
            [log] => events(log),
            many => panic!("one log expected, found {many:?}"),
        }
    }

    /// The events of one name, in order.
    pub fn events_named(&self, name: &str) -> Vec<Value> {
        self.events().into_iter().filter(|event| event["event"] == name).collect()
    }

    /// Runs the program in this folder without a terminal.
    pub fn cutover(&self, args: &[&str]) -> Ran {
        self.cutover_with(args, &[])
    }

    /// The same, with more environment.
    pub fn cutover_with(&self, args: &[&str], env: &[(&str, &str)]) -> Ran {
        // In a session of its own, or the terminal that the tests were started from would be its terminal too.
        let output = Command::new("setsid")
            .args(["--wait", CUTOVER])
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .envs(environment(self.path()))
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Ran::from(output)
    }
}

/// What a run of the program gave.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A plan of so many open items, ten a phase: "Step 1", "Step 2", …
pub fn steps(count: usize) -> String {
    use std::fmt::Write as _;

    let mut plan = String::from("# Many small steps\n");
    for step in 1..=count {
        if step % 10 == 1 {
            write!(plan, "\n## Part {}\n\n", step / 10 + 1).unwrap();
        }
        writeln!(plan, "- [ ] Step {step}").unwrap();
    }
    plan
}

/// The whole lines of a log, parsed; a torn tail is left out.
pub fn events(log: &Path) -> Vec<Value> {
    let bytes = std::fs::read(log).unwrap();
    let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    bytes[..whole]
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}
