//! An item's row: its state, who put it there and when, its text, and what is known of it at the right.

use ratatui::style::Style;

use super::{Columns, Scene, Strip, cursor_mark, head, words};
use crate::record::{ItemRecord, ItemState};
use crate::state::control::Aside;
use crate::text;

/// Columns of a level of nesting.
const LEVEL: usize = 2;
/// Columns below which a part at the right is left out; it is in the item's own sheet.
const LEGIBLE: usize = 12;

/// Lines that the item under the cursor may take at most.
const LINES: usize = 4;

/// The row of an item; under the cursor as many lines as its text needs.
pub(super) fn lines(scene: &Scene<'_>, columns: &Columns, index: usize, cursor: bool) -> Vec<Strip> {
    let (state, styles) = (scene.state, scene.styles);
    let item = &state.record.items[index];
    let selected = state.ui.selected.contains(&item.row.id);
    let mut left = cursor_mark(scene, cursor);
    let mark = if selected { scene.glyphs.dot } else { " " };
    left.append(Strip::of(mark, styles.marked).fit(2));
    let indent = (usize::from(item.row.depth) * LEVEL).min(columns.width / 4);
    let (glyph, style) = words::item_glyph(scene, item.state);
    left = left.space(indent).with(glyph, style).space(1);
    let start = left.width();
    left.append(stamp(scene, columns, item));
    let width = columns.width;
    let label = label(scene, item, selected);
    if cursor && columns.whole {
        let aside = aside(scene, width.saturating_sub(start + 1), item);
        if left.width() + label.width() + aside.width() + 2 > width {
            return whole(left, label, aside, width, start);
        }
    }
    left.append(label);
    let room = width.saturating_sub(left.width() + 2).max(width * 2 / 5);
    vec![left.beside(aside(scene, room, item), width)]
}

/// A text that is too long for its row in several lines, what is known of it behind the last.
fn whole(left: Strip, label: Strip, aside: Strip, width: usize, start: usize) -> Vec<Strip> {
    let mut texts = label.wrap(width.saturating_sub(left.width() + 1), width.saturating_sub(start + 1));
    let cut = texts.len() > LINES;
    texts.truncate(LINES);
    if let Some(last) = texts.last_mut().filter(|_| cut) {
        let room = width.saturating_sub(start + 2);
        *last = std::mem::take(last).cut(room).with("…", Style::new());
    }
    let mut left = Some(left);
    let mut lines: Vec<Strip> = Vec::new();
    for text in texts {
        let mut line = left.take().unwrap_or_else(|| Strip::new().space(start));
        line.append(text);
        lines.push(line);
    }
    match lines.pop() {
        Some(last) if last.width() + aside.width() + 2 <= width => lines.push(last.beside(aside, width)),
        Some(last) => lines.extend([last, Strip::new().space(start).beside(aside, width)]),
        None => {}
    }
    lines
}

/// Time and author of the act that put the item where it is.
fn stamp(scene: &Scene<'_>, columns: &Columns, item: &ItemRecord) -> Strip {
    let mut stamp = Strip::new();
    let Some(act) = item.act.as_ref().filter(|_| item.state != ItemState::Open) else { return stamp };
    if columns.time > 0 {
        let moment = words::moment(act.at.wall, scene.now);
        let moment = if moment.starts_with(' ') { moment.trim() } else { &moment[..columns.time] };
        stamp.push(moment, scene.styles.muted);
        stamp = stamp.fit(columns.time).space(1);
    }
    if columns.author > 0 {
        let by = Strip::of(&act.by, scene.styles.muted).fit(columns.author);
        stamp.append(by);
        stamp = stamp.space(2);
    }
    stamp
}

/// The item's text, with what was looked for marked.
fn label(scene: &Scene<'_>, item: &ItemRecord, selected: bool) -> Strip {
    let styles = scene.styles;
    let style = match item.state {
        _ if selected => styles.marked,
        ItemState::Open | ItemState::Started => styles.text,
        ItemState::Failed => styles.failed,
        _ => styles.muted,
    };
    let text = text::clean(head(&item.row.text));
    let text = if text.trim().is_empty() { "(no text)".into() } else { text };
    let found = scene.state.ui.find.as_deref().filter(|wanted| !wanted.is_empty());
    let mut line = Strip::new();
    for (part, value) in item.filled(&text) {
        let style = if value { styles.accent } else { style };
        match found.and_then(|wanted| find(&part, wanted)) {
            Some((from, to)) => {
                line.push(&part[..from], style);
                line.push(&part[from..to], style.patch(styles.found));
                line.push(&part[to..], style);
            }
            None => line.push(&part, style),
        }
    }
    line
}

