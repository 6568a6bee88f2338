//! Lines read and hashed on every core, a batch ahead of what is said of them: a line alone is most of the work.

use std::fs::File;
use std::io;

use rayon::prelude::*;

use crate::signoff::line::{Parsed, Scratch};
use crate::signoff::log::lines::{Lines, Next};
use crate::signoff::{Fault, Hash};

/// Bytes of a batch, if no line is longer: some thousand lines, in memory twice.
const BATCH: usize = 1024 * 1024;

/// A line by itself.
pub(super) struct Alone<'a> {
    pub(super) raw: &'a [u8],
    /// The byte of the file that it begins at.
    pub(super) at: u64,
    pub(super) hash: Hash,
    pub(super) parsed: Result<Parsed, Fault>,
}

/// How the file ends.
pub(super) enum End {
    /// Behind a whole line.
    Whole,
    /// In so many bytes without a line end, from that byte on.
    Torn { at: u64, bytes: u64 },
    /// It cannot be read on.
    Failed(io::Error),
}

/// Some lines in a row.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    lines: Vec<Place>,
    end: Option<End>,
}

/// A line of a batch.
struct Place {
    from: usize,
    to: usize,
    at: u64,
    said: Option<(Hash, Result<Parsed, Fault>)>,
}

impl Batch {
    fn fill(&mut self, lines: &mut Lines<&File>) {
        self.bytes.clear();
        self.lines.clear();
        while self.end.is_none() && self.bytes.len() < BATCH {
            let (at, from) = (lines.at, self.bytes.len());
            match lines.append(&mut self.bytes) {
                Ok(Next::Line(raw)) => {
                    self.lines.push(Place { from, to: from + raw.len(), at, said: None });
                }
                Ok(Next::Tail(bytes)) => self.end = Some(End::Torn { at, bytes }),
                Ok(Next::End) => self.end = Some(End::Whole),
                Err(error) => self.end = Some(End::Failed(error)),
            }
        }
    }

    fn read(&mut self) {
        let bytes = &self.bytes;
        self.lines.par_iter_mut().for_each_init(Scratch::default, |scratch, line| {
            let raw = &bytes[line.from..line.to];
            line.said = Some((Hash::of(raw), Parsed::read(raw, scratch)));
        });
    }

    /// Hands the lines on; `false` if no more is wanted.
    fn hand_on(&mut self, take: &mut dyn FnMut(Alone<'_>) -> bool) -> bool {
        let bytes = &self.bytes;
        self.lines.drain(..).all(|line| {
            let Some((hash, parsed)) = line.said else { return true };
            take(Alone { raw: &bytes[line.from..line.to], at: line.at, hash, parsed })
        })
    }
}

/// Hands on every line of a file in order, until `take` wants no more; says how the file ends, if it came to that.
pub(super) fn each(file: &File, take: &mut dyn FnMut(Alone<'_>) -> bool) -> Option<End> {
    let mut lines = Lines::new(file, 0);
    let (mut now, mut next) = (Batch::default(), Batch::default());
    now.fill(&mut lines);
    now.read();
    loop {
        let mut wanted = true;
        rayon::in_place_scope(|scope| {
            if now.end.is_none() {
                scope.spawn(|_| {
                    next.fill(&mut lines);
                    next.read();
                });
            }
            wanted = now.hand_on(take);
        });
        if !wanted {
            return None;
        }
        if let Some(end) = now.end.take() {
            return Some(end);
        }
        std::mem::swap(&mut now, &mut next);
    }
}
