//! A page, or any checklist, written as Markdown with boxes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::block::{Block, Entry, Inline, Kind};
use super::super::parse::document;
use super::super::source::Source;
use super::super::{Item, Options};

/// Writes what a text says as Markdown with boxes; reading that gives the same items.
#[must_use]
pub fn markdown(bytes: &[u8]) -> String {
    let document = document(bytes, &Options::default());
    let items = document.list.items.iter().map(|item| ((item.line, item.column), item)).collect();
    let mut writer = Writer { source: &document.source, items, out: String::new() };
    if let Some(front) = document.source.text.get(..document.from).filter(|front| !front.is_empty()) {
        writer.out.push_str(front.trim_end());
        writer.out.push_str("\n\n");
    }
    writer.blocks(&document.blocks, 0);
    let text = writer.out.trim_end();
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}

struct Writer<'a> {
    source: &'a Source,
    /// Items by line and column.
    items: BTreeMap<(u32, u32), &'a Item>,
    out: String,
}

impl Writer<'_> {
    fn blocks(&mut self, blocks: &[Block], indent: usize) {
        let mut in_item = false;
        for (n, block) in blocks.iter().enumerate() {
            let pad = " ".repeat(indent);
            match &block.kind {
                Kind::Heading { level, text } => {
                    let marks = "#".repeat(usize::from(*level).clamp(1, 6));
                    self.part(&format!("{pad}{marks} {}", inline(text, 0).replace('\n', " ")));
                    in_item = false;
                }
                Kind::Paragraph(text) => {
                    if let Some(item) = self.items.get(&self.source.place(block.span.start)).copied() {
                        self.part(&format!("{pad}- [ ] {}", escape(&item.text)));
                        for note in item.detail.iter().filter(|note| note.line == item.line) {
                            self.part(&format!("{pad}  {}", escape(&note.text)));
                        }
                        in_item = true;
                    } else {
                        let lines = inline(text, 0);
                        let lines: Vec<String> =
                            lines.lines().map(|line| format!("{pad}{}", line.trim())).collect();
                        // A line break of a page is one that was meant.
                        self.part(&lines.join("\\\n"));
                    }
                }
                Kind::Code(code) => {
                    if let Some(item) = self.items.get(&self.source.place(block.span.start)).copied() {
                        self.part(&format!("{pad}- [ ] {}", escape(&item.text)));
                        in_item = true;
                    }
                    let intro = n.checked_sub(1).and_then(|n| blocks.get(n));
                    let follows = in_item && !matches!(intro, Some(Block { kind: Kind::List { .. }, .. }));
                    let pad = if follows { format!("{pad}  ") } else { pad };
                    self.code(code.language.as_deref().unwrap_or_default(), &code.text, &pad);
                }
                Kind::List { ordered, entries } => {
                    self.gap();
                    for (n, entry) in entries.iter().enumerate() {
                        self.entry(entry, n + 1, *ordered, indent);
                    }
                    in_item = false;
                }
                Kind::Table(rows) => {
                    let mut lines: Vec<String> = rows.iter().map(|row| table_row(row)).collect();
                    lines.insert(
                        1.min(lines.len()),
                        format!("|{}", "---|".repeat(rows.first().map_or(1, Vec::len))),
                    );
                    self.part(
                        &lines.iter().map(|line| format!("{pad}{line}")).collect::<Vec<_>>().join("\n"),
                    );
                }
                Kind::Html(html) => self.part(html.trim_end()),
                Kind::Quote(inner) => {
                    let mut quoted =
                        Writer { source: self.source, items: BTreeMap::new(), out: String::new() };
                    quoted.blocks(inner, 0);
                    let lines: Vec<String> = quoted
                        .out
                        .trim_end()
                        .lines()
                        .map(|line| format!("{pad}> {line}").trim_end().to_owned())
                        .collect();
                    self.part(&lines.join("\n"));
                }
                Kind::Rule => self.part(&format!("{pad}---")),
            }
        }
    }

    fn entry(&mut self, entry: &Entry, number: usize, ordered: bool, indent: usize) {
        let pad = " ".repeat(indent);
        let mut blocks = entry.blocks.as_slice();
        let place = entry.task.as_ref().map_or(entry.at, |(span, _)| span.start);
        let mut item = self.items.get(&self.source.place(place)).copied();
        let mut words = String::new();
        if let Some((Block { kind: Kind::Paragraph(text), .. }, rest)) = blocks.split_first() {
            let mut skip = 0;
            if entry.task.is_none()
                && let Some(mark) = super::super::boxes::leading(&text.text)
            {
                item = self.items.get(&self.source.place(text.source(mark.span.start))).copied().or(item);
                skip = mark.span.end;
            }
            words = inline(text, skip).split_whitespace().collect::<Vec<_>>().join(" ");
            for (_, comment) in &text.comments {
                words.push(' ');
                words.push_str(comment);
            }
            blocks = rest;
        }
        let marker = if ordered { format!("{number}. ") } else { "- ".to_owned() };
        let tick = match item {
            Some(item) if item.checked => "[x] ",
            Some(_) => "[ ] ",
            None => "",
        };
        // Writing to a string does not fail.
        let _ = writeln!(self.out, "{pad}{marker}{tick}{words}");
        let inner = indent + marker.len();
        for (n, block) in blocks.iter().enumerate() {
            match &block.kind {
                // Tight: code and lists directly below.
                Kind::Code(code) if n == 0 || matches!(blocks[n - 1].kind, Kind::Code(_)) => {
                    let pad = " ".repeat(inner);
                    self.fence(code.language.as_deref().unwrap_or_default(), &code.text, &pad);
                }
                Kind::List { ordered, entries } => {
                    for (n, entry) in entries.iter().enumerate() {
                        self.entry(entry, n + 1, *ordered, inner);
                    }
                }
                _ => self.blocks(std::slice::from_ref(block), inner),
            }
        }
    }

    fn code(&mut self, language: &str, text: &str, pad: &str) {
        self.gap();
        self.fence(language, text, pad);
    }

    fn fence(&mut self, language: &str, text: &str, pad: &str) {
        let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let marks = "`".repeat(longest.max(2) + 1);
        let _ = writeln!(self.out, "{pad}{marks}{language}");
        for line in text.lines() {
            let pad = if line.is_empty() { "" } else { pad };
            let _ = writeln!(self.out, "{pad}{line}");
        }
        let _ = writeln!(self.out, "{pad}{marks}");
    }

    /// A block with an empty line before it.
    fn part(&mut self, text: &str) {
        self.gap();
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }
}

