//! What the cockpit knows of a blank about time: offered when it is filled, never filled by itself.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::super::State;
use crate::checklist::{ItemId, PhaseKind};
use crate::clock::{self, Stamp};
use crate::record::control::Outage;
use crate::signoff::event::OutageKind;
use crate::text;

/// What enter alone would fill in, and lines about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::state) struct Offer {
    /// The value.
    pub value: Option<String>,
    /// What it is made of, and whether it is as it should be.
    pub lines: Vec<String>,
}

/// What is known of an item's blank.
pub(in crate::state) fn offer(state: &State, id: ItemId, field: u32, now: &Stamp) -> Offer {
    let Some(item) = state.item(id) else { return Offer::default() };
    let Some(row) = item.row.fields.get(field as usize).filter(|row| !row.secret) else {
        return Offer::default();
    };
    let (label, text) = (row.label.to_lowercase(), item.row.text.to_lowercase());
    let unit = unit(&text, field);
    let ends = |word: &str| label == word || label.ends_with(&format!(" {word}"));
    if label.contains("downtime") || (label.contains("outage") && ends("total")) {
        return downtime(state, unit, now);
    }
    let local = |at: DateTime<Utc>| clock::local(at, state.zoned(now).offset);
    let today = local(now.wall).date_naive();
    let time = |at: DateTime<Utc>| {
        let at = local(at);
        let form = if at.date_naive() == today { "%H:%M" } else { "%Y-%m-%d %H:%M" };
        Some(at.format(form).to_string())
    };
    let begun = || begun(state);
    let value = match label.as_str() {
        _ if ends("date") => Some(local(now.wall).format("%Y-%m-%d").to_string()),
        _ if label.starts_with("timestamp") => Some(local(now.wall).format("%Y-%m-%d %H:%M:%S").to_string()),
        "time" | "time now" => time(now.wall),
        _ if ends("start") || ends("start time") || ends("started at") || ends("began") => {
            begun().and_then(time)
        }
        _ if ends("end") || ends("end time") || ends("ended at") || ends("finished at") => {
            ended(state, now).and_then(time)
        }
        _ if ends("total") || ends("total time") || ends("duration") || ends("total duration") => {
            let span = begun().zip(ended(state, now)).and_then(|(from, to)| (to - from).to_std().ok());
            span.map(|span| amount(span, unit))
        }
        _ => None,
    };
    let lines = value.iter().map(|_| "Known from this run; enter takes it.".to_owned()).collect();
    Offer { value, lines }
}

/// The cutover's beginning: the first act in the window, else the first of all.
fn begun(state: &State) -> Option<DateTime<Utc>> {
    let acts = state.record.items.iter().filter_map(|item| item.first.as_ref()).map(|act| act.at.wall);
    let window = state.plan.settings.window.map(|window| window.start.to_utc()..window.end.to_utc());
    let inside = acts.clone().filter(|at| window.as_ref().is_some_and(|window| window.contains(at))).min();
    inside.or_else(|| acts.min())
}

/// Its end: the last act on a step before the first that waits for another day.
fn ended(state: &State, now: &Stamp) -> Option<DateTime<Utc>> {
    let later =
        |id: ItemId| state.lock(id, now).is_some_and(|(lock, _)| lock.least >= Duration::from_hours(24));
    let items = state.record.items.iter().filter(|item| item.row.kind == PhaseKind::Work && !item.removed);
    let acts = items.take_while(|item| !later(item.row.id)).filter_map(|item| item.act.as_ref());
    acts.max_by_key(|act| act.seq).map(|act| act.at.wall)
}

/// The outages together, against the goal.
fn downtime(state: &State, unit: Option<&str>, now: &Stamp) -> Offer {
    if !state.plan.settings.health.iter().any(|check| check.public) {
        return Offer::default();
    }
    let lasted = |outage: &Outage| match &outage.ended {
        Some(end) => Duration::from_millis(end.lasted_ms),
        None => state.elapsed((&outage.act).into(), now),
    };
    let outages = state.record.control.outages.iter().filter(|outage| outage.kind == OutageKind::Outage);
    let (count, all) = (outages.clone().count(), outages.map(lasted).sum::<Duration>());
    let mut lines =
        vec![format!("{}, {} in all.", text::plural(count, "outage", "outages"), text::clock(all))];
    if let Some(goal) = state.plan.outage_goal() {
        let held = if all <= goal { "held" } else { "MISSED" };
        lines.push(format!("Goal: at most {}: {held}.", text::clock(goal)));
    }
    Offer { value: Some(amount(all, unit)), lines }
}

/// The unit that stands behind a blank.
fn unit(text: &str, field: u32) -> Option<&'static str> {
    let mut rest = text;
    for _ in 0..=field {
        let at = rest.find("___")?;
        rest = rest[at..].trim_start_matches('_');
    }
    let word = rest.trim_start().split(|c: char| !c.is_alphabetic()).next()?;
    match word {
        "minutes" | "minute" | "min" | "mins" => Some("minutes"),
        "hours" | "hour" | "h" | "hrs" => Some("hours"),
        "seconds" | "second" | "sec" | "s" => Some("seconds"),
        _ => None,
    }
}

/// An amount in the unit that is asked for: never less than it was.
fn amount(span: Duration, unit: Option<&str>) -> String {
    let tenths = |of: u64| {
        let all = (span.as_secs() * 10).div_ceil(of);
        if all.is_multiple_of(10) { format!("{}", all / 10) } else { format!("{}.{}", all / 10, all % 10) }
    };
    match unit {
        Some("minutes") => tenths(60),
        Some("hours") => tenths(3600),
        Some("seconds") => span.as_secs().to_string(),
        _ => text::clock(span),
    }
}
