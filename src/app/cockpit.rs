//! The loop: everything that happens becomes a message, effects are carried out, the screen is drawn when it is due.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ratatui::layout::Size;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

use super::environment;
use super::hands::Hands;
use super::hints;
use super::look::Look;
use super::watch::{self, Show};
use super::work::Work;
use crate::clock::Clock;
use crate::input::Keys;
use crate::sample::{LogBatch, ProbeId, ProbeState, Sample};
use crate::signoff::Client;
use crate::state::action::{self, Action};
use crate::state::attention::{Notice, NoticeKind};
use crate::state::layer::Mode;
use crate::state::live::Probed;
use crate::state::msg::{Effect, Msg};
use crate::state::{State, update};
use crate::term::{Drawn, Input, Output, Screen};
use crate::theme::Theme;
use crate::view;

/// The shortest time between two frames that nobody asked for: thirty a second.
const FRAME: Duration = Duration::from_millis(33);
/// The shortest time between two frames that answer a key.
const ANSWER: Duration = Duration::from_millis(5);
/// Longest time that messages are taken in before a frame is drawn.
const INTAKE: Duration = Duration::from_millis(4);
/// Messages taken in before a frame is drawn.
const BURST: usize = 256;

/// What the loop listens to, most urgent first.
#[derive(Debug)]
pub struct Wires {
    /// Signals, the files' watch, results of effects.
    pub control: Receiver<Control>,
    /// The sign-off log.
    pub log: Receiver<Msg>,
    /// The terminal's writer.
    pub output: Receiver<Output>,
    /// Keys.
    pub input: Receiver<Input>,
    /// Probes.
    pub samples: Receiver<(ProbeId, Sample)>,
    /// Lines of logs.
    pub lines: Receiver<(ProbeId, Box<LogBatch>)>,
}

/// One thing that happened.
enum Happened {
    Control(Control),
    Log(Msg),
    Output(Output),
    Input(Input),
    /// A key whose hand is known now, as far as it can be.
    Released(Box<Msg>, Option<Client>),
    Sample(ProbeId, Box<Sample>),
    Lines(ProbeId, Box<LogBatch>),
    /// Nobody is left to tell anything.
    Nothing,
}

impl Wires {
    /// Waits for one thing to happen; may be dropped and called again.
    async fn next(&mut self, hands: &mut Hands) -> Happened {
        let held = hands.holds();
        tokio::select! {
            // Leaving first; then what is on disk, so that acts show as soon as they may; then the screen, so that
            // it is known to be free; keys before samples, so that a flood of readings never delays an answer.
            biased;
            Some(control) = self.control.recv() => Happened::Control(control),
            Some(msg) = self.log.recv() => Happened::Log(msg),
            Some(output) = self.output.recv() => Happened::Output(output),
            (msg, client) = hands.released(), if held => Happened::Released(Box::new(msg), client),
            // A key that waits for its hand keeps those behind it waiting.
            Some(input) = self.input.recv(), if !held => Happened::Input(input),
            Some((id, sample)) = self.samples.recv() => Happened::Sample(id, Box::new(sample)),
            Some((id, batch)) = self.lines.recv() => Happened::Lines(id, batch),
            else => Happened::Nothing,
        }
    }

    /// What has happened already, in the same order.
    fn waiting(&mut self, hands: &Hands) -> Option<Happened> {
        let held = hands.holds();
        let control = self.control.try_recv().map(Happened::Control);
        control
            .or_else(|_| self.log.try_recv().map(Happened::Log))
            .or_else(|_| self.output.try_recv().map(Happened::Output))
            .or_else(|error| if held { Err(error) } else { self.input.try_recv().map(Happened::Input) })
            .or_else(|_| self.samples.try_recv().map(|(id, sample)| Happened::Sample(id, Box::new(sample))))
            .or_else(|_| self.lines.try_recv().map(|(id, batch)| Happened::Lines(id, batch)))
            .ok()
    }
}

/// What is more urgent than anything else.
#[derive(Debug)]
pub enum Control {
    /// Something for the state.
    Msg(Msg),
    /// The process was stopped and goes on.
    Continued,
    /// The player of a watched run shows something.
    Show(Show),
    /// A theme's file was read again, by its place among the themes.
    Theme(usize, Result<Theme, String>),
    /// A signal asks to leave.
    Signal(i32, &'static str),
}

/// How the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// The operator left.
    Asked,
    /// A watcher is to become the writer.
    TakesOver,
    /// A signal.
    Signal(i32),
    /// The terminal is gone.
    Terminal,
}

