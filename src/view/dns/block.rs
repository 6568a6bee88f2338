//! One record: a title, a line for each server, remarks.

use std::time::Duration;

use ratatui::style::Style;

use super::{outlook, remarks, share};
use crate::clock::Stamp;
use crate::sample::ProbeState;
use crate::sample::dns::Server;
use crate::state::live::dns::{Row, Stance, shown_as};
use crate::state::live::{Probed, Record};
use crate::text;
use crate::view::widget::Strip;
use crate::view::{Scene, words};

/// Columns of a server's name at most.
const SERVER: usize = 28;

/// Columns of the word for where an answer stands: `NXDOMAIN`, `no answer`.
const STANCE: usize = 9;

/// Columns of a warning at least.
const WARNING: usize = 10;

/// Columns of a TTL: `86400s`.
const TTL: usize = 6;

/// Columns that an answer needs to be one: with less, what stands behind it goes.
const LEAST: usize = 12;

/// Answers wider than this leave room for what stands behind them.
const ANSWER: usize = 40;

/// A record's lines, and how many of them there is room for.
pub(super) struct Block {
    lines: Vec<Strip>,
    shown: usize,
}

impl Block {
    pub(super) fn of(scene: &Scene<'_>, record: &Record, now: &Stamp, width: usize) -> Block {
        let mut lines = titles(scene, record, now, width);
        let rows = lines_of(record, now);
        let label = rows.iter().map(|line| text::width(&line.label)).max().unwrap_or(0);
        let label = label.clamp(3, SERVER.min(width / 3).max(3));
        let answer = rows.iter().map(|line| text::width(&line.answer)).max().unwrap_or(0);
        let room = width.saturating_sub(label + STANCE + TTL + 22);
        // Where nothing fits behind it, the answer has the whole line.
        let room = if room < LEAST { width.saturating_sub(label + STANCE + 2) } else { room };
        let answer = answer.clamp(8, ANSWER.min(room).max(8));
        lines.extend(rows.into_iter().map(|line| line.strip(scene, label, answer, width)));
        let indent = |(words, style): (String, Style)| Strip::new().space(2).with(&words, style);
        lines.extend(remarks(scene, record, now).into_iter().map(indent));
        Block { lines, shown: 1 }
    }

    /// Lines it would like to have.
    pub(super) fn wanted(&self) -> usize {
        self.lines.len()
    }

    /// Takes as many more lines as it wants, out of `left`; says how many.
    pub(super) fn grow(&mut self, left: usize) -> usize {
        let more = self.lines.len().saturating_sub(self.shown).min(left);
        self.shown += more;
        more
    }

    pub(super) fn lines(self) -> impl Iterator<Item = Strip> {
        self.lines.into_iter().take(self.shown)
    }
}

/// The record and the one thing to know of it: in one line, or in two where they have no room beside each other.
fn titles(scene: &Scene<'_>, record: &Record, now: &Stamp, width: usize) -> Vec<Strip> {
    let kind = format!(" {}", text::clean(&record.settings.kind));
    let mut line = title(scene, record, &kind);
    if line.width() > width {
        line = title(scene, record, "");
    }
    let Some((words, style)) = outlook(scene, record, now) else { return vec![line] };
    if line.width() + text::width(&words) + 3 > width {
        return vec![line, Strip::new().space(2).with(&words, style)];
    }
    vec![line.beside(Strip::of(&words, style).space(1), width)]
}

fn title(scene: &Scene<'_>, record: &Record, kind: &str) -> Strip {
    let styles = scene.styles;
    let mut line =
        Strip::new().space(1).with(&text::clean(record.name()), styles.emphasis).with(kind, styles.muted);
    let state = record.state();
    if !matches!(state, ProbeState::Up | ProbeState::Unknown) {
        let (glyph, style) = words::probe_glyph(scene, state);
        line = line.space(2).with(&format!("{glyph} {state}"), style);
    }
    if record.has_sides() && record.asked().next().is_some() {
        line = line.space(3);
        line.append(share(scene, record));
    }
    line
}

/// What stands in one line: one server, or all authoritative ones while they agree.
struct Line {
    label: String,
    stance: Option<Stance>,
    answer: String,
    ttl: Option<Duration>,
    tail: Vec<(String, Tail)>,
}

/// How a word behind an answer is meant.
#[derive(Clone, Copy)]
enum Tail {
    Plain,
    Warning,
}

fn lines_of(record: &Record, now: &Stamp) -> Vec<Line> {
    let mut lines = Vec::new();
    let authority: Vec<&Row> = record.authoritative().collect();
    let of = |row: &Row, label: String| line(record, row, now, label);
    match authority.as_slice() {
        [] => {}
        [one] => lines.push(of(one, "authoritative".to_owned())),
        [first, ..] => {
            let mut each: Vec<Line> = authority.iter().map(|row| of(row, short(row, &authority))).collect();
            let agree = each.iter().all(|line| {
                line.stance == each[0].stance
                    && line.answer == each[0].answer
                    && line.ttl == each[0].ttl
                    && !line.tail.iter().any(|(_, tail)| matches!(tail, Tail::Warning))
            });
            if agree {
                let latest =
                    authority.iter().copied().max_by_key(|row| row.flipped().map(|flip| flip.at.boot));
                lines.push(of(latest.unwrap_or(first), format!("authoritative ({})", authority.len())));
            } else {
                lines.append(&mut each);
            }
        }
    }
    let others = record.rows.iter().filter(|row| !row.server.is_authoritative());
    lines.extend(others.map(|row| of(row, row.server.to_string())));
    lines
}

