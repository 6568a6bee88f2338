//! Many measurements become one line.

use std::collections::HashMap;
use std::time::Duration;

use super::figures::{Counts, figures};
use super::{Reading, Seen, Stream, Taken};
use crate::clock::Stamp;
use crate::sample::{self, LogBatch, ProbeId};

/// New shapes, turns and the like that one line of a log's readings names.
const NAMED: usize = 200;

/// Measurements that follow each other evenly may differ by so much.
const JITTER: Duration = Duration::from_secs(1);

/// That a tailer looks, and nothing comes, is noted so often.
const IDLE: Duration = Duration::from_secs(10);

/// What is gathered of every stream of measurements.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    open: HashMap<Stream, Bucket>,
    counts: HashMap<ProbeId, Counts>,
}

#[derive(Debug)]
struct Bucket {
    /// When it ends, on the boot clock.
    until: Duration,
    /// The last that was written or gathered, to see whether the next tells something else.
    last: Reading,
    /// `last` is not written yet.
    held: bool,
    /// Between the two newest measurements.
    gap: Option<Duration>,
}

impl Buckets {
    /// Takes a measurement; what is to be written now, in order.
    pub(super) fn take(&mut self, taken: Taken, length: Duration) -> Vec<Reading> {
        let Some(at) = taken.seen.at() else { return Vec::new() };
        let silent = taken.silent;
        let next = self.reading(taken, &at);
        let mut out = Vec::new();
        let stream = Stream::of(&next.probe, &next.seen);
        match self.open.get_mut(&stream) {
            Some(bucket) if next.is_idle() && next.state == bucket.last.state && bucket.looked(&next) => {}
            Some(bucket)
                if at.boot < bucket.until
                    && !silent
                    && bucket.is_even(&next)
                    && !turns(&bucket.last, &next) =>
            {
                bucket.gather(next);
            }
            before => {
                if let Some(bucket) = before
                    && bucket.held
                {
                    out.push(bucket.last.clone());
                }
                self.open.insert(
                    stream,
                    Bucket { until: at.boot + length, last: next.clone(), held: false, gap: None },
                );
                out.push(next);
            }
        }
        out
    }

    /// What has been gathered for as long as a bucket is.
    pub(super) fn due(&mut self, now: &Stamp, length: Duration) -> Vec<Reading> {
        let mut out = Vec::new();
        for bucket in self.open.values_mut().filter(|bucket| bucket.held && bucket.until <= now.boot) {
            bucket.held = false;
            bucket.until = now.boot + length;
            out.push(bucket.last.clone());
        }
        out.sort_by_key(|reading| reading.up);
        out
    }

    /// Everything that has been gathered.
    pub(super) fn all(&mut self) -> Vec<Reading> {
        let mut out: Vec<Reading> =
            self.open.drain().filter(|(_, bucket)| bucket.held).map(|(_, bucket)| bucket.last).collect();
        out.sort_by_key(|reading| reading.up);
        out
    }

    /// When something gathered is due, on the boot clock.
    pub(super) fn next(&self) -> Option<Duration> {
        self.open.values().filter(|bucket| bucket.held).map(|bucket| bucket.until).min()
    }

    fn reading(&mut self, taken: Taken, at: &Stamp) -> Reading {
        let Taken { probe, state, silent: _, mut seen } = taken;
        let mut counts = Counts::default();
        if let Seen::Lines(batch) = &mut seen {
            let so_far = self.counts.entry(probe.clone()).or_default();
            so_far.add(batch);
            counts = *so_far;
            batch.lines = std::sync::Arc::default();
            batch.shapes.truncate(NAMED);
            batch.turns.truncate(NAMED);
        }
        let values = figures(&seen, counts);
        Reading { at: at.wall, up: at.boot, probe, state, n: 1, values, seen }
    }
}

/// Whether a measurement tells something that must not drown in a mean: another state, another outcome.
fn turns(last: &Reading, next: &Reading) -> bool {
    let outcome = |reading: &Reading| match &reading.seen {
        Seen::Sample(sample) => match &sample.reading {
            sample::Reading::Health(health) => Some(std::mem::discriminant(&health.outcome)),
            _ => None,
        },
        Seen::Lines(_) => None,
    };
    // Lines that were there before the cockpit looked are no part of any rate.
    let backlog = |reading: &Reading| matches!(&reading.seen, Seen::Lines(batch) if batch.backlog);
    last.state != next.state || outcome(last) != outcome(next) || backlog(last) != backlog(next)
}

impl Reading {
    /// A tailer looked, and nothing had come.
    fn is_idle(&self) -> bool {
        let Seen::Lines(batch) = &self.seen else { return false };
        batch.counts.iter().all(|count| *count == 0)
            && batch.shapes.is_empty()
            && batch.turns.is_empty()
            && batch.dropped == 0
    }
}

impl Bucket {
    /// Something was noted a short while ago: that nothing has come since is no news.
    fn looked(&self, next: &Reading) -> bool {
        next.up.saturating_sub(self.last.up) < IDLE
    }

    /// Whether a measurement follows as those before followed each other: when each of them was is told from their
    /// number alone, and that nothing was measured for a while must not drown in it.
    fn is_even(&self, next: &Reading) -> bool {
        let gap = next.up.saturating_sub(self.last.up);
        self.gap.is_none_or(|before| gap <= before * 2 + JITTER && before <= gap * 2 + JITTER)
    }

    fn gather(&mut self, next: Reading) {
        self.gap = Some(next.up.saturating_sub(self.last.up));
        if !self.held {
            self.held = true;
            self.last = next;
            return;
        }
        let last = &mut self.last;
        let n = last.n;
        let mut values = next.values;
        for (name, span) in &mut values {
            if let Some(before) = last.values.get(name) {
                *span = before.and(n, *span);
            }
        }
        (last.at, last.up, last.n, last.values) = (next.at, next.up, n + 1, values);
        let before = std::mem::replace(&mut last.seen, next.seen);
        if let (Seen::Lines(before), Seen::Lines(after)) = (before, &mut last.seen) {
            **after = join(*before, after);
        }
    }
}

/// Two batches of a log as one.
fn join(before: LogBatch, after: &LogBatch) -> LogBatch {
    let mut joined = LogBatch { shapes: before.shapes, turns: before.turns, ..after.clone() };
    for (sum, count) in joined.counts.iter_mut().zip(before.counts) {
        *sum += count;
    }
    joined.dropped += before.dropped;
    joined.more_shapes += before.more_shapes;
    let room = NAMED.saturating_sub(joined.shapes.len());
    joined.more_shapes += after.shapes.len().saturating_sub(room) as u64;
    joined.shapes.extend(after.shapes.iter().take(room).cloned());
    let room = NAMED.saturating_sub(joined.turns.len());
    joined.turns.extend(after.turns.iter().take(room).cloned());
    joined
}
