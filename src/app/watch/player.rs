//! Plays a run: which lines and readings are shown, and what time it is meanwhile.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use chrono::{DateTime, NaiveTime, SubsecRound, TimeDelta, Utc};
use tokio::sync::mpsc::Sender;

use super::moments::{amends, begins};
use super::script::Script;
use super::stage::{Kept, Stage, restored};
use super::{Control, Options, Show};
use crate::clock::{Clock, Stamp};
use crate::readings::{Reading, Seen};
use crate::signoff::Line;
use crate::state::State;
use crate::state::msg::Msg;
use crate::state::replay::{Jump, Order, Pace, Replay, SPEEDS, Way};

/// Between two looks at the files.
const POLL: Duration = Duration::from_millis(250);
/// Between two steps while playing: thirty a second.
const STEP: Duration = Duration::from_millis(33);
/// What takes longer to work out is said to.
const LONG: Duration = Duration::from_millis(300);

pub(super) struct Player {
    script: Script,
    clock: Arc<dyn Clock>,
    /// What is shown,
    stage: Stage,
    /// and the moment.
    at: DateTime<Utc>,
    pace: Pace,
    kept: Kept,
    /// What came late and is to be told: indices of measurements.
    late: Vec<usize>,
    /// Something else than what is shown is to be told.
    news: bool,
}

/// What a state is told.
enum Step {
    Line(Arc<Line>),
    Reading(Box<Reading>),
    Wake,
}

impl Step {
    fn msg(&self) -> Msg {
        match self {
            Step::Line(line) => Msg::Appended(Arc::clone(line)),
            Step::Reading(reading) => match reading.seen.clone() {
                Seen::Sample(sample) => Msg::Sample(reading.probe.clone(), sample),
                Seen::Lines(batch) => Msg::Lines(reading.probe.clone(), batch),
            },
            Step::Wake => Msg::Wake,
        }
    }
}

/// Who hears what a state is told.
type Heard<'a> = &'a mut dyn FnMut(Stamp, &Step);
/// The way to the loop.
type Tell<'a> = &'a dyn Fn(Show) -> bool;

impl Player {
    /// Reads a log, and shows its newest line without what was measured.
    pub(super) fn open(options: &Options, size: (u16, u16), clock: Arc<dyn Clock>) -> Result<Player, String> {
        let mut script = Script::open(&options.log, options.may_take_over, size, Arc::clone(&clock))?;
        let lines = script.lines.len();
        let mut stage = bare(&mut script, lines)?;
        stage.whole = false;
        let at = script.end();
        Ok(Player {
            script,
            clock,
            stage,
            at,
            pace: Pace::Following,
            kept: Kept::default(),
            late: Vec::new(),
            news: false,
        })
    }

    /// What the cockpit starts with.
    pub(super) fn first(&self) -> (State, Stamp, Replay) {
        // What was measured is told first thing by the thread.
        (self.stage.state.clone(), self.stage.stamp(self.at), self.replay())
    }

