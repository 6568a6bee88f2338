//! One line stands for several measurements: when each of them was.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Reading, Seen};
use crate::clock::Stamp;
use crate::sample;

/// Measurements that one line is taken apart into, at most.
const MOST: u32 = 100;

impl Reading {
    /// When the measurements were that the line stands for, the last of them last: evenly behind the line before of the
    /// same stream, if there is one. Lines of a log are counted together.
    #[must_use]
    pub fn times(&self, before: Option<DateTime<Utc>>) -> Vec<DateTime<Utc>> {
        let span = before.map(|before| self.at - before).filter(|span| *span > TimeDelta::zero());
        let (Some(span), Seen::Sample(_)) = (span, &self.seen) else { return vec![self.at] };
        let n = self.n.clamp(1, MOST);
        let whole = i32::try_from(n).unwrap_or(1);
        (0..whole).rev().map(|left| self.at - span / whole * left).collect()
    }

    /// The measurement at one of these times: what the last one saw, of the earlier ones with the mean latency.
    #[must_use]
    pub fn measured(mut self, at: DateTime<Utc>) -> Reading {
        let Ok(back) = (self.at - at).to_std() else { return self };
        if back.is_zero() {
            return self;
        }
        let mean = self.values.get("latency_ms").map(|span| span.mean / 1000.0);
        if let Seen::Sample(sample) = &mut self.seen {
            let earlier = |stamp: Stamp| Stamp {
                wall: stamp.wall - back,
                mono: stamp.mono.saturating_sub(back),
                boot: stamp.boot.saturating_sub(back),
                ..stamp
            };
            (sample.at, sample.began) = (earlier(sample.at), earlier(sample.began));
            if let (sample::Reading::Health(health), Some(mean)) = (&mut sample.reading, mean) {
                health.latency = health.latency.and(std::time::Duration::try_from_secs_f64(mean).ok());
            }
        }
        self.at = at;
        self.up = self.up.saturating_sub(back);
        self
    }
}
