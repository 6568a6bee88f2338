//! What a command says, as lines without secrets and without anything that a terminal would obey.

use std::path::Path;
use std::sync::Arc;

use crate::hold::outlive::kept;
use crate::text::{self, MASK, Redactor};

/// A line longer than this is given in parts, in bytes.
const LONGEST: usize = 16 << 10;
/// Bytes of it that wait for what follows: a secret must not be told in two halves.
const HELD: usize = 4 << 10;
/// Bytes of the evidence, at most: cleaning may make text longer.
const EVIDENCE: usize = 8 << 20;

/// Makes lines of bytes.
pub(super) struct Reader {
    redactor: Arc<Redactor>,
    rest: Vec<u8>,
    /// Within a private key.
    key: bool,
    /// What comes up to the next line end is the rest of something passed over.
    torn: bool,
}

impl Reader {
    pub(super) fn new(redactor: Arc<Redactor>) -> Reader {
        Reader { redactor, rest: Vec::new(), key: false, torn: false }
    }

    /// So many bytes are not read; the line that says so.
    pub(super) fn pass_over(&mut self, bytes: u64) -> Option<String> {
        self.rest.clear();
        self.torn = true;
        (bytes > 0).then(|| format!("… {} passed over here …", text::size(bytes)))
    }

    pub(super) fn feed(&mut self, bytes: &[u8], lines: &mut Vec<String>) {
        let mut bytes = bytes;
        while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
            self.rest.extend_from_slice(&bytes[..end]);
            bytes = &bytes[end + 1..];
            let rest = std::mem::take(&mut self.rest);
            if !std::mem::take(&mut self.torn) {
                self.line(&String::from_utf8_lossy(&rest), lines);
            }
        }
        self.rest.extend_from_slice(bytes);
        if self.rest.len() > LONGEST {
            self.part(lines);
        }
    }

    /// Tells the beginning of a line that does not end.
    fn part(&mut self, lines: &mut Vec<String>) {
        let rest = String::from_utf8_lossy(&self.rest).into_owned();
        let mut cut = rest.floor_char_boundary(rest.len().saturating_sub(HELD));
        if let Some(span) =
            self.redactor.find(&rest).into_iter().find(|span| span.start < cut && cut < span.end)
        {
            cut = if span.start == 0 { span.end } else { span.start };
        }
        if !self.torn {
            self.line(&rest[..cut], lines);
        }
        self.rest = rest.as_bytes()[cut..].to_vec();
    }

    fn line(&mut self, line: &str, lines: &mut Vec<String>) {
        let begins = line.contains("-----BEGIN ") && line.contains("PRIVATE KEY");
        if begins || self.key {
            self.key = !line.contains("-----END ");
            lines.push(MASK.to_owned());
        } else {
            lines.push(safe(line, &self.redactor));
        }
    }

    /// What is left when nothing follows.
    pub(super) fn finish(mut self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.rest.is_empty() && !self.torn {
            let rest = std::mem::take(&mut self.rest);
            self.line(&String::from_utf8_lossy(&rest), &mut lines);
        }
        lines
    }
}

/// A line as a person may see it: what a carriage return has written over is left out.
fn safe(line: &str, redactor: &Redactor) -> String {
    let line = line.trim_end_matches('\r');
    let line = line.rsplit('\r').next().unwrap_or(line);
    let hidden = redactor.redact(line);
    let clean = text::clean(&hidden);
    // Escape sequences may have stood within a secret.
    redactor.redact(&clean).into_owned()
}

