//! Decisions: which way of several is taken, what that closes, and taking it back.
//!
//! The plan says where ways part ([`Fork`]), the log which was taken. A decision holds after an edit of the plan, too:
//! steps that come into a way not taken are closed by the machine, as part of the same decision; steps that leave it are
//! open again.

use super::acts;
use super::control::{News, Topic};
use super::layer::{Answer, Choice, Kind, Layer, Purpose, Then};
use super::msg::Effect;
use super::outline::Cursor;
use super::{State, Tick, evidence, prompt};
use crate::checklist::{self, ItemId};
use crate::clock::Stamp;
use crate::record::control::Decision;
use crate::record::{ItemRecord, ItemState};
use crate::signoff::event::{DecisionKind, Event, Row};
use crate::text;

/// A place of the plan where one of several ways is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// What the log calls it; stays through edits elsewhere.
    pub id: String,
    /// What is decided.
    pub title: String,
    /// A choice of ways, or a branch.
    pub kind: DecisionKind,
    /// The item that says which way was taken.
    pub item: Option<ItemId>,
    /// The ways.
    pub ways: Vec<Way>,
}

/// One of several ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Its name.
    pub name: String,
    /// Its items, by their first ids.
    pub items: Vec<ItemId>,
}

impl Fork {
    /// The items that do not apply if that way is taken.
    #[must_use]
    pub fn closes(&self, way: usize) -> Vec<ItemId> {
        let Some(taken) = self.ways.get(way) else { return Vec::new() };
        let mut closes: Vec<ItemId> = Vec::new();
        for item in self.ways.iter().flat_map(|way| &way.items) {
            if !taken.items.contains(item) && !closes.contains(item) {
                closes.push(*item);
            }
        }
        closes
    }

    fn holds(&self, id: ItemId) -> bool {
        self.ways.iter().any(|way| way.items.contains(&id))
    }
}

/// A way that is taken with a tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Of which fork, by its id.
    pub fork: String,
    /// Which way.
    pub way: usize,
    /// Why, if that was said.
    pub reason: Option<String>,
}

/// Where the plan's ways part, by the ids of the record.
pub(super) fn forks(state: &State) -> Vec<Fork> {
    let list = &state.plan.checklist;
    let handle = |at: &usize| list.items.get(*at).map(|item| state.record.handle(item.id));
    let mut all: Vec<Fork> = Vec::new();
    for decision in &list.decisions {
        let ways: Vec<Way> = decision
            .options
            .iter()
            .map(|option| Way {
                name: option.name.clone(),
                items: option.items.iter().filter_map(handle).collect(),
            })
            .collect();
        let mut id = named(list, decision);
        let same = all.iter().filter(|fork| fork.id == id).count();
        if same > 0 {
            id = format!("{id} #{}", same + 1);
        }
        let kind = if decision.rule == "choice" { DecisionKind::Choice } else { DecisionKind::Branch };
        let item = decision.item.as_ref().and_then(handle);
        all.push(Fork { id, title: decision.title.clone(), kind, item, ways });
    }
    all
}

/// `database migration: strategy a`: the phase and the first way, which outlive a better wording of the question.
fn named(list: &checklist::Checklist, decision: &checklist::Decision) -> String {
    let first = decision.options.iter().flat_map(|it| it.items.iter().copied()).min().or(decision.item);
    let phase = first.and_then(|at| list.items.get(at)).and_then(|item| list.phases.get(item.phase));
    let phase = phase.map(|phase| checklist::identity::heading(&phase.title)).unwrap_or_default();
    let way = decision.options.first().map(|it| checklist::choices::short(&it.name)).unwrap_or_default();
    let way = if decision.rule == "choice" { way } else { &decision.title };
    format!("{phase}: {}", checklist::identity::normal(way))
}

impl State {
    /// The decision that the log holds for a fork: by its name, else by what it closed.
    #[must_use]
    pub fn decided(&self, fork: &Fork) -> Option<&Decision> {
        let control = &self.record.control;
        control.decision(&fork.id).or_else(|| {
            let other = |id: &str| self.forks.iter().any(|it| it.id == id);
            control.decisions.iter().rev().find(|it| {
                it.reopened.is_none()
                    && matches!(it.kind, DecisionKind::Choice | DecisionKind::Branch)
                    && !other(&it.id)
                    && it.closes.iter().any(|id| fork.holds(*id))
            })
        })
    }

    /// Which way was taken: the one of that name, else the only one that the decision did not close.
    #[must_use]
    pub fn taken(&self, fork: &Fork) -> Option<usize> {
        let made = self.decided(fork)?;
        fork.ways.iter().position(|way| way.name == made.choice).or_else(|| {
            let mut left = (0..fork.ways.len())
                .filter(|way| !fork.ways[*way].items.iter().any(|id| made.closes.contains(id)));
            left.next().filter(|_| left.next().is_none())
        })
    }

