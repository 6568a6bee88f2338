//! A DNS record, whole: who is asked, the chain with every TTL, serials, the proof of the safe time, flips.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::item::entry;
use super::{Scene, Strip, probe, sheet, words};
use crate::clock::Stamp;
use crate::sample::ProbeId;
use crate::sample::dns::{Answer, Link, Server};
use crate::state::live::Record;
use crate::state::live::dns::{Row, shown_as};
use crate::text;
use crate::view::dns;
use crate::view::widget::Sheet;

/// Flips shown for a server.
const FLIPS: usize = 12;

/// Links of a chain that are shown: ninety addresses are no chain.
const LINKS: usize = 16;

/// Draws the sheet; gives the last line it may begin at.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, id: &ProbeId, scroll: usize) -> usize {
    let mut page = sheet(area);
    let (live, now) = scene.shown();
    let title = Strip::of(&format!("DNS {}", text::clean(&id.name)), scene.styles.emphasis);
    let Some(record) = live.records.iter().find(|record| record.settings.id() == id.name) else {
        page.text(0, "This record is no longer in the sidecar.", scene.styles.warning);
        return page.paint(scene, buf, area, title, scroll);
    };
    asks(scene, &mut page, record);
    page.gap();
    for (words, style) in dns::remarks(scene, record, now) {
        page.text(0, &words, style);
    }
    safe(scene, &mut page, record, now);
    for row in &record.rows {
        server(scene, &mut page, record, row, now);
    }
    page.gap();
    probe::state(scene, &mut page, id);
    page.paint(scene, buf, area, title, scroll)
}

/// What the sidecar says of it.
fn asks(scene: &Scene<'_>, page: &mut Sheet, record: &Record) {
    let styles = scene.styles;
    let settings = &record.settings;
    entry(scene, page, "record", &format!("{} {}", record.name(), settings.kind), styles.text);
    if let Some(zone) = &record.zone {
        entry(scene, page, "zone", zone, styles.text);
    }
    let all = |list: &[String]| if list.is_empty() { "not declared".to_owned() } else { list.join(", ") };
    entry(scene, page, "old", &all(&settings.old), styles.old);
    entry(scene, page, "new", &all(&settings.new), styles.new);
    let goal = settings.ttl_goal.map(|goal| format!(", TTL goal {}", text::exact(goal))).unwrap_or_default();
    let every =
        format!("every {}, time-out {}{goal}", text::exact(settings.every), text::exact(settings.timeout));
    entry(scene, page, "asked", &every, styles.text);
}

/// From when on nothing old can be cached, and why.
fn safe(scene: &Scene<'_>, page: &mut Sheet, record: &Record, now: &Stamp) {
    let styles = scene.styles;
    if !record.has_sides() {
        return;
    }
    page.heading("Safe time", styles.accent);
    if let Some((words, style)) = dns::outlook(scene, record, now) {
        page.text(2, &words, style);
    }
    match record.safe() {
        Some(safe) => {
            page.text(2, &format!("at {}", words::whole_moment(safe.at(), now.offset)), styles.emphasis);
            page.text(2, &safe.proof, styles.text);
        }
        None => page.text(
            2,
            "It is the moment at which all authoritative servers answer new, plus the longest old TTL seen there.",
            styles.muted,
        ),
    }
    for (name, server, ttl, ended) in record.old_ttls() {
        let until = ended.map(|at| format!(", until {}", words::moment(at.wall, now))).unwrap_or_default();
        page.text(2, &format!("old TTL {} for {name} from {server}{until}", dns::ttl(ttl)), styles.muted);
    }
}

/// One server: what it says, the whole chain, its flips.
fn server(scene: &Scene<'_>, page: &mut Sheet, record: &Record, row: &Row, now: &Stamp) {
    let styles = scene.styles;
    page.gap();
    let kind = match row.server {
        Server::Authoritative { .. } => "authoritative",
        Server::Resolver(_) => "resolver",
        Server::Host => "getaddrinfo",
    };
    let (glyph, state) = words::probe_glyph(scene, row.state());
    let mut heading =
        Strip::of(&row.server.to_string(), styles.emphasis).with(&format!("  {kind}  "), styles.muted);
    heading.push(&format!("{glyph} {}", row.state()), state);
    page.line(heading.cut(page.columns()));
    let (Some((at, reply)), Some(stance)) = (&row.last, row.stance) else {
        page.text(2, "not asked yet", styles.unknown);
        return;
    };
    let style = dns::stance_style(scene, stance);
    let (stance, said) = (stance.to_string(), shown_as(&record.settings.kind, reply));
    let said = if said == stance { stance } else { format!("{stance}: {said}") };
    entry(scene, page, "  says", &said, style);
    let took = reply.took.map(|took| format!(", in {}", text::short(took))).unwrap_or_default();
    let when = format!("{}, {} ago{took}", words::moment(at.wall, now), text::age(now.since(at)));
    entry(scene, page, "  at", &when, styles.text);
    let claims = if reply.authoritative { "with authority (AA)" } else { "without authority" };
    let serial = reply.serial.map(|serial| format!(", serial {serial}")).unwrap_or_default();
    let lag = record.lag(row).map(|lag| format!(", {lag} behind the newest")).unwrap_or_default();
    if row.server.is_authoritative() {
        let style = if lag.is_empty() && reply.authoritative { styles.text } else { styles.warning };
        entry(scene, page, "  claims", &format!("{claims}{serial}{lag}"), style);
    }
    let aged =
        if matches!(row.server, Server::Resolver(_)) { now.since(at) } else { std::time::Duration::ZERO };
    chain(scene, page, "  chain", reply.answer.chain(), aged);
    if let Answer::Astray { why, .. } = &reply.answer {
        entry(scene, page, "  but", why, styles.bad);
    }
    chain(scene, page, "  AAAA", &reply.aaaa, aged);
    if let Some(remark) = &reply.remark {
        entry(scene, page, "  remark", remark, styles.warning);
    }
    if record.is_serving_stale(row) {
        let words = "serve-stale: no cache that keeps to its TTL would still have this answer";
        entry(scene, page, "  stale", words, styles.warning);
    }
    for (number, flip) in row.flips.iter().rev().take(FLIPS).enumerate() {
        let words = format!(
            "{} {} {} {}  {}",
            words::moment(flip.at.wall, now),
            flip.from,
            scene.glyphs.arrow,
            flip.to,
            flip.saw
        );
        let label = if number == 0 { "  flips" } else { "" };
        entry(scene, page, label, &words, dns::stance_style(scene, flip.to));
    }
}

/// The links of a chain, each with what is left of its TTL.
fn chain(scene: &Scene<'_>, page: &mut Sheet, label: &str, links: &[Link], aged: std::time::Duration) {
    let style: Style = scene.styles.text;
    for (number, Link { owner, kind, data, ttl }) in links.iter().take(LINKS).enumerate() {
        let left = dns::ttl(ttl.saturating_sub(aged));
        let words = format!("{owner} {left} {kind} {data}");
        entry(scene, page, if number == 0 { label } else { "" }, &words, style);
    }
    if links.len() > LINKS {
        let more = text::plural(links.len() - LINKS, "more record", "more records");
        entry(scene, page, "", &more, scene.styles.muted);
    }
}
