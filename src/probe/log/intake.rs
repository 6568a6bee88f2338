//! What becomes of each line: cleaned, filtered, weighed, given its shape, kept as long as it can survive, and sent.
//!
//! Every line is counted; only lines that can survive the reader's buffer are kept, and only those that are sent are
//! redacted and dated. Where the way out is full, lines wait here, within the same limits.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use memchr::memmem;
use regex::RegexSet;

use super::clean::clean;
use super::level::Levels;
use super::shape::{Known, Masker};
use super::stated;
use crate::clock::Clock;
use crate::config::LogSource;
use crate::sample::LogBatch;
use crate::sample::log::{Chunk, Entry, Level, Shape, Source, Turn};
use crate::text::{MASK, Redactor};

/// Lines in one batch.
const LINES: usize = 4096;
/// Bytes of text in one batch; one line may exceed it.
const BYTES: usize = 256 * 1024;
/// What is read waits at most so long for company.
const WAIT: Duration = Duration::from_millis(100);
/// The same while more is unread than the buffer holds: nearly all of it is going to be dropped again.
const WAIT_BEHIND: Duration = Duration::from_secs(1);
/// A source without news tells so often that it is still read.
const PULSE: Duration = Duration::from_secs(5);
/// New shapes told with text and example in one batch.
const SHAPES: usize = 256;
/// Bytes of a shape's text and example.
const EXAMPLE: usize = 512;
/// Turns kept until they can be told.
const TURNS: usize = 256;
/// Lines of a private key that has no end.
const KEY_LINES: u32 = 200;

/// Where batches go; what could not be taken comes back, `None` in it when nobody listens any more.
pub(super) type Out = Box<dyn FnMut(Box<LogBatch>) -> Result<(), Option<Box<LogBatch>>> + Send>;

/// Takes in the lines of one source.
pub(super) struct Intake {
    out: Out,
    clock: Arc<dyn Clock>,
    redactor: Arc<Redactor>,
    levels: Levels,
    include: Option<RegexSet>,
    exclude: Option<RegexSet>,
    noise: Option<RegexSet>,
    /// Lines and bytes that survive.
    most: (usize, usize),
    masker: Masker,
    known: Known,
    with_shapes: bool,
    room: String,
    queue: VecDeque<Pending>,
    held: (usize, usize),
    /// Files that are in the middle of a private key, and for how many lines.
    keys: HashMap<u16, u32>,
    backlog: bool,
    source: Source,
    /// Something to tell beside lines.
    news: bool,
    told: Duration,
    read: u64,
    behind: u64,
    deaf: bool,
}

/// A batch that is being filled, or that could not be sent.
#[derive(Default)]
struct Pending {
    batch: Box<LogBatch>,
    chunk: Chunk,
    /// Since when it waits.
    since: Duration,
    /// Redacted and dated; nothing more comes into it.
    ready: bool,
}

impl Pending {
    fn size(&self) -> (usize, usize) {
        let chunk = if self.ready { &*self.batch.lines } else { &self.chunk };
        (chunk.lines.len(), chunk.text.len())
    }

    /// Gives up its lines, and adds what it counted to the batch behind it.
    fn fold_into(self, next: &mut Pending) {
        let lines = self.size().0 as u64;
        let (from, into) = (*self.batch, &mut *next.batch);
        for (count, more) in into.counts.iter_mut().zip(from.counts) {
            *count += more;
        }
        into.dropped += from.dropped + lines;
        into.more_shapes += from.more_shapes;
        let mut shapes = from.shapes;
        shapes.append(&mut into.shapes);
        into.more_shapes += shapes.len().saturating_sub(SHAPES) as u64;
        shapes.truncate(SHAPES);
        into.shapes = shapes;
        let mut turns = from.turns;
        turns.append(&mut into.turns);
        turns.drain(..turns.len().saturating_sub(TURNS));
        into.turns = turns;
    }
}

impl Intake {
    pub(super) fn new(source: &LogSource, clock: Arc<dyn Clock>, out: Out) -> Intake {
        let set = |patterns: &[String]| {
            if patterns.is_empty() { None } else { RegexSet::new(patterns).ok() }
        };
        // The sidecar's patterns have been compiled once already, where a bad one is a finding.
        let errors = source.errors.as_deref().and_then(|errors| regex::Regex::new(errors).ok());
        let told = clock.now().mono;
        Intake {
            out,
            clock,
            redactor: Arc::default(),
            levels: Levels::new(errors, source.level.as_deref()),
            include: set(&source.include),
            exclude: set(&source.exclude),
            noise: set(&source.noise),
            most: (source.lines, source.bytes),
            masker: Masker::default(),
            known: Known::default(),
            with_shapes: true,
            room: String::new(),
            queue: VecDeque::new(),
            held: (0, 0),
            keys: HashMap::new(),
            backlog: false,
            source: Source::Unread,
            news: false,
            told,
            read: 0,
            behind: 0,
            deaf: false,
        }
    }

