//! The run along one axis: phases as planned and as they were, acts, outages, name servers, sign-offs.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::axis::Axis;
use super::{Chart, Drawing, Px, Shape, TITLE, brief, name};
use crate::checklist::PhaseKind;
use crate::record::{ItemState, PhaseSummary};
use crate::report::document::{Rich, outside, own, rich};
use crate::report::model::Report;
use crate::report::when;
use crate::signoff::event::{DecisionKind, OutageKind};
use crate::text;

/// How high a row is.
const ROW: f64 = 26.0;

/// Points where a tick of an act is drawn only once.
const TICK: f64 = 1.5;

const HEADING: &str = "Timeline, planned against actual";

struct Rows<'a> {
    report: &'a Report<'a>,
    axis: &'a Axis,
    shapes: Vec<Shape>,
    told: Vec<Rich<'static>>,
    y: f64,
}

pub(super) fn timeline(report: &Report<'_>, axis: &Axis) -> Chart {
    if axis.is_empty() {
        return Chart::none(
            "timeline",
            HEADING,
            "Nobody acted and nothing happened: there is no time to draw.",
        );
    }
    let mut rows = Rows { report, axis, shapes: Vec::new(), told: Vec::new(), y: axis.top() + 4.0 };
    rows.window();
    report.phases.iter().for_each(|phase| rows.phase(phase));
    rows.outages();
    rows.flips();
    rows.people();
    let height = rows.y + 6.0;
    let mut shapes = axis.shapes(height);
    shapes.append(&mut rows.shapes);
    let words = format!(
        "A bar reaches from the first act on an item of the phase to the last; the outline is the planned duration, \
         drawn from where the phase began. Ticks are acts.{}",
        axis.cuts()
    );
    let drawing = Some(Drawing { height, shapes });
    Chart { id: "timeline", title: HEADING, drawing, words, told: rows.told }
}

fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// Time in which users were not served, or saw the maintenance page.
pub(super) struct Interval {
    class: &'static str,
    span: (DateTime<Utc>, DateTime<Utc>),
    /// What it was, from when to when, how long.
    pub said: String,
}

pub(super) fn intervals(report: &Report<'_>) -> Vec<Interval> {
    let record = report.record;
    let Some(until) = record.told_until() else { return Vec::new() };
    let told = record.control.outages.iter().filter_map(|outage| {
        let (from, to) = outage.span(until)?;
        let (class, what) = match outage.kind {
            OutageKind::Outage => ("outage", "Users not served"),
            OutageKind::Maintenance => ("maintenance", "Maintenance page"),
        };
        let end = if outage.ended.is_some() { utc(to) } else { "an end that was not seen".to_owned() };
        let said = format!("{what}, {} to {end}, {}", utc(from), text::lasting(record.seen(outage, until)));
        Some(Interval { class, span: (from, to), said })
    });
    told.collect()
}

