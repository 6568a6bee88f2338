//! The lines as they are shown: of one log or several, merged as they were read, without those that filters hide.

use std::collections::{BTreeMap, VecDeque};

use super::super::live::Log;
use super::super::live::log::{Block, Buffer, Line};
use super::sieve::Sifted;

/// A line's place among those of all logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// When it was read, on the boot clock, in nanoseconds.
    pub order: u64,
    /// Which log: its place in the sidecar.
    pub log: usize,
    /// Its number in the log.
    pub line: u64,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To older lines.
    Back,
    /// To newer ones.
    On,
}

/// Which lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// All that are shown.
    Any,
    /// Errors.
    Error,
    /// What the search matches.
    Hit,
}

/// A log that is shown.
#[derive(Clone, Copy, Debug)]
pub struct Strand<'a> {
    /// Its place in the sidecar.
    pub at: usize,
    /// The log.
    pub log: &'a Log,
    /// Its lines: as they are now, or as they were when the pane was paused.
    pub buffer: &'a Buffer,
    /// Lines before this one were cleared away.
    pub floor: u64,
    /// What is known of its lines.
    pub sifted: Option<&'a BTreeMap<u64, Sifted>>,
}

/// The logs that are shown.
#[derive(Clone, Debug)]
pub struct Lens<'a> {
    /// They, in the sidecar's order.
    pub strands: Vec<Strand<'a>>,
    /// Some lines are hidden by filters.
    pub filters: bool,
    /// Something is found out of lines: by filters or a search.
    pub sifts: bool,
}

/// What is known of all lines that are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines, hidden ones included.
    pub lines: u64,
    /// Lines that were looked at.
    pub sifted: u64,
    /// Lines that filters hide.
    pub hidden: u64,
    /// Lines that the search matches.
    pub hits: u64,
}

impl<'a> Lens<'a> {
    /// A line.
    #[must_use]
    pub fn line(&self, spot: Spot) -> Option<(&Strand<'a>, Line<'a>)> {
        let strand = self.strands.iter().find(|strand| strand.at == spot.log)?;
        Some((strand, strand.buffer.line(spot.line)?))
    }

    /// The newest line.
    #[must_use]
    pub fn last(&self) -> Option<Spot> {
        self.find(None, Way::Back, Want::Any)
    }

    /// The oldest line.
    #[must_use]
    pub fn first(&self) -> Option<Spot> {
        self.find(None, Way::On, Want::Any)
    }

    /// The line before.
    #[must_use]
    pub fn before(&self, spot: Spot) -> Option<Spot> {
        self.find(Some(spot), Way::Back, Want::Any)
    }

    /// The line behind.
    #[must_use]
    pub fn after(&self, spot: Spot) -> Option<Spot> {
        self.find(Some(spot), Way::On, Want::Any)
    }

    /// The next wanted line from a place on, or from the end.
    #[must_use]
    pub fn find(&self, from: Option<Spot>, way: Way, want: Want) -> Option<Spot> {
        let spots = self.strands.iter().filter_map(|strand| {
            let line = strand.nearest(strand.start(from, way)?, way, want, self.filters)?;
            let order = strand.buffer.line(line)?.order;
            Some(Spot { order, log: strand.at, line })
        });
        match way {
            Way::Back => spots.max(),
            Way::On => spots.min(),
        }
    }

    /// Whether all lines between two places were looked at.
    #[must_use]
    pub fn is_known(&self, one: Spot, other: Spot) -> bool {
        let (from, to) = (one.order.min(other.order), one.order.max(other.order));
        !self.sifts
            || self.strands.iter().all(|strand| {
                let between = strand.buffer.blocks().filter(|block| {
                    let (first, last) = block.orders();
                    first <= to && last >= from
                });
                between.into_iter().all(|block| strand.is_sifted(block))
            })
    }

