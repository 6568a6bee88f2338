//! What the view draws with, derived from a theme for a depth of colour.

use ratatui::style::{Modifier, Style};

use super::{Depth, Role, Theme};

/// A style for everything that is drawn.
///
/// Styles of text set no background, so that they lie on any: `styles.selected.patch(styles.bad)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Styles {
    /// Under everything: background and plain text.
    pub surface: Style,
    /// Plain text.
    pub text: Style,
    /// Details, hints, what is over.
    pub muted: Style,
    /// Titles, the next item.
    pub emphasis: Style,
    /// The progress bar, links.
    pub accent: Style,
    /// A pane's border.
    pub border: Style,
    /// The border of the pane that has the keys.
    pub border_focus: Style,
    /// A pane's title.
    pub title: Style,
    /// The title of the pane that has the keys.
    pub title_focus: Style,
    /// The header bar.
    pub header: Style,
    /// A key in a hint.
    pub key: Style,
    /// What the key does.
    pub hint: Style,
    /// The row under the cursor, in the pane that has the keys.
    pub selected: Style,
    /// The row under the cursor, in another pane.
    pub selected_idle: Style,
    /// A row chosen for an act on several.
    pub marked: Style,
    /// Passing.
    pub good: Style,
    /// Failing.
    pub bad: Style,
    /// To be looked at.
    pub warning: Style,
    /// Nothing known yet.
    pub unknown: Style,
    /// Too old to trust.
    pub stale: Style,
    /// Down, and meant to be.
    pub expected: Style,
    /// The old side.
    pub old: Style,
    /// The new side.
    pub new: Style,
    /// Whatever the name service says.
    pub live: Style,
    /// An item that is done.
    pub done: Style,
    /// An item that failed.
    pub failed: Style,
    /// An item left out: skipped, deferred, not applicable.
    pub skipped: Style,
    /// The part of a bar that is full.
    pub bar: Style,
    /// The part of a bar that is not.
    pub bar_empty: Style,
    /// A sparkline's passing readings.
    pub spark_good: Style,
    /// A sparkline's failing readings.
    pub spark_bad: Style,
    /// A line across the screen that must be seen: the log cannot be written.
    pub alarm: Style,
    /// A line across the screen that should be seen.
    pub notice: Style,
    /// A dialog's surface.
    pub dialog: Style,
    /// Text being typed.
    pub input: Style,
    /// What a search found.
    pub found: Style,
}

