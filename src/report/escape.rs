//! Outside text in Markdown: shown as it is, obeyed by nobody.

use std::fmt::Write as _;

use crate::text;

/// Longest text shown of one field, in characters; the log keeps the whole.
pub(super) const SHOWN: usize = 2000;

/// One line of outside text that no Markdown reader takes for markup, HTML or a link.
pub(super) fn inline(outside: &str) -> String {
    let (shown, cut) = match outside.char_indices().nth(SHOWN) {
        Some((end, _)) => (&outside[..end], outside.chars().count() - SHOWN),
        None => (outside, 0),
    };
    let clean = text::clean(shown);
    let mut out = String::with_capacity(clean.len() + clean.len() / 8);
    let mut leading = true;
    let mut digits = true;
    let mut rest = clean.trim().chars().peekable();
    while let Some(c) = rest.next() {
        let escape = match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '!' | '#' | '@' | '$' => true,
            // `https://…`, `mailto:…` and `www.…` become links by themselves, `:name:` a picture.
            ':' => {
                rest.peek().is_some_and(|next| *next == '/' || next.is_alphanumeric() && !digits_before(&out))
            }
            '.' if out.ends_with("www") || out.ends_with("WWW") => true,
            // `- `, `+ `, `===` and `1.` mean something at the beginning of a line only.
            '-' | '+' | '=' => leading,
            '.' | ')' => digits && !leading,
            _ => false,
        };
        if escape {
            out.push('\\');
        }
        out.push(c);
        digits = digits && c.is_ascii_digit();
        leading = false;
    }
    if cut > 0 {
        // Writing to a string does not fail.
        let _ = write!(out, " … *(cut: {cut} more characters are in the log)*");
    }
    if out.is_empty() {
        out.push('–');
    }
    out
}

/// A time of day, such as `06:10`.
fn digits_before(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_digit())
}

/// Outside text as code in a line.
pub(super) fn code(outside: &str) -> String {
    let clean = text::clean(outside);
    let clean = clean.trim();
    if clean.is_empty() {
        return "–".to_owned();
    }
    let ticks = "`".repeat(longest_run(clean) + 1);
    // A table splits its cells before it looks for code.
    let clean = clean.replace('|', "\\|");
    if clean.starts_with('`') || clean.ends_with('`') {
        format!("{ticks} {clean} {ticks}")
    } else {
        format!("{ticks}{clean}{ticks}")
    }
}

/// Lines of code between fences that they cannot close.
pub(super) fn block(language: &str, lines: &str) -> String {
    let ticks = "`".repeat(longest_run(lines).max(2) + 1);
    let clean: Vec<_> = lines.lines().map(text::clean).collect();
    format!("{ticks}{language}\n{}\n{ticks}", clean.join("\n"))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}
