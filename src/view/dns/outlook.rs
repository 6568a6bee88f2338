//! What comes next for a record, and what must be known of it, in words.

use chrono::{DateTime, Utc};
use ratatui::style::Style;

use super::block::is_host;
use crate::clock::Stamp;
use crate::sample::ProbeState;
use crate::sample::dns::Server;
use crate::state::live::dns::{Stance, preflight};
use crate::state::live::{Probed, Record};
use crate::text;
use crate::view::widget::Strip;
use crate::view::{Scene, words};

/// How many servers answer new.
pub(in crate::view) fn share(scene: &Scene<'_>, record: &Record) -> Strip {
    let (new, all) = record.share();
    let style = match new {
        0 => scene.styles.text,
        _ if new == all => scene.styles.new,
        _ => scene.styles.emphasis,
    };
    Strip::of(&format!("{new} of {all} on {}", record.target()), style)
}

/// The one thing to know about a record now.
pub(in crate::view) fn outlook(scene: &Scene<'_>, record: &Record, now: &Stamp) -> Option<(String, Style)> {
    let styles = scene.styles;
    if let Some(why) = &record.broken {
        return Some((why.clone(), styles.bad));
    }
    if record.rows.iter().all(|row| row.last.is_none()) {
        return Some(("no reading yet".to_owned(), styles.unknown));
    }
    if !record.has_sides() {
        return None;
    }
    let stale: Vec<String> =
        record.asked().filter(|row| record.is_serving_stale(row)).map(|row| row.server.to_string()).collect();
    match stale.as_slice() {
        [] => {}
        [one] => return Some((format!("{one} serves a stale answer"), styles.warning)),
        several => return Some((format!("{} servers serve stale answers", several.len()), styles.warning)),
    }
    if record.all_new().is_none() {
        let all = record.authoritative().count();
        let new = record
            .authoritative()
            .filter(|row| row.held.is_some_and(|(stance, _)| stance == record.target()));
        return match new.count() {
            0 => None,
            new => Some((format!("{new} of {all} authoritative on {}", record.target()), styles.warning)),
        };
    }
    let (new, all) = record.share();
    if let (true, Some(left)) = (new < all, record.old_left(now)) {
        return Some((format!("last old answer gone in {}", text::clock(left)), styles.warning));
    }
    if let Some(safe) = record.safe() {
        let at = words::moment(safe.at(), now);
        return Some(match safe.left(now) {
            Some(left) => (format!("safe in {} (at {at})", text::clock(left)), styles.warning),
            None => (format!("safe since {at}"), styles.good),
        });
    }
    // What an earlier session of this run proved stays proven, until the migration goes the other way.
    let known = scene.state.record.safe_time(record.id());
    Some(match known {
        Some(known) => match known.safe.parse::<DateTime<Utc>>() {
            Ok(at) if at <= now.wall => {
                (format!("safe since {}", words::moment(at, now).trim()), styles.good)
            }
            _ => (format!("safe from {} on", text::clean(&known.safe)), styles.text),
        },
        None => ("safe time unknown: no old TTL was seen".to_owned(), styles.unknown),
    })
}

/// What is to be seen to, a line each.
pub(in crate::view) fn remarks(scene: &Scene<'_>, record: &Record, now: &Stamp) -> Vec<(String, Style)> {
    let styles = scene.styles;
    let mut remarks: Vec<(String, Style)> = Vec::new();
    let window = scene.state.plan.settings.window.as_ref().map(|window| window.start.to_utc());
    if let Some(words) = preflight(record, window, now) {
        remarks.push((words, styles.warning));
    }
    // Where the sidecar declares the name's AAAA too, that record's own lines tell of its addresses.
    let name = &record.settings.record;
    let declared = scene.state.plan.settings.dns.iter();
    let declared = declared.filter(|it| it.kind == "AAAA").any(|it| it.record.eq_ignore_ascii_case(name));
    for leftover in record.leftovers().into_iter().filter(|_| !declared) {
        let address = text::clean(&leftover.address).into_owned();
        let words = match (leftover.left, leftover.old) {
            (true, true) => {
                format!("AAAA {address} is left over: it leads to the old side, and IPv6 goes first")
            }
            (true, false) => format!("AAAA {address} is left over: nobody declared it, and IPv6 goes first"),
            (false, true) => format!("AAAA {address} is on the old side: it must move too"),
            (false, false) => {
                format!("AAAA {address} stands beside it and is not declared: does it move too?")
            }
        };
        remarks.push((words, if leftover.left { styles.bad } else { styles.warning }));
    }
    let host = record.rows.iter().find(|row| is_host(&row.server)).and_then(|row| row.stance);
    let (new, all) = record.share();
    let gone = if record.target() == Stance::New { Stance::Old } else { Stance::New };
    if host == Some(gone) && all > 0 && new == all {
        let words = format!("this host still sees {gone}: /etc/hosts or a cache of its own");
        remarks.push((words, styles.warning));
    }
    remarks.extend(record.missing.iter().map(|why| (text::clean(why).into_owned(), styles.warning)));
    let stale = record.rows.iter().filter(|row| row.state() == ProbeState::Stale);
    let silent = stale.filter(|row| matches!(row.server, Server::Authoritative { .. })).count();
    if silent > 0 && record.all_new().is_none() && new > 0 {
        let words = format!(
            "the safe time waits for {}",
            text::plural(
                silent,
                "authoritative server that is not heard of",
                "authoritative servers that are not heard of"
            )
        );
        remarks.push((words, styles.warning));
    }
    remarks
}
