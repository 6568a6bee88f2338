//! Markdown to blocks, with pulldown-cmark.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag};

use super::block::{Block, Code, Entry, Inline, Kind, Style};
use super::fence;
use super::source::Source;

/// Nesting that is told apart; what lies deeper counts as lying at this depth.
const DEEPEST: usize = 48;

/// Text that is read twice because of unclosed fences: at most this many times the file, so that a file made of them
/// stays cheap.
const REREAD: usize = 8;

/// The blocks of the text from a byte on, and where fences were left open.
pub(super) fn read(source: &Source, from: usize) -> (Vec<Block>, Vec<usize>) {
    let mut blocks = Vec::new();
    let mut open = Vec::new();
    let mut start = from;
    let mut budget = source.masked.len().saturating_mul(REREAD);
    while start < source.masked.len() {
        let piece = Reader::new(source, start).read(source.masked.len());
        let cut = piece.iter().find_map(|block| fence::cut(source, block));
        let Some(cut) = cut else {
            open.extend(piece.iter().flat_map(|block| fence::unclosed(source, block)));
            blocks.extend(piece);
            break;
        };
        open.push(cut.fence);
        if budget < source.masked.len() - start {
            blocks.extend(piece);
            break;
        }
        budget -= source.masked.len() - start;
        // Read again as if the file ended where the fence should have: what lies before keeps its shape.
        let kept = Reader::new(source, start).read(cut.at);
        open.extend(kept.iter().flat_map(|block| fence::unclosed(source, block)));
        blocks.extend(kept);
        start = cut.at;
    }
    open.sort_unstable();
    open.dedup();
    (blocks, open)
}

/// A container whose end has not come yet.
struct Open {
    shape: Shape,
    span: Range<usize>,
    blocks: Vec<Block>,
    inline: Inline,
}

enum Shape {
    Root,
    Quote,
    List { ordered: bool, entries: Vec<Entry> },
    Entry { task: Option<(Range<usize>, bool)> },
    Paragraph,
    Heading(u8),
    Code { language: Option<String>, at: Option<usize>, text: String },
    Html(String),
    Table(Vec<Vec<Inline>>),
    Row(Vec<Inline>),
    Cell,
}

