//! Which ways were taken.

use super::items::told;
use crate::report::document::{Chapter, outside, rich, strong};
use crate::report::model::Report;
use crate::signoff::event::DecisionKind;

/// Which ways were taken: who, when, why, and what does not apply because of it.
pub(super) fn decisions<'a>(report: &'a Report<'a>) -> Option<Chapter<'a>> {
    let taken = report.record.control.decisions.iter();
    let taken: Vec<_> =
        taken.filter(|it| matches!(it.kind, DecisionKind::Choice | DecisionKind::Branch)).collect();
    if taken.is_empty() {
        return None;
    }
    let mut page = Chapter::new("ways", "Ways taken");
    for made in taken {
        let why = made.reason.as_deref().map(|why| rich![": ", outside(why)]);
        let again = made.reopened.as_ref().map(|_| rich![", ", strong("taken back later")]);
        page.entry(rich![strong(outside(&made.choice)), why, again, " – ", report.who(&made.act)]);
        let closed = report.numbers_of(&made.closes);
        if !closed.is_empty() {
            page.detail("closed", rich!["item ", closed]);
        }
        if let Some(entry) = &made.reopened {
            page.detail("reopened", told(report, entry));
        }
    }
    Some(page)
}
