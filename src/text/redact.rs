//! Secrets taken out of outside text.

use std::borrow::Cow;

/// Finds declared secrets, and what looks like one, in outside text.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Vec<String>,
}

impl Redactor {
    /// One that knows these values beside the known patterns.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Redactor {
        Redactor { secrets: secrets.into_iter().map(str::to_owned).collect() }
    }

    /// The text with `•••` where a secret was.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.secrets.iter().fold(Cow::Borrowed(text), |text, secret| {
            if text.contains(secret) { text.replace(secret, super::MASK).into() } else { text }
        })
    }

    /// The text with as many bytes of `*` where a secret was.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        self.secrets
            .iter()
            .fold(text.to_owned(), |text, secret| text.replace(secret, &"*".repeat(secret.len())))
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} secrets)", self.secrets.len())
    }
}
