//! Items, one entry each.

use std::collections::BTreeSet;

use super::{seen, wording};
use crate::checklist::PhaseKind;
use crate::record::{Act, Attachment, Entry, FieldValue, ItemRecord, ItemState, PhaseSummary};
use crate::report::document::{Block, Chapter, Item, Phase, Rich, Span, outside, own, rich, strong};
use crate::report::model::Report;

type Detail<'a> = (&'static str, Rich<'a>);

pub(super) fn items<'a>(
    report: &'a Report<'a>,
    id: &'static str,
    title: &'static str,
    kinds: impl Fn(PhaseKind) -> bool,
) -> Option<Chapter<'a>> {
    let phases = report.phases.iter().enumerate().filter(|(_, phase)| kinds(phase.kind));
    let blocks: Vec<_> = phases.map(|(at, it)| Block::Phase(phase(report, at, it))).collect();
    (!blocks.is_empty()).then_some(Chapter { id, title, blocks })
}

fn phase<'a>(report: &'a Report<'a>, at: usize, phase: &'a PhaseSummary) -> Phase<'a> {
    let record = report.record;
    let aside = match phase.kind {
        PhaseKind::Rollback if record.rolling_back() => " (rollback, invoked)",
        PhaseKind::Rollback if record.rollback_begun() => {
            " (rollback, stood down: what is open was not called for)"
        }
        PhaseKind::Rollback => " (rollback, not begun)",
        _ => "",
    };
    let mut parts: Vec<(Option<&str>, Vec<Item<'_>>)> = Vec::new();
    for &at in &phase.items {
        let Some(item) = record.items.get(at) else { continue };
        let section = item.row.section.as_deref();
        let one = entry(report, report.numbers.get(at).copied().unwrap_or(0), item);
        match parts.last_mut().filter(|(last, _)| *last == section) {
            Some((_, items)) => items.push(one),
            None => parts.push((section, vec![one])),
        }
    }
    Phase { at, title: rich![outside(&phase.title), aside], parts }
}

fn entry<'a>(report: &'a Report<'a>, number: usize, item: &'a ItemRecord) -> Item<'a> {
    let flags = [
        (item.done_in_file(), "in the plan's file"),
        (item.added, "added in the run"),
        (item.removed && item.state == ItemState::Done, "was done"),
    ];
    let by = settled(item);
    Item {
        number,
        depth: item.row.depth,
        standing: report.standing(item),
        flags: flags.into_iter().filter_map(|(is, words)| is.then_some(words)).collect(),
        text: wording(&item.row.text).into(),
        by: by.map(|act| report.who(act)).into(),
        details: details(report, item),
    }
}

fn details<'a>(report: &'a Report<'a>, item: &'a ItemRecord) -> Vec<Detail<'a>> {
    let mut all: Vec<Detail<'a>> = Vec::new();
    let said = |text: &'a Option<String>| text.as_deref().map(|text| outside(text).into());
    all.extend(item.started.map(|at| ("started", Span::When(at).into())));
    all.extend(said(&item.claimed).map(|time| ("time as stated", time)));
    all.extend(said(&item.done_by).map(|doer| ("done by", doer)));
    all.extend(said(&item.reason).map(|reason| ("reason", reason)));
    let signoffs = report.record.signoffs.iter().filter(|it| it.item == Some(item.row.id));
    all.extend(signoffs.map(|it| {
        let hand = own(format!("; {}", report.hand(it)));
        ("signed off by", rich![outside(&it.name), ", ", outside(&it.role), hand])
    }));
    fields(&mut all, report, item);
    all.extend(seen(&item.evidence));
    all.extend(item.notes.iter().map(|note| ("note", told(report, note))));
    all.extend(item.attachments.iter().map(|it| attachment(report, it)));
    all.extend(item.issues.iter().map(|&number| ("issue", issue(report, number))));
    let known = known(report, item);
    let story = item.history.iter().filter(|entry| !known.contains(&entry.act.seq));
    all.extend(story.map(|entry| ("history", told(report, entry))));
    all
}

/// The act that put it where it is.
fn settled(item: &ItemRecord) -> Option<&Act> {
    item.act.as_ref().filter(|_| item.state != ItemState::Open)
}

/// Lines of the log that stand at the item by themselves, or among the issues: its history leaves them out.
fn known(report: &Report<'_>, item: &ItemRecord) -> BTreeSet<u64> {
    let issues = report.record.issues.iter().filter(|issue| item.issues.contains(&issue.number));
    let issues = issues.flat_map(|issue| std::iter::once(&issue.opened).chain(&issue.resolved));
    let said = item.notes.iter().chain(issues).map(|entry| &entry.act);
    let kept = item.attachments.iter().map(|attachment| &attachment.act);
    let filled = item.fields.values().map(|value| &value.act);
    settled(item).into_iter().chain(said).chain(kept).chain(filled).map(|act| act.seq).collect()
}

fn issue(report: &Report<'_>, number: u32) -> Rich<'static> {
    let mut issues = report.record.issues.iter().filter(|issue| issue.number == number);
    let resolved = issues.next().is_some_and(|issue| issue.resolved.is_some());
    rich![own(number), ", ", if resolved { own("resolved") } else { strong("not resolved") }]
}

fn fields<'a>(all: &mut Vec<Detail<'a>>, report: &'a Report<'a>, item: &'a ItemRecord) {
    let mut blanks = 0;
    for (at, field) in (0..).zip(&item.row.fields) {
        blanks += 1;
        let value = item.fields.get(&at);
        let value = value.map_or_else(|| "not filled".into(), |value| filled(report, value));
        all.push(("blank", rich![outside(&field.label), ": ", value]));
    }
    let gone = item.fields.range(blanks..);
    all.extend(gone.map(|(_, value)| ("blank that is no longer in the plan", filled(report, value))));
}

/// What was said, by whom.
pub(super) fn told<'a>(report: &Report<'a>, entry: &'a Entry) -> Rich<'a> {
    rich![outside(&entry.text), " – ", report.who(&entry.act)]
}

pub(super) fn attachment<'a>(report: &Report<'a>, attachment: &'a Attachment) -> Detail<'a> {
    let (name, who) = (outside(&attachment.name), report.who(&attachment.act));
    ("attached", rich![name, ", kept as ", Span::Kept(&attachment.blob), " – ", who])
}

fn filled<'a>(report: &'a Report<'a>, value: &'a FieldValue) -> Rich<'a> {
    let secret = if value.secret { " (secret, not stored)" } else { "" };
    rich![outside(&value.value), secret, " – ", report.who(&value.act)]
}
