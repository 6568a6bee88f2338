//! The player: each step of a script on a state with a real log below it.

mod look;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cutover::app;
use cutover::app::recording::{self, Recording};
use cutover::clock::{Clock, ManualClock, Stamp};
use cutover::plan::{self, Plan};
use cutover::readings::{News, Seen};
use cutover::record::{self, ItemState, Record};
use cutover::signoff::event::RunMode;
use cutover::signoff::log::{self, Access as Opened};
use cutover::signoff::naming::{self, PlanKey, Wanted};
use cutover::signoff::{Draft, Head, Sink, Via};
use cutover::state::action::{ACTIONS, Action};
use cutover::state::layer::{Kind, Mode};
use cutover::state::{Access, Cursor, Effect, Msg, Start, State, update};
use tempfile::TempDir;
use tui_input::InputRequest;

use super::script::{Script, Step, span};
use super::world::{self, World};

/// The recorder seals within this time.
const DISK: Duration = Duration::from_secs(10);
/// Checks read so often.
const EVERY: Duration = Duration::from_secs(5);
/// So long a person takes for a key.
const HAND: Duration = Duration::from_millis(400);
/// The readings go on for so long after the cockpit is opened again before the script does.
const SETTLE: Duration = Duration::from_secs(10);

/// A day under way.
pub struct Day {
    state: State,
    sink: Box<dyn Sink>,
    recording: Recording,
    /// What the recorder has for the log.
    recorded: Receiver<News>,
    /// Something was recorded since the last seal.
    unsealed: bool,
    clock: Arc<ManualClock>,
    world: World,
    folder: TempDir,
    log: PathBuf,
    /// The log of the run before.
    before: Option<PathBuf>,
    mode: RunMode,
    operator: String,
    boot: u32,
    session: u64,
    left: bool,
    /// So long ago the checks read.
    since_read: Duration,
}

/// Plays one step.
pub fn step(day: &mut Option<Day>, script: &Script, step: &Step) {
    if step.verb == "begin" {
        *day = Some(Day::begin(script, step, day.take()));
        return;
    }
    let day = day.as_mut().unwrap_or_else(|| panic!("line {}: nothing has begun", step.line));
    day.play(step);
}

impl Day {
    fn begin(script: &Script, step: &Step, mut before: Option<Day>) -> Day {
        let words = step.words();
        if let Some(before) = &mut before {
            before.end();
        }
        let clock = Arc::new(ManualClock::new(words[0].parse::<DateTime<Utc>>().unwrap()));
        let (folder, rehearsal) = before
            .map_or_else(|| (tempfile::tempdir().unwrap(), None), |before| (before.folder, Some(before.log)));
        std::fs::write(folder.path().join("plan.md"), &script.plan).unwrap();
        std::fs::write(folder.path().join("plan.toml"), &script.sidecar).unwrap();
        let mode = if words.contains(&"rehearsal") { RunMode::Rehearsal } else { RunMode::Live };
        let mut plan = load(folder.path());
        if words.contains(&"baseline") {
            let run = app::baseline::read(rehearsal.as_ref().unwrap(), &plan).unwrap();
            Arc::make_mut(&mut plan).baseline = Some(run);
        }
        let log = named_log(&plan, &Wanted { mode, new: true, log: None }, &clock).unwrap();
        let Opened::Writer(_, sink, _) = log::create(&log, &*clock).unwrap() else { panic!("held") };
        let world = World::default();
        let operator = "dana".to_owned();
        let start = start(&plan, &log, Record::default(), mode, &operator, (1, 1));
        let (state, effects) = State::start(start, &clock.now());
        let (recording, recorded) = record_on(&log, &Record::default(), &clock);
        let mut day = Day {
            state,
            sink,
            recording,
            recorded,
            unsealed: false,
            clock,
            world,
            folder,
            log,
            before: rehearsal,
            mode,
            operator,
            boot: 1,
            session: 1,
            left: false,
            since_read: Duration::ZERO,
        };
        day.perform(effects);
        day
    }

    fn now(&self) -> Stamp {
        self.clock.now()
    }

