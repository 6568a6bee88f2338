//! Comparing what was seen with what was written.

use std::borrow::Cow;
use std::cmp::Ordering;

use chrono::TimeDelta;
use serde_json::Value as Json;

use super::literal::{Literal, Number, Right};
use super::{Document, Op};

/// A value that should be a number and is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotANumber {
    /// The one seen.
    Left,
    /// That of the fact it is compared with.
    Right,
}

/// One value seen.
#[derive(Clone, Debug)]
pub enum Scalar<'a> {
    Bool(bool),
    Number(Number),
    Duration(TimeDelta),
    Percent(Number),
    Bytes(u64),
    Text(Cow<'a, str>),
    /// A whole body or output.
    Document(&'a Document),
    /// Something inside one.
    Json(&'a Json),
}

impl Scalar<'_> {
    /// As text; JSON other than a string in its compact form.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Scalar::Bool(bool) => bool.to_string().into(),
            Scalar::Number(number) => number.to_string().into(),
            Scalar::Duration(span) => span.to_string().into(),
            Scalar::Percent(number) => format!("{number}%").into(),
            Scalar::Bytes(bytes) => bytes.to_string().into(),
            Scalar::Text(text) => text.as_ref().into(),
            Scalar::Document(document) => document.text().into(),
            Scalar::Json(Json::String(text)) => text.into(),
            Scalar::Json(json) => json.to_string().into(),
        }
    }

    /// As a number, read from text if it has to be.
    fn number(&self) -> Option<Number> {
        match self {
            Scalar::Number(number) | Scalar::Percent(number) => Some(*number),
            Scalar::Bytes(bytes) => Some(Number::Int((*bytes).into())),
            Scalar::Json(Json::Number(number)) => Number::json(number),
            Scalar::Text(_) | Scalar::Document(_) | Scalar::Json(Json::String(_)) => {
                Number::parse(self.text().trim())
            }
            Scalar::Bool(_) | Scalar::Duration(_) | Scalar::Json(_) => None,
        }
    }
}

/// Whether `value op right` holds; `other` is the value of the fact that `right` names.
pub fn holds(
    value: &Scalar<'_>,
    op: Op,
    right: &Right,
    other: Option<&Scalar<'_>>,
) -> Result<bool, NotANumber> {
    match right {
        Right::One(literal) => one(value, op, literal),
        Right::Any(all) => {
            // `!=` is none of them.
            let each = if op == Op::Ne { Op::Eq } else { op };
            for literal in all {
                if one(value, each, literal)? {
                    return Ok(op != Op::Ne);
                }
            }
            Ok(op == Op::Ne)
        }
        Right::Glob(pattern) => Ok(pattern.is_match(&value.text()) == (op != Op::Ne)),
        Right::Regex(pattern) => Ok(pattern.is_match(&value.text())),
        Right::Fact(_) => other.map_or(Err(NotANumber::Right), |other| two(value, op, other)),
    }
}

fn one(value: &Scalar<'_>, op: Op, literal: &Literal) -> Result<bool, NotANumber> {
    match op {
        Op::Eq => Ok(equal(value, literal)),
        Op::Ne => Ok(!equal(value, literal)),
        Op::Contains | Op::Matches => Ok(contains(value, literal)),
        op => Ok(ordered(op, order(value, literal)?)),
    }
}

fn ordered(op: Op, order: Ordering) -> bool {
    match op {
        Op::Lt => order.is_lt(),
        Op::Le => order.is_le(),
        Op::Gt => order.is_gt(),
        Op::Ge => order.is_ge(),
        Op::Eq => order.is_eq(),
        Op::Ne | Op::Contains | Op::Matches => order.is_ne(),
    }
}

