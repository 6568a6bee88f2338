//! Line shapes: what stays of a line when all that varies is masked.
//!
//! Masked are words with digits in them (numbers, hex, ids, addresses, versions) and what joins them, UUIDs, e-mail
//! addresses, names of months and days beside numbers, quoted text other than messages and requests, queries of URLs,
//! and the values of JSON members other than messages. A line's level is part of its shape: a request that fails is
//! another shape than one that does not.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use memchr::memchr;

use super::lines::unfinished;
use crate::sample::log::Level;

/// How much of a line makes its shape.
const FAR: usize = 1024;

/// Shapes told apart for one source: half a megabyte of numbers.
pub(super) const MOST: usize = 65_536;

/// A word from this length on is an id, whatever it is made of.
const LONG: usize = 32;

const DIGIT: u8 = 1;
const HEX: u8 = 2;
const LETTER: u8 = 4;

static CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        class[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' | b'A'..=b'F' => HEX,
            b'g'..=b'z' | b'G'..=b'Z' | 0x80.. => LETTER,
            _ => 0,
        };
        byte += 1;
    }
    class
};

/// The shapes of a source that have been seen.
#[derive(Debug, Default)]
pub(super) struct Known(HashSet<u64, BuildHasherDefault<Identity>>);

impl Known {
    pub(super) fn contains(&self, shape: u64) -> bool {
        self.0.contains(&shape)
    }

    /// Adds a shape; `false` if there is no room for it.
    pub(super) fn add(&mut self, shape: u64) -> bool {
        let room = !self.is_full();
        if room {
            self.0.insert(shape);
        }
        room
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= MOST
    }
}

/// Shapes are hashes already.
#[derive(Debug, Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash(bytes, 0);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// Masks lines, one after another.
#[derive(Debug, Default)]
pub(super) struct Masker {
    out: Vec<u8>,
}

impl Masker {
    /// The shape of a line: never 0, the same on every machine.
    pub(super) fn shape(&mut self, line: &str, level: Level) -> u64 {
        let line = &line.as_bytes()[..line.len().min(FAR)];
        self.out.clear();
        self.words(&line[..line.len() - unfinished(line)], true);
        hash(&self.out, level as u64).max(1)
    }

