//! TOML tables read field by field, so that every mistake in a file is found at once and each knows its place.

use std::ops::Range;

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Findings;
use crate::text;

/// A value with its place in the file and the full name of its key.
#[derive(Clone, Debug)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Bytes of the file.
    pub span: Range<usize>,
    /// `health.url`.
    pub key: String,
}

/// Something that a TOML value can be.
pub trait FromToml: Sized {
    /// Reads the value; what is wrong with it is a finding, and the value `None`.
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self>;

    /// What it may be, as JSON Schema (draft 2020-12); editors of TOML read it so.
    fn schema() -> Value;
}

/// One of several.
pub fn either(schemas: &[Value]) -> Value {
    json!({ "anyOf": schemas })
}

impl<T: FromToml> At<T> {
    /// Reads the value and keeps its place.
    pub fn read(value: &Spanned<DeValue<'_>>, key: String, findings: &mut Findings) -> Option<At<T>> {
        let read = T::from_toml(value, &key, findings)?;
        Some(At { value: read, span: value.span(), key })
    }
}

/// Entries of a table whose keys are names, in the order of the file.
pub type Named<T> = Vec<(At<String>, At<T>)>;

/// A string, or a list of strings.
#[derive(Clone, Debug, Default)]
pub struct Strings(pub Vec<At<String>>);

/// A whole number.
#[derive(Clone, Copy, Debug)]
pub struct Whole(pub u64);

/// A size in bytes: a number, or a string with a unit.
#[derive(Clone, Copy, Debug)]
pub struct Size(pub u64);

/// A span of time, in a string.
#[derive(Clone, Copy, Debug)]
pub struct Span(pub std::time::Duration);

fn wrong(value: &Spanned<DeValue<'_>>, key: &str, expected: &str, findings: &mut Findings) {
    let is = match value.get_ref() {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    findings.add(value.span(), key, format!("`{key}` is {is}; expected {expected}"));
}

impl FromToml for String {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            wrong(value, key, "a string in quotes", findings);
        }
        text
    }

    fn schema() -> Value {
        json!({ "type": "string" })
    }
}

impl FromToml for bool {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        let bool = value.get_ref().as_bool();
        if bool.is_none() {
            wrong(value, key, "true or false, without quotes", findings);
        }
        bool
    }

    fn schema() -> Value {
        json!({ "type": "boolean" })
    }
}

impl FromToml for Whole {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        let whole =
            value.get_ref().as_integer().and_then(|n| u64::from_str_radix(n.as_str(), n.radix()).ok());
        if whole.is_none() {
            wrong(value, key, "a whole number, zero or more", findings);
        }
        whole.map(Whole)
    }

    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 0 })
    }
}

impl FromToml for Size {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        match value.get_ref() {
            DeValue::Integer(_) => Whole::from_toml(value, key, findings).map(|whole| Size(whole.0)),
            DeValue::String(size) => match text::parse_size(size) {
                Ok(bytes) => Some(Size(bytes)),
                Err(error) => {
                    findings.add(value.span(), key, format!("`{key}`: {error}"));
                    None
                }
            },
            _ => {
                wrong(value, key, "a size such as \"64KiB\"", findings);
                None
            }
        }
    }

    fn schema() -> Value {
        either(&[Whole::schema(), json!({ "type": "string", "examples": ["64KiB"] })])
    }
}

impl FromToml for Span {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        let Some(span) = value.get_ref().as_str() else {
            wrong(value, key, "a duration in quotes, such as \"5s\"", findings);
            return None;
        };
        match text::parse_duration(span) {
            Ok(span) => Some(Span(span)),
            Err(error) => {
                findings.add(value.span(), key, format!("`{key}`: {error}"));
                None
            }
        }
    }

    fn schema() -> Value {
        json!({ "type": "string", "examples": ["5s", "1h30m"] })
    }
}

impl FromToml for chrono::DateTime<chrono::FixedOffset> {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        let date = value.get_ref().as_datetime();
        let date = date.and_then(|date| chrono::DateTime::parse_from_rfc3339(&date.to_string()).ok());
        if date.is_none() {
            let expected =
                "a date and time with an offset and without quotes, such as 2026-11-21T06:00:00+01:00";
            wrong(value, key, expected, findings);
        }
        date
    }

    fn schema() -> Value {
        json!({ "type": "string", "format": "date-time" })
    }
}

impl<T: FromToml> FromToml for Vec<At<T>> {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        let Some(all) = value.get_ref().as_array() else {
            wrong(value, key, "a list", findings);
            return None;
        };
        Some(all.iter().filter_map(|one| At::read(one, key.to_owned(), findings)).collect())
    }

    fn schema() -> Value {
        json!({ "type": "array", "items": T::schema() })
    }
}

impl FromToml for Strings {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        match value.get_ref() {
            DeValue::String(_) => At::read(value, key.to_owned(), findings).map(|one| Strings(vec![one])),
            DeValue::Array(_) => Vec::from_toml(value, key, findings).map(Strings),
            _ => {
                wrong(value, key, "a list of strings", findings);
                None
            }
        }
    }

    fn schema() -> Value {
        either(&[String::schema(), Vec::<At<String>>::schema()])
    }
}

