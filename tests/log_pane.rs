//! The log pane as it is looked at: lines, marks, filters, search, pause, excerpts, expected lines.

mod flood;
mod real;
mod screen;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use cutover::clock::Clock;
use cutover::config::{self, Settings};
use cutover::sample::LogBatch;
use cutover::sample::log::{Chunk, Entry, Level, Shape, Source};
use cutover::signoff::event::RunMode;
use cutover::state::action::Action;
use cutover::state::layer::Kind;
use cutover::state::{Msg, Pane};
use cutover::theme::{self, Depth, Glyphs, Styles, Theme};
use cutover::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::common::desk::Desk;
use crate::common::outline::checklist;

const PLAN: &str = "\
# 4 DNS cutover
- Change the CNAME
- Saved DNS changes
- Watch the error rate
";

const SIDECAR: &str = r#"
title = "Shop backend to the new tenant"

[[log]]
name = "app"
file = "/var/log/app/*.log"
silent = "2m"
noise = ['^health probe ']

[[log]]
name = "nginx"
exec = ["journalctl", "-fu", "nginx"]
"#;

fn settings(text: &str) -> Settings {
    config::load("shop.toml".as_ref(), text, &|_| None).unwrap()
}

fn start() -> Desk {
    let checklist = checklist("Shop backend", PLAN);
    let mut desk = Desk::start("2026-11-21T06:00:00Z", RunMode::Live, checklist, settings(SIDECAR));
    desk.press(Action::Focus(5));
    assert_eq!(desk.state.ui.focus, Pane::Logs);
    desk
}

/// A line as the tailer tells it: its level by its first word, its shape with the digits masked.
fn batch(desk: &Desk, lines: &[&str]) -> LogBatch {
    let at = desk.clock.now();
    let mut batch = LogBatch { at: Some(at), source: Source::Running, ..LogBatch::default() };
    let mut chunk = Chunk::default();
    for line in lines {
        // What stands before an `@@` is the time that the line states.
        let (stated, text) = match line.split_once("@@") {
            Some((time, text)) => {
                let stated: DateTime<Utc> = format!("2026-11-21T{time}Z").parse().unwrap();
                (Some(stated.timestamp_millis()), text)
            }
            None => (None, *line),
        };
        let level = match text.split_whitespace().next() {
            Some("ERROR") => Level::Error,
            Some("WARN") => Level::Warning,
            Some("DEBUG") => Level::Debug,
            Some("INFO") => Level::Info,
            _ => Level::None,
        };
        let masked: String = text.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect();
        let mut masked_short = masked.clone();
        while masked_short.contains("##") {
            masked_short = masked_short.replace("##", "#");
        }
        let id = masked_short.bytes().fold(7u64, |hash, byte| hash.wrapping_mul(31) + u64::from(byte));
        // As the tailer does, each shape is told once; the state must not mind hearing of it again.
        batch.shapes.push(Shape { id, text: masked_short, example: text.to_owned(), level, stated });
        chunk.push(text, Entry { end: 0, level, shape: id, stated, cut: 0, file: 0 });
        batch.counts[level as usize] += 1;
    }
    batch.lines = Arc::new(chunk);
    batch
}

fn send(desk: &mut Desk, log: &str, batch: LogBatch) {
    desk.send(Msg::Lines(format!("log/{log}").parse().unwrap(), Box::new(batch)));
}

fn read(desk: &mut Desk, log: &str, lines: &[&str]) {
    let batch = batch(desk, lines);
    send(desk, log, batch);
}

/// Lets what is found out in slices come to its end.
fn settle(desk: &mut Desk) {
    while desk.state.log_progress().is_some() {
        desk.send(Msg::Wake);
    }
}

fn say(desk: &mut Desk, action: Action, text: &str) {
    desk.say(action, text);
    settle(desk);
}

