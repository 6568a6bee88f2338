//! An item's times: what it waits for, when it is due, how long it is to take and took.

use std::time::Duration;

use super::super::Scene;
use super::entry;
use crate::checklist::ItemId;
use crate::state::schedule::LockState;
use crate::text;
use crate::view::widget::Sheet;
use crate::view::words;

pub(super) fn write(scene: &Scene<'_>, page: &mut Sheet, id: ItemId) {
    let (state, styles, now) = (scene.state, scene.styles, scene.now);
    let Some(item) = state.item(id) else { return };
    if let Some((lock, stands)) = state.lock(id, now) {
        let asked = state.lock_words(lock);
        let range = lock.most.filter(|_| lock.anchor.is_some());
        let range =
            range.map(|most| format!(", {} at most by the plan", text::short(most))).unwrap_or_default();
        let (stands, style) = match stands {
            LockState::Open(Some(since)) => {
                (format!("open; it counted from {}", words::whole_moment(since, now.offset)), styles.good)
            }
            LockState::Open(None) => ("open".to_owned(), styles.good),
            LockState::Counting(left) => (format!("opens in {}", text::clock(left)), styles.warning),
            LockState::Shut(why) => (why, styles.warning),
        };
        entry(scene, page, "wait", &format!("{asked}{range}: {stands}"), style);
    }
    if let Some(due) = state.item_due(id, now) {
        entry(scene, page, "due", &words::whole_moment(due, now.offset), styles.text);
    }
    let span = |seconds| text::clock(Duration::from_secs(seconds));
    let planned = item.row.planned_s.map(|(least, most)| {
        let from = if least == most { String::new() } else { format!("{} to ", span(least)) };
        format!("planned {from}{}", span(most))
    });
    let took = state.record.index.get(&id).and_then(|&at| state.schedule.times.item(at));
    let took = took.map(|took| format!("took {}", text::clock(took)));
    let said: Vec<String> = planned.into_iter().chain(took).collect();
    if !said.is_empty() {
        entry(scene, page, "duration", &said.join(", "), styles.text);
    }
}
