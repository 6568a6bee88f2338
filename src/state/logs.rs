//! The log pane: which lines are looked at, where its cursor is, what is searched and hidden.
//!
//! Lines live in [`live`](super::live); here is only how they are looked at. While the pane is paused it holds the
//! lines as they were (a copy of references), so that a flood takes nothing away from who reads.

mod ask;
mod excerpt;
mod filter;
mod lens;
mod sieve;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::action::{self, Action, Place};
use super::live::{Log, Probed};
use super::msg::Effect;
use super::{Live, Pane, State, ask as questions, story};
use crate::clock::Stamp;
use crate::sample::log::{Entry, Level};
use crate::signoff::event::Event;
use crate::signoff::{Actor, Line};

pub use ask::{Ask, FilterRow};
pub(super) use ask::{allow, picked, question, submit};
pub(super) use excerpt::{keep, written};
pub use filter::{Filter, Pattern};
pub use lens::{Lens, Spot, Strand, Tally, Want, Way};
pub(super) use walk::step;

use super::live::log::{Buffer, Mark, Marks};
use excerpt::Part;
use sieve::{Sieve, Tests};
use walk::Seek;

/// New lines are drawn so soon after the first of them.
const FRESH: Duration = Duration::from_millis(100);

/// How the logs are looked at.
#[derive(Clone, Debug, Default)]
pub struct LogLook {
    /// Filters, in the order they were set.
    pub filters: Vec<Filter>,
    /// Only lines at least so grave.
    pub level: Level,
    /// What is searched.
    pub search: Option<Pattern>,
    /// Long lines are wrapped.
    pub wrap: bool,
    /// The logs that are shown, by name; empty: all.
    pub chosen: BTreeSet<String>,
    /// The line under the cursor; `None` while the newest lines are followed.
    pub cursor: Option<Spot>,
    /// The first line of the last frame.
    pub top: Option<Spot>,
    /// Lines that the last frame had room for.
    pub page: usize,
    /// The other end of the selection.
    pub anchor: Option<Spot>,
    /// What the sheet is about.
    pub opened: Option<Opened>,
    marks: Arc<Marks>,
    cleared: Vec<u64>,
    held: Option<Vec<Buffer>>,
    sieve: Sieve,
    sifting: bool,
    /// Up to where lines were looked at, or are about to be.
    extent: u64,
    seek: Option<Seek>,
    fresh: Option<Stamp>,
    excerpt: Vec<Part>,
    /// More was selected than an excerpt takes.
    excerpt_is_cut: bool,
}

/// A line that is looked at whole; it stays while the sheet is open, wherever the log goes.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Its text.
    pub text: String,
    /// What is known of it.
    pub entry: Entry,
    /// When it was read, in milliseconds since 1970.
    pub read: i64,
}

/// What has just happened, as far as the log pane is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// Lines came.
    Lines,
    /// Time has passed.
    Wake,
    /// Something else.
    Other,
}

impl LogLook {
    /// The pane stands still.
    #[must_use]
    pub fn paused(&self) -> bool {
        self.held.is_some()
    }

    /// Lines were cleared away.
    #[must_use]
    pub fn is_cleared(&self) -> bool {
        !self.cleared.is_empty()
    }

    /// Whether a line is selected.
    #[must_use]
    pub fn selects(&self, spot: Spot) -> bool {
        let Some((anchor, cursor)) = self.anchor.zip(self.cursor) else { return false };
        (anchor.min(cursor)..=anchor.max(cursor)).contains(&spot)
    }

    fn tests(&self) -> Tests<'_> {
        let on = |out: bool| {
            let on = self.filters.iter().filter(move |filter| filter.on && filter.out == out);
            on.map(|filter| filter.pattern.regex()).collect()
        };
        Tests {
            within: on(false),
            without: on(true),
            level: self.level,
            search: self.search.as_ref().map(Pattern::regex),
        }
    }

    /// Looks at other lines the same way: filters, level, search, which logs.
    pub(super) fn look_alike(&mut self, other: LogLook) {
        let LogLook { filters, level, search, wrap, chosen, .. } = other;
        (self.filters, self.level, self.search) = (filters, level, search);
        (self.wrap, self.chosen) = (wrap, chosen);
    }

    fn follow(&mut self) {
        self.held = None;
        self.cursor = None;
        self.anchor = None;
        self.seek = None;
    }
}

