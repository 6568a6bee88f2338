//! Gates: what must hold before an item is ticked, and for how long it has.
//!
//! Each distinct expression is evaluated once, when its probe was read or time has passed. A holding time is counted on
//! the monotonic clock and between good readings alone: it begins with the first good reading and ends with the newest,
//! and begins anew after a bad one, after a gap, after the machine slept, when the plan is amended and with every
//! start of the cockpit. So a gate never counts time that it did not see.

mod sight;
mod standing;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::State;
use super::attention::{Notice, NoticeKind};
use super::control::{Aside, Mood, News, Obstacle, Topic};
use super::msg::Msg;
use super::outline::Phase;
use crate::checklist::{ItemId, PhaseKind};
use crate::clock::Stamp;
use crate::expr::{Expr, Subject, Type, Verdict};
use crate::plan::Plan;
use crate::sample::{Kind, ProbeId, Side};
use crate::signoff::event::{Event, OverrideKind};
use crate::text;

pub use sight::Look;
pub use standing::{Standing, held};

/// The boot clock may run ahead of the monotonic one by so much before the machine has slept.
const SLEPT: Duration = Duration::from_secs(2);

/// All gates of the plan, and what is known of them.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_field_names, reason = "they are the gates")]
pub struct Gates {
    needs: Vec<Need>,
    gates: Vec<Gate>,
    /// The gate before an item, by the item's first id.
    of: HashMap<ItemId, usize>,
    /// The needs that speak of a probe.
    by_probe: HashMap<ProbeId, Vec<usize>>,
    /// What they were made of; none if that has changed since.
    made_of: Option<(Arc<Plan>, Side)>,
    /// No reading from before this counts for a holding time.
    floor: Option<Stamp>,
    /// When they were last looked at.
    last: Option<Stamp>,
    /// Changes that the log had when it was last looked at.
    changes: usize,
    /// Something was looked at anew with the last message.
    looked: bool,
}

/// What has happened, as far as gates are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Touch {
    /// This probe was read.
    Probe(ProbeId),
    /// Time has passed, or the record has changed.
    All,
    /// Nothing.
    Nothing,
}

/// One expression, whichever gates ask it.
#[derive(Clone, Debug)]
pub struct Need {
    /// What is asked.
    pub expr: Expr,
    /// Of which probe; none if no such probe is configured any more.
    pub probe: Option<ProbeId>,
    /// What is known of it.
    pub look: Look,
    run: Option<Run>,
}

/// Good readings without a gap.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// The first of them.
    since: Stamp,
    /// The newest.
    seen: Stamp,
}

/// What stands before some items.
#[derive(Clone, Debug)]
struct Gate {
    needs: Vec<usize>,
    hold: Duration,
    /// What it asks, in words.
    words: String,
    /// In the order of the record.
    items: Vec<ItemId>,
    standing: Standing,
    /// It was met in this session.
    was_met: bool,
    /// The log's last word: met or lost.
    told: Option<bool>,
}

/// The side that the migration goes to.
#[must_use]
pub fn target_side(state: &State) -> Side {
    if state.record.control.rollback().is_some() { Side::Old } else { Side::New }
}

impl Gates {
    /// What they are made of has changed: they are made anew, and no holding time lasts.
    pub(super) fn unbind(&mut self) {
        self.made_of = None;
    }

    /// How the gate before an item stands.
    #[must_use]
    pub fn standing(&self, item: ItemId) -> Option<&Standing> {
        self.of.get(&item).map(|&at| &self.gates[at].standing)
    }

    /// What the gate before an item asks, in words, and for how long it must hold.
    #[must_use]
    pub fn asks(&self, item: ItemId) -> Option<(&str, Duration)> {
        self.of.get(&item).map(|&at| (self.gates[at].words.as_str(), self.gates[at].hold))
    }

    /// The needs of the gate before an item.
    pub fn needs(&self, item: ItemId) -> impl Iterator<Item = &Need> {
        let gate = self.of.get(&item).map(|&at| &self.gates[at]);
        gate.into_iter().flat_map(|gate| gate.needs.iter().map(|&need| &self.needs[need]))
    }

    /// When a holding time ends that no reading will end; none if there is no such.
    pub(super) fn wake(&self) -> Option<Duration> {
        let left = self.gates.iter().filter_map(|gate| match gate.standing {
            Standing::Holding { held } if gate.needs.iter().all(|&at| self.needs[at].look.gap.is_none()) => {
                Some(gate.hold.saturating_sub(held))
            }
            _ => None,
        });
        left.min()
    }

