//! What there is in the demo: two hosts, a name that points at one of them, uploads, a log.

use std::cell::{Cell, RefCell};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use chrono::SecondsFormat;
use tokio::sync::watch;

use super::pace::Pace;
use super::zone::Zone;
use crate::clock::{Clock, SystemClock};

/// Where the old host, the new host and what customers reach answer, all on one port.
pub(super) const OLD: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
pub(super) const NEW: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);
pub(super) const FRONT: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// What the name says over IPv6, from the range kept for documentation: nobody asks there.
pub(super) const OLD6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);
pub(super) const NEW6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 3);

/// One of the two hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Old,
    New,
}

impl Side {
    pub(super) fn name(self) -> &'static str {
        match self {
            Side::Old => "old",
            Side::New => "new",
        }
    }

    pub(super) const fn address(self) -> Ipv4Addr {
        match self {
            Side::Old => OLD,
            Side::New => NEW,
        }
    }

    pub(super) const fn address6(self) -> Ipv6Addr {
        match self {
            Side::Old => OLD6,
            Side::New => NEW6,
        }
    }

    /// Where it keeps what customers upload.
    pub(super) fn uploads(self, folder: &Path) -> PathBuf {
        folder.join(format!("{}-uploads", self.name()))
    }
}

/// What a host does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shop {
    /// Nothing answers.
    Off,
    /// It answers that it is not ready.
    Starting,
    /// It serves.
    Open,
    /// It shows a page instead.
    Closed,
}

/// Everything that the demo's servers share; one thread has it all.
pub(super) struct World {
    pub(super) pace: Pace,
    pub(super) folder: PathBuf,
    pub(super) port: u16,
    pub(super) zone: Rc<RefCell<Zone>>,
    pub(super) old: watch::Sender<Shop>,
    pub(super) new: watch::Sender<Shop>,
    /// The front shows a page instead of what a host says.
    pub(super) maintenance: Cell<bool>,
    /// The front has a second way in.
    pub(super) second: Cell<bool>,
    /// Customers may upload.
    pub(super) open_for_uploads: Cell<bool>,
    /// The new host trusts the payment gateway.
    pub(super) trusts: Cell<bool>,
    pub(super) random: RefCell<fastrand::Rng>,
    /// Held by the pass of the copy that runs; another waits for it.
    pub(super) copying: tokio::sync::Mutex<()>,
    /// Uploads taken so far, for their names.
    pub(super) uploads: Cell<u32>,
    log: RefCell<File>,
}

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Info,
    Warning,
    Error,
}

impl World {
    /// A world before the move: the old shop is open, the new host is off.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub(super) fn new(folder: &Path, port: u16, pace: Pace, six: bool, seed: u64) -> io::Result<World> {
        for side in [Side::Old, Side::New] {
            std::fs::create_dir(side.uploads(folder))?;
        }
        let log = OpenOptions::new().append(true).create_new(true).open(World::log_file(folder))?;
        Ok(World {
            pace,
            folder: folder.to_owned(),
            port,
            zone: Rc::new(RefCell::new(Zone::new(pace, six))),
            old: watch::Sender::new(Shop::Open),
            new: watch::Sender::new(Shop::Off),
            maintenance: Cell::new(false),
            second: Cell::new(false),
            open_for_uploads: Cell::new(true),
            trusts: Cell::new(false),
            random: RefCell::new(fastrand::Rng::with_seed(seed)),
            copying: tokio::sync::Mutex::new(()),
            uploads: Cell::new(0),
            log: RefCell::new(log),
        })
    }

    /// Where both hosts write their log.
    pub(super) fn log_file(folder: &Path) -> PathBuf {
        folder.join("shop.log")
    }

    pub(super) fn shop(&self, side: Side) -> &watch::Sender<Shop> {
        match side {
            Side::Old => &self.old,
            Side::New => &self.new,
        }
    }

    /// Writes a line to the shop's log.
    pub(super) fn say(&self, side: Side, level: Level, text: &str) {
        let at = SystemClock.now().wall.to_rfc3339_opts(SecondsFormat::Millis, true);
        let level = match level {
            Level::Info => "INFO ",
            Level::Warning => "WARN ",
            Level::Error => "ERROR",
        };
        // The disk may be full; the demo goes on without that line.
        let _unsaid = writeln!(self.log.borrow_mut(), "{at} {level} shop-{} {text}", side.name());
    }

    /// A number from `low` up to but without `high`.
    pub(super) fn draw(&self, low: u32, high: u32) -> u32 {
        self.random.borrow_mut().u32(low..high)
    }
}
