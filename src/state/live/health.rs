//! Health checks: readings, hysteresis, staleness, history.
//!
//! A value is shown at once, a state after its threshold: `down_after` failures in a row make a check down,
//! `up_after` passes make it up again. Holding times start at zero when the cockpit does.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Probed, Told};
use crate::clock::Stamp;
use crate::config::{HealthCheck, Target};
use crate::sample::{Health, Kind, Outcome, ProbeId, ProbeState, Reading, Sample, Side};

/// Readings kept for each probe: an hour at one a second.
pub const HISTORY: usize = 3600;
/// Of so many last readings…
const FLAP_WINDOW: usize = 20;
/// …so many changes between pass and fail make it flap…
const FLAP_ENTER: usize = 6;
/// …and no more than so many end it.
const FLAP_LEAVE: usize = 2;

/// A health check and its sides.
#[derive(Clone, Debug)]
pub struct Check {
    /// What the sidecar says of it.
    pub settings: HealthCheck,
    /// Old, new and live, or a single one.
    pub cells: Vec<Cell>,
}

/// One probe.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Which.
    pub id: ProbeId,
    /// Up, down or unknown: what the thresholds confirmed.
    base: ProbeState,
    /// Readings in a row that contradict it.
    pub streak: u32,
    /// Answers change too often to be believed.
    flapping: bool,
    /// When it began to flap.
    flapped: Option<Stamp>,
    /// No reading for too long.
    stale: bool,
    /// When what the thresholds confirmed began: the first reading of it.
    since: Option<Stamp>,
    /// First contradicting reading.
    turned: Option<Stamp>,
    /// The newest reading.
    pub last: Option<Sample>,
    /// Newest last.
    pub history: VecDeque<Point>,
    /// Readings and passes so far.
    pub counts: (u64, u64),
    /// Single failures that did not make it down.
    pub blips: u64,
    /// What the log has been told of it.
    pub told: Told,
    /// Users reach it: it rings when it goes down.
    rings: bool,
}

/// One reading, small.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// When.
    pub at: Stamp,
    /// How long it took; `None` if there was no answer.
    pub latency: Option<Duration>,
    /// Whether it passed.
    pub ok: bool,
}

impl HealthCheck {
    /// The age past which a reading is stale.
    #[must_use]
    pub fn stale_limit(&self) -> Duration {
        self.every * self.stale_after + self.timeout
    }
}

impl Check {
    pub(super) fn new(settings: HealthCheck) -> Check {
        let cells = sides(&settings)
            .into_iter()
            .map(|side| {
                // Users reach the live side, or the only one.
                let users = settings.public && !matches!(side, Some(Side::Old | Side::New));
                Cell::new(ProbeId { kind: Kind::Health, name: settings.name.clone(), side }, users)
            })
            .collect();
        Check { settings, cells }
    }

    /// The cell of a side.
    #[must_use]
    pub fn side(&self, side: Option<Side>) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.id.side == side)
    }

    /// What it asks, in one word.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.settings.target {
            Target::Http { url, unix } => match (unix, url.starts_with("https:")) {
                (Some(_), _) => "unix http",
                (None, true) => "https",
                (None, false) => "http",
            },
            Target::Tcp(_) => "tcp",
            Target::Tls(_) => "tls",
            Target::Unix(_) => "unix",
            Target::Exec(_) => "exec",
        }
    }
}

/// The sides a check asks: none if it has no pins.
#[must_use]
pub fn sides(check: &HealthCheck) -> Vec<Option<Side>> {
    if check.old.is_none() && check.new.is_none() {
        return vec![None];
    }
    let mut sides = Vec::with_capacity(3);
    sides.extend(check.old.is_some().then_some(Some(Side::Old)));
    sides.extend(check.new.is_some().then_some(Some(Side::New)));
    sides.push(Some(Side::Live));
    sides
}

impl Cell {
    fn new(id: ProbeId, rings: bool) -> Cell {
        Cell {
            id,
            base: ProbeState::Unknown,
            streak: 0,
            flapping: false,
            flapped: None,
            stale: false,
            since: None,
            turned: None,
            last: None,
            history: VecDeque::new(),
            counts: (0, 0),
            blips: 0,
            told: Told::default(),
            rings,
        }
    }

    /// The state as shown.
    #[must_use]
    pub fn state(&self) -> ProbeState {
        if self.stale {
            ProbeState::Stale
        } else if self.flapping {
            ProbeState::Flapping
        } else if self.streak > 0 {
            ProbeState::Pending
        } else {
            self.base
        }
    }

    /// The state as recorded: what is merely pending is not.
    #[must_use]
    pub fn settled(&self) -> ProbeState {
        match self.state() {
            ProbeState::Pending => self.base,
            state => state,
        }
    }

