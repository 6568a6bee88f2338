//! A line's moment, `2026-11-21T06:31:07.123Z`, written and read without the cost of any other form.

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Timelike, Utc};

/// Where the digits stand.
const FORM: &[u8; 24] = b"0000-00-00T00:00:00.000Z";

/// Writes a moment as RFC 3339 in UTC, to the millisecond.
pub(super) fn write(out: &mut Vec<u8>, wall: DateTime<Utc>) {
    let milli = wall.nanosecond() / 1_000_000;
    let Some(year) = u32::try_from(wall.year()).ok().filter(|&year| year <= 9999 && milli < 1000) else {
        out.extend_from_slice(wall.to_rfc3339_opts(SecondsFormat::Millis, true).as_bytes());
        return;
    };
    let mut text = *FORM;
    let mut put = |from: usize, to: usize, mut value: u32| {
        for digit in text[from..to].iter_mut().rev() {
            *digit = b"0123456789"[(value % 10) as usize];
            value /= 10;
        }
    };
    put(0, 4, year);
    put(5, 7, wall.month());
    put(8, 10, wall.day());
    put(11, 13, wall.hour());
    put(14, 16, wall.minute());
    put(17, 19, wall.second());
    put(20, 23, milli);
    out.extend_from_slice(&text);
}

/// Writes an offset from UTC, given in seconds, to the minute: `+01:00`.
pub(super) fn write_zone(out: &mut Vec<u8>, offset: i32) {
    let minutes = offset.unsigned_abs() / 60;
    let digits = |value: u32| [b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8];
    out.push(if offset < 0 { b'-' } else { b'+' });
    out.extend_from_slice(&digits(minutes / 60));
    out.push(b':');
    out.extend_from_slice(&digits(minutes % 60));
}

/// Reads a moment in exactly that form.
pub(super) fn read(text: &[u8]) -> Option<DateTime<Utc>> {
    let text: &[u8; 24] = text.try_into().ok()?;
    let fits = |(&byte, &form): (&u8, &u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
    text.iter().zip(FORM).all(fits).then_some(())?;
    let take = |from: usize, to: usize| {
        text[from..to].iter().fold(0, |value, &digit| value * 10 + u32::from(digit - b'0'))
    };
    let date = NaiveDate::from_ymd_opt(i32::try_from(take(0, 4)).ok()?, take(5, 7), take(8, 10))?;
    let time = date.and_hms_milli_opt(take(11, 13), take(14, 16), take(17, 19), take(20, 23))?;
    Some(time.and_utc())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_is_what_chrono_writes_and_reads(ms in -62_167_219_200_000_i64..253_402_300_800_000) {
            let wall = DateTime::from_timestamp_millis(ms).unwrap();
            let mut text = Vec::new();
            write(&mut text, wall);
            prop_assert_eq!(std::str::from_utf8(&text).unwrap(), wall.to_rfc3339_opts(SecondsFormat::Millis, true));
            prop_assert_eq!(read(&text), Some(wall));
        }
    }

    #[test]
    fn other_forms_and_no_moments_are_left_to_chrono() {
        for text in ["2026-11-21T06:31:07Z", "2026-11-21T06:31:07.123+00:00", "2026-02-30T06:31:07.123Z", ""]
        {
            assert_eq!(read(text.as_bytes()), None);
        }
    }
}
