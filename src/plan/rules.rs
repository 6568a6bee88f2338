//! What a plan holds its items to: gates and annotations bound to the items they stand before, words beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use crate::checklist::{Checklist, Finding, identity};
use crate::config::{self, After, Asked, ConfigError, ConfigFinding, Edge, Gate, Settings};
use crate::expr::Expr;

mod carry;
mod lock;
mod people;

pub use lock::{Anchor, Lock};

/// What a plan holds its items to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// One for each of [`Checklist::items`].
    pub items: Vec<ItemRules>,
    /// Checks whose old side is meant to be down from the act on an item on: their names, and indices into
    /// [`Checklist::items`].
    pub expected_down: Vec<(String, usize)>,
    /// Variables that are blanks: index into [`Checklist::items`], and which of its blanks, from 0.
    pub blanks: BTreeMap<String, (usize, u32)>,
    /// The time locks, each by the items that it stands before, in order.
    pub locks: Vec<Vec<usize>>,
    /// What is not clear in the words that locks are made of, and what nobody declared can do.
    pub findings: Vec<Finding>,
}

/// What one item is held to, by its own gates and those of its phase.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemRules {
    /// All must hold.
    pub needs: Vec<Expr>,
    /// For so long, without interruption.
    pub hold: Duration,
    /// The roles that whoever ticks must have.
    pub roles: Vec<String>,
    /// How many persons must approve, the one who ticks among them; 0 and 1 are nobody else.
    pub approve: u32,
    /// A value that the second person reads out.
    pub read_back: Option<Asked>,
    /// Time to be waited before it.
    pub lock: Option<Lock>,
    /// Where a planned outage begins or ends.
    pub outage: Option<Edge>,
    /// Behind it there is no way back.
    pub point_of_no_return: bool,
    /// Temporary states that begin with it.
    pub opens: Vec<String>,
    /// Temporary states that end with it.
    pub closes: Vec<String>,
    /// Whether it can be undone after it is done; `None` if that was not said.
    pub undo: Option<bool>,
}

impl ItemRules {
    /// Nothing stands before it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == ItemRules::default()
    }

    fn add(&mut self, gate: &Gate, anchor: Option<Anchor>, first: usize) {
        for need in &gate.needs {
            if !self.needs.contains(need) {
                self.needs.push(need.clone());
            }
        }
        self.hold = self.hold.max(gate.hold);
        self.roles
            .extend(gate.role.iter().filter(|role| !self.roles.contains(role)).cloned().collect::<Vec<_>>());
        self.approve = self.approve.max(gate.approve);
        if self.read_back.is_none() {
            self.read_back.clone_from(&gate.read_back);
        }
        if gate.wait.is_some() || gate.after.is_some() {
            self.lock = Some(Lock::of(gate, anchor, first, self.lock.take()));
        }
        self.outage = gate.outage.or(self.outage);
        self.point_of_no_return |= gate.point_of_no_return;
        self.opens.extend(gate.opens.iter().cloned());
        self.closes.extend(gate.closes.iter().cloned());
        self.undo = gate.undo.or(self.undo);
    }
}

/// A lock in words: `2h after “Lower the TTL”`.
fn words(gate: &Gate) -> String {
    let wait = gate.wait.map(crate::text::short);
    let after = gate.after.as_ref().map(|after| match after {
        After::Named(name) => format!("after “{name}”"),
        After::At(at) => format!("after {}", at.to_rfc3339()),
    });
    match (wait, after) {
        (Some(wait), Some(after)) => format!("{wait} {after}"),
        (Some(wait), None) => format!("wait {wait}"),
        (None, after) => after.unwrap_or_default(),
    }
}

