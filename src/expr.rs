//! One expression language for expectations, gates and reconcile counters.
//!
//! One expression is one comparison; lists are AND. Conditions in Gatus' spelling (`[STATUS] == 200`) are read as
//! they are.
//!
//! ```text
//! expr     = ["not "] (subject | [subject ws] operand [op value])
//! subject  = kind "/" name | "host"           in gates: health/api, health/api/new, dns/api.example.com, copy/assets
//! operand  = path | ("len" | "has" | "age" | "some") "(" path ")" | fact "(" string ")" | "disk" path
//! path     = (fact | "[" PLACEHOLDER "]") {"." key | "[" (number | "*" | string) "]"}
//! op       = "==" | "!=" | "<=" | ">=" | "<" | ">" | "contains" | "matches"
//! value    = "any(" scalar {"," scalar} ")" | "pat(" glob ")" | scalar
//! scalar   = string | number | duration | percentage | size | bool | operand | text
//! ```
//!
//! - [`FACTS`] types every fact; a value of another type, or with a wrong unit, is an error.
//! - A bare word right of a number or a duration names a fact; right of text or JSON it is text to the end of the line.
//!   A placeholder in brackets names a fact on either side.
//! - `[*]` asks every element, and that there is one; inside `some( )` it asks any. An element that lacks the key is
//!   unknown, never passed over.
//! - `len( )` counts elements, keys or characters; `has( )` is whether there is something other than null; `age( )` is
//!   the time since a moment (RFC 3339, an HTTP date, or Unix seconds or milliseconds).
//! - `disk /data > 20%` is `free_share("/data") > 20%`, and with a size `free("/data")`.
//! - Bare numbers are milliseconds after `[RESPONSE_TIME]` and `[CERTIFICATE_EXPIRATION]` only.
//! - What a comparison counts are facts by their own names: `missing == 0`, `copied == listed`.
//! - `matches` is a regular expression found anywhere; `pat( )` is a glob over the whole text (`*`, `?`, `[a-z]`).
//! - Whole bodies and outputs are compared without the blanks around them.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

mod compare;
mod display;
mod evaluate;
mod fact;
mod literal;
mod parse;
mod path;

#[cfg(test)]
mod tests;

pub use fact::{FACTS, Fact, Row, Type, known};

pub use path::Path;

use literal::Right;
use path::Segment;

/// A parsed and typed comparison.
#[derive(Clone, Debug)]
pub struct Expr {
    /// As written, for the screen and the log.
    source: String,
    meaning: Meaning,
}

/// What an expression asks, whatever its spelling.
#[derive(Clone, Debug, PartialEq)]
struct Meaning {
    negated: bool,
    subject: Option<Subject>,
    left: Operand,
    test: Option<(Op, Right)>,
}

/// A fact, a way into it, and a function of what is found there.
#[derive(Clone, Debug, PartialEq)]
struct Operand {
    function: Option<Function>,
    fact: Fact,
    path: Vec<Segment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Len,
    Has,
    Age,
    Some,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Eq,
    Ne,
    Le,
    Ge,
    Lt,
    Gt,
    Contains,
    Matches,
}

/// Where an expression stands: what it may speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Expectations of an HTTP check.
    Http,
    /// Expectations of a TCP or unix socket check.
    Connect,
    /// Expectations of a TLS check.
    Tls,
    /// Expectations of an exec check.
    Exec,
    /// Expectations of a machine.
    Host,
    /// Expectations of a comparison: its counters are facts.
    Reconcile,
    /// A gate's `needs`: each expression names the check it speaks of.
    Needs,
    /// The same, once it is known that it speaks of a machine.
    NeedsHost,
    /// The same, once it is known that it speaks of a comparison.
    NeedsReconcile,
    /// The same, once it is known that it speaks of a DNS record.
    NeedsDns,
    /// The same, once it is known that it speaks of a copy.
    NeedsCopy,
    /// The same, once it is known that it speaks of a log.
    NeedsLog,
}

/// The check that a gate speaks of: `health/api/new`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// What kind of check: `health`.
    pub kind: String,
    /// Its name, and the part of it after a slash: `api/new`; empty for the only machine.
    pub name: String,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if self.name.is_empty() { Ok(()) } else { write!(f, "/{}", self.name) }
    }
}

/// What is known when an expression is evaluated.
pub trait Facts {
    /// The value of a fact; `subject` is `None` for a check's own expectations.
    fn value(&self, subject: Option<&Subject>, fact: &Fact) -> Value<'_>;

