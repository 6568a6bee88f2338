//! Fields of JSON objects whose types tools do not keep to: counters as strings, numbers as booleans.

use serde_json::Value as Json;

use crate::probe::copy::units;

/// A number, whether written as one or as text; booleans and objects are none.
pub(super) fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Number(number) => number.as_f64().filter(|number| number.is_finite()),
        Json::String(text) => units::number(text),
        _ => None,
    }
}

/// A whole number below a key, whether written as one or as text.
pub(super) fn count(object: &Json, key: &str) -> Option<u64> {
    match object.get(key)? {
        Json::Number(number) => number.as_u64().or_else(|| units::to_whole(number.as_f64()?)),
        Json::String(text) => units::whole(text),
        _ => None,
    }
}

/// A number below a key.
pub(super) fn float(object: &Json, key: &str) -> Option<f64> {
    number(object.get(key)?)
}

/// Text below a key, empty if there is none.
pub(super) fn text<'a>(object: &'a Json, key: &str) -> &'a str {
    object.get(key).and_then(Json::as_str).unwrap_or("")
}

/// Elements below a key, none if there is no array.
pub(super) fn list<'a>(object: &'a Json, key: &str) -> &'a [Json] {
    object.get(key).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// The sum of what is there; `None` if nothing is.
pub(super) fn sum(counts: impl IntoIterator<Item = Option<u64>>) -> Option<u64> {
    counts.into_iter().flatten().reduce(u64::saturating_add)
}

/// An object that a record is.
pub(super) fn object(record: &str) -> Option<Json> {
    if !record.starts_with('{') {
        return None;
    }
    serde_json::from_str(record).ok().filter(Json::is_object)
}
