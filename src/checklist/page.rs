//! Pages copied from a browser: bullets by their glyphs and indentation, code by its looks, headings by their place.
//!
//! Nothing in such a text is certain, so every guess is on the cautious side: what is not clearly something else is a
//! paragraph.

use std::iter::Peekable;
use std::ops::Range;

use super::block::{Block, Code, Entry, Inline, Kind, Style};
use super::source::Source;
use super::words::Rules;

mod levels;
mod looks;
mod write;

pub use write::markdown;

pub(super) use looks::looks_like_command;
use looks::{is_chrome, looks_like_code, looks_like_heading};

/// What stands before an entry in a rendered list.
const GLYPHS: &[char] = &['•', '◦', '▪', '▫', '●', '○', '■', '‣', '⁃', '∙', '⦿'];

/// The frame of a page is looked for in this many lines.
const FRAME: usize = 30;

/// What was read, and what was guessed.
pub(super) struct Page {
    pub blocks: Vec<Block>,
    /// Where lines of the page's frame were left out.
    pub chrome: Vec<usize>,
    /// How many lines were taken for headings.
    pub headings: usize,
}

/// Whether a text was copied from a rendered page: its lists have glyphs, not Markdown's markers.
pub(super) fn is_page(source: &Source) -> bool {
    let (mut glyphs, mut markers) = (0, 0);
    let mut fenced = false;
    for (_, line) in source.lines() {
        let line = line.trim_start();
        if line.starts_with("```") || line.starts_with("~~~") {
            fenced = !fenced;
        } else if fenced {
        } else if line.starts_with(GLYPHS) {
            glyphs += 1;
        } else if ["- ", "* ", "+ "].iter().any(|marker| line.starts_with(marker)) {
            markers += 1;
        }
    }
    glyphs > markers
}

/// The blocks of a page.
pub(super) fn read(source: &Source, from: usize, rules: Rules<'_>) -> Page {
    let mut chrome = Vec::new();
    let mut lines = Vec::new();
    for (n, (at, text)) in source.lines().enumerate() {
        if at < from {
        } else if n < FRAME && is_chrome(text.trim()) {
            chrome.push(at);
        } else {
            lines.push(Line::of(at, text));
        }
    }
    let blank = lines.iter().filter(|line| line.is_blank()).count();
    // Some programs copy without empty lines: then every line is a paragraph.
    let dense = blank * 20 < lines.len();
    let mut reader = Reader { source, rules, dense, lines: lines.into_iter().peekable(), blocks: Vec::new() };
    reader.run();
    let mut blocks = reader.blocks;
    let headings = levels::assign(&mut blocks);
    Page { blocks, chrome, headings }
}

/// A line of the page.
#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    /// The byte where its words start: after indentation and bullet.
    at: usize,
    /// The byte where it starts, indentation taken off.
    start: usize,
    /// Columns before its bullet or its words.
    indent: usize,
    bullet: Option<Bullet>,
    /// Its words.
    text: &'a str,
    /// Bullet and words.
    whole: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bullet {
    Glyph,
    Number,
}

impl<'a> Line<'a> {
    fn of(at: usize, line: &'a str) -> Line<'a> {
        let whole = line.trim_start();
        let indent = line[..line.len() - whole.len()].chars().fold(0, |columns, c| match c {
            '\t' => columns / 4 * 4 + 4,
            _ => columns + 1,
        });
        let start = at + (line.len() - whole.len());
        let whole = whole.trim_end();
        let (bullet, rest) = match bullet(whole) {
            Some((bullet, rest)) => (Some(bullet), rest),
            None => (None, whole),
        };
        let text = rest.trim_start();
        Line { at: start + (whole.len() - text.len()), start, indent, bullet, text, whole }
    }

    fn is_blank(&self) -> bool {
        self.whole.is_empty()
    }
}

fn bullet(line: &str) -> Option<(Bullet, &str)> {
    if let Some(rest) = line.strip_prefix(GLYPHS) {
        return Some((Bullet::Glyph, rest));
    }
    if let Some(rest) = ["- ", "* ", "+ "].iter().find_map(|marker| line.strip_prefix(marker)) {
        return Some((Bullet::Glyph, rest));
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = line.get(digits..)?.strip_prefix(['.', ')'])?;
    ((1..=3).contains(&digits) && rest.starts_with(' ')).then_some((Bullet::Number, rest))
}

struct Reader<'a> {
    source: &'a Source,
    rules: Rules<'a>,
    dense: bool,
    lines: Peekable<std::vec::IntoIter<Line<'a>>>,
    blocks: Vec<Block>,
}

impl<'a> Reader<'a> {
    fn run(&mut self) {
        while let Some(line) = self.lines.peek().copied() {
            if line.is_blank() {
                self.lines.next();
            } else if line.bullet.is_some() {
                let list = self.list();
                self.blocks.push(list);
            } else if let Some(marks) = fence(line.whole) {
                let code = self.fenced(marks);
                self.blocks.push(code);
            } else {
                self.chunk();
            }
        }
    }

