//! The health pane: a check a row, its sides in columns; below it, as far as there is room, what it says in words.

mod block;
mod remark;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::widget::pane::scroll_mark;
use super::widget::{Border, Strip, pane};
use super::{Scene, words};
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
    let inner = pane(scene, buf, area, border, title(scene), scene.focused(Pane::Health));
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
            let cursor = scene.state.ui.focus == Pane::Health && at == scene.state.ui.check;
            let place = block::Place { width, name, beside: width >= BESIDE, cursor };
            block::Block::of(scene, check, now, &place)
        })
        .collect();
    let page = usize::from(inner.height);
    let taken = block::allot(&mut blocks, page);
    let cursor = scene.state.ui.check.min(blocks.len().saturating_sub(1));
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

fn title(scene: &Scene<'_>) -> Strip {
    let mut title = Strip::of("2 Health", scene.title_style(Pane::Health));
    if let Some((since, _)) = &scene.state.ui.frozen {
        let age = text::age(scene.now.since(since));
        title.push(&format!(" · FROZEN {age} ago, f goes on"), scene.styles.warning);
    }
    let lost = scene.state.live.dropped;
    if lost > 0 {
        title.push(
            &format!(
                " · {}",
                text::plural(usize::try_from(lost).unwrap_or(usize::MAX), "reading lost", "readings lost")
            ),
            scene.styles.warning,
        );
    }
    title
}
