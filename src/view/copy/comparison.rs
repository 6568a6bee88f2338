//! A comparison of source and target as a row.

use ratatui::style::Style;

use super::super::widget::Strip;
use super::super::widget::bar::bar;
use super::super::{Scene, words};
use super::row::Place;
use super::{Entry, head, indent};
use crate::clock::Stamp;
use crate::sample::ProbeState;
use crate::sample::reconcile::Verdict;
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
    let Some(run) = it.runs.back() else {
        row.push(&before(scene, it, now), scene.styles.unknown);
        return Entry { row, more: None, urgent: false };
    };
    let (_, style) = words::probe_glyph(scene, it.state());
    row.push(&format!("{} {}  ", verdict(run.verdict()), time(run, now)), style);
    let room = place.width.saturating_sub(row.width());
    row.append(counters(scene, it, run, room));
    let misses = run.misses().join("; ");
    let style = if run.verdict() == Verdict::Off { scene.styles.bad } else { scene.styles.warning };
    let more = (!misses.is_empty()).then(|| under(place, Strip::of(&misses, style)));
    let urgent = more.is_some();
    Entry { row, more, urgent }
}

/// What the log says of a comparison that has not run since the start.
fn before(scene: &Scene<'_>, it: &Reconcile, now: &Stamp) -> String {
    let last = scene.state.record.reconciles.iter().rev().find(|run| run.probe == *it.id());
    let Some(run) = last else { return "not run: r runs it".to_owned() };
    let good = if run.is_good() { "ok" } else { "not ok" };
    let at = words::moment(run.act.at.wall, now);
    format!("not run since the start; {good} {} by {}", at.trim_start(), run.asked_by)
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

/// What was counted, in the sidecar's order; what is not as it must be says so, and goes first where room is scarce.
fn counters(scene: &Scene<'_>, it: &Reconcile, run: &Run, room: usize) -> Strip {
    let mut names: Vec<&String> = it.settings.counters.iter().map(|counter| &counter.name).collect();
    let whole = listed(scene, it, run, &names);
    if whole.width() <= room + 2 {
        return whole;
    }
    names
        .sort_by_key(|name| (meaning(scene, it, run, name).0.is_none(), it.settings.harmless.contains(name)));
    listed(scene, it, run, &names)
}

fn listed(scene: &Scene<'_>, it: &Reconcile, run: &Run, names: &[&String]) -> Strip {
    let mut line = Strip::new();
    for name in names.iter().copied() {
        let harmless = it.settings.harmless.contains(name);
        let count = run.found.counters.get(name);
        let (must, style) = meaning(scene, it, run, name);
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
fn meaning(scene: &Scene<'_>, it: &Reconcile, run: &Run, name: &str) -> (Option<String>, Style) {
    let styles = scene.styles;
    match run.must(&it.settings, name) {
        Some((must, Verdict::Off)) => (Some(must), styles.bad),
        Some((must, _)) => (Some(must), styles.warning),
        None if !run.found.counters.contains_key(name) => (None, styles.unknown),
        None => (None, styles.text),
    }
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
