//! The screen: one pure function from the state to a frame.
//!
//! ```text
//!  header      what runs, how long, who, when
//!  progress    how far
//!  body        checklist and live panes side by side, one pane in small terminals; layers lie over it
//!  status      in small terminals: what the hidden panes would say
//!  banners     what is wrong, whole sentences
//!  events      the newest lines of the log
//!  keys        what is wanted most, and whether all is on disk
//! ```
//!
//! No clock, no IO, nothing of the state is changed: what is learnt while drawing is returned as [`Laid`].

mod checklist;
mod copy;
mod dns;
mod foot;
mod header;
mod health;
mod host;
mod layer;
mod logs;
mod panes;
mod plain;
mod replay;
mod screen;
pub mod themes;
mod widget;
mod words;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::clock::Stamp;
use crate::state::logs::Spot;
use crate::state::{Live, Pane, State};
use crate::text;
use crate::theme::{Glyphs, Styles};
use widget::Strip;

/// Facts learnt while drawing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Laid {
    /// Rows of the checklist that the frame had room for.
    pub page: usize,
    /// First row of the checklist that was shown.
    pub top: usize,
    /// Of the log pane, if it was drawn: its first line, and how many it had room for.
    pub logs: Option<(Option<Spot>, usize)>,
    /// The last line that the uppermost layer can begin at; `None` if it does not scroll.
    pub limit: Option<usize>,
}

/// What every part of the screen needs.
pub(crate) struct Scene<'a> {
    state: &'a State,
    styles: &'a Styles,
    glyphs: &'a Glyphs,
    now: &'a Stamp,
}

impl Scene<'_> {
    /// What the live panes show, and the moment their ages count to: both stand still while frozen.
    fn shown(&self) -> (&Live, &Stamp) {
        match &self.state.ui.frozen {
            Some((since, live)) => (live, since),
            None => (&self.state.live, self.now),
        }
    }

    fn focused(&self, pane: Pane) -> bool {
        self.state.ui.focus == pane && self.state.ui.layers.is_empty()
    }

    /// The style of the row under a pane's cursor.
    fn cursor_style(&self, pane: Pane) -> Style {
        if self.focused(pane) { self.styles.selected } else { self.styles.selected_idle }
    }

    /// A pane's title: its number and name, what is said behind them, and that it stands still or has lost readings.
    fn title(&self, pane: Pane, said: &str) -> Strip {
        let mut title =
            Strip::of(&format!("{} {}{said}", pane.number(), pane.title()), self.title_style(pane));
        if self.zoomed() {
            title.push(" · zoomed, z shows all", self.styles.muted);
        }
        if let Some((since, _)) = &self.state.ui.frozen {
            let age = text::age(self.now.since(since));
            title.push(&format!(" · FROZEN {age} ago, f goes on"), self.styles.warning);
        }
        let lost = self.state.live.dropped;
        if lost > 0 && self.state.panes().iter().find(|pane| **pane != Pane::Checklist) == Some(&pane) {
            let lost = usize::try_from(lost).unwrap_or(usize::MAX);
            let lost = text::plural(lost, "reading lost", "readings lost");
            title.push(&format!(" · {lost}"), self.styles.warning);
        }
        title
    }

    /// Whether a pane has the screen to itself that would share it.
    fn zoomed(&self) -> bool {
        let (columns, rows) = self.state.ui.size;
        self.state.ui.zoom
            && self.state.panes().len() > 1
            && columns >= screen::TWO.0
            && rows >= screen::TWO.1
    }

    /// The style of a pane's title.
    fn title_style(&self, pane: Pane) -> Style {
        if self.focused(pane) { self.styles.title_focus } else { self.styles.title }
    }

    /// The part of a scroll bar that moves.
    fn thumb(&self) -> &'static str {
        if self.glyphs.ascii { "#" } else { "┃" }
    }
}

/// Draws the whole screen.
pub fn render(frame: &mut Frame, state: &State, styles: &Styles, glyphs: &Glyphs, now: &Stamp) -> Laid {
    let area = frame.area();
    let now = &state.zoned(now);
    let scene = Scene { state, styles, glyphs, now };
    let (laid, cursor) = draw(&scene, frame.buffer_mut(), area);
    if let Some(at) = cursor {
        frame.set_cursor_position(at);
    }
    laid
}

fn draw(scene: &Scene<'_>, buf: &mut Buffer, area: Rect) -> (Laid, Option<Position>) {
    let area = area.intersection(buf.area);
    buf.set_style(area, scene.styles.surface);
    let Some(parts) = screen::lay_out(scene, area) else {
        screen::too_small(scene, buf, area);
        plain::make(scene, buf, area);
        return (Laid { page: 1, top: scene.state.ui.top, logs: None, limit: None }, None);
    };
    header::paint(scene, buf, parts.header);
    if let Some(area) = parts.progress {
        header::paint_progress(scene, buf, area);
    }
    let mut laid = Laid { page: parts.page(), top: scene.state.ui.top, logs: None, limit: None };
    let mut row = None;
    if let Some(area) = parts.checklist {
        let shown = checklist::paint(scene, buf, area.0, area.1);
        (laid.page, laid.top, row) = (shown.page, shown.top, shown.cursor);
    }
    for (pane, area, border) in &parts.live {
        if *pane == Pane::Logs {
            laid.logs = logs::paint(scene, buf, *area, *border);
        } else {
            panes::paint(scene, buf, *pane, *area, *border);
        }
    }
    for (pane, area) in &parts.folded {
        foot::paint_summary(scene, buf, *pane, *area);
    }
    if let Some(area) = parts.status {
        foot::paint_status(scene, buf, area);
    }
    foot::paint_guide(scene, buf, parts.guide);
    foot::paint_banners(scene, buf, parts.banners);
    let spare = parts.events.is_some() && scene.state.ui.replay.is_none();
    let notice = foot::Notice::of(scene, area.width, spare);
    match (parts.events, &scene.state.ui.replay) {
        (Some(area), Some(replay)) => replay::paint(scene, buf, area, replay),
        (Some(area), None) => foot::paint_events(scene, buf, area, &notice),
        (None, _) => {}
    }
    foot::paint_keys(scene, buf, parts.keys, &notice);
    let (limit, cursor) = layer::paint(scene, buf, parts.body, row);
    laid.limit = limit;
    plain::make(scene, buf, area);
    (laid, cursor)
}
