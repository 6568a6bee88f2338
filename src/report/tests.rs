mod charts;
mod claims;
mod compare;
mod filled;
mod page;
mod people;

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use proptest::prelude::*;
use pulldown_cmark::{Event as Mark, Options, Parser, Tag};

use super::escape::{SHOWN, block, code, inline};
use super::*;
use crate::checklist::ItemId;
use crate::clock::{Clock, ManualClock};
use crate::record::apply;
use crate::sample::ProbeState;
use crate::signoff::arbitrary::{self, small_start};
use crate::signoff::event::{Blob, DecisionKind, Event, OverrideKind, ReadBack, RunMode};
use crate::signoff::{ActId, Actor, Draft, Line, Via};

const HOSTILE: [&str; 15] = [
    "<script>alert(1)</script>",
    "| a | b |",
    "``` `code` ``",
    "[link](https://evil.example) ![i](x) <https://evil.example>",
    "https://evil.example www.evil.example a@evil.example",
    "\u{1b}[31mred\u{1b}]0;title\u{7}\u{9b}2J",
    "\u{202e}gpj.exe\u{200b}",
    "# heading\n\n---\n\n> quote",
    "- list\n1. one",
    "1. one",
    "=====",
    "**bold** _em_ ~~gone~~ \\* &lt; &#60; $x$",
    "trailing \\",
    "<!-- comment",
    ":tada: mailto:a@evil.example xmpp:a@evil.example ftp://evil.example 1:2 a:b",
];

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_GFM | Options::ENABLE_MATH
}

/// The plain text of some Markdown in which nothing but text and one paragraph or list entry may be.
fn plain(markdown: &str) -> Result<String, String> {
    let mut out = String::new();
    for event in Parser::new_ext(markdown, options()) {
        match event {
            Mark::Text(text) => out.push_str(&text),
            Mark::Start(Tag::Paragraph | Tag::List(None) | Tag::Item) | Mark::End(_) => {}
            other => return Err(format!("{other:?} in {markdown:?}")),
        }
    }
    Ok(out)
}

#[test]
fn outside_text_is_shown_and_obeyed_by_nobody() {
    for hostile in HOSTILE {
        let clean = crate::text::clean(hostile);
        for before in ["", "- "] {
            assert_eq!(plain(&format!("{before}{}", inline(hostile))).unwrap(), clean.trim(), "{hostile}");
        }
    }
    assert_eq!(inline(" \n "), "–");
}

#[test]
fn long_text_is_cut_and_said_to_be() {
    let long = "é".repeat(1 << 20);
    let shown = inline(&long);
    assert!(shown.len() < SHOWN * 2 + 100);
    assert!(shown.ends_with(&format!("*(cut: {} more characters are in the log)*", (1 << 20) - SHOWN)));
}

