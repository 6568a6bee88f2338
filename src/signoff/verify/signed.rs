//! Whether the signatures in a log are good, whose they are, and how far they reach.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::os::unix::fs::FileExt;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Finding, FindingKind};
use crate::signoff::event::Event;
use crate::signoff::line::Parsed;
use crate::signoff::person::same_person;
use crate::signoff::signature::{AllowedSigners, Checked, Sealed, check};
use crate::signoff::{ActId, Actor, At, Via};

/// Signatures that are checked: each is two programs run; a log has a handful.
const CHECKED: usize = 100;

/// A signature in a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Signature {
    /// The line that holds it.
    pub line: u64,
    /// The line that it signs, and with it all before.
    pub signs: u64,
    /// Who signed, as they say.
    pub name: String,
    /// The fingerprint of the key; `None` if the signature cannot be read.
    pub key: Option<String>,
    /// What the check came to.
    pub standing: Standing,
    /// Whose key it is by the allowed signers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
}

/// What the check of a signature came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It is good, and the key is that of who signed, by the allowed signers.
    Good,
    /// It is good; whose key it is was not asked.
    SignerUnknown,
    /// It is good, but the key is not that of who is said to have signed.
    WrongSigner,
    /// It is not a signature of that line.
    Bad,
    /// It could not be checked.
    NotChecked,
}

impl Standing {
    /// Whether it is a signature of that line, as far as it was asked.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, Standing::Good | Standing::SignerUnknown)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Standing::Good => "good",
            Standing::SignerUnknown => "good, signer not checked",
            Standing::WrongSigner => "wrong signer",
            Standing::Bad => "bad",
            Standing::NotChecked => "not checked",
        })
    }
}

/// Signatures and what they sign, as the lines go by.
#[derive(Default)]
pub(super) struct Signed {
    /// Where the lines that hold a sign-off stand, by the number that each gives itself: the first of that number.
    given: BTreeMap<u64, Stands>,
    last: Option<Given>,
    found: Vec<(Signature, String, At)>,
    /// Lines that say nothing but what follows from the signed line before them and their good signature.
    followers: Vec<u64>,
    beyond: u64,
}

/// Where a line stands in the file.
#[derive(Clone, Copy)]
struct Stands {
    /// Which line it is.
    no: u64,
    at: (u64, usize),
}

/// The sign-off in the line before.
struct Given {
    line: u64,
    name: String,
    at: At,
    act: ActId,
    by: Actor,
    via: Via,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Told {
    pub(super) signatures: Vec<Signature>,
    pub(super) findings: Vec<Finding>,
    pub(super) notes: Vec<Finding>,
    /// The last line that a signature of the allowed signers proves.
    pub(super) proven: u64,
    /// The last line that a good signature covers, whosever it is.
    pub(super) covered: u64,
}

impl Signed {
    /// Takes the next line, which stands at that byte.
    pub(super) fn line(&mut self, no: u64, at: (u64, usize), parsed: &Parsed) -> Option<Finding> {
        let before = self.last.take();
        match &parsed.event {
            Event::SignoffGiven { name, .. } => {
                self.given.entry(parsed.seq).or_insert(Stands { no, at });
                self.last = Some(Given {
                    line: parsed.seq,
                    name: name.clone(),
                    at: parsed.at,
                    act: parsed.act,
                    by: parsed.by.clone(),
                    via: parsed.via.clone(),
                });
            }
            Event::SignoffSigned { line, name, signature } => {
                if !self.given.contains_key(line) {
                    let message = format!("it signs line {line}, which is no sign-off before it");
                    return Some(Finding { line: no, kind: FindingKind::Schema, message });
                }
                if before.is_some_and(|given| given.line == *line && given.implies(parsed, name)) {
                    self.followers.push(no);
                }
                if self.found.len() == CHECKED {
                    self.beyond += 1;
                    return None;
                }
                let key = Sealed::read(signature).ok().map(|sealed| sealed.fingerprint);
                let found = Signature {
                    line: no,
                    signs: *line,
                    name: name.clone(),
                    key,
                    standing: Standing::NotChecked,
                    principal: None,
                };
                self.found.push((found, signature.clone(), parsed.at));
            }
            _ => {}
        }
        None
    }

