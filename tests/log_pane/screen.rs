//! The pane at the sizes it takes.

use std::time::Duration;

use cutover::sample::log::Turn;
use cutover::state::replay::{Pace, Replay};

use super::*;

/// A morning with something in every corner of the pane.
fn morning() -> Desk {
    let mut desk = start();
    for minute in 0..36u64 {
        desk.clock.advance(Duration::from_mins(1));
        read(&mut desk, "app", &["INFO connected to database"]);
        read(&mut desk, "nginx", &[&format!("GET /games/feed 200 0.{minute:03}")]);
    }
    desk.press(Action::Focus(1));
    desk.tick("Saved DNS changes");
    desk.press(Action::Focus(5));
    for second in 0..20u64 {
        desk.clock.advance(Duration::from_secs(3));
        read(&mut desk, "nginx", &[&format!("GET /games/feed 502 0.{second:03}")]);
        if second % 5 == 0 {
            let stated = desk.now().wall.format("%H:%M:%S");
            let long = format!(
                "{stated}@@ERROR AzureIdentity: environment variables missing: AZURE_CLIENT_ID, AZURE_TENANT_ID \
                 データベース, attempt {second} of 20, giving up only when the last of them has failed as well"
            );
            read(&mut desk, "app", &[&long]);
        }
        if second == 11 {
            let mut rotated = batch(&desk, &["WARN slow query took 4812 ms"]);
            rotated.turns = vec![Turn::Rotated("/var/log/app/app.log".to_owned())];
            rotated.source =
                Source::Files(vec!["/var/log/app/app.log".to_owned(), "/var/log/app/jobs.log".to_owned()]);
            send(&mut desk, "app", rotated);
        }
    }
    desk
}

#[test]
fn every_form() {
    let mut desk = morning();
    insta::assert_snapshot!("logs_160x45", frame(&mut desk, 160, 45));
    insta::assert_snapshot!("logs_100x30", frame(&mut desk, 100, 30));
    insta::assert_snapshot!("logs_80x24_ascii", frame_with(&mut desk, 80, 24, &theme::ASCII, Depth::None));
    desk.press(Action::Focus(1));
    insta::assert_snapshot!("logs_folded_100x30", frame(&mut desk, 80, 24));
}

#[test]
fn of_a_watched_run_the_pane_says_that_lines_are_not_recorded() {
    let mut desk = start();
    let at = desk.now().wall;
    desk.state.replays(Replay {
        from: at,
        to: at,
        at,
        pace: Pace::Following,
        ended: false,
        cut_off: false,
        acts: (0, 0),
        passed: 0,
        marks: Vec::new().into(),
        why: "dana writes this log".to_owned(),
        trouble: None,
    });
    for (columns, rows) in [(40, 14), (80, 24), (100, 30), (160, 45)] {
        let shown = frame(&mut desk, columns, rows);
        assert!(!shown.contains("no line yet"), "{shown}");
        let words: Vec<&str> =
            shown.split(|c: char| !c.is_alphabetic()).filter(|it| !it.is_empty()).collect();
        let said = words.windows(7).any(|it| it.join(" ") == "lines are not recorded their counts are");
        assert!(said, "{shown}");
    }
}

#[test]
fn paused_searched_filtered_wrapped() {
    let mut desk = morning();
    say(&mut desk, Action::LogOut, "feed 200");
    say(&mut desk, Action::LogSearch, "identity|slow");
    desk.press(Action::LogWrap);
    desk.press(Action::LogPrevious);
    desk.press(Action::LogSelect);
    desk.press(Action::Up);
    read_numbered(&mut desk, "nginx", 0, 312);
    settle(&mut desk);
    insta::assert_snapshot!("logs_paused_80x24", frame(&mut desk, 80, 24));
}

