//! Wall-clock and monotonic time, the only place that reads them.
//!
//! Everything that needs the time takes a [`Stamp`] or a [`Clock`], so that tests drive it. Three clocks are read
//! together: the wall clock (for people), `CLOCK_MONOTONIC` (for holding times: a suspended laptop does not count)
//! and `CLOCK_BOOTTIME` (for ages: it does).

use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, Offset, TimeDelta, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One moment, read from all clocks together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Wall-clock time.
    pub wall: DateTime<Utc>,
    /// The host's offset from UTC at that moment, in seconds east.
    pub offset: i32,
    /// `CLOCK_MONOTONIC`: stands still while the machine is suspended.
    pub mono: Duration,
    /// `CLOCK_BOOTTIME`: goes on while the machine is suspended.
    pub boot: Duration,
}

impl Stamp {
    /// The wall-clock time in the host's own offset.
    #[must_use]
    pub fn local(&self) -> DateTime<FixedOffset> {
        local(self.wall, self.offset)
    }

    /// How long ago `earlier` was, counting suspended time; zero if it lies ahead.
    #[must_use]
    pub fn since(&self, earlier: &Stamp) -> Duration {
        self.boot.saturating_sub(earlier.boot)
    }

    /// The moment so long before, as if no clock had been set and the machine had not slept in between.
    #[must_use]
    pub fn earlier(&self, by: Duration) -> Stamp {
        Stamp {
            wall: TimeDelta::from_std(by)
                .ok()
                .and_then(|by| self.wall.checked_sub_signed(by))
                .unwrap_or(self.wall),
            offset: self.offset,
            mono: self.mono.saturating_sub(by),
            boot: self.boot.saturating_sub(by),
        }
    }

    /// When something became due that lasts so long since then; `None` if it is not past that yet.
    #[must_use]
    pub fn due(&self, since: &Stamp, limit: Duration) -> Option<Stamp> {
        self.since(since).checked_sub(limit).map(|over| self.earlier(over))
    }
}

/// `[wall, offset, mono, boot]`: microseconds since 1970, seconds east of UTC, microseconds of the other two clocks.
impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let micros = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        (self.wall.timestamp_micros(), self.offset, micros(self.mono), micros(self.boot)).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Stamp, D::Error> {
        let (wall, offset, mono, boot) = <(i64, i32, u64, u64)>::deserialize(from)?;
        let wall = DateTime::from_timestamp_micros(wall).ok_or_else(|| D::Error::custom("no such moment"))?;
        Ok(Stamp { wall, offset, mono: Duration::from_micros(mono), boot: Duration::from_micros(boot) })
    }
}

/// A wall-clock time shown at an offset of so many seconds east of UTC.
#[must_use]
pub fn local(wall: DateTime<Utc>, offset: i32) -> DateTime<FixedOffset> {
    let zone = FixedOffset::east_opt(offset).unwrap_or_else(|| Utc.fix());
    wall.with_timezone(&zone)
}

/// A source of time.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Stamp;
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the place that reads the wall clock")]
    fn now(&self) -> Stamp {
        let local = chrono::Local::now();
        Stamp {
            wall: local.with_timezone(&Utc),
            offset: local.offset().local_minus_utc(),
            mono: read(rustix::time::ClockId::Monotonic),
            boot: read(rustix::time::ClockId::Boottime),
        }
    }
}

fn read(clock: rustix::time::ClockId) -> Duration {
    let time = rustix::time::clock_gettime(clock);
    // Both clocks count up from boot; the kernel keeps nanoseconds in 0..1e9.
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// A clock that stands still until it is moved; for tests.
#[derive(Debug)]
pub struct ManualClock(Mutex<Stamp>);

impl ManualClock {
    /// A clock that stands at `wall`, UTC, 1,000 s after boot.
    #[must_use]
    pub fn new(wall: DateTime<Utc>) -> ManualClock {
        let up = Duration::from_secs(1000);
        ManualClock(Mutex::new(Stamp { wall, offset: 0, mono: up, boot: up }))
    }

    /// Moves all clocks on.
    pub fn advance(&self, by: Duration) {
        self.shift(by, by);
    }

    /// Suspends the machine: wall clock and boot time go on, the monotonic clock does not.
    pub fn suspend(&self, by: Duration) {
        self.shift(by, Duration::ZERO);
    }

    /// Sets the wall clock, forward or back; the others go on as they were.
    pub fn step(&self, by: TimeDelta) {
        let mut stamp = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        stamp.wall += by;
    }

    /// Starts the machine anew after it has been off for so long: boot and monotonic time begin again.
    pub fn reboot(&self, off: Duration) {
        let mut stamp = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        stamp.wall += TimeDelta::from_std(off).unwrap_or_default();
        stamp.boot = Duration::from_secs(20);
        stamp.mono = Duration::from_secs(20);
    }

    fn shift(&self, by: Duration, mono: Duration) {
        let mut stamp = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        stamp.wall += TimeDelta::from_std(by).unwrap_or_default();
        stamp.boot += by;
        stamp.mono += mono;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Stamp {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
