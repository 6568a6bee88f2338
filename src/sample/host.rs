//! What a machine's load is.

use std::time::Duration;

/// One look at a machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Share of all processors that was busy since the look before, 0 to 1; `None` at the first look.
    pub cpu: Option<f64>,
    /// Processors that may be used, the control group's limit included.
    pub cpus: f64,
    /// Load average over one minute.
    pub load: f64,
    /// Memory.
    pub memory: Memory,
    /// File systems.
    pub disks: Vec<Disk>,
    /// Network interfaces.
    pub nets: Vec<Net>,
    /// Named processes.
    pub processes: Vec<Process>,
    /// Since the machine was started.
    pub up: Option<Duration>,
}

/// Memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// How much there is, or how much the control group may take, whichever is less.
    pub total: u64,
    /// How much of it is taken.
    pub used: u64,
    /// The total is a control group's limit.
    pub limited: bool,
    /// Swap there is.
    pub swap_total: u64,
    /// Swap taken.
    pub swap_used: u64,
}

/// A file system.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Disk {
    /// Where it is mounted.
    pub mount: String,
    /// Bytes there are.
    pub total: u64,
    /// Bytes that are free to whoever is not root.
    pub free: u64,
    /// Inodes there are; 0 where they are not counted.
    pub inodes: u64,
    /// Inodes free.
    pub inodes_free: u64,
    /// It has not answered for so long; what is above is what it said last.
    pub hanging: Option<Duration>,
}

/// A network interface; counters as the system gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Net {
    /// Its name.
    pub name: String,
    /// Bytes received so far.
    pub received: u64,
    /// Bytes sent so far.
    pub sent: u64,
    /// Errors and drops so far.
    pub errors: u64,
}

/// The processes that a pattern names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Process {
    /// The pattern.
    pub pattern: String,
    /// How many there are.
    pub count: u32,
    /// Share of one processor that they took since the look before, together; `None` at the first look.
    pub cpu: Option<f64>,
    /// Bytes of memory they hold, together.
    pub memory: u64,
    /// The oldest has run for so long.
    pub up: Option<Duration>,
}