#[test]
fn code_cannot_be_left() {
    for hostile in HOSTILE.into_iter().chain(["`", "``", "a`b``c"]) {
        let shown = code(hostile);
        let events: Vec<Mark<'_>> = Parser::new_ext(&shown, options()).collect();
        // In a table the bar would be taken for the cell's end; outside, its escape is visible.
        if !hostile.contains('|') {
            assert!(
                matches!(&events[1], Mark::Code(text) if **text == *crate::text::clean(hostile).trim()),
                "{events:?}"
            );
        }
        let text = block("sh", &format!("{hostile}\n```\n````\n# x"));
        let starts =
            Parser::new_ext(&text, options()).filter(|event| matches!(event, Mark::Start(_))).count();
        assert_eq!(starts, 1, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_inert(text in arbitrary::text()) {
        prop_assume!(text.chars().count() <= SHOWN);
        let clean = crate::text::clean(&text);
        prop_assume!(!clean.trim().is_empty());
        for before in ["", "- ", "  - note: "] {
            let shown = plain(&format!("{before}{}", inline(&text)));
            prop_assert!(shown.is_ok(), "{:?}", shown);
        }
    }
}

struct Run {
    folder: tempfile::TempDir,
    clock: ManualClock,
    record: Record,
    bytes: Vec<u8>,
}

impl Run {
    fn new(start: Event) -> Run {
        let clock = ManualClock::new(DateTime::from_timestamp_millis(1_795_242_667_000).unwrap());
        let mut run =
            Run { folder: tempfile::tempdir().unwrap(), clock, record: Record::default(), bytes: Vec::new() };
        run.act(start);
        run
    }

    fn act(&mut self, event: Event) {
        self.act_as(
            "dana",
            Via { host: "bastion".to_owned(), user: "ops".to_owned(), ..Via::default() },
            event,
        );
    }

    fn act_as(&mut self, name: &str, via: Via, event: Event) {
        self.clock.advance(Duration::from_mins(1));
        let n = self.record.events + 1;
        let draft = Draft {
            act: ActId { session: 1, n },
            at: self.clock.now(),
            by: Actor::Person(name.to_owned()),
            via,
            event,
            blobs: vec![Arc::from(&b"x"[..])],
        };
        let line = Line::encode(self.record.head, "cafe", &draft).unwrap();
        apply(&mut self.record, &line);
        self.bytes.extend_from_slice(&line.raw);
        self.bytes.push(b'\n');
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("small.live-2026-11-21-1.signoff.jsonl")
    }

    fn write(&self, name: &str) -> Result<(Written, String), ReportError> {
        std::fs::write(self.log(), &self.bytes).unwrap();
        let out = self.folder.path().join(name);
        let written = write(&self.log(), &out, &self.clock.now())?;
        Ok((written, std::fs::read_to_string(out).unwrap()))
    }

    fn text(&self) -> String {
        self.write("out.md").unwrap().1
    }
}

fn id(n: u8) -> ItemId {
    ItemId([0, 0, 0, 0, 0, 0, 0, n])
}

fn done(n: u8) -> Event {
    Event::ItemDone {
        item: id(n),
        phase: String::new(),
        text: String::new(),
        done_by: None,
        evidence: Vec::new(),
    }
}

fn failed(n: u8, reason: &str) -> Event {
    Event::ItemFailed {
        item: id(n),
        phase: String::new(),
        text: String::new(),
        reason: reason.to_owned(),
        evidence: Vec::new(),
    }
}

fn reopened(n: u8, reason: &str) -> Event {
    Event::ItemReopened {
        item: id(n),
        phase: String::new(),
        text: String::new(),
        reason: reason.to_owned(),
        mistick: false,
    }
}

/// The lines of the part under a heading.
fn part<'a>(report: &'a str, heading: &str) -> &'a str {
    let start = report.find(&format!("## {heading}\n")).unwrap_or_else(|| panic!("no {heading} in {report}"));
    let rest = &report[start + 3..];
    &rest[..rest.find("\n## ").unwrap_or(rest.len())]
}

#[test]
fn every_item_stands_in_it_exactly_once() {
    let mut run = Run::new(small_start());
    run.act(done(0));
    run.act(failed(1, "disk full"));
    run.act(reopened(1, "disk grown"));
    run.act(Event::ItemAdded { item: id(99), phase: "Cut over".into(), text: "Extra".into(), after: None });
    let mut rows = arbitrary::small_rows();
    rows.remove(3);
    run.act(Event::PlanAmended {
        what: "one out".to_owned(),
        plan: run.record.plan.clone(),
        items: rows,
        map: [].into(),
    });
    let report = run.text();
    let items: Vec<&str> = ["Items", "Success criteria", "Sign-off items"]
        .iter()
        .flat_map(|title| part(&report, title).lines())
        .filter(|line| line.starts_with("- "))
        .collect();
    assert_eq!(items.len(), 16);
    let words = (0..15).map(|n| format!("Step {n}")).chain(["Extra".to_owned()]);
    for text in words {
        let with = |line: &&&str| line.split(" – ").next().unwrap().ends_with(&format!(" {text}"));
        assert_eq!(items.iter().filter(with).count(), 1, "{text} in {items:#?}");
    }
    for number in 1..=16 {
        assert!(items[number - 1].starts_with(&format!("- {number} ")), "{items:#?}");
    }
    assert!(report.contains("**removed**"));
}

#[test]
fn exceptions_come_first_and_name_what_happened() {
    let mut run = Run::new(small_start());
    run.act(failed(1, "disk full"));
    run.act(reopened(1, "disk grown"));
    run.act(done(1));
    run.act(done(1));
    run.act(Event::IssueOpened { issue: 1, text: "403 on upload".into(), item: Some(id(1)) });
    run.act(Event::LogRecovered { bytes: 12, sha256: "s".into(), file: "f".into() });
    run.act(Event::OperatorChanged { from: "dana".into(), to: "lee".into() });
    let report = run.text();
    let order = [
        "## Outcome",
        "## Exceptions",
        "### Failures (1)\n\n- item 2, Step 1: disk full; now done – dana (T1), 2026-11-21T06:33:07.000Z, line 2",
        "### Reopened items (1)",
        "### Items open at the end (10)",
        "### Unresolved issues (1)\n\n- item 2, Step 1: issue 1: 403 on upload",
        "### Anomalies in the log (1)\n\n- “Step 1” is already done: reopen it first",
        "### Incidents of the record (2)\n\n- a torn end of 12 bytes",
        "## Issues",
        "## Items",
        "## Sign-offs\n\n**None was given.**",
        "## Integrity",
    ];
    let mut from = 0;
    for words in order {
        let at =
            report[from..].find(words).unwrap_or_else(|| panic!("{words} not behind {from} in {report}"));
        from += at;
    }
}

