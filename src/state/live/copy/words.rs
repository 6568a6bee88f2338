//! A copy in words that stand by themselves: for the log, the report, an item's evidence.

use std::fmt::Write as _;

use super::super::Probed as _;
use super::Copy;
use crate::sample::ProbeState;
use crate::sample::copy::{Count, End, Lag, Progress, Source, Stage};
use crate::text;

/// The newest reading in one clause: "finished: 490,112 files, 1.20 TB, 37 failed".
pub(super) fn saw(copy: &Copy) -> String {
    if let Some(why) = copy.broken() {
        return format!("cannot be watched: {why}");
    }
    let Some(sample) = copy.copy() else { return "no reading yet".to_owned() };
    let progress = &sample.progress;
    let far = far(copy, progress);
    let at = |what: &str| if far.is_empty() { what.to_owned() } else { format!("{what}, at {far}") };
    match copy.state {
        ProbeState::Finished => format!("finished: {}", tally(progress)),
        ProbeState::FinishedWithErrors => {
            let why = match (&progress.stage, &sample.source) {
                (Stage::Ended(End::WithErrors(why)), _) => format!(" ({why})"),
                (_, Source::Exited(code @ 1..)) => format!(" (exit code {code})"),
                _ => String::new(),
            };
            format!("finished with errors{why}: {}", tally(progress))
        }
        ProbeState::Died => at(&died(&progress.stage, &sample.source)),
        ProbeState::Stalled => {
            let rest = copy.moved.zip(copy.read()).map(|(moved, at)| text::age(at.since(&moved)));
            at(&format!("no progress for {}", rest.unwrap_or_default()))
        }
        ProbeState::Stale => {
            let silence = copy.heard().zip(copy.read()).map(|(heard, at)| text::age(at.since(&heard)));
            let why = match &sample.source {
                Source::Unreachable(why) => format!(": {why}"),
                _ => String::new(),
            };
            at(&format!("nothing heard for {}{why}", silence.unwrap_or_default()))
        }
        ProbeState::Running | ProbeState::Scanning => {
            let rate = copy.pace().recent().map(|rate| rate_words(copy, rate));
            let mut words = far;
            if progress.throttled {
                words.push_str(", throttled");
            } else if let Some(rate) = rate {
                let _infallible = write!(words, ", {rate}");
            }
            words
        }
        _ => waiting(sample),
    }
}

/// Why nothing is known yet.
fn waiting(sample: &crate::sample::Copy) -> String {
    match &sample.source {
        Source::Unreachable(why) => why.clone(),
        Source::Waiting => {
            sample.progress.remarks.last().cloned().unwrap_or_else(|| "it has not begun".to_owned())
        }
        _ => "it has said nothing yet".to_owned(),
    }
}

fn died(stage: &Stage, source: &Source) -> String {
    match (stage, source) {
        (Stage::Ended(End::Failed(why)), _) => format!("gave up: {why}"),
        (Stage::Ended(End::Cancelled), _) => "stopped by somebody".to_owned(),
        (_, Source::Exited(code)) if *code > 128 => {
            format!("ended by signal {} without saying that it finished", code - 128)
        }
        (_, Source::Exited(code)) => format!("ended with exit code {code} without saying that it finished"),
        _ => "its process is gone: how it ended is not known".to_owned(),
    }
}

/// How far it is: "71%, 412,000 of 580,000 files, 1.20 TB of 1.70 TB, 37 failed".
fn far(copy: &Copy, progress: &Progress) -> String {
    let mut parts = Vec::new();
    if let Some(percent) = copy.percent() {
        parts.push(percent_words(percent, progress));
    }
    parts.extend(
        of(progress.objects, progress, text::grouped).map(|count| format!("{count} {}", unit(progress))),
    );
    parts.extend(of(progress.bytes, progress, text::size));
    parts.extend(progress.lag.as_ref().map(lag));
    parts.extend(left_out(progress));
    parts.join(", ")
}

/// What it counted in the end: "490,112 files, 1.20 TB, 37 failed".
#[must_use]
pub fn tally(progress: &Progress) -> String {
    let mut parts = Vec::new();
    if let Some(done) = progress.objects.done {
        parts.push(format!("{} {}", text::grouped(done), unit(progress)));
    }
    parts.extend(progress.bytes.done.map(text::size));
    parts.extend(left_out(progress));
    if parts.is_empty() { "nothing counted".to_owned() } else { parts.join(", ") }
}

fn left_out(progress: &Progress) -> impl Iterator<Item = String> {
    let some = |count: Option<u64>, word: &'static str| {
        count.filter(|count| *count > 0).map(|count| format!("{} {word}", text::grouped(count)))
    };
    let restarts = (progress.restarts > 0).then(|| {
        let times = usize::try_from(progress.restarts).unwrap_or(usize::MAX);
        text::plural(times, "restart", "restarts")
    });
    [some(progress.failed, "failed"), some(progress.skipped, "skipped"), restarts].into_iter().flatten()
}

fn unit(progress: &Progress) -> &'static str {
    if progress.unit.is_empty() { "objects" } else { progress.unit }
}

/// So many of how many; what may still grow is said to.
fn of(count: Count, progress: &Progress, show: impl Fn(u64) -> String) -> Option<String> {
    let least = if progress.total_is_final { "" } else { "at least " };
    match (count.done, count.total) {
        (Some(done), Some(total)) => Some(format!("{} of {least}{}", show(done), show(total))),
        (Some(done), None) => Some(show(done)),
        _ => None,
    }
}

/// A percentage that never claims more than there is: `71%`, `up to 71%`, `100%+`.
fn percent_words(percent: f64, progress: &Progress) -> String {
    let whole = whole_percent(percent);
    match whole {
        101.. => "100%+".to_owned(),
        _ if progress.total_is_final => format!("{whole}%"),
        _ => format!("up to {whole}%"),
    }
}

/// Whole per cent, rounded down; 101 for all that is more than 100.
#[must_use]
pub fn whole_percent(percent: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 101")]
    let whole = percent.clamp(0.0, 101.0) as u32;
    if percent > 100.0 { 101 } else { whole }
}

/// A rate in its copy's own unit: `1.31 GB/s`, `412 files/s`.
#[must_use]
pub fn rate_words(copy: &Copy, rate: f64) -> String {
    let progress = copy.copy().map(|copy| &copy.progress);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates, and is not negative"
    )]
    let whole = rate.round() as u64;
    match progress {
        Some(progress) if progress.bytes.done.is_none() => {
            if rate < 10.0 {
                format!("{rate:.1} {}/s", unit(progress))
            } else {
                format!("{} {}/s", text::grouped(whole), unit(progress))
            }
        }
        _ => format!("{}/s", text::size(whole)),
    }
}

/// How far a replica is behind.
#[must_use]
pub fn lag(lag: &Lag) -> String {
    let parts: Vec<String> =
        [lag.bytes.map(text::size), lag.time.map(text::short)].into_iter().flatten().collect();
    format!("{} behind", if parts.is_empty() { "unknown".to_owned() } else { parts.join(", ") })
}
