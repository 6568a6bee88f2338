//! What the probes show at the moment of an act.

use super::State;
use crate::checklist::ItemId;
use crate::clock::Stamp;
use crate::signoff::event::Evidence;

/// Probes kept as evidence with an act, at most.
const EVIDENCE: usize = 32;

/// The readings that belong to an act on this item.
pub(super) fn of(state: &State, _item: ItemId, now: &Stamp) -> Vec<Evidence> {
    state
        .live
        .probes()
        .take(EVIDENCE)
        .map(|probe| Evidence {
            probe: probe.id().clone(),
            state: probe.state(),
            saw: probe.saw(),
            age_ms: probe
                .read()
                .map_or(0, |read| u64::try_from(now.since(&read).as_millis()).unwrap_or(u64::MAX)),
            error: None,
            text: None,
        })
        .collect()
}
