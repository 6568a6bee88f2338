//! What several themes share: a terminal to run the real program in, a folder with a plan, a small web server.

#![allow(dead_code, reason = "a helper may wait for the theme that needs it")]

pub mod folder;
pub mod http;
pub mod pty;

use std::time::Duration;

/// How long a test waits for a condition before it gives up and shows what it saw.
///
/// Far beyond what any machine needs, so that reaching it means broken, not busy.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The program under test.
pub const CUTOVER: &str = env!("CARGO_BIN_EXE_cutover");

/// The environment every run of the program gets; nothing of the machine's own leaks in.
pub fn environment(home: &std::path::Path) -> Vec<(String, String)> {
    let path = std::env::var("PATH").unwrap_or_default();
    [
        ("PATH", path.as_str()),
        ("HOME", home.to_str().unwrap()),
        ("TERM", "xterm-256color"),
        ("LANG", "C.UTF-8"),
        ("TZ", "UTC"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}
