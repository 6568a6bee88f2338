//! A report's text before it has a format: chapters of blocks, blocks of pieces that say what they are.
//!
//! What comes from outside the program is marked as such ([`Span::Outside`], [`Span::Code`]), so that each format can
//! make it inert in its own way; only words of this program are [`Span::Own`].

use std::borrow::Cow;

use serde::Serialize;

use crate::record::ItemState;
use crate::signoff::At;
use crate::signoff::event::Blob;

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq)]
pub enum Span<'a> {
    /// Words of the report itself.
    Own(Cow<'static, str>),
    /// Words from outside, on one line: shown, obeyed by nobody.
    Outside(Cow<'a, str>),
    /// The same, as it is typed: a hash, a command, an expression.
    Code(Cow<'a, str>),
    /// What must not be overlooked.
    Strong(Rich<'a>),
    /// When a line of the log was written.
    When(At),
    /// A moment as an event has it, RFC 3339.
    Moment(&'a str),
    /// A line of the log.
    Line(u64),
    /// An item, by its number in the report.
    Item(usize),
    /// Bytes in the evidence folder.
    Kept(&'a Blob),
}

/// A sentence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rich<'a>(pub Vec<Span<'a>>);

impl<'a> Rich<'a> {
    /// Puts a piece at the end.
    pub fn add(&mut self, more: impl Into<Rich<'a>>) {
        self.0.append(&mut more.into().0);
    }

    /// Nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Several, with words between them.
    #[must_use]
    pub fn joined(all: impl IntoIterator<Item = Rich<'a>>, between: &'static str) -> Rich<'a> {
        let mut rich = Rich::default();
        for one in all {
            if !rich.is_empty() {
                rich.add(between);
            }
            rich.add(one);
        }
        rich
    }
}

impl<'a> From<Span<'a>> for Rich<'a> {
    fn from(span: Span<'a>) -> Rich<'a> {
        Rich(vec![span])
    }
}

impl From<&'static str> for Rich<'_> {
    fn from(words: &'static str) -> Self {
        if words.is_empty() { Rich::default() } else { Span::Own(Cow::Borrowed(words)).into() }
    }
}

impl<'a, T: Into<Rich<'a>>> From<Option<T>> for Rich<'a> {
    fn from(some: Option<T>) -> Rich<'a> {
        some.map(Into::into).unwrap_or_default()
    }
}

/// Words that the report has made itself, of numbers and of its own words.
#[expect(clippy::needless_pass_by_value, reason = "numbers and texts alike")]
pub(super) fn own(words: impl ToString) -> Span<'static> {
    Span::Own(Cow::Owned(words.to_string()))
}

/// Words of the report in which what stands between backticks is typed.
pub(super) fn typed(words: &str) -> Rich<'static> {
    let pieces = words.split('`').enumerate().filter(|(_, piece)| !piece.is_empty());
    let piece = |(n, piece): (usize, &str)| if n % 2 == 1 { code(piece.to_owned()) } else { own(piece) };
    Rich(pieces.map(piece).collect())
}

/// Words from outside.
pub(super) fn outside<'a>(words: impl Into<Cow<'a, str>>) -> Span<'a> {
    Span::Outside(words.into())
}

/// What is typed, from outside.
pub(super) fn code<'a>(words: impl Into<Cow<'a, str>>) -> Span<'a> {
    Span::Code(words.into())
}

/// What must not be overlooked.
pub(super) fn strong<'a>(words: impl Into<Rich<'a>>) -> Span<'a> {
    Span::Strong(words.into())
}

/// A sentence of its pieces.
macro_rules! rich {
    ($($part:expr),* $(,)?) => {{
        #[allow(unused_mut, reason = "a sentence of no piece")]
        let mut rich = $crate::report::document::Rich::default();
        $(rich.add($part);)*
        rich
    }};
}
pub(super) use rich;

/// What stands under one heading.
#[derive(Clone, Debug, PartialEq)]
pub struct Chapter<'a> {
    /// Its name in links: no two chapters have the same.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What it says.
    pub blocks: Vec<Block<'a>>,
}

