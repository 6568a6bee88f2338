//! What proves the report, and what does not.

use std::path::Path;

use super::log_name;
use crate::record::Signoff;
use crate::report::document::{Chapter, Rich, Span, code, outside, own, rich, strong, typed};
use crate::report::model::Report;
use crate::signoff::verify::{Outcome, Signature, shell_check, shell_signatures};

pub(super) fn integrity<'a>(report: &'a Report<'a>) -> Chapter<'a> {
    let found = report.verification;
    let mut page = Chapter::new("integrity", "Integrity");
    page.say(match found.outcome {
        Outcome::Intact => rich![
            "The chain of hashes, the numbers and the schema of all lines are intact. Verdict: ",
            own(found.verdict()),
            "."
        ],
        Outcome::Findings | Outcome::Unreadable => {
            strong("The log is not intact: the first section of the exceptions says where.").into()
        }
    });
    page.pair("Events", own(report.record.events));
    page.pair("Lines of the log", own(found.lines));
    page.pair("Bytes of the log", own(found.bytes));
    page.pair("Head, SHA-256 of the last line", code(&found.head));
    for note in &found.notes {
        let line = (note.line > 0).then(|| own(format!("line {}: ", note.line)));
        page.pair("Noted", rich![line, outside(&note.message)]);
    }
    signers(&mut page, report);
    anchors(&mut page, report);
    let name = log_name(report);
    let quoted = format!("'{}'", name.replace('\'', "'\\''"));
    page.say(if found.signatures.is_empty() {
        rich!["To check the log with cutover, in its folder:"]
    } else {
        let file = code("allowed_signers");
        rich![
            "To check the log with cutover, in its folder; ",
            file,
            " is a file of yours with one line a person: a name as in the log, in quotes if it has blanks, and the \
             public key that you got from them:",
        ]
    });
    let signers = if found.signatures.is_empty() { "" } else { " --allowed-signers allowed_signers" };
    page.lines("sh", format!("cutover verify {quoted}{signers}"));
    let tool = code("sha256sum");
    page.say(rich!["With a shell and ", tool, " alone; the head it prints must be the one above:"]);
    page.lines("sh", shell_check(Path::new(&name)));
    if !found.signatures.is_empty() {
        let (jq, keygen) = (code("jq"), code("ssh-keygen"));
        page.say(rich!["The signatures with bash, ", jq, " and stock ", keygen, ", and the same file:"]);
        page.lines("bash", shell_signatures(Path::new(&name)));
    }
    page.say("Whether this report is of that log, and whether the log was cut or changed since:");
    page.lines("sh", format!("cutover verify {quoted} --report THIS_FILE"));
    page.say("What is not proven:");
    for sentence in report.not_proven() {
        page.entry(typed(&sentence));
    }
    page.say(code(report.place().to_string()));
    page
}

/// The keys that sign, and how far that reaches.
fn signers<'a>(page: &mut Chapter<'a>, report: &'a Report<'a>) {
    let found = &report.verification;
    if found.signatures.is_empty() {
        page.say(strong("Nobody signed with a key."));
        return;
    }
    page.say(if report.is_whole() {
        "Signed with SSH keys; each signature covers its sign-off and every line before it:"
    } else {
        "Signed with SSH keys; each signature covers its sign-off, and the lines before it only where none was changed:"
    });
    let rows = found.signatures.iter().map(|signature| {
        vec![
            outside(&signature.name).into(),
            key(signature),
            Span::Line(signature.line).into(),
            Span::Line(signature.signs).into(),
            own(signature.standing).into(),
        ]
    });
    page.table(&["Signer", "Key", "Signature in line", "Signs line", "Check"], rows.collect());
}

fn key(signature: &Signature) -> Rich<'_> {
    signature.key.as_deref().map_or_else(|| "none that can be read".into(), |key| code(key).into())
}

/// Under a sign-off: with which keys it is signed, and what else the same person did.
pub(super) fn signatures<'a>(page: &mut Chapter<'a>, report: &'a Report<'a>, signoff: &'a Signoff) {
    if report.signatures(signoff).next().is_none() {
        page.detail("signed with a key", "no");
    }
    for signature in report.signatures(signoff) {
        let check = own(format!(": {} (line ", signature.standing));
        let words =
            rich![outside(&signature.name), ", ", key(signature), check, Span::Line(signature.line), ")"];
        page.detail("signed with a key", words);
    }
    if let Some(told) = report.record.duty(&signoff.name).told() {
        page.detail("the same person", own(told));
    }
}

fn anchors<'a>(page: &mut Chapter<'a>, report: &'a Report<'a>) {
    let record = report.record;
    let Some(last) = record.anchors.last() else {
        page.say("No head was given to another place: the log rests on this file alone.");
        return;
    };
    page.say("Heads given to another place:");
    for anchor in &record.anchors {
        let (head, place) = (code(&anchor.head), outside(&anchor.place));
        page.entry(rich![head, " to ", place, " – ", report.who(&anchor.act)]);
    }
    let behind = record.head.seq.saturating_sub(last.act.seq);
    if behind > 0 {
        page.say(own(format!("{behind} lines stand behind the last of them: they are not anchored.")));
    }
}
