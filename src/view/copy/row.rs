//! A copy as a row.

use ratatui::style::Style;

use super::super::widget::Strip;
use super::super::widget::bar::bar;
use super::super::{Scene, words};
use super::{Entry, eta, eta::brief, fit, head, indent};
use crate::clock::Stamp;
use crate::config::CopySource;
use crate::sample::ProbeState;
use crate::sample::copy::{Count, End, Progress, Source, Stage};
use crate::state::live::copy::{lag, rate_words, whole_percent};
use crate::state::live::{Copy, Probed};
use crate::state::{Access, Pane};
use crate::text;

/// Columns of a bar…
const BAR: usize = 8;
/// …twice as many in a pane of so many.
const WIDE: usize = 100;

/// Where a row stands.
pub(super) struct Place {
    /// Columns.
    pub width: usize,
    /// Columns of the name.
    pub name: usize,
}

/// How much of a row is left out for want of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum Level {
    Whole,
    NoFit,
    ShortEta,
    NoCounts,
    NoBar,
    NoRate,
    NoAge,
}

const LEVELS: [Level; 7] =
    [Level::Whole, Level::NoFit, Level::ShortEta, Level::NoCounts, Level::NoBar, Level::NoRate, Level::NoAge];

/// A copy's lines.
pub(super) fn entry(scene: &Scene<'_>, copy: &Copy, now: &Stamp, place: &Place) -> Entry {
    let head = head(scene, copy, place.name);
    let room = place.width.saturating_sub(head.width());
    let bar = if place.width < WIDE { BAR } else { BAR * 2 };
    let figures = |level| (level, figures(scene, copy, now, level, bar));
    let fits = LEVELS.into_iter().map(figures).find(|(_, (left, right))| {
        let gap = if right.is_empty() { 0 } else { 2 };
        left.width() + gap + right.width() <= room
    });
    let (level, (left, right)) = fits.unwrap_or_else(|| figures(Level::NoAge));
    let mut row = head;
    row.append(left.beside(right, room));
    let more = more(scene, copy, now, level > Level::Whole);
    let more = more.map(|line| {
        let mut whole = Strip::new().space(indent(place.name));
        whole.append(line);
        whole
    });
    let urgent = !matches!(copy.state(), ProbeState::Running | ProbeState::Scanning | ProbeState::Finished);
    Entry { row, more, urgent }
}

/// What stands behind the name, and at the right.
fn figures(scene: &Scene<'_>, copy: &Copy, now: &Stamp, level: Level, bar: usize) -> (Strip, Strip) {
    let state = copy.state();
    let (Some(sample), false) = (copy.copy(), state == ProbeState::Unknown) else {
        let words = if is_to_be_started(copy) { to_start(scene) } else { copy.saw() };
        return (Strip::of(&words, scene.styles.unknown), Strip::new());
    };
    let progress = &sample.progress;
    match state {
        ProbeState::Finished | ProbeState::FinishedWithErrors | ProbeState::Died => {
            (ended(scene, copy, progress, &sample.source, now, level), Strip::new())
        }
        _ => {
            let age = copy.heard().map(|heard| text::age(now.since(&heard)));
            let style = if state == ProbeState::Stale { scene.styles.stale } else { scene.styles.muted };
            let right =
                age.filter(|_| level < Level::NoAge).map(|age| Strip::of(&age, style)).unwrap_or_default();
            (moving(scene, copy, progress, now, level, bar), right)
        }
    }
}

/// How a copy is started from where the keys go: elsewhere `S` means something else.
fn to_start(scene: &Scene<'_>) -> String {
    let pane = Pane::Copy;
    match scene.state.desk.access {
        Access::Watcher(_) => "not started".to_owned(),
        Access::Writer if scene.state.ui.focus == pane => "not started: S starts it".to_owned(),
        Access::Writer => format!("not started: {} then S", pane.number()),
    }
}

