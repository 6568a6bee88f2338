//! The machine: a state and its log, driven as the loop drives them, and judged after every step.

use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, TimeZone, Utc};
use cutover::clock::{Clock, ManualClock};
use cutover::plan::{self, Plan};
use cutover::record::{self, Record};
use cutover::sample::{Reading, Sample};
use cutover::signoff::event::RunMode;
use cutover::signoff::log::{self, Access as Opened};
use cutover::signoff::verify::{Outcome, verify};
use cutover::signoff::{Draft, Head, Line, Refused, Sink, Via};
use cutover::state::action::Action;
use cutover::state::layer::{Kind, Then};
use cutover::state::{Access, Cursor, Effect, Msg, Start, State, update};
use tempfile::TempDir;
use tui_input::InputRequest;

use super::ledger::Ledger;
use super::observer::Observer;
use super::steps::{self, PLAN, PROBES, Restart, SIDECAR, Step, seconds};
use crate::common::desk::{fail, pass};

/// What is typed into prompts.
const WORDS: [&str; 6] = ["it must be", "lee", "dana", "06:10", "5m", ""];
/// Longer than a dialog is deaf.
const THINK: Duration = Duration::from_millis(400);

pub struct Machine {
    pub(super) state: State,
    pub(super) clock: ManualClock,
    pub(super) ledger: Ledger,
    pub(super) observer: Observer,
    /// What has truly passed since the run began.
    pub(super) truth: Duration,
    sink: Box<dyn Sink>,
    folder: TempDir,
    log: PathBuf,
    /// Bytes of the log that the ledger has read.
    read: usize,
    /// The log's last line, as its writer knows it.
    head: Head,
    /// When each act was truly made, and by how many seconds the clock had been set until then.
    made: BTreeMap<String, (Duration, i64)>,
    /// By how many seconds the clock was set in all, and as far as the log can know.
    set: (i64, i64),
    hangs: bool,
    full: bool,
    /// What waits while the disk hangs.
    waiting: VecDeque<Vec<Draft>>,
    text: String,
    boot: u32,
    operator: String,
}

