//! Where everything stands, by the size of the terminal.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::widget::{Border, Strip};
use super::{Scene, foot};
use crate::state::Pane;

/// The smallest terminal with a cockpit in it.
pub(super) const LEAST: (u16, u16) = (40, 10);
/// Rows of a pane at least.
const PANE: u16 = 2;
/// From so many columns and rows on, two panes stand side by side.
const TWO: (u16, u16) = (100, 20);
/// From so many columns on, the live panes get the larger half.
const WIDE: u16 = 140;
/// From so many rows on, a lone pane gets a box.
const BOXED: u16 = 20;

/// The parts of the screen.
pub(super) struct Parts {
    pub header: Rect,
    pub progress: Option<Rect>,
    /// All panes together: what layers may cover.
    pub body: Rect,
    pub checklist: Option<Rect>,
    pub health: Option<Rect>,
    pub border: Border,
    pub status: Option<Rect>,
    pub banners: Rect,
    pub events: Option<Rect>,
    pub keys: Rect,
}

impl Parts {
    /// Rows of a checklist in the body.
    pub(super) fn page(&self) -> usize {
        let frame = if self.border == Border::Box { 2 } else { 1 };
        usize::from(self.body.height.saturating_sub(frame)).max(1)
    }
}

/// Lays out the screen; `None` if it is too small.
pub(super) fn lay_out(scene: &Scene<'_>, area: Rect) -> Option<Parts> {
    if area.width < LEAST.0 || area.height < LEAST.1 {
        return None;
    }
    let ui = &scene.state.ui;
    let checks = !scene.state.live.checks.is_empty();
    let two = checks && !ui.zoom && area.width >= TWO.0 && area.height >= TWO.1;
    // A sentence about what is wrong must be readable to its end: in a low terminal the other lines yield to it.
    let most = area.height.saturating_sub(2 + PANE);
    let wanted = foot::banner_rows(scene, area.width, most);
    let mut spare = area.height - 2 - PANE - wanted;
    let mut line = |wanted: bool, at_least: u16| {
        let given = wanted && spare >= at_least;
        spare -= u16::from(given);
        given
    };
    let (status, progress, events) = (line(checks && !two, 1), line(true, 1), line(true, 1));

    let mut bottom = area.bottom();
    let mut take = |rows: u16| {
        bottom -= rows;
        Rect { y: bottom, height: rows, ..area }
    };
    let keys = take(1);
    let events = events.then(|| take(1));
    let banners = take(wanted);
    let status = status.then(|| take(1));
    let header = Rect { height: 1, ..area };
    let progress = progress.then_some(Rect { y: area.y + 1, height: 1, ..area });
    let top = area.y + 1 + u16::from(progress.is_some());
    let body = Rect { y: top, height: bottom - top, ..area };

    let (checklist, health) = if two {
        let left = if area.width >= WIDE { area.width * 46 / 100 } else { area.width * 56 / 100 };
        let (left, right) =
            (Rect { width: left, ..body }, Rect { x: body.x + left, width: body.width - left, ..body });
        (Some(left), Some(right))
    } else if checks && ui.focus == Pane::Health {
        (None, Some(body))
    } else {
        (Some(body), None)
    };
    let border = if two || area.height >= BOXED { Border::Box } else { Border::Rule };
    Some(Parts { header, progress, body, checklist, health, border, status, banners, events, keys })
}

/// Says that there is no room.
pub(super) fn too_small(scene: &Scene<'_>, buf: &mut Buffer, area: Rect) {
    let (columns, rows) = LEAST;
    let tally = &scene.state.outline.tally;
    let forms = [
        format!(
            "cutover needs {columns}x{rows} or more, this is {}x{}: make the terminal larger",
            area.width, area.height
        ),
        format!("cutover needs {columns}x{rows}, this is {}x{}", area.width, area.height),
        format!("needs {columns}x{rows}, is {}x{}", area.width, area.height),
        format!("needs {columns}x{rows}"),
        "too small".to_owned(),
    ];
    let room = usize::from(area.width);
    let fits = forms.iter().find(|form| form.len() <= room).unwrap_or(&forms[4]);
    Strip::of(fits, scene.styles.warning).paint(buf, Rect { height: area.height.min(1), ..area });
    if area.height > 1 {
        let progress = format!("{} of {}", tally.done, tally.all());
        let rest = Rect { y: area.y + 1, height: 1, ..area };
        let line = foot::alarm(scene).unwrap_or_else(|| Strip::of(&progress, scene.styles.muted));
        line.paint(buf, rest);
    }
}
