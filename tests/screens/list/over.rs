//! What lies over the panes: sheets, prompts, choices, lists to pick from.

use std::sync::Arc;
use std::time::Duration;

use cutover::sample::Reading;
use cutover::sample::copy::{Copy, Progress, Source, Stage};
use cutover::signoff::event::Blob;
use cutover::signoff::{Actor, Client};
use cutover::state::action::Action;
use cutover::state::msg::{JobEnd, JobNews, Unsigned};
use cutover::state::replay::Pace;
use cutover::state::themes::{Row, Themes};
use cutover::state::{Cursor, Msg};
use cutover::theme::builtin;

use super::super::stage::{self, Weather, day};
use super::day::{edited, watched};
use super::{Screen, beside, screen};
use crate::common::desk::Desk;

const GOOD: Weather = Weather::Good;
const BAD: Weather = Weather::Bad;

/// The desk after these keys.
fn after(weather: Weather, keys: &[Action]) -> Desk {
    let mut desk = day(weather);
    press(&mut desk, keys);
    desk
}

/// The desk after these keys on an item.
fn at(item: &str, keys: &[Action]) -> Desk {
    let mut desk = day(GOOD);
    desk.go(item);
    press(&mut desk, keys);
    desk
}

/// Presses keys, slowly enough for dialogs to listen.
fn press(desk: &mut Desk, keys: &[Action]) {
    for key in keys {
        desk.press(*key);
        settle(desk);
    }
}

fn settle(desk: &mut Desk) {
    desk.clock.advance(Duration::from_secs(1));
    desk.state.laid(40, desk.state.ui.top, 0);
}

fn choose(desk: &mut Desk, key: char) {
    settle(desk);
    desk.send(Msg::Choose(key));
    settle(desk);
}

fn answer(desk: &mut Desk, text: &str) {
    desk.type_in(text);
    desk.send(Msg::Confirm);
    settle(desk);
}

/// A command of an item that runs.
fn started(item: &str) -> Desk {
    let mut desk = at(item, &[Action::RunCommand]);
    choose(&mut desk, 'r');
    let lines: Vec<String> = (1..=9).map(|n| format!("worker {n}: draining, {} jobs left", 60 - n)).collect();
    desk.send(Msg::Job("run-1".to_owned(), JobNews::Lines { lines, cut: 0 }));
    desk.clock.advance(Duration::from_secs(42));
    desk
}

fn ended(item: &str) -> Desk {
    let mut desk = started(item);
    let bytes: Arc<[u8]> = b"done\n".as_slice().into();
    let output = Some((Blob::seal(&bytes, [7; 16]), bytes));
    let end = JobEnd { exit: Some(0), took: Some(Duration::from_secs(43)), output, cut: 0 };
    desk.send(Msg::Job("run-1".to_owned(), JobNews::Ended(Box::new(end))));
    desk
}

/// The copy that the cockpit starts, under the cursor.
fn at_orders(runs: bool) -> Desk {
    let mut desk = after(GOOD, &[Action::Focus(4), Action::Down, Action::Down]);
    if runs {
        let progress = Progress { stage: Stage::Running, ..Progress::default() };
        let updated = Some(desk.now());
        let copy = Copy { progress, updated, source: Source::Open, run: 1, ..Copy::default() };
        stage::read(&mut desk, "copy/orders", Reading::Copy(Box::new(copy)));
    }
    desk
}

/// One of two has approved.
fn approved() -> Desk {
    at("Change the CNAME", &[Action::Tick, Action::Tick])
}

fn decides(go: char) -> Desk {
    let mut desk = at("Delete the old volume", &[Action::Tick]);
    choose(&mut desk, go);
    desk
}

fn took(way: char) -> Desk {
    let mut desk = at("Run the pipeline", &[Action::Decide]);
    choose(&mut desk, way);
    desk
}

/// A sheet of a probe in bad weather.
fn probe(pane: u8, downs: usize) -> Desk {
    let mut desk = after(BAD, &[Action::Focus(pane)]);
    (0..downs).for_each(|_| desk.press(Action::Down));
    press(&mut desk, &[Action::Open]);
    desk
}

