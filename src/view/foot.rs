//! The lines at the bottom: what the hidden pane would say, what is wrong, what happened, which keys are wanted.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::widget::Strip;
use super::{Scene, panes, words};
use crate::sample::ProbeState;
use crate::state::action::ACTIONS;
use crate::state::guide::KEY;
use crate::state::layer::Kind;
use crate::state::live::{Cell, Check};
use crate::state::{About, Access, Pane};
use crate::text;

/// What is wrong, worst first, in few words.
pub(super) fn alarm(scene: &Scene<'_>) -> Option<Strip> {
    let panes = Pane::ALL.into_iter().filter_map(|pane| alarm_of(scene, pane));
    panes.reduce(|mut line, more| {
        line.push(" · ", scene.styles.muted);
        line.append(more);
        line
    })
}

/// What is wrong in one pane, worst first, in few words.
pub(super) fn alarm_of(scene: &Scene<'_>, pane: Pane) -> Option<Strip> {
    let mut line = Strip::new();
    for state in TROUBLES {
        let names: Vec<String> = if pane == Pane::Health {
            scene.state.live.checks.iter().filter_map(|check| sides_in(check, state)).collect()
        } else {
            let probes = panes::probes(scene, pane).filter(|probe| probe.state() == state);
            probes.map(|probe| text::clean(&probe.id().name).into_owned()).collect()
        };
        if names.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(" · ", scene.styles.muted);
        }
        let (glyph, style) = words::probe_glyph(scene, state);
        let word = words::probe_word(pane, state);
        line.push(&format!("{glyph} {word} {}", names.join(", ")), style);
    }
    (!line.is_empty()).then_some(line)
}

/// States that must be seen wherever one looks, worst first.
const TROUBLES: [ProbeState; 9] = [
    ProbeState::Down,
    ProbeState::Died,
    ProbeState::FinishedWithErrors,
    ProbeState::Stalled,
    ProbeState::Silent,
    ProbeState::Flapping,
    ProbeState::Stale,
    ProbeState::Maintenance,
    ProbeState::Pending,
];

/// Draws a live pane in one line.
pub(super) fn paint_summary(scene: &Scene<'_>, buf: &mut Buffer, pane: Pane, area: Rect) {
    let title = format!("{} {}", pane.number(), pane.title());
    let line = Strip::new().space(1).with(&title, scene.title_style(pane)).fit(13);
    let mut line = line;
    line.append(panes::summary(scene, pane));
    line.cut(usize::from(area.width)).paint(buf, area);
}

/// A check and those of its sides that are in this state; `None` if none is.
fn sides_in(check: &Check, state: ProbeState) -> Option<String> {
    let cells: Vec<&Cell> = check.cells.iter().filter(|cell| cell.state() == state).collect();
    let name = text::clean(&check.settings.name);
    if cells.is_empty() {
        None
    } else if cells.len() == check.cells.len() {
        Some(name.into_owned())
    } else {
        let sides: Vec<String> =
            cells.iter().filter_map(|cell| cell.id.side).map(|side| side.to_string()).collect();
        Some(format!("{name} {}", sides.join("+")))
    }
}

/// Draws what the panes that are not on the screen would say: what is wrong, else how all is, and the next item.
pub(super) fn paint_status(scene: &Scene<'_>, buf: &mut Buffer, area: Rect) {
    let styles = scene.styles;
    let focus = scene.state.ui.focus;
    let live: Vec<Pane> = scene.state.panes().into_iter().filter(|pane| *pane != Pane::Checklist).collect();
    let mut next = Strip::new();
    if focus != Pane::Checklist {
        if let Some(item) = scene.state.next_open_item() {
            next = Strip::of("next ", styles.muted).with(&item.row.text, styles.text).space(1);
        } else {
            next = Strip::of("nothing is open ", styles.good);
        }
    }
    let columns = usize::from(area.width);
    let room =
        if next.is_empty() { columns } else { columns.saturating_sub(next.width() + 2).max(columns / 2) };
    let mut line = Strip::new().space(1);
    match live.as_slice() {
        [] => {}
        [one] => {
            if *one != focus {
                line.push(&format!("{} {}  ", one.number(), one.title()), styles.muted);
            }
            line.append(panes::summary(scene, *one));
        }
        several => {
            let mut quiet: Vec<Pane> = Vec::new();
            for pane in several {
                if let Some(alarm) = alarm_of(scene, *pane) {
                    line.push(&format!("{} {} ", pane.number(), pane.title()), styles.muted);
                    line.append(alarm);
                    line = line.space(2);
                } else if *pane != focus {
                    quiet.push(*pane);
                }
            }
            let named: Vec<String> =
                quiet.iter().map(|pane| format!("{} {}", pane.number(), pane.title())).collect();
            let (named, short) = (named.join("  "), quiet.iter().map(|pane| pane.number().to_string()));
            // A name that is cut says nothing; the number is the key.
            let fits = line.width() + text::width(&named) <= room;
            line.push(&if fits { named } else { short.collect::<Vec<_>>().join(" ") }, styles.muted);
        }
    }
    line.beside(next, columns).paint(buf, area);
}