impl Rows<'_> {
    fn name(&mut self, text: &str) {
        self.shapes.push(name(text, self.y + 16.0));
    }

    fn bar(
        &mut self,
        class: &'static str,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        inset: f64,
        title: String,
    ) {
        let (left, right) = (self.axis.x(from), self.axis.x(to));
        let (x, width) = (Px(left), Px((right - left).max(2.0)));
        let (y, height) = (Px(self.y + inset), Px(ROW - 2.0 * inset));
        self.shapes.push(Shape::Box { class, x, y, width, height, title });
    }

    fn mark(&mut self, class: &'static str, at: DateTime<Utc>, title: String) {
        let (x, y) = (self.axis.x(at), self.y + ROW / 2.0);
        let d = format!("M{} {}l5 6l-5 6l-5 -6z", Px(x), Px(y - 6.0));
        self.shapes.push(Shape::Path { class, d, title });
    }

    fn window(&mut self) {
        let Some((start, end)) = self.report.record.window() else { return };
        self.name("Window");
        let title = format!("Window, {} to {}", utc(start), utc(end));
        if self.axis.holds(start) || self.axis.holds(end) || self.axis.x(start) < self.axis.x(end) {
            self.bar("window", (start, end), 8.0, title.clone());
        }
        self.told.push(own(format!("{title}.")).into());
        self.y += ROW;
    }

    fn phase(&mut self, phase: &PhaseSummary) {
        let (Some(began), Some(ended)) = (phase.began, phase.ended.or(phase.began)) else {
            if phase.kind != PhaseKind::Rollback {
                self.told.push(rich![outside(phase.title.clone()), ": nobody acted on it."]);
            }
            return;
        };
        self.name(&phase.title);
        let row = self.report.record.plan.phases.iter().find(|row| row.title == phase.title);
        let planned = row.and_then(|row| row.planned_s.map(|planned| planned.1).or(row.rehearsed_s));
        let planned = planned.map(Duration::from_secs);
        let whole = (began.wall, ended.wall.max(began.wall));
        let class = if phase.kind == PhaseKind::Rollback { "phase back" } else { "phase" };
        let said = format!("{} to {}", utc(whole.0), utc(whole.1));
        self.bar(class, whole, 8.0, format!("{}: {said}", brief(&phase.title, TITLE)));
        let plan = planned.map_or(String::new(), |planned| format!(", planned {}", text::lasting(planned)));
        if let Some(planned) = planned.and_then(|planned| TimeDelta::from_std(planned).ok())
            && let Some(until) = began.wall.checked_add_signed(planned)
        {
            self.bar("planned", (began.wall, until), 3.0, plan.trim_start_matches(", ").to_owned());
        }
        self.told.push(rich![outside(phase.title.clone()), own(format!(": {said}{plan}."))]);
        self.acts(phase);
        self.y += ROW;
    }

    /// Acts on the phase's items; those that fall on one point are one tick.
    fn acts(&mut self, phase: &PhaseSummary) {
        let mut drawn = BTreeSet::new();
        for item in phase.items.iter().filter_map(|&at| self.report.record.items.get(at)) {
            for (state, act) in &item.turns {
                let class = match state {
                    ItemState::Failed => "act failed",
                    ItemState::Open | ItemState::Skipped | ItemState::Deferred => "act odd",
                    _ => "act",
                };
                let x = self.axis.x(act.at.wall);
                if drawn.insert((class, (x / TICK).round().to_bits())) {
                    let (from, to) = (Px(self.y + 5.0), Px(self.y + ROW - 5.0));
                    let clock = act.at.wall.format("%H:%M:%S");
                    let title = format!("{clock}Z {state}: {}", brief(&item.row.text, TITLE));
                    self.shapes.push(Shape::Line { class, x: Px(x), from, to, title });
                }
            }
        }
    }

    fn outages(&mut self) {
        let record = self.report.record;
        if record.control.outages.is_empty() && !record.control.gaps.iter().any(|gap| gap.users) {
            self.told.push(match record.measured_since() {
                Some(_) => "No outage was seen.".into(),
                None => "Outage: not measured.".into(),
            });
            return;
        }
        self.name("Users not served");
        for gap in record.control.gaps.iter().filter(|gap| gap.users) {
            if let (Some(from), Some(to)) = (when::parse(&gap.from), when::parse(&gap.to)) {
                let said = format!("Not observed, {} to {}", utc(from), utc(to));
                self.bar("unseen", (from, to), 5.0, said.clone());
                self.told.push(own(format!("{said}.")).into());
            }
        }
        for Interval { class, span, said } in intervals(self.report) {
            self.bar(class, span, 5.0, said.clone());
            self.told.push(own(format!("{said}.")).into());
        }
        self.y += ROW;
    }

    fn flips(&mut self) {
        let flips = &self.report.record.flips;
        if flips.is_empty() {
            return;
        }
        self.name("Name servers");
        for flip in flips {
            let Some(at) = when::parse(&flip.since) else { continue };
            let class = if flip.to == "new" { "flip new" } else { "flip" };
            let said = format!(": {} to {}, {}.", flip.from, flip.to, utc(at));
            let title = brief(&format!("{}{said}", flip.server), 2 * TITLE);
            self.mark(class, at, title.clone());
            self.told.push(outside(title).into());
        }
        self.y += ROW;
    }

    /// Decisions to go on, rollbacks, sign-offs.
    fn people(&mut self) {
        let record = self.report.record;
        let decided = record.control.decisions.iter();
        let decided = decided.filter(|it| matches!(it.kind, DecisionKind::Go | DecisionKind::NoGo));
        let mut marks: Vec<(&'static str, DateTime<Utc>, String)> = Vec::new();
        for made in decided {
            let class = if made.kind == DecisionKind::Go { "decision" } else { "decision bad" };
            marks.push((class, made.act.at.wall, format!("{}, by {}", made.choice, made.act.by)));
        }
        for rollback in &record.control.rollbacks {
            marks.push(("decision bad", rollback.invoked.act.at.wall, "rollback invoked".to_owned()));
            if let Some(end) = &rollback.stood_down {
                marks.push(("decision", end.act.at.wall, "rollback stood down".to_owned()));
            }
        }
        for signoff in &record.signoffs {
            let what =
                format!("signed off by {}, {}", brief(&signoff.name, TITLE / 2), self.report.hand(signoff));
            marks.push(("signed", signoff.act.at.wall, what));
        }
        if marks.is_empty() {
            return;
        }
        self.name("Decisions, sign-offs");
        for (class, at, what) in marks {
            let said = format!("{}, {}", brief(&what, 2 * TITLE), utc(at));
            self.mark(class, at, said.clone());
            self.told.push(outside(said).into());
        }
        self.y += ROW;
    }
}