/// The cockpit while it runs.
pub struct Cockpit<S: Screen> {
    /// Everything it knows.
    pub state: State,
    /// Where it draws.
    pub screen: S,
    /// What carries out its effects.
    pub work: Work,
    /// Who types, in tmux.
    pub hands: Hands,
    /// What keys mean.
    pub keys: Keys,
    /// How things look.
    pub look: Look,
    /// The time that is shown: of a watched run, the moment that one looks at.
    pub clock: Arc<dyn Clock>,
    /// The time that frames and the terminal are paced by.
    pub pace: Arc<dyn Clock>,
    /// Something on the screen has changed.
    pub dirty: bool,
    /// It answers a key or an act, and is drawn at once.
    pub urgent: bool,
    /// When the last frame was drawn, on the monotonic clock.
    pub drawn: Duration,
    /// The disk is at an append.
    pub writing: bool,
    /// Why it is to leave.
    pub leaving: Option<Left>,
}

impl<S: Screen> Cockpit<S> {
    /// Runs until it is left.
    pub async fn run(&mut self, wires: &mut Wires, first: Vec<Effect>) -> Left {
        self.hands.learn();
        self.carry_out(first);
        loop {
            self.draw();
            if let Some(left) = self.leaving {
                return left;
            }
            // A time-out is the wake that the state or the next frame asked for.
            match timeout(self.patience(), wires.next(&mut self.hands)).await {
                Ok(happened) => self.happened(happened),
                Err(_elapsed) => self.take(Msg::Wake),
            }
            // What has happened meanwhile, within bounds, so that a flood cannot starve the screen.
            let began = self.pace.now().mono;
            for _ in 0..BURST {
                if self.pace.now().mono.saturating_sub(began) > INTAKE {
                    break;
                }
                let Some(happened) = wires.waiting(&self.hands) else { break };
                self.happened(happened);
            }
            if let Some(busy) = self.work.writing_for() {
                self.writing = true;
                self.take(Msg::Slow(busy));
            } else if std::mem::take(&mut self.writing) {
                self.take(Msg::Slow(Duration::ZERO));
            }
            let dropped = self.work.dropped();
            if dropped != self.state.live.dropped {
                self.take(Msg::Dropped(dropped));
            }
        }
    }

    fn happened(&mut self, happened: Happened) {
        if self.leaving.is_some() {
            return;
        }
        match happened {
            Happened::Control(control) => self.control(control),
            Happened::Log(msg) => self.take(msg),
            Happened::Output(output) => self.output(&output),
            Happened::Input(input) => self.input(input),
            Happened::Released(msg, client) => {
                self.take(Msg::Hand(client));
                self.take(*msg);
            }
            Happened::Sample(id, sample) => self.take(Msg::Sample(id, sample)),
            Happened::Lines(id, batch) => self.take(Msg::Lines(id, batch)),
            Happened::Nothing => self.leaving = Some(Left::Terminal),
        }
    }

    /// Takes a message into the state and carries out what it asks for.
    pub fn take(&mut self, msg: Msg) {
        if let Msg::Resize { width, height } = msg {
            self.screen.resize(Size { width, height });
        }
        let now = self.clock.now();
        // A reading that changes no state is shown with the next tick of the clock: figures that jump are no help.
        let probe = match &msg {
            Msg::Sample(id, _) | Msg::Lines(id, _) => Some(id.clone()),
            _ => None,
        };
        let state = |state: &State| probe.as_ref().and_then(|id| state.live.probe(id)).map(Probed::state);
        let before = state(&self.state);
        // Lines of a log are read as they come.
        let shows = matches!(&msg, Msg::Lines(_, batch) if !batch.lines.lines.is_empty());
        let quiet = matches!(msg, Msg::Stuck(_) | Msg::Slow(_));
        self.urgent |= !quiet && probe.is_none() && !matches!(msg, Msg::Wake);
        let effects = update(&mut self.state, msg, &now);
        let turned = before != state(&self.state) || before == Some(ProbeState::Unknown);
        self.dirty |= shows || !quiet && (probe.is_none() || turned);
        self.carry_out(effects);
    }

    fn control(&mut self, control: Control) {
        match control {
            Control::Msg(msg) => self.take(msg),
            Control::Show(show) => self.show(show),
            Control::Continued => {
                self.screen.repaint();
                self.dirty = true;
            }
            Control::Theme(at, read) => {
                if let Some(said) = self.look.renew(at, read) {
                    self.say(&said);
                }
            }
            Control::Signal(number, name) => {
                self.take(Msg::Leave(name.to_owned()));
                self.leaving = Some(Left::Signal(number));
            }
        }
    }

    /// Shows what the player of a watched run tells.
    fn show(&mut self, show: Show) {
        let (at, replay) = match show {
            Show::Anew(fresh, at, replay) => {
                self.work.shows(at);
                watch::anew(&mut self.state, *fresh, (*replay).clone());
                (at, replay)
            }
            Show::On(msgs, at, replay) => {
                for (moment, msg) in msgs {
                    self.work.shows(moment);
                    // What the state asks for was done then, or not; a watcher does nothing.
                    let _done_then = update(&mut self.state, msg, &moment);
                }
                (at, replay)
            }
            Show::Stand(line, words) => {
                self.state.stands(&line, words.as_deref(), &self.clock.now());
                self.dirty = true;
                return;
            }
            Show::Say(what) => return self.say(&what),
        };
        self.work.shows(at);
        self.state.replays(*replay);
        let _nothing = update(&mut self.state, Msg::Wake, &at);
        self.dirty = true;
        self.urgent = true;
    }

