//! Finds the programs that tests bring along: the system's, and those that `tests/run` puts below `target/peers`.

#![expect(clippy::print_stdout, reason = "what is not tried is said")]

use std::path::{Path, PathBuf};

/// Set to `skip` where they cannot be installed.
const PEERS: &str = "CUTOVER_TEST_PEERS";

/// Where `tests/run` puts what has no package.
fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers")
}

/// Whether tests with peers are to be skipped; says so.
pub fn skipped(name: &str) -> bool {
    let skipped = std::env::var(PEERS).is_ok_and(|peers| peers == "skip");
    if skipped {
        println!("skipped: {PEERS}=skip, so {name} is not tried");
    }
    skipped
}

/// A program of the system's packages; `None` if tests with peers are to be skipped. Fails if it is missing.
pub fn system(name: &str) -> Option<PathBuf> {
    if skipped(name) {
        return None;
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(["/usr/sbin", "/sbin"].map(PathBuf::from));
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        let mut versions: Vec<PathBuf> =
            versions.flatten().map(|version| version.path().join("bin")).collect();
        versions.sort();
        folders.extend(versions.into_iter().rev());
    }
    let found = folders.into_iter().map(|folder| folder.join(name)).find(|program| program.is_file());
    assert!(found.is_some(), "{name} is missing: run tests/run, which installs it, or set {PEERS}=skip");
    found
}

/// A program of the Python packages.
pub fn python(name: &str) -> Option<PathBuf> {
    brought(name, &peers().join("python/bin").join(name))
}

/// A file of the Node packages.
pub fn node(name: &str) -> Option<PathBuf> {
    brought(name, &peers().join("npm/node_modules").join(name))
}

fn brought(name: &str, path: &Path) -> Option<PathBuf> {
    if skipped(name) {
        return None;
    }
    assert!(path.is_file(), "{name} is missing: run tests/run, which installs it, or set {PEERS}=skip");
    Some(path.to_owned())
}
