//! Themes on a terminal: the preview, the choice in the cockpit, a file that changes meanwhile.

use std::path::Path;

use cutover::app::themes::morning;
use cutover::theme::{self, Depth, Rgb, Role, Styles, Theme, builtin};
use cutover::view::themes::{Shown, render};
use ratatui::Terminal as Canvas;
use ratatui::backend::TestBackend;

use super::own;
use crate::common::folder::Folder;
use crate::common::pty::{Frame, Press, Start, Terminal};

fn named(name: &str) -> Theme {
    Theme::load(builtin::text(name).unwrap(), name).unwrap()
}

/// The ground of a frame: of a cell in the middle that nothing else colours.
fn ground(frame: &Frame) -> vt100::Color {
    frame.screen().cell(frame.screen().size().0.get() - 8, 5).unwrap().bgcolor()
}

fn ground_of(theme: &Theme) -> vt100::Color {
    let Rgb(r, g, b) = theme.color(Role::Background);
    vt100::Color::Rgb(r, g, b)
}

fn start<'a>(folder: &'a Folder, args: &[&str]) -> Start<'a> {
    Start::with_args(folder, args).env("COLORTERM", "truecolor").size(160, 45)
}

fn wait_for_ground(terminal: &Terminal, theme: &Theme) -> Frame {
    terminal.wait_for(&format!("the ground of {}", theme.name()), |frame| ground(frame) == ground_of(theme))
}

#[test]
fn the_preview_shows_every_theme_on_real_panes_and_says_how_to_keep_one() {
    let folder = Folder::with_steps(1);
    let mut terminal = start(&folder, &["themes"]).spawn();
    terminal.wait_for_text("Theme default  1 of 9  dark  built in");
    for text in ["1 Checklist", "2 Health", "3 DNS", "4 Copy", "5 Logs", "6 Host", "lowest contrast 5.5"] {
        terminal.wait_for_text(text);
    }
    for (number, name) in (1..).zip(builtin::names()) {
        terminal.wait_for_text(&format!("Theme {name}  {number} of 9"));
        wait_for_ground(&terminal, &named(name));
        terminal.type_text("j");
    }
    terminal.wait_for_text("Theme default  1 of 9");
    terminal.press(Press::Up);
    terminal.wait_for_text("Theme nord  9 of 9");
    terminal.type_text("?");
    terminal.wait_for_text("Keys · Checklist");
    terminal.press(Press::Escape);
    terminal.wait_for("the sheet's end", |frame| !frame.has("Keys · Checklist"));
    terminal.resize(120, 24);
    terminal.wait_for("a smaller screen", |frame| {
        frame.lines().next().is_some_and(|line| line.chars().count() <= 120)
    });
    terminal.wait_for_text("Theme nord  9 of 9");
    terminal.press(Press::Enter);
    assert_eq!(terminal.exit_code(), 0);
    terminal.assert_restored();
    let frame = terminal.frame();
    assert!(frame.has("theme = \"nord\"") && frame.has(".config/cutover/config"), "{frame:?}");
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 2, "a preview writes nothing");
}

#[test]
fn the_sample_is_the_same_each_time_and_shows_every_state() {
    let draw = |theme: &Theme, size: (u16, u16)| {
        let (state, now) = morning(size).unwrap();
        let styles = Styles::new(theme, Depth::True);
        let mut canvas = Canvas::new(TestBackend::new(size.0, size.1)).unwrap();
        let shown = Shown { theme, from: "built in", number: (1, 9) };
        canvas.draw(|frame| render(frame, &shown, &state, (&styles, &theme::UNICODE), &now)).unwrap();
        canvas.backend().buffer().clone()
    };
    for name in builtin::names() {
        let theme = named(name);
        let seen = draw(&theme, (160, 45));
        assert_eq!(seen, draw(&theme, (160, 45)));
        for role in [
            Role::Good,
            Role::Bad,
            Role::Warning,
            Role::Unknown,
            Role::Stale,
            Role::Old,
            Role::New,
            Role::Live,
        ] {
            let color = theme.color(role).at(Depth::True).unwrap();
            assert!(seen.content().iter().any(|cell| cell.fg == color), "{role} in {name}");
        }
        for size in [(1, 1), (39, 9), (40, 14), (80, 24), (100, 30), (200, 60)] {
            draw(&theme, size);
        }
    }
}

#[test]
fn a_theme_s_file_is_worn_as_it_is_saved_and_a_bad_one_is_told() {
    let folder = Folder::with_steps(2);
    let theme = |ground: &str| format!("inherits = \"nord\"\nbackground = \"{ground}\"\n");
    let load = |ground: &str| Theme::load(&theme(ground), "mine").unwrap();
    own(&folder, "themes/mine.toml", &theme("#101010"));
    own(&folder, "config.toml", "theme = \"mine\"\n");
    let terminal = start(&folder, &["run", "plan.md", "--operator", "dana"]).spawn();
    terminal.wait_for_text("Step 1");
    wait_for_ground(&terminal, &load("#101010"));
    own(&folder, "themes/mine.toml", &theme("#202030"));
    wait_for_ground(&terminal, &load("#202030"));
    own(&folder, "themes/mine.toml", &theme("blue"));
    let frame = terminal.wait_for_text("mine.toml, line 2: `background` is not a colour");
    assert_eq!(ground(&frame), ground_of(&load("#202030")), "the old colours stay");
    own(&folder, "themes/mine.toml", &theme("#000000"));
    wait_for_ground(&terminal, &load("#000000"));
}

#[test]
fn a_theme_is_chosen_in_the_cockpit_and_seen_while_one_looks() {
    let folder = Folder::with_steps(2);
    let path = folder.write("dim.toml", "inherits = \"gruvbox\"\nbackground = \"#0a0b0c\"\n");
    let mut terminal =
        start(&folder, &["run", "plan.md", "--operator", "dana", "--theme", "./dim.toml"]).spawn();
    terminal.wait_for_text("run started");
    let dim = Theme::load(&std::fs::read_to_string(Path::new(&path)).unwrap(), "dim").unwrap();
    wait_for_ground(&terminal, &dim);
    let ask = |terminal: &mut Terminal| {
        terminal.type_text(":");
        terminal.wait_for_text("Command");
        terminal.type_text("theme");
        terminal.wait_for_text("other colours");
        terminal.press(Press::Enter);
        terminal.wait_for_text("Theme, for as long as this cockpit is open");
    };
    ask(&mut terminal);
    terminal.wait_for("the one that is worn", |frame| {
        frame.line("dim").is_some_and(|line| line.contains("yours"))
    });
    terminal.press(Press::Up);
    wait_for_ground(&terminal, &named("nord"));
    terminal.press(Press::Escape);
    wait_for_ground(&terminal, &dim);
    ask(&mut terminal);
    terminal.type_text("latte");
    wait_for_ground(&terminal, &named("catppuccin-latte"));
    terminal.press(Press::Enter);
    terminal.wait_for_text("Theme catppuccin-latte until you leave");
    wait_for_ground(&terminal, &named("catppuccin-latte"));
    let log = std::fs::read_to_string(&folder.logs()[0]).unwrap();
    assert_eq!(log.lines().count(), 1, "colours are no part of the record");
}
