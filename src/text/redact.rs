//! Secrets taken out of outside text.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::secret::{PRIVATE_KEY, TOKENS, looks_secret};

/// Below this a declared value is looked for as a whole word only: `web` is part of too much.
const SHORT: usize = 4;

/// Lines of a declared value of several lines (a key) are secrets themselves from this length on.
const LINE: usize = 16;

/// Finds declared secrets, and what looks like one, in outside text.
///
/// Promised for the values it was given and for known patterns: URL userinfo, `sig=`, `token=`, `password=` and the
/// like, secret JSON members, `Authorization` and cookie headers, bearer tokens, well-known token forms, private keys.
/// References (`${TOKEN}`, `<token>`) are no secrets and stay.
#[derive(Clone, Default)]
pub struct Redactor {
    declared: Option<Regex>,
    count: usize,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} secrets)", self.count)
    }
}

impl Redactor {
    /// One that knows these values beside the known patterns.
    ///
    /// Values are also found percent-encoded, as they stand in URLs, and escaped, as they stand in JSON. Single
    /// characters are not looked for.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Redactor {
        let mut values: Vec<String> = Vec::new();
        let mut count = 0;
        for secret in secrets {
            let secret = secret.trim();
            count += 1;
            values.push(secret.to_owned());
            values.push(percent_encoded(secret));
            let json = serde_json::Value::from(secret).to_string();
            values.extend(json.get(1..json.len() - 1).map(str::to_owned));
            let lines =
                secret.lines().map(str::trim).filter(|line| line.len() >= LINE && !line.starts_with("-----"));
            values.extend(lines.map(str::to_owned));
        }
        values.retain(|value| value.chars().nth(1).is_some());
        // The longest first: a secret may begin with another.
        values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        values.dedup();
        let patterns: Vec<_> = values
            .iter()
            .map(|value| match regex::escape(value) {
                escaped if value.len() < SHORT => format!(r"\b{{start-half}}{escaped}\b{{end-half}}"),
                escaped => escaped,
            })
            .collect();
        let declared = (!patterns.is_empty()).then(|| {
            // Literals only: always a valid expression, and the limit follows from their length.
            let size = 64 * values.iter().map(String::len).sum::<usize>() + (10 << 20);
            regex::RegexBuilder::new(&patterns.join("|")).size_limit(size).build().ok()
        });
        Redactor { declared: declared.flatten(), count }
    }

    /// The text with `•••` where a secret was.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.replace(text, |out, _| out.push_str(super::MASK))
    }

    /// The text with as many bytes of `*` where a secret was; line ends stay, so that lines and offsets do.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        let stars = |out: &mut String, secret: &str| {
            out.extend(secret.bytes().map(|b| if matches!(b, b'\n' | b'\r') { char::from(b) } else { '*' }));
        };
        self.replace(text, stars).into_owned()
    }

    fn replace<'a>(&self, text: &'a str, mut put: impl FnMut(&mut String, &str)) -> Cow<'a, str> {
        let found = self.find(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for span in found {
            out.push_str(&text[from..span.start]);
            put(&mut out, &text[span.clone()]);
            from = span.end;
        }
        out.push_str(&text[from..]);
        Cow::Owned(out)
    }

    /// Whether a declared value stands in the text.
    #[must_use]
    pub fn declares(&self, text: &str) -> bool {
        self.declared.as_ref().is_some_and(|declared| declared.is_match(text))
    }

    /// Where secrets stand, in order and apart from each other.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        if let Some(declared) = &self.declared {
            found.extend(declared.find_iter(text).map(|m| m.range()));
        }
        known(text, &mut found);
        found.retain(|span| !span.is_empty());
        found.sort_by_key(|span| span.start);
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(found.len());
        for span in found {
            match merged.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => merged.push(span),
            }
        }
        merged
    }
}

#[expect(clippy::unwrap_used, reason = "the patterns are constants, and every test here compiles them")]
fn pattern(source: &str) -> Regex {
    Regex::new(source).unwrap()
}

/// `scheme://user:password@`.
static USERINFO: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"\b([A-Za-z][A-Za-z0-9+.-]*)://([^\s/?#"'<>`\\]+)@"#));

