//! Whether a log is intact: chain, numbers, schema, evidence, signatures; and what is wrong with the first bad line.
//!
//! One pass in bounded memory. A chain shows every change that did not write all behind it anew; its last line has no
//! successor that holds its hash. So a log is proven only by a signature whose key is known, or by a head or report
//! kept elsewhere, and only up to there.

mod ahead;
mod check;
mod kept;
mod outside;
mod proof;
mod say;
mod signed;
mod story;

use std::fs::File;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use super::event::RunMode;
use super::signature::NAMESPACE;
use super::{Hash, Line};
use check::Check;

pub use outside::Place;
pub use signed::{Signature, Standing};

/// What a log is verified against, beyond itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Against {
    /// Whose keys sign: a file of allowed signers, ssh-keygen(1).
    pub allowed_signers: Option<PathBuf>,
    /// A report that may be of this log.
    pub report: Option<PathBuf>,
    /// Heads that were kept elsewhere.
    pub heads: Vec<Hash>,
    /// Every line must be covered by a good signature, or by what is kept elsewhere.
    pub require_signature: bool,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verification {
    /// The log.
    pub log: PathBuf,
    /// In one word.
    pub outcome: Outcome,
    /// Whose word stands behind it.
    pub proof: Proof,
    /// Whole lines.
    pub lines: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Hash of the last whole line; 64 zeros if there is none.
    pub head: String,
    /// What the log is of, as far as its first line can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunName>,
    /// What is wrong, in order of line.
    pub findings: Vec<Finding>,
    /// Findings that are not listed, because there are too many.
    pub unlisted: u64,
    /// What is worth knowing and proves nothing.
    pub notes: Vec<Finding>,
    /// The signatures in it, in order of line.
    pub signatures: Vec<Signature>,
    /// The last line that a signature of the allowed signers, or what is kept elsewhere, proves; 0 if nothing does.
    pub proven: u64,
    /// The last line that a good signature covers, whosever it is; 0 if none does.
    pub signed: u64,
    /// Whether the report that it was compared with is one of this log, at this or an earlier state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report_belongs: Option<bool>,
    /// What the check cannot show, as a clause.
    pub not_proven: String,
    /// A command for any shell that checks the chain with `sha256sum` alone.
    pub shell: String,
}

/// What was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunName {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Live or rehearsal.
    pub mode: RunMode,
    /// The plan's title.
    pub title: String,
}

/// The verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Verdict")]
pub enum Outcome {
    /// Nothing is wrong.
    Intact,
    /// Something is.
    Findings,
    /// It cannot be told: no file, no log, or a newer one.
    Unreadable,
}

/// Whose word stands behind a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// Nobody's: whoever could write the file could have written all of it anew.
    #[default]
    NotSigned,
    /// Somebody's: signatures are good, but whose keys made them was not asked.
    SignersNotChecked,
    /// That of signers who are known by their keys.
    Signed,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which, from 1; 0 for the file as a whole.
    pub line: u64,
    /// What kind.
    pub kind: FindingKind,
    /// One sentence.
    pub message: String,
}

/// The kinds of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// The file cannot be opened or read.
    Unreadable,
    /// It is no sign-off log.
    NotALog,
    /// Written by a newer program.
    Newer,
    /// The line's bytes are not those that were written.
    Edited,
    /// Lines are missing before it.
    Removed,
    /// It stands at another place than it was written at.
    Reordered,
    /// It stands there twice.
    Repeated,
    /// The file ends in half a line.
    Torn,
    /// It fits the chain, and still may not stand there.
    Schema,
    /// Evidence that it names is missing or other bytes.
    Evidence,
    /// Evidence that it names was taken away, as a later line says.
    Redacted,
    /// A torn end was set aside.
    Recovered,
    /// The wall clock went back.
    Clock,
    /// Lines behind it were cut off: something kept elsewhere knows of them.
    Cut,
    /// Its signature does not fit the line that it signs.
    BadSignature,
    /// It is not signed with a key of who is said to have signed.
    WrongSigner,
    /// A signature could not be checked.
    NotChecked,
    /// Something kept elsewhere agrees with it.
    Anchored,
    /// No good signature is in the log, and one is required.
    NotSigned,
    /// Nothing proves the lines from it on, and that is required.
    Unanchored,
    /// The report is of another run.
    OtherReport,
}

