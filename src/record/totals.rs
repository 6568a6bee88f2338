//! How the items add up, in all and by phase.

use super::{ItemRecord, ItemState, Record, Totals};
use crate::checklist::PhaseKind;
use crate::signoff::At;
use crate::signoff::event::RunMode;
use crate::text;

/// A phase in short.
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseSummary {
    /// Its title.
    pub title: String,
    /// The part it plays.
    pub kind: PhaseKind,
    /// Its items, as indices into [`Record::items`], in order.
    pub items: Vec<usize>,
    /// How they add up.
    pub totals: Totals,
    /// When the state of one of them first changed.
    pub began: Option<At>,
    /// When one of them was last settled; the phase is over if none is open.
    pub ended: Option<At>,
}

impl Totals {
    /// Whether the equation holds; it always does.
    #[must_use]
    pub fn add_up(&self) -> bool {
        self.planned + self.added
            == self.done
                + self.failed
                + self.skipped
                + self.not_applicable
                + self.deferred
                + self.open
                + self.removed
    }

    /// Items of the present plan, unplanned steps among them, without rollback that was not invoked.
    #[must_use]
    pub fn present(&self) -> usize {
        self.planned + self.added - self.removed
    }

    /// Of [`present`](Totals::present), those that ask for nothing more in this run.
    #[must_use]
    pub fn settled(&self) -> usize {
        self.present() - self.open
    }

    fn count(&mut self, item: &ItemRecord, counts: bool) {
        if !counts {
            self.rollback += 1;
            return;
        }
        *if item.added { &mut self.added } else { &mut self.planned } += 1;
        if item.removed {
            self.removed += 1;
            self.removed_done += usize::from(item.state == ItemState::Done);
            return;
        }
        *match item.state {
            ItemState::Open | ItemState::Started => &mut self.open,
            ItemState::Done => &mut self.done,
            ItemState::Failed => &mut self.failed,
            ItemState::Skipped => &mut self.skipped,
            ItemState::NotApplicable => &mut self.not_applicable,
            ItemState::Deferred => &mut self.deferred,
        } += 1;
        self.done_in_file += usize::from(item.done_in_file());
    }
}

impl Record {
    /// Phases of that kind are the work at present: those of the rollback while it is under way, all others else.
    #[must_use]
    pub fn is_work(&self, kind: PhaseKind) -> bool {
        (kind == PhaseKind::Rollback) == self.rolling_back()
    }

    /// An item counts: all of the plan, and those of the rollback while it is under way; later, what was done of it.
    #[must_use]
    pub fn counts(&self, item: &ItemRecord) -> bool {
        let acted = || item.act.is_some() && item.state != ItemState::Open;
        item.row.kind != PhaseKind::Rollback || self.rolling_back() || acted()
    }

    /// Rollback was begun: it is under way, or something was done of it.
    #[must_use]
    pub fn rollback_begun(&self) -> bool {
        let acted = |item: &ItemRecord| item.row.kind == PhaseKind::Rollback && item.act.is_some();
        self.rolling_back() || self.items.iter().any(acted)
    }

    /// Whether nothing is left to be signed: there is a sign-off, and every item below a heading of that name is settled.
    #[must_use]
    pub fn is_signed_off(&self) -> bool {
        let wanted =
            |item: &&ItemRecord| item.row.kind == PhaseKind::SignOff && !item.row.checked && !item.removed;
        let settled = |item: &ItemRecord| {
            matches!(item.state, ItemState::Done | ItemState::Skipped | ItemState::NotApplicable)
        };
        !self.signoffs.is_empty() && self.items.iter().filter(wanted).all(settled)
    }

    /// Whether nothing more is to come: it is signed off, and no item is open.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_signed_off() && self.totals().open == 0
    }

    /// How the run stands, as a sign-off states it: the items apart from the sign-offs themselves, and open issues.
    #[must_use]
    pub fn standing(&self) -> String {
        let mut totals = Totals::default();
        let items = self.items.iter().filter(|item| item.row.kind != PhaseKind::SignOff);
        items.for_each(|item| totals.count(item, self.counts(item)));
        let of = text::plural(totals.present(), "item is settled", "items are settled");
        let mut words = format!("{} of {of}", totals.settled());
        for (count, what) in [
            (totals.failed, "failed"),
            (totals.skipped, "skipped"),
            (totals.deferred, "put off to a later day"),
            (totals.open, "open"),
        ] {
            if count > 0 {
                words = format!("{words}, {count} {what}");
            }
        }
        let issues = self.issues.iter().filter(|issue| issue.resolved.is_none()).count();
        if issues > 0 {
            words = format!("{words}; {}", text::plural(issues, "issue is open", "issues are open"));
        }
        if self.run.as_ref().is_some_and(|run| run.mode == RunMode::Rehearsal) {
            words = format!("REHEARSAL: {words}");
        }
        words
    }

    /// How all items add up; parents and children each count as one.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        self.items.iter().for_each(|item| totals.count(item, self.counts(item)));
        totals
    }

    /// The phases in the order of the plan; removed items stand with the phase they were in.
    #[must_use]
    pub fn phases(&self) -> Vec<PhaseSummary> {
        let mut phases: Vec<PhaseSummary> = Vec::new();
        for (at, item) in self.items.iter().enumerate() {
            let same = |phase: &PhaseSummary| phase.title == item.row.phase && phase.kind == item.row.kind;
            // Two headings of one title are two phases, as long as another stands between them.
            let found = if item.removed {
                phases.iter().position(same)
            } else {
                phases.last().filter(|last| same(last)).map(|_| phases.len() - 1)
            };
            let found = found.unwrap_or_else(|| {
                phases.push(PhaseSummary {
                    title: item.row.phase.clone(),
                    kind: item.row.kind,
                    items: Vec::new(),
                    totals: Totals::default(),
                    began: None,
                    ended: None,
                });
                phases.len() - 1
            });
            let phase = &mut phases[found];
            phase.items.push(at);
            phase.totals.count(item, self.counts(item));
        }
        for phase in &mut phases {
            let items = || phase.items.iter().map(|&at| &self.items[at]);
            // Lines are in the order of their numbers; wall clocks may be set back.
            let first = items().filter_map(|item| item.first.as_ref()).min_by_key(|act| act.seq);
            let settled = items().filter(|item| !item.state.is_open());
            let last = settled.filter_map(|item| item.act.as_ref()).max_by_key(|act| act.seq);
            (phase.began, phase.ended) = (first.map(|act| act.at), last.map(|act| act.at));
        }
        phases
    }
}
