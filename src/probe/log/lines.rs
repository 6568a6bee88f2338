//! Bytes to lines, wherever the bytes are cut.
//!
//! A line ends at a newline. What stands before its last carriage return was overwritten and is left out (progress
//! bars), a carriage return before the newline is part of the line's end, NULs at its beginning (the hole that a
//! truncated file gets when its writer does not append) are none of it, a run of them elsewhere counts as one, and
//! what exceeds [`LINE`] is cut and counted.

use memchr::{memchr, memchr_iter, memchr2};

/// Bytes kept of one line.
pub(super) const LINE: usize = 16 * 1024;

/// A line as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Raw<'a> {
    /// Known to be UTF-8: a block is checked faster than each line of it.
    Text(&'a str),
    /// Perhaps not.
    Bytes(&'a [u8]),
}

impl Raw<'_> {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Raw::Text(text) => text.as_bytes(),
            Raw::Bytes(bytes) => bytes,
        }
    }
}

/// Cuts a stream into lines; holds at most the beginning of one.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    /// What is kept of the line that has not ended.
    part: Vec<u8>,
    /// Bytes of it that were not kept.
    over: u64,
    /// Its last byte is a carriage return: the line's end, or what follows overwrites it.
    returned: bool,
    /// It has a last byte, and that is not NUL.
    solid: bool,
    /// Its beginning has been told: nothing more to tell if nothing follows.
    told: bool,
}

