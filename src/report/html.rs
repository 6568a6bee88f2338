//! The report as one page: no network, no scripts, for a screen, a phone and paper.
//!
//! The templates lie below `html/`. They escape whatever they are given; outside text reaches them only through
//! [`shown`], which makes it one harmless line.

mod kept;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::PathBuf;

use askama::Template;
use askama::filters::HtmlSafe;

use super::chart::{Chart, Shape, WIDTH, charts};
use super::document::{Block, Chapter, Entry, Item, Phase, Rich, Span, Standing};
use super::escape::SHOWN;
use super::first::First;
use super::model::Report;
use super::series::Readings;
use super::when;
use crate::record::{ItemState, PhaseSummary};
use crate::signoff::At;
use crate::signoff::event::{Blob, RunMode};
use crate::signoff::log;
use crate::text;
use kept::Kept;

/// With more items than these, phases in which nothing is out of the way are folded on the screen.
const UNFOLDED: usize = 60;

/// Bytes of kept texts that one page shows.
const TEXTS: usize = 512 * 1024;

/// Renders a report.
#[must_use]
pub fn html(report: &Report<'_>) -> String {
    let folder = log::evidence(&report.verification.log);
    let page = Page { report, folder, anchored: RefCell::default(), texts: Cell::new(TEXTS) };
    let mut titles = Vec::new();
    let mut chapters = Vec::new();
    let mut exceptions = None;
    for chapter in report.chapters() {
        if chapter.id == EXCEPTIONS {
            exceptions = Some(chapter);
            continue;
        }
        titles.push((chapter.id, chapter.title));
        chapters.push(page.chapter(&chapter));
    }
    // They stand first and are written last: a line is anchored where it is told in full.
    let exceptions = exceptions.map(|chapter| page.chapter(&chapter)).unwrap_or_default();
    let readings = Readings::of(report);
    let (charts, unproven) = (charts(report, &readings), readings.notes);
    let whole =
        Whole { page: &page, first: First::new(report), titles, charts, unproven, exceptions, chapters };
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
    /// Where evidence lies.
    folder: PathBuf,
    /// Bytes of it that may still be shown.
    texts: Cell<usize>,
}

impl<'a> Page<'a> {
    fn chapter(&self, chapter: &Chapter<'_>) -> String {
        let Chapter { id, title, .. } = chapter;
        written(&ChapterPart { page: self, id, title, blocks: &chapter.blocks })
    }

    fn rich<'p>(&'p self, rich: &'p Rich<'p>) -> RichPart<'p> {
        RichPart { page: self, rich }
    }

    /// What must be said of kept bytes.
    fn remark(&self, blob: &Blob) -> String {
        Kept::read(&self.folder, self.report.record, blob).remark()
    }

    /// The short texts that a sentence names, as lines.
    fn texts(&self, rich: &Rich<'_>) -> Vec<Vec<String>> {
        let blobs = rich.0.iter().filter_map(|span| match span {
            Span::Kept(blob) => Some(*blob),
            _ => None,
        });
        let texts = blobs.filter_map(|blob| match Kept::read(&self.folder, self.report.record, blob) {
            Kept::Text(lines) => Some(lines),
            _ => None,
        });
        texts.filter(|lines| self.affords(lines)).collect()
    }

    fn affords(&self, lines: &[String]) -> bool {
        let left = self.texts.get().checked_sub(lines.iter().map(String::len).sum());
        left.inspect(|left| self.texts.set(*left)).is_some()
    }

    fn chart<'p>(&'p self, chart: &'p Chart) -> ChartPart<'p> {
        ChartPart { page: self, chart }
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
fn class(standing: &Standing) -> &'static str {
    let state = match standing {
        Standing::Counts(state) => state,
        Standing::Removed | Standing::NotCalledFor => return "gone",
    };
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
    charts: Vec<Chart>,
    unproven: Vec<String>,
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
#[template(path = "chart.html", config = "src/report/html/askama.toml")]
struct ChartPart<'a> {
    page: &'a Page<'a>,
    chart: &'a Chart,
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

impl HtmlSafe for ChartPart<'_> {}
impl HtmlSafe for RichPart<'_> {}
impl HtmlSafe for WhenPart {}