impl State {
    /// What the live panes show: as it is, or as it was when they were frozen.
    fn seen(&self) -> &Live {
        self.ui.frozen.as_ref().map_or(&self.live, |(_, live)| live)
    }

    /// The lines of the logs that are shown, as they are looked at.
    #[must_use]
    pub fn log_lens(&self) -> Lens<'_> {
        let look = &self.ui.logs;
        let tests = look.tests();
        let strands = shown(self)
            .map(|(at, log)| Strand {
                at,
                log,
                buffer: look.held.as_ref().and_then(|held| held.get(at)).unwrap_or(&log.buffer),
                floor: look.cleared.get(at).copied().unwrap_or(0),
                sifted: look.sieve.of(at),
            })
            .collect();
        Lens { strands, filters: tests.filters(), sifts: !tests.is_idle() }
    }

    /// How many lines came to the logs that are shown since the pane was paused.
    #[must_use]
    pub fn log_waiting(&self) -> u64 {
        let Some(held) = &self.ui.logs.held else { return 0 };
        let waiting =
            self.live.logs.iter().zip(held).enumerate().filter(|(_, (log, _))| is_chosen(self, log));
        waiting.map(|(_, (log, held))| log.buffer.next().saturating_sub(held.next())).sum()
    }

    /// How far the filters and the search have come, in percent; `None` if they are through.
    #[must_use]
    pub fn log_progress(&self) -> Option<u64> {
        if !self.ui.logs.sifting {
            return None;
        }
        let tally = self.log_lens().tally();
        Some((tally.sifted * 100).checked_div(tally.lines).unwrap_or(0).min(99))
    }

    /// The log of the line under the cursor, else the newest line's, else the first that is shown.
    #[must_use]
    pub(super) fn log_at_cursor(&self) -> Option<usize> {
        let lens = self.log_lens();
        let spot = self.ui.logs.cursor.or_else(|| lens.last());
        spot.map(|spot| spot.log).or_else(|| lens.strands.first().map(|strand| strand.at))
    }

    /// The last frame began with this line and had room for so many.
    pub fn laid_logs(&mut self, top: Option<Spot>, page: usize) {
        self.ui.logs.top = top;
        self.ui.logs.page = page;
    }

    /// When the pane wants to go on by itself.
    #[must_use]
    pub(super) fn log_wake(&self, now: &Stamp) -> Option<Duration> {
        if self.ui.logs.sifting {
            return Some(Duration::ZERO);
        }
        self.ui.logs.fresh.map(|since| FRESH.saturating_sub(now.since(&since)))
    }
}

/// The logs that are shown, each with its place in the sidecar.
fn shown(state: &State) -> impl Iterator<Item = (usize, &Log)> {
    state.seen().logs.iter().enumerate().filter(|(_, log)| is_chosen(state, log))
}

fn is_chosen(state: &State, log: &Log) -> bool {
    let chosen = &state.ui.logs.chosen;
    chosen.is_empty() || chosen.contains(&log.settings.name)
}

/// Goes on with what is found out in slices, and notes that there is something to draw.
pub(super) fn go_on(state: &mut State, news: News, now: &Stamp) {
    match news {
        News::Lines if !state.ui.logs.paused() && state.ui.frozen.is_none() => {
            state.ui.logs.fresh.get_or_insert(*now);
        }
        News::Wake => state.ui.logs.fresh = None,
        News::Lines | News::Other => {}
    }
    // A key may show other lines: those that came while the pane stood still.
    let sift_now = match news {
        News::Lines | News::Wake => true,
        News::Other => !state.ui.logs.tests().is_idle() && extent(&state.log_lens()) != state.ui.logs.extent,
    };
    if sift_now {
        sift(state, now);
        walk::go_on(state, now);
    }
}

/// A number that changes when lines come.
fn extent(lens: &Lens<'_>) -> u64 {
    lens.strands.iter().map(|strand| strand.buffer.next()).sum()
}

/// Finds out some more of which lines pass and match.
fn sift(state: &mut State, now: &Stamp) {
    let mut sieve = std::mem::take(&mut state.ui.logs.sieve);
    let lens = state.log_lens();
    let buffers: Vec<_> = lens.strands.iter().map(|strand| (strand.at, strand.buffer)).collect();
    let extent = extent(&lens);
    let left = sieve.slice(&buffers, &state.ui.logs.tests(), now);
    state.ui.logs.sieve = sieve;
    state.ui.logs.extent = extent;
    state.ui.logs.sifting = left;
}

