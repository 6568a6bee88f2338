//! SSH signatures of sign-offs: made by `ssh-keygen -Y sign`, checked by `ssh-keygen -Y verify`, both stock OpenSSH.
//!
//! A signature covers the bytes of the line that holds the `signoff.given`, without its newline; its `prev` binds
//! every line before it. Agents and hardware keys work as they do for ssh.

mod keygen;
mod signers;

use data_encoding::{BASE64, BASE64_NOPAD};

pub use keygen::{Checked, NotSigned, Prompts, check, sign};
pub use signers::AllowedSigners;

/// What the signatures are for: no signature made for another purpose passes for one of a sign-off.
pub const NAMESPACE: &str = "cutover-signoff";

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
/// Base64 in an armoured signature is broken at this column.
const COLUMNS: usize = 70;

/// What an armoured signature says of itself (OpenSSH, PROTOCOL.sshsig).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The kind of the key: `ssh-ed25519`.
    pub kind: String,
    /// The key's fingerprint as ssh-keygen writes it: `SHA256:…`.
    pub fingerprint: String,
    /// What the signature is for.
    pub namespace: String,
}

/// Not an SSH signature as ssh-keygen writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not an SSH signature as ssh-keygen writes it")]
pub struct NotASignature;

impl Sealed {
    /// Reads an armoured signature; one has a single spelling, any other is refused.
    ///
    /// # Errors
    /// It is something else, or spelled otherwise.
    pub fn read(armoured: &str) -> Result<Sealed, NotASignature> {
        Sealed::decode(armoured).ok_or(NotASignature)
    }

    fn decode(armoured: &str) -> Option<Sealed> {
        let body = armoured.strip_prefix(BEGIN)?.strip_suffix('\n')?.strip_suffix(END)?;
        let bytes = BASE64.decode(body.replace('\n', "").as_bytes()).ok()?;
        if armour(&bytes) != armoured {
            return None;
        }
        let mut rest = bytes.strip_prefix(b"SSHSIG\0\0\0\x01")?;
        let key = string(&mut rest)?;
        let namespace = string(&mut rest)?;
        let (_reserved, _hash, _signature) = (string(&mut rest)?, string(&mut rest)?, string(&mut rest)?);
        let kind = string(&mut { key })?;
        rest.is_empty().then_some(())?;
        Some(Sealed {
            kind: String::from_utf8(kind.to_vec()).ok()?,
            fingerprint: format!("SHA256:{}", BASE64_NOPAD.encode(&crate::sha256::of(key))),
            namespace: String::from_utf8(namespace.to_vec()).ok()?,
        })
    }
}

/// A length-prefixed string (RFC 4251, 5).
fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, behind) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (string, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some(string)
}

fn armour(bytes: &[u8]) -> String {
    let text = BASE64.encode(bytes);
    let mut armoured = format!("{BEGIN}\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at(rest.len().min(COLUMNS));
        armoured.push_str(line);
        armoured.push('\n');
        rest = behind;
    }
    armoured + END + "\n"
}

#[cfg(test)]
mod tests;
