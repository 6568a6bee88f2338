//! From facts to a verdict.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde_json::Value as Json;

use super::compare::{NotANumber, Scalar, holds};
use super::literal::{Number, Right};
use super::path::{self, Segment};
use super::{Document, Fact, Facts, Function, Meaning, Operand, Subject, Value, Verdict};
use crate::text;

/// Columns that a seen value takes at most.
const SAW: usize = 80;

/// Columns of a body that is shown because it is not JSON.
const EXCERPT: usize = 32;

/// Characters of a text that are looked through for secrets before it is cut to what is shown.
const HEAD: usize = 4096;

/// One value that an operand leads to, or why there is none to tell; and where, if a `[*]` was asked.
struct Seen<'a> {
    value: Result<Scalar<'a>, String>,
    at: Option<String>,
}

impl<'a> Seen<'a> {
    fn one(value: Result<Scalar<'a>, String>) -> Vec<Seen<'a>> {
        vec![Seen { value, at: None }]
    }
}

pub fn judge(meaning: &Meaning, facts: &dyn Facts) -> (Verdict, Option<String>) {
    match compare(meaning, facts) {
        Ok((holds, saw)) if holds != meaning.negated => (Verdict::Met, Some(short(&saw))),
        Ok((_, saw)) => (Verdict::Unmet { saw: short(&saw) }, Some(short(&saw))),
        Err(why) => (Verdict::Unknown { why: short(&why) }, None),
    }
}

fn short(value: &str) -> String {
    text::truncate(&text::clean(value), SAW).into_owned()
}

/// Whether the comparison holds, and the value that decided it; or why it cannot be told.
fn compare(meaning: &Meaning, facts: &dyn Facts) -> Result<(bool, String), String> {
    let subject = meaning.subject.as_ref();
    let left = seen(&meaning.left, subject, facts);
    let right = match &meaning.test {
        Some((_, Right::Fact(operand))) => {
            let mut values = seen(operand, subject, facts).into_iter();
            match (values.next(), values.next()) {
                (Some(one), None) => Some(one.value?),
                _ => return Err(format!("`{operand}` is not one value")),
            }
        }
        _ => None,
    };
    let count = left.len();
    let mut told = Vec::with_capacity(count);
    let mut unknown = None;
    for one in left {
        match one.value.and_then(|value| Ok((test(meaning, &value, right.as_ref(), facts)?, value))) {
            Ok((holds, value)) => told.push((holds, value, one.at)),
            Err(why) => unknown = unknown.or(Some(why)),
        }
    }
    // Which of two counters is the odd one cannot be told from one of them.
    let beside = match (&meaning.test, &right) {
        (Some((_, Right::Fact(operand))), Some(value)) if matches!(operand.fact, Fact::Counter(_)) => {
            format!(", {operand} {}", show(value, operand, facts))
        }
        _ => String::new(),
    };
    let shown = |(_, value, at): &(bool, Scalar<'_>, Option<String>)| match at {
        Some(at) => format!("{} at {at} (of {count})", show(value, &meaning.left, facts)),
        None => format!("{}{beside}", show(value, &meaning.left, facts)),
    };
    // The first value that decides is the one to show.
    let any = meaning.left.function == Some(Function::Some);
    let decisive = told.iter().find(|(holds, ..)| *holds == any);
    match (decisive, unknown) {
        (Some(one), _) if any => Ok((true, shown(one))),
        (_, Some(why)) => Err(why),
        (Some(one), None) => Ok((false, shown(one))),
        // Of no elements at all, not one holds; that every one does would prove nothing.
        (None, None) if told.is_empty() && any => Ok((false, "no elements".to_owned())),
        (None, None) => told.first().map(|one| (!any, shown(one))).ok_or("no elements to look at".to_owned()),
    }
}

fn test(
    meaning: &Meaning,
    value: &Scalar<'_>,
    other: Option<&Scalar<'_>>,
    facts: &dyn Facts,
) -> Result<bool, String> {
    let Some((op, right)) = &meaning.test else {
        return Ok(matches!(value, Scalar::Bool(true) | Scalar::Json(Json::Bool(true))));
    };
    holds(value, *op, right, other).map_err(|odd| match (odd, right) {
        (NotANumber::Right, Right::Fact(operand)) => format!("`{operand}` is not a number"),
        _ => format!("{} is not a number", show(value, &meaning.left, facts)),
    })
}

/// All values that the operand leads to.
fn seen<'a>(operand: &Operand, subject: Option<&Subject>, facts: &'a dyn Facts) -> Vec<Seen<'a>> {
    let has = operand.function == Some(Function::Has);
    let value = match facts.value(subject, &operand.fact) {
        Value::Unknown(why) => Err(why),
        Value::Absent if has => return Seen::one(Ok(Scalar::Bool(false))),
        Value::Absent => Err(match &operand.fact {
            Fact::Header(name) => format!("there is no header `{name}`"),
            fact => format!("there is no {fact}"),
        }),
        Value::Document(document) if !operand.path.is_empty() => return inside(operand, document, facts),
        Value::Document(document) => Ok(Scalar::Document(document)),
        Value::Bool(bool) => Ok(Scalar::Bool(bool)),
        Value::Count(count) => Ok(Scalar::Number(Number::Int(count.into()))),
        Value::Duration(span) => Ok(Scalar::Duration(span)),
        // What is shown is what is compared.
        Value::Share(share) => Number::float((share * 1000.0).round() / 10.0)
            .map(Scalar::Percent)
            .ok_or_else(|| format!("{} is no share", operand.fact)),
        Value::Bytes(bytes) => Ok(Scalar::Bytes(bytes)),
        Value::Text(text) => Ok(Scalar::Text(text)),
    };
    Seen::one(value.and_then(|value| function(operand, value, facts)))
}

