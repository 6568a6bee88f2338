//! The signs on the screen, for terminals with Unicode and without.

use ratatui::symbols::border;

use super::Env;

/// The signs on the screen; every one is one column wide but `arrow` and `plus_minus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// Nothing but ASCII may be sent to the terminal: see [`to_ascii`].
    pub ascii: bool,
    /// Item done.
    pub done: &'static str,
    /// Item failed.
    pub failed: &'static str,
    /// Item skipped.
    pub skipped: &'static str,
    /// Item open.
    pub open: &'static str,
    /// Item started.
    pub started: &'static str,
    /// Item that does not apply.
    pub not_applicable: &'static str,
    /// Item put off.
    pub deferred: &'static str,
    /// Item added in the run.
    pub added: &'static str,
    /// Item or phase that is locked.
    pub locked: &'static str,
    /// An act on its way to the disk.
    pub pending: &'static str,
    /// The row under the cursor.
    pub cursor: &'static str,
    /// A phase that is folded.
    pub folded: &'static str,
    /// A phase that is unfolded.
    pub unfolded: &'static str,
    /// A probe or gate beside an item.
    pub dot: &'static str,
    /// Up.
    pub up: &'static str,
    /// Down.
    pub down: &'static str,
    /// Nothing known yet.
    pub unknown: &'static str,
    /// Too old to trust.
    pub stale: &'static str,
    /// Changing too often to tell.
    pub flapping: &'static str,
    /// Down, and meant to be.
    pub expected: &'static str,
    /// Shows the page that says that it does not serve.
    pub maintenance: &'static str,
    /// To be looked at.
    pub warning: &'static str,
    /// From one to another.
    pub arrow: &'static str,
    /// Between parts of a line.
    pub separator: &'static str,
    /// More or less.
    pub plus_minus: &'static str,
    /// A bar's full column.
    pub bar_full: &'static str,
    /// A bar's column that is full in part, from one eighth to seven; empty if it has no parts.
    pub bar_parts: &'static [&'static str],
    /// A bar's empty column.
    pub bar_empty: &'static str,
    /// A sparkline's levels, lowest first.
    pub spark: [&'static str; 8],
    /// A sparkline's place of a reading that failed.
    pub spark_miss: &'static str,
    /// A sparkline's place without a reading.
    pub spark_gap: &'static str,
    /// Pane borders.
    pub border: border::Set<'static>,
}

/// With Unicode.
pub const UNICODE: Glyphs = Glyphs {
    ascii: false,
    done: "✓",
    failed: "!",
    skipped: "─",
    open: "○",
    started: "◐",
    not_applicable: "∅",
    deferred: "»",
    added: "+",
    locked: "◷",
    pending: "◌",
    cursor: "▌",
    folded: "▸",
    unfolded: "▾",
    dot: "●",
    up: "▲",
    down: "▼",
    unknown: "?",
    stale: "~",
    flapping: "≈",
    expected: "▽",
    maintenance: "▣",
    warning: "△",
    arrow: "→",
    separator: "·",
    plus_minus: "±",
    bar_full: "█",
    bar_parts: &["▏", "▎", "▍", "▌", "▋", "▊", "▉"],
    bar_empty: "░",
    spark: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    spark_miss: "×",
    spark_gap: " ",
    border: border::PLAIN,
};

/// With ASCII only.
pub const ASCII: Glyphs = Glyphs {
    ascii: true,
    done: "x",
    failed: "!",
    skipped: "-",
    open: ".",
    started: "o",
    not_applicable: "0",
    deferred: "/",
    added: "+",
    locked: "@",
    pending: ",",
    cursor: ">",
    folded: "+",
    unfolded: "-",
    dot: "*",
    up: "^",
    down: "v",
    unknown: "?",
    stale: "~",
    flapping: "%",
    expected: "_",
    maintenance: "m",
    warning: "!",
    arrow: "->",
    separator: "|",
    plus_minus: "+-",
    bar_full: "#",
    bar_parts: &[],
    bar_empty: ".",
    spark: ["_", ".", ",", "-", "=", "+", "*", "#"],
    spark_miss: "x",
    spark_gap: " ",
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
};

