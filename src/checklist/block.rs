//! The shape of a document: blocks with plain text in them, whatever it was written in.

use std::ops::Range;

/// A piece of a document, with the bytes of the text it stands in.
#[derive(Debug)]
pub(super) struct Block {
    pub span: Range<usize>,
    pub kind: Kind,
}

/// What a block is.
#[derive(Debug)]
pub(super) enum Kind {
    Heading {
        level: u8,
        text: Inline,
    },
    Paragraph(Inline),
    List {
        ordered: bool,
        entries: Vec<Entry>,
    },
    Code(Code),
    /// Rows of cells; the first row is the head.
    Table(Vec<Vec<Inline>>),
    /// Raw HTML, comments included.
    Html(String),
    Quote(Vec<Block>),
    Rule,
}

/// An entry of a list.
#[derive(Debug)]
pub(super) struct Entry {
    /// Where its marker stands.
    pub at: usize,
    /// Its box, if it has one as GitHub draws it: the bytes of `[ ]`, and whether it is ticked.
    pub task: Option<(Range<usize>, bool)>,
    pub blocks: Vec<Block>,
}

/// A code block.
#[derive(Debug)]
pub(super) struct Code {
    pub language: Option<String>,
    pub text: String,
    /// Where the first line of code stands.
    pub at: usize,
}

/// Text without its markup, and the way back to where each piece of it stood.
#[derive(Debug, Default)]
pub(super) struct Inline {
    /// Line breaks are `\n`.
    pub text: String,
    /// Pieces: from this byte of `text` on, bytes of the source start here.
    pieces: Vec<(usize, usize)>,
    /// Bytes of `text` that are code.
    pub code: Vec<Range<usize>>,
    /// Bytes of `text` that are strong.
    pub strong: Vec<Range<usize>>,
    /// HTML comments in it, whole.
    pub comments: Vec<(usize, String)>,
}

/// How a piece of text was marked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Strong,
    Code,
}

impl Inline {
    /// Adds a piece of text that stands at a byte of the source.
    pub fn push(&mut self, text: &str, at: usize, style: Style) {
        if text.is_empty() {
            return;
        }
        let from = self.text.len();
        let follows = self.pieces.last().is_some_and(|(start, source)| source + (from - start) == at);
        if !follows {
            self.pieces.push((from, at));
        }
        self.text.push_str(text);
        let ranges = match style {
            Style::Plain => return,
            Style::Strong => &mut self.strong,
            Style::Code => &mut self.code,
        };
        match ranges.last_mut() {
            Some(last) if last.end == from && style == Style::Strong => last.end = self.text.len(),
            _ => ranges.push(from..self.text.len()),
        }
    }

    /// Adds a line break.
    pub fn newline(&mut self, at: usize) {
        self.push("\n", at, Style::Plain);
    }

    /// Whether there is nothing to read in it.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Where a byte of the text stands in the source.
    pub fn source(&self, at: usize) -> usize {
        let n = self.pieces.partition_point(|(start, _)| *start <= at);
        let piece = n.checked_sub(1).and_then(|n| self.pieces.get(n)).copied();
        piece.map_or(0, |(start, source)| source + (at - start))
    }

    /// Where a range of the text, not empty, stands in the source.
    pub fn source_span(&self, range: &Range<usize>) -> Range<usize> {
        self.source(range.start)..self.source(range.end.saturating_sub(1)) + 1
    }

    /// Where a byte of the source stands in the text, if it is shown there.
    pub fn shown(&self, source: usize) -> Option<usize> {
        // Pieces are in the order of the source.
        let n = self.pieces.partition_point(|(_, at)| *at <= source).checked_sub(1)?;
        let (start, at) = *self.pieces.get(n)?;
        let end = self.pieces.get(n + 1).map_or(self.text.len(), |(start, _)| *start);
        let shown = start + (source - at);
        (shown < end).then_some(shown)
    }

    /// Whether a byte of the text is in code.
    pub fn is_code(&self, at: usize) -> bool {
        let n = self.code.partition_point(|range| range.end <= at);
        self.code.get(n).is_some_and(|range| range.start <= at)
    }

    /// The lines, each with the bytes of `text` it stands in.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut at = 0;
        self.text.split('\n').map(move |line| {
            let start = at;
            at += line.len() + 1;
            (start, line)
        })
    }

    /// The text on one line, single spaces.
    pub fn one_line(&self) -> String {
        squeeze(&self.text)
    }
}

/// Text on one line with single spaces.
pub(super) fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}
