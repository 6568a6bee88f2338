//! What proves the report, and what does not.

use std::path::Path;

use super::log_name;
use crate::report::document::{Chapter, code, outside, own, rich, strong};
use crate::report::model::Report;
use crate::signoff::verify::{Outcome, shell_check};

pub(super) fn integrity<'a>(report: &'a Report<'a>) -> Chapter<'a> {
    let found = report.verification;
    let mut page = Chapter::new("integrity", "Integrity");
    page.say(match found.outcome {
        Outcome::Intact => rich!["The chain of hashes, the numbers and the schema of all lines are intact."],
        Outcome::Findings | Outcome::Unreadable => {
            strong("The log is not intact: the first section of the exceptions says where.").into()
        }
    });
    page.pair("Events", own(report.record.events));
    page.pair("Lines of the log", own(found.lines));
    page.pair("Bytes of the log", own(found.bytes));
    page.pair("Head, SHA-256 of the last line", code(&found.head));
    for note in &found.notes {
        page.pair("Noted", rich![own(format!("line {}: ", note.line)), outside(&note.message)]);
    }
    anchors(&mut page, report);
    let name = log_name(report);
    let quoted = format!("'{}'", name.replace('\'', "'\\''"));
    page.say("To check the log with cutover, in its folder:");
    page.lines("sh", format!("cutover verify {quoted}"));
    let tool = code("sha256sum");
    page.say(rich!["With a shell and ", tool, " alone; the head it prints must be the one above:"]);
    page.lines("sh", shell_check(Path::new(&name)));
    page.say("What is not proven:");
    for sentence in report.not_proven() {
        page.entry(own(sentence));
    }
    page
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
