//! One log line on the screen: time, log, level, text.

use std::ops::Range;
use std::sync::LazyLock;

use chrono::DateTime;
use ratatui::style::Style;
use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

use super::super::widget::Strip;
use super::super::{Scene, words};
use crate::sample::log::Level;
use crate::state::live::log::Line;
use crate::state::logs::Strand;
use crate::text;

/// From so many columns on, levels are words and names longer.
const WIDE: usize = 60;
/// Matches of the search that are shown in a line.
const MATCHES: usize = 64;
/// Says that the line's shape is new.
const NEW: &str = " new";

/// Where things stand in a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    width: usize,
    name: usize,
    wide: bool,
    wrap: bool,
}

impl Columns {
    /// For rows of this width; the log is named if there are several.
    pub(super) fn new<'a>(width: usize, names: impl Iterator<Item = &'a str>, wrap: bool) -> Columns {
        let wide = width >= WIDE;
        let (mut count, mut longest) = (0, 0);
        for name in names {
            count += 1;
            longest = longest.max(text::width(&text::clean(name)));
        }
        let name = if count > 1 { longest.clamp(3, if wide { 12 } else { 6 }) } else { 0 };
        Columns { width, name, wide, wrap }
    }

    /// Columns before the text.
    fn indent(&self) -> usize {
        let name = if self.name > 0 { self.name + 1 } else { 0 };
        9 + name + if self.wide { 7 } else { 2 }
    }
}

/// The rows of a line, `most` at most.
pub(super) fn strips(
    scene: &Scene<'_>,
    strand: &Strand<'_>,
    line: &Line<'_>,
    columns: &Columns,
    most: usize,
) -> Vec<Strip> {
    let (styles, now) = (scene.styles, scene.shown().1);
    let look = &scene.state.ui.logs;
    let at = line.entry.stated.unwrap_or(line.read);
    let at = DateTime::from_timestamp_millis(at).map(|at| words::moment(at, now)).unwrap_or_default();
    let mut head = Strip::of(&at, styles.muted).fit(8).space(1);
    if columns.name > 0 {
        head.append(Strip::of(&strand.log.settings.name, name_style(scene, strand.at)).fit(columns.name));
        head = head.space(1);
    }
    let level = line.entry.level;
    let word = level_word(level);
    if columns.wide {
        head.append(Strip::of(word, level_style(scene, level)).fit(5));
        head = head.space(2);
    } else {
        head.append(Strip::of(word.get(..1).unwrap_or_default(), level_style(scene, level)).fit(1));
        head = head.space(1);
    }
    let new = strand.log.shapes.is_new(line.entry.shape, strand.log.marks.since());
    let mark = if new { NEW } else { "" };
    let room = columns.width.saturating_sub(columns.indent() + mark.len()).max(4);
    // The columns at the left say it already; but what is searched may stand there.
    let skip = if look.search.is_none() { said_already(line) } else { 0 };
    let shown = line.text.get(skip..).unwrap_or(line.text);
    let body = if level > Level::None && level < Level::Info { styles.muted } else { styles.text };
    let matches: Vec<Range<usize>> = look.search.as_ref().map_or_else(Vec::new, |search| {
        let most = shown.len().min(room.saturating_mul(most).saturating_mul(4));
        search.regex().find_iter(head_of(shown, most)).take(MATCHES).map(|found| found.range()).collect()
    });
    let mut parts = fold(shown, room, if columns.wrap { most } else { 1 });
    let folded = parts.last().map_or(0, |last| last.end);
    let more = folded < shown.len() || line.entry.cut > 0;
    if parts.is_empty() {
        parts.push(0..0);
    }
    let last = parts.len() - 1;
    let mut rows = Vec::with_capacity(parts.len());
    for (number, part) in parts.into_iter().enumerate() {
        let mut piece = pieces(shown, part, &matches, body, styles.found);
        if number == last && more {
            piece.push("…", styles.muted);
            piece = piece.cut(room);
        }
        let mut row = if number == 0 { head.clone() } else { Strip::new().space(columns.indent()) };
        if number == 0 && new {
            piece = piece.fit(room).with(mark, styles.warning);
        }
        row.append(piece);
        rows.push(row);
    }
    rows
}

/// A level in five columns at most.
pub(in crate::view) fn level_word(level: Level) -> &'static str {
    match level {
        Level::None => "",
        Level::Trace => "TRACE",
        Level::Debug => "DEBUG",
        Level::Info => "INFO",
        Level::Notice => "NOTE",
        Level::Warning => "WARN",
        Level::Error => "ERROR",
        Level::Fatal => "FATAL",
    }
}

/// The style of a level's word.
pub(in crate::view) fn level_style(scene: &Scene<'_>, level: Level) -> Style {
    match level {
        Level::Error | Level::Fatal => scene.styles.bad,
        Level::Warning => scene.styles.warning,
        Level::Notice => scene.styles.accent,
        Level::Info => scene.styles.text,
        Level::None | Level::Trace | Level::Debug => scene.styles.muted,
    }
}

