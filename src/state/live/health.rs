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
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Cell {
    /// Which.
    pub id: ProbeId,
    /// Up, down, the maintenance page or unknown: what the thresholds confirmed.
    base: ProbeState,
    /// Readings in a row that contradict it.
    pub streak: u32,
    /// What they lead to.
    aim: ProbeState,
    /// An act on the checklist says that it is meant to be down.
    pub expected: bool,
    /// Answers change too often to be believed.
    flapping: bool,
    /// When it began to flap.
    flapped: Option<Stamp>,
    /// No reading for too long.
    stale: bool,
    /// When what the thresholds confirmed began: the first reading of it.
    since: Option<Stamp>,
    /// First contradicting reading, and what it saw.
    turned: Option<(Stamp, String)>,
    /// The newest reading.
    pub last: Option<Sample>,
    /// Newest last.
    pub history: VecDeque<Point>,
    /// Readings and passes so far.
    pub counts: (u64, u64),
    /// Single failures that did not make it down.
    pub blips: u64,
    /// When the last of them was.
    pub blipped: Option<Stamp>,
    /// What the log has been told of it.
    pub told: Told,
    /// Users reach it.
    pub public: bool,
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
    /// The age at which a reading is stale.
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
    fn new(id: ProbeId, public: bool) -> Cell {
        Cell {
            id,
            base: ProbeState::Unknown,
            streak: 0,
            aim: ProbeState::Unknown,
            expected: false,
            flapping: false,
            flapped: None,
            stale: false,
            since: None,
            turned: None,
            last: None,
            history: VecDeque::new(),
            counts: (0, 0),
            blips: 0,
            blipped: None,
            told: Told::default(),
            public,
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
            self.confirmed()
        }
    }

    /// What the thresholds confirmed, and whether that is meant to be.
    fn confirmed(&self) -> ProbeState {
        match self.base {
            ProbeState::Down if self.expected => ProbeState::ExpectedDown,
            base => base,
        }
    }

    /// The state as recorded: what is merely pending is not.
    #[must_use]
    pub fn settled(&self) -> ProbeState {
        match self.state() {
            ProbeState::Pending => self.confirmed(),
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
        let aim = match self.aim {
            ProbeState::Unknown if self.base == ProbeState::Down => ProbeState::Up,
            ProbeState::Unknown => ProbeState::Down,
            aim => aim,
        };
        (aim, if aim == ProbeState::Up { check.up_after } else { check.down_after })
    }

    /// The newest health reading.
    #[must_use]
    pub fn health(&self) -> Option<&Health> {
        self.last.as_ref().and_then(|sample| match &sample.reading {
            Reading::Health(health) => Some(health),
            _ => None,
        })
    }

    /// An answer in one clause: "200 in 61ms", `503: status == 200, saw 503`.
    #[must_use]
    pub fn saw(&self) -> String {
        self.health().map_or_else(|| "no reading yet".to_owned(), Cell::says)
    }

    /// A reading in one clause.
    #[must_use]
    pub fn says(health: &Health) -> String {
        let took = health.latency.map(|latency| format!(" in {}", crate::text::short(latency)));
        let answer = format!("{}{}", health.word, took.unwrap_or_default());
        match &health.outcome {
            Outcome::Pass => answer,
            Outcome::Maintenance => format!("{answer}: the maintenance page"),
            Outcome::Fail(miss) => format!("{answer}: {}, saw {}", miss.expected, miss.saw),
            Outcome::NoAnswer { why, .. } => why.clone(),
            Outcome::Broken(why) => format!("cannot be asked: {why}"),
        }
    }

    pub(super) fn take(&mut self, sample: Sample, down_after: u32, up_after: u32) {
        let Reading::Health(health) = &sample.reading else { return };
        let target = match health.outcome {
            Outcome::Pass => ProbeState::Up,
            Outcome::Maintenance => ProbeState::Maintenance,
            _ => ProbeState::Down,
        };
        let ok = target == ProbeState::Up;
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
        if target == self.base {
            if self.streak > 0 && ok {
                self.blip();
            }
            self.streak = 0;
            self.turned = None;
        } else {
            if self.aim != target || self.streak == 0 {
                self.streak = 0;
                self.turned = None;
            }
            self.aim = target;
            self.streak += 1;
            self.turned.get_or_insert((at, self.saw()));
            let needed = match (self.base, target) {
                // There is nothing to come up from.
                (ProbeState::Unknown, ProbeState::Up | ProbeState::Maintenance) => 1,
                (_, ProbeState::Up) => up_after,
                _ => down_after,
            };
            if self.streak >= needed {
                self.base = target;
                self.streak = 0;
                self.since = self.turned.take().map(|(turned, _)| turned);
            }
        }
        self.flap(at);
        self.told.flips += u32::from(self.settled() != before);
    }

    /// A failure that was none: it is counted, and the log is told of it.
    fn blip(&mut self) {
        self.blips += 1;
        if let Some(first) = self.turned.take() {
            self.blipped = Some(first.0);
            self.told.blip.get_or_insert(first);
        }
        // Out and back.
        self.told.flips += 2;
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
    /// The old side is meant to be down, or no longer; without sides, the whole check.
    pub(in crate::state) fn expect_down(&mut self, expected: bool, aim: Side) {
        let (sides, public) = (self.settings.old.is_some(), self.settings.public);
        // While rolling back old and new change places; a check of the old place alone must come up again then.
        let left = if aim == Side::Old { Side::New } else { Side::Old };
        for cell in &mut self.cells {
            let here = if sides { cell.id.side == Some(left) } else { !public && left == Side::Old };
            cell.expected = expected && here;
        }
    }

    /// Marks what has become stale; says whether anything has.
    pub(super) fn age(&mut self, now: &Stamp) -> bool {
        let limit = self.settings.stale_limit();
        let mut changed = false;
        for cell in &mut self.cells {
            let due = cell.last.as_ref().and_then(|last| now.due(&last.at, limit));
            if let (Some(due), false) = (due, cell.stale) {
                cell.stale = true;
                cell.since = Some(due);
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
        // What users reach is told by the outage.
        !self.public && self.id.side == Some(Side::New) && self.settled() == ProbeState::Down
    }

    fn told(&self) -> &Told {
        &self.told
    }

    fn told_mut(&mut self) -> &mut Told {
        &mut self.told
    }
}
