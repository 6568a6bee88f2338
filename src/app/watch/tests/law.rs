//! Panes at a moment are what they were then: a cockpit is driven, its log and readings written, then all is played.

use std::sync::mpsc::{Receiver, channel};

use ratatui::backend::TestBackend;
use ratatui::buffer::Cell;
use ratatui::{Frame, Terminal};

use super::*;
use crate::app;
use crate::app::open::{self, Opened, Run};
use crate::clock::Stamp;
use crate::plan;
use crate::readings::{News, Recorder, Taken};
use crate::sample::dns::{Answer, Link, Reply, Server};
use crate::sample::log::{Level, Shape, Source as LogIs};
use crate::sample::{Dns, Health, LogBatch, Miss, Outcome, ProbeId, ProbeState, Reading, Sample, copy, host};
use crate::signoff::Sink;
use crate::signoff::event::OutageKind;
use crate::state::Pane;
use crate::state::action::Action;
use crate::state::live::Probed;
use crate::theme::{Depth, Styles, Theme, UNICODE};
use crate::view;

const PLAN: &str =
    "# Move\n## One\n- [ ] first\n- [ ] second\n- [ ] third\n## Two\n- [ ] fourth\n- [ ] fifth\n";

const SIDECAR: &str = r#"
[defaults]
every = "5s"
[[health]]
name = "api"
url = "http://192.0.2.9/health"
old = "192.0.2.1:80"
new = "192.0.2.2:80"
down_after = 3
[[health]]
name = "web"
url = "http://192.0.2.9/"
every = "2s"
public = true
[[dns]]
name = "api.example.test"
type = "CNAME"
old = "old.example.test"
new = "new.example.test"
resolvers = ["192.0.2.53", "192.0.2.54"]
[[copy]]
name = "blobs"
source = { file = "rclone.log" }
[[log]]
name = "app"
file = "app.log"
silent = "20s"
[host]
every = "5s"
"#;

/// What is measured or done at a moment.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    Health(usize, bool, u16),
    Reply(bool, bool, u8),
    Copied(u16),
    Load(u8, u8),
    Lines(u8, u8, u8),
    Tick,
    Key(Action),
}

/// A cockpit at work, its log and its recorder on a real disk.
pub(super) struct Day {
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
    pub(super) state: State,
    sink: Box<dyn Sink>,
    head: Head,
    log: PathBuf,
    recorder: Recorder,
    /// Holds the recorder's news.
    _news: Receiver<News>,
    /// When each stream was measured last.
    measured: std::collections::HashMap<String, DateTime<Utc>>,
    copied: u64,
}