/// The values inside a document.
fn inside<'a>(operand: &Operand, document: &'a Document, facts: &dyn Facts) -> Vec<Seen<'a>> {
    let name = noun(&operand.fact);
    let Some(json) = document.json() else {
        let why = match document.text() {
            "" => format!("{name} is empty"),
            text => format!("{name} is not JSON: it begins {}", excerpt(text, EXCERPT, facts)),
        };
        return Seen::one(Err(why));
    };
    let every = operand.path.contains(&Segment::Every);
    let found = path::walk(json, &operand.path).into_iter().map(|found| {
        let value = match found.value {
            Some(value) => function(operand, Scalar::Json(value), facts),
            None if operand.function == Some(Function::Has) => Ok(Scalar::Bool(false)),
            None => Err(format!("{name} has no `{}`", found.at.trim_start_matches('.'))),
        };
        Seen { value, at: every.then(|| found.at.trim_start_matches('.').to_owned()) }
    });
    found.collect()
}

/// The beginning of a text in quotes, without secrets.
fn excerpt(text: &str, columns: usize, facts: &dyn Facts) -> String {
    let end = text.char_indices().nth(HEAD).map_or(text.len(), |(at, _)| at);
    format!("{:?}", text::truncate(&text::clean(&facts.redact(&text[..end])), columns))
}

fn noun(fact: &Fact) -> Cow<'static, str> {
    match fact {
        Fact::Body => "the body".into(),
        fact => fact.to_string().into(),
    }
}

fn function<'a>(operand: &Operand, value: Scalar<'a>, facts: &dyn Facts) -> Result<Scalar<'a>, String> {
    match operand.function {
        None | Some(Function::Some) => Ok(value),
        Some(Function::Has) => Ok(Scalar::Bool(match &value {
            Scalar::Document(document) => !document.text().is_empty(),
            Scalar::Json(json) => !json.is_null(),
            _ => true,
        })),
        Some(Function::Len) => {
            let len = match &value {
                Scalar::Document(document) => match document.json() {
                    Some(Json::Array(all)) => all.len(),
                    Some(Json::Object(all)) => all.len(),
                    _ => document.text().chars().count(),
                },
                Scalar::Json(Json::Array(all)) => all.len(),
                Scalar::Json(Json::Object(all)) => all.len(),
                Scalar::Json(Json::String(text)) => text.chars().count(),
                Scalar::Text(text) => text.chars().count(),
                other => return Err(format!("{} has no length", show(other, operand, facts))),
            };
            Ok(Scalar::Number(Number::Int(i128::try_from(len).unwrap_or(i128::MAX))))
        }
        Some(Function::Age) => {
            let moment = moment(&value.text())
                .ok_or_else(|| format!("{} is not a date that can be read", show(&value, operand, facts)))?;
            Ok(Scalar::Duration(facts.now() - moment))
        }
    }
}

