//! The members of a JSON object in a line, without reading it into a tree.

use std::ops::ControlFlow;

use super::{Level, named, numbered};

/// Objects within objects that are looked into.
const DEEP: usize = 4;

/// A member's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Value<'a> {
    /// A string, as it is written.
    Text(&'a [u8]),
    /// A number, as it is written.
    Number(&'a [u8]),
    /// `true`, `false` or `null`.
    Word(&'a [u8]),
    /// An object or a list.
    Nest,
}

impl Value<'_> {
    /// The whole number it is, also in a string.
    pub(super) fn number(self) -> Option<u64> {
        let (Value::Text(digits) | Value::Number(digits)) = self else { return None };
        str::from_utf8(digits).ok()?.parse().ok()
    }

    /// The level it names or numbers.
    pub(super) fn level(self) -> Option<Level> {
        match self {
            Value::Text(word) => named(word).or_else(|| self.number().and_then(numbered)),
            Value::Number(_) => self.number().and_then(numbered),
            _ => None,
        }
    }

    /// Whether it says that there is nothing: `null`, `""`, `0`, `false`.
    pub(super) fn is_nothing(self) -> bool {
        match self {
            Value::Text(text) => matches!(text, b"" | b"null" | b"nil" | b"none" | b"-" | b"<nil>"),
            Value::Number(digits) => digits == b"0",
            Value::Word(word) => word != b"true",
            // An empty one looks the same from here.
            Value::Nest => true,
        }
    }
}

/// Whether a member with this key and value says the level.
pub(super) fn names_level(key: &[u8], value: Value<'_>) -> bool {
    match key {
        b"level" | b"severity" | b"lvl" | b"log.level" | b"loglevel" | b"log_level" | b"logLevel"
        | b"levelname" | b"level_name" | b"levelName" | b"levelno" | b"severity_text" | b"severityText"
        | b"severityNumber" | b"severity_number" | b"error_severity" | b"@l" | b"@level" | b"priority"
        | b"PRIORITY" | b"Level" | b"LEVEL" | b"Severity" | b"SEVERITY" | b"LogLevel" | b"sev" => true,
        // MongoDB's one letter.
        b"s" => matches!(value, Value::Text([b'F' | b'E' | b'W' | b'I' | b'D', ..])),
        _ => false,
    }
}

/// Visits each member of the object that `text` begins with, in order, with the keys that lead to it; ends at the
/// object's end, at `Break`, or where it is no JSON.
pub(in super::super) fn members<'a>(
    text: &'a [u8],
    visit: &mut impl FnMut(&[&'a [u8]], Value<'a>) -> ControlFlow<()>,
) {
    let mut keys: [&[u8]; DEEP] = [&[]; DEEP];
    // Depth of objects on the way, and of what is passed over within them.
    let (mut depth, mut passed) = (0, 0_usize);
    let mut at = 0;
    let mut value = true;
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' if value && passed == 0 && depth < DEEP => {
                depth += 1;
                value = false;
            }
            b'{' | b'[' => passed += 1,
            b'}' | b']' if passed > 0 => passed -= 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return;
                }
            }
            b',' if passed == 0 => value = false,
            b':' if passed == 0 => {
                value = true;
                if matches!(text[at..].trim_ascii_start().first(), Some(b'{' | b'['))
                    && visit(&keys[..depth], Value::Nest).is_break()
                {
                    return;
                }
            }
            b'"' => {
                let Some(length) = string(&text[at..]) else { return };
                let content = &text[at..at + length];
                at += length + 1;
                if passed > 0 || depth == 0 {
                    continue;
                }
                if !value {
                    keys[depth - 1] = content;
                } else if visit(&keys[..depth], Value::Text(content)).is_break() {
                    return;
                }
            }
            b' ' | b'\t' => {}
            _ if passed > 0 => {}
            _ => {
                let rest = &text[at - 1..];
                let length = rest.iter().position(|byte| b",}] \t".contains(byte)).unwrap_or(rest.len());
                if !value || depth == 0 || length == 0 {
                    return;
                }
                at += length - 1;
                let scalar = &rest[..length];
                let scalar = if byte.is_ascii_digit() || *byte == b'-' {
                    Value::Number(scalar)
                } else {
                    Value::Word(scalar)
                };
                if visit(&keys[..depth], scalar).is_break() {
                    return;
                }
            }
        }
    }
}

/// The length of a string up to its closing quote; `None` if it has none.
fn string(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let quote = from + memchr::memchr(b'"', &text[from..])?;
        let slashes = text[..quote].iter().rev().take_while(|byte| **byte == b'\\').count();
        if slashes % 2 == 0 {
            return Some(quote);
        }
        from = quote + 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &str) -> Vec<String> {
        let mut seen = Vec::new();
        members(text.as_bytes(), &mut |keys, value| {
            let keys: Vec<_> = keys.iter().map(|key| String::from_utf8_lossy(key)).collect();
            let value = match value {
                Value::Text(text) => format!("{:?}", String::from_utf8_lossy(text)),
                Value::Number(text) | Value::Word(text) => String::from_utf8_lossy(text).into_owned(),
                Value::Nest => "…".to_owned(),
            };
            seen.push(format!("{}={value}", keys.join(".")));
            ControlFlow::Continue(())
        });
        seen
    }

    #[test]
    fn members_come_with_their_keys() {
        assert_eq!(
            all(r#"{"a": 1,"log":{"level":"error","x":[{"y":2}, "z"]}, "b\"c":null, "d":"e\\"} tail"#),
            ["a=1", "log=…", "log.level=\"error\"", "log.x=…", "b\\\"c=null", r#"d="e\\\\""#]
        );
        assert_eq!(all("{"), Vec::<String>::new());
        assert_eq!(all(r#"{"a":"unfinished"#), Vec::<String>::new());
        assert_eq!(all("{}}"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn any_text_is_looked_through(text in r#"[{}\[\]":,\\ a1]{0,60}"#) {
            all(&format!("{{{text}"));
        }
    }
}