    /// The masked text of the line last seen.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    fn words(&mut self, text: &[u8], outer: bool) {
        let mut json = false;
        let mut tells = false;
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            if CLASS[*byte as usize] != 0 {
                at = self.word(text, at);
                continue;
            }
            at += 1;
            match byte {
                b' ' => {
                    if self.out.last() != Some(&b' ') {
                        self.out.push(b' ');
                    }
                }
                b'"' if outer => {
                    let Some(length) = quoted(&text[at..]) else {
                        self.out.push(b'"');
                        continue;
                    };
                    let content = &text[at..at + length];
                    at += length + 1;
                    if json && text[at..].trim_ascii_start().first() == Some(&b':') {
                        tells = is_message(content);
                        self.out.extend([&b"\""[..], content, b"\""].concat());
                    } else if tells || !json && self.is_told() || is_request(content) {
                        self.out.push(b'"');
                        self.words(content, false);
                        self.out.push(b'"');
                    } else {
                        self.out.extend_from_slice(b"\"#\"");
                    }
                }
                b'\'' if outer => {
                    self.out.push(b'\'');
                    let opens = at < 2 || CLASS[text[at - 2] as usize] == 0;
                    let end = memchr(b'\'', &text[at..text.len().min(at + 200)]).filter(|end| {
                        opens && text.get(at + end + 1).is_none_or(|after| CLASS[*after as usize] == 0)
                    });
                    if let Some(end) = end {
                        self.out.extend_from_slice(b"#'");
                        at += end + 1;
                    }
                }
                b'{' if outer && text.get(at) == Some(&b'"') => {
                    json = true;
                    self.out.push(b'{');
                }
                b'@' if text.get(at).is_some_and(|next| CLASS[*next as usize] != 0) => {
                    let local = |byte: &u8| CLASS[*byte as usize] != 0 || b"._%+#-".contains(byte);
                    let start = self.out.iter().rposition(|byte| !local(byte)).map_or(0, |at| at + 1);
                    self.out.truncate(start);
                    self.out.push(b'#');
                    at += text[at..]
                        .iter()
                        .take_while(|byte| CLASS[**byte as usize] != 0 || b".-".contains(byte))
                        .count();
                }
                b'?' if text.get(at).is_some_and(|next| CLASS[*next as usize] != 0) => {
                    self.out.extend_from_slice(b"?#");
                    at += text[at..].iter().take_while(|byte| !b" \"')]>".contains(byte)).count();
                }
                _ => self.out.push(*byte),
            }
        }
    }

    /// Takes in the word that begins at `start`; returns where it ends.
    fn word(&mut self, text: &[u8], start: usize) -> usize {
        let mut end = start;
        let mut kinds = 0;
        while let Some(byte) = text.get(end)
            && CLASS[*byte as usize] != 0
        {
            kinds |= CLASS[*byte as usize];
            end += 1;
        }
        let word = &text[start..end];
        if word.len() == 8 && kinds & LETTER == 0 && is_uuid(&text[start..]) {
            self.mask();
            return start + 36;
        }
        let varies = kinds & DIGIT != 0
            || word.len() >= LONG
            || word.len() == 3 && word[0].is_ascii_uppercase() && self.is_dated(word, &text[end..])
            // A group of an IPv6 address.
            || kinds == HEX && word.len() <= 4 && (self.out.ends_with(b"#:") || self.out.ends_with(b"#::"));
        if varies {
            self.mask();
        } else {
            self.out.extend_from_slice(word);
        }
        end
    }

    /// Masks one word; with what it is joined to, if that is masked too: `10.0.0.1`, `06:42:08.123`, `2026-11-21`.
    fn mask(&mut self) {
        let joint = self.out.iter().rev().take(2).take_while(|byte| b".:,-+".contains(byte)).count();
        let before = self.out.len() - joint;
        if joint > 0 && self.out[..before].last() == Some(&b'#') {
            self.out.truncate(before);
            return;
        }
        // A sign.
        if self.out.ends_with(b"-")
            && self.out[..self.out.len() - 1].last().is_none_or(|byte| b" =([:,".contains(byte))
        {
            self.out.pop();
        }
        if self.out.last() != Some(&b'#') {
            self.out.push(b'#');
        }
    }

    /// Whether a word is the month or the day of a date: `Nov 21`, `21/Nov/2026`, `Sat Nov 21`.
    fn is_dated(&self, word: &[u8], after: &[u8]) -> bool {
        const NAMES: [&[u8]; 19] = [
            b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
            b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun",
        ];
        if !NAMES.contains(&word) {
            return false;
        }
        let next = after.iter().find(|byte| !b" ,/-".contains(byte));
        let digit_follows = next.is_some_and(u8::is_ascii_digit);
        let month_follows = NAMES[12..].contains(&word) && next.is_some_and(u8::is_ascii_uppercase);
        digit_follows || month_follows || self.out.ends_with(b"#/") || self.out.ends_with(b"#-")
    }

    /// Whether what follows is a message's text: `msg="…"`.
    fn is_told(&self) -> bool {
        let Some((b'=', key)) = self.out.split_last() else { return false };
        let start = key.iter().rposition(|byte| !byte.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
        is_message(&key[start..])
    }
}

/// Keys whose values say what happened.
fn is_message(key: &[u8]) -> bool {
    matches!(
        key,
        b"msg"
            | b"message"
            | b"Message"
            | b"MESSAGE"
            | b"log"
            | b"error"
            | b"err"
            | b"event"
            | b"exception"
            | b"reason"
            | b"title"
            | b"short_message"
            | b"@m"
            | b"@mt"
            | b"level"
            | b"severity"
            | b"body"
    )
}

fn is_request(content: &[u8]) -> bool {
    let method = content.iter().take(8).take_while(|byte| byte.is_ascii_uppercase()).count();
    method >= 3 && matches!(content[method..], [b' ', b'/', ..])
}

/// The length of a quoted text up to its closing quote.
fn quoted(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let quote = from + memchr(b'"', &text[from..])?;
        if text[..quote].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0 {
            return Some(quote);
        }
        from = quote + 1;
    }
}

fn is_uuid(text: &[u8]) -> bool {
    text.get(..36).is_some_and(|text| {
        text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    }) && text.get(36).is_none_or(|after| CLASS[*after as usize] == 0)
}

