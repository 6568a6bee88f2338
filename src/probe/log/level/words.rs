//! Levels by their words: where a level's word stands as such, and words that mean failure in a sentence.

use std::sync::LazyLock;

use aho_corasick::packed::{Config, MatchKind, Searcher};
use aho_corasick::{AhoCorasick, Input, Span};

use memchr::memmem;

use super::{Level, named, numbered};

/// How far into a line words count: what follows is the message's own text.
pub(super) const HEAD: usize = 512;

/// Letters of the longest word that matters.
const LONGEST: usize = 13;

/// Words that are looked at closely, beside single letters; by their first letter and length all others are passed over.
const WORDS: &[&str] = &[
    "alert",
    "caused",
    "context",
    "crit",
    "critical",
    "d1",
    "dbg",
    "dbug",
    "debu",
    "debug",
    "debug1",
    "deprecated",
    "dpanic",
    "emerg",
    "emergency",
    "erro",
    "eror",
    "err",
    "error",
    "errors",
    "exception",
    "exceptions",
    "fail",
    "failed",
    "failure",
    "failures",
    "fata",
    "fatal",
    "fine",
    "finer",
    "finest",
    "ftl",
    "hint",
    "inf",
    "info",
    "information",
    "informational",
    "level",
    "levelname",
    "location",
    "log",
    "loglevel",
    "lvl",
    "note",
    "notice",
    "pani",
    "panic",
    "panicked",
    "query",
    "segfault",
    "sev",
    "severe",
    "severity",
    "statement",
    "system",
    "trac",
    "trace",
    "traceback",
    "trc",
    "trce",
    "uncaught",
    "unhandled",
    "verbose",
    "vrb",
    "warn",
    "warning",
    "wrn",
    "a",
    "d",
    "c",
    "e",
    "f",
    "i",
    "v",
    "w",
];

/// For each first letter, the lengths that words of it have.
static LENGTHS: [u16; 32] = {
    let mut lengths = [0; 32];
    let mut at = 0;
    while at < WORDS.len() {
        let word = WORDS[at].as_bytes();
        lengths[(word[0] & 31) as usize] |= 1 << word.len();
        at += 1;
    }
    lengths
};

/// Whether a word, by its first letter and length, may be one that matters, or names a type of failure.
fn may_matter(word: &[u8]) -> bool {
    let (first, last) = (word[0], word[word.len() - 1]);
    let known = word.len() <= LONGEST && LENGTHS[(first & 31) as usize] >> word.len() & 1 == 1;
    known || word.len() > 5 && matches!(last, b'r' | b'n')
}

/// One of these stands in every line whose words state or mean a level; most lines that do neither have none, and all
/// are looked for at once, many bytes at a time.
const PARTS: [&str; 64] = [
    "err", "Err", "ERR", "eror", "arn", "ARN", "wrn", "WRN", "inf", "Inf", "INF", "ebu", "EBU", "dbg", "DBG",
    "dbu", "race", "RAC", "trc", "TRC", "atal", "FATA", "FTL", "crit", "Crit", "CRIT", "merg", "MERG",
    "lert", "LERT", "anic", "ANI", "fail", "Fail", "FAIL", "xcept", "sever", "Sever", "SEVER", "otic",
    "OTIC", "Note", "segf", "ncaught", "nhandle", "eprecat", "fine", "FINE", "verb", "level", "LEVEL", "lvl",
    "sev=", "ystem]", "LOG:", // One letter for a level.
    " E ", " W ", " I ", " D ", " F ", "[E ", "[W ", "[I ", "[D ",
];

static SEARCHER: LazyLock<Search> = LazyLock::new(|| {
    let packed = Config::new().match_kind(MatchKind::LeftmostFirst).builder().extend(PARTS).build();
    packed
        .map(Search::Packed)
        .or_else(|| AhoCorasick::new(PARTS).ok().map(Search::Plain))
        .unwrap_or(Search::None)
});

enum Search {
    Packed(Searcher),
    /// For processors without the instructions that the other is made of.
    Plain(AhoCorasick),
    None,
}

