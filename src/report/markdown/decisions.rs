//! Which ways were taken.

use super::super::escape::inline;
use super::Page;
use crate::checklist::ItemId;
use crate::signoff::event::DecisionKind;

impl Page<'_> {
    /// Which ways were taken: who, when, why, and what does not apply because of it.
    pub(super) fn decisions(&mut self) {
        let record = self.report.record;
        let taken = record.control.decisions.iter();
        let taken: Vec<_> =
            taken.filter(|it| matches!(it.kind, DecisionKind::Choice | DecisionKind::Branch)).collect();
        if taken.is_empty() {
            return;
        }
        self.heading(2, "Ways taken");
        for made in taken {
            let choice = inline(&made.choice);
            let why = made.reason.as_ref().map_or(String::new(), |why| format!(": {}", inline(why)));
            let again = if made.reopened.is_some() { ", **taken back later**" } else { "" };
            self.line(format!("- **{choice}**{why}{again} – {}", self.who(&made.act)));
            let closed = self.numbers_of(&made.closes);
            if !closed.is_empty() {
                self.line(format!("  - closed: item {closed}"));
            }
            if let Some(entry) = &made.reopened {
                self.entry("reopened", entry);
            }
        }
    }

    pub(super) fn numbers_of(&self, ids: &[ItemId]) -> String {
        let record = self.report.record;
        let numbers = ids.iter().filter_map(|id| self.report.numbers.get(*record.index.get(id)?));
        let mut numbers: Vec<usize> = numbers.copied().collect();
        numbers.sort_unstable();
        numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
    }
}
