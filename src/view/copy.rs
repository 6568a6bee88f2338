//! The copy pane: a copy a row, the same for every tool, below them the comparisons; what is wrong gets a second line
//! where there is room.

mod comparison;
mod eta;
mod row;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::widget::pane::scroll_mark;
use super::widget::{Border, Strip, pane};
use super::{Scene, words};
use crate::sample::ProbeState;
use crate::state::Pane;
use crate::state::live::Probed;
use crate::text;

pub(super) use comparison::verdict;
pub(super) use eta::{eta, fit};

/// Columns of a name at most.
const NAME: usize = 18;

/// A copy or a comparison on the screen.
struct Entry {
    /// What must be seen.
    row: Strip,
    /// What is good to see.
    more: Option<Strip>,
    /// How much the second line is wanted.
    urgent: bool,
}

/// Draws the pane.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, border: Border) {
    let inner = pane(scene, buf, area, border, scene.title(Pane::Copy, ""), scene.focused(Pane::Copy));
    if inner.height == 0 || inner.width < 4 {
        return;
    }
    // A column is free at both sides: for the mark of the cursor, and for the scroll bar.
    let (page, width) = (usize::from(inner.height), usize::from(inner.width - 2));
    let entries = entries(scene, width);
    let focused = scene.state.ui.focus == Pane::Copy;
    let cursor = scene.state.row_in(Pane::Copy);
    let top = if entries.len() > page && focused {
        cursor.saturating_sub(page / 2).min(entries.len() - page)
    } else {
        0
    };
    if entries.len() > page {
        scroll_mark(buf, inner, top, entries.len(), scene.styles.border, scene.thumb());
    }
    let second = second_lines(&entries, page.saturating_sub(entries.len()), focused.then_some(cursor));
    let mut y = inner.y;
    for (at, entry) in entries.into_iter().enumerate().skip(top) {
        if y >= inner.bottom() {
            return;
        }
        let place = Rect { x: inner.x + 1, y, width: inner.width - 2, height: 1 };
        entry.row.cut(width).paint(buf, place);
        if focused && at == cursor {
            buf.set_string(inner.x, y, scene.glyphs.cursor, scene.styles.accent);
            buf.set_style(Rect { y, height: 1, ..inner }, scene.cursor_style(Pane::Copy));
        }
        y += 1;
        if let Some(more) = entry.more.filter(|_| second.contains(&at) && y < inner.bottom()) {
            more.cut(width).paint(buf, Rect { y, ..place });
            y += 1;
        }
    }
}

/// Which entries get their second line: what is wrong first, then what the cursor is on, then all in order.
fn second_lines(entries: &[Entry], spare: usize, cursor: Option<usize>) -> Vec<usize> {
    let mut wanted: Vec<usize> = (0..entries.len()).filter(|at| entries[*at].more.is_some()).collect();
    wanted.sort_by_key(|at| (!entries[*at].urgent, Some(*at) != cursor, *at));
    wanted.truncate(spare);
    wanted
}

fn entries(scene: &Scene<'_>, width: usize) -> Vec<Entry> {
    let (live, now) = scene.shown();
    let names = live.copies.iter().map(|copy| &copy.settings.name);
    let names = names.chain(live.reconciles.iter().map(|it| &it.settings.name));
    let name = names.map(|name| text::width(&text::clean(name))).max().unwrap_or(0);
    let name = name.clamp(3, NAME.min(width / 3).max(3));
    let place = row::Place { width, name };
    let copies = live.copies.iter().map(|copy| row::entry(scene, copy, now, &place));
    copies.chain(live.reconciles.iter().map(|it| comparison::entry(scene, it, now, &place))).collect()
}

/// Rows that the pane would like to have.
pub(super) fn wanted(scene: &Scene<'_>) -> usize {
    let entries = entries(scene, usize::from(scene.state.ui.size.0));
    entries.iter().map(|entry| 1 + usize::from(entry.more.is_some())).sum()
}

/// The pane in one line: what is wrong first.
pub(super) fn summary(scene: &Scene<'_>) -> Strip {
    let (live, now) = scene.shown();
    let mut all: Vec<(usize, Strip)> = Vec::new();
    for copy in &live.copies {
        all.push((rank(copy.state()), row::short(scene, copy, now)));
    }
    for it in &live.reconciles {
        all.push((rank(it.state()), comparison::short(scene, it)));
    }
    all.sort_by_key(|(rank, _)| *rank);
    let mut summary = Strip::new();
    for (_, one) in all {
        if !summary.is_empty() {
            summary.push(" · ", scene.styles.muted);
        }
        summary.append(one);
    }
    summary
}

/// What is seen first in one line.
fn rank(state: ProbeState) -> usize {
    match state {
        ProbeState::Died | ProbeState::Down => 0,
        ProbeState::Stalled | ProbeState::FinishedWithErrors => 1,
        ProbeState::Stale => 2,
        ProbeState::Running | ProbeState::Scanning => 3,
        ProbeState::Finished | ProbeState::Up => 5,
        _ => 4,
    }
}

/// Glyph and name, the name in so many columns.
fn head(scene: &Scene<'_>, probe: &dyn Probed, columns: usize) -> Strip {
    let (glyph, style) = words::probe_glyph(scene, probe.state());
    let mut line = Strip::of(glyph, style).space(1);
    line.append(Strip::of(&text::clean(&probe.id().name), scene.styles.text).fit(columns));
    line.space(2)
}

/// Columns before the first figure: glyph, name, blanks.
fn indent(name: usize) -> usize {
    name + 4
}
