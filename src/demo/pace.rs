//! How fast a demo's time goes.

use std::time::Duration;

/// So many times as fast as a demo for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace(u32);

impl Default for Pace {
    fn default() -> Pace {
        Pace(1)
    }
}

impl Pace {
    /// For tests: everything a demo waits for takes a tenth.
    pub(super) const FAST: Pace = Pace(10);

    /// How long that takes.
    pub(super) fn of(self, span: Duration) -> Duration {
        span / self.0
    }
}
