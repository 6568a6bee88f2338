//! Where everything stands, by the size of the terminal.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::widget::{Border, Strip};
use super::{Scene, foot, panes};
use crate::state::Pane;

/// The smallest terminal with a cockpit in it.
pub(super) const LEAST: (u16, u16) = (40, 10);
/// Rows of a pane at least.
const PANE: u16 = 2;
/// From so many columns and rows on, checklist and live panes stand side by side.
pub(super) const TWO: (u16, u16) = (100, 20);
/// From so many columns on, the live panes get the larger half, and stand one below the other.
const WIDE: u16 = 140;
/// From so many rows on, a lone pane gets a box.
const BOXED: u16 = 20;
/// Rows of a pane at least, with its frame, where several stand one below the other.
const LEAST_PANE: u16 = 4;

/// The parts of the screen.
pub(super) struct Parts {
    pub header: Rect,
    pub progress: Option<Rect>,
    /// All panes together: what layers may cover.
    pub body: Rect,
    pub checklist: Option<(Rect, Border)>,
    /// Live panes that are drawn.
    pub live: Vec<(Pane, Rect, Border)>,
    /// Live panes that are a line each.
    pub folded: Vec<(Pane, Rect)>,
    pub status: Option<Rect>,
    /// For who is new here.
    pub guide: Rect,
    pub banners: Rect,
    pub events: Option<Rect>,
    pub keys: Rect,
}

impl Parts {
    /// Rows of a checklist in the body.
    pub(super) fn page(&self) -> usize {
        let (area, border) = self.checklist.unwrap_or((self.body, Border::Box));
        let frame = if border == Border::Rule { 1 } else { 2 };
        usize::from(area.height.saturating_sub(frame)).max(1)
    }
}

/// Lays out the screen; `None` if it is too small.
pub(super) fn lay_out(scene: &Scene<'_>, area: Rect) -> Option<Parts> {
    if area.width < LEAST.0 || area.height < LEAST.1 {
        return None;
    }
    let ui = &scene.state.ui;
    let sides = scene.state.sides();
    let several = sides.left.len() + sides.right.len() > 1;
    let two = several && !ui.zoom && area.width >= TWO.0 && area.height >= TWO.1;
    // A sentence about what is wrong must be readable to its end: in a low terminal the other lines yield to it.
    let most = area.height.saturating_sub(2 + PANE);
    let wanted = foot::banner_rows(scene, area.width, most);
    let mut spare = area.height - 2 - PANE - wanted;
    let guide = if area.height < BOXED { 0 } else { foot::guide_lines(scene, area.width).len() };
    let guide = u16::try_from(guide).unwrap_or(0).min(spare);
    spare -= guide;
    let mut line = |wanted: bool, at_least: u16| {
        let given = wanted && spare >= at_least;
        spare -= u16::from(given);
        given
    };
    let (status, progress, events) = (line(several && !two, 1), line(true, 1), line(true, 1));

    let mut bottom = area.bottom();
    let mut take = |rows: u16| {
        bottom -= rows;
        Rect { y: bottom, height: rows, ..area }
    };
    let keys = take(1);
    let events = events.then(|| take(1));
    let banners = take(wanted);
    let guide = take(guide);
    let status = status.then(|| take(1));
    let header = Rect { height: 1, ..area };
    let progress = progress.then_some(Rect { y: area.y + 1, height: 1, ..area });
    let top = area.y + 1 + u16::from(progress.is_some());
    let body = Rect { y: top, height: bottom - top, ..area };

    let mut parts = Parts {
        header,
        progress,
        body,
        checklist: None,
        live: Vec::new(),
        folded: Vec::new(),
        status,
        guide,
        banners,
        events,
        keys,
    };
    let border = if two || area.height >= BOXED { Border::Box } else { Border::Rule };
    if !two {
        parts.place(ui.focus, body, border);
    } else if sides.left.is_empty() || sides.right.is_empty() {
        let all = [sides.left, sides.right].concat();
        column(scene, &all, body, area.width >= WIDE, &mut parts);
    } else {
        let usual = if area.width >= WIDE { 46 } else { 56 };
        let share = scene.state.plan.settings.layout.split.unwrap_or(usual);
        let left = area.width * share / 100;
        let (left, right) =
            (Rect { width: left, ..body }, Rect { x: body.x + left, width: body.width - left, ..body });
        column(scene, &sides.left, left, area.width >= WIDE, &mut parts);
        column(scene, &sides.right, right, area.width >= WIDE, &mut parts);
    }
    Some(parts)
}

