//! Charts as shapes on a drawing, made of the record and of recorded readings; each with its words.
//!
//! Sizes are the units of the drawing, about a pixel each.

mod axis;
mod curves;
mod timeline;

use super::document::Rich;
use super::model::Report;
use super::series::Readings;
use crate::text;

/// How wide every drawing is.
pub(super) const WIDTH: f64 = 960.0;

/// Where the names of rows end and time begins.
const LEFT: f64 = 190.0;

/// Where time ends.
const RIGHT: f64 = 944.0;

/// Letters of a name that fit left of a row.
const NAME: usize = 27;

/// Letters of what stands at a shape.
const TITLE: usize = 80;

/// A drawing and what it says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chart {
    /// Its name in links.
    pub id: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// What shows it; `None` where there is no data, and `words` say why.
    pub drawing: Option<Drawing>,
    /// How to read it, or why there is none.
    pub words: String,
    /// The same without a drawing.
    pub told: Vec<Rich<'static>>,
}

/// Shapes, from back to front.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drawing {
    pub height: f64,
    pub shapes: Vec<Shape>,
}

/// One shape; its class says what it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Box { class: &'static str, x: Px, y: Px, width: Px, height: Px, title: String },
    Line { class: &'static str, x: Px, from: Px, to: Px, title: String },
    Path { class: &'static str, d: String, title: String },
    Text { class: &'static str, x: Px, y: Px, text: String },
}

/// A length, to a tenth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Px(pub f64);

impl std::fmt::Display for Px {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = (self.0 * 10.0).round() / 10.0;
        // Never a minus before a zero.
        write!(f, "{}", if tenths == 0.0 { 0.0 } else { tenths })
    }
}

/// Every chart, drawn or not.
pub(super) fn charts(report: &Report<'_>, readings: &Readings) -> Vec<Chart> {
    let axis = axis::Axis::new(report);
    vec![
        timeline::timeline(report, &axis),
        curves::checks(report, readings, &axis),
        curves::copies(report, readings, &axis),
        curves::name_servers(report, readings, &axis),
        curves::errors_of_logs(report, readings, &axis),
    ]
}

impl Chart {
    /// A chart that cannot be drawn, and why.
    fn none(id: &'static str, title: &'static str, why: impl Into<String>) -> Chart {
        Chart { id, title, drawing: None, words: why.into(), told: Vec::new() }
    }
}

/// Words from outside on one line, no longer than a drawing needs.
fn brief(words: &str, letters: usize) -> String {
    let start: String = words.chars().take(letters * 4).collect();
    text::truncate(&text::clean(&start), letters).into_owned()
}

/// A name at the left of a row.
fn name(text: &str, y: f64) -> Shape {
    Shape::Text { class: "name", x: Px(0.0), y: Px(y), text: brief(text, NAME) }
}
