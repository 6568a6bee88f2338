//! A copy or a comparison, whole: every number, both rates, both forecasts, errors, remarks, history.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::item::entry;
use super::{Scene, Strip, probe, sheet, words};
use crate::clock::Stamp;
use crate::record::CommandEnd;
use crate::sample::copy::{Count, Progress};
use crate::sample::reconcile::{End, Found, Verdict};
use crate::sample::{ProbeId, ProbeState};
use crate::state::live::copy::{lag, rate_words};
use crate::state::live::{By, Copy, FARTHEST, Probed, Reconcile};
use crate::text;
use crate::view::copy;
use crate::view::widget::Sheet;

/// Runs of a comparison shown.
const RUNS: usize = 12;

/// Draws the sheet of a copy; gives the last line it may begin at.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, id: &ProbeId, scroll: usize) -> usize {
    let mut page = sheet(area);
    let (live, now) = scene.shown();
    probe::state(scene, &mut page, id);
    if let Some(copy) = live.copies.iter().find(|copy| copy.id() == id) {
        asks(scene, &mut page, copy, now);
        if let Some(sample) = copy.copy() {
            numbers(scene, &mut page, &sample.progress);
            speed(scene, &mut page, copy, &sample.progress, now);
            said(scene, &mut page, &sample.progress);
        }
        commands(scene, &mut page, copy);
    }
    page.paint(scene, buf, area, Strip::of(&format!("Copy {}", id.name), scene.styles.emphasis), scroll)
}

/// Where it is told, and how long it may be silent.
fn asks(scene: &Scene<'_>, page: &mut Sheet, copy: &Copy, now: &Stamp) {
    let styles = scene.styles;
    page.heading("Source", styles.accent);
    let redactor = scene.state.plan.settings.redactor();
    let source = match scene.state.program(copy.id()) {
        Some(argv) => format!("started here by S: {}", argv.join(" ")),
        None => redactor.redact(&copy.told_by()).into_owned(),
    };
    entry(scene, page, "told by", &source, styles.text);
    if let Some(copy) = copy.copy().filter(|copy| !copy.output.is_empty()) {
        entry(scene, page, "output", &copy.output, styles.text);
    }
    let open = !has_ended(copy);
    if let Some(heard) = copy.heard() {
        let at = words::moment(heard.wall, now);
        let limit = if open { format!("; stale after {}", text::exact(copy.quiet())) } else { String::new() };
        let said = format!("{}, {} ago{limit}", at.trim_start(), text::age(now.since(&heard)));
        entry(scene, page, "heard", &said, styles.text);
    }
    if let Some(moved) = copy.moved().filter(|_| open) {
        let limit = text::exact(copy.settings.stalled_after);
        let said = format!("{} ago; stalled after {limit}", text::age(now.since(&moved)));
        entry(scene, page, "moved", &said, styles.text);
    }
}

/// Everything that is counted.
fn numbers(scene: &Scene<'_>, page: &mut Sheet, progress: &Progress) {
    let styles = scene.styles;
    page.heading("Numbers", styles.accent);
    if let Some(percent) = progress.percent {
        entry(scene, page, "percent", &format!("{percent:.1}, as the tool says it"), styles.text);
    }
    let of = |count: Count, show: &dyn Fn(u64) -> String| {
        let least = if progress.total_is_final { "" } else { "at least " };
        match (count.done, count.total) {
            (Some(done), Some(total)) => Some(format!("{} of {least}{}", show(done), show(total))),
            (Some(done), None) => Some(format!("{}, of how many is not told", show(done))),
            (None, Some(total)) => Some(format!("{least}{} to do", show(total))),
            (None, None) => None,
        }
    };
    let exact = |bytes: u64| format!("{} ({} bytes)", text::size(bytes), text::grouped(bytes));
    if let Some(bytes) = of(progress.bytes, &exact) {
        entry(scene, page, "bytes", &bytes, styles.text);
    }
    let unit = if progress.unit.is_empty() { "objects" } else { progress.unit };
    if let Some(objects) = of(progress.objects, &|count| text::grouped(count)) {
        entry(scene, page, unit, &objects, styles.text);
    }
    let some = [("failed", progress.failed, styles.bad), ("skipped", progress.skipped, styles.text)];
    for (label, count, style) in some {
        if let Some(count) = count {
            let style = if count == 0 { styles.text } else { style };
            entry(scene, page, label, &text::grouped(count), style);
        }
    }
    if progress.restarts > 0 {
        entry(scene, page, "restarts", &progress.restarts.to_string(), styles.warning);
    }
    if let Some(behind) = &progress.lag {
        entry(scene, page, "lag", &lag(behind), styles.text);
    }
}

