//! Times: planned against actual, the window, waits and timers.

use std::time::Duration;

use super::wording;
use crate::checklist::PhaseKind;
use crate::record::{PhaseSummary, Times};
use crate::report::document::{Chapter, Rich, Span, outside, own, rich, strong};
use crate::report::model::Report;
use crate::signoff::event::PhaseRow;
use crate::text;

/// What took longer than planned by more than this is marked: in per cent of the longest planned.
const OVERRUN: u64 = 20;

/// The chapter; left out where there is nothing to tell.
pub(super) fn times<'a>(report: &'a Report<'a>) -> Option<Chapter<'a>> {
    let record = report.record;
    let times = &report.times;
    if report.span().is_none() && record.control.timers.is_empty() {
        return None;
    }
    let mut page = Chapter::new("times", "Times");
    if let Some((first, last)) = report.span() {
        let window = record.window().filter(|_| record.plan.window.is_some());
        let zero = window.map(|(start, _)| own(format!("{start}, the window's beginning")).into());
        let first_act = || rich![Span::When(first), ", the first act"];
        page.pair("Counted from (T0)", zero.unwrap_or_else(first_act));
        let whole = (last.wall - first.wall).to_std().unwrap_or_default();
        page.pair("From the first act to the last", own(text::lasting(whole)));
        if let Some(together) = report.together() {
            page.pair("All steps together", own(text::lasting(together)));
        }
        if let Some((_, end)) = window {
            let left = (end - last.wall).num_seconds();
            let span = text::lasting(Duration::from_secs(left.unsigned_abs()));
            let words = if left < 0 { "past its end" } else { "before its end" };
            page.pair("Last act, by the window", own(format!("{span} {words}")));
        }
    }
    if let Some((run, head)) = &record.plan.baseline {
        page.pair("Durations rehearsed in", rich![outside(run), ", head ", outside(head)]);
    }
    planned_phases(&mut page, report, times);
    planned_items(&mut page, report, times);
    waits(&mut page, report);
    timers(&mut page, report);
    Some(page)
}

fn planned_phases<'a>(page: &mut Chapter<'a>, report: &'a Report<'a>, times: &Times) {
    let record = report.record;
    let rows: Vec<(&PhaseSummary, Option<&PhaseRow>, Option<Duration>)> = report
        .phases
        .iter()
        .filter(|phase| phase.kind != PhaseKind::Rollback || record.rollback_begun())
        .map(|phase| {
            let row = record.plan.phases.iter().find(|row| row.title == phase.title);
            (phase, row, times.together(&phase.items))
        })
        .filter(|(_, row, took)| row.is_some() || took.is_some())
        .collect();
    if rows.is_empty() {
        return;
    }
    page.say(
        "What a step took is counted from its start, else from what came last before it: another act, the \
         start of the cockpit, the opening of the window. Steps worked on at once count once; after an hour without \
         an act the first step of a phase counts for nothing. So all steps together may have taken longer than from the \
         first act to the last, by what the first of them took; or shorter, where nobody worked.",
    );
    let rows = rows.into_iter().map(|(phase, row, took)| {
        let planned = row.and_then(|row| row.planned_s);
        let rehearsed = row.and_then(|row| row.rehearsed_s);
        let open = if phase.totals.open > 0 { ", not over" } else { "" };
        let took_words = took.map_or("–".to_owned(), |took| format!("{}{open}", text::clock(took)));
        let against = planned.or_else(|| rehearsed.map(|took| (took, took)));
        let rehearsed = rehearsed.map_or("–".to_owned(), |took| text::clock(Duration::from_secs(took)));
        vec![
            outside(&phase.title).into(),
            own(range(planned)).into(),
            own(rehearsed).into(),
            own(took_words).into(),
            difference(against, took.filter(|_| open.is_empty())),
        ]
    });
    page.table(&["Phase", "Planned", "Rehearsed", "Took", "Against the plan"], rows.collect());
}

