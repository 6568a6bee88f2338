//! Line shapes: what stays of a line when all that varies is masked.
//!
//! Masked are words with digits in them (numbers, hex, ids, addresses, versions) and what joins them, UUIDs, e-mail
//! addresses, names of months and days before numbers, quoted text other than messages and requests, queries of URLs,
//! and the values of JSON members other than messages. A line's level is part of its shape: a request that fails is
//! another shape than one that does not.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use memchr::memchr;

use crate::sample::log::Level;

/// How much of a line makes its shape.
const FAR: usize = 1024;

/// Shapes told apart for one source: half a megabyte of numbers.
pub(super) const MOST: usize = 65_536;

const DIGIT: u8 = 1;
const HEX: u8 = 2;
const LETTER: u8 = 4;
const WORD: u8 = DIGIT | HEX | LETTER;
/// Where masking stops to look: digits, and signs that mean something.
const STOP: u8 = 8;

#[expect(clippy::cast_possible_truncation, reason = "an index below 256 is a byte")]
static CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        class[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT | STOP,
            b'a'..=b'f' | b'A'..=b'F' => HEX,
            b'g'..=b'z' | b'G'..=b'Z' | 0x80.. => LETTER,
            b'"' | b'\'' | b'{' | b'@' | b'?' => STOP,
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
        let mut sum = Sum(0);
        sum.run(bytes);
        self.0 = sum.0;
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// The shape of a line: never 0, the same on every machine.
pub(super) fn shape(line: &str, level: Level) -> u64 {
    let mut sum = Sum(fold(level as u64 ^ KEYS[0], KEYS[1]));
    Masker { out: &mut sum, masked: false }.words(head(line), true);
    fold(sum.0, KEYS[1]).max(1)
}

/// The masked line.
pub(super) fn masked(line: &str) -> String {
    let mut out = Vec::new();
    Masker { out: &mut out, masked: false }.words(head(line), true);
    String::from_utf8_lossy(&out).into_owned()
}

/// What makes the shape.
fn head(line: &str) -> &[u8] {
    &line.as_bytes()[..line.floor_char_boundary(FAR)]
}

/// Where what stays of a line goes, in runs.
trait Out {
    fn run(&mut self, run: &[u8]);
}

impl Out for Vec<u8> {
    fn run(&mut self, run: &[u8]) {
        self.extend_from_slice(run);
    }
}

/// A hash of the runs, eight bytes at a time: a multiplication folded in half each.
struct Sum(u64);

impl Out for Sum {
    fn run(&mut self, run: &[u8]) {
        let (blocks, rest) = run.as_chunks::<8>();
        for block in blocks {
            self.0 = fold(self.0 ^ u64::from_le_bytes(*block), KEYS[0]);
        }
        let last = rest.iter().fold(rest.len() as u64, |last, byte| last << 8 | u64::from(*byte));
        self.0 = fold(self.0 ^ last, KEYS[1]);
    }
}

const KEYS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93];

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    #[expect(clippy::cast_possible_truncation, reason = "both halves are used")]
    let (low, high) = (product as u64, (product >> 64) as u64);
    low ^ high
}

struct Masker<'a, O: Out> {
    out: &'a mut O,
    /// What was written last is a mask.
    masked: bool,
}

