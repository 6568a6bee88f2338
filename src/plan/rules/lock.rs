//! Time to be waited before items: by the plan's words, by gates, and by both together.

use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use super::{Finder, ItemRules, words};
use crate::checklist::{Checklist, Finding, PhaseKind, Severity, Wait, identity};
use crate::config::{DnsRecord, Gate, Settings};

/// Time to be waited before an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// For at least so long; zero if only the anchor is waited for.
    pub least: Duration,
    /// At most, where the plan's words give a range.
    pub most: Option<Duration>,
    /// What it counts from; `None` if that is not clear, and then it never opens by itself.
    pub anchor: Option<Anchor>,
    /// In the plan's own words, or the gate's.
    pub words: String,
    /// The first of the items that it stands before: index into [`Checklist::items`].
    pub first: usize,
}

/// What a lock counts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// This item is settled: index into [`Checklist::items`].
    Item(usize),
    /// All items of this phase are settled: index into [`Checklist::phases`].
    Phase(usize),
    /// A moment.
    At(DateTime<FixedOffset>),
    /// No cache holds an answer with the old TTL any more, as these DNS records tell.
    Ttl {
        /// Their names, as the sidecar gives them.
        records: Vec<String>,
        /// The records are changed before: what may not be held any more is the old answer itself.
        changed: bool,
    },
}

impl Lock {
    /// A gate's lock over the one by words: what the gate says wins, what it leaves out stays.
    ///
    /// A longer wait further down in a phase (`After 7 days`) stays below the gate of the whole phase, and counts from
    /// what the gate names.
    pub(super) fn of(gate: &Gate, anchor: Option<Anchor>, first: usize, before: Option<Lock>) -> Lock {
        let Some(before) = before else {
            let least = gate.wait.unwrap_or_default();
            return Lock { least, most: None, anchor, words: words(gate), first };
        };
        if before.first > first && gate.wait.is_some_and(|wait| before.least > wait) {
            let anchor = if gate.after.is_some() { anchor } else { before.anchor };
            return Lock { anchor, ..before };
        }
        let keeps = gate.after.is_none() && !matches!(before.anchor, Some(Anchor::Ttl { .. }) | None);
        Lock {
            least: gate.wait.unwrap_or(before.least),
            most: if gate.wait.is_some() { None } else { before.most },
            anchor: if keeps { before.anchor } else { anchor },
            words: if gate.wait.is_some() { words(gate) } else { before.words },
            first,
        }
    }
}

/// Locks that stand before the same items: one lock each, by the items it stands before.
pub(super) fn groups(items: &[ItemRules]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, rules) in items.iter().enumerate() {
        let Some(lock) = &rules.lock else { continue };
        let same = |group: &&mut Vec<usize>| {
            group.first().and_then(|&at| items[at].lock.as_ref()).is_some_and(|it| it == lock)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    groups
}

/// What an item's wait counts from where nothing names it: what is done just before it.
///
/// That is the step before it on its own level, else what stands before the step it is part of, else the phase before.
pub(super) fn before(checklist: &Checklist, index: usize) -> Option<Anchor> {
    let item = checklist.items.get(index)?;
    let here = checklist.phases.get(item.phase)?;
    let level = here.items.start..index;
    if let Some(at) = level.rev().find(|&at| checklist.items[at].parent == item.parent) {
        return Some(Anchor::Item(at));
    }
    if let Some(parent) = item.parent {
        return before(checklist, parent);
    }
    if here.kind == PhaseKind::Rollback {
        return None;
    }
    let work =
        |at: &usize| checklist.phases[*at].kind == PhaseKind::Work && !checklist.phases[*at].items.is_empty();
    (0..item.phase).rev().find(work).map(Anchor::Phase)
}

/// Reads the waits that the plan's words ask for.
pub(super) struct Words<'a> {
    pub checklist: &'a Checklist,
    pub settings: &'a Settings,
    pub finder: &'a Finder<'a>,
    /// With the item that each is about.
    pub findings: Vec<(usize, Finding)>,
}

