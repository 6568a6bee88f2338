//! Rollbacks and temporary states.

use std::time::Duration;

use super::{Page, when};
use crate::checklist::PhaseKind;
use crate::record::{Act, ItemState};
use crate::report::escape::inline;
use crate::text;

impl Page<'_> {
    pub(super) fn rollbacks(&mut self) {
        let record = self.report.record;
        if record.control.rollbacks.is_empty() {
            return;
        }
        self.heading(2, "Rollback");
        for rollback in &record.control.rollbacks {
            let who = self.who(&rollback.invoked.act);
            self.line(format!("- **invoked**: {} – {who}", inline(&rollback.invoked.text)));
            self.seen(&rollback.evidence);
            match &rollback.stood_down {
                Some(end) => {
                    let span = between(&rollback.invoked.act, &end.act);
                    let who = self.who(&end.act);
                    self.line(format!("- **stood down** after {span}: {} – {who}", inline(&end.text)));
                }
                None => self.line("- not stood down"),
            }
        }
        let steps = record.items.iter().filter(|item| item.row.kind == PhaseKind::Rollback && !item.removed);
        let (done, all) = steps
            .fold((0, 0), |(done, all), item| (done + usize::from(item.state == ItemState::Done), all + 1));
        self.line(format!("- steps of the rollback done: {done} of {all}"));
        if record.rolling_back() {
            let left = record
                .items
                .iter()
                .filter(|item| item.row.kind == PhaseKind::Work && !item.removed && item.state.is_open());
            self.line(format!("- items of the plan not reached: {}", left.count()));
        }
    }

    pub(super) fn temporary(&mut self) {
        let record = self.report.record;
        if record.control.states.is_empty() {
            return;
        }
        self.heading(2, "Temporary states");
        self.table_head(&["State", "Begun", "By", "Ended", "Lasted"]);
        for state in &record.control.states {
            let (ended, lasted) = match &state.closed {
                Some(act) => (when(act.at), between(&state.opened, act)),
                None => ("**still on**".to_owned(), "–".to_owned()),
            };
            let row = [inline(&state.name), when(state.opened.at), inline(&state.opened.by), ended, lasted];
            self.row(&row);
        }
    }
}

fn between(from: &Act, to: &Act) -> String {
    let span = (to.at.wall - from.at.wall).to_std().unwrap_or(Duration::ZERO);
    text::clock(span)
}