/// All that is kept of what a command said, as evidence, and how many of its bytes that is.
pub(super) fn whole(folder: &Path, redactor: &Redactor, words: Option<&str>) -> (String, u64) {
    let head = usize::try_from(kept::HEAD).unwrap_or(usize::MAX);
    let (_, mut head) = kept::read(folder, 0, head).unwrap_or_default();
    let from = head.len() as u64;
    let (at, tail) = kept::read(folder, from, usize::MAX).unwrap_or((from, Vec::new()));
    let mut tail = &tail[..];
    if at > from {
        // Half lines at the gap may be half secrets.
        let end = head.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        head.truncate(end);
        let begin = tail.iter().position(|&byte| byte == b'\n').map_or(tail.len(), |begin| begin + 1);
        tail = &tail[begin..];
    }
    let kept = (head.len() + tail.len()) as u64;
    let mut text = if at > from { part(&head, redactor) } else { part(&[&head, tail].concat(), redactor) };
    if at > from {
        text.push_str("\n… what came here is not kept …\n\n");
        text.push_str(&part(tail, redactor));
    }
    if let Some(words) = words {
        text.push_str(words);
        text.push('\n');
    }
    (ends(text), kept)
}

fn part(bytes: &[u8], redactor: &Redactor) -> String {
    let text = String::from_utf8_lossy(bytes);
    // As a whole first: a secret may have several lines.
    let hidden = redactor.redact(&text);
    let mut out = String::with_capacity(hidden.len());
    for line in hidden.lines() {
        out.push_str(&safe(line, redactor));
        out.push('\n');
    }
    out
}

/// The two ends of a text that has grown too long.
fn ends(text: String) -> String {
    if text.len() <= EVIDENCE {
        return text;
    }
    let head = text[..text.floor_char_boundary(EVIDENCE / 2)].rfind('\n').map_or(0, |end| end + 1);
    let from = text.ceil_char_boundary(text.len() - EVIDENCE / 2);
    let tail = text[from..].find('\n').map_or(text.len(), |at| from + at + 1);
    format!("{}\n… what came here is not kept …\n\n{}", &text[..head], &text[tail..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader() -> Reader {
        Reader::new(Arc::new(Redactor::new(["hunter2hunter2"])))
    }

    fn read(parts: &[&[u8]]) -> Vec<String> {
        let (mut reader, mut lines) = (reader(), Vec::new());
        for part in parts {
            reader.feed(part, &mut lines);
        }
        lines.extend(reader.finish());
        lines
    }

    #[test]
    fn lines_are_clean_and_without_secrets_however_they_come() {
        let text = b"a\x1b[31mb\x1b[0m\nx hunter2\x1b[1mhunter2 y\n10%\r20%\r100%\r\nlast hunter2hunter2";
        let expected = ["ab", "x ••• y", "100%", "last •••"];
        assert_eq!(read(&[text]), expected);
        for size in [1, 2, 7] {
            assert_eq!(read(&text.chunks(size).collect::<Vec<_>>()), expected);
        }
        let key = b"-----BEGIN PRIVATE KEY-----\nMIIE\nabc\n-----END PRIVATE KEY-----\nafter";
        assert_eq!(read(&[key]), [MASK, MASK, MASK, MASK, "after"]);
    }

    #[test]
    fn a_line_without_end_is_told_in_parts_that_cut_no_secret() {
        let long = format!("{}hunter2hunter2{}", "a".repeat(LONGEST - HELD - 5), "b".repeat(3 * LONGEST));
        for size in [BITE, 1000] {
            let lines = read(&long.as_bytes().chunks(size).collect::<Vec<_>>());
            assert!(lines.len() > 1);
            let all = lines.concat();
            assert!(!all.contains("hunter2") && all.contains(MASK), "{size}");
            assert!(all.ends_with("bbb") && all.starts_with("aaa"));
        }
    }

    #[test]
    fn what_is_passed_over_tears_no_line() {
        let (mut reader, mut lines) = (reader(), Vec::new());
        reader.feed(b"one\ntw", &mut lines);
        lines.extend(reader.pass_over(5_000_000));
        reader.feed(b"half of a line\nthree\n", &mut lines);
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[1].contains("passed over") && lines[2] == "three");
    }

    #[test]
    fn evidence_that_grew_too_long_keeps_its_ends() {
        let text = ends(format!("first\n{}last\n", "x\n".repeat(EVIDENCE)));
        assert!(text.len() <= EVIDENCE + 100 && text.starts_with("first\nx") && text.ends_with("x\nlast\n"));
    }

    const BITE: usize = 64 << 10;
}