/// A copy that has not ended.
fn moving(
    scene: &Scene<'_>,
    copy: &Copy,
    progress: &Progress,
    now: &Stamp,
    level: Level,
    columns: usize,
) -> Strip {
    let styles = scene.styles;
    let mut line = Strip::new();
    if level < Level::NoBar {
        let done = copy.percent().map_or(0, |percent| usize::try_from(whole_percent(percent)).unwrap_or(0));
        let (full, rest) = bar(done.min(100), 100, columns, scene.glyphs);
        line = line
            .with(&full, styles.bar)
            .with(&scene.glyphs.bar_empty.repeat(rest), styles.bar_empty)
            .space(2);
    }
    line.append(Strip::of(&percent(scene, copy, progress), styles.emphasis));
    line = line.space(2);
    let (_, style) = words::probe_glyph(scene, copy.state());
    let since = copy.since().map(|since| format!(" {}", text::age(now.since(&since)))).unwrap_or_default();
    match copy.state() {
        ProbeState::Stalled => line.push(&format!("stalled{since}  "), style),
        ProbeState::Stale => line.push(&format!("stale{since}  "), style),
        ProbeState::Scanning => line.push("scanning  ", style),
        _ if progress.throttled => line.push("throttled  ", styles.warning),
        _ if progress.stage == Stage::Verifying => line.push("verifying  ", style),
        _ => {}
    }
    if level < Level::NoCounts
        && let Some(counts) = counts(progress)
    {
        line.push(&format!("{counts}  "), styles.text);
    }
    if let Some(lag_) = &progress.lag {
        line.push(&format!("{}  ", lag(lag_)), styles.text);
    }
    left_out(scene, progress, &mut line);
    let running = matches!(copy.state(), ProbeState::Running | ProbeState::Scanning);
    if level < Level::NoRate
        && running
        && let Some(rate) = copy.pace().recent()
    {
        line.push(&format!("{}  ", rate_words(copy, rate)), styles.text);
    }
    // A replica has no end.
    if progress.lag.is_none() {
        arrives(scene, copy, now, level, &mut line);
    }
    line
}

/// When it will be done.
fn arrives(scene: &Scene<'_>, copy: &Copy, now: &Stamp, level: Level, line: &mut Strip) {
    let forecasts = copy.forecasts();
    let Some(forecast) = forecasts.first() else {
        line.push("ETA —", scene.styles.muted);
        return;
    };
    if level >= Level::ShortEta {
        let (words, style) = brief(scene, forecast, now);
        line.push(&words, style);
        return;
    }
    let fit = fit(scene, forecast);
    let word = fit.as_ref().map_or("", |(_, word, _)| *word);
    let style =
        fit.as_ref().filter(|(_, word, _)| !word.is_empty()).map_or(scene.styles.text, |(.., style)| *style);
    let word = if level < Level::NoFit { "" } else { word };
    line.push(&format!("ETA {}{word}", eta(forecast, now, false)), style);
    if let (true, Some((words, _, style))) = (level < Level::NoFit, fit) {
        line.push(&format!("  {words}"), style);
    }
}

/// A copy that ended, or died.
fn ended(
    scene: &Scene<'_>,
    copy: &Copy,
    progress: &Progress,
    source: &Source,
    now: &Stamp,
    level: Level,
) -> Strip {
    let styles = scene.styles;
    let (_, style) = words::probe_glyph(scene, copy.state());
    let at = copy.since().map(|since| words::moment(since.wall, now)).unwrap_or_default();
    let word = match copy.state() {
        ProbeState::Finished => "finished",
        ProbeState::FinishedWithErrors => "finished with errors",
        // How it ended nobody told.
        _ if is_gone(&progress.stage, source) => "gone",
        _ => "died",
    };
    let mut line = Strip::of(&format!("{word} {}", at.trim_start()), style).space(2);
    if copy.state() == ProbeState::Died {
        line.push(&format!("{}  ", why_died(&progress.stage, source)), styles.text);
        if level < Level::NoFit {
            line.push(&format!("at {}  ", percent(scene, copy, progress).trim()), styles.text);
        }
    }
    if level < Level::NoCounts {
        if let Some(done) = progress.objects.done {
            let unit = if progress.unit.is_empty() { "objects" } else { progress.unit };
            line.push(&format!("{} {unit}  ", text::grouped(done)), styles.text);
        }
        if let Some(done) = progress.bytes.done {
            line.push(&format!("{}  ", text::size(done)), styles.text);
        }
    }
    left_out(scene, progress, &mut line);
    line
}

