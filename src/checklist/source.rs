//! The file as text: decoded, with the way back to its bytes, its lines, and the blanks in it.

use std::cell::Cell;
use std::ops::Range;

use super::filled;
use super::mend::{self, Mapped};

/// Decoded text that remembers where each character stood in the file.
pub(super) struct Source {
    /// The text, without a byte order mark; each broken sequence is one U+FFFD.
    pub text: String,
    /// The same text with the underscores of blanks replaced by [`filler`](Self::filler), byte for byte, so that
    /// Markdown cannot take them for emphasis or a rule.
    pub masked: String,
    /// Runs of underscores to be filled, in order.
    pub blanks: Vec<Range<usize>>,
    filler: char,
    /// From this byte of the text on, bytes of the file are `text + (second - first)`.
    anchors: Vec<(usize, usize)>,
    starts: Vec<usize>,
    /// The last place asked for: byte, line, column. Places are mostly asked in order, so that long lines stay cheap.
    cursor: Cell<(usize, usize, u32)>,
    /// The text as it stands in the file, if this one was mended, and the way back to it.
    under: Option<Box<(Source, Mapped)>>,
}

/// What is wrong with the bytes, if anything.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// NUL bytes: not a text.
    Binary(usize),
    /// A text in UTF-16.
    Utf16,
    /// Sequences that are not UTF-8: where the first one is, and how many.
    Invalid(usize, usize),
}

impl Source {
    /// The text of a file, and what is wrong with it.
    pub fn decode(bytes: &[u8]) -> (Source, Option<Flaw>) {
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return (Source::new(String::new(), Vec::new()), Some(Flaw::Utf16));
        }
        let skipped = if bytes.starts_with("\u{feff}".as_bytes()) { 3 } else { 0 };
        let bytes = &bytes[skipped..];
        let mut text = String::with_capacity(bytes.len());
        let mut anchors = vec![(0, skipped)];
        let mut at = skipped;
        let mut broken: Option<(usize, usize)> = None;
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            at += chunk.valid().len();
            if !chunk.invalid().is_empty() {
                broken = Some(broken.map_or((text.len(), 1), |(first, n)| (first, n + 1)));
                text.push('\u{fffd}');
                at += chunk.invalid().len();
                anchors.push((text.len(), at));
            }
        }
        let flaw = match text.find('\0') {
            Some(nul) => Some(Flaw::Binary(nul)),
            None => broken.map(|(first, n)| Flaw::Invalid(first, n)),
        };
        (Source::new(text, anchors), flaw)
    }

    fn new(text: String, anchors: Vec<(usize, usize)>) -> Source {
        let mut starts = vec![0];
        let bytes = text.as_bytes();
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
                starts.push(at + 1);
            }
        }
        // A character that the file does not use; without one there are no blanks either.
        let filler = ('\u{1}'..='\u{8}').chain('\u{e}'..='\u{1f}').find(|c| !text.contains(*c));
        let blanks = if filler.is_some() { blanks(&text) } else { Vec::new() };
        let filler = filler.unwrap_or('_');
        let masked = mask(&text, &blanks, filler);
        Source { text, masked, blanks, filler, anchors, starts, cursor: Cell::new((0, 0, 1)), under: None }
    }

    /// The text without the slips that hide items from a Markdown parser; places still are those of the file. Also
    /// where comments begin that are never closed.
    pub fn mended(self) -> (Source, Vec<usize>) {
        let (made, unclosed) = mend::mend(&self.text);
        if made.is_same(&self.text) {
            return (self, unclosed);
        }
        let mut mended = Source::new(made.text.clone(), Vec::new());
        let unclosed = unclosed.into_iter().map(|at| made.forth(at)).collect();
        mended.under = Some(Box::new((self, made)));
        (mended, unclosed)
    }

    /// The text without what a report wrote into it; places still are those of the file.
    pub fn emptied(self) -> Source {
        let Some(made) = filled::emptied(&self.text) else { return self };
        let mut emptied = Source::new(made.text.clone(), Vec::new());
        emptied.under = Some(Box::new((self, made)));
        emptied
    }

    /// A piece of masked text as it stands in the file.
    pub fn unmask(&self, masked: &str) -> String {
        if self.filler != '_' && masked.contains(self.filler) {
            masked.replace(self.filler, "_")
        } else {
            masked.to_owned()
        }
    }

    /// The byte of the file at a byte of the text.
    pub fn original(&self, at: usize) -> usize {
        if let Some(under) = &self.under {
            return under.0.original(under.1.back(at));
        }
        let n = self.anchors.partition_point(|(text, _)| *text <= at);
        let (text, file) = n.checked_sub(1).and_then(|n| self.anchors.get(n)).copied().unwrap_or_default();
        file + (at - text)
    }

    /// The bytes of the file of a range of the text.
    pub fn original_span(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.original(span.start);
        if span.is_empty() { start..start } else { start..self.original(span.end - 1) + 1 }
    }

    /// 1-based line of a byte of the text.
    pub fn line(&self, at: usize) -> u32 {
        if let Some(under) = &self.under {
            return under.0.line(under.1.back(at));
        }
        narrow(self.starts.partition_point(|start| *start <= at))
    }

    /// 1-based line and column, in characters, of a byte of the text.
    pub fn place(&self, at: usize) -> (u32, u32) {
        if let Some(under) = &self.under {
            return under.0.place(under.1.back(at));
        }
        let line = self.starts.partition_point(|start| *start <= at);
        let (near, near_line, near_column) = self.cursor.get();
        let (from, column) = if near_line == line && near <= at {
            (near, near_column)
        } else {
            (self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0), 1)
        };
        let between = self.text.get(from..at).unwrap_or_default();
        let column = column + narrow(between.chars().count());
        self.cursor.set((at, line, column));
        (narrow(line), column)
    }

    /// The column of the first place in a line where a text stands, 1 if it does not.
    pub fn column_of(&self, line: u32, text: &str) -> u32 {
        if let Some(under) = &self.under {
            return under.0.column_of(line, text);
        }
        let start = usize::try_from(line).ok().and_then(|line| self.starts.get(line.checked_sub(1)?));
        let line = start.and_then(|start| self.text.get(*start..)).and_then(|rest| rest.lines().next());
        let before = line.and_then(|line| line.find(text).map(|at| line[..at].chars().count()));
        narrow(before.unwrap_or(0) + 1)
    }

    /// The lines, without their ends, each with the byte where it starts.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.starts.iter().enumerate().map(|(n, start)| {
            let end = self.starts.get(n + 1).copied().unwrap_or(self.text.len());
            (*start, self.text[*start..end].trim_end_matches(['\n', '\r']))
        })
    }

    /// The blanks within a range of the text.
    pub fn blanks_in(&self, span: &Range<usize>) -> &[Range<usize>] {
        let from = self.blanks.partition_point(|blank| blank.start < span.start);
        let to = self.blanks.partition_point(|blank| blank.start < span.end);
        self.blanks.get(from..to).unwrap_or_default()
    }
}

