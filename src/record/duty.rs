//! What else a signer did in the run: duties that auditors want in different hands.

use super::{ItemState, Record, same_person};

/// What one person did in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Duty {
    /// Items that are done by their tick.
    pub ticked: usize,
    /// Approvals that they gave.
    pub approved: usize,
    /// Decisions that they took.
    pub decided: usize,
}

impl Record {
    /// What that person did so far, by their name.
    #[must_use]
    pub fn duty(&self, name: &str) -> Duty {
        let own = |by: &str| same_person(by, name);
        // A sign-off item is settled by the sign-off itself.
        let signed = |seq: u64| self.signoffs.iter().any(|signoff| signoff.act.seq == seq);
        let ticked = self.items.iter().filter(|item| item.state == ItemState::Done);
        let ticked = ticked.filter_map(|item| item.act.as_ref());
        Duty {
            ticked: ticked.filter(|act| own(&act.by) && !signed(act.seq)).count(),
            approved: self.control.approvals.iter().filter(|it| own(&it.act.by)).count(),
            decided: self.control.decisions.iter().filter(|it| own(&it.act.by)).count(),
        }
    }
}

impl Duty {
    /// In words; `None` if there was nothing.
    #[must_use]
    pub fn told(self) -> Option<String> {
        let count = |count: usize, verb: &str, one: &str, many: &str| {
            (count > 0).then(|| format!("{verb} {}", crate::text::plural(count, one, many)))
        };
        let parts = [
            count(self.ticked, "ticked", "item", "items"),
            count(self.approved, "gave", "approval", "approvals"),
            count(self.decided, "took", "decision", "decisions"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}