impl Splitter {
    /// Takes in bytes and tells each line that ends in them, with the number of bytes cut off it.
    pub(super) fn feed(&mut self, bytes: &[u8], tell: &mut impl FnMut(Raw<'_>, u64)) {
        // What follows the last whole character is no whole line either.
        let text = str::from_utf8(&bytes[..bytes.len() - unfinished(bytes)]).ok();
        let raw = |start: usize, end: usize| match text.and_then(|text| text.get(start..end)) {
            Some(text) => Raw::Text(text),
            None => Raw::Bytes(&bytes[start..end]),
        };
        let tame = memchr2(b'\r', 0, bytes).is_none();
        let mut start = 0;
        for end in memchr_iter(b'\n', bytes) {
            let line = &bytes[start..end];
            let whole = self.is_fresh() && line.len() <= LINE;
            let ended = line.strip_suffix(b"\r").unwrap_or(line);
            if whole && tame {
                tell(raw(start, end), 0);
            } else if whole && memchr2(b'\r', 0, ended).is_none() {
                tell(raw(start, start + ended.len()), 0);
            } else {
                self.take(line);
                self.end(tell);
            }
            start = end + 1;
        }
        self.take(&bytes[start..]);
    }

    /// Tells what there is of a line that does not end; what follows is told as a line of its own.
    pub(super) fn flush(&mut self, tell: &mut impl FnMut(Raw<'_>, u64)) {
        let whole = self.part.len() - unfinished(&self.part);
        if self.over > 0 {
            self.end(tell);
        } else if whole > 0 {
            tell(Raw::Bytes(&self.part[..whole]), 0);
            self.part.drain(..whole);
        } else {
            return;
        }
        self.told = true;
    }

    /// Tells the last line of a stream that has ended, and is as new.
    pub(super) fn finish(&mut self, tell: &mut impl FnMut(Raw<'_>, u64)) {
        if !self.part.is_empty() {
            self.end(tell);
        }
        *self = Splitter::default();
    }

    /// Whether there is a line that has not ended and of which something is not told.
    pub(super) fn is_waiting(&self) -> bool {
        !self.part.is_empty()
    }

    fn is_fresh(&self) -> bool {
        self.part.is_empty() && !self.returned && !self.told
    }

    fn end(&mut self, tell: &mut impl FnMut(Raw<'_>, u64)) {
        if !(self.told && self.part.is_empty()) {
            // A character cut in two is cut off whole.
            let off = if self.over > 0 { unfinished(&self.part) } else { 0 };
            tell(Raw::Bytes(&self.part[..self.part.len() - off]), self.over + off as u64);
        }
        self.restart();
        self.returned = false;
        self.told = false;
    }

    fn restart(&mut self) {
        self.part.clear();
        // One long line must not hold its room for ever.
        self.part.shrink_to(1024);
        self.over = 0;
        self.solid = false;
    }

    /// Takes in a piece without newlines.
    fn take(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            let end = memchr(b'\r', piece).unwrap_or(piece.len());
            if end > 0 {
                if self.returned {
                    self.restart();
                    self.returned = false;
                }
                self.append(&piece[..end]);
            }
            self.returned |= end < piece.len();
            piece = &piece[(end + 1).min(piece.len())..];
        }
    }

    fn append(&mut self, mut run: &[u8]) {
        while !run.is_empty() {
            if !self.solid {
                // The hole may go on in the next piece.
                let Some(end) = run.iter().position(|byte| *byte != 0) else { return };
                run = &run[end..];
            }
            let end = memchr(0, run).map_or(run.len(), |at| at + 1);
            let (head, rest) = run.split_at(end);
            let room = LINE.saturating_sub(self.part.len()).min(head.len());
            self.part.extend_from_slice(&head[..room]);
            self.over += (head.len() - room) as u64;
            self.solid = !head.ends_with(&[0]);
            run = rest;
        }
    }
}

/// Bytes at the end that begin a character of UTF-8 without ending it.
pub(super) fn unfinished(bytes: &[u8]) -> usize {
    for (back, byte) in bytes.iter().rev().take(4).enumerate() {
        let length = match byte {
            0x80..=0xbf => continue,
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => return 0,
        };
        return if back + 1 < length { back + 1 } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<(Vec<u8>, u64)> {
        let mut splitter = Splitter::default();
        let mut told = Vec::new();
        for piece in pieces {
            splitter.feed(piece, &mut |line, cut| told.push((line.bytes().to_vec(), cut)));
        }
        splitter.finish(&mut |line, cut| told.push((line.bytes().to_vec(), cut)));
        told
    }

    /// What a line is, said over the whole of it.
    fn said_plainly(bytes: &[u8]) -> Vec<(Vec<u8>, u64)> {
        let mut ended: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        let last = ended.pop().unwrap();
        let plain = |line: &[u8]| {
            let end = line.iter().rposition(|byte| *byte != b'\r').map_or(0, |at| at + 1);
            let start = line[..end].iter().rposition(|byte| *byte == b'\r').map_or(0, |at| at + 1);
            let mut line = line[start..end].to_vec();
            line.dedup_by(|a, b| *a == 0 && *b == 0);
            if line.first() == Some(&0) {
                line.remove(0);
            }
            let mut cut = line.len().saturating_sub(LINE);
            line.truncate(LINE);
            if cut > 0 {
                let off = unfinished(&line);
                line.truncate(line.len() - off);
                cut += off;
            }
            (line, cut as u64)
        };
        let mut lines: Vec<_> = ended.into_iter().map(plain).collect();
        let last = plain(last);
        if !last.0.is_empty() {
            lines.push(last);
        }
        lines
    }

    #[test]
    fn ends_overwrites_and_holes() {
        for (bytes, expected) in [
            (&b"a\nb\n"[..], vec!["a", "b"]),
            (b"a\r\nb\r\n", vec!["a", "b"]),
            (b"10%\r50%\r100%\ndone", vec!["100%", "done"]),
            (b"\rnew\n\n", vec!["new", ""]),
            (b"a\r\r\n", vec!["a"]),
            (b"\0\0\0\0late\0\0r\n", vec!["late\0r"]),
        ] {
            let told: Vec<_> =
                lines(&[bytes]).into_iter().map(|(line, _)| String::from_utf8(line).unwrap()).collect();
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn a_long_line_is_cut_at_a_character_and_counted() {
        let mut line = vec![b'x'; LINE - 1];
        line.extend("é and more\n".bytes());
        let told = lines(&[&line]);
        assert_eq!((told[0].0.len(), told[0].1), (LINE - 1, 11));
    }

    #[test]
    fn what_is_flushed_is_told_once() {
        let mut splitter = Splitter::default();
        let mut told = Vec::new();
        let mut tell = |line: Raw<'_>, _| told.push(String::from_utf8(line.bytes().to_vec()).unwrap());
        splitter.feed(b"password? \xc3", &mut tell);
        splitter.flush(&mut tell);
        splitter.flush(&mut tell);
        splitter.feed(b"\xa9\n", &mut tell);
        splitter.feed(b"50%\r", &mut tell);
        splitter.flush(&mut tell);
        splitter.feed(b"\nnext\n", &mut tell);
        assert_eq!(told, ["password? ", "é", "50%", "next"]);
    }

    #[test]
    fn without_a_newline_memory_stays() {
        let mut splitter = Splitter::default();
        for _ in 0..1000 {
            splitter.feed(&[b'x'; 10_000], &mut |_, _| panic!("no line has ended"));
        }
        assert!(splitter.part.capacity() <= 2 * LINE);
        let mut cut = 0;
        splitter.feed(b"\n", &mut |line, over| cut = line.bytes().len() as u64 + over);
        assert_eq!(cut, 10_000_000);
    }

    fn stream() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            4 => proptest::collection::vec(any::<u8>(), 0..12),
            2 => Just(b"\n".to_vec()),
            1 => Just(b"\r".to_vec()),
            1 => Just(b"\r\n".to_vec()),
            1 => Just(vec![0; 5]),
            1 => Just("é€😀".as_bytes().to_vec()),
            1 => (0..3_usize).prop_map(|more| vec![b'y'; LINE - 1 + more]),
        ];
        proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn cut_anywhere_the_lines_are_the_same(bytes in stream(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6)) {
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            at.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for cut in at {
                pieces.push(&bytes[from..cut]);
                from = cut;
            }
            pieces.push(&bytes[from..]);
            prop_assert_eq!(lines(&pieces), said_plainly(&bytes));
        }
    }
}
