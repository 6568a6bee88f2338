//! The report for spreadsheets: CSV as RFC 4180 has it, one row an item.
//!
//! UTF-8 with a byte order mark, without which Excel takes it for another encoding; lines end in CRLF. A spreadsheet
//! computes what looks like a formula, and shows another number for `1e5` or `0123`: such outside text gets an apostrophe
//! before it. So that nothing runs over into other cells, texts are of one line and of a length that a cell can hold. The
//! JSON report has all of it as it was.

use std::fmt::Write as _;
use std::io::{self, Write};

use chrono::SecondsFormat;

use super::model::Report;
use crate::record::control::of_kind;
use crate::record::{Entry, ItemRecord, ItemState};
use crate::signoff::At;
use crate::signoff::event::Evidence;
use crate::text;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Longest text of a cell, in characters: Excel takes 32,767, and splits what is longer.
const CELL: usize = 32_000;

/// Digits of a number that a spreadsheet keeps.
const DIGITS: usize = 15;

/// What spreadsheets take for the beginning of a formula; the wide forms count in East Asian ones.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

const HEADER: [&str; 26] = [
    "number",
    "phase",
    "section",
    "parent",
    "item",
    "state",
    "remark",
    "who",
    "done by",
    "start (UTC)",
    "end (UTC)",
    "time stated",
    "planned at least (s)",
    "planned at most (s)",
    "took (s)",
    "reason",
    "notes",
    "fields",
    "evidence",
    "overrides",
    "approvals",
    "issues",
    "attachments",
    "line of the log",
    "line of the plan",
    "id",
];

/// Writes the items of a report as CSV.
///
/// # Errors
/// What the file said.
pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(BYTE_ORDER_MARK)?;
    let mut sheet = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    sheet.write_record(HEADER)?;
    for at in report.in_order() {
        if let Some(item) = report.record.items.get(at) {
            sheet.write_record(row(report, at, item))?;
        }
    }
    sheet.flush()
}

fn row(report: &Report<'_>, at: usize, item: &ItemRecord) -> [String; HEADER.len()] {
    let row = &item.row;
    let (start, end) = report.worked(at).unzip();
    let number = |number: Option<u64>| number.map_or(String::new(), |number| number.to_string());
    let index = |number: Option<usize>| number.map_or(String::new(), |number| number.to_string());
    let optional = |text: Option<&String>| text.map_or(String::new(), |text| cell(text));
    let settled = item.act.as_ref().filter(|_| item.state != ItemState::Open);
    [
        index(report.numbers.get(at).copied()),
        cell(&row.phase),
        optional(row.section.as_ref()),
        index(row.parent.and_then(|id| report.number(id))),
        cell(&row.text),
        item.state.to_string(),
        remark(report, item),
        settled.map_or(String::new(), |act| cell(&act.by)),
        optional(item.done_by.as_ref()),
        start.flatten().map_or(String::new(), utc),
        end.map_or(String::new(), utc),
        optional(item.claimed.as_ref()),
        number(row.planned_s.map(|(least, _)| least)),
        number(row.planned_s.map(|(_, most)| most)),
        number(report.times.item(at).map(|took| took.as_secs())),
        optional(item.reason.as_ref()),
        cell(&list(item.notes.iter().map(|note| format!("{} ({})", note.text, by(note))))),
        cell(&fields(item)),
        cell(&list(item.evidence.iter().map(seen))),
        cell(&overrides(report, item)),
        cell(&approvals(report, item)),
        cell(&list(item.issues.iter().map(|&issue| told(report, issue)))),
        cell(&list(item.attachments.iter().map(|it| format!("{} ({})", it.name, it.blob.sha256)))),
        number(item.act.as_ref().map(|act| act.seq)),
        number(Some(u64::from(row.line)).filter(|line| *line > 0)),
        // Sixteen digits, one of them an `e`, would be a number.
        cell(&row.id.to_string()),
    ]
}

/// A moment as spreadsheets read it.
fn utc(at: At) -> String {
    at.wall.to_rfc3339_opts(SecondsFormat::Secs, true).replace('T', " ").replace('Z', "")
}

fn list(entries: impl Iterator<Item = String>) -> String {
    entries.collect::<Vec<_>>().join(" | ")
}

fn by(entry: &Entry) -> String {
    format!("{}, {}", entry.act.by, utc(entry.act.at))
}

fn remark(report: &Report<'_>, item: &ItemRecord) -> String {
    let all = [
        (item.done_in_file(), "done in the plan's file"),
        (item.added, "added in the run"),
        (item.removed, "removed from the plan"),
        (item.amended.is_some(), "amended in the run"),
        (!report.record.counts(item), "rollback, not begun"),
    ];
    let all = all.iter().filter(|(is, _)| *is).map(|(_, words)| *words);
    all.collect::<Vec<_>>().join(", ")
}

