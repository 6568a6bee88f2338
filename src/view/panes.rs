//! The live panes: each draws itself, says how many rows it would like, and itself in one line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::widget::{Border, Strip};
use super::{Scene, copy, dns, health, host, logs};
use crate::sample::Kind;
use crate::state::Pane;
use crate::state::live::Probed;

/// Draws a live pane other than the logs.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, which: Pane, area: Rect, border: Border) {
    match which {
        Pane::Checklist | Pane::Logs => {}
        Pane::Health => health::paint(scene, buf, area, border),
        Pane::Dns => dns::paint(scene, buf, area, border),
        Pane::Copy => copy::paint(scene, buf, area, border),
        Pane::Host => host::paint(scene, buf, area, border),
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
        Pane::Host => host::wanted(scene),
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
        Pane::Host => host::summary(scene),
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
