//! An item, whole: its text, what to run, what is known of it, and its story.

mod gate;
mod runs;
mod time;

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Scene, Strip, sheet, words};
use crate::checklist::ItemId;
use crate::clock;
use crate::record::{Act, Entry, ItemRecord, ItemState};
use crate::text;
use crate::view::widget::Sheet;

/// Columns of the labels at the left.
const LABEL: usize = 12;

/// Draws the sheet; gives the last line it may begin at.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, id: ItemId, scroll: usize) -> usize {
    let mut page = sheet(area);
    let title = Strip::of("Item", scene.styles.emphasis);
    let Some(item) = scene.state.item(id) else {
        page.text(0, "This item is no longer part of the record.", scene.styles.warning);
        return page.paint(scene, buf, area, title, scroll);
    };
    let title = title.with(&format!(" · {}", text::clean(&item.row.phase)), scene.styles.emphasis);
    page.text(0, &item.row.text, scene.styles.emphasis);
    page.gap();
    place(scene, &mut page, item);
    standing(scene, &mut page, item);
    people(scene, &mut page, id);
    gate::write(scene, &mut page, id);
    time::write(scene, &mut page, id);
    plan(scene, &mut page, id);
    runs::add(scene, &mut page, id);
    fields(scene, &mut page, item);
    story(scene, &mut page, item);
    page.paint(scene, buf, area, title, scroll)
}

/// A line with its label at the left.
pub(super) fn entry(scene: &Scene<'_>, page: &mut Sheet, label: &str, text: &str, style: Style) {
    let label = Strip::of(label, scene.styles.muted);
    page.hanging(label, LABEL, if text.is_empty() { "–" } else { text }, style);
}

fn place(scene: &Scene<'_>, page: &mut Sheet, item: &ItemRecord) {
    let text = scene.styles.text;
    entry(scene, page, "phase", &item.row.phase, text);
    if let Some(section) = &item.row.section {
        entry(scene, page, "section", section, text);
    }
    if let Some(parent) = item.row.parent.and_then(|parent| scene.state.item(parent)) {
        entry(scene, page, "under", &parent.row.text, text);
    }
    let mark = match (item.added, item.removed) {
        (true, _) => "added in the run".to_owned(),
        (_, true) => format!("line {}, no longer in the plan", item.row.line),
        _ => format!("line {} of {}", item.row.line, text::clean(&scene.state.record.plan.file)),
    };
    entry(scene, page, "plan", &mark, text);
}

/// Where it stands: state, who, when, why.
fn standing(scene: &Scene<'_>, page: &mut Sheet, item: &ItemRecord) {
    let styles = scene.styles;
    let (glyph, style) = words::item_glyph(scene, item.state);
    let mut state = format!("{glyph} {}", words::item_word(item.state));
    if item.state == ItemState::Done && item.act.is_none() {
        state.push_str(", ticked in the file");
    }
    if scene.state.pending_on(item.row.id).is_some() {
        state.push_str(" · recording…");
    }
    entry(scene, page, "state", &state, style);
    if let Some(act) = &item.act {
        entry(scene, page, "by", &who(act), styles.text);
        entry(scene, page, "at", &words::whole_moment(act.at.wall, act.at.offset), styles.text);
    }
    if let Some(began) = &item.started {
        let end = item
            .act
            .as_ref()
            .filter(|_| item.state != ItemState::Started)
            .map_or(scene.now.wall, |act| act.at.wall);
        let span = (end - began.wall).to_std().unwrap_or_default();
        let text = format!("{}, {}", words::whole_moment(began.wall, began.offset), text::clock(span));
        entry(scene, page, "started", &text, styles.text);
    }
    for (label, value) in
        [("reason", &item.reason), ("stated time", &item.claimed), ("done by", &item.done_by)]
    {
        if let Some(value) = value {
            entry(scene, page, label, value, styles.text);
        }
    }
}

/// Who must act, who has approved, who is still needed.
fn people(scene: &Scene<'_>, page: &mut Sheet, id: ItemId) {
    let lines = crate::state::people::sheet(scene.state, id, scene.now);
    if lines.is_empty() {
        return;
    }
    page.heading("People: who must act on it", scene.styles.accent);
    for (label, aside) in lines {
        entry(scene, page, &label, &aside.words, words::mood(scene, aside.mood));
    }
}

/// A person and the terminal they typed on.
fn who(act: &Act) -> String {
    let by = &act.by;
    match (&act.via.client, &act.via.tty) {
        (Some(client), _) => {
            let ambiguous = if client.ambiguous { ", ambiguous" } else { "" };
            format!("{by} (tmux client {}, {}{ambiguous})", client.tty, client.user)
        }
        (None, Some(tty)) => format!("{by} ({tty}, {}@{})", act.via.user, act.via.host),
        (None, None) => by.clone(),
    }
}

