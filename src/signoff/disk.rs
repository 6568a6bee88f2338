//! What the log asks of a disk: the real file, and in tests a model that loses power.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Hash;

#[cfg(test)]
pub(crate) mod model;

/// Only the owner reads and writes: a log names people, hosts and faults.
const MODE: u32 = 0o600;

/// The same for the evidence folder.
const FOLDER_MODE: u32 = 0o700;

/// Opens a file beside the log to read it.
///
/// What stands there under its name may be anything: a pipe or a device would never end.
///
/// # Errors
/// It is no file of its own, or the system's.
pub(crate) fn open_beside(path: &Path) -> io::Result<File> {
    if !path.symlink_metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file of its own"));
    }
    File::open(path)
}

/// The hash of a file beside the log, behind a salt, read in pieces; `None` if it is not of that length.
///
/// # Errors
/// It cannot be opened or read.
pub(crate) fn digest(path: &Path, salt: &str, bytes: Option<u64>) -> io::Result<Option<Hash>> {
    let file = open_beside(path)?;
    let length = file.metadata()?.len();
    if bytes.is_some_and(|known| known != length) {
        return Ok(None);
    }
    let mut file = file.take(length);
    let mut digest = crate::sha256::Pieces::default();
    digest.take(salt);
    let mut piece = vec![0; 64 * 1024];
    loop {
        match file.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => digest.take(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some(Hash(digest.end())))
}

/// Which file it is, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Device.
    pub dev: u64,
    /// Inode.
    pub ino: u64,
    /// Length in bytes.
    pub len: u64,
}

/// A file that is appended to, and its small neighbours.
pub trait Disk: Send {
    /// Writes at the end; a failure may leave part of it there.
    ///
    /// # Errors
    /// The system's.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes all that was written durable. After a failure nothing can be said of what was written since the last
    /// success, even if a later call succeeds: the system forgets that pages were never written.
    ///
    /// # Errors
    /// The system's.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file.
    ///
    /// # Errors
    /// The system's.
    fn truncate(&mut self, len: u64) -> io::Result<()>;

    /// Reads some bytes from a place; 0 at the end.
    ///
    /// # Errors
    /// The system's.
    fn read(&mut self, at: u64, into: &mut [u8]) -> io::Result<usize>;

    /// The file that is held.
    ///
    /// # Errors
    /// The system's.
    fn held(&mut self) -> io::Result<Identity>;

    /// The file at the path now, if there is one.
    ///
    /// # Errors
    /// The system's, other than that there is none.
    fn at_path(&mut self) -> io::Result<Option<Identity>>;

    /// Opens the file at the path anew, without giving up the lock.
    ///
    /// # Errors
    /// The system's.
    fn reopen(&mut self) -> io::Result<()>;

    /// Writes a whole small file beside the log, durable on return; `name` may have one folder before it.
    ///
    /// # Errors
    /// The system's; the file is then not there.
    fn keep(&mut self, name: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Whether such a file is there.
    ///
    /// # Errors
    /// The system's, other than that there is none.
    fn kept(&mut self, name: &Path) -> io::Result<bool>;
}

/// Whether a lock was got.
#[derive(Debug)]
pub enum Locked {
    /// Ours until it is dropped.
    Ours(FileDisk),
    /// Somebody else's.
    Held,
}

/// A real file, under an exclusive lock.
#[derive(Debug)]
pub struct FileDisk {
    path: PathBuf,
    /// Holds the lock; never written through, so that a new handle can replace the other after an error.
    lock: File,
    file: File,
}

impl FileDisk {
    /// Makes a new file, durable in its folder.
    ///
    /// # Errors
    /// The system's; one is that there is a file already.
    pub fn create(path: &Path) -> io::Result<()> {
        OpenOptions::new().append(true).create_new(true).mode(MODE).open(path)?;
        sync_folder(path)
    }

