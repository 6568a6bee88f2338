//! Keys, acts and readings, driven by hand: no terminal, no disk, a clock that stands still.

mod approvals;
mod blanks;
mod choices;
mod commands;
mod copies;
mod edits;
mod gates;
mod guide;
mod hands;
mod outage;
mod people;
mod probes;
mod refused;
mod rollback;
mod schedule;
mod timers;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeZone, Utc};
use tui_input::InputRequest;

use super::action::Action;
use super::layer::{Kind, Mode};
use super::msg::{Access, Effect, Msg};
use super::outline::Cursor;
use super::{About, Start, State, update};
use crate::clock::{Clock, ManualClock};
use crate::config;
use crate::plan::{self, Plan};
use crate::record::{ItemState, Record};
use crate::sample::{Health, Miss, Outcome, ProbeId, ProbeState, Reading, Sample};
use crate::signoff::event::{Blob, Event, RunMode};
use crate::signoff::{Actor, Client, Draft, Line, Via};

const PLAN: &str = "# Move\n\n## One\n\n- [ ] first\n- [ ] second: ____\n- [ ] token: ____\n\n\
                    ## Two\n\n- [ ] parent\n  - [ ] child a\n  - [ ] child b\n- [ ] last\n";

/// A cockpit and the log it would have.
struct Desk {
    state: State,
    clock: ManualClock,
    /// Drafts that were sent and are not on disk yet.
    sent: Vec<Draft>,
    /// What else was asked for.
    effects: Vec<Effect>,
    /// Events on disk.
    log: Vec<Line>,
}

impl Desk {
    fn new() -> Desk {
        Desk::with(PLAN, "", Some("dana"))
    }

    fn with(markdown: &str, sidecar: &str, operator: Option<&str>) -> Desk {
        let mut desk = Desk::unsynced(markdown, sidecar, operator);
        desk.sync();
        desk
    }

    fn unsynced(markdown: &str, sidecar: &str, operator: Option<&str>) -> Desk {
        let clock = ManualClock::new(Utc.with_ymd_and_hms(2026, 11, 21, 6, 0, 0).unwrap());
        Desk::start(Desk::first(markdown, sidecar, operator), clock)
    }

    fn first(markdown: &str, sidecar: &str, operator: Option<&str>) -> Start {
        let plan = Arc::new(plan_of(markdown, sidecar));
        Start {
            text: plan::text(&plan),
            plan,
            record: Record::default(),
            name: "move.live-2026-11-21-1".to_owned(),
            mode: RunMode::Live,
            access: Access::Writer,
            operator: operator.map(str::to_owned),
            login: "root".to_owned(),
            via: Via { host: "bastion".to_owned(), user: "root".to_owned(), ..Via::default() },
            log: "move.live-2026-11-21-1.signoff.jsonl".to_owned(),
            tool: "cutover 0".to_owned(),
            boot_id: "boot".to_owned(),
            pid: 1,
            session: 1,
            entropy: [7; 32],
            recovered: None,
            network: None,
            size: (160, 45),
        }
    }

    fn start(start: Start, clock: ManualClock) -> Desk {
        let (state, effects) = State::start(start, &clock.now());
        let mut desk = Desk { state, clock, sent: Vec::new(), effects: Vec::new(), log: Vec::new() };
        desk.keep(effects);
        desk
    }

    /// The next start on the same log.
    fn again(mut self, operator: Option<&str>, session: u64) -> Desk {
        self.sync();
        let mut start = Desk::first(PLAN, "", operator);
        start.record = self.state.record;
        start.session = session;
        let mut desk = Desk::start(start, self.clock);
        desk.log = self.log;
        desk.sync();
        desk
    }

