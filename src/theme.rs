//! Stand-in.
#![allow(missing_docs)]

use ratatui::style::{Color, Modifier, Style};

/// Styles by role.
#[derive(Clone, Copy, Debug, Default)]
pub struct Styles {
    pub text: Style,
    pub quiet: Style,
    pub strong: Style,
    pub title: Style,
    pub accent: Style,
    pub good: Style,
    pub bad: Style,
    pub warn: Style,
    pub unknown: Style,
    pub stale: Style,
    pub old: Style,
    pub new: Style,
    pub border: Style,
    pub focus: Style,
    pub cursor: Style,
    pub selected: Style,
    pub found: Style,
    pub live: Style,
    pub rehearsal: Style,
    pub banner: Style,
    pub key: Style,
    pub command: Style,
    pub added: Style,
    pub removed: Style,
}

/// Glyphs.
#[derive(Clone, Copy, Debug)]
pub struct Glyphs {
    pub done: &'static str,
    pub failed: &'static str,
    pub skipped: &'static str,
    pub not_applicable: &'static str,
    pub deferred: &'static str,
    pub started: &'static str,
    pub open: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    pub pending: &'static str,
    pub flapping: &'static str,
    pub stale: &'static str,
    pub unknown: &'static str,
    pub expected_down: &'static str,
    pub folded: &'static str,
    pub unfolded: &'static str,
    pub cursor: &'static str,
    pub selected: &'static str,
    pub arrow: &'static str,
    pub miss: &'static str,
    pub dot: &'static str,
    pub spark: [&'static str; 8],
    pub bar: [&'static str; 9],
    pub track: &'static str,
    pub ascii: bool,
}

pub fn styles() -> Styles {
    let fg = |color| Style::new().fg(color);
    Styles {
        quiet: fg(Color::DarkGray),
        strong: Style::new().add_modifier(Modifier::BOLD),
        title: fg(Color::Cyan).add_modifier(Modifier::BOLD),
        accent: fg(Color::Cyan),
        good: fg(Color::Green),
        bad: fg(Color::Red).add_modifier(Modifier::BOLD),
        warn: fg(Color::Yellow),
        unknown: fg(Color::Gray),
        stale: fg(Color::Magenta),
        old: fg(Color::Blue),
        new: fg(Color::Cyan),
        border: fg(Color::DarkGray),
        focus: fg(Color::Cyan),
        cursor: Style::new().bg(Color::DarkGray),
        selected: fg(Color::Yellow),
        found: Style::new().add_modifier(Modifier::UNDERLINED),
        live: fg(Color::Green).add_modifier(Modifier::BOLD),
        rehearsal: fg(Color::Black).bg(Color::Yellow),
        banner: fg(Color::White).bg(Color::Red),
        key: fg(Color::Cyan),
        command: fg(Color::Cyan),
        added: fg(Color::Green),
        removed: fg(Color::Red),
        ..Styles::default()
    }
}

pub fn glyphs() -> Glyphs {
    Glyphs {
        done: "✓",
        failed: "!",
        skipped: "─",
        not_applicable: "∅",
        deferred: "»",
        started: "◐",
        open: "○",
        up: "▲",
        down: "▼",
        pending: "◇",
        flapping: "≈",
        stale: "◌",
        unknown: "?",
        expected_down: "▽",
        folded: "▸",
        unfolded: "▾",
        cursor: "❯",
        selected: "◆",
        arrow: "→",
        miss: "×",
        dot: "·",
        spark: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
        bar: [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
        track: "░",
        ascii: false,
    }
}

pub fn ascii() -> Glyphs {
    Glyphs {
        done: "x",
        failed: "!",
        skipped: "-",
        not_applicable: "0",
        deferred: ">",
        started: "@",
        open: "o",
        up: "^",
        down: "v",
        pending: "?",
        flapping: "~",
        stale: ".",
        unknown: "?",
        expected_down: "_",
        folded: "+",
        unfolded: "-",
        cursor: ">",
        selected: "*",
        arrow: "->",
        miss: "x",
        dot: "-",
        spark: [".", ".", ":", ":", "=", "=", "#", "#"],
        bar: [" ", " ", " ", " ", " ", "#", "#", "#", "#"],
        track: ".",
        ascii: true,
    }
}
