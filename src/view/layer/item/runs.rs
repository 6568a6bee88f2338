//! The runs of an item's commands: who, when, how they ended, and how to see what they said.

use super::{Scene, Strip};
use crate::checklist::ItemId;
use crate::text;
use crate::view::widget::Sheet;
use crate::view::words;

/// Runs that are listed; the newest.
const MOST: usize = 12;

/// Adds them to the item's sheet.
pub(super) fn add(scene: &Scene<'_>, page: &mut Sheet, id: ItemId) {
    let runs: Vec<_> = scene.state.record.commands.iter().rev().filter(|run| run.item == Some(id)).collect();
    if runs.is_empty() {
        return;
    }
    page.heading("Runs · ctrl-o shows the output of the newest", scene.styles.accent);
    for run in runs.iter().take(MOST) {
        let (stood, mood) = scene.state.run_stands(run, scene.now);
        let at = words::moment(run.started.at.wall, scene.now);
        let said = run.ended.as_ref().and_then(|end| end.output.as_ref().map(|blob| (blob.bytes, end.cut)));
        let said = match said {
            Some((0, _)) => ", no output".to_owned(),
            Some((bytes, 0)) => format!(", {} of output", text::size(bytes)),
            Some((bytes, cut)) => format!(", {} of output, {} not kept", text::size(bytes), text::size(cut)),
            None => String::new(),
        };
        let label = format!("  {} {}", at.trim(), text::truncate(&text::clean(&run.started.by), 14));
        let indent = text::width(&label) + 2;
        let words = format!("{}: {stood}{said}", run.job);
        page.hanging(Strip::of(&label, scene.styles.muted), indent, &words, words::mood(scene, mood));
        if let Some(text) =
            run.text.as_ref().and_then(|text| text.lines().find(|line| !line.trim().is_empty()))
        {
            page.text(indent, text.trim(), scene.styles.muted);
        }
    }
    if runs.len() > MOST {
        page.text(2, &format!("… {} earlier", runs.len() - MOST), scene.styles.muted);
    }
}
