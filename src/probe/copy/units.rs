//! Numbers, sizes, rates and spans as copy tools print them.
//!
//! Tools disagree: `kB` is 1,000 bytes to dd and 1,024 to rsync, `Mb/s` are bits to azcopy, and the locale decides
//! between `1,234.5` and `1.234,5`. What cannot be read is `None`, never zero.

use std::time::Duration;

use crate::text;

/// What a prefix without an `i` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kilo {
    /// As SI has it: `k` is 1,000 and `Ki` 1,024.
    Decimal,
    /// 1,024 either way: rsync's rates, mongodump, `PostgreSQL`.
    Binary,
}

/// A number with its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantity {
    /// Scaled by its prefix; bits are eighths of bytes.
    pub value: f64,
    /// The unit says bytes or bits; otherwise it counts things.
    pub is_bytes: bool,
}

/// A number with any grouping and either decimal sign: `1,234.5`, `1.234,5`, `1 234`, `2.3e-05`.
///
/// One comma before exactly three digits groups, any other single sign is the decimal one.
#[must_use]
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let mut plain: String = text.chars().filter(|c| !is_blank_group(*c)).collect();
    let (dots, commas) = (plain.matches('.').count(), plain.matches(',').count());
    let is_decimal = match (dots, commas) {
        (0, 0) => None,
        (_, 0) => (dots == 1).then_some('.'),
        (0, _) => (commas == 1 && !groups_thousands(&plain)).then_some(','),
        _ if plain.rfind('.') > plain.rfind(',') => (dots == 1).then_some('.'),
        _ => (commas == 1).then_some(','),
    };
    plain = plain
        .chars()
        .filter_map(|c| match c {
            c if Some(c) == is_decimal => Some('.'),
            '.' | ',' => None,
            c => Some(c),
        })
        .collect();
    plain.parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0)
}

/// A number of things that cannot be broken: every sign in it groups.
#[must_use]
pub fn whole(text: &str) -> Option<u64> {
    let digits: String =
        text.trim().chars().filter(|c| !is_blank_group(*c) && !matches!(c, '.' | ',')).collect();
    digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()))
}

/// Signs that group digits and are never decimal.
fn is_blank_group(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’' | '_')
}

fn groups_thousands(text: &str) -> bool {
    text.split_once(',').is_some_and(|(before, after)| {
        (1..=3).contains(&before.len()) && !before.starts_with('0') && after.len() == 3
    })
}

/// A number with its unit: `45.8 MiB`, `412k`, `218 Mb`.
#[must_use]
pub fn quantity(text: &str, kilo: Kilo) -> Option<Quantity> {
    let text = text.trim();
    let unit_at = text
        .rfind(|c: char| !c.is_ascii_alphabetic())
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let (digits, unit) = text.split_at(unit_at);
    let (scale, is_bytes) = unit_of(unit, kilo)?;
    Some(Quantity { value: number(digits)? * scale, is_bytes })
}

/// What a unit multiplies by, and whether it is one of bytes.
fn unit_of(unit: &str, kilo: Kilo) -> Option<(f64, bool)> {
    let (prefix, is_binary, rest) = match unit.as_bytes() {
        [] => (b' ', false, ""),
        _ if ["b", "B"].contains(&unit) || is_word(unit) => (b' ', false, unit),
        [prefix, b'i', ..] => (*prefix, true, &unit[2..]),
        [prefix, ..] => (*prefix, false, &unit[1..]),
    };
    let power = match prefix {
        b' ' => 0,
        b'k' | b'K' => 1,
        b'M' | b'm' => 2,
        b'G' | b'g' => 3,
        b'T' | b't' => 4,
        b'P' | b'p' => 5,
        b'E' => 6,
        _ => return None,
    };
    let base: f64 = if is_binary || kilo == Kilo::Binary { 1024.0 } else { 1000.0 };
    let (part, is_bytes) = match rest {
        "" => (1.0, false),
        "B" | "byte" | "bytes" | "Byte" | "Bytes" => (1.0, true),
        "b" | "bit" | "bits" => (0.125, true),
        _ => return None,
    };
    Some((base.powi(power) * part, is_bytes))
}

fn is_word(unit: &str) -> bool {
    ["byte", "bytes", "Byte", "Bytes", "bit", "bits"].contains(&unit)
}

/// A size in whole bytes, whether or not its unit ends in `B`.
#[must_use]
pub fn bytes(text: &str, kilo: Kilo) -> Option<u64> {
    to_whole(quantity(text, kilo)?.value)
}

/// A rate in bytes per second: `12.00MB/s`, `218 Mb/s`, `3.1 MiB/s`.
#[must_use]
pub fn rate(text: &str, kilo: Kilo) -> Option<f64> {
    let text = text.trim();
    let text = text.strip_suffix("/s").or_else(|| text.strip_suffix("/sec")).unwrap_or(text);
    Some(quantity(text, kilo)?.value)
}

/// The nearest whole number; `None` below zero and past what can be counted.
#[must_use]
pub fn to_whole(value: f64) -> Option<u64> {
    const LIMIT: f64 = 18_446_744_073_709_551_615.0;
    let value = value.round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was looked at")]
    (0.0..LIMIT).contains(&value).then_some(value as u64)
}

