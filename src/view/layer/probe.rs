//! What is known of any probe: its state, since when, what it saw, and what the log says of it.

use super::item::entry;
use super::{Scene, words};
use crate::sample::ProbeId;
use crate::text;
use crate::view::widget::Sheet;

/// State changes shown.
const CHANGES: usize = 12;

/// The state of a probe and how it came to it.
pub(super) fn state(scene: &Scene<'_>, page: &mut Sheet, id: &ProbeId) {
    let (live, now) = scene.shown();
    let Some(probe) = live.probe(id) else {
        page.text(0, "This probe is no longer in the sidecar.", scene.styles.warning);
        return;
    };
    let (glyph, style) = words::probe_glyph(scene, probe.state());
    let since = probe.since().map(|since| format!(" for {}", text::age(now.since(&since))));
    let word = format!("{glyph} {}{}", probe.state(), since.unwrap_or_default());
    entry(scene, page, "state", &word, style);
    let saw = probe.saw();
    if !saw.is_empty() {
        entry(scene, page, "saw", &saw, scene.styles.text);
    }
    changes(scene, page, id);
}

/// The changes of state that the log has.
pub(super) fn changes(scene: &Scene<'_>, page: &mut Sheet, id: &ProbeId) {
    let changes: Vec<_> = scene.state.record.probes.of(id).rev().take(CHANGES).collect();
    if changes.is_empty() {
        return;
    }
    page.heading("Changes, newest first", scene.styles.accent);
    for change in changes {
        let at = words::moment(change.act.at.wall, scene.now);
        let line = format!("{at}  {} {} {}  {}", change.from, scene.glyphs.arrow, change.to, change.saw);
        page.text(2, &line, scene.styles.text);
    }
}
