//! The panes in every weather, hints, banners, and a run that is watched.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cutover::readings::News;
use cutover::signoff::event::RunMode;
use cutover::state::action::Action;
use cutover::state::replay::{Mark, Pace, Replay};
use cutover::state::{Access, Cursor, Msg};

use super::super::stage::{self, PLAN, SIDECAR, Weather, bound, day};
use super::{Screen, beside, screen};
use crate::common::desk::Desk;

/// The keys of a pane, in this weather.
fn in_pane(number: u8, weather: Weather) -> Desk {
    let mut desk = day(weather);
    desk.press(Action::Focus(number));
    desk
}

fn zoomed(number: u8) -> Desk {
    let mut desk = in_pane(number, Weather::Good);
    desk.press(Action::Zoom);
    desk
}

/// The hint for somebody who is new here.
fn hinted(go: &str) -> Desk {
    let mut desk = day(Weather::Good);
    desk.state.guide(true);
    desk.go(go);
    desk
}

fn hinted_in(number: u8) -> Desk {
    let mut desk = in_pane(number, Weather::Good);
    desk.state.guide(true);
    desk
}

/// Five minutes into a watched hour.
fn replay(pace: Pace) -> Replay {
    let from: DateTime<Utc> = "2026-11-21T06:00:00Z".parse().unwrap();
    let mark = |n: i32| Mark {
        line: usize::try_from(n).unwrap() + 2,
        at: from + TimeDelta::minutes(3) + TimeDelta::minutes(4) * n,
        words: format!(
            "Skipped items: “Step {n}”: not needed here, as was said in the meeting of the day before"
        ),
    };
    Replay {
        from,
        to: from + TimeDelta::hours(1),
        at: from + if pace == Pace::Following { TimeDelta::hours(1) } else { TimeDelta::minutes(5) },
        pace,
        ended: false,
        cut_off: false,
        acts: (31, 4),
        passed: 1,
        marks: (0..3).map(mark).collect(),
        why: "dana, process 4242 on bastion writes this log".to_owned(),
        trouble: None,
    }
}

pub(super) fn watched(pace: Pace) -> Desk {
    let mut desk = day(Weather::Good);
    desk.state.replays(replay(pace));
    desk
}

/// The plan as it is now, read again.
pub(super) fn edited(from: &str, to: &str) -> Msg {
    assert!(PLAN.contains(from), "{from}");
    Msg::Files(Box::new(Ok(bound(&PLAN.replace(from, to), SIDECAR))))
}

