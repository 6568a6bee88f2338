//! Time along a drawing: even where something happened, cut short where for long nothing did.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;

use super::{LEFT, Px, RIGHT, Shape, WIDTH};
use crate::report::model::Report;
use crate::report::when;
use crate::signoff::Actor;
use crate::text;

/// Time without an event that is cut short: more than so many milliseconds, and than this part of what is left.
const PAUSE: (i64, i64) = (30 * 60 * 1000, 8);

/// Most cuts of one axis.
const CUTS: usize = 10;

/// How wide a cut is drawn.
const CUT: f64 = 26.0;

/// How far from each other the times along the axis begin.
const APART: f64 = 76.0;

/// How wide a letter of them is at most.
const LETTER: f64 = 7.0;

/// Steps between two times along the axis, in seconds.
const STEPS: [i64; 16] =
    [1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/// A stretch of time on the drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    from: i64,
    to: i64,
    left: f64,
    right: f64,
    /// Nothing happened in it: it is drawn short.
    cut: bool,
}

/// Where a moment lies on a drawing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    pieces: Vec<Piece>,
    zone: Option<Tz>,
}

impl Axis {
    /// From the first to the last event that charts show.
    pub(super) fn new(report: &Report<'_>) -> Axis {
        Axis::over(moments(report), report.zone)
    }

    fn over(mut moments: Vec<i64>, zone: Option<Tz>) -> Axis {
        moments.sort_unstable();
        moments.dedup();
        let (Some(&first), Some(&last)) = (moments.first(), moments.last()) else {
            return Axis { pieces: Vec::new(), zone };
        };
        let last = last.max(first + 1000);
        let cut = pauses(&moments);
        let mut ends = vec![(first, false)];
        for (at, pair) in moments.windows(2).enumerate() {
            if cut.contains(&at) {
                ends.extend([(pair[0], false), (pair[1], true)]);
            }
        }
        ends.push((last, false));
        let mut spans: Vec<(i64, i64, bool)> =
            ends.windows(2).map(|pair| (pair[0].0, pair[1].0, pair[1].1)).collect();
        spans.retain(|(from, to, _)| from < to);
        let cuts = spans.iter().filter(|span| span.2).count() as f64;
        let whole: i64 = spans.iter().filter(|span| !span.2).map(|(from, to, _)| to - from).sum();
        let scale = (RIGHT - LEFT - cuts * CUT) / (whole.max(1) as f64);
        let mut left = LEFT;
        let pieces = spans.into_iter().map(|(from, to, cut)| {
            let right = left + if cut { CUT } else { (to - from) as f64 * scale };
            let piece = Piece { from, to, left, right, cut };
            left = right;
            piece
        });
        Axis { pieces: pieces.collect(), zone }
    }

    /// There is no time to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Where a moment lies; at an end where it is beyond it.
    pub(super) fn x(&self, at: DateTime<Utc>) -> f64 {
        let at = at.timestamp_millis();
        let Some(piece) = self.pieces.iter().find(|piece| at <= piece.to).or(self.pieces.last()) else {
            return LEFT;
        };
        let share = (at - piece.from) as f64 / ((piece.to - piece.from).max(1) as f64);
        piece.left + share.clamp(0.0, 1.0) * (piece.right - piece.left)
    }

    /// Between which moments it lies.
    pub(super) fn holds(&self, at: DateTime<Utc>) -> bool {
        let at = at.timestamp_millis();
        let first = self.pieces.first().is_some_and(|piece| piece.from <= at);
        first && self.pieces.last().is_some_and(|piece| at <= piece.to)
    }

    /// The axis itself: times at the top, lines down to `bottom`, cuts.
    pub(super) fn shapes(&self, bottom: f64) -> Vec<Shape> {
        let mut shapes = vec![label(0.0, 14.0, "UTC")];
        if let Some(zone) = self.zone {
            shapes.push(label(0.0, 28.0, zone.name()));
        }
        let top = self.top();
        for piece in self.pieces.iter().filter(|piece| piece.cut) {
            let title = format!("{} without an event", text::lasting(span(piece)));
            let (x, width) = (Px(piece.left), Px(piece.right - piece.left));
            let (y, height) = (Px(top), Px(bottom - top));
            shapes.push(Shape::Box { class: "cut", x, y, width, height, title });
        }
        let step = self.step();
        let mut last = Last { end: LEFT - LETTER, day: None };
        for piece in self.pieces.iter().filter(|piece| !piece.cut) {
            let first = piece.from.div_euclid(step) * step;
            let first = if first < piece.from { first.saturating_add(step) } else { first };
            let mut at = first;
            while at <= piece.to {
                self.time(at, Some(bottom), &mut last, &mut shapes);
                at = at.saturating_add(step);
            }
            if first > piece.to {
                self.time(piece.from, None, &mut last, &mut shapes);
            }
        }
        shapes
    }

