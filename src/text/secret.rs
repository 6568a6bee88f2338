//! What looks like a secret: labels that name one, values that are one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

/// Words that name a secret by themselves.
const SECRETS: [&str; 21] = [
    "password",
    "passwords",
    "passwd",
    "pwd",
    "passphrase",
    "passcode",
    "secret",
    "secrets",
    "token",
    "tokens",
    "jwt",
    "credential",
    "credentials",
    "creds",
    "bearer",
    "authorization",
    "cookie",
    "sig",
    "signature",
    "apikey",
    "otp",
];

/// Words before `key` that make it a secret one.
const KEYS: [&str; 14] = [
    "api",
    "access",
    "account",
    "private",
    "secret",
    "encryption",
    "signing",
    "ssh",
    "master",
    "shared",
    "storage",
    "license",
    "auth",
    "deploy",
];

/// Words after a secret's name that make the whole something else: a policy, a place, a time.
const ABOUT: [&str; 18] = [
    "policy",
    "rotation",
    "rotated",
    "expiry",
    "expires",
    "expiration",
    "expired",
    "reset",
    "manager",
    "endpoint",
    "url",
    "type",
    "name",
    "names",
    "count",
    "length",
    "vault",
    "provider",
];

/// Whether a label names a secret: `API token`, `DB_PASSWORD`, `Key`, `privateKey`; not `keyboard`, `key contact`.
#[must_use]
pub fn looks_secret(label: &str) -> bool {
    let words = words(label);
    words.iter().enumerate().any(|(n, word)| {
        let next = words.get(n + 1).map(String::as_str);
        let names = if word == "key" || word == "keys" {
            // Alone, or after a word that makes it one.
            words.len() == 1 || n > 0 && KEYS.contains(&words[n - 1].as_str())
        } else {
            SECRETS.contains(&word.as_str())
                || word.strip_suffix("key").is_some_and(|head| KEYS.contains(&head))
        };
        names && !next.is_some_and(|next| ABOUT.contains(&next))
    })
}