impl Verification {
    /// 0 intact, 1 findings, 2 unreadable.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.outcome {
            Outcome::Intact => 0,
            Outcome::Findings => 1,
            Outcome::Unreadable => 2,
        }
    }

    /// In a few words: what is told and what stands behind it.
    #[must_use]
    pub fn verdict(&self) -> String {
        say::verdict(self)
    }

    /// The first bad line.
    #[must_use]
    pub fn first(&self) -> Option<&Finding> {
        self.findings.first()
    }
}

/// Checks a log whole.
#[must_use]
pub fn verify(path: &Path) -> Verification {
    verify_against(path, &Against::default())
}

/// Checks a log whole, against what is known of it elsewhere.
#[must_use]
pub fn verify_against(path: &Path, against: &Against) -> Verification {
    check(path, against, None)
}

/// Checks a log whole and hands on its lines, up to the first that cannot be trusted: one read for both.
pub fn verify_each(path: &Path, against: &Against, visit: &mut dyn FnMut(&Line)) -> Verification {
    check(path, against, Some(visit))
}

fn check<'a>(
    path: &'a Path,
    against: &'a Against,
    visit: Option<&'a mut (dyn FnMut(&Line) + 'a)>,
) -> Verification {
    let mut check = Check::new(path, against, visit);
    match File::open(path).and_then(|file| Ok((file.metadata()?, file))) {
        Ok((metadata, file)) if metadata.is_file() => check.read(&file, metadata.len()),
        Ok(_) => check.unreadable("it is not a file"),
        Err(error) => check.unreadable(&format!("it cannot be opened: {error}")),
    }
    check.finish()
}

/// A command for any shell that checks the chain of that log with `sha256sum` alone.
#[must_use]
pub fn shell_check(path: &Path) -> String {
    let name = path.to_string_lossy().replace('\'', "'\\''");
    // A name that begins with a dash is still a file to the shell's `<`.
    format!(
        "p=$(printf %064d 0); n=0; bad=; while IFS= read -r l; do n=$((n+1))\n\
         case $l in *\",\\\"prev\\\":\\\"$p\\\"}}\") ;; *) bad=$n; break ;; esac\n\
         p=$(printf %s \"$l\" | sha256sum | cut -c 1-64); done <'{name}'\n\
         if [ -n \"$bad\" ]; then echo \"line $bad does not follow the line before it\"\n\
         else echo \"$n lines, head $p\"; fi\n"
    )
}

/// Commands for bash that check every signature of that log with stock ssh-keygen, `jq` and `sed`; `allowed_signers`
/// is a file of the reader's own, as ssh-keygen(1) has it.
#[must_use]
pub fn shell_signatures(path: &Path) -> String {
    let name = path.to_string_lossy().replace('\'', "'\\''");
    format!(
        "jq -r 'select(.event==\"signoff.signed\")|\"\\(.seq) \\(.line) \\(.name)\"' <'{name}' | {{ bad=0; while read -r s l n; do\n\
         sig() {{ sed -n \"${{s}}p\" <'{name}' | jq -j .signature; }}\n\
         who=$(ssh-keygen -Y find-principals -f allowed_signers -s <(sig)); echo \"line $l, signed as $n, with a key of ${{who:-nobody}}:\"\n\
         sed -n \"${{l}}p\" <'{name}' | tr -d '\\n' | ssh-keygen -Y verify -f allowed_signers -n {NAMESPACE} -I \"$who\" -s <(sig) || bad=1\n\
         done; exit $bad; }}\n"
    )
}

#[cfg(test)]
mod tests;
