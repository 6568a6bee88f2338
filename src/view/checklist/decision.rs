//! The line above the ways of a decision: what is chosen, or that something is to be.

use super::{Scene, Strip, cursor_mark};
use crate::text;
use crate::view::words;

/// The line of a fork.
pub(super) fn line(scene: &Scene<'_>, width: usize, fork: usize, cursor: bool) -> Strip {
    let styles = scene.styles;
    let Some(fork) = scene.state.forks.get(fork) else { return Strip::new() };
    let mark = if scene.glyphs.ascii { "<>" } else { "◆" };
    let name = |name: &str| {
        let end = name.find([':', '(']).unwrap_or(name.len());
        text::truncate(text::clean(&name[..end]).trim(), 32).into_owned()
    };
    let left = cursor_mark(scene, cursor).space(2);
    let Some(made) = scene.state.decided(fork) else {
        let ways: Vec<String> = fork.ways.iter().map(|way| name(&way.name)).collect();
        let hint = Strip::of("D decides ", styles.muted);
        let line = left.with(mark, styles.warning).space(1);
        let line = line.with(&format!("choose one: {}", ways.join(" · ")), styles.warning);
        return line.beside(hint, width);
    };
    let at = words::moment(made.act.at.wall, scene.now);
    let said = format!("{} {}", at.trim(), text::clean(&made.act.by));
    let line =
        left.with(mark, styles.good).space(1).with(&format!("{} chosen ", name(&made.choice)), styles.text);
    line.with(&said, styles.muted).cut(width)
}
