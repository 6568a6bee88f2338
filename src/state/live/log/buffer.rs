//! The lines of a log that are kept: a ring of blocks, bounded by lines and by bytes, and cheap to copy.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::clock::Stamp;
use crate::sample::log::{Chunk, Entry};

/// Lines of a block at most, if they come in smaller batches.
const LINES: usize = 4096;
/// Bytes of a block at most, if they come in smaller batches.
const BYTES: usize = 256 << 10;
/// The ring has so many blocks or more when it is full, so that dropping one drops little.
const BLOCKS: usize = 8;

/// The newest lines of a log. They are numbered from 0 on; a number stays with its line.
#[derive(Clone, Debug)]
pub struct Buffer {
    blocks: VecDeque<Arc<Block>>,
    first: u64,
    next: u64,
    bytes: usize,
    most: (usize, usize),
}

/// Lines one behind the other.
#[derive(Clone, Debug)]
pub struct Block {
    first: u64,
    chunk: Arc<Chunk>,
    reads: Vec<Read>,
    errors: u32,
}

/// When the lines from one of a block on were read.
#[derive(Clone, Copy, Debug)]
struct Read {
    from: u32,
    order: u64,
    wall: i64,
}

/// One line.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Its text, clean.
    pub text: &'a str,
    /// What is known of it.
    pub entry: &'a Entry,
    /// Its place among the lines of all logs: the boot clock when it was read, in nanoseconds.
    pub order: u64,
    /// When it was read, in milliseconds since 1970.
    pub read: i64,
}

impl Block {
    /// The number of its first line.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// How many lines it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chunk.lines.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chunk.lines.is_empty()
    }

    /// The number of the line behind its last.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.first + self.len() as u64
    }

    /// How many of its lines are errors.
    #[must_use]
    pub fn errors(&self) -> u32 {
        self.errors
    }

    /// Its lines' text and what is known of them.
    #[must_use]
    pub fn chunk(&self) -> &Chunk {
        &self.chunk
    }

    /// When its first and its last line were read.
    #[must_use]
    pub fn orders(&self) -> (u64, u64) {
        let of = |read: Option<&Read>| read.map_or(0, |read| read.order);
        (of(self.reads.first()), of(self.reads.last()))
    }

    fn read(&self, index: usize) -> Option<&Read> {
        let after = self.reads.partition_point(|read| read.from as usize <= index);
        self.reads.get(after.checked_sub(1)?)
    }

    /// Bytes of memory it takes.
    fn weight(&self) -> usize {
        self.chunk.text.capacity()
            + self.chunk.lines.capacity() * size_of::<Entry>()
            + self.reads.capacity() * size_of::<Read>()
            + size_of::<Block>()
    }
}

impl Buffer {
    /// An empty one that keeps so many lines and bytes at most.
    #[must_use]
    pub fn new(lines: usize, bytes: usize) -> Buffer {
        Buffer { blocks: VecDeque::new(), first: 0, next: 0, bytes: 0, most: (lines.max(1), bytes.max(1)) }
    }

    /// Adds lines that were read together; the oldest make room for them.
    pub fn push(&mut self, lines: &Arc<Chunk>, at: &Stamp) {
        if lines.lines.is_empty() {
            return;
        }
        let newest = self.blocks.back().map_or(0, |block| block.orders().1);
        let order = u64::try_from(at.boot.as_nanos()).unwrap_or(u64::MAX).max(newest);
        let errors = lines.lines.iter().filter(|entry| entry.level.is_error()).count();
        let errors = u32::try_from(errors).unwrap_or(u32::MAX);
        let read = |from| Read { from, order, wall: at.wall.timestamp_millis() };
        let count = lines.lines.len();
        let (most_lines, most_bytes) = (LINES.min(self.most.0 / BLOCKS), BYTES.min(self.most.1 / BLOCKS));
        let joins = self.blocks.back().is_some_and(|last| {
            last.len() + count <= most_lines && last.chunk.text.len() + lines.text.len() <= most_bytes
        });
        if let Some(last) = self.blocks.back_mut().filter(|_| joins) {
            self.bytes -= last.weight();
            let last = Arc::make_mut(last);
            last.reads.push(read(u32::try_from(last.len()).unwrap_or(u32::MAX)));
            last.errors += errors;
            Arc::make_mut(&mut last.chunk).append(lines);
            self.bytes += last.weight();
        } else {
            let block = Block { first: self.next, chunk: Arc::clone(lines), reads: vec![read(0)], errors };
            self.bytes += block.weight();
            self.blocks.push_back(Arc::new(block));
        }
        self.next += count as u64;
        self.drop_oldest();
    }

    fn drop_oldest(&mut self) {
        let (lines, bytes) = self.most;
        while self.blocks.len() > 1
            && let Some(front) = self.blocks.front()
            && (self.bytes > bytes || self.next - front.end() >= lines as u64)
        {
            self.bytes -= front.weight();
            self.blocks.pop_front();
        }
        let oldest = self.blocks.front().map_or(self.next, |front| front.first);
        self.first = oldest.max(self.next.saturating_sub(lines as u64));
    }