    fn keep(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Append(drafts) => self.sent.extend(drafts),
                other => self.effects.push(other),
            }
        }
    }

    fn take(&mut self, msg: Msg) {
        let effects = update(&mut self.state, msg, &self.clock.now());
        self.keep(effects);
    }

    /// The disk takes everything that was sent.
    fn sync(&mut self) {
        while !self.sent.is_empty() {
            let draft = self.sent.remove(0);
            let line = Line::encode(self.state.record.head, "r-1", &draft).unwrap();
            self.log.push(line.clone());
            self.take(Msg::Appended(Arc::new(line)));
        }
    }

    fn refuse(&mut self, why: &str) {
        let drafts: Arc<[Draft]> = std::mem::take(&mut self.sent).into();
        self.take(Msg::Refused { drafts, why: why.to_owned(), full: false });
    }

    fn press(&mut self, action: Action) {
        self.take(Msg::Action { action, repeat: false });
    }

    fn act(&mut self, action: Action) {
        self.press(action);
        self.sync();
    }

    fn say(&mut self, text: &str) {
        for c in text.chars() {
            self.take(Msg::Edit(InputRequest::InsertChar(c)));
        }
        self.take(Msg::Confirm);
        self.sync();
    }

    fn wait(&mut self, span: Duration) {
        self.clock.advance(span);
        self.take(Msg::Wake);
    }

    fn choose(&mut self, key: char) {
        self.wait(Duration::from_millis(400));
        self.take(Msg::Choose(key));
        self.sync();
    }

    fn go(&mut self, text: &str) {
        let item = self.state.record.items.iter().find(|item| item.row.text.starts_with(text)).unwrap();
        self.state.ui.cursor = Cursor::Item(item.row.id);
    }

    fn is(&self, text: &str) -> ItemState {
        self.state.record.items.iter().find(|item| item.row.text.starts_with(text)).unwrap().state
    }

    fn at(&self) -> String {
        match self.state.ui.cursor {
            Cursor::Item(id) => self.state.record.items[self.state.record.index[&id]].row.text.clone(),
            Cursor::Phase(phase) => format!("phase {phase}"),
            Cursor::Decision(fork) => format!("decision {fork}"),
        }
    }

    fn notice(&self) -> &str {
        self.state.ui.notice.as_ref().map_or("", |(_, text)| text)
    }

    fn names(&self) -> Vec<String> {
        let name = |line: &Line| {
            let line: serde_json::Value = serde_json::from_slice(&line.raw).unwrap();
            line["event"].as_str().unwrap().to_owned()
        };
        self.log.iter().map(name).collect()
    }

    fn reading(&mut self, ok: bool) {
        self.clock.advance(Duration::from_secs(5));
        self.measure(&"health/api".parse().unwrap(), health(ok));
    }

    fn measure(&mut self, probe: &ProbeId, health: Health) {
        let now = self.clock.now();
        let sample = Sample { began: now, at: now, reading: Reading::Health(health) };
        self.take(Msg::Sample(probe.clone(), Box::new(sample)));
        self.sync();
    }

    fn probe(&self) -> ProbeState {
        self.state.live.checks[0].cells[0].state()
    }
}

/// An answer, or one that is not the expected one.
fn health(ok: bool) -> Health {
    let took = Duration::from_millis(61);
    if ok {
        return Health::passed("200", took);
    }
    let miss = Miss { expected: "status == 200".to_owned(), saw: "503".to_owned() };
    Health { outcome: Outcome::Fail(miss), ..Health::passed("503", took) }
}

fn plan_of(markdown: &str, sidecar: &str) -> Plan {
    let env = |name: &str| (name == "SAS").then(|| "sv=1&sig=s3cret".to_owned());
    let settings = config::load(&PathBuf::from("move.toml"), sidecar, &env).unwrap();
    let beside = (!sidecar.is_empty()).then(|| (PathBuf::from("move.toml"), sidecar.as_bytes().to_vec()));
    plan::bind(Path::new("move.md"), markdown.as_bytes().to_vec(), settings, beside, &env).unwrap()
}

const CHECK: &str = "[[health]]\nname = \"api\"\nurl = \"http://127.0.0.1:1/health\"\npublic = true\n";

#[test]
fn a_tick_shows_when_its_line_is_on_disk_and_the_cursor_goes_on() {
    let mut desk = Desk::new();
    assert_eq!(desk.at(), "first");
    desk.press(Action::Tick);
    assert_eq!(desk.is("first"), ItemState::Open, "nothing shows before it is on disk");
    desk.press(Action::Tick);
    assert_eq!(desk.sent.len(), 1, "a second stroke has nothing to answer yet");
    desk.sync();
    assert_eq!(desk.is("first"), ItemState::Done);
    assert!(desk.at().starts_with("second"), "{}", desk.at());
}

#[test]
fn the_cursor_stops_at_a_phases_end() {
    let mut desk = Desk::new();
    for text in ["first", "second", "token"] {
        desk.go(text);
        desk.act(Action::Tick);
    }
    assert!(desk.at().starts_with("token"), "{}", desk.at());
}

