//! Whole lines out of a stream of bytes, in bounded memory.

use std::io::{self, BufRead, BufReader, Read};

use crate::signoff::line::PLAN_LINE_MAX;

/// One read of the system; lines are a few hundred bytes.
const BUFFER: usize = 256 * 1024;

/// The longest line, its newline, and one byte to see that it is longer.
const LIMIT: u64 = PLAN_LINE_MAX as u64 + 2;

/// What comes next.
pub(in crate::signoff) enum Next<'a> {
    /// A whole line, without its newline; of one that is too long, the beginning.
    Line(&'a [u8]),
    /// So many bytes without a newline, the last of the file.
    Tail(u64),
    /// Nothing more.
    End,
}

/// A reader of lines.
pub(in crate::signoff) struct Lines<R> {
    inner: BufReader<R>,
    line: Vec<u8>,
    /// Where the next line begins.
    pub(in crate::signoff) at: u64,
}

impl<R: Read> Lines<R> {
    pub(in crate::signoff) fn new(inner: R, at: u64) -> Lines<R> {
        Lines { inner: BufReader::with_capacity(BUFFER, inner), line: Vec::new(), at }
    }

    pub(in crate::signoff) fn next(&mut self) -> io::Result<Next<'_>> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        let next = self.append(&mut line).map(|next| match next {
            Next::Line(_) => None,
            Next::Tail(bytes) => Some(Next::Tail(bytes)),
            Next::End => Some(Next::End),
        });
        self.line = line;
        Ok(next?.unwrap_or(Next::Line(&self.line)))
    }

    /// Puts the next line behind what is in `bytes`, and returns it; an end leaves `bytes` as it was.
    pub(in crate::signoff) fn append<'a>(&mut self, bytes: &'a mut Vec<u8>) -> io::Result<Next<'a>> {
        let from = bytes.len();
        let read = (&mut self.inner).take(LIMIT).read_until(b'\n', bytes)? as u64;
        if read == 0 {
            return Ok(Next::End);
        }
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            self.at += read;
        } else if read < LIMIT {
            bytes.truncate(from);
            return Ok(Next::Tail(read));
        } else {
            // Too long to be a line: what is kept of it only has to show that.
            self.at += read + self.inner.skip_until(b'\n')? as u64;
        }
        Ok(Next::Line(&bytes[from..]))
    }
}
