//! A cockpit that only looks: at a run as it goes on, or at any moment of one that has ended.
//!
//! The player reads the log and the recorded readings on a thread of its own, which holds no lock and writes nothing;
//! it tells the loop what to show as messages with the time that each belongs to. The state that they make is the same
//! that the operator's cockpit made of them then.

mod moments;
mod player;
mod script;
mod stage;

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::{Clock, Stamp};
use crate::signoff::Line;
use crate::state::State;
use crate::state::msg::Msg;
use crate::state::replay::{Order, Replay};

use super::cockpit::Control;
use super::look::Wish;
use player::Player;

/// What a watching cockpit is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// The sign-off log.
    pub log: PathBuf,
    /// How it is to look.
    pub wish: Wish,
    /// When nobody writes the log any more, it may become this cockpit's.
    pub may_take_over: bool,
}

/// What the player shows next.
#[derive(Debug)]
pub enum Show {
    /// Another moment: everything anew.
    Anew(Box<State>, Stamp, Box<Replay>),
    /// What came next, each at its time, and what the time is now.
    On(Vec<(Stamp, Msg)>, Stamp, Box<Replay>),
    /// The line that was gone to, and what it is if that is not what it tells.
    Stand(Arc<Line>, Option<String>),
    /// A word to whoever looks.
    Say(String),
}

/// The time that is shown: it stands still unless the player moves it.
#[derive(Debug)]
pub struct Shown(Mutex<Stamp>);

impl Shown {
    fn new(at: Stamp) -> Shown {
        Shown(Mutex::new(at))
    }

    /// It is that moment now.
    pub fn set(&self, at: Stamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }
}

impl Clock for Shown {
    fn now(&self) -> Stamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The player's end in the loop.
pub struct Watch {
    /// The time that it shows.
    pub shown: Arc<Shown>,
    /// The watcher may become the writer.
    pub may_take_over: bool,
    orders: Sender<Order>,
}

/// A run that is about to be watched.
pub(super) struct Ready {
    player: Player,
    orders: Receiver<Order>,
    /// What the cockpit starts with.
    pub state: State,
    /// What is looked at.
    pub replay: Replay,
    /// The loop's end.
    pub watch: Watch,
}

/// Reads a log, to be shown from its newest line on.
///
/// # Errors
/// There is no such log, or it cannot be read: one sentence.
pub(super) fn ready(options: &Options, size: (u16, u16), clock: &Arc<dyn Clock>) -> Result<Ready, String> {
    let player = Player::open(options, size, Arc::clone(clock))?;
    let (state, at, replay) = player.first();
    let (order, orders) = channel();
    let watch =
        Watch { shown: Arc::new(Shown::new(at)), may_take_over: options.may_take_over, orders: order };
    Ok(Ready { player, orders, state, replay, watch })
}

impl Ready {
    /// Plays on a thread of its own until the loop has gone.
    pub(super) fn play(
        self,
        control: tokio::sync::mpsc::Sender<Control>,
    ) -> std::io::Result<(State, Replay, Watch)> {
        let Ready { mut player, orders, state, replay, watch } = self;
        std::thread::Builder::new()
            .name("player".to_owned())
            .spawn(move || player.play(&orders, &control))?;
        Ok((state, replay, watch))
    }
}

impl Watch {
    /// Asks the player for something.
    pub fn order(&self, order: Order) {
        // It ends with the loop only.
        let _gone = self.orders.send(order);
    }
}

/// The state at another moment, looked at as before.
pub fn anew(state: &mut State, fresh: State, replay: Replay) {
    let before = std::mem::replace(state, fresh);
    state.look_on(before.ui, replay);
}

#[cfg(test)]
mod tests;
