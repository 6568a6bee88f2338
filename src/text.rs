//! Outside text made safe: control characters, widths, truncation, redaction; and the one way to write durations.

use std::borrow::Cow;
use std::time::Duration;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

mod redact;
mod secret;
mod units;

pub use redact::Redactor;
pub use secret::{looks_like_secret_value, looks_secret};
pub use units::{UnitError, exact, exact_size, parse_duration, parse_size};

/// What stands where a secret was.
pub const MASK: &str = "•••";

/// Columns of a tab stop.
const TAB: usize = 4;

/// One line of outside text with nothing in it that a terminal would obey.
///
/// Escape sequences are taken out whole, tabs become spaces, line ends become spaces, other control characters become
/// their pictures (`␀` …), direction overrides and zero-width characters become U+FFFD.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| !is_unsafe(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut column = 0;
    while let Some(c) = rest.next() {
        let before = out.len();
        match c {
            '\u{1b}' => skip_escape(&mut rest),
            '\u{9b}' => skip_csi(&mut rest),
            '\t' => (0..TAB - column % TAB).for_each(|_| out.push(' ')),
            '\r' if rest.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => out.push(' '),
            '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}')),
            '\u{7f}' => out.push('\u{2421}'),
            c if is_unsafe(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
        column += width(&out[before..]);
    }
    Cow::Owned(out)
}

/// Outside text of several lines, each made safe; at most `lines` of them.
#[must_use]
pub fn clean_lines(text: &str, lines: usize) -> Vec<String> {
    text.lines().take(lines).map(|line| clean(line).into_owned()).collect()
}

/// A character that a terminal might obey, or that hides or turns the text around it.
#[must_use]
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
            // Joiners build emoji and words of some scripts.
            && c != '\u{200d}'
            && c != '\u{200c}'
}

fn skip_escape(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match rest.peek() {
        Some('[') => {
            rest.next();
            skip_csi(rest);
        }
        // OSC, DCS, SOS, PM, APC: to BEL or ESC \.
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(c) = rest.next() {
                if c == '\u{7}' || c == '\u{9c}' {
                    break;
                }
                if c == '\u{1b}' {
                    rest.next_if_eq(&'\\');
                    break;
                }
            }
        }
        Some('(' | ')' | '*' | '+' | '#' | '%' | ' ') => {
            rest.next();
            rest.next();
        }
        Some('\u{20}'..='\u{7e}') => {
            rest.next();
        }
        _ => {}
    }
}

fn skip_csi(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while rest.next_if(|c| ('\u{20}'..='\u{3f}').contains(c)).is_some() {}
    rest.next_if(|c| ('\u{40}'..='\u{7e}').contains(c));
}

/// Columns on the screen.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most `columns`, cut at a grapheme border, with `…` as the last column if it was cut.
#[must_use]
pub fn truncate(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = width(grapheme);
        if used + wide > columns - 1 {
            break;
        }
        out.push_str(grapheme);
        used += wide;
    }
    // What was shortened before is shortened once.
    out.truncate(out.trim_end_matches('…').len());
    out.push('…');
    Cow::Owned(out)
}

/// The text cut or padded with spaces to exactly `columns`.
#[must_use]
pub fn pad(text: &str, columns: usize) -> String {
    let mut out = truncate(text, columns).into_owned();
    let used = width(&out);
    out.extend(std::iter::repeat_n(' ', columns.saturating_sub(used)));
    out
}

/// Lines of at most `columns`, broken at spaces where there are any.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    let mut end = |line: &mut String, used: &mut usize| {
        lines.push(std::mem::take(line).trim_end().to_owned());
        *used = 0;
    };
    for word in text.split_inclusive(char::is_whitespace) {
        let wide = width(word.trim_end());
        if used > 0 && used + wide > columns && wide <= columns {
            end(&mut line, &mut used);
        }
        if wide <= columns {
            if used > 0 || wide > 0 || line.is_empty() {
                line.push_str(word);
                used += width(word);
            }
            continue;
        }
        // Scripts without spaces, and words too long for any line: broken where the line ends.
        for grapheme in word.graphemes(true) {
            let one = width(grapheme);
            if used > 0 && used + one > columns {
                end(&mut line, &mut used);
            }
            line.push_str(grapheme);
            used += one;
        }
    }
    if !line.trim().is_empty() || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// A clock that runs: `08:41`, `1:02:10`, `1d 02:10`.
