//! One line of a file of readings: encode and decode.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::{Reading, Seen, Span, Stream};
use crate::clock::Stamp;
use crate::sample::{self, Dns, LogBatch, ProbeId, ProbeState, Sample};

/// Bytes that are not a line of readings: why, as a clause.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadLine(String);

impl BadLine {
    pub(super) fn of(why: impl Into<String>) -> BadLine {
        BadLine(why.into())
    }
}

/// A line as it is on disk.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Disk {
    at: String,
    up: u64,
    probe: ProbeId,
    state: ProbeState,
    n: u32,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    v: BTreeMap<String, Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<Whole>,
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    like: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Whole {
    Sample(Box<Sample>),
    Lines(Box<LogBatch>),
}

impl Serialize for Span {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let short = |value: f64| (value * 1e6).round() / 1e6;
        [self.min, self.mean, self.max, self.last].map(short).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Span, D::Error> {
        let [min, mean, max, last] = <[f64; 4]>::deserialize(from)?;
        Ok(Span { min, mean, max, last })
    }
}

/// Writes the lines of one file.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    /// The last line of a stream that holds everything: where it begins, and what it holds.
    whole: HashMap<Stream, (u64, Sample)>,
}

impl Encoder {
    /// The line, with its newline, that stands `at` so many bytes in the file.
    pub(super) fn line(&mut self, reading: &Reading, at: u64) -> Result<Vec<u8>, BadLine> {
        let mut disk = Disk {
            at: reading.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            up: u64::try_from(reading.up.as_millis()).unwrap_or(u64::MAX),
            probe: reading.probe.clone(),
            state: reading.state,
            n: reading.n,
            v: reading.values.clone(),
            seen: None,
            like: None,
        };
        match &reading.seen {
            Seen::Lines(batch) => disk.seen = Some(Whole::Lines(batch.clone())),
            Seen::Sample(sample) => {
                let stream = Stream::of(&reading.probe, &reading.seen);
                match self.whole.get(&stream) {
                    Some((start, whole)) if alike(whole, sample) => disk.like = Some(*start),
                    _ => {
                        disk.seen = Some(Whole::Sample(sample.clone()));
                        self.whole.insert(stream, (at, (**sample).clone()));
                    }
                }
            }
        }
        let mut line = serde_json::to_vec(&disk).map_err(|error| BadLine(error.to_string()))?;
        line.push(b'\n');
        Ok(line)
    }
}

/// Whether two measurements differ only in when they were taken and how long they took.
fn alike(a: &Sample, b: &Sample) -> bool {
    let plain = |sample: &Sample| {
        let mut sample = sample.clone();
        match &mut sample.reading {
            sample::Reading::Health(health) => health.latency = health.latency.map(|_| Duration::ZERO),
            sample::Reading::Dns(dns) => {
                if let Dns::Reply(reply) = &mut **dns {
                    reply.took = reply.took.map(|_| Duration::ZERO);
                }
            }
            // Their figures change with every look.
            _ => return None,
        }
        Some(sample.reading)
    };
    plain(a).is_some_and(|plainly| Some(plainly) == plain(b))
}

/// A line, of which what was measured may stand in another.
pub(super) struct Decoded {
    pub(super) reading: Reading,
    /// Where the line begins that holds the rest.
    pub(super) like: Option<u64>,
}

/// Reads a line, without its newline.
pub(super) fn decode(raw: &[u8]) -> Result<Decoded, BadLine> {
    let bad = |why: String| BadLine(why);
    let disk: Disk = serde_json::from_slice(raw).map_err(|error| bad(error.to_string()))?;
    let at = DateTime::parse_from_rfc3339(&disk.at).map_err(|error| bad(format!("its time: {error}")))?;
    let seen = match (disk.seen, disk.like) {
        (Some(Whole::Sample(sample)), None) => Seen::Sample(sample),
        (Some(Whole::Lines(lines)), None) => Seen::Lines(lines),
        (None, Some(_)) => Seen::Lines(Box::default()),
        _ => return Err(bad("it needs either `seen` or `as`".to_owned())),
    };
    let reading = Reading {
        at: at.with_timezone(&Utc),
        up: Duration::from_millis(disk.up),
        probe: disk.probe,
        state: disk.state,
        n: disk.n,
        values: disk.v,
        seen,
    };
    Ok(Decoded { reading, like: disk.like })
}

/// What was measured, by an earlier line of the same file that is alike.
pub(super) fn complete(mut reading: Reading, whole: &Sample) -> Reading {
    let mut sample = whole.clone();
    let took = sample.at.boot.saturating_sub(sample.began.boot);
    let figure = |name: &str| {
        let span = reading.values.get(name)?;
        Duration::try_from_secs_f64(span.last / 1000.0).ok()
    };
    let mut took_now = None;
    match &mut sample.reading {
        sample::Reading::Health(health) => {
            took_now = figure("latency_ms");
            health.latency = health.latency.and(took_now);
        }
        sample::Reading::Dns(dns) => {
            if let Dns::Reply(reply) = &mut **dns {
                took_now = figure("took_ms");
                reply.took = reply.took.and(took_now);
            }
        }
        _ => {}
    }
    let offset = sample.at.offset;
    sample.at = Stamp { wall: reading.at, offset, mono: reading.up, boot: reading.up };
    sample.began = sample.at.earlier(took_now.unwrap_or(took));
    reading.seen = Seen::Sample(Box::new(sample));
    reading
}
