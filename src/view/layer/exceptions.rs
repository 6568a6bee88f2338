//! The exceptions of a watched run, with their whole texts.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Scene, Strip, sheet};
use crate::state::replay::Mark;

/// Columns of a time.
const TIME: usize = 12;

/// Draws the sheet; gives the last line it may begin at.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, scroll: usize) -> usize {
    let styles = scene.styles;
    let mut page = sheet(area);
    let Some(replay) = &scene.state.ui.replay else { return 0 };
    let (past, later) = replay.marks.split_at(replay.passed.min(replay.marks.len()));
    let mut list = |title: &str, marks: &[&Mark], style| {
        if marks.is_empty() {
            return;
        }
        page.heading(&format!("{title} ({})", marks.len()), styles.accent);
        for mark in marks {
            let label = Strip::new().space(2).with(&mark.at.format("%H:%M:%SZ").to_string(), styles.muted);
            page.hanging(label, TIME, &mark.words, style);
        }
    };
    // The one that was gone to stands first.
    list("Up to this moment, newest first", &past.iter().rev().collect::<Vec<_>>(), styles.text);
    list("Later", &later.iter().collect::<Vec<_>>(), styles.muted);
    if replay.marks.is_empty() {
        page.text(0, "No exceptions.", styles.good);
    }
    page.paint(scene, buf, area, Strip::of("Exceptions", styles.emphasis), scroll)
}
