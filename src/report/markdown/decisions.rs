//! Decisions, rollback and temporary states.

use super::super::escape::inline;
use super::{Page, when};
use crate::checklist::{ItemId, PhaseKind};
use crate::record::Act;
use crate::signoff::event::DecisionKind;
use crate::text;

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
            let (id, choice) = (inline(&made.id), inline(&made.choice));
            let why = made.reason.as_ref().map_or(String::new(), |why| format!(": {}", inline(why)));
            let again = if made.reopened.is_some() { ", **taken back later**" } else { "" };
            self.line(format!("- **{choice}** ({id}){why}{again} – {}", self.who(&made.act)));
            let closed = self.numbers_of(&made.closes);
            if !closed.is_empty() {
                self.line(format!("  - closed: item {closed}"));
            }
            if let Some(entry) = &made.reopened {
                self.entry("reopened", entry);
            }
        }
    }

    fn numbers_of(&self, ids: &[ItemId]) -> String {
        let record = self.report.record;
        let numbers = ids.iter().filter_map(|id| self.report.numbers.get(*record.index.get(id)?));
        let mut numbers: Vec<usize> = numbers.copied().collect();
        numbers.sort_unstable();
        numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
    }

    /// Each rollback: why, for how long, what was done in it, what was not reached.
    pub(super) fn rollbacks(&mut self) {
        let record = self.report.record;
        if record.control.rollbacks.is_empty() {
            return;
        }
        self.heading(2, "Rollback");
        for rollback in &record.control.rollbacks {
            let began = &rollback.invoked;
            self.line(format!("- **Invoked**: {} – {}", inline(&began.text), self.who(&began.act)));
            for seen in &rollback.evidence {
                let probe = inline(&seen.probe.to_string());
                self.line(format!("  - {probe} was {}: {}", seen.state, inline(&seen.saw)));
            }
            let end = rollback.stood_down.as_ref();
            let within = |act: &Act| act.seq > began.act.seq && end.is_none_or(|end| act.seq < end.act.seq);
            let done = record.items.iter().filter(|it| it.act.as_ref().is_some_and(within));
            let done: Vec<ItemId> = done.map(|it| it.row.id).collect();
            if !done.is_empty() {
                let numbers = self.numbers_of(&done);
                self.line(format!("  - acted on in it: item {numbers}"));
            }
            match end {
                Some(end) => {
                    let span = (end.act.at.wall - began.act.at.wall).to_std().unwrap_or_default();
                    let (why, who) = (inline(&end.text), self.who(&end.act));
                    self.line(format!("  - stood down after {}: {why} – {who}", text::clock(span)));
                }
                None => {
                    let ahead = record
                        .items
                        .iter()
                        .filter(|it| it.row.kind != PhaseKind::Rollback && !it.removed && it.state.is_open());
                    let ahead: Vec<ItemId> = ahead.map(|it| it.row.id).collect();
                    self.line("  - **not stood down**");
                    if !ahead.is_empty() {
                        let numbers = self.numbers_of(&ahead);
                        self.line(format!("  - not reached: item {numbers}"));
                    }
                }
            }
        }
    }

    /// What was left on for a while, and for how long.
    pub(super) fn temporary_states(&mut self) {
        let record = self.report.record;
        if record.control.states.is_empty() {
            return;
        }
        self.heading(2, "Temporary states");
        for state in &record.control.states {
            let opened = self.who(&state.opened);
            let by = self.numbers_of(&[state.item]);
            let end = match &state.closed {
                Some(closed) => {
                    let span = (closed.at.wall - state.opened.at.wall).to_std().unwrap_or_default();
                    format!("ended {} after {}", when(closed.at), text::clock(span))
                }
                None => "**still on**".to_owned(),
            };
            self.line(format!("- **{}**, by item {by}: {end} – {opened}", inline(&state.name)));
        }
    }
}
