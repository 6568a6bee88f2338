//! What going back would cost: which done items can still be undone.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Scene, Strip, sheet};
use crate::checklist::ItemId;
use crate::state::people::rollback_cost;
use crate::text;
use crate::view::widget::Sheet;

/// Draws the sheet; gives the last line it may begin at.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, scroll: usize) -> usize {
    let styles = scene.styles;
    let mut page = sheet(area);
    let cost = rollback_cost(scene.state);
    if cost.done() == 0 {
        page.text(0, "Nothing is done yet: there is nothing to undo.", styles.text);
    } else {
        let counts = format!(
            "{} done: {} can be undone, {} cannot, of {} the plan does not say.",
            text::plural(cost.done(), "item is", "items are"),
            cost.undoable.len(),
            cost.lost.len(),
            cost.unknown.len()
        );
        page.text(0, &counts, styles.emphasis);
    }
    match cost.passed.as_slice() {
        [] => page.text(0, "No point of no return was passed.", styles.good),
        passed => {
            let words = format!(
                "{} passed; {} behind the first, itself counted.",
                text::plural(passed.len(), "point of no return was", "points of no return were"),
                text::plural(cost.behind.len(), "done item stands", "done items stand"),
            );
            page.text(0, &words, styles.warning);
        }
    }
    list(scene, &mut page, "Cannot be undone", &cost.lost, styles.bad);
    list(scene, &mut page, "The plan does not say", &cost.unknown, styles.text);
    list(scene, &mut page, "Can be undone", &cost.undoable, styles.good);
    page.gap();
    page.text(0, "Said by undo = true or false at an item, in the plan or a [[gate]].", styles.muted);
    page.paint(scene, buf, area, Strip::of("Rollback cost", styles.emphasis), scroll)
}

fn list(scene: &Scene<'_>, page: &mut Sheet, title: &str, items: &[ItemId], style: Style) {
    if items.is_empty() {
        return;
    }
    page.heading(&format!("{title} ({})", items.len()), scene.styles.accent);
    for item in items.iter().rev().filter_map(|id| scene.state.item(*id)) {
        let label = Strip::of("  - ", scene.styles.muted);
        page.hanging(label, 4, &format!("{}  · {}", item.row.text, item.row.phase), style);
    }
}
