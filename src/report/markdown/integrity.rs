//! What proves the report, and what does not.

use std::path::Path;

use super::{Page, log_name};
use crate::report::escape::{block, code, inline};
use crate::signoff::verify::{Outcome, shell_check};

impl Page<'_> {
    pub(super) fn integrity(&mut self) {
        let report = self.report;
        let found = report.verification;
        self.heading(2, "Integrity");
        let verdict = match found.outcome {
            Outcome::Intact => "The chain of hashes, the numbers and the schema of all lines are intact.",
            Outcome::Findings | Outcome::Unreadable => {
                "**The log is not intact: the first section of the exceptions says where.**"
            }
        };
        self.line(format!("{verdict}\n"));
        self.table_head(&["", ""]);
        self.pair("Events", report.record.events);
        self.pair("Lines of the log", found.lines);
        self.pair("Bytes of the log", found.bytes);
        self.pair("Head, SHA-256 of the last line", code(&found.head));
        for note in &found.notes {
            self.pair("Noted", format!("line {}: {}", note.line, inline(&note.message)));
        }
        self.anchors();
        let name = log_name(report);
        let quoted = format!("'{}'", name.replace('\'', "'\\''"));
        self.line("\nTo check the log with cutover, in its folder:\n");
        self.line(block("sh", &format!("cutover verify {quoted}")));
        self.line("\nWith a shell and `sha256sum` alone; the head it prints must be the one above:\n");
        self.line(block("sh", &shell_check(Path::new(&name))));
        self.line("\nWhat is not proven:\n");
        for sentence in report.not_proven() {
            self.line(format!("- {sentence}"));
        }
    }

    fn anchors(&mut self) {
        let record = self.report.record;
        let Some(last) = record.anchors.last() else {
            self.line("\nNo head was given to another place: the log rests on this file alone.");
            return;
        };
        self.line("\nHeads given to another place:\n");
        for anchor in &record.anchors {
            let (head, place) = (code(&anchor.head), inline(&anchor.place));
            self.line(format!("- {head} to {place} – {}", self.who(&anchor.act)));
        }
        let behind = record.head.seq.saturating_sub(last.act.seq);
        if behind > 0 {
            self.line(format!("\n{behind} lines stand behind the last of them: they are not anchored."));
        }
    }
}