    /// Where what is drawn below the times may begin.
    pub(super) fn top(&self) -> f64 {
        if self.zone.is_some() { 36.0 } else { 22.0 }
    }

    /// One time along the axis, with a line down to `bottom`, and the day where it is another than the one before.
    fn time(&self, at: i64, bottom: Option<f64>, last: &mut Last, shapes: &mut Vec<Shape>) {
        let Some(at) = DateTime::from_timestamp_millis(at) else { return };
        let x = self.x(at);
        if let Some(bottom) = bottom {
            let (from, to) = (Px(self.top()), Px(bottom));
            shapes.push(Shape::Line { class: "grid", x: Px(x), from, to, title: String::new() });
        }
        let clock = if at.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
        let day = Some(at.date_naive());
        let form = if last.day == day { clock.to_owned() } else { format!("%b %-d {clock}") };
        let words = at.format(&form).to_string();
        let width = words.len() as f64 * LETTER;
        let (class, from) = if x + width > WIDTH { ("label end", x - width) } else { ("label", x) };
        if from < last.end + LETTER {
            return;
        }
        *last = Last { end: from + width, day };
        shapes.push(Shape::Text { class, x: Px(x), y: Px(14.0), text: words });
        if let Some(zone) = self.zone {
            let there = at.with_timezone(&zone).format(clock).to_string();
            shapes.push(Shape::Text { class, x: Px(x), y: Px(28.0), text: there });
        }
    }

    /// Milliseconds between two times along the axis.
    fn step(&self) -> i64 {
        let steps = STEPS.iter().map(|step| step * 1000);
        let scale = self
            .pieces
            .iter()
            .filter(|piece| !piece.cut)
            .map(|piece| (piece.right - piece.left) / ((piece.to - piece.from).max(1) as f64));
        let scale = scale.fold(0.0, f64::max);
        let fits = |step: &i64| *step as f64 * scale >= APART;
        // Of many days every second, fourth and so on.
        let days = (0..20).map(|doubled| (STEPS[STEPS.len() - 1] * 1000) << doubled);
        steps.chain(days).find(fits).unwrap_or(i64::MAX)
    }

    /// How long was cut out, in words; empty if nothing was.
    pub(super) fn cuts(&self) -> String {
        let cut: Vec<String> =
            self.pieces.iter().filter(|piece| piece.cut).map(|piece| text::lasting(span(piece))).collect();
        match cut.len() {
            0 => String::new(),
            1..=4 => format!(" Drawn short, as nothing happened in it: {}.", cut.join(", ")),
            many => format!(" {many} stretches in which nothing happened are drawn short."),
        }
    }
}

/// The time along the axis that was written last.
struct Last {
    end: f64,
    day: Option<NaiveDate>,
}

/// Which of the times between the moments are cut short: the longest first, as long as they outweigh what is left.
fn pauses(moments: &[i64]) -> BTreeSet<usize> {
    let mut gaps: Vec<(i64, usize)> =
        moments.windows(2).enumerate().map(|(at, pair)| (pair[1] - pair[0], at)).collect();
    gaps.sort_unstable_by(|a, b| b.cmp(a));
    let mut left: i64 = gaps.iter().map(|gap| gap.0).sum();
    let mut cut = BTreeSet::new();
    for (gap, at) in gaps.into_iter().take(CUTS) {
        if gap <= PAUSE.0.max(left / PAUSE.1) {
            break;
        }
        left -= gap;
        cut.insert(at);
    }
    cut
}

fn span(piece: &Piece) -> Duration {
    Duration::from_millis((piece.to - piece.from).unsigned_abs())
}

fn label(x: f64, y: f64, text: &str) -> Shape {
    Shape::Text { class: "label", x: Px(x), y: Px(y), text: text.to_owned() }
}

