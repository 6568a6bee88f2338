//! What was not plain progress, gathered.

use std::collections::HashMap;
use std::time::Duration;

use chrono::DateTime;

use super::{Exception, ExceptionKind, Report};
use crate::checklist::ItemId;
use crate::record::control::Gap;
use crate::record::outage::Sums;
use crate::record::{CommandEnd, CommandRun, Deviation, DeviationKind, Entry, ItemState};
use crate::report::when;
use crate::sample::Kind;
use crate::signoff::event::OutageKind;
use crate::signoff::verify::Outcome;
use crate::text;

impl Report<'_> {
    pub(super) fn gather(&self) -> Vec<Exception> {
        let mut found = self.integrity();
        self.by_people(&mut found);
        self.deviations(&mut found);
        self.entries(&mut found);
        self.outages(&mut found);
        self.probes(&mut found);
        self.attribution(&mut found);
        self.window(&mut found);
        found.sort_by_key(|exception| exception.kind);
        found
    }

    fn integrity(&self) -> Vec<Exception> {
        let mut found = Vec::new();
        if self.verification.outcome == Outcome::Intact {
            return found;
        }
        let mut say =
            |text| found.push(Exception { kind: ExceptionKind::Integrity, act: None, item: None, text });
        for finding in &self.verification.findings {
            say(match finding.line {
                0 => finding.message.clone(),
                line => format!("line {line}: {}", finding.message),
            });
        }
        if self.verification.unlisted > 0 {
            say(format!("and {} more", self.verification.unlisted));
        }
        if !self.is_whole() {
            say(format!(
                "this report holds only the {} before the first that cannot be trusted; the file has {}",
                text::plural(usize::try_from(self.record.head.seq).unwrap_or(usize::MAX), "line", "lines"),
                self.verification.lines
            ));
        }
        found
    }

    pub(super) fn item(&self, id: ItemId) -> Option<(usize, String)> {
        let at = *self.record.index.get(&id)?;
        Some((self.numbers.get(at).copied()?, self.record.items.get(at)?.row.text.clone()))
    }

    /// Where the item stands now, if that is elsewhere than where the deviation put it.
    fn since(&self, deviation: &Deviation) -> String {
        let put = match deviation.kind {
            DeviationKind::Failed => ItemState::Failed,
            DeviationKind::Skipped => ItemState::Skipped,
            DeviationKind::Deferred => ItemState::Deferred,
            DeviationKind::Reopened | DeviationKind::Mistick => return String::new(),
        };
        let now = self.record.item(deviation.item).map(|item| item.state).filter(|state| *state != put);
        now.map_or_else(String::new, |state| format!("; now {state}"))
    }

    fn deviations(&self, found: &mut Vec<Exception>) {
        for deviation in &self.record.deviations {
            let kind = match deviation.kind {
                DeviationKind::Failed => ExceptionKind::Failed,
                DeviationKind::Skipped => ExceptionKind::Skipped,
                DeviationKind::Deferred => ExceptionKind::Deferred,
                DeviationKind::Reopened => ExceptionKind::Reopened,
                DeviationKind::Mistick => ExceptionKind::Mistick,
            };
            found.push(Exception {
                kind,
                act: Some(deviation.entry.act.clone()),
                item: self.item(deviation.item),
                text: format!("{}{}", deviation.entry.text, self.since(deviation)),
            });
        }
        for item in &self.record.items {
            let counted = self.record.counts(item);
            let here = self.item(item.row.id);
            if item.state.is_open() && !item.removed && counted {
                let text = if item.state == ItemState::Started { "started" } else { "" }.to_owned();
                let act = item.act.clone();
                found.push(Exception { kind: ExceptionKind::Open, act, item: here.clone(), text });
            }
            if item.unplanned() {
                let act = item.history.first().map(|entry| entry.act.clone());
                let text = "added in the run".to_owned();
                found.push(Exception { kind: ExceptionKind::Unplanned, act, item: here, text });
            }
        }
    }

    fn entries(&self, found: &mut Vec<Exception>) {
        let plain = |kind, entry: &Entry| Exception {
            kind,
            act: Some(entry.act.clone()),
            item: None,
            text: entry.text.clone(),
        };
        let record = self.record;
        for issue in record.issues.iter().filter(|issue| issue.resolved.is_none()) {
            let mut exception = plain(ExceptionKind::Issue, &issue.opened);
            exception.text = format!("issue {}: {}", issue.number, issue.opened.text);
            exception.item = issue.item.and_then(|item| self.item(item));
            found.push(exception);
        }
        for amendment in &record.amendments {
            found.push(Exception {
                kind: ExceptionKind::Amended,
                act: Some(amendment.act.clone()),
                item: None,
                text: format!("{} (SHA-256 {})", amendment.what, amendment.sha256),
            });
        }
        for rollback in &record.control.rollbacks {
            let mut exception = plain(ExceptionKind::Rollback, &rollback.invoked);
            if let Some(end) = &rollback.stood_down {
                exception.text = format!("{}; stood down by {}: {}", exception.text, end.act.by, end.text);
            }
            found.push(exception);
        }
        for state in record.control.open_states() {
            found.push(Exception {
                kind: ExceptionKind::StillOn,
                act: Some(state.opened.clone()),
                item: self.item(state.item),
                text: state.name.clone(),
            });
        }
        found.extend(record.anomalies.iter().map(|entry| plain(ExceptionKind::Anomaly, entry)));
        self.incidents(found);
        found.extend(record.redacted.iter().map(|(blob, entry)| {
            let mut exception = plain(ExceptionKind::Redacted, entry);
            exception.text = format!("{}{blob}: {}", self.kept_as(blob), entry.text);
            exception
        }));
        found.extend(record.ambiguous.iter().map(|entry| plain(ExceptionKind::Attribution, entry)));
    }

    /// What evidence is, in front of its hash, as far as people gave it a name.
    fn kept_as(&self, blob: &str) -> String {
        let of_items = self.record.items.iter().flat_map(|item| &item.attachments);
        let named = of_items.chain(&self.record.attachments).find(|it| it.blob.sha256 == blob);
        let job = || {
            let of = |it: &&CommandRun| {
                it.ended.as_ref().and_then(|end| end.output.as_ref()).is_some_and(|kept| kept.sha256 == blob)
            };
            self.record.commands.iter().find(of)
        };
        match named {
            Some(named) => format!("{}, ", named.name),
            None => job().map_or_else(String::new, |job| format!("the output of {}, ", job.job)),
        }
    }

    /// Probes that were not asked at the same time for the same reason are one incident.
    fn incidents(&self, found: &mut Vec<Exception>) {
        let record = self.record;
        let gaps: HashMap<u64, &Gap> = record.control.gaps.iter().map(|gap| (gap.act.seq, gap)).collect();
        let gap = |entry: &Entry| gaps.get(&entry.act.seq).copied();
        let as_one = |a: &Entry, b: &Entry| {
            gap(a).zip(gap(b)).is_some_and(|(a, b)| (&a.from, &a.to, &a.why) == (&b.from, &b.to, &b.why))
        };
        for group in record.incidents.chunk_by(as_one) {
            let Some(first) = group.first() else { continue };
            let text = match gap(first).filter(|_| group.len() > 1) {
                Some(Gap { from, to, why, .. }) => {
                    let probes: Vec<String> =
                        group.iter().filter_map(|it| Some(gap(it)?.probe.to_string())).collect();
                    format!("{} were not asked from {from} to {to}: {why}", probes.join(", "))
                }
                None => first.text.clone(),
            };
            let act = Some(first.act.clone());
            found.push(Exception { kind: ExceptionKind::Incident, act, item: None, text });
        }
    }

    fn outages(&self, found: &mut Vec<Exception>) {
        let Some(until) = self.record.told_until() else { return };
        let mut say =
            |act, text| found.push(Exception { kind: ExceptionKind::Outage, act, item: None, text });
        if self.record.measured_since().is_none() {
            if let Some(goal) = self.record.plan.outage_goal_s.map(Duration::from_secs) {
                let goal = text::lasting(goal);
                say(
                    None,
                    format!(
                        "not measured: there was a goal of {goal}, and no check looked at what users reach"
                    ),
                );
            }
            return;
        }
        let sums = self.record.outage(OutageKind::Outage, until);
        let over = |sums: Sums, goal: Option<u64>| {
            let goal = goal.map(Duration::from_secs).filter(|goal| sums.observed > *goal)?;
            Some(format!(
                "for {}, longer than the goal of {}",
                text::lasting(sums.observed),
                text::lasting(goal)
            ))
        };
        if let Some(over) = over(sums, self.record.plan.outage_goal_s) {
            say(None, format!("users were not served {over}"));
        }
        let page = self.record.outage(OutageKind::Maintenance, until);
        if let Some(over) = over(page, self.record.plan.maintenance_goal_s) {
            say(None, format!("users saw the maintenance page {over}"));
        }
        let unplanned = self.record.control.outages.iter().filter(|outage| !outage.planned);
        for outage in unplanned.filter(|outage| outage.kind == OutageKind::Outage) {
            let seen = text::lasting(self.record.seen(outage, until));
            let end = if outage.ended.is_some() { "" } else { ", and its end was not seen" };
            let text = format!("not planned, since {}: {seen} by {}{end}", outage.since, outage.check);
            say(Some(outage.act.clone()), text);
        }
        let unobserved = self.record.unobserved();
        if !unobserved.is_zero() {
            say(None, format!("for {} nobody saw whether users were served", text::lasting(unobserved)));
        }
    }

    fn probes(&self, found: &mut Vec<Exception>) {
        let mut open: HashMap<_, usize> = HashMap::new();
        for change in self.record.probes.whole() {
            // Another session finds what the one before it left: it is one trouble that goes on.
            if open.contains_key(&change.probe) && change.is_trouble() {
                continue;
            }
            if let Some(at) = open.remove(&change.probe)
                && let Some(Exception { text, .. }) = found.get_mut(at)
            {
                *text = format!("{text}; {} at {}", change.to, change.since);
            }
            // A comparison is told by its runs.
            if change.is_trouble() && change.probe.kind != Kind::Reconcile {
                open.insert(&change.probe, found.len());
                found.push(Exception {
                    kind: ExceptionKind::Probe,
                    act: Some(change.act.clone()),
                    item: None,
                    text: format!("{} {} since {}: {}", change.probe, change.to, change.since, change.saw),
                });
            }
        }
        for (probe, it) in self.record.probes.between().filter(|(_, it)| it.troubles > 0) {
            let (count, more) = (text::grouped(it.troubles), text::grouped(it.changes));
            let (from, to) = (when::utc(it.from), when::utc(it.to));
            let text = format!(
                "{probe} was in trouble {count} more times between {from} and {to}: of its {more} changes then, each is \
                 in the log, none here"
            );
            found.push(Exception { kind: ExceptionKind::Probe, act: None, item: None, text });
        }
        for run in self.record.reconciles.iter().filter(|run| !run.is_good()) {
            let missed =
                run.expected.iter().filter_map(|it| Some(format!("{}, saw {}", it.expect, it.saw.as_ref()?)));
            let why: Vec<String> = run.failed.iter().cloned().chain(missed).collect();
            found.push(Exception {
                kind: ExceptionKind::Probe,
                act: Some(run.act.clone()),
                item: None,
                text: format!("{} is not as expected: {}", run.probe, why.join("; ")),
            });
        }
        for command in &self.record.commands {
            let (act, how) = match &command.ended {
                Some(CommandEnd { exit: Some(0), .. }) => continue,
                Some(CommandEnd { exit: Some(code), act, .. }) => {
                    (act, format!("ended with exit code {code}"))
                }
                Some(CommandEnd { exit: None, act, .. }) => {
                    (act, "was lost: how it ended is not known".to_owned())
                }
                None => (&command.started, "was still running at the end of the log".to_owned()),
            };
            found.push(Exception {
                kind: ExceptionKind::Probe,
                act: Some(act.clone()),
                item: None,
                text: format!("the program {} {how}", command.job),
            });
        }
        for at in open.into_values() {
            if let Some(Exception { text, .. }) = found.get_mut(at) {
                text.push_str("; still so at the end of the log");
            }
        }
    }

    fn attribution(&self, found: &mut Vec<Exception>) {
        for (client, names) in self.record.hands.iter().filter(|(_, names)| names.len() > 1) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let tty = if client.tty.is_empty() { "one terminal" } else { &client.tty };
            let text = format!("{} acted through {tty} (login {})", names.join(", "), client.user);
            found.push(Exception { kind: ExceptionKind::Attribution, act: None, item: None, text });
        }
    }

    fn window(&self, found: &mut Vec<Exception>) {
        let Some((start, end)) = &self.record.plan.window else { return };
        let Some((first, last)) = self.span() else { return };
        let mut say =
            |text| found.push(Exception { kind: ExceptionKind::Window, act: None, item: None, text });
        let parse = |text: &str| DateTime::parse_from_rfc3339(text).ok();
        if let Some(start) = parse(start)
            && first.wall < start
        {
            say(format!("the first act on an item came before the window began, at {}", when::utc(first)));
        }
        if let Some(end) = parse(end)
            && last.wall > end
        {
            say(format!("the last act on an item came after the window ended, at {}", when::utc(last)));
        }
    }
}
