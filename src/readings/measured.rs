//! One line stands for several measurements: when each of them was.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Reading, Seen};
use crate::sample::{self, LogBatch};

/// Measurements that one line is taken apart into, at most.
const MOST: u32 = 100;

/// One of the measurements that a line stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// When it was.
    pub at: DateTime<Utc>,
    /// Which one it is,
    index: u32,
    /// of so many.
    of: u32,
}

impl Reading {
    /// When the measurements were that the line stands for, the last of them last: evenly behind the line before of the
    /// same stream, if there is one.
    #[must_use]
    pub fn parts(&self, before: Option<DateTime<Utc>>) -> Vec<Part> {
        let span = before.map(|before| self.at - before).filter(|span| *span > TimeDelta::zero());
        let of = if span.is_some() { self.n.clamp(1, MOST) } else { 1 };
        let each = span.unwrap_or_default() / i32::try_from(of).unwrap_or(i32::MAX);
        let at = |left: u32| self.at - each * i32::try_from(left).unwrap_or(i32::MAX);
        (0..of).map(|index| Part { at: at(of - 1 - index), index, of }).collect()
    }

    /// One of these measurements: what the last one saw, of the earlier ones with the mean latency;
    /// an even share of a log's lines, and what else is told of them at the last.
    #[must_use]
    pub fn measured(mut self, part: Part) -> Reading {
        let back = (self.at - part.at).to_std().unwrap_or_default();
        let last = part.index + 1 == part.of;
        match &mut self.seen {
            Seen::Lines(batch) => {
                let whole = std::mem::take(&mut **batch);
                let (at, counts) = (whole.at.map(|at| at.earlier(back)), share(&whole.counts, part));
                **batch = if last {
                    LogBatch { at, counts, ..whole }
                } else {
                    let LogBatch { backlog, source, read, behind, .. } = whole;
                    LogBatch { at, counts, backlog, source, read, behind, ..LogBatch::default() }
                };
            }
            Seen::Sample(sample) if !last => {
                let mean = self.values.get("latency_ms").map(|span| span.mean / 1000.0);
                (sample.at, sample.began) = (sample.at.earlier(back), sample.began.earlier(back));
                if let (sample::Reading::Health(health), Some(mean)) = (&mut sample.reading, mean) {
                    health.latency = health.latency.and(std::time::Duration::try_from_secs_f64(mean).ok());
                }
            }
            Seen::Sample(_) => {}
        }
        self.at = part.at;
        self.up = self.up.saturating_sub(back);
        self
    }
}

/// An even share of lines, taken level after level: where there are as many lines as parts, none is without.
fn share<const LEVELS: usize>(counts: &[u64; LEVELS], part: Part) -> [u64; LEVELS] {
    let all: u64 = counts.iter().sum();
    let until = |index: u32| {
        u64::try_from(u128::from(all) * u128::from(index) / u128::from(part.of)).unwrap_or(u64::MAX)
    };
    let (from, to) = (until(part.index), until(part.index + 1));
    let mut passed = 0;
    counts.map(|count| {
        let begins = passed;
        passed += count;
        passed.min(to).saturating_sub(begins.max(from))
    })
}
