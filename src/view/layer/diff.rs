//! What changed in the plan's file: lines signed and coloured, with their numbers.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Scene, Strip, sheet};
use crate::checklist::diff::{DiffLine, LineKind};
use crate::state::PlanChange;

/// Draws the sheet; gives the last line it may begin at.
pub(super) fn paint(
    scene: &Scene<'_>,
    buf: &mut Buffer,
    area: Rect,
    change: &PlanChange,
    scroll: usize,
) -> usize {
    let styles = scene.styles;
    let mut page = sheet(area);
    let PlanChange { what, items, lines } = change;
    for item in items {
        page.hanging(Strip::of("· ", styles.muted), 2, item, styles.text);
    }
    page.gap();
    let number = |line: Option<u32>| line.map(|line| line.to_string()).unwrap_or_default();
    let wide = lines
        .iter()
        .filter_map(|line| line.old_line.max(line.new_line))
        .max()
        .map_or(3, |most| most.to_string().len());
    let mut before: Option<&DiffLine> = None;
    for line in lines {
        if before.is_some_and(|before| !follows(before, line)) {
            page.line(Strip::of("…", styles.muted));
        }
        before = Some(line);
        let (sign, style) = match line.kind {
            LineKind::Same => (" ", styles.muted),
            LineKind::Added => ("+", styles.good),
            LineKind::Removed => ("-", styles.bad),
        };
        let numbers = format!("{:>wide$} {:>wide$} ", number(line.old_line), number(line.new_line));
        let label = Strip::of(&numbers, styles.muted).with(&format!("{sign} "), style);
        let indent = label.width();
        page.hanging(label, indent, if line.text.is_empty() { " " } else { &line.text }, style);
    }
    if lines.is_empty() {
        page.text(0, "No line differs.", styles.muted);
    }
    let title = Strip::of("Plan changed: ", styles.emphasis).with(what, styles.emphasis);
    page.paint(scene, buf, area, title, scroll)
}

/// Whether a line stands directly behind another in either file.
fn follows(before: &DiffLine, line: &DiffLine) -> bool {
    let next = |a: Option<u32>, b: Option<u32>| matches!((a, b), (Some(a), Some(b)) if b == a + 1);
    match (before.kind, line.kind) {
        (LineKind::Same, LineKind::Same) | (LineKind::Same | LineKind::Added, LineKind::Added) => {
            next(before.new_line, line.new_line)
        }
        (LineKind::Same | LineKind::Removed, LineKind::Removed) => next(before.old_line, line.old_line),
        _ => true,
    }
}