/// A span: `0:00:02`, `1:02:03:04` with days, `00:15`, `1h43m12s`, `5.6s`; `None` for `??:??:??`, `-` and the like.
#[must_use]
pub fn span(text: &str) -> Option<Duration> {
    let text = text.trim();
    if !text.contains(':') {
        return text::parse_duration(text).ok();
    }
    let parts: Vec<&str> = text.split(':').collect();
    let scales: &[u64] = match parts.len() {
        2 => &[60, 1],
        3 => &[3600, 60, 1],
        4 => &[86_400, 3600, 60, 1],
        _ => return None,
    };
    let mut seconds: u64 = 0;
    for (part, scale) in parts.iter().zip(scales) {
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        seconds = seconds.checked_add(part.parse::<u64>().ok()?.checked_mul(*scale)?)?;
    }
    Some(Duration::from_secs(seconds))
}

/// Seconds that may be broken.
#[must_use]
pub fn seconds(value: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_of_any_locale() {
        for (text, expected) in [
            ("12", Some(12.0)),
            ("1,234.5", Some(1234.5)),
            ("1.234,5", Some(1234.5)),
            ("1 234,5", Some(1234.5)),
            ("1\u{202f}234", Some(1234.0)),
            ("1'234'567.25", Some(1_234_567.25)),
            ("26,949,120", Some(26_949_120.0)),
            ("26.949.120", Some(26_949_120.0)),
            ("12,345", Some(12_345.0)),
            ("0,345", Some(0.345)),
            ("12,34", Some(12.34)),
            ("12.345", Some(12.345)),
            ("2.3e-05", Some(2.3e-5)),
            ("NaN", None),
            ("inf", None),
            ("-1", None),
            ("", None),
            ("1.2.3,4,5", None),
        ] {
            let read = number(text);
            let close = match (read, expected) {
                (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * b.abs(),
                // Signs that no locale mixes so may give any number, or none.
                (_, None) if text == "1.2.3,4,5" => true,
                (a, b) => a == b,
            };
            assert!(close, "{text}: {read:?}");
        }
        assert_eq!(whole("26.949.120"), Some(26_949_120));
        assert_eq!(whole("1.234"), Some(1234));
        assert_eq!(whole("18446744073709551615"), Some(u64::MAX));
        assert_eq!(whole("18446744073709551616"), None);
        assert_eq!(whole("1e3"), None);
    }

    #[test]
    fn sizes_of_each_tool() {
        for (text, kilo, expected) in [
            ("311 Bytes", Kilo::Decimal, Some(311)),
            ("45.8 MiB", Kilo::Decimal, Some(48_024_781)),
            ("300.00 MB", Kilo::Decimal, Some(300_000_000)),
            ("300.00 MB", Kilo::Binary, Some(314_572_800)),
            ("164.3kiB", Kilo::Decimal, Some(168_243)),
            ("1.8k", Kilo::Decimal, Some(1800)),
            ("5.722Mi", Kilo::Decimal, Some(5_999_952)),
            ("72.03M", Kilo::Decimal, Some(72_030_000)),
            ("0B", Kilo::Decimal, Some(0)),
            ("0.0 B", Kilo::Decimal, Some(0)),
            ("8 Mb", Kilo::Decimal, Some(1_000_000)),
            ("1 Kib", Kilo::Decimal, Some(128)),
            ("1,5 GB", Kilo::Decimal, Some(1_500_000_000)),
            ("264MB", Kilo::Binary, Some(276_824_064)),
            ("12 apples", Kilo::Decimal, None),
            ("MB", Kilo::Decimal, None),
            ("99999999999999999999 EB", Kilo::Decimal, None),
        ] {
            assert_eq!(bytes(text, kilo), expected, "{text}");
        }
        assert_eq!(rate("12.00MB/s", Kilo::Binary), Some(12_582_912.0));
        assert_eq!(rate("218 Mb/s", Kilo::Decimal), Some(27_250_000.0));
        assert_eq!(rate("? p/s", Kilo::Decimal), None);
    }

    #[test]
    fn spans_of_each_tool() {
        for (text, expected) in [
            ("0:00:02", Some(2)),
            ("00:15", Some(15)),
            ("1:02:03:04", Some(93_784)),
            ("99999999999999999999:00:00", None),
            ("18446744073709551615:00:00", None),
            ("1h43m12s", Some(6192)),
            ("2w3d", Some(1_468_800)),
            ("??:??:??", None),
            ("-", None),
            ("?", None),
            ("1:2:3:4:5", None),
            (":::", None),
        ] {
            assert_eq!(span(text), expected.map(Duration::from_secs), "{text}");
        }
        assert_eq!(span("5.6s"), Some(Duration::from_millis(5600)));
        assert_eq!(seconds(f64::NAN), None);
        assert_eq!(seconds(1e300), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,24}") {
            if let Some(value) = number(&text) {
                prop_assert!(value.is_finite() && value >= 0.0);
            }
            let _ = (whole(&text), span(&text), rate(&text, Kilo::Binary), bytes(&text, Kilo::Decimal));
        }
    }
}