#[test]
fn a_check_that_comes_and_goes_for_weeks_is_summed_up_and_said_to_be() {
    let mut run = Run::new(small_start());
    for n in 0..1_400 {
        let (from, to) =
            if n % 2 == 0 { (ProbeState::Up, ProbeState::Down) } else { (ProbeState::Down, ProbeState::Up) };
        run.act(Event::ProbeChanged {
            probe: "health/shelf".parse().unwrap(),
            from,
            to,
            since: "2026-11-21T06:10:02Z".to_owned(),
            saw: format!("number {n}"),
            flips: 1,
        });
    }
    let report = run.text();
    let shown: Vec<i32> = (0..1_400).filter(|n| report.contains(&format!("| number {n} |"))).collect();
    assert_eq!(shown, (0..500).chain(900..1_400).collect::<Vec<_>>());
    assert!(part(&report, "Changes of state of the checks").contains("changed 400 more times between"));
    assert!(part(&report, "Exceptions").contains("was in trouble 200 more times between"), "{report}");
}

#[test]
fn the_totals_are_those_of_the_record() {
    let mut run = Run::new(small_start());
    run.act(done(0));
    let report = run.text();
    let sum = "12 planned + 0 added = 2 done + 0 failed + 0 skipped + 0 not applicable + 0 deferred + 10 open + 0 removed";
    assert!(report.contains(sum), "{report}");
    assert!(report.contains("Items of the rollback, which was not begun, counted apart: 3."));
    assert!(report.contains("| **All** | 12 | 2 | 0 | 0 | 0 | 0 | 10 | 0 | 3 |"));
}

#[test]
fn a_rehearsal_is_unmistakable() {
    let mut start = small_start();
    if let Event::RunStarted { mode, .. } = &mut start {
        *mode = RunMode::Rehearsal;
    }
    let rehearsal = Run::new(start).text();
    assert!(rehearsal.starts_with("# REHEARSAL report: Small\n\n> **REHEARSAL."));
    let live = Run::new(small_start()).text();
    assert!(live.starts_with("# Sign-off report: Small\n"));
    assert!(!live.contains("REHEARSAL"));
}

#[test]
fn a_log_that_was_edited_is_reported_as_such() {
    let mut run = Run::new(small_start());
    run.act(failed(0, "reason"));
    run.act(done(1));
    run.act(done(2));
    let text = String::from_utf8(run.bytes.clone()).unwrap();
    run.bytes = text.replace("\"reason\":\"reason\"", "\"reason\":\"better\"").into_bytes();
    let (written, report) = run.write("out.md").unwrap();
    assert_eq!((written.verification.exit_code(), written.lines), (1, 1));
    assert!(!report.contains("better") && report.contains("Nobody, in the lines that can be trusted."));
    assert!(report.contains("> **The log of this run is NOT INTACT"));
    assert!(report.contains("### The log is not intact (2)\n\n- line 2: it was edited: line 3 holds"));
    assert!(report.contains("this report holds only the 1 line before"));
}

#[test]
fn nothing_is_overwritten_by_mistake() {
    let run = Run::new(small_start());
    let refused = |name: &str| run.write(name).map(drop).unwrap_err().to_string();
    assert!(refused("out.pdf").contains("no report format is called .pdf: name the file something.html"));
    assert!(refused("out").contains("something.html"));
    std::os::unix::fs::symlink(run.log(), run.folder.path().join("link.md")).unwrap();
    std::fs::write(run.log(), b"x").unwrap();
    assert!(refused("link.md").contains("is the log or the plan itself"));
    assert_eq!(std::fs::read(run.log()).unwrap(), run.bytes);
    assert!(refused("no/such/folder.md").starts_with("write the report "));
    std::fs::write(run.folder.path().join("old.md"), "old").unwrap();
    assert!(run.write("old.md").unwrap().1.starts_with("# Sign-off report"));
    let names: Vec<_> =
        std::fs::read_dir(run.folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().contains("part")), "{names:?}");
}

