//! Several patterns as one.

use memchr::memmem::Finder;
use regex::Regex;

/// Whether any of several patterns matches.
#[derive(Clone)]
pub(super) struct Filter {
    /// Patterns that are plain text, which is found several times as fast.
    plain: Vec<Finder<'static>>,
    /// All others as one: that finds what they have in common, a set of them does not.
    others: Option<Regex>,
}

impl Filter {
    /// `None` without patterns. They have been compiled once already, where a bad one is a finding.
    pub(super) fn new(patterns: &[String]) -> Option<Filter> {
        let (plain, others): (Vec<&String>, Vec<_>) =
            patterns.iter().partition(|pattern| regex::escape(pattern) == **pattern);
        let others: Vec<_> = others.into_iter().map(|pattern| format!("(?:{pattern})")).collect();
        let filter = Filter {
            plain: plain.into_iter().map(|text| Finder::new(text).into_owned()).collect(),
            others: if others.is_empty() { None } else { Regex::new(&others.join("|")).ok() },
        };
        (!patterns.is_empty()).then_some(filter)
    }

    pub(super) fn is_match(&self, line: &str) -> bool {
        self.plain.iter().any(|text| text.find(line.as_bytes()).is_some())
            || self.others.as_ref().is_some_and(|others| others.is_match(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_of_them() {
        let filter = Filter::new(&["GET /health".to_owned(), r"^a\d$".to_owned(), "b|c".to_owned()]).unwrap();
        for (line, expected) in
            [("x GET /health 200", true), ("a1", true), ("xc", true), ("a1 ", false), ("", false)]
        {
            assert_eq!(filter.is_match(line), expected, "{line}");
        }
        assert!(Filter::new(&[]).is_none());
    }
}
