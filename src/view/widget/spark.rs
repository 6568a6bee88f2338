//! Latency over time, a column a reading, failures marked.

use std::time::Duration;

use super::Strip;
use crate::state::live::Point;
use crate::theme::{Glyphs, Styles};

/// The newest readings in at most `columns`, newest at the right; `most` is the full height.
pub fn spark<'a>(
    points: impl DoubleEndedIterator<Item = &'a Point>,
    most: Duration,
    columns: usize,
    styles: &Styles,
    glyphs: &Glyphs,
) -> Strip {
    let mut newest: Vec<&Point> = points.rev().take(columns).collect();
    newest.reverse();
    let mut line = Strip::new();
    let mut at = 0;
    while at < newest.len() {
        let ok = newest[at].ok;
        let end = newest[at..].iter().position(|point| point.ok != ok).map_or(newest.len(), |run| at + run);
        let text: String = newest[at..end].iter().map(|point| glyph(point, most, glyphs)).collect();
        line.push(&text, if ok { styles.quiet } else { styles.bad });
        at = end;
    }
    line
}

fn glyph(point: &Point, most: Duration, glyphs: &Glyphs) -> &'static str {
    match point.latency {
        Some(latency) if point.ok => {
            let most = most.as_micros().max(1);
            let height = (latency.as_micros() * 7 / most).min(7);
            glyphs.spark[usize::try_from(height).unwrap_or(7)]
        }
        _ => glyphs.miss,
    }
}