    /// The item above which a fork's line stands: index into [`Record::items`](crate::record::Record::items).
    #[must_use]
    pub fn below_fork(&self, fork: &Fork) -> Option<usize> {
        let at = |id: &ItemId| self.record.index.get(id).copied();
        let items = fork.ways.iter().flat_map(|way| &way.items).filter_map(at);
        // Children of the item that asks stand elsewhere than the ways.
        let apart = |row: &Row| row.parent.is_none() || row.parent != fork.item;
        items.filter(|at| apart(&self.record.items[*at].row)).min()
    }

    /// The open decision that an item waits for, and the way that it is a step of, if it is one's.
    fn undecided(&self, id: ItemId) -> Option<(&Fork, Option<usize>)> {
        let open = self.forks.iter().filter(|fork| self.decided(fork).is_none());
        let mut found = open.filter_map(|fork| {
            let mut ways = (0..fork.ways.len()).filter(|way| fork.ways[*way].items.contains(&id));
            match (ways.next(), ways.next()) {
                (Some(way), None) => Some((fork, Some(way))),
                (Some(_), Some(_)) => None,
                _ => (fork.item == Some(id)).then_some((fork, None)),
            }
        });
        found.next()
    }
}

/// The key: decides the fork under the cursor, or the next that is open; one that is decided is reopened.
pub(super) fn key(state: &mut State, now: &Stamp) -> Vec<Effect> {
    let own = match state.ui.cursor {
        Cursor::Item(id) => state.forks.iter().rposition(|fork| fork.holds(id) || fork.item == Some(id)),
        Cursor::Decision(fork) => Some(fork),
        Cursor::Phase(phase) => {
            let items = state.outline.phases.get(phase).map(|it| it.items.clone()).unwrap_or_default();
            let ids: Vec<ItemId> = items.iter().map(|&at| state.record.items[at].row.id).collect();
            state.forks.iter().position(|fork| ids.iter().any(|id| fork.holds(*id)))
        }
    };
    let open = || state.forks.iter().position(|fork| state.decided(fork).is_none());
    let Some(fork) = own.or_else(open).and_then(|at| state.forks.get(at)).cloned() else {
        state.notice(now, "Nothing is to be decided here");
        return Vec::new();
    };
    match state.decided(&fork).map(|made| made.id.clone()) {
        Some(made) => prompt::ask(state, Purpose::ReopenDecision(made), now),
        None => ask(state, &fork, &Tick::default(), now),
    }
    Vec::new()
}

/// Asks which way is taken.
fn ask(state: &mut State, fork: &Fork, tick: &Tick, now: &Stamp) {
    let mut lines = vec!["The steps of the other ways will not apply; it can be reopened.".to_owned()];
    if state.rehearsal() {
        lines.push("REHEARSAL".to_owned());
    }
    let mut answers: Vec<Answer> = ('a'..='m')
        .zip(fork.ways.iter().enumerate())
        .map(|(key, (way, it))| {
            let closes = open_of(state, &fork.closes(way));
            let name = text::truncate(&text::clean(&it.name), 44).into_owned();
            let label = format!("{name} · closes {}", text::plural(closes, "item", "items"));
            Answer { key, label, then: Then::Take(fork.id.clone(), way, tick.clone()) }
        })
        .collect();
    answers.push(Answer { key: 'n', label: "back, decide nothing".to_owned(), then: Then::Back });
    let title = text::truncate(&text::clean(&fork.title), 60).into_owned();
    state.ui.layers.push(Layer { opened: *now, kind: Kind::Choice(Choice { title, lines, answers }) });
}

fn open_of(state: &State, ids: &[ItemId]) -> usize {
    ids.iter().filter(|id| state.item(**id).is_some_and(|it| it.state.is_open())).count()
}

/// A tick that an open decision comes before: the choice is offered instead. Says whether it was.
pub(super) fn before(state: &mut State, ids: &[ItemId], now: &Stamp) -> bool {
    let found = ids.iter().find_map(|id| state.undecided(*id)).map(|(fork, way)| (fork.clone(), way));
    let Some((fork, way)) = found else { return false };
    let [_] = ids else {
        let title = text::truncate(&text::clean(&fork.title), 60).into_owned();
        state.notice(now, format!("“{title}” is not decided: D decides"));
        return true;
    };
    let tick = Tick::of(ids);
    let Some(way) = way else {
        ask(state, &fork, &tick, now);
        return true;
    };
    let name = text::truncate(&text::clean(&fork.ways[way].name), 44).into_owned();
    let closes = open_of(state, &fork.closes(way));
    let lines =
        vec![format!("Of “{}” nothing is chosen yet.", text::truncate(&text::clean(&fork.title), 60))];
    let label = format!("choose it and tick; closes {}", text::plural(closes, "item", "items"));
    let answers = vec![
        Answer { key: 'c', label, then: Then::Take(fork.id.clone(), way, tick) },
        Answer { key: 'n', label: "back, tick nothing".to_owned(), then: Then::Back },
    ];
    let title = format!("This is a step of {name}");
    state.ui.layers.push(Layer { opened: *now, kind: Kind::Choice(Choice { title, lines, answers }) });
    true
}

