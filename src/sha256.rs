//! SHA-256 (FIPS 180-4), at once or in pieces.

use aws_lc_rs::digest::{self, Context, Digest, SHA256};

/// The hash of some bytes.
#[must_use]
pub fn of(bytes: &[u8]) -> [u8; 32] {
    array(&digest::digest(&SHA256, bytes))
}

/// The hash of bytes that come in pieces.
#[derive(Clone)]
pub struct Pieces(Context);

impl Default for Pieces {
    fn default() -> Pieces {
        Pieces(Context::new(&SHA256))
    }
}

impl Pieces {
    /// Takes the next bytes.
    pub fn take(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.update(bytes.as_ref());
    }

    /// The hash of all bytes taken.
    #[must_use]
    pub fn end(self) -> [u8; 32] {
        array(&self.0.finish())
    }
}

fn array(digest: &Digest) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest.as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    /// The examples of FIPS 180-2, B.1 and B.2, and of no bytes at all.
    #[test]
    fn it_is_what_the_standard_gives() {
        for (bytes, hash) in [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            ),
        ] {
            assert_eq!(HEXLOWER.encode(&of(bytes.as_bytes())), hash);
            let mut pieces = Pieces::default();
            for byte in bytes.bytes() {
                pieces.take([byte]);
            }
            assert_eq!(HEXLOWER.encode(&pieces.end()), hash);
        }
    }
}
