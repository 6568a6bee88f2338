//! Every key of the focused pane.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Scene, Strip, sheet};
use crate::state::Pane;
use crate::state::action::{ACTIONS, Place, Spec};
use crate::view::widget::Sheet;

/// Draws the sheet; gives the last line it may begin at.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, scroll: usize) -> usize {
    let styles = scene.styles;
    let mut page = sheet(area);
    let watches = scene.state.ui.replay.is_some();
    let focus = scene.state.ui.focus;
    let own = |spec: &Spec| spec.place.pane() == Some(focus);
    let here = |spec: &Spec| own(spec) || spec.place == Place::Pane;
    let works = |spec: &Spec| works(scene, spec) && !(watches && spec.act);
    let mut chapter = |heading: &str, wanted: &dyn Fn(&Spec) -> bool| {
        let mut specs = ACTIONS.iter().filter(|spec| wanted(spec)).peekable();
        if specs.peek().is_some() {
            page.heading(heading, styles.accent);
            specs.for_each(|spec| row(scene, &mut page, spec));
        }
    };
    if watches {
        let watching = |spec: &Spec| spec.place == Place::Watching;
        chapter("Watching: which moment of the run is shown", &watching);
    }
    // The focused pane first: its own acts, what else it has, and only then what works everywhere.
    chapter("Acts here: each is a line in the log, signed with the operator's name", &|spec| {
        spec.act && here(spec) && works(spec)
    });
    chapter("Looking here: nothing is recorded", &|spec| !spec.act && here(spec) && works(spec));
    chapter("Acts everywhere: on record too", &|spec| spec.act && !here(spec) && works(spec));
    chapter("Everywhere", &|spec| !spec.act && !here(spec) && works(spec));
    page.heading("Marks", styles.accent);
    marks(scene, &mut page);
    let title = format!("Keys · {}", scene.state.ui.focus.title());
    page.paint(scene, buf, area, Strip::of(&title, styles.emphasis), scroll)
}

fn works(scene: &Scene<'_>, spec: &Spec) -> bool {
    let focus = scene.state.ui.focus;
    // A key that means something else in this pane is that.
    let taken = |key: &str| ACTIONS.iter().any(|it| it.place == Place::Only(focus) && it.keys.contains(&key));
    match spec.place {
        Place::Watching => false,
        Place::Anywhere | Place::Pane => !spec.keys.iter().all(|key| taken(key)),
        place => place.pane() == Some(focus),
    }
}

fn row(scene: &Scene<'_>, page: &mut Sheet, spec: &Spec) {
    let keys = Strip::new().space(2).with(&spec.keys.join(" "), scene.styles.key).fit(18);
    let name = keys.with(spec.name, scene.styles.emphasis).fit(38);
    let help = spec.help_in(scene.state.ui.focus);
    page.hanging(name, 38.min(page.columns() / 2), help, scene.styles.text);
}

/// A state as it is read.
fn word(state: crate::sample::ProbeState) -> String {
    state.to_string().replace('-', " ")
}

/// What the glyphs mean.
fn marks(scene: &Scene<'_>, page: &mut Sheet) {
    use crate::record::ItemState as Item;
    use crate::sample::ProbeState as Probe;
    let columns = page.columns();
    let focus = scene.state.ui.focus;
    if focus == Pane::Checklist {
        let mut items = Strip::new().space(2);
        for state in [
            Item::Open,
            Item::Started,
            Item::Done,
            Item::Failed,
            Item::Skipped,
            Item::NotApplicable,
            Item::Deferred,
        ] {
            let (glyph, style) = crate::view::words::item_glyph(scene, state);
            items = items.with(glyph, style).space(1);
            items = items.with(crate::view::words::item_word(state), scene.styles.text).space(3);
        }
        page.line(items.cut(columns));
    }
    let states: &[Probe] = match focus {
        Pane::Checklist | Pane::Health => {
            &[Probe::Up, Probe::Pending, Probe::Down, Probe::Flapping, Probe::Stale, Probe::Unknown]
        }
        Pane::Dns | Pane::Host => &[Probe::Up, Probe::Pending, Probe::Down, Probe::Stale, Probe::Unknown],
        Pane::Copy => &[
            Probe::Scanning,
            Probe::Running,
            Probe::Stalled,
            Probe::Finished,
            Probe::FinishedWithErrors,
            Probe::Died,
            Probe::Stale,
            Probe::Unknown,
        ],
        Pane::Logs => &[Probe::Up, Probe::Silent, Probe::Down, Probe::Unknown],
    };
    let mut probes = Strip::new().space(2);
    for state in states {
        let (glyph, style) = crate::view::words::probe_glyph(scene, *state);
        probes = probes.with(glyph, style).space(1).with(&word(*state), scene.styles.text).space(3);
    }
    if matches!(focus, Pane::Checklist | Pane::Health) {
        let style = scene.styles.bad;
        probes = probes.with(scene.glyphs.spark_miss, style).with(" a missed reading", scene.styles.text);
    }
    page.line(probes.cut(columns));
}
