//! When users were not served, how that is known, and what of it is not.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Page;
use crate::record::control::Outage;
use crate::record::outage::Sums;
use crate::report::escape::inline;
use crate::signoff::event::OutageKind;
use crate::text;

/// Items named in a row of the table.
const NAMED: usize = 8;

impl Page<'_> {
    /// Every outage, the sums against the goal, blips, and time that nobody saw.
    pub(super) fn outages(&mut self) {
        let record = self.report.record;
        let gaps: Vec<_> = record.control.gaps.iter().filter(|gap| gap.users).collect();
        let blips: Vec<_> = record.blips().collect();
        if record.control.outages.is_empty() && gaps.is_empty() && blips.is_empty() {
            return;
        }
        let Some(until) = record.told_until() else { return };
        self.heading(2, "Outage");
        let none = record.control.outages.is_empty();
        if none {
            let unseen = match record.unobserved() {
                span if span.is_zero() => String::new(),
                span => format!(" Nobody looked for {}: it was no longer than that.", text::span(span)),
            };
            self.line(format!("No outage was seen.{unseen}"));
        } else {
            self.sums(until);
            self.intervals(until);
        }
        if !gaps.is_empty() {
            let counts = if none { "" } else { "; it counts in “at most” only" };
            self.line(format!("\nNot observed{counts}:\n"));
            for gap in gaps {
                let (probe, why) = (inline(&gap.probe.to_string()), inline(&gap.why));
                self.line(format!("- {probe}, {} to {}: {why}", inline(&gap.from), inline(&gap.to)));
            }
        }
        if !blips.is_empty() {
            self.line("\nBlips, single failures that did not last and are no outage:\n");
            for blip in blips {
                let count = usize::try_from(blip.flips / 2).unwrap_or(usize::MAX);
                let (probe, saw) = (inline(&blip.probe.to_string()), inline(&blip.saw));
                let count = text::plural(count, "time", "times");
                self.line(format!("- {probe}, {count}, the first at {}: {saw}", inline(&blip.since)));
            }
        }
    }

    fn sums(&mut self, until: DateTime<Utc>) {
        let record = self.report.record;
        let sums = record.outage(OutageKind::Outage, until);
        let goal = against(&sums, record.plan.outage_goal_s);
        self.line(format!("{} {goal}\n", added_up("Users were not served for", &sums)));
        let page = record.outage(OutageKind::Maintenance, until);
        if !page.observed.is_zero() {
            let goal = against(&page, record.plan.maintenance_goal_s);
            self.line(format!("{} {goal}\n", added_up("They saw the maintenance page for", &page)));
        }
        self.line(
            "An outage runs from the first failed look of any public check to the first good look of all of them. A look \
             counts from its beginning; each edge may be later than the truth by the time since the look before it.\n",
        );
    }

    fn intervals(&mut self, until: DateTime<Utc>) {
        let record = self.report.record;
        self.table_head(&[
            "",
            "First failed look",
            "First good look",
            "Lasted",
            "Told by",
            "Saw",
            "Planned",
            "Items",
        ]);
        for outage in &record.control.outages {
            let what = if outage.kind == OutageKind::Outage { "outage" } else { "maintenance page" };
            let end = outage.ended.as_ref();
            let ends = end.map_or_else(|| "**not seen**".to_owned(), |end| inline(&end.until));
            self.row(&[
                what.to_owned(),
                inline(&outage.since),
                ends,
                lasted(outage, record.seen(outage, until), until),
                inline(&outage.check.to_string()),
                inline(&outage.saw),
                if outage.planned { "yes" } else { "**no**" }.to_owned(),
                self.acted_during(outage, until),
            ]);
        }
    }

    /// The numbers of the items that were acted on meanwhile.
    fn acted_during(&self, outage: &Outage, until: DateTime<Utc>) -> String {
        let record = self.report.record;
        let items = record.acted_during(outage, until);
        let number = |id| record.index.get(id).and_then(|&at| self.report.numbers.get(at)).copied();
        let mut numbers: Vec<usize> = items.iter().filter_map(number).collect();
        numbers.sort_unstable();
        let more = numbers.len().saturating_sub(NAMED);
        let mut named: Vec<String> = numbers.iter().take(NAMED).map(ToString::to_string).collect();
        if more > 0 {
            named.push(format!("{more} more"));
        }
        if named.is_empty() { "–".to_owned() } else { named.join(", ") }
    }
}

/// How long it was against what was allowed.
fn against(sums: &Sums, goal_s: Option<u64>) -> String {
    let Some(goal) = goal_s.map(Duration::from_secs) else { return "No goal was set.".to_owned() };
    let words = text::exact(goal);
    match goal {
        goal if sums.observed > goal => format!("**Over the goal of {words}.**"),
        goal if sums.at_most > goal => format!("Within the goal of {words} as far as it was observed."),
        _ => format!("Within the goal of {words}."),
    }
}

fn added_up(what: &str, sums: &Sums) -> String {
    let planned = match sums.planned {
        planned if planned.is_zero() => String::new(),
        planned => format!(", {} of it planned", text::span(planned)),
    };
    format!(
        "{what} **{}** as observed{planned}, and for {} at most.",
        text::span(sums.observed),
        text::span(sums.at_most)
    )
}

/// What was observed of it, and how exactly; and what of it was not.
fn lasted(outage: &Outage, seen: Duration, until: DateTime<Utc>) -> String {
    let all = outage.span(until).and_then(|(from, to)| (to - from).to_std().ok()).unwrap_or(seen);
    let unseen = match all.saturating_sub(seen) {
        none if none < Duration::from_secs(1) => String::new(),
        unseen => format!(", and {} that nobody saw", text::span(unseen)),
    };
    let end = outage.ended.as_ref().map_or(0, |end| end.resolution_ms);
    let exact = Duration::from_millis(outage.resolution_ms.saturating_add(end));
    format!("{} ± {}{unseen}", text::span(seen), text::short(exact))
}