#[must_use]
pub fn clock(span: Duration) -> String {
    let all = span.as_secs();
    let (days, hours, minutes, seconds) = (all / 86_400, all / 3600 % 24, all / 60 % 60, all % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes:02}:{seconds:02}"),
        (0, _) => format!("{hours}:{minutes:02}:{seconds:02}"),
        _ => format!("{days}d {hours:02}:{minutes:02}"),
    }
}

/// A short span in its largest unit: `84ms`, `1.2s`, `14s`, `7m`, `3h`, `2d`.
#[must_use]
pub fn short(span: Duration) -> String {
    let ms = span.as_millis();
    match ms {
        0..1000 => format!("{ms}ms"),
        1000..10_000 => format!("{}.{}s", ms / 1000, ms % 1000 / 100),
        10_000..120_000 => format!("{}s", ms / 1000),
        120_000..7_200_000 => format!("{}m", ms / 60_000),
        7_200_000..172_800_000 => format!("{}h", ms / 3_600_000),
        _ => format!("{}d", ms / 86_400_000),
    }
}

/// A span to the second: `56s`, `02:13`, `3:05:00`.
#[must_use]
pub fn span(span: Duration) -> String {
    if span < Duration::from_mins(2) { short(span) } else { clock(span) }
}

/// A span in words that cannot be taken for a time of day: `1.2 s`, `8 min 56 s`, `3 h 5 min`, `32 d 15 h`.
#[must_use]
pub fn lasting(span: Duration) -> String {
    let (ms, all) = (span.as_millis(), span.as_secs());
    match ms {
        0..1000 => return format!("{ms} ms"),
        1000..10_000 => return format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => {}
    }
    // Of days, minutes are as fine as anybody asks.
    let seconds = if all < 86_400 { all % 60 } else { 0 };
    let parts = [(all / 86_400, "d"), (all / 3600 % 24, "h"), (all / 60 % 60, "min"), (seconds, "s")];
    let some: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    some.join(" ")
}

/// An amount of data, to three digits and never more than there is: `512 B`, `1.31 GB`, `41.2 TB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let mut unit = 0;
    let mut size = 1_u64;
    while unit + 1 < UNITS.len() && bytes / size >= 1000 {
        size = size.saturating_mul(1000);
        unit += 1;
    }
    let whole = bytes / size;
    let name = UNITS[unit];
    // Below a thousand of a unit, its thousandths are whole numbers.
    let thousandths = if unit == 0 { 0 } else { bytes % size / (size / 1000) };
    match whole {
        _ if unit == 0 => format!("{whole} {name}"),
        0..10 => format!("{whole}.{:02} {name}", thousandths / 10),
        10..100 => format!("{whole}.{} {name}", thousandths / 100),
        _ => format!("{whole} {name}"),
    }
}

/// A share of a whole in whole per cents: `62%`; only all is 100 and only nothing is 0.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = (share * 100.0).round();
    match share {
        share if share > 0.0 && percent < 1.0 => "<1%".to_owned(),
        share if share < 1.0 && percent >= 100.0 => ">99%".to_owned(),
        _ => format!("{percent}%"),
    }
}

/// How old something is, in whole units: `4s`, `7m`, `3h`, `2d`.
#[must_use]
pub fn age(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..120 => format!("{seconds}s"),
        seconds @ 120..7200 => format!("{}m", seconds / 60),
        seconds @ 7200..172_800 => format!("{}h", seconds / 3600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

/// A whole number in groups of three digits: `490,112`.
#[must_use]
pub fn grouped(number: impl Into<i128>) -> String {
    let number: i128 = number.into();
    let digits = number.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    if number < 0 {
        out.push('-');
    }
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The text with a full stop, so that another sentence may follow.
#[must_use]
pub fn sentence(text: &str) -> String {
    let text = text.trim_end();
    let stop = if text.ends_with(['.', '!', '?', ':', ';']) { "" } else { "." };
    format!("{text}{stop}")
}

/// A count with its noun: `1 step is`, `3 steps are`.
#[must_use]
pub fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_twice_says_so_once() {
        let once = truncate("the payment gateway's certificate", 28);
        assert_eq!(once, "the payment gateway's certi…");
        assert_eq!(truncate(&format!("“{once}”"), 29), "“the payment gateway's certi…");
        assert_eq!(truncate("…", 1), "…");
    }
}