/// Rows for the banners: whole sentences, the most urgent first, as far as there is room.
pub(super) fn banner_rows(scene: &Scene<'_>, columns: u16, spare: u16) -> u16 {
    let lines = banner_lines(scene, columns, usize::from(spare));
    u16::try_from(lines.len()).unwrap_or(spare)
}

fn banner_lines(scene: &Scene<'_>, columns: u16, spare: usize) -> Vec<String> {
    let room = usize::from(columns).saturating_sub(4).max(8);
    let mut lines: Vec<String> = Vec::new();
    let banners = &scene.state.ui.banners;
    for (at, banner) in banners.iter().enumerate() {
        let wrapped = text::wrap(&text::clean(&banner.text), room);
        let more = banners.len() - at;
        if at > 0 && lines.len() + wrapped.len() > spare {
            // A sentence is shown whole or not at all; what waits is counted.
            if lines.len() < spare {
                lines.push(format!(" ! {more} more"));
            }
            break;
        }
        let all = wrapped.len();
        for (row, line) in wrapped.into_iter().take(spare).enumerate() {
            let cut = if row + 1 == spare && row + 1 < all { "…" } else { "" };
            lines.push(format!("{}{line}{cut}", if row == 0 { " ! " } else { "   " }));
        }
    }
    lines
}

/// Draws the banners.
pub(super) fn paint_banners(scene: &Scene<'_>, buf: &mut Buffer, area: Rect) {
    let lines = banner_lines(scene, area.width, usize::from(area.height));
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        let place = Rect { y, height: 1, ..area };
        Strip::of(&line, scene.styles.alarm).fit(usize::from(area.width)).paint(buf, place);
    }
}

/// The hint for who is new here, in lines; none if there is none.
pub(super) fn guide_lines(scene: &Scene<'_>, columns: u16) -> Vec<String> {
    let hint = scene.state.hint().map(|hint| format!("{hint} ({KEY} hides hints)"));
    hint.map(|hint| text::wrap(&hint, usize::from(columns).saturating_sub(4).max(8))).unwrap_or_default()
}

/// Draws the hint.
pub(super) fn paint_guide(scene: &Scene<'_>, buf: &mut Buffer, area: Rect) {
    for (row, (y, line)) in (area.y..area.bottom()).zip(guide_lines(scene, area.width)).enumerate() {
        let mark = if row == 0 { scene.glyphs.arrow } else { " " };
        let strip =
            Strip::new().space(1).with(mark, scene.styles.key).space(1).with(&line, scene.styles.text);
        strip.paint(buf, Rect { y, height: 1, ..area });
    }
}

/// What is said for a while: on the key line, or above it.
#[derive(Debug, Default)]
pub(super) struct Notice {
    above: Option<String>,
    keys: Option<String>,
}

impl Notice {
    /// Where the notice goes: above the keys that a dialog needs, in two lines if one is too short for it. Without a line
    /// to spare above, all of it is on the key line.
    pub(super) fn of(scene: &Scene<'_>, columns: u16, spare: bool) -> Notice {
        let Some((_, said)) = &scene.state.ui.notice else { return Notice::default() };
        let columns = usize::from(columns).saturating_sub(2);
        let room = columns.saturating_sub(log(scene).width() + 2);
        let top = scene.state.ui.layers.last().map(|layer| &layer.kind);
        let asks =
            matches!(top, Some(Kind::Prompt(_) | Kind::Choice(_) | Kind::Pick(_) | Kind::Command { .. }));
        if !spare || (!asks && text::width(said) <= room) {
            return Notice { above: None, keys: Some(said.clone()) };
        }
        if asks {
            return Notice { above: Some(said.clone()), keys: None };
        }
        let mut lines = text::wrap(&text::clean(said), columns).into_iter();
        let above = lines.next();
        let rest = lines.collect::<Vec<_>>().join(" ");
        // One line is not broken in two only because it is longer than the key line's part.
        Notice { above, keys: (!rest.is_empty()).then_some(rest) }
    }
}

