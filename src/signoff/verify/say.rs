//! The verdict in words.

use std::fmt;

use super::{Outcome, Signature, Standing, Verification};
use crate::signoff::event::RunMode;

/// The verdict for a terminal: cleaned by whoever prints it, as all outside text.
impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let log = self.log.display();
        match self.outcome {
            Outcome::Intact => writeln!(f, "{log}: intact, {} lines", self.lines)?,
            Outcome::Findings => writeln!(f, "{log}: NOT INTACT")?,
            Outcome::Unreadable => writeln!(f, "{log}: cannot be verified")?,
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
        write!(
            f,
            "signed by {name} in line {line}, for line {signs} and all before, key {key}: {}",
            self.standing
        )?;
        match (self.standing, &self.principal) {
            (Standing::SignerUnknown, _) => f.write_str("; --allowed-signers FILE tells whose key it is"),
            (_, Some(principal)) => write!(f, ", {principal} by the allowed signers"),
            (_, None) => Ok(()),
        }
    }
}
