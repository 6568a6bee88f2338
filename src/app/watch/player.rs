//! Plays a run: which lines and readings are shown, and what time it is meanwhile.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::mpsc::Sender;

use super::moments::{is_act, is_exception, turns, until};
use super::{Control, Show};
use crate::app::{TOOL, host};
use crate::clock::{Clock, Stamp};
use crate::plan::{self, Plan};
use crate::readings::{Place, Reader, Reading, Seen};
use crate::record::{self, Record};
use crate::signoff::event::{Event, RunMode};
use crate::signoff::{Head, Line, LogError, Source, log};
use crate::state::msg::Msg;
use crate::state::replay::{Jump, Order, Pace, Replay, SPEEDS, Way};
use crate::state::{Access, Start};

/// Between two looks at the files.
const POLL: Duration = Duration::from_millis(250);
/// Between two steps while playing: thirty a second.
const STEP: Duration = Duration::from_millis(33);
/// What panes show reaches back so far.
const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// What the state starts with some time before a moment, when that is, and what came between.
type Moment = (Start, Stamp, Vec<(Stamp, Msg)>);

pub(super) struct Player {
    path: PathBuf,
    source: Box<dyn Source>,
    head: Head,
    lines: Vec<Arc<Line>>,
    reader: Reader,
    /// Where the readings stand, by their time.
    places: Vec<Place>,
    acts: Vec<DateTime<Utc>>,
    exceptions: Arc<[DateTime<Utc>]>,
    plan: Option<(String, Arc<Plan>)>,
    clock: Arc<dyn Clock>,
    size: (u16, u16),
    holder: String,
    /// Lines and readings that are shown.
    shown: (usize, usize),
    /// The moment that is shown,
    at: DateTime<Utc>,
    /// and the wall clock and the boot clock of what was shown last: the time between is counted on.
    anchor: (DateTime<Utc>, Duration, i32),
    pace: Pace,
    trouble: Option<String>,
}

impl Player {
    pub(super) fn open(path: &Path, size: (u16, u16), clock: Arc<dyn Clock>) -> Result<Player, String> {
        let mut player = Player {
            path: path.to_owned(),
            source: log::source(path),
            head: Head::default(),
            lines: Vec::new(),
            reader: Reader::new(&log::evidence(path)),
            places: Vec::new(),
            acts: Vec::new(),
            exceptions: Arc::default(),
            plan: None,
            clock,
            size,
            holder: String::new(),
            shown: (0, 0),
            at: DateTime::default(),
            anchor: (DateTime::default(), Duration::ZERO, 0),
            pace: Pace::Following,
            trouble: None,
        };
        player.look().map_err(|error| error.to_string())?;
        if player.lines.is_empty() {
            return Err(format!(
                "{} has no line that can be shown: nothing was recorded in it yet; cutover verify tells more",
                path.display()
            ));
        }
        Ok(player)
    }

    /// What the cockpit starts with: the newest.
    pub(super) fn first(&mut self) -> Result<(Start, Stamp, Replay), String> {
        self.at = self.end();
        let lines = self.lines.len();
        let (start, at, _) = self.moment(lines, self.at)?;
        // What belongs into the window is told first thing by the thread.
        Ok((start, at, self.replay()))
    }

    /// Plays until the loop has gone.
    pub(super) fn play(&mut self, orders: &Receiver<Order>, control: &Sender<Control>) {
        let tell = |show: Show| control.blocking_send(Control::Show(show)).is_ok();
        let mut stepped = self.clock.now().mono;
        let mut looked = stepped;
        if !self.show(self.lines.len(), self.at, &tell) {
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
            if now.saturating_sub(looked) >= POLL {
                looked = now;
                if let Err(error) = self.look() {
                    self.trouble = Some(error.to_string());
                }
            }
            let passed = now.saturating_sub(stepped);
            stepped = now;
            let going = match order {
                Some(order) => self.obey(order, &tell),
                None => self.step(passed, &tell),
            };
            if !going {
                return;
            }
        }
    }