impl Day {
    /// A day on whose disk so many bytes of the run are recorded already.
    pub(super) fn begin(recorded: u64) -> Day {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.md");
        std::fs::write(&path, PLAN).unwrap();
        std::fs::write(path.with_extension("toml"), SIDECAR).unwrap();
        let plan = Arc::new(plan::load(&path, &|_| None).unwrap());
        let clock = Arc::new(ManualClock::new("2026-11-21T06:00:00.001Z".parse().unwrap()));
        let time: Arc<dyn Clock> = clock.clone();
        let options = app::Options {
            plan: path,
            operator: Some("dana".to_owned()),
            rehearsal: false,
            new: false,
            log: None,
            baseline: None,
            wish: Wish::default(),
            hints: false,
        };
        let Run::Ours(opened) = open::open(&plan, &options, &time).unwrap() else { panic!("held") };
        let start = opened.start(&plan, &options, (160, 45));
        let Opened { path, sink, found, .. } = *opened;
        let evidence = log::evidence(&path);
        let before = evidence.join("readings-000001.jsonl");
        if recorded > 0 {
            std::fs::create_dir_all(&evidence).unwrap();
            std::fs::File::create(&before).unwrap().set_len(recorded).unwrap();
        }
        let (tell, news) = channel();
        let sealed = vec!["readings-000001.jsonl".to_owned()];
        let recorder = Recorder::start(evidence, sealed, time, move |said| {
            let _gone = tell.send(said);
        })
        .unwrap();
        let (state, first) = State::start(start, &clock.now());
        let mut day = Day {
            folder,
            clock,
            state,
            sink,
            head: found.head,
            log: path,
            recorder,
            _news: news,
            measured: std::collections::HashMap::new(),
            copied: 0,
        };
        day.perform(first);
        day
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Append(drafts) => {
                    let lines = self.sink.append(self.head, &drafts).unwrap();
                    for line in lines {
                        self.head = line.head;
                        self.send(Msg::Appended(Arc::new(line)));
                    }
                }
                Effect::Record(taken) => self.record(&taken),
                _ => {}
            }
        }
    }

    /// Records it; the recorder is waited for, a day goes faster here than any disk.
    fn record(&self, taken: &Taken) {
        while !self.recorder.take(taken.clone()) {
            std::thread::yield_now();
        }
    }

    fn send(&mut self, msg: Msg) {
        let now = self.clock.now();
        let effects = update(&mut self.state, msg, &now);
        self.perform(effects);
    }

    /// Time passes until so many milliseconds from now; the cockpit wakes behind every full second.
    pub(super) fn pass(&mut self, millis: u64) {
        let mut left = Duration::from_millis(millis);
        loop {
            let into = u64::from(self.clock.now().wall.timestamp_subsec_millis());
            let next = Duration::from_millis(if into == 0 { 1 } else { 1001 - into });
            if next > left {
                break;
            }
            self.clock.advance(next);
            left -= next;
            self.send(Msg::Wake);
        }
        self.clock.advance(left);
    }

    /// Does it, unless its probe has measured within this second.
    pub(super) fn act(&mut self, deed: &Deed) {
        let (name, msg) = match deed {
            Deed::Tick => return self.send(Msg::Action { action: Action::Tick, repeat: false }),
            Deed::Key(action) => {
                self.send(Msg::Action { action: *action, repeat: false });
                self.send(Msg::Edit(tui_input::InputRequest::InsertChar('x')));
                return self.send(Msg::Confirm);
            }
            Deed::Health(which, good, millis) => self.health(*which, *good, *millis),
            Deed::Reply(first, new, ttl) => self.reply(*first, *new, *ttl),
            Deed::Copied(bytes) => self.copy(*bytes),
            Deed::Load(cpu, free) => self.load(*cpu, *free),
            Deed::Lines(info, errors, shape) => self.lines(*info, *errors, *shape),
        };
        let now = self.clock.now().wall;
        let last = self.measured.get(&name).copied();
        if last.is_some_and(|last| now - last < TimeDelta::seconds(1)) {
            return;
        }
        self.measured.insert(name, now);
        self.send(msg);
    }

    fn sample(&self, took: Duration, reading: Reading) -> Box<Sample> {
        let at = self.clock.now();
        Box::new(Sample { began: at.earlier(took), at, reading })
    }

    fn health(&self, which: usize, good: bool, millis: u16) -> (String, Msg) {
        let name = ["health/api/old", "health/api/new", "health/api/live", "health/web"][which % 4];
        let took = Duration::from_millis(u64::from(millis));
        let miss = || Miss { expected: "status == 200".to_owned(), saw: "503".to_owned() };
        let outcome = if good { Outcome::Pass } else { Outcome::Fail(miss()) };
        let peer = Some("192.0.2.1:80".parse().unwrap());
        let health = Health { outcome, peer, ..Health::passed(if good { "200" } else { "503" }, took) };
        (name.to_owned(), Msg::Sample(name.parse().unwrap(), self.sample(took, Reading::Health(health))))
    }

    fn reply(&self, first: bool, new: bool, ttl: u8) -> (String, Msg) {
        let server = if first { "192.0.2.53" } else { "192.0.2.54" };
        let link = Link {
            owner: "api.example.test".to_owned(),
            kind: "CNAME".to_owned(),
            data: if new { "new.example.test" } else { "old.example.test" }.to_owned(),
            ttl: Duration::from_secs(u64::from(ttl)),
        };
        let took = Duration::from_millis(4);
        let reply = Reply {
            server: Server::Resolver(server.to_owned()),
            answer: Answer::Records(vec![link]),
            authoritative: false,
            stale: false,
            serial: None,
            aaaa: Vec::new(),
            remark: None,
            took: Some(took),
        };
        let id: ProbeId = self.state.live.records[0].id().clone();
        let reading = Reading::Dns(Box::new(Dns::Reply(reply)));
        (server.to_owned(), Msg::Sample(id, self.sample(took, reading)))
    }

    fn copy(&mut self, bytes: u16) -> (String, Msg) {
        self.copied += u64::from(bytes) * 1000;
        let mut said = copy::Copy {
            updated: Some(self.clock.now()),
            source: copy::Source::Open,
            ..copy::Copy::default()
        };
        said.progress.bytes.done = Some(self.copied);
        said.progress.bytes.total = Some(90_000_000);
        let sample = self.sample(Duration::ZERO, Reading::Copy(Box::new(said)));
        ("copy".to_owned(), Msg::Sample("copy/blobs".parse().unwrap(), sample))
    }

    fn load(&self, cpu: u8, free: u8) -> (String, Msg) {
        let host = host::Host {
            name: "here".to_owned(),
            cpu: Some(f64::from(cpu) / 255.0),
            cpus: 2.0,
            load: f64::from(cpu) / 100.0,
            memory: host::Memory { total: 1000, used: u64::from(free), ..host::Memory::default() },
            up: Some(self.clock.now().boot),
            ..host::Host::default()
        };
        let id = self.state.live.hosts[0].id().clone();
        (
            "host".to_owned(),
            Msg::Sample(id, self.sample(Duration::from_millis(1), Reading::Host(Box::new(host)))),
        )
    }

    fn lines(&self, info: u8, errors: u8, shape: u8) -> (String, Msg) {
        let mut batch =
            LogBatch { at: Some(self.clock.now()), source: LogIs::Running, ..LogBatch::default() };
        batch.counts[Level::Info as usize] = u64::from(info);
        batch.counts[Level::Error as usize] = u64::from(errors);
        if errors > 0 {
            let text = format!("failed after # ms in {}", shape % 9);
            let id = u64::from(shape % 9) + 1;
            batch.shapes.push(Shape { id, example: text.clone(), text, level: Level::Error, stated: None });
        }
        ("log".to_owned(), Msg::Lines("log/app".parse().unwrap(), Box::new(batch)))
    }

    pub(super) fn log(&self) -> &Path {
        &self.log
    }

    pub(super) fn clock(&self) -> Arc<ManualClock> {
        Arc::clone(&self.clock)
    }

    /// The day is over, and what was recorded is on disk; the log is held until it is dropped.
    pub(super) fn end(self) -> (Held, PathBuf, Arc<ManualClock>) {
        let _sealed = self.recorder.close(Duration::from_secs(30));
        let before = log::evidence(&self.log).join("readings-000001.jsonl");
        if std::fs::read(&before).is_ok_and(|bytes| bytes.first() == Some(&0)) {
            std::fs::remove_file(before).unwrap();
        }
        (Held { sink: self.sink, folder: self.folder }, self.log, self.clock)
    }
}

