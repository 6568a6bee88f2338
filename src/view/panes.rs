//! The live panes: each draws itself, says how many rows it would like, and itself in one line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::widget::{Border, Strip, pane};
use super::{Scene, copy, dns, health, logs, words};
use crate::sample::{Kind, ProbeState};
use crate::state::Pane;
use crate::state::live::Probed;
use crate::text;

/// Draws a live pane other than the logs.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, which: Pane, area: Rect, border: Border) {
    match which {
        Pane::Checklist | Pane::Logs => {}
        Pane::Health => health::paint(scene, buf, area, border),
        Pane::Dns => dns::paint(scene, buf, area, border),
        Pane::Copy => copy::paint(scene, buf, area, border),
        Pane::Host => list(scene, buf, which, area, border),
    }
}

/// Rows that a live pane would like to have, its frame not counted.
pub(super) fn wanted(scene: &Scene<'_>, which: Pane) -> usize {
    match which {
        Pane::Checklist => 0,
        Pane::Health => health::wanted(scene),
        Pane::Dns => dns::wanted(scene),
        Pane::Copy => copy::wanted(scene),
        Pane::Logs => logs::wanted(scene),
        Pane::Host => scene.state.rows_of(which),
    }
}

/// A live pane in one line.
pub(super) fn summary(scene: &Scene<'_>, which: Pane) -> Strip {
    match which {
        Pane::Checklist => Strip::new(),
        Pane::Health => health::summary(scene),
        Pane::Dns => dns::summary(scene),
        Pane::Copy => copy::summary(scene),
        Pane::Logs => logs::summary(scene),
        Pane::Host => counted(scene, which),
    }
}

/// The probes of a pane.
pub(super) fn probes<'a>(scene: &'a Scene<'_>, which: Pane) -> impl Iterator<Item = &'a dyn Probed> {
    let kinds: &[Kind] = match which {
        Pane::Checklist => &[],
        Pane::Health => &[Kind::Health],
        Pane::Dns => &[Kind::Dns],
        Pane::Copy => &[Kind::Copy, Kind::Reconcile],
        Pane::Logs => &[Kind::Log],
        Pane::Host => &[Kind::Host],
    };
    scene.shown().0.probes().filter(|probe| kinds.contains(&probe.id().kind))
}

/// How many probes of a pane are in which state.
fn counted(scene: &Scene<'_>, which: Pane) -> Strip {
    let mut line = Strip::new();
    for state in ProbeState::ALL {
        let count = probes(scene, which).filter(|probe| probe.state() == state).count();
        if count > 0 {
            if !line.is_empty() {
                line.push(" · ", scene.styles.muted);
            }
            let (glyph, style) = words::probe_glyph(scene, state);
            line.push(&format!("{glyph} {count} {state}"), style);
        }
    }
    line
}

/// A probe a row: its state, its name, what it saw.
fn list(scene: &Scene<'_>, buf: &mut Buffer, which: Pane, area: Rect, border: Border) {
    let inner = pane(scene, buf, area, border, scene.title(which, ""), scene.focused(which));
    let rows = usize::from(inner.height);
    let cursor = scene.state.row_in(which);
    let top = if scene.state.ui.focus == which { cursor.saturating_sub(rows.saturating_sub(1)) } else { 0 };
    for ((at, probe), y) in probes(scene, which).enumerate().skip(top).zip(inner.y..inner.bottom()) {
        let (glyph, style) = words::probe_glyph(scene, probe.state());
        let line = Strip::of(glyph, style)
            .space(1)
            .with(&text::clean(&probe.id().name), scene.styles.text)
            .space(2)
            .with(&probe.saw(), scene.styles.muted);
        let place = Rect { y, height: 1, ..inner };
        line.cut(usize::from(inner.width)).paint(buf, place);
        if at == cursor && scene.state.ui.focus == which {
            buf.set_style(place, scene.cursor_style(which));
        }
    }
}
