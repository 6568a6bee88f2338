//! The watch over the plan's files: looked at twice a second, read again when they changed.
//!
//! Polling sees edits on network file systems too, and a rename over the file, as editors do.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc::Sender;

use super::cockpit::Control;
use super::environment;
use crate::plan;
use crate::state::msg::Msg;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// What tells one version of a file from another: device, inode, length, modification time.
type Mark = Option<(u64, u64, u64, i64, i64)>;

/// Watches a plan and its sidecar on a thread of its own; it ends when nobody listens any more.
///
/// # Errors
/// No thread started.
pub fn watch(path: PathBuf, tell: Sender<Control>) -> std::io::Result<()> {
    let sidecar = path.with_extension("toml");
    let mut seen = (mark(&path), mark(&sidecar));
    std::thread::Builder::new().name("files".to_owned()).spawn(move || {
        while !tell.is_closed() {
            std::thread::sleep(LOOK);
            let marks = (mark(&path), mark(&sidecar));
            if marks == seen {
                continue;
            }
            seen = marks;
            if tell.blocking_send(Control::Msg(read(&path))).is_err() {
                return;
            }
        }
    })?;
    Ok(())
}

/// Reads a plan and its sidecar again.
pub fn read(path: &Path) -> Msg {
    Msg::Files(Box::new(plan::load(path, &environment).map_err(|error| error.to_string())))
}

fn mark(path: &Path) -> Mark {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.dev(), meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec()))
}
