//! Which rows the log pane shows: lines from where it stands, and the rules between them.

use std::collections::VecDeque;
use std::time::Duration;

use super::super::widget::Strip;
use super::super::{Scene, words};
use super::line::{self, Columns};
use super::said;
use crate::sample::log::Turn;
use crate::state::live::log::{Mark, Turned};
use crate::state::logs::{Lens, Spot, Want, Way};

/// Rules that stand together at most.
const TOGETHER: usize = 4;

/// One row.
pub(super) struct Row {
    /// Its line; a rule has none.
    pub spot: Option<Spot>,
    /// What it looks like.
    pub strip: Strip,
}

/// The rows that are shown.
pub(super) struct Window {
    pub rows: Vec<Row>,
    /// The first line.
    pub top: Option<Spot>,
    /// How many lines.
    pub lines: usize,
}

/// A moment between lines.
struct Rule<'a> {
    /// Twice the order of the lines that it stands above, or that and one for it to stand below them.
    order: u64,
    what: What<'a>,
}

/// What a rule tells.
enum What<'a> {
    Mark(&'a Mark),
    Turn(&'a str, &'a Turned),
}

/// The rows for so many columns and rows.
pub(super) fn window(scene: &Scene<'_>, lens: &Lens<'_>, width: usize, height: usize) -> Window {
    let look = &scene.state.ui.logs;
    let names = lens.strands.iter().map(|strand| strand.log.settings.name.as_str());
    let painter = Painter {
        scene,
        lens,
        columns: Columns::new(width, names, look.wrap),
        rules: rules(lens),
        width,
        height,
    };
    let rows = match look.cursor {
        Some(cursor) => painter.around(cursor, look.top),
        None => painter.end(),
    };
    let mut spots: Vec<Spot> = rows.iter().filter_map(|row| row.spot).collect();
    spots.dedup();
    Window { rows, top: spots.first().copied(), lines: spots.len() }
}

struct Painter<'a> {
    scene: &'a Scene<'a>,
    lens: &'a Lens<'a>,
    columns: Columns,
    rules: Vec<Rule<'a>>,
    width: usize,
    height: usize,
}

