//! Times: planned against actual, the window, waits and timers.

use std::time::Duration;

use super::super::escape::inline;
use super::{Page, when, wording};
use crate::checklist::PhaseKind;
use crate::record::{PhaseSummary, Times};
use crate::signoff::event::PhaseRow;
use crate::text;

/// What took longer than planned by more than this is marked: in per cent of the longest planned.
const OVERRUN: u64 = 20;

impl Page<'_> {
    /// The chapter; left out where there is nothing to tell.
    pub(super) fn times(&mut self) {
        let record = self.report.record;
        let times = &self.report.times;
        if self.report.span().is_none() && record.control.timers.is_empty() {
            return;
        }
        self.heading(2, "Times");
        self.table_head(&["", ""]);
        if let Some((first, last)) = self.report.span() {
            let window = record.window().filter(|_| record.plan.window.is_some());
            let zero = window.map(|(start, _)| format!("{start}, the window's beginning"));
            self.pair("Counted from (T0)", zero.unwrap_or_else(|| format!("{}, the first act", when(first))));
            let whole = (last.wall - first.wall).to_std().unwrap_or_default();
            self.pair("From the first act to the last", text::clock(whole));
            if let Some((_, end)) = window {
                let left = (end - last.wall).num_seconds();
                let span = text::clock(Duration::from_secs(left.unsigned_abs()));
                let words = if left < 0 { "past its end" } else { "before its end" };
                self.pair("Last act, by the window", format!("{span} {words}"));
            }
        }
        if let Some((run, head)) = &record.plan.baseline {
            self.pair("Durations rehearsed in", format!("{}, head {}", inline(run), inline(head)));
        }
        self.planned_phases(times);
        self.planned_items(times);
        self.waits();
        self.timers();
    }

    fn planned_phases(&mut self, times: &Times) {
        let report = self.report;
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
        self.line(
            "\nWhat a step took is counted from its start, else from what came last before it: another act, the \
             start of the cockpit, the opening of the window. Steps worked on at once count once; after an hour without \
             an act the first step of a phase counts for nothing.\n",
        );
        self.table_head(&["Phase", "Planned", "Rehearsed", "Took", "Against the plan"]);
        for (phase, row, took) in rows {
            let planned = row.and_then(|row| row.planned_s);
            let rehearsed = row.and_then(|row| row.rehearsed_s);
            let open = if phase.totals.open > 0 { ", not over" } else { "" };
            let took_words = took.map_or("–".to_owned(), |took| format!("{}{open}", text::clock(took)));
            let against = planned.or_else(|| rehearsed.map(|took| (took, took)));
            self.row(&[
                inline(&phase.title),
                range(planned),
                rehearsed.map_or("–".to_owned(), |took| text::clock(Duration::from_secs(took))),
                took_words,
                difference(against, took.filter(|_| open.is_empty())),
            ]);
        }
    }

    fn planned_items(&mut self, times: &Times) {
        let report = self.report;
        let planned = report.record.items.iter().enumerate().filter(|(_, item)| {
            item.row.planned_s.is_some() && !item.removed && item.row.kind != PhaseKind::Rollback
        });
        let planned: Vec<_> = planned.collect();
        if planned.is_empty() {
            return;
        }
        self.line("");
        self.table_head(&["Item", "", "Planned", "Took", "Against the plan"]);
        for (at, item) in planned {
            let took = times.item(at);
            let number = report.numbers.get(at).map_or(String::new(), ToString::to_string);
            let took_words = took.map_or("–".to_owned(), text::clock);
            let against = difference(item.row.planned_s, took);
            self.row(&[number, wording(&item.row.text), range(item.row.planned_s), took_words, against]);
        }
    }

    fn waits(&mut self) {
        let report = self.report;
        let locks = &report.record.control.locks;
        if locks.is_empty() {
            return;
        }
        self.heading(3, "Waits");
        self.table_head(&["Before item", "", "Wait", "Counted from", "Open, as noticed"]);
        for lock in locks {
            let at = report.record.index.get(&lock.item);
            let number = at.and_then(|&at| report.numbers.get(at)).map_or(String::new(), ToString::to_string);
            let text = report.record.item(lock.item).map_or(String::new(), |item| wording(&item.row.text));
            self.row(&[number, text, inline(&lock.lock), inline(&lock.since), when(lock.act.at)]);
        }
    }

    fn timers(&mut self) {
        let timers = &self.report.record.control.timers;
        if timers.is_empty() {
            return;
        }
        self.heading(3, "Timers");
        for timer in timers {
            let rang = timer.rang.as_ref();
            let rang = rang.map_or("it did not ring".to_owned(), |act| format!("rang {}", when(act.at)));
            let (what, due) = (inline(&timer.text), inline(&timer.due));
            self.line(format!("- {what}, due {due}: {rang} – {}", self.who(&timer.act)));
        }
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

fn difference(planned: Option<(u64, u64)>, took: Option<Duration>) -> String {
    let (Some((least, most)), Some(took)) = (planned, took.map(|took| took.as_secs())) else {
        return "–".to_owned();
    };
    let clock = |seconds| text::clock(Duration::from_secs(seconds));
    if took > most {
        let much = (took - most) * 100 > most * OVERRUN;
        let mark = if much { "**" } else { "" };
        return format!("{mark}{} over{mark}", clock(took - most));
    }
    if took < least { format!("{} under", clock(least - took)) } else { "as planned".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_longer_than_planned_is_marked_by_how_much() {
        let of = |planned, took| difference(planned, Some(Duration::from_secs(took)));
        assert_eq!(of(Some((600, 900)), 700), "as planned");
        assert_eq!(of(Some((600, 900)), 540), "01:00 under");
        assert_eq!(of(Some((600, 600)), 660), "01:00 over");
        assert_eq!(of(Some((600, 600)), 960), "**06:00 over**");
        assert_eq!(of(None, 960), "–");
        assert_eq!(difference(Some((1, 2)), None), "–");
        assert_eq!(
            (range(Some((60, 60))), range(Some((60, 120))), range(None)),
            ("01:00".to_owned(), "01:00 to 02:00".to_owned(), "–".to_owned())
        );
    }
}