impl Words<'_> {
    /// Locks by headings first, then by the items' own words.
    pub fn lay(&mut self, items: &mut [ItemRules]) {
        let checklist = self.checklist;
        for phase in &checklist.phases {
            if let Some(wait) = &phase.wait {
                self.hold(wait, phase.items.clone(), None, items);
            }
            // `After 24 hours`, `After 7 days`: all of them count from what the first counts from.
            let mut shared = None;
            for section in &phase.sections {
                let Some(wait) = &section.wait else { continue };
                // What stands behind a wait comes after it, whatever its heading says.
                let held = section.items.start..phase.items.end;
                shared = self.hold(wait, held, shared, items);
            }
        }
        for (index, item) in checklist.items.iter().enumerate() {
            let Some(wait) = &item.wait else { continue };
            let longer =
                items[index].lock.as_ref().is_some_and(|lock| lock.first == index && lock.least > wait.least);
            if !longer {
                self.hold(wait, index..index + 1, None, items);
            }
        }
    }

    fn hold(
        &mut self,
        wait: &Wait,
        held: Range<usize>,
        shared: Option<Anchor>,
        items: &mut [ItemRules],
    ) -> Option<Anchor> {
        let first = held.start;
        if held.is_empty() || held.end > items.len() {
            return shared;
        }
        let anchor = if wait.least.is_zero() {
            let Some(anchor) = self.ttl(wait, first) else { return shared };
            Some(anchor)
        } else {
            self.anchor(wait, first, shared)
        };
        let lock = Lock {
            least: wait.least,
            most: wait.most,
            anchor: anchor.clone(),
            words: wait.words.clone(),
            first,
        };
        for item in &mut items[held] {
            item.lock = Some(lock.clone());
        }
        anchor
    }

    fn anchor(&mut self, wait: &Wait, first: usize, shared: Option<Anchor>) -> Option<Anchor> {
        let usual = shared.or_else(|| before(self.checklist, first));
        let Some(named) = &wait.after else {
            if usual.is_none() {
                self.find(first, "wait-anchor", wait, "has nothing before it that it could count from");
            }
            return usual;
        };
        match self.named(named, first) {
            Ok(anchor) => Some(anchor),
            Err(why) => {
                let instead = match &usual {
                    Some(Anchor::Item(at)) => {
                        format!("; it counts from “{}” now", self.checklist.items[*at].text)
                    }
                    Some(Anchor::Phase(at)) => {
                        format!("; it counts from the phase “{}” now", self.checklist.phases[*at].title)
                    }
                    _ => String::new(),
                };
                self.find(first, "wait-anchor", wait, &format!("counts from “{named}”, {why}{instead}"));
                usual
            }
        }
    }

    /// The one phase, else the one item, before an item that words mean; why not, if not.
    fn named(&self, words: &str, first: usize) -> Result<Anchor, String> {
        let list = self.checklist;
        let here = list.items[first].phase;
        let wanted = identity::normal(words);
        let phases: Vec<usize> = (0..here).filter(|&at| means(&list.phases[at].title, &wanted)).collect();
        if let [phase] = phases[..] {
            return Ok(Anchor::Phase(phase));
        }
        // What is said in full beats what is merely like it.
        if let Ok(Anchor::Item(at)) = self.finder.anchor(words)
            && at < first
        {
            return Ok(Anchor::Item(at));
        }
        let items: Vec<usize> = (0..first).filter(|&at| means(&list.items[at].text, &wanted)).collect();
        match (items.as_slice(), phases.len()) {
            ([item], 0) => Ok(Anchor::Item(*item)),
            ([], 0) => Err("which nothing before it is called".to_owned()),
            (items, phases) => {
                Err(format!("which {} items and phases before it may mean", items.len() + phases))
            }
        }
    }

    fn ttl(&mut self, wait: &Wait, first: usize) -> Option<Anchor> {
        let records = &self.settings.dns;
        if records.is_empty() {
            let what = "cannot be told without a record to look at: name it in [[dns]] of the sidecar";
            self.find(first, "ttl-unknown", wait, what);
            return None;
        }
        let said = wait.words.to_lowercase();
        let named: Vec<_> = records.iter().filter(|it| said.contains(&it.record.to_lowercase())).collect();
        let all = if named.is_empty() { records.iter().collect() } else { named };
        let changed = self.checklist.items[..first].iter().any(|item| changes_dns(&item.text));
        Some(Anchor::Ttl { records: all.into_iter().map(DnsRecord::id).collect(), changed })
    }

    fn find(&mut self, first: usize, code: &'static str, wait: &Wait, what: &str) {
        let hint = "say it: <!-- cutover: wait = \"…\", after = \"…\" -->";
        let message = format!("the wait “{}” {what}; {hint}", wait.words);
        let severity = Severity::Warning;
        self.findings.push((first, Finding { severity, code, line: wait.line, column: 1, message }));
    }
}

