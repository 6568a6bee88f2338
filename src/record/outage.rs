//! How long users were not served: intervals, what of them was seen, sums, what was done meanwhile.
//!
//! Everything is computed from the record. Sums are taken over the union of spans, so that no moment counts twice.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::control::Outage;
use super::{ProbeChange, Record};
use crate::checklist::ItemId;
use crate::sample::{Kind, ProbeId, ProbeState, Side};
use crate::signoff::event::OutageKind;
use crate::signoff::{Actor, At};

/// How long users were not served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// As seen: from each first failed look to the first good one, without what was not observed.
    pub observed: Duration,
    /// No longer than this: with the time between looks, and with all time that was not observed.
    pub at_most: Duration,
    /// What of the observed time was planned.
    pub planned: Duration,
}

/// Spans of time in milliseconds, in order and apart from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Spans(Vec<(i64, i64)>);

impl Spans {
    fn of(spans: impl IntoIterator<Item = (DateTime<Utc>, DateTime<Utc>)>) -> Spans {
        let spans = spans.into_iter().map(|(from, to)| (from.timestamp_millis(), to.timestamp_millis()));
        Spans::merged(spans.collect())
    }

    fn merged(mut spans: Vec<(i64, i64)>) -> Spans {
        spans.retain(|(from, to)| from < to);
        spans.sort_unstable();
        let mut merged: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
        for (from, to) in spans {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        Spans(merged)
    }

    fn with(&self, other: &Spans) -> Spans {
        Spans::merged(self.0.iter().chain(&other.0).copied().collect())
    }

    fn without(&self, other: &Spans) -> Spans {
        let mut left = Vec::new();
        for &(from, to) in &self.0 {
            let mut at = from;
            for &(begin, end) in other.0.iter().filter(|(begin, end)| *begin < to && *end > from) {
                left.push((at, begin));
                at = at.max(end);
            }
            left.push((at, to));
        }
        Spans::merged(left)
    }

    fn length(&self) -> Duration {
        let all: i64 = self.0.iter().map(|(from, to)| to - from).sum();
        Duration::from_millis(all.unsigned_abs())
    }
}

/// A moment as events write it.
fn parse(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}

fn delta(ms: u64) -> TimeDelta {
    TimeDelta::try_milliseconds(i64::try_from(ms).unwrap_or(i64::MAX)).unwrap_or_default()
}

impl Outage {
    /// From the first failed look to the first good one, or to `now` while it lasts.
    #[must_use]
    pub fn span(&self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let since = parse(&self.since)?;
        let until = match &self.ended {
            Some(end) => since.checked_add_signed(delta(end.lasted_ms))?,
            None => now.max(since),
        };
        Some((since, until))
    }

    /// The same with the time between the last good look and the first failed one.
    fn widest(&self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let (since, until) = self.span(now)?;
        Some((since.checked_sub_signed(delta(self.resolution_ms))?, until))
    }
}

impl Record {
    /// A check was looked at, if that is what its state says; takes note if users reach it.
    pub(super) fn look(&mut self, probe: &ProbeId, state: ProbeState, at: At) {
        let users = probe.kind == Kind::Health && matches!(probe.side, None | Some(Side::Live));
        if users && state != ProbeState::Unknown && self.outline.public.contains(&probe.name) {
            self.told_by(probe, at);
        }
    }

    /// Whether users are served is told by that check.
    pub(super) fn told_by(&mut self, probe: &ProbeId, at: At) {
        self.public.entry(probe.clone()).or_insert(at);
    }

    /// Since when it was measured whether users are served; `None` if nothing ever did.
    #[must_use]
    pub fn measured_since(&self) -> Option<At> {
        self.public.values().min_by_key(|at| at.wall).copied()
    }

    /// When the log was last written to, or `None` before its first line: up to then what it says can be believed.
    #[must_use]
    pub fn told_until(&self) -> Option<DateTime<Utc>> {
        self.control.last.map(|at| at.wall)
    }

