//! Lines that go on record, and patterns made of lines.

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat};

use super::ask::{Ask, Question};
use super::lens::{Lens, Spot};
use crate::clock::Stamp;
use crate::sample::ProbeId;
use crate::sample::log::Level;
use crate::signoff::event::{Blob, Event};
use crate::state::live::Probed;
use crate::state::live::log::Line;
use crate::state::{Cursor, Effect, State, acts};
use crate::text::{self, Redactor};

/// Lines of an excerpt at most.
const LINES: usize = 2000;
/// Bytes of an excerpt's lines at most.
const BYTES: usize = 256 << 10;

/// The lines of one log in an excerpt.
#[derive(Clone, Debug)]
pub(super) struct Part {
    probe: ProbeId,
    lines: u32,
    bytes: Arc<[u8]>,
}

/// The selected lines, or the one under the cursor: at most as many as an excerpt may have; whether that are all.
pub(super) fn chosen(state: &State) -> (Vec<(Spot, Line<'_>)>, bool) {
    let look = &state.ui.logs;
    let Some(cursor) = look.cursor else { return (Vec::new(), true) };
    let anchor = look.anchor.unwrap_or(cursor);
    let lens = state.log_lens();
    let last = anchor.max(cursor);
    let mut at = Some(anchor.min(cursor));
    let (mut lines, mut bytes) = (Vec::new(), 0);
    while let Some(spot) = at.filter(|spot| *spot <= last) {
        if let Some((_, line)) = lens.line(spot) {
            bytes += line.text.len();
            if lines.len() >= LINES || (bytes > BYTES && !lines.is_empty()) {
                return (lines, false);
            }
            lines.push((spot, line));
        }
        at = lens.after(spot);
    }
    (lines, true)
}

/// That a selection was longer than what was taken of it.
pub(super) fn cut_words() -> String {
    format!("more were selected, and {LINES} lines or {} go at once", text::size(BYTES as u64))
}

/// Takes the chosen lines, and asks for a note.
pub(super) fn begin(state: &mut State, now: &Stamp) {
    let (parts, whole) = parts(state);
    if parts.is_empty() {
        state.notice(now, "Go to a line first: space or up holds the lines still, v selects several");
        return;
    }
    state.ui.logs.excerpt = parts;
    state.ui.logs.excerpt_is_cut = !whole;
    super::ask::ask(state, Ask::Excerpt, now);
}

/// The chosen lines, log by log, as text for the evidence folder: clean, and redacted once more.
fn parts(state: &State) -> (Vec<Part>, bool) {
    let redactor = state.plan.settings.redactor();
    let (chosen, whole) = chosen(state);
    let mut parts = Vec::new();
    for (at, log) in state.live.logs.iter().enumerate() {
        let lines: Vec<&Line<'_>> =
            chosen.iter().filter(|(spot, _)| spot.log == at).map(|(_, line)| line).collect();
        if lines.is_empty() {
            continue;
        }
        let mut text = format!(
            "{} of {}; times are the lines' own, with ~ when they were read\n",
            text::plural(lines.len(), "line", "lines"),
            text::clean(&log.id().to_string()),
        );
        for line in &lines {
            text.push_str(&written(line, &redactor));
        }
        if !whole {
            let _infallible = writeln!(text, "cut here; {}", cut_words());
        }
        let lines = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        parts.push(Part { probe: log.id().clone(), lines, bytes: text.into_bytes().into() });
    }
    (parts, whole)
}

/// A line as evidence keeps it: its time, level and text, clean, and redacted once more.
pub(in crate::state) fn written(line: &Line<'_>, redactor: &Redactor) -> String {
    let (mark, at) = match line.entry.stated {
        Some(stated) => (' ', stated),
        None => ('~', line.read),
    };
    let at = DateTime::from_timestamp_millis(at).unwrap_or_default();
    let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let level = if line.entry.level == Level::None { "-" } else { line.entry.level.name() };
    let words = redactor.redact(line.text);
    let cut = if line.entry.cut > 0 { format!(" … {} bytes more", line.entry.cut) } else { String::new() };
    format!("{mark}{at}  {level:<7}  {}{cut}\n", text::clean(&words))
}

/// How the prompt for a note asks.
pub(super) fn question(state: &State) -> Question {
    let parts = &state.ui.logs.excerpt;
    let lines: u32 = parts.iter().map(|part| part.lines).sum();
    let lines = text::plural(lines as usize, "line", "lines");
    let names: Vec<_> = parts.iter().map(|part| text::clean(&part.probe.name).into_owned()).collect();
    let of = format!("{lines} of {}", text::truncate(&names.join(", "), 40));
    let on = item(state).and_then(|id| acts::item_text(state, id));
    let on = on.map_or_else(|| "the run".to_owned(), |text| format!("“{}”", text::truncate(&text, 48)));
    Question {
        title: format!("Put {of} on record with {on}"),
        hint: if state.ui.logs.excerpt_is_cut {
            format!("The first of them: {}. Enter alone keeps them without a note.", cut_words())
        } else {
            "What do they show? Enter alone keeps them without a note.".to_owned()
        },
        text: String::new(),
        suggestion: Some(of),
    }
}

/// The item that an excerpt belongs to: the one under the checklist's cursor.
fn item(state: &State) -> Option<crate::checklist::ItemId> {
    match state.ui.cursor {
        Cursor::Item(id) => Some(id),
        Cursor::Phase(_) | Cursor::Decision(_) => None,
    }
}

/// Writes the excerpt that was begun.
///
/// # Errors
/// Why it cannot be recorded.
pub(in crate::state) fn keep(state: &mut State, note: &str, now: &Stamp) -> Result<Vec<Effect>, String> {
    let parts = state.ui.logs.excerpt.clone();
    let item = item(state);
    let mut events: Vec<Event> = parts
        .iter()
        .map(|part| Event::ExcerptAdded {
            probe: part.probe.clone(),
            lines: part.lines,
            blob: Blob::keep(&part.bytes, &state.desk.entropy),
            item,
        })
        .collect();
    // Enter alone means what is kept, and adds no words to it.
    if question(state).suggestion.as_deref() != Some(note) {
        events.push(Event::NoteAdded { text: note.to_owned(), item });
    }
    let mut drafts = acts::drafted(state, events, now)?;
    for draft in &mut drafts {
        let bytes =
            draft.event.blobs().first().and_then(|blob| parts.iter().find(|part| blob.fits(&part.bytes)));
        draft.blobs.extend(bytes.map(|part| Arc::clone(&part.bytes)));
    }
    let lines: u32 = parts.iter().map(|part| part.lines).sum();
    let what = format!("{} on record", text::plural(lines as usize, "line", "lines"));
    state.ui.layers.pop();
    state.ui.logs.excerpt.clear();
    state.ui.logs.anchor = None;
    Ok(acts::queue(state, drafts, what, false, now))
}

impl Lens<'_> {
    /// A regular expression for lines like the one at this place: what varies in it matches anything.
    pub(super) fn pattern_at(&self, spot: Option<Spot>) -> Option<String> {
        let (strand, line) = self.line(spot?)?;
        let shape = strand.log.shapes.get(line.entry.shape).map(|known| known.shape.text.as_str());
        let of_shape = shape.map(|shape| pattern(shape.split('#')));
        let fits = |pattern: &String| {
            let regex = regex::Regex::new(pattern).ok();
            regex.is_some_and(|regex| regex.is_match(line.text) && !regex.is_match(""))
        };
        Some(of_shape.filter(fits).unwrap_or_else(|| words_pattern(line.text)))
    }
}

