//! Whether hints for newcomers are wanted: until they are dismissed, which a file of the user's state remembers.
//!
//! `$XDG_STATE_HOME/cutover/hints-dismissed`, by the XDG Base Directory Specification below `~/.local/state` if that is
//! not set.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The environment, as far as this depends on it.
type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Where it is remembered; `None` without a home.
fn file(env: Env<'_>) -> Option<PathBuf> {
    let state = env("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = state.or_else(|| Some(Path::new(&env("HOME")?).join(".local/state")))?;
    Some(state.join("cutover/hints-dismissed"))
}

/// Whether they are to be shown; not where a dismissal could not be remembered.
pub(super) fn wanted(env: Env<'_>) -> bool {
    file(env).is_some_and(|file| !file.exists())
}

/// Remembers it for the next start.
///
/// # Errors
/// There is no home, or it cannot be written to.
pub(super) fn keep(wanted: bool, env: Env<'_>) -> io::Result<()> {
    let file = file(env).ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "HOME is not set"))?;
    if !wanted {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        return fs::write(&file, "");
    }
    match fs::remove_file(&file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dismissal_lasts_until_it_is_taken_back() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().to_str().unwrap().to_owned();
        let env = |name: &str| (name == "HOME").then(|| path.clone());
        assert!(wanted(&env));
        for _ in 0..2 {
            keep(false, &env).unwrap();
            assert!(!wanted(&env));
        }
        assert!(home.path().join(".local/state/cutover/hints-dismissed").exists());
        for _ in 0..2 {
            keep(true, &env).unwrap();
            assert!(wanted(&env));
        }
        let elsewhere = |name: &str| match name {
            "XDG_STATE_HOME" => Some(format!("{path}/state")),
            _ => Some("/nowhere".to_owned()),
        };
        keep(false, &elsewhere).unwrap();
        assert!(home.path().join("state/cutover/hints-dismissed").exists());
        assert!(!wanted(&|_| None) && keep(false, &|_| None).is_err());
    }
}