/// Binds gates and annotations to the items of a checklist.
///
/// # Errors
/// A gate that stands before nothing or before it is not known what, an annotation that cannot be read: with the place in
/// the sidecar or the plan. A gate that guards nothing is dangerous, so nothing of the plan is taken then.
pub fn bind(
    plan: &Path,
    sidecar: &Path,
    checklist: &Checklist,
    settings: &Settings,
    env: config::Env<'_>,
) -> Result<Rules, ConfigError> {
    let mut rules = Rules { items: vec![ItemRules::default(); checklist.items.len()], ..Rules::default() };
    let finder = Finder::of(checklist);
    let mut said = lock::Words { checklist, settings, finder: &finder, findings: Vec::new() };
    said.lay(&mut rules.items);
    let said = said.findings;
    // Where a gate says what a wait counts from.
    let mut clear = BTreeSet::new();
    let mut wrong = Wrong::default();
    let phases = checklist.phases.iter().map(|it| (&it.annotations, it.line, it.items.clone()));
    let sections = checklist.phases.iter().flat_map(|phase| &phase.sections);
    let sections = sections.map(|it| (&it.annotations, it.line, it.items.clone()));
    for (annotations, line, items) in phases.chain(sections) {
        for annotation in annotations {
            let gate = wrong.or_default(config::annotation(plan, annotation, settings, env), line);
            let anchor = wrong.anchor(&finder, &gate, true, line, items.start);
            clear.extend(gate.after.as_ref().map(|_| items.start));
            for item in items.clone() {
                rules.items[item].add(&inherited(&gate, item == items.start), anchor.clone(), items.start);
            }
        }
    }
    for (index, item) in checklist.items.iter().enumerate() {
        for annotation in &item.annotations {
            let gate = wrong.or_default(config::annotation(plan, annotation, settings, env), item.line);
            let anchor = wrong.anchor(&finder, &gate, true, item.line, index);
            clear.extend(gate.after.as_ref().map(|_| index));
            rules.items[index].add(&gate, anchor, index);
        }
    }
    for gate in &settings.gates {
        let found = match finder.gate(gate) {
            Ok(found) => found,
            Err(message) => {
                wrong.add(false, gate.place, "gate.item", message);
                continue;
            }
        };
        let Some(&first) = found.first() else { continue };
        let anchor = wrong.anchor(&finder, gate, false, gate.place.0, first);
        clear.extend(gate.after.as_ref().map(|_| first));
        for (n, item) in found.iter().enumerate() {
            let whole = gate.item.is_none();
            let gate = if whole { inherited(gate, n == 0) } else { gate.clone() };
            rules.items[*item].add(&gate, anchor.clone(), first);
        }
    }
    rules.blanks = blanks(&finder, settings, &mut wrong);
    rules.expected_down = expected_down(&finder, settings, &mut wrong);
    rules.locks = lock::groups(&rules.items);
    // What a gate has made clear is no finding any more.
    let open = said.into_iter().filter(|(first, _)| !clear.contains(first));
    rules.findings = open.map(|(_, finding)| finding).collect();
    rules.findings.extend(people::findings(checklist, settings, &rules.items));
    wrong.finish(plan, sidecar, rules)
}

/// The checks whose old side is meant to be down from an item on.
fn expected_down(finder: &Finder<'_>, settings: &Settings, wrong: &mut Wrong) -> Vec<(String, usize)> {
    let mut expected = Vec::new();
    for check in &settings.health {
        let Some((words, place)) = &check.expected_after else { continue };
        if check.public && check.old.is_none() {
            let message = format!(
                "`{}` is what users reach, without `old`: no side of it is ever meant to be down. Give it `old` and `new`, or \
                 take `public` away",
                check.name
            );
            wrong.add(false, *place, "health.down_after", message);
            continue;
        }
        match finder.item(words, 0..finder.checklist.items.len()) {
            Ok(item) => expected.push((check.name.clone(), item)),
            Err(message) => wrong.add(false, *place, "health.down_after", message),
        }
    }
    expected
}

/// The blanks that variables stand for.
fn blanks(finder: &Finder<'_>, settings: &Settings, wrong: &mut Wrong) -> BTreeMap<String, (usize, u32)> {
    let items = &finder.checklist.items;
    let mut blanks = BTreeMap::new();
    for (name, blank) in &settings.blanks {
        let found = finder.item(&blank.item, 0..items.len()).and_then(|item| {
            let all = items[item].fields.len();
            match blank.n.checked_sub(1).filter(|&n| (n as usize) < all) {
                Some(n) => Ok((item, n)),
                None => Err(format!("“{}” has {}", blank.item, crate::text::plural(all, "blank", "blanks"))),
            }
        });
        match found {
            Ok(found) => {
                blanks.insert(name.clone(), found);
            }
            Err(message) => {
                let key = format!("vars.{name}");
                wrong.add(false, blank.place, &key, format!("`{key}`: {message}"));
            }
        }
    }
    blanks
}

/// What an item has of its phase's gate: edges and states belong to the first item alone.
fn inherited(gate: &Gate, first: bool) -> Gate {
    let mut gate = gate.clone();
    if !first {
        gate.outage = None;
        gate.point_of_no_return = false;
        gate.opens.clear();
        gate.closes.clear();
    }
    gate
}

/// What is wrong, in either file.
#[derive(Default)]
struct Wrong {
    plan: Vec<ConfigFinding>,
    sidecar: Vec<ConfigFinding>,
}

impl Wrong {
    fn add(&mut self, in_plan: bool, (line, column): (u32, u32), key: &str, message: String) {
        let finding = ConfigFinding { line, column, key: key.to_owned(), message };
        if in_plan { &mut self.plan } else { &mut self.sidecar }.push(finding);
    }

    fn or_default(&mut self, gate: Result<Gate, ConfigError>, line: u32) -> Gate {
        gate.unwrap_or_else(|error| {
            let at = |finding: ConfigFinding| ConfigFinding { line, column: 1, ..finding };
            self.plan.extend(error.findings.into_iter().map(at));
            Gate::default()
        })
    }

