//! The plan as it was run: boxes ticked, blanks filled, who and when beside each step; everything else byte for byte.
//!
//! What is added stands between the comments of [`checklist::filled`](crate::checklist::filled), so that the file still
//! is the same plan: read again it has the same items by the same identities, and its blanks can be filled anew. In a
//! table it stands in the box's own cell. A rehearsal, and a log that is not intact, are said at the top; steps that
//! stand in no plan, or stand there no longer, at the end.

use std::ops::Range;

use chrono_tz::Tz;

use super::escape::inline;
use super::model::Report;
use super::when;
use crate::checklist::filled::{ADDED, END, is_blank, place, value};
use crate::record::{ItemRecord, ItemState, Totals};
use crate::signoff::At;
use crate::signoff::event::RunMode;
use crate::signoff::verify::Outcome;

/// A piece of the file and what takes its place.
type Edit = (Range<usize>, String);

/// Fills the plan, which is the file as the run had it.
#[must_use]
pub(super) fn fill(report: &Report<'_>, file: &[u8]) -> Vec<u8> {
    let mut page = Page { report, file, edits: Vec::new(), homeless: Vec::new() };
    let mut boxes: Vec<usize> =
        report.record.items.iter().filter_map(|item| Some(mark(item)?.start)).collect();
    boxes.sort_unstable();
    for at in report.in_order() {
        let Some(item) = report.record.items.get(at) else { continue };
        page.item(item, &boxes);
    }
    page.top();
    page.end();
    page.written()
}

struct Page<'a> {
    report: &'a Report<'a>,
    file: &'a [u8],
    edits: Vec<Edit>,
    /// Items that have no place in the file, in order.
    homeless: Vec<&'a ItemRecord>,
}

/// The box of an item that stands in the plan.
fn mark(item: &ItemRecord) -> Option<Range<usize>> {
    item.row.box_span.clone().filter(|_| !item.removed && !item.unplanned())
}

/// A box, drawn or of brackets.
fn is_box(bytes: &[u8]) -> bool {
    bytes.starts_with(b"[") && bytes.ends_with(b"]")
        || std::str::from_utf8(bytes).is_ok_and(|text| text.chars().count() == 1 && !text.is_ascii())
}

impl<'a> Page<'a> {
    fn item(&mut self, item: &'a ItemRecord, boxes: &[usize]) {
        if item.removed || item.unplanned() {
            self.homeless.push(item);
            return;
        }
        let mark = mark(item);
        // The spans of a log are its word: what is no box and no blank stays as it is.
        if mark.as_ref().is_some_and(|mark| !self.file.get(mark.clone()).is_some_and(is_box)) {
            self.homeless.push(item);
            return;
        }
        if let Some(mark) = &mark {
            self.tick(item, mark);
        }
        for (at, field) in (0..).zip(&item.row.fields) {
            let Some(filled) = item.fields.get(&at) else { continue };
            let blank = self.file.get(field.span.clone()).and_then(|blank| std::str::from_utf8(blank).ok());
            if let Some(blank) = blank.filter(|blank| is_blank(blank)) {
                self.edits.push((place(self.file, &field.span), value(blank, &inline(&filled.value))));
            }
        }
        let Some(said) = said(item, self.report.zone) else { return };
        let spot = match &mark {
            Some(mark) => Some(self.behind(mark.end, boxes)),
            None => self.unboxed(item),
        };
        let Some(at) = spot else {
            self.homeless.push(item);
            return;
        };
        let tick = if mark.is_none() && item.state == ItemState::Done { "✓ " } else { "" };
        // A box needs a blank behind it to be drawn.
        let bare = mark.as_ref().is_some_and(|mark| mark.end == at) && !self.in_row(at);
        let (at, apart) = match self.file.get(at) {
            Some(b' ') if bare => (at + 1, ""),
            _ => (at, if bare { " " } else { "" }),
        };
        self.edits.push((at..at, format!("{apart}{ADDED} — {tick}{said}{END}")));
    }

    /// Ticks a box, or unticks the one of a step that was opened again.
    fn tick(&mut self, item: &ItemRecord, mark: &Range<usize>) {
        let done = item.state == ItemState::Done;
        if done == item.row.checked {
            return;
        }
        let drawn = self.file.get(mark.start).is_some_and(|byte| *byte != b'[');
        let ticked = match (drawn, done) {
            (true, true) => "☑",
            (true, false) => "☐",
            (false, true) => "[x]",
            (false, false) => "[ ]",
        };
        // `[ ]text` is a box, `[x]text` is none.
        let behind = self.file.get(mark.end..).unwrap_or_default();
        let next = behind.first().copied().unwrap_or(b' ');
        let added = behind.starts_with(ADDED.as_bytes());
        let apart = if drawn || added || next.is_ascii_whitespace() || next == b'|' { "" } else { " " };
        self.edits.push((mark.clone(), format!("{ticked}{apart}")));
    }

