//! The two lines at the top: what runs, how long, who, when; and how far it is.

mod outage;

use std::time::Duration;

use chrono::TimeDelta;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::widget::{Strip, bar};
use super::{Scene, words};
use crate::clock as clocks;
use crate::state::Access;
use crate::state::schedule::Outlook;
use crate::text;

/// A piece of the header: the same in shorter and shorter words.
struct Piece {
    forms: Vec<String>,
    style: Style,
}

impl Piece {
    fn new<const N: usize>(forms: [String; N], style: Style) -> Piece {
        Piece { forms: forms.into(), style }
    }

    fn none() -> Piece {
        Piece { forms: vec![String::new()], style: Style::new() }
    }

    fn shorten(&mut self) {
        if self.forms.len() > 1 {
            self.forms.remove(0);
        }
    }

    fn width(&self, gap: usize) -> usize {
        match text::width(&self.forms[0]) {
            0 => 0,
            wide => wide + gap,
        }
    }
}

/// Pieces by their place in the line.
const NAME: usize = 0;
const TITLE: usize = 1;
const TICKET: usize = 2;
/// Behind the mode, which is always shown.
const SINCE: usize = 4;
const OUTAGE: usize = 5;
const MAINTENANCE: usize = 6;
const UNOBSERVED: usize = 7;
const MUTED: usize = 8;
const WINDOW: usize = 9;
const OPERATOR: usize = 10;
const CLOCK: usize = 11;
/// What is shortened first when the line is too long.
const YIELD: [usize; 19] = [
    NAME,
    TITLE,
    CLOCK,
    MUTED,
    WINDOW,
    TICKET,
    TITLE,
    OUTAGE,
    MAINTENANCE,
    MUTED,
    OPERATOR,
    TITLE,
    SINCE,
    UNOBSERVED,
    WINDOW,
    MAINTENANCE,
    OUTAGE,
    OPERATOR,
    TITLE,
];

/// Draws the header.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, area: Rect) {
    let mut pieces = [
        Piece::new(["cutover".to_owned(), String::new()], scene.styles.title),
        title(scene),
        ticket(scene),
        mode(scene),
        since(scene),
        outage::outage(scene),
        outage::maintenance(scene),
        outage::unobserved(scene),
        outage::muted(scene),
        window(scene),
        operator(scene),
        clock(scene),
    ];
    let room = usize::from(area.width).saturating_sub(1);
    let gap = if area.width >= 120 { 3 } else { 2 };
    for which in YIELD {
        if pieces.iter().map(|piece| piece.width(gap)).sum::<usize>() <= room {
            break;
        }
        pieces[which].shorten();
    }
    let (mut left, mut right) = (Strip::new().space(1), Strip::new());
    for (at, piece) in pieces.iter().enumerate() {
        let line = if at < OPERATOR { &mut left } else { &mut right };
        if piece.forms[0].is_empty() {
            continue;
        }
        if line.width() > 1 {
            line.push(&" ".repeat(gap), Style::new());
        }
        line.push(&piece.forms[0], piece.style);
    }
    right.push(" ", Style::new());
    buf.set_style(area, if scene.state.rehearsal() { scene.styles.notice } else { scene.styles.header });
    let line = left.beside(right, usize::from(area.width));
    line.paint(buf, area);
    if scene.state.rehearsal() {
        // The whole line says so: nobody may take practice for the real thing.
        buf.set_style(area, scene.styles.notice);
    }
}

fn title(scene: &Scene<'_>) -> Piece {
    let state = scene.state;
    let title = if state.record.run.is_some() && !state.record.plan.title.is_empty() {
        text::clean(&state.record.plan.title).into_owned()
    } else {
        text::clean(&state.plan.title()).into_owned()
    };
    let cut = |columns| text::truncate(&title, columns).into_owned();
    Piece::new([cut(60), cut(32), cut(20), cut(12), cut(6)], scene.styles.emphasis)
}

fn ticket(scene: &Scene<'_>) -> Piece {
    let ticket = scene.state.plan.settings.ticket.clone().or_else(|| scene.state.record.plan.ticket.clone());
    ticket.map_or_else(Piece::none, |ticket| {
        let ticket = text::truncate(&text::clean(&ticket), 20).into_owned();
        Piece::new([ticket, String::new()], scene.styles.text)
    })
}

fn mode(scene: &Scene<'_>) -> Piece {
    let back = scene.state.record.rolling_back();
    let (word, style) = match scene.state.record.run {
        None => ("starting…", scene.styles.warning),
        Some(_) if scene.state.rehearsal() && back => ("*** REHEARSAL *** ROLLBACK", scene.styles.notice),
        Some(_) if scene.state.rehearsal() => ("*** REHEARSAL ***", scene.styles.notice),
        Some(_) if back => ("LIVE  ROLLBACK", scene.styles.alarm),
        Some(_) => ("LIVE", scene.styles.emphasis),
    };
    Piece::new([word.to_owned()], style)
}

