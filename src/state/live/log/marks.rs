//! Moments that all logs are divided by: acts on items, and marks set by hand.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, Utc};

/// Marks kept.
const MOST: usize = 500;

/// A moment that stands as a rule between the lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When, on the boot clock.
    pub boot: Duration,
    /// When, on the wall clock.
    pub wall: DateTime<Utc>,
    /// Who did what, in one clause: `dana ticked “Saved DNS changes”`.
    pub text: String,
}

/// The marks of a run, oldest first, and what counts as new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    list: VecDeque<Mark>,
    since: DateTime<Utc>,
    by_hand: bool,
}

impl Default for Marks {
    /// None yet, and the run has not begun.
    fn default() -> Marks {
        Marks::new(DateTime::<Utc>::MIN_UTC)
    }
}

impl Marks {
    /// None yet; what comes after `since`, the run's start, is new.
    #[must_use]
    pub fn new(since: DateTime<Utc>) -> Marks {
        Marks { list: VecDeque::new(), since, by_hand: false }
    }

    /// The run's start is known, or known better.
    pub fn begin(&mut self, since: DateTime<Utc>) {
        if !self.by_hand {
            self.since = since;
        }
    }

    /// Adds one.
    pub fn add(&mut self, mark: Mark) {
        // Lines of the sign-off log may come late and in a bunch.
        let at = self.list.partition_point(|known| known.boot <= mark.boot);
        self.list.insert(at, mark);
        if self.list.len() > MOST {
            self.list.pop_front();
        }
    }

    /// Adds one set by hand: from it on, what was not seen before is new.
    pub fn set(&mut self, mark: Mark) {
        self.since = mark.wall;
        self.by_hand = true;
        self.add(mark);
    }

    /// What came before this moment is not new.
    #[must_use]
    pub fn since(&self) -> DateTime<Utc> {
        self.since
    }

    /// That moment was set by hand; else it is the run's start.
    #[must_use]
    pub fn by_hand(&self) -> bool {
        self.by_hand
    }

    /// All of them, oldest first.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Mark> {
        self.list.iter()
    }
}
