//! One line of the screen, in pieces of one style each.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use crate::text;

/// One line of the screen.
///
/// All text goes through [`text::clean`] on its way in, so that nothing a terminal would obey reaches a frame; what
/// does not fit is cut with `…`.
#[derive(Clone, Debug, Default)]
pub struct Strip {
    parts: Vec<(String, Style)>,
    width: usize,
}

impl Strip {
    /// An empty line.
    #[must_use]
    pub fn new() -> Strip {
        Strip::default()
    }

    /// A line of one piece.
    #[must_use]
    pub fn of(text: &str, style: Style) -> Strip {
        Strip::new().with(text, style)
    }

    /// The line with one more piece.
    #[must_use]
    pub fn with(mut self, text: &str, style: Style) -> Strip {
        self.push(text, style);
        self
    }

    /// The line with blanks behind it.
    #[must_use]
    pub fn space(self, columns: usize) -> Strip {
        self.with(&" ".repeat(columns), Style::new())
    }

    /// Adds a piece.
    pub fn push(&mut self, text: &str, style: Style) {
        if text.is_empty() {
            return;
        }
        let text = text::clean(head(text));
        self.width += text::width(&text);
        self.parts.push((text.into_owned(), style));
    }

    /// Adds all pieces of another line.
    pub fn append(&mut self, other: Strip) {
        self.width += other.width;
        self.parts.extend(other.parts);
    }

    /// Columns it takes.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The line in at most `columns`, with `…` as the last column if it was cut.
    #[must_use]
    pub fn cut(mut self, columns: usize) -> Strip {
        if self.width <= columns {
            return self;
        }
        let mut left = columns;
        let mut kept = Strip::new();
        for (text, style) in self.parts.drain(..) {
            let wide = text::width(&text);
            if wide < left {
                left -= wide;
                kept.push(&text, style);
                continue;
            }
            // Something follows or this does not fit: the mark takes the last column.
            if wide == left && kept.width + wide == self.width {
                kept.push(&text, style);
            } else {
                kept.push(&mark_cut(&text, left), style);
            }
            break;
        }
        kept
    }

    /// The line cut or filled with blanks to exactly `columns`.
    #[must_use]
    pub fn fit(self, columns: usize) -> Strip {
        let line = self.cut(columns);
        let rest = columns.saturating_sub(line.width);
        line.space(rest)
    }

    /// This line at the left and another at the right of `columns`; the right one is kept, up to half of them.
    #[must_use]
    pub fn beside(self, right: Strip, columns: usize) -> Strip {
        if right.is_empty() {
            return self.cut(columns);
        }
        let gap = 2;
        let right = right.cut(columns.saturating_sub((self.width + gap).min(columns / 2)));
        let left = self.fit(columns.saturating_sub(right.width + gap));
        let rest = columns.saturating_sub(left.width + right.width);
        let mut line = left.space(rest);
        line.append(right);
        line.cut(columns)
    }

    /// Its text without styles.
    #[cfg(test)]
    pub(crate) fn plain(&self) -> String {
        self.parts.iter().map(|(text, _)| text.as_str()).collect()
    }

    /// Puts it into the first row of `area`, cut to its width.
    pub fn paint(self, buf: &mut Buffer, area: Rect) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let mut x = area.x;
        for (text, style) in &self.cut(usize::from(area.width)).parts {
            let room = usize::from(area.right().saturating_sub(x));
            (x, _) = buf.set_stringn(x, area.y, text, room, *style);
            if x >= area.right() {
                break;
            }
        }
    }
}

/// Bytes of a text that a line of the screen can need at most; a plan may have a line of megabytes.
const LONGEST: usize = 8192;

/// As much of a text as a line of the screen can need.
pub(crate) fn head(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    let mut end = LONGEST;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The beginning of a text in `columns`, the last of which says that more follows.
fn mark_cut(text: &str, columns: usize) -> String {
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = text::width(grapheme);
        if used + wide + 1 > columns {
            break;
        }
        kept.push_str(grapheme);
        used += wide;
    }
    let mut kept = kept.trim_end().to_owned();
    if columns > 0 {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_with_a_mark_across_pieces() {
        let line =
            || Strip::of("Saved ", Style::new()).with("DNS", Style::new()).with(" changes", Style::new());
        assert_eq!(line().cut(17).plain(), "Saved DNS changes");
        assert_eq!(line().cut(16).plain(), "Saved DNS chang…");
        assert_eq!(line().cut(9).plain(), "Saved DN…");
        assert_eq!(line().cut(6).plain(), "Saved…");
        assert_eq!(line().cut(1).plain(), "…");
        assert_eq!(line().cut(0).plain(), "");
    }

    #[test]
    fn wide_characters_never_overhang() {
        for columns in 0..12 {
            let cut = Strip::of("データベース移行", Style::new()).cut(columns);
            assert!(text::width(&cut.plain()) <= columns, "{columns}: {}", cut.plain());
        }
    }

    #[test]
    fn the_right_side_is_aligned_and_the_left_one_yields() {
        let line = |columns| {
            Strip::of("a long text", Style::new()).beside(Strip::of("3/21", Style::new()), columns).plain()
        };
        assert_eq!(line(20), "a long text     3/21");
        assert_eq!(line(14), "a long…   3/21");
        for columns in 0..20 {
            assert!(text::width(&line(columns)) <= columns, "{columns}");
        }
    }

    #[test]
    fn outside_text_is_made_safe() {
        assert_eq!(Strip::of("a\u{1b}[31mred\tb", Style::new()).plain(), "ared    b");
    }
}