fn why_died(stage: &Stage, source: &Source) -> String {
    match (stage, source) {
        (Stage::Ended(End::Cancelled), _) => "stopped".to_owned(),
        (_, Source::Exited(code)) if *code > 128 => format!("by signal {}", code - 128),
        (_, Source::Exited(code)) => format!("exit code {code}"),
        (Stage::Ended(_), _) => "gave up".to_owned(),
        _ => "end unknown".to_owned(),
    }
}

/// One that a key starts, and that nobody has tried to start yet.
fn is_to_be_started(copy: &Copy) -> bool {
    let waits = |copy: &crate::sample::Copy| {
        copy.source == Source::Waiting && copy.run == 0 && copy.progress.remarks.len() < 2
    };
    matches!(copy.settings.source, CopySource::Start(_)) && copy.copy().is_some_and(waits)
}

fn is_gone(stage: &Stage, source: &Source) -> bool {
    *source == Source::Gone && !matches!(stage, Stage::Ended(_))
}

/// What failed and what was left out, where there is any.
fn left_out(scene: &Scene<'_>, progress: &Progress, line: &mut Strip) {
    for (count, word, style) in
        [(progress.failed, "failed", scene.styles.bad), (progress.skipped, "skipped", scene.styles.muted)]
    {
        if let Some(count) = count.filter(|count| *count > 0) {
            line.push(&format!("{} {word}  ", text::grouped(count)), style);
        }
    }
}

/// The percentage in four columns; the sign before it says that more may be found.
fn percent(scene: &Scene<'_>, copy: &Copy, progress: &Progress) -> String {
    let Some(percent) = copy.percent() else { return "  — ".to_owned() };
    let most = if scene.glyphs.ascii { "<" } else { "≤" };
    match whole_percent(percent) {
        101.. => "100%+".to_owned(),
        whole if progress.total_is_final => format!("{whole:>3}%"),
        whole => format!("{:>4}", format!("{most}{whole}%")),
    }
}

/// So many of how many: objects where they are told, else bytes.
fn counts(progress: &Progress) -> Option<String> {
    let unit = if progress.unit.is_empty() { "" } else { " " };
    let least = if progress.total_is_final { "" } else { "≥" };
    let of = |count: Count, show: &dyn Fn(u64) -> String| match (count.done, count.total) {
        (Some(done), Some(total)) => Some(format!("{} of {least}{}", show(done), show(total))),
        (Some(done), None) => Some(show(done)),
        _ => None,
    };
    let objects = of(progress.objects, &compact).map(|count| format!("{count}{unit}{}", progress.unit));
    objects.or_else(|| of(progress.bytes, &text::size))
}

/// A count in few columns, never more than it is: `9,812`, `412k`, `1.23M`.
fn compact(count: u64) -> String {
    match count {
        0..10_000 => text::grouped(count),
        10_000..1_000_000 => format!("{}k", count / 1000),
        1_000_000..1_000_000_000 => format!("{}.{:02}M", count / 1_000_000, count / 10_000 % 100),
        _ => format!("{}.{:02}G", count / 1_000_000_000, count / 10_000_000 % 100),
    }
}

