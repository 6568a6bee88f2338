//! The figures of a measurement, by name.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Seen, Span};
use crate::sample::log::Level;
use crate::sample::{Dns, LogBatch, Reading, copy, host};

/// Lines, warnings and errors of a log since the session began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    lines: u64,
    warnings: u64,
    errors: u64,
}

impl Counts {
    pub(super) fn add(&mut self, batch: &LogBatch) {
        if batch.backlog {
            return;
        }
        for (level, count) in Level::ALL.iter().zip(batch.counts) {
            self.lines += count;
            self.warnings += if *level == Level::Warning { count } else { 0 };
            self.errors += if level.is_error() { count } else { 0 };
        }
    }
}

/// The figures of a measurement; a log's are what was counted so far.
pub(super) fn figures(seen: &Seen, counts: Counts) -> BTreeMap<String, Span> {
    let mut out = Figures::default();
    match seen {
        Seen::Lines(_) => {
            out.count("lines", Some(counts.lines));
            out.count("warnings", Some(counts.warnings));
            out.count("errors", Some(counts.errors));
        }
        Seen::Sample(sample) => match &sample.reading {
            Reading::Health(health) => out.millis("latency_ms", health.latency),
            Reading::Dns(dns) => {
                if let Dns::Reply(reply) = &**dns {
                    out.millis("took_ms", reply.took);
                }
            }
            Reading::Copy(copy) => out.copy(&copy.progress),
            Reading::Reconcile(reconcile) => {
                out.put("progress", reconcile.progress);
                for (name, value) in &reconcile.counters {
                    out.put(&format!("counter {name}"), Some(*value as f64));
                }
            }
            Reading::Host(host) => out.host(host),
            Reading::Broken(_) => {}
        },
    }
    out.0
}

#[derive(Default)]
struct Figures(BTreeMap<String, Span>);

impl Figures {
    fn put(&mut self, name: &str, value: Option<f64>) {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            self.0.insert(name.to_owned(), Span { min: value, mean: value, max: value, last: value });
        }
    }

    fn count(&mut self, name: &str, value: Option<u64>) {
        self.put(name, value.map(|value| value as f64));
    }

    fn millis(&mut self, name: &str, span: Option<Duration>) {
        // Microseconds are as fine as anybody asks.
        self.put(name, span.map(|span| span.as_micros() as f64 / 1000.0));
    }

    fn copy(&mut self, said: &copy::Progress) {
        self.count("bytes", said.bytes.done);
        self.count("bytes_total", said.bytes.total);
        self.count("objects", said.objects.done);
        self.count("objects_total", said.objects.total);
        self.put("percent", said.percent);
        self.put("rate", said.rate);
        self.count("failed", said.failed);
        self.count("skipped", said.skipped);
        self.count("lag_bytes", said.lag.and_then(|lag| lag.bytes));
        self.millis("lag_ms", said.lag.and_then(|lag| lag.time));
    }

    fn host(&mut self, host: &host::Host) {
        self.put("cpu", host.cpu);
        self.put("load", Some(host.load));
        self.put("memory", host.memory.share());
        for disk in &host.disks {
            self.put(&format!("free {}", disk.mount), disk.free_share());
        }
    }
}

impl Span {
    /// This figure over `n` measurements, and another over one more.
    pub(super) fn and(self, n: u32, next: Span) -> Span {
        let n = f64::from(n);
        Span {
            min: self.min.min(next.min),
            mean: (self.mean * n + next.mean) / (n + 1.0),
            max: self.max.max(next.max),
            last: next.last,
        }
    }
}
