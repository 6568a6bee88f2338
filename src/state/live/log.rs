//! Logs: the lines that are kept, rates, marks, shapes, and whether a log has fallen silent.

mod buffer;
mod marks;
mod rates;
mod shapes;

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Probed, Told};
use crate::clock::Stamp;
use crate::config::LogSource;
use crate::sample::log::{Source, Turn};
use crate::sample::{Kind, LogBatch, ProbeId, ProbeState};
use crate::text;

pub use buffer::{Block, Buffer, Line};
pub use marks::{Mark, Marks};
pub use rates::{Around, Counts, Rate, Rates, errors};
pub use shapes::{Known, Shapes};

/// Turns of a source kept.
const TURNS: usize = 100;

/// A log.
#[derive(Clone, Debug)]
pub struct Log {
    /// What the sidecar says of it.
    pub settings: LogSource,
    /// Its lines.
    pub buffer: Buffer,
    /// How many came when.
    pub rates: Rates,
    /// Their shapes.
    pub shapes: Arc<Shapes>,
    /// What divides them; the same in all logs.
    pub marks: Arc<Marks>,
    /// What happened to the source, oldest first.
    pub turns: VecDeque<Turned>,
    /// What the source is now.
    pub source: Source,
    /// Lines that arrived faster than they could be kept.
    pub dropped: u64,
    /// Bytes read so far.
    pub read: u64,
    /// Bytes that are there and not read yet.
    pub behind: u64,
    /// How many shapes are new since the mark, and not expected.
    pub new: usize,
    /// What came since the last act on an item.
    pub since_act: SinceAct,
    id: ProbeId,
    state: ProbeState,
    since: Option<Stamp>,
    /// When the cockpit first looked, last looked, and when a line last came.
    began: Option<Stamp>,
    last: Option<Stamp>,
    line: Option<Stamp>,
    now: Option<Stamp>,
    told: Told,
}

/// What came since the last act on an item, or since the cockpit first looked, if that was later.
#[derive(Clone, Copy, Debug, Default)]
pub struct SinceAct {
    /// Lines by level.
    pub counts: Counts,
    /// When that was.
    pub since: Option<DateTime<Utc>>,
}

/// Something that happened to a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Turned {
    /// When it was noticed.
    pub at: Stamp,
    /// What.
    pub turn: Turn,
}

impl Log {
    pub(super) fn new(settings: LogSource) -> Log {
        let id = ProbeId { kind: Kind::Log, name: settings.name.clone(), side: None };
        let mut shapes = Shapes::default();
        shapes.expect(&settings.noise);
        Log {
            buffer: Buffer::new(settings.lines, settings.bytes),
            rates: Rates::default(),
            shapes: Arc::new(shapes),
            marks: Arc::default(),
            turns: VecDeque::new(),
            source: Source::Unread,
            dropped: 0,
            read: 0,
            behind: 0,
            new: 0,
            since_act: SinceAct::default(),
            settings,
            id,
            state: ProbeState::Unknown,
            since: None,
            began: None,
            last: None,
            line: None,
            now: None,
            told: Told::default(),
        }
    }

    pub(super) fn take(&mut self, batch: LogBatch) {
        let Some(at) = batch.at else { return };
        self.began.get_or_insert(at);
        self.since_act.since.get_or_insert(at.wall);
        self.rates.begin(at.boot);
        self.last = Some(at);
        let came = batch.counts.iter().any(|count| *count > 0) || !batch.lines.lines.is_empty();
        if came && !batch.backlog {
            self.line = Some(at);
            self.rates.add(at.boot, &batch.counts);
            let sums = self.since_act.counts.iter_mut().zip(batch.counts);
            sums.for_each(|(sum, count)| *sum += count);
        }
        self.dropped += batch.dropped;
        (self.read, self.behind) = (batch.read, batch.behind);
        self.turns.extend(batch.turns.into_iter().map(|turn| Turned { at, turn }));
        while self.turns.len() > TURNS {
            self.turns.pop_front();
        }
        let counted = batch.lines.lines.iter().any(|entry| entry.shape != 0);
        if counted || !batch.shapes.is_empty() || batch.more_shapes > 0 {
            let found = !batch.shapes.is_empty() || batch.more_shapes > 0;
            let shapes = Arc::make_mut(&mut self.shapes);
            shapes.add(batch.shapes, batch.backlog, at.wall);
            shapes.count(&batch.lines.lines);
            shapes.more += if batch.backlog { 0 } else { batch.more_shapes };
            shapes.full |= batch.shapes_full;
            if found {
                self.new = self.shapes.count_new(self.marks.since());
            }
        }
        self.buffer.push(&batch.lines, &at);
        self.source = batch.source;
        self.judge(&at);
    }

