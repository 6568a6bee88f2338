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
use crate::report::Report;
use crate::signoff::{Head, Line};
use crate::signoff::{log, verify};
use crate::state::replay::{Jump, Pace, SPEEDS, Way};
use crate::state::{Effect, update};

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
    Options { log: log.to_owned(), ascii: false, may_take_over: false }
}

/// What the loop does with what the player tells.
fn play(state: &mut State, show: Show) {
    match show {
        Show::Anew(fresh, at, replay) => {
            anew(state, *fresh, *replay);
            let _nothing = update(state, Msg::Wake, &at);
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
    let (all, passed) = screen.replay().exceptions;
    assert!(all > 10);
    assert_eq!((all, passed), (report.exceptions.len(), all));
    assert_eq!(screen.replay().marks.len(), all);
    screen.order(Order::To(Jump::By(TimeDelta::days(-400))));
    let mut seen = 0;
    loop {
        screen.order(Order::To(Jump::Exception(Way::On)));
        screen.holds();
        let notice = screen.state.borrow().ui.notice.clone().unwrap().1;
        if notice == "No later exception" {
            break;
        }
        let before = std::mem::replace(&mut seen, screen.replay().exceptions.1);
        assert!(seen > before, "{before} {seen}");
        assert!(report.exceptions.iter().any(|it| notice.starts_with(it.kind.title())), "{notice}");
    }
    assert_eq!(seen, all);
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