    /// What a gate's wait counts from: what it names, else the item before it.
    fn anchor(
        &mut self,
        finder: &Finder<'_>,
        gate: &Gate,
        in_plan: bool,
        line: u32,
        first: usize,
    ) -> Option<Anchor> {
        match &gate.after {
            Some(After::At(at)) => Some(Anchor::At(*at)),
            Some(After::Named(name)) => match finder.anchor(name) {
                Ok(anchor) => Some(anchor),
                Err(message) => {
                    self.add(in_plan, (line, 1), "after", message);
                    None
                }
            },
            None => lock::before(finder.checklist, first),
        }
    }

    fn finish(self, plan: &Path, sidecar: &Path, rules: Rules) -> Result<Rules, ConfigError> {
        let (file, mut findings) =
            if self.plan.is_empty() { (sidecar, self.sidecar) } else { (plan, self.plan) };
        if findings.is_empty() {
            return Ok(rules);
        }
        findings.sort_by_key(|finding| (finding.line, finding.column));
        Err(ConfigError { file: file.to_owned(), findings })
    }
}

/// Finds items and phases by their words.
pub(crate) struct Finder<'a> {
    checklist: &'a Checklist,
    items: Vec<String>,
    phases: Vec<String>,
}

impl<'a> Finder<'a> {
    pub(crate) fn of(checklist: &'a Checklist) -> Finder<'a> {
        let items = checklist.items.iter().map(|item| identity::normal(&plain(&item.text))).collect();
        let phases = checklist.phases.iter().map(|phase| identity::heading(&plain(&phase.title))).collect();
        Finder { checklist, items, phases }
    }

    /// The items that a gate stands before.
    fn gate(&self, gate: &Gate) -> Result<Vec<usize>, String> {
        let within = match &gate.phase {
            Some(phase) => Some(self.checklist.phases[self.phase(phase)?].items.clone()),
            None => None,
        };
        match (&gate.item, within) {
            (Some(item), within) => {
                self.item(item, within.unwrap_or(0..self.checklist.items.len())).map(|item| vec![item])
            }
            (None, Some(within)) => Ok(within.collect()),
            (None, None) => Ok(Vec::new()),
        }
    }

    /// The one phase of that heading.
    pub(crate) fn phase(&self, words: &str) -> Result<usize, String> {
        let wanted = identity::heading(&plain(words));
        let title = |at: usize| self.checklist.phases[at].title.as_str();
        one(&self.phases, 0..self.phases.len(), &wanted, words, ("phase", ""), &title)
    }

    /// The one item of those words.
    pub(crate) fn item(&self, words: &str, within: std::ops::Range<usize>) -> Result<usize, String> {
        let wanted = identity::normal(&plain(words));
        let narrow = "; name its `phase` too";
        let text = |at: usize| self.checklist.items[at].text.as_str();
        one(&self.items, within, &wanted, words, ("item", narrow), &text)
    }

    /// The one item or phase of those words.
    fn anchor(&self, words: &str) -> Result<Anchor, String> {
        let all = 0..self.checklist.items.len();
        match (self.phase(words), self.item(words, all)) {
            (Ok(phase), _) => Ok(Anchor::Phase(phase)),
            (Err(_), Ok(item)) => Ok(Anchor::Item(item)),
            (Err(_), Err(message)) => Err(message.replacen("no item", "no item or phase", 1)),
        }
    }
}

/// Words as a plan's texts are kept: without the marks of code and emphasis.
fn plain(words: &str) -> String {
    words.replace(['`', '*'], "")
}

/// The one text that is equal, else the one that contains the words.
fn one<'t>(
    texts: &[String],
    within: std::ops::Range<usize>,
    wanted: &str,
    words: &str,
    (what, narrow): (&str, &str),
    written: &dyn Fn(usize) -> &'t str,
) -> Result<usize, String> {
    let equal: Vec<usize> = within.clone().filter(|&at| texts[at] == wanted).collect();
    let found = if equal.is_empty() && !wanted.is_empty() {
        within.clone().filter(|&at| texts[at].contains(wanted)).collect()
    } else {
        equal
    };
    match found[..] {
        [one] => Ok(one),
        [] => {
            let known: Vec<&str> = within.map(|at| texts[at].as_str()).collect();
            let near = config::nearest(wanted, &known);
            let near = near.and_then(|near| texts.iter().position(|text| text == near)).map(written);
            let near = near.map(|near| format!("; did you mean “{near}”?"));
            Err(format!("the plan has no {what} “{words}”{}", near.unwrap_or_default()))
        }
        _ => Err(format!("the plan has {} {what}s that “{words}” may mean{narrow}", found.len())),
    }
}
