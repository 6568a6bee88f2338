//! What name servers, comparisons, logs and programs did during the run.

use super::{Page, when};
use crate::report::escape::{code, inline};

/// Whether an expectation speaks of a counter.
fn names(expect: &str, counter: &str) -> bool {
    expect.split(|c: char| !(c.is_alphanumeric() || "_-".contains(c))).any(|word| word == counter)
}

impl Page<'_> {
    pub(super) fn name_servers(&mut self) {
        let record = self.report.record;
        if record.flips.is_empty() && record.safe_times.is_empty() {
            return;
        }
        self.heading(2, "Name servers");
        if !record.flips.is_empty() {
            self.table_head(&["Recorded", "Record", "Server", "From", "To", "First seen", "Answer"]);
            for flip in &record.flips {
                self.row(&[
                    when(flip.act.at),
                    inline(&flip.record.name),
                    inline(&flip.server),
                    inline(&flip.from),
                    inline(&flip.to),
                    inline(&flip.since),
                    inline(&flip.saw),
                ]);
            }
        }
        for safe in &record.safe_times {
            let (name, at, proof) = (inline(&safe.record.name), inline(&safe.safe), inline(&safe.proof));
            self.line(format!("- **{name}** is safe from {at} on: {proof} – told {}", when(safe.act.at)));
        }
    }

    pub(super) fn reconciles(&mut self) {
        let record = self.report.record;
        if record.reconciles.is_empty() {
            return;
        }
        self.heading(2, "Comparisons of source and target");
        for run in &record.reconciles {
            let verdict = if run.is_good() { "all that was expected held" } else { "**NOT as expected**" };
            let (name, asked_by) = (inline(&run.probe.name), inline(&run.asked_by));
            let took = crate::text::exact(std::time::Duration::from_millis(run.took_ms));
            let at = when(run.act.at);
            self.line(format!("- **{name}**: {verdict} – asked by {asked_by}, took {took}, ended {at}"));
            if let Some(why) = &run.failed {
                self.line(format!("  - it cannot be told: {}", inline(why)));
            }
            for (counter, value) in &run.counters {
                let free = if run.expected.iter().any(|it| names(&it.expect, counter)) {
                    ""
                } else {
                    " (nothing is expected of it)"
                };
                self.line(format!("  - {}: {value}{free}", inline(counter)));
            }
            for expected in &run.expected {
                let saw =
                    expected.saw.as_ref().map_or("held".to_owned(), |saw| format!("**saw {}**", inline(saw)));
                self.line(format!("  - expected {}: {saw}", code(&expected.expect)));
            }
        }
    }

    pub(super) fn logs(&mut self) {
        let record = self.report.record;
        if !record.excerpts.is_empty() {
            self.heading(2, "Log excerpts");
            for excerpt in &record.excerpts {
                let (of, blob) = (inline(&excerpt.probe.to_string()), &excerpt.blob);
                let item = excerpt.item.and_then(|id| record.item(id)).map(|item| inline(&item.row.text));
                let item = item.map(|text| format!(" for “{text}”")).unwrap_or_default();
                self.line(format!(
                    "- {} lines of {of}{item}, {} bytes, kept as {} – {}",
                    excerpt.lines,
                    blob.bytes,
                    code(&blob.sha256),
                    self.who(&excerpt.act)
                ));
            }
        }
        if !record.noise.is_empty() {
            self.heading(2, "Log lines declared as expected");
            for noise in &record.noise {
                let of = inline(&noise.probe.to_string());
                self.line(format!("- {of}: {} – {}", code(&noise.pattern), self.who(&noise.act)));
            }
        }
    }
}
