//! What becomes of each line: cleaned, filtered, weighed, given its shape, kept as long as it can survive, and sent.
//!
//! Every line is counted; only lines that can survive the reader's buffer are kept, and only those that are sent are
//! redacted and dated. Where the way out is full, lines wait here, within the same limits.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use memchr::memmem::Finder;

use super::filter::Filter;
use super::judge::{self, BYTES, Judge, LINES};
use super::lines::Raw;
use super::shape::{Known, masked, shape};
use super::stated;
use crate::clock::Clock;
use crate::config::LogSource;
use crate::sample::LogBatch;
use crate::sample::log::{Chunk, Entry, Level, Shape, Source, Turn};
use crate::text::{MASK, Redactor};

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

/// Dropped chunks whose room is kept for others.
const SPARE: usize = 16;

/// What a block may not have if its lines are judged apart from each other.
static KEY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("PRIVATE KEY-----"));

/// Where batches go; what could not be taken comes back, `None` in it when nobody listens any more.
pub(super) type Out = Box<dyn FnMut(Box<LogBatch>) -> Result<(), Option<Box<LogBatch>>> + Send>;

/// Takes in the lines of one source.
pub(super) struct Intake {
    out: Out,
    clock: Arc<dyn Clock>,
    redactor: Arc<Redactor>,
    judge: Judge,
    /// For blocks: made when the first one comes.
    judges: Vec<Judge>,
    noise: Option<Filter>,
    /// Lines and bytes that survive.
    most: (usize, usize),
    known: Known,
    queue: VecDeque<Pending>,
    /// Chunks that were dropped: their room is used again.
    spare: Vec<Chunk>,
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

