//! The verdict in words.

use std::fmt;

use super::{FindingKind, Outcome, Proof, Signature, Standing, Verification};
use crate::signoff::event::RunMode;

/// `intact, signers not checked`.
pub(super) fn verdict(found: &Verification) -> String {
    let unproven = |kind| matches!(kind, FindingKind::NotSigned | FindingKind::Unanchored);
    match (found.outcome, found.proof) {
        (Outcome::Unreadable, _) => "cannot be verified".to_owned(),
        (Outcome::Findings, _) if found.findings.iter().all(|finding| unproven(finding.kind)) => {
            "NOT PROVEN as required".to_owned()
        }
        (Outcome::Findings, _)
            if found.findings.iter().all(|it| it.kind == FindingKind::WrongSigner || unproven(it.kind)) =>
        {
            "NOT PROVEN, wrong signer".to_owned()
        }
        (Outcome::Findings, _) => "NOT INTACT".to_owned(),
        (Outcome::Intact, Proof::NotSigned) => "intact, not signed".to_owned(),
        (Outcome::Intact, Proof::SignersNotChecked) => "intact, signers not checked".to_owned(),
        (Outcome::Intact, Proof::Signed) if found.proven >= found.lines => "intact, signed".to_owned(),
        (Outcome::Intact, Proof::Signed) => format!("intact, signed up to line {}", found.proven),
    }
}

/// The verdict for a terminal: cleaned by whoever prints it, as all outside text.
impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let log = self.log.display();
        match self.outcome {
            Outcome::Unreadable => writeln!(f, "{log}: {}", self.verdict())?,
            _ => writeln!(f, "{log}: {}, {} lines", self.verdict(), self.lines)?,
        }
        if let Some(run) = &self.run {
            let mode = if run.mode == RunMode::Live { "live" } else { "REHEARSAL" };
            writeln!(f, "  {} ({mode}), run {}", run.title, run.id)?;
        }
        for finding in self.findings.iter().chain(&self.notes) {
            match finding.line {
                0 => writeln!(f, "  {}", finding.message)?,
                line => writeln!(f, "  line {line}: {}", finding.message)?,
            }
        }
        if self.unlisted > 0 {
            writeln!(f, "  and {} more", self.unlisted)?;
        }
        if self.outcome == Outcome::Unreadable {
            return Ok(());
        }
        for signature in &self.signatures {
            writeln!(f, "  {signature}")?;
        }
        if self.signatures.is_empty() {
            writeln!(f, "  not signed")?;
        }
        writeln!(f, "  head {}", self.head)?;
        writeln!(f, "  {}", self.not_proven)?;
        writeln!(f, "  check the chain without cutover:")?;
        write!(f, "{}", self.shell)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Signature { line, signs, name, .. } = self;
        let key = self.key.as_deref().unwrap_or("that cannot be read");
        write!(f, "signed by {name} in line {line}, for line {signs}, key {key}: {}", self.standing)?;
        match (self.standing, &self.principal) {
            (Standing::SignerUnknown, _) | (_, None) => Ok(()),
            (_, Some(principal)) => write!(f, ", {principal} by the allowed signers"),
        }
    }
}
