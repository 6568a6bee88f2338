//! The value right of an operator, typed by what stands left of it.

use std::ops::Range;

use super::super::fact::{FACTS, Fact, REFUSED, Type};
use super::super::literal::{Literal, Number, Pattern, Right};
use super::super::{ExprError, Op};
use super::{Parser, Written};
use crate::text;

/// What `state` can be.
const STATES: [&str; 15] = [
    "unknown",
    "up",
    "pending",
    "down",
    "flapping",
    "stale",
    "expected-down",
    "maintenance",
    "scanning",
    "running",
    "stalled",
    "finished",
    "finished-with-errors",
    "died",
    "silent",
];

impl Parser<'_> {
    /// The rest of the text as a value that `left` can be compared with.
    pub(super) fn value(&mut self, left: &Written, op: Op) -> Result<Right, ExprError> {
        let end = self.pos + self.rest().trim_end().len();
        let (span, rest) = (self.pos..end, &self.text[self.pos..end]);
        if rest.is_empty() {
            return Err(self.error(self.end..self.end, format!("expected a value after `{}`", op.text())));
        }
        if op == Op::Matches {
            let source = self.unquote(rest, &span)?.unwrap_or_else(|| rest.to_owned());
            return Pattern::regex(&source).map(Right::Regex).map_err(|why| self.error(span, why));
        }
        if let Some(inside) = self.call("any", rest, &span, op)? {
            return self.any(left, inside, span.start + "any(".len()).map(Right::Any);
        }
        if let Some(inside) = self.call("pat", rest, &span, op)? {
            if matches!(left.operand.kind(), Type::Bool | Type::Duration | Type::Percent | Type::Bytes) {
                let kind = left.operand.kind();
                return Err(self.error(span, format!("`pat( )` compares text; `{}` is {kind}", left.operand)));
            }
            let inside = self.unquote(inside, &span)?.unwrap_or_else(|| inside.trim().to_owned());
            return Pattern::glob(&inside).map(Right::Glob).map_err(|why| self.error(span, why));
        }
        if names_fact(rest, left) {
            return self.other(left, op);
        }
        self.literal(left, op, rest, span).map(Right::One)
    }

    /// What is inside `name( )`, if the value is that.
    fn call<'t>(
        &self,
        name: &str,
        rest: &'t str,
        span: &Range<usize>,
        op: Op,
    ) -> Result<Option<&'t str>, ExprError> {
        let Some(inside) = rest.strip_prefix(name).and_then(|rest| rest.strip_prefix('(')) else {
            return Ok(None);
        };
        let Some(inside) = inside.strip_suffix(')') else {
            return Err(self.error(span.clone(), format!("expected `)` to close `{name}(`")));
        };
        let fits = match name {
            "any" => matches!(op, Op::Eq | Op::Ne | Op::Contains),
            _ => matches!(op, Op::Eq | Op::Ne),
        };
        if !fits {
            let can = if name == "any" { "==, != or contains" } else { "== or !=" };
            return Err(
                self.error(span.clone(), format!("`{name}( )` goes with {can}, not with {}", op.text()))
            );
        }
        Ok(Some(inside))
    }

    fn any(&self, left: &Written, inside: &str, start: usize) -> Result<Vec<Literal>, ExprError> {
        let mut all = Vec::new();
        let mut from = 0;
        let mut quoted = false;
        let mut escaped = false;
        let ends = inside.char_indices().filter_map(|(at, c)| {
            let end = c == ',' && !quoted;
            quoted ^= c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            end.then_some(at)
        });
        let ends: Vec<_> = ends.chain([inside.len()]).collect();
        for end in ends {
            let part = &inside[from..end];
            let trimmed = part.trim();
            let at = start + from + (part.len() - part.trim_start().len());
            let span = at..at + trimmed.len();
            if trimmed.is_empty() {
                return Err(self.error(span, "expected a value between the commas of `any( )`"));
            }
            all.push(self.literal(left, Op::Eq, trimmed, span)?);
            from = end + 1;
        }
        Ok(all)
    }

    /// Another fact as the value.
    fn other(&mut self, left: &Written, op: Op) -> Result<Right, ExprError> {
        let right = self.operand()?;
        self.blanks();
        if !self.rest().is_empty() {
            return Err(self.error(self.here(), format!("expected nothing after `{}`", right.operand)));
        }
        let (a, b) = (left.operand.kind(), right.operand.kind());
        let texts = [a, b].iter().all(|kind| matches!(kind, Type::Text | Type::Json));
        let numbers = [a, b].iter().all(|kind| matches!(kind, Type::Count | Type::Json));
        if a != b && !texts && !numbers {
            let message =
                format!("`{}` is {a} and `{}` is {b}: they cannot be compared", left.operand, right.operand);
            return Err(self.error(right.span, message));
        }
        self.fits(&right.operand, op, right.span)?;
        Ok(Right::Fact(right.operand))
    }

    /// One value of the type that `left` has.
    fn literal(&self, left: &Written, op: Op, part: &str, span: Range<usize>) -> Result<Literal, ExprError> {
        let operand = &left.operand;
        let wrong = |expected: &str| {
            let is = match unit(part) {
                Some(kind) => format!("`{part}` is {kind}, and "),
                None => String::new(),
            };
            self.error(span.clone(), format!("{is}`{operand}` is {}: expected {expected}", operand.kind()))
        };
        let ordered = matches!(op, Op::Lt | Op::Le | Op::Gt | Op::Ge);
        match operand.kind() {
            Type::Bool => match part {
                "true" => Ok(Literal::Bool(true)),
                "false" => Ok(Literal::Bool(false)),
                _ => Err(wrong("true or false")),
            },
            Type::Count => {
                Number::parse(part).map(Literal::Number).ok_or_else(|| wrong("a number such as 200"))
            }
            Type::Duration => match (Number::parse(part), text::parse_duration(part)) {
                (_, Ok(span)) => Ok(Literal::Duration(span)),
                (Some(_), Err(_)) if left.placeholder => text::parse_duration(&format!("{part}ms"))
                    .map(Literal::Duration)
                    .map_err(|error| self.error(span.clone(), error.to_string())),
                (Some(_), Err(_)) => Err(wrong(&format!("a unit, as in {part}ms, {part}s or {part}d"))),
                (None, Err(error))
                    if part.starts_with(|c: char| c.is_ascii_digit()) && unit(part).is_none() =>
                {
                    Err(self.error(span.clone(), error.to_string()))
                }
                _ => Err(wrong("a duration such as 500ms, 2s or 14d")),
            },
            Type::Percent => part
                .strip_suffix('%')
                .and_then(|number| Number::parse(number.trim_end()))
                .map(Literal::Percent)
                .ok_or_else(|| wrong("a percentage such as 20%")),
            Type::Bytes => match (Number::parse(part), text::parse_size(part)) {
                (None, Ok(bytes)) => Ok(Literal::Bytes(bytes)),
                (Some(_), _) => Err(wrong(&format!("a unit, as in {part}GB or {part}GiB"))),
                _ => Err(wrong("a size such as 200GB or 64MiB")),
            },
            Type::Json if ordered => Number::parse(part)
                .map(Literal::Number)
                .ok_or_else(|| wrong("a number without a unit right of <, <=, > or >=")),
            Type::Text | Type::Json => {
                let literal = match self.unquote(part, &span)? {
                    Some(text) => Literal::Quoted(text),
                    None => Literal::Word(part.to_owned()),
                };
                self.check_state(&operand.fact, &literal, span)?;
                Ok(literal)
            }
        }
    }

    /// The text inside quotes; `None` if there are none.
    fn unquote(&self, part: &str, span: &Range<usize>) -> Result<Option<String>, ExprError> {
        let part = part.trim();
        if let Some(inside) = part.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            return Ok(Some(inside.to_owned()));
        }
        let Some(inside) = part.strip_prefix('"') else { return Ok(None) };
        let mut out = String::new();
        let mut chars = inside.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' if chars.as_str().is_empty() => return Ok(Some(out)),
                '"' => return Err(self.error(span.clone(), "expected nothing after the closing quote")),
                // Other backslashes stay: they belong to regular expressions.
                '\\' => match chars.clone().next() {
                    Some(next @ ('"' | '\\')) => {
                        chars.next();
                        out.push(next);
                    }
                    _ => out.push('\\'),
                },
                c => out.push(c),
            }
        }
        Err(self.error(span.clone(), "the quoted text is not closed: expected `\"` at its end"))
    }

    fn check_state(&self, fact: &Fact, literal: &Literal, span: Range<usize>) -> Result<(), ExprError> {
        let (Fact::State, Literal::Word(text) | Literal::Quoted(text)) = (fact, literal) else {
            return Ok(());
        };
        if STATES.contains(&text.as_str()) {
            return Ok(());
        }
        Err(self.error(span, format!("`{text}` is not a state; known are {}", STATES.join(", "))))
    }
}

/// Whether the value names another fact rather than being text.
fn names_fact(rest: &str, left: &Written) -> bool {
    let inner = ["len(", "has(", "age("].iter().find_map(|f| rest.strip_prefix(f));
    let bracket = inner.unwrap_or(rest).strip_prefix('[').and_then(|rest| rest.split_once(']'));
    if let Some((name, _)) = bracket {
        let name = name.to_ascii_uppercase();
        let known = FACTS.iter().any(|row| row.gatus == Some(name.as_str()));
        return known || REFUSED.iter().any(|(refused, _)| *refused == name);
    }
    let numeric = matches!(left.operand.kind(), Type::Count | Type::Duration | Type::Percent | Type::Bytes);
    numeric && rest.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// What a value with a unit measures.
fn unit(part: &str) -> Option<&'static str> {
    let unit = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').trim();
    if unit.len() == part.len() || unit.is_empty() {
        return None;
    }
    match unit {
        "%" => Some("a percentage"),
        _ if text::parse_duration(part).is_ok() => Some("a duration"),
        _ if text::parse_size(part).is_ok() => Some("a size"),
        _ => None,
    }
}
