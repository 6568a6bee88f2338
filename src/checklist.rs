//! What a checklist says: phases, items, fields, commands, findings.
//!
//! The model that [`parse`](parse::parse) makes of a Markdown file. It keeps byte offsets into the source, never
//! changes it, and knows nothing of runs. Text in it is plain (markup taken off) but still outside text: whoever
//! shows it passes it through `text`.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod block;
mod boxes;
pub(crate) mod choices;
pub mod diff;
mod fence;
pub mod filled;
pub(crate) mod identity;
mod markdown;
mod mend;
mod outline;
pub mod page;
pub mod parse;
mod read;
mod source;
mod timing;
mod words;

pub use parse::parse;
pub use words::RULES;

/// How a checklist is to be read; by default as the file itself suggests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Boxes or lists; `None`: lists if there are no boxes.
    pub mode: Option<Mode>,
    /// In list mode, the headings whose lists are the work; empty: those named so, else all.
    pub sections: Vec<String>,
    /// Rules about plain words that are switched off, of [`RULES`].
    pub phrases_off: Vec<String>,
}

/// A whole checklist, in document order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checklist {
    /// The sole top heading, or the front matter's `title`; `None` if there is neither.
    pub title: Option<String>,
    /// How the items were found.
    pub mode: Mode,
    /// Headings that have items, in document order.
    pub phases: Vec<Phase>,
    /// All items in document order; a parent stands before its children.
    pub items: Vec<Item>,
    /// Text outside all phases: what stands before the first, and headings without items.
    pub notes: Vec<Note>,
    /// Places where one of several ways is taken, in document order.
    pub decisions: Vec<Decision>,
    /// The longest outage that the plan's words allow.
    pub outage_goal: Option<Duration>,
    /// What the reader should know about the file, in order of line.
    pub findings: Vec<Finding>,
}

impl Checklist {
    /// How long a phase is to take: by its own words, else by those of its items; of a decision, the shortest way and
    /// the longest.
    #[must_use]
    pub fn planned(&self, phase: usize) -> Option<(Duration, Duration)> {
        let phase = self.phases.get(phase)?;
        phase.estimate.or_else(|| {
            let decisions = self.decisions.iter().filter(|decision| {
                let mut items = decision.options.iter().flat_map(|way| &way.items);
                items.any(|item| phase.items.contains(item))
            });
            self.together(&phase.items.clone().collect(), &decisions.collect::<Vec<_>>())
        })
    }

    /// What items are to take together.
    fn together(&self, items: &BTreeSet<usize>, decisions: &[&Decision]) -> Option<(Duration, Duration)> {
        let (mut taken, mut all) = (BTreeSet::new(), Vec::new());
        for (at, decision) in decisions.iter().enumerate() {
            let of = |way: &Choice| way.items.iter().copied().filter(|it| items.contains(it)).collect();
            let ways: Vec<BTreeSet<usize>> = decision.options.iter().map(of).collect();
            if ways.iter().flatten().any(|item| taken.contains(item)) {
                continue;
            }
            // A decision within a way stands behind the one that opens the way.
            let spans = ways.iter().filter_map(|way| self.together(way, &decisions[at + 1..]));
            all.extend(spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))));
            taken.extend(ways.into_iter().flatten());
        }
        let own = items.iter().filter(|at| !taken.contains(at)).filter_map(|&at| self.items.get(at));
        // A parent's estimate holds its children's.
        let own = own.filter(|item| item.parent.is_none_or(|at| self.items[at].estimate.is_none()));
        all.extend(own.filter_map(|item| item.estimate));
        all.into_iter().reduce(|a, b| (a.0 + b.0, a.1 + b.1))
    }
}

/// How items were recognised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Check boxes are the items.
    #[default]
    Boxes,
    /// The file has no boxes: list entries under headings are the items.
    Lists,
}

/// A heading with items below it, as a person would number the parts of the day.
///
/// The shallowest headings that divide the items: deeper ones are [`Section`]s inside.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// The heading's text, plain.
    pub title: String,
    /// What part the phase plays.
    pub kind: PhaseKind,
    /// 1-based line of the heading.
    pub line: u32,
    /// Indices into [`Checklist::items`].
    pub items: Range<usize>,
    /// Deeper headings within, in document order.
    pub sections: Vec<Section>,
    /// Planned duration, from words such as "Estimated time: 10-15 minutes": shortest and longest.
    pub estimate: Option<(Duration, Duration)>,
    /// Time that its words say is to be waited before it.
    pub wait: Option<Wait>,
    /// When its words say that it is due.
    pub due: Option<Due>,
    /// The text of its `<!-- cutover: … -->` annotations.
    pub annotations: Vec<String>,
    /// Paragraphs, tables, quotes and other text under the heading that belongs to no item.
    pub notes: Vec<Note>,
}

/// Time to be waited, by the plan's words: `Wait 24-48 hours`, `After 7 days`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// At least so long; zero for `Old TTL has expired`, whose length a probe knows.
    pub least: Duration,
    /// At most, where the words give a range.
    pub most: Option<Duration>,
    /// What it counts from, as far as the words say: `after the DNS change`.
    pub after: Option<String>,
    /// The words themselves.
    pub words: String,
    /// 1-based line.
    pub line: u32,
}

