//! Latency over time, a column a reading, failures marked.

use std::time::Duration;

use super::Strip;
use crate::state::live::Point;
use crate::theme::{Glyphs, Styles};

/// The latency that is drawn at full height: the longest, but no less than four times the shortest, so that a steady
/// answer is a low line.
#[must_use]
pub fn scale<'a>(points: impl Iterator<Item = &'a Point>) -> Duration {
    let (mut least, mut most) = (None::<Duration>, Duration::ZERO);
    for latency in points.filter(|point| point.ok).filter_map(|point| point.latency) {
        least = Some(least.map_or(latency, |least| least.min(latency)));
        most = most.max(latency);
    }
    most.max(least.unwrap_or_default() * 4)
}

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
        line.push(&text, if ok { styles.spark_good } else { styles.spark_bad });
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
        _ => glyphs.spark_miss,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, ManualClock};
    use crate::theme::{Depth, Theme, UNICODE};

    #[test]
    fn newest_at_the_right_and_misses_marked() {
        let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
        let point = |ms: u64| Point { at: clock.now(), latency: Some(Duration::from_millis(ms)), ok: ms > 0 };
        let points = [10, 10, 20, 0, 40, 80].map(point);
        let styles = Styles::new(&Theme::builtin().unwrap(), Depth::None);
        let most = scale(points.iter());
        assert_eq!(most, Duration::from_millis(80));
        assert_eq!(spark(points.iter(), most, 5, &styles, &UNICODE).plain(), "▁▂×▄█");
        let steady = [50, 52, 51].map(point);
        assert_eq!(spark(steady.iter(), scale(steady.iter()), 9, &styles, &UNICODE).plain(), "▂▂▂");
    }
}
