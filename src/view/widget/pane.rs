//! The frame of a pane: a box where there is room, a rule with the title where there is not.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Strip;
use crate::view::Scene;

/// How much of a frame a pane has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// All four sides.
    Box,
    /// The uppermost of several that share the lines between them.
    First,
    /// One between others.
    Middle,
    /// The lowest of several.
    Last,
    /// The upper side alone.
    Rule,
}

/// Draws a frame with a title, and gives the room inside.
pub fn pane(
    scene: &Scene<'_>,
    buf: &mut Buffer,
    area: Rect,
    border: Border,
    title: Strip,
    focused: bool,
) -> Rect {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return area;
    }
    let style = if focused { scene.styles.border_focus } else { scene.styles.border };
    let set = scene.glyphs.border;
    let boxed = border != Border::Rule && area.width >= 4 && area.height >= 2;
    let shares = matches!(border, Border::First | Border::Middle);
    let columns = usize::from(area.width);
    let rule = set.horizontal_top;
    let (left, right) = match border {
        _ if !boxed => (rule, rule),
        Border::Middle | Border::Last if set.top_left == "+" => ("+", "+"),
        Border::Middle | Border::Last => ("├", "┤"),
        _ => (set.top_left, set.top_right),
    };
    let mut top = Strip::of(left, style);
    let mut title = title.cut(columns.saturating_sub(4));
    if !title.is_empty() {
        top.push(" ", style);
        title.push(" ", style);
        top.append(title);
    }
    let rest = columns.saturating_sub(top.width() + 1);
    top.push(&rule.repeat(rest), style);
    top.push(right, style);
    top.paint(buf, Rect { height: 1, ..area });
    if !boxed {
        return Rect { y: area.y + 1, height: area.height - 1, ..area };
    }
    let sides_end = area.bottom() - u16::from(!shares);
    if !shares {
        let bottom =
            format!("{}{}{}", set.bottom_left, set.horizontal_bottom.repeat(columns - 2), set.bottom_right);
        Strip::of(&bottom, style).paint(buf, Rect { y: area.bottom() - 1, height: 1, ..area });
    }
    for y in area.y + 1..sides_end {
        buf.set_string(area.x, y, set.vertical_left, style);
        buf.set_string(area.right() - 1, y, set.vertical_right, style);
    }
    Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: sides_end - area.y - 1 }
}

/// Shows on the right side of a box which part of `all` rows is seen.
pub fn scroll_mark(buf: &mut Buffer, inner: Rect, top: usize, all: usize, style: Style, glyph: &str) {
    let page = usize::from(inner.height);
    if all <= page || page == 0 {
        return;
    }
    let length = (page * page / all).clamp(1, page);
    let start = top * (page - length) / (all - page);
    for row in start..(start + length).min(page) {
        let y = inner.y + u16::try_from(row).unwrap_or(u16::MAX);
        if inner.right() < buf.area.right() && y < buf.area.bottom() {
            buf.set_string(inner.right(), y, glyph, style);
        }
    }
}