    /// Plays until the loop has gone.
    pub(super) fn play(&mut self, orders: &Receiver<Order>, control: &Sender<Control>) {
        let tell = |show: Show| control.blocking_send(Control::Show(show)).is_ok();
        let mut stepped = self.clock.now().mono;
        let mut looked = stepped;
        if !self.begin(&tell) || !self.say_why(&tell) {
            return;
        }
        loop {
            let wait = if matches!(self.pace, Pace::Playing(_)) { STEP } else { POLL };
            let order = match orders.recv_timeout(wait) {
                Ok(order) => Some(order),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let now = self.clock.now().mono;
            let mut left = false;
            if now.saturating_sub(looked) >= POLL {
                looked = now;
                left = self.look();
            }
            let passed = now.saturating_sub(stepped);
            stepped = now;
            let going = match order {
                Some(order) => self.obey(order, &tell),
                None => self.step(passed, &tell),
            };
            if !going || left && !self.say_why(&tell) {
                return;
            }
        }
    }

    /// Says why nothing can be recorded here, unless it stands on the screen.
    fn say_why(&self, tell: Tell<'_>) -> bool {
        let stands = self.script.cut_off() && self.pace == Pace::Following;
        stands || tell(Show::Say(format!("Read-only: {}", self.script.why())))
    }

    /// Shows the newest.
    pub(super) fn begin(&mut self, tell: Tell<'_>) -> bool {
        self.show(self.script.lines.len(), self.script.end(), tell)
    }

    /// Reads what has been added to the files; whether whoever wrote them has just gone.
    pub(super) fn look(&mut self) -> bool {
        let before = self.script.standing();
        // What cannot be read before there is a line is no log: that was said when it was opened.
        let Ok(came) = self.script.look() else { return false };
        if let Some(lines) = came.cut {
            self.kept.forget_behind(lines);
        }
        for index in came.measured {
            // What belongs to a moment that was told already is told as it comes, as it was then.
            if index < self.stage.measured {
                self.stage.measured += 1;
                self.late.iter_mut().filter(|late| **late >= index).for_each(|late| *late += 1);
                self.late.push(index);
                self.kept.forget_since(self.script.measured[index].at);
            }
        }
        let after = self.script.standing();
        self.news |= before != after;
        !before.ended && after.ended
    }

    pub(super) fn obey(&mut self, order: Order, tell: Tell<'_>) -> bool {
        match order {
            Order::Play => {
                self.pace = match self.pace {
                    Pace::Paused if self.at >= self.script.end() => Pace::Following,
                    Pace::Paused => Pace::Playing(SPEEDS[0]),
                    Pace::Following | Pace::Playing(_) => Pace::Paused,
                };
                self.on(Vec::new(), tell)
            }
            Order::Faster => {
                let now = match self.pace {
                    Pace::Playing(speed) => SPEEDS.iter().position(|known| *known == speed),
                    _ => None,
                };
                let next = now.map_or(0, |at| (at + 1) % SPEEDS.len());
                self.pace = Pace::Playing(SPEEDS[next]);
                self.on(Vec::new(), tell)
            }
            Order::To(jump) => self.jump(jump, tell),
        }
    }

    fn jump(&mut self, jump: Jump, tell: Tell<'_>) -> bool {
        let which = |way, what| {
            tell(Show::Say(format!("No {} {what}", if way == Way::On { "later" } else { "earlier" })))
        };
        match jump {
            Jump::Act(way) => match self.script.moments.act(self.from(way), way) {
                Some(line) => self.stand(line, None, tell),
                None => which(way, "act"),
            },
            Jump::Exception(way) => match self.script.moments.exception(self.from(way), way).cloned() {
                Some(mark) => self.stand(mark.line, Some(mark.words), tell),
                None => which(way, "exception"),
            },
            Jump::By(span) => self.to(self.at + span, tell),
            Jump::Clock(time) => self.show_clock(time, tell),
            Jump::Newest => {
                self.pace = Pace::Following;
                self.begin(tell)
            }
        }
    }

    /// The line that what lies before or after the moment is counted from: one that is past already lies before.
    fn from(&self, way: Way) -> usize {
        let shown = self.stage.lines;
        // Lines may have been taken back since.
        let line = shown.checked_sub(1).and_then(|at| self.script.lines.get(at));
        let past = line.is_some_and(|line| line.at.wall < self.at);
        if way == Way::Back && past { shown + 1 } else { shown }
    }

    /// Shows a line, stands still there, and says what it tells, or what it is otherwise.
    fn stand(&mut self, line: usize, words: Option<String>, tell: Tell<'_>) -> bool {
        self.pace = Pace::Paused;
        let told = Arc::clone(&self.script.lines[line - 1]);
        self.show(line, told.at.wall, tell) && tell(Show::Stand(told, words))
    }

    /// Shows a time of the day: the first after the run began, if that lies within it.
    fn show_clock(&mut self, time: NaiveTime, tell: Tell<'_>) -> bool {
        let (begin, end) = (self.script.begin(), self.script.end());
        let on = begin.date_naive().and_time(time).and_utc();
        // The second in which it began is shown from its first line on.
        let on = if on < begin.trunc_subsecs(0) { on + TimeDelta::days(1) } else { on };
        if on <= end {
            return self.to(on, tell);
        }
        let days = begin.date_naive() != end.date_naive();
        let form = |at: DateTime<Utc>| at.format(if days { "%Y-%m-%d %H:%M:%SZ" } else { "%H:%M:%SZ" });
        let was = if self.script.ended() { "was" } else { "is" };
        tell(Show::Say(format!("The run {was} {}–{}", form(begin), form(end))))
    }

    /// Shows a moment, and stands still there; at the newest one it follows.
    fn to(&mut self, at: DateTime<Utc>, tell: Tell<'_>) -> bool {
        let end = self.script.end();
        if at >= end {
            self.pace = Pace::Following;
            return self.begin(tell);
        }
        self.pace = Pace::Paused;
        let at = at.max(self.script.begin());
        self.show(self.script.lines_until(at), at, tell)
    }

    /// Time passes.
    pub(super) fn step(&mut self, passed: Duration, tell: Tell<'_>) -> bool {
        match self.pace {
            Pace::Paused if self.news => self.on(Vec::new(), tell),
            Pace::Paused => true,
            // Whoever wrote was cut off: of the time since nothing is known.
            Pace::Following | Pace::Playing(_) if self.script.end() < self.at => {
                self.pace = Pace::Following;
                self.begin(tell)
            }
            Pace::Following => {
                let (lines, at) = (self.script.lines.len(), self.script.end());
                let all = lines == self.stage.lines && self.script.measured.len() == self.stage.measured;
                if at == self.at && all && !self.news && self.late.is_empty() {
                    return true;
                }
                self.go_on(lines, at, tell)
            }
            Pace::Playing(speed) => {
                let end = self.script.end();
                let to = self.at + TimeDelta::from_std(passed * speed).unwrap_or_default();
                let at = to.min(end);
                if at == end {
                    self.pace = Pace::Following;
                }
                self.go_on(self.script.lines_until(at).max(self.stage.lines), at, tell)
            }
        }
    }

    /// Shows what lies between the present moment and a later one.
    fn go_on(&mut self, lines: usize, at: DateTime<Utc>, tell: Tell<'_>) -> bool {
        let turns = |line: &Arc<Line>| begins(line) || amends(line);
        let between = self.script.lines.get(self.stage.lines..lines);
        if between.is_none_or(|between| between.iter().any(turns)) {
            return self.show(lines, at, tell);
        }
        self.at = at;
        let mut msgs = Vec::new();
        self.advance(lines, at, &mut |at, step| msgs.push((at, step.msg())));
        self.on(msgs, tell)
    }

    fn on(&mut self, msgs: Vec<(Stamp, Msg)>, tell: Tell<'_>) -> bool {
        self.news = false;
        tell(Show::On(msgs, self.stage.stamp(self.at), Box::new(self.replay())))
    }

    /// Shows another moment.
    fn show(&mut self, lines: usize, at: DateTime<Utc>, tell: Tell<'_>) -> bool {
        let lines = lines.clamp(1, self.script.lines.len());
        if let Err(why) = self.set(lines, at) {
            self.script.cannot_show(why);
            return self.on(Vec::new(), tell);
        }
        let clock = Arc::clone(&self.clock);
        let mut said = clock.now().mono;
        let (from, whole) = (self.stage.at.wall, (at - self.stage.at.wall).num_milliseconds().max(1));
        self.advance(lines, at, &mut |moment, _| {
            let now = clock.now().mono;
            if now.saturating_sub(said) >= LONG {
                said = now;
                let part = (moment.wall - from).num_milliseconds().clamp(0, whole) * 100 / whole;
                let _gone = tell(Show::Say(format!("Playing what was recorded up to then: {part} %")));
            }
        });
        self.at = at;
        self.news = false;
        let state = Box::new(self.stage.state.clone());
        tell(Show::Anew(state, self.stage.stamp(at), Box::new(self.replay())))
    }

    /// Goes back, or on, to the last stage known before a moment.
    fn set(&mut self, lines: usize, at: DateTime<Utc>) -> Result<(), String> {
        let begun = self.script.session(lines) + 1;
        let stage = &self.stage;
        let here = (begun..=lines).contains(&stage.lines) && stage.at.wall <= at && stage.whole;
        let kept = self.kept.before(begun, lines, at);
        if here && kept.is_none_or(|kept| kept.at.wall <= stage.at.wall) {
            return Ok(());
        }
        self.late.clear();
        self.stage = match kept {
            Some(kept) => restored(kept, self.script.record(kept.lines)),
            None => bare(&mut self.script, begun)?,
        };
        Ok(())
    }

    /// Tells the stage what lies between its moment and a later one.
    fn advance(&mut self, lines: usize, at: DateTime<Utc>, heard: Heard<'_>) {
        for late in std::mem::take(&mut self.late) {
            let now = self.stage.stamp(self.stage.at.wall);
            if let Some(reading) = self.script.reading(self.script.measured[late]) {
                self.tell(&Step::Reading(Box::new(reading)), now, heard);
            }
        }
        let last = self.script.measured.partition_point(|it| it.at <= at).max(self.stage.measured);
        loop {
            let line = self.script.lines[..lines].get(self.stage.lines).map(Arc::clone);
            let measured = self.script.measured[..last].get(self.stage.measured).copied();
            match (line, measured) {
                // What was written of a measurement comes behind it.
                (Some(line), measured) if measured.is_none_or(|it| line.at.wall < it.at) => {
                    self.line(line, heard);
                }
                (_, Some(measured)) => {
                    self.wake(measured.at, heard);
                    self.stage.measured += 1;
                    if let Some(reading) = self.script.reading(measured) {
                        self.stage.set(reading.at, reading.up, None);
                        let now = self.stage.stamp(reading.at);
                        self.tell(&Step::Reading(Box::new(reading)), now, heard);
                    }
                }
                _ => break,
            }
            self.kept.keep(&mut self.stage);
        }
        // That somebody looks at this moment changes nothing of what is shown at others.
        self.wake(at, heard);
    }

    fn line(&mut self, line: Arc<Line>, heard: Heard<'_>) {
        self.wake(line.at.wall, heard);
        self.stage.set(line.at.wall, line.at.up, Some(line.at.offset));
        let now = self.stage.stamp(line.at.wall);
        let amends = amends(&line);
        self.tell(&Step::Line(line), now, heard);
        self.stage.lines += 1;
        if amends {
            match self.script.plan(&self.stage.state.record) {
                Ok(plan) => self.stage.state.goes_by(plan),
                Err(why) => self.script.cannot_show(why),
            }
        }
    }

    /// Time passes until then, with nothing told.
    fn wake(&mut self, until: DateTime<Utc>, heard: Heard<'_>) {
        for now in self.stage.wakes(until) {
            self.tell(&Step::Wake, now, heard);
        }
    }

    fn tell(&mut self, step: &Step, now: Stamp, heard: Heard<'_>) {
        self.stage.tell(step.msg(), now);
        heard(now, step);
    }

    fn replay(&self) -> Replay {
        let script = &self.script;
        Replay {
            from: script.begin(),
            to: script.end(),
            at: self.at,
            pace: self.pace,
            ended: script.ended(),
            cut_off: script.cut_off(),
            acts: script.moments.acts(self.stage.lines),
            passed: script.moments.passed(self.stage.lines),
            marks: Arc::clone(&script.moments.exceptions),
            why: script.why(),
            trouble: script.trouble(),
        }
    }
}

/// A cockpit that opens a log of so many lines: nothing is measured yet.
fn bare(script: &mut Script, lines: usize) -> Result<Stage, String> {
    let record = script.record(lines);
    let at = script.lines[lines - 1].at;
    let measured = script.measured.partition_point(|it| it.at < at.wall);
    let start = script.start(record)?;
    let now = Stamp { wall: at.wall, offset: at.offset, mono: at.up, boot: at.up };
    let (state, _nothing) = State::start(start, &now);
    Ok(Stage::new(state, lines, measured, at))
}