    /// Opens an existing file and tries to lock it.
    ///
    /// # Errors
    /// The system's, or that it is no regular file.
    pub fn open(path: &Path) -> io::Result<Locked> {
        let lock = open(path)?;
        if !lock.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        if !locks(&lock)? {
            return Ok(Locked::Held);
        }
        // A crash may have come between the file's birth and its folder's sync.
        sync_folder(path)?;
        let file = open(path)?;
        Ok(Locked::Ours(FileDisk { path: path.to_owned(), lock, file }))
    }
}

impl Drop for FileDisk {
    fn drop(&mut self) {
        // Closing would not do: a child that some thread is just starting has the handle too, until it is the program.
        let _goes_with_the_handle = self.lock.unlock();
    }
}

/// How often a lock is tried for, and the time between: a glance at it is much shorter.
const TRIES: u32 = 5;
const BETWEEN: Duration = Duration::from_millis(10);

/// Tries for the exclusive lock; whoever only glances at it is waited for.
fn locks(file: &File) -> io::Result<bool> {
    for again in (0..TRIES).rev() {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if again > 0 => std::thread::sleep(BETWEEN),
            Err(TryLockError::WouldBlock) => break,
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(false)
}

/// Whether somebody has the lock on a file: a shared one is got and given back at once, so that one who looks is never
/// taken for one who writes.
///
/// # Errors
/// The system's.
pub(super) fn is_locked(path: &Path) -> io::Result<bool> {
    let file = File::open(path)?;
    match file.try_lock_shared() {
        Ok(()) => file.unlock().map(|()| false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).open(path)
}

fn identity(metadata: &std::fs::Metadata) -> Identity {
    Identity { dev: metadata.dev(), ino: metadata.ino(), len: metadata.len() }
}

pub(super) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
}

/// Writes a whole file: the old one or the new one is there, never a part.
///
/// # Errors
/// The system's.
pub fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    write_through(path, mode, |file| file.write_all(bytes))
}

/// Writes a whole file piece by piece: the old one or the new one is there, never a part.
///
/// # Errors
/// The system's, or what the writing of the pieces said.
pub fn write_through(
    path: &Path,
    mode: u32,
    pieces: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let write = || {
        // Left over from a process of our number that was killed here.
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&part)?;
        let mut file = BufWriter::new(file);
        pieces(&mut file)?;
        file.into_inner()?.sync_all()?;
        std::fs::rename(&part, path)?;
        sync_folder(path)
    };
    let written = write();
    if written.is_err() {
        // The first error is the one to tell.
        let _ = std::fs::remove_file(&part);
    }
    written
}

impl Disk for FileDisk {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn read(&mut self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(into, at)
    }

    fn held(&mut self) -> io::Result<Identity> {
        Ok(identity(&self.lock.metadata()?))
    }

    fn at_path(&mut self) -> io::Result<Option<Identity>> {
        at_path(&self.path)
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.file = open(&self.path)?;
        Ok(())
    }

    fn keep(&mut self, name: &Path, bytes: &[u8]) -> io::Result<()> {
        let path = folder(&self.path).join(name);
        let home = folder(&path);
        if home != folder(&self.path) && !home.exists() {
            match std::fs::DirBuilder::new().mode(FOLDER_MODE).create(home) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => sync_folder(home)?,
            }
        }
        write_whole(&path, bytes, MODE)
    }

    fn kept(&mut self, name: &Path) -> io::Result<bool> {
        folder(&self.path).join(name).try_exists()
    }
}

pub(super) fn at_path(path: &Path) -> io::Result<Option<Identity>> {
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(Some(identity(&metadata))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads a disk from its start.
pub(super) struct Reading<'a> {
    disk: &'a mut dyn Disk,
    at: u64,
}

impl<'a> Reading<'a> {
    pub(super) fn new(disk: &'a mut dyn Disk) -> Reading<'a> {
        Reading { disk, at: 0 }
    }
}

impl Read for Reading<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.disk.read(self.at, into)?;
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A child between its birth and its program holds every handle of its parent.
    #[test]
    fn a_lock_goes_with_its_disk_whoever_shares_the_handle() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        FileDisk::create(&path).unwrap();
        let Locked::Ours(disk) = FileDisk::open(&path).unwrap() else { panic!("held") };
        let shared = disk.lock.try_clone().unwrap();
        assert!(matches!(FileDisk::open(&path).unwrap(), Locked::Held));
        drop(disk);
        assert!(matches!(FileDisk::open(&path).unwrap(), Locked::Ours(_)));
        drop(shared);
    }

    #[test]
    fn a_glance_sees_the_lock_and_is_never_taken_for_a_writer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        FileDisk::create(&path).unwrap();
        assert!(!is_locked(&path).unwrap());
        // A glance that falls together with a start.
        let glance = File::open(&path).unwrap();
        glance.try_lock_shared().unwrap();
        assert!(!is_locked(&path).unwrap(), "another who only looks");
        let gives_back = std::thread::spawn(move || {
            std::thread::sleep(BETWEEN);
            glance.unlock().unwrap();
        });
        let Locked::Ours(disk) = FileDisk::open(&path).unwrap() else { panic!("taken for a writer") };
        gives_back.join().unwrap();
        assert!(is_locked(&path).unwrap());
        drop(disk);
        assert!(!is_locked(&path).unwrap());
    }
}
