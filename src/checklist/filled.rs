//! What a report writes into a plan, and how a plan that has it is read as it was without.
//!
//! A filled-in blank keeps its underscores in a comment before its value, `<!--____-->example.net<!--.-->`, and what is
//! added stands between comments, `<!--+-->by dana<!--.-->`: GitHub shows the words alone, and the plan that is read
//! has the items, blanks and identities that it had.

use std::ops::Range;

use super::mend::Mapped;

/// Before what is added.
pub const ADDED: &str = "<!--+-->";
/// Behind what is added, and behind a value.
pub const END: &str = "<!--.-->";

const OPEN: &str = "<!--";
const CLOSE: &str = "-->";

/// A value in the place of a blank.
#[must_use]
pub fn value(blank: &str, value: &str) -> String {
    format!("{OPEN}{blank}{CLOSE}{value}{END}")
}

/// The bytes that a value takes the place of: a blank, or a blank with its value.
#[must_use]
pub fn place(file: &[u8], blank: &Range<usize>) -> Range<usize> {
    let bare = blank.clone();
    let (Some(before), Some(behind)) = (file.get(..blank.start), file.get(blank.end..)) else { return bare };
    if !before.ends_with(OPEN.as_bytes()) || !behind.starts_with(CLOSE.as_bytes()) {
        return bare;
    }
    match memchr::memmem::find(behind, END.as_bytes()) {
        Some(end) => blank.start - OPEN.len()..blank.end + end + END.len(),
        None => bare,
    }
}

/// The text as it was before it was filled, but for its boxes.
#[must_use]
pub fn without(text: &str) -> String {
    emptied(text).map_or_else(|| text.to_owned(), |made| made.text)
}

/// The text without what was added and with its blanks empty; `None` if nothing was.
pub(super) fn emptied(text: &str) -> Option<Mapped> {
    let mut made = Mapped::default();
    let mut kept = 0;
    let mut from = 0;
    while let Some(at) = text[from..].find(OPEN).map(|at| from + at) {
        from = at + OPEN.len();
        let Some(inner) = text[from..].find(CLOSE).map(|end| from..from + end) else { break };
        let comment = &text[inner.clone()];
        if comment != "+" && !is_blank(comment) {
            continue;
        }
        let behind = inner.end + CLOSE.len();
        let Some(mut end) = text[behind..].find(END).map(|end| behind + end + END.len()) else { break };
        // Lines of their own end where they begin: with the line's end behind.
        if text[behind..].starts_with(['\r', '\n']) {
            let line_end = ["\r\n", "\n"].into_iter().find(|line_end| text[end..].starts_with(line_end));
            end += line_end.map_or(0, str::len);
        }
        made.copy(text, kept..at);
        if comment != "+" {
            made.copy(text, inner);
        }
        (kept, from) = (end, end);
    }
    made.copy(text, kept..text.len());
    (!made.is_same(text)).then_some(made)
}

/// A blank as plans have them: `____`, `\_\_\_`, `__/__/____`.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.matches('_').count() > 2 && text.chars().all(|c| matches!(c, '_' | '\\' | '/' | ':' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_filled_in_is_taken_out() {
        let made = emptied("- [x] Host: <!--____-->a<!--.-->, ok <!--+-->by dana<!--.-->\nend").unwrap();
        assert_eq!(made.text, "- [x] Host: ____, ok \nend");
        assert_eq!(made.back(made.text.find("____").unwrap()), 16);
        for plain in ["a <!-- note -->", "<!--____-->never closed", "<!--+-->", "<!--.-->", "", "<!--"] {
            assert!(emptied(plain).is_none(), "{plain}");
        }
    }

    #[test]
    fn a_value_takes_the_place_of_the_one_before() {
        let file = b"Host: <!--____-->old<!--.-->, next ____";
        assert_eq!(place(file, &(10..14)), 6..28);
        assert_eq!(place(file, &(35..39)), 35..39);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(<!--|-->|_|[+]|[.]|a|é|\n){0,24}") {
            if let Some(made) = emptied(&text) {
                prop_assert!(made.text.len() < text.len());
                for at in 0..=made.text.len() {
                    prop_assert!(made.back(at) <= text.len());
                }
            }
        }
    }
}
