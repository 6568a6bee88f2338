//! Any moment of a run is what its record was then.

mod law;
mod speed;

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::player::Player;
use super::*;
use crate::clock::ManualClock;
use crate::record::{self, Record};
use crate::report::{ExceptionKind, Report};
use crate::signoff::disk::{FileDisk, Locked};
use crate::signoff::event::Event;
use crate::signoff::{Head, Line};
use crate::signoff::{log, verify};
use crate::state::replay::{Jump, Pace, SPEEDS, Way};
use crate::state::{Cursor, Effect, Row, update};

/// The log that every schema keeps, with every event.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/logs/v1.signoff.jsonl");

/// A player and the cockpit that it plays to.
struct Screen {
    player: Player,
    state: RefCell<State>,
    lines: Vec<Line>,
}

impl Screen {
    fn new() -> Screen {
        let mut lines = Vec::new();
        let all = log::source(Path::new(GOLDEN)).read(Head::default(), &mut |line| {
            lines.push(line);
            std::ops::ControlFlow::Continue(())
        });
        all.unwrap();
        let last = lines.last().unwrap().at.wall;
        let clock = Arc::new(ManualClock::new(last + TimeDelta::hours(1)));
        Screen { lines, ..Screen::of(Path::new(GOLDEN), clock) }
    }

    fn of(log: &Path, clock: Arc<dyn Clock>) -> Screen {
        let player = Player::open(&looks(log), (160, 45), clock).unwrap();
        let (mut state, _, replay) = player.first();
        state.replays(replay);
        let mut screen = Screen { player, state: RefCell::new(state), lines: Vec::new() };
        screen.order(Order::To(Jump::Newest));
        screen
    }

    fn order(&mut self, order: Order) {
        let state = &self.state;
        let tell = |show| {
            play(&mut state.borrow_mut(), show);
            true
        };
        assert!(self.player.obey(order, &tell));
    }

    fn pass(&mut self, span: Duration) {
        let state = &self.state;
        let tell = |show| {
            play(&mut state.borrow_mut(), show);
            true
        };
        assert!(self.player.step(span, &tell));
    }

    /// Looks at the files, and shows what is new.
    fn look(&mut self) {
        self.player.look();
        self.pass(Duration::ZERO);
    }

    fn notice(&self) -> String {
        self.state.borrow().ui.notice.clone().unwrap().1
    }

    fn replay(&self) -> Replay {
        self.state.borrow().ui.replay.clone().unwrap()
    }

    fn at(&self) -> DateTime<Utc> {
        self.replay().at
    }

    /// The record is what the log said up to the line that is shown.
    fn holds(&self) {
        let state = self.state.borrow();
        let mut record = Record::default();
        let shown = usize::try_from(state.record.head.seq).unwrap();
        for line in &self.lines[..shown] {
            record::apply(&mut record, line);
        }
        assert_eq!(state.record, record);
        let later =
            self.lines.get(shown).is_none_or(|next| next.at.wall >= state.ui.replay.as_ref().unwrap().at);
        assert!(later, "line {} belongs to the moment and is not shown", shown + 1);
    }
}

fn looks(log: &Path) -> Options {
    Options { log: log.to_owned(), wish: Wish::default(), may_take_over: false }
}

/// What the loop does with what the player tells.
fn play(state: &mut State, show: Show) {
    match show {
        Show::Anew(fresh, at, replay) => {
            anew(state, *fresh, *replay);
            let _nothing = update(state, Msg::Wake, &at);
        }
        Show::Stand(line, words) => {
            let now = state.desk.last.unwrap();
            state.stands(&line, words.as_deref(), &now);
        }
        Show::Say(what) => {
            let now = state.desk.last.unwrap();
            state.tell(&now, &what);
        }
        Show::On(msgs, at, replay) => {
            for (moment, msg) in msgs {
                let effects = update(state, msg, &moment);
                let writes =
                    effects.iter().any(|effect| matches!(effect, Effect::Append(_) | Effect::Record(_)));
                assert!(!writes, "a watcher writes nothing: {effects:?}");
            }
            state.replays(*replay);
            let _nothing = update(state, Msg::Wake, &at);
        }
    }
}