    fn send(&mut self, msg: Msg) {
        let now = self.now();
        let effects = update(&mut self.state, msg, &now);
        self.perform(effects);
        let tally = self.state.outline.tally;
        assert!(tally.settled() <= tally.all(), "more than everything is done");
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Append(drafts) => self.append(drafts),
                Effect::Record(taken) => {
                    self.unsealed |= matches!(taken.seen, Seen::Sample(_));
                    // Time runs faster here than any disk writes.
                    while !self.recording.take((*taken).clone()) {
                        std::thread::yield_now();
                    }
                }
                Effect::Seal => self.seal(),
                Effect::Leave => self.left = true,
                _ => {}
            }
        }
    }

    /// What was recorded is on the disk and in the log.
    fn seal(&mut self) {
        if std::mem::take(&mut self.unsealed) {
            self.recording.seal();
            let news = self.recorded.recv_timeout(DISK).expect("the recorder seals");
            self.send(Msg::Recorded(Box::new(news)));
        }
    }

    fn append(&mut self, mut drafts: Vec<Draft>) {
        self.recording.end(&mut drafts);
        let head = self.state.record.head;
        let lines = self.sink.append(head, &drafts).unwrap();
        let now = self.now();
        let told = lines.into_iter().map(|line| Msg::Appended(Arc::new(line)));
        let effects = told.flat_map(|msg| update(&mut self.state, msg, &now)).collect();
        self.perform(effects);
    }

    /// Time passes, and every probe reads.
    fn run(&mut self, span: Duration) {
        let mut gone = Duration::ZERO;
        while gone < span {
            let step = EVERY.saturating_sub(self.since_read).min(span.checked_sub(gone).unwrap());
            self.clock.advance(step);
            gone += step;
            self.since_read += step;
            let now = self.now();
            if self.since_read < EVERY {
                self.send(Msg::Wake);
                continue;
            }
            self.since_read = Duration::ZERO;
            for (id, sample) in self.world.samples(now) {
                self.send(Msg::Sample(id, Box::new(sample)));
            }
            for (id, batch) in self.world.quiet(now) {
                self.send(Msg::Lines(id, Box::new(batch)));
            }
            while let Ok(news) = self.recorded.try_recv() {
                self.send(Msg::Recorded(Box::new(news)));
            }
            self.send(Msg::Wake);
        }
    }

    fn play(&mut self, step: &Step) {
        let rest = step.rest.as_str();
        let now = self.now();
        match step.verb.as_str() {
            "health" | "dns" | "copy" => self.world.set(step, now, &self.state.plan.settings.dns),
            "log" => {
                let (id, batch) = self.world.line(step, now);
                self.send(Msg::Lines(id, Box::new(batch)));
            }
            "reconcile" => {
                let name = step.words()[0];
                let mut jobs = self.state.plan.settings.reconciles.iter();
                let job = jobs.find(|job| job.name == name).unwrap();
                let expected: Vec<String> = job.expect.iter().map(|it| it.source().to_owned()).collect();
                let (id, sample) = world::comparison(step, &expected, now);
                self.send(Msg::Sample(id, Box::new(sample)));
            }
            "run" => self.run(span(rest)),
            "sleep" => {
                self.clock.suspend(span(rest));
                self.send(Msg::Wake);
            }
            "clock" => {
                let by = TimeDelta::from_std(span(rest)).unwrap();
                self.clock.step(if rest.starts_with('-') { -by } else { by });
                self.send(Msg::Wake);
            }
            "away" | "crash" | "reboot" => self.again(&step.verb, span(rest)),
            "operator" => {
                rest.clone_into(&mut self.operator);
                self.key(Action::ChangeOperator);
                self.enter(rest);
            }
            "tick" | "ask" => {
                self.go(step, rest);
                self.key(Action::Tick);
                let open = self.open();
                if step.verb == "tick" {
                    assert!(open.is_none(), "line {}: asked first: {open:?}", step.line);
                    assert!(self.is(rest) == "done", "line {}: {rest} is {}", step.line, self.is(rest));
                } else {
                    assert!(open.is_some(), "line {}: nothing was asked: {:?}", step.line, self.said());
                }
            }
            "go" => self.go(step, rest),
            "all" => self.all(step),
            "act" => {
                let (name, text) = step.halves(" on ");
                self.go(step, text);
                self.key(named(step, name));
            }
            "key" => self.key(named(step, rest)),
            "type" => self.typed(step, rest),
            "choose" => self.choose(step, rest),
            "edit" => self.edit(step),
            _ => self.look(step),
        }
    }

    /// Leaves the cockpit, or kills it, and opens it again on the same log.
    fn again(&mut self, how: &str, off: Duration) {
        if how != "crash" {
            self.send(Msg::Leave("left by the operator".to_owned()));
            assert!(std::mem::take(&mut self.left), "it did not leave");
        }
        // What a killed one leaves behind is sealed by the next.
        let _unsealed = self.recording.close();
        if how == "reboot" {
            self.clock.reboot(off);
            self.boot += 1;
        } else {
            self.clock.advance(off);
        }
        self.session += 1;
        // The lock of the cockpit before must be free.
        self.sink = Box::new(Nowhere);
        let Opened::Writer(mut source, sink, _) = log::open(&self.log, &*self.clock).unwrap() else {
            panic!("held")
        };
        self.sink = sink;
        let mut record = Record::default();
        let mut visit = |line| {
            record::apply(&mut record, &line);
            ControlFlow::Continue(())
        };
        source.read(Head::default(), &mut visit).unwrap();
        (self.recording, self.recorded) = record_on(&self.log, &record, &self.clock);
        let mut plan = load(self.folder.path());
        Arc::make_mut(&mut plan).baseline.clone_from(&self.state.plan.baseline);
        let start = start(&plan, &self.log, record, self.mode, &self.operator, (self.session, self.boot));
        let (state, effects) = State::start(start, &self.now());
        self.state = state;
        self.perform(effects);
        self.run(SETTLE);
    }

    fn edit(&mut self, step: &Step) {
        let (old, new) = step.halves(" =>");
        let new = new.trim_start();
        let (old, new) = (old.replace("\\n", "\n"), new.replace("\\n", "\n"));
        let file = self.folder.path().join("plan.md");
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(&old), "line {}: the plan has no {old:?}", step.line);
        std::fs::write(&file, text.replacen(&old, &new, 1)).unwrap();
        let plan = plan::load(&file, &|_| None).map_err(|error| error.to_string());
        self.send(Msg::Files(Box::new(plan)));
    }

    fn key(&mut self, action: Action) {
        self.run(HAND);
        self.send(Msg::Action { action, repeat: false });
    }

    fn enter(&mut self, text: &str) {
        self.run(HAND);
        if let Some(Kind::Prompt(prompt)) = self.state.ui.layers.last().map(|layer| &layer.kind)
            && !prompt.input.value().is_empty()
        {
            self.send(Msg::Edit(InputRequest::DeleteLine));
        }
        for c in text.chars() {
            self.send(Msg::Edit(InputRequest::InsertChar(c)));
        }
        self.send(Msg::Confirm);
    }

    fn typed(&mut self, step: &Step, text: &str) {
        let mode = self.state.mode();
        assert!(matches!(mode, Mode::Prompt | Mode::Pick), "line {}: nothing is asked: {mode:?}", step.line);
        self.enter(text);
        if let Some(Kind::Prompt(prompt)) = self.state.ui.layers.last().map(|layer| &layer.kind)
            && let Some(why) = &prompt.complaint
        {
            panic!("line {}: not taken: {why}", step.line);
        }
    }

    fn choose(&mut self, step: &Step, letter: &str) {
        self.run(HAND);
        let before = self.open();
        assert_eq!(self.state.mode(), Mode::Choice, "line {}: nothing to choose: {before:?}", step.line);
        self.send(Msg::Choose(letter.chars().next().unwrap()));
        assert_ne!(before, self.open(), "line {}: no such answer: {letter}", step.line);
    }

    fn go(&mut self, step: &Step, text: &str) {
        let found = self.find(text).unwrap_or_else(|| panic!("line {}: no item says {text:?}", step.line));
        let open = self.open();
        assert!(open.is_none(), "line {}: still asked: {open:?}", step.line);
        self.state.ui.cursor = Cursor::Item(found);
    }

    /// Ticks what is still open in a phase, or below a heading.
    fn all(&mut self, step: &Step) {
        let below = |fits: &dyn Fn(&String) -> bool| -> Vec<&record::ItemRecord> {
            let items = self.state.record.items.iter();
            let items = items.filter(|item| item.state == ItemState::Open && !item.removed);
            items.filter(|item| item.row.section.iter().chain([&item.row.phase]).any(fits)).collect()
        };
        let mut open = below(&|heading| *heading == step.rest);
        if open.is_empty() {
            open = below(&|heading| heading.contains(&step.rest));
        }
        open.sort_by_key(|item| std::cmp::Reverse(item.row.depth));
        let open: Vec<_> = open.into_iter().map(|item| item.row.id).collect();
        assert!(!open.is_empty(), "line {}: nothing is open in {:?}", step.line, step.rest);
        for id in open {
            self.state.ui.layers.clear();
            self.state.ui.cursor = Cursor::Item(id);
            self.key(Action::Tick);
            let item = self.state.record.item(id).unwrap();
            let done = item.state == ItemState::Done;
            assert!(
                done,
                "line {}: {}: {:?}",
                step.line,
                item.row.text,
                self.open().as_ref().or(self.said())
            );
        }
    }

    fn find(&self, text: &str) -> Option<cutover::checklist::ItemId> {
        let (phase, text) = text.split_once(" > ").unwrap_or(("", text));
        let items = || self.state.record.items.iter().filter(move |item| item.row.phase.contains(phase));
        let equal = items().find(|item| item.row.text == text);
        equal.or_else(|| items().find(|item| item.row.text.contains(text))).map(|item| item.row.id)
    }

    fn is(&self, text: &str) -> String {
        let item = self.find(text).and_then(|id| self.state.record.item(id));
        item.map_or_else(|| "not there".to_owned(), |item| item.state.to_string())
    }

    /// What is asked at the moment.
    fn open(&self) -> Option<String> {
        self.state.ui.layers.last().map(|layer| match &layer.kind {
            Kind::Prompt(prompt) => format!("{}: {:?} {}", prompt.title, prompt.lines, prompt.hint),
            Kind::Choice(choice) => format!("{}: {:?}", choice.title, choice.lines),
            other => format!("{other:?}"),
        })
    }

    fn said(&self) -> Option<&String> {
        self.state.ui.notice.as_ref().map(|(_, text)| text)
    }
}

