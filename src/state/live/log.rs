//! Logs: lines, rates, marks, shapes.

use super::{Probed, Told};
use crate::clock::Stamp;
use crate::config::LogSource;
use crate::sample::{Kind, LogBatch, ProbeId, ProbeState};

/// A log.
#[derive(Clone, Debug)]
pub struct Log {
    /// What the sidecar says of it.
    pub settings: LogSource,
    id: ProbeId,
    state: ProbeState,
    since: Option<Stamp>,
    /// The newest reading.
    pub last: Option<LogBatch>,
    told: Told,
}

impl Log {
    pub(super) fn new(settings: LogSource) -> Log {
        let id = ProbeId { kind: Kind::Log, name: settings.name.clone(), side: None };
        Log { settings, id, state: ProbeState::Unknown, since: None, last: None, told: Told::default() }
    }

    pub(super) fn take(&mut self, batch: LogBatch) {
        self.last = Some(batch);
    }

    pub(super) fn age(&mut self, _now: &Stamp) {}
}

impl Probed for Log {
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
        self.last.as_ref().and_then(|last| last.at)
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
