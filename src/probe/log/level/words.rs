//! Levels by their words: where a level's word stands as such, and words that mean failure in a sentence.

use super::{Level, named, numbered};

/// How far into a line words count: what follows is the message's own text.
pub(super) const HEAD: usize = 512;

/// Letters of the longest word that matters.
const LONGEST: usize = 13;

/// What a byte is to a word.
const LETTER: u8 = 1;
const DIGIT: u8 = 2;
/// First letters of words that matter.
const FIRST: u8 = 4;

static CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let letter = byte as u8;
        class[byte] = match letter {
            b'0'..=b'9' => DIGIT,
            b'A'..=b'Z' | b'a'..=b'z' | 0x80.. => LETTER,
            _ => 0,
        };
        byte += 1;
    }
    let firsts = b"acdefilnopstuvwACDEFILNOPSTUVW";
    let mut first = 0;
    while first < firsts.len() {
        class[firsts[first] as usize] |= FIRST;
        first += 1;
    }
    class
};

/// The level that a line's words state.
pub(super) fn of(line: &[u8]) -> Option<Level> {
    let head = &line[..line.len().min(HEAD)];
    let timed = head.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'[');
    let mut scan = Scan { line: head, timed, words: 0, before: &[], number: None };
    let mut weak = None;
    let mut at = 0;
    while at < head.len() {
        if CLASS[head[at] as usize] & (LETTER | DIGIT) == 0 {
            at += 1;
            continue;
        }
        let start = at;
        let first = CLASS[head[at] as usize];
        let mut kinds = 0;
        while let Some(byte) = head.get(at)
            && CLASS[*byte as usize] & (LETTER | DIGIT) != 0
        {
            kinds |= CLASS[*byte as usize];
            at += 1;
        }
        let word = &head[start..at];
        if first & LETTER == 0 || kinds & DIGIT != 0 && !word.starts_with(b"DEBUG") {
            scan.number = if kinds & LETTER == 0 { Some(word) } else { None };
            continue;
        }
        if first & FIRST != 0 {
            match scan.word(start, at) {
                // "Fatal error:"
                Found::Stated(Level::Error) if scan.before.eq_ignore_ascii_case(b"fatal") => {
                    return Some(Level::Fatal);
                }
                Found::Stated(level) => return Some(level),
                Found::Continued => return None,
                Found::Meant(level) => weak = weak.max(Some(level)),
                Found::Nothing => {}
            }
        } else if word.len() > LONGEST && scan.is_failure_type(start, at) {
            weak = Some(Level::Error);
        }
        scan.words += 1;
        scan.before = word;
        scan.number = None;
    }
    weak
}

/// A level behind `level=`, of which the name is gone: quoted or not, a name or a number.
pub(super) fn value(rest: &[u8]) -> Option<Level> {
    let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
    let (sign, rest) = rest.split_first()?;
    if !matches!(sign, b'=' | b':') {
        return None;
    }
    let rest = rest.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let word = &rest[..end];
    named(word).or_else(|| str::from_utf8(word).ok()?.parse().ok().and_then(numbered))
}

enum Found {
    /// The line states it.
    Stated(Level),
    /// The line says so in a sentence; another word may state something else.
    Meant(Level),
    /// The line goes on with what an earlier one stated.
    Continued,
    Nothing,
}

struct Scan<'a> {
    line: &'a [u8],
    /// The line begins with a time or a bracket.
    timed: bool,
    /// Words so far.
    words: usize,
    /// The word before.
    before: &'a [u8],
    /// The number between that and this one.
    number: Option<&'a [u8]>,
}