fn help(pane: u8) -> Desk {
    after(GOOD, &[Action::Focus(pane), Action::Help])
}

fn logs(keys: &[Action]) -> Desk {
    let mut desk = after(BAD, &[Action::Focus(5), Action::LogPreviousError]);
    press(&mut desk, keys);
    desk
}

fn dressed() -> Desk {
    let mut desk = day(GOOD);
    let rows = builtin::names().map(|name| Row { name: name.to_owned(), from: "built in".to_owned() });
    desk.state.dress(Themes { rows: rows.collect(), worn: 0 });
    press(&mut desk, &[Action::Theme]);
    desk
}

/// Sheets.
pub const SHEETS: &[Screen] = &[
    screen("sheets", "item open", || at("It answers 200", &[Action::Open])),
    screen("sheets", "item done", || at("Agree on", &[Action::Open])),
    screen("sheets", "item failed", || at("Register a new test", &[Action::Open])),
    screen("sheets", "item with a command", || at("Remove the old cache", &[Action::Open])),
    screen("sheets", "item for two", || at("Change the CNAME", &[Action::Open])),
    screen("sheets", "check", || probe(2, 0)),
    screen("sheets", "check of a program", || probe(2, 2)),
    screen("sheets", "record", || probe(3, 0)),
    screen("sheets", "copy", || probe(4, 0)),
    screen("sheets", "comparison", || probe(4, 3)),
    screen("sheets", "log", || logs(&[Action::Open])),
    screen("sheets", "host", || probe(6, 0)),
    screen("sheets", "rollback cost", || after(GOOD, &[Action::RollbackCost])),
    screen("sheets", "plan change", || {
        let mut desk = day(GOOD);
        desk.send(edited("- [ ] Logins work\n", "- [ ] Logins work\n- [ ] Mails arrive\n"));
        desk
    }),
    screen("sheets", "command", || at("Restart the workers", &[Action::RunCommand])),
    screen("sheets", "command that destroys", || at("Remove the old cache", &[Action::RunCommand])),
    screen("sheets", "output running", || {
        let mut desk = started("Restart the workers");
        press(&mut desk, &[Action::ShowOutput]);
        desk
    }),
    screen("sheets", "output ended", || {
        let mut desk = ended("Restart the workers");
        press(&mut desk, &[Action::ShowOutput]);
        desk
    }),
    screen("sheets", "exceptions", || {
        let mut desk = watched(Pace::Paused);
        press(&mut desk, &[Action::Exceptions]);
        desk
    }),
    screen("help", "help of the checklist", || help(1)),
    screen("help", "help of health", || help(2)),
    beside("help", "help of dns", "help of health", || help(3)),
    beside("help", "help of copy", "help of health", || help(4)),
    beside("help", "help of logs", "help of health", || help(5)),
    beside("help", "help of host", "help of health", || help(6)),
    screen("help", "help while watching", || {
        let mut desk = watched(Pace::Paused);
        press(&mut desk, &[Action::Help]);
        desk
    }),
];

