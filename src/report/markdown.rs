//! The report as Markdown: reads well as plain text, and rendered.

mod amended;
mod commands;
mod decisions;
mod integrity;
mod items;
mod outages;
mod panes;
mod people;
mod rollback;
mod times;

use std::fmt::Display;

use chrono::SecondsFormat;

use super::escape::{code, inline};
use super::model::{Exception, Report};
use crate::checklist::PhaseKind;
use crate::clock;
use crate::record::{Act, Totals};
use crate::signoff::event::RunMode;
use crate::signoff::verify::Outcome;
use crate::signoff::{Actor, At};
use crate::text;

/// Renders a report.
#[must_use]
pub fn markdown(report: &Report<'_>) -> String {
    let mut page = Page { out: String::new(), report };
    page.header();
    page.outcome();
    page.exceptions();
    page.decisions();
    page.go_or_not();
    page.approvals();
    page.outside_roles();
    page.amended();
    page.issues();
    page.items("Items", |kind| matches!(kind, PhaseKind::Work | PhaseKind::Rollback));
    page.items("Success criteria", |kind| kind == PhaseKind::Criteria);
    page.times();
    page.signoffs();
    page.rollbacks();
    page.temporary();
    page.outages();
    page.run_notes();
    page.name_servers();
    page.reconciles();
    page.commands();
    page.logs();
    page.probes();
    page.sessions();
    page.integrity();
    page.out
}

struct Page<'a> {
    out: String,
    report: &'a Report<'a>,
}

/// A moment in UTC, and on the clock of the host.
fn when(at: At) -> String {
    let local = clock::local(at.wall, at.offset);
    let utc = at.wall.to_rfc3339_opts(SecondsFormat::Millis, true);
    if at.offset == 0 { utc } else { format!("{utc} ({} {})", local.format("%H:%M:%S"), at.zone()) }
}

