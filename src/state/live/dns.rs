//! DNS records: answers by server, flips, the safe time.

use super::{Probed, Told};
use crate::clock::Stamp;
use crate::config::DnsRecord;
use crate::sample::{Kind, ProbeId, ProbeState, Sample};
use crate::signoff::event::Event;

/// A DNS record and what each server says of it.
#[derive(Clone, Debug)]
pub struct Record {
    /// What the sidecar says of it.
    pub settings: DnsRecord,
    id: ProbeId,
    state: ProbeState,
    since: Option<Stamp>,
    /// The newest reading.
    pub last: Option<Sample>,
    told: Told,
}

impl Record {
    pub(super) fn new(settings: DnsRecord) -> Record {
        let id = ProbeId { kind: Kind::Dns, name: settings.id(), side: None };
        Record { settings, id, state: ProbeState::Unknown, since: None, last: None, told: Told::default() }
    }

    pub(super) fn take(&mut self, sample: Sample) {
        self.last = Some(sample);
    }

    pub(super) fn age(&mut self, _now: &Stamp) {}

    pub(super) fn events(&mut self, _now: &Stamp, _events: &mut Vec<Event>) {}

    pub(super) fn refused(&mut self, _event: &Event) {}
}

impl Probed for Record {
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
