//! States and times in the words and glyphs of the screen.

use chrono::{DateTime, FixedOffset, Utc};
use ratatui::style::Style;

use super::Scene;
use crate::clock::{self, Stamp};
use crate::record::ItemState;
use crate::sample::{ProbeState, Side};
use crate::state::Pane;
use crate::state::control::Mood;
use crate::text;

/// An item's state as a glyph.
pub(super) fn item_glyph(scene: &Scene<'_>, state: ItemState) -> (&'static str, Style) {
    let (glyphs, styles) = (scene.glyphs, scene.styles);
    match state {
        ItemState::Open => (glyphs.open, styles.text),
        ItemState::Started => (glyphs.started, styles.accent),
        ItemState::Done => (glyphs.done, styles.done),
        ItemState::Failed => (glyphs.failed, styles.failed),
        ItemState::Skipped => (glyphs.skipped, styles.skipped),
        ItemState::NotApplicable => (glyphs.not_applicable, styles.skipped),
        ItemState::Deferred => (glyphs.deferred, styles.skipped),
    }
}

/// The style of what stands before an item.
pub(super) fn mood(scene: &Scene<'_>, mood: Mood) -> Style {
    let styles = scene.styles;
    match mood {
        Mood::Good => styles.good,
        Mood::Bad => styles.bad,
        Mood::Waiting => styles.warning,
        Mood::Unknown => styles.unknown,
        Mood::Plain => styles.muted,
    }
}

/// An item's state as a word.
pub(super) fn item_word(state: ItemState) -> &'static str {
    match state {
        ItemState::Open => "open",
        ItemState::Started => "started",
        ItemState::Done => "done",
        ItemState::Failed => "failed",
        ItemState::Skipped => "skipped",
        ItemState::NotApplicable => "n/a",
        ItemState::Deferred => "deferred",
    }
}

/// A probe's state as a glyph.
pub(super) fn probe_glyph(scene: &Scene<'_>, state: ProbeState) -> (&'static str, Style) {
    let (glyphs, styles) = (scene.glyphs, scene.styles);
    match state {
        ProbeState::Unknown => (glyphs.unknown, styles.unknown),
        ProbeState::Up => (glyphs.up, styles.good),
        ProbeState::Pending | ProbeState::FinishedWithErrors => (glyphs.warning, styles.warning),
        ProbeState::Down => (glyphs.down, styles.bad),
        ProbeState::Flapping => (glyphs.flapping, styles.warning),
        ProbeState::Stale => (glyphs.stale, styles.stale),
        ProbeState::ExpectedDown => (glyphs.expected, styles.expected),
        ProbeState::Maintenance => (glyphs.maintenance, styles.expected),
        ProbeState::Scanning | ProbeState::Running => (glyphs.started, styles.accent),
        ProbeState::Stalled | ProbeState::Silent => (glyphs.stale, styles.warning),
        ProbeState::Finished => (glyphs.done, styles.good),
        ProbeState::Died => (glyphs.failed, styles.bad),
    }
}

/// A probe's state as a word: a comparison is no service that could be down.
pub(super) fn probe_word(pane: Pane, state: ProbeState) -> String {
    match (pane, state) {
        (Pane::Copy, ProbeState::Down) => "off".to_owned(),
        (Pane::Copy, ProbeState::FinishedWithErrors) => "finished with errors".to_owned(),
        _ => state.to_string(),
    }
}

/// The style of a side's name.
pub(super) fn side_style(scene: &Scene<'_>, side: Option<Side>) -> Style {
    match side {
        Some(Side::Old) => scene.styles.old,
        Some(Side::New) => scene.styles.new,
        Some(Side::Live) => scene.styles.live,
        None => scene.styles.text,
    }
}

/// A moment in the present local time of the screen.
pub(super) fn local(at: DateTime<Utc>, now: &Stamp) -> DateTime<FixedOffset> {
    clock::local(at, now.offset)
}

/// A moment in eight columns: the time, or the date if it was not today.
pub(super) fn moment(at: DateTime<Utc>, now: &Stamp) -> String {
    let (then, today) = (local(at, now), now.local());
    if then.date_naive() == today.date_naive() {
        then.format("%H:%M:%S").to_string()
    } else {
        format!("{:>8}", then.format("%-d %b"))
    }
}

/// A moment in full: date, local time so many seconds east of UTC, and UTC.
pub(super) fn whole_moment(at: DateTime<Utc>, offset: i32) -> String {
    let there = clock::local(at, offset);
    if offset == 0 {
        return at.format("%Y-%m-%d %H:%M:%SZ").to_string();
    }
    format!("{} ({})", there.format("%Y-%m-%d %H:%M:%S %:z"), at.format("%H:%M:%SZ"))
}

/// Whole minutes of a plan: `10`, `10–15`.
pub(super) fn minutes(estimate: (std::time::Duration, std::time::Duration)) -> String {
    let of = |span: std::time::Duration| span.as_secs().div_ceil(60);
    match (of(estimate.0), of(estimate.1)) {
        (least, most) if least == most => most.to_string(),
        (least, most) => format!("{least}–{most}"),
    }
}

/// Bytes a second: `12.1 MB/s`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is not negative")]
pub(super) fn rate(rate: f64) -> String {
    format!("{}/s", text::size(rate.max(0.0) as u64))
}
