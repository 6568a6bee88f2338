//! The checklist pane: phases, sections and items, of which only the rows in sight are built.

mod decision;
mod item;
mod no_return;
mod phase;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::widget::pane::scroll_mark;
use super::widget::{Border, Strip, head, pane};
use super::{Scene, words};
use crate::state::{Pane, Row};
use crate::text;

/// Rows kept in sight above and below the cursor.
const MARGIN: usize = 2;
/// From so many rows on, the phase of the first row stays in sight.
const STICKY: usize = 6;
/// From so many rows on, the text under the cursor is shown whole, in several lines if it needs them.
const ROOMY: usize = 9;
/// Columns of a row at most: the eye must find from a text to its right side.
const WIDEST: usize = 132;
/// Columns of an author's name at most.
const NAME: usize = 10;

/// What the rows in sight have in common, so that their columns agree.
struct Columns {
    /// Columns of a row.
    width: usize,
    /// Columns of the time of an act; 0 if there is no room for it.
    time: usize,
    /// Columns of the author of an act; 0 if there is no room for it.
    author: usize,
    /// Columns of a phase's counts.
    counts: usize,
    /// Columns of a phase's times.
    spent: usize,
    /// There is room to show the text under the cursor whole.
    whole: bool,
}

/// What was learnt while drawing the pane.
pub(super) struct Shown {
    /// Rows it has room for.
    pub page: usize,
    /// The first row shown.
    pub top: usize,
    /// The row of the screen that the cursor is on.
    pub cursor: Option<u16>,
}

/// Draws the pane.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, border: Border) -> Shown {
    let state = scene.state;
    let inner = pane(scene, buf, area, border, title(scene), scene.focused(Pane::Checklist));
    let page = usize::from(inner.height);
    if page == 0 || inner.width < 4 {
        return Shown { page: 1, top: state.ui.top, cursor: None };
    }
    let rows = state.rows();
    if rows.is_empty() {
        let words = "The plan has no items yet: every box in the file is one; a adds a step here.";
        for (y, line) in (inner.y..inner.bottom()).zip(text::wrap(words, usize::from(inner.width) - 2)) {
            let line = Strip::new().space(1).with(&line, scene.styles.muted);
            line.paint(buf, Rect { y, height: 1, ..inner });
        }
        return Shown { page, top: 0, cursor: None };
    }
    let cursor = state.cursor_row(&rows);
    let near = first_row(state.ui.top, cursor, page, rows.len());
    let columns = Columns::of(
        scene,
        &rows[near..rows.len().min(near + page)],
        usize::from(inner.width).min(WIDEST),
        page,
    );
    let under = lines(scene, &columns, rows[cursor], true);
    let top = first_row(state.ui.top, cursor, page.saturating_sub(under.len() - 1).max(1), rows.len());
    let (mut y, mut under, mut screen_row) = (inner.y, Some(under), None);
    for (at, row) in rows.iter().enumerate().skip(top) {
        if y >= inner.bottom() {
            break;
        }
        let sticky = at == top && page >= STICKY && cursor > top;
        let row = if sticky { heading(scene, *row) } else { *row };
        let here = at == cursor;
        let lines = under.take_if(|_| here).unwrap_or_else(|| lines(scene, &columns, row, false));
        let height = u16::try_from(lines.len()).unwrap_or(1).min(inner.bottom() - y);
        let place = Rect { y, height, ..inner };
        for (y, line) in (place.y..place.bottom()).zip(lines) {
            line.paint(buf, Rect { y, height: 1, ..inner });
        }
        y += height;
        if here {
            screen_row = Some(place.y);
            buf.set_style(place, scene.cursor_style(Pane::Checklist));
        }
    }
    alone(scene, buf, Rect { y, height: inner.bottom() - y, ..inner });
    if border == Border::Box {
        scroll_mark(buf, inner, top, rows.len(), scene.styles.border, scene.thumb());
    }
    Shown { page, top, cursor: screen_row }
}

/// Where the checklist is all there is, says below it how live panes come beside it.
fn alone(scene: &Scene<'_>, buf: &mut Buffer, area: Rect) {
    let state = scene.state;
    let live = Pane::ALL.into_iter().any(|pane| pane != Pane::Checklist && state.has(pane));
    if live || state.ui.replay.is_some() {
        return;
    }
    let words = if state.plan.sidecar.is_some() {
        "No live panes yet: the sidecar has no [[health]], [[dns]], [[copy]], [[log]] or [host].".to_owned()
    } else {
        let plan = state.plan.path.display().to_string();
        format!(
            "No live panes yet: cutover init {} writes a sidecar with the checks, records, logs and copies that the \
             plan names; they appear when it is saved.",
            text::clean(&plan)
        )
    };
    let lines = text::wrap(&words, usize::from(area.width.saturating_sub(2)).clamp(8, WIDEST));
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    if area.height <= rows {
        return;
    }
    for (y, line) in (area.bottom() - rows..area.bottom()).zip(lines) {
        let line = Strip::new().space(1).with(&line, scene.styles.muted);
        line.paint(buf, Rect { y, height: 1, ..area });
    }
}