/// Panes, hints, banners, watching.
pub const DAY: &[Screen] = &[
    screen("day", "loading", || day(Weather::Loading)),
    screen("day", "good", || day(Weather::Good)),
    screen("day", "bad", || day(Weather::Bad)),
    screen("day", "stale", || day(Weather::Stale)),
    screen("day", "no sidecar", stage::bare),
    screen("day", "no item", stage::blank),
    beside("day", "all done", "no sidecar", || {
        let mut desk = stage::bare();
        desk.tick("Agree on");
        desk.tick("Lower the TTL");
        desk.wait(10);
        desk
    }),
    beside("day", "a pane that is not there", "no sidecar", || {
        let mut desk = stage::bare();
        desk.press(Action::Focus(4));
        desk
    }),
    beside("day", "on a phase", "good", || {
        let mut desk = day(Weather::Good);
        desk.state.ui.cursor = Cursor::Phase(2);
        desk
    }),
    beside("day", "on a decision", "good", || {
        let mut desk = day(Weather::Good);
        desk.state.ui.cursor = Cursor::Decision(0);
        desk
    }),
    beside("day", "selected", "good", || {
        let mut desk = day(Weather::Good);
        desk.press(Action::Select);
        desk.press(Action::Down);
        desk
    }),
    beside("day", "found", "good", || {
        let mut desk = day(Weather::Good);
        desk.say(Action::Find, "cache");
        desk
    }),
    beside("day", "folded", "good", || {
        let mut desk = day(Weather::Good);
        desk.press(Action::FoldAll);
        desk
    }),
    beside("day", "frozen", "good", || {
        let mut desk = day(Weather::Good);
        desk.press(Action::Freeze);
        desk.clock.advance(Duration::from_secs(75));
        desk
    }),
    beside("day", "rehearsal", "loading", || {
        let desk = Desk::of("2026-11-21T06:00:00Z", RunMode::Rehearsal, bound(PLAN, SIDECAR));
        desk.clock.advance(Duration::from_secs(2));
        desk
    }),
    beside("day", "read-only", "good", || {
        let mut desk = day(Weather::Good);
        desk.state.desk.access = Access::Watcher("dana, process 4242 on bastion writes this log".to_owned());
        desk.press(Action::Tick);
        desk
    }),
    beside("day", "rolling back", "bad", || {
        let mut desk = day(Weather::Bad);
        desk.say(Action::Rollback, "Lee: the new side does not come up");
        desk
    }),
    beside("health", "health loading", "loading", || in_pane(2, Weather::Loading)),
    beside("health", "health good", "good", || in_pane(2, Weather::Good)),
    beside("health", "health bad", "bad", || in_pane(2, Weather::Bad)),
    beside("health", "health stale", "stale", || in_pane(2, Weather::Stale)),
    screen("health", "health zoomed", || zoomed(2)),
    beside("dns", "dns loading", "loading", || in_pane(3, Weather::Loading)),
    beside("dns", "dns good", "good", || in_pane(3, Weather::Good)),
    beside("dns", "dns bad", "bad", || in_pane(3, Weather::Bad)),
    beside("dns", "dns stale", "stale", || in_pane(3, Weather::Stale)),
    screen("dns", "dns zoomed", || zoomed(3)),
    beside("copy", "copy loading", "loading", || in_pane(4, Weather::Loading)),
    beside("copy", "copy good", "good", || in_pane(4, Weather::Good)),
    beside("copy", "copy bad", "bad", || in_pane(4, Weather::Bad)),
    beside("copy", "copy stale", "stale", || in_pane(4, Weather::Stale)),
    screen("copy", "copy zoomed", || zoomed(4)),
    beside("logs", "logs loading", "loading", || in_pane(5, Weather::Loading)),
    beside("logs", "logs good", "good", || in_pane(5, Weather::Good)),
    beside("logs", "logs bad", "bad", || in_pane(5, Weather::Bad)),
    beside("logs", "logs stale", "stale", || in_pane(5, Weather::Stale)),
    beside("logs", "logs all hidden", "good", || {
        let mut desk = in_pane(5, Weather::Good);
        desk.say(Action::LogIn, "no line says this");
        while desk.state.log_progress().is_some() {
            desk.send(Msg::Wake);
        }
        desk
    }),
    beside("logs", "logs cleared", "good", || {
        let mut desk = in_pane(5, Weather::Good);
        desk.press(Action::LogClear);
        desk
    }),
    screen("logs", "logs zoomed", || zoomed(5)),
    beside("host", "host loading", "loading", || in_pane(6, Weather::Loading)),
    beside("host", "host good", "good", || in_pane(6, Weather::Good)),
    beside("host", "host bad", "bad", || in_pane(6, Weather::Bad)),
    beside("host", "host stale", "stale", || in_pane(6, Weather::Stale)),
    screen("host", "host zoomed", || zoomed(6)),
    beside("hints", "hint at a gate", "good", || hinted("It answers 200")),
    beside("hints", "hint at a blank", "hint at a gate", || hinted("Name of the new app")),
    beside("hints", "hint at a command", "hint at a gate", || hinted("Restart the workers")),
    beside("hints", "hint at what is settled", "hint at a gate", || hinted("Agree on")),
    beside("hints", "hint at a step", "hint at a gate", || hinted("Set the region")),
    beside("hints", "hint in health", "health good", || hinted_in(2)),
    beside("hints", "hint in dns", "dns good", || hinted_in(3)),
    beside("hints", "hint in copy", "copy good", || hinted_in(4)),
    beside("hints", "hint in logs", "logs good", || hinted_in(5)),
    beside("hints", "hint in host", "host good", || hinted_in(6)),
    beside("banners", "log refused", "files unusable", || {
        let mut desk = day(Weather::Good);
        desk.disk_hangs = true;
        desk.tick("Set the region");
        let drafts = std::mem::take(&mut desk.kept).into();
        let why =
            "write shop.live-2026-11-21-1.signoff.jsonl: No space left on device (os error 28): free some \
                   space, then press the key again"
                .to_owned();
        desk.send(Msg::Refused { drafts, why, full: false });
        desk
    }),
    beside("banners", "act on its way", "files unusable", || {
        let mut desk = day(Weather::Good);
        desk.disk_hangs = true;
        desk.tick("Set the region");
        desk.clock.advance(Duration::from_secs(3));
        desk.send(Msg::Slow(Duration::from_secs(3)));
        desk
    }),
    beside("banners", "readings stopped", "files unusable", || {
        let mut desk = day(Weather::Good);
        let why = "No space left on device (os error 28)".to_owned();
        desk.send(Msg::Recorded(Box::new(News::Stopped { bytes: 9_000, why })));
        desk
    }),
    beside("banners", "files unusable", "good", || {
        let mut desk = day(Weather::Good);
        let why = "shop.toml, line 12: `tpye` is not a key of [[dns]]; did you mean `type`?".to_owned();
        desk.send(Msg::Files(Box::new(Err(why))));
        desk
    }),
    beside("banners", "amendment waits", "files unusable", || {
        let mut desk = day(Weather::Good);
        desk.send(edited("Open /health on the new host", "Open the health page of the new host"));
        desk.press(Action::Back);
        desk
    }),
    beside("banners", "reopened by an edit", "files unusable", || {
        let mut desk = day(Weather::Good);
        desk.send(edited("Open /health on the new host", "Open the health page of the new host"));
        desk.clock.advance(Duration::from_secs(1));
        desk.send(Msg::Choose('o'));
        desk.state.ui.layers.clear();
        desk
    }),
    beside("watch", "standing still", "good", || watched(Pace::Paused)),
    beside("watch", "playing", "good", || watched(Pace::Playing(60))),
    beside("watch", "following", "good", || watched(Pace::Following)),
];