    /// Leaves shapes out.
    pub(super) fn without_shapes(mut self) -> Intake {
        self.with_shapes = false;
        self
    }

    /// Secrets that are taken out from now on.
    pub(super) fn redact_by(&mut self, redactor: Arc<Redactor>) {
        self.redactor = redactor;
    }

    /// A text with its secrets taken out.
    pub(super) fn redacted(&self, text: &str) -> String {
        self.redactor.redact(text).into_owned()
    }

    /// Lines from now on stood there before, or are new.
    pub(super) fn backlog(&mut self, backlog: bool) {
        self.backlog = backlog;
    }

    /// Takes in a line as it was read, of which `cut` bytes are missing.
    pub(super) fn line(&mut self, raw: &[u8], cut: u64, file: u16) {
        let mut room = std::mem::take(&mut self.room);
        self.clean_line(clean(raw, &mut room), cut, file);
        self.room = room;
    }

    fn clean_line(&mut self, line: &str, cut: u64, file: u16) {
        if self.include.as_ref().is_some_and(|include| !include.is_match(line))
            || self.exclude.as_ref().is_some_and(|exclude| exclude.is_match(line))
        {
            return;
        }
        let level = self.levels.of(line);
        let line = if self.is_in_key(line, file) { MASK } else { line };
        let shape = if self.with_shapes { self.shape(line, level) } else { 0 };
        let cut = u32::try_from(cut).unwrap_or(u32::MAX);
        self.held.0 += 1;
        self.held.1 += line.len();
        let pending = self.open(line.len());
        pending.batch.counts[level as usize] += 1;
        pending.chunk.push(line, Entry { end: 0, level, shape, stated: None, cut, file });
        self.shed();
    }

    /// Something happened to the source, before the lines that follow.
    pub(super) fn turn(&mut self, turn: Turn) {
        self.news = true;
        let begun = self.queue.back().is_none_or(|last| last.ready || last.size().0 > 0);
        if begun || self.queue.back().is_some_and(|last| last.batch.backlog != self.backlog) {
            self.push();
        }
        if let Some(last) = self.queue.back_mut() {
            last.batch.turns.push(turn);
            let over = last.batch.turns.len().saturating_sub(TURNS);
            last.batch.turns.drain(..over);
        }
    }

    /// What the source is now.
    pub(super) fn source(&mut self, source: Source) {
        if self.source != source {
            self.source = source;
            self.news = true;
        }
    }

    /// It has something to tell even if nothing has changed.
    pub(super) fn tell_again(&mut self) {
        self.news = true;
    }

    /// So many bytes more have been read.
    pub(super) fn has_read(&mut self, bytes: u64) {
        self.read += bytes;
    }

    /// So many bytes are there and not read yet.
    pub(super) fn is_behind(&mut self, bytes: u64) {
        self.behind = bytes;
    }

    /// Whether nobody listens any more.
    pub(super) fn is_deaf(&self) -> bool {
        self.deaf
    }

    /// Sends what has waited long enough, or all that waits.
    pub(super) fn flush(&mut self, all: bool) {
        let now = self.clock.now().mono;
        let behind = self.behind > self.most.1 as u64;
        let wait = if behind { WAIT_BEHIND } else { WAIT };
        let due = all
            || self.news
            || now.saturating_sub(self.told) >= PULSE
            || self.queue.front().is_some_and(|first| now.saturating_sub(first.since) >= wait)
            || !behind && self.queue.len() > 1;
        if !due {
            return;
        }
        if self.queue.is_empty() {
            self.push();
        }
        while let Some(mut first) = self.queue.pop_front() {
            let before = first.size();
            self.prepare(&mut first);
            // Without its secrets it may be longer or shorter.
            let (lines, bytes) = first.size();
            self.held.1 = self.held.1 - before.1 + bytes;
            match (self.out)(std::mem::take(&mut first.batch)) {
                Ok(()) => {
                    self.held.0 -= lines;
                    self.held.1 -= bytes;
                    self.told = now;
                    self.news = false;
                }
                Err(Some(batch)) => {
                    first.batch = batch;
                    self.queue.push_front(first);
                    return;
                }
                Err(None) => {
                    self.deaf = true;
                    return;
                }
            }
        }
    }

    /// The batch that a line of so many bytes goes into.
    fn open(&mut self, bytes: usize) -> &mut Pending {
        let fits = |last: &Pending| {
            let (lines, text) = last.size();
            !last.ready
                && last.batch.backlog == self.backlog
                && lines < LINES
                && (text + bytes <= BYTES || lines == 0)
        };
        if !self.queue.back().is_some_and(fits) {
            self.push();
        }
        let last = self.queue.len() - 1;
        &mut self.queue[last]
    }