/// One table, or a list of them.
#[derive(Clone, Debug)]
pub struct OneOrMore<T>(pub Vec<At<T>>);

impl<T: FromToml> FromToml for OneOrMore<T> {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        if value.get_ref().as_array().is_some() {
            Vec::from_toml(value, key, findings).map(OneOrMore)
        } else {
            At::read(value, key.to_owned(), findings).map(|one| OneOrMore(vec![one]))
        }
    }

    fn schema() -> Value {
        either(&[T::schema(), Vec::<At<T>>::schema()])
    }
}

impl<T: FromToml> FromToml for Named<T> {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            wrong(value, key, "a table of names and values", findings);
            return None;
        };
        let named = entries(table).filter_map(|(name, value)| {
            let full = format!("{key}.{}", name.get_ref());
            let at = At { value: name.get_ref().to_string(), span: name.span(), key: full.clone() };
            Some((at, At::read(value, full, findings)?))
        });
        Some(named.collect())
    }

    fn schema() -> Value {
        json!({ "type": "object", "additionalProperties": T::schema() })
    }
}

/// The entries of a table in the order of the file.
pub fn entries<'a, 'i>(
    table: &'a DeTable<'i>,
) -> impl Iterator<Item = (&'a Spanned<std::borrow::Cow<'i, str>>, &'a Spanned<DeValue<'i>>)> {
    let mut all: Vec<_> = table.iter().collect();
    all.sort_by_key(|(key, _)| key.span().start);
    all.into_iter()
}

/// Says that a key is not known, and which one may be meant.
pub fn unknown(
    key: &Spanned<std::borrow::Cow<'_, str>>,
    inside: &str,
    known: &[&str],
    findings: &mut Findings,
) {
    let name = key.get_ref();
    let place = if inside.is_empty() { "at the top level".to_owned() } else { format!("of `{inside}`") };
    let message = match super::nearest(name, known) {
        Some(near) => format!("`{name}` is not a key {place}; did you mean `{near}`?"),
        None => format!("`{name}` is not a key {place}; known are {}", known.join(", ")),
    };
    findings.add(key.span(), &join(inside, name), message);
}

/// `health` and `url` as `health.url`.
pub fn join(inside: &str, key: &str) -> String {
    if inside.is_empty() { key.to_owned() } else { format!("{inside}.{key}") }
}

/// A table as it was read.
pub trait Table {
    /// Whether the key is given: what is wrong with its value has been found already.
    fn gives(&self, key: &str) -> bool;
}

/// A table on disk: every key optional, an unknown one a finding with the nearest that is known.
///
/// One declaration makes the struct, its list of keys and its reader.
macro_rules! table {
    ($(#[$doc:meta])* $name:ident {
        $($(#[doc = $about:literal])* $field:ident $($written:literal)?: $type:ty,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        #[allow(clippy::struct_field_names, reason = "fields are called as the keys are")]
        pub struct $name {
            $($(#[doc = $about])* pub $field: Option<$crate::config::toml::At<$type>>,)*
            /// Keys that are given, with a good value or a bad one.
            given: Vec<&'static str>,
        }

        impl $name {
            /// Its keys.
            pub const KEYS: &'static [&'static str] = &[$($crate::config::toml::written!($field $($written)?)),*];

            /// Reads a table; `key` is its full name.
            pub fn read(
                table: &::toml::de::DeTable<'_>,
                key: &str,
                findings: &mut $crate::config::Findings,
            ) -> Self {
                use $crate::config::toml::{At, entries, join, unknown, written};
                let mut read = Self::default();
                for (name, value) in entries(table) {
                    match name.get_ref().as_ref() {
                        $(written!($field $($written)?) => {
                            let name = written!($field $($written)?);
                            read.given.push(name);
                            read.$field = At::read(value, join(key, name), findings);
                        })*
                        _ => unknown(name, key, Self::KEYS, findings),
                    }
                }
                read
            }
        }

        impl $crate::config::toml::Table for $name {
            fn gives(&self, key: &str) -> bool {
                self.given.contains(&key)
            }
        }

        impl $crate::config::toml::FromToml for $name {
            fn from_toml(
                value: &::toml::Spanned<::toml::de::DeValue<'_>>,
                key: &str,
                findings: &mut $crate::config::Findings,
            ) -> Option<Self> {
                match value.get_ref().as_table() {
                    Some(table) => Some(Self::read(table, key, findings)),
                    None => {
                        let known = Self::KEYS.join(", ");
                        findings.add(value.span(), key, format!("`{key}` is not a table; expected {{ {known} }}"));
                        None
                    }
                }
            }

            fn schema() -> ::serde_json::Value {
                let mut properties = ::serde_json::Map::new();
                $(
                    let mut schema = <$type as $crate::config::toml::FromToml>::schema();
                    schema["description"] = concat!($($about),*).trim().into();
                    properties.insert($crate::config::toml::written!($field $($written)?).to_owned(), schema);
                )*
                ::serde_json::json!({ "type": "object", "additionalProperties": false, "properties": properties })
            }
        }
    };
}

/// How a key is written: as its field is called, or in its own way if that is a word of the language.
macro_rules! written {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $written:literal) => {
        $written
    };
}

pub(super) use {table, written};
