//! Secrets taken out of outside text.

/// Finds declared secrets, and what looks like one, in outside text.
#[derive(Clone, Default)]
pub struct Redactor;