impl Glyphs {
    /// Unicode if the locale is UTF-8 and the terminal's font has the signs, unless ASCII is asked for.
    #[must_use]
    pub fn choose(ascii: bool, env: Env<'_>) -> Glyphs {
        let set = |name: &str| env(name).filter(|value| !value.is_empty());
        // The first that is set decides, as setlocale(3) has it.
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default().to_lowercase();
        let utf8 = locale.contains("utf-8") || locale.contains("utf8");
        // The Linux console's fonts have 512 signs at most, ticks and triangles not among them.
        let console =
            set("TERM").is_some_and(|term| term == "linux" || term == "dumb" || term.starts_with("vt"));
        if ascii || !utf8 || console { ASCII } else { UNICODE }
    }
}

/// What stands for a sign of another script or a typographic one on a terminal without Unicode.
#[must_use]
pub fn to_ascii(symbol: &str) -> &str {
    if symbol.is_ascii() {
        return symbol;
    }
    match symbol {
        "…" => ".",
        "–" | "—" | "‐" | "−" | "─" => "-",
        "‘" | "’" | "´" => "'",
        "“" | "”" | "„" | "«" => "\"",
        "•" | "·" | "●" | "◦" | "▪" => "*",
        "→" | "▸" | "»" => ">",
        "←" => "<",
        "✓" | "✔" | "✅" | "×" => "x",
        "│" => "|",
        "\u{a0}" => " ",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(glyphs: &Glyphs) -> Vec<&'static str> {
        let Glyphs { border, spark, bar_parts, .. } = glyphs;
        let mut all = vec![
            glyphs.done,
            glyphs.failed,
            glyphs.skipped,
            glyphs.open,
            glyphs.started,
            glyphs.not_applicable,
            glyphs.deferred,
            glyphs.added,
            glyphs.locked,
            glyphs.pending,
            glyphs.cursor,
            glyphs.folded,
            glyphs.unfolded,
            glyphs.dot,
            glyphs.up,
            glyphs.down,
            glyphs.unknown,
            glyphs.stale,
            glyphs.flapping,
            glyphs.expected,
            glyphs.warning,
            glyphs.separator,
            glyphs.bar_full,
            glyphs.bar_empty,
            glyphs.spark_miss,
            glyphs.spark_gap,
            border.top_left,
            border.horizontal_top,
            border.vertical_left,
        ];
        all.extend(spark);
        all.extend(*bar_parts);
        all
    }

    #[test]
    fn every_sign_is_one_column_and_ascii_is_ascii() {
        for glyphs in [UNICODE, ASCII] {
            for sign in all(&glyphs) {
                assert_eq!(unicode_width::UnicodeWidthStr::width(sign), 1, "{sign}");
                assert!(!glyphs.ascii || sign.is_ascii(), "{sign}");
            }
        }
        assert!(ASCII.arrow.is_ascii() && ASCII.plus_minus.is_ascii());
    }

    #[test]
    fn states_of_an_item_have_signs_of_their_own() {
        for glyphs in [UNICODE, ASCII] {
            let states = [
                glyphs.done,
                glyphs.failed,
                glyphs.skipped,
                glyphs.open,
                glyphs.started,
                glyphs.not_applicable,
                glyphs.deferred,
                glyphs.added,
                glyphs.locked,
                glyphs.pending,
            ];
            for (n, state) in states.iter().enumerate() {
                assert!(!states[n + 1..].contains(state), "{state}");
            }
            let probes =
                [glyphs.up, glyphs.down, glyphs.unknown, glyphs.stale, glyphs.flapping, glyphs.expected];
            for (n, state) in probes.iter().enumerate() {
                assert!(!probes[n + 1..].contains(state), "{state}");
            }
        }
    }

    #[test]
    fn the_locale_decides() {
        for (vars, ascii) in [
            (&[("LANG", "en_GB.UTF-8"), ("TERM", "xterm")][..], false),
            (&[("LANG", "C.utf8")], false),
            (&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")], true),
            (&[("LC_ALL", ""), ("LC_CTYPE", "C.UTF-8"), ("LANG", "C")], false),
            (&[("LANG", "en_GB.UTF-8"), ("TERM", "linux")], true),
            (&[], true),
        ] {
            let env =
                |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(Glyphs::choose(false, &env).ascii, ascii, "{vars:?}");
            assert!(Glyphs::choose(true, &env).ascii);
        }
    }

    #[test]
    fn text_without_unicode() {
        assert_eq!(to_ascii("a"), "a");
        assert_eq!(to_ascii("…"), ".");
        assert_eq!(to_ascii("🚀"), "?");
    }
}