impl Styles {
    /// The styles of a theme on a terminal of this depth.
    #[must_use]
    pub fn new(theme: &Theme, depth: Depth) -> Styles {
        // In 16 colours plain text and background are the user's own: theirs go together, ours may not.
        let own =
            |role| depth == Depth::Ansi16 && matches!(role, Role::Text | Role::Emphasis | Role::Background);
        let color = |role| theme.color(role).at(depth).filter(|_| !own(role));
        let fg = |role| color(role).map_or(Style::new(), |color| Style::new().fg(color));
        let mono = depth == Depth::None;
        // Few terminals have a fitting shade for a ground among 16 colours: reverse always stands out.
        let flat = depth < Depth::Ansi256;
        let bg = |role| match color(role) {
            Some(color) if !flat => Style::new().bg(color),
            _ => Style::new(),
        };
        let ground = |role, otherwise| if flat { Style::new().add_modifier(otherwise) } else { bg(role) };
        let with = |style: Style, modifier| if mono { style.add_modifier(modifier) } else { style };
        // Two of 16 colours may be one, and greys are alike: states differ by weight there too. A grey that was chosen to
        // be read is not dimmed.
        let grey = theme.is_grey();
        let weigh = |style: Style, modifier: Modifier| match depth {
            Depth::None | Depth::Ansi16 => style.add_modifier(modifier),
            _ if grey => style.add_modifier(modifier - Modifier::DIM),
            _ => style,
        };
        // Grey among 16 colours says it, and is dim enough.
        let unknown = if depth == Depth::Ansi16 && !grey { Modifier::empty() } else { Modifier::DIM };
        let bold = |role| fg(role).add_modifier(Modifier::BOLD);
        let alarm = |role| match color(role).zip(color(Role::Background)) {
            Some((color, background)) if !flat => {
                Style::new().fg(background).bg(color).add_modifier(Modifier::BOLD)
            }
            _ => fg(role).add_modifier(Modifier::BOLD | Modifier::REVERSED),
        };
        let muted = with(fg(Role::Muted), Modifier::DIM);
        let (good, bad) = (fg(Role::Good), bold(Role::Bad));
        Styles {
            surface: bg(Role::Background).patch(fg(Role::Text)),
            text: fg(Role::Text),
            muted,
            emphasis: bold(Role::Emphasis),
            accent: with(fg(Role::Accent), Modifier::BOLD),
            border: with(fg(Role::Border), Modifier::DIM),
            border_focus: bold(Role::BorderFocus),
            title: fg(Role::Text),
            title_focus: bold(Role::BorderFocus),
            header: ground(Role::Header, Modifier::REVERSED).patch(if flat {
                Style::new()
            } else {
                fg(Role::Text)
            }),
            key: bold(Role::Key),
            hint: muted,
            selected: ground(Role::Selection, Modifier::REVERSED),
            selected_idle: ground(Role::Selection, Modifier::UNDERLINED),
            marked: with(bold(Role::Accent), Modifier::UNDERLINED),
            good,
            bad,
            warning: weigh(fg(Role::Warning), Modifier::UNDERLINED),
            unknown: weigh(fg(Role::Unknown), unknown),
            stale: weigh(fg(Role::Stale), Modifier::DIM | Modifier::UNDERLINED),
            expected: fg(Role::Expected),
            old: fg(Role::Old),
            new: with(fg(Role::New), Modifier::BOLD),
            live: fg(Role::Live),
            done: good,
            failed: bad,
            skipped: muted,
            bar: fg(Role::Accent),
            bar_empty: with(fg(Role::Border), Modifier::DIM),
            spark_good: good,
            spark_bad: bad,
            alarm: alarm(Role::Bad),
            notice: alarm(Role::Warning),
            dialog: bg(Role::Header).patch(fg(Role::Text)),
            input: fg(Role::Emphasis).add_modifier(Modifier::UNDERLINED),
            found: fg(Role::Warning).add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::super::builtin;
    use super::*;

    fn styles(depth: Depth) -> Styles {
        Styles::new(&Theme::builtin().unwrap(), depth)
    }

    #[test]
    fn without_colours_none_is_set_and_states_still_differ() {
        let styles = styles(Depth::None);
        let all = format!("{styles:?}");
        for color in ["Rgb", "Indexed", "Light", "Red", "Green", "White"] {
            assert!(!all.contains(color), "{color} in {all}");
        }
        let states = [styles.good, styles.bad, styles.warning, styles.unknown, styles.stale];
        for (n, state) in states.iter().enumerate() {
            assert!(!states[n + 1..].contains(state), "{n} in {states:?}");
        }
        assert_eq!(styles.selected, Style::new().add_modifier(Modifier::REVERSED));
    }

    #[test]
    fn states_differ_in_every_theme_at_every_depth() {
        for name in builtin::names() {
            let theme = Theme::load(builtin::text(name).unwrap(), name).unwrap();
            for depth in [Depth::None, Depth::Ansi16, Depth::Ansi256, Depth::True] {
                let styles = Styles::new(&theme, depth);
                let states = [styles.good, styles.bad, styles.warning, styles.unknown, styles.stale];
                for (n, state) in states.iter().enumerate() {
                    assert!(!states[n + 1..].contains(state), "{name} at {depth:?}: {n} of {states:?}");
                }
            }
            // What is bad stands out by weight too, and an alarm is the other way round.
            assert!(Styles::new(&theme, Depth::True).bad.add_modifier.contains(Modifier::BOLD));
            assert_eq!(
                Styles::new(&theme, Depth::True).alarm.bg,
                theme.color(Role::Bad).at(Depth::True),
                "{name}"
            );
        }
    }

    #[test]
    fn greys_are_weighed_and_never_dimmed() {
        let mono = Theme::load(builtin::text("mono").unwrap(), "mono").unwrap();
        for depth in [Depth::Ansi256, Depth::True] {
            let styles = Styles::new(&mono, depth);
            assert!(styles.stale.add_modifier.contains(Modifier::UNDERLINED));
            assert!(styles.warning.add_modifier.contains(Modifier::UNDERLINED));
            assert!(!format!("{styles:?}").contains("DIM"), "{styles:?}");
        }
        assert_eq!(
            Styles::new(&Theme::builtin().unwrap(), Depth::True).stale.add_modifier,
            Modifier::empty()
        );
    }

    #[test]
    fn sixteen_colours_leave_text_and_ground_to_the_user() {
        let styles = styles(Depth::Ansi16);
        assert_eq!(styles.surface, Style::new());
        assert_eq!(styles.good.fg, Some(Color::LightGreen));
        assert_eq!(styles.alarm.bg, None);
        assert!(styles.alarm.add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn a_selected_row_keeps_the_colour_of_its_text() {
        for depth in [Depth::Ansi256, Depth::True] {
            let styles = styles(depth);
            let row = styles.selected.patch(styles.bad);
            assert_eq!(row.fg, styles.bad.fg);
            assert_eq!(row.bg, styles.selected.bg);
            assert!(row.bg.is_some() && row.bg != styles.surface.bg);
        }
    }
}