/// Bytes of the first place that says `wanted` (lower case), whatever its case.
fn find(text: &str, wanted: &str) -> Option<(usize, usize)> {
    let mut lower = String::with_capacity(text.len());
    // Where each byte of the lower-case text comes from: letters may change their length.
    let mut origin = Vec::with_capacity(text.len() + 1);
    for (at, c) in text.char_indices() {
        for small in c.to_lowercase() {
            lower.push(small);
            origin.resize(lower.len(), (at, at + c.len_utf8()));
        }
    }
    let at = lower.find(wanted)?;
    let (from, _) = *origin.get(at)?;
    let (_, to) = *origin.get((at + wanted.len()).checked_sub(1)?)?;
    Some((from, to))
}

/// What is known of the item beside its text, most important first.
fn aside(scene: &Scene<'_>, room: usize, item: &ItemRecord) -> Strip {
    let mut aside = Strip::new();
    for (text, style) in asides(scene, item) {
        let part = Strip::of(&text, style);
        if aside.is_empty() {
            aside = part;
        } else if aside.width() + 2 + part.width() < room {
            aside = aside.space(2);
            aside.append(part);
        } else {
            // What is cut to a few letters says nothing.
            let rest = room.saturating_sub(aside.width() + 3);
            if rest >= LEGIBLE {
                aside = aside.space(2);
                aside.append(part.cut(rest));
            }
            break;
        }
    }
    if aside.is_empty() { aside } else { aside.cut(room.saturating_sub(1)).space(1) }
}

fn asides(scene: &Scene<'_>, item: &ItemRecord) -> Vec<(String, Style)> {
    let (state, styles, now) = (scene.state, scene.styles, scene.now);
    let mut parts = Vec::new();
    if let Some(pending) = state.pending_on(item.row.id) {
        let span = now.since(&pending.since).as_secs();
        let slow = if span >= 2 { format!(" {span}s") } else { String::new() };
        parts.push((format!("recording…{slow}"), styles.warning));
    }
    if item.state.is_open() {
        for Aside { mood, words } in state.asides(item.row.id, now) {
            parts.push((words, words::mood(scene, mood)));
        }
    }
    for number in &item.issues {
        let resolved = state.issue(*number).is_some_and(|issue| issue.resolved.is_some());
        let (done, style) = if resolved { (" resolved", styles.muted) } else { ("", styles.bad) };
        parts.push((format!("{} issue {number}{done}", scene.glyphs.arrow), style));
    }
    if let Some(reason) = &item.reason
        && item.state != ItemState::Open
    {
        let word = words::item_word(item.state);
        let style = if item.state == ItemState::Failed { styles.bad } else { styles.muted };
        parts.push((format!("{word}: {}", text::clean(reason)), style));
    }
    if item.state == ItemState::Started
        && let Some(began) = item.started
    {
        let span = (now.wall - began.wall).to_std().unwrap_or_default();
        parts.push((format!("running {}", text::clock(span)), styles.accent));
    }
    parts.extend(fields(scene, item));
    if item.added {
        parts.push(("added in the run".to_owned(), styles.warning));
    }
    if let Some(doer) = &item.done_by {
        parts.push((format!("by {}", text::clean(doer)), styles.muted));
    }
    if let Some(time) = &item.claimed {
        parts.push((format!("stated {}", text::clean(time)), styles.muted));
    }
    if item.state == ItemState::Done && item.act.is_none() {
        parts.push(("ticked in the file".to_owned(), styles.muted));
    }
    for (count, one, many) in [(item.notes.len(), "note", "notes"), (item.attachments.len(), "file", "files")]
    {
        if count > 0 {
            parts.push((text::plural(count, one, many), styles.muted));
        }
    }
    parts
}

/// Values of the blanks that are filled; how many of several are not.
fn fields(scene: &Scene<'_>, item: &ItemRecord) -> Option<(String, Style)> {
    let all = item.row.fields.len();
    if all == 0 || item.fields.is_empty() || item.in_place(head(&item.row.text)) {
        return None;
    }
    let values: Vec<String> = item
        .fields
        .iter()
        .map(|(number, value)| {
            let label = item.row.fields.get(*number as usize).map_or("", |field| field.label.as_str());
            let value = text::clean(&value.value);
            if all == 1 || label.is_empty() {
                value.into_owned()
            } else {
                format!("{}: {value}", text::clean(label))
            }
        })
        .collect();
    let empty = match all.saturating_sub(values.len()) {
        0 => String::new(),
        empty => format!(", {empty} empty"),
    };
    Some((format!("= {}{empty}", values.join(", ")), scene.styles.accent))
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn finds_whatever_the_case() {
        assert_eq!(find("Saved DNS changes", "dns"), Some((6, 9)));
        assert_eq!(find("Größe PRÜFEN", "prüfen"), Some((8, 15)));
        // U+0130 becomes two characters in lower case.
        assert_eq!(find("İstanbul ok", "ok"), Some((10, 12)));
        assert_eq!(find("abc", "x"), None);
    }
}
