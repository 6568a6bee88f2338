//! Whether a file system holds what is still to come.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};

use super::Copy;
use crate::clock::{self, Stamp};
use crate::config::HostSettings;
use crate::sample::ProbeState;
use crate::sample::host::{Disk, Host as Load};
use crate::state::live::Probed;
use crate::text;

/// What is to be expected of a file system.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// Where it is mounted.
    pub mount: String,
    /// Bytes free.
    pub free: u64,
    /// When it will be full, in the time of the screen.
    pub full: Option<DateTime<FixedOffset>>,
    /// Copies under way that fill it.
    pub copies: Vec<String>,
    /// Bytes that they still bring; those that do not say are not counted.
    pub coming: u64,
    /// One of them may bring more: its total is not final.
    pub at_least: bool,
    /// When the last of them ends, as far as they say.
    pub ends: Option<DateTime<FixedOffset>>,
}

impl Outlook {
    /// It will be full before what fills it ends, or it cannot hold what is to come.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        let late = self.full.zip(self.ends).is_some_and(|(full, ends)| full < ends);
        self.coming > self.free || late
    }

    /// In words: `/data full at 07:12, before copy assets ends 07:40`.
    #[must_use]
    pub fn words(&self) -> String {
        let copies = match &self.copies[..] {
            [] => String::new(),
            [one] => format!("copy {one}"),
            [all @ .., last] => format!("copies {} and {last}", all.join(", ")),
        };
        let ends = if self.copies.len() > 1 { "end" } else { "ends" };
        let full = self.full.map(|full| format!("full at {}", full.format("%H:%M")));
        let room = (self.coming > self.free).then(|| {
            let more = if self.at_least { "at least " } else { "" };
            let (coming, free) = (text::size(self.coming), text::size(self.free));
            format!("cannot hold {copies}: {more}{coming} to come, {free} free")
        });
        let what = match (full, room, self.ends) {
            (Some(full), Some(room), _) => format!("{full}, {room}"),
            (None, Some(room), _) => room,
            (Some(full), None, Some(at)) if self.is_bad() => {
                format!("{full}, before {copies} {ends} {}", at.format("%H:%M"))
            }
            (Some(full), None, Some(at)) => format!("{full}, after {copies} {ends} {}", at.format("%H:%M")),
            (Some(full), None, None) if !copies.is_empty() => format!("{full}, while {copies} may go on"),
            (Some(full), None, None) => full,
            (None, None, _) => return String::new(),
        };
        format!("{} {what}", self.mount)
    }
}

/// The outlook of a file system that fills within `left`, or that copies fill; `None` if there is nothing to say.
pub(super) fn of(
    disk: &Disk,
    load: &Load,
    settings: &HostSettings,
    left: Option<Duration>,
    copies: &[Copy],
    now: &Stamp,
) -> Option<Outlook> {
    let after = |span: Duration| now.local().checked_add_signed(TimeDelta::from_std(span).ok()?);
    let filling = copies.iter().filter(|copy| {
        let target = copy.settings.target.as_ref().map(|target| target.to_string_lossy());
        let lies =
            target.is_some_and(|target| load.disk_of(&target).is_some_and(|on| on.mount == disk.mount));
        let runs = matches!(copy.state(), ProbeState::Scanning | ProbeState::Running | ProbeState::Stalled);
        lies && runs && copy.settings.via == settings.via
    });
    let mut outlook = Outlook {
        mount: disk.mount.clone(),
        free: disk.free,
        full: left.and_then(after),
        copies: Vec::new(),
        coming: 0,
        at_least: false,
        ends: None,
    };
    for copy in filling {
        outlook.copies.push(copy.settings.name.clone());
        let Some(seen) = copy.copy() else { continue };
        let progress = &seen.progress;
        if let (Some(total), done) = (progress.bytes.total, progress.bytes.done.unwrap_or(0)) {
            outlook.coming = outlook.coming.saturating_add(total.saturating_sub(done));
            outlook.at_least |= !progress.total_is_final;
        }
        let ends = copy.forecasts().first().map(|forecast| clock::local(forecast.most, now.offset));
        outlook.ends = outlook.ends.max(ends);
    }
    (outlook.full.is_some() || outlook.is_bad()).then_some(outlook)
}
