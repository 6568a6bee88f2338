//! What the log pane asks for: filters, a search, which logs, which lines are expected.

use super::filter::{Filter, Pattern};
use super::{excerpt, sift_anew, walk};
use crate::clock::Stamp;
use crate::sample::ProbeId;
use crate::sample::log::Level;
use crate::signoff::event::Event;
use crate::state::layer::{Pick, PickPurpose, PickRow, PickValue, Purpose};
use crate::state::live::Probed;
use crate::state::{State, prompt};
use crate::text;

/// What a prompt of the log pane is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// What to search.
    Search,
    /// What lines must match.
    In,
    /// What lines must not match.
    Out,
    /// Which lines of a log are expected.
    Noise(ProbeId),
    /// A note with lines that go on record.
    Excerpt,
}

/// A row of the list of filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterRow {
    /// Switches a filter on or off.
    Toggle(usize),
    /// Takes it away.
    Remove(usize),
    /// Takes all away.
    RemoveAll,
    /// Shows lines of all levels.
    AllLevels,
    /// Shows the lines again that were cleared away.
    Uncleared,
}

/// How a prompt asks.
pub struct Question {
    pub title: String,
    pub hint: String,
    /// Text to be edited.
    pub text: String,
    /// What enter alone means.
    pub suggestion: Option<String>,
}

/// Opens a prompt.
pub(super) fn ask(state: &mut State, ask: Ask, now: &Stamp) {
    prompt::ask(state, Purpose::Log(ask), now);
}

/// How the prompt asks.
pub(in crate::state) fn question(state: &State, ask: &Ask) -> Question {
    let question = |title: &str, hint: &str| Question {
        title: title.to_owned(),
        hint: hint.to_owned(),
        text: String::new(),
        suggestion: None,
    };
    let small = "A regular expression; small letters match capitals too.";
    match ask {
        Ask::Search => {
            let suggestion = state.ui.logs.search.as_ref().map(|search| search.source().to_owned());
            let hint = format!("{small} n and N go on and back.");
            Question { suggestion, ..question("Search the logs", &hint) }
        }
        Ask::In => question("Show only lines that match", small),
        Ask::Out => question("Hide lines that match", small),
        Ask::Noise(probe) => Question {
            text: state.log_lens().pattern_at(state.ui.logs.cursor).unwrap_or_default(),
            ..question(
                &format!("Expected lines of {}", text::clean(&probe.name)),
                "Lines that match are not new; a regular expression, on record.",
            )
        },
        Ask::Excerpt => excerpt::question(state),
    }
}

/// Takes what was typed into a prompt that only looks.
///
/// # Errors
/// Why it cannot be, in one sentence.
pub(in crate::state) fn submit(state: &mut State, ask: &Ask, typed: &str, now: &Stamp) -> Result<(), String> {
    if typed.is_empty() {
        return Err("It cannot be empty; esc goes back".to_owned());
    }
    let pattern = Pattern::new(typed).map_err(|why| format!("{}: nothing is changed", capital(&why)))?;
    let look = &mut state.ui.logs;
    match ask {
        Ask::Search => {
            look.search = Some(pattern);
            sift_anew(state, now);
            walk::seek_here(state, now);
        }
        Ask::In | Ask::Out => {
            let out = *ask == Ask::Out;
            look.filters.push(Filter { pattern, out, on: true });
            sift_anew(state, now);
        }
        Ask::Noise(_) | Ask::Excerpt => {}
    }
    Ok(())
}

/// The event of a pattern of expected lines.
///
/// # Errors
/// Why it is none, in one sentence.
pub(in crate::state) fn allow(probe: ProbeId, typed: &str) -> Result<Event, String> {
    let pattern = Pattern::new(typed).map_err(|why| capital(&why))?;
    if pattern.regex().is_match("") {
        return Err("It would match every line: say more of the line".to_owned());
    }
    Ok(Event::NoiseAllowed { probe, pattern: typed.to_owned() })
}

/// Asks which lines like the one under the cursor are expected.
pub(super) fn noise(state: &mut State, now: &Stamp) {
    let log = state.ui.logs.cursor.and_then(|spot| state.live.logs.get(spot.log));
    match log.map(|log| log.id().clone()) {
        Some(probe) => ask(state, Ask::Noise(probe), now),
        None => state.notice(now, "Go to the line that is expected first: space or up holds the lines still"),
    }
}

