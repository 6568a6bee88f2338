//! Whose keys sign, as the reader of a log says: a file of allowed signers, ssh-keygen(1), ALLOWED SIGNERS.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Largest file: one of a line for everybody of a large company.
const SIZE_MAX: u64 = 16 * 1024 * 1024;

/// How the name of a kind of key begins.
const KEYS: [&str; 4] = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"];

/// Allowed signers, read once: the file may be a pipe, and every check asks anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedSigners(Vec<u8>);

impl AllowedSigners {
    /// Reads a file of them.
    ///
    /// # Errors
    /// One sentence: it cannot be read, names nobody, or has a key without a name before it.
    pub fn read(path: &Path) -> Result<AllowedSigners, String> {
        let name = path.display();
        let failed = |error: io::Error| format!("the allowed signers {name} cannot be read: {error}");
        let mut bytes = Vec::new();
        File::open(path).map_err(failed)?.take(SIZE_MAX).read_to_end(&mut bytes).map_err(failed)?;
        let text = String::from_utf8_lossy(&bytes);
        let lines = (1..).zip(text.lines().map(str::trim_start));
        let mut signers = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).peekable();
        let example = "a line is a name as in the log, then the key: \"Lee Chen\" ssh-ed25519 AAAA…";
        if signers.peek().is_none() {
            return Err(format!("the allowed signers {name} name nobody; {example}"));
        }
        match signers.find(|(_, line)| is_key(line)) {
            Some((line, _)) => Err(format!("{name}, line {line}: it begins with a key; {example}")),
            None => Ok(AllowedSigners(bytes)),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Whether a line is a public key as it lies in a `.pub` file, without a name before it.
fn is_key(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let kind = words.next().is_some_and(|word| KEYS.iter().any(|kind| word.starts_with(kind)));
    kind && words.next().is_some_and(|word| word.starts_with("AAAA"))
}
