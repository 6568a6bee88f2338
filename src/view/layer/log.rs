//! A log line, whole, and its log: source, rates, what is new since the mark.

use std::time::Duration;

use chrono::DateTime;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::item::entry;
use super::{Scene, Strip, probe, sheet, words};
use crate::clock::Stamp;
use crate::sample::ProbeId;
use crate::sample::log::{Level, Source};
use crate::state::live::log::{Around, Rate};
use crate::state::live::{Log, Probed};
use crate::state::logs::Opened;
use crate::text;
use crate::view::logs::{fold, level_style, level_word, per_minute, rate, since, turn};
use crate::view::widget::Sheet;

/// Rows that a line may take.
const LINE: usize = 1000;
/// New shapes listed.
const SHAPES: usize = 50;
/// Marks and turns listed.
const LISTED: usize = 12;
/// Bytes of a line that is shown as JSON.
const JSON: usize = 64 << 10;

/// Draws the sheet; gives the last line it may begin at.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, id: &ProbeId, scroll: usize) -> usize {
    let mut page = sheet(area);
    let (live, now) = scene.shown();
    let title = Strip::of(&format!("Log {}", id.name), scene.styles.emphasis);
    let Some(log) = live.logs.iter().find(|log| log.id() == id) else {
        page.text(0, "This log is no longer in the sidecar.", scene.styles.warning);
        return page.paint(scene, buf, area, title, scroll);
    };
    if let Some(opened) = &scene.state.ui.logs.opened {
        line(scene, &mut page, log, opened, now);
    }
    page.heading("The log", scene.styles.accent);
    standing(scene, &mut page, log, now);
    source(scene, &mut page, log);
    rates(scene, &mut page, log, now);
    marks(scene, &mut page, log, now);
    shapes(scene, &mut page, log, now);
    turns(scene, &mut page, log, now);
    probe::changes(scene, &mut page, id);
    page.paint(scene, buf, area, title, scroll)
}

/// The line: its whole text, JSON spread out, and what is known of its shape.
fn line(scene: &Scene<'_>, page: &mut Sheet, log: &Log, opened: &Opened, now: &Stamp) {
    let styles = scene.styles;
    whole(page, 0, &opened.text, styles.text);
    if opened.entry.cut > 0 {
        let cut = format!("… {} bytes more were not kept", text::grouped(u64::from(opened.entry.cut)));
        page.text(0, &cut, styles.warning);
    }
    if let Some(json) = json(&opened.text) {
        page.heading("As JSON", styles.accent);
        for line in json.lines() {
            whole(page, 2, line, styles.text);
        }
    }
    page.gap();
    let level = opened.entry.level;
    let name = if level == Level::None { "none stated" } else { level.name() };
    entry(scene, page, "level", name, level_style(scene, level));
    if let Some(stated) = opened.entry.moment() {
        entry(scene, page, "states", &words::whole_moment(stated, now.offset), styles.text);
    }
    let read = DateTime::from_timestamp_millis(opened.read).unwrap_or_default();
    entry(scene, page, "read", &words::whole_moment(read, now.offset), styles.text);
    if let Source::Files(files) = &log.source
        && files.len() > 1
        && let Some(file) = files.get(usize::from(opened.entry.file))
    {
        entry(scene, page, "file", file, styles.text);
    }
    let Some(known) = log.shapes.get(opened.entry.shape) else { return };
    entry(scene, page, "shape", &known.shape.text, styles.text);
    let first = match known.first {
        Some(first) => format!("first at {}", words::whole_moment(first, now.offset)),
        None => "first before the cockpit looked".to_owned(),
    };
    let count = usize::try_from(known.count).unwrap_or(usize::MAX);
    let seen = format!("{}, {first}", text::plural(count, "line has it", "lines have it"));
    entry(scene, page, "seen", &seen, styles.text);
    let since = since(&log.marks, now);
    let (standing, style) = if known.noise {
        ("expected".to_owned(), styles.muted)
    } else if known.is_new(log.marks.since()) {
        (format!("new since {since}; a on the line says it is expected"), styles.warning)
    } else {
        (format!("seen before {since}"), styles.text)
    };
    entry(scene, page, "standing", &standing, style);
}

