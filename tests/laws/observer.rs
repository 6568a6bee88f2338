//! An observer with a stopwatch: what has truly passed, and for how long each probe was seen to be good.

use std::collections::BTreeMap;
use std::time::Duration;

use cutover::clock::Stamp;

/// Between two readings no more than this may pass: three intervals and a time-out.
const GAP: Duration = Duration::from_secs(18);
/// A machine that stands still for longer was asleep.
const ASLEEP: Duration = Duration::from_secs(2);

/// Good readings in a row: the first and the last.
type Row = (Stamp, Stamp);

#[derive(Default)]
pub struct Observer {
    rows: BTreeMap<&'static str, Row>,
}

impl Observer {
    pub fn read(&mut self, probe: &'static str, ok: bool, now: Stamp) {
        let before = self.rows.remove(probe);
        if ok {
            let unbroken = before.filter(|(_, last)| now.boot.checked_sub(last.boot).unwrap() <= GAP);
            self.rows.insert(probe, (unbroken.map_or(now, |(first, _)| first), now));
        }
    }

    pub fn slept(&mut self, span: Duration) {
        if span > ASLEEP {
            self.rows.clear();
        }
    }

    /// Nobody looked while the cockpit was away.
    pub fn begin_anew(&mut self) {
        self.rows.clear();
    }

    /// For how long all of them were seen to be good together.
    pub fn good(&self, probes: &[&str]) -> Duration {
        let rows: Option<Vec<&Row>> = probes.iter().map(|probe| self.rows.get(*probe)).collect();
        let Some(rows) = rows else { return Duration::ZERO };
        let first = rows.iter().map(|(first, _)| first.mono).max().unwrap();
        let last = rows.iter().map(|(_, last)| last.mono).min().unwrap();
        last.saturating_sub(first)
    }
}
