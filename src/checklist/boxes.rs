//! Boxes in plain text, for those that GitHub would not draw.

use std::ops::Range;

/// A box in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The bytes of the box.
    pub span: Range<usize>,
    pub checked: bool,
}

const EMPTY: &[&str] = &["[ ]", "[]", "[  ]", "[\u{a0}]", "☐", "□", "❏", "⬜"];
const TICKED: &[&str] = &["[x]", "[X]", "[ x]", "[x ]", "[ x ]", "[ X ]", "[✓]", "[✔]", "☑", "☒", "✅"];

/// The box that a text begins with, spaces before it allowed.
///
/// `✅` alone is a success criterion's mark, not a box; it counts only between others.
pub(super) fn leading(text: &str) -> Option<Mark> {
    let at = text.len() - text.trim_start().len();
    exact(text, at)
}

/// A text's box at a byte, followed by a space or the end (the drawn ones by anything).
fn exact(text: &str, at: usize) -> Option<Mark> {
    let rest = text.get(at..)?;
    let find = |list: &[&str]| {
        list.iter().find(|mark| **mark != "✅" && rest.starts_with(**mark)).map(|mark| mark.len())
    };
    let (len, checked) =
        find(EMPTY).map(|len| (len, false)).or_else(|| find(TICKED).map(|len| (len, true)))?;
    let next = rest[len..].chars().next();
    let apart = next.is_none_or(char::is_whitespace)
        || !rest.starts_with('[')
        || rest.starts_with("[ ]") && next != Some('(');
    apart.then_some(Mark { span: at..at + len, checked })
}

/// All boxes of a line that stand after a label: `**Backup:** [ ] taken [ ] restored`.
///
/// The first must follow a label (strong, or ending in a colon); then each box ends the one before.
pub(super) fn labelled(line: &str, is_label: impl Fn(&str) -> bool) -> Vec<Mark> {
    let mut found: Vec<Mark> = Vec::new();
    for (at, c) in line.char_indices() {
        if !matches!(c, '[' | '☐' | '☑' | '☒' | '□' | '❏' | '⬜')
            || found.last().is_some_and(|last| at < last.span.end)
        {
            continue;
        }
        let Some(mark) = exact(line, at) else { continue };
        let apart = line[..at].ends_with(char::is_whitespace) || c != '[';
        if apart && (!found.is_empty() || is_label(line[..at].trim_end())) {
            found.push(mark);
        } else if found.is_empty() {
            return found;
        }
    }
    found
}
