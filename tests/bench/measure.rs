//! Percentiles, printed beside their goal.

use std::time::{Duration, Instant};

/// The moment a measurement begins.
#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
pub fn now() -> Instant {
    Instant::now()
}

/// Prints median, 99th percentile and worst, and whether the percentile keeps the goal.
pub fn report(what: &str, times: &[Duration], goal: Duration) {
    let mut times = times.to_vec();
    times.sort();
    let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)];
    println!(
        "{what:<26} n {:>4}   p50 {:>9.3?}   p99 {:>9.3?}   max {:>9.3?}   goal {goal:?}: {}",
        times.len(),
        at(50),
        at(99),
        at(100),
        if at(99) < goal { "kept" } else { "MISSED" }
    );
}
