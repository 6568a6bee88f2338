//! Durations and sizes as people write them: `90s`, `1h30m`, `1.5d`, `64KiB`.

use std::time::Duration;

/// Why a text is not a duration or a size: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnitError(String);

/// Units of time and their nanoseconds. No months and years: they have no fixed length, and `1M` reads as a minute.
const TIMES: [(&[&str], u128); 8] = [
    (&["ns"], 1),
    (&["us", "µs", "μs"], 1_000),
    (&["ms", "msec"], 1_000_000),
    (&["s", "sec", "secs", "second", "seconds"], SECOND),
    (&["m", "min", "mins", "minute", "minutes"], 60 * SECOND),
    (&["h", "hr", "hrs", "hour", "hours"], 3600 * SECOND),
    (&["d", "day", "days"], 86_400 * SECOND),
    (&["w", "week", "weeks"], 7 * 86_400 * SECOND),
];

const SECOND: u128 = 1_000_000_000;

/// Units of size and their bytes; decimal and binary as SI and IEC have them.
const SIZES: [(&[&str], u128); 9] = [
    (&["B", "byte", "bytes"], 1),
    (&["kB", "KB"], 1_000),
    (&["KiB"], 1 << 10),
    (&["MB"], 1_000_000),
    (&["MiB"], 1 << 20),
    (&["GB"], 1_000_000_000),
    (&["GiB"], 1 << 30),
    (&["TB"], 1_000_000_000_000),
    (&["TiB"], 1 << 40),
];

/// Reads a duration: numbers with units, added up (`1h30m`, `1.5 s`, `2 days`).
///
/// # Errors
///
/// An empty text, a number without a unit, an unknown unit (months and years are none), an overflow.
pub fn parse_duration(text: &str) -> Result<Duration, UnitError> {
    let nanos = sum(text, "a duration such as 500ms, 5s, 2m or 1h30m", |number, unit| {
        if matches!(unit, "M" | "mo" | "month" | "months" | "y" | "yr" | "year" | "years") {
            return Err(UnitError(format!(
                "`{text}`: `{unit}` has no fixed length; write days (`d`), or `m` for minutes"
            )));
        }
        scale(&TIMES, text, number, unit, "ms, s, m, h or d")
    })?;
    let whole =
        u64::try_from(nanos / SECOND).map_err(|_| UnitError(format!("`{text}` is too long a time")))?;
    Ok(Duration::new(whole, u32::try_from(nanos % SECOND).unwrap_or(0)))
}

/// Reads a size in bytes: `512`, `64KiB`, `1.5MB`.
///
/// # Errors
///
/// An empty text, an unknown unit, an overflow.
pub fn parse_size(text: &str) -> Result<u64, UnitError> {
    let bytes = sum(text, "a size such as 64KiB or 1MB", |number, unit| {
        scale(
            &SIZES,
            text,
            number,
            if unit.is_empty() { "B" } else { unit },
            "B, kB, KiB, MB, MiB, GB or GiB",
        )
    })?;
    u64::try_from(bytes).map_err(|_| UnitError(format!("`{text}` is too large")))
}

/// A duration that [`parse_duration`] reads back to the same: `90s`, `15m`, `1500ms`.
#[must_use]
pub fn exact(span: Duration) -> String {
    let nanos = span.as_nanos();
    let fits = |(names, size): &&(&[&str], u128)| names[0] != "w" && nanos.is_multiple_of(*size);
    match TIMES.iter().rev().find(fits) {
        _ if nanos == 0 => "0s".to_owned(),
        Some((names, size)) => format!("{}{}", nanos / size, names[0]),
        None => format!("{nanos}ns"),
    }
}

/// A size that [`parse_size`] reads back to the same: `20GiB`, `1500kB`.
#[must_use]
pub fn exact_size(bytes: u64) -> String {
    let fits = SIZES.iter().filter(|(_, size)| u128::from(bytes).is_multiple_of(*size));
    match fits.max_by_key(|(_, size)| *size) {
        Some((names, size)) if bytes > 0 => format!("{}{}", u128::from(bytes) / size, names[0]),
        _ => format!("{bytes}B"),
    }
}

