//! The report as Markdown: reads well as plain text, and rendered.

use super::document::{Block, Chapter, Entry, Item, Phase, Rich, Span};
use super::escape::{block, code, inline};
use super::first::First;
use super::model::Report;
use super::when;
use crate::signoff::event::RunMode;
use crate::signoff::verify::Outcome;

/// Renders a report.
#[must_use]
pub fn markdown(report: &Report<'_>) -> String {
    let mut page = Page { out: String::new(), report };
    page.head();
    page.chapter(&First::new(report).chapter());
    report.chapters().for_each(|chapter| page.chapter(&chapter));
    page.out
}

struct Page<'a> {
    out: String,
    report: &'a Report<'a>,
}

impl Page<'_> {
    fn line(&mut self, text: impl AsRef<str>) {
        self.out.push_str(text.as_ref());
        self.out.push('\n');
    }

    /// An empty line before what begins.
    fn apart(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn heading(&mut self, level: usize, text: &str) {
        self.apart();
        self.line(format!("{} {text}", "#".repeat(level)));
        self.out.push('\n');
    }

    fn row<T: AsRef<str>>(&mut self, cells: &[T]) {
        let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
        self.line(format!("| {} |", cells.join(" | ")));
    }

    fn table_head(&mut self, cells: &[&str]) {
        self.row(cells);
        self.row(&vec!["---"; cells.len()]);
    }

    fn head(&mut self) {
        let report = self.report;
        let rehearsal = report.mode() == RunMode::Rehearsal;
        let kind = if rehearsal { "REHEARSAL report" } else { "Sign-off report" };
        self.heading(1, &format!("{kind}: {}", inline(&report.record.plan.title)));
        if rehearsal {
            self.line("> **REHEARSAL. This is practice: it is not the record of a live migration.**\n");
        }
        if report.verification.outcome != Outcome::Intact {
            self.line("> **The log of this run is NOT INTACT: see the exceptions.**\n");
        }
    }

    fn chapter(&mut self, chapter: &Chapter<'_>) {
        self.heading(2, chapter.title);
        chapter.blocks.iter().for_each(|block| self.block(block));
    }

    fn block(&mut self, part: &Block<'_>) {
        self.apart();
        match part {
            Block::Heading(level, title) => self.heading((*level).into(), &self.rich(title)),
            Block::Words(words) => self.line(self.rich(words)),
            Block::Pairs(pairs) => {
                self.table_head(&["", ""]);
                for (name, value) in pairs {
                    self.row(&[self.rich(name), self.rich(value)]);
                }
            }
            Block::Table(head, rows) => {
                self.table_head(head);
                for row in rows {
                    let cells: Vec<String> = row.iter().map(|cell| self.rich(cell)).collect();
                    self.row(&cells);
                }
            }
            Block::List(entries) => entries.iter().for_each(|entry| self.entry(entry)),
            Block::Lines(language, text) => self.line(block(language, text)),
            Block::Phase(phase) => self.phase(phase),
        }
    }

    fn entry(&mut self, entry: &Entry<'_>) {
        self.line(format!("- {}", self.rich(&entry.text)));
        self.details(&entry.details);
    }

    fn details(&mut self, details: &[(&str, Rich<'_>)]) {
        for (name, value) in details {
            let name = if name.is_empty() { String::new() } else { format!("{name}: ") };
            self.line(format!("  - {name}{}", self.rich(value)));
        }
    }

    fn phase(&mut self, phase: &Phase<'_>) {
        self.heading(3, &self.rich(&phase.title));
        for (section, items) in &phase.parts {
            if let Some(section) = section {
                self.heading(4, &inline(section));
            }
            for item in items {
                self.item(item);
            }
        }
    }

    fn item(&mut self, item: &Item<'_>) {
        let nested = if item.depth > 0 { "↳ " } else { "" };
        let flags: String = item.flags.iter().map(|flag| format!(" ({flag})")).collect();
        let by = if item.by.is_empty() { String::new() } else { format!(" – {}", self.rich(&item.by)) };
        let (number, standing, text) = (item.number, item.standing, self.rich(&item.text));
        self.line(format!("- {number} {nested}**{standing}**{flags} {text}{by}"));
        self.details(&item.details);
    }

    fn rich(&self, rich: &Rich<'_>) -> String {
        rich.0.iter().map(|span| self.span(span)).collect()
    }

    fn span(&self, span: &Span<'_>) -> String {
        match span {
            Span::Own(words) => words.clone().into_owned(),
            Span::Outside(words) => inline(words),
            Span::Code(words) => code(words),
            Span::Strong(rich) => format!("**{}**", self.rich(rich)),
            Span::When(at) => when::full(*at, self.report.zone),
            Span::Moment(text) => match when::beside(text, self.report.zone) {
                Some(beside) => format!("{} ({beside})", inline(text)),
                None => inline(text),
            },
            Span::Line(seq) => seq.to_string(),
            Span::Item(number) => number.to_string(),
            Span::Kept(blob) => {
                let gone = self.report.taken_away(blob).map(|gone| self.rich(&gone));
                format!("{}, {} bytes{}", code(&blob.sha256), blob.bytes, gone.unwrap_or_default())
            }
        }
    }
}