#[test]
fn a_held_key_ticks_once() {
    let mut desk = Desk::new();
    desk.act(Action::Tick);
    for _ in 0..5 {
        desk.take(Msg::Action { action: Action::Tick, repeat: true });
        desk.sync();
    }
    assert_eq!(desk.state.outline.tally.done, 1);
}

#[test]
fn a_failure_needs_a_reason_and_opens_an_issue() {
    let mut desk = Desk::new();
    desk.press(Action::Fail);
    assert_eq!(desk.state.mode(), Mode::Prompt);
    desk.say("");
    assert_eq!(desk.is("first"), ItemState::Open, "an empty reason is none");
    desk.say("certificate refused");
    assert_eq!(desk.is("first"), ItemState::Failed);
    assert_eq!(desk.state.record.issues.len(), 1);
    desk.press(Action::ResolveIssue);
    desk.say("new certificate");
    assert!(desk.state.record.issues[0].resolved.is_some());
    desk.act(Action::Tick);
    assert_eq!(desk.is("first"), ItemState::Failed, "a failed step is made open again before it is ticked");
    assert!(desk.notice().contains("reopen"), "{}", desk.notice());
}

#[test]
fn several_items_take_one_act_with_one_reason() {
    let mut desk = Desk::new();
    desk.press(Action::Select);
    desk.press(Action::Down);
    desk.press(Action::Skip);
    desk.say("not used");
    assert_eq!((desk.is("first"), desk.is("second")), (ItemState::Skipped, ItemState::Skipped));
    assert!(desk.state.ui.selected.is_empty());
}

#[test]
fn a_parent_offers_its_open_children() {
    let mut desk = Desk::new();
    desk.go("parent");
    desk.press(Action::Tick);
    assert_eq!(desk.state.mode(), Mode::Choice);
    desk.take(Msg::Choose('a'));
    assert_eq!(desk.state.mode(), Mode::Choice, "deaf for its first moments");
    desk.choose('a');
    for text in ["parent", "child a", "child b"] {
        assert_eq!(desk.is(text), ItemState::Done, "{text}");
    }
}

#[test]
fn a_mistick_needs_no_reason_for_half_a_minute() {
    let mut desk = Desk::new();
    desk.act(Action::Tick);
    desk.go("first");
    desk.act(Action::Reopen);
    assert_eq!(desk.is("first"), ItemState::Open);
    assert!(matches!(desk.log.last().unwrap().event, Event::ItemReopened { mistick: true, .. }));
    desk.act(Action::Tick);
    desk.go("first");
    desk.wait(Duration::from_secs(31));
    desk.act(Action::Reopen);
    assert_eq!(desk.state.mode(), Mode::Prompt);
    desk.say("checked again: not true");
    assert_eq!(desk.is("first"), ItemState::Open);
}

#[test]
fn a_secret_is_described_and_never_stored() {
    let mut desk = Desk::new();
    desk.go("second");
    desk.press(Action::Fill);
    desk.say("open text");
    desk.go("token");
    desk.press(Action::Fill);
    desk.say("hunter2-hunter2");
    let values: Vec<_> =
        desk.state.record.items.iter().flat_map(|it| it.fields.values()).map(|it| it.value.clone()).collect();
    assert_eq!(values, ["open text", "set, 15 characters"]);
    assert!(desk.log.iter().all(|line| !String::from_utf8_lossy(&line.raw).contains("hunter2")));
}

#[test]
fn what_looks_like_a_secret_is_asked_about() {
    let mut desk = Desk::new();
    desk.press(Action::Comment);
    desk.say("key AKIAIOSFODNN7EXAMPLE");
    assert_eq!(desk.state.mode(), Mode::Choice);
    desk.choose('n');
    assert_eq!(desk.state.mode(), Mode::Prompt, "the text is still there to be changed");
    assert!(!desk.names().contains(&"note.added".to_owned()));
}

#[test]
fn an_open_sheet_takes_the_acts() {
    let mut desk = Desk::new();
    desk.press(Action::Open);
    desk.act(Action::Tick);
    desk.act(Action::Tick);
    assert_eq!((desk.is("first"), desk.is("second")), (ItemState::Done, ItemState::Open));
    desk.press(Action::NextOpen);
    desk.act(Action::Tick);
    assert_eq!(desk.is("second"), ItemState::Open, "what lies below the sheet stays still");
}

