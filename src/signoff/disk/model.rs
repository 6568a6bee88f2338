//! A disk that fails at any call and loses power at any moment.
//!
//! What is written lies in a cache; `sync` makes it durable. A failed `sync` marks the cache clean without writing
//! it, as Linux does: a later success then says nothing of those bytes.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Disk, Identity};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The write stops half-way; cutting and syncing work.
    Full,
    /// One sync fails.
    BadSync,
    /// Nothing can be changed from now on.
    ReadOnly,
}

/// A handle; clones see the same disk.
#[derive(Clone)]
pub(crate) struct Model(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    cache: Vec<u8>,
    durable: Vec<u8>,
    /// Bytes of the cache from here on are not written yet, and not forgotten either.
    dirty: usize,
    kept: BTreeMap<PathBuf, Vec<u8>>,
    ino: u64,
    gone: bool,
    calls: u64,
    trouble: Option<(u64, Trouble)>,
    read_only: bool,
}

impl Model {
    pub(crate) fn new() -> Model {
        Model(Arc::new(Mutex::new(State { ino: 1, ..State::default() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Something goes wrong at the `call`-th changing call from now, counted from 0.
    pub(crate) fn trouble(&self, call: u64, what: Trouble) {
        let mut state = self.state();
        state.calls = 0;
        state.trouble = Some((call, what));
    }

    /// All is well again.
    pub(crate) fn mend(&self) {
        let mut state = self.state();
        state.trouble = None;
        state.read_only = false;
    }

    pub(crate) fn calls(&self) -> u64 {
        self.state().calls
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.state().cache.clone()
    }

    pub(crate) fn kept_files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        self.state().kept.clone()
    }

    pub(crate) fn remove(&self) {
        self.state().gone = true;
    }

    pub(crate) fn replace(&self) {
        self.state().ino += 1;
    }

    /// Somebody else's write.
    pub(crate) fn meddle(&self, bytes: &[u8]) {
        self.state().cache.extend_from_slice(bytes);
    }

    /// Power goes and comes back: what was durable, and of the rest so many bytes, or NULs in their place.
    pub(crate) fn lose_power(&self, survive: usize, nul: bool) -> Model {
        let state = self.state();
        let mut bytes = state.durable.clone();
        let rest = state.cache.get(bytes.len()..).unwrap_or_default();
        let rest = &rest[..survive.min(rest.len())];
        bytes.extend(rest.iter().map(|&b| if nul { 0 } else { b }));
        let fresh = State {
            cache: bytes.clone(),
            dirty: bytes.len(),
            durable: bytes,
            kept: state.kept.clone(),
            ino: state.ino,
            ..State::default()
        };
        Model(Arc::new(Mutex::new(fresh)))
    }

    /// How much is not durable.
    pub(crate) fn at_risk(&self) -> usize {
        let state = self.state();
        state.cache.len().saturating_sub(state.durable.len())
    }
}

impl State {
    fn change(&mut self) -> io::Result<Option<Trouble>> {
        let due = self.trouble.filter(|(call, _)| *call == self.calls).map(|(_, what)| what);
        self.calls += 1;
        if due == Some(Trouble::ReadOnly) {
            self.read_only = true;
        }
        if self.read_only {
            return Err(io::Error::from(io::ErrorKind::ReadOnlyFilesystem));
        }
        Ok(due)
    }
}

impl Disk for Model {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        if state.change()?.is_some() {
            // Of whatever kind: half of it arrives.
            let half = bytes.len() / 2;
            state.cache.extend_from_slice(&bytes[..half]);
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        state.cache.extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.state();
        let trouble = state.change()?;
        let State { cache, durable, dirty, .. } = &mut *state;
        if trouble.is_some() {
            *dirty = cache.len();
            return Err(io::Error::other("input/output error"));
        }
        // The length is always written, lost pages read as NULs.
        durable.resize(cache.len(), 0);
        let from = (*dirty).min(cache.len());
        durable[from..].copy_from_slice(&cache[from..]);
        *dirty = cache.len();
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        if state.change()?.is_some() {
            return Err(io::Error::other("input/output error"));
        }
        let len = usize::try_from(len).unwrap();
        state.cache.truncate(len);
        state.dirty = state.dirty.min(len);
        Ok(())
    }

    fn read(&mut self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let state = self.state();
        let rest = state.cache.get(usize::try_from(at).unwrap()..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn held(&mut self) -> io::Result<Identity> {
        let state = self.state();
        Ok(Identity { dev: 1, ino: state.ino, len: state.cache.len() as u64 })
    }

    fn at_path(&mut self) -> io::Result<Option<Identity>> {
        let gone = self.state().gone;
        if gone { Ok(None) } else { self.held().map(Some) }
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.state().change().map(drop)
    }

    fn keep(&mut self, name: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        if state.change()?.is_some() {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        state.kept.insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn kept(&mut self, name: &Path) -> io::Result<bool> {
        Ok(self.state().kept.contains_key(name))
    }
}