impl Page<'_> {
    fn who(&self, act: &Act) -> String {
        let through = self.report.terminal(act).filter(|_| act.by != Actor::RESERVED);
        let through = through.map_or(String::new(), |number| format!(" (T{number})"));
        format!("{}{through}, {}, line {}", inline(&act.by), when(act.at), act.seq)
    }

    fn line(&mut self, text: impl AsRef<str>) {
        self.out.push_str(text.as_ref());
        self.out.push('\n');
    }

    fn heading(&mut self, level: usize, text: &str) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
        self.line(format!("{} {text}", "#".repeat(level)));
        self.out.push('\n');
    }

    fn row<T: AsRef<str>>(&mut self, cells: &[T]) {
        let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
        self.line(format!("| {} |", cells.join(" | ")));
    }

    fn table_head(&mut self, cells: &[&str]) {
        self.row(cells);
        self.row(&vec!["---"; cells.len()]);
    }

    fn pair(&mut self, name: &str, value: impl Display) {
        self.row(&[name, &value.to_string()]);
    }

    fn header(&mut self) {
        let report = self.report;
        let record = report.record;
        let rehearsal = report.mode() == RunMode::Rehearsal;
        let kind = if rehearsal { "REHEARSAL report" } else { "Sign-off report" };
        self.heading(1, &format!("{kind}: {}", inline(&record.plan.title)));
        if rehearsal {
            self.line("> **REHEARSAL. This is practice: it is not the record of a live migration.**\n");
        }
        if report.verification.outcome != Outcome::Intact {
            self.line("> **The log of this run is NOT INTACT: see the exceptions.**\n");
        }
        self.table_head(&["", ""]);
        self.pair("Change ticket", record.plan.ticket.as_deref().map_or("–".to_owned(), inline));
        self.pair("Mode", if rehearsal { "**rehearsal**" } else { "live" });
        if let Some(run) = &record.run {
            self.pair("Run", format!("{} (id {})", inline(&run.name), inline(&run.id)));
            self.pair("Begun", format!("{} by {}", when(run.at), inline(&run.by)));
            self.pair("Begun with", inline(&run.tool));
        }
        let window = record.plan.window.as_ref();
        let window = window.map(|(start, end)| format!("{} to {}", inline(start), inline(end)));
        self.pair("Window", window.unwrap_or_else(|| "–".to_owned()));
        if let Some((first, last)) = report.span() {
            let span = (last.wall - first.wall).to_std().unwrap_or_default();
            self.pair("First act on an item", when(first));
            self.pair(
                "Last act on an item",
                format!("{}, {} after the first", when(last), text::clock(span)),
            );
        }
        self.pair("Plan", inline(&record.plan.file));
        let amended = if record.amendments.is_empty() { "" } else { ", as last amended" };
        self.pair(&format!("Plan, SHA-256{amended}"), code(&record.plan.sha256));
        if let Some(sha256) = &record.plan.sidecar_sha256 {
            self.pair("Sidecar, SHA-256", code(sha256));
        }
        self.pair("Log", inline(&log_name(report)));
        self.pair("Report made", when(report.generated));
        self.people();
    }

    fn outcome(&mut self) {
        let report = self.report;
        let totals = report.totals;
        self.heading(2, "Outcome");
        let open = totals.open;
        let verdict = match (open, totals.failed) {
            (0, 0) if totals.deferred > 0 => {
                format!("Every item is settled; {} put off to a later day.", totals.deferred)
            }
            (0, 0) => format!("Every one of the {} items is settled.", totals.present()),
            (0, failed) => format!("Every item is settled; {failed} failed."),
            (open, 0) => format!("{open} of {} items are open.", totals.present()),
            (open, failed) => format!("{open} of {} items are open, {failed} failed.", totals.present()),
        };
        self.line(format!("**{verdict}** {}\n", signed(report)));
        self.line(format!(
            "{} planned + {} added = {} done + {} failed + {} skipped + {} not applicable + {} deferred + {} open \
             + {} removed\n",
            totals.planned,
            totals.added,
            totals.done,
            totals.failed,
            totals.skipped,
            totals.not_applicable,
            totals.deferred,
            totals.open,
            totals.removed
        ));
        let rollback = match (report.record.rollback_begun(), totals.rollback) {
            (_, 0) => String::new(),
            (true, apart) => format!("Items of the rollback that nobody acted on, counted apart: {apart}. "),
            (false, apart) => format!("Items of the rollback, which was not begun, counted apart: {apart}. "),
        };
        self.line(format!(
            "Done in the plan's file before the run: {}. Removed from the plan after they were done: {}. {rollback}\
             Parents and children each count as one.\n",
            totals.done_in_file, totals.removed_done,
        ));
        self.table_head(&[
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
        ]);
        for phase in &report.phases {
            let moment = |at: Option<At>| at.map_or("–".to_owned(), when);
            self.totals_row(&inline(&phase.title), &phase.totals, moment(phase.began), moment(phase.ended));
        }
        self.totals_row("**All**", &totals, String::new(), String::new());
    }

    fn totals_row(&mut self, title: &str, totals: &Totals, began: String, ended: String) {
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
        let mut cells = vec![title.to_owned()];
        cells.extend(counts.iter().map(ToString::to_string));
        cells.extend([began, ended]);
        self.row(&cells);
    }

    fn exceptions(&mut self) {
        self.heading(2, "Exceptions");
        let exceptions = &self.report.exceptions;
        if exceptions.is_empty() {
            self.line("None.");
            return;
        }
        for group in exceptions.chunk_by(|a, b| a.kind == b.kind) {
            let Some(first) = group.first() else { continue };
            self.heading(3, &format!("{} ({})", first.kind.title(), group.len()));
            for exception in group {
                self.exception(exception);
            }
        }
    }

    fn exception(&mut self, exception: &Exception) {
        let item = exception.item.as_ref().map(|(number, text)| format!("item {number}, {}", wording(text)));
        let text = Some(inline(&exception.text)).filter(|_| !exception.text.is_empty());
        let said: Vec<String> = item.into_iter().chain(text).collect();
        let act = exception.act.as_ref().map_or(String::new(), |act| format!(" – {}", self.who(act)));
        self.line(format!("- {}{act}", said.join(": ")));
    }

    fn issues(&mut self) {
        self.heading(2, "Issues");
        let record = self.report.record;
        if record.issues.is_empty() {
            self.line("None.");
        }
        for issue in &record.issues {
            let of =
                issue.item.and_then(|id| record.index.get(&id)).and_then(|&at| self.report.numbers.get(at));
            let of = of.map_or(String::new(), |number| format!(" (item {number})"));
            let number = issue.number;
            let opened = &issue.opened;
            self.line(format!(
                "- **Issue {number}**{of}: {} – {}",
                inline(&opened.text),
                self.who(&opened.act)
            ));
            match &issue.resolved {
                Some(end) => {
                    self.line(format!("  - resolved: {} – {}", inline(&end.text), self.who(&end.act)));
                }
                None => self.line("  - **not resolved**"),
            }
        }
    }

    fn signoffs(&mut self) {
        self.items("Sign-off items", |kind| kind == PhaseKind::SignOff);
        self.heading(2, "Sign-offs");
        let record = self.report.record;
        if record.signoffs.is_empty() {
            self.line("**None was given.**");
        }
        for signoff in &record.signoffs {
            let (name, role) = (inline(&signoff.name), inline(&signoff.role));
            let statement = wording(&signoff.statement);
            let phase = signoff.item.and_then(|item| record.item(item)).map(|item| inline(&item.row.phase));
            let milestone = phase.map_or(String::new(), |phase| format!(" ({phase})"));
            let who = self.who(&signoff.act);
            self.line(format!("- **{name}**, {role}: {statement}{milestone} – typed by {who}"));
            if !signoff.open.is_empty() {
                let on: Vec<String> = signoff.open.iter().map(|name| inline(name)).collect();
                self.detail("temporary states still on", &on.join(", "));
            }
        }
    }

    fn run_notes(&mut self) {
        let record = self.report.record;
        if record.notes.is_empty() && record.attachments.is_empty() {
            return;
        }
        self.heading(2, "Notes on the run");
        for note in &record.notes {
            self.line(format!("- {} – {}", inline(&note.text), self.who(&note.act)));
        }
        if !record.attachments.is_empty() {
            self.line("- attachments");
            for attachment in &record.attachments {
                self.attachment(attachment);
            }
        }
    }

    fn probes(&mut self) {
        let record = self.report.record;
        self.heading(2, "Changes of state of the checks");
        if record.probes.is_empty() {
            self.line("None.");
            return;
        }
        self.table_head(&["Recorded", "Check", "From", "To", "First seen", "Saw", "Changes"]);
        for change in &record.probes {
            self.row(&[
                when(change.act.at),
                inline(&change.probe.to_string()),
                change.from.to_string(),
                change.to.to_string(),
                inline(&change.since),
                inline(&change.saw),
                change.flips.to_string(),
            ]);
        }
    }

    fn sessions(&mut self) {
        self.heading(2, "Sessions");
        for (number, session) in (1..).zip(&self.report.record.sessions) {
            let (tool, boot) = (inline(&session.tool), inline(&session.boot_id));
            let by = self.who(&session.act);
            self.line(format!("- session {number}: {tool}, process {}, boot {boot} – {by}", session.pid));
            match &session.ended {
                Some(end) => self.entry("left", end),
                None => self.line("  - not left in good order, or still open"),
            }
        }
    }
}

fn signed(report: &Report<'_>) -> String {
    match report.record.signoffs.len() {
        0 => "No sign-off was given.".to_owned(),
        1 => "One sign-off was given.".to_owned(),
        n => format!("{n} sign-offs were given."),
    }
}

/// The words of an item: its blanks shortened, their values stand below it.
fn wording(item: &str) -> String {
    let mut words = String::with_capacity(item.len());
    let mut rest = item;
    while let Some(at) = rest.find("___") {
        words.push_str(&rest[..at]);
        words.push('…');
        rest = rest[at..].trim_start_matches('_');
    }
    words.push_str(rest);
    inline(&words)
}

fn log_name(report: &Report<'_>) -> String {
    let name = report.verification.log.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