/// The fixed parts of a masked line, anything between them.
fn pattern<'a>(fixed: impl Iterator<Item = &'a str>) -> String {
    let fixed: Vec<String> = fixed.map(regex::escape).collect();
    let whole = fixed.join(".+");
    // What a line begins and ends with is mostly its time and a number.
    whole.trim_start_matches(".+").trim_end_matches(".+").trim().to_owned()
}

/// The line with every word that has a digit in it masked.
fn words_pattern(line: &str) -> String {
    let mut out = String::new();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_word(c) != is_word(first)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        if word.contains(|c: char| c.is_ascii_digit()) {
            out.push_str(r"\w+");
        } else {
            out.push_str(&regex::escape(word));
        }
        rest = behind;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_keeps_what_is_fixed() {
        assert_eq!(pattern("# GET /orders/# took # ms".split('#')), "GET /orders/.+ took .+ ms");
        assert_eq!(pattern("# cannot (re)connect".split('#')), r"cannot \(re\)connect");
    }

    #[test]
    fn words_with_digits_are_masked() {
        let line = "06:42:08 job-7f3a failed [code 12]";
        let pattern = words_pattern(line);
        assert_eq!(pattern, r"\w+:\w+:\w+ job\-\w+ failed \[code \w+\]");
        let regex = regex::Regex::new(&pattern).unwrap();
        assert!(regex.is_match(line) && regex.is_match("07:00:00 job-99 failed [code 7]"));
        assert!(!regex.is_match("07:00:00 job-99 ended [code 7]"));
    }
}
