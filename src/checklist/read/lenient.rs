//! Boxes that GitHub does not draw: at the start of bare lines, after a label, in cells of a table.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::Severity;
use super::super::block::{Block, Inline, Kind, squeeze};
use super::super::boxes::{self, Mark};
use super::shown::row_text;
use super::{Place, Reading};
use crate::text::looks_secret;

impl Reading<'_> {
    /// Lines of a paragraph that begin with a box, or have one after a label: items, leniently.
    pub(super) fn boxed_lines(&mut self, text: &Inline, from: usize, place: Place) -> bool {
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
                    item.text.push(' ');
                    item.text.push_str(&squeeze(line));
                }
            }
        }
        any
    }

    /// Boxes after a label in mid-line: `**Backup:** [ ] taken`.
    pub(super) fn labelled(&mut self, text: &Inline, start: usize, line: &str, place: Place) -> bool {
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
    pub(super) fn boxed(
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

    /// Boxes in cells: each is an item, named by the other cells of its row, or by its row and column.
    pub(super) fn table(&mut self, rows: &[Vec<Inline>], block: &Block, place: Place) {
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
}

/// Whether there is a box at any depth, outside block quotes.
pub(in crate::checklist) fn has_boxes(blocks: &[Block]) -> bool {
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
pub(super) fn bare_box(text: &Inline, start: usize, line: &str) -> Option<Mark> {
    let bare = line.trim_start().trim_start_matches(['-', '*', '+', '•', '◦', '▪']);
    let shift = start + line.len() - bare.len();
    let mark = boxes::leading(bare)?;
    let span = shift + mark.span.start..shift + mark.span.end;
    (!text.is_code(span.start)).then_some(Mark { span, ..mark })
}

/// Whether words of a line, which starts at a byte of the text, are a label.
pub(super) fn is_label(text: &Inline, start: usize, label: &str) -> bool {
    label.ends_with([':', '：', '?', '–', '—'])
        || text.strong.iter().any(|range| range.end == start + label.len())
}