/// `Authorization: …`, in a header, a command or a table of headers; to the quote or the line's end.
static AUTHORIZATION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)\b(?:authorization|cookie)["']?[ \t]*[:=][ \t]*(["']?)([^"'\r\n]+)"#));

static BEARER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\bbearer[ \t]+([A-Za-z0-9._~+/=-]{6,})"));

static FORMS: LazyLock<Regex> = LazyLock::new(|| pattern(&format!("{TOKENS}|{PRIVATE_KEY}")));

/// A name and what gives it a value: `token=`, `"password": "`, `--api-key `.
static ASSIGNED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(--)?\b([A-Za-z][A-Za-z0-9_.-]*)(\\?["'])?(?:([ \t]*(?:=>|[=:])[ \t]*)|[ \t]+)(\\?["'])?"#)
});

/// Whatever the patterns below ask for holds one of these: a user in a URL, or a part of a word that names a secret.
static HINT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)://[^\s/]*@|pass|pwd|secret|token|jwt|cred|bearer|authorization|cookie|sig|key|otp")
});

fn known(text: &str, found: &mut Vec<Range<usize>>) {
    found.extend(FORMS.find_iter(text).map(|m| m.range()));
    // Most text has no word of the kind; finding that out is far cheaper than looking for what follows one.
    if !HINT.is_match(text) {
        return;
    }
    for one in USERINFO.captures_iter(text) {
        let (Some(scheme), Some(user)) = (one.get(1), one.get(2)) else { continue };
        // The user of an ssh address is no secret.
        let plain = !user.as_str().contains(':') && scheme.as_str().contains("ssh");
        if !plain && !is_reference(user.as_str()) {
            found.push(user.range());
        }
    }
    for one in AUTHORIZATION.captures_iter(text) {
        let (Some(quote), Some(value)) = (one.get(1), one.get(2)) else { continue };
        found.extend(credentials(value.as_str(), !quote.is_empty()).map(|span| shift(&span, value.start())));
    }
    for one in BEARER.captures_iter(text) {
        let Some(token) = one.get(1) else { continue };
        // "Bearer authentication" is prose.
        if token.as_str().len() >= 20 || token.as_str().bytes().any(|b| b.is_ascii_digit()) {
            found.push(token.range());
        }
    }
    assigned(text, found);
}

fn shift(span: &Range<usize>, by: usize) -> Range<usize> {
    span.start + by..span.end + by
}

/// The credentials in a header's value: what follows the scheme.
fn credentials(value: &str, quoted: bool) -> Option<Range<usize>> {
    const SCHEMES: [&str; 6] = ["bearer", "basic", "token", "apikey", "digest", "negotiate"];
    let (first, rest) = value.split_once([' ', '\t']).unwrap_or((value, ""));
    let scheme = SCHEMES.contains(&first.to_ascii_lowercase().as_str()) && !rest.trim().is_empty();
    let start = if scheme { value.len() - rest.trim_start().len() } else { 0 };
    let mut end = value.trim_end().len();
    // In running text a bearer's token is one word, and the text goes on.
    if scheme && !quoted && !first.eq_ignore_ascii_case("digest") {
        end = value[start..end].find([' ', '\t']).map_or(end, |blank| start + blank);
    }
    (start < end && !is_reference(&value[start..end])).then_some(start..end)
}

/// Values given to names that name a secret.
fn assigned(text: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(one) = ASSIGNED.captures_at(text, from) {
        let Some(all) = one.get(0) else { return };
        let name = one.get(2).map_or("", |m| m.as_str());
        // Another name may begin right behind this one: `url=token=…`.
        from = all.end().max(from + 1);
        while !text.is_char_boundary(from) {
            from += 1;
        }
        let sign = one.get(4).map(|m| m.as_str().trim());
        // A blank gives a value to an option only.
        if sign.is_none() && one.get(1).is_none() {
            from = one.get(2).map_or(from, |m| m.end().max(all.start() + 1));
            continue;
        }
        // Headers with credentials have their own form.
        let header =
            ["authorization", "cookie"].iter().any(|header| name.to_ascii_lowercase().ends_with(header));
        // `?key=…` is a credential, `"key": "photos/1.jpg"` and `key = "client.pem"` are not.
        let bare = name.eq_ignore_ascii_case("key")
            && (one.get(4).map(|m| m.as_str()) != Some("=") || one.get(5).is_some());
        if header || bare || !looks_secret(name) {
            continue;
        }
        let rest = &text[all.end()..];
        let quote = one.get(5).map(|m| m.as_str());
        let end = match quote {
            Some(quote) => rest.find(quote).or_else(|| rest.find(['\r', '\n'])).unwrap_or(rest.len()),
            None => {
                rest.find(|c: char| c.is_whitespace() || "&;,\"'<>)}]`|".contains(c)).unwrap_or(rest.len())
            }
        };
        let value = &rest[..end];
        // `token: expired` is prose; `password: hunter2` is not.
        let prose = sign == Some(":") && quote.is_none() && !is_mixed(value);
        if !prose && !is_reference(value) {
            found.push(all.end()..all.end() + end);
            from = all.end() + end;
        }
    }
}

