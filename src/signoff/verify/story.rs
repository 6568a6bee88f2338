//! Which line to blame when links break.
//!
//! A link joins a line to the one before it. An edit breaks the link behind the edited line, and also the one before
//! it if it changed `prev`: so a break is judged when the next link is known. Missing numbers are remembered, and
//! turn into a change of places if their lines come later.

use std::collections::BTreeMap;

use super::{Finding, FindingKind};
use crate::signoff::Hash;

/// A line, as far as its place goes.
pub(super) struct Seen {
    /// Which line of the file, from 1.
    pub(super) no: u64,
    pub(super) hash: Hash,
    /// What it says of the line before, if that can be read.
    pub(super) prev: Option<Hash>,
    /// Its number, if it can be read.
    pub(super) seq: Option<u64>,
    /// Why it cannot be read.
    pub(super) fault: Option<String>,
}

/// Gaps that are remembered: a shredded file has as many as lines.
const REMEMBERED: usize = 1000;

/// What is known so far.
pub(super) struct Story {
    last: Last,
    /// One more than the highest number yet.
    next: u64,
    /// Numbers that are missing, first to last, with the line behind the gap.
    gaps: BTreeMap<u64, (u64, u64)>,
}

/// The line before.
struct Last {
    no: u64,
    hash: Hash,
    seq: Option<u64>,
    /// The link before it is broken, and nobody was blamed yet.
    open: bool,
    /// It was blamed itself: that its successor does not fit it is no news.
    blamed: bool,
}

/// Where a line stands by its number.
enum Placed {
    /// Where it belongs.
    InRow,
    /// Behind a gap, of which more is known later.
    Behind,
    /// Where it does not belong.
    Wrong(Finding),
}

impl Default for Story {
    fn default() -> Story {
        let last = Last { no: 0, hash: Hash::ZERO, seq: Some(0), open: false, blamed: false };
        Story { last, next: 1, gaps: BTreeMap::new() }
    }
}

impl Story {
    /// Takes the next line; says whether it is linked to the one before it.
    pub(super) fn next(&mut self, seen: Seen, findings: &mut Vec<Finding>) -> bool {
        let Seen { no, hash, prev, seq, fault } = seen;
        let linked = prev == Some(self.last.hash);
        let placed = if fault.is_none() { self.place(no, seq, linked) } else { Placed::InRow };
        let astray = !matches!(placed, Placed::InRow);
        let moved = astray && !linked;
        let mut blamed = fault.is_some() || astray;
        let mut open = false;
        if self.last.open {
            findings.push(self.judge(linked, moved));
        } else if !linked && !blamed && !self.last.blamed {
            if self.last.no == 0 {
                let message = "its prev is not 64 zeros, as a first line's is: it was edited".to_owned();
                findings.push(Finding { line: no, kind: FindingKind::Edited, message });
                blamed = true;
            } else {
                open = true;
            }
        }
        let fault = fault.map(|why| {
            let message = format!("{why}: the line was edited or damaged");
            Finding { line: no, kind: FindingKind::Edited, message }
        });
        if let Placed::Wrong(finding) = placed {
            findings.push(finding);
        }
        findings.extend(fault);
        self.last = Last { no, hash, seq, open, blamed };
        linked
    }

    /// Judges a number.
    fn place(&mut self, no: u64, seq: Option<u64>, linked: bool) -> Placed {
        let Some(seq) = seq else { return Placed::InRow };
        let expected = self.next;
        let find = |line, kind, message| Placed::Wrong(Finding { line, kind, message });
        let Some(before) = self.last.seq else {
            // Behind a line that cannot be read, and may have been several, any higher number will do.
            self.next = expected.max(seq.saturating_add(1));
            return Placed::InRow;
        };
        if linked {
            if before.checked_add(1) == Some(seq) {
                self.fill(seq);
                self.next = expected.max(seq.saturating_add(1));
                return Placed::InRow;
            }
            self.next = expected.saturating_add(1);
            let message = format!("it is numbered {seq} behind {before}: it was edited");
            return find(no, FindingKind::Edited, message);
        }
        if seq >= expected {
            self.next = seq.saturating_add(1);
            if seq == expected {
                return Placed::InRow;
            }
            if self.gaps.len() == REMEMBERED {
                return find(no, FindingKind::Removed, missing(expected, seq - 1));
            }
            self.gaps.insert(expected, (seq - 1, no));
            return Placed::Behind;
        }
        if let Some(at) = self.fill(seq) {
            let message = format!("the line numbered {seq} stands at line {no}: lines have changed places");
            return find(at, FindingKind::Reordered, message);
        }
        let message = format!("it is numbered {seq}, which has come before: a line stands there twice");
        find(no, FindingKind::Repeated, message)
    }

    /// A missing number turns up; returns the line behind the gap that it left.
    fn fill(&mut self, seq: u64) -> Option<u64> {
        let (&start, &(end, at)) = self.gaps.range(..=seq).next_back()?;
        if seq > end {
            return None;
        }
        self.gaps.remove(&start);
        if start < seq {
            self.gaps.insert(start, (seq - 1, at));
        }
        if seq < end {
            self.gaps.insert(seq + 1, (end, at));
        }
        Some(at)
    }

    /// The link before the last line is broken: whose fault is it?
    fn judge(&self, linked: bool, moved: bool) -> Finding {
        let no = self.last.no;
        let (line, message) = if moved {
            (no - 1, format!("it or line {no} was edited: they do not fit each other"))
        } else if linked {
            (no - 1, format!("it was edited: line {no} holds another hash for it"))
        } else {
            (no, "it was edited: it fits neither the line before it nor the one behind it".to_owned())
        };
        Finding { line, kind: FindingKind::Edited, message }
    }

    pub(super) fn end(&mut self, findings: &mut Vec<Finding>) {
        for (start, (end, at)) in std::mem::take(&mut self.gaps) {
            findings.push(Finding { line: at, kind: FindingKind::Removed, message: missing(start, end) });
        }
        if self.last.open {
            let no = self.last.no;
            let message = format!("it or line {no}, the last, was edited: they do not fit each other");
            findings.push(Finding { line: no - 1, kind: FindingKind::Edited, message });
        }
    }
}

fn missing(start: u64, end: u64) -> String {
    if start == end {
        format!("line {start} is missing before it: it was removed")
    } else {
        format!("lines {start} to {end} are missing before it: they were removed")
    }
}