/// When something is due, by the plan's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Seconds before (negative) or after the window opens: `T-60`, `T+15 min`.
    Relative(i64),
    /// A time of day: `06:30`, `22:00 UTC`.
    Clock {
        /// The time.
        time: chrono::NaiveTime,
        /// It is said to be UTC; else it is meant in the plan's time zone.
        utc: bool,
    },
}

/// A place where one of several ways is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What is decided: a heading's or an item's words.
    pub title: String,
    /// 1-based line of the words that ask for it.
    pub line: u32,
    /// The item that says which way was taken, index into [`Checklist::items`].
    pub item: Option<usize>,
    /// The ways, in document order.
    pub options: Vec<Choice>,
    /// The rule that found it, of [`RULES`]; `choice` for the sidecar's own.
    pub rule: &'static str,
}

/// One of several ways.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Its name: `Method A`.
    pub name: String,
    /// 1-based line.
    pub line: u32,
    /// Its items, indices into [`Checklist::items`], in order.
    pub items: Vec<usize>,
}

/// The part that a phase plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PhaseKind {
    /// Work.
    #[default]
    Work,
    /// Not part of progress until rollback is invoked.
    Rollback,
    /// Success criteria: confirmed at the end, each by name.
    Criteria,
    /// The named approvals at the end.
    SignOff,
}

/// A heading inside a phase.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// The heading's text, plain.
    pub title: String,
    /// Heading level, 1 to 6.
    pub level: u8,
    /// 1-based line.
    pub line: u32,
    /// Indices into [`Checklist::items`]; empty if only deeper sections have items.
    pub items: Range<usize>,
    /// Time that its words say is to be waited before it.
    pub wait: Option<Wait>,
    /// When its words say that it is due.
    pub due: Option<Due>,
    /// The text of its `<!-- cutover: … -->` annotations.
    pub annotations: Vec<String>,
}

/// Text that belongs to a phase, or to an item as its detail.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// 1-based line where it begins.
    pub line: u32,
    /// Plain text; nested bullets keep two spaces a level and a `- `.
    pub text: String,
}

/// One thing to tick.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Stays with the item through edits elsewhere in the file.
    pub id: ItemId,
    /// Index into [`Checklist::phases`].
    pub phase: usize,
    /// Index into [`Phase::sections`], if it stands under a deeper heading.
    pub section: Option<usize>,
    /// The item it is nested under, index into [`Checklist::items`].
    pub parent: Option<usize>,
    /// Nesting among items, 0 at the top.
    pub depth: u8,
    /// Plain text, one line, boxes and comments taken off.
    pub text: String,
    /// 1-based line and column (in characters) of the box or the list marker.
    pub line: u32,
    /// See `line`.
    pub column: u32,
    /// Byte offsets of `[ ]` in the source, if it has a box.
    pub box_span: Option<Range<usize>>,
    /// Ticked in the file itself.
    pub checked: bool,
    /// Blanks to fill, in order.
    pub fields: Vec<Field>,
    /// Code that belongs to it, in order.
    pub commands: Vec<Command>,
    /// Child bullets and paragraphs.
    pub detail: Vec<Note>,
    /// The text of its `<!-- cutover: … -->` annotations.
    pub annotations: Vec<String>,
    /// Planned duration, from its own words: shortest and longest.
    pub estimate: Option<(Duration, Duration)>,
    /// Time that its words say is to be waited before it.
    pub wait: Option<Wait>,
    /// When its words say that it is due.
    pub due: Option<Due>,
}

/// A blank to fill.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The text before the blank, without its colon; may be empty.
    pub label: String,
    /// Byte offsets of the underscores in the source.
    pub span: Range<usize>,
    /// The label names a secret (token, password, key): its value is never stored.
    pub secret: bool,
}

/// A fenced or indented piece of code, or inline code that is the item's whole text.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// First word of the fence's info string, lower case.
    pub language: Option<String>,
    /// The code, without a final newline.
    pub text: String,
    /// 1-based line of its first line of code.
    pub line: u32,
}

/// Something about the file that its author should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// A stable name, such as `unclosed-fence`; documented in `checklist::parse`.
    pub code: &'static str,
    /// 1-based line.
    pub line: u32,
    /// 1-based column, in characters.
    pub column: u32,
    /// One sentence: what it is and what to do.
    pub message: String,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; `check` still exits 0.
    Info,
    /// Should be mended before the day; `check` exits 1.
    Warning,
    /// The file cannot be used; `check` exits 2.
    Error,
}

/// The identity of an item: 16 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(pub [u8; 8]);

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Not 16 hex digits.
#[derive(Debug, thiserror::Error)]
#[error("an item id is 16 hex digits")]
pub struct BadItemId;

impl FromStr for ItemId {
    type Err = BadItemId;

    fn from_str(text: &str) -> Result<ItemId, BadItemId> {
        let mut id = [0; 8];
        if text.len() != 16 || !text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return Err(BadItemId);
        }
        for (byte, pair) in id.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| BadItemId)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| BadItemId)?;
        }
        Ok(ItemId(id))
    }
}

impl Serialize for ItemId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ItemId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<ItemId, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
