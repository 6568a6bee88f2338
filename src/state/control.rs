//! What stands between an item and its tick: one list of sources, each in a file of its own.
//!
//! A source may say what is in the way of an act (`obstacles`), what belongs in the same append as a tick
//! (`follows`), what the log is to be told by itself (`news`) and what the item's row shows ([`State::asides`]).

use super::attention::Notice;
use super::{State, command, gates, hints, outage, people, schedule, temporary};
use crate::checklist::ItemId;
use crate::clock::Stamp;
use crate::signoff::event::{Event, OverrideKind};

/// Something in the way of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The item that it stands before.
    pub item: ItemId,
    /// What it is.
    pub kind: OverrideKind,
    /// How it stands, in one clause, safe to show.
    pub verdict: String,
}

/// A line that the machine wants to write.
#[derive(Clone, Debug, PartialEq)]
pub struct News {
    /// What it is about: nothing is told again while a line about it is on its way.
    pub topic: Topic,
    /// The line.
    pub event: Event,
    /// What draws attention to it.
    pub notice: Option<Notice>,
}

/// What a line of the machine's is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// The gate before an item.
    Gate(ItemId),
    /// The time lock before an item.
    Lock(ItemId),
    /// The approvals of an item.
    Approval(ItemId),
    /// The outage.
    Outage,
    /// A probe that was not asked, or could not be believed.
    Gap(String),
    /// A timer.
    Timer(u32),
    /// A program.
    Command(String),
    /// What an edit of the plan changed of a decision.
    Decision(String),
}

/// How something at the right of an item's row is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// On its way.
    Waiting,
    /// Cannot be told.
    Unknown,
    /// Merely so.
    Plain,
}

/// Something at the right of an item's row, most important first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// How it is meant.
    pub mood: Mood,
    /// In a few words, safe to show.
    pub words: String,
}

/// What is in the way of ticking an item, by that person.
pub(super) fn obstacles(state: &State, id: ItemId, by: &str, now: &Stamp) -> Vec<Obstacle> {
    let mut all = Vec::new();
    all.extend(gates::obstacle(state, id));
    all.extend(schedule::obstacles(state, id, now));
    all.extend(people::obstacles(state, id, by, now));
    all
}

/// What is in the way of running an item's command, by that person.
pub(super) fn before_run(state: &State, id: ItemId, by: &str, now: &Stamp) -> Vec<Obstacle> {
    let mut all = schedule::obstacles(state, id, now);
    all.extend(people::obstacles(state, id, by, now));
    all
}

/// What belongs in the same append as an item's tick, behind it.
pub(super) fn follows(state: &State, id: ItemId) -> Vec<Event> {
    temporary::follows(state, id)
}

/// What the log is to be told now; asked for only while it can be written.
pub(super) fn news(state: &mut State, now: &Stamp) -> Vec<News> {
    // What could not be written is told again after a while.
    if state.desk.refused.lately(now) {
        return Vec::new();
    }
    let mut all = Vec::new();
    all.extend(gates::news(state));
    all.extend(schedule::news(state, now));
    all.extend(people::news(state, now));
    all.extend(super::decide::news(state));
    all.extend(outage::news(state, now));
    all
}

impl State {
    /// What an open item's row shows of what stands before it.
    #[must_use]
    pub fn asides(&self, id: ItemId, now: &Stamp) -> Vec<Aside> {
        let mut all = Vec::new();
        all.extend(people::asides(self, id, now));
        all.extend(gates::aside(self, id));
        all.extend(command::aside(self, id, now));
        all.extend(schedule::asides(self, id, now));
        all.extend(hints::asides(self, id, now));
        all
    }
}