/// A server's name, with its address where the name has several.
fn short(row: &Row, all: &[&Row]) -> String {
    let name = |row: &Row| match &row.server {
        Server::Authoritative { name, .. } => name.clone(),
        other => other.to_string(),
    };
    let own = name(row);
    let alone = all.iter().filter(|other| name(other) == own).count() == 1;
    if alone { own } else { row.server.to_string() }
}

fn line(record: &Record, row: &Row, now: &Stamp, label: String) -> Line {
    let answer = row.last.as_ref().map(|(_, reply)| shown_as(&record.settings.kind, reply));
    let mut tail = Vec::new();
    if row.state() == ProbeState::Stale {
        let age = row.last.as_ref().map(|(at, _)| text::age(now.since(at))).unwrap_or_default();
        tail.push((format!("stale, {age} old"), Tail::Warning));
    }
    if record.is_serving_stale(row) {
        tail.push(("serve-stale".to_owned(), Tail::Warning));
    }
    if let Some(lag) = record.lag(row) {
        tail.push((format!("serial {lag} behind"), Tail::Warning));
    }
    if let (true, Some((_, reply)), Some(Stance::Old | Stance::New)) =
        (row.server.is_authoritative(), &row.last, row.stance)
        && !reply.authoritative
    {
        tail.push(("no authority".to_owned(), Tail::Warning));
    }
    if row.is_restless(now) {
        tail.push(("changes again and again".to_owned(), Tail::Warning));
    }
    if let Some(flip) = row.flipped() {
        tail.push((format!("flipped {}", words::moment(flip.at.wall, now)), Tail::Plain));
    }
    if let Some(remark) = row.last.as_ref().and_then(|(_, reply)| reply.remark.clone()) {
        tail.push((remark, Tail::Warning));
    }
    Line { label, stance: row.stance, answer: answer.unwrap_or_default(), ttl: record.ttl(row, now), tail }
}

impl Line {
    fn strip(self, scene: &Scene<'_>, label: usize, answer: usize, width: usize) -> Strip {
        let styles = scene.styles;
        let style = self.stance.map_or(styles.unknown, |stance| stance_style(scene, stance));
        let mut line =
            Strip::new().space(2).with(&text::clean(&self.label), styles.text).fit(label + 2).space(2);
        let Some(stance) = self.stance else {
            return line.with("not asked yet", styles.unknown);
        };
        // A response code is its own word; so is a reason.
        let failed = matches!(stance, Stance::Refused | Stance::Silent | Stance::NoName | Stance::NoData);
        let word = if stance == Stance::Unsided { "" } else { stance.word() };
        match (failed, stance) {
            (true, Stance::Silent) => line.push(&self.answer, style),
            (true, _) => line.append(Strip::of(&self.answer, style).fit(answer + 7)),
            (false, _) => {
                line.append(Strip::of(word, style).fit(if word.is_empty() { 0 } else { 6 }).space(1));
                line.append(Strip::of(&text::clean(&self.answer), style).fit(answer));
            }
        }
        if stance != Stance::Silent {
            let shown = self.ttl.map(ttl).unwrap_or_default();
            // A time that is cut says nothing.
            if line.width() + 1 + TTL <= width {
                line = line.with(&format!(" {shown:>TTL$}"), styles.muted);
            }
        }
        for (words, tail) in self.tail {
            // Of a warning its beginning may do; a cut time says nothing.
            let least = if matches!(tail, Tail::Plain) {
                text::width(&words)
            } else {
                text::width(&words).min(WARNING)
            };
            if line.width() + 2 + least > width {
                continue;
            }
            let style = match tail {
                Tail::Plain => styles.muted,
                Tail::Warning => styles.warning,
            };
            line = line.space(2).with(&words, style);
        }
        line
    }
}

/// A TTL in seconds, as zones have it; of a week and more in its largest unit.
pub(in crate::view) fn ttl(ttl: Duration) -> String {
    match ttl.as_secs() {
        seconds @ 0..100_000 => format!("{seconds}s"),
        _ => text::age(ttl),
    }
}

/// The style of where an answer stands.
pub(in crate::view) fn stance_style(scene: &Scene<'_>, stance: Stance) -> Style {
    let styles = scene.styles;
    match stance {
        Stance::Old => styles.old,
        Stance::New => styles.new,
        Stance::Mixed | Stance::NoName | Stance::NoData => styles.warning,
        Stance::Other | Stance::Astray | Stance::Refused | Stance::Silent => styles.bad,
        Stance::Unsided => styles.text,
    }
}

/// Whether a server stands for this host's own view.
pub(super) fn is_host(server: &Server) -> bool {
    *server == Server::Host
}