/// A moment as machines write them: RFC 3339, an HTTP date (RFC 9110), or Unix seconds or milliseconds.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    /// 1e12 seconds lie 30,000 years ahead, 1e12 milliseconds in 2001: no one means the other.
    const MILLIS_FROM: i64 = 1_000_000_000_000;
    let text = text.trim();
    if let Ok(moment) = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_rfc2822(text)) {
        return Some(moment.to_utc());
    }
    if let Ok(moment) = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f") {
        return Some(moment.and_utc());
    }
    let whole = text.split('.').next().unwrap_or(text);
    let number: i64 = whole.parse().ok().filter(|n| *n > 0)?;
    if number < MILLIS_FROM {
        DateTime::from_timestamp(number, 0)
    } else {
        DateTime::from_timestamp_millis(number)
    }
}

/// A value as the operator sees it beside the expectation.
fn show(value: &Scalar<'_>, operand: &Operand, facts: &dyn Facts) -> String {
    match value {
        Scalar::Bool(false) if operand.fact == Fact::Connected => "not connected".to_owned(),
        Scalar::Bool(true) if operand.fact == Fact::Connected => "connected".to_owned(),
        Scalar::Bool(bool) => match (operand.function, &operand.fact, bool) {
            (Some(Function::Has), _, true) => "there is one".to_owned(),
            (Some(Function::Has), _, false) => "there is none".to_owned(),
            (None, Fact::Good, good) => (if *good { "up" } else { "not up" }).to_owned(),
            (_, _, bool) => bool.to_string(),
        },
        Scalar::Number(Number::Int(count)) if matches!(operand.fact, Fact::Counter(_)) => {
            text::grouped(*count)
        }
        Scalar::Number(number) => number.to_string(),
        Scalar::Duration(span) => show_span(*span, &operand.fact),
        Scalar::Percent(number) => format!("{number}%"),
        Scalar::Bytes(bytes) => text::size(*bytes),
        Scalar::Document(document) => excerpt(document.text(), SAW, facts),
        Scalar::Text(text) if matches!(operand.fact, Fact::Header(_)) => excerpt(text, SAW, facts),
        Scalar::Text(text) => facts.redact(text).into_owned(),
        Scalar::Json(Json::String(text)) => excerpt(text, SAW, facts),
        Scalar::Json(Json::Array(all)) => format!("an array of {}", all.len()),
        Scalar::Json(Json::Object(all)) => format!("an object of {} keys", all.len()),
        Scalar::Json(json) => json.to_string(),
    }
}

fn show_span(span: TimeDelta, fact: &Fact) -> String {
    let size = span.abs().to_std().unwrap_or_default();
    let past = span < TimeDelta::zero();
    let size = match size.as_millis() {
        // So near to a limit of whole seconds every millisecond matters.
        ms @ 1000..60_000 if ms % 1000 != 0 => format!("{}.{:03}s", ms / 1000, ms % 1000),
        ms @ 1000..60_000 => format!("{}s", ms / 1000),
        ms @ 60_000..7_200_000 if ms / 1000 % 60 != 0 => format!("{}m{}s", ms / 60_000, ms / 1000 % 60),
        _ => text::short(size),
    };
    match (past, fact) {
        (true, Fact::Certificate) => format!("expired {size} ago"),
        (true, _) => format!("-{size}"),
        (false, _) => size,
    }
}