    /// Checks them all by the allowed signers, if there are some; only up to line `whole` one leads to the next.
    pub(super) fn end(self, log: &File, signers: Option<&AllowedSigners>, whole: u64) -> Told {
        let mut told = Told::default();
        let mut note =
            |line, message| told.notes.push(Finding { line, kind: FindingKind::NotChecked, message });
        let mut good = Vec::new();
        for (mut found, armoured, at) in self.found {
            let Some(given) = self.given.get(&found.signs).copied() else { continue };
            match read(log, given.at).and_then(|bytes| check(&bytes, &armoured, signers, at)) {
                Ok(_) if found.key.is_none() => found.standing = Standing::Bad,
                Ok(checked) => found.settle(checked),
                Err(error) => {
                    note(
                        found.line,
                        format!("its signature was not checked, ssh-keygen cannot be run: {error}"),
                    );
                }
            }
            // A broken chain carries no proof from one line to those before it.
            if found.standing.is_good() && given.no <= whole {
                good.push((found.signs, found.line, found.standing == Standing::Good));
            }
            told.findings.extend(found.finding());
            told.signatures.push(found);
        }
        if self.beyond > 0 {
            note(0, format!("{} more signatures were not checked", self.beyond));
        }
        // A signature's own line stands behind what it signs, and yet nothing in it is free.
        let follows = |signs, line| line == signs + 1 && line <= whole && self.followers.contains(&line);
        let reach = |(signs, line, _): &(u64, u64, bool)| signs + u64::from(follows(*signs, *line));
        told.covered = good.iter().map(reach).max().unwrap_or(0);
        told.proven = good.iter().filter(|(.., known)| *known).map(reach).max().unwrap_or(0);
        told
    }
}

impl Given {
    /// Whether all that a signature's line says follows from this sign-off, but the signature itself.
    fn implies(&self, signed: &Parsed, name: &str) -> bool {
        let next = ActId { n: self.act.n + 1, ..self.act };
        (self.at, next, &self.by, &self.via) == (signed.at, signed.act, &signed.by, &signed.via)
            && self.name == name
    }
}

impl Signature {
    fn settle(&mut self, checked: Checked) {
        self.standing = match checked {
            Checked::Good => Standing::SignerUnknown,
            Checked::Bad => Standing::Bad,
            Checked::NotAllowed => Standing::WrongSigner,
            Checked::Signer(principals) => {
                let own = principals.iter().find(|principal| is_of(principal, &self.name));
                self.principal = own.or(principals.first()).cloned();
                if own.is_some() { Standing::Good } else { Standing::WrongSigner }
            }
        };
    }

    fn finding(&self) -> Option<Finding> {
        let (name, signs) = (&self.name, self.signs);
        let key = self.key.as_deref().unwrap_or("an unknown key");
        let (kind, message) = match (self.standing, &self.principal) {
            (Standing::Bad, _) if self.key.is_none() => {
                (FindingKind::BadSignature, format!("its signature by {name} is no SSH signature"))
            }
            (Standing::Bad, _) => (
                FindingKind::BadSignature,
                format!("its signature by {name} does not fit line {signs}: one of them was edited"),
            ),
            (Standing::WrongSigner, None) => (
                FindingKind::WrongSigner,
                format!(
                    "it is signed as {name} with {key}, which the allowed signers do not have, not for this, or not \
                     at that time"
                ),
            ),
            (Standing::WrongSigner, Some(principal)) => (
                FindingKind::WrongSigner,
                format!(
                    "it is signed as {name} with {key}, which is {principal} by the allowed signers; if both are one \
                     person, name the key there as in the log: \"{name}\" ssh-…"
                ),
            ),
            _ => return None,
        };
        Some(Finding { line: self.line, kind, message })
    }
}

/// Whether a principal is the person of that name: `dana.lee@example.com` is Dana Lee.
fn is_of(principal: &str, name: &str) -> bool {
    let local = principal.split('@').next().unwrap_or_default();
    same_person(principal, name)
        || same_person(&local.replace(['.', '_', '-'], " "), name)
        || same_person(local, name)
}

fn read(log: &File, (at, length): (u64, usize)) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    log.read_exact_at(&mut bytes, at)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::is_of;

    #[test]
    fn a_principal_is_a_person_by_its_name() {
        assert!(is_of("dana", "Dana") && is_of("dana@bastion", "dana") && is_of("Dana Lee", "dana lee"));
        assert!(is_of("dana.lee@example.com", "Dana Lee") && is_of("dana-lee@x", "dana-lee"));
        assert!(!is_of("dana@bastion", "lee") && !is_of("*", "dana") && !is_of("dana.lee@x", "dana"));
    }
}
