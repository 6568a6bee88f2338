//! Filters of the log pane: regular expressions that lines must match, or must not.

use regex::{Regex, RegexBuilder};

/// Bytes of a compiled expression at most: it is run over every line.
const COMPILED: usize = 1 << 20;
/// Bytes that matching may set aside to stay fast.
const FAST: usize = 4 << 20;

/// What is typed, compiled.
#[derive(Clone, Debug)]
pub struct Pattern {
    source: String,
    regex: Regex,
}

/// One filter of the stack.
#[derive(Clone, Debug)]
pub struct Filter {
    /// What lines must match, or must not.
    pub pattern: Pattern,
    /// Lines that match are hidden; else those that do not.
    pub out: bool,
    /// It is switched on.
    pub on: bool,
}

impl Pattern {
    /// Compiles what was typed: letters match either case unless one of them is a capital.
    ///
    /// # Errors
    /// Why it is no regular expression, in one clause.
    pub fn new(source: &str) -> Result<Pattern, String> {
        let regex = RegexBuilder::new(source)
            .case_insensitive(!has_capital(source))
            .size_limit(COMPILED)
            .dfa_size_limit(FAST)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => "too large an expression".to_owned(),
                error => {
                    let why = error.to_string();
                    let why = why.lines().next_back().unwrap_or_default().trim_start_matches("error: ");
                    format!("no regular expression: {why}")
                }
            })?;
        Ok(Pattern { source: source.to_owned(), regex })
    }

    /// As it was typed.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Compiled.
    #[must_use]
    pub fn regex(&self) -> &Regex {
        &self.regex
    }
}

/// Whether a capital letter is meant: `\S` and `\W` are none.
fn has_capital(source: &str) -> bool {
    let mut escaped = false;
    source.chars().any(|c| {
        let letter = !escaped;
        escaped = c == '\\' && !escaped;
        letter && c.is_uppercase()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_matters_once_a_capital_is_typed() {
        let matches = |source: &str, text: &str| Pattern::new(source).unwrap().regex().is_match(text);
        assert!(matches("timeout", "Read TIMEOUT"));
        assert!(!matches("Timeout", "Read TIMEOUT"));
        assert!(matches(r"\Serror", "anERROR"), "an escape is no capital");
        assert!(matches(r"\\Error", r"\Error") && !matches(r"\\Error", r"\error"));
    }

    #[test]
    fn what_is_wrong_is_said_in_one_clause() {
        for bad in ["(", "[a", "a{2,1}", "*", r"\p{Nonsense}"] {
            let why = Pattern::new(bad).unwrap_err();
            assert!(why.starts_with("no regular expression: ") && !why.contains('\n'), "{why}");
        }
        assert_eq!(Pattern::new(r"(\w{500}){500}").unwrap_err(), "too large an expression");
    }
}
