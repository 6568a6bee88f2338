//! A theme shown: the whole screen as it is, and below it what is known of the theme.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::widget::Strip;
use super::{Scene, draw, words};
use crate::clock::Stamp;
use crate::sample::ProbeState;
use crate::state::State;
use crate::theme::{AA, APART, Eyes, Glyphs, Role, Styles, Theme};

/// The keys of the preview.
const KEYS: [(&str, &str); 6] = [
    ("j k", "another theme"),
    ("enter", "how to keep it"),
    ("q", "leave"),
    ("tab", "pane"),
    ("z", "zoom"),
    ("?", "a sheet over the panes"),
];
/// The states by which a theme is judged, and two that borrow their colours.
const STATES: [ProbeState; 6] = [
    ProbeState::Up,
    ProbeState::Down,
    ProbeState::Pending,
    ProbeState::Unknown,
    ProbeState::Stale,
    ProbeState::ExpectedDown,
];

/// The theme that is shown.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// It.
    pub theme: &'a Theme,
    /// Where it is from.
    pub from: &'a str,
    /// Which of how many, from 1.
    pub number: (usize, usize),
}

/// Draws the screen of a state in a theme, and below it what is known of that.
pub fn render(
    frame: &mut Frame,
    shown: &Shown<'_>,
    state: &State,
    (styles, glyphs): (&Styles, &Glyphs),
    now: &Stamp,
) {
    let area = frame.area();
    let scene = Scene { state, styles, glyphs, now };
    let lines = caption(&scene, shown, usize::from(area.width));
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height);
    let above = Rect { height: area.height - rows, ..area };
    let buf = frame.buffer_mut();
    if above.height > 0 {
        let _laid = draw(&scene, buf, above);
    }
    let below = Rect { y: above.bottom(), height: rows, ..area };
    buf.set_style(below, styles.dialog);
    paint(&scene, buf, below, lines);
}

fn paint(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, lines: Vec<Strip>) {
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        line.cut(usize::from(area.width)).paint(buf, Rect { y, height: 1, ..area });
    }
    super::plain::make(scene, buf, area);
}

fn caption(scene: &Scene<'_>, shown: &Shown<'_>, columns: usize) -> Vec<Strip> {
    vec![name(scene, shown), judged(scene, shown.theme), states(scene), keys(scene, columns)]
}

fn name(scene: &Scene<'_>, shown: &Shown<'_>) -> Strip {
    let (number, all) = shown.number;
    let kind = if shown.theme.is_dark() { "dark" } else { "light" };
    Strip::of(" Theme ", scene.styles.muted)
        .with(shown.theme.name(), scene.styles.emphasis)
        .with(&format!("  {number} of {all}  {kind}  {}", shown.from), scene.styles.muted)
}

/// The lowest contrast, and for whose eyes colour alone tells the states apart.
fn judged(scene: &Scene<'_>, theme: &Theme) -> Strip {
    let styles = scene.styles;
    let lowest = theme.lowest_contrast();
    let fine = |fine: bool| if fine { styles.good } else { styles.warning };
    let mut line = Strip::of(" lowest contrast ", styles.muted)
        // Rounded down: what is short of a limit is not shown as on it.
        .with(&format!("{:.1}", (lowest.ratio * 10.0).floor() / 10.0), fine(lowest.ratio >= AA))
        .with(&format!(" ({} on {})  states apart ", lowest.text, lowest.ground), styles.muted);
    if theme.is_grey() {
        return line.with("by weight, sign and word", styles.text);
    }
    for (at, eyes) in Eyes::ALL.into_iter().enumerate() {
        let near = theme.nearest_states(eyes);
        let apart = near.of >= APART;
        if at > 0 {
            line.push(", ", styles.muted);
        }
        line.push(&format!("{} ", eyes.name()), styles.muted);
        line.push(&format!("{:.0}", near.of.floor()), fine(apart));
        if !apart {
            line.push(&format!(" {}/{}: by sign", near.one, near.other), styles.muted);
        }
    }
    line
}

/// Every state with its sign and word, and the three sides.
fn states(scene: &Scene<'_>) -> Strip {
    let styles = scene.styles;
    let mut line = Strip::new().space(1);
    for state in STATES {
        let (glyph, style) = words::probe_glyph(scene, state);
        line.push(&format!("{glyph} {state}  "), style);
    }
    for (role, style) in [
        (Role::Old, styles.old),
        (Role::New, styles.new),
        (Role::Live, styles.live),
        (Role::Accent, styles.accent),
        (Role::Muted, styles.muted),
    ] {
        line.push(&format!("{role}  "), style);
    }
    line.with(" ! alarm ", styles.alarm).space(1).with(" notice ", styles.notice)
}

fn keys(scene: &Scene<'_>, columns: usize) -> Strip {
    let mut line = Strip::new().space(1);
    for (key, what) in KEYS {
        let hint = Strip::of(key, scene.styles.key).space(1).with(what, scene.styles.muted).space(2);
        if line.width() + hint.width() > columns {
            break;
        }
        line.append(hint);
    }
    line
}
