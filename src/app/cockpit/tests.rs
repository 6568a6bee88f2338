//! The real loop on a real log, with a screen in memory and keys from a channel.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use tokio::sync::mpsc::{self, Sender};

use super::*;
use crate::app::look::Wish;
use crate::app::open;
use crate::app::{Options, hands::Hands};
use crate::clock::SystemClock;
use crate::plan;
use crate::probe::Channels;
use crate::term::{MemoryScreen, Stall};

/// Longest wait for a condition; far more than any takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A memory screen that others can look at.
#[derive(Clone)]
struct Shown {
    shared: Arc<(Mutex<MemoryScreen>, Condvar)>,
    stall: Stall,
}

impl Shown {
    fn new(width: u16, height: u16) -> Shown {
        let screen = MemoryScreen::new(width, height);
        Shown { shared: Arc::new((Mutex::new(screen), Condvar::new())), stall: Stall::default() }
    }

    fn lock(&self) -> MutexGuard<'_, MemoryScreen> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, wanted: impl Fn(&str) -> bool) -> String {
        let guard = self.lock();
        let (screen, late) =
            self.shared.1.wait_timeout_while(guard, PATIENCE, |screen| !wanted(&screen.text())).unwrap();
        let text = screen.text();
        assert!(!late.timed_out(), "the screen never showed it; last:\n{text}");
        text
    }
}

impl Screen for Shown {
    fn ready(&self) -> bool {
        true
    }

    fn draw(&mut self, now: Duration, render: &mut dyn FnMut(&mut Frame<'_>)) -> Drawn {
        let drawn = self.lock().draw(now, render);
        self.shared.1.notify_all();
        drawn
    }

    fn painted(&mut self, number: u64, now: Duration) {
        self.lock().painted(number, now);
    }

    fn resize(&mut self, size: Size) {
        self.lock().resize(size);
    }

    fn repaint(&mut self) {
        self.lock().repaint();
    }

    fn copy(&mut self, text: &str) -> bool {
        self.lock().copy(text)
    }

    fn bell(&mut self) {
        self.lock().bell();
    }

    fn notify(&mut self, text: &str, through: bool) {
        self.lock().notify(text, through);
    }

    fn stall(&self) -> &Stall {
        &self.stall
    }
}

/// A cockpit that runs on a thread of its own.
struct Running {
    shown: Shown,
    input: Sender<Input>,
    control: Sender<Control>,
    log: PathBuf,
    thread: Option<JoinHandle<Left>>,
}

impl Running {
    fn start(folder: &Path, plan: &str) -> Running {
        let path = folder.join("move.md");
        std::fs::write(&path, plan).unwrap();
        Running::resume(folder)
    }

    fn resume(folder: &Path) -> Running {
        let path = folder.join("move.md");
        let shown = Shown::new(120, 40);
        let (control, control_in) = mpsc::channel(16);
        let (input, input_in) = mpsc::channel(256);
        let (log, log_in) = mpsc::channel(256);
        let (_output, output_in) = mpsc::channel(16);
        let (sample, samples_in) = mpsc::channel(256);
        let (lines, lines_in) = mpsc::channel(16);
        let options = Options {
            plan: path.clone(),
            operator: Some("dana".to_owned()),
            rehearsal: false,
            new: false,
            log: Some(folder.join("move.live-1.signoff.jsonl")),
            baseline: None,
            wish: Wish::default(),
            hints: false,
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let plan = Arc::new(plan::load(&path, &|_| None).unwrap());
        let open::Run::Ours(opened) = open::open(&plan, &options, &clock).unwrap() else { panic!("held") };
        let start = opened.start(&plan, &options, (120, 40));
        let (screen, tell, log_path) = (shown.clone(), control.clone(), opened.path.clone());
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let handle = runtime.handle().clone();
            let work = Work::start(
                *opened,
                path,
                Channels { samples: sample, lines },
                log,
                tell,
                Arc::clone(&clock),
                handle,
            )
            .unwrap();
            let (state, first) = State::start(start, &clock.now());
            let mut cockpit = Cockpit {
                state,
                screen,
                work,
                hands: Hands::default(),
                keys: Keys::standard().unwrap(),
                look: Look::of(&Wish::default(), &|name| (name == "LANG").then(|| "C.UTF-8".to_owned()))
                    .unwrap(),
                pace: Arc::clone(&clock),
                clock,
                dirty: true,
                urgent: true,
                writing: false,
                drawn: Duration::ZERO,
                leaving: None,
            };
            let mut wires = Wires {
                control: control_in,
                log: log_in,
                output: output_in,
                input: input_in,
                samples: samples_in,
                lines: lines_in,
            };
            let left = runtime.block_on(cockpit.run(&mut wires, first));
            assert_eq!(cockpit.work.finish(&mut wires.log), None);
            left
        });
        Running { shown, input, control, log: log_path, thread: Some(thread) }
    }

