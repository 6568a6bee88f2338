//! States and times in the words and glyphs of the screen.

use std::time::Duration;

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

/// A planned duration in the largest unit in which it is whole numbers: `10 min`, `10–15 min`, `2–3 h`, `1–2 d`; where
/// columns are few, `10–15m`.
pub(super) fn planned(estimate: (Duration, Duration), close: bool) -> String {
    let (seconds, unit) = unit(estimate);
    let of = |span: Duration| span.as_secs().div_ceil(seconds);
    let unit = match (unit, close) {
        ("min", true) => "m".to_owned(),
        (unit, true) => unit.to_owned(),
        (unit, false) => format!(" {unit}"),
    };
    match (of(estimate.0), of(estimate.1)) {
        (least, most) if least == most => format!("{most}{unit}"),
        (least, most) => format!("{least}–{most}{unit}"),
    }
}

/// What was spent of a planned duration: `9 of 10 min`, `5h of 1–2 d`.
pub(super) fn spent_of(spent: Duration, estimate: (Duration, Duration), close: bool) -> String {
    let spent = match unit(estimate) {
        (seconds, "min") => (spent.as_secs() / seconds).to_string(),
        _ => text::short(spent),
    };
    format!("{spent} of {}", planned(estimate, close))
}

/// Seconds of the unit that a planned duration is told in, and its name.
fn unit((least, most): (Duration, Duration)) -> (u64, &'static str) {
    let whole = |(seconds, _): &(u64, &str)| {
        let all = [least, most].iter().all(|span| span.as_secs().is_multiple_of(*seconds));
        all && most.as_secs() >= 2 * seconds
    };
    [(86_400, "d"), (3_600, "h")].into_iter().find(whole).unwrap_or((60, "min"))
}

/// Bytes a second: `12.1 MB/s`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is not negative")]
pub(super) fn rate(rate: f64) -> String {
    format!("{}/s", text::size(rate.max(0.0) as u64))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::app::themes::morning;
    use crate::theme::{ASCII, Depth, Styles, Theme, UNICODE};

    #[test]
    fn without_colour_every_state_is_told_by_sign_and_word() {
        let (state, now) = morning((80, 24)).unwrap();
        let styles = Styles::new(&Theme::builtin().unwrap(), Depth::None);
        for glyphs in [UNICODE, ASCII] {
            let scene = Scene { state: &state, styles: &styles, glyphs: &glyphs, now: &now };
            let words: HashSet<String> = ProbeState::ALL.iter().map(ToString::to_string).collect();
            assert_eq!(words.len(), ProbeState::ALL.len(), "{words:?}");
            // Of what is well, what is not, what is not known and what is too old, no two share a sign either.
            let kinds: [&[ProbeState]; 4] = [
                &[ProbeState::Up, ProbeState::Finished],
                &[ProbeState::Down, ProbeState::Died],
                &[ProbeState::Unknown],
                &[ProbeState::Stale],
            ];
            for (at, kind) in kinds.iter().enumerate() {
                for other in kinds.iter().skip(at + 1) {
                    for (one, two) in kind.iter().flat_map(|one| other.iter().map(move |two| (*one, *two))) {
                        let (left, right) = (probe_glyph(&scene, one).0, probe_glyph(&scene, two).0);
                        assert_ne!(left, right, "{one} and {two}");
                    }
                }
            }
        }
    }

    #[test]
    fn without_colour_every_state_of_an_item_is_told_by_sign_and_word() {
        let (state, now) = morning((80, 24)).unwrap();
        let styles = Styles::new(&Theme::builtin().unwrap(), Depth::None);
        let all = ItemState::ALL;
        for glyphs in [UNICODE, ASCII] {
            let scene = Scene { state: &state, styles: &styles, glyphs: &glyphs, now: &now };
            let signs: HashSet<_> = all.iter().map(|state| item_glyph(&scene, *state).0).collect();
            let words: HashSet<_> = all.iter().map(|state| item_word(*state)).collect();
            assert_eq!((signs.len(), words.len()), (all.len(), all.len()));
        }
    }

    #[test]
    fn planned_durations_are_told_in_whole_units() {
        let of = |least, most, close| planned((Duration::from_mins(least), Duration::from_mins(most)), close);
        for (least, most, far, close) in [
            (10, 10, "10 min", "10m"),
            (10, 15, "10–15 min", "10–15m"),
            (60, 60, "60 min", "60m"),
            (60, 120, "1–2 h", "1–2h"),
            (90, 120, "90–120 min", "90–120m"),
            (2880, 4320, "2–3 d", "2–3d"),
        ] {
            assert_eq!((of(least, most, false).as_str(), of(least, most, true).as_str()), (far, close));
        }
        let spent = |mins, estimate: (u64, u64)| {
            spent_of(
                Duration::from_mins(mins),
                (Duration::from_mins(estimate.0), Duration::from_mins(estimate.1)),
                true,
            )
        };
        assert_eq!(spent(9, (10, 10)), "9 of 10m");
        assert_eq!(spent(927, (2880, 4320)), "15h of 2–3d");
    }
}
