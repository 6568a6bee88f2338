//! How fast a number grows, from what was said of it and when.
//!
//! Time is that of the words: our own monotonic clock when they come, the log's own when history is replayed. What
//! does not count: the first seconds, the time in which the tool held itself back, and the step in which a counter
//! fell, because a restart made it begin anew: that is a new baseline, never a negative rate.

use std::collections::VecDeque;
use std::time::Duration;

use crate::clock::Stamp;

/// The first seconds of a copy say nothing of the others.
const WARM_UP: f64 = 5.0;
/// The span of the present rate.
const RECENT: f64 = 10.0;
/// Rates are smoothed, twice, with this time constant.
const SMOOTH: f64 = 30.0;
/// Words kept for the present rate; a tool may say hundreds a second.
const POINTS: usize = 256;
/// No forecast reaches further.
pub const FARTHEST: Duration = Duration::from_hours(99 * 24);

/// A number's pace.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    /// Since the last baseline; the oldest is the last one before the present rate's span.
    points: VecDeque<(Stamp, f64)>,
    /// When the last baseline was laid.
    baseline: Option<Stamp>,
    throttled: bool,
    moved: f64,
    over: f64,
    smooth: Smooth,
}

/// An average that weighs the past less the longer it is gone, twice over, without a bias to its first value.
#[derive(Clone, Copy, Debug, Default)]
struct Smooth {
    once: f64,
    twice: f64,
    /// The weight of all that was taken in, 0 to 1.
    weight: f64,
}

impl Smooth {
    fn take(&mut self, rate: f64, span: f64) {
        let keep = (-span / SMOOTH).exp();
        self.once = self.once * keep + rate * (1.0 - keep);
        self.weight = self.weight * keep + (1.0 - keep);
        if self.weight > 0.0 {
            self.twice = self.twice * keep + self.once / self.weight * (1.0 - keep);
        }
    }

    fn rate(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.twice / self.weight)
    }
}

/// Seconds from one moment to a later one.
fn seconds(from: &Stamp, to: &Stamp) -> f64 {
    let mono = to.mono.saturating_sub(from.mono);
    if !mono.is_zero() {
        return mono.as_secs_f64();
    }
    // History from before the boot has no monotonic time.
    (to.wall - from.wall).to_std().map_or(0.0, |span| span.as_secs_f64())
}

impl Pace {
    /// Takes in how much is done at a moment.
    pub(super) fn take(&mut self, at: &Stamp, done: f64, throttled: bool) {
        let counts = !throttled && !self.throttled;
        self.throttled = throttled;
        let Some((last, before)) = self.points.back().copied() else {
            self.lay(at, done);
            return;
        };
        let span = seconds(&last, at);
        if done < before {
            self.smooth = Smooth::default();
            self.lay(at, done);
            return;
        }
        if span <= 0.0 {
            // Said in the same breath.
            if let Some(point) = self.points.back_mut() {
                point.1 = done;
            }
            return;
        }
        let begun = self.baseline.as_ref().map_or(0.0, |baseline| seconds(baseline, at));
        if !counts || (begun < WARM_UP && span < WARM_UP) {
            self.points.clear();
            self.points.push_back((*at, done));
            return;
        }
        self.moved += done - before;
        self.over += span;
        self.smooth.take((done - before) / span, span);
        if self.points.len() == POINTS {
            // The span keeps its ends; what lies between them is told by them.
            self.points.remove(POINTS / 2);
        }
        self.points.push_back((*at, done));
        while self.points.get(1).is_some_and(|(second, _)| seconds(second, at) >= RECENT) {
            self.points.pop_front();
        }
    }

    fn lay(&mut self, at: &Stamp, done: f64) {
        self.points.clear();
        self.points.push_back((*at, done));
        self.baseline = Some(*at);
    }

    /// Units a second over the last ten seconds, or between the last two words if they lie further apart.
    #[must_use]
    pub fn recent(&self) -> Option<f64> {
        let ((first, from), (last, to)) = (self.points.front()?, self.points.back()?);
        let span = seconds(first, last);
        (span > 0.0).then(|| (to - from) / span)
    }

    /// Units a second over the whole run, as far as it was watched.
    #[must_use]
    pub fn whole(&self) -> Option<f64> {
        (self.over > 0.0).then(|| self.moved / self.over)
    }

    /// The time that so much more takes: the least and the most, by the present pace and by the whole run's.
    #[must_use]
    pub(super) fn left(&self, more: f64) -> Option<(Duration, Duration)> {
        let by = |rate: Option<f64>| rate.filter(|rate| *rate > 0.0).map(|rate| capped(more / rate));
        // Without a present pace the whole run's proves nothing.
        let now = by(self.smooth.rate())?;
        let all = by(self.whole()).unwrap_or(now);
        Some((now.min(all), now.max(all)))
    }
}