#[test]
fn a_line_and_its_log_whole() {
    let mut desk = morning();
    read(&mut desk, "app", &[r#"ERROR {"msg":"no such host","host":"db.old.example","try":3}"#]);
    desk.press(Action::LogPreviousError);
    desk.press(Action::Open);
    insta::assert_snapshot!("logs_sheet", frame(&mut desk, 120, 60));
}

#[test]
fn every_size_is_drawn_and_the_cursor_is_on_it() {
    let mut desk = morning();
    desk.press(Action::LogWrap);
    for (columns, rows) in [(40, 10), (41, 11), (60, 15), (80, 24), (99, 20), (100, 20), (139, 44), (200, 60)]
    {
        for step in 0..12 {
            desk.press(if step % 4 == 3 { Action::Down } else { Action::PageUp });
            let shown = frame(&mut desk, columns, rows);
            assert!(shown.lines().all(|line| cutover::text::width(line) <= usize::from(columns)));
            let spot = desk.state.ui.logs.cursor.unwrap();
            let top = desk.state.ui.logs.top.unwrap();
            assert!(top <= spot, "{columns}x{rows}");
            let mut at = Some(top);
            let mut seen = false;
            for _ in 0..desk.state.ui.logs.page {
                seen |= at == Some(spot);
                at = at.and_then(|at| desk.state.log_lens().after(at));
            }
            assert!(seen, "{columns}x{rows}: the cursor's line is not among those shown\n{shown}");
        }
        desk.press(Action::Last);
    }
}

#[test]
fn outside_text_reaches_no_terminal() {
    let mut desk = start();
    let hostile = [
        "ERROR \u{1b}[2J\u{1b}]52;c;cm0gLXJmIC8=\u{7}\u{9b}31m wiped",
        "INFO \u{202e}gnp.exe \u{2066}bidi\u{2069}",
        "INFO <script>alert(1)</script> =HYPERLINK(\"http://x\")",
        "INFO tab\there\rand\0there",
    ];
    read(&mut desk, "app", &hostile);
    read(&mut desk, "app", &[&format!("INFO {}", "x".repeat(1 << 20))]);
    let mut turned = batch(&desk, &["INFO y"]);
    turned.turns = vec![Turn::Restarted("exit \u{1b}]0;owned\u{7} 1".to_owned())];
    send(&mut desk, "nginx", turned);
    for (columns, rows) in [(80, 24), (160, 45)] {
        for wrap in [false, true] {
            desk.state.ui.logs.wrap = wrap;
            for open in [false, true] {
                if open {
                    desk.press(Action::First);
                    desk.press(Action::Open);
                }
                let shown = frame(&mut desk, columns, rows);
                let bad = |c: char| {
                    (c.is_control() && c != '\n')
                        || ('\u{202a}'..='\u{202e}').contains(&c)
                        || ('\u{2066}'..='\u{2069}').contains(&c)
                };
                assert!(!shown.contains(bad), "{shown:?}");
                desk.state.ui.layers.clear();
                desk.press(Action::Last);
            }
        }
    }
}

#[test]
fn without_colour_levels_matches_and_the_cursor_still_differ() {
    use ratatui::style::Modifier;
    let mut desk = start();
    read(&mut desk, "app", &["INFO needle here", "ERROR needle there", "WARN none"]);
    say(&mut desk, Action::LogSearch, "needle");
    let styles = Styles::new(&Theme::builtin().unwrap(), Depth::None);
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let now = desk.clock.now();
    terminal
        .draw(|frame| {
            view::render(frame, &desk.state, &styles, &theme::ASCII, &now);
        })
        .unwrap();
    let buffer = terminal.backend().buffer().clone();
    let find = |text: &str| {
        (0..24).find_map(|y| {
            let row: String = (0..80).map(|x| buffer[(x, y)].symbol().to_owned()).collect();
            row.find(text).map(|x| (u16::try_from(x).unwrap(), y))
        })
    };
    let modifier = |at: (u16, u16)| buffer[at].modifier;
    let (cursor, other) = (find("needle there").unwrap(), find("needle here").unwrap());
    assert!(modifier(cursor).contains(Modifier::REVERSED), "the row under the cursor");
    assert!(!modifier(other).contains(Modifier::REVERSED));
    assert!(modifier(other).contains(Modifier::BOLD | Modifier::UNDERLINED), "a match");
    let here = find("here").unwrap();
    assert!(!modifier(here).contains(Modifier::UNDERLINED), "what does not match");
}
