//! When a probe is measured: evenly, slightly out of step with the others, never late on purpose.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// First measurements are spread over this, or over the interval if that is shorter.
const SPREAD: Duration = Duration::from_secs(1);

/// A measurement is shifted by at most this part of the interval, and by no more than [`SPREAD`], so that checks do
/// not fall into step.
const JITTER: u32 = 20;

/// Ticks at `start + n × every`, each shifted a little; ticks that were missed are left out.
pub(super) struct Schedule {
    next: Instant,
    every: Duration,
    random: Random,
}

impl Schedule {
    /// Starts soon.
    pub(super) fn new(every: Duration, mut random: Random) -> Schedule {
        let every = every.max(Duration::from_millis(1));
        let next = Instant::now() + random.part_of(every.min(SPREAD));
        Schedule { next, every, random }
    }

    /// Waits for the next tick.
    pub(super) async fn tick(&mut self) {
        let late = Instant::now().saturating_duration_since(self.next);
        if late >= self.every {
            let missed = late.as_nanos() / self.every.as_nanos();
            self.next += self.every * u32::try_from(missed).unwrap_or(u32::MAX);
            self.next += self.every;
        }
        sleep_until(self.next + self.random.part_of((self.every / JITTER).min(SPREAD))).await;
        self.next += self.every;
    }
}

/// Numbers that need only be unlike their neighbours' (`SplitMix64`).
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// Seeded by the system, or by a constant where it has no randomness to give.
    pub(super) fn new() -> Random {
        Random(getrandom::u64().unwrap_or(0x5eed))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn part_of(&mut self, whole: Duration) -> Duration {
        let thousandths = u32::try_from(self.next() % 1000).unwrap_or_default();
        whole * thousandths / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moments of the next ticks, in milliseconds from the start, when each is followed by `busy`.
    async fn ticks(every: Duration, busy: Duration, count: usize) -> Vec<u128> {
        let start = Instant::now();
        let mut schedule = Schedule::new(every, Random(7));
        let mut at = Vec::new();
        for _ in 0..count {
            schedule.tick().await;
            at.push((Instant::now() - start).as_millis());
            tokio::time::sleep(busy).await;
        }
        at
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_tick_comes_soon_and_the_others_keep_the_interval() {
        for every in [Duration::from_secs(5), Duration::from_hours(1)] {
            let at = ticks(every, Duration::ZERO, 10).await;
            assert!(at[0] <= 2000, "{at:?}");
            let off: Vec<_> =
                at.iter().enumerate().map(|(n, at)| at - n as u128 * every.as_millis()).collect();
            let spread = off.iter().max().unwrap() - off.iter().min().unwrap();
            assert!(spread <= 1000, "never drifts: {off:?}");
            assert!(spread > 0, "is shifted a little: {off:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn missed_ticks_are_left_out_and_never_caught_up() {
        let at = ticks(Duration::from_secs(2), Duration::from_secs(5), 6).await;
        for pair in at.windows(2) {
            assert!((5000..=7000).contains(&(pair[1] - pair[0])), "{at:?}");
        }
    }
}
