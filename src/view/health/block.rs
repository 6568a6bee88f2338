//! The lines of one check, and who gets how many.

use ratatui::style::Style;

use super::{Remark, Scene, Strip, remarks, words};
use crate::clock::Stamp;
use crate::sample::{Certificate, ProbeState, Side};
use crate::state::live::{Cell, Check};
use crate::text;
use crate::view::widget::spark::{scale, spark};

/// Columns of a sparkline at most.
const SPARK: usize = 40;
/// Columns below which a sparkline says nothing.
const LEAST: usize = 5;
/// Columns of a cell's text before its sparkline.
const SINGLE: usize = 22;
/// Columns that a cell's text needs at least before there is room for facts.
const SHORT: usize = 16;
/// Lines of a remark at most.
const MOST: usize = 3;

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
    /// All that must be said, in one line.
    first: Strip,
    /// In place of it: the name alone, and its sides below each other.
    stacked: Vec<Strip>,
    sparks: Option<Strip>,
    remarks: Vec<Wrapped>,
    show: Show,
    indent: usize,
}

/// A remark in lines of the pane's width.
struct Wrapped {
    rank: u8,
    style: Style,
    lines: Vec<String>,
}

/// How much of a block is shown.
#[derive(Clone, Copy, Default)]
struct Show {
    stacked: bool,
    sparks: bool,
    /// Lines of remarks.
    remarks: usize,
}

impl Block {
    pub(super) fn of(scene: &Scene<'_>, check: &Check, now: &Stamp, place: &Place) -> Block {
        let mark = if place.cursor { scene.glyphs.cursor } else { " " };
        let mark = Strip::of(mark, scene.styles.accent).fit(1);
        let mut first = mark.clone();
        first.append(Strip::of(&check.settings.name, scene.styles.emphasis).fit(place.name));
        first = first.space(2);
        let indent = if place.beside { first.width().min(place.width / 3) } else { 3 };
        let columns = place.width.saturating_sub(indent + 1);
        let remarks = remarks(scene, check, now)
            .into_iter()
            .map(|Remark { rank, text, style }| {
                let mut lines = text::wrap(&text::clean(&text), columns);
                lines.truncate(MOST);
                Wrapped { rank, style, lines }
            })
            .collect();
        let room = place.width.saturating_sub(first.width() + 1);
        let (stacked, sparks) = (Vec::new(), None);
        let mut block = Block { first, stacked, sparks, remarks, show: Show::default(), indent };
        if let [cell] = &check.cells[..] {
            block.single(scene, check, cell, now, place.width);
        } else if place.beside {
            block.columns(scene, check, now, room);
        } else {
            block.stack(scene, check, now, (mark, room), place.width);
        }
        block
    }

    /// A check without sides: all on one line.
    fn single(&mut self, scene: &Scene<'_>, check: &Check, cell: &Cell, now: &Stamp, width: usize) {
        let mut line = std::mem::take(&mut self.first);
        let mut tail = facts(scene, check, cell, now);
        let mut room = width.saturating_sub(line.width() + 1);
        if room < tail.width() + SHORT {
            tail = age(scene, check, now);
        }
        room = room.saturating_sub(tail.width() + 2);
        if room >= SINGLE {
            line.append(Strip::of(check.kind(), scene.styles.muted).fit(6));
            room -= 6;
        }
        let text = room.min(SINGLE);
        line.append(cell_line(scene, check, cell, now, text, "").fit(text));
        let columns = room.saturating_sub(text + 2).min(SPARK);
        if columns >= LEAST {
            line = line.space(2);
            line.append(sparkline(scene, check, cell, columns));
        }
        self.first = line.beside(tail, width.saturating_sub(1));
    }

    /// Sides beside each other, their sparklines below.
    fn columns(&mut self, scene: &Scene<'_>, check: &Check, now: &Stamp, room: usize) {
        let count = check.cells.len();
        // The last column says which side answers: it gets a little more.
        let each = room * 10 / (count * 10 + 1);
        let start = self.first.width();
        let mut sparks = Strip::new().space(start);
        let live = check.side(Some(Side::Live)).or(check.cells.last());
        let tail = live.map(|cell| facts(scene, check, cell, now)).unwrap_or_default();
        for (at, cell) in check.cells.iter().enumerate() {
            let last = at + 1 == count;
            let columns = if last { room - each * at } else { each };
            let label = cell.id.side.map(|side| side.to_string()).unwrap_or_default();
            let text = if last { columns } else { columns.saturating_sub(2) };
            self.first.append(cell_line(scene, check, cell, now, text, &label).fit(columns));
            let under =
                if last { columns.saturating_sub(tail.width() + 2) } else { columns.saturating_sub(3) };
            let spark = sparkline(scene, check, cell, under.min(SPARK));
            sparks.append(if last { spark } else { spark.fit(columns) });
        }
        let read = check.cells.iter().any(|cell| cell.last.is_some());
        self.sparks = read.then(|| sparks.beside(tail, start + room));
    }

