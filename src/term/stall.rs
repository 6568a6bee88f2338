//! Whether the person in front sees what the program means.

use std::time::Duration;

/// A frame under way for so long: what is on the screen is not to be acted on.
pub const STALLED: Duration = Duration::from_secs(1);

/// How long a newer frame must have been on the screen after a stall before it counts as seen.
pub const FRESH: Duration = Duration::from_millis(300);

/// Follows frames to the terminal, and says when acts must be refused.
///
/// From [`STALLED`] on, until a frame drawn after the stall has been painted for [`FRESH`]: keys typed at a frozen
/// picture would tick what the picture showed a minute ago. Times are monotonic. A painted frame is one that the
/// system took: up to some 11 KiB may still wait unread in its buffer, and nobody can tell.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stall {
    under_way: Option<(u64, Duration)>,
    trust: Trust,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Trust {
    #[default]
    Given,
    /// A stalled frame has arrived; a newer one has not.
    Lost,
    /// A newer frame is there since.
    Growing(Duration),
}

impl Stall {
    /// A frame was handed over.
    pub fn handed(&mut self, number: u64, now: Duration) {
        self.under_way = Some((number, now));
    }

    /// A frame was painted.
    pub fn painted(&mut self, number: u64, now: Duration) {
        let Some((_, since)) = self.under_way.take_if(|(under_way, _)| *under_way == number) else {
            return;
        };
        if now.saturating_sub(since) >= STALLED {
            self.trust = Trust::Lost;
        } else {
            self.current(now);
        }
    }

    /// The screen is known to show the newest state.
    pub fn current(&mut self, now: Duration) {
        if self.trust == Trust::Lost {
            self.trust = Trust::Growing(now);
        }
    }

    /// No frame is under way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.under_way.is_none()
    }

    /// How long the frame under way has been; `None` if there is none.
    #[must_use]
    pub fn busy_for(&self, now: Duration) -> Option<Duration> {
        self.under_way.map(|(_, since)| now.saturating_sub(since))
    }

    /// Whether acts must be refused now.
    #[must_use]
    pub fn refuses(&self, now: Duration) -> bool {
        self.busy_for(now).is_some_and(|busy| busy >= STALLED)
            || match self.trust {
                Trust::Given => false,
                Trust::Lost => true,
                Trust::Growing(since) => now.saturating_sub(since) < FRESH,
            }
    }

    /// When [`refuses`](Stall::refuses) next changes by itself.
    #[must_use]
    pub fn next_change(&self, now: Duration) -> Option<Duration> {
        let stalls = self.under_way.map(|(_, since)| since + STALLED);
        let trusted = match self.trust {
            Trust::Growing(since) => Some(since + FRESH),
            Trust::Given | Trust::Lost => None,
        };
        stalls.into_iter().chain(trusted).filter(|at| *at > now).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_quick_frame_never_refuses() {
        let mut stall = Stall::default();
        stall.handed(1, at(0));
        assert!(!stall.refuses(at(999)));
        assert_eq!(stall.next_change(at(10)), Some(at(1000)));
        stall.painted(1, at(999));
        assert!(!stall.refuses(at(5000)));
        assert_eq!(stall.next_change(at(5000)), None);
    }

    #[test]
    fn a_stall_refuses_until_a_newer_frame_is_seen() {
        let mut stall = Stall::default();
        stall.handed(1, at(0));
        assert!(stall.refuses(at(1000)), "under way for a second");
        stall.painted(1, at(9000));
        assert!(stall.refuses(at(9500)), "what arrived is nine seconds old");
        stall.handed(2, at(9500));
        stall.painted(2, at(9510));
        assert!(stall.refuses(at(9809)));
        assert_eq!(stall.next_change(at(9600)), Some(at(9810)));
        assert!(!stall.refuses(at(9810)));
    }

    #[test]
    fn a_screen_that_needs_no_newer_frame_is_seen_too() {
        let mut stall = Stall::default();
        stall.handed(7, at(0));
        stall.painted(7, at(2000));
        stall.current(at(2033));
        assert!(stall.refuses(at(2332)));
        assert!(!stall.refuses(at(2333)));
    }

    #[test]
    fn a_second_stall_begins_anew() {
        let mut stall = Stall::default();
        stall.handed(1, at(0));
        stall.painted(1, at(2000));
        stall.handed(2, at(2000));
        stall.painted(2, at(4000));
        assert!(stall.refuses(at(60_000)), "no frame drawn after the second stall");
    }

    #[test]
    fn an_old_number_changes_nothing() {
        let mut stall = Stall::default();
        stall.handed(2, at(0));
        stall.painted(1, at(10));
        assert_eq!(stall.busy_for(at(30)), Some(at(30)));
    }
}