/// A day's folder, and its log's lock.
pub(super) struct Held {
    sink: Box<dyn Sink>,
    folder: tempfile::TempDir,
}

impl Held {
    /// The cockpit is killed.
    pub(super) fn kill(self) -> tempfile::TempDir {
        drop(self.sink);
        self.folder
    }
}

/// What the panes show, each over the whole screen, and what is known of the log.
fn panes(state: &mut State, now: &Stamp) -> Vec<String> {
    let (zoom, focus, logs) = (state.ui.zoom, state.ui.focus, state.ui.layers.len());
    assert_eq!(logs, 0, "{:?}", state.ui.layers);
    state.ui.zoom = true;
    let styles = Styles::new(&Theme::builtin().unwrap(), Depth::None);
    let mut shown = Vec::new();
    for pane in [Pane::Checklist, Pane::Health, Pane::Dns, Pane::Copy, Pane::Host] {
        state.ui.focus = pane;
        let mut terminal = Terminal::new(TestBackend::new(120, 30)).unwrap();
        let draw = |frame: &mut Frame<'_>| {
            let _laid = view::render(frame, state, &styles, &UNICODE, now);
        };
        terminal.draw(draw).unwrap();
        let buffer = terminal.backend().buffer().clone();
        // Below stand the pane beside and the lines of the cockpit itself.
        let rows = buffer.content().chunks(120).skip(2).take(22);
        let rows = rows.map(|row| row.iter().map(Cell::symbol).collect::<String>() + "\n");
        // The cursor is where who looks has put it.
        shown.push(rows.collect::<String>().replace('▌', " "));
    }
    (state.ui.zoom, state.ui.focus) = (zoom, focus);
    let app = &state.live.logs[0];
    let errors = app.rates.errors(now.boot);
    shown.push(format!("{} {errors:?} {} {:?}", app.state(), app.new, app.quiet(now)));
    for kind in [OutageKind::Outage, OutageKind::Maintenance] {
        shown.push(format!("{:?}", state.outage(kind, now)));
    }
    shown.push(format!("our line down for {:?}", state.line_down(now)));
    for probe in state.live.probes() {
        let (state, since) = (probe.state(), probe.since().map(|at| at.wall));
        shown.push(format!("{} {state} {} since {since:?}: {}", probe.id(), probe.settled(), probe.saw()));
    }
    shown
}

fn deed() -> impl Strategy<Value = Deed> {
    let good = || prop_oneof![3 => Just(true), 2 => Just(false)];
    prop_oneof![
        8 => (0..4usize, good(), 1..400u16).prop_map(|(which, good, took)| Deed::Health(which, good, took)),
        3 => (any::<bool>(), any::<bool>(), any::<u8>()).prop_map(|(a, b, ttl)| Deed::Reply(a, b, ttl)),
        2 => any::<u16>().prop_map(Deed::Copied),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(cpu, free)| Deed::Load(cpu, free)),
        3 => (0..5u8, 0..3u8, any::<u8>()).prop_map(|(i, e, s)| Deed::Lines(i, e, s)),
        1 => Just(Deed::Tick),
        1 => prop_oneof![Just(Action::Skip), Just(Action::Fail), Just(Action::Comment)].prop_map(Deed::Key),
    ]
}