/// Logs beside each other have different colours.
fn name_style(scene: &Scene<'_>, at: usize) -> Style {
    let styles = [scene.styles.accent, scene.styles.live, scene.styles.key, scene.styles.expected];
    styles[at % styles.len()]
}

#[expect(clippy::unwrap_used, reason = "the patterns are constants, and a test here compiles them")]
fn constant(source: &str) -> Regex {
    Regex::new(source).unwrap()
}

/// A time at a line's beginning.
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    constant(concat!(
        r"^[\[(]?(?:\d{4}[-/]\d\d[-/]\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?",
        r"(?: ?(?:Z|UTC|[+-]\d\d:?\d\d)\b)?[\])]?[ ,:|-]*"
    ))
});

/// A level at its beginning, or behind the time.
static LEVEL: LazyLock<Regex> = LazyLock::new(|| {
    constant(r"^[\[(<]?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|FATAL|CRITICAL)[\])>]?(?:[ :|-]+|$)")
});

/// Bytes at a line's beginning that its time and level in the columns at the left repeat.
fn said_already(line: &Line<'_>) -> usize {
    let head = head_of(line.text, 80);
    let time = TIME.find(head).filter(|_| line.entry.stated.is_some()).map_or(0, |time| time.end());
    let level = LEVEL.find(&head[time..]).filter(|_| line.entry.level > Level::None);
    let end = time + level.map_or(0, |level| level.end());
    // A line of nothing else is shown as it is.
    if end >= line.text.len() { 0 } else { end }
}

/// At most so many bytes of a text's beginning.
fn head_of(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A text in rows of so many columns, `most` at most: where each stands in it.
pub(in crate::view) fn fold(text: &str, columns: usize, most: usize) -> Vec<Range<usize>> {
    let columns = columns.max(1);
    let (mut rows, mut start, mut used) = (Vec::new(), 0, 0);
    for (at, grapheme) in text.grapheme_indices(true) {
        let wide = text::width(grapheme);
        if used + wide > columns && at > start {
            rows.push(start..at);
            if rows.len() >= most {
                return rows;
            }
            (start, used) = (at, 0);
        }
        used += wide;
    }
    if start < text.len() {
        rows.push(start..text.len());
    }
    rows
}

/// A part of a text, what was found in it in another style.
fn pieces(text: &str, part: Range<usize>, found: &[Range<usize>], plain: Style, lit: Style) -> Strip {
    let mut strip = Strip::new();
    let mut at = part.start;
    for found in found.iter().filter(|found| found.end > part.start && found.start < part.end) {
        let (from, to) = (found.start.max(at), found.end.min(part.end));
        strip.push(text.get(at..from).unwrap_or_default(), plain);
        strip.push(text.get(from..to).unwrap_or_default(), lit);
        at = to.max(at);
    }
    strip.push(text.get(at..part.end).unwrap_or_default(), plain);
    strip
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::log::Entry;

    fn skipped(text: &str, level: Level) -> &str {
        let entry = Entry { end: 0, level, shape: 0, stated: Some(0), cut: 0, file: 0 };
        &text[said_already(&Line { text, entry: &entry, order: 0, read: 0 })..]
    }

    #[test]
    fn what_the_columns_say_is_not_said_twice() {
        for (line, rest) in [
            ("2026-11-21T06:42:08.123Z ERROR no such host", "no such host"),
            ("2026-11-21 06:42:08,123 [WARN] slow", "slow"),
            ("[06:42:08] connected", "connected"),
            ("2026-11-21 06:42:08 +01:00 INFO: ready", "ready"),
            ("ERROR no time before it", "no time before it"),
            ("2026-11-21 06:42:08", "2026-11-21 06:42:08"),
            ("2026-11-21 06:42:08 ERROR", "2026-11-21 06:42:08 ERROR"),
            ("2026-11-21 06:42:08 ERRORS: 3", "ERRORS: 3"),
        ] {
            assert_eq!(skipped(line, Level::Error), rest);
        }
        assert_eq!(skipped("06:42:08 ERROR by name only", Level::None), "ERROR by name only");
    }

    #[test]
    fn folds_at_the_edge_and_never_inside_a_character() {
        assert_eq!(fold("abcdef", 4, 9), [0..4, 4..6]);
        assert!(fold("", 4, 9).is_empty());
        assert_eq!(fold("データ", 3, 9), [0..3, 3..6, 6..9]);
        assert_eq!(fold("データ", 1, 9).len(), 3, "too narrow for any: one a row");
        assert_eq!(fold(&"x".repeat(1000), 10, 3), [0..10, 10..20, 20..30]);
    }

    #[test]
    fn a_match_over_the_edge_is_lit_on_both_sides() {
        let (plain, lit) = (Style::new(), Style::new().bold());
        let found = std::slice::from_ref(&(3..7));
        assert_eq!(pieces("abcdefghij", 0..5, found, plain, lit).plain(), "abcde");
        assert_eq!(pieces("abcdefghij", 5..10, found, plain, lit).plain(), "fghij");
    }
}
