//! A progress bar in eighths of a column.

use crate::theme::Glyphs;

/// A bar of `columns` of which `done` of `all` is filled; never full before all is done.
#[must_use]
pub fn bar(done: usize, all: usize, columns: usize, glyphs: &Glyphs) -> (String, usize) {
    let eighths = columns * 8;
    let filled = if all == 0 {
        0
    } else if done >= all {
        eighths
    } else {
        (done * eighths / all).min(eighths.saturating_sub(1))
    };
    let mut bar = glyphs.bar[8].repeat(filled / 8);
    let part = glyphs.bar[filled % 8];
    let mut used = filled / 8;
    if filled % 8 > 0 && !part.trim().is_empty() {
        bar.push_str(part);
        used += 1;
    }
    (bar, columns - used)
}
