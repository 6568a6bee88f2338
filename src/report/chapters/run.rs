//! The run as a whole: what it was, how it ended, what was not plain, issues, sign-offs, notes, sessions.

use super::items::{attachment, told};
use super::{integrity, log_name, wording};
use crate::record::Totals;
use crate::report::document::{Chapter, Rich, Span, code, outside, own, rich, strong};
use crate::report::model::{Exception, Report};
use crate::report::when;
use crate::signoff::At;
use crate::signoff::event::RunMode;
use crate::text;

pub(super) fn facts<'a>(report: &'a Report<'a>) -> Chapter<'a> {
    let record = report.record;
    let mut page = Chapter::new("run", "The run");
    page.pair("Change ticket", record.plan.ticket.as_deref().map_or_else(|| own("–"), outside));
    let rehearsal = report.mode() == RunMode::Rehearsal;
    page.pair("Mode", if rehearsal { strong("rehearsal") } else { own("live") });
    if let Some(run) = &record.run {
        page.pair("Run", rich![outside(&run.name), " (id ", outside(&run.id), ")"]);
        page.pair("Begun", rich![Span::When(run.at), " by ", outside(&run.by)]);
        page.pair("Begun with", outside(&run.tool));
    }
    let window = record.plan.window.as_ref();
    let window = window.map(|(start, end)| rich![Span::Moment(start), " to ", Span::Moment(end)]);
    page.pair("Window", window.unwrap_or_else(|| "–".into()));
    if let Some((first, last)) = report.span() {
        let span = (last.wall - first.wall).to_std().unwrap_or_default();
        page.pair("First act on an item", Span::When(first));
        let after = own(format!(", {} after the first", text::lasting(span)));
        page.pair("Last act on an item", rich![Span::When(last), after]);
    }
    page.pair("Plan", outside(&record.plan.file));
    let amended = if record.amendments.is_empty() { "" } else { ", as last amended" };
    page.pair(rich!["Plan, SHA-256", amended], code(&record.plan.sha256));
    if let Some(sha256) = &record.plan.sidecar_sha256 {
        page.pair("Sidecar, SHA-256", code(sha256));
    }
    page.pair("Log", outside(log_name(report)));
    page.pair("Report made", Span::When(report.generated));
    page
}

pub(super) fn outcome<'a>(report: &'a Report<'a>) -> Chapter<'a> {
    let totals = report.totals;
    let mut page = Chapter::new("outcome", "Outcome");
    page.say(rich![strong(own(report.verdict())), " ", own(report.signed())]);
    page.say(own(format!(
        "{} planned + {} added = {} done + {} failed + {} skipped + {} not applicable + {} deferred + {} open \
         + {} removed",
        totals.planned,
        totals.added,
        totals.done,
        totals.failed,
        totals.skipped,
        totals.not_applicable,
        totals.deferred,
        totals.open,
        totals.removed
    )));
    let rollback = match (report.record.rollback_begun(), totals.rollback) {
        (_, 0) => String::new(),
        (true, apart) => format!("Items of the rollback that nobody acted on, counted apart: {apart}. "),
        (false, apart) => format!("Items of the rollback, which was not begun, counted apart: {apart}. "),
    };
    page.say(own(format!(
        "Done in the plan's file before the run: {}. Removed from the plan after they were done: {}. {rollback}\
         Parents and children each count as one.",
        totals.done_in_file, totals.removed_done,
    )));
    let moment = |at: Option<At>| at.map_or_else(|| "–".into(), |at| Span::When(at).into());
    let phases = report.phases.iter().map(|phase| {
        totals_row(outside(&phase.title).into(), &phase.totals, moment(phase.began), moment(phase.ended))
    });
    let all = totals_row(strong("All").into(), &totals, Rich::default(), Rich::default());
    let head = [
        "Phase",
        "Items",
        "Done",
        "Failed",
        "Skipped",
        "N/A",
        "Deferred",
        "Open",
        "Removed",
        "Rollback",
        "Began",
        "Last settled",
    ];
    page.table(&head, phases.chain([all]).collect());
    page
}

fn totals_row<'a>(title: Rich<'a>, totals: &Totals, began: Rich<'a>, ended: Rich<'a>) -> Vec<Rich<'a>> {
    let counts = [
        totals.planned + totals.added,
        totals.done,
        totals.failed,
        totals.skipped,
        totals.not_applicable,
        totals.deferred,
        totals.open,
        totals.removed,
        totals.rollback,
    ];
    let mut cells = vec![title];
    cells.extend(counts.iter().map(|count| own(count).into()));
    cells.extend([began, ended]);
    cells
}

pub(super) fn exceptions<'a>(report: &'a Report<'a>) -> Chapter<'a> {
    let mut page = Chapter::new("exceptions", "Exceptions");
    if report.exceptions.is_empty() {
        page.say("None.");
    }
    for group in report.exceptions.chunk_by(|a, b| a.kind == b.kind) {
        let Some(first) = group.first() else { continue };
        page.heading(3, rich![first.kind.title(), own(format!(" ({})", group.len()))]);
        for exception in group {
            page.entry(told_of(report, exception));
        }
    }
    page
}

fn told_of<'a>(report: &'a Report<'a>, exception: &'a Exception) -> Rich<'a> {
    let item = exception.item.as_ref();
    let item = item.map(|(number, text)| rich!["item ", Span::Item(*number), ", ", wording(text)]);
    let text = Some(timed(&exception.text)).filter(|_| !exception.text.is_empty());
    let said = Rich::joined(item.into_iter().chain(text), ": ");
    rich![said, exception.act.as_ref().map(|act| rich![" – ", report.who(act)])]
}

