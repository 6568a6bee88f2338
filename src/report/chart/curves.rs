//! Figures over time: checks, copies, name servers, errors; outages lie behind them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::axis::Axis;
use super::timeline::intervals;
use super::{Chart, Drawing, Px, Shape, brief, name};
use crate::record::ProbeChange;
use crate::report::document::{Rich, outside, own, rich};
use crate::report::model::Report;
use crate::report::series::{Metric, Readings, Series, Stretch, marks};
use crate::report::when;
use crate::sample::{Kind, ProbeId, ProbeState};
use crate::signoff::event::OutageKind;
use crate::text;

/// How high the curve of one probe is, and how far the next is from it.
const CURVE: f64 = 56.0;
const APART: f64 = 18.0;

/// How high the strip of states is.
const STRIP: f64 = 8.0;

/// Curves of one chart; more are only counted.
const CURVES: usize = 12;

/// A figure, and how its values are written.
type Curve<'a> = (&'a Series, fn(f64) -> String);

/// When a server's answer changed, and whether to the new side.
type Turn<'a> = (DateTime<Utc>, &'a str, bool);

struct Panels<'a> {
    axis: &'a Axis,
    shapes: Vec<Shape>,
    told: Vec<Rich<'static>>,
    y: f64,
}

impl<'a> Panels<'a> {
    fn new(axis: &'a Axis) -> Panels<'a> {
        Panels { axis, shapes: Vec::new(), told: Vec::new(), y: axis.top() + 8.0 }
    }

    /// Outages and where phases began, over the whole height, behind the curves.
    fn end(self, report: &Report<'_>, id: &'static str, title: &'static str, words: String) -> Chart {
        let height = self.y;
        let top = self.axis.top();
        let mut shapes = self.axis.shapes(height);
        let until = report.record.told_until();
        for outage in report.record.control.outages.iter().filter(|it| it.kind == OutageKind::Outage) {
            let Some((from, to)) = until.and_then(|until| outage.span(until)) else { continue };
            let (left, right) = (self.axis.x(from), self.axis.x(to));
            let title = format!("users not served, {}", text::lasting(report.record.seen(outage, to)));
            let (x, width) = (Px(left), Px((right - left).max(1.5)));
            shapes.push(Shape::Box {
                class: "behind",
                x,
                y: Px(top),
                width,
                height: Px(height - top),
                title,
            });
        }
        for phase in &report.phases {
            let Some(began) = phase.began else { continue };
            let title = format!("{} began", brief(&phase.title, super::TITLE));
            let (x, from, to) = (Px(self.axis.x(began.wall)), Px(top), Px(height));
            shapes.push(Shape::Line { class: "mark", x, from, to, title });
        }
        shapes.extend(self.shapes);
        Chart { id, title, drawing: Some(Drawing { height, shapes }), words, told: self.told }
    }

    /// One figure: its greatest and its name at the left, its range as a band, its mean as a line.
    fn curve(&mut self, series: &Series, show: fn(f64) -> String) {
        let Some(whole) = series.whole() else { return };
        let top = if whole.max > 0.0 { whole.max } else { 1.0 };
        self.shapes.push(name(&series.probe.to_string(), self.y + 22.0));
        self.shapes.push(Shape::Text {
            class: "label",
            x: Px(0.0),
            y: Px(self.y + 38.0),
            text: format!("up to {}", show(whole.max)),
        });
        let y = |value: f64| self.y + CURVE * (1.0 - (value / top).clamp(0.0, 1.0));
        let (mut band, mut line) = (String::new(), String::new());
        for run in series.points.chunk_by(|a, b| !series.parted(a.at, b.at)) {
            let mut pen = 'M';
            for point in run {
                // Writing to a string does not fail.
                let _ = write!(line, "{pen}{} {}", Px(self.axis.x(point.at)), Px(y(point.mean)));
                let _ = write!(band, "{pen}{} {}", Px(self.axis.x(point.at)), Px(y(point.max)));
                pen = 'L';
            }
            // A point by itself is seen, too.
            if run.len() == 1 {
                line.push_str("h1");
            }
            for point in run.iter().rev() {
                let _ = write!(band, "L{} {}", Px(self.axis.x(point.at)), Px(y(point.min)));
            }
            band.push('z');
        }
        let title = series.probe.to_string();
        self.shapes.push(Shape::Path { class: "band", d: band, title: String::new() });
        self.shapes.push(Shape::Path { class: "curve", d: line, title });
        let count = text::grouped(whole.n);
        let said =
            format!(": {} on average, {} at most, of {count} readings", show(whole.mean), show(whole.max));
        let none = if series.metric == Metric::Latency { "an answer or a look" } else { "readings" };
        let gaps = match series.parts {
            0 => String::new(),
            n => format!("; {} without {none}", text::plural(n, "stretch", "stretches")),
        };
        self.told.push(rich![outside(series.probe.to_string()), own(format!("{said}{gaps}."))]);
        self.y += CURVE;
    }

    /// How a check stood, as the log tells.
    fn strip(&mut self, report: &Report<'_>, probe: &ProbeId) {
        let changes: Vec<&ProbeChange> = report.record.probes.of(probe).collect();
        let starts: Vec<Option<DateTime<Utc>>> =
            changes.iter().map(|change| when::parse(&change.since)).collect();
        let between = report.record.probes.between_of(probe);
        for (at, change) in changes.iter().enumerate() {
            let next = starts.get(at + 1).copied().flatten().or(report.record.told_until());
            let counted = between.filter(|it| {
                change.act.seq < it.seq && changes.get(at + 1).is_none_or(|next| it.seq < next.act.seq)
            });
            let end = counted.map(|it| it.from.wall).or(next);
            let (Some(from), Some(to)) = (starts[at], end) else { continue };
            // Told apart without colours too.
            let (class, high) = match change.to {
                ProbeState::Up => ("state up", STRIP / 2.0),
                ProbeState::Down | ProbeState::Flapping => ("state down", STRIP),
                _ => ("state other", STRIP / 2.0),
            };
            for (from, to) in report.record.watched(probe, (from, to)) {
                let (left, right) = (self.axis.x(from), self.axis.x(to));
                let (x, width) = (Px(left), Px((right - left).max(1.0)));
                let title = format!("{} from {}", change.to, brief(&change.since, super::TITLE));
                let (y, height) = (Px(self.y + STRIP - high), Px(high));
                self.shapes.push(Shape::Box { class, x, y, width, height, title });
            }
        }
        if let Some(it) = between {
            let (left, right) = (self.axis.x(it.from.wall), self.axis.x(it.to.wall));
            let (x, width) = (Px(left), Px((right - left).max(1.0)));
            let title = format!("{} changes, not drawn one by one", text::grouped(it.changes));
            let (y, height) = (Px(self.y), Px(STRIP));
            self.shapes.push(Shape::Box { class: "state other", x, y, width, height, title });
        }
        let down = changes.iter().filter(|change| change.is_trouble()).count();
        let down = down + between.map_or(0, |it| usize::try_from(it.troubles).unwrap_or(usize::MAX));
        let said = text::plural(down, "change to trouble", "changes to trouble");
        let unseen = match report.record.control.gaps.iter().filter(|gap| gap.probe == *probe).count() {
            0 => String::new(),
            n => format!("; not observed for {}", text::plural(n, "stretch", "stretches")),
        };
        self.told.push(rich![outside(probe.to_string()), own(format!(": {said} in the log{unseen}."))]);
        self.y += STRIP;
    }
}

fn millis(value: f64) -> String {
    if value < 10.0 { format!("{value:.1} ms") } else { format!("{value:.0} ms") }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "no rate is negative or near the limit"
)]
fn bytes(value: f64) -> String {
    format!("{}/s", text::size(value as u64))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "no rate is negative or near the limit"
)]
fn rate(value: f64) -> String {
    if value < 100.0 {
        format!("{value:.1} a second")
    } else {
        format!("{} a second", text::grouped(value.round() as u64))
    }
}

