//! How many lines of which level came when: by the second for a while, by the minute for a day.

use std::collections::VecDeque;
use std::time::Duration;

use crate::sample::log::Level;

/// Lines by level.
pub type Counts = [u64; Level::ALL.len()];

/// Seconds told apart.
const SECONDS: u64 = 15 * 60;
/// Minutes told apart beyond them.
const MINUTES: u64 = 24 * 60;
/// A rate a minute is stated for spans from here on; below, it would be a guess.
const LEAST: Duration = Duration::from_mins(1);

/// The counts of a log.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    began: Option<Duration>,
    seconds: VecDeque<Bucket>,
    minutes: VecDeque<Bucket>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    at: u64,
    counts: Counts,
}

/// So many in such a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// In which span.
    pub span: Duration,
}

impl Rate {
    /// How many a minute; `None` if the span is too short to tell.
    #[must_use]
    pub fn per_minute(&self) -> Option<f64> {
        (self.span >= LEAST).then(|| self.count as f64 * 60.0 / self.span.as_secs_f64())
    }
}

/// Before and after a moment, over spans of equal length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Around {
    /// Before it.
    pub before: Rate,
    /// From it on.
    pub after: Rate,
}

/// How many of the counted lines are errors.
#[must_use]
pub fn errors(counts: &Counts) -> u64 {
    Level::ALL.iter().zip(counts).filter(|(level, _)| level.is_error()).map(|(_, count)| count).sum()
}

impl Rates {
    /// Counting begins; nothing is known of the time before.
    pub(super) fn begin(&mut self, at: Duration) {
        self.began.get_or_insert(at);
    }

    /// Counts lines that came at this moment, on the boot clock.
    pub(super) fn add(&mut self, at: Duration, counts: &Counts) {
        if counts.iter().all(|count| *count == 0) {
            return;
        }
        put(&mut self.seconds, at.as_secs(), counts);
        let newest = self.seconds.back().map_or(0, |bucket| bucket.at);
        // Whole minutes go over, so that a moment is counted in one of the two.
        let keep = newest.saturating_sub(SECONDS) / 60 * 60;
        while let Some(old) = self.seconds.pop_front_if(|bucket| bucket.at < keep) {
            put(&mut self.minutes, old.at / 60, &old.counts);
        }
        while self.minutes.pop_front_if(|bucket| bucket.at + MINUTES < newest / 60).is_some() {}
    }

    /// What came from one moment to before another.
    #[must_use]
    pub fn between(&self, from: Duration, to: Duration) -> Counts {
        let mut sum = Counts::default();
        let mut add = |buckets: &VecDeque<Bucket>, unit: u64| {
            let start = buckets.partition_point(|bucket| bucket.at < from.as_secs() / unit);
            let within = buckets.iter().skip(start).take_while(|bucket| bucket.at * unit < to.as_secs());
            for bucket in within {
                sum.iter_mut().zip(bucket.counts).for_each(|(sum, count)| *sum += count);
            }
        };
        add(&self.minutes, 60);
        add(&self.seconds, 1);
        sum
    }

    /// What came in the last `span` up to now, the second that runs included, and in how much of it anything was
    /// counted.
    #[must_use]
    pub fn last(&self, span: Duration, now: Duration) -> (Counts, Duration) {
        let Some(began) = self.began else { return (Counts::default(), Duration::ZERO) };
        let span = span.min(now.saturating_sub(began));
        let from = now.saturating_sub(span);
        (self.between(from, now + Duration::from_secs(1)), span)
    }

    /// Errors in the last minute.
    #[must_use]
    pub fn errors(&self, now: Duration) -> Rate {
        let (counts, span) = self.last(Duration::from_mins(1), now);
        Rate { count: errors(&counts), span }
    }

    /// Errors before and after a moment; `None` if nothing was counted before it, or nothing has been since.
    #[must_use]
    pub fn around(&self, mark: Duration, now: Duration) -> Option<Around> {
        let most = Duration::from_mins(MINUTES);
        let span = now.checked_sub(mark)?.min(mark.checked_sub(self.began?)?).min(most / 2);
        if span < Duration::from_secs(1) {
            return None;
        }
        let rate = |from, to| Rate { count: errors(&self.between(from, to)), span };
        Some(Around { before: rate(mark.saturating_sub(span), mark), after: rate(mark, mark + span) })
    }
}

fn put(buckets: &mut VecDeque<Bucket>, at: u64, counts: &Counts) {
    match buckets.back_mut() {
        // Time read from a clock that went back counts where the newest is.
        Some(last) if last.at >= at => {
            last.counts.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        _ => buckets.push_back(Bucket { at, counts: *counts }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn one_error() -> Counts {
        let mut counts = Counts::default();
        counts[Level::Error as usize] = 1;
        counts[Level::Info as usize] = 3;
        counts
    }

    /// An error every `every` seconds from 1000 on.
    fn steady(every: u64, until: u64) -> Rates {
        let mut rates = Rates::default();
        rates.begin(S(1000));
        for at in (1000..until).step_by(usize::try_from(every).unwrap()) {
            rates.add(S(at), &one_error());
        }
        rates
    }

    #[test]
    fn errors_of_the_last_minute() {
        let rates = steady(10, 1300);
        let rate = rates.errors(S(1299));
        assert_eq!((rate.count, rate.per_minute()), (6, Some(6.0)));
        assert_eq!(rates.errors(S(1400)).count, 0);
    }

    #[test]
    fn a_span_too_short_for_a_rate_is_said_to_be() {
        let rates = steady(1, 1010);
        let rate = rates.errors(S(1010));
        assert_eq!((rate.count, rate.span), (10, S(10)));
        assert_eq!(rate.per_minute(), None);
    }

    #[test]
    fn before_and_after_a_mark_over_equal_spans() {
        let mut rates = steady(60, 1600);
        for at in 1600..1720 {
            rates.add(S(at), &one_error());
        }
        let around = rates.around(S(1600), S(1720)).unwrap();
        assert_eq!(
            (around.before, around.after),
            (Rate { count: 2, span: S(120) }, Rate { count: 120, span: S(120) })
        );
        // The cockpit watched for ten seconds before this mark: no more is compared.
        let early = rates.around(S(1010), S(1720)).unwrap();
        assert_eq!((early.before.span, early.after.span), (S(10), S(10)));
        assert_eq!(rates.around(S(1000), S(1720)), None, "nothing is known of before");
        assert_eq!(rates.around(S(1720), S(1720)), None, "nothing is known of after");
    }

    #[test]
    fn nothing_is_lost_when_seconds_become_minutes() {
        let rates = steady(1, 1000 + 2 * 3600);
        let all = rates.between(S(0), S(100_000));
        assert_eq!(errors(&all), 2 * 3600);
        assert!(rates.seconds.len() <= 1000 && rates.minutes.len() <= 121);
        let hour = rates.between(S(1020), S(1020 + 3600));
        assert_eq!(errors(&hour), 3600);
    }

    #[test]
    fn a_quiet_log_takes_no_room_and_a_day_is_enough() {
        let mut rates = steady(1, 1001);
        rates.add(S(1000 + 3 * 86_400), &one_error());
        assert_eq!(rates.minutes.len(), 0);
        assert_eq!(rates.seconds.len(), 1);
    }
}
