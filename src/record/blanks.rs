//! An item's text as it is shown: what was filled in stands in the place of its blank.

use std::borrow::Cow;
use std::ops::Range;

use super::ItemRecord;
use crate::text;

impl ItemRecord {
    /// The beginning of the item's text, or all of it, with values in the places of its blanks, and whether each part
    /// is such a value.
    #[must_use]
    pub fn filled<'a>(&self, text: &'a str) -> Vec<(Cow<'a, str>, bool)> {
        if self.fields.is_empty() || !self.in_place(text) {
            return vec![(text.into(), false)];
        }
        let (mut parts, mut from) = (Vec::new(), 0);
        for (number, blank) in (0u32..).zip(blanks(text)) {
            if let Some(value) = self.fields.get(&number) {
                parts.push((text[from..blank.start].into(), false));
                parts.push((text::clean(&value.value).into_owned().into(), true));
                from = blank.end;
            }
        }
        parts.push((text[from..].into(), false));
        parts
    }

    /// Whether the blanks in the item's text are its fields, one for one.
    #[must_use]
    pub fn in_place(&self, text: &str) -> bool {
        blanks(text).count() == self.row.fields.len()
    }

    /// The item's text in one piece, with values in the places of its blanks.
    #[must_use]
    pub fn in_words(&self) -> String {
        self.filled(&self.row.text).into_iter().map(|(part, _)| part).collect()
    }

    /// The labels of the blanks that nobody has filled.
    pub fn unfilled(&self) -> impl Iterator<Item = &str> {
        let fields = (0u32..).zip(&self.row.fields);
        fields.filter(|(number, _)| !self.fields.contains_key(number)).map(|(_, field)| field.label.as_str())
    }
}

/// Bytes of each blank: three underscores or more.
fn blanks(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text[from..].find("___")?;
        let end = text[start..].find(|c| c != '_').map_or(text.len(), |end| start + end);
        from = end;
        Some(start..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_runs_of_underscores() {
        let found: Vec<_> = blanks("Start: _____, a_b __ end: ___").collect();
        assert_eq!(found, [7..12, 26..29]);
    }
}
