//! What stands right of an operator.

use std::cmp::Ordering;
use std::time::Duration;

use regex::{Regex, RegexBuilder};

use super::Operand;

/// The right side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Right {
    /// One value.
    One(Literal),
    /// Any of them.
    Any(Vec<Literal>),
    /// A glob over the whole text.
    Glob(Pattern),
    /// A regular expression, found anywhere.
    Regex(Pattern),
    /// Another fact.
    Fact(Operand),
}

/// A value as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `true` or `false`.
    Bool(bool),
    /// A number without a unit.
    Number(Number),
    /// A number with a unit of time.
    Duration(Duration),
    /// A number with a per cent sign.
    Percent(Number),
    /// A number with a unit of size.
    Bytes(u64),
    /// Text in quotes: only text equals it.
    Quoted(String),
    /// Text without quotes: a JSON number, bool or null equals it too.
    Word(String),
}

/// A number that compares exactly: `200 == 200.0`, and large integers keep their last digit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Whole.
    Int(i128),
    /// Not whole, or beyond `i128`.
    Float(f64),
}

/// Beyond this a float's neighbours are not representable as `i128` for certain.
const INT_LIMIT: f64 = 1e38;

impl Number {
    /// Reads decimal digits with an optional sign, fraction and exponent.
    pub fn parse(text: &str) -> Option<Number> {
        let starts = text.strip_prefix(['-', '+']).unwrap_or(text).starts_with(|c: char| c.is_ascii_digit());
        if !starts {
            return None;
        }
        text.parse().map(Number::Int).ok().or_else(|| text.parse().ok().and_then(Number::float))
    }

    /// A JSON number.
    pub fn json(number: &serde_json::Number) -> Option<Number> {
        let int = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
        int.map(Number::Int).or_else(|| number.as_f64().and_then(Number::float))
    }

    /// A float, if it is finite.
    #[expect(clippy::cast_possible_truncation, reason = "whole and below the limit: the cast is exact")]
    pub fn float(float: f64) -> Option<Number> {
        let whole = float.fract() == 0.0 && float.abs() < INT_LIMIT;
        float.is_finite().then_some(if whole { Number::Int(float as i128) } else { Number::Float(float) })
    }

    /// Compares exactly; `None` never happens for numbers made here.
    pub fn compare(self, other: Number) -> Option<Ordering> {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
            (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
            // Floats that are not whole lie between integers: comparing with the floor is exact.
            (Number::Int(a), Number::Float(b)) => Some(compare_mixed(a, b)),
            (Number::Float(a), Number::Int(b)) => Some(compare_mixed(b, a).reverse()),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the cast saturates, and a saturated floor still orders right"
)]
fn compare_mixed(int: i128, float: f64) -> Ordering {
    if int <= float.floor() as i128 { Ordering::Less } else { Ordering::Greater }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Number::Int(int) => write!(f, "{int}"),
            Number::Float(float) => write!(f, "{float}"),
        }
    }
}

/// A compiled pattern with its source, by which it is compared.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As written.
    pub source: String,
    regex: Regex,
}

/// Bytes a compiled pattern may take: far above any expectation, far below what a hostile one would.
const PATTERN_LIMIT: usize = 1 << 20;

impl Pattern {
    /// A regular expression.
    pub fn regex(source: &str) -> Result<Pattern, String> {
        let regex = compile(source).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => {
                format!("the regular expression `{source}` is too large; shorten it")
            }
            // The crate's message is a picture of several lines; its last one says what is wrong.
            other => {
                let text = other.to_string();
                let last = text.lines().last().unwrap_or_default();
                let last = last.trim().trim_start_matches("error: ");
                format!("`{source}` is not a regular expression: {last}")
            }
        })?;
        Ok(Pattern { source: source.to_owned(), regex })
    }

    /// A glob: `*` any text, `?` one character, `[a-z]`, `[!a-z]`; `\` takes the next character as it is.
    ///
    /// Matched as a regular expression, in linear time: a body of a megabyte is no trap.
    pub fn glob(source: &str) -> Result<Pattern, String> {
        let mut out = String::from("(?s)^(?:");
        let mut rest = source.chars();
        while let Some(c) = rest.next() {
            match c {
                '*' => out.push_str(".*"),
                '?' => out.push('.'),
                '[' => {
                    let Some((inside, after)) = class(rest.as_str()) else {
                        return Err(format!(
                            "the pattern `{source}` opens `[` without closing it; write `\\[` for a bracket"
                        ));
                    };
                    out.push_str(&inside);
                    rest = after.chars();
                }
                '\\' => out.push_str(&regex::escape(rest.next().unwrap_or('\\').encode_utf8(&mut [0; 4]))),
                c => out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
            }
        }
        out.push_str(")$");
        let regex =
            compile(&out).map_err(|_| format!("`{source}` is not a pattern; use `*`, `?` and `[a-z]`"))?;
        Ok(Pattern { source: source.to_owned(), regex })
    }

    /// Whether the text has it.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// The class after `[` as a regular expression, and the text after `]`.
fn class(rest: &str) -> Option<(String, &str)> {
    let not = rest.starts_with(['!', '^']);
    let start = usize::from(not);
    // A bracket right at the start is a member.
    let first = start + rest.get(start..)?.chars().next().map(char::len_utf8)?;
    let end = first + rest.get(first..)?.find(']')?;
    let mut out = String::from(if not { "[^" } else { "[" });
    for c in rest[start..end].chars() {
        if c != '-' && !c.is_alphanumeric() {
            out.push('\\');
            // Only ASCII punctuation may be escaped in a class.
            if !c.is_ascii_punctuation() {
                out.pop();
            }
        }
        out.push(c);
    }
    out.push(']');
    Some((out, &rest[end + 1..]))
}

fn compile(source: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(source).size_limit(PATTERN_LIMIT).dfa_size_limit(PATTERN_LIMIT).nest_limit(64).build()
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.source == other.source
    }
}