    /// Lines up to the next empty one, bullet or fence.
    fn take(&mut self, deeper_than: Option<usize>, single: bool) -> Vec<Line<'a>> {
        let mut chunk = Vec::new();
        while let Some(line) = self.lines.next_if(|line| {
            !line.is_blank()
                && line.bullet.is_none()
                && fence(line.whole).is_none()
                && deeper_than.is_none_or(|indent| line.indent > indent)
        }) {
            chunk.push(line);
            if single {
                break;
            }
        }
        chunk
    }

    fn chunk(&mut self) {
        let chunk = self.take(None, self.dense);
        let Some(first) = chunk.first().copied() else {
            self.lines.next();
            return;
        };
        let after_code = matches!(self.blocks.last(), Some(Block { kind: Kind::Code(_), .. }));
        let said: Vec<&str> = chunk.iter().map(|line| line.whole).collect();
        let indented = chunk.iter().all(|line| line.indent >= 4) && looks_like_code(&said);
        if looks_like_command(&said, after_code) || indented {
            self.code(&chunk);
            return;
        }
        let marks = first.whole.bytes().take_while(|byte| *byte == b'#').count();
        if chunk.len() == 1 && (1..=6).contains(&marks) && first.whole[marks..].starts_with(' ') {
            let level = u8::try_from(marks).unwrap_or(6);
            let text = first.whole[marks..].trim();
            self.heading(level, text, first.start + (first.whole.len() - text.len()));
            return;
        }
        let mut rest = chunk.as_slice();
        // A heading may stand directly over what it heads.
        let followed = self.lines.peek().is_some();
        let title = self.blocks.is_empty();
        if first.indent < 4
            && (chunk.len() == 1 && followed || title && !self.dense)
            && self.rules.estimate(first.whole, false).is_none()
            && looks_like_heading(first.whole, title)
        {
            self.heading(0, first.whole, first.start);
            rest = chunk.get(1..).unwrap_or_default();
        }
        if !rest.is_empty() {
            let block = paragraph(rest);
            self.blocks.push(block);
        }
    }

    fn heading(&mut self, level: u8, words: &str, at: usize) {
        let mut text = Inline::default();
        text.push(words, at, Style::Plain);
        self.blocks.push(Block { span: at..at + words.len(), kind: Kind::Heading { level, text } });
    }

