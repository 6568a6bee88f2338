//! A text made from another one, with the way back, and the lines of a text.

use std::ops::Range;

/// A text made from another one piece by piece; every place in it leads back to the original.
#[derive(Debug, Default)]
pub(in crate::checklist) struct Mapped {
    /// The text as made.
    pub text: String,
    /// In order of `at`, without gaps.
    pieces: Vec<Piece>,
}

/// A piece of the made text and what it stands for.
#[derive(Debug)]
struct Piece {
    at: usize,
    len: usize,
    from: usize,
    from_len: usize,
}

impl Mapped {
    /// Adds a part of the original as it is.
    pub fn copy(&mut self, original: &str, range: Range<usize>) {
        self.append(&original[range.clone()], range.start);
    }

    /// Adds text that stands in the original byte for byte from a place on.
    fn append(&mut self, text: &str, from: usize) {
        if text.is_empty() {
            return;
        }
        let (at, len) = (self.text.len(), text.len());
        self.text.push_str(text);
        if let Some(last) = self.pieces.last_mut()
            && last.len == last.from_len
            && last.from + last.from_len == from
        {
            last.len += len;
            last.from_len += len;
            return;
        }
        self.pieces.push(Piece { at, len, from, from_len: len });
    }

    /// Adds other text in the place of a part of the original, which may be empty.
    pub fn put(&mut self, text: &str, range: Range<usize>) {
        if text.is_empty() {
            return;
        }
        let at = self.text.len();
        self.text.push_str(text);
        self.pieces.push(Piece { at, len: text.len(), from: range.start, from_len: range.len() });
    }

    /// The place in the original that a place in the made text stands for.
    pub fn back(&self, at: usize) -> usize {
        let next = self.pieces.partition_point(|piece| piece.at <= at);
        let Some(piece) = next.checked_sub(1).map(|n| &self.pieces[n]) else { return 0 };
        let within = at - piece.at;
        if piece.len == piece.from_len {
            piece.from + within.min(piece.len)
        } else if within >= piece.len {
            piece.from + piece.from_len
        } else {
            piece.from
        }
    }

    /// The place in the made text of a place in the original that was kept.
    pub fn forth(&self, from: usize) -> usize {
        let next = self.pieces.partition_point(|piece| piece.from <= from);
        let kept = self.pieces[..next].iter().rev().find(|piece| piece.from_len > 0);
        kept.map_or(0, |piece| piece.at + (from - piece.from).min(piece.len))
    }

    /// Whether nothing of the original was changed.
    pub fn is_same(&self, original: &str) -> bool {
        self.text == original
    }
}

/// Where the lines of a text are.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    /// Where each line begins; one for an empty text.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Finds the lines; all end with `\n`.
    pub fn of(text: &'t str) -> Lines<'t> {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1).filter(|at| *at < text.len());
        Lines { text, starts: std::iter::once(0).chain(ends).collect() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// A line with its end.
    pub fn whole(&self, line: usize) -> Range<usize> {
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        self.starts.get(line).copied().unwrap_or(end)..end
    }

    /// A line without its end.
    pub fn bare(&self, line: usize) -> Range<usize> {
        let whole = self.whole(line);
        let text = self.text[whole.clone()].trim_end_matches(['\n', '\r']);
        whole.start..whole.start + text.len()
    }

    /// A line's text without its end.
    pub fn text(&self, line: usize) -> &'t str {
        &self.text[self.bare(line)]
    }
}

/// Columns of the white space that a line begins with, tabs to every fourth, and its length in bytes.
pub(super) fn indent(line: &str) -> (usize, usize) {
    let mut columns = 0;
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b' ' => columns += 1,
            b'\t' => columns += 4 - columns % 4,
            _ => return (columns, at),
        }
    }
    (columns, line.len())
}
