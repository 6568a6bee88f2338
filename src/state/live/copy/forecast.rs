//! When a copy will have come to its end, and whether that is in time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::pace::FARTHEST;
use crate::clock::Stamp;

/// When a copy will be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// By what it was reckoned.
    pub by: By,
    /// The earliest.
    pub least: DateTime<Utc>,
    /// The latest.
    pub most: DateTime<Utc>,
    /// It may be later still: no forecast reaches further than [`FARTHEST`].
    pub capped: bool,
}

/// What a forecast was reckoned by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The bytes that are left.
    Bytes,
    /// The objects that are left.
    Objects,
    /// The tool's percentage.
    Percent,
    /// The tool's own word.
    Tool,
}

/// Whether a forecast keeps within a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It does, with so much to spare.
    Spare(Duration),
    /// Its earliest does, its latest is so much too late.
    Perhaps(Duration),
    /// Its latest is so much too late, and its earliest too late as well.
    Late(Duration),
}

impl Forecast {
    pub(super) fn new(by: By, at: &Stamp, (least, most): (Duration, Duration)) -> Forecast {
        let then = |left: Duration| {
            TimeDelta::from_std(left)
                .ok()
                .and_then(|left| at.wall.checked_add_signed(left))
                .unwrap_or(at.wall)
        };
        Forecast { by, least: then(least), most: then(most), capped: most >= FARTHEST }
    }

    /// The time left from now: the least and the most.
    #[must_use]
    pub fn left(&self, now: &Stamp) -> (Duration, Duration) {
        let left = |then: DateTime<Utc>| (then - now.wall).to_std().unwrap_or_default();
        (left(self.least), left(self.most))
    }

    /// Whether it ends before `end`.
    #[must_use]
    pub fn fits(&self, end: DateTime<Utc>) -> Fit {
        let span = |span: TimeDelta| span.to_std().unwrap_or_default();
        if self.most <= end && !self.capped {
            Fit::Spare(span(end - self.most))
        } else if self.least <= end {
            Fit::Perhaps(span(self.most - end))
        } else {
            Fit::Late(span(self.most - end))
        }
    }
}