/// A part of a chapter.
#[derive(Clone, Debug, PartialEq)]
pub enum Block<'a> {
    /// A heading inside the chapter; 3 is just below the chapter's own.
    Heading(u8, Rich<'a>),
    /// A paragraph.
    Words(Rich<'a>),
    /// Names and values.
    Pairs(Vec<(Rich<'a>, Rich<'a>)>),
    /// A table under its heads.
    Table(Vec<&'static str>, Vec<Vec<Rich<'a>>>),
    /// A list.
    List(Vec<Entry<'a>>),
    /// Lines of code in a language.
    Lines(&'static str, String),
    /// A phase with its items.
    Phase(Phase<'a>),
}

/// One entry of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry<'a> {
    /// What it says.
    pub text: Rich<'a>,
    /// What belongs to it: a name, if it has one, and a value.
    pub details: Vec<(&'static str, Rich<'a>)>,
}

/// A phase of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase<'a> {
    /// Its place in [`super::Report::phases`].
    pub at: usize,
    /// Its title.
    pub title: Rich<'a>,
    /// Its items, under the headings that the plan has inside the phase.
    pub parts: Vec<(Option<&'a str>, Vec<Item<'a>>)>,
}

/// One item: each stands in a report once.
#[derive(Clone, Debug, PartialEq)]
pub struct Item<'a> {
    /// Its number in the report, from 1.
    pub number: usize,
    /// Nesting.
    pub depth: u8,
    /// Where it stands.
    pub standing: Standing,
    /// What is special about it.
    pub flags: Vec<&'static str>,
    /// Its words.
    pub text: Rich<'a>,
    /// Who put it there, and when.
    pub by: Rich<'a>,
    /// All else.
    pub details: Vec<(&'static str, Rich<'a>)>,
}

/// Where an item stands, as the totals count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It counts by its state.
    Counts(ItemState),
    /// It is no longer in the plan.
    Removed,
    /// A step of a rollback that nobody took.
    NotCalledFor,
}

impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Standing::Counts(state) => state.fmt(f),
            Standing::Removed => f.write_str("removed"),
            Standing::NotCalledFor => f.write_str("not called for"),
        }
    }
}

impl Serialize for Standing {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Standing::Counts(state) => state.serialize(to),
            Standing::Removed => to.serialize_str("removed"),
            Standing::NotCalledFor => to.serialize_str("not-called-for"),
        }
    }
}

impl<'a> Chapter<'a> {
    pub(super) fn new(id: &'static str, title: &'static str) -> Chapter<'a> {
        Chapter { id, title, blocks: Vec::new() }
    }

    pub(super) fn heading(&mut self, level: u8, title: impl Into<Rich<'a>>) {
        self.blocks.push(Block::Heading(level, title.into()));
    }

    pub(super) fn say(&mut self, words: impl Into<Rich<'a>>) {
        self.blocks.push(Block::Words(words.into()));
    }

    pub(super) fn lines(&mut self, language: &'static str, text: String) {
        self.blocks.push(Block::Lines(language, text));
    }

    /// A name and its value; several in a row are one table.
    pub(super) fn pair(&mut self, name: impl Into<Rich<'a>>, value: impl Into<Rich<'a>>) {
        let pair = (name.into(), value.into());
        match self.blocks.last_mut() {
            Some(Block::Pairs(pairs)) => pairs.push(pair),
            _ => self.blocks.push(Block::Pairs(vec![pair])),
        }
    }

    pub(super) fn table(&mut self, head: &[&'static str], rows: Vec<Vec<Rich<'a>>>) {
        self.blocks.push(Block::Table(head.to_vec(), rows));
    }

    /// An entry; several in a row are one list.
    pub(super) fn entry(&mut self, text: impl Into<Rich<'a>>) {
        let entry = Entry { text: text.into(), details: Vec::new() };
        match self.blocks.last_mut() {
            Some(Block::List(entries)) => entries.push(entry),
            _ => self.blocks.push(Block::List(vec![entry])),
        }
    }

    /// A detail of the last entry.
    pub(super) fn detail(&mut self, name: &'static str, value: impl Into<Rich<'a>>) {
        self.details([(name, value.into())]);
    }

    /// Details of the last entry.
    pub(super) fn details(&mut self, details: impl IntoIterator<Item = (&'static str, Rich<'a>)>) {
        if let Some(Block::List(entries)) = self.blocks.last_mut()
            && let Some(entry) = entries.last_mut()
        {
            entry.details.extend(details);
        }
    }
}
