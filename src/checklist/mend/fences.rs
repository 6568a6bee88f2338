//! Where code stands, so that its lines are left alone.
//!
//! `CommonMark` lets a fence run to the end of the file, and one forgotten closing fence turns every later pair
//! inside out. Here a fence never crosses a heading or a box, and never another fence that names a language, unless
//! the fences after it pair up.

use super::mapped::{Lines, indent};

/// A fence and its lines, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fence {
    /// The opening line.
    pub open: usize,
    /// The line after its code: the closing line, or the first line that it must not swallow.
    pub end: usize,
    /// It has a closing line.
    pub closed: bool,
}

/// A line that may open or close a fence.
#[derive(Clone, Copy, Debug)]
struct Bar {
    line: usize,
    mark: u8,
    len: usize,
    /// It can only open: it names a language, or stands behind a list marker.
    opens: bool,
    /// Its language is Markdown: headings and boxes in it are its own.
    markdown: bool,
}

/// Finds all fences, in order.
pub(super) fn find(lines: &Lines<'_>) -> Vec<Fence> {
    let bars: Vec<Bar> = (0..lines.len()).filter_map(|line| bar(line, lines.text(line))).collect();
    let bare_runs = bare_runs(&bars);
    let mut fences = Vec::new();
    let mut at = 0;
    while let Some(opening) = bars.get(at) {
        let next =
            (at + 1..bars.len()).find(|n| bars[*n].mark == opening.mark && bars[*n].len >= opening.len);
        let limit = next.map_or(lines.len(), |n| bars[n].line);
        let structure = || (opening.line + 1..limit).find(|line| is_structure(lines, *line));
        let closing = next.filter(|n| !bars[*n].opens);
        // An even number of bare fences left: one of them opens what this one failed to close.
        let paired = closing.is_some_and(|n| opening.markdown || bare_runs[n] % 2 == 1);
        let cut = if paired { None } else { structure() };
        match (closing, cut) {
            (Some(n), None) => {
                fences.push(Fence { open: opening.line, end: bars[n].line, closed: true });
                at = n + 1;
            }
            (_, cut) => {
                let end = cut.unwrap_or(limit);
                fences.push(Fence { open: opening.line, end, closed: false });
                at += 1;
                while bars.get(at).is_some_and(|bar| bar.line < end) {
                    at += 1;
                }
            }
        }
    }
    fences
}

/// For each bar, how many bars that can close follow without one that only opens, itself included.
fn bare_runs(bars: &[Bar]) -> Vec<usize> {
    let mut runs = vec![0; bars.len()];
    let mut run = 0;
    for (n, bar) in bars.iter().enumerate().rev() {
        run = if bar.opens { 0 } else { run + 1 };
        runs[n] = run;
    }
    runs
}

fn bar(line: usize, text: &str) -> Option<Bar> {
    let mut rest = text.trim_start_matches([' ', '\t', '>']);
    let mut listed = false;
    while let Some((marker, content)) = list_marker(rest) {
        if marker == 0 || content == 0 {
            break;
        }
        listed = true;
        rest = &rest[content..];
    }
    let mark = *rest.as_bytes().first().filter(|byte| matches!(byte, b'`' | b'~'))?;
    let len = rest.bytes().take_while(|byte| *byte == mark).count();
    let info = rest[len..].trim();
    if len < 3 || mark == b'`' && info.contains('`') {
        return None;
    }
    let language = info.split([' ', ',', '{']).next().unwrap_or_default();
    let markdown = language.eq_ignore_ascii_case("markdown") || language.eq_ignore_ascii_case("md");
    Some(Bar { line, mark, len, opens: listed || !info.is_empty(), markdown })
}

/// The length of a list marker at the start of a text, and where its content begins.
pub(super) fn list_marker(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let marker = match bytes.first()? {
        b'-' | b'*' | b'+' => 1,
        b'0'..=b'9' => {
            let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits > 9 || !matches!(bytes.get(digits), Some(b'.' | b')')) {
                return None;
            }
            digits + 1
        }
        _ => return None,
    };
    match bytes.get(marker) {
        None => Some((marker, marker)),
        Some(b' ' | b'\t') => Some((marker, marker + indent(&text[marker..]).1)),
        Some(_) => None,
    }
}

/// Whether a text begins with a box, written as people write it.
pub(super) fn begins_with_box(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 3
        && bytes[0] == b'['
        && matches!(bytes[1], b' ' | b'x' | b'X')
        && bytes[2] == b']'
        && !matches!(bytes.get(3), Some(b'(' | b'[' | b':'))
}

/// A line that no piece of code should hold: a heading with a blank line above it, or a box.
pub(super) fn is_structure(lines: &Lines<'_>, line: usize) -> bool {
    let text = lines.text(line);
    let (columns, bytes) = indent(text);
    let rest = &text[bytes..];
    if let Some((_, content)) = list_marker(rest) {
        return begins_with_box(&rest[content..]);
    }
    let level = rest.bytes().take_while(|byte| *byte == b'#').count();
    let heading = columns < 4 && (1..=6).contains(&level) && rest[level..].starts_with(' ');
    heading && line > 0 && lines.text(line - 1).trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(usize, usize, bool)> {
        find(&Lines::of(text)).iter().map(|fence| (fence.open, fence.end, fence.closed)).collect()
    }

    #[test]
    fn closed_fences_keep_comments_that_look_like_headings() {
        assert_eq!(found("```sh\n\n## restart\nx\n```\n\n## Next\n"), [(0, 4, true)]);
    }

    #[test]
    fn a_forgotten_end_stops_at_the_next_heading_or_box() {
        assert_eq!(found("```sh\nx\n\n## Next\n- [ ] a\n"), [(0, 3, false)]);
        assert_eq!(found("- [ ] a\n  ```\n  x\n- [ ] b\n"), [(1, 3, false)]);
        assert_eq!(found("```\nx"), [(0, 2, false)]);
    }

    #[test]
    fn a_forgotten_end_does_not_turn_later_pairs_inside_out() {
        let text = "```\nx\n\n## Next\n\n```\ny\n```\n\n## Last\n\n```\nz\n```\n";
        assert_eq!(found(text), [(0, 3, false), (5, 7, true), (11, 13, true)]);
        assert_eq!(found("```\nx\n```sh\ny\n```\n"), [(0, 2, false), (2, 4, true)]);
    }

    #[test]
    fn longer_and_other_fences_hold_shorter_ones() {
        assert_eq!(found("````md\n```sh\nx\n```\n````\n"), [(0, 4, true)]);
        assert_eq!(found("~~~\n```\n~~~\n"), [(0, 2, true)]);
        assert_eq!(found("```markdown\n\n# a\n- [ ] b\n```\n"), [(0, 4, true)]);
    }
}