    /// The present moment, for `age()`.
    fn now(&self) -> DateTime<Utc>;

    /// Takes secrets out of a value that is to be shown, before it is cut short: half a secret is not known as one.
    fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        Cow::Borrowed(text)
    }
}

/// What is known of one fact.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// `true` or `false`.
    Bool(bool),
    /// A number: a status, an exit code.
    Count(i64),
    /// A span of time, negative when it lies behind.
    Duration(TimeDelta),
    /// A share of a whole, 0 to 1; told and compared in tenths of a per cent.
    Share(f64),
    /// An amount of data.
    Bytes(u64),
    /// Text.
    Text(Cow<'a, str>),
    /// A body or an output.
    Document(&'a Document),
    /// It was looked for and is not there: no such header.
    Absent,
    /// It cannot be told: why, as a clause.
    Unknown(String),
}

impl From<Duration> for Value<'_> {
    fn from(span: Duration) -> Self {
        Value::Duration(TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX))
    }
}

/// A body or an output: text that is read as JSON once, when a path first leads into it.
#[derive(Debug, Default)]
pub struct Document {
    text: String,
    json: OnceCell<Option<serde_json::Value>>,
}

impl Document {
    /// A document of this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Document {
        Document { text: text.into(), json: OnceCell::new() }
    }

    /// The text without the blanks around it.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.trim()
    }

    /// The text as JSON; `None` if it is not.
    #[must_use]
    pub fn json(&self) -> Option<&serde_json::Value> {
        self.json.get_or_init(|| serde_json::from_str(self.text()).ok()).as_ref()
    }
}

/// What an evaluation says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
    /// Reads and types one expression.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, where it stands and what is expected there.
    pub fn parse(text: &str, scope: Scope) -> Result<Expr, ExprError> {
        Ok(Expr { source: text.trim().to_owned(), meaning: parse::parse(text, scope)? })
    }

    /// Reads and types a fact of some probe, without a comparison: what a person is asked to read out.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, where it stands and what is expected there.
    pub fn question(text: &str) -> Result<Expr, ExprError> {
        Ok(Expr { source: text.trim().to_owned(), meaning: parse::question(text)? })
    }

    /// The expression as written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The check it speaks of, in a gate.
    #[must_use]
    pub fn subject(&self) -> Option<&Subject> {
        self.meaning.subject.as_ref()
    }

    /// Whether it asks for this fact: a body nobody asks for need not be read.
    #[must_use]
    pub fn asks(&self, fact: &Fact) -> bool {
        self.facts().any(|asked| asked == fact)
    }

    /// The facts it asks for.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        let right = match &self.meaning.test {
            Some((_, Right::Fact(operand))) => Some(&operand.fact),
            _ => None,
        };
        [&self.meaning.left.fact].into_iter().chain(right)
    }

    /// Whether it holds.
    #[must_use]
    pub fn evaluate(&self, facts: &dyn Facts) -> Verdict {
        self.judge(facts).0
    }

    /// Whether it holds, and the value that decided it, short; none where it cannot be told.
    #[must_use]
    pub fn judge(&self, facts: &dyn Facts) -> (Verdict, Option<String>) {
        evaluate::judge(&self.meaning, facts)
    }

    /// Whether it asks nothing but whether its subject is in its good state.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.meaning.left.fact == Fact::Good && !self.meaning.negated
    }

    /// What it asks of its subject, as written: `status == 200`; empty for a bare subject.
    #[must_use]
    pub fn asked(&self) -> String {
        let (negated, rest) = match self.source.strip_prefix("not ") {
            Some(rest) => ("not ", rest.trim_start()),
            None => ("", self.source.as_str()),
        };
        let subject = self.subject().map(Subject::to_string).unwrap_or_default();
        let rest = rest.strip_prefix(&subject).unwrap_or(rest).trim_start();
        if rest.is_empty() { negated.trim_end().to_owned() } else { format!("{negated}{rest}") }
    }

    /// What it compares: `body.database`.
    #[must_use]
    pub fn left(&self) -> String {
        self.meaning.left.to_string()
    }

    /// Whether only the probe of its check can judge it: it asks for what never leaves the probe.
    #[must_use]
    pub fn stays_in_probe(&self) -> bool {
        self.facts().any(Fact::stays_in_probe)
    }
}

/// Two spellings of one comparison are equal only if they are written alike; a changed sidecar is a change.
impl PartialEq for Expr {
    fn eq(&self, other: &Expr) -> bool {
        self.source == other.source && self.meaning == other.meaning
    }
}