impl<O: Out> Masker<'_, O> {
    /// Masks a text. Only digits and a few signs are stopped at; what lies between is written in runs.
    fn words(&mut self, text: &[u8], outer: bool) {
        let mut json = false;
        let mut tells = false;
        let mut at = 0;
        // What is written so far.
        let mut done = 0;
        while let Some(next) = text[at..].iter().position(|byte| CLASS[*byte as usize] & STOP != 0) {
            at += next + 1;
            let after = text.get(at).copied().unwrap_or(0);
            match text[at - 1] {
                b'0'..=b'9' => {
                    let (start, end) = varying(text, done, at - 1);
                    let run = self.before_mask(&text[done..start]);
                    self.run(run);
                    self.mask();
                    (done, at) = (end, end);
                }
                b'"' if outer => {
                    let Some(length) = quoted(&text[at..]) else { continue };
                    let (opened, content) = (at, &text[at..at + length]);
                    at += length + 1;
                    if json && text[at..].trim_ascii_start().first() == Some(&b':') {
                        tells = is_message(content);
                        continue;
                    }
                    let told = tells || !json && is_told(&text[done..opened - 1]) || is_request(content);
                    self.run(&text[done..opened]);
                    if told {
                        self.words(content, false);
                    } else {
                        self.mask();
                    }
                    done = at - 1;
                }
                b'\'' if outer => {
                    let opens = at < 2 || !is_word(text[at - 2]);
                    let end = memchr(b'\'', &text[at..text.len().min(at + 200)])
                        .filter(|end| opens && text.get(at + end + 1).is_none_or(|after| !is_word(*after)));
                    if let Some(end) = end {
                        self.run(&text[done..at]);
                        self.mask();
                        done = at + end;
                        at = done + 1;
                    }
                }
                b'{' if outer && after == b'"' => json = true,
                b'@' if is_word(after) => {
                    let local = |byte: &u8| is_word(*byte) || b"._%+-".contains(byte);
                    let run = &text[done..at - 1];
                    self.run(&run[..run.iter().rposition(|byte| !local(byte)).map_or(0, |at| at + 1)]);
                    self.mask();
                    at +=
                        text[at..].iter().take_while(|byte| is_word(**byte) || b".-".contains(byte)).count();
                    done = at;
                }
                b'?' if is_word(after) => {
                    self.run(&text[done..at]);
                    self.mask();
                    at += text[at..].iter().take_while(|byte| !b" \"')]>".contains(byte)).count();
                    done = at;
                }
                _ => {}
            }
        }
        self.run(&text[done..]);
    }

    fn run(&mut self, run: &[u8]) {
        if !run.is_empty() {
            self.out.run(run);
            self.masked = false;
        }
    }

    fn mask(&mut self) {
        if !self.masked {
            self.out.run(b"#");
            self.masked = true;
        }
    }

    /// A run without what belongs to the mask that follows: what joins it to the one before, its sign, the name of a
    /// month or a day, the blanks that align it.
    fn before_mask<'a>(&self, mut run: &'a [u8]) -> &'a [u8] {
        if self.masked && run.len() <= 2 && run.iter().all(|byte| b".:,-+".contains(byte)) {
            return &[];
        }
        if let [before @ .., b'-'] = run
            && before.last().is_none_or(|before| b" =([:,-".contains(before))
        {
            run = before;
        }
        while let [before @ .., b' '] = run
            && before.last() == Some(&b' ')
        {
            run = before;
        }
        while let [before @ .., a @ b'A'..=b'Z', b, c, b' '] = run
            && before.last().is_none_or(|before| !is_word(*before))
            && DATES.contains(&&[*a, *b, *c])
        {
            run = before;
        }
        run
    }
}

/// Names of months and days.
const DATES: [&[u8; 3]; 19] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec", b"Mon",
    b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun",
];

fn is_word(byte: u8) -> bool {
    CLASS[byte as usize] & WORD != 0
}

