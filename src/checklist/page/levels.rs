//! Levels for headings that have lost theirs.
//!
//! What is left of the levels is order: a heading directly over another stands above it; headings that count ("Phase
//! 1", "Phase 2"; "Method A", "Method B") stand side by side; one that comes after text stands beside the last one of
//! its own kind: over headings, or over text.

use super::super::PhaseKind;
use super::super::block::{Block, Kind};
use super::super::words::Rules;

/// A paragraph longer than this is text of its own, not a line that leads to a heading.
const LEAD: usize = 100;

struct Open {
    level: u8,
    series: Option<String>,
    kind: PhaseKind,
    /// Stands over other headings.
    above: bool,
}

/// Gives every heading of level 0 a level; how many there were.
pub(super) fn assign(blocks: &mut [Block]) -> usize {
    let heads: Vec<usize> =
        (0..blocks.len()).filter(|n| matches!(blocks[*n].kind, Kind::Heading { .. })).collect();
    // Whether only leads stand between a heading and the next one.
    let bare: Vec<bool> = heads
        .iter()
        .enumerate()
        .map(|(n, at)| {
            let Some(next) = heads.get(n + 1) else { return false };
            blocks[at + 1..*next].iter().all(|block| is_lead(&block.kind))
        })
        .collect();
    let rules = Rules::without(&[]);
    let mut open: Vec<Open> = Vec::new();
    let mut known: Vec<(String, u8)> = Vec::new();
    let mut guessed = 0;
    for (n, at) in heads.iter().enumerate() {
        let Kind::Heading { level, text } = &mut blocks[*at].kind else { continue };
        let words = text.one_line();
        let series = series(&words);
        let kind = rules.kind(&words);
        if *level == 0 {
            guessed += 1;
            *level = place(n, &bare, &open, &known, series.as_ref(), kind);
        }
        while open.last().is_some_and(|last| last.level >= *level) {
            open.pop();
        }
        if let Some(series) = &series
            && !known.iter().any(|(known, _)| known == series)
        {
            known.push((series.clone(), *level));
        }
        // What counts within a heading counts anew under the next.
        known.retain(|(_, deep)| *deep <= *level);
        open.push(Open { level: *level, series, kind, above: bare[n] });
    }
    guessed
}

fn place(
    n: usize,
    bare: &[bool],
    open: &[Open],
    known: &[(String, u8)],
    series: Option<&String>,
    kind: PhaseKind,
) -> u8 {
    // The first heading is the title if anything is below it.
    if n == 0 {
        return 1;
    }
    let top = 2;
    if let Some((_, level)) = series.and_then(|series| known.iter().find(|(known, _)| known == series)) {
        return *level;
    }
    let last = open.last().map_or(1, |last| last.level);
    if n == 1 {
        return top;
    }
    let after_heading = bare.get(n - 1).copied().unwrap_or_default();
    if kind != PhaseKind::Work && !after_heading && !open.iter().any(|open| open.kind == kind) {
        return top;
    }
    if after_heading {
        return (last + 1).min(6);
    }
    if bare.get(n).copied().unwrap_or_default() {
        let beside = open.iter().rev().find(|open| open.above && open.level > 1);
        return beside.map_or(top, |beside| beside.level);
    }
    match open.last() {
        // What does not count stands beside the heading over the counted ones, unless that one counts too.
        Some(Open { series: Some(_), level, .. })
            if series.is_none()
                && *level > top
                && open.iter().rev().nth(1).is_some_and(|above| above.series.is_none()) =>
        {
            (*level - 1).max(top)
        }
        Some(open) if open.kind != PhaseKind::Work && kind == PhaseKind::Work && open.level > top => {
            open.level
        }
        Some(open) => open.level.max(top),
        None => top,
    }
}

fn is_lead(kind: &Kind) -> bool {
    match kind {
        Kind::Paragraph(text) => {
            let text = text.text.trim();
            text.len() <= LEAD && !text.ends_with('.') && !text.contains("___")
        }
        _ => false,
    }
}

/// `Migration Day - Phase 4: Checks` counts as `migration day - phase #`; `Method B: …` as `method @`.
fn series(words: &str) -> Option<String> {
    let lower = words.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().take(6).collect();
    words.iter().enumerate().find_map(|(n, word)| {
        let ends = word.ends_with([':', '.', ')', '-', '–']) || words.len() == n + 1;
        let bare = word.trim_end_matches([':', '.', ')', '-', '–', ',']);
        let mark = if !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit()) {
            "#"
        } else if n > 0 && ends && bare.len() == 1 && bare.bytes().all(|byte| byte.is_ascii_lowercase()) {
            "@"
        } else {
            return None;
        };
        let unit = words.get(n + 1).is_some_and(|next| {
            ["days", "hours", "minutes", "day", "hour"].contains(&next.trim_end_matches(':'))
        });
        (!unit).then(|| format!("{} {mark}", words[..n].join(" ")))
    })
}