    /// The number of the oldest line.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The number that the next line gets.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// How many lines it has.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.next - self.first
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.next == self.first
    }

    /// Bytes of memory it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Its blocks, oldest first.
    #[must_use]
    pub fn blocks(&self) -> impl DoubleEndedIterator<Item = &Block> {
        self.blocks.iter().map(|block| &**block)
    }

    /// A block by its place among them.
    #[must_use]
    pub fn block(&self, index: usize) -> Option<&Block> {
        self.blocks.get(index).map(|block| &**block)
    }

    /// The place of the block that has this line.
    #[must_use]
    pub fn find(&self, line: u64) -> Option<usize> {
        if !(self.first..self.next).contains(&line) {
            return None;
        }
        self.blocks.partition_point(|block| block.first <= line).checked_sub(1)
    }

    /// A line by its number.
    #[must_use]
    pub fn line(&self, line: u64) -> Option<Line<'_>> {
        let block = self.block(self.find(line)?)?;
        let index = usize::try_from(line - block.first).ok()?;
        let read = block.read(index)?;
        let text = block.chunk.line(index)?;
        let entry = block.chunk.lines.get(index)?;
        Some(Line { text, entry, order: read.order, read: read.wall })
    }

    /// The number of the first line that was read at this moment or later.
    #[must_use]
    pub fn read_from(&self, order: u64) -> u64 {
        let index = self.blocks.partition_point(|block| block.orders().1 < order);
        let Some(block) = self.blocks.get(index) else { return self.next };
        let read = block.reads.partition_point(|read| read.order < order);
        let from = block.reads.get(read).map_or(0, |read| u64::from(read.from));
        (block.first + from).max(self.first)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sample::log::Level;

    fn at(seconds: u64) -> Stamp {
        let wall = chrono::DateTime::from_timestamp(i64::try_from(seconds).unwrap(), 0).unwrap();
        Stamp { wall, offset: 0, mono: Duration::from_secs(seconds), boot: Duration::from_secs(seconds) }
    }

    fn lines(from: u64, count: u64) -> Arc<Chunk> {
        let mut chunk = Chunk::default();
        for line in from..from + count {
            let level = if line % 10 == 0 { Level::Error } else { Level::Info };
            let entry = Entry { end: 0, level, shape: 0, stated: None, cut: 0, file: 0 };
            chunk.push(&format!("line {line}"), entry);
        }
        Arc::new(chunk)
    }

    #[test]
    fn lines_keep_their_numbers_while_the_oldest_make_room() {
        let mut buffer = Buffer::new(100, 1 << 20);
        for batch in 0..50 {
            buffer.push(&lines(batch * 7, 7), &at(batch));
        }
        assert_eq!((buffer.first(), buffer.next(), buffer.len()), (250, 350, 100));
        assert!(buffer.line(249).is_none() && buffer.line(350).is_none());
        for line in 250..350 {
            let found = buffer.line(line).unwrap();
            assert_eq!(found.text, format!("line {line}"));
            assert_eq!(found.read, i64::try_from(line / 7).unwrap() * 1000);
        }
        let kept: usize = buffer.blocks().map(Block::len).sum();
        assert!(kept < 120, "{kept} lines in memory for 100");
    }

    #[test]
    fn memory_stays_within_its_bound() {
        let mut buffer = Buffer::new(1_000_000, 1 << 20);
        for batch in 0..2000 {
            buffer.push(&lines(batch * 100, 100), &at(batch));
            assert!(buffer.bytes() <= 1 << 20, "{}", buffer.bytes());
        }
        let weight: usize = buffer.blocks().map(Block::weight).sum();
        assert_eq!(weight, buffer.bytes());
        assert!(buffer.len() > 5000, "{} lines", buffer.len());
    }

    #[test]
    fn one_line_at_a_time_fills_few_blocks() {
        let mut buffer = Buffer::new(50_000, 16 << 20);
        for line in 0..10_000 {
            buffer.push(&lines(line, 1), &at(line));
        }
        assert!(buffer.blocks().count() <= 4, "{}", buffer.blocks().count());
        assert_eq!(buffer.blocks().map(Block::errors).sum::<u32>(), 1000);
    }

    #[test]
    fn a_copy_stands_still_while_lines_arrive() {
        let mut buffer = Buffer::new(1000, 1 << 20);
        buffer.push(&lines(0, 5), &at(1));
        let copy = buffer.clone();
        buffer.push(&lines(5, 5), &at(2));
        assert_eq!((copy.len(), buffer.len()), (5, 10));
        assert!(copy.line(5).is_none());
        assert_eq!(buffer.line(9).unwrap().text, "line 9");
    }

    #[test]
    fn lines_are_found_by_when_they_were_read() {
        let mut buffer = Buffer::new(1000, 1 << 20);
        for second in [3, 5, 5, 9] {
            buffer.push(&lines(second, 2), &at(second));
        }
        let from = |seconds: u64| buffer.read_from(seconds * 1_000_000_000);
        assert_eq!([0, 3, 4, 5, 6, 9, 10].map(from), [0, 0, 2, 2, 6, 6, 8]);
    }

    #[test]
    fn a_clock_that_stands_or_goes_back_keeps_the_order() {
        let mut buffer = Buffer::new(1000, 1 << 20);
        buffer.push(&lines(0, 1), &at(9));
        buffer.push(&lines(1, 1), &at(3));
        assert!(buffer.line(0).unwrap().order <= buffer.line(1).unwrap().order);
    }
}
