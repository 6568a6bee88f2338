//! The report as Markdown: reads well as plain text, and rendered.

use std::fmt::Display;
use std::path::Path;

use chrono::SecondsFormat;

use super::escape::{block, code, inline};
use super::model::{Exception, Report};
use crate::checklist::PhaseKind;
use crate::clock;
use crate::record::{Act, Attachment, Entry, FieldValue, ItemRecord, ItemState, PhaseSummary, Totals};
use crate::signoff::event::RunMode;
use crate::signoff::verify::{Outcome, shell_check};
use crate::signoff::{At, Via};
use crate::text;

/// Renders a report.
#[must_use]
pub fn markdown(report: &Report<'_>) -> String {
    let mut page = Page { out: String::new(), report };
    page.header();
    page.outcome();
    page.exceptions();
    page.issues();
    page.items("Items", |kind| matches!(kind, PhaseKind::Work | PhaseKind::Rollback));
    page.items("Success criteria", |kind| kind == PhaseKind::Criteria);
    page.signoffs();
    page.run_notes();
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

fn who(act: &Act) -> String {
    format!("{}, {}, line {}", inline(&act.by), when(act.at), act.seq)
}

fn through(via: &Via) -> String {
    let mut out = format!("{}@{}", inline(&via.user), inline(&via.host));
    if let Some(tty) = &via.tty {
        out.push_str(&format!(", terminal {}", inline(tty)));
    }
    if let Some(client) = &via.client {
        let ambiguous = if client.ambiguous { ", ambiguous" } else { "" };
        let (user, tty) = (inline(&client.user), inline(&client.tty));
        out.push_str(&format!(", client {user} on {tty} (process {}{ambiguous})", client.pid));
    }
    out
}

impl Page<'_> {
    fn line(&mut self, text: impl AsRef<str>) {
        self.out.push_str(text.as_ref());
        self.out.push('\n');
    }

    fn heading(&mut self, level: usize, text: &str) {
        if !self.out.is_empty() {
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
        self.pair("Plan, SHA-256", code(&record.plan.sha256));
        if let Some(sha256) = &record.plan.sidecar_sha256 {
            self.pair("Sidecar, SHA-256", code(sha256));
        }
        self.pair("Log", inline(&log_name(report)));
        self.pair("Report made", when(report.generated));
        self.people();
    }

    fn people(&mut self) {
        let record = self.report.record;
        if record.people.is_empty() {
            return;
        }
        self.heading(2, "People");
        self.line("Names are as declared by who typed them.\n");
        self.table_head(&["Name", "Entries", "First", "Last"]);
        for (name, person) in &record.people {
            let acts = person.acts.to_string();
            self.row(&[inline(name), acts, when(person.first), when(person.last)]);
        }
    }

    fn outcome(&mut self) {
        let report = self.report;
        let totals = report.totals;
        self.heading(2, "Outcome");
        let open = totals.open;
        let verdict = match (open, totals.failed) {
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
        self.line(format!(
            "Of the done, {} were ticked in the plan's file before the run; of the removed, {} were done. {} \
             rollback items stand apart{}. Parents and children each count as one.\n",
            totals.done_in_file,
            totals.removed_done,
            totals.rollback,
            if report.record.rolling_back() { ": rollback was begun" } else { ": rollback was not begun" }
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
        let mut line = "- ".to_owned();
        if let Some((number, text)) = &exception.item {
            line.push_str(&format!("item {number}, {}: ", inline(text)));
        }
        line.push_str(&inline(&exception.text));
        if let Some(act) = &exception.act {
            line.push_str(&format!(" – {}", who(act)));
        }
        self.line(line);
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
            self.line(format!("- **Issue {number}**{of}: {} – {}", inline(&opened.text), who(&opened.act)));
            match &issue.resolved {
                Some(end) => {
                    self.line(format!("  - resolved: {} – {}", inline(&end.text), who(&end.act)));
                }
                None => self.line("  - **not resolved**"),
            }
        }
    }

    fn items(&mut self, title: &str, kinds: impl Fn(PhaseKind) -> bool) {
        let report = self.report;
        let phases: Vec<&PhaseSummary> = report.phases.iter().filter(|phase| kinds(phase.kind)).collect();
        if phases.is_empty() {
            return;
        }
        self.heading(2, title);
        for phase in phases {
            self.phase(phase);
        }
    }

    fn phase(&mut self, phase: &PhaseSummary) {
        let aside = if phase.kind == PhaseKind::Rollback && !self.report.record.rolling_back() {
            " (rollback, not begun)"
        } else if phase.kind == PhaseKind::Rollback {
            " (rollback)"
        } else {
            ""
        };
        self.heading(3, &format!("{}{aside}", inline(&phase.title)));
        let mut section = None;
        for &at in &phase.items {
            let Some(item) = self.report.record.items.get(at) else { continue };
            if item.row.section != section {
                section.clone_from(&item.row.section);
                if let Some(section) = &section {
                    self.heading(4, &inline(section));
                }
            }
            self.item(self.report.numbers.get(at).copied().unwrap_or(0), item);
        }
    }

    fn item(&mut self, number: usize, item: &ItemRecord) {
        let nested = if item.row.depth > 0 { "↳ " } else { "" };
        let mut flags = String::new();
        if item.done_in_file() {
            flags.push_str(" (in the plan's file)");
        }
        if item.added {
            flags.push_str(" (added in the run)");
        }
        if item.removed {
            flags.push_str(" (removed from the plan)");
        }
        let by = item.act.as_ref().filter(|_| item.state != ItemState::Open);
        let by = by.map_or(String::new(), |act| format!(" – {}", who(act)));
        let text = inline(&item.row.text);
        self.line(format!("- {number} {nested}**{}**{flags} {text}{by}", item.state));
        if let Some(act) = item.act.as_ref().filter(|_| item.state != ItemState::Open) {
            self.detail("through", &through(&act.via));
        }
        if let Some(started) = item.started {
            self.detail("started", &when(started));
        }
        if let Some(claimed) = &item.claimed {
            self.detail("time as stated", &inline(claimed));
        }
        if let Some(doer) = &item.done_by {
            self.detail("done by", &inline(doer));
        }
        if let Some(reason) = &item.reason {
            self.detail("reason", &inline(reason));
        }
        self.fields(item);
        for evidence in &item.evidence {
            let age = text::short(std::time::Duration::from_millis(evidence.age_ms));
            let (probe, saw) = (inline(&evidence.probe.to_string()), inline(&evidence.saw));
            self.detail("evidence", &format!("{probe} {}, saw {saw}, {age} before", evidence.state));
        }
        for note in &item.notes {
            self.entry("note", note);
        }
        for attachment in &item.attachments {
            self.attachment(attachment);
        }
        for &issue in &item.issues {
            self.detail("issue", &issue.to_string());
        }
        // One act is said already; a story of several is told whole.
        if item.history.len() > 1 {
            let story: Vec<String> = item
                .history
                .iter()
                .map(|entry| {
                    format!("{} ({}, line {})", inline(&entry.text), inline(&entry.act.by), entry.act.seq)
                })
                .collect();
            self.detail("history", &story.join("; "));
        }
    }

    fn detail(&mut self, name: &str, value: &str) {
        self.line(format!("  - {name}: {value}"));
    }

    fn entry(&mut self, name: &str, entry: &Entry) {
        self.detail(name, &format!("{} – {}", inline(&entry.text), who(&entry.act)));
    }

    fn fields(&mut self, item: &ItemRecord) {
        let mut blanks = 0;
        for (at, field) in (0..).zip(&item.row.fields) {
            blanks += 1;
            let value = item.fields.get(&at).map_or("not filled".to_owned(), filled);
            self.detail("blank", &format!("{}: {value}", inline(&field.label)));
        }
        for (_, value) in item.fields.range(blanks..) {
            self.detail("blank that is no longer in the plan", &filled(value));
        }
    }

    fn attachment(&mut self, attachment: &Attachment) {
        let blob = &attachment.blob;
        self.detail(
            "attached",
            &format!(
                "{}, {} bytes, kept as {} – {}",
                inline(&attachment.name),
                blob.bytes,
                code(&blob.sha256),
                who(&attachment.act)
            ),
        );
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
            let statement = inline(&signoff.statement);
            self.line(format!("- **{name}**, {role}: {statement} – typed by {}", who(&signoff.act)));
            self.detail("through", &through(&signoff.act.via));
        }
    }

    fn run_notes(&mut self) {
        let record = self.report.record;
        if record.notes.is_empty() && record.attachments.is_empty() {
            return;
        }
        self.heading(2, "Notes on the run");
        for note in &record.notes {
            self.line(format!("- {} – {}", inline(&note.text), who(&note.act)));
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
            let by = who(&session.act);
            self.line(format!("- session {number}: {tool}, process {}, boot {boot} – {by}", session.pid));
            self.detail("through", &through(&session.act.via));
            match &session.ended {
                Some(end) => self.entry("left", end),
                None => self.line("  - not left in good order, or still open"),
            }
        }
    }

    fn integrity(&mut self) {
        let report = self.report;
        let found = report.verification;
        self.heading(2, "Integrity");
        let verdict = match found.outcome {
            Outcome::Intact => "The chain of hashes, the numbers and the schema of all lines are intact.",
            Outcome::Findings | Outcome::Unreadable => {
                "**The log is not intact: the first section of the exceptions says where.**"
            }
        };
        self.line(format!("{verdict}\n"));
        self.table_head(&["", ""]);
        self.pair("Events", report.record.events);
        self.pair("Lines of the log", found.lines);
        self.pair("Bytes of the log", found.bytes);
        self.pair("Head, SHA-256 of the last line", code(&found.head));
        for note in &found.notes {
            self.pair("Noted", format!("line {}: {}", note.line, inline(&note.message)));
        }
        self.anchors();
        let name = log_name(report);
        let quoted = format!("'{}'", name.replace('\'', "'\\''"));
        self.line("\nTo check the log with cutover, in its folder:\n");
        self.line(block("sh", &format!("cutover verify {quoted}")));
        self.line("\nWith a shell and `sha256sum` alone; the head it prints must be the one above:\n");
        self.line(block("sh", &shell_check(Path::new(&name))));
        self.line("\nWhat is not proven:\n");
        self.line(format!("- {}.", capitalised(found.not_proven)));
        self.line("- Names are declared, not proven: who typed a name is known only by login and terminal.");
        self.line(
            "- Times are those of the local clock of the host; steps of it that were noticed are listed.",
        );
        self.line("- That an item was done, beyond what the checks showed at that moment, rests on the word of who ticked it.");
    }

    fn anchors(&mut self) {
        let record = self.report.record;
        let Some(last) = record.anchors.last() else {
            self.line("\nNo head was given to another place: the log rests on this file alone.");
            return;
        };
        self.line("\nHeads given to another place:\n");
        for anchor in &record.anchors {
            let (head, place) = (code(&anchor.head), inline(&anchor.place));
            self.line(format!("- {head} to {place} – {}", who(&anchor.act)));
        }
        let behind = record.head.seq.saturating_sub(last.act.seq);
        if behind > 0 {
            self.line(format!("\n{behind} lines stand behind the last of them: they are not anchored."));
        }
    }
}

fn filled(value: &FieldValue) -> String {
    let secret = if value.secret { " (secret, not stored)" } else { "" };
    format!("{}{secret} – {}", inline(&value.value), who(&value.act))
}

fn signed(report: &Report<'_>) -> String {
    match report.record.signoffs.len() {
        0 => "No sign-off was given.".to_owned(),
        1 => "One sign-off was given.".to_owned(),
        n => format!("{n} sign-offs were given."),
    }
}

fn log_name(report: &Report<'_>) -> String {
    let name = report.verification.log.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}
