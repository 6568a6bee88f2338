//! The lines of one check, and who gets how many.

use std::time::Duration;

use super::{Remark, Scene, Strip, certificate, remarks, words};
use crate::clock::Stamp;
use crate::sample::{Certificate, ProbeState, Side};
use crate::state::live::{Cell, Check};
use crate::text;
use crate::view::widget::spark::spark;

/// Columns of a sparkline at most.
const SPARK: usize = 40;
/// Columns of a single cell's text before its sparkline.
const SINGLE: usize = 24;

/// Where a check is drawn.
pub(super) struct Place {
    /// Columns of the pane.
    pub width: usize,
    /// Columns of the names.
    pub name: usize,
    /// The sides stand beside each other.
    pub beside: bool,
    /// The cursor is on it.
    pub cursor: bool,
}

/// A check's lines in the order they are given room: the first always, the others by urgency.
pub(super) struct Block {
    first: Strip,
    /// Sides below each other, in place of the first line's cells.
    stacked: Vec<Strip>,
    sparks: Option<Strip>,
    remarks: Vec<Remark>,
    /// How much of each is shown.
    show: Show,
    indent: usize,
}

#[derive(Clone, Copy, Default)]
struct Show {
    stacked: bool,
    sparks: bool,
    remarks: usize,
}

impl Block {
    pub(super) fn of(scene: &Scene<'_>, check: &Check, now: &Stamp, place: &Place) -> Block {
        let mark = if place.cursor { scene.glyphs.cursor } else { " " };
        let mut first = Strip::of(mark, scene.styles.accent).fit(1);
        first.append(Strip::of(&check.settings.name, scene.styles.emphasis).fit(place.name));
        first = first.space(2);
        let indent = first.width();
        let room = place.width.saturating_sub(indent + 1);
        let mut block = Block {
            first,
            stacked: Vec::new(),
            sparks: None,
            remarks: remarks(scene, check, now),
            show: Show::default(),
            indent: indent.min(place.width / 3),
        };
        if let [cell] = &check.cells[..] {
            block.single(scene, check, cell, now, room);
        } else if place.beside {
            block.columns(scene, check, now, room);
        } else {
            block.stack(scene, check, now, room, place.width);
        }
        block
    }

    /// A check without sides: all on one line.
    fn single(&mut self, scene: &Scene<'_>, check: &Check, cell: &Cell, now: &Stamp, room: usize) {
        let tail = facts(scene, check, cell, now);
        let kind = format!("{} ", check.kind());
        let kind = Strip::of(&kind, scene.styles.muted).fit(if room >= SINGLE + 12 { 6 } else { 0 });
        let free = room.saturating_sub(kind.width() + tail.width() + 2);
        let text = free.min(SINGLE);
        let first = std::mem::take(&mut self.first);
        let mut line = first;
        line.append(kind);
        line.append(cell_line(scene, check, cell, now, text, "").fit(text));
        let columns = free.saturating_sub(text + 2).min(SPARK);
        if columns >= 8 {
            line = line.space(2);
            line.append(sparkline(scene, check, cell, columns));
        }
        self.first = line.beside(tail, self.indent + room).space(1);
    }

    /// Sides beside each other, their sparklines below.
    fn columns(&mut self, scene: &Scene<'_>, check: &Check, now: &Stamp, room: usize) {
        let count = check.cells.len();
        // The last column says which side answers, and has the age below it: it gets a little more.
        let each = room * 10 / (count * 10 + 2);
        let mut sparks = Strip::new().space(self.indent);
        let live = check.side(Some(Side::Live)).or(check.cells.last());
        let tail = live.map(|cell| facts(scene, check, cell, now)).unwrap_or_default();
        for (at, cell) in check.cells.iter().enumerate() {
            let last = at + 1 == count;
            let columns = if last { room - each * at } else { each };
            let label = cell.id.side.map(|side| side.to_string()).unwrap_or_default();
            let text = cell_line(scene, check, cell, now, columns.saturating_sub(usize::from(!last)), &label);
            self.first.append(text.fit(columns));
            let under =
                if last { columns.saturating_sub(tail.width() + 2) } else { columns.saturating_sub(2) };
            let line = sparkline(scene, check, cell, under.min(SPARK));
            sparks.append(if last { line } else { line.fit(columns) });
        }
        self.sparks = Some(sparks.beside(tail, self.indent + room).space(1));
    }

