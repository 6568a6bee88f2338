//! The manual: a page for each command, and chapters for what is longer than a `--help`.

use std::fmt::Write as _;
use std::path::Path;

use clap::CommandFactory;
use clap::builder::Resettable;
use clap_mangen::Man;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::Cli;
use super::help::{self, escape};

/// The cockpit: its keys, watching, the shared session, themes.
pub mod cockpit {
    #![doc = include_str!("manual/cockpit.md")]
}

/// The sign-off log: files, chain, signatures, report, readings.
pub mod log {
    #![doc = include_str!("manual/log.md")]
}

/// The plan and its sidecar: gates, people, choices, time, copies, commands.
pub mod plan {
    #![doc = include_str!("manual/plan.md")]
}

/// The chapters: name, text.
const CHAPTERS: &[(&str, &str)] = &[
    ("cockpit", include_str!("manual/cockpit.md")),
    ("log", include_str!("manual/log.md")),
    ("plan", include_str!("manual/plan.md")),
];

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// What it is of: a command or a chapter; empty for the program itself.
    pub name: String,
    /// The section of the manual: 1 for commands, 7 for chapters.
    pub section: u8,
    /// Its text, for `man -l`.
    pub roff: String,
}

/// Every page, the program's own first.
#[must_use]
pub fn pages() -> Vec<Page> {
    let mut whole = Cli::command().disable_help_subcommand(true);
    whole.build();
    let commands = whole.get_subcommands().filter(|command| !command.is_hide_set()).map(|command| {
        let name = command.get_name();
        Page { name: name.to_owned(), section: 1, roff: command_page(command, &format!("cutover-{name}")) }
    });
    let own = Page { name: String::new(), section: 1, roff: command_page(&whole, "cutover") };
    let chapters = CHAPTERS.iter().map(|(name, text)| Page {
        name: (*name).to_owned(),
        section: 7,
        roff: chapter(name, text),
    });
    std::iter::once(own).chain(commands).chain(chapters).collect()
}

/// Writes every page below `folder` as `man` looks for it; what was written, a line each.
///
/// # Errors
/// A file or a folder cannot be written.
pub fn write(folder: &Path) -> std::io::Result<String> {
    let mut said = String::new();
    for Page { name, section, roff } in pages() {
        let folder = folder.join(format!("man{section}"));
        std::fs::create_dir_all(&folder)?;
        let dash = if name.is_empty() { "" } else { "-" };
        let file = folder.join(format!("cutover{dash}{name}.{section}"));
        std::fs::write(&file, roff)?;
        // Writing to a string does not fail.
        let _ = writeln!(said, "{}", file.display());
    }
    Ok(said)
}

fn command_page(command: &clap::Command, name: &str) -> String {
    let help = help::of(name.strip_prefix("cutover-").unwrap_or_default());
    let man = Man::new(command.clone().display_name(name.to_owned()).after_help(Resettable::Reset));
    let mut out = Vec::new();
    // Writing to memory does not fail.
    let _ = man.render(&mut out);
    let mut roff = String::from_utf8_lossy(&out).into_owned();
    roff.push_str(&help.roff());
    roff.push_str(&see_also(name));
    roff
}

fn see_also(name: &str) -> String {
    let all: &[&str] = match name {
        "cutover" => &["cutover-cockpit(7)", "cutover-log(7)", "cutover-plan(7)"],
        "cutover-run" | "cutover-watch" | "cutover-demo" | "cutover-tmux" | "cutover-themes" => {
            &["cutover(1)", "cutover-cockpit(7)"]
        }
        "cutover-check" | "cutover-new" | "cutover-init" => &["cutover(1)", "cutover-plan(7)"],
        "cutover-verify" | "cutover-sign" | "cutover-redact" | "cutover-report" | "cutover-status"
        | "cutover-compare" => &["cutover(1)", "cutover-log(7)", "ssh-keygen(1)"],
        _ => &["cutover(1)"],
    };
    format!(".SH SEE ALSO\n{}\n", escape(&all.join(", ")))
}

/// A chapter's Markdown as a page: headings, paragraphs, lists, tables, code.
fn chapter(name: &str, markdown: &str) -> String {
    let mut page = Chapter::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        page.take(event);
    }
    let title = format!(
        ".TH cutover\\-{name} 7 \"\" \"cutover {}\"\n.SH NAME\ncutover\\-{name} \\- {}\n",
        env!("CARGO_PKG_VERSION"),
        page.title,
    );
    title + page.roff.trim_start() + ".SH SEE ALSO\ncutover(1)\n"
}

/// What has been written of a chapter.
#[derive(Default)]
struct Chapter {
    roff: String,
    title: String,
    /// The text of the block that is being read.
    line: String,
    /// What a table's columns are called.
    columns: Vec<String>,
    cells: Vec<String>,
    heading: bool,
    list: bool,
}

impl Chapter {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) if self.heading => self.line.push_str(&text),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.line.push_str(&escape(&text));
            }
            Event::Code(text) => {
                let _ = write!(self.line, "\\fB{}\\fR", escape(&text));
            }
            Event::SoftBreak => self.line.push(' '),
            Event::Start(Tag::Heading { .. }) => self.heading = true,
            Event::Start(Tag::Item) => self.list = true,
            Event::Start(Tag::CodeBlock(_)) => self.flush(),
            Event::End(end) => self.end(end),
            _ => {}
        }
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Heading(level) => {
                let words = std::mem::take(&mut self.line);
                self.heading = false;
                match level {
                    HeadingLevel::H1 => self.title = escape(&words),
                    HeadingLevel::H2 => {
                        let _ = writeln!(self.roff, ".SH \"{}\"", escape(&words.to_uppercase()));
                    }
                    _ => {
                        let _ = writeln!(self.roff, ".SS \"{}\"", escape(&words));
                    }
                }
            }
            TagEnd::CodeBlock => {
                let code = std::mem::take(&mut self.line);
                let _ = writeln!(self.roff, ".PP\n.RS 4\n.nf\n{}\n.fi\n.RE", code.trim_end());
            }
            TagEnd::Paragraph | TagEnd::Item => self.flush(),
            TagEnd::TableCell => self.cells.push(std::mem::take(&mut self.line)),
            TagEnd::TableHead => self.columns = std::mem::take(&mut self.cells),
            TagEnd::TableRow => self.row(),
            _ => {}
        }
    }

    /// Ends a paragraph or an item.
    fn flush(&mut self) {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            let how = if self.list { ".IP \\(bu 2" } else { ".PP" };
            let _ = writeln!(self.roff, "{how}\n{line}");
        }
        self.list = false;
    }

    /// A row, as its first cell over the others; with more than two, each behind its column's name.
    fn row(&mut self) {
        let cells = std::mem::take(&mut self.cells);
        let Some((first, others)) = cells.split_first() else { return };
        let _ = writeln!(self.roff, ".TP\n{first}");
        for (at, cell) in others.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            if at > 0 {
                self.roff.push_str(".br\n");
            }
            match self.columns.get(at + 1).filter(|_| others.len() > 1) {
                Some(column) => {
                    let _ = writeln!(self.roff, "{column}: {cell}");
                }
                None => {
                    let _ = writeln!(self.roff, "{cell}");
                }
            }
        }
    }
}
