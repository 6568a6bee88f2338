//! A run that is looked at without being operated: live as it goes on, or any moment of it.

use std::sync::Arc;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use super::action::Action;
use super::layer::{Kind, Layer, Purpose};
use super::{About, Access, Cursor, Effect, State, Ui, ask, keys, logs, prompt, story};
use crate::checklist::ItemId;
use crate::clock::Stamp;
use crate::plan::Plan;
use crate::record::Record;
use crate::signoff::Line;
use crate::signoff::event::Event;

/// How fast a run is played, as times of its own pace.
pub const SPEEDS: [u32; 5] = [1, 10, 60, 300, 1800];

/// Where one looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// The first line's time.
    pub from: DateTime<Utc>,
    /// The end so far.
    pub to: DateTime<Utc>,
    /// The moment that is shown.
    pub at: DateTime<Utc>,
    /// How time goes on.
    pub pace: Pace,
    /// The run has ended: nothing more comes.
    pub ended: bool,
    /// It has, and whoever wrote it was cut off.
    pub cut_off: bool,
    /// Acts of people: how many there are, and how many lie at or before the moment.
    pub acts: (usize, usize),
    /// How many of the exceptions lie at or before the moment.
    pub passed: usize,
    /// The exceptions that have a moment of their own, in the order of the log.
    pub marks: Arc<[Mark]>,
    /// Why nothing can be recorded here, in one clause.
    pub why: String,
    /// What cannot be read or shown, in one clause.
    pub trouble: Option<String>,
}

/// An exception, where it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its line, from 1.
    pub line: usize,
    /// When it was.
    pub at: DateTime<Utc>,
    /// What it is, outside text.
    pub words: String,
}

/// How time goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// With the run: what is new is shown as it comes.
    Following,
    /// Not at all.
    Paused,
    /// So many times as fast as it went.
    Playing(u32),
}

/// What the player is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Play on from here, or stand still.
    Play,
    /// Play at the next of [`SPEEDS`].
    Faster,
    /// Show another moment, and stand still there.
    To(Jump),
}

/// Another moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// The next act of a person, or the one before.
    Act(Way),
    /// The next exception, or the one before.
    Exception(Way),
    /// So much later, or earlier.
    By(TimeDelta),
    /// A time of the day, UTC: the first after the run began.
    Clock(NaiveTime),
    /// The newest: following.
    Newest,
}

/// Forward or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Later.
    On,
    /// Earlier.
    Back,
}

/// What a key asks of the player; `None` if it is no key of the player's.
pub(super) fn on_action(state: &mut State, action: Action, now: &Stamp) -> Option<Vec<Effect>> {
    state.ui.replay.as_ref()?;
    // The clock that is shown may stand still, or fly: what was said is read by the next key.
    state.ui.notice = None;
    let order = match action {
        Action::Play | Action::Tick => Order::Play,
        Action::PlayFaster => Order::Faster,
        Action::ActBefore => Order::To(Jump::Act(Way::Back)),
        Action::ActAfter => Order::To(Jump::Act(Way::On)),
        Action::ExceptionBefore => Order::To(Jump::Exception(Way::Back)),
        Action::ExceptionAfter => Order::To(Jump::Exception(Way::On)),
        Action::MinuteBack => Order::To(Jump::By(TimeDelta::minutes(-1))),
        Action::MinuteOn => Order::To(Jump::By(TimeDelta::minutes(1))),
        Action::Newest => Order::To(Jump::Newest),
        Action::Exceptions => {
            state.ui.layers.push(Layer { opened: *now, kind: Kind::Exceptions { scroll: 0 } });
            return Some(Vec::new());
        }
        Action::GoTo => {
            prompt::ask(state, Purpose::GoTo, now);
            return Some(Vec::new());
        }
        // Nothing can be lost: no need to ask.
        Action::Quit => return Some(vec![Effect::Leave]),
        _ => return None,
    };
    Some(vec![Effect::Replay(order)])
}

/// The item that a line is about.
fn about(event: &Event, record: &Record) -> Option<ItemId> {
    match event {
        Event::ItemAdded { item, .. }
        | Event::GateMet { item, .. }
        | Event::GateLost { item, .. }
        | Event::GateOverridden { item, .. }
        | Event::LockOpened { item, .. } => Some(*item),
        Event::CommandEnded { job, .. } | Event::CommandLost { job } => {
            record.commands.iter().rev().find(|run| run.job == *job)?.item
        }
        Event::IssueResolved { issue, .. } => record.issues.iter().find(|it| it.number == *issue)?.item,
        other => ask::item_of(other),
    }
}

/// The time of day that somebody typed: `6:41`, `06:41:30`.
pub(super) fn clock(typed: &str) -> Result<NaiveTime, String> {
    let typed = typed.trim().trim_end_matches(['Z', 'z']);
    NaiveTime::parse_from_str(typed, "%H:%M:%S")
        .or_else(|_| NaiveTime::parse_from_str(typed, "%H:%M"))
        .map_err(|_| "a time of the day in UTC is wanted, such as 06:41 or 06:41:30".to_owned())
}

impl State {
    /// Looks on as before, at another moment.
    pub fn look_on(&mut self, before: Ui, replay: Replay) {
        let cursor = match before.cursor {
            Cursor::Item(id) if self.record.index.contains_key(&id) => before.cursor,
            _ => self.ui.cursor,
        };
        let ui = std::mem::replace(&mut self.ui, before);
        self.ui.cursor = cursor;
        let look = std::mem::replace(&mut self.ui.logs, ui.logs);
        self.ui.logs.look_alike(look);
        logs::renew(self);
        self.ui.recent = ui.recent;
        self.ui.notice = None;
        self.ui.frozen = None;
        self.ui.last_diff = None;
        self.ui.selected.clear();
        self.replays(replay);
    }

    /// The plan or its sidecar is another from the last line on.
    pub fn goes_by(&mut self, plan: Arc<Plan>) {
        self.live = std::mem::take(&mut self.live).with(&plan.settings);
        self.plan = plan;
        self.settle_plan();
        self.regroup();
        logs::settle(self);
    }

    /// Shows the item of a line that was gone to, and says what it tells, or the words for it.
    pub fn stands(&mut self, line: &Line, words: Option<&str>, now: &Stamp) {
        let item = about(&line.event, &self.record).filter(|id| self.record.index.contains_key(id));
        let mut said = match words {
            Some(words) => words.to_owned(),
            None => story::clause(line, &self.record).unwrap_or_else(|| line.by.to_string()),
        };
        if let Some(item) = item.and_then(|id| self.item(id)) {
            let quoted = story::quote(&item.in_words());
            if words.is_none() && !said.contains(&quoted) {
                said = format!("{said} on {quoted}");
            }
        }
        if let Some(&index) = item.and_then(|id| self.record.index.get(&id)) {
            keys::go(self, index);
        }
        self.notice(now, format!("{} {said}", line.at.wall.format("%H:%M:%SZ")));
    }

    /// What is looked at now.
    pub fn replays(&mut self, replay: Replay) {
        self.ui.banners.clear();
        if replay.cut_off && replay.pace == Pace::Following {
            self.banner(About::Log, replay.why.clone());
        }
        self.desk.access = Access::Watcher(replay.why.clone());
        self.ui.replay = Some(replay);
    }
}
