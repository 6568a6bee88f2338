//! What lies over the panes.

mod ask;
mod check;
mod command;
mod copy;
mod cost;
mod diff;
mod dns;
mod exceptions;
mod help;
mod host;
mod item;
mod log;
mod probe;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::widget::{Sheet, Strip};
use super::{Scene, words};
use crate::sample::Kind as Probe;
use crate::state::layer::Kind;

/// Columns of a sheet at most: longer lines are hard to read.
const SHEET: u16 = 110;

/// Draws the layers over `body`, the uppermost last, dialogs beside the screen's row of the checklist's cursor; gives
/// how far the uppermost scrolls, and where its text cursor is.
pub(super) fn paint(
    scene: &Scene<'_>,
    buf: &mut Buffer,
    body: Rect,
    row: Option<u16>,
) -> (Option<usize>, Option<Position>) {
    let (mut limit, mut cursor) = (None, None);
    for layer in &scene.state.ui.layers {
        cursor = None;
        limit = match &layer.kind {
            Kind::Prompt(prompt) => {
                cursor = ask::prompt(scene, buf, (body, row), prompt);
                None
            }
            Kind::Choice(choice) => {
                ask::choice(scene, buf, (body, row), choice, &layer.opened);
                None
            }
            Kind::Pick(pick) => {
                cursor = ask::pick(scene, buf, body, pick);
                None
            }
            Kind::Item { item, scroll } => Some(item::paint(scene, buf, sheet_area(body), *item, *scroll)),
            Kind::Probe { probe, scroll } => {
                let area = sheet_area(body);
                Some(match probe.kind {
                    Probe::Health => check::paint(scene, buf, area, &probe.name, *scroll),
                    Probe::Dns => dns::paint(scene, buf, area, probe, *scroll),
                    Probe::Copy => copy::paint(scene, buf, area, probe, *scroll),
                    Probe::Reconcile => copy::comparison(scene, buf, area, probe, *scroll),
                    Probe::Log => log::paint(scene, buf, area, probe, *scroll),
                    Probe::Host => host::paint(scene, buf, area, probe, *scroll),
                })
            }
            Kind::Command { ready, scroll, .. } => {
                Some(command::paint(scene, buf, sheet_area(body), ready, *scroll, &layer.opened))
            }
            Kind::Output { job, scroll, held } => {
                Some(command::output(scene, buf, sheet_area(body), job, *scroll, held.as_deref()))
            }
            Kind::Cost { scroll } => Some(cost::paint(scene, buf, sheet_area(body), *scroll)),
            Kind::Exceptions { scroll } => Some(exceptions::paint(scene, buf, sheet_area(body), *scroll)),
            Kind::Help { scroll } => Some(help::paint(scene, buf, sheet_area(body), *scroll)),
            Kind::Diff { change, scroll } => Some(diff::paint(scene, buf, sheet_area(body), change, *scroll)),
        };
    }
    (limit, cursor)
}

fn sheet_area(body: Rect) -> Rect {
    let width = columns(body, SHEET);
    Rect { x: body.x + (body.width - width) / 2, width, ..body }
}

/// Columns of a layer: as many as it wants, or all if only slivers of the panes were left beside it.
fn columns(body: Rect, wanted: u16) -> u16 {
    const SLIVER: u16 = 16;
    if body.width < wanted.saturating_add(SLIVER) { body.width } else { wanted }
}

/// A sheet for `area`, inside its frame.
fn sheet(area: Rect) -> Sheet {
    Sheet::new(usize::from(area.width.saturating_sub(4)))
}
