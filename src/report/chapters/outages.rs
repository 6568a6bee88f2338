//! When users were not served, how that is known, and what of it is not.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::record::control::Outage;
use crate::record::outage::Sums;
use crate::report::document::{Chapter, Rich, Span, outside, own, rich, strong};
use crate::report::model::Report;
use crate::signoff::event::OutageKind;
use crate::text;

/// The edges of outages are not exact by so much, mostly.
const EDGES: Duration = Duration::from_mins(2);

/// Items named in a row of the table.
const NAMED: usize = 8;

/// Every outage, the sums against the goal, blips, and time that nobody saw.
pub(super) fn outages<'a>(report: &'a Report<'a>) -> Option<Chapter<'a>> {
    let record = report.record;
    let gaps: Vec<_> = record.control.gaps.iter().filter(|gap| gap.users).collect();
    let blips: Vec<_> = record.blips().collect();
    if record.control.outages.is_empty() && gaps.is_empty() && blips.is_empty() {
        return None;
    }
    let until = record.told_until()?;
    let mut page = Chapter::new("outage", "Outage");
    let none = record.control.outages.is_empty();
    if record.measured_since().is_none() {
        page.say(not_measured(record.plan.outage_goal_s));
    } else if none {
        let unseen = match record.unobserved() {
            span if span.is_zero() => String::new(),
            span => format!(" Nobody looked for {}: it was no longer than that.", text::lasting(span)),
        };
        page.say(Rich::joined(
            std::iter::once(own(format!("No outage was seen.{unseen}")).into()).chain(unmeasured(report)),
            " ",
        ));
    } else {
        sums(&mut page, report, until);
        intervals(&mut page, report, until);
    }
    if !gaps.is_empty() {
        let counts = if none { "" } else { "; it counts in “at most” only" };
        page.say(rich!["Not observed", counts, ":"]);
        for gap in gaps {
            let (probe, why) = (outside(gap.probe.to_string()), outside(&gap.why));
            page.entry(rich![probe, ", ", Span::Moment(&gap.from), " to ", Span::Moment(&gap.to), ": ", why]);
        }
    }
    if !blips.is_empty() {
        page.say("Blips, single failures that did not last and are no outage:");
        for blip in blips {
            let count = usize::try_from(blip.flips / 2).unwrap_or(usize::MAX);
            let (probe, saw) = (outside(blip.probe.to_string()), outside(&blip.saw));
            let count = own(text::plural(count, "time", "times"));
            page.entry(rich![probe, ", ", count, ", the first at ", Span::Moment(&blip.since), ": ", saw]);
        }
    }
    Some(page)
}

fn sums<'a>(page: &mut Chapter<'a>, report: &'a Report<'a>, until: DateTime<Utc>) {
    let record = report.record;
    let sums = record.outage(OutageKind::Outage, until);
    let goal = against(&sums, record.plan.outage_goal_s);
    let before = unmeasured(report).map(|before| rich![" ", before]);
    page.say(rich![added_up("Users were not served for ", &sums), before, " ", goal]);
    let shown = record.outage(OutageKind::Maintenance, until);
    if !shown.observed.is_zero() {
        let goal = against(&shown, record.plan.maintenance_goal_s);
        page.say(rich![added_up("They saw the maintenance page for ", &shown), " ", goal]);
    }
    page.say(
        "An outage runs from the first failed look of any public check to the first good look of all of them. A look \
         counts from its beginning; each edge may be later than the truth by the time since the look before it.",
    );
}

fn intervals<'a>(page: &mut Chapter<'a>, report: &'a Report<'a>, until: DateTime<Utc>) {
    let record = report.record;
    let rows = record.control.outages.iter().map(|outage| {
        let what = if outage.kind == OutageKind::Outage { "outage" } else { "maintenance page" };
        let end = outage.ended.as_ref();
        let planned: Rich<'_> = if outage.planned { "yes".into() } else { strong("no").into() };
        vec![
            what.into(),
            Span::Moment(&outage.since).into(),
            end.map_or_else(|| strong("not seen"), |end| Span::Moment(&end.until)).into(),
            own(lasted(outage, record.seen(outage, until), until)).into(),
            outside(outage.check.to_string()).into(),
            outside(&outage.saw).into(),
            planned,
            acted_during(report, outage, until),
        ]
    });
    let head = ["", "First failed look", "First good look", "Lasted", "Told by", "Saw", "Planned", "Items"];
    page.table(&head, rows.collect());
}