    /// How long users were not served, or saw the maintenance page, up to `now`.
    #[must_use]
    pub fn outage(&self, kind: OutageKind, now: DateTime<Utc>) -> Sums {
        let of = |kind| self.control.outages.iter().filter(move |outage| outage.kind == kind);
        let seen = |outages: &mut dyn Iterator<Item = &Outage>| {
            outages.fold(Spans::default(), |all, outage| {
                all.with(&Spans::of(outage.span(now)).without(&self.gaps_of(&outage.check)))
            })
        };
        let observed = seen(&mut of(kind));
        let planned = seen(&mut of(kind).filter(|outage| outage.planned));
        let widest = Spans::of(of(kind).filter_map(|outage| outage.widest(now)));
        let at_most = match kind {
            OutageKind::Maintenance => widest,
            OutageKind::Outage => {
                let shown = seen(&mut of(OutageKind::Maintenance));
                widest.with(&self.users_gaps()).without(&shown.without(&observed))
            }
        };
        Sums { observed: observed.length(), at_most: at_most.length(), planned: planned.length() }
    }

    /// How long one outage was seen to last, up to `now`.
    #[must_use]
    pub fn seen(&self, outage: &Outage, now: DateTime<Utc>) -> Duration {
        Spans::of(outage.span(now)).without(&self.gaps_of(&outage.check)).length()
    }

    /// For how long it was not seen whether users were served.
    #[must_use]
    pub fn unobserved(&self) -> Duration {
        self.users_gaps().length()
    }

    fn users_gaps(&self) -> Spans {
        let gaps = self.control.gaps.iter().filter(|gap| gap.users);
        Spans::of(gaps.filter_map(|gap| Some((parse(&gap.from)?, parse(&gap.to)?))))
    }

    /// The parts of a span in which a probe was asked and could be believed, in their order.
    #[must_use]
    pub fn watched(
        &self,
        probe: &ProbeId,
        span: (DateTime<Utc>, DateTime<Utc>),
    ) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let seen = Spans::of([span]).without(&self.gaps_of(probe));
        let at = DateTime::from_timestamp_millis;
        seen.0.into_iter().filter_map(|(from, to)| at(from).zip(at(to))).collect()
    }

    /// Time in which a probe did not see.
    fn gaps_of(&self, probe: &ProbeId) -> Spans {
        let gaps = self.control.gaps.iter().filter(|gap| gap.probe == *probe);
        Spans::of(gaps.filter_map(|gap| Some((parse(&gap.from)?, parse(&gap.to)?))))
    }

    /// The items that people acted on during an outage, in the order of the plan.
    #[must_use]
    pub fn acted_during(&self, outage: &Outage, now: DateTime<Utc>) -> Vec<ItemId> {
        let Some((from, to)) = outage.widest(now) else { return Vec::new() };
        let within = |at: DateTime<Utc>| from <= at && at <= to;
        let acted = self.items.iter().filter(|item| {
            item.history.iter().any(|it| it.act.by != Actor::RESERVED && within(it.act.at.wall))
        });
        acted.map(|item| item.row.id).collect()
    }

    /// Failures of checks that did not last, and were no part of an outage.
    pub fn blips(&self) -> impl Iterator<Item = &ProbeChange> {
        let outages: Vec<_> = self
            .control
            .outages
            .iter()
            .filter_map(|outage| outage.span(self.told_until()?).map(|span| (&outage.check, span)))
            .collect();
        self.probes.whole().into_iter().filter(move |change| {
            let short = change.from == change.to && change.to == ProbeState::Up && change.flips >= 2;
            let part = || {
                let since = parse(&change.since);
                let within = |(from, to): (DateTime<Utc>, DateTime<Utc>)| {
                    since.is_some_and(|since| from <= since && since < to)
                };
                outages.iter().any(|(check, span)| **check == change.probe && within(*span))
            };
            change.probe.kind == Kind::Health && short && !part()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(all: &[(i64, i64)]) -> Spans {
        Spans::merged(all.to_vec())
    }

    #[test]
    fn what_overlaps_counts_once() {
        assert_eq!(spans(&[(5, 9), (0, 6), (9, 10), (20, 30), (7, 7)]).0, [(0, 10), (20, 30)]);
        assert_eq!(spans(&[(0, 10)]).with(&spans(&[(4, 12)])).length(), Duration::from_millis(12));
    }

    #[test]
    fn what_is_taken_away_splits() {
        let left = spans(&[(0, 10), (20, 30)]).without(&spans(&[(-5, 1), (4, 6), (9, 21), (29, 40)]));
        assert_eq!(left.0, [(1, 4), (6, 9), (21, 29)]);
        assert_eq!(spans(&[(0, 10)]).without(&spans(&[(0, 10)])).0, []);
    }
}