/// A hash that is the same everywhere, eight bytes at a time: a multiplication folded in half each.
fn hash(bytes: &[u8], seed: u64) -> u64 {
    const KEYS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93];
    let fold = |a: u64, b: u64| {
        let product = u128::from(a) * u128::from(b);
        #[expect(clippy::cast_possible_truncation, reason = "both halves are used")]
        let (low, high) = (product as u64, (product >> 64) as u64);
        low ^ high
    };
    let (blocks, rest) = bytes.as_chunks::<8>();
    let mut state = fold(seed ^ KEYS[0], bytes.len() as u64 ^ KEYS[1]);
    for block in blocks {
        state = fold(state ^ u64::from_le_bytes(*block), KEYS[0]);
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    fold(fold(state ^ u64::from_le_bytes(last), KEYS[1]), KEYS[0])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn masked(line: &str) -> String {
        let mut masker = Masker::default();
        masker.shape(line, Level::None);
        masker.text()
    }

    #[test]
    fn what_varies_is_masked() {
        for (line, expected) in [
            ("GET /orders/4711 failed after 12 ms", "GET /orders/# failed after # ms"),
            ("2026-11-21T06:42:08.123Z ERROR x", "# ERROR x"),
            ("2026-11-21 06:42:08,123 ERROR x", "# # ERROR x"),
            ("Nov 21 06:42:08 web1 app[12]: x", "# # # # app[#]: x"),
            ("[Sat Nov 21 06:42:08.1 2026] x", "[# # # # #] x"),
            ("connect 10.0.0.1:5432 refused", "connect # refused"),
            ("connect [fe80::abcd:1]:53 refused", "connect [fe80::abcd:1]:53 refused"),
            ("id 550e8400-e29b-41d4-abcd-446655440000 gone", "id # gone"),
            ("id deadbeef-abcd-abcd-abcd-abcdefabcdef gone", "id # gone"),
            ("mail to dana.k+x@example.com sent", "mail to # sent"),
            ("relation \"users\" does not exist", "relation \"#\" does not exist"),
            ("can't open 'a b' now", "can't open '#' now"),
            ("took -1.5s, 3 % of 0x1f", "took #, # % of #"),
            ("pod web-7d4b9c6f5d-x2x9z is up", "pod web-# is up"),
            ("/x/y?user=dana&z=1 is slow", "/x/y?# is slow"),
            (
                r#"level=error msg="cannot reach db 3" user="dana""#,
                r##"level=error msg="cannot reach db #" user="#""##,
            ),
            (
                r#"{"level":"error","time":17,"msg":"order 12 \"x\" failed","user":"dana"}"#,
                r##"{"level":"error","time":#,"msg":"order # \"x\" failed","user":"#"}"##,
            ),
            (
                r#"10.0.0.1 - dana [21/Nov/2026:06:42:08 +0000] "GET /orders/12?x=1 HTTP/1.1" 200 12 "-" "curl/8""#,
                r##"# - dana [#/#/# +#] "GET /orders/#?# HTTP/#" # # "#" "#""##,
            ),
            ("über 12 Straßen", "über # Straßen"),
            ("hash 9f86d081884c7d659a2feaa0c55ad015", "hash #"),
        ] {
            let expected = if line.contains("fe80") { "connect [#]:# refused" } else { expected };
            assert_eq!(masked(line), expected, "{line}");
        }
    }

    #[test]
    fn a_level_is_part_of_the_shape_and_the_hash_never_changes() {
        let mut masker = Masker::default();
        let fine = masker.shape("GET / 200", Level::Info);
        assert_eq!(fine, masker.shape("GET / 304", Level::Info));
        assert_ne!(fine, masker.shape("GET / 502", Level::Error));
        assert_ne!(fine, masker.shape("GET /x 200", Level::Info));
        assert_eq!(hash(b"order # failed after # ms", 6), 0x1be5_fb29_ba56_9ae6);
    }

    #[test]
    fn the_table_has_an_end() {
        let mut known = Known::default();
        for shape in 1..=MOST as u64 {
            assert!(known.add(shape));
        }
        assert!(known.is_full() && !known.add(u64::MAX) && known.contains(1) && !known.contains(u64::MAX));
    }

    proptest! {
        #[test]
        fn numbers_never_matter(words in proptest::collection::vec("[a-z]{1,8}", 1..8), a in any::<u32>(), b in any::<u32>()) {
            let line = |number: u32| words.join(&format!(" {number} "));
            prop_assert_eq!(masked(&line(a)), masked(&line(b)));
        }

        #[test]
        fn any_line_has_a_shape(line in ".{0,80}", quotes in "[\"'{:@?#. -]{0,20}") {
            let mut masker = Masker::default();
            prop_assert_ne!(masker.shape(&format!("{line}{quotes}{line}"), Level::None), 0);
            masker.text();
        }
    }
}
