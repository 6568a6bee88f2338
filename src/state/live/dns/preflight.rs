//! What should be done before the day: a TTL that is lowered late is lowered in vain.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::safe::utc;
use super::{Record, Stance};
use crate::clock::Stamp;
use crate::text;

/// A TTL above this makes a change slow, where the sidecar has no `ttl_goal`.
const GOAL: Duration = Duration::from_hours(1);

/// What is to be done about the TTL before the record changes, in one sentence; nothing once it has begun to.
#[must_use]
pub fn preflight(record: &Record, window: Option<DateTime<Utc>>, now: &Stamp) -> Option<String> {
    let changed = record.asked().any(|row| row.held.is_some_and(|(stance, _)| stance == Stance::New));
    if changed || !record.has_sides() {
        return None;
    }
    let ttl = record.authoritative_ttl()?;
    let goal = record.settings.ttl_goal.unwrap_or(GOAL);
    let span = |ttl: Duration| text::exact(ttl);
    if ttl > goal {
        let seconds = ttl.as_secs();
        let late = window
            .filter(|start| now.wall + delta(ttl) > *start && now.wall < *start)
            .map_or_else(String::new, |_| {
                ": too late for the window's start, lower it now all the same".to_owned()
            });
        return Some(format!(
            "TTL is still {seconds}s; lower it to {} or less at least {} before the change{late}",
            span(goal),
            span(ttl)
        ));
    }
    // Lowered, and caches may still hold what they fetched before.
    let (before, ended) = record
        .old_ttls()
        .filter_map(|(_, _, ttl, ended)| Some((ttl, ended?)))
        .filter(|(before, ended)| *before > goal && now.since(ended) < *before)
        .max_by_key(|(before, ended)| ended.boot + *before)?;
    Some(format!(
        "TTL was lowered from {} at {}; caches may keep the longer one until {}",
        span(before),
        utc(ended.wall),
        utc(ended.wall + delta(before))
    ))
}

fn delta(span: Duration) -> TimeDelta {
    TimeDelta::from_std(span).unwrap_or_default()
}
