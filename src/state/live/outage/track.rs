//! One public check: which of its looks are confirmed, dated back to the first.

use std::time::Duration;

use crate::clock::Stamp;
use crate::config::HealthCheck;
use crate::sample::ProbeId;
use crate::signoff::event::OutageKind;

/// How well users are served, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Served,
    Maintenance,
    Out,
}

impl Rank {
    pub fn of(kind: OutageKind) -> Rank {
        match kind {
            OutageKind::Maintenance => Rank::Maintenance,
            OutageKind::Outage => Rank::Out,
        }
    }

    pub fn kind(self) -> Option<OutageKind> {
        match self {
            Rank::Served => None,
            Rank::Maintenance => Some(OutageKind::Maintenance),
            Rank::Out => Some(OutageKind::Outage),
        }
    }

    /// The next worse one.
    pub fn above(self) -> Rank {
        match self {
            Rank::Served => Rank::Maintenance,
            Rank::Maintenance | Rank::Out => Rank::Out,
        }
    }
}

/// One look.
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// When it began.
    pub at: Stamp,
    pub rank: Rank,
    pub saw: String,
}

/// Where the looks changed.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    /// The first look behind it.
    pub at: Stamp,
    /// The time since the look before; `None` if there was none.
    pub resolution: Option<Duration>,
    pub saw: String,
}

/// One public check.
#[derive(Clone, Debug)]
pub(super) struct Track {
    pub id: ProbeId,
    pub every: Duration,
    down_after: u32,
    up_after: u32,
    /// As confirmed.
    pub rank: Option<Rank>,
    /// Where it came to that.
    pub since: Option<Edge>,
    /// Where it last became better than maintenance, and than out.
    left: [Option<Edge>; 2],
    /// Looks in a row that say something else: the rank, the first, how many.
    run: Option<(Rank, Edge, u32)>,
    /// The newest look.
    last: Option<Stamp>,
    /// The first look of the session.
    pub first: Option<Stamp>,
    /// The first look was taken note of.
    pub greeted: bool,
}

impl Track {
    pub fn new(id: ProbeId, check: &HealthCheck) -> Track {
        Track {
            id,
            every: check.every,
            down_after: check.down_after,
            up_after: check.up_after,
            rank: None,
            since: None,
            left: [None, None],
            run: None,
            last: None,
            first: None,
            greeted: false,
        }
    }

    /// Whether it is about this check, by the same rules.
    pub fn is(&self, id: &ProbeId, check: &HealthCheck) -> bool {
        self.id == *id
            && (self.every, self.down_after, self.up_after) == (check.every, check.down_after, check.up_after)
    }

    /// Where it last became better than that.
    pub fn left(&self, rank: Rank) -> Option<&Edge> {
        match rank {
            Rank::Served => None,
            Rank::Maintenance => self.left[0].as_ref(),
            Rank::Out => self.left[1].as_ref(),
        }
    }

    /// Whether looks that are not confirmed yet say so bad a thing, or worse, since that moment or before.
    pub fn leads(&self, rank: Rank, until: &Stamp) -> bool {
        self.run.as_ref().is_some_and(|(to, first, _)| *to >= rank && first.at.boot <= until.boot)
    }

    /// Takes in a look; says whether it confirmed something.
    pub fn take(&mut self, look: Look) -> bool {
        let resolution = self.last.map(|last| look.at.since(&last));
        self.last = Some(look.at);
        self.first.get_or_insert(look.at);
        if self.rank == Some(look.rank) {
            self.run = None;
            return false;
        }
        let (first, count) = match self.run.take() {
            Some((rank, first, count)) if rank == look.rank => (first, count + 1),
            _ => (Edge { at: look.at, resolution, saw: look.saw }, 1),
        };
        let needed = match (self.rank, look.rank) {
            (None, Rank::Served | Rank::Maintenance) => 1,
            (_, Rank::Served) => self.up_after,
            _ => self.down_after,
        };
        if count < needed {
            self.run = Some((look.rank, first, count));
            return false;
        }
        for (left, rank) in self.left.iter_mut().zip([Rank::Maintenance, Rank::Out]) {
            if look.rank < rank && self.rank.is_none_or(|was| was >= rank) {
                *left = Some(first.clone());
            }
        }
        self.rank = Some(look.rank);
        self.since = Some(first);
        true
    }
}
