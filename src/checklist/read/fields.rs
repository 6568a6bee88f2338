//! Blanks to fill, with their labels.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::block::{Block, Inline, Kind, squeeze};
use super::super::{Field, Severity, identity};
use super::Reading;
use crate::text::looks_secret;

impl Reading<'_> {
    pub(super) fn fields(&self, text: &Inline, from: usize) -> Vec<Field> {
        self.fields_between(text, from..text.text.len())
    }

    pub(super) fn fields_between(&self, text: &Inline, said: Range<usize>) -> Vec<Field> {
        let span = text.source(said.start)..text.source(said.end);
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

    pub(super) fn blank_outside(&mut self, text: &Inline, block: &Block) {
        self.blank_outside_at(text, block.span.start);
    }

    pub(super) fn blank_outside_at(&mut self, text: &Inline, at: usize) {
        if self.fields(text, 0).is_empty() || self.forms.contains(&identity::normal(&text.text)) {
            return;
        }
        let message =
            "a blank that belongs to no item: make its line an item if it is to be filled during the run";
        self.find(Severity::Info, "blank-outside-item", at, message);
    }
}

/// Texts with blanks that stand more than once under one heading: forms to copy, not blanks to fill.
pub(super) fn forms(blocks: &[Block]) -> BTreeSet<String> {
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
        let normal = identity::normal(&text.text);
        if !seen.insert(normal.clone()) {
            forms.insert(normal);
        }
    }
    forms
}

/// The words before a blank, without what ties them to it.
pub(super) fn label(before: &str, first: bool) -> String {
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
