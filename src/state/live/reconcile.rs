//! Comparisons of source and target.

use super::{Probed, Told};
use crate::clock::Stamp;
use crate::config::ReconcileJob;
use crate::sample::{Kind, ProbeId, ProbeState, Sample};
use crate::signoff::event::Event;

/// A comparison of source and target.
#[derive(Clone, Debug)]
pub struct Reconcile {
    /// What the sidecar says of it.
    pub settings: ReconcileJob,
    id: ProbeId,
    state: ProbeState,
    since: Option<Stamp>,
    /// The newest reading.
    pub last: Option<Sample>,
    told: Told,
}

impl Reconcile {
    pub(super) fn new(settings: ReconcileJob) -> Reconcile {
        let id = ProbeId { kind: Kind::Reconcile, name: settings.name.clone(), side: None };
        Reconcile { settings, id, state: ProbeState::Unknown, since: None, last: None, told: Told::default() }
    }

    pub(super) fn take(&mut self, sample: Sample) {
        self.last = Some(sample);
    }

    pub(super) fn age(&mut self, _now: &Stamp) {}

    pub(super) fn events(&mut self, _now: &Stamp, _events: &mut Vec<Event>) {}

    pub(super) fn refused(&mut self, _event: &Event) {}
}

impl Probed for Reconcile {
    fn id(&self) -> &ProbeId {
        &self.id
    }

    fn state(&self) -> ProbeState {
        self.state
    }

    fn settled(&self) -> ProbeState {
        self.state
    }

    fn since(&self) -> Option<Stamp> {
        self.since
    }

    fn read(&self) -> Option<Stamp> {
        self.last.as_ref().map(|last| last.at)
    }

    fn saw(&self) -> String {
        String::new()
    }

    fn rings(&self) -> bool {
        false
    }

    fn told(&self) -> &Told {
        &self.told
    }

    fn told_mut(&mut self) -> &mut Told {
        &mut self.told
    }
}
