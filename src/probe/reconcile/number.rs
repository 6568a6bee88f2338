//! Whole numbers as tools write them, groups of digits and all.

/// Between groups of digits: comma, full stop, blanks of several kinds, apostrophes, underscore.
fn is_separator(c: char) -> bool {
    matches!(c, ',' | '.' | ' ' | '\'' | '’' | '_' | '\u{a0}' | '\u{2009}' | '\u{202f}')
}

/// Reads a whole number: `490112`, `490,112`, `1.234.567`, `-3`, `+7`; `None` for all else.
///
/// Groups are divided by one kind of separator; the last has three digits and the first no leading zero, so that
/// neither `12.5` nor `0.125` is a number here.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let separator = digits.chars().find(|c| is_separator(*c));
    let mut groups = digits.split(|c| Some(c) == separator);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    // Two digits in a group are how they write lakh and crore.
    let grouped = rest.iter().all(|group| matches!(group.len(), 2 | 3))
        && rest.last().is_none_or(|last| last.len() == 3)
        && (rest.is_empty() || (1..=3).contains(&first.len()) && !first.starts_with('0'));
    let plain = [first]
        .iter()
        .chain(&rest)
        .all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    if !grouped || !plain {
        return None;
    }
    let number: i64 = [&[first], rest.as_slice()].concat().concat().parse().ok()?;
    Some(sign * number)
}

/// Whether a number was cut short: `490` where the text goes on with `,112`. What was cut off, if so.
pub(super) fn cut_off<'t>(number: &str, after: &'t str) -> Option<&'t str> {
    if !number.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut end = 0;
    while let Some(group) = next_group(&after[end..]) {
        end += group;
    }
    (end > 0).then(|| &after[..end])
}

/// Bytes of a separator and three digits, if that is what a text begins with.
fn next_group(text: &str) -> Option<usize> {
    let separator = text.chars().next().filter(|c| is_separator(*c) && *c != ' ')?;
    let rest = &text[separator.len_utf8()..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    (digits == 3).then_some(separator.len_utf8() + 3)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_as_tools_write_them() {
        for (text, number) in [
            ("0", 0),
            ("490112", 490_112),
            ("490,112", 490_112),
            ("1.234.567", 1_234_567),
            ("1 234 567", 1_234_567),
            ("1\u{202f}234", 1_234),
            ("1'234", 1_234),
            ("12,34,567", 1_234_567),
            ("1_000", 1_000),
            (" -3 ", -3),
            ("\u{2212}3", -3),
            ("+7", 7),
            ("9223372036854775807", i64::MAX),
        ] {
            assert_eq!(parse(text), Some(number), "{text}");
        }
        for text in [
            "",
            "-",
            "12.5",
            "0.125",
            "00,112",
            "1,2345",
            "1234,567",
            "1,234.567",
            "x",
            "3 files",
            ",112",
            "1,",
            "--3",
            "0x10",
            "9223372036854775808",
            "1,,234",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_cut_short_is_noticed() {
        assert_eq!(cut_off("490", ",112 files"), Some(",112"));
        assert_eq!(cut_off("1", ".234.567"), Some(".234.567"));
        for after in ["", " 112", ",112345", ",11", ", 112", " files", ":112"] {
            assert_eq!(cut_off("490", after), None, "{after}");
        }
        assert_eq!(cut_off("x", ",112"), None);
    }

    proptest! {
        #[test]
        fn what_is_grouped_reads_back(number in any::<i64>().prop_filter("its own negation", |n| *n != i64::MIN)) {
            prop_assert_eq!(parse(&number.to_string()), Some(number));
            prop_assert_eq!(parse(&crate::text::grouped(number)), Some(number));
        }

        #[test]
        fn any_text_is_a_number_or_not(text in ".{0,24}", after in ".{0,8}") {
            let _ = parse(&text);
            let _ = cut_off(&text, &after);
        }
    }
}
