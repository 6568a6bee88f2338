//! JSON that a terminal shows and does not obey.

use std::io::{self, Write};

use serde_json::ser::{CharEscape, Formatter, PrettyFormatter};

use crate::text;

/// Indented JSON; in its strings every character that could move a cursor, hide or turn text is a `\u` escape, which
/// reads back to the same.
#[derive(Default)]
pub(super) struct Inert(PrettyFormatter<'static>);

impl Formatter for Inert {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(text::is_unsafe) {
            let (plain, from) = rest.split_at(at);
            out.write_all(plain.as_bytes())?;
            let mut chars = from.chars();
            let mut units = [0; 2];
            for unit in chars.next().map_or(&[][..], |c| c.encode_utf16(&mut units)) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = chars.as_str();
        }
        out.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: Write + ?Sized>(&mut self, out: &mut W, escape: CharEscape) -> io::Result<()> {
        self.0.write_char_escape(out, escape)
    }

    fn begin_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Serialize;

    use super::*;

    fn write(value: &impl Serialize) -> String {
        let mut out = Vec::new();
        value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, Inert::default())).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn nothing_in_a_string_is_obeyed() {
        let shown = write(&["\u{1b}[31m\u{9b}2J\u{202e}gpj\u{7f}\u{feff}"]);
        assert_eq!(shown, "[\n  \"\\u001b[31m\\u009b2J\\u202egpj\\u007f\\ufeff\"\n]");
    }

    proptest! {
        #[test]
        fn it_reads_back_to_the_same(texts in prop::collection::vec(any::<String>(), 0..5)) {
            let shown = write(&texts);
            prop_assert!(shown.chars().all(|c| c == '\n' || !text::is_unsafe(c)));
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), texts);
        }
    }
}
