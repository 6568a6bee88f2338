//! The report as one page: no network, no scripts, for a screen, a phone and paper.
//!
//! The templates lie below `html/`. They escape whatever they are given; outside text reaches them only through
//! [`shown`], which makes it one harmless line.

mod first;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;

use askama::Template;
use askama::filters::HtmlSafe;

use super::document::{Block, Chapter, Entry, Item, Phase, Rich, Span};
use super::escape::SHOWN;
use super::model::Report;
use super::when;
use crate::record::{ItemState, PhaseSummary};
use crate::signoff::At;
use crate::signoff::event::RunMode;
use crate::text;
use first::First;

/// With more items than these, phases in which nothing is out of the way are folded on the screen.
const UNFOLDED: usize = 60;

/// Renders a report.
#[must_use]
pub fn html(report: &Report<'_>) -> String {
    let page = Page { report, anchored: RefCell::default() };
    let mut titles = Vec::new();
    let mut chapters = Vec::new();
    let mut exceptions = None;
    for chapter in report.chapters() {
        if chapter.id == EXCEPTIONS {
            exceptions = Some(chapter);
            continue;
        }
        let title = if chapter.title.is_empty() { "The run" } else { chapter.title };
        titles.push((chapter.id, title));
        chapters.push(page.chapter(&chapter, title));
    }
    // They stand first and are written last: a line is anchored where it is told in full.
    let exceptions = exceptions.map(|chapter| page.chapter(&chapter, chapter.title)).unwrap_or_default();
    let whole = Whole { page: &page, first: First::new(report), titles, exceptions, chapters };
    written(&whole)
}

/// The chapter that stands first.
const EXCEPTIONS: &str = "exceptions";

/// Writing to a string does not fail.
fn written(template: &impl Template) -> String {
    template.render().unwrap_or_default()
}

/// Outside text on one line, with nothing in it that a reader's program would obey, and not longer than is read.
fn shown(outside: &str) -> Cow<'_, str> {
    let (shown, cut) = match outside.char_indices().nth(SHOWN) {
        Some((end, _)) => (&outside[..end], outside.chars().count() - SHOWN),
        None => (outside, 0),
    };
    match text::clean(shown) {
        clean if clean.trim().is_empty() => Cow::Borrowed("–"),
        clean if cut == 0 => clean,
        clean => format!("{clean} … (cut: {cut} more characters are in the log)").into(),
    }
}

/// What is known while the page is written.
struct Page<'a> {
    report: &'a Report<'a>,
    /// Lines of the log that can be linked to.
    anchored: RefCell<BTreeSet<u64>>,
}

impl<'a> Page<'a> {
    fn chapter(&self, chapter: &Chapter<'_>, title: &str) -> String {
        written(&ChapterPart { page: self, id: chapter.id, title, blocks: &chapter.blocks })
    }

    fn rich<'p>(&'p self, rich: &'p Rich<'p>) -> RichPart<'p> {
        RichPart { page: self, rich }
    }

    /// Whether this is the line's first mention; the others link to it.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass by reference")]
    fn anchors(&self, seq: &u64) -> bool {
        self.anchored.borrow_mut().insert(*seq)
    }

    fn when(&self, at: &At) -> WhenPart {
        WhenPart {
            exact: at.wall.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            utc: at.wall.format("%Y-%m-%d %H:%M:%S").to_string(),
            local: when::local(*at, self.report.zone),
        }
    }

    /// A moment as an event has it, if it is one.
    fn moment(&self, text: &str) -> Option<WhenPart> {
        let at = when::parse(text)?;
        Some(WhenPart {
            exact: at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            utc: at.format("%Y-%m-%d %H:%M:%S").to_string(),
            local: when::beside(text, self.report.zone),
        })
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass by reference")]
    fn phase(&self, at: &usize) -> Option<&'a PhaseSummary> {
        self.report.phases.get(*at)
    }

    /// A phase is open on the screen where the list is short or something in it needs a look.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass by reference")]
    fn opens(&self, at: &usize) -> bool {
        let calm = |phase: &PhaseSummary| {
            let totals = phase.totals;
            totals.failed + totals.skipped + totals.deferred + totals.open + totals.removed + totals.added
                == 0
        };
        self.report.record.items.len() <= UNFOLDED || !self.phase(at).is_some_and(calm)
    }
}

/// A word for the style sheet.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass by reference")]
fn class(state: &ItemState) -> &'static str {
    match state {
        ItemState::Open | ItemState::Started => "open",
        ItemState::Done => "done",
        ItemState::Failed => "failed",
        ItemState::Skipped => "skipped",
        ItemState::NotApplicable => "na",
        ItemState::Deferred => "deferred",
    }
}

#[derive(Template)]
#[template(path = "page.html", config = "src/report/html/askama.toml")]
struct Whole<'a> {
    page: &'a Page<'a>,
    first: First<'a>,
    titles: Vec<(&'static str, &'static str)>,
    exceptions: String,
    chapters: Vec<String>,
}

impl Whole<'_> {
    fn is_rehearsal(&self) -> bool {
        self.page.report.mode() == RunMode::Rehearsal
    }
}

#[derive(Template)]
#[template(path = "chapter.html", config = "src/report/html/askama.toml")]
struct ChapterPart<'a> {
    page: &'a Page<'a>,
    id: &'a str,
    title: &'a str,
    blocks: &'a [Block<'a>],
}

#[derive(Template)]
#[template(path = "rich.html", config = "src/report/html/askama.toml")]
struct RichPart<'a> {
    page: &'a Page<'a>,
    rich: &'a Rich<'a>,
}

#[derive(Template)]
#[template(path = "when.html", config = "src/report/html/askama.toml")]
struct WhenPart {
    exact: String,
    utc: String,
    local: Option<String>,
}

impl HtmlSafe for RichPart<'_> {}
impl HtmlSafe for WhenPart {}