    fn push(&mut self) {
        let now = self.clock.now();
        let mut pending = Pending { since: now.mono, ..Pending::default() };
        pending.batch.at = Some(now);
        pending.batch.backlog = self.backlog;
        self.queue.push_back(pending);
    }

    /// Drops the oldest lines that cannot survive, a batch at a time.
    fn shed(&mut self) {
        while let Some(first) = self.queue.front() {
            let (lines, bytes) = first.size();
            let survives = self.held.0 - lines < self.most.0 && self.held.1 - bytes < self.most.1;
            // Sources that turn all the time must not fill the queue with batches of a line.
            if survives && self.queue.len() <= 2 + self.most.0 / LINES + TURNS || self.queue.len() < 2 {
                return;
            }
            let Some(first) = self.queue.pop_front() else { return };
            self.held.0 -= lines;
            self.held.1 -= bytes;
            match self.queue.front_mut() {
                Some(next) if next.batch.backlog == first.batch.backlog => first.fold_into(next),
                // What was there before and what is new are not counted together: it waits without its lines.
                _ => {
                    let mut rest = Pending { since: first.since, ready: true, ..Pending::default() };
                    rest.batch.at = first.batch.at;
                    rest.batch.backlog = first.batch.backlog;
                    first.fold_into(&mut rest);
                    let empty_already = lines == 0;
                    self.queue.push_front(rest);
                    if empty_already {
                        return;
                    }
                }
            }
        }
    }

    /// Takes secrets out of a batch's lines, finds the moments they state, and adds what the source is.
    fn prepare(&mut self, pending: &mut Pending) {
        pending.batch.source.clone_from(&self.source);
        pending.batch.read = self.read;
        pending.batch.behind = self.behind;
        pending.batch.shapes_full = self.known.is_full();
        if std::mem::replace(&mut pending.ready, true) {
            return;
        }
        let mut chunk = std::mem::take(&mut pending.chunk);
        let now = pending.batch.at.unwrap_or_else(|| self.clock.now());
        let mut redacted: Option<Chunk> = None;
        let mut start = 0;
        for at in 0..chunk.lines.len() {
            let end = chunk.lines[at].end as usize;
            let line = &chunk.text[start..end];
            chunk.lines[at].stated = stated::of(line, &now);
            let clean = self.redactor.redact(line);
            if redacted.is_none() && matches!(clean, std::borrow::Cow::Owned(_)) {
                redacted =
                    Some(Chunk { text: chunk.text[..start].to_owned(), lines: chunk.lines[..at].to_vec() });
            }
            if let Some(redacted) = &mut redacted {
                redacted.push(&clean, chunk.lines[at]);
            }
            start = end;
        }
        pending.batch.lines = Arc::new(redacted.unwrap_or(chunk));
    }

    /// A line's shape; one never seen is told with the line as its example.
    fn shape(&mut self, line: &str, level: Level) -> u64 {
        let id = self.masker.shape(line, level);
        if self.known.contains(id) || self.known.is_full() {
            return id;
        }
        if self.noise.as_ref().is_some_and(|noise| noise.is_match(line)) {
            return id;
        }
        let example = self.redactor.redact(line);
        let id = match example {
            std::borrow::Cow::Borrowed(_) => id,
            // Secrets are no part of a shape.
            std::borrow::Cow::Owned(ref example) => self.masker.shape(example, level),
        };
        if self.known.contains(id) || !self.known.add(id) || self.backlog {
            return id;
        }
        let text = self.masker.text();
        let stated = stated::of(line, &self.clock.now());
        let shape = Shape { id, text: head(&text), example: head(&example), level, stated };
        let batch = &mut self.open(line.len()).batch;
        if batch.shapes.len() < SHAPES {
            batch.shapes.push(shape);
        } else {
            batch.more_shapes += 1;
        }
        id
    }

    /// Whether a line is within a private key: those after its first are nothing that can be told by itself.
    fn is_in_key(&mut self, line: &str, file: u16) -> bool {
        let dashes = memmem::find(line.as_bytes(), b"-----").is_some() && line.contains("PRIVATE KEY-----");
        if dashes && line.contains("-----BEGIN") && !line.contains("-----END") {
            self.keys.insert(file, KEY_LINES);
            return false;
        }
        if self.keys.is_empty() {
            return false;
        }
        let Some(left) = self.keys.get_mut(&file) else { return false };
        *left -= 1;
        if dashes || *left == 0 {
            self.keys.remove(&file);
        }
        true
    }
}

/// The beginning of a text, for telling.
fn head(text: &str) -> String {
    text[..text.floor_char_boundary(EXAMPLE)].to_owned()
}

#[cfg(test)]
mod tests;