/// Words in which moments are told as everywhere in the report.
fn timed(text: &str) -> Rich<'_> {
    let mut said = Rich::default();
    let (mut done, mut from) = (0, 0);
    while let Some(at) = text[from..].find(|c: char| c.is_ascii_digit()).map(|at| from + at) {
        let rest = &text[at..];
        let end = rest.find(|c: char| !(c.is_ascii_digit() || "-:.TZ+".contains(c))).unwrap_or(rest.len());
        let moment = rest[..end].trim_end_matches(['.', ':']);
        from = at + end;
        if when::parse(moment).is_none() {
            continue;
        }
        said.add(piece(&text[done..at]));
        said.add(Span::Moment(moment));
        done = at + moment.len();
    }
    said.add(piece(&text[done..]));
    said
}

/// Words beside a moment; each format may take blanks off outside text.
fn piece(text: &str) -> Rich<'_> {
    let words = Some(text.trim()).filter(|words| !words.is_empty()).map(outside);
    let blank = |is: bool| if is { " " } else { "" };
    let (before, behind) = (text.starts_with(' '), text.ends_with(' ') && words.is_some());
    rich![blank(before), words, blank(behind)]
}

pub(super) fn issues<'a>(report: &'a Report<'a>) -> Chapter<'a> {
    let record = report.record;
    let mut page = Chapter::new("issues", "Issues");
    if record.issues.is_empty() {
        page.say("None.");
    }
    for issue in &record.issues {
        let of = issue.item.and_then(|id| record.index.get(&id)).and_then(|&at| report.numbers.get(at));
        let of = of.map(|&number| rich![" (item ", Span::Item(number), ")"]);
        let number = strong(own(format!("Issue {}", issue.number)));
        page.entry(rich![number, of, ": ", told(report, &issue.opened)]);
        match &issue.resolved {
            Some(end) => page.detail("resolved", told(report, end)),
            None => page.detail("", strong("not resolved")),
        }
    }
    page
}

pub(super) fn signoffs<'a>(report: &'a Report<'a>) -> Chapter<'a> {
    let record = report.record;
    let mut page = Chapter::new("signoffs", "Sign-offs");
    if record.signoffs.is_empty() {
        page.say(strong("None was given."));
    }
    for signoff in &record.signoffs {
        let phase = signoff.item.and_then(|item| record.item(item));
        let phase = phase.map(|item| rich![" (", outside(&item.row.phase), ")"]);
        let (name, role) = (strong(outside(&signoff.name)), outside(&signoff.role));
        let who = report.who(&signoff.act);
        page.entry(rich![name, ", ", role, ": ", wording(&signoff.statement), phase, " – typed by ", who]);
        if !signoff.open.is_empty() {
            let on = signoff.open.iter().map(|name| outside(name).into());
            page.detail("temporary states still on", Rich::joined(on, ", "));
        }
        integrity::signatures(&mut page, report, signoff);
    }
    page
}

pub(super) fn notes<'a>(report: &'a Report<'a>) -> Option<Chapter<'a>> {
    let record = report.record;
    if record.notes.is_empty() && record.attachments.is_empty() {
        return None;
    }
    let mut page = Chapter::new("notes", "Notes on the run");
    for note in &record.notes {
        page.entry(told(report, note));
    }
    if !record.attachments.is_empty() {
        page.entry("attachments");
        page.details(record.attachments.iter().map(|it| attachment(report, it)));
    }
    Some(page)
}

pub(super) fn probes<'a>(report: &'a Report<'a>) -> Chapter<'a> {
    let mut page = Chapter::new("checks", "Changes of state of the checks");
    if report.record.probes.is_empty() {
        page.say("None.");
        return page;
    }
    let rows = report.record.probes.whole().into_iter().map(|change| {
        vec![
            Span::When(change.act.at).into(),
            outside(change.probe.to_string()).into(),
            own(change.from).into(),
            own(change.to).into(),
            Span::Moment(&change.since).into(),
            outside(&change.saw).into(),
            own(change.flips).into(),
        ]
    });
    let head = ["Recorded", "Check", "From", "To", "First seen", "Saw", "Changes"];
    page.table(&head, rows.collect());
    for (probe, it) in report.record.probes.between() {
        let (from, to) = (Span::When(it.from), Span::When(it.to));
        let count = own(format!(" changed {} more times between ", text::grouped(it.changes)));
        let trouble = own(format!(", {} of them to trouble: ", text::grouped(it.troubles)));
        page.entry(rich![
            outside(probe.to_string()),
            count,
            from,
            " and ",
            to,
            trouble,
            "each is in the log."
        ]);
    }
    page
}

pub(super) fn sessions<'a>(report: &'a Report<'a>) -> Chapter<'a> {
    let mut page = Chapter::new("sessions", "Sessions");
    for (number, session) in (1..).zip(&report.record.sessions) {
        let (tool, boot) = (outside(&session.tool), outside(&session.boot_id));
        let process = own(format!(", process {}, boot ", session.pid));
        let by = report.who(&session.act);
        page.entry(rich![own(format!("session {number}: ")), tool, process, boot, " – ", by]);
        match &session.ended {
            Some(end) => page.detail("left", told(report, end)),
            None => page.detail("", "not left in good order, or still open"),
        }
    }
    page
}
