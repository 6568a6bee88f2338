//! What the probes show at the moment of an act: the readings bound to it, large ones whole and beside the log.
//!
//! Bound are those that the item's gate or its words name, else those that any item of its phase names, else what users
//! reach and whatever is not good. Texts are made twice of the same state, once for their names and once for their
//! bytes, so that a line and what belongs to it cannot differ.

mod whole;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::live::Probed;
use super::{State, gates, hints};
use crate::checklist::ItemId;
use crate::clock::Stamp;
use crate::record::ItemRecord;
use crate::sample::{ProbeId, ProbeState};
use crate::signoff::event::{Blob, Event, Evidence};
use crate::text;

/// Probes kept as evidence with an act, at most.
const EVIDENCE: usize = 32;
/// Columns of a reading that stands in the line itself; what is longer is kept beside the log.
const COLUMNS: usize = 300;

/// The readings that belong to an act on this item.
pub(super) fn of(state: &State, item: ItemId, now: &Stamp) -> Vec<Evidence> {
    let bound = |id: ItemId| {
        let gate = state.gates.needs(id).filter_map(|need| need.probe.clone());
        gate.chain(hints::probes(state, id)).collect::<BTreeSet<ProbeId>>()
    };
    let mut wanted = bound(item);
    if wanted.is_empty() {
        let phase = state.item(item).map(|item| item.row.phase.as_str());
        let inside = |other: &&ItemRecord| Some(other.row.phase.as_str()) == phase && !other.removed;
        wanted = state.record.items.iter().filter(inside).flat_map(|other| bound(other.row.id)).collect();
    }
    if wanted.is_empty() {
        return of_run(state, now);
    }
    taken(state, |probe| wanted.contains(probe.id()), now)
}

/// The readings that belong to an act on the run: what users reach, and whatever is not good.
pub(super) fn of_run(state: &State, now: &Stamp) -> Vec<Evidence> {
    let public: BTreeSet<&ProbeId> = gates::public(state).collect();
    taken(state, |probe| public.contains(probe.id()) || is_trouble(probe.state()), now)
}

fn taken(state: &State, wanted: impl Fn(&dyn Probed) -> bool, now: &Stamp) -> Vec<Evidence> {
    let probes = state.live.probes().filter(|probe| wanted(*probe)).take(EVIDENCE);
    probes.map(|probe| evidence(state, probe, now)).collect()
}

fn evidence(state: &State, probe: &dyn Probed, now: &Stamp) -> Evidence {
    let age = probe.read().map_or(0, |read| u64::try_from(now.since(&read).as_millis()).unwrap_or(u64::MAX));
    let state_now = probe.state();
    let blob = large(state, probe.id(), now).map(|bytes| Blob::keep(&bytes, &state.desk.entropy));
    Evidence {
        probe: probe.id().clone(),
        state: state_now,
        saw: shortened(&probe.saw()),
        age_ms: age,
        error: whole::error(&state.live, probe.id())
            .filter(|_| !is_good(state_now))
            .map(|why| shortened(&why)),
        text: blob,
    }
}

fn shortened(words: &str) -> String {
    text::truncate(&text::clean(words), COLUMNS).into_owned()
}

/// The whole reading, where one clause does not hold it.
fn large(state: &State, probe: &ProbeId, now: &Stamp) -> Option<Vec<u8>> {
    let whole = whole::text(state, probe, now)?;
    (text::width(&whole) > COLUMNS).then(|| whole.into_bytes())
}

/// The bytes that an event names and that are made of what the probes show now.
pub(super) fn bytes(state: &State, event: &Event, now: &Stamp) -> Vec<Arc<[u8]>> {
    let named = event.evidence().iter().filter(|seen| seen.text.is_some());
    named.filter_map(|seen| large(state, &seen.probe, now)).map(Arc::from).collect()
}

fn is_good(state: ProbeState) -> bool {
    matches!(
        state,
        ProbeState::Up
            | ProbeState::Running
            | ProbeState::Scanning
            | ProbeState::Finished
            | ProbeState::ExpectedDown
    )
}

/// Not good, and known not to be.
fn is_trouble(state: ProbeState) -> bool {
    !is_good(state) && state != ProbeState::Unknown
}
