//! A stream of bytes cut into records.
//!
//! Records end with `\r` or `\n`, with the brace that closes a JSON object, or where the tool's own rule says: s5cmd
//! glues its records together. The work is linear in the bytes and the memory is bounded, whatever comes; where a
//! stream is cut into reads changes nothing.

/// Longest record of plain text; what is longer becomes several. A path has at most 4,096 bytes.
const LINE_LIMIT: usize = 16 << 10;

/// Longest JSON object; of a longer one the head is kept. azcopy lists every transfer that failed in one.
const OBJECT_LIMIT: usize = 1 << 20;

/// How a tool's records end, beside line ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// A record that begins with `{` ends with the brace that closes it, over several lines if need be.
    pub json: bool,
    /// Whether a record is complete with the last of these bytes.
    pub closes: Option<fn(&[u8]) -> bool>,
}

/// The cutter: what has come of the record that is not complete yet.
#[derive(Clone, Debug)]
pub(super) struct Records {
    rule: Rule,
    held: Vec<u8>,
    /// Braces open.
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// The last byte ended a line.
    at_start: bool,
}

impl Records {
    pub fn new(rule: Rule) -> Records {
        Records { rule, held: Vec::new(), depth: 0, in_string: false, escaped: false, at_start: true }
    }

    /// Takes bytes in and hands out each record that they complete, without its line end; blank ones are left out.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(&[u8])) {
        for &byte in bytes {
            let at_start = std::mem::replace(&mut self.at_start, matches!(byte, b'\r' | b'\n'));
            if self.depth > 0 {
                // An object that was torn: the next one begins with its line.
                if byte == b'{' && at_start {
                    self.flush(&mut each);
                    self.open(byte);
                } else {
                    self.inside(byte, &mut each);
                }
            } else if matches!(byte, b'\r' | b'\n') {
                self.flush(&mut each);
            } else if byte == b'{' && self.rule.json && self.held.iter().all(u8::is_ascii_whitespace) {
                self.open(byte);
            } else {
                self.held.push(byte);
                if self.held.len() >= LINE_LIMIT || self.rule.closes.is_some_and(|closes| closes(&self.held))
                {
                    self.flush(&mut each);
                }
            }
        }
    }

    /// What has come of the record that is not complete yet.
    pub fn tail(&self) -> &[u8] {
        &self.held
    }

    /// The stream's end completes what was held.
    pub fn flush(&mut self, each: &mut impl FnMut(&[u8])) {
        if !self.held.iter().all(u8::is_ascii_whitespace) {
            each(&self.held);
        }
        self.held.clear();
        // A single huge record is no reason to hold its room for ever.
        self.held.shrink_to(LINE_LIMIT);
        (self.depth, self.in_string, self.escaped) = (0, false, false);
    }

    fn open(&mut self, byte: u8) {
        self.held.clear();
        self.held.push(byte);
        self.depth = 1;
    }

    fn inside(&mut self, byte: u8, each: &mut impl FnMut(&[u8])) {
        if self.held.len() < OBJECT_LIMIT {
            self.held.push(byte);
        }
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_string => self.escaped = true,
            b'"' => self.in_string = !self.in_string,
            b'{' if !self.in_string => self.depth = self.depth.saturating_add(1),
            b'}' if !self.in_string => {
                self.depth -= 1;
                if self.depth == 0 {
                    self.flush(each);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: Rule = Rule { json: false, closes: None };
    const JSON: Rule = Rule { json: true, closes: None };
    const GLUED: Rule = Rule { json: true, closes: Some(|held| held.ends_with(b")")) };

    fn cut(rule: Rule, pieces: &[&[u8]]) -> Vec<String> {
        let mut records = Records::new(rule);
        let mut all = Vec::new();
        let mut each = |record: &[u8]| all.push(String::from_utf8_lossy(record).into_owned());
        for piece in pieces {
            records.push(piece, &mut each);
        }
        records.flush(&mut each);
        all
    }

    #[test]
    fn records_end_as_their_tools_end_them() {
        for (rule, stream, expected) in [
            (TEXT, "\ra\rb\r\n\n c", vec!["a", "b", " c"]),
            (TEXT, "{a\nb}", vec!["{a", "b}"]),
            (JSON, "{\"a\":{\"b\":\"}\"}}{\"c\":1}\nx", vec!["{\"a\":{\"b\":\"}\"}}", "{\"c\":1}", "x"]),
            (JSON, "{\n \"a\": 1\n}\n", vec!["{\n \"a\": 1\n}"]),
            (JSON, "{\"torn\":\n{\"b\":2}\n", vec!["{\"torn\":\n", "{\"b\":2}"]),
            (JSON, "say {\nno}\n", vec!["say {", "no}"]),
            (JSON, "{\"a\":\"\\\"}\"}", vec!["{\"a\":\"\\\"}\"}"]),
            (GLUED, "1 (a)2 (b){\"c\":\")\"}3", vec!["1 (a)", "2 (b)", "{\"c\":\")\"}", "3"]),
        ] {
            assert_eq!(cut(rule, &[stream.as_bytes()]), expected, "{stream:?}");
        }
    }

    #[test]
    fn memory_is_bounded_and_the_stream_goes_on() {
        let mut records = Records::new(JSON);
        let mut count = 0;
        for _ in 0..40 {
            records.push(&[b'x'; 4096], |record| count += record.len());
        }
        assert_eq!(count, 40 * 4096);
        records.push(b"\n{\"a\":\"", |_| {});
        for _ in 0..1000 {
            records.push(&[b'y'; 4096], |_| {});
        }
        assert_eq!(records.tail().len(), OBJECT_LIMIT);
        let mut seen = Vec::new();
        records.push(b"\"}\n{\"b\":1}\n", |record| seen.push(record.len()));
        assert_eq!(seen, [OBJECT_LIMIT, 7]);
        assert!(records.held.capacity() <= LINE_LIMIT);
    }

    proptest! {
        #[test]
        fn cuts_change_nothing(
            stream in prop::collection::vec(prop::sample::select(b"{}\"\\\r\n )a1".to_vec()), 0..200),
            at in 0_usize..200,
            json in any::<bool>(),
        ) {
            let at = at.min(stream.len());
            let rule = Rule { json, ..GLUED };
            prop_assert_eq!(cut(rule, &[&stream[..at], &stream[at..]]), cut(rule, &[&stream]));
        }
    }
}
