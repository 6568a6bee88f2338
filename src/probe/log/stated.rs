//! The moment that a line states, in the forms that logs use.

use chrono::{NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::clock::Stamp;

/// How far into a line its time is looked for.
const FAR: usize = 240;
/// Places that look like the beginning of a time and are tried.
const TRIES: usize = 12;

/// The moment in milliseconds since 1970. Times without an offset are this host's, times without a date or a year are
/// the nearest that are not ahead of `now` by more than a day.
pub(super) fn of(line: &str, now: &Stamp) -> Option<i64> {
    let line = &line.as_bytes()[..line.len().min(FAR)];
    let mut tries = TRIES;
    let mut before = b' ';
    for (at, byte) in line.iter().enumerate() {
        // klog's letter stands before its date.
        let fresh = !before.is_ascii_alphanumeric() || at == 1;
        before = *byte;
        if !fresh || !(byte.is_ascii_digit() || b"JFMASOND".contains(byte)) {
            continue;
        }
        if let Some(moment) = at_start(&line[at..], &line[..at], now) {
            return Some(moment);
        }
        tries -= 1;
        if tries == 0 {
            return None;
        }
    }
    None
}

fn at_start(text: &[u8], before: &[u8], now: &Stamp) -> Option<i64> {
    if !text[0].is_ascii_digit() {
        return named_month(text, now);
    }
    let digits = text.iter().take(20).take_while(|byte| byte.is_ascii_digit()).count();
    let after = text.get(digits).copied().unwrap_or(b' ');
    match (digits, after) {
        (4, b'-' | b'/' | b'.') => iso(text, now),
        (1 | 2, b'/' | b'-' | b' ') => day_first(text, digits, now).or_else(|| month_first(text, now)),
        // A time alone, where a line begins.
        (2, b':') if before.iter().all(|byte| b" [(".contains(byte)) => {
            let (time, rest) = time(text)?;
            let zone = zone(rest);
            Some(nearest(now.local().date_naive().and_time(time), zone, now, TimeDelta::days(1)))
        }
        // klog `E1121 06:42:08`, CockroachDB and Tornado `261121 06:42:08`.
        (4 | 6, b' ') if before.ends_with(b" ") || before.len() == 1 => packed(text, digits, now),
        (10 | 13 | 16 | 19, _) if names_time(before) && !after.is_ascii_alphabetic() => epoch(text, digits),
        _ => None,
    }
}

/// Whether what stands before a number says that it is a time: nothing, or a key for times.
fn names_time(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    let key = before.strip_suffix(b"\"").unwrap_or(before);
    let key = match key.split_last() {
        None | Some((b'[' | b'(', [])) => return true,
        Some((b'=' | b':', key)) => key,
        _ => return false,
    };
    let key = key.trim_ascii_end();
    let key = key.strip_suffix(b"\"").unwrap_or(key);
    let start = key.iter().rposition(|byte| !byte.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
    let key = &key[start..];
    [
        &b"ts"[..],
        b"time",
        b"timestamp",
        b"t",
        b"date",
        b"timeMillis",
        b"epoch",
        b"datetime",
        b"created",
        b"msec",
    ]
    .iter()
    .any(|known| key.eq_ignore_ascii_case(known))
}

fn epoch(text: &[u8], digits: usize) -> Option<i64> {
    let whole = number(&text[..digits])?;
    let ms = match digits {
        10 => {
            let fraction = text.get(digits) == Some(&b'.');
            whole * 1000 + if fraction { millis(&text[digits + 1..]).0 } else { 0 }
        }
        13 => whole,
        16 => whole / 1000,
        _ => whole / 1_000_000,
    };
    // From 2001 to 2096: other numbers of that length are ids.
    (1_000_000_000_000..4_000_000_000_000).contains(&ms).then_some(ms)
}

/// `2026-11-21T06:42:08.123+00:00`, with `/` or `.` in the date, a blank instead of the `T`, and no offset.
fn iso(text: &[u8], now: &Stamp) -> Option<i64> {
    let [_, _, _, _, s1, _, _, s2, _, _, t, rest @ ..] = text else { return None };
    if s1 != s2 || !matches!(t, b'T' | b't' | b' ' | b'_' | b':' | b',' | b'-') {
        return None;
    }
    let date = date(number(&text[..4])?, number(&text[5..7])?, number(&text[8..10])?)?;
    // gin writes ` - ` in between.
    let start = rest.iter().take(3).take_while(|byte| matches!(byte, b' ' | b'-')).count();
    let (time, rest) = time(&rest[start..])?;
    Some(utc(date.and_time(time), zone(rest), now))
}

/// `21/Nov/2026:06:42:08 +0000`, `21-Nov-2026 06:42:08`, `21 Nov 2026 06:42:08`.
fn day_first(text: &[u8], digits: usize, now: &Stamp) -> Option<i64> {
    let [sep, rest @ ..] = &text[digits..] else { return None };
    let month = month(rest.get(..3)?)?;
    let [again, y1, y2, y3, y4, between, rest @ ..] = &rest[3..] else { return None };
    if sep != again || !matches!(between, b':' | b' ' | b'T') {
        return None;
    }
    let date = date(number(&[*y1, *y2, *y3, *y4])?, month, number(&text[..digits])?)?;
    let (time, rest) = time(rest)?;
    Some(utc(date.and_time(time), zone(rest), now))
}

/// `11-21 06:42:08.123`, as Android's log has it.
fn month_first(text: &[u8], now: &Stamp) -> Option<i64> {
    let [a, b, b'-', c, d, b' ', rest @ ..] = text else { return None };
    let (month, day) = (number(&[*a, *b])?, number(&[*c, *d])?);
    let (time, rest) = time(rest)?;
    yearless(month, day, time, zone(rest), now)
}

/// `Nov 21 06:42:08`, and with the year behind (Apache) or in between.
fn named_month(text: &[u8], now: &Stamp) -> Option<i64> {
    let month = month(text.get(..3)?)?;
    let rest = text[3..].strip_prefix(b" ")?.trim_ascii_start();
    let digits = rest.iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
    let day = number(&rest[..digits])?;
    let rest = rest[digits..].strip_prefix(b" ")?;
    if let [a @ b'1'..=b'2', b, c, d, b' ', rest @ ..] = rest
        && let Some(year) = number(&[*a, *b, *c, *d])
    {
        let (time, rest) = time(rest)?;
        return Some(utc(date(year, month, day)?.and_time(time), zone(rest), now));
    }
    let (time, rest) = time(rest)?;
    let year = rest.strip_prefix(b" ").and_then(|rest| rest.get(..4)).and_then(number);
    match year.filter(|year| (1990..2100).contains(year)) {
        Some(year) => Some(utc(date(year, month, day)?.and_time(time), None, now)),
        None => yearless(month, day, time, zone(rest), now),
    }
}

fn packed(text: &[u8], digits: usize, now: &Stamp) -> Option<i64> {
    let (year, rest) = text.split_at(digits - 4);
    let (month, day) = (number(&rest[..2])?, number(&rest[2..4])?);
    let (time, rest) = time(rest.get(5..)?)?;
    if year.is_empty() {
        return yearless(month, day, time, zone(rest), now);
    }
    Some(utc(date(2000 + number(year)?, month, day)?.and_time(time), zone(rest), now))
}

/// Hours to seconds, and milliseconds if there are any.
fn time(text: &[u8]) -> Option<(NaiveTime, &[u8])> {
    let text = text.trim_ascii_start();
    let short = usize::from(text.get(1) == Some(&b':'));
    let [hours, rest] = [text.get(..2 - short)?, text.get(2 - short..)?];
    let [b':', m1, m2, b':', s1, s2, rest @ ..] = rest else { return None };
    let (mut ms, mut rest) = (0, rest);
    if let [b'.' | b',', digit, ..] = rest
        && digit.is_ascii_digit()
    {
        let (fraction, length) = millis(&rest[1..]);
        ms = fraction;
        rest = &rest[1 + length..];
    }
    let part = |digits: &[u8]| number(digits).and_then(|number| u32::try_from(number).ok());
    // A leap second is the last one twice.
    let seconds = part(&[*s1, *s2])?.min(59);
    let time =
        NaiveTime::from_hms_milli_opt(part(hours)?, part(&[*m1, *m2])?, seconds, u32::try_from(ms).ok()?)?;
    Some((time, rest))
}

/// A fraction in milliseconds, and how many digits it has.
fn millis(digits: &[u8]) -> (i64, usize) {
    let length = digits.iter().take(12).take_while(|byte| byte.is_ascii_digit()).count();
    let ms = (0..3).fold(0, |ms, at| ms * 10 + if at < length { i64::from(digits[at] - b'0') } else { 0 });
    (ms, length)
}

/// An offset in seconds east, where one is stated.
fn zone(text: &[u8]) -> Option<i64> {
    let text = text.strip_prefix(b" ").unwrap_or(text);
    match text {
        [b'Z', rest @ ..] if !rest.first().is_some_and(u8::is_ascii_alphanumeric) => Some(0),
        [b'U', b'T', b'C', ..] | [b'G', b'M', b'T', ..] => Some(0),
        [sign @ (b'+' | b'-'), a, b, rest @ ..] => {
            let hours = number(&[*a, *b])?;
            let rest = rest.strip_prefix(b":").unwrap_or(rest);
            let minutes = rest.get(..2).and_then(number).unwrap_or(0);
            if hours > 14 || minutes > 59 || rest.get(2).is_some_and(u8::is_ascii_digit) {
                return None;
            }
            let east = hours * 3600 + minutes * 60;
            Some(if *sign == b'-' { -east } else { east })
        }
        _ => None,
    }
}

fn yearless(month: i64, day: i64, time: NaiveTime, zone: Option<i64>, now: &Stamp) -> Option<i64> {
    use chrono::Datelike;
    let year = i64::from(now.local().year());
    // 29 February lies in the years that have one.
    [year + 1, year, year - 1].into_iter().find_map(|year| {
        let moment = utc(date(year, month, day)?.and_time(time), zone, now);
        (moment <= now.wall.timestamp_millis() + TimeDelta::days(1).num_milliseconds()).then_some(moment)
    })
}

/// The same time of day yesterday, if today it would lie ahead.
fn nearest(moment: chrono::NaiveDateTime, zone: Option<i64>, now: &Stamp, step: TimeDelta) -> i64 {
    let ms = utc(moment, zone, now);
    let ahead = ms > now.wall.timestamp_millis() + TimeDelta::hours(1).num_milliseconds();
    if ahead { ms - step.num_milliseconds() } else { ms }
}

fn utc(moment: chrono::NaiveDateTime, zone: Option<i64>, now: &Stamp) -> i64 {
    moment.and_local_timezone(Utc).single().map_or(0, |moment| moment.timestamp_millis())
        - zone.unwrap_or_else(|| i64::from(now.offset)) * 1000
}

fn date(year: i64, month: i64, day: i64) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

fn month(name: &[u8]) -> Option<i64> {
    const NAMES: [&[u8]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    NAMES.iter().position(|known| *known == name).and_then(|at| i64::try_from(at + 1).ok())
}

fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    digits.iter().try_fold(0_i64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    fn now(offset: i32) -> Stamp {
        let wall = DateTime::parse_from_rfc3339("2026-11-21T07:00:00Z").unwrap().with_timezone(&Utc);
        Stamp { wall, offset, mono: Duration::ZERO, boot: Duration::ZERO }
    }

    fn stated(line: &str, offset: i32) -> String {
        of(line, &now(offset)).map_or("none".to_owned(), |ms| {
            DateTime::from_timestamp_millis(ms).unwrap().format("%Y-%m-%dT%H:%M:%S%.3f").to_string()
        })
    }

    #[test]
    fn the_forms_of_many_tools() {
        for (line, expected) in [
            ("2026-11-21T06:42:08.123Z ERROR x", "2026-11-21T06:42:08.123"),
            ("2026-11-21T06:42:08.123456789+02:00 x", "2026-11-21T04:42:08.123"),
            ("2026-11-21 06:42:08,123 INFO x", "2026-11-21T06:42:08.123"),
            ("2026-11-21 06:42:08.123 UTC [12] LOG:  x", "2026-11-21T06:42:08.123"),
            ("2026-11-21 06:42:08 -0500 [error]: x", "2026-11-21T11:42:08.000"),
            ("2026-11-21  6:42:08 0 [Note] x", "2026-11-21T06:42:08.000"),
            ("2026/11/21 06:42:08 [error] 1#1: x", "2026-11-21T06:42:08.000"),
            ("[GIN] 2026/11/21 - 06:42:08 | 200 | x", "2026-11-21T06:42:08.000"),
            ("[2026-11-21T06:42:08,123][WARN ] x", "2026-11-21T06:42:08.123"),
            ("Nov 21 06:42:08 web1 app[1]: x", "2026-11-21T06:42:08.000"),
            ("Dec  3 06:42:08 web1 app[1]: x", "2025-12-03T06:42:08.000"),
            ("<30>Nov 21 06:42:08 web1 x", "2026-11-21T06:42:08.000"),
            ("<30>1 2026-11-21T06:42:08Z web1 x", "2026-11-21T06:42:08.000"),
            ("[Sat Nov 21 06:42:08.123456 2026] [core:error] x", "2026-11-21T06:42:08.123"),
            (r#"10.0.0.1 - - [21/Nov/2026:06:42:08 +0100] "GET / HTTP/1.1" 200"#, "2026-11-21T05:42:08.000"),
            ("21-Nov-2026 06:42:08.123 SEVERE x", "2026-11-21T06:42:08.123"),
            ("1:M 21 Nov 2026 06:42:08.123 * x", "2026-11-21T06:42:08.123"),
            ("E1121 06:42:08.123456 1 x.go:1] y", "2026-11-21T06:42:08.123"),
            ("[E 261121 06:42:08 web:1] x", "2026-11-21T06:42:08.000"),
            ("11-21 06:42:08.123  1 2 E x", "2026-11-21T06:42:08.123"),
            ("06:42:08.123 [main] INFO x", "2026-11-21T06:42:08.123"),
            ("[23:59:08 INF] x", "2026-11-20T23:59:08.000"),
            ("1795243328 x", "2026-11-21T06:42:08.000"),
            (r#"{"level":30,"time":1795243328123,"pid":1}"#, "2026-11-21T06:42:08.123"),
            (r#"{"level":"info","ts":1795243328.5,"msg":"x"}"#, "2026-11-21T06:42:08.500"),
            (r#"{"t":{"$date":"2026-11-21T06:42:08.123+00:00"},"s":"I"}"#, "2026-11-21T06:42:08.123"),
            (r#"time="2026-11-21T06:42:08Z" level=info"#, "2026-11-21T06:42:08.000"),
            ("order 1795243328 is done", "none"),
            ("10.0.0.1 is up", "none"),
            ("version 2026-13-45 00:00:00", "none"),
            ("no time at all", "none"),
            ("failed at 4711", "none"),
            ("failed at 471142", "none"),
            ("1", "none"),
            ("", "none"),
        ] {
            assert_eq!(stated(line, 0), expected, "{line}");
        }
    }

    #[test]
    fn without_an_offset_it_is_the_hosts_time() {
        assert_eq!(stated("2026-11-21 08:42:08 x", 7200), "2026-11-21T06:42:08.000");
        assert_eq!(stated("2026-11-21T08:42:08Z x", 7200), "2026-11-21T08:42:08.000");
    }

    proptest! {
        #[test]
        fn any_line_is_looked_at(line in "[0-9A-Z:/ .+Tag-]{0,60}", cut in "( |E|Nov |[0-9]{1,2}[-/ ])?[0-9]{0,14}[-:/ T.,]?[0-9]{0,4}") {
            of(&line, &now(0));
            // Times that break off.
            of(&cut, &now(0));
            of(&format!("x {cut}"), &now(0));
            let whole = "2026-11-21T06:42:08.123+00:00 21/Nov/2026:06:42:08 Nov 21 06:42:08 E1121 06:42:08.1 1795243328";
            for start in 0..whole.len() {
                of(&whole[start..start + (whole.len() - start).min(cut.len() + 1)], &now(0));
            }
        }
    }
}
