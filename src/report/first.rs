//! The first page: what a manager reads in five minutes.

use super::chapters::{added_up, against, log_name, not_measured, unmeasured};
use super::document::{Chapter, Rich, Span, outside, own, rich, strong};
use super::model::{ExceptionKind, Report};
use crate::record::Totals;
use crate::signoff::event::{OutageKind, RunMode};
use crate::signoff::verify::Outcome;
use crate::text;

/// What happened, in a few sentences.
pub(super) struct First<'a> {
    /// What kind of report.
    pub(super) kind: &'static str,
    /// The plan's title.
    pub(super) title: &'a str,
    /// The change ticket.
    pub(super) ticket: Option<&'a str>,
    /// How it ended.
    pub(super) outcome: Vec<Rich<'a>>,
    /// States of the items and how many are in each.
    pub(super) counts: Vec<(&'static str, &'static str, usize)>,
    /// When.
    pub(super) when: Vec<Rich<'a>>,
    /// How long users were not served.
    pub(super) outage: Vec<Rich<'a>>,
    /// How many exceptions there are.
    pub(super) exceptions: usize,
    /// Their kinds, and how many of each.
    pub(super) kinds: Vec<(ExceptionKind, usize)>,
    /// Who signed.
    pub(super) signed: Vec<Rich<'a>>,
    /// The same where nobody did.
    pub(super) nobody: &'static str,
    /// Whether the log can be believed.
    pub(super) verified: bool,
    /// The same in words.
    pub(super) proof: Vec<Rich<'a>>,
}

impl<'a> First<'a> {
    pub(super) fn new(report: &'a Report<'a>) -> First<'a> {
        let record = report.record;
        let kinds = report.exceptions.chunk_by(|a, b| a.kind == b.kind);
        First {
            kind: if report.mode() == RunMode::Rehearsal { "Rehearsal report" } else { "Sign-off report" },
            title: &record.plan.title,
            ticket: record.plan.ticket.as_deref(),
            outcome: outcome(report),
            counts: counts(&report.totals),
            when: when(report),
            outage: outage(report),
            exceptions: report.exceptions.len(),
            kinds: kinds.filter_map(|group| Some((group.first()?.kind, group.len()))).collect(),
            signed: signed(report),
            nobody: if report.is_whole() { "Nobody." } else { "Nobody, in the lines that can be trusted." },
            verified: report.verification.outcome == Outcome::Intact,
            proof: proof(report),
        }
    }
}

impl<'a> First<'a> {
    /// The same as names and values.
    pub(super) fn chapter(self) -> Chapter<'a> {
        let mut page = Chapter::new("summary", "Summary");
        let lines = |lines: Vec<Rich<'a>>| Rich::joined(lines, " ");
        page.pair("Outcome", lines(self.outcome));
        let counts = self.counts.iter().map(|(_, name, count)| own(format!("{count} {name}")).into());
        page.pair("Items", Rich::joined(counts, ", "));
        page.pair("When", lines(self.when));
        page.pair("Outage", lines(self.outage));
        let kinds = self.kinds.iter().map(|(kind, count)| own(format!("{}: {count}", kind.title())).into());
        let kinds = Rich::joined(kinds, "; ");
        page.pair(
            "Exceptions",
            match self.exceptions {
                0 => "None.".into(),
                count => rich![strong(own(count)), ", by kind: ", kinds],
            },
        );
        let signed = Rich::joined(self.signed, "; ");
        page.pair("Signed off by", if signed.is_empty() { strong(self.nobody).into() } else { signed });
        page.pair("Record", lines(self.proof));
        page
    }
}

fn outcome<'a>(report: &'a Report<'a>) -> Vec<Rich<'a>> {
    let mut said = Vec::new();
    if report.record.rolling_back() {
        said.push(strong("The migration was rolled back.").into());
    } else if !report.record.control.rollbacks.is_empty() {
        said.push("A rollback was invoked and stood down.".into());
    }
    said.push(own(report.verdict()).into());
    said
}

fn counts(totals: &Totals) -> Vec<(&'static str, &'static str, usize)> {
    let all = [
        ("done", "done", totals.done),
        ("failed", "failed", totals.failed),
        ("skipped", "skipped", totals.skipped),
        ("na", "not applicable", totals.not_applicable),
        ("deferred", "deferred", totals.deferred),
        ("open", "open", totals.open),
        ("gone", "removed", totals.removed),
    ];
    all.into_iter().filter(|(_, _, count)| *count > 0).collect()
}

fn when<'a>(report: &'a Report<'a>) -> Vec<Rich<'a>> {
    let Some((first, last)) = report.span() else { return vec!["Nobody acted on an item.".into()] };
    let took = text::lasting((last.wall - first.wall).to_std().unwrap_or_default());
    let mut said = vec![rich![Span::When(first), " to ", Span::When(last), own(format!(", {took} in all."))]];
    said.push(match &report.record.plan.window {
        Some((start, end)) => rich!["Window: ", Span::Moment(start), " to ", Span::Moment(end), "."],
        None => "No window was set.".into(),
    });
    said
}

fn outage<'a>(report: &'a Report<'a>) -> Vec<Rich<'a>> {
    let record = report.record;
    let Some(until) = record.told_until() else { return Vec::new() };
    let goal = record.plan.outage_goal_s;
    if record.measured_since().is_none() {
        return vec![not_measured(goal)];
    }
    let sums = record.outage(OutageKind::Outage, until);
    let mut said = Vec::new();
    if record.control.outages.is_empty() {
        said.push("The log tells of no outage.".into());
        let unseen = record.unobserved();
        if !unseen.is_zero() {
            let unseen = text::lasting(unseen);
            said.push(own(format!("For {unseen} nobody saw whether users were served.")).into());
        }
    } else {
        said.push(added_up("Users were not served for ", &sums));
    }
    said.extend(unmeasured(report));
    said.push(against(&sums, goal));
    let page = record.outage(OutageKind::Maintenance, until);
    if !page.observed.is_zero() {
        let shown = added_up("They saw the maintenance page for ", &page);
        said.push(rich![shown, " ", against(&page, record.plan.maintenance_goal_s)]);
    }
    said
}

fn signed<'a>(report: &'a Report<'a>) -> Vec<Rich<'a>> {
    let all = report.record.signoffs.iter().map(|signoff| {
        let (name, role) = (strong(outside(&signoff.name)), outside(&signoff.role));
        let hand = own(format!("; {}", report.hand(signoff)));
        rich![name, ", ", role, ", ", Span::When(signoff.act.at), hand]
    });
    all.collect()
}

fn proof<'a>(report: &'a Report<'a>) -> Vec<Rich<'a>> {
    let found = report.verification;
    let lines = text::grouped(found.lines);
    let verdict = if found.outcome == Outcome::Intact {
        own(format!("The log of {lines} lines: {}.", found.verdict())).into()
    } else {
        strong("The log is not intact: the first section of the exceptions says where.").into()
    };
    vec![verdict, rich!["Log: ", outside(log_name(report)), "."]]
}