impl Search {
    fn find(&self, line: &[u8], from: usize) -> Option<usize> {
        match self {
            Search::Packed(packed) => {
                packed.find_in(line, Span { start: from, end: line.len() }).map(|part| part.start())
            }
            Search::Plain(plain) => plain.find(Input::new(line).range(from..)).map(|part| part.start()),
            Search::None => None,
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// The level that stands behind a line's time.
pub(super) fn leading(line: &[u8]) -> Option<Level> {
    Scan::new(line).leading()
}

/// The level that a line's words state.
pub(super) fn of(line: &[u8]) -> Option<Level> {
    let scan = Scan::new(line);
    let Scan { line: head, timed } = scan;
    if let Some(level) = scan.leading() {
        return Some(level);
    }
    let mut weak = None;
    let mut from = 0;
    while let Some(part) = SEARCHER.find(head, from) {
        // logcat, MongoDB, Tornado: a letter between the time and the rest.
        if !is_word(head[part]) {
            from = part + 2;
            if timed && part < 64 && scan.is_first(part) {
                return named(&head[part + 1..part + 2]);
            }
            continue;
        }
        let mut start = part;
        while start > 0 && is_word(head[start - 1]) {
            start -= 1;
        }
        let end = part + head[part..].iter().position(|byte| !is_word(*byte)).unwrap_or(head.len() - part);
        from = end;
        let word = &head[start..end];
        if !may_matter(word) {
            continue;
        }
        match scan.word(start, end) {
            // "Fatal error:"
            Found::Stated(Level::Error) if scan.before(start).eq_ignore_ascii_case(b"fatal") => {
                return Some(Level::Fatal);
            }
            Found::Stated(level) => return Some(level),
            Found::Meant(_) if scan.continues(start) => return None,
            Found::Meant(level) => weak = weak.max(Some(level)),
            Found::Nothing => {}
        }
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
    Nothing,
}

struct Scan<'a> {
    line: &'a [u8],
    /// The line begins with a time or a bracket.
    timed: bool,
}

impl<'a> Scan<'a> {
    fn new(line: &'a [u8]) -> Scan<'a> {
        let line = &line[..line.len().min(HEAD)];
        Scan { line, timed: line.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'[') }
    }

    /// The level behind the time, where most lines have it, in capitals: `2026-11-21 06:42:08,123 [INFO] `.
    fn leading(&self) -> Option<Level> {
        let start =
            self.line.iter().position(|byte| !(b'+'..=b':').contains(byte) && !b" [](|TZ".contains(byte))?;
        let length =
            self.line[start..].iter().take(LONGEST).take_while(|byte| byte.is_ascii_uppercase()).count();
        let stands = length >= 3 && (start == 0 || !self.line[start - 1].is_ascii_alphanumeric());
        if !stands || self.line.get(start + length).is_some_and(u8::is_ascii_alphanumeric) {
            return None;
        }
        match self.word(start, start + length) {
            Found::Stated(level) => Some(level),
            _ => None,
        }
    }

    /// The word or number before `start`.
    fn before(&self, start: usize) -> &'a [u8] {
        let mut end = start;
        while end > 0 && !is_word(self.line[end - 1]) {
            end -= 1;
        }
        let mut start = end;
        while start > 0 && is_word(self.line[start - 1]) {
            start -= 1;
        }
        &self.line[start..end]
    }

    /// Whether the line goes on with what an earlier one stated, as `PostgreSQL` says it: `STATEMENT:  SELECT …`.
    fn continues(&self, end: usize) -> bool {
        memmem::find(&self.line[..end], b":  ").is_some_and(|colon| {
            matches!(
                self.before(colon),
                b"STATEMENT" | b"DETAIL" | b"HINT" | b"CONTEXT" | b"QUERY" | b"LOCATION"
            )
        })
    }

    /// Whether no other word stands before `start`: only numbers, what has numbers in it, and a time's zone.
    fn is_first(&self, start: usize) -> bool {
        let mut words = self.line[..start]
            .split(|byte| !is_word(*byte))
            .filter(|word| !word.is_empty() && !word.iter().any(u8::is_ascii_digit));
        words.next().is_none_or(|word| self.timed && is_zone(word) && words.next().is_none())
    }

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
        // PostgreSQL; elsewhere it is any word.
        if lower == b"log" && upper && self.line[end..].starts_with(b":  ") {
            return Found::Stated(Level::Info);
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
                && (!common
                    || after == b':'
                    || lower == b"severe"
                    || lower == b"fail" && self.is_first(start));
        }
        // `error: …` at the beginning or behind a program's name; `06:42:08 info …`.
        if colon {
            return !common || self.is_first(start);
        }
        !common
            && matches!(after, b' ' | b'\t' | b'|')
            && self.line[start].is_ascii_lowercase()
            && self.is_first(start)
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
                let some = number(self.before(start)).is_some_and(|number| number > 0);
                return if some && !self.is_denied(start, end) {
                    Found::Meant(Level::Error)
                } else {
                    Found::Nothing
                };
            }
            _ => {
                return if self.is_failure_type(start, end) {
                    Found::Meant(Level::Error)
                } else {
                    Found::Nothing
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
    fn is_denied(&self, start: usize, end: usize) -> bool {
        let before = self.before(start);
        let denials = [&b"no"[..], b"without", b"zero", b"any", b"non", b"not"];
        if number(before) == Some(0) || denials.iter().any(|denial| before.eq_ignore_ascii_case(denial)) {
            return true;
        }
        let rest = &self.line[end..];
        let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
        let Some((sign @ (b'=' | b':'), rest)) = rest.split_first() else { return false };
        let rest = rest.trim_ascii_start();
        let open = rest.iter().take_while(|byte| matches!(byte, b'"' | b'\'' | b'<' | b'(')).count();
        let rest = &rest[open..];
        let length = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let said = &rest[..length];
        // "error: no such file" goes on.
        if *sign == b':' && rest.get(length) == Some(&b' ') {
            return false;
        }
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

/// The whole number that a word is.
fn number(word: &[u8]) -> Option<u64> {
    let digits = word.first().is_some_and(u8::is_ascii_digit);
    if digits { str::from_utf8(word).ok()?.parse().ok() } else { None }
}

/// Time zones that stand between a time and a level.
fn is_zone(word: &[u8]) -> bool {
    matches!(
        word,
        b"UTC" | b"GMT" | b"Z" | b"CET" | b"CEST" | b"EST" | b"EDT" | b"PST" | b"PDT" | b"AM" | b"PM"
    )
}