fn planned_items<'a>(page: &mut Chapter<'a>, report: &'a Report<'a>, times: &Times) {
    let planned = report.record.items.iter().enumerate().filter(|(_, item)| {
        item.row.planned_s.is_some() && !item.removed && item.row.kind != PhaseKind::Rollback
    });
    let rows = planned.map(|(at, item)| {
        let took = times.item(at);
        let number = report.numbers.get(at).map(|&number| Span::Item(number));
        vec![
            number.into(),
            wording(&item.row.text).into(),
            own(range(item.row.planned_s)).into(),
            own(took.map_or("–".to_owned(), text::clock)).into(),
            difference(item.row.planned_s, took),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        page.table(&["Item", "", "Planned", "Took", "Against the plan"], rows);
    }
}

fn waits<'a>(page: &mut Chapter<'a>, report: &'a Report<'a>) {
    let record = report.record;
    let locks = &record.control.locks;
    if locks.is_empty() {
        return;
    }
    page.heading(3, "Waits");
    let rows = locks.iter().map(|lock| {
        let number = record.index.get(&lock.item).and_then(|&at| report.numbers.get(at));
        let text = record.item(lock.item).map(|item| wording(&item.row.text));
        vec![
            number.map(|&number| Span::Item(number)).into(),
            text.into(),
            outside(&lock.lock).into(),
            Span::Moment(&lock.since).into(),
            Span::When(lock.act.at).into(),
        ]
    });
    page.table(&["Before item", "", "Wait", "Counted from", "Open, as noticed"], rows.collect());
}

fn timers<'a>(page: &mut Chapter<'a>, report: &'a Report<'a>) {
    let timers = &report.record.control.timers;
    if timers.is_empty() {
        return;
    }
    page.heading(3, "Timers");
    for timer in timers {
        let rang = timer.rang.as_ref();
        let rang = rang.map_or_else(|| "it did not ring".into(), |act| rich!["rang ", Span::When(act.at)]);
        let (what, due) = (outside(&timer.text), Span::Moment(&timer.due));
        page.entry(rich![what, ", due ", due, ": ", rang, " – ", report.who(&timer.act)]);
    }
}

/// `10:00`, `10:00 to 15:00`.
fn range(planned: Option<(u64, u64)>) -> String {
    let clock = |seconds| text::clock(Duration::from_secs(seconds));
    match planned {
        None => "–".to_owned(),
        Some((least, most)) if least == most => clock(most),
        Some((least, most)) => format!("{} to {}", clock(least), clock(most)),
    }
}

fn difference(planned: Option<(u64, u64)>, took: Option<Duration>) -> Rich<'static> {
    let (Some((least, most)), Some(took)) = (planned, took.map(|took| took.as_secs())) else {
        return "–".into();
    };
    let clock = |seconds| text::clock(Duration::from_secs(seconds));
    if took > most {
        let much = (took - most) * 100 > most * OVERRUN;
        let words = own(format!("{} over", clock(took - most)));
        return if much { strong(words) } else { words }.into();
    }
    if took < least { own(format!("{} under", clock(least - took))).into() } else { "as planned".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_longer_than_planned_is_marked_by_how_much() {
        let of = |planned, took| difference(planned, Some(Duration::from_secs(took)));
        assert_eq!(of(Some((600, 900)), 700), "as planned".into());
        assert_eq!(of(Some((600, 900)), 540), own("01:00 under").into());
        assert_eq!(of(Some((600, 600)), 660), own("01:00 over").into());
        assert_eq!(of(Some((600, 600)), 960), strong(own("06:00 over")).into());
        assert_eq!(of(None, 960), "–".into());
        assert_eq!(difference(Some((1, 2)), None), "–".into());
        assert_eq!(
            (range(Some((60, 60))), range(Some((60, 120))), range(None)),
            ("01:00".to_owned(), "01:00 to 02:00".to_owned(), "–".to_owned())
        );
    }
}