    fn make(state: &State, target: Side, now: &Stamp) -> Gates {
        let mut gates =
            Gates { made_of: Some((Arc::clone(&state.plan), target)), floor: Some(*now), ..Gates::default() };
        let mut known: HashMap<(String, bool), usize> = HashMap::new();
        let mut groups: HashMap<(Vec<usize>, Duration), usize> = HashMap::new();
        for item in &state.record.items {
            let rules = state.planned.get(&item.row.id).and_then(|&at| state.plan.rules.items.get(at));
            let Some(rules) = rules.filter(|rules| !rules.needs.is_empty()) else { continue };
            let literal = item.row.kind == PhaseKind::Rollback;
            let needs: Vec<usize> = rules
                .needs
                .iter()
                .map(|expr| {
                    *known.entry((expr.source().to_owned(), literal)).or_insert_with(|| {
                        gates.needs.push(Need::new(state, expr, literal, target));
                        gates.needs.len() - 1
                    })
                })
                .collect();
            let at = *groups.entry((needs.clone(), rules.hold)).or_insert_with(|| {
                gates.gates.push(Gate::new(&rules.needs, needs, rules.hold));
                gates.gates.len() - 1
            });
            gates.gates[at].items.push(item.row.id);
            gates.of.insert(item.row.id, at);
        }
        for (at, need) in gates.needs.iter().enumerate() {
            if let Some(probe) = &need.probe {
                gates.by_probe.entry(probe.clone()).or_default().push(at);
            }
        }
        gates
    }

    /// What the log says of them since it was last looked at.
    fn hear(&mut self, state: &State) {
        let changes = &state.record.control.gates;
        for change in changes.get(self.changes..).unwrap_or_default() {
            if let Some(gate) = self.of.get(&change.item).map(|&at| &mut self.gates[at])
                && gate.words == change.gate
            {
                gate.told = Some(change.met);
            }
        }
        self.changes = changes.len();
    }

    fn look(&mut self, state: &State, touch: &Touch, target: Side, now: &Stamp) {
        let all: Vec<usize>;
        let touched = match touch {
            Touch::Probe(probe) => self.by_probe.get(probe).map_or(&[][..], Vec::as_slice),
            Touch::All => {
                all = (0..self.needs.len()).collect();
                &all
            }
            Touch::Nothing => &[],
        };
        self.looked = !touched.is_empty();
        if !self.looked {
            return;
        }
        for &at in touched {
            self.needs[at].refresh(state, target, self.floor.as_ref(), now);
        }
        for gate in &mut self.gates {
            gate.standing = standing::of(&gate.needs, &self.needs, gate.hold);
            gate.was_met |= matches!(gate.standing, Standing::Met { .. });
        }
    }
}

impl Need {
    /// `literal`: old and new mean what they say, as in the steps of a rollback itself.
    fn new(state: &State, expr: &Expr, literal: bool, target: Side) -> Need {
        let probe = expr.subject().and_then(|subject| meant(state, subject, !literal && target == Side::Old));
        Need { expr: expr.clone(), probe, look: Look::nothing(), run: None }
    }

    fn refresh(&mut self, state: &State, target: Side, floor: Option<&Stamp>, now: &Stamp) {
        let Some(probe) = &self.probe else { return };
        self.look = sight::look(state, &self.expr, probe, target, now);
        let (true, Some(read)) = (self.look.is_met(), self.look.read) else {
            self.run = None;
            return;
        };
        // What stands until it is contradicted is seen at every moment.
        let seen = if self.look.gap.is_none() { *now } else { read };
        // By the clock that goes on while the machine sleeps: a reading from before the sleep is from before.
        if floor.is_some_and(|floor| seen.boot < floor.boot) {
            self.run = None;
            return;
        }
        let gap = |run: &Run| self.look.gap.is_some_and(|gap| seen.since(&run.seen) > gap);
        self.run = match self.run {
            Some(run) if !gap(&run) => Some(Run { seen, ..run }),
            _ => Some(Run { since: seen, seen }),
        };
    }
}