    fn output(&mut self, output: &Output) {
        match output {
            Output::Painted(number) => self.screen.painted(*number, self.pace.now().mono),
            Output::Lost(_) => self.lost(),
        }
    }

    fn lost(&mut self) {
        self.take(Msg::Leave("SIGHUP: the terminal is gone".to_owned()));
        self.leaving = Some(Left::Terminal);
    }

    fn input(&mut self, input: Input) {
        let event = match input {
            Input::Event(event) => event,
            Input::HungUp | Input::Failed(_) => return self.lost(),
        };
        let mode = self.state.mode();
        let Some(msg) = self.keys.read(&event, mode, self.state.ui.focus) else { return };
        if signs(&msg, mode) {
            let refuses = self.screen.stall().refuses(self.pace.now().mono);
            self.take(Msg::Stuck(refuses));
            if let Some(msg) = self.hands.hold(msg) {
                self.take(msg);
            }
        } else {
            self.take(msg);
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Leave => self.leaving = Some(Left::Asked),
                Effect::Notify(notice) => self.call(&notice),
                Effect::Repaint => {
                    self.screen.repaint();
                    self.dirty = true;
                }
                Effect::Clipboard(text) => {
                    if !self.screen.copy(&text) {
                        self.state.tell(&self.clock.now(), "Too long for the terminal's clipboard");
                    }
                    self.hands.buffer(&text);
                }
                Effect::Hints(wanted) => {
                    if let Err(error) = hints::keep(wanted, &environment) {
                        let why = format!("That cannot be remembered for the next start: {error}");
                        self.state.tell(&self.clock.now(), &why);
                    }
                }
                Effect::TakeOver => match self.work.may_take_over() {
                    Ok(()) => self.leaving = Some(Left::TakesOver),
                    Err(why) => self.state.tell(&self.clock.now(), &why),
                },
                other => {
                    for msg in self.work.carry_out(other) {
                        self.take(msg);
                    }
                }
            }
        }
    }

    /// Calls the operator by every way that this kind of notice goes.
    fn call(&mut self, notice: &Notice) {
        let ways = &self.state.plan.settings.notify;
        let goes = |way: &BTreeSet<NoticeKind>| way.contains(&notice.kind);
        let (bell, osc9, tmux) = (goes(&ways.bell), goes(&ways.osc9), goes(&ways.tmux));
        if bell {
            self.screen.bell();
        }
        if let Some(through) = self.hands.passes().filter(|_| osc9) {
            self.screen.notify(&notice.text, through);
        }
        if tmux {
            self.hands.message(&notice.text);
        }
        self.dirty = true;
    }

    fn draw(&mut self) {
        let now = self.clock.now();
        let pace = self.pace.now().mono;
        let due = pace.saturating_sub(self.drawn) >= self.interval() || self.drawn.is_zero();
        if !self.dirty || !due || !self.screen.ready() || !self.state.begun(&now) {
            return;
        }
        if let Err(why) = self.look.wear(self.state.theme()) {
            self.say(&why);
        }
        let mut laid = None;
        let (state, look) = (&self.state, &self.look);
        let drawn = self.screen.draw(pace, &mut |frame| {
            laid = Some(view::render(frame, state, &look.styles, &look.glyphs, &now));
        });
        if drawn == Drawn::Busy {
            return;
        }
        self.dirty = false;
        self.urgent = false;
        self.drawn = pace;
        if let Some(laid) = laid {
            self.state.laid(laid.page, laid.top, laid.limit.unwrap_or(usize::MAX));
            if let Some((top, page)) = laid.logs {
                self.state.laid_logs(top, page);
            }
        }
    }

    /// Tells the operator something that is no part of the run.
    fn say(&mut self, what: &str) {
        self.state.tell(&self.clock.now(), what);
        self.dirty = true;
    }

    fn interval(&self) -> Duration {
        if self.urgent { ANSWER } else { FRAME }
    }

    /// How long the loop may sleep.
    fn patience(&self) -> Duration {
        let now = self.clock.now();
        let pace = self.pace.now().mono;
        let mut patience = self.state.next_wake(&now);
        if self.dirty && self.screen.ready() && self.state.begun(&now) {
            patience = patience.min((self.drawn + self.interval()).saturating_sub(pace));
        }
        if let Some(change) = self.screen.stall().next_change(pace) {
            patience = patience.min(change.saturating_sub(pace));
        }
        patience
    }
}

/// Whether a message may end in an act, so that it must be known who typed it and what they saw.
fn signs(msg: &Msg, mode: Mode) -> bool {
    match msg {
        Msg::Action { action: Action::ChangeOperator, .. } => true,
        Msg::Action { action, .. } => action::spec(*action).is_some_and(|spec| spec.act),
        Msg::Confirm | Msg::Choose(_) => mode != Mode::Normal,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
