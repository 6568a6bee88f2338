//! Hints for who is new here: one sentence on what the keys do where the cursor stands, until it is dismissed.

use super::gates::Standing;
use super::pane::Pane;
use super::{Access, Cursor, State};
use crate::checklist::ItemId;
use crate::expr::{Fact, Verdict};
use crate::record::{ItemRecord, ItemState};
use crate::sample::Kind;
use crate::text;

/// The key that dismisses the hints, as it is typed.
pub const KEY: &str = "ctrl-g";

impl State {
    /// Shows hints from now on, or no longer.
    pub fn guide(&mut self, on: bool) {
        self.ui.guided = on;
    }

    /// What helps here and now; `None` if hints are dismissed, something lies over the panes, or a run is only watched.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let acts = self.desk.access == Access::Writer && self.ui.replay.is_none();
        if !self.ui.guided || !self.ui.layers.is_empty() || !acts {
            return None;
        }
        Some(match self.ui.focus {
            Pane::Checklist => self.hint_here(),
            Pane::Health => {
                "enter shows what a check asks and what it saw; z gives the pane the whole screen; 1 goes back"
                    .to_owned()
            }
            Pane::Dns => "enter shows who answered what, and when each changed; 1 goes back".to_owned(),
            Pane::Copy => {
                "r runs the comparison under the cursor, S starts a copy, enter shows all that is known; 1 goes back"
                    .to_owned()
            }
            Pane::Logs => {
                "E goes to the last error, x puts the line on record, / searches, space holds still; 1 goes back"
                    .to_owned()
            }
            Pane::Host => "enter shows disks, processes and their past; 1 goes back".to_owned(),
        })
    }

    fn hint_here(&self) -> String {
        if self.outline.tally.open == 0 {
            return "nothing is open: S signs the run off, q leaves; the report is made from the log"
                .to_owned();
        }
        match self.ui.cursor {
            Cursor::Phase(_) => "o folds the phase; . goes to the next open step".to_owned(),
            Cursor::Decision(fork) => match self.forks.get(fork).map(|fork| self.decided(fork).is_some()) {
                Some(true) => "decided; u takes the decision back".to_owned(),
                _ => "D chooses one of the ways; the steps of the others then do not apply".to_owned(),
            },
            Cursor::Item(id) => self.record.item(id).map_or_else(String::new, |item| self.hint_at(item)),
        }
    }

    /// Whether the gate before an item has counted lines that it does not allow: it stays shut until somebody acts.
    fn counts_lines(&self, id: ItemId) -> bool {
        let since_act = |fact: &Fact| {
            matches!(fact, Fact::Good | Fact::Errors | Fact::Warnings | Fact::Lines | Fact::New)
        };
        self.gates.needs(id).any(|need| {
            let of_log = need.probe.as_ref().is_some_and(|probe| probe.kind == Kind::Log);
            let unmet = matches!(need.look.verdict, Verdict::Unmet { .. });
            of_log && unmet && need.expr.facts().any(since_act)
        })
    }

    fn hint_at(&self, item: &ItemRecord) -> String {
        if !item.state.is_open() {
            return "it is settled; . goes to the next open step, u opens this one again".to_owned();
        }
        let id = item.row.id;
        let planned = self.planned.get(&id).and_then(|&at| self.plan.checklist.items.get(at));
        let written = planned.and_then(|item| item.detail.first()).and_then(|note| note.text.lines().next());
        if let Some(words) = written {
            return text::clean(words.trim_start_matches("- ")).into_owned();
        }
        match self.gates.standing(id) {
            Some(Standing::Holding { .. }) => {
                return "all that the gate asks holds: it is met when it has held long enough".to_owned();
            }
            Some(Standing::Unmet { .. }) if item.state == ItemState::Open && self.counts_lines(id) => {
                return "lines of a log are counted since the last act on a step: s starts this one, and they count from now"
                    .to_owned();
            }
            Some(Standing::Unmet { .. } | Standing::Unknown { .. }) => {
                return "a gate holds this step; enter shows what it waits for, space asks for a reason to go past it"
                    .to_owned();
            }
            Some(Standing::Met { .. }) | None => {}
        }
        let fork = self.forks.iter().find(|fork| fork.item == Some(id));
        if fork.is_some_and(|fork| self.decided(fork).is_none()) {
            return "space asks which way is taken; the steps of the others then do not apply".to_owned();
        }
        if item.row.fields.len() > item.fields.len() {
            return "e fills the blank; space ticks the step".to_owned();
        }
        if planned.is_some_and(|item| !item.commands.is_empty()) && self.last_run(id).is_none() {
            return "! shows this step's command and runs it when you say so; y copies it".to_owned();
        }
        if self.panes() == [Pane::Checklist] && self.plan.sidecar.is_none() {
            let plan = self.plan.path.display().to_string();
            return format!(
                "space ticks the step, ? has every key; cutover init {} writes a sidecar, which brings the live panes",
                text::clean(&plan)
            );
        }
        "space ticks the step, enter shows all of it, c notes, F fails, - skips, u takes back; ? has every key"
            .to_owned()
    }
}