fn errors(value: f64) -> String {
    format!("{value:.1} a minute")
}

pub(super) fn checks(report: &Report<'_>, readings: &Readings, axis: &Axis) -> Chart {
    const TITLE: &str = "Public checks: latency and outage";
    let checks = &report.record.public;
    if checks.is_empty() || axis.is_empty() {
        return Chart::none("latency", TITLE, "Not drawn: the log tells of no check of what users see.");
    }
    let mut panels = Panels::new(axis);
    let mut drawn = false;
    for probe in checks.keys().take(CURVES) {
        let series = readings.of_metric(Metric::Latency).find(|series| series.probe == *probe);
        match series {
            Some(series) => panels.curve(series, millis),
            None => panels.shapes.push(name(&probe.to_string(), panels.y + 8.0)),
        }
        drawn |= series.is_some();
        panels.strip(report, probe);
        panels.y += APART;
    }
    panels.told.extend(intervals(report).into_iter().map(|it| own(format!("{}.", it.said)).into()));
    let latency = if drawn {
        "The line is the mean latency, the band reaches from the least to the greatest.".to_owned()
    } else {
        format!("Latency is not drawn: {}.", readings.why("no latency was recorded"))
    };
    let words = format!(
        "{latency} The strip is the state as the log has it: thin and green up, thick and red down, nothing where nobody watched. Red behind: users were not served. Dotted: a phase began.{}",
        axis.cuts()
    );
    panels.end(report, "latency", TITLE, words)
}