/// Filters or search have changed: what was known is not, and the newest lines are looked at at once.
fn sift_anew(state: &mut State, now: &Stamp) {
    state.ui.logs.sieve.forget();
    sift(state, now);
    let lens = state.log_lens();
    // The cursor may have been on a line that is hidden now.
    let spot = state.ui.logs.cursor.and_then(|at| {
        let here = Spot { line: at.line + 1, ..at };
        lens.find(Some(here), Way::Back, Want::Any).or_else(|| lens.find(Some(at), Way::On, Want::Any))
    });
    if spot.is_some() {
        state.ui.logs.cursor = spot;
    }
}

/// The sidecar has changed: what was known of places among the logs is not.
pub(super) fn renew(state: &mut State) {
    let look = &mut state.ui.logs;
    look.follow();
    look.cleared.clear();
    look.top = None;
    look.opened = None;
    look.sieve.forget();
    look.sifting = true;
    settle(state);
}

/// Tells the logs what the record says: when the run began, which lines are expected.
pub(super) fn settle(state: &mut State) {
    if let Some(run) = &state.record.run {
        Arc::make_mut(&mut state.ui.logs.marks).begin(run.at.wall);
    }
    for log in &mut state.live.logs {
        let id = log.id().clone();
        let noise = state.record.noise.iter().filter(|noise| noise.probe == id);
        log.settle(&state.ui.logs.marks, noise.map(|noise| noise.pattern.as_str()));
    }
}

/// A line of the sign-off log: an act on an item marks all logs.
pub(super) fn on_line(state: &mut State, line: &Line, now: &Stamp) {
    match &line.event {
        Event::RunStarted { .. } | Event::NoiseAllowed { .. } => settle(state),
        Event::NoteAdded { .. }
        | Event::FieldFilled { .. }
        | Event::TimeClaimed { .. }
        | Event::IssueOpened { .. }
        | Event::AttachmentAdded { .. }
        | Event::ExcerptAdded { .. } => {}
        event if questions::item_of(event).is_some() && matches!(line.by, Actor::Person(_)) => {
            let Some(text) = story::clause(line, &state.record) else { return };
            // Of our own acts the log knows the moment; another host's boot clock says nothing here.
            let own = line.act.session == state.desk.session && line.at.up <= now.boot;
            let boot = if own { line.at.up } else { now.boot };
            state.live.logs.iter_mut().for_each(|log| log.acted(line.at.wall));
            let mark = Mark { boot, wall: line.at.wall, text };
            Arc::make_mut(&mut state.ui.logs.marks).add(mark);
            settle(state);
        }
        _ => {}
    }
}

/// Handles a key that only looks; `None` if it is not this pane's.
pub(super) fn look(state: &mut State, action: Action, now: &Stamp) -> Option<Vec<Effect>> {
    let own = action::spec(action).is_some_and(|spec| spec.place == Place::Only(Pane::Logs));
    if !own && (state.ui.focus != Pane::Logs || !state.ui.layers.is_empty()) {
        return None;
    }
    if own && !state.focus(Pane::Logs) {
        state.notice(now, "No log is shown: add [[log]] to the sidecar");
        return Some(Vec::new());
    }
    let page = isize::try_from(state.ui.logs.page.max(2) - 1).unwrap_or(1);
    match action {
        Action::Up => step(state, -1, now),
        Action::Down => step(state, 1, now),
        Action::PageUp => step(state, -page, now),
        Action::PageDown => step(state, page, now),
        Action::First => walk::go_first(state, now),
        Action::Last => state.ui.logs.follow(),
        Action::Open => open(state, now),
        Action::Back => return back(state).then(Vec::new),
        Action::LogPause if state.ui.logs.paused() => state.ui.logs.follow(),
        Action::LogPause => walk::pause(state, now),
        Action::LogNext => walk::seek(state, Way::On, Want::Hit, now),
        Action::LogPrevious => walk::seek(state, Way::Back, Want::Hit, now),
        Action::LogNextError => walk::seek(state, Way::On, Want::Error, now),
        Action::LogPreviousError => walk::seek(state, Way::Back, Want::Error, now),
        Action::LogSearch => ask::ask(state, Ask::Search, now),
        Action::LogIn => ask::ask(state, Ask::In, now),
        Action::LogOut => ask::ask(state, Ask::Out, now),
        Action::LogFilters => ask::list_filters(state, 0, now),
        Action::LogChoose => ask::list_logs(state, 0, now),
        Action::LogLevel => next_level(state, now),
        Action::LogWrap => state.ui.logs.wrap = !state.ui.logs.wrap,
        Action::LogClear => clear(state, now),
        Action::LogMark => mark(state, now),
        Action::LogSelect => select(state, now),
        Action::LogCopy => return Some(copy(state, now)),
        _ => return None,
    }
    Some(Vec::new())
}