/// Draws the notice, or else the newest lines of the log, newest first.
pub(super) fn paint_events(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, notice: &Notice) {
    if let Some(said) = &notice.above {
        let line = Strip::new().space(1).with(said, scene.styles.emphasis);
        line.cut(usize::from(area.width)).paint(buf, area);
        return;
    }
    let mut line = Strip::new().space(1);
    for (number, (at, text)) in scene.state.ui.recent.iter().enumerate() {
        if line.width() > usize::from(area.width) {
            break;
        }
        if number > 0 {
            line.push(" · ", scene.styles.muted);
        }
        line.push(&format!("{} ", words::moment(at.wall, scene.now).trim_start()), scene.styles.muted);
        line.push(text, if number == 0 { scene.styles.text } else { scene.styles.muted });
    }
    line.paint(buf, area);
}

/// Draws the keys most wanted, or a notice, and whether all is on disk.
pub(super) fn paint_keys(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, notice: &Notice) {
    let right = log(scene).space(1);
    let room = usize::from(area.width).saturating_sub(right.width() + 2);
    let left = match &notice.keys {
        Some(notice) => Strip::new().space(1).with(notice, scene.styles.emphasis),
        None => keys(scene, room),
    };
    left.beside(right, usize::from(area.width)).paint(buf, area);
}

/// As many keys as there is room for; the last one, which shows all others, always.
fn keys(scene: &Scene<'_>, room: usize) -> Strip {
    let hints = match scene.state.ui.layers.last().map(|layer| &layer.kind) {
        None => hints(scene),
        Some(Kind::Prompt(_)) => vec![("enter", "confirm"), ("esc", "back")],
        Some(Kind::Choice(_)) => vec![("esc", "back")],
        Some(Kind::Command { .. }) => vec![("up down", "scroll"), ("esc", "back, run nothing")],
        Some(Kind::Output { .. }) if matches!(scene.state.desk.access, Access::Watcher(_)) => {
            vec![("up down", "scroll"), ("G", "follow"), ("ctrl-o", "hide")]
        }
        Some(Kind::Output { .. }) => vec![
            ("up down", "scroll"),
            ("G", "follow"),
            ("e", "last line into a blank"),
            ("X", "stop"),
            ("ctrl-o", "hide"),
        ],
        Some(Kind::Pick(_)) => vec![("enter", "choose"), ("up down", "move"), ("esc", "back")],
        Some(_) => vec![("up down", "scroll"), ("g", "first"), ("G", "last"), ("esc", "back")],
    };
    let hint =
        |(key, name): &(&str, &str)| Strip::of(key, scene.styles.key).space(1).with(name, scene.styles.muted);
    let mut line = Strip::new().space(1);
    let Some((last, others)) = hints.split_last() else { return line };
    let last = hint(last);
    for other in others {
        let other = hint(other);
        if line.width() + other.width() + 2 + last.width() > room {
            break;
        }
        line.append(other);
        line = line.space(2);
    }
    line.append(last);
    line
}

/// The keys most wanted in the focused pane; of a cockpit that only follows, those that only look.
fn hints(scene: &Scene<'_>) -> Vec<(&'static str, &'static str)> {
    let mut hints = scene.state.hints();
    if let Access::Watcher(_) = scene.state.desk.access {
        hints.retain(|(_, name)| ACTIONS.iter().any(|spec| spec.name == *name && !spec.act));
    }
    hints
}

/// Whether everything is on disk.
fn log(scene: &Scene<'_>) -> Strip {
    let (state, styles) = (scene.state, scene.styles);
    let lines = format!("log {}", state.record.head.seq);
    if let Access::Watcher(_) = state.desk.access {
        return Strip::of(&format!("{lines} read-only"), styles.warning);
    }
    if state.desk.refused.stands() || state.ui.banners.iter().any(|banner| banner.about == About::Log) {
        return Strip::of(&format!("{lines} NOT RECORDED"), styles.bad);
    }
    if !state.desk.pending.is_empty() {
        return Strip::of(&format!("{lines} recording…"), styles.warning);
    }
    if state.record.run.is_none() {
        return Strip::of("log not begun", styles.warning);
    }
    Strip::of(&lines, styles.muted).with(&format!(" {} synced", scene.glyphs.done), styles.good)
}
