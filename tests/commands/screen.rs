//! The dialog before a command runs, and its output, as they stand on screens of three sizes.

use std::sync::Arc;
use std::time::Duration;

use cutover::config::{Settings, Var};
use cutover::signoff::event::{Blob, RunMode};
use cutover::state::Msg;
use cutover::state::action::Action;
use cutover::state::msg::{JobEnd, JobNews};
use cutover::theme::{self, Depth, Styles, Theme};
use cutover::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::common::desk::Desk;
use crate::common::outline::checklist;

const OUTLINE: &str = "# Cutover\n- Stop the old workers ________\n- App name ________\n- Check the copy\n";
const COMMAND: &str = "az webapp config appsettings list \\\n  --name \"<app name>\" \\\n  --resource-group rg-orders-prod \\\n  --query \"[].name\" # the names alone\n";

fn desk(mode: RunMode) -> Desk {
    let mut list = checklist("Orders to the new region", OUTLINE);
    let command = |text: &str, line| cutover::checklist::Command {
        language: Some("bash".to_owned()),
        text: text.to_owned(),
        line,
    };
    list.items[0].commands.push(command("systemctl stop orders-worker@1 orders-worker@2", 12));
    list.items[2].commands.push(command(&format!("{COMMAND}echo \"$TOKEN\" ${{REGION}}"), 30));
    let mut settings = Settings::default();
    let token = Var { value: "kept-to-itself".to_owned(), secret: true };
    settings.vars.insert("TOKEN".to_owned(), token);
    settings.secrets.insert(cutover::config::Secret("kept-to-itself".to_owned()));
    let mut desk = Desk::start("2026-11-21T06:40:00Z", mode, list, settings);
    desk.go("App name");
    desk.say(Action::Fill, "orders-new; reboot");
    desk
}

/// Draws it, and lets the state know how far it scrolls.
fn screen(desk: &mut Desk, columns: u16, rows: u16) -> String {
    let styles = Styles::new(&Theme::builtin().unwrap(), Depth::True);
    let now = desk.now();
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    desk.state.ui.size = (columns, rows);
    let mut laid = None;
    terminal
        .draw(|frame| laid = Some(view::render(frame, &desk.state, &styles, &theme::UNICODE, &now)))
        .unwrap();
    let laid = laid.unwrap();
    desk.state.laid(laid.page, laid.top, laid.limit.unwrap_or(usize::MAX));
    let buffer = terminal.backend().buffer();
    let line = |y| {
        let line: String = (0..columns).map(|x| buffer[(x, y)].symbol()).collect();
        format!("{}\n", line.trim_end())
    };
    (0..rows).map(line).collect()
}

fn news(desk: &mut Desk, news: JobNews) {
    desk.send(Msg::Job("run-1".to_owned(), news));
}

#[test]
fn the_dialog_shows_exactly_what_will_run() {
    for (columns, rows) in [(160, 45), (100, 30), (80, 24)] {
        let mut desk = desk(RunMode::Rehearsal);
        desk.go("Check the copy");
        desk.press(Action::RunCommand);
        desk.send(Msg::Confirm);
        desk.clock.advance(Duration::from_secs(1));
        let shown = screen(&mut desk, columns, rows);
        for part in ["REHEARSAL", "--name \"${APP_NAME}\"", "orders-new; reboot", "r  run it", "n  back"] {
            assert!(shown.contains(part), "{part} is not on the screen:\n{shown}");
        }
        insta::assert_snapshot!(format!("dialog_{columns}x{rows}"), shown);
    }
    let mut desk = desk(RunMode::Live);
    desk.go("Check the copy");
    desk.press(Action::RunCommand);
    desk.press(Action::Down);
    desk.send(Msg::Confirm);
    let shown = screen(&mut desk, 100, 30);
    assert!(shown.contains("set, from the environment") && shown.contains("$REGION"), "{shown}");
    assert!(!shown.contains("kept-to-itself"), "{shown}");
}

#[test]
fn a_long_command_is_not_run_before_its_end_was_seen() {
    let mut list = checklist("Long", "# One\n- Do it\n");
    let text = format!("cat <<EOF\n{}EOF", "a line\n".repeat(100));
    list.items[0].commands.push(cutover::checklist::Command { language: None, text, line: 3 });
    let mut desk = Desk::start("2026-11-21T06:40:00Z", RunMode::Live, list, Settings::default());
    desk.go("Do it");
    desk.press(Action::RunCommand);
    let run = |desk: &mut Desk| {
        desk.clock.advance(Duration::from_secs(1));
        screen(desk, 100, 30);
        desk.send(Msg::Choose('r'));
        desk.state.record.commands.len()
    };
    assert_eq!(run(&mut desk), 0);
    for _ in 0..5 {
        desk.press(Action::PageDown);
        screen(&mut desk, 100, 30);
    }
    assert_eq!(run(&mut desk), 1);
}

#[test]
fn output_row_and_sheet() {
    let mut desk = desk(RunMode::Live);
    desk.go("Stop the old workers");
    desk.press(Action::RunCommand);
    screen(&mut desk, 100, 30);
    desk.clock.advance(Duration::from_secs(1));
    desk.send(Msg::Choose('r'));
    desk.type_in("orders-worker@2");
    desk.send(Msg::Confirm);
    let lines: Vec<String> =
        (1..=60).map(|n| format!("worker {n}: draining, {} jobs left", 60 - n)).collect();
    let text = lines.join("\n");
    news(&mut desk, JobNews::Lines { lines, cut: 0 });
    desk.clock.advance(Duration::from_secs(42));
    insta::assert_snapshot!("row_running_100x30", screen(&mut desk, 100, 30));
    desk.press(Action::ShowOutput);
    insta::assert_snapshot!("output_running_80x24", screen(&mut desk, 80, 24));
    let bytes: Arc<[u8]> = text.into_bytes().into();
    let output = Some((Blob::seal(&bytes, [7; 16]), bytes));
    let end = JobEnd { exit: Some(0), took: Some(Duration::from_secs(43)), output, cut: 0 };
    news(&mut desk, JobNews::Ended(Box::new(end)));
    for (columns, rows) in [(160, 45), (100, 30), (80, 24)] {
        insta::assert_snapshot!(format!("output_{columns}x{rows}"), screen(&mut desk, columns, rows));
    }
    desk.press(Action::ShowOutput);
    desk.press(Action::Open);
    insta::assert_snapshot!("sheet_100x30", screen(&mut desk, 100, 30));
}
