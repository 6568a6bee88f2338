//! Tells the program which commit it was built of: `0.1.0 (1a2b3c4d5e6f)`.
//!
//! Of release builds alone, and only where the sources are the top of a git work tree: a package has no commit, and a
//! commit is no reason to build what is being worked on anew.

#![allow(clippy::print_stdout, reason = "cargo reads what a build script prints")]

use std::path::Path;
use std::process::Command;

fn main() {
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    println!("cargo::rerun-if-changed=src/build.rs");
    let commit = if release { commit() } else { None };
    let version = commit.map_or_else(|| version.clone(), |commit| format!("{version} ({commit})"));
    println!("cargo::rustc-env=CUTOVER_VERSION={version}");
}

fn commit() -> Option<String> {
    let git = Path::new(".git");
    if !git.is_dir() {
        return None;
    }
    for changes in ["HEAD", "logs/HEAD"] {
        let file = git.join(changes);
        if file.exists() {
            println!("cargo::rerun-if-changed={}", file.display());
        }
    }
    let ran = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output().ok()?;
    let commit = String::from_utf8(ran.stdout).ok()?.trim().to_owned();
    (ran.status.success() && !commit.is_empty()).then_some(commit)
}