/// A count as the model keeps it.
pub(super) fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Runs of at least three underscores (escaped ones too) that are meant to be written on, and dates such as
/// `__/__/____`. Not blanks: a rule on a line of its own after an empty line, and `___strong emphasis___`.
fn blanks(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = bytes[at..].iter().position(|byte| *byte == b'_') {
        let mut start = at + next;
        if start > at && bytes[start - 1] == b'\\' {
            start -= 1;
        }
        let (mut end, units) = run(bytes, start);
        let mut parts = 1;
        let mut shortest = units;
        while bytes.get(end).is_some_and(|byte| b"/:-.".contains(byte)) {
            let (after, units) = run(bytes, end + 1);
            if units < 2 {
                break;
            }
            (end, parts, shortest) = (after, parts + 1, shortest.min(units));
        }
        let enough = if parts == 1 { units >= 3 } else { shortest >= 2 };
        if enough
            && !(units == 3 && parts == 1 && touches_word(text, start, end))
            && !is_rule(text, start, end)
        {
            found.push(start..end);
        }
        at = end.max(start + 1);
    }
    found
}

/// The end of a run of `_` and `\_`, and how many underscores it has.
fn run(bytes: &[u8], mut at: usize) -> (usize, usize) {
    let mut units = 0;
    loop {
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'_'), _) => at += 1,
            (Some(b'\\'), Some(b'_')) => at += 2,
            _ => return (at, units),
        }
        units += 1;
    }
}

fn touches_word(text: &str, start: usize, end: usize) -> bool {
    text[..start].chars().next_back().is_some_and(char::is_alphanumeric)
        || text[end..].chars().next().is_some_and(char::is_alphanumeric)
}

fn is_rule(text: &str, start: usize, end: usize) -> bool {
    let before = &text[..start];
    if !(before.is_empty() || before.ends_with(['\n', '\r'])) {
        return false;
    }
    let rest = &text[end..];
    if !rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())].trim().is_empty() {
        return false;
    }
    let above = before.strip_suffix("\r\n").or_else(|| before.strip_suffix(['\n', '\r'])).unwrap_or_default();
    above.rsplit(['\n', '\r']).next().unwrap_or_default().trim().is_empty()
}

fn mask(text: &str, blanks: &[Range<usize>], filler: char) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for blank in blanks {
        masked.push_str(&text[at..blank.start]);
        masked.extend(text[blank.clone()].chars().map(|c| if c == '_' || c == '\\' { filler } else { c }));
        at = blank.end;
    }
    masked.push_str(&text[at..]);
    masked
}
