//! What a log without a fault proves, and what it does not.

use super::{Finding, FindingKind, Proof, Signature, Standing, Verification};
use crate::signoff::Actor;
use crate::signoff::event::{Event, LEFT};
use crate::signoff::line::Parsed;

/// The lines at the end with which a cockpit closes: readings sealed, run ended. They say nothing of the run.
#[derive(Default)]
pub(super) struct Closing {
    first: Option<u64>,
}

impl Closing {
    /// Takes the next line.
    pub(super) fn line(&mut self, no: u64, parsed: &Parsed) {
        let closes = match &parsed.event {
            Event::ReadingsSealed { .. } => parsed.by == Actor::Machine,
            Event::RunEnded { reason } => reason == LEFT,
            _ => false,
        };
        self.first = closes.then(|| self.first.unwrap_or(no));
    }

    /// Whether there is nothing else behind that line.
    fn follows(&self, line: u64) -> bool {
        self.first.is_some_and(|first| first <= line + 1)
    }
}

/// Whose word the signatures are.
pub(super) fn of(signatures: &[Signature]) -> Proof {
    let any = |wanted| signatures.iter().any(|signature| signature.standing == wanted);
    if any(Standing::Good) {
        Proof::Signed
    } else if any(Standing::SignerUnknown) || any(Standing::NotChecked) {
        Proof::SignersNotChecked
    } else {
        Proof::NotSigned
    }
}

/// What is a finding only because a signature is required.
pub(super) fn missing(found: &Verification, closing: &Closing) -> Option<Finding> {
    let good = found.signatures.iter().any(|signature| signature.standing.is_good());
    let covered = found.proven >= found.lines || (found.proven > 0 && closing.follows(found.proven));
    let (line, kind, message) = if good && covered {
        return None;
    } else if !good {
        (0, FindingKind::NotSigned, "no good signature is in it: `cutover sign` makes one".to_owned())
    } else if found.proof != Proof::Signed {
        let message = "whose keys signed was not asked, and anybody has one: --allowed-signers FILE tells";
        (0, FindingKind::NotSigned, message.to_owned())
    } else if found.findings.is_empty() {
        let (behind, them) = behind(found.proven, found.lines);
        let message =
            format!("nothing proves {behind} behind the last signature: `cutover sign` covers {them}");
        (found.proven + 1, FindingKind::Unanchored, message)
    } else {
        return None;
    };
    Some(Finding { line, kind, message })
}

/// What cannot be shown, as a clause; `broken_after`, the last line of those that follow one another, where not all do.
pub(super) fn limits(found: &Verification, closing: &Closing, broken_after: Option<u64>) -> String {
    let Verification { proven, signed, lines, proof, signatures, .. } = found;
    if let Some(whole) = broken_after {
        let before = match *proven {
            0 => "nothing proves those before it".to_owned(),
            proven => format!("signatures, or what is kept elsewhere, prove the lines up to {proven}"),
        };
        let bad = whole + 1;
        return format!(
            "from line {bad} on the lines do not follow one another as they were written: a signature there stands for its own line \
             alone; {before}"
        );
    }
    if proven >= lines {
        return "every line is proven by signatures or by what is kept elsewhere; that no line was cut off behind \
                the last, only a report or head made later can prove"
            .to_owned();
    }
    if *proven > 0 {
        let (behind, _) = behind(*proven, *lines);
        let closes = if closing.follows(*proven) {
            ", with which the cockpit closed (readings sealed, run ended)"
        } else {
            ""
        };
        return format!(
            "signatures, or what is kept elsewhere, prove the lines up to {proven}; {behind} behind it{closes}, and \
             that none was cut off at the end, cannot be proven: tail not proven"
        );
    }
    match proof {
        Proof::Signed => "a signature is good, but something before it is not as it was written: nothing is proven".to_owned(),
        Proof::SignersNotChecked => format!(
            "signatures cover the lines up to {signed}, but whose keys made them was not checked: anybody can write \
             such a log anew and sign it with a key of their own; `cutover verify LOG --allowed-signers FILE` \
             tells, by the keys that you got from the signers; and that no line was cut off at the end cannot be \
             proven: tail not proven"
        ),
        Proof::NotSigned if !signatures.is_empty() => "no signature in it is good: nothing proves it".to_owned(),
        Proof::NotSigned => "nobody signed it: the chain shows damage and single edits, but whoever could write \
                             the file could have written all of it anew or cut off its end; a signature (`cutover \
                             sign`), or a head kept elsewhere, would show that: tail not proven"
            .to_owned(),
    }
}

/// The lines behind that one, and what stands for them in a sentence.
fn behind(line: u64, last: u64) -> (String, &'static str) {
    let first = line + 1;
    if first == last { (format!("line {first}"), "it") } else { (format!("lines {first} to {last}"), "them") }
}