/// Text of any length, broken where a row ends.
fn whole(page: &mut Sheet, indent: usize, text: &str, style: Style) {
    let text = text::clean(text);
    for part in fold(&text, page.columns().saturating_sub(indent).max(8), LINE) {
        page.line(Strip::new().space(indent).with(&text[part], style));
    }
}

/// The JSON document in a line, spread out.
fn json(text: &str) -> Option<String> {
    let from = text.find('{').filter(|_| text.len() <= JSON)?;
    let mut documents = serde_json::Deserializer::from_str(&text[from..]).into_iter::<serde_json::Value>();
    let document = documents.next()?.ok()?;
    document.as_object().filter(|object| !object.is_empty())?;
    serde_json::to_string_pretty(&document).ok()
}

fn standing(scene: &Scene<'_>, page: &mut Sheet, log: &Log, now: &Stamp) {
    let (glyph, style) = words::probe_glyph(scene, log.state());
    let since = log.since().map(|since| format!(" for {}", text::age(now.since(&since))));
    entry(scene, page, "state", &format!("{glyph} {}{}", log.state(), since.unwrap_or_default()), style);
    entry(scene, page, "saw", &log.saw(), scene.styles.text);
}

fn source(scene: &Scene<'_>, page: &mut Sheet, log: &Log) {
    let styles = scene.styles;
    match &log.source {
        Source::Unread => entry(scene, page, "source", "not looked at yet", styles.unknown),
        Source::Running => entry(scene, page, "source", "a program that runs", styles.text),
        Source::Missing(why) | Source::Hanging(why) => entry(scene, page, "source", why, styles.bad),
        Source::Files(files) => {
            for (at, file) in files.iter().enumerate().take(LISTED) {
                entry(scene, page, if at == 0 { "files" } else { "" }, file, styles.text);
            }
            if files.len() > LISTED {
                entry(scene, page, "", &format!("and {} more", files.len() - LISTED), styles.muted);
            }
        }
    }
    if let Some(via) = &log.settings.via {
        entry(scene, page, "via", &via.join(" "), styles.text);
    }
    let behind = match log.behind {
        0 => String::new(),
        behind => format!(", {} not read yet", text::size(behind)),
    };
    entry(scene, page, "read", &format!("{}{behind}", text::size(log.read)), styles.text);
    let most = format!(
        "{} lines in {}; at most {} in {}",
        text::grouped(log.buffer.len()),
        text::size(log.buffer.bytes() as u64),
        text::grouped(log.settings.lines as u64),
        text::size(log.settings.bytes as u64),
    );
    entry(scene, page, "kept", &most, styles.text);
    if log.dropped > 0 {
        let dropped =
            format!("{} lines came too fast to be kept; they are counted", text::grouped(log.dropped));
        entry(scene, page, "", &dropped, styles.warning);
    }
    if let Some(silent) = log.settings.silent {
        entry(scene, page, "silent", &format!("without a line for {}", text::exact(silent)), styles.text);
    }
}

/// Lines by level in the last minute and quarter of an hour.
fn rates(scene: &Scene<'_>, page: &mut Sheet, log: &Log, now: &Stamp) {
    page.heading("Lines by level, in the last minute and the last 15", scene.styles.accent);
    let (minute, span) = log.rates.last(Duration::from_mins(1), now.boot);
    let (quarter, whole) = log.rates.last(Duration::from_mins(15), now.boot);
    let mut any = false;
    for level in Level::ALL.into_iter().rev() {
        let at = level as usize;
        if quarter[at] == 0 {
            continue;
        }
        any = true;
        let word = if level == Level::None { "none" } else { level_word(level) };
        let line = Strip::new().space(2).with(word, level_style(scene, level)).fit(12);
        let line = line.with(&rate(Rate { count: minute[at], span }, ""), scene.styles.text).fit(34);
        page.line(line.with(&rate(Rate { count: quarter[at], span: whole }, ""), scene.styles.muted));
    }
    if !any {
        page.text(2, "no line while the cockpit looked", scene.styles.muted);
    }
}

