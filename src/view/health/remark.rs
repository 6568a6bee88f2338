//! What a check says in words, most urgent first.

use ratatui::style::Style;

use super::{Scene, words};
use crate::clock::Stamp;
use crate::sample::{Certificate, Outcome, ProbeState, Side};
use crate::state::live::{Cell, Check};
use crate::text;

/// Days of a certificate below which its end is a warning, whatever the check's `warn` says.
const DAYS: i64 = 14;

/// One clause about a check.
pub(in crate::view) struct Remark {
    /// 0: something is wrong now; 1: look at it; 2: good to know.
    pub rank: u8,
    /// The clause.
    pub text: String,
    /// Its style.
    pub style: Style,
}

/// All remarks on a check.
pub(in crate::view) fn remarks(scene: &Scene<'_>, check: &Check, now: &Stamp) -> Vec<Remark> {
    let styles = scene.styles;
    let mut all = Vec::new();
    let several = check.cells.len() > 1;
    for cell in &check.cells {
        let label = match cell.id.side {
            Some(side) if several => format!("{side} "),
            _ => String::new(),
        };
        state(scene, check, cell, &label, now, &mut all);
        for warning in cell.health().into_iter().flat_map(|health| &health.warnings) {
            let text = format!("{label}warns: {}, saw {}", warning.expected, warning.saw);
            all.push(Remark { rank: 1, text, style: styles.warning });
        }
    }
    let mut facts = Vec::from_iter(verdict(check));
    facts.extend(check.cells.iter().filter(|cell| cell.public).filter_map(|cell| blips(cell, now)));
    if let Some((side, found)) = super::best_certificate(check) {
        let (rank, text) = certificate(found, now);
        match (rank, side) {
            (2, _) => facts.push(text),
            (rank, side) => {
                let label = side.filter(|_| several).map(|side| format!("{side} ")).unwrap_or_default();
                let style = if rank == 0 { styles.bad } else { styles.warning };
                all.push(Remark { rank, text: format!("{label}{text}"), style });
            }
        }
    }
    if !facts.is_empty() {
        all.push(Remark { rank: 2, text: facts.join(" · "), style: styles.muted });
    }
    all.sort_by_key(|remark| remark.rank);
    all
}

/// Failures that did not last, of what users reach.
fn blips(cell: &Cell, now: &Stamp) -> Option<String> {
    let last = words::local(cell.blipped?.wall, now).format("%H:%M:%S");
    let count = usize::try_from(cell.blips).unwrap_or(usize::MAX);
    Some(format!("{}, last {last}", text::plural(count, "blip", "blips")))
}

/// Why a cell is not simply up.
fn state(scene: &Scene<'_>, check: &Check, cell: &Cell, label: &str, now: &Stamp, all: &mut Vec<Remark>) {
    let state = cell.state();
    let (_, style) = words::probe_glyph(scene, state);
    let span = cell.since().map(|since| format!(" {}", text::clock(now.since(&since)))).unwrap_or_default();
    let why = cell.health().map(|health| match &health.outcome {
        Outcome::Pass | Outcome::Maintenance => String::new(),
        Outcome::Fail(miss) => format!("{}, saw {}", miss.expected, miss.saw),
        Outcome::NoAnswer { why, .. } => why.clone(),
        Outcome::Broken(why) => format!("cannot be asked: {why}"),
    });
    let why = why.filter(|why| !why.is_empty());
    let because = why.map(|why| format!(": {why}")).unwrap_or_default();
    match state {
        ProbeState::Up | ProbeState::Unknown if because.is_empty() => {}
        ProbeState::Up => all.push(Remark { rank: 1, text: format!("{label}{}", &because[2..]), style }),
        ProbeState::Unknown => {
            all.push(Remark { rank: 1, text: format!("{label}unknown{because}"), style });
        }
        ProbeState::Pending => {
            let (to, of) = cell.toward(&check.settings);
            let what = match to {
                ProbeState::Up => "passes",
                ProbeState::Maintenance => "maintenance pages",
                _ => "failures",
            };
            let text = format!("{label}pending, {} of {of} {what}{because}", cell.streak);
            all.push(Remark { rank: 0, text, style });
        }
        // The cell says all that is known: for how long there has been no reading.
        ProbeState::Stale
        | ProbeState::Scanning
        | ProbeState::Running
        | ProbeState::Stalled
        | ProbeState::Finished
        | ProbeState::FinishedWithErrors
        | ProbeState::Died
        | ProbeState::Silent => {}
        ProbeState::Flapping => {
            let (changes, readings) = changes(cell);
            let text = format!("{label}flapping{span}: {changes} changes in {readings} readings");
            all.push(Remark { rank: 0, text, style });
        }
        ProbeState::Maintenance => {
            all.push(Remark { rank: 0, text: format!("{label}maintenance page{span}"), style });
        }
        ProbeState::Down | ProbeState::ExpectedDown => {
            let word = if state == ProbeState::ExpectedDown { "expected down" } else { "down" };
            all.push(Remark { rank: 0, text: format!("{label}{word}{span}{because}"), style });
        }
    }
}

/// Changes between pass and miss in the newest readings, and how many these are.
fn changes(cell: &Cell) -> (usize, usize) {
    /// As many as decide whether a probe flaps.
    const WINDOW: usize = 20;
    let newest: Vec<bool> = cell.history.iter().rev().take(WINDOW).map(|point| point.ok).collect();
    (newest.windows(2).filter(|pair| pair[0] != pair[1]).count(), newest.len())
}

/// Which side the live address answers from, and whether the sides agree.
fn verdict(check: &Check) -> Option<String> {
    let up = |side| {
        let cell = check.side(Some(side)).filter(|cell| cell.state() == ProbeState::Up)?;
        Some(cell.health()?.word.as_str())
    };
    let live = check.side(Some(Side::Live)).filter(|cell| cell.state() != ProbeState::Stale);
    let pinned = check.settings.old.is_some() && check.settings.new.is_some();
    let from = live.and_then(Cell::health).and_then(|health| match health.answered_by {
        Some(side) => Some(format!("live answers from {side}")),
        None if pinned && health.peer.is_some() => Some("live answers from neither side".to_owned()),
        None => None,
    });
    let agree = match (up(Side::Old), up(Side::New)) {
        (Some(old), Some(new)) if old == new => Some("old and new answer alike".to_owned()),
        (Some(old), Some(new)) => Some(format!("old answers {old}, new {new}")),
        _ => None,
    };
    match (from, agree) {
        (Some(from), Some(agree)) => Some(format!("{from}; {agree}")),
        (from, agree) => from.or(agree),
    }
}

/// A certificate's days in words: rank as a remark's.
pub(in crate::view) fn certificate(certificate: &Certificate, now: &Stamp) -> (u8, String) {
    let date = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%d").to_string();
    let left = certificate.not_after - now.wall;
    if left < chrono::TimeDelta::zero() {
        let ago = text::age((-left).to_std().unwrap_or_default());
        return (0, format!("certificate expired {} ({ago} ago)", date(certificate.not_after)));
    }
    if certificate.not_before > now.wall {
        return (0, format!("certificate is valid from {} only", date(certificate.not_before)));
    }
    let days = left.num_days();
    if days < DAYS {
        return (1, format!("certificate ends in {days}d, {}", date(certificate.not_after)));
    }
    (2, format!("certificate {days}d"))
}
