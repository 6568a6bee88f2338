//! The health pane: a check a row, its sides in columns; below it, as far as there is room, what it says in words.

mod block;
mod remark;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::widget::pane::scroll_mark;
use super::widget::{Border, Strip, pane};
use super::{Scene, foot, words};
use crate::sample::ProbeState;
use crate::state::Pane;
use crate::text;

pub(super) use block::best_certificate;
pub(super) use remark::{Remark, certificate, remarks};

/// Columns of a check's name at most.
const NAME: usize = 18;
/// From so many columns on, the sides of a check stand beside each other.
const BESIDE: usize = 58;

/// Draws the pane.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, border: Border) {
    let inner = pane(scene, buf, area, border, scene.title(Pane::Health, ""), scene.focused(Pane::Health));
    if inner.height == 0 || inner.width < 4 {
        return;
    }
    let (live, now) = scene.shown();
    let width = usize::from(inner.width);
    let name =
        live.checks.iter().map(|check| text::width(&text::clean(&check.settings.name))).max().unwrap_or(0);
    let name = name.clamp(3, NAME.min(width / 3).max(3));
    let mut blocks: Vec<block::Block> = live
        .checks
        .iter()
        .enumerate()
        .map(|(at, check)| {
            let cursor = scene.state.ui.focus == Pane::Health && at == scene.state.row_in(Pane::Health);
            let place = block::Place { width, name, beside: width >= BESIDE, cursor };
            block::Block::of(scene, check, now, &place)
        })
        .collect();
    let page = usize::from(inner.height);
    let taken = block::allot(&mut blocks, page);
    let cursor = scene.state.row_in(Pane::Health);
    // Every check has one line at least; if even these are too many, those around the cursor are shown.
    let top = if blocks.len() > page {
        let last = blocks.len() - page;
        if scene.state.ui.focus == Pane::Health { cursor.saturating_sub(page / 2).min(last) } else { 0 }
    } else {
        0
    };
    if blocks.len() > page {
        scroll_mark(buf, inner, top, blocks.len(), scene.styles.border, scene.thumb());
    }
    let airy = taken + blocks.len().saturating_sub(1) <= page;
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
        if at == cursor && scene.state.ui.focus == Pane::Health && first < inner.bottom() {
            buf.set_style(Rect { y: first, height: 1, ..inner }, scene.cursor_style(Pane::Health));
        }
        y += u16::from(airy);
    }
}

/// Rows that the pane would like to have.
pub(super) fn wanted(scene: &Scene<'_>) -> usize {
    scene.shown().0.checks.len() * 3
}

/// The pane in one line.
pub(super) fn summary(scene: &Scene<'_>) -> Strip {
    let (live, _) = scene.shown();
    let cells = || live.checks.iter().flat_map(|check| &check.cells);
    let up = cells().filter(|cell| cell.state() == ProbeState::Up).count();
    let unknown = cells().filter(|cell| cell.state() == ProbeState::Unknown).count();
    let mut line = foot::alarm_of(scene, Pane::Health).unwrap_or_default();
    for (count, state) in [(up, ProbeState::Up), (unknown, ProbeState::Unknown)] {
        if count > 0 {
            if !line.is_empty() {
                line.push(" · ", scene.styles.muted);
            }
            let (glyph, style) = words::probe_glyph(scene, state);
            line.push(&format!("{glyph} {count} {state}"), style);
        }
    }
    line
}
