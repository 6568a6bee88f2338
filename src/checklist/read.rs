//! Blocks to items: what is to be ticked, and what belongs to it.

use std::collections::BTreeSet;
use std::ops::Range;

use super::block::{Block, Code, Entry, Inline, Kind, squeeze};
use super::boxes::{self, Mark};
use super::outline::Node;
use super::source::Source;
use super::words::Rules;
use super::{Command, Field, Finding, Item, ItemId, Note, PhaseKind, Severity};
use crate::text::looks_secret;

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

    /// Lines of a paragraph that begin with a box, or have one after a label: items, leniently.
    fn boxed_lines(&mut self, text: &Inline, from: usize, place: Place) -> bool {
        let mut any = false;
        for (start, line) in text.lines().filter(|(start, _)| *start >= from) {
            if let Some(mark) = bare_box(text, start, line) {
                let at = text.source(mark.span.start);
                let said = mark.span.end..start + line.len();
                let index = self.boxed(text, mark.span, mark.checked, said, place);
                self.last = Some(index);
                let message = "a box outside a list entry: write it as `- [ ] …`";
                self.find(Severity::Warning, "bare-box", at, message);
                any = true;
            } else if self.labelled(text, start, line, place) {
                any = true;
            } else if any && !line.trim().is_empty() {
                // A line that goes on belongs to the item above it.
                if let Some(index) = self.last {
                    let fields = self.fields_between(text, start..start + line.len());
                    let item = &mut self.items[index];
                    item.fields.extend(fields);
                    item.text = squeeze(&format!("{} {line}", item.text));
                }
            }
        }
        any
    }

    /// Boxes after a label in mid-line: `**Backup:** [ ] taken`.
    fn labelled(&mut self, text: &Inline, start: usize, line: &str, place: Place) -> bool {
        let marks: Vec<Mark> = boxes::labelled(line, |label| is_label(text, start, label));
        let Some(first) = marks.first() else { return false };
        if text.is_code(start + first.span.start) {
            return false;
        }
        let label = squeeze(line[..first.span.start].trim_matches(['*', ' ', '\t']));
        let label = label.trim_end_matches(':').to_owned();
        let message = "a box in the middle of a line: write it as a list entry of its own, `- [ ] …`";
        self.find(Severity::Warning, "box-after-label", text.source(start + first.span.start), message);
        for (n, mark) in marks.iter().enumerate() {
            let end = marks.get(n + 1).map_or(line.len(), |next| next.span.start);
            let said = start + mark.span.end..start + end;
            let span = start + mark.span.start..start + mark.span.end;
            let index = self.boxed(text, span, mark.checked, said, place);
            let item = &mut self.items[index];
            item.text = if item.text.is_empty() { label.clone() } else { format!("{label}: {}", item.text) };
            self.last = Some(index);
        }
        true
    }

    /// An item whose box and words stand in one text.
    fn boxed(
        &mut self,
        text: &Inline,
        mark: Range<usize>,
        checked: bool,
        said: Range<usize>,
        place: Place,
    ) -> usize {
        let span = text.source_span(&mark);
        let words = squeeze(text.text.get(said.clone()).unwrap_or_default());
        let index = self.item(words, span.start, Some((span, checked)), place);
        self.items[index].fields = self.fields_between(text, said);
        index
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
            if head.code.iter().any(|code| code.start == start && code.end == stop) {
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

    /// Boxes in cells: each is an item, named by the other cells of its row, or by its row and column.
    fn table(&mut self, rows: &[Vec<Inline>], block: &Block, place: Place) {
        let Some((head, body)) = rows.split_first() else { return };
        let mut shown = vec![row_text(head)];
        let mut any = false;
        for row in body {
            let marks: Vec<(usize, Mark)> = row
                .iter()
                .enumerate()
                .filter_map(|(n, cell)| {
                    boxes::leading(&cell.text)
                        .filter(|mark| !cell.is_code(mark.span.start))
                        .map(|mark| (n, mark))
                })
                .collect();
            if marks.is_empty() {
                shown.push(row_text(row));
                continue;
            }
            any = true;
            let boxed: BTreeSet<usize> = marks.iter().map(|(n, _)| *n).collect();
            for (n, mark) in &marks {
                let cell = &row[*n];
                let own = squeeze(&cell.text[mark.span.end..]);
                let label = |n: usize| head.get(n).map(Inline::one_line).unwrap_or_default();
                let mut others = (0..row.len()).filter(|n| !boxed.contains(n) && !row[*n].is_empty());
                // The first cell with words names the row; numbers and the like do not.
                let name = others
                    .clone()
                    .find(|n| row[*n].text.chars().any(char::is_alphabetic))
                    .or_else(|| others.next());
                let text = match (own.is_empty(), name) {
                    (false, _) => own,
                    (true, Some(name)) if marks.len() == 1 => row[name].one_line(),
                    (true, Some(name)) => format!("{}: {}", row[name].one_line(), label(*n)),
                    (true, None) => label(*n),
                };
                let named = if text == label(*n) {
                    None
                } else {
                    name.filter(|name| row[*name].one_line() == text || marks.len() > 1)
                };
                let span = cell.source_span(&mark.span);
                let at = span.start;
                let index = self.item(text, at, Some((span, mark.checked)), place);
                // The number of a row tells nothing that its place does not.
                let number =
                    |n: usize| n == 0 && row[n].text.trim().bytes().all(|byte| byte.is_ascii_digit());
                let tells =
                    |n: &usize| !boxed.contains(n) && Some(*n) != named && !row[*n].is_empty() && !number(*n);
                for other in (0..row.len()).filter(tells) {
                    let (column, words) = (label(other), row[other].one_line());
                    let mut fields = self.fields(&row[other], 0);
                    for field in &mut fields {
                        if field.label.is_empty() {
                            field.label.clone_from(&column);
                            field.secret = looks_secret(&column);
                        }
                    }
                    self.items[index].fields.extend(fields);
                    let words = if column.is_empty() { words } else { format!("{column}: {words}") };
                    self.note(Place { parent: Some(index), ..place }, at, words);
                }
                self.last = Some(index);
            }
        }
        if any {
            let message = "boxes in a table are read as items; a list is clearer, and other tools draw it";
            self.find(Severity::Warning, "box-in-table", block.span.start, message);
        }
        if !any || shown.len() > 1 {
            self.note(place, block.span.start, shown.join("\n"));
        }
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
        match place.parent.or(self.last) {
            Some(item) => self.items[item].annotations.push(said.trim().to_owned()),
            None => {
                let message = "this annotation belongs to no item: put it at the end of an item's line";
                self.find(Severity::Warning, "lost-annotation", at, message);
            }
        }
    }

    fn fields(&self, text: &Inline, from: usize) -> Vec<Field> {
        self.fields_between(text, from..text.text.len())
    }

    fn fields_between(&self, text: &Inline, said: Range<usize>) -> Vec<Field> {
        let span = text.source(0)..text.source(text.text.len());
        let mut fields: Vec<Field> = Vec::new();
        let mut from = said.start;
        for blank in self.source.blanks_in(&span) {
            let Some(at) = text.shown(blank.start) else { continue };
            if !said.contains(&at) || at < from || text.is_code(at) {
                continue;
            }
            let label = label(text.text.get(from..at).unwrap_or_default(), fields.is_empty());
            from = at + blank.len();
            fields.push(Field {
                secret: looks_secret(&label),
                label,
                span: self.source.original_span(blank),
            });
        }
        fields
    }

    fn blank_outside(&mut self, text: &Inline, block: &Block) {
        self.blank_outside_at(text, block.span.start);
    }

    fn blank_outside_at(&mut self, text: &Inline, at: usize) {
        if self.fields(text, 0).is_empty() || self.forms.contains(&super::identity::normal(&text.text)) {
            return;
        }
        let message =
            "a blank that belongs to no item: make its line an item if it is to be filled during the run";
        self.find(Severity::Info, "blank-outside-item", at, message);
    }

    pub fn find(&mut self, severity: Severity, code: &'static str, at: usize, message: impl Into<String>) {
        let (line, column) = self.source.place(at);
        self.findings.push(Finding { severity, code, line, column, message: message.into() });
    }
}

/// Whether there is a box at any depth, outside block quotes.
pub(super) fn has_boxes(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| match &block.kind {
        Kind::List { entries, .. } => entries.iter().any(|entry| {
            let first = match entry.blocks.first() {
                Some(Block { kind: Kind::Paragraph(text), .. }) => {
                    boxes::leading(&text.text).is_some_and(|mark| !text.is_code(mark.span.start))
                }
                _ => false,
            };
            entry.task.is_some() || first || has_boxes(&entry.blocks)
        }),
        Kind::Paragraph(text) => text.lines().any(|(start, line)| {
            let labelled = |label: &str| is_label(text, start, label);
            bare_box(text, start, line).is_some()
                || boxes::labelled(line, labelled)
                    .first()
                    .is_some_and(|mark| !text.is_code(start + mark.span.start))
        }),
        Kind::Table(rows) => rows.iter().flatten().any(|cell| boxes::leading(&cell.text).is_some()),
        _ => false,
    })
}