    /// Sides below each other; all in one short line if there is no room for that.
    fn stack(&mut self, scene: &Scene<'_>, check: &Check, now: &Stamp, room: usize, width: usize) {
        let short = (room / check.cells.len().max(1)).max(1);
        for cell in &check.cells {
            let label = cell.id.side.map(|side| side.to_string()).unwrap_or_default();
            let line = cell_line(scene, check, cell, now, short.saturating_sub(1), &label);
            self.first.append(line.fit(short));
            let label = format!("{label:<4}");
            let text = 24.min(width.saturating_sub(4));
            let mut line = Strip::new().space(3);
            line.append(cell_line(scene, check, cell, now, text, &label).fit(text));
            let tail = facts(scene, check, cell, now);
            let columns = width.saturating_sub(line.width() + tail.width() + 5).min(SPARK);
            line = line.space(2);
            if columns >= 4 {
                line.append(sparkline(scene, check, cell, columns));
            }
            self.stacked.push(line.beside(tail, width.saturating_sub(1)));
        }
    }

    pub(super) fn lines(self) -> Vec<Strip> {
        let mut lines = Vec::new();
        if self.show.stacked {
            lines.push(self.first.clone().cut(self.indent));
            lines.extend(self.stacked);
        } else {
            lines.push(self.first);
        }
        lines.extend(self.sparks.filter(|_| self.show.sparks));
        for remark in self.remarks.into_iter().take(self.show.remarks) {
            lines.push(Strip::new().space(self.indent).with(&remark.text, remark.style));
        }
        lines
    }
}

/// Gives the lines of the page to the checks: one each, then what is wrong, then sparklines, then the rest; says how
/// many are taken.
pub(super) fn allot(blocks: &mut [Block], page: usize) -> usize {
    let mut taken = blocks.len();
    let mut spare = page.saturating_sub(taken);
    let wide: usize = blocks.iter().map(|block| block.stacked.len()).sum();
    if wide > 0 && wide <= spare {
        blocks.iter_mut().for_each(|block| block.show.stacked = !block.stacked.is_empty());
        spare -= wide;
        taken += wide;
    }
    for rank in 0..=2 {
        for block in blocks.iter_mut() {
            while spare > 0 && block.remarks.get(block.show.remarks).is_some_and(|it| it.rank == rank) {
                block.show.remarks += 1;
                spare -= 1;
                taken += 1;
            }
        }
        if rank == 0 {
            for block in blocks.iter_mut().filter(|block| block.sparks.is_some()) {
                if spare > 0 {
                    block.show.sparks = true;
                    spare -= 1;
                    taken += 1;
                }
            }
        }
    }
    taken
}