/// The probe that a subject means. Without a side it is the one that users reach; `swapped`, old and new have changed
/// places.
pub(super) fn meant(state: &State, subject: &Subject, swapped: bool) -> Option<ProbeId> {
    let live = &state.live;
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == subject.kind)?;
    let named = |name: &str| ProbeId { kind, name: name.to_owned(), side: None };
    if subject.name.is_empty() {
        return live
            .hosts
            .first()
            .filter(|_| kind == Kind::Host)
            .map(|host| host.settings.name.as_str())
            .map(named);
    }
    let mut probe: ProbeId = subject.to_string().parse().ok()?;
    match kind {
        Kind::Health => {
            let check = live.checks.iter().find(|check| check.settings.name == probe.name)?;
            probe.side = match probe.side {
                Some(Side::Old) if swapped => Some(Side::New),
                Some(Side::New) if swapped => Some(Side::Old),
                None => check.side(Some(Side::Live)).map(|_| Side::Live),
                side => side,
            };
            check.side(probe.side).map(|cell| cell.id.clone())
        }
        Kind::Dns => {
            let records = live.records.iter().map(|record| record.settings.id());
            let is = |id: &String| {
                *id == probe.name || id.rsplit_once('/').is_some_and(|(name, _)| name == probe.name)
            };
            records.into_iter().find(is).map(|id| named(&id))
        }
        _ => Some(probe),
    }
}

/// The probes that users reach: the live side of a public check, or its only one.
pub(super) fn public(state: &State) -> impl Iterator<Item = &ProbeId> {
    let checks = state.live.checks.iter().filter(|check| check.settings.public);
    let cells = checks.flat_map(|check| &check.cells);
    cells.map(|cell| &cell.id).filter(|id| !matches!(id.side, Some(Side::Old | Side::New)))
}

/// What a probe sees of a fact at this moment, `yes` or `no` of one that only holds or does not; `None` if that cannot
/// be told.
pub(super) fn seen(state: &State, expr: &Expr, literal: bool, now: &Stamp) -> Option<String> {
    let target = target_side(state);
    let probe = meant(state, expr.subject()?, !literal && target == Side::Old)?;
    let look = sight::look(state, expr, &probe, target, now);
    let holds = match look.verdict {
        Verdict::Met => true,
        Verdict::Unmet { .. } => false,
        Verdict::Unknown { .. } => return None,
    };
    let plain = expr.facts().next().is_some_and(|fact| fact.kind() == Type::Bool);
    Some(if plain { if holds { "yes" } else { "no" }.to_owned() } else { look.saw })
}

impl Gate {
    fn new(exprs: &[Expr], needs: Vec<usize>, hold: Duration) -> Gate {
        let all: Vec<&str> = exprs.iter().map(Expr::source).collect();
        let hold_words = if hold.is_zero() { String::new() } else { format!(" for {}", text::exact(hold)) };
        let words = format!("{}{hold_words}", all.join(" and "));
        let standing = Standing::Unknown { need: 0, why: "not read yet".to_owned() };
        Gate { needs, hold, words, items: Vec::new(), standing, was_met: false, told: None }
    }

    /// The first item before which it still matters.
    fn open_item(&self, state: &State) -> Option<ItemId> {
        self.items.iter().copied().find(|id| matters(state, *id))
    }

    /// It fell, as far as this session can tell.
    fn fell(&self, needs: &[Need]) -> bool {
        match &self.standing {
            Standing::Met { .. } => false,
            Standing::Unmet { .. } => true,
            Standing::Holding { .. } => self.was_met,
            Standing::Unknown { need, .. } => self.was_met || needs[*need].look.read.is_some(),
        }
    }
}

/// An item that is open, in a phase that applies.
fn matters(state: &State, id: ItemId) -> bool {
    state
        .item(id)
        .is_some_and(|item| item.state.is_open() && !item.removed && state.record.is_work(item.row.kind))
}

/// An item of the phase at work, or of one before it: what becomes of its gate calls the operator. Of a later phase the
/// item's row and the log tell.
fn is_near(state: &State, id: ItemId) -> bool {
    let open = |index: &usize| state.record.items[*index].state.is_open();
    let works = |phase: &Phase| state.record.is_work(phase.kind) && phase.items.iter().any(open);
    let at_work = state.outline.phases.iter().position(works);
    let of = state.record.index.get(&id).and_then(|&index| state.outline.phase_of(index));
    at_work.zip(of).is_none_or(|(at_work, of)| of <= at_work)
}

/// What is known of what an expression asks of a probe.
pub(super) fn look(state: &State, expr: &Expr, probe: &ProbeId, now: &Stamp) -> Look {
    sight::look(state, expr, probe, target_side(state), now)
}