/// T+ from the opening of the window, else of the outage, else from the first act.
fn since(scene: &Scene<'_>) -> Piece {
    let Some(zero) = scene.state.zero() else { return Piece::none() };
    let Ok(span) = (scene.now.wall - zero).to_std() else { return Piece::none() };
    let all = span.as_secs();
    let (hours, minutes, seconds) = (all / 3600, all / 60 % 60, all % 60);
    let whole = format!("T+{hours:02}:{minutes:02}:{seconds:02}");
    Piece::new([whole, String::new()], scene.styles.emphasis)
}

fn window(scene: &Scene<'_>) -> Piece {
    let Some(window) = scene.state.plan.settings.window else { return Piece::none() };
    let until = |at: chrono::DateTime<chrono::FixedOffset>| at.to_utc() - scene.now.wall;
    let clock = |span: TimeDelta| text::clock(span.abs().to_std().unwrap_or(Duration::ZERO));
    let (starts, ends) = (until(window.start), until(window.end));
    let (words, span, style) = if starts > TimeDelta::zero() {
        ("starts in", clock(starts), scene.styles.text)
    } else if ends >= TimeDelta::zero() {
        // The last tenth of the window is a warning, and so is work that will not be done by its end.
        let late = ends * 10 < window.end.to_utc() - window.start.to_utc();
        let late = late || scene.state.overshoot().is_some_and(|(_, surely)| surely);
        ("ends in", clock(ends), if late { scene.styles.warning } else { scene.styles.text })
    } else {
        ("over by", clock(ends), scene.styles.bad)
    };
    Piece::new([format!("window {words} {span}"), format!("{words} {span}"), String::new()], style)
}

fn operator(scene: &Scene<'_>) -> Piece {
    let desk = &scene.state.desk;
    if let Access::Watcher(_) = desk.access {
        return Piece::new(["watching".to_owned(), String::new()], scene.styles.warning);
    }
    let Some(name) = &desk.operator else {
        return Piece::new(["no operator".to_owned(), String::new()], scene.styles.warning);
    };
    let name = text::clean(name).into_owned();
    let cut = |columns| text::truncate(&name, columns).into_owned();
    Piece::new([cut(20), cut(10), String::new()], scene.styles.accent)
}

fn clock(scene: &Scene<'_>) -> Piece {
    let utc = scene.now.wall.format("%H:%M:%SZ").to_string();
    if scene.now.offset == 0 {
        return Piece::new([utc], scene.styles.emphasis);
    }
    let local = scene.now.local().format("%H:%M:%S").to_string();
    Piece::new([format!("{local} local  {utc}"), format!("{local} {utc}")], scene.styles.emphasis)
}

/// Draws the line of progress: a bar, counts, and where in the plan the work is.
pub(super) fn paint_progress(scene: &Scene<'_>, buf: &mut Buffer, area: Rect) {
    /// Columns of the bar at least.
    const BAR: usize = 6;
    let tally = scene.state.outline.tally;
    let room = usize::from(area.width);
    // In a narrow terminal the phase yields, then the counts, the least telling first; failures never.
    let (all, least) = (counts(scene).len(), usize::from(tally.failed > 0));
    let forms =
        (least..=all).rev().take(2).flat_map(|count| [(count, 5), (count, 4), (count, 3), (count, 2)]);
    let forms = forms.chain((least..=all).rev().map(|count| (count, 1))).chain([(least, 0)]);
    let mut lines = forms.map(|(count, detail)| {
        let mut right = phase(scene, detail.min(2));
        right.append(ends(scene, detail));
        (counted(scene, count), right.space(1))
    });
    let fits = |(left, right): &(Strip, Strip)| left.width() + right.width() + BAR + 5 <= room;
    let (counted, right) = lines.find(fits).unwrap_or_else(|| (counted(scene, least), Strip::new()));
    let free = room.saturating_sub(counted.width() + right.width() + 5);
    let columns = free.min(room * 3 / 10).max(BAR);
    let (filled, rest) = bar::bar(tally.settled(), tally.all(), columns, scene.glyphs);
    let mut left = Strip::new().space(1).with(&filled, scene.styles.bar);
    left.push(&scene.glyphs.bar_empty.repeat(rest), scene.styles.bar_empty);
    left = left.space(2);
    left.append(counted);
    left.beside(right, room).paint(buf, area);
}

/// Counts other than the done ones, most telling first.
fn counts(scene: &Scene<'_>) -> Vec<(String, Style)> {
    let tally = scene.state.outline.tally;
    let issues = scene.state.record.issues.iter().filter(|issue| issue.resolved.is_none()).count();
    let states = scene.state.record.control.open_states().count();
    let styles = scene.styles;
    let all = [
        (tally.failed, "failed", styles.bad),
        (issues, if issues == 1 { "open issue" } else { "open issues" }, styles.warning),
        (states, if states == 1 { "temporary state on" } else { "temporary states on" }, styles.warning),
        (tally.skipped, "skipped", styles.text),
        (tally.deferred, "deferred", styles.text),
        (tally.not_applicable, "n/a", styles.muted),
    ];
    let some = all.into_iter().filter(|(count, ..)| *count > 0);
    some.map(|(count, word, style)| (format!("{count} {word}"), style)).collect()
}