    /// Reads what has been added to the files.
    fn look(&mut self) -> Result<(), LogError> {
        let mut came = Vec::new();
        let read = self.source.read(self.head, &mut |line| {
            came.push(Arc::new(line));
            ControlFlow::Continue(())
        });
        match read {
            Ok(head) => self.head = head,
            Err(LogError::CutBack { to, .. }) => {
                self.lines.truncate(usize::try_from(to.seq).unwrap_or(usize::MAX));
                self.shown.0 = self.shown.0.min(self.lines.len());
                self.head = to;
            }
            Err(error) if self.lines.is_empty() && came.is_empty() => return Err(error),
            // What was read before stands; the rest is for `cutover verify` to name.
            Err(error) => {
                self.head = came.last().map_or(self.head, |line: &Arc<Line>| line.head);
                self.trouble = Some(error.to_string());
            }
        }
        if !came.is_empty() {
            self.note(came);
        }
        let mut places = Vec::new();
        if let Err(error) = self.reader.more(&mut |place, _| places.push(place)) {
            self.trouble = Some(error.to_string());
        }
        for place in places {
            let at = self.places.partition_point(|known| known.at <= place.at);
            self.places.insert(at, place);
        }
        if let Some(bad) = &self.reader.bad {
            self.trouble.get_or_insert_with(|| bad.to_string());
        }
        Ok(())
    }

    fn note(&mut self, came: Vec<Arc<Line>>) {
        for line in &came {
            if let Event::RunStarted { pid, .. } | Event::RunResumed { pid, .. } = line.event {
                self.holder = format!("{}, process {pid} on {}", line.by, line.via.host);
            }
        }
        let times = |of: fn(&Line) -> bool| {
            came.iter().filter(move |line| of(line)).map(|line| line.at.wall).collect::<Vec<_>>()
        };
        self.acts.extend(times(is_act));
        let mut exceptions = self.exceptions.to_vec();
        exceptions.extend(times(is_exception));
        self.exceptions = exceptions.into();
        self.lines.extend(came);
    }