    /// Where something can stand behind a box: at the end of its words on that line.
    fn behind(&self, from: usize, boxes: &[usize]) -> usize {
        let next = boxes.get(boxes.partition_point(|at| *at < from)).copied().unwrap_or(usize::MAX);
        self.words_end(from, next)
    }

    /// The same of an item that has no box; `None` where nothing can stand, as at the beginning of code.
    fn unboxed(&self, item: &ItemRecord) -> Option<usize> {
        let start = self.start_of(item.row.line)?;
        let end = self.line_end(start);
        let line = String::from_utf8_lossy(self.file.get(start..end)?).into_owned();
        let words = line
            .trim_start_matches(|c: char| c.is_whitespace() || c.is_ascii_digit() || "-*+.)•◦▪".contains(c));
        let fence = words.starts_with("```") || words.starts_with("~~~");
        let first = item.row.text.split_whitespace().next().unwrap_or_default();
        let first: String = first.chars().take_while(|c| c.is_alphanumeric()).collect();
        (!fence && line.contains(&first)).then(|| self.words_end(start, usize::MAX))
    }

    /// The end of a line's words from a place on: before the next box, the end of a table's cell, or a comment that goes
    /// on below.
    fn words_end(&self, from: usize, next: usize) -> usize {
        let mut end = self.line_end(from).min(next);
        let rest = self.file.get(from..end).unwrap_or_default();
        if self.in_row(from)
            && let Some(bar) =
                (0..rest.len()).find(|&at| rest[at] == b'|' && (at == 0 || rest[at - 1] != b'\\'))
        {
            end = from + bar;
        }
        let rest = self.file.get(from..end).unwrap_or_default();
        // Before what a run before has added.
        if let Some(added) = memchr::memmem::find(rest, ADDED.as_bytes()) {
            end = from + added;
        }
        let rest = self.file.get(from..end).unwrap_or_default();
        if let Some(open) = memchr::memmem::rfind(rest, b"<!--")
            && memchr::memmem::find(&rest[open..], b"-->").is_none()
        {
            end = from + open;
        }
        while end > from && matches!(self.file[end - 1], b' ' | b'\t' | b'\\') {
            end -= 1;
        }
        end
    }

    /// Whether a place is in a table's row, as far as a bar ends a cell there.
    fn in_row(&self, at: usize) -> bool {
        let line = self.file.get(self.line_start(at)..self.line_end(at)).unwrap_or_default();
        let words = line.trim_ascii_start();
        let list = words.first().is_some_and(|first| b"-*+".contains(first) || first.is_ascii_digit());
        words.starts_with(b"|") || !list && words.contains(&b'|')
    }

    fn line_start(&self, at: usize) -> usize {
        let before = self.file.get(..at).unwrap_or_default();
        before.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |end| end + 1)
    }

    fn line_end(&self, at: usize) -> usize {
        let behind = self.file.get(at..).unwrap_or_default();
        behind.iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(self.file.len(), |end| at + end)
    }

    /// Where a line begins; lines are counted from 1.
    fn start_of(&self, line: u32) -> Option<usize> {
        let file = self.file;
        let ends = (0..file.len())
            .filter(|&at| file[at] == b'\n' || file[at] == b'\r' && file.get(at + 1) != Some(&b'\n'));
        let before = usize::try_from(line).ok()?.checked_sub(1)?;
        std::iter::once(0).chain(ends.map(|end| end + 1)).nth(before)
    }

    fn newline(&self) -> &'static str {
        let first = self.file.iter().position(|byte| *byte == b'\n');
        if first.is_some_and(|at| at > 0 && self.file[at - 1] == b'\r') { "\r\n" } else { "\n" }
    }

    /// Lines between comments of their own: a comment at the beginning of a line makes HTML of that line.
    fn block(&mut self, at: usize, lines: &[String]) {
        let end = self.newline();
        self.edits.push((at..at, format!("{ADDED}{end}{end}{}{end}{end}{END}{end}", lines.join(end))));
    }

    /// What nobody may overlook.
    fn top(&mut self) {
        let mut said = Vec::new();
        if self.report.mode() == RunMode::Rehearsal {
            said.push(
                "> **REHEARSAL. This is practice: it is not the record of a live migration.**".to_owned(),
            );
        }
        if self.report.verification.outcome != Outcome::Intact {
            said.push("> **The log of this run is NOT INTACT: see its report.**".to_owned());
        }
        if !said.is_empty() {
            self.block(self.front(), &said);
        }
    }

    /// Behind the byte order mark and the front matter.
    fn front(&self) -> usize {
        let from = if self.file.starts_with("\u{feff}".as_bytes()) { 3 } else { 0 };
        let line = |at: usize| self.file.get(at..self.line_end(at)).unwrap_or_default().trim_ascii_end();
        let next = |at: usize| {
            let end = self.line_end(at);
            end + if self.file[end..].starts_with(b"\r\n") { 2 } else { 1 }
        };
        if line(from) != b"---" {
            return from;
        }
        let mut at = next(from);
        while at < self.file.len() {
            if matches!(line(at), b"---" | b"...") {
                return next(at).min(self.file.len());
            }
            at = next(at);
        }
        from
    }

    /// The run in short, and what has no place in the plan.
    fn end(&mut self) {
        let report = self.report;
        let (record, zone) = (report.record, report.zone);
        let mut lines = vec!["## Record of this run".to_owned(), String::new()];
        let run = record.run.as_ref().map_or(String::new(), |run| inline(&run.name));
        let mode = if report.mode() == RunMode::Rehearsal { "rehearsal" } else { "live" };
        let head = &report.verification.head;
        lines.push(format!("- {run} ({mode}), {} lines, head `{head}`", report.verification.lines));
        lines.push(format!("- {}", counted(&report.totals)));
        if let Some((first, last)) = report.span() {
            lines.push(format!("- from {} to {}", clock(first, zone), clock(last, zone)));
        }
        let homeless = std::mem::take(&mut self.homeless);
        for item in homeless {
            lines.push(elsewhere(item, zone));
        }
        for issue in &record.issues {
            let end = issue.resolved.as_ref();
            let end =
                end.map_or("**not resolved**".to_owned(), |end| format!("resolved: {}", inline(&end.text)));
            lines.push(format!("- issue {}: {}; {end}", issue.number, inline(&issue.opened.text)));
        }
        for given in &record.signoffs {
            let (name, role) = (inline(&given.name), inline(&given.role));
            let (at, hand) = (clock(given.act.at, zone), report.hand(given));
            lines.push(format!("- signed off by **{name}**, {role}, {at}; {hand}"));
        }
        self.block(self.file.len(), &lines);
    }

    fn written(mut self) -> Vec<u8> {
        // What is added at a place stands behind what changes there.
        self.edits.sort_by_key(|(at, _)| (at.start, at.end));
        let mut out = Vec::with_capacity(self.file.len() + self.edits.len() * 64);
        let mut done = 0;
        for (at, text) in &self.edits {
            // Spans of a damaged log may overlap, or lie outside.
            let Some(before) = self.file.get(done..at.start) else { continue };
            if at.end > self.file.len() {
                continue;
            }
            out.extend_from_slice(before);
            out.extend_from_slice(text.as_bytes());
            done = at.end;
        }
        out.extend_from_slice(&self.file[done..]);
        out
    }
}

