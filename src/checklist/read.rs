//! Blocks to items: what is to be ticked, and what belongs to it.

use std::collections::BTreeSet;
use std::ops::Range;

use super::block::{Block, Code, Entry, Inline, Kind, squeeze};
use super::boxes;
use super::outline::Node;
use super::page::looks_like_command;
use super::source::Source;
use super::words::Rules;
use super::{Command, Finding, Item, ItemId, Note, PhaseKind, Severity};

mod fields;
mod lenient;
mod shown;

use fields::forms;
use lenient::bare_box;
pub(super) use lenient::has_boxes;
use shown::{first_line, indented, lines, placeholders, plain, without_tags};

/// A paragraph longer than this gives an item only its last sentence as text; the rest is detail.
const LONG: usize = 120;

/// What has been read so far.
pub(super) struct Reading<'a> {
    pub source: &'a Source,
    pub blocks: &'a [Block],
    pub rules: Rules<'a>,
    pub items: Vec<Item>,
    /// The heading of each item, index into the nodes.
    pub homes: Vec<usize>,
    pub findings: Vec<Finding>,
    /// The item under the same heading that unindented code belongs to.
    last: Option<usize>,
    node: usize,
    notes: Vec<Note>,
    /// Annotations of the heading.
    annotations: Vec<String>,
    title: String,
    /// Entries that repeat as a form to copy.
    forms: BTreeSet<String>,
}

/// Where a piece of a document stands.
#[derive(Clone, Copy)]
struct Place {
    parent: Option<usize>,
    /// Nesting of plain bullets.
    indent: usize,
    /// Entries of lists are items.
    lists: bool,
}

