//! Slips that hide items from a Markdown parser, mended before it reads: nesting by any indentation, fences pushed too
//! far to the right, lists glued to an HTML tag, forgotten ends of comments.
//!
//! The mended text leads back to the original. A file without slips is passed on as it is.

mod fences;
mod mapped;

use fences::{Fence, begins_with_box, list_marker};
use mapped::{Lines, indent};

pub(super) use mapped::Mapped;

/// A list entry whose content may follow.
#[derive(Clone, Copy, Debug)]
struct Level {
    /// Column of its marker as written.
    marker: usize,
    /// Column of its content as written.
    content: usize,
    /// Column of its content as mended.
    mended: usize,
    ordered: bool,
}

/// A text, mended, and where comments begin that are never closed.
pub(super) fn mend(text: &str) -> (Mapped, Vec<usize>) {
    let lines = Lines::of(text);
    let fences = fences::find(&lines);
    let mut repair = Repair {
        text,
        lines: &lines,
        out: Mapped::default(),
        levels: Vec::new(),
        blank: true,
        uncommented: usize::MAX,
        unclosed: Vec::new(),
    };
    let mut fences = fences.iter().peekable();
    let mut line = 0;
    while line < lines.len() {
        if let Some(fence) = fences.next_if(|fence| fence.open == line) {
            repair.fence(fence);
            line = fence.end + usize::from(fence.closed);
        } else if let Some(end) = repair.comment(line) {
            line = end;
        } else {
            repair.line(line);
            line += 1;
        }
    }
    (repair.out, repair.unclosed)
}

struct Repair<'t> {
    text: &'t str,
    lines: &'t Lines<'t>,
    out: Mapped,
    levels: Vec<Level>,
    /// The line before was blank.
    blank: bool,
    /// From this line on no comment begins or ends.
    uncommented: usize,
    /// Comments that are never closed.
    unclosed: Vec<usize>,
}

impl Repair<'_> {
    fn line(&mut self, line: usize) {
        let text = self.lines.text(line);
        let (column, bytes) = indent(text);
        let rest = &text[bytes..];
        if rest.is_empty() {
            self.keep(line);
            self.blank = true;
            return;
        }
        if let Some((marker, content)) = list_marker(rest).filter(|_| !is_rule(rest)) {
            self.entry(line, column, rest, marker, content);
        } else {
            if self.blank || rest.starts_with('#') {
                while self.levels.last().is_some_and(|level| level.content > column) {
                    self.levels.pop();
                }
            }
            let shift = self.levels.last().filter(|level| column >= level.content).map(shift_of);
            self.shifted(line, shift.unwrap_or(0));
            if is_tag(rest) && self.next_is_structure(line) {
                let end = self.lines.whole(line).end;
                self.out.put("\n", end..end);
            }
        }
        self.blank = false;
    }

    /// A list entry: nested under the entry above if it is indented by two columns or more.
    fn entry(&mut self, line: usize, column: usize, rest: &str, marker: usize, content: usize) {
        let ordered = rest.as_bytes()[0].is_ascii_digit();
        let boxed = begins_with_box(&rest[content..]);
        while self.levels.last().is_some_and(|level| column < level.marker + 2) {
            self.levels.pop();
        }
        let parent = self.levels.last().copied();
        let mut mended = column;
        if let Some(parent) = parent {
            let too_far = column > parent.content + 3 && (boxed || !self.blank);
            let first = !ordered || rest.starts_with("1.") || rest.starts_with("1)");
            let too_near = column < parent.content && (boxed || first);
            mended = if too_far || too_near {
                parent.mended
            } else {
                column.saturating_add_signed(shift_of(&parent))
            };
            if column > parent.content + 3 && !too_far {
                // Code within the entry above that happens to begin like a list.
                self.shifted(line, shift_of(&parent));
                return;
            }
        } else if column > 3 {
            self.keep(line);
            return;
        }
        let gap = indent(&rest[marker..]).0;
        let gap = if gap == 0 || gap > 4 { 1 } else { gap };
        let shift = signed(mended) - signed(column);
        self.levels.push(Level {
            marker: column,
            content: column + marker + gap,
            mended: mended + marker + gap,
            ordered,
        });
        self.shifted(line, shift);
    }

    fn fence(&mut self, fence: &Fence) {
        let column = indent(self.lines.text(fence.open)).0;
        while self
            .levels
            .last()
            .is_some_and(|level| column < level.marker + 2 || !level.ordered && column < level.content)
        {
            self.levels.pop();
        }
        let shift = self.levels.last().map_or(0, |level| {
            let within = (level.content..level.content + 4).contains(&column);
            if within { shift_of(level) } else { signed(level.mended) - signed(column) }
        });
        for line in fence.open..fence.end + usize::from(fence.closed) {
            self.shifted(line, shift);
        }
        self.blank = false;
    }

    /// A comment that begins a line is kept as it is, or closed if its author forgot to; says where it ends.
    fn comment(&mut self, line: usize) -> Option<usize> {
        let text = self.lines.text(line);
        if !text.trim_start().starts_with("<!--") || text.contains("-->") {
            return None;
        }
        let closes = |line: &usize| self.lines.text(*line).contains("-->");
        let opens = |line: &usize| self.lines.text(*line).contains("<!--");
        let stop = (line + 1..self.lines.len())
            .find(|line| *line >= self.uncommented || closes(line) || opens(line));
        let ending =
            stop.filter(|stop| closes(stop) && !self.lines.text(*stop).trim_start().starts_with("<!--"));
        let end = if let Some(last) = ending {
            last + 1
        } else {
            if stop.is_none() {
                self.uncommented = line;
            }
            self.unclosed.push(self.lines.bare(line).start + indent(text).1);
            (line + 1..self.lines.len())
                .find(|line| {
                    self.lines.text(*line).trim().is_empty() || fences::is_structure(self.lines, *line)
                })
                .unwrap_or(self.lines.len())
        };
        (line..end).for_each(|line| self.keep(line));
        if ending.is_none() {
            let at = self.lines.whole(end.saturating_sub(1)).end;
            if !self.out.text.ends_with('\n') {
                self.out.put("\n", at..at);
            }
            self.out.put("-->\n", at..at);
        }
        self.blank = false;
        Some(end)
    }

    fn next_is_structure(&self, line: usize) -> bool {
        let next = self.lines.text(line + 1).trim_start();
        list_marker(next).is_some() || next.starts_with('#') || begins_with_box(next)
    }

    fn keep(&mut self, line: usize) {
        self.out.copy(self.text, self.lines.whole(line));
    }

    /// The line with its indentation changed by so many columns.
    fn shifted(&mut self, line: usize, shift: isize) {
        let whole = self.lines.whole(line);
        let (column, bytes) = indent(self.lines.text(line));
        if shift == 0 || bytes == self.lines.text(line).len() {
            self.keep(line);
            return;
        }
        let spaces = column.saturating_add_signed(shift);
        self.out.put(&" ".repeat(spaces), whole.start..whole.start);
        self.out.copy(self.text, whole.start + bytes..whole.end);
    }
}

