//! Moments in UTC, with the clock of a chosen zone beside it.

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;

use crate::clock;
use crate::signoff::At;

/// A moment in UTC, and on the clock of the zone, or else of the host that wrote the line.
pub(super) fn full(at: At, zone: Option<Tz>) -> String {
    let utc = utc(at);
    local(at, zone).map_or_else(|| utc.clone(), |local| format!("{utc} ({local})"))
}

/// A moment in UTC, to the millisecond.
pub(super) fn utc(at: At) -> String {
    at.wall.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The clock of the zone, or else of the host that wrote the line; `None` where that is UTC.
pub(super) fn local(at: At, zone: Option<Tz>) -> Option<String> {
    if let Some(zone) = zone {
        return in_zone(at.wall, zone);
    }
    let local = clock::local(at.wall, at.offset);
    (at.offset != 0).then(|| format!("{} {}", local.format("%H:%M:%S"), at.zone()))
}

/// What stands beside a moment that an event has, RFC 3339; `None` without a zone.
pub(super) fn beside(text: &str, zone: Option<Tz>) -> Option<String> {
    in_zone(parse(text)?, zone?)
}

/// A moment as events have it.
pub(super) fn parse(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}

/// The clock of a zone, with the day only where it is another than in UTC; `None` where the zone is UTC.
pub(super) fn in_zone(at: DateTime<Utc>, zone: Tz) -> Option<String> {
    if zone == Tz::UTC {
        return None;
    }
    let there = at.with_timezone(&zone);
    let day = if there.date_naive() == at.date_naive() { "%H:%M:%S %Z" } else { "%Y-%m-%d %H:%M:%S %Z" };
    Some(there.format(day).to_string())
}