fn deeds(most: usize) -> impl Strategy<Value = Vec<(u64, Deed)>> {
    let gap = prop_oneof![8 => 0..1500u64, 2 => 1500..9000u64, 1 => 9000..40_000u64];
    prop::collection::vec((gap, deed()), 20..most)
}

/// One server falls silent, then another, and the first answers again before the cockpit has woken.
#[test]
fn who_comes_back_when_another_has_fallen_silent_changes_nothing() {
    let mut day = Day::begin(0);
    let mut at = 1;
    for (moment, first) in [(121, true), (53_024, false), (65_530, false), (98_001, true)] {
        day.pass(moment - at);
        day.act(&Deed::Reply(first, true, 45));
        at = moment;
    }
    day.pass(118_001 - at);
    let (then, wanted) = (day.clock.now().wall, panes(&mut day.state, &day.clock.now()));
    day.pass(2000);
    let (_folder, log, clock) = day.end();
    let mut screen = Screen::of(&log, clock);
    let by = then - screen.at();
    screen.order(Order::To(Jump::By(by)));
    let now = screen.state.borrow().desk.last.unwrap();
    assert_eq!(panes(&mut screen.state.borrow_mut(), &now), wanted);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn panes_at_a_moment_are_what_they_were(
        deeds in deeds(160),
        looks in prop::collection::vec(any::<prop::sample::Index>(), 1..12),
    ) {
        let looks: Vec<usize> = looks.iter().map(|look| look.index(deeds.len())).collect();
        let mut day = Day::begin(0);
        let mut then = std::collections::BTreeMap::new();
        for (n, (gap, deed)) in deeds.iter().enumerate() {
            day.pass(*gap);
            day.act(deed);
            day.state.ui.layers.clear();
            let into = u64::from(day.clock.now().wall.timestamp_subsec_millis());
            day.pass(if into == 0 { 1 } else { 1001 - into });
            if looks.contains(&n) {
                let now = day.clock.now();
                then.insert(n, (now.wall, panes(&mut day.state, &now)));
                // What comes at the same millisecond belongs to the moment.
                day.pass(1);
            }
        }
        day.pass(2000);
        let (_folder, log, clock) = day.end();
        let mut screen = Screen::of(&log, clock);
        for look in looks {
            let (at, wanted) = &then[&look];
            let by = *at - screen.at();
            screen.order(Order::To(Jump::By(by)));
            prop_assert_eq!(screen.at(), *at);
            let now = screen.state.borrow().desk.last.unwrap();
            let found = panes(&mut screen.state.borrow_mut(), &now);
            for (found, wanted) in found.iter().zip(wanted) {
                prop_assert!(found == wanted, "at {at}\nthen\n{wanted}\nplayed\n{found}");
            }
        }
    }

    /// Behind 128 MiB one line stands for 40 s: states are those of some moment within that time.
    #[test]
    fn with_long_buckets_states_are_those_of_a_moment_nearby(deeds in deeds(160)) {
        const BUCKET: TimeDelta = TimeDelta::seconds(40);
        let mut day = Day::begin(130 << 20);
        let states = |state: &State| -> Vec<(ProbeId, ProbeState)> {
            state.live.probes().map(|probe| (probe.id().clone(), probe.settled())).collect()
        };
        let mut then = Vec::new();
        for (gap, deed) in &deeds {
            for _ in 0..*gap / 1000 {
                day.pass(1000);
                // What is played wakes at the moment that is looked at.
                day.send(Msg::Wake);
                then.push((day.clock.now().wall, states(&day.state)));
            }
            day.pass(gap % 1000);
            day.act(deed);
            day.state.ui.layers.clear();
            day.send(Msg::Wake);
            then.push((day.clock.now().wall, states(&day.state)));
        }
        let (_folder, log, clock) = day.end();
        let mut screen = Screen::of(&log, clock);
        for (at, _) in then.iter().step_by(61) {
            let by = *at - screen.at();
            screen.order(Order::To(Jump::By(by)));
            for (probe, found) in states(&screen.state.borrow()) {
                let near = then.iter().filter(|(moment, _)| (*moment - *at).abs() <= BUCKET);
                let known = near.flat_map(|(_, states)| states).any(|it| *it == (probe.clone(), found));
                prop_assert!(known, "{} is {} at {} and never was nearby", probe, found, at);
            }
        }
    }
}