#[test]
fn two_issues_on_their_way_are_two() {
    let mut desk = Desk::new();
    for text in ["one", "two"] {
        desk.press(Action::OpenIssue);
        text.chars().for_each(|c| desk.take(Msg::Edit(InputRequest::InsertChar(c))));
        desk.take(Msg::Confirm);
        desk.press(Action::Down);
    }
    desk.sync();
    assert_eq!(desk.state.record.issues.len(), 2);
    assert!(desk.state.record.anomalies.is_empty(), "{:?}", desk.state.record.anomalies);
}

#[test]
fn an_item_takes_one_act_at_a_time() {
    let mut desk = Desk::new();
    desk.press(Action::Tick);
    desk.press(Action::Start);
    assert_eq!(desk.sent.len(), 1);
    assert!(desk.notice().contains("on its way"), "{}", desk.notice());
}

#[test]
fn a_first_line_that_was_refused_is_tried_again() {
    let mut desk = Desk::unsynced(PLAN, "", Some("dana"));
    desk.refuse("no space");
    assert!(desk.state.record.run.is_none());
    desk.wait(Duration::from_secs(6));
    desk.sync();
    assert!(desk.state.record.run.is_some());
    desk.act(Action::Tick);
    assert_eq!(desk.is("first"), ItemState::Done);
}

#[test]
fn nothing_is_ticked_on_a_stuck_screen() {
    let mut desk = Desk::new();
    desk.take(Msg::Stuck(true));
    desk.press(Action::Tick);
    assert!(desk.sent.is_empty());
    desk.take(Msg::Stuck(false));
    desk.act(Action::Tick);
    assert_eq!(desk.is("first"), ItemState::Done);
}

#[test]
fn a_stray_paste_ticks_nothing() {
    let mut desk = Desk::new();
    desk.take(Msg::Paste("  \n \n".to_owned()));
    assert!(desk.sent.is_empty() && desk.notice().contains("paste"));
    desk.press(Action::Comment);
    desk.take(Msg::Paste("two\nlines".to_owned()));
    desk.take(Msg::Confirm);
    desk.sync();
    let note = desk.state.record.items[0].notes[0].text.clone();
    assert_eq!(note, "two lines");
}

#[test]
fn leaving_asks_and_writes_the_end() {
    let mut desk = Desk::new();
    desk.press(Action::Quit);
    assert!(!desk.effects.contains(&Effect::Leave));
    desk.choose('n');
    desk.press(Action::Quit);
    desk.choose('y');
    assert!(desk.effects.contains(&Effect::Leave));
    assert_eq!(desk.names().last().unwrap(), "run.ended");
}

#[test]
fn a_phase_that_does_not_apply_takes_its_open_items_with_it() {
    let mut desk = Desk::new();
    desk.state.ui.cursor = Cursor::Phase(1);
    desk.press(Action::NotApplicable);
    desk.say("no second part");
    assert_eq!(desk.is("last"), ItemState::NotApplicable);
    assert_eq!(desk.state.outline.tally.all(), 3, "progress counts what applies");
}

#[test]
fn what_cannot_be_is_said_before_a_reason_is_typed() {
    let mut desk = Desk::new();
    desk.press(Action::Skip);
    desk.say("not used");
    desk.go("first");
    desk.press(Action::Fail);
    assert_eq!(desk.state.mode(), Mode::Normal);
    assert!(desk.notice().contains("already skipped"), "{}", desk.notice());
}

#[test]
fn an_added_step_stands_behind_its_item_and_can_be_ticked() {
    let mut desk = Desk::new();
    desk.press(Action::AddStep);
    desk.say("call the provider");
    let texts: Vec<_> = desk.state.record.items.iter().map(|item| item.row.text.as_str()).collect();
    assert_eq!(texts[1], "call the provider");
    desk.go("call the provider");
    desk.act(Action::Tick);
    assert_eq!(desk.is("call the provider"), ItemState::Done);
}

#[test]
fn a_suspended_machine_and_a_set_clock_are_on_record() {
    let mut desk = Desk::new();
    desk.clock.suspend(Duration::from_mins(1));
    desk.take(Msg::Wake);
    desk.sync();
    assert!(matches!(desk.log.last().unwrap().event, Event::ClockJumped { by_ms: 60_000, .. }));
}

#[test]
fn find_goes_round_the_checklist() {
    let mut desk = Desk::new();
    desk.press(Action::Find);
    desk.say("child");
    assert_eq!(desk.at(), "child a");
    desk.press(Action::FindNext);
    assert_eq!(desk.at(), "child b");
    desk.press(Action::FindNext);
    assert_eq!(desk.at(), "child a");
}