impl Painter<'_> {
    /// The newest lines, and the rules behind them.
    fn end(&self) -> Vec<Row> {
        let last = self.lens.last();
        let behind = self.between(last, None);
        let mut rows =
            last.map(|last| self.up(last, self.height.saturating_sub(behind.len()))).unwrap_or_default();
        rows.extend(behind);
        let over = rows.len().saturating_sub(self.height);
        rows.drain(..over);
        rows
    }

    /// The lines from `top` on; where the cursor has left them by one, they move by one, else it comes to their middle.
    fn around(&self, cursor: Spot, top: Option<Spot>) -> Vec<Row> {
        let shown = |spot: &Spot| {
            let behind = Spot { line: spot.line + 1, ..*spot };
            self.lens.find(Some(behind), Way::Back, Want::Any) == Some(*spot)
        };
        let next = |top: &Spot| *top > cursor && self.lens.before(*top) == Some(cursor);
        let from = match top.filter(shown) {
            Some(top) if top <= cursor => top,
            Some(top) if next(&top) => cursor,
            _ => self.middle(cursor),
        };
        let mut rows = self.down(from);
        if !self.shows(&rows, cursor) {
            let last = rows.iter().rev().find_map(|row| row.spot);
            let near = last.is_some_and(|last| last == cursor || self.lens.after(last) == Some(cursor));
            rows = if near { self.up(cursor, self.height) } else { self.down(self.middle(cursor)) };
        }
        if !self.shows(&rows, cursor) {
            // Long lines above it took the room.
            rows = self.up(cursor, self.height);
        }
        let last = rows.iter().rev().find_map(|row| row.spot);
        match last {
            // There is room left: the lines end before the pane does.
            Some(last) if rows.len() < self.height => self.up(last, self.height),
            _ => rows,
        }
    }

    /// Whether all rows of a line are among these.
    fn shows(&self, rows: &[Row], spot: Spot) -> bool {
        let whole = self.strips(spot).len().min(self.height);
        rows.iter().filter(|row| row.spot == Some(spot)).count() >= whole
    }

    /// The line to begin with for this one to come to the middle.
    fn middle(&self, spot: Spot) -> Spot {
        let above = self.up(spot, self.height / 2 + 1);
        above.iter().find_map(|row| row.spot).unwrap_or(spot)
    }

    /// Rows up to a line.
    fn up(&self, last: Spot, height: usize) -> Vec<Row> {
        let mut rows = VecDeque::new();
        let mut at = Some(last);
        while let Some(spot) = at.filter(|_| rows.len() < height) {
            let before = self.lens.before(spot);
            for row in self.block(spot, before).into_iter().rev() {
                rows.push_front(row);
            }
            at = before;
        }
        rows.drain(..rows.len().saturating_sub(height));
        rows.into()
    }

    /// Rows from a line on.
    fn down(&self, first: Spot) -> Vec<Row> {
        let mut rows = Vec::new();
        let (mut at, mut before) = (Some(first), None);
        while let Some(spot) = at.filter(|_| rows.len() < self.height) {
            // The rule above the first line would push down what stood still.
            let block = if before.is_none() { self.strips(spot) } else { self.block(spot, before) };
            rows.extend(block);
            before = at;
            at = self.lens.after(spot);
        }
        rows.truncate(self.height);
        rows
    }

    /// A line and the rules above it.
    fn block(&self, spot: Spot, before: Option<Spot>) -> Vec<Row> {
        let mut rows = self.between(before, Some(spot));
        rows.extend(self.strips(spot));
        rows
    }

    fn strips(&self, spot: Spot) -> Vec<Row> {
        let Some((strand, line)) = self.lens.line(spot) else { return Vec::new() };
        let strips = line::strips(self.scene, strand, &line, &self.columns, self.height);
        strips.into_iter().map(|strip| Row { spot: Some(spot), strip }).collect()
    }

    /// The rules between two lines.
    fn between(&self, before: Option<Spot>, spot: Option<Spot>) -> Vec<Row> {
        let above = |spot: Spot| self.rules.partition_point(|rule| rule.order <= spot.order * 2);
        let (from, to) = (before.map_or(0, above), spot.map_or(self.rules.len(), above));
        let rules = self.rules.get(from..to).unwrap_or_default();
        let rules = &rules[rules.len().saturating_sub(TOGETHER)..];
        rules.iter().map(|rule| Row { spot: None, strip: self.draw(&rule.what) }).collect()
    }

    /// A rule over the whole width.
    fn draw(&self, what: &What<'_>) -> Strip {
        let (styles, now) = (self.scene.styles, self.scene.shown().1);
        let line = if self.scene.glyphs.ascii { "-" } else { "─" };
        let (at, text, style) = match what {
            What::Mark(mark) => (mark.wall, mark.text.clone(), styles.accent),
            What::Turn(name, turned) => {
                let style = match turned.turn {
                    Turn::Rotated(_) | Turn::Appeared(_) => styles.muted,
                    _ => styles.warning,
                };
                (turned.at.wall, format!("{name}: {}", said::turn(&turned.turn)), style)
            }
        };
        let at = words::moment(at, now);
        let told = format!("{} {text}", at.trim_start());
        let strip = Strip::of(&line.repeat(2), styles.border).space(1).with(&told, style).space(1);
        let rest = self.width.saturating_sub(strip.width());
        strip.with(&line.repeat(rest), styles.border)
    }
}

/// All rules, in order.
fn rules<'a>(lens: &Lens<'a>) -> Vec<Rule<'a>> {
    let order = |boot: Duration| u64::try_from(boot.as_nanos()).unwrap_or(u64::MAX / 4) * 2;
    // A line read in the moment of a mark was there before; what happened to a source, before its lines.
    let marks = lens.strands.first().map(|strand| strand.log.marks.iter());
    let marks =
        marks.into_iter().flatten().map(|mark| Rule { order: order(mark.boot) + 1, what: What::Mark(mark) });
    let turns = lens.strands.iter().flat_map(|strand| {
        let name = strand.log.settings.name.as_str();
        strand.log.turns.iter().map(move |turned| (name, turned))
    });
    let turns =
        turns.map(|(name, turned)| Rule { order: order(turned.at.boot), what: What::Turn(name, turned) });
    let mut rules: Vec<Rule<'_>> = marks.chain(turns).collect();
    rules.sort_by_key(|rule| rule.order);
    rules
}