fn fields(item: &ItemRecord) -> String {
    let blanks = (0..).zip(&item.row.fields).map(|(at, field)| {
        let value = item.fields.get(&at).map_or("not filled", |filled| filled.value.as_str());
        format!("{}: {value}", field.label)
    });
    let gone = item.fields.range(u32::try_from(item.row.fields.len()).unwrap_or(u32::MAX)..);
    let gone = gone.map(|(_, filled)| format!("{}: {} (no longer in the plan)", filled.label, filled.value));
    list(blanks.chain(gone))
}

fn seen(evidence: &Evidence) -> String {
    let age = text::short(std::time::Duration::from_millis(evidence.age_ms));
    format!("{} {}, saw {}, {age} before", evidence.probe, evidence.state, evidence.saw)
}

fn overrides(report: &Report<'_>, item: &ItemRecord) -> String {
    let past = report.record.control.overrides.iter().filter(|past| past.item == item.row.id);
    list(past.map(|past| {
        format!("{}: {}; why: {} ({})", of_kind(past.kind), past.verdict, past.entry.text, by(&past.entry))
    }))
}

fn approvals(report: &Report<'_>, item: &ItemRecord) -> String {
    let given = report.record.control.approvals.iter().filter(|given| given.item == item.row.id);
    list(given.map(|given| {
        let lapsed = given.lapsed.as_ref().map_or(String::new(), |why| format!(", lapsed: {}", why.text));
        format!("{} of {}: {}, {}{lapsed}", given.n, given.of, given.act.by, utc(given.act.at))
    }))
}

fn told(report: &Report<'_>, number: u32) -> String {
    let Some(issue) = report.record.issues.iter().find(|issue| issue.number == number) else {
        return number.to_string();
    };
    let end =
        issue.resolved.as_ref().map_or("not resolved".to_owned(), |end| format!("resolved: {}", end.text));
    format!("{number}: {}; {end}", issue.opened.text)
}

/// Outside text as a cell that no spreadsheet computes.
///
/// Also behind a semicolon or a comma: there another cell begins for a spreadsheet that splits at it.
fn cell(outside: &str) -> String {
    let cut = outside.char_indices().nth(CELL).map(|(end, _)| end);
    let clean = text::clean(&outside[..cut.unwrap_or(outside.len())]);
    let mut out = String::with_capacity(clean.len() + 8);
    if is_altered(&clean) {
        out.push('\'');
    }
    let mut begins = true;
    for c in clean.chars() {
        if begins && FORMULA.contains(&c) {
            out.push('\'');
        }
        begins = matches!(c, ';' | ',') || begins && (c.is_whitespace() || c == '"' || c == '\'');
        out.push(c);
    }
    if let Some(end) = cut {
        let more = outside[end..].chars().count();
        // Writing to a string does not fail.
        let _ = write!(out, " … (cut: {more} more characters are in the log)");
    }
    out
}

/// Whether a spreadsheet would take a text for a number or a date, and show it otherwise: `1e5`, `0123`, `1/2`.
fn is_altered(text: &str) -> bool {
    let figure = |c: char| c.is_ascii_digit() || " .,/eE+-%".contains(c);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let begins = text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let leads = text.strip_prefix('0').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let kept = digits <= DIGITS && !leads && !text.contains(['e', 'E', '/', '-', '%']);
    digits > 0 && begins && text.chars().all(figure) && !kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_is_taken_for_a_formula() {
        for (outside, shown) in [
            ("=1+1", "'=1+1"),
            ("+49 30 1", "'+49 30 1"),
            ("-5", "'-5"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "    '=1"),
            ("\r=1", " '=1"),
            (" \"=1", " \"'=1"),
            ("a;=cmd|' /C calc'!A0", "a;'=cmd|' /C calc'!A0"),
            ("a, -b", "a, '-b"),
            ("＝1", "'＝1"),
            ("a = b - c", "a = b - c"),
            ("1e5", "'1e5"),
            ("0123", "'0123"),
            ("1/2", "'1/2"),
            ("2026-11-21", "'2026-11-21"),
            ("1234567890123456", "'1234567890123456"),
            ("12", "12"),
            ("0", "0"),
            ("0.5", "0.5"),
            ("06:05", "06:05"),
            ("3 disks", "3 disks"),
            ("one\r\ntwo", "one two"),
            ("", ""),
        ] {
            assert_eq!(cell(outside), shown, "{outside:?}");
        }
        let long = cell(&"é".repeat(1 << 20));
        assert!(long.chars().count() < 32_767 && long.ends_with("more characters are in the log)"));
    }

    proptest! {
        #[test]
        fn no_split_of_a_cell_begins_a_formula(outside in "[-=+@;,'\" a\t\r\n]{0,24}") {
            let shown = cell(&outside);
            for part in shown.split([';', ',']) {
                let begins = part.trim_start().trim_start_matches('"').trim_start();
                prop_assert!(!begins.starts_with(FORMULA), "{outside:?}: {shown:?}");
            }
        }
    }
}