/// What else there is to say of it; whether it fits the window, if the row has no room to.
fn more(scene: &Scene<'_>, copy: &Copy, now: &Stamp, fits: bool) -> Option<Strip> {
    let styles = scene.styles;
    let sample = copy.copy()?;
    let progress = &sample.progress;
    let mut line = Strip::new();
    let mut say = |words: &str, style: Style| {
        if !line.is_empty() {
            line.push(" · ", styles.muted);
        }
        line.push(words, style);
    };
    let forecasts = copy.forecasts();
    if let Some((words, _, style)) = forecasts.first().filter(|_| fits).and_then(|it| fit(scene, it)) {
        say(&words, style);
    }
    let error = progress.errors.last();
    match (&progress.stage, copy.state()) {
        (_, ProbeState::Stalled) => {
            let at = copy.moved().map(|moved| words::moment(moved.wall, now));
            say(&format!("no progress since {}", at.unwrap_or_default().trim_start()), styles.warning);
        }
        (Stage::Ended(End::Failed(why) | End::WithErrors(why)), _) if Some(why) != error => {
            say(why, styles.warning);
        }
        _ => {}
    }
    if let Source::Unreachable(why) = &sample.source {
        say(why, styles.warning);
    }
    if progress.restarts > 0 {
        let times = usize::try_from(progress.restarts).unwrap_or(usize::MAX);
        say(&text::plural(times, "restart", "restarts"), styles.warning);
    }
    if let Some(error) = error {
        say(&format!("last error: {error}"), styles.warning);
    }
    let ended = matches!(progress.stage, Stage::Ended(_));
    if !progress.at.is_empty() && !ended {
        say(&format!("at {}", progress.at), styles.muted);
    }
    if let Some(remark) = progress.remarks.last().filter(|_| copy.state() != ProbeState::Unknown) {
        say(remark, styles.muted);
    }
    (!line.is_empty()).then_some(line)
}

/// A copy in few words, for one line with others.
pub(super) fn short(scene: &Scene<'_>, copy: &Copy, now: &Stamp) -> Strip {
    let (glyph, style) = words::probe_glyph(scene, copy.state());
    let name = text::clean(&copy.settings.name).into_owned();
    let mut line = Strip::of(&format!("{glyph} "), style).with(&name, scene.styles.text);
    let progress = copy.copy().map(|copy| &copy.progress);
    let since = || copy.since().map(|since| text::age(now.since(&since))).unwrap_or_default();
    let word = match copy.state() {
        ProbeState::Stalled => format!(" stalled {}", since()),
        ProbeState::Stale => format!(" stale {}", since()),
        ProbeState::FinishedWithErrors => " finished with errors".to_owned(),
        ProbeState::Running => String::new(),
        ProbeState::Unknown if progress.is_none() => " no reading yet".to_owned(),
        state => format!(" {state}"),
    };
    line.push(&word, style);
    let open = matches!(
        copy.state(),
        ProbeState::Running | ProbeState::Scanning | ProbeState::Stalled | ProbeState::Stale
    );
    if let (true, Some(progress)) = (open, progress) {
        line.push(&format!(" {}", percent(scene, copy, progress).trim()), scene.styles.text);
    }
    if let Some(forecast) = copy.forecasts().first() {
        let (words, style) = brief(scene, forecast, now);
        line.push(&format!(" {words}"), style);
    }
    if let Some(failed) = progress.and_then(|progress| progress.failed).filter(|failed| *failed > 0) {
        line.push(&format!(" {} failed", text::grouped(failed)), scene.styles.bad);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::compact;

    #[test]
    fn counts_in_few_columns_are_never_more_than_they_are() {
        for (count, shown) in [
            (0, "0"),
            (9_999, "9,999"),
            (10_999, "10k"),
            (999_999, "999k"),
            (1_239_999, "1.23M"),
            (12_000_000_000, "12.00G"),
        ] {
            assert_eq!(compact(count), shown);
        }
    }
}