/// Both rates, all forecasts, whether they fit the window, and the rate over time.
fn speed(scene: &Scene<'_>, page: &mut Sheet, copy: &Copy, progress: &Progress, now: &Stamp) {
    let styles = scene.styles;
    let rate = |rate: Option<f64>| rate.map(|rate| rate_words(copy, rate));
    let whole = rate(copy.pace().whole());
    if has_ended(copy) && whole.is_none() {
        return;
    }
    page.heading("Pace", styles.accent);
    let none = || "not known yet".to_owned();
    if !has_ended(copy) {
        entry(scene, page, "over 10 s", &rate(copy.pace().recent()).unwrap_or_else(none), styles.text);
    }
    entry(scene, page, "over all", &whole.unwrap_or_else(none), styles.text);
    if let Some(own) = rate(progress.rate) {
        entry(scene, page, "tool says", &own, styles.muted);
    }
    if progress.throttled {
        entry(scene, page, "", "it holds itself back: this time counts for no rate", styles.warning);
    }
    let forecasts = copy.forecasts();
    for forecast in &forecasts {
        let by = match forecast.by {
            By::Bytes => "by bytes",
            By::Objects => "by objects",
            By::Percent => "by percent",
            By::Tool => "by the tool",
        };
        let fit = copy::fit(scene, forecast);
        let (words, style) =
            fit.map_or((String::new(), styles.text), |(words, _, style)| (format!(": {words}"), style));
        entry(scene, page, by, &format!("{}{words}", copy::eta(forecast, now, false)), style);
    }
    if let (true, Some(left)) = (forecasts.iter().all(|forecast| forecast.by != By::Tool), progress.left) {
        entry(scene, page, "tool says", &format!("{} left", text::clock(left.min(FARTHEST))), styles.muted);
    }
    if forecasts.is_empty() {
        entry(scene, page, "ETA", why_none(copy, progress), styles.muted);
    }
    rates(scene, page, copy);
}

fn has_ended(copy: &Copy) -> bool {
    use ProbeState::{Died, Finished, FinishedWithErrors};
    matches!(copy.state(), Finished | FinishedWithErrors | Died)
}

/// Why there is no forecast.
fn why_none(copy: &Copy, progress: &Progress) -> &'static str {
    match copy.state() {
        _ if has_ended(copy) => "it has ended",
        ProbeState::Stalled => "none while it stands",
        ProbeState::Stale | ProbeState::Unknown => "none while nothing is heard of it",
        _ if progress.lag.is_some() => "a replica has no end",
        _ if progress.throttled => "none while it is throttled",
        _ if !progress.total_is_final => "none until it is known how much there is",
        _ => "none until a pace is known",
    }
}

/// The sparkline of the rate, and its scale.
fn rates(scene: &Scene<'_>, page: &mut Sheet, copy: &Copy) {
    let columns = page.columns().saturating_sub(16);
    let rates: Vec<f64> = copy.rates.iter().rev().take(columns).map(|(_, rate)| *rate).collect();
    let most = rates.iter().copied().fold(0.0, f64::max);
    if rates.len() < 2 || most <= 0.0 {
        return;
    }
    let glyph = |rate: &f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 7")]
        let height = (rate / most * 7.0).round().clamp(0.0, 7.0) as usize;
        scene.glyphs.spark[height]
    };
    let line: String = rates.iter().rev().map(glyph).collect();
    let mut whole = Strip::of("rate", scene.styles.muted).fit(12);
    whole.append(Strip::of(&line, scene.styles.spark_good));
    page.line(whole);
    let scale = format!("up to {}, a column each ten seconds", rate_words(copy, most));
    page.text(12, &scale, scene.styles.muted);
}

/// What the tool says in words.
fn said(scene: &Scene<'_>, page: &mut Sheet, progress: &Progress) {
    let styles = scene.styles;
    if !progress.at.is_empty() {
        entry(scene, page, "at", &progress.at, styles.text);
    }
    if !progress.errors.is_empty() {
        page.heading("Errors, newest first", styles.accent);
        progress.errors.iter().rev().for_each(|error| page.text(2, error, styles.warning));
    }
    if !progress.remarks.is_empty() {
        page.heading("Remarks", styles.accent);
        progress.remarks.iter().for_each(|remark| page.text(2, remark, styles.text));
    }
}

/// How often it was started from a cockpit, and how that ended.
fn commands(scene: &Scene<'_>, page: &mut Sheet, copy: &Copy) {
    let all = scene.state.record.commands.iter().rev().filter(|command| command.job == copy.settings.name);
    for (number, command) in all.enumerate() {
        if number == 0 {
            page.heading("Started here, newest first", scene.styles.accent);
        }
        let at = words::moment(command.started.at.wall, scene.now);
        let ended = match &command.ended {
            None => "runs".to_owned(),
            Some(CommandEnd { exit: Some(code), act, .. }) => {
                format!("exit code {code} {}", words::moment(act.at.wall, scene.now).trim_start())
            }
            Some(CommandEnd { exit: None, .. }) => "lost: how it ended is not known".to_owned(),
        };
        page.text(2, &format!("{at}  {}  {ended}", command.started.by), scene.styles.text);
    }
}