impl Parts {
    fn place(&mut self, pane: Pane, area: Rect, border: Border) {
        if pane == Pane::Checklist {
            self.checklist = Some((area, border));
        } else {
            self.live.push((pane, area, border));
        }
    }
}

/// Places panes one below the other: each with as many rows as it would like where there is room for all, else the one
/// that is looked at, and the others a line each.
fn column(scene: &Scene<'_>, panes: &[Pane], area: Rect, wide: bool, parts: &mut Parts) {
    let count = u16::try_from(panes.len()).unwrap_or(u16::MAX);
    // Panes share the line between them.
    let room = area.height.saturating_sub(1);
    if count <= 1 || (wide && room >= count.saturating_mul(LEAST_PANE - 1)) {
        let heights = share_out(scene, panes, room);
        let mut y = area.y;
        for (at, (pane, height)) in panes.iter().zip(heights).enumerate() {
            let last = at + 1 == panes.len();
            let border = match (at, last) {
                (0, true) => Border::Box,
                (0, false) => Border::First,
                (_, false) => Border::Middle,
                (_, true) => Border::Last,
            };
            let height = height + u16::from(last);
            parts.place(*pane, Rect { y, height, ..area }, border);
            y += height;
        }
        return;
    }
    let main = panes.iter().copied().find(|pane| *pane == scene.state.ui.focus);
    let main = main.or_else(|| panes.contains(&Pane::Checklist).then_some(Pane::Checklist));
    let main = main.or_else(|| scene.state.beside().filter(|pane| panes.contains(pane)));
    let Some(main) = main.or_else(|| panes.first().copied()) else { return };
    let folded = (count - 1).min(area.height.saturating_sub(LEAST_PANE));
    let height = area.height - folded;
    parts.place(main, Rect { height, ..area }, Border::Box);
    let rest = panes.iter().copied().filter(|pane| *pane != main);
    for (pane, y) in rest.zip(area.y + height..area.bottom()) {
        parts.folded.push((pane, Rect { y, height: 1, ..area }));
    }
}

/// Rows for each pane with the line above it, all together `room`: first what each needs at least, then by turns what
/// each would like, and what is left to the checklist, the logs, or the last.
fn share_out(scene: &Scene<'_>, panes: &[Pane], room: u16) -> Vec<u16> {
    let least = LEAST_PANE - 1;
    let mut heights: Vec<u16> = panes.iter().map(|_| least.min(room)).collect();
    let wanted: Vec<usize> = panes.iter().map(|pane| panes::wanted(scene, *pane) + 1).collect();
    let mut left = room.saturating_sub(heights.iter().sum());
    while left > 0 {
        let mut given = false;
        for (height, wanted) in heights.iter_mut().zip(&wanted) {
            if left > 0 && usize::from(*height) < *wanted {
                *height += 1;
                left -= 1;
                given = true;
            }
        }
        if !given {
            break;
        }
    }
    let greedy = [Pane::Checklist, Pane::Logs];
    let greedy = greedy.iter().find_map(|pane| panes.iter().position(|it| it == pane));
    let greedy = greedy.unwrap_or(panes.len().saturating_sub(1));
    if let Some(height) = heights.get_mut(greedy) {
        *height += left;
    }
    heights
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
