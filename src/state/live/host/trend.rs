//! How fast a file system fills.

use std::collections::VecDeque;
use std::time::Duration;

/// The past that a trend is made of.
const WINDOW: Duration = Duration::from_mins(5);
/// Less of it tells nothing.
const LEAST: Duration = Duration::from_mins(1);
/// One point in so long.
const SPACING: Duration = Duration::from_secs(5);
/// After so long without one, what was before counts no more.
const GAP: Duration = Duration::from_mins(1);
/// What lies further ahead than this nobody can tell from minutes.
const HORIZON: Duration = Duration::from_hours(24);

/// Free bytes over the last minutes.
#[derive(Clone, Debug, Default)]
pub(super) struct Trend {
    points: VecDeque<(Duration, u64)>,
}

impl Trend {
    /// Free bytes at a moment, of so many in all.
    pub(super) fn add(&mut self, at: Duration, free: u64, total: u64) {
        if let Some((before, last)) = self.points.back().copied() {
            let apart = at.saturating_sub(before);
            // Somebody made room: what was before says nothing about what comes.
            let freed = free > last.saturating_add(total / 200);
            if at < before || apart > GAP || freed {
                self.points.clear();
            } else if apart < SPACING {
                return;
            }
        }
        self.points.push_back((at, free));
        while self.points.front().is_some_and(|(first, _)| at.saturating_sub(*first) > WINDOW) {
            self.points.pop_front();
        }
    }

    /// Bytes a second by which it fills; `None` if it does not, or if too little is known.
    pub(super) fn pace(&self) -> Option<f64> {
        let (first, start) = self.points.front()?;
        let (last, _) = self.points.back()?;
        if last.saturating_sub(*first) < LEAST {
            return None;
        }
        // Least squares, counted from the first point so that large numbers do not swallow small differences.
        let points = self.points.iter().map(|(at, free)| {
            let taken = *start as f64 - *free as f64;
            (at.saturating_sub(*first).as_secs_f64(), taken)
        });
        let count = self.points.len() as f64;
        let (x, y) = points.clone().fold((0.0, 0.0), |(x, y), (at, taken)| (x + at, y + taken));
        let (x, y) = (x / count, y / count);
        let (over, under) = points.fold((0.0, 0.0), |(over, under), (at, taken)| {
            (over + (at - x) * (taken - y), under + (at - x) * (at - x))
        });
        let pace = over / under;
        (pace.is_finite() && pace > 0.0).then_some(pace)
    }

    /// The time from the newest point until nothing is free; `None` if that lies beyond what can be told.
    pub(super) fn left(&self) -> Option<Duration> {
        let (_, free) = self.points.back()?;
        let left = Duration::try_from_secs_f64(*free as f64 / self.pace()?).ok()?;
        (left <= HORIZON).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: u64 = 1_000_000_000;

    /// Free bytes, a point in five seconds.
    fn trend(free: impl IntoIterator<Item = u64>) -> Trend {
        let mut trend = Trend::default();
        for (at, free) in (0..).zip(free) {
            trend.add(Duration::from_secs(1000 + at * 5), free, 1000 * GB);
        }
        trend
    }

    #[test]
    fn a_steady_fill_is_told_after_a_minute_and_not_before() {
        let falling = |points: u64| trend((0..points).map(|n| 100 * GB - n * 5 * GB / 10));
        assert_eq!(falling(12).left(), None, "55 seconds");
        let left = falling(13).left().unwrap();
        assert_eq!(left.as_secs(), 940, "94 GB at 0.1 GB/s");
        assert_eq!(falling(0).left(), None);
    }

    #[test]
    fn what_does_not_fill_has_no_end() {
        assert_eq!(trend([50 * GB; 20]).left(), None);
        assert_eq!(trend((0..20).map(|n| 50 * GB + n)).left(), None, "it grows");
        assert_eq!(trend((0..20).map(|n| u64::MAX - n)).left(), None, "in ages");
        assert_eq!(trend((0..20).map(|n| 900 * GB - n * 1000)).left(), None, "beyond the horizon");
    }

    #[test]
    fn room_that_was_made_begins_anew() {
        let filled = (0..20).map(|n| 100 * GB - n * GB);
        let freed = trend(filled.clone().chain([400 * GB]));
        assert_eq!(freed.pace(), None);
        let noise = trend(filled.chain([82 * GB]));
        assert!(noise.left().is_some(), "a little more is noise");
    }

    #[test]
    fn a_silence_begins_anew_and_the_window_is_bounded() {
        let mut trend = trend((0..200).map(|n| 1000 * GB - n * GB));
        assert!(trend.points.len() <= 61, "{}", trend.points.len());
        let last = trend.points.back().unwrap().0;
        trend.add(last + Duration::from_secs(61), 1, 1000 * GB);
        assert_eq!(trend.points.len(), 1);
        trend.add(Duration::ZERO, 1, 1000 * GB);
        assert_eq!(trend.points.len(), 1, "a clock that falls");
    }
}
