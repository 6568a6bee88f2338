//! Machines: load, trends, forecasts.

use super::{Probed, Told};
use crate::clock::Stamp;
use crate::config::HostSettings;
use crate::sample::{Kind, ProbeId, ProbeState, Sample};

/// A machine.
#[derive(Clone, Debug)]
pub struct Host {
    /// What the sidecar says of it.
    pub settings: HostSettings,
    id: ProbeId,
    state: ProbeState,
    since: Option<Stamp>,
    /// The newest reading.
    pub last: Option<Sample>,
    told: Told,
}

impl Host {
    pub(super) fn new(settings: HostSettings) -> Host {
        let id = ProbeId { kind: Kind::Host, name: settings.name.clone(), side: None };
        Host { settings, id, state: ProbeState::Unknown, since: None, last: None, told: Told::default() }
    }

    pub(super) fn take(&mut self, sample: Sample) {
        self.last = Some(sample);
    }

    pub(super) fn age(&mut self, _now: &Stamp) {}
}

impl Probed for Host {
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