fn frame_with(desk: &mut Desk, columns: u16, rows: u16, glyphs: &Glyphs, depth: Depth) -> String {
    let styles = Styles::new(&Theme::builtin().unwrap(), depth);
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    let now = desk.clock.now();
    let mut laid = view::Laid::default();
    terminal.draw(|frame| laid = view::render(frame, &desk.state, &styles, glyphs, &now)).unwrap();
    if let Some((top, page)) = laid.logs {
        desk.state.laid_logs(top, page);
    }
    let buffer = terminal.backend().buffer();
    let mut text = String::new();
    for y in 0..rows {
        let (mut line, mut x) = (String::new(), 0);
        while x < columns {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += u16::try_from(cutover::text::width(symbol).max(1)).unwrap();
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn frame(desk: &mut Desk, columns: u16, rows: u16) -> String {
    frame_with(desk, columns, rows, &theme::UNICODE, Depth::True)
}

/// The lines of the pane that hold a time, on a screen of 100 columns of the pane alone.
fn lines(desk: &mut Desk) -> Vec<String> {
    desk.state.ui.zoom = true;
    let whole = frame(desk, 100, 24);
    desk.state.ui.zoom = false;
    whole
        .lines()
        .filter_map(|line| line.strip_prefix('│')?.strip_suffix('│'))
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// The texts of the lines, without time, name and level.
fn texts(desk: &mut Desk) -> Vec<String> {
    let line = |line: &String| line.get(22..).unwrap_or_default().trim_end_matches(" new").trim().to_owned();
    let is_line = |line: &&String| line.starts_with("06:");
    lines(desk).iter().filter(is_line).map(line).collect()
}

fn numbered(from: u32, to: u32) -> Vec<String> {
    (from..to).map(|number| format!("INFO line {number}")).collect()
}

fn read_numbered(desk: &mut Desk, log: &str, from: u32, to: u32) {
    let all = numbered(from, to);
    read(desk, log, &all.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn scrolling_up_pauses_and_the_end_follows_again() {
    let mut desk = start();
    read_numbered(&mut desk, "app", 0, 100);
    assert_eq!(texts(&mut desk).last().unwrap(), "line 99");
    desk.press(Action::Up);
    assert!(desk.state.ui.logs.paused());
    read_numbered(&mut desk, "app", 100, 412);
    let shown = lines(&mut desk);
    assert!(shown.iter().any(|line| line.contains("line 98")), "{shown:?}");
    assert!(!shown.iter().any(|line| line.contains("line 100")), "{shown:?}");
    assert!(shown.last().unwrap().contains("paused, 312 new"), "{shown:?}");
    desk.press(Action::First);
    assert_eq!(texts(&mut desk)[0], "line 0");
    desk.press(Action::PageDown);
    let first = texts(&mut desk)[0].clone();
    desk.press(Action::Up);
    assert_eq!(texts(&mut desk)[0], first, "the window moves no more than it must");
    desk.press(Action::Last);
    assert!(!desk.state.ui.logs.paused());
    assert_eq!(texts(&mut desk).last().unwrap(), "line 411");
    desk.press(Action::LogPause);
    assert!(desk.state.ui.logs.paused());
    desk.press(Action::Down);
    assert!(!desk.state.ui.logs.paused(), "down from the last line follows again");
    desk.press(Action::LogPause);
    desk.press(Action::LogPause);
    assert!(!desk.state.ui.logs.paused());
}

#[test]
fn what_is_read_in_peace_is_not_taken_away_by_a_flood() {
    let mut desk = start();
    read_numbered(&mut desk, "app", 0, 1000);
    desk.press(Action::First);
    for round in 1..200 {
        read_numbered(&mut desk, "app", round * 1000, round * 1000 + 1000);
    }
    assert_eq!(texts(&mut desk)[0], "line 0");
    desk.press(Action::Last);
    desk.press(Action::First);
    assert_ne!(texts(&mut desk)[0], "line 0", "the ring has dropped it meanwhile");
}

#[test]
fn a_tick_is_a_rule_in_every_log_and_divides_the_rates() {
    let mut desk = start();
    for second in 0..60 {
        desk.clock.advance(std::time::Duration::from_secs(1));
        let line = if second % 30 == 0 { "ERROR slow" } else { "INFO ok" };
        read(&mut desk, "app", &[line]);
    }
    desk.press(Action::Focus(1));
    desk.tick("Saved DNS changes");
    desk.press(Action::Focus(5));
    for _ in 0..60 {
        desk.clock.advance(std::time::Duration::from_secs(1));
        read(&mut desk, "app", &["ERROR no such host"]);
    }
    desk.press(Action::First);
    desk.press(Action::LogNextError);
    desk.press(Action::LogNextError);
    desk.press(Action::LogNextError);
    let shown = lines(&mut desk);
    let rule = shown.iter().position(|line| line.contains("06:01:00 dana ticked “Saved DNS changes”"));
    let rule = rule.unwrap_or_else(|| panic!("no rule in {shown:#?}"));
    assert!(shown[rule - 1].contains("ok") && shown[rule + 1].contains("no such host"), "{shown:#?}");
    let log = &desk.state.live.logs[0];
    let mark = log.marks.iter().next_back().unwrap();
    let around = log.rates.around(mark.boot, desk.now().boot).unwrap();
    assert_eq!((around.before.count, around.after.count), (2, 58), "over 59 seconds each");
    assert_eq!(around.before.span, around.after.span);
    desk.wait(60);
    desk.press(Action::Open);
    let sheet = frame(&mut desk, 160, 60);
    assert!(sheet.contains("2 → 58 err in 59s   since dana ticked “Saved DNS changes”"), "{sheet}");
}

#[test]
fn notes_and_other_peoples_machines_make_no_rule() {
    let mut desk = start();
    desk.press(Action::Focus(1));
    desk.say(Action::Comment, "asked the vendor");
    assert_eq!(desk.state.live.logs[0].marks.iter().count(), 0);
    desk.press(Action::Start);
    assert_eq!(desk.state.live.logs[0].marks.iter().count(), 1);
    assert_eq!(desk.state.live.logs[1].marks.iter().count(), 1);
}

#[test]
fn filters_stack_over_the_whole_buffer_and_each_can_be_switched_off() {
    let mut desk = start();
    let all: Vec<String> = (0..54_000u32)
        .map(|number| format!("INFO {} request {number}", if number % 2 == 0 { "GET" } else { "POST" }))
        .collect();
    for part in all.chunks(4096) {
        read(&mut desk, "nginx", &part.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let kept = desk.state.live.logs[1].buffer.len();
    assert_eq!(kept, 50_000);
    desk.press(Action::LogIn);
    desk.type_in("get");
    desk.send(Msg::Confirm);
    let seen = texts(&mut desk);
    assert_eq!(seen.last().unwrap(), "GET request 53998", "the newest are there at once");
    settle(&mut desk);
    let status = lines(&mut desk).pop().unwrap();
    assert!(status.contains("filters 1 · 25,000 hidden"), "{status}");
    say(&mut desk, Action::LogOut, "0$");
    let tally = desk.state.log_lens().tally();
    assert_eq!(tally.lines - tally.hidden, 20_000);
    assert_eq!(texts(&mut desk).last().unwrap(), "GET request 53998");
    // The first row switches the first filter off; the list stays open.
    desk.press(Action::LogFilters);
    desk.send(Msg::Confirm);
    settle(&mut desk);
    assert!(matches!(desk.state.ui.layers.last().unwrap().kind, Kind::Pick(_)));
    desk.press(Action::Back);
    let tally = desk.state.log_lens().tally();
    assert_eq!(tally.lines - tally.hidden, 45_000);
    assert!(lines(&mut desk).pop().unwrap().contains("filters 1 of 2 on"));
    desk.press(Action::LogFilters);
    desk.type_in("take all");
    desk.send(Msg::Confirm);
    assert!(desk.state.ui.logs.filters.is_empty());
    assert_eq!(texts(&mut desk).last().unwrap(), "POST request 53999");
}

#[test]
fn a_bad_expression_is_told_and_changes_nothing() {
    let mut desk = start();
    read_numbered(&mut desk, "app", 0, 10);
    for action in [Action::LogIn, Action::LogOut, Action::LogSearch] {
        desk.say(action, "(unclosed");
        let Some(Kind::Prompt(prompt)) = desk.state.ui.layers.last().map(|layer| &layer.kind) else {
            panic!("the prompt is gone");
        };
        let complaint = prompt.complaint.clone().unwrap();
        assert!(
            complaint.contains("unclosed group") && complaint.contains("nothing is changed"),
            "{complaint}"
        );
        desk.press(Action::Back);
    }
    assert!(desk.state.ui.logs.filters.is_empty() && desk.state.ui.logs.search.is_none());
    assert_eq!(texts(&mut desk).len(), 10);
}

#[test]
fn a_search_goes_to_the_newest_match_and_then_both_ways() {
    let mut desk = start();
    for round in 0..40u32 {
        read_numbered(&mut desk, "app", round * 100, round * 100 + 99);
        read(&mut desk, "nginx", &[&format!("WARN upstream {round} timed out")]);
    }
    say(&mut desk, Action::LogSearch, "upstream .* TIMED|timed");
    let at = |desk: &Desk| {
        let lens = desk.state.log_lens();
        lens.line(desk.state.ui.logs.cursor.unwrap()).unwrap().1.text.to_owned()
    };
    assert_eq!(at(&desk), "WARN upstream 39 timed out");
    desk.press(Action::LogPrevious);
    desk.press(Action::LogPrevious);
    assert_eq!(at(&desk), "WARN upstream 37 timed out");
    desk.press(Action::LogNext);
    assert_eq!(at(&desk), "WARN upstream 38 timed out");
    desk.press(Action::LogNext);
    desk.press(Action::LogNext);
    assert_eq!(at(&desk), "WARN upstream 39 timed out");
    let notice = desk.state.ui.notice.as_ref().unwrap().1.clone();
    assert!(notice.starts_with("No newer match"), "{notice}");
    assert!(lines(&mut desk).last().unwrap().contains("timed/ 40"), "{:?}", lines(&mut desk));
}

#[test]
fn errors_are_found_without_a_search() {
    let mut desk = start();
    read_numbered(&mut desk, "app", 0, 500);
    read(&mut desk, "nginx", &["ERROR 502"]);
    read_numbered(&mut desk, "app", 500, 1000);
    read(&mut desk, "nginx", &["ERROR 503"]);
    read_numbered(&mut desk, "app", 1000, 1500);
    let at = |desk: &Desk| {
        let lens = desk.state.log_lens();
        lens.line(desk.state.ui.logs.cursor.unwrap()).unwrap().1.text.to_owned()
    };
    desk.press(Action::LogPreviousError);
    assert_eq!(at(&desk), "ERROR 503");
    desk.press(Action::LogPreviousError);
    assert_eq!(at(&desk), "ERROR 502");
    desk.press(Action::LogPreviousError);
    assert_eq!(at(&desk), "ERROR 502");
    assert!(desk.state.ui.notice.as_ref().unwrap().1.starts_with("No older error"));
    desk.press(Action::LogNextError);
    assert_eq!(at(&desk), "ERROR 503");
}

#[test]
fn levels_logs_and_clearing() {
    let mut desk = start();
    read(&mut desk, "app", &["DEBUG a", "INFO b", "plain c", "WARN d", "ERROR e"]);
    read(&mut desk, "nginx", &["INFO f"]);
    let level = |desk: &mut Desk| {
        desk.press(Action::LogLevel);
        settle(desk);
        texts(desk)
    };
    assert_eq!(level(&mut desk), ["b", "d", "e", "f"]);
    assert_eq!(level(&mut desk), ["d", "e"]);
    assert_eq!(level(&mut desk), ["e"]);
    assert_eq!(level(&mut desk).len(), 6);
    desk.press(Action::LogChoose);
    desk.type_in("nginx");
    desk.send(Msg::Confirm);
    desk.press(Action::Back);
    let shown = lines(&mut desk);
    assert!(shown[0].contains("INFO   f ") && shown.last().unwrap().contains("1 of 2 logs"), "{shown:?}");
    desk.press(Action::LogChoose);
    desk.send(Msg::Confirm);
    desk.press(Action::Back);
    assert_eq!(texts(&mut desk).len(), 6, "the first row of the list is all logs");
    desk.press(Action::LogClear);
    assert_eq!(texts(&mut desk).len(), 0);
    read(&mut desk, "app", &["INFO g"]);
    assert_eq!(texts(&mut desk), ["g"]);
    assert_eq!(desk.state.live.logs[0].buffer.len(), 6, "only the view is cleared");
    desk.press(Action::LogFilters);
    desk.type_in("bring back");
    desk.send(Msg::Confirm);
    assert_eq!(texts(&mut desk).len(), 7);
}

#[test]
fn an_excerpt_goes_on_record_with_the_item_clean_and_redacted() {
    let mut desk = start();
    let hostile = "ERROR \u{1b}]52;c;cm0gLXJm\u{7}=cmd|'/C calc'!A0 <script>\u{202e}txt</script>";
    read(&mut desk, "app", &["INFO before", "06:00:00@@ERROR token=hunter2secret refused", hostile]);
    read(&mut desk, "nginx", &["INFO behind", "INFO after"]);
    desk.go("Saved DNS changes");
    desk.press(Action::First);
    desk.press(Action::Down);
    desk.press(Action::LogSelect);
    desk.press(Action::Down);
    desk.press(Action::Down);
    desk.press(Action::Excerpt);
    let question = frame(&mut desk, 100, 24);
    assert!(question.contains("Put 3 lines of app, nginx on record with “Saved DNS changes”"), "{question}");
    desk.type_in("the token was the old one");
    desk.send(Msg::Confirm);
    assert!(desk.state.ui.layers.is_empty(), "{:?}", desk.state.ui.layers);
    let record = &desk.state.record;
    let item = desk.item("Saved DNS changes");
    let excerpts: Vec<_> =
        record.excerpts.iter().map(|it| (it.probe.to_string(), it.lines, it.item)).collect();
    assert_eq!(excerpts, [("log/app".to_owned(), 2, Some(item)), ("log/nginx".to_owned(), 1, Some(item))]);
    assert_eq!(record.item(item).unwrap().notes.last().unwrap().text, "the token was the old one");
    let text = String::from_utf8(desk.sealed[0].to_vec()).unwrap();
    assert!(record.excerpts[0].blob.fits(&desk.sealed[0]), "the blob is the lines");
    assert!(text.contains(" 2026-11-21T06:00:00.000Z  error    ERROR token=••• refused\n"), "{text}");
    assert!(text.contains("~2026-11-21T06:00:00.000Z  error    ERROR "), "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{7}') && !text.contains('\u{202e}'), "{text:?}");
    assert!(text.lines().all(|line| !line.starts_with(['=', '+', '-', '@'])), "no formula: {text}");
    assert_eq!(desk.state.ui.logs.anchor, None);
}

#[test]
fn an_excerpt_without_a_note_is_no_note() {
    let mut desk = start();
    read(&mut desk, "app", &["INFO one"]);
    desk.press(Action::Excerpt);
    assert!(desk.state.ui.layers.is_empty(), "while lines flow there is none under the cursor");
    desk.go("Change the CNAME");
    desk.press(Action::LogPause);
    desk.press(Action::Excerpt);
    desk.wait(1);
    desk.send(Msg::Confirm);
    assert_eq!(desk.state.record.excerpts.len(), 1, "{:?} {:?}", desk.state.ui.layers, desk.state.ui.notice);
    let item = desk.state.record.item(desk.item("Change the CNAME")).unwrap();
    assert!(item.notes.is_empty(), "{:?}", item.notes);
}

#[test]
fn an_excerpt_is_bounded() {
    let mut desk = start();
    read_numbered(&mut desk, "app", 0, 5000);
    desk.press(Action::First);
    desk.press(Action::LogSelect);
    desk.state.ui.logs.cursor = desk.state.log_lens().last();
    desk.press(Action::Excerpt);
    desk.wait(1);
    desk.send(Msg::Confirm);
    assert_eq!(desk.state.record.excerpts[0].lines, 2000);
}

#[test]
fn what_is_allowed_as_noise_is_no_longer_new_even_after_a_change_of_the_sidecar() {
    let mut desk = start();
    read(&mut desk, "app", &["WARN retry 7 of 9 to 10.0.0.4", "ERROR disk 3 full", "health probe 1 ok"]);
    assert_eq!(desk.state.live.logs[0].new, 2);
    assert!(lines(&mut desk)[0].ends_with("new"), "{:?}", lines(&mut desk));
    desk.press(Action::First);
    desk.press(Action::AllowNoise);
    let Some(Kind::Prompt(prompt)) = desk.state.ui.layers.last().map(|layer| &layer.kind) else {
        panic!("no prompt");
    };
    assert_eq!(prompt.input.value(), r"WARN retry .+ of .+ to .+\..+\..+\.");
    desk.send(Msg::Confirm);
    assert_eq!(desk.state.record.noise.len(), 1);
    assert_eq!(desk.state.live.logs[0].new, 1);
    assert!(!lines(&mut desk)[0].ends_with("new"));
    // What the sidecar says anew does not forget what the record says.
    let changed = SIDECAR.replace("silent = \"2m\"", "silent = \"3m\"");
    let plan = cutover::plan::Plan { settings: settings(&changed), ..(*desk.state.plan).clone() };
    desk.send(Msg::Files(Box::new(Ok(plan))));
    assert_eq!(desk.state.live.logs[0].shapes.expected().len(), 2);
    read(&mut desk, "app", &["WARN retry 8 of 9 to 10.0.0.4"]);
    assert_eq!(desk.state.live.logs[0].new, 0);
}

#[test]
fn a_pattern_that_would_hide_everything_is_refused() {
    let mut desk = start();
    read(&mut desk, "app", &["ERROR disk 3 full"]);
    desk.press(Action::LogPause);
    for (typed, complaint) in [(".*", "every line"), ("(", "regular expression")] {
        desk.press(Action::AllowNoise);
        desk.send(Msg::Edit(tui_input::InputRequest::DeleteLine));
        desk.type_in(typed);
        desk.send(Msg::Confirm);
        let Some(Kind::Prompt(prompt)) = desk.state.ui.layers.last().map(|layer| &layer.kind) else {
            panic!("the prompt is gone");
        };
        assert!(prompt.complaint.as_ref().unwrap().contains(complaint), "{:?}", prompt.complaint);
        desk.press(Action::Back);
    }
    assert!(desk.state.record.noise.is_empty());
}

#[test]
fn a_mark_by_hand_begins_anew() {
    let mut desk = start();
    read(&mut desk, "nginx", &["INFO first", "INFO second"]);
    assert_eq!(desk.state.live.logs[1].new, 2);
    desk.wait(30);
    desk.press(Action::LogMark);
    assert_eq!(desk.state.live.logs[1].new, 0);
    desk.wait(1);
    read(&mut desk, "nginx", &["INFO first", "ERROR third"]);
    assert_eq!(desk.state.live.logs[1].new, 1);
    let shown = frame(&mut desk, 160, 45);
    assert!(shown.contains("nginx 1 err in 31s 1 new") && shown.contains("1 new since 06:00"), "{shown}");
}

#[test]
fn freezing_holds_the_lines_and_their_filters_work() {
    let mut desk = start();
    read_numbered(&mut desk, "app", 0, 30);
    desk.press(Action::Freeze);
    read_numbered(&mut desk, "app", 30, 60);
    assert_eq!(texts(&mut desk).last().unwrap(), "line 29");
    say(&mut desk, Action::LogIn, "7");
    assert_eq!(texts(&mut desk), ["line 7", "line 17", "line 27"]);
    desk.press(Action::Freeze);
    settle(&mut desk);
    assert_eq!(texts(&mut desk).len(), 6);
}

#[test]
fn a_line_is_copied_as_it_stands() {
    let mut desk = start();
    read(&mut desk, "app", &["ERROR {\"a\": 1}"]);
    desk.press(Action::LogCopy);
    assert_eq!(desk.clipboard, None);
    desk.press(Action::LogPause);
    desk.press(Action::LogCopy);
    assert_eq!(desk.clipboard.as_deref(), Some("ERROR {\"a\": 1}"));
}

#[test]
fn the_state_of_a_log_is_on_record() {
    let mut desk = start();
    read(&mut desk, "app", &["INFO ready"]);
    desk.wait(130);
    let changes: Vec<String> =
        desk.state.record.probes.whole().into_iter().map(|it| format!("{} {}", it.probe, it.to)).collect();
    assert_eq!(changes, ["log/app up", "log/app silent"]);
    assert!(frame(&mut desk, 160, 45).contains("silent: no line for 2m"));
}