    /// Sides below each other; all in one short line if there is no room for that.
    fn stack(&mut self, scene: &Scene<'_>, check: &Check, now: &Stamp, head: (Strip, usize), width: usize) {
        let (mut title, room) = head;
        title.push(&check.settings.name, scene.styles.emphasis);
        self.stacked.push(title.beside(age(scene, check, now), width.saturating_sub(1)));
        let short = (room / check.cells.len()).max(1);
        for cell in &check.cells {
            let side = cell.id.side.map(|side| side.to_string()).unwrap_or_default();
            let line = cell_line(scene, check, cell, now, short.saturating_sub(1), &side);
            self.first.append(line.fit(short));
            let share = share(scene, cell);
            let inside = width.saturating_sub(3 + 1);
            let text = SINGLE.min(inside);
            let mut line = cell_line(scene, check, cell, now, text, &format!("{side:<4}")).fit(text);
            let columns = inside.saturating_sub(text + 1 + share.width() + 2).min(SPARK);
            if columns >= LEAST {
                line = line.space(1);
                line.append(sparkline(scene, check, cell, columns));
            }
            let mut row = Strip::new().space(3);
            row.append(if text + share.width() + 2 > inside { line } else { line.beside(share, inside) });
            self.stacked.push(row);
        }
    }

    pub(super) fn lines(self) -> Vec<Strip> {
        let mut lines = if self.show.stacked { self.stacked } else { vec![self.first] };
        lines.extend(self.sparks.filter(|_| self.show.sparks));
        let mut room = self.show.remarks;
        for remark in self.remarks {
            let all = remark.lines.len();
            for (at, mut line) in remark.lines.into_iter().take(room).enumerate() {
                if at + 1 == room && at + 1 < all {
                    line.push_str(" …");
                }
                lines.push(Strip::new().space(self.indent).with(&line, remark.style));
            }
            room = room.saturating_sub(all);
        }
        lines
    }

    /// Lines of remarks up to this rank.
    fn wanted(&self, rank: u8) -> usize {
        self.remarks.iter().filter(|remark| remark.rank <= rank).map(|remark| remark.lines.len()).sum()
    }
}

/// Gives the lines of the page to the checks: one each, then what is wrong, then their sides and sparklines, then the
/// rest; says how many are taken.
pub(super) fn allot(blocks: &mut [Block], page: usize) -> usize {
    let mut spare = page.saturating_sub(blocks.len());
    for rank in 0..=2 {
        for block in blocks.iter_mut() {
            let more = block.wanted(rank).saturating_sub(block.show.remarks).min(spare);
            block.show.remarks += more;
            spare -= more;
        }
        if rank > 0 {
            continue;
        }
        for block in blocks.iter_mut() {
            // The first line becomes the title of the sides.
            let sides = block.stacked.len().saturating_sub(1);
            if sides > 0 && sides <= spare {
                block.show.stacked = true;
                spare -= sides;
            }
            if block.sparks.is_some() && spare > 0 {
                block.show.sparks = true;
                spare -= 1;
            }
        }
    }
    page.saturating_sub(spare)
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
        ProbeState::Unknown if health.is_none() => "no reading".to_owned(),
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
    let long = if state == ProbeState::Pending { pending.as_str() } else { says.as_str() };
    let forms = [
        (word, long, took.as_str()),
        (word, long, ""),
        (if says.is_empty() { word } else { "" }, long, ""),
        (word, says.as_str(), ""),
        (if says.is_empty() { word } else { "" }, says.as_str(), ""),
    ];
    let mut lines = forms.iter().map(|(word, says, took)| build(word, says, took));
    let fits = lines.find(|line| line.width() <= columns);
    fits.unwrap_or_else(|| build(if says.is_empty() { word } else { "" }, &says, "").cut(columns))
}

fn sparkline(scene: &Scene<'_>, check: &Check, cell: &Cell, columns: usize) -> Strip {
    // One scale for all sides of a check, so that their heights can be compared.
    let newest = check.cells.iter().flat_map(|cell| cell.history.iter().rev().take(columns));
    spark(cell.history.iter(), scale(newest), columns, scene.styles, scene.glyphs)
}

/// What stands at the right of a check: share of passes, age of the newest reading.
fn facts(scene: &Scene<'_>, check: &Check, cell: &Cell, now: &Stamp) -> Strip {
    let mut line = share(scene, cell);
    line.append(age(scene, check, now));
    line
}

fn share(scene: &Scene<'_>, cell: &Cell) -> Strip {
    let (all, passed) = cell.counts;
    if all == 0 {
        return Strip::new();
    }
    let style = if passed == all { scene.styles.muted } else { scene.styles.warning };
    Strip::of(&format!("up {:<5}", percent(passed, all)), style)
}

fn age(scene: &Scene<'_>, check: &Check, now: &Stamp) -> Strip {
    let newest =
        check.cells.iter().filter_map(|cell| cell.last.as_ref()).map(|last| now.since(&last.at)).min();
    match newest {
        Some(age) => Strip::of(&format!("{:>5}", text::age(age)), scene.styles.muted),
        // The cells say so.
        None => Strip::new(),
    }
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
