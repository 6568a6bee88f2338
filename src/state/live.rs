//! What the probes show, one file a pane.
//!
//! Readings come in with [`Live::take`] and [`Live::lines`], time with [`Live::age`]; every probe's state is told to
//! the log through [`Probed`], the same way whatever its kind.

use std::time::Duration;

use crate::clock::Stamp;
use crate::config::Settings;
use crate::sample::dns::Dns;
use crate::sample::{Kind, LogBatch, ProbeId, ProbeState, Reading, Sample, Side};
use crate::signoff::event::Event;

pub mod copy;
pub mod dns;
mod health;
mod host;
pub mod log;
pub mod outage;
mod reconcile;

pub use copy::{By, Copy, FARTHEST, Fit, Forecast, Pace};
pub use dns::Record;
pub use health::{Cell, Check, HISTORY, Point, sides};
pub use host::{Host, Outlook};
pub use log::Log;
pub use reconcile::{Reconcile, Run, counted};

/// One line in the log for a probe in so long; changes in between are counted.
pub const RECORD_EVERY: Duration = Duration::from_secs(5);

/// What the probes show.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// Health checks, in the sidecar's order.
    pub checks: Vec<Check>,
    /// DNS records, in the sidecar's order.
    pub records: Vec<Record>,
    /// Copies, in the sidecar's order.
    pub copies: Vec<Copy>,
    /// Comparisons of source and target, in the sidecar's order.
    pub reconciles: Vec<Reconcile>,
    /// Logs, in the sidecar's order.
    pub logs: Vec<Log>,
    /// Machines, in the sidecar's order.
    pub hosts: Vec<Host>,
    /// Whether users are served.
    pub outage: outage::Watch,
    /// Samples lost because the loop was behind.
    pub dropped: u64,
}

/// Something whose state the log keeps.
pub trait Probed {
    /// Which probe.
    fn id(&self) -> &ProbeId;
    /// The state as shown.
    fn state(&self) -> ProbeState;
    /// The state as recorded: what is merely pending is not.
    fn settled(&self) -> ProbeState;
    /// Since when.
    fn since(&self) -> Option<Stamp>;
    /// When the newest reading was taken.
    fn read(&self) -> Option<Stamp>;
    /// The newest reading in one clause.
    fn saw(&self) -> String;
    /// Whether its settled state is worth the terminal's bell.
    fn rings(&self) -> bool;
    /// What the log has been told of it.
    fn told(&self) -> &Told;
    /// The same, to be changed.
    fn told_mut(&mut self) -> &mut Told;
}

/// What the log has been told of a probe's state.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The state that the log has.
    pub state: ProbeState,
    /// When the log was last told.
    pub at: Option<Stamp>,
    /// Changes the log has not been told of one by one.
    pub flips: u32,
    /// A line about it is on its way.
    pub telling: bool,
    /// The first failure since then that did not last, and what it saw.
    pub blip: Option<(Stamp, String)>,
}

/// What stays the same keeps its readings; what is new begins without.
fn renew<S: Clone + PartialEq, T>(
    old: Vec<T>,
    settings: &[S],
    of: impl Fn(&T) -> &S,
    new: impl Fn(S) -> T,
) -> Vec<T> {
    let mut old = old;
    settings
        .iter()
        .map(|wanted| match old.iter().position(|known| of(known) == wanted) {
            Some(at) => old.swap_remove(at),
            None => new(wanted.clone()),
        })
        .collect()
}

impl Live {
    /// Probes without readings, for these settings; readings of those that stay the same are kept.
    #[must_use]
    pub fn with(self, settings: &Settings) -> Live {
        Live {
            checks: renew(self.checks, &settings.health, |it| &it.settings, Check::new),
            records: renew(self.records, &settings.dns, |it| &it.settings, Record::new),
            copies: renew(self.copies, &settings.copies, |it| &it.settings, Copy::new),
            reconciles: renew(self.reconciles, &settings.reconciles, |it| &it.settings, Reconcile::new),
            logs: renew(self.logs, &settings.logs, |it| &it.settings, Log::new),
            hosts: renew(self.hosts, &settings.hosts, |it| &it.settings, Host::new),
            outage: self.outage.renewed(settings),
            dropped: self.dropped,
        }
    }

    /// The migration goes to that side from now on.
    pub fn aim(&mut self, side: Side) {
        self.records.iter_mut().for_each(|it| it.aim(side));
    }