fn equal(value: &Scalar<'_>, literal: &Literal) -> bool {
    match (value, literal) {
        (Scalar::Bool(a), Literal::Bool(b)) => a == b,
        (Scalar::Number(a), Literal::Number(b)) | (Scalar::Percent(a), Literal::Percent(b)) => {
            a.compare(*b) == Some(Ordering::Equal)
        }
        (Scalar::Duration(a), Literal::Duration(b)) => TimeDelta::from_std(*b).is_ok_and(|b| *a == b),
        (Scalar::Bytes(a), Literal::Bytes(b)) => a == b,
        (Scalar::Text(a), Literal::Quoted(b) | Literal::Word(b)) => a == b,
        (Scalar::Document(document), Literal::Quoted(b)) => is_text(document, b),
        (Scalar::Document(document), Literal::Word(b)) => {
            is_text(document, b)
                || b.starts_with(['{', '[']) && document.json().is_some_and(|a| json_equals(a, b))
        }
        (Scalar::Json(Json::String(a)), Literal::Quoted(b) | Literal::Word(b)) => a == b,
        (Scalar::Json(a), Literal::Word(b)) => json_equals(a, b),
        _ => false,
    }
}

fn is_text(document: &Document, text: &str) -> bool {
    document.text() == text.trim()
        || document.text().starts_with('"') && document.json() == Some(&Json::from(text))
}

/// Whether a JSON value is what the text writes: `200` is `200.0`.
fn json_equals(json: &Json, text: &str) -> bool {
    match json {
        Json::Number(number) => match (Number::json(number), Number::parse(text)) {
            (Some(a), Some(b)) => a.compare(b) == Some(Ordering::Equal),
            _ => false,
        },
        json => serde_json::from_str::<Json>(text).is_ok_and(|other| *json == other),
    }
}

fn order(value: &Scalar<'_>, literal: &Literal) -> Result<Ordering, NotANumber> {
    match (value, literal) {
        (Scalar::Duration(a), Literal::Duration(b)) => {
            Ok(TimeDelta::from_std(*b).map_or(Ordering::Less, |b| a.cmp(&b)))
        }
        (Scalar::Percent(a), Literal::Percent(b)) => a.compare(*b).ok_or(NotANumber::Left),
        (Scalar::Bytes(a), Literal::Bytes(b)) => Ok(a.cmp(b)),
        (value, Literal::Number(b)) => value.number().and_then(|a| a.compare(*b)).ok_or(NotANumber::Left),
        _ => Err(NotANumber::Left),
    }
}

fn contains(value: &Scalar<'_>, literal: &Literal) -> bool {
    let (Literal::Quoted(text) | Literal::Word(text)) = literal else { return false };
    match value {
        Scalar::Json(Json::Array(all)) => all.iter().any(|one| equal(&Scalar::Json(one), literal)),
        Scalar::Json(Json::Object(all)) => all.contains_key(text),
        value => value.text().contains(text.as_str()),
    }
}

/// Compares two facts; as numbers only if one of them is a number, so that the texts 1.1 and 1.10 differ.
fn two(a: &Scalar<'_>, op: Op, b: &Scalar<'_>) -> Result<bool, NotANumber> {
    if op == Op::Contains {
        return Ok(a.text().contains(b.text().as_ref()));
    }
    if let (Scalar::Duration(a), Scalar::Duration(b)) = (a, b) {
        return Ok(ordered(op, a.cmp(b)));
    }
    let is_number = |scalar: &Scalar<'_>| {
        matches!(
            scalar,
            Scalar::Number(_) | Scalar::Percent(_) | Scalar::Bytes(_) | Scalar::Json(Json::Number(_))
        )
    };
    let same = match (a, b) {
        (a, b) if !matches!(op, Op::Eq | Op::Ne) => {
            let (x, y) = (a.number().ok_or(NotANumber::Left)?, b.number().ok_or(NotANumber::Right)?);
            let order = x.compare(y).ok_or(NotANumber::Left)?;
            return Ok(ordered(op, order));
        }
        (a, b) if is_number(a) || is_number(b) => {
            a.number().zip(b.number()).and_then(|(a, b)| a.compare(b)) == Some(Ordering::Equal)
        }
        (Scalar::Json(a), Scalar::Json(b)) => a == b,
        (a, b) => a.text() == b.text(),
    };
    Ok(same == (op == Op::Eq))
}
