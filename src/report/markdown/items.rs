//! Items, one entry each.

use super::{Page, when, wording};
use crate::checklist::PhaseKind;
use crate::record::{Attachment, Entry, FieldValue, ItemRecord, ItemState, PhaseSummary};
use crate::report::escape::{code, inline};
use crate::signoff::event::Evidence;
use crate::text;

impl Page<'_> {
    pub(super) fn items(&mut self, title: &str, kinds: impl Fn(PhaseKind) -> bool) {
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

    pub(super) fn phase(&mut self, phase: &PhaseSummary) {
        let record = self.report.record;
        let aside = match phase.kind {
            PhaseKind::Rollback if record.rolling_back() => " (rollback, invoked)",
            PhaseKind::Rollback if record.rollback_begun() => {
                " (rollback, stood down: what is open was not called for)"
            }
            PhaseKind::Rollback => " (rollback, not begun)",
            _ => "",
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

    /// What the probes showed at an act.
    pub(super) fn seen(&mut self, all: &[Evidence]) {
        for evidence in all {
            let age = text::short(std::time::Duration::from_millis(evidence.age_ms));
            let (probe, saw) = (inline(&evidence.probe.to_string()), inline(&evidence.saw));
            let error = evidence
                .error
                .as_deref()
                .filter(|why| !evidence.saw.contains(why))
                .map(|why| format!("; error: {}", inline(why)));
            let kept = evidence
                .text
                .as_ref()
                .map(|blob| format!("; whole in {}, {} bytes", code(&blob.sha256), blob.bytes));
            let (error, kept) = (error.unwrap_or_default(), kept.unwrap_or_default());
            self.detail(
                "evidence",
                &format!("{probe} {}, saw {saw}, {age} before{error}{kept}", evidence.state),
            );
        }
    }

    pub(super) fn item(&mut self, number: usize, item: &ItemRecord) {
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
        let by = by.map_or(String::new(), |act| format!(" – {}", self.who(act)));
        let text = wording(&item.row.text);
        self.line(format!("- {number} {nested}**{}**{flags} {text}{by}", item.state));
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
        self.seen(&item.evidence);
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

    pub(super) fn detail(&mut self, name: &str, value: &str) {
        self.line(format!("  - {name}: {value}"));
    }

    pub(super) fn entry(&mut self, name: &str, entry: &Entry) {
        self.detail(name, &format!("{} – {}", inline(&entry.text), self.who(&entry.act)));
    }

    pub(super) fn fields(&mut self, item: &ItemRecord) {
        let mut blanks = 0;
        for (at, field) in (0..).zip(&item.row.fields) {
            blanks += 1;
            let value = item.fields.get(&at).map_or("not filled".to_owned(), |value| self.filled(value));
            self.detail("blank", &format!("{}: {value}", inline(&field.label)));
        }
        for (_, value) in item.fields.range(blanks..) {
            self.detail("blank that is no longer in the plan", &self.filled(value));
        }
    }

    pub(super) fn attachment(&mut self, attachment: &Attachment) {
        let blob = &attachment.blob;
        self.detail(
            "attached",
            &format!(
                "{}, {} bytes, kept as {} – {}",
                inline(&attachment.name),
                blob.bytes,
                code(&blob.sha256),
                self.who(&attachment.act)
            ),
        );
    }

    fn filled(&self, value: &FieldValue) -> String {
        let secret = if value.secret { " (secret, not stored)" } else { "" };
        format!("{}{secret} – {}", inline(&value.value), self.who(&value.act))
    }
}