/// Prompts, choices, lists.
pub const ASKED: &[Screen] = &[
    screen("prompts", "operator", || after(GOOD, &[Action::ChangeOperator])),
    screen("prompts", "new hand", || {
        let mut desk = day(GOOD);
        for (tty, pid) in [("/dev/pts/1", 7), ("/dev/pts/2", 8)] {
            let client = Client { tty: tty.to_owned(), user: "lee".to_owned(), pid, ambiguous: false };
            desk.send(Msg::Hand(Some(client)));
            desk.press(Action::Start);
        }
        settle(&mut desk);
        desk
    }),
    screen("prompts", "fail", || after(GOOD, &[Action::Fail])),
    screen("prompts", "skip", || after(GOOD, &[Action::Skip])),
    screen("prompts", "not applicable", || after(GOOD, &[Action::NotApplicable])),
    screen("prompts", "defer", || after(GOOD, &[Action::Defer])),
    screen("prompts", "reopen", || at("Agree on", &[Action::Reopen])),
    screen("prompts", "empty", || {
        let mut desk = after(GOOD, &[Action::Skip]);
        answer(&mut desk, "");
        desk
    }),
    screen("prompts", "rollback", || after(GOOD, &[Action::Rollback])),
    screen("prompts", "stand down", || {
        let mut desk = after(GOOD, &[Action::Rollback]);
        answer(&mut desk, "the new side does not come up");
        press(&mut desk, &[Action::Rollback]);
        desk
    }),
    screen("prompts", "override", || {
        let mut desk = day(BAD);
        desk.go("Every resolver answers");
        press(&mut desk, &[Action::Tick]);
        desk
    }),
    screen("prompts", "approver", || {
        let mut desk = approved();
        choose(&mut desk, 's');
        desk
    }),
    screen("prompts", "read back", || {
        let mut desk = approved();
        choose(&mut desk, 's');
        answer(&mut desk, "Lee Chen");
        desk
    }),
    screen("prompts", "who decides go", || decides('g')),
    screen("prompts", "who decides no-go", || decides('n')),
    screen("prompts", "why go", || {
        let mut desk = decides('g');
        answer(&mut desk, "Lee Chen, technical lead");
        desk
    }),
    screen("prompts", "doer", || after(GOOD, &[Action::DoneBy])),
    screen("prompts", "note on an item", || after(GOOD, &[Action::Comment])),
    screen("prompts", "note on the run", || {
        let mut desk = day(GOOD);
        desk.state.ui.cursor = Cursor::Phase(2);
        press(&mut desk, &[Action::Comment]);
        desk
    }),
    screen("prompts", "what is wrong", || after(GOOD, &[Action::OpenIssue])),
    screen("prompts", "resolution", || after(GOOD, &[Action::ResolveIssue])),
    screen("prompts", "blank", || at("Name of the new app", &[Action::Fill])),
    screen("prompts", "secret", || {
        let mut desk = at("Token stored", &[Action::Fill]);
        desk.type_in("hunter22");
        desk
    }),
    screen("prompts", "why this way", || took('a')),
    screen("prompts", "reopen a decision", || {
        let mut desk = took('a');
        answer(&mut desk, "simplest");
        press(&mut desk, &[Action::Decide]);
        desk
    }),
    screen("prompts", "step", || after(GOOD, &[Action::AddStep])),
    screen("prompts", "attachment", || after(GOOD, &[Action::Attach])),
    screen("prompts", "time", || at("Agree on", &[Action::StateTime])),
    screen("prompts", "no time", || {
        let mut desk = at("Agree on", &[Action::StateTime]);
        answer(&mut desk, "six");
        desk
    }),
    screen("prompts", "timer", || after(GOOD, &[Action::SetTimer])),
    screen("prompts", "signature", || at("Technical lead", &[Action::Tick])),
    screen("prompts", "sign off", || after(GOOD, &[Action::SignOff])),
    screen("prompts", "statement", || {
        let mut desk = after(GOOD, &[Action::SignOff]);
        answer(&mut desk, "Lee Chen, technical lead");
        desk
    }),
    screen("prompts", "stop a copy", || {
        let mut desk = at_orders(true);
        press(&mut desk, &[Action::StopJob]);
        desk
    }),
    screen("prompts", "run before its time", || {
        let mut desk = at("Take the old host", &[Action::RunCommand]);
        choose(&mut desk, 'r');
        desk
    }),
    screen("prompts", "destroy", || {
        let mut desk = at("Remove the old cache", &[Action::RunCommand]);
        choose(&mut desk, 'r');
        desk
    }),
    screen("prompts", "find", || {
        let mut desk = after(GOOD, &[Action::Find]);
        desk.type_in("cache");
        desk
    }),
    screen("prompts", "go to a time", || {
        let mut desk = watched(Pace::Paused);
        press(&mut desk, &[Action::GoTo]);
        desk
    }),
    screen("prompts", "search logs", || logs(&[Action::LogSearch])),
    screen("prompts", "lines in", || logs(&[Action::LogIn])),
    screen("prompts", "lines out", || logs(&[Action::LogOut])),
    screen("prompts", "expected lines", || logs(&[Action::AllowNoise])),
    screen("prompts", "excerpt", || logs(&[Action::Excerpt])),
    screen("choices", "leave", || after(GOOD, &[Action::Quit])),
    screen("choices", "which way", || at("Run the pipeline", &[Action::Decide])),
    screen("choices", "a step of a way", || at("Copy the archive", &[Action::Tick])),
    screen("choices", "steps under it", || at("Settings", &[Action::Tick])),
    screen("choices", "second person", approved),
    screen("choices", "go or no-go", || at("Delete the old volume", &[Action::Tick])),
    screen("choices", "go or no-go on a bad day", || {
        let mut desk = day(BAD);
        desk.go("Delete the old volume");
        press(&mut desk, &[Action::Tick]);
        desk
    }),
    screen("choices", "looks like a secret", || {
        let mut desk = after(GOOD, &[Action::Comment]);
        answer(&mut desk, "password=correct-horse-battery-staple-9");
        desk
    }),
    screen("choices", "start a copy", || {
        let mut desk = at_orders(false);
        press(&mut desk, &[Action::StartCopy]);
        desk
    }),
    screen("choices", "stop a command", || {
        let mut desk = started("Restart the workers");
        press(&mut desk, &[Action::StopCommand]);
        desk
    }),
    screen("choices", "not signed with the key", || {
        let mut desk = day(GOOD);
        let unsigned = Unsigned {
            line: 19,
            name: "dana".to_owned(),
            by: Actor::Person("dana".to_owned()),
            at: desk.now(),
            key: "~/.ssh/id_ed25519.pub".to_owned(),
            bytes: Box::default(),
        };
        let why =
            "ssh-keygen cannot sign with ~/.ssh/id_ed25519.pub: no agent holds its private half".to_owned();
        desk.send(Msg::Signature(Box::new(unsigned), Err(why)));
        settle(&mut desk);
        desk
    }),
    screen("choices", "reworded", || {
        let mut desk = day(GOOD);
        desk.send(edited("Open /health on the new host", "Open the health page of the new host"));
        settle(&mut desk);
        desk
    }),
    screen("picks", "palette", || after(GOOD, &[Action::Palette])),
    screen("picks", "palette narrowed", || {
        let mut desk = after(GOOD, &[Action::Palette]);
        desk.type_in("roll");
        desk
    }),
    screen("picks", "palette without a match", || {
        let mut desk = after(GOOD, &[Action::Palette]);
        desk.type_in("zzzz");
        desk
    }),
    screen("picks", "which issue", || {
        let mut desk = day(GOOD);
        desk.say(Action::OpenIssue, "the vendor's page is slow");
        press(&mut desk, &[Action::ResolveIssue]);
        desk
    }),
    screen("picks", "which blank", || {
        let mut desk = day(GOOD);
        desk.go("Record the start");
        for value in ["06:31", "dana"] {
            press(&mut desk, &[Action::Fill]);
            answer(&mut desk, value);
        }
        desk.state.ui.layers.clear();
        press(&mut desk, &[Action::Fill]);
        desk
    }),
    screen("picks", "which command", || at("Warm the cache", &[Action::RunCommand])),
    screen("picks", "copy which command", || at("Warm the cache", &[Action::Copy])),
    screen("picks", "which logs", || logs(&[Action::LogChoose])),
    screen("picks", "filters", || {
        let mut desk = day(BAD);
        press(&mut desk, &[Action::Focus(5)]);
        desk.say(Action::LogIn, "connected|identity");
        desk.say(Action::LogOut, "slow query");
        while desk.state.log_progress().is_some() {
            desk.send(Msg::Wake);
        }
        press(&mut desk, &[Action::LogFilters]);
        desk
    }),
    screen("picks", "mute", || after(GOOD, &[Action::Mute])),
    screen("picks", "theme", dressed),
];
