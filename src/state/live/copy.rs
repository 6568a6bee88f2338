//! Copies: states, rates, forecasts.

use super::{Probed, Told};
use crate::clock::Stamp;
use crate::config::CopyJob;
use crate::sample::{Kind, ProbeId, ProbeState, Sample};
use crate::signoff::event::Event;

/// A copy.
#[derive(Clone, Debug)]
pub struct Copy {
    /// What the sidecar says of it.
    pub settings: CopyJob,
    id: ProbeId,
    state: ProbeState,
    since: Option<Stamp>,
    /// The newest reading.
    pub last: Option<Sample>,
    told: Told,
}

impl Copy {
    pub(super) fn new(settings: CopyJob) -> Copy {
        let id = ProbeId { kind: Kind::Copy, name: settings.name.clone(), side: None };
        Copy { settings, id, state: ProbeState::Unknown, since: None, last: None, told: Told::default() }
    }

    pub(super) fn take(&mut self, sample: Sample) {
        self.last = Some(sample);
    }

    pub(super) fn age(&mut self, _now: &Stamp) {}

    pub(super) fn events(&mut self, _now: &Stamp, _events: &mut Vec<Event>) {}

    pub(super) fn refused(&mut self, _event: &Event) {}
}

impl Probed for Copy {
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
