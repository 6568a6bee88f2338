//! The DNS pane: a record a block, a server a line; below them what must be known before the record moves.
//!
//! ```text
//!  api.example.com CNAME   4 of 6 on new   last old answer gone in 03:41
//!   authoritative  new  new.azurewebsites.net   300s  flipped 06:36:02
//!   8.8.8.8        old  old.azurewebsites.net   221s
//! ```

mod block;
mod outlook;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::widget::pane::scroll_mark;
use super::widget::{Border, Strip, pane};
use super::{Scene, foot, words};
use crate::sample::ProbeState;
use crate::state::Pane;
use crate::state::live::{Probed, Record};
use crate::text;

use block::Block;
pub(super) use block::{stance_style, ttl};
pub(super) use outlook::{outlook, remarks, share};

/// Draws the pane.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, border: Border) {
    let inner = pane(scene, buf, area, border, scene.title(Pane::Dns, ""), scene.focused(Pane::Dns));
    if inner.height == 0 || inner.width < 4 {
        return;
    }
    let (live, now) = scene.shown();
    let (width, page) = (usize::from(inner.width), usize::from(inner.height));
    let focused = scene.state.ui.focus == Pane::Dns;
    let cursor = scene.state.row_in(Pane::Dns);
    let mut blocks: Vec<Block> =
        live.records.iter().map(|record| Block::of(scene, record, now, width)).collect();
    allot(&mut blocks, page, focused.then_some(cursor));
    // Every record has one line at least; if even these are too many, those around the cursor are shown.
    let last = blocks.len().saturating_sub(page);
    let top = if focused { cursor.saturating_sub(page / 2).min(last) } else { 0 };
    if last > 0 {
        scroll_mark(buf, inner, top, blocks.len(), scene.styles.border, scene.thumb());
    }
    let mut y = inner.y;
    for (at, block) in blocks.into_iter().enumerate().skip(top) {
        let first = y;
        for line in block.lines() {
            if y >= inner.bottom() {
                return;
            }
            line.cut(width).paint(buf, Rect { y, height: 1, ..inner });
            y += 1;
        }
        if focused && at == cursor {
            buf.set_string(inner.x, first, scene.glyphs.cursor, scene.styles.accent);
            buf.set_style(Rect { y: first, height: 1, ..inner }, scene.cursor_style(Pane::Dns));
        }
    }
}

/// Shares the lines out: one for each record, then all that the record under the cursor wants, then the others from
/// above.
fn allot(blocks: &mut [Block], page: usize, cursor: Option<usize>) {
    let mut left = page.saturating_sub(blocks.len());
    let order = cursor.into_iter().chain((0..blocks.len()).filter(|at| Some(*at) != cursor));
    for at in order {
        if let Some(block) = blocks.get_mut(at) {
            left -= block.grow(left);
        }
    }
}

/// Rows that the pane would like to have.
pub(super) fn wanted(scene: &Scene<'_>) -> usize {
    /// Columns that a line is reckoned with: enough for remarks to be as many as they are.
    const COLUMNS: usize = 80;
    let (live, now) = scene.shown();
    live.records.iter().map(|record| Block::of(scene, record, now, COLUMNS).wanted()).sum()
}

/// The pane in one line: what is wrong, then how far each record is.
pub(super) fn summary(scene: &Scene<'_>) -> Strip {
    let (live, now) = scene.shown();
    let mut strip = foot::alarm_of(scene, Pane::Dns).unwrap_or_default();
    for record in &live.records {
        if !strip.is_empty() {
            strip.push(" · ", scene.styles.muted);
        }
        strip.append(one_line(scene, record, now));
    }
    strip
}

/// A record in a few words: its name, its share, what comes next.
fn one_line(scene: &Scene<'_>, record: &Record, now: &crate::clock::Stamp) -> Strip {
    let mut line = Strip::of(&text::clean(&record.settings.name), scene.styles.text).space(1);
    if record.broken.is_none() && record.rows.iter().all(|row| row.last.is_none()) {
        return line.with("no reading yet", scene.styles.unknown);
    }
    if record.has_sides() {
        line.append(share(scene, record));
    } else {
        let (glyph, style) = words::probe_glyph(scene, record.state());
        line.push(&format!("{glyph} {}", record.state()), style);
    }
    match outlook(scene, record, now) {
        Some((said, style)) if record.state() != ProbeState::Unknown => {
            line.with(", ", scene.styles.muted).with(&said, style)
        }
        _ => line,
    }
}
