//! A health check, whole: what it asks, what must hold, what each side said.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::item::entry;
use super::{Scene, Strip, sheet, words};
use crate::clock::Stamp;
use crate::sample::{Outcome, ProbeState, Side};
use crate::signoff::event::OutageKind;
use crate::state::live::{Cell, Check};
use crate::state::outage::measured;
use crate::text;
use crate::view::health;
use crate::view::widget::Sheet;
use crate::view::widget::spark::{scale, spark};

/// State changes shown for a side.
const CHANGES: usize = 12;

/// Draws the sheet; gives the last line it may begin at.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, name: &str, scroll: usize) -> usize {
    let mut page = sheet(area);
    let (live, now) = scene.shown();
    let title = Strip::of("Health ", scene.styles.emphasis).with(name, scene.styles.emphasis);
    let Some(check) = live.checks.iter().find(|check| check.settings.name == name) else {
        page.text(0, "This check is no longer in the sidecar.", scene.styles.warning);
        return page.paint(scene, buf, area, title, scroll);
    };
    asks(scene, &mut page, check);
    page.gap();
    for remark in health::remarks(scene, check, now) {
        page.text(0, &remark.text, remark.style);
    }
    outages(scene, &mut page, check);
    for cell in &check.cells {
        side(scene, &mut page, check, cell, now);
    }
    page.paint(scene, buf, area, title, scroll)
}

/// What the sidecar says of it.
fn asks(scene: &Scene<'_>, page: &mut Sheet, check: &Check) {
    let styles = scene.styles;
    let settings = &check.settings;
    let target = scene.state.target(check);
    let asks = if target.starts_with("http") { target } else { format!("{} {target}", check.kind()) };
    entry(scene, page, "asks", &asks, styles.text);
    if settings.public {
        entry(scene, page, "public", "yes: users reach this one", styles.text);
    }
    for (label, pin) in [("old pin", &settings.old), ("new pin", &settings.new)] {
        if let Some(pin) = pin {
            let port = pin.port.map(|port| format!(":{port}")).unwrap_or_default();
            entry(scene, page, label, &format!("{}{port}", pin.host), styles.text);
        }
    }
    let schedule = format!(
        "every {}, time-out {}, down after {}, up after {}, stale after {}",
        text::exact(settings.every),
        text::exact(settings.timeout),
        settings.down_after,
        settings.up_after,
        text::exact(settings.stale_limit()),
    );
    entry(scene, page, "asked", &schedule, styles.text);
    let redactor = scene.state.plan.settings.redactor();
    let lists = [
        ("expect", &settings.expect),
        ("old expect", &settings.old_expect),
        ("warn", &settings.warn),
        ("maintenance", &settings.maintenance),
    ];
    for (label, list) in lists {
        let same = label == "old expect" && settings.old_expect == settings.expect;
        if list.is_empty() || same || (label == "old expect" && settings.old.is_none()) {
            continue;
        }
        for (number, expr) in list.iter().enumerate() {
            let source = expr.source();
            let shown = redactor.redact(source);
            if label == "maintenance" {
                entry(scene, page, if number == 0 { label } else { "" }, &shown, styles.text);
                continue;
            }
            let (mark, style) = standing(scene, check, label, source);
            entry(scene, page, if number == 0 { label } else { "" }, &format!("{mark} {shown}"), style);
        }
    }
}

/// Outages that it told of, newest first, and what was done meanwhile.
fn outages(scene: &Scene<'_>, page: &mut Sheet, check: &Check) {
    /// Outages shown.
    const SHOWN: usize = 6;
    let (state, now) = (scene.state, scene.now);
    let record = &state.record;
    let mut first = true;
    for outage in state.outages_of(&check.settings.name).take(SHOWN) {
        let Some((since, _)) = outage.span(now.wall) else { continue };
        let what = if outage.kind == OutageKind::Outage { "not served" } else { "maintenance page" };
        let end = outage.ended.as_ref();
        let exact = outage.resolution_ms.saturating_add(end.map_or(0, |end| end.resolution_ms));
        let seen = measured(record.seen(outage, now.wall), Duration::from_millis(exact));
        let since = words::local(since, now).format("%H:%M:%S");
        let planned = if outage.planned { ", planned" } else { ", not planned" };
        let lasts = if end.is_some() { "" } else { " so far" };
        let items = record.acted_during(outage, now.wall);
        let acted = items.first().and_then(|id| state.item(*id)).map(|item| text::clean(&item.row.text));
        let during = match (acted, items.len()) {
            (None, _) => String::new(),
            (Some(one), 1) => format!("; during “{one}”"),
            (Some(one), more) => format!("; during “{one}” and {} more", more - 1),
        };
        let style = if end.is_some() { scene.styles.text } else { scene.styles.bad };
        let label = if std::mem::take(&mut first) { "outages" } else { "" };
        entry(scene, page, label, &format!("{what} since {since}, {seen}{lasts}{planned}{during}"), style);
    }
}