/// A label's words in lower case: cut at blanks, punctuation and camel humps.
fn words(label: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    let mut letters = label.chars().peekable();
    while let Some(c) = letters.next() {
        let hump = c.is_uppercase()
            && (before.is_lowercase()
                || before.is_uppercase() && letters.peek().is_some_and(|c| c.is_lowercase()));
        if (!c.is_alphanumeric() || hump) && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Tokens that are known by their form: JWT, AWS, GitHub, GitLab, Slack, Stripe, Google, npm.
pub(super) const TOKENS: &str = r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{16,}|\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|\bAIza[A-Za-z0-9_-]{30,}|\bnpm_[A-Za-z0-9]{30,}";

/// The beginning of a private key, to its end or the end of the text.
pub(super) const PRIVATE_KEY: &str =
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----(?s:.*?)(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----|\z)";

#[expect(clippy::unwrap_used, reason = "the patterns are constants, and a test compiles them")]
static KNOWN: LazyLock<Regex> = LazyLock::new(|| Regex::new(&format!("{TOKENS}|{PRIVATE_KEY}")).unwrap());

/// Characters of base64 and hex from which on a run of them may be a secret.
const LONG: usize = 32;

/// Bits a character carries in random base64 (up to 6), against about 4 in words run together.
const RANDOM_BASE64: f64 = 4.0;

/// Bits a character carries in random hex (up to 4), against repeated digits.
const RANDOM_HEX: f64 = 3.0;

/// Whether a text holds what looks like a secret: a token of a known form, a private key, `password=…`, credentials in
/// a URL, or a long run of random characters.
///
/// For notes that people type: it asks rather than forbids, and may be wrong. Hashes are no secrets, but cannot be told
/// from keys: 40 and 64 hex digits (git commits, SHA-256) are let through, other lengths are not.
#[must_use]
pub fn looks_like_secret_value(text: &str) -> bool {
    KNOWN.is_match(text)
        || !super::Redactor::default().find(text).is_empty()
        || text.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=_-".contains(c))).any(is_random)
}

fn is_random(run: &str) -> bool {
    let core = run.trim_matches(['-', '_', '=']);
    if core.len() < LONG {
        return false;
    }
    if core.bytes().all(|b| b.is_ascii_hexdigit()) {
        return core.len() != 40 && core.len() != 64 && entropy(core) > RANDOM_HEX;
    }
    let kinds = [u8::is_ascii_digit as fn(&u8) -> bool, u8::is_ascii_lowercase, u8::is_ascii_uppercase];
    // Paths, slugs and UUIDs lack one of them, or are short between their separators.
    let longest = core.split(['/', '-', '_']).map(str::len).max().unwrap_or(0);
    kinds.iter().all(|kind| core.bytes().any(|b| kind(&b))) && longest >= 16 && entropy(core) > RANDOM_BASE64
}

/// Shannon entropy in bits a character.
fn entropy(text: &str) -> f64 {
    let mut counts = BTreeMap::new();
    for byte in text.bytes() {
        *counts.entry(byte).or_insert(0_u32) += 1;
    }
    let len = text.len() as f64;
    counts.values().map(|count| f64::from(*count) / len).map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_name_a_secret() {
        for label in [
            "Token",
            "API token",
            "Token stored",
            "Password",
            "DB_PASSWORD",
            "passwd",
            "client secret",
            "API key",
            "api-key",
            "apiKey",
            "APIKey",
            "x-api-key",
            "AccountKey",
            "Private key",
            "privateKey",
            "SSH key",
            "Key",
            "Credentials",
            "AWS_SECRET_ACCESS_KEY",
            "X-Amz-Signature",
            "sig",
            "access_token",
            "Authorization",
            "Cookie",
            "storage account key",
            "Passphrase for the vault",
        ] {
            assert!(looks_secret(label), "{label}");
        }
    }

    #[test]
    fn labels_that_do_not() {
        for label in [
            "",
            "Keyboard",
            "Key contact",
            "Monkey",
            "Date",
            "Turkey",
            "Primary key column",
            "Key findings",
            "Signed by",
            "keys handed over to",
            "Token expiry",
            "Password policy",
            "secret name",
            "Tokenizer",
            "Secretary",
            "passenger",
            "New app URL",
            "Start time",
            "sort key",
            "Design",
            "author",
        ] {
            assert!(!looks_secret(label), "{label}");
        }
    }

    #[test]
    fn values_that_look_secret() {
        for text in [
            "used eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
            "AKIAIOSFODNN7EXAMPLE",
            "key: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1x9",
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "password=hunter2!",
            "https://user:pw@example.com/",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
            "Q0ZlTm9wUXJTdFV2V3hZejAxMjM0NTY3ODlBQkNERUZHSElKS0w=",
            "0123456789abcdef0123456789abcdef",
        ] {
            let hash = text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
            assert_eq!(looks_like_secret_value(text), !hash, "{text}");
        }
    }

    #[test]
    fn values_that_do_not() {
        for text in [
            "",
            "done at 06:10, took 4 minutes",
            "https://portal.azure.com/#view/HubsExtension/BrowseResource/resourceType/Microsoft.Web%2Fsites",
            "/var/lib/postgresql/15/main/base/16384/2619",
            "commit 13c93ad8f2b1c6f1a3f4f6c4f5b4e1d2a3c4b5e6",
            "550e8400-e29b-41d4-a716-446655440000",
            "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "--------------------------------------------------------------",
            "ThisIsAVeryLongCamelCaseIdentifierInsideSomeJavaCode",
            "app-new-7d4b9c6f5d-x2x9z.prod-eu-west-1.example.internal",
        ] {
            assert!(!looks_like_secret_value(text), "{text}");
        }
    }
}