fn title(scene: &Scene<'_>) -> Strip {
    let mut title = Strip::of("1 Checklist", scene.title_style(Pane::Checklist));
    if scene.state.rehearsal() {
        title.push(" · REHEARSAL", scene.styles.notice);
    }
    if scene.state.outline.tally.all() > 0 && scene.state.outline.tally.open == 0 {
        title.push(" · nothing is open", scene.styles.good);
    }
    if scene.zoomed() {
        title.push(" · zoomed, z shows all", scene.styles.muted);
    }
    let selected = scene.state.ui.selected.len();
    if selected > 0 {
        title.push(&format!(" · {selected} selected"), scene.styles.marked);
    }
    if let Some(wanted) = scene.state.ui.find.as_ref().filter(|wanted| !wanted.is_empty()) {
        title.push(&format!(" · find “{}”", text::truncate(&text::clean(wanted), 20)), scene.styles.accent);
    }
    title
}

/// The first row to show: as before, moved no more than the cursor needs.
fn first_row(before: usize, cursor: usize, page: usize, all: usize) -> usize {
    let margin = MARGIN.min(page.saturating_sub(1) / 3);
    let least = (cursor + margin + 1).saturating_sub(page);
    let most = cursor.saturating_sub(margin);
    before.clamp(least.min(most), most).min(all.saturating_sub(page))
}

/// The phase a row belongs to, as a row.
fn heading(scene: &Scene<'_>, row: Row) -> Row {
    match row {
        Row::Phase(_) => row,
        Row::Decision(fork) => {
            let below = scene.state.forks.get(fork).and_then(|fork| scene.state.below_fork(fork));
            below.and_then(|index| scene.state.outline.phase_of(index)).map_or(row, Row::Phase)
        }
        Row::Section(index) | Row::Item(index) | Row::NoReturn(index) => {
            scene.state.outline.phase_of(index).map_or(row, Row::Phase)
        }
    }
}

fn lines(scene: &Scene<'_>, columns: &Columns, row: Row, cursor: bool) -> Vec<Strip> {
    match row {
        Row::Phase(number) => vec![phase::line(scene, columns, number, cursor)],
        Row::Section(index) => {
            let section = scene.state.record.items[index].row.section.as_deref().unwrap_or_default();
            vec![Strip::new().space(3).with(section, scene.styles.muted).cut(columns.width)]
        }
        Row::Decision(fork) => vec![decision::line(scene, columns.width, fork, cursor)],
        Row::Item(index) => item::lines(scene, columns, index, cursor),
        Row::NoReturn(index) => vec![no_return::line(scene, columns.width, index)],
    }
}

impl Columns {
    fn of(scene: &Scene<'_>, rows: &[Row], width: usize, page: usize) -> Columns {
        let state = scene.state;
        let author = rows
            .iter()
            .filter_map(|row| match row {
                Row::Item(index) => state.record.items[*index].act.as_ref(),
                _ => None,
            })
            .map(|act| text::width(&text::clean(&act.by)))
            .max()
            .unwrap_or(0);
        let most = state.outline.phases.iter().map(|phase| phase.tally.all()).max().unwrap_or(0);
        Columns {
            width,
            time: match width {
                0..30 => 0,
                30..56 => 5,
                _ => 8,
            },
            author: if width < 48 { 0 } else { author.min(NAME) },
            counts: most.to_string().len().max(2) * 2 + 1,
            spent: if width < 36 { 0 } else { 11 },
            whole: page >= ROOMY,
        }
    }
}

/// The mark at the beginning of a row.
fn cursor_mark(scene: &Scene<'_>, cursor: bool) -> Strip {
    let mark = if cursor { scene.glyphs.cursor } else { " " };
    Strip::of(mark, scene.styles.accent).fit(1)
}

#[cfg(test)]
mod tests {
    use super::first_row;

    #[test]
    fn the_window_moves_no_more_than_the_cursor_needs() {
        assert_eq!(first_row(0, 0, 10, 100), 0);
        assert_eq!(first_row(0, 7, 10, 100), 0);
        assert_eq!(first_row(0, 8, 10, 100), 1);
        assert_eq!(first_row(20, 25, 10, 100), 20);
        assert_eq!(first_row(20, 10, 10, 100), 8);
        assert_eq!(first_row(0, 99, 10, 100), 90);
        assert_eq!(first_row(90, 3, 10, 5), 0);
    }

    #[test]
    fn the_cursor_is_always_in_sight() {
        for page in 1..20 {
            for all in 1..40 {
                for cursor in 0..all {
                    for before in [0, 3, 17, 39] {
                        let top = first_row(before, cursor, page, all);
                        assert!(
                            top <= cursor && cursor < top + page,
                            "{page} {all} {cursor} {before}: {top}"
                        );
                    }
                }
            }
        }
    }
}