/// What the plan says beside the text: commands and detail.
fn plan(scene: &Scene<'_>, page: &mut Sheet, id: ItemId) {
    let styles = scene.styles;
    let Some(planned) = scene.state.planned_item(id) else { return };
    for (number, command) in planned.commands.iter().enumerate() {
        let several = planned.commands.len() > 1;
        let name = if several { format!("Command {}", number + 1) } else { "Command".to_owned() };
        let language = command.language.as_ref().map(|it| format!(" · {it}")).unwrap_or_default();
        let copy = if number == 0 { " · y copies, ! runs" } else { "" };
        page.heading(&format!("{name}{language} · line {}{copy}", command.line), styles.accent);
        page.code(2, &command.text, styles.text);
    }
    if !planned.detail.is_empty() {
        page.heading("Detail", styles.accent);
        for note in &planned.detail {
            page.text(2, &note.text, styles.text);
        }
    }
}

fn fields(scene: &Scene<'_>, page: &mut Sheet, item: &ItemRecord) {
    let styles = scene.styles;
    if item.row.fields.is_empty() {
        return;
    }
    page.heading("Blanks · e fills them", styles.accent);
    for (number, field) in (0u32..).zip(&item.row.fields) {
        let label =
            if field.label.is_empty() { format!("blank {}", number + 1) } else { field.label.clone() };
        let secret = if field.secret { " (secret)" } else { "" };
        match item.fields.get(&number) {
            Some(value) => {
                let when = words::local(value.act.at.wall, scene.now).format("%H:%M:%S");
                let text = format!("{label}{secret}: {}   {} {when}", value.value, value.act.by);
                page.text(2, &text, styles.text);
            }
            None => page.text(2, &format!("{label}{secret}: not filled"), styles.muted),
        }
    }
}

fn story(scene: &Scene<'_>, page: &mut Sheet, item: &ItemRecord) {
    let styles = scene.styles;
    if !item.issues.is_empty() {
        page.heading("Issues", styles.accent);
        for issue in item.issues.iter().filter_map(|number| scene.state.issue(*number)) {
            let style = if issue.resolved.is_some() { styles.text } else { styles.bad };
            let open = if issue.resolved.is_some() { "" } else { " (open)" };
            told(scene, page, &issue.opened, &format!("issue {}{open}: ", issue.number), style);
            if let Some(resolved) = &issue.resolved {
                told(scene, page, resolved, "resolved: ", styles.good);
            }
        }
    }
    if !item.notes.is_empty() {
        page.heading("Notes", styles.accent);
        item.notes.iter().for_each(|note| told(scene, page, note, "", styles.text));
    }
    if !item.attachments.is_empty() {
        page.heading("Attachments", styles.accent);
        for file in &item.attachments {
            let text = format!("{}, {} bytes", file.name, file.blob.bytes);
            told(scene, page, &Entry { act: file.act.clone(), text }, "", styles.text);
        }
    }
    if !item.evidence.is_empty() {
        page.heading("Evidence: what the probes showed at the act", styles.accent);
        for seen in &item.evidence {
            let (glyph, style) = words::probe_glyph(scene, seen.state);
            let age = match seen.age_ms {
                0 => String::new(),
                ms => format!(", {} old", text::short(Duration::from_millis(ms))),
            };
            let text = format!("{glyph} {} {}: {}{age}", seen.probe, seen.state, seen.saw);
            page.hanging(Strip::new(), 2, &text, style);
            for line in gate::beside(seen) {
                page.hanging(Strip::new().space(4), 4, &line, styles.muted);
            }
        }
    }
    if !item.history.is_empty() {
        page.heading("History", styles.accent);
        item.history.iter().for_each(|entry| told(scene, page, entry, "", styles.text));
    }
}

/// An entry with its time and author at the left.
fn told(scene: &Scene<'_>, page: &mut Sheet, entry: &Entry, before: &str, style: Style) {
    let when = clock::local(entry.act.at.wall, scene.now.offset);
    let when = if when.date_naive() == scene.now.local().date_naive() {
        when.format("%H:%M:%S").to_string()
    } else {
        when.format("%-d %b %H:%M").to_string()
    };
    let label = format!("  {when} {}", text::truncate(&text::clean(&entry.act.by), 14));
    let indent = text::width(&label) + 2;
    let label = Strip::of(&label, scene.styles.muted);
    page.hanging(label, indent, &format!("{before}{}", entry.text), style);
}