/// Whether every word that is wanted is among the words of a text, whatever their endings.
fn means(text: &str, wanted: &str) -> bool {
    let stems = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(|word| stem(&word.to_lowercase()).to_owned()).collect()
    };
    let (there, wanted) = (stems(text), stems(wanted));
    !wanted.is_empty() && wanted.iter().all(|word| there.contains(word))
}

fn stem(word: &str) -> &str {
    let endings = ["ing", "ed", "es", "s", "d", "e"];
    let stripped = endings.iter().find_map(|ending| word.strip_suffix(ending)).unwrap_or(word);
    if stripped.chars().count() >= 3 { stripped } else { word }
}

/// Whether an item says that the record itself is changed.
fn changes_dns(text: &str) -> bool {
    let text = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    has(&["dns", "cname", "a record", "a-record", "nameserver"])
        && has(&["updat", "chang", "switch", "point", "saved", "flip", "cut over", "repoint"])
        && !has(&["ttl", "lower", "verify", "check", "test"])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::checklist::{Options, parse};
    use crate::config;
    use crate::plan::rules::{Rules, bind};

    fn bound(markdown: &str, sidecar: &str) -> (Checklist, Rules) {
        let list = parse(markdown.as_bytes(), &Options::default());
        let settings = config::load(Path::new("p.toml"), sidecar, &|_| None).unwrap();
        let rules = bind(Path::new("p.md"), Path::new("p.toml"), &list, &settings, &|_| None).unwrap();
        (list, rules)
    }

    fn lock(bound: &(Checklist, Rules), text: &str) -> Option<Lock> {
        let at = bound.0.items.iter().position(|item| item.text.starts_with(text)).unwrap();
        bound.1.items[at].lock.clone()
    }

    const H: Duration = Duration::from_hours(1);

    #[test]
    fn waits_under_headings_count_from_the_phase_before_them_all() {
        let plan = bound(
            "# Move\n## 5 DNS\n- [ ] switch\n## 6 Watch\n- [ ] look\n## 7 Decommission\n\
             ### After 24-48 hours of stable operation\n- [ ] confirm\n### Stop old services\n- [ ] stop\n\
             ### After 7 days\n- [ ] delete app\n### After 30 days\n- [ ] delete group\n## Post\n- [ ] note\n",
            "",
        );
        let day = lock(&plan, "confirm").unwrap();
        assert_eq!((day.least, day.most), (24 * H, Some(48 * H)));
        assert_eq!(day.anchor, Some(Anchor::Phase(1)));
        assert_eq!(lock(&plan, "stop"), Some(day), "what stands behind a wait comes after it");
        let week = lock(&plan, "delete app").unwrap();
        assert_eq!((week.least, &week.anchor), (168 * H, &Some(Anchor::Phase(1))));
        assert_eq!(lock(&plan, "delete group").unwrap().least, 720 * H);
        assert_eq!(lock(&plan, "note"), None, "another phase");
        assert_eq!(plan.1.locks, [vec![2, 3], vec![4], vec![5]]);
        assert!(plan.1.findings.is_empty());
    }

    #[test]
    fn a_gate_of_the_phase_leaves_longer_waits_in_it() {
        let plan = bound(
            "# Move\n## 5 DNS\n- [ ] switch\n- [ ] tell\n## 7 Decommission\n- [ ] confirm\n\
             ### After 7 days\n- [ ] delete app\n",
            "[[gate]]\nphase = \"7 Decommission\"\nwait = \"24h\"\nafter = \"switch\"\n",
        );
        let (day, week) = (lock(&plan, "confirm").unwrap(), lock(&plan, "delete app").unwrap());
        assert_eq!((day.least, &day.anchor), (24 * H, &Some(Anchor::Item(0))));
        assert_eq!((week.least, &week.anchor), (168 * H, &Some(Anchor::Item(0))));
    }

    #[test]
    fn an_anchor_is_found_by_its_words_where_one_fits() {
        let plan = bound(
            "# Move\n## Work\n- [ ] Updated the record\n- [ ] Saved DNS changes\n- [ ] Told everybody\n\
             - [ ] Wait 10 minutes after the DNS change\n- [ ] Wait 5 minutes\n- [ ] Wait an hour after the flip\n\
             ## DNS cutover\n- [ ] x\n## End\n- [ ] 2 hours after cutover: raise the TTL\n  - [ ] Wait 1 minute\n",
            "",
        );
        assert_eq!(lock(&plan, "Wait 10").unwrap().anchor, Some(Anchor::Item(1)));
        assert_eq!(lock(&plan, "Wait 5").unwrap().anchor, Some(Anchor::Item(3)), "the step before it");
        assert_eq!(
            lock(&plan, "Wait an hour").unwrap().anchor,
            Some(Anchor::Item(4)),
            "nothing is called so"
        );
        assert_eq!(lock(&plan, "2 hours").unwrap().anchor, Some(Anchor::Phase(1)));
        assert_eq!(
            lock(&plan, "Wait 1 minute").unwrap().anchor,
            Some(Anchor::Phase(1)),
            "never its own parent"
        );
        let [finding] = &plan.1.findings[..] else { panic!("{:?}", plan.1.findings) };
        assert_eq!((finding.code, finding.line), ("wait-anchor", 8));
        assert!(finding.message.contains("“flip”, which nothing before it is called"), "{}", finding.message);
    }

    #[test]
    fn a_wait_with_nothing_before_it_is_a_finding_until_after_names_it() {
        let plan = bound("# Move\n## One\n- [ ] Wait 5 minutes\n", "");
        assert_eq!(lock(&plan, "Wait").unwrap().anchor, None);
        assert_eq!(plan.1.findings[0].code, "wait-anchor");
        let two =
            "# Move\n## One\n- [ ] cut over dns\n- [ ] cut over mail\n- [ ] Wait 5 minutes after the cut";
        let plan = bound(two, "");
        assert!(plan.1.findings[0].message.contains("2 items and phases"), "{:?}", plan.1.findings);
        let named = format!("{two} <!-- cutover: after = \"cut over dns\" -->\n");
        let plan = bound(&named, "");
        let lock = lock(&plan, "Wait").unwrap();
        assert_eq!(
            (lock.least, lock.anchor),
            (Duration::from_mins(5), Some(Anchor::Item(0))),
            "the words' length"
        );
        assert!(plan.1.findings.is_empty(), "{:?}", plan.1.findings);
    }

    #[test]
    fn a_gate_wins_over_words() {
        let list = "# Move\n## One\n- [ ] first\n- [ ] second\n- [ ] Wait 24-48 hours\n";
        let plan = bound(list, "[[gate]]\nitem = \"Wait 24-48 hours\"\nwait = \"10m\"\nafter = \"first\"\n");
        let lock = lock(&plan, "Wait").unwrap();
        assert_eq!(
            (lock.least, lock.most, lock.anchor),
            (Duration::from_mins(10), None, Some(Anchor::Item(0)))
        );
        let plan = bound(list, "phrases_off = [\"wait\"]\n");
        // The checklist was read with the rule: here only the sidecar says it, as `load` does not.
        assert!(plan.1.items[2].lock.is_some());
    }

    #[test]
    fn an_old_ttl_is_told_by_the_records() {
        let list = "# Move\n## One\n- [ ] Old TTL has expired\n- [ ] Updated DNS CNAME record\n- [ ] Wait for the TTL to expire\n";
        let plan = bound(list, "");
        assert_eq!((lock(&plan, "Old"), lock(&plan, "Wait")), (None, None));
        assert_eq!(plan.1.findings[0].code, "ttl-unknown");
        let dns = "[[dns]]\nname = \"api\"\nrecord = \"api.example.com\"\nold = \"192.0.2.1\"\nnew = \"192.0.2.2\"\n";
        let plan = bound(list, dns);
        let of = |text: &str| match lock(&plan, text).unwrap().anchor {
            Some(Anchor::Ttl { records, changed }) => (records.len(), changed),
            other => panic!("{other:?}"),
        };
        assert_eq!((of("Old"), of("Wait")), ((1, false), (1, true)));
        assert!(plan.1.findings.is_empty());
    }
}
