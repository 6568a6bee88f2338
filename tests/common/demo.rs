//! A demo in a terminal, and what it leaves behind.

use std::path::PathBuf;

use super::folder::Folder;
use super::program::until;
use super::pty::{Start, Terminal};

/// A demo ten times as fast as one for people, operated by dana.
pub struct Demo {
    pub terminal: Terminal,
    /// Where it makes its folder.
    pub place: Folder,
}

impl Demo {
    /// Starts one with more arguments, and waits until its run has begun.
    #[track_caller]
    pub fn start(arguments: &[&str]) -> Demo {
        let place = Folder::new("- [ ] of no matter\n");
        let temp = place.path().to_str().unwrap().to_owned();
        let arguments = [&["demo", "--fast", "--operator", "dana"], arguments].concat();
        let terminal = Start::with_args(&place, &arguments).env("TMPDIR", &temp).size(160, 45).spawn();
        terminal.wait_for("the start of the run", |frame| frame.has("✓ synced"));
        Demo { terminal, place }
    }

    /// What it made, while that is there.
    pub fn folder(&self) -> Option<PathBuf> {
        let entries = std::fs::read_dir(self.place.path()).unwrap().flatten();
        let mut paths = entries.map(|entry| entry.path());
        paths.find(|path| path.file_name().unwrap().to_str().unwrap().starts_with("cutover-demo-"))
    }

    /// Its sign-off log.
    #[track_caller]
    pub fn log(&self, plan: &str) -> PathBuf {
        self.folder().expect("the demo's folder").join(format!("{plan}.live.signoff.jsonl"))
    }

    /// Leaves the cockpit; what it then says is no frame of the cockpit's any more.
    #[track_caller]
    pub fn leave(&mut self) {
        self.terminal.type_text("q");
        self.terminal.wait_for_text("Leave the cockpit?");
        until("the question behind it", || {
            self.terminal.type_text("y");
            self.said("o opens the report").then_some(())
        });
    }

    /// Whether it ever wrote this to its terminal.
    pub fn said(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.terminal.raw()).contains(text)
    }
}