/// When something happened that a chart shows, in milliseconds.
fn moments(report: &Report<'_>) -> Vec<i64> {
    let record = report.record;
    let acts = record.items.iter().flat_map(|item| &item.history).map(|entry| &entry.act);
    let acts = acts.filter(|act| act.by != Actor::RESERVED).map(|act| act.at.wall);
    let signed = record.signoffs.iter().map(|signoff| signoff.act.at.wall);
    let until = record.told_until();
    let outages = record.control.outages.iter();
    let outages = outages.filter_map(|outage| outage.span(until?)).flat_map(|(from, to)| [from, to]);
    let flips = record.flips.iter().filter_map(|flip| when::parse(&flip.since));
    let probes = record.probes.whole().into_iter().filter_map(|change| when::parse(&change.since));
    let sessions = record.sessions.iter().flat_map(|session| {
        [Some(&session.act), session.ended.as_ref().map(|end| &end.act)].into_iter().flatten()
    });
    let sessions = sessions.map(|act| act.at.wall);
    let readings = record.readings.iter().flat_map(|file| [&file.from, &file.to]);
    let readings = readings.filter_map(|at| when::parse(at));
    let all = acts.chain(signed).chain(outages).chain(flips).chain(probes).chain(sessions).chain(readings);
    all.map(|at| at.timestamp_millis()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn x(axis: &Axis, ms: i64) -> f64 {
        axis.x(DateTime::from_timestamp_millis(ms).unwrap())
    }

    #[test]
    fn time_runs_evenly_and_never_back() {
        let axis = Axis::over(vec![0, 10 * MINUTE, 20 * MINUTE], None);
        let near = |at, place: f64| (x(&axis, at) - place).abs() < 1e-6;
        assert!(near(0, LEFT) && near(20 * MINUTE, RIGHT));
        assert!(near(10 * MINUTE, f64::midpoint(LEFT, RIGHT)));
        assert!(near(-MINUTE, LEFT) && near(30 * MINUTE, RIGHT));
        assert!(axis.cuts().is_empty());
    }

    #[test]
    fn a_night_without_an_event_is_cut_short_and_said_to_be() {
        let axis = Axis::over(vec![0, 20 * MINUTE, 620 * MINUTE, 640 * MINUTE], None);
        let night = x(&axis, 620 * MINUTE) - x(&axis, 20 * MINUTE);
        assert!((night - CUT).abs() < 1e-6, "{night}");
        assert_eq!(axis.cuts(), " Drawn short, as nothing happened in it: 10 h.");
        let ordered: Vec<f64> = (0..640).map(|minute| x(&axis, minute * MINUTE)).collect();
        assert!(ordered.is_sorted());
    }

    #[test]
    fn a_quarter_of_an_hour_in_a_month_is_seen() {
        let day = 24 * 60 * MINUTE;
        let axis = Axis::over(vec![0, day, day + 15 * MINUTE, 3 * day, 31 * day, 32 * day], None);
        let seen = x(&axis, day + 15 * MINUTE) - x(&axis, day);
        assert!(seen > 300.0, "{seen}");
        let days = axis
            .shapes(100.0)
            .iter()
            .filter(|it| matches!(it, Shape::Text { text, .. } if text.starts_with("Jan 2 ")))
            .count();
        assert_eq!(days, 1, "the day stands there once");
    }

    #[test]
    fn times_along_it_stand_apart() {
        for last in [1, 90, 3600, 86_400, 40 * 86_400, 4000 * 86_400] {
            let moments = (0..=50).map(|at| at * last * 20).collect();
            let axis = Axis::over(moments, Some(Tz::Europe__Berlin));
            let shapes = axis.shapes(100.0);
            let labels = shapes.iter().filter_map(|shape| match shape {
                Shape::Text { class, x: Px(x), y: Px(14.0), text } if *x > 0.0 => {
                    let width = text.len() as f64 * LETTER;
                    Some(if *class == "label end" { (x - width, *x) } else { (*x, x + width) })
                }
                _ => None,
            });
            let labels: Vec<(f64, f64)> = labels.collect();
            assert!(labels.windows(2).all(|pair| pair[0].1 < pair[1].0), "{last}: {labels:?}");
            assert!(labels.iter().all(|label| label.0 >= LEFT && label.1 <= WIDTH), "{last}: {labels:?}");
            assert!((1..=10).contains(&labels.len()), "{last}: {labels:?}");
        }
        assert!(Axis::over(Vec::new(), None).is_empty());
    }
}
