//! What the report tells, chapter by chapter, in no format yet.

mod amended;
mod commands;
mod decisions;
mod integrity;
mod items;
mod outages;
mod panes;
mod people;
mod rollback;
mod run;
mod times;

pub(super) use outages::{added_up, against, not_measured, unmeasured};

use super::document::{Chapter, Rich, Span, outside, own, rich};
use super::model::Report;
use crate::checklist::{ItemId, PhaseKind};
use crate::record::Act;
use crate::signoff::Actor;
use crate::signoff::event::Evidence;
use crate::text;

/// A chapter; `None` where there is nothing to tell.
type Write = for<'a> fn(&'a Report<'a>) -> Option<Chapter<'a>>;

/// Every chapter, in order.
const ALL: [Write; 27] = [
    |report| Some(run::facts(report)),
    people::people,
    |report| Some(run::outcome(report)),
    |report| Some(run::exceptions(report)),
    decisions::decisions,
    people::go_or_not,
    people::approvals,
    people::outside_roles,
    amended::amended,
    |report| Some(run::issues(report)),
    |report| {
        let plan = |kind| matches!(kind, PhaseKind::Work | PhaseKind::Rollback);
        items::items(report, "items", "Items", plan)
    },
    |report| items::items(report, "criteria", "Success criteria", |kind| kind == PhaseKind::Criteria),
    times::times,
    |report| items::items(report, "signoff-items", "Sign-off items", |kind| kind == PhaseKind::SignOff),
    |report| Some(run::signoffs(report)),
    rollback::rollbacks,
    rollback::temporary,
    outages::outages,
    run::notes,
    panes::name_servers,
    panes::reconciles,
    commands::commands,
    panes::excerpts,
    panes::noise,
    |report| Some(run::probes(report)),
    |report| Some(run::sessions(report)),
    |report| Some(integrity::integrity(report)),
];

impl<'a> Report<'a> {
    /// Each chapter in turn, so that no more than one is held at a time.
    pub fn chapters(&'a self) -> impl Iterator<Item = Chapter<'a>> {
        ALL.iter().filter_map(|write| write(self))
    }

    /// Who did it, through which terminal, when, and the line that says so.
    pub(super) fn who(&self, act: &'a Act) -> Rich<'a> {
        let through = self.terminal(act).filter(|_| act.by != Actor::RESERVED);
        let through = through.map(|number| own(format!(" (T{number})")));
        rich![outside(&act.by), through, ", ", Span::When(act.at), ", line ", Span::Line(act.seq)]
    }

    /// An item by its number and its words.
    fn named(&self, id: ItemId) -> Rich<'a> {
        let Some(&at) = self.record.index.get(&id) else { return "an item that is not known".into() };
        let number = self.numbers.get(at).copied().unwrap_or_default();
        let words = self.record.items.get(at).map_or("", |item| item.row.text.as_str());
        rich!["item ", Span::Item(number), ", ", outside(words)]
    }

    fn numbers_of(&self, ids: &[ItemId]) -> Rich<'a> {
        let numbers = ids.iter().filter_map(|id| self.numbers.get(*self.record.index.get(id)?));
        let mut numbers: Vec<usize> = numbers.copied().collect();
        numbers.sort_unstable();
        let runs = numbers.chunk_by(|a, b| a + 1 == *b).flat_map(|run| match run {
            [first, _, .., last] => vec![rich![Span::Item(*first), "–", Span::Item(*last)]],
            few => few.iter().map(|number| Span::Item(*number).into()).collect(),
        });
        Rich::joined(runs, ", ")
    }

    /// The numbers of items: `item 3, 4`, or `none`.
    fn list(&self, ids: &[ItemId]) -> Rich<'a> {
        if ids.is_empty() { "none".into() } else { rich!["item ", self.numbers_of(ids)] }
    }
}

/// What the probes showed at an act.
fn seen(all: &[Evidence]) -> impl Iterator<Item = (&'static str, Rich<'_>)> {
    all.iter().map(|evidence| {
        let age = text::short(std::time::Duration::from_millis(evidence.age_ms));
        let error = evidence
            .error
            .as_deref()
            .filter(|why| !evidence.saw.contains(why))
            .map(|why| rich!["; error: ", outside(why)]);
        let kept = evidence.text.as_ref().map(|blob| rich!["; whole in ", Span::Kept(blob)]);
        let (probe, state) = (outside(evidence.probe.to_string()), evidence.state);
        let saw = outside(evidence.saw.as_str());
        (
            "evidence",
            rich![probe, own(format!(" {state}, saw ")), saw, own(format!(", {age} before")), error, kept],
        )
    })
}

/// The words of an item: its blanks shortened, their values stand below it.
pub(super) fn wording(item: &str) -> Span<'static> {
    let mut words = String::with_capacity(item.len());
    let mut rest = item;
    while let Some(at) = rest.find("___") {
        words.push_str(&rest[..at]);
        words.push('…');
        rest = rest[at..].trim_start_matches('_');
    }
    words.push_str(rest);
    outside(words)
}

pub(super) fn log_name(report: &Report<'_>) -> String {
    let name = report.verification.log.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