/// Before a message is taken in: what it will touch. What a key decides is decided by what is known at that moment.
pub(super) fn before(state: &mut State, msg: &Msg, now: &Stamp) -> Touch {
    match msg {
        Msg::Action { .. } | Msg::Confirm | Msg::Choose(_) => {
            advance(state, &Touch::All, now);
            Touch::Nothing
        }
        Msg::Sample(id, _) | Msg::Lines(id, _) => Touch::Probe(id.clone()),
        Msg::Wake | Msg::Appended(_) => Touch::All,
        _ => Touch::Nothing,
    }
}

/// Looks at the gates anew, as far as something has changed.
pub(super) fn advance(state: &mut State, touch: &Touch, now: &Stamp) {
    let target = target_side(state);
    let mut gates = std::mem::take(&mut state.gates);
    let made =
        gates.made_of.as_ref().is_some_and(|(plan, side)| Arc::ptr_eq(plan, &state.plan) && *side == target);
    let mut touch = touch;
    if !made {
        gates = Gates { last: gates.last, ..Gates::make(state, target, now) };
        touch = &Touch::All;
    }
    if let Some(last) = gates.last.replace(*now) {
        let slept = now.since(&last).saturating_sub(now.mono.saturating_sub(last.mono));
        if slept > SLEPT {
            gates.floor = Some(*now);
            gates.needs.iter_mut().for_each(|need| need.run = None);
            touch = &Touch::All;
        }
    }
    gates.hear(state);
    gates.look(state, touch, target, now);
    state.gates = gates;
}

/// The gate before an item, where it is not met.
pub(super) fn obstacle(state: &State, id: ItemId) -> Option<Obstacle> {
    let gates = &state.gates;
    let gate = &gates.gates[*gates.of.get(&id)?];
    let verdict = standing::verdict(&gate.standing, &gates.needs, gate.hold, gate.words.as_str())?;
    Some(Obstacle { item: id, kind: OverrideKind::Gate, verdict: text::clean(&verdict).into_owned() })
}

/// Gates that were met or lost, once each.
pub(super) fn news(state: &State) -> Vec<News> {
    let mut news = Vec::new();
    let gates = &state.gates;
    for gate in gates.gates.iter().filter(|_| gates.looked) {
        let met = matches!(gate.standing, Standing::Met { .. });
        let fell = !met && gate.told == Some(true) && gate.fell(&gates.needs);
        if !(fell || (met && gate.told != Some(true))) {
            continue;
        }
        let Some(item) = gate.open_item(state) else { continue };
        let words = gate.words.clone();
        let (event, what) = match &gate.standing {
            Standing::Met { held } => {
                let saws: Vec<&str> =
                    gate.needs.iter().map(|&at| gates.needs[at].look.saw.as_str()).collect();
                let held_ms = u64::try_from(held.as_millis()).unwrap_or(u64::MAX);
                (Event::GateMet { item, gate: words, held_ms, saw: saws.join("; ") }, "met")
            }
            standing => {
                let verdict = standing::verdict(standing, &gates.needs, gate.hold, &gate.words);
                (Event::GateLost { item, gate: words, saw: verdict.unwrap_or_default() }, "lost")
            }
        };
        let text = state.item(item).map(|item| text::clean(&item.row.text).into_owned()).unwrap_or_default();
        let clause = format!("gate {what}: {} (“{}”)", text::clean(&gate.words), text::truncate(&text, 40));
        let notice = Some(Notice { kind: NoticeKind::Gate, text: clause }).filter(|_| is_near(state, item));
        news.push(News { topic: Topic::Gate(item), event, notice });
    }
    news
}

/// What an item's row shows of its gate.
pub(super) fn aside(state: &State, id: ItemId) -> Option<Aside> {
    let (_, hold) = state.gates.asks(id)?;
    let standing = state.gates.standing(id)?;
    let (mood, words) = match standing {
        Standing::Met { .. } => (Mood::Good, "gate met".to_owned()),
        Standing::Holding { held: span } => {
            (Mood::Waiting, format!("gate {} of {}", held(*span), text::exact(hold)))
        }
        Standing::Unmet { short, .. } => (Mood::Bad, format!("gate: saw {}", text::truncate(short, 40))),
        Standing::Unknown { why, .. } => (Mood::Unknown, format!("gate ?: {}", text::truncate(why, 40))),
    };
    Some(Aside { mood, words: text::clean(&words).into_owned() })
}
