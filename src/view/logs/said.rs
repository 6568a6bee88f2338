//! The logs in few words: rates, what is new, what is hidden.

use super::super::widget::Strip;
use super::super::{Scene, words};
use crate::clock::Stamp;
use crate::sample::ProbeState;
use crate::sample::log::Turn;
use crate::state::live::log::{Marks, Rate};
use crate::state::live::{Log, Probed};
use crate::state::logs::Lens;
use crate::text;

/// What each log that has something to say says: trouble, errors, new shapes.
pub(super) fn title(scene: &Scene<'_>) -> Strip {
    let (live, now) = scene.shown();
    let mut title = Strip::new();
    let last = live.logs.iter().rposition(|log| log.new > 0);
    for (at, log) in live.logs.iter().enumerate() {
        let mut said = of(scene, log, now);
        if last == Some(at) {
            said.push(&format!(" since {}", since(&log.marks, now)), scene.styles.muted);
        }
        if said.is_empty() {
            continue;
        }
        if !title.is_empty() {
            title = title.space(3);
        }
        title.push(&log.settings.name, scene.styles.text);
        title.append(said);
    }
    title
}

/// The pane in one line.
pub(in crate::view) fn summary(scene: &Scene<'_>) -> Strip {
    let logs = &scene.shown().0.logs;
    let mut whole = Strip::new();
    for state in ProbeState::ALL {
        let count = logs.iter().filter(|log| log.state() == state).count();
        if count == 0 {
            continue;
        }
        if !whole.is_empty() {
            whole.push(" · ", scene.styles.muted);
        }
        let (glyph, style) = words::probe_glyph(scene, state);
        whole.push(&format!("{glyph} {count} {}", word(state)), style);
    }
    let said = title(scene);
    let read = logs.iter().any(|log| log.state() != ProbeState::Unknown);
    if read && !said.is_empty() {
        whole.push(" · ", scene.styles.muted);
        whole.append(said);
    }
    whole
}

/// The word for a log's state.
fn word(state: ProbeState) -> String {
    match state {
        ProbeState::Unknown => "not read yet".to_owned(),
        _ => state.to_string(),
    }
}

/// What one log has to say.
fn of(scene: &Scene<'_>, log: &Log, now: &Stamp) -> Strip {
    let styles = scene.styles;
    let mut said = Strip::new();
    if log.state() != ProbeState::Up {
        let (glyph, style) = words::probe_glyph(scene, log.state());
        said.push(&format!(" {glyph} {}", word(log.state())), style);
    }
    let errors = log.rates.errors(now.boot);
    if errors.count > 0 {
        said.push(&format!(" {}", rate(errors, " err")), styles.bad);
    }
    if log.new > 0 {
        said.push(&format!(" {} new", log.new), styles.warning);
    }
    said
}

/// A rate: ` err` makes it `3 err/min`; of a span too short for one, `2 err in 12s`.
pub(in crate::view) fn rate(rate: Rate, noun: &str) -> String {
    match per_minute(rate) {
        Some(number) => format!("{number}{noun}/min"),
        None => format!("{}{noun} in {}", text::grouped(rate.count), text::age(rate.span)),
    }
}

/// How many a minute: `0.2`, `14`, `12,000`; `None` if the span is too short to tell.
pub(in crate::view) fn per_minute(rate: Rate) -> Option<String> {
    let exact = rate.per_minute()?;
    Some(match exact {
        exact if exact > 0.0 && exact < 0.05 => "<0.1".to_owned(),
        exact if exact < 9.95 && exact.fract() > 0.04 => format!("{exact:.1}"),
        _ => {
            let millis = rate.span.as_millis().max(1);
            let count = (u128::from(rate.count) * 60_000 + millis / 2) / millis;
            text::grouped(u64::try_from(count).unwrap_or(u64::MAX))
        }
    })
}

/// From when on shapes are new.
pub(in crate::view) fn since(marks: &Marks, now: &Stamp) -> String {
    let at = words::local(marks.since(), now);
    let form = if at.date_naive() == now.local().date_naive() { "%H:%M" } else { "%-d %b %H:%M" };
    at.format(form).to_string()
}

/// What happened to a source, in one clause.
pub(in crate::view) fn turn(turn: &Turn) -> String {
    match turn {
        Turn::Rotated(file) => format!("{file} was rotated"),
        Turn::Truncated(file) => format!("{file} was cut back: read from its start"),
        Turn::Replaced(file) => format!("{file} was written anew: some lines may be missing"),
        Turn::Appeared(file) => format!("{file} appeared"),
        Turn::Vanished(file) => format!("{file} is gone"),
        Turn::Unreadable(why) => why.clone(),
        Turn::Restarted(why) => format!("started again: {why}"),
    }
}

/// What is hidden, searched, held: the row at the bottom, if there is any of it.
pub(super) fn status(scene: &Scene<'_>, lens: &Lens<'_>) -> Option<Strip> {
    let (state, styles) = (scene.state, scene.styles);
    let look = &state.ui.logs;
    let tally = lens.tally();
    let mut parts: Vec<(String, ratatui::style::Style)> = Vec::new();
    if look.paused() {
        let waiting = match state.log_waiting() {
            0 => String::new(),
            waiting => format!(", {} new", text::grouped(waiting)),
        };
        parts.push((format!("paused{waiting}"), styles.warning));
    }
    if let Some(percent) = state.log_progress() {
        parts.push((format!("scanning {percent} %"), styles.accent));
    }
    let (on, all) = (look.filters.iter().filter(|filter| filter.on).count(), look.filters.len());
    if all > 0 {
        let count = if on == all { all.to_string() } else { format!("{on} of {all} on") };
        parts.push((format!("filters {count}"), styles.accent));
    }
    if look.level > crate::sample::log::Level::None {
        parts.push((format!("level {}", look.level.name()), styles.accent));
    }
    if lens.filters {
        parts.push((format!("{} hidden", text::grouped(tally.hidden)), styles.text));
    }
    if let Some(search) = &look.search {
        let found = if tally.hits == 0 { "no match".to_owned() } else { text::grouped(tally.hits) };
        parts.push((format!("/{}/ {found}", text::truncate(search.source(), 24)), styles.found));
    }
    let shown = scene.shown().0.logs.len();
    if !look.chosen.is_empty() {
        parts.push((format!("{} of {shown} logs", lens.strands.len()), styles.text));
    }
    if look.is_cleared() {
        parts.push(("cleared".to_owned(), styles.text));
    }
    let dropped: u64 = lens.strands.iter().map(|strand| strand.log.dropped).sum();
    if dropped > 0 && !parts.is_empty() {
        parts.push((format!("{} came too fast to keep", text::grouped(dropped)), styles.muted));
    }
    if parts.is_empty() {
        return None;
    }
    let mut line = Strip::new();
    for (text, style) in parts {
        if !line.is_empty() {
            line.push(&format!(" {} ", scene.glyphs.separator), styles.muted);
        }
        line.push(&text, style);
    }
    Some(line)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn rates_are_honest_about_their_span() {
        let of = |count, seconds| rate(Rate { count, span: Duration::from_secs(seconds) }, " err");
        assert_eq!(of(2, 12), "2 err in 12s");
        assert_eq!(of(3, 60), "3 err/min");
        assert_eq!(of(1, 300), "0.2 err/min");
        assert_eq!(of(0, 300), "0 err/min");
        assert_eq!(of(1, 86_400), "<0.1 err/min");
        assert_eq!(of(90, 45), "90 err in 45s");
        assert_eq!(of(300, 150), "120 err/min");
        assert_eq!(of(200_000, 60), "200,000 err/min");
    }
}