/// Draws the sheet of a comparison; gives the last line it may begin at.
pub(super) fn comparison(
    scene: &Scene<'_>,
    buf: &mut Buffer,
    area: Rect,
    id: &ProbeId,
    scroll: usize,
) -> usize {
    let mut page = sheet(area);
    let (live, now) = scene.shown();
    if let Some(it) = live.reconciles.iter().find(|it| it.id() == id) {
        newest(scene, &mut page, it, now);
        rules(scene, &mut page, it);
        history(scene, &mut page, id);
    } else {
        page.text(0, "This comparison is no longer in the sidecar.", scene.styles.warning);
    }
    let title = Strip::of(&format!("Comparison {}", id.name), scene.styles.emphasis);
    page.paint(scene, buf, area, title, scroll)
}

/// The run under way, and the last one that ended.
fn newest(scene: &Scene<'_>, page: &mut Sheet, it: &Reconcile, now: &Stamp) {
    let styles = scene.styles;
    if let Some((by, asked)) = it.running() {
        entry(scene, page, "runs", &format!("{}, asked by {by}", text::age(now.since(asked))), styles.accent);
        if let Some(line) = it.so_far().map(|found| &found.line).filter(|line| !line.is_empty()) {
            entry(scene, page, "says", line, styles.text);
        }
    }
    let Some(run) = it.runs.back() else {
        entry(scene, page, "verdict", "not run since the start: r runs it", styles.unknown);
        return;
    };
    let style = match run.verdict() {
        Verdict::Ok => styles.good,
        Verdict::Off => styles.bad,
        Verdict::Unknown => styles.warning,
    };
    let at = words::moment(run.at.wall, now);
    let took = text::short(run.found.took);
    let verdict =
        format!("{} {}, took {took}, asked by {}", copy::verdict(run.verdict()), at.trim_start(), run.by);
    entry(scene, page, "verdict", &verdict, style);
    match &run.found.end {
        Some(End::Ran(judged)) => {
            for judged in judged {
                let (mark, words, style) = match &judged.found {
                    Found::Held => (scene.glyphs.done, String::new(), styles.text),
                    Found::Off(saw) => (scene.glyphs.failed, format!(", saw {saw}"), styles.bad),
                    Found::Unknown(why) => (scene.glyphs.unknown, format!(": {why}"), styles.warning),
                };
                entry(scene, page, "expect", &format!("{mark} {}{words}", judged.expect), style);
            }
        }
        Some(End::Failed(why)) => entry(scene, page, "why", why, styles.warning),
        Some(End::Stopped) => entry(scene, page, "why", "it was stopped", styles.warning),
        None => {}
    }
    if let Some(code) = run.found.exit {
        entry(scene, page, "exit code", &code.to_string(), styles.text);
    }
    page.heading("Counted", styles.accent);
    for counter in &it.settings.counters {
        let count = run.found.counters.get(&counter.name);
        let harmless = if it.settings.harmless.contains(&counter.name) { ", harmless" } else { "" };
        let (words, style) = match count {
            Some(count) => (text::grouped(*count), styles.text),
            None => ("unknown".to_owned(), styles.unknown),
        };
        entry(scene, page, &counter.name, &format!("{words}{harmless}"), style);
    }
    run.found.remarks.iter().for_each(|remark| page.text(2, remark, styles.warning));
    if !run.found.line.is_empty() {
        entry(scene, page, "last line", &run.found.line, styles.muted);
    }
}

/// What the sidecar says of it.
fn rules(scene: &Scene<'_>, page: &mut Sheet, it: &Reconcile) {
    let styles = scene.styles;
    let redactor = scene.state.plan.settings.redactor();
    page.heading("What is asked", styles.accent);
    entry(scene, page, "asks", &redactor.redact(&it.asks()), styles.text);
    entry(scene, page, "time-out", &text::exact(it.settings.timeout), styles.text);
    for (counter, place) in it.places() {
        entry(scene, page, counter, &redactor.redact(&place), styles.muted);
    }
}

/// Earlier runs, as the log has them.
fn history(scene: &Scene<'_>, page: &mut Sheet, id: &ProbeId) {
    let runs = scene.state.record.reconciles.iter().rev().filter(|run| run.probe == *id).take(RUNS);
    for (number, run) in runs.enumerate() {
        if number == 0 {
            page.heading("Runs on record, newest first", scene.styles.accent);
        }
        let at = words::moment(run.act.at.wall, scene.now);
        let counted: Vec<String> =
            run.counters.iter().map(|(name, count)| format!("{name} {}", text::grouped(*count))).collect();
        let (good, style) = match (&run.failed, run.is_good()) {
            (Some(why), _) => (format!("cannot be told: {why}"), scene.styles.warning),
            (None, true) => ("ok".to_owned(), scene.styles.good),
            (None, false) => ("off".to_owned(), scene.styles.bad),
        };
        page.text(2, &format!("{at}  {}  {good}  {}", run.asked_by, counted.join(", ")), style);
    }
}
