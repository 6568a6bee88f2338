//! What stands before an item and what its words name: every need, how it stands, what was seen, how old that is.

use super::{Scene, entry};
use crate::checklist::ItemId;
use crate::expr::Verdict;
use crate::signoff::event::Evidence;
use crate::state::gates::{Need, Standing, held};
use crate::text;
use crate::view::widget::Sheet;

/// Writes both sections, where there is something to say.
pub(super) fn write(scene: &Scene<'_>, page: &mut Sheet, id: ItemId) {
    gate(scene, page, id);
    hints(scene, page, id);
}

fn gate(scene: &Scene<'_>, page: &mut Sheet, id: ItemId) {
    let (styles, gates) = (scene.styles, &scene.state.gates);
    let (Some((_, hold)), Some(standing)) = (gates.asks(id), gates.standing(id)) else { return };
    page.heading("Gate: what must hold before it is ticked", styles.accent);
    let span = text::exact(hold);
    let (words, style) = match standing {
        Standing::Met { .. } if hold.is_zero() => ("met".to_owned(), styles.good),
        Standing::Met { held: now } => (format!("met, held {} of {span}", held(*now)), styles.good),
        Standing::Holding { held: now } => (
            format!("all holds, {} of {span}; counted between good readings alone", held(*now)),
            styles.warning,
        ),
        Standing::Unmet { .. } => ("not met".to_owned(), styles.bad),
        Standing::Unknown { .. } => ("cannot be told".to_owned(), styles.unknown),
    };
    entry(scene, page, "stands", &words, style);
    for need in gates.needs(id) {
        self::need(scene, page, need);
    }
}

fn need(scene: &Scene<'_>, page: &mut Sheet, need: &Need) {
    let (styles, glyphs) = (scene.styles, scene.glyphs);
    let look = &need.look;
    let (glyph, style, words) = match &look.verdict {
        Verdict::Met => (glyphs.done, styles.good, look.saw.clone()),
        Verdict::Unmet { saw } => (glyphs.failed, styles.bad, saw.clone()),
        Verdict::Unknown { why } => (glyphs.unknown, styles.unknown, why.clone()),
    };
    let age = look.read.map(|read| format!(", read {} ago", text::age(scene.now.since(&read))));
    let asked = text::clean(need.expr.source()).into_owned();
    let moved = need.probe.as_ref().map(ToString::to_string).filter(|probe| {
        // Old and new have changed places, or the side was left open.
        need.expr.subject().is_some_and(|subject| subject.to_string() != *probe)
    });
    let moved = moved.map(|probe| format!(" (of {probe})")).unwrap_or_default();
    page.hanging(
        super::Strip::of("  ", styles.text).with(glyph, style).space(1),
        4,
        &format!("{asked}{moved}: {}{}", text::clean(&words), age.unwrap_or_default()),
        style,
    );
}

fn hints(scene: &Scene<'_>, page: &mut Sheet, id: ItemId) {
    let shown = scene.state.plan_hints(id, scene.now);
    if shown.is_empty() {
        return;
    }
    page.heading("Seen now of what its words name; holds nothing up", scene.styles.accent);
    for hint in shown {
        let style = match hint.look.verdict {
            Verdict::Met => scene.styles.good,
            Verdict::Unmet { .. } => scene.styles.bad,
            Verdict::Unknown { .. } => scene.styles.unknown,
        };
        let age = hint.look.read.map(|read| format!(", read {} ago", text::age(scene.now.since(&read))));
        let words = text::clean(&hint.hint.words).into_owned();
        let line = format!("“{words}” {}: {}{}", hint.probe, hint.words, age.unwrap_or_default());
        page.text(2, &line, style);
    }
}

/// What else was kept of a reading with an act: its error, and where the whole of it is.
pub(super) fn beside(seen: &Evidence) -> Vec<String> {
    let error = seen.error.as_ref().filter(|error| !seen.saw.contains(error.as_str()));
    let error = error.map(|error| format!("error: {error}"));
    let kept = seen.text.as_ref();
    let kept = kept.map(|blob| format!("whole beside the log, {} bytes: {:.16}…", blob.bytes, blob.sha256));
    error.into_iter().chain(kept).collect()
}
