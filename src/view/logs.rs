//! The log pane: lines as they come or as they are held, rules between them, and what is hidden, at the bottom.

mod line;
mod rows;
mod said;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::widget::{Border, Strip, pane};
use super::{Scene, words};
use crate::state::Pane;
use crate::state::live::Probed;
use crate::state::logs::Spot;

pub(super) use line::{fold, level_style, level_word};
pub(super) use said::{per_minute, rate, since, summary, turn};

/// Rows that the pane would like to have: the logs take what is left besides.
const WANTED: usize = 7;
/// Logs in trouble that get a row of their own.
const TROUBLES: usize = 2;

/// Rows that the pane would like to have.
pub(super) fn wanted(_scene: &Scene<'_>) -> usize {
    WANTED
}

/// Draws the pane; gives its first line and how many it had room for.
pub(super) fn paint(
    scene: &Scene<'_>,
    buf: &mut Buffer,
    area: Rect,
    border: Border,
) -> Option<(Option<Spot>, usize)> {
    let mut title = scene.title(Pane::Logs, "");
    let said = said::title(scene);
    if !said.is_empty() {
        title = title.space(3);
        title.append(said);
    }
    let inner = pane(scene, buf, area, border, title, scene.focused(Pane::Logs));
    if inner.height == 0 || inner.width < 12 {
        return None;
    }
    let lens = scene.state.log_lens();
    let mut below = troubles(scene);
    below.extend(said::status(scene, &lens));
    // At least half of the pane is lines.
    below.truncate(usize::from(inner.height) / 2);
    let below_rows = u16::try_from(below.len()).unwrap_or(0);
    let lines = Rect { height: inner.height - below_rows, ..inner };
    let lines = unrecorded(scene, buf, lines);
    let shown = rows::window(scene, &lens, usize::from(lines.width), usize::from(lines.height));
    if shown.rows.iter().all(|row| row.spot.is_none()) && scene.state.ui.replay.is_none() {
        let rules = u16::try_from(shown.rows.len()).unwrap_or(u16::MAX).min(lines.height);
        empty(scene, buf, Rect { y: lines.y + rules, height: lines.height - rules, ..lines });
    }
    let cursor = scene.state.ui.logs.cursor;
    for (row, y) in shown.rows.into_iter().zip(lines.y..lines.bottom()) {
        let place = Rect { y, height: 1, ..lines };
        row.strip.cut(usize::from(lines.width)).paint(buf, place);
        if row.spot.is_some_and(|spot| scene.state.ui.logs.selects(spot)) {
            buf.set_style(place, scene.styles.marked);
        }
        if cursor.is_some() && row.spot == cursor {
            buf.set_style(place, scene.cursor_style(Pane::Logs));
        }
    }
    for (strip, y) in below.into_iter().zip(lines.bottom()..inner.bottom()) {
        strip.cut(usize::from(inner.width)).paint(buf, Rect { y, height: 1, ..inner });
    }
    Some((shown.top, shown.lines))
}

/// The logs that cannot be read or have fallen silent, a row each.
fn troubles(scene: &Scene<'_>) -> Vec<Strip> {
    use crate::sample::ProbeState::{Down, Silent};
    let logs = scene.shown().0.logs.iter().filter(|log| matches!(log.state(), Down | Silent));
    let row = |log: &crate::state::live::Log| {
        let (glyph, style) = words::probe_glyph(scene, log.state());
        let why = if log.state() == Silent {
            let quiet = log.quiet(scene.shown().1).unwrap_or_default();
            format!("silent: no line for {}", crate::text::age(quiet))
        } else {
            log.saw()
        };
        Strip::of(&format!("{glyph} {}  ", log.settings.name), style).with(&why, scene.styles.text)
    };
    logs.take(TROUBLES).map(row).collect()
}

/// Says in a watched run why there is no line; gives what is left for what stands between lines.
fn unrecorded(scene: &Scene<'_>, buf: &mut Buffer, area: Rect) -> Rect {
    if scene.state.ui.replay.is_none() {
        return area;
    }
    let words = "lines are not recorded, their counts are";
    let wrapped = crate::text::wrap(words, usize::from(area.width));
    for (line, y) in wrapped.iter().zip(area.y..area.bottom()) {
        Strip::of(line, scene.styles.muted).paint(buf, Rect { y, height: 1, ..area });
    }
    let rows = u16::try_from(wrapped.len()).unwrap_or(u16::MAX).min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

/// Why there is no line.
fn empty(scene: &Scene<'_>, buf: &mut Buffer, area: Rect) {
    let tally = scene.state.log_lens().tally();
    let text = if scene.state.log_progress().is_some() && tally.hidden < tally.lines {
        "looking for lines that pass the filters…".to_owned()
    } else if tally.hidden > 0 {
        format!("all {} lines are hidden: F lists what hides them", crate::text::grouped(tally.hidden))
    } else if scene.state.ui.logs.is_cleared() {
        "cleared: no line since; F brings the lines back".to_owned()
    } else {
        let unread = |log: &crate::state::live::Log| log.state() == crate::sample::ProbeState::Unknown;
        let none = scene.shown().0.logs.iter().all(unread);
        if none { "not read yet" } else { "no line yet: what is written from now on comes here" }.to_owned()
    };
    for (line, y) in crate::text::wrap(&text, usize::from(area.width)).iter().zip(area.y..area.bottom()) {
        Strip::of(line, scene.styles.muted).paint(buf, Rect { y, height: 1, ..area });
    }
}
