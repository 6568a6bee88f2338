//! Pieces of a document as plain text.

use super::super::Command;
use super::super::block::{Block, Inline, Kind, squeeze};
use super::super::source::{Source, narrow};

pub(super) fn lines(text: &Inline) -> String {
    text.text.lines().map(squeeze).collect::<Vec<_>>().join("\n").trim().to_owned()
}

pub(super) fn indented(levels: usize, text: &str) -> String {
    let pad = "  ".repeat(levels);
    text.lines().map(|line| format!("{pad}{line}")).collect::<Vec<_>>().join("\n")
}

pub(super) fn first_line(text: &str) -> String {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

pub(super) fn row_text(row: &[Inline]) -> String {
    row.iter().map(Inline::one_line).collect::<Vec<_>>().join(" | ")
}

pub(super) fn plain(blocks: &[Block], depth: usize, out: &mut Vec<String>) {
    for block in blocks {
        match &block.kind {
            Kind::Paragraph(text) | Kind::Heading { text, .. } => out.push(indented(depth, &lines(text))),
            Kind::Code(code) => out.push(indented(depth, &code.text)),
            Kind::Table(rows) => out.extend(rows.iter().map(|row| row_text(row))),
            Kind::Html(html) => out.push(without_tags(html)),
            Kind::Quote(inner) => plain(inner, depth, out),
            Kind::List { entries, .. } => {
                for entry in entries {
                    let from = out.len();
                    plain(&entry.blocks, depth + 1, out);
                    if let Some(first) = out.get_mut(from) {
                        *first = format!("{}- {}", "  ".repeat(depth), first.trim_start());
                    }
                }
            }
            Kind::Rule => {}
        }
    }
    out.retain(|line| !line.trim().is_empty());
}

/// The words of raw HTML.
pub(super) fn without_tags(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        match tag.split_once('>') {
            Some((_, after)) => rest = after,
            None => {
                rest = "";
            }
        }
    }
    out.push_str(rest);
    out.lines().map(squeeze).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Placeholders told of one command; past it, it is data with angle brackets.
const MOST: usize = 20;

/// `<name>`, `{{ name }}` and `NEW_NAME` in a command that are still to be replaced, each once, with line and column.
pub(super) fn placeholders(command: &Command, source: &Source) -> Vec<(String, u32, u32)> {
    if matches!(
        command.language.as_deref(),
        Some("html" | "xml" | "jsx" | "tsx" | "svg" | "vue" | "markdown" | "md" | "text" | "diff")
    ) {
        return Vec::new();
    }
    let mut found: Vec<(String, u32, u32)> = Vec::new();
    for place in crate::command::placeholders(&command.text, &|_| false) {
        if found.len() < MOST && !found.iter().any(|(known, ..)| *known == place.written) {
            let above = command.text[..place.span.start].matches('\n').count();
            let row = command.line.saturating_add(narrow(above));
            let column = source.column_of(row, &place.written);
            found.push((place.written, row, column));
        }
    }
    found
}