    fn key(&self, code: KeyCode) {
        let event = Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
        self.input.blocking_send(Input::Event(event)).unwrap();
    }

    fn text(&self, text: &str) {
        text.chars().for_each(|c| self.key(KeyCode::Char(c)));
    }

    fn leave(mut self) -> Left {
        self.control.blocking_send(Control::Signal(15, "SIGTERM")).unwrap();
        self.thread.take().unwrap().join().unwrap()
    }

    fn events(&self) -> Vec<String> {
        let log = std::fs::read_to_string(&self.log).unwrap();
        log.lines()
            .map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                line["event"].as_str().unwrap().to_owned()
            })
            .collect()
    }
}

const PLAN: &str = "# Move\n\n## One\n\n- [ ] first\n- [ ] second\n";

#[test]
fn a_tick_reaches_the_disk_before_the_screen_and_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path(), PLAN);
    running.shown.wait(|screen| screen.contains("0 of 2"));
    running.key(KeyCode::Char(' '));
    running.shown.wait(|screen| screen.contains("1 of 2"));
    assert_eq!(running.events(), ["run.started", "item.done"]);
    assert_eq!(running.leave(), Left::Signal(15));

    let running = Running::resume(folder.path());
    running.shown.wait(|screen| screen.contains("1 of 2") && screen.contains("run resumed"));
    assert_eq!(running.events(), ["run.started", "item.done", "run.ended", "run.resumed"]);
    running.leave();
}

#[test]
fn an_edit_of_the_file_arrives_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path(), PLAN);
    running.shown.wait(|screen| screen.contains("0 of 2"));
    let path = folder.path().join("move.md");
    let marks = crate::app::files::Marks::of(&path);
    crate::app::files::watch(path, marks, running.control.clone()).unwrap();
    std::fs::write(folder.path().join("move.md"), format!("{PLAN}- [ ] third\n")).unwrap();
    running.shown.wait(|screen| screen.contains("0 of 3"));
    assert!(running.events().contains(&"plan.amended".to_owned()));
    running.leave();
}

#[test]
fn a_file_becomes_evidence_beside_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.txt");
    std::fs::write(&file, "490112 copied").unwrap();
    let running = Running::start(folder.path(), PLAN);
    running.shown.wait(|screen| screen.contains("0 of 2"));
    running.key(KeyCode::Char('A'));
    running.text("/no/such/file");
    running.key(KeyCode::Enter);
    running.shown.wait(|screen| screen.contains("No such file"));
    running.control.blocking_send(Control::Msg(Msg::Edit(tui_input::InputRequest::DeleteLine))).unwrap();
    running.text(file.to_str().unwrap());
    running.key(KeyCode::Enter);
    running.shown.wait(|screen| screen.contains("attached out.txt"));
    let evidence = folder.path().join("move.live-1.evidence");
    let kept: Vec<_> = std::fs::read_dir(evidence).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(std::fs::read(&kept[0]).unwrap(), b"490112 copied");
    running.leave();
}
