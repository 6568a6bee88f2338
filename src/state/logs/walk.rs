//! Moving among the lines: by rows, to matches, to errors; any move holds the lines still.

use super::lens::{Spot, Want, Way};
use crate::clock::Stamp;
use crate::state::State;
use crate::text;

/// A search for a line that has to wait until the lines on the way were looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seek {
    from: Option<Spot>,
    way: Way,
    want: Want,
}

/// Holds the lines as they are, the cursor on the newest.
pub(super) fn pause(state: &mut State, now: &Stamp) {
    if state.ui.logs.paused() {
        return;
    }
    match state.log_lens().last() {
        Some(last) => go(state, last),
        None => state.notice(now, "There is no line to stop at"),
    }
}

/// Puts the cursor on a line and holds the lines still.
pub(super) fn go(state: &mut State, spot: Spot) {
    if state.ui.logs.held.is_none() {
        let held = state.seen().logs.iter().map(|log| log.buffer.clone()).collect();
        state.ui.logs.held = Some(held);
    }
    state.ui.logs.cursor = Some(spot);
}

/// Moves the cursor by lines; down from the last line it follows again.
pub(in crate::state) fn step(state: &mut State, by: isize, now: &Stamp) {
    let lens = state.log_lens();
    let Some(mut at) = state.ui.logs.cursor.or_else(|| lens.last()) else {
        state.notice(now, "There is no line yet");
        return;
    };
    let from = at;
    for _ in 0..by.unsigned_abs() {
        let next = if by < 0 { lens.before(at) } else { lens.after(at) };
        let Some(next) = next else { break };
        at = next;
    }
    if by > 0 && at == from {
        state.ui.logs.follow();
    } else {
        go(state, at);
    }
}

/// To the oldest line.
pub(super) fn go_first(state: &mut State, now: &Stamp) {
    match state.log_lens().first() {
        Some(first) => go(state, first),
        None => state.notice(now, "There is no line yet"),
    }
}

/// To the next wanted line; waits for what was not looked at yet.
pub(super) fn seek(state: &mut State, way: Way, want: Want, now: &Stamp) {
    if want == Want::Hit && state.ui.logs.search.is_none() {
        state.notice(now, "Nothing is searched yet: press /");
        return;
    }
    state.ui.logs.seek = Some(Seek { from: state.ui.logs.cursor, way, want });
    go_on(state, now);
}

/// To the match at the cursor, or the next older one.
pub(super) fn seek_here(state: &mut State, now: &Stamp) {
    let from = state.ui.logs.cursor.map(|at| Spot { line: at.line + 1, ..at });
    state.ui.logs.seek = Some(Seek { from, way: Way::Back, want: Want::Hit });
    go_on(state, now);
}

/// Goes on with a search that waits.
pub(super) fn go_on(state: &mut State, now: &Stamp) {
    let Some(seek) = state.ui.logs.seek else { return };
    let lens = state.log_lens();
    // Whoever follows is at the end: there is nothing newer.
    let from = match (seek.from, seek.way) {
        (None, Way::On) => lens.last(),
        (from, _) => from,
    };
    let found = lens.find(from, seek.way, seek.want);
    let known = |spot| lens.is_known(from.or_else(|| lens.last()).unwrap_or(spot), spot);
    match found {
        Some(spot) if known(spot) => {
            let hits = lens.tally().hits;
            state.ui.logs.seek = None;
            go(state, spot);
            if seek.want == Want::Hit && !state.ui.logs.sifting {
                let hits = usize::try_from(hits).unwrap_or(usize::MAX);
                state.notice(now, text::plural(hits, "line matches", "lines match"));
            }
        }
        _ if state.ui.logs.sifting => {}
        _ => {
            state.ui.logs.seek = None;
            let what = if seek.want == Want::Hit { "match" } else { "error" };
            let (age, key) = match (seek.way, seek.want) {
                (Way::On, Want::Hit) => ("newer", "N looks for older ones"),
                (Way::On, _) => ("newer", "E looks for older ones"),
                (Way::Back, Want::Hit) => ("older", "n looks for newer ones"),
                (Way::Back, _) => ("older", "e looks for newer ones"),
            };
            state.notice(now, format!("No {age} {what}: {key}"));
        }
    }
}