#[test]
fn what_is_no_log_gets_no_report() {
    let mut run = Run::new(small_start());
    run.bytes = b"hello\n".to_vec();
    let refused = run.write("out.md").map(drop).unwrap_err().to_string();
    assert!(refused.contains("no report can be made of") && refused.contains("line 1"), "{refused}");
}

/// Second persons, roles, points of no return and a changed plan, in these words.
fn outside_people(run: &mut Run, text: &str) {
    let words = || format!("x {text}");
    let via = Via { host: words(), user: words(), tty: Some(words()), client: None };
    for n in [1, 2] {
        let read_back = Some(ReadBack { fact: words(), said: words(), saw: Some(words()) });
        let approval =
            Event::ApprovalGiven { item: id(4), n, of: 2, done_by: None, read_back, evidence: Vec::new() };
        run.act_as(&format!("x {n} {text}"), via.clone(), approval);
    }
    run.act_as(
        &format!("y {text}"),
        via,
        Event::GateOverridden { item: id(4), kind: OverrideKind::Gate, verdict: words(), reason: words() },
    );
    run.act(Event::DecisionMade {
        decision: words(),
        kind: DecisionKind::NoGo,
        choice: words(),
        closes: Vec::new(),
        reason: Some(words()),
        item: Some(id(4)),
        evidence: Vec::new(),
    });
    let (mut plan, mut rows) = (run.record.plan.clone(), arbitrary::small_rows());
    plan.text = format!("x {text}");
    plan.people = [(words(), vec![words()])].into();
    rows[4].held.roles = vec![words()];
    run.act(Event::PlanAmended { what: words(), plan, items: rows, map: [].into() });
    run.act(failed(4, text));
}

/// A run in which every text that comes from outside is this one.
fn all_said_as(text: &str) -> Run {
    let mut start = small_start();
    if let Event::RunStarted { plan, items, name, tool, boot_id, .. } = &mut start {
        plan.title = text.to_owned();
        plan.ticket = Some(text.to_owned());
        plan.window = Some((text.to_owned(), text.to_owned()));
        plan.file = text.to_owned();
        for word in [name, tool, boot_id] {
            *word = text.to_owned();
        }
        for row in items {
            row.section = Some(format!("{} {text}", row.id));
            row.text = text.to_owned();
            row.fields[0].label = text.to_owned();
        }
    }
    let mut run = Run::new(start);
    run.act(failed(0, &format!("x {text}")));
    run.act(reopened(0, &format!("x {text}")));
    run.act(Event::NoteAdded { text: format!("x {text}"), item: Some(id(1)) });
    run.act(Event::NoteAdded { text: format!("x {text}"), item: None });
    run.act(Event::IssueOpened { issue: 1, text: format!("x {text}"), item: None });
    run.act(Event::IssueResolved { issue: 1, text: format!("x {text}") });
    run.act(Event::FieldFilled {
        item: id(1),
        field: 0,
        label: text.to_owned(),
        value: text.to_owned(),
        secret: false,
    });
    run.act(Event::AttachmentAdded { name: text.into(), blob: Blob::seal(b"x", [0; 16]), item: None });
    run.act(Event::SignoffGiven {
        name: format!("x {text}"),
        role: text.to_owned(),
        statement: text.to_owned(),
        item: None,
        open: vec![text.to_owned()],
        evidence: Vec::new(),
    });
    run.act(arbitrary::probe_down(text, text));
    outside_people(&mut run, text);
    run.act(Event::HeadOffered { head: text.to_owned(), place: text.to_owned() });
    run
}

/// Every text that comes from outside, hostile: the report keeps the shape that it has with harmless text.
#[test]
fn hostile_text_cannot_change_the_reports_shape() {
    let shape = |text: &str| {
        let page = all_said_as(text).text();
        assert!(!page.chars().any(|c| c.is_control() && c != '\n'), "{page:?}");
        assert!(!page.contains('\u{202e}'));
        let marks: Vec<String> = Parser::new_ext(&page, options())
            .filter_map(|event| match event {
                Mark::Start(tag) => Some(format!("{tag:?}")),
                Mark::Html(_) | Mark::InlineHtml(_) => Some("html".to_owned()),
                _ => None,
            })
            .collect();
        marks
    };
    let harmless = shape("plain words");
    assert!(!harmless.contains(&"html".to_owned()));
    for hostile in HOSTILE {
        assert_eq!(shape(hostile), harmless, "{hostile}");
    }
}