/// A side in a few words: its state, its answer, how long that took. What is least needed goes first.
fn cell_line(
    scene: &Scene<'_>,
    check: &Check,
    cell: &Cell,
    now: &Stamp,
    columns: usize,
    label: &str,
) -> Strip {
    let state = cell.state();
    let (glyph, style) = words::probe_glyph(scene, state);
    let health = cell.health();
    let word = health.map(|health| health.word.as_str()).unwrap_or_default();
    let took = health.and_then(|health| health.latency).map(text::short).unwrap_or_default();
    let (_, of) = cell.toward(&check.settings);
    let says = match state {
        ProbeState::Up => String::new(),
        ProbeState::Pending => format!("{} of {of}", cell.streak),
        ProbeState::Stale => {
            let age = cell.last.as_ref().map(|last| text::age(now.since(&last.at))).unwrap_or_default();
            format!("stale {age}")
        }
        ProbeState::ExpectedDown => "expected down".to_owned(),
        other => other.to_string(),
    };
    // A value that is too old to be believed is not shown as if it were one.
    let word = if state == ProbeState::Stale { "" } else { word };
    let took = if state == ProbeState::Stale { String::new() } else { took };
    let to = match (cell.id.side, health.and_then(|health| health.answered_by)) {
        (Some(Side::Live), Some(side)) if state != ProbeState::Stale => {
            Some((format!("{} {side}", scene.glyphs.arrow), words::side_style(scene, Some(side))))
        }
        _ => None,
    };
    let build = |word: &str, says: &str, took: &str| {
        let mut line = Strip::new();
        if !label.is_empty() {
            line.push(label, words::side_style(scene, cell.id.side));
            line = line.space(1);
        }
        line.push(glyph, style);
        for (text, style) in [(says, style), (word, style), (took, scene.styles.muted)] {
            if !text.is_empty() {
                line = line.space(1).with(text, style);
            }
        }
        if let Some((to, style)) = &to {
            line = line.space(1).with(to, *style);
        }
        line
    };
    let pending = format!("pending {says}");
    let forms = [
        (word, if state == ProbeState::Pending { pending.as_str() } else { says.as_str() }, took.as_str()),
        (word, says.as_str(), took.as_str()),
        (word, says.as_str(), ""),
        (if says.is_empty() { word } else { "" }, says.as_str(), ""),
    ];
    let mut lines = forms.iter().map(|(word, says, took)| build(word, says, took));
    let fits = lines.find(|line| line.width() <= columns);
    fits.unwrap_or_else(|| build(if says.is_empty() { word } else { "" }, &says, "").cut(columns))
}

fn sparkline(scene: &Scene<'_>, check: &Check, cell: &Cell, columns: usize) -> Strip {
    // One scale for all sides of a check, so that their heights can be compared.
    let newest = |cell: &Cell| {
        cell.history
            .iter()
            .rev()
            .take(columns)
            .filter_map(|point| point.latency)
            .max()
            .unwrap_or(Duration::ZERO)
    };
    let most = check.cells.iter().map(newest).max().unwrap_or(Duration::ZERO);
    spark(cell.history.iter(), most, columns, scene.styles, scene.glyphs)
}

/// What stands at the right of a check: certificate, share of passes, age of the newest reading.
fn facts(scene: &Scene<'_>, check: &Check, cell: &Cell, now: &Stamp) -> Strip {
    let mut line = Strip::new();
    if let Some((_, found)) = best_certificate(check) {
        let (rank, words) = certificate(found, now);
        // What is wrong with it is said in a sentence of its own.
        if rank == 2 {
            line.push(&format!("{words}  "), scene.styles.muted);
        }
    }
    let (all, passed) = cell.counts;
    if all > 0 {
        let style = if passed == all { scene.styles.muted } else { scene.styles.warning };
        line.push(&format!("up {}", percent(passed, all)), style);
    }
    let newest =
        check.cells.iter().filter_map(|cell| cell.last.as_ref()).map(|last| now.since(&last.at)).min();
    match newest {
        Some(age) => line.push(&format!("  {:>4}", text::age(age)), scene.styles.muted),
        None => line.push("no reading yet", scene.styles.unknown),
    }
    line
}

/// A share in percent, rounded away from the ends: 100 % means all, 0 % none.
pub(super) fn percent(part: u64, all: u64) -> String {
    if part == all {
        return "100%".to_owned();
    }
    let tenths = u128::from(part) * 1000 / u128::from(all.max(1));
    let tenths = if part > 0 { tenths.clamp(1, 999) } else { 0 };
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// The certificate that ends first.
pub(in crate::view) fn best_certificate(check: &Check) -> Option<(Option<Side>, &Certificate)> {
    check
        .cells
        .iter()
        .filter_map(|cell| cell.health()?.certificate.as_ref().map(|found| (cell.id.side, found)))
        .min_by_key(|(_, found)| found.not_after)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_share_is_whole_only_if_it_is() {
        assert_eq!(percent(1000, 1000), "100%");
        assert_eq!(percent(99_999, 100_000), "99.9%");
        assert_eq!(percent(1, 100_000), "0.1%");
        assert_eq!(percent(0, 7), "0.0%");
    }
}
