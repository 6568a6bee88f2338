//! When it will be done, as a time of day, and whether that is in time.

use std::time::Duration;

use chrono::{DateTime, Utc};
use ratatui::style::Style;

use super::super::{Scene, words};
use crate::clock::Stamp;
use crate::state::live::{Fit, Forecast};

/// The end of the window, if the plan has one.
fn window(scene: &Scene<'_>) -> Option<DateTime<Utc>> {
    scene.state.plan.settings.window.map(|window| window.end.to_utc())
}

/// Whether the forecast fits the window, in words and colour: `fits, 34m to spare`, `12m too late`.
pub(in crate::view) fn fit(scene: &Scene<'_>, forecast: &Forecast) -> Option<(String, &'static str, Style)> {
    let styles = scene.styles;
    Some(match forecast.fits(window(scene)?) {
        Fit::Spare(spare) => (format!("fits, {} to spare", span(spare)), "", styles.good),
        Fit::Perhaps(late) => (format!("may be {} too late", span(late)), " tight", styles.warning),
        Fit::Late(late) => (format!("{} too late", span(late)), " late", styles.bad),
    })
}

/// The forecast: `06:56–07:01 (14–19m)`; in short its later end alone.
pub(in crate::view) fn eta(forecast: &Forecast, now: &Stamp, short: bool) -> String {
    if forecast.capped {
        return "> 99d".to_owned();
    }
    let (least, most) = (moment(forecast.least, now), moment(forecast.most, now));
    if short {
        return most;
    }
    let (soon, late) = forecast.left(now);
    let (soon, late) = (span(soon), span(late));
    let times = if least == most { most } else { format!("{least}–{most}") };
    let unit = |span: &str| span.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned();
    let spans = if soon == late {
        late
    } else if unit(&soon) == unit(&late) {
        format!("{}–{late}", soon.trim_end_matches(char::is_alphabetic))
    } else {
        format!("{soon}–{late}")
    };
    format!("{times} ({spans})")
}

/// A time of day, with the date if it is not today's.
fn moment(at: DateTime<Utc>, now: &Stamp) -> String {
    let (then, today) = (words::local(at, now), now.local());
    if then.date_naive() == today.date_naive() {
        then.format("%H:%M").to_string()
    } else {
        then.format("%-d %b %H:%M").to_string()
    }
}

/// A span in whole minutes, above an hour with hours: `40s`, `14m`, `2h05`, `3d`.
fn span(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..120 => format!("{seconds}s"),
        seconds @ 120..7200 => format!("{}m", seconds / 60),
        seconds @ 7200..172_800 => format!("{}h{:02}", seconds / 3600, seconds / 60 % 60),
        seconds => format!("{}d", seconds / 86_400),
    }
}

/// The short form for narrow rows, with the word that must not be missed.
pub(super) fn brief(scene: &Scene<'_>, forecast: &Forecast, now: &Stamp) -> (String, Style) {
    let time = eta(forecast, now, true);
    match fit(scene, forecast) {
        Some((_, word, style)) => {
            (format!("ETA {time}{word}"), if word.is_empty() { scene.styles.text } else { style })
        }
        None => (format!("ETA {time}"), scene.styles.text),
    }
}