/// A span of so many seconds, of any size.
fn capped(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(FARTHEST).min(FARTHEST)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::{Clock, ManualClock};

    fn clock() -> ManualClock {
        ManualClock::new(chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000))
    }

    /// A pace of so much a second for so long, a word each second.
    fn steady(pace: &mut Pace, clock: &ManualClock, from: f64, rate: f64, seconds: u32) -> f64 {
        let mut done = from;
        for _ in 0..seconds {
            clock.advance(Duration::from_secs(1));
            done += rate;
            pace.take(&clock.now(), done, false);
        }
        done
    }

    #[expect(clippy::cast_possible_truncation, reason = "test numbers are small")]
    fn whole(rate: Option<f64>) -> Option<i64> {
        rate.map(|rate| rate.round() as i64)
    }

    #[test]
    fn the_first_seconds_do_not_count() {
        let (clock, mut pace) = (clock(), Pace::default());
        pace.take(&clock.now(), 0.0, false);
        let done = steady(&mut pace, &clock, 0.0, 1000.0, 4);
        assert_eq!((pace.recent(), pace.whole(), pace.left(1.0)), (None, None, None));
        let done = steady(&mut pace, &clock, done, 10.0, 3);
        assert_eq!((whole(pace.recent()), whole(pace.whole())), (Some(10), Some(10)));
        assert_eq!(pace.left(600.0), Some((Duration::from_mins(1), Duration::from_mins(1))));
        // Two paces: the present one, and that of the whole run.
        let _done = steady(&mut pace, &clock, done, 20.0, 100);
        assert_eq!(whole(pace.recent()), Some(20));
        let (least, most) = pace.left(6000.0).unwrap();
        assert!(
            least < most && least >= Duration::from_mins(5) && most < Duration::from_mins(6),
            "{least:?} {most:?}"
        );
    }

    #[test]
    fn a_counter_that_begins_anew_is_a_new_baseline() {
        let (clock, mut pace) = (clock(), Pace::default());
        let _done = steady(&mut pace, &clock, 0.0, 10.0, 30);
        clock.advance(Duration::from_secs(1));
        pace.take(&clock.now(), 0.0, false);
        assert_eq!(pace.recent(), None);
        assert_eq!(whole(pace.whole()), Some(10), "what was copied was copied");
        let _done = steady(&mut pace, &clock, 0.0, 10.0, 30);
        assert_eq!((whole(pace.recent()), whole(pace.whole())), (Some(10), Some(10)));
    }

    #[test]
    fn time_in_which_the_tool_holds_itself_back_does_not_count() {
        let (clock, mut pace) = (clock(), Pace::default());
        let done = steady(&mut pace, &clock, 0.0, 10.0, 30);
        for _ in 0..60 {
            clock.advance(Duration::from_secs(1));
            pace.take(&clock.now(), done, true);
        }
        let _done = steady(&mut pace, &clock, done, 10.0, 10);
        assert_eq!((whole(pace.recent()), whole(pace.whole())), (Some(10), Some(10)));
    }

    #[test]
    fn suspended_time_does_not_count_and_two_minutes_between_words_are_no_warm_up() {
        let (clock, mut pace) = (clock(), Pace::default());
        pace.take(&clock.now(), 0.0, false);
        clock.advance(Duration::from_mins(2));
        pace.take(&clock.now(), 1200.0, false);
        assert_eq!(whole(pace.recent()), Some(10));
        clock.advance(Duration::from_mins(1));
        clock.suspend(Duration::from_hours(8));
        clock.advance(Duration::from_mins(1));
        pace.take(&clock.now(), 2400.0, false);
        assert_eq!((whole(pace.recent()), whole(pace.whole())), (Some(10), Some(10)));
    }

    #[test]
    fn history_from_before_the_boot_has_its_own_time() {
        let mut pace = Pace::default();
        let at = |minute: i64| Stamp {
            wall: chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(minute),
            offset: 0,
            mono: Duration::ZERO,
            boot: Duration::ZERO,
        };
        for (minute, done) in [(0, 0.0), (1, 600.0), (2, 1200.0), (3, 1800.0)] {
            pace.take(&at(minute), done, false);
        }
        assert_eq!((whole(pace.recent()), whole(pace.whole())), (Some(10), Some(10)));
    }

    #[test]
    fn a_pace_that_ends_has_no_time_left() {
        let (clock, mut pace) = (clock(), Pace::default());
        pace.take(&clock.now(), 5.0, false);
        for _ in 0..20 {
            clock.advance(Duration::from_secs(5));
            pace.take(&clock.now(), 5.0, false);
        }
        assert_eq!((pace.recent(), pace.left(1.0)), (Some(0.0), None));
    }

    proptest! {
        #[test]
        fn any_numbers_at_any_times_are_survived(
            steps in prop::collection::vec((any::<u64>(), 0u64..1_000_000, any::<bool>(), 0u8..20), 0..60),
            more in any::<u64>(),
        ) {
            let (clock, mut pace) = (clock(), Pace::default());
            for (done, ms, far, throttled) in steps {
                clock.advance(Duration::from_millis(if far { ms * 1000 } else { ms }));
                #[expect(clippy::cast_precision_loss, reason = "as in the code")]
                pace.take(&clock.now(), done as f64, throttled == 0);
                for rate in [pace.recent(), pace.whole()].into_iter().flatten() {
                    prop_assert!(rate.is_finite() && rate >= 0.0, "{rate}");
                }
                #[expect(clippy::cast_precision_loss, reason = "as in the code")]
                if let Some((least, most)) = pace.left(more as f64) {
                    prop_assert!(least <= most && most <= FARTHEST);
                }
                prop_assert!(pace.points.len() <= POINTS);
            }
        }
    }
}
