//! A scrolled sheet of lines in a frame, for what does not fit on one screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};

use super::pane::{Border, pane, scroll_mark};
use super::{Strip, head};
use crate::text;
use crate::view::Scene;

/// Lines to be read.
#[derive(Debug, Default)]
pub struct Sheet {
    lines: Vec<Strip>,
    columns: usize,
}

/// Lines of one text that a sheet takes; what follows is counted.
const LONGEST: usize = 400;
/// Lines of a whole sheet: more nobody reads in a terminal, and each is made anew for every frame.
const MOST: usize = 4000;

impl Sheet {
    /// An empty sheet for so many columns.
    #[must_use]
    pub fn new(columns: usize) -> Sheet {
        Sheet { lines: Vec::new(), columns: columns.max(8) }
    }

    /// Columns of a line.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Adds a line; what does not fit is cut.
    pub fn line(&mut self, line: Strip) {
        match self.lines.len() {
            0..MOST => self.lines.push(line),
            MOST => self.lines.push(Strip::of("… and more than fits here", Style::new())),
            _ => {}
        }
    }

    /// Adds an empty line, unless one stands there.
    pub fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.line(Strip::new());
        }
    }

    /// Adds a heading with a gap above it.
    pub fn heading(&mut self, text: &str, style: Style) {
        self.gap();
        self.line(Strip::of(text, style));
    }

    /// Adds text of any length, wrapped and indented, its own line breaks kept.
    pub fn text(&mut self, indent: usize, text: &str, style: Style) {
        self.hanging(Strip::new().space(indent), indent, text, style);
    }

    /// Adds text behind a label; following lines stand under the text.
    pub fn hanging(&mut self, label: Strip, indent: usize, text: &str, style: Style) {
        let room = self.columns.saturating_sub(indent).max(8);
        let mut label = Some(label);
        let all = text.lines().count();
        for line in text.lines().take(LONGEST) {
            let clean = text::clean(head(line));
            // Outside text may indent its own lines: a nested bullet stays nested.
            let own = clean.len() - clean.trim_start().len();
            let own = own.min(room / 2);
            for (number, part) in text::wrap(clean.trim_start(), room - own).into_iter().enumerate() {
                let hang = if number > 0 && clean.trim_start().starts_with("- ") { 2 } else { 0 };
                let first = label.take().unwrap_or_else(|| Strip::new().space(indent)).fit(indent);
                self.line(first.space(own + hang).with(&part, style));
            }
        }
        if let Some(label) = label {
            self.line(label);
        }
        if all > LONGEST {
            let more = text::plural(all - LONGEST, "more line", "more lines");
            self.line(Strip::new().space(indent).with(&format!("… {more} in the plan's file"), style));
        }
    }

    /// Adds code as it is, line by line; lines too long are broken, not cut.
    pub fn code(&mut self, indent: usize, text: &str, style: Style) {
        let room = self.columns.saturating_sub(indent).max(8);
        for line in text::clean_lines(text, LONGEST) {
            let mut rest = head(&line);
            loop {
                let end = prefix(rest, room);
                self.line(Strip::new().space(indent).with(&rest[..end], style));
                rest = &rest[end..];
                if rest.is_empty() {
                    break;
                }
            }
        }
        let all = text.lines().count();
        if all > LONGEST {
            let more = text::plural(all - LONGEST, "more line", "more lines");
            self.line(Strip::new().space(indent).with(&format!("… {more} in the plan's file"), style));
        }
    }

    /// Adds code of which nothing may be left out.
    pub fn whole_code(&mut self, indent: usize, text: &str, style: Style) {
        let room = self.columns.saturating_sub(indent).max(8);
        for line in text.split('\n') {
            let line = text::clean(line);
            let mut rest = &line[..];
            loop {
                let end = prefix(rest, room);
                self.line(Strip::new().space(indent).with(&rest[..end], style));
                rest = &rest[end..];
                if rest.is_empty() {
                    break;
                }
            }
        }
    }

    /// Draws it over `area` from line `scroll` on; gives the last line it may begin at.
    pub fn paint(
        self,
        scene: &Scene<'_>,
        buf: &mut Buffer,
        area: Rect,
        title: Strip,
        scroll: usize,
    ) -> usize {
        self.paint_at(scene, buf, area, title, scroll).0
    }

    /// The same; gives also the place it took of `area`.
    pub fn paint_at(
        self,
        scene: &Scene<'_>,
        buf: &mut Buffer,
        area: Rect,
        title: Strip,
        scroll: usize,
    ) -> (usize, Rect) {
        let all = self.lines.len();
        let rows = u16::try_from(all).unwrap_or(u16::MAX).saturating_add(2);
        let height = area.height.min(rows);
        let area = Rect { y: area.y + (area.height - height) / 3, height, ..area };
        Clear.render(area, buf);
        buf.set_style(area, scene.styles.dialog);
        let inner = pane(scene, buf, area, Border::Box, title, true);
        let page = usize::from(inner.height);
        let limit = all.saturating_sub(page);
        let top = scroll.min(limit);
        let room = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        for (y, line) in (room.y..room.bottom()).zip(self.lines.into_iter().skip(top)) {
            line.paint(buf, Rect { y, height: 1, ..room });
        }
        if limit > 0 && area.height > 2 {
            let mark = format!(" lines {}–{} of {all} ", top + 1, (top + page).min(all));
            let wide = u16::try_from(text::width(&mark)).unwrap_or(u16::MAX);
            if wide + 3 < area.width {
                let at = Rect { x: area.right() - wide - 2, y: area.bottom() - 1, width: wide, height: 1 };
                Strip::of(&mark, scene.styles.border_focus).paint(buf, at);
            }
            scroll_mark(buf, inner, top, all, scene.styles.border_focus, scene.thumb());
        }
        (limit, area)
    }
}

/// Bytes of the longest beginning that fits; at least one character.
fn prefix(text: &str, columns: usize) -> usize {
    use unicode_segmentation::UnicodeSegmentation;
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += text::width(grapheme);
        if used > columns && at > 0 {
            return at;
        }
    }
    text.len()
}