/// A word that is no plain word: digits, signs or capitals inside.
fn is_mixed(value: &str) -> bool {
    value.chars().count() >= 6
        && value.chars().skip(1).any(|c| !c.is_lowercase() && !matches!(c, '.' | ':' | '!' | '?' | '-' | '_'))
}

/// Something that stands for a value: `${TOKEN}`, `$TOKEN`, `<token>`, `{{ token }}`, `____`, `***`.
fn is_reference(value: &str) -> bool {
    let value = value.trim();
    value.is_empty()
        || value.starts_with("${")
        || value.starts_with("{{")
        || value.starts_with("$(")
        || value.starts_with('<')
        || value.starts_with('[')
        || value
            .strip_prefix('$')
            .is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        || value.chars().all(|c| matches!(c, '_' | '*' | '.' | '•' | '…' | 'x' | 'X'))
        || matches!(value, "true" | "false" | "null" | "none" | "env" | "{")
}

fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            let digit = |n: u8| char::from_digit(u32::from(n), 16).unwrap_or('0').to_ascii_uppercase();
            out.extend(['%', digit(b >> 4), digit(b & 15)]);
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_patterns_go() {
        for (text, expected) in [
            ("GET https://dana:hunter2@api.example.com/x", "GET https://•••@api.example.com/x"),
            ("https://ghp@example.com", "https://•••@example.com"),
            ("ssh://git@example.com/x", "ssh://git@example.com/x"),
            ("postgres://app:p@ss@db:5432/x?a=b", "postgres://•••@db:5432/x?a=b"),
            ("/blob?sv=2020&sig=aB%2Fc%3D&se=1", "/blob?sv=2020&sig=•••&se=1"),
            ("/x?token=abc123#f", "/x?token=•••"),
            ("/x?access_token=abc&b=1", "/x?access_token=•••&b=1"),
            ("url=https://h/?token=abc&x", "url=https://h/?token=•••&x"),
            ("?key=abc&x=1", "?key=•••&x=1"),
            (r#""key": "photos/1.jpg" key = "client.pem""#, r#""key": "photos/1.jpg" key = "client.pem""#),
            ("X-Amz-Signature=fe5f80f7&X=1", "X-Amz-Signature=•••&X=1"),
            ("AccountName=a;AccountKey=abc/+==;End", "AccountName=a;AccountKey=•••;End"),
            ("Authorization: Bearer abc.def-1", "Authorization: Bearer •••"),
            ("authorization: Basic ZGFuYTpwdw== status=200", "authorization: Basic ••• status=200"),
            ("Authorization: rawvalue", "Authorization: •••"),
            (
                "Proxy-Authorization: Digest username=\"d\", response=\"x\"",
                "Proxy-Authorization: Digest •••\"d\", response=\"x\"",
            ),
            (
                "curl -H 'Authorization: Bearer s3cret' https://h",
                "curl -H 'Authorization: Bearer •••' https://h",
            ),
            (
                "headers = { Authorization = \"Bearer s3cret\" }",
                "headers = { Authorization = \"Bearer •••\" }",
            ),
            ("Set-Cookie: session=abc; Path=/", "Set-Cookie: •••"),
            ("sent bearer abcd1234 now", "sent bearer ••• now"),
            (r#"{"user":"d","password": "hunter2","n":1}"#, r#"{"user":"d","password": "•••","n":1}"#),
            (r#"{\"password\":\"hunter2\",\"n\":1}"#, r#"{\"password\":\"•••\",\"n\":1}"#),
            ("DB_PASSWORD=hunter2 ./run", "DB_PASSWORD=••• ./run"),
            ("export API_TOKEN='a b c'", "export API_TOKEN='•••'"),
            ("password: hunter2", "password: •••"),
            ("mysql --password hunter2 db", "mysql --password ••• db"),
            ("mysql --password=hunter2 db", "mysql --password=••• db"),
            ("x-api-key: 9f8e7d6c", "x-api-key: •••"),
            ("use AKIAIOSFODNN7EXAMPLE now", "use ••• now"),
            ("a -----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY----- b", "a ••• b"),
        ] {
            assert_eq!(Redactor::default().redact(text), expected, "{text}");
            assert_eq!(Redactor::default().redact(expected), expected, "again");
        }
    }

    #[test]
    fn the_rest_stays() {
        for text in [
            "",
            "Bearer authentication is on",
            "token: expired",
            "invalid token: not yet valid",
            "Token stored: ________",
            "password: ____",
            "password = \"${DB_PASSWORD}\"",
            "Authorization = \"Bearer ${API_TOKEN}\"",
            "https://${USER}:${PASS}@example.com",
            "curl -H 'Authorization: Bearer $TOKEN' h",
            "?token=<your token>",
            "key contact: Lee",
            "sort_key=name",
            "mail dana@example.com",
            "keyboard=us monkey=1",
            "API_TOKEN = { env = \"API_TOKEN\" }",
            "rotate the password and the token",
            "status=200 path=/x",
        ] {
            assert_eq!(Redactor::default().redact(text), text);
        }
    }

    #[test]
    fn declared_values_go_in_every_spelling() {
        let redactor = Redactor::new([
            "s3cr3t/+1",
            "s3cr3t/+123",
            "web",
            "x",
            "",
            "qu\"ote",
            "first line of key\nanother line of it",
        ]);
        for (text, expected) in [
            ("got s3cr3t/+1 and s3cr3t/+123.", "got ••• and •••."),
            ("/p/s3cr3t%2F%2B1", "/p/•••"),
            (r#"{"a":"qu\"ote"}"#, r#"{"a":"•••"}"#),
            ("web", "•••"),
            ("the web-1 of cobwebs", "the •••-1 of cobwebs"),
            ("x = 1", "x = 1"),
            ("> another line of it", "> •••"),
            ("as3cr3t/+1b", "a•••b"),
        ] {
            assert_eq!(redactor.redact(text), expected, "{text}");
        }
        assert_eq!(format!("{redactor:?}"), "Redactor(7 secrets)");
    }

    #[test]
    fn masks_keep_every_offset() {
        let redactor = Redactor::new(["gehëim", "line one of key\nline two of key"]);
        assert_eq!(redactor.mask("- [ ] use gehëim now"), "- [ ] use ******* now");
        assert_eq!(redactor.mask("line one of key\nline two of key"), "***************\n***************");
        assert_eq!(redactor.mask("password=ab\r\n- [ ] x"), "password=**\r\n- [ ] x");
    }

    static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| Redactor::new(["sécret"]));

    fn text() -> impl Strategy<Value = String> {
        let word = prop_oneof![
            Just("token="),
            Just("password: "),
            Just("\""),
            Just("'"),
            Just("Authorization: "),
            Just("Bearer "),
            Just("https://"),
            Just("a:b@"),
            Just("--key "),
            Just("sécret"),
            Just("\n"),
            Just("${"),
            Just("x1Y2z3"),
            Just(" "),
            Just("•"),
            Just("-----BEGIN PRIVATE KEY-----"),
            Just("&"),
            Just("=")
        ];
        proptest::collection::vec(prop_oneof![3 => word.prop_map(str::to_owned), 1 => ".{0,4}"], 0..12)
            .prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn a_mask_has_the_length_of_the_text(text in text()) {
            let masked = REDACTOR.mask(&text);
            prop_assert_eq!(masked.len(), text.len());
            prop_assert_eq!(masked.matches('\n').count(), text.matches('\n').count());
        }

        #[test]
        fn a_declared_secret_never_stays(text in text()) {
            prop_assert!(!REDACTOR.redact(&text).contains("sécret"));
        }
    }
}
