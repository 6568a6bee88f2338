//! A raw line as clean text, as [`text::clean`] makes it, at the pace of a flood.

use std::borrow::Cow;

use super::lines::Raw;
use crate::text;

/// Columns of a tab stop, as in the rest of the cockpit.
const TAB: usize = 4;

/// The line with nothing in it that a terminal would obey; `room` holds it where it had to be changed.
pub(super) fn clean<'a>(raw: Raw<'a>, room: &'a mut String) -> &'a str {
    let bytes = match raw {
        Raw::Text(text) => {
            if is_harmless(text.as_bytes()) {
                return text;
            }
            room.clear();
            tidy(text, room);
            return room;
        }
        Raw::Bytes(bytes) => bytes,
    };
    // Most of it is valid: the whole is checked faster than its first invalid part is found.
    let text = str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
    match text {
        Cow::Borrowed(text) if is_harmless(text.as_bytes()) => text,
        text => {
            room.clear();
            tidy(&text, room);
            room
        }
    }
}

/// Whether nothing has to be changed; whole blocks at a time, without a branch, so that it costs next to nothing.
fn is_harmless(text: &[u8]) -> bool {
    let odd = |bytes: &[u8]| bytes.iter().fold(false, |odd, byte| odd | is_special(*byte));
    let (blocks, rest) = text.as_chunks::<32>();
    !blocks.iter().any(|block| odd(block)) && !odd(rest)
}

/// Control characters, and the first bytes of all characters that are not let through.
#[expect(clippy::needless_bitwise_bool, reason = "without branches several bytes are looked at at once")]
fn is_special(byte: u8) -> bool {
    (byte < 0x20) | (byte == 0x7f) | (byte == 0xc2) | (byte == 0xe2) | (byte == 0xef)
}

/// Where the next of them is.
fn special(text: &[u8]) -> Option<usize> {
    let (blocks, rest) = text.as_chunks::<16>();
    let clean =
        blocks.iter().take_while(|block| !block.iter().fold(false, |odd, byte| odd | is_special(*byte)));
    let start = clean.count() * 16;
    let within = if start / 16 < blocks.len() { &text[start..start + 16] } else { rest };
    within.iter().position(|byte| is_special(*byte)).map(|at| start + at)
}

fn tidy(text: &str, out: &mut String) {
    let mut rest = text;
    // How far columns have been counted, and how many there were.
    let (mut counted, mut column) = (0, 0);
    while let Some(at) = special(rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(c) = rest.chars().next() else { break };
        let (head, tail) = rest.split_at(c.len_utf8());
        rest = match c {
            '\u{1b}' => escape(tail),
            '\u{9b}' => control(tail),
            '\t' => {
                column += out[counted..].chars().map(width).sum::<usize>();
                let spaces = TAB - column % TAB;
                (0..spaces).for_each(|_| out.push(' '));
                column += spaces;
                counted = out.len();
                tail
            }
            '\r' if tail.starts_with('\n') => tail,
            _ => {
                out.push_str(&text::clean(head));
                tail
            }
        };
    }
    out.push_str(rest);
}

fn width(c: char) -> usize {
    if c.is_ascii() { 1 } else { text::width(c.encode_utf8(&mut [0; 4])) }
}

/// What follows an escape sequence, of which the escape character is already gone.
fn escape(rest: &str) -> &str {
    let mut letters = rest.chars();
    match letters.next() {
        Some('[') => control(letters.as_str()),
        // OSC, DCS, SOS, PM, APC: to BEL, ST or another escape.
        Some(']' | 'P' | 'X' | '^' | '_') => {
            let rest = letters.as_str();
            let Some(end) = rest.find(['\u{7}', '\u{9c}', '\u{1b}']) else { return "" };
            let mut letters = rest[end..].chars();
            let ended = letters.next();
            let rest = letters.as_str();
            if ended == Some('\u{1b}') { rest.strip_prefix('\\').unwrap_or(rest) } else { rest }
        }
        Some('(' | ')' | '*' | '+' | '#' | '%' | ' ') => {
            letters.next();
            letters.as_str()
        }
        Some(' '..='~') => letters.as_str(),
        _ => rest,
    }
}

/// What follows a control sequence's parameters and final byte.
fn control(rest: &str) -> &str {
    let rest = rest.trim_start_matches(|c| (' '..='?').contains(&c));
    rest.strip_prefix(|c| ('@'..='~').contains(&c)).unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cleaned(raw: &[u8]) -> String {
        clean(Raw::Bytes(raw), &mut String::new()).to_owned()
    }

    #[test]
    fn nothing_acts_on_a_terminal() {
        for (raw, expected) in [
            (&b"plain"[..], "plain"),
            (b"\x1b[31mERROR\x1b[0m red", "ERROR red"),
            ("\u{9b}31mERROR\u{9b}0m".as_bytes(), "ERROR"),
            (b"\x1b]52;c;ZXZpbA==\x07copied", "copied"),
            (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
            (b"\x1bP1;2q#0\x1b\\done", "done"),
            (b"a\tb", "a   b"),
            (b"a\0b\x07", "a␀b␇"),
            ("user\u{202e}txt.exe".as_bytes(), "user\u{fffd}txt.exe"),
            (b"caf\xc3\xa9 \xff", "café \u{fffd}"),
            (b"caf\xc3\xa9", "café"),
        ] {
            assert_eq!(cleaned(raw), expected);
        }
    }

    proptest! {
        #[test]
        fn it_is_what_the_rest_of_the_cockpit_makes_of_it(parts in proptest::collection::vec(prop_oneof![
            Just("\u{1b}".to_owned()), Just("\u{1b}[".to_owned()), Just("\u{1b}]".to_owned()), Just("\t".to_owned()),
            Just("\u{9b}".to_owned()), Just("\u{9c}".to_owned()), Just("\u{7}".to_owned()), Just("31m".to_owned()),
            Just("\u{1b}(B".to_owned()), Just("é漢👩‍👧".to_owned()), Just("\u{200b}\u{feff}".to_owned()), ".{0,6}", "[ -~]{0,40}",
        ], 0..12)) {
            let line = parts.concat();
            prop_assert_eq!(cleaned(line.as_bytes()), text::clean(&line));
        }

        #[test]
        fn any_bytes_become_clean_text(raw in proptest::collection::vec(any::<u8>(), 0..80)) {
            let line = cleaned(&raw);
            let lossy = String::from_utf8_lossy(&raw);
            prop_assert_eq!(&line, &text::clean(&lossy));
            prop_assert!(!line.chars().any(char::is_control));
        }
    }
}
