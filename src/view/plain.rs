//! Frames for terminals that show ASCII alone.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Scene;
use crate::{text, theme};

/// Replaces every character outside ASCII, if the glyphs in use say that the terminal has no others.
pub(super) fn make(scene: &Scene<'_>, buf: &mut Buffer, area: Rect) {
    if !scene.glyphs.ascii {
        return;
    }
    for y in area.top()..area.bottom() {
        let mut x = area.left();
        while x < area.right() {
            let cell = &mut buf[(x, y)];
            let wide = text::width(cell.symbol());
            if !cell.symbol().is_ascii() {
                let plain = theme::to_ascii(cell.symbol()).to_owned();
                cell.set_symbol(&plain);
                if wide == 2 && x + 1 < area.right() {
                    buf[(x + 1, y)].set_symbol(&plain);
                }
            }
            x += u16::try_from(wide.max(1)).unwrap_or(1);
        }
    }
}