    /// Every probe whose state the log keeps, in the order of the panes.
    pub fn probes(&self) -> impl Iterator<Item = &dyn Probed> {
        let cells = self.checks.iter().flat_map(|check| &check.cells).map(|it| it as &dyn Probed);
        cells
            .chain(self.records.iter().map(|it| it as &dyn Probed))
            .chain(self.copies.iter().map(|it| it as &dyn Probed))
            .chain(self.reconciles.iter().map(|it| it as &dyn Probed))
            .chain(self.logs.iter().map(|it| it as &dyn Probed))
            .chain(self.hosts.iter().map(|it| it as &dyn Probed))
    }

    /// The same, to be changed.
    pub fn probes_mut(&mut self) -> impl Iterator<Item = &mut dyn Probed> {
        let cells = self.checks.iter_mut().flat_map(|check| &mut check.cells);
        cells
            .map(|it| it as &mut dyn Probed)
            .chain(self.records.iter_mut().map(|it| it as &mut dyn Probed))
            .chain(self.copies.iter_mut().map(|it| it as &mut dyn Probed))
            .chain(self.reconciles.iter_mut().map(|it| it as &mut dyn Probed))
            .chain(self.logs.iter_mut().map(|it| it as &mut dyn Probed))
            .chain(self.hosts.iter_mut().map(|it| it as &mut dyn Probed))
    }

    /// A probe by its name.
    #[must_use]
    pub fn probe(&self, id: &ProbeId) -> Option<&dyn Probed> {
        self.probes().find(|probe| probe.id() == id)
    }

    /// The same, to be changed.
    pub fn probe_mut(&mut self, id: &ProbeId) -> Option<&mut dyn Probed> {
        self.probes_mut().find(|probe| probe.id() == id)
    }

    /// Takes in a sample; `None` if no such probe is configured any more.
    pub fn take(&mut self, id: &ProbeId, sample: Sample) -> Option<()> {
        match id.kind {
            Kind::Health => {
                let check = self.checks.iter_mut().find(|check| check.settings.name == id.name)?;
                let (down, up) = (check.settings.down_after, check.settings.up_after);
                let cell = check.cells.iter_mut().find(|cell| cell.id == *id)?;
                self.outage.take(&check.settings, id, &sample);
                cell.take(sample, down, up);
            }
            Kind::Dns => {
                let record = self.records.iter_mut().find(|it| it.id() == id)?;
                if let Reading::Dns(dns) = &sample.reading
                    && let Dns::Reply(reply) = &**dns
                {
                    self.outage.reply(reply, sample.began);
                }
                record.take(sample);
            }
            Kind::Copy => self.copies.iter_mut().find(|it| it.id() == id)?.take(sample),
            Kind::Reconcile => self.reconciles.iter_mut().find(|it| it.id() == id)?.take(sample),
            Kind::Host => self.hosts.iter_mut().find(|it| it.id() == id)?.take(sample),
            Kind::Log => return None,
        }
        Some(())
    }

    /// Takes in lines of a log; `None` if no such log is configured any more.
    pub fn lines(&mut self, id: &ProbeId, batch: LogBatch) -> Option<()> {
        self.logs.iter_mut().find(|it| it.id() == id)?.take(batch);
        Some(())
    }

    /// Time passes: marks what has become stale, stalled or silent.
    pub fn age(&mut self, now: &Stamp) {
        for check in &mut self.checks {
            check.age(now);
        }
        self.outage.age(now);
        self.records.iter_mut().for_each(|it| it.age(now));
        self.copies.iter_mut().for_each(|it| it.age(now));
        self.logs.iter_mut().for_each(|it| it.age(now));
        self.hosts.iter_mut().for_each(|it| it.age(now, &self.copies));
    }

    /// What the log is to be told beside changes of state: flips, comparisons, programs that ended. Asked for only
    /// while the log can be written, and each is given once: until [`Live::refused`] gives it back.
    pub fn events(&mut self, now: &Stamp) -> Vec<Event> {
        let mut events = Vec::new();
        self.records.iter_mut().for_each(|it| it.events(now, &mut events));
        self.copies.iter_mut().for_each(|it| it.events(now, &mut events));
        self.reconciles.iter_mut().for_each(|it| it.events(now, &mut events));
        events
    }

    /// An event of [`Live::events`] could not be written: it is to be told again.
    pub fn refused(&mut self, event: &Event) {
        match event {
            Event::DnsFlipped { record, .. } | Event::DnsSafe { record, .. } => {
                if let Some(it) = self.records.iter_mut().find(|it| it.id() == record) {
                    it.refused(event);
                }
            }
            Event::ReconcileRan { probe, .. } => {
                if let Some(it) = self.reconciles.iter_mut().find(|it| it.id() == probe) {
                    it.refused(event);
                }
            }
            Event::CommandEnded { job, .. } | Event::CommandLost { job } => {
                if let Some(it) = self.copies.iter_mut().find(|it| it.settings.name == *job) {
                    it.refused(event);
                }
            }
            _ => {}
        }
    }
}
