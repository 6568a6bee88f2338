//! The folder that a demo lives in: its own, locked while it lives, and gone afterwards.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// What the folders are called, before their number.
const NAME: &str = "cutover-demo-";
/// The file in it that a living demo holds locked.
const LOCK: &str = "lock";

/// A folder that is removed when it is dropped.
pub(super) struct Folder {
    path: PathBuf,
    lock: File,
    kept: bool,
}

impl Folder {
    /// Makes a folder that only this user can look into, and removes those that killed demos left behind.
    pub(super) fn make() -> io::Result<Folder> {
        let place = std::env::temp_dir();
        sweep(&place);
        let mut number = [0; 4];
        getrandom::fill(&mut number).map_err(io::Error::other)?;
        let path = place.join(format!("{NAME}{:08x}", u32::from_le_bytes(number)));
        DirBuilder::new().mode(0o700).create(&path)?;
        let locked = lock(&path);
        if locked.is_err() {
            let _nothing_in_it_yet = fs::remove_dir_all(&path);
        }
        Ok(Folder { lock: locked?, path, kept: false })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves it where it is.
    pub(super) fn keep(&mut self) {
        self.kept = true;
        // Another demo would sweep it away.
        let _there = fs::remove_file(self.path.join(LOCK));
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.kept {
            let _as_far_as_possible = fs::remove_dir_all(&self.path);
        }
        let _closing_does_it_too = self.lock.unlock();
    }
}

/// Locks before the name is there: nobody sees a lock file that is free and not left behind.
fn lock(folder: &Path) -> io::Result<File> {
    let unnamed = folder.join("lock.new");
    let file = File::create_new(&unnamed)?;
    file.try_lock()?;
    fs::rename(unnamed, folder.join(LOCK))?;
    Ok(file)
}

fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(NAME);
        let owned = entry
            .metadata()
            .is_ok_and(|meta| meta.is_dir() && meta.uid() == rustix::process::geteuid().as_raw());
        if !ours || !owned {
            continue;
        }
        let Ok(lock) = File::open(entry.path().join(LOCK)) else { continue };
        if lock.try_lock().is_ok() {
            let _as_far_as_possible = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_gone_afterwards_and_so_is_what_a_killed_one_left() {
        let folder = Folder::make().unwrap();
        let path = folder.path().to_owned();
        fs::write(path.join("plan.md"), "- [ ] step\n").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        drop(folder);
        assert!(!path.exists());

        let place = tempfile::tempdir().unwrap();
        let [left, living, other] =
            ["cutover-demo-1", "cutover-demo-2", "else"].map(|name| place.path().join(name));
        for folder in [&left, &living, &other] {
            fs::create_dir(folder).unwrap();
        }
        drop(lock(&left).unwrap());
        drop(lock(&other).unwrap());
        let _alive = lock(&living).unwrap();
        sweep(place.path());
        assert_eq!([left, living, other].map(|folder| folder.exists()), [false, true, true]);
    }

    #[test]
    fn a_kept_one_stays() {
        let mut folder = Folder::make().unwrap();
        folder.keep();
        let path = folder.path().to_owned();
        drop(folder);
        drop(Folder::make().unwrap());
        assert!(path.exists());
        fs::remove_dir_all(path).unwrap();
    }
}