#[test]
fn a_watcher_begins_at_the_newest() {
    let mut screen = Screen::new();
    screen.order(Order::To(Jump::Newest));
    screen.holds();
    let replay = screen.replay();
    assert_eq!((replay.pace, replay.ended), (Pace::Following, true));
    assert_eq!(screen.state.borrow().record.head.seq, screen.lines.len() as u64);
    assert_eq!(replay.acts.0, replay.acts.1);
}

#[test]
fn one_goes_from_act_to_act_and_back() {
    let mut screen = Screen::new();
    screen.order(Order::To(Jump::By(TimeDelta::days(-400))));
    let mut there = Vec::new();
    loop {
        let before = screen.state.borrow().record.head;
        screen.order(Order::To(Jump::Act(Way::On)));
        if screen.state.borrow().record.head == before {
            break;
        }
        screen.holds();
        there.push(screen.state.borrow().record.head.seq);
    }
    assert!(there.len() > 20, "{there:?}");
    let mut back = vec![*there.last().unwrap()];
    while screen.state.borrow().record.head.seq > there[0] {
        screen.order(Order::To(Jump::Act(Way::Back)));
        screen.holds();
        back.push(screen.state.borrow().record.head.seq);
    }
    back.reverse();
    assert_eq!(there, back);
    assert_eq!(screen.replay().pace, Pace::Paused);
}

#[test]
fn one_goes_from_exception_to_exception_and_they_are_the_reports() {
    let mut screen = Screen::new();
    let verification = verify::verify(Path::new(GOLDEN));
    let record = screen.state.borrow().record.clone();
    let now = screen.lines.last().unwrap().at;
    let report = Report::new(&record, &verification, now);
    // What is told of the log as a whole, or of its end, is no moment to go to.
    let goes = |it: &&crate::report::Exception| it.act.is_some() && it.kind != ExceptionKind::Open;
    let told: Vec<_> = report.exceptions.iter().filter(goes).collect();
    assert!(told.len() < report.exceptions.len());
    let all = told.len();
    assert!(all > 10);
    assert_eq!((screen.replay().marks.len(), screen.replay().passed), (all, all));
    screen.order(Order::To(Jump::By(TimeDelta::days(-400))));
    let mut seen = 0;
    loop {
        screen.order(Order::To(Jump::Exception(Way::On)));
        screen.holds();
        let notice = screen.notice();
        if notice == "No later exception" {
            break;
        }
        let before = std::mem::replace(&mut seen, screen.replay().passed);
        assert!(seen > before, "{before} {seen}");
        let time = screen.at().format("%H:%M:%SZ ").to_string();
        let said = notice.strip_prefix(&time).unwrap();
        assert!(told.iter().any(|it| said.starts_with(it.kind.title())), "{notice}");
    }
    assert_eq!(seen, all);
}

/// The lines of acts behind which nothing comes for a while.
fn quiet_acts(screen: &mut Screen) -> Vec<u64> {
    screen.order(Order::To(Jump::By(TimeDelta::days(-400))));
    let mut found = Vec::new();
    loop {
        screen.order(Order::To(Jump::Act(Way::On)));
        if screen.notice() == "No later act" {
            return found;
        }
        let seq = screen.state.borrow().record.head.seq;
        let at = |seq: u64| screen.lines.get(usize::try_from(seq).unwrap()).map(|line| line.at.wall);
        if at(seq).is_some_and(|next| next - at(seq - 1).unwrap() > TimeDelta::seconds(1)) {
            found.push(seq);
        }
    }
}

#[test]
fn an_act_that_is_past_lies_before_the_moment() {
    let mut screen = Screen::new();
    let acts = quiet_acts(&mut screen);
    assert!(!acts.is_empty());
    for act in acts {
        let at = screen.lines[usize::try_from(act).unwrap() - 1].at.wall;
        let by = at + TimeDelta::seconds(1) - screen.at();
        screen.order(Order::To(Jump::By(by)));
        assert_eq!(screen.state.borrow().record.head.seq, act);
        screen.order(Order::To(Jump::Act(Way::Back)));
        assert_eq!((screen.state.borrow().record.head.seq, screen.at()), (act, at));
        screen.order(Order::To(Jump::Act(Way::Back)));
        let first = screen.notice() == "No earlier act";
        assert!(first || screen.state.borrow().record.head.seq < act);
    }
}

