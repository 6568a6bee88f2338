//! Recorded readings: what the probes showed, kept beside the log for charts and replay.
//!
//! They lie in the evidence folder as `readings-000001.jsonl` and so on, mode 0600, one reading a line:
//!
//! ```text
//! {"at":"2026-11-21T06:00:02.114Z","up":7202114,"probe":"health/api/new","state":"up","n":2,
//!  "v":{"latency_ms":[58.1,61.5,64.9,64.9]},"seen":{"sample":{…}}}
//! ```
//!
//! `at` is the wall clock of the last measurement, `up` the machine's `CLOCK_BOOTTIME` in milliseconds, `state` what the
//! cockpit made of it, `n` how many measurements the line stands for, `v` each figure's least, mean, greatest and last
//! value among them, `seen` the last one whole. Where nothing but the time and the latency differs from an earlier line
//! of the same file, `as` stands for `seen` and gives the byte that that line begins at. Lines of logs are counted,
//! never kept: `lines`, `warnings` and `errors` count on from the start of the session.
//!
//! A first measurement is written at once, those that follow within a bucket's length become one line; a change of state
//! or a silence ends a bucket. The buckets of a run are 1 s long and grow with what is recorded ([`LENGTHS`]); behind [`LIMIT`] nothing
//! more is recorded, which is said. A line is not synced; a file is when it is sealed: at 1 MiB, after an hour, when
//! somebody signs off, on leaving. Its SHA-256 then goes into the log. What a session that was cut off left behind is sealed
//! by the next as recovered.
//!
//! What is played from them is what the panes showed, but for this, all of it within a bucket's length:
//!
//! - Where a line stands for several measurements (`n`), the earlier ones have the last one's answer and the mean latency,
//!   and are taken to have come evenly ([`Reading::parts`]). No change of state or outcome and no silence lies between them.
//! - Lines of a log are spread evenly over the looks that brought some; new shapes and what happened to the source stand
//!   at the last of them. How many lines had which shape is not kept.

mod bucket;
mod figures;
mod line;
mod measured;
mod reader;
mod recorder;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::clock::Stamp;
use crate::sample::{LogBatch, ProbeId, ProbeState, Sample};
use crate::signoff::disk::digest;

pub use line::BadLine;
pub use measured::Part;
pub use reader::{Place, Reader, ReaderError, Stream};
pub use recorder::{News, Recorder, Sealed};

const MIB: u64 = 1024 * 1024;

/// How long a bucket is while less than so many bytes of the run are recorded.
pub const LENGTHS: [(u64, Duration); 5] = [
    (32 * MIB, Duration::from_secs(1)),
    (64 * MIB, Duration::from_secs(10)),
    (128 * MIB, Duration::from_secs(20)),
    (192 * MIB, Duration::from_secs(40)),
    (LIMIT, Duration::from_secs(80)),
];

/// Bytes that are recorded of a run.
pub const LIMIT: u64 = 256 * MIB;

/// What every file of readings begins and ends with.
const NAME: (&str, &str) = crate::signoff::log::READINGS;

/// One line of a file of readings.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// When the last measurement ended.
    pub at: DateTime<Utc>,
    /// The machine's `CLOCK_BOOTTIME` then.
    pub up: Duration,
    /// Which probe.
    pub probe: ProbeId,
    /// What the cockpit made of it.
    pub state: ProbeState,
    /// How many measurements it stands for.
    pub n: u32,
    /// Its figures by name.
    pub values: BTreeMap<String, Span>,
    /// The last measurement.
    pub seen: Seen,
}

/// A figure over several measurements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// The least.
    pub min: f64,
    /// The mean.
    pub mean: f64,
    /// The greatest.
    pub max: f64,
    /// The last.
    pub last: f64,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// By a probe.
    Sample(Box<Sample>),
    /// By a log's tailer; without the lines themselves.
    Lines(Box<LogBatch>),
}

/// A measurement to be recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// By which probe.
    pub probe: ProbeId,
    /// What the cockpit made of it.
    pub state: ProbeState,
    /// The probe had fallen silent before it.
    pub silent: bool,
    /// What was measured.
    pub seen: Seen,
}

impl Seen {
    /// When it was measured; `None` for a batch that holds nothing.
    #[must_use]
    pub fn at(&self) -> Option<Stamp> {
        match self {
            Seen::Sample(sample) => Some(sample.at),
            Seen::Lines(batch) => batch.at,
        }
    }
}

/// The names of the files of readings in a folder, in their order; none where there is no such folder.
///
/// # Errors
/// The folder cannot be read.
pub fn names(folder: &Path) -> io::Result<Vec<String>> {
    Ok(files(folder)?.into_iter().map(|(_, name)| name).collect())
}

/// Whether a file of readings holds what was sealed: its SHA-256, lower-case hex.
///
/// # Errors
/// It cannot be read, or no file of readings has such a name.
pub fn holds(folder: &Path, name: &str, sha256: &str) -> io::Result<bool> {
    if number(name).is_none() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "that is no name of a file of readings"));
    }
    let hash = digest(&folder.join(name), "", None)?;
    Ok(hash.is_some_and(|hash| hash.to_string() == sha256))
}

/// The number of a file of readings, by its name.
fn number(name: &str) -> Option<u32> {
    name.strip_prefix(NAME.0)?.strip_suffix(NAME.1)?.parse().ok()
}

/// The files of readings in a folder, in their order; none where there is no such folder.
fn files(folder: &Path) -> io::Result<Vec<(u32, String)>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        found.extend(number(&name).map(|number| (number, name)));
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests;
