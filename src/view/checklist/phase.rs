//! A phase's row: its title, counts, and time spent of the time planned.

use super::{Columns, Scene, Strip, cursor_mark, words};
use crate::checklist::PhaseKind;
use crate::state::control::Aside;
use crate::state::outline::Phase;
use crate::text;

/// The row of a phase.
pub(super) fn line(scene: &Scene<'_>, columns: &Columns, number: usize, cursor: bool) -> Strip {
    let styles = scene.styles;
    let phase = &scene.state.outline.phases[number];
    let complete = phase.complete() && phase.tally.all() > 0;
    let (mark, style) = match (complete, scene.state.folded(number)) {
        (true, _) => (scene.glyphs.done, styles.good),
        (false, true) => (scene.glyphs.folded, styles.text),
        (false, false) => (scene.glyphs.unfolded, styles.text),
    };
    let title = if complete { styles.text } else { styles.emphasis };
    let left = cursor_mark(scene, cursor).with(mark, style).space(1).with(&phase.title, title);
    left.beside(aside(scene, columns, number), columns.width)
}

fn aside(scene: &Scene<'_>, columns: &Columns, number: usize) -> Strip {
    let styles = scene.styles;
    let phase = &scene.state.outline.phases[number];
    let mut aside = Strip::new();
    let untouched = phase.tally.open == phase.tally.all() && phase.acted.is_none();
    if phase.kind == PhaseKind::Rollback && untouched && !scene.state.record.rolling_back() {
        return Strip::of("not invoked ", styles.muted);
    }
    if phase.tally.failed > 0 {
        aside.push(&format!("{} failed  ", phase.tally.failed), styles.bad);
    }
    let ahead = (columns.width >= 36 && phase.acted.is_none()).then(|| {
        let lock = scene.state.phase_lock(number, scene.now);
        lock.or_else(|| scene.state.phase_due(number, scene.now))
    });
    if let Some(Aside { mood, words }) = ahead.flatten() {
        aside.push(&format!("{words}  "), words::mood(scene, mood));
    }
    let counts = counts(phase);
    aside.push(&format!("{counts:>width$}", width = columns.counts), styles.text);
    if columns.spent > 0 {
        let (spent, over) = spent(scene, number);
        // A long one must not run into the counts.
        let spent = format!(" {spent:>width$}", width = columns.spent - 1);
        aside.push(&spent, if over { styles.warning } else { styles.muted });
    }
    aside.space(1)
}

/// Settled items of all that apply.
pub(super) fn counts(phase: &Phase) -> String {
    if phase.tally.all() == 0 && phase.tally.not_applicable > 0 {
        return "n/a".to_owned();
    }
    format!("{}/{}", phase.tally.settled(), phase.tally.all())
}

/// Time spent, against the plan while work goes on; whether it is more than planned.
fn spent(scene: &Scene<'_>, number: usize) -> (String, bool) {
    let phase = &scene.state.outline.phases[number];
    let begun = scene.state.spent(number, scene.now);
    match (begun, phase.planned()) {
        (Some(spent), Some(estimate)) if phase.tally.open > 0 => {
            (words::spent_of(spent, estimate, true), spent > estimate.1)
        }
        (Some(spent), estimate) => {
            let over = estimate.is_some_and(|(_, most)| spent > most);
            (text::clock(spent), over)
        }
        (None, Some(estimate)) => (words::planned(estimate, true), false),
        (None, None) => (String::new(), false),
    }
}