/// Records beside a log, as the cockpit does.
fn record_on(log: &Path, record: &Record, clock: &Arc<ManualClock>) -> (Recording, Receiver<News>) {
    let (tell, told) = channel();
    let mut recording = Recording::default();
    let clock: Arc<dyn Clock> = Arc::clone(clock) as Arc<dyn Clock>;
    let tell = move |news| drop(tell.send(news));
    recording.start(log, recording::sealed(record), &clock, tell).unwrap();
    (recording, told)
}

/// A log that is shut.
struct Nowhere;

impl Sink for Nowhere {
    fn append(
        &mut self,
        _: Head,
        _: &[Draft],
    ) -> Result<Vec<cutover::signoff::Line>, cutover::signoff::Refused> {
        Err(cutover::signoff::Refused::Unsure)
    }
}

fn named(step: &Step, name: &str) -> Action {
    let found = ACTIONS.iter().find(|spec| spec.name == name);
    found.unwrap_or_else(|| panic!("line {}: no action is called {name:?}", step.line)).action
}

fn load(folder: &Path) -> Arc<Plan> {
    let env = |name: &str| Some(format!("value of {name}"));
    Arc::new(plan::load(&folder.join("plan.md"), &env).unwrap_or_else(|error| panic!("{error}")))
}

/// The log that the command line would take.
fn named_log(plan: &Plan, wanted: &Wanted, clock: &ManualClock) -> Result<PathBuf, String> {
    let items = plan.checklist.items.iter().map(|item| item.id).collect();
    let title = plan.title();
    let key = PlanKey { path: &plan.path, title: &title, items: &items };
    match naming::choose(key, wanted, clock.now().local().date_naive()) {
        Ok(naming::Choice::New(path) | naming::Choice::Resume(path)) => Ok(path),
        Ok(naming::Choice::Ask(found)) => Err(format!("{} are open", found.len())),
        Err(error) => Err(error.to_string()),
    }
}

fn start(
    plan: &Arc<Plan>,
    log: &Path,
    record: Record,
    mode: RunMode,
    operator: &str,
    (session, boot): (u64, u32),
) -> Start {
    Start {
        plan: Arc::clone(plan),
        text: plan::text(plan),
        record,
        name: log::stem(log),
        mode,
        access: Access::Writer,
        operator: Some(operator.to_owned()),
        login: "ops".to_owned(),
        via: Via { host: "bastion".to_owned(), user: "ops".to_owned(), ..Via::default() },
        log: log.file_name().unwrap().to_string_lossy().into_owned(),
        tool: "cutover 0.1.0".to_owned(),
        boot_id: format!("boot-{boot}"),
        pid: 4242,
        session,
        entropy: [7; 32],
        recovered: None,
        network: None,
        size: (160, 45),
    }
}