/// Who and when, and how it went if it was not plain; `None` of what nobody has touched.
fn said(item: &ItemRecord, zone: Option<Tz>) -> Option<String> {
    let Some(act) = &item.act else {
        let filled = item.fields.values().map(|filled| &filled.act).max_by_key(|act| act.seq)?;
        return Some(format!("filled by {}, {}", inline(&filled.by), clock(filled.at, zone)));
    };
    let how = match item.state {
        ItemState::Done => String::new(),
        ItemState::Open => "**opened again**, ".to_owned(),
        state => match &item.reason {
            Some(why) => format!("**{state}**: {}, ", inline(why)),
            None => format!("**{state}**, "),
        },
    };
    let doer = item.done_by.as_ref().map_or(String::new(), |doer| format!(", done by {}", inline(doer)));
    let stated = item.claimed.as_ref().map_or(String::new(), |time| format!(", stated: {}", inline(time)));
    Some(format!("{how}{}, {}{doer}{stated}", inline(&act.by), clock(act.at, zone)))
}

/// A moment in UTC, to the second, and on the clock of the zone that was chosen.
fn clock(at: At, zone: Option<Tz>) -> String {
    let utc = at.wall.format("%Y-%m-%d %H:%M:%S UTC");
    match zone.and_then(|zone| when::in_zone(at.wall, zone)) {
        Some(beside) => format!("{utc} ({beside})"),
        None => utc.to_string(),
    }
}

/// An item that has no place in the file.
fn elsewhere(item: &ItemRecord, zone: Option<Tz>) -> String {
    let mark = if item.state == ItemState::Done { "[x]" } else { "[ ]" };
    let why = match (item.removed, item.unplanned()) {
        (true, _) => "removed from the plan",
        (_, true) => "added in the run",
        _ => "of the plan",
    };
    let said = said(item, zone).map_or(String::new(), |said| format!(" — {said}"));
    let blanks = item.fields.values().map(|it| format!("; {}: {}", inline(&it.label), inline(&it.value)));
    let said = said + &blanks.collect::<String>();
    format!("- {mark} {} ({why}, {}){said}", inline(&item.row.text), inline(&item.row.phase))
}

fn counted(totals: &Totals) -> String {
    let all = [
        (totals.done, "done"),
        (totals.failed, "failed"),
        (totals.skipped, "skipped"),
        (totals.not_applicable, "not applicable"),
        (totals.deferred, "deferred"),
        (totals.open, "open"),
        (totals.removed, "removed"),
    ];
    let some = all.iter().filter(|(count, _)| *count > 0);
    let some: Vec<String> = some.map(|(count, word)| format!("{count} {word}")).collect();
    format!("of {} items: {}", totals.planned + totals.added, some.join(", "))
}
