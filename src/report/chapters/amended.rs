//! Changes of the plan during the run: item by item, and line by line.

use crate::checklist::diff::{DiffLine, LineKind};
use crate::record::Amendment;
use crate::report::document::{Chapter, outside, own, rich};
use crate::report::model::Report;

/// Lines of one change that are shown; the log holds both texts whole.
const SHOWN: usize = 400;

/// Each change: who, when, what became of each item and its tick, and the lines.
pub(super) fn amended<'a>(report: &'a Report<'a>) -> Option<Chapter<'a>> {
    let record = report.record;
    if record.amendments.is_empty() {
        return None;
    }
    let mut page = Chapter::new("changes", "Changes of the plan");
    for (number, amendment) in (1..).zip(&record.amendments) {
        let (what, who) = (outside(&amendment.what), report.who(&amendment.act));
        page.entry(rich![own(format!("change {number}: ")), what, " – ", who]);
        changed_items(&mut page, report, amendment);
        changed_lines(&mut page, &amendment.lines);
    }
    Some(page)
}

/// What the change said on each item.
fn changed_items<'a>(page: &mut Chapter<'a>, report: &'a Report<'a>, amendment: &Amendment) {
    for item in &report.record.items {
        let of_it = item.history.iter().filter(|entry| entry.act.seq == amendment.act.seq);
        for entry in of_it {
            page.detail("", rich![report.named(item.row.id), ": ", outside(&entry.text)]);
        }
    }
}

fn changed_lines(page: &mut Chapter<'_>, lines: &[DiffLine]) {
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
    page.lines("diff", out.join("\n"));
}

/// Whether lines that did not change lie between two.
fn is_gap(before: &DiffLine, line: &DiffLine) -> bool {
    let gap = |a: Option<u32>, b: Option<u32>| matches!((a, b), (Some(a), Some(b)) if b > a + 1);
    gap(before.old_line, line.old_line) || gap(before.new_line, line.new_line)
}