/// Lists what hides lines.
pub(super) fn list_filters(state: &mut State, cursor: usize, now: &Stamp) {
    let look = &state.ui.logs;
    let mut rows = Vec::new();
    let mut row = |text: String, aside: &str, value: FilterRow| {
        rows.push(PickRow { text, aside: aside.to_owned(), value: PickValue::Filter(value) });
    };
    let words = |filter: &Filter| {
        let way = if filter.out { "hide" } else { "only" };
        format!("{way}  {}", text::clean(filter.pattern.source()))
    };
    for (at, filter) in look.filters.iter().enumerate() {
        row(words(filter), if filter.on { "on" } else { "off" }, FilterRow::Toggle(at));
    }
    for (at, filter) in look.filters.iter().enumerate() {
        row(format!("take away  {}", words(filter)), "", FilterRow::Remove(at));
    }
    if look.filters.len() > 1 {
        row("take all filters away".to_owned(), "", FilterRow::RemoveAll);
    }
    if look.level > Level::None {
        row("show lines of all levels".to_owned(), look.level.name(), FilterRow::AllLevels);
    }
    if look.is_cleared() {
        row("bring back what was cleared".to_owned(), "", FilterRow::Uncleared);
    }
    if rows.is_empty() {
        state.notice(now, "Nothing is hidden: i shows only what matches, o hides it, l sets a level");
        return;
    }
    pick(state, PickPurpose::LogFilters, "Filters: enter switches on and off", rows, cursor, now);
}

/// Lists the logs.
pub(super) fn list_logs(state: &mut State, cursor: usize, now: &Stamp) {
    let chosen = &state.ui.logs.chosen;
    let aside = |on: bool| if on { "shown" } else { "" }.to_owned();
    let all =
        PickRow { text: "all logs".to_owned(), aside: aside(chosen.is_empty()), value: PickValue::Number(0) };
    let logs = state.live.logs.iter().zip(1..).map(|(log, number)| PickRow {
        text: text::clean(&log.settings.name).into_owned(),
        aside: aside(chosen.contains(&log.settings.name)),
        value: PickValue::Number(number),
    });
    let rows = std::iter::once(all).chain(logs).collect();
    pick(state, PickPurpose::Logs, "Which logs? esc when done", rows, cursor, now);
}

fn pick(
    state: &mut State,
    purpose: PickPurpose,
    title: &str,
    rows: Vec<PickRow>,
    cursor: usize,
    now: &Stamp,
) {
    let mut pick = Pick::new(purpose, title, rows);
    pick.cursor = cursor.min(pick.rows.len().saturating_sub(1));
    prompt::pick(state, pick, now);
}

/// A row was picked; lists stay open, so that several can be.
pub(in crate::state) fn picked(state: &mut State, value: PickValue, now: &Stamp) {
    let look = &mut state.ui.logs;
    match value {
        PickValue::Number(0) => look.chosen.clear(),
        PickValue::Number(number) => {
            let log = state.live.logs.get(number as usize - 1);
            let Some(name) = log.map(|log| log.settings.name.clone()) else { return };
            if !look.chosen.remove(&name) {
                look.chosen.insert(name);
            }
        }
        PickValue::Filter(FilterRow::Toggle(at)) => {
            if let Some(filter) = look.filters.get_mut(at) {
                filter.on = !filter.on;
            }
        }
        PickValue::Filter(FilterRow::Remove(at)) if at < look.filters.len() => {
            look.filters.remove(at);
        }
        PickValue::Filter(FilterRow::RemoveAll) => look.filters.clear(),
        PickValue::Filter(FilterRow::AllLevels) => look.level = Level::None,
        PickValue::Filter(FilterRow::Uncleared) => look.cleared.clear(),
        PickValue::Filter(FilterRow::Remove(_)) | PickValue::Action(_) => {}
    }
    if let PickValue::Number(_) = value {
        // Another choice of logs has other lines.
        state.ui.logs.follow();
    }
    sift_anew(state, now);
    match value {
        PickValue::Number(number) => list_logs(state, number as usize, now),
        PickValue::Filter(FilterRow::Toggle(at)) => list_filters(state, at, now),
        _ => {}
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