impl Scan<'_> {
    fn word(&self, start: usize, end: usize) -> Found {
        let word = &self.line[start..end];
        let before = start.checked_sub(1).map_or(b'\n', |at| self.line[at]);
        let after = self.line.get(end).copied().unwrap_or(b'\n');
        if word.len() > LONGEST {
            return if self.is_failure_type(start, end) {
                Found::Meant(Level::Error)
            } else {
                Found::Nothing
            };
        }
        let upper = word.iter().all(u8::is_ascii_uppercase);
        if word.len() == 1 {
            // logcat, MongoDB, Tornado: one letter between the time and the rest.
            let stands = self.words == 0 && self.timed && matches!(before, b' ' | b'[') && after == b' ';
            let letter = if upper && stands { named(word) } else { None };
            return letter.map_or(Found::Nothing, Found::Stated);
        }
        let mut lower = [0; LONGEST];
        let lower = &mut lower[..word.len()];
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        let lower = &*lower;
        if matches!(lower, b"level" | b"lvl" | b"severity" | b"loglevel" | b"levelname" | b"sev")
            && matches!(after, b'=' | b':' | b'"')
            && matches!(before, b' ' | b'"' | b'\n' | b'.' | b'_' | b'{' | b',' | b'[' | b'(' | b'|' | b'\'')
        {
            return value(&self.line[end..]).map_or(Found::Nothing, Found::Stated);
        }
        if upper && after == b':' && self.line[end..].starts_with(b":  ") {
            // PostgreSQL, which says what it goes on about.
            match lower {
                b"statement" | b"detail" | b"hint" | b"context" | b"query" | b"location" => {
                    return Found::Continued;
                }
                b"log" => return Found::Stated(Level::Info),
                _ => {}
            }
        }
        match named(lower) {
            Some(level) if self.is_stated(lower, upper, start, end) => Found::Stated(level),
            _ => self.meant(lower, start, end),
        }
    }

    /// Whether a level's word stands where a level is stated.
    fn is_stated(&self, lower: &[u8], upper: bool, start: usize, end: usize) -> bool {
        let before = start.checked_sub(1).map_or(b'\n', |at| self.line[at]);
        let after = self.line.get(end).copied().unwrap_or(b'\n');
        let rest = &self.line[end..];
        let opened = matches!(before, b'[' | b'(' | b'<' | b'{' | b'|')
            || before == b':' && after == b']'
            || before == b'/' && after == b']';
        let closed = matches!(after, b']' | b')' | b'>' | b'}' | b'|');
        // `[ERROR]`, `[core:error]`, `[warn ]`, `|error|`.
        if opened && (closed || after == b':' || after == b' ' && upper) {
            return !matches!(lower, b"system") || before == b'[' && after == b']';
        }
        // `06:42:08 error]`: the last of several in one bracket.
        if before == b' ' && after == b']' && (upper || self.timed) {
            return !self.is_denied(start, end);
        }
        let common = matches!(lower, b"note" | b"log" | b"fine" | b"system" | b"fail" | b"severe" | b"v");
        let begins = matches!(before, b' ' | b'\n' | b'\t' | b'-' | b'*' | b'#' | b'=')
            && (before != b'=' || start == 1)
            && (before != b'-' || start < 2 || !self.line[start - 2].is_ascii_alphanumeric());
        if !begins || self.is_denied(start, end) {
            return false;
        }
        let colon =
            after == b':' && rest.get(1).is_none_or(|byte| matches!(byte, b' ' | b'\n' | b'[' | b'\t'));
        if upper {
            let ends = match after {
                b' ' | b'\n' | b':' | b'\t' | b',' | b'|' | b'[' => true,
                // Celery's `ERROR/MainProcess`.
                b'/' => rest.get(1).is_some_and(u8::is_ascii_uppercase),
                b'-' => rest.get(1).is_none_or(|byte| !byte.is_ascii_alphanumeric()),
                _ => false,
            };
            return ends
                && (!common || after == b':' || lower == b"severe" || lower == b"fail" && self.words == 0);
        }
        // `error: …` at the beginning or behind a program's name; `06:42:08 info …`.
        if colon {
            return !common || self.words == 0;
        }
        let first = self.words == 0 || self.timed && self.words == 1 && is_zone(self.before);
        first && !common && matches!(after, b' ' | b'\t' | b'|') && self.line[start].is_ascii_lowercase()
    }

    /// Whether a word means failure in a sentence: `connection failed`, not `0 failed` nor `error=nil` nor `/error`.
    fn meant(&self, lower: &[u8], start: usize, end: usize) -> Found {
        let level = match lower {
            b"error" | b"exception" | b"traceback" | b"failed" | b"failure" | b"segfault" | b"panicked"
            | b"eror" | b"unhandled" | b"uncaught" => Level::Error,
            b"fatal" | b"panic" | b"critical" | b"emergency" => Level::Fatal,
            b"warning" | b"warn" | b"deprecated" => Level::Warning,
            // Many of them are told with their number; without one it is a subject.
            b"errors" | b"failures" | b"exceptions" => {
                let some = self.number.is_some_and(|number| number.iter().any(|digit| *digit != b'0'));
                return if some && !self.is_denied(start, end) {
                    Found::Meant(Level::Error)
                } else {
                    Found::Nothing
                };
            }
            _ => {
                return match self.is_failure_type(start, end) {
                    true => Found::Meant(Level::Error),
                    false => Found::Nothing,
                };
            }
        };
        let before = start.checked_sub(1).map_or(b'\n', |at| self.line[at]);
        let rest = &self.line[end..];
        let after = rest.first().copied().unwrap_or(b'\n');
        let part = matches!(before, b'/' | b'-' | b'_' | b'@' | b'#' | b'$' | b'%' | b'\\' | b'?' | b'&')
            // `java.lang.error` no; `…` and a sentence's end yes.
            || before == b'.' && start > 1 && self.line[start - 2].is_ascii_alphanumeric()
            || matches!(after, b'/' | b'_' | b'@' | b'\\' | b'(')
            || matches!(after, b'-' | b'.') && rest.get(1).is_some_and(u8::is_ascii_alphanumeric);
        if part || self.is_denied(start, end) { Found::Nothing } else { Found::Meant(level) }
    }

    /// `ValueError: …`, `java.io.IOException`, at the beginning of what is said.
    fn is_failure_type(&self, start: usize, end: usize) -> bool {
        let word = &self.line[start..end];
        let suffix = [&b"Error"[..], b"Exception"].into_iter().find(|suffix| word.ends_with(suffix));
        let rest = &self.line[end..];
        suffix.is_some_and(|suffix| word.len() > suffix.len())
            && (rest.is_empty() || rest.starts_with(b":") || rest.starts_with(b" ["))
            && !self.is_denied(start, end)
    }

    /// Whether the words round it say that there is none: `0 errors`, `no error`, `error=nil`, `"error": null`.
    fn is_denied(&self, _start: usize, end: usize) -> bool {
        if self.number.is_some_and(|number| number.iter().all(|digit| *digit == b'0')) {
            return true;
        }
        if self.number.is_none()
            && [&b"no"[..], b"without", b"zero", b"any", b"non", b"not"]
                .iter()
                .any(|denial| self.before.eq_ignore_ascii_case(denial))
        {
            return true;
        }
        let rest = &self.line[end..];
        let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
        let Some((b'=' | b':', rest)) = rest.split_first() else { return false };
        let rest = rest.trim_ascii_start();
        let open = rest.iter().take_while(|byte| matches!(byte, b'"' | b'\'' | b'<' | b'(')).count();
        let rest = &rest[open..];
        let length = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let said = &rest[..length];
        // Nothing between two quotes, or an end after the equals sign.
        if said.is_empty() {
            return open >= 2
                || matches!(rest.first(), Some(b'}' | b','))
                || rest.starts_with(b"[]")
                || rest.starts_with(b"{}");
        }
        [&b"nil"[..], b"null", b"none", b"false", b"no", b"ok", b"undefined"]
            .iter()
            .any(|no| said.eq_ignore_ascii_case(no))
            || said.iter().all(|digit| *digit == b'0') && rest.get(length) != Some(&b'x')
    }
}

/// Time zones that stand between a time and a level.
fn is_zone(word: &[u8]) -> bool {
    matches!(
        word,
        b"UTC" | b"GMT" | b"Z" | b"CET" | b"CEST" | b"EST" | b"EDT" | b"PST" | b"PDT" | b"AM" | b"PM"
    )
}