fn shift_of(level: &Level) -> isize {
    signed(level.mended) - signed(level.content)
}

fn signed(columns: usize) -> isize {
    isize::try_from(columns).unwrap_or(isize::MAX)
}

/// `---`, `* * *`, `___`: a rule, though it may begin like a list.
fn is_rule(text: &str) -> bool {
    let mut marks = text.bytes().filter(|byte| !matches!(byte, b' ' | b'\t'));
    let Some(mark) = marks.next().filter(|byte| matches!(byte, b'-' | b'*' | b'_')) else { return false };
    let mut count = 1;
    marks.all(|byte| {
        count += 1;
        byte == mark
    }) && count >= 3
}

/// A line that is nothing but HTML tags: `CommonMark` takes the lines glued to it for HTML too.
fn is_tag(text: &str) -> bool {
    let text = text.trim_end();
    text.starts_with('<')
        && text.ends_with('>')
        && text[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && !text.starts_with("<http")
        && !["<pre", "<script", "<style", "<textarea"]
            .iter()
            .any(|tag| text.to_ascii_lowercase().starts_with(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(text: &str) -> String {
        mend(text).0.text
    }

    #[test]
    fn what_is_well_formed_stays_as_it_is() {
        for text in [
            "# a\n\n- [ ] b\n  - [ ] c\n    - [ ] d\n\n      code\n",
            "1. a\n   - b\n2. c\n\n    code\n- d\n\n      - yaml: code\n",
            "- [ ] a\n\t- [ ] b\n\t\t- [ ] c\n",
            "    - [ ] code\n",
            "* * *\n- - -\n",
        ] {
            assert_eq!(mended(text), text);
        }
    }

    #[test]
    fn nesting_is_read_by_eye() {
        assert_eq!(mended("- [ ] a\n      - [ ] b\n"), "- [ ] a\n  - [ ] b\n");
        assert_eq!(mended("1. [ ] a\n  - [ ] b\n2. [ ] c\n"), "1. [ ] a\n   - [ ] b\n2. [ ] c\n");
        let deep = "- [ ] a\n      - [ ] b\n            - [ ] c\n\n              text\n";
        assert_eq!(mended(deep), "- [ ] a\n  - [ ] b\n    - [ ] c\n\n      text\n");
    }

    #[test]
    fn fences_go_with_the_entry_they_stand_under() {
        assert_eq!(mended("- [ ] a\n      ```\n      x\n      ```\n"), "- [ ] a\n  ```\n  x\n  ```\n");
        assert_eq!(mended("1. a\n  ```\n  x\n  ```\n"), "1. a\n   ```\n   x\n   ```\n");
        assert_eq!(mended("- a\n```\nx\n```\n"), "- a\n```\nx\n```\n");
    }

    #[test]
    fn forgotten_comment_ends_swallow_nothing() {
        assert_eq!(mended("<!-- a\n\n- [ ] b -->\n"), "<!-- a\n\n- [ ] b -->\n");
        assert_eq!(mended("<!-- a\n\n- [ ] b\n"), "<!-- a\n-->\n\n- [ ] b\n");
        assert_eq!(mended("<!-- a\n- [ ] b\n<!-- c -->\n"), "<!-- a\n-->\n- [ ] b\n<!-- c -->\n");
    }

    #[test]
    fn tags_are_set_apart() {
        assert_eq!(mended("<details>\n- [ ] a\n</details>\n"), "<details>\n\n- [ ] a\n</details>\n");
    }
}