/// What the prompt for a reason asks.
pub(super) fn question(state: &State, fork: &str, way: usize) -> (String, String) {
    let fork = state.forks.iter().find(|it| it.id == fork);
    let name = fork.and_then(|fork| fork.ways.get(way)).map(|way| way.name.as_str()).unwrap_or_default();
    let title = format!("Choose {}", text::truncate(&text::clean(name), 60));
    (title, "Why? May be left empty; enter writes the decision.".to_owned())
}

/// Takes a way: with what is ticked on it, and with the item that says so.
pub(super) fn take(
    state: &mut State,
    id: &str,
    way: usize,
    mut tick: Tick,
    reason: &str,
    now: &Stamp,
) -> Vec<Effect> {
    let Some(fork) = state.forks.iter().find(|fork| fork.id == id).cloned() else { return Vec::new() };
    let reason = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    let says = fork.item.filter(|_| fork.kind == DecisionKind::Choice);
    let says = says.filter(|item| state.item(*item).is_some_and(|it| it.state.is_open()));
    if let Some(item) = says.filter(|item| !tick.items.contains(item)) {
        tick.items.insert(0, item);
    }
    let taken = Taken { fork: fork.id.clone(), way, reason };
    if tick.items.is_empty() {
        let events: Vec<Event> = made(state, &taken, now).into_iter().collect();
        let what = format!("chose {}", text::clean(&fork.ways[way].name));
        return acts::send(state, events, what, false, now);
    }
    acts::tick::go(state, Tick { taken: Some(taken), ..tick }, now)
}

/// The decision as a line of the log.
pub(super) fn made(state: &State, taken: &Taken, now: &Stamp) -> Option<Event> {
    let fork = state.forks.iter().find(|fork| fork.id == taken.fork)?;
    let way = fork.ways.get(taken.way)?;
    let first = way.items.first().copied().or(fork.item);
    Some(Event::DecisionMade {
        decision: fork.id.clone(),
        kind: fork.kind,
        choice: way.name.clone(),
        closes: fork.closes(taken.way),
        reason: taken.reason.clone(),
        item: None,
        evidence: first.map(|id| evidence::of(state, id, now)).unwrap_or_default(),
    })
}

/// An item of a way that was not taken: what reopens it is reopening the decision.
pub(super) fn closed(state: &State, id: ItemId) -> Option<String> {
    state.item(id)?.closed_by.clone()
}

/// What an edit of the plan brought into a way not taken, and what it took out.
pub(super) fn news(state: &State) -> Vec<News> {
    let mut all = Vec::new();
    for fork in &state.forks {
        let Some((made, way)) = state.decided(fork).zip(state.taken(fork)) else { continue };
        let closes = fork.closes(way);
        let untouched = |it: &&ItemRecord| it.state.is_open() && it.first.is_none() && !it.removed;
        let late: Vec<ItemId> = closes
            .iter()
            .filter(|id| !made.closes.contains(id))
            .filter_map(|id| state.item(*id))
            .filter(untouched)
            .map(|it| it.row.id)
            .collect();
        if !late.is_empty() {
            let event = Event::DecisionMade {
                decision: made.id.clone(),
                kind: made.kind,
                choice: made.choice.clone(),
                closes: late,
                reason: Some("the plan was edited".to_owned()),
                item: None,
                evidence: Vec::new(),
            };
            all.push(News { topic: Topic::Decision(made.id.clone()), event, notice: None });
        }
        let left = made.closes.iter().filter(|id| !closes.contains(id)).filter_map(|id| state.item(*id));
        let left = left.filter(|it| {
            it.state == ItemState::NotApplicable && !it.removed && it.closed_by.as_deref() == Some(&made.id)
        });
        for item in left {
            let event = Event::ItemReopened {
                item: item.row.id,
                phase: item.row.phase.clone(),
                text: item.row.text.clone(),
                reason: format!(
                    "the plan was edited: it is no longer a step that “{}” leaves out",
                    made.choice
                ),
                mistick: false,
            };
            let topic = Topic::Decision(format!("{} {}", made.id, item.row.id));
            all.push(News { topic, event, notice: None });
        }
    }
    all
}