fn table_row(row: &[Inline]) -> String {
    let cells: Vec<String> = row.iter().map(|cell| inline(cell, 0).replace('|', "\\|")).collect();
    format!("| {} |", cells.join(" | "))
}

/// Text from a byte on as Markdown: code in backticks, the rest such that it stays as it is.
fn inline(text: &Inline, from: usize) -> String {
    let mut out = String::new();
    let mut at = from;
    for code in text.code.iter().filter(|code| code.start >= from) {
        out.push_str(&escape(&text.text[at..code.start]));
        let said = &text.text[code.clone()];
        let marks = "`".repeat(said.split(|c| c != '`').map(str::len).max().unwrap_or(0) + 1);
        let space = if said.starts_with('`') || said.ends_with('`') { " " } else { "" };
        let _ = write!(out, "{marks}{space}{said}{space}{marks}");
        at = code.end;
    }
    out.push_str(&escape(text.text.get(at..).unwrap_or_default()));
    out
}

/// Plain text as Markdown that reads as it.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    let mut starts = true;
    while let Some(c) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        let escaped = match c {
            '\\' => after.is_ascii_punctuation() || after == '\n' || rest.peek().is_none(),
            '*' => !(before.is_whitespace() && after.is_whitespace()) || starts,
            '`' => true,
            // Runs are blanks; inside words nothing is emphasis.
            '_' => before != '_' && after != '_' && !(before.is_alphanumeric() && after.is_alphanumeric()),
            '[' | '<' => after != ' ',
            ']' => after == '(' || after == '[' || after == ':',
            '~' => after == '~' || before == '~',
            '&' => after.is_alphanumeric() || after == '#',
            '#' | '>' | '+' | '-' | '=' => starts,
            _ => false,
        };
        if escaped {
            out.push('\\');
        }
        out.push(c);
        if c.is_whitespace() {
            starts = starts || c == '\n';
        } else {
            // `1.` at the start of a line would be a list.
            if starts && c.is_ascii_digit() && (after == '.' || after == ')') {
                out.push('\\');
            }
            starts = starts && c.is_ascii_digit();
        }
        before = c;
    }
    out
}