#[test]
fn an_act_that_is_gone_to_is_said_and_its_item_shown() {
    let mut screen = Screen::new();
    screen.order(Order::To(Jump::By(TimeDelta::days(-400))));
    let mut items = 0;
    loop {
        screen.state.borrow_mut().ui.folds = (0..9).map(|phase| (phase, true)).collect();
        screen.order(Order::To(Jump::Act(Way::On)));
        let notice = screen.notice();
        if notice == "No later act" {
            break;
        }
        let state = screen.state.borrow();
        let line = &screen.lines[usize::try_from(state.record.head.seq).unwrap() - 1];
        let time = line.at.wall.format("%H:%M:%SZ ").to_string();
        assert!(notice.starts_with(&time) && notice.len() > time.len(), "{notice}");
        if let Event::ItemDone { item, text, .. } = &line.event {
            items += 1;
            assert!(notice.contains(&line.by.to_string()) && notice.contains(text.as_str()), "{notice}");
            assert_eq!(state.ui.cursor, Cursor::Item(*item));
            let index = state.record.index[item];
            assert!(state.rows().contains(&Row::Item(index)), "{notice}");
        }
    }
    assert!(items > 3);
}

#[test]
fn a_time_that_the_run_has_not_is_said_and_nothing_moves() {
    let mut screen = Screen::new();
    screen.order(Order::To(Jump::Act(Way::Back)));
    let (before, replay) = (screen.at(), screen.replay());
    assert!(replay.to - replay.from < TimeDelta::hours(23));
    screen.order(Order::To(Jump::Clock((replay.to + TimeDelta::minutes(2)).time())));
    let run = |at: DateTime<Utc>| at.format("%H:%M:%SZ").to_string();
    assert_eq!(screen.notice(), format!("The run was {}–{}", run(replay.from), run(replay.to)));
    assert_eq!((screen.at(), screen.replay().pace), (before, Pace::Paused));
}

#[test]
fn trouble_goes_when_the_next_look_goes_well() {
    let folder = tempfile::tempdir().unwrap();
    let (log, away) = (folder.path().join("a.signoff.jsonl"), folder.path().join("away"));
    std::fs::copy(GOLDEN, &log).unwrap();
    let clock = Arc::new(ManualClock::new(DateTime::default()));
    let mut screen = Screen::of(&log, clock);
    let before = screen.replay().trouble;
    std::fs::rename(&log, &away).unwrap();
    screen.look();
    let gone = screen.replay().trouble.unwrap();
    assert!(gone.contains("gone from its place"), "{gone}");
    std::fs::rename(&away, &log).unwrap();
    screen.look();
    assert_eq!(screen.replay().trouble, before);
}

#[test]
fn that_the_writer_was_killed_is_seen_by_its_lock() {
    let mut day = law::Day::begin(0);
    day.act(&law::Deed::Tick);
    day.pass(2500);
    let log = day.log().to_owned();
    let clock = day.clock();
    let mut screen = Screen::of(&log, clock.clone());
    let look = |screen: &mut Screen| {
        clock.advance(Duration::from_secs(2));
        screen.look();
        screen.replay()
    };
    assert!(!look(&mut screen).ended);
    assert_eq!(screen.at(), clock.now().wall);
    let (held, ..) = day.end();
    let _folder = held.kill();
    let seen = look(&mut screen);
    assert!(seen.ended && seen.cut_off);
    let pid = std::process::id();
    let why = format!("nobody writes this log now; it was cut off in the session of dana, process {pid}");
    assert_eq!(seen.why, why);
    assert!(screen.state.borrow().ui.banners.iter().any(|banner| banner.text == why));
    assert!(screen.at() < clock.now().wall, "what came since is not known");
    let Locked::Ours(_again) = FileDisk::open(&log).unwrap() else { panic!("held by a watcher") };
    assert!(!look(&mut screen).ended);
    assert_eq!(screen.at(), clock.now().wall);
}