/// From where to where that varies which has a digit at `digit`: its word, the whole of a UUID, what follows in an IPv6
/// address or a date.
fn varying(text: &[u8], least: usize, digit: usize) -> (usize, usize) {
    let start =
        text[least..digit].iter().rposition(|byte| !is_word(*byte)).map_or(least, |at| least + at + 1);
    let mut end = digit + 1;
    end += text[end..].iter().take_while(|byte| is_word(**byte)).count();
    if text.get(end) == Some(&b'-') {
        if end - start == 8 && is_uuid(&text[start..]) {
            return (start, start + 36);
        }
        // Its first group may have no digit.
        if start >= least + 9 && is_uuid(&text[start - 9..]) {
            return (start - 9, start + 27);
        }
    }
    loop {
        match &text[end..] {
            // Dates, times, addresses, versions.
            [b'.' | b':' | b',' | b'-' | b'+', b'0'..=b'9', rest @ ..] => {
                end += 2 + rest.iter().take_while(|byte| is_word(**byte)).count();
            }
            // Groups without a digit.
            [b':', rest @ ..] => {
                let rest = rest.strip_prefix(b":").unwrap_or(rest);
                let group = rest
                    .iter()
                    .take(5)
                    .take_while(|byte| CLASS[**byte as usize] & (HEX | DIGIT) != 0)
                    .count();
                if !(1..=4).contains(&group) || rest.get(group).is_some_and(|after| is_word(*after)) {
                    return (start, end);
                }
                end = text.len() - rest.len() + group;
            }
            // `21/Nov/2026`
            [b'/' | b'-', a, b, c, b'/' | b'-', d, ..]
                if d.is_ascii_digit() && DATES.contains(&&[*a, *b, *c]) =>
            {
                end += 5;
                end += text[end..].iter().take_while(|byte| is_word(**byte)).count();
            }
            _ => return (start, end),
        }
    }
}

/// Whether what follows is a message's text: `msg="…"`.
fn is_told(before: &[u8]) -> bool {
    let Some((b'=', key)) = before.split_last() else { return false };
    let start = key.iter().rposition(|byte| !byte.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
    is_message(&key[start..])
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
    }) && text.get(36).is_none_or(|after| !is_word(*after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_varies_is_masked() {
        for (line, expected) in [
            ("GET /orders/4711 failed after 12 ms", "GET /orders/# failed after # ms"),
            ("2026-11-21T06:42:08.123Z ERROR x", "# ERROR x"),
            ("2026-11-21 06:42:08,123 ERROR x", "# # ERROR x"),
            ("Nov 21 06:42:08 web1 app[12]: x", "# # # app[#]: x"),
            ("[Sat Nov 21 06:42:08.1 2026] x", "[# # #] x"),
            ("connect 10.0.0.1:5432 refused", "connect # refused"),
            ("connect [fe80::abcd:1]:53 refused", "connect [fe80::abcd:1]:53 refused"),
            ("id 550e8400-e29b-41d4-abcd-446655440000 gone", "id # gone"),
            ("id deadbeef-a1cd-abcd-abcd-abcdefabcdef gone", "id # gone"),
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
                r##"# - dana [# +#] "GET /orders/#?# HTTP/#" # # "#" "#""##,
            ),
            ("über 12 Straßen", "über # Straßen"),
            ("hash 9f86d081884c7d659a2feaa0c55ad015", "hash #"),
            ("took      12 ms", "took # ms"),
            ("at ::ffff:10.0.0.1 ok", "at ::ffff:# ok"),
        ] {
            let expected = if line.contains("fe80") { "connect [#]:# refused" } else { expected };
            assert_eq!(masked(line), expected, "{line}");
        }
    }

    #[test]
    fn a_level_is_part_of_the_shape_and_the_hash_never_changes() {
        let fine = shape("GET / 200", Level::Info);
        assert_eq!(fine, shape("GET / 304", Level::Info));
        assert_ne!(fine, shape("GET / 502", Level::Error));
        assert_ne!(fine, shape("GET /x 200", Level::Info));
        assert_eq!(shape("order 12 failed after 3 ms", Level::Error), 0x9b5c_dd30_6a50_008d);
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
            prop_assert_eq!(shape(&line(a), Level::None), shape(&line(b), Level::None));
        }

        #[test]
        fn any_line_has_a_shape(line in ".{0,80}", quotes in "[\"'{:@?#. -]{0,20}") {
            let line = format!("{line}{quotes}{line}");
            prop_assert_ne!(shape(&line, Level::None), 0);
            masked(&line);
        }
    }
}
