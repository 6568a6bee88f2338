//! A comparison of source and target as a row.

use ratatui::style::Style;

use super::super::widget::Strip;
use super::super::widget::bar::bar;
use super::super::{Scene, words};
use super::row::Place;
use super::{Entry, head, indent};
use crate::clock::Stamp;
use crate::config::ReconcileJob;
use crate::expr::Fact;
use crate::sample::ProbeState;
use crate::sample::reconcile::{End, Found, Verdict};
use crate::state::live::{Probed, Reconcile, Run};
use crate::text;

/// Columns of the bar while it runs.
const BAR: usize = 8;

/// A comparison's lines.
pub(super) fn entry(scene: &Scene<'_>, it: &Reconcile, now: &Stamp, place: &Place) -> Entry {
    let mut row = head(scene, it, place.name);
    if let Some((by, asked)) = it.running() {
        row.append(running(scene, it, by, asked, now));
        let more = it.so_far().map(|found| &found.line).filter(|line| !line.is_empty());
        let last = it.runs.back().map(|run| format!("last: {} {}", verdict(run.verdict()), time(run, now)));
        let more = more.cloned().or(last).map(|line| Strip::of(&line, scene.styles.muted));
        return Entry { row, more: more.map(|line| under(place, line)), urgent: false };
    }
    let mut more = None;
    match it.runs.back() {
        Some(run) => {
            let (_, style) = words::probe_glyph(scene, it.state());
            row.push(&format!("{} {}  ", verdict(run.verdict()), time(run, now)), style);
            row.append(counters(scene, &it.settings, run));
            let misses = run.misses().join("; ");
            let style = if run.verdict() == Verdict::Off { scene.styles.bad } else { scene.styles.warning };
            if !misses.is_empty() {
                more = Some(Strip::of(&misses, style));
            }
        }
        None => {
            let id = it.id();
            let before = scene.state.record.reconciles.iter().rev().find(|run| run.probe == *id);
            let words = match before {
                Some(run) => {
                    let good = if run.is_good() { "ok" } else { "not ok" };
                    let at = words::moment(run.act.at.wall, now);
                    format!("not run since the start; {good} {} by {}", at.trim_start(), run.asked_by)
                }
                None => "not run: r runs it".to_owned(),
            };
            row.push(&words, scene.styles.unknown);
        }
    }
    let urgent = more.is_some();
    Entry { row, more: more.map(|line| under(place, line)), urgent }
}

fn under(place: &Place, line: Strip) -> Strip {
    let mut whole = Strip::new().space(indent(place.name));
    whole.append(line);
    whole
}

/// The time that a run ended.
fn time(run: &Run, now: &Stamp) -> String {
    words::moment(run.at.wall, now).trim_start().to_owned()
}

/// A verdict as a word.
pub(in crate::view) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Off => "off",
        Verdict::Unknown => "cannot be told",
    }
}

/// A run under way.
fn running(scene: &Scene<'_>, it: &Reconcile, by: &str, asked: &Stamp, now: &Stamp) -> Strip {
    let (_, style) = words::probe_glyph(scene, ProbeState::Running);
    let mut line = Strip::of(&format!("runs {}", text::age(now.since(asked))), style).space(2);
    let Some(found) = it.so_far() else {
        return line.with(&format!("asked by {by}"), scene.styles.muted);
    };
    if let Some(progress) = found.progress {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1")]
        let done = (progress.clamp(0.0, 1.0) * 100.0) as usize;
        let (full, rest) = bar(done, 100, BAR, scene.glyphs);
        line = line.with(&full, scene.styles.bar);
        line = line.with(&scene.glyphs.bar_empty.repeat(rest), scene.styles.bar_empty);
        line.push(&format!(" {done:>3}%  "), scene.styles.emphasis);
    }
    for counter in &it.settings.counters {
        if let Some(count) = found.counters.get(&counter.name) {
            line.push(&format!("{} {}  ", counter.name, text::grouped(*count)), scene.styles.text);
        }
    }
    line
}

/// What was counted, in the sidecar's order; what is not as it must be says so.
fn counters(scene: &Scene<'_>, job: &ReconcileJob, run: &Run) -> Strip {
    let mut line = Strip::new();
    for counter in &job.counters {
        let name = &counter.name;
        let harmless = job.harmless.contains(name);
        let count = run.found.counters.get(name);
        let (must, style) = meaning(scene, job, run, name);
        let style = if harmless { scene.styles.muted } else { style };
        let count = count.map_or_else(|| "unknown".to_owned(), |count| text::grouped(*count));
        line.push(&format!("{name} {count}"), style);
        if let Some(must) = must {
            line.push(&format!(" ({must})"), style);
        } else if harmless {
            line.push(" (harmless)", style);
        }
        line = line.space(2);
    }
    line
}

/// What a counter must be, if it is not or cannot be told, and how it looks.
fn meaning(scene: &Scene<'_>, job: &ReconcileJob, run: &Run, name: &str) -> (Option<String>, Style) {
    let styles = scene.styles;
    let unknown = !run.found.counters.contains_key(name);
    let plain = if unknown { styles.unknown } else { styles.text };
    let Some(End::Ran(judged)) = &run.found.end else { return (None, plain) };
    for (expr, judged) in job.expect.iter().zip(judged) {
        let first = matches!(expr.facts().next(), Some(Fact::Counter(of)) if of == name);
        let style = match &judged.found {
            Found::Off(_) => styles.bad,
            Found::Unknown(_) => styles.warning,
            Found::Held => continue,
        };
        if first {
            let wanted = expr.source().trim_start().strip_prefix(name).map(str::trim);
            let must = match wanted {
                Some(wanted) => format!("must be {}", wanted.strip_prefix("==").unwrap_or(wanted).trim()),
                None => expr.source().to_owned(),
            };
            return (Some(must), style);
        }
    }
    (None, plain)
}

/// A comparison in few words, for one line with others.
pub(super) fn short(scene: &Scene<'_>, it: &Reconcile) -> Strip {
    let (glyph, style) = words::probe_glyph(scene, it.state());
    let name = text::clean(&it.settings.name).into_owned();
    let word = match (it.running(), it.runs.back()) {
        (Some(_), _) => "runs",
        (None, Some(run)) => verdict(run.verdict()),
        (None, None) => "not run",
    };
    Strip::of(&format!("{glyph} "), style).with(&format!("{name} "), scene.styles.text).with(word, style)
}
