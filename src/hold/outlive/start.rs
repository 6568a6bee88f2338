//! Starting a program that outlives the cockpit.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::arguments;

/// What is to be started, and where it is told of.
#[derive(Debug)]
pub struct Start<'a> {
    /// The program that holds others: `cutover` itself.
    pub holder: &'a Path,
    /// Made for it, for us alone; its parent is made if need be.
    pub directory: &'a Path,
    /// Program and arguments.
    pub argv: &'a [String],
    /// Of what it writes only the two ends are kept.
    pub ends: bool,
    /// Set in its environment, beside what the cockpit has.
    pub variables: &'a [(&'a str, &'a str)],
    /// Where it runs; as the cockpit does if none is named.
    pub folder: Option<&'a Path>,
}

/// Why nothing was started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// This cannot be written, or is there already: another cockpit was first.
    #[error("cannot write {}: {error}", path.display())]
    Write {
        /// What.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// Its holder cannot be started.
    #[error("cannot start its holder: {0}")]
    Spawn(#[source] io::Error),
}

impl Start<'_> {
    /// Starts it; the holder is the caller's to wait for.
    ///
    /// # Errors
    ///
    /// Its directory cannot be made, or its holder not be started; nothing is left behind then.
    pub fn start(&self) -> Result<Child, StartError> {
        let cannot = |path: &Path, error| StartError::Write { path: path.to_owned(), error };
        let mut private = DirBuilder::new();
        private.mode(0o700);
        if let Some(parent) = self.directory.parent() {
            private.recursive(true).create(parent).map_err(|error| cannot(parent, error))?;
        }
        private.recursive(false).create(self.directory).map_err(|error| cannot(self.directory, error))?;
        let mut command = Command::new(self.holder);
        command
            .arg0("cutover")
            .args(arguments(self.directory, self.argv, self.ends))
            .envs(self.variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(folder) = self.folder {
            command.current_dir(folder);
        }
        command.spawn().map_err(|error| {
            // Made a moment ago, and empty.
            let _ = fs::remove_dir(self.directory);
            StartError::Spawn(error)
        })
    }
}
