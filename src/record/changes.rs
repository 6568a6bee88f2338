//! Changes of state of the checks, in bounded memory: a check that comes and goes for weeks must not fill a report.

use std::collections::{BTreeMap, VecDeque};

use super::ProbeChange;
use crate::sample::ProbeId;
use crate::signoff::At;

/// Changes of one check that are kept whole at each end, the first and the last.
const KEPT: usize = 500;

/// Changes of state; of each check the first and the last 500 are whole, those between are counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes(BTreeMap<ProbeId, OfOne>);

/// Those of one check, in order.
#[derive(Clone, Debug, Default, PartialEq)]
struct OfOne {
    first: Vec<ProbeChange>,
    between: Option<Between>,
    last: VecDeque<ProbeChange>,
}

/// Changes that are only counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Between {
    /// When the first of them was recorded.
    pub from: At,
    /// When the last of them was recorded.
    pub to: At,
    /// The line of the first.
    pub seq: u64,
    /// How many.
    pub changes: u64,
    /// Of them, those [to trouble](ProbeChange::is_trouble).
    pub troubles: u64,
}

impl Changes {
    /// Takes the next change.
    pub(super) fn push(&mut self, change: ProbeChange) {
        let of = self.0.entry(change.probe.clone()).or_default();
        if of.first.len() < KEPT {
            of.first.push(change);
            return;
        }
        of.last.push_back(change);
        if of.last.len() <= KEPT {
            return;
        }
        let Some(oldest) = of.last.pop_front() else { return };
        let ProbeChange { act, .. } = &oldest;
        let between = of.between.get_or_insert(Between {
            from: act.at,
            to: act.at,
            seq: act.seq,
            changes: 0,
            troubles: 0,
        });
        between.to = act.at;
        between.changes += 1;
        between.troubles += u64::from(oldest.is_trouble());
    }

    /// Nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that are whole, in the order of the log.
    #[must_use]
    pub fn whole(&self) -> Vec<&ProbeChange> {
        let mut all: Vec<&ProbeChange> =
            self.0.values().flat_map(|of| of.first.iter().chain(&of.last)).collect();
        all.sort_by_key(|change| change.act.seq);
        all
    }

    /// Those of one check that are whole, in order.
    #[must_use]
    pub fn of(&self, probe: &ProbeId) -> impl DoubleEndedIterator<Item = &ProbeChange> {
        self.0.get(probe).into_iter().flat_map(|of| of.first.iter().chain(&of.last))
    }

    /// Those that are only counted, by check.
    pub fn between(&self) -> impl Iterator<Item = (&ProbeId, &Between)> {
        self.0.iter().filter_map(|(probe, of)| Some((probe, of.between.as_ref()?)))
    }

    /// Those of one check that are only counted.
    #[must_use]
    pub fn between_of(&self, probe: &ProbeId) -> Option<&Between> {
        self.0.get(probe)?.between.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Act;
    use crate::sample::ProbeState;
    use crate::signoff::{ActId, Via};

    fn change(probe: &str, n: u64) -> ProbeChange {
        let at = At {
            wall: chrono::DateTime::from_timestamp(1_000 + n.cast_signed(), 0).unwrap(),
            offset: 0,
            up: std::time::Duration::ZERO,
        };
        ProbeChange {
            probe: probe.parse().unwrap(),
            from: ProbeState::Up,
            to: if n.is_multiple_of(2) { ProbeState::Down } else { ProbeState::Up },
            since: String::new(),
            saw: String::new(),
            flips: 1,
            act: Act {
                seq: n,
                id: ActId { session: 1, n },
                at,
                by: "cutover".to_owned(),
                via: Via::default(),
            },
        }
    }

    #[test]
    fn one_check_that_comes_and_goes_crowds_out_neither_its_ends_nor_another() {
        let mut changes = Changes::default();
        changes.push(change("health/quiet", 1));
        for n in 2..=3_001 {
            changes.push(change("health/noisy", n));
        }
        changes.push(change("health/quiet", 3_002));
        let whole: Vec<u64> = changes.whole().iter().map(|change| change.act.seq).collect();
        let wanted: Vec<u64> = (1..=501).chain(2_502..=3_002).collect();
        assert_eq!(whole, wanted);
        let noisy = "health/noisy".parse().unwrap();
        assert_eq!(changes.of(&noisy).next_back().unwrap().act.seq, 3_001);
        let [(probe, between)] = changes.between().collect::<Vec<_>>()[..] else { panic!("{changes:?}") };
        assert_eq!((probe, between.seq, between.changes, between.troubles), (&noisy, 502, 2_000, 1_000));
        assert_eq!((between.from.wall.timestamp(), between.to.wall.timestamp()), (1_502, 3_501));
    }

    #[test]
    fn a_thousand_are_kept_whole() {
        let mut changes = Changes::default();
        for n in 1..=1_000 {
            changes.push(change("health/api", n));
        }
        assert_eq!((changes.whole().len(), changes.between().count()), (1_000, 0));
    }
}
