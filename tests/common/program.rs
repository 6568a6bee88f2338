//! The program under test, and how long a test has patience with it.

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

/// Waits until something outside the terminal holds, such as a file's contents.
///
/// Looks often rather than being told; panics with `what` when patience ends.
#[track_caller]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    const PAUSE: Duration = Duration::from_millis(5);
    let begun = now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "patience ended before {what}");
        std::thread::sleep(PAUSE);
    }
}

#[expect(clippy::disallowed_methods, reason = "patience is real time")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}