impl<'a> Reading<'a> {
    pub fn new(source: &'a Source, blocks: &'a [Block], rules: Rules<'a>) -> Reading<'a> {
        Reading {
            source,
            blocks,
            rules,
            items: Vec::new(),
            homes: Vec::new(),
            findings: Vec::new(),
            last: None,
            node: 0,
            notes: Vec::new(),
            annotations: Vec::new(),
            title: String::new(),
            forms: BTreeSet::new(),
        }
    }

    /// Reads what stands directly under a heading; `lists` says whether entries of lists are items there.
    pub fn node(&mut self, n: usize, node: &mut Node, lists: bool) {
        self.node = n;
        self.last = None;
        let from = self.items.len();
        let blocks = self.blocks.get(node.blocks.clone()).unwrap_or_default();
        self.title.clone_from(&node.title);
        self.forms = if self.rules.on("template") { forms(blocks) } else { BTreeSet::new() };
        let unboxed = !lists && node.kind != PhaseKind::Work && !has_boxes(blocks);
        self.run(blocks, Place { parent: None, indent: 0, lists: lists || unboxed });
        if unboxed && let Some(item) = self.items.get(from) {
            let message =
                "the entries of this list are items because of their heading; boxes would make it certain";
            let (severity, code, line, column) = (Severity::Info, "unboxed", item.line, item.column);
            self.findings.push(Finding { severity, code, line, column, message: message.to_owned() });
        }
        node.items = from..self.items.len();
        node.notes = std::mem::take(&mut self.notes);
        node.annotations.append(&mut self.annotations);
    }

    fn run(&mut self, blocks: &[Block], place: Place) {
        let mut legend = false;
        for (n, block) in blocks.iter().enumerate() {
            let before = n.checked_sub(1).and_then(|n| blocks.get(n));
            match &block.kind {
                Kind::Heading { text, .. } => self.note(place, block.span.start, text.one_line()),
                Kind::Paragraph(text) => {
                    let words = text.one_line();
                    legend = self.rules.names_legend(&words);
                    let code = matches!(blocks.get(n + 1), Some(Block { kind: Kind::Code(_), .. }));
                    self.paragraph(text, block, place, code && !self.rules.introduces_sample(&text.text));
                }
                Kind::List { entries, .. } => {
                    let lists = place.lists && !legend && place.parent.is_none();
                    for entry in entries {
                        self.entry(entry, Place { lists, ..place });
                    }
                    legend = false;
                }
                Kind::Code(code) => {
                    // A heading directly over a command says what is to be done.
                    if n == 0 && place.lists && place.parent.is_none() && !self.title.is_empty() {
                        let index = self.item(self.title.clone(), block.span.start, None, place);
                        self.last = Some(index);
                    }
                    let sample = matches!(before, Some(Block { kind: Kind::Paragraph(text), .. })
                        if self.rules.introduces_sample(&text.text));
                    self.code(code, place, sample);
                }
                Kind::Table(rows) => self.table(rows, block, place),
                Kind::Html(html) => self.html(html, block, place),
                Kind::Quote(inner) => {
                    if has_boxes(inner) {
                        let message = "a box in a block quote is not an item: take it out of the quote";
                        self.find(Severity::Info, "quoted-box", block.span.start, message);
                    }
                    let mut lines = Vec::new();
                    plain(inner, 0, &mut lines);
                    self.note(place, block.span.start, lines.join("\n"));
                }
                Kind::Rule => {}
            }
        }
    }

    /// Text that belongs to the item it stands in, else to the phase.
    fn note(&mut self, place: Place, at: usize, text: String) {
        if text.trim().is_empty() {
            return;
        }
        let note = Note { line: self.source.line(at), text };
        match place.parent.and_then(|parent| self.items.get_mut(parent)) {
            Some(item) => item.detail.push(note),
            None => self.notes.push(note),
        }
    }

    fn paragraph(&mut self, text: &Inline, block: &Block, place: Place, introduces: bool) {
        if self.boxed_lines(text, 0, place) {
            return;
        }
        self.annotate(text, place);
        if text.is_empty() {
            return;
        }
        if let Some(parent) = place.parent {
            let fields = self.fields(text, 0);
            self.items[parent].fields.extend(fields);
            self.note(place, block.span.start, indented(place.indent, &lines(text)));
        } else if introduces && place.lists {
            self.sentence(text, block, place);
        } else if introduces && let Some(last) = self.last {
            self.note(Place { parent: Some(last), ..place }, block.span.start, lines(text));
        } else {
            self.blank_outside(text, block);
            self.note(place, block.span.start, lines(text));
        }
    }

    /// In a plan without boxes, a paragraph that introduces a command is something to do.
    fn sentence(&mut self, text: &Inline, block: &Block, place: Place) {
        let whole = text.one_line();
        let ends = |mark: &str| whole.trim_end_matches([':', '.']).rfind(mark).map(|at| at + mark.len());
        let split = if whole.len() > LONG { ends(". ").max(ends(".) ")) } else { None };
        let (before, said) = whole.split_at(split.unwrap_or(0));
        let index = self.item(said.trim_end_matches(':').to_owned(), block.span.start, None, place);
        if !before.is_empty() {
            self.note(Place { parent: Some(index), ..place }, block.span.start, before.trim_end().to_owned());
        }
        self.items[index].fields = self.fields(text, 0);
        self.last = Some(index);
    }

    fn item(&mut self, text: String, at: usize, mark: Option<(Range<usize>, bool)>, place: Place) -> usize {
        let (line, column) = self.source.place(at);
        let checked = mark.as_ref().is_some_and(|(_, checked)| *checked);
        let depth = place.parent.map_or(0, |parent| self.items[parent].depth.saturating_add(1));
        self.homes.push(self.node);
        self.items.push(Item {
            id: ItemId([0; 8]),
            phase: 0,
            section: None,
            parent: place.parent,
            depth,
            text,
            line,
            column,
            box_span: mark.map(|(span, _)| self.source.original_span(&span)),
            checked,
            fields: Vec::new(),
            commands: Vec::new(),
            detail: Vec::new(),
            annotations: Vec::new(),
            estimate: None,
            wait: None,
            due: None,
        });
        self.items.len() - 1
    }

    fn entry(&mut self, entry: &Entry, place: Place) {
        let (head, rest) = match entry.blocks.split_first() {
            Some((Block { kind: Kind::Paragraph(text), .. }, rest)) => (Some(text), rest),
            _ => (None, entry.blocks.as_slice()),
        };
        if let Some((span, checked)) = &entry.task {
            self.entry_item(head, 0, rest, span.start, Some((span.clone(), *checked)), place);
            return;
        }
        if let Some(text) = head {
            if let Some(mark) = boxes::leading(&text.text).filter(|mark| !text.is_code(mark.span.start)) {
                let span = text.source_span(&mark.span);
                let message = "not a box that every Markdown reader draws: write `[ ] ` with one space inside and one after";
                self.find(Severity::Warning, "odd-box", span.start, message);
                self.entry_item(head, mark.span.end, rest, span.start, Some((span, mark.checked)), place);
                return;
            }
            let (start, line) = text.lines().next().unwrap_or_default();
            if self.labelled(text, start, line, place) {
                let last = self.last;
                self.run(rest, Place { parent: last, indent: 0, lists: false });
                return;
            }
            let form = self.forms.contains(&super::identity::normal(&text.text));
            if place.lists && !form {
                self.entry_item(head, 0, rest, entry.at, None, place);
                return;
            }
            self.annotate(text, place);
            let words = indented(place.indent, &format!("- {}", text.one_line()));
            match place.parent {
                Some(parent) => {
                    let fields = self.fields(text, 0);
                    self.items[parent].fields.extend(fields);
                }
                None if !form => self.blank_outside_at(text, entry.at),
                None => {}
            }
            self.note(place, entry.at, words);
        } else if place.lists && !rest.is_empty() {
            self.entry_item(None, 0, rest, entry.at, None, place);
            return;
        }
        self.run(rest, Place { indent: place.indent + 1, lists: false, ..place });
    }

    fn entry_item(
        &mut self,
        head: Option<&Inline>,
        skip: usize,
        rest: &[Block],
        at: usize,
        mark: Option<(Range<usize>, bool)>,
        place: Place,
    ) {
        // Boxes on the lines below are items of their own.
        let next = head.and_then(|text| {
            text.lines()
                .skip(1)
                .find(|(start, line)| bare_box(text, *start, line).is_some())
                .map(|(start, _)| start)
        });
        let end = head.map_or(0, |text| next.unwrap_or(text.text.len()));
        let words =
            head.map(|text| squeeze(text.text.get(skip..end).unwrap_or_default())).unwrap_or_default();
        // The mark of a success criterion is not part of its words.
        let words = words.trim_start_matches(['✅', '✔', '✓', '\u{fe0f}', ' ']).to_owned();
        let text = match rest.first() {
            Some(Block { kind: Kind::Code(code), .. }) if words.is_empty() => first_line(&code.text),
            _ => words,
        };
        if text.is_empty() {
            self.find(
                Severity::Warning,
                "empty-item",
                at,
                "an item without text: say what is to be done, or take it out",
            );
        }
        let index = self.item(text, at, mark, place);
        if let Some(head) = head {
            self.items[index].fields = self.fields_between(head, skip..end);
            self.annotate(head, Place { parent: Some(index), ..place });
            let shown = head.text.get(skip..end).unwrap_or_default();
            let start = skip + shown.len() - shown.trim_start().len();
            let stop = skip + shown.trim_end().len();
            // Code that is all of the text, or a program's line at the end of it: `Cloned: `git clone …``.
            let last = head.code.iter().find(|code| code.start >= start && code.end == stop);
            let last = last.filter(|code| {
                let label = head.text[skip..code.start].trim_end();
                label.is_empty()
                    || label.ends_with(':') && looks_like_command(&[&head.text[(*code).clone()]], false)
            });
            if let Some(code) = last {
                let start = code.start;
                let command = Command {
                    language: None,
                    text: head.text[start..stop].to_owned(),
                    line: self.source.line(head.source(start)),
                };
                self.command(index, command);
            }
        }
        self.last = Some(index);
        if let (Some(head), Some(next)) = (head, next) {
            self.boxed_lines(head, next, place);
        }
        let owner = self.last.unwrap_or(index);
        self.run(rest, Place { parent: Some(owner), indent: 0, lists: false });
        if place.parent.is_none() {
            self.last = Some(owner);
        }
    }

    fn code(&mut self, code: &Code, place: Place, sample: bool) {
        if code.text.lines().any(|line| line.trim_start().starts_with("- [ ] ")) {
            let message = "boxes in a code block are not items: take them out of it if they are to be ticked";
            self.find(Severity::Info, "boxes-in-code", code.at, message);
        }
        let Some(index) = place.parent.or(self.last) else {
            self.note(place, code.at, code.text.clone());
            return;
        };
        if sample {
            self.note(Place { parent: Some(index), ..place }, code.at, code.text.clone());
            return;
        }
        let line = self.source.line(code.at);
        self.command(index, Command { language: code.language.clone(), text: code.text.clone(), line });
    }

    fn command(&mut self, index: usize, command: Command) {
        for (name, line, column) in placeholders(&command, self.source) {
            self.findings.push(Finding {
                severity: Severity::Warning,
                code: "placeholder",
                line,
                column,
                message: format!(
                    "`{name}` in a command is still to be replaced: write the value, or a variable"
                ),
            });
        }
        self.items[index].commands.push(command);
    }

    fn html(&mut self, html: &str, block: &Block, place: Place) {
        let mut rest = html;
        let mut shown = String::new();
        while let Some((before, comment)) = rest.split_once("<!--") {
            shown.push_str(before);
            let (comment, after) = comment.split_once("-->").unwrap_or((comment, ""));
            self.annotation(comment, block.span.start, place);
            rest = after;
        }
        shown.push_str(rest);
        let text = without_tags(&shown);
        self.note(place, block.span.start, text);
    }

    fn annotate(&mut self, text: &Inline, place: Place) {
        for (at, comment) in &text.comments {
            let inner = comment.strip_prefix("<!--").unwrap_or(comment);
            self.annotation(inner.strip_suffix("-->").unwrap_or(inner), *at, place);
        }
    }

    fn annotation(&mut self, comment: &str, at: usize, place: Place) {
        let Some(said) = comment.trim().strip_prefix("cutover:") else { return };
        if let Some(item) = place.parent.or(self.last) {
            self.items[item].annotations.push(said.trim().to_owned());
        } else if self.title.is_empty() {
            let message =
                "this annotation belongs to no item and no heading: put it at the end of an item's line";
            self.find(Severity::Warning, "lost-annotation", at, message);
        } else {
            self.annotations.push(said.trim().to_owned());
        }
    }

    pub fn find(&mut self, severity: Severity, code: &'static str, at: usize, message: impl Into<String>) {
        let (line, column) = self.source.place(at);
        self.findings.push(Finding { severity, code, line, column, message: message.into() });
    }
}
