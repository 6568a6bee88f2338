//! Layers that ask: a line of text, a letter, a row.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Clear, Widget};
use tui_input::Input;
use unicode_segmentation::UnicodeSegmentation;

use super::{Scene, Strip, columns};
use crate::clock::Stamp;
use crate::state::layer::{Choice, DEAF, Pick, Prompt};
use crate::text;
use crate::view::widget::{Border, pane};

/// Columns of a dialog at most.
const DIALOG: u16 = 78;
/// Columns of a list to pick from at most.
const PICK: u16 = 96;

/// Where a dialog may stand: the body, and the row of the screen that it should leave in sight.
type Ground = (Rect, Option<u16>);

/// Draws a box of so many columns and lines, and gives the room inside, a column free at both sides.
fn dialog(scene: &Scene<'_>, buf: &mut Buffer, ground: Ground, size: (u16, usize), title: &str) -> Rect {
    let (body, row) = ground;
    let width = columns(body, size.0);
    let height = u16::try_from(size.1 + 2).unwrap_or(u16::MAX).min(body.height);
    let y = body.y + beside(body.height, height, row.map(|row| row.saturating_sub(body.y)));
    let area = Rect { x: body.x + (body.width - width) / 2, y, width, height };
    Clear.render(area, buf);
    buf.set_style(area, scene.styles.dialog);
    let inner = pane(scene, buf, area, Border::Box, Strip::of(title, scene.styles.title_focus), true);
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

/// The first of `height` rows among `all` that leave `row` free: in the upper third, else below or above the row.
fn beside(all: u16, height: u16, row: Option<u16>) -> u16 {
    let spare = all.saturating_sub(height);
    let usual = spare / 3;
    match row {
        Some(row) if row >= usual && row < usual + height => {
            if row < spare {
                row + 1
            } else {
                row.saturating_sub(height).min(spare)
            }
        }
        _ => usual,
    }
}

fn paint_lines(buf: &mut Buffer, room: Rect, lines: impl IntoIterator<Item = Strip>) {
    for (y, line) in (room.y..room.bottom()).zip(lines) {
        line.paint(buf, Rect { y, height: 1, ..room });
    }
}

fn wrapped(text: &str, columns: usize) -> Vec<String> {
    text::wrap(&text::clean(text), columns)
}

/// Draws a line to type; gives the place of its cursor.
pub(super) fn prompt(
    scene: &Scene<'_>,
    buf: &mut Buffer,
    ground: Ground,
    prompt: &Prompt,
) -> Option<Position> {
    let styles = scene.styles;
    let (body, _) = ground;
    let columns = usize::from(columns(body, DIALOG)).saturating_sub(4);
    let hint = wrapped(&prompt.hint, columns);
    let above: Vec<String> = prompt.lines.iter().flat_map(|line| wrapped(line, columns)).collect();
    let complaint =
        prompt.complaint.as_deref().map(|it| wrapped(&format!("! {it}"), columns)).unwrap_or_default();
    // In a low terminal the question goes before the hint.
    let hint = if usize::from(body.height) < hint.len() + complaint.len() + 3 { Vec::new() } else { hint };
    let most = usize::from(body.height).saturating_sub(hint.len() + complaint.len() + 3);
    let above = &above[..above.len().min(most)];
    let rows = 1 + above.len() + hint.len() + complaint.len();
    let room = dialog(scene, buf, ground, (DIALOG, rows), &prompt.title);
    let (mut line, at) = input(scene, &prompt.input, usize::from(room.width), prompt.hidden);
    if let Some(suggestion) = prompt.suggestion.as_deref().filter(|_| prompt.input.value().is_empty()) {
        line = line.with(&format!(" enter: {}", text::clean(suggestion)), styles.muted);
    }
    let hint = hint.into_iter().map(|line| Strip::of(&line, styles.muted));
    let complaint = complaint.into_iter().map(|line| Strip::of(&line, styles.bad));
    let down = u16::try_from(above.len()).unwrap_or(0);
    let above = above.iter().map(|line| Strip::of(line, styles.text));
    paint_lines(buf, room, above.chain(std::iter::once(line)).chain(complaint).chain(hint));
    place(room, down, at)
}

fn place(room: Rect, row: u16, column: usize) -> Option<Position> {
    let x = room.x + u16::try_from(column).ok()?;
    (row < room.height && x < room.right()).then_some(Position { x, y: room.y + row })
}

/// The text being typed, as much as fits around the cursor; and the cursor's column.
fn input(scene: &Scene<'_>, input: &Input, columns: usize, hidden: bool) -> (Strip, usize) {
    let columns = columns.saturating_sub(2);
    let mark = Strip::of("> ", scene.styles.accent);
    let (text, before) = if hidden {
        let dot = |count: usize| if scene.glyphs.ascii { "*" } else { "•" }.repeat(count);
        (dot(input.value().chars().count()), input.cursor())
    } else {
        (input.value().to_owned(), input.visual_cursor())
    };
    let (shown, at) = window(&text, before, columns);
    (mark.fit(2).with(&shown, scene.styles.input), at + 2)
}

/// The part of a text around the column `cursor` in so many columns, cut ends marked; and the cursor's place in it.
fn window(text: &str, cursor: usize, columns: usize) -> (String, usize) {
    // The cursor may stand behind the last character.
    if text::width(text) < columns {
        return (text.to_owned(), cursor);
    }
    let start = (cursor + 2).saturating_sub(columns);
    let (mut shown, mut at, mut used) = (String::new(), 0, 0);
    let mut offset = 0;
    if start > 0 {
        shown.push('…');
        used = 1;
    }
    for grapheme in text.graphemes(true) {
        let wide = text::width(grapheme);
        if at < start {
            at += wide;
            offset = at;
            continue;
        }
        if used + wide + 1 > columns {
            shown.push('…');
            break;
        }
        shown.push_str(grapheme);
        used += wide;
    }
    let before = usize::from(start > 0);
    (shown, (cursor.saturating_sub(offset) + before).min(columns))
}

/// Draws letters to press.
pub(super) fn choice(scene: &Scene<'_>, buf: &mut Buffer, ground: Ground, choice: &Choice, opened: &Stamp) {
    let styles = scene.styles;
    let (body, _) = ground;
    let columns = usize::from(columns(body, DIALOG)).saturating_sub(4);
    let mut lines: Vec<Strip> = Vec::new();
    for line in &choice.lines {
        lines.extend(wrapped(line, columns).into_iter().map(|line| Strip::of(&line, styles.text)));
    }
    let deaf = scene.now.since(opened) < DEAF;
    let mut answers = Vec::new();
    for answer in &choice.answers {
        let (key, label) = if deaf { (styles.muted, styles.muted) } else { (styles.key, styles.text) };
        for (row, part) in wrapped(&answer.label, columns.saturating_sub(5)).into_iter().enumerate() {
            let mark = if row == 0 { answer.key.to_string() } else { String::new() };
            answers.push(Strip::new().space(2).with(&mark, key).fit(3).space(2).with(&part, label));
        }
    }
    // The answers are always in sight; what they are about yields.
    let room = usize::from(body.height).saturating_sub(2 + answers.len());
    if lines.len() + 1 > room {
        let keep = room.saturating_sub(1);
        let more = lines.len() - keep.min(lines.len());
        lines.truncate(keep);
        if more > 0 && keep > 0 {
            let more = text::plural(more + 1, "more line", "more lines");
            lines.pop();
            lines.push(Strip::of(&format!("… {more}"), styles.muted));
        }
    }
    if !lines.is_empty() && lines.len() < room {
        lines.push(Strip::new());
    }
    lines.extend(answers);
    let room = dialog(scene, buf, ground, (DIALOG, lines.len()), &choice.title);
    paint_lines(buf, room, lines);
}

/// Draws rows to pick from; gives the place of the cursor in its filter.
pub(super) fn pick(scene: &Scene<'_>, buf: &mut Buffer, body: Rect, pick: &Pick) -> Option<Position> {
    let styles = scene.styles;
    let room = dialog(scene, buf, (body, None), (PICK, pick.all.len().max(1) + 2), &pick.title);
    let columns = usize::from(room.width);
    let count = if pick.rows.len() == pick.all.len() {
        pick.all.len().to_string()
    } else {
        format!("{} of {}", pick.rows.len(), pick.all.len())
    };
    let count = Strip::of(&count, styles.muted);
    let (line, at) = input(scene, &pick.input, columns.saturating_sub(count.width() + 2), false);
    line.beside(count, columns).paint(buf, Rect { height: room.height.min(1), ..room });
    let list = Rect { y: room.y + 1, height: room.height.saturating_sub(1), ..room };
    // A free line under the filter where there is room.
    let list = if usize::from(list.height) > pick.rows.len().max(1) {
        Rect { y: list.y + 1, height: list.height - 1, ..list }
    } else {
        list
    };
    if pick.rows.is_empty() {
        let line = Strip::of("Nothing matches: take letters away, or esc", styles.muted);
        line.paint(buf, list);
    }
    let page = usize::from(list.height).max(1);
    let top = (pick.cursor + 1).saturating_sub(page);
    for (at, (y, row)) in (list.y..list.bottom()).zip(pick.rows.iter().skip(top)).enumerate() {
        let chosen = top + at == pick.cursor;
        let mark = if chosen { scene.glyphs.cursor } else { " " };
        let left = Strip::of(mark, styles.accent).fit(2).with(&row.text, styles.text);
        let place = Rect { y, height: 1, ..list };
        left.beside(Strip::of(&row.aside, styles.key), columns).paint(buf, place);
        if chosen {
            buf.set_style(place, styles.selected);
        }
    }
    place(room, 0, at)
}

#[cfg(test)]
mod tests {
    use super::{beside, window};
    use crate::text;

    #[test]
    fn the_cursor_is_in_the_window_wherever_it_is() {
        for value in ["", "short", "a rather long reason that does not fit", "データベースを移行する前に確認"]
        {
            for columns in 4..30 {
                for cursor in 0..=text::width(value) {
                    let (shown, at) = window(value, cursor, columns);
                    assert!(text::width(&shown) <= columns, "{value} {columns} {cursor}: {shown}");
                    assert!(at <= columns, "{value} {columns} {cursor}: {at}");
                }
            }
        }
    }

    #[test]
    fn a_dialog_leaves_the_row_it_is_about_in_sight() {
        for all in 4u16..40 {
            for height in 3..all {
                for row in 0..all {
                    let top = beside(all, height, Some(row));
                    assert!(top + height <= all, "{all} {height} {row}");
                    let fits = height <= row || row + 1 + height <= all;
                    assert!(!fits || row < top || row >= top + height, "{all} {height} {row}: {top}");
                }
            }
        }
    }

    #[test]
    fn cut_ends_are_marked() {
        assert_eq!(window("abcdefghij", 0, 6), ("abcde…".to_owned(), 0));
        let (shown, at) = window("abcdefghij", 10, 6);
        assert_eq!((shown.as_str(), at), ("…ghij", 5));
    }
}
