//! Rollbacks and temporary states.

use std::time::Duration;

use super::items::told;
use super::seen;
use crate::checklist::PhaseKind;
use crate::record::{Act, ItemState};
use crate::report::document::{Chapter, Rich, Span, outside, own, rich, strong};
use crate::report::model::Report;
use crate::text;

pub(super) fn rollbacks<'a>(report: &'a Report<'a>) -> Option<Chapter<'a>> {
    let record = report.record;
    if record.control.rollbacks.is_empty() {
        return None;
    }
    let mut page = Chapter::new("rollback", "Rollback");
    for rollback in &record.control.rollbacks {
        page.entry(rich![strong("invoked"), ": ", told(report, &rollback.invoked)]);
        page.details(seen(&rollback.evidence));
        match &rollback.stood_down {
            Some(end) => {
                let span = own(format!(" after {}: ", between(&rollback.invoked.act, &end.act)));
                page.entry(rich![strong("stood down"), span, told(report, end)]);
            }
            None => page.entry("not stood down"),
        }
    }
    let steps = record.items.iter().filter(|item| item.row.kind == PhaseKind::Rollback && !item.removed);
    let (done, all) =
        steps.fold((0, 0), |(done, all), item| (done + usize::from(item.state == ItemState::Done), all + 1));
    page.entry(own(format!("steps of the rollback done: {done} of {all}")));
    if record.rolling_back() {
        let left = record
            .items
            .iter()
            .filter(|item| item.row.kind == PhaseKind::Work && !item.removed && item.state.is_open());
        page.entry(own(format!("items of the plan not reached: {}", left.count())));
    }
    Some(page)
}

pub(super) fn temporary<'a>(report: &'a Report<'a>) -> Option<Chapter<'a>> {
    let record = report.record;
    if record.control.states.is_empty() {
        return None;
    }
    let mut page = Chapter::new("temporary", "Temporary states");
    let rows = record.control.states.iter().map(|state| {
        let (ended, lasted): (Rich<'_>, Rich<'_>) = match &state.closed {
            Some(act) => (Span::When(act.at).into(), own(between(&state.opened, act)).into()),
            None => (strong("still on").into(), "–".into()),
        };
        let begun = Span::When(state.opened.at).into();
        vec![outside(&state.name).into(), begun, outside(&state.opened.by).into(), ended, lasted]
    });
    page.table(&["State", "Begun", "By", "Ended", "Lasted"], rows.collect());
    Some(page)
}

fn between(from: &Act, to: &Act) -> String {
    let span = (to.at.wall - from.at.wall).to_std().unwrap_or(Duration::ZERO);
    text::lasting(span)
}
