//! Fences that were never closed: found, so that they do not swallow the rest of the plan.

use super::block::{Block, Kind};
use super::source::Source;

/// A fence that runs over what it should not.
pub(super) struct Cut {
    /// Where the fence opens.
    pub fence: usize,
    /// Where the text goes on.
    pub at: usize,
}

/// Where a code block should have ended, if it runs over a heading or over items.
///
/// A closed fence is doubted only if another one opens inside it, or if boxes follow a heading in it.
pub(super) fn cut(source: &Source, block: &Block) -> Option<Cut> {
    let Kind::Code(code) = &block.kind else { return None };
    let fence = Fence::of(source, block)?;
    if matches!(code.language.as_deref(), Some("markdown" | "md" | "gfm")) && fence.closed {
        return None;
    }
    let mut lines = Vec::new();
    let mut at = block.span.start;
    for line in source.text[block.span.clone()].split_inclusive('\n') {
        lines.push((at, line.trim_end()));
        at += line.len();
    }
    let body = lines.get(1..lines.len() - usize::from(fence.closed && lines.len() > 1)).unwrap_or_default();
    let opens = body.iter().position(|(_, line)| fence.opens_another(line));
    let last_box = body.iter().rposition(|(_, line)| is_box(line));
    let after_blank = |n: usize| n > 0 && body[n - 1].1.is_empty();
    let at = (0..body.len()).find(|n| {
        let line = body[*n].1;
        let heading = is_heading(line) && (line.starts_with("##") || after_blank(*n));
        if fence.closed {
            let doubted = opens.is_some_and(|other| *n < other) || last_box.is_some_and(|last| *n < last);
            doubted && (heading && after_blank(*n) || opens.is_some() && is_box(line))
        } else {
            heading || is_box(line)
        }
    })?;
    Some(Cut { fence: block.span.start, at: body[at].0 })
}

/// Where fences in a block were left open, at any depth.
pub(super) fn unclosed(source: &Source, block: &Block) -> Vec<usize> {
    match &block.kind {
        Kind::Code(_) => match Fence::of(source, block) {
            Some(fence) if !fence.closed => vec![block.span.start],
            _ => Vec::new(),
        },
        Kind::Quote(blocks) => blocks.iter().flat_map(|block| unclosed(source, block)).collect(),
        Kind::List { entries, .. } => {
            let blocks = entries.iter().flat_map(|entry| &entry.blocks);
            blocks.flat_map(|block| unclosed(source, block)).collect()
        }
        _ => Vec::new(),
    }
}

struct Fence {
    mark: char,
    length: usize,
    closed: bool,
}

impl Fence {
    /// The fence of a code block; `None` if it is indented code.
    fn of(source: &Source, block: &Block) -> Option<Fence> {
        let text = source.text.get(block.span.clone())?;
        let mut lines = text.lines();
        let first = lines.next()?.trim_start();
        let mark = first.chars().next().filter(|c| *c == '`' || *c == '~')?;
        let length = first.chars().take_while(|c| *c == mark).count();
        if length < 3 {
            return None;
        }
        let last = lines.next_back().unwrap_or_default().trim().trim_start_matches(['>', ' ']);
        let closed = last.chars().count() >= length && last.chars().all(|c| c == mark);
        Some(Fence { mark, length, closed })
    }

    /// Whether a line inside opens another fence: the same marks, and a language.
    fn opens_another(&self, line: &str) -> bool {
        let line = line.trim_start();
        let marks = line.chars().take_while(|c| *c == self.mark).count();
        let info = line.get(marks..).unwrap_or_default().trim();
        marks >= self.length
            && !info.is_empty()
            && info.chars().all(|c| c.is_alphanumeric() || "-_+.".contains(c))
    }
}

fn is_heading(line: &str) -> bool {
    let marks = line.bytes().take_while(|byte| *byte == b'#').count();
    (1..=6).contains(&marks) && line.as_bytes().get(marks) == Some(&b' ')
}

fn is_box(line: &str) -> bool {
    ["- [", "* [", "+ ["].iter().any(|marker| {
        line.strip_prefix(marker)
            .is_some_and(|rest| ["] ", "x] ", "X] ", " ] "].iter().any(|end| rest.starts_with(end)))
    })
}
