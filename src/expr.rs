//! One expression language for expectations, gates and reconcile counters.
//!
//! The grammar is `decisions`' and is given in full here by the code that parses it. One expression is one
//! comparison; lists are AND. Conditions in Gatus' spelling (`[STATUS] == 200`) are read as they are.

use std::ops::Range;

/// A parsed and typed comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// As written, for the screen and the log.
    source: String,
}

/// What an evaluation says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Met,
    /// It does not.
    Unmet {
        /// The value seen, short.
        saw: String,
    },
    /// It cannot be told; never passes, and neither does its negation.
    Unknown {
        /// Why: stale, unread, no such header.
        why: String,
    },
}

/// Why a text is not an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExprError {
    /// One sentence: what is wrong and what is expected.
    pub message: String,
    /// Bytes of the text it is about.
    pub span: Range<usize>,
}

impl Expr {
    /// The expression as written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
}