/// Handles a key that changes the record; `None` if it is not this pane's.
pub(super) fn act(state: &mut State, action: Action, now: &Stamp) -> Option<Vec<Effect>> {
    match action {
        Action::Excerpt => excerpt::begin(state, now),
        Action::AllowNoise => ask::noise(state, now),
        _ => return None,
    }
    Some(Vec::new())
}

fn back(state: &mut State) -> bool {
    let look = &mut state.ui.logs;
    if look.anchor.take().is_some() {
        return true;
    }
    look.seek = None;
    let had = look.search.take().is_some();
    if had {
        look.sieve.forget();
        look.sifting = true;
    }
    had
}

fn next_level(state: &mut State, now: &Stamp) {
    let look = &mut state.ui.logs;
    look.level = match look.level {
        Level::None => Level::Info,
        Level::Trace | Level::Debug | Level::Info | Level::Notice => Level::Warning,
        Level::Warning => Level::Error,
        Level::Error | Level::Fatal => Level::None,
    };
    let level = look.level;
    sift_anew(state, now);
    let text = if level == Level::None {
        "Lines of all levels".to_owned()
    } else {
        format!("Only lines at least as grave as {}; lines that state no level are hidden", level.name())
    };
    state.notice(now, text);
}

fn clear(state: &mut State, now: &Stamp) {
    let next = state.live.logs.iter().map(|log| log.buffer.next()).collect();
    state.ui.logs.follow();
    state.ui.logs.cleared = next;
    state.notice(now, "Cleared from view; F brings the lines back");
}

/// From now on, what was not seen before is new.
fn mark(state: &mut State, now: &Stamp) {
    let mark = Mark { boot: now.boot, wall: now.wall, text: "mark set by hand".to_owned() };
    Arc::make_mut(&mut state.ui.logs.marks).set(mark);
    settle(state);
    state.notice(now, "Mark set: what was not seen before it is new from now on");
}

fn select(state: &mut State, now: &Stamp) {
    if state.ui.logs.anchor.take().is_some() {
        return;
    }
    walk::pause(state, now);
    state.ui.logs.anchor = state.ui.logs.cursor;
}

fn open(state: &mut State, now: &Stamp) {
    let lens = state.log_lens();
    let spot = state.ui.logs.cursor.or_else(|| lens.last());
    let found = spot.and_then(|spot| lens.line(spot));
    let opened =
        found.map(|(_, line)| Opened { text: line.text.to_owned(), entry: *line.entry, read: line.read });
    let Some(probe) = state.probe_at(Pane::Logs) else { return };
    state.ui.logs.opened = opened;
    let kind = super::layer::Kind::Probe { probe, scroll: 0 };
    state.ui.layers.push(super::Layer { opened: *now, kind });
}

/// The selected lines, or the one under the cursor, as they stand.
fn copy(state: &mut State, now: &Stamp) -> Vec<Effect> {
    let (lines, whole) = excerpt::chosen(state);
    if lines.is_empty() {
        state.notice(now, "Go to a line first: space or up holds the lines still");
        return Vec::new();
    }
    let text: Vec<&str> = lines.iter().map(|(_, line)| line.text).collect();
    let text = text.join("\n");
    let copied = crate::text::plural(lines.len(), "line", "lines");
    let cut = if whole { String::new() } else { format!("; {}", excerpt::cut_words()) };
    state.ui.logs.anchor = None;
    state.notice(now, format!("Copied: {copied}{cut}"));
    vec![Effect::Clipboard(text)]
}
