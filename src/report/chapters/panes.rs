//! What name servers, comparisons, logs and programs did during the run.

use std::time::Duration;

use crate::report::document::{Chapter, Span, code, outside, own, rich, strong};
use crate::report::model::Report;
use crate::text;

/// Whether an expectation speaks of a counter.
fn names(expect: &str, counter: &str) -> bool {
    expect.split(|c: char| !(c.is_alphanumeric() || "_-".contains(c))).any(|word| word == counter)
}

pub(super) fn name_servers<'a>(report: &'a Report<'a>) -> Option<Chapter<'a>> {
    let record = report.record;
    if record.flips.is_empty() && record.safe_times.is_empty() {
        return None;
    }
    let mut page = Chapter::new("name-servers", "Name servers");
    if !record.flips.is_empty() {
        let rows = record.flips.iter().map(|flip| {
            vec![
                Span::When(flip.act.at).into(),
                outside(&flip.record.name).into(),
                outside(&flip.server).into(),
                outside(&flip.from).into(),
                outside(&flip.to).into(),
                Span::Moment(&flip.since).into(),
                outside(&flip.saw).into(),
            ]
        });
        let head = ["Recorded", "Record", "Server", "From", "To", "First seen", "Answer"];
        page.table(&head, rows.collect());
    }
    for safe in &record.safe_times {
        let (name, proof) = (strong(outside(&safe.record.name)), outside(&safe.proof));
        let (at, told) = (Span::Moment(&safe.safe), Span::When(safe.act.at));
        page.entry(rich![name, " is safe from ", at, " on: ", proof, " – told ", told]);
    }
    Some(page)
}

pub(super) fn reconciles<'a>(report: &'a Report<'a>) -> Option<Chapter<'a>> {
    let record = report.record;
    if record.reconciles.is_empty() {
        return None;
    }
    let mut page = Chapter::new("comparisons", "Comparisons of source and target");
    for run in &record.reconciles {
        let verdict =
            if run.is_good() { own("all that was expected held") } else { strong("NOT as expected") };
        let (name, asked_by) = (strong(outside(&run.probe.name)), outside(&run.asked_by));
        let took = own(text::exact(Duration::from_millis(run.took_ms)));
        let at = Span::When(run.act.at);
        page.entry(rich![name, ": ", verdict, " – asked by ", asked_by, ", took ", took, ", ended ", at]);
        if let Some(why) = &run.failed {
            page.detail("it cannot be told", outside(why));
        }
        for (counter, value) in &run.counters {
            let free = run.expected.iter().all(|it| !names(&it.expect, counter));
            let free = if free { " (nothing is expected of it)" } else { "" };
            page.detail("", rich![outside(counter), own(format!(": {value}")), free]);
        }
        for expected in &run.expected {
            let saw = expected.saw.as_deref();
            let saw = saw.map_or_else(|| own("held"), |saw| strong(rich!["saw ", outside(saw)]));
            page.detail("", rich!["expected ", code(&expected.expect), ": ", saw]);
        }
    }
    Some(page)
}

pub(super) fn excerpts<'a>(report: &'a Report<'a>) -> Option<Chapter<'a>> {
    let record = report.record;
    if record.excerpts.is_empty() {
        return None;
    }
    let mut page = Chapter::new("excerpts", "Log excerpts");
    for excerpt in &record.excerpts {
        let item = excerpt.item.and_then(|id| record.item(id));
        let item = item.map(|item| rich![" for “", outside(&item.row.text), "”"]);
        let lines = own(format!("{} lines of ", excerpt.lines));
        let (of, kept) = (outside(excerpt.probe.to_string()), Span::Kept(&excerpt.blob));
        page.entry(rich![lines, of, item, ", kept as ", kept, " – ", report.who(&excerpt.act)]);
    }
    Some(page)
}

pub(super) fn noise<'a>(report: &'a Report<'a>) -> Option<Chapter<'a>> {
    let record = report.record;
    if record.noise.is_empty() {
        return None;
    }
    let mut page = Chapter::new("expected-lines", "Log lines declared as expected");
    for noise in &record.noise {
        let of = outside(noise.probe.to_string());
        page.entry(rich![of, ": ", code(&noise.pattern), " – ", report.who(&noise.act)]);
    }
    Some(page)
}
