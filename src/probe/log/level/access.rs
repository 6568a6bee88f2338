//! The status that an HTTP access line states.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// How far into a line a request is looked for: user agents and referrers stand behind it.
const FAR: usize = 4096;

/// What is looked for in every line; a searcher takes longer to make than a line to search.
static PROTOCOL: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("HTTP/"));
static COMPLETED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Completed "));
static PATH: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(" /"));
static STATUS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("status"));

/// The status of a line that tells of an HTTP request and how it was answered.
pub(super) fn status(line: &[u8]) -> Option<u16> {
    let line = &line[..line.len().min(FAR)];
    quoted(line, PROTOCOL.find(line)?)
}

/// The same for a line that names no protocol and whose words state nothing.
pub(super) fn bare_status(line: &[u8]) -> Option<u16> {
    let head = &line[..line.len().min(160)];
    // gin: `[GIN] 2026/11/21 - 06:42:08 | 503 | …`; Rails: `Completed 500 Internal Server Error in 12ms`.
    if head.starts_with(b"[GIN]") {
        let bar = head.iter().position(|byte| *byte == b'|')?;
        return code(head[bar + 1..].trim_ascii_start());
    }
    if let Some(completed) = COMPLETED.find(head) {
        return code(&line[completed + b"Completed ".len()..]);
    }
    bare(line, head)
}

/// The answer to a request that names its protocol: behind it (CLF), or in the fields before (`HAProxy`, ALB).
fn quoted(line: &[u8], protocol: usize) -> Option<u16> {
    let version = &line[protocol + b"HTTP/".len()..];
    let digits = version.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let behind = &version[digits..];
    let behind = behind.strip_prefix(b"\"").unwrap_or(behind);
    if digits == 0 {
        return None;
    }
    if let Some(status) = behind.strip_prefix(b" ").and_then(code) {
        return Some(status);
    }
    // Only in fields that end with the request: an error log quotes it too, in a sentence.
    if !behind.is_empty() && !behind.starts_with(b" \"") {
        return None;
    }
    let open = line[..protocol].iter().rposition(|byte| *byte == b'"')?;
    let mut words = line[..open].split(|byte| *byte == b' ');
    words.find_map(|word| if word.len() == 3 { code(word) } else { None })
}

/// A method, a path and a status: `GET /games/feed 200 0.081`.
fn bare(line: &[u8], head: &[u8]) -> Option<u16> {
    let slash = PATH.find_iter(head).find(|at| is_method(&head[..*at]))?;
    let path = &line[slash + 1..];
    let end = path.iter().position(|byte| *byte == b' ')?;
    code(&path[end + 1..])
}

fn is_method(head: &[u8]) -> bool {
    let start = head.iter().rposition(|byte| !byte.is_ascii_uppercase()).map_or(0, |at| at + 1);
    matches!(&head[start..], b"GET" | b"POST" | b"PUT" | b"DELETE" | b"PATCH" | b"HEAD" | b"OPTIONS")
        && (start == 0 || matches!(head[start - 1], b' ' | b'"' | b'[' | b'\t'))
}

/// Three digits of a status at the beginning, and nothing that goes on.
fn code(text: &[u8]) -> Option<u16> {
    let digits @ [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9'] = text.get(..3)? else { return None };
    let ends = text.get(3).is_none_or(|byte| matches!(byte, b' ' | b'"' | b',' | b'}' | b'|'));
    ends.then(|| digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0')))
}

/// The status of an access line in JSON, if it is an error's.
pub(super) fn json_status(line: &[u8]) -> Option<u16> {
    let status = STATUS.find_iter(line).find_map(|at| {
        let rest = &line[at + b"status".len()..];
        let rest = rest.strip_prefix(b"_code").or_else(|| rest.strip_prefix(b"Code")).unwrap_or(rest);
        let rest = rest.strip_prefix(b"\"")?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        code(rest.strip_prefix(b"\"").unwrap_or(rest))
    })?;
    let is_request =
        [&b"\"method\""[..], b"\"request_method\"", b"\"request\"", b"\"path\"", b"\"uri\"", b"\"url\""];
    (status >= 400 && is_request.iter().any(|key| memchr::memmem::find(line, key).is_some()))
        .then_some(status)
}
