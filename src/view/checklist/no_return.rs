//! The line above a point of no return, across the pane.

use super::{Scene, Strip};
use crate::record::ItemState;
use crate::text;
use crate::view::words;

/// The line: what it is, and whether it was passed.
pub(super) fn line(scene: &Scene<'_>, width: usize, index: usize) -> Strip {
    let item = &scene.state.record.items[index];
    let (words, style) = match (&item.act, item.state) {
        (Some(act), ItemState::Done) => {
            let at = words::moment(act.at.wall, scene.now);
            let decisions = scene.state.record.control.decisions.iter().rev();
            let mut decided = decisions.filter(|made| made.item == Some(item.row.id));
            let by = decided.next().map_or_else(|| format!("by {}", act.by), |made| made.choice.clone());
            (format!(" point of no return, passed {}, {} ", at.trim(), text::clean(&by)), scene.styles.muted)
        }
        (_, ItemState::NotApplicable) => {
            (" point of no return, does not apply ".to_owned(), scene.styles.muted)
        }
        _ => (" point of no return ".to_owned(), scene.styles.warning),
    };
    let bar = if scene.glyphs.ascii { "=" } else { "━" };
    let words = text::truncate(&words, width.saturating_sub(4)).into_owned();
    let rest = width.saturating_sub(text::width(&words) + 3);
    let left = bar.repeat(2);
    Strip::new().space(1).with(&left, style).with(&words, style).with(&bar.repeat(rest), style).cut(width)
}
