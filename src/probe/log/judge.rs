//! What each line is: clean or not, wanted or not, its level and its shape. No state between lines, so that a large
//! block is judged by several threads at once.

use std::thread;

use memchr::memrchr;

use super::clean::clean;
use super::filter::Filter;
use super::level::Levels;
use super::lines::{Raw, Splitter};
use super::shape::{Known, shape};
use crate::config::LogSource;
use crate::sample::log::{Chunk, Entry, Level};

/// Lines in one batch.
pub(super) const LINES: usize = 4096;
/// Bytes of text in one batch; one line may exceed it.
pub(super) const BYTES: usize = 256 * 1024;
/// Threads that judge one block: more of them wait for the disk.
const THREADS: usize = 4;

/// Judges lines, one after another.
#[derive(Clone, Default)]
pub(super) struct Judge {
    levels: Levels,
    include: Option<Filter>,
    exclude: Option<Filter>,
    with_shapes: bool,
    room: String,
}

/// Lines that were judged in one go.
#[derive(Default)]
pub(super) struct Piece {
    pub(super) chunk: Chunk,
    pub(super) counts: [u64; Level::ALL.len()],
    /// Which lines have a shape that was not known.
    pub(super) fresh: Vec<usize>,
}

impl Judge {
    pub(super) fn new(source: &LogSource) -> Judge {
        // The sidecar's patterns have been compiled once already, where a bad one is a finding.
        let errors = source.errors.as_deref().and_then(|errors| regex::Regex::new(errors).ok());
        Judge {
            levels: Levels::new(errors, source.level.as_deref()),
            include: Filter::new(&source.include),
            exclude: Filter::new(&source.exclude),
            with_shapes: true,
            room: String::new(),
        }
    }

    /// Leaves shapes out.
    pub(super) fn without_shapes(&mut self) {
        self.with_shapes = false;
    }

    /// Hands on the line, its level and its shape, if the sidecar's filters let it through.
    pub(super) fn judge(&mut self, raw: Raw<'_>, take: impl FnOnce(&mut Judge, &str, Level)) {
        let mut room = std::mem::take(&mut self.room);
        let line = clean(raw, &mut room);
        let wanted = self.include.as_ref().is_none_or(|include| include.is_match(line))
            && !self.exclude.as_ref().is_some_and(|exclude| exclude.is_match(line));
        if wanted {
            let level = self.levels.of(line);
            take(self, line, level);
        }
        self.room = room;
    }

    /// A line's shape, `0` without shapes.
    pub(super) fn shape(&self, line: &str, level: Level) -> u64 {
        if self.with_shapes { shape(line, level) } else { 0 }
    }

    fn pieces(&mut self, text: &[u8], file: u16, known: &Known, spare: &mut Vec<Chunk>) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut splitter = Splitter::default();
        splitter.feed(text, &mut |raw, cut| {
            self.judge(raw, |judge, line, level| {
                let shape = judge.shape(line, level);
                let fits = |piece: &Piece| {
                    piece.chunk.lines.len() < LINES && piece.chunk.text.len() + line.len() <= BYTES
                };
                if !pieces.last().is_some_and(fits) {
                    let chunk = spare.pop().unwrap_or_default();
                    pieces.push(Piece { chunk, ..Piece::default() });
                }
                let Some(piece) = pieces.last_mut() else { return };
                if shape != 0 && !known.contains(shape) {
                    piece.fresh.push(piece.chunk.lines.len());
                }
                piece.counts[level as usize] += 1;
                let cut = u32::try_from(cut).unwrap_or(u32::MAX);
                piece.chunk.push(line, Entry { end: 0, level, shape, stated: None, cut, file });
            });
        });
        pieces
    }
}

/// As many judges as judge a block well on this machine.
pub(super) fn bench(judge: &Judge) -> Vec<Judge> {
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get().min(THREADS));
    vec![judge.clone(); threads]
}

/// Judges whole lines, each judge a part of them; their pieces are in the lines' order.
pub(super) fn together(
    judges: &mut [Judge],
    mut text: &[u8],
    file: u16,
    known: &Known,
    spare: &mut Vec<Chunk>,
) -> Vec<Piece> {
    let mut parts = Vec::with_capacity(judges.len());
    for left in (1..=judges.len()).rev() {
        let end = if left == 1 {
            text.len()
        } else {
            memrchr(b'\n', &text[..text.len() / left]).map_or(0, |at| at + 1)
        };
        let (part, rest) = text.split_at(end);
        let share = spare.split_off(spare.len() - spare.len() / left);
        parts.push((part, share));
        text = rest;
    }
    thread::scope(|scope| {
        let mut judging = Vec::new();
        let mut own = Vec::new();
        let last = judges.len();
        for (number, (judge, (part, mut spare))) in judges.iter_mut().zip(parts).enumerate() {
            if number + 1 == last {
                own = judge.pieces(part, file, known, &mut spare);
            } else {
                judging.push(scope.spawn(move || judge.pieces(part, file, known, &mut spare)));
            }
        }
        let mut all: Vec<Piece> = Vec::new();
        for judged in judging {
            match judged.join() {
                Ok(pieces) => all.extend(pieces),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all.extend(own);
        all
    })
}