/// The log tells of probes of that kind.
fn watched(report: &Report<'_>, kind: Kind) -> bool {
    report.record.probe_states.keys().any(|probe| probe.kind == kind)
}

pub(super) fn copies(report: &Report<'_>, readings: &Readings, axis: &Axis) -> Chart {
    const TITLE: &str = "Copies: rate";
    let all = readings.of_metric(Metric::Bytes).map(|it| (it, bytes as fn(f64) -> String));
    let all = all.chain(readings.of_metric(Metric::Rate).map(|it| (it, rate as fn(f64) -> String)));
    let has = report.record.outline.copies || watched(report, Kind::Copy);
    let why = if has { readings.why("no copy told how fast it was") } else { "there was no copy".to_owned() };
    curves(report, axis, ("copy-rate", TITLE), all.collect(), &why)
}

pub(super) fn errors_of_logs(report: &Report<'_>, readings: &Readings, axis: &Axis) -> Chart {
    const TITLE: &str = "Logs: errors a minute";
    let all = readings.of_metric(Metric::Errors).map(|it| (it, errors as fn(f64) -> String));
    let has = report.record.outline.logs || watched(report, Kind::Log);
    let why = if has { readings.why("no log was watched") } else { "no log was watched".to_owned() };
    let mut chart = curves(report, axis, ("log-errors", TITLE), all.collect(), &why);
    if chart.drawing.is_some() {
        chart.told.extend(around_marks(report, readings));
    }
    chart
}

