//! What going back would cost: which done items can still be undone.

use super::{ItemRecord, ItemState, Record};
use crate::checklist::{ItemId, PhaseKind};

/// Which done items can be undone, in the order of the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Points of no return that were passed.
    pub passed: Vec<ItemId>,
    /// Done, and can be undone.
    pub undoable: Vec<ItemId>,
    /// Done, and cannot: the plan says so, or it is a point of no return.
    pub lost: Vec<ItemId>,
    /// Done, and the plan does not say.
    pub unknown: Vec<ItemId>,
    /// Of all these, those behind the first point of no return that was passed, itself among them.
    pub behind: Vec<ItemId>,
}

impl Cost {
    /// How many items are done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.undoable.len() + self.lost.len() + self.unknown.len()
    }
}

impl Record {
    /// What going back would cost now: steps of the work alone count.
    #[must_use]
    pub fn rollback_cost(&self) -> Cost {
        let mut cost = Cost::default();
        let done = |item: &&ItemRecord| {
            item.state == ItemState::Done && !item.removed && item.row.kind == PhaseKind::Work
        };
        for item in self.items.iter().filter(done) {
            let (id, held) = (item.row.id, &item.row.held);
            if held.no_return {
                cost.passed.push(id);
            }
            match held.undo {
                Some(true) => cost.undoable.push(id),
                None if !held.no_return => cost.unknown.push(id),
                _ => cost.lost.push(id),
            }
            if !cost.passed.is_empty() {
                cost.behind.push(id);
            }
        }
        cost
    }
}
