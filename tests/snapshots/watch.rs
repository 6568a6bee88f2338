//! The line of a watched run, at the widths that terminals have.

use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};
use cutover::state::action::Action;
use cutover::state::replay::{Mark, Pace, Replay};

use super::{draw, morning, text};

/// Five minutes into a watched hour.
fn replay(pace: Pace, exceptions: usize) -> Replay {
    let from: DateTime<Utc> = "2026-11-21T06:00:00Z".parse().unwrap();
    let every = TimeDelta::minutes(4);
    let mark = |n: i32| Mark {
        line: usize::try_from(n).unwrap() + 2,
        at: from + TimeDelta::minutes(3) + every * n,
        words: format!("Skipped items: “Step {n}”: {}", "not needed here, as was said ".repeat(6).trim_end()),
    };
    let marks = (0..).map(mark).take(exceptions);
    let at = from + TimeDelta::minutes(5);
    Replay {
        from,
        to: from + TimeDelta::hours(1),
        at: if pace == Pace::Following { from + TimeDelta::hours(1) } else { at },
        pace,
        ended: false,
        cut_off: false,
        acts: (31, 4),
        passed: exceptions.min(1),
        marks: marks.collect(),
        why: "dana, process 4242 on bastion writes this log".to_owned(),
        trouble: None,
    }
}

#[test]
fn the_line_of_a_watched_run_fits_every_width() {
    let mut desk = morning();
    let mut lines = String::new();
    let looks = [
        ("following", replay(Pace::Following, 0)),
        ("standing still", replay(Pace::Paused, 0)),
        ("playing", replay(Pace::Playing(60), 0)),
        ("exceptions", replay(Pace::Paused, 7)),
    ];
    for (name, look) in looks {
        desk.state.replays(look);
        for (columns, rows) in [(80, 24), (100, 30), (160, 45)] {
            let shown = text(draw(&mut desk, columns, rows).0.backend().buffer());
            let line = shown.lines().find(|line| line.contains("WATCHING")).unwrap();
            assert!(!line.contains('…'), "{columns} columns: {line}");
            writeln!(lines, "{name}, {columns} columns\n{line}").unwrap();
        }
    }
    insta::assert_snapshot!("watch_line", lines);
}

#[test]
fn the_exceptions_of_a_watched_run_can_be_read_whole() {
    let mut desk = morning();
    desk.state.replays(replay(Pace::Paused, 3));
    desk.press(Action::Exceptions);
    for (columns, rows) in [(80, 24), (100, 30), (160, 45)] {
        let shown = text(draw(&mut desk, columns, rows).0.backend().buffer());
        assert_eq!(shown.matches("said").count(), 18, "{shown}");
    }
    insta::assert_snapshot!("watch_exceptions", text(draw(&mut desk, 80, 24).0.backend().buffer()));
}

#[test]
fn the_help_of_a_watched_run_has_its_own_keys_first_and_no_acts() {
    let mut desk = morning();
    desk.state.replays(replay(Pace::Paused, 2));
    desk.press(Action::Help);
    let shown = text(draw(&mut desk, 100, 30).0.backend().buffer());
    assert!(!shown.contains("Acts: "), "{shown}");
    insta::assert_snapshot!("watch_help", shown);
}
