//! Changes of the plan during the run: item by item, and line by line.

use super::super::escape::{block, inline};
use super::Page;
use crate::checklist::diff::{DiffLine, LineKind};
use crate::record::Amendment;

/// Lines of one change that are shown; the log holds both texts whole.
const SHOWN: usize = 400;

impl Page<'_> {
    /// Each change: who, when, what became of each item and its tick, and the lines.
    pub(super) fn amended(&mut self) {
        let record = self.report.record;
        if record.amendments.is_empty() {
            return;
        }
        self.heading(2, "Changes of the plan");
        for (number, amendment) in (1..).zip(&record.amendments) {
            if number > 1 {
                self.line("");
            }
            let (what, who) = (inline(&amendment.what), self.who(&amendment.act));
            self.line(format!("- change {number}: {what} – {who}"));
            self.changed_items(amendment);
            self.changed_lines(&amendment.lines);
        }
    }

    /// What the change said on each item.
    fn changed_items(&mut self, amendment: &Amendment) {
        let report = self.report;
        let mut told = Vec::new();
        for item in &report.record.items {
            let of_it = item.history.iter().filter(|entry| entry.act.seq == amendment.act.seq);
            told.extend(of_it.map(|entry| (item.row.id, entry.text.as_str())));
        }
        for (id, text) in told {
            self.line(format!("  - {}: {}", self.named(id), inline(text)));
        }
    }

    fn changed_lines(&mut self, lines: &[DiffLine]) {
        if lines.is_empty() {
            return;
        }
        let mut out = Vec::new();
        let mut before: Option<&DiffLine> = None;
        for line in lines.iter().take(SHOWN) {
            if before.is_none_or(|before| is_gap(before, line)) {
                let at = line.new_line.or(line.old_line).unwrap_or_default();
                out.push(format!("@@ line {at} @@"));
            }
            let mark = match line.kind {
                LineKind::Same => ' ',
                LineKind::Added => '+',
                LineKind::Removed => '-',
            };
            out.push(format!("{mark}{}", line.text));
            before = Some(line);
        }
        if lines.len() > SHOWN {
            out.push(format!("@@ {} lines more are in the log @@", lines.len() - SHOWN));
        }
        self.line("");
        self.line(block("diff", &out.join("\n")));
    }
}

/// Whether lines that did not change lie between two.
fn is_gap(before: &DiffLine, line: &DiffLine) -> bool {
    let gap = |a: Option<u32>, b: Option<u32>| matches!((a, b), (Some(a), Some(b)) if b > a + 1);
    gap(before.old_line, line.old_line) || gap(before.new_line, line.new_line)
}