    /// What is known of all lines.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for strand in &self.strands {
            let floor = strand.floor.max(strand.buffer.first());
            tally.lines += strand.buffer.next() - floor.min(strand.buffer.next());
            for block in strand.buffer.blocks() {
                let Some(sifted) = strand.sifted.and_then(|sifted| sifted.get(&block.first())) else {
                    continue;
                };
                let low = u32::try_from(floor.saturating_sub(block.first())).unwrap_or(u32::MAX);
                // While the pane is paused the live block may be ahead of the one that is held.
                let high = sifted.upto.min(u32::try_from(block.len()).unwrap_or(u32::MAX));
                let low = low.max(sifted.from);
                let within = |lines: &VecDeque<u32>| {
                    let from = lines.partition_point(|line| *line < low);
                    let to = lines.partition_point(|line| *line < high);
                    to.saturating_sub(from) as u64
                };
                let looked = u64::from(high.saturating_sub(low));
                tally.sifted += looked;
                tally.hits += within(&sifted.hits);
                tally.hidden += if self.filters { looked - within(&sifted.pass) } else { 0 };
            }
        }
        tally
    }
}

impl Strand<'_> {
    /// The first line to look at, from a place on.
    fn start(&self, from: Option<Spot>, way: Way) -> Option<u64> {
        let buffer = self.buffer;
        match (from, way) {
            (None, Way::Back) => buffer.next().checked_sub(1),
            (None, Way::On) => Some(self.floor.max(buffer.first())),
            (Some(spot), Way::Back) if spot.log == self.at => spot.line.checked_sub(1),
            (Some(spot), Way::On) if spot.log == self.at => Some(spot.line + 1),
            // Of lines read in the same moment those of the earlier log come first.
            (Some(spot), Way::Back) => {
                buffer.read_from(spot.order + u64::from(self.at < spot.log)).checked_sub(1)
            }
            (Some(spot), Way::On) => Some(buffer.read_from(spot.order + u64::from(self.at < spot.log))),
        }
    }

    /// The nearest wanted line from this one on, itself included.
    fn nearest(&self, from: u64, way: Way, want: Want, filters: bool) -> Option<u64> {
        let buffer = self.buffer;
        let floor = self.floor.max(buffer.first());
        let from = match way {
            Way::Back => from.min(buffer.next().checked_sub(1)?),
            Way::On => from.max(floor),
        };
        let mut index = buffer.find(from)?;
        loop {
            let block = buffer.block(index)?;
            if block.end() <= floor {
                return None;
            }
            let low = floor.max(block.first());
            let (low, high) = match way {
                Way::Back => (low, from.min(block.end() - 1)),
                Way::On => (low.max(from), block.end() - 1),
            };
            if low <= high
                && let Some(found) = self.within(block, (low, high), way, want, filters)
            {
                return Some(found);
            }
            index = match way {
                Way::Back => index.checked_sub(1)?,
                Way::On => index + 1,
            };
        }
    }

    /// The nearest wanted line of a block between two of its lines.
    fn within(&self, block: &Block, range: (u64, u64), way: Way, want: Want, filters: bool) -> Option<u64> {
        if want == Want::Error && block.errors() == 0 {
            return None;
        }
        let place = |line: u64| u32::try_from(line - block.first()).unwrap_or(u32::MAX);
        let (low, high) = (place(range.0), place(range.1));
        let wanted = |line: &u32| {
            let entry = block.chunk().lines.get(*line as usize);
            want != Want::Error || entry.is_some_and(|entry| entry.level.is_error())
        };
        let sifted = self.sifted.and_then(|sifted| sifted.get(&block.first()));
        let found = if filters || want == Want::Hit {
            let lines = if want == Want::Hit { &sifted?.hits } else { &sifted?.pass };
            let from = lines.partition_point(|line| *line < low);
            let to = lines.partition_point(|line| *line <= high);
            let mut lines = lines.range(from..to.max(from)).copied();
            match way {
                Way::Back => lines.rfind(wanted),
                Way::On => lines.find(wanted),
            }
        } else {
            match way {
                Way::Back => (low..=high).rfind(wanted),
                Way::On => (low..=high).find(wanted),
            }
        };
        found.map(|line| block.first() + u64::from(line))
    }

    fn is_sifted(&self, block: &Block) -> bool {
        let sifted = self.sifted.and_then(|sifted| sifted.get(&block.first()));
        block.end() <= self.floor || sifted.is_some_and(|sifted| sifted.covers(block.len()))
    }
}
