//! The bytes of a log as UTF-8, whatever its file is written in.

use crate::config::Encoding;

const BOM: &[u8] = b"\xef\xbb\xbf";
const BOM_LE: &[u8] = b"\xff\xfe";
const BOM_BE: &[u8] = b"\xfe\xff";

/// First bytes that tell the encoding.
pub(super) const HEAD: usize = 4;

/// Turns a file's bytes into UTF-8, wherever they are cut.
#[derive(Debug)]
pub(super) struct Decoder {
    encoding: Encoding,
    /// The file's first bytes have been looked at.
    begun: bool,
    /// Bytes that wait for the rest of a character, or of the file's head.
    held: Vec<u8>,
    out: Vec<u8>,
}

impl Decoder {
    /// For a file that is read from its start.
    pub(super) fn new(encoding: Encoding) -> Decoder {
        Decoder { encoding, begun: false, held: Vec::new(), out: Vec::new() }
    }

    /// For a file that begins with `head` and is read from elsewhere.
    pub(super) fn within(encoding: Encoding, head: &[u8]) -> Decoder {
        let encoding = sniff(encoding, head).map_or(encoding, |(found, _)| found);
        Decoder { encoding, begun: true, held: Vec::new(), out: Vec::new() }
    }

    /// Bytes of one unit; a line begins at a multiple of it.
    pub(super) fn unit(&self) -> u64 {
        if matches!(self.encoding, Encoding::Utf16Le | Encoding::Utf16Be) { 2 } else { 1 }
    }

    /// The next bytes as UTF-8, as far as their characters are complete; bytes that are none stay as they are.
    pub(super) fn decode<'a>(&'a mut self, bytes: &'a [u8]) -> &'a [u8] {
        if !self.begun {
            self.held.extend_from_slice(bytes);
            let Some((found, mark)) = sniff(self.encoding, &self.held) else { return &[] };
            self.begun = true;
            self.encoding = found;
            let head = std::mem::take(&mut self.held);
            self.out.clear();
            if self.unit() == 1 && found != Encoding::Latin1 {
                self.out.extend_from_slice(&head[mark..]);
            } else {
                self.translate(&head[mark..]);
            }
            return &self.out;
        }
        match self.encoding {
            Encoding::Auto | Encoding::Utf8 => bytes,
            _ => {
                self.out.clear();
                self.translate(bytes);
                &self.out
            }
        }
    }

    fn translate(&mut self, bytes: &[u8]) {
        let mut letter = [0; 4];
        if self.encoding == Encoding::Latin1 {
            for byte in bytes {
                self.out.extend_from_slice(char::from(*byte).encode_utf8(&mut letter).as_bytes());
            }
            return;
        }
        let little = self.encoding == Encoding::Utf16Le;
        self.held.extend_from_slice(bytes);
        let (pairs, _) = self.held.as_chunks::<2>();
        let unit =
            |pair: &[u8; 2]| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) };
        let mut units: Vec<u16> = pairs.iter().map(unit).collect();
        // The first half of a pair waits for the second.
        if units.last().is_some_and(|last| (0xd800..0xdc00).contains(last)) {
            units.pop();
        }
        for c in char::decode_utf16(units.iter().copied()) {
            let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.out.extend_from_slice(c.encode_utf8(&mut letter).as_bytes());
        }
        self.held.drain(..units.len() * 2);
    }
}

/// The encoding that a file's first bytes show, and the length of their mark; `None` while there are too few.
fn sniff(encoding: Encoding, head: &[u8]) -> Option<(Encoding, usize)> {
    let marks: &[(&[u8], Encoding)] = match encoding {
        Encoding::Auto => &[(BOM, Encoding::Utf8), (BOM_LE, Encoding::Utf16Le), (BOM_BE, Encoding::Utf16Be)],
        Encoding::Utf8 => &[(BOM, Encoding::Utf8)],
        Encoding::Utf16Le => &[(BOM_LE, Encoding::Utf16Le)],
        Encoding::Utf16Be => &[(BOM_BE, Encoding::Utf16Be)],
        Encoding::Latin1 => &[],
    };
    for (mark, found) in marks {
        if head.starts_with(mark) {
            return Some((*found, mark.len()));
        }
    }
    if marks.iter().any(|(mark, _)| mark.starts_with(head)) {
        return None;
    }
    if encoding != Encoding::Auto {
        return Some((encoding, 0));
    }
    // Without a mark: every other byte of plain text is NUL.
    let fits = |nul_at: usize| {
        let plain = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
        head.iter()
            .take(HEAD)
            .enumerate()
            .all(|(at, byte)| if at % 2 == nul_at { *byte == 0 } else { plain(*byte) })
    };
    match (fits(1), fits(0)) {
        (false, false) => Some((Encoding::Utf8, 0)),
        _ if head.len() < HEAD => None,
        (true, _) => Some((Encoding::Utf16Le, 0)),
        _ => Some((Encoding::Utf16Be, 0)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(encoding: Encoding, pieces: &[&[u8]]) -> String {
        let mut decoder = Decoder::new(encoding);
        let mut out = Vec::new();
        for piece in pieces {
            out.extend_from_slice(decoder.decode(piece));
        }
        String::from_utf8(out).unwrap()
    }

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn marks_and_settings_tell() {
        assert_eq!(decode(Encoding::Auto, &[b"\xef\xbb\xbfplain"]), "plain");
        assert_eq!(decode(Encoding::Auto, &[b"plain"]), "plain");
        assert_eq!(decode(Encoding::Auto, &[b"\xff\xfe", &utf16("hé\n", true)]), "hé\n");
        assert_eq!(decode(Encoding::Auto, &[b"\xfe\xff", &utf16("h😀", false)]), "h😀");
        assert_eq!(decode(Encoding::Auto, &[&utf16("2026 no mark", true)]), "2026 no mark");
        assert_eq!(decode(Encoding::Auto, &[&utf16("2026 no mark", false)]), "2026 no mark");
        assert_eq!(decode(Encoding::Utf16Be, &[&utf16("set", false)]), "set");
        assert_eq!(decode(Encoding::Latin1, &[b"caf\xe9"]), "café");
        assert_eq!(decode(Encoding::Utf16Le, &[&[0, 0xdc, b'a', 0]]), "\u{fffd}a", "half a pair");
    }

    proptest! {
        #[test]
        fn cut_anywhere_the_text_is_the_same(text in "[a-z0-9\r\né😀]{4,20}", cut in any::<prop::sample::Index>(), little in any::<bool>()) {
            let bytes = [if little { BOM_LE } else { BOM_BE }, &utf16(&text, little)].concat();
            let (head, tail) = bytes.split_at(cut.index(bytes.len()));
            prop_assert_eq!(decode(Encoding::Auto, &[head, tail]), text);
        }
    }
}