/// Adds up `number unit` pairs; blanks may stand around numbers and units, not inside them.
fn sum(
    text: &str,
    expected: &str,
    mut one: impl FnMut(&str, &str) -> Result<u128, UnitError>,
) -> Result<u128, UnitError> {
    let bad = || UnitError(format!("`{text}` is not {expected}"));
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(UnitError(format!("expected {expected}")));
    }
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit() || c == '.');
        let (unit, after) = split(after.trim_start(), char::is_alphabetic);
        if number.is_empty() {
            return Err(bad());
        }
        total = total.checked_add(one(number, unit)?).ok_or_else(bad)?;
        rest = after.trim_start();
    }
    Ok(total)
}

fn split(text: &str, inside: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !inside(c)).unwrap_or(text.len()))
}

fn scale(
    table: &[(&[&str], u128)],
    text: &str,
    number: &str,
    unit: &str,
    units: &str,
) -> Result<u128, UnitError> {
    let Some((_, size)) = table.iter().find(|(names, _)| names.contains(&unit)) else {
        return Err(UnitError(if unit.is_empty() {
            format!("`{text}` has no unit; give one of {units}")
        } else {
            format!("`{text}`: `{unit}` is not a unit; give one of {units}")
        }));
    };
    let bad = || UnitError(format!("`{text}`: `{number}` is not a number that can be used here"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    // Nine decimals are a nanosecond of a second; more cannot be meant.
    if whole.is_empty() || fraction.is_empty() || fraction.len() > 9 || fraction.contains('.') {
        return Err(bad());
    }
    let tenth = 10_u128.pow(u32::try_from(fraction.len()).unwrap_or(9));
    let whole = whole.parse::<u128>().ok().and_then(|n| n.checked_mul(*size)).ok_or_else(bad)?;
    let part = fraction.parse::<u128>().map_err(|_| bad())? * size / tenth;
    whole.checked_add(part).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_as_people_write_them() {
        for (text, ms) in [
            ("5s", 5_000),
            ("500ms", 500),
            ("1h30m", 5_400_000),
            ("1.5s", 1_500),
            ("2 days 3 hours", 183_600_000),
            ("  15m ", 900_000),
            ("0s", 0),
            ("1w", 604_800_000),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
    }

    #[test]
    fn bad_durations_say_what_is_expected() {
        for (text, part) in [
            ("", "expected a duration"),
            ("5", "has no unit"),
            ("1M", "no fixed length"),
            ("1 month", "no fixed length"),
            ("2y", "no fixed length"),
            ("5x", "`x` is not a unit"),
            ("s", "is not a duration"),
            ("-5s", "is not a duration"),
            ("1 0s", "has no unit"),
            ("1.2.3s", "is not a number"),
            ("1.s", "is not a number"),
            ("99999999999999999999999999999999999999999s", "is not a number"),
            ("400000000000000000000s", "too long"),
        ] {
            let error = parse_duration(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn sizes_as_people_write_them() {
        for (text, bytes) in
            [("512", 512), ("64KiB", 65_536), ("1 MiB", 1_048_576), ("1.5MB", 1_500_000), ("0B", 0)]
        {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        assert!(parse_size("1 mib").unwrap_err().to_string().contains("`mib` is not a unit"));
        assert!(parse_size("").is_err());
    }

    proptest! {
        #[test]
        fn exact_reads_back(nanos in any::<u64>()) {
            let span = Duration::from_nanos(nanos);
            prop_assert_eq!(parse_duration(&exact(span)), Ok(span));
        }

        #[test]
        fn exact_sizes_read_back(bytes in prop_oneof![any::<u64>(), (0..999_u64).prop_map(|n| n << 30), (0..999_u64).prop_map(|n| n * 1_000_000)]) {
            prop_assert_eq!(parse_size(&exact_size(bytes)), Ok(bytes));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,24}") {
            let _ = parse_duration(&text);
            let _ = parse_size(&text);
        }
    }
}