struct Reader<'a> {
    source: &'a Source,
    /// Added to the parser's offsets.
    base: usize,
    stack: Vec<Open>,
    strong: usize,
    /// Containers below [`DEEPEST`] that are open.
    skipped: usize,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Source, base: usize) -> Reader<'a> {
        Reader { source, base, stack: Vec::new(), strong: 0, skipped: 0 }
    }

    fn read(mut self, to: usize) -> Vec<Block> {
        let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
        self.open(Shape::Root, self.base..to);
        let text = self.source.masked.get(self.base..to).unwrap_or_default();
        for (event, span) in Parser::new_ext(text, options).into_offset_iter() {
            self.event(event, self.base + span.start..self.base + span.end);
        }
        while self.stack.len() > 1 {
            self.close();
        }
        let Some(mut root) = self.stack.pop() else { return Vec::new() };
        flush(&mut root);
        root.blocks
    }

    fn event(&mut self, event: Event<'_>, span: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, span),
            Event::End(tag) => match tag.into() {
                Level::Block if self.skipped > 0 => self.skipped -= 1,
                Level::Block => self.close(),
                Level::Strong => self.strong = self.strong.saturating_sub(1),
                Level::Inline => {}
            },
            Event::Text(text) => self.text(&text, span.start),
            Event::Code(code) => {
                // A code span over a line's end reads the same whatever ends lines.
                let code = self.source.unmask(&code).replace('\r', "");
                let code = code.trim();
                let ticks = self.source.masked[span.clone()].bytes().take_while(|byte| *byte == b'`').count();
                if let Some(open) = self.stack.last_mut() {
                    open.inline.push(code, span.start + ticks, Style::Code);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(open) = self.stack.last_mut() {
                    open.inline.newline(span.start);
                }
            }
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html, span.start),
            Event::Rule => self.block(span, Kind::Rule),
            Event::TaskListMarker(checked) => {
                let entry = self.stack.iter_mut().rev().find_map(|open| match &mut open.shape {
                    Shape::Entry { task } => Some(task),
                    _ => None,
                });
                if let Some(task) = entry {
                    task.get_or_insert((span, checked));
                }
            }
            Event::FootnoteReference(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text(&text, span.start);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>, span: Range<usize>) {
        let shape = match tag {
            Tag::Strong => {
                self.strong += 1;
                return;
            }
            Tag::Emphasis
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Link { .. }
            | Tag::Image { .. } => return,
            Tag::Paragraph | Tag::DefinitionListTitle | Tag::DefinitionListDefinition => Shape::Paragraph,
            Tag::Heading { level, .. } => Shape::Heading(number(level)),
            Tag::BlockQuote(_) | Tag::FootnoteDefinition(_) | Tag::DefinitionList => Shape::Quote,
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => language(&self.source.unmask(&info)),
                    CodeBlockKind::Indented => None,
                };
                Shape::Code { language, at: None, text: String::new() }
            }
            Tag::HtmlBlock | Tag::MetadataBlock(_) => Shape::Html(String::new()),
            Tag::List(start) => Shape::List { ordered: start.is_some(), entries: Vec::new() },
            Tag::Item => Shape::Entry { task: None },
            Tag::Table(_) => Shape::Table(Vec::new()),
            Tag::TableHead | Tag::TableRow => Shape::Row(Vec::new()),
            Tag::TableCell => Shape::Cell,
        };
        if self.skipped > 0 || self.stack.len() >= DEEPEST {
            self.skipped += 1;
        } else {
            self.open(shape, span);
        }
    }

    fn open(&mut self, shape: Shape, span: Range<usize>) {
        if let Some(parent) = self.stack.last_mut() {
            flush(parent);
        }
        self.stack.push(Open { shape, span, blocks: Vec::new(), inline: Inline::default() });
    }

    fn text(&mut self, text: &str, at: usize) {
        let text = self.source.unmask(text);
        let style = if self.strong > 0 { Style::Strong } else { Style::Plain };
        let Some(open) = self.stack.last_mut() else { return };
        match &mut open.shape {
            Shape::Code { at: first, text: code, .. } => {
                first.get_or_insert(at);
                code.push_str(&text.replace('\r', ""));
            }
            Shape::Html(html) => html.push_str(&text),
            _ => open.inline.push(&text, at, style),
        }
    }

    fn html(&mut self, html: &str, at: usize) {
        let html = self.source.unmask(html);
        let Some(open) = self.stack.last_mut() else { return };
        if let Shape::Html(block) = &mut open.shape {
            block.push_str(&html);
        } else if html.starts_with("<!--") {
            open.inline.comments.push((at, html));
        } else if html.eq_ignore_ascii_case("<br>") || html.eq_ignore_ascii_case("<br/>") {
            open.inline.newline(at);
        } else if !is_markup(&html) {
            // `<name>` is a placeholder far more often than an element; and nothing that was written gets lost.
            open.inline.push(&html.replace('\r', ""), at, Style::Plain);
        }
    }

    fn block(&mut self, span: Range<usize>, kind: Kind) {
        if let Some(open) = self.stack.last_mut() {
            flush(open);
            open.blocks.push(Block { span, kind });
        }
    }

    fn close(&mut self) {
        if self.stack.len() < 2 {
            return;
        }
        let Some(mut open) = self.stack.pop() else { return };
        let kind = match open.shape {
            Shape::Paragraph => Kind::Paragraph(open.inline),
            Shape::Heading(level) => Kind::Heading { level, text: open.inline },
            Shape::Code { language, at, text } => {
                let at = at.unwrap_or(open.span.start);
                let text = text.trim_end_matches('\n').to_owned();
                Kind::Code(Code { language, text, at })
            }
            Shape::Html(html) => Kind::Html(html),
            Shape::Table(rows) => Kind::Table(rows),
            Shape::List { ordered, entries } => Kind::List { ordered, entries },
            Shape::Quote | Shape::Root => {
                flush(&mut open);
                Kind::Quote(open.blocks)
            }
            Shape::Entry { ref mut task } => {
                let task = task.take();
                flush(&mut open);
                let entry = Entry { at: open.span.start, task, blocks: open.blocks };
                if let Some(Open { shape: Shape::List { entries, .. }, .. }) = self.stack.last_mut() {
                    entries.push(entry);
                }
                return;
            }
            Shape::Row(cells) => {
                if let Some(Open { shape: Shape::Table(rows), .. }) = self.stack.last_mut() {
                    rows.push(cells);
                }
                return;
            }
            Shape::Cell => {
                if let Some(Open { shape: Shape::Row(cells), .. }) = self.stack.last_mut() {
                    cells.push(open.inline);
                }
                return;
            }
        };
        if let Some(parent) = self.stack.last_mut() {
            parent.blocks.push(Block { span: open.span, kind });
        }
    }
}

/// Text that stands in a container without a paragraph of its own, as in tight lists, becomes one.
fn flush(open: &mut Open) {
    let holds = matches!(open.shape, Shape::Entry { .. } | Shape::Root | Shape::Quote);
    if holds && (!open.inline.is_empty() || !open.inline.comments.is_empty()) {
        let inline = std::mem::take(&mut open.inline);
        let first = inline.comments.first().map_or(usize::MAX, |(at, _)| *at);
        let span = inline.source(0).min(first)..inline.source(inline.text.len());
        open.blocks.push(Block { span, kind: Kind::Paragraph(inline) });
    }
}

enum Level {
    Block,
    Strong,
    Inline,
}

impl From<pulldown_cmark::TagEnd> for Level {
    fn from(tag: pulldown_cmark::TagEnd) -> Level {
        use pulldown_cmark::TagEnd as End;
        match tag {
            End::Strong => Level::Strong,
            End::Emphasis
            | End::Strikethrough
            | End::Superscript
            | End::Subscript
            | End::Link
            | End::Image => Level::Inline,
            _ => Level::Block,
        }
    }
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// First word of an info string, lower case; `{.bash}` and `bash,ignore` are bash too.
pub(super) fn language(info: &str) -> Option<String> {
    let word =
        info.split(|c: char| c.is_whitespace() || "{},.=".contains(c)).find(|word| !word.is_empty())?;
    Some(word.to_lowercase())
}

/// Elements that people write in Markdown for their looks; any other `<word>` is a placeholder.
const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "b",
    "big",
    "blockquote",
    "br",
    "center",
    "code",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "figure",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "li",
    "mark",
    "ol",
    "p",
    "picture",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
];

/// Whether a tag only says how words look, as `<b>` and `</b>` do: what else looks like one is a blank for a name, such as
/// `<host>`, or words.
fn is_markup(tag: &str) -> bool {
    let inner = tag.trim_start_matches('<').trim_start_matches('/');
    let name: String = inner.chars().take_while(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect();
    ELEMENTS.contains(&name.to_lowercase().as_str())
}