    /// When the settled state began: the first reading of it, or the moment it became stale or began to flap.
    #[must_use]
    pub fn since(&self) -> Option<Stamp> {
        if self.flapping && !self.stale { self.flapped } else { self.since }
    }

    /// What the streak leads to, and how many readings it needs: `(down, 2)`.
    #[must_use]
    pub fn toward(&self, check: &HealthCheck) -> (ProbeState, u32) {
        if self.base == ProbeState::Down {
            (ProbeState::Up, check.up_after)
        } else {
            (ProbeState::Down, check.down_after)
        }
    }

    /// The newest health reading.
    #[must_use]
    pub fn health(&self) -> Option<&Health> {
        self.last.as_ref().and_then(|sample| match &sample.reading {
            Reading::Health(health) => Some(health),
            _ => None,
        })
    }

    /// The newest reading in one clause: "200 in 61ms", `503: status == 200, saw 503`.
    #[must_use]
    pub fn saw(&self) -> String {
        let Some(health) = self.health() else { return "no reading yet".to_owned() };
        let took = health.latency.map(|latency| format!(" in {}", crate::text::short(latency)));
        let answer = format!("{}{}", health.word, took.unwrap_or_default());
        match &health.outcome {
            Outcome::Pass => answer,
            Outcome::Fail(miss) => format!("{answer}: {}, saw {}", miss.expected, miss.saw),
            Outcome::NoAnswer { why, .. } => why.clone(),
            Outcome::Broken(why) => format!("cannot be asked: {why}"),
        }
    }

    pub(super) fn take(&mut self, sample: Sample, down_after: u32, up_after: u32) {
        let Reading::Health(health) = &sample.reading else { return };
        let ok = health.outcome == Outcome::Pass;
        let at = sample.at;
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(Point { at, latency: health.latency, ok });
        self.counts.0 += 1;
        self.counts.1 += u64::from(ok);
        self.last = Some(sample);

        let before = self.settled();
        if self.stale {
            // What held before the silence proves nothing now.
            self.stale = false;
            self.base = ProbeState::Unknown;
            self.streak = 0;
            self.turned = None;
        }
        let target = if ok { ProbeState::Up } else { ProbeState::Down };
        if target == self.base {
            self.blips += u64::from(self.streak > 0 && ok);
            self.streak = 0;
            self.turned = None;
        } else {
            if self.history.iter().rev().nth(1).is_some_and(|before| before.ok != ok) {
                self.turned = None;
            }
            self.streak += 1;
            let turned = *self.turned.get_or_insert(at);
            let needed = match (self.base, ok) {
                // There is nothing to come up from.
                (ProbeState::Unknown, true) => 1,
                (_, true) => up_after,
                (_, false) => down_after,
            };
            if self.streak >= needed {
                self.base = target;
                self.streak = 0;
                self.turned = None;
                self.since = Some(turned);
            }
        }
        self.flap(at);
        self.told.flips += u32::from(self.settled() != before);
    }

    fn flap(&mut self, at: Stamp) {
        let recent: Vec<bool> = self.history.iter().rev().take(FLAP_WINDOW).map(|point| point.ok).collect();
        let changes = recent.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let flapping = if self.flapping { changes > FLAP_LEAVE } else { changes >= FLAP_ENTER };
        if flapping && !self.flapping {
            self.flapped = Some(at);
        }
        self.flapping = flapping;
    }
}

impl Check {
    /// Marks what has become stale; says whether anything has.
    pub(super) fn age(&mut self, now: &Stamp) -> bool {
        let limit = self.settings.stale_limit();
        let mut changed = false;
        for cell in &mut self.cells {
            let stale = cell.last.as_ref().is_some_and(|last| now.since(&last.at) > limit);
            if stale && !cell.stale {
                cell.stale = true;
                cell.since = Some(*now);
                cell.streak = 0;
                changed = true;
            }
        }
        changed
    }
}

impl Probed for Cell {
    fn id(&self) -> &ProbeId {
        &self.id
    }

    fn state(&self) -> ProbeState {
        Cell::state(self)
    }

    fn settled(&self) -> ProbeState {
        Cell::settled(self)
    }

    fn since(&self) -> Option<Stamp> {
        Cell::since(self)
    }

    fn read(&self) -> Option<Stamp> {
        self.last.as_ref().map(|last| last.at)
    }

    fn saw(&self) -> String {
        Cell::saw(self)
    }

    fn rings(&self) -> bool {
        self.rings && self.settled() == ProbeState::Down
    }

    fn told(&self) -> &Told {
        &self.told
    }

    fn told_mut(&mut self) -> &mut Told {
        &mut self.told
    }
}