impl Machine {
    pub fn start() -> Machine {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("plan.md"), PLAN).unwrap();
        std::fs::write(folder.path().join("plan.toml"), SIDECAR).unwrap();
        let log = folder.path().join("plan.signoff.jsonl");
        let clock = ManualClock::new(Utc.with_ymd_and_hms(2026, 11, 21, 6, 0, 0).unwrap());
        let Opened::Writer(_, sink, opened) = log::create(&log, &clock).unwrap() else { panic!("held") };
        let start = begin(&load(folder.path()), Record::default(), "dana", &opened, 0);
        let (state, effects) = State::start(start, &clock.now());
        let mut machine = Machine {
            state,
            clock,
            ledger: Ledger::default(),
            observer: Observer::default(),
            truth: Duration::ZERO,
            sink,
            folder,
            log,
            read: 0,
            head: opened.head,
            made: BTreeMap::new(),
            set: (0, 0),
            hangs: false,
            full: false,
            waiting: VecDeque::new(),
            text: PLAN.to_owned(),
            boot: 0,
            operator: "dana".to_owned(),
        };
        machine.draft(effects);
        machine.flush();
        machine
    }

    pub fn play(&mut self, step: &Step) {
        match step {
            Step::Act { action, item, answers } => self.act(*action, *item, answers),
            Step::Watch { rounds, bad } => self.watch(*rounds, bad),
            Step::Read { after, probe, ok } => {
                self.pass(seconds(*after));
                self.measure(PROBES[*probe], *ok);
            }
            Step::Wait(span) => {
                self.pass(seconds(*span));
                self.send(Msg::Wake);
            }
            Step::Brink { lock, before } => {
                if let Some(left) = self.left(*lock) {
                    self.pass(left.saturating_sub(seconds(*before)));
                    self.send(Msg::Wake);
                }
            }
            Step::Sleep(span) => {
                self.clock.suspend(seconds(*span));
                self.truth += seconds(*span);
                self.observer.slept(seconds(*span));
                self.send(Msg::Wake);
            }
            Step::Clock { by, noticed } => {
                self.set_clock(*by);
                if *noticed {
                    self.send(Msg::Wake);
                }
            }
            Step::Edit { edit, answers } => {
                self.save(*edit);
                let plan = plan::load(&self.folder.path().join("plan.md"), &|_| None);
                self.send(Msg::Files(Box::new(plan.map_err(|error| error.to_string()))));
                self.answer(answers);
            }
            Step::Hang if self.hangs => self.flush(),
            Step::Hang => self.hangs = true,
            Step::Full => self.full = true,
            Step::Second => {
                let access = log::open(&self.log, &self.clock).unwrap();
                assert!(matches!(access, Opened::Watcher(..)), "two write one log");
            }
            Step::Again(how) => self.again(how),
        }
    }

    /// Everything is written, and the log alone says the same.
    pub fn end(mut self) {
        self.flush();
        self.judge();
        assert!(self.replay() == self.state.record, "the log alone says something else");
        let verification = verify(&self.log);
        assert!(matches!(verification.outcome, Outcome::Intact), "{verification:?}");
    }

    pub(super) fn pass(&mut self, span: Duration) {
        self.clock.advance(span);
        self.truth += span;
    }

    fn set_clock(&mut self, by: i64) {
        self.clock.step(TimeDelta::seconds(by));
        self.set.0 += by;
    }

    /// A message comes, and what the disk says to what follows from it.
    fn send(&mut self, msg: Msg) {
        self.take(vec![msg]);
    }

    fn take(&mut self, msgs: Vec<Msg>) {
        let mut inbox = VecDeque::from(msgs);
        while let Some(msg) = inbox.pop_front() {
            let effects = update(&mut self.state, msg, &self.clock.now());
            self.draft(effects);
            if inbox.is_empty() {
                inbox.extend(self.append());
            }
        }
    }

    fn draft(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let Effect::Append(drafts) = effect else { continue };
            for draft in &drafts {
                self.made.insert(draft.act.to_string(), (self.truth, self.set.0));
            }
            self.judge_drafts(&drafts);
            self.waiting.push_back(drafts);
        }
    }

    /// What the disk says to the drafts that wait longest.
    fn append(&mut self) -> Vec<Msg> {
        let Some(drafts) = (!self.hangs).then(|| self.waiting.pop_front()).flatten() else {
            return Vec::new();
        };
        if std::mem::take(&mut self.full) {
            let why = "No space left on device".to_owned();
            return vec![Msg::Refused { drafts: drafts.into(), why, full: false }];
        }
        self.write(&drafts).into_iter().map(|line| Msg::Appended(Arc::new(line))).collect()
    }

    fn write(&mut self, drafts: &[Draft]) -> Vec<Line> {
        let lines = self.sink.append(self.head, drafts).unwrap();
        self.head = lines.last().map_or(self.head, |line| line.head);
        let bytes = std::fs::read(&self.log).unwrap();
        for raw in bytes[self.read..].split_inclusive(|byte| *byte == b'\n') {
            let act: serde_json::Value = serde_json::from_slice(raw).unwrap();
            let (truth, set) = self.made[act["act"].as_str().unwrap()];
            self.set.1 = set;
            self.ledger.read(raw.strip_suffix(b"\n").unwrap(), truth);
        }
        self.read = bytes.len();
        lines
    }

    fn flush(&mut self) {
        self.hangs = false;
        let said = self.append();
        self.take(said);
    }

    fn act(&mut self, action: Action, item: usize, answers: &[usize]) {
        self.state.ui.layers.clear();
        let there: Vec<_> = self.state.record.items.iter().filter(|item| !item.removed).collect();
        self.state.ui.cursor = Cursor::Item(there[item % there.len()].row.id);
        self.pass(THINK);
        self.send(Msg::Action { action, repeat: false });
        self.answer(answers);
    }

    /// Answers what is asked, this way or that.
    fn answer(&mut self, answers: &[usize]) {
        for &answer in answers {
            self.pass(THINK);
            let msg = match self.state.ui.layers.last().map(|layer| &layer.kind) {
                None => return,
                Some(Kind::Prompt(_)) => {
                    self.send(Msg::Edit(InputRequest::DeleteLine));
                    for c in WORDS[answer % WORDS.len()].chars() {
                        self.send(Msg::Edit(InputRequest::InsertChar(c)));
                    }
                    Msg::Confirm
                }
                Some(Kind::Choice(choice)) => {
                    let leaves = |at: &usize| choice.answers[*at].then != Then::Leave;
                    let at = Some(answer % choice.answers.len()).filter(leaves).unwrap_or_default();
                    Msg::Choose(choice.answers[at].key)
                }
                Some(Kind::Pick(_)) => Msg::Confirm,
                Some(_) => Msg::Action { action: Action::Back, repeat: false },
            };
            self.send(msg);
        }
    }

    fn watch(&mut self, rounds: u64, bad: &[bool]) {
        let mut bad = bad.iter().copied().cycle();
        for _ in 0..rounds {
            self.pass(seconds(5));
            for probe in PROBES {
                self.measure(probe, !bad.next().unwrap());
            }
            self.send(Msg::Wake);
        }
    }

    fn measure(&mut self, probe: &'static str, ok: bool) {
        let at = self.clock.now();
        let health = if ok { pass("200", 60) } else { fail("503", 60, "status < 400", "503") };
        self.observer.read(probe, ok, at);
        let sample = Sample { began: at, at, reading: Reading::Health(health) };
        self.send(Msg::Sample(probe.parse().unwrap(), Box::new(sample)));
    }

    fn save(&mut self, edit: usize) {
        self.text = steps::edited(&self.text, edit);
        std::fs::write(self.folder.path().join("plan.md"), &self.text).unwrap();
    }

    fn again(&mut self, how: &Restart) {
        match how.killed {
            None => {
                self.full = false;
                self.flush();
                self.send(Msg::Leave("left by the operator".to_owned()));
            }
            Some(arrives) => self.kill(arrives),
        }
        self.observer.begin_anew();
        self.truth += seconds(how.off);
        match how.reboot {
            Some(lag) => {
                // What nobody saw before the machine went down is nothing that anybody can know: it is set right.
                self.set_clock(self.set.1 - self.set.0);
                self.clock.reboot(seconds(how.off));
                self.clock.step(TimeDelta::seconds(-lag));
                self.boot += 1;
            }
            None => self.clock.advance(seconds(how.off)),
        }
        self.set_clock(how.clock);
        if let Some(edit) = how.edit {
            self.save(edit);
        }
        self.open();
        self.answer(&how.answers);
    }

    /// Nothing is said any more; what was on its way arrives, or its beginning does.
    fn kill(&mut self, arrives: bool) {
        (self.hangs, self.full) = (false, false);
        for drafts in std::mem::take(&mut self.waiting) {
            if arrives {
                self.write(&drafts);
            }
        }
        if !arrives {
            let mut file = std::fs::File::options().append(true).open(&self.log).unwrap();
            file.write_all(b"{\"v\":1,\"seq\":").unwrap();
        }
    }

    fn open(&mut self) {
        if let Some(known) = &self.state.record.operator {
            self.operator.clone_from(known);
        }
        // The lock of the cockpit before must be free.
        self.sink = Box::new(Nowhere);
        let Opened::Writer(_, sink, opened) = log::open(&self.log, &self.clock).unwrap() else {
            panic!("held")
        };
        (self.sink, self.head) = (sink, opened.head);
        let plan = load(self.folder.path());
        let start = begin(&plan, self.replay(), &self.operator, &opened, self.boot);
        let (state, effects) = State::start(start, &self.clock.now());
        self.state = state;
        self.draft(effects);
        self.flush();
    }

    pub(super) fn replay(&self) -> Record {
        let mut record = Record::default();
        let mut visit = |line| {
            record::apply(&mut record, &line);
            ControlFlow::Continue(())
        };
        log::source(&self.log).read(Head::default(), &mut visit).unwrap();
        record
    }
}

/// A log that is shut.
struct Nowhere;

impl Sink for Nowhere {
    fn append(&mut self, _: Head, _: &[Draft]) -> Result<Vec<Line>, Refused> {
        Err(Refused::Unsure)
    }
}

fn load(folder: &Path) -> Arc<Plan> {
    Arc::new(plan::load(&folder.join("plan.md"), &|_| None).unwrap_or_else(|error| panic!("{error}")))
}

fn begin(plan: &Arc<Plan>, record: Record, operator: &str, opened: &log::Opened, boot: u32) -> Start {
    Start {
        plan: Arc::clone(plan),
        text: plan::text(plan),
        record,
        name: "plan.live-2026-11-21-1".to_owned(),
        mode: RunMode::Live,
        access: Access::Writer,
        operator: Some(operator.to_owned()),
        login: "ops".to_owned(),
        via: Via { host: "bastion".to_owned(), user: "ops".to_owned(), ..Via::default() },
        log: "plan.signoff.jsonl".to_owned(),
        tool: "cutover 0.1.0".to_owned(),
        boot_id: format!("boot-{boot}"),
        pid: 4242,
        session: opened.session,
        entropy: [7; 32],
        recovered: opened.recovered.clone(),
        network: None,
        size: (160, 45),
    }
}