/// Errors before and after each mark, the newest first.
fn marks(scene: &Scene<'_>, page: &mut Sheet, log: &Log, now: &Stamp) {
    let mut marks = log.marks.iter().rev().take(LISTED).peekable();
    if marks.peek().is_none() {
        return;
    }
    page.heading("Errors before and after each mark, over equal spans", scene.styles.accent);
    for mark in marks {
        let at = words::moment(mark.wall, now);
        let (line, style) = match log.rates.around(mark.boot, now.boot) {
            Some(around) => (before_after(&around, scene.glyphs.arrow), around_style(scene, &around)),
            None => ("nothing to compare yet".to_owned(), scene.styles.muted),
        };
        page.text(2, &format!("{at}  {line}   since {}", mark.text), style);
    }
}

/// `0.2 → 14 err/min over 4m`.
fn before_after(around: &Around, arrow: &str) -> String {
    let after = rate(around.after, " err");
    match per_minute(around.before) {
        Some(before) => format!("{before} {arrow} {after}, over {}", text::age(around.after.span)),
        None => format!("{} {arrow} {after}", text::grouped(around.before.count)),
    }
}

fn around_style(scene: &Scene<'_>, around: &Around) -> Style {
    if around.after.count > around.before.count { scene.styles.bad } else { scene.styles.text }
}

fn shapes(scene: &Scene<'_>, page: &mut Sheet, log: &Log, now: &Stamp) {
    let styles = scene.styles;
    let new = log.shapes.new_since(log.marks.since());
    let since = since(&log.marks, now);
    page.heading(&format!("New since {since}: {}", log.new), styles.accent);
    if new.is_empty() {
        page.text(2, "no line that was not seen before", styles.muted);
    }
    for known in new.iter().take(SHAPES) {
        let first = known.first.map(|first| words::moment(first, now)).unwrap_or_default();
        let level = level_word(known.shape.level);
        let label = Strip::new().space(2).with(&first, styles.muted).space(2);
        let label = label.with(level, level_style(scene, known.shape.level)).fit(18);
        // Of a watched run the shapes are known, not how many lines had them.
        let count =
            if known.count > 0 { format!("{:>6}× ", text::grouped(known.count)) } else { String::new() };
        let label = label.with(&count, styles.muted).fit(27);
        page.hanging(label, 27, &known.shape.text, styles.text);
        page.text(27, &known.shape.example, styles.muted);
    }
    let more = log.new.saturating_sub(new.len().min(SHAPES));
    if more > 0 {
        page.text(2, &format!("and {} more", text::grouped(more as u64)), styles.muted);
    }
    if log.shapes.full {
        page.text(
            2,
            "The log has shown more shapes than are told apart: further ones are not counted.",
            styles.warning,
        );
    }
    let expected = log.shapes.expected();
    if !expected.is_empty() {
        page.heading("Expected lines: never new", styles.accent);
        for pattern in expected {
            page.text(2, pattern, styles.text);
        }
    }
}

fn turns(scene: &Scene<'_>, page: &mut Sheet, log: &Log, now: &Stamp) {
    if log.turns.is_empty() {
        return;
    }
    page.heading("What happened to the source, newest first", scene.styles.accent);
    for turned in log.turns.iter().rev().take(LISTED) {
        let at = words::moment(turned.at.wall, now);
        page.text(2, &format!("{at}  {}", turn(&turned.turn)), scene.styles.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_found_behind_other_words() {
        let spread = json(r#"06:42:08 {"level":"error","n":1} behind"#).unwrap();
        assert_eq!(spread, "{\n  \"level\": \"error\",\n  \"n\": 1\n}");
        for plain in ["no json", "{", "{}", "{\"cut\": \"of", "a { b"] {
            assert_eq!(json(plain), None, "{plain}");
        }
    }

    #[test]
    fn before_and_after_say_their_span() {
        let around = |before, after, seconds| {
            let span = Duration::from_secs(seconds);
            before_after(
                &Around { before: Rate { count: before, span }, after: Rate { count: after, span } },
                "→",
            )
        };
        assert_eq!(around(1, 70, 300), "0.2 → 14 err/min, over 5m");
        assert_eq!(around(0, 3, 20), "0 → 3 err in 20s");
    }
}