    /// A piece of code; one that follows code directly continues it.
    fn code(&mut self, chunk: &[Line<'a>]) {
        let block = code(self.source, chunk);
        push_code(&mut self.blocks, block);
    }

    fn fenced(&mut self, marks: usize) -> Block {
        let start = self.lines.next().map_or(0, |line| line.start);
        let opening = self.source.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let language = super::markdown::language(opening.get(marks..).unwrap_or_default());
        let mut inside = Vec::new();
        let mut end = start + opening.len();
        for line in self.lines.by_ref() {
            end = line.start + line.whole.len();
            if fence(line.whole).is_some_and(|more| more >= marks && more == line.whole.len()) {
                break;
            }
            inside.push(line);
        }
        let code = Code {
            language,
            text: dedent(self.source, &inside),
            at: inside.first().map_or(start, |line| line.start),
        };
        Block { span: start..end, kind: Kind::Code(code) }
    }

    /// A list with all that is nested in it, by indentation.
    fn list(&mut self) -> Block {
        let mut levels: Vec<(usize, Range<usize>, Vec<Entry>, bool)> = Vec::new();
        let mut parted = false;
        while let Some(line) = self.lines.peek().copied() {
            if line.is_blank() {
                parted = true;
                self.lines.next();
                continue;
            }
            let deepest = levels.last().map_or(0, |(indent, ..)| *indent);
            if let Some(bullet) = line.bullet {
                while levels.len() > 1 && levels.last().is_some_and(|(indent, ..)| *indent > line.indent) {
                    fold(&mut levels);
                }
                let deeper = levels.last().is_none_or(|(indent, ..)| line.indent > *indent);
                // Deeper than anybody nests, a list is taken as it stands.
                if levels.is_empty() || deeper && levels.len() < 16 {
                    levels.push((line.indent, line.start..line.start, Vec::new(), bullet == Bullet::Number));
                }
                self.lines.next();
                if let Some((_, span, entries, _)) = levels.last_mut() {
                    span.end = line.start + line.whole.len();
                    let blocks = if line.text.is_empty() { Vec::new() } else { vec![paragraph(&[line])] };
                    entries.push(Entry { at: line.start, task: None, blocks });
                }
            } else if let Some((top, ..)) = levels.first()
                && line.indent > *top
            {
                while levels.len() > 1 && line.indent <= levels.last().map_or(0, |(indent, ..)| *indent) {
                    fold(&mut levels);
                }
                let indent = levels.last().map_or(deepest, |(indent, ..)| *indent);
                self.inside(&mut levels, indent, parted);
            } else {
                break;
            }
            parted = false;
        }
        while levels.len() > 1 {
            fold(&mut levels);
        }
        let (_, span, entries, ordered) = levels.pop().unwrap_or_default();
        Block { span, kind: Kind::List { ordered, entries } }
    }

    /// Text below a bullet's line: code, a paragraph, or the line's end that was wrapped.
    fn inside(
        &mut self,
        levels: &mut [(usize, Range<usize>, Vec<Entry>, bool)],
        indent: usize,
        parted: bool,
    ) {
        let marks = self.lines.peek().and_then(|line| fence(line.whole));
        let block = if let Some(marks) = marks {
            self.fenced(marks)
        } else {
            let chunk = self.take(Some(indent), false);
            let said: Vec<&str> = chunk.iter().map(|line| line.whole).collect();
            if chunk.is_empty() {
                self.lines.next();
                return;
            }
            if looks_like_code(&said) { code(self.source, &chunk) } else { paragraph(&chunk) }
        };
        let Some((_, span, entries, _)) = levels.last_mut() else { return };
        span.end = block.span.end;
        let Some(entry) = entries.last_mut() else { return };
        match (&block.kind, entry.blocks.last_mut()) {
            (Kind::Paragraph(more), Some(Block { kind: Kind::Paragraph(text), span })) if !parted => {
                text.newline(more.source(0).saturating_sub(1));
                text.push(&more.text, more.source(0), Style::Plain);
                span.end = block.span.end;
            }
            _ => push_code(&mut entry.blocks, block),
        }
    }
}

/// The deepest list goes into the last entry of the one above.
fn fold(levels: &mut Vec<(usize, Range<usize>, Vec<Entry>, bool)>) {
    let Some((_, span, entries, ordered)) = levels.pop() else { return };
    let Some((_, above, parents, _)) = levels.last_mut() else { return };
    above.end = span.end;
    if let Some(parent) = parents.last_mut() {
        parent.blocks.push(Block { span, kind: Kind::List { ordered, entries } });
    }
}

fn push_code(blocks: &mut Vec<Block>, block: Block) {
    if let Kind::Code(more) = &block.kind
        && more.language.is_none()
        && let Some(Block { kind: Kind::Code(code), span }) = blocks.last_mut()
        && code.language.is_none()
    {
        code.text.push_str("\n\n");
        code.text.push_str(&more.text);
        span.end = block.span.end;
    } else {
        blocks.push(block);
    }
}

fn paragraph(lines: &[Line<'_>]) -> Block {
    let mut text = Inline::default();
    for (n, line) in lines.iter().enumerate() {
        if n > 0 {
            text.newline(line.start.saturating_sub(1));
        }
        text.push(line.text, line.at, Style::Plain);
    }
    let start = lines.first().map_or(0, |line| line.start);
    let end = lines.last().map_or(start, |line| line.start + line.whole.len());
    Block { span: start..end, kind: Kind::Paragraph(text) }
}

fn code(source: &Source, lines: &[Line<'_>]) -> Block {
    let start = lines.first().map_or(0, |line| line.start);
    let end = lines.last().map_or(start, |line| line.start + line.whole.len());
    Block {
        span: start..end,
        kind: Kind::Code(Code { language: None, text: dedent(source, lines), at: start }),
    }
}

/// Lines without the indentation they share.
fn dedent(source: &Source, lines: &[Line<'_>]) -> String {
    let margin = lines.iter().filter(|line| !line.is_blank()).map(|line| line.indent).min().unwrap_or(0);
    let text = |line: &Line<'_>| {
        let rest = source.text.get(line.start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        format!("{}{}", " ".repeat(line.indent.saturating_sub(margin)), rest.trim_end())
    };
    lines.iter().map(text).collect::<Vec<_>>().join("\n")
}

/// How many marks a fence has, if the line opens or closes one.
fn fence(line: &str) -> Option<usize> {
    let marks = line.bytes().take_while(|byte| *byte == b'`').count();
    (marks >= 3 && !line[marks..].contains('`')).then_some(marks)
}