/// Of each log, the errors before and after each moment that a phase began.
fn around_marks(report: &Report<'_>, readings: &Readings) -> Vec<Rich<'static>> {
    let marks = marks(report);
    let mut told = Vec::new();
    for (probe, stretches) in &readings.errors {
        for ((at, title), around) in marks.iter().zip(stretches.windows(2)) {
            let (before, after) = (around[0], around[1]);
            if before.errors + after.errors == 0.0 {
                continue;
            }
            let side = |it: Stretch| {
                let watched = text::lasting(Duration::from_secs_f64(it.seconds));
                it.rate().map_or("nobody watched".to_owned(), |rate| {
                    format!("{} in {watched}, {}", it.errors, errors(rate))
                })
            };
            let title = brief(title, super::TITLE);
            let clock = at.format("%Y-%m-%d %H:%M:%SZ");
            let said = format!(
                "{probe}, “{title}” began {clock}: errors before it {}; from it on {}.",
                side(before),
                side(after)
            );
            told.push(outside(said).into());
        }
    }
    told
}

fn curves(
    report: &Report<'_>,
    axis: &Axis,
    (id, title): (&'static str, &'static str),
    all: Vec<Curve<'_>>,
    why: &str,
) -> Chart {
    if all.is_empty() || axis.is_empty() {
        return Chart::none(id, title, format!("Not drawn: {why}."));
    }
    let mut panels = Panels::new(axis);
    let more = all.len().saturating_sub(CURVES);
    for (series, show) in all.into_iter().take(CURVES) {
        panels.curve(series, show);
        panels.y += APART;
    }
    let more = if more > 0 { format!(" {more} more are not drawn.") } else { String::new() };
    let words = format!(
        "The line is the mean, the band reaches from the least to the greatest. Red behind: users were not served. Dotted: a phase began.{}{more}",
        axis.cuts()
    );
    panels.end(report, id, title, words)
}

pub(super) fn name_servers(report: &Report<'_>, readings: &Readings, axis: &Axis) -> Chart {
    const TITLE: &str = "Name servers: share on the new side";
    let mut records: BTreeMap<&ProbeId, Vec<Turn<'_>>> = BTreeMap::new();
    for flip in &report.record.flips {
        let Some(at) = when::parse(&flip.since) else { continue };
        records.entry(&flip.record).or_default().push((at, &flip.server, flip.to == "new"));
    }
    if records.is_empty() || axis.is_empty() {
        return Chart::none("dns-share", TITLE, "Not drawn: no name server changed its answer.");
    }
    let mut panels = Panels::new(axis);
    let until = report.record.told_until();
    for (record, mut flips) in records.into_iter().take(CURVES) {
        flips.sort_by_key(|flip| flip.0);
        let servers: BTreeSet<&str> = flips.iter().map(|flip| flip.1).collect();
        let mut on_new: BTreeSet<&str> = BTreeSet::new();
        let y = |share: f64| Px(panels.y + CURVE * (1.0 - share));
        let mut line = String::new();
        let mut share = 0.0;
        let _ = write!(line, "M{} {}", Px(super::LEFT), y(share));
        for (at, server, new) in flips {
            if new {
                on_new.insert(server);
            } else {
                on_new.remove(server);
            }
            let x = Px(axis.x(at));
            let _ = write!(line, "L{x} {}", y(share));
            share = on_new.len() as f64 / servers.len() as f64;
            let _ = write!(line, "L{x} {}", y(share));
        }
        if let Some(until) = until {
            let _ = write!(line, "L{} {}", Px(axis.x(until)), y(share));
        }
        let (label, all) = (record.to_string(), servers.len());
        panels.shapes.push(name(&label, panels.y + 22.0));
        let text = format!("0 to 100% of {all}");
        panels.shapes.push(Shape::Text { class: "label", x: Px(0.0), y: Px(panels.y + 38.0), text });
        panels.shapes.push(Shape::Path { class: "curve", d: line, title: label.clone() });
        let alike = readings
            .servers
            .get(record)
            .map_or(0, |asked| asked.iter().filter(|server| !servers.contains(server.as_str())).count());
        let alike = match alike {
            0 => String::new(),
            n => format!("; {} more always answered alike", text::plural(n, "server", "servers")),
        };
        let said = format!(": {} of {all} on new at the end{alike}.", on_new.len());
        panels.told.push(rich![outside(label), own(said)]);
        panels.y += CURVE + APART;
    }
    let words = format!(
        "Of the servers whose answer changed in the run, as the log has it; a server that always answered alike is not \
         counted.{}",
        axis.cuts()
    );
    panels.end(report, "dns-share", TITLE, words)
}