fn counted(scene: &Scene<'_>, count: usize) -> Strip {
    let tally = scene.state.outline.tally;
    let mut line = Strip::of(&format!("{} of {}", tally.done, tally.all()), scene.styles.emphasis);
    for (text, style) in counts(scene).into_iter().take(count) {
        line.push(" · ", scene.styles.muted);
        line.push(&text, style);
    }
    line
}

/// Where in the plan the work is (`detail` 1), and how its time stands (2).
fn phase(scene: &Scene<'_>, detail: u8) -> Strip {
    let phases = &scene.state.outline.phases;
    if detail == 0 {
        return Strip::new();
    }
    let Some(at) = scene.state.current_phase() else {
        let tally = scene.state.outline.tally;
        let words = match (tally.all(), tally.failed) {
            (0, _) => "",
            (_, 0) => "every step is settled",
            _ => "no step is open",
        };
        return Strip::of(words, scene.styles.good);
    };
    let counted = |at: &usize| scene.state.record.is_work(phases[*at].kind);
    let number = (0..=at).filter(counted).count();
    let all = (0..phases.len()).filter(counted).count();
    let mut line = Strip::new();
    if scene.state.point_is_next() {
        line.push("point of no return next  ", scene.styles.warning);
    }
    line.push(&format!("phase {number} of {all}"), scene.styles.text);
    if detail == 1 {
        return line;
    }
    let phase = &phases[at];
    if let Some(lock) = scene.state.phase_lock(at, scene.now).filter(|_| phase.acted.is_none()) {
        line.push(&format!(", {}", lock.words), scene.styles.warning);
        return line;
    }
    let spent = scene.state.spent(at, scene.now);
    match (spent, phase.planned()) {
        (Some(spent), Some((least, most))) if spent > most => {
            let over = spent.saturating_sub(most).as_secs().div_ceil(60);
            let planned = words::planned((least, most), false);
            let words = format!(", {over} min over its {}", planned.trim_end_matches(" min"));
            line.push(&words, scene.styles.warning);
        }
        (Some(spent), Some(estimate)) => {
            let words = format!(", {}", words::spent_of(spent, estimate, false));
            line.push(&words, scene.styles.text);
        }
        (Some(spent), None) => line.push(&format!(", {}", text::clock(spent)), scene.styles.text),
        (None, Some(estimate)) => {
            line.push(&format!(", planned {}", words::planned(estimate, false)), scene.styles.text);
        }
        (None, None) => {}
    }
    line
}

/// The next timer (from `detail` 3 on), when the work will have come to its end (4), and by how much it is behind (5).
fn ends(scene: &Scene<'_>, detail: u8) -> Strip {
    let (state, styles) = (scene.state, scene.styles);
    let mut line = Strip::new();
    if detail < 3 || state.record.run.is_none() {
        return line;
    }
    if let Some((timer, left)) = state.timers(scene.now).first() {
        let what = text::truncate(&text::clean(&timer.text), 20).into_owned();
        line.push(&format!("    timer {} {what}", text::clock(*left)), styles.warning);
    }
    let Some(outlook) = state.outlook().filter(|_| detail > 3 || line.is_empty()) else { return line };
    let style = if state.overshoot().is_some() { styles.warning } else { styles.text };
    line.push(&format!("    {}", forecast(scene, outlook, detail > 4)), style);
    line
}

/// `forecast 08:31Z ±9m`; whole, also how far it is from the plan, or from the end of the window.
fn forecast(scene: &Scene<'_>, outlook: &Outlook, whole: bool) -> String {
    let (least, most, until) = match outlook {
        Outlook::Ends { least, most, until } => (*least, *most, until),
        Outlook::Unknown { .. } if !whole => return "no forecast".to_owned(),
        Outlook::Unknown { phases } => {
            let of = text::plural(*phases, "phase has", "phases have");
            return format!("no forecast: {of} no planned time");
        }
    };
    let half = (most - least) / 2;
    let middle = clocks::local(least + half, scene.now.offset);
    let zone = if scene.now.offset == 0 { "Z" } else { "" };
    let day = if middle.date_naive() == scene.now.local().date_naive() { "%H:%M" } else { "%-d %b %H:%M" };
    let mut words = vec![format!("forecast {}{zone}", middle.format(day))];
    if half >= TimeDelta::minutes(1) {
        words.push(format!(" ±{}", text::age(half.to_std().unwrap_or_default())));
    }
    if until.is_some() {
        words.push(" to the wait".to_owned());
    }
    let behind = scene.state.behind(scene.now).filter(|behind| behind.abs() >= TimeDelta::minutes(1));
    match (scene.state.overshoot(), behind) {
        _ if !whole => {}
        (Some((past, true)), _) => words.push(format!(", {} past the window", text::age(past))),
        (Some((_, false)), _) => words.push(", may pass the window".to_owned()),
        (None, Some(behind)) => {
            let side = if behind > TimeDelta::zero() { "behind" } else { "ahead" };
            words.push(format!(", {} {side}", text::age(behind.abs().to_std().unwrap_or_default())));
        }
        (None, None) => {}
    }
    words.concat()
}