/// Whether an expectation held in the newest readings, by the sides that missed it.
fn standing(scene: &Scene<'_>, check: &Check, list: &str, source: &str) -> (String, ratatui::style::Style) {
    let missed = check.cells.iter().filter(|cell| {
        let old = cell.id.side == Some(Side::Old);
        let Some(health) = cell.health() else { return false };
        match list {
            "warn" => health.warnings.iter().any(|miss| miss.expected == source),
            "old expect" if !old => false,
            _ => matches!(&health.outcome, Outcome::Fail(miss) if miss.expected == source),
        }
    });
    let sides: Vec<String> =
        missed.map(|cell| cell.id.side.map_or_else(|| "now".to_owned(), |side| side.to_string())).collect();
    // Behind a miss nothing was looked at, and what is stale or unanswered proves nothing.
    let held = check.cells.iter().filter(|cell| list != "old expect" || cell.id.side == Some(Side::Old)).all(
        |cell| {
            let outcome = cell.health().map(|health| &health.outcome);
            let told = matches!(outcome, Some(Outcome::Pass))
                || (list == "warn" && matches!(outcome, Some(Outcome::Fail(_))));
            told && cell.state() != ProbeState::Stale
        },
    );
    if !sides.is_empty() {
        let style = if list == "warn" { scene.styles.warning } else { scene.styles.bad };
        return (format!("{} missed ({})", scene.glyphs.spark_miss, sides.join(", ")), style);
    }
    if held {
        (scene.glyphs.done.to_owned(), scene.styles.text)
    } else {
        (scene.glyphs.unknown.to_owned(), scene.styles.unknown)
    }
}

/// One side: state, newest reading, certificate, counts, history.
fn side(scene: &Scene<'_>, page: &mut Sheet, check: &Check, cell: &Cell, now: &Stamp) {
    let styles = scene.styles;
    let name = cell.id.side.map_or_else(|| "Reading".to_owned(), |side| side.to_string());
    let (glyph, style) = words::probe_glyph(scene, cell.state());
    page.gap();
    let mut heading = Strip::of(&name, words::side_style(scene, cell.id.side)).with("  ", style);
    let state = match cell.state() {
        ProbeState::Pending => {
            let (to, of) = cell.toward(&check.settings);
            format!("{glyph} pending: {} of {of} readings toward {to}", cell.streak)
        }
        state => format!("{glyph} {state}"),
    };
    heading.push(&state, style);
    if let Some(since) = &cell.since() {
        let at = words::local(since.wall, now).format("%H:%M:%S");
        heading.push(&format!(", since {at} ({})", text::clock(now.since(since))), styles.muted);
    }
    page.line(heading.cut(page.columns()));
    let Some(last) = &cell.last else {
        page.text(2, "no reading yet", styles.unknown);
        return;
    };
    let at = words::local(last.at.wall, now).format("%H:%M:%S");
    entry(scene, page, "  saw", &cell.saw(), style);
    entry(scene, page, "  at", &format!("{at}, {} ago", text::age(now.since(&last.at))), styles.text);
    if let Some(found) = cell.health() {
        if let Some(peer) = found.peer {
            let by = found.answered_by.map(|side| format!(", the {side} side")).unwrap_or_default();
            entry(scene, page, "  answered", &format!("{peer}{by}"), styles.text);
        }
        for warning in &found.warnings {
            let text = format!("{}, saw {}", warning.expected, warning.saw);
            entry(scene, page, "  warns", &text, styles.warning);
        }
        if let Some(certificate) = &found.certificate {
            let (rank, days) = health::certificate(certificate, now);
            let style = [styles.bad, styles.warning, styles.text][usize::from(rank.min(2))];
            entry(scene, page, "  cert", days.trim_start_matches("certificate "), style);
            let span = format!(
                "{} to {}",
                certificate.not_before.format("%Y-%m-%d %H:%M:%SZ"),
                certificate.not_after.format("%Y-%m-%d %H:%M:%SZ")
            );
            entry(scene, page, "  valid", &span, styles.text);
            entry(scene, page, "  names", &certificate.names.join(", "), styles.text);
            let own = if certificate.self_signed { " (self-signed)" } else { "" };
            entry(scene, page, "  issuer", &format!("{}{own}", certificate.issuer), styles.text);
            entry(scene, page, "  sha256", &certificate.sha256, styles.muted);
        }
    }
    let (all, passed) = cell.counts;
    let blips = match usize::try_from(cell.blips).unwrap_or(usize::MAX) {
        0 => String::new(),
        blips => format!(", {} without going down", text::plural(blips, "miss", "misses")),
    };
    let counts = format!("{passed} of {all} readings passed{blips}");
    entry(scene, page, "  counts", &counts, styles.text);
    latency(scene, page, cell);
    changes(scene, page, cell, now);
}

/// The sparkline over the whole width, and its scale.
fn latency(scene: &Scene<'_>, page: &mut Sheet, cell: &Cell) {
    let columns = page.columns().saturating_sub(16);
    let shown = || cell.history.iter().rev().take(columns);
    let latencies = || shown().filter_map(|point| point.latency);
    let line = spark(cell.history.iter(), scale(shown()), columns, scene.styles, scene.glyphs);
    let label = Strip::of("  latency", scene.styles.muted).fit(12);
    let mut whole = label;
    whole.append(line);
    page.line(whole);
    if let Some((least, most)) = latencies().min().zip(latencies().max()) {
        let count = cell.history.len().min(columns);
        let text = format!(
            "{} to {} in the last {}; {} is a miss",
            text::short(least),
            text::short(most),
            text::plural(count, "reading", "readings"),
            scene.glyphs.spark_miss,
        );
        page.text(12, &text, scene.styles.muted);
    }
}

/// When it changed between pass and miss, newest first.
fn changes(scene: &Scene<'_>, page: &mut Sheet, cell: &Cell, now: &Stamp) {
    let mut label = "  history";
    let points: Vec<_> = cell.history.iter().collect();
    let turns = points.windows(2).rev().filter(|pair| pair[0].ok != pair[1].ok).take(CHANGES);
    for pair in turns {
        let at = words::local(pair[1].at.wall, now).format("%H:%M:%S");
        let (words, style) =
            if pair[1].ok { ("passed again", scene.styles.good) } else { ("first miss", scene.styles.bad) };
        entry(scene, page, label, &format!("{at} {words}"), style);
        label = "";
    }
}
