//! Marks that some formats put before a line: a syslog priority, klog's letter and date, Ruby's letter, a container
//! runtime's stream.

use memchr::memchr;

use super::{Level, syslog};

/// The line without a wrapping that others put round it, and the level that its own mark states.
pub(super) fn of(line: &[u8]) -> (&[u8], Option<Level>) {
    match line {
        [b'<', rest @ ..] => {
            let digits = rest.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
            let (digits, tail) = rest.split_at(digits);
            match (number(digits), tail) {
                (Some(priority), [b'>', ..]) if priority < 192 => (line, syslog(priority % 8)),
                _ => (line, None),
            }
        }
        // klog and glog: `E1121 06:42:08.123456`, CockroachDB with the year.
        [letter @ (b'D' | b'I' | b'W' | b'E' | b'F'), rest @ ..] if is_dated(rest) => {
            (line, letter_level(*letter))
        }
        // Ruby's Logger: `E, [2026-11-21T06:42:08 #1] ERROR -- : …`.
        [letter @ (b'D' | b'I' | b'W' | b'E' | b'F'), b',', b' ', b'[', ..] => (line, letter_level(*letter)),
        [b'A', b',', b' ', b'[', ..] => (line, Some(Level::Fatal)),
        [digit, ..] if digit.is_ascii_digit() => numbered_line(line),
        _ => (line, None),
    }
}

/// Lines that begin with a digit: a container runtime's (CRI), or Redis'.
fn numbered_line(line: &[u8]) -> (&[u8], Option<Level>) {
    // `2026-11-21T06:42:08.123456789Z stdout F …`
    if line.get(10) == Some(&b'T')
        && let Some(blank) = memchr(b' ', &line[11..line.len().min(40)])
    {
        let rest = &line[11 + blank + 1..];
        if let [
            b's',
            b't',
            b'd',
            b'o' | b'e',
            b'u' | b'r',
            b't' | b'r',
            b' ',
            b'F' | b'P',
            b' ',
            inner @ ..,
        ] = rest
        {
            let (inner, level) = of(inner);
            return (inner, level);
        }
    }
    // Redis: `1:M 21 Nov 2026 06:42:08.123 # …`.
    let pid = line.iter().take(8).take_while(|byte| byte.is_ascii_digit()).count();
    if let [b':', b'M' | b'S' | b'C' | b'X', b' ', ..] = line[pid..] {
        let sign = line[pid + 3..].split(|byte| *byte == b' ').nth(4);
        let level = match sign {
            Some(b"#") => Some(Level::Warning),
            Some(b"*") => Some(Level::Notice),
            Some(b"-" | b".") => Some(Level::Debug),
            _ => None,
        };
        return (line, level);
    }
    (line, None)
}

fn is_dated(rest: &[u8]) -> bool {
    let digits = rest.iter().take(7).take_while(|byte| byte.is_ascii_digit()).count();
    matches!(digits, 4 | 6)
        && matches!(rest[digits..], [b' ', a, b, b':', c, d, b':', ..] if [a, b, c, d].iter().all(u8::is_ascii_digit))
}

fn letter_level(letter: u8) -> Option<Level> {
    super::named(&[letter])
}

fn number(digits: &[u8]) -> Option<u64> {
    str::from_utf8(digits).ok()?.parse().ok()
}
