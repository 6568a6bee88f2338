//! The line of a watched run: where one looks, and how time goes on.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Scene;
use super::widget::Strip;
use crate::state::replay::{Pace, Replay};
use crate::text;

/// Columns that the ruler needs to be worth drawing.
const RULER: usize = 12;
/// Columns between the two sides of a line.
const GAP: usize = 2;

/// Draws where one looks, over the newest events.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, replay: &Replay) {
    let styles = scene.styles;
    if let Some(trouble) = &replay.trouble {
        let line = Strip::new().space(1).with(&format!("! {}", text::clean(trouble)), styles.warning);
        line.cut(usize::from(area.width)).paint(buf, area);
        return;
    }
    let pace = match replay.pace {
        Pace::Following if replay.cut_off => "the end, cut off".to_owned(),
        Pace::Following if replay.ended => "the end".to_owned(),
        Pace::Following => "following".to_owned(),
        Pace::Paused => "standing still".to_owned(),
        Pace::Playing(1) => "playing".to_owned(),
        Pace::Playing(speed) => format!("playing {speed} times as fast"),
    };
    let style = if replay.pace == Pace::Following && !replay.cut_off { styles.good } else { styles.warning };
    let day = replay.at.date_naive() != replay.from.date_naive();
    let moment = replay.at.format(if day { "%Y-%m-%d %H:%M:%SZ" } else { "%H:%M:%SZ" }).to_string();
    let left = Strip::new()
        .space(1)
        .with("WATCHING ", styles.accent)
        .with(&pace, style)
        .space(2)
        .with(&moment, styles.emphasis)
        .space(1);
    let exceptions = match replay.marks.len() {
        0 => "no exceptions".to_owned(),
        all => format!("exception {} of {all}", replay.passed),
    };
    let right = Strip::of(&format!("act {} of {}", replay.acts.1, replay.acts.0), styles.text)
        .with(&format!(" · {exceptions} "), styles.muted);
    let width = usize::from(area.width);
    let room = width.saturating_sub(left.width() + right.width() + GAP);
    let mut line = left;
    if room >= RULER {
        line.append(ruler(scene, replay, room));
    }
    line.beside(right, width).paint(buf, area);
}

/// The run from its first line to its end, with its exceptions and where one looks.
fn ruler(scene: &Scene<'_>, replay: &Replay, columns: usize) -> Strip {
    let whole = (replay.to - replay.from).num_milliseconds().max(1);
    let column = |at: chrono::DateTime<chrono::Utc>| {
        let past = (at - replay.from).num_milliseconds().clamp(0, whole);
        let scaled = i128::from(past) * (columns as i128 - 1) / i128::from(whole);
        usize::try_from(scaled).unwrap_or(0)
    };
    let here = column(replay.at);
    let marks: Vec<usize> = replay.marks.iter().map(|mark| column(mark.at)).collect();
    let mut line = Strip::new();
    for at in 0..columns {
        let (sign, style) = if at == here {
            (scene.glyphs.dot, scene.styles.emphasis)
        } else if marks.contains(&at) {
            ("!", scene.styles.warning)
        } else {
            (
                scene.glyphs.border.horizontal_top,
                if at < here { scene.styles.text } else { scene.styles.muted },
            )
        };
        line.push(sign, style);
    }
    line
}
