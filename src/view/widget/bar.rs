//! A progress bar in eighths of a column.

use crate::theme::Glyphs;

/// A bar of `columns` of which `done` of `all` is filled, and the columns left over; never full before all is done.
#[must_use]
pub fn bar(done: usize, all: usize, columns: usize, glyphs: &Glyphs) -> (String, usize) {
    let eighths = columns * 8;
    let filled = match done {
        _ if all == 0 => 0,
        done if done >= all => eighths,
        done => (done * eighths / all).min(eighths.saturating_sub(1)),
    };
    let (whole, part) = (filled / 8, filled % 8);
    let mut bar = glyphs.bar_full.repeat(whole);
    let part = part.checked_sub(1).and_then(|part| glyphs.bar_parts.get(part));
    bar.push_str(part.unwrap_or(&""));
    (bar, columns - whole - usize::from(part.is_some()))
}

#[cfg(test)]
mod tests {
    use super::bar;
    use crate::theme::{ASCII, UNICODE};

    #[test]
    fn is_full_only_when_all_is_done() {
        assert_eq!(bar(0, 0, 4, &UNICODE), (String::new(), 4));
        assert_eq!(bar(1, 2, 5, &UNICODE), ("██▌".to_owned(), 2));
        assert_eq!(bar(9_999, 10_000, 4, &UNICODE), ("███▉".to_owned(), 0));
        assert_eq!(bar(9_999, 10_000, 4, &ASCII), ("###".to_owned(), 1));
        assert_eq!(bar(10_000, 10_000, 4, &ASCII), ("####".to_owned(), 0));
        assert_eq!(bar(3, 2, 2, &ASCII), ("##".to_owned(), 0));
    }
}