    pub(super) fn obey(&mut self, order: Order, tell: &dyn Fn(Show) -> bool) -> bool {
        match order {
            Order::Play => {
                self.pace = match self.pace {
                    Pace::Paused if self.at >= self.end() => Pace::Following,
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
            Order::To(Jump::Newest) => {
                self.pace = Pace::Following;
                self.show(self.lines.len(), self.end(), tell)
            }
            Order::To(jump) => {
                self.pace = Pace::Paused;
                let (lines, at) = self.target(jump);
                self.show(lines, at, tell)
            }
        }
    }

    /// How many lines are shown, and when, at another moment.
    fn target(&self, jump: Jump) -> (usize, DateTime<Utc>) {
        let within = |at: DateTime<Utc>| at.clamp(self.begin(), self.end());
        let by_time = |at: DateTime<Utc>| {
            let at = within(at);
            (self.lines_until(at), at)
        };
        let shown = self.shown.0;
        let line = |is: fn(&Line) -> bool, way: Way| match way {
            Way::On => (shown..self.lines.len()).find(|index| is(&self.lines[*index])),
            Way::Back => (0..shown.saturating_sub(1)).rev().find(|index| is(&self.lines[*index])),
        };
        let to_line = |found: Option<usize>| match found {
            Some(index) => (index + 1, self.lines[index].at.wall),
            None => (shown, self.at),
        };
        match jump {
            Jump::Act(way) => to_line(line(is_act, way)),
            Jump::Exception(way) => to_line(line(is_exception, way)),
            Jump::By(span) => by_time(self.at + span),
            Jump::Clock(time) => {
                let begin = self.begin();
                let on = begin.date_naive().and_time(time).and_utc();
                by_time(if on < begin { on + TimeDelta::days(1) } else { on })
            }
            Jump::Newest => (self.lines.len(), self.end()),
        }
    }

    fn lines_until(&self, at: DateTime<Utc>) -> usize {
        // A clock that was set back leaves later lines with earlier times: the last that lies before counts.
        self.lines.iter().rposition(|line| line.at.wall <= at).map_or(1, |index| index + 1)
    }

    fn begin(&self) -> DateTime<Utc> {
        self.lines.first().map_or(self.at, |line| line.at.wall)
    }

    /// The last cockpit was left in good order: what comes now is signed or redacted behind it, at most.
    fn ended(&self) -> bool {
        let session = |line: &&Arc<Line>| {
            matches!(line.event, Event::RunStarted { .. } | Event::RunResumed { .. } | Event::RunEnded { .. })
        };
        let last = self.lines.iter().rev().find(session);
        last.is_some_and(|line| matches!(line.event, Event::RunEnded { .. }))
    }

    /// The newest moment: of a run that goes on, now.
    fn end(&self) -> DateTime<Utc> {
        let line = self.lines.last().map(|line| line.at.wall);
        let last = line.max(self.places.last().map(|place| place.at)).unwrap_or_default();
        if self.ended() { last } else { last.max(self.clock.now().wall) }
    }

    /// Time passes.
    pub(super) fn step(&mut self, passed: Duration, tell: &dyn Fn(Show) -> bool) -> bool {
        match self.pace {
            Pace::Paused => true,
            Pace::Following => {
                let (lines, at) = (self.lines.len(), self.end());
                if at == self.at && lines == self.shown.0 && self.places.len() == self.shown.1 {
                    return true;
                }
                self.go_on(lines, at, tell)
            }
            Pace::Playing(speed) => {
                let to = self.at + TimeDelta::from_std(passed * speed).unwrap_or_default();
                let at = to.min(self.end());
                if at == self.end() {
                    self.pace = Pace::Following;
                }
                self.go_on(self.lines_until(at).max(self.shown.0), at, tell)
            }
        }
    }

    /// Shows what lies between the present moment and a later one.
    fn go_on(&mut self, lines: usize, at: DateTime<Utc>, tell: &dyn Fn(Show) -> bool) -> bool {
        if self.lines[self.shown.0..lines].iter().any(|line| turns(line)) {
            return self.show(lines, at, tell);
        }
        self.at = at;
        let msgs = self.between(lines, at);
        self.on(msgs, tell)
    }

    fn on(&mut self, msgs: Vec<(Stamp, Msg)>, tell: &dyn Fn(Show) -> bool) -> bool {
        tell(Show::On(msgs, self.stamp(self.at), Box::new(self.replay())))
    }

    /// Shows another moment.
    fn show(&mut self, lines: usize, at: DateTime<Utc>, tell: &dyn Fn(Show) -> bool) -> bool {
        self.at = at;
        match self.moment(lines, at) {
            Ok((start, begins, msgs)) => {
                let replay = Box::new(self.replay());
                tell(Show::Anew(Box::new(start), begins, replay)) && self.on(msgs, tell)
            }
            Err(why) => {
                self.trouble = Some(why);
                self.on(Vec::new(), tell)
            }
        }
    }

    fn moment(&mut self, lines: usize, at: DateTime<Utc>) -> Result<Moment, String> {
        let lines = lines.clamp(1, self.lines.len());
        let turned = self.lines[..lines].iter().rposition(|line| turns(line)).unwrap_or(0);
        let opened = self.lines[turned].at.wall;
        let from = opened.max(at - WINDOW);
        let behind = |line: &Arc<Line>| line.at.wall > from;
        let begun = self.lines[turned + 1..lines].iter().position(behind).map_or(lines, |at| turned + 1 + at);
        let mut record = Record::default();
        for line in &self.lines[..begun] {
            record::apply(&mut record, line);
        }
        let last = &self.lines[begun - 1];
        self.anchor = (last.at.wall, last.at.up, last.at.offset);
        let first = self.places.partition_point(|place| place.at <= from);
        let earlier = self.earlier(first, opened);
        self.shown = (begun, first);
        let begins = self.stamp(from);
        let start = self.start(record)?;
        let mut msgs: Vec<(Stamp, Msg)> =
            earlier.into_iter().map(|reading| message(begins, reading)).collect();
        msgs.extend(self.between(lines, at));
        Ok((start, begins, msgs))
    }

    /// The last reading of every stream before the window, in the same session.
    fn earlier(&mut self, first: usize, opened: DateTime<Utc>) -> Vec<Reading> {
        let mut streams = BTreeSet::new();
        let mut found: Vec<Place> = Vec::new();
        for place in self.places[..first].iter().rev().take_while(|place| place.at >= opened) {
            if streams.insert(place.stream) {
                found.push(*place);
            }
        }
        found.reverse();
        found.into_iter().filter_map(|place| self.reading(place)).collect()
    }

    fn reading(&mut self, place: Place) -> Option<Reading> {
        match self.reader.read(place) {
            Ok(reading) => Some(reading),
            Err(error) => {
                self.trouble = Some(error.to_string());
                None
            }
        }
    }

    /// The lines and readings that are not shown yet, up to that moment, in the order of their times.
    fn between(&mut self, lines: usize, at: DateTime<Utc>) -> Vec<(Stamp, Msg)> {
        let mut msgs = Vec::new();
        let places = self.places.partition_point(|place| place.at <= at).max(self.shown.1);
        let (mut line, mut place) = self.shown;
        while line < lines || place < places {
            let next = (line < lines).then(|| Arc::clone(&self.lines[line]));
            let reading = (place < places).then(|| self.places[place]);
            match (next, reading) {
                (Some(next), reading) if reading.is_none_or(|place| next.at.wall <= place.at) => {
                    self.anchor = (next.at.wall, next.at.up, next.at.offset);
                    msgs.push((self.stamp(next.at.wall), Msg::Appended(next)));
                    line += 1;
                }
                (_, Some(found)) => {
                    if let Some(reading) = self.reading(found) {
                        self.anchor = (reading.at, reading.up, self.anchor.2);
                        msgs.push(message(self.stamp(reading.at), reading));
                    }
                    place += 1;
                }
                _ => break,
            }
        }
        self.shown = (line, place);
        msgs
    }

    /// All clocks at a moment, counted on from what was shown last.
    fn stamp(&self, at: DateTime<Utc>) -> Stamp {
        let (wall, up, offset) = self.anchor;
        let up = up + (at - wall).to_std().unwrap_or_default();
        Stamp { wall: at, offset, mono: up, boot: up }
    }

    fn start(&mut self, record: Record) -> Result<Start, String> {
        let run = record.run.clone().ok_or("the log does not begin with the start of a run")?;
        let key = format!("{} {:?}", record.plan.sha256, record.plan.sidecar_sha256);
        let plan = match &self.plan {
            Some((known, plan)) if *known == key => Arc::clone(plan),
            _ => {
                let folder = self.path.parent().unwrap_or(Path::new(""));
                let (plan, lacks) = plan::recorded(&record.plan, folder)?;
                if let Some(why) = lacks {
                    self.trouble = Some(format!("the panes cannot be shown: {why}"));
                }
                let plan = Arc::new(plan);
                self.plan = Some((key, Arc::clone(&plan)));
                plan
            }
        };
        Ok(Start {
            text: record.plan.clone(),
            plan,
            record,
            name: run.name,
            mode: if run.mode == RunMode::Rehearsal { RunMode::Rehearsal } else { RunMode::Live },
            access: Access::Watcher(if self.ended() {
                "the run has ended".to_owned()
            } else {
                format!("{} writes this log", self.holder)
            }),
            operator: None,
            login: String::new(),
            via: host::via(),
            log: self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            tool: TOOL.to_owned(),
            boot_id: String::new(),
            pid: std::process::id(),
            session: 0,
            entropy: [0; 32],
            recovered: None,
            network: None,
            size: self.size,
        })
    }

    fn replay(&self) -> Replay {
        Replay {
            from: self.begin(),
            to: self.end(),
            at: self.at,
            pace: self.pace,
            ended: self.ended(),
            acts: (self.acts.len(), until(&self.acts, self.at)),
            exceptions: Arc::clone(&self.exceptions),
            trouble: self.trouble.clone(),
        }
    }
}

fn message(at: Stamp, reading: Reading) -> (Stamp, Msg) {
    let msg = match reading.seen {
        Seen::Sample(sample) => Msg::Sample(reading.probe, sample),
        Seen::Lines(batch) => Msg::Lines(reading.probe, batch),
    };
    (at, msg)
}