#[test]
fn of_a_log_of_another_host_nothing_is_said_by_its_lock() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("a.signoff.jsonl");
    let first = std::fs::read_to_string(GOLDEN).unwrap().lines().next().unwrap().to_owned();
    std::fs::write(&log, first + "\n").unwrap();
    let clock = Arc::new(ManualClock::new("2026-12-21T06:00:00Z".parse().unwrap()));
    let mut screen = Screen::of(&log, clock.clone());
    clock.advance(Duration::from_secs(2));
    screen.look();
    let replay = screen.replay();
    assert!(!replay.ended && !replay.cut_off);
    assert!(replay.why.ends_with("writes this log"), "{}", replay.why);
}

#[test]
fn where_nothing_comes_it_is_said() {
    let mut screen = Screen::new();
    let said = |screen: &mut Screen, jump| {
        screen.order(Order::To(jump));
        screen.state.borrow().ui.notice.clone().unwrap().1
    };
    assert_eq!(said(&mut screen, Jump::Act(Way::On)), "No later act");
    assert_eq!(said(&mut screen, Jump::Exception(Way::On)), "No later exception");
    screen.order(Order::To(Jump::By(TimeDelta::days(-400))));
    assert_eq!(said(&mut screen, Jump::Act(Way::Back)), "No earlier act");
    assert_eq!(said(&mut screen, Jump::Exception(Way::Back)), "No earlier exception");
    screen.order(Order::To(Jump::By(TimeDelta::days(400))));
    assert_eq!(screen.replay().pace, Pace::Following);
}

#[test]
fn a_run_is_played_to_its_end_and_then_followed() {
    let mut screen = Screen::new();
    screen.order(Order::To(Jump::By(TimeDelta::days(-400))));
    let from = screen.at();
    screen.order(Order::Play);
    screen.pass(Duration::from_secs(2));
    assert_eq!(screen.at() - from, TimeDelta::seconds(2));
    for speed in &SPEEDS[1..] {
        screen.order(Order::Faster);
        assert_eq!(screen.replay().pace, Pace::Playing(*speed));
        screen.holds();
    }
    screen.pass(Duration::from_hours(10_000));
    screen.holds();
    assert_eq!(screen.replay().pace, Pace::Following);
    assert_eq!(screen.at(), screen.replay().to);
}

#[test]
fn a_time_of_the_day_is_the_first_after_the_run_began() {
    let mut screen = Screen::new();
    let from = screen.replay().from;
    screen.order(Order::To(Jump::Clock(from.time() + TimeDelta::seconds(40))));
    screen.holds();
    assert_eq!(screen.at(), from + TimeDelta::seconds(40));
}

#[test]
fn a_sidecar_that_cannot_be_used_here_is_said_and_the_checklist_shown() {
    let screen = Screen::new();
    let trouble = screen.replay().trouble.unwrap();
    assert!(trouble.starts_with("the panes cannot be shown: "), "{trouble}");
    assert!(!screen.state.borrow().outline.phases.is_empty());
}

#[test]
fn a_log_that_is_not_there_is_named() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(DateTime::default()));
    let why = ready(&looks(Path::new("/nowhere/a.signoff.jsonl")), (80, 24), &clock).err().unwrap();
    assert!(why.contains("/nowhere/a.signoff.jsonl"), "{why}");
}

fn order() -> impl Strategy<Value = Order> {
    let way = || prop_oneof![Just(Way::On), Just(Way::Back)];
    prop_oneof![
        Just(Order::Play),
        Just(Order::Faster),
        Just(Order::To(Jump::Newest)),
        way().prop_map(|way| Order::To(Jump::Act(way))),
        way().prop_map(|way| Order::To(Jump::Exception(way))),
        (-3000..3000i64).prop_map(|by| Order::To(Jump::By(TimeDelta::seconds(by)))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_one_looks_at_is_what_the_record_was_then(
        orders in prop::collection::vec((order(), 0..90u64), 1..12)
    ) {
        let mut screen = Screen::new();
        screen.order(Order::To(Jump::Newest));
        for (order, secs) in orders {
            screen.order(order);
            screen.holds();
            screen.pass(Duration::from_secs(secs));
            screen.holds();
        }
    }
}