    pub(super) fn age(&mut self, now: &Stamp) {
        self.judge(now);
    }

    /// Takes over marks and the patterns of expected lines beyond the sidecar's.
    pub(in crate::state) fn settle<'a>(
        &mut self,
        marks: &Arc<Marks>,
        allowed: impl Iterator<Item = &'a str>,
    ) {
        if self.marks.since() != marks.since() && self.shapes.more > 0 {
            // They came before the new mark.
            Arc::make_mut(&mut self.shapes).more = 0;
        }
        self.marks = Arc::clone(marks);
        let expected: Vec<String> =
            self.settings.noise.iter().cloned().chain(allowed.map(str::to_owned)).collect();
        if self.shapes.expected() != expected {
            Arc::make_mut(&mut self.shapes).expect(&expected);
        }
        self.new = self.shapes.count_new(self.marks.since());
    }

    /// Somebody acted on an item: what counts since then counts anew.
    pub(in crate::state) fn acted(&mut self, at: DateTime<Utc>) {
        let since = self.began.map(|_| at);
        self.since_act = SinceAct { counts: Counts::default(), since };
    }

    /// Shapes of lines that first came since the last act on an item; `None` where they can no longer be told apart.
    #[must_use]
    pub fn new_since_act(&self) -> Option<usize> {
        let told_apart = !self.shapes.full && self.shapes.more == 0;
        self.since_act.since.filter(|_| told_apart).map(|since| self.shapes.count_new(since))
    }

    /// For how long no line has come.
    #[must_use]
    pub fn quiet(&self, now: &Stamp) -> Option<Duration> {
        let since = self.line.or(self.began)?;
        Some(now.since(&since))
    }

    /// When a line last came, of those that came while the cockpit looked.
    #[must_use]
    pub fn last_line(&self) -> Option<Stamp> {
        self.line
    }

    fn judge(&mut self, now: &Stamp) {
        self.now = Some(*now);
        let began = self.line.or(self.began);
        let silent = began.zip(self.settings.silent).and_then(|(began, most)| now.due(&began, most));
        let (to, since) = match (&self.source, silent) {
            (Source::Unread, _) => (ProbeState::Unknown, *now),
            (Source::Missing(_) | Source::Hanging(_), _) => (ProbeState::Down, *now),
            // What was away has come back only now.
            (Source::Files(_) | Source::Running, Some(since)) => {
                (ProbeState::Silent, if self.state == ProbeState::Down { *now } else { since })
            }
            (Source::Files(_) | Source::Running, None) => (ProbeState::Up, *now),
        };
        if to != self.state {
            self.state = to;
            self.since = Some(since);
            self.told.flips += 1;
        }
    }
}

impl Probed for Log {
    fn id(&self) -> &ProbeId {
        &self.id
    }

    fn state(&self) -> ProbeState {
        self.state
    }

    fn settled(&self) -> ProbeState {
        self.state
    }

    fn since(&self) -> Option<Stamp> {
        self.since
    }

    fn read(&self) -> Option<Stamp> {
        self.last
    }

    fn saw(&self) -> String {
        let Some(now) = &self.now else { return String::new() };
        let mut saw = match (&self.source, self.state) {
            (Source::Unread, _) => return "not read yet".to_owned(),
            (Source::Missing(why) | Source::Hanging(why), _) => return text::clean(why).into_owned(),
            (_, ProbeState::Silent) => {
                format!("no line for {}, ", text::age(self.quiet(now).unwrap_or_default()))
            }
            _ => String::new(),
        };
        let rate = self.rates.errors(now.boot);
        // The last minute: a whole number.
        let errors = if rate.per_minute().is_some() {
            text::plural(plain(rate.count), "error/min", "errors/min")
        } else {
            format!("{} in {}", text::plural(plain(rate.count), "error", "errors"), text::age(rate.span))
        };
        let since = self.marks.since().format("%H:%M:%SZ");
        let _infallible = write!(saw, "{errors}, {} new since {since}", self.new);
        saw
    }

    fn rings(&self) -> bool {
        self.state == ProbeState::Silent
    }

    fn told(&self) -> &Told {
        &self.told
    }

    fn told_mut(&mut self) -> &mut Told {
        &mut self.told
    }
}

fn plain(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
