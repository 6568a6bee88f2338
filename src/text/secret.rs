//! What looks like a secret.

/// Whether a label names a secret.
#[must_use]
pub fn looks_secret(_label: &str) -> bool {
    false
}

/// Whether a text holds what looks like a secret.
#[must_use]
pub fn looks_like_secret_value(_text: &str) -> bool {
    false
}