/// The numbers of the items that were acted on meanwhile.
fn acted_during<'a>(report: &'a Report<'a>, outage: &Outage, until: DateTime<Utc>) -> Rich<'a> {
    let record = report.record;
    let items = record.acted_during(outage, until);
    let number = |id| record.index.get(id).and_then(|&at| report.numbers.get(at)).copied();
    let mut numbers: Vec<usize> = items.iter().filter_map(number).collect();
    numbers.sort_unstable();
    if numbers.is_empty() {
        return "–".into();
    }
    let more = numbers.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| own(format!("{more} more")).into());
    let named = numbers.iter().take(NAMED).map(|&number| Span::Item(number).into());
    Rich::joined(named.chain(more), ", ")
}

/// No look at what users reach is in the log: that it tells of no outage means nothing.
pub(in crate::report) fn not_measured(goal_s: Option<u64>) -> Rich<'static> {
    let goal = goal_s.map(Duration::from_secs).map(text::lasting);
    let goal = goal.map(|goal| own(format!(" Whether the goal of {goal} was kept is not known.")));
    rich![strong("Not measured:"), " no check looked at what users reach.", goal]
}

/// The work began before anything measured whether users were served.
pub(in crate::report) fn unmeasured<'a>(report: &'a Report<'a>) -> Option<Rich<'a>> {
    let (since, (first, _)) = report.record.measured_since().zip(report.span())?;
    let late = (since.wall - first.wall).to_std().is_ok_and(|late| late > EDGES);
    late.then(|| rich!["Nothing measured it before ", Span::When(since), "."])
}

/// How long it was against what was allowed.
pub(in crate::report) fn against(sums: &Sums, goal_s: Option<u64>) -> Rich<'static> {
    let Some(goal) = goal_s.map(Duration::from_secs) else { return "No goal was set.".into() };
    let words = text::lasting(goal);
    match goal {
        goal if sums.observed > goal => strong(own(format!("Over the goal of {words}."))).into(),
        goal if sums.at_most > goal => {
            own(format!("Within the goal of {words} as far as it was observed.")).into()
        }
        _ => own(format!("Within the goal of {words}.")).into(),
    }
}

pub(in crate::report) fn added_up(what: &'static str, sums: &Sums) -> Rich<'static> {
    let planned = match sums.planned {
        planned if planned.is_zero() => String::new(),
        planned => format!(", {} of it planned", text::lasting(planned)),
    };
    let observed = strong(own(text::lasting(sums.observed)));
    // More than the time between two looks: there was time in which nobody looked.
    let unseen = sums.at_most.saturating_sub(sums.observed) > EDGES;
    let with = if unseen { "; with the time in which nobody looked, " } else { ", and for " };
    let at_most = text::lasting(sums.at_most);
    rich![what, observed, own(format!(" as observed{planned}{with}{at_most} at most."))]
}

/// What was observed of it, and how exactly; and what of it was not.
fn lasted(outage: &Outage, seen: Duration, until: DateTime<Utc>) -> String {
    let all = outage.span(until).and_then(|(from, to)| (to - from).to_std().ok()).unwrap_or(seen);
    let unseen = match all.saturating_sub(seen) {
        none if none < Duration::from_secs(1) => String::new(),
        unseen => format!(", and {} that nobody saw", text::lasting(unseen)),
    };
    let end = outage.ended.as_ref().map_or(0, |end| end.resolution_ms);
    let exact = Duration::from_millis(outage.resolution_ms.saturating_add(end));
    format!("{} ± {}{unseen}", text::lasting(seen), text::short(exact))
}