/// The box that a line of a text begins with, a bullet before it allowed; in bytes of the text.
fn bare_box(text: &Inline, start: usize, line: &str) -> Option<Mark> {
    let bare = line.trim_start().trim_start_matches(['-', '*', '+', '•', '◦', '▪']);
    let shift = start + line.len() - bare.len();
    let mark = boxes::leading(bare)?;
    let span = shift + mark.span.start..shift + mark.span.end;
    (!text.is_code(span.start)).then_some(Mark { span, ..mark })
}

/// Whether words of a line, which starts at a byte of the text, are a label.
fn is_label(text: &Inline, start: usize, label: &str) -> bool {
    label.ends_with([':', '：', '?', '–', '—'])
        || text.strong.iter().any(|range| range.end == start + label.len())
}

/// Texts with blanks that stand more than once under one heading: forms to copy, not blanks to fill.
fn forms(blocks: &[Block]) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut forms = BTreeSet::new();
    let texts = blocks.iter().flat_map(|block| match &block.kind {
        Kind::Paragraph(text) => vec![text],
        Kind::List { entries, .. } => entries
            .iter()
            .filter(|entry| entry.task.is_none())
            .filter_map(|entry| match entry.blocks.first() {
                Some(Block { kind: Kind::Paragraph(text), .. }) => Some(text),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    });
    for text in texts.filter(|text| text.text.contains("___")) {
        let normal = super::identity::normal(&text.text);
        if !seen.insert(normal.clone()) {
            forms.insert(normal);
        }
    }
    forms
}

/// The words before a blank, without what ties them to it.
fn label(before: &str, first: bool) -> String {
    let line = before.rsplit('\n').next().unwrap_or_default();
    let mut label = line.trim_end();
    // `URL: https://____`: what touches the blank is the value's beginning.
    if !line.ends_with(char::is_whitespace)
        && let Some((words, tail)) = label.rsplit_once(char::is_whitespace)
        && tail.contains("://")
    {
        label = words;
    }
    if !first {
        // What touches the blank before is its value's end.
        if !label.starts_with(char::is_whitespace) {
            label = label.split_once(char::is_whitespace).map_or("", |(_, rest)| rest);
        }
        label = label.rsplit([',', ';', '|', ')']).next().unwrap_or_default();
    }
    label = label.rsplit(". ").next().unwrap_or_default();
    let label = label.trim_matches(|c: char| c.is_whitespace() || ":：=($#–—-*,;|/".contains(c));
    let joined = ["and", "or", "then"].iter().find_map(|word| {
        let rest = label.strip_prefix(word)?;
        (rest.is_empty() || rest.starts_with(' ')).then_some(rest)
    });
    squeeze(joined.filter(|_| !first).unwrap_or(label))
}

fn lines(text: &Inline) -> String {
    text.text.lines().map(squeeze).collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn indented(levels: usize, text: &str) -> String {
    let pad = "  ".repeat(levels);
    text.lines().map(|line| format!("{pad}{line}")).collect::<Vec<_>>().join("\n")
}

fn first_line(text: &str) -> String {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

fn row_text(row: &[Inline]) -> String {
    row.iter().map(Inline::one_line).collect::<Vec<_>>().join(" | ")
}

fn plain(blocks: &[Block], depth: usize, out: &mut Vec<String>) {
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
fn without_tags(html: &str) -> String {
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

/// `<name>`s of a command that are still to be replaced, each once, with line and column.
fn placeholders(command: &Command, source: &Source) -> Vec<(String, u32, u32)> {
    if matches!(
        command.language.as_deref(),
        Some("html" | "xml" | "jsx" | "tsx" | "svg" | "vue" | "markdown" | "md" | "text" | "diff")
    ) {
        return Vec::new();
    }
    let mut found: Vec<(String, u32, u32)> = Vec::new();
    for (n, line) in command.text.lines().enumerate() {
        for (at, _) in line.match_indices('<') {
            let Some(length) =
                line[at..].char_indices().skip(1).take(42).find(|(_, c)| *c == '>').map(|(n, _)| n)
            else {
                continue;
            };
            let name = &line[at..=at + length];
            let inner = &name[1..length];
            let good = inner.starts_with(char::is_alphabetic)
                && !inner.ends_with(' ')
                && inner.chars().all(|c| c.is_alphanumeric() || " _-.".contains(c))
                && !line[..at].ends_with('<');
            if good && !found.iter().any(|(known, ..)| known == name) {
                let row = command.line.saturating_add(super::source::narrow(n));
                let column = source.column_of(row, name);
                found.push((name.to_owned(), row, column));
            }
        }
    }
    found
}
