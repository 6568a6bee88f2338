//! The watch over the plan's files and those of themes: looked at four times a second, read again when they changed.
//!
//! Polling sees edits on network file systems too, and a rename over the file, as editors do.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc::Sender;

use super::cockpit::Control;
use super::environment;
use crate::state::msg::Msg;
use crate::{plan, theme};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(250);

/// What tells one version of a file from another: device, inode, length, modification time.
type Mark = Option<(u64, u64, u64, i64, i64)>;

/// What tells one version of a plan and its sidecar from another; taken before they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks(Mark, Mark);

impl Marks {
    /// As the files are now.
    #[must_use]
    pub fn of(path: &Path) -> Marks {
        Marks(mark(path), mark(&plan::sidecar(path)))
    }
}

/// Watches a plan and its sidecar, read when they were as `seen`, on a thread of its own; it ends when nobody listens.
///
/// A change is told when two looks in a row agree: an editor may be in the middle of writing.
///
/// # Errors
/// No thread started.
pub fn watch(path: PathBuf, mut seen: Marks, tell: Sender<Control>) -> std::io::Result<()> {
    std::thread::Builder::new().name("files".to_owned()).spawn(move || {
        let mut last = seen;
        while !tell.is_closed() {
            std::thread::sleep(LOOK);
            let marks = Marks::of(&path);
            let settled = marks == last;
            last = marks;
            if marks == seen || !settled {
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

/// Watches the files of themes, by their place among all, on a thread of its own; it ends when nobody listens.
///
/// Each is told once at the beginning, so that no change is missed since it was read for the first time.
///
/// # Errors
/// No thread started.
pub fn watch_themes(files: Vec<(usize, PathBuf)>, tell: Sender<Control>) -> std::io::Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    std::thread::Builder::new().name("themes".to_owned()).spawn(move || {
        // The mark that was told, and the one that was seen last.
        let mut marks: Vec<Option<(Mark, Mark)>> = vec![None; files.len()];
        while !tell.is_closed() {
            for ((at, path), known) in files.iter().zip(&mut marks) {
                let now = mark(path);
                let settled = known.is_none_or(|(told, last)| told != now && last == now);
                let told = known.map_or(now, |(told, _)| if settled { now } else { told });
                *known = Some((told, now));
                if settled && tell.blocking_send(Control::Theme(*at, theme::library::open(path))).is_err() {
                    return;
                }
            }
            std::thread::sleep(LOOK);
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
