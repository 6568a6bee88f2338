//! Which lines pass the filters and which match the search: found out newest first, in slices too short to notice.

use std::collections::{BTreeMap, VecDeque};

use regex::Regex;

use super::super::live::log::{Block, Buffer};
use crate::clock::Stamp;
use crate::sample::log::Level;

/// Bytes looked at in a slice, at first.
const BUDGET: usize = 256 << 10;
/// The least and the most that measuring makes of it.
const RANGE: (usize, usize) = (16 << 10, 4 << 20);
/// A slice that took less may grow; one that took more than twice as much shrinks. In milliseconds.
const SLICE: u128 = 2;
/// What looking at a line costs whatever its length.
const LINE: usize = 32;

/// What every line is tested for.
#[derive(Clone, Debug, Default)]
pub struct Tests<'a> {
    /// It must match all of these.
    pub within: Vec<&'a Regex>,
    /// It must match none of these.
    pub without: Vec<&'a Regex>,
    /// It must be at least so grave.
    pub level: Level,
    /// Among those that pass, those that match are hits.
    pub search: Option<&'a Regex>,
}

impl Tests<'_> {
    /// Whether any line could fail to pass.
    #[must_use]
    pub fn filters(&self) -> bool {
        self.level > Level::None || !self.within.is_empty() || !self.without.is_empty()
    }

    /// Whether there is nothing to be found out.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        !self.filters() && self.search.is_none()
    }

    fn passes(&self, text: &str, level: Level) -> bool {
        level >= self.level
            && self.within.iter().all(|regex| regex.is_match(text))
            && !self.without.iter().any(|regex| regex.is_match(text))
    }
}

/// What was found out of a block.
#[derive(Clone, Debug)]
pub struct Sifted {
    /// The lines that were looked at: from this one on,
    pub from: u32,
    /// to before this one.
    pub upto: u32,
    /// Those that pass, if there are filters.
    pub pass: VecDeque<u32>,
    /// Those that pass and match the search.
    pub hits: VecDeque<u32>,
}

impl Sifted {
    /// Nothing was looked at yet of a block of so many lines.
    fn of(lines: usize) -> Sifted {
        let end = u32::try_from(lines).unwrap_or(u32::MAX);
        Sifted { from: end, upto: end, pass: VecDeque::new(), hits: VecDeque::new() }
    }

    /// Whether all of so many lines were looked at.
    pub(super) fn covers(&self, lines: usize) -> bool {
        self.from == 0 && self.upto as usize >= lines
    }
}

/// What was found out so far of every log, by its place, and of its blocks, by their first line.
#[derive(Clone, Debug)]
pub struct Sieve {
    logs: Vec<BTreeMap<u64, Sifted>>,
    budget: usize,
    ran: Option<Stamp>,
}

impl Default for Sieve {
    fn default() -> Sieve {
        Sieve { logs: Vec::new(), budget: BUDGET, ran: None }
    }
}

impl Sieve {
    /// The tests have changed: nothing is known.
    pub fn forget(&mut self) {
        self.logs.clear();
        self.ran = None;
    }

    /// What is known of a log.
    #[must_use]
    pub fn of(&self, log: usize) -> Option<&BTreeMap<u64, Sifted>> {
        self.logs.get(log)
    }

    /// Looks at some more lines of these logs, the newest that were not looked at first; says whether any are left.
    pub fn slice(&mut self, logs: &[(usize, &Buffer)], tests: &Tests<'_>, now: &Stamp) -> bool {
        if tests.is_idle() {
            self.forget();
            return false;
        }
        self.adapt(now);
        let most = logs.iter().map(|(at, _)| at + 1).max().unwrap_or(0);
        self.logs.resize_with(most.max(self.logs.len()), BTreeMap::new);
        for (at, buffer) in logs {
            let oldest = buffer.blocks().next().map_or(u64::MAX, Block::first);
            self.logs[*at] = self.logs[*at].split_off(&oldest);
        }
        let costs = 1 + tests.within.len() + tests.without.len() + usize::from(tests.search.is_some());
        let mut budget = self.budget;
        while let Some((at, block)) = self.newest(logs) {
            let sifted = self.logs[at].entry(block.first()).or_insert_with(|| Sifted::of(block.len()));
            budget = sift(block, sifted, tests, costs, budget);
            if budget == 0 {
                self.ran = Some(*now);
                return true;
            }
        }
        false
    }

    /// The newest block that was not looked at to its end.
    fn newest<'a>(&self, logs: &[(usize, &'a Buffer)]) -> Option<(usize, &'a Block)> {
        let left = |at: usize, block: &Block| {
            let sifted = self.logs.get(at).and_then(|log| log.get(&block.first()));
            sifted.is_none_or(|sifted| !sifted.covers(block.len()))
        };
        let of = |(at, buffer): &(usize, &'a Buffer)| {
            let block = buffer.blocks().rev().find(|block| left(*at, block))?;
            Some((*at, block))
        };
        logs.iter().filter_map(of).max_by_key(|(_, block)| block.orders().1)
    }

    /// Slices follow each other at once: how long the last took is seen when the next begins.
    fn adapt(&mut self, now: &Stamp) {
        let Some(ran) = self.ran.take() else { return };
        let took = now.mono.saturating_sub(ran.mono).as_millis();
        let budget = match took {
            0..SLICE => self.budget * 2,
            SLICE..=4 => self.budget,
            _ => self.budget / 2,
        };
        self.budget = budget.clamp(RANGE.0, RANGE.1);
    }
}

/// Looks at lines of a block for no more than `budget`, those that were added first, then on to its first; what is left
/// of it.
fn sift(block: &Block, sifted: &mut Sifted, tests: &Tests<'_>, costs: usize, mut budget: usize) -> usize {
    let chunk = block.chunk();
    let filters = tests.filters();
    while budget > 0 {
        let added = (sifted.upto as usize) < block.len();
        let number = match sifted.from.checked_sub(1) {
            _ if added => sifted.upto,
            Some(before) => before,
            None => break,
        };
        let put = |lines: &mut VecDeque<u32>| {
            if added { lines.push_back(number) } else { lines.push_front(number) }
        };
        let text = chunk.line(number as usize).unwrap_or_default();
        let level = chunk.lines.get(number as usize).map_or(Level::None, |entry| entry.level);
        if tests.passes(text, level) {
            if filters {
                put(&mut sifted.pass);
            }
            if tests.search.is_some_and(|search| search.is_match(text)) {
                put(&mut sifted.hits);
            }
        }
        if added {
            sifted.upto += 1;
        } else {
            sifted.from = number;
        }
        budget = budget.saturating_sub((text.len() + LINE) * costs);
    }
    budget
}