    /// Adds what it counted to the batch behind it; its lines were dropped.
    fn fold_into(self, next: &mut Pending, lines: usize) {
        let lines = lines as u64;
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
        let told = clock.now().mono;
        Intake {
            out,
            clock,
            redactor: Arc::default(),
            judge: Judge::new(source),
            judges: Vec::new(),
            noise: Filter::new(&source.noise),
            most: (source.lines, source.bytes),
            known: Known::default(),
            queue: VecDeque::new(),
            spare: Vec::new(),
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
        self.judge.without_shapes();
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
    pub(super) fn line(&mut self, raw: Raw<'_>, cut: u64, file: u16) {
        let mut judge = std::mem::take(&mut self.judge);
        judge.judge(raw, |judge, line, level| self.keep(judge, line, level, cut, file));
        self.judge = judge;
    }

    fn keep(&mut self, judge: &Judge, line: &str, level: Level, cut: u64, file: u16) {
        let line = if self.is_in_key(line, file) { MASK } else { line };
        let mut shape = judge.shape(line, level);
        if shape != 0 && !self.known.contains(shape) {
            shape = self.meet(line, level, shape, |intake| &mut intake.open(line.len()).batch);
        }
        self.held.0 += 1;
        self.held.1 += line.len();
        let pending = self.open(line.len());
        pending.batch.counts[level as usize] += 1;
        let cut = u32::try_from(cut).unwrap_or(u32::MAX);
        pending.chunk.push(line, Entry { end: 0, level, shape, stated: None, cut, file });
        self.shed();
    }

    /// Takes in a block of whole lines, by several threads; `false` if its lines have to be taken one by one.
    pub(super) fn block(&mut self, text: &[u8], file: u16) -> bool {
        if !self.keys.is_empty() || KEY.find(text).is_some() {
            return false;
        }
        if self.judges.is_empty() {
            self.judges = judge::bench(&self.judge);
        }
        let pieces = judge::together(&mut self.judges, text, file, &self.known, &mut self.spare);
        for mut piece in pieces {
            self.push();
            for at in std::mem::take(&mut piece.fresh) {
                let Some(line) = piece.chunk.line(at) else { continue };
                let Entry { level, shape, .. } = piece.chunk.lines[at];
                if !self.known.contains(shape) {
                    let last = self.queue.len() - 1;
                    let shape = self.meet(line, level, shape, |intake| &mut intake.queue[last].batch);
                    piece.chunk.lines[at].shape = shape;
                }
            }
            if let Some(last) = self.queue.back_mut() {
                self.held.0 += piece.chunk.lines.len();
                self.held.1 += piece.chunk.text.len();
                last.batch.counts = piece.counts;
                self.spare.push(std::mem::replace(&mut last.chunk, piece.chunk));
            }
            self.shed();
        }
        self.spare.truncate(SPARE);
        true
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
            || self.queue.front().is_some_and(|first| now.saturating_sub(first.since) >= wait);
        if !due {
            return;
        }
        // None of it survives what is there to be read: the newest show that something comes.
        while behind && !all && self.queue.len() > 1 {
            if !self.drop_oldest() {
                break;
            }
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
        let chunk = self.spare.pop().unwrap_or_default();
        let mut pending = Pending { since: now.mono, chunk, ..Pending::default() };
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
            let few = self.queue.len() <= 2 + self.most.0 / LINES + TURNS;
            if survives && few || self.queue.len() < 2 || !self.drop_oldest() {
                return;
            }
        }
    }

    /// Drops the lines of the oldest batch, and adds what it counted to the next; `false` if it had none to drop and
    /// stands for another kind of lines than the next.
    fn drop_oldest(&mut self) -> bool {
        let Some(mut first) = self.queue.pop_front() else { return false };
        let (lines, bytes) = first.size();
        self.held.0 -= lines;
        self.held.1 -= bytes;
        if !first.ready {
            let mut chunk = std::mem::take(&mut first.chunk);
            chunk.text.clear();
            chunk.lines.clear();
            self.spare.push(chunk);
        }
        match self.queue.front_mut() {
            Some(next) if next.batch.backlog == first.batch.backlog => {
                first.fold_into(next, lines);
                true
            }
            // What was there before and what is new are not counted together: it waits without its lines.
            _ => {
                let mut rest = Pending { since: first.since, ready: true, ..Pending::default() };
                rest.batch.at = first.batch.at;
                rest.batch.backlog = first.batch.backlog;
                first.fold_into(&mut rest, lines);
                self.queue.push_front(rest);
                lines > 0
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
            if redacted.is_none() && matches!(clean, Cow::Owned(_)) {
                redacted =
                    Some(Chunk { text: chunk.text[..start].to_owned(), lines: chunk.lines[..at].to_vec() });
            }
            if let Some(redacted) = &mut redacted {
                redacted.push(&clean, chunk.lines[at]);
            }
            start = end;
        }
        let mut chunk = redacted.unwrap_or(chunk);
        // It stays for as long as the buffer keeps it.
        chunk.text.shrink_to_fit();
        chunk.lines.shrink_to_fit();
        pending.batch.lines = Arc::new(chunk);
    }

    /// A shape that was never seen is told with the line as its example; returns what the shape is without secrets.
    fn meet(
        &mut self,
        line: &str,
        level: Level,
        id: u64,
        batch: impl FnOnce(&mut Intake) -> &mut LogBatch,
    ) -> u64 {
        if self.known.is_full() || self.noise.as_ref().is_some_and(|noise| noise.is_match(line)) {
            return id;
        }
        let redactor = Arc::clone(&self.redactor);
        let example = redactor.redact(line);
        let id = match example {
            Cow::Borrowed(_) => id,
            // Secrets are no part of a shape.
            Cow::Owned(ref example) => shape(example, level),
        };
        if self.known.contains(id) || !self.known.add(id) || self.backlog {
            return id;
        }
        let stated = stated::of(line, &self.clock.now());
        let told = Shape { id, text: head(&masked(&example)), example: head(&example), level, stated };
        let batch = batch(self);
        if batch.shapes.len() < SHAPES {
            batch.shapes.push(told);
        } else {
            batch.more_shapes += 1;
        }
        id
    }

    /// Whether a line is within a private key: those after its first are nothing that can be told by itself.
    fn is_in_key(&mut self, line: &str, file: u16) -> bool {
        // A key within one line is a secret as any other.
        let dashes = line.ends_with("PRIVATE KEY-----");
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
